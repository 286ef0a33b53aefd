@role:csms
Feature: A CSMS sets DER controls and hears of them

  @TC_R_107_CSMS @req:R04.FR.12 @req:R04.FR.14 @req:R04.FR.16 @pics:DER
  Scenario Outline: A CSMS sets a <what>
    Given a booted station
    When the operator makes the CSMS set the <control>
    Then the CSMS sends SetDERControlRequest with <wanted>

    Examples:
      | id              | what                        | control                                                                          | wanted                                                                                                                                    |
      | TC_R_107_CSMS   | default limit of discharge  | default DER control D1 of type LimitMaxDischarge with priority 3                 | isDefault = true and controlType = LimitMaxDischarge and limitMaxDischarge.pctMaxDischargePower = 80 and limitMaxDischarge.priority = 3 and curve absent |
      | TC_R_107_CSMS_b | scheduled limit             | scheduled DER control S1 of type LimitMaxDischarge with priority 3 from 60 s for 120 s | isDefault = false and controlType = LimitMaxDischarge and limitMaxDischarge.startTime present and limitMaxDischarge.duration = 120    |
      | TC_R_107_CSMS_c | scheduled volt-var curve    | scheduled DER control S2 of type VoltVar with priority 3 from 60 s for 120 s     | isDefault = false and controlType = VoltVar and curve.curveData present and curve.startTime present and curve.duration = 120 and fixedVar absent |
      | TC_R_107_CSMS_d | default frequency droop     | default DER control D2 of type FreqDroop with priority 1                         | isDefault = true and controlType = FreqDroop and freqDroop.overFreq > 50 and freqDroop.startTime absent and curve absent                   |
      | TC_R_107_CSMS_e | default to enter service    | default DER control D3 of type EnterService with priority 1                      | isDefault = true and controlType = EnterService and enterService.highVoltage present and curve absent                                       |

  @TC_R_107_CSMS_f @req:R04.FR.20 @req:R04.FR.22 @req:R04.FR.33 @req:FR.02 @pics:DER
  Scenario: A CSMS takes notice of starts, ends and reports
    Given a booted station
    When the operator makes the CSMS set the scheduled DER control S1 of type LimitMaxDischarge with priority 3 from 0 s for 60 s
    Then the CSMS sends SetDERControlRequest with controlId = S1
    When the station sends NotifyDERStartStopRequest with controlId = S1 and started = true and timestamp = $now
    Then the CSMS answers NotifyDERStartStopResponse within 30 s
    When the operator makes the CSMS send GetDERControlRequest with requestId = 7
    Then the CSMS sends GetDERControlRequest with requestId >= 0
    When the station sends ReportDERControlRequest
      """
      {requestId: 7, tbc: true, limitMaxDischarge: [{id: S1, isDefault: false, isSuperseded: false, limitMaxDischarge: {priority: 3, pctMaxDischargePower: 80, startTime: $now, duration: 60}}]}
      """
    Then the CSMS answers ReportDERControlResponse within 30 s
    When the station sends ReportDERControlRequest
      """
      {requestId: 7, curve: [{id: C1, isDefault: true, isSuperseded: false, curveType: VoltVar, curve: {priority: 3, yUnit: PctMaxVar, curveData: [{x: 95, y: 30}, {x: 105, y: -30}]}}]}
      """
    Then the CSMS answers ReportDERControlResponse within 30 s
    When the operator makes the CSMS send ClearDERControlRequest with isDefault = false and controlId = S1
    Then the CSMS sends ClearDERControlRequest with isDefault = false and controlId = S1
    When the station sends NotifyDERStartStopRequest with controlId = S1 and started = false and timestamp = $now
    Then the CSMS answers NotifyDERStartStopResponse within 30 s

  @TC_R_108_CSMS @req:R05.FR.01 @req:R05.FR.02 @req:FR.02 @pics:DER
  Scenario: A CSMS takes notice of an alarm and its end
    Given a booted station
    When the station sends NotifyDERAlarmRequest with controlType = HFMustTrip and gridEventFault = OverFrequency and timestamp = $now
    Then the CSMS answers NotifyDERAlarmResponse within 30 s
    When the station sends NotifyDERAlarmRequest with controlType = HFMustTrip and gridEventFault = OverFrequency and alarmEnded = true and timestamp = $now
    Then the CSMS answers NotifyDERAlarmResponse within 30 s
