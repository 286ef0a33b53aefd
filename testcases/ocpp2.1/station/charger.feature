@role:station @pics:V2G20
Feature: A charger hands on between CSMS and car, both ways

  The tester is the CSMS and the car at once; the charger under test has a face towards each of them and one power path.

  @TC_E2E_Limit_001 @req:K01.FR.07 @req:E01.FR.18
  Scenario: A limit of the CSMS bounds what the cable delivers
    Given a booted station
    And a car on the cable for DC in Dynamic control
    When the driver plugs the car in
    And the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
    And the station sends NotifyEVChargingNeedsRequest with evseId = 1 and chargingNeeds.requestedEnergyTransfer = DC and chargingNeeds.controlMode = DynamicControl within 60 s
    And the station sends TransactionEventRequest with transactionInfo.chargingState = Charging within 60 s
    When the CSMS sends SetChargingProfileRequest
      """
      evseId: 1
      chargingProfile:
        id: 11
        stackLevel: 1
        chargingProfilePurpose: TxProfile
        chargingProfileKind: Relative
        transactionId: $transaction
        chargingSchedule:
          - {id: 1, chargingRateUnit: W, chargingSchedulePeriod: [{startPeriod: 0, limit: 7000}]}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted
    And the car is charged with 7000 W within 10 s
    And the car is charged with at most 7000 W from 10 s on for 20 s

  @TC_E2E_SetPoint_001 @req:Q03.FR.01 @req:Q01.FR.03
  Scenario: A set point of the CSMS makes the car discharge, and the CSMS hears of it
    Given a car that may be discharged by the CSMS
    When the CSMS sends SetChargingProfileRequest
      """
      evseId: 1
      chargingProfile:
        id: 12
        stackLevel: 1
        chargingProfilePurpose: TxProfile
        chargingProfileKind: Relative
        transactionId: $transaction
        chargingSchedule:
          - id: 1
            chargingRateUnit: W
            chargingSchedulePeriod: [{startPeriod: 0, operationMode: CentralSetpoint, setpoint: -8000}]
      """
    Then the station answers SetChargingProfileResponse with status = Accepted
    And the car is discharged with 8000 W within 10 s
    And the set point of -8000 W takes its way from the CSMS to the car and back within 30 s

  @TC_E2E_SetPoint_002 @req:Q03.FR.01 @req:E01.FR.18
  Scenario: The driver ends a discharge at the car
    Given a car that is discharged with 8000 W
    When the driver ends charging at the car
    Then no power flows within 10 s
    And the station sends TransactionEventRequest with transactionInfo.chargingState = SuspendedEV within 30 s
    When the driver unplugs
    Then the station sends TransactionEventRequest with eventType = Ended and transactionInfo.stoppedReason = EVDisconnected within 60 s

  @TC_E2E_SetPoint_003 @req:E11.FR.01 @req:E11.FR.07 @slow
  Scenario: The connection to the CSMS is lost while the car is discharged, and nothing is lost with it
    Given a car that is discharged with 8000 W
    When the connection breaks
    Then the car goes on to be discharged with 8000 W for 40 s
    When the driver ends charging at the car
    And 5 s pass
    And the driver unplugs
    And the connection can be made again
    Then the station sends TransactionEventRequest with eventType = Ended and offline = true within 120 s
    And every event of the transaction has arrived

  @TC_E2E_RemoteStop_001 @req:F03.FR.02 @req:F03.FR.03
  Scenario: The CSMS stops a transaction, and the car is asked to end its session
    Given a car that is discharged with 8000 W
    When the CSMS sends RequestStopTransactionRequest
      """
      transactionId: $transaction
      """
    Then the station answers RequestStopTransactionResponse with status = Accepted
    And no power flows within 10 s
    And the station sends TransactionEventRequest with eventType = Ended and triggerReason = RemoteStop and transactionInfo.stoppedReason = Remote within 30 s
