@role:evcc @slow
Feature: The EV chooses among schedules and keeps to its power profile; its needs in Dynamic control

  @pics:Scheduled @req:X20-Schedule @req:X20-PowerProfile
  Scenario Outline: three schedules with prices of the kind <pricing> (<mode>)
    Given a charger that offers Scheduled <mode>
    And a charger with tariff.pricing = <pricing>
    And a charger with schedules = [{"power": [[600, 9000], [36000, 4200]], "pricing": "<pricing>", "price_level": 3, "energy_fee_per_kwh": 0.6}, {"power": [[36000, 6000]], "pricing": "<pricing>", "price_level": 1, "energy_fee_per_kwh": 0.3}, {"power": [[300, 5000], [36000, 7000]], "pricing": "<pricing>", "price_level": 2, "energy_fee_per_kwh": 0.4}]
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then the power profile of the vehicle stays within the schedule that it has selected
    And the vehicle keeps to its power profile
    And the vehicle has completed the session

    Examples:
      | id                         | mode   | pricing  | pics   |
      | TC_EVCC20_DC_Schedule_001  | DC     | absolute | DC     |
      | TC_EVCC20_DC_Schedule_002  | DC     | levels   | DC     |
      | TC_EVCC20_DC_Schedule_003  | DC     | none     | DC     |
      | TC_EVCC20_AC_Schedule_001  | AC     | absolute | AC     |
      | TC_EVCC20_AC_Schedule_002  | AC     | none     | AC     |
      | TC_EVCC20_BPT_Schedule_001 | DC_BPT | levels   | DC_BPT |

  @pics:Scheduled @req:X20-PowerProfile
  Scenario Outline: the schedule falls to <low> W while the EV charges (<mode>)
    Given a charger that offers Scheduled <mode>
    And a charger with schedules = [{"power": [[<seconds>, 9000], [36000, <low>]]}]
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then the vehicle keeps to its power profile
    And the power profile of the vehicle stays within the schedule that it has selected

    Examples:
      | id                             | mode | seconds | low  | pics |
      | TC_EVCC20_DC_PowerProfile_001  | DC   | 5       | 3000 | DC   |
      | TC_EVCC20_AC_PowerProfile_001  | AC   | 1       | 5000 | AC   |

  @pics:Scheduled @req:X20-PowerTolerance
  Scenario Outline: the EV says whether it keeps to the power tolerance (<mode>)
    Given a charger that offers Scheduled <mode>
    And a charger with power_tolerance_w = 200
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then the vehicle has sent PowerDeliveryReq with EVPowerProfile.Scheduled_EVPPTControlMode.PowerToleranceAcceptance = PowerToleranceConfirmed or PowerToleranceNotConfirmed
    And the vehicle has completed the session

    Examples:
      | id                              | mode | pics |
      | TC_EVCC20_DC_PowerTolerance_001 | DC   | DC   |
      | TC_EVCC20_AC_PowerTolerance_001 | AC   | AC   |

  @pics:Scheduled @req:X20-PowerTolerance
  Scenario Outline: a warning about the power tolerance ends nothing (<mode>)
    Given a charger that offers Scheduled <mode>
    And a charger whose 1st PowerDeliveryRes has ResponseCode = WARNING_PowerToleranceNotConfirmed
    When the vehicle is plugged in
    Then the vehicle answers the 1st PowerDeliveryRes with <loop>

    Examples:
      | id                              | mode | loop             | pics |
      | TC_EVCC20_DC_PowerTolerance_002 | DC   | DC_ChargeLoopReq | DC   |
      | TC_EVCC20_AC_PowerTolerance_002 | AC   | AC_ChargeLoopReq | AC   |

  @pics:Scheduled @req:X20-PowerTolerance @req:X20-FailedIsFatal
  Scenario Outline: <code> ends the session
    Given a charger that offers Scheduled <mode>
    And a charger whose 1st PowerDeliveryRes has ResponseCode = <code>
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the PowerDeliveryRes

    Examples:
      | id                              | mode | code                              | pics |
      | TC_EVCC20_DC_PowerTolerance_003 | DC   | FAILED_PowerToleranceNotConfirmed | DC   |
      | TC_EVCC20_AC_PowerTolerance_003 | AC   | FAILED_EVPowerProfileInvalid      | AC   |

  @pics:Dynamic @req:X20-EnergyNeeds
  Scenario Outline: energy needs fit together, in the schedule exchange and in the loop (<mode>)
    Given a charger that offers Dynamic <mode>
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then every ScheduleExchangeReq has Dynamic_SEReqControlMode.DepartureTime
    And the energy requests of the vehicle fit together

    Examples:
      | id                            | mode   | pics   |
      | TC_EVCC20_DC_EnergyNeeds_001  | DC     | DC     |
      | TC_EVCC20_AC_EnergyNeeds_001  | AC     | AC     |
      | TC_EVCC20_BPT_EnergyNeeds_001 | DC_BPT | DC_BPT |
      | TC_EVCC20_BPT_EnergyNeeds_002 | AC_BPT | AC_BPT |
