@role:csms @pics:ContractCertificates
Feature: A CSMS says whether the driver of a car with a contract may charge

  @req:C07.FR.04 @req:C07.FR.05 @req:C07.FR.13 @req:C07.FR.14 @req:C07.FR.15 @req:C07.FR.16 @req:C07.FR.17
  Scenario Outline: A token comes with <what>
    Given a booted station
    When the station asks whether $<token> may charge with the <how> "<certificate>"
    Then the CSMS says that the token is <status>, and its certificate <judged>

    Examples:
      | id                             | what                                         | token                  | how                          | certificate      | status                        | judged                                                     |
      | TC_C_50_CSMS                   | the hash data of its certificate             | contract_token         | hash data of the certificate | contract         | Accepted                      | Accepted                                                   |
      | TC_C_52_CSMS                   | its certificate                              | contract_token         | certificate                  | contract         | Accepted                      | Accepted                                                   |
      | TC_C_51_CSMS                   | the hash data of a certificate since revoked | revoked_contract_token | hash data of the certificate | contract-revoked | Invalid                       | CertificateRevoked                                         |
      | TC_C_51_CSMS_b                 | a certificate since revoked                  | revoked_contract_token | certificate                  | contract-revoked | Invalid                       | CertificateRevoked                                         |
      | TC_OCPP_ContractExpired_CSMS   | a certificate that is too old                | contract_token         | certificate                  | contract-expired | Expired                       | CertificateExpired                                         |
      | TC_OCPP_ContractForeign_CSMS   | a certificate that nobody vouches for        | contract_token         | certificate                  | contract-foreign | Invalid                       | CertChainError or SignatureError or NoCertificateAvailable |
      | TC_OCPP_ContractCancelled_CSMS | a good certificate, and it is not known      | unknown_token          | hash data of the certificate | contract         | Unknown or Invalid or Expired | ContractCancelled                                          |
