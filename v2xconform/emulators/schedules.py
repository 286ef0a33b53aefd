"""Schedules as a car reads them: which of several it takes, and what its power profile allows at a moment.

Trees: ScheduleTuple, PowerSchedule and EVPowerProfile of ISO 15118-20 (common messages).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from v2xconform.protocols.iso15118.rational import number
from v2xconform.protocols.iso15118.session20 import as_list

Tree = Mapping[str, Any]
_PHASES = ("", "_L2", "_L3")


def entry_power(entry: Tree) -> float:
    """Return the power of one entry in W: the sum over the phases that it names."""
    return sum(number(entry[f"Power{suffix}"]) for suffix in _PHASES if f"Power{suffix}" in entry)


def schedule_entries(schedule_tuple: Tree) -> list[Any]:
    """Return the entries of the charging schedule of a ScheduleTuple."""
    return as_list(_power_schedule(schedule_tuple).get("PowerScheduleEntries", {}).get("PowerScheduleEntry"))


def anchor(schedule_tuple: Tree, default: int) -> int:
    """Return when the charging schedule of a ScheduleTuple begins, in seconds since 1970."""
    return int(_power_schedule(schedule_tuple).get("TimeAnchor", default))


def _power_schedule(schedule_tuple: Tree) -> Tree:
    power: Tree = schedule_tuple.get("ChargingSchedule", {}).get("PowerSchedule", {})
    return power


def price(schedule_tuple: Tree) -> tuple[int, float]:
    """Return what orders schedules by price: their kind (fees, levels, none), then the mean over their time."""
    charging: Tree = schedule_tuple.get("ChargingSchedule", {})
    if "AbsolutePriceSchedule" in charging:
        stacks = as_list(charging["AbsolutePriceSchedule"].get("PriceRuleStacks", {}).get("PriceRuleStack"))
        fees = [(one.get("Duration", 0), _fee(one)) for one in stacks]
        return 0, _mean(fees)
    if "PriceLevelSchedule" in charging:
        entries = charging["PriceLevelSchedule"].get("PriceLevelScheduleEntries", {})
        levels = as_list(entries.get("PriceLevelScheduleEntry"))
        return 1, _mean([(one.get("Duration", 0), float(one.get("PriceLevel", 0))) for one in levels])
    return 2, 0.0


def _fee(stack: Tree) -> float:
    return max((number(rule.get("EnergyFee")) for rule in as_list(stack.get("PriceRule"))), default=0.0)


def _mean(values: Sequence[tuple[int, float]]) -> float:
    total = sum(duration for duration, _ in values)
    return sum(duration * value for duration, value in values) / total if total else 0.0


def chosen(offered: Sequence[Tree], preference: Literal["first", "cheapest"]) -> Tree:
    """Return the ScheduleTuple that a car takes; of equal ones the first. *offered* is not empty."""
    return min(offered, key=price) if preference == "cheapest" else offered[0]


def power_at(profile: Tree, utc: float) -> float | None:
    """Return what an EVPowerProfile allows at *utc* (W), None where it has no entry; the last one holds for ever."""
    entries = as_list(profile.get("EVPowerProfileEntries", {}).get("EVPowerProfileEntry"))
    return power_of(entries, utc - float(profile.get("TimeAnchor", utc)))


def power_of(entries: Sequence[Tree], seconds: float) -> float | None:
    """Return the power of the entry that holds *seconds* after the anchor."""
    power = None
    for entry in entries:
        power = entry_power(entry)
        seconds -= float(entry.get("Duration", 0))
        if seconds < 0:
            break
    return power
