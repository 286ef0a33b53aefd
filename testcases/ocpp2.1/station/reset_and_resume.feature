@role:station
Feature: A station is reset, and its transactions go on (B13)

  @TC_B_101_CS @req:B13.FR.01
  Scenario: A station that cannot resume transactions refuses
    Given a transaction in which energy flows
    And TxCtrlr.ResumptionTimeout is set to 0
    When the CSMS sends ResetRequest with type = ImmediateAndResume
    Then the station answers ResetResponse with status = Rejected
    And the station does not boot for 60 s

  @TC_B_102_CS @req:B13.FR.03 @req:B13.FR.04 @req:B13.FR.21 @req:B13.FR.23 @req:B13.FR.25 @req:B13.FR.30 @slow
  Scenario: After the reset the transaction goes on without energy
    Given a transaction in which energy flows
    And TxCtrlr.ResumptionTimeout is set to 300
    And TxCtrlr.AllowEnergyTransferResumption is set to false
    When the CSMS sends ResetRequest with type = ImmediateAndResume
    Then the station answers ResetResponse with status = Accepted
    And the station sends TransactionEventRequest with eventType = Updated and triggerReason = ResetCommand
    And the station boots again with reason = RemoteReset within 300 s
    And the station sends TransactionEventRequest with eventType = Updated and triggerReason = TxResumed and transactionInfo.transactionId = $transaction and transactionInfo.chargingState = SuspendedEVSE within 300 s
    And the station sends no TransactionEventRequest with transactionInfo.chargingState = Charging for 30 s

  @TC_B_103_CS @req:B13.FR.03 @req:B13.FR.04 @req:B13.FR.21 @req:B13.FR.23 @req:B13.FR.24 @req:B13.FR.30 @slow
  Scenario: After the reset the transaction goes on with energy
    Given a transaction in which energy flows
    And TxCtrlr.ResumptionTimeout is set to 300
    And TxCtrlr.AllowEnergyTransferResumption is set to true
    When the CSMS sends ResetRequest with type = ImmediateAndResume
    Then the station answers ResetResponse with status = Accepted
    And the station sends TransactionEventRequest with eventType = Updated and triggerReason = ResetCommand
    And the station boots again with reason = RemoteReset within 300 s
    And the station sends TransactionEventRequest with eventType = Updated and triggerReason = TxResumed and transactionInfo.transactionId = $transaction within 300 s
    And the station sends TransactionEventRequest with transactionInfo.chargingState = Charging or SuspendedEV within 330 s

  @TC_B_104_CS @req:B13.FR.02 @slow
  Scenario: Without a transaction it is a plain reset
    Given a booted station
    And TxCtrlr.ResumptionTimeout is set to 300
    When the CSMS sends ResetRequest with type = ImmediateAndResume
    Then the station answers ResetResponse with status = Accepted
    And the station boots again with reason = RemoteReset within 300 s
    And every connector is reported as Available within 300 s
