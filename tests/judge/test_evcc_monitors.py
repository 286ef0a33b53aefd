"""Each rule about a car, seen failing and seen passing, on traces of a few messages made by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.content import ContentMonitor
from v2xconform.judge.monitors.schema import SchemaMonitor
from v2xconform.judge.monitors.sequence import SequenceMonitor
from v2xconform.judge.monitors.timing import TimingMonitor
from v2xconform.judge.monitors.tls import TlsMonitor
from v2xconform.judge.monitors.vehicle import VehicleMonitor
from v2xconform.trace.events import Event

SESSION = "00112233AABBCCDD"
BEGAN = datetime(2026, 6, 1, tzinfo=UTC)
CAR = Context("evcc")


def amount(value: int, exponent: int = 0) -> dict[str, int]:
    return {"Exponent": exponent, "Value": value}


class Trace:
    """Events one after the other: (seconds, sender, name, body)."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, at: float, src: str, kind: str, layer: str, name: str, body: Any = None, note: str = "") -> "Trace":
        utc = (BEGAN + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        number = len(self.events) + 1
        dst = "secc" if src == "evcc" else "evcc"
        event = Event(number, round(at * 1e9), utc, "tcp1", src, dst, layer, kind, name, body, None, {}, note)  # type: ignore[arg-type]  # kind is a literal
        self.events.append(event)
        return self

    def say(self, at: float, name: str, *, note: str = "", stamp: int | None = None, **body: Any) -> "Trace":
        """Add a message; requests come from the car, responses (OK unless said otherwise) from the charger."""
        src = "evcc" if name.endswith("Req") else "secc"
        header = {"SessionID": SESSION, "TimeStamp": 1_780_000_000 + int(at) if stamp is None else stamp}
        tree = {"Header": header, **({} if src == "evcc" else {"ResponseCode": "OK"}), **body}
        layer = "supportedappprotocol" if name.startswith("supported") else "iso15118-20-common"
        return self.add(at, src, "message", layer, name, tree, note)

    def opened(self) -> "Trace":
        return self.add(0, "evcc", "open", "tcp", "accepted")


def found(monitor: Any, trace: Trace) -> list[Finding]:
    events: Sequence[Event] = trace.events
    findings: list[Finding] = []
    judge = monitor(CAR)
    for event in events:
        findings += judge.see(event)
    return [*findings, *judge.end(events[-1])]


def ids(monitor: Any, trace: Trace) -> set[str]:
    return {finding.requirement for finding in found(monitor, trace) if finding.severity == "MUST"}


# ---- content


def offer(**changes: Any) -> Trace:
    entry = {
        "ProtocolNamespace": "urn:iso:std:iso:15118:-20:DC", "VersionNumberMajor": 1, "VersionNumberMinor": 0,
        "SchemaID": 1, "Priority": 1,
    }  # fmt: skip
    trace = Trace().opened().add(0, "evcc", "handshake", "tls", "established", {"version": "TLSv1.3"})
    return trace.say(0, "supportedAppProtocolReq", AppProtocol=[entry | changes])


@pytest.mark.parametrize(
    ("changes", "requirement"),
    [
        ({}, None),
        ({"VersionNumberMajor": 2}, "X20-Offer"),
        ({"ProtocolNamespace": "urn:iso:std:iso:15118:-20:CommonMessages"}, "X20-Offer"),
        ({"ProtocolNamespace": "urn:iso:15118:2:2013:MsgDef"}, "X20-Offer"),
        ({"Priority": 0}, "V2G20-167"),
        ({"Priority": 21}, "V2G20-167"),
    ],
)
def test_an_offer_names_version_1_of_iso_15118_20_with_a_priority(changes: Any, requirement: str | None) -> None:
    assert ids(ContentMonitor, offer(**changes)) == ({requirement} if requirement else set())


def discovered() -> Trace:
    services = {"Service": [{"ServiceID": 2, "FreeService": False}]}
    trace = Trace().opened().say(0, "ServiceDiscoveryReq")
    return trace.say(0, "ServiceDiscoveryRes", EnergyTransferServiceList=services)


def detailed(control: int = 2) -> Trace:
    parameters = [{"@Name": "ControlMode", "intValue": control}]
    sets = {"ParameterSet": [{"ParameterSetID": 1, "Parameter": parameters}]}
    trace = discovered().say(0, "ServiceDetailReq", ServiceID=2)
    return trace.say(0, "ServiceDetailRes", ServiceID=2, ServiceParameterList=sets)


def selected(control: int = 2) -> Trace:
    chosen = {"ServiceID": 2, "ParameterSetID": 1}
    return detailed(control).say(0, "ServiceSelectionReq", SelectedEnergyTransferService=chosen)


def test_only_offered_services_are_asked_for() -> None:
    assert ids(ContentMonitor, discovered().say(0, "ServiceDetailReq", ServiceID=2)) == set()
    assert ids(ContentMonitor, discovered().say(0, "ServiceDetailReq", ServiceID=6)) == {"X20-Services"}


def test_a_service_is_selected_after_its_details() -> None:
    chosen = {"ServiceID": 2, "ParameterSetID": 1}
    early = discovered().say(0, "ServiceSelectionReq", SelectedEnergyTransferService=chosen)
    assert ids(ContentMonitor, early) == {"X20-Services"}
    assert ids(ContentMonitor, selected()) == set()


def test_value_added_services_have_to_be_offered() -> None:
    chosen = {"ServiceID": 2, "ParameterSetID": 1}
    extra = {"SelectedService": [{"ServiceID": 65, "ParameterSetID": 1}]}
    trace = detailed().say(0, "ServiceSelectionReq", SelectedEnergyTransferService=chosen, SelectedVASList=extra)
    assert ids(ContentMonitor, trace) == {"X20-Services"}


GOOD_NEEDS = {
    "DepartureTime": 3600, "MinimumSOC": 20, "TargetSOC": 80, "EVMinimumEnergyRequest": amount(1, 3),
    "EVTargetEnergyRequest": amount(20, 3), "EVMaximumEnergyRequest": amount(30, 3),
}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"DepartureTime": 1_780_000_000},
        {"MinimumSOC": 90},
        {"TargetSOC": 101},
        {"EVTargetEnergyRequest": amount(40, 3)},
        {"EVMinimumEnergyRequest": amount(25, 3)},
        {"EVMaximumEnergyRequest": amount(30, 6)},
        {"EVMinimumV2XEnergyRequest": amount(5, 3), "EVMaximumV2XEnergyRequest": amount(1, 3)},
    ],
)
def test_needs_are_in_order(wrong: dict[str, Any]) -> None:
    good = selected().say(0, "ScheduleExchangeReq", Dynamic_SEReqControlMode=GOOD_NEEDS)
    assert ids(ContentMonitor, good) == set()
    bad = selected().say(0, "ScheduleExchangeReq", Dynamic_SEReqControlMode=GOOD_NEEDS | wrong)
    assert ids(ContentMonitor, bad) == {"X20-Needs"}


