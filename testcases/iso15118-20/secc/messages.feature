@role:secc
Feature: Each request in its place is answered with OK and what belongs into the response

  @req:X20-GoodCase @req:X20-PerformanceTime
  Scenario Outline: <request> in its place is answered with <response>
    Given a <session> session has reached <request>
    When the EV sends <request>
    Then the charger answers <response> with <code> within <limit> s
    And the answer has <field>
    And the charger keeps the connection open for 0.3 s

    Examples:
      | id                                         | session          | request                        | response                       | code                                                               | limit | field                                         | pics             |
      | TC_SECC20_CMN_SessionSetup_001             | any              | SessionSetupReq                | SessionSetupRes                | OK_NewSessionEstablished                                           | 1.5   | EVSEID                                        |                  |
      | TC_SECC20_CMN_AuthorizationSetup_001       | any              | AuthorizationSetupReq          | AuthorizationSetupRes          | OK                                                                 | 1.5   | AuthorizationServices                         |                  |
      | TC_SECC20_CMN_Authorization_001            | any              | AuthorizationReq               | AuthorizationRes               | OK\|OK_CertificateExpiresSoon                                      | 1.5   | EVSEProcessing                                |                  |
      | TC_SECC20_CMN_ServiceDiscovery_001         | any              | ServiceDiscoveryReq            | ServiceDiscoveryRes            | OK                                                                 | 1.5   | EnergyTransferServiceList.Service.0.ServiceID |                  |
      | TC_SECC20_CMN_ServiceDetail_001            | any              | ServiceDetailReq               | ServiceDetailRes               | OK                                                                 | 4.5   | ServiceParameterList.ParameterSet.0.Parameter |                  |
      | TC_SECC20_DC_ServiceSelection_001          | DC               | ServiceSelectionReq            | ServiceSelectionRes            | OK                                                                 | 1.5   | Header.SessionID                              | DC               |
      | TC_SECC20_BPT_ServiceSelection_001         | DC_BPT           | ServiceSelectionReq            | ServiceSelectionRes            | OK                                                                 | 1.5   | Header.SessionID                              | DC_BPT           |
      | TC_SECC20_AC_ServiceSelection_001          | AC               | ServiceSelectionReq            | ServiceSelectionRes            | OK                                                                 | 1.5   | Header.SessionID                              | AC               |
      | TC_SECC20_BPT_ServiceSelection_002         | AC_BPT           | ServiceSelectionReq            | ServiceSelectionRes            | OK                                                                 | 1.5   | Header.SessionID                              | AC_BPT           |
      | TC_SECC20_DC_ChargeParameterDiscovery_001  | Scheduled DC     | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | OK                                                                 | 1.5   | DC_CPDResEnergyTransferMode                   | DC&Scheduled     |
      | TC_SECC20_DC_ChargeParameterDiscovery_002  | Dynamic DC       | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | OK                                                                 | 1.5   | DC_CPDResEnergyTransferMode                   | DC&Dynamic       |
      | TC_SECC20_BPT_ChargeParameterDiscovery_001 | Scheduled DC_BPT | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | OK                                                                 | 1.5   | BPT_DC_CPDResEnergyTransferMode               | DC_BPT&Scheduled |
      | TC_SECC20_BPT_ChargeParameterDiscovery_002 | Dynamic DC_BPT   | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | OK                                                                 | 1.5   | BPT_DC_CPDResEnergyTransferMode               | DC_BPT&Dynamic   |
      | TC_SECC20_AC_ChargeParameterDiscovery_001  | Scheduled AC     | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | OK                                                                 | 1.5   | AC_CPDResEnergyTransferMode                   | AC&Scheduled     |
      | TC_SECC20_AC_ChargeParameterDiscovery_002  | Dynamic AC       | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | OK                                                                 | 1.5   | AC_CPDResEnergyTransferMode                   | AC&Dynamic       |
      | TC_SECC20_BPT_ChargeParameterDiscovery_003 | Scheduled AC_BPT | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | OK                                                                 | 1.5   | BPT_AC_CPDResEnergyTransferMode               | AC_BPT&Scheduled |
      | TC_SECC20_BPT_ChargeParameterDiscovery_004 | Dynamic AC_BPT   | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | OK                                                                 | 1.5   | BPT_AC_CPDResEnergyTransferMode               | AC_BPT&Dynamic   |
      | TC_SECC20_DC_ScheduleExchange_001          | Scheduled DC     | ScheduleExchangeReq            | ScheduleExchangeRes            | OK                                                                 | 1.5   | Scheduled_SEResControlMode                    | DC&Scheduled     |
      | TC_SECC20_DC_ScheduleExchange_002          | Dynamic DC       | ScheduleExchangeReq            | ScheduleExchangeRes            | OK                                                                 | 1.5   | Dynamic_SEResControlMode                      | DC&Dynamic       |
      | TC_SECC20_BPT_ScheduleExchange_001         | Scheduled DC_BPT | ScheduleExchangeReq            | ScheduleExchangeRes            | OK                                                                 | 1.5   | Scheduled_SEResControlMode                    | DC_BPT&Scheduled |
      | TC_SECC20_BPT_ScheduleExchange_002         | Dynamic DC_BPT   | ScheduleExchangeReq            | ScheduleExchangeRes            | OK                                                                 | 1.5   | Dynamic_SEResControlMode                      | DC_BPT&Dynamic   |
      | TC_SECC20_AC_ScheduleExchange_001          | Scheduled AC     | ScheduleExchangeReq            | ScheduleExchangeRes            | OK                                                                 | 1.5   | Scheduled_SEResControlMode                    | AC&Scheduled     |
      | TC_SECC20_AC_ScheduleExchange_002          | Dynamic AC       | ScheduleExchangeReq            | ScheduleExchangeRes            | OK                                                                 | 1.5   | Dynamic_SEResControlMode                      | AC&Dynamic       |
      | TC_SECC20_BPT_ScheduleExchange_003         | Scheduled AC_BPT | ScheduleExchangeReq            | ScheduleExchangeRes            | OK                                                                 | 1.5   | Scheduled_SEResControlMode                    | AC_BPT&Scheduled |
      | TC_SECC20_BPT_ScheduleExchange_004         | Dynamic AC_BPT   | ScheduleExchangeReq            | ScheduleExchangeRes            | OK                                                                 | 1.5   | Dynamic_SEResControlMode                      | AC_BPT&Dynamic   |
      | TC_SECC20_DC_CableCheck_001                | DC               | DC_CableCheckReq               | DC_CableCheckRes               | OK                                                                 | 1.5   | EVSEProcessing                                | DC               |
      | TC_SECC20_DC_PreCharge_001                 | DC               | DC_PreChargeReq                | DC_PreChargeRes                | OK                                                                 | 1.5   | EVSEPresentVoltage                            | DC               |
      | TC_SECC20_BPT_CableCheck_001               | DC_BPT           | DC_CableCheckReq               | DC_CableCheckRes               | OK                                                                 | 1.5   | EVSEProcessing                                | DC_BPT           |
      | TC_SECC20_BPT_PreCharge_001                | DC_BPT           | DC_PreChargeReq                | DC_PreChargeRes                | OK                                                                 | 1.5   | EVSEPresentVoltage                            | DC_BPT           |
      | TC_SECC20_DC_PowerDelivery_001             | Scheduled DC     | PowerDeliveryReq               | PowerDeliveryRes               | OK\|OK_PowerToleranceConfirmed\|WARNING_PowerToleranceNotConfirmed | 1.5   | Header.TimeStamp                              | DC&Scheduled     |
      | TC_SECC20_DC_PowerDelivery_002             | Dynamic DC       | PowerDeliveryReq               | PowerDeliveryRes               | OK\|OK_PowerToleranceConfirmed\|WARNING_PowerToleranceNotConfirmed | 1.5   | Header.TimeStamp                              | DC&Dynamic       |
      | TC_SECC20_BPT_PowerDelivery_001            | Scheduled DC_BPT | PowerDeliveryReq               | PowerDeliveryRes               | OK\|OK_PowerToleranceConfirmed\|WARNING_PowerToleranceNotConfirmed | 1.5   | Header.TimeStamp                              | DC_BPT&Scheduled |
      | TC_SECC20_BPT_PowerDelivery_002            | Dynamic DC_BPT   | PowerDeliveryReq               | PowerDeliveryRes               | OK\|OK_PowerToleranceConfirmed\|WARNING_PowerToleranceNotConfirmed | 1.5   | Header.TimeStamp                              | DC_BPT&Dynamic   |
      | TC_SECC20_AC_PowerDelivery_001             | Scheduled AC     | PowerDeliveryReq               | PowerDeliveryRes               | OK\|OK_PowerToleranceConfirmed\|WARNING_PowerToleranceNotConfirmed | 1.5   | Header.TimeStamp                              | AC&Scheduled     |
      | TC_SECC20_AC_PowerDelivery_002             | Dynamic AC       | PowerDeliveryReq               | PowerDeliveryRes               | OK\|OK_PowerToleranceConfirmed\|WARNING_PowerToleranceNotConfirmed | 1.5   | Header.TimeStamp                              | AC&Dynamic       |
      | TC_SECC20_BPT_PowerDelivery_003            | Scheduled AC_BPT | PowerDeliveryReq               | PowerDeliveryRes               | OK\|OK_PowerToleranceConfirmed\|WARNING_PowerToleranceNotConfirmed | 1.5   | Header.TimeStamp                              | AC_BPT&Scheduled |
      | TC_SECC20_BPT_PowerDelivery_004            | Dynamic AC_BPT   | PowerDeliveryReq               | PowerDeliveryRes               | OK\|OK_PowerToleranceConfirmed\|WARNING_PowerToleranceNotConfirmed | 1.5   | Header.TimeStamp                              | AC_BPT&Dynamic   |
      | TC_SECC20_DC_ChargeLoop_001                | Scheduled DC     | DC_ChargeLoopReq               | DC_ChargeLoopRes               | OK                                                                 | 0.25  | Scheduled_DC_CLResControlMode                 | DC&Scheduled     |
      | TC_SECC20_DC_ChargeLoop_002                | Dynamic DC       | DC_ChargeLoopReq               | DC_ChargeLoopRes               | OK                                                                 | 0.25  | Dynamic_DC_CLResControlMode                   | DC&Dynamic       |
      | TC_SECC20_BPT_ChargeLoop_001               | Scheduled DC_BPT | DC_ChargeLoopReq               | DC_ChargeLoopRes               | OK                                                                 | 0.25  | BPT_Scheduled_DC_CLResControlMode             | DC_BPT&Scheduled |
      | TC_SECC20_BPT_ChargeLoop_002               | Dynamic DC_BPT   | DC_ChargeLoopReq               | DC_ChargeLoopRes               | OK                                                                 | 0.25  | BPT_Dynamic_DC_CLResControlMode               | DC_BPT&Dynamic   |
      | TC_SECC20_AC_ChargeLoop_001                | Scheduled AC     | AC_ChargeLoopReq               | AC_ChargeLoopRes               | OK                                                                 | 0.25  | Scheduled_AC_CLResControlMode                 | AC&Scheduled     |
      | TC_SECC20_AC_ChargeLoop_002                | Dynamic AC       | AC_ChargeLoopReq               | AC_ChargeLoopRes               | OK                                                                 | 0.25  | Dynamic_AC_CLResControlMode                   | AC&Dynamic       |
      | TC_SECC20_BPT_ChargeLoop_003               | Scheduled AC_BPT | AC_ChargeLoopReq               | AC_ChargeLoopRes               | OK                                                                 | 0.25  | BPT_Scheduled_AC_CLResControlMode             | AC_BPT&Scheduled |
      | TC_SECC20_BPT_ChargeLoop_004               | Dynamic AC_BPT   | AC_ChargeLoopReq               | AC_ChargeLoopRes               | OK                                                                 | 0.25  | BPT_Dynamic_AC_CLResControlMode               | AC_BPT&Dynamic   |

  @req:X20-SessionStop @req:X20-GoodCase
  Scenario Outline: a <session> session is stopped by the driver in the charge loop
    Given a <session> session has reached <loop> for the 4th time
    When the driver ends the session
    And the session goes on to PowerDeliveryReq
    And the EV sends PowerDeliveryReq
    Then the charger answers PowerDeliveryRes with OK within 1.5 s
    When the session is tried up to SessionStopReq
    And the EV sends SessionStopReq
    Then the charger answers SessionStopRes with OK within 1.5 s
    And the charger closes the connection within 5 s
    And the session is complete

    Examples:
      | id                            | session          | loop             | pics             |
      | TC_SECC20_DC_SessionStop_001  | Scheduled DC     | DC_ChargeLoopReq | DC&Scheduled     |
      | TC_SECC20_DC_SessionStop_002  | Dynamic DC       | DC_ChargeLoopReq | DC&Dynamic       |
      | TC_SECC20_BPT_SessionStop_001 | Scheduled DC_BPT | DC_ChargeLoopReq | DC_BPT&Scheduled |
      | TC_SECC20_BPT_SessionStop_002 | Dynamic DC_BPT   | DC_ChargeLoopReq | DC_BPT&Dynamic   |
      | TC_SECC20_AC_SessionStop_001  | Scheduled AC     | AC_ChargeLoopReq | AC&Scheduled     |
      | TC_SECC20_AC_SessionStop_002  | Dynamic AC       | AC_ChargeLoopReq | AC&Dynamic       |
      | TC_SECC20_BPT_SessionStop_003 | Scheduled AC_BPT | AC_ChargeLoopReq | AC_BPT&Scheduled |
      | TC_SECC20_BPT_SessionStop_004 | Dynamic AC_BPT   | AC_ChargeLoopReq | AC_BPT&Dynamic   |

  @req:X20-Services @req:X20-ServiceParameters
  Scenario Outline: the charger details every service that it offers (<mode>)
    Given a <mode> session has reached ServiceDetailReq
    When the EV asks for the details of every offered service
    Then every ServiceDetailRes has ResponseCode = OK
    And every ServiceDetailRes has ServiceParameterList.ParameterSet.0.ParameterSetID
    And the charger has sent ServiceDetailRes

    Examples:
      | id                              | mode | pics |
      | TC_SECC20_CMN_ServiceDetail_002 | DC   | DC   |
      | TC_SECC20_CMN_ServiceDetail_003 | AC   | AC   |

  @req:X20-PreCharge @req:X20-CableCheck
  Scenario Outline: <mode>: the cable check comes to an end and pre-charge reaches the voltage of the EV
    Given a <control> <mode> session has reached DC_CableCheckReq
    When the session is tried up to PowerDeliveryReq
    Then the charger has sent DC_CableCheckRes with EVSEProcessing = Finished
    And the last DC_PreChargeRes has EVSEPresentVoltage within 20 of EVTargetVoltage in DC_PreChargeReq
    And every DC_PreChargeRes has ResponseCode = OK

    Examples:
      | id                          | mode   | control   | pics             |
      | TC_SECC20_DC_PreCharge_002  | DC     | Scheduled | DC&Scheduled     |
      | TC_SECC20_DC_PreCharge_003  | DC     | Dynamic   | DC&Dynamic       |
      | TC_SECC20_BPT_PreCharge_002 | DC_BPT | Scheduled | DC_BPT&Scheduled |
      | TC_SECC20_BPT_PreCharge_003 | DC_BPT | Dynamic   | DC_BPT&Dynamic   |

  @req:X20-WeldingDetection
  Scenario Outline: <mode>: after power delivery has stopped the voltage at the connector falls
    Given a <mode> session has reached DC_ChargeLoopReq for the 5th time
    When the driver ends the session
    And the session is tried up to SessionStopReq
    Then every DC_WeldingDetectionRes has ResponseCode = OK
    And the last DC_WeldingDetectionRes has EVSEPresentVoltage from -5 to 60

    Examples:
      | id                                 | mode   | pics   |
      | TC_SECC20_DC_WeldingDetection_001  | DC     | DC     |
      | TC_SECC20_BPT_WeldingDetection_001 | DC_BPT | DC_BPT |

  @req:V2G20-1082
  Scenario Outline: MeterInfo is given to an EV that asks for it (<mode>)
    Given a <control> <mode> session has reached <loop> for the 4th time
    When the EV asks with <loop> for MeterInfoRequested = true
    Then the charger answers <res> with OK within 0.25 s
    And the answer has MeterInfo.MeterID
    And the answer has MeterInfo.ChargedEnergyReadingWh

    Examples:
      | id                           | mode   | control   | loop             | res              | pics           |
      | TC_SECC20_DC_ChargeLoop_003  | DC     | Scheduled | DC_ChargeLoopReq | DC_ChargeLoopRes | DC&Scheduled   |
      | TC_SECC20_BPT_ChargeLoop_005 | DC_BPT | Dynamic   | DC_ChargeLoopReq | DC_ChargeLoopRes | DC_BPT&Dynamic |
      | TC_SECC20_AC_ChargeLoop_003  | AC     | Scheduled | AC_ChargeLoopReq | AC_ChargeLoopRes | AC&Scheduled   |
      | TC_SECC20_BPT_ChargeLoop_006 | AC_BPT | Dynamic   | AC_ChargeLoopReq | AC_ChargeLoopRes | AC_BPT&Dynamic |
