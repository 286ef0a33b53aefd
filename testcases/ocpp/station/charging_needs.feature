@role:station @pics:SmartCharging&HighLevelCommunication
Feature: A station negotiates schedules between an EV that speaks ISO 15118 and the CSMS

  @TC_K_53_CS @req:K15.FR.01 @req:K15.FR.06 @req:K15.FR.09 @req:K15.FR.10
  Scenario: Needs become a profile, the profile a schedule of the EV
    Given a booted station
    When the driver plugs in an EV that speaks ISO 15118-2
    And the driver presents $valid_token
    Then the station sends NotifyEVChargingNeedsRequest with evseId = $evse and chargingNeeds.requestedEnergyTransfer present within 60 s
    And the needs in that message fit the energy transfer
    And the CSMS sends SetChargingProfileRequest with chargingProfile.transactionId = $transaction within 60 s
    And the station sends SetChargingProfileResponse with status = Accepted within 30 s
    And the station sends TransactionEventRequest with transactionInfo.chargingState = Charging within 120 s
    And the schedule of the EV, where the station tells it, keeps to the profile

  @TC_K_54_CS @req:K15.FR.01 @req:K17.FR.04
  Scenario: The CSMS has no schedule, the EV charges all the same
    Given a CSMS whose answer to charging needs is Rejected
    And a booted station
    When the driver plugs in an EV that speaks ISO 15118-2
    And the driver presents $valid_token
    Then the station sends NotifyEVChargingNeedsRequest with evseId = $evse within 60 s
    And the station sends TransactionEventRequest with triggerReason = ChargingStateChanged and transactionInfo.chargingState = Charging within 120 s
    And the schedule of the EV, where the station tells it, keeps to the profile

  @TC_K_56_CS @req:K15.FR.15 @req:K17.FR.15 @slow
  Scenario: Offline the default profile makes the schedule
    Given a booted station
    And AuthCtrlr.OfflineTxForUnknownIdEnabled is set to true
    And the station has charging profile 571 at the EVSE: TxDefaultProfile, limits 0: 6
      """
      {schedule: {duration: 86400}}
      """
    When the connection breaks
    And the driver plugs in an EV that speaks ISO 15118-2
    And the driver presents $valid_token
    And 90 s pass
    And the connection can be made again
    Then the station sends TransactionEventRequest with triggerReason = ChargingStateChanged and transactionInfo.chargingState = Charging and offline = true within 180 s
    When the CSMS asks for the composite schedule of the EVSE over 300 s
    Then the composite schedule is 6

  @TC_K_57_CS @req:K17.FR.01 @req:K17.FR.06 @req:K17.FR.09 @req:K17.FR.10
  Scenario: The EV negotiates anew
    Given a transaction of an EV that speaks ISO 15118-2
    When the EV asks for another amount of energy
    Then the station sends NotifyEVChargingNeedsRequest with evseId = $evse within 60 s
    And the needs in that message fit the energy transfer
    And the station sends SetChargingProfileResponse with status = Accepted within 90 s
    And the schedule of the EV, where the station tells it, keeps to the profile

  @TC_K_58_CS @req:K16.FR.01 @req:K16.FR.05 @req:K16.FR.02 @req:K16.FR.11 @req:K17.FR.10
  Scenario: The CSMS negotiates anew
    Given a booted station
    And SampledDataCtrlr.TxUpdatedMeasurands is set to Energy.Active.Import.Register,Power.Active.Import
    And a transaction of an EV that speaks ISO 15118-2
    When the CSMS sets a new charging profile for the EV
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    And the station sends TransactionEventRequest with triggerReason = ChargingRateChanged within 60 s
    And the schedule of the EV, where the station tells it, keeps to the profile
    When the CSMS asks for the composite schedule of the EVSE over 60 s
    Then the composite schedule keeps below the last profile
