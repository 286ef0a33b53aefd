@role:csms
Feature: A CSMS lets EVs feed back

  @TC_Q_102_CSMS @req:Q01.FR.01 @req:Q01.FR.07 @req:K18.FR.05 @req:K18.FR.07 @req:K18.FR.08 @pics:V2X @slow
  Scenario: A CSMS says what is allowed, and sends a profile for it
    Given a booted station
    And an EV that offers BPT, charging is plugged in
    When the driver presents $valid_token at the V2X EVSE
    Then the CSMS sends AuthorizeResponse with idTokenInfo.status = Accepted and allowedEnergyTransfer.* = $bpt_service
    And the station sends NotifyEVChargingNeedsRequest with chargingNeeds.requestedEnergyTransfer = $bpt_service
    And the CSMS sends NotifyEVChargingNeedsResponse with status = Accepted or Processing
    And the CSMS sends SetChargingProfileRequest with evseId = $v2x_evse and chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction within 60 s

  @TC_Q_103_CSMS @req:Q01.FR.04 @req:K18.FR.22 @pics:V2X @slow
  Scenario: A CSMS refuses needs for what it does not allow
    Given a booted station
    And an EV that offers charging is plugged in
    When the driver presents $valid_token at the V2X EVSE
    Then the CSMS sends NotifyEVChargingNeedsResponse with status = Accepted or Processing or NoChargingProfile
    When the station sends NotifyEVChargingNeedsRequest
      """
      {evseId: $v2x_evse, chargingNeeds: {requestedEnergyTransfer: $forbidden_service, availableEnergyTransfer: [$forbidden_service], controlMode: ScheduledControl, v2xChargingParameters: {maxChargePower: 11000, maxDischargePower: 10000}}}
      """
    Then the CSMS answers NotifyEVChargingNeedsResponse with status = Rejected
    And the CSMS sends no SetChargingProfileRequest with chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.setpoint present for 20 s

  @TC_Q_107_CSMS @req:Q02.FR.01 @req:Q02.FR.02 @req:Q02.FR.05 @req:Q01.FR.07 @pics:V2X @slow
  Scenario: A CSMS lets an EV only charge, and later feed back
    Given a booted station
    And an EV that offers charging is plugged in
    When the driver presents $valid_token at the V2X EVSE
    Then the CSMS sends NotifyEVChargingNeedsResponse with status = Accepted or Processing or NoChargingProfile
    And the CSMS sends no SetChargingProfileRequest with chargingProfile.chargingSchedule.*.chargingSchedulePeriod.*.setpoint present for 30 s
    When the operator makes the CSMS send NotifyAllowedEnergyTransferRequest
      """
      {transactionId: $transaction, allowedEnergyTransfer: [$bpt_service, $charging_service]}
      """
    Then the CSMS sends NotifyAllowedEnergyTransferRequest with transactionId = $transaction and allowedEnergyTransfer.* = $bpt_service
    When the station sends NotifyEVChargingNeedsRequest
      """
      {evseId: $v2x_evse, chargingNeeds: {requestedEnergyTransfer: $bpt_service, availableEnergyTransfer: [$bpt_service, $charging_service], controlMode: ScheduledControl, v2xChargingParameters: {maxChargePower: 11000, maxDischargePower: 10000}}}
      """
    Then the CSMS answers NotifyEVChargingNeedsResponse with status = Accepted or Processing
    And the CSMS sends SetChargingProfileRequest with evseId = $v2x_evse and chargingProfile.chargingProfilePurpose = TxProfile and chargingProfile.transactionId = $transaction within 60 s

  @TC_Q_108_CSMS @req:Q03.FR.01 @req:V2X.05 @req:V2X.07 @pics:V2X
  Scenario: A schedule of set points
    Given a V2X transaction
    When the operator sets the V2X profile 708: TxProfile, Absolute, CentralSetpoint
      """
      periods: [{startPeriod: 0, operationMode: CentralSetpoint, setpoint: -2000}, {startPeriod: 600, operationMode: CentralSetpoint, setpoint: 3000}]
      """
    Then the CSMS sends SetChargingProfileRequest with evseId = $v2x_evse and chargingProfile.transactionId = $transaction and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.operationMode = CentralSetpoint and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.setpoint = -2000 and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.1.setpoint = 3000
    And the power is -2000 W within 30 s

  @TC_Q_109_CSMS @req:K28.FR.01 @req:K28.FR.02 @req:Q03.FR.01 @pics:V2X&DynamicProfiles
  Scenario: Set points that are pushed
    Given a V2X transaction under dynamic control
    When the operator sets the V2X profile 709: TxProfile, Dynamic, CentralSetpoint with setpoint = -2000
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.chargingProfileKind = Dynamic and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.operationMode = CentralSetpoint and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.setpoint = -2000
    When $profile is the chargingProfile.id of the last SetChargingProfileRequest
    And the operator makes the CSMS send UpdateDynamicScheduleRequest with chargingProfileId = $profile and scheduleUpdate.setpoint = -4000
    Then the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = $profile and scheduleUpdate.setpoint = -4000
    And the power is -4000 W within 30 s

  @TC_Q_110_CSMS @req:K28.FR.07 @req:K28.FR.01 @pics:V2X&DynamicProfiles @slow
  Scenario: Set points that the station asks for
    Given a V2X transaction under dynamic control
    When the operator sets the V2X profile 710: TxProfile, Dynamic, CentralSetpoint with setpoint = -2000 and profile.dynUpdateInterval = 20
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.dynUpdateInterval = 20
    And the station sends PullDynamicScheduleUpdateRequest within 40 s
    And the CSMS sends PullDynamicScheduleUpdateResponse with status = Accepted and scheduleUpdate.setpoint present within 45 s

  @TC_Q_111_CSMS @req:K28.FR.01 @pics:V2X&DynamicProfiles
  Scenario Outline: A profile for values of an external system: <mode>
    Given a V2X transaction under dynamic control
    When the operator sets the V2X profile 711: TxProfile, Dynamic, <mode> with schedule.duration = 600
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.chargingProfileKind = Dynamic and chargingProfile.chargingSchedule.0.duration = 600 and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.operationMode = <mode>

    Examples:
      | id            | mode             |
      | TC_Q_111_CSMS | ExternalSetpoint |
      | TC_Q_112_CSMS | ExternalLimits   |

  @TC_Q_117_CSMS @req:Q07.FR.02 @pics:V2X&DynamicProfiles
  Scenario: Frequency support by the CSMS
    Given a V2X transaction under dynamic control
    When the operator sets the V2X profile 717: TxProfile, Dynamic, CentralFrequency with setpoint = -2000 and schedule.duration = 600
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.chargingProfileKind = Dynamic and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.operationMode = CentralFrequency and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.setpoint = -2000
    When $profile is the chargingProfile.id of the last SetChargingProfileRequest
    And the operator makes the CSMS send UpdateDynamicScheduleRequest with chargingProfileId = $profile and scheduleUpdate.setpoint = 3000
    Then the CSMS sends UpdateDynamicScheduleRequest with chargingProfileId = $profile and scheduleUpdate.setpoint = 3000
    And the power is 3000 W within 30 s

  @TC_Q_120_CSMS @req:Q08.FR.12 @req:Q08.FR.02 @pics:V2X @slow
  Scenario: Signals of the grid operator go on to the station
    Given a V2X transaction under dynamic control
    When the operator sets the V2X profile 720: TxProfile, Relative, LocalFrequency with v2xBaseline = 0 and v2xFreqWattCurve = [{"frequency": 49.8, "power": -4000}, {"frequency": 50.2, "power": 4000}] and v2xSignalWattCurve = [{"signal": -100, "power": -2000}, {"signal": 100, "power": 2000}]
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.operationMode = LocalFrequency and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.v2xSignalWattCurve.1.signal present
    When the operator makes the CSMS send AFRRSignalRequest with timestamp = $now and signal = -50
    Then the CSMS sends AFRRSignalRequest with signal = -50 and timestamp present
    And the power is -1000 W within 30 s

  @TC_Q_121_CSMS @req:Q08.FR.01 @req:Q08.FR.02 @req:Q08.FR.05 @pics:V2X
  Scenario: Frequency support by the station
    Given a V2X transaction under dynamic control
    When the operator sets the V2X profile 721: TxProfile, Relative, LocalFrequency with v2xBaseline = 500 and v2xFreqWattCurve = [{"frequency": 49.8, "power": -4000}, {"frequency": 50.2, "power": 4000}]
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.chargingSchedule.0.chargingRateUnit = W and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.operationMode = LocalFrequency and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.v2xBaseline present and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.v2xFreqWattCurve.1.frequency present and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.setpoint absent

  @TC_Q_124_CSMS @req:Q10.FR.01 @req:K01.FR.111 @pics:V2X
  Scenario Outline: A CSMS sends a profile of the mode <mode>
    Given a V2X transaction under dynamic control
    When the operator sets the V2X profile 724: TxProfile, Relative, <said>
    Then the CSMS sends SetChargingProfileRequest with evseId = $v2x_evse and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.operationMode = <mode> and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.setpoint absent and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.limit absent

    Examples:
      | id              | mode               | said                         |
      | TC_Q_124_CSMS   | LocalLoadBalancing | LocalLoadBalancing           |
      | TC_Q_124_CSMS_b | Idle               | Idle with evseSleep = true   |

  @TC_K_121_CSMS @req:K28.FR.07 @req:K28.FR.01 @pics:DynamicProfiles @slow
  Scenario: New limits that the station asks for
    Given a transaction whose power is measured
    When the operator sets the V2X profile 721: TxProfile, Dynamic, ChargingOnly with limit = 6000 and profile.dynUpdateInterval = 30
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.chargingProfileKind = Dynamic and chargingProfile.dynUpdateInterval = 30 and chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.startPeriod = 0
    And the station sends PullDynamicScheduleUpdateRequest within 45 s
    And the CSMS sends PullDynamicScheduleUpdateResponse with status = Accepted and scheduleUpdate.limit >= 0 within 50 s

  @TC_K_121_CSMS_b @req:K28.FR.12 @pics:DynamicProfiles
  Scenario: Values for a profile that is not dynamic, or not there
    Given a transaction whose power is measured
    When the operator sets the V2X profile 722: TxProfile, Relative, ChargingOnly with limit = 6000
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.id present
    When $profile is the chargingProfile.id of the last SetChargingProfileRequest
    And the station sends PullDynamicScheduleUpdateRequest with chargingProfileId = $profile
    Then the CSMS answers PullDynamicScheduleUpdateResponse with status = Rejected
    When the station sends PullDynamicScheduleUpdateRequest with chargingProfileId = 99722
    Then the CSMS answers PullDynamicScheduleUpdateResponse with status = Rejected
