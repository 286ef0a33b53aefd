"""One charging profile at one instant: whether it is valid, and which period of its schedule holds then.

Everything that a schedule depends on beside itself is in `Facts`. A schedule changes at its `edges` only, so who wants to know
it over a time looks at it at each of them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from v2xconform.protocols.ocpp.charging.profiles import Installed, seconds_of, unqualified, validity

DAY_S: Final = 86400.0
_RECURS: Final = {"Daily": DAY_S, "Weekly": 7 * DAY_S}
_HOUR_S: Final = 3600.0
_ROUNDING_S: Final = 0.001
"""Times of OCPP have milliseconds: a schedule that starts now has been written with a start that may lie just ahead."""


def in_utc(utc: float) -> float:
    """Return how far local time is ahead where it is UTC."""
    return 0.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so at an EVSE."""

    started: float
    """When relative schedules begin: the EV is connected and authorized ([K01.FR.42]); without a transaction the instant of
    the question ([K08.FR.06])."""
    transaction: str = ""
    """transactionId, empty where there is none."""
    offline_since: float | None = None
    soc: float | None = None
    """State of charge in percent, None where it is not known."""
    priority: bool = False
    """Priority charging was asked for ([K21.FR.04])."""
    offset: Callable[[float], float] = in_utc
    """Seconds that local time is ahead of UTC at an instant."""
    random: bool = True
    """Random delays count; not for the schedule of a transaction that there is not ([2.1 K08.FR.06])."""
    blind: frozenset[str] = frozenset()
    """Fields of profiles that are not looked at: what quirks neglect."""


@dataclass(frozen=True, slots=True)
class Active:
    """A period that holds."""

    installed: Installed
    schedule: Mapping[str, Any]
    period: Mapping[str, Any]
    index: int


def is_valid(one: Installed, at: float, facts: Facts) -> bool:
    """Tell whether a profile may be used at an instant ([K01.FR.36], [K01.FR.37], [K01.FR.101])."""
    begin, end = validity(one.profile)
    if one.void or (at < begin and "validFrom" not in facts.blind) or (at >= end and "validTo" not in facts.blind):
        return False
    longest = one.profile.get("maxOfflineDuration")
    if longest is None or facts.offline_since is None or "maxOfflineDuration" in facts.blind:
        return True
    return bool(at <= facts.offline_since + longest)


def active(one: Installed, at: float, facts: Facts, which: int = 0) -> Active | None:
    """Return the period of a profile that holds at an instant, None where none does.

    `which` of its schedules is meant; the last one where it has not so many ([K15.FR.22]).
    """
    if not is_valid(one, at, facts):
        return None
    schedules = one.profile["chargingSchedule"]
    which = min(which, len(schedules) - 1)
    schedule = schedules[which]
    elapsed = _elapsed(one, schedule, at, facts)
    if -_ROUNDING_S < elapsed < 0:
        elapsed = 0.0
    duration = schedule.get("duration")
    if elapsed < 0 or (duration is not None and elapsed >= duration and "duration" not in facts.blind):
        return None
    # The last one that has begun: a period that a delay has put behind the next one never holds ([K01.FR.97]).
    starts = _starts(one, which, facts)
    begun = [number for number, start in enumerate(starts) if start <= elapsed]
    if not begun:
        return None
    return Active(one, schedule, schedule["chargingSchedulePeriod"][begun[-1]], begun[-1])


def edges(one: Installed, begin: float, end: float, facts: Facts, which: int = 0) -> Iterator[float]:
    """Yield the instants between `begin` and `end` at which what `active` returns may change, in no order."""
    for instant in _edges(one, begin, end, facts, which):
        if begin < instant < end:
            yield instant


def _edges(one: Installed, begin: float, end: float, facts: Facts, which: int) -> Iterator[float]:
    yield from validity(one.profile)
    longest = one.profile.get("maxOfflineDuration")
    if longest is not None and facts.offline_since is not None:
        yield facts.offline_since + longest + 0.001  # it is valid up to then and not longer
    schedules = one.profile["chargingSchedule"]
    which = min(which, len(schedules) - 1)
    schedule = schedules[which]
    local = bool(schedule.get("useLocalTime")) and "useLocalTime" not in facts.blind
    if local:
        yield from _shifts(begin, end, facts)
    offsets = [*_starts(one, which, facts), *([schedule["duration"]] if "duration" in schedule else [])]
    for anchor in _anchors(one, schedule, begin, end, facts):
        for offset in offsets:
            yield _from_local(anchor + offset, facts) if local else anchor + offset


def _starts(one: Installed, which: int, facts: Facts) -> list[float]:
    periods = one.profile["chargingSchedule"][which]["chargingSchedulePeriod"]
    delays = one.delays.get(which, []) if facts.random else []
    return [
        float(period["startPeriod"]) + (delays[number] if number < len(delays) else 0.0)
        for number, period in enumerate(periods)
    ]


def _elapsed(one: Installed, schedule: Mapping[str, Any], at: float, facts: Facts) -> float:
    """Return how long a schedule has been running at an instant, negative before it begins."""
    start, local = _start(one, schedule, facts)
    if local:
        at += facts.offset(at)
    if "startSchedule" in facts.blind and at < start:
        return 0.0
    period = _RECURS.get(one.profile.get("recurrencyKind", ""))
    if one.profile["chargingProfileKind"] == "Recurring" and period and "recurrencyKind" not in facts.blind:
        return at - start if at < start else (at - start) % period
    return at - start


def _start(one: Installed, schedule: Mapping[str, Any], facts: Facts) -> tuple[float, bool]:
    """Return when a schedule begins, and whether that is local time."""
    kind, text = one.profile["chargingProfileKind"], schedule.get("startSchedule")
    if kind == "Relative":
        return facts.started, False
    if kind == "Dynamic":
        # What counts is how old the last update is ([K28.FR.13]).
        return (seconds_of(one.profile["dynUpdateTime"]) if "dynUpdateTime" in one.profile else one.since), False
    if text is None:
        return one.since, False
    if schedule.get("useLocalTime") and "useLocalTime" not in facts.blind:
        return unqualified(text), True
    return seconds_of(text), False


def _anchors(
    one: Installed, schedule: Mapping[str, Any], begin: float, end: float, facts: Facts
) -> Iterator[float]:  # fmt: skip
    """Yield the starts of a schedule that matter between two instants: one, or those of its recurrences."""
    start, local = _start(one, schedule, facts)
    yield start
    period = _RECURS.get(one.profile.get("recurrencyKind", ""))
    if one.profile["chargingProfileKind"] != "Recurring" or not period:
        return
    ahead = facts.offset(begin) if local else 0.0
    number = max(1, int((begin + ahead - start) // period))
    while start + number * period < end + ahead + _HOUR_S:
        yield start + number * period
        number += 1


def _from_local(local: float, facts: Facts) -> float:
    return local - facts.offset(local - facts.offset(local))


def _shifts(begin: float, end: float, facts: Facts) -> Iterator[float]:
    """Yield the full hours at which local time shifts ([K01.FR.91])."""
    hour = begin - begin % _HOUR_S + _HOUR_S
    while hour < end:
        if facts.offset(hour) != facts.offset(hour - 1):
            yield hour
        hour += _HOUR_S
