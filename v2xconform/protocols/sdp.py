"""SECC discovery protocol: the one datagram each way by which a car finds the charger's address.

Sources: ISO 15118-2 clause 7.10.1 and ISO 15118-20 clause 7.10.1 (request: security and transport; response: address,
port, security, transport); payload types 0x9000 and 0x9001.

A datagram becomes an `SdpMessage`: its tree holds what was readable, its faults say everything that is wrong, and both
may be there at once (an unknown security byte is a fault, and the tree shows it as "0x05").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import Any, Final, Literal

from v2xconform.protocols import v2gtp

PORT: Final = 15118
"""UDP port of every SDP server."""
GROUP: Final = "ff02::1"
"""Link-local all-nodes multicast, where the request goes."""

REQUEST: Final = "SECCDiscoveryReq"
RESPONSE: Final = "SECCDiscoveryRes"
NAMES: Final[dict[int, str]] = {v2gtp.SDP_REQUEST: REQUEST, v2gtp.SDP_RESPONSE: RESPONSE}
PAYLOAD_TYPES: Final[dict[str, int]] = {name: payload_type for payload_type, name in NAMES.items()}
LENGTHS: Final[dict[str, int]] = {REQUEST: 2, RESPONSE: 20}

SECURITY: Final[dict[int, str]] = {0x00: "TLS", 0x10: "None"}
TRANSPORT: Final[dict[int, str]] = {0x00: "TCP", 0x10: "UDP"}

FaultKind = Literal[
    "version", "inverse", "payload-type", "length", "truncated", "security", "transport", "address", "port"
]


@dataclass(frozen=True, slots=True)
class SdpFault:
    """One thing wrong with a datagram."""

    kind: FaultKind
    """The field: of the frame (version, inverse, payload-type, length, truncated) or of the message (the others)."""
    text: str


@dataclass(frozen=True, slots=True)
class SdpMessage:
    """What one datagram says."""

    name: str
    """SECCDiscoveryReq or SECCDiscoveryRes; empty when the frame does not tell."""
    tree: dict[str, Any]
    """The fields that could be read; empty when the payload has the wrong length."""
    faults: tuple[SdpFault, ...]
    header: bytes
    payload: bytes


class SdpEncodeError(ValueError):
    """A tree that cannot be written as SDP; the message says which field and what would be right."""


def encode_request(tree: Mapping[str, Any]) -> bytes:
    """Return the two payload bytes of a request; unknown codes may be given as "0x05" or 5. Raises SdpEncodeError."""
    _known_fields(tree, REQUEST, ("Security", "TransportProtocol"))
    return bytes((_code(tree, "Security", SECURITY), _code(tree, "TransportProtocol", TRANSPORT)))


def encode_response(tree: Mapping[str, Any]) -> bytes:
    """Return the twenty payload bytes of a response. Raises SdpEncodeError."""
    _known_fields(tree, RESPONSE, ("SECCIPAddress", "SECCPort", "Security", "TransportProtocol"))
    try:
        address = IPv6Address(str(tree["SECCIPAddress"]).partition("%")[0]).packed
    except AddressValueError:
        raise SdpEncodeError(
            f"{RESPONSE}.SECCIPAddress: {tree['SECCIPAddress']!r} is not an IPv6 address like fe80::1"
        ) from None
    port = tree["SECCPort"]
    if not isinstance(port, int) or not 0 <= port <= 0xFFFF:
        raise SdpEncodeError(f"{RESPONSE}.SECCPort: {port!r} is not a number from 0 to 65535")
    codes = bytes((_code(tree, "Security", SECURITY), _code(tree, "TransportProtocol", TRANSPORT)))
    return address + port.to_bytes(2, "big") + codes


def encode(name: str, tree: Mapping[str, Any]) -> bytes:
    """Return the whole datagram, header and payload, of a message of `PAYLOAD_TYPES`. Raises SdpEncodeError."""
    if name not in PAYLOAD_TYPES:
        raise SdpEncodeError(f"{name!r} is not an SDP message; known are {', '.join(PAYLOAD_TYPES)}")
    payload = encode_request(tree) if name == REQUEST else encode_response(tree)
    return v2gtp.encode_frame(PAYLOAD_TYPES[name], payload)


def parse_request(payload: bytes) -> tuple[dict[str, Any], tuple[SdpFault, ...]]:
    """Return the tree of a request payload and everything that is wrong with it."""
    return _parse(REQUEST, payload)


def parse_response(payload: bytes) -> tuple[dict[str, Any], tuple[SdpFault, ...]]:
    """Return the tree of a response payload and everything that is wrong with it."""
    return _parse(RESPONSE, payload)


def decode(datagram: bytes) -> SdpMessage:
    """Read a datagram. Never raises: whatever a device sends ends up in the faults."""
    header, payload = datagram[: v2gtp.HEADER_LENGTH], datagram[v2gtp.HEADER_LENGTH :]
    if len(header) < v2gtp.HEADER_LENGTH:
        text = f"the datagram has {len(datagram)} bytes, fewer than the {v2gtp.HEADER_LENGTH} of a V2GTP header"
        return SdpMessage("", {}, (SdpFault("truncated", text),), header, payload)
    faults: list[SdpFault] = []
    frame_fault = v2gtp.check_header(header, max_length=0xFFFF)
    if frame_fault is not None:
        faults.append(SdpFault(frame_fault.kind, frame_fault.text))
    payload_type, length = int.from_bytes(header[2:4], "big"), int.from_bytes(header[4:], "big")
    name = NAMES.get(payload_type, "")
    if not name and not v2gtp.is_reserved(payload_type):
        what = f"0x{payload_type:04X} ({v2gtp.payload_type_name(payload_type)})"
        faults.append(SdpFault("payload-type", f"payload type is {what}, expected 0x9000 or 0x9001"))
    if length != len(payload) and not (frame_fault and "payload length" in frame_fault.text):
        faults.append(
            SdpFault("length", f"the header says {length} payload bytes, the datagram carries {len(payload)}")
        )
    tree: dict[str, Any] = {}
    if name:
        tree, wrong = _parse(name, payload)
        faults.extend(wrong)
    return SdpMessage(name, tree, tuple(faults), header, payload)


def _parse(name: str, payload: bytes) -> tuple[dict[str, Any], tuple[SdpFault, ...]]:
    if len(payload) != LENGTHS[name]:
        return {}, (SdpFault("length", f"{name} has {len(payload)} payload bytes, expected {LENGTHS[name]}"),)
    tree: dict[str, Any] = {}
    faults: list[SdpFault] = []
    if name == RESPONSE:
        address, port = IPv6Address(payload[:16]), int.from_bytes(payload[16:18], "big")
        tree |= {"SECCIPAddress": str(address), "SECCPort": port}
        if address.is_unspecified or address.is_multicast:
            faults.append(SdpFault("address", f"SECCIPAddress {address} is not the address of a host"))
        if port == 0:
            faults.append(SdpFault("port", "SECCPort is 0, which nobody can connect to"))
    codes: tuple[tuple[str, FaultKind, int, dict[int, str]], ...] = (
        ("Security", "security", payload[-2], SECURITY),
        ("TransportProtocol", "transport", payload[-1], TRANSPORT),
    )
    for field, kind, value, table in codes:
        tree[field] = table.get(value, f"0x{value:02X}")
        if value not in table:
            known = ", ".join(f"0x{code:02X} ({word})" for code, word in table.items())
            faults.append(SdpFault(kind, f"{field} is 0x{value:02X}, which is reserved; known are {known}"))
    return tree, tuple(faults)


def _known_fields(tree: Mapping[str, Any], name: str, fields: tuple[str, ...]) -> None:
    missing, unknown = [f for f in fields if f not in tree], [f for f in tree if f not in fields]
    if missing or unknown:
        wrong = [f"{field} is missing" for field in missing] + [
            f"{field} is not one of its fields" for field in unknown
        ]
        raise SdpEncodeError(f"{name}: {'; '.join(wrong)} (fields: {', '.join(fields)})")


def _code(tree: Mapping[str, Any], field: str, table: dict[int, str]) -> int:
    value = tree[field]
    for code, word in table.items():
        if value == word:
            return code
    try:
        code = int(value, 16) if isinstance(value, str) else int(value)
    except (TypeError, ValueError):
        code = -1
    if not 0 <= code <= 0xFF:
        raise SdpEncodeError(f"{field}: {value!r} is neither {' nor '.join(table.values())} nor a byte like 0x05")
    return code
