"""When station and CSMS were not connected, or one did not answer, by the trace: for what is said about being offline."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from v2xconform.judge.monitors.ocpp.transaction_story import instant
from v2xconform.protocols.ocpp import ends_connection
from v2xconform.trace.events import Event


@dataclass(slots=True)
class Outages:
    """Give it every event with `see`."""

    lost: Event | None = None
    """The end of the last connection, None while there is one."""
    ever: bool = False
    """A connection has ended in this trace."""
    since: Event | None = None
    """The beginning of the connection that there is."""
    spans: list[tuple[float, float]] = field(default_factory=list)
    """Times without a connection, seconds since 1970."""

    def see(self, event: Event) -> None:
        """Take an event of the trace."""
        if ends_connection(event.layer, event.kind):
            if self.since is not None:
                self.lost, self.since, self.ever = event, None, True
        elif event.kind == "handshake" and event.layer == "websocket" and event.name == "switched":
            if self.lost is not None:
                gone, back = instant(self.lost.utc), instant(event.utc)
                if gone is not None and back is not None:
                    self.spans.append((gone, back))
            self.lost, self.since = None, event

    def covers(self, when: float, margin: float) -> bool:
        """Tell whether an instant lies well inside a time without a connection."""
        return any(gone + margin < when < back - margin for gone, back in self.spans)


def is_held_up(waiting: Mapping[int, Event], now: Event, seconds: float = 5.0) -> bool:
    """Tell whether a request (in the order in which they were sent) has waited for its answer for longer than that."""
    oldest = next(iter(waiting.values()), None)
    return oldest is not None and now.seconds - oldest.seconds > seconds
