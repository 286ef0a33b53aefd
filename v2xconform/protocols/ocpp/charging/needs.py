"""The schedule of an EV against the profile that it was given (K15.FR.09, K15.FR.11, K15.FR.12)."""

from collections.abc import Mapping
from typing import Any, Final

from v2xconform.protocols.ocpp.charging.profiles import Installed, seconds_of
from v2xconform.protocols.ocpp.charging.schedules import Facts, active

VOLTS: Final = 690.0
"""Watts of an ampere on three phases, where an EV and a CSMS use different units."""
TOLERANCE: Final = 0.01
SHORT_S: Final = 4.0
"""A period that is shorter says nothing of what the EV is up to."""


def exceeds(announced: Mapping[str, Any], profile: Mapping[str, Any], since: float) -> bool:
    """Tell whether the schedule of a NotifyEVChargingScheduleRequest is above the one that the EV had to choose from.

    `since` is when the profile came, which counts for schedules without a start.
    """
    schedule = announced["chargingSchedule"]
    base = seconds_of(announced["timeBase"])
    wanted = announced.get("selectedChargingScheduleId", schedule["id"])
    ids = [one["id"] for one in profile["chargingSchedule"]]
    which = ids.index(wanted) if wanted in ids else 0
    given = Installed(dict(profile), announced["evseId"], since=since)
    facts = Facts(started=base)
    periods = schedule["chargingSchedulePeriod"]
    for number, period in enumerate(periods):
        end = (
            periods[number + 1]["startPeriod"]
            if number + 1 < len(periods)
            else schedule.get("duration", period["startPeriod"] + 1)
        )
        if number + 1 < len(periods) and end - period["startPeriod"] < SHORT_S:
            continue  # the two clocks differ by so much: it is about the time before the profile
        for offset in sorted(
            {
                min(period["startPeriod"] + 2, end),
                (period["startPeriod"] + end) / 2,
                max(period["startPeriod"], end - 2),
            }
        ):
            if _above(period, schedule["chargingRateUnit"], given, base + offset, facts, which):
                return True
    return False


def _above(period: Mapping[str, Any], unit: str, given: Installed, at: float, facts: Facts, which: int) -> bool:
    found = active(given, at, facts, which)
    if found is None or "limit" not in found.period or "limit" not in period:
        return False
    allowed = float(found.period["limit"]) * (VOLTS if found.schedule["chargingRateUnit"] == "A" else 1.0)
    asked = float(period["limit"]) * (VOLTS if unit == "A" else 1.0)
    return asked > allowed * (1 + TOLERANCE)