GOOD_LIMITS = {
    "EVMaximumChargePower": amount(100, 3), "EVMinimumChargePower": amount(0), "EVMaximumChargeCurrent": amount(250),
    "EVMinimumChargeCurrent": amount(0), "EVMaximumVoltage": amount(450), "EVMinimumVoltage": amount(300),
}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"EVMaximumVoltage": amount(450, 3)},
        {"EVMaximumVoltage": amount(450, -3), "EVMinimumVoltage": amount(0)},
        {"EVMaximumChargeCurrent": amount(250, 2)},
        {"EVMaximumChargePower": amount(100, 6)},
        {"EVMaximumChargePower": amount(100)},
    ],
)
def test_limits_have_the_magnitude_of_a_vehicle(wrong: dict[str, Any]) -> None:
    good = selected().say(0, "DC_ChargeParameterDiscoveryReq", DC_CPDReqEnergyTransferMode=GOOD_LIMITS)
    assert ids(ContentMonitor, good) == set()
    bad = selected().say(0, "DC_ChargeParameterDiscoveryReq", DC_CPDReqEnergyTransferMode=GOOD_LIMITS | wrong)
    assert "X20-EvPlausible" in ids(ContentMonitor, bad)


def profile(**changes: Any) -> Trace:
    entry = {"Duration": 3600, "Power": amount(20, 3)}
    schedule = {"PowerSchedule": {"PowerScheduleEntries": {"PowerScheduleEntry": [entry]}}, "PriceLevelSchedule": {}}
    offered = {"ScheduleTuple": [{"ScheduleTupleID": 1, "ChargingSchedule": schedule}]}
    trace = selected(1).say(0, "ScheduleExchangeReq", Scheduled_SEReqControlMode={})
    trace.say(0, "ScheduleExchangeRes", EVSEProcessing="Finished", Scheduled_SEResControlMode=offered)
    power = changes.pop("power", amount(20, 3))
    duration = changes.pop("duration", 3600)
    plan = {
        "TimeAnchor": 1_780_000_000,
        "Scheduled_EVPPTControlMode": {"SelectedScheduleTupleID": 1},
        "EVPowerProfileEntries": {"EVPowerProfileEntry": [{"Duration": duration, "Power": power}]},
    } | changes  # fmt: skip
    body: dict[str, Any] = {"EVProcessing": "Finished", "ChargeProgress": "Start", "EVPowerProfile": plan}
    return trace.say(0, "PowerDeliveryReq", **body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"power": amount(30, 3)},
        {"power": amount(-5, 3)},
        {"duration": 0},
        {"duration": 90_000},
        {"TimeAnchor": 0},
        {"Scheduled_EVPPTControlMode": {"SelectedScheduleTupleID": 7}},
    ],
)
def test_a_power_profile_stays_within_its_schedule(wrong: dict[str, Any]) -> None:
    assert ids(ContentMonitor, profile()) == set()
    assert ids(ContentMonitor, profile(**wrong)) == {"X20-Schedule"}


