@role:csms @pics:SmartCharging
Feature: A CSMS uses what OCPP 2.1 adds to charging profiles

  Background:
    Given a booted station

  @TC_K_100_CSMS @req:K01.FR.104
  Scenario Outline: A profile has a field of 2.1: <what>
    When the operator sets charging profile 801 at the EVSE: TxDefaultProfile, limits 0: 6, 100: 8
      """
      {<field>}
      """
    Then the CSMS sends SetChargingProfileRequest with evseId = $evse and <wanted> within 30 s
    And the charging profile of that message is the one that the operator has set

    Examples:
      | id              | what               | field                                                                                                                                        | wanted                                                                                                        |
      | TC_K_100_CSMS   | maxOfflineDuration | maxOfflineDuration: 60, invalidAfterOfflineDuration: true                                                                                    | chargingProfile.maxOfflineDuration = 60 and chargingProfile.invalidAfterOfflineDuration = true               |
      | TC_K_102_CSMS   | limitAtSoC         | schedule: {limitAtSoC: {soc: 80, limit: 6}}                                                                                                  | chargingProfile.chargingSchedule.0.limitAtSoC.soc = 80                                                        |
      | TC_K_106_CSMS   | randomizedDelay    | schedule: {randomizedDelay: 30}                                                                                                              | chargingProfile.chargingSchedule.0.randomizedDelay = 30                                                       |
      | TC_K_106_CSMS_b | useLocalTime       | schedule: {useLocalTime: true}                                                                                                               | chargingProfile.chargingSchedule.0.useLocalTime = true                                                        |
      | TC_K_101_CSMS   | operation modes    | schedule: {chargingRateUnit: W, chargingSchedulePeriod: [{startPeriod: 0, limit: 6000}, {startPeriod: 60, setpoint: 4000, operationMode: CentralSetpoint}]} | chargingProfile.chargingSchedule.0.chargingSchedulePeriod.1.operationMode = CentralSetpoint |

  @TC_K_104_CSMS @req:K01.FR.72 @req:K01.FR.73 @pics:SmartCharging&PriorityCharging
  Scenario: A profile for priority charging has no duration
    When the operator sets charging profile 802 at the station: PriorityCharging, limits 0: 10
    Then the CSMS sends SetChargingProfileRequest with evseId = 0 and chargingProfile.chargingProfilePurpose = PriorityCharging and chargingProfile.chargingSchedule.0.duration absent within 30 s
    And the charging profile of that message is the one that the operator has set

  @TC_K_109_CSMS @req:K01.FR.80
  Scenario: Ids of profiles are above those of external limits
    When the operator makes the CSMS send SetVariablesRequest
      """
      setVariableData:
        - {component: {name: SmartChargingCtrlr}, variable: {name: MaxExternalConstraintsId}, attributeValue: "99"}
      """
    Then the CSMS sends SetVariablesRequest with setVariableData.0.variable.name = MaxExternalConstraintsId within 30 s
    When the operator sets charging profile 803 at the EVSE: TxDefaultProfile, limits 0: 6
    Then the CSMS sends SetChargingProfileRequest with chargingProfile.id > 99 within 30 s

  @TC_K_118_CSMS @req:K21.FR.09 @req:K21.FR.10 @pics:SmartCharging&PriorityCharging
  Scenario: The CSMS asks for priority charging and hears of it
    Given the operator has set charging profile 804 at the station: PriorityCharging, limits 0: 10
    And a transaction in which energy flows
    When the operator makes the CSMS send UsePriorityChargingRequest with transactionId = $transaction and activate = true
    Then the CSMS sends UsePriorityChargingRequest with transactionId = $transaction and activate = true within 30 s
    And the CSMS sends NotifyPriorityChargingResponse within 30 s
