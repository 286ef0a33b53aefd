@role:csms
Feature: A CSMS of 2.1 looks after the certificates of its stations

  @TC_M_101_CSMS @req:M05.FR.01
  Scenario: A CSMS installs an OEMRootCertificate
    Given the certificate "oem-root" of the lab
    And a booted station
    When the operator makes the CSMS send InstallCertificateRequest
      """
      {certificateType: OEMRootCertificate, certificate: $oem_root}
      """
    Then the CSMS sends the certificate "oem-root" to be installed as OEMRootCertificate within 60 s

  @TC_M_100_CSMS @req:M01.FR.01 @req:M01.FR.04 @req:M01.FR.07 @pics:ContractCertificates
  Scenario: A CSMS hands out all contracts of a car that speaks ISO 15118-20
    Given a booted station
    When a car asks the station for a contract certificate, by ISO 15118-20
    Then the CSMS sends Get15118EVCertificateResponse with status = Accepted and exiResponse matches [A-Za-z0-9+/]+=* and remainingContracts >= 0 within 60 s
    When 5 s pass
    Then the remaining contracts get less with each answer
