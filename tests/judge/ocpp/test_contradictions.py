"""Stations that contradict themselves: times, energy and power, ids, limits; and good ones that look like it."""

from typing import Any

import pytest

from v2xconform.judge.finding import Finding
from v2xconform.protocols.ocpp import rules

from .test_transaction_monitors import TOKEN, Ladder, stamp
from .told import judged, trace

AC = {"requestedEnergyTransfer": "AC_three_phase", "acChargingParameters": {
    "energyAmount": 1, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 400}}  # fmt: skip


def found(ladder: Ladder) -> list[Finding]:
    events, _ = trace(ladder.frames, "ocpp2.0.1", "station")
    return [one for one in judged(events, "ocpp2.0.1", "station") if one.whose == "sut"]


def named(ladder: Ladder, severity: str = "MUST") -> set[str]:
    return {one.requirement for one in found(ladder) if one.severity == severity}


def measured(at: float, energy: float, power: float, unit: str = "Wh") -> list[dict[str, Any]]:
    return [{"timestamp": stamp(at), "sampledValue": [
        {"value": energy, "context": "Sample.Periodic", "unitOfMeasure": {"unit": unit}},
        {"value": power, "measurand": "Power.Active.Import", "context": "Sample.Periodic", "unitOfMeasure": {"unit": "W"}},
    ]}]  # fmt: skip


def sampled(values: list[tuple[float, float]], unit: str = "Wh") -> Ladder:
    """A transaction with pairs of energy and power, 60 s apart."""
    ladder = Ladder().begun()
    for number, (energy, power) in enumerate(values):
        ladder.wait(59)
        meter = measured(ladder.now, energy, power, unit)
        ladder.event(3 + number, "Updated", "MeterValuePeriodic", "Charging", meterValue=meter)
    return ladder


# ---- times


@pytest.mark.parametrize("at, wrong", [(10.0, False), (290.0, False), (400.0, True)])
def test_nothing_happens_in_the_time_to_come(at: float, wrong: bool) -> None:
    ladder = Ladder().begun().event(3, "Updated", "ChargingStateChanged", "SuspendedEV", at=at)
    assert ("OCPP-EventTime" in named(ladder)) is wrong


def test_what_is_told_as_new_is_not_old_unless_it_was_held_up() -> None:
    def late(**more: Any) -> Ladder:
        return Ladder().begun().wait(1500).event(3, "Updated", "ChargingStateChanged", "SuspendedEV", at=100.0, **more)

    assert "OCPP-EventTime" in named(late())
    assert "OCPP-EventTime" not in named(late(offline=True))


def test_schedules_begin_now() -> None:
    asked = {"evseId": 1, "duration": 60}
    for start, wrong in ((1600.0, False), (10.0, True)):
        schedule = {"evseId": 1, "duration": 60, "scheduleStart": stamp(start), "chargingRateUnit": "W",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 1}]}  # fmt: skip
        ladder = Ladder().wait(1600)
        ladder.exchange("csms", "GetCompositeSchedule", asked, {"status": "Accepted", "schedule": schedule})
        assert ("OCPP-EventTime" in named(ladder)) is wrong


# ---- energy and power


@pytest.mark.parametrize(
    "values, unit, wrong",
    [
        ([(0, 11000), (183, 11000), (366, 11000)], "Wh", False),
        ([(0, 11000), (0.183, 11000), (0.366, 11000)], "kWh", False),
        ([(0, 11000), (0.183, 11000), (0.366, 11000)], "Wh", True),
        ([(5, 11000), (5, 11000), (5, 11000)], "Wh", True),
        ([(5, 11000), (5, 0), (5, 11000)], "Wh", False),
        ([(0, 11), (183, 11), (366, 11)], "Wh", True),  # kilowatts that are called watts
        ([(0, 1200), (183, 1200), (366, 1200)], "Wh", False),  # it was more in between
        ([(0, 100), (0, 100)], "Wh", False),
    ],
)
def test_a_register_counts_what_the_power_says(values: list[tuple[float, float]], unit: str, wrong: bool) -> None:
    assert ("OCPP-MeterValue" in named(sampled(values, unit))) is wrong


# ---- again


