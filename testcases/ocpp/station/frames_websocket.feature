@role:station
Feature: A station keeps the rules of the WebSocket protocol

  @slow @req:OCPP-Subprotocol @req:OCPP-Reconnect
  Scenario Outline: The CSMS answers the opening handshake with <what>
    Given a booted station
    When the CSMS hangs up and answers the next handshake with <answer>
    Then the station does not speak OCPP on that connection
    And the station tries again
    When the CSMS asks again
    Then the station is still there

    Examples:
      | id                                    | what                               | answer            |
      | TC_OCPP_Handshake_NoSubprotocol_CS    | an upgrade without subprotocol     | no-subprotocol    |
      | TC_OCPP_Handshake_OtherSubprotocol_CS | a subprotocol that was not offered | other-subprotocol |
      | TC_OCPP_Handshake_WrongAccept_CS      | a wrong key                        | wrong-accept      |
      | TC_OCPP_Handshake_Garbage_CS          | garbage                            | garbage           |
      | TC_OCPP_Handshake_EndlessHeaders_CS   | headers without end                | endless-headers   |
      | TC_OCPP_Handshake_Unauthorized_CS     | HTTP 401                           | 401               |
      | TC_OCPP_Handshake_NotFound_CS         | HTTP 404                           | 404               |
      | TC_OCPP_Handshake_Unavailable_CS      | HTTP 503                           | 503               |
      | TC_OCPP_Handshake_Reset_CS            | a reset                            | reset             |

  @slow @TC_OCPP_Handshake_Never_CS @req:OCPP-Reconnect
  Scenario: The CSMS never answers the opening handshake
    Given a booted station
    When the CSMS hangs up and answers the next handshake with never
    Then the station tries again
    When the CSMS asks again
    Then the station is still there

  @slow @TC_OCPP_Handshake_Often_CS @req:OCPP-Reconnect
  Scenario: The CSMS refuses several times
    Given a booted station
    When the CSMS hangs up and answers the next handshakes with 503, reset, 500, garbage
    Then the station tries again
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_Handshake_Offer_CS @req:OCPP-Subprotocol @req:OCPP-Identity
  Scenario: A station offers its version, and the identity in its path
    Given a station and a CSMS
    Then the station offers its version and names itself in the path

  @TC_OCPP_Handshake_NoCompression_CS @req:OCPP-Compression
  Scenario: A station gets on without compression
    Given a CSMS without compression
    And a station and a CSMS
    Then the station connects within 120 s
    And the station sends BootNotificationRequest within 120 s

  @req:OCPP-WebSocket
  Scenario Outline: A message comes in <n> fragments
    Given a booted station
    When the CSMS sends the text [2,"{id}","GetVariables",{get}] in <n> fragments
    Then the station answers GetVariablesResponse

    Examples:
      | id | n |
      | TC_OCPP_WebSocket_Fragments_CS | 3 |
      | TC_OCPP_WebSocket_FragmentsMany_CS | 20 |

  @TC_OCPP_WebSocket_Binary_CS @req:OCPP-Text
  Scenario: A message in a binary frame may be taken, refused or ignored
    Given a booted station
    When the CSMS sends the text [2,"{id}","GetVariables",{get}] in a binary message
    And the CSMS asks again
    Then the station is still there

  @req:OCPP-WebSocket
  Scenario Outline: A ping with <what> is answered with the same
    Given a booted station
    When the CSMS pings with <data>
    Then the station answers the ping within 10 s

    Examples:
      | id | what | data |
      | TC_OCPP_WebSocket_Ping_CS | four bytes | 01ff7e00 |
      | TC_OCPP_WebSocket_PingEmpty_CS | nothing | nothing |

  @req:OCPP-WebSocket
  Scenario Outline: A close frame with <code> is answered
    Given a booted station
    When the CSMS takes leave with the code <code>
    Then the station answers the close frame within 10 s

    Examples:
      | id | code |
      | TC_OCPP_WebSocket_Close_CS | 1000 |
      | TC_OCPP_WebSocket_CloseGoingAway_CS | 1001 |

  @req:OCPP-WebSocket
  Scenario Outline: A frame with <what> fails the connection
    Given a booted station
    When the CSMS sends the bytes <bytes> past the WebSocket
    Then the station fails the connection with the code 1002 within 10 s
    When the CSMS asks again
    Then the station is still there

    Examples:
      | id                                | what                      | bytes                                                                                                                                                                                                                                                                |
      | TC_OCPP_WebSocket_Mask_CS         | a mask                    | 818201020304 7a7f                                                                                                                                                                                                                                                    |
      | TC_OCPP_WebSocket_Opcode_CS       | a reserved opcode         | 8300                                                                                                                                                                                                                                                                 |
      | TC_OCPP_WebSocket_ReservedBit_CS  | a reserved bit            | a1027b7d                                                                                                                                                                                                                                                             |
      | TC_OCPP_WebSocket_Continuation_CS | a continuation of nothing | 80027b7d                                                                                                                                                                                                                                                             |
      | TC_OCPP_WebSocket_LongPing_CS     | a ping of 126 bytes       | 897e007e000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000 |
      | TC_OCPP_WebSocket_PingFragment_CS | a ping in fragments       | 09027b7d                                                                                                                                                                                                                                                             |

  @TC_OCPP_WebSocket_NotUtf8_CS @req:OCPP-WebSocket
  Scenario: A text that is not UTF-8 is no message
    Given a booted station
    When the CSMS sends the bytes 81045b22ff5d past the WebSocket
    Then the station fails the connection with the code 1007, or does not answer within 5 s
    When the CSMS asks again
    Then the station is still there

  @TC_OCPP_WebSocket_Garbage_CS @req:OCPP-WebSocket
  Scenario: Garbage on the WebSocket
    Given a booted station
    When the CSMS sends the bytes 474554202f20485454502f312e310d0a0d0a past the WebSocket
    Then the station fails the connection with the code 1002 within 10 s
    When the CSMS asks again
    Then the station is still there
