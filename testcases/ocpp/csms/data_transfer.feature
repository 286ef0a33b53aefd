@role:csms
Feature: A CSMS takes data that it does not know in good part

  @req:P02.FR.06,P02.FR.07
  Scenario Outline: Data of an unknown vendor is refused by name (<what>)
    Given a booted station
    When the station sends DataTransferRequest
      """
      <payload>
      """
    Then the CSMS answers DataTransferResponse with status = UnknownVendorId or UnknownMessageId or Rejected

    Examples:
      | id             | what                | payload                                                            |
      | TC_P_02_CSMS   | text as data        | {vendorId: com.example.nobody, messageId: nothing, data: text}     |
      | TC_P_02_CSMS_b | a structure as data | {vendorId: com.example.nobody, messageId: nothing, data: {a: [1]}} |

  @TC_P_03_CSMS @req:OCPP-CustomData
  Scenario: customData of an unknown vendor changes nothing
    Given a booted station
    When the station sends StatusNotificationRequest
      """
      customData: {vendorId: com.example.nobody, anything: {at: all}}
      timestamp: $now
      connectorStatus: Available
      evseId: 1
      connectorId: 1
      """
    Then the CSMS answers StatusNotificationResponse
    When the station sends TransactionEventRequest
      """
      customData: {vendorId: com.example.nobody, list: [1, 2]}
      eventType: Started
      timestamp: $now
      triggerReason: CablePluggedIn
      seqNo: 0
      evse: {id: 1, connectorId: 1}
      transactionInfo: {transactionId: tx-custom-data, chargingState: EVConnected, customData: {vendorId: com.example.nobody}}
      """
    Then the CSMS answers TransactionEventResponse
    When the station sends TransactionEventRequest
      """
      customData: {vendorId: com.example.nobody}
      eventType: Ended
      timestamp: $now
      triggerReason: EVDeparted
      seqNo: 1
      transactionInfo: {transactionId: tx-custom-data, stoppedReason: EVDisconnected}
      """
    Then the CSMS answers TransactionEventResponse
