"""Duties of a charger between its two faces: what the CSMS wants reaches the car, what the car does reaches the CSMS."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CablePolicy:
    """See `emulators.charger_actor.Coupling`."""

    hands_on_limits: bool = True
    """A limit of a charging profile bounds what the cable delivers."""
    hands_on_set_points: bool = True
    set_point_factor: float = 1.0
    """Share of the set point that reaches the cable; -1 mistakes its sign."""
    hands_on_stops: bool = True
    """The car is asked to end its session when the CSMS has ended the transaction."""
    keeps_set_point_offline: bool = True
    """Without the CSMS the set point goes on to hold."""
    tells_needs: bool = True
    """What the car needs is told to the CSMS."""
    tells_pauses: bool = True
    """That the car takes no energy any more is told to the CSMS."""
    measures: bool = True
    """The meter of the station sees what flows at the cable."""
