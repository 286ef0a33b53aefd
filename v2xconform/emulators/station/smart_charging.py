"""Block K: charging profiles and composite schedules (K01 to K29)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.block import Handler

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(frozen=True, slots=True)
class SmartChargingPolicy:
    """Duties of the block."""


@dataclass(slots=True)
class SmartCharging:
    """The block of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
