@role:station
Feature: A station keeps the certificates of others

  @TC_M_01_CS @req:M05.FR.01 @req:M05.FR.02 @pics:Tls
  Scenario: A station installs a CSMSRootCertificate
    Given a booted station
    When the CSMS installs the certificate "csms-root-other" as CSMSRootCertificate
    Then the station answers InstallCertificateResponse with status = Accepted
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "csms-root-other" as CSMSRootCertificate

  @TC_M_02_CS @req:M05.FR.01 @req:M05.FR.02 @pics:SignedFirmware
  Scenario: A station installs a ManufacturerRootCertificate
    Given a booted station
    When the CSMS installs the certificate "manufacturer-root" as ManufacturerRootCertificate
    Then the station answers InstallCertificateResponse with status = Accepted
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = ManufacturerRootCertificate
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "manufacturer-root" as ManufacturerRootCertificate

  @TC_M_03_CS @req:M05.FR.01 @req:M05.FR.02 @pics:V2GCertificate
  Scenario: A station installs a V2GRootCertificate
    Given a booted station
    When the CSMS installs the certificate "v2g-root" as V2GRootCertificate
    Then the station answers InstallCertificateResponse with status = Accepted
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = V2GRootCertificate
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "v2g-root" as V2GRootCertificate

  @TC_M_04_CS @req:M05.FR.01 @req:M05.FR.02 @pics:ContractCertificates
  Scenario: A station installs a MORootCertificate
    Given a booted station
    When the CSMS installs the certificate "mo-root" as MORootCertificate
    Then the station answers InstallCertificateResponse with status = Accepted
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = MORootCertificate
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "mo-root" as MORootCertificate

  @req:M05.FR.01 @req:M05.FR.07 @pics:Tls
  Scenario Outline: A station refuses a certificate that is <what>
    Given a booted station
    When the CSMS installs the certificate "<name>" as CSMSRootCertificate
    Then the station answers InstallCertificateResponse with status = Rejected
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate
    Then the station does not list the certificate "<name>"

    Examples:
      | id         | name              | what    |
      | TC_M_07_CS | csms-root-expired | expired |

  @TC_M_09_CS @req:M05.FR.10 @req:M05.FR.11 @pics:AdditionalRootCertificateCheck
  Scenario: A station refuses a CSMS root that the old one has not signed
    Given a booted station
    And SecurityCtrlr.AdditionalRootCertificateCheck is set to true
    When the CSMS installs the certificate "csms-root-other" as CSMSRootCertificate
    Then the station answers InstallCertificateResponse with status = Rejected
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate
    Then the station does not list the certificate "csms-root-other"

  @TC_OCPP_AdditionalRoot_CS @req:M05.FR.10 @req:M05.FR.12 @pics:AdditionalRootCertificateCheck
  Scenario: A station replaces its CSMS root by one that the old one has signed
    Given a booted station
    And the station trusts the certificate "csms-root" as CSMSRootCertificate
    And SecurityCtrlr.AdditionalRootCertificateCheck is set to true
    When the CSMS installs the certificate "csms-root-new" as CSMSRootCertificate
    Then the station answers InstallCertificateResponse with status = Accepted
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate
    Then the station lists the certificate "csms-root-new" as CSMSRootCertificate

  @TC_M_30_CS @req:M05.FR.13 @pics:AdditionalRootCertificateCheck&Tls @slow
  Scenario: A station comes back by its new CSMS root, and the old one is gone
    Given security profile 2 or 3
    And a booted station
    And the station trusts the certificate "csms-root" as CSMSRootCertificate
    And SecurityCtrlr.AdditionalRootCertificateCheck is set to true
    And the certificate "csms-root-new" is installed as CSMSRootCertificate
    When the CSMS shows a certificate below its new root from now on
    And the CSMS sends ResetRequest with type = OnIdle
    Then the station answers ResetResponse with status = Accepted
    And the station connects within 180 s
    And the station sends BootNotificationRequest within 180 s
    When 2 s pass
    And the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station does not list the certificate "csms-root"

  @TC_M_12_CS @req:M03.FR.01 @req:M03.FR.03 @req:M03.FR.04 @pics:Tls
  Scenario: A station lists its CSMSRootCertificates
    Given a booted station
    And the certificate "csms-root-other" is installed as CSMSRootCertificate
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "csms-root-other" as CSMSRootCertificate
    And the station lists CSMSRootCertificate alone

  @TC_M_13_CS @req:M03.FR.01 @req:M03.FR.03 @req:M03.FR.04 @pics:SignedFirmware
  Scenario: A station lists its ManufacturerRootCertificates
    Given a booted station
    And the certificate "manufacturer-root" is installed as ManufacturerRootCertificate
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = ManufacturerRootCertificate
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "manufacturer-root" as ManufacturerRootCertificate
    And the station lists ManufacturerRootCertificate alone

  @TC_M_14_CS @req:M03.FR.01 @req:M03.FR.03 @req:M03.FR.04 @pics:V2GCertificate
  Scenario: A station lists its V2GRootCertificates
    Given a booted station
    And the certificate "v2g-root" is installed as V2GRootCertificate
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = V2GRootCertificate
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "v2g-root" as V2GRootCertificate
    And the station lists V2GRootCertificate alone

  @TC_M_16_CS @req:M03.FR.01 @req:M03.FR.03 @req:M03.FR.04 @pics:ContractCertificates
  Scenario: A station lists its MORootCertificates
    Given a booted station
    And the certificate "mo-root" is installed as MORootCertificate
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = MORootCertificate
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "mo-root" as MORootCertificate
    And the station lists MORootCertificate alone

  @TC_M_15_CS @req:M03.FR.01 @req:M03.FR.03 @req:M03.FR.04 @req:M03.FR.05 @pics:V2GCertificate
  Scenario: A station lists its chain for the cable, sub-CAs below the leaf
    Given a booted station
    And the certificate "v2g-root" is installed as V2GRootCertificate
    When the CSMS sends TriggerMessageRequest with requestedMessage = SignV2GCertificate
    Then the station sends CertificateSignedResponse with status = Accepted within 60 s
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = V2GCertificateChain
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted and certificateHashDataChain.*.certificateType = V2GCertificateChain and certificateHashDataChain.*.childCertificateHashData.0.serialNumber present

  @TC_M_17_CS @req:M03.FR.01 @req:M03.FR.03 @req:M03.FR.04 @pics:Tls&SignedFirmware
  Scenario: A station lists certificates of two kinds
    Given a booted station
    And the certificate "csms-root-other" is installed as CSMSRootCertificate
    And the certificate "manufacturer-root" is installed as ManufacturerRootCertificate
    When the CSMS sends GetInstalledCertificateIdsRequest
      """
      {certificateType: [CSMSRootCertificate, ManufacturerRootCertificate]}
      """
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "csms-root-other" as CSMSRootCertificate
    And the station lists the certificate "manufacturer-root" as ManufacturerRootCertificate

  @TC_M_18_CS @req:M03.FR.01 @req:M03.FR.03 @req:M03.FR.04 @pics:Tls&SignedFirmware
  Scenario: A station lists all certificates when no kind is asked for
    Given a booted station
    And the certificate "csms-root-other" is installed as CSMSRootCertificate
    And the certificate "manufacturer-root" is installed as ManufacturerRootCertificate
    When the CSMS sends GetInstalledCertificateIdsRequest
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "csms-root-other" as CSMSRootCertificate
    And the station lists the certificate "manufacturer-root" as ManufacturerRootCertificate

  @TC_M_19_CS @req:M03.FR.01 @req:M03.FR.02
  Scenario: A station says that it has no certificate of a kind
    Given a booted station
    And no MORootCertificate is installed
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = MORootCertificate
    Then the station answers GetInstalledCertificateIdsResponse with status = NotFound and certificateHashDataChain absent

  @TC_M_20_CS @req:M04.FR.01 @req:M04.FR.02 @pics:Tls
  Scenario: A station deletes a certificate
    Given a booted station
    And the certificate "csms-root-other" is installed as CSMSRootCertificate
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate
    Then the station lists the certificate "csms-root-other" as CSMSRootCertificate
    When the CSMS deletes the certificate "csms-root-other"
    Then the station answers DeleteCertificateResponse with status = Accepted
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate
    Then the station does not list the certificate "csms-root-other"

  @TC_M_22_CS @req:M04.FR.01 @req:M04.FR.04 @pics:Tls
  Scenario: A station cannot delete what it does not have
    Given a booted station
    When the CSMS deletes the certificate "stranger-root"
    Then the station answers DeleteCertificateResponse with status = NotFound

  @TC_M_23_CS @req:M04.FR.01 @req:M04.FR.06 @pics:ClientCertificate
  Scenario: A station does not let its own certificate be deleted
    Given security profile 3
    And a booted station
    When the CSMS deletes the certificate that the station shows in TLS
    Then the station answers DeleteCertificateResponse with status = NotFound or Failed
    When the connection is closed in good order
    Then the station connects within 120 s

  @TC_M_26_CS @req:M01.FR.01 @pics:ContractCertificates
  Scenario: A station hands the request of a car for a contract on to the CSMS
    Given a booted station
    When a car asks the station for a contract certificate, by ISO 15118-2
    Then the station sends Get15118EVCertificateRequest with action = Install and exiRequest present and maximumContractCertificateChains absent within 60 s
    And the station hands the request of the car on as it is

  @TC_M_24_CS @req:M06.FR.06 @req:M06.FR.07 @pics:V2GCertificate
  Scenario: A station asks for the status of its certificates for the cable
    Given a booted station
    And the certificate "v2g-root" is installed as V2GRootCertificate
    When the CSMS sends TriggerMessageRequest with requestedMessage = SignV2GCertificate
    Then the station sends CertificateSignedResponse with status = Accepted within 60 s
    And the station sends GetCertificateStatusRequest with ocspRequestData.hashAlgorithm present and ocspRequestData.serialNumber present within 60 s

  @req:M05.FR.17
  Scenario Outline: A <kind> that is there already is replaced
    Given a booted station
    And the certificate "<name>" is installed as <kind>
    When the CSMS installs the certificate "<name>" as <kind>
    Then the station answers InstallCertificateResponse with status = Accepted
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = <kind>
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "<name>" once

    Examples:
      | id                   | name              | kind                | pics                 |
      | TC_OCPP_M_Twice_CS   | csms-root-other   | CSMSRootCertificate | Tls                  |
      | TC_OCPP_M_Twice_CS_b | mo-root           | MORootCertificate   | ContractCertificates |

  @TC_M_27_CS @req:M01.FR.01 @pics:ContractCertificates
  Scenario: A car that gets no contract is not authorized by one
    Given the CSMS will answer Get15118EVCertificateResponse with status = Failed
    And a booted station
    When a car asks the station for a contract certificate, by ISO 15118-2
    Then the station sends Get15118EVCertificateRequest with action = Install within 60 s
    And the station hands the request of the car on as it is
    And the station sends no AuthorizeRequest for 20 s

  @TC_M_28_CS @req:M02.FR.01 @pics:ContractCertificates
  Scenario: A station hands the request of a car for a new contract on to the CSMS
    Given a booted station
    When a car asks the station for an update of its contract certificate
    Then the station sends Get15118EVCertificateRequest with action = Update and exiRequest present within 60 s
    And the station hands the request of the car on as it is

  @TC_M_29_CS @req:M02.FR.01 @pics:ContractCertificates
  Scenario: A car whose contract is not renewed is not authorized by a new one
    Given the CSMS will answer Get15118EVCertificateResponse with status = Failed
    And a booted station
    When a car asks the station for an update of its contract certificate
    Then the station sends Get15118EVCertificateRequest with action = Update within 60 s
    And the station sends no AuthorizeRequest for 20 s

  @TC_M_25_CS @req:M06.FR.06 @pics:V2GCertificate
  Scenario: A station gets on although nobody knows the status of its certificates
    Given the CSMS will answer GetCertificateStatusResponse with status = Failed
    And a booted station
    And the certificate "v2g-root" is installed as V2GRootCertificate
    When the CSMS sends TriggerMessageRequest with requestedMessage = SignV2GCertificate
    Then the station sends CertificateSignedResponse with status = Accepted within 60 s
    And the station sends GetCertificateStatusRequest with ocspRequestData.serialNumber present within 60 s
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = V2GCertificateChain
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted

  @TC_M_31_CS @req:M05.FR.14 @pics:AdditionalRootCertificateCheck&Tls @slow
  Scenario: A station comes back by its old CSMS root where the new one does not fit, and keeps it
    Given security profile 2 or 3
    And a booted station
    And the station trusts the certificate "csms-root" as CSMSRootCertificate
    And SecurityCtrlr.AdditionalRootCertificateCheck is set to true
    And the certificate "csms-root-new" is installed as CSMSRootCertificate
    When the CSMS sends ResetRequest with type = OnIdle
    Then the station answers ResetResponse with status = Accepted
    And the station connects within 300 s
    And the station sends BootNotificationRequest within 300 s
    When 2 s pass
    And the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "csms-root" as CSMSRootCertificate
