"""Registration, availability and follow-ups: what the monitors call wrong, and what they leave alone."""

import json
from typing import Any

import pytest

from v2xconform.lab.roles import Role

from .told import Told, judged, trace

T0 = "2026-11-20T00:00:00Z"


class Ladder:
    """Writes a trace frame by frame: ``ladder.ask(10, "station", "Heartbeat")``, ``ladder.say({})``."""

    def __init__(self) -> None:
        self.frames: list[Told] = []
        self.connection = "tcp1"
        self.open = ""
        self.asker = ""

    def ask(self, at: float, by: str, action: str, payload: dict[str, Any] | None = None, note: str = "") -> "Ladder":
        """Add a request."""
        self.open, self.asker = f"m{len(self.frames)}", by
        self.frames.append(Told(at, by, json.dumps([2, self.open, action, payload or {}]), note, self.connection))
        return self

    def say(self, payload: dict[str, Any] | str, after: float = 0.1) -> "Ladder":
        """Answer the last request: with a payload, or with an error code."""
        by, at = "csms" if self.asker == "station" else "station", self.frames[-1].at + after
        parts: list[Any] = [4, self.open, payload, "", {}] if isinstance(payload, str) else [3, self.open, payload]
        self.frames.append(Told(at, by, json.dumps(parts), connection=self.connection))
        return self

    def boot(self, at: float = 1, status: str = "Accepted", interval: int = 60, reason: str = "PowerUp") -> "Ladder":
        """Add a boot and its answer."""
        boot = {"reason": reason, "chargingStation": {"model": "m", "vendorName": "v"}}
        self.ask(at, "station", "BootNotification", boot)
        return self.say({"currentTime": f"2026-11-20T00:00:{int(at):02}Z", "interval": interval, "status": status})

    def status(self, at: float, state: str, evse: int = 1, second: int | None = None) -> "Ladder":
        """Add a report of a connector."""
        stamp = f"2026-11-20T00:00:{int(at if second is None else second) % 60:02}Z"
        tree = {"timestamp": stamp, "connectorStatus": state, "evseId": evse, "connectorId": 1}
        return self.ask(at, "station", "StatusNotification", tree).say({})

    def transaction(self, at: float, kind: str, state: str, trigger: str = "CablePluggedIn") -> "Ladder":
        """Add an event of the transaction T1 at EVSE 1."""
        tree = {
            "eventType": kind, "timestamp": T0, "triggerReason": trigger, "seqNo": int(at), "evse": {"id": 1, "connectorId": 1},
            "transactionInfo": {"transactionId": "T1", "chargingState": state},
        }  # fmt: skip
        return self.ask(at, "station", "TransactionEvent", tree).say({})

    def heartbeats(self, start: float, until: float, every: float) -> "Ladder":
        """Add heartbeats, so that nobody is silent."""
        at = start
        while at <= until:
            self.ask(at, "station", "Heartbeat").say({"currentTime": T0})
            at += every
        return self

    def found(self, sut: Role = "station") -> set[str]:
        """Return the requirements of blocks B, F and G that the SUT breaks."""
        events, _ = trace(self.frames, "ocpp2.0.1", sut)
        wrong = [one for one in judged(events, "ocpp2.0.1", sut) if one.severity == "MUST" and one.whose == "sut"]
        return {one.requirement for one in wrong if one.requirement[:2] in ("B0", "B1", "G0", "FR", "F0")} - {"FR.02"}


# ---- registration of a station


def test_a_good_boot_is_good() -> None:
    assert Ladder().boot().status(2, "Available").heartbeats(60, 300, 60).found() == set()


def test_a_station_that_was_accepted_before_need_not_boot() -> None:
    assert Ladder().status(1, "Available").heartbeats(10, 100, 30).found() == set()


