@role:csms @pics:TariffCost
Feature: A CSMS tells what a transaction costs

  @TC_I_01_CSMS @req:I02.FR.01 @slow
  Scenario: The running cost is told
    Given a station with SampledDataCtrlr.TxUpdatedInterval = 10
    And a transaction in which energy flows
    When 25 s pass
    And the operator makes the CSMS send CostUpdatedRequest with totalCost = 0.75 and transactionId = $transaction
    Then the CSMS sends CostUpdatedRequest with totalCost >= 0 and transactionId = $transaction
    And the station sends CostUpdatedResponse

  @TC_I_02_CSMS @req:I03.FR.02
  Scenario: A transaction ends, and its cost is told
    Given a transaction in which energy flows
    When the operator makes the CSMS send CostUpdatedRequest with totalCost = 0.5 and transactionId = $transaction
    Then the CSMS sends CostUpdatedRequest with totalCost >= 0 and transactionId = $transaction
    When the driver presents $valid_token
    Then the CSMS replies to TransactionEventRequest with eventType = Ended by TransactionEventResponse with totalCost >= 0
