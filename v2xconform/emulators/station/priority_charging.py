"""Priority charging of 2.1: asked for by the CSMS or at the station, it lets the PriorityCharging profile rule (K21, K22)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.block import Handler, Payload, status_info
from v2xconform.emulators.station.evse import Evse
from v2xconform.protocols.ocpp.charging.profiles import PRIORITY

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(slots=True)
class PriorityCharging:
    """Which EVSEs charge with priority."""

    station: "Station"
    active: set[int] = field(default_factory=set)
    """EVSEs whose transaction follows its PriorityCharging profile."""
    handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.station.version == "ocpp2.1":
            self.handlers = {"UsePriorityCharging": self.use}

    def possible(self, evse: Evse) -> bool:
        """Tell whether a PriorityCharging profile applies to an EVSE."""
        return any(one.purpose == PRIORITY for one in self.station.smart_charging.store.of_evse(evse.id))

    def use(self, payload: Payload, now: float) -> Payload:
        """Answer UsePriorityCharging (K21)."""
        wrong = self.station.policy.smart_charging.priority_status
        found = self.station.transactions.find(payload["transactionId"])
        if found is None:
            return {"status": wrong or "Rejected", "statusInfo": status_info("TxNotFound")}
        if payload["activate"] and not self.possible(found.evse):
            return {"status": wrong or "NoProfile", "statusInfo": status_info("NotFound")}

        def switch(at: float) -> None:
            self.switch(found.evse, at, on=payload["activate"])

        self.station.agenda.at(now, switch)
        return {"status": wrong or "Accepted"}

    def switch(self, evse: Evse, now: float, *, on: bool) -> bool:
        """Begin or end priority charging at an EVSE; False where it is not possible ([K22.FR.01])."""
        transaction = self.station.transactions.at(evse)
        if transaction is None or (on and not self.possible(evse)) or on == (evse.id in self.active):
            return False
        policy = self.station.policy.smart_charging
        if policy.applies_priority:
            (self.active.add if on else self.active.discard)(evse.id)
        if policy.tells_priority:
            payload = {"transactionId": transaction.id, "activated": on}
            self.station.call("NotifyPriorityCharging", payload, now)
        self.station.smart_charging.apply(now)
        return True
