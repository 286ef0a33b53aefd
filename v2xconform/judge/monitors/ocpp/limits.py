"""The monitor of limits of transactions (2.1, E16): told once, never above what the CSMS has set, not answered for nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Whose
from v2xconform.protocols.ocpp import ends_connection
from v2xconform.trace.events import Event


@dataclass(slots=True)
class _Story:
    """The limits of one transaction."""

    told: dict[str, tuple[float, Event]] = field(default_factory=dict)
    """Limit -> what the CSMS has set last, and where."""
    answered: bool = False
    """An event before has been answered, so that a limit could be told with it."""
    gap: bool = False
    """The connection broke: an answer may not have come."""


class LimitsMonitor:
    """Follows the limits of all transactions of a station."""

    name = "ocpp-limits"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._asked: dict[int, Event] = {}
        self._stories: dict[str, _Story] = {}

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if ends_connection(event.layer, event.kind):
            for story in self._stories.values():
                story.gap = True
        if event.kind != "message" or event.layer != "ocpp2.1" or not isinstance(event.body, dict):
            return
        if event.name == "TransactionEventRequest":
            self._asked[event.id] = event
            if event.note != DELIBERATE:
                yield from self._of_station(event)
        elif event.name == "TransactionEventResponse":
            asked = self._asked.pop(event.ref.get("answers", 0), None)
            if asked is not None and event.note != DELIBERATE:
                yield from self._of_csms(event, asked)

    def _story(self, event: Event) -> tuple[_Story, dict[str, Any]]:
        info = event.body.get("transactionInfo")
        info = info if isinstance(info, dict) else {}
        story = self._stories.setdefault(str(info.get("transactionId")), _Story())
        limits = info.get("transactionLimit")
        return story, _numbers(limits)

    def _of_station(self, event: Event) -> Iterator[Finding]:
        story, limits = self._story(event)
        for name, value in limits.items():
            known = story.told.get(name)
            if known is not None and value > known[0] and not event.body.get("offline"):
                text = f"{name} {value:g} is told; the CSMS has set {known[0]:g}"
                yield self._finding("E16.FR.04", text, (known[1], event), "station")

    def _of_csms(self, event: Event, asked: Event) -> Iterator[Finding]:
        story, own = self._story(asked)
        limits = event.body.get("transactionLimit")
        if asked.body.get("eventType") == "Ended" and _numbers(limits) and story.answered:
            text = f"{', '.join(_numbers(limits))} of a transaction that has ended"
            yield self._finding("E16.FR.02", text, (asked, event), "csms")
        story.answered = True
        for name, value in _numbers(limits).items():
            known = story.told.get(name)
            if name in own and value >= own[name]:
                text = f"{name} {value:g} answers the limit {own[name]:g} of the station, which is low enough"
                yield self._finding("E16.FR.08", text, (asked, event), "csms")
            elif known is not None and known[0] == value and not story.gap:
                text = f"{name} {value:g} is told again"
                yield self._finding("E16.FR.02", text, (known[1], event), "csms")
            story.told[name] = value, event
        story.gap = story.gap and not limits

    def _finding(self, requirement: str, text: str, events: tuple[Event, ...], by: str) -> Finding:
        whose: Whose = "sut" if by == self._sut else "tester"
        return Finding(requirement, "MUST", text, tuple(one.id for one in events), whose)

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())


def _numbers(limits: Any) -> dict[str, float]:
    if not isinstance(limits, dict):
        return {}
    return {name: float(value) for name, value in limits.items() if isinstance(value, int | float)}
