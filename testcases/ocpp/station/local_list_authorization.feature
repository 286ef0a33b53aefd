@role:station
Feature: A station authorizes by its local list

  Background:
    Given a booted station
    And LocalAuthListCtrlr.Enabled is true where the station has it
    And AuthCtrlr.LocalPreAuthorize is set to true
    And LocalAuthListCtrlr.DisablePostAuthorize is false where the station has it

  @TC_C_27_CS @req:C14.FR.02 @pics:LocalStart&LocalAuthList
  Scenario: A token that the list accepts charges without a question
    Given a local authorization list of version 1 with $valid_token Accepted
    And an EV that is plugged in
    When the driver presents $valid_token
    Then the station sends no AuthorizeRequest for 3 s
    And the station charges
    And the transaction has told idToken.idToken = $valid_token

  @req:C14.FR.03 @pics:LocalStart&LocalAuthList
  Scenario Outline: A token that the list holds as <status> is asked about
    Given a local authorization list of version 1 with $<token> <status>
    And an EV that is plugged in
    When the driver presents $<token>
    Then the station sends AuthorizeRequest with idToken.idToken = $<token>
    And nobody charges for 10 s

    Examples:
      | id         | token         | status  |
      | TC_C_28_CS | invalid_token | Invalid |
      | TC_C_29_CS | blocked_token | Blocked |
      | TC_C_30_CS | expired_token | Expired |

  @TC_C_31_CS @req:C14.FR.03 @pics:LocalStart&LocalAuthList
  Scenario: A token that the list holds as Invalid, and the CSMS accepts
    Given a local authorization list of version 1 with $valid_token Invalid
    And an EV that is plugged in
    When the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
    And the station charges

  @TC_C_58_CS @req:C14.FR.03 @pics:LocalStart&LocalAuthList&LocalAuthListDisablePostAuthorize
  Scenario: With DisablePostAuthorize a token that the list refuses is not asked about
    Given a local authorization list of version 1 with $valid_token Invalid
    And LocalAuthListCtrlr.DisablePostAuthorize is set to true
    And an EV that is plugged in
    When the driver presents $valid_token
    Then the station sends no AuthorizeRequest for 5 s
    And nobody charges for 10 s

  @TC_C_40_CS @req:C09.FR.02,C09.FR.03,C09.FR.07 @pics:LocalStart&LocalAuthList
  Scenario: A token of the same group in the list stops without a question
    Given a local authorization list of version 1 with $group_token Accepted in $group_id, $same_group_token Accepted in $group_id
    And a transaction of $group_token in which energy flows
    When the driver presents $same_group_token
    Then the station sends no AuthorizeRequest for 3 s
    And the station sends TransactionEventRequest with triggerReason = StopAuthorized and transactionInfo.chargingState != Charging

  @TC_C_43_CS @req:C09.FR.02,C09.FR.03,C09.FR.07,C09.FR.11 @pics:LocalStart&LocalAuthList
  Scenario: A token of the group that the list refuses is asked about, and stops nothing
    Given the CSMS takes $same_group_token for Invalid in the group $group_id
    And a local authorization list of version 1 with $group_token Accepted in $group_id, $same_group_token Invalid in $group_id
    And a transaction of $group_token in which energy flows
    When the driver presents $same_group_token
    Then the station sends AuthorizeRequest with idToken.idToken = $same_group_token
    And the station sends no TransactionEventRequest with triggerReason = StopAuthorized for 20 s

  @slow @req:C13.FR.02 @pics:LocalStart&LocalAuthList
  Scenario Outline: Offline the list decides: <status>
    Given AuthCtrlr.OfflineTxForUnknownIdEnabled is set to false
    And AuthCtrlr.LocalAuthorizeOffline is set to true
    And a local authorization list of version 1 with $<token> <status>
    And an EV that is plugged in
    When the connection breaks
    And the driver presents $<token>
    And 10 s pass
    And the connection can be made again
    Then <outcome>

    Examples:
      | id         | token         | status   | outcome                                                                                              |
      | TC_C_21_CS | valid_token   | Accepted | the station sends TransactionEventRequest with idToken.idToken = $valid_token and offline = true within 300 s |
      | TC_C_22_CS | invalid_token | Invalid  | nobody charges for 60 s                                                                              |
      | TC_C_23_CS | blocked_token | Blocked  | nobody charges for 60 s                                                                              |
      | TC_C_24_CS | expired_token | Expired  | nobody charges for 60 s                                                                              |

  @TC_C_25_CS @slow @req:C13.FR.01 @pics:LocalStart&LocalAuthList&AuthCache
  Scenario: Offline the list counts more than the cache
    Given AuthCacheCtrlr.Enabled is set to true
    And AuthCtrlr.OfflineTxForUnknownIdEnabled is set to false
    And $valid_token is in the authorization cache as Accepted
    And a local authorization list of version 1 with $valid_token Invalid
    And an EV that is plugged in
    When the connection breaks
    And the driver presents $valid_token
    And 10 s pass
    And the connection can be made again
    Then nobody charges for 60 s

  @TC_C_26_CS @slow @req:C15.FR.08,C15.FR.02 @pics:LocalStart&OfflineUnknownId
  Scenario: Offline an unknown token may charge where it is configured so
    Given AuthCtrlr.OfflineTxForUnknownIdEnabled is set to true
    And an EV that is plugged in
    When the connection breaks
    And the driver presents $valid_token
    And 10 s pass
    And the connection can be made again
    Then the station sends TransactionEventRequest with idToken.idToken = $valid_token and offline = true within 300 s
    And the station charges

  @TC_OCPP_C_13_CS @slow @req:C13.FR.02 @pics:LocalStart&OfflineUnknownId
  Scenario: Offline an unknown token may not charge where it is not configured so
    Given AuthCtrlr.OfflineTxForUnknownIdEnabled is set to false
    And an EV that is plugged in
    When the connection breaks
    And the driver presents $unknown_token
    And 10 s pass
    And the connection can be made again
    Then nobody charges for 60 s
