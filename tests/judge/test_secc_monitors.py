"""The rules about a charger, each seen failing and seen passing, on small traces made by hand."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from v2xconform.judge.bench_judge import BenchJudge
from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.protocols.iso15118.messages20 import protocol_of
from v2xconform.trace.recorder import Recorder

BEGAN = datetime(2026, 11, 21, 12, tzinfo=UTC)
SESSION = "8F3A61D09CE4B725"


def q(value: int, exponent: int = 0) -> dict[str, int]:
    """Return a RationalNumber."""
    return {"Exponent": exponent, "Value": value}


class HandMade:
    """A trace that is written line by line; `judged` gives the findings about the charger."""

    def __init__(self) -> None:
        self.time = 0.0
        self.recorder = Recorder(lambda: self.time, None, BEGAN)
        self.open()

    def open(self) -> "HandMade":
        """Open a connection with TLS."""
        self.recorder.add(kind="open", layer="tcp", name="connected", src="evcc", dst="secc")
        facts = {"version": "TLSv1.3"}
        self.recorder.add(kind="handshake", layer="tls", name="established", src="evcc", dst="secc", body=facts)
        return self

    def wait(self, seconds: float) -> "HandMade":
        """Let time pass."""
        self.time += seconds
        return self

    def close(self, by: str) -> "HandMade":
        """Close the connection."""
        self.recorder.add(kind="close", layer="tcp", name="closed", src=by, dst="", body={"by": by})
        return self

    def say(self, src: str, name: str, tree: dict[str, Any], note: str = "") -> "HandMade":
        """Record a message."""
        plain = name.startswith("supportedApp")
        layer = "supportedappprotocol" if plain else protocol_of(name)
        if not plain:
            stamp = int(BEGAN.timestamp() + self.time)
            tree = {"Header": {"SessionID": SESSION, "TimeStamp": stamp} | tree.pop("Header", {}), **tree}
        self.recorder.add(kind="message", layer=layer, name=name, src=src, body=tree, note=note)
        return self

    def ask(self, name: str, note: str = "", **tree: Any) -> "HandMade":
        """The EV sends a request."""
        return self.say("evcc", name, tree, note)

    def answer(self, name: str, code: str = "OK", **tree: Any) -> "HandMade":
        """The charger sends a response."""
        return self.say("secc", name, {"ResponseCode": code, **tree})

    def judged(self) -> list[str]:
        """Return what the monitors call a violation: requirement and text."""
        judge = BenchJudge(Context("secc"))
        for event in self.recorder.events:
            judge.see(event)
        judge.end(self.recorder.add(kind="note", layer="lab", name="end", src="tester"))
        return [f"{f.requirement} {f.text}" for f in judge.findings if f.severity == "MUST" and f.whose == "sut"]


OFFER = [
    {
        "ProtocolNamespace": "urn:iso:std:iso:15118:-20:DC",
        "VersionNumberMajor": 1,
        "VersionNumberMinor": 0,
        "SchemaID": 1,
        "Priority": 1,
    }
]


def negotiated(schema: int = 1, namespace: str = "urn:iso:std:iso:15118:-20:DC") -> HandMade:
    offer = deepcopy(OFFER)
    offer[0]["ProtocolNamespace"] = namespace
    trace = HandMade().ask("supportedAppProtocolReq", AppProtocol=offer)
    return trace.answer("supportedAppProtocolRes", "OK_SuccessfulNegotiation", SchemaID=schema)


def set_up(trace: HandMade | None = None, session: str = SESSION, **header: Any) -> HandMade:
    trace = trace or negotiated()
    trace.ask("SessionSetupReq", EVCCID="ZZLAB", Header={"SessionID": "0" * 16})
    return trace.answer(
        "SessionSetupRes", "OK_NewSessionEstablished", EVSEID="ZZLABE1", Header={"SessionID": session, **header}
    )


AUTHORIZATION: dict[str, Any] = {
    "AuthorizationServices": ["EIM"],
    "CertificateInstallationService": False,
    "EIM_ASResAuthorizationMode": {},
}
LIMITS: dict[str, Any] = {
    "EVSEMaximumChargePower": q(30, 3), "EVSEMinimumChargePower": q(0), "EVSEMaximumChargeCurrent": q(80),
    "EVSEMinimumChargeCurrent": q(0), "EVSEMaximumVoltage": q(920), "EVSEMinimumVoltage": q(150),
}  # fmt: skip
EV_LIMITS: dict[str, Any] = {
    "EVMaximumChargePower": q(100, 3), "EVMinimumChargePower": q(0), "EVMaximumChargeCurrent": q(300),
    "EVMinimumChargeCurrent": q(0), "EVMaximumVoltage": q(440), "EVMinimumVoltage": q(300),
}  # fmt: skip


def discovered(trace: HandMade | None = None, **changes: Any) -> HandMade:
    """Return a DC session up to DC_ChargeParameterDiscoveryRes."""
    trace = trace or set_up()
    trace.ask("AuthorizationSetupReq").answer("AuthorizationSetupRes", **AUTHORIZATION)
    trace.ask("AuthorizationReq", SelectedAuthorizationService="EIM", EIM_AReqAuthorizationMode={})
    trace.answer("AuthorizationRes", EVSEProcessing="Finished").ask("ServiceDiscoveryReq")
    services = {"Service": [{"ServiceID": 2, "FreeService": False}]}
    trace.answer("ServiceDiscoveryRes", ServiceRenegotiationSupported=False, EnergyTransferServiceList=services)
    names: dict[str, int] = {"Connector": 2, "ControlMode": 1, "MobilityNeedsMode": 1, "Pricing": 0}
    parameters = [{"@Name": name, "intValue": value} for name, value in names.items()]
    sets = {"ParameterSet": [{"ParameterSetID": 1, "Parameter": parameters}]}
    trace.ask("ServiceDetailReq", ServiceID=2).answer("ServiceDetailRes", ServiceID=2, ServiceParameterList=sets)
    selected = {"ServiceID": 2, "ParameterSetID": 1}
    trace.ask("ServiceSelectionReq", SelectedEnergyTransferService=selected).answer("ServiceSelectionRes")
    trace.ask("DC_ChargeParameterDiscoveryReq", DC_CPDReqEnergyTransferMode=EV_LIMITS)
    return trace.answer("DC_ChargeParameterDiscoveryRes", DC_CPDResEnergyTransferMode={**LIMITS, **changes})


def scheduled(power: dict[str, int] | None = None, anchor: int = 0, duration: int = 3600) -> HandMade:
    trace = discovered()
    needs = {"DepartureTime": 3600, "EVTargetEnergyRequest": q(1), "EVMaximumEnergyRequest": q(1)}
    trace.ask("ScheduleExchangeReq", MaximumSupportingPoints=1024, Scheduled_SEReqControlMode=needs)
    entry = {"Duration": duration, "Power": power or q(30, 3)}
    schedule = {
        "TimeAnchor": int(BEGAN.timestamp()) + anchor,
        "PowerScheduleEntries": {"PowerScheduleEntry": [entry]},
    }
    one = {"ScheduleTupleID": 1, "ChargingSchedule": {"PowerSchedule": schedule}}
    return trace.answer(
        "ScheduleExchangeRes", EVSEProcessing="Finished", Scheduled_SEResControlMode={"ScheduleTuple": [one]}
    )


def charging(
    amps: float = 20.0, volts: int = 400, seconds: float = 5.0, target: int = 20, reached: bool = False, wh: int = 0
) -> HandMade:
    """Return a session with a charge loop of some seconds."""
    trace = scheduled()
    trace.ask("DC_CableCheckReq").answer("DC_CableCheckRes", EVSEProcessing="Finished")
    voltages: dict[str, Any] = {"EVPresentVoltage": q(0), "EVTargetVoltage": q(400)}
    trace.ask("DC_PreChargeReq", EVProcessing="Finished", **voltages).answer(
        "DC_PreChargeRes", EVSEPresentVoltage=q(400)
    )
    profile = {
        "TimeAnchor": int(BEGAN.timestamp()),
        "Scheduled_EVPPTControlMode": {"SelectedScheduleTupleID": 1},
        "EVPowerProfileEntries": {"EVPowerProfileEntry": [{"Duration": 3600, "Power": q(8, 3)}]},
    }
    trace.ask("PowerDeliveryReq", EVProcessing="Finished", ChargeProgress="Start", EVPowerProfile=profile)
    trace.answer("PowerDeliveryRes")
    steps = max(1, round(seconds / 0.2))
    for step in range(steps):
        control = {"EVTargetCurrent": q(target), "EVTargetVoltage": q(410)}
        trace.ask(
            "DC_ChargeLoopReq",
            MeterInfoRequested=False,
            EVPresentVoltage=q(400),
            Scheduled_DC_CLReqControlMode=control,
        )
        meter = {"MeterID": "M1", "ChargedEnergyReadingWh": 1000 + wh * step // steps}
        trace.answer(
            "DC_ChargeLoopRes",
            MeterInfo=meter,
            EVSEPresentCurrent=q(round(amps * 10), -1),
            EVSEPresentVoltage=q(volts),
            EVSEPowerLimitAchieved=reached,
            EVSECurrentLimitAchieved=False,
            EVSEVoltageLimitAchieved=False,
            Scheduled_DC_CLResControlMode={"EVSEMaximumChargePower": q(30, 3)},
        ).wait(0.2)
    return trace


def out_of_order(code: str) -> HandMade:
    return (
        set_up()
        .ask("ServiceDiscoveryReq")
        .answer(
            "ServiceDiscoveryRes",
            code,
            ServiceRenegotiationSupported=False,
            EnergyTransferServiceList={"Service": [{"ServiceID": 2, "FreeService": False}]},
        )
    )


def stopped(waits: float) -> HandMade:
    trace = set_up().ask("SessionStopReq", ChargingSession="Terminate").answer("SessionStopRes")
    return trace.wait(waits)


def welding(volts: int) -> HandMade:
    trace = (
        charging().ask("PowerDeliveryReq", EVProcessing="Finished", ChargeProgress="Stop").answer("PowerDeliveryRes")
    )
    trace.ask("DC_WeldingDetectionReq", EVProcessing="Finished")
    trace.answer("DC_WeldingDetectionRes", EVSEPresentVoltage=q(volts))
    return trace.ask("SessionStopReq", ChargingSession="Terminate").answer("SessionStopRes").close("evcc")


def answered_after(seconds: float, request: str = "AuthorizationSetupReq") -> HandMade:
    return set_up().ask(request).wait(seconds).answer("AuthorizationSetupRes", **AUTHORIZATION).close("evcc")


def two_sessions(other: str) -> HandMade:
    trace = set_up().close("evcc").open()
    trace.ask("supportedAppProtocolReq", AppProtocol=deepcopy(OFFER))
    trace.answer("supportedAppProtocolRes", "OK_SuccessfulNegotiation", SchemaID=1)
    return set_up(trace, session=other).close("evcc")


def challenged(challenge: str) -> HandMade:
    services = {**AUTHORIZATION, "AuthorizationServices": ["EIM", "PnC"]}
    del services["EIM_ASResAuthorizationMode"]
    pnc: dict[str, Any] = {"PnC_ASResAuthorizationMode": {"GenChallenge": challenge}}
    trace = set_up()
    trace.ask("AuthorizationSetupReq").answer("AuthorizationSetupRes", **services, **pnc)
    return trace.close("evcc")


GOOD: dict[str, Callable[[], HandMade]] = {
    "a session up to the charge loop": lambda: charging().close("evcc"),
    "welding detection that ends at 20 V": lambda: welding(20),
    "a request out of order that is refused": lambda: out_of_order("FAILED_SequenceError").close("secc"),
    "closing 3 s after SessionStopRes": lambda: stopped(3).close("secc"),
    "closing at the sequence timeout": lambda: set_up().wait(60.0).close("secc"),
    "closing at the timeout of the loop": lambda: charging(seconds=1).wait(0.3).close("secc"),
    "an answer after 1.4 s": lambda: answered_after(1.4),
    "another SessionID in the next session": lambda: two_sessions("0C5572E94AB1D683"),
    "a power limit that is told": lambda: charging(amps=75, target=200, reached=True, wh=42).close("evcc"),
    "a meter that counts": lambda: charging(seconds=20, wh=45).close("evcc"),
    "a random challenge": lambda: challenged("p1x9Qm3vT0yK7sZ2uWb4eA=="),
    "closing on what the tester sent wrongly": lambda: (
        set_up().ask("AuthorizationSetupReq", note=DELIBERATE).close("secc")
    ),
    "an EV that leaves": lambda: set_up().wait(2).close("evcc"),
}

BAD: dict[str, tuple[str, Callable[[], HandMade]]] = {
    "a SchemaID that nobody offered": ("V2G20-169", lambda: negotiated(schema=9)),
    "services of another kind": (
        "X20-Services",
        lambda: discovered(set_up(negotiated(namespace="urn:iso:std:iso:15118:-20:AC"))),
    ),
    "a code of another message": ("X20-ResponseCode", lambda: out_of_order("OK_NewSessionEstablished")),
    "a sound request that is blamed": (
        "V2G20-460",
        lambda: (
            set_up()
            .ask("AuthorizationSetupReq")
            .answer("AuthorizationSetupRes", "FAILED_UnknownSession", **AUTHORIZATION)
        ),
    ),
    "a request out of order that is served": ("X20-SequenceError", lambda: out_of_order("OK")),
    "closing 30 s after a response": ("V2G20-443", lambda: set_up().wait(30).close("secc")),
    "staying 70 s after a response": ("V2G20-443", lambda: set_up().wait(70)),
    "staying 2 s in the loop": ("V2G20-1502", lambda: charging(seconds=1).wait(2).close("evcc")),
    "closing 0.1 s after a loop response": ("V2G20-1502", lambda: charging(seconds=1).wait(-0.1).close("secc")),
    "closing instead of an answer": (
        "X20-KeepsConnection",
        lambda: set_up().ask("AuthorizationSetupReq").close("secc"),
    ),
    "staying after SessionStopRes": ("X20-SessionStop", lambda: stopped(9)),
    "no answer until the EV gives up": (
        "X20-PerformanceTime",
        lambda: set_up().ask("AuthorizationSetupReq").wait(2).close("evcc"),
    ),
    "an answer after 1.9 s": ("X20-PerformanceTime", lambda: answered_after(1.9)),
    "the SessionID of an earlier session": ("V2G20-2621", lambda: two_sessions(SESSION)),
    "a SessionID that counts up": ("V2G20-2621", lambda: two_sessions("8F3A61D09CE4B726")),
    "a SessionID of one byte": ("V2G20-2621", lambda: two_sessions("0000000000000042")),
    "a TimeStamp in milliseconds": (
        "X20-TimeStamp",
        lambda: set_up(TimeStamp=int(BEGAN.timestamp() * 1000)).close("evcc"),
    ),
    "a power in kW": ("X20-Plausible", lambda: discovered(EVSEMaximumChargePower=q(30))),
    "a current in mA": ("X20-Plausible", lambda: discovered(EVSEMaximumChargeCurrent=q(80, 3))),
    "a schedule above the limit": ("X20-Schedule", lambda: scheduled(power=q(300, 3))),
    "a schedule against the direction": ("X20-Schedule", lambda: scheduled(power=q(-10, 3))),
    "a schedule of tomorrow": ("X20-Schedule", lambda: scheduled(anchor=86400)),
    "a schedule that is over": ("X20-Schedule", lambda: scheduled(anchor=-9000)),
    "a voltage that is not the battery's": ("X20-Plausible", lambda: charging(volts=40)),
    "no current": ("V2G20-2183", lambda: charging(amps=0)),
    "a limit that is not told": ("X20-LimitAchieved", lambda: charging(amps=75, target=200)),
    "more power than the charger has": ("V2G20-2188", lambda: charging(amps=79, target=200, volts=430)),
    "a meter that runs back": ("X20-Meter", lambda: charging(wh=-500)),
    "a meter that races": ("X20-Meter", lambda: charging(seconds=20, wh=45000)),
    "voltage at the end": ("X20-WeldingDetection", lambda: welding(380)),
    "a challenge of zeros": ("V2G20-697", lambda: challenged("AAAAAAAAAAAAAAAAAAAAAA==")),
}


@pytest.mark.parametrize("what", GOOD)
def test_a_sound_charger_is_left_alone(what: str) -> None:
    assert GOOD[what]().judged() == []


@pytest.mark.parametrize("what", BAD)
def test_a_fault_is_found(what: str) -> None:
    requirement, make = BAD[what]
    found = make().judged()
    assert any(text.startswith(f"{requirement} ") for text in found), found
