@role:csms @pics:SmartCharging&HighLevelCommunication
Feature: A CSMS makes schedules for EVs that speak ISO 15118-20

  @TC_K_113_CSMS @req:K16.FR.06
  Scenario: The CSMS negotiates anew
    Given a transaction of an EV that speaks ISO 15118-20 scheduled
    When the operator sets a new charging profile for the EV
    Then the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction within 30 s
    And the CSMS sends NotifyEVChargingScheduleResponse with status = Accepted within 60 s

  @TC_K_114_CSMS @req:K18.FR.07 @req:K18.FR.08 @req:K17.FR.02 @req:K17.FR.03 @req:K17.FR.05 @req:K17.FR.07 @req:K17.FR.11
  Scenario: The EV negotiates anew
    Given a transaction of an EV that speaks ISO 15118-20 scheduled
    When the EV asks for another amount of energy
    Then the CSMS sends NotifyEVChargingNeedsResponse with status = Accepted or Processing within 30 s
    And the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction within 60 s
    And the CSMS sends NotifyEVChargingScheduleResponse with status = Accepted within 60 s

  @TC_K_115_CSMS @req:K19.FR.02 @req:K19.FR.03 @req:K19.FR.07
  Scenario: In dynamic control one schedule is given
    Given a booted station
    When the driver presents $valid_token
    And the driver plugs in an EV that speaks ISO 15118-20 dynamic
    Then the CSMS sends NotifyEVChargingNeedsResponse with status = Accepted or Processing within 30 s
    And the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction and chargingProfile.chargingSchedule.1 absent within 60 s
    And the CSMS sends NotifyEVChargingScheduleResponse with status = Accepted within 60 s

  @TC_K_117_CSMS @req:K20.FR.03 @req:K17.FR.19
  Scenario: In dynamic control new needs are answered with a new profile
    Given a transaction of an EV that speaks ISO 15118-20 dynamic
    When the EV asks for another amount of energy
    Then the CSMS sends NotifyEVChargingNeedsResponse with status = Accepted or Processing within 30 s
    And the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction and chargingProfile.chargingSchedule.1 absent within 60 s

  @TC_K_126_CSMS @req:K19.FR.04
  Scenario: Who has no smart charging contract gets no profile
    Given a booted station
    When the driver presents $plain_token
    And the driver plugs in an EV that speaks ISO 15118-20 dynamic
    Then the CSMS sends NotifyEVChargingNeedsResponse with status = NoChargingProfile within 30 s
    And the CSMS sends no SetChargingProfileRequest for 10 s