def test_an_event_that_was_taken_should_not_be_sent_again() -> None:
    ladder = Ladder().begun()
    ladder.event(3, "Updated", "ChargingStateChanged", "SuspendedEV", at=4)
    ladder.event(3, "Updated", "ChargingStateChanged", "SuspendedEV", at=4)
    assert "E01.FR.07" in named(ladder, "SHOULD")
    assert "E01.FR.07" not in named(ladder)


def test_a_remote_start_makes_one_transaction_at_its_evse() -> None:
    def started(evse: int, second: bool) -> Ladder:
        ladder = Ladder().exchange(
            "csms",
            "RequestStartTransaction",
            {"idToken": TOKEN, "remoteStartId": 7, "evseId": 2},
            {"status": "Accepted"},
        )
        place = {"id": evse, "connectorId": 1}
        ladder.event(0, "Started", "RemoteStart", "EVConnected", remote=7, idToken=TOKEN, evse=place)
        ladder.event(1, "Ended", "EVCommunicationLost", "Idle", stopped="EVDisconnected")
        if second:
            ladder.event(0, "Started", "RemoteStart", "EVConnected", number="T2", remote=7, idToken=TOKEN, evse=place)
        return ladder

    assert not {"F01.FR.06", "F02.FR.01"} & named(started(2, False))
    assert "F01.FR.06" in named(started(1, False))
    assert "F02.FR.01" in named(started(2, True))


@pytest.mark.parametrize(
    "changes, wrong",
    [
        ({}, False),
        ({"priority": "NormalCycle"}, True),
        ({"startDateTime": stamp(30)}, False),
        ({"startDateTime": stamp(3000)}, True),
        ({"message": {"format": "UTF8", "content": "no"}}, True),
    ],
)
def test_display_messages_are_told_as_they_were_set(changes: dict[str, Any], wrong: bool) -> None:
    message = {
        "id": 1,
        "priority": "InFront",
        "startDateTime": stamp(30),
        "message": {"format": "UTF8", "content": "hi"},
    }
    ladder = Ladder().exchange("csms", "SetDisplayMessage", {"message": message}, {"status": "Accepted"})
    ladder.exchange("csms", "GetDisplayMessages", {"requestId": 1}, {"status": "Accepted"})
    ladder.exchange("station", "NotifyDisplayMessages", {"requestId": 1, "messageInfo": [{**message, **changes}]}, {})
    assert ("O03.FR.02" in named(ladder)) is wrong


def test_an_event_id_names_one_variable() -> None:
    def happens(ladder: Ladder, number: int, connector: int) -> Ladder:
        data = {"eventId": number, "timestamp": stamp(ladder.now), "trigger": "Delta", "actualValue": "Available",
                "eventNotificationType": "HardWiredNotification", "variable": {"name": "AvailabilityState"},
                "component": {"name": "Connector", "evse": {"id": 1, "connectorId": connector}}}  # fmt: skip
        tree = {"generatedAt": stamp(ladder.now), "seqNo": 0, "eventData": [data]}
        return ladder.exchange("station", "NotifyEvent", tree, {})

    assert "OCPP-EventId" not in named(happens(happens(Ladder(), 1, 1), 1, 1))
    assert "OCPP-EventId" in named(happens(happens(happens(Ladder(), 1, 1), 1, 2), 1, 1)), "one number for all"
    twice = happens(happens(happens(Ladder(), 1, 1), 2, 1), 1, 2)
    assert "OCPP-EventId" in named(twice, "SHOULD") - named(twice), "two sources may count for themselves"


def test_only_a_limit_that_was_told_is_released() -> None:
    def released(source: str) -> Ladder:
        ladder = Ladder().exchange(
            "station", "NotifyChargingLimit", {"chargingLimit": {"chargingLimitSource": "EMS"}}, {}
        )
        return ladder.exchange("station", "ClearedChargingLimit", {"chargingLimitSource": source}, {})

    assert "K13.FR.01" not in named(released("EMS"))
    assert "K13.FR.01" in named(released("SO"))


