@role:csms @pics:LocalCost
Feature: A CSMS gives stations tariffs with which they calculate the cost

  @TC_I_101_CSMS @req:OCPP-Tariff @req:OCPP-Order
  Scenario: A default tariff depends on the time of day
    Given a booted station
    When the operator makes the CSMS send SetDefaultTariffRequest
      """
      evseId: 0
      tariff:
        tariffId: day-and-night
        currency: EUR
        energy:
          prices:
            - {priceKwh: 0.2, conditions: {startTimeOfDay: "22:00", endTimeOfDay: "06:00"}}
            - {priceKwh: 0.4}
        idleTime: {prices: [{priceMinute: 0.1}]}
      """
    Then the CSMS sends SetDefaultTariffRequest with evseId = 0 and tariff.currency = EUR and tariff.energy.prices.0.priceKwh = 0.2 and tariff.energy.prices.0.conditions.startTimeOfDay = 22:00 and tariff.energy.prices.0.conditions.endTimeOfDay = 06:00 and tariff.energy.prices.1.priceKwh = 0.4 and tariff.idleTime.prices.0.priceMinute = 0.1
    And the station sends SetDefaultTariffResponse with status = Accepted

  @req:OCPP-Tariff
  Scenario Outline: A station refuses a default tariff: <status>
    Given the station will answer SetDefaultTariffResponse with status = <status>
    And a booted station
    When the operator makes the CSMS send SetDefaultTariffRequest
      """
      evseId: 1
      tariff:
        tariffId: refused
        currency: EUR
        energy: {prices: [{priceKwh: 0.2, conditions: {dayOfWeek: [Saturday, Sunday]}}, {priceKwh: 0.4}]}
      """
    Then the CSMS sends SetDefaultTariffRequest with evseId = 1 and tariff.energy.prices.0.conditions.dayOfWeek.* = Sunday and tariff.energy.prices.1.priceKwh = 0.4
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

    Examples:
      | id              | status                |
      | TC_I_102_CSMS   | TooManyElements       |
      | TC_I_105_CSMS   | ConditionNotSupported |
      | TC_I_106_CSMS   | DuplicateTariffId     |
      | TC_I_106_CSMS_b | Rejected              |

  @TC_I_110_CSMS @req:I08.FR.08 @req:OCPP-Order
  Scenario: Default tariffs are listed and cleared
    Given a booted station
    When the operator makes the CSMS send SetDefaultTariffRequest
      """
      {evseId: 1, tariff: {tariffId: first, currency: EUR, energy: {prices: [{priceKwh: 0.3}]}}}
      """
    Then the station sends SetDefaultTariffResponse with status = Accepted
    When $first is the tariff.tariffId of the last SetDefaultTariffRequest
    And the operator makes the CSMS send SetDefaultTariffRequest
      """
      {evseId: 2, tariff: {tariffId: second, currency: EUR, energy: {prices: [{priceKwh: 0.5}]}}}
      """
    Then the CSMS sends SetDefaultTariffRequest with evseId = 2 and tariff.tariffId != $first and tariff.energy.prices.0.priceKwh = 0.5
    And the station sends SetDefaultTariffResponse with status = Accepted
    When the operator makes the CSMS send GetTariffsRequest with evseId = 0
    Then the CSMS sends GetTariffsRequest with evseId = 0
    And the station sends GetTariffsResponse with tariffAssignments.1 present
    When the operator makes the CSMS send ClearTariffsRequest with tariffIds.0 = $first
    Then the CSMS sends ClearTariffsRequest with tariffIds.0 = $first and tariffIds.1 absent and evseId absent
    And the station sends ClearTariffsResponse with clearTariffsResult.0.status = Accepted

  @TC_I_109_CSMS @req:I08.FR.01 @req:I08.FR.09
  Scenario: A driver has a tariff of his own
    Given a station with AuthCacheCtrlr.Enabled = false
    And a booted station
    And an EV that is plugged in
    When the driver presents $tariff_token
    Then the CSMS replies to AuthorizeRequest by AuthorizeResponse with idTokenInfo.status = Accepted and tariff.tariffId present and tariff.currency present and tariff.validFrom absent
    And the CSMS has answered every TransactionEventRequest of the test case

  @TC_I_115_CSMS @req:I08.FR.08 @req:OCPP-Order @req:I12.FR.42
  Scenario: The tariff of a transaction is changed
    Given a booted station
    When the operator makes the CSMS send SetDefaultTariffRequest
      """
      {evseId: 0, tariff: {tariffId: before, currency: EUR, energy: {prices: [{priceKwh: 0.3}]}}}
      """
    Then the station sends SetDefaultTariffResponse with status = Accepted
    When the driver plugs in
    And the driver presents $valid_token
    And 60 s pass
    And the operator makes the CSMS send ChangeTransactionTariffRequest
      """
      transactionId: $transaction
      tariff: {tariffId: after, currency: EUR, energy: {prices: [{priceKwh: 0.6, conditions: {minPower: 1000}}, {priceKwh: 0.5}]}}
      """
    Then the CSMS sends ChangeTransactionTariffRequest with transactionId = $transaction and tariff.currency = EUR and tariff.energy.prices.0.priceKwh = 0.6 and tariff.energy.prices.0.conditions.minPower = 1000 and tariff.energy.prices.1.priceKwh = 0.5
    And the CSMS replies to TransactionEventRequest with triggerReason = TariffChanged by TransactionEventResponse

  @req:OCPP-Tariff
  Scenario Outline: A station refuses another tariff for a transaction: <status>
    Given the station will answer ChangeTransactionTariffResponse with status = <status>
    And a transaction in which energy flows
    When the operator makes the CSMS send ChangeTransactionTariffRequest
      """
      {transactionId: $transaction, tariff: {tariffId: after, currency: EUR, energy: {prices: [{priceKwh: 0.6}]}}}
      """
    Then the CSMS sends ChangeTransactionTariffRequest with transactionId = $transaction and tariff.energy.prices.0.priceKwh = 0.6
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

    Examples:
      | id            | status                |
      | TC_I_113_CSMS | TooManyElements       |
      | TC_I_114_CSMS | ConditionNotSupported |

  @TC_I_122_CSMS @req:I12.FR.42 @slow
  Scenario: What a transaction has cost is told by the station
    Given a booted station
    When the operator makes the CSMS send SetDefaultTariffRequest
      """
      {evseId: 0, tariff: {tariffId: plain, currency: EUR, energy: {prices: [{priceKwh: 0.3}]}, fixedFee: {prices: [{priceFixed: 1}]}}}
      """
    Then the station sends SetDefaultTariffResponse with status = Accepted
    When the driver plugs in
    And the driver presents $valid_token
    And 60 s pass
    And the driver presents $valid_token
    Then the CSMS replies to TransactionEventRequest with eventType = Ended and costDetails.totalCost.currency = EUR by TransactionEventResponse
