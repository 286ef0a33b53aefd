"""Start and stop points of transactions: what is reached at an EVSE, and what follows from it (E01, E06).

A point starts a transaction when it holds while something new is reached; it ends one when it is left. So a stop point that
was never reached does not end anything.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from v2xconform.emulators.station.evse import Evse


@dataclass(slots=True)
class Points:
    """The points of one EVSE. `move` brings them up to date, and says what was gained and lost."""

    held: frozenset[str] = field(default=frozenset())
    gained: frozenset[str] = field(default=frozenset())
    """Reached by the last move."""
    lost: frozenset[str] = field(default=frozenset())
    """Left by the last move."""

    def move(self, reached: frozenset[str]) -> None:
        """Take over what is reached now."""
        self.gained, self.lost, self.held = reached - self.held, self.held - reached, reached

    def start(self, start_points: Collection[str]) -> bool:
        """Tell whether a transaction begins: a start point holds, and something has just been reached."""
        return bool(self.gained) and not self.held.isdisjoint(start_points)

    def stop(self, stop_points: Collection[str]) -> bool:
        """Tell whether the transaction ends: a stop point has just been left."""
        return not self.lost.isdisjoint(stop_points)


def reached(evse: Evse, *, authorized: bool, signed: bool) -> frozenset[str]:
    """Return the points that are reached at an EVSE; `signed`: its meter has given a signed value."""
    found = set()
    if evse.parked:
        found.add("ParkingBayOccupancy")
    if evse.plugged:
        found.add("EVConnected")
    if authorized:
        found.add("Authorized")
    if evse.plugged and authorized:
        found.add("PowerPathClosed")
        if signed:
            found.add("DataSigned")
        if evse.flowing and evse.ev_ready:
            found.add("EnergyTransfer")
    return frozenset(found)
