"""Lean WebSocket ends for thousands of connections in one process, unrecorded.

`links.websocket` gives one connection taps, impairments and the virtual clock; an end of this module gives a connection the
smallest place that it can have. Opening handshake, frames and extensions are those of the library websockets as well, but
what only the handshake needs goes with it, and an idle end holds no buffer, no generator and no task.

A `Crowd` hears what happens on its ends; call `send`, `ping` and `close` of an end at any time.
"""

import asyncio
from collections.abc import Callable, Generator, Sequence
from typing import Any, Final, Protocol, cast

from websockets.client import ClientProtocol
from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions import Extension
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from v2xconform.links.websocket import CLOSE_TIMEOUT, MAX_MESSAGE, QUIET, Upgrade
from v2xconform.links.websocket_opening import HANDSHAKE_TIMEOUT, Decision, server_deflate, upgrade_of

_HEAD_END: Final = b"\r\n\r\n"
_LONGEST_HEAD: Final = 65536
_MOST_UNSENT: Final = 8 << 20
"""Bytes that may wait for a peer that does not read; then the connection is broken off."""


class Crowd(Protocol):
    """What has to do with many ends at once."""

    def opened(self, end: "LeanEnd") -> None:
        """The handshake is done; `end.subprotocol` and, at a server, `end.target` are known."""

    def heard(self, end: "LeanEnd", data: bytes, text: bool) -> None:
        """A message has come."""

    def ended(self, end: "LeanEnd", opened: bool, status: int) -> None:
        """The connection is over, or never came about: `status` is the HTTP status then, 0 for none."""


class _Nobody:
    """A crowd that does not listen: what is closed right after its handshake is nobody's business."""

    def opened(self, end: "LeanEnd") -> None: ...

    def heard(self, end: "LeanEnd", data: bytes, text: bool) -> None: ...

    def ended(self, end: "LeanEnd", opened: bool, status: int) -> None: ...


_NOBODY: Final = _Nobody()


