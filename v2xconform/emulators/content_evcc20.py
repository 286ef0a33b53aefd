"""What a car of ours says in ISO 15118-20: one builder per request.

A builder lets the vehicle's time pass, takes over what the last response delivered, and returns the body. Fields and
units: the XML schemas of ISO 15118-20. Signs: see `v2xconform.emulators.vehicle`.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, Final

from v2xconform.emulators import schedules
from v2xconform.emulators.content_secc20 import per_phase, phase_sum
from v2xconform.emulators.contracts import NO_CHALLENGE, Wallet
from v2xconform.emulators.vehicle import Vehicle
from v2xconform.protocols.iso15118.choices20 import usable_services
from v2xconform.protocols.iso15118.evcc20 import EvccSession20
from v2xconform.protocols.iso15118.rational import number, rational
from v2xconform.protocols.iso15118.session20 import as_list
from v2xconform.protocols.iso15118.signatures import Part

Tree = dict[str, Any]
Builder = Callable[["VehicleRequests", EvccSession20, float], Tree]
SAFE_V: Final = 60
"""Below this voltage the contactors of the station are taken as open (welding detection; IEC 61851-23)."""


class VehicleRequests:
    """The *ask* callback of `EvccSession20`: fills requests from a vehicle, and stops when the car is done."""

    def __init__(self, vehicle: Vehicle, wallet: Wallet | None = None) -> None:
        self.vehicle = vehicle
        self.wallet = wallet
        """Its contracts; None for a car without Plug & Charge."""
        self.profile: Tree = {}
        """The EVPowerProfile that it sent last."""
        self.due = False
        """Whether the request that is being built is the one that is due."""

    def __call__(self, request_name: str, session: EvccSession20, now: float) -> Tree:
        """Return the body of the request *request_name*; one that is not due is built without any consequence."""
        self.vehicle.tick(now)
        self.vehicle.may_discharge = session.service.endswith("_BPT")
        self.due = session.due == request_name
        self.vehicle.cap_w = self._cap(session)
        builder = BUILDERS.get(request_name)
        return builder(self, session, now) if builder else {}

    def _cap(self, session: EvccSession20) -> float | None:
        if session.control_mode != "Scheduled" or session.state not in ("AC_ChargeLoop", "DC_ChargeLoop"):
            return None
        allowed = schedules.power_at(self.profile, session.utc())
        return None if allowed is None else allowed * session.policy.exceeds_profile_by


def session_setup(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    return {"EVCCID": content.vehicle.persona.evccid}


def authorization(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    wallet = content.wallet
    if wallet is not None and wallet.contract is not None and session.authorization_service == "PnC":
        mode = {
            "@Id": "id1",
            "GenChallenge": _challenge(session),
            "ContractCertificateChain": wallet.contract.tree(),
        }
        signature = wallet.sign(Part("PnC_AReqAuthorizationMode", mode), wallet.contract.key, session.policy)
        return {"SelectedAuthorizationService": "PnC", "PnC_AReqAuthorizationMode": mode, **signature}
    return {"SelectedAuthorizationService": "EIM", "EIM_AReqAuthorizationMode": {}}


def _challenge(session: EvccSession20) -> str:
    """Return GenChallenge of the station, unless the policy says otherwise."""
    setup = session.memory.responses.get("AuthorizationSetupRes", {})
    theirs = str(setup.get("PnC_ASResAuthorizationMode", {}).get("GenChallenge", NO_CHALLENGE))
    if len(b64decode(theirs)) != len(b64decode(NO_CHALLENGE)):
        theirs = NO_CHALLENGE  # what the station has sent cannot be repeated in a valid message
    other = b64encode(bytes(octet ^ 0x55 for octet in b64decode(theirs))).decode()
    return {"echo": theirs, "zero": NO_CHALLENGE, "other": other}[session.policy.challenge]


def certificate_installation(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    wallet = content.wallet
    if wallet is None:
        raise ValueError(
            f"{content.vehicle.persona.name} has no provisioning certificate; add contract: to its persona"
        )
    chain = {"@Id": "id1", **wallet.provisioning.tree()}
    roots = [
        {"X509IssuerName": root.issuer.rfc4514_string(), "X509SerialNumber": root.serial_number}
        for root in (*wallet.provider_roots, *wallet.operator_roots)
    ]
    signature = wallet.sign(Part("OEMProvisioningCertificateChain", chain), wallet.provisioning.key, session.policy)
    return {
        "OEMProvisioningCertificateChain": chain,
        "ListOfRootCertificateIDs": {"RootCertificateID": roots[:20]},
        "MaximumContractCertificateChains": 1,
        **signature,
    }


def service_detail(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    wanted = session.wanted_details or usable_services(session.wishes, session.memory)
    return {"ServiceID": wanted[0] if wanted else 0}


def service_selection(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    service, parameters = session.selection or (0, 0)
    return {"SelectedEnergyTransferService": {"ServiceID": service, "ParameterSetID": parameters}}


def schedule_exchange(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    vehicle = content.vehicle
    needs: Tree = {"DepartureTime": vehicle.departure_s}
    if session.control_mode == "Dynamic":
        needs |= {
            "MinimumSOC": round(vehicle.persona.needs.minimum_soc),
            "TargetSOC": round(vehicle.persona.needs.target_soc),
        }
    needs |= _energies(vehicle)
    if session.control_mode == "Dynamic" and session.service.endswith("_BPT"):
        needs |= _v2x_energies(vehicle)
    return {"MaximumSupportingPoints": 1024, f"{session.control_mode}_SEReqControlMode": needs}


def _energies(vehicle: Vehicle) -> Tree:
    low, target, high = vehicle.energies_wh
    return {
        "EVTargetEnergyRequest": rational(round(target)),
        "EVMaximumEnergyRequest": rational(round(high)),
        "EVMinimumEnergyRequest": rational(round(low)),
    }


def _v2x_energies(vehicle: Vehicle) -> Tree:
    bounds = vehicle.v2x_energies_wh
    if bounds is None:
        return {}
    low, high = bounds
    return {"EVMaximumV2XEnergyRequest": rational(round(high)), "EVMinimumV2XEnergyRequest": rational(round(low))}


def power_delivery(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    progress = session.charge_progress
    body: Tree = {"EVProcessing": "Finished", "ChargeProgress": progress}
    if progress == "Stop" and content.due:
        content.vehicle.leave_loop()
    if progress == "Start":
        profile = _power_profile(content.vehicle, session, now)
        body |= {"EVPowerProfile": profile} if profile else {}
        content.profile = profile or {}
    if session.service.endswith("_BPT") and progress == "Start":
        body["BPT_ChannelSelection"] = "Charge" if content.vehicle.wanted_power_w(now, 1) >= 0 else "Discharge"
    return body


def _power_profile(vehicle: Vehicle, session: EvccSession20, now: float) -> Tree | None:
    """Return the profile: the car's power within the schedule that it takes; in Dynamic its own maximum."""
    most = vehicle.dc.max_power_w if session.mode == "DC" else vehicle.ac.max_power_w
    control: Tree = {}
    anchor = int(session.utc())
    offer = session.memory.responses.get("ScheduleExchangeRes", {}).get("Scheduled_SEResControlMode", {})
    if session.control_mode == "Scheduled":
        offered = as_list(offer.get("ScheduleTuple"))
        if not offered:
            session.notes.append("no schedule was offered")
            return None
        needs = vehicle.persona.needs
        taken = schedules.chosen(offered, needs.schedule)
        confirmed = "Confirmed" if needs.accepts_power_tolerance else "NotConfirmed"
        control = {
            "SelectedScheduleTupleID": taken.get("ScheduleTupleID", 1),
            "PowerToleranceAcceptance": f"PowerTolerance{confirmed}",
        }
        entries = [
            {"Duration": entry.get("Duration", 0), "Power": rational(min(most, schedules.entry_power(entry)))}
            for entry in schedules.schedule_entries(taken)
        ]
        anchor = schedules.anchor(taken, anchor)
    else:
        entries = [{"Duration": vehicle.departure_s, "Power": rational(most)}]
    return {
        "TimeAnchor": anchor,
        f"{session.control_mode}_EVPPTControlMode": control,
        "EVPowerProfileEntries": {"EVPowerProfileEntry": entries},
    }


