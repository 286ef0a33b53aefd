"""Ethernet frames with IPv6 or IPv4, TCP or UDP inside, rebuilt. Sources: RFC 8200, 9293, 768."""

import struct
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

TCP: Final = 6
UDP: Final = 17
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
SEGMENT: Final = 1440
"""Most payload bytes in one TCP segment."""

_SYN_OPTIONS: Final = struct.pack("!BBHBBBB", 2, 4, SEGMENT, 1, 3, 3, 14)  # MSS, no-op, window scale 2^14
_ETHERTYPES: Final = {4: 0x0800, 6: 0x86DD}

Host = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and a port."""

    host: Host
    port: int


def endpoint(text: str, actor: str) -> Endpoint:
    """Read "[fe80::1%eth0]:15118"; whatever has no numeric address gets one that is made from the actor's name."""
    host, _, port = text.rpartition(":")
    number = int(port) if port.isdecimal() and int(port) <= 0xFFFF else 0
    try:
        return Endpoint(ip_address(host.strip("[]").partition("%")[0]), number)
    except ValueError:
        return Endpoint(IPv6Address(bytes.fromhex("fe80") + bytes(6) + sha256(actor.encode()).digest()[:8]), number)


def tcp_segment(
    source: Endpoint, target: Endpoint, *, sequence: int, acknowledge: int, flags: int, payload: bytes = b""
) -> bytes:
    """Return one TCP segment as an Ethernet frame with correct checksums."""
    options = _SYN_OPTIONS if flags & SYN else b""
    offset = (20 + len(options)) // 4 << 12
    numbers = (source.port, target.port, sequence & 0xFFFFFFFF, acknowledge & 0xFFFFFFFF, offset | flags, 0xFFFF, 0, 0)
    segment = bytearray(struct.pack("!HHIIHHHH", *numbers) + options + payload)
    source, target = _one_family(source, target)
    struct.pack_into("!H", segment, 16, _transport_checksum(source.host, target.host, TCP, segment))
    return _frame(source.host, target.host, TCP, bytes(segment), 64)


def udp_datagram(source: Endpoint, target: Endpoint, payload: bytes, hop_limit: int = 64) -> bytes:
    """Return one UDP datagram as an Ethernet frame with correct checksums."""
    source, target = _one_family(source, target)
    datagram = bytearray(struct.pack("!HHHH", source.port, target.port, 8 + len(payload), 0) + payload)
    checksum = _transport_checksum(source.host, target.host, UDP, datagram) or 0xFFFF  # 0 means none, RFC 768
    struct.pack_into("!H", datagram, 6, checksum)
    return _frame(source.host, target.host, UDP, bytes(datagram), hop_limit)


def _one_family(source: Endpoint, target: Endpoint) -> tuple[Endpoint, Endpoint]:
    if source.host.version == target.host.version:
        return source, target
    return Endpoint(_mapped(source.host), source.port), Endpoint(_mapped(target.host), target.port)


def _mapped(host: Host) -> IPv6Address:
    return host if isinstance(host, IPv6Address) else IPv6Address(bytes(10) + b"\xff\xff" + host.packed)


def _frame(source: Host, target: Host, protocol: int, payload: bytes, hop_limit: int) -> bytes:
    ethernet = _hardware(target) + _hardware(source) + struct.pack("!H", _ETHERTYPES[source.version])
    if source.version == 6:
        header = struct.pack("!IHBB", 6 << 28, len(payload), protocol, hop_limit) + source.packed + target.packed
        return ethernet + header + payload
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, hop_limit, protocol, 0)
    header += source.packed + target.packed
    return ethernet + header[:10] + struct.pack("!H", _checksum(header)) + header[12:] + payload


def _hardware(host: Host) -> bytes:
    """Return a hardware address: the multicast one of RFC 2464, or a locally administered one made from the address."""
    if host.is_multicast and host.version == 6:
        return b"\x33\x33" + host.packed[-4:]
    return b"\x02\x00" + host.packed[-4:]


def _transport_checksum(source: Host, target: Host, protocol: int, data: bytes | bytearray) -> int:
    return _checksum(source.packed + target.packed + struct.pack("!II", len(data), protocol) + data)


def _checksum(data: bytes) -> int:
    """Return the Internet checksum, RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
