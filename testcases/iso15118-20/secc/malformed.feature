@role:secc
Feature: What cannot be read is not taken for a request, and what arrives in pieces is

  # A payload that nobody can read is never answered as if it had been understood; and the next car is served.
  @req:X20-Malformed @family:undecodable
  Scenario Outline: <request> with a payload that is <what>
    Given a <mode> session has reached <request>
    When the EV sends <request> bent by
      """
      <bend>
      """
    Then the charger answers nothing but a failure for 2 s
    When a new session is tried
    Then the charger serves the new session

    Examples:
      | id                                        | what              | mode | request                        | bend                                          | pics |
      | TC_SECC20_CMN_SessionSetup_010            | truncated         | any  | SessionSetupReq                | {truncate: 3}                                 |      |
      | TC_SECC20_CMN_ServiceDiscovery_012        | truncated         | any  | ServiceDiscoveryReq            | {truncate: 3}                                 |      |
      | TC_SECC20_DC_ChargeLoop_015               | truncated         | DC   | DC_ChargeLoopReq               | {truncate: 3}                                 | DC   |
      | TC_SECC20_CMN_SessionSetup_011            | garbage           | any  | SessionSetupReq                | {payload: "deadbeefcafebabe0123456789abcdef"} |      |
      | TC_SECC20_DC_ChargeLoop_016               | garbage           | DC   | DC_ChargeLoopReq               | {payload: "deadbeefcafebabe0123456789abcdef"} | DC   |
      | TC_SECC20_CMN_SessionSetup_012            | empty             | any  | SessionSetupReq                | {payload: ""}                                 |      |
      | TC_SECC20_CMN_SessionSetup_013            | other EXI header  | any  | SessionSetupReq                | {payload: "a0deadbeef"}                       |      |
      | TC_SECC20_CMN_SessionSetup_014            | unknown root code | any  | SessionSetupReq                | {payload: "80fc0000000000000000000000"}       |      |
      | TC_SECC20_CMN_SupportedAppProtocol_003    | garbage           | any  | supportedAppProtocolReq        | {payload: "deadbeefcafebabe0123456789abcdef"} |      |
      | TC_SECC20_CMN_SupportedAppProtocol_004    | truncated         | any  | supportedAppProtocolReq        | {truncate: 5}                                 |      |
      | TC_SECC20_CMN_AuthorizationSetup_012      | truncated         | any  | AuthorizationSetupReq          | {truncate: 3}                                 |      |
      | TC_SECC20_CMN_Authorization_008           | truncated         | any  | AuthorizationReq               | {truncate: 3}                                 |      |
      | TC_SECC20_CMN_ServiceDetail_012           | truncated         | any  | ServiceDetailReq               | {truncate: 3}                                 |      |
      | TC_SECC20_CMN_ServiceSelection_012        | truncated         | any  | ServiceSelectionReq            | {truncate: 3}                                 |      |
      | TC_SECC20_DC_ChargeParameterDiscovery_012 | truncated         | DC   | DC_ChargeParameterDiscoveryReq | {truncate: 3}                                 | DC   |
      | TC_SECC20_DC_ScheduleExchange_014         | truncated         | DC   | ScheduleExchangeReq            | {truncate: 3}                                 | DC   |
      | TC_SECC20_DC_CableCheck_023               | truncated         | DC   | DC_CableCheckReq               | {truncate: 3}                                 | DC   |
      | TC_SECC20_DC_PreCharge_023                | truncated         | DC   | DC_PreChargeReq                | {truncate: 3}                                 | DC   |
      | TC_SECC20_DC_PowerDelivery_015            | truncated         | DC   | PowerDeliveryReq               | {truncate: 3}                                 | DC   |
      | TC_SECC20_AC_ChargeParameterDiscovery_016 | truncated         | AC   | AC_ChargeParameterDiscoveryReq | {truncate: 3}                                 | AC   |
      | TC_SECC20_AC_ChargeLoop_019               | truncated         | AC   | AC_ChargeLoopReq               | {truncate: 3}                                 | AC   |
      | TC_SECC20_AC_ChargeLoop_020               | garbage           | AC   | AC_ChargeLoopReq               | {payload: "deadbeefcafebabe0123456789abcdef"} | AC   |

  @req:X20-Malformed @family:undecodable
  Scenario Outline: <request> after charging (<mode>) with a payload that is <what>
    Given a <mode> session has reached <loop> for the 3rd time
    When the driver ends the session
    And the session goes on to <request>
    And the EV sends <request> bent by
      """
      <bend>
      """
    Then the charger answers nothing but a failure for 2 s
    When a new session is tried
    Then the charger serves the new session

    Examples:
      | id                                | what      | mode | loop             | request                | bend          | pics |
      | TC_SECC20_DC_WeldingDetection_023 | truncated | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | {truncate: 3} | DC   |
      | TC_SECC20_DC_SessionStop_016      | truncated | DC   | DC_ChargeLoopReq | SessionStopReq         | {truncate: 3} | DC   |
      | TC_SECC20_AC_SessionStop_011      | truncated | AC   | AC_ChargeLoopReq | SessionStopReq         | {truncate: 3} | AC   |

  @req:V2G2-800
  Scenario Outline: <request> with <what> in its V2GTP header is ignored
    Given a <mode> session has reached <request>
    When the EV sends <request> bent by
      """
      <bend>
      """
    Then the charger does not answer for 1 s
    And the charger keeps the connection open for 1 s
    When the EV sends <request>
    Then the charger answers <response> with OK* within 1.5 s

    Examples:
      | id                                     | what                     | mode | request                 | response                | bend                            | pics |
      | TC_SECC20_CMN_SessionSetup_015         | wrong version            | any  | SessionSetupReq         | SessionSetupRes         | {frame: {version: 2}}           |      |
      | TC_SECC20_CMN_SessionSetup_016         | wrong inverse version    | any  | SessionSetupReq         | SessionSetupRes         | {frame: {inverse: 255}}         |      |
      | TC_SECC20_CMN_SessionSetup_017         | reserved type 0x8007     | any  | SessionSetupReq         | SessionSetupRes         | {frame: {payload_type: 0x8007}} |      |
      | TC_SECC20_DC_ScheduleExchange_013      | reserved type 0x8007     | DC   | ScheduleExchangeReq     | ScheduleExchangeRes     | {frame: {payload_type: 0x8007}} | DC   |
      | TC_SECC20_CMN_SessionSetup_018         | reserved type 0x0000     | any  | SessionSetupReq         | SessionSetupRes         | {frame: {payload_type: 0x0000}} |      |
      | TC_SECC20_CMN_SessionSetup_019         | manufacturer type 0xA123 | any  | SessionSetupReq         | SessionSetupRes         | {frame: {payload_type: 0xA123}} |      |
      | TC_SECC20_CMN_SessionSetup_020         | SDP type 0x9000          | any  | SessionSetupReq         | SessionSetupRes         | {frame: {payload_type: 0x9000}} |      |
      | TC_SECC20_CMN_SupportedAppProtocol_005 | reserved type 0x8007     | any  | supportedAppProtocolReq | supportedAppProtocolRes | {frame: {payload_type: 0x8007}} |      |

  @slow @req:V2G2-092 @req:X20-Malformed
  Scenario Outline: a frame that claims <what>
    Given an any session has reached ServiceDiscoveryReq
    When the EV sends ServiceDiscoveryReq bent by
      """
      <bend>
      """
    Then the charger answers nothing but a failure for 2 s
    And the charger closes the connection within 62 s
    When a new session is tried
    Then the charger serves the new session

    Examples:
      | id                                 | what                     | bend                          |
      | TC_SECC20_CMN_ServiceDiscovery_017 | 4 GB of payload          | {frame: {length: 0xFFFFFFFF}} |
      | TC_SECC20_CMN_ServiceDiscovery_018 | more payload than it has | {frame: {length_change: 40}}  |
      | TC_SECC20_CMN_ServiceDiscovery_019 | less payload than it has | {frame: {length_change: -6}}  |

  @TC_SECC20_CMN_V2GTP_001 @req:X20-NextSession
  Scenario: a frame that breaks off with the connection
    Given an any session has reached AuthorizationReq
    When the EV sends the bytes
      """
      01fe8002000000ff8004
      """
    And the EV closes the connection
    And a new session is tried
    Then the charger serves the new session

  @req:X20-Segmentation
  Scenario Outline: <request> in pieces of <size> bytes is answered
    Given a <mode> session has reached <request>
    When the EV sends <request> in pieces of <size> bytes
    Then the charger answers <response> with OK* within 1.5 s

    Examples:
      | id                                        | mode | request                        | size | response                       | pics |
      | TC_SECC20_CMN_supportedAppProtocol_002    | any  | supportedAppProtocolReq        | 1    | supportedAppProtocolRes        |      |
      | TC_SECC20_CMN_SessionSetup_021            | any  | SessionSetupReq                | 1    | SessionSetupRes                |      |
      | TC_SECC20_CMN_SessionSetup_022            | any  | SessionSetupReq                | 8    | SessionSetupRes                |      |
      | TC_SECC20_CMN_ServiceDiscovery_020        | any  | ServiceDiscoveryReq            | 7    | ServiceDiscoveryRes            |      |
      | TC_SECC20_DC_ChargeParameterDiscovery_008 | DC   | DC_ChargeParameterDiscoveryReq | 20   | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_ChargeLoop_020               | DC   | DC_ChargeLoopReq               | 9    | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_AC_ChargeLoop_015               | AC   | AC_ChargeLoopReq               | 9    | AC_ChargeLoopRes               | AC   |

  # Two real cars send a zero byte behind some of their messages.
  @should @req:X20-ExiForm
  Scenario Outline: <request> with bytes behind its document is answered
    Given an any session has reached <request>
    When the EV sends <request> bent by
      """
      append: "00"
      """
    Then the charger answers <response> with OK* within 1.5 s

    Examples:
      | id                                   | request               | response              |
      | TC_SECC20_CMN_SessionSetup_023       | SessionSetupReq       | SessionSetupRes       |
      | TC_SECC20_CMN_AuthorizationSetup_010 | AuthorizationSetupReq | AuthorizationSetupRes |
