"""Block N, first part: logs and customer information (N01, N09, N10)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.block import Handler

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(frozen=True, slots=True)
class DiagnosticsPolicy:
    """Duties of the block."""


@dataclass(slots=True)
class Diagnostics:
    """The block of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
