"""SDP messages: trees both ways, and each fault of a datagram told apart."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2xconform.protocols import sdp, v2gtp

REQUEST = {"Security": "TLS", "TransportProtocol": "TCP"}
RESPONSE = {"SECCIPAddress": "fe80::1", "SECCPort": 50000, "Security": "None", "TransportProtocol": "TCP"}


def test_a_request_on_the_wire() -> None:
    assert sdp.encode("SECCDiscoveryReq", REQUEST).hex() == "01fe9000000000020000"


def test_a_response_on_the_wire() -> None:
    wire = sdp.encode("SECCDiscoveryRes", RESPONSE).hex()
    assert wire == "01fe900100000014" + "fe800000000000000000000000000001" + "c350" + "10" + "00"


@pytest.mark.parametrize(("name", "tree"), [("SECCDiscoveryReq", REQUEST), ("SECCDiscoveryRes", RESPONSE)])
def test_what_was_written_is_read_back(name: str, tree: dict[str, Any]) -> None:
    message = sdp.decode(sdp.encode(name, tree))
    assert (message.name, message.tree, message.faults) == (name, tree, ())


def frame(payload: bytes, payload_type: int = 0x9000, **wrong: int) -> bytes:
    return v2gtp.encode_frame(payload_type, payload, **wrong)


HOST = bytes.fromhex("fe800000000000000000000000000001")


@pytest.mark.parametrize(
    ("datagram", "kinds"),
    [
        (b"", ["truncated"]),
        (b"\x01\xfe\x90", ["truncated"]),
        (frame(b"\0\0", version=2), ["version"]),
        (frame(b"\0\0", inverse=0xFF), ["inverse"]),
        (frame(b"\0\0", payload_type=0x8001), ["payload-type"]),
        (frame(b"\0\0", payload_type=0x9FFF), ["payload-type"]),
        (frame(b"\0\0", length=3), ["length"]),
        (frame(b"\0\0", length=0xFFFFFFFF), ["length"]),
        (frame(b"\0"), ["length"]),
        (frame(b"\0\0\0"), ["length"]),
        (frame(b"\x05\0"), ["security"]),
        (frame(b"\0\x05"), ["transport"]),
        (frame(b"\x05\x05"), ["security", "transport"]),
        (frame(HOST + b"\xc3\x50\0\0", 0x9001), []),
        (frame(HOST + b"\0\0\0\0", 0x9001), ["port"]),
        (frame(bytes(16) + b"\xc3\x50\0\0", 0x9001), ["address"]),
        (frame(HOST, 0x9001), ["length"]),
    ],
)
def test_each_fault_is_told_apart(datagram: bytes, kinds: list[str]) -> None:
    assert [fault.kind for fault in sdp.decode(datagram).faults] == kinds


def test_a_reserved_code_is_kept_as_hexadecimal_and_written_again() -> None:
    message = sdp.decode(frame(b"\x05\x10"))
    assert message.tree == {"Security": "0x05", "TransportProtocol": "UDP"}
    assert sdp.encode_request(message.tree) == b"\x05\x10"


@pytest.mark.parametrize(
    ("name", "tree", "words"),
    [
        ("SECCDiscoveryReq", {"Security": "SSL", "TransportProtocol": "TCP"}, "neither TLS nor None nor a byte"),
        ("SECCDiscoveryReq", {"Security": "TLS"}, "TransportProtocol is missing"),
        ("SECCDiscoveryReq", {**REQUEST, "Port": 1}, "Port is not one of its fields"),
        ("SECCDiscoveryRes", {**RESPONSE, "SECCPort": 70000}, "from 0 to 65535"),
        ("SECCDiscoveryRes", {**RESPONSE, "SECCIPAddress": "10.0.0.1"}, "not an IPv6 address"),
        ("Hello", {}, "known are SECCDiscoveryReq, SECCDiscoveryRes"),
    ],
)
def test_a_wrong_tree_is_named(name: str, tree: dict[str, Any], words: str) -> None:
    with pytest.raises(sdp.SdpEncodeError, match=words):
        sdp.encode(name, tree)


@given(st.binary(max_size=40))
def test_no_datagram_raises(datagram: bytes) -> None:
    sdp.decode(datagram)


@given(st.integers(0, 255), st.integers(0, 255))
def test_every_request_survives_the_way_there_and_back(security: int, transport: int) -> None:
    tree, _ = sdp.parse_request(bytes((security, transport)))
    assert sdp.encode_request(tree) == bytes((security, transport))
