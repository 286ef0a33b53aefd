"""The transaction monitor: sequence numbers, starts and ends, what was told offline, the status of transactions (E).

It judges stations. What one message says by itself is the business of `protocols.ocpp.rules`; remote starts and stops are that
of `remote_transactions`, tokens that of `tokens`.
"""

from collections.abc import Iterator
from typing import Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.ocpp.energy_story import energy_differs
from v2xconform.judge.monitors.ocpp.outages import Outages, is_held_up
from v2xconform.judge.monitors.ocpp.transaction_story import Story, instant, is_event, without_offline
from v2xconform.protocols.ocpp import is_ocpp
from v2xconform.trace.events import Event

_EVENT: Final = "TransactionEventRequest"
_CLOCK_S: Final = 5.0
"""The clocks of station and tester may differ by so much."""
_OLD_S: Final = 30.0
"""After so long a connection nothing comes any more that waited for it."""
_SETTLED_S: Final = 10.0
"""How long an event may still be on its way when a later one has come."""


class TransactionsMonitor:
    """Follows every transaction of the station under test."""

    name = "ocpp-transactions"

    def __init__(self, context: Context) -> None:
        self._on = context.sut == "station"
        self._stories: dict[str, Story] = {}
        self._outages = Outages()
        self._requests: dict[int, Event] = {}
        self._open: dict[int, Event] = {}
        """CALLs of the station that are not answered yet."""
        self._taken: dict[tuple[str, int], Event] = {}
        """Transaction and seqNo -> TransactionEventResponse that the station has had on the connection that there is."""
        self._unheard = False
        """The tester has left the station without an answer: it may take itself for offline."""
        self._deeds: list[float] = []
        """When drivers did something, or the CSMS wanted a start."""
        self._accepted: Event | None = None
        """The boot that was accepted on the connection that there is."""
        self._clock_moved = False
        """The CSMS has told a time that is not that of the trace."""
        self._promised: list[tuple[str, Event]] = []
        """Transaction (empty: any) and GetTransactionStatusResponse that said: nothing in the queue."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if not self._on:
            return
        self._outages.see(event)
        if event.kind == "close":
            self._promised.clear()
            self._open.clear()
            self._taken.clear()
        elif event.kind == "stimulus" or event.name == "RequestStartTransactionRequest":
            self._deeds.append(event.seconds)
        if event.kind != "message" or not is_ocpp(event.layer) or not isinstance(event.body, dict):
            return
        if event.name in ("BootNotificationResponse", "HeartbeatResponse"):
            self._learn_time(event)
        rpc = event.ref.get("rpc", {}).get("type")
        if rpc == 2:
            self._requests[event.id] = event
            if event.src == "station":
                self._unheard = self._unheard or is_held_up(self._open, event)
                self._open[event.id] = event
        elif rpc in (3, 4):
            asked = self._open.pop(event.ref.get("answers", 0), None)
            if asked is not None and rpc == 4:
                self._unheard = True
            elif asked is not None and event.name == "TransactionEventResponse" and event.note != DELIBERATE:
                self._takes(asked, event)
        if event.src != "station" or event.note == DELIBERATE:
            return
        if event.name == _EVENT and is_event(event.body):
            yield from self._told(event)
        elif event.name == "GetTransactionStatusResponse":
            yield from self._status(event)

    def _takes(self, asked: Event, event: Event) -> None:
        """Note down that the CSMS has taken an event, unless so late that the station may have given up waiting."""
        if is_event(asked.body) and event.seconds - asked.seconds < 5.0:
            self._taken[asked.body["transactionInfo"]["transactionId"], asked.body["seqNo"]] = event

    def _learn_time(self, event: Event) -> None:
        told, now = instant(str(event.body.get("currentTime", ""))), instant(event.utc)
        self._clock_moved = self._clock_moved or told is None or now is None or abs(told - now) > _CLOCK_S
        if event.body.get("status") == "Accepted":
            self._accepted = event

    # ---- events

    def _told(self, event: Event) -> Iterator[Finding]:
        number = event.body["transactionInfo"]["transactionId"]
        story = self._stories.setdefault(number, Story(number))
        fresh = event.body["seqNo"] not in story.events
        yield from story.take(event)
        taken = self._taken.pop((number, event.body["seqNo"]), None)
        if taken is not None and without_offline(story.events[event.body["seqNo"]].body) == without_offline(event.body):
            text = f"seqNo {event.body['seqNo']} of transaction {number} is sent again although it was answered"
            yield Finding("E01.FR.07", "SHOULD", text, (taken.id, event.id))
        if fresh:
            yield from self._offline(event)
            yield from self._waited(number, event)

    def _offline(self, event: Event) -> Iterator[Finding]:
        when, marked = instant(event.body["timestamp"]), event.body.get("offline", False)
        if marked and not self._outages.ever and not self._unheard and self._is_new(event):
            text = "offline = true although the connection has never been lost"
            yield Finding("E11.FR.02", "MUST", text, (event.id,))
        elif not marked and when is not None and not self._clock_moved and self._outages.covers(when, _CLOCK_S):
            text = f"an event of {event.body['timestamp']}, when there was no connection, without offline = true"
            yield Finding("E04.FR.03", "MUST", text, (event.id,))

    def _is_new(self, event: Event) -> bool:
        """Tell whether an event cannot be older than the connection, from times when there was none."""
        since, when = self._accepted, instant(event.body["timestamp"])
        connected = instant(since.utc) if since is not None else None
        if since is not None and event.seconds - since.seconds > _OLD_S:
            return True
        if when is not None and connected is not None and not self._clock_moved and when > connected + _CLOCK_S:
            return True
        started = self._stories[event.body["transactionInfo"]["transactionId"]].of_kind("Started")
        return started is not None and started is not event and not started.body.get("offline", False)

    def _waited(self, number: str, event: Event) -> Iterator[Finding]:
        for scope, response in self._promised:
            if scope in ("", number) and event.body.get("offline", False):
                text = "an event of offline times comes after messagesInQueue = false"
                yield Finding("E14.FR.04" if scope else "E14.FR.07", "MUST", text, (response.id, event.id))
        self._promised = [one for one in self._promised if one[0] not in ("", number)]

    # ---- status

    def _status(self, event: Event) -> Iterator[Finding]:
        asked = self._requests.get(event.ref.get("answers", 0))
        if asked is None or asked.note == DELIBERATE:
            return
        number = asked.body.get("transactionId", "")
        queued, ongoing = event.body.get("messagesInQueue"), event.body.get("ongoingIndicator")
        if queued is False:
            self._promised.append((number, event))
        story = self._stories.get(number)
        if not number or ongoing is None:
            return
        if story is None:
            if ongoing and not self._stories and queued is False:
                text = f"transaction {number}, of which nothing has ever been told, is said to go on"
                yield Finding("E14.FR.01", "MUST", text, (asked.id, event.id))
        elif story.of_kind("Ended") is not None:
            if ongoing:
                text = f"transaction {number} has ended, and is said to go on"
                yield Finding("E14.FR.03", "MUST", text, (asked.id, event.id))
        elif not ongoing and queued is False and story.of_kind("Started") is not None:
            text = f"transaction {number} is said to have ended, and its end has not been told"
            yield Finding("E14.FR.02", "MUST", text, (asked.id, event.id))

    # ---- at the end of the trace

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield what is wrong with whole transactions."""
        for story in self._stories.values():
            yield from story.judge(clock_moved=self._clock_moved)
            if not self._clock_moved:
                yield from energy_differs(story)
            yield from self._complete(story, event)
        yield from self._overlaps()

    def _complete(self, story: Story, last: Event | None) -> Iterator[Finding]:
        """Nothing is missing, unless there were times in which it could get lost ([E01.FR.07], [E12.FR.04], [E13.FR.04])."""
        older = all(one.body.get("offline", False) for one in story.events.values())
        if self._outages.spans or self._unheard or older or last is None:
            return
        newest = max(story.events.values(), key=lambda one: one.seconds)
        if last.seconds - newest.seconds < _SETTLED_S and len(story.events) < 2:
            return  # the start may still come
        yield from story.began_wrong(self._deeds)
        missing = story.missing()
        if missing:
            numbers = ", ".join(map(str, missing[:5]))
            after = next(one for number, one in sorted(story.events.items()) if number > missing[0])
            text = f"seqNo {numbers} of transaction {story.id} is missing"
            yield Finding("E01.FR.07", "MUST", text, (after.id,))

    def _overlaps(self) -> Iterator[Finding]:
        """One transaction at a time at an EVSE ([E01.FR.14])."""
        for story in self._stories.values():
            started = story.of_kind("Started")
            for other in self._stories.values():
                if started is None or other is story or not story.evse or other.evse != story.evse:
                    continue
                began, first = instant(started.body["timestamp"]), other.of_kind("Started")
                if first is None or began is None or (instant(first.body["timestamp"]) or began) >= began:
                    continue
                later = next(
                    (one for one in other.ordered if (instant(one.body["timestamp"]) or 0) > began + 1.0), None
                )
                if later is not None:
                    text = f"transaction {story.id} begins at EVSE {story.evse} while {other.id} goes on there"
                    yield Finding("E01.FR.14", "MUST", text, (started.id, later.id))
