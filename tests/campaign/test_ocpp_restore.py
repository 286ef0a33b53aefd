"""A real station is left as it was found: the second test case meets what was there before the first one."""

import socket
import subprocess
import sys
from pathlib import Path

from v2xconform.campaign.engine import run
from v2xconform.campaign.plan import Choice
from v2xconform.lab.profile import load_profile
from v2xconform.lab.sut import OcppReach, Sut
from v2xconform.steps.ocpp_restore import _to_do, _to_undo
from v2xconform.trace.recorder import Recorder

PASSWORD = "v2xconform-test-0001"
FEATURE = """\
@role:station
Feature: leaving things behind

  @TC_OWN_LEAVES @req:B05.FR.01
  Scenario: a test case that changes much
    Given a booted station
    And TxCtrlr.EVConnectionTimeOut is set to 77
    When the CSMS sets charging profile 501 at EVSE 1: TxDefaultProfile, limits 0: 6
    Then the station answers SetChargingProfileResponse with status = Accepted
    When the CSMS sends SendLocalListRequest
      \"""
      {versionNumber: 7, updateType: Full, localAuthorizationList: [{idToken: {idToken: X, type: Central}, idTokenInfo: {status: Accepted}}]}
      \"""
    Then the station answers SendLocalListResponse with status = Accepted

  @TC_OWN_MEETS @req:B06.FR.01
  Scenario: the next one meets nothing of it
    Given a booted station
    When the CSMS sends GetChargingProfilesRequest
      \"""
      {requestId: 1, chargingProfile: {chargingProfileId: [501]}}
      \"""
    Then the station answers GetChargingProfilesResponse with status = NoProfiles
    When the CSMS sends GetVariablesRequest
      \"""
      getVariableData: [{component: {name: TxCtrlr}, variable: {name: EVConnectionTimeOut}}]
      \"""
    Then the station answers GetVariablesResponse with getVariableResult.0.attributeValue = "60"
    When the CSMS sends GetLocalListVersionRequest
    Then the station answers GetLocalListVersionResponse with versionNumber = 1
"""  # noqa: E501
PROFILE = """\
id: leftovers
title: leftovers
version: "1"
protocol: ocpp2.1
role: station
catalogue: ocpp2.1
extends: ocpp21-station
testcases: [{folder}]
persona: lab_station
tester_persona: lab_csms
"""


def test_the_next_test_case_meets_the_station_as_it_was(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "own.feature").write_text(FEATURE)
    profile = tmp_path / "leftovers.yaml"
    profile.write_text(PROFILE.format(folder=tmp_path / "features"))
    persona = tmp_path / "quick.yaml"
    persona.write_text(
        "role: station\nname: quick\nboot_s: 0.1\n"
        "variables: {OCPPCommCtrlr.RetryBackOffWaitMinimum: 1, OCPPCommCtrlr.RetryBackOffRandomRange: 0}\n"
    )
    program = Path(sys.executable).with_name("v2xconform")
    command = [
        program, "emulate", "station", "--connect", f"ws://127.0.0.1:{port}/ocpp", "--version", "ocpp2.1",
        "--identity", "OUT-1", "--password", PASSWORD, "--persona", persona,
    ]  # fmt: skip
    sut = Sut(
        name="outside", station=OcppReach(listen=f"127.0.0.1:{port}", identity="OUT-1", password=PASSWORD),
    )  # fmt: skip
    with (tmp_path / "station.out").open("w") as out, subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=out, stderr=out
    ) as station:  # fmt: skip
        try:
            outcome = run(Choice(load_profile(str(profile)), sut, None, ()), tmp_path / "runs", jobs=1, argv=["run"])
        finally:
            station.kill()
    told = {one["testcase"]: (one["verdict"], one["reason"]) for one in outcome.results}
    assert [verdict for verdict, _ in told.values()] == ["PASS", "PASS"], told


def test_what_is_taken_back_is_what_was_accepted_the_newest_first() -> None:
    recorder = Recorder(lambda: 0.0, None)

    def said(action: str, request: dict[str, object], answer: dict[str, object]) -> None:
        facts = {"link": "tcp1", "layer": "ocpp2.1", "kind": "message"}
        asked = recorder.add(name=f"{action}Request", src="csms", dst="station", body=request, **facts)
        recorder.add(
            name=f"{action}Response", src="station", dst="csms", body=answer, ref={"answers": asked.id}, **facts
        )

    said("SetChargingProfile", {"chargingProfile": {"id": 5}}, {"status": "Accepted"})
    said("SetChargingProfile", {"chargingProfile": {"id": 6}}, {"status": "Rejected"})
    said(
        "SetVariableMonitoring", {}, {"setMonitoringResult": [{"status": "Accepted", "id": 3}, {"status": "Rejected"}]}
    )
    said("SendLocalList", {"versionNumber": 7}, {"status": "Failed"})
    assert ("ClearCacheRequest", {}) not in list(_to_undo(recorder.events))
    said("Authorize", {}, {})
    recorder.add(
        link="tcp1", layer="ocpp2.1", kind="message", name="AuthorizeResponse", src="csms", dst="station",
        body={"idTokenInfo": {"status": "Accepted"}},
    )  # fmt: skip
    said("ReserveNow", {"nonsense": True}, {"status": "Accepted"})
    assert list(_to_undo(recorder.events)) == [
        ("ClearVariableMonitoringRequest", {"id": [3]}),
        ("ClearChargingProfileRequest", {"chargingProfileId": 5}),
        ("ClearCacheRequest", {}),
    ]


def test_drivers_undo_what_they_have_not_undone() -> None:
    recorder = Recorder(lambda: 0.0, None)
    for name, evse in (("plug", 1), ("unplug", 1), ("plug", 2), ("authorize", 2)):
        recorder.add(
            kind="stimulus", layer="lab", name=name, src="tester", body={"facts": {"evse": evse, "ready": True}}
        )
    assert list(_to_do(recorder.events)) == [("unplug", {"evse": 2})]
