"""Block R at the CSMS: DER control of 2.1. What it has set at its stations, and what they report."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from v2xconform.emulators.csms.block import Handler, Payload, Refused
from v2xconform.protocols.ocpp.der_controls import entries, type_of

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession


@dataclass(frozen=True, slots=True)
class DerPolicy:
    """Duties of block R."""

    takes_alarms: bool = True
    takes_starts: bool = True
    takes_reports: bool = True


@dataclass(slots=True)
class DerOfStation:
    """What a CSMS knows of the DER controls of one station."""

    active: set[str] = field(default_factory=set)
    """controlIds that have started and not ended."""
    superseded: set[str] = field(default_factory=set)
    controls: dict[str, tuple[str, Payload]] = field(default_factory=dict)
    """controlId -> (controlType, entry of its last report)."""
    alarm: Payload | None = None
    """NotifyDERAlarmRequest that goes on."""


@dataclass(slots=True)
class Der:
    """The block of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
    stations: dict[str, DerOfStation] = field(default_factory=dict)
    """Identity -> what is known of it."""

    def __post_init__(self) -> None:
        self.handlers = {
            "NotifyDERAlarm": self.alarm, "NotifyDERStartStop": self.start_stop, "ReportDERControl": self.report,
        }  # fmt: skip

    def of(self, session: "StationSession") -> DerOfStation:
        """Return what is known of the station of a session."""
        return self.stations.setdefault(session.identity, DerOfStation())

    def alarm(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer NotifyDERAlarm (R05)."""
        self._wanted(self.csms.policy.der.takes_alarms, "NotifyDERAlarm")
        self.of(session).alarm = None if payload.get("alarmEnded") else payload
        return {}

    def start_stop(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer NotifyDERStartStop ([R04.FR.20] to [R04.FR.22])."""
        self._wanted(self.csms.policy.der.takes_starts, "NotifyDERStartStop")
        known = self.of(session)
        gone: list[Any] = payload.get("supersededIds", [])
        known.superseded.update(gone)
        known.active.difference_update(gone)
        if payload["started"]:
            known.active.add(payload["controlId"])
        else:
            known.active.discard(payload["controlId"])
            known.controls.pop(payload["controlId"], None)
        return {}

    def report(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer ReportDERControl ([R04.FR.31])."""
        self._wanted(self.csms.policy.der.takes_reports, "ReportDERControl")
        known = self.of(session)
        for name, entry in entries(payload):
            known.controls[entry["id"]] = (type_of(name, entry), dict(entry))
        return {}

    def _wanted(self, takes: bool, action: str) -> None:
        if not takes:
            raise Refused("NotSupported", f"{action} is not supported")
