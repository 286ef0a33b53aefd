"""Lean WebSocket ends: two of them talk through transports that only pass bytes, in the pieces that a test wants."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from v2xconform.links.websocket import Upgrade
from v2xconform.links.websocket_fleet import ClientEnd, LeanEnd, ServerEnd
from v2xconform.links.websocket_opening import Decision


class Wire:
    """A transport whose bytes wait until `carry` takes them to the other end."""

    def __init__(self) -> None:
        self.sent = b""
        self.closed = self.aborted = False

    def write(self, data: bytes) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def set_write_buffer_limits(self, high: int) -> None:
        pass


class Diary:
    """A crowd that writes down what it hears."""

    def __init__(self) -> None:
        self.heard_: list[Any] = []

    def opened(self, end: LeanEnd) -> None:
        self.heard_.append(("opened", end.subprotocol, end.target))

    def heard(self, end: LeanEnd, data: bytes, text: bool) -> None:
        self.heard_.append((data, text))

    def ended(self, end: LeanEnd, opened: bool, status: int) -> None:
        self.heard_.append(("ended", opened, status))


class Pair:
    """A client and a server."""

    def __init__(self, decide: Callable[[Upgrade], Decision], offered: tuple[str, ...] = ("ocpp2.1",)) -> None:
        self.client_diary, self.server_diary = Diary(), Diary()
        self.client = ClientEnd(
            self.client_diary, "/ocpp/A%20B", "csms.example:9000", subprotocols=offered, headers=[("X", "1")]
        )
        self.server = ServerEnd(self.server_diary, decide)
        self.up, self.down = Wire(), Wire()
        self.server.connection_made(self.down)  # type: ignore[arg-type]
        self.client.connection_made(self.up)  # type: ignore[arg-type]

    def carry(self, pieces: int = 1) -> None:
        """Take what was sent to the other end until nobody says anything more."""
        while self.up.sent or self.down.sent:
            for wire, end in ((self.up, self.server), (self.down, self.client)):
                data, wire.sent = wire.sent, b""
                size = max(1, -(-len(data) // pieces))
                for start in range(0, len(data), size):
                    end.data_received(data[start : start + size])


def yes(upgrade: Upgrade) -> Decision:
    return Decision(101, upgrade.subprotocols[0])


def run(story: Callable[[], None]) -> None:
    async def play() -> None:
        story()

    asyncio.run(play())


@pytest.mark.parametrize("pieces", [1, 3, 1000])
def test_messages_pass_in_whatever_pieces_they_come(pieces: int) -> None:
    def story() -> None:
        pair = Pair(yes)
        pair.carry(pieces)
        pair.client.send(b'[2,"1","Heartbeat",{}]')
        pair.client.send(b"x" * 70_000)
        pair.server.send("ü".encode())
        pair.carry(pieces)
        assert pair.server_diary.heard_ == [
            ("opened", "ocpp2.1", "/ocpp/A%20B"), (b'[2,"1","Heartbeat",{}]', True), (b"x" * 70_000, True),
        ]  # fmt: skip
        assert pair.client_diary.heard_ == [("opened", "ocpp2.1", "/ocpp/A%20B"), ("ü".encode(), True)]
        assert pair.server._buffer == b"" and pair.server._parsing is None, "an idle end holds nothing"

    run(story)


def test_the_request_reaches_the_decision() -> None:
    seen: list[Upgrade] = []

    def decide(upgrade: Upgrade) -> Decision:
        seen.append(upgrade)
        return Decision(101, "")

    def story() -> None:
        pair = Pair(decide)
        pair.carry()
        assert pair.client_diary.heard_ == [("opened", "", "/ocpp/A%20B")]
        assert pair.server.usable and pair.client.usable

    run(story)
    assert seen[0].header("Host") == "csms.example:9000" and seen[0].header("X") == "1"


def test_a_refusal_has_its_status() -> None:
    def story() -> None:
        pair = Pair(lambda upgrade: Decision(404, text="unknown"))
        pair.carry()
        assert pair.down.closed and pair.up.closed
        pair.client.connection_lost(None)
        pair.server.connection_lost(None)
        assert pair.client_diary.heard_ == [("ended", False, 404)]
        assert pair.server_diary.heard_ == [("ended", False, 0)]

    run(story)


def test_no_common_subprotocol_is_closed_at_once_and_nobody_hears_of_it() -> None:
    def story() -> None:
        pair = Pair(lambda upgrade: Decision(101, "", close_code=1002))
        pair.carry()
        pair.server.connection_lost(None)
        assert pair.server_diary.heard_ == []
        assert pair.client_diary.heard_ == [("opened", "", "/ocpp/A%20B")] and pair.client.closing

    run(story)


def test_fragments_are_joined_with_a_ping_between_them() -> None:
    def story() -> None:
        pair = Pair(yes)
        pair.carry()
        for opcode, data, fin in ((Opcode.TEXT, b"[2,", False), (Opcode.PING, b"p", True), (Opcode.CONT, b"]", True)):
            pair.up.write(Frame(opcode, data, fin).serialize(mask=True))
        pair.carry()
        assert pair.server_diary.heard_[1:] == [(b"[2,]", True)]

    run(story)


@pytest.mark.parametrize(
    "wrong, code",
    [
        (Frame(Opcode.TEXT, b"unmasked").serialize(mask=False), 1002),
        (Frame(Opcode.CONT, b"of nothing").serialize(mask=True), 1002),
        (b"\x81\xff" + (5 << 20).to_bytes(8, "big") + b"1234", 1009),
    ],
    ids=[
        "not masked",
        "continues nothing",
        "5 MiB announced",
    ],  # a mask is chance: ids of the bytes differ between workers
)
def test_broken_frames_end_the_connection_with_a_code(wrong: bytes, code: int) -> None:
    def story() -> None:
        pair = Pair(yes)
        pair.carry()
        pair.server.data_received(wrong)
        assert pair.down.sent[2:4] == code.to_bytes(2, "big") and pair.down.closed
        pair.server.send(b"too late")
        assert not pair.server.usable

    run(story)


def test_a_close_is_answered_and_told() -> None:
    def story() -> None:
        pair = Pair(yes)
        pair.carry()
        pair.client.close(1000, "bye")
        pair.carry()
        assert pair.up.closed and pair.down.closed
        pair.server.connection_lost(None)
        assert pair.server_diary.heard_[-1] == ("ended", True, 0)

    run(story)


def test_a_client_may_compress() -> None:
    def story() -> None:
        pair = Pair(yes)
        head = pair.up.sent.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
        pair.server.data_received(head)
        assert b"permessage-deflate" in pair.down.sent
        pair.down.sent = b""
        pair.server.send(b"a" * 1000)
        assert len(pair.down.sent) < 60

    run(story)
