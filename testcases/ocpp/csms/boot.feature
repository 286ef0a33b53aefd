@role:csms
Feature: A CSMS registers stations (B01 to B03, G02)

  @TC_B_01_CSMS @req:B01.FR.02 @req:G02.FR.03
  Scenario: A station boots and is accepted
    Given a station and a CSMS
    Then the station connects within 60 s
    And the CSMS sends BootNotificationResponse with status = Accepted and interval > 0 and currentTime present within 60 s
    And every report of a connector is answered without an error
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

  @TC_B_02_CSMS @req:B02.FR.01 @req:B02.FR.06 @slow @pics:Registration
  Scenario: A station is left pending, and accepted at its next boot
    Given a booted station
    When the operator wants the next boot to be answered with Pending
    And the station is switched off and on
    Then the CSMS sends BootNotificationResponse with status = Pending within 60 s
    And the CSMS sends BootNotificationResponse with status = Accepted within 400 s
    And every report of a connector is answered without an error

  @TC_B_30_CSMS @req:B02.FR.09 @req:B03.FR.07 @pics:Registration
  Scenario: What a station sends before it is accepted is refused
    Given a booted station
    When the operator wants the next boot to be answered with Pending
    And the station is switched off and on
    Then the CSMS sends BootNotificationResponse with status = Pending within 60 s
    When the station sends StatusNotificationRequest
      """
      {timestamp: $now, connectorStatus: Available, evseId: 1, connectorId: 1}
      """
    Then the CSMS answers with the error SecurityError
    When the station sends HeartbeatRequest
    Then the CSMS answers with the error SecurityError
    When the station sends TransactionEventRequest
      """
      {eventType: Started, timestamp: $now, triggerReason: CablePluggedIn, seqNo: 0, evse: {id: 1, connectorId: 1},
       transactionInfo: {transactionId: lab-early-1, chargingState: EVConnected}}
      """
    Then the CSMS answers with the error SecurityError
    When the station sends AuthorizeRequest
      """
      {idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the CSMS answers with the error SecurityError

  @TC_B_30_CSMS_b @req:B03.FR.03 @req:B03.FR.07 @pics:Registration
  Scenario: What a rejected station sends is refused, and nothing is asked of it
    Given a booted station
    When the operator wants the next boot to be answered with Rejected
    And the station is switched off and on
    Then the CSMS sends BootNotificationResponse with status = Rejected within 60 s
    When the station sends HeartbeatRequest
    Then the CSMS answers with the error SecurityError
    And the CSMS asks nothing of the station for 5 s
    When the station sends TransactionEventRequest
      """
      {eventType: Started, timestamp: $now, triggerReason: CablePluggedIn, seqNo: 0, evse: {id: 1, connectorId: 1},
       transactionInfo: {transactionId: lab-early-2, chargingState: EVConnected}}
      """
    Then the CSMS answers with the error SecurityError

  @TC_OCPP_B_01_CSMS @req:B02.FR.01 @req:B02.FR.02 @slow @pics:Registration
  Scenario: A pending station is asked for a report, and the report is taken
    Given a booted station
    When the operator wants the next boot to be answered with Pending
    And the station is switched off and on
    Then the CSMS sends BootNotificationResponse with status = Pending within 60 s
    When the operator makes the CSMS send GetBaseReportRequest with requestId = 31 and reportBase = ConfigurationInventory
    Then the CSMS sends GetBaseReportRequest with reportBase = ConfigurationInventory
    And every part of the report is answered without an error

  @TC_B_31_CSMS @req:B02.FR.01 @slow @pics:Registration
  Scenario: A pending station is triggered to boot
    Given a booted station
    When the operator wants the next boot to be answered with Pending
    And the station is switched off and on
    Then the CSMS sends BootNotificationResponse with status = Pending within 60 s
    When the operator makes the CSMS send TriggerMessageRequest with requestedMessage = BootNotification
    Then the CSMS sends TriggerMessageRequest with requestedMessage = BootNotification
    And the station sends BootNotificationRequest with reason = Triggered within 30 s
    And the CSMS sends BootNotificationResponse with status = Accepted within 30 s
    And every report of a connector is answered without an error

  @TC_G_01_CSMS @req:G02.FR.04
  Scenario: A connector is reported as occupied
    Given a booted station
    When the driver plugs in
    Then every report of a connector is answered without an error

  @<id> @req:G02.FR.04
  Scenario Outline: A connector is reported as <state>
    Given a booted station
    When the station sends StatusNotificationRequest
      """
      {timestamp: $now, connectorStatus: <state>, evseId: 1, connectorId: 1}
      """
    Then the CSMS answers StatusNotificationResponse within 30 s
    When the station sends NotifyEventRequest
      """
      {generatedAt: $now, seqNo: 0, tbc: false, eventData: [{eventId: 4712, timestamp: $now, trigger: Delta, actualValue: <state>,
       eventNotificationType: HardWiredNotification, component: {name: Connector, evse: {id: 1, connectorId: 1}}, variable: {name: AvailabilityState}}]}
      """
    Then the CSMS answers NotifyEventResponse within 30 s

    Examples:
      | id                  | state       |
      | TC_OCPP_G_01_CSMS   | Available   |
      | TC_OCPP_G_01_CSMS_b | Reserved    |
      | TC_OCPP_G_01_CSMS_c | Unavailable |
      | TC_OCPP_G_01_CSMS_d | Faulted     |

  @TC_G_20_CSMS @req:G05.FR.03
  Scenario: A lock that has failed is reported
    Given a booted station
    When the station sends NotifyEventRequest
      """
      {generatedAt: $now, seqNo: 0, tbc: false, eventData: [{eventId: 4711, timestamp: $now, trigger: Delta, actualValue: "true",
       eventNotificationType: HardWiredNotification, component: {name: ConnectorPlugRetentionLock, evse: {id: 1, connectorId: 1}}, variable: {name: Problem}}]}
      """
    Then the CSMS answers NotifyEventResponse within 30 s
