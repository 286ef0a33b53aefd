"""The endings monitor: when a charger ends a connection, and when it has to. It judges chargers only."""

from collections.abc import Iterator

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.protocols.iso15118 import timers20
from v2xconform.trace.events import Event
from v2xconform.trace.query import is_protocol_message, response_code

_CONNECTION = ("tcp", "tls")
_EARLY = 0.1
"""Part of a sequence timeout by which a device may be early: its clock, and the way of its last response."""
_LATE_S, _LATE = 0.25, 0.035
"""The same for being late: a device may take a while to take its connection down."""


class EndingsMonitor:
    """Judges that the charger closes after SessionStop, failures and timeouts, and never otherwise."""

    name = "endings"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._begin()
        self._open = False

    def _begin(self) -> None:
        self._open = True
        self._excused = False
        """Something was said after which the charger may close: a failure, or what the tester sent wrongly."""
        self._request: Event | None = None
        self._response: Event | None = None
        self._stopped: Event | None = None

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if self._context.sut != "secc":
            return
        if event.kind == "open" and event.layer == "tcp":
            self._begin()
        elif event.kind == "close" and event.layer in _CONNECTION and self._open:
            self._open = False
            if (event.body or {}).get("by") == self._context.sut:
                yield from self._closed(event)
            else:
                yield from self._waited(event)
        elif event.src != self._context.sut and event.note == DELIBERATE:
            self._excused = True
        elif is_protocol_message(event):
            yield from self._message(event)

    def _message(self, event: Event) -> Iterator[Finding]:
        if event.src != self._context.sut:
            yield from self._waited(event)
            self._request = event if event.name.endswith("Req") else None
            return
        asked, self._request, self._response = self._request, None, event
        code = response_code(event)
        self._excused = self._excused or code.lower().startswith("failed")
        goes_on = asked is not None and asked.body.get("ChargingSession") == "ServiceRenegotiation"  # [V2G20-1477]
        if event.name == "SessionStopRes" and code.startswith("OK") and not goes_on:
            self._stopped = event

    def _closed(self, event: Event) -> Iterator[Finding]:
        if self._excused or self._stopped is not None:
            return
        if self._request is not None:
            if self._response is None or self._request.name == "supportedAppProtocolReq":
                return  # whether this request had to be answered is the business of the test case
            took = event.seconds - self._request.seconds
            text = f"the connection was closed {took:.2f} s after {self._request.name}, which was not answered"
            yield Finding("X20-KeepsConnection", "MUST", text, (self._request.id, event.id))
        elif self._response is not None:
            limit, waited = self._limit(), event.seconds - self._response.seconds
            jitter = self._context.jitter(self._response.seconds, event.seconds)
            if waited < limit.seconds * (1 - _EARLY) - jitter:
                text = (
                    f"the connection was closed {waited:.2f} s after {self._response.name}, "
                    f"the next request had time for {limit.seconds:g} s"
                )
                yield Finding(limit.requirement or "V2G20-443", "MUST", text, (self._response.id, event.id))

    def _limit(self) -> timers20.Limit:
        return timers20.secc_sequence_timeout(self._response.name if self._response is not None else "")

    def _waited(self, event: Event) -> Iterator[Finding]:
        """The tester says something, or leaves, or the test case ends: was the charger still there for too long?"""
        if self._excused or self._response is None or self._request is not None:
            return
        silent = event.seconds - self._response.seconds
        jitter = self._context.jitter(self._response.seconds, event.seconds)
        if self._stopped is not None:
            allowed = timers20.TERMINATION.seconds + self._context.close_tolerance_s + jitter
            if silent > allowed:
                text = f"the connection was still open {silent:.1f} s after SessionStopRes"
                yield Finding("X20-SessionStop", "MUST", text, (self._response.id,))
            return
        limit = self._limit()
        late = max(_LATE_S, self._context.tolerance_s, limit.seconds * _LATE)
        allowed = limit.seconds + late + jitter
        if silent > allowed:
            text = (
                f"the connection was still open {silent:.2f} s after {self._response.name}, limit {limit.seconds:g} s"
            )
            yield Finding(limit.requirement or "V2G20-443", "MUST", text, (self._response.id, event.id))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Report a connection that should have been closed when the test case ended."""
        if event is not None and self._open and self._context.sut == "secc":
            yield from self._waited(event)
