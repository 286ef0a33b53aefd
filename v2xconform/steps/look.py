"""What Then steps see: the trace, who is under test, and where in the trace the step began. It only reads."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from v2xconform.emulators.bends import to_rational
from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.roles import PARTY
from v2xconform.steps.observer import LiveTrace, StoredTrace
from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, field_at, is_protocol_message, last, response_code

PATIENCE_S = 3.0
"""How much longer than the limit a Then step waits, so that the report can say how late something came."""
CONNECTION = ("tcp", "tls")
"""Layers of which one ends when a connection is closed: with TLS its close_notify is seen before the FIN."""


class CheckFailed(AssertionError):  # noqa: N818 - an outcome of a step
    """A Then step found that the SUT broke its requirement; the text says expected and observed."""


@dataclass(slots=True)
class Look:
    """Reads the trace for one scenario. `cursor` is set anew for each step: events up to it had happened before."""

    trace: LiveTrace | StoredTrace
    context: Context
    requirements: Sequence[str] = ()
    severity: Literal["MUST", "SHOULD"] = "MUST"
    write: Callable[[dict[str, Any], str], None] = lambda body, text: None
    """Writes a check event; does nothing on a stored trace."""
    cursor: int = 0
    checks: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    # ---- finding events

    @property
    def events(self) -> Sequence[Event]:
        """All events that are there now (on a stored trace: that were there then)."""
        trace = self.trace
        return trace.events if isinstance(trace, LiveTrace) else trace.events[: trace.horizon]

    @property
    def sut(self) -> str:
        """Role of the system under test."""
        return self.context.sut

    @property
    def party(self) -> str:
        """What to call the SUT in a sentence: charger, vehicle, station or CSMS."""
        return PARTY[self.context.sut]

    def before(self, wanted: Callable[[Event], bool]) -> Event | None:
        """Return the last event before this step that `wanted` accepts."""
        return last(self.events[: self.cursor], wanted)

    def asked(self) -> Event:
        """Return what the tester did last before this step: a message, or bytes that are none. Raises Inconclusive."""
        found = self.before(lambda e: e.src == self.context.tester and _is_stimulus(e))
        if found is None:
            raise Inconclusive("the tester had sent nothing that could be answered")
        return found

    def answer_before(self) -> Event | None:
        """Return the last message of the SUT before this step."""
        return self.before(lambda e: e.src == self.sut and is_protocol_message(e))

    async def first(self, wanted: Callable[[Event], bool], after: Event | None, within_s: float) -> Event | None:
        """Return the first wanted event after another one, waiting for it at most `within_s` seconds behind that."""
        start = after.seconds if after is not None else 0.0
        return await self.trace.first(wanted, after.id if after is not None else 0, start + within_s)

    async def answer(self, asked: Event, within_s: float) -> Event | None:
        """Return what the SUT sent or did first after `asked`: a message, an unreadable payload, or the end of the link."""
        return await self.first(lambda e: e.src == self.sut and _is_reaction(e), asked, within_s + PATIENCE_S)

    async def closing(self, after: Event, within_s: float) -> Event | None:
        """Return the event with which the SUT ended the connection, if it comes."""
        return await self.first(lambda e: is_closing(e, self.sut), after, within_s + PATIENCE_S)

    # ---- saying what was found

    def check(
        self,
        expected: str,
        observed: str,
        met: bool,
        events: Sequence[Event | None] = (),
        requirement: str = "",
    ) -> None:
        """Record expected and observed. Raises CheckFailed when it is not met (for SHOULD cases: a warning)."""
        numbers = [event.id for event in events if event is not None]
        body = {"expected": expected, "observed": observed, "met": met, "events": numbers}
        self.checks.append(body)
        self.write(body, expected)
        if met:
            return
        identifier = requirement or (self.requirements[0] if self.requirements else "X20-TestCase")
        text = f"expected: {expected}; observed: {observed}"
        self.findings.append(Finding(identifier, self.severity, text, tuple(numbers)))
        if self.severity == "MUST":
            raise CheckFailed(text)

    def describe(self, event: Event | None, since: Event | None = None) -> str:
        """Return an event in words, with the time since another one."""
        if event is None:
            return "nothing"
        took = f" after {seconds(event.seconds - since.seconds)}" if since is not None else ""
        if event.kind == "message":
            code = response_code(event)
            return f"{event.name}{' ' + code if code else ''}{took}"
        if event.kind == "close":
            how = {"closed": "the connection was closed", "reset": "the connection was reset"}.get(
                event.name, event.name
            )
            return f"{how}{took}"
        if event.kind in ("undecodable", "fault"):
            return f"something unreadable ({event.name}){took}"
        return f"{event.name}{took}"

    def last_words(self) -> str:
        """Return a clause that names the last message of the trace, SDP included: how far it went."""
        final = next((event for event in reversed(self.events) if event.kind == "message"), None)
        return f"the last message was {self.describe(final)}"

    def is_said(self, event: Event, name: str) -> bool:
        """Tell whether the event is a message of this name from the SUT."""
        return is_protocol_message(event) and event.src == self.sut and event.name == name

    def within(self, event: Event | None, since: Event, limit_s: float) -> bool:
        """Tell whether an event came in time; raises Inconclusive when the tester's own jitter decides."""
        if event is None:
            return False
        tolerance = self.context.tolerance_s
        if self.sut == "secc":  # the way must not take longer than half of what it is added to (the charge loop)
            tolerance = min(tolerance, limit_s / 2)
        took, allowed = event.seconds - since.seconds, limit_s + tolerance
        jitter = self.context.jitter(since.seconds, event.seconds)
        if took > allowed and took - allowed < jitter:
            raise Inconclusive(
                f"{event.name} came after {seconds(took)}, limit {seconds(allowed)}: "
                f"the margin is below the tester's own jitter of {seconds(jitter)}"
            )
        return took <= allowed


