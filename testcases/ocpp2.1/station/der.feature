@role:station
Feature: A station keeps the DER controls that its CSMS sets

  @TC_R_100_CS @req:R01.FR.03 @req:R02.FR.02 @req:R03.FR.02 @req:R04.FR.02 @req:R04.FR.05 @req:R04.FR.33 @pics:DER @slow
  Scenario: DER controls outlast a restart
    Given a station with DER control
    And a default DER control D1 of type $der with priority 5
    And a scheduled DER control S1 of type $other_der with priority 5 from 900 s for 600 s
    When the station has restarted by ResetRequest
    And the CSMS sends GetDERControlRequest with requestId = 100
    Then the station answers GetDERControlResponse with status = Accepted
    And the station reports exactly the DER controls D1, S1

  @TC_R_101_CS @req:R01.FR.01 @req:R01.FR.02 @pics:DER
  Scenario: The capabilities of the inverter stand in the device model
    Given a booted station
    When the CSMS sends GetReportRequest
      """
      {requestId: 101, componentVariable: [{component: {name: DCDERCtrlr, evse: {id: $der_evse}}}]}
      """
    Then the station answers GetReportResponse with status = Accepted
    And the station reports the variables MaxW, OverExcitedW, OverExcitedPF, UnderExcitedW, UnderExcitedPF, MaxVA, MaxVar, MaxVarNeg, MaxChargeRateW, MaxChargeRateVA, ModesSupported, InverterManufacturer, InverterModel, InverterSwVersion, InverterHwVersion, ReactiveSusceptance of DCDERCtrlr at EVSE $der_evse

  @TC_R_101_CS_b @req:R02.FR.01 @req:R03.FR.01 @pics:DER
  Scenario: The capabilities of the inverter of an EV stand in its needs
    Given a CSMS that allows AC_BPT_DER
    And a CSMS that leaves profiles to the test case
    And a booted station
    And an EV that offers AC_BPT_DER is plugged in
    When the driver presents $valid_token at the V2X EVSE
    Then the station sends NotifyEVChargingNeedsRequest with chargingNeeds.requestedEnergyTransfer = AC_BPT_DER and chargingNeeds.derChargingParameters.evSupportedDERControl present

  @TC_R_102_CS @req:R04.FR.41 @req:R04.FR.42 @req:R04.FR.44 @req:R04.FR.45 @req:R04.FR.46 @req:R04.FR.30 @pics:DER
  Scenario: DER controls are cleared by type, by id, and all at once
    Given a station with DER control
    And a default DER control D1 of type $der with priority 5
    And a default DER control D2 of type $other_der with priority 5
    And a scheduled DER control S1 of type $der with priority 5 from 900 s for 600 s
    And a scheduled DER control S2 of type $other_der with priority 5 from 900 s for 600 s
    When the CSMS sends ClearDERControlRequest with isDefault = true and controlType = $der
    Then the station answers ClearDERControlResponse with status = Accepted
    When the CSMS sends GetDERControlRequest with requestId = 1021
    Then the station answers GetDERControlResponse with status = Accepted
    And the station reports exactly the DER controls D2, S1, S2
    When the CSMS sends ClearDERControlRequest with isDefault = true and controlType = $der
    Then the station answers ClearDERControlResponse with status = NotFound
    When the CSMS sends ClearDERControlRequest with isDefault = true and controlId = S1
    Then the station answers ClearDERControlResponse with status = NotFound
    When the CSMS sends ClearDERControlRequest with isDefault = false and controlId = S1
    Then the station answers ClearDERControlResponse with status = Accepted
    When the CSMS sends GetDERControlRequest with requestId = 1022 and isDefault = false
    Then the station answers GetDERControlResponse with status = Accepted
    And the station reports exactly the DER controls S2
    When the CSMS sends ClearDERControlRequest with isDefault = false
    Then the station answers ClearDERControlResponse with status = Accepted
    When the CSMS sends GetDERControlRequest with requestId = 1023
    Then the station answers GetDERControlResponse with status = Accepted
    And the station reports exactly the DER controls D2
    When the CSMS sends ClearDERControlRequest with isDefault = true
    Then the station answers ClearDERControlResponse with status = Accepted
    When the CSMS sends GetDERControlRequest with requestId = 1024
    Then the station answers GetDERControlResponse with status = NotFound
    And the station sends no ReportDERControlRequest for 10 s

  @TC_R_102_CS_b @req:R04.FR.31 @req:R04.FR.33 @req:R04.FR.34 @req:R04.FR.35 @req:R04.FR.37 @pics:DER
  Scenario: DER controls are reported as they are asked for
    Given a station with DER control
    And a default DER control D1 of type $der with priority 5
    And a default DER control D2 of type $other_der with priority 5
    And a scheduled DER control S1 of type $der with priority 5 from 900 s for 600 s
    And a scheduled DER control S2 of type $other_der with priority 5 from 900 s for 600 s
    And a scheduled DER control S3 of type $der with priority 5 from 1800 s for 600 s
    When the CSMS sends GetDERControlRequest with requestId = 1025
    Then the station answers GetDERControlResponse with status = Accepted
    And the station reports exactly the DER controls D1, D2, S1, S2, S3
    When the CSMS sends GetDERControlRequest with requestId = 1026 and isDefault = true
    Then the station answers GetDERControlResponse with status = Accepted
    And the station reports exactly the DER controls D1, D2
    When the CSMS sends GetDERControlRequest with requestId = 1027 and controlType = $der
    Then the station answers GetDERControlResponse with status = Accepted
    And the station reports exactly the DER controls D1, S1, S3
    When the CSMS sends GetDERControlRequest with requestId = 1028 and controlId = S2
    Then the station answers GetDERControlResponse with status = Accepted
    And the station reports exactly the DER controls S2

  @TC_R_103_CS @req:R04.FR.01 @req:R04.FR.36 @req:R04.FR.43 @pics:DER
  Scenario: A control type that the station does not have
    Given a station with DER control
    And a DER control type that the station does not support
    When the CSMS sets the default DER control X1 of type $odd_der with priority 5
    Then the station answers SetDERControlResponse with status = NotSupported
    When the CSMS sends GetDERControlRequest with requestId = 103 and controlType = $odd_der
    Then the station answers GetDERControlResponse with status = NotSupported
    When the CSMS sends ClearDERControlRequest with isDefault = true and controlType = $odd_der
    Then the station answers ClearDERControlResponse with status = NotSupported

  @TC_R_103_CS_b @req:R04.FR.13 @req:R04.FR.17 @req:R04.FR.30 @pics:DER
  Scenario Outline: A DER control that contradicts itself is refused: <what>
    Given a station with DER control
    When the CSMS sets the <control>
    Then the station answers SetDERControlResponse with status = Rejected and supersededIds absent
    When the CSMS sends GetDERControlRequest with requestId = 104
    Then the station answers GetDERControlResponse with status = NotFound

    Examples:
      | id            | what                                | control                                                                                        |
      | TC_R_103_CS_b | a default with startTime            | default DER control X1 of type $der with priority 5 from 60 s                                  |
      | TC_R_103_CS_c | a default with duration             | default DER control X1 of type $der with priority 5 for 60 s                                   |
      | TC_R_103_CS_d | a gradient beside the right control | default DER control X1 of type $der with priority 5 and gradient = {"priority": 5, "gradient": 1, "softGradient": 1} |

  @TC_R_103_CS_e @req:R04.FR.15 @pics:DER
  Scenario: What exists as a default only cannot be scheduled
    Given a station with DER control
    When the CSMS sets the scheduled DER control X1 of type Gradients with priority 5
    Then the station answers SetDERControlResponse with status = Rejected or NotSupported

  @TC_R_104_CS @req:R04.FR.06 @req:R04.FR.09 @req:R04.FR.20 @pics:DER @slow
  Scenario: A control of higher priority supersedes one that has not begun
    Given a station with DER control
    And a scheduled DER control S1 of type $der with priority 5 from 30 s for 60 s
    When the CSMS sets the scheduled DER control S2 of type $der with priority 2 from 60 s for 60 s
    Then the station answers SetDERControlResponse with status = Accepted and supersededIds.* = S1
    When the CSMS sends GetDERControlRequest with requestId = 104
    Then the station answers GetDERControlResponse with status = Accepted
    And the station reports exactly the DER controls S1 superseded, S2
    When 40 s pass
    Then the station has sent no NotifyDERStartStopRequest with controlId = S1
    When 1 s pass
    Then the station sends NotifyDERStartStopRequest with controlId = S2 and started = true within 40 s
    And the station sends NotifyDERStartStopRequest with controlId = S2 and started = false within 110 s

  @TC_R_104_CS_b @req:R04.FR.03 @req:R04.FR.09 @pics:DER
  Scenario: A default of higher priority supersedes the one before
    Given a station with DER control
    And a default DER control D1 of type $der with priority 5
    When the CSMS sets the default DER control D2 of type $der with priority 2
    Then the station answers SetDERControlResponse with status = Accepted and supersededIds.* = D1
    When the CSMS sends GetDERControlRequest with requestId = 105
    Then the station answers GetDERControlResponse with status = Accepted
    And the station reports exactly the DER controls D1 superseded, D2

  @TC_R_105_CS @req:R04.FR.07 @req:R04.FR.20 @req:R04.FR.21 @req:R04.FR.22 @req:R04.FR.10 @pics:DER @slow
  Scenario: A control of higher priority supersedes the active one when it begins
    Given a station with DER control
    And a scheduled DER control S1 of type $der with priority 5 from 2 s for 300 s
    When 10 s pass
    Then the station has sent NotifyDERStartStopRequest with controlId = S1 and started = true and supersededIds absent
    When the CSMS sets the scheduled DER control S2 of type $der with priority 2 from 30 s for 30 s
    Then the station answers SetDERControlResponse with status = Accepted and supersededIds absent
    When the CSMS sends GetDERControlRequest with requestId = 106
    Then the station reports exactly the DER controls S1, S2
    And the station sends NotifyDERStartStopRequest with controlId = S2 and started = true and supersededIds.* = S1 within 45 s
    When the CSMS sends GetDERControlRequest with requestId = 107
    Then the station reports exactly the DER controls S1 superseded, S2
    And the station sends NotifyDERStartStopRequest with controlId = S2 and started = false within 45 s
    When the CSMS sends GetDERControlRequest with requestId = 108 and controlId = S2
    Then the station answers GetDERControlResponse with status = NotFound

  @TC_R_105_CS_b @req:R04.FR.04 @req:R04.FR.11 @pics:DER @slow
  Scenario: A new default does not end the active control
    Given a station with DER control
    And a scheduled DER control S1 of type $der with priority 5 from 2 s for 60 s
    When 10 s pass
    And the CSMS sets the default DER control D1 of type $der with priority 2
    Then the station answers SetDERControlResponse with status = Accepted and supersededIds absent
    When the CSMS sends GetDERControlRequest with requestId = 109
    Then the station reports exactly the DER controls D1, S1
    And the station sends NotifyDERStartStopRequest with controlId = S1 and started = false within 70 s

  @TC_R_106_CS @req:R04.FR.08 @req:R04.FR.09 @pics:DER @slow
  Scenario: A control of lower priority is superseded by the active one at once
    Given a station with DER control
    And a scheduled DER control S1 of type $der with priority 2 from 2 s for 300 s
    When 10 s pass
    Then the station has sent NotifyDERStartStopRequest with controlId = S1 and started = true
    When the CSMS sets the scheduled DER control S2 of type $der with priority 5 from 30 s for 30 s
    Then the station answers SetDERControlResponse with status = Accepted and supersededIds.* = S2
    When the CSMS sends GetDERControlRequest with requestId = 110
    Then the station reports exactly the DER controls S1, S2 superseded
    When 45 s pass
    Then the station has sent no NotifyDERStartStopRequest with controlId = S2

  @TC_R_108_CS @req:R05.FR.01 @req:R05.FR.02 @req:R04.FR.11 @pics:DER @slow
  Scenario: A station alarms once when a DER control takes over, and when it is over
    Given a station with DER control
    And a default DER control that trips on OverFrequency
    And a transaction in which energy flows at EVSE 2
    When the grid at the station has OverFrequency
    Then the station alarms because of OverFrequency by the DER control $trip within 30 s
    And the station sends no NotifyDERAlarmRequest for 30 s
    When the grid at the station is healthy again
    Then the station says that the alarm by the DER control $trip is over within 60 s

  @TC_OCPP_R_Set_CS @req:R04.FR.02 @req:R04.FR.05 @pics:DER
  Scenario: The first DER controls of a type are accepted
    Given a station with DER control
    When the CSMS sets the default DER control D1 of type $der with priority 5
    Then the station answers SetDERControlResponse with status = Accepted
    When the CSMS sets the scheduled DER control S1 of type $der with priority 5 from 900 s for 600 s
    Then the station answers SetDERControlResponse with status = Accepted
