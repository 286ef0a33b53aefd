@role:station
Feature: What is switched off in a station does nothing, and counters count

  @TC_OCPP_N_Switch_CS @pics:Monitoring @req:OCPP-Switch
  Scenario: While monitoring is switched off no monitor tells anything
    Given a booted station
    And a monitor that is set as $state
      """
      {type: Delta, value: 1, severity: 4, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    And MonitoringCtrlr.Enabled is set to false
    When the driver plugs in
    Then the station notifies no event with variableMonitoringId = $state within 20 s

  @TC_OCPP_J_SampledSwitch_CS @slow @req:OCPP-Switch
  Scenario: While sampled data is switched off nothing is sampled
    Given a booted station
    And SampledDataCtrlr.TxUpdatedInterval is set to 5
    And SampledDataCtrlr.Enabled is set to false
    And a transaction in which energy flows
    When 1 s pass
    Then the station sends no TransactionEventRequest with meterValue.*.sampledValue.*.context = Sample.Periodic for 20 s
    When the driver presents $valid_token
    And the driver unplugs
    Then the station has ended the transaction
    And the station never sent TransactionEventRequest with meterValue.*.sampledValue.*.context = Sample.Periodic

  @TC_OCPP_J_AlignedSwitch_CS @slow @req:OCPP-Switch
  Scenario: While aligned data is switched off nothing is measured by the clock
    Given a booted station
    And AlignedDataCtrlr.Measurands is set to Energy.Active.Import.Register
    And AlignedDataCtrlr.Enabled is set to false
    And AlignedDataCtrlr.Interval is set to 10
    When 1 s pass
    Then the station sends no MeterValuesRequest with meterValue.*.sampledValue.*.context = Sample.Clock for 30 s

  @TC_OCPP_K_Entries_CS @pics:SmartCharging @req:OCPP-Counter
  Scenario: The station counts its charging profiles
    Given a booted station
    And the station has the variable SmartChargingCtrlr.Entries[ChargingProfiles]
    When $before is the getVariableResult.0.attributeValue of the last GetVariablesResponse
    And the CSMS sets charging profile 611 at the EVSE: TxDefaultProfile
    Then the station answers SetChargingProfileResponse with status = Accepted
    When the CSMS asks for SmartChargingCtrlr.Entries[ChargingProfiles]
    Then the value that was asked for is 1 more than $before
    When the CSMS sends ClearChargingProfileRequest with chargingProfileId = 611
    Then the station answers ClearChargingProfileResponse with status = Accepted
    When the CSMS asks for SmartChargingCtrlr.Entries[ChargingProfiles]
    Then the value that was asked for is $before

  @TC_OCPP_D_Entries_CS @pics:LocalAuthList @req:OCPP-Counter
  Scenario: The station counts the tokens of its local list
    Given a booted station
    And LocalAuthListCtrlr.Enabled is true where the station has it
    And a local authorization list of version 1 with $valid_token Accepted
    And the station has the variable LocalAuthListCtrlr.Entries
    When $before is the getVariableResult.0.attributeValue of the last GetVariablesResponse
    And the CSMS sends SendLocalListRequest
      """
      versionNumber: 2
      updateType: Differential
      localAuthorizationList:
        - {idToken: {idToken: $group_token, type: $group_token_type}, idTokenInfo: {status: Accepted}}
      """
    Then the station answers SendLocalListResponse with status = Accepted
    When the CSMS asks for LocalAuthListCtrlr.Entries
    Then the value that was asked for is 1 more than $before

  @TC_OCPP_O_Entries_CS @pics:DisplayMessage @req:OCPP-Counter
  Scenario: The station counts its display messages
    Given a booted station
    And the station has the variable DisplayMessageCtrlr.DisplayMessages
    When $before is the getVariableResult.0.attributeValue of the last GetVariablesResponse
    And the CSMS sends SetDisplayMessageRequest
      """
      message: {id: 7501, priority: NormalCycle, message: {format: ASCII, language: en, content: hello}}
      """
    Then the station answers SetDisplayMessageResponse with status = Accepted
    When the CSMS asks for DisplayMessageCtrlr.DisplayMessages
    Then the value that was asked for is 1 more than $before
    When the CSMS sends ClearDisplayMessageRequest with id = 7501
    Then the station answers ClearDisplayMessageResponse with status = Accepted
    When the CSMS asks for DisplayMessageCtrlr.DisplayMessages
    Then the value that was asked for is $before

  @TC_OCPP_M_Entries_CS @pics:ContractCertificates @req:OCPP-Counter
  Scenario: The station counts its certificates
    Given a booted station
    And no MORootCertificate is installed
    And the station has the variable SecurityCtrlr.CertificateEntries
    When $before is the getVariableResult.0.attributeValue of the last GetVariablesResponse
    And the CSMS installs the certificate "mo-root" as MORootCertificate
    Then the station answers InstallCertificateResponse with status = Accepted
    When the CSMS asks for SecurityCtrlr.CertificateEntries
    Then the value that was asked for is 1 more than $before
