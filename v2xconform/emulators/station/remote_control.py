"""Block F: what the CSMS does from afar: start, stop, unlock, trigger (F01 to F06)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.block import Handler, Payload, status_info
from v2xconform.emulators.station.evse import Evse

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(frozen=True, slots=True)
class RemoteControlPolicy:
    """Duties of block F."""

    does_what_it_accepts: bool = True
    """Starts what it has accepted to start."""


@dataclass(slots=True)
class RemoteControl:
    """Block F of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers = {
            "RequestStartTransaction": self.request_start,
            "RequestStopTransaction": self.request_stop,
        }

    def request_start(self, payload: Payload, now: float) -> Payload:
        """Answer RequestStartTransaction (F01, F02)."""
        if not self.station.provisioning.accepted:
            return {"status": "Rejected", "statusInfo": status_info("CSNotAccepted")}
        evse = self._free(payload.get("evseId"))
        if evse is None:
            return {"status": "Rejected", "statusInfo": status_info("TxInProgress")}
        token, number = payload["idToken"], payload["remoteStartId"]
        if self.station.policy.remote_control.does_what_it_accepts:
            start = lambda at: self._start(evse, token, number, at)  # noqa: E731 - a name for what is due
            self.station.agenda.at(now, start)
        running = self.station.transactions.at(evse)
        return {"status": "Accepted", **({"transactionId": running.id} if running is not None else {})}

    def _start(self, evse: Evse, token: Payload, number: int, now: float) -> None:
        self.station.transactions.authorize(evse, token, now, remote_start_id=number)

    def _free(self, number: int | None) -> Evse | None:
        candidates = self.station.evses if number is None else [self.station.evse(number)]
        transactions = self.station.transactions
        return next((one for one in candidates if one is not None and transactions.holder(one) is None), None)

    def request_stop(self, payload: Payload, now: float) -> Payload:
        """Answer RequestStopTransaction (F03)."""
        found = self.station.transactions.find(payload["transactionId"])
        if found is None:
            return {"status": "Rejected", "statusInfo": status_info("TxNotFound")}
        stop = lambda at: self._stop(found.evse, at)  # noqa: E731 - a name for what is due
        self.station.agenda.at(now, stop)
        return {"status": "Accepted"}

    def _stop(self, evse: Evse, now: float) -> None:
        self.station.transactions.end(evse, "RemoteStop", "Remote", now)
