"""DER controls of the emulated station: who supersedes whom, starts and ends, reports, reboots, alarms."""

from typing import Any

import pytest

from v2xconform.emulators.station.station import timestamp
from v2xconform.lab.persona_ocpp import EvseSpec, StationPersona

START = 1767225600.0
TOKEN = {"idToken": "AABBCCDD", "type": "ISO14443"}
DC = StationPersona(role="station", name="test", evses=[EvseSpec(connectors=["cCCS2"], discharge_power_w=10000)])


def made(rungs: Any, **changes: Any) -> Any:
    """Return a booted station with a DC inverter."""
    return type("DcRungs", (rungs,), {"persona": DC})("ocpp2.1", **changes)


def control(number: str, priority: int, at: float | None = None, duration: int = 60, **more: Any) -> dict[str, Any]:
    """Return a SetDERControlRequest; a scheduled one begins at a second of the test."""
    body: dict[str, Any] = {"priority": priority, "pctMaxDischargePower": 50}
    if at is not None:
        body |= {"startTime": timestamp(START + at), "duration": duration}
    return {
        "isDefault": at is None, "controlId": number, "controlType": "LimitMaxDischarge", "limitMaxDischarge": body, **more,
    }  # fmt: skip


def flags(station: Any, **wanted: Any) -> dict[str, bool]:
    """Return what is reported: id -> isSuperseded."""
    before = len(station.told("ReportDERControl"))
    station.call("GetDERControl", {"requestId": 7, **wanted})
    station.wait(0.1)
    reports = station.told("ReportDERControl")[before:]
    assert all(one["requestId"] == 7 for one in reports)
    assert [bool(one.get("tbc")) for one in reports] == [True] * (len(reports) - 1) + [False] * bool(reports)
    return {entry["id"]: entry["isSuperseded"] for one in reports for entry in one["limitMaxDischarge"]}


def events(station: Any) -> list[tuple[float, str, bool, tuple[str, ...]]]:
    return [
        (round(at, 1), one["controlId"], one["started"], tuple(one.get("supersededIds", ())))
        for at, name, one in station.said if name == "NotifyDERStartStop"
    ]  # fmt: skip


def test_a_scheduled_control_starts_ends_and_is_deleted(rungs: Any) -> None:
    station = made(rungs)
    assert station.call("SetDERControl", control("A", 5, at=10)) == {"status": "Accepted"}
    station.wait(100)
    assert events(station) == [(10.0, "A", True, ()), (70.0, "A", False, ())]
    assert station.call("GetDERControl", {"requestId": 1}) == {"status": "NotFound"}


def test_a_better_control_supersedes_one_that_has_not_begun(rungs: Any) -> None:
    station = made(rungs)
    station.call("SetDERControl", control("A", 5, at=10))
    assert station.call("SetDERControl", control("B", 2, at=20)) == {"status": "Accepted", "supersededIds": ["A"]}
    assert flags(station) == {"A": True, "B": False}
    station.wait(100)
    assert events(station) == [(20.0, "B", True, ()), (80.0, "B", False, ())]


def test_the_active_control_goes_on_until_the_better_one_begins(rungs: Any) -> None:
    station = made(rungs)
    station.call("SetDERControl", control("A", 5, at=4, duration=500))
    station.wait(5)
    assert station.call("SetDERControl", control("B", 2, at=30)) == {"status": "Accepted"}
    assert flags(station) == {"A": False, "B": False}
    station.wait(40)
    assert events(station)[1:] == [(30.0, "B", True, ("A",))]
    assert flags(station) == {"A": True, "B": False}


def test_a_worse_control_is_superseded_by_the_active_one_at_once(rungs: Any) -> None:
    station = made(rungs)
    station.call("SetDERControl", control("A", 2, at=4, duration=500))
    station.wait(5)
    assert station.call("SetDERControl", control("B", 5, at=30)) == {"status": "Accepted", "supersededIds": ["B"]}
    station.wait(100)
    assert [one[1] for one in events(station)] == ["A"]


