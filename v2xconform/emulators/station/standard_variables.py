"""The variables of a conformant station, as a table: names, types and limits are those of the appendix of Part 2."""

from collections.abc import Iterator
from typing import Any, Final

from v2xconform.emulators.station.device_model import DataType, DeviceModel, Mutability, Variable
from v2xconform.emulators.station.evse import Evse
from v2xconform.lab.persona_ocpp import StationPersona
from v2xconform.protocols.ocpp import Version

START_POINTS: Final = (
    "ParkingBayOccupancy", "EVConnected", "Authorized", "DataSigned", "PowerPathClosed", "EnergyTransfer",
)  # fmt: skip
_RW: Final[Mutability] = "ReadWrite"
_RO: Final[Mutability] = "ReadOnly"
_WO: Final[Mutability] = "WriteOnly"

# component, variable, instance, value, type, mutability, further fields
_TABLE: Final[tuple[tuple[str, str, str, str | None, DataType, Mutability, dict[str, Any]], ...]] = (
    ("OCPPCommCtrlr", "Available", "", "true", "boolean", _RO, {}),
    ("OCPPCommCtrlr", "HeartbeatInterval", "", "300", "integer", _RW, {"unit": "s", "minimum": 1}),
    ("OCPPCommCtrlr", "WebSocketPingInterval", "", "0", "integer", _RW, {"unit": "s", "minimum": 0}),
    ("OCPPCommCtrlr", "OfflineThreshold", "", "60", "integer", _RW, {"unit": "s", "minimum": 0}),
    ("OCPPCommCtrlr", "RetryBackOffRepeatTimes", "", "3", "integer", _RW, {"minimum": 0}),
    ("OCPPCommCtrlr", "RetryBackOffRandomRange", "", "2", "integer", _RW, {"unit": "s", "minimum": 0}),
    ("OCPPCommCtrlr", "RetryBackOffWaitMinimum", "", "5", "integer", _RW, {"unit": "s", "minimum": 0}),
    ("OCPPCommCtrlr", "MessageTimeout", "Default", "30", "integer", _RO, {"unit": "s", "minimum": 1}),
    ("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent", "3", "integer", _RW, {"minimum": 1}),
    ("OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent", "10", "integer", _RW, {"unit": "s", "minimum": 0}),
    ("OCPPCommCtrlr", "NetworkConfigurationPriority", "", "1", "SequenceList", _RW, {"values": ("1", "2", "3")}),
    ("OCPPCommCtrlr", "NetworkProfileConnectionAttempts", "", "3", "integer", _RW, {"minimum": 1}),
    ("OCPPCommCtrlr", "FileTransferProtocols", "", "HTTP,HTTPS,FTP", "MemberList", _RO,
     {"values": ("FTP", "FTPS", "HTTP", "HTTPS", "SFTP")}),
    ("OCPPCommCtrlr", "ResetRetries", "", "1", "integer", _RW, {"minimum": 0}),
    ("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", "", "true", "boolean", _RW, {}),
    ("DeviceDataCtrlr", "Available", "", "true", "boolean", _RO, {}),
    ("DeviceDataCtrlr", "BytesPerMessage", "GetReport", "65536", "integer", _RO, {}),
    ("DeviceDataCtrlr", "BytesPerMessage", "GetVariables", "65536", "integer", _RO, {}),
    ("DeviceDataCtrlr", "BytesPerMessage", "SetVariables", "65536", "integer", _RO, {}),
    ("DeviceDataCtrlr", "ItemsPerMessage", "GetReport", "20", "integer", _RO, {}),
    ("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables", "20", "integer", _RO, {}),
    ("DeviceDataCtrlr", "ItemsPerMessage", "SetVariables", "20", "integer", _RO, {}),
    ("TxCtrlr", "TxStartPoint", "", "EVConnected,Authorized", "MemberList", _RW, {"values": START_POINTS}),
    ("TxCtrlr", "TxStopPoint", "", "EVConnected,Authorized", "MemberList", _RW, {"values": START_POINTS}),
    ("TxCtrlr", "EVConnectionTimeOut", "", "60", "integer", _RW, {"unit": "s", "minimum": 0}),
    ("TxCtrlr", "StopTxOnEVSideDisconnect", "", "true", "boolean", _RW, {}),
    ("TxCtrlr", "StopTxOnInvalidId", "", "true", "boolean", _RW, {}),
    ("TxCtrlr", "MaxEnergyOnInvalidId", "", "0", "integer", _RW, {"unit": "Wh", "minimum": 0}),
    ("AuthCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("AuthCtrlr", "AuthorizeRemoteStart", "", "false", "boolean", _RW, {}),
    ("AuthCtrlr", "LocalAuthorizeOffline", "", "true", "boolean", _RW, {}),
    ("AuthCtrlr", "LocalPreAuthorize", "", "false", "boolean", _RW, {}),
    ("AuthCtrlr", "OfflineTxForUnknownIdEnabled", "", "false", "boolean", _RW, {}),
    ("AuthCtrlr", "MasterPassGroupId", "", "", "string", _RW, {"maximum": 36}),
    ("ClockCtrlr", "DateTime", "", None, "dateTime", _RO, {}),
    ("ClockCtrlr", "TimeSource", "", "Heartbeat", "SequenceList", _RW,
     {"values": ("Heartbeat", "NTP", "GPS", "RealTimeClock", "MobileNetwork", "RadioTimeTransmitter")}),
    ("SecurityCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("SecurityCtrlr", "Identity", "", None, "string", _RO, {"maximum": 48}),
    ("SecurityCtrlr", "BasicAuthPassword", "", None, "string", _WO, {"minimum": 16, "maximum": 40}),
    ("SecurityCtrlr", "OrganizationName", "", "v2xconform", "string", _RW, {}),
    ("SecurityCtrlr", "CertificateEntries", "", "0", "integer", _RO, {"maximum": 20}),
    ("SecurityCtrlr", "SecurityProfile", "", "1", "integer", _RO, {}),
    ("SampledDataCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("SampledDataCtrlr", "TxStartedMeasurands", "", "Energy.Active.Import.Register", "MemberList", _RW, {}),
    ("SampledDataCtrlr", "TxUpdatedMeasurands", "", "Energy.Active.Import.Register,Power.Active.Import", "MemberList", _RW, {}),
    ("SampledDataCtrlr", "TxUpdatedInterval", "", "0", "integer", _RW, {"unit": "s", "minimum": 0}),
    ("SampledDataCtrlr", "TxEndedMeasurands", "", "Energy.Active.Import.Register", "MemberList", _RW, {}),
    ("SampledDataCtrlr", "TxEndedInterval", "", "0", "integer", _RW, {"unit": "s", "minimum": 0}),
    ("AlignedDataCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("AlignedDataCtrlr", "Measurands", "", "Energy.Active.Import.Register", "MemberList", _RW, {}),
    ("AlignedDataCtrlr", "Interval", "", "0", "integer", _RW, {"unit": "s", "minimum": 0}),
    ("AlignedDataCtrlr", "SendDuringIdle", "", "false", "boolean", _RW, {}),
    ("AlignedDataCtrlr", "TxEndedMeasurands", "", "Energy.Active.Import.Register", "MemberList", _RW, {}),
    ("AlignedDataCtrlr", "TxEndedInterval", "", "0", "integer", _RW, {"unit": "s", "minimum": 0}),
    ("ChargingStation", "AvailabilityState", "", "Available", "OptionList", _RO, {}),
    ("ChargingStation", "SupplyPhases", "", "3", "integer", _RO, {}),
)  # fmt: skip


def standard_model(persona: StationPersona, evses: list[Evse], version: Version) -> DeviceModel:
    """Return the device model of a station with the persona's own values. Raises LabError."""
    model = DeviceModel()
    for component, name, instance, value, kind, mutability, more in _TABLE:
        model.add(Variable(component, name, value, kind, mutability, instance, **more))
    for variable in _hardware(persona, evses):
        model.add(variable)
    model.without(persona.without)
    model.override(persona.variables)
    return model


def _hardware(persona: StationPersona, evses: list[Evse]) -> Iterator[Variable]:
    yield Variable("ChargingStation", "Model", persona.model, "string", _RO)
    yield Variable("ChargingStation", "VendorName", persona.vendor, "string", _RO)
    yield Variable("ChargingStation", "Available", "true", "boolean", _RO)
    for evse in evses:
        number = evse.id
        yield Variable("EVSE", "AvailabilityState", "Available", "OptionList", _RO, evse=number)
        yield Variable("EVSE", "Available", "true", "boolean", _RO, evse=number)
        yield Variable("EVSE", "SupplyPhases", str(evse.spec.phases), "integer", _RO, evse=number)
        yield Variable(
            "EVSE", "Power", "0", "decimal", _RO, evse=number, unit="W", maximum=evse.spec.max_power_w, monitored=True
        )  # fmt: skip
        for connector in evse.connectors:
            place: dict[str, Any] = {"evse": number, "connector": connector.id}
            yield Variable("Connector", "AvailabilityState", "Available", "OptionList", _RO, **place, monitored=True)
            yield Variable("Connector", "Available", "true", "boolean", _RO, **place)
            yield Variable("Connector", "ConnectorType", connector.type, "string", _RO, **place)
            yield Variable("Connector", "SupplyPhases", str(evse.spec.phases), "integer", _RO, **place)
