"""The sequence monitor: requests in the order of the sequence table, one response to each, of its own type."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Severity
from v2xconform.judge.monitors.identity import NO_SESSION
from v2xconform.judge.session_facts import SessionFacts
from v2xconform.protocols.iso15118 import sequence20
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at, is_protocol_message, response_code

_BLAMES = {
    "FAILED_SequenceError": "X20-SequenceError",
    "FAILED_UnknownSession": "V2G20-460",
    "FAILED_ServiceIDInvalid": "X20-ServiceIdInvalid",
    "FAILED_ServiceSelectionInvalid": "X20-ServiceSelectionInvalid",
    "FAILED_NoEnergyTransferServiceSelected": "X20-ServiceSelectionInvalid",
    "FAILED_ScheduleSelectionInvalid": "X20-ScheduleSelectionInvalid",
    "FAILED_EVPowerProfileInvalid": "X20-PowerProfileInvalid",
}
"""Codes that blame the EV for what it did not do, when its request was in order -> requirement."""
_NEGOTIATION = {"supportedAppProtocolReq": "supportedAppProtocolRes"}


@dataclass(slots=True)
class _Pending:
    event: Event
    legal: bool
    """Allowed in the state."""
    known: bool
    """Carries the SessionID of the session."""


class SequenceMonitor:
    """Walks the table of `protocols.iso15118.sequence20` beside the session and compares."""

    name = "sequence"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._facts = SessionFacts()
        self._begin("")

    def _begin(self, link: str) -> None:
        self._link = link
        self._state = ""
        self._session = NO_SESSION
        self._pending: _Pending | None = None
        self._fatal: Event | None = None
        self._lost = False

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind == "open" and event.layer == "tcp":
            self._begin(event.link)
        self._facts.see(event)
        if event.kind in ("undecodable", "fault") and event.src != self._sut and event.layer != "sdp":
            # What the tester sends here is deliberate, and the answer to it is the business of the test case. To a car
            # it is no answer: its request is still open.
            self._lost = True
            if self._sut == "secc":
                self._pending = None
        elif event.kind == "bytes" and event.note == DELIBERATE and event.src != self._sut:
            self._lost = True
        elif is_protocol_message(event):
            if event.name.endswith("Req"):
                yield from self._request(event)
            elif event.name.endswith("Res"):
                yield from self._response(event)

    def _request(self, event: Event) -> Iterator[Finding]:
        by_sut = event.src == self._sut
        if by_sut and self._pending is not None and not (self._lost and event.name == "SessionStopReq"):
            text = f"{event.name} was sent before {self._pending.event.name} was answered"
            yield Finding("X20-Sequence", "MUST", text, (self._pending.event.id, event.id))
        if by_sut and self._fatal is not None:
            text = f"{event.name} was sent although the session had ended with {_named(self._fatal)}"
            # Some cars say goodbye even then; the end is the same.
            severity: Severity = "SHOULD" if event.name == "SessionStopReq" else "MUST"
            yield Finding("X20-FailedIsFatal", severity, text, (self._fatal.id, event.id))
        if event.name in _NEGOTIATION:
            legal = self._state == ""
        else:
            legal = bool(self._state) and sequence20.request_fits(self._state, self._facts.mode, event.name, event.body)
        if by_sut and not legal and self._fatal is None:
            text = f"{event.name} is not allowed here; allowed: {self._allowed()}"
            yield Finding("X20-Sequence", "MUST", text, (event.id,))
        session = field_at(event.body, "Header.SessionID")
        known = event.name in ("SessionSetupReq", *_NEGOTIATION) or session == self._session
        self._pending = _Pending(event, legal, known)

    def _response(self, event: Event) -> Iterator[Finding]:
        by_sut, pending, code = event.src == self._sut, self._pending, response_code(event)
        self._pending = None
        if pending is None:
            if by_sut and not self._lost:
                yield Finding("X20-Unsolicited", "MUST", f"{event.name} came without a request", (event.id,))
            return
        expected = _NEGOTIATION.get(pending.event.name) or f"{pending.event.name[:-3]}Res"  # WPT and ACDP too
        events = (pending.event.id, event.id)
        if event.name != expected:
            if by_sut:
                text = f"{pending.event.name} was answered with {event.name} instead of {expected}"
                yield Finding("X20-ResponseType", "MUST", text, events)
            else:
                self._fatal = event
            return
        if by_sut:
            yield from self._answer(pending, event, code, events)
        if code.lower().startswith("failed"):
            self._fatal = event
        elif event.name == "supportedAppProtocolRes":
            self._state = "SessionSetup"
        elif pending.legal and self._state:
            if event.name == "SessionSetupRes":
                self._session = str(field_at(event.body, "Header.SessionID"))
            with suppress(sequence20.SequenceError):  # an answer that fits no row is the content monitor's business
                self._state = sequence20.advance(
                    self._state, self._facts.mode, pending.event.name, pending.event.body, event.body
                )

    def _answer(self, pending: _Pending, event: Event, code: str, events: tuple[int, int]) -> Iterator[Finding]:
        request = pending.event
        if pending.legal and pending.known and request.note != DELIBERATE:
            if code in _BLAMES and request.name != "MeteringConfirmationReq":
                requirement = _BLAMES[code]
                text = f"{request.name} was in order, yet it was answered with {code}"
                yield Finding(requirement, "MUST", text, events)
        elif not pending.known and not code.startswith("FAILED"):
            text = f"{request.name} carried a SessionID that the session does not have, yet the answer is {code}"
            yield Finding("V2G20-460", "MUST", text, events)
        elif not pending.legal and code and not code.lower().startswith("failed"):
            text = f"{request.name} is not allowed here (allowed: {self._allowed()}), yet the answer is {code}"
            yield Finding("X20-SequenceError", "MUST", text, events)

    def _allowed(self) -> str:
        if not self._state:
            return "supportedAppProtocolReq"
        return ", ".join(sequence20.allowed(self._state, self._facts.mode)) or "nothing, the session is over"

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end: missing responses are the timing monitor's business."""
        return iter(())


def _named(event: Event) -> str:
    code = response_code(event)
    return f"{event.name} {code}" if code else event.name
