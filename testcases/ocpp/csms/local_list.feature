@role:csms @pics:LocalAuthList
Feature: A CSMS keeps the local authorization list of a station

  @TC_D_01_CSMS @req:D01.FR.01,D01.FR.06,D01.FR.18
  Scenario: A whole list is sent
    Given a booted station
    When the operator makes the CSMS send SendLocalListRequest
      """
      versionNumber: 5
      updateType: Full
      localAuthorizationList:
        - {idToken: {idToken: $valid_token, type: $valid_token_type}, idTokenInfo: {status: Accepted}}
        - {idToken: {idToken: $blocked_token, type: $blocked_token_type}, idTokenInfo: {status: Blocked}}
      """
    Then the CSMS sends SendLocalListRequest with updateType = Full and versionNumber > 0 and localAuthorizationList.0.idToken.idToken present
    And the station sends SendLocalListResponse with status = Accepted

  @TC_D_02_CSMS @req:D01.FR.01,D01.FR.06,D01.FR.18
  Scenario: A list is changed
    Given a booted station
    When the operator makes the CSMS send SendLocalListRequest
      """
      versionNumber: 5
      updateType: Full
      localAuthorizationList: [{idToken: {idToken: $valid_token, type: $valid_token_type}, idTokenInfo: {status: Accepted}}]
      """
    Then the station sends SendLocalListResponse with status = Accepted
    When $before is the versionNumber of the last SendLocalListRequest
    And the operator makes the CSMS send SendLocalListRequest
      """
      versionNumber: 6
      updateType: Differential
      localAuthorizationList: [{idToken: {idToken: $group_token, type: $group_token_type}, idTokenInfo: {status: Accepted}}]
      """
    Then the CSMS sends SendLocalListRequest with updateType = Differential and versionNumber > $before and localAuthorizationList.*.idToken.idToken = $group_token
    And the station sends SendLocalListResponse with status = Accepted

  @TC_D_03_CSMS @req:D01.FR.01,D01.FR.06,D01.FR.17,D01.FR.18
  Scenario: A token is taken out of a list
    Given a booted station
    When the operator makes the CSMS send SendLocalListRequest
      """
      versionNumber: 5
      updateType: Full
      localAuthorizationList: [{idToken: {idToken: $valid_token, type: $valid_token_type}, idTokenInfo: {status: Accepted}}]
      """
    Then the station sends SendLocalListResponse with status = Accepted
    When $before is the versionNumber of the last SendLocalListRequest
    And the operator makes the CSMS send SendLocalListRequest
      """
      versionNumber: 6
      updateType: Differential
      localAuthorizationList: [{idToken: {idToken: $valid_token, type: $valid_token_type}}]
      """
    Then the CSMS sends SendLocalListRequest with updateType = Differential and versionNumber > $before and localAuthorizationList.0.idToken.idToken = $valid_token and localAuthorizationList.0.idTokenInfo absent
    And the station sends SendLocalListResponse with status = Accepted

  @TC_D_04_CSMS @req:D01.FR.01,D01.FR.18
  Scenario: A list is emptied
    Given a booted station
    When the operator makes the CSMS send SendLocalListRequest with versionNumber = 7 and updateType = Full
    Then the CSMS sends SendLocalListRequest with updateType = Full and versionNumber > 0 and localAuthorizationList absent
    And the station sends SendLocalListResponse with status = Accepted

  @TC_D_08_CSMS @req:D02.FR.01
  Scenario: The version of a list is asked for
    Given a booted station
    When the operator makes the CSMS send SendLocalListRequest
      """
      versionNumber: 9
      updateType: Full
      localAuthorizationList: [{idToken: {idToken: $valid_token, type: $valid_token_type}, idTokenInfo: {status: Accepted}}]
      """
    Then the station sends SendLocalListResponse with status = Accepted
    When the operator makes the CSMS send GetLocalListVersionRequest
    Then the CSMS sends GetLocalListVersionRequest
    And the station sends GetLocalListVersionResponse with versionNumber > 0

  @TC_D_09_CSMS @req:D02.FR.01
  Scenario: The version is asked for where there is no list
    Given a booted station
    When the operator makes the CSMS send GetLocalListVersionRequest
    Then the CSMS sends GetLocalListVersionRequest
    And the station sends GetLocalListVersionResponse with versionNumber = 0
