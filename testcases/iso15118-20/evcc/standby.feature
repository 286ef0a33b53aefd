@role:evcc @slow @pics:Standby
Feature: The EV in standby: no power, the charge loop goes on, and it comes back when it is told to

  @req:V2G20-1391 @req:V2G20-1393
  Scenario Outline: the driver wants standby (<mode>)
    Given a charger that offers <mode>
    And a charger that allows standby
    When the vehicle is plugged in
    And the vehicle has sent its 5th <loop>Req
    And the driver of the vehicle wants standby
    And 2 s pass
    Then the vehicle has sent PowerDeliveryReq with ChargeProgress = Standby
    And the vehicle answers the 2nd PowerDeliveryRes with <loop>Req within 0.25 s
    And the vehicle takes no more than 0 W later than 0.5 s after PowerDeliveryRes

    Examples:
      | id                       | mode         | loop          | pics         |
      | TC_EVCC20_DC_Standby_001 | Scheduled DC | DC_ChargeLoop | DC&Scheduled |
      | TC_EVCC20_AC_Standby_001 | Scheduled AC | AC_ChargeLoop | AC&Scheduled |

  @req:X20-Notification @req:V2G20-1393
  Scenario Outline: the charger ends the standby (<mode>)
    Given a charger that offers <mode>
    And a charger that allows standby
    And a charger that asks for ExitStandby from its 5th charge loop response on in standby
    When the vehicle is plugged in
    And the vehicle has sent its 5th <loop>Req
    And the driver of the vehicle wants standby
    Then the vehicle answers the <loop>Res with EVSEStatus.EVSENotification = ExitStandby with PowerDeliveryReq with ChargeProgress = Start within 1 s
    And the vehicle answers the 3rd PowerDeliveryRes with <loop>Req within 0.25 s

    Examples:
      | id                       | mode         | loop          | pics         |
      | TC_EVCC20_DC_Standby_002 | Scheduled DC | DC_ChargeLoop | DC&Scheduled |
      | TC_EVCC20_AC_Standby_002 | Scheduled AC | AC_ChargeLoop | AC&Scheduled |

  @req:X20-Standby
  Scenario Outline: standby is refused, and charging goes on (<mode>)
    Given a charger that offers <mode>
    And a charger that does not allow standby
    When the vehicle is plugged in
    And the vehicle has sent its 5th <loop>Req
    And the driver of the vehicle wants standby
    Then the vehicle answers the PowerDeliveryRes with ResponseCode = WARNING_StandbyNotAllowed with <loop>Req within 0.25 s
    And the vehicle still charges with at least 500 W

    Examples:
      | id                       | mode         | loop          | pics         |
      | TC_EVCC20_DC_Standby_003 | Scheduled DC | DC_ChargeLoop | DC&Scheduled |
      | TC_EVCC20_AC_Standby_003 | Scheduled AC | AC_ChargeLoop | AC&Scheduled |
