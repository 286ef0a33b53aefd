"""Which variables a station has to have: the column *Required* of the appendix of Part 2, names and types only.

Those of a controller are required where the station has the controller; `ALWAYS` are those that every station has.
"""

from typing import Final

from v2xconform.protocols.ocpp import Version

Name = tuple[str, str, str]
"""component, variable, instance"""

ALWAYS: Final = frozenset({
    "OCPPCommCtrlr", "TxCtrlr", "DeviceDataCtrlr", "ClockCtrlr", "SecurityCtrlr", "SampledDataCtrlr",
    "AlignedDataCtrlr", "AuthCtrlr", "ChargingStation", "EVSE", "Connector",
})  # fmt: skip
"""Components of the Core profile (Part 5), and the hardware."""

_BOTH: Final[dict[Name, str]] = {
    ("AlignedDataCtrlr", "Interval", ""): "integer",
    ("AlignedDataCtrlr", "Measurands", ""): "MemberList",
    ("AlignedDataCtrlr", "TxEndedInterval", ""): "integer",
    ("AlignedDataCtrlr", "TxEndedMeasurands", ""): "MemberList",
    ("AuthCtrlr", "AuthorizeRemoteStart", ""): "boolean",
    ("AuthCtrlr", "LocalAuthorizeOffline", ""): "boolean",
    ("AuthCtrlr", "LocalPreAuthorize", ""): "boolean",
    ("ChargingStation", "AvailabilityState", ""): "OptionList",
    ("ChargingStation", "Available", ""): "boolean",
    ("ChargingStation", "SupplyPhases", ""): "integer",
    ("ClockCtrlr", "DateTime", ""): "dateTime",
    ("ClockCtrlr", "TimeSource", ""): "SequenceList",
    ("Connector", "Available", ""): "boolean",
    ("Connector", "ConnectorType", ""): "string",
    ("Connector", "SupplyPhases", ""): "integer",
    ("DeviceDataCtrlr", "BytesPerMessage", "GetReport"): "integer",
    ("DeviceDataCtrlr", "BytesPerMessage", "GetVariables"): "integer",
    ("DeviceDataCtrlr", "BytesPerMessage", "SetVariables"): "integer",
    ("DeviceDataCtrlr", "ItemsPerMessage", "GetReport"): "integer",
    ("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"): "integer",
    ("DeviceDataCtrlr", "ItemsPerMessage", "SetVariables"): "integer",
    ("DisplayMessageCtrlr", "DisplayMessages", ""): "integer",
    ("DisplayMessageCtrlr", "SupportedFormats", ""): "MemberList",
    ("DisplayMessageCtrlr", "SupportedPriorities", ""): "MemberList",
    ("EVSE", "AvailabilityState", ""): "OptionList",
    ("EVSE", "Available", ""): "boolean",
    ("EVSE", "Power", ""): "decimal",
    ("EVSE", "SupplyPhases", ""): "integer",
    ("ISO15118Ctrlr", "ContractValidationOffline", ""): "boolean",
    ("LocalAuthListCtrlr", "BytesPerMessage", ""): "integer",
    ("LocalAuthListCtrlr", "Entries", ""): "integer",
    ("LocalAuthListCtrlr", "ItemsPerMessage", ""): "integer",
    ("MonitoringCtrlr", "BytesPerMessage", "SetVariableMonitoring"): "integer",
    ("MonitoringCtrlr", "ItemsPerMessage", "SetVariableMonitoring"): "integer",
    ("OCPPCommCtrlr", "FileTransferProtocols", ""): "MemberList",
    ("OCPPCommCtrlr", "MessageTimeout", "Default"): "integer",
    ("OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent"): "integer",
    ("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent"): "integer",
    ("OCPPCommCtrlr", "NetworkConfigurationPriority", ""): "string",
    ("OCPPCommCtrlr", "NetworkProfileConnectionAttempts", ""): "integer",
    ("OCPPCommCtrlr", "OfflineThreshold", ""): "integer",
    ("OCPPCommCtrlr", "ResetRetries", ""): "integer",
    ("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", ""): "boolean",
    ("SampledDataCtrlr", "TxEndedInterval", ""): "integer",
    ("SampledDataCtrlr", "TxEndedMeasurands", ""): "MemberList",
    ("SampledDataCtrlr", "TxStartedMeasurands", ""): "MemberList",
    ("SampledDataCtrlr", "TxUpdatedInterval", ""): "integer",
    ("SampledDataCtrlr", "TxUpdatedMeasurands", ""): "MemberList",
    ("SecurityCtrlr", "CertificateEntries", ""): "integer",
    ("SecurityCtrlr", "OrganizationName", ""): "string",
    ("SecurityCtrlr", "SecurityProfile", ""): "integer",
    ("SmartChargingCtrlr", "Entries", "ChargingProfiles"): "integer",
    ("SmartChargingCtrlr", "LimitChangeSignificance", ""): "decimal",
    ("SmartChargingCtrlr", "PeriodsPerSchedule", ""): "integer",
    ("SmartChargingCtrlr", "ProfileStackLevel", ""): "integer",
    ("SmartChargingCtrlr", "RateUnit", ""): "MemberList",
    ("TariffCostCtrlr", "Currency", ""): "string",
    ("TariffCostCtrlr", "TariffFallbackMessage", ""): "string",
    ("TariffCostCtrlr", "TotalCostFallbackMessage", ""): "string",
    ("TxCtrlr", "EVConnectionTimeOut", ""): "integer",
    ("TxCtrlr", "StopTxOnEVSideDisconnect", ""): "boolean",
    ("TxCtrlr", "StopTxOnInvalidId", ""): "boolean",
    ("TxCtrlr", "TxStartPoint", ""): "MemberList",
    ("TxCtrlr", "TxStopPoint", ""): "MemberList",
}
_ONLY_21: Final[dict[Name, str]] = {
    ("DisplayMessageCtrlr", "Language", ""): "OptionList",
    ("DisplayMessageCtrlr", "SupportedStates", ""): "MemberList",
    ("V2XChargingCtrlr", "Enabled", ""): "boolean",
    ("V2XChargingCtrlr", "SupportedEnergyTransferModes", ""): "MemberList",
    ("V2XChargingCtrlr", "SupportedOperationModes", ""): "MemberList",
}

REQUIRED: Final[dict[Version, dict[Name, str]]] = {"ocpp2.0.1": _BOTH, "ocpp2.1": {**_BOTH, **_ONLY_21}}
"""Version -> variable -> data type. A text variable may come as a list of a type, and the other way round."""


def missing(version: Version, found: set[Name]) -> list[Name]:
    """Return the required variables that a full report lacks; names are compared without case."""
    there = {(component.lower(), name.lower(), instance.lower()) for component, name, instance in found}
    components = {component for component, _, _ in there}
    lacking = []
    for component, name, instance in REQUIRED[version]:
        needed = component in ALWAYS or component.lower() in components
        if needed and (component.lower(), name.lower(), instance.lower()) not in there:
            # A text in several languages has one instance each (2.1).
            if not instance and any(one[:2] == (component.lower(), name.lower()) for one in there):
                continue
            lacking.append((component, name, instance))
    return lacking
