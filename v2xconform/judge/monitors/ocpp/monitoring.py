"""The monitor of monitors: events belong to monitors that exist, are severe enough, and are each told once (N02 to N08)."""

from collections.abc import Iterator
from typing import Any, Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Severity, Whose
from v2xconform.protocols.ocpp import is_ocpp
from v2xconform.trace.events import Event

_LATE_S: Final = 5.0
"""What was on its way when a monitor was cleared, or a level set, may still come for so long."""
_PART_S: Final = 60.0
"""How long the next part of an event may take."""
_ASKS: Final = frozenset({
    "SetVariableMonitoringRequest", "SetMonitoringLevelRequest", "SetMonitoringBaseRequest",
    "ClearVariableMonitoringRequest",
})  # fmt: skip
_ALERTING: Final = ("UpperThreshold", "LowerThreshold", "TargetDelta", "TargetDeltaRelative")
_TRIGGERS: Final = {
    "Periodic": "Periodic", "PeriodicClockAligned": "Periodic", "Delta": "Delta", **dict.fromkeys(_ALERTING, "Alerting"),
}  # fmt: skip


class MonitoringMonitor:
    """Knows the monitors that the CSMS has set, and looks at what the station says of them."""

    name = "ocpp-monitoring"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._requests: dict[int, Event] = {}
        self._set: dict[int, tuple[Event, dict[str, Any]]] = {}
        """id -> (response, SetMonitoringDataType) of monitors that were set and not cleared."""
        self._cleared: dict[int, Event] = {}
        self._level: tuple[int, Event] | None = None
        self._transactions: set[str] = set()
        """Transactions that have been told."""
        self._promised: Event | None = None
        """The first NotifyEvent that has said that more will come, until it does."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind == "close":
            self._promised = None
        if event.kind != "message" or not is_ocpp(event.layer) or not isinstance(event.body, dict):
            return
        if event.name in _ASKS:
            self._requests[event.id] = event
            return
        if event.name == "TransactionEventRequest":
            self._transactions.add(str(event.body.get("transactionInfo", {}).get("transactionId")))
        if event.name == "NotifyEventRequest" and event.note != DELIBERATE:
            self._more(event)
            yield from self._notified(event)
            return
        if event.name == "NotifyMonitoringReportRequest" and event.note != DELIBERATE:
            yield from self._reported(event)
            return
        asked = self._requests.pop(event.ref.get("answers", 0), None)
        if asked is None:
            return
        if event.name == "SetVariableMonitoringResponse":
            self._were_set(asked, event)
        elif event.name == "ClearVariableMonitoringResponse":
            for one in event.body.get("clearMonitoringResult", ()):
                if one.get("status") == "Accepted":
                    self._set.pop(one.get("id"), None)
                    self._cleared[one.get("id")] = event
        elif event.name == "SetMonitoringBaseResponse":
            if event.body.get("status") == "Accepted" and asked.body.get("monitoringBase") != "All":
                self._cleared |= dict.fromkeys(self._set, event)
                self._set.clear()
        elif event.name == "SetMonitoringLevelResponse" and event.body.get("status") == "Accepted":
            severity = asked.body.get("severity")
            self._level = (severity, event) if isinstance(severity, int) else None

    def _more(self, event: Event) -> None:
        """Behind a part whose tbc is true comes the one with the next number, whatever else comes in between ([N07.FR.07])."""
        number = event.body.get("seqNo")
        if self._promised is not None and number == self._promised.body.get("seqNo", 0) + 1:
            self._promised = None
        if event.body.get("tbc", False):
            self._promised = self._promised or event

    def _reported(self, event: Event) -> Iterator[Finding]:
        """A monitor is reported as it was set ([N02.FR.11])."""
        for data in event.body.get("monitor", ()):
            for one in data.get("variableMonitoring", ()):
                since, known = self._set.get(one.get("id"), (event, None))
                if known is None:
                    continue
                wrong = [
                    f"{name} {one.get(name)}, not {known.get(name)}" for name in ("type", "value", "severity")
                    if one.get(name) != known.get(name)
                ]  # fmt: skip
                if bool(one.get("transaction")) != bool(known.get("transaction", False)):
                    wrong.append(f"transaction {one.get('transaction')}")
                wrong += [
                    part for part in ("component", "variable") if _named(data.get(part)) != _named(known.get(part))
                ]
                if one.get("eventNotificationType", "CustomMonitor") != "CustomMonitor":
                    wrong.append(f"eventNotificationType {one['eventNotificationType']}, and the CSMS has set it")
                if wrong:
                    text = f"monitor {one.get('id')} is reported with another {wrong[0]}"
                    yield self._finding("N02.FR.11", text, (since, event))

    def _were_set(self, asked: Event, event: Event) -> None:
        wanted = asked.body.get("setMonitoringData", ())
        for result in event.body.get("setMonitoringResult", ()):
            number = result.get("id")
            if result.get("status") != "Accepted" or not isinstance(number, int):
                continue
            twin = next((one for one in wanted if _same(one, result)), None)
            if twin is not None:
                self._set[number] = (event, twin)
                self._cleared.pop(number, None)

    def _notified(self, event: Event) -> Iterator[Finding]:
        for one in event.body.get("eventData", ()):
            number = one.get("variableMonitoringId")
            if not isinstance(number, int):
                continue
            cleared = self._cleared.get(number)
            if cleared is not None and event.seconds - cleared.seconds > _LATE_S:
                text = f"an event of monitor {number} comes, which was cleared"
                yield self._finding("N06.FR.01", text, (cleared, event))
            known = self._set.get(number)
            if known is not None:
                yield from self._of(event, one, *known)

    def _of(self, event: Event, told: dict[str, Any], since: Event, data: dict[str, Any]) -> Iterator[Finding]:
        number = told["variableMonitoringId"]
        for part in ("component", "variable"):
            if _named(told.get(part)) != _named(data.get(part)):
                text = f"the event of monitor {number} names another {part} than the monitor has"
                yield self._finding("N07.FR.06", text, (since, event))
        right = _TRIGGERS.get(str(data.get("type")))
        if right is not None and told.get("trigger") != right:
            text = f"a monitor of type {data.get('type')} triggers {told.get('trigger')}, not {right}"
            requirement = {"Periodic": "N08.FR.05", "Delta": "N07.FR.18"}.get(right, "N07.FR.16")
            yield self._finding(requirement, text, (since, event))
        if told.get("eventNotificationType") not in (None, "CustomMonitor"):
            text = f"monitor {number}, which the CSMS has set, tells as {told.get('eventNotificationType')}"
            yield self._finding("N07.FR.06", text, (since, event))
        running = told.get("transactionId")
        if running is not None and self._transactions and running not in self._transactions:
            text = f"the event names the transaction {running}, of which nothing has been told"
            yield self._finding("N07.FR.06", text, (since, event))
        severity = data.get("severity")
        if self._level is not None and isinstance(severity, int) and severity > self._level[0]:
            level, at = self._level
            if event.seconds - at.seconds > _LATE_S:
                text = f"an event of severity {severity} comes, and the level is {level}"
                yield self._finding("N07.FR.15", text, (at, event))
        if told.get("severity") not in (None, severity):
            text = f"the event has the severity {told.get('severity')}, its monitor {severity}"
            yield self._finding("N07.FR.20", text, (since, event), "SHOULD")
        yield from self._value(event, told, since, data)

    def _value(self, event: Event, told: dict[str, Any], since: Event, data: dict[str, Any]) -> Iterator[Finding]:
        """An alert tells a value beyond the threshold, and one behind it when it is cleared."""
        try:
            value, limit = float(told.get("actualValue", "")), float(data.get("value", ""))
        except (TypeError, ValueError):
            return
        kind = data.get("type")
        if kind not in ("UpperThreshold", "LowerThreshold"):
            return
        beyond = value > limit if kind == "UpperThreshold" else value < limit
        if beyond == bool(told.get("cleared")):
            requirement = (
                "N07.FR.02" if told.get("cleared") else "N07.FR.16" if kind == "UpperThreshold" else "N07.FR.17"
            )
            says = "cleared" if told.get("cleared") else "exceeded"
            text = f"{kind} {limit:g} is told to be {says} by the value {value:g}"
            yield self._finding(requirement, text, (since, event))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Events that do not come are the business of test cases; parts that were announced are not."""
        if self._promised is not None and event is not None and event.seconds - self._promised.seconds > _PART_S:
            text = "tbc is true, and no further part has come"
            yield self._finding("N07.FR.07", text, (self._promised,))

    def _finding(self, requirement: str, text: str, events: tuple[Event, ...], severity: Severity = "MUST") -> Finding:
        whose: Whose = "sut" if self._sut == "station" else "tester"
        return Finding(requirement, severity, text, tuple(one.id for one in events), whose)


def _named(tree: Any) -> Any:
    """Return what names a component or variable, in lower case: its names are case-insensitive."""
    if isinstance(tree, dict):
        return {key: _named(value) for key, value in tree.items() if key != "customData"}
    return tree.lower() if isinstance(tree, str) else tree


def _same(data: dict[str, Any], result: dict[str, Any]) -> bool:
    return all(
        _named(data.get(part)) == _named(result.get(part)) for part in ("component", "variable", "type", "severity")
    )
