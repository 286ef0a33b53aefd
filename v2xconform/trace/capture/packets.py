"""Packets out of a capture file: classic pcap and pcapng, read as a stream, one packet in memory at a time.

Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng. scapy's raw readers are as fast, but they end silently
where a file is cut, shorten packets beyond 64 KiB, and hand out Decryption Secrets Blocks only with their TLS layer
loaded; a tester needs all three, so this module reads the two formats itself.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

PCAP_MAGICS: Final[dict[bytes, tuple[str, int, int]]] = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000, 0),
    b"\xa1\xb2\xc3\xd4": (">", 1_000, 0),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 0),
    b"\xa1\xb2\x3c\x4d": (">", 1, 0),
    b"\x34\xcd\xb2\xa1": ("<", 1_000, 8),
    b"\xa1\xb2\xcd\x34": (">", 1_000, 8),
}
"""Magic number: byte order, nanoseconds of one fraction unit, extra octets of each packet header (modified pcap)."""

PCAPNG_MAGIC: Final = b"\x0a\x0d\x0d\x0a"
LONGEST_PACKET: Final = 262_144
"""libpcap's greatest snapshot length; a longer packet is a damaged length field."""
LONGEST_BLOCK: Final = 16 * 1024 * 1024
"""pcapng readers commonly refuse longer blocks; so does this one."""

_SECTION, _INTERFACE, _PACKET_OLD, _PACKET_SIMPLE, _PACKET, _SECRETS = 0x0A0D0D0A, 1, 2, 3, 6, 10
_TLS_KEY_LOG = 0x544C534B
_OPTION_RESOLUTION, _OPTION_OFFSET = 9, 14


@dataclass(frozen=True, slots=True)
class Packet:
    """One captured packet as it stands in the file."""

    number: int
    """Its number in the file, from 1, as packet analysers count."""
    time_ns: int | None
    """Nanoseconds since 1970-01-01 UTC; None where the file has no time (simple packet blocks)."""
    link_type: int
    """The LINKTYPE_ value of its interface: 1 Ethernet, 113 Linux cooked, 101 raw IP …"""
    data: bytes


