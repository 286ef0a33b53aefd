"""A finding: one broken or doubtful requirement, with the trace events that show it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from v2xconform.trace.events import Event

Severity = Literal["MUST", "SHOULD", "UNSURE", "NOTE"]
"""MUST fails the test case; SHOULD is a warning; UNSURE makes it inconclusive (margin below the tester's own jitter);
NOTE is shown and counts nowhere."""

Whose = Literal["sut", "tester"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a monitor or a Then step has to say. Findings about our own messages are faults of the tester."""

    requirement: str
    """Identifier in the requirement catalogue of the profile, for example V2G20-2188."""
    severity: Severity
    text: str
    """One sentence for people: what was expected, what was observed."""
    events: tuple[int, ...] = field(default=())
    """Numbers of the trace events that show it."""
    whose: Whose = "sut"

    def to_json(self) -> dict[str, Any]:
        """Return the form in which results.jsonl and finding events hold it."""
        return {
            "requirement": self.requirement,
            "severity": self.severity,
            "text": self.text,
            "events": list(self.events),
            "whose": self.whose,
        }


def from_json(body: dict[str, Any]) -> Finding:
    """Read what `Finding.to_json` wrote."""
    return Finding(body["requirement"], body["severity"], body["text"], tuple(body["events"]), body["whose"])


def event_ids(events: Iterable[Event]) -> tuple[int, ...]:
    """Return the numbers of some events, for `Finding.events`."""
    return tuple(event.id for event in events)
