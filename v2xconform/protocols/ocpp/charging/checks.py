"""Which charging profiles a station refuses, with the requirement and the reason code; each check is one function.

A check takes a `Proposal` and returns the `Problem` that it finds. Who adds a kind of profile adds its checks to `CHECKS`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from v2xconform.protocols.ocpp import Version
from v2xconform.protocols.ocpp.charging.composite import CHARGING_ONLY, Supply
from v2xconform.protocols.ocpp.charging.profiles import (
    EXTERNAL,
    GENERATION,
    PRIORITY,
    STATION_MAX,
    TX,
    TX_DEFAULT,
    Installed,
    ProfileStore,
    overlap,
)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a station can do with profiles: the variables of SmartChargingCtrlr, and its EVSEs."""

    version: Version
    supplies: Mapping[int, Supply]
    """EVSE -> its electrical side."""
    units: tuple[str, ...] = ("A", "W")
    max_level: int = 10
    max_periods: int = 1024
    max_external_id: int | None = None
    """MaxExternalConstraintsId, None where it is not there or not set."""
    purposes: tuple[str, ...] = ()
    """SupportedAdditionalPurposes of 2.1."""
    modes: tuple[str, ...] = ()
    """SupportedOperationModes beside ChargingOnly."""
    dynamic: bool = False
    local_time: bool = False
    random_delay: bool = False
    limit_at_soc: bool = False
    evse_sleep: bool = False
    offline: bool = False
    phase_switching: bool = False
    """ACPhaseSwitchingSupported."""
    evse_modes: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """EVSE -> its own SupportedOperationModes, where EVSEs differ."""
    balancing: frozenset[int] | None = None
    """EVSEs at which the variables are set that LocalLoadBalancing needs ([Q09.FR.02]); None: not looked at."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A profile that somebody wants to install."""

    profile: Mapping[str, Any]
    evse: int
    store: ProfileStore
    abilities: Abilities
    transactions: Mapping[int, str] = field(default_factory=dict)
    """EVSE -> transactionId of what runs there."""
    phases_of_ev: Mapping[int, int] = field(default_factory=dict)
    """EVSE -> phases for which its EV has reported limits of their own ([K01.FR.142])."""
    starting: bool = False
    """It came with RequestStartTransaction: there is no transaction yet."""
    discharge_phases_of_ev: Mapping[int, int] = field(default_factory=dict)
    """EVSE -> phases for which its EV has reported what it can feed back ([V2X.08])."""

    @property
    def purpose(self) -> str:
        """Return chargingProfilePurpose."""
        return str(self.profile["chargingProfilePurpose"])

    @property
    def schedules(self) -> list[Mapping[str, Any]]:
        """Return its schedules."""
        return list(self.profile["chargingSchedule"])

    @property
    def periods(self) -> Iterator[Mapping[str, Any]]:
        """Yield the periods of all schedules."""
        yield from periods_of(self.profile)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a profile is refused."""

    requirement: str
    reason: str
    """reasonCode."""
    text: str


def periods_of(profile: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the periods of all schedules of a profile."""
    for schedule in profile["chargingSchedule"]:
        yield from schedule["chargingSchedulePeriod"]


Check = Callable[[Proposal], Problem | None]


def problems(proposal: Proposal) -> Iterator[Problem]:
    """Yield every reason to refuse a profile, the first one is the one to tell."""
    for check in CHECKS:
        found = check(proposal)
        if found is not None:
            yield found


def _evse(one: Proposal) -> Problem | None:
    if one.evse and one.evse not in one.abilities.supplies:
        return Problem("K01.FR.28", "UnknownEvse", f"there is no EVSE {one.evse}")
    return None


def _external(one: Proposal) -> Problem | None:
    if one.purpose == EXTERNAL:
        return Problem("K01.FR.22", "InvalidProfile", f"{EXTERNAL} is not for a CSMS to set")
    return None


def _known_id(one: Proposal) -> Problem | None:
    known = one.store.find(int(one.profile["id"]))
    if known is not None and known.purpose == EXTERNAL:
        return Problem("K01.FR.05", "InvalidProfileId", "a profile of an external system has this id")
    highest = one.abilities.max_external_id
    if highest is not None and one.profile["id"] <= highest:
        return Problem("K01.FR.81", "InvalidProfileId", f"ids up to {highest} are those of external limits")
    return None


def _purpose(one: Proposal) -> Problem | None:
    if one.purpose in (PRIORITY, GENERATION) and one.purpose not in one.abilities.purposes:
        return Problem("K01.FR.120", "UnsupportedPurpose", f"{one.purpose} is not among SupportedAdditionalPurposes")
    if one.purpose == STATION_MAX and one.evse:
        return Problem("K04.FR.03", "InvalidProfile", f"{STATION_MAX} is for EVSE 0")
    if one.purpose == STATION_MAX and one.profile["chargingProfileKind"] == "Relative":
        return Problem("K01.FR.38", "InvalidProfile", f"{STATION_MAX} is never Relative")
    return None


