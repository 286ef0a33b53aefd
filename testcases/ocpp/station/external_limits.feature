@role:station @pics:SmartCharging&ExternalLimits
Feature: A station obeys limits of external systems and tells the CSMS of them

  Background:
    Given a booted station

  @TC_K_52_CS @req:K12.FR.05
  Scenario: An external limit is among the profiles
    Given an external system has limited the station to 5000 W
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 52, chargingProfile: {chargingProfilePurpose: ChargingStationExternalConstraints}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports a charging profile with ChargingStationExternalConstraints

  @TC_OCPP_K_ExternalComposite_CS @req:K08.FR.04
  Scenario: An external limit is in the composite schedule
    Given an external system has limited the station to 4140 W
    When the CSMS sends GetCompositeScheduleRequest with evseId = $evse and duration = 300 and chargingRateUnit = $rate_unit
    Then the composite schedule begins with at most 4140 W

  @TC_OCPP_K_External_CS @req:K11.FR.01 @req:K11.FR.02 @req:K11.FR.04 @req:K11.FR.05 @req:K13.FR.01 @req:K13.FR.02 @req:K13.FR.03
  Scenario: An external limit comes and goes during a transaction
    Given SampledDataCtrlr.TxUpdatedMeasurands is set to Energy.Active.Import.Register,Power.Active.Import
    And a transaction in which energy flows
    When an external system limits the station to 4140 W
    Then the station sends NotifyChargingLimitRequest with chargingLimit.chargingLimitSource != CSO within 30 s
    And the station sends TransactionEventRequest with triggerReason = ChargingRateChanged within 30 s
    And the power is at most 6 within 30 s
    When an external system limits the station to 2760 W
    Then the station sends NotifyChargingLimitRequest with chargingLimit.chargingLimitSource != CSO within 30 s
    When the external system releases its limit
    Then the station sends ClearedChargingLimitRequest within 30 s
    And the station sends TransactionEventRequest with triggerReason = ChargingRateChanged within 30 s

  @TC_OCPP_K_ExternalClear_CS @req:K10.FR.08 @req:K10.FR.09
  Scenario: The CSMS cannot clear an external limit
    Given an external system has limited the station to 5000 W
    When the CSMS sends ClearChargingProfileRequest
      """
      {chargingProfileCriteria: {evseId: 0}}
      """
    Then the station answers ClearChargingProfileResponse with status = Unknown within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 53, chargingProfile: {chargingProfilePurpose: ChargingStationExternalConstraints}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports a charging profile with ChargingStationExternalConstraints

  @TC_OCPP_K_ExternalEvse_CS @req:K11.FR.02 @pics:SmartCharging&ExternalLimits&SeveralEvses
  Scenario: A limit of one EVSE is told, and taken back, as that of this EVSE
    When an external system limits EVSE 2 to 4140 W
    Then the station sends NotifyChargingLimitRequest with evseId = 2 within 30 s
    When the external system releases its limit on EVSE 2
    Then the station sends ClearedChargingLimitRequest with evseId = 2 within 30 s
