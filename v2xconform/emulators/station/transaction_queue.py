"""The queue of TransactionEvents: it survives being offline, repeats what failed, makes room (E04, E11 to E14)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Payload
from v2xconform.protocols.ocpp.queue import Queue
from v2xconform.protocols.ocpp.rpc import Failure

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_RETRY: Final = "transactions.retry"
_KEPT_BY_21: Final = frozenset({
    "LimitSet", "CostLimitReached", "EnergyLimitReached", "TimeLimitReached", "SoCLimitReached",
})  # fmt: skip
"""Triggers of updates that 2.1 does not let be dropped ([2.1 E12.FR.04])."""

OnAnswer = Callable[[Payload, Payload, float], None]
"""Called with the request, its response and the instant."""


@dataclass(slots=True, eq=False)
class Queued:
    """A TransactionEvent on its way."""

    payload: Payload
    attempts: int = 0

    @property
    def transaction(self) -> str:
        """The transaction that it belongs to."""
        return str(self.payload["transactionInfo"]["transactionId"])


@dataclass(slots=True)
class EventQueue:
    """The events of one station, oldest first; one of them at a time is on its way."""

    station: "Station"
    on_answer: OnAnswer
    events: Queue[Queued] = field(default_factory=Queue)
    _sending: bool = False

    def put(self, payload: Payload, now: float) -> None:
        """Take an event; it goes out when its turn has come."""
        station, policy = self.station, self.station.policy.transactions
        if not station.online:
            if not policy.queues_offline:
                return
            if policy.marks_offline:
                payload["offline"] = True
        self.events.append(Queued(payload))
        if not station.online and len(self.events) > policy.queue_capacity:
            self._make_room()
        self.send(now)

    def waits(self, transaction_id: str = "") -> bool:
        """Tell whether something is to be delivered, of one transaction or of any (E14)."""
        return any(transaction_id in ("", event.transaction) for event in self.events)

    def forget(self) -> None:
        """Lose all of it."""
        self.events.clear()
        self._sending = False

    # ---- connection

    def online(self, now: float) -> None:
        """The CSMS can be told again."""
        self.send(now)

    def offline(self, now: float) -> None:
        """What waits was not told in time: it counts as offline ([E11.FR.07])."""
        self.station.agenda.cancel(_RETRY)
        if self.station.policy.transactions.marks_offline:
            for event in self.events:
                event.payload["offline"] = True

    def _make_room(self) -> None:
        """Drop intermediate updates, the 1st, the 3rd … ([E12.FR.04], [E12.FR.05]); starts and ends stay."""
        if not self.station.policy.transactions.drops_updates_only:
            self.events.popleft()
            return
        droppable = [event for event in self.events if event.attempts == 0 and self._may_drop(event.payload)]
        for event in droppable[::2]:
            self.events.remove(event)

    def _may_drop(self, payload: Payload) -> bool:
        if payload["eventType"] != "Updated" or "idToken" in payload:
            return False
        return self.station.version == "ocpp2.0.1" or payload["triggerReason"] not in _KEPT_BY_21

    # ---- sending

    def send(self, now: float) -> None:
        """Send the oldest event, unless one is on its way or a repetition is waited for."""
        if self._sending or not self.events or not self.station.online or self.station.agenda.planned(_RETRY):
            return
        self._sending = True
        event = self.events[-1] if self.station.policy.transactions.newest_first else self.events[0]
        event = next((one for one in self.events if one.attempts), event)  # what has failed goes on first
        event.attempts += 1
        self.station.call(
            "TransactionEvent", event.payload, now,
            lambda answer, at: self._answered(event, answer, at), lambda failure, at: self._failed(event, failure, at),
        )  # fmt: skip

    def _answered(self, event: Queued, answer: Payload, now: float) -> None:
        self._sending = False
        self._forget(event)
        self.on_answer(event.payload, answer, now)
        self.send(now)

    def _forget(self, event: Queued) -> None:
        if event in self.events:
            self.events.remove(event)

    def _failed(self, event: Queued, failure: Failure, now: float) -> None:
        self._sending = False
        if failure.kind == "lost":
            event.attempts -= 1  # it stays in the queue, and being offline is no failure of it
            return
        get, policy = self.station.variables.number, self.station.policy.transactions
        most = int(get("OCPPCommCtrlr.MessageAttempts[TransactionEvent]", 3)) + policy.attempts_too_many
        if event.attempts >= most or not policy.repeats_events:
            for one in [one for one in self.events if one.transaction == event.transaction]:
                if one is event or policy.drops_the_rest:
                    self._forget(one)  # [E13.FR.04]
            self.send(now)
            return
        wait = get("OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]", 10)
        if policy.waits_longer:
            wait *= event.attempts  # [E13.FR.03]
        self.station.agenda.at(now + wait * policy.wait_factor, self.send, _RETRY)
