@role:csms
Feature: A CSMS asks stations for their logs

  @req:N01.FR.07,N01.FR.08,N01.FR.09
  Scenario Outline: The <log> of a station is uploaded
    Given a station whose log upload ends with Uploaded
    And a booted station
    When the operator makes the CSMS send GetLogRequest
      """
      {requestId: 425, logType: <log>, log: {remoteLocation: $log_location}}
      """
    Then the CSMS sends GetLogRequest with logType = <log> and log.remoteLocation present
    And the CSMS acknowledges the log statuses Uploading, Uploaded

    Examples:
      | id           | log            |
      | TC_N_25_CSMS | DiagnosticsLog |
      | TC_N_35_CSMS | SecurityLog    |

  @TC_N_34_CSMS @req:N01.FR.05
  Scenario: A station refuses to upload a log
    Given a station whose log upload ends with Rejected
    And a booted station
    When the operator makes the CSMS send GetLogRequest
      """
      {requestId: 434, logType: DiagnosticsLog, log: {remoteLocation: $log_location}}
      """
    Then the CSMS sends GetLogRequest with logType = DiagnosticsLog
    And the station sends GetLogResponse with status = Rejected
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

  @TC_N_36_CSMS @slow @req:N01.FR.07,N01.FR.12,N01.FR.20,OCPP-RequestId
  Scenario: A second request replaces an upload that is under way
    Given a station whose log upload ends with Uploaded
    And a station whose log upload takes 60 s
    And a booted station
    When the operator makes the CSMS send GetLogRequest
      """
      {requestId: 436, logType: DiagnosticsLog, log: {remoteLocation: $log_location}}
      """
    Then the CSMS sends GetLogRequest with logType = DiagnosticsLog
    And the CSMS acknowledges the log statuses Uploading
    When $first is the requestId of the last GetLogRequest
    And the operator makes the CSMS send GetLogRequest
      """
      {requestId: 437, logType: SecurityLog, log: {remoteLocation: $log_location}}
      """
    Then the CSMS sends GetLogRequest with logType = SecurityLog and requestId != $first
    And the station sends GetLogResponse with status = AcceptedCanceled
    And the CSMS acknowledges the log statuses AcceptedCanceled, Uploading, Uploaded within 300 s
