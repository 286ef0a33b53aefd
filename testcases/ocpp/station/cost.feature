@role:station
Feature: A station takes the cost of a transaction from the CSMS

  @TC_I_01_CS @req:I02.FR.02 @pics:TariffCost
  Scenario: Running cost by CostUpdated
    Given a transaction in which energy flows
    When the CSMS sends CostUpdatedRequest with totalCost = 1.25 and transactionId = $transaction
    Then the station answers CostUpdatedResponse
    When the CSMS sends CostUpdatedRequest with totalCost = 2.5 and transactionId = $transaction
    Then the station answers CostUpdatedResponse

  @TC_I_02_CS @req:I03.FR.01 @pics:TariffCost&LocalStart
  Scenario: Total cost at the end
    Given a transaction in which energy flows
    When from now on the CSMS answers TransactionEventResponse with totalCost = 3.75
    And the driver presents $valid_token
    And the driver unplugs
    Then the station has ended the transaction

  @TC_I_07_CS @slow @req:I02.FR.02 @pics:TariffCost
  Scenario: Running cost in TransactionEventResponse
    Given a booted station
    And SampledDataCtrlr.TxUpdatedInterval is set to 5
    And a transaction in which energy flows
    When from now on the CSMS answers TransactionEventResponse with totalCost = 0.75
    Then the station sends TransactionEventRequest with triggerReason = MeterValuePeriodic
    And the station sends TransactionEventRequest with triggerReason = MeterValuePeriodic
