@role:station @pics:DisplayMessage
Feature: A station of OCPP 2.1 shows messages in several languages

  @TC_O_100_CS @req:O01.FR.18
  Scenario: A language that the display does not speak is refused
    Given a booted station
    When the CSMS sends SetDisplayMessageRequest
      """
      message: {id: 910, priority: NormalCycle, message: {format: UTF8, language: $unsupported_language, content: hei}}
      """
    Then the station answers SetDisplayMessageResponse with status = LanguageNotSupported
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 910, id: [910]}
      """
    Then the station answers GetDisplayMessagesResponse with status = Unknown

  @TC_O_101_CS @req:O01.FR.08
  Scenario: A message is kept in the languages in which it was set
    Given a booted station
    When the CSMS sends SetDisplayMessageRequest
      """
      message:
        id: 911
        priority: NormalCycle
        message: {format: UTF8, language: en, content: welcome}
        messageExtra: [{format: UTF8, language: $display_language, content: other words}]
      """
    Then the station answers SetDisplayMessageResponse with status = Accepted
    When the CSMS sends GetDisplayMessagesRequest
      """
      {requestId: 911, id: [911]}
      """
    Then the station answers GetDisplayMessagesResponse with status = Accepted
    And the station sends NotifyDisplayMessagesRequest with requestId = 911 and messageInfo.0.id = 911 and messageInfo.0.message.content = welcome and messageInfo.0.messageExtra.0.language = $display_language and messageInfo.0.messageExtra.0.content = other words
