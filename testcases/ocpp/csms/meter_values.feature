@role:csms
Feature: A CSMS takes meter values

  @TC_J_01_CSMS @slow @req:J01.FR.18
  Scenario: By the clock, while nobody charges
    Given a station with AlignedDataCtrlr.Interval = 10
    And a booted station
    When 35 s pass
    Then the CSMS replies to MeterValuesRequest with evseId = 0 by MeterValuesResponse
    And the CSMS replies to MeterValuesRequest with evseId = 1 by MeterValuesResponse
    And the CSMS has answered every MeterValuesRequest

  @TC_J_02_CSMS @slow @req:J01.FR.18,J02.FR.19
  Scenario: By the clock, while somebody charges
    Given a station with AlignedDataCtrlr.Interval = 10
    And a booted station
    And a transaction in which energy flows
    When 35 s pass
    Then the CSMS replies to TransactionEventRequest with triggerReason = MeterValueClock by TransactionEventResponse
    And the CSMS replies to MeterValuesRequest with evseId = 2 by MeterValuesResponse
    And the CSMS has answered every TransactionEventRequest of the test case

  @slow @req:J01.FR.18,J02.FR.19
  Scenario Outline: For the end of the transaction: <what>
    Given a station with <component>.TxEndedInterval = 10
    And a station with <component>.SignReadings = <signed>
    And a station with <other>.TxEndedMeasurands = <measurands>
    And a booted station
    And a transaction in which energy flows
    When 35 s pass
    And the driver presents $valid_token
    Then the CSMS replies to TransactionEventRequest with eventType = Ended and meterValue.*.sampledValue.*.context = <context> by TransactionEventResponse

    Examples:
      | id           | requirement | what                 | component        | other            | measurands                    | signed | context        |
      | TC_J_03_CSMS | J01.FR.18   | by the clock         | AlignedDataCtrlr | SampledDataCtrlr | Energy.Active.Import.Register | false  | Sample.Clock   |
      | TC_J_04_CSMS | J01.FR.21   | by the clock, signed | AlignedDataCtrlr | SampledDataCtrlr | Energy.Active.Import.Register | true   | Sample.Clock   |
      | TC_J_10_CSMS | J02.FR.19   | sampled              | SampledDataCtrlr | AlignedDataCtrlr | Energy.Active.Import.Register | false  | Transaction.End |
      | TC_J_11_CSMS | J02.FR.21   | sampled, signed      | SampledDataCtrlr | AlignedDataCtrlr | Energy.Active.Import.Register | true   | Transaction.End |

  @TC_J_07_CSMS @req:J02.FR.19
  Scenario: At the beginning of a transaction
    Given a station with TxCtrlr.TxStartPoint = EVConnected
    And a booted station
    When the driver plugs in
    Then the CSMS replies to TransactionEventRequest with eventType = Started and meterValue.0.sampledValue.0.context = Transaction.Begin by TransactionEventResponse

  @TC_J_08_CSMS @req:J02.FR.19,E01.FR.12
  Scenario: At the beginning of a transaction whose EVSE shows later
    Given a station with TxCtrlr.TxStartPoint = Authorized
    And a station whose transactions.knows_evse is false
    And a booted station
    When the driver presents $valid_token
    Then the CSMS replies to TransactionEventRequest with eventType = Started and evse absent by TransactionEventResponse with idTokenInfo.status = Accepted
    When the driver plugs in
    Then the CSMS replies to TransactionEventRequest with eventType = Updated and meterValue.0.sampledValue.0.context = Transaction.Begin by TransactionEventResponse

  @TC_J_09_CSMS @slow @req:J02.FR.19
  Scenario: Again and again in a transaction
    Given a station with SampledDataCtrlr.TxUpdatedInterval = 10
    And a booted station
    And a transaction in which energy flows
    When 35 s pass
    Then the CSMS replies to TransactionEventRequest with triggerReason = MeterValuePeriodic by TransactionEventResponse
    And the CSMS replies to TransactionEventRequest with triggerReason = MeterValuePeriodic by TransactionEventResponse
    And the CSMS has answered every TransactionEventRequest of the test case
