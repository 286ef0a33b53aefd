"""The monitor of limits of transactions: each rule speaks when it is broken, and only then."""

from typing import Any

import pytest

from v2xconform.judge.context import Context
from v2xconform.judge.monitors.ocpp.limits import LimitsMonitor
from v2xconform.trace.events import Event


def found(sut: Any, *pairs: tuple[Any, Any]) -> list[tuple[str, str]]:
    """Return what is found in events: (limits that the station tells, limits that the answer sets), None for none."""
    monitor, number, findings = LimitsMonitor(Context(sut, protocol="ocpp2.1")), 0, []
    for own, told in pairs:
        info = {"transactionId": "t"} | ({"transactionLimit": own} if own else {})
        answer = {"transactionLimit": told} if told else {}
        for name, body, src in (("Request", {"transactionInfo": info}, "station"), ("Response", answer, "csms")):
            number += 1
            ref = {"answers": number - 1} if name == "Response" else {}
            event = Event(
                number, number, "2026-01-01T00:00:00Z", "tcp1", src, "", "ocpp2.1", "message", f"TransactionEvent{name}",
                body, ref=ref,
            )  # fmt: skip
            findings += [(one.requirement, one.whose) for one in monitor.see(event)]
    return findings


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        ([(None, {"maxEnergy": 300}), ({"maxEnergy": 300}, None), (None, {"maxEnergy": 200})], []),
        ([(None, {"maxEnergy": 300}), (None, {"maxEnergy": 300})], [("E16.FR.02", "sut")]),
        ([({"maxTime": 60}, {"maxTime": 60})], [("E16.FR.08", "sut")]),
        ([({"maxTime": 60}, {"maxTime": 30})], []),
        ([(None, {"maxTime": 60}), ({"maxTime": 90}, None)], [("E16.FR.04", "tester")]),
    ],
)
def test_limits(pairs: list[tuple[Any, Any]], wanted: list[tuple[str, str]]) -> None:
    assert found("csms", *pairs) == wanted


def test_a_transaction_that_has_ended_has_no_limit() -> None:
    monitor = LimitsMonitor(Context("csms", protocol="ocpp2.1"))
    findings = []
    for number, (kind, limits) in enumerate([("Started", {}), ("Ended", {"maxTime": 60})]):
        for src, name, body, ref in (
            ("station", "Request", {"eventType": kind, "transactionInfo": {"transactionId": "t"}}, {}),
            ("csms", "Response", {"transactionLimit": limits} if limits else {}, {"answers": 2 * number + 1}),
        ):
            at = 2 * number + (1 if name == "Request" else 2)
            event = Event(
                at,
                at,
                "2026-01-01T00:00:00Z",
                "tcp1",
                src,
                "",
                "ocpp2.1",
                "message",
                f"TransactionEvent{name}",
                body,
                ref=ref,
            )
            findings += [one.requirement for one in monitor.see(event)]
    assert findings == ["E16.FR.02"]
