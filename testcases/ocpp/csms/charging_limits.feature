@role:csms @pics:SmartCharging
Feature: A CSMS hears of limits that others have set

  Background:
    Given a booted station

  @TC_K_48_CSMS @req:K11.FR.02
  Scenario: An external limit is told
    When the station sends NotifyChargingLimitRequest
      """
      {chargingLimit: {chargingLimitSource: EMS, isGridCritical: false}}
      """
    Then the CSMS answers NotifyChargingLimitResponse within 30 s

  @TC_K_50_CSMS @req:K13.FR.02
  Scenario: An external limit is released
    When the station sends ClearedChargingLimitRequest with chargingLimitSource = EMS
    Then the CSMS answers ClearedChargingLimitResponse within 30 s

  @TC_K_51_CSMS @req:K13.FR.02 @req:K13.FR.03
  Scenario: An external limit is released during a transaction
    Given a transaction in which energy flows
    And an external system has limited the station to 5000 W
    When the external system releases its limit
    Then the CSMS sends ClearedChargingLimitResponse within 30 s
    And the CSMS sends TransactionEventResponse within 30 s

  @TC_K_52_CSMS @req:K12.FR.05
  Scenario: External limits are among the profiles that the CSMS asks for
    Given an external system has limited the station to 5000 W
    When the operator makes the CSMS send GetChargingProfilesRequest
      """
      {requestId: 71, chargingProfile: {chargingProfilePurpose: ChargingStationExternalConstraints}}
      """
    Then the CSMS sends GetChargingProfilesRequest with chargingProfile.chargingProfilePurpose = ChargingStationExternalConstraints within 30 s
    And the CSMS sends ReportChargingProfilesResponse within 30 s
