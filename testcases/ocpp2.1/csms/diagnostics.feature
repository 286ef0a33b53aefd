@role:csms
Feature: A CSMS of OCPP 2.1 asks for logs, monitors and event streams

  @TC_N_100_CSMS @req:N01.FR.24
  Scenario: The log of the data collector is asked for
    Given a station whose log upload ends with Uploaded
    And a booted station
    When the operator makes the CSMS send GetLogRequest
      """
      {requestId: 900, logType: DataCollectorLog, log: {remoteLocation: $log_location}}
      """
    Then the CSMS sends GetLogRequest with logType = DataCollectorLog
    And the CSMS acknowledges the log statuses Uploading, Uploaded

  @req:N01.FR.17,N01.FR.25,N01.FR.27,N01.FR.28
  Scenario Outline: A location carries the user with whom to upload (<what>)
    Given a station whose log upload ends with Uploaded
    And a booted station
    When the operator makes the CSMS send GetLogRequest
      """
      {requestId: 902, logType: DiagnosticsLog, log: {remoteLocation: <location>}}
      """
    Then the CSMS sends GetLogRequest with log.remoteLocation matches <scheme>://[^/@:]+:[^/@]+@[^#]*[^#/?]/?
    And the CSMS acknowledges the log statuses Uploading, Uploaded

    Examples:
      | id              | what  | location                   | scheme |
      | TC_N_102_CSMS   | HTTP  | $locked_http_log_location  | http   |
      | TC_N_102_2_CSMS | HTTPS | $locked_https_log_location | https  |

  @TC_N_104_CSMS @pics:Monitoring @req:N02.FR.05,N02.FR.22
  Scenario: Monitors on the distance from a target are asked for
    Given a booted station
    When the operator makes the CSMS send SetVariableMonitoringRequest
      """
      setMonitoringData:
        - {type: TargetDelta, value: 10, severity: 8, component: {name: Controller}, variable: {name: Temperature}}
      """
    Then the CSMS sends SetVariableMonitoringRequest with setMonitoringData.0.type = TargetDelta and setMonitoringData.0.value = 10
    When the operator makes the CSMS send GetMonitoringReportRequest
      """
      {requestId: 904, monitoringCriteria: [DeltaMonitoring]}
      """
    Then the CSMS sends GetMonitoringReportRequest with monitoringCriteria.0 = DeltaMonitoring
    And the CSMS acknowledges NotifyMonitoringReportRequest

  @TC_N_105_CSMS @slow @pics:Monitoring&EventStreams @req:N11.FR.06,N11.FR.09,N15.FR.02
  Scenario: A CSMS asks for a stream, accepts it and takes its values
    Given a booted station
    When the operator makes the CSMS send SetVariableMonitoringRequest
      """
      setMonitoringData:
        - type: Periodic
          value: 2
          severity: 8
          component: {name: EVSE, evse: {id: 1}}
          variable: {name: AvailabilityState}
          periodicEventStream: {interval: 5, values: 10}
      """
    Then the CSMS sends SetVariableMonitoringRequest with setMonitoringData.0.type = Periodic and setMonitoringData.0.periodicEventStream.interval = 5 and setMonitoringData.0.periodicEventStream.values = 10
    And the CSMS sends OpenPeriodicEventStreamResponse with status = Accepted
    And the CSMS answers nothing to the values of the stream within 30 s

  @TC_N_107_CSMS @slow @pics:Monitoring&EventStreams @req:N12.FR.01,N13.FR.02,N14.FR.01
  Scenario: A CSMS asks for the open streams, adjusts one and ends it
    Given a booted station
    When the operator makes the CSMS send SetVariableMonitoringRequest
      """
      setMonitoringData:
        - type: Periodic
          value: 2
          severity: 8
          component: {name: EVSE, evse: {id: 1}}
          variable: {name: AvailabilityState}
          periodicEventStream: {interval: 20}
      """
    Then the CSMS sends OpenPeriodicEventStreamResponse with status = Accepted
    When the operator makes the CSMS send GetPeriodicEventStreamRequest
    Then the CSMS sends GetPeriodicEventStreamRequest
    And the station sends GetPeriodicEventStreamResponse with constantStreamData.0.id present
    When $stream is the constantStreamData.id of the last OpenPeriodicEventStreamRequest
    And $period is the constantStreamData.variableMonitoringId of the last OpenPeriodicEventStreamRequest
    And the operator makes the CSMS send AdjustPeriodicEventStreamRequest
      """
      {id: $stream, params: {interval: 5}}
      """
    Then the CSMS sends AdjustPeriodicEventStreamRequest with id = $stream and params.interval = 5
    And the CSMS answers nothing to the values of the stream within 20 s
    When the operator makes the CSMS send ClearVariableMonitoringRequest
      """
      {id: [$period]}
      """
    Then the CSMS acknowledges ClosePeriodicEventStreamRequest
