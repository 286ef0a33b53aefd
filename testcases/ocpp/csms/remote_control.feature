@role:csms
Feature: A CSMS starts transactions and asks for messages

  @TC_F_01_CSMS @req:F01.FR.04,F01.FR.03,E01.FR.11,E01.FR.12
  Scenario: A remote start where the EV is connected already
    Given a station with TxCtrlr.TxStartPoint = EVConnected
    And a booted station
    And an EV that is plugged in
    When the operator makes the CSMS send RequestStartTransactionRequest
      """
      {idToken: {idToken: $valid_token, type: $valid_token_type}, remoteStartId: 2001, evseId: $evse}
      """
    Then the CSMS sends RequestStartTransactionRequest with idToken.idToken = $valid_token and idToken.type = $valid_token_type
    And the CSMS replies to TransactionEventRequest with triggerReason = RemoteStart by TransactionEventResponse with idTokenInfo.status = Accepted
    And the CSMS replies to TransactionEventRequest with transactionInfo.chargingState = Charging by TransactionEventResponse

  @req:F02.FR.01,F02.FR.11,E01.FR.12
  Scenario Outline: A remote start comes first, AuthorizeRemoteStart = <asks>
    Given a station with AuthCtrlr.AuthorizeRemoteStart = <asks>
    And a booted station
    When the operator makes the CSMS send RequestStartTransactionRequest
      """
      {idToken: {idToken: $valid_token, type: $valid_token_type}, remoteStartId: 2002, evseId: $evse}
      """
    Then the CSMS sends RequestStartTransactionRequest with idToken.idToken = $valid_token and idToken.type = $valid_token_type
    And the CSMS replies to TransactionEventRequest with eventType = Started and triggerReason = RemoteStart by TransactionEventResponse with idTokenInfo.status = Accepted
    When the driver plugs in
    Then the CSMS replies to TransactionEventRequest with transactionInfo.chargingState = Charging by TransactionEventResponse
    And every token that was presented is Accepted by the CSMS

    Examples:
      | id           | requirement | asks  |
      | TC_F_02_CSMS | F01.FR.01   | true  |
      | TC_F_03_CSMS | F01.FR.02   | false |

  @TC_OCPP_RemoteStartIds_CSMS @req:OCPP-RequestId @req:F01.FR.04
  Scenario: Two remote starts can be told apart
    Given a booted station
    When the operator makes the CSMS send RequestStartTransactionRequest
      """
      {idToken: {idToken: $valid_token, type: $valid_token_type}, remoteStartId: 2011, evseId: 1}
      """
    Then the CSMS sends RequestStartTransactionRequest with evseId = 1
    When $first is the remoteStartId of the last RequestStartTransactionRequest
    And the operator makes the CSMS send RequestStartTransactionRequest
      """
      {idToken: {idToken: $group_token, type: $group_token_type}, remoteStartId: 2012, evseId: 2}
      """
    Then the CSMS sends RequestStartTransactionRequest with evseId = 2 and remoteStartId != $first

  @TC_F_04_CSMS @slow @req:E03.FR.05,F02.FR.07,F02.FR.11,E01.FR.12
  Scenario: Nobody connects an EV in time after a remote start
    Given a station with TxCtrlr.EVConnectionTimeOut = 20
    And a booted station
    When the operator makes the CSMS send RequestStartTransactionRequest
      """
      {idToken: {idToken: $valid_token, type: $valid_token_type}, remoteStartId: 2004, evseId: $evse}
      """
    Then the CSMS sends RequestStartTransactionRequest with idToken.idToken = $valid_token
    And the CSMS replies to TransactionEventRequest with triggerReason = RemoteStart by TransactionEventResponse with idTokenInfo.status = Accepted
    When 25 s pass
    Then the CSMS replies to TransactionEventRequest with triggerReason = EVConnectTimeout by TransactionEventResponse

  @TC_F_20_CSMS @req:F06.FR.01
  Scenario: The CSMS asks for a Heartbeat
    Given a booted station
    When the operator makes the CSMS send TriggerMessageRequest with requestedMessage = Heartbeat
    Then the CSMS sends TriggerMessageRequest with requestedMessage = Heartbeat
    And the CSMS replies to HeartbeatRequest by HeartbeatResponse with currentTime present

  @TC_F_27_CSMS @req:F06.FR.01,F06.FR.08
  Scenario: The CSMS asks for a message that the station has not implemented
    Given a booted station
    When the operator makes the CSMS send TriggerMessageRequest with requestedMessage = SignCombinedCertificate
    Then the CSMS sends TriggerMessageRequest
    And the connection stays open for 5 s

  @req:F06.FR.01 @pics:TriggerMessages
  Scenario Outline: The CSMS asks for <message>
    Given a booted station
    When the operator makes the CSMS send TriggerMessageRequest with requestedMessage = <message> <place>
    Then the CSMS sends TriggerMessageRequest with requestedMessage = <message>
    And the CSMS replies to <follows>Request by <follows>Response

    Examples:
      | id           | message                    | place                                                | follows                    |
      | TC_F_11_CSMS | MeterValues                | and evse.id = 1                                      | MeterValues                |
      | TC_F_12_CSMS | MeterValues                |                                                      | MeterValues                |
      | TC_F_15_CSMS | LogStatusNotification      |                                                      | LogStatusNotification      |
      | TC_F_18_CSMS | FirmwareStatusNotification |                                                      | FirmwareStatusNotification |

  @TC_F_06_CSMS @req:F05.FR.01
  Scenario: A connector is unlocked
    Given a booted station
    When the operator makes the CSMS send UnlockConnectorRequest with evseId = $evse and connectorId = $connector
    Then the CSMS sends UnlockConnectorRequest with evseId = $evse and connectorId = $connector

  @req:F06.FR.01,F06.FR.02 @pics:TriggerMessages
  Scenario Outline: The CSMS asks for the transactions of <what>
    Given a transaction in which energy flows
    When the operator makes the CSMS send TriggerMessageRequest with requestedMessage = TransactionEvent <place>
    Then the CSMS sends TriggerMessageRequest with requestedMessage = TransactionEvent <wanted>
    And the CSMS replies to TransactionEventRequest with triggerReason = Trigger by TransactionEventResponse

    Examples:
      | id           | what    | place             | wanted            |
      | TC_F_13_CSMS | an EVSE | and evse.id = 1   | and evse.id = 1   |
      | TC_F_14_CSMS | all     |                   | and evse absent   |

  @TC_F_23_CSMS @req:F06.FR.01,F06.FR.02,F06.FR.13 @pics:TriggerMessages
  Scenario: The CSMS asks for the state of a free connector
    Given a booted station
    When the operator makes the CSMS send TriggerMessageRequest with requestedMessage = StatusNotification and evse.id = $evse and evse.connectorId = $connector
    Then the CSMS sends TriggerMessageRequest with requestedMessage = StatusNotification and evse.id = $evse and evse.connectorId = $connector
    And every report of a connector is answered without an error

  @TC_F_24_CSMS @req:F06.FR.01,F06.FR.02,F06.FR.13 @pics:TriggerMessages
  Scenario: The CSMS asks for the state of an occupied connector
    Given a booted station
    And an EV that is plugged in
    When the operator makes the CSMS send TriggerMessageRequest with requestedMessage = StatusNotification and evse.id = $evse and evse.connectorId = $connector
    Then the CSMS sends TriggerMessageRequest with requestedMessage = StatusNotification and evse.id = $evse and evse.connectorId = $connector
    And every report of a connector is answered without an error

  @TC_OCPP_OrderAfterReconnect_CSMS @slow @req:OCPP-Order @req:F06.FR.01
  Scenario: An operator reaches a station that has come back
    Given a booted station
    When the connection breaks
    And 5 s pass
    And the connection can be made again
    And 60 s pass
    And the operator makes the CSMS send TriggerMessageRequest with requestedMessage = Heartbeat
    Then the CSMS sends TriggerMessageRequest with requestedMessage = Heartbeat within 30 s
