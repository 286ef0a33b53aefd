@role:secc @slow
Feature: Schedules and services are renegotiated without a new session

  @pics:ScheduleRenegotiation @req:X20-ScheduleRenegotiation
  Scenario Outline: the EV wants a new schedule (<control> <mode>)
    Given a <control> <mode> session has reached <loop> for the 3rd time
    When the EV wants a new schedule
    And the session goes on to PowerDeliveryReq
    And the EV sends PowerDeliveryReq
    Then the charger answers PowerDeliveryRes with OK within 1.5 s
    When the EV sends ScheduleExchangeReq
    Then the charger answers ScheduleExchangeRes with OK within 1.5 s
    When the session goes on to <loop>
    And the EV sends <loop>
    Then the charger answers <answer> with OK within 0.25 s

    Examples:
      | id                                     | control   | mode   | loop             | answer           | pics           |
      | TC_SECC20_DC_ScheduleRenegotiation_001 | Scheduled | DC     | DC_ChargeLoopReq | DC_ChargeLoopRes | DC&Scheduled   |
      | TC_SECC20_DC_ScheduleRenegotiation_002 | Dynamic   | DC     | DC_ChargeLoopReq | DC_ChargeLoopRes | DC&Dynamic     |
      | TC_SECC20_AC_ScheduleRenegotiation_001 | Scheduled | AC     | AC_ChargeLoopReq | AC_ChargeLoopRes | AC&Scheduled   |
      | TC_SECC20_BPT_ScheduleRenegotiation_001| Dynamic   | AC_BPT | AC_ChargeLoopReq | AC_ChargeLoopRes | AC_BPT&Dynamic |

  @pics:ScheduleRenegotiation&Notifications @req:X20-Notification @req:X20-ScheduleRenegotiation
  Scenario Outline: the operator wants a new schedule (<mode>)
    Given a Scheduled <mode> session has reached <loop> for the 3rd time
    When the operator wants a new schedule
    And the session goes on to PowerDeliveryReq
    Then the charger asks for ScheduleRenegotiation within 3 s
    When the session goes on to ScheduleExchangeReq
    And the EV sends ScheduleExchangeReq
    Then the charger answers ScheduleExchangeRes with OK within 1.5 s
    When the session goes on for 2 s
    Then the charger asks for nothing more

    Examples:
      | id                                     | mode | loop             | pics         |
      | TC_SECC20_DC_ScheduleRenegotiation_003 | DC   | DC_ChargeLoopReq | DC&Scheduled |
      | TC_SECC20_AC_ScheduleRenegotiation_002 | AC   | AC_ChargeLoopReq | AC&Scheduled |

  @TC_SECC20_DC_ScheduleRenegotiation_004 @pics:DC&ScheduleRenegotiation @req:X20-SequenceError
  Scenario: a renegotiated schedule needs no second cable check
    Given a Scheduled DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV wants a new schedule
    And the session goes on to ScheduleExchangeReq
    And the EV sends DC_CableCheckReq
    Then the charger answers DC_CableCheckRes with FAILED_SequenceError within 1.5 s
    And the charger closes the connection within 5 s

  @pics:ServiceRenegotiation @req:V2G20-1477
  Scenario Outline: the EV wants a new service, and is not authorized again (<mode>)
    Given a <mode> session has reached <loop> for the 3rd time
    Then the charger has sent ServiceDiscoveryRes with ServiceRenegotiationSupported = true
    When the EV wants a new service
    And the session goes on to SessionStopReq
    And the EV sends SessionStopReq
    Then the charger answers SessionStopRes with OK within 1.5 s
    And the charger keeps the connection open for 0.5 s
    When the EV sends ServiceDiscoveryReq
    Then the charger answers ServiceDiscoveryRes with OK within 1.5 s
    When the session goes on to <loop>
    And the EV sends <loop>
    Then the charger answers <answer> with OK within 0.25 s

    Examples:
      | id                                    | mode | loop             | answer           | pics |
      | TC_SECC20_DC_ServiceRenegotiation_001 | DC   | DC_ChargeLoopReq | DC_ChargeLoopRes | DC   |
      | TC_SECC20_AC_ServiceRenegotiation_001 | AC   | AC_ChargeLoopReq | AC_ChargeLoopRes | AC   |

  @TC_SECC20_DC_ServiceRenegotiation_002 @pics:DC&ServiceRenegotiation&Notifications @req:X20-Notification @req:V2G20-1477
  Scenario: the operator wants a new service
    Given a DC session has reached DC_ChargeLoopReq for the 3rd time
    When the operator wants a new service
    And the session goes on to PowerDeliveryReq
    Then the charger asks for ServiceRenegotiation within 3 s
    When the session goes on to ServiceDiscoveryReq
    And the EV sends ServiceDiscoveryReq
    Then the charger answers ServiceDiscoveryRes with OK within 1.5 s

  @pics:ServiceRenegotiation @req:X20-SequenceError
  Scenario Outline: <request> has no place after a renegotiation of services
    Given a DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV wants a new service
    And the session goes on to ServiceDiscoveryReq
    And the EV sends <request>
    Then the charger answers <answer> with FAILED_SequenceError within 1.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                    | request                        | answer                         | pics |
      | TC_SECC20_DC_ServiceRenegotiation_003 | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceRenegotiation_004 | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
