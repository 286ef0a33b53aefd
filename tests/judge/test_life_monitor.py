"""The life monitor: each rule speaks when it is broken, and is silent when it is kept."""

from collections.abc import Mapping
from typing import Any, Literal

import pytest

from v2xconform.judge.context import Context
from v2xconform.judge.monitors.life import LifeMonitor
from v2xconform.trace.events import Event

ID = "0102030405060708"
METER = {"MeterID": "M1", "ChargedEnergyReadingWh": 12}


def amount(value: int) -> dict[str, int]:
    return {"Exponent": 0, "Value": value}


class Story:
    """A session as a monitor sees it, one message after the other."""

    def __init__(self, sut: Literal["secc", "evcc"]) -> None:
        self.monitor = LifeMonitor(Context(sut))
        self.found: list[str] = []
        self.count = 0

    def say(self, name: str, at: float = 0.0, note: str = "", **body: Any) -> "Story":
        """Let the side that sends such messages send one at second *at*."""
        self.count += 1
        src = "evcc" if name.endswith("Req") else "secc"
        tree: Mapping[str, Any] = {"Header": {"SessionID": ID}, **body}
        layer = "iso15118-20-dc" if name.startswith("DC") else "iso15118-20-common"
        event = Event(
            self.count, int(at * 1e9), "2026-01-01T00:00:00.000000Z", "tcp1", src, "", layer, "message", name, tree,
            note=note,
        )  # fmt: skip
        self.found += [finding.requirement for finding in self.monitor.see(event)]
        return self

    def dynamic(self) -> "Story":
        """Agree on Dynamic control."""
        parameter = {"ParameterSetID": 1, "Parameter": [{"@Name": "ControlMode", "intValue": 2}]}
        self.say("ServiceDetailRes", ServiceID=6, ServiceParameterList={"ParameterSet": [parameter]})
        return self.say("ServiceSelectionReq", SelectedEnergyTransferService={"ServiceID": 6, "ParameterSetID": 1})

    def loop(self, at: float, current: int, **needs: int) -> "Story":
        """Exchange one loop message pair of a Dynamic session."""
        mode = {name: amount(value) for name, value in needs.items()}
        self.say("DC_ChargeLoopReq", at, BPT_Dynamic_DC_CLReqControlMode=mode)
        return self.say("DC_ChargeLoopRes", at, ResponseCode="OK", EVSEPresentCurrent=amount(current))


def notified(kind: str) -> dict[str, Any]:
    return {"ResponseCode": "OK", "EVSEStatus": {"NotificationMaxDelay": 0, "EVSENotification": kind}}


@pytest.mark.parametrize(("meter", "found"), [({"MeterInfo": METER}, []), ({}, ["V2G20-1083"])])
def test_a_confirmation_is_about_values_that_are_told(meter: dict[str, Any], found: list[str]) -> None:
    assert Story("secc").say("DC_ChargeLoopRes", **notified("MeteringConfirmation"), **meter).found == found


@pytest.mark.parametrize(
    ("asked", "meter", "session", "found"),
    [
        (True, METER, ID, []),
        (False, METER, ID, ["V2G20-1083"]),
        (True, {**METER, "ChargedEnergyReadingWh": 13}, ID, ["V2G20-1919"]),
        (True, METER, "1111111111111111", ["V2G20-1919"]),
    ],
)
def test_what_is_confirmed_was_asked_for(asked: bool, meter: Any, session: str, found: list[str]) -> None:
    story = Story("evcc")
    if asked:
        story.say("DC_ChargeLoopRes", **notified("MeteringConfirmation"), MeterInfo=METER)
    data = {"SessionID": session, "MeterInfo": meter}
    assert story.say("MeteringConfirmationReq", SignedMeteringData=data).found == found


def test_one_request_is_confirmed_once() -> None:
    data = {"SessionID": ID, "MeterInfo": METER}
    story = Story("evcc").say("DC_ChargeLoopRes", **notified("MeteringConfirmation"), MeterInfo=METER)
    story.say("MeteringConfirmationReq", SignedMeteringData=data).say(
        "MeteringConfirmationReq", SignedMeteringData=data
    )
    assert story.found == ["V2G20-1083"]


