"""All monitors on one trace: feed it events as they are recorded, or all at once from a stored run.

Monitors belong to a family of protocols and see what happens between the two roles of it. A trace may hold several: a
charger talks to a car and to a CSMS at once. In each family the SUT is the role that the actor under test plays there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final, Protocol, cast

from v2xconform.judge.context import Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.claims import ClaimsMonitor
from v2xconform.judge.monitors.content import ContentMonitor
from v2xconform.judge.monitors.endings import EndingsMonitor
from v2xconform.judge.monitors.identity import IdentityMonitor
from v2xconform.judge.monitors.life import LifeMonitor
from v2xconform.judge.monitors.ocpp import OCPP_MONITORS
from v2xconform.judge.monitors.power import PowerMonitor
from v2xconform.judge.monitors.schema import SchemaMonitor
from v2xconform.judge.monitors.sequence import SequenceMonitor
from v2xconform.judge.monitors.signature import SignatureMonitor
from v2xconform.judge.monitors.supply import SupplyMonitor
from v2xconform.judge.monitors.timing import TimingMonitor
from v2xconform.judge.monitors.tls import TlsMonitor
from v2xconform.judge.monitors.vehicle import VehicleMonitor
from v2xconform.judge.stalls import Stalls
from v2xconform.lab.roles import FAMILY, Family, Role, face
from v2xconform.protocols.ocpp import Version, is_ocpp, schemas
from v2xconform.trace.events import Event


class Monitor(Protocol):
    """What all monitors look like."""

    name: str

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield what is left open when the test case ends with `event`."""


MONITORS: Final[Mapping[Family, tuple[Callable[[Context], Monitor], ...]]] = {
    "v2g": (
        VehicleMonitor, SchemaMonitor, IdentityMonitor, SequenceMonitor, TimingMonitor, TlsMonitor, ContentMonitor,
        PowerMonitor, SignatureMonitor, SupplyMonitor, EndingsMonitor, LifeMonitor, ClaimsMonitor,
    ),
    "ocpp": OCPP_MONITORS,
}  # fmt: skip
_FAMILY_OF: Final[Mapping[str, Family]] = {str(role): family for role, family in FAMILY.items()}


def monitor_names(role: Role) -> list[str]:
    """Return the names of the monitors that judge a role."""
    return [make.name for make in MONITORS[FAMILY[role]]]  # type: ignore[attr-defined]  # each class carries its name


def _is_broken(event: Event) -> bool:
    """Tell whether an event is a message of OCPP that breaks its schema.

    Who reads fields relies on the schema; that it is broken is said by the monitors that have `sees_broken`.
    """
    if event.kind != "message" or not is_ocpp(event.layer):
        return False
    version = cast(Version, event.layer)
    return event.name in schemas.names(version) and not schemas.is_valid(version, event.name, event.body)


class BenchJudge:
    """Runs every monitor over a trace and collects the findings.

    Call `see` for each event in order (findings, steps and checks are ignored: they are the judge's own words), then
    `end` once. The same events give the same findings, live or from a file.
    """

    def __init__(self, context: Context) -> None:
        self.findings: list[Finding] = []
        self.context = replace(context, stalls=Stalls())
        """What the monitors know; its stalls are those of this trace."""
        self._monitors: dict[Family, list[Monitor]] = {}
        for family, makers in MONITORS.items():
            sut = face(context.sut, family)
            if sut is not None:
                own = (
                    self.context
                    if sut == context.sut
                    else replace(self.context, sut=sut, anchors=context.cable_anchors)
                )
                self._monitors[family] = [make(own) for make in makers]
        self._last: Event | None = None

    def see(self, event: Event) -> list[Finding]:
        """Return what this event adds to `findings`."""
        if event.layer in ("judge", "step"):
            return []
        self._last = event
        if event.kind == "stall":
            self.context.stalls.see(event)
        broken = _is_broken(event)
        new = [
            finding
            for monitor in self._watching(event)
            if not broken or getattr(monitor, "sees_broken", False)
            for finding in monitor.see(event)
        ]
        self.findings += new
        return new

    def _watching(self, event: Event) -> Iterator[Monitor]:
        """Yield the monitors of the family whose roles the event is between; those of all families for the lab's own."""
        family = _FAMILY_OF.get(event.src) or _FAMILY_OF.get(event.dst)
        for one, monitors in self._monitors.items():
            if family is None or one == family:
                yield from monitors

    def end(self, last: Event | None = None) -> list[Finding]:
        """Return what the end of the test case adds; `last` is the event that marks its time."""
        new = [
            finding
            for monitors in self._monitors.values()
            for monitor in monitors
            for finding in monitor.end(last or self._last)
        ]
        self.findings += new
        return new
