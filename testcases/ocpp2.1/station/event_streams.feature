@role:station @pics:Monitoring&EventStreams
Feature: A station tells frequent values in event streams

  @TC_N_105_CS @slow @req:N11.FR.01,N11.FR.02,N15.FR.01,N15.FR.06,N15.FR.07,N15.FR.09
  Scenario: Values are gathered and sent every few seconds
    Given a booted station
    When the CSMS sets a monitor as $period
      """
      type: Periodic
      value: 2
      severity: 8
      component: {name: EVSE, evse: {id: $evse}}
      variable: {name: AvailabilityState}
      periodicEventStream: {interval: 10, values: 20}
      """
    Then the station sends OpenPeriodicEventStreamRequest with constantStreamData.variableMonitoringId = $period and constantStreamData.params.interval = 10 and constantStreamData.params.values = 20
    And the station notifies no event with variableMonitoringId = $period within 5 s
    When the event stream of $period is open as $stream
    Then the station fills the stream $stream 3 times with 4 to 6 values, 10 s apart
    And the values of the stream $stream are in order and 2 s apart

  @TC_N_105_CS_b @slow @req:N11.FR.02,N15.FR.01,N15.FR.04,N15.FR.07,N15.FR.08
  Scenario: Values are sent as soon as there are enough of them
    Given a booted station
    And a monitor that is set as $period
      """
      type: Periodic
      value: 3
      severity: 8
      component: {name: EVSE, evse: {id: $evse}}
      variable: {name: AvailabilityState}
      periodicEventStream: {values: 4}
      """
    When the event stream of $period is open as $stream
    Then the station fills the stream $stream 3 times with 4 to 4 values, 12 s apart
    And the station sends NotifyPeriodicEventStream with id = $stream and pending = 0 and data.0.t = 0

  @TC_N_106_CS @slow @req:N11.FR.07
  Scenario: A stream that the CSMS refuses gives way to events
    Given a CSMS that refuses event streams
    And a booted station
    And a monitor that is set as $period
      """
      type: Periodic
      value: 5
      severity: 8
      component: {name: EVSE, evse: {id: $evse}}
      variable: {name: AvailabilityState}
      periodicEventStream: {interval: 10, values: 20}
      """
    When the event stream of $period is open as $stream
    Then the station notifies 3 events with variableMonitoringId = $period and trigger = Periodic, 5 s apart
    And the station fills the stream $stream no more within 30 s

  @TC_OCPP_StreamList_CS @slow @req:N12.FR.01
  Scenario: A station lists its open streams
    Given a booted station
    When the CSMS sends GetPeriodicEventStreamRequest
    Then the station answers GetPeriodicEventStreamResponse with constantStreamData absent
    When the CSMS sets a monitor as $period
      """
      type: Periodic
      value: 5
      severity: 8
      component: {name: EVSE, evse: {id: $evse}}
      variable: {name: AvailabilityState}
      periodicEventStream: {interval: 30}
      """
    And the event stream of $period is open as $stream
    And the CSMS sends GetPeriodicEventStreamRequest
    Then the station answers GetPeriodicEventStreamResponse with constantStreamData.0.id = $stream and constantStreamData.0.variableMonitoringId = $period and constantStreamData.0.params.interval = 30

  @TC_N_108_CS @slow @req:N13.FR.01,N13.FR.03,N13.FR.05
  Scenario: A stream ends with its monitor
    Given a booted station
    And a monitor that is set as $period
      """
      type: Periodic
      value: 2
      severity: 8
      component: {name: EVSE, evse: {id: $evse}}
      variable: {name: AvailabilityState}
      periodicEventStream: {interval: 60}
      """
    And an event stream of $period that is open as $stream
    When 9 s pass
    And the CSMS sends ClearVariableMonitoringRequest
      """
      {id: [$period]}
      """
    Then the station answers ClearVariableMonitoringResponse with clearMonitoringResult.0.status = Accepted
    And the station sends what is left in the stream $stream and then closes it
    And the station fills the stream $stream no more within 20 s
    And the station notifies no event with variableMonitoringId = $period within 20 s

  @TC_N_108_CS_b @slow @req:N13.FR.01,N13.FR.04,N13.FR.06
  Scenario: A stream ends when its monitor is replaced by one without
    Given a booted station
    And a monitor that is set as $period
      """
      type: Periodic
      value: 5
      severity: 8
      component: {name: EVSE, evse: {id: $evse}}
      variable: {name: AvailabilityState}
      periodicEventStream: {interval: 60}
      """
    And an event stream of $period that is open as $stream
    When the CSMS sends SetVariableMonitoringRequest
      """
      setMonitoringData:
        - {id: $period, type: Periodic, value: 5, severity: 8, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    Then the station answers SetVariableMonitoringResponse with setMonitoringResult.0.status = Accepted
    And the station sends ClosePeriodicEventStreamRequest with id = $stream
    And the station notifies 3 events with variableMonitoringId = $period and trigger = Periodic, 5 s apart

  @TC_N_109_CS @slow @req:N14.FR.01,N14.FR.03,N15.FR.06
  Scenario: A stream is adjusted
    Given a booted station
    And a monitor that is set as $period
      """
      type: Periodic
      value: 2
      severity: 8
      component: {name: EVSE, evse: {id: $evse}}
      variable: {name: AvailabilityState}
      periodicEventStream: {interval: 60, values: 50}
      """
    And an event stream of $period that is open as $stream
    When the CSMS sends AdjustPeriodicEventStreamRequest
      """
      {id: $stream, params: {interval: 8, values: 20}}
      """
    Then the station answers AdjustPeriodicEventStreamResponse with status = Accepted
    And the station fills the stream $stream 3 times with 3 to 5 values, 8 s apart

  @TC_N_109_CS_b @req:N14.FR.02
  Scenario: A stream that is not there cannot be adjusted
    Given a booted station
    When the CSMS sends AdjustPeriodicEventStreamRequest
      """
      {id: 987654, params: {interval: 8}}
      """
    Then the station answers AdjustPeriodicEventStreamResponse with status = Rejected
