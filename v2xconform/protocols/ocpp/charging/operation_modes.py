"""Operation modes of 2.1: which purpose may have which, and which fields of a period each needs, allows and forbids.

The table is that of Part 2 (operation modes of charging schedule periods) with the requirements that say the same in words;
where table and text differ, the more lenient reading is the one that refuses. Stations refuse with `MODE_CHECKS`, the rules on
messages of a CSMS use the same functions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from v2xconform.protocols.ocpp.charging.checks import CHECKS, Check, Problem, Proposal, periods_of
from v2xconform.protocols.ocpp.charging.composite import CHARGING_ONLY
from v2xconform.protocols.ocpp.charging.profiles import EXTERNAL, GENERATION, PRIORITY, STATION_MAX, TX, TX_DEFAULT

Period = Mapping[str, Any]

LIMITS: Final = ("limit", "dischargeLimit")
SETPOINTS: Final = ("setpoint", "setpointReactive")
POWERS: Final = (*LIMITS, *SETPOINTS)
"""Fields that have variants for the phases L2 and L3."""
LOCAL: Final = ("v2xFreqWattCurve", "v2xBaseline", "v2xSignalWattCurve")


@dataclass(frozen=True, slots=True)
class Mode:
    """The fields of a period in one operation mode; what stands in neither tuple must not be there."""

    needs: tuple[str, ...] = ()
    allows: tuple[str, ...] = ()
    forbidden_by: str = ""
    """Requirement that forbids the rest, empty where only the table does."""
    missing_reason: str = "InvalidSchedule"
    """reasonCode for what is missing."""

    def forbids(self, field: str) -> bool:
        """Tell whether a field must not be there."""
        return field not in self.needs and field not in self.allows


MODES: Final[dict[str, Mode]] = {
    "ChargingOnly": Mode(("limit",), (), "Q02.FR.02"),
    "CentralSetpoint": Mode(("setpoint",), ("limit", "dischargeLimit", "setpointReactive")),
    "CentralFrequency": Mode(("setpoint",), ("limit", "dischargeLimit")),
    "ExternalSetpoint": Mode((), POWERS),
    "ExternalLimits": Mode((), LIMITS),
    "LocalFrequency": Mode(
        ("v2xFreqWattCurve", "v2xBaseline"), ("v2xSignalWattCurve",), "Q08.FR.04", "NoFreqWattCurve"
    ),
    "LocalLoadBalancing": Mode((), LIMITS),
    "Idle": Mode((), (), "Q10.FR.02"),
}
"""operationMode -> its fields."""

ALLOWED_MODES: Final[dict[str, frozenset[str]]] = {
    TX: frozenset(MODES),
    TX_DEFAULT: frozenset(MODES),
    PRIORITY: frozenset({CHARGING_ONLY}),
    STATION_MAX: frozenset({CHARGING_ONLY}),
    EXTERNAL: frozenset({CHARGING_ONLY, "ExternalLimits", "ExternalSetpoint"}),
    GENERATION: frozenset({CHARGING_ONLY, "ExternalLimits"}),
}
"""Purpose -> operation modes of its periods ([K01.FR.111] to [K01.FR.113])."""

DISCHARGING: Final = frozenset({"AC_BPT", "AC_BPT_DER", "AC_DER", "DC_BPT", "DC_ACDP_BPT"})
"""Energy transfer modes in which an EV may feed back."""


def mode_of(period: Period) -> str:
    """Return the operation mode of a period; ChargingOnly where it does not say ([K01.FR.110])."""
    return str(period.get("operationMode", CHARGING_ONLY))


def base_of(field: str) -> str:
    """Return a field without the postfix of its phase."""
    return field.removesuffix("_L2").removesuffix("_L3")


def forbidden_fields(period: Period) -> list[str]:
    """Return the fields of a period that its mode does not have, those for single phases too."""
    mode = MODES[mode_of(period)]
    watched = (*POWERS, *LOCAL)
    return [name for name in period if base_of(name) in watched and mode.forbids(base_of(name))]


def missing_fields(period: Period) -> list[str]:
    """Return what a period lacks in its mode; a curve of one point is none ([Q08.FR.02])."""
    lacks = [name for name in MODES[mode_of(period)].needs if name not in period]
    if len(period.get("v2xFreqWattCurve", (0, 0))) < 2 and mode_of(period) == "LocalFrequency":
        lacks.append("v2xFreqWattCurve")
    return lacks


def out_of_range(period: Period) -> str:
    """Return why a set point does not lie between its limits, empty where it does ([V2X.05])."""
    for phase in ("", "_L2", "_L3"):
        setpoint = period.get(f"setpoint{phase}")
        limit, discharge = period.get(f"limit{phase}"), period.get(f"dischargeLimit{phase}")
        if setpoint is None:
            continue
        if limit is not None and setpoint > limit:
            return f"setpoint{phase} {setpoint} is above limit{phase} {limit}"
        if discharge is not None and setpoint < discharge:
            return f"setpoint{phase} {setpoint} is beyond dischargeLimit{phase} {discharge}"
    return ""


def phase_fields(period: Period) -> list[str]:
    """Return the fields of a period that are for one phase only."""
    return [name for name in period if name != base_of(name) and base_of(name) in POWERS]


def lonely_phase_fields(period: Period) -> list[str]:
    """Return those whose field without the postfix is missing ([K01.FR.145], [V2X.07])."""
    return [name for name in phase_fields(period) if base_of(name) not in period]


def dynamic_problem(profile: Mapping[str, Any]) -> str:
    """Return what is wrong with the shape of a dynamic profile ([K28.FR.01], [K28.FR.02]), empty for nothing."""
    if profile["chargingProfileKind"] != "Dynamic":
        return ""
    periods = list(periods_of(profile))
    if len(profile["chargingSchedule"]) != 1 or len(periods) != 1:
        return f"a dynamic profile has one schedule of one period, not {len(profile['chargingSchedule'])} of {len(periods)}"
    start = periods[0]["startPeriod"]
    return "" if start == 0 else f"the period of a dynamic profile starts at 0, not at {start}"


# ---- checks of a station


def _dynamic(one: Proposal) -> Problem | None:
    wrong = dynamic_problem(one.profile)
    return Problem("K28.FR.03", "InvalidSchedule", wrong) if wrong else None


def _fields(one: Proposal) -> Problem | None:
    for place, period in _placed(one):
        mode = mode_of(period)
        foreign, lacks = forbidden_fields(period), missing_fields(period)
        if foreign and MODES[mode].forbidden_by and mode != CHARGING_ONLY:
            text = f"{', '.join(foreign)} is not for {mode} ({place})"
            return Problem(MODES[mode].forbidden_by, "InvalidSchedule", text)
        if lacks and mode == "LocalFrequency":
            return Problem("Q08.FR.03", "NoFreqWattCurve", f"{', '.join(lacks)} is missing ({place})")
        if lacks and mode != CHARGING_ONLY:
            return Problem("OCPP-OperationMode", "InvalidSchedule", f"{mode} needs {', '.join(lacks)} ({place})")
    return None


def _placed(one: Proposal) -> Iterator[tuple[str, Period]]:
    """Yield periods with a place that statusInfo can name ([Q08.FR.03])."""
    for schedule in one.schedules:
        for period in schedule["chargingSchedulePeriod"]:
            yield f"schedule {schedule['id']}, startPeriod {period['startPeriod']}", period


def _range(one: Proposal) -> Problem | None:
    for place, period in _placed(one):
        wrong = out_of_range(period)
        if wrong:
            return Problem("V2X.05", "InvalidSchedule", f"{wrong} ({place})")
    return None


def _phases(one: Proposal) -> Problem | None:
    """Set points and discharge limits for single phases ([V2X.07] to [V2X.10])."""
    for period in one.periods:
        fields = [name for name in phase_fields(period) if base_of(name) != "limit"]
        if not fields:
            continue
        if one.purpose != TX:
            return Problem("V2X.10", "PhaseConflict", f"{fields[0]} is for TxProfiles")
        lonely = [name for name in lonely_phase_fields(period) if name in fields]
        if lonely:
            return Problem("V2X.10", "PhaseConflict", f"{lonely[0]} needs {base_of(lonely[0])}")
        if one.discharge_phases_of_ev.get(one.evse, 1) < 2:
            return Problem("V2X.10", "PhaseConflict", f"the EV has reported no power for the phase of {fields[0]}")
    return None


def _frequency_unit(one: Proposal) -> Problem | None:
    for schedule in one.schedules:
        modes = {mode_of(period) for period in schedule["chargingSchedulePeriod"]}
        if "LocalFrequency" in modes and schedule["chargingRateUnit"] != "W":
            return Problem("Q08.FR.05", "InvalidSchedule", "a frequency-watt curve is in watts")
    return None


def _load_balancing(one: Proposal) -> Problem | None:
    ready = one.abilities.balancing
    balances = any(mode_of(period) == "LocalLoadBalancing" for period in one.periods)
    if balances and ready is not None and (one.evse not in ready if one.evse else not ready):
        return Problem("Q09.FR.02", "MissingDevModelInfo", "thresholds and offsets of load balancing are not set")
    return None


MODE_CHECKS: Final[tuple[Check, ...]] = (
    _dynamic, _fields, _frequency_unit, _range, _phases, _load_balancing,
)  # fmt: skip
CHECKS.extend(MODE_CHECKS)
