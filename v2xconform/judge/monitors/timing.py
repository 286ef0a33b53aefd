"""The timing monitor: response times, the pace of the charge loop, Ongoing phases, and closing after a failure.

Limits come from ``protocols.iso15118.timers20``. A margin that is smaller than the tester's own jitter proves nothing, so
such a finding is UNSURE.
"""

from collections.abc import Iterator

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Severity
from v2xconform.protocols.iso15118 import timers20
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at, is_protocol_message, response_code

UNNAMED = "X20-PerformanceTime"
"""Requirement of the limits for which the facts file names no id of their own."""

_LOOP_SHARE = 0.5
"""Largest tolerance as a part of the limit itself."""

# External identification waits for a person: no limit of the message applies to its Ongoing phase.
_WAITS_FOR_PEOPLE = ("AuthorizationRes",)


class TimingMonitor:
    """Judges times of the SUT against the timer table; `end` reports what never came."""

    name = "timing"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._request: Event | None = None
        self._response: Event | None = None
        self._failed: Event | None = None
        self._ongoing: tuple[str, Event] | None = None
        self._open = False
        self._over = False
        """After SessionStopRes nothing has to be answered any more."""
        self._disturbed = False

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind == "open" and event.layer == "tcp":
            self.__init__(self._context)  # type: ignore[misc]  # a new connection starts from nothing
            self._open = True
        elif event.kind == "close" and event.layer in ("tcp", "tls"):
            yield from self._closed(event)
        elif event.kind == "stimulus" and event.name == "impaired":
            self._disturbed = True
        elif event.kind == "bytes" and event.note == DELIBERATE and event.src == self._context.tester:
            self._request = None
        elif is_protocol_message(event):
            if event.src == self._context.sut:
                yield from self._from_sut(event)
            elif event.name.endswith("Req"):
                self._request = None if self._over or self._failed is not None else event
            else:
                self._response = event
                self._failed = event if response_code(event).lower().startswith("failed") else self._failed

    def _from_sut(self, event: Event) -> Iterator[Finding]:
        if event.name.endswith("Res"):
            if event.name == "SessionStopRes":
                self._over = field_at(getattr(self._request, "body", {}), "ChargingSession") != "ServiceRenegotiation"
            if self._request is not None:
                yield from self._response_time(self._request, event)
            self._request = None
            if response_code(event).lower().startswith("failed"):
                self._failed = event
            yield from self._ongoing_time(event)
        else:
            yield from self._pace(event)
            self._response = None

    def _response_time(self, request: Event, response: Event) -> Iterator[Finding]:
        limit = timers20.SECC_PERFORMANCE.get(request.name)
        if limit is not None:
            yield from self._late(request, response, limit, f"{response.name} came")

    def _pace(self, request: Event) -> Iterator[Finding]:
        if self._response is None or self._response.note == DELIBERATE:
            return
        limit = timers20.EVCC_SEQUENCE_PERFORMANCE.get(request.name)
        after_loop = timers20.EVCC_SEQUENCE_PERFORMANCE.get(f"{self._response.name[:-3]}Req")
        if after_loop is not None:
            yield from self._late(self._response, request, after_loop, f"{request.name} came")
        elif limit is None:
            yield from self._late(self._response, request, timers20.EVCC_SEQUENCE, f"{request.name} came")

    def _late(self, since: Event, until: Event, limit: timers20.Limit, what: str) -> Iterator[Finding]:
        # The tolerance is for the way: as long as the limit of the charge loop itself it would make the limit void.
        tolerance = min(self._context.tolerance_s, limit.seconds * _LOOP_SHARE)
        allowed = limit.seconds + tolerance
        took, jitter = until.seconds - since.seconds, self._context.jitter(since.seconds, until.seconds)
        if took <= allowed - jitter or self._disturbed:
            return
        severity: Severity = "MUST" if took > allowed + jitter else "UNSURE"
        text = f"{what} after {_ms(took)}, limit {_ms(limit.seconds)} + {_ms(tolerance)} tolerance"
        if severity == "UNSURE":
            if took <= allowed and jitter < 0.01 * allowed:
                return  # the margin is in favour of the SUT and the tester is exact: nothing worth a doubt
            text += f"; the margin is below the tester's own jitter of {_ms(jitter)}"
        yield Finding(limit.requirement or UNNAMED, severity, text, (since.id, until.id))

    def _ongoing_time(self, event: Event) -> Iterator[Finding]:
        processing = field_at(event.body, "EVSEProcessing")
        if processing != "Ongoing" or event.name in _WAITS_FOR_PEOPLE:
            self._ongoing = None
            return
        if self._ongoing is None or self._ongoing[0] != event.name:
            self._ongoing = (event.name, event)
            return
        began = self._ongoing[1]
        limit = timers20.SECC_ONGOING_PERFORMANCE.get(f"{event.name[:-3]}Req")
        if limit is not None:
            yield from self._late(began, event, limit, f"{event.name} was still Ongoing")

    def _closed(self, event: Event) -> Iterator[Finding]:
        if self._open and (event.body or {}).get("by", "") == self._context.tester:
            yield from self._unanswered(event)
        self._open = False
        by = (event.body or {}).get("by", "")
        if by == self._context.sut and self._failed is not None:
            limit = timers20.TERMINATION.seconds
            took = event.seconds - self._failed.seconds
            allowed = limit + self._context.close_tolerance_s
            if took > allowed + self._context.jitter(self._failed.seconds, event.seconds):
                text = f"the connection was closed {took:.2f} s after {self._failed.name}, limit {limit:g} s"
                yield Finding("X20-CloseAfterFailure", "MUST", text, (self._failed.id, event.id))
        self._request = self._failed = None

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Report a response or a closing that had not come when the test case ended."""
        if event is None or not self._open:
            return
        yield from self._unanswered(event)
        if self._failed is not None:
            waited = event.seconds - self._failed.seconds
            allowed = timers20.TERMINATION.seconds + self._context.close_tolerance_s
            if waited > allowed + self._context.jitter(self._failed.seconds, event.seconds):
                text = f"the connection was still open {waited:.1f} s after {self._failed.name} with a FAILED code"
                yield Finding("X20-CloseAfterFailure", "MUST", text, (self._failed.id,))

    def _unanswered(self, event: Event) -> Iterator[Finding]:
        """The EV gives up, or the test case ends, while a request waits for its response."""
        if self._request is not None and self._request.note != DELIBERATE and self._context.sut == "secc":
            limit = timers20.SECC_PERFORMANCE.get(self._request.name)
            waited = event.seconds - self._request.seconds
            slack = self._context.tolerance_s + self._context.jitter(self._request.seconds, event.seconds)
            if limit is not None and waited > limit.seconds + slack:
                text = f"{self._request.name} was not answered within {_ms(waited)}, limit {_ms(limit.seconds)}"
                yield Finding(limit.requirement or UNNAMED, "MUST", text, (self._request.id,))


def _ms(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms"
