"""WebSocket over a stream: the opening handshake, messages, pings and the close recorded on layer ``websocket``.

The framing is that of the library websockets (its sans-I/O core); this module only moves its bytes over a `Stream`, so that
taps, impairments, TLS and the virtual clock are those of every other link. Get one from
`websocket_opening`; call `receive` until it returns an `Ended`. One task may receive while others send.
"""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import anyio
from websockets.exceptions import ConnectionClosed, PayloadTooBig
from websockets.frames import Frame, Opcode
from websockets.protocol import CLOSED, OPEN, Protocol

from v2xconform.links.errors import LinkClosed, LinkError
from v2xconform.links.stream import Stream
from v2xconform.links.tap import Tap
from v2xconform.trace.events import Event

MAX_MESSAGE: Final = 4 << 20
"""Bytes of a message at most; a longer one ends the connection with code 1009."""
CLOSE_TIMEOUT: Final = 5.0
"""Seconds that the peer has to answer a close frame."""
QUIET: Final = logging.getLogger("v2xconform.websocket")
QUIET.setLevel(logging.CRITICAL)
"""The library's own log says nothing: the trace has it all."""
_PONG: Final = b"\x8a"
"""First byte of a pong."""


@dataclass(frozen=True, slots=True)
class Manners:
    """Duties of a WebSocket end that it can neglect; quirks override them."""

    answers_pings: bool = True
    answers_close: bool = True
    """Answers a close frame with one, and lets go of the connection."""
    deaf_after: tuple[Literal["binary", "fragments"], ...] = ()
    """Hears nothing more after a message of this kind."""
    forgives: bool = False
    """Reads on where the peer has broken the WebSocket protocol, instead of failing the connection (RFC 6455 7.1.7)."""


GOOD: Final = Manners()


