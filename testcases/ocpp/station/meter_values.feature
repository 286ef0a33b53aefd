@role:station
Feature: A station measures

  @TC_J_01_CS @slow @req:J01.FR.01,J01.FR.02,J01.FR.03,J01.FR.06,J01.FR.07,J01.FR.08,J01.FR.14,J01.FR.15
  Scenario: By the clock, while nobody charges
    Given a booted station
    And AlignedDataCtrlr.Measurands is set to Energy.Active.Import.Register,Voltage
    And AlignedDataCtrlr.Interval is set to 10
    When 1 s pass
    Then the station measures every 10 s by the clock at EVSE 1 with context Sample.Clock 3 times: Energy.Active.Import.Register,Voltage
    And the station never sent TransactionEventRequest

  @TC_J_02_CS @slow @req:J01.FR.01,J01.FR.02,J01.FR.03,J01.FR.06,J01.FR.07,J01.FR.08,J01.FR.14,J01.FR.15,J01.FR.22
  Scenario: By the clock, while somebody charges
    Given a booted station
    And AlignedDataCtrlr.SendDuringIdle is false where the station has it
    And AlignedDataCtrlr.Measurands is set to Energy.Active.Import.Register,Voltage
    And AlignedDataCtrlr.Interval is set to 10
    And a transaction in which energy flows
    When 1 s pass
    Then the station measures every 10 s by the clock at EVSE 1 with context Sample.Clock 3 times: Energy.Active.Import.Register,Voltage
    And every TransactionEventRequest with triggerReason = MeterValueClock has context Sample.Clock

  @TC_J_03_CS @slow @req:J01.FR.01,J01.FR.02,J01.FR.03,J01.FR.06,J01.FR.07,J01.FR.08,J01.FR.14,J01.FR.15,E06.FR.11,E07.FR.08
  Scenario: By the clock, for the end of the transaction
    Given a booted station
    And AlignedDataCtrlr.TxEndedInterval is set to 10
    And AlignedDataCtrlr.TxEndedMeasurands is set to Energy.Active.Import.Register,Voltage
    And SampledDataCtrlr.TxEndedMeasurands lists nothing
    And a transaction in which energy flows
    When 35 s pass
    And the driver presents $valid_token
    And the driver unplugs
    Then the last TransactionEventRequest has meter values every 10 s with context Sample.Clock: Energy.Active.Import.Register,Voltage

  @TC_J_06_CS @slow @req:J01.FR.19,J01.FR.20 @pics:AlignedDataSendDuringIdle
  Scenario: By the clock only while nobody charges, where it is configured so
    Given a booted station
    And AlignedDataCtrlr.SendDuringIdle is set to true
    And AlignedDataCtrlr.Interval is set to 10
    And a transaction in which energy flows
    When 1 s pass
    Then the station sends no TransactionEventRequest with triggerReason = MeterValueClock for 25 s
    And the station sends no MeterValuesRequest with evseId = $evse for 25 s

  @TC_J_07_CS @req:J02.FR.01,J02.FR.02,J02.FR.03,J02.FR.04,J02.FR.10,E01.FR.09,E02.FR.09
  Scenario: At the beginning of a transaction
    Given a booted station
    And SampledDataCtrlr.TxStartedMeasurands is set to Energy.Active.Import.Register,Voltage
    And the station starts transactions at EVConnected
    When the driver plugs in
    Then the station sends TransactionEventRequest with eventType = Started and meterValue.0.sampledValue.0.context = Transaction.Begin
    And the measurands of that message are Energy.Active.Import.Register,Voltage
    When the driver presents $valid_token
    Then the station charges

  @TC_J_08_CS @req:J02.FR.01,J02.FR.04,E01.FR.17,E03.FR.11 @pics:LocalStart&OneReader
  Scenario: At the beginning of a transaction whose EVSE shows later
    Given a booted station
    And SampledDataCtrlr.TxStartedMeasurands is set to Energy.Active.Import.Register,Voltage
    And the station starts transactions at Authorized
    When the driver presents $valid_token
    And the driver plugs in
    Then the station charges
    And the transaction has told meterValue.*.sampledValue.*.context = Transaction.Begin

  @TC_J_09_CS @slow @req:J02.FR.01,J02.FR.02,J02.FR.03,J02.FR.04,J02.FR.10,J02.FR.11,J02.FR.14,E02.FR.10,E02.FR.11,E03.FR.08,E03.FR.09
  Scenario: Again and again in a transaction
    Given a booted station
    And SampledDataCtrlr.TxUpdatedMeasurands is set to Energy.Active.Import.Register,Power.Active.Import,Voltage
    And SampledDataCtrlr.TxUpdatedInterval is set to 10
    And a transaction in which energy flows
    When 1 s pass
    Then the station measures every 10 s at EVSE 1 with context Sample.Periodic 3 times: Energy.Active.Import.Register,Power.Active.Import,Voltage
    And every TransactionEventRequest with triggerReason = MeterValuePeriodic has context Sample.Periodic

  @TC_J_10_CS @slow @req:J02.FR.01,J02.FR.02,J02.FR.03,J02.FR.04,J02.FR.10,E06.FR.11,E07.FR.08
  Scenario: Again and again, for the end of the transaction
    Given a booted station
    And SampledDataCtrlr.TxEndedInterval is set to 10
    And SampledDataCtrlr.TxEndedMeasurands is set to Energy.Active.Import.Register,Voltage
    And AlignedDataCtrlr.TxEndedMeasurands lists nothing
    And a transaction in which energy flows
    When 35 s pass
    And the driver presents $valid_token
    And the driver unplugs
    Then the last TransactionEventRequest has meter values every 10 s with context Sample.Periodic: Energy.Active.Import.Register,Voltage
    And that message has meterValue.*.sampledValue.*.context = Transaction.End

  @slow @req:E06.FR.11 @pics:SignedMeter
  Scenario Outline: With signatures (<what>)
    Given a booted station
    And <component>.SignReadings is set to true
    And <component>.TxEndedInterval is set to 10
    And <component>.TxEndedMeasurands is set to Energy.Active.Import.Register
    And a transaction in which energy flows
    When 25 s pass
    And the driver presents $valid_token
    And the driver unplugs
    Then the station has ended the transaction
    And the transaction has told meterValue.*.sampledValue.*.signedMeterValue.encodingMethod = OCMF or EDL or SML or Other
    And every reading with context <context> at the end of the transaction is signed

    Examples:
      | id         | requirement | what         | component        | context         |
      | TC_J_04_CS | J01.FR.21   | by the clock | AlignedDataCtrlr | Sample.Clock    |
      | TC_J_11_CS | J02.FR.21   | sampled      | SampledDataCtrlr | Transaction.End |
