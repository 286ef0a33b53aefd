@role:station @matrix
Feature: A station refuses each new request of 2.1 that breaks its schema in one place

  @req:FR.03 @req:OCPP-Schema
  Scenario Outline: A request with one fault: <action> <fault> <field>
    Given a booted station
    When the CSMS sends <action>Request <fault> <field>
    Then the station refuses it with any error

    Examples:
      | id                                                     | action                      | fault                    | field                   |
      | TC_OCPP_Schema_AFRRSignal_Required_CS                  | AFRRSignal                  | without                  | timestamp               |
      | TC_OCPP_Schema_AFRRSignal_Type_CS                      | AFRRSignal                  | with a wrong type of     | timestamp               |
      | TC_OCPP_Schema_AdjustPeriodicEventStream_Required_CS   | AdjustPeriodicEventStream   | without                  | id                      |
      | TC_OCPP_Schema_AdjustPeriodicEventStream_Type_CS       | AdjustPeriodicEventStream   | with a wrong type of     | id                      |
      | TC_OCPP_Schema_ChangeTransactionTariff_Required_CS     | ChangeTransactionTariff     | without                  | tariff                  |
      | TC_OCPP_Schema_ChangeTransactionTariff_Type_CS         | ChangeTransactionTariff     | with a wrong type of     | tariff                  |
      | TC_OCPP_Schema_ChangeTransactionTariff_TooLong_CS      | ChangeTransactionTariff     | with too long a          | transactionId           |
      | TC_OCPP_Schema_ClearDERControl_Required_CS             | ClearDERControl             | without                  | isDefault               |
      | TC_OCPP_Schema_ClearDERControl_Type_CS                 | ClearDERControl             | with a wrong type of     | isDefault               |
      | TC_OCPP_Schema_ClearDERControl_TooLong_CS              | ClearDERControl             | with too long a          | controlId               |
      | TC_OCPP_Schema_ClearDERControl_Enum_CS                 | ClearDERControl             | with an unknown value of | controlType             |
      | TC_OCPP_Schema_ClearTariffs_Type_CS                    | ClearTariffs                | with a wrong type of     | tariffIds               |
      | TC_OCPP_Schema_GetDERControl_Required_CS               | GetDERControl               | without                  | requestId               |
      | TC_OCPP_Schema_GetDERControl_Type_CS                   | GetDERControl               | with a wrong type of     | requestId               |
      | TC_OCPP_Schema_GetDERControl_TooLong_CS                | GetDERControl               | with too long a          | controlId               |
      | TC_OCPP_Schema_GetDERControl_Enum_CS                   | GetDERControl               | with an unknown value of | controlType             |
      | TC_OCPP_Schema_GetTariffs_Required_CS                  | GetTariffs                  | without                  | evseId                  |
      | TC_OCPP_Schema_GetTariffs_Type_CS                      | GetTariffs                  | with a wrong type of     | evseId                  |
      | TC_OCPP_Schema_NotifyAllowedEnergyTransfer_Required_CS | NotifyAllowedEnergyTransfer | without                  | transactionId           |
      | TC_OCPP_Schema_NotifyAllowedEnergyTransfer_Type_CS     | NotifyAllowedEnergyTransfer | with a wrong type of     | transactionId           |
      | TC_OCPP_Schema_NotifyAllowedEnergyTransfer_TooLong_CS  | NotifyAllowedEnergyTransfer | with too long a          | transactionId           |
      | TC_OCPP_Schema_NotifyAllowedEnergyTransfer_Enum_CS     | NotifyAllowedEnergyTransfer | with an unknown value of | allowedEnergyTransfer.0 |
      | TC_OCPP_Schema_NotifyWebPaymentStarted_Required_CS     | NotifyWebPaymentStarted     | without                  | evseId                  |
      | TC_OCPP_Schema_NotifyWebPaymentStarted_Type_CS         | NotifyWebPaymentStarted     | with a wrong type of     | evseId                  |
      | TC_OCPP_Schema_RequestBatterySwap_Required_CS          | RequestBatterySwap          | without                  | idToken                 |
      | TC_OCPP_Schema_RequestBatterySwap_Type_CS              | RequestBatterySwap          | with a wrong type of     | idToken                 |
      | TC_OCPP_Schema_RequestBatterySwap_TooLong_CS           | RequestBatterySwap          | with too long a          | idToken.idToken         |
      | TC_OCPP_Schema_SetDERControl_Required_CS               | SetDERControl               | without                  | isDefault               |
      | TC_OCPP_Schema_SetDERControl_Type_CS                   | SetDERControl               | with a wrong type of     | isDefault               |
      | TC_OCPP_Schema_SetDERControl_TooLong_CS                | SetDERControl               | with too long a          | controlId               |
      | TC_OCPP_Schema_SetDERControl_Enum_CS                   | SetDERControl               | with an unknown value of | controlType             |
      | TC_OCPP_Schema_SetDefaultTariff_Required_CS            | SetDefaultTariff            | without                  | evseId                  |
      | TC_OCPP_Schema_SetDefaultTariff_Type_CS                | SetDefaultTariff            | with a wrong type of     | evseId                  |
      | TC_OCPP_Schema_SetDefaultTariff_TooLong_CS             | SetDefaultTariff            | with too long a          | tariff.tariffId         |
      | TC_OCPP_Schema_UpdateDynamicSchedule_Required_CS       | UpdateDynamicSchedule       | without                  | chargingProfileId       |
      | TC_OCPP_Schema_UpdateDynamicSchedule_Type_CS           | UpdateDynamicSchedule       | with a wrong type of     | chargingProfileId       |
      | TC_OCPP_Schema_UsePriorityCharging_Required_CS         | UsePriorityCharging         | without                  | transactionId           |
      | TC_OCPP_Schema_UsePriorityCharging_Type_CS             | UsePriorityCharging         | with a wrong type of     | transactionId           |
      | TC_OCPP_Schema_UsePriorityCharging_TooLong_CS          | UsePriorityCharging         | with too long a          | transactionId           |

  @req:FR.03 @req:OCPP-Schema
  Scenario Outline: A request with a field that it does not have: <action> <fault> <field>
    Given a booted station
    When the CSMS sends <action>Request <fault> <field>
    Then the station refuses it with any error, if at all

    Examples:
      | id                                                  | action                      | fault                 | field       |
      | TC_OCPP_Schema_AFRRSignal_Extra_CS                  | AFRRSignal                  | with an unknown field | noSuchField |
      | TC_OCPP_Schema_AdjustPeriodicEventStream_Extra_CS   | AdjustPeriodicEventStream   | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ChangeTransactionTariff_Extra_CS     | ChangeTransactionTariff     | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ClearDERControl_Extra_CS             | ClearDERControl             | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ClearTariffs_Extra_CS                | ClearTariffs                | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetDERControl_Extra_CS               | GetDERControl               | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetPeriodicEventStream_Extra_CS      | GetPeriodicEventStream      | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetTariffs_Extra_CS                  | GetTariffs                  | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyAllowedEnergyTransfer_Extra_CS | NotifyAllowedEnergyTransfer | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyWebPaymentStarted_Extra_CS     | NotifyWebPaymentStarted     | with an unknown field | noSuchField |
      | TC_OCPP_Schema_RequestBatterySwap_Extra_CS          | RequestBatterySwap          | with an unknown field | noSuchField |
      | TC_OCPP_Schema_SetDERControl_Extra_CS               | SetDERControl               | with an unknown field | noSuchField |
      | TC_OCPP_Schema_SetDefaultTariff_Extra_CS            | SetDefaultTariff            | with an unknown field | noSuchField |
      | TC_OCPP_Schema_UpdateDynamicSchedule_Extra_CS       | UpdateDynamicSchedule       | with an unknown field | noSuchField |
      | TC_OCPP_Schema_UsePriorityCharging_Extra_CS         | UsePriorityCharging         | with an unknown field | noSuchField |
