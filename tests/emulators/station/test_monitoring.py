"""Monitors and event streams of the emulated station."""

from typing import Any

import pytest

POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
STATE = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "AvailabilityState"}}
HEAT = {"component": {"name": "Controller"}, "variable": {"name": "Temperature"}}


def monitor(place: dict[str, Any], kind: str, value: float, severity: int = 5, **more: Any) -> dict[str, Any]:
    return {"type": kind, "value": value, "severity": severity, **place, **more}


def set_one(station: Any, data: dict[str, Any]) -> Any:
    """Set a monitor and return its result."""
    return station.call("SetVariableMonitoring", {"setMonitoringData": [data]})["setMonitoringResult"][0]


def events(station: Any, number: int) -> list[dict[str, Any]]:
    """Return the events of a monitor."""
    return [
        one for told in station.told("NotifyEvent") for one in told["eventData"] if one.get("variableMonitoringId") == number
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (monitor(STATE, "Delta", 1), "Accepted"),
        (monitor(POWER, "UpperThreshold", 10), "Accepted"),
        (monitor(POWER, "UpperThreshold", 1e9), "Rejected"),
        (monitor(POWER, "Delta", -1), "Rejected"),
        (monitor(POWER, "Delta", 1, 11), "Rejected"),
        (monitor(STATE, "UpperThreshold", 1), "UnsupportedMonitorType"),
        (monitor(POWER | {"variable": {"name": "Nothing"}}, "Delta", 1), "UnknownVariable"),
        (monitor(POWER | {"component": {"name": "Nothing"}}, "Delta", 1), "UnknownComponent"),
        (monitor(POWER, "Delta", 1, id=77), "Rejected"),
        (monitor(HEAT, "UpperThreshold", 90, id=1), "Rejected"),
        (monitor(HEAT, "UpperThreshold", 85, 2), "Duplicate"),
    ],
)
def test_what_can_be_set(rungs: Any, data: dict[str, Any], status: str) -> None:
    result = set_one(rungs(), data)
    assert result["status"] == status and (status != "Accepted" or "id" in result)


def test_a_threshold_is_exceeded_cleared_and_replaced(rungs: Any) -> None:
    station = rungs()
    number = set_one(station, monitor(HEAT, "UpperThreshold", 50))["id"]
    station.station.monitoring.set_value("Controller", "Temperature", "60", station.now)
    station.station.monitoring.set_value("Controller", "Temperature", "61", station.now)
    station.station.monitoring.set_value("Controller", "Temperature", "40", station.now)
    station.wait(1)
    assert [(one["actualValue"], one.get("cleared")) for one in events(station, number)] == [("60", None), ("40", True)]
    assert set_one(station, monitor(HEAT, "UpperThreshold", 30, id=number))["status"] == "Accepted"
    station.wait(1)
    assert events(station, number)[-1]["actualValue"] == "40" and "cleared" not in events(station, number)[-1]


def test_a_delta_counts_from_the_last_event(rungs: Any) -> None:
    station = rungs()
    number = set_one(station, monitor(HEAT, "Delta", 10))["id"]
    for value in ("30", "36", "40", "47"):
        station.station.monitoring.set_value("Controller", "Temperature", value, station.now)
    station.wait(1)
    assert [one["actualValue"] for one in events(station, number)] == ["36", "47"]


def test_targets(rungs: Any) -> None:
    station = rungs("ocpp2.1")
    number = set_one(station, monitor(HEAT, "TargetDelta", 5))["id"]
    for value in ("29", "31", "26"):
        station.station.monitoring.set_value("Controller", "Temperature", value, station.now)
    station.wait(1)
    told = events(station, number)
    assert [(one["actualValue"], one.get("cleared"), one["severity"]) for one in told] == [
        ("31", None, 5),
        ("26", True, 5),
    ]


def test_periods_on_their_own_and_by_the_clock(rungs: Any) -> None:
    station = rungs()
    own = set_one(station, monitor(STATE, "Periodic", 20))["id"]
    clock = set_one(station, monitor(STATE, "PeriodicClockAligned", 20))["id"]
    station.wait(65)
    at: dict[int, list[float]] = {own: [], clock: []}
    for second, name, payload in station.said:
        if name == "NotifyEvent":
            at.setdefault(payload["eventData"][0].get("variableMonitoringId", 0), []).append(second)
    assert at[own] == pytest.approx([23, 43, 63]) and at[clock] == pytest.approx([20, 40, 60])


