"""Turn `Unit`s into decoded messages, and decoded messages back into octets."""

from dataclasses import dataclass, field
from typing import Any, Final

from v2xconform.protocols import sdp
from v2xconform.protocols.exi import ExiDecodeError, ExiEncodeError, codec
from v2xconform.protocols.ocpp import VERSIONS
from v2xconform.protocols.v2gtp import PAYLOAD_TYPE_OF, encode_frame, payload_type_name
from v2xconform.trace.capture.inputs import OCPP, Trouble, Unit
from v2xconform.trace.capture.ocpp_texts import TextReader, text_of
from v2xconform.trace.capture.schema_choice import (
    DIN,
    ISO_2,
    SAP,
    SchemaChoice,
    Undecided,
    protocol_name,
)

_ROOT: Final = "V2G_Message"
_WRAPPED: Final = frozenset({DIN, ISO_2})
"""Protocols whose messages all have the root V2G_Message; they are named after the element in its Body."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One message as people and machines want to see it."""

    unit: Unit
    protocol: str
    name: str
    tree: Any
    oddities: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""
    fragment: bool = False
    rpc: dict[str, Any] | None = None
    """OCPP: message type and id."""

    def record(self) -> dict[str, Any]:
        """Return it as the JSON object that `encode_record` reads back."""
        unit = self.unit
        record: dict[str, Any] = {"protocol": self.protocol, "name": self.name, "tree": self.tree}
        record["oddities"] = self.oddities
        if self.rpc is not None:
            record["rpc"] = self.rpc
        if unit.payload_type is not None:
            record["payload_type"] = f"0x{unit.payload_type:04X}"
        if unit.framed:
            record["frame"] = True
        if self.fragment:
            record["fragment"] = True
        record["hex"] = unit.payload.hex()
        for key, value in (("time", unit.time), ("src", unit.src), ("dst", unit.dst), ("note", self.note)):
            if value:
                record[key] = value
        record["source"] = unit.source
        return record


class NotDecided(Trouble):
    """A unit whose schema cannot be told without help from the user."""

    __slots__ = ()


class Decoder:
    """Decode units in the order of the input, so that what was negotiated applies to what follows.

    `protocol` is a short name or namespace from the user, or None. Raises ValueError for an unknown one.
    """

    def __init__(self, protocol: str | None = None, *, fragment: bool = False) -> None:
        version = next((one for one in VERSIONS if one == protocol), None)
        self._version = version
        self._protocol = None if protocol is None or version else protocol_name(protocol)
        self._choice = SchemaChoice(self._protocol)
        self._texts = TextReader(version)
        self._fragment = fragment

    def decode(self, unit: Unit) -> Decoded | Trouble:
        """Return the message in a unit, or why there is none."""
        if unit.protocol is not None and unit.protocol.startswith(OCPP):
            return self._ocpp(unit)
        if unit.event is not None:
            note = f"as recorded: {unit.event.layer} is not EXI"
            return Decoded(unit, unit.event.layer, unit.event.name, unit.event.body, note=note)
        if self._version is not None and unit.payload_type is None and unit.protocol is None and unit.event is None:
            return self._ocpp(unit)
        if unit.protocol is not None and self._protocol is None:
            return self._exi(unit, unit.protocol, "")
        if self._fragment and self._protocol is None:
            return NotDecided(unit.where, "a fragment does not tell its schema: name it with --protocol")
        if self._fragment and self._protocol is not None:
            return self._exi(unit, self._protocol, "")
        try:
            choice = self._choice.choose(
                unit.payload_type, unit.payload, unit.conversation, whole=unit.whole, several=unit.several
            )
        except Undecided as undecided:
            if unit.payload_type not in (None, 0x8001):
                kind = payload_type_name(unit.payload_type)
                return Trouble(
                    unit.where, f"payload type {unit.payload_type:#06x} ({kind}) holds no message known here"
                )
            return NotDecided(unit.where, str(undecided))
        if choice.protocol == "sdp":
            return self._sdp(unit, choice.note)
        return self._exi(unit, choice.protocol, choice.note)

    def _ocpp(self, unit: Unit) -> Decoded | Trouble:
        if unit.protocol not in (None, OCPP, *VERSIONS) and self._version is None:
            return Trouble(unit.where, f"{unit.src} → {unit.dst}: {unit.protocol} is not known here", lost=False)
        read = self._texts.read(
            unit.payload, unit.protocol or "", conversation=unit.conversation, src=unit.src, dst=unit.dst, text=unit.text
        )  # fmt: skip
        if isinstance(read, str):
            between = f"{unit.src} → {unit.dst}: " if unit.src else ""
            return Trouble(unit.where, f"{between}{read}")
        return Decoded(unit, read.version, read.name, read.tree, read.oddities, read.note, rpc=read.rpc)

    def _exi(self, unit: Unit, protocol: str, note: str) -> Decoded | Trouble:
        chosen = codec(protocol)
        try:
            document = chosen.decode_fragment(unit.payload) if self._fragment else chosen.decode(unit.payload)
        except ExiDecodeError as error:
            between = f"{unit.src} → {unit.dst}: " if unit.src else ""
            guessed = f" ({note}; --protocol names another)" if note else ""
            return Trouble(unit.where, f"{between}{protocol}: {error}{guessed}")
        name = document.name
        if protocol == SAP and not self._fragment:
            self._choice.learn(unit.conversation, name, document.tree)
        elif protocol in _WRAPPED and name == _ROOT and not self._fragment:
            name = _body_name(document.tree)
        oddities = [{"code": odd.code, "text": odd.text, "bit": odd.bit, "path": odd.path} for odd in document.oddities]
        return Decoded(unit, protocol, name, document.tree, oddities, note, self._fragment)

    def _sdp(self, unit: Unit, note: str) -> Decoded | Trouble:
        request = unit.payload_type == sdp.PAYLOAD_TYPES[sdp.REQUEST]
        tree, faults = (sdp.parse_request if request else sdp.parse_response)(unit.payload)
        if not tree:
            return Trouble(unit.where, "sdp: " + "; ".join(fault.text for fault in faults))
        oddities = [{"code": fault.kind, "text": fault.text, "bit": 0, "path": ""} for fault in faults]
        return Decoded(unit, "sdp", sdp.REQUEST if request else sdp.RESPONSE, tree, oddities, note)


