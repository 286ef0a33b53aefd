"""Captures made to measure: packets, TCP talks and files, all valid until a test breaks one place."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address

from v2xconform.trace.capture.dissect import ACK, FIN, RST, SYN

CLIENT, SERVER = "fe80::1", "fe80::2"
CLIENT_PORT, SERVER_PORT = 50000, 61000
BEGAN_NS = 1_700_000_000_000_000_000
"""Time of the first packet; each further one comes a millisecond later."""


def tcp(data: bytes, *, ports: tuple[int, int], seq: int, ack: int = 0, flags: int = ACK) -> bytes:
    return struct.pack("!HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 5 << 4, flags, 8192, 0, 0) + data


def udp(data: bytes, *, ports: tuple[int, int]) -> bytes:
    return struct.pack("!HHHH", *ports, 8 + len(data), 0) + data


def ipv6(payload: bytes, protocol: int, *, ends: tuple[str, str] = (CLIENT, SERVER)) -> bytes:
    addresses = b"".join(ip_address(end).packed for end in ends)
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + addresses + payload


def ipv4(
    payload: bytes, protocol: int, *, ends: tuple[str, str] = ("192.0.2.1", "192.0.2.2"), fragment: int = 0
) -> bytes:
    addresses = b"".join(ip_address(end).packed for end in ends)
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 7, fragment, 64, protocol, 0) + addresses + payload


def ethernet(packet: bytes, *, tags: Iterable[int] = ()) -> bytes:
    kind = struct.pack("!H", 0x86DD if packet[0] >> 4 == 6 else 0x0800)
    return bytes(12) + b"".join(struct.pack("!HH", tag, 5) for tag in tags) + kind + packet


def sdp_packet(payload: bytes, *, answer: bool = False) -> bytes:
    ports = (15118, 49200) if answer else (49200, 15118)
    ends = (SERVER, CLIENT) if answer else (CLIENT, "ff02::1")
    return ethernet(ipv6(udp(payload, ports=ports), 17, ends=ends))


@dataclass
class Talk:
    """One TCP connection over IPv6: each call appends the packets that it causes."""

    client_port: int = CLIENT_PORT
    client_sequence: int = 1000
    server_sequence: int = 9000
    packets: list[bytes] = field(default_factory=list)

    def packet(self, side: int, data: bytes = b"", flags: int = ACK, *, ahead: int = 0) -> bytes:
        """Return a packet of the client (0) or server (1) without counting its octets."""
        sequences = (self.client_sequence, self.server_sequence)
        ports = (self.client_port, SERVER_PORT)
        ends = (CLIENT, SERVER)
        segment = tcp(
            data,
            ports=ports if side == 0 else ports[::-1],
            seq=sequences[side] + ahead,
            ack=sequences[1 - side],
            flags=flags,
        )
        return ethernet(ipv6(segment, 6, ends=ends if side == 0 else ends[::-1]))

    def _count(self, side: int, octets: int) -> None:
        if side == 0:
            self.client_sequence += octets
        else:
            self.server_sequence += octets

    def opened(self) -> "Talk":
        for side, flags in ((0, SYN), (1, SYN | ACK)):
            self.packets.append(self.packet(side, flags=flags))
            self._count(side, 1)
        self.packets.append(self.packet(0))
        return self

    def says(self, side: int, data: bytes, *, segment: int = 1400, lost: bool = False) -> "Talk":
        """Send data in segments and acknowledge them; `lost` keeps the data out of the capture."""
        for at in range(0, len(data), segment):
            piece = data[at : at + segment]
            if not lost:
                self.packets.append(self.packet(side, piece))
            self._count(side, len(piece))
        self.packets.append(self.packet(1 - side))
        return self

    def closed(self) -> "Talk":
        for side in (0, 1):
            self.packets.append(self.packet(side, flags=FIN | ACK))
            self._count(side, 1)
        self.packets.append(self.packet(0))
        return self

    def reset(self, side: int = 0) -> "Talk":
        self.packets.append(self.packet(side, flags=RST | ACK))
        return self


PCAP_FORMS = {
    "microseconds, little-endian": ("<", 0xA1B2C3D4, 1000),
    "microseconds, big-endian": (">", 0xA1B2C3D4, 1000),
    "nanoseconds, little-endian": ("<", 0xA1B23C4D, 1),
    "nanoseconds, big-endian": (">", 0xA1B23C4D, 1),
}


def pcap(packets: Iterable[bytes], *, form: str = "microseconds, little-endian", link_type: int = 1) -> bytes:
    order, magic, unit = PCAP_FORMS[form]
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link_type)
    for number, packet in enumerate(packets):
        seconds, rest = divmod(BEGAN_NS + number * 1_000_000, 1_000_000_000)
        out += struct.pack(order + "IIII", seconds, rest // unit, len(packet), len(packet)) + packet
    return out


def block(kind: int, body: bytes, *, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def section(*, order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order=order)


def interface(*, link_type: int = 1, resolution: int | None = None, order: str = "<") -> bytes:
    options = b""
    if resolution is not None:
        options = struct.pack(order + "HHBxxx", 9, 1, resolution) + struct.pack(order + "HH", 0, 0)
    return block(1, struct.pack(order + "HHI", link_type, 0, 262144) + options, order=order)


def enhanced(packet: bytes, ticks: int, *, number: int = 0, order: str = "<") -> bytes:
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), len(packet))
    return block(6, head + packet, order=order)


def key_log_block(text: str, *, order: str = "<") -> bytes:
    raw = text.encode()
    return block(10, struct.pack(order + "II", 0x544C534B, len(raw)) + raw, order=order)


def pcapng(packets: Iterable[bytes], *, key_log: str = "") -> bytes:
    blocks = [section(), interface()] + ([key_log_block(key_log)] if key_log else [])
    blocks += [enhanced(packet, BEGAN_NS // 1000 + number * 1000) for number, packet in enumerate(packets)]
    return b"".join(blocks)
