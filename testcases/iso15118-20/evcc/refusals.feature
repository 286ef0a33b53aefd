@role:evcc
Feature: What a charger may say against a request

  @TC_EVCC20_CMN_Failed @req:X20-FailedIsFatal @req:X20-CloseAfterFailure @family:refusal
  Scenario Outline: <code> to <message>Req ends the session
    Given a charger that offers <mode>
    And a charger that answers <message>Req with <code>
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the <message>Res

    Examples:
      | id                                        | mode         | message                     | code                           | pics         |
      | TC_EVCC20_CMN_SessionSetup_003            | any          | SessionSetup                | FAILED                         |              |
      | TC_EVCC20_CMN_AuthorizationSetup_003      | any          | AuthorizationSetup          | FAILED_SequenceError           |              |
      | TC_EVCC20_CMN_Authorization_003           | any          | Authorization               | FAILED                         |              |
      | TC_EVCC20_CMN_ServiceDiscovery_003        | any          | ServiceDiscovery            | FAILED_UnknownSession          |              |
      | TC_EVCC20_CMN_ServiceDetail_003           | any          | ServiceDetail               | FAILED_ServiceIDInvalid        |              |
      | TC_EVCC20_CMN_ServiceSelection_003        | any          | ServiceSelection            | FAILED_ServiceSelectionInvalid |              |
      | TC_EVCC20_AC_ChargeParameterDiscovery_003 | AC           | AC_ChargeParameterDiscovery | FAILED_WrongChargeParameter    | AC           |
      | TC_EVCC20_DC_ChargeParameterDiscovery_003 | DC           | DC_ChargeParameterDiscovery | FAILED_WrongChargeParameter    | DC           |
      | TC_EVCC20_AC_ScheduleExchange_003         | Scheduled AC | ScheduleExchange            | FAILED                         | AC&Scheduled |
      | TC_EVCC20_DC_ScheduleExchange_003         | Dynamic DC   | ScheduleExchange            | FAILED                         | DC&Dynamic   |
      | TC_EVCC20_DC_CableCheck_003               | DC           | DC_CableCheck               | FAILED                         | DC           |
      | TC_EVCC20_DC_PreCharge_003                | DC           | DC_PreCharge                | FAILED                         | DC           |
      | TC_EVCC20_AC_PowerDelivery_003            | AC           | PowerDelivery               | FAILED_PowerDeliveryNotApplied | AC           |
      | TC_EVCC20_BPT_PowerDelivery_003           | DC_BPT       | PowerDelivery               | FAILED_PowerDeliveryNotApplied | DC_BPT       |
      | TC_EVCC20_AC_ChargeLoop_003               | Dynamic AC   | AC_ChargeLoop               | FAILED_SequenceError           | AC&Dynamic   |
      | TC_EVCC20_DC_ChargeLoop_003               | Dynamic DC   | DC_ChargeLoop               | FAILED                         | DC&Dynamic   |

  @TC_EVCC20_CMN_Failed @req:X20-FailedIsFatal @req:X20-CloseAfterFailure @family:refusal
  Scenario Outline: <code> to <message>Req ends the session (long way)
    Given a charger that offers <mode>
    And a charger that asks for Terminate within 0 s from its 2nd <side>_ChargeLoopRes
    And a charger that answers <message>Req with <code>
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the <message>Res

    Examples:
      | id                                | mode | message             | code   | pics | side |
      | TC_EVCC20_DC_WeldingDetection_003 | DC   | DC_WeldingDetection | FAILED | DC   | DC   |
      | TC_EVCC20_AC_SessionStop_003      | AC   | SessionStop         | FAILED | AC   | AC   |

  @TC_EVCC20_CMN_WrongType @req:X20-ResponseType @family:wrong-answer
  Scenario Outline: <other>Res in answer to <message>Req ends the session
    Given a charger that offers <mode>
    And a charger that sends <other>Res instead of <message>Res
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the <message>Req

    Examples:
      | id                                        | mode         | message                     | other                       | pics         |
      | TC_EVCC20_CMN_SessionSetup_004            | any          | SessionSetup                | AuthorizationSetup          |              |
      | TC_EVCC20_CMN_Authorization_004           | any          | Authorization               | ServiceDiscovery            |              |
      | TC_EVCC20_CMN_ServiceDiscovery_004        | any          | ServiceDiscovery            | ServiceDetail               |              |
      | TC_EVCC20_CMN_ServiceDetail_004           | any          | ServiceDetail               | ServiceSelection            |              |
      | TC_EVCC20_CMN_ServiceSelection_004        | any          | ServiceSelection            | ServiceDetail               |              |
      | TC_EVCC20_AC_ChargeParameterDiscovery_004 | AC           | AC_ChargeParameterDiscovery | DC_ChargeParameterDiscovery | AC           |
      | TC_EVCC20_DC_ChargeParameterDiscovery_004 | DC           | DC_ChargeParameterDiscovery | AC_ChargeParameterDiscovery | DC           |
      | TC_EVCC20_AC_ScheduleExchange_004         | Scheduled AC | ScheduleExchange            | PowerDelivery               | AC&Scheduled |
      | TC_EVCC20_DC_ScheduleExchange_004         | Dynamic DC   | ScheduleExchange            | PowerDelivery               | DC&Dynamic   |
      | TC_EVCC20_DC_CableCheck_004               | DC           | DC_CableCheck               | DC_PreCharge                | DC           |
      | TC_EVCC20_DC_PreCharge_004                | DC           | DC_PreCharge                | DC_CableCheck               | DC           |
      | TC_EVCC20_AC_PowerDelivery_004            | AC           | PowerDelivery               | SessionStop                 | AC           |
      | TC_EVCC20_BPT_PowerDelivery_004           | DC_BPT       | PowerDelivery               | SessionStop                 | DC_BPT       |
      | TC_EVCC20_AC_ChargeLoop_004               | Dynamic AC   | AC_ChargeLoop               | PowerDelivery               | AC&Dynamic   |
      | TC_EVCC20_DC_ChargeLoop_004               | Dynamic DC   | DC_ChargeLoop               | DC_PreCharge                | DC&Dynamic   |
      | TC_EVCC20_CMN_AuthorizationSetup_004      | any          | AuthorizationSetup          | ServiceDiscovery            |              |

  @TC_EVCC20_CMN_WrongType @req:X20-ResponseType @family:wrong-answer
  Scenario Outline: <other>Res in answer to <message>Req ends the session (long way)
    Given a charger that offers <mode>
    And a charger that asks for Terminate within 0 s from its 2nd <side>_ChargeLoopRes
    And a charger that sends <other>Res instead of <message>Res
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the <message>Req

    Examples:
      | id                                | mode | message             | other         | pics | side |
      | TC_EVCC20_DC_WeldingDetection_004 | DC   | DC_WeldingDetection | SessionStop   | DC   | DC   |
      | TC_EVCC20_AC_SessionStop_004      | AC   | SessionStop         | PowerDelivery | AC   | AC   |

  @TC_EVCC20_CMN_WrongSession @req:X20-SessionId @family:foreign-answer
  Scenario Outline: <message>Res with the SessionID of another session ends the session
    Given a charger that offers <mode>
    And a charger whose <message>Res has Header.SessionID = 0123456789ABCDEF
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the <message>Res

    Examples:
      | id                                        | mode         | message                     | pics         |
      | TC_EVCC20_CMN_AuthorizationSetup_005      | any          | AuthorizationSetup          |              |
      | TC_EVCC20_CMN_ServiceDiscovery_005        | any          | ServiceDiscovery            |              |
      | TC_EVCC20_AC_ScheduleExchange_005         | Scheduled AC | ScheduleExchange            | AC&Scheduled |
      | TC_EVCC20_DC_ScheduleExchange_005         | Dynamic DC   | ScheduleExchange            | DC&Dynamic   |
      | TC_EVCC20_DC_CableCheck_005               | DC           | DC_CableCheck               | DC           |
      | TC_EVCC20_AC_PowerDelivery_005            | AC           | PowerDelivery               | AC           |
      | TC_EVCC20_BPT_PowerDelivery_005           | DC_BPT       | PowerDelivery               | DC_BPT       |
      | TC_EVCC20_AC_ChargeLoop_005               | Dynamic AC   | AC_ChargeLoop               | AC&Dynamic   |
      | TC_EVCC20_DC_ChargeLoop_005               | Dynamic DC   | DC_ChargeLoop               | DC&Dynamic   |
      | TC_EVCC20_CMN_Authorization_005           | any          | Authorization               |              |
      | TC_EVCC20_CMN_ServiceDetail_005           | any          | ServiceDetail               |              |
      | TC_EVCC20_CMN_ServiceSelection_005        | any          | ServiceSelection            |              |
      | TC_EVCC20_AC_ChargeParameterDiscovery_005 | AC           | AC_ChargeParameterDiscovery | AC           |
      | TC_EVCC20_DC_ChargeParameterDiscovery_005 | DC           | DC_ChargeParameterDiscovery | DC           |
      | TC_EVCC20_DC_PreCharge_005                | DC           | DC_PreCharge                | DC           |

  @TC_EVCC20_CMN_WrongSession @req:X20-SessionId @family:foreign-answer
  Scenario Outline: <message>Res with the SessionID of another session ends the session (long way)
    Given a charger that offers <mode>
    And a charger that asks for Terminate within 0 s from its 2nd <side>_ChargeLoopRes
    And a charger whose <message>Res has Header.SessionID = 0123456789ABCDEF
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the <message>Res

    Examples:
      | id                                | mode | message             | pics | side |
      | TC_EVCC20_AC_SessionStop_005      | AC   | SessionStop         | AC   | AC   |
      | TC_EVCC20_DC_WeldingDetection_005 | DC   | DC_WeldingDetection | DC   | DC   |

  # SessionSetupRes names the session: every SessionID is right but zero, which is that of no session.
  @req:V2G20-2106 @family:foreign-answer
  Scenario Outline: <message>Res with SessionID <session> ends the session
    Given a charger whose <message>Res has Header.SessionID = <session>
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the <message>Res

    Examples:
      | id                             | message      | session          |
      | TC_EVCC20_CMN_SessionSetup_005 | SessionSetup | 0000000000000000 |

  @TC_EVCC20_CMN_SessionSetup_009 @req:V2G20-2539
  Scenario: OK_OldSessionJoined in answer to a new session ends the session
    Given a charger whose SessionSetupRes has ResponseCode = OK_OldSessionJoined
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the SessionSetupRes

  @TC_EVCC20_CMN_Authorization_011 @req:V2G20-2219 @req:X20-Authorization
  Scenario: WARNING_EIMAuthorizationFailure: the EV may try again, and leaves without charging
    Given a charger that answers AuthorizationReq with WARNING_EIMAuthorizationFailure
    When the vehicle is plugged in
    Then the vehicle ends the session within 60 s after the AuthorizationRes once refused
    And the vehicle has not sent ServiceDiscoveryReq

  @TC_EVCC20_CMN_Session_009 @req:X20-NewSession
  Scenario: After a session that broke off, a new one begins with SessionID 0
    Given a charger that answers ServiceDiscoveryReq with FAILED
    When the vehicle is plugged in
    Then any new session of the vehicle begins with SessionID 0
