@role:station
Feature: A station announces itself

  @TC_B_01_CS @req:B01.FR.05
  Scenario: A station boots and is accepted
    Given a station and a CSMS
    Then the station sends BootNotificationRequest with reason = PowerUp or RemoteReset and chargingStation.model present within 60 s
    And the station reports Available for EVSE 1 within 60 s

  @TC_OCPP_Charge_CS @req:E01.FR.18
  Scenario: A transaction reports that energy flows
    Given a booted station
    When the driver plugs in
    And the driver presents $valid_token
    Then the station sends TransactionEventRequest with eventType = Started or Updated and triggerReason = Authorized and idToken.idToken = $valid_token
    And the station sends TransactionEventRequest with transactionInfo.chargingState = Charging
    When the connection breaks
    And 20 s pass
    And the driver unplugs
    And the connection can be made again
    Then the station sends TransactionEventRequest with eventType = Ended and offline = true within 120 s
