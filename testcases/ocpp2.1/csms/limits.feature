@role:csms
Feature: A CSMS limits transactions in energy, time or cost

  @req:E16.FR.02 @pics:TxLimits @slow
  Scenario Outline: The CSMS sets a limit of <what>
    Given a booted station
    And an EV that is plugged in
    When the driver presents $<token>
    Then the CSMS replies to TransactionEventRequest with idToken.idToken = $<token> by TransactionEventResponse with transactionLimit.<limit> > 0
    And the CSMS replies to TransactionEventRequest with triggerReason = LimitSet by TransactionEventResponse with transactionLimit.<limit> absent
    When 120 s pass
    Then the CSMS has answered every TransactionEventRequest of the test case
    And the CSMS has told each limit once

    Examples:
      | id            | what   | token              | limit     |
      | TC_E_110_CSMS | energy | energy_limit_token | maxEnergy |
      | TC_E_111_CSMS | time   | time_limit_token   | maxTime   |

  @TC_E_109_CSMS @req:E16.FR.02 @req:E16.FR.11 @pics:TxLimits&TariffCost @slow
  Scenario: The CSMS sets a limit of cost, and tells what it costs
    Given a station with SampledDataCtrlr.TxUpdatedInterval = 10
    And a station with TariffCostCtrlr.Enabled[Tariff] = false
    And a booted station
    And an EV that is plugged in
    When the driver presents $cost_limit_token
    Then the CSMS replies to TransactionEventRequest with idToken.idToken = $cost_limit_token by TransactionEventResponse with transactionLimit.maxCost > 0
    When 120 s pass
    Then the CSMS has told the running cost
    And the CSMS has told each limit once

  @req:E16.FR.07 @req:E16.FR.08 @pics:TxLimits
  Scenario Outline: The driver sets a limit of <what>
    Given a transaction in which energy flows
    When the driver limits the transaction to <limit> = <value>
    Then the CSMS leaves the limit of the station as it is, or lowers it

    Examples:
      | id            | what   | limit     | value |
      | TC_E_106_CSMS | energy | maxEnergy | 5000  |
      | TC_E_107_CSMS | time   | maxTime   | 1800  |
      | TC_E_108_CSMS | cost   | maxCost   | 10    |

  @TC_E_102_CSMS @req:E16.FR.02 @req:E16.FR.07 @req:E16.FR.08 @pics:TxLimits
  Scenario: CSMS and driver both set a limit
    Given a booted station
    And an EV that is plugged in
    When the driver presents $energy_limit_token
    Then the CSMS replies to TransactionEventRequest with idToken.idToken = $energy_limit_token by TransactionEventResponse with transactionLimit.maxEnergy > 0
    When the driver limits the transaction to maxEnergy = 50
    Then the CSMS leaves the limit of the station as it is, or lowers it

  @TC_C_103_CSMS @req:C17.FR.01 @req:C17.FR.03 @pics:Prepaid
  Scenario: A prepaid token with credit
    Given a station with AuthCacheCtrlr.Enabled = false
    And a booted station
    And an EV that is plugged in
    When the driver presents $prepaid_token
    Then the CSMS replies to AuthorizeRequest by AuthorizeResponse with idTokenInfo.status = Accepted and idTokenInfo.cacheExpiryDateTime present
    And what the CSMS has said of the token is good for now alone
    And the CSMS replies to TransactionEventRequest with idToken.idToken = $prepaid_token by TransactionEventResponse with transactionLimit.maxCost > 0
    And the CSMS has told each limit once

  @TC_C_104_CSMS @req:C17.FR.02 @pics:Prepaid
  Scenario: A prepaid token whose account is empty
    Given a booted station
    When the driver presents $empty_token
    Then the CSMS replies to AuthorizeRequest by AuthorizeResponse with idTokenInfo.status = NoCredit and idTokenInfo.cacheExpiryDateTime present
    And what the CSMS has said of the token is good for now alone
