@role:secc @slow @pics:Pause
Feature: Sessions are paused, and resumed by the EV that paused them
  A paused session belongs to the certificate of the vehicle; it goes on with charge parameter discovery.

  @pics:Resume @req:V2G20-1032 @req:V2G20-1843
  Scenario Outline: the EV comes back after <seconds> s (<control> <mode>)
    Given a <control> <mode> session has reached <loop> for the 3rd time
    When the EV pauses the session
    And the EV comes back with the paused SessionID after <seconds> s
    Then the charger answers SessionSetupRes with OK_OldSessionJoined within 1.5 s
    And the SessionID is that of the paused session
    When the session goes on to <next>
    And the EV sends <next>
    Then the charger answers <answer> with OK* within 1.5 s
    When the EV ends the session
    Then the session is complete

    Examples:
      | id                         | control   | mode   | seconds | loop             | next                           | answer                         | pics             |
      | TC_SECC20_DC_Resume_001    | Scheduled | DC     | 1       | DC_ChargeLoopReq | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC&Scheduled     |
      | TC_SECC20_DC_Resume_002    | Dynamic   | DC     | 600     | DC_ChargeLoopReq | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC&Dynamic       |
      | TC_SECC20_AC_Resume_001    | Scheduled | AC     | 1       | AC_ChargeLoopReq | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | AC&Scheduled     |
      | TC_SECC20_AC_Resume_002    | Dynamic   | AC     | 600     | AC_ChargeLoopReq | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | AC&Dynamic       |
      | TC_SECC20_BPT_Resume_001   | Dynamic   | DC_BPT | 60      | DC_ChargeLoopReq | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC_BPT&Dynamic   |
      | TC_SECC20_BPT_Resume_002   | Scheduled | AC_BPT | 60      | AC_ChargeLoopReq | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | AC_BPT&Scheduled |

  @pics:Resume @req:V2G20-1843
  Scenario Outline: a resumed session charges again (<mode>)
    Given a Scheduled <mode> session has reached <loop> for the 3rd time
    When the EV pauses the session
    And the EV comes back with the paused SessionID
    And the session is tried up to <loop>
    And the EV sends <loop>
    Then the charger answers <answer> with OK* within 1.5 s
    And the SessionID is that of the paused session

    Examples:
      | id                      | mode | loop             | answer           | pics         |
      | TC_SECC20_DC_Resume_003 | DC   | DC_ChargeLoopReq | DC_ChargeLoopRes | DC&Scheduled |
      | TC_SECC20_AC_Resume_003 | AC   | AC_ChargeLoopReq | AC_ChargeLoopRes | AC&Scheduled |

  @pics:Resume @req:V2G20-1844
  Scenario Outline: authorization has no place in a resumed session (<request>)
    Given a DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV pauses the session
    And the EV comes back with the paused SessionID
    And the EV sends <request>
    Then the charger answers <answer> with FAILED_SequenceError within 1.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                      | request               | answer                | pics |
      | TC_SECC20_DC_Resume_004 | AuthorizationSetupReq | AuthorizationSetupRes | DC   |
      | TC_SECC20_DC_Resume_005 | ServiceDiscoveryReq   | ServiceDiscoveryRes   | DC   |

  @pics:TLS @req:V2G20-2545 @req:V2G20-2626 @req:V2G20-2627
  Scenario Outline: another EV with the paused SessionID gets a session of its own (<mode>)
    Given a <mode> session has reached <loop> for the 3rd time
    When the EV pauses the session
    And another EV comes with the paused SessionID
    Then the charger answers SessionSetupRes with OK_NewSessionEstablished within 1.5 s
    And the SessionID is not that of the paused session

    Examples:
      | id                       | mode | loop             | pics |
      | TC_SECC20_DC_Resume_006  | DC   | DC_ChargeLoopReq | DC   |
      | TC_SECC20_AC_Resume_004  | AC   | AC_ChargeLoopReq | AC   |

  @TC_SECC20_DC_Resume_007 @pics:DC&TLS @req:V2G20-2545 @req:X20-SequenceError
  Scenario: another EV with the paused SessionID has to be authorized
    Given a DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV pauses the session
    And another EV comes with the paused SessionID
    And the EV sends DC_ChargeParameterDiscoveryReq
    Then the charger answers DC_ChargeParameterDiscoveryRes with FAILED_SequenceError within 1.5 s
    And the charger closes the connection within 5 s

  @TC_SECC20_DC_Resume_008 @pics:DC @req:V2G20-2626
  Scenario: a SessionID that was never assigned is not resumed
    Given a DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV pauses the session
    And the EV comes back with a SessionID that was never assigned
    Then the charger answers SessionSetupRes with OK_NewSessionEstablished within 1.5 s
    And the SessionID is not that of the paused session

  @TC_SECC20_DC_Resume_009 @pics:DC&Resume @req:V2G20-2550
  Scenario: a session that was ended after it had been resumed is not resumed again
    Given a DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV pauses the session
    And the EV comes back with the paused SessionID
    Then the charger answers SessionSetupRes with OK_OldSessionJoined within 1.5 s
    When the EV ends the session
    And the EV comes back with the SessionID of the session that is over
    Then the charger answers SessionSetupRes with OK_NewSessionEstablished within 1.5 s
    And the SessionID is not that of the paused session

  @TC_SECC20_DC_Pause_001 @pics:DC&Notifications @req:X20-Notification
  Scenario: the operator wants a pause
    Given a DC session has reached DC_ChargeLoopReq for the 3rd time
    When the operator wants a pause
    And the session goes on to PowerDeliveryReq
    Then the charger asks for Pause within 3 s
    When the session goes on to SessionStopReq
    And the EV sends SessionStopReq with ChargingSession = Pause
    Then the charger answers SessionStopRes with OK within 1.5 s
    And the charger closes the connection within 5 s
