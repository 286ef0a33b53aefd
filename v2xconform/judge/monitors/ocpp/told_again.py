"""The monitor of what is told again: display messages, events, limits, the needs of EVs (O, N07, K13, K15).

It judges stations. A message of the display that another one has replaced, or that was cleared, is not looked for.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Severity
from v2xconform.judge.monitors.ocpp.transaction_story import instant
from v2xconform.protocols.ocpp import is_ocpp
from v2xconform.trace.events import Event

_SAME: Final = ("priority", "state", "transactionId")
_TIMES: Final = ("startDateTime", "endDateTime")
_SECOND: Final = 1.0
"""A station may keep whole seconds."""


class ToldAgainMonitor:
    """Compares what the station under test tells with what it was told, or has told before."""

    name = "ocpp-told-again"

    def __init__(self, context: Context) -> None:
        self._on = context.sut == "station"
        self._requests: dict[int, Event] = {}
        self._messages: dict[int, Event] = {}
        """Id of a display message -> SetDisplayMessageRequest that was accepted."""
        self._sources: list[Event] = []
        """NotifyChargingLimitRequests."""
        self._needs: dict[int, Event] = {}
        """EVSE -> NotifyEVChargingNeedsRequest."""
        self._events: dict[int, tuple[str, Event]] = {}
        """eventId -> component and variable, since the last boot."""
        self._told = 0
        """Events since then."""
        self._uncleared = 0
        """Those of them that are no end of another one."""
        self._mixed = False
        """One eventId has named two variables since then."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if not self._on or event.kind != "message" or not is_ocpp(event.layer) or not isinstance(event.body, dict):
            return
        self._requests[event.id] = event
        asked = self._requests.get(event.ref.get("answers", 0))
        try:
            if asked is not None and event.body.get("status") == "Accepted":
                self._answered(asked, event)
            elif event.name == "BootNotificationRequest":
                self._events.clear()
                self._told, self._uncleared, self._mixed = 0, 0, False
            elif event.name == "NotifyDisplayMessagesRequest" and event.note != DELIBERATE:
                yield from self._shown(event)
            elif event.name == "NotifyEventRequest" and event.note != DELIBERATE:
                yield from self._happened(event)
            elif event.src == "station" and event.note != DELIBERATE:
                yield from self._limits(event)
        except (KeyError, TypeError, AttributeError):
            return  # it breaks its schema, which is said elsewhere

    def _answered(self, asked: Event, event: Event) -> None:
        if event.name == "SetDisplayMessageResponse":
            self._messages[asked.body["message"]["id"]] = asked
        elif event.name == "ClearDisplayMessageResponse":
            self._messages.pop(asked.body["id"], None)

    def _limits(self, event: Event) -> Iterator[Finding]:
        """What is taken back was told before, and who tells the schedule of an EV has told its needs."""
        body = event.body
        if event.name == "NotifyChargingLimitRequest":
            self._sources.append(event)
        elif event.name == "ClearedChargingLimitRequest" and self._sources:
            if all(
                one.body["chargingLimit"]["chargingLimitSource"] != body["chargingLimitSource"] for one in self._sources
            ):
                text = f"a limit of {body['chargingLimitSource']} is released, and none of that source was told"
                yield Finding("K13.FR.01", "MUST", text, (self._sources[-1].id, event.id))
        elif event.name == "NotifyEVChargingNeedsRequest":
            self._needs[body["evseId"]] = event
        elif event.name == "NotifyEVChargingScheduleRequest" and self._needs and body["evseId"] not in self._needs:
            text = f"a schedule of the EV at EVSE {body['evseId']}, of which no needs were told"
            yield Finding("K15.FR.10", "MUST", text, (next(iter(self._needs.values())).id, event.id))

    def _shown(self, event: Event) -> Iterator[Finding]:
        for one in event.body.get("messageInfo", ()):
            known = self._messages.get(one["id"])
            wrong = _difference(known.body["message"], one) if known is not None else ""
            if known is not None and wrong:
                text = f"display message {one['id']} is told with another {wrong} than it was set with"
                yield Finding("O03.FR.02", "MUST", text, (known.id, event.id))

    def _happened(self, event: Event) -> Iterator[Finding]:
        for one in event.body["eventData"]:
            number, what = one["eventId"], repr((one["component"], one["variable"]))
            before = self._events.setdefault(number, (what, event))
            self._told += 1
            self._mixed = self._mixed or before[0] != what
            self._uncleared += not one.get("cleared", False)
            alone = len(self._events) == 1 and self._told > 2 and (self._mixed or self._uncleared > 2)
            if before[0] != what or alone:
                text = f"eventId {number} has named {'all events' if alone else 'an event of another variable'} before"
                # Two sources that count for themselves may meet; one number for all events names none of them.
                severity: Severity = "MUST" if alone else "SHOULD"
                yield Finding("OCPP-EventId", severity, text, (before[1].id, event.id))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())


def _difference(known: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """Return the field in which a message differs from the one that was set, empty where there is none."""
    for name in ("content", "language", "format"):
        if name in known["message"] and told["message"].get(name) != known["message"][name]:
            return name
    extra = {one.get("language"): one for one in told.get("messageExtra", ())}
    for one in known.get("messageExtra", ()) if extra else ():
        if extra.get(one.get("language")) != one:
            return f"text in {one.get('language')}"
    for name in _SAME:
        if name in known and told.get(name) != known[name]:
            return name
    for name in _TIMES:
        wanted, found = instant(str(known.get(name, ""))), instant(str(told.get(name, "")))
        if wanted is not None and (found is None or abs(wanted - found) > _SECOND):
            return name
    return ""