# ---- several messages


def looped(seconds: float, step: float = 0.5, **changes: Any) -> Trace:
    trace = selected().say(0, "DC_ChargeParameterDiscoveryReq", DC_CPDReqEnergyTransferMode=GOOD_LIMITS)
    at = 0.0
    while at <= seconds:
        told = {name: value(at) if callable(value) else value for name, value in changes.items()}
        stamp = told.pop("stamp", None)
        section = {"EVTargetVoltage": amount(410), "EVTargetCurrent": amount(20), **told.pop("section", {})}
        body = {"EVPresentVoltage": amount(400), **told, "Scheduled_DC_CLReqControlMode": section}
        trace.say(at, "DC_ChargeLoopReq", stamp=stamp, **body)
        trace.say(at, "DC_ChargeLoopRes", EVSEPresentVoltage=amount(401), EVSEPresentCurrent=amount(20))
        at += step
    return trace


def test_a_clock_that_runs_is_a_clock() -> None:
    assert ids(VehicleMonitor, looped(10)) == set()


@pytest.mark.parametrize(
    "stamp", [lambda at: 1_780_000_000, lambda at: 1_780_000_000_000 + int(at * 1000), lambda at: 0]
)
def test_a_clock_that_stands_or_counts_milliseconds_is_none(stamp: Any) -> None:
    assert ids(VehicleMonitor, looped(10, stamp=stamp)) == {"X20-TimeStamp"}


@pytest.mark.parametrize(
    ("changes", "requirement"),
    [
        ({"EVPresentVoltage": amount(0)}, "X20-EvPlausible"),
        ({"EVPresentVoltage": amount(4000)}, "X20-EvPlausible"),
        ({"section": {"EVTargetVoltage": amount(41, -2)}}, "X20-OwnLimits"),
        ({"section": {"EVTargetCurrent": amount(2000)}}, "X20-OwnLimits"),
        ({"section": {"EVMaximumVoltage": amount(600)}}, "V2G20-2655"),
        ({"DisplayParameters": lambda at: {"PresentSOC": 50 if at < 1 else 90}}, "X20-EvPlausible"),
    ],
)
def test_the_loop_fits_the_circuit_and_the_own_limits(changes: dict[str, Any], requirement: str) -> None:
    assert ids(VehicleMonitor, looped(3, **changes)) == {requirement}


