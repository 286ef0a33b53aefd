"""Reset of a station or of one EVSE (B11, B12; ImmediateAndResume of 2.1: B13): it really goes down and comes up again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Payload, status_info
from v2xconform.emulators.station.evse import Evse

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_GOING: Final = "reset.going"
_WAITING: Final = "reset.waiting"
_LOOK_S: Final = 0.2
"""How often it looks whether what it waits for has come about."""
_DARK_S: Final = 1.0
"""From power-off to power-on."""
_TRY_AGAIN_S: Final = 5.0
"""After a reset that failed (ResetRetries)."""


@dataclass(slots=True)
class Reset:
    """Answers Reset for one station, and does it."""

    station: "Station"
    resuming: list[Evse] = field(default_factory=list)
    """EVSEs whose transactions go on when the station is accepted again (B13)."""
    _failures: int = 0

    def reset(self, payload: Payload, now: float) -> Payload:
        """Answer Reset."""
        station, policy, kind = self.station, self.station.policy.provisioning, payload["type"]
        number = payload.get("evseId")
        evse = station.evse(number) if number else None
        if number and (evse is None or not policy.resets_evses):
            return {"status": "Rejected", "statusInfo": status_info("UnsupportedParam")}
        if kind == "ImmediateAndResume" and not station.variables.number("TxCtrlr.ResumptionTimeout"):
            return {"status": "Rejected", "statusInfo": status_info("UnsupportedParam")}
        if not policy.resets:
            return {"status": "Accepted"}
        if kind == "OnIdle" and self._busy(evse):
            if policy.waits_for_idle:
                station.agenda.at(now + _LOOK_S, self._when_idle(evse), self._key(evse))
                return {"status": "Scheduled"}
        elif kind == "Immediate":
            end: Callable[[float], None] = lambda at: self._end_transactions(evse, at)  # noqa: E731
            station.agenda.at(now, end)
        elif kind == "ImmediateAndResume":
            hold: Callable[[float], None] = lambda at: self._hold_transactions(evse, at)  # noqa: E731
            station.agenda.at(now, hold)
        self._go(evse, "RemoteReset", now)
        return {"status": "Accepted"}

    def _busy(self, evse: Evse | None) -> bool:
        return any(evse in (None, one.evse) for one in self.station.transactions.running)

    def _key(self, evse: Evse | None) -> str:
        return f"{_WAITING}.{evse.id if evse is not None else 0}"

    def _when_idle(self, evse: Evse | None) -> Callable[[float], None]:
        def look(now: float) -> None:
            if self._busy(evse):
                self.station.agenda.at(now + _LOOK_S, look, self._key(evse))
            else:
                self._go(evse, "ScheduledReset", now)

        return look

    def _end_transactions(self, evse: Evse | None, now: float) -> None:
        policy = self.station.policy.provisioning
        for transaction in list(self.station.transactions.running):
            if evse in (None, transaction.evse) and policy.ends_transactions:
                self.station.transactions.end(transaction.evse, policy.reset_trigger, policy.reset_stop, now)

    def _hold_transactions(self, evse: Evse | None, now: float) -> None:
        """Stop the energy, keep the transactions ([B13.FR.04], [B13.FR.10], [B13.FR.20])."""
        for transaction in list(self.station.transactions.running):
            if evse in (None, transaction.evse):
                self.resuming.append(transaction.evse)
                self.station.transactions.suspend(transaction, now, "ResetCommand")

    def _go(self, evse: Evse | None, reason: str, now: float) -> None:
        """Go down once everything is said, or the CSMS has been silent for too long ([B12.FR.05])."""
        patience = self.station.variables.number("OCPPCommCtrlr.MessageTimeout[Default]", 30.0)
        self._failures = self.station.policy.provisioning.failing_resets
        reason = self.station.policy.provisioning.reset_reason or reason
        self._wait_to_go(evse, reason, now + patience, now + _LOOK_S)

    def _wait_to_go(self, evse: Evse | None, reason: str, deadline: float, at: float) -> None:
        def look(now: float) -> None:
            rpc = self.station.rpc
            said = rpc is None or (rpc.idle and not rpc.outgoing and not self.station.transactions.queue.waits())
            if not said and now < deadline:
                self._wait_to_go(evse, reason, deadline, now + _LOOK_S)
            elif self._failures > 0 and self._retries(evse):
                self._failures -= 1
                self._wait_to_go(evse, reason, deadline, now + _TRY_AGAIN_S)
            elif evse is None or self.station.policy.provisioning.reboots_for_evse:
                self.cycle(now, reason)
            else:
                self.station.agenda.at(now + _DARK_S, lambda then: self._evse_back(evse, then))

        self.station.agenda.at(at, look, f"{_GOING}.{evse.id if evse is not None else 0}")

    def _retries(self, evse: Evse | None) -> bool:
        tried = self.station.policy.provisioning.failing_resets - self._failures
        return tried < self.station.variables.number("OCPPCommCtrlr.ResetRetries")

    def cycle(self, now: float, reason: str = "PowerUp") -> None:
        """Power off, and on again a little later."""
        station = self.station
        station.power_off(now)
        station.agenda.at(now + _DARK_S, lambda at: station.power_on(at, reason))

    def _evse_back(self, evse: Evse, now: float) -> None:
        if evse in self.resuming:
            self.resuming.remove(evse)
            self._resume(evse, now)

    def accepted(self, now: float) -> None:
        """The CSMS has accepted the station again: transactions go on ([B13.FR.23] to [B13.FR.30])."""
        resuming, self.resuming = self.resuming, []
        for evse in resuming:
            self._resume(evse, now)

    def _resume(self, evse: Evse, now: float) -> None:
        transactions, policy = self.station.transactions, self.station.policy.provisioning
        transaction = transactions.at(evse)
        if transaction is not None and policy.resumes:
            allowed = self.station.variables.flag("TxCtrlr.AllowEnergyTransferResumption", True)
            transaction.suspended = not (allowed or policy.resumes_energy_always)
            transactions.moved(evse, "TxResumed", now)