class LeanEnd(asyncio.Protocol):
    """One end of one connection; `ServerEnd` and `ClientEnd` shake hands in their own ways."""

    __slots__ = (
        "_at", "_buffer", "_crowd", "_extensions", "_handshake", "_limit", "_parsing", "_parts", "_text", "_transport",
        "asked_at", "closing", "due", "party", "subprotocol", "target",
    )  # fmt: skip
    _masked = False
    """Whether this end masks what it sends."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._at = 0
        self._parsing: Generator[None, None, Frame] | None = None
        self._parts: list[bytes] | None = None
        self._text = True
        self._extensions: Sequence[Extension] | None = None
        self._handshake: Any = None
        """The library's protocol, until the handshake is done."""
        self._limit: asyncio.TimerHandle | None = None
        self.closing = False
        """A close frame has been sent or received."""
        self.subprotocol = ""
        self.target = ""
        self.party: Any = None
        """Who speaks here; the crowd puts it there."""
        self.due: float | None = None
        """When the crowd has planned to look at it."""
        self.asked_at: float | None = None
        """When the CALL that is outstanding was sent, for the crowd's statistics."""

    # ---- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class
        self._transport.set_write_buffer_limits(high=_MOST_UNSENT)
        self._limit = asyncio.get_running_loop().call_later(HANDSHAKE_TIMEOUT, self.abort)
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        if self._handshake is not None:
            head, end, rest = (self._buffer + data).partition(_HEAD_END)
            self._buffer = b"" if end else head
            if not end and len(head) <= _LONGEST_HEAD:
                return
            if not self._shaken(head + end) or not rest:
                return
            data = rest
        self._frames(data)

    def pause_writing(self) -> None:
        """Give up a peer that takes nothing."""
        self.abort()

    def connection_lost(self, problem: Exception | None) -> None:
        """Tell the crowd."""
        opened, status = self._handshake is None, self._status()
        self._no_limit()
        self._transport = self._handshake = self._parsing = self._parts = None
        self._crowd.ended(self, opened, status)

    # ---- what its owner calls

    @property
    def usable(self) -> bool:
        """True while something can be sent."""
        return self._transport is not None and self._handshake is None and not self.closing

    def send(self, data: bytes) -> None:
        """Send a text message; after the end it goes nowhere."""
        if self.usable:
            self._write(Opcode.TEXT, data)

    def ping(self) -> None:
        """Send a ping."""
        if self.usable:
            self._write(Opcode.PING, b"")

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Send a close frame; the peer has a while to answer it."""
        if self._transport is None:
            return
        if self._handshake is not None:
            self._transport.abort()
        elif not self.closing:
            self.closing = True
            self._write(Opcode.CLOSE, Close(code, reason).serialize())
            self._limit = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, self.abort)

    def abort(self) -> None:
        """Break the connection off."""
        if self._transport is not None:
            self._transport.abort()

    # ---- the handshake

    def _begin(self) -> None:
        """Say what this end says first, if anything."""

    def _shaken(self, head: bytes) -> bool:
        """Take the peer's half of the handshake; tell whether frames may follow."""
        raise NotImplementedError

    def _status(self) -> int:
        """Return the HTTP status with which it was refused, 0 without one."""
        return 0

    def _open(self, protocol: ServerProtocol | ClientProtocol) -> None:
        self._no_limit()
        self._handshake = None
        self._extensions = protocol.extensions or None
        self.subprotocol = protocol.subprotocol or ""
        vars(protocol).clear()  # it refers to itself: nothing of the handshake has to wait for the garbage collector
        self._crowd.opened(self)

    def _no_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    # ---- frames

    def _write(self, opcode: Opcode, data: bytes) -> None:
        assert self._transport is not None
        frame = Frame(opcode, data).serialize(mask=self._masked, extensions=self._extensions)
        self._transport.write(frame)

    def _exact(self, number: int) -> Generator[None, None, bytes]:
        while len(self._buffer) - self._at < number:
            yield
        start = self._at
        self._at = start + number
        return self._buffer[start : self._at]

    def _frames(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        try:
            while self._at < len(self._buffer) and self._transport is not None:
                parsing = self._parsing or Frame.parse(
                    self._exact, mask=not self._masked, max_size=MAX_MESSAGE, extensions=self._extensions
                )
                try:
                    next(parsing)
                except StopIteration as done:
                    self._parsing = None
                    self._take(done.value)
                else:
                    self._parsing = parsing
                    break
        except (ProtocolError, PayloadTooBig) as broken:
            self._fail(1009 if isinstance(broken, PayloadTooBig) else 1002)
        finally:
            self._buffer = self._buffer[self._at :]
            self._at = 0

    def _fail(self, code: int) -> None:
        self.close(code)
        if self._transport is not None:
            self._transport.close()

    def _take(self, frame: Frame) -> None:
        opcode = frame.opcode
        if opcode is Opcode.TEXT and frame.fin and self._parts is None:
            self._crowd.heard(self, bytes(frame.data), True)
        elif opcode is Opcode.PING:
            if self.usable:
                self._write(Opcode.PONG, bytes(frame.data))
        elif opcode is Opcode.CLOSE:
            self._closed(bytes(frame.data))
        elif opcode is not Opcode.PONG:
            self._piece(frame)

    def _piece(self, frame: Frame) -> None:
        if (frame.opcode is Opcode.CONT) == (self._parts is None):
            raise ProtocolError("unexpected continuation frame" if self._parts is None else "expected a continuation")
        if self._parts is None:
            self._parts, self._text = [], frame.opcode is Opcode.TEXT
        self._parts.append(bytes(frame.data))
        if sum(map(len, self._parts)) > MAX_MESSAGE:
            raise PayloadTooBig(None, MAX_MESSAGE)
        if frame.fin:
            whole, self._parts = b"".join(self._parts), None
            self._crowd.heard(self, whole, self._text)

    def _closed(self, data: bytes) -> None:
        if not self.closing:
            self.closing = True
            self._write(Opcode.CLOSE, data[:2])
        self._no_limit()
        if self._transport is not None:
            self._transport.close()


class ServerEnd(LeanEnd):
    """The server's end; `decide` answers the opening handshake."""

    __slots__ = ("_decide", "_deflate")

    def __init__(self, crowd: Crowd, decide: Callable[[Upgrade], Decision], *, deflate: bool = True) -> None:
        super().__init__(crowd)
        self._decide: Callable[[Upgrade], Decision] | None = decide
        self._deflate = deflate
        self._handshake = True

    def _shaken(self, head: bytes) -> bool:
        chosen: list[str] = []
        protocol = ServerProtocol(
            select_subprotocol=lambda own, offered: Subprotocol(chosen[0]) if chosen[0] else None, subprotocols=[],
            extensions=[server_deflate()] if self._deflate else None, logger=QUIET,
        )  # fmt: skip
        protocol.receive_data(head)
        request = next((event for event in protocol.events_received() if isinstance(event, Request)), None)
        assert self._transport is not None and self._decide is not None
        if request is None:
            self._transport.write(b"".join(protocol.data_to_send()))
            self._transport.close()
            return False
        decision = self._decide(upgrade_of(request))
        self._decide = None
        chosen.append(decision.subprotocol)
        switching = decision.status == 101
        response = protocol.accept(request) if switching else protocol.reject(decision.status, decision.text)
        protocol.send_response(response)
        self._transport.write(b"".join(protocol.data_to_send()))
        if response.status_code != 101:
            self._transport.close()
            return False
        self.target = request.path
        if decision.close_code:
            self._crowd = _NOBODY
        self._open(protocol)
        if decision.close_code:
            self.close(decision.close_code, "no common subprotocol")
        return True


class ClientEnd(LeanEnd):
    """The client's end."""

    __slots__ = ("_refused",)
    _masked = True

    def __init__(
        self, crowd: Crowd, target: str, host: str, *, subprotocols: Sequence[str], headers: Sequence[tuple[str, str]] = ()
    ) -> None:  # fmt: skip
        super().__init__(crowd)
        self.target = target
        self._refused = 0
        self._handshake = host, tuple(subprotocols), tuple(headers)

    def _begin(self) -> None:
        host, subprotocols, headers = self._handshake
        uri = WebSocketURI(False, host.rpartition(":")[0] or host, 80, "/", "")
        offered = [Subprotocol(name) for name in subprotocols] or None
        protocol = self._handshake = ClientProtocol(uri, subprotocols=offered, max_size=MAX_MESSAGE, logger=QUIET)
        request = protocol.connect()
        del request.headers["Host"]
        request.headers["Host"] = host
        request.path = self.target
        for name, value in headers:
            request.headers[name] = value
        protocol.send_request(request)
        assert self._transport is not None
        self._transport.write(b"".join(protocol.data_to_send()))

    def _shaken(self, head: bytes) -> bool:
        protocol = self._handshake
        assert self._transport is not None
        if not head.startswith(b"HTTP/1.1 101 "):
            status = head[9:12]
            self._refused = int(status) if status.isdigit() else 0
            self._transport.close()
            return False
        protocol.receive_data(head)
        if protocol.state is not OPEN:
            self._refused = 101
            self._transport.close()
            return False
        self._open(protocol)
        return True

    def _status(self) -> int:
        return self._refused
