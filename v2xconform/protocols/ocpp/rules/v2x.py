"""Rules on single messages: bidirectional power transfer, operation modes, dynamic profiles (block Q, K18, K19, K28)."""

from collections.abc import Iterator
from typing import Final

from v2xconform.protocols.ocpp.charging import operation_modes as modes
from v2xconform.protocols.ocpp.charging.operation_modes import ALLOWED_MODES, MODES, Period, base_of, mode_of
from v2xconform.protocols.ocpp.charging.profiles import TX
from v2xconform.protocols.ocpp.rules.rule import Broken, Rule, Tree


def _periods(profile: Tree) -> Iterator[tuple[str, Tree, Period]]:
    """Yield path, schedule and period of each period of a profile."""
    for number, schedule in enumerate(profile["chargingSchedule"]):
        for place, period in enumerate(schedule["chargingSchedulePeriod"]):
            yield f"chargingProfile.chargingSchedule.{number}.chargingSchedulePeriod.{place}", schedule, period


def _purpose_modes(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = tree["chargingProfile"]
    purpose = profile["chargingProfilePurpose"]
    for path, _, period in _periods(profile):
        if mode_of(period) not in ALLOWED_MODES[purpose]:
            yield Broken(f"{path}.operationMode", f"{mode_of(period)} is not for the purpose {purpose}")


def _local_frequency(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, _, period in _periods(tree["chargingProfile"]):
        if mode_of(period) == "LocalFrequency":
            for field in modes.forbidden_fields(period):
                yield Broken(f"{path}.{field}", "LocalFrequency has a curve in place of limits and set points")


def _local_frequency_needs(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, _, period in _periods(tree["chargingProfile"]):
        if mode_of(period) == "LocalFrequency":
            for field in modes.missing_fields(period):
                yield Broken(f"{path}.{field}", "LocalFrequency needs a baseline and a curve of at least two points")
            if len(period.get("v2xSignalWattCurve", (0, 0))) < 2:
                yield Broken(f"{path}.v2xSignalWattCurve", "a curve has at least two points")


def _local_frequency_unit(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, schedule, period in _periods(tree["chargingProfile"]):
        if mode_of(period) == "LocalFrequency" and schedule["chargingRateUnit"] != "W":
            yield Broken(path, "a schedule with LocalFrequency is in W")
            return


def _idle(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, _, period in _periods(tree["chargingProfile"]):
        if mode_of(period) == "Idle":
            for field in modes.forbidden_fields(period):
                if base_of(field) in modes.POWERS:
                    yield Broken(f"{path}.{field}", "Idle has neither limits nor set points")


def _central(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """The table of operation modes allows what [Q03.FR.02] and [Q07.FR.03] forbid: a warning."""
    for path, _, period in _periods(tree["chargingProfile"]):
        if mode_of(period) in ("CentralSetpoint", "CentralFrequency"):
            for field in period:
                if base_of(field) in modes.LIMITS:
                    yield Broken(f"{path}.{field}", f"{mode_of(period)} has a set point and no limits")


def _central_frequency(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = tree["chargingProfile"]
    if profile["chargingProfileKind"] != "Dynamic":
        for path, _, period in _periods(profile):
            if mode_of(period) == "CentralFrequency":
                yield Broken(path, "CentralFrequency stands in a profile of the kind Dynamic")
                return


def _setpoint_missing(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, _, period in _periods(tree["chargingProfile"]):
        if mode_of(period) in ("CentralSetpoint", "CentralFrequency"):
            for field in modes.missing_fields(period):
                yield Broken(f"{path}.{field}", f"{mode_of(period)} needs it")


def _charging_only(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, _, period in _periods(tree["chargingProfile"]):
        if mode_of(period) == "ChargingOnly":
            for field in modes.forbidden_fields(period):
                yield Broken(f"{path}.{field}", "ChargingOnly has a limit and nothing else")


def _range(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, _, period in _periods(tree["chargingProfile"]):
        wrong = modes.out_of_range(period)
        if wrong:
            yield Broken(path, wrong)


def _other_purpose_phases(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = tree["chargingProfile"]
    if profile["chargingProfilePurpose"] == TX:
        return
    for path, _, period in _periods(profile):
        for field in modes.phase_fields(period):
            yield Broken(f"{path}.{field}", f"values for single phases are for {TX}s only")


def _lonely_phases(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, _, period in _periods(tree["chargingProfile"]):
        for field in modes.lonely_phase_fields(period):
            yield Broken(f"{path}.{field}", f"stands there without {base_of(field)}")


def _dynamic(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    wrong = modes.dynamic_problem(tree["chargingProfile"])
    if wrong:
        yield Broken("chargingProfile.chargingSchedule", wrong)


def _static_update(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    profile = tree["chargingProfile"]
    if profile["chargingProfileKind"] != "Dynamic":
        for field in ("dynUpdateInterval", "dynUpdateTime"):
            if field in profile:
                yield Broken(f"chargingProfile.{field}", "is for profiles of the kind Dynamic")


def _accepts(requirement_looks: Rule) -> Rule:
    """Return the rule by which a station must not accept what a rule on requests forbids."""

    def look(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
        if tree["status"] == "Accepted" and request:
            for found in requirement_looks.look("SetChargingProfileRequest", request, {}):
                yield Broken("status", f"Accepted, although {found.path}: {found.text}")
                return

    return Rule(
        _REFUSED_BY[requirement_looks.requirement], "SetChargingProfileResponse", look, versions=("ocpp2.1",)
    )  # fmt: skip


# ---- needs


def _parameters(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    needs = tree["chargingNeeds"]
    if "controlMode" not in needs:
        return
    if "v2xChargingParameters" not in needs:
        yield Broken("chargingNeeds", "controlMode is there (ISO 15118-20), but no v2xChargingParameters")
    for field in ("acChargingParameters", "dcChargingParameters"):
        if field in needs:
            yield Broken(f"chargingNeeds.{field}", "ISO 15118-20 has v2xChargingParameters in its place")


def _available(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    needs = tree["chargingNeeds"]
    available = needs.get("availableEnergyTransfer")
    if available is not None and needs["requestedEnergyTransfer"] not in available:
        text = f"{needs['requestedEnergyTransfer']} is requested, but not among {', '.join(available)}"
        yield Broken("chargingNeeds.availableEnergyTransfer", text)


def _bidirectional(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    needs = tree["chargingNeeds"]
    if needs["requestedEnergyTransfer"] not in modes.DISCHARGING:
        return
    for field in ("controlMode", "v2xChargingParameters", "availableEnergyTransfer"):
        if field not in needs:
            yield Broken(f"chargingNeeds.{field}", f"{needs['requestedEnergyTransfer']} needs it")


def _positive_powers(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for field, value in tree["chargingNeeds"].get("v2xChargingParameters", {}).items():
        if "ischargePower" in field and value < 0:
            yield Broken(f"chargingNeeds.v2xChargingParameters.{field}", f"{value} is negative; the EV says how much")


# ---- events and reports


def _mode_changed(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["triggerReason"] == "OperationModeChanged" and "operationMode" not in tree["transactionInfo"]:
        yield Broken("transactionInfo.operationMode", "the event is about a new operation mode and does not name it")


def _dynamic_time(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, profile in enumerate(tree["chargingProfile"]):
        if profile["chargingProfileKind"] == "Dynamic" and "dynUpdateTime" not in profile:
            yield Broken(f"chargingProfile.{place}.dynUpdateTime", f"profile {profile['id']} is dynamic and has none")


# ---- updates


def _pulled_nothing(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["status"] == "Accepted" and not tree.get("scheduleUpdate"):
        yield Broken("scheduleUpdate", "the values to use are missing")


def _pushed_nothing(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if not tree["scheduleUpdate"]:
        yield Broken("scheduleUpdate", "it has no value")


def _update_range(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    wrong = modes.out_of_range(tree.get("scheduleUpdate", {}))
    if wrong:
        yield Broken("scheduleUpdate", wrong)


_REFUSED_BY: Final = {
    "K01.FR.111": "K01.FR.114", "Q08.FR.01": "Q08.FR.04", "Q08.FR.02": "Q08.FR.03", "Q10.FR.01": "Q10.FR.02",
    "V2X.05": "V2X.05", "V2X.09": "V2X.10", "V2X.07": "V2X.10", "K28.FR.01": "K28.FR.03", "K01.FR.122": "K28.FR.04",
}  # fmt: skip
"""Requirement on a request -> requirement by which the station refuses what breaks it."""
_21: Final = ("ocpp2.1",)
_SET: Final = "SetChargingProfileRequest"
_PROFILE_RULES: Final = (
    Rule("K01.FR.111", _SET, _purpose_modes, versions=_21),
    Rule("Q08.FR.01", _SET, _local_frequency, versions=_21),
    Rule("Q08.FR.02", _SET, _local_frequency_needs, versions=_21),
    Rule("Q10.FR.01", _SET, _idle, versions=_21),
    Rule("V2X.05", _SET, _range, versions=_21),
    Rule("V2X.09", _SET, _other_purpose_phases, versions=_21),
    Rule("V2X.07", _SET, _lonely_phases, versions=_21),
    Rule("K28.FR.01", _SET, _dynamic, versions=_21),
    Rule("K01.FR.122", _SET, _static_update, versions=_21),
)
"""What a CSMS must not send and a station must not accept."""
V2X_RULES: Final[tuple[Rule, ...]] = (
    *_PROFILE_RULES,
    *(_accepts(rule) for rule in _PROFILE_RULES),
    Rule("Q08.FR.05", _SET, _local_frequency_unit, versions=_21),
    Rule("Q07.FR.02", _SET, _central_frequency, versions=_21),
    Rule("Q03.FR.01", _SET, _setpoint_missing, versions=_21),
    Rule("Q03.FR.02", _SET, _central, "SHOULD", versions=_21),
    Rule("OCPP-OperationMode", _SET, _charging_only, "SHOULD", versions=_21),
    Rule("K18.FR.06", "NotifyEVChargingNeedsRequest", _parameters, versions=_21),
    Rule("Q01.FR.03", "NotifyEVChargingNeedsRequest", _bidirectional, versions=_21),
    Rule("Q01.FR.03", "NotifyEVChargingNeedsRequest", _available, "SHOULD", versions=_21),
    Rule("Q01.FR.03", "NotifyEVChargingNeedsRequest", _positive_powers, versions=_21),
    Rule("K01.FR.110", "TransactionEventRequest", _mode_changed, versions=_21),
    Rule("K28.FR.05", "ReportChargingProfilesRequest", _dynamic_time, versions=_21),
    Rule("K28.FR.07", "PullDynamicScheduleUpdateResponse", _pulled_nothing, versions=_21),
    Rule("K28.FR.06", "UpdateDynamicScheduleRequest", _pushed_nothing, "SHOULD", versions=_21),
    Rule("V2X.05", "UpdateDynamicScheduleRequest", _update_range, "SHOULD", versions=_21),
)
assert set(MODES) == {mode for allowed in ALLOWED_MODES.values() for mode in allowed}, "every mode has a purpose"
