@role:csms
Feature: A CSMS takes the transactions of its stations

  @TC_E_03_CSMS @req:E02.FR.02,E02.FR.04,E01.FR.11,E01.FR.12
  Scenario: The EV is connected first, then the driver is authorized
    Given a booted station
    When the driver plugs in
    Then the CSMS replies to TransactionEventRequest with triggerReason = CablePluggedIn by TransactionEventResponse
    When the driver presents $valid_token
    Then the CSMS replies to AuthorizeRequest by AuthorizeResponse with idTokenInfo.status = Accepted
    And the CSMS replies to TransactionEventRequest with triggerReason = Authorized by TransactionEventResponse with idTokenInfo.status = Accepted
    And the CSMS replies to TransactionEventRequest with transactionInfo.chargingState = Charging by TransactionEventResponse

  @TC_E_04_CSMS @req:E03.FR.02,E01.FR.11,E01.FR.12
  Scenario: The driver is authorized first, then the EV is connected
    Given a booted station
    When the driver presents $valid_token
    Then the CSMS replies to AuthorizeRequest by AuthorizeResponse with idTokenInfo.status = Accepted
    And the CSMS replies to TransactionEventRequest with eventType = Started and triggerReason = Authorized by TransactionEventResponse with idTokenInfo.status = Accepted
    When the driver plugs in
    Then the CSMS replies to TransactionEventRequest with triggerReason = CablePluggedIn by TransactionEventResponse
    And the CSMS replies to TransactionEventRequest with transactionInfo.chargingState = Charging by TransactionEventResponse

  @TC_E_38_CSMS @req:E03.FR.02
  Scenario: The EV is connected but takes no energy yet
    Given a booted station
    When the driver presents $valid_token
    And the driver plugs in an EV that is not ready
    Then the CSMS replies to TransactionEventRequest with triggerReason = CablePluggedIn by TransactionEventResponse
    And the CSMS replies to TransactionEventRequest with triggerReason = ChargingStateChanged and transactionInfo.chargingState = SuspendedEV by TransactionEventResponse

  @TC_E_09_CSMS @req:E01.FR.02,J02.FR.19
  Scenario: A transaction that starts with the EV connected
    Given a station with TxCtrlr.TxStartPoint = EVConnected
    And a booted station
    When the driver plugs in
    Then the CSMS replies to TransactionEventRequest with eventType = Started and triggerReason = CablePluggedIn and transactionInfo.chargingState = EVConnected by TransactionEventResponse

  @TC_E_10_CSMS @req:E01.FR.03,E01.FR.11,E01.FR.12
  Scenario: A transaction that starts with the authorization
    Given a station with TxCtrlr.TxStartPoint = Authorized
    And a booted station
    When the driver presents $valid_token
    Then the CSMS replies to AuthorizeRequest by AuthorizeResponse with idTokenInfo.status = Accepted
    And the CSMS replies to TransactionEventRequest with eventType = Started and triggerReason = Authorized by TransactionEventResponse with idTokenInfo.status = Accepted

  @TC_E_11_CSMS @req:E01.FR.04,E01.FR.11,E01.FR.12
  Scenario: A transaction that starts with a signed meter value
    Given a station with TxCtrlr.TxStartPoint = DataSigned
    And a station with SampledDataCtrlr.SignReadings = true
    And a booted station
    When the driver presents $valid_token
    And the driver plugs in
    Then the CSMS replies to TransactionEventRequest with eventType = Started and triggerReason = SignedDataReceived by TransactionEventResponse with idTokenInfo.status = Accepted
    And the CSMS replies to TransactionEventRequest with transactionInfo.chargingState = Charging by TransactionEventResponse

  @TC_E_01_CSMS @req:E01.FR.05,E01.FR.11,E01.FR.12
  Scenario: A transaction that starts with the power path closed
    Given a station with TxCtrlr.TxStartPoint = PowerPathClosed
    And a booted station
    When the driver presents $valid_token
    And the driver plugs in
    Then the CSMS replies to TransactionEventRequest with eventType = Started by TransactionEventResponse with idTokenInfo.status = Accepted
    And the CSMS replies to TransactionEventRequest with transactionInfo.chargingState = Charging by TransactionEventResponse

  @TC_E_02_CSMS @req:E01.FR.06,E01.FR.11,E01.FR.12
  Scenario: A transaction that starts with the energy transfer
    Given a station with TxCtrlr.TxStartPoint = EnergyTransfer
    And a booted station
    When the driver presents $valid_token
    And the driver plugs in
    Then the CSMS replies to TransactionEventRequest with eventType = Started and triggerReason = ChargingStateChanged and transactionInfo.chargingState = Charging by TransactionEventResponse with idTokenInfo.status = Accepted

  @TC_E_12_CSMS @req:E01.FR.01,J02.FR.19
  Scenario: A transaction that starts with an EV in the parking bay
    Given a station with TxCtrlr.TxStartPoint = ParkingBayOccupancy
    And a booted station
    When an EV drives into the parking bay
    Then the CSMS replies to TransactionEventRequest with eventType = Started and triggerReason = EVDetected by TransactionEventResponse

  @TC_E_14_CSMS @req:E06.FR.02,J02.FR.19
  Scenario: A transaction that ends with the EV disconnected
    Given a station with TxCtrlr.TxStopPoint = EVConnected
    And a booted station
    And a transaction in which energy flows
    When the driver presents $valid_token
    Then the CSMS replies to TransactionEventRequest with triggerReason = StopAuthorized by TransactionEventResponse with idTokenInfo.status = Accepted
    When the driver unplugs
    Then the CSMS replies to TransactionEventRequest with eventType = Ended and triggerReason = EVCommunicationLost by TransactionEventResponse

  @TC_E_20_CSMS @req:E06.FR.02,J02.FR.19
  Scenario: A suspended transaction that ends with the EV disconnected
    Given a station with TxCtrlr.TxStopPoint = EVConnected
    And a booted station
    And a transaction that the EV has suspended
    When the driver unplugs
    Then the CSMS replies to TransactionEventRequest with eventType = Ended and transactionInfo.stoppedReason = EVDisconnected by TransactionEventResponse

  @TC_E_15_CSMS @req:E06.FR.03,J02.FR.19
  Scenario: A transaction that ends with the authorization
    Given a station with TxCtrlr.TxStopPoint = Authorized
    And a booted station
    And a transaction in which energy flows
    When the driver presents $valid_token
    Then the CSMS replies to TransactionEventRequest with eventType = Ended and triggerReason = StopAuthorized and transactionInfo.stoppedReason = Local by TransactionEventResponse with idTokenInfo.status = Accepted

  @TC_E_21_CSMS @req:E06.FR.03,F03.FR.01,F03.FR.09
  Scenario: The CSMS stops a transaction
    Given a station with TxCtrlr.TxStopPoint = Authorized
    And a booted station
    And a transaction in which energy flows
    When the operator makes the CSMS send RequestStopTransactionRequest with transactionId = $transaction
    Then the CSMS sends RequestStopTransactionRequest with transactionId = $transaction
    And the CSMS replies to TransactionEventRequest with eventType = Ended and triggerReason = RemoteStop and transactionInfo.stoppedReason = Remote by TransactionEventResponse

  @TC_E_16_CSMS @req:E06.FR.04,E01.FR.11,E01.FR.12
  Scenario: A transaction with an invalid token ends
    Given a station whose authorization.asks is false
    And a station with TxCtrlr.TxStartPoint = Authorized
    And a station with TxCtrlr.TxStopPoint = Authorized
    And a booted station
    When the driver presents $invalid_token
    Then the CSMS replies to TransactionEventRequest with eventType = Started and triggerReason = Authorized by TransactionEventResponse with idTokenInfo.status = Invalid or Unknown
    And the CSMS replies to TransactionEventRequest with eventType = Ended and triggerReason = Deauthorized by TransactionEventResponse

  @TC_E_17_CSMS @req:E06.FR.04,J02.FR.19
  Scenario: A transaction ends because the cable is pulled, which ends the authorization
    Given a station with TxCtrlr.TxStopPoint = Authorized
    And a station with TxCtrlr.StopTxOnEVSideDisconnect = true
    And a booted station
    And a transaction that the EV has suspended
    When the driver unplugs
    Then the CSMS replies to TransactionEventRequest with eventType = Ended and triggerReason = EVCommunicationLost and transactionInfo.stoppedReason = EVDisconnected by TransactionEventResponse

  @TC_E_39_CSMS @slow @req:E03.FR.05,E06.FR.04
  Scenario: A transaction ends because nobody connects an EV in time
    Given a station with TxCtrlr.EVConnectionTimeOut = 20
    And a booted station
    When the driver presents $valid_token
    And 25 s pass
    Then the CSMS replies to TransactionEventRequest with eventType = Ended and triggerReason = EVConnectTimeout and transactionInfo.stoppedReason = Timeout by TransactionEventResponse

  @TC_E_07_CSMS @req:E06.FR.06,J02.FR.19
  Scenario: A transaction that ends with the power path open
    Given a station with TxCtrlr.TxStopPoint = PowerPathClosed
    And a booted station
    And a transaction in which energy flows
    When the driver presents $valid_token
    Then the CSMS replies to TransactionEventRequest with eventType = Ended and triggerReason = StopAuthorized by TransactionEventResponse

  @TC_E_08_CSMS @req:E06.FR.07,J02.FR.19
  Scenario: A transaction that ends with the energy transfer, stopped by the driver
    Given a station with TxCtrlr.TxStopPoint = EnergyTransfer
    And a booted station
    And a transaction in which energy flows
    When the driver presents $valid_token
    Then the CSMS replies to TransactionEventRequest with eventType = Ended and transactionInfo.stoppedReason = Local by TransactionEventResponse

  @TC_E_22_CSMS @req:E06.FR.07,J02.FR.19
  Scenario: A transaction that ends with the energy transfer, stopped by the EV
    Given a station with TxCtrlr.TxStopPoint = EnergyTransfer
    And a booted station
    And a transaction in which energy flows
    When the EV stops taking energy
    Then the CSMS replies to TransactionEventRequest with eventType = Ended and triggerReason = ChargingStateChanged and transactionInfo.stoppedReason = StoppedByEV by TransactionEventResponse

  @TC_E_19_CSMS @req:E06.FR.01,J02.FR.19
  Scenario: A transaction that ends with the parking bay left
    Given a station with TxCtrlr.TxStartPoint = ParkingBayOccupancy
    And a station with TxCtrlr.TxStopPoint = ParkingBayOccupancy
    And a booted station
    And an EV in the parking bay
    And a transaction in which energy flows
    When the driver presents $valid_token
    And the driver unplugs
    And the EV leaves the parking bay
    Then the CSMS replies to TransactionEventRequest with eventType = Ended and triggerReason = EVDeparted by TransactionEventResponse

  @TC_E_26_CSMS @req:E10.FR.01,J02.FR.19
  Scenario: The cable is pulled and put back
    Given a station with TxCtrlr.TxStopPoint = Authorized
    And a station with TxCtrlr.StopTxOnEVSideDisconnect = false
    And a booted station
    And a transaction that the EV has suspended
    When the driver unplugs
    Then the CSMS replies to TransactionEventRequest with eventType = Updated and triggerReason = EVCommunicationLost by TransactionEventResponse
    When the driver plugs in
    Then the CSMS replies to TransactionEventRequest with triggerReason = CablePluggedIn by TransactionEventResponse
    And the CSMS replies to TransactionEventRequest with transactionInfo.chargingState = Charging by TransactionEventResponse

  @TC_E_53_CSMS @req:E01.FR.07,J02.FR.19
  Scenario: A second transaction begins with seqNo 0 again
    Given a booted station
    And a transaction in which energy flows
    When the driver presents $valid_token
    And the driver unplugs
    And the driver plugs in
    Then the CSMS replies to TransactionEventRequest with eventType = Started and seqNo = 0 by TransactionEventResponse
    And the CSMS has answered every TransactionEventRequest of the test case

  @slow @req:E14.FR.01
  Scenario Outline: The CSMS asks for the status of <what>
    Given a booted station
    And a transaction in which energy flows
    When the operator makes the CSMS send GetTransactionStatusRequest with <field>
    Then the CSMS sends GetTransactionStatusRequest with <field>
    And the connection stays open for 5 s

    Examples:
      | id           | what          | field                        |
      | TC_E_30_CSMS | a transaction | transactionId = $transaction |

  @TC_OCPP_E_11_CSMS @slow @req:E04.FR.02,E11.FR.02,J02.FR.19
  Scenario: Events of offline times are taken
    Given a station with SampledDataCtrlr.TxUpdatedInterval = 5
    And a booted station
    And a transaction in which energy flows
    When the station is offline for 30 s
    And 10 s pass
    Then the CSMS replies to TransactionEventRequest with offline = true by TransactionEventResponse
    And the CSMS has answered every TransactionEventRequest of the test case

  @TC_OCPP_E_07_CSMS @req:E01.FR.07,J02.FR.19
  Scenario: An event is taken although the one before it is missing, and once more
    Given a booted station
    When the station sends TransactionEventRequest
      """
      eventType: Updated
      timestamp: $now
      triggerReason: MeterValuePeriodic
      seqNo: 7
      transactionInfo: {transactionId: lab-transaction-1}
      meterValue: [{timestamp: $now, sampledValue: [{value: 1200}]}]
      """
    Then the CSMS answers TransactionEventResponse
    When the station sends TransactionEventRequest
      """
      eventType: Started
      timestamp: $now-60
      triggerReason: CablePluggedIn
      seqNo: 0
      offline: true
      transactionInfo: {transactionId: lab-transaction-1, chargingState: EVConnected}
      evse: {id: 1, connectorId: 1}
      """
    Then the CSMS answers TransactionEventResponse
    When the station sends TransactionEventRequest
      """
      eventType: Started
      timestamp: $now-60
      triggerReason: CablePluggedIn
      seqNo: 0
      offline: true
      transactionInfo: {transactionId: lab-transaction-1, chargingState: EVConnected}
      evse: {id: 1, connectorId: 1}
      """
    Then the CSMS answers TransactionEventResponse

  @TC_E_29_CSMS @req:E14.FR.02,E14.FR.04 @slow
  Scenario: The status of a transaction is asked for after the station was offline
    Given a station with SampledDataCtrlr.TxUpdatedInterval = 5
    And a transaction in which energy flows
    When the station is offline for 30 s
    And 30 s pass
    Then the CSMS has answered every TransactionEventRequest of the test case
    When the operator makes the CSMS send GetTransactionStatusRequest with transactionId = $transaction
    Then the CSMS sends GetTransactionStatusRequest with transactionId = $transaction
    And the station sends GetTransactionStatusResponse with ongoingIndicator = true

  @TC_E_33_CSMS @req:E14.FR.06,E14.FR.07 @slow
  Scenario: It is asked whether anything waits after the station was offline
    Given a station with SampledDataCtrlr.TxUpdatedInterval = 5
    And a transaction in which energy flows
    When the station is offline for 30 s
    And 30 s pass
    Then the CSMS has answered every TransactionEventRequest of the test case
    When the operator makes the CSMS send GetTransactionStatusRequest
    Then the CSMS sends GetTransactionStatusRequest with transactionId absent
    And the station sends GetTransactionStatusResponse with ongoingIndicator absent

  @TC_E_31_CSMS @req:E14.FR.03,E14.FR.04
  Scenario: The status of a transaction is asked for that has ended
    Given a transaction in which energy flows
    When the driver presents $valid_token
    And the driver unplugs
    And the operator makes the CSMS send GetTransactionStatusRequest with transactionId = $transaction
    Then the CSMS sends GetTransactionStatusRequest with transactionId = $transaction
    And the station sends GetTransactionStatusResponse with ongoingIndicator = false

  @TC_E_34_CSMS @req:E14.FR.06,E14.FR.08
  Scenario: It is asked whether anything waits, and nothing does
    Given a booted station
    When the operator makes the CSMS send GetTransactionStatusRequest
    Then the CSMS sends GetTransactionStatusRequest with transactionId absent
    And the station sends GetTransactionStatusResponse with messagesInQueue = false
