@role:station @pics:SmartCharging&PriorityCharging
Feature: A transaction charges with priority

  Background:
    Given a booted station

  @TC_K_118_CS @req:K21.FR.03 @req:K21.FR.04 @req:K21.FR.05 @req:K21.FR.06 @req:K21.FR.07 @req:K21.FR.08
  Scenario: The CSMS asks for priority charging and ends it
    Given the station has charging profile 731 at the EVSE: TxDefaultProfile, limits 0: 6
    And the station has charging profile 732 at the station: PriorityCharging, limits 0: 10
    And a transaction in which energy flows
    When the CSMS sends UsePriorityChargingRequest with transactionId = $transaction and activate = true
    Then the station answers UsePriorityChargingResponse with status = Accepted within 30 s
    And the station sends NotifyPriorityChargingRequest with transactionId = $transaction and activated = true within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 60 s
    Then the composite schedule is 10
    When the CSMS sends UsePriorityChargingRequest with transactionId = $transaction and activate = false
    Then the station answers UsePriorityChargingResponse with status = Accepted within 30 s
    And the station sends NotifyPriorityChargingRequest with transactionId = $transaction and activated = false within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 60 s
    Then the composite schedule is 6

  @TC_OCPP_K_NoPriority_CS @req:K21.FR.01 @req:K21.FR.02
  Scenario Outline: Priority charging is not possible: <why>
    Given a transaction in which energy flows
    And <given>
    When the CSMS sends UsePriorityChargingRequest with transactionId = <transaction> and activate = true
    Then the station answers UsePriorityChargingResponse with status = <status> within 30 s
    And the station sends no NotifyPriorityChargingRequest within 5 s

    Examples:
      | id                        | why                 | given                                                                                        | transaction  | status    |
      | TC_OCPP_K_NoPriority_CS   | there is no profile | $start is now                                                                                | $transaction | NoProfile |
      | TC_OCPP_K_NoPriority_CS_b | no such transaction | the station has charging profile 733 at the station: PriorityCharging, limits 0: 10              | UNKNOWN      | Rejected  |

  @TC_K_119_CS @req:K22.FR.02 @req:K22.FR.03 @req:K22.FR.04 @req:K22.FR.05
  Scenario: A user asks for priority charging at the station and ends it
    Given the station has charging profile 734 at the EVSE: TxDefaultProfile, limits 0: 6
    And the station has charging profile 735 at the station: PriorityCharging, limits 0: 10
    And a transaction in which energy flows
    When the user asks for priority charging at the station
    Then the station sends NotifyPriorityChargingRequest with transactionId = $transaction and activated = true within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 60 s
    Then the composite schedule is 10
    When the user ends priority charging at the station
    Then the station sends NotifyPriorityChargingRequest with transactionId = $transaction and activated = false within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 60 s
    Then the composite schedule is 6

  @TC_K_120_CS @req:K27.FR.01 @req:K27.FR.02 @req:K27.FR.03 @req:K04.FR.05 @pics:SmartCharging&LocalGeneration
  Scenario: Local generation comes on top of the limit of the station
    Given the station has charging profile 736 at the station: ChargingStationMaxProfile, limits 0: 6
      """
      {schedule: {chargingRateUnit: W, period: {limit: 5000}}}
      """
    When an external system limits the station to 2000 W of local generation
    Then the station sends NotifyChargingLimitRequest with chargingLimit.isLocalGeneration = true and chargingLimit.chargingLimitSource != CSO within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 91, chargingProfile: {chargingProfilePurpose: LocalGeneration}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports a charging profile with LocalGeneration
    When the CSMS sends GetCompositeScheduleRequest
      """
      {evseId: $evse, duration: 60, chargingRateUnit: W}
      """
    Then the station answers GetCompositeScheduleResponse with status = Accepted and schedule.chargingSchedulePeriod.0.limit > 5000 and schedule.chargingSchedulePeriod.0.limit <= 7000 within 30 s
