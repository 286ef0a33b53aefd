"""OCPP traces of a run in the format open-ocpp-trace 1.1: one JSON object a line, which tools of others read.

The format knows CALL, CALLRESULT and CALLERROR. The message types 5 and 6 of OCPP 2.1 are written as the nearest of these,
with ``meta.messageTypeId`` and ``meta.messageType`` that say what they are; what could not be read has its text in ``raw`` and
``meta.unreadable``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import orjson

from v2xconform.protocols.ocpp import is_ocpp
from v2xconform.report.bundle import Bundle, mapping, text

SCHEMA_VERSION: Final = "1.1"
_TYPES: Final = {2: "CALL", 3: "CALLRESULT", 4: "CALLERROR", 5: "CALLERROR", 6: "CALL"}
_OWN_NAMES: Final = {5: "CALLRESULTERROR", 6: "SEND"}


def write_open_ocpp_trace(bundle: Bundle, path: Path) -> int:
    """Write the OCPP messages of all test cases of a run and return how many. Raises OSError."""
    count = 0
    with path.open("wb") as file:
        for name, testcase in _traces(bundle):
            found = bundle.file(name)
            if found is None:
                continue
            for line in lines_of(found, testcase):
                file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
                count += 1
    return count


def _traces(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Yield each trace once (two results may share one), with the test case that it is of."""
    told: set[str] = set()
    for result in bundle.results:
        name = result["trace"]
        if name and name not in told:
            told.add(name)
            yield name, result["testcase"]


def lines_of(path: Path, testcase: str) -> Iterator[dict[str, Any]]:
    """Yield the lines for one trace file; lines that are no events are left out. Raises OSError."""
    identities: dict[str, str] = {}
    with path.open("rb") as file:
        for source in file:
            try:
                event = mapping(orjson.loads(source))
            except orjson.JSONDecodeError:
                continue
            link, body = text(event.get("link")), mapping(event.get("body"))
            if event.get("layer") == "websocket" and event.get("name") == "upgrade":
                identities[link] = unquote(text(body.get("target")).partition("?")[0].rpartition("/")[2])
            elif (
                is_ocpp(text(event.get("layer")))
                and event.get("kind") in ("message", "fault", "undecodable")
                and (event.get("src") != "proxy" or event.get("note"))  # what it only passes on is there already
            ):
                yield _line(event, body, identities.get(link, ""), testcase)


def _line(event: dict[str, Any], body: dict[str, Any], identity: str, testcase: str) -> dict[str, Any]:
    rpc = mapping(mapping(event.get("ref")).get("rpc"))
    number, kind = rpc.get("type"), event["kind"]
    name = text(event.get("name"))
    from_station = event.get("src") == "station" or event.get("dst") == "csms"
    meta: dict[str, Any] = {"testcase": testcase, "event": event.get("id"), "link": event.get("link")}
    if event.get("note"):
        meta["note"] = event["note"]
    line: dict[str, Any] = {
        "schemaVersion": SCHEMA_VERSION,
        "timestamp": text(event.get("utc")),
        "ocppVersion": text(event.get("layer")).removeprefix("ocpp"),
        "transport": "json",
        "chargePointId": identity,
        "direction": "cp-to-csms" if from_station else "csms-to-cp",
        "messageType": _TYPES.get(number, "CALL"),  # type: ignore[arg-type]
        "messageId": text(rpc.get("id")),
    }
    connector = _connector(body) if kind == "message" else None
    if connector is not None:
        line["connectorId"] = connector
    if number in (2, 6):
        line["action"] = name.removesuffix("Request") if kind == "message" else text(body.get("action"))
    if number in _OWN_NAMES:
        meta |= {"messageTypeId": number, "messageType": _OWN_NAMES[number]}
    if kind != "message":
        meta["unreadable"] = text(body.get("text") or body.get("error"))
    line["payload"] = body if kind == "message" else {}
    line["raw"] = _raw(event)
    line["meta"] = meta
    return line


def _connector(body: dict[str, Any]) -> int | None:
    evse = mapping(body.get("evse"))
    found = body.get("connectorId", evse.get("connectorId"))
    return found if type(found) is int else None


def _raw(event: dict[str, Any]) -> str:
    try:
        return bytes.fromhex(text(event.get("raw"))).decode(errors="replace")
    except ValueError:
        return ""
