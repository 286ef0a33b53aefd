@role:station @pics:DisplayMessage
Feature: A station shows messages

  @req:O01.FR.12,O01.FR.13,O01.FR.15,O03.FR.01,O03.FR.02,O03.FR.05
  Scenario Outline: A message is set and can be read again (<what>)
    Given a booted station
    When the CSMS sends SetDisplayMessageRequest
      """
      message: {id: 501, priority: <priority>, message: {format: ASCII, language: en, content: hello}<more>}
      """
    Then the station answers SetDisplayMessageResponse with status = Accepted
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1501}
      """
    Then the station answers GetDisplayMessagesResponse with status = Accepted
    And the display messages 1501 hold message 501 with priority = <priority> and message.content = hello and message.format = ASCII <told>

    Examples:
      | id           | what                  | priority    | more                                | told                    |
      | TC_O_01_CS   | in the normal cycle   | NormalCycle |                                     |                         |
      | TC_O_36_CS   | while charging        | NormalCycle | , state: Charging                   | and state = Charging    |
      | TC_O_37_CS   | while idle            | NormalCycle | , state: Idle                       | and state = Idle        |
      | TC_O_38_CS   | while unavailable     | NormalCycle | , state: Unavailable                | and state = Unavailable |
      | TC_O_13_CS   | from a time on        | NormalCycle | , startDateTime: $now+60            | and startDateTime present |

  @TC_O_02_CS @req:O03.FR.01,O03.FR.02,O03.FR.03,O03.FR.04,O03.FR.05
  Scenario: All messages are told
    Given a booted station
    And the display message 502 with priority = NormalCycle
    And the display message 503 with priority = NormalCycle and state = Idle
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1502}
      """
    Then the station answers GetDisplayMessagesResponse with status = Accepted
    And the display messages 1502 are 502, 503

  @TC_O_03_CS @req:O03.FR.06
  Scenario: Without any message there is nothing to tell
    Given a booted station
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1503}
      """
    Then the station answers GetDisplayMessagesResponse with status = Unknown
    And the station sends no NotifyDisplayMessagesRequest for 10 s

  @TC_O_04_CS @req:O05.FR.01
  Scenario: A message is cleared
    Given a booted station
    And the display message 504 with priority = NormalCycle
    When the CSMS sends ClearDisplayMessageRequest
      """
      {id: 504}
      """
    Then the station answers ClearDisplayMessageResponse with status = Accepted
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1504}
      """
    Then the station answers GetDisplayMessagesResponse with status = Unknown

  @TC_O_05_CS @req:O05.FR.02
  Scenario: A message that is not there cannot be cleared
    Given a booted station
    When the CSMS sends ClearDisplayMessageRequest
      """
      {id: 987654}
      """
    Then the station answers ClearDisplayMessageResponse with status = Unknown

  @TC_O_06_CS @slow @req:O02.FR.02,O02.FR.14
  Scenario: The message of a transaction goes with it
    Given a transaction in which energy flows
    When the CSMS sends SetDisplayMessageRequest
      """
      message: {id: 506, priority: NormalCycle, transactionId: $transaction, message: {format: ASCII, content: enjoy}}
      """
    Then the station answers SetDisplayMessageResponse with status = Accepted
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1506, id: [506]}
      """
    Then the station answers GetDisplayMessagesResponse with status = Accepted
    And the display messages 1506 hold message 506 with transactionId = $transaction
    When the driver unplugs
    And 10 s pass
    And the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1507, id: [506]}
      """
    Then the station answers GetDisplayMessagesResponse with status = Unknown

  @req:O04.FR.01,O04.FR.03,O04.FR.04,O04.FR.05,O04.FR.06
  Scenario Outline: Messages are told by <what>
    Given a booted station
    And the display message 507 with priority = NormalCycle and state = Idle
    And the display message 508 with priority = <other> and state = Charging
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1508, <asked>}
      """
    Then the station answers GetDisplayMessagesResponse with status = Accepted
    And the display messages 1508 are 507

    Examples:
      | id         | what     | other   | asked                 | pics    |
      | TC_O_07_CS | id       | NormalCycle | id: [507]             |         |
      | TC_O_08_CS | priority | InFront | priority: NormalCycle | InFront |
      | TC_O_09_CS | state    | NormalCycle | state: Idle           |         |

  @req:O04.FR.02,O04.FR.07
  Scenario Outline: Nothing is told where nothing fits (<what>)
    Given a booted station
    And the display message 511 with priority = NormalCycle and state = Idle
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1511, <asked>}
      """
    Then the station answers GetDisplayMessagesResponse with status = Unknown
    And the station sends no NotifyDisplayMessagesRequest for 10 s

    Examples:
      | id         | what                | asked                          |
      | TC_O_11_CS | another id          | id: [987654]                   |
      | TC_O_34_CS | another state       | id: [511], state: Charging     |
      | TC_O_35_CS | another priority    | id: [511], priority: InFront   |

  @TC_O_33_CS @req:O04.FR.07
  Scenario: Nothing is told of one message where there is none
    Given a booted station
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1533, id: [511]}
      """
    Then the station answers GetDisplayMessagesResponse with status = Unknown

  @TC_O_10_CS @req:O02.FR.01
  Scenario: A message of a transaction that there is not is refused
    Given a booted station
    When the CSMS sends SetDisplayMessageRequest
      """
      message: {id: 510, priority: NormalCycle, transactionId: not-there, message: {format: ASCII, content: enjoy}}
      """
    Then the station answers SetDisplayMessageResponse with status = UnknownTransaction

  @TC_O_12_CS @req:O06.FR.01
  Scenario: A message is replaced under its id
    Given a booted station
    And the display message 512 with priority = NormalCycle and state = Idle
    When the CSMS sends SetDisplayMessageRequest
      """
      message: {id: 512, priority: NormalCycle, message: {format: ASCII, content: new words}}
      """
    Then the station answers SetDisplayMessageResponse with status = Accepted
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1512}
      """
    Then the station answers GetDisplayMessagesResponse with status = Accepted
    And the display messages 1512 are 512
    And the display messages 1512 hold message 512 with message.content = new words and state absent

  @TC_O_14_CS @slow @req:O01.FR.07
  Scenario: A message is gone after its time
    Given a booted station
    When the CSMS sends SetDisplayMessageRequest
      """
      message: {id: 514, priority: NormalCycle, endDateTime: $now+20, message: {format: ASCII, content: soon over}}
      """
    Then the station answers SetDisplayMessageResponse with status = Accepted
    When 25 s pass
    And the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1514}
      """
    Then the station answers GetDisplayMessagesResponse with status = Unknown

  @TC_O_19_CS @pics:DisplayMessage&UnsupportedFormat @req:O01.FR.03,O02.FR.05
  Scenario: A format that the display does not show is refused
    Given a booted station
    When the CSMS sends SetDisplayMessageRequest
      """
      message: {id: 519, priority: NormalCycle, message: {format: $unsupported_format, content: "<p>hello</p>"}}
      """
    Then the station answers SetDisplayMessageResponse with status = NotSupportedMessageFormat

  @TC_O_20_CS @slow @req:O01.FR.10
  Scenario: A message survives a reboot
    Given a booted station
    And the display message 520 with priority = NormalCycle
    When the station has rebooted by a Reset
    And the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1520}
      """
    Then the station answers GetDisplayMessagesResponse with status = Accepted
    And the display messages 1520 are 520

  @TC_O_22_CS @pics:DisplayMessage&InFront @req:O01.FR.13,O01.FR.14
  Scenario: Several messages in front are kept together
    Given a booted station
    And the display message 522 with priority = InFront
    When the CSMS sends SetDisplayMessageRequest
      """
      message: {id: 523, priority: InFront, message: {format: ASCII, content: another one}}
      """
    Then the station answers SetDisplayMessageResponse with status = Accepted
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1522, priority: InFront}
      """
    Then the station answers GetDisplayMessagesResponse with status = Accepted
    And the display messages 1522 are 522, 523

  @TC_O_24_CS @pics:DisplayMessage&AlwaysFront @req:O01.FR.15,O01.FR.16
  Scenario: There is one message that is always in front
    Given a booted station
    And the display message 524 with priority = AlwaysFront
    When the CSMS sends SetDisplayMessageRequest
      """
      message: {id: 525, priority: AlwaysFront, message: {format: ASCII, content: this one}}
      """
    Then the station answers SetDisplayMessageResponse with status = Accepted
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 1524, priority: AlwaysFront}
      """
    Then the station answers GetDisplayMessagesResponse with status = Accepted
    And the display messages 1524 are 525
