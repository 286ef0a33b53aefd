@role:station
Feature: A station of 2.1 keeps the certificates of others

  @TC_M_101_CS @req:M05.FR.01 @req:M05.FR.02 @pics:ContractCertificates
  Scenario: A station installs an OEMRootCertificate
    Given a booted station
    When the CSMS installs the certificate "oem-root" as OEMRootCertificate
    Then the station answers InstallCertificateResponse with status = Accepted
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = OEMRootCertificate
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "oem-root" as OEMRootCertificate

  @TC_M_100_CS @req:M01.FR.01 @req:M01.FR.03 @req:M01.FR.06 @pics:ContractCertificates
  Scenario: A station gets all contracts of a car that speaks ISO 15118-20
    Given the CSMS has 2 contracts for each car
    And a booted station
    When a car asks the station for a contract certificate, by ISO 15118-20
    Then the station sends Get15118EVCertificateRequest with action = Install and maximumContractCertificateChains > 0 and exiRequest present within 60 s
    And the station sends Get15118EVCertificateRequest with action = Install and maximumContractCertificateChains > 0 within 60 s
