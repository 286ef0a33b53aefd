"""V2G transfer protocol: the eight-byte header in front of every message, on TCP, TLS and UDP alike.

Sources: ISO 15118-2 clause 7.8 and ISO 15118-20 clause 7.8 (header layout, payload types), [V2G2-092], [V2G2-094]
(order of the checks: type, then length), [V2G2-800] (a message of a reserved type is ignored, the connection lives on).
"""

import struct
from dataclasses import dataclass
from typing import Final, Literal

VERSION: Final = 0x01
INVERSE: Final = 0xFE
HEADER_LENGTH: Final = 8
DEFAULT_MAX_LENGTH: Final = 1 << 20
"""Longest payload, in bytes, that a `Framer` takes unless told otherwise; the largest known message is far below."""

_HEADER: Final = struct.Struct("!BBHI")

EXI_V2: Final = 0x8001
SDP_REQUEST: Final = 0x9000
SDP_RESPONSE: Final = 0x9001

PAYLOAD_TYPES: Final[dict[int, str]] = {
    0x8001: "SupportedAppProtocol, DIN 70121 or ISO 15118-2 EXI",
    0x8002: "ISO 15118-20 common",
    0x8003: "ISO 15118-20 AC",
    0x8004: "ISO 15118-20 DC",
    0x8005: "ISO 15118-20 ACDP",
    0x8006: "ISO 15118-20 WPT",
    0x8101: "ISO 15118-20 schedule renegotiation",
    0x8102: "ISO 15118-20 metering confirmation",
    0x8103: "ISO 15118-20 ACDP system status",
    0x8104: "ISO 15118-20 parking status",
    0x9000: "SDP request",
    0x9001: "SDP response",
    0x9002: "SDP request, wireless",
    0x9003: "SDP response, wireless",
}
"""The assigned payload types; everything else falls into one of `PAYLOAD_TYPE_RANGES`."""

SCHEMAS: Final[dict[int, str]] = {
    0x8002: "iso15118-20-common",
    0x8003: "iso15118-20-ac",
    0x8004: "iso15118-20-dc",
    0x8005: "iso15118-20-acdp",
    0x8006: "iso15118-20-wpt",
    0x8101: "iso15118-20-common",
    0x8102: "iso15118-20-common",
    0x8103: "iso15118-20-acdp",
    0x8104: "iso15118-20-common",
}
"""Payload types that name their schema (short names of the EXI codec); what 0x8001 holds depends on the negotiation."""

PAYLOAD_TYPE_OF: Final[dict[str, int]] = {
    **dict.fromkeys(("supportedappprotocol", "din70121", "iso15118-2"), EXI_V2),
    **{schema: number for number, schema in reversed(SCHEMAS.items())},
}
"""Schema -> payload type under which its messages travel, beside the side streams 0x8101 to 0x8104."""

PAYLOAD_TYPE_RANGES: Final[tuple[tuple[int, int, Literal["reserved", "manufacturer specific"]], ...]] = (
    (0x0000, 0x8000, "reserved"),
    (0x8007, 0x8100, "reserved"),
    (0x8105, 0x8FFF, "reserved"),
    (0x9004, 0x9FFF, "reserved"),
    (0xA000, 0xFFFF, "manufacturer specific"),
)
"""First, last and name of the ranges between the assigned payload types (ISO 15118-20)."""

