@role:csms
Feature: A CSMS looks after the certificates of its stations

  @TC_M_01_CSMS @req:M05.FR.01
  Scenario: A CSMS installs a CSMSRootCertificate
    Given the certificate "csms-root-other" of the lab
    And a booted station
    When the operator makes the CSMS send InstallCertificateRequest
      """
      {certificateType: CSMSRootCertificate, certificate: $csms_root_other}
      """
    Then the CSMS sends the certificate "csms-root-other" to be installed as CSMSRootCertificate within 60 s

  @TC_M_02_CSMS @req:M05.FR.01
  Scenario: A CSMS installs a ManufacturerRootCertificate
    Given the certificate "manufacturer-root" of the lab
    And a booted station
    When the operator makes the CSMS send InstallCertificateRequest
      """
      {certificateType: ManufacturerRootCertificate, certificate: $manufacturer_root}
      """
    Then the CSMS sends the certificate "manufacturer-root" to be installed as ManufacturerRootCertificate within 60 s

  @TC_M_03_CSMS @req:M05.FR.01 @pics:V2GCertificate
  Scenario: A CSMS installs a V2GRootCertificate
    Given the certificate "v2g-root" of the lab
    And a booted station
    When the operator makes the CSMS send InstallCertificateRequest
      """
      {certificateType: V2GRootCertificate, certificate: $v2g_root}
      """
    Then the CSMS sends the certificate "v2g-root" to be installed as V2GRootCertificate within 60 s

  @TC_M_04_CSMS @req:M05.FR.01 @pics:ContractCertificates
  Scenario: A CSMS installs a MORootCertificate
    Given the certificate "mo-root" of the lab
    And a booted station
    When the operator makes the CSMS send InstallCertificateRequest
      """
      {certificateType: MORootCertificate, certificate: $mo_root}
      """
    Then the CSMS sends the certificate "mo-root" to be installed as MORootCertificate within 60 s

  @TC_M_05_CSMS @req:M05.FR.01 @req:M05.FR.03
  Scenario: A CSMS lives with a certificate that cannot be installed
    Given the certificate "csms-root-other" of the lab
    And the station will answer InstallCertificateResponse with status = Failed
    And a booted station
    When the operator makes the CSMS send InstallCertificateRequest
      """
      {certificateType: CSMSRootCertificate, certificate: $csms_root_other}
      """
    Then the CSMS sends the certificate "csms-root-other" to be installed as CSMSRootCertificate within 60 s
    And the connection stays open for 5 s

  @TC_M_12_CSMS @req:M03.FR.01
  Scenario: A CSMS asks for CSMSRootCertificates
    Given a booted station
    When the operator makes the CSMS send GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate
    Then the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate and certificateType.1 absent within 60 s
    And the connection stays open for 5 s

  @TC_M_13_CSMS @req:M03.FR.01
  Scenario: A CSMS asks for ManufacturerRootCertificates
    Given a booted station
    When the operator makes the CSMS send GetInstalledCertificateIdsRequest with certificateType.0 = ManufacturerRootCertificate
    Then the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = ManufacturerRootCertificate and certificateType.1 absent within 60 s
    And the connection stays open for 5 s

  @TC_M_14_CSMS @req:M03.FR.01 @pics:V2GCertificate
  Scenario: A CSMS asks for V2GRootCertificates
    Given a booted station
    When the operator makes the CSMS send GetInstalledCertificateIdsRequest with certificateType.0 = V2GRootCertificate
    Then the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = V2GRootCertificate and certificateType.1 absent within 60 s
    And the connection stays open for 5 s

  @TC_M_15_CSMS @req:M03.FR.01 @req:M03.FR.05 @pics:V2GCertificate
  Scenario: A CSMS asks for V2GCertificateChains
    Given a booted station
    When the operator makes the CSMS send GetInstalledCertificateIdsRequest with certificateType.0 = V2GCertificateChain
    Then the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = V2GCertificateChain and certificateType.1 absent within 60 s
    And the connection stays open for 5 s

  @TC_M_16_CSMS @req:M03.FR.01 @pics:ContractCertificates
  Scenario: A CSMS asks for MORootCertificates
    Given a booted station
    When the operator makes the CSMS send GetInstalledCertificateIdsRequest with certificateType.0 = MORootCertificate
    Then the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = MORootCertificate and certificateType.1 absent within 60 s
    And the connection stays open for 5 s

  @TC_M_17_CSMS @req:M03.FR.01
  Scenario: A CSMS asks for certificates of two kinds
    Given a booted station
    When the operator makes the CSMS send GetInstalledCertificateIdsRequest
      """
      {certificateType: [CSMSRootCertificate, ManufacturerRootCertificate]}
      """
    Then the CSMS sends GetInstalledCertificateIdsRequest with certificateType.* = CSMSRootCertificate and certificateType.* = ManufacturerRootCertificate within 60 s

  @TC_M_18_CSMS @req:M03.FR.01
  Scenario: A CSMS asks for all certificates
    Given a booted station
    When the operator makes the CSMS send GetInstalledCertificateIdsRequest
    Then the CSMS sends GetInstalledCertificateIdsRequest with certificateType absent within 60 s

  @TC_M_19_CSMS @req:M03.FR.01 @req:M03.FR.02
  Scenario: A CSMS asks for ManufacturerRootCertificates where there are none
    Given a booted station
    When the operator makes the CSMS send GetInstalledCertificateIdsRequest with certificateType.0 = ManufacturerRootCertificate
    Then the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = ManufacturerRootCertificate and certificateType.1 absent within 60 s
    And the connection stays open for 5 s

  @req:M04.FR.01 @req:M04.FR.07
  Scenario Outline: A CSMS deletes a certificate by the hash data of the station (<algorithm>)
    Given the station hashes certificates with <algorithm>
    And a booted station
    When the operator makes the CSMS send GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate
    Then the CSMS sends GetInstalledCertificateIdsRequest within 60 s
    When $hash is the certificateHashDataChain.0.certificateHashData of the last GetInstalledCertificateIdsResponse
    And the operator makes the CSMS send DeleteCertificateRequest with certificateHashData = $hash
    Then the CSMS deletes what the station has listed last

    Examples:
      | id             | algorithm |
      | TC_M_20_CSMS   | SHA256    |
      | TC_M_20_CSMS_b | SHA384    |
      | TC_M_20_CSMS_c | SHA512    |

  @TC_M_21_CSMS @req:M04.FR.01 @req:M04.FR.07
  Scenario: A CSMS lives with a certificate that cannot be deleted
    Given the station will answer DeleteCertificateResponse with status = Failed
    And a booted station
    When the operator makes the CSMS send GetInstalledCertificateIdsRequest with certificateType.0 = CSMSRootCertificate
    Then the CSMS sends GetInstalledCertificateIdsRequest within 60 s
    When $hash is the certificateHashDataChain.0.certificateHashData of the last GetInstalledCertificateIdsResponse
    And the operator makes the CSMS send DeleteCertificateRequest with certificateHashData = $hash
    Then the CSMS deletes what the station has listed last
    And the connection stays open for 5 s

  @TC_M_24_CSMS @req:M06.FR.01 @req:M06.FR.02 @req:M06.FR.03 @req:M06.FR.08 @req:M06.FR.09 @pics:V2GCertificate
  Scenario: A CSMS finds out the OCSP status of a certificate
    Given a booted station
    When the station asks for the OCSP status of the certificate "cpo-sub"
    Then the CSMS answers with an OCSP response that says GOOD within 30 s

  @TC_OCPP_RevokedStatus_CSMS @req:M06.FR.02 @req:M06.FR.03 @req:M06.FR.08 @pics:ContractCertificates
  Scenario: A CSMS finds out that a certificate was revoked
    Given a booted station
    When the station asks for the OCSP status of the certificate "contract-revoked"
    Then the CSMS answers with an OCSP response that says REVOKED within 30 s

  @TC_M_26_CSMS @req:M01.FR.01 @pics:ContractCertificates
  Scenario: A CSMS gets a contract certificate for a car
    Given a booted station
    When a car asks the station for a contract certificate, by ISO 15118-2
    Then the CSMS sends Get15118EVCertificateResponse with status = Accepted and exiResponse matches [A-Za-z0-9+/]+=* within 30 s

  @TC_M_28_CSMS @req:M02.FR.01 @pics:ContractCertificates
  Scenario: A CSMS gets a contract certificate in place of an old one
    Given a booted station
    When a car asks the station for an update of its contract certificate
    Then the CSMS sends Get15118EVCertificateResponse with status = Accepted and exiResponse matches [A-Za-z0-9+/]+=* within 30 s
