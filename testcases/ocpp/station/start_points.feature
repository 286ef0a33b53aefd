@role:station
Feature: A station starts a transaction at its start points

  @TC_E_03_CS @req:E02.FR.01,E02.FR.05,E02.FR.06,E02.FR.07,E02.FR.13,E02.FR.15,E02.FR.16,E02.FR.17,E01.FR.16,C01.FR.02,C06.FR.02 @pics:LocalStart
  Scenario: The EV is connected first, then the driver is authorized
    Given a booted station
    And an EV that is plugged in
    Then the station reports Occupied
    When the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token and idToken.type = $valid_token_type
    And the station sends TransactionEventRequest with triggerReason = Authorized or ChargingStateChanged and idToken.idToken = $valid_token
    And the station charges
    And the transaction has told evse.id = $evse and evse.connectorId = $connector

  @TC_E_04_CS @req:E03.FR.01,E03.FR.06,E03.FR.12,E01.FR.16,C01.FR.02,C06.FR.02 @pics:LocalStart
  Scenario: The driver is authorized first, then the EV is connected
    Given a booted station
    When the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token and idToken.type = $valid_token_type
    When the driver plugs in
    Then the station reports Occupied
    And the station charges
    And the transaction has told evse.id = $evse and evse.connectorId = $connector
    And the transaction has told idToken.idToken = $valid_token

  @TC_E_05_CS @slow @req:E01.FR.08,E03.FR.01,E03.FR.05,E03.FR.06,E03.FR.12,C01.FR.02,C06.FR.02 @pics:LocalStart&StartAuthorized
  Scenario: Nobody connects an EV in time, and the EVSE is free again
    Given a booted station
    And the station starts transactions at Authorized
    And the station stops transactions at Authorized
    And TxCtrlr.EVConnectionTimeOut is set to 20
    When the driver presents $valid_token
    Then the station sends TransactionEventRequest with triggerReason = Authorized and eventType = Started
    And the station sends no TransactionEventRequest with triggerReason = EVConnectTimeout for 15 s
    And the station sends TransactionEventRequest with triggerReason = EVConnectTimeout and eventType = Ended and transactionInfo.stoppedReason = Timeout within 30 s
    When 2 s pass
    And the driver presents $valid_token
    And the driver plugs in
    Then the station charges
    And 2 transactions have each an id of their own

  @TC_E_09_CS @req:E01.FR.02,E01.FR.07,E01.FR.15,E01.FR.16 @pics:StartEVConnected
  Scenario: EVConnected
    Given a booted station
    And the station starts transactions at EVConnected
    When the driver plugs in
    Then the station reports Occupied
    And the station sends TransactionEventRequest with eventType = Started and triggerReason = CablePluggedIn or ChargingStateChanged and evse.id = $evse and evse.connectorId present and transactionInfo.chargingState = EVConnected

  @TC_E_10_CS @req:E01.FR.03,E01.FR.07,E01.FR.10,E01.FR.15,C01.FR.02,C06.FR.02 @pics:LocalStart&StartAuthorized
  Scenario: Authorized
    Given a booted station
    And the station starts transactions at Authorized
    When the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
    And the station sends TransactionEventRequest with eventType = Started and triggerReason = Authorized and idToken.idToken = $valid_token and idToken.type = $valid_token_type

  @TC_E_01_CS @req:E01.FR.05,E01.FR.07,E01.FR.10,E01.FR.15,E01.FR.16 @pics:LocalStart&StartPowerPathClosed
  Scenario: PowerPathClosed
    Given a booted station
    And the station starts transactions at PowerPathClosed only
    When the driver presents $valid_token
    Then the station sends no TransactionEventRequest for 5 s
    When the driver plugs in
    Then the station reports Occupied
    And the station sends TransactionEventRequest with eventType = Started and triggerReason = CablePluggedIn or ChargingStateChanged or Authorized and evse.id = $evse and evse.connectorId present and transactionInfo.chargingState = EVConnected or SuspendedEVSE or Charging and idToken.idToken = $valid_token

  @TC_E_02_CS @req:E01.FR.06,E01.FR.07,E01.FR.10,E01.FR.15,E01.FR.16 @pics:LocalStart&StartEnergyTransfer
  Scenario: EnergyTransfer
    Given a booted station
    And the station starts transactions at EnergyTransfer only
    When the driver presents $valid_token
    Then the station sends no TransactionEventRequest for 5 s
    When the driver plugs in
    Then the station sends TransactionEventRequest with eventType = Started and triggerReason = ChargingStateChanged or Authorized and evse.id = $evse and evse.connectorId present and transactionInfo.chargingState = Charging and idToken.idToken = $valid_token

  @TC_E_11_CS @req:E01.FR.04,E01.FR.07,E01.FR.10,E01.FR.15,E01.FR.16 @pics:LocalStart&StartDataSigned&SignedMeter
  Scenario: DataSigned
    Given a booted station
    And the station starts transactions at DataSigned only
    And SampledDataCtrlr.SignReadings is set to true
    When the driver presents $valid_token
    Then the station sends no TransactionEventRequest for 5 s
    When the driver plugs in
    Then the station sends TransactionEventRequest with eventType = Started and triggerReason = SignedDataReceived and evse.id = $evse and evse.connectorId present and idToken.idToken = $valid_token and meterValue.*.sampledValue.*.context = Transaction.Begin and meterValue.*.sampledValue.*.signedMeterValue.encodingMethod present
    And the station sends TransactionEventRequest with eventType = Updated and triggerReason = ChargingStateChanged and transactionInfo.chargingState = Charging

  @TC_E_12_CS @req:E01.FR.01,E01.FR.07,E01.FR.15 @pics:StartParkingBay
  Scenario: ParkingBayOccupancy
    Given a booted station
    And the station starts transactions at ParkingBayOccupancy
    When an EV drives into the parking bay
    Then the station sends TransactionEventRequest with eventType = Started and triggerReason = EVDetected

  @TC_E_38_CS @req:E01.FR.18,E01.FR.19,E03.FR.12 @pics:LocalStart
  Scenario: The EV is connected but takes no energy yet
    Given a booted station
    And the station starts transactions at EVConnected,Authorized
    When the driver presents $valid_token
    And the driver plugs in an EV that is not ready
    Then the station sends TransactionEventRequest with triggerReason = ChargingStateChanged and transactionInfo.chargingState = SuspendedEV
    When the EV takes energy
    Then the station charges
