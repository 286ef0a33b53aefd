@role:station
Feature: A station proves who it is, and looks with whom it speaks

  @TC_A_01_CS @req:A00.FR.202 @req:A00.FR.203 @req:A00.FR.204 @req:A00.FR.205 @req:A00.FR.301 @req:A00.FR.302 @req:A00.FR.304 @req:B01.FR.01 @req:B01.FR.05 @req:B01.FR.09 @pics:BasicAuth
  Scenario: A station comes with its identity and its password
    Given security profile 1 or 2
    And the password of the station
    And a station and a CSMS
    Then the station authenticates itself with the password $password within 60 s
    And the station connects within 60 s
    And the station sends BootNotificationRequest within 60 s

  @TC_A_09_CS @req:A01.FR.01 @req:A01.FR.11 @req:A01.FR.12 @req:B01.FR.01 @pics:BasicAuth
  Scenario: A station takes a new password and comes back with it
    Given security profile 1 or 2
    And the password of the station
    And a booted station
    When the CSMS sends SetVariablesRequest
      """
      {setVariableData: [{component: {name: SecurityCtrlr}, variable: {name: BasicAuthPassword}, attributeValue: $new_password}]}
      """
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Accepted or RebootRequired
    And the station authenticates itself with the password $new_password within 120 s
    And the station connects within 120 s
    When 5 s pass
    And the CSMS sends SetVariablesRequest
      """
      {setVariableData: [{component: {name: SecurityCtrlr}, variable: {name: BasicAuthPassword}, attributeValue: $password}]}
      """
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Accepted or RebootRequired
    And the station authenticates itself with the password $password within 120 s
    And the station connects within 120 s

  @TC_A_10_CS @req:A01.FR.01 @req:A01.FR.11 @req:A01.FR.12 @pics:BasicAuth
  Scenario: A station refuses a password that is too short, and keeps the old one
    Given security profile 1 or 2
    And the password of the station
    And a booted station
    When the CSMS sends SetVariablesRequest
      """
      {setVariableData: [{component: {name: SecurityCtrlr}, variable: {name: BasicAuthPassword}, attributeValue: short-password}]}
      """
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Rejected
    When the connection is closed in good order
    Then the station authenticates itself with the password $password within 120 s
    And the station connects within 120 s

  @TC_A_04_CS @req:A00.FR.309 @req:A00.FR.312 @req:A00.FR.313 @req:A00.FR.319 @req:A00.FR.321 @req:A00.FR.412 @req:A00.FR.422 @pics:Tls
  Scenario: A station trusts a CSMS with a good certificate
    Given security profile 2 or 3
    And a station and a CSMS
    Then the station offers the cipher suites of OCPP
    And the connection uses TLS 1.2 or higher
    And the station connects within 60 s
    And the station sends BootNotificationRequest within 60 s
    And the station reports Available within 60 s

  @req:A00.FR.309 @req:A00.FR.310 @req:A00.FR.311 @req:A00.FR.412 @req:A00.FR.413 @req:A00.FR.414 @pics:Tls @slow
  Scenario Outline: A station leaves a CSMS whose certificate is <flaw>, and reports it
    Given security profile 2 or 3
    And the CSMS shows the certificate "<flaw>" at first
    And a station and a CSMS
    Then the station refuses the TLS handshake within 60 s
    And the station connects within 120 s
    And the station sends BootNotificationRequest within 120 s
    And the station sends SecurityEventNotificationRequest with type = InvalidCsmsCertificate within 180 s

    Examples:
      | id             | flaw          |
      | TC_A_05_CS     | unknown-root  |
      | TC_A_05_CS_b   | expired       |
      | TC_A_05_CS_c   | wrong-name    |
      | TC_A_05_CS_d   | self-signed   |
      | TC_A_05_CS_e   | bad-signature |

  @TC_A_06_CS @req:A00.FR.314 @req:A00.FR.316 @req:A00.FR.416 @req:A00.FR.417 @req:A00.FR.419 @pics:Tls @slow
  Scenario: A station leaves a CSMS that speaks TLS 1.1 alone
    Given security profile 2 or 3
    And the CSMS speaks TLS 1.1 alone at first
    And a station and a CSMS
    Then the station refuses the TLS handshake within 60 s
    And the station connects within 120 s
    And the station sends BootNotificationRequest within 120 s
    And the station sends SecurityEventNotificationRequest with type = StartupOfTheDevice or ResetOrReboot within 180 s

  @TC_A_07_CS @req:A00.FR.401 @req:A00.FR.402 @req:A00.FR.415 @req:A00.FR.416 @req:A00.FR.422 @req:A00.FR.502 @req:A00.FR.503 @req:A00.FR.507 @req:A00.FR.508 @req:A00.FR.511 @pics:ClientCertificate
  Scenario: A station shows a certificate of its own
    Given security profile 3
    And a station and a CSMS
    Then the station offers the cipher suites of OCPP
    And the connection uses TLS 1.2 or higher
    And the station connects within 60 s
    And the station shows a sound certificate
    And the station sends BootNotificationRequest within 60 s
    And the station reports Available within 60 s

  @TC_A_11_CS @req:A02.FR.02 @req:A02.FR.03 @req:A02.FR.06 @req:A02.FR.08 @req:F06.FR.04 @req:F06.FR.05 @req:F06.FR.10 @pics:ClientCertificate
  Scenario: A station renews its certificate when the CSMS asks for it
    Given security profile 3
    And a booted station
    When the CSMS sends TriggerMessageRequest with requestedMessage = SignChargingStationCertificate
    Then the station sends TriggerMessageResponse with status = Accepted
    And the station sends a sound CSR for a ChargingStationCertificate within 60 s
    And the station sends CertificateSignedResponse with status = Accepted within 60 s
    And the station comes back with its new certificate within 120 s
    And the station connects within 120 s

  @req:A02.FR.07 @req:A03.FR.07 @pics:ClientCertificate
  Scenario Outline: A station refuses a certificate that is <flaw>, and reports it
    Given security profile 3
    And the CSMS issues certificates that are <flaw>
    And a booted station
    When the CSMS sends TriggerMessageRequest with requestedMessage = SignChargingStationCertificate
    Then the station sends TriggerMessageResponse with status = Accepted
    And the station sends a sound CSR for a ChargingStationCertificate within 60 s
    And the station sends CertificateSignedResponse with status = Rejected within 60 s
    And the station sends SecurityEventNotificationRequest with type = InvalidChargingStationCertificate within 60 s

    Examples:
      | id            | flaw         |
      | TC_A_14_CS    | expired      |
      | TC_A_14_CS_b  | unknown-root |
      | TC_A_14_CS_c  | wrong-key    |
      | TC_A_14_CS_d  | wrong-cn     |
      | TC_A_14_CS_e  | tampered     |

  @TC_A_15_CS @req:A02.FR.03 @req:A02.FR.12 @req:F06.FR.05 @pics:ClientCertificate @slow
  Scenario: A station goes on with its old certificate when its CSR is refused
    Given security profile 3
    And the CSMS refuses every CSR
    And a booted station
    When the CSMS sends TriggerMessageRequest with requestedMessage = SignChargingStationCertificate
    Then the station sends TriggerMessageResponse with status = Accepted
    And the station sends a sound CSR for a ChargingStationCertificate within 60 s
    And the connection stays open for 30 s
    When the CSMS sends GetVariablesRequest
      """
      {getVariableData: [{component: {name: SecurityCtrlr}, variable: {name: SecurityProfile}}]}
      """
    Then the station answers GetVariablesResponse with getVariableResult.0.attributeValue = "3"

  @TC_OCPP_NewKey_CS @req:A02.FR.02 @pics:ClientCertificate
  Scenario: A station makes a new key pair for each certificate
    Given security profile 3
    And a booted station
    When the CSMS sends TriggerMessageRequest with requestedMessage = SignChargingStationCertificate
    Then the station sends a sound CSR for a ChargingStationCertificate within 60 s
    And the station sends CertificateSignedResponse with status = Accepted within 60 s
    And the station comes back with its new certificate within 120 s
    And the station connects within 120 s
    When 10 s pass
    And the CSMS sends TriggerMessageRequest with requestedMessage = SignChargingStationCertificate
    Then the station sends a sound CSR for a ChargingStationCertificate within 60 s
    And that CSR is for another key than the one before

  @TC_A_12_CS @req:A02.FR.02 @req:A02.FR.03 @req:A02.FR.06 @req:A02.FR.13 @req:A02.FR.15 @req:F06.FR.04 @req:F06.FR.05 @req:F06.FR.10 @pics:V2GCertificate
  Scenario: A station asks for a certificate for its cable
    Given security profile 1 or 2 or 3
    And a booted station
    And the certificate "v2g-root" is installed as V2GRootCertificate
    When the CSMS sends TriggerMessageRequest with requestedMessage = SignV2GCertificate
    Then the station sends TriggerMessageResponse with status = Accepted
    And the station sends a sound CSR for a V2GCertificate within 60 s
    And the station sends CertificateSignedResponse with status = Accepted within 60 s

  @TC_A_23_CS @req:A02.FR.17 @req:A02.FR.18 @pics:ClientCertificate @slow
  Scenario: A station asks again and again while no certificate comes
    Given security profile 3
    And the CSMS withholds the first 2 certificates
    And a booted station
    And SecurityCtrlr.CertSigningWaitMinimum is set to 10
    And SecurityCtrlr.CertSigningRepeatTimes is set to 2
    When the CSMS sends TriggerMessageRequest with requestedMessage = SignChargingStationCertificate
    Then the station sends TriggerMessageResponse with status = Accepted
    And the station sends a sound CSR for a ChargingStationCertificate within 60 s
    And the station sends a sound CSR for a ChargingStationCertificate within 120 s
    And the station has sent no CSR for 10 s before that one
    And the station sends a sound CSR for a ChargingStationCertificate within 180 s
    And the station has sent no CSR for 20 s before that one
    And the station sends CertificateSignedResponse with status = Accepted within 240 s

  @TC_OCPP_SecurityEventOffline_CS @req:A04.FR.01 @req:A04.FR.02 @pics:Tls @slow
  Scenario: What happens while the CSMS cannot be trusted is told afterwards
    Given security profile 2 or 3
    And a booted station
    When the CSMS shows the certificate "expired" to the next connection
    And the connection is closed in good order
    Then the station refuses the TLS handshake within 120 s
    And the station connects within 240 s
    And the station sends SecurityEventNotificationRequest with type = InvalidCsmsCertificate within 240 s
