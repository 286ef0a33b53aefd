"""The variables of a conformant station, as tables: names, types and units are those of the appendix of Part 2.

`standard_model` puts the model of a station together: the controllers (what it lacks stands in ``without`` of its persona),
and the hardware: the station, its EVSEs, connectors and their locks.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from v2xconform.emulators.station.device_model import DataType, DeviceModel, Key, Mutability, Variable
from v2xconform.emulators.station.evse import Evse
from v2xconform.emulators.station.shared_variables import SharedVariables
from v2xconform.emulators.station.smart_charging_variables import smart_charging_variables
from v2xconform.emulators.station.v2x_variables import v2x_variables
from v2xconform.lab.persona_ocpp import StationPersona
from v2xconform.protocols.ocpp import Version

START_POINTS: Final = (
    "ParkingBayOccupancy", "EVConnected", "Authorized", "DataSigned", "PowerPathClosed", "EnergyTransfer",
)  # fmt: skip
AVAILABILITY_STATES: Final = ("Available", "Occupied", "Reserved", "Unavailable", "Faulted")
MEASURANDS: Final = (
    "Current.Export", "Current.Import", "Current.Offered", "Energy.Active.Export.Register",
    "Energy.Active.Import.Register", "Energy.Active.Export.Interval", "Energy.Active.Import.Interval", "Frequency",
    "Power.Active.Export", "Power.Active.Import", "Power.Offered", "SoC", "Voltage",
)  # fmt: skip
"""What the meter of the emulator can measure."""
_RW: Final[Mutability] = "ReadWrite"
_RO: Final[Mutability] = "ReadOnly"
_WO: Final[Mutability] = "WriteOnly"
_SECONDS: Final[dict[str, Any]] = {"unit": "s", "minimum": 0}
_MEASURANDS: Final[dict[str, Any]] = {"values": MEASURANDS}
_ENERGY: Final = "Energy.Active.Import.Register"

Row = tuple[str, str, str, str | None, DataType, Mutability, dict[str, Any]]
"""component, variable, instance, value, type, mutability, further fields of `Variable`"""

_CONTROLLERS: Final[tuple[Row, ...]] = (
    # ---- communication
    ("OCPPCommCtrlr", "Available", "", "true", "boolean", _RO, {}),
    ("OCPPCommCtrlr", "ActiveNetworkProfile", "", "1", "string", _RO, {}),
    ("OCPPCommCtrlr", "HeartbeatInterval", "", "300", "integer", _RW, {"unit": "s", "minimum": 1}),
    ("OCPPCommCtrlr", "WebSocketPingInterval", "", "0", "integer", _RW, _SECONDS),
    ("OCPPCommCtrlr", "OfflineThreshold", "", "60", "integer", _RW, _SECONDS),
    ("OCPPCommCtrlr", "RetryBackOffRepeatTimes", "", "3", "integer", _RW, {"minimum": 0}),
    ("OCPPCommCtrlr", "RetryBackOffRandomRange", "", "2", "integer", _RW, _SECONDS),
    ("OCPPCommCtrlr", "RetryBackOffWaitMinimum", "", "5", "integer", _RW, _SECONDS),
    ("OCPPCommCtrlr", "MessageTimeout", "Default", "30", "integer", _RO, {"unit": "s", "minimum": 1}),
    ("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent", "3", "integer", _RW, {"minimum": 1}),
    ("OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent", "10", "integer", _RW, _SECONDS),
    ("OCPPCommCtrlr", "NetworkConfigurationPriority", "", "1", "SequenceList", _RW, {"values": ("1", "2", "3")}),
    ("OCPPCommCtrlr", "NetworkProfileConnectionAttempts", "", "3", "integer", _RW, {"minimum": 1}),
    ("OCPPCommCtrlr", "FileTransferProtocols", "", "HTTP,HTTPS,FTP", "MemberList", _RO,
     {"values": ("FTP", "FTPS", "HTTP", "HTTPS", "SFTP")}),
    ("OCPPCommCtrlr", "QueueAllMessages", "", "false", "boolean", _RW, {}),
    ("OCPPCommCtrlr", "ResetRetries", "", "1", "integer", _RW, {"minimum": 0}),
    ("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", "", "true", "boolean", _RW, {}),
    ("OCPPCommCtrlr", "PublicKeyWithSignedMeterValue", "", "Never", "OptionList", _RW,
     {"values": ("Never", "OncePerTransaction", "EveryMeterValue")}),
    # ---- the device model itself
    ("DeviceDataCtrlr", "Available", "", "true", "boolean", _RO, {}),
    ("DeviceDataCtrlr", "BytesPerMessage", "GetReport", "65536", "integer", _RO, {}),
    ("DeviceDataCtrlr", "BytesPerMessage", "GetVariables", "65536", "integer", _RO, {}),
    ("DeviceDataCtrlr", "BytesPerMessage", "SetVariables", "65536", "integer", _RO, {}),
    ("DeviceDataCtrlr", "ItemsPerMessage", "GetReport", "20", "integer", _RO, {}),
    ("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables", "20", "integer", _RO, {}),
    ("DeviceDataCtrlr", "ItemsPerMessage", "SetVariables", "20", "integer", _RO, {}),
    ("DeviceDataCtrlr", "ConfigurationValueSize", "", "1000", "integer", _RO, {"maximum": 1000}),
    ("DeviceDataCtrlr", "ReportingValueSize", "", "2500", "integer", _RO, {"maximum": 2500}),
    ("DeviceDataCtrlr", "ValueSize", "", "2500", "integer", _RO, {"maximum": 2500}),
    # ---- transactions and authorization
    ("TxCtrlr", "TxStartPoint", "", "EVConnected,Authorized", "MemberList", _RW, {"values": START_POINTS}),
    ("TxCtrlr", "TxStopPoint", "", "EVConnected,Authorized", "MemberList", _RW, {"values": START_POINTS}),
    ("TxCtrlr", "EVConnectionTimeOut", "", "60", "integer", _RW, _SECONDS),
    ("TxCtrlr", "StopTxOnEVSideDisconnect", "", "true", "boolean", _RW, {}),
    ("TxCtrlr", "StopTxOnInvalidId", "", "true", "boolean", _RW, {}),
    ("TxCtrlr", "MaxEnergyOnInvalidId", "", "0", "integer", _RW, {"unit": "Wh", "minimum": 0}),
    ("TxCtrlr", "TxBeforeAcceptedEnabled", "", "false", "boolean", _RW, {}),
    ("AuthCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("AuthCtrlr", "AuthorizeRemoteStart", "", "false", "boolean", _RW, {}),
    ("AuthCtrlr", "LocalAuthorizeOffline", "", "true", "boolean", _RW, {}),
    ("AuthCtrlr", "LocalPreAuthorize", "", "false", "boolean", _RW, {}),
    ("AuthCtrlr", "OfflineTxForUnknownIdEnabled", "", "false", "boolean", _RW, {}),
    ("AuthCtrlr", "MasterPassGroupId", "", "", "string", _RW, {"maximum": 36}),
    ("AuthCtrlr", "DisableRemoteAuthorization", "", "false", "boolean", _RW, {}),
    ("AuthCacheCtrlr", "Available", "", "true", "boolean", _RO, {}),
    ("AuthCacheCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("AuthCacheCtrlr", "LifeTime", "", "0", "integer", _RW, _SECONDS),
    ("AuthCacheCtrlr", "Storage", "", "0", "integer", _RO, {"unit": "B", "maximum": 100000}),
    ("AuthCacheCtrlr", "Policy", "", "LRU", "OptionList", _RW, {"values": ("LRU", "LFU", "FIFO", "CUSTOM")}),
    ("AuthCacheCtrlr", "DisablePostAuthorize", "", "false", "boolean", _RW, {}),
    ("LocalAuthListCtrlr", "Available", "", "true", "boolean", _RO, {}),
    ("LocalAuthListCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("LocalAuthListCtrlr", "Entries", "", "0", "integer", _RO, {"maximum": 1000}),
    ("LocalAuthListCtrlr", "ItemsPerMessage", "", "100", "integer", _RO, {}),
    ("LocalAuthListCtrlr", "BytesPerMessage", "", "65536", "integer", _RO, {}),
    ("LocalAuthListCtrlr", "DisablePostAuthorize", "", "false", "boolean", _RW, {}),
    ("ReservationCtrlr", "Available", "", "true", "boolean", _RO, {}),
    ("ReservationCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("ReservationCtrlr", "NonEvseSpecific", "", "true", "boolean", _RW, {}),
    # ---- clock and security
    ("ClockCtrlr", "DateTime", "", None, "dateTime", _RO, {}),
    ("ClockCtrlr", "TimeSource", "", "Heartbeat", "SequenceList", _RW,
     {"values": ("Heartbeat", "NTP", "GPS", "RealTimeClock", "MobileNetwork", "RadioTimeTransmitter")}),
    ("ClockCtrlr", "TimeAdjustmentReportingThreshold", "", "20", "integer", _RW, _SECONDS),
    ("ClockCtrlr", "TimeZone", "", "Etc/UTC", "string", _RW, {"maximum": 50}),
    ("ClockCtrlr", "NextTimeOffsetTransitionDateTime", "", "2027-03-28T01:00:00Z", "dateTime", _RW, {}),
    ("SecurityCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("SecurityCtrlr", "Identity", "", None, "string", _RO, {"maximum": 48}),
    ("SecurityCtrlr", "BasicAuthPassword", "", None, "string", _WO, {"minimum": 16, "maximum": 40, "monitored": True}),
    ("SecurityCtrlr", "OrganizationName", "", "v2xconform", "string", _RW, {}),
    ("SecurityCtrlr", "AdditionalRootCertificateCheck", "", "false", "boolean", _RW, {}),
    ("SecurityCtrlr", "CertSigningWaitMinimum", "", "60", "integer", _RW, _SECONDS),
    ("SecurityCtrlr", "CertSigningRepeatTimes", "", "3", "integer", _RW, {"minimum": 0}),
    ("SecurityCtrlr", "MaxCertificateChainSize", "", "10000", "integer", _RO, {}),
    ("SecurityCtrlr", "CertificateEntries", "", "0", "integer", _RO, {"maximum": 20}),
    ("SecurityCtrlr", "SecurityProfile", "", "1", "integer", _RO, {}),
    # ---- meter values
    ("SampledDataCtrlr", "Available", "", "true", "boolean", _RO, {}),
    ("SampledDataCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("SampledDataCtrlr", "TxStartedMeasurands", "", _ENERGY, "MemberList", _RW, _MEASURANDS),
    ("SampledDataCtrlr", "TxUpdatedMeasurands", "", f"{_ENERGY},Power.Active.Import", "MemberList", _RW, _MEASURANDS),
    ("SampledDataCtrlr", "TxUpdatedInterval", "", "0", "integer", _RW, _SECONDS),
    ("SampledDataCtrlr", "TxEndedMeasurands", "", _ENERGY, "MemberList", _RW, _MEASURANDS),
    ("SampledDataCtrlr", "TxEndedInterval", "", "0", "integer", _RW, _SECONDS),
    ("SampledDataCtrlr", "SignReadings", "", "false", "boolean", _RW, {}),
    ("AlignedDataCtrlr", "Available", "", "true", "boolean", _RO, {}),
    ("AlignedDataCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("AlignedDataCtrlr", "Measurands", "", _ENERGY, "MemberList", _RW, _MEASURANDS),
    ("AlignedDataCtrlr", "Interval", "", "0", "integer", _RW, _SECONDS),
    ("AlignedDataCtrlr", "SendDuringIdle", "", "false", "boolean", _RW, {}),
    ("AlignedDataCtrlr", "TxEndedMeasurands", "", _ENERGY, "MemberList", _RW, _MEASURANDS),
    ("AlignedDataCtrlr", "TxEndedInterval", "", "0", "integer", _RW, _SECONDS),
    ("AlignedDataCtrlr", "SignReadings", "", "false", "boolean", _RW, {}),
    # ---- optional blocks
    ("SmartChargingCtrlr", "Available", "", "true", "boolean", _RO, {}),
    ("SmartChargingCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("SmartChargingCtrlr", "Entries", "ChargingProfiles", "0", "integer", _RO, {"maximum": 100}),
    ("SmartChargingCtrlr", "LimitChangeSignificance", "", "1", "decimal", _RW,
     {"unit": "Percent", "minimum": 0, "maximum": 100}),
    ("SmartChargingCtrlr", "PeriodsPerSchedule", "", "24", "integer", _RO, {}),
    ("SmartChargingCtrlr", "ProfileStackLevel", "", "10", "integer", _RO, {}),
    ("SmartChargingCtrlr", "RateUnit", "", "A,W", "MemberList", _RO, {"values": ("A", "W")}),
    ("TariffCostCtrlr", "Available", "Tariff", "true", "boolean", _RO, {}),
    ("TariffCostCtrlr", "Available", "Cost", "true", "boolean", _RO, {}),
    ("TariffCostCtrlr", "Enabled", "Tariff", "true", "boolean", _RW, {}),
    ("TariffCostCtrlr", "Enabled", "Cost", "true", "boolean", _RW, {}),
    ("TariffCostCtrlr", "Currency", "", "EUR", "string", _RW, {"maximum": 3}),
    ("TariffCostCtrlr", "TariffFallbackMessage", "", "Tariff is not known", "string", _RW, {"maximum": 255}),
    ("TariffCostCtrlr", "TotalCostFallbackMessage", "", "Cost is not known", "string", _RW, {"maximum": 255}),
    ("MonitoringCtrlr", "Available", "", "true", "boolean", _RO, {}),
    ("MonitoringCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("MonitoringCtrlr", "BytesPerMessage", "SetVariableMonitoring", "65536", "integer", _RO, {}),
    ("MonitoringCtrlr", "ItemsPerMessage", "SetVariableMonitoring", "20", "integer", _RO, {}),
    ("MonitoringCtrlr", "BytesPerMessage", "ClearVariableMonitoring", "65536", "integer", _RO, {}),
    ("MonitoringCtrlr", "ItemsPerMessage", "ClearVariableMonitoring", "20", "integer", _RO, {}),
    ("MonitoringCtrlr", "ActiveMonitoringBase", "", "All", "OptionList", _RO, {}),
    ("MonitoringCtrlr", "ActiveMonitoringLevel", "", "9", "integer", _RO, {}),
    ("MonitoringCtrlr", "OfflineQueuingSeverity", "", "4", "integer", _RW, {}),
    ("DisplayMessageCtrlr", "Available", "", "true", "boolean", _RO, {}),
    ("DisplayMessageCtrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("DisplayMessageCtrlr", "DisplayMessages", "", "0", "integer", _RO, {"maximum": 20}),
    ("DisplayMessageCtrlr", "SupportedFormats", "", "ASCII,UTF8", "MemberList", _RO,
     {"values": ("ASCII", "HTML", "URI", "UTF8")}),
    ("DisplayMessageCtrlr", "SupportedPriorities", "", "AlwaysFront,InFront,NormalCycle", "MemberList", _RO,
     {"values": ("AlwaysFront", "InFront", "NormalCycle")}),
    ("ISO15118Ctrlr", "Enabled", "", "true", "boolean", _RW, {}),
    ("ISO15118Ctrlr", "ContractValidationOffline", "", "true", "boolean", _RW, {}),
    # ---- the station as a whole
    ("ChargingStation", "Available", "", "true", "boolean", _RO, {}),
    ("ChargingStation", "AvailabilityState", "", "Available", "OptionList", _RO, {"values": AVAILABILITY_STATES}),
    ("ChargingStation", "AllowNewSessionsPendingFirmwareUpdate", "", "false", "boolean", _RW, {}),
    ("ChargingStation", "Problem", "", "false", "boolean", _RO, {}),
    ("ChargingStation", "SupplyPhases", "", "3", "integer", _RO, {}),
)  # fmt: skip

_CONTROLLERS_21: Final[tuple[Row, ...]] = (
    ("SecurityCtrlr", "AllowSecurityProfileDowngrade", "", "false", "boolean", _RW, {}),
    ("TariffCostCtrlr", "MaxElements", "Tariff", "10", "integer", _RO, {}),
    ("TariffCostCtrlr", "ConditionsSupported", "Tariff", "true", "boolean", _RO, {}),
    ("TxCtrlr", "SupportedLimits", "", "maxCost,maxEnergy,maxTime,maxSoC", "MemberList", _RO,
     {"values": ("maxCost", "maxEnergy", "maxTime", "maxSoC")}),
    ("TxCtrlr", "ResumptionTimeout", "", "300", "integer", _RW, _SECONDS),
    ("TxCtrlr", "AllowEnergyTransferResumption", "", "true", "boolean", _RW, {}),
    ("DisplayMessageCtrlr", "SupportedStates", "", "Charging,Faulted,Idle,Unavailable", "MemberList", _RO,
     {"values": ("Charging", "Discharging", "Faulted", "Idle", "Suspended", "Unavailable")}),
    ("DisplayMessageCtrlr", "Language", "", "en", "OptionList", _RW, {"values": ("de", "en", "nl")}),
)  # fmt: skip
"""What 2.1 adds."""


def standard_model(persona: StationPersona, evses: list[Evse], version: Version) -> DeviceModel:
    """Return the device model of a station with the persona's own values. Raises LabError.

    Stations of the same persona (the object itself) share it until they change something.
    """
    known = _SHARED.get(version)
    if known is None or known[0] is not persona:
        known = _SHARED[version] = persona, _whole_model(persona, evses, version).variables.freeze()
    return DeviceModel(SharedVariables(known[1]))


_SHARED: Final[dict[Version, tuple[StationPersona, Mapping[Key, Variable]]]] = {}
"""The last persona of each version with its variables."""


def _whole_model(persona: StationPersona, evses: list[Evse], version: Version) -> DeviceModel:
    model = DeviceModel()
    for component, name, instance, value, kind, mutability, more in _controllers(version):
        model.add(Variable(component, name, value, kind, mutability, instance, **more))
    for variable in _hardware(persona, evses):
        model.add(variable)
    for variable in smart_charging_variables(version):
        model.add(variable)
    for variable in v2x_variables(evses) if version == "ocpp2.1" else ():
        model.add(variable)
    for variable in model:
        if variable.name.endswith("Measurands") and not variable.values:
            variable.values = MEASURANDS
    model.without(persona.without)
    model.override(persona.variables)
    return model


def _controllers(version: Version) -> Iterator[Row]:
    yield from _CONTROLLERS
    if version == "ocpp2.1":
        yield from _CONTROLLERS_21


def _hardware(persona: StationPersona, evses: list[Evse]) -> Iterator[Variable]:
    yield Variable("ChargingStation", "Model", persona.model, "string", _RO)
    yield Variable("ChargingStation", "VendorName", persona.vendor, "string", _RO)
    yield Variable("ChargingStation", "SerialNumber", persona.serial, "string", _RO)
    yield Variable("ChargingStation", "FirmwareVersion", persona.firmware, "string", _RO)
    for evse in evses:
        place: dict[str, Any] = {"evse": evse.id}
        power: dict[str, Any] = {"unit": "W", "maximum": evse.spec.max_power_w, "monitored": True}
        yield _state("EVSE", **place)
        yield Variable("EVSE", "Available", "true", "boolean", _RO, **place)
        yield Variable("EVSE", "AllowReset", "true", "boolean", _RO, **place)
        yield Variable("EVSE", "Problem", "false", "boolean", _RO, **place)
        yield Variable("EVSE", "SupplyPhases", str(evse.spec.phases), "integer", _RO, **place)
        yield Variable("EVSE", "Power", "0", "decimal", _RO, **place, **power)
        for connector in evse.connectors:
            place = {"evse": evse.id, "connector": connector.id}
            yield _state("Connector", **place)
            yield Variable("Connector", "Available", "true", "boolean", _RO, **place)
            yield Variable("Connector", "Problem", "false", "boolean", _RO, **place)
            yield Variable("Connector", "ConnectorType", connector.type, "string", _RO, **place)
            yield Variable("Connector", "SupplyPhases", str(evse.spec.phases), "integer", _RO, **place)
            yield Variable("ConnectorPlugRetentionLock", "Problem", "false", "boolean", _RO, **place, monitored=True)


def _state(component: str, **place: Any) -> Variable:
    return Variable(
        component,
        "AvailabilityState",
        "Available",
        "OptionList",
        _RO,
        values=AVAILABILITY_STATES,
        monitored=True,
        **place,
    )
