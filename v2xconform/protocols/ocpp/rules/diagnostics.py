"""Rules on single messages: firmware, logs, monitoring, event streams, display (blocks L, N, O, P)."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from v2xconform.protocols.ocpp.rules.rule import Broken, Rule, Tree

_MD5: Final = re.compile("[0-9a-fA-F]{32}")
_SEVERITIES: Final = range(10)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?(-[A-Za-z0-9]{4,8})*|[A-Za-z]{4,8}")
"""The tags of RFC 5646 that fit into eight characters."""
_REFERENCES: Final = ("idToken", "customerCertificate", "customerIdentifier")


def _request_id(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """Every status but Idle names its request ([L01.FR.20], [N01.FR.13])."""
    if tree.get("status") != "Idle" and "requestId" not in tree:
        yield Broken("requestId", f"it is missing with the status {tree.get('status')}")


def _file_name(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree.get("status") == "Accepted" and not tree.get("filename"):
        yield Broken("filename", "an accepted request is not told the name of the file")


def _upload_location(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    log = tree.get("log")
    where = urlsplit(str(log.get("remoteLocation", "")) if isinstance(log, dict) else "")
    if where.fragment:
        yield Broken("log.remoteLocation", f"it has the fragment {where.fragment!r}, which an upload cannot have")


def _upload_query(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    log = tree.get("log")
    where = urlsplit(str(log.get("remoteLocation", "")) if isinstance(log, dict) else "")
    if where.query.endswith("/"):
        yield Broken("log.remoteLocation", "its query ends with a slash")


def _customer(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    named = [one for one in _REFERENCES if one in tree]
    if len(named) != 1:
        yield Broken(
            "", f"exactly one of {', '.join(_REFERENCES)} is to be named; it names {', '.join(named) or 'none'}"
        )


def _customer_answer(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    named = [one for one in _REFERENCES if one in request]
    if request and len(named) != 1 and tree.get("status") == "Accepted":
        yield Broken("status", f"a request that names {', '.join(named) or 'no customer'} is Invalid, not Accepted")


def _nothing_to_do(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if request.get("report") is False and request.get("clear") is False and tree.get("status") == "Accepted":
        yield Broken("status", "neither report nor clear was wanted, and it is Accepted")


def _checksum(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """MD5 in hexadecimal."""
    told = tree.get("checksum")
    if isinstance(told, str) and not _MD5.fullmatch(told):
        yield Broken("checksum", f"{told!r} is no MD5 checksum of 32 hexadecimal digits")


def _log_span(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    log = tree.get("log")
    told = [log.get(key) for key in ("oldestTimestamp", "latestTimestamp")] if isinstance(log, dict) else []
    try:
        oldest, latest = (datetime.fromisoformat(str(one)) for one in told)
        backwards = oldest > latest
    except (ValueError, TypeError):
        return  # one is missing, or is no instant: the schema says so
    if backwards:
        yield Broken("log.oldestTimestamp", f"{told[0]} lies behind latestTimestamp {told[1]}")


# ---- monitors


def _monitoring_results(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    asked, results = request.get("setMonitoringData"), tree.get("setMonitoringResult")
    if isinstance(asked, list) and isinstance(results, list) and len(asked) != len(results):
        yield Broken("setMonitoringResult", f"{len(results)} results answer {len(asked)} items")


def _monitoring_pairs(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    wanted = [_place(one) for one in request.get("setMonitoringData", ())]
    if not wanted:
        return
    for number, result in enumerate(tree.get("setMonitoringResult", ())):
        if _place(result) not in wanted:
            yield Broken(
                f"setMonitoringResult.{number}", "nothing was asked of this component, variable, type and severity"
            )


def _monitoring_ids(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    seen: set[Any] = set()
    for number, result in enumerate(tree.get("setMonitoringResult", ())):
        if result.get("status") != "Accepted":
            continue
        if "id" not in result:
            yield Broken(f"setMonitoringResult.{number}.id", "a monitor that was set has no id")
        elif result["id"] in seen:
            yield Broken(f"setMonitoringResult.{number}.id", f"{result['id']} is the id of two monitors")
        seen.add(result.get("id"))


def _bad_monitors(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """What must never be accepted: a negative Delta ([N04.FR.14]), a severity that there is not."""
    wrong = {}
    for one in request.get("setMonitoringData", ()):
        value, severity = one.get("value"), one.get("severity")
        if one.get("type") == "Delta" and isinstance(value, int | float) and value < 0:
            wrong[_place(one)] = f"a Delta of {value:g} is to be refused"
        elif isinstance(severity, int) and severity not in _SEVERITIES:
            wrong[_place(one)] = f"the severity {severity} is to be refused"
    for number, result in enumerate(tree.get("setMonitoringResult", ())):
        if result.get("status") == "Accepted" and _place(result) in wrong:
            yield Broken(f"setMonitoringResult.{number}.status", wrong[_place(result)])


def _replaced_ids(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """A monitor that is replaced keeps its id ([N04.FR.12])."""
    ids = {_place(one): one["id"] for one in request.get("setMonitoringData", ()) if "id" in one}
    for number, result in enumerate(tree.get("setMonitoringResult", ())):
        wanted = ids.get(_place(result))
        if result.get("status") == "Accepted" and wanted is not None and result.get("id", wanted) != wanted:
            yield Broken(
                f"setMonitoringResult.{number}.id", f"it is {result['id']}; monitor {wanted} was to be replaced"
            )


def _place(tree: Any) -> str:
    """Return what a result has in common with its item, as text; names are case-insensitive."""
    return repr([_named(tree.get(part)) for part in ("component", "variable", "type", "severity")])


def _named(tree: Any) -> Any:
    if isinstance(tree, dict):
        return sorted((key, _named(value)) for key, value in tree.items() if key != "customData")
    return tree.lower() if isinstance(tree, str) else tree


def _clear_results(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    asked = request.get("id")
    told = [one.get("id") for one in tree.get("clearMonitoringResult", ())]
    if isinstance(asked, list) and sorted(map(str, asked)) != sorted(map(str, told)):
        yield Broken("clearMonitoringResult", f"the results are for {told}; asked was for {asked}")


def _level(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    severity = request.get("severity")
    if isinstance(severity, int) and severity not in _SEVERITIES and tree.get("status") == "Accepted":
        yield Broken("status", f"the level {severity} is out of range, and it is Accepted")


def _event_monitor(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for number, one in enumerate(tree.get("eventData", ())):
        kind = one.get("eventNotificationType")
        if kind in ("CustomMonitor", "PreconfiguredMonitor", "HardWiredMonitor") and "variableMonitoringId" not in one:
            yield Broken(f"eventData.{number}.variableMonitoringId", f"it is missing in an event of a {kind}")


def _monitor_kind(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for number, data in enumerate(tree.get("monitor", ())):
        for place, one in enumerate(data.get("variableMonitoring", ())):
            if one.get("eventNotificationType") == "HardWiredNotification":
                path = f"monitor.{number}.variableMonitoring.{place}.eventNotificationType"
                yield Broken(path, "HardWiredNotification, which comes from no monitor")


# ---- event streams


def _stream_params(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for number, one in enumerate(tree.get("setMonitoringData", ())):
        stream = one.get("periodicEventStream")
        if isinstance(stream, dict) and not {"interval", "values"} & set(stream):
            yield Broken(f"setMonitoringData.{number}.periodicEventStream", "it has neither interval nor values")


def _first_offset(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    data = tree.get("data")
    first = data[0].get("t") if isinstance(data, list) and data and isinstance(data[0], dict) else 0
    if first != 0:
        yield Broken("data.0.t", f"it is {first}; the basetime is the time of the first value, so it is 0")


# ---- display


def _languages(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    message = tree.get("message")
    contents = [message.get("message"), *message.get("messageExtra", ())] if isinstance(message, dict) else []
    for one in contents:
        tag = one.get("language") if isinstance(one, dict) else None
        if isinstance(tag, str) and not _LANGUAGE.fullmatch(tag):
            yield Broken("message.message.language", f"{tag!r} is no language tag of RFC 5646")


DIAGNOSTICS_RULES: Final[tuple[Rule, ...]] = (
    Rule("L01.FR.20", "FirmwareStatusNotificationRequest", _request_id),
    Rule("N01.FR.13", "LogStatusNotificationRequest", _request_id),
    Rule("N01.FR.01", "GetLogResponse", _file_name),
    Rule("OCPP-LogSpan", "GetLogRequest", _log_span),
    Rule("L03.FR.02", "PublishFirmwareRequest", _checksum),
    Rule("L03.FR.02", "UnpublishFirmwareRequest", _checksum),
    Rule("N01.FR.27", "GetLogRequest", _upload_location, versions=("ocpp2.1",)),
    Rule("N01.FR.28", "GetLogRequest", _upload_query, versions=("ocpp2.1",)),
    Rule("N09.FR.04", "CustomerInformationRequest", _customer),
    Rule("N09.FR.09", "CustomerInformationResponse", _customer_answer),
    Rule("N09.FR.07", "CustomerInformationResponse", _nothing_to_do, "SHOULD"),
    Rule("N04.FR.01", "SetVariableMonitoringResponse", _monitoring_results),
    Rule("N04.FR.02", "SetVariableMonitoringResponse", _monitoring_pairs),
    Rule("N04.FR.11", "SetVariableMonitoringResponse", _monitoring_ids),
    Rule("N04.FR.12", "SetVariableMonitoringResponse", _replaced_ids),
    Rule("N04.FR.14", "SetVariableMonitoringResponse", _bad_monitors),
    Rule("N06.FR.05", "ClearVariableMonitoringResponse", _clear_results),
    Rule("N05.FR.02", "SetMonitoringLevelResponse", _level),
    Rule("N07.FR.06", "NotifyEventRequest", _event_monitor),
    Rule("N02.FR.11", "NotifyMonitoringReportRequest", _monitor_kind, versions=("ocpp2.1",)),
    Rule("N11.FR.09", "SetVariableMonitoringRequest", _stream_params, versions=("ocpp2.1",)),
    Rule("N15.FR.09", "NotifyPeriodicEventStream", _first_offset, versions=("ocpp2.1",)),
    Rule("O01.FR.17", "SetDisplayMessageRequest", _languages),
)
