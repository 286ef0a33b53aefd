"""The tap: whatever passes one end of a link becomes an event in the trace of the actor that holds this end."""

from dataclasses import dataclass
from typing import Any

from v2xconform.trace.events import Event
from v2xconform.trace.recorder import Recorder


@dataclass(slots=True)
class Tap:
    """One end of one link in a trace; without a recorder it stays silent."""

    recorder: Recorder | None
    link: str
    """Name of the link in the trace: tcp1, udp1 …"""
    src: str
    """The actor that holds this end."""
    dst: str
    """The actor at the other end."""
    layer: str = "tcp"

    def sent(self, data: bytes, body: Any = None, note: str = "") -> Event | None:
        """Record bytes that this end sends, before they are handed to the system."""
        return self.outgoing(kind="bytes", name="data", raw=data, body=body, note=note)

    def received(self, data: bytes, body: Any = None, note: str = "") -> Event | None:
        """Record bytes that this end has just received."""
        return self.incoming(kind="bytes", name="data", raw=data, body=body, note=note)

    def closed(self, by: str, name: str = "closed", body: dict[str, Any] | None = None) -> Event | None:
        """Record that `by` (an actor) took the link down."""
        add = self.outgoing if by == self.src else self.incoming
        return add(kind="close", name=name, body={"by": by, **(body or {})})

    def outgoing(self, **fields: Any) -> Event | None:
        """Record an event from this actor to the other."""
        return self._add(self.src, self.dst, fields)

    def incoming(self, **fields: Any) -> Event | None:
        """Record an event from the other actor to this one."""
        return self._add(self.dst, self.src, fields)

    def _add(self, src: str, dst: str, fields: dict[str, Any]) -> Event | None:
        if self.recorder is None:
            return None
        return self.recorder.add(**{"layer": self.layer, **fields}, link=self.link, src=src, dst=dst)


def new_tap(recorder: Recorder | None, kind: str, src: str, dst: str) -> Tap:
    """Return the tap of a new link with a name of its own."""
    return Tap(recorder, recorder.link_name(kind) if recorder else kind, src, dst, kind)
