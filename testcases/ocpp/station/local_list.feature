@role:station
Feature: A station keeps a local authorization list for the CSMS

  Background:
    Given a booted station
    And LocalAuthListCtrlr.Enabled is true where the station has it

  @TC_D_01_CS @req:D01.FR.02,D01.FR.15 @pics:LocalAuthList
  Scenario: A full list is taken, with its version
    When the CSMS sends SendLocalListRequest
      """
      versionNumber: 7
      updateType: Full
      localAuthorizationList:
        - idToken: {idToken: $valid_token, type: $valid_token_type}
          idTokenInfo: {status: Accepted}
      """
    Then the station answers SendLocalListResponse with status = Accepted
    When the CSMS sends GetLocalListVersionRequest
    Then the station answers GetLocalListVersionResponse with versionNumber = 7

  @TC_D_02_CS @req:D01.FR.02,D01.FR.16 @pics:LocalAuthList
  Scenario: A differential update adds a token
    Given a local authorization list of version 3 with $valid_token Accepted
    When the CSMS sends SendLocalListRequest
      """
      versionNumber: 4
      updateType: Differential
      localAuthorizationList:
        - idToken: {idToken: $group_token, type: $group_token_type}
          idTokenInfo: {status: Accepted}
      """
    Then the station answers SendLocalListResponse with status = Accepted
    When the CSMS sends GetLocalListVersionRequest
    Then the station answers GetLocalListVersionResponse with versionNumber = 4

  @TC_D_03_CS @req:D01.FR.02,D01.FR.17 @pics:LocalAuthList
  Scenario: A differential update takes a token out
    Given AuthCtrlr.LocalPreAuthorize is set to true
    And AuthCacheCtrlr.Enabled is false where the station has it
    And a local authorization list of version 3 with $valid_token Accepted, $group_token Accepted
    When the CSMS sends SendLocalListRequest
      """
      versionNumber: 4
      updateType: Differential
      localAuthorizationList:
        - idToken: {idToken: $valid_token, type: $valid_token_type}
      """
    Then the station answers SendLocalListResponse with status = Accepted
    When the CSMS sends GetLocalListVersionRequest
    Then the station answers GetLocalListVersionResponse with versionNumber = 4
    When the driver plugs in
    And the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token

  @TC_D_04_CS @req:D01.FR.02,D01.FR.04 @pics:LocalAuthList
  Scenario: A full list without tokens empties it
    Given AuthCtrlr.LocalPreAuthorize is set to true
    And AuthCacheCtrlr.Enabled is false where the station has it
    And a local authorization list of version 3 with $valid_token Accepted
    When the CSMS sends SendLocalListRequest
      """
      {versionNumber: 8, updateType: Full}
      """
    Then the station answers SendLocalListResponse with status = Accepted
    When the CSMS sends GetLocalListVersionRequest
    Then the station answers GetLocalListVersionResponse with versionNumber = 8
    When the driver plugs in
    And the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token

  @TC_D_05_CS @req:D01.FR.02,D01.FR.05 @pics:LocalAuthList
  Scenario: A differential update without tokens changes the version only
    Given AuthCtrlr.LocalPreAuthorize is set to true
    And a local authorization list of version 3 with $valid_token Accepted
    When the CSMS sends SendLocalListRequest
      """
      {versionNumber: 4, updateType: Differential}
      """
    Then the station answers SendLocalListResponse with status = Accepted
    When the CSMS sends GetLocalListVersionRequest
    Then the station answers GetLocalListVersionResponse with versionNumber = 4
    When the driver plugs in
    And the driver presents $valid_token
    Then the station sends no AuthorizeRequest for 3 s
    And the station charges

  @TC_D_06_CS @req:D01.FR.19 @pics:LocalAuthList
  Scenario: A differential update of an older version is refused
    Given a local authorization list of version 5 with $valid_token Accepted
    When the CSMS sends SendLocalListRequest
      """
      versionNumber: 4
      updateType: Differential
      localAuthorizationList:
        - idToken: {idToken: $group_token, type: $group_token_type}
          idTokenInfo: {status: Accepted}
      """
    Then the station answers SendLocalListResponse with status = VersionMismatch
    When the CSMS sends GetLocalListVersionRequest
    Then the station answers GetLocalListVersionResponse with versionNumber = 5

  @TC_D_07_CS @slow @req:D01.FR.10 @pics:LocalAuthList
  Scenario: The list outlives a reboot
    Given a local authorization list of version 6 with $valid_token Accepted
    And the station has rebooted by a Reset
    When the CSMS sends GetLocalListVersionRequest
    Then the station answers GetLocalListVersionResponse with versionNumber = 6

  @TC_D_08_CS @req:D02.FR.01 @pics:LocalAuthList
  Scenario: The version of the list
    Given a local authorization list of version 9 with $valid_token Accepted
    When the CSMS sends GetLocalListVersionRequest
    Then the station answers GetLocalListVersionResponse with versionNumber = 9

  @TC_D_10_CS @req:D02.FR.03 @pics:LocalAuthList
  Scenario: A list that is switched off has the version 0
    Given a local authorization list of version 9 with $valid_token Accepted
    And LocalAuthListCtrlr.Enabled is set to false
    When the CSMS sends GetLocalListVersionRequest
    Then the station answers GetLocalListVersionResponse with versionNumber = 0

  @TC_OCPP_D_SameVersion_CS @req:D01.FR.19 @pics:LocalAuthList
  Scenario: A differential update of the version that is there is refused
    Given a local authorization list of version 3 with $valid_token Accepted
    When the CSMS sends SendLocalListRequest
      """
      versionNumber: 3
      updateType: Differential
      localAuthorizationList:
        - idToken: {idToken: $group_token, type: $group_token_type}
          idTokenInfo: {status: Accepted}
      """
    Then the station answers SendLocalListResponse with status = VersionMismatch

  @TC_OCPP_D_Changed_CS @req:D01.FR.16 @pics:LocalStart&LocalAuthList
  Scenario: A differential update changes what the list says of a token
    Given AuthCtrlr.LocalPreAuthorize is set to true
    And AuthCacheCtrlr.Enabled is false where the station has it
    And LocalAuthListCtrlr.DisablePostAuthorize is false where the station has it
    And a local authorization list of version 3 with $valid_token Accepted
    When the CSMS sends SendLocalListRequest
      """
      versionNumber: 4
      updateType: Differential
      localAuthorizationList:
        - idToken: {idToken: $valid_token, type: $valid_token_type}
          idTokenInfo: {status: Invalid}
      """
    Then the station answers SendLocalListResponse with status = Accepted
    When the driver plugs in
    And the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
