@role:station
Feature: The variables of a station are read and written (B05, B06)

  @TC_B_06_CS @req:B06.FR.01 @req:B06.FR.02 @req:B06.FR.03 @req:B06.FR.04 @req:B06.FR.10 @req:B06.FR.11
  Scenario: One variable is read
    Given a booted station
    And OCPPCommCtrlr.OfflineThreshold is set to 300
    When the CSMS asks for OCPPCommCtrlr.OfflineThreshold with attribute Actual
    Then the answer has one result for each variable that was asked for
    And the result for OCPPCommCtrlr.OfflineThreshold is Accepted with value 300

  @TC_B_07_CS @req:B06.FR.01 @req:B06.FR.02 @req:B06.FR.03 @req:B06.FR.04 @req:B06.FR.10
  Scenario: Several variables are read
    Given a booted station
    And OCPPCommCtrlr.OfflineThreshold is set to 300
    And AuthCtrlr.LocalAuthorizeOffline is set to true
    When the CSMS asks for OCPPCommCtrlr.OfflineThreshold and AuthCtrlr.LocalAuthorizeOffline with attribute Actual
    Then the answer has one result for each variable that was asked for
    And the result for OCPPCommCtrlr.OfflineThreshold is Accepted with value 300
    And the result for AuthCtrlr.LocalAuthorizeOffline is Accepted with value true

  @TC_B_32_CS @req:B06.FR.06
  Scenario: A variable of a component that does not exist is read
    Given a booted station
    When the CSMS asks for UnknownComponent.OfflineThreshold
    Then the result for UnknownComponent.OfflineThreshold is UnknownComponent
    And that message has getVariableResult.*.attributeValue absent

  @TC_B_32_CS_b @req:B06.FR.06
  Scenario: A component at an EVSE that does not exist is unknown
    Given a booted station
    When the CSMS sends GetVariablesRequest
      """
      getVariableData:
        - {component: {name: EVSE, evse: {id: 999}}, variable: {name: AvailabilityState}}
      """
    Then the station answers GetVariablesResponse with getVariableResult.0.attributeStatus = UnknownComponent or UnknownVariable

  @TC_B_33_CS @req:B06.FR.07
  Scenario: A variable that does not exist is read
    Given a booted station
    When the CSMS asks for OCPPCommCtrlr.UnknownVariable
    Then the result for OCPPCommCtrlr.UnknownVariable is UnknownVariable
    And that message has getVariableResult.*.attributeValue absent

  @TC_B_34_CS @req:B06.FR.08
  Scenario: An attribute that a variable does not have is read
    Given a booted station
    When the CSMS asks for OCPPCommCtrlr.OfflineThreshold with attribute Target
    Then the result for OCPPCommCtrlr.OfflineThreshold is NotSupportedAttributeType
    And that message has getVariableResult.*.attributeValue absent

  @TC_OCPP_WriteOnly_CS @req:B06.FR.09
  Scenario: A variable that can only be written is read
    Given a booted station
    When the CSMS asks for SecurityCtrlr.BasicAuthPassword
    Then the result for SecurityCtrlr.BasicAuthPassword is Rejected or UnknownVariable
    And that message has getVariableResult.*.attributeValue absent

  @TC_B_09_CS @req:B05.FR.01 @req:B05.FR.02 @req:B05.FR.03 @req:B05.FR.10 @req:B05.FR.12
  Scenario: One variable is set, and has its new value
    Given a booted station
    And OCPPCommCtrlr.OfflineThreshold is set to 200
    When the CSMS tries to set OCPPCommCtrlr.OfflineThreshold to 300 with attribute Actual
    Then the answer has one result for each variable that was asked for
    And the result for OCPPCommCtrlr.OfflineThreshold is Accepted
    When the CSMS asks for OCPPCommCtrlr.OfflineThreshold with attribute Actual
    Then the result for OCPPCommCtrlr.OfflineThreshold is Accepted with value 300

  @TC_B_10_CS @req:B05.FR.01 @req:B05.FR.02 @req:B05.FR.03 @req:B05.FR.10 @req:B05.FR.12
  Scenario: Several variables are set at once
    Given a booted station
    When the CSMS tries to set OCPPCommCtrlr.OfflineThreshold to 300 and AuthCtrlr.LocalAuthorizeOffline to true with attribute Actual
    Then the answer has one result for each variable that was asked for
    And the result for OCPPCommCtrlr.OfflineThreshold is Accepted
    And the result for AuthCtrlr.LocalAuthorizeOffline is Accepted
    When the CSMS asks for OCPPCommCtrlr.OfflineThreshold and AuthCtrlr.LocalAuthorizeOffline
    Then the result for OCPPCommCtrlr.OfflineThreshold is Accepted with value 300
    And the result for AuthCtrlr.LocalAuthorizeOffline is Accepted with value true

  @TC_B_35_CS @req:B05.FR.04
  Scenario: A variable of a component that does not exist is set
    Given a booted station
    When the CSMS tries to set UnknownComponent.OfflineThreshold to 300
    Then the result for UnknownComponent.OfflineThreshold is UnknownComponent

  @TC_B_36_CS @req:B05.FR.05
  Scenario: A variable that does not exist is set
    Given a booted station
    When the CSMS tries to set OCPPCommCtrlr.UnknownVariable to 300
    Then the result for OCPPCommCtrlr.UnknownVariable is UnknownVariable

  @TC_B_37_CS @req:B05.FR.06
  Scenario: An attribute that a variable does not have is set
    Given a booted station
    When the CSMS tries to set OCPPCommCtrlr.OfflineThreshold to 300 with attribute Target
    Then the result for OCPPCommCtrlr.OfflineThreshold is NotSupportedAttributeType

  @TC_B_39_CS @req:B05.FR.09
  Scenario: A variable that cannot be written is set
    Given a booted station
    When the CSMS tries to set OCPPCommCtrlr.MessageTimeout[Default] to 30
    Then the result for OCPPCommCtrlr.MessageTimeout[Default] is Rejected

  @<id> @req:B05.FR.07
  Scenario Outline: Values are set that do not have the format of the variable: <variable> = <value>
    Given a booted station
    And the station has the variable <variable>
    When the CSMS tries to set <variable> to <value>
    Then the result for <variable> is <status>

    Examples:
      | id            | variable                                      | value                | status               |
      | TC_B_11_CS    | OCPPCommCtrlr.OfflineThreshold                | 300                  | Accepted             |
      | TC_B_11_CS_b  | OCPPCommCtrlr.OfflineThreshold                | 300.1                | Rejected             |
      | TC_B_11_CS_c  | OCPPCommCtrlr.OfflineThreshold                | true                 | Rejected             |
      | TC_B_11_CS_d  | OCPPCommCtrlr.OfflineThreshold                | 2026-06-01T10:00:00Z | Rejected             |
      | TC_B_11_CS_e  | OCPPCommCtrlr.OfflineThreshold                | abc                  | Rejected             |
      | TC_B_11_CS_f  | AuthCtrlr.AuthorizeRemoteStart                | 300                  | Rejected             |
      | TC_B_11_CS_g  | AuthCtrlr.AuthorizeRemoteStart                | abc                  | Rejected             |
      | TC_B_11_CS_h  | SmartChargingCtrlr.LimitChangeSignificance    | abc                  | Rejected             |
      | TC_B_11_CS_i  | SmartChargingCtrlr.LimitChangeSignificance    | true                 | Rejected             |
      | TC_B_11_CS_j  | ClockCtrlr.NextTimeOffsetTransitionDateTime   | 300                  | Rejected             |
      | TC_B_11_CS_k  | ClockCtrlr.NextTimeOffsetTransitionDateTime   | abc                  | Rejected             |
      | TC_B_11_CS_l  | TxCtrlr.TxStopPoint                           | abc                  | Rejected             |

  @TC_OCPP_Range_CS @req:B05.FR.08
  Scenario: A value below the limit of a variable is set
    Given a booted station
    When the CSMS tries to set OCPPCommCtrlr.OfflineThreshold to -1
    Then the result for OCPPCommCtrlr.OfflineThreshold is Rejected