def told(delay: int, *, obeys: bool) -> Trace:
    status = {"EVSENotification": "Terminate", "NotificationMaxDelay": delay}
    trace = selected().say(1, "DC_ChargeLoopReq").say(1, "DC_ChargeLoopRes", EVSEStatus=status)
    if obeys:
        return trace.say(1.2, "PowerDeliveryReq", ChargeProgress="Stop", EVProcessing="Finished")
    return trace.say(3.5, "DC_ChargeLoopReq")


def test_an_ev_that_is_told_to_stop_stops_in_time() -> None:
    assert ids(VehicleMonitor, told(0, obeys=True)) == set()
    assert ids(VehicleMonitor, told(60, obeys=False)) == set()
    assert ids(VehicleMonitor, told(0, obeys=False)) == {"X20-EvseStop"}


def set_point(power: int, points: list[int]) -> Trace:
    trace = Trace().opened()
    for second, point in enumerate(points):
        trace.say(second, "AC_ChargeLoopReq", Dynamic_AC_CLReqControlMode={})
        trace.say(second, "AC_ChargeLoopRes", Dynamic_AC_CLResControlMode={"EVSETargetActivePower": amount(point)})
    at = len(points)
    return trace.say(at, "AC_ChargeLoopReq", Dynamic_AC_CLReqControlMode={"EVPresentActivePower": amount(power)})


@pytest.mark.parametrize(
    ("power", "points", "right"),
    [
        (2000, [2000] * 6, True),
        (500, [2000] * 6, True),
        (3600, [2000] * 6, False),
        (-2000, [2000] * 6, False),
        (2000, [-2000] * 6, False),
        (3600, [3600, 3600, 3600, 3600, 3600, 1000], True),
        (3600, [3600] * 2 + [1000] * 6, False),
    ],
)
def test_set_points_are_followed(power: int, points: list[int], right: bool) -> None:
    assert ids(VehicleMonitor, set_point(power, points)) == (set() if right else {"X20-SetPoint"})


def test_a_new_session_begins_with_zero() -> None:
    header = {"SessionID": "0" * 16, "TimeStamp": 1_780_000_000}
    assert ids(VehicleMonitor, Trace().opened().say(0, "SessionSetupReq", Header=header)) == set()
    assert ids(VehicleMonitor, Trace().opened().say(0, "SessionSetupReq")) == {"X20-NewSession"}
    paused = Trace().opened().say(0, "SessionStopReq", ChargingSession="Pause").say(0, "SessionStopRes").opened()
    assert ids(VehicleMonitor, paused.say(1, "SessionSetupReq")) == set()


@pytest.mark.parametrize(
    ("count", "pause", "expected"), [(50, 0.25, set()), (51, 0.25, {"V2G2-161"}), (2, 0.02, {"V2G2-159"})]
)
def test_sdp_requests_have_their_pace_and_their_number(count: int, pause: float, expected: set[str]) -> None:
    trace = Trace()
    for number in range(count):
        trace.add(number * pause, "evcc", "message", "sdp", "SECCDiscoveryReq", {"Security": "TLS"})
    assert ids(VehicleMonitor, trace) == expected


def test_after_something_wrong_on_purpose_the_car_is_not_blamed() -> None:
    trace = selected().say(0, "DC_ChargeParameterDiscoveryReq", DC_CPDReqEnergyTransferMode=GOOD_LIMITS)
    trace.say(0, "DC_PreChargeRes", note=DELIBERATE, EVSEPresentVoltage=amount(900))
    trace.say(0, "DC_PreChargeReq", EVTargetVoltage=amount(10), EVPresentVoltage=amount(0))
    assert ids(VehicleMonitor, trace) == set()


# ---- sequence, time, form, TLS


