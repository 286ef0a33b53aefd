@role:secc @slow
Feature: Schedules, power tolerance and Dynamic needs

  @req:X20-Schedule
  Scenario Outline: schedules are whole, and within the limits of the charger (<mode>)
    Given a Scheduled <mode> session has reached <next>
    Then the charger has sent ScheduleExchangeRes with ResponseCode = OK
    And ScheduleExchangeRes offers 1 to 3 schedules, each with a power at any time
    And every schedule of the charger stays within its own EVSEMaximumChargePower

    Examples:
      | id                         | mode   | next             | pics             |
      | TC_SECC20_DC_Schedule_001  | DC     | DC_CableCheckReq | DC&Scheduled     |
      | TC_SECC20_AC_Schedule_001  | AC     | PowerDeliveryReq | AC&Scheduled     |
      | TC_SECC20_BPT_Schedule_001 | DC_BPT | DC_CableCheckReq | DC_BPT&Scheduled |

  @pics:PowerTolerance @req:X20-PowerTolerance
  Scenario Outline: the EV says <answer> to the power tolerance (<mode>)
    Given a Scheduled <mode> session has reached PowerDeliveryReq
    When the EV asks with PowerDeliveryReq for EVPowerProfile.Scheduled_EVPPTControlMode.PowerToleranceAcceptance = <answer>
    Then the charger answers PowerDeliveryRes with <code> within 1.5 s

    Examples:
      | id                              | mode | answer                     | code                                                                   | pics         |
      | TC_SECC20_DC_PowerTolerance_001 | DC   | PowerToleranceConfirmed    | OK\|OK_PowerToleranceConfirmed                                         | DC&Scheduled |
      | TC_SECC20_DC_PowerTolerance_002 | DC   | PowerToleranceNotConfirmed | WARNING_PowerToleranceNotConfirmed\|FAILED_PowerToleranceNotConfirmed | DC&Scheduled |
      | TC_SECC20_AC_PowerTolerance_001 | AC   | PowerToleranceConfirmed    | OK\|OK_PowerToleranceConfirmed                                         | AC&Scheduled |
      | TC_SECC20_AC_PowerTolerance_002 | AC   | PowerToleranceNotConfirmed | WARNING_PowerToleranceNotConfirmed\|FAILED_PowerToleranceNotConfirmed | AC&Scheduled |

  @req:X20-PowerProfileInvalid
  Scenario Outline: a power profile above its schedule is refused (<mode>)
    Given a Scheduled <mode> session has reached PowerDeliveryReq
    When the EV sends PowerDeliveryReq bent by
      """
      set: {EVPowerProfile.EVPowerProfileEntries.EVPowerProfileEntry.0.Power: {Exponent: 3, Value: 900}}
      """
    Then the charger answers PowerDeliveryRes with FAILED_EVPowerProfileInvalid within 1.5 s

    Examples:
      | id                             | mode | pics         |
      | TC_SECC20_DC_PowerProfile_001  | DC   | DC&Scheduled |
      | TC_SECC20_AC_PowerProfile_001  | AC   | AC&Scheduled |

  @req:X20-V2XLimits
  Scenario Outline: an EV <where> is not emptied (<mode>)
    Given an EV with battery.soc = <soc>
    And a Dynamic <mode> session has reached <loop> for the 3rd time
    When the session is tried for 3 s
    Then the last <answer> has <power> from <low> to 100000

    Examples:
      | id                           | where                 | mode   | soc | loop             | answer           | power                 | low  | pics           |
      | TC_SECC20_BPT_V2XLimits_001  | below its V2X range   | DC_BPT | 45  | DC_ChargeLoopReq | DC_ChargeLoopRes | EVSEPresentCurrent    | -2   | DC_BPT&Dynamic |
      | TC_SECC20_BPT_V2XLimits_002  | below its minimum SoC | DC_BPT | 30  | DC_ChargeLoopReq | DC_ChargeLoopRes | EVSEPresentCurrent    | -2   | DC_BPT&Dynamic |
      | TC_SECC20_BPT_V2XLimits_003  | below its V2X range   | AC_BPT | 45  | AC_ChargeLoopReq | AC_ChargeLoopRes | EVSETargetActivePower | -100 | AC_BPT&Dynamic |
      | TC_SECC20_BPT_V2XLimits_004  | below its minimum SoC | AC_BPT | 30  | AC_ChargeLoopReq | AC_ChargeLoopRes | EVSETargetActivePower | -100 | AC_BPT&Dynamic |

  @req:X20-V2XLimits
  Scenario Outline: discharging ends where the EV leaves its V2X range (<mode>)
    Given a Dynamic <mode> session has reached <loop> for the 3rd time
    When the session is tried for 2 s
    And the EV from now on asks with <loop> for <element>.EVMinimumV2XEnergyRequest = 500 Wh
    And the session is tried for 4 s
    Then the last <answer> has <power> from <low> to 100000

    Examples:
      | id                          | mode   | loop             | element                         | answer           | power                 | low  | pics           |
      | TC_SECC20_BPT_V2XLimits_005 | DC_BPT | DC_ChargeLoopReq | BPT_Dynamic_DC_CLReqControlMode | DC_ChargeLoopRes | EVSEPresentCurrent    | -2   | DC_BPT&Dynamic |
      | TC_SECC20_BPT_V2XLimits_006 | AC_BPT | AC_ChargeLoopReq | BPT_Dynamic_AC_CLReqControlMode | AC_ChargeLoopRes | EVSETargetActivePower | -100 | AC_BPT&Dynamic |

  @req:X20-EnergyNeeds
  Scenario Outline: an EV that is full gets no more (<mode>)
    Given a Dynamic <mode> session has reached <loop> for the 3rd time
    When the EV from now on asks with <loop> for <element>.EVMaximumEnergyRequest = 0 Wh
    And the session is tried for 4 s
    Then the last <answer> has <power> from -100000 to <high>

    Examples:
      | id                           | mode | loop             | element                     | answer           | power                 | high | pics       |
      | TC_SECC20_DC_EnergyNeeds_001 | DC   | DC_ChargeLoopReq | Dynamic_DC_CLReqControlMode | DC_ChargeLoopRes | EVSEPresentCurrent    | 2    | DC&Dynamic |
      | TC_SECC20_AC_EnergyNeeds_001 | AC   | AC_ChargeLoopReq | Dynamic_AC_CLReqControlMode | AC_ChargeLoopRes | EVSETargetActivePower | 100  | AC&Dynamic |

  @TC_SECC20_DC_DepartureTime_001 @pics:DC&Dynamic @req:X20-DepartureTime
  Scenario: an EV may change its departure in the charge loop
    Given a Dynamic DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV asks with DC_ChargeLoopReq for Dynamic_DC_CLReqControlMode.DepartureTime = 60
    Then the charger answers DC_ChargeLoopRes with OK within 0.25 s
    And the charger keeps the connection open for 0.2 s
