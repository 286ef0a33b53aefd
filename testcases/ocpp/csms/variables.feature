@role:csms
Feature: A CSMS reads and sets the variables of a station (B05 to B08)

  @TC_B_06_CSMS @req:B06.FR.05
  Scenario: One variable is read
    Given a booted station
    When the operator makes the CSMS send GetVariablesRequest
      """
      {getVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: OfflineThreshold}}]}
      """
    Then the CSMS asks for OCPPCommCtrlr.OfflineThreshold

  @TC_OCPP_GetInstance_CSMS @req:B06.FR.05 @req:OCPP-Order
  Scenario: A variable of several instances, and one of an EVSE, are read
    Given a booted station
    When the operator makes the CSMS send GetVariablesRequest
      """
      getVariableData:
        - {component: {name: DeviceDataCtrlr}, variable: {name: ItemsPerMessage, instance: GetReport}}
        - {component: {name: EVSE, evse: {id: 1}}, variable: {name: AvailabilityState}}
      """
    Then the CSMS sends GetVariablesRequest with getVariableData.*.variable.instance = GetReport and getVariableData.*.component.evse.id = 1

  @TC_B_07_CSMS @req:B06.FR.05
  Scenario: Several variables are read
    Given a booted station
    When the operator makes the CSMS send GetVariablesRequest
      """
      {getVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: OfflineThreshold}}, {component: {name: AuthCtrlr}, variable: {name: AuthorizeRemoteStart}}]}
      """
    Then the CSMS asks for OCPPCommCtrlr.OfflineThreshold
    And the CSMS asks for AuthCtrlr.AuthorizeRemoteStart

  @TC_B_08_CSMS @req:B06.FR.05
  Scenario: No more variables are read at once than the station allows
    Given a station with DeviceDataCtrlr.ItemsPerMessage[GetVariables] = 4
    And the CSMS knows the limits of the station
    When the operator makes the CSMS send GetVariablesRequest
      """
      {getVariableData: [
        {component: {name: DeviceDataCtrlr}, variable: {name: ItemsPerMessage, instance: GetReport}},
        {component: {name: DeviceDataCtrlr}, variable: {name: ItemsPerMessage, instance: GetVariables}},
        {component: {name: DeviceDataCtrlr}, variable: {name: BytesPerMessage, instance: GetReport}},
        {component: {name: DeviceDataCtrlr}, variable: {name: BytesPerMessage, instance: GetVariables}},
        {component: {name: AuthCtrlr}, variable: {name: AuthorizeRemoteStart}}]}
      """
    Then the CSMS asks for DeviceDataCtrlr.ItemsPerMessage[GetReport]
    And the CSMS asks for DeviceDataCtrlr.BytesPerMessage[GetVariables]
    And the CSMS asks for AuthCtrlr.AuthorizeRemoteStart
    And no request of the CSMS asks for more than 4 variables

  @TC_B_09_CSMS @req:B05.FR.11
  Scenario: One variable is set
    Given a booted station
    When the operator makes the CSMS send SetVariablesRequest
      """
      {setVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: OfflineThreshold}, attributeValue: "123"}]}
      """
    Then the CSMS sets OCPPCommCtrlr.OfflineThreshold to 123

  @TC_B_10_CSMS @req:B05.FR.11 @req:B05.FR.13
  Scenario: Several variables are set
    Given a booted station
    When the operator makes the CSMS send SetVariablesRequest
      """
      {setVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: OfflineThreshold}, attributeValue: "123"},
                         {component: {name: AuthCtrlr}, variable: {name: AuthorizeRemoteStart}, attributeValue: "false"}]}
      """
    Then the CSMS sets OCPPCommCtrlr.OfflineThreshold to 123
    And the CSMS sets AuthCtrlr.AuthorizeRemoteStart to false

  @<id> @req:B07.FR.14
  Scenario Outline: The base report <base> is asked for, and taken
    Given a booted station
    When the operator makes the CSMS send GetBaseReportRequest with requestId = 31 and reportBase = <base>
    Then the CSMS sends GetBaseReportRequest with requestId >= 0 and reportBase = <base>
    And every part of the report is answered without an error

    Examples:
      | id           | base                   |
      | TC_B_12_CSMS | ConfigurationInventory |
      | TC_B_13_CSMS | FullInventory          |

  @TC_B_14_CSMS @req:B07.FR.14 @pics:SummaryInventory
  Scenario: The summary is asked for, and taken
    Given a booted station
    When the operator makes the CSMS send GetBaseReportRequest with requestId = 31 and reportBase = SummaryInventory
    Then the CSMS sends GetBaseReportRequest with requestId >= 0 and reportBase = SummaryInventory
    And every part of the report is answered without an error

  @TC_B_18_CSMS @req:B08.FR.06
  Scenario: A custom report with criterion and variable is asked for
    Given a booted station
    When the operator makes the CSMS send GetReportRequest
      """
      {requestId: 41, componentCriteria: [Problem], componentVariable: [{component: {name: EVSE, evse: {id: 1}}, variable: {name: AvailabilityState}}]}
      """
    Then the CSMS sends GetReportRequest with componentCriteria.0 = Problem and componentVariable.0.component.name = EVSE and componentVariable.0.component.evse.id = 1 and componentVariable.0.variable.name = AvailabilityState
    When the operator makes the CSMS send GetReportRequest
      """
      {requestId: 42, componentCriteria: [Available], componentVariable: [{component: {name: EVSE, evse: {id: 1}}, variable: {name: AvailabilityState}}]}
      """
    Then the CSMS sends GetReportRequest with componentCriteria.0 = Available and componentVariable.0.component.name = EVSE and componentVariable.0.component.evse.id = 1 and componentVariable.0.variable.name = AvailabilityState
    And every part of the report is answered without an error
