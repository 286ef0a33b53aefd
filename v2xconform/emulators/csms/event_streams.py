"""Block N at the CSMS: periodic event streams of OCPP 2.1 (N11 to N15): which are open, and what they have brought."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.csms.block import Handler, Payload, Refused

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession


@dataclass(frozen=True, slots=True)
class EventStreamsPolicy:
    """Duties of the block."""

    accepts: bool = True
    """Accepts streams; a CSMS that cannot take them says Rejected ([N11.FR.05])."""
    refuses_by_error: bool = False
    """Answers with CALLERROR instead."""
    takes_closings: bool = True


@dataclass(slots=True)
class OpenStream:
    """One stream that was accepted."""

    params: Payload
    monitor: int
    values: list[tuple[str, float, str]] = field(default_factory=list)
    """(basetime, offset, value)."""
    pending: int = 0


@dataclass(slots=True)
class EventStreams:
    """The block of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
    listeners: dict[str, Callable[["StationSession", Payload, float], None]] = field(default_factory=dict)
    streams: dict[tuple[str, int], OpenStream] = field(default_factory=dict)
    """(identity, id) -> stream."""

    def __post_init__(self) -> None:
        self.handlers = {"OpenPeriodicEventStream": self.open, "ClosePeriodicEventStream": self.close}
        self.listeners = {"NotifyPeriodicEventStream": self.hear}

    def open(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer OpenPeriodicEventStream (N11)."""
        policy, data = self.csms.policy.event_streams, payload["constantStreamData"]
        if policy.refuses_by_error:
            raise Refused("InternalError", "no stream was expected")
        if not policy.accepts:
            return {"status": "Rejected"}
        self.streams[session.identity, data["id"]] = OpenStream(data["params"], data["variableMonitoringId"])
        return {"status": "Accepted"}

    def hear(self, session: "StationSession", payload: Payload, now: float) -> None:
        """Take the values of a stream (N15); what belongs to none is nobody's."""
        stream = self.streams.get((session.identity, payload["id"]))
        if stream is not None:
            stream.pending = payload["pending"]
            stream.values += [(payload["basetime"], one["t"], one["v"]) for one in payload["data"]]

    def close(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer ClosePeriodicEventStream (N13)."""
        if not self.csms.policy.event_streams.takes_closings:
            raise Refused("InternalError", "no stream was to be closed")
        self.streams.pop((session.identity, payload["id"]), None)
        return {}
