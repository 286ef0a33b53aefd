@role:station
Feature: A station takes data that it does not know in good part

  @req:P01.FR.05,P01.FR.06
  Scenario Outline: Data of an unknown vendor is refused by name (<what>)
    Given a booted station
    When the CSMS sends DataTransferRequest
      """
      <payload>
      """
    Then the station answers DataTransferResponse with status = UnknownVendorId or UnknownMessageId or Rejected

    Examples:
      | id           | what                   | payload                                                             |
      | TC_P_01_CS   | text as data           | {vendorId: com.example.nobody, messageId: nothing, data: text}      |
      | TC_P_01_CS_b | a structure as data    | {vendorId: com.example.nobody, messageId: nothing, data: {a: [1]}}  |
      | TC_P_01_CS_c | neither message nor data | {vendorId: com.example.nobody}                                    |

  @TC_P_03_CS @req:OCPP-CustomData
  Scenario: customData of an unknown vendor changes nothing
    Given a booted station
    When the CSMS sends SetVariablesRequest
      """
      customData: {vendorId: com.example.nobody, anything: {at: all}}
      setVariableData:
        - component: {name: OCPPCommCtrlr, customData: {vendorId: com.example.nobody, more: 1}}
          variable: {name: OfflineThreshold}
          attributeType: Actual
          attributeValue: "200"
          customData: {vendorId: com.example.nobody, list: [1, 2]}
      """
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Accepted
    When the CSMS sends GetVariablesRequest
      """
      getVariableData:
        - component: {name: OCPPCommCtrlr}
          variable: {name: OfflineThreshold}
          attributeType: Actual
          customData: {vendorId: com.example.nobody}
      """
    Then the station answers GetVariablesResponse with getVariableResult.0.attributeStatus = Accepted and getVariableResult.0.attributeValue = "200"
