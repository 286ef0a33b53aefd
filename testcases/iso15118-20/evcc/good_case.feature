@role:evcc
Feature: A whole session in good order

  @TC_EVCC20_CMN_Session @req:X20-SessionStop @req:X20-Sequence @req:X20-SessionId @req:X20-ControlMode @req:X20-EnergyTransferMode @slow
  Scenario Outline: <control> <mode> session from SDP to SessionStop
    Given a charger that offers <control> <mode>
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then the vehicle has completed the session
    And the vehicle has selected service <service> with ControlMode <control>
    And every SessionSetupReq has Header.SessionID = 0000000000000000
    And every AuthorizationReq has SelectedAuthorizationService = "EIM"
    And every <side>_ChargeParameterDiscoveryReq has <bpt><side>_CPDReqEnergyTransferMode.EVMaximumChargePower from 1000 to 1000000
    And every ScheduleExchangeReq has <control>_SEReqControlMode
    And every <side>_ChargeLoopReq has <bpt><control>_<side>_CLReqControlMode
    And the vehicle has sent PowerDeliveryReq with ChargeProgress = Start
    And the vehicle has sent PowerDeliveryReq with ChargeProgress = Stop
    And the vehicle has sent SessionStopReq with ChargingSession = Terminate or Pause

    Examples:
      | id                        | mode   | control   | service | side | bpt  | pics             |
      | TC_EVCC20_DC_Session_001  | DC     | Scheduled | 2       | DC   |      | DC&Scheduled     |
      | TC_EVCC20_DC_Session_002  | DC     | Dynamic   | 2       | DC   |      | DC&Dynamic       |
      | TC_EVCC20_AC_Session_001  | AC     | Scheduled | 1       | AC   |      | AC&Scheduled     |
      | TC_EVCC20_AC_Session_002  | AC     | Dynamic   | 1       | AC   |      | AC&Dynamic       |
      | TC_EVCC20_BPT_Session_001 | DC_BPT | Scheduled | 6       | DC   | BPT_ | DC_BPT&Scheduled |
      | TC_EVCC20_BPT_Session_002 | DC_BPT | Dynamic   | 6       | DC   | BPT_ | DC_BPT&Dynamic   |
      | TC_EVCC20_BPT_Session_003 | AC_BPT | Scheduled | 5       | AC   | BPT_ | AC_BPT&Scheduled |
      | TC_EVCC20_BPT_Session_004 | AC_BPT | Dynamic   | 5       | AC   | BPT_ | AC_BPT&Dynamic   |

  @TC_EVCC20_DC_Session_008 @req:X20-PreCharge @req:X20-OwnLimits @req:X20-EvPlausible @pics:DC&Scheduled @slow
  Scenario: What a DC session says about voltages, currents and energy
    Given a charger that offers Scheduled DC
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then every DC_ChargeParameterDiscoveryReq has DC_CPDReqEnergyTransferMode.EVMaximumVoltage from 150 to 1500
    And every DC_ChargeParameterDiscoveryReq has DC_CPDReqEnergyTransferMode.EVMaximumChargeCurrent from 1 to 3000
    And every DC_PreChargeReq has EVTargetVoltage from 150 to 1500
    And every DC_ChargeLoopReq has EVPresentVoltage from 150 to 1500
    And every DC_ChargeLoopReq has Scheduled_DC_CLReqControlMode.EVTargetVoltage from 150 to 1500
    And every DC_ChargeLoopReq has Scheduled_DC_CLReqControlMode.EVTargetCurrent from 0 to 3000
    And the vehicle has completed the session

  @TC_EVCC20_AC_Session_008 @req:X20-OwnLimits @req:X20-EvPlausible @pics:AC&Dynamic @slow
  Scenario: What an AC session says about power and energy
    Given a charger that offers Dynamic AC
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then every ScheduleExchangeReq has Dynamic_SEReqControlMode.DepartureTime from 1 to 2592000
    And every AC_ChargeLoopReq has Dynamic_AC_CLReqControlMode.DepartureTime from 1 to 2592000
    And every AC_ChargeLoopReq has Dynamic_AC_CLReqControlMode.EVPresentActivePower from -100 to 100000
    And every AC_ChargeLoopReq has Dynamic_AC_CLReqControlMode.EVTargetEnergyRequest from -1000000 to 1000000
    And the vehicle has completed the session
