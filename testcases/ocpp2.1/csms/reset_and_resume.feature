@role:csms
Feature: A CSMS resets a station whose transactions go on (B13)

  @TC_B_103_CSMS @req:B13.FR.30
  Scenario: A transaction goes on after the reset
    Given a transaction in which energy flows
    When the operator makes the CSMS send ResetRequest with type = ImmediateAndResume
    Then the CSMS sends ResetRequest with type = ImmediateAndResume and evseId absent
    And the station sends TransactionEventRequest with triggerReason = ResetCommand
    And the CSMS sends BootNotificationResponse with status = Accepted within 60 s
    And the station sends TransactionEventRequest with triggerReason = TxResumed within 60 s
    And every event of a transaction is answered without an error

  @TC_B_104_CSMS @req:B13.FR.02
  Scenario: Without a transaction it is a plain reset
    Given a booted station
    When the operator makes the CSMS send ResetRequest with type = ImmediateAndResume
    Then the CSMS sends ResetRequest with type = ImmediateAndResume and evseId absent
    And the station sends BootNotificationRequest with reason = RemoteReset within 60 s
    And the CSMS sends BootNotificationResponse with status = Accepted within 60 s
    And every report of a connector is answered without an error
