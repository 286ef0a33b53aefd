@role:station
Feature: A station ends a transaction at its stop points

  @TC_E_39_CS @slow @req:E06.FR.04,E06.FR.15,E03.FR.05
  Scenario: Nobody connects an EV in time, and who comes later is not charged
    Given a booted station
    And the station stops transactions at Authorized
    And TxCtrlr.EVConnectionTimeOut is set to 20
    When the driver presents $valid_token
    Then within 35 s the authorization ends, and so does the transaction if one had begun
    When the driver plugs in
    Then nobody charges for 10 s

  @TC_E_15_CS @req:E06.FR.03,E06.FR.15,E07.FR.02,E07.FR.04,E07.FR.05 @pics:LocalStart&StopAuthorized
  Scenario: Authorized: the driver presents the token again
    Given a booted station
    And the station stops transactions at Authorized
    And a transaction in which energy flows
    When the driver presents $valid_token
    Then the station sends TransactionEventRequest with eventType = Ended and triggerReason = StopAuthorized
    And the stoppedReason of that message is Local or left out

  @TC_E_15_CS_b @req:E06.FR.02,E06.FR.03,E06.FR.15 @pics:LocalStart&StopAuthorized
  Scenario: Of several stop points the first that is left ends the transaction
    Given a booted station
    And the station stops transactions at EVConnected,Authorized
    And a transaction in which energy flows
    When the driver presents $valid_token
    Then the station sends TransactionEventRequest with eventType = Ended and triggerReason = StopAuthorized

  @TC_E_06_CS @req:E07.FR.04,E06.FR.15,C01.FR.03,E07.FR.01,E07.FR.02 @pics:LocalStart
  Scenario: The driver presents the token again, and the CSMS is not asked
    Given a transaction in which energy flows
    When the driver presents $valid_token
    Then the station sends no AuthorizeRequest for 3 s
    And the station sends TransactionEventRequest with triggerReason = StopAuthorized and transactionInfo.chargingState != Charging
    When the driver unplugs
    Then the station has ended the transaction

  @TC_E_21_CS @req:E06.FR.03,E06.FR.15,F03.FR.03,F03.FR.07,F03.FR.09 @pics:StopAuthorized
  Scenario: Authorized: the CSMS stops
    Given a booted station
    And the station stops transactions at Authorized
    And a transaction in which energy flows
    When the CSMS sends RequestStopTransactionRequest with transactionId = $transaction
    Then the station answers RequestStopTransactionResponse with status = Accepted
    And the station sends TransactionEventRequest with eventType = Ended and triggerReason = RemoteStop and transactionInfo.stoppedReason = Remote

  @TC_E_07_CS @req:E06.FR.06,E06.FR.15 @pics:LocalStart&StopPowerPathClosed
  Scenario: PowerPathClosed: the driver presents the token again
    Given a booted station
    And the station stops transactions at PowerPathClosed
    And a transaction in which energy flows
    When the driver presents $valid_token
    Then the station sends TransactionEventRequest with eventType = Ended and triggerReason = StopAuthorized or ChargingStateChanged
    And the stoppedReason of that message is Local or left out

  @TC_E_35_CS @req:E06.FR.06,E06.FR.15 @pics:StopPowerPathClosed
  Scenario: PowerPathClosed: the CSMS stops
    Given a booted station
    And the station stops transactions at PowerPathClosed
    And a transaction in which energy flows
    When the CSMS sends RequestStopTransactionRequest with transactionId = $transaction
    Then the station answers RequestStopTransactionResponse with status = Accepted
    And the station sends TransactionEventRequest with eventType = Ended and triggerReason = RemoteStop and transactionInfo.stoppedReason = Remote

  @TC_E_37_CS @req:E06.FR.06,E06.FR.15 @pics:StopPowerPathClosed
  Scenario: PowerPathClosed: the cable is pulled at the EV
    Given a booted station
    And the station stops transactions at PowerPathClosed only
    And TxCtrlr.StopTxOnEVSideDisconnect is false where the station has it
    And a transaction that the EV has suspended
    When the driver unplugs
    Then the station sends TransactionEventRequest with eventType = Ended and triggerReason = EVCommunicationLost and transactionInfo.chargingState = Idle and transactionInfo.stoppedReason = EVDisconnected or StoppedByEV

  @TC_E_08_CS @req:E06.FR.07,E06.FR.15 @pics:LocalStart&StopEnergyTransfer
  Scenario: EnergyTransfer: the driver presents the token again
    Given a booted station
    And the station stops transactions at EnergyTransfer only
    And a transaction in which energy flows
    When the driver presents $valid_token
    Then the station sends TransactionEventRequest with triggerReason = StopAuthorized
    And the station has ended the transaction

  @TC_E_22_CS @req:E06.FR.07,E06.FR.15 @pics:StopEnergyTransfer
  Scenario: EnergyTransfer: the EV takes no more
    Given a booted station
    And the station stops transactions at EnergyTransfer
    And a transaction in which energy flows
    When the EV stops taking energy
    Then the station sends TransactionEventRequest with triggerReason = ChargingStateChanged and transactionInfo.chargingState = EVConnected or SuspendedEV
    And the station has ended the transaction with stoppedReason = StoppedByEV

  @TC_E_14_CS @req:E06.FR.02,E06.FR.15 @pics:LocalStart&StopEVConnected
  Scenario: EVConnected: stopped by the driver, who takes the cable off
    Given a booted station
    And the station stops transactions at EVConnected only
    And a transaction in which energy flows
    When the driver presents $valid_token
    Then the station sends TransactionEventRequest with eventType = Updated and triggerReason = StopAuthorized
    When the driver unplugs
    Then the station reports Available
    And the station sends TransactionEventRequest with eventType = Ended and triggerReason = EVCommunicationLost and transactionInfo.chargingState = Idle

  @TC_E_14_CS_b @req:E06.FR.02,E06.FR.08,E06.FR.15 @pics:StopEVConnected
  Scenario: EVConnected: stopped by the CSMS, which the end still says
    Given a booted station
    And the station stops transactions at EVConnected only
    And a transaction in which energy flows
    When the CSMS sends RequestStopTransactionRequest with transactionId = $transaction
    Then the station sends TransactionEventRequest with eventType = Updated and triggerReason = RemoteStop
    When the driver unplugs
    Then the station sends TransactionEventRequest with eventType = Ended and triggerReason = EVCommunicationLost and transactionInfo.stoppedReason = Remote

  @TC_E_20_CS @req:E06.FR.02,E06.FR.15 @pics:StopEVConnected
  Scenario: EVConnected: the cable is pulled at the EV
    Given a booted station
    And the station stops transactions at EVConnected only
    And TxCtrlr.StopTxOnEVSideDisconnect is false where the station has it
    And a transaction that the EV has suspended
    When the driver unplugs
    Then the station sends TransactionEventRequest with eventType = Ended and triggerReason = EVCommunicationLost and transactionInfo.chargingState = Idle and transactionInfo.stoppedReason = EVDisconnected

  @TC_E_16_CS @slow @req:E06.FR.04,E06.FR.15,C15.FR.04,E05.FR.10 @pics:LocalStart&StopAuthorized&OfflineUnknownId
  Scenario: Authorized: the token turns out to be invalid
    Given a booted station
    And the station stops transactions at Authorized
    And TxCtrlr.StopTxOnInvalidId is set to true
    And AuthCtrlr.OfflineTxForUnknownIdEnabled is set to true
    And an EV that is plugged in
    When the connection breaks
    And the driver presents $invalid_token
    And 10 s pass
    And the connection can be made again
    Then the station sends TransactionEventRequest with idToken.idToken = $invalid_token and offline = true within 300 s
    And the station sends TransactionEventRequest with eventType = Ended and triggerReason = Deauthorized and transactionInfo.stoppedReason = DeAuthorized within 60 s

  @TC_E_17_CS @req:E06.FR.04,E06.FR.15,E09.FR.01 @pics:StopAuthorized
  Scenario: Authorized: the cable is pulled, which ends the authorization
    Given a booted station
    And the station stops transactions at Authorized only
    And TxCtrlr.StopTxOnEVSideDisconnect is set to true
    And a transaction that the EV has suspended
    When the driver unplugs
    Then the station sends TransactionEventRequest with eventType = Ended and triggerReason = EVCommunicationLost and transactionInfo.chargingState = Idle and transactionInfo.stoppedReason = EVDisconnected
    And the station reports Available

  @TC_E_26_CS @slow @req:E10.FR.01 @pics:StopAuthorized
  Scenario: The cable is pulled and put back: the transaction goes on
    Given a booted station
    And the station stops transactions at Authorized only
    And TxCtrlr.StopTxOnEVSideDisconnect is set to false
    And a transaction that the EV has suspended
    When the driver unplugs
    Then the station sends TransactionEventRequest with eventType = Updated and triggerReason = EVCommunicationLost and transactionInfo.chargingState = Idle
    When 5 s pass
    And the driver plugs in
    Then the station sends TransactionEventRequest with eventType = Updated and triggerReason = CablePluggedIn or ChargingStateChanged
    And the station charges
    And 1 transactions have each an id of their own

  @TC_E_19_CS @req:E06.FR.01,E06.FR.15 @pics:StopParkingBay&LocalStart
  Scenario: ParkingBayOccupancy
    Given a booted station
    And the station starts transactions at ParkingBayOccupancy
    And the station stops transactions at ParkingBayOccupancy only
    And an EV in the parking bay
    And a transaction in which energy flows
    When the driver presents $valid_token
    And the driver unplugs
    Then the station sends no TransactionEventRequest with eventType = Ended for 3 s
    When the EV leaves the parking bay
    Then the station sends TransactionEventRequest with eventType = Ended and triggerReason = EVDeparted
    And the stoppedReason of that message is Local or left out

  @TC_E_54_CS @req:E06.FR.02,E06.FR.15 @pics:StopEVConnected&HighLevelCommunication
  Scenario: EVConnected: the cable of an EV that cannot charge by IEC 61851-1 is pulled
    Given a booted station
    And the station stops transactions at EVConnected
    And TxCtrlr.StopTxOnEVSideDisconnect is false where the station has it
    And a transaction that the EV has suspended
    When the driver unplugs
    Then the station sends TransactionEventRequest with eventType = Ended and triggerReason = EVCommunicationLost and transactionInfo.chargingState = Idle and transactionInfo.stoppedReason = StoppedByEV or EVDisconnected

  @req:E09.FR.01,E09.FR.04
  Scenario Outline: The cable is pulled, and who puts it back is not charged (UnlockOnEVSideDisconnect = <unlock>)
    Given a booted station
    And TxCtrlr.StopTxOnEVSideDisconnect is set to true
    And OCPPCommCtrlr.UnlockOnEVSideDisconnect is <unlock> where the station has it
    And a transaction that the EV has suspended
    When the driver unplugs
    Then the station sends TransactionEventRequest with triggerReason = EVCommunicationLost and transactionInfo.chargingState = Idle
    And the station reports Available
    When the driver plugs in
    Then nobody charges for 10 s

    Examples:
      | id         | unlock | pics        |
      | TC_E_24_CS | true   | !FixedCable |
      | TC_E_25_CS | false  | LocalStart  |

  @TC_E_27_CS @slow @req:E10.FR.02,E10.FR.03 @pics:FixedCable&StopAuthorized
  Scenario: The cable is pulled, and nobody puts it back in time
    Given a booted station
    And the station stops transactions at Authorized only
    And TxCtrlr.StopTxOnEVSideDisconnect is set to false
    And OCPPCommCtrlr.UnlockOnEVSideDisconnect is false where the station has it
    And TxCtrlr.EVConnectionTimeOut is set to 20
    And a transaction that the EV has suspended
    When the driver unplugs
    Then the station sends TransactionEventRequest with eventType = Updated and triggerReason = EVCommunicationLost and transactionInfo.chargingState = Idle
    And the station reports Available
    And the station sends TransactionEventRequest with eventType = Ended and triggerReason = EVConnectTimeout and transactionInfo.stoppedReason = Timeout within 60 s
