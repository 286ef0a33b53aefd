"""Content rules for a charger: response codes, selection of the protocol, services, limits and schedules that make sense."""

from collections.abc import Iterator
from typing import Any, Final

from v2xconform.judge.monitors.content_rules import Rule, Tree
from v2xconform.judge.session_facts import SERVICES, SessionFacts
from v2xconform.protocols.iso15118.messages20 import REQUESTS
from v2xconform.protocols.iso15118.session20 import as_list
from v2xconform.trace.query import MISSING, field_at, rational

_ISO20: Final = "urn:iso:std:iso:15118:-20:"
_EVERYWHERE: Final = frozenset({"OK", "FAILED", "FAILED_SequenceError", "FAILED_UnknownSession"})
_LOOP: Final = frozenset({
    "WARNING_EVPowerProfileViolation", "WARNING_ScheduleRenegotiationFailed", "FAILED_EVPowerProfileViolation",
    "FAILED_ContactorError", "FAILED_PowerDeliveryNotApplied", "FAILED_AssociationError",
})  # fmt: skip
_HARDWARE: Final = frozenset({"FAILED_ContactorError", "FAILED_PowerDeliveryNotApplied", "FAILED_AssociationError"})
# ISO 15118-20, response codes of each message (beside those that stand in every response).
_CODES: Final[dict[str, frozenset[str]]] = {
    "SessionSetupRes": frozenset({"OK_NewSessionEstablished", "OK_OldSessionJoined"}),
    "AuthorizationSetupRes": frozenset(),
    "AuthorizationRes": frozenset({
        "OK_CertificateExpiresSoon", "WARNING_AuthorizationSelectionInvalid", "WARNING_CertificateExpired",
        "WARNING_CertificateNotYetValid", "WARNING_CertificateRevoked", "WARNING_CertificateValidationError",
        "WARNING_ChallengeInvalid", "WARNING_EIMAuthorizationFailure", "WARNING_eMSPUnknown",
        "WARNING_GeneralPnCAuthorizationError", "WARNING_NoCertificateAvailable",
        "WARNING_NoContractMatchingPCIDFound", "FAILED_SignatureError",
    }),
    "ServiceDiscoveryRes": frozenset(),
    "ServiceDetailRes": frozenset({"FAILED_ServiceIDInvalid"}),
    "ServiceSelectionRes": frozenset({"FAILED_NoEnergyTransferServiceSelected", "FAILED_ServiceSelectionInvalid"}),
    "AC_ChargeParameterDiscoveryRes": frozenset({"FAILED_WrongChargeParameter", "FAILED_AssociationError"}),
    "DC_ChargeParameterDiscoveryRes": frozenset({"FAILED_WrongChargeParameter", "FAILED_AssociationError"}),
    "ScheduleExchangeRes": frozenset({
        "WARNING_ScheduleRenegotiationFailed", "FAILED_ScheduleRenegotiation", "FAILED_AssociationError",
    }),
    "PowerDeliveryRes": _HARDWARE | {
        "OK_PowerToleranceConfirmed", "WARNING_PowerToleranceNotConfirmed", "WARNING_StandbyNotAllowed",
        "WARNING_EVPowerProfileViolation", "WARNING_ScheduleRenegotiationFailed", "FAILED_EVPowerProfileInvalid",
        "FAILED_EVPowerProfileViolation", "FAILED_PowerToleranceNotConfirmed", "FAILED_ScheduleRenegotiation",
        "FAILED_ScheduleSelectionInvalid",
    },
    "DC_CableCheckRes": _HARDWARE,
    "DC_PreChargeRes": _HARDWARE,
    "DC_WeldingDetectionRes": _HARDWARE,
    "AC_ChargeLoopRes": _LOOP,
    "DC_ChargeLoopRes": _LOOP,
    "MeteringConfirmationRes": frozenset({"FAILED_MeteringSignatureNotValid"}),
    "SessionStopRes": frozenset({"FAILED_PauseNotAllowed", "FAILED_NoServiceRenegotiationSupported"}),
}  # fmt: skip


