@role:secc @slow @pics:Standby
Feature: Standby: the contactors stay closed, no power flows, and charging goes on at once

  @req:V2G20-2113 @req:X20-Standby
  Scenario Outline: standby is granted, and no power flows in it (<control> <mode>)
    Given a <control> <mode> session has reached <loop> for the 3rd time
    When the EV wants standby
    And the session goes on to PowerDeliveryReq
    And the EV sends PowerDeliveryReq
    Then the charger answers PowerDeliveryRes with OK within 1.5 s
    When the session is tried for 3 s
    Then no power flows in the last <answer>
    And the charger keeps the connection open for 0.2 s

    Examples:
      | id                        | control   | mode   | loop             | answer           | pics             |
      | TC_SECC20_DC_Standby_001  | Scheduled | DC     | DC_ChargeLoopReq | DC_ChargeLoopRes | DC&Scheduled     |
      | TC_SECC20_DC_Standby_002  | Dynamic   | DC     | DC_ChargeLoopReq | DC_ChargeLoopRes | DC&Dynamic       |
      | TC_SECC20_BPT_Standby_001 | Dynamic   | DC_BPT | DC_ChargeLoopReq | DC_ChargeLoopRes | DC_BPT&Dynamic   |
      | TC_SECC20_AC_Standby_001  | Dynamic   | AC     | AC_ChargeLoopReq | AC_ChargeLoopRes | AC&Dynamic       |

  @req:V2G20-1391 @req:V2G20-1393
  Scenario Outline: the EV leaves standby and charges again (<mode>)
    Given a Scheduled <mode> session has reached <loop> for the 3rd time
    When the EV wants standby
    And the session goes on for 1 s
    And the EV wants the end of standby
    And the session goes on to PowerDeliveryReq
    And the EV sends PowerDeliveryReq
    Then the charger answers PowerDeliveryRes with OK* within 1.5 s
    When the session goes on for 2 s
    And the EV sends <loop>
    Then the charger answers <answer> with OK within 0.25 s

    Examples:
      | id                       | mode | loop             | answer           | pics         |
      | TC_SECC20_DC_Standby_003 | DC   | DC_ChargeLoopReq | DC_ChargeLoopRes | DC&Scheduled |
      | TC_SECC20_AC_Standby_002 | AC   | AC_ChargeLoopReq | AC_ChargeLoopRes | AC&Scheduled |

  @req:X20-Notification @pics:Notifications
  Scenario Outline: the operator ends the standby (<mode>)
    Given a Scheduled <mode> session has reached <loop> for the 3rd time
    When the EV wants standby
    And the session goes on for 1 s
    And the operator wants the end of standby
    And the session goes on to PowerDeliveryReq
    Then the charger asks for ExitStandby within 3 s
    When the EV sends PowerDeliveryReq
    Then the charger answers PowerDeliveryRes with OK* within 1.5 s
    When the session goes on for 1 s
    Then the charger asks for nothing more

    Examples:
      | id                       | mode | loop             | pics         |
      | TC_SECC20_DC_Standby_004 | DC   | DC_ChargeLoopReq | DC&Scheduled |
      | TC_SECC20_AC_Standby_003 | AC   | AC_ChargeLoopReq | AC&Scheduled |

  @TC_SECC20_DC_Standby_005 @pics:DC @req:X20-SessionStop
  Scenario: a session is ended out of standby
    Given a Scheduled DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV wants standby
    And the session goes on for 1 s
    And the EV ends the session
    Then the session is complete

  @TC_SECC20_DC_Standby_006 @pics:DC @req:V2G20-1502
  Scenario: an EV that falls silent in standby
    Given a Scheduled DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV wants standby
    And the session goes on for 1 s
    And the EV stays silent
    Then the charger closes the connection between 0.5 s and 1 s

  @TC_SECC20_DC_Standby_007 @pics:DC @req:X20-SequenceError
  Scenario: SessionStopReq has no place in standby
    Given a Scheduled DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV wants standby
    And the session goes on for 1 s
    And the EV sends SessionStopReq
    Then the charger answers SessionStopRes with FAILED_SequenceError within 1.5 s
    And the charger closes the connection within 5 s
