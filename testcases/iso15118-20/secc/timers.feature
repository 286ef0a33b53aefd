@role:secc
Feature: The charger waits as long as it must, and no longer
  V2G_SECC_Sequence_Timeout is 60 s, and 0.5 s after a charge loop response (Tables 215 to 217).

  @slow @req:V2G20-443 @req:V2G20-441 @family:silence
  Scenario Outline: the EV is silent in the place of <request>
    Given a <mode> session has reached <request>
    When the EV stays silent
    Then the charger closes the connection between 60 s and 62 s

    Examples:
      | id                                        | mode | request                        | pics |
      | TC_SECC20_CMN_SessionSetup_008            | any  | SessionSetupReq                |      |
      | TC_SECC20_CMN_AuthorizationSetup_008      | any  | AuthorizationSetupReq          |      |
      | TC_SECC20_CMN_Authorization_006           | any  | AuthorizationReq               |      |
      | TC_SECC20_CMN_ServiceDiscovery_010        | any  | ServiceDiscoveryReq            |      |
      | TC_SECC20_CMN_ServiceDetail_007           | any  | ServiceDetailReq               |      |
      | TC_SECC20_CMN_ServiceSelection_007        | any  | ServiceSelectionReq            |      |
      | TC_SECC20_DC_ChargeParameterDiscovery_006 | DC   | DC_ChargeParameterDiscoveryReq | DC   |
      | TC_SECC20_DC_ScheduleExchange_009         | DC   | ScheduleExchangeReq            | DC   |
      | TC_SECC20_DC_CableCheck_009               | DC   | DC_CableCheckReq               | DC   |
      | TC_SECC20_DC_PreCharge_009                | DC   | DC_PreChargeReq                | DC   |
      | TC_SECC20_DC_PowerDelivery_010            | DC   | PowerDeliveryReq               | DC   |
      | TC_SECC20_AC_ScheduleExchange_008         | AC   | ScheduleExchangeReq            | AC   |
      | TC_SECC20_AC_PowerDelivery_007            | AC   | PowerDeliveryReq               | AC   |
      | TC_SECC20_AC_ChargeParameterDiscovery_014 | AC   | AC_ChargeParameterDiscoveryReq | AC   |

  @TC_SECC20_CMN_SupportedAppProtocol_901 @slow @req:V2G20-443
  Scenario: the EV is silent after the TLS handshake
    Given an any session has reached supportedAppProtocolReq
    When the EV stays silent
    Then the charger closes the connection within 62 s

  @slow @req:V2G20-443 @req:V2G20-441 @family:silence
  Scenario Outline: the EV is silent after charging, in the place of <request>
    Given a <mode> session has reached <loop> for the 3rd time
    When the driver ends the session
    And the session goes on to <request>
    And the EV stays silent
    Then the charger closes the connection between 60 s and 62 s

    Examples:
      | id                                | mode | loop             | request                | pics |
      | TC_SECC20_DC_WeldingDetection_006 | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | DC   |
      | TC_SECC20_DC_SessionStop_005      | DC   | DC_ChargeLoopReq | SessionStopReq         | DC   |
      | TC_SECC20_AC_SessionStop_003      | AC   | AC_ChargeLoopReq | SessionStopReq         | AC   |

  # The first loop response starts the short timeout; before it the common one runs.
  @req:V2G20-441 @family:silence
  Scenario Outline: the EV is silent in the charge loop (<mode>)
    Given a <mode> session has reached <loop> for the <nth> time
    When the EV stays silent
    Then the charger closes the connection between 0.5 s and 0.6 s

    Examples:
      | id                           | mode   | loop             | nth  | requirement | pics   |
      | TC_SECC20_DC_ChargeLoop_011  | DC     | DC_ChargeLoopReq | 2nd  | V2G20-1502  | DC     |
      | TC_SECC20_DC_ChargeLoop_012  | DC     | DC_ChargeLoopReq | 12th | V2G20-1502  | DC     |
      | TC_SECC20_BPT_ChargeLoop_007 | DC_BPT | DC_ChargeLoopReq | 2nd  | V2G20-1502  | DC_BPT |
      | TC_SECC20_BPT_ChargeLoop_008 | DC_BPT | DC_ChargeLoopReq | 12th | V2G20-1502  | DC_BPT |
      | TC_SECC20_AC_ChargeLoop_010  | AC     | AC_ChargeLoopReq | 2nd  | V2G20-1500  | AC     |
      | TC_SECC20_AC_ChargeLoop_011  | AC     | AC_ChargeLoopReq | 12th | V2G20-1500  | AC     |
      | TC_SECC20_BPT_ChargeLoop_009 | AC_BPT | AC_ChargeLoopReq | 2nd  | V2G20-1500  | AC_BPT |
      | TC_SECC20_BPT_ChargeLoop_010 | AC_BPT | AC_ChargeLoopReq | 12th | V2G20-1500  | AC_BPT |

  @slow @req:V2G20-443
  Scenario Outline: the EV is silent between PowerDelivery and the charge loop (<mode>)
    Given a <mode> session has reached <loop>
    When the EV stays silent
    Then the charger closes the connection between 60 s and 62 s

    Examples:
      | id                          | mode | loop             | pics |
      | TC_SECC20_DC_ChargeLoop_013 | DC   | DC_ChargeLoopReq | DC   |
      | TC_SECC20_AC_ChargeLoop_012 | AC   | AC_ChargeLoopReq | AC   |

  @slow @req:V2G20-443 @family:late
  Scenario Outline: <request> comes 55 s late and is served
    Given a <mode> session has reached <request>
    When the EV stays silent
    Then the charger keeps the connection open for 55 s
    When the EV sends <request>
    Then the charger answers <response> with OK* within 5 s

    Examples:
      | id                                        | mode | request                        | response                       | pics |
      | TC_SECC20_CMN_supportedAppProtocol_001    | any  | supportedAppProtocolReq        | supportedAppProtocolRes        |      |
      | TC_SECC20_CMN_SessionSetup_009            | any  | SessionSetupReq                | SessionSetupRes                |      |
      | TC_SECC20_CMN_Authorization_007           | any  | AuthorizationReq               | AuthorizationRes               |      |
      | TC_SECC20_CMN_ServiceSelection_008        | any  | ServiceSelectionReq            | ServiceSelectionRes            |      |
      | TC_SECC20_DC_ScheduleExchange_010         | DC   | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_PreCharge_010                | DC   | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_PowerDelivery_011            | DC   | PowerDeliveryReq               | PowerDeliveryRes               | DC   |
      | TC_SECC20_AC_ScheduleExchange_009         | AC   | ScheduleExchangeReq            | ScheduleExchangeRes            | AC   |
      | TC_SECC20_AC_PowerDelivery_008            | AC   | PowerDeliveryReq               | PowerDeliveryRes               | AC   |
      | TC_SECC20_CMN_AuthorizationSetup_011      | any  | AuthorizationSetupReq          | AuthorizationSetupRes          |      |
      | TC_SECC20_CMN_ServiceDiscovery_021        | any  | ServiceDiscoveryReq            | ServiceDiscoveryRes            |      |
      | TC_SECC20_CMN_ServiceDetail_011           | any  | ServiceDetailReq               | ServiceDetailRes               |      |
      | TC_SECC20_AC_ChargeParameterDiscovery_015 | AC   | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | AC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_011 | DC   | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_022               | DC   | DC_CableCheckReq               | DC_CableCheckRes               | DC   |

  @slow @req:V2G20-443 @family:late
  Scenario Outline: <request> comes 55 s late after charging (<mode>) and is served
    Given a <mode> session has reached <loop> for the 3rd time
    When the driver ends the session
    And the session goes on to <request>
    And the EV stays silent
    Then the charger keeps the connection open for 55 s
    When the EV sends <request>
    Then the charger answers <response> with OK within 5 s

    Examples:
      | id                                | mode | loop             | request                | response               | pics |
      | TC_SECC20_DC_WeldingDetection_022 | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | DC_WeldingDetectionRes | DC   |
      | TC_SECC20_DC_SessionStop_015      | DC   | DC_ChargeLoopReq | SessionStopReq         | SessionStopRes         | DC   |
      | TC_SECC20_AC_SessionStop_010      | AC   | AC_ChargeLoopReq | SessionStopReq         | SessionStopRes         | AC   |

  @req:V2G20-441 @family:late
  Scenario Outline: <loop> comes 0.4 s late and is served
    Given a <mode> session has reached <loop> for the 3rd time
    When the EV stays silent
    Then the charger keeps the connection open for 0.4 s
    When the EV sends <loop>
    Then the charger answers <response> with OK within 0.25 s

    Examples:
      | id                          | mode | loop             | response         | requirement | pics |
      | TC_SECC20_DC_ChargeLoop_014 | DC   | DC_ChargeLoopReq | DC_ChargeLoopRes | V2G20-1502  | DC   |
      | TC_SECC20_AC_ChargeLoop_013 | AC   | AC_ChargeLoopReq | AC_ChargeLoopRes | V2G20-1500  | AC   |