@pytest.mark.parametrize("ladder, requirement", [
    (Ladder().status(0, "Available").boot(1), "B01.FR.08"),
    (Ladder().boot(1, "Pending", 30).status(5, "Available"), "B02.FR.02"),
    (Ladder().boot(1, "Rejected", 30).status(5, "Available"), "B03.FR.02"),
    (Ladder().boot(1, "Pending", 30).boot(10), "B02.FR.04"),
    (Ladder().boot(1, "Rejected", 30).boot(10), "B03.FR.02"),
    (Ladder().boot().status(2, "Available").status(200, "Available"), "G02.FR.02"),
    (Ladder().boot().heartbeats(2, 20, 5), "B01.FR.04"),
])  # fmt: skip
def test_what_a_station_must_not_do_at_its_boot(ladder: Ladder, requirement: str) -> None:
    assert requirement in ladder.found()


def test_a_new_interval_begins_when_it_is_set() -> None:
    def beats(at: float) -> set[str]:
        one = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
        ladder = Ladder().boot(interval=300).status(2, "Available")
        ladder.ask(100, "csms", "SetVariables", {"setVariableData": [{**one, "attributeValue": "20"}]})
        ladder.say({"setVariableResult": [{**one, "attributeStatus": "Accepted"}]})
        return ladder.heartbeats(at, at, 20).found()

    assert beats(120) == set()
    assert beats(140) == {"G02.FR.02"}


def test_a_station_keeps_the_time_that_it_was_given() -> None:
    def stamped(time: str) -> set[str]:
        asked = {"requestId": 1, "reportBase": "FullInventory"}
        ladder = Ladder().boot().ask(3, "csms", "GetBaseReport", asked).say({"status": "Accepted"})
        data = [{"component": {"name": "C"}, "variable": {"name": "V"}, "variableAttribute": [{}]}]
        data[0]["variableCharacteristics"] = {"dataType": "string", "supportsMonitoring": False}
        told = {"requestId": 1, "seqNo": 0, "generatedAt": time, "reportData": data}
        return ladder.ask(4, "station", "NotifyReport", told).say({}).found()

    assert stamped("2026-11-20T00:00:20Z") == set()
    assert stamped("2026-11-20T02:00:00Z") == {"B01.FR.06"}
    assert stamped("2026-11-19T22:00:00Z") == {"B01.FR.06"}


def test_every_connector_that_is_known_is_reported_after_a_boot() -> None:
    ladder = Ladder().boot().status(2, "Available").status(3, "Available", evse=2)
    ladder.boot(20, reason="Unknown").status(21, "Available").heartbeats(60, 240, 60)
    assert ladder.found() == {"B01.FR.05"}
    assert ladder.status(241, "Available").found() == {"B01.FR.05"}
    assert Ladder().boot().heartbeats(60, 240, 60).found() == {"B01.FR.05"}


def test_what_the_csms_asks_for_may_be_said_while_pending() -> None:
    ladder = Ladder().boot(1, "Pending", 30)
    ladder.ask(2, "csms", "TriggerMessage", {"requestedMessage": "BootNotification"}).say({"status": "Accepted"})
    assert ladder.boot(3, reason="Triggered").status(4, "Available").found() == set()


