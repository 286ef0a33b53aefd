@role:csms @pics:SmartCharging
Feature: A CSMS sets charging profiles that stations can follow

  Background:
    Given a booted station

  @TC_K_01_CSMS @req:K01.FR.31
  Scenario: A default profile of one EVSE
    When the operator sets charging profile 601 at the EVSE: TxDefaultProfile, limits 0: 6
      """
      {validFrom: $now, validTo: $now+300, schedule: {duration: 300}}
      """
    Then the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfilePurpose = TxDefaultProfile and chargingProfile.chargingProfileKind = Absolute and chargingProfile.chargingSchedule.0.chargingRateUnit = $rate_unit and chargingProfile.chargingSchedule.0.startSchedule present within 30 s
    And that message has chargingProfile.validFrom present and chargingProfile.validTo present and chargingProfile.chargingSchedule.0.duration = 300
    And that message has chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.startPeriod = 0
    And the charging profile of that message is the one that the operator has set

  @TC_K_10_CSMS @req:K01.FR.31
  Scenario: A default profile of all EVSEs
    When the operator sets charging profile 602 at the station: TxDefaultProfile, limits 0: 6
      """
      {schedule: {duration: 300}}
      """
    Then the CSMS sends SetChargingProfileRequest with evseId = 0 and chargingProfile.chargingProfilePurpose = TxDefaultProfile and chargingProfile.chargingProfileKind = Absolute and chargingProfile.chargingSchedule.0.startSchedule present within 30 s
    And the charging profile of that message is the one that the operator has set

  @TC_K_03_CSMS @req:K01.FR.31 @req:K01.FR.38
  Scenario: A limit of the whole station
    When the operator sets charging profile 603 at the station: ChargingStationMaxProfile, limits 0: 6
      """
      {schedule: {duration: 300}}
      """
    Then the CSMS sends SetChargingProfileRequest with evseId = 0 and chargingProfile.chargingProfilePurpose = ChargingStationMaxProfile and chargingProfile.chargingProfileKind = Absolute within 30 s
    And the charging profile of that message is the one that the operator has set

  @TC_K_19_CSMS @req:K01.FR.40
  Scenario: A profile that recurs
    When the operator sets charging profile 604 at the EVSE: TxDefaultProfile, Recurring, limits 0: 6
      """
      {recurrencyKind: Daily, schedule: {duration: 3600}}
      """
    Then the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfileKind = Recurring and chargingProfile.recurrencyKind = Daily and chargingProfile.chargingSchedule.0.startSchedule present within 30 s
    And the charging profile of that message is the one that the operator has set

  @TC_K_60_CSMS @req:K01.FR.03 @req:K01.FR.31
  Scenario: A profile of a running transaction
    Given a transaction in which energy flows
    When the operator sets charging profile 605 at the EVSE: TxProfile, Relative, limits 0: 6
      """
      {transactionId: $transaction}
      """
    Then the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction within 30 s
    And the charging profile of that message is the one that the operator has set

  @TC_K_02_CSMS @req:K01.FR.03 @req:K01.FR.31 @pics:TxProfileAnyTime
  Scenario: A profile of a transaction that does not run
    Given the station will answer SetChargingProfileResponse with status = Rejected and statusInfo.reasonCode = TxNotFound
    When the operator sets charging profile 617 at the EVSE: TxProfile, Relative, limits 0: 7
      """
      {transactionId: not-there}
      """
    Then the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = not-there within 30 s
    And the charging profile of that message is the one that the operator has set
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

  @TC_K_15_CSMS @req:K01.FR.29
  Scenario: A station that knows no smart charging
    Given the station will answer SetChargingProfileRequest with the error NotSupported
    When the operator sets charging profile 606 at the EVSE: TxDefaultProfile, limits 0: 6
    Then the CSMS sends SetChargingProfileRequest with evseId = $evse and chargingProfile.chargingProfilePurpose = TxDefaultProfile within 30 s
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

  @TC_K_70_CSMS @req:K01.FR.06
  Scenario: Profiles of two stack levels have ids of their own
    When the operator sets charging profile 607 at the EVSE: TxDefaultProfile, level 1, limits 0: 8
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.stackLevel = 1 within 30 s
    When $first is the chargingProfile.id of the last SetChargingProfileRequest
    And the operator sets charging profile 608 at the EVSE: TxDefaultProfile, level 2, limits 0: 6
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.stackLevel = 2 and chargingProfile.id != $first within 30 s
    And the charging profile of that message is the one that the operator has set

  @TC_K_04_CSMS @req:K01.FR.05
  Scenario: A profile is replaced under its id
    When the operator sets charging profile 609 at the EVSE: TxDefaultProfile, limits 0: 8
    Then the CSMS sends SetChargingProfileRequest with evseId = $evse within 30 s
    When $first is the chargingProfile.id of the last SetChargingProfileRequest
    And the operator sets charging profile 609 at the EVSE: TxDefaultProfile, limits 0: 6
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.id = $first within 30 s
    And the charging profile of that message is the one that the operator has set

  @TC_K_37_CSMS @req:K05.FR.02 @req:F01.FR.08 @req:F01.FR.09 @req:F01.FR.11
  Scenario: A remote start with a profile for its transaction
    Given an EV that is plugged in
    When the operator starts a transaction remotely with a charging profile
    Then the CSMS sends RequestStartTransactionRequest with chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId absent and idToken.idToken = $valid_token and evseId = $evse within 30 s
    And the charging profile of that message is the one that the operator has set
    And the CSMS sends TransactionEventResponse within 30 s

  # ---- clearing

  @TC_K_05_CSMS @req:K10.FR.02
  Scenario: A profile is cleared by its id
    Given the operator has set charging profile 611 at the EVSE: TxDefaultProfile, limits 0: 6
    When the operator makes the CSMS send ClearChargingProfileRequest with chargingProfileId = 611
    Then the CSMS sends ClearChargingProfileRequest with chargingProfileId = 611 and chargingProfileCriteria absent within 30 s

  @TC_K_06_CSMS @req:K10.FR.02
  Scenario Outline: Profiles are cleared by purpose, EVSE and stack level: <what>
    Given <given>
    When the operator makes the CSMS send ClearChargingProfileRequest
      """
      {chargingProfileCriteria: {chargingProfilePurpose: TxDefaultProfile, evseId: $evse, stackLevel: 1}}
      """
    Then the CSMS sends ClearChargingProfileRequest with chargingProfileCriteria.chargingProfilePurpose = TxDefaultProfile and chargingProfileCriteria.evseId = $evse and chargingProfileCriteria.stackLevel = 1 and chargingProfileId absent within 30 s

    Examples:
      | id            | what                | given                                                                                            |
      | TC_K_06_CSMS  | one is there        | the operator has set charging profile 612 at the EVSE: TxDefaultProfile, level 1, limits 0: 6 |
      | TC_K_08_CSMS  | there is none       | $start is now                                                                              |

  # ---- questions

  @TC_K_29_CSMS @req:K09.FR.03
  Scenario Outline: The CSMS asks for profiles by <what>
    Given the operator has set charging profile 613 at the station: ChargingStationMaxProfile, level 1, limits 0: 20
    And the operator has set charging profile 614 at the EVSE: TxDefaultProfile, level 1, limits 0: 6
    When the operator makes the CSMS send GetChargingProfilesRequest
      """
      {requestId: 61, <asked>}
      """
    Then the CSMS sends GetChargingProfilesRequest with <wanted> within 30 s
    And the CSMS sends ReportChargingProfilesResponse within 30 s

    Examples:
      | id           | what                     | asked                                                                                | wanted                                                                                                                       |
      | TC_K_29_CSMS | the station              | evseId: 0, chargingProfile: {chargingProfilePurpose: ChargingStationMaxProfile}      | evseId = 0 and chargingProfile.chargingProfilePurpose = ChargingStationMaxProfile                                             |
      | TC_K_30_CSMS | an EVSE                  | evseId: $evse, chargingProfile: {chargingProfilePurpose: TxDefaultProfile}               | evseId = $evse                                                                                                                   |
      | TC_K_31_CSMS | no EVSE                  | chargingProfile: {stackLevel: 1}                                                     | evseId absent and chargingProfile.stackLevel = 1                                                                             |
      | TC_K_32_CSMS | an id                    | chargingProfile: {chargingProfileId: [614]}                                          | evseId absent and chargingProfile.chargingProfileId.0 = 614                                                                  |
      | TC_K_33_CSMS | EVSE and stack level     | evseId: $evse, chargingProfile: {stackLevel: 1}                                          | evseId = $evse and chargingProfile.stackLevel = 1                                                                                |
      | TC_K_34_CSMS | EVSE and source          | evseId: $evse, chargingProfile: {chargingLimitSource: [CSO]}                             | evseId = $evse and chargingProfile.chargingLimitSource.0 = CSO                                                                   |
      | TC_K_35_CSMS | EVSE and purpose         | evseId: $evse, chargingProfile: {chargingProfilePurpose: TxDefaultProfile}               | evseId = $evse and chargingProfile.chargingProfilePurpose = TxDefaultProfile                                                     |
      | TC_K_36_CSMS | EVSE, purpose and level  | evseId: $evse, chargingProfile: {chargingProfilePurpose: TxDefaultProfile, stackLevel: 1} | evseId = $evse and chargingProfile.chargingProfilePurpose = TxDefaultProfile and chargingProfile.stackLevel = 1                   |

  @TC_K_43_CSMS @req:K08.FR.01
  Scenario Outline: The CSMS asks for a composite schedule of <what>
    When the operator makes the CSMS send GetCompositeScheduleRequest
      """
      {evseId: <evse>, duration: 300, chargingRateUnit: $rate_unit}
      """
    Then the CSMS sends GetCompositeScheduleRequest with evseId = <evse> and duration = 300 and chargingRateUnit = $rate_unit within 30 s

    Examples:
      | id           | what         | evse |
      | TC_K_43_CSMS | an EVSE      | $evse |
      | TC_K_44_CSMS | the station  | 0    |
