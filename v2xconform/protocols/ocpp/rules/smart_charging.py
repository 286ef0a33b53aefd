"""Rules on single messages: charging profiles and schedules (block K); operation modes of 2.1 in `charging.operation_modes`."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from v2xconform.protocols.ocpp.charging.checks import mode_problem, periods_of
from v2xconform.protocols.ocpp.charging.profiles import EXTERNAL, GENERATION, PRIORITY, STATION_MAX, TX, TX_DEFAULT
from v2xconform.protocols.ocpp.rules.rule import Broken, Rule, Tree

_PROFILES: Final = ("SetChargingProfileRequest", "RequestStartTransactionRequest")
_TIMES: Final[dict[str, bool]] = {"Absolute": True, "Recurring": True, "Relative": False}
"""chargingProfileKind -> whether its schedules have a startSchedule."""


def _profile(tree: Tree) -> Mapping[str, Any] | None:
    found = tree.get("chargingProfile")
    return found if isinstance(found, Mapping) and "chargingSchedule" in found else None


def _schedules(tree: Tree) -> Iterator[tuple[str, Mapping[str, Any]]]:
    profile = _profile(tree)
    for place, schedule in enumerate(profile["chargingSchedule"] if profile is not None else ()):
        yield f"chargingProfile.chargingSchedule.{place}", schedule


# ---- what a CSMS sends


def _transaction(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    if profile is not None and profile["chargingProfilePurpose"] == TX and "transactionId" not in profile:
        yield Broken("chargingProfile.transactionId", "a TxProfile names its transaction")


def _no_transaction(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    if profile is not None and profile["chargingProfilePurpose"] != TX and "transactionId" in profile:
        yield Broken(
            "chargingProfile.transactionId", f"a {profile['chargingProfilePurpose']} belongs to no transaction"
        )


def _one_evse(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    if profile is not None and profile["chargingProfilePurpose"] == TX and tree["evseId"] < 1:
        yield Broken("evseId", f"a TxProfile is for one EVSE, not for {tree['evseId']}")


def _station_evse(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    if profile is not None and profile["chargingProfilePurpose"] == STATION_MAX and tree["evseId"] != 0:
        yield Broken("evseId", f"{STATION_MAX} is for EVSE 0, not for {tree['evseId']}")


def _external(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    if profile is not None and profile["chargingProfilePurpose"] == EXTERNAL:
        yield Broken("chargingProfile.chargingProfilePurpose", f"{EXTERNAL} is for external systems only")


def _first_period(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, schedule in _schedules(tree):
        start = schedule["chargingSchedulePeriod"][0]["startPeriod"]
        if start != 0:
            yield Broken(
                f"{path}.chargingSchedulePeriod.0.startPeriod", f"the first period starts at {start}, not at 0"
            )


def _in_order(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, schedule in _schedules(tree):
        starts = [period["startPeriod"] for period in schedule["chargingSchedulePeriod"]]
        if starts != sorted(set(starts)):
            yield Broken(f"{path}.chargingSchedulePeriod", f"the periods start at {starts}")


def _never_relative(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    if (
        profile is not None
        and profile["chargingProfilePurpose"] == STATION_MAX
        and profile["chargingProfileKind"] == "Relative"
    ):
        yield Broken("chargingProfile.chargingProfileKind", f"{STATION_MAX} is never Relative")


def _start(wanted: bool) -> Any:
    def look(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
        profile = _profile(tree)
        kind = profile["chargingProfileKind"] if profile is not None else ""
        for path, schedule in _schedules(tree):
            if _TIMES.get(kind) is wanted and ("startSchedule" in schedule) is not wanted:
                yield Broken(f"{path}.startSchedule", f"it {'is missing' if wanted else 'stands'} in a {kind} profile")

    return look


def _phase(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, schedule in _schedules(tree):
        for place, period in enumerate(schedule["chargingSchedulePeriod"]):
            if "phaseToUse" in period and period.get("numberPhases") != 1:
                yield Broken(f"{path}.chargingSchedulePeriod.{place}.phaseToUse", "it stands without numberPhases = 1")


def _remote_purpose(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    if profile is not None and profile["chargingProfilePurpose"] != TX:
        yield Broken(
            "chargingProfile.chargingProfilePurpose", f"{profile['chargingProfilePurpose']} is not for a remote start"
        )


def _remote_transaction(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    if profile is not None and "transactionId" in profile:
        yield Broken("chargingProfile.transactionId", "the transaction of a remote start has no id yet")


def _criteria(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if not any(key != "customData" for key in tree["chargingProfile"]):
        yield Broken("chargingProfile", "neither ids nor stackLevel, chargingLimitSource or chargingProfilePurpose")


def _clear_criteria(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    given = [key for key in tree.get("chargingProfileCriteria", {}) if key != "customData"]
    if "chargingProfileId" not in tree and not given:
        yield Broken("", "neither an id nor criteria say what is to be cleared")


def _clear_purpose(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    purpose = tree.get("chargingProfileCriteria", {}).get("chargingProfilePurpose")
    if purpose in (EXTERNAL, GENERATION):
        yield Broken("chargingProfileCriteria.chargingProfilePurpose", f"{purpose} is not for a CSMS to clear")


def _priority_duration(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    if profile is not None and profile["chargingProfilePurpose"] == PRIORITY:
        for path, schedule in _schedules(tree):
            if "duration" in schedule:
                yield Broken(f"{path}.duration", f"{PRIORITY} lasts until it is ended")


def _modes(purposes: tuple[str, ...]) -> Any:
    def look(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
        profile = _profile(tree)
        if profile is not None and profile["chargingProfilePurpose"] in purposes:
            wrong = mode_problem(profile)
            if wrong:
                yield Broken("chargingProfile", f"operationMode {wrong} is not for {profile['chargingProfilePurpose']}")

    return look


def _single_phases(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    if profile is not None and profile["chargingProfilePurpose"] != TX:
        for period in periods_of(profile):
            if "limit_L2" in period or "limit_L3" in period:
                yield Broken("chargingProfile", "limits of single phases are for TxProfiles")
                return


def _first_phase(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    for period in periods_of(profile) if profile is not None else ():
        if "limit" not in period and ("limit_L2" in period or "limit_L3" in period):
            yield Broken("chargingProfile", "limit_L2 and limit_L3 stand without limit")
            return


# ---- what a station answers and sends


def _accepted(breaks: Any) -> Any:
    """Return a rule on the answer: what `breaks` finds in the request must be Rejected."""

    def look(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
        if tree["status"] == "Accepted" and request:
            for found in breaks("SetChargingProfileRequest", request, {}):
                yield Broken("status", f"Accepted, although {found.text}")

    return look


def _delayed_purpose(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    if profile is not None and profile["chargingProfilePurpose"] not in (TX, TX_DEFAULT):
        for path, schedule in _schedules(tree):
            if schedule.get("randomizedDelay", 0) > 0:
                yield Broken(path, f"randomizedDelay is not for {profile['chargingProfilePurpose']}")


def _updates(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = _profile(tree)
    if profile is not None and profile["chargingProfileKind"] != "Dynamic":
        for key in ("dynUpdateInterval", "dynUpdateTime"):
            if key in profile:
                yield Broken(f"chargingProfile.{key}", f"{key} is not for {profile['chargingProfileKind']} profiles")


def _composite(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    schedule = tree.get("schedule")
    if tree["status"] != "Accepted":
        return
    if schedule is None:
        yield Broken("schedule", "it is missing although the status is Accepted")
        return
    for key in ("evseId", "duration", "chargingRateUnit"):
        if key in request and schedule[key] != request[key]:
            yield Broken(f"schedule.{key}", f"{schedule[key]!r}, asked for was {request[key]!r}")
    starts = [period["startPeriod"] for period in schedule["chargingSchedulePeriod"]]
    if starts[:1] != [0] or starts != sorted(set(starts)):
        yield Broken("schedule.chargingSchedulePeriod", f"the periods start at {starts}")
    elif schedule["duration"] > 0 and starts[-1] >= schedule["duration"]:
        text = f"a period starts at {starts[-1]} s, the duration is {schedule['duration']} s"
        yield Broken("schedule.chargingSchedulePeriod", text)


def _no_composite(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["status"] == "Rejected" and "schedule" in tree:
        yield Broken("schedule", "it stands although the status is Rejected")


def _limit_source(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    source = tree["chargingLimit"]["chargingLimitSource"]
    if source.upper() == "CSO":
        yield Broken("chargingLimit.chargingLimitSource", f"{source!r} is the CSMS itself")


def _needs(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    needs = tree["chargingNeeds"]
    if not any(
        key in needs
        for key in ("acChargingParameters", "dcChargingParameters", "v2xChargingParameters", "derChargingParameters")
    ):
        yield Broken("chargingNeeds", "neither the parameters of AC charging nor those of DC charging are there")


_RANGES: Final = (
    ("acChargingParameters", "evMinCurrent", "evMaxCurrent"), ("dcChargingParameters", "bulkSoC", "fullSoC"),
    *(("v2xChargingParameters", f"min{what}", f"max{what}")
      for what in ("ChargePower", "ChargeCurrent", "Voltage", "DischargePower", "DischargeCurrent")),
    ("v2xChargingParameters", "evMinEnergyRequest", "evMaxEnergyRequest"),
    ("v2xChargingParameters", "evMinV2XEnergyRequest", "evMaxV2XEnergyRequest"),
)  # fmt: skip
"""Parameters of charging needs: the second is not below the first."""
_POSITIVE: Final = (
    ("acChargingParameters", ("energyAmount", "evMinCurrent", "evMaxCurrent", "evMaxVoltage")),
    ("dcChargingParameters", ("evMaxCurrent", "evMaxVoltage", "evMaxPower", "evEnergyCapacity", "energyAmount")),
    ("v2xChargingParameters", ("minChargePower", "maxChargePower", "minChargeCurrent", "maxChargeCurrent", "minVoltage",
                               "maxVoltage")),
    ("derChargingParameters", ("maxApparentPower",)),
)  # fmt: skip


def _possible_needs(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    needs = tree["chargingNeeds"]
    for part, names in _POSITIVE:
        for key in names:
            if needs.get(part, {}).get(key, 0) < 0:
                yield Broken(f"chargingNeeds.{part}.{key}", f"{needs[part][key]:g} is below 0")
    for part, lowest, highest in _RANGES:
        found = needs.get(part, {})
        if lowest in found and highest in found and abs(found[lowest]) > abs(found[highest]) and found[lowest] > 0:
            yield Broken(f"chargingNeeds.{part}.{lowest}", f"{found[lowest]:g} is above {highest} {found[highest]:g}")


def _told_schedules(tree: Tree) -> Iterator[tuple[str, Any]]:
    """Yield the schedules that a station tells of itself, with their paths."""
    told = tree.get("chargingSchedule", ())
    if isinstance(told, Mapping):
        yield "chargingSchedule", told
    else:
        yield from ((f"chargingSchedule.{place}", one) for place, one in enumerate(told))


def _told_order(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, schedule in _told_schedules(tree):
        starts = [period["startPeriod"] for period in schedule["chargingSchedulePeriod"]]
        if starts[:1] != [0] or starts != sorted(set(starts)):
            yield Broken(f"{path}.chargingSchedulePeriod", f"the periods start at {starts}")


def _told_limits(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, schedule in _told_schedules(tree):
        for place, period in enumerate(schedule["chargingSchedulePeriod"]):
            if period.get("limit", 0) < 0:
                yield Broken(f"{path}.chargingSchedulePeriod.{place}.limit", f"{period['limit']:g} is no limit")


def _told_phases(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    schedule = tree.get("schedule", {})
    told = [*_told_schedules(tree), *([("schedule", schedule)] if schedule else [])]
    for path, one in told:
        for place, period in enumerate(one["chargingSchedulePeriod"]):
            if not 0 < period.get("numberPhases", 3) <= 3:
                yield Broken(f"{path}.chargingSchedulePeriod.{place}.numberPhases", f"{period['numberPhases']} phases")


def _reported(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, profile in enumerate(tree["chargingProfile"]):
        path = f"chargingProfile.{place}"
        if profile["chargingProfilePurpose"] == TX and "transactionId" not in profile:
            yield Broken(f"{path}.transactionId", "a TxProfile belongs to a transaction, and none is named")
        for number, schedule in enumerate(profile["chargingSchedule"]):
            starts = [period["startPeriod"] for period in schedule["chargingSchedulePeriod"]]
            if starts[:1] != [0] or starts != sorted(set(starts)):
                yield Broken(f"{path}.chargingSchedule.{number}", f"the periods start at {starts}")


def _reported_source(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, profile in enumerate(tree["chargingProfile"]):
        if profile["chargingProfilePurpose"] == EXTERNAL and tree["chargingLimitSource"].upper() == "CSO":
            yield Broken(f"chargingProfile.{place}", f"the source of a {EXTERNAL} profile is not the CSMS")


_SET: Final = "SetChargingProfileRequest"
_SET_ANSWER: Final = "SetChargingProfileResponse"
_START: Final = "RequestStartTransactionRequest"
_ONLY_21: Final = ("ocpp2.1",)
_TELL: Final = ("NotifyEVChargingScheduleRequest", "NotifyChargingLimitRequest")

SMART_CHARGING_RULES: Final[tuple[Rule, ...]] = (
    Rule("K01.FR.03", _SET, _transaction),
    Rule("OCPP-TxOfProfile", _SET, _no_transaction),
    Rule("K01.FR.16", _SET, _one_evse),
    Rule("K04.FR.03", _SET, _station_evse),
    Rule("K01.FR.22", _SET, _external),
    *(Rule("K01.FR.31", name, _first_period) for name in _PROFILES),
    *(Rule("K01.FR.35", name, _in_order) for name in _PROFILES),
    Rule("K01.FR.38", _SET, _never_relative),
    *(Rule("K01.FR.40", name, _start(True)) for name in _PROFILES),
    *(Rule("K01.FR.41", name, _start(False)) for name in _PROFILES),
    *(Rule("K01.FR.19", name, _phase) for name in _PROFILES),
    Rule("F01.FR.09", _START, _remote_purpose),
    Rule("F01.FR.11", _START, _remote_transaction),
    Rule("K09.FR.03", "GetChargingProfilesRequest", _criteria),
    Rule("K10.FR.02", "ClearChargingProfileRequest", _clear_criteria),
    Rule("K10.FR.06", "ClearChargingProfileRequest", _clear_purpose),
    Rule("K01.FR.73", _SET, _priority_duration, versions=_ONLY_21),
    Rule("K01.FR.111", _SET, _modes((PRIORITY, STATION_MAX)), versions=_ONLY_21),
    Rule("K01.FR.113", _SET, _modes((GENERATION,)), versions=_ONLY_21),
    Rule("K01.FR.143", _SET, _single_phases, versions=_ONLY_21),
    Rule("K01.FR.145", _SET, _first_phase, versions=_ONLY_21),
    Rule("K01.FR.16", _SET_ANSWER, _accepted(_one_evse)),
    Rule("K01.FR.70", _SET_ANSWER, _accepted(_priority_duration), versions=_ONLY_21),
    Rule("K01.FR.71", _SET_ANSWER, _accepted(_modes((PRIORITY,))), versions=_ONLY_21),
    Rule("K01.FR.95", _SET_ANSWER, _accepted(_delayed_purpose), versions=_ONLY_21),
    Rule("K01.FR.114", _SET_ANSWER, _accepted(_modes((STATION_MAX, GENERATION))), versions=_ONLY_21),
    Rule("K01.FR.122", _SET_ANSWER, _accepted(_updates), versions=_ONLY_21),
    Rule("K01.FR.144", _SET_ANSWER, _accepted(_single_phases), versions=_ONLY_21),
    Rule("K01.FR.146", _SET_ANSWER, _accepted(_first_phase), versions=_ONLY_21),
    Rule("K08.FR.02", "GetCompositeScheduleResponse", _composite),
    Rule("K08.FR.05", "GetCompositeScheduleResponse", _no_composite),
    Rule("K11.FR.05", "NotifyChargingLimitRequest", _limit_source),
    Rule("K15.FR.06", "NotifyEVChargingNeedsRequest", _needs),
    Rule("OCPP-ToldNeeds", "NotifyEVChargingNeedsRequest", _possible_needs),
    *(Rule("OCPP-ToldSchedule", name, look) for name in _TELL for look in (_told_order, _told_limits, _told_phases)),
    Rule("OCPP-ToldSchedule", "GetCompositeScheduleResponse", _told_phases),
    Rule("OCPP-ToldSchedule", "ReportChargingProfilesRequest", _reported),
    Rule("K11.FR.05", "ReportChargingProfilesRequest", _reported_source),
)
