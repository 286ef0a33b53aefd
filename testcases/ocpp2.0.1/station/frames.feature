@role:station
Feature: Message types that came with OCPP 2.1 mean nothing in 2.0.1

  @req:OCPP-MessageType
  Scenario Outline: <what>
    Given a booted station
    When the CSMS sends the text <text>
    Then the station does not know the type of the message
    When the CSMS asks again
    Then the station is still there

    Examples:
      | id                     | what              | text                                                                                                                   |
      | TC_OCPP_Frame_Type5_CS | A CALLRESULTERROR | [5,"{id}","FormatViolation","",{}]                                                                                     |
      | TC_OCPP_Frame_Type6_CS | A SEND            | [6,"{id}","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-11-20T12:00:00Z","data":[{"t":0,"v":"1"}]}] |
