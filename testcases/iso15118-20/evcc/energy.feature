@role:evcc
Feature: Energy transfer: services, stops, limits

  @TC_EVCC20_CMN_EvseStop @req:X20-EvseStop
  Scenario Outline: EVSENotification Terminate in a <mode> charge loop ends the session in good order
    Given a charger that offers <mode>
    And a charger that asks for Terminate within <delay> s from its 5th <loop>Res
    When the vehicle is plugged in
    Then the vehicle asks to stop within <limit> s after the 5th <loop>Res
    And the vehicle has completed the session

    Examples:
      | id                           | mode           | loop          | delay | limit | pics           |
      | TC_EVCC20_AC_ChargeLoop_020  | Scheduled AC   | AC_ChargeLoop | 0     | 1     | AC&Scheduled   |
      | TC_EVCC20_BPT_ChargeLoop_020 | Dynamic AC_BPT | AC_ChargeLoop | 3     | 3     | AC_BPT&Dynamic |

  @TC_EVCC20_DC_EvseStop @req:X20-EvseStop @slow
  Scenario Outline: EVSENotification Terminate in a <mode> charge loop ends the session in good order (long way)
    Given a charger that offers <mode>
    And a charger that asks for Terminate within <delay> s from its 5th <loop>Res
    When the vehicle is plugged in
    Then the vehicle asks to stop within <limit> s after the 5th <loop>Res
    And the vehicle has completed the session

    Examples:
      | id                           | mode           | loop          | delay | limit | pics           |
      | TC_EVCC20_DC_ChargeLoop_020  | Scheduled DC   | DC_ChargeLoop | 0     | 1     | DC&Scheduled   |
      | TC_EVCC20_BPT_ChargeLoop_021 | Dynamic DC_BPT | DC_ChargeLoop | 3     | 3     | DC_BPT&Dynamic |

  @TC_EVCC20_AC_ChargeLoop_021 @req:X20-EvsePause @pics:AC&Pause
  Scenario: EVSENotification Pause in the charge loop stops power, and the session is paused or ended
    Given a charger that offers Dynamic AC
    And a charger that asks for Pause within 3 s from its 5th AC_ChargeLoopRes
    When the vehicle is plugged in
    Then the vehicle asks to stop within 3 s after the 5th AC_ChargeLoopRes
    And the vehicle sends SessionStopReq
    And the vehicle has sent SessionStopReq with ChargingSession = Pause or Terminate

  @TC_EVCC20_AC_ChargeLoop_022 @req:X20-Renegotiation @pics:AC&ScheduleRenegotiation @slow
  Scenario: EVSENotification ScheduleRenegotiation leads through ScheduleExchange back into the loop
    Given a charger that offers Scheduled AC
    And a charger that asks for ScheduleRenegotiation within 3 s in its 5th AC_ChargeLoopRes
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then the vehicle has sent PowerDeliveryReq with ChargeProgress = ScheduleRenegotiation
    And the vehicle has completed the session

  @TC_EVCC20_AC_ChargeLoop_023 @req:V2G20-1477 @pics:AC&ServiceRenegotiation
  Scenario: EVSENotification ServiceRenegotiation leads back to ServiceDiscovery
    Given a charger that offers Dynamic AC
    And a charger that asks for ServiceRenegotiation within 3 s in its 5th AC_ChargeLoopRes
    When the vehicle is plugged in
    Then the vehicle sends SessionStopReq
    And the vehicle has sent SessionStopReq with ChargingSession = ServiceRenegotiation
    And the vehicle goes on after the SessionStopRes

  @TC_EVCC20_DC_PreChargeVoltage @req:X20-PreCharge @slow
  Scenario Outline: The charger shows <volts> V in pre-charge: the EV does not close its contactors
    Given a charger that offers DC
    And a charger whose DC_PreChargeRes is bent by
      """
      set: {EVSEPresentVoltage: {Exponent: 0, Value: <volts>}}
      """
    When the vehicle is plugged in
    And the vehicle has given up
    Then the vehicle has sent DC_PreChargeReq
    And the vehicle has not sent PowerDeliveryReq with ChargeProgress = Start

    Examples:
      | id                         | volts | pics |
      | TC_EVCC20_DC_PreCharge_020 | 900   | DC   |
      | TC_EVCC20_DC_PreCharge_021 | 200   | DC   |
      | TC_EVCC20_DC_PreCharge_022 | -400  | DC   |

  @TC_EVCC20_DC_WeldingDetection_020 @req:X20-Welding @pics:DC @slow
  Scenario: Voltage that stays at the connector after the stop: the EV leaves all the same
    Given a charger that offers DC
    And a charger that asks for Terminate within 0 s from its 2nd DC_ChargeLoopRes
    And a charger whose DC_WeldingDetectionRes has EVSEPresentVoltage.Value = 400 and EVSEPresentVoltage.Exponent = 0
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then the vehicle sends SessionStopReq
    And the vehicle closes the connection within 5 s

  @TC_EVCC20_AC_SetPoint @req:X20-SetPoint @slow
  Scenario Outline: Dynamic control: the EV takes over a set point of <set> W for each phase
    Given a charger that offers Dynamic <mode>
    And a charger whose AC_ChargeLoopRes is bent by
      """
      from_nth: 3
      set: {<element>Res<rest>: {Exponent: 0, Value: <set>}, <element>Res<rest>_L2: {Exponent: 0, Value: <set>}, <element>Res<rest>_L3: {Exponent: 0, Value: <set>}}
      fair: true
      """
    When the vehicle is plugged in
    Then from 3 s after the 3rd AC_ChargeLoopRes on every AC_ChargeLoopReq has <element>Req<present> from <low> to <high>

    Examples:
      | id                           | mode   | element           | rest                              | present                          | set   | low   | high | pics           |
      | TC_EVCC20_AC_ChargeLoop_024  | AC     | Dynamic_AC_CL     | ControlMode.EVSETargetActivePower | ControlMode.EVPresentActivePower | 1500  | -50   | 1650 | AC&Dynamic     |
      | TC_EVCC20_AC_ChargeLoop_025  | AC     | Dynamic_AC_CL     | ControlMode.EVSETargetActivePower | ControlMode.EVPresentActivePower | 0     | -50   | 50   | AC&Dynamic     |
      | TC_EVCC20_BPT_ChargeLoop_024 | AC_BPT | BPT_Dynamic_AC_CL | ControlMode.EVSETargetActivePower | ControlMode.EVPresentActivePower | -1500 | -1650 | 50   | AC_BPT&Dynamic |
      | TC_EVCC20_BPT_ChargeLoop_025 | AC_BPT | BPT_Dynamic_AC_CL | ControlMode.EVSETargetActivePower | ControlMode.EVPresentActivePower | -9000 | -4000 | 50   | AC_BPT&Dynamic |

  @TC_EVCC20_CMN_Selection @req:X20-Services
  Scenario Outline: The EV selects what a charger with <control> <mode> alone offers
    Given a charger that offers <control> <mode>
    When the vehicle is plugged in
    Then the vehicle sends ScheduleExchangeReq
    And the vehicle has selected service <service> with ControlMode <control>

    Examples:
      | id                                | mode | control   | service | pics         |
      | TC_EVCC20_AC_ServiceSelection_020 | AC   | Dynamic   | 1       | AC&Dynamic   |
      | TC_EVCC20_DC_ServiceSelection_020 | DC   | Scheduled | 2       | DC&Scheduled |

  @TC_EVCC20_CMN_ServiceDiscovery_020 @req:X20-Services
  Scenario: A charger with no service that the EV could use: it leaves without selecting one
    Given a charger whose ServiceDiscoveryRes is bent by
      """
      set: {EnergyTransferServiceList.Service: [{ServiceID: 3, FreeService: false}]}
      """
    When the vehicle is plugged in
    And the vehicle has given up
    Then the vehicle has sent ServiceDiscoveryReq
    And the vehicle has not sent ServiceSelectionReq