def test_defaults_supersede_each_other_only(rungs: Any) -> None:
    station = made(rungs)
    station.call("SetDERControl", control("S", 9, at=4, duration=500))
    station.wait(5)
    station.call("SetDERControl", control("A", 5))
    assert station.call("SetDERControl", control("B", 2)) == {"status": "Accepted", "supersededIds": ["A"]}
    assert flags(station) == {"S": False, "A": True, "B": False}
    assert [one.id for one in station.station.der.executed()] == ["S"]
    station.wait(600)
    assert [one.id for one in station.station.der.executed()] == ["B"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (control("A", 1, controlType="WattPF"), "NotSupported"),
        (control("A", 1, gradient={"priority": 1, "gradient": 1, "softGradient": 1}), "Rejected"),
        (control("A", 1) | {"limitMaxDischarge": {"priority": 1, "duration": 5}}, "Rejected"),
        ({"isDefault": False, "controlId": "A", "controlType": "Gradients",
          "gradient": {"priority": 1, "gradient": 1, "softGradient": 1}}, "Rejected"),
        (control("A", 1, at=-100), "Rejected"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(rungs: Any, request_: dict[str, Any], status: str) -> None:
    station = made(rungs)
    assert station.call("SetDERControl", request_)["status"] == status
    assert station.call("GetDERControl", {"requestId": 1}) == {"status": "NotFound"}


def test_many_controls_are_reported_in_parts(rungs: Any) -> None:
    station = made(rungs)
    for number in range(9):
        station.call("SetDERControl", control(f"S{number}", 5, at=1000 + number))
    assert len(flags(station)) == 9
    assert len(station.told("ReportDERControl")) == 3


def test_clearing_minds_kind_type_and_id(rungs: Any) -> None:
    station = made(rungs)
    station.call("SetDERControl", control("D", 5))
    station.call("SetDERControl", control("S", 5, at=1000))

    def clear(**wanted: Any) -> str:
        return str(station.call("ClearDERControl", wanted)["status"])

    assert clear(isDefault=True, controlId="S") == "NotFound"
    assert clear(isDefault=True, controlType="WattPF") == "NotSupported"
    assert clear(isDefault=True, controlType="VoltVar") == "NotFound"
    assert clear(isDefault=False, controlId="S") == "Accepted"
    assert flags(station) == {"D": False}
    assert clear(isDefault=True) == "Accepted"
    assert clear(isDefault=True) == "Accepted"  # all of them are gone, which is what was asked for
    station.wait(2000)
    assert events(station) == []


def test_controls_outlast_a_reboot_and_start_while_nobody_listens(rungs: Any) -> None:
    station = made(rungs)
    station.call("SetDERControl", control("A", 5, at=20, duration=600))
    station.station.power_off(station.now)
    station.wait(30)
    station.station.power_on(station.now)
    station.wait(20)
    assert [one[1:3] for one in events(station)] == [("A", True)]
    assert flags(station) == {"A": False}


def charging(station: Any) -> None:
    evse = station.station.evses[0]
    station.station.transactions.plug_in(evse, station.now)
    station.station.transactions.authorize(evse, TOKEN, station.now)
    station.wait(1)


def test_a_trip_stops_the_power_and_is_told_once(rungs: Any) -> None:
    station = made(rungs)
    curve = {"priority": 1, "curveData": [{"x": 2, "y": 51.5}], "yUnit": "Not_Applicable"}
    station.call("SetDERControl", {"isDefault": True, "controlId": "T", "controlType": "HFMustTrip", "curve": curve})
    charging(station)
    station.station.der.grid_fault("OverFrequency", station.now)
    station.wait(1)
    assert station.station.evses[0].power_w() > 0 and station.told("NotifyDERAlarm") == []
    station.wait(5)
    assert station.station.evses[0].power_w() == 0
    station.wait(60)
    (alarm,) = station.told("NotifyDERAlarm")
    assert (alarm["controlType"], alarm["gridEventFault"]) == ("HFMustTrip", "OverFrequency")
    station.station.der.grid_fault("", station.now)
    station.wait(5)
    assert station.told("NotifyDERAlarm")[1]["alarmEnded"] is True
    assert station.station.evses[0].power_w() > 0


def test_the_alarm_of_another_control_takes_over(rungs: Any) -> None:
    station = made(rungs)
    for kind, y in (("HFMustTrip", 52.0), ("HVMustTrip", 120.0)):
        curve = {"priority": 1, "curveData": [{"x": 0, "y": y}], "yUnit": "Not_Applicable"}
        station.call("SetDERControl", {"isDefault": True, "controlId": kind, "controlType": kind, "curve": curve})
    charging(station)
    station.station.der.grid_fault("OverFrequency", station.now)
    station.station.der.grid_fault("OverVoltage", station.now)
    station.wait(1)
    assert [(one["controlType"], one.get("alarmEnded")) for one in station.told("NotifyDERAlarm")] == [
        ("HFMustTrip", None), ("HVMustTrip", None),
    ]  # fmt: skip
