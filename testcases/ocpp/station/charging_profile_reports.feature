@role:station @pics:SmartCharging
Feature: A station reports and clears its charging profiles by what is asked for

  Background:
    Given a booted station

  @TC_K_29_CS @req:K09.FR.02 @req:K09.FR.05
  Scenario Outline: Profiles are reported by EVSE and criteria: <what>
    Given the station has charging profile 531 at the station: ChargingStationMaxProfile, level 1, limits 0: 20
    And the station has charging profile 532 at the EVSE: TxDefaultProfile, level 2, limits 0: 10
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 31, <asked>}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports exactly the charging profiles <reported>

    Examples:
      | id           | what                       | asked                                                                                                 | reported    |
      | TC_K_29_CS   | those of the station       | evseId: 0, chargingProfile: {chargingProfilePurpose: ChargingStationMaxProfile}                        | 531         |
      | TC_K_29_CS_b | those of the source CSO    | evseId: 0, chargingProfile: {chargingLimitSource: [CSO]}                                               | 531         |
      | TC_K_30_CS   | those of an EVSE           | evseId: $evse, chargingProfile: {chargingLimitSource: [CSO]}                                               | 532         |
      | TC_K_31_CS   | all                        | chargingProfile: {chargingLimitSource: [CSO]}                                                          | 531 and 532 |
      | TC_K_32_CS   | the one with an id         | chargingProfile: {chargingProfileId: [531]}                                                            | 531         |
      | TC_K_32_CS_b | those with two ids         | chargingProfile: {chargingProfileId: [531, 532]}                                                       | 531 and 532 |
      | TC_K_33_CS   | an EVSE and a stack level  | evseId: $evse, chargingProfile: {stackLevel: 2}                                                            | 532         |
      | TC_K_35_CS   | an EVSE and a purpose      | evseId: $evse, chargingProfile: {chargingProfilePurpose: TxDefaultProfile}                                 | 532         |
      | TC_K_36_CS   | an EVSE, purpose and level | evseId: $evse, chargingProfile: {chargingProfilePurpose: TxDefaultProfile, stackLevel: 2}                  | 532         |

  @TC_K_34_CS @req:K09.FR.02 @req:K09.FR.04
  Scenario: Profiles of an EVSE by the source of the limit
    Given the station has charging profile 533 at the EVSE: TxDefaultProfile, level 1, limits 0: 10
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 34, evseId: $evse, chargingProfile: {chargingLimitSource: [CSO]}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports exactly the charging profile 533
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 35, evseId: $evse, chargingProfile: {chargingLimitSource: [SO]}}
      """
    Then the station answers GetChargingProfilesResponse with status = NoProfiles within 30 s
    And the station sends no ReportChargingProfilesRequest within 5 s

  @TC_OCPP_K_NoMatch_CS @req:K09.FR.04 @req:K09.FR.05 @req:K09.FR.06
  Scenario Outline: Criteria that no profile fulfils: <what>
    Given the station has charging profile 534 at the EVSE: TxDefaultProfile, level 1, limits 0: 10
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 36, <asked>}
      """
    Then the station answers GetChargingProfilesResponse with status = NoProfiles within 30 s
    And the station sends no ReportChargingProfilesRequest within 5 s

    Examples:
      | id                     | what                  | asked                                                                              |
      | TC_OCPP_K_NoMatch_CS   | another stack level   | evseId: $evse, chargingProfile: {stackLevel: 2}                                        |
      | TC_OCPP_K_NoMatch_CS_b | another purpose       | evseId: $evse, chargingProfile: {chargingProfilePurpose: TxProfile, stackLevel: 1}     |
      | TC_OCPP_K_NoMatch_CS_c | the station itself    | evseId: 0, chargingProfile: {stackLevel: 1}                                        |
      | TC_OCPP_K_NoMatch_CS_d | another id            | chargingProfile: {chargingProfileId: [535]}                                        |

  # ---- clearing

  @TC_K_05_CS @req:K10.FR.03
  Scenario: A profile is cleared by its id
    Given the station has charging profile 541 at the EVSE: TxDefaultProfile, level 1, limits 0: 6
    And the station has charging profile 542 at the EVSE: TxDefaultProfile, level 2, limits 0: 8
    When the CSMS sends ClearChargingProfileRequest with chargingProfileId = 541
    Then the station answers ClearChargingProfileResponse with status = Accepted within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 41, chargingProfile: {chargingProfileId: [541]}}
      """
    Then the station answers GetChargingProfilesResponse with status = NoProfiles within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 42, chargingProfile: {chargingProfileId: [541, 542]}}
      """
    Then the station reports exactly the charging profile 542

  @TC_K_06_CS @req:K10.FR.04
  Scenario: A profile is cleared by stack level and purpose while a transaction runs
    Given a transaction in which energy flows
    And the station has charging profile 543 at the EVSE: TxDefaultProfile, level 1, limits 0: 6
    And the station has charging profile 544 at the EVSE: TxDefaultProfile, level 2, limits 0: 8
    When the CSMS sends ClearChargingProfileRequest
      """
      {chargingProfileCriteria: {chargingProfilePurpose: TxDefaultProfile, stackLevel: 1}}
      """
    Then the station answers ClearChargingProfileResponse with status = Accepted within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 43, chargingProfile: {chargingProfilePurpose: TxDefaultProfile, stackLevel: 1}}
      """
    Then the station answers GetChargingProfilesResponse with status = NoProfiles within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 44, chargingProfile: {chargingProfilePurpose: TxDefaultProfile}}
      """
    Then the station reports exactly the charging profile 544

  @TC_K_24_CS @req:K10.FR.04 @pics:SmartCharging&SeveralEvses
  Scenario: Profiles of two EVSEs are cleared by stack level and purpose
    Given the station has charging profile 545 at EVSE 1: TxDefaultProfile, level 1, limits 0: 6
    And the station has charging profile 546 at EVSE 2: TxDefaultProfile, level 1, limits 0: 6
    When the CSMS sends ClearChargingProfileRequest
      """
      {chargingProfileCriteria: {chargingProfilePurpose: TxDefaultProfile, stackLevel: 1}}
      """
    Then the station answers ClearChargingProfileResponse with status = Accepted within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 45, chargingProfile: {chargingProfilePurpose: TxDefaultProfile, stackLevel: 1}}
      """
    Then the station answers GetChargingProfilesResponse with status = NoProfiles within 30 s

  @TC_K_07_CS @req:K10.FR.01
  Scenario: Stack level and purpose fit no profile
    Given the station has charging profile 547 at the EVSE: TxDefaultProfile, level 1, limits 0: 6
    When the CSMS sends ClearChargingProfileRequest
      """
      {chargingProfileCriteria: {chargingProfilePurpose: ChargingStationMaxProfile, stackLevel: 0}}
      """
    Then the station answers ClearChargingProfileResponse with status = Unknown within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 46, chargingProfile: {chargingProfileId: [547]}}
      """
    Then the station reports exactly the charging profile 547

  @TC_K_08_CS @req:K10.FR.01
  Scenario: There is nothing to clear
    When the CSMS sends ClearChargingProfileRequest with chargingProfileId = 599
    Then the station answers ClearChargingProfileResponse with status = Unknown within 30 s
