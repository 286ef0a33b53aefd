@role:csms
Feature: A CSMS says who may charge

  @req:C01.FR.07,C04.FR.01,C06.FR.04
  Scenario Outline: A token that is <status> is refused
    Given a booted station
    When the driver presents $<token>
    Then the CSMS replies to AuthorizeRequest by AuthorizeResponse with idTokenInfo.status = <answer>
    And the station never sent TransactionEventRequest

    Examples:
      | id           | token         | status             | answer                             |
      | TC_C_02_CSMS | invalid_token | Invalid            | Invalid or Unknown                 |
      | TC_C_02_CSMS_b | unknown_token | Unknown          | Unknown or Invalid                 |
      | TC_C_06_CSMS | blocked_token | Blocked            | Blocked or Invalid                 |
      | TC_C_07_CSMS | expired_token | Expired            | Expired or Invalid                 |

  @TC_OCPP_C_01_CSMS @req:C01.FR.07
  Scenario: A token that is good is accepted, in whatever case its letters are written
    Given a booted station
    When the station sends AuthorizeRequest
      """
      {idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the CSMS answers AuthorizeResponse with idTokenInfo.status = Accepted

  @TC_OCPP_C_02_CSMS @req:C02.FR.02
  Scenario: A transaction that was started by a button is accepted
    Given a booted station
    And an EV that is plugged in
    When the driver presses the start button
    Then the CSMS replies to TransactionEventRequest with idToken.type = NoAuthorization by TransactionEventResponse with idTokenInfo.status = Accepted

  @TC_C_39_CSMS @req:C09.FR.02,C09.FR.03,C09.FR.09,C09.FR.12,C01.FR.06
  Scenario: Tokens of one group
    Given a station with AuthCacheCtrlr.Enabled = false
    And a booted station
    And an EV that is plugged in
    When the driver presents $group_token
    Then the CSMS replies to AuthorizeRequest with idToken.idToken = $group_token by AuthorizeResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $group_id
    And the CSMS replies to TransactionEventRequest with idToken.idToken = $group_token by TransactionEventResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $group_id
    When the driver presents $same_group_token
    Then the CSMS replies to AuthorizeRequest with idToken.idToken = $same_group_token by AuthorizeResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $group_id
    And the CSMS replies to TransactionEventRequest with triggerReason = StopAuthorized and idToken.idToken = $same_group_token by TransactionEventResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $group_id
    When the driver unplugs
    Then the CSMS has answered every TransactionEventRequest of the test case

  @TC_C_47_CSMS @req:C16.FR.01
  Scenario: A master pass stops all transactions by the menu of the station
    Given a station with AuthCtrlr.MasterPassGroupId = $master_group_id
    And a station whose authorization.user_interface is true
    And a booted station
    And a transaction of $valid_token in which energy flows at EVSE 1
    And a transaction of $group_token in which energy flows at EVSE 2
    When the driver presents $master_token
    Then the CSMS replies to AuthorizeRequest by AuthorizeResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $master_group_id
    When the driver chooses in the menu to stop everywhere
    Then the CSMS replies to TransactionEventRequest with transactionInfo.stoppedReason = MasterPass by TransactionEventResponse with idTokenInfo.status = Accepted
    And the CSMS replies to TransactionEventRequest with transactionInfo.stoppedReason = MasterPass by TransactionEventResponse with idTokenInfo.status = Accepted

  @TC_C_48_CSMS @req:C16.FR.01
  Scenario: A master pass stops one transaction by the menu of the station
    Given a station with AuthCtrlr.MasterPassGroupId = $master_group_id
    And a station whose authorization.user_interface is true
    And a booted station
    And a transaction of $valid_token in which energy flows at EVSE 1
    And a transaction of $group_token in which energy flows at EVSE 2
    When the driver presents $master_token
    Then the CSMS replies to AuthorizeRequest by AuthorizeResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $master_group_id
    When the driver chooses in the menu to stop at EVSE 1
    Then the CSMS replies to TransactionEventRequest with transactionInfo.stoppedReason = MasterPass by TransactionEventResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $master_group_id

  @TC_C_49_CSMS @req:C16.FR.02
  Scenario: A master pass stops all transactions where there is no menu
    Given a station with AuthCtrlr.MasterPassGroupId = $master_group_id
    And a booted station
    And a transaction of $valid_token in which energy flows at EVSE 1
    And a transaction of $group_token in which energy flows at EVSE 2
    When the driver presents $master_token
    Then the CSMS replies to AuthorizeRequest by AuthorizeResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $master_group_id
    And the CSMS replies to TransactionEventRequest with transactionInfo.stoppedReason = MasterPass by TransactionEventResponse with idTokenInfo.status = Accepted
    And the CSMS replies to TransactionEventRequest with transactionInfo.stoppedReason = MasterPass by TransactionEventResponse with idTokenInfo.status = Accepted

  @req:C11.FR.01
  Scenario Outline: The CSMS lets the cache be cleared: <status>
    Given a station with AuthCacheCtrlr.Enabled = <enabled>
    And a booted station
    When the operator makes the CSMS send ClearCacheRequest
    Then the CSMS sends ClearCacheRequest
    And the station answers ClearCacheResponse with status = <status>
    And the connection stays open for 5 s

    Examples:
      | id           | enabled | status   |
      | TC_C_37_CSMS | true    | Accepted |
      | TC_C_38_CSMS | false   | Rejected |

  @req:C12.FR.03,E01.FR.11,E01.FR.12
  Scenario Outline: A token that the station has authorized itself is judged with the event: <token>
    Given a station whose authorization.asks is false
    And a booted station
    And an EV that is plugged in
    When the driver presents $<token>
    Then the CSMS replies to TransactionEventRequest with triggerReason = Authorized by TransactionEventResponse with idTokenInfo.status = <answer>

    Examples:
      | id           | token         | answer             |
      | TC_C_08_CSMS | valid_token   | Accepted           |
      | TC_C_20_CSMS | invalid_token | Invalid or Unknown |
      | TC_OCPP_BlockedInEvent_CSMS | blocked_token | Blocked or Invalid |
      | TC_OCPP_ExpiredInEvent_CSMS | expired_token | Expired or Invalid |

  @TC_C_40_CSMS @req:C09.FR.02 @req:C09.FR.03 @req:C09.FR.12 @pics:LocalAuthList
  Scenario: Tokens of one group in the local list
    Given a station with LocalAuthListCtrlr.Enabled = true
    And a station with AuthCtrlr.LocalPreAuthorize = true
    And a booted station
    And an EV that is plugged in
    When the operator makes the CSMS send SendLocalListRequest
      """
      versionNumber: 5
      updateType: Full
      localAuthorizationList:
        - {idToken: {idToken: $group_token, type: $group_token_type}, idTokenInfo: {status: Accepted, groupIdToken: {idToken: $group_id, type: Central}}}
        - {idToken: {idToken: $same_group_token, type: $same_group_token_type}, idTokenInfo: {status: Accepted, groupIdToken: {idToken: $group_id, type: Central}}}
      """
    Then the station sends SendLocalListResponse with status = Accepted
    When the driver presents $group_token
    Then the CSMS replies to TransactionEventRequest with triggerReason = Authorized and idToken.idToken = $group_token by TransactionEventResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $group_id
    When the driver presents $same_group_token
    Then the CSMS replies to TransactionEventRequest with triggerReason = StopAuthorized and idToken.idToken = $same_group_token by TransactionEventResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $group_id

  @TC_C_43_CSMS @req:C09.FR.02 @req:C09.FR.03 @req:C09.FR.09 @req:C09.FR.12 @pics:LocalAuthList
  Scenario: A token of the group that the local list has as Invalid
    Given a station with LocalAuthListCtrlr.Enabled = true
    And a station with AuthCtrlr.LocalPreAuthorize = true
    And a station with AuthCacheCtrlr.Enabled = false
    And a booted station
    And an EV that is plugged in
    When the operator makes the CSMS send SendLocalListRequest
      """
      versionNumber: 5
      updateType: Full
      localAuthorizationList:
        - {idToken: {idToken: $group_token, type: $group_token_type}, idTokenInfo: {status: Accepted, groupIdToken: {idToken: $group_id, type: Central}}}
        - {idToken: {idToken: $same_group_token, type: $same_group_token_type}, idTokenInfo: {status: Invalid}}
      """
    Then the station sends SendLocalListResponse with status = Accepted
    When the driver presents $group_token
    Then the CSMS replies to TransactionEventRequest with triggerReason = Authorized and idToken.idToken = $group_token by TransactionEventResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $group_id
    When the driver presents $same_group_token
    Then the CSMS replies to AuthorizeRequest with idToken.idToken = $same_group_token by AuthorizeResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $group_id
    And the CSMS replies to TransactionEventRequest with triggerReason = StopAuthorized and idToken.idToken = $same_group_token by TransactionEventResponse with idTokenInfo.status = Accepted and idTokenInfo.groupIdToken.idToken = $group_id
