"""The monitor of periodic event streams (2.1): opened, filled in portions of the right size, flushed and closed (N11 to N15)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Whose
from v2xconform.protocols.ocpp import ends_connection, is_ocpp
from v2xconform.trace.events import Event

_VALUES: Final = "NotifyPeriodicEventStream"
_LATE_S: Final = 2.0
"""Values that were on their way when a stream was adjusted may still come so long."""


@dataclass(slots=True)
class _Stream:
    """One stream that the CSMS has accepted."""

    opened: Event
    params: dict[str, Any]
    monitor: object
    adjusted: Event | None = None
    last: Event | None = None
    """Its last portion."""
    early: Finding | None = None
    """That portion came too early, unless it was what is left at the end of the stream ([N13.FR.03])."""


class EventStreamsMonitor:
    """Follows the streams of one station."""

    name = "ocpp-event-streams"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._requests: dict[int, Event] = {}
        self._streams: dict[object, _Stream] = {}
        self._refused: dict[object, Event] = {}
        self._closed: dict[object, Event] = {}
        self._doubtful: set[object] = set()
        """Streams that were open when the connection was lost: whether they still are, nobody has laid down."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if ends_connection(event.layer, event.kind):
            self._doubtful |= set(self._streams)
            self._streams.clear()
        if event.kind != "message" or not is_ocpp(event.layer) or not isinstance(event.body, dict):
            return
        if event.name in ("OpenPeriodicEventStreamRequest", "AdjustPeriodicEventStreamRequest"):
            self._requests[event.id] = event
        elif event.name == "ClosePeriodicEventStreamRequest":
            self._streams.pop(event.body.get("id"), None)
            self._closed[event.body.get("id")] = event
        elif event.name == _VALUES and event.note != DELIBERATE:
            yield from self._portion(event)
        elif event.name == "NotifyEventRequest" and event.note != DELIBERATE:
            yield from self._beside(event)
        elif event.name == "GetPeriodicEventStreamResponse":
            yield from self._listed(event)
        else:
            self._answered(event)

    def _answered(self, event: Event) -> None:
        asked = self._requests.pop(event.ref.get("answers", 0), None)
        if asked is None:
            return
        accepted = event.body.get("status") == "Accepted"
        if event.name == "OpenPeriodicEventStreamResponse":
            data = asked.body.get("constantStreamData", {})
            number = data.get("id")
            self._closed.pop(number, None)
            self._doubtful.discard(number)
            if accepted:
                self._streams[number] = _Stream(asked, data.get("params", {}), data.get("variableMonitoringId"))
                self._refused.pop(number, None)
            else:
                self._refused[number] = event
        elif event.name == "AdjustPeriodicEventStreamResponse" and accepted:
            stream = self._streams.get(asked.body.get("id"))
            if stream is not None:
                stream.params, stream.adjusted = asked.body.get("params", {}), event

    def _portion(self, event: Event) -> Iterator[Finding]:
        number = event.body.get("id")
        stream = self._streams.get(number)
        if event.ref.get("rpc", {}).get("type") != 6:
            yield self._finding("N15.FR.01", "the values of a stream come in a message that is no SEND", (event,))
        if number in self._closed:
            yield self._finding("N13.FR.01", f"stream {number} goes on behind its end", (self._closed[number], event))
        elif stream is None and number in self._refused:
            text = f"the CSMS has refused stream {number}, and it comes nevertheless"
            yield self._finding("N11.FR.07", text, (self._refused[number], event))
        elif stream is None and number not in self._doubtful:
            yield self._finding("N11.FR.02", f"stream {number} was never opened", (event,))
        elif stream is not None:
            if stream.early is not None:
                yield stream.early
                stream.early = None
            yield from self._size(event, stream)

    def _size(self, event: Event, stream: _Stream) -> Iterator[Finding]:
        data, most = event.body.get("data", ()), stream.params.get("values", 0)
        settling = stream.adjusted is not None and event.seconds - stream.adjusted.seconds < _LATE_S
        if most and len(data) > most and not settling:
            text = f"{len(data)} values come at once; {most} are the most"
            yield self._finding("N15.FR.07", text, (stream.adjusted or stream.opened, event))
        interval = stream.params.get("interval", 0)
        if interval and not most and stream.last is not None and not settling:
            took = event.seconds - max(stream.last.seconds, stream.adjusted.seconds if stream.adjusted else 0.0)
            if took < interval / 2 and stream.last.body.get("pending") == 0:
                text = f"a portion comes {took:.1f} s behind the one before; the interval is {interval} s"
                stream.early = self._finding("N15.FR.06", text, (stream.last, event))
        stream.last = event

    def _beside(self, event: Event) -> Iterator[Finding]:
        """What goes into a stream is not told by NotifyEvent as well."""
        streamed = {stream.monitor: stream for stream in self._streams.values()}
        for one in event.body.get("eventData", ()):
            stream = streamed.get(one.get("variableMonitoringId"))
            if stream is not None and stream.last is not None and one.get("trigger") == "Periodic":
                text = f"monitor {stream.monitor} is told by NotifyEvent although its stream is open"
                yield self._finding("N11.FR.01", text, (stream.opened, event))

    def _listed(self, event: Event) -> Iterator[Finding]:
        told = {one.get("id") for one in event.body.get("constantStreamData", ())}
        for number, stream in self._streams.items():
            if number not in told:
                text = f"stream {number} is open, and the list of streams lacks it"
                yield self._finding("N12.FR.01", text, (stream.opened, event))
        for number in told & set(self._closed):
            text = f"stream {number} is closed, and stands in the list of streams"
            yield self._finding("N12.FR.01", text, (self._closed[number], event))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open: values that do not come are the business of test cases."""
        return iter(())

    def _finding(self, requirement: str, text: str, events: tuple[Event, ...]) -> Finding:
        whose: Whose = "sut" if self._sut == "station" else "tester"
        return Finding(requirement, "MUST", text, tuple(one.id for one in events), whose)
