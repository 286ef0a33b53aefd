"""What a station checks in a request beyond sequence and SessionID, and the response code of each check, as a table.

A check sees the memory of the session, so it judges by what the station itself has offered. Codes that depend on the
hardware (FAILED_ContactorError, FAILED_PowerDeliveryNotApplied) come from the power path, not from here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from v2xconform.protocols.iso15118.policy20 import SeccPolicy
from v2xconform.protocols.iso15118.rational import number
from v2xconform.protocols.iso15118.session20 import SERVICE_NAMES, Memory, as_list

Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a check may look at."""

    request: Tree
    response: Tree
    """The response that would be sent; empty for a check that runs before it is built."""
    memory: Memory
    policy: SeccPolicy
    state: str
    notified: str
    """The EVSENotification that is pending, or ""."""


@dataclass(frozen=True, slots=True)
class Check:
    """One row: when `fails` says so, the request named in `request` is answered with `code`."""

    request: str
    code: str
    fails: Callable[[Facts], bool]
    why: str
    after: bool = False
    """True: it needs the response (the station's own limits) and has no side effect to undo."""


def _offered(memory: Memory, *lists: str) -> set[int]:
    discovery = memory.responses.get("ServiceDiscoveryRes", {})
    return {service.get("ServiceID") for name in lists for service in as_list(discovery.get(name, {}).get("Service"))}


def _authorization_not_offered(facts: Facts) -> bool:
    offered = as_list(facts.memory.responses.get("AuthorizationSetupRes", {}).get("AuthorizationServices"))
    return facts.request.get("SelectedAuthorizationService") not in offered


def _service_unknown(facts: Facts) -> bool:
    offered = _offered(facts.memory, "EnergyTransferServiceList", "VASList")
    return facts.request.get("ServiceID") not in offered


def _no_energy_service(facts: Facts) -> bool:
    selected = facts.request.get("SelectedEnergyTransferService", {}).get("ServiceID")
    return selected not in _offered(facts.memory, "EnergyTransferServiceList")


def _selection_unknown(facts: Facts) -> bool:
    vas = as_list(facts.request.get("SelectedVASList", {}).get("SelectedService"))
    chosen = [facts.request.get("SelectedEnergyTransferService", {}), *vas]
    sets = facts.memory.parameter_sets
    return any(one.get("ParameterSetID") not in sets.get(one.get("ServiceID", 0), {}) for one in chosen)


def _certificates_not_offered(facts: Facts) -> bool:
    return not facts.memory.responses.get("AuthorizationSetupRes", {}).get("CertificateInstallationService", False)


def _element(tree: Tree, *endings: str) -> tuple[str, Tree]:
    return next(((name, value) for name, value in tree.items() if name.endswith(endings)), ("", {}))


def _mode_does_not_match(facts: Facts) -> bool:
    """BPT parameters belong to a BPT service, others to the plain one."""
    name, _ = _element(facts.request, "EnergyTransferMode")
    return name.startswith("BPT_") != facts.memory.service.endswith("_BPT")


_RANGES: Final = ("ChargePower", "ChargeCurrent", "Voltage", "DischargePower", "DischargeCurrent")


def _range(limits: Tree, side: str, quantity: str) -> tuple[float, float] | None:
    low, high = limits.get(f"{side}Minimum{quantity}"), limits.get(f"{side}Maximum{quantity}")
    return None if low is None or high is None else (abs(number(low)), abs(number(high)))


def _limits_do_not_meet(facts: Facts) -> bool:
    """A range of the car is upside down, or has nothing in common with the station's."""
    _, car = _element(facts.request, "EnergyTransferMode")
    _, station = _element(facts.response, "EnergyTransferMode")
    for quantity in _RANGES:
        wanted, given = _range(car, "EV", quantity), _range(station, "EVSE", quantity)
        if wanted and wanted[0] > wanted[1]:
            return True
        if wanted and given and (wanted[0] > given[1] or (quantity == "Voltage" and wanted[1] < given[0])):
            return True
    return False


def _control_mode_does_not_match(facts: Facts) -> bool:
    name, _ = _element(facts.request, "ControlMode")
    return facts.memory.control_mode not in name


def _loop_mode_does_not_match(facts: Facts) -> bool:
    name, _ = _element(facts.request, "ControlMode")
    bpt = facts.memory.service.endswith("_BPT")
    return facts.memory.control_mode not in name or name.startswith("BPT_") != bpt


def _starts(facts: Facts) -> bool:
    return facts.request.get("ChargeProgress") == "Start" and facts.request.get("EVProcessing") == "Finished"


def _tuples(facts: Facts) -> dict[int, Tree]:
    schedules = facts.memory.responses.get("ScheduleExchangeRes", {}).get("Scheduled_SEResControlMode", {})
    return {one.get("ScheduleTupleID", 0): one for one in as_list(schedules.get("ScheduleTuple"))}


def _scheduled_start(facts: Facts) -> bool:
    return _starts(facts) and facts.memory.control_mode == "Scheduled"


def _profile_invalid(facts: Facts) -> bool:
    """Scheduled control needs a power profile, of its own kind and within the schedule that it names."""
    if not _starts(facts):
        return False
    profile = facts.request.get("EVPowerProfile")
    if profile is None:
        return facts.memory.control_mode == "Scheduled"
    if f"{facts.memory.control_mode}_EVPPTControlMode" not in profile:
        return True
    selected = _tuples(facts).get(profile.get("Scheduled_EVPPTControlMode", {}).get("SelectedScheduleTupleID", 0))
    if selected is None:
        return False
    entries = as_list(profile.get("EVPowerProfileEntries", {}).get("EVPowerProfileEntry"))
    highest = max((number(entry.get("Power")) for entry in entries), default=0.0)
    return highest > _scheduled_power(selected) * 1.001


