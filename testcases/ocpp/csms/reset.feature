@role:csms
Feature: A CSMS resets stations (B11, B12)

  @TC_B_20_CSMS @req:B11.FR.04
  Scenario: An idle station is reset
    Given a booted station
    When the operator makes the CSMS send ResetRequest with type = OnIdle
    Then the CSMS sends ResetRequest with type = OnIdle and evseId absent
    And the station sends BootNotificationRequest with reason = RemoteReset within 60 s
    And the CSMS sends BootNotificationResponse with status = Accepted within 60 s
    And every report of a connector is answered without an error

  @TC_B_21_CSMS @req:B11.FR.04
  Scenario: A station with a transaction is reset once it is idle
    Given a transaction in which energy flows
    When the operator makes the CSMS send ResetRequest with type = OnIdle
    Then the CSMS sends ResetRequest with type = OnIdle and evseId absent
    When the driver presents $valid_token and unplugs
    Then the station sends BootNotificationRequest with reason = ScheduledReset within 60 s
    And the CSMS sends BootNotificationResponse with status = Accepted within 60 s
    And every event of a transaction is answered without an error
    And every report of a connector is answered without an error

  @TC_B_22_CSMS @req:B11.FR.04
  Scenario: A station with a transaction is reset at once
    Given a transaction in which energy flows
    When the operator makes the CSMS send ResetRequest with type = Immediate
    Then the CSMS sends ResetRequest with type = Immediate and evseId absent
    And the station sends TransactionEventRequest with eventType = Ended and triggerReason = ResetCommand and transactionInfo.stoppedReason = ImmediateReset
    And the station sends BootNotificationRequest with reason = RemoteReset within 60 s
    And the CSMS sends BootNotificationResponse with status = Accepted within 60 s
    And every event of a transaction is answered without an error
    And every report of a connector is answered without an error

  @TC_B_25_CSMS @req:B11.FR.04 @pics:ResetEvse
  Scenario: One EVSE is reset
    Given a booted station
    When the operator makes the CSMS send ResetRequest with type = OnIdle and evseId = $evse
    Then the CSMS sends ResetRequest with type = OnIdle and evseId = $evse

  @TC_B_26_CSMS @req:B11.FR.04 @pics:ResetEvse
  Scenario: An EVSE with a transaction is reset once it is idle
    Given a transaction in which energy flows
    When the operator makes the CSMS send ResetRequest with type = OnIdle and evseId = $evse
    Then the CSMS sends ResetRequest with type = OnIdle and evseId = $evse
    When the driver presents $valid_token
    And 2 s pass
    And the driver unplugs
    Then every event of a transaction is answered without an error

  @TC_B_27_CSMS @req:B11.FR.04 @pics:ResetEvse
  Scenario: An EVSE with a transaction is reset at once
    Given a transaction in which energy flows
    When the operator makes the CSMS send ResetRequest with type = Immediate and evseId = $evse
    Then the CSMS sends ResetRequest with type = Immediate and evseId = $evse
    And the station sends TransactionEventRequest with eventType = Ended and triggerReason = ResetCommand
    And every event of a transaction is answered without an error
