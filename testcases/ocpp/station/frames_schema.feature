@role:station @matrix
Feature: A station refuses each request that breaks its schema in one place

  @req:FR.03 @req:OCPP-Schema
  Scenario Outline: A request with one fault: <action> <fault> <field>
    Given a booted station
    When the CSMS sends <action>Request <fault> <field>
    Then the station refuses it with any error

    Examples:
      | id                                                 | action                     | fault                    | field                                  |
      | TC_OCPP_Schema_CancelReservation_Required_CS       | CancelReservation          | without                  | reservationId                          |
      | TC_OCPP_Schema_CancelReservation_Type_CS           | CancelReservation          | with a wrong type of     | reservationId                          |
      | TC_OCPP_Schema_CertificateSigned_Required_CS       | CertificateSigned          | without                  | certificateChain                       |
      | TC_OCPP_Schema_CertificateSigned_Type_CS           | CertificateSigned          | with a wrong type of     | certificateChain                       |
      | TC_OCPP_Schema_CertificateSigned_TooLong_CS        | CertificateSigned          | with too long a          | certificateChain                       |
      | TC_OCPP_Schema_CertificateSigned_Enum_CS           | CertificateSigned          | with an unknown value of | certificateType                        |
      | TC_OCPP_Schema_ChangeAvailability_Required_CS      | ChangeAvailability         | without                  | operationalStatus                      |
      | TC_OCPP_Schema_ChangeAvailability_Type_CS          | ChangeAvailability         | with a wrong type of     | operationalStatus                      |
      | TC_OCPP_Schema_ChangeAvailability_Enum_CS          | ChangeAvailability         | with an unknown value of | operationalStatus                      |
      | TC_OCPP_Schema_ClearChargingProfile_Type_CS        | ClearChargingProfile       | with a wrong type of     | chargingProfileId                      |
      | TC_OCPP_Schema_ClearDisplayMessage_Required_CS     | ClearDisplayMessage        | without                  | id                                     |
      | TC_OCPP_Schema_ClearDisplayMessage_Type_CS         | ClearDisplayMessage        | with a wrong type of     | id                                     |
      | TC_OCPP_Schema_ClearVariableMonitoring_Required_CS | ClearVariableMonitoring    | without                  | id                                     |
      | TC_OCPP_Schema_ClearVariableMonitoring_Type_CS     | ClearVariableMonitoring    | with a wrong type of     | id                                     |
      | TC_OCPP_Schema_CostUpdated_Required_CS             | CostUpdated                | without                  | totalCost                              |
      | TC_OCPP_Schema_CostUpdated_Type_CS                 | CostUpdated                | with a wrong type of     | totalCost                              |
      | TC_OCPP_Schema_CostUpdated_TooLong_CS              | CostUpdated                | with too long a          | transactionId                          |
      | TC_OCPP_Schema_CustomerInformation_Required_CS     | CustomerInformation        | without                  | requestId                              |
      | TC_OCPP_Schema_CustomerInformation_Type_CS         | CustomerInformation        | with a wrong type of     | requestId                              |
      | TC_OCPP_Schema_CustomerInformation_TooLong_CS      | CustomerInformation        | with too long a          | customerIdentifier                     |
      | TC_OCPP_Schema_DataTransfer_Required_CS            | DataTransfer               | without                  | vendorId                               |
      | TC_OCPP_Schema_DataTransfer_Type_CS                | DataTransfer               | with a wrong type of     | vendorId                               |
      | TC_OCPP_Schema_DataTransfer_TooLong_CS             | DataTransfer               | with too long a          | vendorId                               |
      | TC_OCPP_Schema_DeleteCertificate_Required_CS       | DeleteCertificate          | without                  | certificateHashData                    |
      | TC_OCPP_Schema_DeleteCertificate_Type_CS           | DeleteCertificate          | with a wrong type of     | certificateHashData                    |
      | TC_OCPP_Schema_DeleteCertificate_TooLong_CS        | DeleteCertificate          | with too long a          | certificateHashData.issuerNameHash     |
      | TC_OCPP_Schema_DeleteCertificate_Enum_CS           | DeleteCertificate          | with an unknown value of | certificateHashData.hashAlgorithm      |
      | TC_OCPP_Schema_GetBaseReport_Required_CS           | GetBaseReport              | without                  | requestId                              |
      | TC_OCPP_Schema_GetBaseReport_Type_CS               | GetBaseReport              | with a wrong type of     | requestId                              |
      | TC_OCPP_Schema_GetBaseReport_Enum_CS               | GetBaseReport              | with an unknown value of | reportBase                             |
      | TC_OCPP_Schema_GetChargingProfiles_Required_CS     | GetChargingProfiles        | without                  | requestId                              |
      | TC_OCPP_Schema_GetChargingProfiles_Type_CS         | GetChargingProfiles        | with a wrong type of     | requestId                              |
      | TC_OCPP_Schema_GetCompositeSchedule_Required_CS    | GetCompositeSchedule       | without                  | duration                               |
      | TC_OCPP_Schema_GetCompositeSchedule_Type_CS        | GetCompositeSchedule       | with a wrong type of     | duration                               |
      | TC_OCPP_Schema_GetCompositeSchedule_Enum_CS        | GetCompositeSchedule       | with an unknown value of | chargingRateUnit                       |
      | TC_OCPP_Schema_GetDisplayMessages_Required_CS      | GetDisplayMessages         | without                  | requestId                              |
      | TC_OCPP_Schema_GetDisplayMessages_Type_CS          | GetDisplayMessages         | with a wrong type of     | requestId                              |
      | TC_OCPP_Schema_GetDisplayMessages_Enum_CS          | GetDisplayMessages         | with an unknown value of | priority                               |
      | TC_OCPP_Schema_GetInstalledCertificateIds_Type_CS  | GetInstalledCertificateIds | with a wrong type of     | certificateType                        |
      | TC_OCPP_Schema_GetLog_Required_CS                  | GetLog                     | without                  | log                                    |
      | TC_OCPP_Schema_GetLog_Type_CS                      | GetLog                     | with a wrong type of     | log                                    |
      | TC_OCPP_Schema_GetLog_TooLong_CS                   | GetLog                     | with too long a          | log.remoteLocation                     |
      | TC_OCPP_Schema_GetLog_Enum_CS                      | GetLog                     | with an unknown value of | logType                                |
      | TC_OCPP_Schema_GetMonitoringReport_Required_CS     | GetMonitoringReport        | without                  | requestId                              |
      | TC_OCPP_Schema_GetMonitoringReport_Type_CS         | GetMonitoringReport        | with a wrong type of     | requestId                              |
      | TC_OCPP_Schema_GetReport_Required_CS               | GetReport                  | without                  | requestId                              |
      | TC_OCPP_Schema_GetReport_Type_CS                   | GetReport                  | with a wrong type of     | requestId                              |
      | TC_OCPP_Schema_GetTransactionStatus_Type_CS        | GetTransactionStatus       | with a wrong type of     | transactionId                          |
      | TC_OCPP_Schema_GetTransactionStatus_TooLong_CS     | GetTransactionStatus       | with too long a          | transactionId                          |
      | TC_OCPP_Schema_GetVariables_Required_CS            | GetVariables               | without                  | getVariableData                        |
      | TC_OCPP_Schema_GetVariables_Type_CS                | GetVariables               | with a wrong type of     | getVariableData                        |
      | TC_OCPP_Schema_GetVariables_TooLong_CS             | GetVariables               | with too long a          | getVariableData.0.component.name       |
      | TC_OCPP_Schema_InstallCertificate_Required_CS      | InstallCertificate         | without                  | certificateType                        |
      | TC_OCPP_Schema_InstallCertificate_Type_CS          | InstallCertificate         | with a wrong type of     | certificateType                        |
      | TC_OCPP_Schema_InstallCertificate_TooLong_CS       | InstallCertificate         | with too long a          | certificate                            |
      | TC_OCPP_Schema_InstallCertificate_Enum_CS          | InstallCertificate         | with an unknown value of | certificateType                        |
      | TC_OCPP_Schema_PublishFirmware_Required_CS         | PublishFirmware            | without                  | location                               |
      | TC_OCPP_Schema_PublishFirmware_Type_CS             | PublishFirmware            | with a wrong type of     | location                               |
      | TC_OCPP_Schema_PublishFirmware_TooLong_CS          | PublishFirmware            | with too long a          | location                               |
      | TC_OCPP_Schema_RequestStartTransaction_Required_CS | RequestStartTransaction    | without                  | idToken                                |
      | TC_OCPP_Schema_RequestStartTransaction_Type_CS     | RequestStartTransaction    | with a wrong type of     | idToken                                |
      | TC_OCPP_Schema_RequestStartTransaction_TooLong_CS  | RequestStartTransaction    | with too long a          | idToken.idToken                        |
      | TC_OCPP_Schema_RequestStopTransaction_Required_CS  | RequestStopTransaction     | without                  | transactionId                          |
      | TC_OCPP_Schema_RequestStopTransaction_Type_CS      | RequestStopTransaction     | with a wrong type of     | transactionId                          |
      | TC_OCPP_Schema_RequestStopTransaction_TooLong_CS   | RequestStopTransaction     | with too long a          | transactionId                          |
      | TC_OCPP_Schema_ReserveNow_Required_CS              | ReserveNow                 | without                  | id                                     |
      | TC_OCPP_Schema_ReserveNow_Type_CS                  | ReserveNow                 | with a wrong type of     | id                                     |
      | TC_OCPP_Schema_ReserveNow_TooLong_CS               | ReserveNow                 | with too long a          | idToken.idToken                        |
      | TC_OCPP_Schema_Reset_Required_CS                   | Reset                      | without                  | type                                   |
      | TC_OCPP_Schema_Reset_Type_CS                       | Reset                      | with a wrong type of     | type                                   |
      | TC_OCPP_Schema_Reset_Enum_CS                       | Reset                      | with an unknown value of | type                                   |
      | TC_OCPP_Schema_SendLocalList_Required_CS           | SendLocalList              | without                  | versionNumber                          |
      | TC_OCPP_Schema_SendLocalList_Type_CS               | SendLocalList              | with a wrong type of     | versionNumber                          |
      | TC_OCPP_Schema_SendLocalList_Enum_CS               | SendLocalList              | with an unknown value of | updateType                             |
      | TC_OCPP_Schema_SetChargingProfile_Required_CS      | SetChargingProfile         | without                  | evseId                                 |
      | TC_OCPP_Schema_SetChargingProfile_Type_CS          | SetChargingProfile         | with a wrong type of     | evseId                                 |
      | TC_OCPP_Schema_SetChargingProfile_Enum_CS          | SetChargingProfile         | with an unknown value of | chargingProfile.chargingProfilePurpose |
      | TC_OCPP_Schema_SetDisplayMessage_Required_CS       | SetDisplayMessage          | without                  | message                                |
      | TC_OCPP_Schema_SetDisplayMessage_Type_CS           | SetDisplayMessage          | with a wrong type of     | message                                |
      | TC_OCPP_Schema_SetDisplayMessage_TooLong_CS        | SetDisplayMessage          | with too long a          | message.message.content                |
      | TC_OCPP_Schema_SetDisplayMessage_Enum_CS           | SetDisplayMessage          | with an unknown value of | message.priority                       |
      | TC_OCPP_Schema_SetMonitoringBase_Required_CS       | SetMonitoringBase          | without                  | monitoringBase                         |
      | TC_OCPP_Schema_SetMonitoringBase_Type_CS           | SetMonitoringBase          | with a wrong type of     | monitoringBase                         |
      | TC_OCPP_Schema_SetMonitoringBase_Enum_CS           | SetMonitoringBase          | with an unknown value of | monitoringBase                         |
      | TC_OCPP_Schema_SetMonitoringLevel_Required_CS      | SetMonitoringLevel         | without                  | severity                               |
      | TC_OCPP_Schema_SetMonitoringLevel_Type_CS          | SetMonitoringLevel         | with a wrong type of     | severity                               |
      | TC_OCPP_Schema_SetNetworkProfile_Required_CS       | SetNetworkProfile          | without                  | configurationSlot                      |
      | TC_OCPP_Schema_SetNetworkProfile_Type_CS           | SetNetworkProfile          | with a wrong type of     | configurationSlot                      |
      | TC_OCPP_Schema_SetNetworkProfile_TooLong_CS        | SetNetworkProfile          | with too long a          | connectionData.ocppCsmsUrl             |
      | TC_OCPP_Schema_SetNetworkProfile_Enum_CS           | SetNetworkProfile          | with an unknown value of | connectionData.ocppTransport           |
      | TC_OCPP_Schema_SetVariableMonitoring_Required_CS   | SetVariableMonitoring      | without                  | setMonitoringData                      |
      | TC_OCPP_Schema_SetVariableMonitoring_Type_CS       | SetVariableMonitoring      | with a wrong type of     | setMonitoringData                      |
      | TC_OCPP_Schema_SetVariableMonitoring_TooLong_CS    | SetVariableMonitoring      | with too long a          | setMonitoringData.0.component.name     |
      | TC_OCPP_Schema_SetVariableMonitoring_Enum_CS       | SetVariableMonitoring      | with an unknown value of | setMonitoringData.0.type               |
      | TC_OCPP_Schema_SetVariables_Required_CS            | SetVariables               | without                  | setVariableData                        |
      | TC_OCPP_Schema_SetVariables_Type_CS                | SetVariables               | with a wrong type of     | setVariableData                        |
      | TC_OCPP_Schema_SetVariables_TooLong_CS             | SetVariables               | with too long a          | setVariableData.0.attributeValue       |
      | TC_OCPP_Schema_TriggerMessage_Required_CS          | TriggerMessage             | without                  | requestedMessage                       |
      | TC_OCPP_Schema_TriggerMessage_Type_CS              | TriggerMessage             | with a wrong type of     | requestedMessage                       |
      | TC_OCPP_Schema_TriggerMessage_Enum_CS              | TriggerMessage             | with an unknown value of | requestedMessage                       |
      | TC_OCPP_Schema_UnlockConnector_Required_CS         | UnlockConnector            | without                  | evseId                                 |
      | TC_OCPP_Schema_UnlockConnector_Type_CS             | UnlockConnector            | with a wrong type of     | evseId                                 |
      | TC_OCPP_Schema_UnpublishFirmware_Required_CS       | UnpublishFirmware          | without                  | checksum                               |
      | TC_OCPP_Schema_UnpublishFirmware_Type_CS           | UnpublishFirmware          | with a wrong type of     | checksum                               |
      | TC_OCPP_Schema_UnpublishFirmware_TooLong_CS        | UnpublishFirmware          | with too long a          | checksum                               |
      | TC_OCPP_Schema_UpdateFirmware_Required_CS          | UpdateFirmware             | without                  | requestId                              |
      | TC_OCPP_Schema_UpdateFirmware_Type_CS              | UpdateFirmware             | with a wrong type of     | requestId                              |
      | TC_OCPP_Schema_UpdateFirmware_TooLong_CS           | UpdateFirmware             | with too long a          | firmware.location                      |

  @req:FR.03 @req:OCPP-Schema
  Scenario Outline: A request with a field that it does not have: <action> <fault> <field>
    Given a booted station
    When the CSMS sends <action>Request <fault> <field>
    Then the station refuses it with any error, if at all

    Examples:
      | id                                                 | action                     | fault                 | field       |
      | TC_OCPP_Schema_CancelReservation_Extra_CS          | CancelReservation          | with an unknown field | noSuchField |
      | TC_OCPP_Schema_CertificateSigned_Extra_CS          | CertificateSigned          | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ChangeAvailability_Extra_CS         | ChangeAvailability         | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ClearCache_Extra_CS                 | ClearCache                 | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ClearChargingProfile_Extra_CS       | ClearChargingProfile       | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ClearDisplayMessage_Extra_CS        | ClearDisplayMessage        | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ClearVariableMonitoring_Extra_CS    | ClearVariableMonitoring    | with an unknown field | noSuchField |
      | TC_OCPP_Schema_CostUpdated_Extra_CS                | CostUpdated                | with an unknown field | noSuchField |
      | TC_OCPP_Schema_CustomerInformation_Extra_CS        | CustomerInformation        | with an unknown field | noSuchField |
      | TC_OCPP_Schema_DataTransfer_Extra_CS               | DataTransfer               | with an unknown field | noSuchField |
      | TC_OCPP_Schema_DeleteCertificate_Extra_CS          | DeleteCertificate          | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetBaseReport_Extra_CS              | GetBaseReport              | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetChargingProfiles_Extra_CS        | GetChargingProfiles        | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetCompositeSchedule_Extra_CS       | GetCompositeSchedule       | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetDisplayMessages_Extra_CS         | GetDisplayMessages         | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetInstalledCertificateIds_Extra_CS | GetInstalledCertificateIds | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetLocalListVersion_Extra_CS        | GetLocalListVersion        | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetLog_Extra_CS                     | GetLog                     | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetMonitoringReport_Extra_CS        | GetMonitoringReport        | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetReport_Extra_CS                  | GetReport                  | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetTransactionStatus_Extra_CS       | GetTransactionStatus       | with an unknown field | noSuchField |
      | TC_OCPP_Schema_GetVariables_Extra_CS               | GetVariables               | with an unknown field | noSuchField |
      | TC_OCPP_Schema_InstallCertificate_Extra_CS         | InstallCertificate         | with an unknown field | noSuchField |
      | TC_OCPP_Schema_PublishFirmware_Extra_CS            | PublishFirmware            | with an unknown field | noSuchField |
      | TC_OCPP_Schema_RequestStartTransaction_Extra_CS    | RequestStartTransaction    | with an unknown field | noSuchField |
      | TC_OCPP_Schema_RequestStopTransaction_Extra_CS     | RequestStopTransaction     | with an unknown field | noSuchField |
      | TC_OCPP_Schema_ReserveNow_Extra_CS                 | ReserveNow                 | with an unknown field | noSuchField |
      | TC_OCPP_Schema_Reset_Extra_CS                      | Reset                      | with an unknown field | noSuchField |
      | TC_OCPP_Schema_SendLocalList_Extra_CS              | SendLocalList              | with an unknown field | noSuchField |
      | TC_OCPP_Schema_SetChargingProfile_Extra_CS         | SetChargingProfile         | with an unknown field | noSuchField |
      | TC_OCPP_Schema_SetDisplayMessage_Extra_CS          | SetDisplayMessage          | with an unknown field | noSuchField |
      | TC_OCPP_Schema_SetMonitoringBase_Extra_CS          | SetMonitoringBase          | with an unknown field | noSuchField |
      | TC_OCPP_Schema_SetMonitoringLevel_Extra_CS         | SetMonitoringLevel         | with an unknown field | noSuchField |
      | TC_OCPP_Schema_SetNetworkProfile_Extra_CS          | SetNetworkProfile          | with an unknown field | noSuchField |
      | TC_OCPP_Schema_SetVariableMonitoring_Extra_CS      | SetVariableMonitoring      | with an unknown field | noSuchField |
      | TC_OCPP_Schema_SetVariables_Extra_CS               | SetVariables               | with an unknown field | noSuchField |
      | TC_OCPP_Schema_TriggerMessage_Extra_CS             | TriggerMessage             | with an unknown field | noSuchField |
      | TC_OCPP_Schema_UnlockConnector_Extra_CS            | UnlockConnector            | with an unknown field | noSuchField |
      | TC_OCPP_Schema_UnpublishFirmware_Extra_CS          | UnpublishFirmware          | with an unknown field | noSuchField |
      | TC_OCPP_Schema_UpdateFirmware_Extra_CS             | UpdateFirmware             | with an unknown field | noSuchField |
