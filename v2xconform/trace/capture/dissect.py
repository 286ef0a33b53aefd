"""From a captured packet to a TCP segment or a UDP datagram: link layer, VLAN tags, IPv4 and IPv6 with its extensions.

Whatever is not TCP or UDP over IP (SLAC, ARP, ICMP …), is cut within its headers, or is an IP fragment gives None or
a remark: a damaged packet is never an error here.
"""

import struct
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, Literal, NamedTuple

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10

_IPV4, _IPV6 = 0x0800, 0x86DD
_TAGS: Final = frozenset({0x8100, 0x88A8, 0x9100})
"""Ethertypes of VLAN tags: 802.1Q, 802.1ad and the older double tagging."""
_EXTENSIONS: Final = frozenset({0, 43, 60, 135, 139, 140})
"""IPv6 extension headers with the common form next, length in units of 8 octets less 1 (RFC 8200, RFC 7045)."""
_FRAGMENT, _AUTHENTICATION = 44, 51
_TCP, _UDP = 6, 17


class Segment(NamedTuple):
    """What one packet carries for TCP or UDP."""

    transport: Literal["tcp", "udp"]
    source: bytes
    """Address, 4 or 16 octets; `endpoint` writes it."""
    source_port: int
    destination: bytes
    destination_port: int
    data: bytes
    sequence: int = 0
    acknowledged: int = 0
    flags: int = 0


class Fragment(NamedTuple):
    """A piece of a fragmented IP packet; V2G traffic never needs them, so they are reported and left alone."""

    source: bytes


@lru_cache(maxsize=4096)
def endpoint(address: bytes, port: int) -> str:
    """Write an address and a port as people do: 192.0.2.1:443, [fe80::1]:50000."""
    text = str(ip_address(address))
    return f"[{text}]:{port}" if len(address) == 16 else f"{text}:{port}"


def _ethernet(data: bytes) -> tuple[int, int]:
    return (data[12] << 8) | data[13], 14


def _by_version(data: bytes, at: int) -> tuple[int, int]:
    return {4: _IPV4, 6: _IPV6}.get(data[at] >> 4, 0), at


_LINKS: Final[dict[int, Callable[[bytes], tuple[int, int]]]] = {
    0: lambda data: _by_version(data, 4),
    1: _ethernet,
    9: lambda data: _by_version(data, 4 if data[:2] == b"\xff\x03" else 2),
    12: lambda data: _by_version(data, 0),
    14: lambda data: _by_version(data, 0),
    101: lambda data: _by_version(data, 0),
    108: lambda data: _by_version(data, 4),
    113: lambda data: ((data[14] << 8) | data[15], 16),
    228: lambda data: (_IPV4, 0),
    229: lambda data: (_IPV6, 0),
    276: lambda data: ((data[0] << 8) | data[1], 20),
}
"""LINKTYPE_ value: how to find the ethertype and the offset of what follows.

0 and 108 BSD loopback, 1 Ethernet, 9 PPP, 12/14/101 raw IP, 113 and 276 Linux cooked v1 and v2, 228/229 raw IPv4/6.
"""


def knows_link(link_type: int) -> bool:
    """Tell whether packets of this LINKTYPE_ can be taken apart."""
    return link_type in _LINKS


def dissect(link_type: int, data: bytes) -> Segment | Fragment | None:
    """Return the TCP segment or UDP datagram of a packet, a `Fragment`, or None for all else.

    Give TCP segments to `reassembly.Connections`, UDP payloads to `frames.frames_in_datagram`.
    """
    find = _LINKS.get(link_type)
    if find is None:
        return None
    try:
        ethertype, at = find(data)
        while ethertype in _TAGS:
            ethertype, at = (data[at + 2] << 8) | data[at + 3], at + 4
        if ethertype == _IPV6:
            return _ipv6(data, at)
        if ethertype == _IPV4:
            return _ipv4(data, at)
    except (IndexError, struct.error):
        return None
    return None


def _ipv6(data: bytes, at: int) -> Segment | Fragment | None:
    length, following = struct.unpack_from("!HB", data, at + 4)
    source, destination = data[at + 8 : at + 24], data[at + 24 : at + 40]
    # Length 0 comes from captures taken before segmentation offload: the packet is as long as what was captured.
    end = at + 40 + length if length else len(data)
    at += 40
    while following != _TCP and following != _UDP:
        if following in _EXTENSIONS:
            following, at = data[at], at + 8 * (data[at + 1] + 1)
        elif following == _AUTHENTICATION:
            following, at = data[at], at + 4 * (data[at + 1] + 2)
        elif following == _FRAGMENT:
            if struct.unpack_from("!H", data, at + 2)[0] & 0xFFF9:
                return Fragment(source)
            following, at = data[at], at + 8
        else:
            return None
    return _transport(following, data[at:end], source, destination)


def _ipv4(data: bytes, at: int) -> Segment | Fragment | None:
    first, length, fragment, protocol = struct.unpack_from("!BxHxxHxB", data, at)
    source, destination = data[at + 12 : at + 16], data[at + 16 : at + 20]
    if protocol not in (_TCP, _UDP):
        return None
    if fragment & 0x3FFF:
        return Fragment(source)
    return _transport(protocol, data[at + 4 * (first & 0x0F) : at + length if length else None], source, destination)


def _transport(protocol: int, data: bytes, source: bytes, destination: bytes) -> Segment | None:
    if len(source) != len(destination):
        return None
    if protocol == _UDP:
        source_port, destination_port, length = struct.unpack_from("!HHH", data)
        return Segment("udp", source, source_port, destination, destination_port, data[8 : max(length, 8)])
    source_port, destination_port, sequence, acknowledged, offset, flags = struct.unpack_from("!HHIIBB", data)
    start = (offset >> 4) * 4
    if start < 20:
        return None
    payload = data[start:]
    return Segment("tcp", source, source_port, destination, destination_port, payload, sequence, acknowledged, flags)
