import struct

import pytest

from v2xconform.trace.capture.dissect import ACK, Fragment, Segment, dissect, endpoint, knows_link

from .packet_factory import CLIENT, SERVER, ethernet, ipv4, ipv6, tcp, udp

SEGMENT = tcp(b"payload", ports=(1, 2), seq=3, ack=4)
DATAGRAM = udp(b"payload", ports=(1, 2))
V6 = ipv6(SEGMENT, 6)
V4 = ipv4(SEGMENT, 6)


def payload_of(link_type: int, data: bytes) -> bytes:
    found = dissect(link_type, data)
    assert isinstance(found, Segment)
    return found.data


def test_every_field_of_a_segment() -> None:
    found = dissect(1, ethernet(V6))
    assert isinstance(found, Segment)
    assert endpoint(found.source, found.source_port) == f"[{CLIENT}]:1"
    assert endpoint(found.destination, found.destination_port) == f"[{SERVER}]:2"
    assert found[0] == "tcp"
    assert found[5:] == (b"payload", 3, 4, ACK)


def test_ipv4_ends_are_written_without_brackets() -> None:
    found = dissect(1, ethernet(V4))
    assert isinstance(found, Segment)
    assert endpoint(found.source, found.source_port) == "192.0.2.1:1"


@pytest.mark.parametrize("packet", [V6, V4, ipv6(DATAGRAM, 17), ipv4(DATAGRAM, 17)])
@pytest.mark.parametrize(
    ("link_type", "lead"),
    [
        (0, struct.pack("<I", 30)),
        (9, b"\xff\x03\x00\x57"),
        (9, b"\x00\x57"),
        (12, b""),
        (14, b""),
        (101, b""),
        (108, struct.pack(">I", 30)),
    ],
)
def test_link_layers_that_leave_it_to_the_ip_version(link_type: int, lead: bytes, packet: bytes) -> None:
    assert knows_link(link_type)
    assert payload_of(link_type, lead + packet) == b"payload"


@pytest.mark.parametrize(("packet", "kind"), [(V6, 0x86DD), (V4, 0x0800)])
def test_linux_cooked(packet: bytes, kind: int) -> None:
    assert payload_of(113, bytes(14) + struct.pack("!H", kind) + packet) == b"payload"
    assert payload_of(276, struct.pack("!H", kind) + bytes(18) + packet) == b"payload"


def test_raw_ip_of_one_version() -> None:
    assert payload_of(228, V4) == b"payload"
    assert payload_of(229, V6) == b"payload"


@pytest.mark.parametrize("tags", [[0x8100], [0x88A8, 0x8100], [0x9100, 0x8100]])
def test_vlan_tags(tags: list[int]) -> None:
    assert payload_of(1, ethernet(V6, tags=tags)) == b"payload"


def test_padding_of_short_frames_is_no_payload() -> None:
    assert payload_of(1, ethernet(V6) + bytes(20)) == b"payload"
    assert payload_of(1, ethernet(V4) + bytes(20)) == b"payload"
    assert payload_of(1, ethernet(ipv6(DATAGRAM, 17)) + bytes(20)) == b"payload"


def test_length_zero_of_offloaded_packets_means_all_that_is_there() -> None:
    assert payload_of(229, V6[:4] + bytes(2) + V6[6:]) == b"payload"
    assert payload_of(228, V4[:2] + bytes(2) + V4[4:]) == b"payload"


def test_ipv6_extension_headers() -> None:
    hop_by_hop = bytes((60, 0)) + bytes(6)
    destination = bytes((51, 1)) + bytes(14)
    authentication = bytes((44, 4)) + bytes(22)
    atomic = bytes((6, 0)) + bytes(6)
    assert payload_of(229, ipv6(hop_by_hop + destination + authentication + atomic + SEGMENT, 0)) == b"payload"


def test_fragments_are_named() -> None:
    assert isinstance(dissect(229, ipv6(bytes((6, 0, 0, 1)) + bytes(4) + SEGMENT, 44)), Fragment)
    assert isinstance(dissect(228, ipv4(SEGMENT, 6, fragment=0x2000)), Fragment)
    assert isinstance(dissect(228, ipv4(SEGMENT, 6, fragment=0x0010)), Fragment)


@pytest.mark.parametrize(
    ("link_type", "data"),
    [
        (147, ethernet(V6)),
        (1, ethernet(ipv6(b"", 58))),
        (1, ethernet(ipv4(b"", 1))),
        (1, bytes(12) + b"\x88\xe1" + bytes(40)),
        (1, b""),
        (101, b"\x50" + bytes(60)),
        (229, ipv6(SEGMENT[:12] + b"\x40" + SEGMENT[13:], 6)),
    ],
)
def test_everything_else_is_nothing(link_type: int, data: bytes) -> None:
    assert dissect(link_type, data) is None


@pytest.mark.parametrize(
    "packet", [ethernet(V6, tags=[0x8100]), ethernet(V4), ethernet(ipv6(bytes((6, 0)) + bytes(6) + SEGMENT, 0))]
)
def test_a_packet_cut_anywhere_is_no_error(packet: bytes) -> None:
    for length in range(len(packet)):
        found = dissect(1, packet[:length])
        assert found is None or (isinstance(found, Segment) and b"payload".startswith(found.data))
