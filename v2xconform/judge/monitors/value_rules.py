"""Content rules about single values that no agreement excuses: signs, units, codes that need their occasion. Both roles.

Bounds are far outside of what is built: what breaks them is a wrong sign, a wrong unit or a field that was never set.
"""

from collections.abc import Iterator
from typing import Any, Final

from v2xconform.judge.monitors.content_rules import Rule, Tree
from v2xconform.judge.session_facts import SessionFacts
from v2xconform.protocols.iso15118.session20 import as_list
from v2xconform.trace.query import MISSING, field_at, rational

LONGEST_STAY_S: Final = 30 * 86400
LONGEST_SCHEDULE_S: Final = 400 * 86400
MOST_PER_PHASE_W: Final = 150_000.0
"""Alternating current: ten times the largest connector in use today (63 A at 230 V)."""
NOMINAL_VOLTAGES: Final = (80.0, 1000.0)
_PHASES: Final = ("", "_L2", "_L3")
_LOOPS: Final = ("AC_ChargeLoop", "DC_ChargeLoop")
_OF_PNC: Final = frozenset({
    "WARNING_CertificateExpired", "WARNING_CertificateNotYetValid", "WARNING_CertificateRevoked",
    "WARNING_CertificateValidationError", "WARNING_ChallengeInvalid", "WARNING_eMSPUnknown",
    "WARNING_GeneralPnCAuthorizationError", "WARNING_NoCertificateAvailable", "WARNING_NoContractMatchingPCIDFound",
})  # fmt: skip
_NEEDS_PROGRESS: Final = {
    "WARNING_StandbyNotAllowed": "Standby",
    "WARNING_ScheduleRenegotiationFailed": "ScheduleRenegotiation",
    "WARNING_PowerToleranceNotConfirmed": "Start",
    "OK_PowerToleranceConfirmed": "Start",
}
"""Response code of PowerDeliveryRes -> ChargeProgress that it is an answer to."""


def _sections(tree: Tree) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, part in tree.items():
        if isinstance(part, dict) and name.endswith(("EnergyTransferMode", "ControlMode")):
            yield name, part


def _is_limit(field: str) -> bool:
    return field.startswith(("EVMaximum", "EVMinimum", "EVSEMaximum", "EVSEMinimum")) and "Energy" not in field


def _signs(tree: Tree, _: SessionFacts) -> Iterator[str]:
    """Limits are magnitudes: direction is a matter of set points and present values."""
    for name, part in _sections(tree):
        for field, given in part.items():
            value = rational(given)
            magnitude = _is_limit(field) or field in ("EVSEPowerRampLimitation", "MaximumPowerAsymmetry")
            if value is not None and magnitude and value < 0:
                yield f"{name}.{field} is {value:g}; the magnitude of a limit is not negative"


