"""Block I: tariffs and cost, as far as a display goes that drivers can read (I01 to I06)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.block import Handler, Payload, Refused
from v2xconform.emulators.station.evse import Evse

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(frozen=True, slots=True)
class TariffPolicy:
    """Duties of block I."""

    supports_cost: bool = True
    """Takes CostUpdated ([I02.FR.02])."""
    shows_cost: bool = True
    """Shows what it is told ([I02.FR.03])."""


@dataclass(slots=True)
class Tariff:
    """Block I of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    shown: dict[int, list[str]] = field(default_factory=dict)
    """EVSE -> what its display has shown."""

    def __post_init__(self) -> None:
        if self.station.variables.find("TariffCostCtrlr.Currency") is not None:
            self.handlers = {"CostUpdated": self.cost_updated}

    def show(self, evse: Evse, text: str) -> None:
        """Show something to the driver at an EVSE."""
        if self.station.policy.tariff.shows_cost and text:
            self.shown.setdefault(evse.id, []).append(text)

    def greet(self, evse: Evse, answer: Payload, now: float) -> None:
        """Show the driver's tariff, else the fallback ([I01.FR.03], [I04.FR.01])."""
        message = answer["idTokenInfo"].get("personalMessage", {}).get("content", "")
        self.show(evse, message or self.station.variables.text("TariffCostCtrlr.TariffFallbackMessage"))

    def cost_updated(self, payload: Payload, now: float) -> Payload:
        """Answer CostUpdated ([I02.FR.02], [I02.FR.03])."""
        if not self.station.policy.tariff.supports_cost:
            raise Refused("InternalError", "the cost cannot be shown")
        transaction = self.station.transactions.find(payload["transactionId"])
        if transaction is not None:
            transaction.total_cost = payload["totalCost"]
            self.show(transaction.evse, self._price(payload["totalCost"]))
        return {}

    def hear(self, asked: Payload, answer: Payload, now: float) -> None:
        """Show what a TransactionEventResponse says about tariff and cost ([I02.FR.04], [I03.FR.03], [I06.FR.03])."""
        evse = self._evse_of(asked)
        if evse is None:
            return
        self.show(evse, answer.get("updatedPersonalMessage", {}).get("content", ""))
        if "totalCost" in answer:
            self.show(evse, self._price(answer["totalCost"]))
            transaction = self.station.transactions.find(asked["transactionInfo"]["transactionId"])
            if transaction is not None:
                transaction.total_cost = answer["totalCost"]
        elif asked["eventType"] == "Ended":  # [I05.FR.02]
            self.show(evse, self.station.variables.text("TariffCostCtrlr.TotalCostFallbackMessage"))

    def _evse_of(self, asked: Payload) -> Evse | None:
        transaction = self.station.transactions.find(asked["transactionInfo"]["transactionId"])
        if transaction is not None:
            return transaction.evse
        return self.station.evse(asked.get("evse", {}).get("id", 0))

    def _price(self, cost: float) -> str:
        return f"{cost:.2f} {self.station.variables.text('TariffCostCtrlr.Currency')}"
