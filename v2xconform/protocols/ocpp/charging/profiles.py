"""The charging profiles that are installed at a station: who has set them, for which EVSE, and which match what is asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

Profile = dict[str, Any]
"""ChargingProfileType, a plain tree."""

EXTERNAL: Final = "ChargingStationExternalConstraints"
GENERATION: Final = "LocalGeneration"
STATION_MAX: Final = "ChargingStationMaxProfile"
TX: Final = "TxProfile"
TX_DEFAULT: Final = "TxDefaultProfile"
PRIORITY: Final = "PriorityCharging"
OF_THE_STATION: Final = frozenset({EXTERNAL, GENERATION})
"""Purposes of limits that an external system has set: not for the CSMS to replace or clear ([K01.FR.05], [K10.FR.04])."""
KEPT: Final = frozenset({STATION_MAX, TX_DEFAULT, PRIORITY})
"""Purposes whose profiles survive a reboot in both versions ([K01.FR.27]); the transaction of a TxProfile does not."""


def seconds_of(text: str) -> float:
    """Return a dateTime of OCPP as seconds since 1970; a time without a zone counts as UTC."""
    moment = datetime.fromisoformat(text.replace("z", "Z").replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def unqualified(text: str) -> float:
    """Return a dateTime as seconds of a local clock, whatever its zone says ([K01.FR.90])."""
    return datetime.fromisoformat(text.replace("z", "Z").replace("Z", "+00:00")).replace(tzinfo=UTC).timestamp()


@dataclass(slots=True)
class Installed:
    """A profile at its place."""

    profile: Profile
    evse: int
    """The EVSE that it was set for; 0 is the station."""
    source: str = "CSO"
    """ChargingLimitSource."""
    since: float = 0.0
    """When it was installed."""
    delays: dict[int, list[float]] = field(default_factory=dict)
    """Schedule (counted from 0) -> random delay of each of its periods ([K01.FR.92])."""
    void: bool = False
    """It was offline for longer than maxOfflineDuration and is not valid again after that ([K01.FR.102])."""

    @property
    def id(self) -> int:
        """Return chargingProfile.id."""
        return int(self.profile["id"])

    @property
    def purpose(self) -> str:
        """Return chargingProfilePurpose."""
        return str(self.profile["chargingProfilePurpose"])

    @property
    def level(self) -> int:
        """Return stackLevel."""
        return int(self.profile["stackLevel"])

    @property
    def transaction(self) -> str:
        """Return the transactionId, empty where there is none."""
        return str(self.profile.get("transactionId", ""))


@dataclass(slots=True)
class ProfileStore:
    """All of them, in the order in which they were set."""

    installed: list[Installed] = field(default_factory=list)

    def __iter__(self) -> Iterator[Installed]:
        return iter(self.installed)

    def find(self, number: int) -> Installed | None:
        """Return the profile with an id."""
        return next((one for one in self.installed if one.id == number), None)

    def put(self, new: Installed) -> None:
        """Install a profile; one with its id goes ([K01.FR.05])."""
        self.installed = [one for one in self.installed if one.id != new.id]
        self.installed.append(new)

    def drop(self, gone: list[Installed]) -> None:
        """Take profiles away."""
        self.installed = [one for one in self.installed if not any(one is other for other in gone)]

    def matching(self, evse: int | None, criterion: Mapping[str, Any]) -> list[Installed]:
        """Return the profiles that GetChargingProfiles asks for: all of its fields have to fit ([K09.FR.04] to [K09.FR.06])."""
        return [
            one for one in self.installed
            if evse in (None, one.evse)
            and criterion.get("chargingProfilePurpose", one.purpose) == one.purpose
            and criterion.get("stackLevel", one.level) == one.level
            and one.id in criterion.get("chargingProfileId", [one.id])
            and one.source in criterion.get("chargingLimitSource", [one.source])
        ]  # fmt: skip

    def clearable(self, number: int | None, criteria: Mapping[str, Any]) -> list[Installed]:
        """Return the profiles that ClearChargingProfile means, without those of the station ([K10.FR.03], [K10.FR.04])."""
        return [
            one for one in self.installed
            if one.purpose not in OF_THE_STATION and (one.id == number if number is not None else _meant(one, criteria))
        ]  # fmt: skip

    def of_evse(self, evse: int) -> list[Installed]:
        """Return the profiles that are owned by an EVSE and by the station, which apply to it."""
        return [one for one in self.installed if one.evse in (0, evse)]


def _meant(one: Installed, criteria: Mapping[str, Any]) -> bool:
    return bool(
        criteria.get("evseId", one.evse) == one.evse
        and criteria.get("chargingProfilePurpose", one.purpose) == one.purpose
        and criteria.get("stackLevel", one.level) == one.level
    )


def validity(profile: Mapping[str, Any]) -> tuple[float, float]:
    """Return the first instant at which a profile is valid and the first at which it is not any more."""
    begin = seconds_of(profile["validFrom"]) if "validFrom" in profile else float("-inf")
    end = seconds_of(profile["validTo"]) if "validTo" in profile else float("inf")
    return begin, end


def overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two profiles are valid at the same time at some instant."""
    (begin, end), (other_begin, other_end) = validity(one), validity(other)
    return max(begin, other_begin) < min(end, other_end)
