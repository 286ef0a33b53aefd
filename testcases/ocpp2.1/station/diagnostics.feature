@role:station
Feature: A station of OCPP 2.1 uploads logs by the rules of HTTP

  @TC_N_100_CS @slow @pics:DataCollectorLog @req:N01.FR.01,N01.FR.07,N01.FR.08,N01.FR.09,N01.FR.24
  Scenario: The log of the data collector is uploaded
    Given a booted station
    When the CSMS sends GetLogRequest
      """
      {requestId: 800, logType: DataCollectorLog, log: {remoteLocation: $log_location}}
      """
    Then the station answers GetLogResponse with status = Accepted and filename matches .+
    And the station tells the log statuses Uploading, Uploaded for request 800

  @TC_N_101_CS @slow @req:N01.FR.10,N01.FR.30
  Scenario: A redirection is not followed
    Given a booted station
    When the CSMS sends GetLogRequest
      """
      {requestId: 801, logType: DiagnosticsLog, log: {remoteLocation: $redirecting_log_location}}
      """
    Then the station answers GetLogResponse with status = Accepted
    And the station tells the log statuses Uploading, UploadFailure for request 801
    And the station tells the log status Uploaded never within 30 s

  @slow @req:N01.FR.21,N01.FR.29
  Scenario Outline: The name of the file is appended to a folder alone (<what>)
    Given a booted station
    When the CSMS sends GetLogRequest
      """
      {requestId: 811, logType: DiagnosticsLog, log: {remoteLocation: <location>}}
      """
    Then the station answers GetLogResponse with status = Accepted
    And the station tells the log statuses Uploading, Uploaded for request 811

    Examples:
      | id           | what            | location            |
      | TC_N_101_CS_b | a whole URL    | $exact_log_location |
      | TC_N_101_CS_c | a folder       | $log_location       |

  @slow @req:N01.FR.25
  Scenario Outline: An upload authenticates itself with the user of its URL (<what>)
    Given a booted station
    When the CSMS sends GetLogRequest
      """
      {requestId: 802, logType: DiagnosticsLog, log: {remoteLocation: <location>}}
      """
    Then the station answers GetLogResponse with status = Accepted
    And the station tells the log statuses Uploading, Uploaded for request 802

    Examples:
      | id          | what  | location                   |
      | TC_N_102_CS | HTTP  | $locked_http_log_location  |
      | TC_N_103_CS | HTTPS | $locked_https_log_location |

  @TC_N_104_CS @slow @pics:Monitoring&TargetMonitor @req:N02.FR.13,N02.FR.22,N02.FR.23
  Scenario: A monitor on the distance from a target is reported among the deltas
    Given a booted station
    And a monitor that is set as $target
      """
      type: TargetDelta
      value: 10
      severity: 8
      component: {name: $target_component}
      variable: {name: $target_variable}
      """
    When the CSMS sends GetMonitoringReportRequest
      """
      {requestId: 804, monitoringCriteria: [DeltaMonitoring]}
      """
    Then the station answers GetMonitoringReportResponse with status = Accepted
    And the monitoring report 804 comes whole
    And the monitoring report 804 holds only monitors with type = Delta or TargetDelta or TargetDeltaRelative
    And the monitoring report 804 holds a monitor with id = $target and type = TargetDelta and value = 10 and severity = 8 and eventNotificationType = CustomMonitor
