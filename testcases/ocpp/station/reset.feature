@role:station
Feature: A station is reset (B11, B12)

  @TC_B_20_CS @req:B11.FR.01 @req:B11.FR.03 @req:B11.FR.04 @req:B01.FR.03 @slow
  Scenario: An idle station is reset
    Given a booted station
    When the CSMS sends ResetRequest with type = OnIdle
    Then the station answers ResetResponse with status = Accepted
    And the station boots again with reason = RemoteReset or ScheduledReset within 300 s
    And every connector is reported as Available within 300 s
    And the station sends a security event ResetOrReboot or StartupOfTheDevice within 300 s

  @TC_B_21_CS @req:B12.FR.01 @req:B12.FR.03 @slow
  Scenario: A reset that may wait waits for the end of the transaction
    Given a transaction in which energy flows
    When the CSMS sends ResetRequest with type = OnIdle
    Then the station answers ResetResponse with status = Scheduled
    And the station does not boot for 10 s
    When the driver presents $valid_token and unplugs
    Then the transaction has ended
    And the station boots again with reason = ScheduledReset within 300 s
    And every connector is reported as Available or Occupied within 300 s
    And the station sends a security event ResetOrReboot or StartupOfTheDevice within 300 s

  @TC_B_22_CS @req:B12.FR.02 @req:B12.FR.04 @req:B01.FR.03 @slow
  Scenario: A reset that does not wait ends the transaction first
    Given a transaction in which energy flows
    When the CSMS sends ResetRequest with type = Immediate
    Then the station answers ResetResponse with status = Accepted
    And the station sends TransactionEventRequest with eventType = Ended and triggerReason = ResetCommand and transactionInfo.stoppedReason = ImmediateReset and idToken absent
    And the station boots again with reason = RemoteReset within 300 s
    And the connector is reported as Occupied within 300 s
    And the other connectors are reported as Available within 300 s

  @TC_B_23_CS @req:B11.FR.01 @req:B11.FR.02 @req:B11.FR.03 @req:B11.FR.04 @req:B01.FR.03 @req:B01.FR.07 @slow
  Scenario: A connector that is unavailable is so after a reset
    Given an unavailable connector
    When the CSMS sends ResetRequest with type = OnIdle
    Then the station answers ResetResponse with status = Accepted
    And the station boots again with reason = RemoteReset or ScheduledReset within 300 s
    And the connector is reported as Unavailable within 300 s
    And the other connectors are reported as Available within 300 s

  @TC_B_25_CS @req:B11.FR.01 @req:B11.FR.08 @req:B11.FR.10 @pics:ResetEvse
  Scenario: One EVSE is reset
    Given a booted station
    When the CSMS sends ResetRequest with type = OnIdle and evseId = $evse
    Then the station answers ResetResponse with status = Accepted
    And the station does not boot for 60 s

  @TC_B_26_CS @req:B12.FR.01 @req:B12.FR.07 @pics:ResetEvse @slow
  Scenario: The reset of an EVSE waits for the end of its transaction
    Given a transaction in which energy flows
    When the CSMS sends ResetRequest with type = OnIdle and evseId = $evse
    Then the station answers ResetResponse with status = Scheduled
    When the driver presents $valid_token
    And 2 s pass
    And the driver unplugs
    Then the transaction has ended

  @TC_B_27_CS @req:B12.FR.02 @req:B12.FR.08 @pics:ResetEvse
  Scenario: The reset of an EVSE that does not wait ends its transaction
    Given a transaction in which energy flows
    When the CSMS sends ResetRequest with type = Immediate and evseId = $evse
    Then the station answers ResetResponse with status = Accepted
    And the station sends TransactionEventRequest with eventType = Ended and triggerReason = ResetCommand and transactionInfo.stoppedReason = ImmediateReset
    And the station does not boot for 60 s

  @TC_B_25_CS_b @req:B11.FR.01 @req:B11.FR.08 @pics:ResetEvse&SeveralEvses
  Scenario: An EVSE without a transaction is reset although somebody charges at another one
    Given a transaction in which energy flows at EVSE 2
    When the CSMS sends ResetRequest with type = OnIdle and evseId = 1
    Then the station answers ResetResponse with status = Accepted
    And the station sends no TransactionEventRequest with eventType = Ended for 20 s

  @TC_OCPP_B_ResetNowhere_CS @req:B11.FR.09
  Scenario: An EVSE that does not exist is not reset
    Given a booted station
    When the CSMS sends ResetRequest with type = Immediate and evseId = 999
    Then the station answers ResetResponse with status = Rejected
    And the station does not boot for 30 s

  @TC_B_28_CS @req:B11.FR.01 @req:B11.FR.09 @pics:!ResetEvse
  Scenario: The reset of an EVSE is refused where there is no such thing
    Given a booted station
    When the CSMS sends ResetRequest with type = OnIdle and evseId = $evse
    Then the station answers ResetResponse with status = Rejected
    And the station does not boot for 60 s

  @TC_B_29_CS @req:B12.FR.01 @req:B12.FR.09 @pics:!ResetEvse
  Scenario: The reset of an EVSE with a transaction is refused where there is no such thing
    Given a transaction in which energy flows
    When the CSMS sends ResetRequest with type = OnIdle and evseId = $evse
    Then the station answers ResetResponse with status = Rejected
    And the station does not boot for 60 s

  @TC_B_41_CS @req:B12.FR.01 @req:B12.FR.03 @pics:SeveralEvses @slow
  Scenario: A reset that may wait waits for the transactions of all EVSEs
    Given a transaction in which energy flows at EVSE 1
    And a second transaction at EVSE 2
    When the CSMS sends ResetRequest with type = OnIdle
    Then the station answers ResetResponse with status = Scheduled
    When the driver presents $valid_token and unplugs at EVSE 1
    Then the station does not boot for 20 s
    When the driver presents $group_token and unplugs at EVSE 2
    Then the station boots again with reason = ScheduledReset within 300 s
    And every connector is reported as Available or Occupied within 300 s
