@role:station
Feature: A station says whether a transaction goes on, and whether it still has something to tell

  @TC_E_28_CS @req:E14.FR.01
  Scenario: A transaction that it never had
    Given a booted station
    When the CSMS sends GetTransactionStatusRequest with transactionId = nobody-knows-this-one
    Then the station answers GetTransactionStatusResponse with ongoingIndicator = false and messagesInQueue = false

  @TC_E_30_CS @req:E14.FR.02,E14.FR.05
  Scenario: A transaction that goes on, all of it told
    Given a transaction in which energy flows
    When the CSMS sends GetTransactionStatusRequest with transactionId = $transaction
    Then the station answers GetTransactionStatusResponse with ongoingIndicator = true and messagesInQueue = false

  @TC_E_32_CS @req:E14.FR.03,E14.FR.05
  Scenario: A transaction that has ended, all of it told
    Given a transaction in which energy flows
    When the driver presents $valid_token
    And the driver unplugs
    Then the station has ended the transaction
    When the CSMS sends GetTransactionStatusRequest with transactionId = $transaction
    Then the station answers GetTransactionStatusResponse with ongoingIndicator = false and messagesInQueue = false

  @TC_E_34_CS @req:E14.FR.06,E14.FR.08
  Scenario: No particular transaction, nothing to tell
    Given a booted station
    When the CSMS sends GetTransactionStatusRequest
      """
      {}
      """
    Then the station answers GetTransactionStatusResponse with ongoingIndicator absent and messagesInQueue = false

  @TC_E_29_CS @slow @req:E14.FR.02,E14.FR.04,E11.FR.01,E11.FR.02
  Scenario: A transaction that goes on, with events to be told
    Given a booted station
    And SampledDataCtrlr.TxUpdatedInterval is set to 2
    And a transaction in which energy flows
    When from now on the CSMS leaves TransactionEventRequest unanswered
    And the station is offline for 40 s
    And the CSMS sends GetTransactionStatusRequest with transactionId = $transaction
    Then the station answers GetTransactionStatusResponse with ongoingIndicator = true and messagesInQueue = true
    When the CSMS answers again as ever
    Then the station sends TransactionEventRequest with eventType = Updated and meterValue present and offline = true within 120 s

  @TC_E_33_CS @slow @req:E14.FR.06,E14.FR.07,E11.FR.01,E11.FR.02
  Scenario: No particular transaction, with events to be told
    Given a booted station
    And SampledDataCtrlr.TxUpdatedInterval is set to 2
    And a transaction in which energy flows
    When from now on the CSMS leaves TransactionEventRequest unanswered
    And the station is offline for 40 s
    And the CSMS sends GetTransactionStatusRequest
      """
      {}
      """
    Then the station answers GetTransactionStatusResponse with ongoingIndicator absent and messagesInQueue = true
    When the CSMS answers again as ever
    Then the station sends TransactionEventRequest with eventType = Updated and meterValue present and offline = true within 120 s

  @TC_E_31_CS @slow @req:E14.FR.03,E14.FR.04
  Scenario: A transaction that has ended, with events to be told
    Given a booted station
    And SampledDataCtrlr.TxUpdatedInterval is set to 2
    And a transaction in which energy flows
    When from now on the CSMS leaves TransactionEventRequest unanswered
    And the connection breaks
    And 20 s pass
    And the driver presents $valid_token
    And the driver unplugs
    And the station comes back after 5 s
    And the CSMS sends GetTransactionStatusRequest with transactionId = $transaction
    Then the station answers GetTransactionStatusResponse with ongoingIndicator = false and messagesInQueue = true

  @TC_OCPP_E_OtherQueue_CS @slow @req:E14.FR.03,E14.FR.05
  Scenario: A transaction of which all is told, beside one of which not all is
    Given a transaction in which energy flows
    And $first is the transaction that runs
    When the driver presents $valid_token
    And the driver unplugs
    Then the station has ended the transaction
    When from now on the CSMS leaves TransactionEventRequest unanswered
    And the connection breaks
    And the driver plugs in
    And 20 s pass
    And the station comes back after 5 s
    And the CSMS sends GetTransactionStatusRequest with transactionId = $first
    Then the station answers GetTransactionStatusResponse with ongoingIndicator = false and messagesInQueue = false
