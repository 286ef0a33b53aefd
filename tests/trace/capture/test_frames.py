import pytest

from v2xconform.protocols.v2gtp import encode_frame
from v2xconform.trace.capture.frames import LONGEST_PAYLOAD, FrameFinder, frame_in_datagram
from v2xconform.trace.capture.reassembly import Stamp

AT = Stamp(7, None)
ONE = encode_frame(0x8001, b"\x80one")
TWO = encode_frame(0x8002, b"\x80two")


class Found:
    """A finder whose findings are written down."""

    def __init__(self, *, whole: bool = True) -> None:
        self.payloads: list[bytes] = []
        self.faults: list[str] = []
        self.finder = FrameFinder(
            lambda frame: self.payloads.append(frame.payload),
            lambda text, packet, lost: self.faults.append(text),
            whole=whole,
        )

    def take(self, *pieces: bytes) -> "Found":
        for piece in pieces:
            self.finder.take(piece, AT)
        return self


def test_frames_in_any_pieces() -> None:
    whole = ONE + TWO
    for size in range(1, len(whole) + 1):
        found = Found().take(*(whole[at : at + size] for at in range(0, len(whole), size)))
        assert found.payloads == [b"\x80one", b"\x80two"]
        assert found.faults == []


def test_start_in_the_middle_of_a_message() -> None:
    found = Found(whole=False).take(b"\x01\xfe rest of one", ONE[:9], ONE[9:], TWO)
    assert found.payloads == [b"\x80one", b"\x80two"]
    assert found.faults == []


def test_octets_before_the_first_frame_of_a_whole_stream_are_told() -> None:
    found = Found().take(b"\x02\xfd\x80\x01\0\0\0\x01x", ONE)
    assert found.payloads == [b"\x80one"]
    assert found.faults == ["9 octets before the first V2GTP frame are none"]


def test_a_stream_that_is_no_v2gtp_is_silent_and_small() -> None:
    found = Found()
    for _ in range(1000):
        found.take(b"GET / HTTP/1.1\r\n\x01\xfe\x12\x34" * 10)
    found.finder.end()
    assert (found.payloads, found.faults) == ([], [])
    assert len(found.finder._buffer) < 16


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        (encode_frame(0x8001, b"\x80x", version=2), "protocol version is 0x02, expected 0x01"),
        (encode_frame(0x8001, b"\x80x", inverse=0xFD), "inverse protocol version is 0xFD, expected 0xFE"),
        (encode_frame(0x8007, b"\x80x"), "payload type 0x8007 is reserved"),
    ],
)
def test_a_broken_header_is_told_and_the_next_frame_found(broken: bytes, text: str) -> None:
    found = Found().take(ONE + broken + TWO)
    assert found.payloads == [b"\x80one", b"\x80two"]
    assert found.faults == [f"V2GTP header: {text} ({broken.hex()})"]


def test_a_wrong_length_costs_one_message() -> None:
    broken = encode_frame(0x8001, b"\x80x", length=LONGEST_PAYLOAD + 1)
    found = Found().take(ONE, broken, TWO)
    assert found.payloads == [b"\x80one", b"\x80two"]
    assert len(found.faults) == 1
    assert "payload length is 262145 bytes" in found.faults[0]


def test_a_manufacturer_specific_type_between_frames_is_a_frame() -> None:
    found = Found().take(ONE + encode_frame(0xA001, b"own") + TWO)
    assert found.payloads == [b"\x80one", b"own", b"\x80two"]


def test_after_a_gap_the_next_header_is_searched() -> None:
    found = Found().take(ONE, TWO[:10])
    found.finder.gap(300, AT)
    found.take(b"rest", ONE)
    assert found.payloads == [b"\x80one", b"\x80one"]
    assert found.faults == [
        "300 octets are not in the capture, a message was cut after 10 octets; going on at the next header"
    ]


@pytest.mark.parametrize(("held", "wanted"), [(5, "5 octets of its header"), (10, "10 octets of 12 octets")])
def test_an_incomplete_last_message_is_told(held: int, wanted: str) -> None:
    found = Found().take(ONE, TWO[:held])
    found.finder.end()
    assert found.faults == [f"the last message is cut: {wanted}"]


def test_datagrams() -> None:
    frame = frame_in_datagram(encode_frame(0x9000, b"\x10\0") + b"padding", AT)
    assert frame is not None
    assert (frame.payload_type, frame.payload) == (0x9000, b"\x10\0")
    for data in (b"", ONE[:-1], b"\x01\xfe", encode_frame(0x1234, b"x"), encode_frame(0x9000, b"")):
        assert frame_in_datagram(data, AT) is None
