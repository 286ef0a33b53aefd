"""The monitor of remote control: what a station accepts to start and to stop, it starts and stops, and says so (F01 to F03)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.ocpp.transaction_story import Story, is_event
from v2xconform.protocols.ocpp import ends_connection, is_ocpp
from v2xconform.trace.events import Event

_REMOTE: Final = ("RemoteStart", "SignedDataReceived")
"""Triggers of the first event after a remote start (P6 2.1; TC_E_11)."""
STOP_S: Final = 30.0
"""How long a station may take to tell that it has stopped. OCPP gives no limit."""


@dataclass(slots=True)
class _Start:
    """A remote start that was accepted."""

    request: Event
    response: Event
    told: bool = False
    """A TransactionEvent has named its remoteStartId."""
    transaction: str = ""
    """The transaction that has named it."""

    @property
    def number(self) -> int:
        """remoteStartId."""
        return int(self.request.body["remoteStartId"])

    @property
    def evse(self) -> int:
        """EVSE that was asked for, 0 for any."""
        return int(self.request.body.get("evseId", 0))

    def is_for(self, token: dict[str, Any]) -> bool:
        """Tell whether it was for this token."""
        own = self.request.body["idToken"]
        return str(own["idToken"]).lower() == str(token.get("idToken", "")).lower()


class RemoteTransactionsMonitor:
    """Sees all events between a station and a CSMS, and judges the station."""

    name = "ocpp-remote"

    def __init__(self, context: Context) -> None:
        self._on = context.sut == "station"
        self._stories: dict[str, Story] = {}
        self._requests: dict[int, Event] = {}
        self._starts: list[_Start] = []
        self._stops: list[tuple[Event, Event]] = []
        self._refused: list[tuple[Event, Event]] = []
        """RequestStopTransaction that was rejected."""
        self._closed: list[Event] = []
        """Ends of connections."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if not self._on:
            return
        if ends_connection(event.layer, event.kind):
            self._closed.append(event)
        elif event.kind == "stimulus" and event.name == "authorize":
            self._starts = [one for one in self._starts if one.told]  # a driver is there: what comes may be by him
        if event.kind != "message" or not is_ocpp(event.layer) or not isinstance(event.body, dict):
            return
        if event.ref.get("rpc", {}).get("type") == 2 and event.src == "csms":
            self._requests[event.id] = event
        if event.src != "station" or event.note == DELIBERATE:
            return
        if event.name == "TransactionEventRequest" and is_event(event.body):
            yield from self._told(event)
        asked = self._requests.get(event.ref.get("answers", 0))
        if asked is None or asked.note == DELIBERATE:
            return
        if event.name == "RequestStartTransactionResponse":
            yield from self._start_answered(asked, event)
        elif event.name == "RequestStopTransactionResponse":
            yield from self._stop_answered(asked, event)

    # ---- start

    def _start_answered(self, asked: Event, event: Event) -> Iterator[Finding]:
        if event.body.get("status") != "Accepted" or not isinstance(asked.body.get("remoteStartId"), int):
            return
        start = _Start(asked, event)
        running = next((one for one in self._running() if start.evse and one.evse == start.evse), None)
        if running is not None and running.token is not None and running.state == "Charging":
            text = f"a start at EVSE {start.evse} is Accepted while somebody charges there (transaction {running.id})"
            yield Finding("F01.FR.24", "MUST", text, (asked.id, event.id))
            return
        if running is not None and running.token is None and "transactionId" not in event.body:
            text = f"transaction {running.id} has begun at EVSE {start.evse}, and the answer does not name it"
            yield Finding("F01.FR.13", "MUST", text, (asked.id, event.id))
        self._starts.append(start)

    def _running(self) -> Iterator[Story]:
        return (one for one in self._stories.values() if one.of_kind("Ended") is None and one.of_kind("Started"))

    def _told(self, event: Event) -> Iterator[Finding]:
        body, info = event.body, event.body["transactionInfo"]
        story = self._stories.setdefault(info["transactionId"], Story(info["transactionId"]))
        known = story.token is not None
        fresh = body["seqNo"] not in story.events
        if fresh:
            story.events[body["seqNo"]] = event
        number = info.get("remoteStartId")
        named = next((one for one in self._starts if one.number == number), None)
        if named is not None:
            named.told = True
            alone = sum(one.number == number for one in self._starts) == 1
            named.transaction = named.transaction or story.id
            place = story.evse
            if named.evse and place and place != named.evse and story.of_kind("Started") is not None:
                text = f"remote start {number} was for EVSE {named.evse}, its transaction is at EVSE {place}"
                yield Finding("F01.FR.06", "MUST", text, (named.request.id, event.id))
            if alone and named.transaction != story.id:
                text = f"remoteStartId {number} is named by transaction {story.id}, and was by {named.transaction}"
                yield Finding("F02.FR.01", "MUST", text, (named.request.id, event.id))
        elif number is not None and self._asked_here(event):
            text = f"remoteStartId {number} was never given"
            yield Finding("F02.FR.01", "MUST", text, (event.id,))
        if not fresh or known or "idToken" not in body:
            return
        for start in self._starts:
            place = story.evse
            if start.told and start is not named:
                continue
            if start.is_for(body["idToken"]) and start.evse in (0, place or start.evse):
                if body["triggerReason"] not in _REMOTE and body["eventType"] != "Ended":
                    text = f"the first event after remote start {start.number} is by {body['triggerReason']}, not by RemoteStart"
                    yield Finding("F01.FR.19", "MUST", text, (start.request.id, event.id))
                return

    def _asked_here(self, event: Event) -> bool:
        """Tell whether a remote start could have been seen: events of offline times may be older than the trace."""
        seen = any(one.name == "RequestStartTransactionRequest" for one in self._requests.values())
        return seen and not event.body.get("offline", False) and event.body["triggerReason"] == "RemoteStart"

    # ---- stop

    def _stop_answered(self, asked: Event, event: Event) -> Iterator[Finding]:
        number = asked.body.get("transactionId", "")
        story = self._stories.get(number)
        if event.body.get("status") != "Accepted":
            self._refused.append((asked, event))
        elif story is None:
            text = f"a stop of transaction {number}, of which nothing has ever been told, is Accepted"
            yield Finding("F03.FR.08", "MUST", text, (asked.id, event.id))
        elif story.of_kind("Ended") is not None:
            text = f"a stop of transaction {number} is Accepted after it has ended"
            yield Finding("F03.FR.08", "MUST", text, (asked.id, event.id))
        else:
            self._stops.append((asked, event))

    # ---- at the end of the trace

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield what has not come of what was accepted."""
        for asked, response in self._stops:
            yield from self._stopped(asked, response, event)
        for asked, response in self._refused:
            story = self._stories.get(asked.body.get("transactionId", ""))
            goes_on = story is not None and story.of_kind("Started") and story.of_kind("Ended") is None
            if story is not None and goes_on and any(one.seconds > response.seconds for one in story.events.values()):
                text = f"a stop of transaction {story.id} is Rejected although it goes on"
                yield Finding("F03.FR.07", "MUST", text, (asked.id, response.id))
        for start in self._starts:
            yield from self._started(start)

    def _stopped(self, asked: Event, response: Event, last: Event | None) -> Iterator[Finding]:
        story = self._stories[asked.body["transactionId"]]
        after = [one for one in story.ordered if one.seconds >= response.seconds]
        ended = next((one for one in after if one.body["eventType"] == "Ended"), None)
        if any(one.body["triggerReason"] == "RemoteStop" for one in after):
            if ended is not None and "stoppedReason" not in ended.body["transactionInfo"]:
                text = f"transaction {story.id} was stopped remotely, and its end gives no stoppedReason"
                yield Finding("E06.FR.08", "MUST", text, (asked.id, ended.id))
            return
        if ended is not None:
            trigger = ended.body["triggerReason"]
            text = f"transaction {story.id} ends by {trigger} after a remote stop was Accepted, and no event is by RemoteStop"
            yield Finding("F03.FR.09", "MUST", text, (asked.id, ended.id))
            return
        over = min((one.seconds for one in (last, self._closed_after(response)) if one is not None), default=0.0)
        if over - response.seconds > STOP_S:
            text = f"a stop of transaction {story.id} was Accepted, and nothing has followed for {STOP_S:g} s"
            yield Finding("F03.FR.02", "MUST", text, (asked.id, response.id))

    def _closed_after(self, event: Event) -> Event | None:
        return next((one for one in self._closed if one.seconds >= event.seconds), None)

    def _started(self, start: _Start) -> Iterator[Finding]:
        """A transaction that charges because of it names it ([F01.FR.25], [F02.FR.01])."""
        if start.told:
            return
        for story in self._stories.values():
            charges = next(
                (
                    one
                    for one in story.ordered
                    if one.seconds >= start.response.seconds
                    and one.body["transactionInfo"].get("chargingState") == "Charging"
                ),
                None,
            )
            if charges is None or not start.evse or story.evse != start.evse:
                continue
            if story.token is None or start.is_for(story.token):
                text = f"transaction {story.id} follows on remote start {start.number}, and no event names its remoteStartId"
                yield Finding("F02.FR.01", "MUST", text, (start.request.id, charges.id))
                return
