"""What `v2xconform decode` reads: hexadecimal text, OCPP texts, captures and traces, all as a stream of `Unit`s.

Hex text, OCPP texts (they begin with a bracket) and trace lines may be mixed; captures are told by their magic number.
"""

import io
import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import BinaryIO, Final, Protocol

import orjson

from v2xconform.protocols import sdp
from v2xconform.protocols.ocpp import VERSIONS, is_ocpp
from v2xconform.protocols.v2gtp import HEADER_LENGTH, INVERSE, VERSION, check_header
from v2xconform.trace.capture.keylog import KeyLog
from v2xconform.trace.capture.packets import CaptureError, Remark, is_capture
from v2xconform.trace.capture.reader import Found, read_capture
from v2xconform.trace.capture.schema_choice import SHORT_NAMES
from v2xconform.trace.events import Event, from_line

LONGEST_LINE: Final = 8 * 1024 * 1024
"""Longest line that is read, in octets; a message of 1 MiB in hexadecimal with blanks is far below."""
_LONGEST_PAYLOAD: Final = 1 << 20
_PREAMBLE: Final = bytes((VERSION, INVERSE))
_SEPARATORS: Final = re.compile(r"0[xX]|[\s:,;-]")


OCPP: Final = "ocpp"
"""Protocol of a text whose version is not known."""


class LineSource(Protocol):
    """What lines are read from: any binary file, seekable or not."""

    def readline(self, size: int, /) -> bytes:
        """Return the next line, or `size` octets of it; empty at the end."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One payload to decode, with all that is known about where it comes from."""

    where: str
    """For people: line 3, packet 12."""
    source: int
    """Number of the line or packet."""
    payload: bytes
    payload_type: int | None = None
    """None for a bare EXI stream."""
    framed: bool = False
    """Whether it came with a V2GTP header."""
    protocol: str | None = None
    """Named by the input itself (traces)."""
    time: str | None = None
    """ISO 8601, UTC, or seconds since an unknown beginning."""
    src: str = ""
    dst: str = ""
    conversation: Hashable = 0
    whole: bool = False
    """Whether its conversation was seen from the beginning."""
    several: bool = False
    """Whether handshake and session may both be in the input."""
    event: Event | None = None
    """The trace event that holds it, where it is of a protocol that needs no decoding."""
    text: bool = True
    """False for OCPP in a binary frame."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A place in the input that gives no unit."""

    where: str
    text: str
    lost: bool = True
    """Whether something could not be read; a mere note otherwise."""


def units_of(file: BinaryIO, keys: KeyLog | None = None) -> Iterator[Unit | Trouble]:
    """Yield what a seekable file holds, whatever of the accepted kinds it is. Raises `CaptureError` with one line."""
    start = file.read(4096)
    file.seek(0)
    if is_capture(start):
        yield from _captured(file, keys)
    elif b"\0" in start:
        raise CaptureError("neither a capture, nor a trace, nor hexadecimal text: it holds binary data")
    else:
        yield from units_of_lines(file)


def units_of_text(text: str) -> Iterator[Unit | Trouble]:
    """Yield the units of hexadecimal text given on the command line."""
    yield from units_of_lines(io.BytesIO(text.encode("utf-8", "replace")))


