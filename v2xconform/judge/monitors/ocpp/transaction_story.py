"""The story of one transaction: all its events by seqNo, and what has to be true of them together (E01 to E12, J02)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from v2xconform.judge.finding import Finding
from v2xconform.trace.events import Event

PLUGGED: Final = frozenset({"EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE"})
"""Charging states of an EV that is connected."""
_BEGINNINGS: Final = ("EVDetected", "CablePluggedIn", "Authorized", "RemoteStart", "SignedDataReceived")
"""Triggers by which transactions begin."""
_REGISTERS: Final = ("Energy.Active.Import.Register", "Energy.Active.Export.Register")
_CLOCK_S: Final = 2.0
"""A clock may be set back by so much while a transaction runs."""
_DUST_WH: Final = 0.01


def instant(text: str) -> float | None:
    """Return a dateTime as seconds since 1970, None when it is none."""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None


def without_offline(body: dict[str, Any]) -> dict[str, Any]:
    """Return an event without the mark that it gets while it waits."""
    return {key: value for key, value in body.items() if key != "offline"}


def is_event(body: dict[str, Any]) -> bool:
    """Tell whether a payload has what a TransactionEvent needs; if not, the schema monitor says so."""
    info = body.get("transactionInfo")
    return (
        isinstance(info, dict) and isinstance(info.get("transactionId"), str) and isinstance(body.get("seqNo"), int)
        and all(isinstance(body.get(name), str) for name in ("eventType", "timestamp", "triggerReason"))
        and isinstance(body.get("meterValue", []), list) and isinstance(body.get("evse", {}), dict)
        and isinstance(body.get("idToken", {}), dict)
    )  # fmt: skip


@dataclass(slots=True)
class Story:
    """One transaction, as far as it was reported."""

    id: str
    events: dict[int, Event] = field(default_factory=dict)
    """seqNo -> TransactionEventRequest, the first time that it came."""

    @property
    def ordered(self) -> list[Event]:
        """The events by seqNo."""
        return [self.events[number] for number in sorted(self.events)]

    def of_kind(self, kind: str) -> Event | None:
        """Return the first event of a type."""
        return next((e for e in self.ordered if e.body["eventType"] == kind), None)

    @property
    def evse(self) -> int:
        """Where it takes place, 0 while nobody knows."""
        return next((int(e.body["evse"]["id"]) for e in self.ordered if "evse" in e.body), 0)

    @property
    def token(self) -> dict[str, Any] | None:
        """The token that it was authorized with."""
        return next((e.body["idToken"] for e in self.ordered if "idToken" in e.body), None)

    @property
    def state(self) -> str:
        """The charging state that was told last."""
        told = [e.body["transactionInfo"].get("chargingState", "") for e in self.ordered]
        return next((one for one in reversed(told) if one), "")

    def missing(self) -> list[int]:
        """Return the numbers between its first and last event that have not come."""
        return [number for number in range(min(self.events), max(self.events)) if number not in self.events]

    def take(self, event: Event) -> Iterator[Finding]:
        """Take one more event; yield what is wrong with it beside the others."""
        number = int(event.body["seqNo"])
        before = self.events.get(number)
        if before is not None:
            if without_offline(before.body) != without_offline(event.body):
                text = f"two events of transaction {self.id} have the seqNo {number}"
                yield Finding("E01.FR.07", "MUST", text, (before.id, event.id))
            return
        kind, ended = event.body["eventType"], self.of_kind("Ended")
        if ended is not None and kind == "Started":
            text = f"the transactionId {self.id} is used again after its transaction has ended"
            yield Finding("E01.FR.08", "MUST", text, (ended.id, event.id))
        elif ended is not None and (kind == "Ended" or number > int(ended.body["seqNo"])):
            text = f"{kind} with seqNo {number} after transaction {self.id} has ended with seqNo {ended.body['seqNo']}"
            yield Finding("OCPP-TransactionOrder", "MUST", text, (ended.id, event.id))
        started = self.of_kind("Started")
        if started is not None and kind == "Started" and ended is None:
            text = f"transaction {self.id} is Started twice"
            yield Finding("OCPP-TransactionOrder", "MUST", text, (started.id, event.id))
        self.events[number] = event

    # ---- at the end of the trace

    def judge(self, *, clock_moved: bool = False) -> Iterator[Finding]:
        """Yield what is wrong with the whole, as far as events are there to show it."""
        if not clock_moved:
            yield from self._times()
        yield from self._registers()
        if self.missing() or self.of_kind("Started") is None:
            return  # what is not there may have told it
        yield from self._token_told()
        yield from self._place_told()

    def began_wrong(self, deeds: list[float]) -> Iterator[Finding]:
        """Yield a finding when its first event is none of its start; `deeds` are the instants at which drivers did something.

        A transaction that was there before the trace has not begun in it.
        """
        first = self.ordered[0]
        begins = first.body["triggerReason"] in _BEGINNINGS and any(one <= first.seconds for one in deeds)
        if self.of_kind("Started") is None:
            if first.body["seqNo"] != 0 and not begins:
                return
            text = f"transaction {self.id} begins with {first.body['eventType']}, not with Started"
            yield Finding("OCPP-TransactionOrder", "MUST", text, (first.id,))
        elif first.body["eventType"] != "Started":
            text = f"seqNo {first.body['seqNo']} of transaction {self.id} is below that of its start"
            yield Finding("E01.FR.07", "MUST", text, (first.id,))

    def _times(self) -> Iterator[Finding]:
        before: Event | None = None
        for event in self.ordered:
            if before is not None:
                earlier, later = instant(before.body["timestamp"]), instant(event.body["timestamp"])
                if earlier is not None and later is not None and later < earlier - _CLOCK_S:
                    numbers = f"{event.body['seqNo']} is before that of {before.body['seqNo']}"
                    text = f"the timestamp of seqNo {numbers} in transaction {self.id}"
                    yield Finding("E01.FR.07", "MUST", text, (before.id, event.id))
                    return
            before = event

    def _registers(self) -> Iterator[Finding]:
        """Registers count up ([J02.FR.16])."""
        readings: dict[tuple[Any, ...], list[tuple[float, float, Event]]] = {}
        for event in self.ordered:
            for one in event.body.get("meterValue", ()):
                when = instant(one["timestamp"])
                for value in one["sampledValue"]:
                    measurand = value.get("measurand", _REGISTERS[0])
                    if measurand in _REGISTERS and when is not None:
                        unit = value.get("unitOfMeasure", {})
                        scale = 10.0 ** unit.get("multiplier", 0) * (1000 if unit.get("unit") == "kWh" else 1)
                        key = measurand, value.get("phase"), value.get("location", "Outlet")
                        readings.setdefault(key, []).append((when, value["value"] * scale, event))
        for key, found in readings.items():
            found.sort(key=lambda one: one[:2])  # readings of one second have no order
            for (_, low, first), (_, high, second) in pairwise(found):
                if high < low - _DUST_WH:
                    text = f"{key[0]} of transaction {self.id} goes back from {low:g} to {high:g} Wh"
                    yield Finding("J02.FR.16", "MUST", text, (first.id, second.id))
                    return

    def _token_told(self) -> Iterator[Finding]:
        """Who is authorized is told with the authorization, before energy flows ([E01.FR.10], [E02.FR.20], [E03.FR.01])."""
        for event in self.ordered:
            if "idToken" in event.body:
                return
            if event.body["triggerReason"] == "Authorized":
                text = f"transaction {self.id} is Authorized without an idToken"
                yield Finding("E02.FR.20", "MUST", text, (event.id,))
                return
            if event.body["transactionInfo"].get("chargingState") == "Charging":
                text = f"energy flows in transaction {self.id}, and no event has told an idToken"
                yield Finding("E01.FR.10", "MUST", text, (event.id,))
                return

    def _place_told(self) -> Iterator[Finding]:
        """The first event after plug-in tells EVSE and connector ([E01.FR.16])."""
        for event in self.ordered:
            if "connectorId" in event.body.get("evse", {}):
                return
            state = event.body["transactionInfo"].get("chargingState")
            if state in PLUGGED or event.body["triggerReason"] == "CablePluggedIn":
                text = f"an EV is connected in transaction {self.id}, and no event has told EVSE and connector"
                yield Finding("E01.FR.16", "MUST", text, (event.id,))
                return
