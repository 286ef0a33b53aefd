"""SupportedAppProtocol: what a car offers, what a station chooses.

The station has two duties, filter then rank: of the entries that it supports it takes the one that the car prefers
([V2G20-169]); priority 1 is the highest, 20 the lowest, and there are at most 20 entries ([V2G20-167]). A different
minor version is a minor deviation and still supported; a different major version is not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from v2xconform.protocols.iso15118.session20 import as_list
from v2xconform.protocols.message import Message

PROTOCOL: Final = "supportedappprotocol"
REQUEST: Final = "supportedAppProtocolReq"
RESPONSE: Final = "supportedAppProtocolRes"
MOST_ENTRIES: Final = 20
LOWEST_PRIORITY: Final = 20


@dataclass(frozen=True, slots=True)
class AppProtocol:
    """An application protocol as SupportedAppProtocol names it."""

    namespace: str
    major: int
    minor: int = 0


ISO20_AC: Final = AppProtocol("urn:iso:std:iso:15118:-20:AC", 1)
ISO20_DC: Final = AppProtocol("urn:iso:std:iso:15118:-20:DC", 1)
ISO2: Final = AppProtocol("urn:iso:15118:2:2013:MsgDef", 2)
DIN: Final = AppProtocol("urn:din:70121:2012:MsgDef", 2)

MODES20: Final[dict[str, Literal["AC", "DC"]]] = {ISO20_AC.namespace: "AC", ISO20_DC.namespace: "DC"}
"""Namespace -> mode of an ISO 15118-20 session; the choice is a commitment to one message set."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a station makes of an offer. Send `response`; start the session of `protocol` if there is one."""

    response: Message
    protocol: AppProtocol | None
    """What was chosen, as the station supports it; None: Failed_NoNegotiation, close the connection."""
    schema_id: int | None
    why: str = ""


def offer(protocols: Sequence[AppProtocol], schema_ids: Sequence[int] = ()) -> Message:
    """Return the request that offers *protocols*, the preferred one first. Raises ValueError for more than 20.

    *schema_ids* are those of the first protocols; where there is none, the SchemaID is the priority.
    """
    if not 1 <= len(protocols) <= MOST_ENTRIES:
        raise ValueError(f"{len(protocols)} protocols cannot be offered; [V2G20-167] allows 1 to {MOST_ENTRIES}")
    entries = [
        {
            "ProtocolNamespace": one.namespace,
            "VersionNumberMajor": one.major,
            "VersionNumberMinor": one.minor,
            "SchemaID": schema_ids[number - 1] if number <= len(schema_ids) else number,
            "Priority": number,
        }
        for number, one in enumerate(protocols, start=1)
    ]
    return Message(PROTOCOL, REQUEST, {"AppProtocol": entries})


def choose(request: Mapping[str, Any], supported: Iterable[AppProtocol]) -> Choice:
    """Choose from the tree of an offer: filter by *supported*, then take the car's highest priority."""
    entries = as_list(request.get("AppProtocol"))
    if len(entries) > MOST_ENTRIES:
        return _refused(f"{len(entries)} entries were offered, [V2G20-167] allows {MOST_ENTRIES}")
    ours = {(one.namespace, one.major): one for one in supported}
    known = [entry for entry in entries if (entry.get("ProtocolNamespace"), entry.get("VersionNumberMajor")) in ours]
    if not known:
        offered = ", ".join(str(entry.get("ProtocolNamespace")) for entry in entries) or "nothing"
        return _refused(f"none of the offered protocols is supported: {offered}")
    best = min(known, key=lambda entry: entry.get("Priority", LOWEST_PRIORITY))
    protocol = ours[best["ProtocolNamespace"], best["VersionNumberMajor"]]
    exact = best.get("VersionNumberMinor") == protocol.minor
    code = "OK_SuccessfulNegotiation" + ("" if exact else "WithMinorDeviation")
    tree = {"ResponseCode": code, "SchemaID": best["SchemaID"]}
    return Choice(Message(PROTOCOL, RESPONSE, tree), protocol, best["SchemaID"])


def _refused(why: str) -> Choice:
    return Choice(Message(PROTOCOL, RESPONSE, {"ResponseCode": "Failed_NoNegotiation"}), None, None, why)


def chosen(offered: Message, response: Mapping[str, Any]) -> AppProtocol | None:
    """Return, for the car, the offered protocol that a response chose; None for a refusal or an unknown SchemaID."""
    if not str(response.get("ResponseCode", "")).startswith("OK_"):
        return None
    for entry in offered.tree["AppProtocol"]:
        if entry["SchemaID"] == response.get("SchemaID"):
            return AppProtocol(entry["ProtocolNamespace"], entry["VersionNumberMajor"], entry["VersionNumberMinor"])
    return None