def test_a_header_fault_of_the_tester_leaves_the_request_open() -> None:
    trace = Trace().opened().say(0, "supportedAppProtocolReq").say(0, "supportedAppProtocolRes")
    trace.say(0, "SessionSetupReq").add(0, "secc", "fault", "v2gtp", "payload-type", {}, DELIBERATE)
    assert ids(SequenceMonitor, trace) == set()
    assert ids(SequenceMonitor, trace.say(0, "AuthorizationSetupReq")) == {"X20-Sequence"}


def test_goodbye_after_failed_is_a_matter_of_taste() -> None:
    trace = Trace().opened().say(0, "supportedAppProtocolReq").say(0, "supportedAppProtocolRes")
    trace.say(0, "SessionSetupReq").say(0, "SessionSetupRes", ResponseCode="FAILED")
    assert ids(SequenceMonitor, trace) == set()
    going_on = Trace()
    going_on.events = list(trace.events)
    assert ids(SequenceMonitor, going_on.say(0, "AuthorizationSetupReq")) == {"X20-FailedIsFatal"}
    farewell = found(SequenceMonitor, trace.say(0, "SessionStopReq", ChargingSession="Terminate"))
    assert [one.severity for one in farewell] == ["SHOULD"]


@pytest.mark.parametrize(
    ("response", "request_name", "pause", "expected"),
    [
        ("DC_ChargeLoopRes", "DC_ChargeLoopReq", 0.2, set()),
        ("DC_ChargeLoopRes", "DC_ChargeLoopReq", 0.8, {"V2G20-1501"}),
        ("DC_ChargeLoopRes", "PowerDeliveryReq", 0.8, {"V2G20-1501"}),
        ("ServiceDiscoveryRes", "ServiceDetailReq", 30.0, set()),
        ("ServiceDiscoveryRes", "ServiceDetailReq", 45.0, {"X20-SequencePerformance"}),
    ],
)
def test_the_pace_of_a_car(response: str, request_name: str, pause: float, expected: set[str]) -> None:
    trace = Trace().opened().say(0, f"{response[:-3]}Req").say(0, response).say(pause, request_name)
    assert ids(TimingMonitor, trace) == expected


def test_faults_of_sdp_requests_are_the_cars() -> None:
    trace = Trace().add(0, "evcc", "fault", "sdp", "length", {"text": "too long"})
    assert ids(SchemaMonitor, trace) == {"X20-SdpRequest"}


def test_a_vehicle_shows_a_certificate() -> None:
    trace = Trace().opened().add(0, "evcc", "handshake", "tls", "Certificate", {"chain": []})
    assert ids(TlsMonitor, trace) == {"V2G20-1264"}


@pytest.mark.parametrize(
    ("field", "value", "requirement"),
    [
        ("versions", ["TLSv1.2"], "V2G20-2365"),
        ("suites", ["TLS_AES_256_GCM_SHA384"], "V2G20-2459"),
        ("groups", ["secp521r1"], "V2G20-1634"),
        ("signature_algorithms", ["ed448"], "V2G20-1667"),
        ("extensions", ["certificate_authorities"], "V2G20-2372"),
    ],
)
def test_a_client_hello_has_the_lists_of_the_profile(field: str, value: list[str], requirement: str) -> None:
    hello = {
        "versions": ["TLSv1.3"],
        "suites": ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
        "groups": ["secp521r1", "x448"],
        "signature_algorithms": ["ecdsa_secp521r1_sha512", "ed448"],
        "extensions": ["status_request", "certificate_authorities"],
    }
    assert ids(TlsMonitor, Trace().add(0, "evcc", "handshake", "tls", "ClientHello", hello)) == set()
    bad = Trace().add(0, "evcc", "handshake", "tls", "ClientHello", hello | {field: value})
    assert ids(TlsMonitor, bad) == {requirement}


@pytest.mark.parametrize(("pace", "requirement"), [(0.24, None), (0.36, None), (0.42, "V2G20-1501")])
def test_the_tolerance_of_the_loop_is_a_part_of_its_limit(pace: float, requirement: str | None) -> None:
    trace = Trace().opened()
    for step in range(4):
        trace.say(step * pace, "DC_ChargeLoopReq").say(step * pace, "DC_ChargeLoopRes")
    assert ids(TimingMonitor, trace) == ({requirement} if requirement else set())
