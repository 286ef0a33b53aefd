@role:station @pics:SmartCharging
Feature: A station merges its charging profiles into a composite schedule

  Background:
    Given a booted station

  @TC_K_39_CS @req:K08.FR.02 @req:K08.FR.03 @req:K08.FR.06
  Scenario: Without any profile there is a schedule of what the station can do
    When the CSMS asks for the composite schedule of the station over 300 s
    Then the composite schedule is ?
    When the CSMS asks for the composite schedule of the EVSE over 300 s
    Then the composite schedule is ?

  @TC_K_40_CS @req:K08.FR.02 @req:K08.FR.06 @req:K01.FR.17
  Scenario: The higher stack level wins while it lasts
    Given $start is now
    And the station has charging profile 551 at the EVSE: TxDefaultProfile, level 0, limits 0: 6, 100: 8, 200: 10
      """
      {validTo: $now+500, schedule: {startSchedule: $start, duration: 400}}
      """
    And the station has charging profile 552 at the EVSE: TxDefaultProfile, level 1, limits 0: 7, 100: 9
      """
      {validTo: $now+500, schedule: {startSchedule: $start, duration: 150}}
      """
    When the CSMS asks for the composite schedule of the EVSE over 350 s
    Then the composite schedule is 7, 9 after 100 s, 8 after 150 s, 10 after 200 s since $start

  @TC_K_41_CS @req:K08.FR.02 @req:K08.FR.04
  Scenario: The lowest limit of all purposes counts
    Given a transaction in which energy flows
    And $start is now
    And the station has charging profile 553 at the station: ChargingStationMaxProfile, limits 0: 10
      """
      {schedule: {startSchedule: $start, duration: 86400}}
      """
    And the station has charging profile 554 at the EVSE: TxDefaultProfile, limits 0: 6, 60: 10, 120: 8, 180: 15, 260: 8
      """
      {validTo: $now+500, schedule: {startSchedule: $start, duration: 300}}
      """
    When the CSMS asks for the composite schedule of the EVSE over 400 s
    Then the composite schedule is 6, 10 after 60 s, 8 after 120 s, 10 after 180 s, 8 after 260 s, 10 after 300 s since $start

  @TC_K_21_CS @req:K01.FR.36
  Scenario: A profile is not valid before validFrom
    Given $start is now
    When the CSMS sets charging profile 555 at the EVSE: TxDefaultProfile, Relative, limits 0: 6
      """
      {validFrom: $now+300}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 400 s
    Then the composite schedule is !6, 6 after 300 s since $start

  @TC_K_22_CS @req:K01.FR.37
  Scenario: A profile is not valid any more from validTo on
    Given $start is now
    When the CSMS sets charging profile 556 at the station: TxDefaultProfile, limits 0: 6
      """
      {validTo: $now+300}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 400 s
    Then the composite schedule is 6, !6 after 300 s since $start

  @TC_K_22_CS_b @req:K01.FR.37 @req:K08.FR.03 @pics:SmartCharging&SeveralEvses
  Scenario: The schedule of the station is the sum of those of its EVSEs
    Given $start is now
    And the station has charging profile 557 at the station: TxDefaultProfile, limits 0: 6
      """
      {validTo: $now+300}
      """
    When the CSMS asks for the composite schedule of the station over 400 s
    Then the composite schedule is 6 for each EVSE, !6 after 300 s since $start

  @TC_K_23_CS @req:K01.FR.30
  Scenario: A schedule holds from its start on
    Given $start is now
    When the CSMS sets charging profile 558 at the EVSE: TxDefaultProfile, limits 0: 6
      """
      {schedule: {startSchedule: $now+60, duration: 300}}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 300 s
    Then the composite schedule is !6, 6 after 60 s since $start

  @TC_OCPP_K_Duration_CS @req:K01.FR.11 @req:K01.FR.13
  Scenario: A schedule ends with its duration, whatever periods it has behind that
    Given $start is now
    And the station has charging profile 559 at the EVSE: TxDefaultProfile, limits 0: 6, 200: 8
      """
      {schedule: {startSchedule: $start, duration: 100}}
      """
    When the CSMS asks for the composite schedule of the EVSE over 300 s
    Then the composite schedule is 6, !6 after 100 s since $start
    When the CSMS asks for the composite schedule of the EVSE over 300 s
    Then the composite schedule is ?, !8 after 200 s since $start

  @TC_K_28_CS @req:K01.FR.32
  Scenario: A default profile that comes during a transaction counts at once
    Given SmartChargingCtrlr.LimitChangeSignificance is set to 1.0
    And a transaction in which energy flows
    When the CSMS sets charging profile 560 at the EVSE: TxDefaultProfile, limits 0: 6
      """
      {schedule: {startSchedule: $now-5, duration: 400}}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 300 s
    Then the composite schedule is 6

  @TC_K_09_CS @req:K10.FR.07
  Scenario: A transaction goes on without the default profile that is cleared
    Given SmartChargingCtrlr.LimitChangeSignificance is set to 1.0
    And the station has charging profile 561 at the EVSE: TxDefaultProfile, limits 0: 6
      """
      {schedule: {duration: 400}}
      """
    And a transaction in which energy flows
    When the CSMS asks for the composite schedule of the EVSE over 300 s
    Then the composite schedule is 6
    When the CSMS sends ClearChargingProfileRequest
      """
      {chargingProfileCriteria: {chargingProfilePurpose: TxDefaultProfile}}
      """
    Then the station answers ClearChargingProfileResponse with status = Accepted within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 300 s
    Then the composite schedule is !6

  @TC_OCPP_K_TxOverDefault_CS @req:K02.FR.04
  Scenario: The profile of the transaction counts in place of the default
    Given a transaction in which energy flows
    And $start is now
    And the station has charging profile 562 at the EVSE: TxDefaultProfile, limits 0: 6
    And the station has charging profile 563 at the EVSE: TxProfile, limits 0: 12
      """
      {transactionId: $transaction, schedule: {startSchedule: $start, duration: 100}}
      """
    When the CSMS asks for the composite schedule of the EVSE over 300 s
    Then the composite schedule is 12, 6 after 100 s since $start

  @TC_K_47_CS @req:K08.FR.05
  Scenario: There is no schedule of an EVSE that is not there
    When the CSMS asks for the composite schedule of an EVSE that is not there over 300 s
    Then the station answers GetCompositeScheduleResponse with status = Rejected and schedule absent within 30 s

  @TC_K_42_CS @req:K08.FR.07 @pics:SmartCharging&OneRateUnit
  Scenario: There is no schedule in a unit that the station does not know
    When the CSMS sends GetCompositeScheduleRequest
      """
      {evseId: 0, duration: 300, chargingRateUnit: $other_rate_unit}
      """
    Then the station answers GetCompositeScheduleResponse with status = Rejected and schedule absent within 30 s
