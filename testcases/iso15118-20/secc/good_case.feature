@role:secc
Feature: A whole session in good order

  @TC_SECC20_CMN_Session @req:X20-SessionStop @req:X20-Sequence
  Scenario Outline: <control> <mode> session from SDP to SessionStop
    Given a <control> <mode> session has reached <loop> for the 5th time
    When the driver ends the session
    And the session goes on to SessionStopReq
    And the EV sends SessionStopReq
    Then the charger answers SessionStopRes with OK within 1.5 s
    And every <loop_res> has ResponseCode = OK
    And the session is complete

    Examples:
      | id                        | mode   | control   | loop             | loop_res         | pics               |
      | TC_SECC20_DC_Session_001  | DC     | Scheduled | DC_ChargeLoopReq | DC_ChargeLoopRes | DC&Scheduled       |
      | TC_SECC20_DC_Session_002  | DC     | Dynamic   | DC_ChargeLoopReq | DC_ChargeLoopRes | DC&Dynamic         |
      | TC_SECC20_BPT_Session_001 | DC_BPT | Scheduled | DC_ChargeLoopReq | DC_ChargeLoopRes | DC_BPT&Scheduled   |
      | TC_SECC20_BPT_Session_002 | DC_BPT | Dynamic   | DC_ChargeLoopReq | DC_ChargeLoopRes | DC_BPT&Dynamic     |
      | TC_SECC20_AC_Session_001  | AC     | Scheduled | AC_ChargeLoopReq | AC_ChargeLoopRes | AC&Scheduled       |
      | TC_SECC20_AC_Session_002  | AC     | Dynamic   | AC_ChargeLoopReq | AC_ChargeLoopRes | AC&Dynamic         |
      | TC_SECC20_BPT_Session_003 | AC_BPT | Scheduled | AC_ChargeLoopReq | AC_ChargeLoopRes | AC_BPT&Scheduled   |
      | TC_SECC20_BPT_Session_004 | AC_BPT | Dynamic   | AC_ChargeLoopReq | AC_ChargeLoopRes | AC_BPT&Dynamic     |
