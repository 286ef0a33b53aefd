"""A channel of V2G messages: a stream, the framer and the EXI codecs, every message recorded both ways."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import anyio

from v2xconform.links.errors import LinkClosed, LinkError
from v2xconform.links.stream import Stream
from v2xconform.protocols import exi, v2gtp
from v2xconform.protocols.exi import ExiDecodeError
from v2xconform.protocols.message import Message
from v2xconform.protocols.v2gtp import PAYLOAD_TYPE_OF, SCHEMAS, Frame, Framer, HeaderFault
from v2xconform.trace.events import Event

HANDSHAKE: Final = "supportedappprotocol"
SHARED_TYPE: Final = v2gtp.EXI_V2

SIDE_STREAMS: Final = (0x8101, 0x8102, 0x8103, 0x8104)
"""Payload types of ISO 15118-20 for what is said beside the charge loop."""

_SIDE_OF: Final = {"MeteringConfirmationReq": 0x8102}
"""Requests that go out in a side stream; a response takes the stream in which it was asked for."""

_SHARED: Final[dict[str, tuple[str, ...]]] = {
    "": (HANDSHAKE,),
    "din70121": ("din70121", HANDSHAKE),
    "iso15118-2": ("iso15118-2", HANDSHAKE),
    "iso15118-20": (HANDSHAKE,),
}
"""What 0x8001 may mean after a negotiation, the likeliest first: a repeated handshake request is read as such."""

_TWENTY: Final = ("iso15118-20-common", "iso15118-20-ac", "iso15118-20-dc", "iso15118-20-acdp", "iso15118-20-wpt")
_BETWEEN_PIECES_S: Final = 0.001
_ROOT: Final = "V2G_Message"  # DIN 70121 and ISO 15118-2 wrap every message; its name is that of the body element


class Document(Protocol):
    """What a codec makes of a payload."""

    @property
    def name(self) -> str: ...
    @property
    def tree(self) -> Any: ...
    @property
    def oddities(self) -> Any: ...


class MessageCodec(Protocol):
    """What the channel needs of an EXI codec."""

    def decode(self, data: bytes, /) -> Document: ...
    def encode(self, name: str, tree: Any, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A sound frame whose payload no codec could read."""

    protocol: str
    """The protocol that its payload type stands for."""
    payload_type: int
    payload: bytes
    text: str
    bit: int
    path: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The end of the channel; nothing comes after it."""

    by: str
    """The actor that ended it."""
    how: str
    """closed (in good order), reset, or another reason of `LinkError`."""
    text: str


Incoming = Message | Undecodable | HeaderFault | Closed


class V2gChannel:
    """Send and receive V2G messages over a stream. Call `negotiated` once supportedAppProtocolRes has been exchanged.

    A message of DIN 70121 or ISO 15118-2 is named after its body element; its tree is that of V2G_Message, with Header
    and Body.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        max_length: int = v2gtp.DEFAULT_MAX_LENGTH,
        codec: Callable[[str], MessageCodec] = exi.codec,
    ) -> None:
        self.stream = stream
        self.protocol = ""
        """What was negotiated: empty, din70121, iso15118-2 or iso15118-20."""
        self.last_event: Event | None = None
        """The event of what `receive` returned last; None without a recorder."""
        self._codec = codec
        self._framer = Framer(max_length)
        self._waiting: deque[tuple[Frame | HeaderFault, list[int]]] = deque()
        self._bytes: list[int] = []
        self._heard: Event | None = None
        self._said: Event | None = None
        self._asked_beside: tuple[str, int] = ("", 0)
        """The response that is due in a side stream, and its payload type."""
        self._end: Closed | None = None

    def negotiated(self, protocol: str) -> None:
        """Read 0x8001 from now on as `protocol`: din70121, iso15118-2 or iso15118-20. Raises ValueError for others."""
        if protocol not in _SHARED:
            known = ", ".join(name for name in _SHARED if name)
            raise ValueError(f"{protocol!r} cannot be negotiated here; known are {known}")
        self.protocol = protocol

    async def receive(self) -> Incoming:
        """Return the next message, fault or the end of the channel; never raises for anything that a peer does."""
        while not self._waiting:
            if self._end is not None:
                return self._end
            await self._take()
        item, events = self._waiting.popleft()
        ref: dict[str, Any] = {"bytes": events} if events else {}
        if isinstance(item, HeaderFault):
            return self._fault(item, ref)
        return self._read(item, ref)

    async def wait(self, seconds: float) -> bool:
        """Let time pass with an open ear: what comes is recorded when it comes, and returned by `receive` later.

        Returns at once, with True, when the connection has ended.
        """
        with anyio.move_on_after(seconds):
            while self._end is None:
                await self._take()
        return self._end is not None

    async def _take(self) -> None:
        """Wait for the next bytes, or the end, and keep what they amount to."""
        try:
            data = await self.stream.receive()
        except LinkError as error:
            actor = self.stream.tap.src if isinstance(error, LinkClosed) else self.stream.tap.dst
            self._finish(Closed(actor, error.reason, str(error)))
            return
        if not data:
            self._finish(Closed(self.stream.tap.dst, "closed", f"{self.stream.tap.dst} closed the connection"))
            return
        if self.stream.last_event is not None:
            self._bytes.append(self.stream.last_event.id)
        for item in self._framer.receive(data):
            self._waiting.append((item, list(self._bytes)))
            del self._bytes[:-1]
        if self._framer.idle or self._framer.skipping:
            self._bytes.clear()

    async def send(
        self,
        message: Message,
        *,
        payload_type: int | None = None,
        version: int = v2gtp.VERSION,
        inverse: int = v2gtp.INVERSE,
        length: int | None = None,
        note: str = "",
        split: int = 0,
    ) -> Event | None:
        """Encode the tree and send it; any other header field than the right one makes its event a deliberate one.

        `split` sends pieces of so many bytes, 1 ms apart: one message all the same, recorded with its last piece.
        Returns the message event. Raises ExiEncodeError (the tree), LinkReset, LinkStalled, LinkClosed (the link).
        """
        payload = self.encode(message)
        right = self._payload_type(message)
        kind = right if payload_type is None else payload_type
        if (kind, version, inverse, length) != (right, v2gtp.VERSION, v2gtp.INVERSE, None):
            note = note or "deliberate"
        frame = v2gtp.encode_frame(kind, payload, version=version, inverse=inverse, length=length)
        while 0 < split < len(frame):
            await self.stream.send(frame[:split], note=note)
            frame = frame[split:]
            await anyio.sleep(_BETWEEN_PIECES_S)
        carried = await self.stream.send(frame, note=note)
        ref = self._ref(carried) | _beside(kind)
        self._said = self._message(message.protocol, message.name, message.tree, payload, ref, note, own=True)
        return self._said

    def _payload_type(self, message: Message) -> int:
        beside, kind = self._asked_beside
        return kind if message.name == beside else _SIDE_OF.get(message.name, PAYLOAD_TYPE_OF[message.protocol])

    async def send_payload(self, payload_type: int, data: bytes, *, note: str = "deliberate") -> Event | None:
        """Send any payload under any payload type, in a sound frame. Raises LinkReset, LinkStalled, LinkClosed."""
        return await self.send_bytes(v2gtp.encode_frame(payload_type, data), note=note)

    async def send_bytes(self, data: bytes, *, note: str = "deliberate") -> Event | None:
        """Send bytes as they are; what they amount to is recorded. Raises LinkReset, LinkStalled, LinkClosed."""
        carried = await self.stream.send(data, note=note)
        framer = Framer(max(len(data), 1))
        items = framer.receive(data)
        rest = framer.close()
        event = None
        for item in [*items, rest] if rest else items:
            event = self._record_own(item, self._ref(carried), note)
        return event

    def encode(self, message: Message) -> bytes:
        """Return the payload of a message. Raises ExiEncodeError; ValueError for an unknown protocol."""
        if message.protocol not in PAYLOAD_TYPE_OF:
            raise ValueError(f"{message.protocol!r} is not a V2G protocol; known are {', '.join(PAYLOAD_TYPE_OF)}")
        wrapped = message.protocol in ("din70121", "iso15118-2")
        return self._codec(message.protocol).encode(_ROOT if wrapped else message.name, message.tree)

    async def close(self) -> None:
        """Close the stream in good order. Never raises."""
        await self.stream.close()

    async def abort(self) -> None:
        """Break the stream off with a RST."""
        await self.stream.abort()

    def _finish(self, end: Closed) -> None:
        self._end = end
        rest = self._framer.close()
        if rest is not None:
            self._waiting.append((rest, list(self._bytes)))

    def _candidates(self, payload_type: int) -> list[str]:
        """Return the protocols to try, those that the payload type stands for first."""
        right = self._expected(payload_type)
        others = [*_SHARED[self.protocol], *(_TWENTY if self.protocol != "din70121" else ())]
        return [*right, *(name for name in others if name not in right)]

    def _expected(self, payload_type: int) -> tuple[str, ...]:
        if payload_type == SHARED_TYPE:
            return _SHARED[self.protocol]
        return (SCHEMAS[payload_type],) if payload_type in SCHEMAS else ()

    def _decode(self, payload_type: int, payload: bytes) -> tuple[str, Document] | ExiDecodeError:
        """Return the protocol and document of a payload: as its type says, or, if that fails, as what it really is."""
        expected = self._expected(payload_type)
        doubtful: tuple[str, Document] | None = None
        failure: ExiDecodeError | None = None
        for protocol in self._candidates(payload_type):
            try:
                document = self._codec(protocol).decode(payload)
            except ExiDecodeError as error:
                failure = failure or error
                continue
            if not document.oddities or (protocol in expected and _padded(document, payload)):
                return protocol, document
            if protocol in expected and doubtful is None:
                doubtful = protocol, document
        return doubtful or failure or ExiDecodeError("nothing here reads this payload type")

    def _read(self, frame: Frame, ref: dict[str, Any]) -> Incoming:
        expected = self._expected(frame.payload_type)
        if not expected:
            what = v2gtp.payload_type_name(frame.payload_type)
            text = f"payload type 0x{frame.payload_type:04X} ({what}) is no V2G message"
            return self._fault(HeaderFault("payload-type", frame.header, text, frame.payload), ref)
        found = self._decode(frame.payload_type, frame.payload)
        if isinstance(found, ExiDecodeError):
            body = {"error": found.reason, "bit": found.bit, "path": found.path, "payload_type": frame.payload_type}
            self.last_event = self.stream.tap.incoming(
                kind="undecodable", layer=expected[0], name="undecodable", body=body, raw=frame.payload, ref=ref
            )
            return Undecodable(expected[0], frame.payload_type, frame.payload, found.reason, found.bit, found.path)
        protocol, document = found
        name = _name(document)
        kind = frame.payload_type
        if name.endswith("Req"):
            self._asked_beside = (f"{name[:-3]}Res", kind) if kind in SIDE_STREAMS else ("", 0)
        event = self._message(protocol, name, document.tree, frame.payload, ref | _beside(kind), "", own=False)
        self._heard = self.last_event = event
        linked = ref | ({"message": event.id} if event else {})
        if protocol not in expected:
            right = PAYLOAD_TYPE_OF[protocol]
            text = f"{name} was sent under payload type 0x{frame.payload_type:04X}, it belongs under 0x{right:04X}"
            body = {"code": "payload-type", "text": text, "bit": 0, "path": ""}
            self.stream.tap.incoming(kind="oddity", layer=protocol, name="payload-type", body=body, ref=linked)
        for oddity in document.oddities:
            body = {"code": oddity.code, "text": oddity.text, "bit": oddity.bit, "path": oddity.path}
            self.stream.tap.incoming(kind="oddity", layer=protocol, name=oddity.code, body=body, ref=linked)
        return Message(protocol, name, document.tree, frame.payload)

    def _fault(self, fault: HeaderFault, ref: dict[str, Any]) -> HeaderFault:
        body = {"kind": fault.kind, "text": fault.text}
        self.last_event = self.stream.tap.incoming(
            kind="fault", layer="v2gtp", name=fault.kind, body=body, raw=fault.header, ref=ref
        )
        return fault

    def _record_own(self, item: Frame | HeaderFault, ref: dict[str, Any], note: str) -> Event | None:
        found = self._decode(item.payload_type, item.payload) if isinstance(item, Frame) else None
        if isinstance(found, tuple):
            protocol, document = found
            name = _name(document)
            self._said = self._message(protocol, name, document.tree, item.payload, ref, note, own=True)
            return self._said
        if isinstance(item, HeaderFault):
            body: Mapping[str, Any] = {"kind": item.kind, "text": item.text}
            return self.stream.tap.outgoing(
                kind="fault", layer="v2gtp", name=item.kind, body=body, raw=item.header, ref=ref, note=note
            )
        layer = (self._expected(item.payload_type) or ("v2gtp",))[0]
        body = {"error": str(found), "payload_type": item.payload_type}
        return self.stream.tap.outgoing(
            kind="undecodable", layer=layer, name="undecodable", body=body, raw=item.payload, ref=ref, note=note
        )

    def _message(
        self, protocol: str, name: str, tree: Any, payload: bytes, ref: dict[str, Any], note: str, *, own: bool
    ) -> Event | None:
        add, asked = (self.stream.tap.outgoing, self._heard) if own else (self.stream.tap.incoming, self._said)
        if name.endswith("Res") and asked is not None:
            ref = ref | {"answers": asked.id}
        return add(kind="message", layer=protocol, name=name, body=tree, raw=payload, ref=ref, note=note)

    @staticmethod
    def _ref(carried: Event | None) -> dict[str, Any]:
        return {"bytes": [carried.id]} if carried else {}


def _padded(document: Document, payload: bytes) -> bool:
    """Whether all that is odd is zero bytes behind the document: two real cars send them, and they can be read as ACDP."""
    return all(odd.code == "trailing-bytes" and not any(payload[odd.bit // 8 :]) for odd in document.oddities)


def _beside(payload_type: int) -> dict[str, Any]:
    """Return what the event of a message says about its stream; nothing for the main one."""
    return {"payload_type": payload_type} if payload_type in SIDE_STREAMS else {}


def _name(document: Document) -> str:
    """Return the name of a message: its root element, or the body element inside V2G_Message."""
    if document.name != _ROOT:
        return document.name
    body = document.tree.get("Body") if isinstance(document.tree, dict) else None
    return next(iter(body), _ROOT) if isinstance(body, dict) else _ROOT
