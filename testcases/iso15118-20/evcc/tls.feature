@role:evcc
Feature: TLS with the charger

  @TC_EVCC20_CMN_TLS_001 @req:V2G20-2365 @req:V2G20-2459 @req:V2G20-1634 @req:V2G20-1667 @req:V2G20-2372 @req:V2G20-2331
  Scenario: The EV shakes hands with the lists of ISO 15118-20 and shows the certificate of a vehicle
    Given a charger that offers any
    When the vehicle is plugged in
    Then the vehicle sends supportedAppProtocolReq
    And the TLS handshake has succeeded
    And the ClientHello of the vehicle keeps to the ISO 15118-20 profile

  @TC_EVCC20_CMN_BrokenChain @req:X20-RefusesChain @pics:TLS
  Scenario Outline: A charger with a broken certificate chain (<variant>) is refused
    Given a charger that shows the SECC certificate "<variant>"
    When the vehicle is plugged in
    Then the vehicle connects and refuses TLS

    Examples:
      | id                    | variant                  | requirement                  |
      | TC_EVCC20_CMN_TLS_010 | expired                  | V2G20-2409, X20-RefusesChain |
      | TC_EVCC20_CMN_TLS_011 | not-yet-valid            | V2G20-2409, X20-RefusesChain |
      | TC_EVCC20_CMN_TLS_012 | sub-ca-expired           | V2G20-2409, X20-RefusesChain |
      | TC_EVCC20_CMN_TLS_013 | unknown-root             | V2G20-2409, X20-RefusesChain |
      | TC_EVCC20_CMN_TLS_014 | impostor-root            | V2G20-2409, X20-RefusesChain |
      | TC_EVCC20_CMN_TLS_015 | missing-chain            | V2G20-2409, X20-RefusesChain |
      | TC_EVCC20_CMN_TLS_016 | missing-sub-ca-1         | V2G20-2409, X20-RefusesChain |
      | TC_EVCC20_CMN_TLS_017 | wrong-key-usage          | X20-Chain, X20-RefusesChain  |
      | TC_EVCC20_CMN_TLS_018 | wrong-extended-key-usage | X20-Chain, X20-RefusesChain  |
      | TC_EVCC20_CMN_TLS_019 | swapped-leaf             | V2G20-2409, X20-RefusesChain |
      | TC_EVCC20_CMN_TLS_020 | bad-signature            | X20-Chain, X20-RefusesChain  |
      | TC_EVCC20_CMN_TLS_021 | bad-sub-ca-signature     | X20-Chain, X20-RefusesChain  |
      | TC_EVCC20_CMN_TLS_022 | sub-ca-without-ca-flag   | X20-Chain, X20-RefusesChain  |
      | TC_EVCC20_CMN_TLS_023 | sub-ca-without-cert-sign | X20-Chain, X20-RefusesChain  |
      | TC_EVCC20_CMN_TLS_024 | path-length              | X20-Chain, X20-RefusesChain  |
      | TC_EVCC20_CMN_TLS_025 | chain-too-long           | V2G2-009, X20-RefusesChain   |
      | TC_EVCC20_CMN_TLS_026 | wrong-curve-sub-cas      | V2G20-2674, X20-RefusesChain |

  @TC_EVCC20_CMN_Staple @req:V2G20-1240 @pics:TLS
  Scenario Outline: An OCSP response that says <kind> is refused by an EV that has asked for one
    Given a charger that staples the OCSP response "<kind>"
    When the vehicle is plugged in
    Then the vehicle connects and refuses TLS

    Examples:
      | id                    | kind          | requirement |
      | TC_EVCC20_CMN_TLS_040 | revoked       | V2G20-1240  |
      | TC_EVCC20_CMN_TLS_041 | bad-signature | V2G20-2409  |
      | TC_EVCC20_CMN_TLS_042 | expired       | V2G20-2409  |

  @TC_EVCC20_CMN_TLS_050 @req:V2G20-1237 @pics:TLS
  Scenario: A charger that speaks TLS 1.2 and nothing newer gets no ISO 15118-20 session
    Given a charger that speaks TLS 1.2 and nothing newer
    When the vehicle is plugged in
    Then the vehicle begins no ISO 15118-20 session

  @TC_EVCC20_CMN_ForeignLists @req:V2G20-1264 @pics:TLS
  Scenario Outline: A charger that has only <name> among <what> is refused
    Given a charger that offers only the <what> <name> in TLS
    When the vehicle is plugged in
    Then the vehicle connects and refuses TLS

    Examples:
      | id                    | what   | name                   | requirement |
      | TC_EVCC20_CMN_TLS_051 | groups | prime256v1             | V2G20-1634  |
      | TC_EVCC20_CMN_TLS_052 | suites | TLS_AES_128_GCM_SHA256 | V2G20-2459  |

  @TC_EVCC20_CMN_OwnLists @pics:TLS
  Scenario Outline: A charger that has only <name> among <what> is one of the profile
    Given a charger that offers only the <what> <name> in TLS
    When the vehicle is plugged in
    Then the vehicle sends supportedAppProtocolReq

    Examples:
      | id                    | what   | name                         | requirement |
      | TC_EVCC20_CMN_TLS_053 | groups | x448                         | V2G20-1634  |
      | TC_EVCC20_CMN_TLS_054 | suites | TLS_CHACHA20_POLY1305_SHA256 | V2G20-2459  |
