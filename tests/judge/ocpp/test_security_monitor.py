"""The security monitor: opening handshakes, TLS facts, certificates; no password in what it says."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from v2xconform.emulators.ocpp_tls import Authority, ocpp_pki
from v2xconform.judge.context import Context
from v2xconform.judge.monitors.ocpp.security import OcppSecurityMonitor
from v2xconform.lab.roles import Role
from v2xconform.lab.sut import OcppReach
from v2xconform.pki.keys import key_for
from v2xconform.pki.requests import make_request
from v2xconform.protocols.ocpp.handshake import basic
from v2xconform.trace.events import Event

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ECDSA = ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"]
CSR = make_request(key_for("monitor/one", "secp256r1"), "LAB-0001", "v2xconform")


class Story:
    """Events in the order in which they are told."""

    def __init__(self, sut: Role = "station", level: int = 1) -> None:
        pki = ocpp_pki("ocpp", NOW.timestamp())
        anchors = tuple(b64encode(one.public_bytes(Encoding.DER)).decode() for one in pki.anchors("csms"))
        self.monitor = OcppSecurityMonitor(Context(sut, protocol="ocpp2.1", security_profile=level, anchors=anchors))
        self.found: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.count, self.at = 0, 0.0

    def tell(self, src: str, layer: str, kind: str, name: str, body: dict[str, Any], after: float = 0.0) -> "Story":
        self.count, self.at = self.count + 1, self.at + after
        utc = datetime.fromtimestamp(NOW.timestamp() + self.at, UTC).isoformat()
        event = Event(self.count, int(self.at * 1e9), utc, "tcp1", src, "", layer, kind, name, body)  # type: ignore[arg-type]
        for finding in self.monitor.see(event):
            self.found.append((finding.requirement, finding.severity))
            self.texts.append(finding.text)
        return self

    def says(self, src: str, name: str, body: dict[str, Any], after: float = 0.0) -> "Story":
        return self.tell(src, "ocpp2.1", "message", name, body, after)


def upgrade(level: int, *headers: tuple[str, str]) -> Story:
    body = {"target": "/ocpp/ST-1", "headers": [list(one) for one in headers]}
    return Story(level=level).tell("station", "websocket", "handshake", "upgrade", body)


@pytest.mark.parametrize(
    ("level", "header", "found"),
    [
        (1, basic("ST-1", "0123456789abcdef"), []),
        (1, basic("ST-2", "0123456789abcdef"), ["A00.FR.204"]),
        (1, basic("ST-1", "tooshort"), ["A00.FR.205"]),
        (1, "Bearer x", ["A00.FR.203"]),
        (1, "", ["A00.FR.203"]),
        (3, "", []),
        (0, "", []),
    ],
)
def test_the_authorization_header(level: int, header: str, found: list[str]) -> None:
    story = upgrade(level, *([("Authorization", header)] if header else []))
    assert [requirement for requirement, _ in story.found] == found
    assert not any("0123456789abcdef" in text or "tooshort" in text for text in story.texts)


def test_the_second_address_has_a_security_profile_of_its_own() -> None:
    story = Story(level=2)
    for name, value in (("second_url", "wss://csms.lab:9001/ocpp"), ("second_profile", 3)):
        story.tell("tester", "lab", "note", f"${name}", {"named": name, "value": value})
    story.tell("station", "tcp", "open", "accepted", {"local": "csms.lab:9001"})
    story.tell("station", "websocket", "handshake", "upgrade", {"target": "/ocpp/ST-1", "headers": []})
    assert story.found == []


@pytest.mark.parametrize(
    ("suites", "found"),
    [
        (ECDSA, []),
        (["TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384"], []),
        (ECDSA[:1], [("A00.FR.319", "MUST")]),
        ([*ECDSA, "TLS_RSA_WITH_RC4_128_SHA"], [("A00.FR.320", "SHOULD")]),
    ],
)
def test_the_suites_of_a_station(suites: list[str], found: list[tuple[str, str]]) -> None:
    assert Story().tell("station", "tls", "handshake", "ClientHello", {"suites": suites}).found == found


@pytest.mark.parametrize("version", ["TLSv1.1", "TLSv1.2", "TLSv1.3"])
def test_tls_1_1_is_never_agreed_on(version: str) -> None:
    story = Story().tell("csms", "tls", "handshake", "established", {"version": version})
    assert story.found == ([("A00.FR.313", "MUST")] if version == "TLSv1.1" else [])


@pytest.mark.parametrize(
    ("credential", "variant", "found"),
    [("csms", None, []), ("csms", "expired", [("A00.FR.307", "MUST")]), ("csms-rsa", "short-key", [("A00.FR.501", "MUST")]),
     ("csms", "unknown-root", [("A00.FR.307", "SHOULD")])],
)  # fmt: skip
def test_the_certificate_of_a_csms(credential: str, variant: str | None, found: list[tuple[str, str]]) -> None:
    pki = ocpp_pki("ocpp", NOW.timestamp())
    chain = [b64encode(one.public_bytes(Encoding.DER)).decode() for one in pki.credential(credential, variant).chain]
    assert Story("csms").tell("csms", "tls", "handshake", "Certificate", {"chain": chain}).found == found


@pytest.mark.parametrize(
    ("flaw", "number", "found"),
    [("", 7, []), ("wrong-key", 7, ["A02.FR.06"]), ("expired", 7, ["A02.FR.06"]), ("", 8, ["A02.FR.25"])],
)  # fmt: skip
def test_a_certificate_fits_its_csr(flaw: str, number: int, found: list[str]) -> None:
    chain = Authority(OcppReach()).chain(CSR, "ChargingStationCertificate", NOW.timestamp(), flaw)
    story = Story("csms").says("station", "SignCertificateRequest", {"csr": CSR, "requestId": 7})
    story.says("csms", "CertificateSignedRequest", {"certificateChain": chain, "requestId": number})
    assert [requirement for requirement, _ in story.found] == found


def test_a_key_pair_is_used_for_one_certificate() -> None:
    chain = Authority(OcppReach()).chain(CSR, "ChargingStationCertificate", NOW.timestamp())
    story = Story().says("station", "SignCertificateRequest", {"csr": CSR})
    story.says("station", "SignCertificateRequest", {"csr": CSR}, after=60.0)  # no certificate has come: that is right
    story.says("csms", "CertificateSignedRequest", {"certificateChain": chain})
    assert story.found == []
    assert story.says("station", "SignCertificateRequest", {"csr": CSR}).found == [("A02.FR.02", "MUST")]


@pytest.mark.parametrize("told", [True, False])
def test_a_refused_certificate_is_reported(told: bool) -> None:
    story = Story().says("station", "CertificateSignedResponse", {"status": "Rejected"})
    if told:
        story.says("station", "SecurityEventNotificationRequest", {"type": "InvalidChargingStationCertificate"})
    story.says("station", "HeartbeatRequest", {}, after=61.0)
    assert story.found == ([] if told else [("A02.FR.07", "MUST")])
