@role:evcc @pics:PnC
Feature: Plug & Charge: the vehicle identifies itself with its contract

  @TC_EVCC20_PnC_Authorization @req:X20-ContractAccepted
  Scenario Outline: <mode> session with the contract of the vehicle
    Given a charger that offers <mode>
    And a charger that offers Plug & Charge
    When the vehicle is plugged in
    Then the vehicle has authorized with a contract
    And the vehicle has completed the session

    Examples:
      | id                              | mode   | pics   |
      | TC_EVCC20_PnC_Authorization_001 | any    |        |
      | TC_EVCC20_PnC_Authorization_002 | AC     | AC     |

  @TC_EVCC20_PnC_Authorization_003 @req:X20-ChallengeEcho
  Scenario: the challenge of the charger is repeated and signed
    Given a charger that offers Plug & Charge
    When the vehicle is plugged in
    Then the vehicle repeats the challenge of the charger

  @TC_EVCC20_PnC_Authorization_004 @req:X20-ContractAccepted
  Scenario: Plug & Charge is the only way to authorize
    Given a charger that offers Plug & Charge only
    When the vehicle is plugged in
    Then the vehicle has authorized with a contract

  @TC_EVCC20_PnC_Authorization_005 @req:X20-ContractAccepted
  Scenario: the charger asks its back end for a while
    Given a charger that offers Plug & Charge
    And a charger that is busy 3 times with AuthorizationReq
    When the vehicle is plugged in
    Then the vehicle sends ServiceDiscoveryReq

  @TC_EVCC20_PnC_AuthorizationSetup_001 @req:X20-Services
  Scenario: no contract is shown to a charger that has not offered Plug & Charge
    Given a charger that offers any
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then every AuthorizationReq has SelectedAuthorizationService = EIM

  @req:X20-AuthorizationRefused
  Scenario Outline: a contract that is refused with <code> is not insisted on
    Given a charger that offers Plug & Charge
    And a charger that answers AuthorizationReq with <code>
    When the vehicle is plugged in
    Then the vehicle tries to authorize in another way

    Examples:
      | id                              | code                                 |
      | TC_EVCC20_PnC_Authorization_006 | WARNING_CertificateExpired           |
      | TC_EVCC20_PnC_Authorization_007 | WARNING_CertificateRevoked           |
      | TC_EVCC20_PnC_Authorization_008 | WARNING_CertificateValidationError   |
      | TC_EVCC20_PnC_Authorization_009 | WARNING_eMSPUnknown                  |
      | TC_EVCC20_PnC_Authorization_010 | WARNING_GeneralPnCAuthorizationError |

  @TC_EVCC20_PnC_Authorization_011 @req:X20-FailedIsFatal
  Scenario: FAILED_SignatureError ends the session
    Given a charger that offers Plug & Charge
    And a charger that answers AuthorizationReq with FAILED_SignatureError
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the AuthorizationRes

  @pics:CertificateInstallation @TC_EVCC20_PnC_CertificateInstallation_001 @req:X20-CertificateInstallation
  Scenario: a delivered contract is used
    Given a charger that offers Plug & Charge and installs contracts
    When the vehicle is plugged in
    Then the vehicle sends CertificateInstallationReq
    And the vehicle authorizes with the delivered contract

  @pics:CertificateInstallation @req:X20-InstallationRejected
  Scenario Outline: a contract is not used when its delivery is signed wrongly: <flaw>
    Given a charger that offers Plug & Charge and installs contracts
    And a charger with the signature flaw "<flaw>"
    When the vehicle is plugged in
    Then the vehicle does not authorize with the delivered contract

    Examples:
      | id                                        | flaw    |
      | TC_EVCC20_PnC_CertificateInstallation_002 | missing |
      | TC_EVCC20_PnC_CertificateInstallation_003 | digest  |
      | TC_EVCC20_PnC_CertificateInstallation_004 | value   |
      | TC_EVCC20_PnC_CertificateInstallation_005 | id      |

  @pics:CertificateInstallation @req:X20-InstallationRejected
  Scenario Outline: a contract is not used when it comes from <credential>
    Given a charger that offers Plug & Charge and installs contracts
    And a charger that shows and signs with "<credential>"
    When the vehicle is plugged in
    Then the vehicle does not authorize with the delivered contract

    Examples:
      | id                                        | credential       |
      | TC_EVCC20_PnC_CertificateInstallation_006 | cps/unknown-root |
      | TC_EVCC20_PnC_CertificateInstallation_007 | cps/expired      |
      | TC_EVCC20_PnC_CertificateInstallation_008 | secc             |

  @pics:CertificateInstallation
  Scenario Outline: a contract is not used when its private key is unusable: <flaw>
    Given a charger that offers Plug & Charge and installs contracts
    And a charger with the key flaw "<flaw>"
    When the vehicle is plugged in
    Then the vehicle does not authorize with the delivered contract

    Examples:
      | id                                        | flaw | requirement |
      | TC_EVCC20_PnC_CertificateInstallation_009 | key  | V2G20-2507  |
      | TC_EVCC20_PnC_CertificateInstallation_010 | tag  | V2G20-2504  |
      | TC_EVCC20_PnC_CertificateInstallation_011 | aad  | V2G20-2504  |

  @pics:CertificateInstallation @req:X20-InstallationRejected
  Scenario Outline: a contract is not used when its chain is not sound: <variant>
    Given a charger that offers Plug & Charge and installs contracts
    And a charger that delivers the contract "<variant>"
    When the vehicle is plugged in
    Then the vehicle does not authorize with the delivered contract

    Examples:
      | id                                        | variant       |
      | TC_EVCC20_PnC_CertificateInstallation_012 | expired       |
      | TC_EVCC20_PnC_CertificateInstallation_013 | bad-signature |

  @pics:CertificateInstallation @TC_EVCC20_PnC_CertificateInstallation_014 @req:X20-InstallationRejected
  Scenario Outline: a refused installation does not end the session: <code>
    Given a charger that offers Plug & Charge and installs contracts
    And a charger that answers CertificateInstallationReq with <code>
    When the vehicle is plugged in
    Then the vehicle goes on after the CertificateInstallationRes

    Examples:
      | id                                        | code                                |
      | TC_EVCC20_PnC_CertificateInstallation_014 | WARNING_NoContractMatchingPCIDFound |
      | TC_EVCC20_PnC_CertificateInstallation_015 | WARNING_NoCertificateAvailable      |
