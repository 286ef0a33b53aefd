@role:station
Feature: An EVSE follows the set points of the CSMS and of external systems

  @TC_Q_109_CS @req:Q03.FR.01 @req:K28.FR.06 @req:K28.FR.09 @req:V2X.02 @req:K01.FR.110 @pics:V2X&DynamicProfiles @slow
  Scenario: The CSMS pushes set points
    Given a V2X transaction under dynamic control
    When the CSMS sets the V2X profile 709: TxProfile, Dynamic, CentralSetpoint with setpoint = -2000
    Then the station answers SetChargingProfileResponse with status = Accepted
    And the station sends TransactionEventRequest with triggerReason = OperationModeChanged and transactionInfo.operationMode = CentralSetpoint
    And the power is -2000 W within 30 s
    When the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = 709 and scheduleUpdate.setpoint = -4000
    Then the station answers UpdateDynamicScheduleResponse with status = Accepted
    And the power is -4000 W within 30 s
    When the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = 709 and scheduleUpdate.setpoint = 3000
    Then the station answers UpdateDynamicScheduleResponse with status = Accepted
    And the power is 3000 W within 30 s
    And the power stays at 3000 W for 15 s

  @TC_Q_109_CS_b @req:V2X.03 @req:V2X.04 @pics:V2X&DynamicProfiles @slow
  Scenario: A set point beyond its limits is capped
    Given a V2X transaction under dynamic control
    And the V2X profile 709: TxProfile, Dynamic, CentralSetpoint with setpoint = -1000 and limit = 4000 and dischargeLimit = -3000 is installed
    When the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = 709 and scheduleUpdate.setpoint = -5000
    Then the power is -3000 W within 30 s
    When the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = 709 and scheduleUpdate.setpoint = 7000
    Then the power is 4000 W within 30 s

  @TC_Q_110_CS @req:K28.FR.08 @req:K28.FR.09 @req:K28.FR.10 @req:Q03.FR.01 @pics:V2X&DynamicProfiles @slow
  Scenario: The station asks for set points
    Given a V2X transaction under dynamic control
    And the V2X profile 710: TxProfile, Dynamic, CentralSetpoint with setpoint = -2000 and profile.dynUpdateInterval = 20 is installed
    When the CSMS has new values for profile 710: setpoint = -4000
    Then the station sends PullDynamicScheduleUpdateRequest with chargingProfileId = 710 within 30 s
    And the power is -4000 W within 45 s

  @TC_Q_111_CS @req:Q05.FR.01 @req:Q05.FR.03 @req:Q05.FR.05 @req:K29.FR.03 @req:K29.FR.06 @pics:V2X&DynamicProfiles @slow
  Scenario: A profile of the CSMS takes the set point of an external system
    Given a V2X transaction under dynamic control
    And the V2X profile 711: TxProfile, Dynamic, ExternalSetpoint is installed
    When an external system gives setpoint = -3000
    Then the power is -3000 W within 30 s
    When 10 s pass
    And an external system gives setpoint = -1500
    Then the power is -1500 W within 30 s
    When the CSMS sends GetChargingProfilesRequest with requestId = 711 and chargingProfile.chargingProfilePurpose = TxProfile
    Then dynUpdateTime of profile 711 is that of the last update
    And the report shows profile 711 with setpoint = -1500

  @TC_Q_112_CS @req:Q05.FR.02 @req:Q05.FR.04 @req:Q05.FR.06 @req:K29.FR.03 @pics:V2X&DynamicProfiles @slow
  Scenario: A profile of the CSMS takes the limits of an external system
    Given a V2X transaction under dynamic control
    And the V2X profile 712: TxProfile, Dynamic, ExternalLimits with limit = 8000 is installed
    When an external system gives limit = 4000 and dischargeLimit = -2000
    Then the power is 4000 W within 30 s
    When 10 s pass
    And an external system gives limit = 2500 and dischargeLimit = -1000
    Then the power is 2500 W within 30 s
    When the CSMS sends GetChargingProfilesRequest with requestId = 712 and chargingProfile.chargingProfilePurpose = TxProfile
    Then dynUpdateTime of profile 712 is that of the last update
    And the report shows profile 712 with dischargeLimit = -1000

  @TC_Q_113_CS @req:Q05.FR.07 @req:Q05.FR.08 @req:K29.FR.07 @req:K29.FR.08 @pics:V2X&DynamicProfiles @slow
  Scenario: Without news of the external system the next profile holds
    Given a V2X transaction under dynamic control
    And the V2X profile 700: TxProfile, Relative, ChargingOnly, level 0 with limit = 6000 is installed
    And the V2X profile 713: TxProfile, Dynamic, ExternalSetpoint, level 1 with schedule.duration = 30 is installed
    When an external system gives setpoint = -3000
    Then the power is -3000 W within 20 s
    When 20 s pass
    Then the power is 6000 W within 45 s
    When an external system gives setpoint = -2000
    Then the power is -2000 W within 20 s

  @TC_Q_114_CS @req:Q06.FR.02 @req:Q06.FR.05 @req:Q06.FR.07 @req:Q06.FR.11 @req:Q06.FR.12 @pics:V2X&DynamicProfiles @slow
  Scenario: Limits of an external system become a profile of their own
    Given a V2X transaction under dynamic control
    And the V2X profile 714: TxProfile, Dynamic, CentralSetpoint with setpoint = 6000 is installed
    When an external system gives limit = 4000 and dischargeLimit = -2000
    Then the station sends NotifyChargingLimitRequest with chargingLimit.chargingLimitSource = EMS and chargingSchedule.0.chargingSchedulePeriod.0.limit = 4000 and chargingSchedule.0.chargingSchedulePeriod.0.dischargeLimit = -2000
    And the power is 4000 W within 30 s
    When an external system gives limit = 2000 and dischargeLimit = -1000
    Then the station sends NotifyChargingLimitRequest with chargingLimit.chargingLimitSource = EMS and chargingSchedule.0.chargingSchedulePeriod.0.limit = 2000
    And the power is 2000 W within 30 s
    When the CSMS sends GetChargingProfilesRequest with requestId = 714 and chargingProfile.chargingProfilePurpose = ChargingStationExternalConstraints
    Then the station answers GetChargingProfilesResponse with status = Accepted
    And the station sends ReportChargingProfilesRequest with requestId = 714 and chargingProfile.0.chargingProfileKind = Dynamic and chargingProfile.0.dynUpdateTime present and chargingProfile.0.chargingSchedule.0.chargingSchedulePeriod.0.operationMode = ExternalLimits
    When the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = 714 and scheduleUpdate.setpoint = -5000
    Then the power is -1000 W within 30 s

  @TC_Q_115_CS @req:Q06.FR.04 @req:Q06.FR.06 @req:Q06.FR.11 @req:Q06.FR.20 @req:Q06.FR.21 @pics:V2X&DynamicProfiles @slow
  Scenario: A set point of an external system is stronger than that of the CSMS
    Given a V2X transaction under dynamic control
    And the V2X profile 715: TxProfile, Dynamic, CentralSetpoint with setpoint = 5000 is installed
    When an external system gives setpoint = -3000
    Then the station sends NotifyChargingLimitRequest with chargingLimit.chargingLimitSource = EMS and chargingSchedule.0.chargingSchedulePeriod.0.setpoint = -3000
    And the power is -3000 W within 30 s
    When an external system gives setpoint = -1000
    Then the power is -1000 W within 30 s

  @TC_Q_115_CS_b @req:Q06.FR.22 @pics:V2X&DynamicProfiles @slow
  Scenario: The device model can make the set point of the CSMS the stronger one
    Given a V2X transaction under dynamic control
    And SmartChargingCtrlr.SetpointPriority is set to CSMS
    And the V2X profile 715: TxProfile, Dynamic, CentralSetpoint with setpoint = 5000 is installed
    When an external system gives setpoint = -3000
    And 10 s pass
    Then the power stays at 5000 W for 20 s

  @TC_Q_115_CS_c @req:Q06.FR.08 @pics:V2X&DynamicProfiles @slow
  Scenario: External systems may be locked out
    Given a V2X transaction under dynamic control
    And SmartChargingCtrlr.ExternalConstraintsProfileDisallowed is set to true
    And the V2X profile 715: TxProfile, Dynamic, CentralSetpoint with setpoint = 5000 is installed
    When an external system gives setpoint = -3000
    Then the station sends no NotifyChargingLimitRequest for 20 s
    And the power is 5000 W within 30 s

  @TC_Q_116_CS @req:Q06.FR.01 @req:Q06.FR.10 @pics:V2X @slow
  Scenario: A schedule of limits of an external system
    Given a V2X transaction under dynamic control
    And the V2X profile 716: TxProfile, Relative, CentralSetpoint with setpoint = 8000 is installed
    When an external system gives the schedule [{startPeriod: 0, limit: 4000, dischargeLimit: -2000}, {startPeriod: 60, limit: 2000, dischargeLimit: -1000}]
    Then the station sends NotifyChargingLimitRequest with chargingLimit.chargingLimitSource = EMS and chargingSchedule.0.chargingSchedulePeriod.1.startPeriod = 60 and chargingSchedule.0.chargingSchedulePeriod.1.limit = 2000
    And the power is 4000 W within 30 s
    When 45 s pass
    Then the power is 2000 W within 75 s
    When the CSMS sends GetChargingProfilesRequest with requestId = 716 and chargingProfile.chargingProfilePurpose = ChargingStationExternalConstraints
    Then the station sends ReportChargingProfilesRequest with requestId = 716 and chargingProfile.0.chargingProfileKind = Absolute and chargingProfile.0.chargingSchedule.0.chargingSchedulePeriod.0.operationMode = ExternalLimits

  @TC_Q_117_CS @req:Q07.FR.01 @req:Q07.FR.02 @req:K28.FR.06 @pics:V2X&DynamicProfiles @slow
  Scenario: The CSMS supports the grid by set points
    Given a V2X transaction under dynamic control
    When the CSMS sets the V2X profile 717: TxProfile, Dynamic, CentralFrequency with setpoint = -2000 and schedule.duration = 120
    Then the station answers SetChargingProfileResponse with status = Accepted
    And the station sends TransactionEventRequest with triggerReason = OperationModeChanged and transactionInfo.operationMode = CentralFrequency
    And the power is -2000 W within 30 s
    When the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = 717 and scheduleUpdate.setpoint = 4000
    Then the station answers UpdateDynamicScheduleResponse with status = Accepted
    And the power is 4000 W within 30 s

  @TC_Q_118_CS @req:K28.FR.13 @req:K28.FR.14 @req:K28.FR.15 @pics:V2X&DynamicProfiles @slow
  Scenario: Without news of the CSMS the next profile holds
    Given a V2X transaction under dynamic control
    And the V2X profile 700: TxProfile, Relative, ChargingOnly, level 0 with limit = 6000 is installed
    And the V2X profile 718: TxProfile, Dynamic, CentralFrequency, level 1 with setpoint = -2000 and schedule.duration = 60 is installed
    When 10 s pass
    And the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = 718 and scheduleUpdate.setpoint = -3000
    Then the power is -3000 W within 30 s
    And the power stays at -3000 W for 10 s
    And the power is 6000 W within 90 s
    And the station sends TransactionEventRequest with triggerReason = OperationModeChanged and transactionInfo.operationMode = ChargingOnly within 90 s
    When the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = 718 and scheduleUpdate.setpoint = -1000
    Then the station answers UpdateDynamicScheduleResponse with status = Accepted
    And the power is -1000 W within 30 s
