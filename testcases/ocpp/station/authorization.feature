@role:station
Feature: A station lets charge whom the CSMS accepts

  @req:C01.FR.01,C01.FR.02,C06.FR.02 @pics:LocalStart
  Scenario Outline: A token that is <status> gives no energy
    Given a booted station
    And the CSMS takes $<token> for <status>
    And an EV that is plugged in
    When the driver presents $<token>
    Then the station sends AuthorizeRequest with idToken.idToken = $<token>
    And nobody charges for 30 s

    Examples:
      | id           | token         | status  |
      | TC_C_02_CS   | invalid_token | Invalid |
      | TC_C_06_CS   | blocked_token | Blocked |
      | TC_C_07_CS   | expired_token | Expired |
      | TC_C_56_CS   | unknown_token | Unknown |
      | TC_C_56_CS_b | valid_token   | ConcurrentTx |
      | TC_C_56_CS_c | valid_token   | NotAtThisTime |
      | TC_C_56_CS_d | valid_token   | NoCredit |

  @TC_C_05_CS @req:C01.FR.01,C01.FR.02 @pics:LocalStart
  Scenario: A token that is Invalid gives no energy to an EV that comes later
    Given a booted station
    When the driver presents $invalid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $invalid_token
    When the driver plugs in
    Then nobody charges for 20 s

  @TC_C_04_CS @req:C01.FR.02,C01.FR.03 @pics:LocalStart
  Scenario: Somebody else cannot stop a transaction
    Given a transaction in which energy flows
    When the driver presents $group_token
    Then the station sends AuthorizeRequest with idToken.idToken = $group_token
    And the station sends no TransactionEventRequest with idToken.idToken = $group_token for 20 s
    And the station sends no TransactionEventRequest with eventType = Ended for 5 s

  @TC_C_39_CS @req:C09.FR.02,C09.FR.03,C09.FR.05 @pics:LocalStart
  Scenario: Another token of the same group stops a transaction
    Given a booted station
    And AuthCacheCtrlr.Enabled is false where the station has it
    And a transaction of $group_token in which energy flows
    When the driver presents $same_group_token
    Then the station sends AuthorizeRequest with idToken.idToken = $same_group_token
    And the station sends TransactionEventRequest with triggerReason = StopAuthorized and transactionInfo.chargingState != Charging

  @TC_C_42_CS @req:C09.FR.11 @pics:LocalStart
  Scenario: A token of the group that is not accepted stops nothing
    Given a booted station
    And the CSMS takes $same_group_token for Invalid in the group $group_id
    And a transaction of $group_token in which energy flows
    When the driver presents $same_group_token
    Then the station sends AuthorizeRequest with idToken.idToken = $same_group_token
    And the station sends no TransactionEventRequest with triggerReason = StopAuthorized for 20 s

  @TC_C_45_CS @req:C16.FR.03 @pics:LocalStart&(MasterPass|MasterPassMenu)
  Scenario: A master pass starts no transaction
    Given a booted station
    And AuthCtrlr.MasterPassGroupId is set to $master_group_id
    When the driver presents $master_token
    Then the station sends AuthorizeRequest with idToken.idToken = $master_token
    And nobody charges for 5 s
    When the driver plugs in
    Then nobody charges for 10 s

  @TC_C_49_CS @req:C16.FR.02 @pics:LocalStart&MasterPass&SeveralEvses
  Scenario: A master pass stops all transactions where there is no menu
    Given a booted station
    And AuthCtrlr.MasterPassGroupId is set to $master_group_id
    And a transaction of $valid_token in which energy flows at EVSE 1
    And a transaction of $group_token in which energy flows at EVSE 2
    When the driver presents $master_token
    Then the station sends AuthorizeRequest with idToken.idToken = $master_token
    And all transactions are stopped by the master pass

  @TC_OCPP_C_01_CS @req:C01.FR.21 @pics:LocalStart
  Scenario: A token that is meant for other EVSEs gives no energy
    Given a booted station
    When from now on the CSMS answers AuthorizeResponse with idTokenInfo.evseId = [99]
    And the driver plugs in
    And the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
    And nobody charges for 20 s

  @TC_E_52_CS @req:C01.FR.02,C01.FR.05 @pics:LocalStart&DisableRemoteAuthorization
  Scenario: A station that must not ask refuses whom it does not know
    Given a booted station
    And AuthCtrlr.DisableRemoteAuthorization is set to true
    And AuthCacheCtrlr.Enabled is false where the station has it
    And an EV that is plugged in
    When the driver presents $valid_token
    Then the station sends no AuthorizeRequest for 5 s
    And nobody charges for 10 s

  @TC_OCPP_C_02_CS @req:C02.FR.01 @pics:StartButton
  Scenario: A transaction is started by a button
    Given a booted station
    And an EV that is plugged in
    When the driver presses the start button
    Then the station charges
    And the station never sent AuthorizeRequest
    And the transaction has told idToken.type = NoAuthorization and idToken.idToken = ""

  @req:E05.FR.02,E05.FR.10 @pics:LocalStart
  Scenario Outline: The CSMS takes the token back as the transaction begins, StopTxOnInvalidId = <stop>
    Given a booted station
    And the station stops transactions at Authorized
    And TxCtrlr.StopTxOnInvalidId is set to <stop>
    And TxCtrlr.MaxEnergyOnInvalidId is 0 where the station has it
    And an EV that is plugged in
    When from now on the CSMS answers TransactionEventResponse with idTokenInfo.status = Invalid
    And the driver presents $valid_token
    Then the station sends TransactionEventRequest with idToken.idToken = $valid_token
    And the station sends TransactionEventRequest with <event>

    Examples:
      | id              | stop  | event                                                                                                      |
      | TC_OCPP_E_05_CS | true  | eventType = Ended and triggerReason = Deauthorized and transactionInfo.stoppedReason = DeAuthorized         |
      | TC_OCPP_E_06_CS | false | eventType = Updated and triggerReason = ChargingStateChanged and transactionInfo.chargingState = SuspendedEVSE |

  @TC_C_47_CS @req:C16.FR.01 @pics:LocalStart&MasterPassMenu
  Scenario: A master pass stops all transactions that its driver chooses
    Given a booted station
    And AuthCtrlr.MasterPassGroupId is set to $master_group_id
    And a transaction of $valid_token in which energy flows at EVSE 1
    And a transaction of $group_token in which energy flows at EVSE 2
    When the driver presents $master_token
    Then the station sends AuthorizeRequest with idToken.idToken = $master_token
    When the driver chooses in the menu to stop everywhere
    Then all transactions are stopped by the master pass

  @TC_C_48_CS @req:C16.FR.01 @pics:LocalStart&MasterPassMenu
  Scenario: A master pass stops the one transaction that its driver chooses
    Given a booted station
    And AuthCtrlr.MasterPassGroupId is set to $master_group_id
    And a transaction of $valid_token in which energy flows at EVSE 1
    And $first is the transaction that runs
    And a transaction of $group_token in which energy flows at EVSE 2
    And $second is the transaction that runs
    When the driver presents $master_token
    Then the station sends AuthorizeRequest with idToken.idToken = $master_token
    And the station sends no TransactionEventRequest with eventType = Ended for 3 s
    When the driver chooses in the menu to stop at EVSE 1
    Then the station sends TransactionEventRequest for $first with triggerReason = StopAuthorized
    And the station sends no TransactionEventRequest with transactionInfo.transactionId = $second and triggerReason = StopAuthorized for 10 s
