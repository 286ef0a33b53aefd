@role:station
Feature: What happens to one EVSE, token or certificate leaves the others alone

  @TC_OCPP_E_TwoEvses_CS @req:E06.FR.03,E01.FR.14 @pics:LocalStart&SeveralEvses
  Scenario: Drivers come and go at one EVSE while another one charges
    Given a transaction in which energy flows at EVSE 1
    And $first is the transaction that runs
    When the driver plugs in at EVSE 2
    And the driver presents $group_token at EVSE 2
    Then the station sends TransactionEventRequest with transactionInfo.transactionId != $first and transactionInfo.chargingState = Charging
    When the driver presents $group_token at EVSE 2
    And the driver unplugs at EVSE 2
    Then the station sends no TransactionEventRequest with transactionInfo.transactionId = $first and eventType = Ended for 5 s
    When the CSMS sends GetTransactionStatusRequest with transactionId = $first
    Then the station answers GetTransactionStatusResponse with ongoingIndicator = true

  @TC_OCPP_F_TwoEvses_CS @req:F03.FR.02,F03.FR.09 @pics:LocalStart&SeveralEvses
  Scenario: The transaction that the CSMS stops is the only one that stops
    Given a transaction in which energy flows at EVSE 1
    And $first is the transaction that runs
    And a second transaction at EVSE 2
    And $second is the transaction that runs
    When the CSMS sends RequestStopTransactionRequest with transactionId = $first
    Then the station answers RequestStopTransactionResponse with status = Accepted
    And the station sends TransactionEventRequest for $first with triggerReason = RemoteStop
    And the station sends no TransactionEventRequest with transactionInfo.transactionId = $second and triggerReason = RemoteStop for 5 s
    When the CSMS sends GetTransactionStatusRequest with transactionId = $second
    Then the station answers GetTransactionStatusResponse with ongoingIndicator = true

  @TC_OCPP_C_AuthorizeError_CS @req:C01.FR.02 @pics:LocalStart
  Scenario: Nobody charges because the CSMS could not answer
    Given the CSMS will answer AuthorizeRequest with the error InternalError
    And a booted station
    And AuthCacheCtrlr.Enabled is false where the station has it
    And AuthCtrlr.OfflineTxForUnknownIdEnabled is set to false
    And an EV that is plugged in
    When the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
    And nobody charges for 30 s

  @TC_OCPP_M_Several_CS @req:M03.FR.04,M04.FR.02 @pics:ContractCertificates
  Scenario: Two roots of one kind are kept side by side, and one is deleted alone
    Given a booted station
    And the certificate "mo-root" is installed as MORootCertificate
    And the certificate "v2g-root" is installed as MORootCertificate
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = MORootCertificate
    Then the station lists the certificate "mo-root" as MORootCertificate
    And the station lists the certificate "v2g-root" as MORootCertificate
    When the CSMS deletes the certificate "v2g-root"
    Then the station answers DeleteCertificateResponse with status = Accepted
    When the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = MORootCertificate
    Then the station lists the certificate "mo-root" as MORootCertificate
    And the station does not list the certificate "v2g-root"

  @TC_OCPP_N_OnlyInTransaction_CS @req:N04.FR.08 @pics:Monitoring&StartPowerPathClosed
  Scenario: A monitor for transactions is silent while there is none
    Given a booted station
    And the station starts transactions at PowerPathClosed only
    And a monitor that is set as $state
      """
      {type: Delta, value: 1, severity: 4, transaction: true, component: {name: EVSE, evse: {id: $evse}}, variable: {name: AvailabilityState}}
      """
    When the driver plugs in
    Then the station notifies no event with variableMonitoringId = $state within 15 s

  @TC_OCPP_C_AuthorizeSilence_CS @slow @req:C01.FR.02 @pics:LocalStart
  Scenario: Nobody charges because the CSMS has not answered
    Given the CSMS will not answer AuthorizeRequest
    And a booted station
    And AuthCacheCtrlr.Enabled is false where the station has it
    And AuthCtrlr.OfflineTxForUnknownIdEnabled is set to false
    And an EV that is plugged in
    When the driver presents $valid_token
    Then the station sends AuthorizeRequest with idToken.idToken = $valid_token
    And nobody charges for 90 s

  @TC_OCPP_B_OwnEvse_CS @req:B06.FR.04,B06.FR.10 @pics:SeveralEvses
  Scenario: A variable of an EVSE is that of this EVSE
    Given a booted station
    And an EV that is plugged in at EVSE 1
    When 2 s pass
    And the CSMS sends GetVariablesRequest
      """
      getVariableData:
        - {component: {name: EVSE, evse: {id: 1}}, variable: {name: AvailabilityState}}
      """
    Then the station answers GetVariablesResponse with getVariableResult.0.attributeStatus = Accepted and getVariableResult.0.attributeValue = Occupied
    When the CSMS sends GetVariablesRequest
      """
      getVariableData:
        - {component: {name: EVSE, evse: {id: 2}}, variable: {name: AvailabilityState}}
      """
    Then the station answers GetVariablesResponse with getVariableResult.0.attributeStatus = Accepted and getVariableResult.0.attributeValue = Available
