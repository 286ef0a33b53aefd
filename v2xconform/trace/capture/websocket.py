"""WebSocket in captures: the opening handshake, then the messages of both directions, unmasked, joined, inflated (RFC 6455).

Frames and permessage-deflate are those of the library websockets. A capture that begins after the handshake tells neither the
subprotocol nor the compression, so such a connection is left to others.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final

from websockets.exceptions import InvalidHandshake, PayloadTooBig, ProtocolError
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.headers import parse_extension, parse_subprotocol

from v2xconform.trace.capture.reassembly import Stamp

_HEAD_END: Final = b"\r\n\r\n"
_LONGEST_HEAD: Final = 65_536
_LONGEST_MESSAGE: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Said:
    """One message."""

    direction: int
    data: bytes
    text: bool
    subprotocol: str
    stamp: Stamp


Found = Callable[[Said], None]
Fault = Callable[[int, str, int, bool], None]
"""Direction, text, packet, whether a message was lost."""


def may_be_websocket(start: bytes) -> bool:
    """Tell whether a connection that a client begins so may become a WebSocket."""
    return start[:4] == b"GET "


@dataclass(slots=True)
class _Direction:
    buffer: bytearray = field(default_factory=bytearray)
    parsing: Generator[None, None, Frame] | None = None
    deflate: PerMessageDeflate | None = None
    parts: list[bytes] = field(default_factory=list)
    text: bool = True
    packet: int = 0
    lost: bool = False
    """Something is missing: where the next frame begins is not known any more."""


class WebSocketTalk:
    """One connection: give it octets with `take`, tell a `gap`; messages go to `found`. Direction 0 is the client."""

    def __init__(self, found: Found, fault: Fault) -> None:
        self._found = found
        self._fault = fault
        self._ways = (_Direction(), _Direction())
        self._shaken = [False, False]
        self._over = False
        self._path = ""
        self._subprotocol = ""
        self._stamp = Stamp(0, None)

    def take(self, direction: int, data: bytes, stamp: Stamp) -> None:
        """Take the next octets of one direction."""
        way = self._ways[direction]
        if self._over or way.lost:
            return
        way.buffer += data
        way.packet = stamp.packet
        if not self._shaken[direction]:
            if not self._head(direction, way):
                return
            if direction == 1:
                self._frames(0, stamp)  # what the client said at once
        if all(self._shaken):
            self._frames(direction, stamp)

    def gap(self, direction: int, missing: int, stamp: Stamp) -> None:
        """Give a direction up: `missing` octets are not in the capture."""
        way = self._ways[direction]
        if not way.lost and not self._over:
            way.lost = True
            self._fault(
                direction, f"{missing} octets are not in the capture; the rest of this direction is not read",
                stamp.packet, True,
            )  # fmt: skip

    def end(self) -> None:
        """Say so if a message is incomplete."""
        for direction, way in enumerate(self._ways):
            if all(self._shaken) and not way.lost and not self._over and (way.buffer or way.parts):
                self._fault(direction, "the last WebSocket message is cut", way.packet, True)

    # ---- the handshake

    def _head(self, direction: int, way: _Direction) -> bool:
        head, end, rest = bytes(way.buffer).partition(_HEAD_END)
        if not end:
            if len(head) > _LONGEST_HEAD:
                self._give_up(direction, "this is no opening handshake of a WebSocket", way.packet)
            return False
        first, *lines = head.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            key = name.strip().lower()
            headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
        way.buffer[:] = rest
        if direction == 0:
            self._path = first.split(" ")[1] if first.count(" ") >= 2 else ""
        elif not first.startswith("HTTP/1.1 101"):
            self._give_up(direction, f"GET {self._path} was answered with {first.partition(' ')[2]}", way.packet)
            return False
        else:
            try:
                self._agreed(headers)
            except InvalidHandshake as problem:
                self._give_up(direction, f"the handshake of {self._path} cannot be read: {problem}", way.packet)
                return False
        self._shaken[direction] = True
        return True

    def _give_up(self, direction: int, text: str, packet: int) -> None:
        self._over = True
        self._fault(direction, text, packet, False)

    def _agreed(self, headers: dict[str, str]) -> None:
        chosen = headers.get("sec-websocket-protocol", "")
        self._subprotocol = parse_subprotocol(chosen)[0] if chosen else ""
        agreed = parse_extension(headers["sec-websocket-extensions"]) if "sec-websocket-extensions" in headers else []
        for name, parameters in agreed:
            if name != "permessage-deflate":
                continue
            known = dict(parameters)
            forgets = ("client_no_context_takeover" in known, "server_no_context_takeover" in known)
            bits = tuple(int(known.get(f"{end}_max_window_bits") or 15) for end in ("client", "server"))
            for direction in (0, 1):
                other = 1 - direction
                self._ways[direction].deflate = PerMessageDeflate(
                    forgets[direction], forgets[other], bits[direction], bits[other]
                )

    # ---- frames

    def _exact(self, way: _Direction) -> Callable[[int], Generator[None, None, bytes]]:
        def read(number: int) -> Generator[None, None, bytes]:
            while len(way.buffer) < number:
                yield
            data = bytes(way.buffer[:number])
            del way.buffer[:number]
            return data

        return read

    def _frames(self, direction: int, stamp: Stamp) -> None:
        way = self._ways[direction]
        extensions = [way.deflate] if way.deflate is not None else None
        try:
            while way.buffer:
                parsing = way.parsing or Frame.parse(
                    self._exact(way), mask=direction == 0, max_size=_LONGEST_MESSAGE, extensions=extensions
                )
                try:
                    next(parsing)
                except StopIteration as done:
                    way.parsing = None
                    self._frame(direction, way, done.value, stamp)
                else:
                    way.parsing = parsing
                    return
        except (ProtocolError, PayloadTooBig) as broken:
            way.lost = True
            self._fault(direction, f"the WebSocket protocol is broken: {broken}", stamp.packet, True)

    def _frame(self, direction: int, way: _Direction, frame: Frame, stamp: Stamp) -> None:
        if frame.opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE):
            return
        if frame.opcode is not Opcode.CONT:
            way.parts.clear()
            way.text = frame.opcode is Opcode.TEXT
        way.parts.append(bytes(frame.data))
        if frame.fin:
            whole = b"".join(way.parts)
            way.parts.clear()
            self._found(Said(direction, whole, way.text, self._subprotocol, stamp))
