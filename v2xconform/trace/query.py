"""Questions to a trace: the small vocabulary that monitors, Then steps and the report share."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from v2xconform.trace.events import Event

MISSING: Any = object()


def field_at(tree: Any, path: str) -> Any:
    """Return the value at a dotted path (``Header.SessionID``, ``ServiceList.Service.0.ServiceID``), or `MISSING`."""
    for part in path.split("."):
        if isinstance(tree, list) and part.isdecimal() and int(part) < len(tree):
            tree = tree[int(part)]
        elif isinstance(tree, dict) and part in tree:
            tree = tree[part]
        else:
            return MISSING
    return tree


def rational(value: Any) -> float | None:
    """Return a -20 RationalNumber (Exponent, Value) as a number, None for anything else."""
    if isinstance(value, dict) and isinstance(value.get("Value"), int) and isinstance(value.get("Exponent"), int):
        return float(value["Value"] * 10.0 ** value["Exponent"])
    return None


def is_protocol_message(event: Event) -> bool:
    """Tell whether the event is a message of a charging protocol (not of SDP)."""
    return event.kind == "message" and event.layer != "sdp"


def messages(events: Sequence[Event], *, src: str = "", name: str = "") -> Iterator[Event]:
    """Yield protocol messages in order, optionally of one sender or of one name."""
    for event in events:
        if is_protocol_message(event) and (not src or event.src == src) and (not name or event.name == name):
            yield event


def last(events: Sequence[Event], wanted: Callable[[Event], bool]) -> Event | None:
    """Return the last event that `wanted` accepts."""
    return next((event for event in reversed(events) if wanted(event)), None)


def first(events: Sequence[Event], wanted: Callable[[Event], bool], after: int = 0) -> Event | None:
    """Return the first event behind number `after` that `wanted` accepts."""
    return next((event for event in events[after:] if wanted(event)), None)


def response_code(event: Event) -> str:
    """Return the ResponseCode of a message, empty where it has none."""
    code = event.body.get("ResponseCode", "") if isinstance(event.body, dict) else ""
    return code if isinstance(code, str) else ""
