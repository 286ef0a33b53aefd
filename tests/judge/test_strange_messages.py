"""What real counterparts send and no table of ours holds must neither break a monitor nor be held against them."""

from datetime import UTC, datetime
from typing import Any

from v2xconform.judge.bench_judge import BenchJudge
from v2xconform.judge.context import Context
from v2xconform.trace.events import Event
from v2xconform.trace.recorder import Recorder

HEADER = {"SessionID": "0123456789ABCDEF", "TimeStamp": 1700000000}


def judged(*events: dict[str, Any]) -> list[tuple[str, str]]:
    """Return requirement and severity of what all monitors find against the charger."""
    now = iter(range(1000))
    record = Recorder(lambda: float(next(now)) / 100, None, datetime.now(UTC))
    judge = BenchJudge(Context("secc", transport="tcp"))

    def see(event: Event) -> None:
        judge.see(event)

    record.subscribe(see)
    for event in events:
        record.add(**{"src": "evcc", "dst": "secc", "link": "tcp1", **event})
    judge.end()
    return [(finding.requirement, finding.severity) for finding in judge.findings]


def test_a_request_of_a_message_set_that_is_not_tested_breaks_no_monitor() -> None:
    body = {"Header": HEADER, "EVElectricalChargingDeviceStatus": "State_A"}
    found = judged(
        {"kind": "open", "layer": "tcp", "name": "connected"},
        {
            "kind": "message",
            "layer": "iso15118-20-acdp",
            "name": "ACDP_DisconnectReq",
            "body": body,
            "note": "deliberate",
        },
        {
            "kind": "message",
            "layer": "iso15118-20-common",
            "name": "SessionStopRes",
            "body": {"Header": HEADER, "ResponseCode": "FAILED_SequenceError"},
            "src": "secc",
            "dst": "evcc",
        },
    )
    assert ("X20-ResponseType", "MUST") in found


def test_an_empty_string_as_exificient_writes_it_is_only_a_note() -> None:
    oddity = {"code": "empty-element", "text": "EVSEID ends without a value", "bit": 113, "path": "EVSEID"}
    found = judged(
        {"kind": "oddity", "layer": "iso15118-20-common", "name": "empty-element", "body": oddity, "src": "secc"}
    )
    assert found == [("X20-ExiForm", "NOTE")]
