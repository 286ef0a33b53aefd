@role:secc
Feature: Set points, limits and directions of power

  @req:V2G20-2183
  Scenario Outline: <what>: the charger follows the set point (<mode>)
    Given an EV with needs.plan = [[0, <power>]]
    And a Scheduled <mode> session has reached DC_ChargeLoopReq for the 3rd time
    When the session is tried for 3 s
    Then the last DC_ChargeLoopRes has EVSEPresentCurrent within 3 of EVTargetCurrent in DC_ChargeLoopReq
    And the last DC_ChargeLoopRes has EVSEPresentCurrent from <low> to <high>

    Examples:
      | id                              | what        | mode   | power | low | high | pics             |
      | TC_SECC20_DC_PowerSetPoint_001  | charging    | DC     | 9000  | 4   | 30   | DC&Scheduled     |
      | TC_SECC20_BPT_PowerSetPoint_001 | charging    | DC_BPT | 9000  | 4   | 30   | DC_BPT&Scheduled |
      | TC_SECC20_BPT_PowerSetPoint_002 | discharging | DC_BPT | -8000 | -30 | -4   | DC_BPT&Scheduled |

  @req:V2G20-2188
  Scenario Outline: a set point beyond the limits of the charger is capped (<what>)
    Given a Scheduled <mode> session has reached DC_ChargeLoopReq for the 3rd time
    When the EV from now on asks with DC_ChargeLoopReq for <element>.EVTargetCurrent = <amperes> A
    And the session is tried for 4 s
    Then no DC_ChargeLoopRes has EVSEPresentCurrent beyond <limit> of DC_ChargeParameterDiscoveryRes
    And the charger has sent DC_ChargeLoopRes with EVSECurrentLimitAchieved = true

    Examples:
      | id                           | what        | mode   | element                           | amperes | limit                       | pics             |
      | TC_SECC20_DC_PowerLimit_001  | charging    | DC     | Scheduled_DC_CLReqControlMode     | 3000    | EVSEMaximumChargeCurrent    | DC&Scheduled     |
      | TC_SECC20_BPT_PowerLimit_001 | charging    | DC_BPT | BPT_Scheduled_DC_CLReqControlMode | 3000    | EVSEMaximumChargeCurrent    | DC_BPT&Scheduled |
      | TC_SECC20_BPT_PowerLimit_002 | discharging | DC_BPT | BPT_Scheduled_DC_CLReqControlMode | -3000   | EVSEMaximumDischargeCurrent | DC_BPT&Scheduled |

  @TC_SECC20_DC_PowerDirection_001 @pics:DC&Scheduled @req:X20-PowerDirection
  Scenario: a one-way service never discharges, whatever the EV asks for
    Given a Scheduled DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV from now on asks with DC_ChargeLoopReq for Scheduled_DC_CLReqControlMode.EVTargetCurrent = -20 A
    And the session is tried for 2 s
    Then every DC_ChargeLoopRes has EVSEPresentCurrent from -2 to 5000

  @req:V2G20-2188
  Scenario Outline: limits that the EV lowers in the Dynamic loop are obeyed (<mode>, DC)
    Given a Dynamic <mode> session has reached DC_ChargeLoopReq for the 3rd time
    When the session is tried for 3 s
    And the EV from now on asks with DC_ChargeLoopReq for <changes>
    And the session is tried for 5 s
    Then the last DC_ChargeLoopRes has EVSEPresentCurrent from -6 to 6

    Examples:
      | id                             | mode   | changes                                                                                                                          | pics           |
      | TC_SECC20_DC_DynamicLimit_001  | DC     | Dynamic_DC_CLReqControlMode.EVMaximumChargeCurrent = 5 A                                                                         | DC&Dynamic     |
      | TC_SECC20_DC_DynamicLimit_002  | DC     | Dynamic_DC_CLReqControlMode.EVMaximumChargePower = 2000 W                                                                        | DC&Dynamic     |
      | TC_SECC20_BPT_DynamicLimit_001 | DC_BPT | BPT_Dynamic_DC_CLReqControlMode.EVMaximumDischargeCurrent = 5 A and BPT_Dynamic_DC_CLReqControlMode.EVMaximumChargeCurrent = 5 A | DC_BPT&Dynamic |

  @req:V2G20-2188
  Scenario Outline: limits that the EV lowers in the Dynamic loop are obeyed (<mode>, AC)
    Given a Dynamic <mode> session has reached AC_ChargeLoopReq for the 3rd time
    When the EV from now on asks with AC_ChargeLoopReq for <changes>
    And the session is tried for 2 s
    Then the last AC_ChargeLoopRes has EVSETargetActivePower from <low> to <high>

    Examples:
      | id                             | mode   | changes                                                                                                                                                                                                                                                                                                                                                                                                                      | low   | high | pics           |
      | TC_SECC20_AC_DynamicLimit_001  | AC     | Dynamic_AC_CLReqControlMode.EVMaximumChargePower = 1500 W and Dynamic_AC_CLReqControlMode.EVMaximumChargePower_L2 = 1500 W and Dynamic_AC_CLReqControlMode.EVMaximumChargePower_L3 = 1500 W                                                                                                                                                                                                                                  | -10   | 1600 | AC&Dynamic     |
      | TC_SECC20_BPT_DynamicLimit_002 | AC_BPT | BPT_Dynamic_AC_CLReqControlMode.EVMaximumDischargePower = 1500 W and BPT_Dynamic_AC_CLReqControlMode.EVMaximumDischargePower_L2 = 1500 W and BPT_Dynamic_AC_CLReqControlMode.EVMaximumDischargePower_L3 = 1500 W and BPT_Dynamic_AC_CLReqControlMode.EVMaximumChargePower = 1500 W and BPT_Dynamic_AC_CLReqControlMode.EVMaximumChargePower_L2 = 1500 W and BPT_Dynamic_AC_CLReqControlMode.EVMaximumChargePower_L3 = 1500 W | -1600 | 1600 | AC_BPT&Dynamic |

  @req:V2G20-2654
  Scenario Outline: limits in the charge loop stay within those of charge parameter discovery (<control> <mode>, <limit>)
    Given a <control> <mode> session has reached DC_ChargeLoopReq for the 3rd time
    When the session is tried for 1 s
    Then no DC_ChargeLoopRes has <limit> beyond <limit> of DC_ChargeParameterDiscoveryRes

    Examples:
      | id                          | mode   | control   | limit                       | pics           |
      | TC_SECC20_DC_LoopLimit_001  | DC     | Scheduled | EVSEMaximumChargePower      | DC&Scheduled   |
      | TC_SECC20_DC_LoopLimit_002  | DC     | Dynamic   | EVSEMaximumChargeCurrent    | DC&Dynamic     |
      | TC_SECC20_DC_LoopLimit_003  | DC     | Dynamic   | EVSEMaximumVoltage          | DC&Dynamic     |
      | TC_SECC20_BPT_LoopLimit_001 | DC_BPT | Dynamic   | EVSEMaximumDischargePower   | DC_BPT&Dynamic |
      | TC_SECC20_BPT_LoopLimit_002 | DC_BPT | Dynamic   | EVSEMaximumDischargeCurrent | DC_BPT&Dynamic |

  @TC_SECC20_DC_PreChargeLimit_001 @pics:DC @req:V2G20-2188
  Scenario: pre-charge does not go beyond the voltage of the charger
    Given a DC session has reached DC_PreChargeReq
    When the EV from now on asks with DC_PreChargeReq for EVTargetVoltage = 2000 V and EVProcessing = Ongoing
    And the session is tried for 6 s
    Then no DC_PreChargeRes has EVSEPresentVoltage beyond EVSEMaximumVoltage of DC_ChargeParameterDiscoveryRes

  @req:X20-Plausible
  Scenario Outline: the present voltage is that of the battery while charging (<mode>)
    Given a <mode> session has reached DC_ChargeLoopReq for the 3rd time
    When the session is tried for 2 s
    Then the last DC_ChargeLoopRes has EVSEPresentVoltage within 40 of EVPresentVoltage in DC_ChargeLoopReq

    Examples:
      | id                          | mode   | pics   |
      | TC_SECC20_DC_Plausible_001  | DC     | DC     |
      | TC_SECC20_BPT_Plausible_001 | DC_BPT | DC_BPT |