@pytest.mark.parametrize(
    ("needs", "current", "found"),
    [
        ({"EVMinimumV2XEnergyRequest": -100, "EVMaximumEnergyRequest": 100}, -20, []),
        ({"EVMinimumV2XEnergyRequest": 100}, -20, ["X20-V2XLimits"]),
        ({"EVMinimumEnergyRequest": 100}, -20, ["X20-V2XLimits"]),
        ({"EVMinimumEnergyRequest": 100}, 20, []),
        ({"EVMaximumEnergyRequest": 0}, 20, ["X20-EnergyNeeds"]),
        ({"EVMaximumEnergyRequest": 0}, 0, []),
    ],
)
def test_what_an_ev_cannot_spare_stays_in_it(needs: dict[str, int], current: int, found: list[str]) -> None:
    story = Story("secc").dynamic().loop(1, current, **needs).loop(3, current, **needs)
    assert story.found == []
    assert story.loop(5, current, **needs).found == found


def test_standby_is_rest() -> None:
    story = (
        Story("secc").say("PowerDeliveryReq", 1, ChargeProgress="Standby").say("PowerDeliveryRes", 1, ResponseCode="OK")
    )
    assert story.loop(3, 20).found == []
    assert story.loop(5, 20).found == ["X20-Standby"]
    story.say("PowerDeliveryReq", 6, ChargeProgress="Start").say("PowerDeliveryRes", 6, ResponseCode="OK")
    assert story.loop(12, 20).found == ["X20-Standby"]


@pytest.mark.parametrize(("code", "found"), [("OK", []), ("WARNING_StandbyNotAllowed", ["X20-Notification"])])
def test_exit_standby_is_for_standby(code: str, found: list[str]) -> None:
    story = Story("secc").say("PowerDeliveryReq", ChargeProgress="Standby").say("PowerDeliveryRes", ResponseCode=code)
    assert story.say("DC_ChargeLoopRes", **notified("ExitStandby")).found == found


@pytest.mark.parametrize(
    ("said", "found"),
    [("PowerToleranceConfirmed", []), ("PowerToleranceNotConfirmed", ["X20-PowerTolerance"])],
)
def test_a_tolerance_is_confirmed_by_the_ev(said: str, found: list[str]) -> None:
    profile = {"Scheduled_EVPPTControlMode": {"SelectedScheduleTupleID": 1, "PowerToleranceAcceptance": said}}
    story = Story("secc").say("PowerDeliveryReq", ChargeProgress="Start", EVPowerProfile=profile)
    assert story.say("PowerDeliveryRes", ResponseCode="OK_PowerToleranceConfirmed").found == found


@pytest.mark.parametrize(("low", "target", "high", "found"), [(-5, 1, 9, []), (5, 1, 9, ["X20-EnergyNeeds"])])
def test_energy_requests_are_in_order(low: int, target: int, high: int, found: list[str]) -> None:
    names = ("EVMinimumEnergyRequest", "EVTargetEnergyRequest", "EVMaximumEnergyRequest")
    needs = {name: amount(value) for name, value in zip(names, (low, target, high), strict=True)}
    assert Story("evcc").say("ScheduleExchangeReq", Dynamic_SEReqControlMode=needs).found == found


@pytest.mark.parametrize(("power", "found"), [(5000, []), (6000, ["X20-PowerProfile"])])
def test_a_profile_stays_within_its_schedule(power: int, found: list[str]) -> None:
    entries = {"PowerScheduleEntry": [{"Duration": 60, "Power": amount(5000)}]}
    offered = {"ScheduleTupleID": 1, "ChargingSchedule": {"PowerSchedule": {"PowerScheduleEntries": entries}}}
    story = Story("evcc").say(
        "ScheduleExchangeRes", ResponseCode="OK", Scheduled_SEResControlMode={"ScheduleTuple": [offered]}
    )
    profile = {
        "Scheduled_EVPPTControlMode": {"SelectedScheduleTupleID": 1},
        "EVPowerProfileEntries": {"EVPowerProfileEntry": [{"Duration": 60, "Power": amount(power)}]},
    }
    assert story.say("PowerDeliveryReq", ChargeProgress="Start", EVPowerProfile=profile).found == found


@pytest.mark.parametrize(("supported", "found"), [(True, []), (False, ["X20-ServiceRenegotiation"])])
def test_services_are_renegotiated_where_it_is_offered(supported: bool, found: list[str]) -> None:
    story = Story("evcc").say("ServiceDiscoveryRes", ResponseCode="OK", ServiceRenegotiationSupported=supported)
    assert story.say("SessionStopReq", ChargingSession="ServiceRenegotiation").found == found


def test_after_what_the_tester_does_wrong_nothing_is_held_against_the_sut() -> None:
    story = Story("evcc").say("DC_ChargeLoopRes", note="deliberate", ResponseCode="OK")
    assert story.say("MeteringConfirmationReq", SignedMeteringData={"SessionID": ID, "MeterInfo": METER}).found == []
