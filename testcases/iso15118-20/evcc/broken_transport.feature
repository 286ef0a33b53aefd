@role:evcc
Feature: Answers that do not arrive, or not in one piece

  @TC_EVCC20_CMN_Undecodable @req:X20-Malformed @family:undecodable-answer
  Scenario Outline: A <message>Res that cannot be decoded is not taken for an answer
    Given a charger that offers <mode>
    And a charger whose <message>Res is bent by
      """
      payload: 80FFFFFFFFFFFFFF
      """
    When the vehicle is plugged in
    Then the vehicle ends the session within <seconds> s after the <message>Res

    Examples:
      | id                                        | mode         | message                     | seconds | pics         |
      | TC_EVCC20_CMN_SessionSetup_006            | any          | SessionSetup                | 2.2     |              |
      | TC_EVCC20_CMN_Authorization_006           | any          | Authorization               | 2.2     |              |
      | TC_EVCC20_CMN_ServiceDetail_006           | any          | ServiceDetail               | 5.2     |              |
      | TC_EVCC20_AC_ChargeParameterDiscovery_006 | AC           | AC_ChargeParameterDiscovery | 2.2     | AC           |
      | TC_EVCC20_DC_PreCharge_006                | DC           | DC_PreCharge                | 2.2     | DC           |
      | TC_EVCC20_AC_PowerDelivery_006            | AC           | PowerDelivery               | 2.2     | AC           |
      | TC_EVCC20_BPT_PowerDelivery_006           | DC_BPT       | PowerDelivery               | 2.2     | DC_BPT       |
      | TC_EVCC20_AC_ChargeLoop_006               | Dynamic AC   | AC_ChargeLoop               | 2.2     | AC&Dynamic   |
      | TC_EVCC20_DC_ChargeLoop_006               | Dynamic DC   | DC_ChargeLoop               | 2.2     | DC&Dynamic   |
      | TC_EVCC20_CMN_AuthorizationSetup_006      | any          | AuthorizationSetup          | 2.2     |              |
      | TC_EVCC20_CMN_ServiceDiscovery_006        | any          | ServiceDiscovery            | 2.2     |              |
      | TC_EVCC20_CMN_ServiceSelection_006        | any          | ServiceSelection            | 2.2     |              |
      | TC_EVCC20_DC_ChargeParameterDiscovery_006 | DC           | DC_ChargeParameterDiscovery | 2.2     | DC           |
      | TC_EVCC20_AC_ScheduleExchange_006         | Scheduled AC | ScheduleExchange            | 2.2     | AC&Scheduled |
      | TC_EVCC20_DC_CableCheck_006               | DC           | DC_CableCheck               | 2.2     | DC           |

  @TC_EVCC20_CMN_Undecodable @req:X20-Malformed @family:undecodable-answer
  Scenario Outline: A <message>Res that cannot be decoded is not taken for an answer (long way)
    Given a charger that offers <mode>
    And a charger that asks for Terminate within 0 s from its 2nd <side>_ChargeLoopRes
    And a charger whose <message>Res is bent by
      """
      payload: 80FFFFFFFFFFFFFF
      """
    When the vehicle is plugged in
    Then the vehicle ends the session within <seconds> s after the <message>Res

    Examples:
      | id                                | mode | message             | seconds | pics | side |
      | TC_EVCC20_AC_SessionStop_006      | AC   | SessionStop         | 2.2     | AC   | AC   |
      | TC_EVCC20_DC_WeldingDetection_006 | DC   | DC_WeldingDetection | 2.2     | DC   | DC   |

  @TC_EVCC20_CMN_Closed @req:X20-ConnectionLost
  Scenario Outline: The charger closes the connection instead of <message>Res, and the EV closes it too
    Given a charger that offers <mode>
    And a charger that closes the connection instead of its <message>Res
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the <message>Req

    Examples:
      | id                                   | mode         | message            | pics         |
      | TC_EVCC20_CMN_AuthorizationSetup_007 | any          | AuthorizationSetup |              |
      | TC_EVCC20_CMN_ServiceSelection_007   | any          | ServiceSelection   |              |
      | TC_EVCC20_AC_ScheduleExchange_007    | Scheduled AC | ScheduleExchange   | AC&Scheduled |
      | TC_EVCC20_DC_ScheduleExchange_007    | Dynamic DC   | ScheduleExchange   | DC&Dynamic   |
      | TC_EVCC20_DC_CableCheck_007          | DC           | DC_CableCheck      | DC           |
      | TC_EVCC20_AC_ChargeLoop_007          | Dynamic AC   | AC_ChargeLoop      | AC&Dynamic   |

  @TC_EVCC20_CMN_Closed @req:X20-ConnectionLost
  Scenario Outline: The charger closes the connection instead of <message>Res, and the EV closes it too (long way)
    Given a charger that offers <mode>
    And a charger that asks for Terminate within 0 s from its 2nd <side>_ChargeLoopRes
    And a charger that closes the connection instead of its <message>Res
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the <message>Req

    Examples:
      | id                           | mode | message     | pics | side |
      | TC_EVCC20_AC_SessionStop_007 | AC   | SessionStop | AC   | AC   |

  @TC_EVCC20_CMN_Reset @req:X20-NewSession
  Scenario Outline: The charger resets the connection instead of <message>Res; a new session begins with SessionID 0
    Given a charger that offers <mode>
    And a charger that resets the connection instead of its <message>Res
    When the vehicle is plugged in
    Then any new session of the vehicle begins with SessionID 0

    Examples:
      | id                                        | mode | message                     | pics |
      | TC_EVCC20_CMN_AuthorizationSetup_008      | any  | AuthorizationSetup          |      |
      | TC_EVCC20_CMN_ServiceDetail_008           | any  | ServiceDetail               |      |
      | TC_EVCC20_AC_ChargeParameterDiscovery_008 | AC   | AC_ChargeParameterDiscovery | AC   |

  @TC_EVCC20_CMN_V2gtpHeader @req:X20-V2gtpHeader @req:V2G2-800
  Scenario Outline: A response with a wrong <fault> in its V2GTP header is no answer
    Given a charger whose <message>Res is bent by
      """
      frame: {<change>}
      """
    When the vehicle is plugged in
    Then the vehicle ends the session within 2 s after the <message>Req

    Examples:
      | id                      | message            | fault                             | change                   |
      | TC_EVCC20_CMN_V2GTP_001 | AuthorizationSetup | version                           | version: 2, inverse: 253 |
      | TC_EVCC20_CMN_V2GTP_002 | AuthorizationSetup | inverse version                   | inverse: 255             |
      | TC_EVCC20_CMN_V2GTP_003 | ServiceDiscovery   | payload type (reserved)           | payload_type: 36608      |
      | TC_EVCC20_CMN_V2GTP_004 | ServiceSelection   | length (longer than what follows) | length_change: 4         |
      | TC_EVCC20_CMN_V2GTP_005 | SessionSetup       | payload type (SDP)                | payload_type: 36865      |

  @TC_EVCC20_CMN_V2GTP_006 @req:V2G2-800
  Scenario: A frame of a reserved payload type in front of a response is ignored
    Given a charger that sends the bytes 01FE8F0000000004DEADBEEF before its AuthorizationSetupRes
    When the vehicle is plugged in
    Then the vehicle goes on after the AuthorizationSetupRes
    And the vehicle sends AuthorizationReq

  @TC_EVCC20_CMN_V2GTP_007 @req:X20-V2gtpHeader
  Scenario: A response in many small pieces is one response
    Given a charger whose AuthorizationSetupRes is bent by
      """
      split: 3
      fair: true
      """
    When the vehicle is plugged in
    Then the vehicle goes on after the AuthorizationSetupRes
