@role:csms @pics:LocalController
Feature: A CSMS has firmware published by local controllers

  Background:
    Given the firmware files of the lab
    And a station whose publishing.controller is true

  @slow @req:L03.FR.01 @req:L03.FR.02 @req:L03.FR.05
  Scenario Outline: Publishing ends with <ending>
    Given a station whose publishing.ends_with is <ending>
    And a booted station
    When the operator makes the CSMS send PublishFirmwareRequest
      """
      {requestId: 301, location: $firmware_location, checksum: $firmware_checksum}
      """
    Then the CSMS sends PublishFirmwareRequest with location = $firmware_location and checksum matches [0-9a-fA-F]{32}
    And the CSMS acknowledges the publishing statuses <way>

    Examples:
      | id           | ending          | way                                                  |
      | TC_L_17_CSMS | Published       | Downloading, Downloaded, ChecksumVerified, Published |
      | TC_L_19_CSMS | InvalidChecksum | Downloading, Downloaded, InvalidChecksum             |
      | TC_L_20_CSMS | PublishFailed   | Downloading, Downloaded, ChecksumVerified, PublishFailed |
      | TC_L_24_CSMS | DownloadFailed  | Downloading, DownloadFailed                          |

  @req:L04.FR.01 @req:L04.FR.02 @req:L04.FR.03 @req:L04.FR.04
  Scenario Outline: Firmware is no longer to be published: <answer>
    Given a station whose publishing.unpublishes_with is <answer>
    And a booted station
    When the operator makes the CSMS send UnpublishFirmwareRequest with checksum = $firmware_checksum
    Then the CSMS sends UnpublishFirmwareRequest with checksum matches [0-9a-fA-F]{32}
    And the station sends UnpublishFirmwareResponse with status = <answer>
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

    Examples:
      | id           | answer          |
      | TC_L_21_CSMS | Unpublished     |
      | TC_L_22_CSMS | NoFirmware      |
      | TC_L_23_CSMS | DownloadOngoing |
