"""Block Q: bidirectional power transfer of 2.1 (Q01 to Q12)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.block import Handler

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(frozen=True, slots=True)
class V2xPolicy:
    """Duties of the block."""


@dataclass(slots=True)
class V2x:
    """The block of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
