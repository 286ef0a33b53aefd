"""The variables of SmartChargingCtrlr that are not required: names and types are those of the appendix of Part 2."""

from collections.abc import Iterator
from typing import Any, Final

from v2xconform.emulators.station.device_model import DataType, Mutability, Variable
from v2xconform.protocols.ocpp import Version

_COMPONENT: Final = "SmartChargingCtrlr"
_PERSISTENCE: Final = ("TxProfile", "LocalGeneration", "ChargingStationExternalConstraints")
_TABLE_21: Final[tuple[tuple[str, str, DataType, Mutability, dict[str, Any]], ...]] = (
    ("ExternalConstraintsProfileDisallowed", "false", "boolean", "ReadWrite", {}),
    ("MaxExternalConstraintsId", "", "integer", "ReadWrite", {}),
    ("SupportedAdditionalPurposes", "PriorityCharging,LocalGeneration", "MemberList", "ReadOnly", {}),
    ("SupportsDynamicProfiles", "true", "boolean", "ReadOnly", {}),
    ("SupportsMaxOfflineDuration", "true", "boolean", "ReadOnly", {}),
    ("SupportsUseLocalTime", "true", "boolean", "ReadOnly", {}),
    ("SupportsRandomizedDelay", "true", "boolean", "ReadOnly", {}),
    ("SupportsLimitAtSoC", "true", "boolean", "ReadOnly", {}),
    ("SupportsEvseSleep", "true", "boolean", "ReadOnly", {}),
)


def smart_charging_variables(version: Version) -> Iterator[Variable]:
    """Yield what a station of ours has beside the required variables."""
    yield Variable(_COMPONENT, "NotifyChargingLimitWithSchedules", "true", "boolean", "ReadWrite")
    yield Variable(_COMPONENT, "ACPhaseSwitchingSupported", "false", "boolean", "ReadOnly")
    yield Variable(_COMPONENT, "ExternalControlSignalsEnabled", "true", "boolean", "ReadWrite")
    if version != "ocpp2.1":
        return
    for name, value, kind, mutability, more in _TABLE_21:
        yield Variable(_COMPONENT, name, value, kind, mutability, **more)
    for purpose in _PERSISTENCE:
        yield Variable(_COMPONENT, "ChargingProfilePersistence", "false", "boolean", "ReadOnly", purpose)
