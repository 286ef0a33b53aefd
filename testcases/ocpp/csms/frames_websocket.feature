@role:csms
Feature: A CSMS keeps the rules of the WebSocket protocol

  @req:OCPP-Subprotocol
  Scenario Outline: A station offers <offers>
    Given a CSMS that waits for stations
    When a station connects and offers <offers>
    Then the CSMS agrees on a version that was offered

    Examples:
      | id                                  | offers                        |
      | TC_OCPP_Handshake_Offer_CSMS         | its version                   |
      | TC_OCPP_Handshake_OfferList_CSMS     | ocpp2.1, ocpp2.0.1, ocpp1.6   |
      | TC_OCPP_Handshake_OfferReverse_CSMS  | ocpp1.6, ocpp2.0.1            |
      | TC_OCPP_Handshake_OfferStrange_CSMS  | soap, ocpp2.0.1, ocpp2.1      |

  @req:OCPP-Subprotocol
  Scenario Outline: A station offers <offers>, which is no version
    Given a CSMS that waits for stations
    When a station connects and offers <offers>
    Then the CSMS refuses the connection or closes it at once

    Examples:
      | id                                  | offers            |
      | TC_OCPP_Handshake_OfferUnknown_CSMS  | ocpp9.9           |
      | TC_OCPP_Handshake_OfferNone_CSMS     | nothing           |

  @TC_OCPP_Handshake_Escaped_CSMS @req:OCPP-Identity
  Scenario: The identity in the path is percent-encoded
    Given a CSMS that waits for stations
    When a station connects as RDAM|123
    Then the CSMS lets the station in or does not know it

  @TC_OCPP_Handshake_Colon_CSMS @req:OCPP-Identity
  Scenario: An identity with a colon is none
    Given a CSMS that waits for stations
    When a station connects as RDAM:123
    Then the CSMS does not know that identity

  @TC_OCPP_Handshake_Stranger_CSMS @req:OCPP-Identity @req:A00.FR.207
  Scenario: An identity that the CSMS does not know
    Given a CSMS that waits for stations
    When a station connects as $unknown_identity
    Then the CSMS does not know that identity

  @TC_OCPP_Handshake_Compression_CSMS @req:OCPP-Compression
  Scenario: A CSMS supports permessage-deflate
    Given a CSMS that waits for stations
    When a station connects with compression
    Then the CSMS agrees to compression
    When the station sends the text [2,"{id}","BootNotification",{boot}]
    Then the CSMS answers BootNotificationResponse
    When the station sends the text [2,"{id}","Heartbeat",{}]
    Then the CSMS answers HeartbeatResponse

  @req:OCPP-WebSocket
  Scenario Outline: A message comes in <n> fragments
    Given a booted station
    When the station sends the text [2,"{id}","Heartbeat",{}] in <n> fragments
    Then the CSMS answers HeartbeatResponse

    Examples:
      | id | n |
      | TC_OCPP_WebSocket_Fragments_CSMS | 3 |
      | TC_OCPP_WebSocket_FragmentsMany_CSMS | 20 |

  @TC_OCPP_WebSocket_Binary_CSMS @req:OCPP-Text
  Scenario: A message in a binary frame may be taken, refused or ignored
    Given a booted station
    When the station sends the text [2,"{id}","Heartbeat",{}] in a binary message
    And the station asks again
    Then the CSMS is still there

  @req:OCPP-WebSocket
  Scenario Outline: A ping with <what> is answered with the same
    Given a booted station
    When the station pings with <data>
    Then the CSMS answers the ping within 10 s

    Examples:
      | id | what | data |
      | TC_OCPP_WebSocket_Ping_CSMS | four bytes | 01ff7e00 |
      | TC_OCPP_WebSocket_PingEmpty_CSMS | nothing | nothing |

  @req:OCPP-WebSocket
  Scenario Outline: A close frame with <code> is answered
    Given a booted station
    When the station takes leave with the code <code>
    Then the CSMS answers the close frame within 10 s

    Examples:
      | id | code |
      | TC_OCPP_WebSocket_Close_CSMS | 1000 |
      | TC_OCPP_WebSocket_CloseGoingAway_CSMS | 1001 |

  @req:OCPP-WebSocket
  Scenario Outline: A frame with <what> fails the connection
    Given a booted station
    When the station sends the bytes <bytes> past the WebSocket
    Then the CSMS fails the connection with the code 1002 within 10 s
    When the station asks again
    Then the CSMS is still there

    Examples:
      | id                                  | what                      | bytes                                                                                                                                                                                                                                                                        |
      | TC_OCPP_WebSocket_Mask_CSMS         | no mask                   | 81027b7d                                                                                                                                                                                                                                                                     |
      | TC_OCPP_WebSocket_Opcode_CSMS       | a reserved opcode         | 8380 00000000                                                                                                                                                                                                                                                                |
      | TC_OCPP_WebSocket_ReservedBit_CSMS  | a reserved bit            | a18200000000 7b7d                                                                                                                                                                                                                                                            |
      | TC_OCPP_WebSocket_Continuation_CSMS | a continuation of nothing | 808200000000 7b7d                                                                                                                                                                                                                                                            |
      | TC_OCPP_WebSocket_LongPing_CSMS     | a ping of 126 bytes       | 89fe007e00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000 |
      | TC_OCPP_WebSocket_PingFragment_CSMS | a ping in fragments       | 098200000000 7b7d                                                                                                                                                                                                                                                            |

  @TC_OCPP_WebSocket_NotUtf8_CSMS @req:OCPP-WebSocket
  Scenario: A text that is not UTF-8 is no message
    Given a booted station
    When the station sends the bytes 818400000000 5b22ff5d past the WebSocket
    Then the CSMS fails the connection with the code 1007, or does not answer within 5 s
    When the station asks again
    Then the CSMS is still there

  @TC_OCPP_WebSocket_Garbage_CSMS @req:OCPP-WebSocket
  Scenario: Garbage on the WebSocket
    Given a booted station
    When the station sends the bytes 474554202f20485454502f312e310d0a0d0a past the WebSocket
    Then the CSMS fails the connection with the code 1002 within 10 s
    When the station asks again
    Then the CSMS is still there
