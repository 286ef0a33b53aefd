"""The monitor of orders: what an operator makes a CSMS send is what it sends, not something else.

A CSMS chooses ids itself, may split long lists, write names in other cases and leave defaults out. It may also send requests
of the same kind of its own accord. An order that never goes out is the business of the test case that has given it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.protocols.ocpp import frames, is_ocpp
from v2xconform.protocols.ocpp.orders import LISTS, difference
from v2xconform.trace.events import Event


@dataclass(slots=True)
class _Order:
    """What an operator has asked for, and how near what was sent has come to it."""

    event: Event
    action: str
    payload: Mapping[str, Any]
    items: list[Any] = field(default_factory=list)
    """Entries of its list that no request has carried yet."""
    nearest: tuple[Event, str] | None = None
    """The last request of its action, and where that differs."""

    def takes(self, event: Event) -> tuple[bool, str]:
        """Tell whether a request of its action serves the order, wholly or in part, and if not, where it differs."""
        name, version = LISTS.get(self.action, ""), event.layer
        asked = self.payload.get(name)
        if not isinstance(asked, list) or not asked:
            found = difference(version, self.action, self.payload, event.body)
            self.nearest = self.nearest if found else None
            return not found, found
        sent = event.body.get(name)
        sent = sent if isinstance(sent, list) else []
        rest = {key: value for key, value in self.payload.items() if key != name}
        if len(sent) < len(asked):  # a list in parts: what comes behind the first part is an update of it
            rest.pop("updateType", None)
        others = {key: value for key, value in event.body.items() if key != name}
        found = difference(version, self.action, rest, others)
        left, problem = self._left(version, name, sent)
        if found or len(left) == len(self.items):
            return False, found or problem
        self.items = left
        self.nearest = (event, problem) if left else None
        return True, ""

    def _left(self, version: str, name: str, sent: Sequence[Any]) -> tuple[list[Any], str]:
        left, problem = list[Any](), ""
        for one in self.items:
            found = [difference(version, self.action, one, other, name) for other in sent]
            if all(found):
                left.append(one)
                problem = problem or (found[0] if len(found) == 1 else f"{name} has nothing like {one}")
        return left, problem

    @property
    def done(self) -> bool:
        """All of it has gone out."""
        return self.nearest is None


class OrdersMonitor:
    """Sees all events between a station and a CSMS under test."""

    name = "ocpp-orders"

    def __init__(self, context: Context) -> None:
        self._on = context.sut == "csms"
        self._orders: list[_Order] = []
        """Those that are not fulfilled yet."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Nothing is judged before the end: what differs may be a request of the CSMS's own."""
        if self._on:
            if event.kind == "stimulus" and event.name == "request" and isinstance(event.body, dict):
                self._ordered(event, event.body.get("facts"))
            elif event.kind == "message" and is_ocpp(event.layer) and event.src == "csms":
                self._sent(event)
        return iter(())

    def _ordered(self, event: Event, facts: Any) -> None:
        payload = facts.get("payload") if isinstance(facts, dict) else None
        if isinstance(payload, dict):
            action = str(facts.get("action"))
            items = payload.get(LISTS.get(action, ""))
            self._orders.append(_Order(event, action, payload, list(items) if isinstance(items, list) else []))

    def _sent(self, event: Event) -> None:
        is_call = event.ref.get("rpc", {}).get("type") == frames.CALL
        if not is_call or event.note == DELIBERATE or not isinstance(event.body, dict):
            return
        meant = [order for order in self._orders if f"{order.action}Request" == event.name]
        differs: list[tuple[_Order, str]] = []
        for order in meant:
            taken, found = order.takes(event)
            if taken:  # one message serves one order
                if order.done:
                    self._orders.remove(order)
                return
            differs.append((order, found))
        for order, found in differs:
            order.nearest = event, found

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield the orders in place of which something else was sent."""
        for order in self._orders:
            if order.nearest is not None:
                sent, found = order.nearest
                text = f"the operator wanted another {sent.name}: {found}"
                yield Finding("OCPP-Order", "MUST", text, (order.event.id, sent.id))
