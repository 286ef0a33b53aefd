@role:station
Feature: A station updates its firmware safely

  @TC_L_01_CS @slow @req:L01.FR.01,L01.FR.04,L01.FR.05,L01.FR.09,L01.FR.10,L01.FR.12,L01.FR.13,L01.FR.15,L01.FR.20,L01.FR.21,L01.FR.23,L01.FR.25
  Scenario: Signed firmware is downloaded, verified and installed at once
    Given the firmware files of the lab
    And a booted station
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 101
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Accepted
    And the station tells the firmware statuses Downloading, Downloaded, SignatureVerified, InstallScheduled?, InstallRebooting?, Installing?, InstallRebooting?, Installed for request 101 within 600 s
    And every boot of the station has the reason FirmwareUpdate
    And the station raises the security event FirmwareUpdated within 760 s
    When the CSMS asks for the message FirmwareStatusNotification
    Then the station sends FirmwareStatusNotificationRequest with status = Idle

  @TC_L_02_CS @slow @req:L01.FR.01,L01.FR.04,L01.FR.05,L01.FR.09,L01.FR.10,L01.FR.12,L01.FR.15,L01.FR.16,L01.FR.20,L01.FR.21,L01.FR.23
  Scenario: Firmware is downloaded now and installed later
    Given the firmware files of the lab
    And a booted station
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 102
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now+60,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Accepted
    And the station tells the firmware statuses Downloading, Downloaded, SignatureVerified, InstallScheduled for request 102 within 55 s
    And the station tells the firmware status Installing never within 55 s
    And the station tells the firmware statuses InstallRebooting?, Installing?, InstallRebooting?, Installed for request 102 within 660 s
    And every boot of the station has the reason FirmwareUpdate
    And the station raises the security event FirmwareUpdated within 760 s

  @TC_L_03_CS @slow @req:L01.FR.01,L01.FR.04,L01.FR.05,L01.FR.09,L01.FR.10,L01.FR.12,L01.FR.13,L01.FR.15,L01.FR.20,L01.FR.21,L01.FR.23
  Scenario: Firmware is downloaded at the time that the CSMS sets
    Given the firmware files of the lab
    And a booted station
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 103
      firmware: {location: $firmware_location, retrieveDateTime: $now+60, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Accepted
    And the station tells the firmware statuses DownloadScheduled for request 103 within 30 s
    And the station tells the firmware status Downloading never within 55 s
    And the station tells the firmware statuses Downloading, Downloaded, SignatureVerified, InstallScheduled?, InstallRebooting?, Installing?, InstallRebooting?, Installed for request 103 within 660 s
    And every boot of the station has the reason FirmwareUpdate
    And the station raises the security event FirmwareUpdated within 760 s

  @req:L01.FR.01,L01.FR.02,L01.FR.10,L01.FR.20,L01.FR.21,L01.FR.22
  Scenario Outline: A signing certificate that is no good is refused, and that is reported: <what>
    Given the firmware files of the lab
    And a booted station
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 105
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: <certificate>, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = InvalidCertificate or RevokedCertificate
    And the station raises the security event InvalidFirmwareSigningCertificate within 30 s
    And the station tells the firmware status Downloading never within 10 s

    Examples:
      | id           | what           | certificate           |
      | TC_L_05_CS   | of a stranger  | $stranger_certificate |
      | TC_L_05_CS_b | no certificate | c2lnbmVy              |

  @TC_L_06_CS @slow @req:L01.FR.01,L01.FR.03,L01.FR.04,L01.FR.10,L01.FR.20
  Scenario: Firmware whose signature does not fit is not installed, and that is reported
    Given the firmware files of the lab
    And a booted station
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 106
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $wrong_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Accepted
    And the station tells the firmware statuses Downloading, Downloaded, InvalidSignature for request 106
    And the station raises the security event InvalidFirmwareSignature within 330 s
    And the station tells the firmware status Installing never within 40 s

  @TC_L_07_CS @slow @req:L01.FR.01,L01.FR.10,L01.FR.20,L01.FR.30
  Scenario: A file that is not there cannot be downloaded
    Given the firmware files of the lab
    And a booted station
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 107
      retries: 1
      retryInterval: 20
      firmware: {location: $missing_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Accepted
    And the station tells the firmware status DownloadFailed never within 15 s
    And the station tells the firmware statuses Downloading?, DownloadPaused?, Downloading?, DownloadFailed for request 107
    And the station tells the firmware status Downloaded never within 30 s

  @TC_L_08_CS @slow @req:L01.FR.01,L01.FR.10,L01.FR.12,L01.FR.20,L01.FR.29
  Scenario: Signed firmware that cannot be installed is not installed
    Given the firmware files of the lab
    And a booted station
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 108
      firmware: {location: $broken_firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $broken_firmware_certificate, signature: $broken_firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Accepted
    And the station tells the firmware statuses Downloading, Downloaded, SignatureVerified, InstallScheduled?, InstallRebooting?, Installing?, InstallRebooting?, InstallVerificationFailed|InstallationFailed for request 108 within 600 s

  @TC_L_18_CS @req:L01.FR.09,L01.FR.12
  Scenario: Firmware without certificate and signature is refused
    Given the firmware files of the lab
    And a booted station
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 118
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200}
      """
    Then the station answers UpdateFirmwareResponse with status = Rejected or InvalidCertificate
    And the station tells the firmware status Downloading never within 10 s

  @TC_L_10_CS @slow @pics:CancelsFirmwareUpdate @req:L01.FR.01,L01.FR.10,L01.FR.20,L01.FR.24
  Scenario: A new request replaces an update that is under way
    Given the firmware files of the lab
    And a booted station
    And a firmware update that is scheduled for later as request 109
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 110
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = AcceptedCanceled
    And the station tells the firmware statuses Downloading, Downloaded, SignatureVerified, InstallScheduled?, InstallRebooting?, Installing?, InstallRebooting?, Installed for request 110 within 600 s

  @TC_L_11_CS @slow @pics:!CancelsFirmwareUpdate @req:L01.FR.01,L01.FR.10,L01.FR.20,L01.FR.27
  Scenario: A new request is refused where an update that is under way cannot be given up
    Given the firmware files of the lab
    And a booted station
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 111
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Accepted
    And the station tells the firmware statuses Downloading for request 111
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 211
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Rejected
    And the station tells the firmware statuses Downloading?, Downloaded, SignatureVerified, InstallScheduled?, InstallRebooting?, Installing?, InstallRebooting?, Installed for request 111 within 600 s

  @TC_L_13_CS @slow @pics:UpdatesOnlyWhenIdle @req:L01.FR.01,L01.FR.06,L01.FR.07,L01.FR.10,L01.FR.20
  Scenario: An update waits for the transaction, and nobody else may start meanwhile
    Given the firmware files of the lab
    And a transaction in which energy flows
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 113
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Accepted
    And every connector but that in use becomes Unavailable within 120 s
    And the station tells the firmware status Installing never within 60 s
    When the driver unplugs
    Then the station tells the firmware statuses DownloadScheduled?, Downloading?, Downloaded?, SignatureVerified?, InstallScheduled?, InstallRebooting?, Installing?, InstallRebooting?, Installed for request 113 within 600 s

  @TC_L_12_CS @slow @pics:UpdatesOnlyWhenIdle&NewSessionsPendingUpdate&SeveralEvses @req:L01.FR.01,L01.FR.06,L01.FR.07,L01.FR.10,L01.FR.20
  Scenario: Others may start while an update waits where that is allowed
    Given the firmware files of the lab
    And a transaction in which energy flows
    And ChargingStation.AllowNewSessionsPendingFirmwareUpdate is set to true
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 112
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Accepted
    And the station tells the firmware status Installing never within 60 s
    When the driver plugs in at EVSE 2
    Then the station reports Occupied for EVSE 2 within 60 s
    And the station tells the firmware status Installing never within 30 s
    When the driver unplugs at EVSE 2
    And the driver unplugs
    Then the station tells the firmware statuses DownloadScheduled?, Downloading?, Downloaded?, SignatureVerified?, InstallScheduled?, InstallRebooting?, Installing?, InstallRebooting?, Installed for request 112 within 600 s

  @TC_L_14_CS @slow @pics:UpdatesOnlyWhenIdle&NewSessionsPendingUpdate&SeveralEvses @req:L01.FR.01,L01.FR.06,L01.FR.07,L01.FR.10,L01.FR.20
  Scenario: An update waits for a transaction that has begun while it was waiting
    Given the firmware files of the lab
    And a transaction in which energy flows
    And ChargingStation.AllowNewSessionsPendingFirmwareUpdate is true where the station has it
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 114
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Accepted
    When 60 s pass
    And the driver plugs in at EVSE 2
    Then the station reports Occupied for EVSE 2 within 60 s
    When the driver presents $group_token at EVSE 2
    Then the station sends TransactionEventRequest with transactionInfo.chargingState = Charging
    When the driver unplugs
    Then the station tells the firmware status Installed never within 60 s
    When the driver unplugs at EVSE 2
    Then the station tells the firmware statuses DownloadScheduled?, Downloading?, Downloaded?, SignatureVerified?, InstallScheduled?, InstallRebooting?, Installing?, InstallRebooting?, Installed for request 114 within 600 s

  @TC_L_15_CS @slow @pics:UpdatesOnlyWhenIdle&NewSessionsPendingUpdate @req:L01.FR.01,L01.FR.06,L01.FR.07,L01.FR.10,L01.FR.20
  Scenario: While an update waits nobody else may start where that is forbidden
    Given the firmware files of the lab
    And a transaction in which energy flows
    And ChargingStation.AllowNewSessionsPendingFirmwareUpdate is set to false
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 115
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Accepted
    And every connector but that in use becomes Unavailable within 120 s
    When the CSMS starts a transaction for $group_token at EVSE 2
    Then the station replies to RequestStartTransactionRequest by RequestStartTransactionResponse with status = Rejected
    When the driver unplugs
    Then the station tells the firmware statuses DownloadScheduled?, Downloading?, Downloaded?, SignatureVerified?, InstallScheduled?, InstallRebooting?, Installing?, InstallRebooting?, Installed for request 115 within 600 s

  @TC_L_16_CS @slow @pics:!UpdatesOnlyWhenIdle @req:L01.FR.01,L01.FR.10,L01.FR.20
  Scenario: Firmware is installed while a transaction goes on
    Given the firmware files of the lab
    And a transaction in which energy flows
    When the CSMS sends UpdateFirmwareRequest
      """
      requestId: 116
      firmware: {location: $firmware_location, retrieveDateTime: $now-7200, installDateTime: $now-7200,
                 signingCertificate: $firmware_certificate, signature: $firmware_signature}
      """
    Then the station answers UpdateFirmwareResponse with status = Accepted
    And the station tells the firmware statuses Downloading, Downloaded, SignatureVerified, InstallRebooting|Installing|Installed for request 116 within 600 s
    And the station never sent TransactionEventRequest with eventType = Ended
