@role:csms
Feature: Message types that came with OCPP 2.1 mean nothing in 2.0.1

  @req:OCPP-MessageType
  Scenario Outline: <what>
    Given a booted station
    When the station sends the text <text>
    Then the CSMS does not know the type of the message
    When the station asks again
    Then the CSMS is still there

    Examples:
      | id                       | what              | text                                                                                                                   |
      | TC_OCPP_Frame_Type5_CSMS | A CALLRESULTERROR | [5,"{id}","FormatViolation","",{}]                                                                                     |
      | TC_OCPP_Frame_Type6_CSMS | A SEND            | [6,"{id}","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-11-20T12:00:00Z","data":[{"t":0,"v":"1"}]}] |
