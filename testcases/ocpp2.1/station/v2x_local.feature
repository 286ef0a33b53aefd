@role:station
Feature: An EVSE supports the grid by itself, idles, and goes on when it is offline

  @TC_Q_119_CS @req:Q08.FR.02 @req:Q08.FR.03 @req:Q08.FR.20 @pics:V2X
  Scenario Outline: LocalFrequency without <what> is refused
    Given a V2X transaction under dynamic control
    And the station has the operation mode LocalFrequency
    When the CSMS sets the V2X profile 719: TxProfile, Relative, LocalFrequency with <fields>
    Then the station answers SetChargingProfileResponse with status = Rejected and statusInfo.reasonCode = NoFreqWattCurve

    Examples:
      | id            | what              | fields                                                                                                   |
      | TC_Q_119_CS   | curve             | v2xBaseline = 0                                                                                            |
      | TC_Q_119_CS_b | a second point    | v2xBaseline = 0 and v2xFreqWattCurve = [{"frequency": 50, "power": 0}]                                     |
      | TC_Q_119_CS_c | baseline          | v2xFreqWattCurve = [{"frequency": 49.8, "power": -5000}, {"frequency": 50.2, "power": 5000}]               |

  @TC_Q_119_CS_d @req:Q08.FR.01 @req:Q08.FR.04 @pics:V2X
  Scenario Outline: LocalFrequency with <field> is refused
    Given a V2X transaction under dynamic control
    And the station has the operation mode LocalFrequency
    When the CSMS sets the V2X profile 719: TxProfile, Relative, LocalFrequency with v2xBaseline = 0 and v2xFreqWattCurve = [{"frequency": 49.8, "power": -5000}, {"frequency": 50.2, "power": 5000}] and <field> = <value>
    Then the station answers SetChargingProfileResponse with status = Rejected and statusInfo.reasonCode = InvalidSchedule

    Examples:
      | id            | field            | value |
      | TC_Q_119_CS_d | limit            | 5000  |
      | TC_Q_119_CS_e | dischargeLimit   | -5000 |
      | TC_Q_119_CS_f | setpoint         | 1000  |
      | TC_Q_119_CS_g | setpointReactive | 1000  |

  @TC_Q_119_CS_h @req:V2X.05 @req:V2X.10 @req:K01.FR.114 @pics:V2X
  Scenario Outline: Refused: <what>
    Given a V2X transaction under dynamic control
    When the CSMS sets the V2X profile 719<place>: <purpose>, Relative, <mode> with <fields>
    Then the station answers SetChargingProfileResponse with status = Rejected and statusInfo.reasonCode = <reason>

    Examples:
      | id            | what                                | place          | purpose                  | mode            | fields                                                       | reason                                  |
      | TC_Q_119_CS_h | a set point beyond its limits       |                | TxProfile                | CentralSetpoint | setpoint = -750 and limit = 1000 and dischargeLimit = -500   | InvalidSchedule                         |
      | TC_Q_119_CS_i | a set point above its limit         |                | TxProfile                | CentralSetpoint | setpoint = 1500 and limit = 1000                             | InvalidSchedule                         |
      | TC_Q_119_CS_j | a phase that the EV has not named   |                | TxProfile                | CentralSetpoint | setpoint = -750 and setpoint_L2 = -500                       | PhaseConflict                           |
      | TC_Q_119_CS_k | a phase in another purpose          |                | TxDefaultProfile         | CentralSetpoint | setpoint = -750 and setpoint_L2 = -500                       | PhaseConflict                           |

  @TC_Q_119_CS_l @req:K01.FR.71 @pics:V2X
  Scenario: A set point with priority charging is refused; the reason need not be told
    Given a V2X transaction under dynamic control
    When the CSMS sets the V2X profile 719: PriorityCharging, Relative, CentralSetpoint with setpoint = -750
    Then the station answers SetChargingProfileResponse with status = Rejected

  @TC_Q_120_CS @req:Q08.FR.06 @req:Q08.FR.07 @req:Q08.FR.10 @pics:V2X @slow
  Scenario: An EVSE follows the frequency of the grid and the signals of its operator
    Given a V2X transaction under dynamic control
    And the station has the operation mode LocalFrequency
    And the V2X profile 720: TxProfile, Relative, LocalFrequency with v2xBaseline = 1000 and v2xFreqWattCurve = [{"frequency": 49.8, "power": -4000}, {"frequency": 50.0, "power": 0}, {"frequency": 50.2, "power": 4000}] and v2xSignalWattCurve = [{"signal": -100, "power": -2000}, {"signal": 100, "power": 2000}] is installed
    When the grid frequency is 50.0 Hz
    Then the power is 1000 W within 30 s
    When the grid frequency is 49.9 Hz
    Then the power is -1000 W within 30 s
    When the CSMS sends AFRRSignalRequest with timestamp = $now and signal = -50
    Then the station answers AFRRSignalResponse with status = Accepted
    And the power is -2000 W within 30 s
    When the grid frequency is 50.1 Hz
    Then the power is 2000 W within 30 s

  @TC_Q_120_CS_b @req:Q08.FR.11 @pics:V2X
  Scenario: A signal for which there is no curve is refused
    Given a V2X transaction under dynamic control
    And the station has the operation mode LocalFrequency
    And the V2X profile 720: TxProfile, Relative, LocalFrequency with v2xBaseline = 0 and v2xFreqWattCurve = [{"frequency": 49.8, "power": -4000}, {"frequency": 50.2, "power": 4000}] is installed
    When the CSMS sends AFRRSignalRequest with timestamp = $now and signal = -50
    Then the station answers AFRRSignalResponse with status = Rejected and statusInfo.reasonCode = NoSignalWattCurve

  @TC_Q_122_CS @req:Q09.FR.02 @req:Q09.FR.03 @req:Q09.FR.04 @req:Q09.FR.05 @pics:V2X @slow
  Scenario: Load balancing needs thresholds that fit
    Given a V2X transaction under dynamic control
    And the station has the operation mode LocalLoadBalancing
    And V2XChargingCtrlr.LocalLoadBalancing[UpperThreshold] has the value 1000
    And V2XChargingCtrlr.LocalLoadBalancing[LowerThreshold] has the value 2000
    And V2XChargingCtrlr.LocalLoadBalancing[UpperOffset] has the value 0
    And V2XChargingCtrlr.LocalLoadBalancing[LowerOffset] has the value 0
    When the CSMS sets the V2X profile 722: TxProfile, Relative, LocalLoadBalancing
    Then the station answers SetChargingProfileResponse with status = Rejected and statusInfo.reasonCode = MissingDevModelInfo

  @TC_Q_122_CS_b @req:Q09.FR.03 @req:Q09.FR.04 @req:Q09.FR.05 @pics:V2X @slow
  Scenario: An EVSE keeps the upstream meter between its thresholds
    Given a V2X transaction under dynamic control
    And the station has the operation mode LocalLoadBalancing
    And V2XChargingCtrlr.LocalLoadBalancing[UpperThreshold] has the value 5000
    And V2XChargingCtrlr.LocalLoadBalancing[LowerThreshold] has the value -1000
    And V2XChargingCtrlr.LocalLoadBalancing[UpperOffset] has the value -500
    And V2XChargingCtrlr.LocalLoadBalancing[LowerOffset] has the value 500
    And the V2X profile 722: TxProfile, Relative, LocalLoadBalancing with dischargeLimit = -4000 is installed
    When the upstream meter shows 7000 W
    Then the power is -2500 W within 30 s
    When the upstream meter shows 12000 W
    Then the power is -4000 W within 30 s
    When the upstream meter shows -3000 W
    Then the power is 2500 W within 30 s
    When the upstream meter shows 2000 W
    Then the power is 0 W within 30 s

  @TC_Q_123_CS @req:Q09.FR.01 @req:K01.FR.115 @pics:V2X
  Scenario: An operation mode that the EVSE does not have
    Given a V2X transaction under dynamic control at EVSE 2
    And the station lacks the operation mode LocalLoadBalancing at EVSE 2
    When the CSMS sets the V2X profile 723 at EVSE 2: TxProfile, Relative, LocalLoadBalancing
    Then the station answers SetChargingProfileResponse with status = Rejected and statusInfo.reasonCode = UnsupportedParam or InvalidOperationMode

  @TC_Q_125_CS @req:Q10.FR.03 @req:Q10.FR.04 @req:K01.FR.110 @pics:V2X @slow
  Scenario: An EVSE sleeps in Idle
    Given a V2X transaction under dynamic control
    And the station has the operation mode Idle
    When the CSMS sets the V2X profile 725: TxProfile, Relative, Idle with evseSleep = true
    Then the station answers SetChargingProfileResponse with status = Accepted
    And the station sends TransactionEventRequest with triggerReason = OperationModeChanged and transactionInfo.operationMode = Idle and evseSleep = true
    And the power is 0 W within 30 s
    When the CSMS sets the V2X profile 725: TxProfile, Relative, CentralSetpoint with setpoint = -2000
    Then the station answers SetChargingProfileResponse with status = Accepted
    And the station sends TransactionEventRequest with triggerReason = OperationModeChanged and transactionInfo.operationMode = CentralSetpoint and evseSleep absent
    And the power is -2000 W within 30 s

  @TC_Q_126_CS @req:Q10.FR.05 @pics:V2X @slow
  Scenario: An EVSE that cannot sleep does not say so
    Given a V2X transaction under dynamic control at EVSE 2
    When the CSMS sets the V2X profile 726 at EVSE 2: TxProfile, Relative, Idle with evseSleep = true
    And 30 s pass
    Then the station has sent no TransactionEventRequest with evseSleep = true

  @TC_Q_127_CS @req:Q10.FR.01 @req:Q10.FR.02 @pics:V2X
  Scenario Outline: Idle with <field> is refused
    Given a V2X transaction under dynamic control
    And the station has the operation mode Idle
    When the CSMS sets the V2X profile 727: TxProfile, Relative, Idle with <field> = <value>
    Then the station answers SetChargingProfileResponse with status = Rejected and statusInfo.reasonCode = InvalidSchedule

    Examples:
      | id            | field            | value |
      | TC_Q_127_CS   | limit            | 5000  |
      | TC_Q_127_CS_b | dischargeLimit   | -5000 |
      | TC_Q_127_CS_c | setpoint         | 1000  |
      | TC_Q_127_CS_d | setpointReactive | 1000  |

  @TC_Q_128_CS @req:K01.FR.101 @req:K01.FR.102 @pics:V2X @slow
  Scenario: A profile that does not outlast an offline time
    Given a V2X transaction under dynamic control
    And the V2X profile 700: TxProfile, Relative, ChargingOnly, level 0 with limit = 6000 is installed
    And the V2X profile 728: TxProfile, Relative, CentralSetpoint, level 1 with setpoint = -2000 and profile.maxOfflineDuration = 20 and profile.invalidAfterOfflineDuration = true is installed
    When 10 s pass
    Then the power is -2000 W within 20 s
    When the connection breaks
    And 60 s pass
    And the connection can be made again
    Then the station sends TransactionEventRequest with triggerReason = OperationModeChanged and transactionInfo.operationMode = ChargingOnly and offline = true within 120 s
    When 30 s pass
    Then the power stays at 6000 W for 20 s
