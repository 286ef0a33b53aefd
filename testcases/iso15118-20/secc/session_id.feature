@role:secc
Feature: A request with a SessionID that is not the session's is refused

  @req:V2G20-460 @req:X20-CloseAfterFailure @family:foreign-session
  Scenario Outline: <request> with SessionID <session>
    Given a <mode> session has reached <request>
    When the EV sends <request> with Header.SessionID = <session>
    Then the charger answers <response> with FAILED_UnknownSession within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                        | mode | request                        | session          | response                       | pics |
      | TC_SECC20_CMN_AuthorizationSetup_006      | any  | AuthorizationSetupReq          | DEADBEEF01234567 | AuthorizationSetupRes          |      |
      | TC_SECC20_CMN_AuthorizationSetup_007      | any  | AuthorizationSetupReq          | 0000000000000000 | AuthorizationSetupRes          |      |
      | TC_SECC20_CMN_Authorization_004           | any  | AuthorizationReq               | DEADBEEF01234567 | AuthorizationRes               |      |
      | TC_SECC20_CMN_Authorization_005           | any  | AuthorizationReq               | 0000000000000000 | AuthorizationRes               |      |
      | TC_SECC20_CMN_ServiceDiscovery_008        | any  | ServiceDiscoveryReq            | DEADBEEF01234567 | ServiceDiscoveryRes            |      |
      | TC_SECC20_CMN_ServiceDiscovery_009        | any  | ServiceDiscoveryReq            | 0000000000000000 | ServiceDiscoveryRes            |      |
      | TC_SECC20_CMN_ServiceDetail_005           | any  | ServiceDetailReq               | DEADBEEF01234567 | ServiceDetailRes               |      |
      | TC_SECC20_CMN_ServiceDetail_006           | any  | ServiceDetailReq               | 0000000000000000 | ServiceDetailRes               |      |
      | TC_SECC20_CMN_ServiceSelection_005        | any  | ServiceSelectionReq            | DEADBEEF01234567 | ServiceSelectionRes            |      |
      | TC_SECC20_CMN_ServiceSelection_006        | any  | ServiceSelectionReq            | 0000000000000000 | ServiceSelectionRes            |      |
      | TC_SECC20_DC_ChargeParameterDiscovery_004 | DC   | DC_ChargeParameterDiscoveryReq | DEADBEEF01234567 | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_ScheduleExchange_007         | DC   | ScheduleExchangeReq            | DEADBEEF01234567 | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_CableCheck_007               | DC   | DC_CableCheckReq               | DEADBEEF01234567 | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PreCharge_007                | DC   | DC_PreChargeReq                | DEADBEEF01234567 | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_PowerDelivery_008            | DC   | PowerDeliveryReq               | DEADBEEF01234567 | PowerDeliveryRes               | DC   |
      | TC_SECC20_DC_ChargeLoop_009               | DC   | DC_ChargeLoopReq               | DEADBEEF01234567 | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_ChargeLoop_010               | DC   | DC_ChargeLoopReq               | 0000000000000000 | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_AC_ChargeParameterDiscovery_005 | AC   | AC_ChargeParameterDiscoveryReq | DEADBEEF01234567 | AC_ChargeParameterDiscoveryRes | AC   |
      | TC_SECC20_AC_ScheduleExchange_006         | AC   | ScheduleExchangeReq            | DEADBEEF01234567 | ScheduleExchangeRes            | AC   |
      | TC_SECC20_AC_PowerDelivery_005            | AC   | PowerDeliveryReq               | DEADBEEF01234567 | PowerDeliveryRes               | AC   |
      | TC_SECC20_AC_ChargeLoop_008               | AC   | AC_ChargeLoopReq               | DEADBEEF01234567 | AC_ChargeLoopRes               | AC   |
      | TC_SECC20_AC_ChargeLoop_009               | AC   | AC_ChargeLoopReq               | 0000000000000000 | AC_ChargeLoopRes               | AC   |

  @req:V2G20-460 @req:X20-CloseAfterFailure @family:foreign-session
  Scenario Outline: <request> with SessionID <session>, after charging
    Given a DC session has reached DC_ChargeLoopReq for the 3rd time
    When the driver ends the session
    And the session goes on to <request>
    And the EV sends <request> with Header.SessionID = <session>
    Then the charger answers <response> with FAILED_UnknownSession within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                | request                | session          | response               | pics |
      | TC_SECC20_DC_WeldingDetection_004 | DC_WeldingDetectionReq | DEADBEEF01234567 | DC_WeldingDetectionRes | DC   |
      | TC_SECC20_DC_SessionStop_003      | SessionStopReq         | DEADBEEF01234567 | SessionStopRes         | DC   |

  # Here alone a foreign SessionID is no mistake: a car may come back with one that this charger never gave.
  @req:V2G20-2626 @family:foreign-session
  Scenario Outline: <request> with SessionID <session>, which the charger does not know, begins a new session
    Given an any session has reached <request>
    When the EV asks with <request> for Header.SessionID = <session>
    Then the charger answers <response> with OK_NewSessionEstablished within 1.5 s

    Examples:
      | id                             | request         | session          | response        |
      | TC_SECC20_CMN_SessionSetup_901 | SessionSetupReq | DEADBEEF01234567 | SessionSetupRes |
