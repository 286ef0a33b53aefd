@role:station @pics:Monitoring
Feature: A station watches its variables and reports on its monitors

  # ---- reports

  @req:N02.FR.01,N02.FR.03,N02.FR.04,N02.FR.05,N02.FR.06,N02.FR.09,N02.FR.12,N02.FR.13,N02.FR.14
  Scenario Outline: A report is limited to <criterion>
    Given a booted station
    And a monitor that is set as $state
      """
      {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    And a monitor that is set as $power
      """
      {type: UpperThreshold, value: 10, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}
      """
    And a monitor that is set as $period
      """
      {type: Periodic, value: 3600, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    When the CSMS sends GetMonitoringReportRequest
      """
      {requestId: 601, monitoringCriteria: [<criterion>]}
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted
    And the monitoring report 601 comes whole
    And the monitoring report 601 holds only monitors with type = <types>
    And the monitoring report 601 holds a monitor with id = <one> and component.name = EVSE and severity = 8

    Examples:
      | id           | criterion           | types                                           | one     |
      | TC_N_01_CS   | ThresholdMonitoring | UpperThreshold or LowerThreshold                | $power  |
      | TC_N_01_CS_b | DeltaMonitoring     | Delta or TargetDelta or TargetDeltaRelative     | $state  |
      | TC_N_01_CS_c | PeriodicMonitoring  | Periodic or PeriodicClockAligned                | $period |

  @TC_N_02_CS @req:N02.FR.01,N02.FR.03,N02.FR.04,N02.FR.05,N02.FR.08,N02.FR.09
  Scenario: A report is limited to a component
    Given a booted station
    And a monitor that is set as $state
      """
      {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    When the CSMS sends GetMonitoringReportRequest
      """
      {requestId: 602, componentVariable: [{component: {name: EVSE, evse: {id: $evse}}}]}
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted
    And the monitoring report 602 comes whole
    And the monitoring report 602 holds only monitors with component.name = EVSE and component.evse.id = $evse
    And the monitoring report 602 holds a monitor with id = $state and type = Delta and value = 1

  @TC_N_03_CS @req:N02.FR.01,N02.FR.03,N02.FR.04,N02.FR.05,N02.FR.09,N02.FR.10,N02.FR.13
  Scenario: Criterion and component together can leave nothing
    Given a booted station
    And a monitor that is set as $state
      """
      {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    When the CSMS sends GetMonitoringReportRequest
      """
      requestId: 603
      monitoringCriteria: [ThresholdMonitoring]
      componentVariable: [{component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}]
      """
    Then the station answers GetMonitoringReportResponse with status = EmptyResultSet
    And no part of the monitoring report 603 comes within 10 s
    When the CSMS sends GetMonitoringReportRequest
      """
      requestId: 604
      monitoringCriteria: [DeltaMonitoring]
      componentVariable: [{component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}]
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted
    And the monitoring report 604 comes whole
    And the monitoring report 604 holds only monitors with type = Delta

  @TC_N_47_CS @req:N02.FR.01,N02.FR.11
  Scenario: Everything is reported when nothing limits the report
    Given a booted station
    And a monitor that is set as $state
      """
      {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    And a monitor that is set as $power
      """
      {type: UpperThreshold, value: 10, severity: 7, component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}
      """
    When the CSMS sends GetMonitoringReportRequest
      """
      {requestId: 647}
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted
    And the monitoring report 647 comes whole
    And the monitoring report 647 holds a monitor with id = $state and type = Delta and severity = 8
    And the monitoring report 647 holds a monitor with id = $power and type = UpperThreshold and severity = 7 and value = 10

  # ---- base and level

  @req:N03.FR.01,N03.FR.03,N03.FR.04,N03.FR.05
  Scenario Outline: The base <base> can be set
    Given a booted station
    When the CSMS sends SetMonitoringBaseRequest
      """
      {monitoringBase: <base>}
      """
    Then the station answers SetMonitoringBaseResponse with status = Accepted

    Examples:
      | id           | base           |
      | TC_N_05_CS   | All            |
      | TC_N_05_CS_b | FactoryDefault |
      | TC_N_05_CS_c | HardWiredOnly  |

  @req:N03.FR.01,N03.FR.04,N03.FR.05,N04.FR.15
  Scenario Outline: The base <base> takes away the monitors of the CSMS
    Given a booted station
    And a monitor that is set as $state
      """
      {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    When the CSMS sends SetMonitoringBaseRequest
      """
      {monitoringBase: <base>}
      """
    Then the station answers SetMonitoringBaseResponse with status = Accepted
    When the CSMS sends GetMonitoringReportRequest
      """
      {requestId: 606, monitoringCriteria: [DeltaMonitoring]}
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted or EmptyResultSet
    And no custom monitor stands in the monitoring report 606 within 10 s

    Examples:
      | id         | base           |
      | TC_N_06_CS | HardWiredOnly  |
      | TC_N_41_CS | FactoryDefault |

  @TC_N_16_CS @req:N05.FR.01,N05.FR.03,N07.FR.15
  Scenario: What is less severe than the level is not told
    Given a booted station
    And a monitor that is set as $state
      """
      {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    When the CSMS sends SetMonitoringLevelRequest
      """
      {severity: 7}
      """
    Then the station answers SetMonitoringLevelResponse with status = Accepted
    When the driver plugs in
    Then the station notifies no event with variableMonitoringId = $state within 20 s
    When the CSMS sends SetMonitoringLevelRequest
      """
      {severity: 8}
      """
    Then the station answers SetMonitoringLevelResponse with status = Accepted
    When the driver unplugs
    Then the station notifies an event with variableMonitoringId = $state and trigger = Delta

  @TC_N_17_CS @req:N05.FR.02
  Scenario: A level that there is not is refused
    Given a booted station
    When the CSMS sends SetMonitoringLevelRequest
      """
      {severity: 10}
      """
    Then the station answers SetMonitoringLevelResponse with status = Rejected

  # ---- setting monitors

  @TC_N_08_CS @req:N04.FR.01,N04.FR.02,N04.FR.08,N04.FR.11
  Scenario: One monitor is set
    Given a booted station
    When the CSMS sends SetVariableMonitoringRequest
      """
      setMonitoringData:
        - {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    Then the station answers SetVariableMonitoringResponse with setMonitoringResult.0.status = Accepted and setMonitoringResult.0.type = Delta and setMonitoringResult.0.severity = 8 and setMonitoringResult.0.id present
    When the CSMS sends GetMonitoringReportRequest
      """
      {requestId: 608, componentVariable: [{component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}]}
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted
    And the monitoring report 608 holds a monitor with type = Delta and severity = 8 and component.name = EVSE

  @req:N04.FR.01,N04.FR.02,N04.FR.08,N04.FR.11
  Scenario Outline: Several monitors are set at once (<what>)
    Given a booted station
    When the CSMS sends SetVariableMonitoringRequest
      """
      setMonitoringData:
        - {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
        - {type: <type>, value: <value>, severity: 7, component: {name: EVSE, evse: {id: $evse}}, variable: {name: <variable>}}
      """
    Then the station answers SetVariableMonitoringResponse with setMonitoringResult.0.status = Accepted and setMonitoringResult.1.status = Accepted and setMonitoringResult.1.type = <type> and setMonitoringResult.1.severity = 7 and setMonitoringResult.1.id present
    When the CSMS sends GetMonitoringReportRequest
      """
      {requestId: 609, componentVariable: [{component: {name: EVSE, evse: {id: $evse}}}]}
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted
    And the monitoring report 609 holds a monitor with type = Delta and variable.name = AvailabilityState
    And the monitoring report 609 holds a monitor with type = <type> and variable.name = <variable> and severity = 7

    Examples:
      | id         | what            | type           | value | variable          |
      | TC_N_09_CS | two variables   | UpperThreshold | 10    | Power             |
      | TC_N_10_CS | on one variable | Periodic       | 3600  | AvailabilityState |

  @TC_OCPP_N_ClearPeriodic_CS @slow @req:N06.FR.01
  Scenario: A periodic monitor that was cleared tells nothing any more
    Given a booted station
    And a monitor that is set as $period
      """
      {type: Periodic, value: 5, severity: 0, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    When 6 s pass
    And the CSMS sends ClearVariableMonitoringRequest
      """
      {id: [$period]}
      """
    Then the station answers ClearVariableMonitoringResponse with clearMonitoringResult.0.status = Accepted
    And 5 s later the station sends no NotifyEventRequest with eventData.*.variableMonitoringId = $period for 20 s

  @req:N04.FR.01,N04.FR.03,N04.FR.04,N04.FR.05,N04.FR.06,N04.FR.13,N04.FR.14
  Scenario Outline: A monitor that cannot be is refused (<what>)
    Given a booted station
    When the CSMS sends SetVariableMonitoringRequest
      """
      setMonitoringData:
        - {type: <type>, value: <value>, severity: 8, component: {name: <component>, evse: {id: $evse}}, variable: {name: <variable>}}
      """
    Then the station answers SetVariableMonitoringResponse with setMonitoringResult.0.status = <status> and setMonitoringResult.0.type = <type> and setMonitoringResult.0.severity = 8

    Examples:
      | id           | what                         | component | variable          | type           | value   | status           |
      | TC_N_11_CS   | unknown component            | Nothing   | AvailabilityState | Delta          | 1       | UnknownComponent |
      | TC_N_37_CS   | unknown variable             | EVSE      | Nothing           | Delta          | 1       | UnknownVariable  |
      | TC_N_12_CS   | negative Delta               | EVSE      | Power             | Delta          | -1      | Rejected         |
      | TC_N_13_CS   | threshold above the maximum  | EVSE      | Power             | UpperThreshold | 9999999 | Rejected         |
      | TC_N_38_CS   | type that does not fit       | EVSE      | AvailabilityState | UpperThreshold | 1       | UnsupportedMonitorType |

  @TC_N_15_CS @req:N04.FR.10
  Scenario: The same monitor is not set twice
    Given a booted station
    When the CSMS sends SetVariableMonitoringRequest
      """
      setMonitoringData:
        - {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
        - {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    Then the station answers SetVariableMonitoringResponse with setMonitoringResult.*.status = Accepted and setMonitoringResult.*.status = Duplicate

  @TC_N_43_CS @req:N04.FR.01,N04.FR.14
  Scenario: One bad item does not spoil the others
    Given a booted station
    When the CSMS sends SetVariableMonitoringRequest
      """
      setMonitoringData:
        - {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
        - {type: Delta, value: -1, severity: 7, component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}
        - {type: UpperThreshold, value: 10, severity: 6, component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}
      """
    Then the station answers SetVariableMonitoringResponse with setMonitoringResult.0.status present and setMonitoringResult.1.status present and setMonitoringResult.2.status present
    And of the results those of severity 8, 6 are Accepted and those of severity 7 are Rejected

  @req:N04.FR.12,N04.FR.13,N04.FR.16
  Scenario Outline: A monitor is replaced under its id: <what>
    Given a booted station
    And a monitor that is set as $power
      """
      {type: UpperThreshold, value: 10, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}
      """
    When the CSMS sends SetVariableMonitoringRequest
      """
      setMonitoringData:
        - {id: <number>, type: UpperThreshold, value: 20, severity: 7, component: {name: EVSE, evse: {id: <evse>}}, variable: {name: Power}}
      """
    Then the station answers SetVariableMonitoringResponse with setMonitoringResult.0.status = <status>
    When the CSMS sends GetMonitoringReportRequest
      """
      {requestId: 640, componentVariable: [{component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}]}
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted
    And the monitoring report 640 holds a monitor with id = $power and value = <value>
    And the monitoring report 640 holds no monitor with value = <other> and type = UpperThreshold

    Examples:
      | id           | what                      | number | evse  | status                       | value | other |
      | TC_N_40_CS   | it is the new one         | $power | $evse | Accepted                     | 20    | 10    |
      | TC_N_39_CS   | not on another component  | $power | 2     | Rejected or UnknownComponent | 10    | 20    |
      | TC_N_39_CS_b | not one that there is not | 987654 | $evse | Rejected                     | 10    | 20    |

  # ---- clearing monitors

  @TC_N_18_CS @req:N06.FR.01,N06.FR.05
  Scenario: Monitors are cleared
    Given a booted station
    And a monitor that is set as $one
      """
      {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    And a monitor that is set as $two
      """
      {type: UpperThreshold, value: 10, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}
      """
    When the CSMS sends ClearVariableMonitoringRequest
      """
      {id: [$one, $two]}
      """
    Then the station answers ClearVariableMonitoringResponse with clearMonitoringResult.0.status = Accepted and clearMonitoringResult.1.status = Accepted
    When the CSMS sends GetMonitoringReportRequest
      """
      {requestId: 618}
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted or EmptyResultSet
    And no custom monitor stands in the monitoring report 618 within 10 s

  @TC_N_19_CS @req:N06.FR.02,N06.FR.05
  Scenario: A monitor that is not there cannot be cleared
    Given a booted station
    When the CSMS sends ClearVariableMonitoringRequest
      """
      {id: [987654]}
      """
    Then the station answers ClearVariableMonitoringResponse with clearMonitoringResult.0.status = NotFound and clearMonitoringResult.0.id = 987654

  # ---- events

  @TC_N_20_CS @slow @req:N07.FR.02,N07.FR.06,N07.FR.07,N07.FR.16,N07.FR.17
  Scenario: Power goes above a threshold, and back below another one
    Given a booted station
    And SetMonitoringBase that is answered with Accepted
      """
      {monitoringBase: All}
      """
    And a monitor that is set as $upper
      """
      {type: UpperThreshold, value: 10, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}
      """
    When the driver plugs in
    And the driver presents $valid_token
    Then the station notifies an event with variableMonitoringId = $upper and trigger = Alerting and component.name = EVSE and variable.name = Power within 60 s
    When the CSMS sets a monitor as $lower
      """
      {type: LowerThreshold, value: 5, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}
      """
    And the driver unplugs
    Then the station notifies an event with variableMonitoringId = $upper and trigger = Alerting and cleared = true within 60 s
    And the station notifies an event with variableMonitoringId = $lower and trigger = Alerting within 60 s

  @TC_N_45_CS @slow @req:N07.FR.06,N07.FR.07,N07.FR.18
  Scenario: A number that has moved by more than its Delta is told
    Given a booted station
    And a monitor that is set as $delta
      """
      {type: Delta, value: 100, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}
      """
    When the driver plugs in
    And the driver presents $valid_token
    Then the station notifies an event with variableMonitoringId = $delta and trigger = Delta and component.name = EVSE and component.evse.id = $evse and variable.name = Power and actualValue matches [1-9]\d*(\.\d+)? within 60 s

  @TC_N_56_CS @req:N07.FR.06,N07.FR.07,N07.FR.19
  Scenario: A state that is another one is told
    Given a booted station
    And a monitor that is set as $delta
      """
      {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    When the driver plugs in
    Then the station notifies an event with variableMonitoringId = $delta and trigger = Delta and component.name = EVSE and component.evse.id = $evse and variable.name = AvailabilityState and actualValue = Occupied within 60 s

  @TC_N_24_CS @slow @req:N08.FR.05,N08.FR.06
  Scenario: A value is told periodically
    Given a booted station
    When the CSMS sets a monitor as $period
      """
      {type: Periodic, value: 15, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    Then the station notifies 3 events with variableMonitoringId = $period and trigger = Periodic and component.name = EVSE, 15 s apart

  @TC_N_51_CS @slow @req:N07.FR.11
  Scenario: A threshold that is moved is judged anew
    Given a transaction in which energy flows
    And a monitor that is set as $upper
      """
      {type: UpperThreshold, value: 22000, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}
      """
    When the CSMS sends SetVariableMonitoringRequest
      """
      setMonitoringData:
        - {id: $upper, type: UpperThreshold, value: 10, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}
      """
    Then the station answers SetVariableMonitoringResponse with setMonitoringResult.0.status = Accepted
    And the station notifies an event with variableMonitoringId = $upper and trigger = Alerting within 60 s

  @TC_N_52_CS @slow @req:N07.FR.12
  Scenario: A monitor that is cleared says nothing more
    Given a transaction in which energy flows
    And a monitor that is set as $upper
      """
      {type: UpperThreshold, value: 10, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: Power}}
      """
    When the CSMS sends ClearVariableMonitoringRequest
      """
      {id: [$upper]}
      """
    Then the station answers ClearVariableMonitoringResponse with clearMonitoringResult.0.status = Accepted
    And the station notifies no event with variableMonitoringId = $upper and cleared = true within 10 s
    When the driver unplugs
    Then the station notifies no event with variableMonitoringId = $upper within 20 s

  @TC_N_53_CS @slow @req:N07.FR.13
  Scenario: A monitor survives a reboot
    Given a booted station
    And a monitor that is set as $state
      """
      {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    When the station has rebooted by a Reset
    And the CSMS sends GetMonitoringReportRequest
      """
      {requestId: 653}
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted
    And the monitoring report 653 holds a monitor with id = $state and type = Delta and severity = 8

  @TC_N_44_CS @pics:Monitoring&HardWiredMonitor @req:N06.FR.03
  Scenario: A hard-wired monitor cannot be cleared
    Given a booted station
    When the CSMS sends ClearVariableMonitoringRequest
      """
      {id: [$hard_wired_monitor]}
      """
    Then the station answers ClearVariableMonitoringResponse with clearMonitoringResult.0.status = Rejected and clearMonitoringResult.0.id = $hard_wired_monitor

  @TC_N_22_CS @slow @pics:Monitoring&OfflineMonitoring @req:N07.FR.04
  Scenario: What is severe enough is told after an offline time
    Given a booted station
    And MonitoringCtrlr.OfflineQueuingSeverity is set to 4
    And a monitor that is set as $state
      """
      {type: Delta, value: 1, severity: 4, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    When the connection breaks
    And 5 s pass
    And the driver plugs in
    And 5 s pass
    And the connection can be made again
    Then the station notifies an event with variableMonitoringId = $state and trigger = Delta and actualValue = Occupied within 120 s

  @TC_N_23_CS @slow @pics:Monitoring&OfflineMonitoring @req:N07.FR.04
  Scenario: What is less severe is not told after an offline time
    Given a booted station
    And MonitoringCtrlr.OfflineQueuingSeverity is set to 4
    And a monitor that is set as $state
      """
      {type: Delta, value: 1, severity: 5, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    When the connection breaks
    And 5 s pass
    And the driver plugs in
    And 5 s pass
    And the connection can be made again
    Then the station connects within 120 s
    And the station notifies no event with variableMonitoringId = $state within 150 s

  @TC_OCPP_N_BaseAll_CS @req:N03.FR.03
  Scenario: The base All brings back what HardWiredOnly has taken away
    Given a booted station
    When the CSMS sends GetMonitoringReportRequest
      """
      {requestId: 661}
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted or EmptyResultSet
    When 5 s pass
    And the CSMS sends SetMonitoringBaseRequest with monitoringBase = HardWiredOnly
    Then the station answers SetMonitoringBaseResponse with status = Accepted
    When the CSMS sends SetMonitoringBaseRequest with monitoringBase = All
    Then the station answers SetMonitoringBaseResponse with status = Accepted
    When the CSMS sends GetMonitoringReportRequest
      """
      {requestId: 662}
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted or EmptyResultSet
    And the monitoring report 662 holds every monitor of the report 661 but those at EVSEs

  @TC_N_48_CS @slow @pics:Monitoring&BasicAuth @req:N07.FR.10
  Scenario: What can only be written is not told by its monitor
    Given security profile 1 or 2
    And a booted station
    And MonitoringCtrlr.OfflineQueuingSeverity is 9 where the station has it
    And a monitor that is set as $password
      """
      {type: Delta, value: 1, severity: 4, component: {name: SecurityCtrlr}, variable: {name: BasicAuthPassword}}
      """
    When the CSMS tries to set SecurityCtrlr.BasicAuthPassword to $new_password
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Accepted or RebootRequired
    And the station notifies an event with variableMonitoringId = $password and actualValue = "" within 120 s