def _transaction(one: Proposal) -> Problem | None:
    if one.purpose != TX:
        if one.starting:
            return Problem("K05.FR.02", "InvalidProfile", "a profile of RequestStartTransaction is a TxProfile")
        return None
    if one.starting:
        if "transactionId" in one.profile:
            return Problem(
                "F01.FR.11", "InvalidProfile", "no transactionId stands in a profile of RequestStartTransaction"
            )
        return None
    if one.evse == 0:
        return Problem("K01.FR.16", "InvalidProfile", "a TxProfile is for one EVSE")
    running = one.transactions.get(one.evse)
    if running is None:
        return Problem("K01.FR.09", "TxNotFound", f"there is no transaction at EVSE {one.evse}")
    if one.profile.get("transactionId") != running:
        return Problem("K01.FR.33", "TxNotFound", "there is no such transaction")
    return None


def _unit(one: Proposal) -> Problem | None:
    for schedule in one.schedules:
        if schedule["chargingRateUnit"] not in one.abilities.units:
            return Problem("K01.FR.26", "UnsupportedRateUnit", f"{schedule['chargingRateUnit']} is not supported")
    return None


def _sizes(one: Proposal) -> Problem | None:
    if one.profile["stackLevel"] > one.abilities.max_level or one.profile["stackLevel"] < 0:
        return Problem("K01.FR.17", "InvalidStackLevel", f"stack levels go from 0 to {one.abilities.max_level}")
    if any(len(schedule["chargingSchedulePeriod"]) > one.abilities.max_periods for schedule in one.schedules):
        return Problem("K01.FR.35", "TooManyElements", f"a schedule has {one.abilities.max_periods} periods at most")
    return None


def _order(one: Proposal) -> Problem | None:
    for schedule in one.schedules:
        starts = [period["startPeriod"] for period in schedule["chargingSchedulePeriod"]]
        if starts[0] != 0:
            return Problem("K01.FR.31", "InvalidSchedule", "the first period does not start at 0")
        if starts != sorted(set(starts)):
            return Problem("K01.FR.35", "InvalidSchedule", "the periods are not in the order of time")
    return None


def _start(one: Proposal) -> Problem | None:
    kind = one.profile["chargingProfileKind"]
    for schedule in one.schedules:
        given = "startSchedule" in schedule
        if kind in ("Absolute", "Recurring") and not given:
            return Problem("K01.FR.40", "InvalidSchedule", f"an {kind} profile has a startSchedule")
        if kind == "Relative" and given:
            return Problem("K01.FR.41", "InvalidSchedule", "a Relative profile has no startSchedule")
    if kind == "Recurring" and "recurrencyKind" not in one.profile:
        return Problem("K01.FR.40", "InvalidProfile", "a Recurring profile says how often")
    return None


def _phases(one: Proposal) -> Problem | None:
    supply = one.abilities.supplies.get(one.evse)
    if supply is None or supply.dc:
        return None  # [K01.FR.44]: it may accept and ignore them
    for period in one.periods:
        if "phaseToUse" in period and period.get("numberPhases", 3) != 1:
            return Problem("K01.FR.19", "InvalidSchedule", "phaseToUse needs numberPhases = 1")
        if "phaseToUse" in period and not one.abilities.phase_switching and period["phaseToUse"] != 1:
            return Problem("K01.FR.48", "InvalidSchedule", "this EVSE cannot switch to that phase")
    return None


def _stacked(one: Proposal) -> Problem | None:
    """No two valid profiles of one purpose and stack level ([K01.FR.06], [K01.FR.39], [K01.FR.52], [K01.FR.53])."""
    for other in one.store:
        if other.id == one.profile["id"] or other.purpose != one.purpose or other.level != one.profile["stackLevel"]:
            continue
        if one.purpose == TX:
            if not one.starting and other.transaction == one.profile.get("transactionId"):
                return Problem("K01.FR.39", "DuplicateProfile", f"profile {other.id} has this stack level")
            continue
        if one.purpose == TX_DEFAULT and other.evse != one.evse:
            if 0 in (one.evse, other.evse):
                requirement = "K01.FR.52" if one.evse == 0 else "K01.FR.53"
                return Problem(
                    requirement, "DuplicateProfile", f"profile {other.id} of EVSE {other.evse} has this stack level"
                )
            continue
        if other.evse == one.evse and overlap(one.profile, other.profile):
            return Problem("K01.FR.06", "DuplicateProfile", f"profile {other.id} has this stack level at the same time")
    return None


# ---- fields of 2.1


def _priority(one: Proposal) -> Problem | None:
    if one.purpose == PRIORITY and any("duration" in schedule for schedule in one.schedules):
        return Problem("K01.FR.70", "InvalidSchedule", f"{PRIORITY} has no duration")
    if one.purpose == PRIORITY and any(
        period.get("operationMode", CHARGING_ONLY) != CHARGING_ONLY for period in one.periods
    ):
        return Problem("K01.FR.71", "InvalidSchedule", f"{PRIORITY} is for charging only")
    return None


def _kind(one: Proposal) -> Problem | None:
    dynamic = one.profile["chargingProfileKind"] == "Dynamic"
    if dynamic and not one.abilities.dynamic:
        return Problem("K01.FR.121", "UnsupportedKind", "dynamic profiles are not supported")
    if not dynamic and ("dynUpdateInterval" in one.profile or "dynUpdateTime" in one.profile):
        return Problem("K01.FR.122", "InvalidProfile", "updates are for dynamic profiles")
    return None


