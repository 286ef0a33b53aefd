@role:csms @pics:DisplayMessage
Feature: A CSMS of OCPP 2.1 sends messages in several languages

  @TC_O_100_CSMS @req:O01.FR.18
  Scenario: A station does not speak the language of a message
    Given the station will answer SetDisplayMessageResponse with status = LanguageNotSupported
    And a booted station
    When the operator makes the CSMS send SetDisplayMessageRequest
      """
      message: {id: 910, priority: NormalCycle, message: {format: UTF8, language: fi, content: hei}}
      """
    Then the CSMS sends SetDisplayMessageRequest with message.message.language = fi and message.message.content = hei
    And the station sends SetDisplayMessageResponse with status = LanguageNotSupported
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

  @TC_O_101_CSMS @req:O01.FR.18
  Scenario: A message goes out in two languages
    Given a booted station
    When the operator makes the CSMS send SetDisplayMessageRequest
      """
      message:
        id: 911
        priority: NormalCycle
        message: {format: UTF8, language: en, content: welcome}
        messageExtra: [{format: UTF8, language: de, content: willkommen}]
      """
    Then the CSMS sends SetDisplayMessageRequest with message.message.language = en and message.message.content = welcome and message.messageExtra.*.language = de and message.messageExtra.*.content = willkommen
    And the station sends SetDisplayMessageResponse with status = Accepted
