"""The availability monitor: ChangeAvailability does what it says, and the states of connectors fit what happens at them (G, E).

It judges stations, by what they have reported of each connector (StatusNotification, or NotifyEvent of AvailabilityState).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.protocols.ocpp import ends_connection, is_ocpp
from v2xconform.trace.events import Event

REPORT_S: Final = 60.0
"""How long a change of state may take to be reported. OCPP gives no limit."""
_PLUGGED: Final = frozenset({"EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE"})
"""Charging states of an EV that is connected."""
_ANY: Final = frozenset({"Available", "Occupied", "Reserved", "Unavailable", "Faulted"})
_SOMEWHERE: Final = (0, 0)
"""Any connector, where none is known."""
Place = tuple[int, int]
"""EVSE and connector."""
Scope = tuple[int, int]
"""EVSE and connector that a ChangeAvailability is for; 0 for all."""


@dataclass(slots=True)
class _Expected:
    """A report that has to come."""

    place: Place
    states: frozenset[str]
    due: float
    why: Event
    requirement: str
    text: str


@dataclass(slots=True)
class _Change:
    """What ChangeAvailability has set a scope to."""

    scope: Scope
    operative: bool
    response: Event
    status: str


@dataclass(slots=True)
class _Transaction:
    """A running transaction, as far as its place is known."""

    evse: int = 0
    connector: int = 0


class AvailabilityMonitor:
    """Sees all events between a station and a CSMS."""

    name = "ocpp-availability"

    def __init__(self, context: Context) -> None:
        self.context = context
        self._requests: dict[int, Event] = {}
        self._states: dict[Place, tuple[str, Event]] = {}
        """Last report of each connector."""
        self._changes: dict[Scope, _Change] = {}
        self._transactions: dict[str, _Transaction] = {}
        self._expected: list[_Expected] = []
        self._boot: Event | None = None
        """The last boot that was accepted."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if self.context.sut != "station":
            return
        yield from self._late(event)
        if ends_connection(event.layer, event.kind):
            self._expected.clear()
        elif event.kind == "message" and is_ocpp(event.layer):
            if event.name == "ChangeAvailabilityRequest" and event.note != DELIBERATE:
                self._requests[event.id] = event
            elif event.name == "ChangeAvailabilityResponse":
                yield from self._answered(event, self._requests.get(event.ref.get("answers", 0)))
            elif event.name == "TransactionEventRequest" and event.src == "station":
                self._transaction(event)
            elif event.name == "BootNotificationResponse" and event.body.get("status") == "Accepted":
                self._booted(event)
            for place, state in reports(event):
                yield from self._reported(place, state, event)

    def _booted(self, event: Event) -> None:
        """Every connector is reported after the boot: those that are known, or at least one ([B01.FR.05])."""
        self._boot, due, text = event, event.seconds + 2 * REPORT_S, "the boot was accepted, its state was not reported"
        self._expected = [
            _Expected(place, _ANY, due, event, "B01.FR.05", text) for place in (sorted(self._states) or [_SOMEWHERE])
        ]

    # ---- ChangeAvailability

    def _answered(self, event: Event, request: Event | None) -> Iterator[Finding]:
        if request is None:
            return
        body, status = request.body, str(event.body.get("status"))
        evse = body.get("evse") or {}
        scope = (evse.get("id", 0), evse.get("connectorId", 0))
        operative = body["operationalStatus"] == "Operative"
        before = self._changes.get(scope)
        running = [one for one in self._transactions.values() if _covers(scope, (one.evse, one.connector))]
        if (
            before is not None
            and before.operative == operative
            and before.status == "Accepted"
            and status == "Rejected"
        ):
            text = f"{body['operationalStatus']} is rejected although it is so already"
            requirement = "G03.FR.03" if scope[0] else "G04.FR.04"
            yield Finding(requirement, "MUST", text, (before.response.id, event.id))
        same = before is not None and before.operative == operative
        if not operative and status == "Accepted" and running and not same and all(one.evse for one in running):
            requirement = "G03.FR.05" if scope[0] else "G04.FR.06"
            text = "Inoperative is answered with Accepted while a transaction runs; it has to wait: Scheduled"
            yield Finding(requirement, "MUST", text, (request.id, event.id))
        if status not in ("Accepted", "Scheduled"):
            return
        self._changes[scope] = _Change(scope, operative, event, status)
        if operative:
            self._expected = [one for one in self._expected if not _covers(scope, one.place)]
        self._expect_changes(scope, operative, event)

    def _expect_changes(self, scope: Scope, operative: bool, event: Event) -> None:
        """Plan the reports that follow on a change; who is at a connector with a transaction comes later."""
        for place, (state, _) in self._states.items():
            if not _covers(scope, place) or self._busy(place):
                continue
            requirement = "G03.FR.04" if scope[0] else "G04.FR.05"
            due = event.seconds + REPORT_S
            if not operative and state == "Available":
                wanted, text = (
                    frozenset({"Unavailable", "Faulted", "Occupied"}),
                    "made inoperative, not reported as Unavailable",
                )
            elif operative and state == "Unavailable" and not self._inoperative(place):
                wanted, text = (
                    frozenset({"Available", "Occupied", "Reserved", "Faulted"}),
                    "made operative, not reported so",
                )
            else:
                continue
            self._expected = [one for one in self._expected if one.place != place]
            self._expected.append(_Expected(place, wanted, due, event, requirement, text))

    def _busy(self, place: Place) -> bool:
        return any(one.evse in (0, place[0]) for one in self._transactions.values())

    def _inoperative(self, place: Place) -> _Change | None:
        """Return what keeps a connector out of operation: its own change, its EVSE's, the station's."""
        scopes: tuple[Scope, ...] = ((0, 0), (place[0], 0), place)
        changes = (self._changes.get(scope) for scope in scopes)
        return next((one for one in changes if one is not None and not one.operative), None)

    # ---- reports

    def _reported(self, place: Place, state: str, event: Event) -> Iterator[Finding]:
        self._states[place] = (state, event)
        self._expected = [
            one for one in self._expected if one.place not in (place, _SOMEWHERE) or state not in one.states
        ]  # fmt: skip
        change = self._inoperative(place)
        if state != "Available" or change is None:
            return
        if change.response.seconds == event.seconds:
            return  # said before the change was made
        text = f"connector {place[0]}.{place[1]} is reported as Available; it was made inoperative"
        yield Finding(self._kept(change), "MUST", text, (change.response.id, event.id))

    def _kept(self, change: _Change) -> str:
        """Return the requirement by which a connector should still be Unavailable."""
        if self._boot is not None and self._boot.id > change.response.id:
            return "G03.FR.08" if change.scope[0] else "G04.FR.09"
        if change.status == "Scheduled":
            return "G01.FR.05"
        return "G03.FR.06" if change.scope[0] else "G04.FR.07"

    # ---- transactions

    def _transaction(self, event: Event) -> None:
        info = event.body.get("transactionInfo", {})
        number, state = str(info.get("transactionId")), info.get("chargingState")
        known = self._transactions.setdefault(number, _Transaction())
        evse = event.body.get("evse") or {}
        known.evse, known.connector = evse.get("id", known.evse), evse.get("connectorId", known.connector)
        if event.body.get("eventType") == "Ended":
            del self._transactions[number]
            return
        place = (known.evse, known.connector)
        if state in _PLUGGED and place in self._states and not event.body.get("offline"):
            if self._states[place][0] == "Available" and not any(one.place == place for one in self._expected):
                text = f"an EV is connected ({state}), not reported as Occupied"
                wanted = frozenset({"Occupied", "Unavailable", "Faulted", "Reserved"})
                self._expected.append(_Expected(place, wanted, event.seconds + REPORT_S, event, "G01.FR.03", text))
        elif state == "Idle":
            self._expected = [one for one in self._expected if one.requirement != "G01.FR.03" or one.place != place]

    # ---- what does not come

    def _late(self, event: Event) -> Iterator[Finding]:
        now = event.seconds
        for one in [one for one in self._expected if now - self.context.jitter(one.why.seconds, now) > one.due]:
            self._expected.remove(one)
            where = "no connector" if one.place == _SOMEWHERE else f"connector {one.place[0]}.{one.place[1]}"
            text = f"{where}: {one.text} within {one.due - one.why.seconds:g} s"
            yield Finding(one.requirement, "MUST", text, (one.why.id,))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield what is left open."""
        if event is not None and self.context.sut == "station":
            yield from self._late(event)


def _covers(scope: Scope, place: Place) -> bool:
    """Tell whether a scope holds a connector; a connector that is not known belongs to its EVSE."""
    if scope[0] and place[0] and scope[0] != place[0]:
        return False
    return not (scope[1] and place[1] and scope[1] != place[1])


def reports(event: Event) -> Iterator[tuple[Place, str]]:
    """Yield the connectors that a message of a station reports, with their states."""
    if event.src != "station" or not isinstance(event.body, dict):
        return
    if event.name == "StatusNotificationRequest":
        yield (event.body.get("evseId", 0), event.body.get("connectorId", 0)), str(event.body.get("connectorStatus"))
    elif event.name == "NotifyEventRequest":
        for one in event.body.get("eventData", ()):
            component: dict[str, Any] = one.get("component", {})
            if component.get("name") == "Connector" and one.get("variable", {}).get("name") == "AvailabilityState":
                evse = component.get("evse", {})
                yield (evse.get("id", 0), evse.get("connectorId", 0)), str(one.get("actualValue"))
