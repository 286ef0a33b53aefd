import io
import struct

import pytest

from v2xconform.trace.capture.packets import (
    LONGEST_PACKET,
    CaptureError,
    Packet,
    Remark,
    Secrets,
    is_capture,
    read_packets,
)

from .packet_factory import BEGAN_NS, PCAP_FORMS, block, enhanced, interface, key_log_block, pcap, pcapng, section

PACKETS = [b"first", b"second packet", b""]


def items(data: bytes) -> list[Packet | Secrets | Remark]:
    return list(read_packets(io.BytesIO(data)))


def remarks(data: bytes) -> list[str]:
    return [item.text for item in items(data) if isinstance(item, Remark)]


@pytest.mark.parametrize("form", PCAP_FORMS)
def test_classic_pcap_in_every_form(form: str) -> None:
    data = pcap(PACKETS, form=form)
    assert is_capture(data)
    assert items(data) == [Packet(n + 1, BEGAN_NS + n * 1_000_000, 1, packet) for n, packet in enumerate(PACKETS)]


def test_modified_pcap_has_eight_octets_more_in_each_packet_header() -> None:
    data = struct.pack("<IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 65535, 1)
    data += struct.pack("<IIII", 5, 6, 3, 3) + bytes(8) + b"abc"
    assert items(data) == [Packet(1, 5_000_006_000, 1, b"abc")]


def test_check_sequence_bits_are_not_part_of_the_link_type() -> None:
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 0x14000001) + struct.pack("<IIII", 0, 0, 1, 1) + b"x"
    assert items(data) == [Packet(1, 0, 1, b"x")]


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_interfaces_have_their_own_link_type_and_clock(order: str) -> None:
    data = section(order=order) + interface(order=order) + interface(link_type=101, resolution=9, order=order)
    data += interface(link_type=113, resolution=0x80 | 10, order=order)
    data += enhanced(b"one", 1_000_001, order=order) + enhanced(b"two", 5, number=1, order=order)
    data += enhanced(b"three", 2048, number=2, order=order)
    assert items(data) == [
        Packet(1, 1_000_001_000, 1, b"one"),
        Packet(2, 5, 101, b"two"),
        Packet(3, 2_000_000_000, 113, b"three"),
    ]


def test_pcapng_time_offset_is_added() -> None:
    options = struct.pack("<HHq", 14, 8, 100) + struct.pack("<HH", 0, 0)
    data = section() + block(1, struct.pack("<HHI", 1, 0, 0) + options) + enhanced(b"x", 1)
    assert items(data) == [Packet(1, 100_000_001_000, 1, b"x")]


def test_pcapng_simple_and_old_packet_blocks() -> None:
    simple = block(3, struct.pack("<I", 5) + b"hello")
    old = block(2, struct.pack("<HHIIII", 0, 0, 0, 7, 3, 3) + b"old")
    assert items(section() + interface() + simple + old) == [Packet(1, None, 1, b"hello"), Packet(2, 7000, 1, b"old")]


def test_pcapng_secrets_and_unknown_blocks() -> None:
    data = section() + block(0x0BAD, b"whatever") + block(5, bytes(12)) + key_log_block("CLIENT_RANDOM …")
    assert items(data) == [Secrets("CLIENT_RANDOM " + "\N{REPLACEMENT CHARACTER}" * 3)]


def test_pcapng_secrets_of_another_kind_are_passed_over() -> None:
    assert items(section() + block(10, struct.pack("<II", 0x57474B4C, 4) + b"wire")) == []


def test_pcapng_second_section_may_have_another_byte_order() -> None:
    data = pcapng([b"x"]) + section(order=">") + interface(order=">") + enhanced(b"y", 0, order=">")
    assert [item.data for item in items(data) if isinstance(item, Packet)] == [b"x", b"y"]


def test_packet_of_an_interface_that_is_not_described() -> None:
    data = section() + interface() + enhanced(b"lost", 0, number=3) + enhanced(b"kept", 0)
    assert remarks(data) == ["packet 1 names interface 3, which is not described"]
    assert [item.data for item in items(data) if isinstance(item, Packet)] == [b"kept"]


def test_packet_longer_than_its_block() -> None:
    data = section() + interface() + block(6, struct.pack("<IIIII", 0, 0, 0, 100, 100) + b"abcd")
    assert remarks(data) == ["packet 1 claims 100 octets, its block holds 4"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "neither pcap nor pcapng: the file starts with nothing"),
        (b"PK\x03\x04", "neither pcap nor pcapng: the file starts with 50 4b 03 04"),
        (pcap([])[:20], "the pcap file ends within its 24-octet header"),
        (section()[:9], "not a readable pcapng file: section header with byte-order magic 4d"),
        (section()[:20], "not a readable pcapng file: the file ends within a block of type 0xa0d0d0a: 20 of 28 octets"),
    ],
)
def test_what_is_no_capture_is_refused_in_one_line(data: bytes, text: str) -> None:
    with pytest.raises(CaptureError) as caught:
        items(data)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (pcap([b"abc"])[:-2], "the file ends within packet 1: 1 of 3 octets"),
        (pcap([b"abc"])[:30], "the file ends within the header of packet 1"),
        (
            pcap([]) + struct.pack("<IIII", 0, 0, LONGEST_PACKET + 1, 0),
            "packet 1 claims 262145 octets: damaged from here on, reading stops",
        ),
        (
            pcapng([b"abc"])[:-5],
            "after packet 0: the file ends within a block of type 0x6: 31 of 36 octets; reading stops here",
        ),
        (
            pcapng([b"x"]) + b"\x06\0",
            "after packet 1: the file ends within a block header; reading stops here",
        ),
        (
            pcapng([b"x"]) + struct.pack("<II", 6, 0xFFFFFFF0),
            "after packet 1: block of type 0x6 claims 4294967280 octets; reading stops here",
        ),
        (
            pcapng([b"x"]) + block(6, b"abcd"),
            "after packet 1: a block is shorter than its fields; reading stops here",
        ),
    ],
)
def test_damage_ends_the_reading_with_one_remark(data: bytes, text: str) -> None:
    assert remarks(data) == [text]
