@role:secc @pics:PnC
Feature: Plug & Charge: an EV identifies itself with a contract

  @TC_SECC20_PnC_AuthorizationSetup_001 @req:V2G20-697
  Scenario: Plug & Charge is offered with a challenge of 128 bits
    Given an any session has reached AuthorizationSetupReq
    When the EV sends AuthorizationSetupReq
    Then the charger answers AuthorizationSetupRes with OK within 1.5 s
    And the answer has PnC_ASResAuthorizationMode.GenChallenge

  @TC_SECC20_PnC_AuthorizationSetup_002 @req:V2G20-697
  Scenario: each session gets a challenge of its own
    Given an any session has reached AuthorizationSetupReq
    When the session goes on to AuthorizationReq
    And a new session is started
    And the session goes on to AuthorizationReq
    And a new session is started
    And the session goes on to AuthorizationReq
    Then no two AuthorizationSetupRes have the same PnC_ASResAuthorizationMode.GenChallenge

  @TC_SECC20_PnC_Authorization_001 @req:X20-ContractAccepted
  Scenario: a good contract is authorized
    Given an EV with the contract "contract"
    And an any session has reached AuthorizationReq
    When the session goes on to ServiceDiscoveryReq
    And the EV sends ServiceDiscoveryReq
    Then the charger answers ServiceDiscoveryRes with OK within 1.5 s
    And every AuthorizationRes has ResponseCode = OK or OK_CertificateExpiresSoon

  @TC_SECC20_PnC_Session @req:X20-ContractAccepted @req:X20-SessionStop
  Scenario Outline: <mode> session with a contract, from SDP to SessionStop
    Given an EV with the contract "contract"
    And a <mode> session has reached <loop> for the 3rd time
    When the driver ends the session
    And the session goes on to SessionStopReq
    And the EV sends SessionStopReq
    Then the charger answers SessionStopRes with OK within 1.5 s
    And the session is complete

    Examples:
      | id                           | mode   | loop             | pics   |
      | TC_SECC20_PnC_DC_Session_001 | DC     | DC_ChargeLoopReq | DC     |
      | TC_SECC20_PnC_AC_Session_001 | AC_BPT | AC_ChargeLoopReq | AC_BPT |

  @TC_SECC20_PnC_Authorization_002 @req:X20-ContractCodes @pics:LabContracts
  Scenario: a contract that ends in a few days is authorized, with a hint
    Given an EV with the contract "contract-expiring"
    And an any session has reached AuthorizationReq
    When the EV sends AuthorizationReq
    Then the charger answers AuthorizationRes with OK_CertificateExpiresSoon|OK within 1.5 s

  @req:X20-SignatureError
  Scenario Outline: AuthorizationReq with a signature that is wrong: <what>
    Given an EV with the contract "contract"
    And an EV with the signature flaw "<flaw>"
    And an any session has reached AuthorizationReq
    When the EV sends AuthorizationReq
    Then the charger answers AuthorizationRes with FAILED*|WARNING_* within 1.5 s

    Examples:
      | id                              | what                                        | flaw    |
      | TC_SECC20_PnC_Authorization_003 | there is none                               | missing |
      | TC_SECC20_PnC_Authorization_004 | the digest is of something else             | digest  |
      | TC_SECC20_PnC_Authorization_005 | one bit of the value is changed             | value   |
      | TC_SECC20_PnC_Authorization_006 | it refers to an Id that is not there        | id      |
      | TC_SECC20_PnC_Authorization_007 | the value is DER instead of two raw numbers | der     |

  @req:V2G20-2674
  Scenario Outline: AuthorizationReq signed in the way of ISO 15118-2: <what>
    Given an EV with the contract "contract"
    And an EV with the signature flaw "<flaw>"
    And an any session has reached AuthorizationReq
    When the EV sends AuthorizationReq
    Then the charger answers AuthorizationRes with FAILED*|WARNING_* within 1.5 s

    Examples:
      | id                              | what              | flaw             |
      | TC_SECC20_PnC_Authorization_008 | with sha256       | digest-algorithm |
      | TC_SECC20_PnC_Authorization_009 | with ecdsa-sha256 | method           |

  @req:X20-SignatureError
  Scenario Outline: AuthorizationReq signed with the key of another certificate: <key>
    Given an EV with the contract "contract"
    And an EV that signs with the key of "<key>"
    And an any session has reached AuthorizationReq
    When the EV sends AuthorizationReq
    Then the charger answers AuthorizationRes with FAILED*|WARNING_* within 1.5 s

    Examples:
      | id                              | key              |
      | TC_SECC20_PnC_Authorization_010 | oem-provisioning |
      | TC_SECC20_PnC_Authorization_011 | vehicle          |

  @TC_SECC20_PnC_Authorization_012 @req:X20-SignatureError
  Scenario: AuthorizationReq that was changed after it was signed
    Given an EV with the contract "contract"
    And an any session has reached AuthorizationReq
    When the EV sends AuthorizationReq bent by
      """
      set: {PnC_AReqAuthorizationMode.@Id: id2, Header.Signature.SignedInfo.Reference.0.@URI: "#id2"}
      """
    Then the charger answers AuthorizationRes with FAILED*|WARNING_* within 1.5 s

  @req:X20-ChallengeInvalid
  Scenario Outline: AuthorizationReq whose challenge is not the charger's: <what>
    Given an EV with the contract "contract"
    And an EV that answers the challenge with <what>
    And an any session has reached AuthorizationReq
    When the EV sends AuthorizationReq
    Then the charger answers AuthorizationRes with WARNING_ChallengeInvalid within 1.5 s
    And the answer has EVSEProcessing = Finished

    Examples:
      | id                              | what        |
      | TC_SECC20_PnC_Authorization_013 | zeros       |
      | TC_SECC20_PnC_Authorization_014 | another one |

  @req:X20-ContractCodes @pics:LabContracts
  Scenario Outline: a contract that must be refused: <contract>
    Given an EV with the contract "<contract>"
    And an any session has reached AuthorizationReq
    When the EV sends AuthorizationReq
    Then the charger answers AuthorizationRes with <code> within 1.5 s
    And the answer has EVSEProcessing = Finished
    And the charger keeps the connection open for 2 s

    Examples:
      | id                              | contract                  | code                                                                                |
      | TC_SECC20_PnC_Authorization_015 | contract/expired          | WARNING_CertificateExpired                                                          |
      | TC_SECC20_PnC_Authorization_016 | contract/sub-ca-expired   | WARNING_CertificateExpired                                                          |
      | TC_SECC20_PnC_Authorization_017 | contract/not-yet-valid    | WARNING_CertificateNotYetValid                                                      |
      | TC_SECC20_PnC_Authorization_018 | contract/unknown-root     | WARNING_CertificateValidationError\|WARNING_eMSPUnknown                             |
      | TC_SECC20_PnC_Authorization_019 | contract/impostor-root    | WARNING_CertificateValidationError                                                  |
      | TC_SECC20_PnC_Authorization_020 | contract/missing-sub-ca-1 | WARNING_CertificateValidationError                                                  |
      | TC_SECC20_PnC_Authorization_021 | contract/bad-signature    | WARNING_CertificateValidationError                                                  |
      | TC_SECC20_PnC_Authorization_022 | contract/wrong-key-usage  | WARNING_CertificateValidationError                                                  |
      | TC_SECC20_PnC_Authorization_023 | contract/bad-emaid        | WARNING_CertificateValidationError\|WARNING_eMSPUnknown\|WARNING_GeneralPnC*        |
      | TC_SECC20_PnC_Authorization_024 | contract/swapped-leaf     | WARNING_CertificateValidationError\|WARNING_eMSPUnknown                             |
      | TC_SECC20_PnC_Authorization_025 | contract-revoked          | WARNING_CertificateRevoked                                                          |
      | TC_SECC20_PnC_Authorization_026 | contract-foreign          | WARNING_eMSPUnknown                                                                 |
      | TC_SECC20_PnC_Authorization_027 | contract-blocked          | WARNING_GeneralPnCAuthorizationError\|WARNING_NoContractMatchingPCIDFound           |

  @TC_SECC20_PnC_Authorization_028 @req:X20-ContractCodes
  Scenario: an EV whose contract was refused can identify itself by external means
    Given an EV with the contract "contract/expired"
    And an any session has reached AuthorizationReq
    When the session goes on to ServiceDiscoveryReq
    And the EV sends ServiceDiscoveryReq
    Then the charger answers ServiceDiscoveryRes with OK within 1.5 s

  @pics:CertificateInstallation @TC_SECC20_PnC_CertificateInstallation_001 @req:X20-CertificateInstallation
  Scenario: a car without a contract gets one
    Given an EV that asks for a contract
    And an any session has reached CertificateInstallationReq
    When the EV sends CertificateInstallationReq
    Then the charger answers CertificateInstallationRes with OK within 4.5 s
    And the answer has EVSEProcessing = Finished

  @pics:CertificateInstallation @TC_SECC20_PnC_CertificateInstallation_002 @req:X20-CertificateInstallation @req:V2G20-2507
  Scenario: the delivered contract opens the next authorization
    Given an EV that asks for a contract
    And an any session has reached CertificateInstallationReq
    When the session goes on to ServiceDiscoveryReq
    Then the EV could use the delivered contract
    And every AuthorizationRes has ResponseCode = OK or OK_CertificateExpiresSoon

  @pics:CertificateInstallation @req:X20-SignatureError
  Scenario Outline: CertificateInstallationReq with a signature that is wrong: <flaw>
    Given an EV that asks for a contract
    And an EV with the signature flaw "<flaw>"
    And an any session has reached CertificateInstallationReq
    When the EV sends CertificateInstallationReq
    Then the charger answers CertificateInstallationRes with FAILED*|WARNING_* within 4.5 s

    Examples:
      | id                                        | flaw    |
      | TC_SECC20_PnC_CertificateInstallation_003 | missing |
      | TC_SECC20_PnC_CertificateInstallation_004 | digest  |
      | TC_SECC20_PnC_CertificateInstallation_005 | value   |

  @pics:CertificateInstallation @pics:LabContracts @req:X20-InstallationCodes
  Scenario Outline: a provisioning certificate that earns no contract: <certificate>
    Given an EV that asks for a contract
    And an EV with the provisioning certificate "<certificate>"
    And an any session has reached CertificateInstallationReq
    When the EV sends CertificateInstallationReq
    Then the charger answers CertificateInstallationRes with <code> within 4.5 s

    Examples:
      | id                                        | certificate                    | code                                                                 |
      | TC_SECC20_PnC_CertificateInstallation_006 | oem-provisioning/expired       | WARNING_CertificateExpired                                           |
      | TC_SECC20_PnC_CertificateInstallation_007 | oem-provisioning/not-yet-valid | WARNING_CertificateNotYetValid                                       |
      | TC_SECC20_PnC_CertificateInstallation_008 | oem-provisioning/unknown-root  | WARNING_CertificateValidationError                                   |
      | TC_SECC20_PnC_CertificateInstallation_009 | oem-provisioning/bad-signature | WARNING_CertificateValidationError                                   |
      | TC_SECC20_PnC_CertificateInstallation_010 | oem-stranger                   | WARNING_NoContractMatchingPCIDFound\|WARNING_NoCertificateAvailable  |
