"""Content rules about what a car asks for: offers, services, needs, limits, power profile. Rows of `VEHICLE_RULES`.

Bounds of plausibility are far outside of any road vehicle (trucks on megawatt chargers included): what breaks them is a
wrong unit, a wrong exponent or an uninitialised field.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from v2xconform.judge.monitors.content_rules import Rule, Tree
from v2xconform.judge.session_facts import SessionFacts
from v2xconform.trace.query import MISSING, field_at, rational

_NAMESPACES_20 = ("AC", "DC", "WPT", "ACDP", "AC-DER-IEC", "AC-DER-SAE")
_PREFIX_20 = "urn:iso:std:iso:15118:-20:"
LONGEST_STAY_S = 30 * 86400
LARGEST_ENERGY_WH = 3e6
HIGHEST = {"Voltage": 2000.0, "Current": 6000.0, "Power": 6e6}
LOWEST_MAXIMUM_V = 50.0
"""A maximum voltage below the extra-low voltage of a car's 12 V to 48 V systems charges nothing."""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is MISSING or value is None else [value]


def _offer(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    offers = [one for one in _listed(tree.get("AppProtocol", [])) if isinstance(one, dict)]
    for one in offers:
        name, major = str(one.get("ProtocolNamespace", "")), one.get("VersionNumberMajor")
        if name.startswith(_PREFIX_20) and name.removeprefix(_PREFIX_20) not in _NAMESPACES_20:
            yield f"{name} is no protocol that can be negotiated"
        elif name.startswith(_PREFIX_20) and major != 1:
            yield f"{name} is offered in version {major}; ISO 15118-20:2022 is version 1"
    if not any(str(one.get("ProtocolNamespace", "")).startswith(_PREFIX_20) for one in offers):
        yield "no ISO 15118-20 protocol is offered"


def _priorities(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    for one in _listed(tree.get("AppProtocol", [])):
        priority = one.get("Priority", 0)
        if not 1 <= priority <= 20:
            yield f"Priority {priority} of {one.get('ProtocolNamespace')} is outside of 1 to 20"


def _service_asked(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    known = [*facts.energy_services, *facts.vas_services]
    if known and tree.get("ServiceID") not in known:
        yield f"ServiceID {tree.get('ServiceID')} was not offered ({known})"


def _services_supported(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    if any(not one for one in _listed(field_at(tree, "SupportedServiceIDs.ServiceID"))):
        yield "SupportedServiceIDs names ServiceID 0, which no service has"


def _services_selected(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    if facts.energy_services and facts.service in facts.energy_services and facts.service not in facts.offered:
        yield f"service {facts.service} was selected, but its parameter sets were never asked for"
    supported = _listed(facts.value("ServiceDiscoveryReq", "SupportedServiceIDs.ServiceID"))
    if supported and facts.service and facts.service not in supported:
        yield f"service {facts.service} was selected, the EV has said that it supports {supported}"
    for chosen in _listed(field_at(tree, "SelectedVASList.SelectedService")):
        if chosen.get("ServiceID") not in facts.vas_services:
            yield f"value-added service {chosen.get('ServiceID')} was not offered ({facts.vas_services})"


def _sections(tree: Tree) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, part in tree.items():
        if isinstance(part, dict) and name.endswith(("ControlMode", "EnergyTransferMode")):
            yield name, part


def _needs(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    for name, part in _sections(tree):
        departure = part.get("DepartureTime")
        if isinstance(departure, int) and departure > LONGEST_STAY_S:
            yield f"{name}.DepartureTime {departure} s is beyond {LONGEST_STAY_S} s; it counts from now, not from 1970"
        yield from _ordered(name, part, ("EVMinimumEnergyRequest", "EVTargetEnergyRequest", "EVMaximumEnergyRequest"))
        yield from _ordered(name, part, ("EVMinimumV2XEnergyRequest", "EVMaximumV2XEnergyRequest"))
        for field, value in part.items():
            energy = rational(value)
            if field.endswith("EnergyRequest") and energy is not None and abs(energy) > LARGEST_ENERGY_WH:
                yield f"{name}.{field} {energy:g} Wh is more than any battery holds"
        yield from _shares(name, part)
        yield from _energy_and_charge(name, part, tree, facts)
    display = tree.get("DisplayParameters")
    if isinstance(display, dict):
        yield from _shares("DisplayParameters", display)


def _energy_and_charge(name: str, part: Mapping[str, Any], tree: Tree, facts: SessionFacts) -> Iterator[str]:
    """EVTargetEnergyRequest goes with the states of charge that the EV has told: the same direction and magnitude."""
    present, goal = field_at(tree, "DisplayParameters.PresentSOC"), _target_soc(part, tree, facts)
    wanted, most = rational(part.get("EVTargetEnergyRequest")), rational(part.get("EVMaximumEnergyRequest"))
    if not isinstance(present, int) or goal is None or wanted is None or abs(goal - present) < _SOC_STEP:
        return
    if (goal > present) != (wanted > 0):
        yield f"{name}.EVTargetEnergyRequest {wanted:g} Wh does not lead from {present} % to the target of {goal} %"
    elif most is not None and 0 < present < goal and wanted < most * (goal - present) / (100 - present) / 2:
        yield f"{name}.EVTargetEnergyRequest {wanted:g} Wh is too little from {present} % to {goal} %, {most:g} Wh fit in"


_SOC_STEP = 5
"""Per cent; states of charge and energies are rounded, and told at different moments."""


def _target_soc(part: Mapping[str, Any], tree: Tree, facts: SessionFacts) -> int | None:
    """Return the target that was told: in the message itself, in the schedule exchange or with the parameters."""
    shown = field_at(tree, "DisplayParameters.TargetSOC")
    told: list[Any] = [shown, part.get("TargetSOC")]
    for earlier in ("ScheduleExchangeReq", "DC_ChargeParameterDiscoveryReq"):
        event = facts.latest.get(earlier)
        told += [section.get("TargetSOC") for _, section in _sections(event.body)] if event is not None else []
    return next((one for one in told if isinstance(one, int)), None)


def _departure_now(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    if facts.resumed or any(loop in facts.latest for loop in _LOOPS):
        return
    for name, part in _sections(tree):
        if part.get("DepartureTime") == 0 and (rational(part.get("EVTargetEnergyRequest")) or 0.0) > 0:
            yield f"{name}.DepartureTime is 0 s, yet the EV wants energy: it counts from now"


def _ordered(where: str, part: Mapping[str, Any], fields: tuple[str, ...]) -> Iterator[str]:
    given = [(field, rational(part[field])) for field in fields if field in part]
    for (low_name, low), (high_name, high) in pairwise(given):
        if low is not None and high is not None and low > high + max(1.0, abs(high) * 1e-3):
            yield f"{where}.{low_name} {low:g} Wh is above {high_name} {high:g} Wh"


def _shares(where: str, part: Mapping[str, Any]) -> Iterator[str]:
    """States of charge: from 0 to 100, the minimum not above the target, the target not above the maximum."""
    fields = ("MinimumSOC", "TargetSOC", "MaximumSOC")
    for field in (*fields, "PresentSOC"):
        value = part.get(field)
        if isinstance(value, int) and not 0 <= value <= 100:
            yield f"{where}.{field} is {value} %"
    for field, seconds in part.items():
        if field.startswith("RemainingTimeTo") and isinstance(seconds, int) and not 0 <= seconds <= LONGEST_STAY_S:
            yield f"{where}.{field} {seconds} s is beyond {LONGEST_STAY_S} s"
    given = [(field, part[field]) for field in fields if isinstance(part.get(field), int)]
    for (low_name, low), (high_name, high) in pairwise(given):
        if low > high:
            yield f"{where}.{low_name} {low} % is above {high_name} {high} %"


def _magnitudes(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    for name, part in _sections(tree):
        values = {field: rational(value) for field, value in part.items()}
        for field, value in values.items():
            most = next((most for what, most in HIGHEST.items() if what in field), None)
            if value is not None and most is not None and abs(value) > most:
                yield f"{name}.{field} {value:g} is beyond {most:g}: no vehicle takes that"
        volts, amps, watts = (values.get(f"EVMaximum{what}") for what in ("Voltage", "ChargeCurrent", "ChargePower"))
        if volts is not None and volts < LOWEST_MAXIMUM_V:
            yield f"{name}.EVMaximumVoltage {volts:g} V is below {LOWEST_MAXIMUM_V:g} V"
        if name.endswith("EnergyTransferMode") and volts and amps and watts is not None:
            product = abs(volts * amps)
            if not product / 50 <= watts <= product * 10:
                yield f"{name}: EVMaximumChargePower {watts:g} W does not go with {volts:g} V and {amps:g} A"
            back = values.get("EVMaximumDischargePower"), values.get("EVMaximumDischargeCurrent")
            if None not in back and back[1] and not abs(volts * back[1]) / 50 <= abs(back[0] or 0) <= product * 10:
                yield f"{name}: EVMaximumDischargePower {back[0]:g} W does not go with {volts:g} V and {back[1]:g} A"
        if name.endswith("EnergyTransferMode") and watts is not None and watts < 100:
            yield f"{name}.EVMaximumChargePower {watts:g} W charges nothing"


def _profile_entries(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    profile = tree.get("EVPowerProfile")
    if not isinstance(profile, dict):
        return
    entries = _listed(field_at(profile, "EVPowerProfileEntries.EVPowerProfileEntry"))
    steps = [(int(one.get("Duration", 0)), rational(one.get("Power"))) for one in entries if isinstance(one, dict)]
    if any(duration <= 0 for duration, _ in steps):
        yield "EVPowerProfile has an entry without duration"
    for _, power in steps:
        if power is not None and power < 0 and facts.service and not facts.bidirectional:
            yield f"EVPowerProfile has {power:g} W, the service allows charging only"
        if power is not None and abs(power) > HIGHEST["Power"]:
            yield f"EVPowerProfile has {power:g} W: no vehicle takes that"
    anchor, stamp = profile.get("TimeAnchor"), field_at(tree, "Header.TimeStamp")
    # A car may have no clock of its own worth the name: the charger's time, in which the schedules are, is as good.
    clocks = [at for at in (stamp, facts.value("ScheduleExchangeRes", "Header.TimeStamp")) if isinstance(at, int)]
    if isinstance(anchor, int) and clocks and all(abs(anchor - at) > 7 * 86400 for at in clocks):
        yield f"EVPowerProfile.TimeAnchor {anchor} is more than a week away from the message's TimeStamp {stamp}"
    if facts.control_mode and f"{facts.control_mode}_EVPPTControlMode" not in profile:
        yield f"EVPowerProfile lacks {facts.control_mode}_EVPPTControlMode"
    yield from _against_schedule(profile, steps, facts)


def _against_schedule(
    profile: Mapping[str, Any], steps: list[tuple[int, float | None]], facts: SessionFacts
) -> Iterator[str]:
    chosen = field_at(profile, "Scheduled_EVPPTControlMode.SelectedScheduleTupleID")
    tuples = _listed(facts.value("ScheduleExchangeRes", "Scheduled_SEResControlMode.ScheduleTuple"))
    schedule = next((one for one in tuples if one.get("ScheduleTupleID") == chosen), None)
    if schedule is None:
        return
    entries = _listed(field_at(schedule, "ChargingSchedule.PowerSchedule.PowerScheduleEntries.PowerScheduleEntry"))
    limits = [(int(one.get("Duration", 0)), _total(one)) for one in entries]
    if not limits:
        return
    length, wanted = sum(duration for duration, _ in limits), sum(duration for duration, _ in steps)
    if wanted > length * 1.1 + 60:
        yield f"EVPowerProfile lasts {wanted} s, the selected schedule {length} s"
    at = 0
    for duration, power in steps:
        limit = _limit_at(limits, at)
        if power is not None and power > limit * 1.001 + 1:
            yield f"EVPowerProfile has {power:g} W after {at} s, the selected schedule allows {limit:g} W"
        at += duration


def _total(entry: Mapping[str, Any]) -> float:
    return sum(rational(entry[name]) or 0.0 for name in ("Power", "Power_L2", "Power_L3") if name in entry)


def _limit_at(limits: list[tuple[int, float]], at: int) -> float:
    for duration, limit in limits:
        if at < duration:
            return limit
        at -= duration
    return limits[-1][1]


def _installation(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    if tree.get("MaximumContractCertificateChains") == 0:
        yield "MaximumContractCertificateChains is 0, yet the EV asks for a contract"


def _channel(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    if "BPT_ChannelSelection" in tree and facts.service and not facts.bidirectional:
        yield f"BPT_ChannelSelection does not belong to service {facts.service}"


_CPD = ("AC_ChargeParameterDiscoveryReq", "DC_ChargeParameterDiscoveryReq")
_LOOPS = ("AC_ChargeLoopReq", "DC_ChargeLoopReq")

VEHICLE_RULES = (
    Rule(("supportedAppProtocolReq",), "X20-Offer", "MUST", _offer),
    Rule(("supportedAppProtocolReq",), "V2G20-167", "MUST", _priorities),
    Rule(("ServiceDiscoveryReq",), "X20-Services", "MUST", _services_supported),
    Rule(("ServiceDetailReq",), "X20-Services", "MUST", _service_asked),
    Rule(("ServiceSelectionReq",), "X20-Services", "MUST", _services_selected),
    Rule(("ScheduleExchangeReq", *_CPD, *_LOOPS), "X20-Needs", "MUST", _needs),
    Rule(("ScheduleExchangeReq",), "X20-Needs", "MUST", _departure_now),
    Rule((*_CPD, *_LOOPS), "X20-EvPlausible", "MUST", _magnitudes),
    Rule(("PowerDeliveryReq",), "X20-Schedule", "MUST", _profile_entries),
    Rule(("PowerDeliveryReq",), "X20-Content", "MUST", _channel),
    Rule(("CertificateInstallationReq",), "X20-Content", "MUST", _installation),
)
