"""The variables of SmartChargingCtrlr that are not required: names and types are those of the appendix of Part 2."""

from collections.abc import Iterator
from typing import Any, Final

from v2xconform.emulators.station.device_model import DataType, Mutability, Variable
from v2xconform.protocols.ocpp import Version

_COMPONENT: Final = "SmartChargingCtrlr"
_PERSISTENCE: Final = ("TxProfile", "LocalGeneration", "ChargingStationExternalConstraints")
# What a station supports is for its CSMS to read; this one lets it be switched off, so that its absence can be tested.
_TABLE_21: Final[tuple[tuple[str, str, DataType, Mutability, dict[str, Any]], ...]] = (
    ("ExternalConstraintsProfileDisallowed", "false", "boolean", "ReadWrite", {}),
    ("MaxExternalConstraintsId", "", "integer", "ReadWrite", {}),
    (
        "SupportedAdditionalPurposes",
        "PriorityCharging,LocalGeneration",
        "MemberList",
        "ReadWrite",
        {"values": ("PriorityCharging", "LocalGeneration")},
    ),
    ("SupportsDynamicProfiles", "true", "boolean", "ReadWrite", {}),
    ("SupportsMaxOfflineDuration", "true", "boolean", "ReadWrite", {}),
    ("SupportsUseLocalTime", "true", "boolean", "ReadWrite", {}),
    ("SupportsRandomizedDelay", "true", "boolean", "ReadWrite", {}),
    ("SupportsLimitAtSoC", "true", "boolean", "ReadWrite", {}),
    ("SupportsEvseSleep", "true", "boolean", "ReadWrite", {}),
)


def smart_charging_variables(version: Version) -> Iterator[Variable]:
    """Yield what a station of ours has beside the required variables."""
    yield Variable(_COMPONENT, "NotifyChargingLimitWithSchedules", "true", "boolean", "ReadWrite")
    yield Variable(_COMPONENT, "ACPhaseSwitchingSupported", "false", "boolean", "ReadOnly")
    yield Variable(_COMPONENT, "ExternalControlSignalsEnabled", "true", "boolean", "ReadWrite")
    yield Variable("ClockCtrlr", "TimeOffset", "+00:00", "string", "ReadWrite", maximum=6)
    if version != "ocpp2.1":
        return
    for name, value, kind, mutability, more in _TABLE_21:
        yield Variable(_COMPONENT, name, value, kind, mutability, **more)
    for purpose in _PERSISTENCE:
        yield Variable(_COMPONENT, "ChargingProfilePersistence", "false", "boolean", "ReadOnly", purpose)