@dataclass(frozen=True, slots=True)
class Upgrade:
    """An opening handshake request as a server sees it."""

    target: str
    """Path and query as they stand in the request."""
    headers: tuple[tuple[str, str], ...]
    subprotocols: tuple[str, ...]
    """What the client offers, the preferred one first."""
    peer_chain: tuple[str, ...] = ()
    """Certificate chain of the client, DER as base64; empty without one."""

    def header(self, name: str) -> str:
        """Return the first value of a header, empty when it is not there."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Heard:
    """One message."""

    data: bytes
    text: bool
    """False for a binary message."""
    events: tuple[int, ...] = ()
    """Numbers of the byte events that carried it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of the connection; nothing comes after it."""

    by: str
    """The actor that ended it."""
    how: str
    """closed (a close frame, or FIN), reset, failed (the peer broke the protocol), or a reason of `LinkError`."""
    code: int = 1006
    reason: str = ""


@dataclass(slots=True)
class WebSocket:
    """An open WebSocket; made by `ws_client` and `ws_server`."""

    stream: Stream
    protocol: Protocol
    tap: Tap
    upgrade: Upgrade
    subprotocol: str
    deflate: bool
    manners: Manners = GOOD
    last_sent: Event | None = None
    """Byte event of the message that was sent last."""
    _waiting: deque[Heard] = field(default_factory=deque)
    _parts: list[bytes] = field(default_factory=list)
    _is_text: bool = True
    _carried: list[int] = field(default_factory=list)
    _end: Ended | None = None
    _sending: anyio.Lock = field(default_factory=anyio.Lock)
    _asked_to_close: bool = False
    _deaf: bool = False
    _patience: anyio.CancelScope | None = None
    """The wait of who receives: an end that has begun limits it."""
    _end_facts: Ended | None = None
    """How it began to end, once it did."""
    _listening: bool = False
    """Some task is in `receive`: nobody else may read the stream meanwhile."""
    _over: anyio.Event = field(default_factory=anyio.Event)

    async def take_rest(self) -> None:
        """Keep frames that came in the same bytes as the end of the opening handshake; the handshake calls it once."""
        if self.stream.last_event is not None:
            self._carried.append(self.stream.last_event.id)
        for event in self.protocol.events_received():
            self._frame(event)
        if not self._parts and not self.protocol.reader.buffer:
            self._carried.clear()
        await self._answer()

    async def receive(self) -> Heard | Ended:
        """Return the next message, or the end; never raises for anything that a peer does."""
        while True:
            self._listening = True
            try:
                while not self._waiting:
                    if self._end is not None:
                        return self._end
                    await self._take()
            finally:
                self._listening = False
            heard = self._waiting.popleft()
            if self.manners is GOOD or not self._unheard(heard):
                return heard

    async def send(self, data: bytes, *, text: bool = True, note: str = "", pieces: int = 1) -> Event | None:
        """Send a message and return the event of its bytes, in `pieces` fragments. Raises LinkError."""
        async with self._sending:
            self._usable()
            size = max(1, -(-len(data) // pieces))
            parts = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
            first = self.protocol.send_text if text else self.protocol.send_binary
            first(parts[0], fin=len(parts) == 1)
            for number, part in enumerate(parts[1:], 2):
                self.protocol.send_continuation(part, fin=number == len(parts))
            self.last_sent = await self._flush(note)
            return self.last_sent

    async def send_raw(self, data: bytes, *, note: str = "deliberate") -> Event | None:
        """Send bytes past the WebSocket framing. Raises LinkError."""
        async with self._sending:
            self.last_sent = await self.stream.send(data, note=note)
            return self.last_sent

    async def ping(self, data: bytes = b"") -> None:
        """Send a ping. Raises LinkError."""
        async with self._sending:
            self._usable()
            self.protocol.send_ping(data)
            self.tap.outgoing(kind="frame", name="ping", body={"data": data.hex()})
            await self._flush()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Send a close frame, wait for the answer for a while, and close the stream. Never raises."""
        with anyio.CancelScope(shield=True), anyio.move_on_after(CLOSE_TIMEOUT):
            await self.say_goodbye(code, reason)
            if self._listening:
                await self._over.wait()
            while self._end is None:
                await self._take()
        with anyio.CancelScope(shield=True):
            await self.stream.close()

    async def say_goodbye(self, code: int = 1000, reason: str = "") -> None:
        """Send a close frame and leave the rest to whoever receives. Never raises."""
        async with self._sending:
            if self.protocol.state is not OPEN or self.stream.closed:
                return
            self._asked_to_close = True
            self.protocol.send_close(code, reason)
            self._closed_by(self.tap.src, "closed", code, reason)
            try:
                await self._flush()
            except LinkError:
                return

    async def abort(self) -> None:
        """Break the connection off with a RST."""
        await self.stream.abort()

    @property
    def is_open(self) -> bool:
        """True while messages can be sent."""
        return self.protocol.state is OPEN and self._end is None and not self.stream.closed

    def _usable(self) -> None:
        if self.protocol.state is not OPEN or self._end is not None:
            raise LinkClosed("closed", f"{self.stream.link}: the WebSocket is closed")

    async def _flush(self, note: str = "") -> Event | None:
        """Hand over what the protocol wants to send; an empty chunk means that nothing more will come."""
        event = None
        for data in _joined(self.protocol.data_to_send()):
            if data:
                event = await self.stream.send(data, note=note)
            else:
                await self.stream.finish()
        return event

    async def _take(self) -> None:
        """Wait for the next bytes, or the end, and keep what they amount to."""
        try:
            with anyio.move_on_after(None if self._end_facts is None else CLOSE_TIMEOUT) as self._patience:
                data = await self.stream.receive()
        except LinkError as error:
            self._finish(self.tap.src if isinstance(error, LinkClosed) else self.tap.dst, error.reason, str(error))
            return
        if self._patience.cancelled_caught:  # it was over already; who says nothing more is not waited for
            self._finish(self.tap.dst, "closed", "")
            return
        if data:
            if self.stream.last_event is not None:
                self._carried.append(self.stream.last_event.id)
            self.protocol.receive_data(data)
        else:
            self.protocol.receive_eof()
        for event in self.protocol.events_received():
            self._frame(event)
        if not self._parts and not self.protocol.reader.buffer:
            self._carried.clear()
        await self._answer()
        done = self._end_facts is not None and self.protocol.eof_sent and self.manners.answers_close
        if not data or self.protocol.state is CLOSED or done:
            self._finish(self.tap.dst, "closed", "")

    async def _answer(self) -> None:
        """Send what the protocol answers by itself: pongs, the echo of a close frame, the code of a broken rule."""
        broken = self.protocol.parser_exc
        if isinstance(broken, EOFError | ConnectionClosed):
            broken = None
        if self.manners is not GOOD:
            broken = self._neglect(broken)
        if broken is not None and self._end is None and self._end_facts is None:
            kind = "too-big" if isinstance(broken, PayloadTooBig) else "protocol"
            text = f"{self.tap.dst} broke the WebSocket protocol: {broken}"
            self.tap.incoming(kind="fault", name=kind, body={"kind": kind, "text": text})
            code = self.protocol.close_sent.code if self.protocol.close_sent else 1002
            self._closed_by(self.tap.src, "failed", code, text)
        async with self._sending:
            try:
                await self._flush()
            except LinkError as error:
                self._finish(self.tap.dst, error.reason, str(error))

    def _unheard(self, heard: Heard) -> bool:
        self._deaf = self._deaf or ("binary" in self.manners.deaf_after and not heard.text)
        return self._deaf

    def _neglect(self, broken: Exception | None) -> Exception | None:
        """Leave out what bad manners leave out; return what is still broken."""
        protocol, manners = self.protocol, self.manners
        if not manners.answers_pings:
            protocol.writes[:] = [data for data in protocol.writes if data[:1] != _PONG]
        if not manners.answers_close and protocol.close_rcvd is not None and not self._asked_to_close:
            protocol.writes.clear()
        if broken is None or not manners.forgives:
            return broken
        self.protocol = Protocol(protocol.side, max_size=protocol.max_message_size, logger=QUIET)
        self._parts.clear()
        return None

    def _frame(self, event: Any) -> None:
        if not isinstance(event, Frame):
            return
        if event.opcode is Opcode.PING or event.opcode is Opcode.PONG:
            self.tap.incoming(kind="frame", name=event.opcode.name.lower(), body={"data": bytes(event.data).hex()})
        elif event.opcode is Opcode.CLOSE:
            received = self.protocol.close_rcvd
            code, reason = (int(received.code), received.reason) if received is not None else (1005, "")
            self.tap.incoming(kind="frame", name="close", body={"code": code, "reason": reason})
            if not self._asked_to_close:
                self._closed_by(self.tap.dst, "closed", code, reason)
        else:
            if event.opcode is not Opcode.CONT:
                self._is_text = event.opcode is Opcode.TEXT
            self._parts.append(bytes(event.data))
            self._deaf = self._deaf or (not event.fin and "fragments" in self.manners.deaf_after)
            if event.fin:
                self._waiting.append(Heard(b"".join(self._parts), self._is_text, tuple(self._carried)))
                self._parts.clear()
                del self._carried[:-1]  # the next message may begin in the same bytes

    def _closed_by(self, actor: str, how: str, code: int, reason: str) -> None:
        if self._end is None:
            self._end_facts = Ended(actor, how, code, reason)
            if self._patience is not None:
                self._patience.deadline = anyio.current_time() + CLOSE_TIMEOUT
            self.tap.closed(actor, how, {"code": code, "reason": reason})

    def _finish(self, actor: str, how: str, text: str) -> None:
        if self._end is None:
            self._end = self._end_facts or Ended(actor, how, 1006, text)
            self._over.set()


def _joined(chunks: Sequence[bytes]) -> list[bytes]:
    """Return chunks with neighbours joined, so that one message leaves in one piece; empty ones stay."""
    found: list[bytes] = []
    for chunk in chunks:
        if chunk and found and found[-1]:
            found[-1] += bytes(chunk)
        else:
            found.append(bytes(chunk))
    return found
