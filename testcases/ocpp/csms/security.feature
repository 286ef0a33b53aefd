@role:csms
Feature: A CSMS lets in who proves who it is

  @TC_A_01_CSMS @req:A00.FR.204 @req:B01.FR.02 @pics:BasicAuth
  Scenario: A station with the right password is let in
    Given security profile 1 or 2
    And a station and a CSMS
    Then the CSMS lets the station in within 60 s
    And the CSMS sends BootNotificationResponse with status = Accepted within 60 s

  @TC_A_02_CSMS @req:A00.FR.204 @req:A00.FR.207 @pics:BasicAuth
  Scenario: A station with another user name than its identity is not let in
    Given security profile 1 or 2
    And a CSMS without any station
    When a station comes with another user name
    Then the CSMS refuses the connection

  @TC_A_03_CSMS @req:A00.FR.204 @pics:BasicAuth
  Scenario: A station with a wrong password is not let in
    Given security profile 1 or 2
    And a CSMS without any station
    When a station comes with a wrong password
    Then the CSMS refuses the connection
    When a station comes without a password
    Then the CSMS refuses the connection
    When a station comes with an empty password
    Then the CSMS refuses the connection

  @TC_A_09_CSMS @req:A01.FR.02 @req:A01.FR.03 @pics:BasicAuth
  Scenario: A new password that the station accepts is the one that holds
    Given security profile 1 or 2
    And the password of the station
    And a booted station
    When the operator makes the CSMS send SetVariablesRequest
      """
      {setVariableData: [{component: {name: SecurityCtrlr}, variable: {name: BasicAuthPassword}, attributeValue: $new_password}]}
      """
    Then the CSMS sends SetVariablesRequest with setVariableData.0.component.name = SecurityCtrlr and setVariableData.0.variable.name = BasicAuthPassword within 60 s
    And the CSMS lets the station in within 60 s
    When a station comes with the password $password
    Then the CSMS refuses the connection

  @TC_A_10_CSMS @req:A01.FR.02 @req:A01.FR.04 @req:A01.FR.05 @pics:BasicAuth
  Scenario: A new password that the station refuses changes nothing
    Given security profile 1 or 2
    And the station refuses new passwords
    And a booted station
    When the operator makes the CSMS send SetVariablesRequest
      """
      {setVariableData: [{component: {name: SecurityCtrlr}, variable: {name: BasicAuthPassword}, attributeValue: $new_password}]}
      """
    Then the CSMS sends SetVariablesRequest with setVariableData.0.component.name = SecurityCtrlr and setVariableData.0.variable.name = BasicAuthPassword within 60 s
    When the connection breaks
    And 5 s pass
    And the connection can be made again
    Then the CSMS lets the station in within 120 s

  @TC_A_04_CSMS @req:A00.FR.306 @req:A00.FR.307 @req:A00.FR.312 @req:A00.FR.318 @req:A00.FR.321 @req:A00.FR.502 @req:A00.FR.503 @req:A00.FR.507 @req:A00.FR.508 @req:A00.FR.510 @pics:Tls
  Scenario: A CSMS shows a good certificate, and speaks the cipher suites of OCPP
    Given security profile 2 or 3
    And a station and a CSMS
    Then the CSMS shows a sound certificate
    And the connection uses TLS 1.2 or higher
    And the CSMS lets the station in within 60 s
    And the CSMS sends BootNotificationResponse with status = Accepted within 60 s
    When a station tries each of the four cipher suites of OCPP
    Then the CSMS agrees to each of them

  @TC_A_06_CSMS @req:A00.FR.314 @req:A00.FR.315 @req:A00.FR.409 @req:A00.FR.416 @req:A00.FR.417 @req:A00.FR.418 @pics:Tls
  Scenario: A CSMS does not speak TLS 1.1
    Given security profile 2 or 3
    And a CSMS without any station
    When a station comes with TLS 1.1 alone
    Then the CSMS refuses the TLS handshake
    When the station boots
    Then the CSMS sends BootNotificationResponse with status = Accepted within 60 s

  @TC_A_07_CSMS @req:A00.FR.409 @req:A00.FR.410 @req:A00.FR.415 @req:A00.FR.416 @req:A00.FR.421 @req:A00.FR.402 @pics:ClientCertificate
  Scenario: A station with a good certificate is let in
    Given security profile 3
    And a station and a CSMS
    Then the connection uses TLS 1.2 or higher
    And the CSMS asks for a certificate
    And the CSMS lets the station in within 60 s
    And the CSMS sends BootNotificationResponse with status = Accepted within 60 s
    When a station tries each of the four cipher suites of OCPP
    Then the CSMS agrees to each of them

  @req:A00.FR.405 @req:A00.FR.407 @req:A00.FR.409 @req:A00.FR.410 @req:A00.FR.002 @pics:ClientCertificate
  Scenario Outline: A station whose certificate is <flaw> is not let in
    Given security profile 3
    And a CSMS without any station
    When a station comes and boots with the certificate "<flaw>"
    Then the CSMS terminates that connection within 10 s
    When the station boots
    Then the CSMS sends BootNotificationResponse with status = Accepted within 60 s

    Examples:
      | id             | flaw         |
      | TC_A_08_CSMS   | unknown-root |
      | TC_A_08_CSMS_b | expired      |
      | TC_A_08_CSMS_c | wrong-cn     |
      | TC_A_08_CSMS_d | none         |
      | TC_A_08_CSMS_e | self-signed  |

  @TC_OCPP_OtherOperator_CSMS @req:A00.FR.404 @pics:ClientCertificate
  Scenario: A station of another operator is not let in
    Given security profile 3
    And a CSMS without any station
    When a station comes and boots with the certificate "wrong-organization"
    Then the CSMS terminates that connection within 10 s

  @TC_OCPP_OtherSerial_CSMS @req:B01.FR.12 @pics:ClientCertificate
  Scenario: A station that boots with another serial number than that of its certificate is sent away
    Given security profile 3
    And a CSMS without any station
    When a station comes and boots with another serial number
    Then the CSMS terminates that connection within 10 s

  @TC_A_11_CSMS @req:A02.FR.11 @req:A02.FR.14 @req:F06.FR.01 @pics:ClientCertificate
  Scenario: A CSMS makes a station renew its certificate
    Given security profile 3
    And a booted station
    When the operator makes the CSMS send TriggerMessageRequest with requestedMessage = SignChargingStationCertificate
    Then the CSMS sends TriggerMessageRequest with requestedMessage = SignChargingStationCertificate within 60 s
    And the CSMS sends SignCertificateResponse with status = Accepted within 60 s
    And the CSMS sends a certificate for that CSR within 120 s
    And the CSMS lets the station in within 180 s

  @TC_A_12_CSMS @req:A02.FR.11 @req:F06.FR.01 @pics:V2GCertificate
  Scenario: A CSMS makes a station ask for a certificate for its cable
    Given a booted station
    When the operator makes the CSMS send TriggerMessageRequest with requestedMessage = SignV2GCertificate
    Then the CSMS sends TriggerMessageRequest with requestedMessage = SignV2GCertificate within 60 s
    And the CSMS sends SignCertificateResponse with status = Accepted within 60 s
    And the CSMS sends a certificate for that CSR within 120 s

  @TC_A_14_CSMS @req:A02.FR.11 @req:A02.FR.14 @req:F06.FR.01 @pics:ClientCertificate
  Scenario: A CSMS lives with a station that refuses its new certificate
    Given security profile 3
    And the station refuses new certificates
    And a booted station
    When the operator makes the CSMS send TriggerMessageRequest with requestedMessage = SignChargingStationCertificate
    Then the CSMS sends SignCertificateResponse with status = Accepted within 60 s
    And the CSMS sends a certificate for that CSR within 120 s
    And the connection stays open for 10 s

  @TC_OCPP_BadCsr_CSMS @req:A02.FR.12
  Scenario: A CSMS refuses a CSR that nobody can read
    Given a booted station
    When the station sends SignCertificateRequest with csr = "no request at all" and certificateType = ChargingStationCertificate
    Then the CSMS answers SignCertificateResponse with status = Rejected

  @TC_B_58_CSMS @req:OCPP-Subprotocol
  Scenario: A CSMS speaks no version that it does not know
    Given a CSMS without any station
    When a station comes and offers the subprotocols ocpp0.1
    Then the CSMS opens no WebSocket
    When a station comes and offers the subprotocols ocpp0.1, $version
    Then the CSMS names the subprotocol $version