def _supported(one: Proposal) -> Problem | None:
    can = one.abilities
    for schedule in one.schedules:
        if schedule.get("useLocalTime") and not can.local_time:
            return Problem("K01.FR.123", "InvalidSchedule", "useLocalTime is not supported")
        if schedule.get("randomizedDelay", 0) > 0 and one.purpose not in (TX, TX_DEFAULT):
            return Problem("K01.FR.95", "InvalidSchedule", "random delays are for profiles of transactions")
        if schedule.get("randomizedDelay", 0) > 0 and not can.random_delay:
            return Problem("K01.FR.124", "InvalidSchedule", "randomizedDelay is not supported")
        if "limitAtSoC" in schedule and not can.limit_at_soc:
            return Problem("K01.FR.125", "InvalidSchedule", "limitAtSoC is not supported")
    return None


_MODES: Final[dict[str, frozenset[str]]] = {
    STATION_MAX: frozenset({CHARGING_ONLY}),
    PRIORITY: frozenset({CHARGING_ONLY}),
    EXTERNAL: frozenset({CHARGING_ONLY, "ExternalLimits", "ExternalSetpoint"}),
    GENERATION: frozenset({CHARGING_ONLY, "ExternalLimits"}),
}
"""Purpose -> operation modes that it may have; the other purposes may have all ([K01.FR.111] to [K01.FR.113])."""


def mode_problem(profile: Mapping[str, Any]) -> str:
    """Return which operation mode does not fit the purpose of a profile, empty where all do."""
    allowed = _MODES.get(str(profile["chargingProfilePurpose"]))
    for schedule in profile["chargingSchedule"]:
        for period in schedule["chargingSchedulePeriod"]:
            mode = period.get("operationMode", CHARGING_ONLY)
            if allowed is not None and mode not in allowed:
                return str(mode)
    return ""


def _modes(one: Proposal) -> Problem | None:
    wrong = mode_problem(one.profile)
    if wrong:
        return Problem("K01.FR.114", "InvalidOperationMode", f"{wrong} is not for {one.purpose}")
    for period in one.periods:
        mode = period.get("operationMode", CHARGING_ONLY)
        modes = one.abilities.evse_modes.get(one.evse, one.abilities.modes)
        if mode != CHARGING_ONLY and mode not in modes:
            return Problem("K01.FR.115", "InvalidOperationMode", f"{mode} is not supported")
        if period.get("evseSleep") and (mode != "Idle" or not one.abilities.evse_sleep):
            return Problem("K01.FR.126", "InvalidSchedule", "evseSleep is not supported here")
        if mode == CHARGING_ONLY and one.abilities.version == "ocpp2.1" and "limit" not in period:
            return Problem("K01.FR.31", "InvalidSchedule", "a period that only charges has a limit")
    return None


def _single_phases(one: Proposal) -> Problem | None:
    """Fields for single phases are for TxProfiles of EVs that have reported such ([K01.FR.142] to [K01.FR.146])."""
    for period in one.periods:
        fields = [name for name in ("limit_L2", "limit_L3") if name in period]
        if not fields:
            continue
        if one.purpose != TX:
            return Problem("K01.FR.144", "PhaseConflict", f"{fields[0]} is for TxProfiles")
        if "limit" not in period:
            return Problem("K01.FR.146", "PhaseConflict", f"{fields[0]} needs a limit")
        if one.phases_of_ev.get(one.evse, 1) < 1 + len(fields):
            return Problem("K01.FR.144", "PhaseConflict", f"the EV has reported no limits for {', '.join(fields)}")
    return None


def _phase_conflict(one: Proposal) -> Problem | None:
    wanted = {period["phaseToUse"] for period in one.periods if "phaseToUse" in period}
    if one.abilities.version != "ocpp2.1" or not wanted:
        return None
    for other in one.store:
        if other.id == one.profile["id"] or (other.evse != one.evse and 0 not in (other.evse, one.evse)):
            continue
        if not overlap(one.profile, other.profile) or (
            other.purpose == one.purpose and other.purpose in (TX, TX_DEFAULT)
        ):
            continue
        used = {
            p["phaseToUse"]
            for s in other.profile["chargingSchedule"]
            for p in s["chargingSchedulePeriod"]
            if "phaseToUse" in p
        }
        if used and not used & wanted:
            return Problem("K01.FR.141", "PhaseConflict", f"profile {other.id} uses another phase")
    return None


CHECKS: list[Check] = [
    _external, _evse, _known_id, _purpose, _kind, _transaction, _unit, _sizes, _order, _start, _phases, _priority,
    _supported, _modes, _single_phases, _phase_conflict, _stacked,
]  # fmt: skip
"""In the order in which they are made."""


def installed_of(proposal: Proposal, since: float, source: str = "CSO") -> Installed:
    """Return the profile of a proposal as it is installed."""
    return Installed(dict(proposal.profile), proposal.evse, source, since)