def _minimum_of_the_loop(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    """A maximum may be lowered in the loop, even below the minimum; a minimum above the first maximum is nonsense."""
    role = "Res" if "ResponseCode" in tree else "Req"
    first = facts.latest.get(f"{facts.mode}_ChargeParameterDiscovery{role}")
    known = dict(field for _, part in _sections(first.body) for field in part.items()) if first is not None else {}
    for name, part in _sections(tree):
        for field, given in part.items():
            low, high = rational(given), rational(known.get(field.replace("Minimum", "Maximum")))
            if "Minimum" in field and _is_limit(field) and low is not None and high is not None and low > high * 1.05:
                yield f"{name}.{field} {low:g} is above {high:g}, the maximum of charge parameter discovery"


def _phases(tree: Tree, _: SessionFacts) -> Iterator[str]:
    for name, part in _sections(tree):
        for field in (f"{side}Maximum{way}Power" for side in ("EV", "EVSE") for way in ("Charge", "Discharge")):
            for phase in _PHASES:
                value = rational(part.get(f"{field}{phase}"))
                if value is not None and abs(value) > MOST_PER_PHASE_W:
                    yield f"{name}.{field}{phase} {value:g} W is no power of one phase"
        asymmetry = rational(part.get("MaximumPowerAsymmetry"))
        if asymmetry is not None and asymmetry > MOST_PER_PHASE_W:
            yield f"{name}.MaximumPowerAsymmetry {asymmetry:g} W is no difference between phases"
        for field in part:
            second = f"{field.removesuffix('_L3')}_L2"
            if field.endswith("_L3") and second not in part:
                yield f"{name} has {field}, but no {second}"


def _occasion(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    """A warning is an answer to something: to a wish for standby, to a contract, to a power tolerance."""
    if facts.request is None:
        return
    code, asked = str(tree.get("ResponseCode", "")), facts.request.body
    if facts.request.name == "PowerDeliveryReq":
        needed, progress = _NEEDS_PROGRESS.get(code), asked.get("ChargeProgress")
        if needed is not None and progress != needed:
            yield f"{code} is an answer to ChargeProgress {needed}, the EV has said {progress}"
    elif facts.request.name == "AuthorizationReq":
        chosen = asked.get("SelectedAuthorizationService")
        if code in _OF_PNC and chosen == "EIM":
            yield f"{code} is about a contract, the EV has selected {chosen}"
        if code == "WARNING_EIMAuthorizationFailure" and chosen == "PnC":
            yield f"{code} is about external identification, the EV has selected {chosen}"
        if code == "WARNING_AuthorizationSelectionInvalid" and chosen in facts.authorization_services:
            yield f"{code}, but {chosen} was offered"
    elif facts.request.name == "ScheduleExchangeReq" and code == "WARNING_ScheduleRenegotiationFailed":
        progress = facts.value("PowerDeliveryReq", "ChargeProgress")
        if progress != "ScheduleRenegotiation":
            yield f"{code}, but no renegotiation was asked for"


def _authorization_mode(tree: Tree, _: SessionFacts) -> Iterator[str]:
    services = as_list(tree.get("AuthorizationServices"))
    if services and "PnC" not in services and "PnC_ASResAuthorizationMode" in tree:
        yield f"PnC_ASResAuthorizationMode, but AuthorizationServices offers {', '.join(services)} only"


_INTEGERS: Final = frozenset({
    "Connector", "ControlMode", "MobilityNeedsMode", "Pricing", "BPTChannel", "GeneratorMode",
    "GridCodeIslandingDetectionMethod",
})  # fmt: skip


def _parameters(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    if tree.get("ServiceID") not in (1, 2, 5, 6):
        return
    sets = field_at(tree, "ServiceParameterList.ParameterSet")
    for one in sets if isinstance(sets, list) else []:
        where = f"parameter set {one.get('ParameterSetID')}"
        parameters = [each for each in as_list(one.get("Parameter")) if isinstance(each, dict)]
        names = [str(each.get("@Name", each.get("Name", ""))) for each in parameters]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"{where} has {name} {names.count(name)} times"
        for name, each in zip(names, parameters, strict=True):
            if name in _INTEGERS and "intValue" not in each:
                yield f"{where}: {name} has to be an intValue"
            volts = each.get("intValue", rational(each.get("rationalNumber")))
            low, high = NOMINAL_VOLTAGES
            if name == "EVSENominalVoltage" and volts is not None and not low <= volts <= high:
                yield f"{where}: EVSENominalVoltage {volts:g} V is no voltage of a grid"


def _schedule(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    for one in as_list(_at(tree, "Scheduled_SEResControlMode.ScheduleTuple")):
        for kind in ("ChargingSchedule", "DischargingSchedule"):
            power = one.get(kind, {}).get("PowerSchedule", {})
            where = f"ScheduleTuple {one.get('ScheduleTupleID')}, {kind}"
            entries = as_list(_at(power, "PowerScheduleEntries.PowerScheduleEntry"))
            seconds = sum(entry.get("Duration", 0) for entry in entries)
            if seconds > LONGEST_SCHEDULE_S:
                yield f"{where} lasts {seconds // 86400} days"
            tolerance = rational(power.get("PowerTolerance"))
            most = max((abs(_total(entry)) for entry in entries), default=0.0)
            if tolerance is not None and (tolerance < 0 or tolerance > max(most, 1000.0)):
                yield f"{where}: PowerTolerance {tolerance:g} W is none of a schedule of up to {most:g} W"
    yield from _departure(tree, facts)
    yield from _departure_of_the_driver(tree, facts)


def _departure_of_the_driver(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    """MobilityNeedsMode 1: the EV looks after the needs of its driver, the charger does not change them."""
    needs = facts.offered.get(facts.service, {}).get(facts.parameter_set, {}).get("MobilityNeedsMode")
    given = _at(tree, "Dynamic_SEResControlMode.DepartureTime")
    asked = facts.value("ScheduleExchangeReq", "Dynamic_SEReqControlMode.DepartureTime")
    if needs == 1 and isinstance(given, int) and isinstance(asked, int) and abs(given - asked) > 0.1 * asked + 120:
        yield f"DepartureTime {given} s, the EV departs in {asked} s and looks after that itself (MobilityNeedsMode 1)"


def _total(entry: dict[str, Any]) -> float:
    return sum(rational(entry.get(f"Power{phase}")) or 0.0 for phase in _PHASES)


def _departure(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    for name, part in _sections(tree):
        seconds = part.get("DepartureTime")
        if isinstance(seconds, int) and seconds > LONGEST_STAY_S:
            yield f"{name}.DepartureTime {seconds} s is beyond {LONGEST_STAY_S} s; it counts from now, not from 1970"


def _welding(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    volts = rational(tree.get("EVSEPresentVoltage"))
    first = facts.latest.get("DC_ChargeParameterDiscoveryRes")
    parts = [part for _, part in _sections(first.body)] if first is not None else []
    most = rational(parts[0].get("EVSEMaximumVoltage")) if parts else None
    if volts is not None and volts < -5.0:
        yield f"EVSEPresentVoltage {volts:g} V is negative"
    if volts is not None and most is not None and volts > most * 1.05 + 5.0:
        yield f"EVSEPresentVoltage {volts:g} V is above the charger's own maximum {most:g} V"


def _notified(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    kind = field_at(tree, "EVSEStatus.EVSENotification")
    supported = facts.value("ServiceDiscoveryRes", "ServiceRenegotiationSupported")
    if kind == "ServiceRenegotiation" and supported is False:
        yield "EVSENotification ServiceRenegotiation, but ServiceRenegotiationSupported was false"


def _at(tree: Any, path: str) -> Any:
    value = field_at(tree, path)
    return None if value is MISSING else value


_CPD: Final = tuple(f"{mode}_ChargeParameterDiscovery{kind}" for mode in ("AC", "DC") for kind in ("Req", "Res"))
_IN_THE_LOOP: Final = tuple(f"{loop}{kind}" for loop in _LOOPS for kind in ("Req", "Res"))

VALUE_RULES: Final = (
    Rule((*_CPD, *_IN_THE_LOOP), "X20-Limits", "MUST", _signs),
    Rule(_IN_THE_LOOP, "X20-Limits", "MUST", _minimum_of_the_loop),
    Rule(("AC_ChargeParameterDiscoveryRes", "AC_ChargeLoopRes"), "X20-Plausible", "MUST", _phases),
    Rule(("AC_ChargeParameterDiscoveryReq", "AC_ChargeLoopReq"), "X20-EvPlausible", "MUST", _phases),
    Rule(("PowerDeliveryRes", "AuthorizationRes", "ScheduleExchangeRes"), "X20-ResponseCode", "MUST", _occasion),
    Rule(("AuthorizationSetupRes",), "X20-Content", "MUST", _authorization_mode),
    Rule(("ServiceDetailRes",), "X20-ServiceParameters", "MUST", _parameters),
    Rule(("ScheduleExchangeRes",), "X20-Schedule", "MUST", _schedule),
    Rule(("AC_ChargeLoopRes", "DC_ChargeLoopRes"), "X20-Schedule", "MUST", _departure),
    Rule(("DC_WeldingDetectionRes",), "X20-Plausible", "MUST", _welding),
    Rule(("AC_ChargeLoopRes", "DC_ChargeLoopRes"), "X20-Notification", "MUST", _notified),
)
