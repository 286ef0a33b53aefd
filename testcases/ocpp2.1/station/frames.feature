@role:station
Feature: The message types of OCPP 2.1: SEND and CALLRESULTERROR

  @req:FR.07
  Scenario Outline: A SEND is never answered: <what>
    Given a booted station
    When the CSMS sends the text <text>
    Then the station never answers it
    When the CSMS asks again
    Then the station is still there

    Examples:
      | id                           | what                              | text                                                                                                                   |
      | TC_OCPP_Frame_Send_CS        | one that is not for a station     | [6,"{id}","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-11-20T12:00:00Z","data":[{"t":0,"v":"1"}]}] |
      | TC_OCPP_Frame_SendUnknown_CS | an action that OCPP does not have | [6,"{id}","FooBar",{}]                                                                                                 |
      | TC_OCPP_Frame_SendSchema_CS  | a payload that breaks its schema  | [6,"{id}","NotifyPeriodicEventStream",{"id":"one"}]                                                                    |
      | TC_OCPP_Frame_SendCall_CS    | an action that is a CALL          | [6,"{id}","GetVariables",{get}]                                                                                        |
      | TC_OCPP_Frame_SendShort_CS   | a SEND without payload            | [6,"{id}","NotifyPeriodicEventStream"]                                                                                 |

  @TC_OCPP_Frame_ResultError_CS @req:FR.06
  Scenario: A CALLRESULTERROR that belongs to nothing is never answered
    Given a booted station
    When the CSMS sends the text [5,"{id}","FormatViolation","",{}]
    Then the station never answers it
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_CallAsSend_CS @req:OCPP-MessageType @req:FR.03
  Scenario: What has to be a SEND is no CALL
    Given a booted station
    When the CSMS sends the text [2,"{id}","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-11-20T12:00:00Z","data":[{"t":0,"v":"1"}]}]
    Then the station refuses it with any error
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_ObjectsToResult_CS @req:FR.06
  Scenario: An answer that breaks its schema is answered with CALLRESULTERROR
    Given the CSMS will answer BootNotificationResponse with interval = 4
    And the CSMS will answer HeartbeatRequest with the text [3,"{id}",{"currentTime":5}]
    And a booted station
    Then the station sends HeartbeatRequest within 30 s
    And the station objects to the answer
    When the CSMS asks again
    Then the station is still there
