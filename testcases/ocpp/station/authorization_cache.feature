@role:station
Feature: A station remembers what the CSMS has said of tokens

  Background:
    Given a booted station
    And AuthCacheCtrlr.Enabled is true where the station has it
    And AuthCtrlr.LocalPreAuthorize is set to true

  @TC_C_08_CS @req:C12.FR.02,C12.FR.04 @pics:LocalStart&AuthCache
  Scenario: A token that was accepted before charges at once
    Given $valid_token is in the authorization cache as Accepted
    And an EV that is plugged in
    When the driver presents $valid_token
    Then the station sends no AuthorizeRequest for 3 s
    And the station charges
    And the transaction has told idToken.idToken = $valid_token

  @req:C12.FR.05,C10.FR.01,C10.FR.03 @pics:LocalStart&AuthCache
  Scenario Outline: A token that was <status> before is asked about again
    Given AuthCacheCtrlr.DisablePostAuthorize is false where the station has it
    And $<token> is in the authorization cache as <status>
    And an EV that is plugged in
    When the driver presents $<token>
    Then the station sends AuthorizeRequest with idToken.idToken = $<token>
    And nobody charges for 10 s

    Examples:
      | id         | token         | status  |
      | TC_C_09_CS | invalid_token | Invalid |
      | TC_C_10_CS | blocked_token | Blocked |
      | TC_C_11_CS | expired_token | Expired |

  @TC_C_12_CS @req:C12.FR.05,C10.FR.03,C10.FR.04 @pics:LocalStart&AuthCache
  Scenario: A token that was Invalid before, and is accepted now
    Given AuthCacheCtrlr.DisablePostAuthorize is false where the station has it
    And $invalid_token is in the authorization cache as Invalid
    And an EV that is plugged in
    When the CSMS takes $invalid_token for Accepted from now on
    And the driver presents $invalid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $invalid_token
    And the station charges

  @TC_C_13_CS @req:C12.FR.02,C12.FR.04 @pics:LocalStart&AuthCache&StartAuthorized
  Scenario: A token that was accepted before starts a transaction before an EV is there
    Given the station starts transactions at Authorized
    And $valid_token is in the authorization cache as Accepted
    When the driver presents $valid_token
    Then the station sends TransactionEventRequest with eventType = Started and triggerReason = Authorized and idToken.idToken = $valid_token
    When the driver plugs in
    Then the station charges

  @TC_C_14_CS @req:C12.FR.09,C16.FR.03,C16.FR.04 @pics:LocalStart&AuthCache&MasterPass
  Scenario: A master pass in the cache stops, and never starts
    Given AuthCtrlr.MasterPassGroupId is set to $master_group_id
    And $master_token is in the authorization cache as Accepted
    And a transaction of $valid_token in which energy flows
    When the driver presents $master_token
    Then all transactions are stopped by the master pass

  @TC_C_32_CS @slow @req:C10.FR.02 @pics:LocalStart&AuthCache
  Scenario: The cache outlives a reboot
    Given $valid_token is in the authorization cache as Accepted
    And the station has rebooted by a Reset
    And an EV that is plugged in
    When the driver presents $valid_token
    Then the station sends no AuthorizeRequest for 3 s
    And the station charges

  @TC_C_33_CS @req:C10.FR.04,C12.FR.06 @pics:LocalStart&AuthCache
  Scenario: AuthorizeResponse fills the cache
    Given an EV that is plugged in
    When the driver presents $valid_token
    Then the station charges
    When the driver presents $valid_token
    And the driver unplugs
    And the driver plugs in
    And the driver presents $valid_token
    Then the station sends no AuthorizeRequest for 3 s
    And the station charges

  @TC_C_34_CS @req:C10.FR.05,C12.FR.06 @pics:LocalStart&AuthCache
  Scenario: TransactionEventResponse changes the cache
    Given AuthCacheCtrlr.DisablePostAuthorize is false where the station has it
    And $valid_token is in the authorization cache as Accepted
    And an EV that is plugged in
    When the CSMS takes $valid_token for Invalid from now on
    And the driver presents $valid_token
    Then the station sends TransactionEventRequest with idToken.idToken = $valid_token
    When the driver unplugs
    And 5 s pass
    And the driver plugs in
    And the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
    And nobody charges for 10 s

  @TC_C_36_CS @req:C10.FR.11,C01.FR.02 @pics:LocalStart&AuthCache
  Scenario: Without LocalPreAuthorize the CSMS is asked all the same
    Given $valid_token is in the authorization cache as Accepted
    And AuthCtrlr.LocalPreAuthorize is set to false
    When the CSMS takes $valid_token for Invalid from now on
    And the driver plugs in
    And the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
    And nobody charges for 10 s

  @TC_C_37_CS @req:C11.FR.01,C11.FR.02,C11.FR.03 @pics:LocalStart&AuthCache
  Scenario: ClearCache empties it
    Given $valid_token is in the authorization cache as Accepted
    When the CSMS sends ClearCacheRequest
    Then the station answers ClearCacheResponse with status = Accepted
    When the driver plugs in
    And the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
    And the station charges

  @TC_C_38_CS @req:C11.FR.01,C11.FR.02,C11.FR.04 @pics:AuthCache
  Scenario: A cache that is switched off cannot be cleared
    Given AuthCacheCtrlr.Enabled is set to false
    When the CSMS sends ClearCacheRequest
    Then the station answers ClearCacheResponse with status = Rejected

  @TC_C_38_CS_b @req:C10.FR.01,C01.FR.02 @pics:LocalStart&AuthCache
  Scenario: A cache that is switched off is not used
    Given $valid_token is in the authorization cache as Accepted
    And AuthCacheCtrlr.Enabled is set to false
    And an EV that is plugged in
    When the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
    And the station charges

  @TC_C_41_CS @req:C09.FR.02,C09.FR.03,C09.FR.07 @pics:LocalStart&AuthCache
  Scenario: A token of the group that is in the cache stops without a question
    Given $same_group_token is in the authorization cache as Accepted
    And $group_token is in the authorization cache as Accepted
    And a transaction of $group_token in which energy flows
    When the driver presents $same_group_token
    Then the station sends no AuthorizeRequest for 3 s
    And the station sends TransactionEventRequest with triggerReason = StopAuthorized and transactionInfo.chargingState != Charging

  @TC_C_44_CS @req:C09.FR.02,C09.FR.03,C09.FR.07,C09.FR.11 @pics:LocalStart&AuthCache
  Scenario: A token of the group that is in the cache as Invalid is asked about, and stops nothing
    Given AuthCacheCtrlr.DisablePostAuthorize is false where the station has it
    And the CSMS takes $same_group_token for Invalid in the group $group_id
    And $same_group_token is in the authorization cache as Invalid
    And a transaction of $group_token in which energy flows
    When the driver presents $same_group_token
    Then the station sends AuthorizeRequest with idToken.idToken = $same_group_token
    And the station sends no TransactionEventRequest with triggerReason = StopAuthorized for 20 s

  @TC_C_46_CS_b @slow @req:C10.FR.13 @pics:LocalStart&AuthCache&StartPowerPathClosed
  Scenario: What the cache knows ends with its own date
    Given the station starts transactions at PowerPathClosed only
    And TxCtrlr.EVConnectionTimeOut is set to 20
    When from now on the CSMS answers AuthorizeResponse with idTokenInfo.cacheExpiryDateTime = $now+30
    And the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
    When the CSMS answers again as ever
    And 60 s pass
    And the driver plugs in
    And the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token

  @TC_C_46_CS @slow @req:C10.FR.08,C10.FR.10 @pics:LocalStart&AuthCache&AuthCacheLifeTime
  Scenario: What the cache knows grows old
    Given AuthCacheCtrlr.LifeTime is set to 20
    And $valid_token is in the authorization cache as Accepted
    When 25 s pass
    And the driver plugs in
    And the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
    And the station charges

  @TC_C_57_CS @req:C12.FR.05,C10.FR.03 @pics:LocalStart&AuthCache&AuthCacheDisablePostAuthorize
  Scenario: With DisablePostAuthorize an Invalid token is refused without a question
    Given $invalid_token is in the authorization cache as Invalid
    And AuthCacheCtrlr.DisablePostAuthorize is set to true
    When the driver plugs in
    And the driver presents $invalid_token
    Then the station sends no AuthorizeRequest for 5 s
    And nobody charges for 10 s

  @slow @req:C12.FR.02,C12.FR.04,C15.FR.02 @pics:LocalStart&AuthCache
  Scenario Outline: Authorized offline by the cache, and refused when the station is there again (<what>)
    Given the station stops transactions at Authorized
    And TxCtrlr.StopTxOnInvalidId is set to <stop>
    And TxCtrlr.MaxEnergyOnInvalidId is <energy> where the station has it
    And $valid_token is in the authorization cache as Accepted
    And an EV that is plugged in
    When the CSMS takes $valid_token for Invalid from now on
    And the connection breaks
    And the driver presents $valid_token
    And 20 s pass
    And the connection can be made again
    Then the station sends TransactionEventRequest with idToken.idToken = $valid_token and offline = true within 300 s
    And the station sends TransactionEventRequest with <event> within 60 s

    Examples:
      | id         | what                      | stop  | energy | requirement | pics                 | event                                                                                       |
      | TC_C_16_CS | it ends                   | true  | 0      | C15.FR.04   |                      | triggerReason = Deauthorized and eventType = Ended and transactionInfo.stoppedReason = DeAuthorized |
      | TC_C_17_CS | no more energy            | false | 0      | C15.FR.06   |                      | transactionInfo.chargingState = SuspendedEVSE and eventType = Updated    |
      | TC_C_18_CS | it ends in spite of grace | true  | 500    | C15.FR.04   | MaxEnergyOnInvalidId | triggerReason = Deauthorized and eventType = Ended                                          |

  @TC_C_15_CS @slow @req:C12.FR.02,C12.FR.04,C15.FR.07 @pics:LocalStart&AuthCache&MaxEnergyOnInvalidId
  Scenario: Authorized offline by the cache, refused when the station is there again, and given some energy more
    Given the station stops transactions at Authorized
    And TxCtrlr.StopTxOnInvalidId is set to false
    And TxCtrlr.MaxEnergyOnInvalidId is set to 300
    And SampledDataCtrlr.TxUpdatedInterval is set to 10
    And $valid_token is in the authorization cache as Accepted
    And an EV that is plugged in
    When the CSMS takes $valid_token for Invalid from now on
    And the connection breaks
    And the driver presents $valid_token
    And 20 s pass
    And the station comes back after 1 s
    Then the station sends TransactionEventRequest with idToken.idToken = $valid_token and offline = true within 60 s
    And the station sends no TransactionEventRequest with transactionInfo.chargingState = SuspendedEVSE for 10 s
    And the station sends TransactionEventRequest with transactionInfo.chargingState = SuspendedEVSE within 300 s

  @TC_OCPP_C_ListKept_CS @slow @req:C11.FR.01 @pics:LocalStart&AuthCache&LocalAuthList
  Scenario: The local list is not cleared with the cache
    Given AuthCtrlr.OfflineTxForUnknownIdEnabled is set to false
    And AuthCtrlr.LocalAuthorizeOffline is set to true
    And LocalAuthListCtrlr.Enabled is true where the station has it
    And a local authorization list of version 7 with $valid_token Accepted
    And an EV that is plugged in
    When the CSMS sends ClearCacheRequest
      """
      {}
      """
    Then the station answers ClearCacheResponse with status = Accepted
    When the CSMS sends GetLocalListVersionRequest
      """
      {}
      """
    Then the station answers GetLocalListVersionResponse with versionNumber = 7
    When the connection breaks
    And the driver presents $valid_token
    And 10 s pass
    And the connection can be made again
    Then the station sends TransactionEventRequest with idToken.idToken = $valid_token and offline = true within 300 s
