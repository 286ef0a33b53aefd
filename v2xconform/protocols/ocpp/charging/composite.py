"""What all profiles together allow: the lowest limit of the merged purposes, at an instant and as a composite schedule.

[SC.01], [K08.FR.04]. Limits are merged in watts; those in amperes are per phase ([K01.FR.51]).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor
from typing import Any, Final

from v2xconform.protocols.ocpp.charging.profiles import (
    EXTERNAL,
    GENERATION,
    PRIORITY,
    STATION_MAX,
    TX,
    TX_DEFAULT,
    Installed,
)
from v2xconform.protocols.ocpp.charging.schedules import Active, Facts, active, edges

EV: Final = "EV"
"""Purpose of the schedule that an EV has announced (NotifyEVChargingSchedule); it is no purpose of OCPP."""
LOWEST: Final = (STATION_MAX, EXTERNAL, EV)
"""Purposes that lower what the profile of the transaction allows."""
CHARGING_ONLY: Final = "ChargingOnly"


@dataclass(frozen=True, slots=True)
class Supply:
    """The electrical side of an EVSE."""

    voltage_v: float
    phases: int
    max_w: float
    dc: bool = False
    discharge_w: float = 0.0

    def watts(self, amperes: float, phases: int | None = None) -> float:
        """Return the power of a current per phase."""
        return amperes * self.voltage_v * (phases or self.phases)

    def used_phases(self, period: Mapping[str, Any]) -> int:
        """Return the phases of a period: 3 where it does not say ([K01.FR.49]), and not more than there are."""
        return self.phases if self.dc else min(int(period.get("numberPhases", 3)), self.phases)


@dataclass(frozen=True, slots=True)
class Site:
    """One EVSE with what is so there."""

    supply: Supply
    facts: Facts
    more: tuple[Installed, ...] = ()
    """Further schedules that lower the limit: what the EV has announced (purpose `EV`)."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What is allowed at an instant. Watts; discharging is negative."""

    limit_w: float
    phases: int = 3
    mode: str = CHARGING_ONLY
    """operationMode of the period that rules the transaction."""
    setpoint_w: float | None = None
    discharge_w: float | None = None
    ruling: Active | None = None
    """The period of the transaction's own purpose (TxProfile, TxDefaultProfile, PriorityCharging)."""
    parts: tuple[Active, ...] = field(default=())
    """All periods that took part."""

    @property
    def target_w(self) -> float:
        """Return the power that is aimed at: the limit, or the set point between the limits ([K08.FR.08])."""
        if self.setpoint_w is None:
            return self.limit_w
        if self.setpoint_w >= 0:
            return min(self.setpoint_w, self.limit_w)
        return self.setpoint_w if self.discharge_w is None else max(self.setpoint_w, self.discharge_w)


def in_watts(
    part: Active, name: str, supply: Supply, soc: float | None = None, blind: Iterable[str] = ()
) -> float | None:
    """Return limit, setpoint or dischargeLimit of a period, None where it has none."""
    period, schedule = part.period, part.schedule
    value = period.get(name)
    if value is None:
        return None
    value = float(value)
    for phase in ("L2", "L3"):
        value += float(period.get(f"{name}_{phase}", 0.0))
    cap = schedule.get("limitAtSoC")
    if (
        cap is not None
        and soc is not None
        and soc >= cap["soc"]
        and name != "dischargeLimit"
        and "limitAtSoC" not in blind
    ):
        value = min(value, float(cap["limit"]))  # [K01.FR.100]
    if schedule["chargingRateUnit"] == "W":
        return value
    return supply.watts(value, supply.used_phases(period))


def winner(
    profiles: Iterable[Installed], purpose: str, at: float, facts: Facts, which: int = 0
) -> Active | None:  # fmt: skip
    """Return the period of a purpose that holds: that of the highest stack level that has one ([K01.FR.17], [K01.FR.13])."""
    best: Active | None = None
    for one in profiles:
        if one.purpose != purpose or (purpose == TX and one.transaction != facts.transaction):
            continue
        found = active(one, at, facts, which)
        if found is None:
            continue
        higher = best is None or one.level > best.installed.level
        if higher != ("stackLevel" in facts.blind and best is not None):
            best = found
    return best


def ruling(profiles: Sequence[Installed], at: float, facts: Facts, which: int = 0) -> Active | None:
    """Return the period that the transaction follows: priority, its own profile, or the default ([K02.FR.04], [K21.FR.04])."""
    purposes = ((PRIORITY,) if facts.priority else ()) + ((TX,) if facts.transaction else ()) + (TX_DEFAULT,)
    for purpose in purposes:
        if purpose in facts.blind:
            continue
        found = winner(profiles, purpose, at, facts, which)
        if found is not None:
            return found
    return None


