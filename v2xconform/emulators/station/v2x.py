"""Block Q: bidirectional power transfer of 2.1 (Q01 to Q12)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.block import Handler
from v2xconform.emulators.station.evse import Evse
from v2xconform.emulators.station.grid import Grid

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

Follower = Callable[[Evse, float], None]
"""Called with the EVSE and the instant when the power that it should follow may be another one."""


@dataclass(frozen=True, slots=True)
class V2xPolicy:
    """Duties of the block."""


@dataclass(slots=True)
class V2x:
    """The block of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    grid: Grid = field(default_factory=Grid)
    followers: list[Follower] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.grid.listeners.append(self._grid_moved)

    # ---- power

    def wanted_power(self, evse: Evse, now: float) -> float | None:
        """Return what an EVSE should follow now in W, negative for discharging, None where there is no setpoint."""
        asked = self._setpoint(evse, now)
        power = asked if asked is not None else self.asked_power(evse, now)
        changed = self.station.der.response.applied(evse, power, now)
        return changed if asked is not None or changed != power else None

    def asked_power(self, evse: Evse, now: float) -> float:
        """Return what would flow if no DER control changed it."""
        asked = self._setpoint(evse, now)
        if asked is not None:
            return asked
        most = min(evse.spec.max_power_w, evse.ev.power_w if evse.ev is not None else evse.spec.max_power_w)
        return most if evse.limit_w is None else min(most, evse.limit_w)

    def _setpoint(self, evse: Evse, now: float) -> float | None:
        return None

    def changed(self, now: float) -> None:
        """Let meters, EVSEs and who listens follow what holds now."""
        for evse in self.station.evses:
            evse.meter(now)
            evse.setpoint_w = self.wanted_power(evse, now) if evse.flowing else None
            for follower in self.followers:
                follower(evse, now)

    def _grid_moved(self, now: float) -> None:
        self.station.der.response.look(now)
