@role:evcc
Feature: How long the EV waits
  The limits are V2G_EVCC_Msg_Timeout and the ongoing timeouts of Tables 215 to 217.

  @TC_EVCC20_CMN_NoResponse @req:V2G20-436 @family:no-answer
  Scenario Outline: No <message>Res: the EV waits its full message timeout and gives up
    Given a charger that offers <mode>
    And a charger that stays silent instead of its <message>Res
    When the vehicle is plugged in
    Then the vehicle ends the session between <seconds> s and <seconds> s after the <message>Req

    Examples:
      | id                                        | mode         | message                     | seconds | pics         | requirement           |
      | TC_EVCC20_CMN_SessionSetup_001            | any          | SessionSetup                | 2       |              | V2G20-436             |
      | TC_EVCC20_CMN_AuthorizationSetup_001      | any          | AuthorizationSetup          | 2       |              | V2G20-436             |
      | TC_EVCC20_CMN_Authorization_001           | any          | Authorization               | 2       |              | V2G20-436             |
      | TC_EVCC20_CMN_ServiceDiscovery_001        | any          | ServiceDiscovery            | 2       |              | V2G20-436             |
      | TC_EVCC20_CMN_ServiceSelection_001        | any          | ServiceSelection            | 2       |              | V2G20-436             |
      | TC_EVCC20_AC_ChargeParameterDiscovery_001 | AC           | AC_ChargeParameterDiscovery | 2       | AC           | V2G20-436             |
      | TC_EVCC20_DC_ChargeParameterDiscovery_001 | DC           | DC_ChargeParameterDiscovery | 2       | DC           | V2G20-436             |
      | TC_EVCC20_AC_ScheduleExchange_001         | Scheduled AC | ScheduleExchange            | 2       | AC&Scheduled | V2G20-436             |
      | TC_EVCC20_DC_ScheduleExchange_001         | Dynamic DC   | ScheduleExchange            | 2       | DC&Dynamic   | V2G20-436             |
      | TC_EVCC20_DC_CableCheck_001               | DC           | DC_CableCheck               | 2       | DC           | V2G20-436             |
      | TC_EVCC20_DC_PreCharge_001                | DC           | DC_PreCharge                | 2       | DC           | V2G20-436             |
      | TC_EVCC20_AC_PowerDelivery_001            | AC           | PowerDelivery               | 2       | AC           | V2G20-436             |
      | TC_EVCC20_BPT_PowerDelivery_001           | DC_BPT       | PowerDelivery               | 2       | DC_BPT       | V2G20-436             |
      | TC_EVCC20_AC_ChargeLoop_001               | Dynamic AC   | AC_ChargeLoop               | 0.5     | AC&Dynamic   | V2G20-436, V2G20-1499 |
      | TC_EVCC20_DC_ChargeLoop_001               | Dynamic DC   | DC_ChargeLoop               | 0.5     | DC&Dynamic   | V2G20-436, V2G20-1501 |

  @TC_EVCC20_CMN_NoResponse @req:V2G20-436 @slow @family:no-answer
  Scenario Outline: No <message>Res: the EV waits its full message timeout and gives up (long way or long wait)
    Given a charger that offers <mode>
    And a charger that asks for Terminate within 0 s from its 2nd <side>_ChargeLoopRes
    And a charger that stays silent instead of its <message>Res
    When the vehicle is plugged in
    Then the vehicle ends the session between <seconds> s and <seconds> s after the <message>Req

    Examples:
      | id                                | mode | message             | seconds | pics | requirement | side |
      | TC_EVCC20_CMN_ServiceDetail_001   | any  | ServiceDetail       | 5       |      | V2G20-436   | AC   |
      | TC_EVCC20_DC_WeldingDetection_001 | DC   | DC_WeldingDetection | 2       | DC   | V2G20-436   | DC   |
      | TC_EVCC20_AC_SessionStop_001      | AC   | SessionStop         | 2       | AC   | V2G20-436   | AC   |

  @TC_EVCC20_CMN_LateResponse @req:V2G20-436 @family:late-answer
  Scenario Outline: <message>Res <late> s late: still within the message timeout, so the EV goes on
    Given a charger that offers <mode>
    And a charger that sends its <message>Res <late> s late
    When the vehicle is plugged in
    Then the vehicle goes on after the <message>Res

    Examples:
      | id                                        | mode         | message                     | late | pics         | requirement           |
      | TC_EVCC20_CMN_SessionSetup_002            | any          | SessionSetup                | 1.6  |              | V2G20-436             |
      | TC_EVCC20_CMN_Authorization_002           | any          | Authorization               | 1.6  |              | V2G20-436             |
      | TC_EVCC20_DC_ChargeParameterDiscovery_002 | DC           | DC_ChargeParameterDiscovery | 1.6  | DC           | V2G20-436             |
      | TC_EVCC20_AC_ScheduleExchange_002         | Scheduled AC | ScheduleExchange            | 1.6  | AC&Scheduled | V2G20-436             |
      | TC_EVCC20_DC_ScheduleExchange_002         | Dynamic DC   | ScheduleExchange            | 1.6  | DC&Dynamic   | V2G20-436             |
      | TC_EVCC20_DC_CableCheck_002               | DC           | DC_CableCheck               | 1.6  | DC           | V2G20-436             |
      | TC_EVCC20_AC_PowerDelivery_002            | AC           | PowerDelivery               | 1.6  | AC           | V2G20-436             |
      | TC_EVCC20_BPT_PowerDelivery_002           | DC_BPT       | PowerDelivery               | 1.6  | DC_BPT       | V2G20-436             |
      | TC_EVCC20_AC_ChargeLoop_002               | Dynamic AC   | AC_ChargeLoop               | 0.3  | AC&Dynamic   | V2G20-436, V2G20-1499 |
      | TC_EVCC20_DC_ChargeLoop_002               | Dynamic DC   | DC_ChargeLoop               | 0.3  | DC&Dynamic   | V2G20-436, V2G20-1501 |
      | TC_EVCC20_CMN_AuthorizationSetup_002      | any          | AuthorizationSetup          | 1.6  |              | V2G20-436             |
      | TC_EVCC20_CMN_ServiceDiscovery_002        | any          | ServiceDiscovery            | 1.6  |              | V2G20-436             |
      | TC_EVCC20_CMN_ServiceSelection_002        | any          | ServiceSelection            | 1.6  |              | V2G20-436             |
      | TC_EVCC20_AC_ChargeParameterDiscovery_002 | AC           | AC_ChargeParameterDiscovery | 1.6  | AC           | V2G20-436             |
      | TC_EVCC20_DC_PreCharge_002                | DC           | DC_PreCharge                | 1.6  | DC           | V2G20-436             |

  @TC_EVCC20_CMN_LateResponse @req:V2G20-436 @slow @family:late-answer
  Scenario Outline: <message>Res <late> s late: still within the message timeout, so the EV goes on (long way or long wait)
    Given a charger that offers <mode>
    And a charger that asks for Terminate within 0 s from its 2nd <side>_ChargeLoopRes
    And a charger that sends its <message>Res <late> s late
    When the vehicle is plugged in
    Then the vehicle goes on after the <message>Res

    Examples:
      | id                                | mode | message             | late | pics | requirement | side |
      | TC_EVCC20_CMN_ServiceDetail_002   | any  | ServiceDetail       | 4.6  |      | V2G20-436   | AC   |
      | TC_EVCC20_DC_WeldingDetection_002 | DC   | DC_WeldingDetection | 1.6  | DC   | V2G20-436   | DC   |

  # Nothing follows on SessionStopRes but the end of the connection. It goes out byte by byte, since one write alone also
  # succeeds when the EV has given up before: only a response that it takes in whole has been waited for.
  @TC_EVCC20_CMN_LateResponse @req:V2G20-436 @slow @family:late-answer
  Scenario Outline: <message>Res <late> s late: the EV waits for it, then closes the connection
    Given a charger that offers <mode>
    And a charger that asks for Terminate within 0 s from its 2nd <side>_ChargeLoopRes
    And a charger whose <message>Res is bent by
      """
      delay_s: <late>
      split: 1
      fair: true
      """
    When the vehicle is plugged in
    Then the vehicle ends the session between <late> s and <seconds> s after the <message>Req
    And the vehicle has completed the session

    Examples:
      | id                           | mode | message     | late | seconds | pics | side |
      | TC_EVCC20_AC_SessionStop_002 | AC   | SessionStop | 1.6  | 6.6     | AC   | AC   |

  @TC_EVCC20_CMN_OngoingForEver @req:X20-OngoingTimeout @slow
  Scenario Outline: A charger that never gets ready with <message>Req is given up between <low> s and <high> s
    Given a charger that offers <mode>
    And a charger that is never ready with <message>Req
    When the vehicle is plugged in
    Then the vehicle ends the session between <low> s and <high> s after the <message>Req
    And the vehicle has not sent <next>

    Examples:
      | id                                | mode       | message          | low | high | next                | pics       |
      | TC_EVCC20_CMN_Authorization_009   | any        | Authorization    | 55  | 182  | ServiceDiscoveryReq |            |
      | TC_EVCC20_DC_ScheduleExchange_009 | Dynamic DC | ScheduleExchange | 58  | 61   | DC_CableCheckReq    | DC&Dynamic |
      | TC_EVCC20_DC_CableCheck_009       | DC         | DC_CableCheck    | 38  | 41   | DC_PreChargeReq     | DC         |
      | TC_EVCC20_DC_PreCharge_009        | DC         | DC_PreCharge     | 8   | 11   | DC_ChargeLoopReq    | DC         |

  @TC_EVCC20_CMN_Ongoing @req:X20-Ongoing
  Scenario Outline: A charger that is busy <times> times with <message>Req is asked again, then the session goes on
    Given a charger that offers <mode>
    And a charger that is busy <times> times with <message>Req
    When the vehicle is plugged in
    Then the vehicle goes on after the <nth> <message>Res
    And the vehicle sends <next>

    Examples:
      | id                                | mode         | message          | times | nth | next                | pics         |
      | TC_EVCC20_CMN_Authorization_010   | any          | Authorization    | 3     | 4th | ServiceDiscoveryReq |              |
      | TC_EVCC20_AC_ScheduleExchange_010 | Scheduled AC | ScheduleExchange | 3     | 4th | PowerDeliveryReq    | AC&Scheduled |
      | TC_EVCC20_DC_PreCharge_010        | DC           | DC_PreCharge     | 5     | 6th | PowerDeliveryReq    | DC           |
