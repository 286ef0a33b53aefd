"""Block D: the local authorization list (D01, D02)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.block import Handler

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(frozen=True, slots=True)
class LocalListPolicy:
    """Duties of the block."""


@dataclass(slots=True)
class LocalList:
    """The block of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
