"""Transactions, remote control, tokens and answers: what the monitors call wrong, and what they leave alone."""

import json
from typing import Any

import pytest

from v2xconform.lab.roles import Role
from v2xconform.protocols.ocpp import rules

from .told import Told, judged, trace

TOKEN = {"idToken": "AABBCCDD", "type": "ISO14443"}
MINE = ("C0", "C1", "E0", "E1", "F0", "J0", "FR.", "OCPP-Tr", "OCPP-Me", "OCPP-Ch", "D0")


def stamp(at: float) -> str:
    return f"2026-11-20T00:{int(at) // 60:02}:{int(at) % 60:02}Z"


class Ladder:
    """Writes a trace frame by frame."""

    def __init__(self) -> None:
        self.frames: list[Told] = []
        self.now = 1.0
        self.connection = "tcp1"
        self.exchange("station", "BootNotification", {"reason": "PowerUp", "chargingStation": {
            "model": "m", "vendorName": "v"}}, {"currentTime": stamp(1), "interval": 9999, "status": "Accepted"})  # fmt: skip

    def wait(self, seconds: float) -> "Ladder":
        self.now += seconds
        return self

    def exchange(
        self, by: str, action: str, asked: dict[str, Any], said: dict[str, Any] | str | None = None, note: str = ""
    ) -> "Ladder":  # fmt: skip
        """Add a request and its answer: a payload, an error code, None for none."""
        number, other = f"m{len(self.frames)}", "csms" if by == "station" else "station"
        self.frames.append(Told(self.now, by, json.dumps([2, number, action, asked]), note, self.connection))
        self.now += 0.1
        if said is not None:
            parts: list[Any] = [4, number, said, "", {}] if isinstance(said, str) else [3, number, said]
            self.frames.append(Told(self.now, other, json.dumps(parts), "", self.connection))
        self.now += 0.9
        return self

    def event(
        self, seq: int, kind: str, trigger: str, state: str = "", *, number: str = "T1", said: Any = None, **more: Any
    ) -> "Ladder":  # fmt: skip
        """Add a TransactionEvent; ``evse`` and ``idToken`` are left to `more`, `stopped` is a short form."""
        info: dict[str, Any] = {"transactionId": number, **({"chargingState": state} if state else {})}
        if "stopped" in more:
            info["stoppedReason"] = more.pop("stopped")
        if "remote" in more:
            info["remoteStartId"] = more.pop("remote")
        tree = {
            "eventType": kind, "timestamp": stamp(more.pop("at", self.now)), "triggerReason": trigger, "seqNo": seq,
            "transactionInfo": info, **more,
        }  # fmt: skip
        answer = {"idTokenInfo": {"status": "Accepted"}} if "idToken" in tree else {}
        return self.exchange("station", "TransactionEvent", tree, answer if said is None else said)

    def begun(self, number: str = "T1") -> "Ladder":
        """A transaction in which energy flows."""
        self.event(0, "Started", "CablePluggedIn", "EVConnected", number=number, evse={"id": 1, "connectorId": 1})
        self.event(1, "Updated", "Authorized", "EVConnected", number=number, idToken=TOKEN)
        return self.event(2, "Updated", "ChargingStateChanged", "Charging", number=number)

    def ended(self, seq: int = 3, number: str = "T1") -> "Ladder":
        return self.event(seq, "Ended", "StopAuthorized", "EVConnected", number=number, stopped="Local")

    def found(self, sut: Role = "station", **facts: Any) -> list[str]:
        """Return the requirements that the monitors name, of these blocks."""
        events, _ = trace(self.frames, "ocpp2.0.1", sut)
        found = [one for one in judged(events, "ocpp2.0.1", sut, **facts) if one.whose == "sut"]
        return sorted({one.requirement for one in found if one.severity == "MUST" and one.requirement.startswith(MINE)})


def energy(value: float, context: str = "Sample.Periodic", at: float = 10) -> list[dict[str, Any]]:
    return [{"timestamp": stamp(at), "sampledValue": [{"value": value, "context": context}]}]


def test_a_good_transaction_is_left_alone() -> None:
    ladder = Ladder().begun()
    ladder.event(3, "Updated", "MeterValuePeriodic", "Charging", meterValue=energy(10.0))
    assert ladder.ended(4).begun("T2").ended(3, "T2").found() == []


def test_events_may_come_out_of_order_and_twice() -> None:
    ladder = Ladder().event(1, "Updated", "Authorized", "EVConnected", idToken=TOKEN, at=5)
    ladder.event(0, "Started", "CablePluggedIn", "EVConnected", evse={"id": 1, "connectorId": 1}, at=4)
    ladder.event(0, "Started", "CablePluggedIn", "EVConnected", evse={"id": 1, "connectorId": 1}, at=4, offline=True)
    assert [one for one in ladder.found() if one != "E11.FR.02"] == []


