@role:secc
Feature: TLS 1.3 with certificates from both sides

  @TC_SECC20_CMN_TLS_001 @pics:TLS @req:V2G20-1264 @req:V2G20-2400 @req:V2G20-2458
  Scenario: a handshake by the profile succeeds
    Given a charger that waits for a car
    When the EV tries to connect
    Then the TLS handshake has succeeded
    And the charger has asked for the certificate of the EV
    And the charger has sent supportedAppProtocolRes

  @pics:TLS @req:V2G20-1264
  Scenario Outline: each part of the profile is enough: only the <what> <name>
    Given an EV that offers only the <what> <name> in TLS
    When the EV tries to connect
    Then the TLS handshake has succeeded
    And the charger has sent supportedAppProtocolRes

    Examples:
      | id                           | what   | name                         | requirement |
      | TC_SECC20_CMN_TLSProfile_001 | suites | TLS_AES_256_GCM_SHA384       | V2G20-2458  |
      | TC_SECC20_CMN_TLSProfile_002 | suites | TLS_CHACHA20_POLY1305_SHA256 | V2G20-2458  |
      | TC_SECC20_CMN_TLSProfile_003 | groups | secp521r1                    | V2G20-1637  |
      | TC_SECC20_CMN_TLSProfile_004 | groups | x448                         | V2G20-1637  |

  @pics:TLS @req:X20-RefusesChain
  Scenario Outline: a vehicle certificate that is broken is refused: <variant>
    Given an EV that shows the vehicle certificate "<variant>"
    When the EV tries to connect
    Then the charger refuses the TLS connection

    Examples:
      | id                         | variant                    |
      | TC_SECC20_CMN_TLSChain_001 | expired                    |
      | TC_SECC20_CMN_TLSChain_002 | not-yet-valid              |
      | TC_SECC20_CMN_TLSChain_003 | sub-ca-expired             |
      | TC_SECC20_CMN_TLSChain_004 | unknown-root               |
      | TC_SECC20_CMN_TLSChain_005 | impostor-root              |
      | TC_SECC20_CMN_TLSChain_006 | wrong-curve                |
      | TC_SECC20_CMN_TLSChain_007 | wrong-curve-chain          |
      | TC_SECC20_CMN_TLSChain_008 | wrong-curve-sub-cas        |
      | TC_SECC20_CMN_TLSChain_009 | missing-chain              |
      | TC_SECC20_CMN_TLSChain_010 | missing-sub-ca-1           |
      | TC_SECC20_CMN_TLSChain_011 | path-length                |
      | TC_SECC20_CMN_TLSChain_012 | wrong-key-usage            |
      | TC_SECC20_CMN_TLSChain_013 | wrong-extended-key-usage   |
      | TC_SECC20_CMN_TLSChain_014 | swapped-leaf               |
      | TC_SECC20_CMN_TLSChain_015 | bad-signature              |
      | TC_SECC20_CMN_TLSChain_016 | bad-sub-ca-signature       |
      | TC_SECC20_CMN_TLSChain_017 | sub-ca-without-ca-flag     |
      | TC_SECC20_CMN_TLSChain_018 | sub-ca-without-cert-sign   |
      | TC_SECC20_CMN_TLSChain_019 | unknown-critical-extension |
      | TC_SECC20_CMN_TLSChain_020 | chain-too-long             |

  @pics:TLS @should @req:X20-RefusesChain
  Scenario Outline: a vehicle certificate that departs from its profile should be refused: <variant>
    Given an EV that shows the vehicle certificate "<variant>"
    When the EV tries to connect
    Then the charger refuses the TLS connection

    Examples:
      | id                         | variant               |
      | TC_SECC20_CMN_TLSChain_021 | key-agreement-only    |
      | TC_SECC20_CMN_TLSChain_022 | no-extended-key-usage |
      | TC_SECC20_CMN_TLSChain_023 | missing-evccid        |
      | TC_SECC20_CMN_TLSChain_024 | too-large             |

  @TC_SECC20_CMN_TLS_002 @pics:TLS @req:V2G20-1264 @req:V2G20-2400
  Scenario: an EV without certificate is refused
    Given an EV that shows no certificate
    When the EV tries to connect
    Then the charger refuses the TLS connection

  @pics:TLS @req:V2G20-1264
  Scenario Outline: a ClientHello outside the profile finds no common ground: only the <what> <name>
    Given an EV that offers only the <what> <name> in TLS
    When the EV tries to connect
    Then the charger refuses the TLS connection

    Examples:
      | id                           | what       | name                   | requirement |
      | TC_SECC20_CMN_TLSProfile_005 | suites     | TLS_AES_128_GCM_SHA256 | V2G20-2458  |
      | TC_SECC20_CMN_TLSProfile_006 | groups     | prime256v1             | V2G20-1637  |
      | TC_SECC20_CMN_TLSProfile_007 | groups     | x25519                 | V2G20-1637  |
      | TC_SECC20_CMN_TLSProfile_008 | signatures | ecdsa_secp256r1_sha256 | V2G20-1667  |
      | TC_SECC20_CMN_TLSProfile_009 | signatures | rsa_pss_rsae_sha256    | V2G20-1667  |

  @pics:TLS @req:X20-NextSession
  Scenario Outline: after a refused EV (<variant>) the next one is served
    Given an EV that shows the vehicle certificate "<variant>"
    When the EV tries to connect
    Given an EV that shows its right certificate
    When a new session is tried
    Then the charger serves the new session

    Examples:
      | id                        | variant      |
      | TC_SECC20_CMN_TLSNext_001 | expired      |
      | TC_SECC20_CMN_TLSNext_002 | unknown-root |
