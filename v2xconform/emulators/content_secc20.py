"""What a charger of ours says in ISO 15118-20: one builder per response, by the name of the request.

A builder drives the power path with what the request says and returns the body of the response. Fields and units:
the XML schemas of ISO 15118-20. Signs: see `v2xconform.emulators.vehicle`.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from v2xconform.emulators.charger import Charger, Orders
from v2xconform.emulators.contract_desk import ContractDesk, challenge_of
from v2xconform.lab.persona import ChargerPersona, ScheduleOffer
from v2xconform.protocols.iso15118.messages20 import filler
from v2xconform.protocols.iso15118.rational import number, rational
from v2xconform.protocols.iso15118.secc20 import SeccSession20
from v2xconform.protocols.iso15118.session20 import SERVICE_IDS, SERVICE_NAMES
from v2xconform.protocols.message import Message

Tree = dict[str, Any]
Builder = Callable[["ChargerResponses", Message, SeccSession20, float], Tree]
DAY_S: Final = 86400
PHASES: Final = ("", "_L2", "_L3")


Hears = Callable[[Charger, Message, SeccSession20, float], None]
"""Called with the outlet, the request, its session and the instant."""


def _deaf(charger: Charger, request: Message, session: SeccSession20, now: float) -> None:
    """There is no other face."""


class ChargerResponses:
    """The *respond* callback of `SeccSession20`: fills responses from a charger."""

    def __init__(
        self,
        persona: ChargerPersona,
        desk: ContractDesk | None = None,
        orders: Orders | None = None,
        hears: Hears = _deaf,
    ) -> None:
        self.charger = Charger(persona, orders)
        """The charger that it speaks for; sessions one after the other share it."""
        self.desk = desk
        """Decides about contracts; without one every contract is refused."""
        self.hears = hears
        """Hears of each request before it is answered: the charger's other face."""

    def __call__(self, request: Message, session: SeccSession20, now: float) -> Tree:
        """Return the body of the response to *request*; ``why`` explains a failure of the hardware."""
        self.charger.tick(now)
        self.hears(self.charger, request, session, now)
        builder = BUILDERS.get(request.name)
        return builder(self, request, session, now) if builder else filler(f"{request.name[:-3]}Res")


