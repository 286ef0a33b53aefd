@role:secc
Feature: Requests in sequence that cannot be granted get the code that says why

  @req:X20-CloseAfterFailure
  Scenario Outline: <request> with <what>
    Given a <session> session has reached <request>
    When the EV sends <request> with <changes>
    Then the charger answers <response> with <code> within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                         | session      | what                                       | request                        | changes                                                                                                     | response                       | code                                                                   | requirement                  | pics         |
      | TC_SECC20_CMN_ServiceDetail_009            | any          | a service that was not offered             | ServiceDetailReq               | ServiceID = 60000                                                                                           | ServiceDetailRes               | FAILED_ServiceIDInvalid                                                | X20-ServiceIdInvalid         |              |
      | TC_SECC20_CMN_ServiceDetail_010            | any          | a service of another kind                  | ServiceDetailReq               | ServiceID = 3                                                                                               | ServiceDetailRes               | FAILED_ServiceIDInvalid                                                | X20-ServiceIdInvalid         |              |
      | TC_SECC20_CMN_ServiceSelection_009         | any          | a service that was not offered             | ServiceSelectionReq            | SelectedEnergyTransferService.ServiceID = 60000                                                             | ServiceSelectionRes            | FAILED_NoEnergyTransferServiceSelected\|FAILED_ServiceSelectionInvalid | X20-ServiceSelectionInvalid  |              |
      | TC_SECC20_CMN_ServiceSelection_010         | any          | a parameter set that was not offered       | ServiceSelectionReq            | SelectedEnergyTransferService.ParameterSetID = 9999                                                         | ServiceSelectionRes            | FAILED_ServiceSelectionInvalid                                         | X20-ServiceSelectionInvalid  |              |
      | TC_SECC20_CMN_ServiceSelection_011         | any          | a value-added service that was not offered | ServiceSelectionReq            | SelectedVASList = {"SelectedService": [{"ServiceID": 60001, "ParameterSetID": 1}]}                          | ServiceSelectionRes            | FAILED_ServiceSelectionInvalid                                         | X20-ServiceSelectionInvalid  |              |
      | TC_SECC20_DC_ChargeParameterDiscovery_009  | DC           | a minimum voltage above the maximum        | DC_ChargeParameterDiscoveryReq | DC_CPDReqEnergyTransferMode.EVMaximumVoltage = 100 V                                                        | DC_ChargeParameterDiscoveryRes | FAILED_WrongChargeParameter                                            | X20-WrongChargeParameter     | DC           |
      | TC_SECC20_DC_ChargeParameterDiscovery_010  | DC           | voltages that the charger has not          | DC_ChargeParameterDiscoveryReq | DC_CPDReqEnergyTransferMode.EVMaximumVoltage = 20 V and DC_CPDReqEnergyTransferMode.EVMinimumVoltage = 10 V | DC_ChargeParameterDiscoveryRes | FAILED_WrongChargeParameter                                            | X20-WrongChargeParameter     | DC           |
      | TC_SECC20_BPT_ChargeParameterDiscovery_005 | DC_BPT       | a minimum power above all maxima           | DC_ChargeParameterDiscoveryReq | BPT_DC_CPDReqEnergyTransferMode.EVMinimumChargePower = 5000000 W                                            | DC_ChargeParameterDiscoveryRes | FAILED_WrongChargeParameter                                            | X20-WrongChargeParameter     | DC_BPT       |
      | TC_SECC20_AC_ChargeParameterDiscovery_009  | AC           | a minimum power above the maximum          | AC_ChargeParameterDiscoveryReq | AC_CPDReqEnergyTransferMode.EVMinimumChargePower = 500000 W                                                 | AC_ChargeParameterDiscoveryRes | FAILED_WrongChargeParameter                                            | X20-WrongChargeParameter     | AC           |
      | TC_SECC20_DC_PowerDelivery_012             | Scheduled DC | a schedule that was not offered            | PowerDeliveryReq               | EVPowerProfile.Scheduled_EVPPTControlMode.SelectedScheduleTupleID = 99                                      | PowerDeliveryRes               | FAILED_ScheduleSelectionInvalid                                        | X20-ScheduleSelectionInvalid | DC&Scheduled |
      | TC_SECC20_AC_PowerDelivery_009             | Scheduled AC | a schedule that was not offered            | PowerDeliveryReq               | EVPowerProfile.Scheduled_EVPPTControlMode.SelectedScheduleTupleID = 99                                      | PowerDeliveryRes               | FAILED_ScheduleSelectionInvalid                                        | X20-ScheduleSelectionInvalid | AC&Scheduled |
      | TC_SECC20_DC_PowerDelivery_013             | Scheduled DC | a power profile above the schedule         | PowerDeliveryReq               | EVPowerProfile.EVPowerProfileEntries.EVPowerProfileEntry.0.Power = 9000000 W                                | PowerDeliveryRes               | FAILED_EVPowerProfileInvalid                                           | X20-PowerProfileInvalid      | DC&Scheduled |
      | TC_SECC20_AC_PowerDelivery_010             | Scheduled AC | a power profile above the schedule         | PowerDeliveryReq               | EVPowerProfile.EVPowerProfileEntries.EVPowerProfileEntry.0.Power = 9000000 W                                | PowerDeliveryRes               | FAILED_EVPowerProfileInvalid                                           | X20-PowerProfileInvalid      | AC&Scheduled |

  @TC_SECC20_DC_ChargeParameterDiscovery_901 @pics:DC @req:X20-WrongChargeParameter
  Scenario: bidirectional parameters for a one-way service
    Given a DC session has reached DC_ChargeParameterDiscoveryReq
    When the EV sends DC_ChargeParameterDiscoveryReq bent by
      """
      remove: [DC_CPDReqEnergyTransferMode]
      set:
        BPT_DC_CPDReqEnergyTransferMode:
          EVMaximumChargePower: {Exponent: 3, Value: 30}
          EVMinimumChargePower: {Exponent: 0, Value: 0}
          EVMaximumChargeCurrent: {Exponent: 0, Value: 60}
          EVMinimumChargeCurrent: {Exponent: 0, Value: 0}
          EVMaximumVoltage: {Exponent: 0, Value: 440}
          EVMinimumVoltage: {Exponent: 0, Value: 300}
          EVMaximumDischargePower: {Exponent: 3, Value: 10}
          EVMinimumDischargePower: {Exponent: 0, Value: 0}
          EVMaximumDischargeCurrent: {Exponent: 0, Value: 20}
          EVMinimumDischargeCurrent: {Exponent: 0, Value: 0}
      """
    Then the charger answers DC_ChargeParameterDiscoveryRes with FAILED_WrongChargeParameter within 1.5 s
    And the charger closes the connection within 5 s

  @TC_SECC20_BPT_ChargeParameterDiscovery_901 @pics:DC_BPT @req:X20-WrongChargeParameter
  Scenario: one-way parameters for a bidirectional service
    Given a DC_BPT session has reached DC_ChargeParameterDiscoveryReq
    When the EV sends DC_ChargeParameterDiscoveryReq bent by
      """
      remove: [BPT_DC_CPDReqEnergyTransferMode]
      set:
        DC_CPDReqEnergyTransferMode:
          EVMaximumChargePower: {Exponent: 3, Value: 30}
          EVMinimumChargePower: {Exponent: 0, Value: 0}
          EVMaximumChargeCurrent: {Exponent: 0, Value: 60}
          EVMinimumChargeCurrent: {Exponent: 0, Value: 0}
          EVMaximumVoltage: {Exponent: 0, Value: 440}
          EVMinimumVoltage: {Exponent: 0, Value: 300}
      """
    Then the charger answers DC_ChargeParameterDiscoveryRes with FAILED_WrongChargeParameter within 1.5 s
    And the charger closes the connection within 5 s

  @TC_SECC20_DC_ScheduleExchange_901 @pics:DC&Scheduled @req:X20-ControlMode
  Scenario: a schedule exchange in the other control mode
    Given a Scheduled DC session has reached ScheduleExchangeReq
    When the EV sends ScheduleExchangeReq bent by
      """
      remove: [Scheduled_SEReqControlMode]
      set:
        Dynamic_SEReqControlMode:
          DepartureTime: 7200
          EVTargetEnergyRequest: {Exponent: 3, Value: 10}
          EVMaximumEnergyRequest: {Exponent: 3, Value: 20}
          EVMinimumEnergyRequest: {Exponent: 3, Value: 1}
      """
    Then the charger answers ScheduleExchangeRes with FAILED* within 1.5 s
    And the charger closes the connection within 5 s

  @TC_SECC20_DC_PowerDelivery_901 @pics:DC&Scheduled @req:X20-PowerProfileInvalid
  Scenario: a start in Scheduled control mode without a power profile
    Given a Scheduled DC session has reached PowerDeliveryReq
    When the EV sends PowerDeliveryReq bent by
      """
      remove: [EVPowerProfile]
      """
    Then the charger answers PowerDeliveryRes with FAILED_EVPowerProfileInvalid within 1.5 s
    And the charger closes the connection within 5 s

  @TC_SECC20_AC_PowerDelivery_901 @pics:AC&Scheduled @req:X20-PowerProfileInvalid
  Scenario: a power profile of the other control mode
    Given a Scheduled AC session has reached PowerDeliveryReq
    When the EV sends PowerDeliveryReq bent by
      """
      remove: [EVPowerProfile.Scheduled_EVPPTControlMode]
      set: {EVPowerProfile.Dynamic_EVPPTControlMode: {}}
      """
    Then the charger answers PowerDeliveryRes with FAILED_EVPowerProfileInvalid within 1.5 s
    And the charger closes the connection within 5 s

  @TC_SECC20_DC_ChargeLoop_901 @pics:DC&Scheduled @req:X20-ControlMode
  Scenario: a charge loop in the other control mode (DC)
    Given a Scheduled DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV sends DC_ChargeLoopReq bent by
      """
      remove: [Scheduled_DC_CLReqControlMode]
      set:
        Dynamic_DC_CLReqControlMode:
          DepartureTime: 7200
          EVTargetEnergyRequest: {Exponent: 3, Value: 10}
          EVMaximumEnergyRequest: {Exponent: 3, Value: 20}
          EVMinimumEnergyRequest: {Exponent: 3, Value: 1}
          EVMaximumChargePower: {Exponent: 3, Value: 10}
          EVMinimumChargePower: {Exponent: 0, Value: 0}
          EVMaximumChargeCurrent: {Exponent: 0, Value: 25}
          EVMaximumVoltage: {Exponent: 0, Value: 440}
          EVMinimumVoltage: {Exponent: 0, Value: 300}
      """
    Then the charger answers DC_ChargeLoopRes with FAILED* within 1.5 s
    And the charger closes the connection within 5 s

  @TC_SECC20_DC_MeteringConfirmation_001 @pics:DC @req:V2G20-1083
  Scenario: a MeteringConfirmationReq that nobody asked for
    Given a Scheduled DC session has reached DC_ChargeLoopReq for the 3rd time
    When the EV sends MeteringConfirmationReq
    Then the charger answers MeteringConfirmationRes with FAILED* within 1.5 s

  @TC_SECC20_CMN_Authorization_901 @req:V2G20-2226
  Scenario: an authorization service that was not offered
    Given an any session has reached AuthorizationReq
    When the EV sends AuthorizationReq with SelectedAuthorizationService = PnC
    Then the charger answers AuthorizationRes with WARNING_AuthorizationSelectionInvalid|WARNING_GeneralPnCAuthorizationError|FAILED* within 1.5 s

  @req:X20-Standby
  Scenario Outline: a wish for standby is granted or refused, and the session lives on (<mode>)
    Given a <mode> session has reached <loop> for the 3rd time
    When the EV sends PowerDeliveryReq with ChargeProgress = Standby
    Then the charger answers PowerDeliveryRes with OK|WARNING_StandbyNotAllowed within 1.5 s
    And the charger keeps the connection open for 0.2 s

    Examples:
      | id                             | mode | loop             | pics |
      | TC_SECC20_DC_PowerDelivery_014 | DC   | DC_ChargeLoopReq | DC   |
      | TC_SECC20_AC_PowerDelivery_011 | AC   | AC_ChargeLoopReq | AC   |