FaultKind = Literal["version", "inverse", "payload-type", "length", "truncated"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame with a sound header."""

    payload_type: int
    payload: bytes
    header: bytes
    """The eight bytes as received."""


@dataclass(frozen=True, slots=True)
class HeaderFault:
    """A frame that no receiver may take as a message."""

    kind: FaultKind
    """The first thing wrong, in the order of the checks: version, inverse, type, length; truncated at the end."""
    header: bytes
    """The header as received; shorter than eight bytes only when `kind` is truncated."""
    text: str
    """What arrived and what would be right; names every wrong field, not only the first."""
    payload: bytes = b""
    """What the frame carried, where that is known: a reserved payload type, a truncated frame, a datagram."""

    @property
    def payload_type(self) -> int | None:
        """The payload type that the header names, None when the header broke off before it."""
        return int.from_bytes(self.header[2:4], "big") if len(self.header) >= 4 else None


def payload_type_name(payload_type: int) -> str:
    """Return what a payload type stands for: its name, "reserved" or "manufacturer specific"."""
    if payload_type in PAYLOAD_TYPES:
        return PAYLOAD_TYPES[payload_type]
    return next(name for first, last, name in PAYLOAD_TYPE_RANGES if first <= payload_type <= last)


def is_reserved(payload_type: int) -> bool:
    """Tell whether a payload type belongs to a range that the standard keeps for itself."""
    return payload_type_name(payload_type) == "reserved"


def encode_frame(
    payload_type: int, payload: bytes, *, version: int = VERSION, inverse: int = INVERSE, length: int | None = None
) -> bytes:
    """Return header and payload as one frame; the keywords write a wrong header on purpose."""
    return _HEADER.pack(version, inverse, payload_type, len(payload) if length is None else length) + payload


def check_header(header: bytes, max_length: int = DEFAULT_MAX_LENGTH) -> HeaderFault | None:
    """Return what is wrong with the eight bytes of a header, None when a payload of `max_length` or less may follow."""
    version, inverse, payload_type, length = _HEADER.unpack(header)
    wrong: list[tuple[FaultKind, str]] = []
    if version != VERSION:
        wrong.append(("version", f"protocol version is 0x{version:02X}, expected 0x{VERSION:02X}"))
    if inverse != INVERSE:
        wrong.append(("inverse", f"inverse protocol version is 0x{inverse:02X}, expected 0x{INVERSE:02X}"))
    if is_reserved(payload_type):
        wrong.append(("payload-type", f"payload type 0x{payload_type:04X} is reserved"))
    if length > max_length:
        wrong.append(("length", f"payload length is {length} bytes, more than the {max_length} that are taken here"))
    return HeaderFault(wrong[0][0], header, "; ".join(text for _, text in wrong)) if wrong else None


class Framer:
    """Cut a byte stream into frames. Feed it with `receive`; call `close` once when the stream has ended.

    Memory is bounded by `max_length` plus one chunk, whatever length a header claims: the payload behind a broken
    header is counted off, not kept (except for a reserved payload type, which is delivered with its fault), so the next
    sound frame is found as long as the length field was true.
    """

    def __init__(self, max_length: int = DEFAULT_MAX_LENGTH) -> None:
        self.max_length = max_length
        self._buffer = bytearray()
        self._skip = 0
        self._skipped_header = b""

    @property
    def idle(self) -> bool:
        """True between two frames, when nothing of a further one has arrived."""
        return not self._buffer and not self._skip

    @property
    def skipping(self) -> bool:
        """True while the payload behind a broken header is being counted off."""
        return self._skip > 0

    def receive(self, data: bytes) -> list[Frame | HeaderFault]:
        """Take the next bytes of the stream and return what is complete now, in order."""
        self._buffer += data
        found: list[Frame | HeaderFault] = []
        while True:
            if self._skip:
                gone = min(self._skip, len(self._buffer))
                del self._buffer[:gone]
                self._skip -= gone
                if self._skip:
                    return found
            if len(self._buffer) < HEADER_LENGTH:
                return found
            header = bytes(self._buffer[:HEADER_LENGTH])
            length = int.from_bytes(header[4:], "big")
            fault = check_header(header, self.max_length)
            if fault is not None and (fault.kind != "payload-type" or length > self.max_length):
                found.append(fault)
                del self._buffer[:HEADER_LENGTH]
                self._skip, self._skipped_header = length, header
                continue
            end = HEADER_LENGTH + length
            if len(self._buffer) < end:
                return found
            payload = bytes(self._buffer[HEADER_LENGTH:end])
            del self._buffer[:end]
            if fault is None:
                found.append(Frame(int.from_bytes(header[2:4], "big"), payload, header))
            else:
                found.append(HeaderFault(fault.kind, header, fault.text, payload))

    def close(self) -> HeaderFault | None:
        """Return a fault of kind truncated when the stream ended inside a frame, else None."""
        if self._skip:
            length = int.from_bytes(self._skipped_header[4:], "big")
            text = f"the stream ended {self._skip} bytes before the end of a payload of {length} bytes"
            return HeaderFault("truncated", self._skipped_header, text)
        if not self._buffer:
            return None
        header, payload = bytes(self._buffer[:HEADER_LENGTH]), bytes(self._buffer[HEADER_LENGTH:])
        if len(header) < HEADER_LENGTH:
            text = f"the stream ended after {len(header)} of {HEADER_LENGTH} header bytes"
        else:
            length = int.from_bytes(header[4:], "big")
            text = f"the stream ended after {len(payload)} of {length} payload bytes"
        return HeaderFault("truncated", header, text, payload)
