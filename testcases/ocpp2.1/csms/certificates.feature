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

  @req:M07.FR.01 @req:M07.FR.03 @req:M07.FR.04 @req:M07.FR.06 @req:M07.FR.07 @req:M07.FR.08 @pics:ContractCertificates
  Scenario Outline: A CSMS finds out which certificates of a chain were revoked, by <source>
    Given a booted station
    When the station asks for the status of the certificates "contract", "contract-revoked", "cpo-sub" by <source>
    Then the CSMS tells the status of each certificate that was asked about
    And the CSMS says of the certificate "contract" that it is Good
    And the CSMS says of the certificate "contract-revoked" that it is Revoked
    And the CSMS says of the certificate "cpo-sub" that it is Good

    Examples:
      | id                         | source |
      | TC_OCPP_ChainByOcsp_CSMS   | OCSP   |
      | TC_OCPP_ChainByCrl_CSMS    | CRL    |

  @req:M07.FR.02 @req:M07.FR.05 @req:M07.FR.08 @pics:ContractCertificates
  Scenario Outline: A CSMS cannot find out about a certificate, by <source>
    Given a booted station
    When the station asks for the status of the certificates "contract" by <source> where nobody answers
    Then the CSMS tells the status of each certificate that was asked about
    And the CSMS says of the certificate "contract" that it is Failed

    Examples:
      | id                              | source |
      | TC_OCPP_ChainOcspFailed_CSMS    | OCSP   |
      | TC_OCPP_ChainCrlFailed_CSMS     | CRL    |
