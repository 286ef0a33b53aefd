"""The rules of blocks L, N, O on single messages: what they forbid, and what they let be."""

from typing import Any

import pytest

from v2xconform.protocols.ocpp.rules.diagnostics import DIAGNOSTICS_RULES

PLACE = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
ASKED = {"setMonitoringData": [{"type": "Delta", "value": 1, "severity": 5, **PLACE}]}
NOTHING = {"report": False, "clear": False}
NEGATIVE = {"setMonitoringData": [ASKED["setMonitoringData"][0] | {"value": -1}]}
REPLACING = {"setMonitoringData": [ASKED["setMonitoringData"][0] | {"id": 4}]}
RESULT = {"type": "Delta", "severity": 5, "status": "Accepted", "id": 3, **PLACE}


def results(*several: dict[str, Any]) -> dict[str, Any]:
    return {"setMonitoringResult": list(several)}


@pytest.mark.parametrize(
    ("name", "tree", "request_", "found"),
    [
        ("FirmwareStatusNotificationRequest", {"status": "Idle"}, None, []),
        ("FirmwareStatusNotificationRequest", {"status": "Installed"}, None, ["L01.FR.20"]),
        ("LogStatusNotificationRequest", {"status": "Uploading"}, None, ["N01.FR.13"]),
        ("GetLogResponse", {"status": "Accepted", "filename": ""}, None, ["N01.FR.01"]),
        ("GetLogResponse", {"status": "AcceptedCanceled"}, None, []),
        ("GetLogRequest", {"log": {"remoteLocation": "https://h/a#b"}}, None, ["N01.FR.27"]),
        ("GetLogRequest", {"log": {"remoteLocation": "https://h/a?b=c/"}}, None, ["N01.FR.28"]),
        ("GetLogRequest", {"log": {"remoteLocation": "https://u:p@h/a/?b=c"}}, None, []),
        ("GetLogRequest", {"log": {"oldestTimestamp": "2026-01-01T00:00:00Z"}}, None, []),
        ("GetLogRequest", {"log": {"oldestTimestamp": "2026-01-02T00:00:00Z", "latestTimestamp": "2026-01-01T00:00:00Z"}},
         None, ["OCPP-LogSpan"]),
        ("PublishFirmwareRequest", {"checksum": "0123456789abcdefABCDEF0123456789"}, None, []),
        ("PublishFirmwareRequest", {"checksum": "sha"}, None, ["L03.FR.02"]),
        ("UnpublishFirmwareRequest", {"checksum": "0123456789abcdef0123456789abcdeg"}, None, ["L03.FR.02"]),
        ("CustomerInformationRequest", {"customerIdentifier": "x"}, None, []),
        ("CustomerInformationRequest", {}, None, ["N09.FR.04"]),
        ("CustomerInformationResponse", {"status": "Accepted"}, {"report": True, "clear": False}, ["N09.FR.09"]),
        ("CustomerInformationResponse", {"status": "Accepted"}, {"customerIdentifier": "x", **NOTHING}, ["N09.FR.07"]),
        ("SetVariableMonitoringResponse", results(RESULT), ASKED, []),
        ("SetVariableMonitoringResponse", results(RESULT, RESULT | {"id": 4}), ASKED, ["N04.FR.01"]),
        ("SetVariableMonitoringResponse", results(RESULT | {"severity": 6}), ASKED, ["N04.FR.02"]),
        ("SetVariableMonitoringResponse", results(RESULT | {"variable": {"name": "power"}}), ASKED, []),
        ("SetVariableMonitoringResponse", results({k: v for k, v in RESULT.items() if k != "id"}), ASKED, ["N04.FR.11"]),
        ("SetVariableMonitoringResponse", results(RESULT), NEGATIVE, ["N04.FR.14"]),
        ("SetVariableMonitoringResponse", results(RESULT), REPLACING, ["N04.FR.12"]),
        ("ClearVariableMonitoringResponse", {"clearMonitoringResult": [{"id": 2}, {"id": 1}]}, {"id": [1, 2]}, []),
        ("ClearVariableMonitoringResponse", {"clearMonitoringResult": [{"id": 1}]}, {"id": [1, 2]}, ["N06.FR.05"]),
        ("SetMonitoringLevelResponse", {"status": "Accepted"}, {"severity": 10}, ["N05.FR.02"]),
        ("SetMonitoringLevelResponse", {"status": "Accepted"}, {"severity": 0}, []),
        ("NotifyEventRequest", {"eventData": [{"eventNotificationType": "HardWiredNotification"}]}, None, []),
        ("NotifyEventRequest", {"eventData": [{"eventNotificationType": "CustomMonitor"}]}, None, ["N07.FR.06"]),
        ("SetVariableMonitoringRequest", {"setMonitoringData": [{"periodicEventStream": {}}]}, None, ["N11.FR.09"]),
        ("SetVariableMonitoringRequest", {"setMonitoringData": [{"periodicEventStream": {"values": 1}}]}, None, []),
        ("NotifyPeriodicEventStream", {"data": [{"t": 0}, {"t": 3}]}, None, []),
        ("NotifyPeriodicEventStream", {"data": [{"t": 3}]}, None, ["N15.FR.09"]),
        ("SetDisplayMessageRequest", {"message": {"message": {"language": "en-US"}}}, None, []),
        ("SetDisplayMessageRequest", {"message": {"message": {"language": "zh-Hant"}}}, None, []),
        ("SetDisplayMessageRequest", {"message": {"message": {"language": "english!"}}}, None, ["O01.FR.17"]),
    ],
)  # fmt: skip
def test_single_messages(name: str, tree: dict[str, Any], request_: dict[str, Any] | None, found: list[str]) -> None:
    fitting = [rule for rule in DIAGNOSTICS_RULES if rule.fits("ocpp2.1", name)]
    assert [rule.requirement for rule in fitting for _ in rule.look(name, tree, request_ or {})] == found