def session_setup(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    content.charger.session_over(now)  # whatever the last session has left
    return {"EVSEID": content.charger.persona.evseid}


def authorization_setup(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    services = list(content.charger.persona.authorization)
    challenge = b64encode(challenge_of(session.policy, session.random_bytes)).decode()
    installs = content.desk is not None and "PnC" in services and content.charger.persona.certificate_installation
    pnc = {"PnC_ASResAuthorizationMode": {"GenChallenge": challenge}}
    return {
        "AuthorizationServices": services,
        "CertificateInstallationService": installs,
        **(pnc if "PnC" in services else {"EIM_ASResAuthorizationMode": {}}),
    }


def authorization(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    if request.tree.get("SelectedAuthorizationService") == "PnC":
        return _contract_authorization(content, request, session, now)
    if content.charger.authorizing(now):
        return {"EVSEProcessing": "Ongoing"}
    code = "OK" if content.charger.authorized else "WARNING_EIMAuthorizationFailure"
    return {"ResponseCode": code, "EVSEProcessing": "Finished"}


def _contract_authorization(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    setup = session.memory.responses.get("AuthorizationSetupRes", {})
    challenge = setup.get("PnC_ASResAuthorizationMode", {}).get("GenChallenge", "")
    code, why = "WARNING_GeneralPnCAuthorizationError", "contracts are not served here"
    if content.desk is not None:
        code, why = content.desk.authorize(request.tree, challenge, session.policy)
    if code.startswith("OK") and content.charger.authorizing(now):
        return {"EVSEProcessing": "Ongoing"}
    return {"ResponseCode": code, "EVSEProcessing": "Finished", "why": why}


def certificate_installation(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    if content.desk is None:
        return {"ResponseCode": "FAILED", "why": "contracts are not installed here"}
    return content.desk.install(request.tree, session.policy, session.random_bytes)


def service_discovery(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    persona = content.charger.persona
    services = content.charger.services(session.mode)
    listed = [{"ServiceID": SERVICE_IDS[name], "FreeService": persona.free} for name in services]
    return {
        "ServiceRenegotiationSupported": persona.service_renegotiation,
        "EnergyTransferServiceList": {"Service": listed},
    }


def service_detail(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    service, persona = SERVICE_NAMES.get(request.tree.get("ServiceID", 0), session.mode), content.charger.persona
    known = content.charger.parameter_sets(service)
    sets = [
        {
            "ParameterSetID": number_,
            "Parameter": [{"@Name": name, "intValue": value} for name, value in parameters.items()],
        }
        for number_, parameters in enumerate(
            reversed(known) if persona.parameter_sets_from == "last" else known, start=persona.first_parameter_set_id
        )
    ]
    return {"ServiceID": request.tree.get("ServiceID", 0), "ServiceParameterList": {"ParameterSet": sets}}


def schedule_exchange(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    pause = {"GoToPause": True} if content.charger.persona.go_to_pause else {}
    control = f"{session.control_mode}_SEResControlMode"
    if session.control_mode == "Dynamic":
        offer: Tree = {"DepartureTime": _departure(request)} | _price_schedule(content, session, DAY_S)
    else:
        persona = content.charger.persona
        later = persona.schedules_later if session.state == "ScheduleRenegotiation" else []
        offers: Sequence[ScheduleOffer | None] = later or persona.schedules or [None]
        offer = {
            "ScheduleTuple": [
                _schedule_tuple(content, request, session, number_, one)
                for number_, one in enumerate(offers, start=persona.first_schedule_id)
            ]
        }
    processing = "Ongoing" if content.charger.orders.schedule_open else "Finished"
    return {"EVSEProcessing": processing, **pause, control: offer}


def _departure(request: Message) -> int:
    modes = (value for name, value in request.tree.items() if name.endswith("_SEReqControlMode"))
    wishes: Mapping[str, Any] = next(modes, {})
    return int(wishes.get("DepartureTime", DAY_S))


def _schedule_tuple(
    content: ChargerResponses, request: Message, session: SeccSession20, number_: int, offer: ScheduleOffer | None
) -> Tree:
    seconds = _departure(request)
    limits = content.charger.dc if session.mode == "DC" else content.charger.ac
    price = _price_schedule(content, session, seconds, offer)
    steps = [(float(seconds), limits.max_power_w)] if offer is None else offer.power
    tolerance = content.charger.persona.power_tolerance_w
    power = _power_schedule(session, seconds, steps, tolerance)
    one = {"ScheduleTupleID": number_, "ChargingSchedule": {"PowerSchedule": power} | price}
    if session.service.endswith("_BPT"):
        feeding = _power_schedule(session, seconds, [(seconds, -limits.max_discharge_power_w)], None)
        one["DischargingSchedule"] = {"PowerSchedule": feeding} | price
    return one


def _power_schedule(
    session: SeccSession20, seconds: int, steps: Sequence[tuple[float, float]], tolerance_w: float | None
) -> Tree:
    """Return the steps as a power schedule of *seconds* in all: the last one lasts as long as it has to."""
    passed = sum(round(duration) for duration, _ in steps[:-1])
    entries = [{"Duration": round(duration), "Power": rational(power)} for duration, power in steps[:-1]]
    entries.append({"Duration": max(1, seconds - passed), "Power": rational(steps[-1][1])})
    tolerance = {} if tolerance_w is None else {"PowerTolerance": rational(tolerance_w)}
    anchor = {"TimeAnchor": int(session.utc())}
    return {**anchor, **tolerance, "PowerScheduleEntries": {"PowerScheduleEntry": entries}}


def _price_schedule(
    content: ChargerResponses, session: SeccSession20, seconds: int, offer: ScheduleOffer | None = None
) -> Tree:
    """Return the price schedule that the Pricing parameter promises ([V2G20-2176]); empty for pricing none."""
    tariff = content.charger.persona.tariff
    pricing = (offer and offer.pricing) or tariff.pricing
    own_fee = offer.energy_fee_per_kwh if offer else None
    fee = tariff.energy_fee_per_kwh if own_fee is None else own_fee
    head = {"TimeAnchor": int(session.utc()), "PriceScheduleID": 1}
    if pricing == "absolute":
        rule = {"EnergyFee": rational(fee), "PowerRangeStart": rational(0)}
        stacks = {"PriceRuleStack": [{"Duration": seconds, "PriceRule": [rule]}]}
        algorithm = "urn:iso:std:iso:15118:-20:PriceAlgorithm:1-Power"
        names = {"Currency": tariff.currency, "Language": "ENG", "PriceAlgorithm": algorithm}
        return {"AbsolutePriceSchedule": {**head, **names, "PriceRuleStacks": stacks}}
    if pricing == "levels":
        level = offer.price_level if offer else 1
        entries = {"PriceLevelScheduleEntry": [{"Duration": seconds, "PriceLevel": level}]}
        return {"PriceLevelSchedule": {**head, "NumberOfPriceLevels": level, "PriceLevelScheduleEntries": entries}}
    return {}


def power_delivery(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    path, progress = content.charger.path, request.tree.get("ChargeProgress")
    if progress == "Stop":
        path.stop()
        if path.contactor_closed(now):
            return {"ResponseCode": "FAILED_ContactorError", "why": "the contactors did not open"}
    elif progress == "Start":
        path.close_contactor(now)
        if path.spec.contactor == "stuck open":
            return {"ResponseCode": "FAILED_ContactorError", "why": "the contactors did not close"}
        return _power_tolerance(content, request, session)
    elif progress == "Standby" and not session.policy.feeds_in_standby:
        path.measure_ac(0)
        path.deliver(path.voltage_v, 0, path.voltage_v)
    return {}


def _power_tolerance(content: ChargerResponses, request: Message, session: SeccSession20) -> Tree:
    """Return the response code for what the car says to the PowerTolerance of the schedules, where they have one."""
    mode = request.tree.get("EVPowerProfile", {}).get("Scheduled_EVPPTControlMode", {})
    persona, answer = content.charger.persona, mode.get("PowerToleranceAcceptance")
    if persona.power_tolerance_w is None or answer is None:
        return {}
    if answer == "PowerToleranceConfirmed":
        return {"ResponseCode": "OK_PowerToleranceConfirmed"}
    kind = "FAILED" if persona.insists_on_power_tolerance else "WARNING"
    return {"ResponseCode": f"{kind}_PowerToleranceNotConfirmed", "why": "the car does not keep to the power tolerance"}


# AC


def ac_charge_parameters(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    ac = content.charger.ac
    limits = (
        per_phase("EVSEMaximumChargePower", ac.max_power_w, ac.phases)
        | per_phase("EVSEMinimumChargePower", ac.min_power_w, ac.phases)
        | {
            "EVSENominalFrequency": rational(ac.frequency_hz),
            "MaximumPowerAsymmetry": rational(ac.max_power_w / ac.phases),
            "EVSEPowerRampLimitation": rational(content.charger.persona.power_ramp_w_per_s),
        }
        | per_phase("EVSEPresentActivePower", content.charger.path.ac_power_w, ac.phases)
    )
    if not session.service.endswith("_BPT"):
        return {"AC_CPDResEnergyTransferMode": limits}
    feeding = per_phase("EVSEMaximumDischargePower", ac.max_discharge_power_w, ac.phases)
    feeding |= per_phase("EVSEMinimumDischargePower", ac.min_discharge_power_w, ac.phases)
    return {"BPT_AC_CPDResEnergyTransferMode": limits | feeding}


def ac_charge_loop(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    charger, ac = content.charger, content.charger.ac
    asked = loop_element(request)
    phases = min(ac.phases, _phases_of_the_car(request, session))
    charger.path.measure_ac(phase_sum(asked, "EVPresentActivePower"))
    control: Tree = {}
    if session.control_mode == "Dynamic":
        most = charger.most_w(ac.max_power_w) * phases / ac.phases
        most_back = charger.most_back_w(ac.max_discharge_power_w) * phases / ac.phases
        charge = min(most, phase_sum(asked, "EVMaximumChargePower", most, phases))
        discharge = min(most_back, phase_sum(asked, "EVMaximumDischargePower", phases=phases))
        bidirectional = session.service.endswith("_BPT")
        target = charger.dynamic_power_w(charge, discharge if bidirectional else None, _heeded(asked, session))
        target = 0.0 if _rests(session) else target
        control = per_phase("EVSETargetActivePower", target, phases)
    control |= per_phase("EVSEPresentActivePower", charger.path.ac_power_w, phases)
    return _meter_info(content, request, session) | {_loop_name(session): control}


def _phases_of_the_car(request: Message, session: SeccSession20) -> int:
    """Return on how many phases a car takes power: those for which it tells a limit."""
    known = session.memory.requests.get("AC_ChargeParameterDiscoveryReq", {})
    told = [part for tree in (known, request.tree) for part in tree.values() if isinstance(part, Mapping)]
    return max([sum(f"EVMaximumChargePower{phase}" in part for phase in PHASES) for part in told], default=0) or 3


# DC


def dc_charge_parameters(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    dc = content.charger.dc
    limits = {
        "EVSEMaximumChargePower": rational(dc.max_power_w),
        "EVSEMinimumChargePower": rational(dc.min_power_w),
        "EVSEMaximumChargeCurrent": rational(dc.max_current_a),
        "EVSEMinimumChargeCurrent": rational(dc.min_current_a),
        "EVSEMaximumVoltage": rational(dc.max_voltage_v),
        "EVSEMinimumVoltage": rational(dc.min_voltage_v),
        "EVSEPowerRampLimitation": rational(content.charger.persona.power_ramp_w_per_s),
    }
    if not session.service.endswith("_BPT"):
        return {"DC_CPDResEnergyTransferMode": limits}
    feeding = {
        "EVSEMaximumDischargePower": rational(dc.max_discharge_power_w),
        "EVSEMinimumDischargePower": rational(dc.min_discharge_power_w),
        "EVSEMaximumDischargeCurrent": rational(dc.max_discharge_current_a),
        "EVSEMinimumDischargeCurrent": rational(dc.min_discharge_current_a),
    }
    return {"BPT_DC_CPDResEnergyTransferMode": limits | feeding}


def dc_cable_check(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    path = content.charger.path
    path.start_cable_check(now)
    path.tick(now)
    if path.isolation == "fault":
        return {"ResponseCode": "FAILED", "EVSEProcessing": "Finished", "why": "the isolation check failed"}
    return {"EVSEProcessing": "Finished" if path.isolation == "ok" else "Ongoing"}


def dc_pre_charge(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    known = session.memory.requests.get("DC_ChargeParameterDiscoveryReq", {})
    limits: Mapping[str, Any] = next((part for name, part in known.items() if name.endswith("EnergyTransferMode")), {})
    most = min(content.charger.dc.max_voltage_v, number(limits.get("EVMaximumVoltage"), 1e6))
    target = min(number(request.tree.get("EVTargetVoltage")), most)
    content.charger.path.precharge(target)
    return {"EVSEPresentVoltage": _volts(content)}


def dc_charge_loop(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    charger, dc, asked = content.charger, content.charger.dc, loop_element(request)
    battery = min(number(request.tree.get("EVPresentVoltage")), dc.max_voltage_v)
    if session.control_mode == "Scheduled":
        volts, amps = number(asked.get("EVTargetVoltage")), number(asked.get("EVTargetCurrent"))
    else:
        volts = number(asked.get("EVMaximumVoltage"), dc.max_voltage_v)
        charge = min(charger.most_w(dc.max_power_w), number(asked.get("EVMaximumChargePower"), dc.max_power_w))
        most_back = charger.most_back_w(dc.max_discharge_power_w)
        discharge = min(most_back, number(asked.get("EVMaximumDischargePower")))
        bidirectional = session.service.endswith("_BPT")
        power = charger.dynamic_power_w(charge, discharge if bidirectional else None, _heeded(asked, session))
        amps = power / battery if battery else 0.0
        most = number(asked.get("EVMaximumChargeCurrent"), dc.max_current_a)
        amps = max(-number(asked.get("EVMaximumDischargeCurrent")), min(amps, most))
    feeds = session.service.endswith("_BPT")
    most_w, most_back_w = charger.most_w(dc.max_power_w), charger.most_back_w(dc.max_discharge_power_w)
    most_back_a, most_back_w = (dc.max_discharge_current_a, most_back_w) if feeds else (0.0, 0.0)
    given = 0.0 if _rests(session) else _within(dc.max_current_a, most_back_a, amps)
    if battery:
        given = _within(most_w / battery, most_back_w / battery, given)
        given = _within_the_cars(request, session, battery, given)
    charger.path.deliver(min(volts, dc.max_voltage_v), given, battery)
    charger.path.tick(now)
    return {
        **_meter_info(content, request, session),
        "EVSEPresentCurrent": rational(round(charger.path.current_a, 2)),
        "EVSEPresentVoltage": _volts(content),
        "EVSEPowerLimitAchieved": abs(amps) * battery >= (most_w if amps >= 0 else most_back_w),
        "EVSECurrentLimitAchieved": abs(amps) >= (dc.max_current_a if amps >= 0 else most_back_a),
        "EVSEVoltageLimitAchieved": volts >= dc.max_voltage_v,
        _loop_name(session): _dc_loop_limits(content, session),
    }


def _within_the_cars(request: Message, session: SeccSession20, battery: float, amps: float) -> float:
    """Return the current within the limits of the car, those of the loop before those it had before ([V2G20-2188])."""
    limits: dict[str, Any] = {}
    for tree in (session.memory.requests.get("DC_ChargeParameterDiscoveryReq", {}), request.tree):
        for name, part in tree.items():
            limits |= part if name.endswith(("EnergyTransferMode", "ControlMode")) else {}
    for direction in ("Charge", "Discharge"):
        if (amps > 0) != (direction == "Charge"):
            continue
        most = number(limits.get(f"EVMaximum{direction}Current"), abs(amps))
        watts = number(limits.get(f"EVMaximum{direction}Power"), abs(amps) * battery)
        amps = min(abs(amps), most, watts / battery) * (1 if amps > 0 else -1)
    return amps


def _within(most: float, most_back: float, amps: float) -> float:
    return max(-most_back, min(amps, most))


def _dc_loop_limits(content: ChargerResponses, session: SeccSession20) -> Tree:
    """Return the limits of the loop: those of DC_ChargeParameterDiscoveryRes ([V2G20-2654], [V2G20-2655]), or less where
    a back end has ordered less meanwhile."""
    charger, dc = content.charger, content.charger.dc
    limits = {
        "EVSEMaximumChargePower": rational(charger.most_w(dc.max_power_w)),
        "EVSEMinimumChargePower": rational(dc.min_power_w),
        "EVSEMaximumChargeCurrent": rational(dc.max_current_a),
        "EVSEMaximumVoltage": rational(dc.max_voltage_v),
    }
    if session.service.endswith("_BPT"):
        limits |= {
            "EVSEMaximumDischargePower": rational(charger.most_back_w(dc.max_discharge_power_w)),
            "EVSEMinimumDischargePower": rational(dc.min_discharge_power_w),
            "EVSEMaximumDischargeCurrent": rational(dc.max_discharge_current_a),
            "EVSEMinimumVoltage": rational(dc.min_voltage_v),
        }
    return limits


def dc_welding_detection(content: ChargerResponses, request: Message, session: SeccSession20, now: float) -> Tree:
    return {"EVSEPresentVoltage": _volts(content)}


# Parts


def _rests(session: SeccSession20) -> bool:
    return session.state == "Standby" and not session.policy.feeds_in_standby


def _heeded(asked: Mapping[str, Any], session: SeccSession20) -> Mapping[str, Any]:
    return asked if session.policy.heeds_energy_requests else {}


def per_phase(name: str, total: float, phases: int) -> Tree:
    """Return *total* as the field *name* and, on three phases, its _L2 and _L3 siblings."""
    return {f"{name}{suffix}": rational(round(total / phases, 1)) for suffix in PHASES[:phases]}


def phase_sum(tree: Mapping[str, Any], name: str, default: float = 0.0, phases: int = 3) -> float:
    """Return the sum over those of the first *phases* that are there; *default* if none is."""
    given = [number(tree[f"{name}{suffix}"]) for suffix in PHASES[:phases] if f"{name}{suffix}" in tree]
    return sum(given) if given else default


def loop_element(message: Message) -> Mapping[str, Any]:
    """Return the control mode element of a charge loop message."""
    found: Mapping[str, Any] = next((value for name, value in message.tree.items() if name.endswith("ControlMode")), {})
    return found


def _loop_name(session: SeccSession20) -> str:
    bpt = "BPT_" if session.service.endswith("_BPT") else ""
    return f"{bpt}{session.control_mode}_{session.mode}_CLResControlMode"


def _volts(content: ChargerResponses) -> Tree:
    return rational(round(content.charger.path.voltage_v, 1))


def _meter_info(content: ChargerResponses, request: Message, session: SeccSession20) -> Tree:
    """Return MeterInfo when the car asked for it [V2G20-1082] and in the first response of the loop [V2G20-1833]."""
    first = not session.memory.counts.get(request.name)
    confirmed = session.notification == "MeteringConfirmation"  # it is about these very values [V2G20-1083]
    told = request.tree.get("MeterInfoRequested") or content.charger.persona.meter_in_every_response
    if not (first or confirmed or told):
        return {}
    meter = content.charger.path.meter
    info: Tree = {"MeterID": content.charger.persona.meter_id, "ChargedEnergyReadingWh": round(meter.charged_wh)}
    if session.service.endswith("_BPT") and content.charger.persona.meter_tells_discharged:
        info["BPT_DischargedEnergyReadingWh"] = round(meter.discharged_wh)
    return {"MeterInfo": info}


BUILDERS: Final[dict[str, Builder]] = {
    "SessionSetupReq": session_setup,
    "AuthorizationSetupReq": authorization_setup,
    "AuthorizationReq": authorization,
    "CertificateInstallationReq": certificate_installation,
    "ServiceDiscoveryReq": service_discovery,
    "ServiceDetailReq": service_detail,
    "ScheduleExchangeReq": schedule_exchange,
    "PowerDeliveryReq": power_delivery,
    "AC_ChargeParameterDiscoveryReq": ac_charge_parameters,
    "AC_ChargeLoopReq": ac_charge_loop,
    "DC_ChargeParameterDiscoveryReq": dc_charge_parameters,
    "DC_CableCheckReq": dc_cable_check,
    "DC_PreChargeReq": dc_pre_charge,
    "DC_ChargeLoopReq": dc_charge_loop,
    "DC_WeldingDetectionReq": dc_welding_detection,
}
"""Request -> builder; requests that are not listed are answered with the smallest valid response."""