def test_the_schedule_of_an_ev_is_of_an_evse_with_needs() -> None:
    def told(evse: int) -> Ladder:
        ladder = Ladder().exchange(
            "station", "NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": AC}, {"status": "Accepted"}
        )
        schedule = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 1}]}
        tree = {"timeBase": stamp(ladder.now), "evseId": evse, "chargingSchedule": schedule}
        return ladder.exchange("station", "NotifyEVChargingSchedule", tree, {"status": "Accepted"})

    assert "K15.FR.10" not in named(told(1))
    assert "K15.FR.10" in named(told(2))


# ---- registration


def booting(interval: int, waits: float) -> Ladder:
    ladder = Ladder()
    boot = {"reason": "PowerUp", "chargingStation": {"model": "m", "vendorName": "v"}}
    ladder.exchange(
        "station", "BootNotification", boot, {"currentTime": stamp(2), "interval": interval, "status": "Rejected"}
    )
    ladder.now += waits - 0.9
    return ladder.exchange(
        "station", "BootNotification", boot, {"currentTime": stamp(5), "interval": 9, "status": "Accepted"}
    )


def test_without_an_interval_nobody_floods_the_csms() -> None:
    assert "B03.FR.05" in named(booting(0, 0.2))
    assert "B03.FR.05" not in named(booting(0, 10.0))


def test_heartbeats_that_come_more_often_are_a_warning() -> None:
    for gap, severity in ((30.0, "SHOULD"), (5.0, "MUST")):
        ladder = Ladder()
        boot = {"reason": "PowerUp", "chargingStation": {"model": "m", "vendorName": "v"}}
        ladder.exchange(
            "station", "BootNotification", boot, {"currentTime": stamp(2), "interval": 100, "status": "Accepted"}
        )
        for _ in range(4):
            ladder.wait(gap).exchange("station", "Heartbeat", {}, {"currentTime": stamp(ladder.now)})
        assert "B01.FR.04" in named(ladder, severity)


# ---- single messages


@pytest.mark.parametrize(
    "name, tree, wrong",
    [
        ("NotifyChargingLimitRequest", {"chargingLimit": {"chargingLimitSource": "EMS"}}, False),
        ("NotifyChargingLimitRequest", [(0, 5.0, 3), (60, 7.0, 1)], False),
        ("NotifyChargingLimitRequest", [(10, 5.0, 3)], True),
        ("NotifyChargingLimitRequest", [(0, 5.0, 3), (0, 7.0, 3)], True),
        ("NotifyChargingLimitRequest", [(0, -5.0, 3)], True),
        ("NotifyChargingLimitRequest", [(0, 5.0, 4)], True),
    ],
)
def test_told_schedules_are_possible(name: str, tree: Any, wrong: bool) -> None:
    if isinstance(tree, list):
        periods = [{"startPeriod": start, "limit": limit, "numberPhases": phases} for start, limit, phases in tree]
        schedule = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": periods}
        tree = {"chargingLimit": {"chargingLimitSource": "EMS"}, "chargingSchedule": [schedule]}
    broken = {rule.requirement for rule, _ in rules.broken("ocpp2.0.1", name, tree)}
    assert ("OCPP-ToldSchedule" in broken) is wrong


@pytest.mark.parametrize(
    "evse, wrong", [({"id": 1, "connectorId": 1}, False), ({"id": 1}, True), ({"id": 0, "connectorId": 1}, True)]
)
def test_connectors_in_reports_are_somewhere(evse: dict[str, int], wrong: bool) -> None:
    one = {"component": {"name": "Connector", "evse": evse}, "variable": {"name": "Available"},
           "variableAttribute": [{"value": "true"}],
           "variableCharacteristics": {"dataType": "boolean", "supportsMonitoring": False}}  # fmt: skip
    tree = {"requestId": 1, "generatedAt": stamp(1), "seqNo": 0, "reportData": [one]}
    broken = {rule.requirement for rule, _ in rules.broken("ocpp2.0.1", "NotifyReportRequest", tree)}
    assert ("B07.FR.08" in broken) is wrong


# ---- needs, limits, signatures, states


