@role:secc
Feature: A request in the wrong state is refused, and the session ends
  FAILED is fatal for the session (ISO 15118-20, 8.6): the connection is closed within 5 s.

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: <wrong> in the place of <state>
    Given a <mode> session has reached <state>
    When the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                         | mode | state                          | wrong                          | response                       | pics |
      | TC_SECC20_CMN_AuthorizationSetup_002       | DC   | SessionSetupReq                | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_CMN_ServiceDiscovery_002         | DC   | SessionSetupReq                | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_CMN_SessionSetup_002             | DC   | AuthorizationSetupReq          | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_CMN_Authorization_002            | DC   | AuthorizationSetupReq          | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_CMN_ServiceSelection_001         | DC   | AuthorizationSetupReq          | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_CMN_SessionSetup_003             | DC   | AuthorizationReq               | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_CMN_AuthorizationSetup_003       | DC   | AuthorizationReq               | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_CMN_ServiceDiscovery_003         | DC   | AuthorizationReq               | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_CMN_Authorization_003            | DC   | ServiceDiscoveryReq            | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_CMN_ServiceDetail_004            | DC   | ServiceDiscoveryReq            | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_CMN_ServiceSelection_002         | DC   | ServiceDiscoveryReq            | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_CMN_ServiceDiscovery_004         | DC   | ServiceDetailReq               | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_CMN_ServiceSelection_003         | DC   | ServiceDetailReq               | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_CMN_SessionSetup_004             | DC   | ServiceSelectionReq            | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_CMN_ServiceDiscovery_005         | DC   | ServiceSelectionReq            | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceSelection_002          | DC   | DC_ChargeParameterDiscoveryReq | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_ScheduleExchange_003          | DC   | DC_ChargeParameterDiscoveryReq | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_003  | DC   | ScheduleExchangeReq            | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_003                | DC   | ScheduleExchangeReq            | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_ScheduleExchange_004          | DC   | DC_CableCheckReq               | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_PreCharge_004                 | DC   | DC_CableCheckReq               | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_CableCheck_004                | DC   | DC_PreChargeReq                | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PowerDelivery_005             | DC   | DC_PreChargeReq                | PowerDeliveryReq               | PowerDeliveryRes               | DC   |
      | TC_SECC20_DC_CableCheck_005                | DC   | PowerDeliveryReq               | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_ChargeLoop_005                | DC   | PowerDeliveryReq               | DC_ChargeLoopReq               | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_SessionSetup_001              | DC   | DC_ChargeLoopReq               | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_ScheduleExchange_005          | DC   | DC_ChargeLoopReq               | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_PreCharge_005                 | DC   | DC_ChargeLoopReq               | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_AC_ServiceSelection_002          | AC   | AC_ChargeParameterDiscoveryReq | ServiceSelectionReq            | ServiceSelectionRes            | AC   |
      | TC_SECC20_AC_ScheduleExchange_003          | AC   | AC_ChargeParameterDiscoveryReq | ScheduleExchangeReq            | ScheduleExchangeRes            | AC   |
      | TC_SECC20_AC_ChargeParameterDiscovery_003  | AC   | ScheduleExchangeReq            | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | AC   |
      | TC_SECC20_AC_PowerDelivery_003             | AC   | ScheduleExchangeReq            | PowerDeliveryReq               | PowerDeliveryRes               | AC   |
      | TC_SECC20_AC_ScheduleExchange_004          | AC   | PowerDeliveryReq               | ScheduleExchangeReq            | ScheduleExchangeRes            | AC   |
      | TC_SECC20_AC_ChargeLoop_006                | AC   | PowerDeliveryReq               | AC_ChargeLoopReq               | AC_ChargeLoopRes               | AC   |
      | TC_SECC20_AC_ChargeParameterDiscovery_004  | AC   | AC_ChargeLoopReq               | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | AC   |
      | TC_SECC20_AC_ScheduleExchange_005          | AC   | AC_ChargeLoopReq               | ScheduleExchangeReq            | ScheduleExchangeRes            | AC   |
      | TC_SECC20_AC_SessionSetup_002              | AC   | AC_ChargeLoopReq               | SessionSetupReq                | SessionSetupRes                | AC   |

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: <wrong> in the place of <state>, after charging
    Given a <mode> session has reached <loop> for the 3rd time
    When the driver ends the session
    And the session goes on to <state>
    And the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                  | mode | loop             | state                  | wrong                 | response              | pics |
      | TC_SECC20_DC_ChargeLoop_006         | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | DC_ChargeLoopReq      | DC_ChargeLoopRes      | DC   |
      | TC_SECC20_DC_PowerDelivery_006      | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | PowerDeliveryReq      | PowerDeliveryRes      | DC   |
      | TC_SECC20_DC_ChargeLoop_007         | DC   | DC_ChargeLoopReq | SessionStopReq         | DC_ChargeLoopReq      | DC_ChargeLoopRes      | DC   |
      | TC_SECC20_DC_PowerDelivery_007      | DC   | DC_ChargeLoopReq | SessionStopReq         | PowerDeliveryReq      | PowerDeliveryRes      | DC   |
      | TC_SECC20_AC_ChargeLoop_007         | AC   | AC_ChargeLoopReq | SessionStopReq         | AC_ChargeLoopReq      | AC_ChargeLoopRes      | AC   |
      | TC_SECC20_AC_PowerDelivery_004      | AC   | AC_ChargeLoopReq | SessionStopReq         | PowerDeliveryReq      | PowerDeliveryRes      | AC   |

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: <wrong> in the place of DC_PreChargeReq, while the EV still pre-charges (<state>)
    Given a <mode> session has reached DC_PreChargeReq for the 2nd time
    When the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                | mode | state               | wrong               | response            | pics |
      | TC_SECC20_DC_CableCheck_006       | DC   | DC_PreChargeOngoing | DC_CableCheckReq    | DC_CableCheckRes    | DC   |
      | TC_SECC20_DC_ChargeLoop_008       | DC   | DC_PreChargeOngoing | DC_ChargeLoopReq    | DC_ChargeLoopRes    | DC   |
      | TC_SECC20_DC_ScheduleExchange_006 | DC   | DC_PreChargeOngoing | ScheduleExchangeReq | ScheduleExchangeRes | DC   |

  @req:X20-SequenceError
  Scenario Outline: <request> after <first> is out of sequence in the second round too
    Given an any session has reached <first>
    When the EV sends <first>
    And the EV sends <first> once more
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s

    Examples:
      | id                                   | first                 | response              |
      | TC_SECC20_CMN_SessionSetup_005       | SessionSetupReq       | SessionSetupRes       |
      | TC_SECC20_CMN_AuthorizationSetup_004 | AuthorizationSetupReq | AuthorizationSetupRes |
      | TC_SECC20_CMN_ServiceDiscovery_006   | ServiceDiscoveryReq   | ServiceDiscoveryRes   |
      | TC_SECC20_CMN_ServiceSelection_004   | ServiceSelectionReq   | ServiceSelectionRes   |

  @req:X20-SequenceError @req:X20-SessionStop
  Scenario Outline: <request> after SessionStopRes is not served
    Given an any session has reached ServiceDiscoveryReq
    When the EV sends SessionStopReq
    Then the charger answers SessionStopRes with OK within 1.5 s
    When the EV sends <request> although the session is over
    Then the charger answers nothing but a failure for 3 s

    Examples:
      | id                                 | request             |
      | TC_SECC20_CMN_SessionSetup_006     | SessionSetupReq     |
      | TC_SECC20_CMN_ServiceDiscovery_007 | ServiceDiscoveryReq |
      | TC_SECC20_CMN_SessionStop_002      | SessionStopReq      |

  @req:X20-SequenceError
  Scenario Outline: a supportedAppProtocolReq in the middle of a session (<state>) is not taken for a new beginning
    Given a any session has reached <state>
    When the EV sends supportedAppProtocolReq
    Then the charger answers nothing but a failure for 3 s

    Examples:
      | id                                     | state               |
      | TC_SECC20_CMN_SupportedAppProtocol_001 | AuthorizationReq    |
      | TC_SECC20_CMN_SupportedAppProtocol_002 | ServiceSelectionReq |

  @req:X20-SequenceError
  Scenario Outline: <request> before supportedAppProtocolReq is not served
    Given an any session has reached supportedAppProtocolReq
    When the EV sends <request>
    Then the charger answers nothing but a failure for 3 s

    Examples:
      | id                                   | request               |
      | TC_SECC20_CMN_SessionSetup_007       | SessionSetupReq       |
      | TC_SECC20_CMN_AuthorizationSetup_005 | AuthorizationSetupReq |
