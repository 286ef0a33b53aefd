@role:csms @matrix
Feature: A CSMS refuses each request that breaks its schema in one place

  @req:FR.03 @req:OCPP-Schema
  Scenario Outline: A request with one fault: <action> <fault> <field>
    Given a booted station
    When the station sends <action>Request <fault> <field>
    Then the CSMS refuses it with any error

    Examples:
      | id                                                             | action                            | fault                    | field                                    |
      | TC_OCPP_Schema_Authorize_Required_CSMS                         | Authorize                         | without                  | idToken                                  |
      | TC_OCPP_Schema_Authorize_Type_CSMS                             | Authorize                         | with a wrong type of     | idToken                                  |
      | TC_OCPP_Schema_Authorize_TooLong_CSMS                          | Authorize                         | with too long a          | idToken.idToken                          |
      | TC_OCPP_Schema_BootNotification_Required_CSMS                  | BootNotification                  | without                  | chargingStation                          |
      | TC_OCPP_Schema_BootNotification_Type_CSMS                      | BootNotification                  | with a wrong type of     | chargingStation                          |
      | TC_OCPP_Schema_BootNotification_TooLong_CSMS                   | BootNotification                  | with too long a          | chargingStation.model                    |
      | TC_OCPP_Schema_BootNotification_Enum_CSMS                      | BootNotification                  | with an unknown value of | reason                                   |
      | TC_OCPP_Schema_ClearedChargingLimit_Required_CSMS              | ClearedChargingLimit              | without                  | chargingLimitSource                      |
      | TC_OCPP_Schema_ClearedChargingLimit_Type_CSMS                  | ClearedChargingLimit              | with a wrong type of     | chargingLimitSource                      |
      | TC_OCPP_Schema_DataTransfer_Required_CSMS                      | DataTransfer                      | without                  | vendorId                                 |
      | TC_OCPP_Schema_DataTransfer_Type_CSMS                          | DataTransfer                      | with a wrong type of     | vendorId                                 |
      | TC_OCPP_Schema_DataTransfer_TooLong_CSMS                       | DataTransfer                      | with too long a          | vendorId                                 |
      | TC_OCPP_Schema_FirmwareStatusNotification_Required_CSMS        | FirmwareStatusNotification        | without                  | status                                   |
      | TC_OCPP_Schema_FirmwareStatusNotification_Type_CSMS            | FirmwareStatusNotification        | with a wrong type of     | status                                   |
      | TC_OCPP_Schema_FirmwareStatusNotification_Enum_CSMS            | FirmwareStatusNotification        | with an unknown value of | status                                   |
      | TC_OCPP_Schema_Get15118EVCertificate_Required_CSMS             | Get15118EVCertificate             | without                  | iso15118SchemaVersion                    |
      | TC_OCPP_Schema_Get15118EVCertificate_Type_CSMS                 | Get15118EVCertificate             | with a wrong type of     | iso15118SchemaVersion                    |
      | TC_OCPP_Schema_Get15118EVCertificate_TooLong_CSMS              | Get15118EVCertificate             | with too long a          | iso15118SchemaVersion                    |
      | TC_OCPP_Schema_Get15118EVCertificate_Enum_CSMS                 | Get15118EVCertificate             | with an unknown value of | action                                   |
      | TC_OCPP_Schema_GetCertificateStatus_Required_CSMS              | GetCertificateStatus              | without                  | ocspRequestData                          |
      | TC_OCPP_Schema_GetCertificateStatus_Type_CSMS                  | GetCertificateStatus              | with a wrong type of     | ocspRequestData                          |
      | TC_OCPP_Schema_GetCertificateStatus_TooLong_CSMS               | GetCertificateStatus              | with too long a          | ocspRequestData.issuerNameHash           |
      | TC_OCPP_Schema_GetCertificateStatus_Enum_CSMS                  | GetCertificateStatus              | with an unknown value of | ocspRequestData.hashAlgorithm            |
      | TC_OCPP_Schema_LogStatusNotification_Required_CSMS             | LogStatusNotification             | without                  | status                                   |
      | TC_OCPP_Schema_LogStatusNotification_Type_CSMS                 | LogStatusNotification             | with a wrong type of     | status                                   |
      | TC_OCPP_Schema_LogStatusNotification_Enum_CSMS                 | LogStatusNotification             | with an unknown value of | status                                   |
      | TC_OCPP_Schema_MeterValues_Required_CSMS                       | MeterValues                       | without                  | evseId                                   |
      | TC_OCPP_Schema_MeterValues_Type_CSMS                           | MeterValues                       | with a wrong type of     | evseId                                   |
      | TC_OCPP_Schema_NotifyChargingLimit_Required_CSMS               | NotifyChargingLimit               | without                  | chargingLimit                            |
      | TC_OCPP_Schema_NotifyChargingLimit_Type_CSMS                   | NotifyChargingLimit               | with a wrong type of     | chargingLimit                            |
      | TC_OCPP_Schema_NotifyCustomerInformation_Required_CSMS         | NotifyCustomerInformation         | without                  | data                                     |
      | TC_OCPP_Schema_NotifyCustomerInformation_Type_CSMS             | NotifyCustomerInformation         | with a wrong type of     | data                                     |
      | TC_OCPP_Schema_NotifyCustomerInformation_TooLong_CSMS          | NotifyCustomerInformation         | with too long a          | data                                     |
      | TC_OCPP_Schema_NotifyDisplayMessages_Required_CSMS             | NotifyDisplayMessages             | without                  | requestId                                |
      | TC_OCPP_Schema_NotifyDisplayMessages_Type_CSMS                 | NotifyDisplayMessages             | with a wrong type of     | requestId                                |
      | TC_OCPP_Schema_NotifyEVChargingNeeds_Required_CSMS             | NotifyEVChargingNeeds             | without                  | chargingNeeds                            |
      | TC_OCPP_Schema_NotifyEVChargingNeeds_Type_CSMS                 | NotifyEVChargingNeeds             | with a wrong type of     | chargingNeeds                            |
      | TC_OCPP_Schema_NotifyEVChargingNeeds_Enum_CSMS                 | NotifyEVChargingNeeds             | with an unknown value of | chargingNeeds.requestedEnergyTransfer    |
      | TC_OCPP_Schema_NotifyEVChargingSchedule_Required_CSMS          | NotifyEVChargingSchedule          | without                  | timeBase                                 |
      | TC_OCPP_Schema_NotifyEVChargingSchedule_Type_CSMS              | NotifyEVChargingSchedule          | with a wrong type of     | timeBase                                 |
      | TC_OCPP_Schema_NotifyEVChargingSchedule_Enum_CSMS              | NotifyEVChargingSchedule          | with an unknown value of | chargingSchedule.chargingRateUnit        |
      | TC_OCPP_Schema_NotifyEvent_Required_CSMS                       | NotifyEvent                       | without                  | generatedAt                              |
      | TC_OCPP_Schema_NotifyEvent_Type_CSMS                           | NotifyEvent                       | with a wrong type of     | generatedAt                              |
      | TC_OCPP_Schema_NotifyEvent_TooLong_CSMS                        | NotifyEvent                       | with too long a          | eventData.0.actualValue                  |
      | TC_OCPP_Schema_NotifyEvent_Enum_CSMS                           | NotifyEvent                       | with an unknown value of | eventData.0.trigger                      |
      | TC_OCPP_Schema_NotifyMonitoringReport_Required_CSMS            | NotifyMonitoringReport            | without                  | requestId                                |
      | TC_OCPP_Schema_NotifyMonitoringReport_Type_CSMS                | NotifyMonitoringReport            | with a wrong type of     | requestId                                |
      | TC_OCPP_Schema_NotifyReport_Required_CSMS                      | NotifyReport                      | without                  | requestId                                |
      | TC_OCPP_Schema_NotifyReport_Type_CSMS                          | NotifyReport                      | with a wrong type of     | requestId                                |
      | TC_OCPP_Schema_PublishFirmwareStatusNotification_Required_CSMS | PublishFirmwareStatusNotification | without                  | status                                   |
      | TC_OCPP_Schema_PublishFirmwareStatusNotification_Type_CSMS     | PublishFirmwareStatusNotification | with a wrong type of     | status                                   |
      | TC_OCPP_Schema_PublishFirmwareStatusNotification_Enum_CSMS     | PublishFirmwareStatusNotification | with an unknown value of | status                                   |
      | TC_OCPP_Schema_ReportChargingProfiles_Required_CSMS            | ReportChargingProfiles            | without                  | requestId                                |
      | TC_OCPP_Schema_ReportChargingProfiles_Type_CSMS                | ReportChargingProfiles            | with a wrong type of     | requestId                                |
      | TC_OCPP_Schema_ReportChargingProfiles_Enum_CSMS                | ReportChargingProfiles            | with an unknown value of | chargingProfile.0.chargingProfilePurpose |
      | TC_OCPP_Schema_ReservationStatusUpdate_Required_CSMS           | ReservationStatusUpdate           | without                  | reservationId                            |
      | TC_OCPP_Schema_ReservationStatusUpdate_Type_CSMS               | ReservationStatusUpdate           | with a wrong type of     | reservationId                            |
      | TC_OCPP_Schema_ReservationStatusUpdate_Enum_CSMS               | ReservationStatusUpdate           | with an unknown value of | reservationUpdateStatus                  |
      | TC_OCPP_Schema_SecurityEventNotification_Required_CSMS         | SecurityEventNotification         | without                  | type                                     |
      | TC_OCPP_Schema_SecurityEventNotification_Type_CSMS             | SecurityEventNotification         | with a wrong type of     | type                                     |
      | TC_OCPP_Schema_SecurityEventNotification_TooLong_CSMS          | SecurityEventNotification         | with too long a          | type                                     |
      | TC_OCPP_Schema_SignCertificate_Required_CSMS                   | SignCertificate                   | without                  | csr                                      |
      | TC_OCPP_Schema_SignCertificate_Type_CSMS                       | SignCertificate                   | with a wrong type of     | csr                                      |
      | TC_OCPP_Schema_SignCertificate_TooLong_CSMS                    | SignCertificate                   | with too long a          | csr                                      |
      | TC_OCPP_Schema_SignCertificate_Enum_CSMS                       | SignCertificate                   | with an unknown value of | certificateType                          |
      | TC_OCPP_Schema_StatusNotification_Required_CSMS                | StatusNotification                | without                  | timestamp                                |
      | TC_OCPP_Schema_StatusNotification_Type_CSMS                    | StatusNotification                | with a wrong type of     | timestamp                                |
      | TC_OCPP_Schema_StatusNotification_Enum_CSMS                    | StatusNotification                | with an unknown value of | connectorStatus                          |
      | TC_OCPP_Schema_TransactionEvent_Required_CSMS                  | TransactionEvent                  | without                  | eventType                                |
      | TC_OCPP_Schema_TransactionEvent_Type_CSMS                      | TransactionEvent                  | with a wrong type of     | eventType                                |
      | TC_OCPP_Schema_TransactionEvent_TooLong_CSMS                   | TransactionEvent                  | with too long a          | transactionInfo.transactionId            |
      | TC_OCPP_Schema_TransactionEvent_Enum_CSMS                      | TransactionEvent                  | with an unknown value of | eventType                                |

  @req:FR.03 @req:OCPP-Schema
  Scenario Outline: A request with a field that it does not have: <action> <fault> <field>
    Given a booted station
    When the station sends <action>Request <fault> <field>
    Then the CSMS refuses it with any error, if at all

    Examples:
      | id                                                          | action                            | fault                 | field       |
      | TC_OCPP_Schema_Authorize_Extra_CSMS                         | Authorize                         | with an unknown field | noSuchField |
      | TC_OCPP_Schema_BootNotification_Extra_CSMS                  | BootNotification                  | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ClearedChargingLimit_Extra_CSMS              | ClearedChargingLimit              | with an unknown field | noSuchField |
      | TC_OCPP_Schema_DataTransfer_Extra_CSMS                      | DataTransfer                      | with an unknown field | noSuchField |
      | TC_OCPP_Schema_FirmwareStatusNotification_Extra_CSMS        | FirmwareStatusNotification        | with an unknown field | noSuchField |
      | TC_OCPP_Schema_Get15118EVCertificate_Extra_CSMS             | Get15118EVCertificate             | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetCertificateStatus_Extra_CSMS              | GetCertificateStatus              | with an unknown field | noSuchField |
      | TC_OCPP_Schema_Heartbeat_Extra_CSMS                         | Heartbeat                         | with an unknown field | noSuchField |
      | TC_OCPP_Schema_LogStatusNotification_Extra_CSMS             | LogStatusNotification             | with an unknown field | noSuchField |
      | TC_OCPP_Schema_MeterValues_Extra_CSMS                       | MeterValues                       | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyChargingLimit_Extra_CSMS               | NotifyChargingLimit               | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyCustomerInformation_Extra_CSMS         | NotifyCustomerInformation         | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyDisplayMessages_Extra_CSMS             | NotifyDisplayMessages             | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyEVChargingNeeds_Extra_CSMS             | NotifyEVChargingNeeds             | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyEVChargingSchedule_Extra_CSMS          | NotifyEVChargingSchedule          | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyEvent_Extra_CSMS                       | NotifyEvent                       | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyMonitoringReport_Extra_CSMS            | NotifyMonitoringReport            | with an unknown field | noSuchField |
      | TC_OCPP_Schema_NotifyReport_Extra_CSMS                      | NotifyReport                      | with an unknown field | noSuchField |
      | TC_OCPP_Schema_PublishFirmwareStatusNotification_Extra_CSMS | PublishFirmwareStatusNotification | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ReportChargingProfiles_Extra_CSMS            | ReportChargingProfiles            | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ReservationStatusUpdate_Extra_CSMS           | ReservationStatusUpdate           | with an unknown field | noSuchField |
      | TC_OCPP_Schema_SecurityEventNotification_Extra_CSMS         | SecurityEventNotification         | with an unknown field | noSuchField |
      | TC_OCPP_Schema_SignCertificate_Extra_CSMS                   | SignCertificate                   | with an unknown field | noSuchField |
      | TC_OCPP_Schema_StatusNotification_Extra_CSMS                | StatusNotification                | with an unknown field | noSuchField |
      | TC_OCPP_Schema_TransactionEvent_Extra_CSMS                  | TransactionEvent                  | with an unknown field | noSuchField |
