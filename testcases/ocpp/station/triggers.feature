@role:station
Feature: A station sends the messages that the CSMS asks for, and unlocks connectors

  @TC_F_20_CS @req:F06.FR.04,F06.FR.05,F06.FR.10
  Scenario: Heartbeat
    Given a booted station
    When the CSMS asks for the message Heartbeat
    Then the station answers TriggerMessageResponse with status = Accepted
    And the station sends HeartbeatRequest

  @TC_F_11_CS @req:F06.FR.02,F06.FR.04,F06.FR.05,F06.FR.06,F06.FR.10 @pics:TriggerMeterValues
  Scenario: MeterValues of one EVSE
    Given a booted station
    When the CSMS asks for the message MeterValues of EVSE 1
    Then the station answers TriggerMessageResponse with status = Accepted
    And the station sends MeterValuesRequest with evseId = 1 and meterValue.0.sampledValue.0.context = Trigger

  @TC_F_12_CS @req:F06.FR.04,F06.FR.05,F06.FR.06,F06.FR.10,F06.FR.11 @pics:TriggerMeterValues
  Scenario: MeterValues of all EVSEs
    Given a booted station
    When the CSMS asks for the message MeterValues
    Then the station answers TriggerMessageResponse with status = Accepted
    And the station sends MeterValuesRequest for every EVSE with meterValue.0.sampledValue.0.context = Trigger

  @TC_F_13_CS @req:F06.FR.02,F06.FR.04,F06.FR.05,F06.FR.07,F06.FR.10 @pics:TriggerTransactionEvent
  Scenario: TransactionEvent of one EVSE
    Given a transaction in which energy flows
    When the CSMS asks for the message TransactionEvent of EVSE 1
    Then the station answers TriggerMessageResponse with status = Accepted
    And the station sends TransactionEventRequest with triggerReason = Trigger and transactionInfo.chargingState = Charging and meterValue.0.sampledValue.0.context = Trigger
    When the driver unplugs
    And 2 s pass
    Then no TransactionEventRequest of the transaction is missing

  @TC_F_14_CS @req:F06.FR.04,F06.FR.05,F06.FR.07,F06.FR.10,F06.FR.11 @pics:TriggerTransactionEvent&SeveralEvses
  Scenario: TransactionEvent of all EVSEs
    Given a booted station
    And a transaction of $valid_token in which energy flows at EVSE 1
    And $first is the transaction that runs
    And a transaction of $group_token in which energy flows at EVSE 2
    And $second is the transaction that runs
    When the CSMS asks for the message TransactionEvent
    Then the station answers TriggerMessageResponse with status = Accepted
    And the station sends TransactionEventRequest for $first with triggerReason = Trigger and transactionInfo.chargingState = Charging and meterValue.0.sampledValue.0.context = Trigger
    And the station sends TransactionEventRequest for $second with triggerReason = Trigger and transactionInfo.chargingState = Charging and meterValue.0.sampledValue.0.context = Trigger

  @TC_F_15_CS @req:F06.FR.04,F06.FR.05,F06.FR.10,F06.FR.15 @pics:TriggerLogStatus
  Scenario: LogStatusNotification while there is no upload
    Given a booted station
    When the CSMS asks for the message LogStatusNotification
    Then the station answers TriggerMessageResponse with status = Accepted
    And the station sends LogStatusNotificationRequest with status = Idle

  @TC_F_17_CS @req:F06.FR.03,F06.FR.04,F06.FR.05,F06.FR.10,F06.FR.16 @pics:TriggerFirmwareStatus
  Scenario: FirmwareStatusNotification of an EVSE, which does not matter
    Given a booted station
    When the CSMS asks for the message FirmwareStatusNotification of EVSE 1
    Then the station answers TriggerMessageResponse with status = Accepted
    And the station sends FirmwareStatusNotificationRequest with status = Idle

  @TC_F_18_CS @req:F06.FR.03,F06.FR.04,F06.FR.05,F06.FR.10,F06.FR.16 @pics:TriggerFirmwareStatus
  Scenario: FirmwareStatusNotification while there is no update
    Given a booted station
    When the CSMS asks for the message FirmwareStatusNotification
    Then the station answers TriggerMessageResponse with status = Accepted
    And the station sends FirmwareStatusNotificationRequest with status = Idle

  @TC_F_23_CS @req:F06.FR.02,F06.FR.04,F06.FR.05,F06.FR.10 @pics:TriggerStatusNotification
  Scenario: StatusNotification of a connector that is free
    Given a booted station
    When the CSMS asks for the message StatusNotification of EVSE 1 connector 1
    Then the station answers TriggerMessageResponse with status = Accepted
    And the station reports Available for EVSE 1

  @TC_F_24_CS @req:F06.FR.02,F06.FR.04,F06.FR.05,F06.FR.10 @pics:TriggerStatusNotification
  Scenario: StatusNotification of a connector with an EV
    Given a booted station
    And an EV that is plugged in
    When 2 s pass
    And the CSMS asks for the message StatusNotification of EVSE 1 connector 1
    Then the station answers TriggerMessageResponse with status = Accepted
    And the station reports Occupied for EVSE 1

  @TC_F_26_CS @req:F06.FR.04,F06.FR.05,F06.FR.17
  Scenario: BootNotification while the station is accepted
    Given a booted station
    When the CSMS asks for the message BootNotification
    Then the station answers TriggerMessageResponse with status = Rejected
    And the station sends no BootNotificationRequest for 5 s

  @TC_F_27_CS @req:F06.FR.08 @pics:!SignCombinedCertificate
  Scenario: A message that it has not implemented
    Given a booted station
    When the CSMS asks for the message SignCombinedCertificate
    Then the station answers TriggerMessageResponse with status = NotImplemented

  @TC_F_05_CS @req:F05.FR.01,F05.FR.02 @pics:ConnectorLock
  Scenario: A connector at which somebody charges is not unlocked
    Given a transaction in which energy flows
    When the CSMS sends UnlockConnectorRequest with evseId = $evse and connectorId = $connector
    Then the station answers UnlockConnectorResponse with status = OngoingAuthorizedTransaction
    And the station sends no TransactionEventRequest with eventType = Ended for 5 s

  @TC_F_06_CS @req:F05.FR.01,F05.FR.04 @pics:ConnectorLock
  Scenario: A connector with a cable is unlocked
    Given a booted station
    And an EV that is plugged in
    When the CSMS sends UnlockConnectorRequest with evseId = $evse and connectorId = $connector
    Then the station answers UnlockConnectorResponse with status = Unlocked

  @TC_F_07_CS @req:F05.FR.01,F05.FR.06 @pics:ConnectorLock
  Scenario: A connector without a cable is unlocked all the same
    Given a booted station
    When the CSMS sends UnlockConnectorRequest with evseId = $evse and connectorId = $connector
    Then the station answers UnlockConnectorResponse with status = Unlocked

  @TC_F_10_CS @req:F05.FR.01,F05.FR.03 @pics:ConnectorLock
  Scenario: A connector that does not exist
    Given a booted station
    When the CSMS sends UnlockConnectorRequest with evseId = $evse and connectorId = 999
    Then the station answers UnlockConnectorResponse with status = UnknownConnector

  @req:F06.FR.10
  Scenario Outline: Of an EVSE that is not there nothing is sent (<message>)
    Given a booted station
    When the CSMS sends TriggerMessageRequest
      """
      {requestedMessage: <message>, evse: {id: 99<connector>}}
      """
    Then the station answers TriggerMessageResponse with status = Rejected or NotImplemented

    Examples:
      | id                          | message            | connector        |
      | TC_OCPP_F_NoSuchEvse_CS     | MeterValues        |                  |
      | TC_OCPP_F_NoSuchEvse_CS_b   | TransactionEvent   |                  |
      | TC_OCPP_F_NoSuchEvse_CS_c   | StatusNotification | , connectorId: 1 |
