@role:station
Feature: A station uploads its logs

  @slow @req:N01.FR.01,N01.FR.02,N01.FR.03,N01.FR.04,N01.FR.07,N01.FR.08,N01.FR.09,N01.FR.13
  Scenario Outline: The <log> is uploaded
    Given a booted station
    When the CSMS sends GetLogRequest
      """
      {requestId: 225, logType: <log>, log: {remoteLocation: $log_location}}
      """
    Then the station answers GetLogResponse with status = Accepted and filename matches .+
    And the station tells the log statuses Uploading, Uploaded for request 225

    Examples:
      | id         | log            |
      | TC_N_25_CS | DiagnosticsLog |
      | TC_N_35_CS | SecurityLog    |

  @TC_N_26_CS @slow @req:N01.FR.01,N01.FR.02,N01.FR.04,N01.FR.07,N01.FR.08,N01.FR.10,N01.FR.13
  Scenario: An upload that fails is tried again as often as the CSMS wants
    Given a booted station
    When the CSMS sends GetLogRequest
      """
      {requestId: 226, logType: DiagnosticsLog, retries: 3, retryInterval: 30, log: {remoteLocation: $missing_log_location}}
      """
    Then the station answers GetLogResponse with status = Accepted
    And the station fails to upload for request 226 4 times, 30 s apart

  @TC_N_34_CS @req:N01.FR.05
  Scenario: A log of a time in which nothing was logged is refused, or empty
    Given a booted station
    When the CSMS sends GetLogRequest
      """
      requestId: 234
      logType: DiagnosticsLog
      log: {remoteLocation: $log_location, oldestTimestamp: $now+3600, latestTimestamp: $now+7200}
      """
    Then the station refuses the log, or uploads one all the same, as request 234

  @TC_N_36_CS @slow @pics:CancelsLogUpload @req:N01.FR.01,N01.FR.02,N01.FR.03,N01.FR.07,N01.FR.08,N01.FR.09,N01.FR.12,N01.FR.13,N01.FR.20
  Scenario: A second request replaces the upload that is under way
    Given a booted station
    And a log upload that is under way as request 235
    When the CSMS sends GetLogRequest
      """
      {requestId: 236, logType: SecurityLog, log: {remoteLocation: $log_location}}
      """
    Then the station accepts the request and cancels the upload 235
    And the station sends LogStatusNotificationRequest with status = AcceptedCanceled and requestId = 235
    And the station sends LogStatusNotificationRequest with status = Uploading and requestId = 236
    And the station sends LogStatusNotificationRequest with status = Uploaded and requestId = 236 within 300 s
