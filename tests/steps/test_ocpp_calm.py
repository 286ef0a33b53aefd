"""When a deed has had its effect: nobody waits for an answer any more."""

from typing import Any

from v2xconform.judge.context import DELIBERATE
from v2xconform.steps.ocpp_side import unanswered
from v2xconform.trace.events import Event


def said(number: int, at: float, kind: int, answers: int = 0, note: str = "") -> Event:
    ref: dict[str, Any] = {"rpc": {"type": kind, "id": "x"}, **({"answers": answers} if answers else {})}
    return Event(
        number, round(at * 1e9), "", "ws1", "station", "csms", "ocpp2.0.1", "message", "Any", {}, None, ref, note
    )


def closed(number: int, at: float) -> Event:
    return Event(
        number, round(at * 1e9), "", "ws1", "station", "csms", "websocket", "close", "closed", {}, None, {}, ""
    )


def test_unanswered() -> None:
    call = said(1, 10.0, 2)
    assert not unanswered([], 0.0)
    assert unanswered([call], 5.0)
    assert not unanswered([call], 11.0)  # nobody waits for ever
    assert not unanswered([call, said(2, 11.0, 3, answers=1)], 5.0)
    assert unanswered([call, said(2, 11.0, 2), said(3, 11.0, 3, answers=1)], 5.0)
    assert not unanswered([call, closed(2, 11.0)], 5.0)
    assert not unanswered([said(1, 10.0, 2, note=DELIBERATE)], 5.0)
    assert not unanswered([said(1, 10.0, 6)], 5.0)  # a SEND has no answer
