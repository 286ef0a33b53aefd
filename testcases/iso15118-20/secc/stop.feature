@role:secc
Feature: The ends of a session, wanted and unwanted, and what comes after them

  @req:X20-SessionStop
  Scenario Outline: the EV stops in the place of <request>, before power delivery
    Given a <mode> session has reached <request>
    When the EV sends SessionStopReq
    Then the charger answers SessionStopRes with OK within 1.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                            | mode | request                        | pics |
      | TC_SECC20_CMN_SessionStop_003 | any  | AuthorizationSetupReq          |      |
      | TC_SECC20_CMN_SessionStop_004 | any  | AuthorizationReq               |      |
      | TC_SECC20_CMN_SessionStop_005 | any  | ServiceDiscoveryReq            |      |
      | TC_SECC20_CMN_SessionStop_006 | any  | ServiceSelectionReq            |      |
      | TC_SECC20_DC_SessionStop_006  | DC   | DC_ChargeParameterDiscoveryReq | DC   |
      | TC_SECC20_DC_SessionStop_007  | DC   | ScheduleExchangeReq            | DC   |
      | TC_SECC20_DC_SessionStop_008  | DC   | DC_CableCheckReq               | DC   |
      | TC_SECC20_DC_SessionStop_009  | DC   | DC_PreChargeReq                | DC   |
      | TC_SECC20_AC_SessionStop_004  | AC   | AC_ChargeParameterDiscoveryReq | AC   |
      | TC_SECC20_AC_SessionStop_005  | AC   | PowerDeliveryReq               | AC   |

  @pics:Pause @req:V2G20-1032
  Scenario Outline: a pause after charging (<mode>)
    Given a <mode> session has reached <loop> for the 3rd time
    When the driver pauses the session
    And the session goes on to SessionStopReq
    And the EV sends SessionStopReq
    Then the charger answers SessionStopRes with OK|FAILED_PauseNotAllowed within 1.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                           | mode | loop             | pics |
      | TC_SECC20_DC_SessionStop_010 | DC   | DC_ChargeLoopReq | DC   |
      | TC_SECC20_AC_SessionStop_006 | AC   | AC_ChargeLoopReq | AC   |

  @req:X20-PauseNotAllowed @req:X20-CloseAfterFailure
  Scenario Outline: a pause before charging (<request>) is refused
    Given an any session has reached <request>
    When the EV sends SessionStopReq with ChargingSession = Pause
    Then the charger answers SessionStopRes with FAILED_PauseNotAllowed within 1.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                            | request             |
      | TC_SECC20_CMN_SessionStop_007 | AuthorizationReq    |
      | TC_SECC20_CMN_SessionStop_008 | ServiceSelectionReq |

  @TC_SECC20_CMN_SessionStop_901 @req:X20-ServiceRenegotiation
  Scenario: a renegotiation of services before any service is refused
    Given an any session has reached AuthorizationReq
    When the EV sends SessionStopReq with ChargingSession = ServiceRenegotiation
    Then the charger answers SessionStopRes with FAILED_NoServiceRenegotiationSupported within 1.5 s

  @req:X20-NextSession
  Scenario Outline: after <how> in the place of <request> the charger serves the next EV
    Given a <mode> session has reached <request> for the <nth> time
    When the EV <how> the connection
    And a new session is tried
    Then the charger serves the new session
    When the session is tried for 3 s
    Then the charger has sent <late>
    And no two SessionSetupRes have the same Header.SessionID
    And the last <late> has <field> from <low> to <high>

    Examples:
      | id                        | mode | how    | request          | nth | late             | field                  | low    | high  | pics |
      | TC_SECC20_DC_Abnormal_001 | DC   | closes | DC_ChargeLoopReq | 3rd | DC_PreChargeRes  | EVSEPresentVoltage     | -5     | 1000  | DC   |
      | TC_SECC20_DC_Abnormal_002 | DC   | resets | DC_ChargeLoopReq | 3rd | DC_PreChargeRes  | EVSEPresentVoltage     | -5     | 1000  | DC   |
      | TC_SECC20_AC_Abnormal_001 | AC   | closes | AC_ChargeLoopReq | 3rd | AC_ChargeLoopRes | EVSEPresentActivePower | -60000 | 60000 | AC   |
      | TC_SECC20_AC_Abnormal_002 | AC   | resets | AC_ChargeLoopReq | 3rd | AC_ChargeLoopRes | EVSEPresentActivePower | -60000 | 60000 | AC   |

  @req:X20-NextSession
  Scenario Outline: after SessionStop in the place of <request> the charger serves the next EV
    Given an any session has reached <request>
    When the EV sends SessionStopReq
    Then the charger answers SessionStopRes with OK within 1.5 s
    When a new session is tried
    Then the charger serves the new session
    When the session is tried up to <request>
    And the EV sends <request>
    Then the charger answers <response> with OK* within 1.5 s
    And no two SessionSetupRes have the same Header.SessionID

    Examples:
      | id                         | request             | response            |
      | TC_SECC20_CMN_Abnormal_001 | ServiceDiscoveryReq | ServiceDiscoveryRes |
      | TC_SECC20_CMN_Abnormal_002 | ServiceSelectionReq | ServiceSelectionRes |

  @req:X20-NextSession
  Scenario Outline: after a failure in the place of <request> the charger serves the next EV
    Given an any session has reached <request>
    When the EV sends SessionSetupReq
    And a new session is tried
    Then the charger serves the new session
    When the session is tried up to <request>
    And the EV sends <request>
    Then the charger answers <response> with OK* within <limit> s

    Examples:
      | id                         | request          | response         | limit |
      | TC_SECC20_CMN_Abnormal_003 | AuthorizationReq | AuthorizationRes | 1.5   |
      | TC_SECC20_CMN_Abnormal_004 | ServiceDetailReq | ServiceDetailRes | 4.5   |
