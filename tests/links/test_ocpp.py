"""The channel of OCPP frames: what is said and heard becomes messages that know their names, bytes and requests."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from v2xconform.links import MemoryNetwork
from v2xconform.links.ocpp import UNKNOWN_ANSWER, OcppChannel
from v2xconform.links.websocket import Ended, WebSocket
from v2xconform.links.websocket_opening import Decision, ws_client, ws_server
from v2xconform.protocols.ocpp import Version, frames
from v2xconform.protocols.ocpp.frames import Frame, Unreadable
from v2xconform.trace.events import Event
from v2xconform.trace.recorder import Recorder

from .conftest import on_virtual_time, recorder

Talk = Callable[[OcppChannel, OcppChannel], Awaitable[None]]


def talk(scenario: Talk, version: Version = "ocpp2.1") -> list[Event]:
    """Connect two channels, play the scenario, return what the CSMS has recorded on the layer of the version."""
    kept: list[Recorder] = []

    async def main() -> None:
        net, record = MemoryNetwork(), recorder()
        kept.append(record)
        listener = await net.listen(recorder=record, src="csms", dst="station")
        served: list[WebSocket] = []

        async def serve() -> None:
            found = await ws_server(await listener.accept(), lambda upgrade: Decision(subprotocol=version))
            assert found is not None
            served.append(found)

        async with anyio.create_task_group() as group:
            group.start_soon(serve)
            stream = await net.connect(listener.host, listener.port, recorder=None, src="station", dst="csms")
            opened = await ws_client(stream, "/CS", "csms", subprotocols=[version])
        with anyio.fail_after(60):
            await scenario(OcppChannel(opened, version), OcppChannel(served[0], version))
        await opened.stream.close()
        await served[0].stream.close()
        await listener.aclose()

    on_virtual_time(main)
    return [event for event in kept[0].events if event.layer == version]


def test_answers_know_their_requests() -> None:
    async def scenario(station: OcppChannel, csms: OcppChannel) -> None:
        await station.send(frames.call("a", "Heartbeat", {}))
        await csms.receive()
        await csms.send(frames.call("a", "Reset", {"type": "Immediate"}))
        await csms.send(frames.result("a", {"currentTime": "2026-01-01T00:00:00Z"}))
        await station.send(frames.error("a", "InternalError"))
        await csms.receive()
        await station.send(frames.error("a", "FormatViolation", kind=frames.CALLRESULTERROR))
        await csms.receive()
        await station.send(frames.send("s", "NotifyPeriodicEventStream", {"id": 1}))
        await csms.receive()
        await station.send(frames.result("nobody", {}))
        await csms.receive()

    events = talk(scenario)
    assert [(event.src, event.name, event.ref.get("answers")) for event in events] == [
        ("station", "HeartbeatRequest", None),
        ("csms", "ResetRequest", None),
        ("csms", "HeartbeatResponse", events[0].id),
        ("station", "CallError", events[1].id),
        ("station", "CallResultError", events[0].id),
        ("station", "NotifyPeriodicEventStream", None),
        ("station", UNKNOWN_ANSWER, None),
    ]
    assert all(event.ref["bytes"] and event.raw for event in events)
    assert events[3].body == {"errorCode": "InternalError", "errorDescription": "", "errorDetails": {}}
    assert events[0].ref["rpc"] == {"type": 2, "id": "a"}


@pytest.mark.parametrize(
    "text, kind, name",
    [
        (b"{oops", "undecodable", "undecodable"),
        (b'["\xff"]', "undecodable", "undecodable"),
        (b"[]", "fault", "empty"),
        (b'[9,"a","X",{}]', "fault", "type-unknown"),
        (b'[2,5,"Heartbeat",{}]', "fault", "id"),
    ],
)
def test_what_is_no_frame_is_recorded_and_handed_over(text: bytes, kind: str, name: str) -> None:
    heard: list[Any] = []

    async def scenario(station: OcppChannel, csms: OcppChannel) -> None:
        await station.send_text(text)
        heard.append(await csms.receive())

    (event,) = talk(scenario)
    assert (event.kind, event.name, event.raw) == (kind, name, text)
    assert isinstance(heard[0], Unreadable) and event.body["text"] == heard[0].fault.text


def test_faults_of_a_readable_frame_are_oddities() -> None:
    async def scenario(station: OcppChannel, csms: OcppChannel) -> None:
        await station.send_text(b'[2,"' + b"x" * 40 + b'","Heartbeat",{},1]', text=False)
        assert isinstance(await csms.receive(), Frame)

    events = talk(scenario)
    assert [(event.kind, event.name) for event in events] == [
        ("message", "HeartbeatRequest"), ("oddity", "id-length"), ("oddity", "elements"), ("oddity", "binary"),
    ]  # fmt: skip
    assert all(event.ref["message"] == events[0].id for event in events[1:])


def test_own_faults_bear_their_mark() -> None:
    async def scenario(station: OcppChannel, csms: OcppChannel) -> None:
        await csms.send_text(b"{oops")
        await csms.send(frames.call("a", "Reset", {}), note="deliberate")
        await csms.send(frames.call("b", "Reset", {"type": "OnIdle"}), pieces=5)
        for _ in range(3):
            await station.receive()

    assert [(event.name, event.note) for event in talk(scenario)] == [
        ("undecodable", "deliberate"), ("ResetRequest", "deliberate"), ("ResetRequest", ""),
    ]  # fmt: skip


def test_the_end_comes_last() -> None:
    async def scenario(station: OcppChannel, csms: OcppChannel) -> None:
        await station.send(frames.call("a", "Heartbeat", {}))
        await station.websocket.abort()
        assert isinstance(await csms.receive(), Frame)
        end = await csms.receive()
        assert isinstance(end, Ended) and end.how == "reset"

    talk(scenario)
