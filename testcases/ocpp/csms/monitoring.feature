@role:csms @pics:Monitoring
Feature: A CSMS sets monitors and takes what they tell

  @req:N02.FR.05,N02.FR.10
  Scenario Outline: A CSMS asks for a report (<what>)
    Given a booted station
    When the operator makes the CSMS send GetMonitoringReportRequest
      """
      <payload>
      """
    Then the CSMS sends GetMonitoringReportRequest with <asked>
    And the station sends GetMonitoringReportResponse with status = EmptyResultSet
    When the operator makes the CSMS send GetMonitoringReportRequest
      """
      {requestId: 702, monitoringCriteria: [ThresholdMonitoring]}
      """
    Then the CSMS sends GetMonitoringReportRequest with monitoringCriteria.0 = ThresholdMonitoring
    And the CSMS acknowledges NotifyMonitoringReportRequest

    Examples:
      | id           | what                    | payload                                                                                                         | asked |
      | TC_N_01_CSMS | by criterion            | {requestId: 701, monitoringCriteria: [DeltaMonitoring]}                                                         | monitoringCriteria.0 = DeltaMonitoring |
      | TC_N_02_CSMS | by component            | {requestId: 701, componentVariable: [{component: {name: EVSE, evse: {id: 1}}, variable: {name: Power}}]}        | monitoringCriteria absent and componentVariable.0.component.name = EVSE and componentVariable.0.component.evse.id = 1 and componentVariable.0.variable.name = Power |
      | TC_N_03_CSMS | by both                 | {requestId: 701, monitoringCriteria: [DeltaMonitoring], componentVariable: [{component: {name: EVSE, evse: {id: 1}}, variable: {name: AvailabilityState}}]} | monitoringCriteria.0 = DeltaMonitoring and componentVariable.0.component.name = EVSE and componentVariable.0.variable.name = AvailabilityState |
      | TC_N_60_CSMS | of several components   | {requestId: 701, monitoringCriteria: [ThresholdMonitoring], componentVariable: [{component: {name: ChargingStation}, variable: {name: AvailabilityState}}, {component: {name: EVSE, evse: {id: 1}}, variable: {name: AvailabilityState}}]} | monitoringCriteria.0 = ThresholdMonitoring and componentVariable.0.component.name = ChargingStation and componentVariable.1.component.name = EVSE and componentVariable.1.component.evse.id = 1 |

  @TC_N_47_CSMS @req:N02.FR.05
  Scenario: A CSMS asks for everything
    Given a booted station
    When the operator makes the CSMS send GetMonitoringReportRequest
      """
      {requestId: 747}
      """
    Then the CSMS sends GetMonitoringReportRequest with monitoringCriteria absent and componentVariable absent
    And the CSMS acknowledges NotifyMonitoringReportRequest

  @req:N03.FR.03,N03.FR.04,N03.FR.05
  Scenario Outline: A CSMS sets the base <base>
    Given a booted station
    When the operator makes the CSMS send SetMonitoringBaseRequest
      """
      {monitoringBase: <base>}
      """
    Then the CSMS sends SetMonitoringBaseRequest with monitoringBase = <base>

    Examples:
      | id             | base           |
      | TC_N_05_CSMS   | All            |
      | TC_N_05_CSMS_b | FactoryDefault |
      | TC_N_05_CSMS_c | HardWiredOnly  |

  @TC_N_08_CSMS @req:N04.FR.01,N04.FR.02
  Scenario: A CSMS sets a monitor
    Given a booted station
    When the operator makes the CSMS send SetVariableMonitoringRequest
      """
      setMonitoringData:
        - {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: 1}}, variable: {name: AvailabilityState}}
      """
    Then the CSMS sends SetVariableMonitoringRequest with setMonitoringData.0.type = Delta and setMonitoringData.0.value = 1 and setMonitoringData.0.severity = 8 and setMonitoringData.0.component.name = EVSE and setMonitoringData.0.component.evse.id = 1 and setMonitoringData.0.variable.name = AvailabilityState
    And the station sends SetVariableMonitoringResponse with setMonitoringResult.0.status = Accepted
    When the driver plugs in
    Then the CSMS acknowledges NotifyEventRequest

  @TC_N_09_CSMS @req:N04.FR.01 @req:N04.FR.02
  Scenario: A CSMS sets monitors of two components at once
    Given a booted station
    When the operator makes the CSMS send SetVariableMonitoringRequest
      """
      setMonitoringData:
        - {type: Delta, value: 1, severity: 8, component: {name: EVSE, evse: {id: 1}}, variable: {name: AvailabilityState}}
        - {type: Delta, value: 1, severity: 8, component: {name: ChargingStation}, variable: {name: AvailabilityState}}
      """
    Then the CSMS sends SetVariableMonitoringRequest with setMonitoringData.*.component.name = EVSE and setMonitoringData.*.component.name = ChargingStation and setMonitoringData.0.type = Delta and setMonitoringData.1.type = Delta and setMonitoringData.0.value = 1 and setMonitoringData.1.value = 1 and setMonitoringData.0.severity = 8 and setMonitoringData.1.severity = 8
    And the station sends SetVariableMonitoringResponse with setMonitoringResult.0.status = Accepted and setMonitoringResult.1.status = Accepted

  @TC_N_16_CSMS @req:N05.FR.01
  Scenario: A CSMS sets the level
    Given a booted station
    When the operator makes the CSMS send SetMonitoringLevelRequest
      """
      {severity: 4}
      """
    Then the CSMS sends SetMonitoringLevelRequest with severity = 4

  @TC_N_17_CSMS @req:N05.FR.02
  Scenario: A station refuses the level
    Given the station will answer SetMonitoringLevelResponse with status = Rejected
    And a booted station
    When the operator makes the CSMS send SetMonitoringLevelRequest
      """
      {severity: 4}
      """
    Then the CSMS sends SetMonitoringLevelRequest with severity = 4
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

  @TC_N_44_CSMS @req:N02.FR.05
  Scenario: A station refuses to clear a hard-wired monitor
    Given a booted station
    When the operator makes the CSMS send ClearVariableMonitoringRequest
      """
      {id: [1]}
      """
    Then the CSMS sends ClearVariableMonitoringRequest with id.0 = 1
    And the station sends ClearVariableMonitoringResponse with clearMonitoringResult.0.status = Rejected
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

  @req:N07.FR.03,N08.FR.02
  Scenario Outline: A CSMS takes an event (<what>)
    Given a booted station
    When the station sends NotifyEventRequest
      """
      generatedAt: $now
      seqNo: 0
      eventData:
        - {eventId: 1, timestamp: $now, component: {name: EVSE, evse: {id: 1}}, variable: {name: Power}, variableMonitoringId: 77, <event>}
      """
    Then the CSMS answers NotifyEventResponse within 30 s

    Examples:
      | id           | what                     | event                                                                                                |
      | TC_N_21_CSMS | of a hard-wired monitor  | trigger: Alerting, actualValue: "11000", eventNotificationType: HardWiredMonitor                      |
      | TC_N_24_CSMS | of a periodic monitor    | trigger: Periodic, actualValue: "11000", eventNotificationType: CustomMonitor                         |
      | TC_N_48_CSMS | without a value          | trigger: Delta, actualValue: "", eventNotificationType: CustomMonitor                                 |
      | TC_N_49_CSMS | that is cleared          | trigger: Alerting, actualValue: "0", cleared: true, eventNotificationType: CustomMonitor              |
      | TC_N_50_CSMS | that comes periodically  | trigger: Periodic, actualValue: "Available", eventNotificationType: PreconfiguredMonitor              |

  @TC_N_18_CSMS @req:N06.FR.04
  Scenario: A CSMS clears no more monitors at once than the station allows
    Given a station with MonitoringCtrlr.ItemsPerMessage[ClearVariableMonitoring] = 2
    And a booted station
    When the operator makes the CSMS send GetVariablesRequest
      """
      getVariableData: [{component: {name: MonitoringCtrlr}, variable: {name: ItemsPerMessage, instance: ClearVariableMonitoring}}]
      """
    Then the CSMS sends GetVariablesRequest with getVariableData.0.component.name = MonitoringCtrlr
    And the station sends GetVariablesResponse
    When the operator makes the CSMS send ClearVariableMonitoringRequest
      """
      {id: [11, 12, 13]}
      """
    Then the CSMS clears the monitors 11, 12, 13, at most 2 at once
