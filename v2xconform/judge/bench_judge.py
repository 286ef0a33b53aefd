"""All monitors on one trace: feed it events as they are recorded, or all at once from a stored run."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from v2xconform.judge.context import Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.claims import ClaimsMonitor
from v2xconform.judge.monitors.content import ContentMonitor
from v2xconform.judge.monitors.endings import EndingsMonitor
from v2xconform.judge.monitors.identity import IdentityMonitor
from v2xconform.judge.monitors.life import LifeMonitor
from v2xconform.judge.monitors.power import PowerMonitor
from v2xconform.judge.monitors.schema import SchemaMonitor
from v2xconform.judge.monitors.sequence import SequenceMonitor
from v2xconform.judge.monitors.signature import SignatureMonitor
from v2xconform.judge.monitors.supply import SupplyMonitor
from v2xconform.judge.monitors.timing import TimingMonitor
from v2xconform.judge.monitors.tls import TlsMonitor
from v2xconform.judge.monitors.vehicle import VehicleMonitor
from v2xconform.judge.stalls import Stalls
from v2xconform.trace.events import Event


class Monitor(Protocol):
    """What all monitors look like."""

    name: str

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield what is left open when the test case ends with `event`."""


MONITORS: tuple[Callable[[Context], Monitor], ...] = (
    VehicleMonitor, SchemaMonitor, IdentityMonitor, SequenceMonitor, TimingMonitor, TlsMonitor, ContentMonitor, PowerMonitor,
    SignatureMonitor,
    SupplyMonitor, EndingsMonitor, LifeMonitor, ClaimsMonitor,
)  # fmt: skip


class BenchJudge:
    """Runs every monitor over a trace and collects the findings.

    Call `see` for each event in order (findings, steps and checks are ignored: they are the judge's own words), then
    `end` once. The same events give the same findings, live or from a file.
    """

    def __init__(self, context: Context) -> None:
        self.findings: list[Finding] = []
        self.context = replace(context, stalls=Stalls())
        """What the monitors know; its stalls are those of this trace."""
        self._monitors = [make(self.context) for make in MONITORS]
        self._last: Event | None = None

    def see(self, event: Event) -> list[Finding]:
        """Return what this event adds to `findings`."""
        if event.layer in ("judge", "step"):
            return []
        self._last = event
        if event.kind == "stall":
            self.context.stalls.see(event)
        new = [finding for monitor in self._monitors for finding in monitor.see(event)]
        self.findings += new
        return new

    def end(self, last: Event | None = None) -> list[Finding]:
        """Return what the end of the test case adds; `last` is the event that marks its time."""
        new = [finding for monitor in self._monitors for finding in monitor.end(last or self._last)]
        self.findings += new
        return new
