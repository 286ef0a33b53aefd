"""Block G: the availability of the station, its EVSEs and connectors, and how the CSMS hears of it (G01 to G05, B04)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from v2xconform.emulators.station.block import Handler, Payload
from v2xconform.emulators.station.evse import Connector, Evse

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(frozen=True, slots=True)
class AvailabilityPolicy:
    """Duties of block G."""

    reports: bool = True
    reports_by: Literal["", "StatusNotification", "NotifyEvent"] = ""
    """Empty: StatusNotification in 2.0.1, NotifyEvent in 2.1."""


@dataclass(slots=True)
class Availability:
    """Block G of one station."""

    station: "Station"
    operative: bool = True
    handlers: dict[str, Handler] = field(default_factory=dict)
    _events: int = 0

    def state(self, evse: Evse, connector: Connector) -> str:
        """Return the AvailabilityState of a connector."""
        if connector.faulted:
            return "Faulted"
        if evse.connector is connector:
            return "Occupied"
        if not (self.operative and evse.operative and connector.operative) or self.station.firmware.holds(evse):
            return "Unavailable"
        return "Reserved" if evse.reserved_for else "Available"

    def report_all(self, now: float) -> None:
        """Report every connector."""
        for evse in self.station.evses:
            for connector in evse.connectors:
                self.report(evse, connector, now)

    def report_changes(self, now: float) -> None:
        """Report the connectors whose state is another one than was told last."""
        for evse in self.station.evses:
            for connector in evse.connectors:
                if self.state(evse, connector) != connector.reported:
                    self.report(evse, connector, now)

    def report(self, evse: Evse, connector: Connector, now: float) -> None:
        """Report one connector; offline it stays to be told."""
        state = self.state(evse, connector)
        self.station.variables.set(
            "Connector.AvailabilityState", state, now, evse=evse.id, connector=connector.id
        )  # fmt: skip
        policy = self.station.policy.availability
        if not policy.reports or not self.station.online:
            return
        connector.reported = state
        by = policy.reports_by or ("StatusNotification" if self.station.version == "ocpp2.0.1" else "NotifyEvent")
        if by == "StatusNotification":
            self.station.call("StatusNotification", {
                "timestamp": self.station.timestamp(), "connectorStatus": state, "evseId": evse.id,
                "connectorId": connector.id,
            }, now)  # fmt: skip
        else:
            self.station.call("NotifyEvent", self._event(evse, connector, state), now)

    def _event(self, evse: Evse, connector: Connector, state: str) -> Payload:
        self._events += 1
        stamp = self.station.timestamp()
        return {
            "generatedAt": stamp, "seqNo": 0, "tbc": False,
            "eventData": [{
                "eventId": self._events, "timestamp": stamp, "trigger": "Delta", "actualValue": state,
                "eventNotificationType": "HardWiredNotification",
                "component": {"name": "Connector", "evse": {"id": evse.id, "connectorId": connector.id}},
                "variable": {"name": "AvailabilityState"},
            }],
        }  # fmt: skip
