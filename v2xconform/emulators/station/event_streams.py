"""Block N, third part: periodic event streams of 2.1 (N11 to N15)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.block import Handler

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(frozen=True, slots=True)
class EventStreamsPolicy:
    """Duties of the block."""


@dataclass(slots=True)
class EventStreams:
    """The block of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