def _code(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    name = f"{facts.request.name[:-3]}Res" if facts.request is not None else ""
    code = str(tree.get("ResponseCode", ""))
    if name in _CODES and code and code not in _EVERYWHERE | _CODES[name]:
        yield f"ResponseCode {code} does not belong to this message"


def _selection(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    code, chosen = str(tree.get("ResponseCode", "")), tree.get("SchemaID")
    offers = {
        offer.get("SchemaID"): offer for offer in as_list(_latest(facts, "supportedAppProtocolReq", "AppProtocol"))
    }
    if not code.startswith("OK"):
        return
    if chosen not in offers:
        yield f"SchemaID {chosen} is none of those that were offered ({', '.join(str(one) for one in offers)})"
        return
    offer = offers[chosen]
    name, major = str(offer.get("ProtocolNamespace", "")), offer.get("VersionNumberMajor")
    if name.startswith(_ISO20) and major != 1:
        yield f"{name} in version {major} was selected; ISO 15118-20 has version 1"


def _selection_needs_tls(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    offers = as_list(_latest(facts, "supportedAppProtocolReq", "AppProtocol"))
    chosen: Tree = next((offer for offer in offers if offer.get("SchemaID") == tree.get("SchemaID")), {})
    name, secure = str(chosen.get("ProtocolNamespace", "")), facts.tls and facts.tls_version in ("", "TLSv1.3")
    if str(tree.get("ResponseCode", "")).startswith("OK") and name.startswith(_ISO20) and not secure:
        yield f"{name} was selected over {facts.tls_version or 'plain TCP'}; ISO 15118-20 needs TLS 1.3"


def _latest(facts: SessionFacts, message: str, path: str) -> Any:
    value = facts.value(message, path)
    return None if value is MISSING else value


def _negotiated_mode(facts: SessionFacts) -> str:
    chosen = _latest(facts, "supportedAppProtocolRes", "SchemaID")
    for offer in as_list(_latest(facts, "supportedAppProtocolReq", "AppProtocol")):
        name = str(offer.get("ProtocolNamespace", ""))
        if offer.get("SchemaID") == chosen and name.startswith(_ISO20):
            return name.removeprefix(_ISO20)
    return ""


def _services_of_the_mode(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    mode = _negotiated_mode(facts)
    offered = {SERVICES.get(service, ("", False))[0] for service in facts.energy_services}
    if mode in ("AC", "DC") and offered and mode not in offered:
        yield f"{mode} was negotiated, but none of the services {facts.energy_services} is of that kind"


def _processing(tree: Tree, _: SessionFacts) -> Iterator[str]:
    if tree.get("EVSEProcessing") == "Ongoing_WaitingForCustomerInteraction":
        yield "EVSEProcessing waits for the customer, who is needed for the authorization only"


_QUANTITIES: Final[dict[str, tuple[float, float]]] = {
    "Voltage": (60.0, 1500.0), "Current": (1.0, 6000.0), "Power": (100.0, 8e6),
}  # fmt: skip
"""Quantity -> smallest and largest maximum of a charger that exists: a unit or exponent that is wrong leaves it."""


def _plausible_limits(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    for name, part in tree.items():
        if not name.endswith("EnergyTransferMode") or not isinstance(part, dict):
            continue
        numbers = {field: value for field, given in part.items() if (value := rational(given)) is not None}
        for field, value in numbers.items():
            bounds = next((b for what, b in _QUANTITIES.items() if what in field), None)
            if field.startswith("EVSEMaximum") and bounds and not bounds[0] <= value <= bounds[1]:
                yield f"{name}.{field} {value:g} is no limit of a charger ({bounds[0]:g} to {bounds[1]:g})"
        yield from _fitting_power(name, numbers)
        frequency = numbers.get("EVSENominalFrequency")
        if frequency is not None and not 45.0 <= frequency <= 65.0:
            yield f"{name}.EVSENominalFrequency {frequency:g} Hz is no frequency of a grid"


def _fitting_power(name: str, numbers: dict[str, float]) -> Iterator[str]:
    volts = numbers.get("EVSEMaximumVoltage")
    for direction in ("Charge", "Discharge"):
        watts, amps = numbers.get(f"EVSEMaximum{direction}Power"), numbers.get(f"EVSEMaximum{direction}Current")
        if watts is None or amps is None or volts is None or not volts * amps:
            continue
        if not 0.01 <= watts / (volts * amps) <= 1.2:
            yield f"{name}: {watts:g} W of EVSEMaximum{direction}Power do not go with {volts:g} V and {amps:g} A"


_DAY_S: Final = 86400


def _schedules(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    stamp = field_at(tree, "Header.TimeStamp")
    for number, one in enumerate(as_list(_at(tree, "Scheduled_SEResControlMode.ScheduleTuple"))):
        for kind, sign in (("ChargingSchedule", 1), ("DischargingSchedule", -1)):
            schedule = one.get(kind)
            if not isinstance(schedule, dict):
                continue
            where = f"ScheduleTuple {one.get('ScheduleTupleID', number)}, {kind}"
            if kind == "DischargingSchedule" and facts.service and not facts.bidirectional:
                yield f"{where}: the service {facts.service} allows charging only"
            yield from _power_schedule(where, schedule.get("PowerSchedule", {}), sign, stamp, facts)


def _power_schedule(where: str, schedule: Tree, sign: int, stamp: Any, facts: SessionFacts) -> Iterator[str]:
    entries = as_list(_at(schedule, "PowerScheduleEntries.PowerScheduleEntry"))
    most = _latest(facts, "ScheduleExchangeReq", "MaximumSupportingPoints")
    if isinstance(most, int) and len(entries) > most:
        yield f"{where}: {len(entries)} entries, the EV takes {most}"
    anchor, seconds = schedule.get("TimeAnchor"), sum(entry.get("Duration", 0) for entry in entries)
    if isinstance(anchor, int) and isinstance(stamp, int):
        if anchor > stamp + 60:
            yield f"{where}: TimeAnchor lies {anchor - stamp} s in the future: there is no schedule for now"
        if anchor + seconds <= stamp:
            yield f"{where}: it has ended {stamp - anchor - seconds} s before it was sent"
    if any(entry.get("Duration", 1) == 0 for entry in entries):
        yield f"{where}: an entry lasts 0 s"
    limit = _charger_limit(facts, "EVSEMaximumChargePower" if sign > 0 else "EVSEMaximumDischargePower")
    for entry in entries:
        power = _sum_of_phases(entry, "Power")
        if power is None:
            continue
        if power * sign < 0 and abs(power) > 1.0:
            yield f"{where}: a power of {power:g} W has the wrong direction"
        if limit is not None and abs(power) > abs(limit) * 1.05 + 10.0:
            yield f"{where}: {power:g} W are beyond {limit:g} W, the charger's own limit"


def _charger_limit(facts: SessionFacts, name: str) -> float | None:
    body = facts.latest.get(f"{facts.mode}_ChargeParameterDiscoveryRes")
    parts = body.body.items() if body is not None else ()
    section: Tree = next((part for key, part in parts if key.endswith("EnergyTransferMode")), {})
    return _sum_of_phases(section, name)


def _sum_of_phases(tree: Any, name: str) -> float | None:
    values = [rational(tree.get(f"{name}{suffix}")) for suffix in ("", "_L2", "_L3")] if isinstance(tree, dict) else []
    given = [value for value in values if value is not None]
    return sum(given) if given else None


def _prices(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    for where, schedule in _price_schedules(tree):
        levels = schedule.get("NumberOfPriceLevels")
        for entry in as_list(_at(schedule, "PriceLevelScheduleEntries.PriceLevelScheduleEntry")):
            if isinstance(levels, int) and entry.get("PriceLevel", 0) > levels:
                yield f"{where}: PriceLevel {entry.get('PriceLevel')} of {levels} levels"
            if entry.get("Duration", 1) == 0:
                yield f"{where}: an entry lasts 0 s"
        currency = schedule.get("Currency")
        if currency is not None and not (
            len(str(currency)) == 3 and str(currency).isalpha() and str(currency).isupper()
        ):
            yield f"{where}: Currency {currency} is no code of ISO 4217"
        anchor, stamp = schedule.get("TimeAnchor"), field_at(tree, "Header.TimeStamp")
        if isinstance(anchor, int) and isinstance(stamp, int) and abs(anchor - stamp) > 400 * _DAY_S:
            yield f"{where}: TimeAnchor {anchor} lies {abs(anchor - stamp) // _DAY_S} days away from now"


def _price_schedules(tree: Tree) -> Iterator[tuple[str, Tree]]:
    holders: list[Any] = [_at(tree, "Dynamic_SEResControlMode")]
    for one in as_list(_at(tree, "Scheduled_SEResControlMode.ScheduleTuple")):
        holders += [one.get("ChargingSchedule"), one.get("DischargingSchedule")]
    for holder in holders:
        for name in ("AbsolutePriceSchedule", "PriceLevelSchedule"):
            if isinstance(holder, dict) and isinstance(holder.get(name), dict):
                yield name, holder[name]


def _at(tree: Any, path: str) -> Any:
    value = field_at(tree, path)
    return None if value is MISSING else value


def _pricing(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    promised = facts.offered.get(facts.service, {}).get(facts.parameter_set, {}).get("Pricing")
    wrong = {1: "PriceLevelSchedule", 2: "AbsolutePriceSchedule"}.get(promised if isinstance(promised, int) else 0)
    if any(name == wrong for name, _ in _price_schedules(tree)):
        yield f"the parameter set says Pricing {promised}, the response has a {wrong}"


def _goals(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    dynamic = _at(tree, "Dynamic_SEResControlMode")
    if isinstance(dynamic, dict):
        low, goal = dynamic.get("MinimumSOC"), dynamic.get("TargetSOC")
        if isinstance(low, int) and isinstance(goal, int) and low > goal:
            yield f"MinimumSOC {low} is above TargetSOC {goal}"


def _renegotiation_needs_processing(tree: Tree, facts: SessionFacts) -> Iterator[str]:
    notified = field_at(tree, "EVSEStatus.EVSENotification")
    if notified == "MeteringConfirmation" and "MeterInfo" not in tree:
        yield "EVSENotification MeteringConfirmation needs MeterInfo in the same message"


_CPD: Final = ("AC_ChargeParameterDiscoveryRes", "DC_ChargeParameterDiscoveryRes")

CODE_RULES: Final = (Rule(tuple(f"{name[:-3]}Res" for name in REQUESTS), "X20-ResponseCode", "MUST", _code),)
"""The only rules for a response with a FAILED code."""

CHARGER_RULES: Final = (
    Rule(("supportedAppProtocolRes",), "V2G20-169", "MUST", _selection),
    Rule(("ServiceDiscoveryRes",), "X20-Services", "MUST", _services_of_the_mode),
    Rule(("ScheduleExchangeRes", "DC_CableCheckRes"), "X20-Content", "MUST", _processing),
    Rule(_CPD, "X20-Plausible", "MUST", _plausible_limits),
    Rule(("ScheduleExchangeRes",), "X20-Schedule", "MUST", _schedules),
    Rule(("ScheduleExchangeRes",), "X20-Schedule", "MUST", _prices),
    Rule(("ScheduleExchangeRes",), "X20-Schedule", "MUST", _pricing),
    Rule(("ScheduleExchangeRes",), "X20-Schedule", "MUST", _goals),
    Rule(("AC_ChargeLoopRes", "DC_ChargeLoopRes"), "V2G20-1083", "MUST", _renegotiation_needs_processing),
)

CHARGER_TRANSPORT_RULES: Final = (Rule(("supportedAppProtocolRes",), "V2G20-2356", "MUST", _selection_needs_tls),)
"""Rules that a development bench over plain TCP breaks by agreement."""
