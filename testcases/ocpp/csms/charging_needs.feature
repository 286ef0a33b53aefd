@role:csms @pics:SmartCharging&HighLevelCommunication
Feature: A CSMS makes schedules for EVs that speak ISO 15118

  @TC_K_53_CSMS @req:K15.FR.02 @req:K15.FR.03 @req:K15.FR.05 @req:K15.FR.07 @req:K15.FR.11
  Scenario: Needs are answered with a profile, a schedule within it is accepted
    Given a booted station
    When the driver presents $valid_token
    And the driver plugs in an EV that speaks ISO 15118-2
    Then the CSMS sends NotifyEVChargingNeedsResponse with status = Accepted or Processing within 30 s
    And the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction within 60 s
    And the CSMS sends NotifyEVChargingScheduleResponse with status = Accepted within 60 s

  @TC_K_55_CSMS @req:K15.FR.12 @req:K15.FR.13 @req:K16.FR.07 @req:K16.FR.08 @req:K17.FR.12 @req:K17.FR.13
  Scenario: A schedule above the profile is rejected and negotiated anew
    Given an EV that exceeds the first schedule that it gets
    And a booted station
    When the driver presents $valid_token
    And the driver plugs in an EV that speaks ISO 15118-2
    Then the CSMS sends NotifyEVChargingNeedsResponse with status = Accepted or Processing within 30 s
    And the CSMS sends SetChargingProfileRequest with chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction within 60 s
    And the CSMS sends NotifyEVChargingScheduleResponse with status = Rejected within 30 s
    And the CSMS sends SetChargingProfileRequest with chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction within 60 s
    And the CSMS sends NotifyEVChargingScheduleResponse with status = Accepted within 60 s

  @TC_K_57_CSMS @req:K17.FR.02 @req:K17.FR.03 @req:K17.FR.05 @req:K17.FR.07 @req:K17.FR.11
  Scenario: The EV negotiates anew
    Given a transaction of an EV that speaks ISO 15118-2
    When the EV asks for another amount of energy
    Then the CSMS sends NotifyEVChargingNeedsResponse with status = Accepted or Processing within 30 s
    And the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction within 60 s
    And the CSMS sends NotifyEVChargingScheduleResponse with status = Accepted within 60 s

  @TC_K_58_CSMS @req:K16.FR.06
  Scenario: The CSMS negotiates anew
    Given a transaction of an EV that speaks ISO 15118-2
    When the operator sets a new charging profile for the EV
    Then the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction within 30 s
    And the CSMS sends NotifyEVChargingScheduleResponse with status = Accepted within 60 s

  @TC_K_59_CSMS @req:K16.FR.12
  Scenario: A station tells the needs again after the CSMS has negotiated anew
    Given a transaction of an EV that speaks ISO 15118-2
    When the operator sets a new charging profile for the EV
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.transactionId = $transaction within 30 s
    When the EV asks for another amount of energy
    Then the CSMS sends NotifyEVChargingNeedsResponse with status = Accepted or Processing within 30 s
    And the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction within 60 s
    And the CSMS sends NotifyEVChargingScheduleResponse with status = Accepted within 60 s

  @TC_OCPP_NeedsBefore_CSMS @req:K15.FR.03 @req:K15.FR.04 @req:K15.FR.07
  Scenario: What an EV needs is told before its transaction begins
    Given a booted station
    When the station sends NotifyEVChargingNeedsRequest
      """
      evseId: $evse
      chargingNeeds:
        requestedEnergyTransfer: DC
        departureTime: $now+7200
        dcChargingParameters: {evMaxCurrent: 125, evMaxVoltage: 800, energyAmount: 20000, evMaxPower: 50000}
      """
    Then the CSMS answers NotifyEVChargingNeedsResponse
    When the driver presents $valid_token
    And the driver plugs in
    Then the CSMS keeps what it has promised to the EV within 90 s
