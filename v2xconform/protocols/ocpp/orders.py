"""Whether a request of a CSMS says what its operator wanted: it has ids of its own, leaves defaults out, rounds times."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

LISTS: Final = {
    "GetVariables": "getVariableData", "SetVariables": "setVariableData", "GetReport": "componentVariable",
    "GetMonitoringReport": "componentVariable", "SetVariableMonitoring": "setMonitoringData",
    "ClearVariableMonitoring": "id", "SendLocalList": "localAuthorizationList",
}  # fmt: skip
"""Action -> its list, which may go out in parts."""
_OWN: Final = frozenset({
    "requestId", "remoteStartId", "versionNumber", "customData", "SetChargingProfile.chargingProfile.id",
    "RequestStartTransaction.chargingProfile.id", "SetDisplayMessage.message.id", "ReserveNow.id", "SetDERControl.controlId",
    "tariff.tariffId",
    "chargingSchedule.*.id", "SetVariableMonitoring.setMonitoringData.id", "PublishFirmware.requestId",
    "constantStreamData.id",
})  # fmt: skip
"""What a CSMS gives its own value: last part, or end, of a path."""
_DEFAULTS: Final[dict[str, Any]] = {
    "attributeType": "Actual", "operationMode": "ChargingOnly", "invalidAfterOfflineDuration": False, "useLocalTime": False,
    "randomizedDelay": 0, "numberPhases": 3, "evseSleep": False, "preconditioningRequest": False, "transaction": False,
}  # fmt: skip
"""Values that say the same as an absent field."""
_TEXTS: Final = frozenset(
    {"name", "instance", "idToken", "language", "issuerNameHash", "issuerKeyHash", "serialNumber", "checksum"}
)
"""Fields in which case says nothing."""
_NARROWER: Final[dict[str, frozenset[str]]] = {
    "Reset": frozenset({"evseId"}), "ChangeAvailability": frozenset({"evse"}), "TriggerMessage": frozenset({"evse"}),
    "ClearChargingProfile": frozenset({"chargingProfileId", "chargingProfileCriteria"}),
    "GetChargingProfiles": frozenset({"evseId"}), "GetTransactionStatus": frozenset({"transactionId"}),
    "GetReport": frozenset({"componentCriteria", "componentVariable"}),
    "GetMonitoringReport": frozenset({"monitoringCriteria", "componentVariable"}),
    "GetDisplayMessages": frozenset({"id", "priority", "state"}), "SetDisplayMessage": frozenset({"transactionId", "state"}),
    "ReserveNow": frozenset({"evseId", "connectorType", "groupIdToken"}),
    "ClearTariffs": frozenset({"tariffIds", "evseId"}),
    "ClearDERControl": frozenset({"controlType", "controlId"}), "GetDERControl": frozenset({"controlType", "controlId"}),
    "GetInstalledCertificateIds": frozenset({"certificateType"}),
}  # fmt: skip
"""Action -> fields that make it say less, or something else, where nobody has asked for them."""
_CRITERIA: Final = ("chargingProfileCriteria", "chargingProfile")
"""Objects of ClearChargingProfile and GetChargingProfiles that are criteria through and through."""
_TARIFFS: Final = ("SetDefaultTariff", "ChangeTransactionTariff")
_TIME_S: Final = 90.0
"""Operators think in minutes."""


def difference(version: str, action: str, wanted: Any, sent: Any, path: str = "") -> str:
    """Return the first place in which a request is not what an operator has asked for, empty where there is none."""
    if isinstance(wanted, Mapping) and isinstance(sent, Mapping):
        return _of_objects(version, action, wanted, sent, path)
    if isinstance(wanted, list) and isinstance(sent, list):
        if len(wanted) != len(sent):
            return f"{path} has {len(sent)} entries, {len(wanted)} were wanted"
        if not any(isinstance(one, dict) for one in wanted):  # which kinds, which ids: a set
            wanted, sent = sorted(wanted, key=str), sorted(sent, key=str)
        pairs = enumerate(zip(wanted, sent, strict=True))
        return next(
            (d for n, (one, other) in pairs if (d := difference(version, action, one, other, f"{path}.{n}"))), ""
        )
    return "" if _same(wanted, sent, path.rpartition(".")[2]) else f"{path} is {sent!r}, {wanted!r} was wanted"


def _of_objects(version: str, action: str, wanted: Mapping[str, Any], sent: Mapping[str, Any], path: str) -> str:
    for key, value in wanted.items():
        where = f"{path}.{key}" if path else key
        if _is_own(version, action, where):
            continue
        if key not in sent:
            if _DEFAULTS.get(key) != value:
                return f"{where} is left out, {value!r} was wanted"
            continue
        found = difference(version, action, value, sent[key], where)
        if found:
            return found
    for key, value in sent.items():
        where = f"{path}.{key}" if path else key
        if key in wanted or key == "customData":
            continue
        criterion = path in _CRITERIA and action in ("ClearChargingProfile", "GetChargingProfiles")
        priced = action in _TARIFFS and key not in ("description", "tariffId")  # whatever is added changes what is paid
        if criterion or priced or key in _NARROWER.get(action, ()) or _DEFAULTS.get(key, value) != value:
            return f"{where} is {value!r}, nothing of the kind was wanted"
    return ""


def _is_own(version: str, action: str, path: str) -> bool:
    """Tell whether a CSMS chooses the value at a path itself."""
    plain = ".".join("*" if part.isdecimal() else part for part in path.split("."))
    if version == "ocpp2.1" and plain == "connectionData.ocppVersion":
        return True  # deprecated: stations do not look at it
    whole = f"{action}.{plain}"
    return any(whole == own or whole.endswith(f".{own}") for own in _OWN)


def _same(wanted: Any, sent: Any, key: str) -> bool:
    if isinstance(wanted, str) and isinstance(sent, str):
        if key in _TEXTS:
            return wanted.casefold() == sent.casefold()
        at, other = _instant(wanted), _instant(sent)
        if at is not None and other is not None:
            return abs(at - other) <= _TIME_S
        return wanted.split() == sent.split()
    plain = not isinstance(wanted, bool) and not isinstance(sent, bool)
    if plain and isinstance(wanted, int | float) and isinstance(sent, int | float):
        return abs(wanted - sent) < 0.05
    return bool(wanted == sent and isinstance(wanted, bool) == isinstance(sent, bool))


def _instant(text: str) -> float | None:
    if len(text) < len("2026-01-01T00:00"):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
