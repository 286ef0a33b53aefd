"""The line of a party: frames go out as they are, or bent; what a bend makes wrong is marked."""

from collections import deque
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
import trio.testing

from v2xconform.emulators.bends import Bend, RpcFault
from v2xconform.emulators.ocpp_door import odd_decision
from v2xconform.emulators.ocpp_line import OcppLine
from v2xconform.lab.yaml_lines import LabError
from v2xconform.protocols.ocpp import frames
from v2xconform.protocols.ocpp.frames import Frame, Unreadable

TIME = {"currentTime": "2026-01-01T00:00:00Z"}


class Mouth:
    """A party that says what it was told to say."""

    def __init__(self, *said: Frame) -> None:
        self.said = deque(said)

    def receive(self, heard: Frame | Unreadable, now: float) -> None: ...

    def outgoing(self) -> Iterator[Frame]:
        while self.said:
            yield self.said.popleft()

    def timer(self) -> float | None:
        return None

    def fire(self, now: float) -> None: ...


class Wire:
    """A channel that keeps what would go out: text, mark, fragments, kind of frame."""

    version = "ocpp2.0.1"

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, int, bool]] = []

    async def send(self, frame: Frame, *, note: str = "", pieces: int = 1) -> None:
        self.sent.append((frames.text_of(frame), note, pieces, True))

    async def send_text(self, data: bytes, *, note: str = "deliberate", text: bool = True, pieces: int = 1) -> None:
        self.sent.append((data.decode(), note, pieces, text))


def said(frame: Frame, *bends: Bend, marked: bool = True) -> list[tuple[str, str, int, bool]]:
    """Return what becomes of a frame; it answers a Heartbeat where it is a result."""
    wire = Wire()

    async def main() -> None:
        channel: Any = wire
        line = OcppLine(channel, Mouth(frame), bends, marked)
        line._names["a"] = "Heartbeat"
        await line.flush()

    anyio.run(main, backend="trio", backend_options={"clock": trio.testing.MockClock(autojump_threshold=0)})
    return wire.sent


ANSWER = frames.result("a", TIME)
RIGHT = '[3,"a",{"currentTime":"2026-01-01T00:00:00Z"}]'


def test_what_no_bend_means_goes_out_as_it_is() -> None:
    assert said(ANSWER) == [(RIGHT, "", 1, True)]
    assert said(ANSWER, Bend(at="ResetResponse", silence=True)) == [(RIGHT, "", 1, True)]


@pytest.mark.parametrize(
    "bend, sent",
    [
        (Bend(at="HeartbeatResponse", silence=True), []),
        (Bend(at="HeartbeatResponse", set={"currentTime": 5}), [('[3,"a",{"currentTime":5}]', "deliberate", 1, True)]),
        (Bend(at="*Response", copies=2), [(RIGHT, "", 1, True), (RIGHT, "deliberate", 1, True)]),
        (Bend(at="HeartbeatResponse", pieces=4), [(RIGHT, "", 4, True)]),
        (Bend(at="HeartbeatResponse", binary=True), [(RIGHT, "deliberate", 1, False)]),
        (Bend(at="HeartbeatResponse", text="{oops {id}"), [("{oops a", "deliberate", 1, True)]),
        (Bend(at="HeartbeatResponse", rpc=RpcFault(type=9)), [(RIGHT.replace("3", "9", 1), "deliberate", 1, True)]),
        (Bend(at="HeartbeatResponse", rpc=RpcFault(id=7)), [(RIGHT.replace('"a"', "7"), "deliberate", 1, True)]),
        (Bend(at="HeartbeatResponse", rpc=RpcFault(cut=1)), [('[3,"a"]', "deliberate", 1, True)]),
        (Bend(at="HeartbeatResponse", rpc=RpcFault(extra=[1])), [(RIGHT[:-1] + ",1]", "deliberate", 1, True)]),
        (Bend(at="HeartbeatResponse", rpc=RpcFault(payload=None)), [('[3,"a",null]', "deliberate", 1, True)]),
        (
            Bend(at="HeartbeatResponse", replace="CallError", set={"errorCode": "SecurityError"}, fair=True),
            [('[4,"a","SecurityError","",{}]', "", 1, True)],
        ),
    ],
)
def test_bends(bend: Bend, sent: list[tuple[str, str, int, bool]]) -> None:
    assert said(ANSWER, bend) == sent
    assert [one[1] for one in said(ANSWER, bend, marked=False)] == [""] * len(sent), "a SUT marks nothing"


def test_errors_and_calls_can_be_bent() -> None:
    refusal = frames.error("a", "InternalError", "why")
    assert said(refusal, Bend(at="CallError", set={"errorCode": "Own"}))[0][0] == '[4,"a","Own","why",{}]'
    call = frames.call("c", "Reset", {"type": "OnIdle"})
    assert (
        said(call, Bend(at="ResetRequest", rpc=RpcFault(action="reset")))[0][0] == '[2,"c","reset",{"type":"OnIdle"}]'
    )


@pytest.mark.parametrize(
    "name, status, subprotocol", [("401", 401, ""), ("no-subprotocol", 101, ""), ("other-subprotocol", 101, "ocpp1.6")]
)
def test_odd_answers_to_a_handshake(name: str, status: int, subprotocol: str) -> None:
    decision = odd_decision(name)
    assert (decision.status, decision.subprotocol, decision.note) == (status, subprotocol, "deliberate")


@pytest.mark.parametrize("name", ["", "200", "nonsense"])
def test_what_is_no_answer(name: str) -> None:
    with pytest.raises(LabError, match="no answer"):
        odd_decision(name)
