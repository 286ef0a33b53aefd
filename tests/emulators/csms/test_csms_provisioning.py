"""Blocks B of the emulated CSMS: registration, and how many variables it asks for at once."""

import json
from typing import Any

import pytest

from v2xconform.emulators.csms import Csms, StationSession
from v2xconform.lab.persona_ocpp import CsmsPersona
from v2xconform.protocols.ocpp import frames

BOOT = {"reason": "PowerUp", "chargingStation": {"model": "m", "vendorName": "v"}}


def session(**changes: Any) -> StationSession:
    numbers = iter(range(1000))
    csms = Csms(
        CsmsPersona(role="csms", name="test"), ("ocpp2.0.1",), utc=lambda: 0.0, new_id=lambda: f"c{next(numbers)}",
        changes=changes,
    )  # fmt: skip
    return csms.open("ST-1", "ocpp2.0.1", 0.0)


def hear(one: StationSession, action: str, payload: dict[str, Any]) -> Any:
    """Return the answer to a request of the station: the payload, or the error code."""
    one.receive(frames.call("s1", action, payload), 0.0)
    answer = next(frame for frame in one.outgoing() if frame.type != frames.CALL)
    return answer.code or answer.payload


@pytest.mark.parametrize(
    "status, answer", [("Pending", "SecurityError"), ("Rejected", "SecurityError"), ("Accepted", {})]
)
def test_only_an_accepted_station_may_speak(status: str, answer: Any) -> None:
    one = session()
    one.csms.provisioning.plan("ST-1", [status])
    assert hear(one, "BootNotification", BOOT)["status"] == status
    state = {"timestamp": "2026-01-01T00:00:00Z", "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    assert hear(one, "StatusNotification", state) == answer
    assert hear(one, "BootNotification", BOOT)["status"] == "Accepted"


def test_a_report_that_was_asked_for_is_taken_while_pending() -> None:
    one = session()
    one.csms.provisioning.plan("ST-1", ["Pending"])
    hear(one, "BootNotification", BOOT)
    one.call("GetBaseReport", {"requestId": 5, "reportBase": "FullInventory"}, 0.0)
    asked = next(iter(one.outgoing()))
    one.receive(frames.result(asked.id, {"status": "Accepted"}), 0.0)
    report = {"requestId": 5, "seqNo": 0, "generatedAt": "2026-01-01T00:00:00Z"}
    assert hear(one, "NotifyReport", report) == {}
    assert hear(one, "NotifyReport", {**report, "requestId": 6}) == "SecurityError"


@pytest.mark.parametrize("keeps, sizes", [(True, [2, 2, 1]), (False, [5])])
def test_no_more_variables_are_asked_for_than_the_station_takes(keeps: bool, sizes: list[int]) -> None:
    one = session(device_model={"keeps_limits": keeps})
    limit = {
        "component": {"name": "DeviceDataCtrlr"}, "variable": {"name": "ItemsPerMessage", "instance": "GetVariables"},
    }  # fmt: skip
    one.call("GetVariables", {"getVariableData": [limit]}, 0.0)
    asked = next(iter(one.outgoing()))
    one.receive(
        frames.result(
            asked.id, {"getVariableResult": [{**limit, "attributeStatus": "Accepted", "attributeValue": "2"}]}
        ),
        0.0,
    )
    wanted = [{"component": {"name": "TxCtrlr"}, "variable": {"name": name}} for name in "abcde"]
    one.call("GetVariables", {"getVariableData": wanted}, 0.0)
    found = []
    while (frame := next(iter(one.outgoing()), None)) is not None:
        found.append(len(frame.payload["getVariableData"]))
        results = [{**item, "attributeStatus": "UnknownVariable"} for item in frame.payload["getVariableData"]]
        one.receive(frames.result(frame.id, json.loads(json.dumps({"getVariableResult": results}))), 0.0)
    assert found == sizes
