@role:secc
Feature: Discovery by SDP

  @TC_SECC20_CMN_SDP_001 @pics:TLS @req:X20-Sdp @req:V2G2-626 @req:V2G2-159
  Scenario: a request for TLS is answered with the address of a TLS port
    Given a charger that waits for a car
    When the EV sends the SDP datagram 01fe9000000000020000
    Then SDP is answered within 0.25 s
    And the SDP answer has Security = TLS
    And the SDP answer has TransportProtocol = TCP
    And SDP is answered once within 1 s

  @TC_SECC20_CMN_SDP_002 @pics:TLS @req:X20-Sdp @req:V2G20-1264
  Scenario: the address that SDP tells is the one that serves TLS
    Given a charger that waits for a car
    When the EV tries to connect
    Then the TLS handshake has succeeded
    And the charger has sent supportedAppProtocolRes

  @TC_SECC20_CMN_SDP_003 @req:X20-Sdp @req:V2G2-625
  Scenario: a request without TLS is answered, and the EV decides
    Given a charger that waits for a car
    When the EV sends the SDP datagram 01fe9000000000021000
    Then SDP is answered within 0.25 s
    And the SDP answer has TransportProtocol = TCP

  @TC_SECC20_CMN_SDP_004 @req:X20-Sdp @req:V2G2-159
  Scenario: a repeated request is answered again
    Given a charger that waits for a car
    When the EV sends the SDP datagram 01fe9000000000020000
    Then SDP is answered within 0.25 s
    When the EV sends the SDP datagram 01fe9000000000020000
    Then SDP is answered within 0.25 s

  @TC_SECC20_CMN_SDP_005 @req:X20-Sdp
  Scenario: a request that follows a broken one is answered
    Given a charger that waits for a car
    When the EV sends the SDP datagram 01fe90000000
    Then SDP is not answered for 1 s
    When the EV sends the SDP datagram 01fe9000000000020000
    Then SDP is answered within 0.25 s

  # It is found first: a charger that is still busy with the car before answers nothing at all.
  @req:X20-Sdp
  Scenario Outline: a datagram with <what> is not answered
    Given a charger that waits for a car
    When the EV looks for the charger
    And the EV sends the SDP datagram <data>
    Then SDP is not answered for 1 s

    Examples:
      | id                         | what                                 | data                   |
      | TC_SECC20_CMN_SDPFault_001 | a version other than 1               | 02fe9000000000020000   |
      | TC_SECC20_CMN_SDPFault_002 | an inverse version that does not fit | 01ff9000000000020000   |
      | TC_SECC20_CMN_SDPFault_003 | another payload type                 | 01fe8001000000020000   |
      | TC_SECC20_CMN_SDPFault_004 | the payload type of the answer       | 01fe9001000000020000   |
      | TC_SECC20_CMN_SDPFault_005 | a reserved payload type              | 01fe9004000000020000   |
      | TC_SECC20_CMN_SDPFault_006 | a length above what it carries       | 01fe9000000000030000   |
      | TC_SECC20_CMN_SDPFault_007 | three bytes of payload               | 01fe900000000003000000 |
      | TC_SECC20_CMN_SDPFault_008 | one byte of payload                  | 01fe90000000000100     |
      | TC_SECC20_CMN_SDPFault_009 | no payload                           | 01fe900000000000       |
      | TC_SECC20_CMN_SDPFault_010 | UDP as transport                     | 01fe9000000000020010   |
      | TC_SECC20_CMN_SDPFault_011 | a reserved security byte             | 01fe9000000000020500   |
      | TC_SECC20_CMN_SDPFault_012 | a reserved transport byte            | 01fe9000000000020005   |
