@role:csms
Feature: A CSMS changes the availability of stations (G03, G04)

  @TC_G_03_CSMS @req:G03.FR.01
  Scenario: An EVSE is made inoperative
    Given a booted station
    When the operator makes the CSMS make its EVSE inoperative
    Then the CSMS sends ChangeAvailabilityRequest with operationalStatus = Inoperative and evse.id = $evse and evse.connectorId absent
    And every report of a connector is answered without an error

  @TC_G_04_CSMS @req:G03.FR.01
  Scenario: An EVSE is made operative again
    Given an unavailable EVSE
    When the operator makes the CSMS make its EVSE operative
    Then the CSMS sends ChangeAvailabilityRequest with operationalStatus = Operative and evse.id = $evse and evse.connectorId absent
    And every report of a connector is answered without an error

  @TC_G_05_CSMS @req:G04.FR.01
  Scenario: The station is made inoperative
    Given a booted station
    When the operator makes the CSMS make the station inoperative
    Then the CSMS sends ChangeAvailabilityRequest with operationalStatus = Inoperative and evse absent
    And every report of a connector is answered without an error

  @TC_G_06_CSMS @req:G04.FR.01
  Scenario: The station is made operative again
    Given an unavailable station
    When the operator makes the CSMS make the station operative
    Then the CSMS sends ChangeAvailabilityRequest with operationalStatus = Operative and evse absent
    And every report of a connector is answered without an error

  @TC_G_07_CSMS @req:G03.FR.01
  Scenario: A connector is made inoperative
    Given a booted station
    When the operator makes the CSMS make the connector inoperative
    Then the CSMS sends ChangeAvailabilityRequest with operationalStatus = Inoperative and evse.id = $evse and evse.connectorId = $connector
    And every report of a connector is answered without an error

  @TC_G_08_CSMS @req:G03.FR.01
  Scenario: A connector is made operative again
    Given an unavailable connector
    When the operator makes the CSMS make the connector operative
    Then the CSMS sends ChangeAvailabilityRequest with operationalStatus = Operative and evse.id = $evse and evse.connectorId = $connector
    And every report of a connector is answered without an error

  @<id> @req:G03.FR.01
  Scenario Outline: <what> is made inoperative while a transaction runs
    Given a transaction in which energy flows
    When the operator makes the CSMS make <what> inoperative
    Then the CSMS sends ChangeAvailabilityRequest with operationalStatus = Inoperative and <place>
    When the driver presents $valid_token
    And 5 s pass
    And the driver unplugs
    Then the connector has been left Unavailable
    And every event of a transaction is answered without an error
    And every report of a connector is answered without an error

    Examples:
      | id           | what          | place                                                |
      | TC_G_11_CSMS | its EVSE      | evse.id = $evse and evse.connectorId absent          |
      | TC_G_14_CSMS | the station   | evse absent                                          |
      | TC_G_17_CSMS | the connector | evse.id = $evse and evse.connectorId = $connector    |
