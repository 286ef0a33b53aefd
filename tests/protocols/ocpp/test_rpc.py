"""One end of a connection without I/O: what goes out, what is answered, what is given up."""

from typing import Any

import pytest

from v2xconform.protocols.ocpp import Version, frames
from v2xconform.protocols.ocpp.actions import Side
from v2xconform.protocols.ocpp.frames import Frame, Unreadable
from v2xconform.protocols.ocpp.rpc import Called, Failure, RpcPeer, RpcPolicy, Told

BOOT = {"reason": "PowerUp", "chargingStation": {"model": "m", "vendorName": "v"}}
STREAM = {"id": 1, "pending": 0, "basetime": "2026-11-20T12:00:00Z", "data": [{"t": 0, "v": "1"}]}


class Ladder:
    """A peer, what it heard of its calls, and its frames as text."""

    def __init__(self, side: Side = "csms", version: Version = "ocpp2.0.1", **policy: Any) -> None:
        self.ids = iter(range(1, 1000))
        self.rpc = RpcPeer(version, side, lambda: f"own-{next(self.ids)}", RpcPolicy(**policy), timeout_s=10.0)
        self.came: list[Any] = []

    def hears(self, text: str, now: float = 0.0) -> Called | Told | None:
        return self.rpc.receive(frames.parse(text, self.rpc.version), now)

    def calls(self, action: str = "GetVariables", now: float = 0.0, **more: Any) -> None:
        self.rpc.call(
            action,
            {},
            now,
            lambda payload, at: self.came.append(payload),
            lambda why, at: self.came.append(why),
            **more,
        )

    def says(self) -> list[str]:
        said = [frames.text_of(frame) for frame in self.rpc.outgoing]
        self.rpc.outgoing.clear()
        return said


def codes(said: list[str]) -> list[tuple[str, str]]:
    found = [frames.parse(text, "ocpp2.1") for text in said]
    return [(frame.id, frame.code) for frame in found if isinstance(frame, Frame)]


# ---- being called


def test_a_valid_call_is_handed_over_and_answered() -> None:
    peer = Ladder()
    called = peer.hears('[2,"a","Heartbeat",{}]')
    assert called == Called("a", "Heartbeat", {})
    peer.rpc.answer(called, {"currentTime": "now"})
    assert peer.says() == ['[3,"a",{"currentTime":"now"}]']


