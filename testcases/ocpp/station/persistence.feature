@role:station
Feature: What a station has been told it still knows after a reboot

  @TC_OCPP_B_Persistent_CS @slow @req:OCPP-Persistence
  Scenario: Variables that call themselves persistent keep their values
    Given a booted station
    And OCPPCommCtrlr.OfflineThreshold is 321 where the station has it
    And OCPPCommCtrlr.MessageAttempts[TransactionEvent] is 5 where the station has it
    And SampledDataCtrlr.TxUpdatedInterval is 41 where the station has it
    And SampledDataCtrlr.TxUpdatedMeasurands is Energy.Active.Import.Register where the station has it
    And AlignedDataCtrlr.Measurands is Energy.Active.Import.Register where the station has it
    And TxCtrlr.EVConnectionTimeOut is 77 where the station has it
    And TxCtrlr.StopTxOnInvalidId is false where the station has it
    And AuthCtrlr.LocalAuthorizeOffline is false where the station has it
    And AuthCtrlr.LocalPreAuthorize is true where the station has it
    And SmartChargingCtrlr.LimitChangeSignificance is 3 where the station has it
    And MonitoringCtrlr.OfflineQueuingSeverity is 3 where the station has it
    When the CSMS asks for the configuration inventory
    Then the report is complete
    When the station has rebooted by a Reset
    And the CSMS asks for the configuration inventory
    Then the report is complete
    And every persistent variable has the value of the report before

  @TC_OCPP_B_QueuedReset_CS @slow @req:B12.FR.05
  Scenario: The end of a transaction that nobody has acknowledged is told after the reboot
    Given a transaction in which energy flows
    And $running is the transaction that runs
    When from now on the CSMS leaves TransactionEventRequest unanswered
    And the CSMS sends ResetRequest with type = Immediate
    Then the station answers ResetResponse with status = Accepted
    And the station sends TransactionEventRequest for $running with eventType = Ended within 60 s
    When 2 s pass
    And the CSMS answers again as ever
    Then the station boots within 300 s
    And the station sends TransactionEventRequest for $running with eventType = Ended within 360 s

  @slow @req:OCPP-Persistence
  Scenario Outline: A <kind> that was installed is still there
    Given a booted station
    And the certificate "<name>" is installed as <kind>
    When the station has rebooted by a Reset
    And 2 s pass
    And the CSMS sends GetInstalledCertificateIdsRequest with certificateType.0 = <kind>
    Then the station answers GetInstalledCertificateIdsResponse with status = Accepted
    And the station lists the certificate "<name>" as <kind>

    Examples:
      | id                     | name              | kind                        | pics                 |
      | TC_OCPP_M_Kept_CS      | csms-root-other   | CSMSRootCertificate         | Tls                  |
      | TC_OCPP_M_Kept_CS_b    | manufacturer-root | ManufacturerRootCertificate | SignedFirmware       |
      | TC_OCPP_M_Kept_CS_c    | v2g-root          | V2GRootCertificate          | V2GCertificate       |
      | TC_OCPP_M_Kept_CS_d    | mo-root           | MORootCertificate           | ContractCertificates |

  @TC_OCPP_H_Kept_CS @slow @req:B01.FR.13,B11.FR.05 @pics:Reservation&LocalStart
  Scenario: An EVSE that was reserved is so after a reboot
    Given a booted station
    And ReservationCtrlr.Enabled is true where the station has it
    And a reservation 831 of EVSE 1 for $group_token
    When the station has rebooted by a Reset
    Then the station reports Reserved for EVSE 1 within 120 s
    When the driver plugs in at EVSE 1
    And the driver presents $valid_token at EVSE 1
    Then nobody charges at EVSE 1 for 20 s
