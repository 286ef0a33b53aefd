@role:station
Feature: A station starts and stops transactions for the CSMS

  @TC_F_04_CS @slow @req:E01.FR.08,F02.FR.01,E03.FR.01,E03.FR.05,F02.FR.07
  Scenario: Nobody connects an EV in time after a remote start, and the EVSE is free again
    Given a booted station
    And the station starts transactions at Authorized
    And the station stops transactions at Authorized
    And TxCtrlr.EVConnectionTimeOut is set to 20
    When the CSMS starts a transaction for $valid_token
    Then the station answers RequestStartTransactionResponse with status = Accepted and transactionId absent
    And the station sends TransactionEventRequest with triggerReason = RemoteStart and eventType = Started and transactionInfo.remoteStartId = 4711 and idToken.idToken = $valid_token
    And the station sends TransactionEventRequest with triggerReason = EVConnectTimeout and eventType = Ended and transactionInfo.stoppedReason = Timeout within 30 s
    When 2 s pass
    And the CSMS starts a transaction for $valid_token
    Then the station answers RequestStartTransactionResponse with status = Accepted
    And the station sends TransactionEventRequest with triggerReason = RemoteStart and eventType = Started and transactionInfo.remoteStartId = 4712
    And 2 transactions have each an id of their own

  @TC_F_04_CS_b @slow @req:F02.FR.01,F02.FR.07 @pics:RemoteStart&LocalStart&StartPowerPathClosed
  Scenario: Who comes after a remote start that has timed out has nothing to do with it
    Given a booted station
    And the station starts transactions at PowerPathClosed only
    And TxCtrlr.EVConnectionTimeOut is set to 20
    When the CSMS starts a transaction for $valid_token
    Then the station answers RequestStartTransactionResponse with status = Accepted
    When 30 s pass
    And the driver presents $valid_token
    And the driver plugs in
    Then the station sends TransactionEventRequest with transactionInfo.chargingState = Charging
    And the station never sent TransactionEventRequest with transactionInfo.remoteStartId present
    And the station never sent TransactionEventRequest with triggerReason = RemoteStart

  @TC_F_08_CS @req:F03.FR.02,F03.FR.03,F03.FR.07,F03.FR.09
  Scenario: A transaction is stopped
    Given a transaction in which energy flows
    When the CSMS sends RequestStopTransactionRequest with transactionId = $transaction
    Then the station answers RequestStopTransactionResponse with status = Accepted
    And the station sends TransactionEventRequest with triggerReason = RemoteStop and transactionInfo.transactionId = $transaction and transactionInfo.chargingState != Charging
    When the driver unplugs
    Then the station has ended the transaction with stoppedReason = Remote

  @TC_F_09_CS @req:F03.FR.08
  Scenario: A transaction that it does not have is not stopped
    Given a transaction in which energy flows
    When the CSMS sends RequestStopTransactionRequest with transactionId = not-the-one-that-runs
    Then the station answers RequestStopTransactionResponse with status = Rejected
    And the station sends no TransactionEventRequest with triggerReason = RemoteStop for 5 s

  @TC_F_01_CS @req:F01.FR.03,F01.FR.04,F01.FR.05,F01.FR.13,F01.FR.17,F01.FR.19,F01.FR.25,F02.FR.01 @pics:RemoteStart
  Scenario: The EV is connected already
    Given a booted station
    And the station starts transactions at EVConnected
    And an EV that is plugged in
    When the CSMS starts a transaction for $valid_token
    Then the station answers RequestStartTransactionResponse with status = Accepted and transactionId = $transaction
    And the station sends TransactionEventRequest with triggerReason = RemoteStart and transactionInfo.transactionId = $transaction and transactionInfo.remoteStartId = 4711 and idToken.idToken = $valid_token
    And the station sends TransactionEventRequest with transactionInfo.chargingState = Charging

  @TC_F_02_CS @req:F02.FR.01,F01.FR.01,F02.FR.09 @pics:RemoteStart
  Scenario: The station asks about the token of a remote start
    Given a booted station
    And AuthCtrlr.AuthorizeRemoteStart is set to true
    When the CSMS starts a transaction for $valid_token
    Then the station answers RequestStartTransactionResponse with status = Accepted
    And the station sends AuthorizeRequest with idToken.idToken = $valid_token
    When 2 s pass
    And the driver plugs in
    Then the station sends TransactionEventRequest with transactionInfo.chargingState = Charging
    And the first event of the transaction has triggerReason = RemoteStart and transactionInfo.remoteStartId = 4711 and idToken.idToken = $valid_token

  @TC_F_02_CS_b @req:F01.FR.01,F02.FR.09 @pics:RemoteStart
  Scenario: A token that the CSMS refuses gives no energy
    Given a booted station
    And AuthCtrlr.AuthorizeRemoteStart is set to true
    And an EV that is plugged in
    When the CSMS starts a transaction for $invalid_token
    Then the station answers RequestStartTransactionResponse with status = Accepted
    And the station sends AuthorizeRequest with idToken.idToken = $invalid_token
    And nobody charges for 20 s

  @TC_F_03_CS @req:F02.FR.01,F01.FR.02,F02.FR.10 @pics:RemoteStart
  Scenario: The station does not ask about the token of a remote start
    Given a booted station
    And AuthCtrlr.AuthorizeRemoteStart is set to false
    When the CSMS starts a transaction for $valid_token
    Then the station answers RequestStartTransactionResponse with status = Accepted
    When the driver plugs in
    Then the station sends TransactionEventRequest with transactionInfo.chargingState = Charging
    And the station never sent AuthorizeRequest
    And the first event of the transaction has triggerReason = RemoteStart and transactionInfo.remoteStartId = 4711 and idToken.idToken = $valid_token

  @TC_F_01_CS_b @req:F01.FR.03,F01.FR.06,F01.FR.19,F02.FR.01 @pics:RemoteStart&SeveralEvses
  Scenario: The EVSE that is named is the one that starts
    Given a booted station
    When the CSMS starts a transaction for $valid_token at EVSE 2
    Then the station answers RequestStartTransactionResponse with status = Accepted
    When the driver plugs in at EVSE 2
    Then the station sends TransactionEventRequest with transactionInfo.chargingState = Charging
    And the transaction has told evse.id = 2 and transactionInfo.remoteStartId = 4711

  @TC_OCPP_F_24_CS @req:F01.FR.24,F02.FR.26 @pics:RemoteStart
  Scenario: Where somebody charges, nobody else is started
    Given a transaction in which energy flows
    When the CSMS starts a transaction for $group_token
    Then the station answers RequestStartTransactionResponse with status = Rejected

  @TC_OCPP_F_23_CS @req:F01.FR.23 @pics:RemoteStart
  Scenario: Where the EVSE is out of service, nobody is started
    Given a booted station
    And the EVSE 1 has been made inoperative
    When the CSMS starts a transaction for $valid_token at EVSE 1
    Then the station answers RequestStartTransactionResponse with status = Rejected

  @TC_E_13_CS @req:E01.FR.03,F01.FR.03,F01.FR.04,F01.FR.06,F01.FR.19,F02.FR.01 @pics:RemoteStart&StartAuthorized
  Scenario: The start point Authorized is reached from afar
    Given a booted station
    And the station starts transactions at Authorized
    When the CSMS starts a transaction for $valid_token
    Then the station answers RequestStartTransactionResponse with status = Accepted
    And the station sends TransactionEventRequest with eventType = Started and triggerReason = RemoteStart and transactionInfo.remoteStartId = 4711 and idToken.idToken = $valid_token

  @TC_OCPP_F_Stale_CS @slow @req:F02.FR.01,F02.FR.07 @pics:LocalStart&RemoteStart&StartPowerPathClosed
  Scenario: A remote start for which nobody came is not named by the next transaction
    Given a booted station
    And the station starts transactions at PowerPathClosed only
    And TxCtrlr.EVConnectionTimeOut is set to 20
    When the CSMS starts a transaction for $group_token at EVSE 1
    Then the station replies to RequestStartTransactionRequest by RequestStartTransactionResponse with status = Accepted
    When 40 s pass
    And the driver plugs in at EVSE 1
    And the driver presents $valid_token at EVSE 1
    Then the station charges
    And the station sends no TransactionEventRequest with transactionInfo.remoteStartId present for 5 s