@pytest.mark.parametrize(
    "text, message_id, code",
    [
        ("{oops", "-1", "RpcFrameworkError"),
        ("[]", "-1", "RpcFrameworkError"),
        ('[2,5,"Heartbeat",{}]', "-1", "RpcFrameworkError"),
        ('[2,"a","Heartbeat"]', "a", "RpcFrameworkError"),
        ('[2,"a","Heartbeat",{},1]', "a", "RpcFrameworkError"),
        ('[2,"a","Heartbeat",[]]', "a", "TypeConstraintViolation"),
        ('[2,"' + "x" * 37 + '","Heartbeat",{}]', "-1", "RpcFrameworkError"),
        ('[2,"a","FooBar",{}]', "a", "NotImplemented"),
        ('[2,"a","Reset",{"type":"Immediate"}]', "a", "NotSupported"),
        ('[2,"a","BootNotification",{}]', "a", "OccurrenceConstraintViolation"),
        ('[2,"a","BootNotification",{"reason":5,"chargingStation":{"model":"m","vendorName":"v"}}]', "a",
         "TypeConstraintViolation"),
        ('[2,"a","BootNotification",{"reason":"Nope","chargingStation":{"model":"m","vendorName":"v"}}]', "a",
         "PropertyConstraintViolation"),
        ('[2,"a","Heartbeat",{"foo":1}]', "a", "FormatViolation"),
        ('[2,"a","NotifyEvent",{"generatedAt":"2026-11-20T12:00:00Z","seqNo":0,"eventData":[]}]', "a",
         "OccurrenceConstraintViolation"),
        ('[9,"a","Heartbeat",{}]', "a", "MessageTypeNotSupported"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_the_fitting_code(text: str, message_id: str, code: str) -> None:
    peer = Ladder()
    assert peer.hears(text) is None
    assert codes(peer.says()) == [(message_id, code)]


def test_null_is_taken_for_no_payload() -> None:
    assert Ladder().hears('[2,"a","Heartbeat",null]') == Called("a", "Heartbeat", {})


def test_21_ignores_unknown_message_types() -> None:
    peer = Ladder(version="ocpp2.1")
    assert peer.hears('[9,"a","Heartbeat",{}]') is None
    assert peer.says() == []


@pytest.mark.parametrize("text", ['[3,"a"]', '[4,"a","X"]', '[3,"nobody",{}]', '[4,"nobody","InternalError","",{}]'])
def test_answers_are_never_answered(text: str) -> None:
    peer = Ladder()
    assert peer.hears(text) is None
    assert peer.says() == []


def test_a_send_is_handed_over_and_never_answered() -> None:
    peer = Ladder(version="ocpp2.1")
    told = peer.rpc.receive(frames.send("s", "NotifyPeriodicEventStream", STREAM), 0.0)
    assert told == Told("NotifyPeriodicEventStream", STREAM)
    for text in ('[6,"s","FooBar",{}]', '[6,"s","NotifyPeriodicEventStream",{}]', '[6,"s","Heartbeat",{}]', '[6,"s"]'):
        assert peer.hears(text) is None
    assert peer.hears('[5,"a","FormatViolation","",{}]') is None
    assert peer.says() == []


# ---- calling


def test_one_call_at_a_time() -> None:
    peer = Ladder()
    peer.calls("GetVariables")
    peer.calls("GetReport")
    peer.calls("Reset", first=True)
    assert peer.says() == ['[2,"own-1","GetVariables",{}]']
    peer.hears('[4,"own-1","InternalError","not now",{}]')
    assert peer.says() == ['[2,"own-3","Reset",{}]']
    assert peer.came == [Failure("error", "InternalError", "not now")]
    assert not peer.rpc.idle


def test_a_send_does_not_wait() -> None:
    peer = Ladder("station", "ocpp2.1")
    peer.calls("Heartbeat")
    peer.rpc.tell("NotifyPeriodicEventStream", STREAM)
    assert [text[:2] for text in peer.says()] == ["[2", "[6"]


def test_a_call_is_given_up_in_time_and_a_late_answer_is_nobodys() -> None:
    peer = Ladder("station")
    peer.calls("Heartbeat", now=5.0)
    peer.calls("Heartbeat", now=6.0)
    assert peer.rpc.timer() == 15.0
    peer.rpc.fire(14.9)
    assert len(peer.says()) == 1 and not peer.came
    peer.rpc.fire(15.0)
    assert peer.came == [Failure("timeout")]
    assert peer.says() == ['[2,"own-2","Heartbeat",{}]']
    peer.hears('[3,"own-1",{"currentTime":"2026-11-20T12:00:00Z"}]', 16.0)
    assert peer.came == [Failure("timeout")]


def test_a_lost_connection_ends_all_calls() -> None:
    peer = Ladder("station")
    peer.calls("Heartbeat")
    peer.calls("Heartbeat")
    peer.rpc.lost(1.0)
    assert peer.came == [Failure("lost"), Failure("lost")]
    assert peer.rpc.idle and peer.rpc.timer() is None and peer.says() == []


@pytest.mark.parametrize("version, objections", [("ocpp2.0.1", 0), ("ocpp2.1", 1)])
def test_a_result_that_breaks_its_schema_is_not_believed(version: Version, objections: int) -> None:
    peer = Ladder("station", version)
    peer.calls("Heartbeat")
    peer.says()
    peer.hears('[3,"own-1",{"currentTime":5}]')
    assert [why.kind for why in peer.came] == ["invalid"]
    said = peer.says()
    assert len(said) == objections and all(text.startswith('[5,"own-1","TypeConstraintViolation"') for text in said)


@pytest.mark.parametrize("version, objections", [("ocpp2.0.1", []), ("ocpp2.1", [5])])
@pytest.mark.parametrize("answer", ['[3,"own-1"]', '[3,"own-1",[]]', '[4,"own-1","InternalError"]'])
def test_an_answer_that_cannot_be_read_is_one_all_the_same(
    version: Version, objections: list[int], answer: str
) -> None:
    peer = Ladder("station", version)
    peer.calls("Heartbeat")
    peer.calls("Heartbeat")
    peer.says()
    peer.hears(answer)
    assert [why.kind for why in peer.came] == ["invalid"]
    kinds = [frames.parse(text, version).type for text in peer.says()]
    assert kinds == [*(objections if answer.startswith("[3") else []), frames.CALL], "the next one is sent"


def test_ids_that_are_given_are_kept() -> None:
    peer = Ladder("station")
    peer.calls("Heartbeat", message_id="mine")
    assert peer.says() == ['[2,"mine","Heartbeat",{}]']


# ---- what quirks neglect


@pytest.mark.parametrize(
    "policy, text, said",
    [
        ({"reacts": {"not-json": "accept"}}, "{oops", ['[3,"-1",{}]']),
        ({"reacts": {"id": "accept"}}, '[2,5,"Heartbeat",{}]', ['[3,5,{"currentTime":"2026-01-01T00:00:00Z"}]']),
        ({"reacts": {"*": "ignore"}}, '[2,"a","BootNotification",{}]', []),
        ({"checks_schema": False}, '[2,"a","Heartbeat",{"foo":1}]', ['[3,"a",{"currentTime":"2026-01-01T00:00:00Z"}]']),
        (
            {"codes": {"unknown-action": "GenericError"}}, '[2,"a","X",{}]',
            ['[4,"a","GenericError","X is no action of ocpp2.0.1",{}]'],
        ),
        ({"refuses": ("Heartbeat",)}, '[2,"a","Heartbeat",{}]', ['[4,"a","InternalError","not today",{}]']),
        ({"reacts": {"unsolicited": "refuse"}}, '[3,"a",{}]', ['[4,"a","RpcFrameworkError","nobody had asked for this",{}]']),
        (
            {"echoes_bad_id": True}, '[2,5,"Heartbeat",{}]',
            ['[4,5,"RpcFrameworkError","the message id is a number, not a string",{}]'],
        ),
    ],
)  # fmt: skip
def test_a_policy_neglects_a_duty(policy: dict[str, Any], text: str, said: list[str]) -> None:
    peer = Ladder(**policy)
    assert peer.hears(text) is None
    assert peer.says() == said


def test_a_field_too_many_can_be_minded_by_nobody() -> None:
    peer = Ladder(reacts={"extra": "accept"})
    assert peer.hears('[2,"a","Heartbeat",{"foo":1}]') == Called("a", "Heartbeat", {"foo": 1})
    assert peer.hears('[2,"a","BootNotification",{"foo":1}]') is None


def test_hanging_up_and_going_deaf() -> None:
    peer = Ladder(reacts={"empty": "close", "not-json": "deaf"})
    assert not peer.rpc.hang_up
    peer.hears("[]")
    assert peer.rpc.hang_up
    peer.hears("{")
    assert peer.hears('[2,"a","Heartbeat",{}]') is None and peer.says() == []


@pytest.mark.parametrize("style, made", [("", "own-1"), ("numbers", "1"), ("constant", "message"), ("short", "own1")])
def test_styles_of_ids(style: str, made: str) -> None:
    peer = Ladder("station", ids=style)
    peer.calls("Heartbeat")
    assert next(iter(peer.rpc.outstanding)) == made


def test_an_unreadable_call_is_no_call() -> None:
    assert isinstance(frames.parse('[2,"a","Heartbeat"]', "ocpp2.1"), Unreadable)


def test_calls_that_lie_about() -> None:
    ladder = Ladder(calls_after_s=2.0)
    ladder.calls(now=1.0)
    assert (ladder.says(), ladder.rpc.timer()) == ([], 3.0)
    ladder.rpc.fire(2.9)
    assert ladder.says() == []
    ladder.rpc.fire(3.0)
    assert ladder.says() == ['[2,"own-1","GetVariables",{}]']
    assert ladder.rpc.timer() == 13.0
    ladder.rpc.lost(4.0)
    assert ladder.came[0].kind == "lost"
