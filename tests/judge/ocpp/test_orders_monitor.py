"""What an operator has asked for against what a CSMS sends: another request is found, its own ids and parts are not."""

from typing import Any

import pytest

from v2xconform.judge.context import Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.ocpp.orders import OrdersMonitor
from v2xconform.protocols.ocpp import frames
from v2xconform.protocols.ocpp.orders import difference
from v2xconform.trace.recorder import Recorder

OFFLINE = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "OfflineThreshold"}}
REMOTE = {"component": {"name": "AuthCtrlr"}, "variable": {"name": "AuthorizeRemoteStart"}}


def ordered(*told: tuple[str, str, dict[str, Any]]) -> list[Finding]:
    """Return the findings of a trace of orders ("wants") and requests ("sends"): (which, action, payload)."""
    monitor = OrdersMonitor(Context("csms", protocol="ocpp2.0.1"))
    recorder = Recorder(lambda: 0.0, None)
    for which, action, payload in told:
        if which == "wants":
            body = {"kind": "emulator", "text": "", "facts": {"action": action, "payload": payload}}
            recorder.add(kind="stimulus", layer="lab", name="request", src="tester", dst="csms", body=body)
        else:
            recorder.add(
                kind="message", layer="ocpp2.0.1", name=f"{action}Request", src="csms", dst="station", body=payload,
                ref={"rpc": {"type": frames.CALL, "id": "x"}},
            )  # fmt: skip
    events = list(recorder.events)
    assert not [finding for event in events for finding in monitor.see(event)]
    return list(monitor.end(events[-1]))


def test_what_is_sent_as_it_was_wanted_is_fine() -> None:
    assert not ordered(("wants", "Reset", {"type": "OnIdle"}), ("sends", "Reset", {"type": "OnIdle"}))


def test_what_never_goes_out_is_nobody_s_finding() -> None:
    assert not ordered(("wants", "Reset", {"type": "OnIdle"}), ("sends", "ClearCache", {}))


def test_something_else_is_found() -> None:
    found = ordered(("wants", "Reset", {"type": "OnIdle"}), ("sends", "Reset", {"type": "Immediate"}))
    assert [one.requirement for one in found] == ["OCPP-Order"]
    assert "type is 'Immediate'" in found[0].text


def test_a_request_of_its_own_may_come_between() -> None:
    own = {"requestId": 1, "reportBase": "FullInventory"}
    wanted = {"requestId": 31, "reportBase": "ConfigurationInventory"}
    assert not ordered(
        ("wants", "GetBaseReport", wanted), ("sends", "GetBaseReport", own),
        ("sends", "GetBaseReport", {**wanted, "requestId": 2}),
    )  # fmt: skip


def test_one_request_serves_one_order_whatever_their_order() -> None:
    one, other = {"getVariableData": [OFFLINE]}, {"getVariableData": [REMOTE]}
    assert not ordered(
        ("wants", "GetVariables", one), ("wants", "GetVariables", other), ("sends", "GetVariables", one),
        ("sends", "GetVariables", other),
    )  # fmt: skip
    assert not ordered(
        ("wants", "GetVariables", one), ("wants", "GetVariables", other), ("sends", "GetVariables", other)
    )


def test_lists_may_go_out_in_parts() -> None:
    wanted = {"getVariableData": [OFFLINE, REMOTE]}
    parts = [("sends", "GetVariables", {"getVariableData": [one]}) for one in (OFFLINE, REMOTE)]
    assert not ordered(("wants", "GetVariables", wanted), *parts)
    assert ordered(("wants", "GetVariables", wanted), parts[0])


@pytest.mark.parametrize(
    ("action", "wanted", "sent"),
    [
        ("GetLog", {"requestId": 1, "logType": "SecurityLog"}, {"requestId": 9, "logType": "SecurityLog"}),
        ("SetVariables", OFFLINE, {**OFFLINE, "attributeType": "Actual"}),
        ("SetVariables", OFFLINE, {"component": {"name": "ocppcommctrlr"}, "variable": {"name": "OFFLINETHRESHOLD"}}),
        ("ReserveNow", {"expiryDateTime": "2026-01-01T12:00:30Z"}, {"expiryDateTime": "2026-01-01T13:00:00+01:00"}),
        ("Reset", {"type": "OnIdle"}, {"type": "OnIdle", "customData": {"vendorId": "com.example"}}),
        ("GetLog", {"logType": "SecurityLog"}, {"logType": "SecurityLog", "retries": 3}),
    ],
)
def test_what_a_csms_may_choose(action: str, wanted: dict[str, Any], sent: dict[str, Any]) -> None:
    assert difference("ocpp2.0.1", action, wanted, sent) == ""


@pytest.mark.parametrize(
    ("action", "wanted", "sent", "where"),
    [
        ("SetVariables", OFFLINE, {**OFFLINE, "attributeType": "Target"}, "attributeType"),
        ("Reset", {"type": "OnIdle"}, {"type": "OnIdle", "evseId": 2}, "evseId"),
        ("Reset", {"type": "OnIdle", "evseId": 1}, {"type": "OnIdle"}, "evseId"),
        ("ReserveNow", {"expiryDateTime": "2026-01-01T12:00:00Z"}, {"expiryDateTime": "2026-01-01T12:05:00Z"}, "expiry"),
        ("GetDisplayMessages", {"requestId": 1}, {"requestId": 1, "priority": "InFront"}, "priority"),
        ("ClearChargingProfile", {"chargingProfileCriteria": {"evseId": 1}},
         {"chargingProfileCriteria": {"evseId": 1, "stackLevel": 0}}, "stackLevel"),
        ("CustomerInformation", {"report": True}, {"report": 1}, "report"),
    ],
)  # fmt: skip
def test_what_changes_the_meaning(action: str, wanted: dict[str, Any], sent: dict[str, Any], where: str) -> None:
    assert where in difference("ocpp2.0.1", action, wanted, sent)
