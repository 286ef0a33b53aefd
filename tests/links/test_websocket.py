"""WebSockets over streams: the opening handshake, messages, control frames, ends, and peers that break the rules."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest

from v2xconform.links import MemoryNetwork, Network, Stream
from v2xconform.links.errors import LinkError
from v2xconform.links.websocket import CLOSE_TIMEOUT, Ended, Heard, Manners, Upgrade, WebSocket
from v2xconform.links.websocket_opening import HANDSHAKE_TIMEOUT, Decision, WebSocketRefused, ws_client, ws_server
from v2xconform.trace.recorder import Recorder

from .conftest import Run, on_virtual_time, recorder

Bench = tuple[Run, Callable[[], Network]]
VERSION = "ocpp2.0.1"
Talk = Callable[[WebSocket, WebSocket], Awaitable[None]]
MASK = "00000000"


def agree(upgrade: Upgrade) -> Decision:
    return Decision(subprotocol=VERSION if VERSION in upgrade.subprotocols else "")


def streams(bench: Bench, scenario: Callable[[Stream, Stream, Recorder], Awaitable[None]]) -> None:
    """Connect a station with a CSMS, and play the scenario; only the CSMS is recorded."""
    run, network = bench

    async def main() -> None:
        net, record = network(), recorder()
        listener = await net.listen(recorder=record, src="csms", dst="station")
        async with anyio.create_task_group() as group:
            ends: list[Stream] = []
            there = anyio.Event()

            async def accept() -> None:
                ends.append(await listener.accept())
                there.set()

            group.start_soon(accept)
            station = await net.connect(listener.host, listener.port, recorder=None, src="station", dst="csms")
            await there.wait()
            with anyio.fail_after(120):
                await scenario(station, ends[0], record)
            await station.close()
            await ends[0].close()
        await listener.aclose()

    run(main)


def talk(
    bench: Bench, scenario: Talk, *, deflate: bool = False, manners: Manners | None = None, **client: Any
) -> Recorder:
    """Open a WebSocket from station to CSMS, play the scenario, return what the CSMS has recorded."""
    kept: list[Recorder] = []

    async def open_both(station: Stream, csms: Stream, record: Recorder) -> None:
        kept.append(record)
        ends: list[WebSocket] = []

        async def serve() -> None:
            found = await ws_server(csms, agree, deflate=deflate)
            assert found is not None
            ends.append(found)

        async with anyio.create_task_group() as group:
            group.start_soon(serve)
            client_end = await ws_client(
                station, "/ocpp/CS-1", "csms:80", subprotocols=[VERSION], deflate=deflate, **client
            )  # fmt: skip
        client_end.manners = manners or client_end.manners
        await scenario(client_end, ends[0])

    streams(bench, open_both)
    return kept[0]


def names(record: Recorder, *kinds: str) -> list[str]:
    return [event.name for event in record.events if event.layer == "websocket" and event.kind in kinds]


@pytest.mark.parametrize("deflate", [False, True], ids=["plain", "deflate"])
def test_messages_go_both_ways(bench: Bench, deflate: bool) -> None:
    async def scenario(station: WebSocket, csms: WebSocket) -> None:
        assert station.subprotocol == csms.subprotocol == VERSION
        assert station.deflate is csms.deflate is deflate
        await station.send(b"[1]")
        assert (await csms.receive()).data == b"[1]"  # type: ignore[union-attr]

        async def answer() -> None:
            await csms.send(b"x" * 100_000, pieces=7)
            await csms.send(b"\x00", text=False)

        async with anyio.create_task_group() as group:
            group.start_soon(answer)
            long, odd = await station.receive(), await station.receive()
        assert isinstance(long, Heard) and long.data == b"x" * 100_000 and long.text
        assert isinstance(odd, Heard) and odd.data == b"\x00" and not odd.text

    record = talk(bench, scenario, deflate=deflate)
    assert names(record, "handshake") == ["upgrade", "switched"]
    switched = next(event for event in record.events if event.name == "switched")
    assert switched.body["deflate"] is deflate and switched.body["subprotocol"] == VERSION


def test_a_message_knows_its_bytes() -> None:
    async def scenario(station: WebSocket, csms: WebSocket) -> None:
        await station.send(b"one")
        await station.send(b"two", pieces=2)
        for text in (b"one", b"two"):
            heard = await csms.receive()
            assert isinstance(heard, Heard) and heard.data == text and heard.events

    talk((on_virtual_time, MemoryNetwork), scenario)


def test_a_ping_is_answered_and_recorded(bench: Bench) -> None:
    async def scenario(station: WebSocket, csms: WebSocket) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(station.receive)
            group.start_soon(csms.receive)
            await csms.ping(b"\x01\xff")
            await anyio.sleep(0.05)
            group.cancel_scope.cancel()

    record = talk(bench, scenario)
    assert [(event.name, event.src, event.body["data"]) for event in record.events if event.kind == "frame"] == [
        ("ping", "csms", "01ff"), ("pong", "station", "01ff"),
    ]  # fmt: skip


def test_the_closing_handshake(bench: Bench) -> None:
    async def scenario(station: WebSocket, csms: WebSocket) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(station.receive)
            await csms.close(1001, "bye")
        end = await station.receive()
        assert end == Ended("csms", "closed", 1001, "bye") and not station.is_open

    record = talk(bench, scenario)
    closes = [(e.body["by"], e.body["code"]) for e in record.events if e.layer == "websocket" and e.kind == "close"]
    assert closes == [("csms", 1001)]
    assert [(e.name, e.body["code"]) for e in record.events if e.kind == "frame"] == [("close", 1001)]


def test_a_peer_that_never_answers_the_close_is_left() -> None:
    async def scenario(station: WebSocket, csms: WebSocket) -> None:
        began = anyio.current_time()
        async with anyio.create_task_group() as group:
            group.start_soon(csms.receive)
            await anyio.sleep(0.001)
            await csms.say_goodbye()
        assert isinstance(await csms.receive(), Ended)
        assert anyio.current_time() - began == pytest.approx(CLOSE_TIMEOUT, abs=0.01)

    talk((on_virtual_time, MemoryNetwork), scenario)


@pytest.mark.parametrize(
    "raw",
    ["83" + "80" + MASK, "c182" + MASK + "7b7d", "8082" + MASK + "7b7d", "0982" + MASK + "7b7d", "81027b7d",
     "89fe007e" + MASK + "00" * 126, b"GET / HTTP/1.1\r\n\r\n".hex()],
    ids=["opcode", "reserved-bit", "continuation", "ping-fragment", "no-mask", "long-ping", "http"],
)  # fmt: skip
def test_a_broken_frame_fails_the_connection(raw: str) -> None:
    async def scenario(station: WebSocket, csms: WebSocket) -> None:
        await station.send_raw(bytes.fromhex(raw))
        end = await csms.receive()
        assert isinstance(end, Ended) and (end.how, end.code) == ("failed", 1002)

    record = talk((on_virtual_time, MemoryNetwork), scenario)
    assert names(record, "fault") == ["protocol"]


def test_a_message_that_is_too_big_is_cut_off() -> None:
    async def scenario(station: WebSocket, csms: WebSocket) -> None:
        csms.protocol.max_message_size = 1000
        async with anyio.create_task_group() as group:
            group.start_soon(station.send, b"x" * 5000)
            end = await csms.receive()
        assert isinstance(end, Ended) and (end.how, end.code) == ("failed", 1009)

    assert names(talk((on_virtual_time, MemoryNetwork), scenario), "fault") == ["too-big"]


# ---- bad manners


def test_manners_without_pongs_and_goodbyes() -> None:
    async def scenario(station: WebSocket, csms: WebSocket) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(station.receive)
            await csms.ping(b"a")
            await csms.close()
            group.cancel_scope.cancel()

    record = talk((on_virtual_time, MemoryNetwork), scenario, manners=Manners(answers_pings=False, answers_close=False))
    assert [event.name for event in record.events if event.kind == "frame"] == ["ping"]


def test_forgiving_manners_read_on() -> None:
    async def scenario(station: WebSocket, csms: WebSocket) -> None:
        await csms.send_raw(bytes.fromhex("8300"))
        with anyio.move_on_after(1.0):
            await station.receive()
        await csms.send(b"[]")
        heard = await station.receive()
        assert isinstance(heard, Heard) and heard.data == b"[]" and station.is_open

    talk((on_virtual_time, MemoryNetwork), scenario, manners=Manners(forgives=True))


@pytest.mark.parametrize("kind", ["binary", "fragments"])
def test_deaf_manners(kind: Any) -> None:
    async def scenario(station: WebSocket, csms: WebSocket) -> None:
        await csms.send(b"one")
        assert (await station.receive()).data == b"one"  # type: ignore[union-attr]
        await csms.send(b"two", text=kind != "binary", pieces=1 if kind == "binary" else 2)
        await csms.send(b"three")
        with anyio.move_on_after(1.0) as waited:
            await station.receive()
        assert waited.cancelled_caught

    talk((on_virtual_time, MemoryNetwork), scenario, manners=Manners(deaf_after=(kind,)))


# ---- handshakes that come to nothing

REFUSALS = {
    "status": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "garbage": bytes(range(256)),
    "no key": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "endless headers": b"HTTP/1.1 101 Switching Protocols\r\n" + b"X: y\r\n" * 1000,
    "long header": b"HTTP/1.1 101 Switching Protocols\r\nX: " + b"y" * 100_000,
    "nothing": b"",
}


@pytest.mark.parametrize("answer", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_client_survives_any_answer(answer: bytes) -> None:
    async def scenario(station: Stream, csms: Stream, record: Recorder) -> None:
        async def serve() -> None:
            await csms.receive()
            with suppress(LinkError):  # the client may have gone before it is said
                if answer:
                    await csms.send(answer)
                await csms.finish()

        async with anyio.create_task_group() as group:
            group.start_soon(serve)
            with pytest.raises(WebSocketRefused) as refused:
                await ws_client(station, "/CS", "csms", subprotocols=[VERSION])
        assert refused.value.status == (
            404 if b"404" in answer else 101 if b"101 Sw" in answer and b"Upgrade:" in answer else 0
        )

    streams((on_virtual_time, MemoryNetwork), scenario)


def test_a_client_does_not_wait_for_ever() -> None:
    async def scenario(station: Stream, csms: Stream, record: Recorder) -> None:
        began = anyio.current_time()
        with pytest.raises(WebSocketRefused, match="did not answer"):
            await ws_client(station, "/CS", "csms", subprotocols=[VERSION])
        assert anyio.current_time() - began == pytest.approx(HANDSHAKE_TIMEOUT)

    streams((on_virtual_time, MemoryNetwork), scenario)


@pytest.mark.parametrize(
    "decision, status", [(Decision(401, text="no"), 401), (Decision(503), 503), (Decision(close_code=1002), 101)]
)
def test_a_server_refuses(decision: Decision, status: int) -> None:
    async def scenario(station: Stream, csms: Stream, record: Recorder) -> None:
        async def serve() -> None:
            assert await ws_server(csms, lambda upgrade: decision) is None

        async with anyio.create_task_group() as group:
            group.start_soon(serve)
            if status == 101:
                opened = await ws_client(station, "/CS", "csms", subprotocols=[VERSION])
                assert opened.subprotocol == ""
                assert isinstance(await opened.receive(), Ended)
            else:
                with pytest.raises(WebSocketRefused) as refused:
                    await ws_client(station, "/CS", "csms", subprotocols=[VERSION])
                assert refused.value.status == status
        assert names(record, "handshake") == ["upgrade", "switched" if status == 101 else "refused"]

    streams((on_virtual_time, MemoryNetwork), scenario)


@pytest.mark.parametrize(
    "request_", [b"garbage\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 1000, b"", b"POST / HTTP/1.1\r\n\r\n"],
    ids=["garbage", "endless headers", "nothing", "post"],
)  # fmt: skip
def test_a_server_survives_any_request(request_: bytes) -> None:
    async def scenario(station: Stream, csms: Stream, record: Recorder) -> None:
        async def ask() -> None:
            with suppress(LinkError):
                if request_:
                    await station.send(request_)
                await station.finish()

        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            assert await ws_server(csms, agree) is None
        refused = ["refused"] if request_.startswith(b"POST") else []  # that one was HTTP, at least
        assert names(record, "fault") + refused == (["handshake"] if not refused else ["refused"])
        assert names(record, "handshake")[1:] == refused

    streams((on_virtual_time, MemoryNetwork), scenario)


def test_a_subprotocol_that_was_not_offered_is_refused_or_taken_by_wish() -> None:
    for accepts in ((), ("ocpp1.6",)):

        async def scenario(station: Stream, csms: Stream, record: Recorder, accepts: tuple[str, ...] = accepts) -> None:
            async def serve() -> None:
                found = await ws_server(csms, lambda upgrade: Decision(subprotocol="ocpp1.6"))
                assert found is not None and found.upgrade.subprotocols == (VERSION,)

            async with anyio.create_task_group() as group:
                group.start_soon(serve)
                if accepts:
                    opened = await ws_client(station, "/CS", "csms", subprotocols=[VERSION], accepts=accepts)
                    assert opened.subprotocol == "ocpp1.6"
                else:
                    with pytest.raises(WebSocketRefused):
                        await ws_client(station, "/CS", "csms", subprotocols=[VERSION])

        streams((on_virtual_time, MemoryNetwork), scenario)
