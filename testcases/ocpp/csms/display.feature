@role:csms @pics:DisplayMessage
Feature: A CSMS sends messages for the display

  @req:O01.FR.04,O01.FR.05
  Scenario Outline: A message is sent (<what>)
    Given a booted station
    When the operator makes the CSMS send SetDisplayMessageRequest
      """
      message: {id: 601, priority: <priority>, message: {format: ASCII, language: en, content: hello}<more>}
      """
    Then the CSMS sends SetDisplayMessageRequest with message.priority = <priority> and message.message.content = hello and message.message.format = ASCII and message.transactionId absent <told>
    And the station sends SetDisplayMessageResponse with status = Accepted

    Examples:
      | id           | what           | priority    | more                              | told                                 |
      | TC_O_01_CSMS | plainly        | NormalCycle |                                   |                                      |
      | TC_O_13_CSMS | for later      | NormalCycle | , startDateTime: $now+60          | and message.startDateTime present    |
      | TC_O_14_CSMS | for some time  | NormalCycle | , endDateTime: $now+60            | and message.endDateTime present      |
      | TC_O_25_CSMS | for one state  | NormalCycle | , state: Charging                 | and message.state = Charging         |

  @req:O02.FR.01
  Scenario Outline: A message of a transaction is sent (<what>)
    Given a transaction in which energy flows
    When the operator makes the CSMS send SetDisplayMessageRequest
      """
      message: {id: 606, priority: NormalCycle, transactionId: $transaction, message: {format: ASCII, content: enjoy}<more>}
      """
    Then the CSMS sends SetDisplayMessageRequest with message.transactionId = $transaction and message.message.content = enjoy <told>
    And the station sends SetDisplayMessageResponse with status = Accepted

    Examples:
      | id           | what          | more                     | told                              |
      | TC_O_06_CSMS | plainly       |                          |                                   |
      | TC_O_27_CSMS | for later     | , startDateTime: $now+60 | and message.startDateTime present |
      | TC_O_28_CSMS | for some time | , endDateTime: $now+60   | and message.endDateTime present   |

  @req:O01.FR.01,O01.FR.02,O01.FR.03,O01.FR.11,O02.FR.01
  Scenario Outline: A station refuses a message: <status>
    Given the station will answer SetDisplayMessageResponse with status = <status>
    And a booted station
    When the operator makes the CSMS send SetDisplayMessageRequest
      """
      message: {id: 617, priority: <priority>, message: {format: <format>, content: hello}<more>}
      """
    Then the CSMS sends SetDisplayMessageRequest with message.priority = <priority> and message.message.format = <format>
    And the station sends SetDisplayMessageResponse with status = <status>
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

    Examples:
      | id           | status                    | priority    | format | more                         |
      | TC_O_17_CSMS | NotSupportedPriority      | AlwaysFront | ASCII  |                              |
      | TC_O_18_CSMS | NotSupportedState         | NormalCycle | ASCII  | , state: Faulted             |
      | TC_O_19_CSMS | NotSupportedMessageFormat | NormalCycle | HTML   |                              |
      | TC_O_26_CSMS | Rejected                  | NormalCycle | ASCII  |                              |
      | TC_O_10_CSMS | UnknownTransaction        | NormalCycle | ASCII  | , transactionId: not-there   |

  @TC_O_12_CSMS @req:O06.FR.01
  Scenario: A message is replaced
    Given a booted station
    When the operator makes the CSMS send SetDisplayMessageRequest
      """
      message: {id: 612, priority: NormalCycle, message: {format: ASCII, content: hello}}
      """
    Then the CSMS sends SetDisplayMessageRequest with message.id = 612
    When the operator makes the CSMS send SetDisplayMessageRequest
      """
      message: {id: 612, priority: NormalCycle, message: {format: ASCII, content: new words}}
      """
    Then the CSMS sends SetDisplayMessageRequest with message.id = 612 and message.message.content = new words
    And the station sends SetDisplayMessageResponse with status = Accepted

  @req:O03.FR.02,O04.FR.03
  Scenario Outline: A CSMS asks for messages (<what>)
    Given a booted station
    When the operator makes the CSMS send SetDisplayMessageRequest
      """
      message: {id: 602, priority: NormalCycle, state: Idle, message: {format: ASCII, content: hello}}
      """
    And the operator makes the CSMS send GetDisplayMessagesRequest
      """
      {requestId: 1602<asked>}
      """
    Then the CSMS sends GetDisplayMessagesRequest with <wanted>
    And the CSMS acknowledges NotifyDisplayMessagesRequest

    Examples:
      | id           | what        | asked                   | wanted                                                  |
      | TC_O_02_CSMS | all         |                         | id absent and priority absent and state absent          |
      | TC_O_07_CSMS | by id       | , id: [602]             | id.0 = 602 and priority absent and state absent         |
      | TC_O_08_CSMS | by priority | , priority: NormalCycle | priority = NormalCycle and id absent and state absent   |
      | TC_O_09_CSMS | by state    | , state: Idle           | state = Idle and id absent and priority absent          |

  @req:O03.FR.06,O04.FR.02
  Scenario Outline: A station has no message to tell of (<what>)
    Given a booted station
    When the operator makes the CSMS send GetDisplayMessagesRequest
      """
      {requestId: 1603<asked>}
      """
    Then the CSMS sends GetDisplayMessagesRequest with <wanted>
    And the station sends GetDisplayMessagesResponse with status = Unknown
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

    Examples:
      | id           | what       | asked           | wanted                                          |
      | TC_O_03_CSMS | at all     |                 | id absent and priority absent and state absent  |
      | TC_O_11_CSMS | of that id | , id: [987654]  | id.0 = 987654                                   |

  @req:O05.FR.01,O05.FR.02
  Scenario Outline: A CSMS clears a message (<what>)
    Given a booted station
    When the operator makes the CSMS send SetDisplayMessageRequest
      """
      message: {id: 604, priority: NormalCycle, message: {format: ASCII, content: hello}}
      """
    And the operator makes the CSMS send ClearDisplayMessageRequest
      """
      {id: <number>}
      """
    Then the CSMS sends ClearDisplayMessageRequest with id = <number>
    And the station sends ClearDisplayMessageResponse with status = <status>

    Examples:
      | id           | what               | number | status   |
      | TC_O_04_CSMS | that is there      | 604    | Accepted |
      | TC_O_05_CSMS | that is not there  | 987654 | Unknown  |
