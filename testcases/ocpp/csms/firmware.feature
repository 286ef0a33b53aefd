@role:csms
Feature: A CSMS updates the firmware of a station

  @TC_L_01_CSMS @slow @req:L01.FR.01,L01.FR.11,L01.FR.15
  Scenario: An update that succeeds
    Given the firmware files of the lab
    And a station whose firmware update ends with Installed
    And a booted station
    When the operator makes the CSMS send UpdateFirmwareRequest
      """
      requestId: 201
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the CSMS asks for an update with the certificate and the signature of the file
    And the CSMS acknowledges the firmware statuses Downloading, Downloaded, SignatureVerified, Installing, InstallRebooting
    And the CSMS acknowledges BootNotificationRequest with reason = FirmwareUpdate within 60 s
    And every boot of the station is accepted
    And the CSMS acknowledges the firmware statuses Installed

  @TC_L_02_CSMS @slow @req:L01.FR.01,L01.FR.11,L01.FR.15
  Scenario: An update that is to be installed later
    Given the firmware files of the lab
    And a station whose firmware update ends with Installed
    And a booted station
    When the operator makes the CSMS send UpdateFirmwareRequest
      """
      requestId: 202
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now+60,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the CSMS sends UpdateFirmwareRequest with firmware.installDateTime present
    And the CSMS acknowledges the firmware statuses Downloading, Downloaded, SignatureVerified, InstallScheduled
    And the CSMS acknowledges the firmware statuses Installing, InstallRebooting
    And the CSMS acknowledges BootNotificationRequest with reason = FirmwareUpdate within 120 s
    And every boot of the station is accepted
    And the CSMS acknowledges the firmware statuses Installed

  @TC_L_03_CSMS @slow @req:L01.FR.01,L01.FR.11,L01.FR.15
  Scenario: An update that is to be downloaded later
    Given the firmware files of the lab
    And a station whose firmware update ends with Installed
    And a booted station
    When the operator makes the CSMS send UpdateFirmwareRequest
      """
      requestId: 203
      firmware: {location: $firmware_location, retrieveDateTime: $now+60,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the CSMS sends UpdateFirmwareRequest with firmware.retrieveDateTime present
    And the CSMS acknowledges the firmware statuses DownloadScheduled, Downloading, Downloaded, SignatureVerified, Installing, InstallRebooting
    And the CSMS acknowledges BootNotificationRequest with reason = FirmwareUpdate within 120 s
    And every boot of the station is accepted
    And the CSMS acknowledges the firmware statuses Installed

  @TC_L_04_CSMS @req:L01.FR.01,L01.FR.11
  Scenario: The station refuses a certificate that was revoked
    Given the firmware files of the lab
    And a station whose firmware update ends with RevokedCertificate
    And a booted station
    When the operator makes the CSMS send UpdateFirmwareRequest
      """
      requestId: 204
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the CSMS asks for an update with the certificate and the signature of the file
    And the station answers UpdateFirmwareResponse with status = RevokedCertificate
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

  @TC_L_05_CSMS @req:L01.FR.01,L01.FR.11
  Scenario: The station refuses a certificate that is invalid, and reports it
    Given the firmware files of the lab
    And a station whose firmware update ends with InvalidCertificate
    And a booted station
    When the operator makes the CSMS send UpdateFirmwareRequest
      """
      requestId: 205
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the CSMS asks for an update with the certificate and the signature of the file
    And the CSMS acknowledges SecurityEventNotificationRequest with type = InvalidFirmwareSigningCertificate

  @TC_L_06_CSMS @slow @req:L01.FR.01,L01.FR.11
  Scenario: The signature of the file turns out to be wrong
    Given the firmware files of the lab
    And a station whose firmware update ends with InvalidSignature
    And a booted station
    When the operator makes the CSMS send UpdateFirmwareRequest
      """
      requestId: 206
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the CSMS asks for an update with the certificate and the signature of the file
    And the CSMS acknowledges the firmware statuses Downloading, Downloaded, InvalidSignature
    And the CSMS acknowledges SecurityEventNotificationRequest with type = InvalidFirmwareSignature within 60 s

  @slow @req:L01.FR.01,L01.FR.11
  Scenario Outline: An update that fails (<ending>)
    Given the firmware files of the lab
    And a station whose firmware update ends with <ending>
    And a booted station
    When the operator makes the CSMS send UpdateFirmwareRequest
      """
      requestId: 207
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the CSMS asks for an update with the certificate and the signature of the file
    And the CSMS acknowledges the firmware statuses <way>

    Examples:
      | id           | ending                    | way                                                                                                   |
      | TC_L_07_CSMS | DownloadFailed            | Downloading, DownloadFailed                                                                           |
      | TC_L_08_CSMS | InstallVerificationFailed | Downloading, Downloaded, SignatureVerified, Installing, InstallVerificationFailed                     |
      | TC_L_09_CSMS | InstallationFailed        | Downloading, Downloaded, SignatureVerified, Installing, InstallRebooting, InstallationFailed          |

  @TC_L_10_CSMS @slow @req:L01.FR.01,L01.FR.11,L01.FR.24
  Scenario: A second request replaces the first one
    Given the firmware files of the lab
    And a station whose firmware update ends with Installed
    And a station whose firmware download takes 60 s
    And a booted station
    When the operator makes the CSMS send UpdateFirmwareRequest
      """
      requestId: 210
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the CSMS asks for an update with the certificate and the signature of the file
    And the CSMS acknowledges the firmware statuses Downloading
    When $first is the requestId of the last UpdateFirmwareRequest
    And the operator makes the CSMS send UpdateFirmwareRequest
      """
      requestId: 211
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the CSMS asks for an update with the certificate and the signature of the file
    And that message has requestId != $first
    And the station sends UpdateFirmwareResponse with status = AcceptedCanceled
    And the CSMS acknowledges the firmware statuses Downloading, Downloaded, SignatureVerified, Installing, InstallRebooting
    And the CSMS acknowledges BootNotificationRequest with reason = FirmwareUpdate within 120 s
    And every boot of the station is accepted
    And the CSMS acknowledges the firmware statuses Installed

  @TC_L_11_CSMS @slow @req:L01.FR.01,L01.FR.11,L01.FR.27
  Scenario: A second request is refused, and the first one goes on
    Given the firmware files of the lab
    And a station whose firmware update ends with Installed
    And a station whose firmware download takes 60 s
    And a station that cannot cancel a firmware update
    And a booted station
    When the operator makes the CSMS send UpdateFirmwareRequest
      """
      requestId: 210
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the CSMS asks for an update with the certificate and the signature of the file
    And the CSMS acknowledges the firmware statuses Downloading
    When $first is the requestId of the last UpdateFirmwareRequest
    And the operator makes the CSMS send UpdateFirmwareRequest
      """
      requestId: 211
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the CSMS asks for an update with the certificate and the signature of the file
    And that message has requestId != $first
    And the station sends UpdateFirmwareResponse with status = Rejected
    And the CSMS acknowledges the firmware statuses Downloaded, SignatureVerified, Installing, InstallRebooting
    And the CSMS acknowledges BootNotificationRequest with reason = FirmwareUpdate within 120 s
    And every boot of the station is accepted
    And the CSMS acknowledges the firmware statuses Installed

  @TC_L_13_CSMS @slow @req:L01.FR.01,L01.FR.11
  Scenario: An update waits until a transaction has ended
    Given the firmware files of the lab
    And a station whose firmware update ends with Installed
    And a station that updates its firmware only while nobody charges
    And a transaction in which energy flows
    When the operator makes the CSMS send UpdateFirmwareRequest
      """
      requestId: 213
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the CSMS asks for an update with the certificate and the signature of the file
    And the CSMS acknowledges the firmware statuses DownloadScheduled
    And the station reports Unavailable for EVSE 2
    When the driver presents $valid_token
    And the driver unplugs
    Then the CSMS acknowledges the firmware statuses Downloading, Downloaded, SignatureVerified, Installing, InstallRebooting
    And the CSMS acknowledges BootNotificationRequest with reason = FirmwareUpdate within 60 s
    And every boot of the station is accepted
    And the CSMS acknowledges the firmware statuses Installed