def units_of_lines(file: LineSource) -> Iterator[Unit | Trouble]:
    """Yield the units of lines of hexadecimal text and of trace events; blank lines and # comments are skipped."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        where = f"line {number}"
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST_LINE)
            yield Trouble(where, f"longer than {LONGEST_LINE} octets")
            continue
        text = line.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip()
        if text.startswith("{"):
            yield from _traced(text, where, number)
            continue
        if text.startswith("["):
            yield Unit(where, number, text.encode(), protocol=OCPP)
            continue
        digits = _SEPARATORS.sub("", text.partition("#")[0])
        if digits:
            yield from _hexadecimal(digits, where, number)


def _hexadecimal(digits: str, where: str, number: int) -> Iterator[Unit | Trouble]:
    wrong = next((digit for digit in digits if digit not in "0123456789abcdefABCDEF"), None)
    if wrong is not None:
        yield Trouble(where, f"not hexadecimal: {wrong!r} in {_short(digits)}")
        return
    if len(digits) % 2:
        yield Trouble(where, f"{len(digits)} hexadecimal digits: an odd number, so half an octet is missing")
        return
    data = bytes.fromhex(digits)
    if data[:1] == b"[" and _is_json(data):
        yield Unit(where, number, data, protocol=OCPP)
    elif data[:2] == _PREAMBLE or _framed_wrongly(data):
        yield from _frames(data, where, number)
    else:
        yield Unit(where, number, data)


def _is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


def _framed_wrongly(data: bytes) -> bool:
    """Tell a V2GTP frame with a broken first half of the header by its length field."""
    framed = len(data) > HEADER_LENGTH and int.from_bytes(data[4:8], "big") == len(data) - HEADER_LENGTH
    return framed and data[0] != 0x80 and not data.startswith(b"$EXI")


def _frames(data: bytes, where: str, number: int) -> Iterator[Unit | Trouble]:
    at = 0
    while at < len(data):
        header = data[at : at + HEADER_LENGTH]
        if len(header) < HEADER_LENGTH:
            yield Trouble(where, f"octet {at}: {len(header)} octets, too few for a V2GTP header of {HEADER_LENGTH}")
            return
        fault = check_header(header, _LONGEST_PAYLOAD)
        if fault is not None:
            yield Trouble(where, f"octet {at}: V2GTP header {header.hex()}: {fault.text}")
            return
        length = int.from_bytes(header[4:], "big")
        payload = data[at + HEADER_LENGTH : at + HEADER_LENGTH + length]
        if len(payload) < length:
            yield Trouble(where, f"octet {at}: V2GTP header says {length} payload octets, {len(payload)} are there")
            return
        yield Unit(where, number, payload, int.from_bytes(header[2:4], "big"), framed=True)
        at += HEADER_LENGTH + length


def _exchanged(text: str, where: str, number: int) -> Unit | None:
    """Return a frame in one of the line formats in which OCPP tools exchange traces, None when it is in none."""
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    raw = tree.get("raw")
    if not isinstance(raw, str) or "kind" in tree or not ("direction" in tree or "dir" in tree):
        return None
    station_first = str(tree.get("direction", tree.get("dir", ""))).startswith(("cp", "station"))
    src, dst = ("station", "csms") if station_first else ("csms", "station")
    version = f"ocpp{tree.get('ocppVersion', '')}"
    link = tree.get("chargePointId", tree.get("connection", 0))
    return Unit(
        where, number, raw.encode(), protocol=version if version in VERSIONS else OCPP,
        time=str(tree.get("timestamp", tree.get("t", ""))), src=src, dst=dst, conversation=str(link), several=True,
    )  # fmt: skip


def _traced(text: str, where: str, number: int) -> Iterator[Unit | Trouble]:
    unit = _exchanged(text, where, number)
    if unit is not None:
        yield unit
        return
    try:
        event = from_line(text)
    except (ValueError, TypeError) as error:
        yield Trouble(where, str(error))
        return
    if event.kind not in ("message", "undecodable") and not (is_ocpp(event.layer) and event.kind == "fault"):
        return
    time = event.utc or f"{event.seconds:.6f}s"
    if is_ocpp(event.layer) and event.raw is not None:
        yield Unit(
            where, number, event.raw, protocol=event.layer, time=time, src=event.src, dst=event.dst,
            conversation=event.link, several=True,
        )  # fmt: skip
        return
    if event.layer not in SHORT_NAMES and event.layer not in ("sdp", "v2gtp"):
        if event.kind == "message":
            yield Unit(where, number, event.raw or b"", time=time, src=event.src, dst=event.dst, event=event)
        return
    if event.raw is None:
        yield Trouble(where, f"the {event.kind} event {event.name} has no raw octets")
        return
    body = event.body if isinstance(event.body, dict) else {}
    payload_type = body.get("payload_type") if event.kind == "undecodable" else sdp.PAYLOAD_TYPES.get(event.name)
    yield Unit(
        where,
        number,
        event.raw,
        payload_type if isinstance(payload_type, int) else None,
        protocol=event.layer if event.layer in SHORT_NAMES else None,
        time=time,
        src=event.src,
        dst=event.dst,
        conversation=event.link,
        several=True,
    )


def _captured(file: BinaryIO, keys: KeyLog | None) -> Iterator[Unit | Trouble]:
    for item in read_capture(file, keys):
        if isinstance(item, Remark):
            yield Trouble(f"packet {item.packet}" if item.packet else "capture", item.text, item.lost)
        else:
            yield _of_capture(item)


def _of_capture(found: Found) -> Unit:
    return Unit(
        f"packet {found.packet}",
        found.packet,
        found.payload,
        found.payload_type,
        framed=found.payload_type is not None,
        protocol=None if found.payload_type is not None else found.subprotocol or OCPP,
        time=None if found.time_ns is None else utc_text(found.time_ns),
        src=found.src,
        dst=found.dst,
        conversation=found.connection,
        whole=found.whole,
        several=True,
        text=found.text,
    )


def utc_text(time_ns: int) -> str:
    """Write nanoseconds since 1970 as ISO 8601 with microseconds and Z; as seconds if no calendar reaches that far."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    try:
        return f"{_calendar(seconds)}.{rest // 1000:06d}Z"
    except (ValueError, OverflowError, OSError):
        return f"{seconds}.{rest // 1000:06d}s"


@lru_cache(maxsize=256)
def _calendar(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