@dataclass(frozen=True, slots=True)
class Secrets:
    """A TLS key log inside the capture (pcapng Decryption Secrets Block)."""

    text: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a reader of the capture should know."""

    packet: int
    """Number of the packet at which it showed; 0 where it concerns the file."""
    text: str
    lost: bool = True
    """Whether something could not be read because of it."""


class CaptureError(ValueError):
    """The file is not a capture that can be read; the text says why in one line."""


def is_capture(start: bytes) -> bool:
    """Tell whether a file that starts with these octets (four are enough) is a pcap or pcapng file."""
    return start[:4] in PCAP_MAGICS or start[:4] == PCAPNG_MAGIC


def read_packets(file: BinaryIO) -> Iterator[Packet | Secrets | Remark]:
    """Yield the packets of a pcap or pcapng file in file order; a damaged file ends with a `Remark`.

    `file` stands at its beginning. Raises `CaptureError` if it is no capture at all. Pass each packet to
    `dissect.dissect` next.
    """
    magic = file.read(4)
    if magic in PCAP_MAGICS:
        yield from _read_pcap(file, *PCAP_MAGICS[magic])
    elif magic == PCAPNG_MAGIC:
        yield from _PcapNg(file).read()
    else:
        raise CaptureError(f"neither pcap nor pcapng: the file starts with {magic.hex(' ') or 'nothing'}")


def _read_pcap(file: BinaryIO, order: str, fraction_ns: int, extra: int) -> Iterator[Packet | Remark]:
    header = file.read(20)
    if len(header) < 20:
        raise CaptureError("the pcap file ends within its 24-octet header")
    # The upper bits of the link type field say whether frames carry a check sequence.
    link_type = struct.unpack(order + "HHiIII", header)[5] & 0xFFFF
    packet_header = struct.Struct(order + "IIII")
    size = packet_header.size
    read, unpack = file.read, packet_header.unpack
    number = 0
    while head := read(size):
        number += 1
        if len(head) < size:
            yield Remark(number, f"the file ends within the header of packet {number}")
            return
        seconds, fraction, captured, _ = unpack(head)
        if captured > LONGEST_PACKET:
            yield Remark(number, f"packet {number} claims {captured} octets: damaged from here on, reading stops")
            return
        if extra:
            read(extra)
        data = read(captured)
        if len(data) < captured:
            yield Remark(number, f"the file ends within packet {number}: {len(data)} of {captured} octets")
            return
        yield Packet(number, seconds * 1_000_000_000 + fraction * fraction_ns, link_type, data)


@dataclass(slots=True)
class _Interface:
    link_type: int
    snap_length: int
    ticks: int = 1_000_000
    """Ticks of its clock in one second."""
    offset: int = 0
    """Seconds to add to its times."""

    def time_ns(self, ticks: int) -> int:
        return ticks * 1_000_000_000 // self.ticks + self.offset * 1_000_000_000


class _Damaged(Exception):  # noqa: N818
    """A block that cannot be understood; the text goes into a `Remark`."""


class _PcapNg:
    """Walk the blocks of a pcapng file whose first four octets were read already."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._order = "<"
        self._interfaces: list[_Interface] = []
        self._number = 0

    def read(self) -> Iterator[Packet | Secrets | Remark]:
        kind_raw = PCAPNG_MAGIC
        first = True
        while kind_raw:
            try:
                item = self._block(kind_raw)
            except (_Damaged, struct.error) as fault:
                if first:
                    raise CaptureError(f"not a readable pcapng file: {fault}") from None
                text = str(fault) if isinstance(fault, _Damaged) else "a block is shorter than its fields"
                yield Remark(self._number, f"after packet {self._number}: {text}; reading stops here")
                return
            first = False
            if item is not None:
                yield item
            kind_raw = self._file.read(4)

    def _block(self, kind_raw: bytes) -> Packet | Secrets | Remark | None:
        """Read the rest of the block and return what it holds; None for blocks that do not matter here."""
        rest = b""
        if kind_raw == PCAPNG_MAGIC:
            rest = self._file.read(8)
            self._begin_section(rest[4:])
        if len(kind_raw) < 4:
            raise _Damaged("the file ends within a block header")
        length_raw = rest[:4] or self._file.read(4)
        if len(length_raw) < 4:
            raise _Damaged("the file ends within a block header")
        (kind,) = struct.unpack(self._order + "I", kind_raw)
        (length,) = struct.unpack(self._order + "I", length_raw)
        if length < 12 or length > LONGEST_BLOCK:
            raise _Damaged(f"block of type {kind:#x} claims {length} octets")
        length = (length + 3) & ~3
        wanted = length - 8 - len(rest[4:])
        body = rest[4:] + self._file.read(wanted)
        if len(body) < length - 8:
            raise _Damaged(f"the file ends within a block of type {kind:#x}: {len(body) + 8} of {length} octets")
        return self._understand(kind, body[:-4])

    def _begin_section(self, byte_order: bytes) -> None:
        order = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(byte_order)
        if order is None:
            raise _Damaged(f"section header with byte-order magic {byte_order.hex(' ') or 'missing'}")
        self._order = order
        self._interfaces = []

    def _understand(self, kind: int, body: bytes) -> Packet | Secrets | Remark | None:
        order = self._order
        if kind == _PACKET:
            interface, high, low, captured, _ = struct.unpack_from(order + "IIIII", body)
            return self._packet(interface, (high << 32) | low, captured, body[20:])
        if kind == _PACKET_OLD:
            interface, _, high, low, captured, _ = struct.unpack_from(order + "HHIIII", body)
            return self._packet(interface, (high << 32) | low, captured, body[20:])
        if kind == _PACKET_SIMPLE:
            (original,) = struct.unpack_from(order + "I", body)
            snap = self._interfaces[0].snap_length if self._interfaces else 0
            return self._packet(0, None, min(original, snap or original, len(body) - 4), body[4:])
        if kind == _INTERFACE:
            link_type, _, snap_length = struct.unpack_from(order + "HHI", body)
            self._interfaces.append(self._with_options(_Interface(link_type, snap_length), body[8:]))
        elif kind == _SECRETS:
            secrets_type, length = struct.unpack_from(order + "II", body)
            if secrets_type == _TLS_KEY_LOG:
                return Secrets(body[8 : 8 + length].decode("ascii", "replace"))
        return None

    def _packet(self, interface: int, ticks: int | None, captured: int, data: bytes) -> Packet | Remark:
        self._number += 1
        if interface >= len(self._interfaces):
            return Remark(self._number, f"packet {self._number} names interface {interface}, which is not described")
        if captured > len(data):
            return Remark(self._number, f"packet {self._number} claims {captured} octets, its block holds {len(data)}")
        described = self._interfaces[interface]
        time_ns = None if ticks is None else described.time_ns(ticks)
        return Packet(self._number, time_ns, described.link_type, data[:captured])

    def _with_options(self, interface: _Interface, options: bytes) -> _Interface:
        at = 0
        while at + 4 <= len(options):
            code, length = struct.unpack_from(self._order + "HH", options, at)
            value = options[at + 4 : at + 4 + length]
            if code == 0:
                break
            if code == _OPTION_RESOLUTION and length == 1:
                # The top bit chooses between powers of two and of ten.
                interface.ticks = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
            elif code == _OPTION_OFFSET and len(value) == 8:
                (interface.offset,) = struct.unpack(self._order + "q", value)
            at += 4 + ((length + 3) & ~3)
        return interface