def merged(
    profiles: Sequence[Installed], site: Site, at: float, which: int = 0, *, with_station: bool = True
) -> Merged:  # fmt: skip
    """Return what profiles allow at an instant at one EVSE; `profiles` are those that apply to it.

    Without `with_station` what was set for the whole station (EVSE 0) is left out, for those who share it out themselves.
    """
    supply, facts = site.supply, site.facts
    limit, phases = supply.max_w, supply.phases
    own = ruling(profiles, at, facts, which)
    parts = [own] if own is not None else []
    for purpose in LOWEST:
        if purpose in facts.blind:
            continue
        found = winner(site.more if purpose == EV else profiles, purpose, at, facts, which)
        if found is not None and (with_station or found.installed.evse):
            parts.append(found)
    for part in parts:
        allowed = in_watts(part, "limit", supply, facts.soc, facts.blind)
        if allowed is not None:
            limit = min(limit, allowed)
        if not supply.dc and part.installed.purpose != EV:
            phases = min(phases, supply.used_phases(part.period))  # [K01.FR.140]
    extra = winner(profiles, GENERATION, at, facts) if with_station else None
    if extra is not None:
        parts.append(extra)
        limit = min(supply.max_w, limit + (in_watts(extra, "limit", supply) or 0.0))
    if own is None:
        return Merged(max(0.0, limit), phases, parts=tuple(parts))
    return Merged(
        max(0.0, limit), phases, str(own.period.get("operationMode", CHARGING_ONLY)),
        in_watts(own, "setpoint", supply, facts.soc, facts.blind), in_watts(own, "dischargeLimit", supply), own,
        tuple(parts),
    )  # fmt: skip


def all_edges(
    profiles: Iterable[Installed], sites: Iterable[Site], begin: float, end: float, which: int = 0
) -> list[float]:
    """Return the instants between two others at which what is allowed may change, in order."""
    found: set[float] = set()
    for site in sites:
        for one in (*profiles, *site.more):
            found.update(edges(one, begin, end, site.facts, which))
    return sorted(found)


def station_budget(profiles: Sequence[Installed], sites: Mapping[int, Site], at: float) -> float | None:
    """Return what the whole station may take from the grid at an instant, None where nothing says so ([K04.FR.05])."""
    whole = _whole(sites)
    wide = [one for one in profiles if one.evse == 0]
    limits = []
    for purpose in (STATION_MAX, EXTERNAL):
        found = None if purpose in whole.facts.blind else winner(wide, purpose, at, whole.facts)
        allowed = in_watts(found, "limit", whole.supply) if found is not None else None
        if allowed is not None:
            limits.append(allowed)
    if not limits:
        return None
    extra = winner(wide, GENERATION, at, whole.facts)
    more = in_watts(extra, "limit", whole.supply) or 0.0 if extra is not None else 0.0
    return max(0.0, min(limits)) + more


def _whole(sites: Mapping[int, Site]) -> Site:
    """Return the station as one site: its supply is that of the first EVSE, as wide as that of all."""
    first = next(iter(sites.values()))
    most = sum(site.supply.max_w for site in sites.values())
    supply = Supply(first.supply.voltage_v, first.supply.phases, most, first.supply.dc)
    return Site(supply, first.facts)


def allowed_at(
    profiles: Sequence[Installed], sites: Mapping[int, Site], evse: int, at: float, which: int = 0
) -> Merged:
    """Return what is allowed at an EVSE, or for the whole station (EVSE 0: the sum, below its own limits [K08.FR.03])."""
    if evse:
        applying = [one for one in profiles if one.evse in (0, evse)]
        return merged(applying, sites[evse], at, which)
    total = 0.0
    for number, site in sites.items():
        applying = [one for one in profiles if one.evse in (0, number)]
        total += merged(applying, site, at, which, with_station=False).limit_w
    budget = station_budget(profiles, sites, at)
    return Merged(total if budget is None else min(total, budget), _whole(sites).supply.phases)


def composite(
    profiles: Sequence[Installed], sites: Mapping[int, Site], evse: int, begin: float, duration: int, unit: str, which: int = 0
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the periods of the composite schedule of an EVSE (0: the station) from `begin` on ([K08.FR.02])."""
    concerned = sites if evse == 0 else {evse: sites[evse]}
    supply = _whole(sites).supply if evse == 0 else sites[evse].supply
    instants = [begin, *all_edges(profiles, concerned.values(), begin, begin + duration, which)]
    periods: list[dict[str, Any]] = []
    for instant in instants:
        period = _period(allowed_at(profiles, sites, evse, instant, which), supply, unit)
        period["startPeriod"] = round(instant - begin)
        if periods and periods[-1]["startPeriod"] == period["startPeriod"]:
            period["startPeriod"] = periods.pop()["startPeriod"]
        if not periods or not _same(periods[-1], period):
            periods.append(period)
    return [one for one in periods if one["startPeriod"] < max(duration, 1)]


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return {**one, "startPeriod": 0} == {**other, "startPeriod": 0}


def _period(allowed: Merged, supply: Supply, unit: str) -> dict[str, Any]:
    """Return a ChargingSchedulePeriodType; numbers are rounded towards what is safe."""
    phases = allowed.phases or supply.phases
    period: dict[str, Any] = {"startPeriod": 0, "limit": in_unit(allowed.limit_w, supply, unit, phases)}
    if not supply.dc:
        period["numberPhases"] = phases
    if allowed.mode != CHARGING_ONLY:
        period["operationMode"] = allowed.mode
    if allowed.setpoint_w is not None:
        period["setpoint"] = in_unit(allowed.target_w, supply, unit, phases)
    if allowed.discharge_w is not None:
        period["dischargeLimit"] = in_unit(allowed.discharge_w, supply, unit, phases)
    return period


def in_unit(watts: float, supply: Supply, unit: str, phases: int) -> float:
    """Return a power in W or, per phase, in A, with one decimal."""
    value = watts if unit == "W" else watts / (supply.voltage_v * phases)
    return floor(abs(value) * 10 + 1e-6) / 10 * (1 if value >= 0 else -1)
