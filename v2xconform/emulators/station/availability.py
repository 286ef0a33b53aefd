"""Block G: the availability of the station, its EVSEs and connectors, and how the CSMS hears of it (G01 to G05, B04)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from v2xconform.emulators.station.block import Handler, Payload, Triggered, status_info
from v2xconform.emulators.station.evse import Connector, Evse
from v2xconform.protocols.ocpp.rpc import Failure

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station
    from v2xconform.emulators.station.transactions import Transaction

_CHANGES: Final = "availability.changes"


@dataclass(frozen=True, slots=True)
class AvailabilityPolicy:
    """Duties of block G."""

    reports: bool = True
    reports_by: Literal["", "StatusNotification", "NotifyEvent"] = ""
    """Empty: StatusNotification in 2.0.1, NotifyEvent in 2.1."""
    reports_together: bool = False
    """One NotifyEvent tells all connectors."""
    reports_evses: bool = False
    """EVSEs and the station are reported as well (by NotifyEvent)."""
    reports_plugging: bool = True
    """Tells that an EV is connected, and disconnected ([G01.FR.03], [G01.FR.04])."""
    reports_only_first: bool = False
    """After a boot only the first connector is reported."""
    after_offline: Literal["", "all", "changed", "none"] = ""
    """What is reported after offline times; empty: what OfflineThreshold says (B04)."""
    changes: bool = True
    """Does what ChangeAvailability says."""
    returns: bool = True
    """Makes operative again what it has made inoperative."""
    changes_whole_evse: bool = True
    """An inoperative EVSE makes all its connectors unavailable ([G03.FR.06])."""
    reports_changes: bool = True
    """Tells what ChangeAvailability has changed ([G03.FR.04])."""
    schedules: bool = True
    """Answers Scheduled while a transaction runs ([G03.FR.05])."""
    waits_for_end: bool = True
    """A running transaction goes on, the change comes after it."""
    remembers_schedule: bool = True
    """The scheduled change comes about."""
    accepts_same: bool = True
    """Accepts what is so already ([G03.FR.03])."""
    persists: bool = True
    """Unavailable survives a reboot ([G03.FR.08], [G04.FR.09])."""
    settles_s: float = 0.0
    """A state has to last so long before it is reported."""
    reports_twice: bool = False
    """Each report is sent twice."""
    state_error: str = ""
    """State that is reported in place of Unavailable."""


@dataclass(slots=True)
class Availability:
    """Block G of one station."""

    station: "Station"
    operative: bool = True
    handlers: dict[str, Handler] = field(default_factory=dict)
    _events: int = 0

    def __post_init__(self) -> None:
        self.handlers = {"ChangeAvailability": self.change}

    # ---- states

    def usable(self, evse: Evse, connector: Connector | None = None) -> bool:
        """Tell whether station, EVSE and connector (None: one of them) are operative and without fault."""
        outlets = [connector] if connector is not None else evse.connectors
        return self.operative and evse.operative and any(one.operative and not one.faulted for one in outlets)

    def state(self, evse: Evse, connector: Connector) -> str:
        """Return the AvailabilityState of a connector."""
        if connector.faulted:
            return "Faulted"
        operative = self.operative and connector.operative
        if self.station.policy.availability.changes_whole_evse or connector is evse.connectors[0]:
            operative = operative and evse.operative
        operative = operative and not self.station.held_for_update(evse)
        if not operative and self.station.transactions.at(evse) is None:
            return self.station.policy.availability.state_error or "Unavailable"
        if evse.connector is connector:
            return "Occupied"
        if not operative:
            return "Unavailable"
        return "Reserved" if evse.reserved_for else "Available"

    def evse_state(self, evse: Evse) -> str:
        """Return the AvailabilityState of an EVSE: what its connectors have in common, Occupied when one of them is."""
        found = {self.state(evse, connector) for connector in evse.connectors}
        return "Occupied" if "Occupied" in found else min(found, key=_STATES.index)

    # ---- reports

    def report_all(self, now: float) -> None:
        """Report every connector."""
        policy = self.station.policy.availability
        places = [(evse, connector) for evse in self.station.evses for connector in evse.connectors]
        self._report(places[:1] if policy.reports_only_first else places, now)

    def report_changes(self, now: float) -> None:
        """Report the connectors whose state is another one than was told last."""
        places = [(evse, connector) for evse in self.station.evses for connector in evse.connectors]
        self._report([place for place in places if self.state(*place) != place[1].reported], now)

    def report(self, evse: Evse, connector: Connector, now: float) -> None:
        """Report one connector after something happened to it; offline it stays to be told."""
        self._note(evse, connector, now)
        policy = self.station.policy.availability
        if not policy.reports_plugging or self.state(evse, connector) == connector.reported:
            return
        if policy.settles_s:
            key = f"availability.settled.{evse.id}.{connector.id}"
            self.station.agenda.at(now + policy.settles_s, lambda at: self._settled(evse, connector, at), key)
        else:
            self._report([(evse, connector)], now)

    def _settled(self, evse: Evse, connector: Connector, now: float) -> None:
        if self.state(evse, connector) != connector.reported:
            self._report([(evse, connector)], now)

    def _note(self, evse: Evse, connector: Connector, now: float) -> None:
        variables = self.station.variables
        place = {"evse": evse.id, "connector": connector.id}
        variables.set("Connector.AvailabilityState", self.state(evse, connector), now, **place)
        variables.set("EVSE.AvailabilityState", self.evse_state(evse), now, evse=evse.id)
        station = {self.evse_state(one) for one in self.station.evses}
        variables.set("ChargingStation.AvailabilityState", min(station, key=_STATES.index), now)

    def _report(self, places: list[tuple[Evse, Connector]], now: float) -> None:
        policy = self.station.policy.availability
        for evse, connector in places:
            self._note(evse, connector, now)
        if not policy.reports or not self.station.online:
            return
        by = policy.reports_by or ("StatusNotification" if self.station.version == "ocpp2.0.1" else "NotifyEvent")
        if by == "NotifyEvent" and policy.reports_together and places:
            self._send("NotifyEvent", self._event([self._data(*place) for place in places]), places, now)
            return
        for evse, connector in [one for one in places for _ in range(2 if policy.reports_twice else 1)]:
            if by == "StatusNotification":
                self._send("StatusNotification", self._status(evse, connector), [(evse, connector)], now)
            else:
                self._send("NotifyEvent", self._event([self._data(evse, connector)]), [(evse, connector)], now)
            if policy.reports_evses:
                self._tell_above(evse, now)

    def _send(self, action: str, payload: Payload, places: list[tuple[Evse, Connector]], now: float) -> None:
        before = [connector.reported for _, connector in places]
        for evse, connector in places:
            connector.reported = self.state(evse, connector)

        def lost(failure: Failure, at: float) -> None:
            for place, reported in zip(places, before, strict=True):
                place[1].reported = reported

        self.station.call(action, payload, now, on_failure=lost)

    def _tell_above(self, evse: Evse, now: float) -> None:
        evse_data = self._data_of({"name": "EVSE", "evse": {"id": evse.id}}, self.evse_state(evse))
        station = self.station.variables.text("ChargingStation.AvailabilityState")
        data = [evse_data, self._data_of({"name": "ChargingStation"}, station)]
        self.station.call("NotifyEvent", self._event(data), now)

    def _status(self, evse: Evse, connector: Connector) -> Payload:
        return {
            "timestamp": self.station.timestamp(), "connectorStatus": self.state(evse, connector), "evseId": evse.id,
            "connectorId": connector.id,
        }  # fmt: skip

    def _event(self, data: list[Payload]) -> Payload:
        return {"generatedAt": self.station.timestamp(), "seqNo": 0, "tbc": False, "eventData": data}

    def _data(self, evse: Evse, connector: Connector) -> Payload:
        component = {"name": "Connector", "evse": {"id": evse.id, "connectorId": connector.id}}
        return self._data_of(component, self.state(evse, connector))

    def _data_of(self, component: Payload, state: str, variable: str = "AvailabilityState") -> Payload:
        self._events += 1
        return {
            "eventId": self._events, "timestamp": self.station.timestamp(), "trigger": "Delta", "actualValue": state,
            "eventNotificationType": "HardWiredNotification", "component": component, "variable": {"name": variable},
        }  # fmt: skip

    # ---- ChangeAvailability

    def change(self, payload: Payload, now: float) -> Payload:
        """Answer ChangeAvailability (G03, G04)."""
        policy, operative = self.station.policy.availability, payload["operationalStatus"] == "Operative"
        wanted = payload.get("evse", {})
        evse = self.station.evse(wanted["id"]) if wanted.get("id") else None
        if wanted.get("id") and evse is None:
            return {"status": "Rejected", "statusInfo": status_info("UnknownEvse")}
        number = wanted.get("connectorId")
        outlet: Connector | None = None
        if evse is not None and number:
            outlet = next((one for one in evse.connectors if one.id == number), None)
            if outlet is None:
                return {"status": "Rejected", "statusInfo": status_info("UnknownConnectorId")}
        target: Availability | Evse | Connector = outlet or evse or self
        if target.operative == operative:
            if not policy.accepts_same:
                return {"status": "Rejected", "statusInfo": status_info("NoError")}
            return {"status": "Accepted"}
        busy = [one.evse for one in self.station.transactions.running if evse in (None, one.evse)]
        if outlet is not None:
            busy = [one for one in busy if one.connector is outlet]
        waits = bool(busy) and not operative and policy.schedules
        if policy.changes and (policy.remembers_schedule or not waits) and (policy.returns or not operative):
            target.operative = operative
        if not policy.waits_for_end and not operative:
            for one in busy:
                self.station.transactions.end(one, "AbnormalCondition", "Other", now)
        if policy.reports_changes:
            self.station.agenda.at(now, self.report_changes, _CHANGES)
        return {"status": "Scheduled" if waits else "Accepted"}

    def transaction_ended(self, transaction: "Transaction", now: float) -> None:
        """A transaction is over: a change that waited for it comes about ([G03.FR.05], [G04.FR.06])."""
        evse = transaction.evse
        if not (self.operative and evse.operative and all(one.operative for one in evse.connectors)):
            self.station.agenda.at(now, self.report_changes, _CHANGES)

    # ---- faults

    def fault(self, evse: Evse, now: float, *, connector: int = 1) -> None:
        """A connector breaks."""
        self._set_fault(evse, connector, True, now)

    def repair(self, evse: Evse, now: float, *, connector: int = 1) -> None:
        """It is repaired."""
        self._set_fault(evse, connector, False, now)

    def _set_fault(self, evse: Evse, number: int, faulted: bool, now: float) -> None:
        connector = evse.connectors[number - 1]
        connector.faulted = faulted
        self.station.variables.set("Connector.Problem", faulted, now, evse=evse.id, connector=number)
        self.report(evse, connector, now)

    # ---- life

    def online(self, now: float) -> None:
        """After offline times: all connectors, or those that have changed ([B04.FR.01], [B04.FR.02])."""
        lost_at = self.station.connection.lost_at
        if not self.station.provisioning.booted or lost_at is None:
            return
        threshold = self.station.variables.number("OCPPCommCtrlr.OfflineThreshold", 60)
        what = self.station.policy.availability.after_offline or ("all" if now - lost_at > threshold else "changed")
        if what == "all":
            self.report_all(now)
        elif what == "changed":
            self.report_changes(now)

    def reset(self, now: float) -> None:
        """Power was lost: what was set by ChangeAvailability stays."""
        for evse in self.station.evses:
            for connector in evse.connectors:
                connector.reported = ""
                if not self.station.policy.availability.persists:
                    self.operative = evse.operative = connector.operative = True

    def trigger(self, payload: Payload, now: float) -> Triggered:
        """Return how to send StatusNotification on TriggerMessage ([F06.FR.12])."""
        if payload["requestedMessage"] != "StatusNotification":
            return None
        place = payload.get("evse", {})
        evse, number = self.station.evse(place.get("id", 0)), place.get("connectorId", 0)
        if evse is None or not 1 <= number <= len(evse.connectors):
            return "Rejected"
        connector = evse.connectors[number - 1]
        return lambda at: self._tell(evse, connector, at)

    def _tell(self, evse: Evse, connector: Connector, now: float) -> None:
        self.station.call("StatusNotification", self._status(evse, connector), now, before_boot=True)


_STATES: Final = ("Available", "Reserved", "Occupied", "Unavailable", "Faulted")
"""From good to bad: the best state of the parts is that of the whole."""
