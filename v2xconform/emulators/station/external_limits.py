"""Limits of external systems (EMS, grid operator, local generation) and what the CSMS hears of them (K11 to K14, K27)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from v2xconform.emulators.station.block import Payload
from v2xconform.protocols.ocpp.charging.composite import in_watts, winner
from v2xconform.protocols.ocpp.charging.profiles import EXTERNAL, GENERATION, Installed

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_FIRST_ID: Final = -1000
"""Ids of external limits are negative, where MaxExternalConstraintsId does not say otherwise ([K11.FR.06])."""


@dataclass(slots=True)
class ExternalLimits:
    """What external systems have set at one station."""

    station: "Station"
    _ids: dict[tuple[str, str, int], int] = field(default_factory=dict)
    """(source, purpose, EVSE) -> id of its profile."""
    _told: dict[tuple[str, str, int], float] = field(default_factory=dict)
    """(source, purpose, EVSE) -> limit in W that the CSMS was told last."""

    @property
    def disallowed(self) -> bool:
        """ExternalConstraintsProfileDisallowed of 2.1 ([K11.FR.07])."""
        return self.station.variables.flag("SmartChargingCtrlr.ExternalConstraintsProfileDisallowed")

    def set(
        self, now: float, *, limit: float = 0.0, unit: str = "W", source: str = "EMS", evse: int = 0,
        periods: list[Payload] | None = None, duration: int | None = None, generation: bool = False, critical: bool = False,
    ) -> None:  # fmt: skip
        """Set a limit: one value, or `periods` of a schedule."""
        purpose = GENERATION if generation else EXTERNAL
        if purpose == EXTERNAL and self.disallowed:
            return
        smart, policy = self.station.smart_charging, self.station.policy.smart_charging
        key = (source, purpose, evse)
        schedule: Payload = {
            "id": 1, "startSchedule": self.station.timestamp(), "chargingRateUnit": unit,
            "chargingSchedulePeriod": periods or [{"startPeriod": 0, "limit": limit}],
        }  # fmt: skip
        if duration is not None:
            schedule["duration"] = duration
        profile: Payload = {
            "id": self.id_of(key), "stackLevel": 0, "chargingProfilePurpose": policy.external_purpose or purpose,
            "chargingProfileKind": "Absolute", "chargingSchedule": [schedule],
        }  # fmt: skip
        new = Installed(profile, evse, source, self.station.utc())
        smart.install(new, now)
        if self._changed(key, new):
            self._tell(key, schedule, critical, now)

    def id_of(self, key: tuple[str, str, int]) -> int:
        """Return an id for the profile, not above MaxExternalConstraintsId ([K01.FR.82])."""
        wanted = self.station.policy.smart_charging.external_id
        if wanted is not None:
            return wanted
        if key not in self._ids:
            highest = self.station.variables.text("SmartChargingCtrlr.MaxExternalConstraintsId")
            first = min(_FIRST_ID, int(highest)) if highest else _FIRST_ID
            self._ids[key] = first - len(self._ids)
        return self._ids[key]

    def _changed(self, key: tuple[str, str, int], new: Installed) -> bool:
        """Tell whether the limit is one that has to be told ([K11.FR.02], [SC.03])."""
        smart = self.station.smart_charging
        site = next(iter(smart.sites().values()))
        found = winner([new], new.purpose, self.station.utc(), site.facts)
        watts = in_watts(found, "limit", site.supply) if found is not None else None
        before = self._told.get(key)
        if watts is None or (before is not None and not smart.limit.significant(before, watts)):
            return False
        self._told[key] = watts
        return True

    def _tell(self, key: tuple[str, str, int], schedule: Payload, critical: bool, now: float) -> None:
        source, purpose, evse = key
        policy, version = self.station.policy.smart_charging, self.station.version
        limit: Payload = {"chargingLimitSource": policy.limit_source or source}
        if critical:
            limit["isGridCritical"] = True
        if purpose == GENERATION and version == "ocpp2.1" and policy.marks_generation:
            limit["isLocalGeneration"] = True
        payload: Payload = {"chargingLimit": limit, **({"evseId": evse} if evse else {})}
        if self.station.variables.flag("SmartChargingCtrlr.NotifyChargingLimitWithSchedules"):
            payload["chargingSchedule"] = [schedule]
        if policy.tells_limits:
            tell = lambda at: self.station.call("NotifyChargingLimit", payload, at)  # noqa: E731 - a name for what is due
            self.station.agenda.at(now, tell)

    def release(self, now: float, *, source: str = "EMS", evse: int = 0, **_: Any) -> None:
        """Release what a source has set ([K13.FR.01], [K13.FR.02])."""
        smart, policy = self.station.smart_charging, self.station.policy.smart_charging
        gone = [one for one in smart.store if one.source == source and one.evse == evse]
        if not gone:
            return
        if policy.clears:
            smart.store.drop(gone)
        self._told = {key: value for key, value in self._told.items() if (key[0], key[2]) != (source, evse)}
        payload: Payload = {"chargingLimitSource": policy.limit_source or source, **({"evseId": evse} if evse else {})}
        if policy.tells_cleared:
            self.station.call("ClearedChargingLimit", payload, now)
        smart.apply(now)
