@role:station
Feature: Dynamic charging profiles change while they hold

  @TC_K_121_CS @req:K28.FR.05 @req:K28.FR.08 @req:K28.FR.10 @pics:DynamicProfiles @slow
  Scenario: The station asks for new limits
    Given a transaction whose power is measured
    When the CSMS sets the V2X profile 721: TxProfile, Dynamic, ChargingOnly with limit = 6000 and profile.dynUpdateInterval = 30
    Then the station answers SetChargingProfileResponse with status = Accepted
    And the station asks for an update of profile 721 every 30 s, 2 times
    When the CSMS has new values for profile 721: limit = 3000
    Then the power is 3000 W within 50 s
    When the CSMS sends GetChargingProfilesRequest with requestId = 721 and chargingProfile.chargingProfilePurpose = TxProfile
    Then dynUpdateTime of profile 721 is that of the last update
    And the report shows profile 721 with limit = 3000

  @TC_K_122_CS @req:K28.FR.05 @req:K28.FR.06 @req:K28.FR.09 @pics:DynamicProfiles @slow
  Scenario: The CSMS pushes new limits
    Given a transaction whose power is measured
    When the CSMS sets the V2X profile 722: TxProfile, Dynamic, ChargingOnly with limit = 6000
    Then the station answers SetChargingProfileResponse with status = Accepted
    And the power is 6000 W within 30 s
    When the CSMS sends GetChargingProfilesRequest with requestId = 7221 and chargingProfile.chargingProfilePurpose = TxProfile
    Then dynUpdateTime of profile 722 is that of the last installation
    When 30 s pass
    And the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = 722 and scheduleUpdate.limit = 3000
    Then the station answers UpdateDynamicScheduleResponse with status = Accepted
    And the power is 3000 W within 30 s
    When the CSMS sends GetChargingProfilesRequest with requestId = 7222 and chargingProfile.chargingProfilePurpose = TxProfile
    Then dynUpdateTime of profile 722 is that of the last update
    And the report shows profile 722 with limit = 3000

  @TC_K_122_CS_b @req:K28.FR.13 @req:K28.FR.14 @pics:DynamicProfiles @slow
  Scenario: A dynamic limit without news runs out
    Given a transaction whose power is measured
    And the V2X profile 700: TxProfile, Relative, ChargingOnly, level 0 with limit = 6000 is installed
    And the V2X profile 722: TxProfile, Dynamic, ChargingOnly, level 1 with limit = 3000 and schedule.duration = 60 is installed
    When 5 s pass
    Then the power is 3000 W within 20 s
    When 30 s pass
    Then the power is 6000 W within 60 s
    When 2 s pass
    And the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = 722 and scheduleUpdate.limit = 2000
    Then the power is 2000 W within 20 s

  @TC_K_123_CS @req:K28.FR.01 @req:K28.FR.02 @req:K28.FR.03 @pics:DynamicProfiles
  Scenario Outline: A dynamic profile with <what> is refused
    Given a transaction whose power is measured
    When the CSMS sets the V2X profile 723: TxProfile, Dynamic, ChargingOnly
      """
      periods: <periods>
      """
    Then the station answers SetChargingProfileResponse with status = Rejected

    Examples:
      | id            | what                       | periods                                                        |
      | TC_K_123_CS   | two periods                | [{startPeriod: 0, limit: 6000}, {startPeriod: 60, limit: 3000}]  |
      | TC_K_123_CS_b | a start that is not 0      | [{startPeriod: 60, limit: 6000}]                                 |

  @TC_K_123_CS_c @req:K28.FR.04 @req:K01.FR.122 @pics:DynamicProfiles
  Scenario: An update interval in a profile that is not dynamic is refused
    Given a transaction whose power is measured
    When the CSMS sets the V2X profile 723: TxProfile, Relative, ChargingOnly with profile.dynUpdateInterval = 30
    Then the station answers SetChargingProfileResponse with status = Rejected

  @TC_K_123_CS_d @req:K28.FR.11 @pics:DynamicProfiles
  Scenario: A profile that is not dynamic is not updated
    Given a transaction whose power is measured
    And the V2X profile 723: TxProfile, Relative, ChargingOnly with limit = 6000 is installed
    When the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = 723 and scheduleUpdate.limit = 3000
    Then the station answers UpdateDynamicScheduleResponse with status = Rejected
    When the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = 99723 and scheduleUpdate.limit = 3000
    Then the station answers UpdateDynamicScheduleResponse with status = Rejected
    And the power stays at 6000 W for 20 s

  @TC_K_124_CS @req:K29.FR.04 @req:K29.FR.05 @req:K29.FR.06 @pics:DynamicProfiles @slow
  Scenario: Limits of an external system where no profile waits for them
    Given a transaction whose power is measured
    When an external system gives limit = 4000
    Then the station sends NotifyChargingLimitRequest with chargingLimit.chargingLimitSource = EMS
    And the power is 4000 W within 30 s
    When 10 s pass
    And an external system gives limit = 2000
    Then the power is 2000 W within 30 s
    When the CSMS sends GetChargingProfilesRequest with requestId = 724 and chargingProfile.chargingProfilePurpose = ChargingStationExternalConstraints
    Then the station sends ReportChargingProfilesRequest with requestId = 724 and chargingLimitSource = EMS and chargingProfile.0.chargingProfileKind = Dynamic or Absolute and chargingProfile.0.chargingSchedule.0.chargingSchedulePeriod.0.limit = 2000

  @TC_K_125_CS @req:K29.FR.03 @req:K29.FR.05 @req:K29.FR.06 @pics:V2X&DynamicProfiles @slow
  Scenario: Limits of an external system where a profile of the CSMS waits for them
    Given a transaction whose power is measured
    And the V2X profile 725: TxProfile, Dynamic, ExternalLimits with limit = 8000 is installed
    When an external system gives limit = 4000
    Then the power is 4000 W within 30 s
    When the CSMS sends GetChargingProfilesRequest with requestId = 725 and chargingProfile.chargingProfilePurpose = TxProfile
    Then dynUpdateTime of profile 725 is that of the last update
    And the report shows profile 725 with limit = 4000
    When 10 s pass
    And an external system gives limit = 2000
    Then the power is 2000 W within 30 s
