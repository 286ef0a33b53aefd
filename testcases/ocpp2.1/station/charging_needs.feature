@role:station @pics:SmartCharging&HighLevelCommunication
Feature: A station negotiates with EVs that speak ISO 15118-20

  @TC_K_113_CS @req:K16.FR.01 @req:K16.FR.02 @req:K16.FR.05
  Scenario: The CSMS negotiates anew
    Given a transaction of an EV that speaks ISO 15118-20 scheduled
    When the CSMS sets a new charging profile for the EV
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    And the station sends NotifyEVChargingScheduleRequest with evseId = $evse within 60 s
    And the schedule of the EV, where the station tells it, keeps to the profile

  @TC_K_114_CS @req:K18.FR.10 @req:K17.FR.01 @req:K17.FR.06 @req:K17.FR.10 @req:K18.FR.01 @req:K18.FR.06
  Scenario: The EV negotiates anew
    Given a transaction of an EV that speaks ISO 15118-20 scheduled
    When the EV asks for another amount of energy
    Then the station sends NotifyEVChargingNeedsRequest with evseId = $evse and chargingNeeds.controlMode = ScheduledControl and chargingNeeds.v2xChargingParameters present within 60 s
    And the station sends SetChargingProfileResponse with status = Accepted within 90 s
    And the station sends NotifyEVChargingScheduleRequest with evseId = $evse within 60 s
    And the schedule of the EV, where the station tells it, keeps to the profile

  @TC_K_115_CS @req:K19.FR.01 @req:K19.FR.06
  Scenario: Dynamic control begins with the needs of the EV
    Given a booted station
    When the driver plugs in an EV that speaks ISO 15118-20 dynamic
    And the driver presents $valid_token
    Then the station sends NotifyEVChargingNeedsRequest with evseId = $evse and chargingNeeds.controlMode = DynamicControl and chargingNeeds.v2xChargingParameters present within 60 s
    And the station sends SetChargingProfileResponse with status = Accepted within 90 s
    And the station sends TransactionEventRequest with transactionInfo.chargingState = Charging within 120 s
    And the schedule of the EV, where the station tells it, keeps to the profile

  @TC_K_116_CS @req:K20.FR.01 @req:K20.FR.03
  Scenario: The EV changes the energy that it wants in dynamic control
    Given a transaction of an EV that speaks ISO 15118-20 dynamic
    When the EV asks for another amount of energy
    Then the station sends NotifyEVChargingNeedsRequest with evseId = $evse and chargingNeeds.controlMode = DynamicControl and chargingNeeds.v2xChargingParameters.evTargetEnergyRequest present within 60 s
    And the station sends SetChargingProfileResponse with status = Accepted within 90 s
    And the schedule of the EV, where the station tells it, keeps to the profile

  @TC_OCPP_K_NoProfile_CS @req:K18.FR.15 @req:K19.FR.11
  Scenario Outline: Without a profile of the CSMS the default profile makes the schedule: <kind> control
    Given a CSMS whose answer to charging needs is NoChargingProfile
    And a booted station
    And the station has charging profile 741 at the EVSE: TxDefaultProfile, limits 0: 6
    When the driver plugs in an EV that speaks ISO 15118-20 <kind>
    And the driver presents $valid_token
    Then the station sends NotifyEVChargingNeedsRequest with evseId = $evse within 60 s
    And the station sends TransactionEventRequest with transactionInfo.chargingState = Charging within 120 s
    When the CSMS asks for the composite schedule of the EVSE over 60 s
    Then the composite schedule is 6

    Examples:
      | id                       | kind      |
      | TC_OCPP_K_NoProfile_CS   | scheduled |
      | TC_OCPP_K_NoProfile_CS_b | dynamic   |
