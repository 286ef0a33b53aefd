@role:station
Feature: A station repeats transaction events that the CSMS has not taken

  @slow @req:E13.FR.01,E13.FR.02,E13.FR.03,E13.FR.04
  Scenario Outline: After as many attempts as configured it gives the event up (<what>)
    Given a booted station
    And OCPPCommCtrlr.MessageAttempts[TransactionEvent] is set to 3
    And OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent] is set to 10
    And a driver who is authorized
    When from now on the CSMS <answers>
    And the driver plugs in
    Then the station sends one TransactionEventRequest 3 times after <what>, 10 s more apart each time

    Examples:
      | id         | what      | answers                                                       |
      | TC_E_41_CS | no answer | leaves TransactionEventRequest unanswered                     |
      | TC_E_50_CS | CALLERROR | answers TransactionEventRequest with the error InternalError  |

  @slow @req:E13.FR.01,E13.FR.02,E13.FR.03
  Scenario Outline: Once the event is taken it is not repeated any more (<what>)
    Given a booted station
    And OCPPCommCtrlr.MessageAttempts[TransactionEvent] is set to 3
    And OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent] is set to 10
    And a driver who is authorized
    When from now on the CSMS <answers> once
    And the driver plugs in
    Then the station sends one TransactionEventRequest 2 times after <what>, 10 s more apart each time
    And no TransactionEventRequest of the transaction is missing

    Examples:
      | id         | what      | answers                                                       |
      | TC_E_42_CS | no answer | leaves TransactionEventRequest unanswered                     |
      | TC_E_51_CS | CALLERROR | answers TransactionEventRequest with the error InternalError  |

  @TC_OCPP_E_GoesOn_CS @slow @req:E13.FR.04
  Scenario: When an event has been given up the next ones of its transaction are told
    Given a booted station
    And OCPPCommCtrlr.MessageAttempts[TransactionEvent] is set to 2
    And OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent] is set to 10
    And a transaction in which energy flows
    When from now on the CSMS answers TransactionEventRequest with the error InternalError twice
    And the EV stops taking energy
    Then the station sends TransactionEventRequest with transactionInfo.chargingState = SuspendedEV or EVConnected
    When the driver presents $valid_token and unplugs
    Then the station has ended the transaction
