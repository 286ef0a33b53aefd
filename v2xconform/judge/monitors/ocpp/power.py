"""The power monitor: what flows keeps to the charging profiles and limits that hold (K, Q)."""

from collections.abc import Iterator

from v2xconform.judge.context import Context
from v2xconform.judge.finding import Finding
from v2xconform.trace.events import Event


class OcppPowerMonitor:
    """Sees all events between a station and a CSMS."""

    name = "ocpp-power"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        return iter(())

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield what is left open."""
        return iter(())
