"""Which schema a message is to be read with: by payload type and negotiated protocol, as ISO 15118-20, 7.8.3 has it.

EXI does not name its schema, and the same octets can be valid under several. Where neither the payload type nor a
negotiation seen earlier decides, the first octets may allow a guess; a guess is never made without saying so.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from v2xconform.protocols import v2gtp
from v2xconform.protocols.ocpp import VERSIONS

SAP: Final = "supportedappprotocol"
DIN: Final = "din70121"
ISO_2: Final = "iso15118-2"
SHARED_TYPE: Final = v2gtp.EXI_V2

BY_PAYLOAD_TYPE: Final[dict[int, str]] = v2gtp.SCHEMAS | {v2gtp.SDP_REQUEST: "sdp", v2gtp.SDP_RESPONSE: "sdp"}
"""Payload types that name their schema; 0x8001 stands for SupportedAppProtocol, DIN 70121 and ISO 15118-2."""

NEGOTIABLE: Final[dict[str, str]] = {
    "urn:din:70121:2012:MsgDef": DIN,
    "urn:iso:15118:2:2013:MsgDef": ISO_2,
    "urn:iso:std:iso:15118:-20:AC": "iso15118-20-ac",
    "urn:iso:std:iso:15118:-20:DC": "iso15118-20-dc",
    "urn:iso:std:iso:15118:-20:WPT": "iso15118-20-wpt",
    "urn:iso:std:iso:15118:-20:ACDP": "iso15118-20-acdp",
}
"""Protocol namespaces of supportedAppProtocolReq."""

NAMESPACES: Final[dict[str, str]] = NEGOTIABLE | {
    "urn:iso:15118:2:2010:AppProtocol": SAP,
    "urn:iso:std:iso:15118:-20:CommonMessages": "iso15118-20-common",
    "http://www.w3.org/2000/09/xmldsig#": "xmldsig",
}
SHORT_NAMES: Final = frozenset(NAMESPACES.values())
_MOST_CONVERSATIONS: Final = 1024
_COOKIE: Final = b"$EXI"


class Undecided(ValueError):  # noqa: N818
    """Neither payload type, negotiation nor first octets tell the schema; the text says what to give."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The schema of one message."""

    protocol: str
    note: str = ""
    """How it was guessed; empty if it is certain."""


@dataclass(slots=True)
class _Negotiation:
    offered: dict[int, str] = field(default_factory=dict)
    """Namespaces by SchemaID, from supportedAppProtocolReq."""
    namespace: str = ""
    """What supportedAppProtocolRes chose."""
    messages: int = 0


def protocol_name(name: str) -> str:
    """Return the short name for a short name, an abbreviated one (-dc) or a namespace. Raises ValueError."""
    short = NAMESPACES.get(name, name.lower())
    if short.startswith("-"):
        short = f"iso15118-20{short}"
    if short not in SHORT_NAMES:
        known = ", ".join([*sorted(SHORT_NAMES), *VERSIONS])
        raise ValueError(f"unknown protocol {name!r}: known are {known}, and their namespaces")
    return short


