@role:csms
Feature: A CSMS as receiver of frames that are broken, odd or only rare

  A request that is broken is answered with CALLERROR; silence, and a code that fits less well, are warnings. One bad message is
  no reason to hang up, and whoever got one goes on working.

  @req:FR.03
  Scenario Outline: The CSMS gets <what>
    Given a booted station
    When the station sends the text <text>
    Then the CSMS refuses it with <codes> and the id <answer>
    When the station asks again
    Then the CSMS is still there

    Examples:
      | id                                  | what                                       | text                                                                                                               | codes                                                                                                               | answer |
      | TC_OCPP_Frame_NotJson_CSMS          | text that is no JSON                       | {oops                                                                                                              | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_EmptyArray_CSMS       | an empty array                             | []                                                                                                                 | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_Object_CSMS           | an object in place of the array            | {"a":1}                                                                                                            | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_String_CSMS           | a string in place of the array             | "Heartbeat"                                                                                                        | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_Empty_CSMS            | blanks                                     | { *5}                                                                                                              | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_TypeAsText_CSMS       | a message type that is no number           | ["2","{id}","Heartbeat",{}]                                                                                        | RpcFrameworkError\|ProtocolError\|FormatViolation\|MessageTypeNotSupported\|TypeConstraintViolation                 | any    |
      | TC_OCPP_Frame_OneElement_CSMS       | a type and nothing else                    | [2]                                                                                                                | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_TwoElements_CSMS      | a type and an id                           | [2,"{id}"]                                                                                                         | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | same   |
      | TC_OCPP_Frame_ThreeElements_CSMS    | a CALL without payload                     | [2,"{id}","Heartbeat"]                                                                                             | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | same   |
      | TC_OCPP_Frame_FiveElements_CSMS     | a CALL with an element too many            | [2,"{id}","Heartbeat",{},1]                                                                                        | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | same   |
      | TC_OCPP_Frame_PayloadArray_CSMS     | a payload that is an array                 | [2,"{id}","Heartbeat",[]]                                                                                          | TypeConstraintViolation\|RpcFrameworkError\|ProtocolError\|FormatViolation                                          | same   |
      | TC_OCPP_Frame_PayloadText_CSMS      | a payload that is a string                 | [2,"{id}","Heartbeat","{}"]                                                                                        | TypeConstraintViolation\|RpcFrameworkError\|ProtocolError\|FormatViolation                                          | same   |
      | TC_OCPP_Frame_IdNumber_CSMS         | a message id that is a number              | [2,5,"Heartbeat",{}]                                                                                               | RpcFrameworkError\|FormatViolation\|TypeConstraintViolation\|ProtocolError                                          | -1     |
      | TC_OCPP_Frame_IdNull_CSMS           | a message id that is null                  | [2,null,"Heartbeat",{}]                                                                                            | RpcFrameworkError\|FormatViolation\|TypeConstraintViolation\|ProtocolError                                          | -1     |
      | TC_OCPP_Frame_Id37_CSMS             | a message id of 37 characters              | [2,"{x*37}","Heartbeat",{}]                                                                                        | RpcFrameworkError\|FormatViolation\|PropertyConstraintViolation\|ProtocolError                                      | any    |
      | TC_OCPP_Frame_IdHuge_CSMS           | a message id of 4000 characters            | [2,"{x*4000}","Heartbeat",{}]                                                                                      | RpcFrameworkError\|FormatViolation\|PropertyConstraintViolation\|ProtocolError                                      | any    |
      | TC_OCPP_Frame_ActionNumber_CSMS     | an action that is a number                 | [2,"{id}",7,{}]                                                                                                    | RpcFrameworkError\|ProtocolError\|FormatViolation\|TypeConstraintViolation\|NotImplemented                          | same   |
      | TC_OCPP_Frame_ActionEmpty_CSMS      | an empty action                            | [2,"{id}","",{}]                                                                                                   | RpcFrameworkError\|ProtocolError\|FormatViolation\|NotImplemented\|NotSupported                                     | same   |
      | TC_OCPP_Frame_ActionCase_CSMS       | an action in small letters                 | [2,"{id}","heartbeat",{}]                                                                                          | NotImplemented\|NotSupported                                                                                        | same   |
      | TC_OCPP_Frame_ActionRequest_CSMS    | an action with the suffix Request          | [2,"{id}","HeartbeatRequest",{}]                                                                                   | NotImplemented\|NotSupported                                                                                        | same   |
      | TC_OCPP_Frame_WrongDirection_CSMS   | an action that only it may send itself     | [2,"{id}","Reset",{"type":"Immediate"}]                                                                            | NotSupported\|NotImplemented                                                                                        | same   |
      | TC_OCPP_Frame_Nested_CSMS           | arrays nested 5000 deep                    | {[*5000}                                                                                                           | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | any    |
      | TC_OCPP_Frame_Truncated_CSMS        | a CALL that is cut off                     | [2,"{id}","Heartbeat",{"cust                                                                                       | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_TwoMessages_CSMS      | two CALLs in one message                   | [2,"{id}","Heartbeat",{}][2,"{id}","Heartbeat",{}]                                                                 | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | any    |
      | TC_OCPP_Frame_DateTime_CSMS         | a time that is none                        | [2,"{id}","StatusNotification",{"timestamp":"yesterday","connectorStatus":"Available","evseId":1,"connectorId":1}] | TypeConstraintViolation\|FormatViolation\|PropertyConstraintViolation                                               | same   |
      | TC_OCPP_Frame_MinItems_CSMS         | an empty list                              | [2,"{id}","NotifyEvent",{"generatedAt":"2026-11-20T12:00:00Z","seqNo":0,"eventData":[]}]                           | OccurrenceConstraintViolation\|FormatViolation\|PropertyConstraintViolation\|ProtocolError                          | same   |
      | TC_OCPP_Frame_Required_CSMS         | a payload without its required fields      | [2,"{id}","BootNotification",{}]                                                                                   | OccurrenceConstraintViolation\|ProtocolError\|FormatViolation                                                       | same   |
      | TC_OCPP_Frame_WrongType_CSMS        | a number in place of a text                | [2,"{id}","BootNotification",{"reason":5,"chargingStation":{"model":"a","vendorName":"b"}}]                        | TypeConstraintViolation\|FormatViolation\|PropertyConstraintViolation                                               | same   |
      | TC_OCPP_Frame_Enumeration_CSMS      | a value that the enumeration does not have | [2,"{id}","BootNotification",{"reason":"Nope","chargingStation":{"model":"a","vendorName":"b"}}]                   | PropertyConstraintViolation\|FormatViolation\|TypeConstraintViolation                                               | same   |
      | TC_OCPP_Frame_TooLong_CSMS          | a text that is too long                    | [2,"{id}","BootNotification",{"reason":"PowerUp","chargingStation":{"model":"{x*30}","vendorName":"b"}}]           | PropertyConstraintViolation\|FormatViolation\|TypeConstraintViolation                                               | same   |
      | TC_OCPP_Frame_CustomDataVendor_CSMS | customData without vendorId                | [2,"{id}","Heartbeat",{"customData":{"x":1}}]                                                                      | OccurrenceConstraintViolation\|ProtocolError\|FormatViolation\|PropertyConstraintViolation                          | same   |
      | TC_OCPP_Frame_CustomDataNull_CSMS   | an optional field that is null             | [2,"{id}","Heartbeat",{"customData":null}]                                                                         | TypeConstraintViolation\|OccurrenceConstraintViolation\|FormatViolation\|PropertyConstraintViolation\|ProtocolError | same   |

  @TC_OCPP_Frame_ActionUnknown_CSMS @req:FR.03 @req:OCPP-ErrorCode
  Scenario: An action that OCPP does not have
    Given a booted station
    When the station sends the text [2,"{id}","FooBar",{}]
    Then the CSMS refuses it with NotImplemented, at worst NotSupported
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_ExtraField_CSMS @req:FR.03
  Scenario: A field that the message does not have
    Given a booted station
    When the station sends the text [2,"{id}","Heartbeat",{"foo":1}]
    Then the CSMS refuses it with FormatViolation|PropertyConstraintViolation|OccurrenceConstraintViolation|ProtocolError|TypeConstraintViolation, if at all
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_IdEmpty_CSMS @req:FR.02
  Scenario: An empty message id, which nothing forbids
    Given a booted station
    When the station sends the text [2,"","Heartbeat",{}]
    Then the CSMS answers or refuses it
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_PayloadNull_CSMS @req:FR.02
  Scenario: null where an action needs no payload
    Given a booted station
    When the station sends the text [2,"{id}","Heartbeat",null]
    Then the CSMS answers or refuses it with TypeConstraintViolation|FormatViolation|ProtocolError|RpcFrameworkError|OccurrenceConstraintViolation
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_Type9_CSMS @req:OCPP-MessageType
  Scenario: A message type that does not exist
    Given a booted station
    When the station sends the text [9,"{id}","Heartbeat",{}]
    Then the CSMS does not know the type of the message
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_Unsolicited_CSMS @req:OCPP-MessageType
  Scenario: A result that nobody has asked for
    Given a booted station
    When the station sends the text [3,"never-asked",{}]
    Then the CSMS ignores it
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_UnsolicitedError_CSMS @req:OCPP-MessageType
  Scenario: An error that belongs to nothing
    Given a booted station
    When the station sends the text [4,"never-asked","InternalError","",{}]
    Then the CSMS ignores it
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_BrokenResult_CSMS @req:OCPP-MessageType
  Scenario: A result without payload, which no CALLERROR answers
    Given a booted station
    When the station sends the text [3,"never-asked"]
    Then the CSMS ignores it
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_CustomData_CSMS @req:FR.02 @req:OCPP-CustomData
  Scenario: customData with content of its own is taken
    Given a booted station
    When the station sends the text [2,"{id}","Heartbeat",{"customData":{"vendorId":"org.example","x":{"y":[1,2]}}}]
    Then the CSMS answers HeartbeatResponse

  @TC_OCPP_Frame_Blanks_CSMS @req:FR.02
  Scenario: Blanks and line ends between the elements mean nothing
    Given a booted station
    When the station sends the text [ 2 , "{id}" ,   "Heartbeat" , {} ]
    Then the CSMS answers HeartbeatResponse

  @TC_OCPP_Frame_Escapes_CSMS @req:FR.02
  Scenario: Characters that are written as escapes are those characters
    Given a booted station
    When the station sends the text [2,"{id}","\u0048eartbeat",{}]
    Then the CSMS answers HeartbeatResponse

  @TC_OCPP_Frame_Id36_CSMS @req:FR.02 @req:OCPP-MessageId
  Scenario: A message id of 36 characters is the longest that is right
    Given a booted station
    When the station sends the text [2,"{x*36}","Heartbeat",{}]
    Then the CSMS answers HeartbeatResponse

  @TC_OCPP_Frame_IdAgain_CSMS @req:FR.02 @req:OCPP-MessageId
  Scenario: A message id that was used before may be a retry
    Given a booted station
    When the station sends the text [2,"dup","Heartbeat",{}]
    Then the CSMS answers HeartbeatResponse
    When the station sends the text [2,"dup","Heartbeat",{}]
    Then the CSMS answers or refuses it
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_Pipelined_CSMS @req:FR.02 @req:OCPP-OneCall
  Scenario: Requests that do not wait for each other are not lost
    Given a booted station
    When the station sends at once
      """
      [2,"{id}","Heartbeat",{}]
      [2,"{id}","Heartbeat",{}]
      [2,"{id}","Heartbeat",{}]
      """
    Then the CSMS answers all of them, or refuses those behind the first
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_Hundred_CSMS @req:FR.03
  Scenario: A hundred broken messages in a row
    Given a booted station
    When the station sends the text {oops 100 times
    And nobody has said anything for 3 s
    And the station asks again
    Then the CSMS is still there

  @TC_OCPP_Frame_Long_CSMS @req:FR.02
  Scenario: A long message that is right
    Given a booted station
    When the station sends the text [2,"{id}","DataTransfer",{"vendorId":"org.example","data":"{x*60000}"}]
    Then the CSMS answers DataTransferResponse

  @TC_OCPP_Frame_ResultSpoiled_CSMS @req:OCPP-Result
  Scenario: An answer that breaks its schema does no harm
    Given the station will spoil GetVariablesResponse with getVariableResult = nothing
    And a booted station
    When the operator makes the CSMS send GetVariablesRequest
      """
      getVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: HeartbeatInterval}}]
      """
    Then the CSMS sends GetVariablesRequest
    When the station asks again
    Then the CSMS is still there
    And the CSMS has not hung up

  @TC_OCPP_Frame_ResultTwice_CSMS @req:OCPP-Result
  Scenario: An answer that comes twice does no harm
    Given the station will answer GetVariablesRequest 2 times
    And a booted station
    When the operator makes the CSMS send GetVariablesRequest
      """
      getVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: HeartbeatInterval}}]
      """
    Then the CSMS sends GetVariablesRequest
    When the station asks again
    Then the CSMS is still there
    And the CSMS has not hung up

  @req:OCPP-Result
  Scenario Outline: An answer that is <what> does no harm
    Given the station will answer GetVariablesRequest with the text <text> the 1st time
    And a booted station
    When the operator makes the CSMS send GetVariablesRequest
      """
      getVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: HeartbeatInterval}}]
      """
    Then the CSMS sends GetVariablesRequest
    When the station asks again
    Then the CSMS is still there
    And the CSMS has not hung up

    Examples:
      | id                                  | what                                     | text                        |
      | TC_OCPP_Frame_ResultNoPayload_CSMS  | a result without payload                 | [3,"{id}"]                  |
      | TC_OCPP_Frame_ResultNull_CSMS       | null                                     | [3,"{id}",null]             |
      | TC_OCPP_Frame_ResultErrorShort_CSMS | an error with three elements             | [4,"{id}","InternalError"]  |
      | TC_OCPP_Frame_ResultErrorCode_CSMS  | an error with a code that does not exist | [4,"{id}","Whatever","",{}] |
      | TC_OCPP_Frame_ResultNoJson_CSMS     | no JSON                                  | [3,"{id}",{]                |

  @TC_OCPP_Frame_OneCall_CSMS @req:FR.01 @req:OCPP-OneCall
  Scenario: A CSMS waits for an answer before it asks again
    Given the station will take 1.5 s to answer GetVariablesRequest
    And a booted station
    When the operator makes the CSMS send GetVariablesRequest twice without a pause
      """
      getVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: HeartbeatInterval}}]
      """
    Then the CSMS sends GetVariablesRequest within 30 s
    And the CSMS has one request at a time

  @slow @TC_OCPP_Frame_GivesUp_CSMS @req:FR.01
  Scenario: A request that is never answered is given up, and the next one is sent
    Given the station will not answer GetVariablesRequest the 1st time
    And a booted station
    When the operator makes the CSMS send GetVariablesRequest
      """
      getVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: HeartbeatInterval}}]
      """
    And the operator makes the CSMS send GetVariablesRequest
      """
      getVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: HeartbeatInterval}}]
      """
    Then the CSMS sends GetVariablesRequest within 300 s

  @TC_OCPP_Frame_Ids_CSMS @req:OCPP-MessageId
  Scenario: The message ids of a CSMS are unique, on a new connection too
    Given a booted station
    When the operator makes the CSMS send GetVariablesRequest
      """
      getVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: HeartbeatInterval}}]
      """
    And the connection breaks
    And the connection can be made again
    Then the station connects again within 120 s
    When the operator makes the CSMS send GetVariablesRequest
      """
      getVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: WebSocketPingInterval}}]
      """
    Then the CSMS sends GetVariablesRequest
    And the message ids of the CSMS are all different

  @TC_OCPP_Frame_HeartbeatFirst_CSMS @req:FR.04
  Scenario: A request before any boot
    Given a CSMS that waits for stations
    When a station connects
    And the station sends the text [2,"{id}","Heartbeat",{}]
    Then the CSMS answers or refuses it with SecurityError alone

  @TC_OCPP_Frame_Boot_CSMS @req:FR.02 @req:B01.FR.02
  Scenario: A boot that is right is answered
    Given a CSMS that waits for stations
    When a station connects
    And the station sends the text [2,"{id}","BootNotification",{boot}]
    Then the CSMS answers BootNotificationResponse with currentTime present and interval present

  @TC_OCPP_Frame_SecondConnection_CSMS @req:OCPP-Reconnect
  Scenario: A second connection of the same station works
    Given a station whose connection is not made again
    And a booted station
    When a station connects
    Then the CSMS agrees on a version that was offered
    And the older connection is given up
    When the station sends the text [2,"{id}","BootNotification",{boot}]
    Then the CSMS answers BootNotificationResponse
    When the station sends the text [2,"{id}","Heartbeat",{}]
    Then the CSMS answers HeartbeatResponse
