@role:csms
Feature: A CSMS moves its stations from one address to another

  @TC_B_42_CSMS @req:B09.FR.01
  Scenario: A CSMS gives a station a network profile
    Given a booted station
    When the operator makes the CSMS set a network profile for slot 2
    Then the CSMS sends SetNetworkProfileRequest with configurationSlot = 2 and connectionData.ocppTransport = JSON and connectionData.messageTimeout = 30 and connectionData.ocppCsmsUrl present within 60 s

  @TC_B_44_CSMS @req:B09.FR.03
  Scenario: A CSMS lives with a network profile that cannot be set
    Given the station will answer SetNetworkProfileResponse with status = Failed
    And a booted station
    When the operator makes the CSMS set a network profile for slot 2
    Then the CSMS sends SetNetworkProfileRequest with configurationSlot = 2 within 60 s
    And the connection stays open for 10 s

  @req:A05.FR.04 @req:A05.FR.07
  Scenario Outline: A CSMS takes a station from security profile <from> to <to>, and not back
    Given security profile <from>
    And the CSMS also serves security profile <to>
    And a booted station
    When the operator makes the CSMS set a network profile for slot 2
    Then the CSMS sends SetNetworkProfileRequest with configurationSlot = 2 and connectionData.securityProfile = <to> and connectionData.ocppTransport = JSON within 60 s
    When the operator makes the CSMS send SetVariablesRequest
      """
      {setVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: NetworkConfigurationPriority}, attributeValue: "2,1"}]}
      """
    Then the CSMS sends SetVariablesRequest with setVariableData.0.variable.name = NetworkConfigurationPriority and setVariableData.0.attributeValue matches .*2.* within 60 s
    When the operator makes the CSMS send ResetRequest with type = OnIdle
    Then the CSMS sends ResetRequest within 60 s
    And the CSMS lets the station in within 120 s
    And the CSMS sends BootNotificationResponse with status = Accepted within 120 s
    When a station comes at the first address
    Then the CSMS refuses the connection

    Examples:
      | id             | from | to | pics              |
      | TC_A_19_CSMS   | 1    | 2  | Tls               |
      | TC_A_19_CSMS_b | 2    | 3  | ClientCertificate |
