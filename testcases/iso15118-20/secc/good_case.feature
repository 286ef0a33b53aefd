@role:secc
Feature: A whole session in good order

  @req:X20-SessionStop @req:X20-Sequence
  Scenario Outline: <control> <mode> session from SDP to SessionStop
    When a <control> <mode> session with <seconds> s of charging is run to its end
    Then the session is complete
    And the charger has sent <loop>
    And every <loop> has ResponseCode = OK
    And every <loop> has Header.TimeStamp

    Examples:
      | id                        | mode   | control   | seconds | loop             | pics             |
      | TC_SECC20_DC_Session_001  | DC     | Scheduled | 1       | DC_ChargeLoopRes | DC&Scheduled     |
      | TC_SECC20_DC_Session_002  | DC     | Dynamic   | 1       | DC_ChargeLoopRes | DC&Dynamic       |
      | TC_SECC20_BPT_Session_001 | DC_BPT | Scheduled | 1       | DC_ChargeLoopRes | DC_BPT&Scheduled |
      | TC_SECC20_BPT_Session_002 | DC_BPT | Dynamic   | 1       | DC_ChargeLoopRes | DC_BPT&Dynamic   |
      | TC_SECC20_AC_Session_001  | AC     | Scheduled | 1       | AC_ChargeLoopRes | AC&Scheduled     |
      | TC_SECC20_AC_Session_002  | AC     | Dynamic   | 1       | AC_ChargeLoopRes | AC&Dynamic       |
      | TC_SECC20_BPT_Session_003 | AC_BPT | Scheduled | 1       | AC_ChargeLoopRes | AC_BPT&Scheduled |
      | TC_SECC20_BPT_Session_004 | AC_BPT | Dynamic   | 1       | AC_ChargeLoopRes | AC_BPT&Dynamic   |
      | TC_SECC20_DC_Session_003  | DC     | Scheduled | 15      | DC_ChargeLoopRes | DC&Scheduled     |
      | TC_SECC20_AC_Session_003  | AC     | Scheduled | 12      | AC_ChargeLoopRes | AC&Scheduled     |

  @TC_SECC20_CMN_Session_001 @req:V2G20-2621 @req:X20-NextSession
  Scenario: two sessions one after the other are served alike, each with a new SessionID
    Given an any session has reached ServiceDiscoveryReq
    When a new session is started
    And the session is tried up to ServiceDetailReq
    Then no two SessionSetupRes have the same Header.SessionID
    And the charger has sent ServiceDiscoveryRes
    And every SessionSetupRes has ResponseCode = OK_NewSessionEstablished
    And no two AuthorizationSetupRes have the same Header.SessionID