def test_a_pending_station_serves_and_starts_nothing() -> None:
    ladder = Ladder().boot(1, "Pending", 300)
    asked = {"getVariableData": [{"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}}]}
    assert "B02.FR.01" in ladder.ask(2, "csms", "GetVariables", asked).say("SecurityError").found()
    start = {"idToken": {"idToken": "AB", "type": "ISO14443"}, "remoteStartId": 1}
    ladder = (
        Ladder().boot(1, "Pending", 300).ask(2, "csms", "RequestStartTransaction", start).say({"status": "Accepted"})
    )
    assert "B02.FR.05" in ladder.found()


def test_heartbeats_that_nobody_answers_hold_the_station_up() -> None:
    ladder = Ladder().boot(1, interval=10).ask(11, "station", "Heartbeat")
    ladder.frames.append(Told(90, "csms", json.dumps([2, "x", "ClearCache", {}])))
    assert ladder.found() == set()


def test_a_reset_is_followed_by_a_boot_with_its_reason() -> None:
    def reset(reason: str) -> set[str]:
        ladder = Ladder().boot().ask(5, "csms", "Reset", {"type": "Immediate"}).say({"status": "Accepted"})
        ladder.connection = "tcp2"
        return ladder.boot(30, reason=reason).found()

    assert reset("RemoteReset") == set()
    assert reset("PowerUp") == {"B01.FR.09"}


def test_a_reset_on_idle_during_a_transaction_is_scheduled() -> None:
    def answered(status: str) -> set[str]:
        ladder = Ladder().boot().status(2, "Occupied").transaction(3, "Started", "EVConnected")
        return ladder.ask(5, "csms", "Reset", {"type": "OnIdle"}).say({"status": status}).found()

    assert answered("Scheduled") == set()
    assert answered("Accepted") == {"B12.FR.01"}


# ---- registration at a CSMS


@pytest.mark.parametrize("ladder, requirement", [
    (Ladder().boot(1, "Pending", 30).status(5, "Available"), "B02.FR.09"),
    (Ladder().boot(1, "Rejected", 30).status(5, "Available"), "B03.FR.07"),
    (Ladder().boot(1, "Rejected", 30).ask(3, "csms", "ClearCache"), "B03.FR.03"),
    (Ladder().boot().ask(31, "station", "Heartbeat").say({"currentTime": "2026-11-20T00:00:01Z"}), "G02.FR.03"),
    (Ladder().boot().ask(3, "station", "Heartbeat").say({"currentTime": "2026-11-20T01:00:03Z"}), "G02.FR.03"),
])  # fmt: skip
def test_what_a_csms_must_not_do(ladder: Ladder, requirement: str) -> None:
    assert requirement in ladder.found("csms")


def test_a_csms_that_refuses_and_tells_the_time_is_good() -> None:
    ladder = Ladder().boot(1, "Pending", 30).ask(5, "station", "Heartbeat").say("SecurityError").boot(31)
    assert ladder.ask(40, "station", "Heartbeat").say({"currentTime": "2026-11-20T00:00:40Z"}).found("csms") == set()


# ---- availability

INOPERATIVE = {"operationalStatus": "Inoperative", "evse": {"id": 1}}


def changed(status: str = "Accepted") -> Ladder:
    ladder = Ladder().boot(interval=30).status(2, "Available").status(2.5, "Available", evse=2)
    return ladder.ask(3, "csms", "ChangeAvailability", INOPERATIVE).say({"status": status})


def test_a_change_is_reported_and_stays() -> None:
    assert changed().status(4, "Unavailable").heartbeats(30, 120, 30).found() == set()
    assert changed().heartbeats(30, 120, 30).found() == {"G03.FR.04"}
    assert changed().status(4, "Unavailable").status(10, "Available").found() == {"G03.FR.06"}
    assert changed("Rejected").status(10, "Available").heartbeats(30, 120, 30).found() == set()


def test_a_change_during_a_transaction_is_scheduled() -> None:
    def during(status: str) -> set[str]:
        ladder = Ladder().boot(interval=30).status(2, "Occupied").transaction(2, "Started", "EVConnected")
        return ladder.ask(3, "csms", "ChangeAvailability", INOPERATIVE).say({"status": status}).found()

    assert during("Scheduled") == set()
    assert during("Accepted") == {"G03.FR.05"}


def test_an_ev_that_is_connected_is_reported_as_occupied() -> None:
    ladder = Ladder().boot(interval=30).status(2, "Available").transaction(5, "Started", "EVConnected")
    assert ladder.heartbeats(10, 100, 30).found() == {"G01.FR.03"}
    ladder = (
        Ladder().boot(interval=30).status(2, "Available").transaction(5, "Started", "EVConnected").status(6, "Occupied")
    )
    assert ladder.heartbeats(10, 100, 30).found() == set()


# ---- follow-ups


TOLD = {
    "component": {"name": "C"}, "variable": {"name": "V"}, "variableAttribute": [{"value": "1"}],
    "variableCharacteristics": {"dataType": "integer", "supportsMonitoring": False},
}  # fmt: skip


def report(*parts: dict[str, Any], status: str = "Accepted", before: bool = False) -> set[str]:
    ladder = Ladder().boot(interval=30).status(1.5, "Available")
    ladder.ask(2, "csms", "GetBaseReport", {"requestId": 7, "reportBase": "FullInventory"})
    data = [TOLD]
    answer, asker = ladder.open, ladder.asker
    if not before:
        ladder.say({"status": status})
    for number, part in enumerate(parts):
        own = [{**data[0], "variable": {"name": f"V{number}"}}]
        tree = {"requestId": 7, "seqNo": number, "generatedAt": "2026-11-20T00:00:03Z", "reportData": own, **part}
        ladder.ask(3 + number / 10, "station", "NotifyReport", tree).say({}, 0.01)
    if before:
        ladder.open, ladder.asker = answer, asker
        ladder.say({"status": status})
    return ladder.heartbeats(20, 140, 30).found()


@pytest.mark.parametrize("parts, requirements", [
    ([{"tbc": True}, {}], set()),
    ([{"tbc": True}, {"seqNo": 2}], {"B07.FR.10"}),
    ([{"seqNo": 1}], {"B07.FR.10"}),
    ([{"requestId": 8}], {"B07.FR.04"}),
    ([{}, {}], {"B07.FR.10"}),
    ([{"tbc": True}], {"B07.FR.03"}),
    ([], {"B07.FR.03"}),
    ([{"tbc": True, "reportData": [TOLD]}, {"reportData": [TOLD]}], {"B07.FR.08"}),
    ([{"reportData": [TOLD, TOLD]}], {"B07.FR.08"}),
])  # fmt: skip
def test_parts_of_a_report(parts: list[dict[str, Any]], requirements: set[str]) -> None:
    assert report(*parts) == requirements


def test_a_report_waits_for_the_response_and_comes_only_when_it_was_promised() -> None:
    assert report({}, before=True) == {"FR.05"}
    assert report({}, status="NotSupported") == {"B07.FR.05"}
    assert report(status="NotSupported") == set()


def test_a_trigger_that_was_accepted_is_followed_by_its_message() -> None:
    def triggered(message: str) -> set[str]:
        ladder = Ladder().boot(interval=900).status(2, "Available")
        ladder.ask(3, "csms", "TriggerMessage", {"requestedMessage": "Heartbeat"}).say({"status": "Accepted"})
        return ladder.ask(4, "station", message).say({"currentTime": T0}).status(100, "Available").found()

    assert triggered("Heartbeat") == set()
    assert triggered("ClearedChargingLimit") == {"F06.FR.10"}


# ---- single messages


@pytest.mark.parametrize("answer, requirement", [
    ({"attributeStatus": "Accepted", "attributeType": "Actual"}, "B06.FR.10"),
    ({"attributeStatus": "UnknownVariable", "attributeType": "Actual", "attributeValue": ""}, "B06.FR.07"),
    ({"attributeStatus": "Accepted", "attributeType": "Target", "attributeValue": "1"}, "B06.FR.03"),
    ({"attributeStatus": "Accepted", "attributeType": "Actual", "attributeValue": "1", "component": {"name": "X"}}, "B06.FR.02"),
])  # fmt: skip
def test_results_that_do_not_fit_their_question(answer: dict[str, Any], requirement: str) -> None:
    names = {"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}}
    ladder = Ladder().ask(1, "csms", "GetVariables", {"getVariableData": [{**names, "attributeType": "Actual"}]})
    assert requirement in ladder.say({"getVariableResult": [{**names, **answer}]}).found()


def test_names_are_compared_without_case() -> None:
    names = {"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}}
    other = {"component": {"name": "txctrlr"}, "variable": {"name": "txstartpoint"}}
    ladder = Ladder().ask(1, "csms", "GetVariables", {"getVariableData": [{**names, "attributeType": "Actual"}]})
    result = {**other, "attributeStatus": "Accepted", "attributeType": "Actual", "attributeValue": ""}
    assert ladder.say({"getVariableResult": [result]}).found() == set()
