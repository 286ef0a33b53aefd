@role:secc
Feature: What a charger says about itself in a longer charge loop

  @req:X20-Plausible @req:V2G20-2188 @req:X20-Limits @req:V2G20-2654
  Scenario Outline: <seconds> s of <control> <mode> charging: present values, limits and the meter agree
    When a <control> <mode> session with <seconds> s of charging is run to its end
    Then the session is complete
    And every <loop> has <value> from <low> to <high>

    Examples:
      | id                       | mode   | control   | seconds | loop             | value                                              | low    | high   | pics             |
      | TC_SECC20_DC_Values_001  | DC     | Dynamic   | 8       | DC_ChargeLoopRes | EVSEPresentVoltage                                 | 100    | 1500   | DC&Dynamic       |
      | TC_SECC20_BPT_Values_001 | DC_BPT | Scheduled | 8       | DC_ChargeLoopRes | EVSEPresentVoltage                                 | 100    | 1500   | DC_BPT&Scheduled |
      | TC_SECC20_BPT_Values_002 | DC_BPT | Dynamic   | 8       | DC_ChargeLoopRes | EVSEPresentVoltage                                 | 100    | 1500   | DC_BPT&Dynamic   |
      | TC_SECC20_AC_Values_001  | AC     | Dynamic   | 8       | AC_ChargeLoopRes | Dynamic_AC_CLResControlMode.EVSETargetActivePower  | 0      | 150000 | AC&Dynamic       |
      | TC_SECC20_BPT_Values_003 | AC_BPT | Dynamic   | 8       | AC_ChargeLoopRes | BPT_Dynamic_AC_CLResControlMode.EVSETargetActivePower | -150000 | 150000 | AC_BPT&Dynamic |
