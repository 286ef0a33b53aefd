@role:evcc
Feature: Finding the charger (SDP)

  @TC_EVCC20_CMN_SDP_001 @req:V2G20-1805 @req:X20-SdpRequest
  Scenario: The EV looks for a charger with TLS
    Given a charger that offers any
    When the vehicle is plugged in
    Then every SDP request of the vehicle asks for TLS over TCP
    And the vehicle sends supportedAppProtocolReq

  @TC_EVCC20_CMN_SDP_002 @req:V2G2-159 @req:V2G2-161 @slow
  Scenario: The EV asks again every 250 ms, 50 times at most
    Given a charger that does not answer SDP
    When the vehicle is plugged in
    And 30 s pass
    Then the vehicle asks with SDP at least 10 times, 0.25 s apart
    And the vehicle has opened no connection

  @TC_EVCC20_CMN_SdpAnswer @req:X20-SdpAnswer
  Scenario Outline: An SDP answer with <fault> is ignored, and the EV asks again
    Given a charger whose SDP answer is <data>
    When the vehicle is plugged in
    And 2 s pass
    Then the vehicle asks with SDP at least 3 times, 0.25 s apart
    And the vehicle has opened no connection

    Examples:
      | id                    | fault                            | data                                                             |
      | TC_EVCC20_CMN_SDP_003 | payload of 18 bytes              | 01FE900100000012FE800000000000000000000000000001C000             |
      | TC_EVCC20_CMN_SDP_004 | payload of 24 bytes              | 01FE900100000018FE800000000000000000000000000001C000000000000000 |
      | TC_EVCC20_CMN_SDP_005 | payload type of a request        | 01FE900000000014FE800000000000000000000000000001C0000000         |
      | TC_EVCC20_CMN_SDP_006 | wrong version                    | 02FD900100000014FE800000000000000000000000000001C0000000         |
      | TC_EVCC20_CMN_SDP_007 | wrong inverse version            | 0101900100000014FE800000000000000000000000000001C0000000         |
      | TC_EVCC20_CMN_SDP_008 | reserved security 0x05           | 01FE900100000014FE800000000000000000000000000001C0000500         |
      | TC_EVCC20_CMN_SDP_009 | length field beyond the datagram | 01FE900100000040FE800000000000000000000000000001C0000000         |
      | TC_EVCC20_CMN_SDP_010 | port 0                           | 01FE900100000014FE80000000000000000000000000000100000000         |
      | TC_EVCC20_CMN_SDP_011 | bytes that are no V2GTP          | DEADBEEF                                                         |

  @TC_EVCC20_CMN_SDP_012 @req:V2G2-628 @req:V2G20-1805
  Scenario: A charger that says it has no TLS gets no ISO 15118-20 session
    Given a charger whose SDP answer has the security None
    When the vehicle is plugged in
    Then the vehicle begins no ISO 15118-20 session

  @TC_EVCC20_CMN_SDP_013 @req:V2G2-628 @req:V2G20-1237
  Scenario: A charger that would serve it without TLS gets no ISO 15118-20 session either
    Given a charger that serves cars without TLS and says so to all
    When the vehicle is plugged in
    Then the vehicle begins no ISO 15118-20 session

  @TC_EVCC20_CMN_SDP_014 @req:X20-SdpAnswer
  Scenario: A charger that answers with UDP as transport is not used
    Given a charger whose SDP answer has the transport UDP
    When the vehicle is plugged in
    Then the vehicle begins no ISO 15118-20 session
