"""What a station keeps over a reboot, and while its connection is renewed; and stations that neglect it."""

from typing import Any

import pytest

from v2xconform.emulators.ocpp_tls import lab_root
from v2xconform.lab.sut import OcppReach
from v2xconform.pki.requests import pem_of

OFFLINE = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "OfflineThreshold"}}
PASSWORD = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
TOKEN = {"idToken": "AABBCCDD", "type": "ISO14443"}


def reboot(station: Any) -> None:
    station.station.provisioning.power_cycle(station.now)
    station.wait(30)


@pytest.mark.parametrize("keeps, value", [(True, "321"), (False, "60")])
def test_values_that_the_csms_has_set_survive_a_reboot(rungs: Any, keeps: bool, value: str) -> None:
    station = rungs(provisioning={"keeps_values": keeps})
    station.call("SetVariables", {"setVariableData": [{**OFFLINE, "attributeValue": "321"}]})
    reboot(station)
    told = station.call("GetVariables", {"getVariableData": [OFFLINE]})["getVariableResult"][0]
    assert told["attributeValue"] == value


@pytest.mark.parametrize("keeps", [True, False])
def test_a_reservation_survives_a_reboot_and_still_expires(rungs: Any, keeps: bool) -> None:
    station = rungs(reservation={"keeps_over_reboot": keeps})
    until = "2026-01-01T00:10:00Z"
    asked = {"id": 5, "expiryDateTime": until, "idToken": TOKEN, "evseId": 1}
    assert station.call("ReserveNow", asked)["status"] == "Accepted"
    reboot(station)
    assert (station.station.evses[0].reserved_for is not None) is keeps
    station.wait(600)
    expired = [one["reservationUpdateStatus"] for one in station.told("ReservationStatusUpdate")]
    assert expired == (["Expired"] if keeps else [])


def test_an_event_on_its_way_when_the_connection_breaks_is_told_later(rungs: Any) -> None:
    station = rungs()
    severity = {"component": {"name": "MonitoringCtrlr"}, "variable": {"name": "OfflineQueuingSeverity"}}
    station.call("SetVariables", {"setVariableData": [{**severity, "attributeValue": "9"}]})
    watched = {"type": "Delta", "value": 1, "severity": 4, **PASSWORD}
    result = station.call("SetVariableMonitoring", {"setMonitoringData": [watched]})["setMonitoringResult"][0]
    monitoring = station.station.monitoring
    monitoring.set_value("SecurityCtrlr", "BasicAuthPassword", "a-new-password-of-it", station.now)
    station.station.dropped(station.now)  # before anybody could answer
    station.wait(60)
    told = [one for event in station.told("NotifyEvent") for one in event["eventData"]]
    mine = [one for one in told if one.get("variableMonitoringId") == result["id"]]
    assert mine and mine[-1]["actualValue"] == ""


def test_a_certificate_is_kept_and_stands_there_once(rungs: Any) -> None:

    station = rungs()
    asked = {
        "certificateType": "MORootCertificate",
        "certificate": pem_of([lab_root(OcppReach(), "mo-root", 1767225600.0)]),
    }
    for _ in range(2):
        assert station.call("InstallCertificate", asked)["status"] == "Accepted"
    reboot(station)
    told = station.call("GetInstalledCertificateIds", {"certificateType": ["MORootCertificate"]})
    assert len(told["certificateHashDataChain"]) == 1


def test_who_is_unplugged_has_to_come_back_in_time(rungs: Any) -> None:
    station = rungs()
    for name, value in (
        ("StopTxOnEVSideDisconnect", "false"),
        ("EVConnectionTimeOut", "20"),
        ("TxStopPoint", "Authorized"),
    ):
        where = {"component": {"name": "TxCtrlr"}, "variable": {"name": name}}
        station.call("SetVariables", {"setVariableData": [{**where, "attributeValue": value}]})
    evse, transactions = station.station.evses[0], station.station.transactions
    transactions.plug_in(evse, station.now)
    transactions.authorize(evse, TOKEN, station.now)
    transactions.unplug(evse, station.now)
    station.wait(10)
    assert transactions.at(evse) is not None
    station.wait(30)
    ended = station.told("TransactionEvent")[-1]
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "EVConnectTimeout")
    assert ended["transactionInfo"]["stoppedReason"] == "Timeout"
