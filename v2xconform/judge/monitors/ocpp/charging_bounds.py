"""What the known charging profiles allow at most, in the unit in which they say it (SC.01, K08.FR.04).

Where a relative schedule began is not known exactly, so each instant at which it may have begun is tried and the highest limit
counts. Watts and amperes are only compared at the EVSE for which PIXIT say its voltage and phases.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from v2xconform.judge.context import Context
from v2xconform.judge.monitors.ocpp.charging_history import ChargingHistory
from v2xconform.protocols.ocpp.charging.composite import CHARGING_ONLY, Site, Supply, merged
from v2xconform.protocols.ocpp.charging.profiles import EXTERNAL, STATION_MAX, Installed, seconds_of
from v2xconform.protocols.ocpp.charging.schedules import Active, Facts, edges

EDGE_S: Final = 4.0
"""Around the start of a period either limit may hold: clocks, whole seconds, the way of the messages."""
_NOWHERE: Final = Supply(230.0, 3, 1e12)
_FIELDS_OF_CHANCE: Final = ("randomizedDelay", "useLocalTime", "limitAtSoC", "maxOfflineDuration")
"""What makes a schedule depend on things that a bystander does not see."""


@dataclass(slots=True)
class Bounds:
    """Upper bounds from the history of one trace."""

    history: ChargingHistory
    context: Context

    def above(self, schedule: Mapping[str, Any]) -> str:
        """Return where a composite schedule is above the known profiles, empty where it is not."""
        evse, unit = schedule["evseId"], schedule["chargingRateUnit"]
        begin, periods = seconds_of(schedule["scheduleStart"]), schedule["chargingSchedulePeriod"]
        end = begin + schedule["duration"]
        starts = [begin + one["startPeriod"] for one in periods]
        instants = {start + EDGE_S + 1 for start in starts} | {begin + EDGE_S + 1}
        for one in self.history.store:
            for facts in self._facts(evse, begin):
                instants |= {edge + EDGE_S + 1 for edge in edges(one, begin, end, facts)}
        for at in sorted(instant for instant in instants if begin <= instant < end - EDGE_S):
            holding = [one for one, start in zip(periods, starts, strict=True) if start <= at]
            limit = holding[-1].get("limit") if holding else None
            if limit is None:
                continue
            most = self._highest(evse, (at - EDGE_S, at, at + EDGE_S), begin, unit)
            if most is not None and limit > most * 1.01 + 0.11:
                return f"{limit:g} {unit} after {at - begin:.0f} s, they allow {most:g} {unit}"
        return ""

    def allowed(self, evse: int, since: float, until: float, unit: str) -> float | None:
        """Return the highest limit at an EVSE in a span of time, None where there is none."""
        instants = {since, until}
        for one in self.history.store:
            for facts in self._facts(evse, until):
                instants |= set(edges(one, since, until, facts))
        return self._highest(evse, sorted(instants), until, unit)

    def _highest(self, evse: int, instants: Any, asked: float, unit: str) -> float | None:
        found = [self._limit(evse, at, facts, unit) for at in instants for facts in self._facts(evse, asked)]
        return None if any(one is None for one in found) else max(one for one in found if one is not None)

    def _facts(self, evse: int, asked: float) -> list[Facts]:
        """Return what may be so at an EVSE: when relative schedules began, and whether it has priority."""
        running = self.history.running_at(evse)
        if running is None:
            return [Facts(asked)]
        starts = {running.began, asked, *({running.charging} if running.charging is not None else ())}
        starts |= {one.since for one in self.history.store if one.profile["chargingProfileKind"] == "Relative"}
        choices = (True, False) if running.id in self.history.priority else (False,)
        return [Facts(start, running.id, priority=choice) for start in sorted(starts) for choice in choices]

    def _limit(self, evse: int, at: float, facts: Facts, unit: str) -> float | None:
        """Return the lowest limit of the profiles that hold at an instant, None where none limits for sure."""
        profiles = self._sure()
        if evse == 0:
            wide = [one for one in profiles if one.evse == 0 and one.purpose in (STATION_MAX, EXTERNAL)]
            parts: tuple[Active, ...] = merged(wide, Site(_NOWHERE, facts), at).parts
        else:
            applying = [one for one in profiles if one.evse in (0, evse)]
            parts = merged(applying, Site(_NOWHERE, facts), at).parts
        limits = [limit for part in parts if (limit := self._in_unit(part, evse, unit)) is not None]
        return min(limits) if limits else None

    def _sure(self) -> list[Installed]:
        """Return the profiles that a bystander can follow; one of chance takes those below it along."""
        known = [one for one in self.history.store if one.id not in self.history.unsure]
        if self.history.unsure or any(_by_chance(one) for one in known):
            return [one for one in known if one.purpose == STATION_MAX and not _by_chance(one)]
        return known

    def _in_unit(self, part: Active, evse: int, unit: str) -> float | None:
        limit, own = part.period.get("limit"), part.schedule["chargingRateUnit"]
        if limit is None or part.period.get("operationMode", CHARGING_ONLY) != CHARGING_ONLY:
            return None
        if "limit_L2" in part.period or "limit_L3" in part.period:
            return None
        if own == unit:
            return float(limit)
        pixit = self.context.pixit
        if evse != pixit.get("evse") or "voltage" not in pixit or "phases" not in pixit:
            return None
        watts = float(pixit["voltage"]) * 1.1 * float(pixit["phases"])
        return float(limit) * watts if unit == "W" else None


def _by_chance(one: Installed) -> bool:
    schedules = one.profile["chargingSchedule"]
    return (
        len(schedules) > 1
        or "maxOfflineDuration" in one.profile
        or any(schedule.get(name) for schedule in schedules for name in _FIELDS_OF_CHANCE)
    )


def measured(body: Mapping[str, Any]) -> Iterator[tuple[str, str, float, float]]:
    """Yield measurand, unit, value and instant of what a message tells of power and current."""
    for value in body.get("meterValue", ()):
        at = seconds_of(value["timestamp"])
        for one in value["sampledValue"]:
            name = one.get("measurand", "")
            if one.get("location", "Outlet") not in ("Outlet", "EV"):
                continue
            unit = one.get("unitOfMeasure", {})
            number = float(one["value"]) * 10.0 ** unit.get("multiplier", 0)
            if name in ("Power.Active.Import", "Power.Offered") and "phase" not in one:
                factor = 1000.0 if unit.get("unit") == "kW" else 1.0
                yield name, "W", number * factor, at
            elif name in ("Current.Import", "Current.Offered") and one.get("phase") in ("L1", "L2", "L3"):
                yield name, "A", number, at
