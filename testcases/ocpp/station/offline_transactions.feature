@role:station
Feature: A station goes on with transactions while it is offline, and tells what has happened

  Background:
    Given a booted station
    And SampledDataCtrlr.TxUpdatedInterval is set to 5

  @TC_E_40_CS @slow @req:E11.FR.01,E11.FR.02,E11.FR.06,E11.FR.07
  Scenario: The connection is lost while energy flows
    Given a booted station
    And SampledDataCtrlr.TxUpdatedInterval is set to 10
    And a transaction in which energy flows
    When the station is offline for 32 s
    Then the station sends TransactionEventRequest with offline = true within 300 s
    And no TransactionEventRequest of the transaction is missing
    And every TransactionEventRequest with offline = true since then has eventType = Updated and meterValue present

  @TC_E_43_CS @slow @req:E04.FR.01,E04.FR.02,E04.FR.03,C15.FR.02,C15.FR.08 @pics:OfflineUnknownId
  Scenario: A transaction begins while the station is offline
    Given AuthCtrlr.OfflineTxForUnknownIdEnabled is set to true
    And an EV that is plugged in
    When the connection breaks
    And 10 s pass
    And the driver presents $valid_token
    And 10 s pass
    And the connection can be made again
    Then the station sends TransactionEventRequest with triggerReason = Authorized and idToken.idToken = $valid_token and offline = true within 300 s
    And the station sends TransactionEventRequest with transactionInfo.chargingState = Charging and offline = true within 300 s
    And no TransactionEventRequest of the transaction is missing

  @TC_E_44_CS @slow @req:E08.FR.01,E08.FR.04,E08.FR.05,E08.FR.06,E08.FR.07 @pics:LocalStart
  Scenario: A transaction is stopped while the station is offline
    Given a transaction in which energy flows
    When the connection breaks
    And 10 s pass
    And the driver presents $valid_token
    And 5 s pass
    And the driver unplugs
    And the connection can be made again
    Then the station sends TransactionEventRequest with triggerReason = StopAuthorized and offline = true within 300 s
    And no TransactionEventRequest of the transaction is missing

  @TC_E_45_CS @slow @req:E08.FR.02,E08.FR.04,E08.FR.05,E08.FR.06,E08.FR.07 @pics:AuthCache&SeveralEvses
  Scenario: Another token of the group stops it while the station is offline
    Given AuthCacheCtrlr.Enabled is true where the station has it
    And $same_group_token is in the authorization cache as Accepted at EVSE 2
    And a transaction of $group_token in which energy flows
    When the connection breaks
    And 10 s pass
    And the driver presents $same_group_token
    And 5 s pass
    And the driver unplugs
    And the connection can be made again
    Then the station sends TransactionEventRequest with triggerReason = StopAuthorized and offline = true within 300 s
    And no TransactionEventRequest of the transaction is missing
