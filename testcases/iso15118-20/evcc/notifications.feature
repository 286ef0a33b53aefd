@role:evcc
Feature: Notifications that do not fit are no reason to stop

  @req:X20-Notification
  Scenario Outline: ExitStandby outside of standby (<mode>)
    Given a charger that offers <mode>
    And a charger that asks for ExitStandby within 0 s in its 5th <loop>Res
    When the vehicle is plugged in
    Then the vehicle answers the <loop>Res with EVSEStatus.EVSENotification = ExitStandby with <loop>Req within 0.25 s
    And the vehicle has completed the session

    Examples:
      | id                            | mode | loop          | pics |
      | TC_EVCC20_DC_Notification_001 | DC   | DC_ChargeLoop | DC   |
      | TC_EVCC20_AC_Notification_001 | AC   | AC_ChargeLoop | AC   |
