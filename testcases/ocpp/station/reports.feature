@role:station
Feature: A station reports its device model (B07, B08)

  @TC_B_12_CS @req:B07.FR.01 @req:B07.FR.03 @req:B07.FR.04 @req:B07.FR.07 @req:B07.FR.10 @req:B07.FR.12
  Scenario: The configuration inventory tells what can be set
    Given a booted station
    When the CSMS asks for the full inventory
    Then the report is complete
    When the CSMS asks for the configuration inventory
    Then the station answers GetBaseReportResponse with status = Accepted
    And the report is complete
    And every variable of the report has its characteristics
    And every variable of the report can be set
    And the report holds what can be set of the report before
    And no secret is told in the report

  @TC_B_13_CS @req:B07.FR.01 @req:B07.FR.03 @req:B07.FR.04 @req:B07.FR.08 @req:B07.FR.10 @req:B07.FR.12
  Scenario: The full inventory tells all there is
    Given a booted station
    When the CSMS asks for the full inventory
    Then the station answers GetBaseReportResponse with status = Accepted
    And the report is complete
    And every variable of the report has its characteristics
    And the report holds every variable that a station must have

  @TC_B_53_CS @req:B07.FR.08 @req:B07.FR.11 @req:B07.FR.03
  Scenario: The full inventory has the variables that every station must have, and no secrets
    Given a booted station
    When the CSMS asks for the full inventory
    Then the station answers GetBaseReportResponse with status = Accepted
    And the report is complete
    And the report holds every variable that a station must have
    And every variable of the report has its characteristics
    And no secret is told in the report

  @TC_B_14_CS @req:B07.FR.01 @req:B07.FR.03 @req:B07.FR.04 @req:B07.FR.09 @req:B07.FR.10 @pics:SummaryInventory
  Scenario: The summary tells the availability of the station and its parts
    Given a booted station
    When the CSMS asks for the summary inventory
    Then the station answers GetBaseReportResponse with status = Accepted
    And the report is complete
    And every variable of the report has its characteristics
    And the report holds ChargingStation.AvailabilityState
    And the report holds EVSE.AvailabilityState at EVSE 1

  @TC_B_15_CS @req:B07.FR.02 @req:B07.FR.05 @pics:!SummaryInventory
  Scenario: A base report that a station does not support is refused
    Given a booted station
    When the CSMS asks for the summary inventory
    Then the station answers GetBaseReportResponse with status = NotSupported
    And no report comes for 10 s

  @TC_B_16_CS @req:B08.FR.01 @req:B08.FR.03 @req:B08.FR.04 @req:B08.FR.09 @req:B08.FR.12 @req:B08.FR.14 @pics:CustomReport
  Scenario: A report of the components that are enabled
    Given a booted station
    And AuthCtrlr.Enabled is set to true
    When the CSMS asks for the full inventory
    Then the report is complete
    When the CSMS asks for a report of
      """
      {componentCriteria: [Enabled]}
      """
    Then the station answers GetReportResponse with status = Accepted
    And the report is complete
    And every variable of the report has its characteristics
    And the report holds the components of the report before whose Enabled is true, and none where it is false

  @TC_B_16_CS_b @req:B08.FR.05 @req:B08.FR.09 @pics:CustomReport
  Scenario: A component that is switched off is not reported as enabled
    Given a booted station
    And SampledDataCtrlr.Enabled is set to false
    When the CSMS asks for the full inventory
    Then the report is complete
    When the CSMS asks for a report of
      """
      {componentCriteria: [Enabled]}
      """
    Then the station answers GetReportResponse with status = Accepted
    And the report is complete
    And the report holds the components of the report before whose Enabled is true, and none where it is false

  @TC_B_17_CS @req:B08.FR.01 @req:B08.FR.03 @req:B08.FR.04 @req:B08.FR.11 @req:B08.FR.12 @req:B08.FR.14 @pics:CustomReport
  Scenario: A report of one variable
    Given a booted station
    When the CSMS asks for a report of
      """
      {componentVariable: [{component: {name: EVSE, evse: {id: 1}}, variable: {name: AvailabilityState}}]}
      """
    Then the station answers GetReportResponse with status = Accepted
    And the report is complete
    And the report holds nothing but EVSE.AvailabilityState at EVSE 1 of type OptionList
    And every variable of the report has its characteristics

  @TC_B_18_CS @req:B08.FR.01 @req:B08.FR.05 @req:B08.FR.14 @req:B08.FR.15 @pics:CustomReport
  Scenario: A report of one variable where its component meets a criterion, and where not
    Given a booted station
    When the CSMS asks for a report of
      """
      {componentCriteria: [Available], componentVariable: [{component: {name: EVSE, evse: {id: 1}}, variable: {name: AvailabilityState}}]}
      """
    Then the station answers GetReportResponse with status = Accepted
    And the report is complete
    And the report holds nothing but EVSE.AvailabilityState at EVSE 1 of type OptionList
    When the CSMS asks for a report of
      """
      {componentCriteria: [Problem], componentVariable: [{component: {name: EVSE, evse: {id: 1}}, variable: {name: AvailabilityState}}]}
      """
    Then the station answers GetReportResponse with status = EmptyResultSet
    And no report comes for 10 s

  @TC_B_54_CS @req:B08.FR.11 @req:B08.FR.12 @req:B08.FR.14 @req:B08.FR.21 @pics:CustomReport
  Scenario: A report of a variable with all its instances
    Given a booted station
    When the CSMS asks for a report of
      """
      {componentVariable: [{component: {name: DeviceDataCtrlr}, variable: {name: ItemsPerMessage}}]}
      """
    Then the station answers GetReportResponse with status = Accepted
    And the report is complete
    And the report holds DeviceDataCtrlr.ItemsPerMessage[GetReport]
    And the report holds DeviceDataCtrlr.ItemsPerMessage[GetVariables]
    And the report holds nothing but DeviceDataCtrlr.ItemsPerMessage

  @TC_B_55_CS @req:B08.FR.11 @req:B08.FR.12 @req:B08.FR.14 @pics:CustomReport
  Scenario: A report of one instance of a variable
    Given a booted station
    When the CSMS asks for a report of
      """
      {componentVariable: [{component: {name: DeviceDataCtrlr}, variable: {name: ItemsPerMessage, instance: GetReport}}]}
      """
    Then the station answers GetReportResponse with status = Accepted
    And the report is complete
    And the report holds nothing but DeviceDataCtrlr.ItemsPerMessage[GetReport]

  @TC_B_56_CS @req:B08.FR.11 @req:B08.FR.14 @req:B08.FR.23 @pics:CustomReport
  Scenario: A report of a variable at every EVSE
    Given a booted station
    When the CSMS asks for the full inventory
    Then the report is complete
    When the CSMS asks for a report of
      """
      {componentVariable: [{component: {name: EVSE}, variable: {name: AvailabilityState}}]}
      """
    Then the station answers GetReportResponse with status = Accepted
    And the report is complete
    And the report holds nothing but EVSE.AvailabilityState
    And the report holds EVSE.AvailabilityState of every EVSE of the report before
