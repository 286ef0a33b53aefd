@role:csms
Feature: A CSMS accepts stations and keeps their time

  @TC_B_01_CSMS @req:B01.FR.02
  Scenario: A station boots and is accepted
    Given a station and a CSMS
    Then the station connects within 60 s
    And the CSMS answers BootNotificationResponse with status = Accepted and interval > 0
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

  @TC_OCPP_Frame_BootRequired_CSMS @req:FR.03
  Scenario: BootNotification without its required fields
    Given a booted station
    When the station sends BootNotificationRequest
      """
      {reason: PowerUp}
      """
    Then the CSMS answers with the error OccurrenceConstraintViolation|ProtocolError|FormatViolation