@pytest.mark.parametrize(
    "wrong, requirement",
    [
        (lambda one: one.begun().event(2, "Updated", "ChargingStateChanged", "SuspendedEV"), "E01.FR.07"),
        (lambda one: one.begun().event(7, "Updated", "ChargingStateChanged", "SuspendedEV").wait(20), "E01.FR.07"),
        (lambda one: one.begun().event(3, "Updated", "ChargingStateChanged", "SuspendedEV", at=1), "E01.FR.07"),
        (lambda one: one.begun().ended().event(4, "Updated", "ChargingStateChanged", "Idle"), "OCPP-TransactionOrder"),
        (lambda one: one.begun().event(3, "Started", "ChargingStateChanged", "Charging"), "OCPP-TransactionOrder"),
        (lambda one: one.begun().ended().event(5, "Started", "CablePluggedIn", "EVConnected"), "E01.FR.08"),
        (lambda one: one.event(0, "Updated", "CablePluggedIn", "EVConnected", evse={"id": 1, "connectorId": 1})
            .event(1, "Updated", "Authorized", "EVConnected", idToken=TOKEN), "OCPP-TransactionOrder"),
        (lambda one: one.event(0, "Started", "CablePluggedIn", "EVConnected"), "E01.FR.16"),
        (lambda one: one.event(0, "Started", "Authorized"), "E02.FR.20"),
        (lambda one: one.event(0, "Started", "CablePluggedIn", "Charging", evse={"id": 1, "connectorId": 1}), "E01.FR.10"),
        (lambda one: one.begun().wait(60).event(3, "Updated", "ChargingStateChanged", "SuspendedEV", offline=True), "E11.FR.02"),
        (lambda one: one.begun().begun("T2").event(3, "Updated", "ChargingStateChanged", "SuspendedEV"), "E01.FR.14"),
        (lambda one: one.begun().event(3, "Updated", "MeterValuePeriodic", meterValue=energy(9, at=11))
            .event(4, "Updated", "MeterValuePeriodic", meterValue=energy(8, at=12)), "J02.FR.16"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_transaction(wrong: Any, requirement: str) -> None:
    assert requirement in wrong(Ladder()).found()


# ---- remote control


def remote(ladder: Ladder, status: str = "Accepted", **more: Any) -> Ladder:
    asked = {"idToken": TOKEN, "remoteStartId": 5, "evseId": 1}
    return ladder.exchange("csms", "RequestStartTransaction", asked, {"status": status, **more})


def stop(ladder: Ladder, number: str = "T1", status: str = "Accepted") -> Ladder:
    return ladder.exchange("csms", "RequestStopTransaction", {"transactionId": number}, {"status": status})


PLACE = {"evse": {"id": 1, "connectorId": 1}}


@pytest.mark.parametrize(
    "wrong, requirement",
    [
        (lambda one: remote(one).event(0, "Started", "Authorized", "Idle", idToken=TOKEN), "F01.FR.19"),
        (lambda one: remote(one).event(0, "Started", "RemoteStart", "Idle", idToken=TOKEN, remote=6), "F02.FR.01"),
        (lambda one: remote(one).event(0, "Started", "RemoteStart", "Idle", idToken=TOKEN), "F02.FR.21"),
        (lambda one: remote(one).event(0, "Started", "RemoteStart", "Idle", remote=5), "C05.FR.05"),
        (lambda one: remote(one).event(0, "Started", "SignedDataReceived", "Charging", idToken=TOKEN, **PLACE), "F02.FR.01"),
        (lambda one: remote(one.begun()), "F01.FR.24"),
        (lambda one: remote(one.event(0, "Started", "CablePluggedIn", "EVConnected", **PLACE)), "F01.FR.13"),
        (lambda one: stop(one.begun(), "T9"), "F03.FR.08"),
        (lambda one: stop(one.begun().ended()), "F03.FR.08"),
        (lambda one: stop(one.begun(), status="Rejected").event(3, "Updated", "ChargingStateChanged", "SuspendedEV"),
            "F03.FR.07"),
        (lambda one: stop(one.begun()).ended(), "F03.FR.09"),
        (lambda one: stop(one.begun()).event(3, "Ended", "RemoteStop", "EVConnected"), "E06.FR.08"),
        (lambda one: stop(one.begun()).event(3, "Ended", "RemoteStop", "EVConnected", stopped="Local"), "F03.FR.03"),
        (lambda one: stop(one.begun()).wait(40).exchange("station", "Heartbeat", {}, {"currentTime": stamp(0)}), "F03.FR.02"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_remote_control(wrong: Any, requirement: str) -> None:
    assert requirement in wrong(Ladder()).found()


def test_good_remote_control_is_left_alone() -> None:
    ladder = remote(Ladder()).event(0, "Started", "RemoteStart", "EVConnected", idToken=TOKEN, remote=5, **PLACE)
    ladder.event(1, "Updated", "ChargingStateChanged", "Charging")
    stop(ladder).event(2, "Updated", "RemoteStop", "EVConnected")
    assert ladder.event(3, "Ended", "EVCommunicationLost", "Idle", stopped="Remote").found() == []


# ---- status, tokens


def status(ladder: Ladder, number: str, **said: Any) -> Ladder:
    return ladder.exchange("csms", "GetTransactionStatus", {"transactionId": number}, said)


@pytest.mark.parametrize(
    "wrong, requirement",
    [
        (lambda one: status(one, "T9", ongoingIndicator=True, messagesInQueue=False), "E14.FR.01"),
        (lambda one: status(one.begun(), "T1", ongoingIndicator=False, messagesInQueue=False), "E14.FR.02"),
        (lambda one: status(one.begun().ended(), "T1", ongoingIndicator=True, messagesInQueue=False), "E14.FR.03"),
        (lambda one: status(one.begun(), "T1", ongoingIndicator=True, messagesInQueue=False)
            .event(3, "Updated", "ChargingStateChanged", "SuspendedEV", offline=True), "E14.FR.04"),
        (lambda one: one.exchange("csms", "GetTransactionStatus", {}, {"messagesInQueue": False, "ongoingIndicator": True}),
            "E14.FR.06"),
        (lambda one: one.exchange("station", "Authorize", {"idToken": TOKEN}, {"idTokenInfo": {"status": "Blocked"}}).begun(),
            "C01.FR.01"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_status_and_tokens(wrong: Any, requirement: str) -> None:
    assert requirement in wrong(Ladder()).found()


def test_a_group_that_is_named_once_is_named_again() -> None:
    info = {"status": "Accepted", "groupIdToken": {"idToken": "G", "type": "Central"}}
    ladder = Ladder().exchange("station", "Authorize", {"idToken": TOKEN}, {"idTokenInfo": info})
    ladder.event(0, "Started", "Authorized", "Idle", idToken=TOKEN, said={"idTokenInfo": {"status": "Accepted"}})
    assert ladder.found("csms") == ["C09.FR.12"]


# ---- answers


def test_requests_are_answered_with_a_result_and_in_time() -> None:
    late = Ladder()
    late.exchange("csms", "GetLocalListVersion", {})
    late.wait(40).exchange("station", "Heartbeat", {}, {"currentTime": stamp(0)})
    assert late.found() == ["FR.02"]
    assert late.found(pixit={"message_timeout": 60}) == []
    refused = Ladder().exchange("station", "Heartbeat", {}, "InternalError")
    assert refused.found("csms") == ["FR.02"]
    optional = Ladder().exchange("csms", "ClearCache", {}, "NotSupported")
    assert optional.found() == []
    misunderstood = Ladder().exchange("csms", "ClearCache", {}, "FormatViolation")
    assert misunderstood.found() == ["FR.02"]
    meant = Ladder().exchange("csms", "ClearCache", {"x": 1}, "FormatViolation", note="deliberate")
    assert meant.found() == []


# ---- single messages


@pytest.mark.parametrize(
    "name, tree, request_, requirement",
    [
        ("TransactionEventResponse", {}, {"idToken": TOKEN}, "E01.FR.12"),
        ("TransactionEventResponse", {"idTokenInfo": {"status": "Invalid"}},
         {"idToken": {"idToken": "", "type": "NoAuthorization"}}, "C02.FR.02"),
        ("AuthorizeResponse", {"idTokenInfo": {"status": "Accepted", "language2": "en"}}, {}, "C01.FR.10"),
        ("AuthorizeResponse", {"idTokenInfo": {"status": "Accepted", "chargingPriority": 10}}, {}, "OCPP-ChargingPriority"),
        ("TriggerMessageRequest", {"requestedMessage": "StatusNotification", "evse": {"id": 1}}, {}, "F06.FR.13"),
        ("SendLocalListRequest", {"versionNumber": 0, "updateType": "Full"}, {}, "D01.FR.18"),
        ("MeterValuesRequest", {"evseId": 1, "meterValue": energy(1.0)}, {}, "J01.FR.08"),
        ("MeterValuesRequest", {"evseId": 1, "meterValue": energy(-1.0, "Sample.Clock")}, {}, "OCPP-MeterValue"),
    ],
)  # fmt: skip
def test_rules_on_single_messages(name: str, tree: dict[str, Any], request_: dict[str, Any], requirement: str) -> None:
    assert requirement in {rule.requirement for rule, _ in rules.broken("ocpp2.0.1", name, tree, request_)}
