"""The schema monitor of OCPP: every payload obeys its schema and the semantic rules of single messages."""

from collections.abc import Iterator
from typing import Final, cast

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Whose
from v2xconform.protocols.ocpp import Version, is_ocpp, rules, schemas
from v2xconform.trace.events import Event

SCHEMA: Final = "OCPP-Schema"


class OcppSchemaMonitor:
    """Judges what the SUT says message by message; our own faults become tester faults."""

    name = "ocpp-schema"
    sees_broken = True

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._requests: dict[int, Event] = {}

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind != "message" or not is_ocpp(event.layer):
            return
        self._requests[event.id] = event
        version = cast(Version, event.layer)
        if event.note == DELIBERATE or event.name not in schemas.names(version):
            return
        whose: Whose = "sut" if event.src == self._sut else "tester"
        asked = self._requests.get(event.ref.get("answers", 0))
        if whose == "tester" and asked is not None and asked.note == DELIBERATE:
            return
        violations = schemas.violations(version, event.name, event.body)
        for violation in violations:
            yield Finding(SCHEMA, "MUST", f"{event.name}: {violation}", (event.id,), whose)
        if violations:
            return
        # A rule on an answer relies on its request; one that is wrong on purpose says nothing.
        request = asked.body if asked is not None and schemas.is_valid(version, asked.name, asked.body) else None
        if whose == "tester" and asked is not None and self._is_wrong(version, asked):
            return
        for rule, broken in rules.broken(version, event.name, event.body, request):
            text = f"{event.name}.{broken.path}: {broken.text}" if broken.path else f"{event.name}: {broken.text}"
            events = (asked.id, event.id) if asked else (event.id,)
            yield Finding(rule.requirement, rule.severity, text, events, whose)

    def _is_wrong(self, version: Version, asked: Event) -> bool:
        """Tell whether the SUT's own request breaks a rule: what we make of that is no fault of ours."""
        return asked.src == self._sut and any(
            rule.severity == "MUST" for rule, _ in rules.broken(version, asked.name, asked.body)
        )

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())
