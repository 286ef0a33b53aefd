@role:evcc @slow
Feature: Schedules and services are renegotiated when the charger asks for it

  @pics:ScheduleRenegotiation @req:X20-ScheduleRenegotiation @req:X20-Notification
  Scenario Outline: the charger wants a new schedule, and the EV keeps to it (<mode>)
    Given a charger that offers <mode>
    And a charger with schedules_later = [{"power": [[36000, 5000]]}]
    And a charger that asks for ScheduleRenegotiation from its 5th charge loop response on
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then the vehicle answers the <loop>Res with EVSEStatus.EVSENotification = ScheduleRenegotiation with PowerDeliveryReq with ChargeProgress = ScheduleRenegotiation
    And the vehicle answers the 2nd PowerDeliveryRes with ScheduleExchangeReq
    And the power profile of the vehicle stays within the schedule that it has selected
    And the vehicle takes no more than 5000 W later than 2 s after ScheduleExchangeRes

    Examples:
      | id                                     | mode         | loop          | pics         |
      | TC_EVCC20_DC_ScheduleRenegotiation_001 | Scheduled DC | DC_ChargeLoop | DC&Scheduled |
      | TC_EVCC20_AC_ScheduleRenegotiation_001 | Scheduled AC | AC_ChargeLoop | AC&Scheduled |

  @pics:ScheduleRenegotiation @req:X20-ScheduleRenegotiation
  Scenario Outline: the new schedule is not given, and charging goes on with the old one (<mode>)
    Given a charger that offers <mode>
    And a charger that does not renegotiate schedules
    When the vehicle is plugged in
    And the vehicle has sent its 5th <loop>Req
    And the driver of the vehicle wants a new schedule
    Then the vehicle answers the PowerDeliveryRes with ResponseCode = WARNING_ScheduleRenegotiationFailed with <loop>Req within 0.25 s

    Examples:
      | id                                     | mode         | loop          | pics         |
      | TC_EVCC20_DC_ScheduleRenegotiation_002 | Scheduled DC | DC_ChargeLoop | DC&Scheduled |
      | TC_EVCC20_AC_ScheduleRenegotiation_002 | Scheduled AC | AC_ChargeLoop | AC&Scheduled |

  @pics:ScheduleRenegotiation @req:X20-ScheduleRenegotiation @req:X20-FailedIsFatal
  Scenario Outline: the renegotiation of the schedule fails for good (<mode>)
    Given a charger that offers <mode>
    And a charger that asks for ScheduleRenegotiation from its 5th charge loop response on
    And a charger whose 2nd PowerDeliveryRes has ResponseCode = FAILED_ScheduleRenegotiation
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the 2nd PowerDeliveryRes

    Examples:
      | id                                     | mode         | pics         |
      | TC_EVCC20_DC_ScheduleRenegotiation_003 | Scheduled DC | DC&Scheduled |
      | TC_EVCC20_AC_ScheduleRenegotiation_003 | Scheduled AC | AC&Scheduled |

  @pics:ServiceRenegotiation @req:V2G20-1477
  Scenario Outline: the charger wants a new service, and the EV is not authorized again (<mode>)
    Given a charger that offers <mode>
    And a charger that asks for ServiceRenegotiation from its 5th charge loop response on
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then the vehicle has sent SessionStopReq with ChargingSession = ServiceRenegotiation
    And the vehicle answers the SessionStopRes with ServiceDiscoveryReq
    And the vehicle never goes back to AuthorizationReq after SessionStopReq
    And the vehicle keeps its SessionID in all requests

    Examples:
      | id                                    | mode         | pics         |
      | TC_EVCC20_DC_ServiceRenegotiation_001 | Scheduled DC | DC&Scheduled |
      | TC_EVCC20_AC_ServiceRenegotiation_001 | Dynamic AC   | AC&Dynamic   |

  @pics:ServiceRenegotiation @req:X20-ServiceRenegotiation @req:X20-FailedIsFatal
  Scenario Outline: the renegotiation of services is refused (<mode>)
    Given a charger that offers <mode>
    And a charger that asks for ServiceRenegotiation from its 5th charge loop response on
    And a charger that answers SessionStopReq with FAILED_NoServiceRenegotiationSupported
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the SessionStopRes

    Examples:
      | id                                    | mode | pics |
      | TC_EVCC20_DC_ServiceRenegotiation_002 | DC   | DC   |
      | TC_EVCC20_AC_ServiceRenegotiation_002 | AC   | AC   |

  @pics:ServiceRenegotiation @req:X20-ServiceRenegotiation
  Scenario Outline: services are not renegotiated where the charger does not offer it (<mode>)
    Given a charger that offers <mode>
    And a charger with service_renegotiation = false
    When the vehicle is plugged in
    And the vehicle has sent its 5th <loop>Req
    And the driver of the vehicle wants a new service
    And the vehicle has finished the session
    Then the vehicle has not sent SessionStopReq with ChargingSession = ServiceRenegotiation

    Examples:
      | id                                    | mode | loop          | pics |
      | TC_EVCC20_DC_ServiceRenegotiation_003 | DC   | DC_ChargeLoop | DC   |
      | TC_EVCC20_AC_ServiceRenegotiation_003 | AC   | AC_ChargeLoop | AC   |
