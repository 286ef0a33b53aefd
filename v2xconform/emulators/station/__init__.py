"""A charging station of OCPP 2.0.1 and 2.1 without I/O: `Station`, made of one module for each functional block."""

from v2xconform.emulators.station.policy import StationPolicy
from v2xconform.emulators.station.station import Dial, Station

__all__ = ["Dial", "Station", "StationPolicy"]
