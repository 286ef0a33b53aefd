"""Who may send what: the actions of OCPP 2.0.1 and 2.1 by direction, and what has to follow on an answer.

Names of actions and their directions are those of Part 2 of either edition (message chapter of each functional block).
"""

from typing import Final, Literal

from v2xconform.protocols.ocpp import Version

Side = Literal["station", "csms"]

_STATION: Final = frozenset({
    "Authorize", "BootNotification", "ClearedChargingLimit", "DataTransfer", "FirmwareStatusNotification",
    "Get15118EVCertificate", "GetCertificateStatus", "Heartbeat", "LogStatusNotification", "MeterValues",
    "NotifyChargingLimit", "NotifyCustomerInformation", "NotifyDisplayMessages", "NotifyEVChargingNeeds",
    "NotifyEVChargingSchedule", "NotifyEvent", "NotifyMonitoringReport", "NotifyReport",
    "PublishFirmwareStatusNotification", "ReportChargingProfiles", "ReservationStatusUpdate",
    "SecurityEventNotification", "SignCertificate", "StatusNotification", "TransactionEvent",
})  # fmt: skip
_STATION_21: Final = frozenset({
    "BatterySwap", "ClosePeriodicEventStream", "GetCertificateChainStatus", "NotifyDERAlarm", "NotifyDERStartStop",
    "NotifyPriorityCharging", "NotifySettlement", "OpenPeriodicEventStream", "PullDynamicScheduleUpdate",
    "ReportDERControl", "VatNumberValidation",
})  # fmt: skip
_CSMS: Final = frozenset({
    "CancelReservation", "CertificateSigned", "ChangeAvailability", "ClearCache", "ClearChargingProfile",
    "ClearDisplayMessage", "ClearVariableMonitoring", "CostUpdated", "CustomerInformation", "DataTransfer",
    "DeleteCertificate", "GetBaseReport", "GetChargingProfiles", "GetCompositeSchedule", "GetDisplayMessages",
    "GetInstalledCertificateIds", "GetLocalListVersion", "GetLog", "GetMonitoringReport", "GetReport",
    "GetTransactionStatus", "GetVariables", "InstallCertificate", "PublishFirmware", "RequestStartTransaction",
    "RequestStopTransaction", "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "SetDisplayMessage",
    "SetMonitoringBase", "SetMonitoringLevel", "SetNetworkProfile", "SetVariableMonitoring", "SetVariables",
    "TriggerMessage", "UnlockConnector", "UnpublishFirmware", "UpdateFirmware",
})  # fmt: skip
_CSMS_21: Final = frozenset({
    "AFRRSignal", "AdjustPeriodicEventStream", "ChangeTransactionTariff", "ClearDERControl", "ClearTariffs",
    "GetDERControl", "GetPeriodicEventStream", "GetTariffs", "NotifyAllowedEnergyTransfer", "NotifyWebPaymentStarted",
    "RequestBatterySwap", "SetDERControl", "SetDefaultTariff", "UpdateDynamicSchedule", "UsePriorityCharging",
})  # fmt: skip

ACTIONS: Final[dict[Version, dict[Side, frozenset[str]]]] = {
    "ocpp2.0.1": {"station": _STATION, "csms": _CSMS},
    "ocpp2.1": {"station": _STATION | _STATION_21, "csms": _CSMS | _CSMS_21},
}
"""Version -> side that sends -> actions of its CALLs."""

UNCONFIRMED: Final[dict[Version, frozenset[str]]] = {
    "ocpp2.0.1": frozenset(),
    "ocpp2.1": frozenset({"NotifyPeriodicEventStream"}),
}
"""Actions of SEND, which is never answered ([2.1 Part 4 4.2.4]); the station sends them."""

FOLLOW_UPS: Final[dict[str, str]] = {
    "GetReport": "NotifyReport",
    "GetBaseReport": "NotifyReport",
    "GetMonitoringReport": "NotifyMonitoringReport",
    "GetDisplayMessages": "NotifyDisplayMessages",
    "CustomerInformation": "NotifyCustomerInformation",
    "GetChargingProfiles": "ReportChargingProfiles",
    "GetLog": "LogStatusNotification",
    "UpdateFirmware": "FirmwareStatusNotification",
    "PublishFirmware": "PublishFirmwareStatusNotification",
    "GetDERControl": "ReportDERControl",
}
"""Request of the CSMS -> message that follows on its acceptance, after the response ([Part 2 FR.05])."""


def other(side: Side) -> Side:
    """Return the side at the other end."""
    return "csms" if side == "station" else "station"


_KNOWN: Final[dict[Version, frozenset[str]]] = {
    version: sides["station"] | sides["csms"] | UNCONFIRMED[version] for version, sides in ACTIONS.items()
}


def known_actions(version: Version) -> frozenset[str]:
    """Return every action of a version, whoever sends it."""
    return _KNOWN[version]
