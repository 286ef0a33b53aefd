@role:secc @slow @pics:Notifications
Feature: What the operator wants of an EV is said in the charge loop, until the EV has obeyed

  @req:X20-Notification
  Scenario Outline: the operator wants the end of the session (<control> <mode>)
    Given a <control> <mode> session has reached <loop> for the 3rd time
    When the operator wants the end of the session
    And the session goes on to PowerDeliveryReq
    Then the charger asks for Terminate within 3 s
    And the answer has EVSEStatus.NotificationMaxDelay
    When the EV ends the session
    Then the session is complete

    Examples:
      | id                           | control   | mode   | loop             | pics             |
      | TC_SECC20_DC_Notification_001 | Scheduled | DC     | DC_ChargeLoopReq | DC&Scheduled     |
      | TC_SECC20_DC_Notification_002 | Dynamic   | DC     | DC_ChargeLoopReq | DC&Dynamic       |
      | TC_SECC20_AC_Notification_001 | Scheduled | AC     | AC_ChargeLoopReq | AC&Scheduled     |
      | TC_SECC20_BPT_Notification_001 | Dynamic  | AC_BPT | AC_ChargeLoopReq | AC_BPT&Dynamic   |

  @req:X20-Notification
  Scenario Outline: what was asked for is asked again while the EV goes on (<what>)
    Given a Scheduled DC session has reached DC_ChargeLoopReq for the 3rd time
    When the operator wants <what>
    And the EV sends DC_ChargeLoopReq
    And the EV sends DC_ChargeLoopReq once more
    Then the charger answers DC_ChargeLoopRes with OK within 0.25 s
    And the answer has EVSEStatus.EVSENotification = <kind>

    Examples:
      | id                            | what                   | kind                  | pics                    |
      | TC_SECC20_DC_Notification_003 | the end of the session | Terminate             | DC                      |
      | TC_SECC20_DC_Notification_004 | a new schedule         | ScheduleRenegotiation | DC&ScheduleRenegotiation |
      | TC_SECC20_DC_Notification_005 | a new service          | ServiceRenegotiation  | DC&ServiceRenegotiation |