class SchemaChoice:
    """Choose the schema message by message: call `choose`, decode, then tell `learn` what it was.

    `protocol` is what the user named: it holds wherever the payload type does not say otherwise.
    """

    def __init__(self, protocol: str | None = None) -> None:
        self._protocol = protocol
        self._negotiations: OrderedDict[Hashable, _Negotiation] = OrderedDict()

    def choose(
        self,
        payload_type: int | None,
        payload: bytes,
        conversation: Hashable = 0,
        *,
        whole: bool = False,
        several: bool = False,
    ) -> Choice:
        """Return the schema of a payload. Raises `Undecided`.

        `payload_type` is None for a bare EXI stream. `conversation` keeps negotiations apart; `whole` says that it was
        seen from its beginning; `several` that handshake and session may both be in the input.
        """
        if payload_type in BY_PAYLOAD_TYPE:
            protocol = BY_PAYLOAD_TYPE[payload_type]
            if self._protocol not in (None, protocol) and not several:
                return Choice(protocol, f"payload type {payload_type:#06x} names {protocol}, not {self._protocol}")
            return Choice(protocol)
        if payload_type not in (None, SHARED_TYPE):
            raise Undecided(f"payload type {payload_type:#06x} carries no message that is known here")
        look = _look(payload, strict=payload_type is None)
        if self._protocol is not None:
            return Choice(SAP if several and look == SAP else self._protocol)
        negotiation = self._of(conversation)
        negotiation.messages += 1
        if negotiation.namespace:
            return self._after(negotiation.namespace, payload_type, look)
        if look == SAP and (negotiation.offered or (whole and negotiation.messages == 1)):
            return Choice(SAP)
        if look is not None:
            return Choice(look, f"schema guessed: {look}, by its first octets {payload[:2].hex(' ')}")
        what = "this EXI stream" if payload_type is None else "this frame of payload type 0x8001"
        raise Undecided(f"nothing tells the schema of {what} ({payload[:4].hex(' ')}…): name it with --protocol")

    def learn(self, conversation: Hashable, name: str, tree: dict[str, Any]) -> None:
        """Take note of a decoded supportedAppProtocolReq or supportedAppProtocolRes."""
        negotiation = self._of(conversation)
        if name == "supportedAppProtocolReq":
            offers = tree.get("AppProtocol") or []
            negotiation.offered = {offer.get("SchemaID"): offer.get("ProtocolNamespace") for offer in offers}
            negotiation.namespace = ""
        elif str(tree.get("ResponseCode", "")).startswith("OK"):
            # SchemaID is optional; without it only a single offer is clear.
            offered = negotiation.offered
            only = next(iter(offered.values())) if len(offered) == 1 else ""
            negotiation.namespace = offered.get(tree.get("SchemaID", -1), only)

    def _after(self, namespace: str, payload_type: int | None, look: str | None) -> Choice:
        """Choose after a negotiation; first octets that speak against it win, and that is said."""
        protocol = NEGOTIABLE.get(namespace)
        if protocol in (DIN, ISO_2) and look in (None, protocol):
            return Choice(protocol)
        if look is None:
            what = f"the negotiated {namespace} does not tell the schema of this message"
            raise Undecided(f"{what}: name it with --protocol")
        return Choice(look, f"schema guessed: {look}, by its first octets, although {namespace} was negotiated")

    def _of(self, conversation: Hashable) -> _Negotiation:
        negotiation = self._negotiations.setdefault(conversation, _Negotiation())
        self._negotiations.move_to_end(conversation)
        if len(self._negotiations) > _MOST_CONVERSATIONS:
            self._negotiations.popitem(last=False)
        return negotiation


def _look(payload: bytes, *, strict: bool) -> str | None:
    """Name the schema that the first octets point to, None if they do not.

    Behind the header octet stands the code of the root: V2G_Message is 76 of 7 bits in ISO 15118-2, 77 in DIN 70121;
    supportedAppProtocolReq and -Res are 0 and 1 of 2 bits. `strict`: messages of ISO 15118-20 are possible as well.
    """
    at = len(_COOKIE) if payload.startswith(_COOKIE) else 0
    if len(payload) < at + 3 or payload[at] != 0x80:
        return None
    second, third = payload[at + 1], payload[at + 2]
    by_root = {0x98: ISO_2, 0x9A: DIN}.get(second & 0xFE)
    if by_root is not None or second >= 0x80:
        return by_root
    if not strict:
        return SAP
    if second < 0x08:
        # In a request the length of the first namespace follows, plus 2, after three bits.
        length = ((second & 0x07) << 5 | third >> 3) - 2
        return SAP if 1 <= length <= 100 and len(payload) - at > length else None
    return SAP if 0x40 <= second < 0x50 and len(payload) - at <= 5 else None
