"""Content rules: what a message of an agreed session must say beyond its schema. One function per rule, one table row each."""

from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from v2xconform.judge.finding import Severity
from v2xconform.judge.session_facts import SERVICES, SessionFacts
from v2xconform.trace.query import MISSING, field_at, rational

Tree = dict[str, Any]
Check = Callable[[Tree, SessionFacts], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` yields one sentence for each violation in a message of the names in `messages`."""

    messages: tuple[str, ...]
    requirement: str
    severity: Severity
    check: Check


def _amount(tree: Tree, path: str) -> float | None:
    return rational(field_at(tree, path))


def _session_setup_code(tree: Tree, _: SessionFacts) -> Iterator[str]:
    if tree.get("ResponseCode") in ("OK", "OK_CertificateExpiresSoon", "OK_PowerToleranceConfirmed"):
        yield f"SessionSetupRes says {tree['ResponseCode']}; it has to tell a new session from an old one"


def _evse_id(tree: Tree, _: SessionFacts) -> Iterator[str]:
    name = str(tree.get("EVSEID", ""))
    if not name.strip():
        yield "EVSEID is empty"
    elif not (name.isascii() and name.isprintable()):
        yield f"EVSEID {name!r} has characters that no EVSEID has"


def _evcc_id(tree: Tree, _: SessionFacts) -> Iterator[str]:
    if not str(tree.get("EVCCID", "")).strip():
        yield "EVCCID is empty"


def _authorization_setup(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    services = tree.get("AuthorizationServices", [])
    services = services if isinstance(services, list) else [services]
    if not services:
        yield "AuthorizationServices is empty"
    if len(set(services)) != len(services):
        yield f"AuthorizationServices names one service twice: {', '.join(services)}"
    if "PnC" in services and "PnC_ASResAuthorizationMode" not in tree:
        yield "AuthorizationServices offers PnC, but PnC_ASResAuthorizationMode is missing"


def _challenge(tree: Tree, _: SessionFacts) -> Iterator[str]:
    challenge = field_at(tree, "PnC_ASResAuthorizationMode.GenChallenge")
    if challenge is MISSING:
        return
    try:
        data = b64decode(str(challenge))
    except ValueError:
        return  # the schema monitor says so
    steps = {(after - before) % 256 for before, after in pairwise(data)}
    if len(set(str(challenge))) < 4 or (len(data) > 4 and len(steps) <= 2):
        yield f"GenChallenge {challenge} is no random number"


def _pnc_needs_tls(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    services = tree.get("AuthorizationServices", [])
    if not facts.tls and "PnC" in services:
        yield "PnC is offered without TLS"


def _authorization_request(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    chosen = tree.get("SelectedAuthorizationService")
    if facts.authorization_services and chosen not in facts.authorization_services:
        yield f"SelectedAuthorizationService {chosen} was not offered ({', '.join(facts.authorization_services)})"
    wanted = {"EIM": "EIM_AReqAuthorizationMode", "PnC": "PnC_AReqAuthorizationMode"}.get(str(chosen))
    if wanted and wanted not in tree:
        yield f"SelectedAuthorizationService is {chosen}, but {wanted} is missing"


def _services(tree: Tree, _: SessionFacts) -> Iterator[str]:
    services = field_at(tree, "EnergyTransferServiceList.Service")
    ids = [s.get("ServiceID") for s in services] if isinstance(services, list) else []
    if not ids:
        yield "EnergyTransferServiceList is empty"
    for service in ids:
        if service not in SERVICES and service != 10:
            yield f"EnergyTransferServiceList names ServiceID {service}, which is no energy transfer service"
    if len(set(ids)) != len(ids):
        yield f"EnergyTransferServiceList names a service twice: {ids}"
    extras = field_at(tree, "VASList.Service")
    for one in extras if isinstance(extras, list) else []:
        if one.get("ServiceID") in SERVICES:
            yield f"VASList names ServiceID {one.get('ServiceID')}, which is an energy transfer service"


def _service_detail(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    asked = facts.value("ServiceDetailReq", "ServiceID")
    if asked is not MISSING and tree.get("ServiceID") != asked and not _failed(tree):
        yield f"ServiceDetailRes is about service {tree.get('ServiceID')}, the request was about {asked}"


# ISO 15118-20 Tables 205 to 213 (service parameters), as the public implementations agree on them.
_PARAMETERS = {
    1: ("Connector", "ControlMode", "MobilityNeedsMode", "EVSENominalVoltage", "Pricing"),
    2: ("Connector", "ControlMode", "MobilityNeedsMode", "Pricing"),
    5: (
        "Connector",
        "ControlMode",
        "MobilityNeedsMode",
        "EVSENominalVoltage",
        "Pricing",
        "BPTChannel",
        "GeneratorMode",
    ),
    6: ("Connector", "ControlMode", "MobilityNeedsMode", "Pricing", "BPTChannel", "GeneratorMode"),
}
_PARAMETER_VALUES = {
    "Connector": range(1, 5),
    "ControlMode": range(1, 3),
    "MobilityNeedsMode": range(1, 3),
    "Pricing": range(3),
    "BPTChannel": range(1, 3),
    "GeneratorMode": range(1, 3),
    "GridCodeIslandingDetectionMethod": range(1, 3),
}


def _parameter_sets(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    service = tree.get("ServiceID", 0)
    sets = field_at(tree, "ServiceParameterList.ParameterSet")
    if service not in _PARAMETERS or not isinstance(sets, list) or _failed(tree):
        return
    ids = [s.get("ParameterSetID") for s in sets]
    if len(set(ids)) != len(ids):
        yield f"ParameterSetID is not unique: {ids}"
    for number, parameters in facts.offered.get(service, {}).items():
        missing = [name for name in _PARAMETERS[service] if name not in parameters]
        if missing:
            yield f"parameter set {number} of service {service} lacks {', '.join(missing)}"
        for name, value in parameters.items():
            allowed = _PARAMETER_VALUES.get(name)
            if allowed is not None and value not in allowed:
                yield f"parameter set {number} of service {service}: {name} {value} is none of {list(allowed)}"
        if parameters.get("ControlMode") == 1 and parameters.get("MobilityNeedsMode") == 2:
            yield f"parameter set {number} of service {service}: MobilityNeedsMode 2 (by the SECC) needs ControlMode 2"


def _selection(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    if facts.service not in facts.energy_services and facts.energy_services:
        yield f"service {facts.service} was not offered ({facts.energy_services})"
    elif facts.service in facts.offered and facts.parameter_set not in facts.offered[facts.service]:
        yield f"parameter set {facts.parameter_set} of service {facts.service} was not offered"


def _charge_parameter_mode(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    if not facts.service or _failed(tree):
        return
    suffix = (
        "CPDReqEnergyTransferMode"
        if "EVSEStatus" not in tree and "ResponseCode" not in tree
        else "CPDResEnergyTransferMode"
    )
    wanted = f"{'BPT_' if facts.bidirectional else ''}{facts.mode}_{suffix}"
    present = [name for name in tree if name.endswith("EnergyTransferMode")]
    if present != [wanted]:
        yield f"the service is {facts.service}, so {wanted} is due, not {', '.join(present) or 'nothing'}"


def _limit_pairs(tree: Tree, _: SessionFacts) -> Iterator[str]:
    for name, part in tree.items():
        if not isinstance(part, dict):
            continue
        for field, value in part.items():
            if "Maximum" not in field:
                continue
            high, low = rational(value), rational(part.get(field.replace("Maximum", "Minimum")))
            if high is not None and high < 0:
                yield f"{name}.{field} is {high:g}; the magnitude of a limit is not negative"
            if high is not None and low is not None and abs(low) > abs(high):
                yield f"{name}.{field} {high:g} is below its minimum {low:g}"


def _control_mode(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    if not facts.control_mode or _failed(tree):
        return
    names = [name for name in tree if name.endswith("ControlMode")]
    other = "Dynamic" if facts.control_mode == "Scheduled" else "Scheduled"
    for name in names:
        if f"{other}_" in name:
            yield f"the parameter set says {facts.control_mode}, but the message has {name}"
        if name.startswith("BPT_") != facts.bidirectional and "CLRe" in name:
            yield f"the service is {facts.service}, so {name} does not belong here"


def _schedule_present(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    if _failed(tree) or tree.get("EVSEProcessing") != "Finished":
        return
    if facts.control_mode == "Scheduled":
        tuples = field_at(tree, "Scheduled_SEResControlMode.ScheduleTuple")
        if not isinstance(tuples, list) or not tuples:
            yield "EVSEProcessing is Finished, but there is no ScheduleTuple"
            return
        ids = [t.get("ScheduleTupleID") for t in tuples]
        if len(set(ids)) != len(ids):
            yield f"ScheduleTupleID is not unique: {ids}"
    elif facts.control_mode == "Dynamic" and "Dynamic_SEResControlMode" not in tree:
        yield "EVSEProcessing is Finished, but Dynamic_SEResControlMode is missing"


def _price_schedule(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    tuples = field_at(tree, "Scheduled_SEResControlMode.ScheduleTuple")
    for entry in tuples if isinstance(tuples, list) else []:
        schedule = entry.get("ChargingSchedule", {})
        if not {"AbsolutePriceSchedule", "PriceLevelSchedule"} & schedule.keys():
            yield f"schedule tuple {entry.get('ScheduleTupleID')} has no price schedule (the field has agreed to ignore this)"


def _profile(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    chosen = field_at(tree, "EVPowerProfile.Scheduled_EVPPTControlMode.SelectedScheduleTupleID")
    offered = facts.value("ScheduleExchangeRes", "Scheduled_SEResControlMode.ScheduleTuple")
    ids = [t.get("ScheduleTupleID") for t in offered] if isinstance(offered, list) else []
    if chosen is not MISSING and ids and chosen not in ids:
        yield f"SelectedScheduleTupleID {chosen} was not offered ({ids})"
    if tree.get("ChargeProgress") == "Start" and facts.control_mode == "Scheduled" and "EVPowerProfile" not in tree:
        yield "ChargeProgress is Start in Scheduled control mode, but EVPowerProfile is missing"


def _meter_info(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    asked = facts.request is not None and facts.request.body.get("MeterInfoRequested") is True
    if asked and "MeterInfo" not in tree and not _failed(tree):
        yield "the EV asked for MeterInfo, the response has none"


def _failed(tree: Tree) -> bool:
    return str(tree.get("ResponseCode", "")).startswith("FAILED")


def _negotiation_offer(tree: Tree, _: SessionFacts) -> Iterator[str]:
    offers = tree.get("AppProtocol", [])
    offers = offers if isinstance(offers, list) else [offers]
    for field in ("SchemaID", "Priority"):
        values = [offer.get(field) for offer in offers]
        if len(set(values)) != len(values):
            yield f"{field} is not unique: {values}"


def _negotiation_needs_tls(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    offers = tree.get("AppProtocol", [])
    secure = facts.tls and facts.tls_version in ("", "TLSv1.3")
    for offer in offers if isinstance(offers, list) else [offers]:
        name = str(offer.get("ProtocolNamespace", ""))
        if name.startswith("urn:iso:std:iso:15118:-20") and not secure:
            yield f"{name} is offered over {facts.tls_version or 'plain TCP'}; ISO 15118-20 needs TLS 1.3"


RULES = (
    Rule(("supportedAppProtocolReq",), "V2G20-167", "MUST", _negotiation_offer),
    Rule(("SessionSetupRes",), "X20-Content", "MUST", _session_setup_code),
    Rule(("SessionSetupRes",), "X20-Content", "MUST", _evse_id),
    Rule(("SessionSetupReq",), "V2G20-2598", "MUST", _evcc_id),
    Rule(("AuthorizationSetupRes",), "X20-Content", "MUST", _authorization_setup),
    Rule(("AuthorizationSetupRes",), "V2G20-697", "MUST", _challenge),
    Rule(("AuthorizationSetupRes",), "X20-PnCNeedsTls", "MUST", _pnc_needs_tls),
    Rule(("AuthorizationReq",), "X20-Content", "MUST", _authorization_request),
    Rule(("ServiceDiscoveryRes",), "X20-Services", "MUST", _services),
    Rule(("ServiceDetailRes",), "X20-Services", "MUST", _service_detail),
    Rule(("ServiceDetailRes",), "X20-ServiceParameters", "MUST", _parameter_sets),
    Rule(("ServiceSelectionReq",), "X20-Services", "MUST", _selection),
    Rule(
        ("AC_ChargeParameterDiscoveryReq", "DC_ChargeParameterDiscoveryReq", "AC_ChargeParameterDiscoveryRes",
         "DC_ChargeParameterDiscoveryRes"), "X20-EnergyTransferMode", "MUST", _charge_parameter_mode,
    ),
    Rule(
        ("AC_ChargeParameterDiscoveryReq", "DC_ChargeParameterDiscoveryReq", "AC_ChargeParameterDiscoveryRes",
         "DC_ChargeParameterDiscoveryRes"), "X20-Limits", "MUST", _limit_pairs,
    ),
    Rule(
        ("ScheduleExchangeReq", "ScheduleExchangeRes", "AC_ChargeLoopReq", "AC_ChargeLoopRes", "DC_ChargeLoopReq",
         "DC_ChargeLoopRes"), "X20-ControlMode", "MUST", _control_mode,
    ),
    Rule(("ScheduleExchangeRes",), "X20-Schedule", "MUST", _schedule_present),
    Rule(("ScheduleExchangeRes",), "V2G20-2176", "NOTE", _price_schedule),
    Rule(("PowerDeliveryReq",), "X20-Schedule", "MUST", _profile),
    Rule(("AC_ChargeLoopRes", "DC_ChargeLoopRes"), "V2G20-1082", "MUST", _meter_info),
)  # fmt: skip
"""Rules for all sessions; who sent the message decides whose finding it is."""

TRANSPORT_RULES = (Rule(("supportedAppProtocolReq",), "V2G20-1237", "MUST", _negotiation_needs_tls),)
"""Rules that a development bench over plain TCP breaks by agreement (transport: tcp in the SUT description)."""
