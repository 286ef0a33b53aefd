"""Blocks A and M of a station, and its network profiles: passwords, certificates, security events, slots."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from v2xconform.emulators.ocpp_tls import Authority, ocpp_pki
from v2xconform.emulators.station.connection import NetworkProfile
from v2xconform.emulators.station.security import StationCredential
from v2xconform.lab.sut import OcppReach
from v2xconform.pki import Pki, issue, load_recipe
from v2xconform.pki.hash_data import hash_data
from v2xconform.pki.requests import pem_of, request_problem

START = 1767225600.0


@pytest.fixture(scope="module")
def pki() -> Pki:
    return issue(load_recipe("ocpp"), datetime.fromtimestamp(START, UTC))


def rooted(rungs: Any, pki: Pki) -> Any:
    ladder = rungs()
    ladder.station.certificates.put("CSMSRootCertificate", pki.certificate("csms-root"))
    return ladder


def said(ladder: Any, action: str) -> list[dict[str, Any]]:
    return [payload for _, name, payload in ladder.said if name == action]


# ---- roots


def test_a_root_is_installed_listed_and_deleted(rungs: Any, pki: Pki) -> None:
    ladder, root = rooted(rungs, pki), pki.certificate("manufacturer-root")
    tree = {"certificateType": "ManufacturerRootCertificate", "certificate": pem_of([root])}
    assert ladder.call("InstallCertificate", tree) == {"status": "Accepted"}
    found = ladder.call("GetInstalledCertificateIds", {"certificateType": ["ManufacturerRootCertificate"]})
    (listed,) = found["certificateHashDataChain"]
    assert listed["certificateHashData"] == hash_data(root, root)
    assert ladder.call("DeleteCertificate", {"certificateHashData": listed["certificateHashData"]}) == {
        "status": "Accepted"
    }
    assert ladder.call("GetInstalledCertificateIds", {"certificateType": ["ManufacturerRootCertificate"]}) == {
        "status": "NotFound"
    }
    assert ladder.call("DeleteCertificate", {"certificateHashData": listed["certificateHashData"]}) == {
        "status": "NotFound"
    }


@pytest.mark.parametrize("name", ["csms-root-expired", "csms"])
def test_an_expired_root_and_a_leaf_are_rejected(rungs: Any, pki: Pki, name: str) -> None:
    tree = {"certificateType": "CSMSRootCertificate", "certificate": pem_of([pki.certificate(name)])}
    assert rooted(rungs, pki).call("InstallCertificate", tree)["status"] == "Rejected"


@pytest.mark.parametrize(("name", "status"), [("csms-root-new", "Accepted"), ("csms-root-other", "Rejected")])
def test_the_additional_check_wants_the_old_root_to_have_signed_the_new_one(
    rungs: Any, pki: Pki, name: str, status: str
) -> None:
    ladder = rooted(rungs, pki)
    ladder.station.variables.set("SecurityCtrlr.AdditionalRootCertificateCheck", True, ladder.now)
    tree = {"certificateType": "CSMSRootCertificate", "certificate": pem_of([pki.certificate(name)])}
    assert ladder.call("InstallCertificate", tree)["status"] == status
    assert (ladder.station.certificates.fallback is not None) == (status == "Accepted")


def test_the_old_root_goes_when_the_new_one_has_worked(rungs: Any, pki: Pki) -> None:
    ladder = rooted(rungs, pki)
    certificates = ladder.station.certificates
    certificates.fallback, certificates.store = pki.certificate("csms-root"), []
    certificates.put("CSMSRootCertificate", pki.certificate("csms-root-other"))
    for leaf, gone in (("csms", False), ("csms-other", True)):
        certificates.trusted([b64encode(pki.certificate(leaf).public_bytes(Encoding.DER)).decode()])
        assert (certificates.fallback is None) == gone


# ---- its own certificate


def asked(ladder: Any) -> dict[str, Any]:
    ladder.answers["SignCertificate"] = {"status": "Accepted"}
    ladder.station.security.ask("ChargingStationCertificate", ladder.now)
    ladder.wait(1.0)
    csr = said(ladder, "SignCertificate")[-1]
    assert request_problem(csr["csr"]) == ""
    return csr


@pytest.mark.parametrize(
    ("flaw", "status"),
    [("", "Accepted"), ("expired", "Rejected"), ("unknown-root", "Rejected"), ("wrong-key", "Rejected"),
     ("wrong-cn", "Rejected"), ("tampered", "Rejected"), ("unreadable", "Rejected")],
)  # fmt: skip
def test_what_is_wrong_with_a_new_certificate_is_seen_and_reported(rungs: Any, flaw: str, status: str) -> None:
    ladder, reach = rungs(), OcppReach()
    ladder.station.certificates.put("CSMSRootCertificate", ocpp_pki("ocpp", START).certificate("csms-root"))
    csr = asked(ladder)
    chain = Authority(reach).chain(csr["csr"], "ChargingStationCertificate", START + ladder.now, flaw)
    tree = {"certificateChain": chain, "certificateType": "ChargingStationCertificate"}
    assert ladder.call("CertificateSigned", tree)["status"] == status
    ladder.wait(1.0)
    events = [one["type"] for one in said(ladder, "SecurityEventNotification")]
    assert events == ([] if status == "Accepted" else ["InvalidChargingStationCertificate"])


def test_a_csr_is_repeated_with_doubled_waits_and_then_no_more(rungs: Any) -> None:
    ladder = rungs()
    for name, value in (("CertSigningWaitMinimum", 10), ("CertSigningRepeatTimes", 2)):
        ladder.station.variables.set(f"SecurityCtrlr.{name}", value, ladder.now)
    began = ladder.now
    asked(ladder)
    ladder.wait(500.0)
    times = [round(at - began) for at, name, _ in ladder.said if name == "SignCertificate"]
    assert times == [0, 10, 30]


# ---- security events, passwords, slots


def test_security_events_wait_for_the_connection(rungs: Any) -> None:
    ladder = rungs()
    ladder.station.provisioning.status = ""
    ladder.station.security.event("InvalidCsmsCertificate", ladder.now)
    assert said(ladder, "SecurityEventNotification") == []
    ladder.station.provisioning.status = "Accepted"
    ladder.station.security.online(ladder.now)
    ladder.wait(1.0)
    assert [one["type"] for one in said(ladder, "SecurityEventNotification")] == ["InvalidCsmsCertificate"]
    assert ladder.station.security.queue == []


def profile(level: int, slot: int = 2, url: str = "") -> dict[str, Any]:
    scheme = "wss" if level > 1 else "ws"
    return {
        "configurationSlot": slot,
        "connectionData": {
            "ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": url or f"{scheme}://csms.lab:9001/ocpp",
            "messageTimeout": 30, "securityProfile": level, "ocppInterface": "Wired0",
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tree", "status"),
    [(profile(1), "Accepted"), (profile(1, slot=999), "Rejected"), (profile(2, url="ws://csms.lab"), "Rejected"),
     (profile(1, url="nonsense"), "Rejected")],
)  # fmt: skip
def test_a_network_profile_is_checked(rungs: Any, tree: dict[str, Any], status: str) -> None:
    assert rungs().call("SetNetworkProfile", tree)["status"] == status


def test_no_profile_lowers_the_security(rungs: Any) -> None:
    ladder = rungs()
    ladder.station.connection.profiles[1].security_profile = 2
    assert ladder.call("SetNetworkProfile", profile(1))["status"] == "Rejected"
    assert ladder.call("SetNetworkProfile", profile(2))["status"] == "Accepted"


def test_an_order_needs_profiles_roots_and_a_certificate(rungs: Any, pki: Pki) -> None:
    ladder = rungs()
    connection = ladder.station.connection
    assert "holds no network profile" in connection.priority_problem("2,1")
    connection.profiles[2] = NetworkProfile("wss://csms.lab", 3)
    assert "CSMSRootCertificate" in connection.priority_problem("2,1")
    ladder.station.certificates.put("CSMSRootCertificate", pki.certificate("csms-root"))
    assert "certificate of the station" in connection.priority_problem("2,1")
    good = pki.credential("station")
    ladder.station.security.credential = StationCredential(good.chain, good.key)
    assert connection.priority_problem("2,1") == ""


def test_a_slot_is_tried_so_often_and_then_the_next_one(rungs: Any) -> None:
    ladder = rungs()
    station, connection = ladder.station, ladder.station.connection
    connection.profiles[2] = NetworkProfile("ws://csms.lab:9001", 0)
    station.variables.set("OCPPCommCtrlr.NetworkConfigurationPriority", "2,1", 0.0)
    station.variables.set("OCPPCommCtrlr.NetworkProfileConnectionAttempts", 2, 0.0)
    connection.start(ladder.now)
    tried = []
    for _ in range(5):
        tried.append(connection.slot)
        connection.failed(ladder.now)
    assert tried == [2, 2, 1, 1, 2]


def test_each_wait_before_the_next_attempt_is_twice_as_long(rungs: Any) -> None:
    ladder = rungs()
    connection = ladder.station.connection
    ladder.station.variables.set("OCPPCommCtrlr.RetryBackOffRepeatTimes", 2, 0.0)
    ladder.station.variables.set("OCPPCommCtrlr.RetryBackOffWaitMinimum", 4, 0.0)
    assert [connection._next_wait() for _ in range(4)] == [4, 8, 16, 16]
