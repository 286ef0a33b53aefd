from pathlib import Path

import orjson

from v2xconform.report import read_bundle, write_open_ocpp_trace
from v2xconform.trace.recorder import Recorder
from v2xconform.trace.store import write_trace


def message(recorder: Recorder, name: str, number: int, body: object, *, src: str = "station", **more: object) -> None:
    dst = "csms" if src == "station" else "station"
    kind = more.pop("kind", "message")
    recorder.add(
        kind=kind, layer="ocpp2.1", name=name, link="tcp1", src=src, dst=dst, body=body, raw=b"[]",
        ref={"rpc": {"type": number, "id": "7"}}, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def lines(tmp_path: Path) -> list[dict[str, object]]:
    recorder = Recorder(lambda: 0.0)
    recorder.add(
        kind="handshake", layer="websocket", name="upgrade", link="tcp1", src="station", dst="csms",
        body={"target": "/ocpp/CS%201?x"},
    )  # fmt: skip
    message(recorder, "StatusNotificationRequest", 2, {"evseId": 1, "connectorId": 2})
    message(recorder, "StatusNotificationResponse", 3, {}, src="csms")
    message(recorder, "CallError", 4, {"errorCode": "GenericError"}, src="csms")
    message(recorder, "CallResultError", 5, {"errorCode": "FormatViolation"})
    message(recorder, "NotifyPeriodicEventStream", 6, {"id": 1})
    message(recorder, "undecodable", 2, {"text": "not JSON", "action": ""}, kind="undecodable")
    run = tmp_path / "run"
    (run / "TC_1").mkdir(parents=True)
    write_trace(run / "TC_1" / "trace.jsonl", recorder.events)
    result = {"testcase": "TC_1", "verdict": "PASS", "trace": "TC_1/trace.jsonl"}
    (run / "results.jsonl").write_bytes(orjson.dumps(result))
    count = write_open_ocpp_trace(read_bundle(run), tmp_path / "out.jsonl")
    found = [orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert count == len(found)
    return found


def test_each_message_is_a_line_with_the_fields_of_the_format(tmp_path: Path) -> None:
    first, second, *_ = lines(tmp_path)
    assert first["schemaVersion"] == "1.1" and first["transport"] == "json" and first["ocppVersion"] == "2.1"
    assert first["chargePointId"] == "CS 1" and first["connectorId"] == 2
    assert (first["direction"], first["messageType"], first["action"]) == ("cp-to-csms", "CALL", "StatusNotification")
    assert (second["direction"], second["messageType"], second["messageId"]) == ("csms-to-cp", "CALLRESULT", "7")
    assert "action" not in second


def test_types_of_ocpp_2_1_and_what_cannot_be_read_stand_in_meta(tmp_path: Path) -> None:
    _, _, error, result_error, send, unreadable = lines(tmp_path)
    assert error["messageType"] == "CALLERROR" and "messageType" not in error["meta"]  # type: ignore[operator]
    assert result_error["messageType"] == "CALLERROR"
    assert result_error["meta"]["messageTypeId"] == 5  # type: ignore[index]
    assert send["action"] == "NotifyPeriodicEventStream"
    assert send["meta"]["messageType"] == "SEND"  # type: ignore[index]
    assert unreadable["meta"]["unreadable"] == "not JSON" and unreadable["payload"] == {}  # type: ignore[index]
