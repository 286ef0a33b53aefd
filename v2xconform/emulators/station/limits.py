"""Block E, limits of a transaction in cost, energy, time or state of charge, set by the driver or the CSMS (2.1, E16)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Payload
from v2xconform.emulators.station.evse import Evse
from v2xconform.emulators.station.transaction_events import Transaction

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_LOOK_S: Final = 1.0
"""How often it looks whether a limit is reached."""
_TRIGGERS: Final = {
    "maxEnergy": "EnergyLimitReached", "maxTime": "TimeLimitReached", "maxCost": "CostLimitReached",
    "maxSoC": "SoCLimitReached",
}  # fmt: skip
_REASONS: Final = {
    "maxEnergy": "EnergyLimitReached", "maxTime": "TimeLimitReached", "maxCost": "LocalOutOfCredit",
    "maxSoC": "SOCLimitReached",
}  # fmt: skip
"""stoppedReason, where reaching the limit ends the transaction."""


@dataclass(frozen=True, slots=True)
class LimitsPolicy:
    """Duties of the block."""

    confirms: bool = True
    """Tells the limits that it has taken ([E16.FR.03])."""
    confirms_again: bool = False
    """Tells them in every event, not once."""
    takes_unsupported: bool = False
    """Tells also limits that it does not support ([E16.FR.13])."""
    obeys: bool = True
    """Gives no more energy at a limit ([E16.FR.05], [E16.FR.06])."""
    resumes: bool = True
    """Gives energy again when the limit is raised ([E16.FR.14])."""
    trigger: str = ""
    """triggerReason in place of that of the limit."""
    exceeds_csms: bool = False
    """Lets a driver go beyond what the CSMS has set ([E16.FR.04])."""


@dataclass(slots=True)
class Limits:
    """The block of one station."""

    station: "Station"

    @property
    def _policy(self) -> LimitsPolicy:
        return self.station.policy.limits

    def _supported(self) -> list[str]:
        return self.station.variables.members("TxCtrlr.SupportedLimits")

    def hear(self, transaction: Transaction, answer: Payload, now: float) -> None:
        """Take the limits in a TransactionEventResponse ([E16.FR.03])."""
        told = answer.get("transactionLimit")
        if told is None or self.station.version != "ocpp2.1":
            return
        known = {name: value for name, value in told.items() if name in self._supported()}
        transaction.csms_limits |= known
        self._take(transaction, told if self._policy.takes_unsupported else known, now)

    def choose(self, evse: Evse, limits: Payload, now: float) -> None:
        """A driver sets limits at an EVSE ([E16.FR.01]); those of the CSMS hold all the same ([E16.FR.04])."""
        transaction = self.station.transactions.at(evse)
        if transaction is None:
            return
        known = {name: value for name, value in limits.items() if name in self._supported()}
        if not self._policy.exceeds_csms:
            known = {name: min(value, transaction.csms_limits.get(name, value)) for name, value in known.items()}
        self._take(transaction, known, now)

    def _take(self, transaction: Transaction, limits: Payload, now: float) -> None:
        if transaction.limits == transaction.limits | limits:
            return  # nothing new: to say so again would only be answered again
        transaction.limits = transaction.limits | limits
        transaction.limits_changed = self._policy.confirms
        if self._policy.confirms:
            self.station.transactions.event(transaction.evse, "LimitSet", now)
        if transaction.suspended and self._policy.resumes and self._reached(transaction, now) is None:
            self.station.transactions.resume(transaction, now)  # [E16.FR.14]
        self._watch(transaction, now)

    def _watch(self, transaction: Transaction, now: float) -> None:
        transactions, evse = self.station.transactions, transaction.evse
        if transactions.at(evse) is not transaction or not transaction.limits:
            return
        name = self._reached(transaction, now)
        if name is not None and not transaction.suspended and self._policy.obeys:
            trigger = self._policy.trigger or _TRIGGERS[name]
            if "EnergyTransfer" in self.station.variables.members("TxCtrlr.TxStopPoint"):
                transactions.end(evse, trigger, _REASONS[name], now)
                return
            transactions.suspend(transaction, now, trigger)
        transaction.limits_changed = transaction.limits_changed or self._policy.confirms_again
        again = lambda at: self._watch(transaction, at)  # noqa: E731 - a name for what is due
        self.station.agenda.at(now + _LOOK_S, again, f"limits.{evse.id}")

    def _reached(self, transaction: Transaction, now: float) -> str | None:
        """Return the limit that is reached, None while there is none; time counts from the start ([E16.FR.09])."""
        evse = transaction.evse
        evse.meter(now)
        values = {
            "maxEnergy": transaction.energy_wh(), "maxTime": now - transaction.started_at,
            "maxCost": transaction.total_cost, "maxSoC": evse.soc,
        }  # fmt: skip
        for name, most in transaction.limits.items():
            value = values.get(name)
            if value is not None and value >= most - 1e-6:
                return name
        return None
