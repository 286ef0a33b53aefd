@role:station @pics:SmartCharging
Feature: A station follows what OCPP 2.1 adds to charging profiles

  Background:
    Given a booted station

  @TC_K_100_CS @req:K01.FR.101 @req:K01.FR.102 @req:K01.FR.103 @pics:SmartCharging&MaxOfflineDuration @slow
  Scenario Outline: A profile is not valid while the station is offline for too long, <afterwards>
    Given the station has charging profile 701 at the EVSE: TxDefaultProfile, level 0, limits 0: 10
    And the station has charging profile 702 at the EVSE: TxDefaultProfile, level 1, limits 0: 6
      """
      {maxOfflineDuration: 30, invalidAfterOfflineDuration: <invalid>}
      """
    And SampledDataCtrlr.TxUpdatedMeasurands is set to Energy.Active.Import.Register,Power.Active.Import
    And SampledDataCtrlr.TxUpdatedInterval is set to 10
    And a transaction in which energy flows
    When the CSMS asks for the composite schedule of the EVSE over 60 s
    Then the composite schedule is 6
    When the connection breaks
    And 70 s pass
    And the connection can be made again
    Then the power is above 6 within 120 s
    When the CSMS asks for the composite schedule of the EVSE over 60 s
    Then the composite schedule is <limit>

    Examples:
      | id            | afterwards                 | invalid | limit |
      | TC_K_100_CS   | and stays so               | true    | 10    |
      | TC_K_100_CS_b | and is valid again         | false   | 6     |

  @TC_K_101_CS @req:K01.FR.110 @pics:SmartCharging&V2X @slow
  Scenario: A new operation mode is told
    Given a transaction in which energy flows
    When the CSMS sets charging profile 703 at the EVSE: TxProfile, limits 0: 6
      """
      transactionId: $transaction
      schedule:
        chargingRateUnit: W
        chargingSchedulePeriod:
          - {startPeriod: 0, limit: 6000}
          - {startPeriod: 20, setpoint: 4000, operationMode: CentralSetpoint}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    And the station sends TransactionEventRequest with triggerReason = OperationModeChanged and transactionInfo.operationMode = CentralSetpoint within 60 s

  @TC_K_102_CS @req:K01.FR.100 @pics:SmartCharging&LimitAtSoC
  Scenario Outline: A limit above a state of charge: the EV is <where>
    Given a transaction in which energy flows
    When the CSMS sets charging profile 704 at the EVSE: TxDefaultProfile, limits 0: 10
      """
      {schedule: {limitAtSoC: {soc: <soc>, limit: 6}}}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 60 s
    Then the composite schedule is <limit>

    Examples:
      | id            | where    | soc | limit |
      | TC_K_102_CS   | above it | 5   | 6     |
      | TC_K_102_CS_b | below it | 99  | 10    |

  @TC_K_103_CS @req:K01.FR.90 @pics:SmartCharging&LocalTime
  Scenario Outline: A schedule starts by local time: <what>
    Given <variable> is set to <value>
    And $start is now
    When the CSMS sets charging profile 705 at the EVSE: TxDefaultProfile, limits 0: 6
      """
      {schedule: {useLocalTime: true, startSchedule: $now+<ahead>}}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 300 s
    Then the composite schedule is !6, 6 after 60 s since $start

    Examples:
      | id          | what       | variable              | value      | ahead |
      | TC_K_103_CS | TimeOffset | ClockCtrlr.TimeOffset | +02:00     | 7260  |
      | TC_K_136_CS | TimeZone   | ClockCtrlr.TimeZone   | Asia/Tokyo | 32460 |

  @TC_K_104_CS @req:K01.FR.07 @req:K01.FR.27 @pics:SmartCharging&PriorityCharging
  Scenario: A profile for priority charging is kept and does not count by itself
    When the CSMS sets charging profile 706 at the station: PriorityCharging, limits 0: 6
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 81, chargingProfile: {chargingProfileId: [706]}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports exactly the charging profile 706
    When the CSMS asks for the composite schedule of the EVSE over 60 s
    Then the composite schedule is !6

  @TC_OCPP_K_Priority_CS @req:K01.FR.70 @req:K01.FR.71 @pics:SmartCharging&PriorityCharging
  Scenario Outline: A profile for priority charging has no <what>
    When the CSMS sets charging profile 707 at the station: PriorityCharging, limits 0: 6
      """
      {schedule: {<field>}}
      """
    Then the station answers SetChargingProfileResponse with status = Rejected within 30 s

    Examples:
      | id                       | what                 | field                                                                                          |
      | TC_OCPP_K_Priority_CS    | duration             | duration: 300                                                                                  |
      | TC_OCPP_K_Priority_CS_b  | other operation mode | period: {operationMode: CentralSetpoint, setpoint: 5}                                          |

  @TC_K_105_CS @req:K01.FR.27 @slow
  Scenario: A limit of the whole station survives a reboot
    Given the station has charging profile 708 at the station: ChargingStationMaxProfile, limits 0: 6
      """
      {schedule: {duration: 86400}}
      """
    When the station is rebooted
    And the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 82, chargingProfile: {chargingProfileId: [708]}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports exactly the charging profile 708

  @TC_K_129_CS @req:K01.FR.27 @pics:SmartCharging&PriorityCharging @slow
  Scenario: A profile for priority charging survives a reboot
    Given the station has charging profile 709 at the EVSE: PriorityCharging, limits 0: 6
    When the station is rebooted
    And the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 83, chargingProfile: {chargingProfileId: [709]}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports exactly the charging profile 709

  # ---- random delays

  @TC_K_106_CS @req:K01.FR.92 @req:K01.FR.94 @pics:SmartCharging&RandomizedDelay
  Scenario: The periods of a schedule start with a random delay, the first one and its end do not
    Given a transaction in which energy flows
    And $start is now
    When the CSMS sets charging profile 711 at the EVSE: TxDefaultProfile, limits 0: 6, 100: 10, 200: 8
      """
      {schedule: {startSchedule: $start, duration: 300, randomizedDelay: 60}}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 400 s
    Then the composite schedule is 6, ? after 100 s, 10 after 160 s, ? after 200 s, 8 after 260 s, !8 after 300 s since $start

  @TC_K_107_CS @req:K01.FR.95 @pics:SmartCharging&RandomizedDelay
  Scenario Outline: Random delays are for profiles of transactions only: <purpose>
    When the CSMS sets charging profile 712 at the station: <purpose>, limits 0: 6, 100: 8
      """
      {schedule: {randomizedDelay: 30}}
      """
    Then the station answers SetChargingProfileResponse with status = <status> within 30 s

    Examples:
      | id            | purpose                   | status   |
      | TC_K_107_CS   | ChargingStationMaxProfile | Rejected |
      | TC_K_107_CS_b | TxDefaultProfile          | Accepted |

  @TC_K_108_CS @req:K01.FR.93 @pics:SmartCharging&RandomizedDelay
  Scenario: Each transaction has random delays of its own
    Given TxCtrlr.TxStopPoint is set to EVConnected
    And the station has charging profile 713 at the EVSE: TxDefaultProfile, Relative, limits 0: 6, 20000: 10, 40000: 8
      """
      {schedule: {duration: 80000, randomizedDelay: 10000}}
      """
    And a transaction in which energy flows
    When the CSMS asks for the composite schedule of the EVSE over 86000 s
    Then the composite schedule is 6, ? after 100 s
    When the driver unplugs
    Then the station sends TransactionEventRequest with eventType = Ended within 30 s
    When the driver plugs in
    And the driver presents $valid_token
    Then the station sends TransactionEventRequest with transactionInfo.chargingState = Charging within 60 s
    When the CSMS asks for the composite schedule of the EVSE over 86000 s
    Then the periods do not start as they did in the composite schedule before

  @TC_K_112_CS @req:K08.FR.06 @req:K01.FR.93 @pics:SmartCharging&RandomizedDelay
  Scenario: Composite schedules have no random delay without a transaction, and the same one throughout a transaction
    Given $start is now
    And the station has charging profile 714 at the EVSE: TxDefaultProfile, limits 0: 6, 1000: 10, 2000: 8
      """
      {schedule: {startSchedule: $start, duration: 3000, randomizedDelay: 900}}
      """
    When the CSMS asks for the composite schedule of the EVSE over 2900 s
    Then the composite schedule is 6, 10 after 1000 s, 8 after 2000 s since $start
    When the driver plugs in
    And the driver presents $valid_token
    Then the station sends TransactionEventRequest with transactionInfo.chargingState = Charging within 60 s
    When the CSMS asks for the composite schedule of the EVSE over 2900 s
    Then the composite schedule is 6, ? after 1000 s since $start
    When 10 s pass
    And the CSMS asks for the composite schedule of the EVSE over 2900 s
    Then the periods start as they did in the composite schedule before

  # ---- ids of external limits

  @TC_K_109_CS @req:K01.FR.82 @pics:SmartCharging&ExternalLimits&MaxExternalConstraintsId
  Scenario: External limits have ids of their own range
    Given SmartChargingCtrlr.MaxExternalConstraintsId is set to 50
    And an external system has limited the station to 5000 W
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 84, chargingProfile: {chargingProfilePurpose: ChargingStationExternalConstraints}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports a charging profile with ChargingStationExternalConstraints and an id of at most 50

  @TC_K_110_CS @req:K01.FR.81 @pics:SmartCharging&MaxExternalConstraintsId
  Scenario Outline: Ids of the range of external limits are not for the CSMS: <number>
    Given SmartChargingCtrlr.MaxExternalConstraintsId is set to 50
    When the CSMS sets charging profile <number> at the EVSE: TxDefaultProfile, limits 0: 6
    Then the station answers SetChargingProfileResponse with status = <status> within 30 s

    Examples:
      | id            | number | status   |
      | TC_K_110_CS   | 50     | Rejected |
      | TC_K_110_CS_b | 7      | Rejected |
      | TC_K_110_CS_c | 51     | Accepted |

  # ---- what is not supported

  @TC_K_130_CS @req:K01.FR.120
  Scenario Outline: A profile of a purpose that is not supported: <purpose>
    Given the station does not support <purpose>
    When the CSMS sets charging profile 721 at the station: <purpose>, limits 0: 6
    Then the station answers SetChargingProfileResponse with status = Rejected within 30 s

    Examples:
      | id          | purpose          |
      | TC_K_130_CS | PriorityCharging |
      | TC_K_131_CS | LocalGeneration  |

  @TC_K_132_CS @req:K01.FR.123 @req:K01.FR.124 @req:K01.FR.125 @req:K01.FR.126
  Scenario Outline: A schedule with something that is not supported: <what>
    Given the station does not support <what>
    When the CSMS sets charging profile 722 at the EVSE: TxDefaultProfile, limits 0: 6, 100: 8
      """
      {schedule: {<field>}}
      """
    Then the station answers SetChargingProfileResponse with status = Rejected within 30 s

    Examples:
      | id          | what            | field                                                                                     |
      | TC_K_132_CS | useLocalTime    | useLocalTime: true                                                                        |
      | TC_K_133_CS | randomizedDelay | randomizedDelay: 30                                                                       |
      | TC_K_134_CS | limitAtSoC      | limitAtSoC: {soc: 80, limit: 6}                                                           |
      | TC_K_135_CS | evseSleep       | chargingSchedulePeriod: [{startPeriod: 0, operationMode: Idle, evseSleep: true}]          |

  @TC_OCPP_K_Modes_CS @req:K01.FR.114 @req:K01.FR.115
  Scenario Outline: An operation mode that is not for the purpose, or not supported: <what>
    When the CSMS sets charging profile 723 at <place>: <purpose>, limits 0: 6
      """
      {schedule: {chargingRateUnit: W, chargingSchedulePeriod: [{startPeriod: 0, operationMode: <mode>}]}}
      """
    Then the station answers SetChargingProfileResponse with status = Rejected within 30 s

    Examples:
      | id                      | what                             | place                 | purpose                   | mode               |
      | TC_OCPP_K_Modes_CS      | Idle for the whole station       | the station           | ChargingStationMaxProfile | Idle               |