def test_level_and_base(rungs: Any) -> None:
    station = rungs()
    number = set_one(station, monitor(HEAT, "Delta", 1, 8))["id"]
    assert station.call("SetMonitoringLevel", {"severity": 10})["status"] == "Rejected"
    assert station.call("SetMonitoringLevel", {"severity": 7})["status"] == "Accepted"
    station.station.monitoring.set_value("Controller", "Temperature", "35", station.now)
    station.wait(1)
    assert not events(station, number)
    station.call("SetMonitoringBase", {"monitoringBase": "HardWiredOnly"})
    assert set(station.station.monitoring.monitors) == {1}
    station.call("SetMonitoringBase", {"monitoringBase": "FactoryDefault"})
    assert set(station.station.monitoring.monitors) == {1, 2}


def test_clearing(rungs: Any) -> None:
    station = rungs()
    number = set_one(station, monitor(STATE, "Delta", 1))["id"]
    result = station.call("ClearVariableMonitoring", {"id": [number, 1, 99]})["clearMonitoringResult"]
    assert [one["status"] for one in result] == ["Accepted", "Rejected", "NotFound"]


def test_reports_are_limited_and_counted(rungs: Any) -> None:
    station = rungs()
    for severity in range(10):
        set_one(station, monitor(STATE, "Delta", 1, severity))
    set_one(station, monitor(POWER, "UpperThreshold", 1))
    assert (
        station.call("GetMonitoringReport", {"requestId": 5, "monitoringCriteria": ["PeriodicMonitoring"]})["status"]
        == "EmptyResultSet"
    )
    station.call("GetMonitoringReport", {"requestId": 6})
    station.wait(1)
    parts = station.told("NotifyMonitoringReport")
    assert [(one["seqNo"], one["tbc"]) for one in parts] == [(0, True), (1, False)]
    assert sum(len(m["variableMonitoring"]) for one in parts for m in one["monitor"]) == 13


def test_offline_events_are_kept_by_severity_and_monitors_survive(rungs: Any) -> None:
    station = rungs()
    severe, mild = (
        set_one(station, monitor(HEAT, "Delta", 1, 4))["id"],
        set_one(station, monitor(HEAT, "Delta", 1, 5))["id"],
    )
    station.station.dropped(station.now)
    station.station.monitoring.set_value("Controller", "Temperature", "35", station.now)
    station.wait(60)
    assert len(events(station, severe)) == 1 and not events(station, mild)
    station.station.power_off(station.now)
    station.station.power_on(station.now)
    station.wait(10)
    assert {severe, mild} <= set(station.station.monitoring.monitors)


# ---- event streams


def streamed(station: Any, period: int = 2, **params: int) -> int:
    result = set_one(station, monitor(STATE, "Periodic", period, periodicEventStream=params))
    number: int = result["id"]
    return number


def test_a_stream_gathers_and_sends(rungs: Any) -> None:
    station = rungs("ocpp2.1")
    number = streamed(station, interval=10, values=20)
    station.wait(31)
    (opened,) = station.told("OpenPeriodicEventStream")
    assert opened["constantStreamData"] == {
        "id": 1,
        "params": {"interval": 10, "values": 20},
        "variableMonitoringId": number,
    }
    portions = station.told("NotifyPeriodicEventStream")
    assert len(portions) == 3 and not events(station, number)
    assert [one["t"] for one in portions[1]["data"]] == pytest.approx([0, 2, 4, 6, 8])
    assert portions[1]["pending"] == 0


def test_a_full_stream_is_sent_at_once(rungs: Any) -> None:
    station = rungs("ocpp2.1")
    streamed(station, values=3)
    station.wait(20)
    assert [len(one["data"]) for one in station.told("NotifyPeriodicEventStream")] == [3, 3, 3]


def test_a_refused_stream_gives_way_to_events(rungs: Any) -> None:
    station = rungs("ocpp2.1")
    station.answers["OpenPeriodicEventStream"] = {"status": "Rejected"}
    number = streamed(station, interval=10)
    station.wait(7)
    assert len(events(station, number)) == 3 and not station.told("NotifyPeriodicEventStream")


def test_a_stream_is_listed_adjusted_and_closed_with_its_monitor(rungs: Any) -> None:
    station = rungs("ocpp2.1")
    assert station.call("GetPeriodicEventStream", {}) == {}
    number = streamed(station, interval=60)
    assert station.call("GetPeriodicEventStream", {})["constantStreamData"][0]["variableMonitoringId"] == number
    assert station.call("AdjustPeriodicEventStream", {"id": 9, "params": {"interval": 1}})["status"] == "Rejected"
    assert station.call("AdjustPeriodicEventStream", {"id": 1, "params": {"interval": 5}})["status"] == "Accepted"
    station.wait(13)
    assert len(station.told("NotifyPeriodicEventStream")) == 2
    station.call("ClearVariableMonitoring", {"id": [number]})
    station.wait(20)
    assert [name for _, name, _ in station.said][-2:] == ["NotifyPeriodicEventStream", "ClosePeriodicEventStream"]
    assert station.call("GetPeriodicEventStream", {}) == {}
