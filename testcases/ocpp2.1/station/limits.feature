@role:station @pics:TxLimits
Feature: A station keeps the limits of a transaction

  @slow @req:E16.FR.03 @req:E16.FR.05 @req:E16.FR.09
  Scenario Outline: The CSMS sets a limit of <what>
    Given a CSMS that limits each transaction to <limit> = <value>
    And a booted station
    And the station supports limits of transactions
    And the station does not stop transactions at EnergyTransfer
    When the driver plugs in
    And the driver presents $valid_token
    Then the station sends TransactionEventRequest with triggerReason = LimitSet and transactionInfo.transactionLimit.<limit> = <value> within 60 s
    And the transaction is suspended by <reached> within <wait> s
    And the station tells the limit <limit> once

    Examples:
      | id          | what   | limit     | value | wait | reached            |
      | TC_E_100_CS | energy | maxEnergy | 300   | 600  | EnergyLimitReached |
      | TC_E_105_CS | time   | maxTime   | 60    | 90   | TimeLimitReached   |

  @slow @req:E16.FR.03 @req:E16.FR.05 @pics:TariffCost
  Scenario Outline: The CSMS sets a limit of cost, and tells the cost by <how>
    Given a CSMS that limits each transaction to maxCost = 5
    And a booted station
    And the station supports limits of transactions
    And the station does not stop transactions at EnergyTransfer
    And TariffCostCtrlr.Enabled[Tariff] is false where the station has it
    When the driver plugs in
    And the driver presents $valid_token
    Then the station sends TransactionEventRequest with triggerReason = LimitSet and transactionInfo.transactionLimit.maxCost = 5 within 60 s
    When the CSMS sends CostUpdatedRequest with totalCost = <cost> and transactionId = $transaction
    Then the transaction is suspended by CostLimitReached

    Examples:
      | id          | how         | cost |
      | TC_E_101_CS | CostUpdated | 5.5  |

  @slow @req:E16.FR.01 @req:E16.FR.05
  Scenario Outline: The driver sets a limit of <what>
    Given a booted station
    And the station supports limits of transactions
    And the station does not stop transactions at EnergyTransfer
    And a transaction in which energy flows
    When the driver limits the transaction to <limit> = <value>
    Then the station sends TransactionEventRequest with triggerReason = LimitSet and transactionInfo.transactionLimit.<limit> = <value> within 60 s
    And the transaction is suspended by <reached> within <wait> s
    And the station tells the limit <limit> once

    Examples:
      | id          | what   | limit     | value | wait | reached            |
      | TC_E_106_CS | energy | maxEnergy | 300   | 600  | EnergyLimitReached |
      | TC_E_107_CS | time   | maxTime   | 60    | 90   | TimeLimitReached   |

  @TC_E_102_CS @req:E16.FR.01 @req:E16.FR.03 @req:E16.FR.04
  Scenario: CSMS and driver both set a limit of energy
    Given a CSMS that limits each transaction to maxEnergy = 5000
    And a booted station
    And the station supports limits of transactions
    When the driver plugs in
    And the driver presents $valid_token
    Then the station sends TransactionEventRequest with triggerReason = LimitSet and transactionInfo.transactionLimit.maxEnergy = 5000 within 60 s
    When the driver limits the transaction to maxEnergy = 4000
    Then the station sends TransactionEventRequest with triggerReason = LimitSet and transactionInfo.transactionLimit.maxEnergy = 4000 within 60 s
    When the driver limits the transaction to maxEnergy = 9000
    Then the station sends no TransactionEventRequest with transactionInfo.transactionLimit.maxEnergy > 5000 for 20 s

  @TC_OCPP_LimitStop_CS @slow @req:E16.FR.06
  Scenario: A limit ends the transaction where EnergyTransfer is a stop point
    Given a CSMS that limits each transaction to maxEnergy = 300
    And a booted station
    And the station supports limits of transactions
    And the station stops transactions at EnergyTransfer
    When the driver plugs in
    And the driver presents $valid_token
    Then the station sends TransactionEventRequest with triggerReason = LimitSet and transactionInfo.transactionLimit.maxEnergy = 300 within 60 s
    And the station sends TransactionEventRequest with eventType = Ended and triggerReason = EnergyLimitReached within 600 s

  @TC_OCPP_LimitRaised_CS @slow @req:E16.FR.14
  Scenario: A limit that is raised gives energy again
    Given a booted station
    And the station supports limits of transactions
    And the station does not stop transactions at EnergyTransfer
    And a transaction in which energy flows
    When the driver limits the transaction to maxTime = 120
    And 150 s pass
    Then the transaction is suspended by TimeLimitReached within 160 s
    When the driver limits the transaction to maxTime = 3600
    Then the station sends TransactionEventRequest with transactionInfo.chargingState = Charging within 60 s
