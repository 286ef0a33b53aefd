@role:csms
Feature: The message types of OCPP 2.1: SEND and CALLRESULTERROR

  @req:FR.07
  Scenario Outline: A SEND is never answered: <what>
    Given a booted station
    When the station sends the text <text>
    Then the CSMS never answers it
    When the station asks again
    Then the CSMS is still there

    Examples:
      | id                             | what                              | text                                                                                                                   |
      | TC_OCPP_Frame_Send_CSMS        | one that is right                 | [6,"{id}","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-11-20T12:00:00Z","data":[{"t":0,"v":"1"}]}] |
      | TC_OCPP_Frame_SendUnknown_CSMS | an action that OCPP does not have | [6,"{id}","FooBar",{}]                                                                                                 |
      | TC_OCPP_Frame_SendSchema_CSMS  | a payload that breaks its schema  | [6,"{id}","NotifyPeriodicEventStream",{"id":"one"}]                                                                    |
      | TC_OCPP_Frame_SendCall_CSMS    | an action that is a CALL          | [6,"{id}","Heartbeat",{}]                                                                                              |
      | TC_OCPP_Frame_SendShort_CSMS   | a SEND without payload            | [6,"{id}","NotifyPeriodicEventStream"]                                                                                 |

  @TC_OCPP_Frame_ResultError_CSMS @req:FR.06
  Scenario: A CALLRESULTERROR that belongs to nothing is never answered
    Given a booted station
    When the station sends the text [5,"{id}","FormatViolation","",{}]
    Then the CSMS never answers it
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_CallAsSend_CSMS @req:OCPP-MessageType @req:FR.03
  Scenario: What has to be a SEND is no CALL
    Given a booted station
    When the station sends the text [2,"{id}","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-11-20T12:00:00Z","data":[{"t":0,"v":"1"}]}]
    Then the CSMS refuses it with any error
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_SendWhileCalling_CSMS @req:FR.07 @req:FR.02
  Scenario: A SEND may come while a CALL is not answered yet
    Given a booted station
    When the station sends at once
      """
      [2,"{id}","Heartbeat",{}]
      [6,"{id}","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-11-20T12:00:00Z","data":[{"t":0,"v":"1"}]}]
      """
    Then the CSMS answers all of them
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_ObjectsToResult_CSMS @req:FR.06
  Scenario: An answer that breaks its schema is answered with CALLRESULTERROR
    Given the station will answer GetVariablesRequest with the text [3,"{id}",{"getVariableResult":5}]
    And a booted station
    When the operator makes the CSMS send GetVariablesRequest
      """
      getVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: HeartbeatInterval}}]
      """
    Then the CSMS objects to the answer
    When the station asks again
    Then the CSMS is still there
