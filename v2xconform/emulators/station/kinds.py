"""What stations of one kind share beside their variables, so that ten thousand of them fit into one process.

The first station of a kind (persona, version, all duties kept) makes all its blocks and tells who answers which request. Those
that follow make a block that has nothing to do on its own only when somebody asks for it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from v2xconform.emulators.station.block import Handler
from v2xconform.emulators.station.policy import CONFORMANT
from v2xconform.protocols.ocpp import Version

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

BLOCKS: Final = (
    "provisioning", "availability", "authorization", "transactions", "meter_values", "remote_control", "security",
    "certificates", "local_list", "reservation", "limits", "tariff", "local_cost", "smart_charging",
    "firmware", "publishing", "diagnostics",
    "monitoring", "event_streams", "display", "data_transfer", "v2x", "dynamic_schedules", "der",
)  # fmt: skip
"""Names of the blocks, in the order in which they hear of power and connections."""
NO_HANDLERS: Final[dict[str, Handler]] = {}
Way = tuple[str, ...]
"""Attributes from the station to what handles a request, the name of the method last."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Stations of one persona in one version."""

    persona: Any
    ways: dict[str, Way]
    """Action -> way to its handler."""

    def handler(self, station: "Station", action: str) -> Handler | None:
        """Return what handles a request at a station; the block is made if need be."""
        way = self.ways.get(action)
        if way is None:
            return None
        found: Any = station
        for part in way:
            found = getattr(found, part)
        handler: Handler = found
        return handler


_KINDS: Final[dict[Version, Kind]] = {}
"""The last kind of each version."""


def kind_of(station: "Station") -> Kind | None:
    """Return the kind of a station, None when it is the first of its kind or one of a kind."""
    known = _KINDS.get(station.version)
    shared = known is not None and known.persona is station.persona and station.policy is CONFORMANT
    return known if shared else None


def learn(station: "Station", handlers: dict[str, Handler]) -> None:
    """Remember the kind of a station that has all its blocks."""
    if station.policy is not CONFORMANT:
        return
    ways = {action: _way(station, handler) for action, handler in handlers.items()}
    if all(ways.values()):
        _KINDS[station.version] = Kind(station.persona, ways)


def _way(station: "Station", handler: Any) -> Way:
    owner, name = getattr(handler, "__self__", None), getattr(handler, "__name__", "")
    for block_name in (*BLOCKS, "connection"):
        block = getattr(station, block_name)
        if block is owner:
            return block_name, name
        for part in getattr(type(block), "__slots__", ()):
            if getattr(block, part, None) is owner and part != "station":
                return block_name, part, name
    return ()