def check_in(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    return {"EVCheckInStatus": "CheckIn", "ParkingMethod": "Manual"}


def check_out(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    return {"EVCheckOutStatus": "CheckOut", "CheckOutTime": int(session.utc())}


def session_stop(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    if content.due:
        content.vehicle.leave_loop()
    return {"ChargingSession": session.charging_session}


# AC


def ac_charge_parameters(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    ac = content.vehicle.ac
    limits = per_phase("EVMaximumChargePower", ac.max_power_w, ac.phases)
    limits |= per_phase("EVMinimumChargePower", ac.min_power_w, ac.phases)
    if not session.service.endswith("_BPT"):
        return {"AC_CPDReqEnergyTransferMode": limits}
    feeding = per_phase("EVMaximumDischargePower", ac.max_discharge_power_w, ac.phases)
    feeding |= per_phase("EVMinimumDischargePower", ac.min_discharge_power_w, ac.phases)
    return {"BPT_AC_CPDReqEnergyTransferMode": limits | feeding}


def ac_charge_loop(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    vehicle, ac = content.vehicle, content.vehicle.ac
    if content.due:
        vehicle.enter_loop(now)
    answered = (
        session.memory.responses.get("AC_ChargeLoopRes", {}) if session.memory.counts.get("AC_ChargeLoopReq") else {}
    )
    control: Tree = next((value for name, value in answered.items() if name.endswith("ControlMode")), {})
    target = phase_sum(control, "EVSETargetActivePower") if session.control_mode == "Dynamic" and control else None
    idle = _rests(session) or (session.control_mode == "Dynamic" and target is None)
    vehicle.take(0.0 if idle else vehicle.ac_power_w(now, target))
    body: Tree = _energies(vehicle)
    if session.control_mode == "Dynamic":
        body = {"DepartureTime": vehicle.departure_s} | body
    body |= per_phase("EVMaximumChargePower", min(ac.max_power_w, vehicle.battery.max_charge_w), ac.phases)
    body |= per_phase("EVMinimumChargePower", ac.min_power_w, ac.phases)
    body |= per_phase("EVPresentActivePower", vehicle.power_w, ac.phases)
    body |= per_phase("EVPresentReactivePower", 0.0, ac.phases)
    if session.service.endswith("_BPT"):
        most = min(ac.max_discharge_power_w, vehicle.battery.max_discharge_w)
        body |= per_phase("EVMaximumDischargePower", most, ac.phases)
        body |= per_phase("EVMinimumDischargePower", min(ac.min_discharge_power_w, most), ac.phases)
        body |= _v2x_energies(vehicle) if session.control_mode == "Dynamic" else {}
    return _loop(content, session, now, "AC", {}, body)


# DC


def dc_charge_parameters(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    dc = content.vehicle.dc
    limits = {
        "EVMaximumChargePower": rational(dc.max_power_w),
        "EVMinimumChargePower": rational(dc.min_power_w),
        "EVMaximumChargeCurrent": rational(dc.max_current_a),
        "EVMinimumChargeCurrent": rational(dc.min_current_a),
        "EVMaximumVoltage": rational(dc.max_voltage_v),
        "EVMinimumVoltage": rational(dc.min_voltage_v),
        "TargetSOC": round(content.vehicle.persona.needs.target_soc),
    }
    if not session.service.endswith("_BPT"):
        return {"DC_CPDReqEnergyTransferMode": limits}
    feeding = {
        "EVMaximumDischargePower": rational(dc.max_discharge_power_w),
        "EVMinimumDischargePower": rational(dc.min_discharge_power_w),
        "EVMaximumDischargeCurrent": rational(dc.max_discharge_current_a),
        "EVMinimumDischargeCurrent": rational(dc.min_discharge_current_a),
    }
    return {"BPT_DC_CPDReqEnergyTransferMode": limits | feeding}


def dc_pre_charge(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    vehicle = content.vehicle
    asked = session.memory.counts.get("DC_PreChargeReq", 0)
    present = session.memory.responses.get("DC_PreChargeRes", {}).get("EVSEPresentVoltage") if asked else None
    near = (
        present is not None
        and abs(number(present) - vehicle.battery.voltage_v) <= vehicle.persona.precharge_tolerance_v
    )
    trusted = 0 < session.policy.precharge_done_after <= asked
    return {
        "EVProcessing": "Finished" if near or trusted else "Ongoing",
        "EVPresentVoltage": rational(0 if present is None else number(present)),
        "EVTargetVoltage": rational(round(vehicle.battery.voltage_v, 1)),
    }


def dc_charge_loop(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    vehicle, dc = content.vehicle, content.vehicle.dc
    if content.due:
        vehicle.enter_loop(now)
    answered = (
        session.memory.responses.get("DC_ChargeLoopRes", {}) if session.memory.counts.get("DC_ChargeLoopReq") else {}
    )
    vehicle.take(number(answered.get("EVSEPresentVoltage")) * number(answered.get("EVSEPresentCurrent")))
    volts = vehicle.battery.voltage_v
    charge_w, discharge_w = vehicle.battery.max_charge_w, vehicle.battery.max_discharge_w
    body: Tree = _energies(vehicle)
    if session.control_mode == "Scheduled":
        target_v, target_a = vehicle.dc_targets(now)
        idle = _rests(session)
        body |= {
            "EVTargetCurrent": rational(0 if idle else round(target_a, 1)),
            "EVTargetVoltage": rational(round(target_v, 1)),
        }
    else:
        body = {"DepartureTime": vehicle.departure_s} | body
    body |= {
        "EVMaximumChargePower": rational(round(min(dc.max_power_w, charge_w))),
        "EVMinimumChargePower": rational(dc.min_power_w),
        "EVMaximumChargeCurrent": rational(round(min(dc.max_current_a, charge_w / volts), 1)),
        "EVMaximumVoltage": rational(dc.max_voltage_v),
        "EVMinimumVoltage": rational(dc.min_voltage_v),
    }
    if session.service.endswith("_BPT"):
        body |= {
            "EVMaximumDischargePower": rational(round(min(dc.max_discharge_power_w, discharge_w))),
            "EVMinimumDischargePower": rational(dc.min_discharge_power_w),
            "EVMaximumDischargeCurrent": rational(round(min(dc.max_discharge_current_a, discharge_w / volts), 1)),
        }
        body |= _v2x_energies(vehicle) if session.control_mode == "Dynamic" else {}
    return _loop(content, session, now, "DC", {"EVPresentVoltage": rational(round(volts, 1))}, body)


def dc_welding_detection(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    asked = session.memory.counts.get("DC_WeldingDetectionReq", 0)
    present = session.memory.responses.get("DC_WeldingDetectionRes", {}).get("EVSEPresentVoltage")
    safe = asked > 0 and number(present) < SAFE_V
    last = asked + 1 >= session.policy.welding_detection_limit
    if last and not safe:
        session.notes.append(f"the station still shows {number(present):g} V: contactors welded?")
    return {"EVProcessing": "Finished" if safe or last else "Ongoing"}


def _rests(session: EvccSession20) -> bool:
    return session.state == "Standby" and not session.policy.draws_in_standby


def _loop(content: VehicleRequests, session: EvccSession20, now: float, mode: str, extra: Tree, control: Tree) -> Tree:
    """Return a charge loop request; a car that is done says so in it and stops with the next request."""
    vehicle = content.vehicle
    complete = vehicle.complete(now)
    if complete and content.due:
        session.stop(now)
    display = {"PresentSOC": round(vehicle.battery.soc), "ChargingComplete": complete}
    bpt = "BPT_" if session.service.endswith("_BPT") else ""
    return {
        "DisplayParameters": display,
        "MeterInfoRequested": not session.memory.counts.get(f"{mode}_ChargeLoopReq"),
        **extra,
        f"{bpt}{session.control_mode}_{mode}_CLReqControlMode": control,
    }


def metering_confirmation(content: VehicleRequests, session: EvccSession20, now: float) -> Tree:
    """Return the last meter values as the car confirms them; signed only where a contract has authorized the session."""
    answered = session.memory.responses.get(f"{session.mode}_ChargeLoopRes", {})
    taken = content.profile.get("Scheduled_EVPPTControlMode", {}).get("SelectedScheduleTupleID", 1)
    control: Tree = {"SelectedScheduleTupleID": taken} if session.control_mode == "Scheduled" else {}
    meter = answered.get("MeterInfo", {"MeterID": "unknown", "ChargedEnergyReadingWh": 0})
    data = {
        "@Id": "id1",
        "SessionID": session.session_id,
        "MeterInfo": meter,
        f"{session.control_mode}_SMDTControlMode": control,
    }
    wallet, signature = content.wallet, {}
    authorized = session.memory.requests.get("AuthorizationReq", {}).get("SelectedAuthorizationService")
    if wallet is not None and wallet.contract is not None and authorized == "PnC":
        signature = wallet.sign(Part("SignedMeteringData", data), wallet.contract.key, session.policy)
    return {"SignedMeteringData": data, **signature}


BUILDERS: Final[dict[str, Builder]] = {
    "SessionSetupReq": session_setup,
    "AuthorizationReq": authorization,
    "CertificateInstallationReq": certificate_installation,
    "ServiceDetailReq": service_detail,
    "ServiceSelectionReq": service_selection,
    "ScheduleExchangeReq": schedule_exchange,
    "PowerDeliveryReq": power_delivery,
    "MeteringConfirmationReq": metering_confirmation,
    "VehicleCheckInReq": check_in,
    "VehicleCheckOutReq": check_out,
    "SessionStopReq": session_stop,
    "AC_ChargeParameterDiscoveryReq": ac_charge_parameters,
    "AC_ChargeLoopReq": ac_charge_loop,
    "DC_ChargeParameterDiscoveryReq": dc_charge_parameters,
    "DC_PreChargeReq": dc_pre_charge,
    "DC_ChargeLoopReq": dc_charge_loop,
    "DC_WeldingDetectionReq": dc_welding_detection,
}
"""Request -> builder; requests that are not listed (AuthorizationSetupReq …) have no body."""
