@role:station
Feature: A station tells the availability of its connectors, and lets it be changed (G01, G03, G04)

  @TC_OCPP_G_StateRead_CS @req:G01.FR.03 @req:B06.FR.10
  Scenario: What is reported of a connector can be read, too
    Given a booted station
    And an EV that is plugged in
    When the CSMS sends GetVariablesRequest
      """
      getVariableData:
        - {component: {name: Connector, evse: {id: $evse, connectorId: $connector}}, variable: {name: AvailabilityState}}
      """
    Then the station answers GetVariablesResponse with getVariableResult.0.attributeValue = Occupied

  @TC_G_01_CS @req:G01.FR.01 @req:G01.FR.03
  Scenario: An EV is connected
    Given a booted station
    When the driver plugs in
    Then the connector is reported as Occupied within 20 s
    And no other connector is reported as Occupied for 5 s

  @TC_G_02_CS @req:G01.FR.01 @req:G01.FR.04
  Scenario: An EV is disconnected
    Given a booted station
    When the driver plugs in
    Then the connector is reported as Occupied within 20 s
    When the driver unplugs
    Then the connector is reported as Available within 20 s

  @TC_G_03_CS @req:G03.FR.01 @req:G03.FR.02 @req:G03.FR.04 @req:G03.FR.06 @req:G01.FR.07
  Scenario: An EVSE is made inoperative
    Given a booted station
    When the CSMS makes its EVSE inoperative
    Then the station answers ChangeAvailabilityResponse with status = Accepted
    And every connector of its EVSE is reported as Unavailable
    And no other connector is reported as Unavailable for 5 s

  @TC_G_04_CS @req:G03.FR.01 @req:G03.FR.02 @req:G03.FR.04 @req:G03.FR.07
  Scenario: An EVSE is made operative again
    Given an unavailable EVSE
    When the CSMS makes its EVSE operative
    Then the station answers ChangeAvailabilityResponse with status = Accepted
    And every connector of its EVSE is reported as Available

  @TC_G_05_CS @req:G04.FR.01 @req:G04.FR.02 @req:G04.FR.03 @req:G04.FR.05 @req:G04.FR.07
  Scenario: The station is made inoperative
    Given a booted station
    When the CSMS makes the station inoperative
    Then the station answers ChangeAvailabilityResponse with status = Accepted
    And every connector is reported as Unavailable

  @TC_G_06_CS @req:G04.FR.01 @req:G04.FR.02 @req:G04.FR.03 @req:G04.FR.05 @req:G04.FR.08
  Scenario: The station is made operative again
    Given an unavailable station
    When the CSMS makes the station operative
    Then the station answers ChangeAvailabilityResponse with status = Accepted
    And every connector is reported as Available

  @TC_G_07_CS @req:G03.FR.01 @req:G03.FR.02 @req:G03.FR.04
  Scenario: A connector is made inoperative
    Given a booted station
    When the CSMS makes the connector inoperative
    Then the station answers ChangeAvailabilityResponse with status = Accepted
    And the connector is reported as Unavailable
    And no other connector is reported as Unavailable for 5 s

  @TC_G_08_CS @req:G03.FR.01 @req:G03.FR.02 @req:G03.FR.04
  Scenario: A connector is made operative again
    Given an unavailable connector
    When the CSMS makes the connector operative
    Then the station answers ChangeAvailabilityResponse with status = Accepted
    And the connector is reported as Available

  @<id> @req:G03.FR.01 @req:G03.FR.02 @req:G03.FR.03 @req:G04.FR.04
  Scenario Outline: <what> that is operative is made operative
    Given a booted station
    When the CSMS makes <what> operative
    Then the station answers ChangeAvailabilityResponse with status = Accepted
    And no connector is reported as Unavailable for 5 s

    Examples:
      | id         | what          |
      | TC_G_09_CS | its EVSE      |
      | TC_G_12_CS | the station   |
      | TC_G_15_CS | the connector |

  @<id> @req:G03.FR.01 @req:G03.FR.02 @req:G03.FR.03 @req:G04.FR.04
  Scenario Outline: <what> that is inoperative is made inoperative
    Given an unavailable <is>
    When the CSMS makes <what> inoperative
    Then the station answers ChangeAvailabilityResponse with status = Accepted
    And no connector is reported as Available for 5 s

    Examples:
      | id         | what          | is        |
      | TC_G_10_CS | its EVSE      | EVSE      |
      | TC_G_13_CS | the station   | station   |
      | TC_G_16_CS | the connector | connector |

  @<id> @req:G03.FR.01 @req:G03.FR.02 @req:G03.FR.04 @req:G03.FR.05 @req:G01.FR.05 @slow
  Scenario Outline: <what> is made inoperative while a transaction runs
    Given a transaction in which energy flows
    When the CSMS makes <what> inoperative
    Then the station answers ChangeAvailabilityResponse with status = Scheduled
    And the station sends no TransactionEventRequest with eventType = Ended for 5 s
    When the driver presents $valid_token
    And 5 s pass
    And the driver unplugs
    Then the transaction has ended
    And the connector has been left Unavailable

    Examples:
      | id         | what          |
      | TC_G_11_CS | its EVSE      |
      | TC_G_17_CS | the connector |

  @TC_G_14_CS @req:G04.FR.01 @req:G04.FR.02 @req:G04.FR.03 @req:G04.FR.05 @req:G04.FR.06 @slow
  Scenario: The station is made inoperative while a transaction runs
    Given a transaction in which energy flows
    When the CSMS makes the station inoperative
    Then the station answers ChangeAvailabilityResponse with status = Scheduled
    And the other connectors are reported as Unavailable
    And the station sends no TransactionEventRequest with eventType = Ended for 5 s
    When the driver presents $valid_token
    And 5 s pass
    And the driver unplugs
    Then the transaction has ended
    And the connector has been left Unavailable

  @TC_G_18_CS @req:G03.FR.08 @req:G01.FR.02 @slow
  Scenario: An EVSE that is inoperative is so after a reboot
    Given an unavailable EVSE
    When the CSMS sends ResetRequest with type = Immediate
    Then the station answers ResetResponse with status = Accepted
    And the station boots again within 300 s
    And every connector of its EVSE is reported as Unavailable within 300 s
    And the other connectors are reported as Available within 300 s

  @TC_G_19_CS @req:G03.FR.08 @slow
  Scenario: A connector that is inoperative is so after a reboot
    Given an unavailable connector
    When the CSMS sends ResetRequest with type = Immediate
    Then the station answers ResetResponse with status = Accepted
    And the station boots again within 300 s
    And the connector is reported as Unavailable within 300 s
    And the other connectors are reported as Available within 300 s
    And the station sends a security event ResetOrReboot or StartupOfTheDevice within 300 s

  @TC_G_21_CS @req:G04.FR.09 @slow
  Scenario: A station that is inoperative is so after a reboot
    Given an unavailable station
    When the CSMS sends ResetRequest with type = Immediate
    Then the station answers ResetResponse with status = Accepted
    And the station boots again within 300 s
    And every connector is reported as Unavailable within 300 s
    And the station sends a security event ResetOrReboot or StartupOfTheDevice within 300 s

  @TC_OCPP_UnknownEvse_CS @req:G03.FR.02
  Scenario: An EVSE that does not exist cannot be made inoperative
    Given a booted station
    When the CSMS sends ChangeAvailabilityRequest with operationalStatus = Inoperative and evse.id = 987
    Then the station answers ChangeAvailabilityResponse with status = Rejected
    And no connector is reported as Unavailable for 5 s

  @TC_OCPP_Fault_CS @req:G01.FR.01 @pics:FaultStimulus
  Scenario: A connector breaks and is repaired
    Given a booted station
    When a connector breaks
    Then the connector is reported as Faulted
    When a connector is repaired
    Then the connector is reported as Available

  @TC_OCPP_UnknownConnector_CS @req:G03.FR.02
  Scenario: A connector that does not exist cannot be made inoperative
    Given a booted station
    When the CSMS sends ChangeAvailabilityRequest
      """
      {operationalStatus: Inoperative, evse: {id: $evse, connectorId: 99}}
      """
    Then the station answers ChangeAvailabilityResponse with status = Rejected
