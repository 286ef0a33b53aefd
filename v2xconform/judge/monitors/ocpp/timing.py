"""The timing monitor: every valid request of the tester is answered with a result, and in time (FR.02, FR.03)."""

from collections.abc import Iterator
from typing import Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.protocols.ocpp import CALL_ERROR, ends_connection, frames, is_ocpp, schemas
from v2xconform.trace.events import Event

TIMEOUT_S: Final = 30.0
"""Message timeout where the PIXIT does not give it."""
_BASIC: Final = frozenset({
    "BootNotification", "Heartbeat", "StatusNotification", "NotifyEvent", "TransactionEvent", "Authorize", "MeterValues",
    "SecurityEventNotification", "NotifyReport",
})  # fmt: skip
"""Requests that every CSMS has to take."""
_NOT_UNDERSTOOD: Final = frozenset({
    "FormatViolation", "FormationViolation", "ProtocolError", "OccurrenceConstraintViolation",
    "OccurenceConstraintViolation", "TypeConstraintViolation", "RpcFrameworkError", "MessageTypeNotSupported",
})  # fmt: skip
"""Codes that say of a valid request that it is none."""
_TOO_MUCH: Final = frozenset({
    "GetVariables", "SetVariables", "GetReport", "GetMonitoringReport", "SetVariableMonitoring", "ClearVariableMonitoring",
    "SendLocalList",
})  # fmt: skip
"""Requests that may hold more items or bytes than the other side takes; it may refuse them then ([B05.FR.11], [B06.FR.16])."""


class OcppTimingMonitor:
    """Sees all events between a station and a CSMS."""

    name = "ocpp-timing"
    sees_broken = True
    """An answer is an answer, whatever it looks like."""

    def __init__(self, context: Context) -> None:
        self._context = context
        value = context.pixit.get("message_timeout", TIMEOUT_S)
        self._limit = float(value) if isinstance(value, int | float) else TIMEOUT_S
        self._open: dict[int, Event] = {}
        """Requests of the tester that are not answered yet."""
        self._accepted = False
        """The boot is accepted: a CSMS has no reason to refuse."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if ends_connection(event.layer, event.kind):
            yield from self._unanswered(event)
            self._open.clear()
            return
        if event.kind == "oddity":  # a frame that is not as it should be may be refused
            self._open.pop(int(event.ref.get("message", 0)), None)
        if event.kind != "message" or not is_ocpp(event.layer):
            return
        kind = event.ref.get("rpc", {}).get("type")
        if event.name == "BootNotificationResponse" and isinstance(event.body, dict):
            self._accepted = event.body.get("status") == "Accepted"
        if kind == frames.CALL and event.src != self._context.sut and event.note != DELIBERATE:
            self._open[event.id] = event
        elif kind in (frames.CALLRESULT, frames.CALLERROR) and event.src == self._context.sut:
            asked = self._open.pop(event.ref.get("answers", 0), None)
            if asked is not None:
                yield from self._late(asked, event)
                yield from self._refused(asked, event)

    def _late(self, asked: Event, event: Event) -> Iterator[Finding]:
        took = event.seconds - asked.seconds
        over = took - self._limit - self._context.tolerance_s
        if over > 0:
            jitter = self._context.jitter(asked.seconds, event.seconds)
            text = f"{asked.name} was answered after {took:.1f} s; the message timeout is {self._limit:g} s"
            yield Finding("FR.02", "UNSURE" if over < jitter else "MUST", text, (asked.id, event.id))

    def _refused(self, asked: Event, event: Event) -> Iterator[Finding]:
        """A valid request gets a result; what is wrong with it in substance is said in there."""
        if event.name != CALL_ERROR or not isinstance(event.body, dict):
            return
        action, code = asked.name.removesuffix("Request"), str(event.body.get("errorCode"))
        basic = self._context.sut == "csms" and action in _BASIC and self._accepted
        large = action in _TOO_MUCH and code.startswith(("Occur", "Format"))
        if (basic or code in _NOT_UNDERSTOOD) and not large and _is_valid(asked):
            text = f"{asked.name} is valid, and was answered with CALLERROR {code}"
            yield Finding("FR.02", "MUST", text, (asked.id, event.id))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield the requests that nobody has answered."""
        if event is not None:
            yield from self._unanswered(event)

    def _unanswered(self, event: Event) -> Iterator[Finding]:
        """Yield those whose time is over; a connection that ends earlier excuses them."""
        for asked in self._open.values():
            waited = event.seconds - asked.seconds
            if waited > self._limit + self._context.tolerance_s + self._context.jitter(asked.seconds, event.seconds):
                text = f"{asked.name} was not answered within {self._limit:g} s"
                yield Finding("FR.02", "MUST", text, (asked.id,))


def _is_valid(asked: Event) -> bool:
    version = asked.layer
    return any(
        asked.name in schemas.names(one) and schemas.is_valid(one, asked.name, asked.body)
        for one in ("ocpp2.0.1", "ocpp2.1")
        if one == version
    )
