@role:csms @matrix
Feature: A CSMS refuses each new request of 2.1 that breaks its schema in one place

  @req:FR.03 @req:OCPP-Schema
  Scenario Outline: A request with one fault: <action> <fault> <field>
    Given a booted station
    When the station sends <action>Request <fault> <field>
    Then the CSMS refuses it with any error

    Examples:
      | id                                                     | action                    | fault                    | field                                                          |
      | TC_OCPP_Schema_BatterySwap_Required_CSMS               | BatterySwap               | without                  | batteryData                                                    |
      | TC_OCPP_Schema_BatterySwap_Type_CSMS                   | BatterySwap               | with a wrong type of     | batteryData                                                    |
      | TC_OCPP_Schema_BatterySwap_TooLong_CSMS                | BatterySwap               | with too long a          | batteryData.0.serialNumber                                     |
      | TC_OCPP_Schema_BatterySwap_Enum_CSMS                   | BatterySwap               | with an unknown value of | eventType                                                      |
      | TC_OCPP_Schema_ClosePeriodicEventStream_Required_CSMS  | ClosePeriodicEventStream  | without                  | id                                                             |
      | TC_OCPP_Schema_ClosePeriodicEventStream_Type_CSMS      | ClosePeriodicEventStream  | with a wrong type of     | id                                                             |
      | TC_OCPP_Schema_GetCertificateChainStatus_Required_CSMS | GetCertificateChainStatus | without                  | certificateStatusRequests                                      |
      | TC_OCPP_Schema_GetCertificateChainStatus_Type_CSMS     | GetCertificateChainStatus | with a wrong type of     | certificateStatusRequests                                      |
      | TC_OCPP_Schema_GetCertificateChainStatus_TooLong_CSMS  | GetCertificateChainStatus | with too long a          | certificateStatusRequests.0.certificateHashData.issuerNameHash |
      | TC_OCPP_Schema_GetCertificateChainStatus_Enum_CSMS     | GetCertificateChainStatus | with an unknown value of | certificateStatusRequests.0.source                             |
      | TC_OCPP_Schema_NotifyDERAlarm_Required_CSMS            | NotifyDERAlarm            | without                  | controlType                                                    |
      | TC_OCPP_Schema_NotifyDERAlarm_Type_CSMS                | NotifyDERAlarm            | with a wrong type of     | controlType                                                    |
      | TC_OCPP_Schema_NotifyDERAlarm_TooLong_CSMS             | NotifyDERAlarm            | with too long a          | extraInfo                                                      |
      | TC_OCPP_Schema_NotifyDERAlarm_Enum_CSMS                | NotifyDERAlarm            | with an unknown value of | controlType                                                    |
      | TC_OCPP_Schema_NotifyDERStartStop_Required_CSMS        | NotifyDERStartStop        | without                  | controlId                                                      |
      | TC_OCPP_Schema_NotifyDERStartStop_Type_CSMS            | NotifyDERStartStop        | with a wrong type of     | controlId                                                      |
      | TC_OCPP_Schema_NotifyDERStartStop_TooLong_CSMS         | NotifyDERStartStop        | with too long a          | controlId                                                      |
      | TC_OCPP_Schema_NotifyPriorityCharging_Required_CSMS    | NotifyPriorityCharging    | without                  | transactionId                                                  |
      | TC_OCPP_Schema_NotifyPriorityCharging_Type_CSMS        | NotifyPriorityCharging    | with a wrong type of     | transactionId                                                  |
      | TC_OCPP_Schema_NotifyPriorityCharging_TooLong_CSMS     | NotifyPriorityCharging    | with too long a          | transactionId                                                  |
      | TC_OCPP_Schema_NotifySettlement_Required_CSMS          | NotifySettlement          | without                  | pspRef                                                         |
      | TC_OCPP_Schema_NotifySettlement_Type_CSMS              | NotifySettlement          | with a wrong type of     | pspRef                                                         |
      | TC_OCPP_Schema_NotifySettlement_TooLong_CSMS           | NotifySettlement          | with too long a          | pspRef                                                         |
      | TC_OCPP_Schema_NotifySettlement_Enum_CSMS              | NotifySettlement          | with an unknown value of | status                                                         |
      | TC_OCPP_Schema_OpenPeriodicEventStream_Required_CSMS   | OpenPeriodicEventStream   | without                  | constantStreamData                                             |
      | TC_OCPP_Schema_OpenPeriodicEventStream_Type_CSMS       | OpenPeriodicEventStream   | with a wrong type of     | constantStreamData                                             |
      | TC_OCPP_Schema_PullDynamicScheduleUpdate_Required_CSMS | PullDynamicScheduleUpdate | without                  | chargingProfileId                                              |
      | TC_OCPP_Schema_PullDynamicScheduleUpdate_Type_CSMS     | PullDynamicScheduleUpdate | with a wrong type of     | chargingProfileId                                              |
      | TC_OCPP_Schema_ReportDERControl_Required_CSMS          | ReportDERControl          | without                  | requestId                                                      |
      | TC_OCPP_Schema_ReportDERControl_Type_CSMS              | ReportDERControl          | with a wrong type of     | requestId                                                      |
      | TC_OCPP_Schema_VatNumberValidation_Required_CSMS       | VatNumberValidation       | without                  | vatNumber                                                      |
      | TC_OCPP_Schema_VatNumberValidation_Type_CSMS           | VatNumberValidation       | with a wrong type of     | vatNumber                                                      |
      | TC_OCPP_Schema_VatNumberValidation_TooLong_CSMS        | VatNumberValidation       | with too long a          | vatNumber                                                      |

  @req:FR.03 @req:OCPP-Schema
  Scenario Outline: A request with a field that it does not have: <action> <fault> <field>
    Given a booted station
    When the station sends <action>Request <fault> <field>
    Then the CSMS refuses it with any error, if at all

    Examples:
      | id                                                  | action                    | fault                 | field       |
      | TC_OCPP_Schema_BatterySwap_Extra_CSMS               | BatterySwap               | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ClosePeriodicEventStream_Extra_CSMS  | ClosePeriodicEventStream  | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetCertificateChainStatus_Extra_CSMS | GetCertificateChainStatus | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyDERAlarm_Extra_CSMS            | NotifyDERAlarm            | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyDERStartStop_Extra_CSMS        | NotifyDERStartStop        | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyPriorityCharging_Extra_CSMS    | NotifyPriorityCharging    | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifySettlement_Extra_CSMS          | NotifySettlement          | with an unknown field | noSuchField |
      | TC_OCPP_Schema_OpenPeriodicEventStream_Extra_CSMS   | OpenPeriodicEventStream   | with an unknown field | noSuchField |
      | TC_OCPP_Schema_PullDynamicScheduleUpdate_Extra_CSMS | PullDynamicScheduleUpdate | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ReportDERControl_Extra_CSMS          | ReportDERControl          | with an unknown field | noSuchField |
      | TC_OCPP_Schema_VatNumberValidation_Extra_CSMS       | VatNumberValidation       | with an unknown field | noSuchField |