def _scheduled_power(schedule_tuple: Tree) -> float:
    power = schedule_tuple.get("ChargingSchedule", {}).get("PowerSchedule", {}).get("PowerScheduleEntries", {})
    return max((number(entry.get("Power")) for entry in as_list(power.get("PowerScheduleEntry"))), default=0.0)


def _schedule_unknown(facts: Facts) -> bool:
    if not _scheduled_start(facts):
        return False
    control = facts.request.get("EVPowerProfile", {}).get("Scheduled_EVPPTControlMode")
    return control is not None and control.get("SelectedScheduleTupleID") not in _tuples(facts)


_STOPPED: Final = ("SessionStop", "DC_WeldingDetection")


def _pause_not_allowed(facts: Facts) -> bool:
    if facts.request.get("ChargingSession") != "Pause":
        return False
    asked_for = facts.memory.responses.get("ScheduleExchangeRes", {}).get("GoToPause", False)
    return not facts.policy.pause_allowed or not (facts.state in _STOPPED or asked_for)


def _services_not_renegotiable(facts: Facts) -> bool:
    if facts.request.get("ChargingSession") != "ServiceRenegotiation":
        return False
    supported = facts.memory.responses.get("ServiceDiscoveryRes", {}).get("ServiceRenegotiationSupported", False)
    return not supported or facts.state not in _STOPPED


def _standby_not_allowed(facts: Facts) -> bool:
    return facts.request.get("ChargeProgress") == "Standby" and not facts.policy.standby_allowed


def _schedule_not_renegotiable(facts: Facts) -> bool:
    return facts.request.get("ChargeProgress") == "ScheduleRenegotiation" and not facts.policy.renegotiates_schedule


def _no_confirmation_asked(facts: Facts) -> bool:
    return facts.notified != "MeteringConfirmation"


_WRONG: Final = "FAILED_WrongChargeParameter"
_FOREIGN: Final = "the parameters do not belong to the selected service"
_NOT_MET: Final = "the limits of car and station do not meet"
_CONTROL: Final = "another control mode than the selected one"

CHECKS: Final = (
    Check(
        "AuthorizationReq",
        "WARNING_AuthorizationSelectionInvalid",
        _authorization_not_offered,
        "the selected authorization service was not offered [V2G20-2226]",
    ),
    Check("CertificateInstallationReq", "FAILED", _certificates_not_offered, "it was not offered"),
    Check("ServiceDetailReq", "FAILED_ServiceIDInvalid", _service_unknown, "the ServiceID was not offered"),
    Check(
        "ServiceSelectionReq",
        "FAILED_NoEnergyTransferServiceSelected",
        _no_energy_service,
        "the energy transfer service was not offered",
    ),
    Check(
        "ServiceSelectionReq",
        "FAILED_ServiceSelectionInvalid",
        _selection_unknown,
        "a parameter set or value-added service was not offered",
    ),
    Check("AC_ChargeParameterDiscoveryReq", _WRONG, _mode_does_not_match, _FOREIGN),
    Check("AC_ChargeParameterDiscoveryReq", _WRONG, _limits_do_not_meet, _NOT_MET, after=True),
    Check("DC_ChargeParameterDiscoveryReq", _WRONG, _mode_does_not_match, _FOREIGN),
    Check("DC_ChargeParameterDiscoveryReq", _WRONG, _limits_do_not_meet, _NOT_MET, after=True),
    Check("ScheduleExchangeReq", "FAILED", _control_mode_does_not_match, _CONTROL),
    Check(
        "PowerDeliveryReq",
        "FAILED_ScheduleSelectionInvalid",
        _schedule_unknown,
        "the EVPowerProfile names no ScheduleTupleID that was offered",
    ),
    Check(
        "PowerDeliveryReq",
        "FAILED_EVPowerProfileInvalid",
        _profile_invalid,
        "the EVPowerProfile is missing, of the other control mode or above the schedule",
    ),
    Check("PowerDeliveryReq", "WARNING_StandbyNotAllowed", _standby_not_allowed, "standby is not allowed here"),
    Check(
        "PowerDeliveryReq",
        "WARNING_ScheduleRenegotiationFailed",
        _schedule_not_renegotiable,
        "schedules are not renegotiated here",
    ),
    Check("AC_ChargeLoopReq", "FAILED", _loop_mode_does_not_match, _CONTROL),
    Check("DC_ChargeLoopReq", "FAILED", _loop_mode_does_not_match, _CONTROL),
    Check(
        "MeteringConfirmationReq",
        "FAILED_SequenceError",
        _no_confirmation_asked,
        "no metering confirmation was asked for [V2G20-1083]",
    ),
    Check(
        "SessionStopReq",
        "FAILED_PauseNotAllowed",
        _pause_not_allowed,
        "a pause needs PowerDeliveryReq(Stop) or GoToPause first",
    ),
    Check(
        "SessionStopReq",
        "FAILED_NoServiceRenegotiationSupported",
        _services_not_renegotiable,
        "it was not offered, or power delivery has not been stopped [V2G20-1477]",
    ),
)
"""All checks, in the order in which they are made; the first that fails counts."""


def failed_check(request_name: str, facts: Facts, *, after: bool) -> Check | None:
    """Return the first check of *request_name* that fails, or None. Codes that the policy never gives are left out."""
    for check in CHECKS:
        due = check.request == request_name and check.after == after and check.code not in facts.policy.unchecked
        if due and check.fails(facts):
            return check
    return None


def services_known(memory: Memory) -> list[str]:
    """Return the names of the energy services that the last ServiceDiscoveryRes offered and that we know."""
    return [SERVICE_NAMES[one] for one in sorted(_offered(memory, "EnergyTransferServiceList")) if one in SERVICE_NAMES]
