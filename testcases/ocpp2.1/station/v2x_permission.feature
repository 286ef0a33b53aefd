@role:station
Feature: An EV feeds back only when the CSMS allows it

  Background:
    Given a CSMS that leaves profiles to the test case

  @TC_Q_100_CS @req:Q01.FR.33 @req:Q01.FR.34 @req:Q01.FR.35 @pics:V2X @slow
  Scenario: Measurands of an operation mode come in addition
    Given a booted station
    And V2XChargingCtrlr.TxStartedMeasurands[CentralSetpoint] has the value Power.Active.Export
    And V2XChargingCtrlr.TxUpdatedMeasurands[CentralSetpoint] has the value Energy.Active.Export.Register
    And V2XChargingCtrlr.TxEndedMeasurands[CentralSetpoint] has the value Energy.Active.Export.Register
    And the V2X profile 700: TxDefaultProfile, Absolute, CentralSetpoint with setpoint = -2000 is installed
    And a V2X transaction
    Then the station has sent TransactionEventRequest with eventType = Started or Updated and meterValue.*.sampledValue.*.context = Transaction.Begin and meterValue.*.sampledValue.*.measurand = Power.Active.Export
    When the CSMS sets the V2X profile 701: TxProfile, Absolute, CentralSetpoint with setpoint = -3000
    Then the station answers SetChargingProfileResponse with status = Accepted
    And the station sends TransactionEventRequest with eventType = Updated and meterValue.*.sampledValue.*.measurand = Energy.Active.Export.Register within 20 s
    When the driver unplugs at EVSE 1
    Then the station sends TransactionEventRequest with eventType = Ended and meterValue.*.sampledValue.*.measurand = Energy.Active.Export.Register

  @TC_Q_101_CS @req:Q01.FR.07 @req:K18.FR.05 @req:Q01.FR.03 @pics:V2X @slow
  Scenario: A profile may come later than the answer to the needs
    Given a CSMS whose answer to charging needs is Processing
    And a V2X transaction
    When 20 s pass
    Then the station has sent no TransactionEventRequest with eventType = Ended
    When the CSMS sets the V2X profile 701: TxProfile, Absolute, CentralSetpoint with setpoint = -3000
    Then the station answers SetChargingProfileResponse with status = Accepted
    And the power is -3000 W within 30 s

  @TC_Q_102_CS @req:Q01.FR.02 @req:Q01.FR.03 @req:K18.FR.01 @req:K18.FR.06 @pics:V2X
  Scenario: What the authorization allows is asked for
    Given a CSMS that allows BPT, charging
    And a booted station
    And an EV that offers BPT, charging is plugged in
    When the driver presents $valid_token at the V2X EVSE
    Then the station sends NotifyEVChargingNeedsRequest with evseId = $v2x_evse and chargingNeeds.requestedEnergyTransfer = $bpt_service and chargingNeeds.availableEnergyTransfer.* = $charging_service and chargingNeeds.controlMode = ScheduledControl and chargingNeeds.v2xChargingParameters.maxDischargePower > 0
    And the token of the transaction names the EVCCID

  @TC_Q_102_CS_b @req:Q02.FR.05 @req:Q02.FR.06 @req:Q02.FR.07 @req:Q01.FR.03 @pics:V2X
  Scenario: What the authorization does not allow is not asked for, until it is allowed
    Given a CSMS that allows charging
    And a booted station
    And an EV that offers BPT, charging is plugged in
    When the driver presents $valid_token at the V2X EVSE
    Then the station sends NotifyEVChargingNeedsRequest with chargingNeeds.requestedEnergyTransfer = $charging_service and chargingNeeds.availableEnergyTransfer present
    When the CSMS sends NotifyAllowedEnergyTransferRequest
      """
      {transactionId: $transaction, allowedEnergyTransfer: [$bpt_service, $charging_service]}
      """
    Then the station answers NotifyAllowedEnergyTransferResponse with status = Accepted
    And the station sends NotifyEVChargingNeedsRequest with chargingNeeds.requestedEnergyTransfer = $bpt_service

  @TC_Q_102_CS_c @req:Q01.FR.30 @req:Q01.FR.31 @req:Q01.FR.32 @req:Q07.FR.01 @pics:V2X
  Scenario: The device model says what the station can do
    Given a booted station
    When the CSMS sends GetVariablesRequest
      """
      {getVariableData: [
        {component: {name: V2XChargingCtrlr, evse: {id: $v2x_evse}}, variable: {name: SupportedOperationModes}},
        {component: {name: V2XChargingCtrlr, evse: {id: $v2x_evse}}, variable: {name: SupportedEnergyTransferModes}},
        {component: {name: V2XChargingCtrlr, evse: {id: $v2x_evse}}, variable: {name: Enabled}}]}
      """
    Then the value of V2XChargingCtrlr.SupportedOperationModes in the answer matches .*ChargingOnly.*
    And the value of V2XChargingCtrlr.SupportedOperationModes in the answer matches .*CentralSetpoint.*
    And the value of V2XChargingCtrlr.SupportedOperationModes in the answer matches .*CentralFrequency.*
    And the value of V2XChargingCtrlr.SupportedEnergyTransferModes in the answer matches .*BPT.*
    And the result for V2XChargingCtrlr.Enabled is Accepted

  @TC_Q_102_CS_d @req:Q01.FR.36 @pics:V2X
  Scenario: The device model shows the EV
    Given a booted station
    And an EV that offers BPT, charging is plugged in
    When the driver presents $valid_token at the V2X EVSE
    Then the station sends NotifyEVChargingNeedsRequest
    When the CSMS sends GetVariablesRequest
      """
      {getVariableData: [
        {component: {name: ConnectedEV, evse: {id: $v2x_evse}}, variable: {name: Available}},
        {component: {name: ConnectedEV, evse: {id: $v2x_evse}}, variable: {name: VehicleId}},
        {component: {name: ConnectedEV, evse: {id: $v2x_evse}}, variable: {name: ProtocolAgreed}}]}
      """
    Then the value of ConnectedEV.Available in the answer matches (?i:true)
    And the value of ConnectedEV.VehicleId in the answer matches .+
    And the value of ConnectedEV.ProtocolAgreed in the answer matches .*15118.*

  @TC_Q_103_CS @req:Q01.FR.06 @req:K18.FR.23 @pics:V2X
  Scenario: An EV whose only service is refused ends its transaction
    Given a CSMS whose answer to charging needs is Rejected
    And a CSMS that allows BPT
    And a booted station
    And an EV that offers BPT is plugged in
    When the driver presents $valid_token at the V2X EVSE
    Then the station sends NotifyEVChargingNeedsRequest with chargingNeeds.requestedEnergyTransfer = $bpt_service
    And the station sends TransactionEventRequest with eventType = Ended and triggerReason = AbnormalCondition and transactionInfo.stoppedReason = ReqEnergyTransferRejected

  @TC_Q_130_CS @req:Q01.FR.05 @pics:V2X
  Scenario: An EV whose first service is refused gets another one
    Given a CSMS that allows BPT, charging
    And the CSMS will answer NotifyEVChargingNeedsResponse with status = Rejected the 1st time
    And a booted station
    And an EV that offers BPT, charging is plugged in
    When the driver presents $valid_token at the V2X EVSE
    Then the station sends NotifyEVChargingNeedsRequest with chargingNeeds.requestedEnergyTransfer = $bpt_service
    And the station sends NotifyEVChargingNeedsRequest with chargingNeeds.requestedEnergyTransfer = $charging_service
    And the station sends no TransactionEventRequest with eventType = Ended for 20 s

  @TC_Q_104_CS @req:K18.FR.10 @req:K18.FR.01 @req:Q03.FR.01 @pics:V2X @slow
  Scenario: Under scheduled control the EV announces how it will follow
    Given a V2X transaction
    When the CSMS sets the V2X profile 701: TxProfile, Absolute, CentralSetpoint with setpoint = -3000
    Then the station answers SetChargingProfileResponse with status = Accepted
    And the station sends NotifyEVChargingScheduleRequest with evseId = $v2x_evse and selectedChargingScheduleId = 1 and chargingSchedule.chargingSchedulePeriod.0.startPeriod = 0
    And the power is -3000 W within 30 s

  @TC_Q_107_CS @req:Q01.FR.09 @req:Q02.FR.04 @req:Q02.FR.06 @req:Q02.FR.07 @pics:V2X @slow
  Scenario: An EV only charges while nothing is known, and feeds back when it may
    Given a CSMS that does not know yet which energy transfer is allowed
    And a booted station
    And an EV that offers BPT, charging is plugged in
    When the driver presents $valid_token at the V2X EVSE
    Then the station sends NotifyEVChargingNeedsRequest with evseId = $v2x_evse and chargingNeeds.requestedEnergyTransfer = $charging_service and chargingNeeds.availableEnergyTransfer.* = $bpt_service
    When the CSMS sets the V2X profile 701: TxProfile, Absolute, ChargingOnly with limit = 5000
    Then the station answers SetChargingProfileResponse with status = Accepted
    When the CSMS sends NotifyAllowedEnergyTransferRequest
      """
      {transactionId: $transaction, allowedEnergyTransfer: [$bpt_service, $charging_service]}
      """
    Then the station answers NotifyAllowedEnergyTransferResponse with status = Accepted
    And the station sends NotifyEVChargingNeedsRequest with chargingNeeds.requestedEnergyTransfer = $bpt_service and chargingNeeds.v2xChargingParameters.maxDischargePower > 0
    When the CSMS sets the V2X profile 701: TxProfile, Absolute, CentralSetpoint with setpoint = -3000
    Then the station answers SetChargingProfileResponse with status = Accepted
    And the station sends TransactionEventRequest with triggerReason = OperationModeChanged and transactionInfo.operationMode = CentralSetpoint

  @TC_Q_107_CS_b @req:Q02.FR.06 @pics:V2X
  Scenario: A permission for a transaction that there is not
    Given a booted station
    When the CSMS sends NotifyAllowedEnergyTransferRequest
      """
      {transactionId: no-such-transaction, allowedEnergyTransfer: [$charging_service]}
      """
    Then the station answers NotifyAllowedEnergyTransferResponse with status = Rejected
