@role:station
Feature: A station as receiver of frames that are broken, odd or only rare

  A request that is broken is answered with CALLERROR; silence, and a code that fits less well, are warnings. One bad message is
  no reason to hang up, and whoever got one goes on working.

  @req:FR.03
  Scenario Outline: The station gets <what>
    Given a booted station
    When the CSMS sends the text <text>
    Then the station refuses it with <codes> and the id <answer>
    When the CSMS asks again
    Then the station is still there

    Examples:
      | id                                | what                                       | text                                                                                                                                                | codes                                                                                                               | answer |
      | TC_OCPP_Frame_NotJson_CS          | text that is no JSON                       | {oops                                                                                                                                               | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_EmptyArray_CS       | an empty array                             | []                                                                                                                                                  | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_Object_CS           | an object in place of the array            | {"a":1}                                                                                                                                             | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_String_CS           | a string in place of the array             | "GetVariables"                                                                                                                                      | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_Empty_CS            | blanks                                     | { *5}                                                                                                                                               | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_TypeAsText_CS       | a message type that is no number           | ["2","{id}","GetVariables",{get}]                                                                                                                   | RpcFrameworkError\|ProtocolError\|FormatViolation\|MessageTypeNotSupported\|TypeConstraintViolation                 | any    |
      | TC_OCPP_Frame_OneElement_CS       | a type and nothing else                    | [2]                                                                                                                                                 | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_TwoElements_CS      | a type and an id                           | [2,"{id}"]                                                                                                                                          | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | same   |
      | TC_OCPP_Frame_ThreeElements_CS    | a CALL without payload                     | [2,"{id}","GetVariables"]                                                                                                                           | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | same   |
      | TC_OCPP_Frame_FiveElements_CS     | a CALL with an element too many            | [2,"{id}","GetVariables",{get},1]                                                                                                                   | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | same   |
      | TC_OCPP_Frame_PayloadArray_CS     | a payload that is an array                 | [2,"{id}","GetVariables",[]]                                                                                                                        | TypeConstraintViolation\|RpcFrameworkError\|ProtocolError\|FormatViolation                                          | same   |
      | TC_OCPP_Frame_PayloadText_CS      | a payload that is a string                 | [2,"{id}","GetVariables","{}"]                                                                                                                      | TypeConstraintViolation\|RpcFrameworkError\|ProtocolError\|FormatViolation                                          | same   |
      | TC_OCPP_Frame_IdNumber_CS         | a message id that is a number              | [2,5,"GetVariables",{get}]                                                                                                                          | RpcFrameworkError\|FormatViolation\|TypeConstraintViolation\|ProtocolError                                          | -1     |
      | TC_OCPP_Frame_IdNull_CS           | a message id that is null                  | [2,null,"GetVariables",{get}]                                                                                                                       | RpcFrameworkError\|FormatViolation\|TypeConstraintViolation\|ProtocolError                                          | -1     |
      | TC_OCPP_Frame_Id37_CS             | a message id of 37 characters              | [2,"{x*37}","GetVariables",{get}]                                                                                                                   | RpcFrameworkError\|FormatViolation\|PropertyConstraintViolation\|ProtocolError                                      | any    |
      | TC_OCPP_Frame_IdHuge_CS           | a message id of 4000 characters            | [2,"{x*4000}","GetVariables",{get}]                                                                                                                 | RpcFrameworkError\|FormatViolation\|PropertyConstraintViolation\|ProtocolError                                      | any    |
      | TC_OCPP_Frame_ActionNumber_CS     | an action that is a number                 | [2,"{id}",7,{get}]                                                                                                                                  | RpcFrameworkError\|ProtocolError\|FormatViolation\|TypeConstraintViolation\|NotImplemented                          | same   |
      | TC_OCPP_Frame_ActionEmpty_CS      | an empty action                            | [2,"{id}","",{get}]                                                                                                                                 | RpcFrameworkError\|ProtocolError\|FormatViolation\|NotImplemented\|NotSupported                                     | same   |
      | TC_OCPP_Frame_ActionCase_CS       | an action in small letters                 | [2,"{id}","getvariables",{get}]                                                                                                                     | NotImplemented\|NotSupported                                                                                        | same   |
      | TC_OCPP_Frame_ActionRequest_CS    | an action with the suffix Request          | [2,"{id}","GetVariablesRequest",{get}]                                                                                                              | NotImplemented\|NotSupported                                                                                        | same   |
      | TC_OCPP_Frame_WrongDirection_CS   | an action that only it may send itself     | [2,"{id}","BootNotification",{boot}]                                                                                                                | NotSupported\|NotImplemented                                                                                        | same   |
      | TC_OCPP_Frame_Nested_CS           | arrays nested 5000 deep                    | {[*5000}                                                                                                                                            | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | any    |
      | TC_OCPP_Frame_Truncated_CS        | a CALL that is cut off                     | [2,"{id}","GetVariables",{"cust                                                                                                                     | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | -1     |
      | TC_OCPP_Frame_TwoMessages_CS      | two CALLs in one message                   | [2,"{id}","GetVariables",{get}][2,"{id}","GetVariables",{get}]                                                                                      | RpcFrameworkError\|ProtocolError\|FormatViolation                                                                   | any    |
      | TC_OCPP_Frame_DateTime_CS         | a time that is none                        | [2,"{id}","GetLog",{"logType":"DiagnosticsLog","requestId":1,"log":{"remoteLocation":"http://logs.lab/","oldestTimestamp":"yesterday"}}]            | TypeConstraintViolation\|FormatViolation\|PropertyConstraintViolation\|NotSupported\|NotImplemented                 | same   |
      | TC_OCPP_Frame_MinItems_CS         | an empty list                              | [2,"{id}","GetVariables",{"getVariableData":[]}]                                                                                                    | OccurrenceConstraintViolation\|FormatViolation\|PropertyConstraintViolation\|ProtocolError                          | same   |
      | TC_OCPP_Frame_Required_CS         | a payload without its required fields      | [2,"{id}","GetVariables",{}]                                                                                                                        | OccurrenceConstraintViolation\|ProtocolError\|FormatViolation                                                       | same   |
      | TC_OCPP_Frame_WrongType_CS        | a number in place of a text                | [2,"{id}","Reset",{"type":5}]                                                                                                                       | TypeConstraintViolation\|FormatViolation\|PropertyConstraintViolation                                               | same   |
      | TC_OCPP_Frame_Enumeration_CS      | a value that the enumeration does not have | [2,"{id}","Reset",{"type":"Nope"}]                                                                                                                  | PropertyConstraintViolation\|FormatViolation\|TypeConstraintViolation                                               | same   |
      | TC_OCPP_Frame_TooLong_CS          | a text that is too long                    | [2,"{id}","GetVariables",{"getVariableData":[{"component":{"name":"{x*51}"},"variable":{"name":"HeartbeatInterval"}}]}]                             | PropertyConstraintViolation\|FormatViolation\|TypeConstraintViolation                                               | same   |
      | TC_OCPP_Frame_CustomDataVendor_CS | customData without vendorId                | [2,"{id}","GetVariables",{"customData":{"x":1},"getVariableData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"}}]}] | OccurrenceConstraintViolation\|ProtocolError\|FormatViolation\|PropertyConstraintViolation                          | same   |
      | TC_OCPP_Frame_CustomDataNull_CS   | an optional field that is null             | [2,"{id}","GetVariables",{"customData":null,"getVariableData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"}}]}]    | TypeConstraintViolation\|OccurrenceConstraintViolation\|FormatViolation\|PropertyConstraintViolation\|ProtocolError | same   |

  @TC_OCPP_Frame_ActionUnknown_CS @req:FR.03 @req:OCPP-ErrorCode
  Scenario: An action that OCPP does not have
    Given a booted station
    When the CSMS sends the text [2,"{id}","FooBar",{}]
    Then the station refuses it with NotImplemented, at worst NotSupported
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_ExtraField_CS @req:FR.03
  Scenario: A field that the message does not have
    Given a booted station
    When the CSMS sends the text [2,"{id}","GetVariables",{"foo":1,"getVariableData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"}}]}]
    Then the station refuses it with FormatViolation|PropertyConstraintViolation|OccurrenceConstraintViolation|ProtocolError|TypeConstraintViolation, if at all
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_IdEmpty_CS @req:FR.02
  Scenario: An empty message id, which nothing forbids
    Given a booted station
    When the CSMS sends the text [2,"","GetVariables",{get}]
    Then the station answers or refuses it
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_PayloadNull_CS @req:FR.02
  Scenario: null where an action needs no payload
    Given a booted station
    When the CSMS sends the text [2,"{id}","ClearCache",null]
    Then the station answers or refuses it with TypeConstraintViolation|FormatViolation|ProtocolError|RpcFrameworkError|OccurrenceConstraintViolation|NotSupported|NotImplemented
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_Type9_CS @req:OCPP-MessageType
  Scenario: A message type that does not exist
    Given a booted station
    When the CSMS sends the text [9,"{id}","GetVariables",{get}]
    Then the station does not know the type of the message
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_Unsolicited_CS @req:OCPP-MessageType
  Scenario: A result that nobody has asked for
    Given a booted station
    When the CSMS sends the text [3,"never-asked",{}]
    Then the station ignores it
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_UnsolicitedError_CS @req:OCPP-MessageType
  Scenario: An error that belongs to nothing
    Given a booted station
    When the CSMS sends the text [4,"never-asked","InternalError","",{}]
    Then the station ignores it
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_BrokenResult_CS @req:OCPP-MessageType
  Scenario: A result without payload, which no CALLERROR answers
    Given a booted station
    When the CSMS sends the text [3,"never-asked"]
    Then the station ignores it
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_CustomData_CS @req:FR.02 @req:OCPP-CustomData
  Scenario: customData with content of its own is taken
    Given a booted station
    When the CSMS sends the text [2,"{id}","GetVariables",{"customData":{"vendorId":"org.example","x":{"y":[1,2]}},"getVariableData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"}}]}]
    Then the station answers GetVariablesResponse

  @TC_OCPP_Frame_Blanks_CS @req:FR.02
  Scenario: Blanks and line ends between the elements mean nothing
    Given a booted station
    When the CSMS sends the text [ 2 , "{id}" ,   "GetVariables" , {get} ]
    Then the station answers GetVariablesResponse

  @TC_OCPP_Frame_Escapes_CS @req:FR.02
  Scenario: Characters that are written as escapes are those characters
    Given a booted station
    When the CSMS sends the text [2,"{id}","\u0047etVariables",{get}]
    Then the station answers GetVariablesResponse

  @TC_OCPP_Frame_Id36_CS @req:FR.02 @req:OCPP-MessageId
  Scenario: A message id of 36 characters is the longest that is right
    Given a booted station
    When the CSMS sends the text [2,"{x*36}","GetVariables",{get}]
    Then the station answers GetVariablesResponse

  @TC_OCPP_Frame_IdAgain_CS @req:FR.02 @req:OCPP-MessageId
  Scenario: A message id that was used before may be a retry
    Given a booted station
    When the CSMS sends the text [2,"dup","GetVariables",{get}]
    Then the station answers GetVariablesResponse
    When the CSMS sends the text [2,"dup","GetVariables",{get}]
    Then the station answers or refuses it
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_Pipelined_CS @req:FR.02 @req:OCPP-OneCall
  Scenario: Requests that do not wait for each other are not lost
    Given a booted station
    When the CSMS sends at once
      """
      [2,"{id}","GetVariables",{get}]
      [2,"{id}","GetVariables",{get}]
      [2,"{id}","GetVariables",{get}]
      """
    Then the station answers all of them, or refuses those behind the first
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_Hundred_CS @req:FR.03
  Scenario: A hundred broken messages in a row
    Given a booted station
    When the CSMS sends the text {oops 100 times
    And nobody has said anything for 3 s
    And the CSMS asks again
    Then the station is still there

  @TC_OCPP_Frame_Long_CS @req:FR.02 @should
  Scenario: A long message that is right
    Given a booted station
    When the CSMS sends the text [2,"{id}","DataTransfer",{"vendorId":"org.example","data":"{x*4000}"}]
    Then the station answers DataTransferResponse

  @slow @req:OCPP-Result
  Scenario Outline: An answer that is <what> does no harm
    Given the CSMS will answer BootNotificationResponse with interval = 4
    And the CSMS will answer HeartbeatRequest with the text <text> the 1st time
    And a booted station
    Then the station sends HeartbeatRequest within 30 s
    When the CSMS asks again
    Then the station is still there
    And the station has not hung up
    And the station sends HeartbeatRequest within 300 s

    Examples:
      | id                                | what                                     | text                         |
      | TC_OCPP_Frame_ResultSpoiled_CS    | a result that breaks its schema          | [3,"{id}",{"currentTime":5}] |
      | TC_OCPP_Frame_ResultNoPayload_CS  | a result without payload                 | [3,"{id}"]                   |
      | TC_OCPP_Frame_ResultNull_CS       | null                                     | [3,"{id}",null]              |
      | TC_OCPP_Frame_ResultErrorShort_CS | an error with three elements             | [4,"{id}","InternalError"]   |
      | TC_OCPP_Frame_ResultErrorCode_CS  | an error with a code that does not exist | [4,"{id}","Whatever","",{}]  |
      | TC_OCPP_Frame_ResultNoJson_CS     | no JSON                                  | [3,"{id}",{]                 |

  @TC_OCPP_Frame_ResultTwice_CS @req:OCPP-Result
  Scenario: An answer that comes twice does no harm
    Given the CSMS will answer BootNotificationResponse with interval = 4
    And the CSMS will answer HeartbeatRequest 2 times
    And a booted station
    Then the station sends HeartbeatRequest within 30 s
    When the CSMS asks again
    Then the station is still there
    And the station has not hung up
    And the station sends HeartbeatRequest within 30 s

  @TC_OCPP_Frame_OneCall_CS @req:FR.01 @req:OCPP-OneCall
  Scenario: A station waits for an answer before it asks again
    Given the CSMS will take 1.5 s to answer StatusNotificationRequest
    And the CSMS will take 1.5 s to answer NotifyEventRequest
    And the CSMS will take 1.5 s to answer SecurityEventNotificationRequest
    And a booted station
    Then the station has one request at a time

  @slow @TC_OCPP_Frame_GivesUp_CS @req:FR.01
  Scenario: A request that is never answered is given up, and the next one is sent
    Given the CSMS will answer BootNotificationResponse with interval = 4
    And the CSMS will not answer HeartbeatRequest the 1st time
    And a booted station
    Then the station sends HeartbeatRequest within 30 s
    And the station sends HeartbeatRequest within 300 s

  @slow @TC_OCPP_Frame_Ids_CS @req:OCPP-MessageId
  Scenario: The message ids of a station are unique, on a new connection too
    Given the CSMS will answer BootNotificationResponse with interval = 4
    And a booted station
    Then the station sends HeartbeatRequest within 30 s
    When the connection breaks
    And the connection can be made again
    Then the station connects again within 300 s
    And the station sends HeartbeatRequest within 300 s
    And the message ids of the station are all different