def _is_stimulus(event: Event) -> bool:
    if event.kind in ("message", "undecodable", "fault"):
        return True
    return event.kind == "bytes" and event.note == DELIBERATE and event.layer != "udp"


def _is_reaction(event: Event) -> bool:
    return (
        (is_protocol_message(event) and event.name.endswith("Res"))
        or event.kind == "undecodable"
        or (event.kind == "close" and event.layer in CONNECTION)
    )


def is_closing(event: Event, role: str) -> bool:
    """Tell whether the event is the end of a connection (TCP, or TLS above it) that `role` brought about."""
    return event.kind == "close" and event.layer in CONNECTION and (event.body or {}).get("by") == role


def seconds(value: float) -> str:
    """Return a time span as people write it."""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.1f} ms"


def parse_value(text: str) -> Any:
    """Return a value of a feature file: JSON where it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text.strip().strip('"')


def parse_changes(text: str) -> dict[str, Any]:
    """Return ``Header.SessionID = 00… and EVProcessing = Finished`` as a mapping of paths."""
    changes = {}
    for part in text.split(" and "):
        path, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"{part!r} is not of the form `path = value`")
        changes[path.strip()] = _changed_value(path.strip(), value.strip())
    return changes


def _changed_value(path: str, text: str) -> Any:
    """Return a value to set: SessionIDs as they stand, amounts with a unit (``500 W``) as a -20 RationalNumber."""
    if path == "Header.SessionID":
        return text
    amount = _AMOUNT.fullmatch(text)
    return to_rational(float(amount[1])) if amount else parse_value(text)


_AMOUNT = re.compile(r"(-?\d+(?:\.\d+)?) (?:W|Wh|A|V|Hz)")


def show(event: Event, path: str) -> str:
    """Return a field of a message as text, for `observed`."""
    value = field_at(event.body, path)
    return "absent" if value is MISSING else json.dumps(value)
