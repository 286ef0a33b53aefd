@role:evcc @slow @pics:Pause
Feature: The EV pauses its session, and resumes it at the charger where it paused

  @pics:Resume @req:V2G20-1032 @req:V2G20-1843
  Scenario Outline: the EV comes back to its paused session (<mode>)
    Given a charger that offers <mode>
    And a charger that asks for Pause from its 5th charge loop response on
    When the vehicle is plugged in
    And the vehicle has come back
    Then the vehicle has sent SessionStopReq with ChargingSession = Pause
    And the vehicle resumes in its 2nd connection

    Examples:
      | id                       | mode             | pics             |
      | TC_EVCC20_DC_Resume_001  | Scheduled DC     | DC&Scheduled     |
      | TC_EVCC20_DC_Resume_002  | Dynamic DC       | DC&Dynamic       |
      | TC_EVCC20_AC_Resume_001  | Scheduled AC     | AC&Scheduled     |
      | TC_EVCC20_AC_Resume_002  | Dynamic AC       | AC&Dynamic       |
      | TC_EVCC20_BPT_Resume_001 | Dynamic DC_BPT   | DC_BPT&Dynamic   |
      | TC_EVCC20_BPT_Resume_002 | Scheduled AC_BPT | AC_BPT&Scheduled |

  @pics:Resume @req:V2G20-1844
  Scenario Outline: the EV asks for no authorization in a resumed session (<mode>)
    Given a charger that offers <mode>
    And a charger that asks for Pause from its 5th charge loop response on
    When the vehicle is plugged in
    And the vehicle has come back
    Then the vehicle answers the SessionSetupRes with ResponseCode = OK_OldSessionJoined with <request>

    Examples:
      | id                      | mode | request                        | pics |
      | TC_EVCC20_DC_Resume_003 | DC   | DC_ChargeParameterDiscoveryReq | DC   |
      | TC_EVCC20_AC_Resume_003 | AC   | AC_ChargeParameterDiscoveryReq | AC   |

  @pics:Resume @req:V2G20-2615 @req:V2G20-2616 @req:V2G20-2617
  Scenario Outline: a charger that has forgotten the session gets a new one from the beginning (<mode>)
    Given a charger that offers <mode>
    And a charger that asks for Pause from its 5th charge loop response on
    And a charger that forgets paused sessions
    When the vehicle is plugged in
    And the vehicle has come back
    Then the vehicle begins a new session in its 2nd connection

    Examples:
      | id                      | mode | pics |
      | TC_EVCC20_DC_Resume_004 | DC   | DC   |
      | TC_EVCC20_AC_Resume_004 | AC   | AC   |

  @pics:Resume&TLS @req:V2G20-2539 @req:V2G20-2613
  Scenario Outline: the EV does not resume at another charger (<mode>)
    Given a charger that offers <mode>
    And a charger that asks for Pause from its 5th charge loop response on
    And a charger that has been exchanged for another one when the vehicle comes back
    When the vehicle is plugged in
    And the vehicle has come back
    Then the vehicle does not resume in its 2nd connection

    Examples:
      | id                      | mode | pics |
      | TC_EVCC20_DC_Resume_005 | DC   | DC   |
      | TC_EVCC20_AC_Resume_005 | AC   | AC   |

  @TC_EVCC20_DC_Resume_006 @pics:DC&Resume @req:V2G20-2539
  Scenario: the charger joins another session than the paused one
    Given a charger that offers DC
    And a charger that asks for Pause from its 5th charge loop response on
    And a charger whose SessionSetupRes is bent by
      """
      where: {ResponseCode: OK_OldSessionJoined}
      set: {Header.SessionID: "A122334455667788"}
      """
    When the vehicle is plugged in
    And the vehicle has come back
    Then the vehicle does not resume in its 2nd connection

  @req:V2G20-2539
  Scenario Outline: the charger joins a session that the EV has never paused (<mode>)
    Given a charger that offers <mode>
    And a charger whose SessionSetupRes has ResponseCode = OK_OldSessionJoined
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the SessionSetupRes

    Examples:
      | id                      | mode | pics |
      | TC_EVCC20_DC_Resume_007 | DC   | DC   |
      | TC_EVCC20_AC_Resume_006 | AC   | AC   |

  @req:X20-PauseNotAllowed @req:X20-FailedIsFatal
  Scenario Outline: the charger does not allow the pause (<mode>)
    Given a charger that offers <mode>
    And a charger that asks for Pause from its 5th charge loop response on
    And a charger that answers SessionStopReq with FAILED_PauseNotAllowed
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the SessionStopRes

    Examples:
      | id                     | mode | pics |
      | TC_EVCC20_DC_Pause_001 | DC   | DC   |
      | TC_EVCC20_AC_Pause_001 | AC   | AC   |

  @TC_EVCC20_DC_Pause_002 @pics:DC @req:X20-EvsePause
  Scenario: the charger wants a pause before it charges (GoToPause)
    Given a charger that offers DC
    And a charger with go_to_pause = true
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then the vehicle answers the ScheduleExchangeRes with GoToPause = true with SessionStopReq with ChargingSession = Pause

  @TC_EVCC20_DC_Pause_003 @pics:DC @req:X20-SessionStop
  Scenario: the driver pauses the session
    Given a charger that offers Scheduled DC
    When the vehicle is plugged in
    And the vehicle has sent its 5th DC_ChargeLoopReq
    And the driver of the vehicle wants a pause
    And the vehicle has finished the session
    Then the vehicle has sent PowerDeliveryReq with ChargeProgress = Stop
    And the vehicle has sent SessionStopReq with ChargingSession = Pause
