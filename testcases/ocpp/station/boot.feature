@role:station
Feature: A station announces itself and waits until it is accepted (B01 to B04)

  @TC_B_01_CS @req:B01.FR.01 @req:B01.FR.05 @req:B01.FR.09
  Scenario: A cold boot is accepted
    Given a station and a CSMS
    Then the station sends BootNotificationRequest with reason = PowerUp or RemoteReset or Unknown and chargingStation.model present and chargingStation.vendorName present within 120 s
    And the station sends a security event StartupOfTheDevice or ResetOrReboot within 120 s
    And every connector is reported within 120 s
    When the CSMS asks for the full inventory
    Then the report is complete
    And every connector of the report was reported since the boot

  @TC_B_02_CS @req:B02.FR.01 @req:B02.FR.02 @req:B02.FR.04 @req:B02.FR.05 @req:B02.FR.06 @req:B02.FR.08 @req:F06.FR.17 @slow
  Scenario: A station that is left pending lets itself be configured and boots again when it is asked to
    Given a CSMS that answers the first boot with Pending and an interval of 60 s
    And the boot is answered with Pending
    When the CSMS tries to set OCPPCommCtrlr.OfflineThreshold to 300
    Then the result for OCPPCommCtrlr.OfflineThreshold is Accepted
    When the CSMS asks for OCPPCommCtrlr.OfflineThreshold
    Then the result for OCPPCommCtrlr.OfflineThreshold is Accepted with value 300
    When the CSMS asks for the full inventory
    Then the station answers GetBaseReportResponse with status = Accepted
    And the report is complete
    When the CSMS sends RequestStartTransactionRequest
      """
      {idToken: {idToken: $valid_token, type: $valid_token_type}, remoteStartId: 7, evseId: $evse}
      """
    Then the station answers RequestStartTransactionResponse with status = Rejected
    And the connection stays open for 5 s
    When the CSMS sends TriggerMessageRequest with requestedMessage = BootNotification
    Then the station answers TriggerMessageResponse with status = Accepted or NotImplemented
    And the station boots with reason = Triggered or PowerUp or RemoteReset or Unknown within 90 s
    And every connector is reported as Available

  @TC_B_02_CS_b @req:B02.FR.02 @req:B02.FR.04 @req:B02.FR.08 @slow
  Scenario: A station that is left pending keeps quiet until its interval has passed
    Given a CSMS that answers the first boot with Pending and an interval of 40 s
    And the boot is answered with Pending
    Then the station boots again once the interval has passed, and says nothing before
    And the station sends BootNotificationRequest within 120 s

  @TC_B_02_CS_c @req:F06.FR.17 @req:B02.FR.04
  Scenario: A station that is left pending boots at once when it is triggered
    Given a CSMS that answers the first boot with Pending and an interval of 300 s
    And the boot is answered with Pending
    When the CSMS sends TriggerMessageRequest with requestedMessage = BootNotification
    Then the station answers TriggerMessageResponse with status = Accepted
    And the station boots with reason = Triggered within 20 s

  @TC_B_03_CS @req:B03.FR.02 @req:B03.FR.04 @req:B03.FR.06 @slow
  Scenario: A station that is rejected says nothing until its interval has passed
    Given a CSMS that answers the first boot with Rejected and an interval of 30 s
    And the boot is answered with Rejected
    Then the station boots again once the interval has passed, and says nothing before
    And every connector is reported as Available within 120 s

  @TC_B_30_CS @req:B03.FR.08
  Scenario: A station that is rejected refuses requests
    Given a CSMS that answers the first boot with Rejected and an interval of 120 s
    And the boot is answered with Rejected
    When the CSMS sends GetBaseReportRequest with requestId = 77 and reportBase = FullInventory
    Then the station refuses it with SecurityError, or has closed the connection
    And the station sends no NotifyReportRequest for 10 s

  @TC_OCPP_B_NoInterval_CS @req:B03.FR.05
  Scenario: A station that is rejected and is given no interval does not flood the CSMS
    Given a CSMS that answers the first boot with Rejected and an interval of 0 s
    And the boot is answered with Rejected
    Then the station sends no BootNotificationRequest for 1 s

  @TC_OCPP_HeartbeatSet_CS @req:G02.FR.02 @slow
  Scenario: Heartbeats come at the interval that is set
    Given a booted station
    And OCPPCommCtrlr.HeartbeatInterval is set to 20
    When 1 s pass
    Then the station sends Heartbeats every 20 s

  @TC_OCPP_Heartbeat_CS @req:B01.FR.04 @req:G02.FR.01 @req:G02.FR.02 @slow
  Scenario: Heartbeats come at the interval of the boot
    Given a CSMS that wants a Heartbeat every 20 s
    And a booted station
    When 1 s pass
    Then the station sends Heartbeats every 20 s

  @TC_OCPP_Clock_CS @req:B01.FR.06
  Scenario: The clock of a station follows the CSMS
    Given a CSMS whose clock is 7200 s ahead
    And the station has the variable ClockCtrlr.TimeSource as Heartbeat
    When the CSMS asks for the full inventory
    Then the station keeps the time of the CSMS in generatedAt of its next NotifyReportRequest

  @TC_B_51_CS @req:B04.FR.01 @slow
  Scenario: After a long time offline every connector is reported
    Given a booted station
    And OCPPCommCtrlr.OfflineThreshold is set to 20
    When the connection breaks
    And 2 s pass
    And the driver plugs in
    And 40 s pass
    And the connection can be made again
    Then the connector is reported as Occupied within 180 s
    And the other connectors are reported as Available within 180 s

  @TC_B_52_CS @req:B04.FR.02 @slow
  Scenario: After a short time offline only what has changed is reported
    Given a booted station
    And OCPPCommCtrlr.OfflineThreshold is set to 600
    When the connection breaks
    And 2 s pass
    And the driver plugs in
    And the connection can be made again
    Then the connector is reported as Occupied within 180 s
    And no other connector is reported for 200 s

  @TC_OCPP_B_BootError_CS @req:B02.FR.07
  Scenario: A station whose boot is answered with errors does not flood the CSMS
    Given the CSMS will answer BootNotificationRequest with the error InternalError the 1st time
    And the CSMS will answer BootNotificationRequest with the error InternalError the 2nd time
    And the CSMS will answer BootNotificationRequest with the error InternalError the 3rd time
    And the CSMS will answer BootNotificationRequest with the error InternalError the 4th time
    And a station and a CSMS
    Then at least 2 s pass from the first to the 5th BootNotification

  @TC_OCPP_B_PowerLoss_CS @slow @req:B01.FR.03 @req:B01.FR.09
  Scenario: A station that was without power says so when it is back
    Given a booted station
    When the station is switched off and on
    Then the station boots with reason = PowerUp or Unknown or LocalReset within 300 s
    And every connector is reported within 360 s