@pytest.mark.parametrize(
    "more, wrong",
    [({}, False), ({"energyAmount": -1}, True), ({"evMinCurrent": 32}, True), ({"evMinCurrent": 16}, False)],
)
def test_what_an_ev_needs_is_possible(more: dict[str, Any], wrong: bool) -> None:
    needs = {**AC, "acChargingParameters": {**AC["acChargingParameters"], **more}}  # type: ignore[dict-item]
    tree = {"evseId": 1, "chargingNeeds": needs}
    spoken = {rule.requirement for rule, _ in rules.broken("ocpp2.0.1", "NotifyEVChargingNeedsRequest", tree)}
    assert ("OCPP-ToldNeeds" in spoken) is wrong


@pytest.mark.parametrize(
    "characteristics, value, wrong",
    [
        ({"dataType": "integer", "minLimit": 0, "maxLimit": 10}, "10", False),
        ({"dataType": "integer", "minLimit": 0, "maxLimit": 10}, "11", True),
        ({"dataType": "decimal", "minLimit": 10, "maxLimit": 0}, "", True),
        ({"dataType": "string", "maxLimit": 2}, "11", False),
        ({"dataType": "integer", "maxLimit": 10}, "", False),
    ],
)
def test_limits_hold_what_is_told(characteristics: dict[str, Any], value: str, wrong: bool) -> None:
    told = {"component": {"name": "C"}, "variable": {"name": "V"}, "variableAttribute": [{"value": value}],
            "variableCharacteristics": {**characteristics, "supportsMonitoring": False}}  # fmt: skip
    tree = {"requestId": 1, "seqNo": 0, "generatedAt": stamp(0), "reportData": [told]}
    assert bool(list(rules.broken("ocpp2.0.1", "NotifyReportRequest", tree))) is wrong


def test_a_password_can_only_be_written() -> None:
    def told(mutability: str) -> bool:
        one = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"},
               "variableAttribute": [{"mutability": mutability}],
               "variableCharacteristics": {"dataType": "string", "supportsMonitoring": False}}  # fmt: skip
        tree = {"requestId": 1, "seqNo": 0, "generatedAt": stamp(0), "reportData": [one]}
        return bool(list(rules.broken("ocpp2.1", "NotifyReportRequest", tree)))

    assert told("ReadWrite")
    assert not told("WriteOnly")


@pytest.mark.parametrize("data, wrong", [("T0NNRg==", False), ("no base64!", True)])
def test_signed_data_is_base64(data: str, wrong: bool) -> None:
    signed = {"signedMeterData": data, "signingMethod": "", "encodingMethod": "OCMF", "publicKey": "oca:base16:asn1:00"}
    meter = [{"timestamp": stamp(0), "sampledValue": [{"value": 1, "context": "Trigger", "signedMeterValue": signed}]}]
    tree = {"evseId": 1, "meterValue": meter}
    assert bool(list(rules.broken("ocpp2.1", "MeterValuesRequest", tree))) is wrong


@pytest.mark.parametrize("at, wrong", [(2000.0, False), (1900.0, False), (10.0, True)])
def test_a_connector_has_not_changed_before_it_was_told_to_be_otherwise(at: float, wrong: bool) -> None:
    def told(state: str, when: float) -> dict[str, Any]:
        return {"timestamp": stamp(when), "connectorStatus": state, "evseId": 1, "connectorId": 1}

    ladder = Ladder().wait(1900)
    ladder.exchange("station", "StatusNotification", told("Available", 0.0), {})  # as old as that it may be
    ladder.wait(60).exchange("station", "StatusNotification", told("Occupied", at), {})
    assert ("OCPP-EventTime" in named(ladder)) is wrong


@pytest.mark.parametrize("start, wrong", [(59, False), (60, True)])
def test_a_composite_schedule_ends_with_its_duration(start: int, wrong: bool) -> None:
    periods = [{"startPeriod": 0, "limit": 1}, {"startPeriod": start, "limit": 2}]
    schedule = {"evseId": 1, "duration": 60, "scheduleStart": stamp(0), "chargingRateUnit": "W",
                "chargingSchedulePeriod": periods}  # fmt: skip
    tree = {"status": "Accepted", "schedule": schedule}
    found = [rule.requirement for rule, _ in rules.broken("ocpp2.1", "GetCompositeScheduleResponse", tree, {})]
    assert ("K08.FR.02" in found) is wrong
