"""The monitor of event times: what a station tells as new happened now, by the clock that the CSMS has given it (B01, E, J).

An event that waited for a connection, or for an answer, may be as old as that; it is left alone. What lies ahead of the time of
the CSMS has not happened yet, whatever became of it on the way.
"""

from collections.abc import Iterator
from typing import Any, Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.ocpp.availability import Place, reports
from v2xconform.judge.monitors.ocpp.outages import Outages, is_held_up
from v2xconform.judge.monitors.ocpp.transaction_story import instant
from v2xconform.protocols.ocpp import is_ocpp
from v2xconform.trace.events import Event

AHEAD_S: Final = 300.0
"""How far a clock may be ahead: no station has to have the CSMS for its time source."""
OLD_S: Final = 900.0
"""So much later nothing is told any more as if it had just happened: less than any wrong time zone."""
_STEP_S: Final = 5.0
"""How much the time of the CSMS may differ between two answers; else a test case plays with it."""
_EVENT: Final = "TransactionEventRequest"
_OWN: Final = frozenset({
    _EVENT, "MeterValuesRequest", "NotifyEventRequest", "NotifyCustomerInformationRequest", "NotifyMonitoringReportRequest",
    "NotifyEVChargingScheduleRequest", "GetCompositeScheduleResponse", "NotifyDERAlarmRequest", "NotifyPeriodicEventStream",
    "StatusNotificationRequest",
})  # fmt: skip


class EventTimesMonitor:
    """Compares the times in messages of the station under test with the time that the CSMS has told."""

    name = "ocpp-event-times"

    def __init__(self, context: Context) -> None:
        self._on = context.sut == "station"
        self._ahead: float | None = None
        """By how much the CSMS's time is ahead of the seconds of the trace; None while nobody has told it."""
        self._moved = False
        self._outages = Outages()
        self._waiting: dict[int, Event] = {}
        self._states: dict[Place, tuple[str, float]] = {}
        """Connector -> its last state, and when that was told, by the time of the CSMS."""
        self._held_up = False
        """A request of the station was left without a result: what comes later may be old."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if not self._on:
            return
        self._outages.see(event)
        if event.kind != "message" or not is_ocpp(event.layer) or not isinstance(event.body, dict):
            return
        self._follow(event)
        if event.name in ("BootNotificationResponse", "HeartbeatResponse"):
            self._learn(event)
        elif event.src == "station" and event.name in _OWN and event.note != DELIBERATE:
            yield from self._told(event)

    def _learn(self, event: Event) -> None:
        told = instant(str(event.body.get("currentTime", "")))
        if told is None:
            return
        ahead = told - event.seconds
        self._moved = self._moved or (self._ahead is not None and abs(ahead - self._ahead) > _STEP_S)
        if event.body.get("status", "Accepted") == "Accepted":
            self._ahead = ahead

    def _follow(self, event: Event) -> None:
        rpc = event.ref.get("rpc", {}).get("type")
        if rpc == 2 and event.src == "station":
            self._held_up = self._held_up or is_held_up(self._waiting, event)
            self._waiting[event.id] = event
        elif rpc in (3, 4) and event.src == "csms":
            asked = self._waiting.pop(event.ref.get("answers", 0), None)
            self._held_up = self._held_up or (asked is not None and rpc == 4)

    def _told(self, event: Event) -> Iterator[Finding]:
        if self._ahead is None or self._moved:
            return
        now = self._ahead + event.seconds
        yield from self._changed(event, now)
        old_allowed = self._held_up or self._outages.ever or bool(event.body.get("offline", False))
        for path, text in _times(event):
            told = instant(text)
            if told is None:
                continue
            if told > now + AHEAD_S:
                yield self._finding(event, path, text, f"{told - now:.0f} s after the time that the CSMS has told")
                return
            if _is_new(event, path) and not old_allowed and told < now - OLD_S:
                yield self._finding(event, path, text, f"{now - told:.0f} s ago, in a message that was not held up")
                return
        values = [instant(text) for path, text in _times(event) if path.startswith("meterValue")]
        newest = max((one for one in values if one is not None), default=None)
        if newest is not None and not old_allowed and newest < now - OLD_S:
            yield self._finding(event, "meterValue", "", f"the newest value was taken {now - newest:.0f} s ago")

    def _changed(self, event: Event, now: float) -> Iterator[Finding]:
        """A connector has not changed before it was told to be otherwise."""
        for place, state in reports(event):
            before = self._states.get(place)
            self._states[place] = state, now
            if before is None or before[0] == state or self._held_up or self._outages.ever:
                continue
            for path, text in _times(event):
                told = instant(text)
                if path != "generatedAt" and told is not None and told < before[1] - OLD_S:
                    what = f"{before[1] - told:.0f} s before connector {place[0]}.{place[1]} was told to be {before[0]}"
                    yield self._finding(event, path, text, what)
                    return

    def _finding(self, event: Event, path: str, text: str, what: str) -> Finding:
        shown = f"{event.name}.{path}: {f'{text!r} is ' if text else ''}{what}"
        return Finding("OCPP-EventTime", "MUST", shown, (event.id,))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())


def _is_new(event: Event, path: str) -> bool:
    """Tell whether a time is that of the message itself: what it tells of may be older."""
    return path in ("generatedAt", "timeBase", "schedule.scheduleStart") or (
        event.name in (_EVENT, "NotifyDERAlarmRequest") and path == "timestamp"
    )


def _times(event: Event) -> Iterator[tuple[str, str]]:
    """Yield the times of what a message tells, with their paths."""
    body: dict[str, Any] = event.body
    for name in ("timestamp", "generatedAt", "timeBase", "basetime"):
        if isinstance(body.get(name), str):
            yield name, body[name]
    schedule = body.get("schedule")
    if event.name == "GetCompositeScheduleResponse" and isinstance(schedule, dict):
        yield "schedule.scheduleStart", str(schedule.get("scheduleStart", ""))
    for name in ("meterValue", "eventData"):
        found = body.get(name)
        for place, one in enumerate(found if isinstance(found, list) else ()):
            if isinstance(one, dict) and isinstance(one.get("timestamp"), str):
                yield f"{name}.{place}.timestamp", one["timestamp"]
