"""Block N, third part: periodic event streams of OCPP 2.1 (N11 to N15). Values gather here, and go out without an answer."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Handler, Payload, status_info
from v2xconform.emulators.station.monitors import Monitor
from v2xconform.protocols.ocpp.rpc import Failure

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_MOST: Final = 1000
"""Values that a stream keeps while it cannot send; the oldest go first."""


@dataclass(frozen=True, slots=True)
class EventStreamsPolicy:
    """Duties of the block."""

    opens: bool = True
    """Sends OpenPeriodicEventStream ([N11.FR.02])."""
    heeds_rejection: bool = True
    """Falls back to NotifyEvent where the CSMS refuses a stream ([N11.FR.07])."""
    silent_after_rejection: bool = False
    """Reports a monitor no more whose stream was refused."""
    also_notifies: bool = False
    """Sends NotifyEvent beside the stream."""
    as_call: bool = False
    """Sends the values as a CALL ([N15.FR.01])."""
    interval_factor: float = 1.0
    obeys_values: bool = True
    """At most `values` values in a message ([N15.FR.07])."""
    sends_when_full: bool = True
    """Sends as soon as there are `values` values ([N15.FR.08])."""
    pending: int | None = None
    """Tells this number of waiting values, whatever it is ([N15.FR.04])."""
    first_offset: float = 0.0
    """t of the first value ([N15.FR.09])."""
    obeys_adjustment: bool = True
    checks_id: bool = True
    """Refuses to adjust a stream that there is not."""
    adjusts: bool = True
    """Accepts AdjustPeriodicEventStream at all ([N14.FR.03])."""
    lists: bool = True
    """Lists its streams ([N12.FR.01])."""
    flushes: bool = True
    """Sends what it holds before it closes ([N13.FR.03])."""
    closes: bool = True
    """Sends ClosePeriodicEventStream when its monitor is cleared ([N13.FR.05])."""
    goes_on: bool = False
    """Goes on sending after it has closed."""
    basetime_shift_s: float = 0.0


@dataclass(slots=True)
class Stream:
    """One event stream."""

    id: int
    monitor: Monitor
    params: Payload
    open: bool = False
    """The CSMS has accepted it."""
    values: list[tuple[float, str]] = field(default_factory=list)
    """(seconds since 1970, value) that have not been sent."""

    def tree(self) -> Payload:
        """Return the ConstantStreamDataType."""
        return {"id": self.id, "params": self.params, "variableMonitoringId": self.monitor.id}

    @property
    def key(self) -> str:
        """Of its flushing in the agenda."""
        return f"event_streams.{self.id}"


@dataclass(slots=True)
class EventStreams:
    """The block of one station."""

    station: "Station"
    streams: dict[int, Stream] = field(default_factory=dict)
    handlers: dict[str, Handler] = field(default_factory=dict)
    _last_id: int = 0

    def __post_init__(self) -> None:
        self.handlers = {
            "GetPeriodicEventStream": self.get_streams,
            "AdjustPeriodicEventStream": self.adjust,
        }

    # ---- opening and closing

    def open(self, monitor: Monitor, now: float) -> None:
        """Ask the CSMS to take the values of a monitor as a stream (N11)."""
        self.close_of(monitor.id, now)
        if not self.station.policy.event_streams.opens or self.station.version != "ocpp2.1":
            return
        self._last_id += 1
        stream = self.streams[self._last_id] = Stream(self._last_id, monitor, dict(monitor.stream or {}))
        self._ask(stream, now)

    def _ask(self, stream: Stream, now: float) -> None:
        def answered(answer: Payload, at: float) -> None:
            if answer["status"] == "Accepted" or not self.station.policy.event_streams.heeds_rejection:
                stream.open = True
                self._plan(stream, at)
            else:
                self.streams.pop(stream.id, None)

        def failed(failure: Failure, at: float) -> None:
            if failure.kind != "lost":
                self.streams.pop(stream.id, None)

        payload = {"constantStreamData": stream.tree()}
        self.station.call("OpenPeriodicEventStream", payload, now, answered, failed)

    def close_of(self, monitor: int, now: float) -> None:
        """Close the streams of a monitor that is gone, or is to have one no more ([N13.FR.05], [N13.FR.06])."""
        for stream in [one for one in self.streams.values() if one.monitor.id == monitor]:
            self.close(stream, now)

    def close(self, stream: Stream, now: float) -> None:
        """Send what is left, and say that it is over (N13)."""
        policy = self.station.policy.event_streams
        while policy.flushes and stream.open and stream.values:
            self._send(stream, now)
        if policy.goes_on:
            stream.values.append((self.station.utc(), stream.monitor.variable.value or ""))
            self.station.agenda.at(now + 1.0, lambda at: self._send(stream, at))
        del self.streams[stream.id]
        self.station.agenda.cancel(stream.key)
        if stream.open and policy.closes:
            self.station.call("ClosePeriodicEventStream", {"id": stream.id}, now)

    # ---- values

    def takes(self, monitor: Monitor, value: str, now: float) -> bool:
        """Take a value of a monitor into its stream; False where NotifyEvent has to tell it."""
        policy = self.station.policy.event_streams
        stream = next((one for one in self.streams.values() if one.monitor is monitor), None)
        if stream is None:
            return policy.silent_after_rejection and monitor.stream is not None
        stream.values.append((self.station.utc(), value))
        del stream.values[:-_MOST]
        most = stream.params.get("values", 0)
        if stream.open and most and len(stream.values) >= most and policy.sends_when_full:
            self._send(stream, now)
            if stream.params.get("interval"):
                self._plan(stream, now)
        return not policy.also_notifies

    def _plan(self, stream: Stream, now: float) -> None:
        interval = stream.params.get("interval", 0) * self.station.policy.event_streams.interval_factor
        self.station.agenda.cancel(stream.key)
        if interval > 0:
            self.station.agenda.at(now + interval, lambda at: self._due(stream, at), stream.key)

    def _due(self, stream: Stream, now: float) -> None:
        if stream.values:
            self._send(stream, now)
        self._plan(stream, now)

    def _send(self, stream: Stream, now: float) -> None:
        policy = self.station.policy.event_streams
        most = stream.params.get("values", 0) if policy.obeys_values else 0
        chosen = stream.values[: most or None]
        if not self.station.online or not chosen:
            return
        del stream.values[: len(chosen)]
        base = chosen[0][0]
        shown = datetime.fromtimestamp(base + policy.basetime_shift_s, UTC).isoformat(timespec="milliseconds")
        payload = {
            "id": stream.id, "basetime": shown.replace("+00:00", "Z"),
            "pending": len(stream.values) if policy.pending is None else policy.pending,
            "data": [{"t": round(at - base + policy.first_offset, 3), "v": value} for at, value in chosen],
        }  # fmt: skip
        if policy.as_call:
            self.station.call("NotifyPeriodicEventStream", payload, now)
        else:
            self.station.tell("NotifyPeriodicEventStream", payload)

    # ---- what the CSMS asks

    def get_streams(self, payload: Payload, now: float) -> Payload:
        """Answer GetPeriodicEventStream (N12)."""
        found = [one.tree() for one in self.streams.values() if one.open]
        return {"constantStreamData": found} if found and self.station.policy.event_streams.lists else {}

    def adjust(self, payload: Payload, now: float) -> Payload:
        """Answer AdjustPeriodicEventStream (N14)."""
        policy, stream = self.station.policy.event_streams, self.streams.get(payload["id"])
        known = stream is not None and stream.open
        if not policy.adjusts or (not known and policy.checks_id):
            return {"status": "Rejected", "statusInfo": status_info("NotFound")}
        if stream is not None and policy.obeys_adjustment:
            stream.params = dict(payload["params"])
            self.station.agenda.at(now, lambda at: self._plan(stream, at))
        return {"status": "Accepted"}

    # ---- life

    def boot_accepted(self, now: float) -> None:
        """After a reboot the CSMS is asked anew."""
        for stream in list(self.streams.values()):
            if not stream.open:
                self._ask(stream, now)

    def online(self, now: float) -> None:
        """Go on where a connection was lost."""
        for stream in self.streams.values():
            if stream.open:
                self._plan(stream, now)

    def reset(self, now: float) -> None:
        """Power was lost: what was gathered is gone, the streams have to be opened again."""
        for stream in self.streams.values():
            stream.open, stream.values = False, []