def _body_name(tree: Any) -> str:
    body = tree.get("Body") if isinstance(tree, dict) else None
    return next(iter(body), _ROOT) if isinstance(body, dict) else _ROOT


class EncodeError(ValueError):
    """A record that cannot be encoded; one line says where and why."""


def encode_record(record: Any, protocol: str | None = None) -> bytes:
    """Return the octets of a record as `Decoded.record` writes it: an EXI stream, or a V2GTP frame if it was one.

    `protocol`, if given, overrides the record's own. Raises `EncodeError`.
    """
    if not isinstance(record, dict):
        raise EncodeError(f"a JSON object was expected, not {type(record).__name__}")
    name, tree, named = record.get("name"), record.get("tree"), protocol or record.get("protocol")
    if not isinstance(name, str) or not name:
        raise EncodeError("name: missing; it is the name of the message")
    if "tree" not in record:
        raise EncodeError("tree: missing; it is the content of the message")
    if not isinstance(named, str) or not named:
        raise EncodeError("protocol: missing; give it here or with --protocol")
    if named in VERSIONS:
        try:
            return text_of(name, tree, record.get("rpc"), str(record.get("hex", "")))
        except ValueError as error:
            raise EncodeError(str(error)) from None
    if named == "sdp":
        payload, default_type = _encode_sdp(name, tree), sdp.PAYLOAD_TYPES.get(name)
    else:
        try:
            short = protocol_name(named)
        except ValueError as error:
            raise EncodeError(f"protocol: {error}") from None
        payload, default_type = _encode_exi(short, name, tree, bool(record.get("fragment"))), PAYLOAD_TYPE_OF.get(short)
    if not record.get("frame"):
        return payload
    return encode_frame(_payload_type(record.get("payload_type", default_type)), payload)


def _encode_sdp(name: str, tree: Any) -> bytes:
    if name not in sdp.PAYLOAD_TYPES:
        raise EncodeError(f"name: {name!r} is not an SDP message; known are {', '.join(sdp.PAYLOAD_TYPES)}")
    if not isinstance(tree, dict):
        raise EncodeError("tree: an object with the fields of the message was expected")
    try:
        return sdp.encode_request(tree) if name == sdp.REQUEST else sdp.encode_response(tree)
    except sdp.SdpEncodeError as error:
        raise EncodeError(f"tree: {error}") from None


def _encode_exi(protocol: str, name: str, tree: Any, fragment: bool) -> bytes:
    chosen = codec(protocol)
    wrapped = protocol in _WRAPPED and not fragment and isinstance(tree, dict) and _body_name(tree) == name
    try:
        return chosen.encode_fragment(name, tree) if fragment else chosen.encode(_ROOT if wrapped else name, tree)
    except ExiEncodeError as error:
        raise EncodeError(f"{protocol}, {name}: {error}") from None


def _payload_type(value: Any) -> int:
    try:
        number = int(value, 0) if isinstance(value, str) else value
    except ValueError:
        number = None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 0xFFFF:
        raise EncodeError(f"payload_type: {value!r} is not a number from 0 to 0xFFFF (0x8001 …)")
    return number
