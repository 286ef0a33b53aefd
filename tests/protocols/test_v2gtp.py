"""The V2GTP framer: every header fault told apart, the stream kept in step, memory bounded."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2xconform.protocols.v2gtp import (
    PAYLOAD_TYPE_RANGES,
    PAYLOAD_TYPES,
    Frame,
    Framer,
    HeaderFault,
    encode_frame,
    is_reserved,
    payload_type_name,
)

SOUND = encode_frame(0x8002, b"\x80\x01")


def kinds(found: list[Frame | HeaderFault]) -> list[str]:
    return [item.kind if isinstance(item, HeaderFault) else f"0x{item.payload_type:04X}" for item in found]


def test_a_frame_is_header_and_payload() -> None:
    assert encode_frame(0x8001, b"abc").hex() == "01fe800100000003616263"


def test_every_payload_type_has_a_name_and_none_has_two() -> None:
    covered = sorted([(t, t) for t in PAYLOAD_TYPES] + [(first, last) for first, last, _ in PAYLOAD_TYPE_RANGES])
    assert covered[0][0] == 0
    assert covered[-1][1] == 0xFFFF
    assert all(before[1] + 1 == after[0] for before, after in pairwise(covered))
    assert payload_type_name(0xA000) == "manufacturer specific"
    assert is_reserved(0x8007)
    assert not is_reserved(0x8101)


@pytest.mark.parametrize(
    ("wrong", "kind", "word"),
    [
        ({"version": 0x02}, "version", "0x02, expected 0x01"),
        ({"inverse": 0x00}, "inverse", "0x00, expected 0xFE"),
        ({"version": 0x00, "inverse": 0xFF}, "version", "inverse protocol version is 0xFF"),
        ({"length": 0xFFFFFFFF}, "length", "4294967295 bytes"),
    ],
)
def test_a_wrong_header_field_is_named(wrong: dict[str, int], kind: str, word: str) -> None:
    (fault,) = Framer().receive(encode_frame(0x8001, b"ab", **wrong))
    assert isinstance(fault, HeaderFault)
    assert fault.kind == kind
    assert word in fault.text
    assert fault.payload_type == 0x8001


def test_a_reserved_payload_type_is_a_fault_with_its_payload_and_the_next_frame_is_found() -> None:
    fault, frame = Framer().receive(encode_frame(0x8007, b"abc") + SOUND)
    assert isinstance(fault, HeaderFault)
    assert (fault.kind, fault.payload, fault.payload_type) == ("payload-type", b"abc", 0x8007)
    assert isinstance(frame, Frame)
    assert frame.payload == b"\x80\x01"


def test_a_wrong_version_does_not_cost_the_next_frame() -> None:
    assert kinds(Framer().receive(encode_frame(0x8001, b"abc", version=9) + SOUND)) == ["version", "0x8002"]


def test_a_claimed_length_of_four_gigabytes_is_counted_off_and_never_kept() -> None:
    framer = Framer(max_length=1000)
    assert kinds(framer.receive(encode_frame(0x8001, b"", length=0xFFFFFFFF))) == ["length"]
    for _ in range(100):
        assert framer.receive(bytes(65536)) == []
    assert len(framer._buffer) == 0
    end = framer.close()
    assert end is not None
    assert (end.kind, end.text) == (
        "truncated",
        "the stream ended 4288413695 bytes before the end of a payload of 4294967295 bytes",
    )


@pytest.mark.parametrize(("cut", "text"), [(3, "3 of 8 header bytes"), (8, "0 of 2 payload bytes"), (9, "1 of 2")])
def test_a_stream_that_ends_inside_a_frame_is_truncated(cut: int, text: str) -> None:
    framer = Framer()
    assert framer.receive(SOUND[:cut]) == []
    assert not framer.idle
    end = framer.close()
    assert end is not None
    assert end.kind == "truncated"
    assert text in end.text


def test_a_stream_that_ends_between_frames_is_whole() -> None:
    framer = Framer()
    framer.receive(SOUND)
    assert framer.idle
    assert framer.close() is None


def test_an_empty_payload_is_a_frame() -> None:
    assert Framer().receive(encode_frame(0x8001, b"")) == [Frame(0x8001, b"", bytes.fromhex("01fe800100000000"))]


STREAMS = st.lists(
    st.tuples(
        st.sampled_from([0x8001, 0x8002, 0x0000, 0x9FFF, 0xA001]), st.binary(max_size=40), st.sampled_from([1, 7])
    )
)


@given(STREAMS, st.integers(1, 50))
def test_chunks_make_no_difference(frames: list[tuple[int, bytes, int]], size: int) -> None:
    data = b"".join(encode_frame(kind, payload, version=version) for kind, payload, version in frames)
    whole, framer = Framer().receive(data), Framer()
    pieces = [item for at in range(0, len(data), size) for item in framer.receive(data[at : at + size])]
    assert pieces == whole
    assert len(whole) == len(frames)
    assert framer.idle


@given(st.binary(max_size=300))
def test_no_input_raises(data: bytes) -> None:
    framer = Framer(max_length=64)
    framer.receive(data)
    framer.close()
