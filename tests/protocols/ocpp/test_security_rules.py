"""Rules on certificates, passwords and network profiles: each speaks when it is broken, and only then."""

from typing import Any

import pytest

from v2xconform.pki.keys import key_for
from v2xconform.pki.requests import make_request
from v2xconform.protocols.ocpp.rules.security import SECURITY_RULES

HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "ab" * 32, "issuerKeyHash": "CD" * 32, "serialNumber": "1f"}
ROOT = {"certificateType": "CSMSRootCertificate", "certificateHashData": HASH}
GOOD_CSR = make_request(key_for("rules/good", "secp256r1"), "LAB-0001", "v2xconform")
WEAK_CSR = make_request(key_for("rules/weak", "rsa1024"), "LAB-0001", "v2xconform")


def password(value: str) -> dict[str, Any]:
    item = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}, "attributeValue": value}
    return {"setVariableData": [item]}


def read(**more: str) -> dict[str, Any]:
    item = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}, **more}
    return {"getVariableResult": [item]}


def profile(level: int, url: str) -> dict[str, Any]:
    return {"configurationSlot": 1, "connectionData": {"securityProfile": level, "ocppCsmsUrl": url}}


def broken(name: str, tree: dict[str, Any], request: dict[str, Any] | None = None) -> list[str]:
    return [
        rule.requirement
        for rule in SECURITY_RULES
        if rule.fits("ocpp2.0.1", name)
        for _ in rule.look(name, tree, request or {})
    ]


@pytest.mark.parametrize(
    ("name", "tree", "found"),
    [
        ("SignCertificateRequest", {"csr": GOOD_CSR}, []),
        ("SignCertificateRequest", {"csr": "MIIB"}, ["A02.FR.03"]),
        ("SignCertificateRequest", {"csr": WEAK_CSR}, ["A00.FR.501"]),
        ("InstallCertificateRequest", {"certificate": "nonsense"}, ["A00.FR.507"]),
        ("CertificateSignedRequest", {"certificateChain": "nonsense"}, ["A00.FR.507"]),
        ("GetInstalledCertificateIdsResponse", {"status": "NotFound"}, []),
        ("GetInstalledCertificateIdsResponse", {"status": "Accepted"}, ["M03.FR.04"]),
        ("GetInstalledCertificateIdsResponse", {"status": "Accepted", "certificateHashDataChain": [ROOT]}, []),
        (
            "GetInstalledCertificateIdsResponse",
            {"status": "NotFound", "certificateHashDataChain": [ROOT]},
            ["M03.FR.04"],
        ),
        (
            "GetInstalledCertificateIdsResponse",
            {
                "status": "Accepted",
                "certificateHashDataChain": [ROOT | {"certificateHashData": HASH | {"issuerKeyHash": "ab"}}],
            },
            ["M03.FR.04"],
        ),
        ("DeleteCertificateRequest", {"certificateHashData": HASH | {"serialNumber": "xyz"}}, ["M04.FR.07"]),
        ("GetCertificateStatusResponse", {"status": "Failed"}, []),
        ("GetCertificateStatusResponse", {"status": "Accepted"}, ["M06.FR.03"]),
        ("GetCertificateStatusResponse", {"status": "Accepted", "ocspResult": "MAMKAQA="}, []),
        ("GetCertificateStatusResponse", {"status": "Accepted", "ocspResult": "3003"}, ["M06.FR.09"]),
        ("SetVariablesRequest", password("0123456789abcdef"), []),
        ("SetVariablesRequest", password("short"), ["A00.FR.205"]),
        ("GetVariablesResponse", read(attributeStatus="Rejected"), []),
        ("GetVariablesResponse", read(attributeStatus="Accepted", attributeValue="secret"), ["A01.FR.12"]),
        ("SetNetworkProfileRequest", profile(1, "ws://csms.lab/ocpp"), []),
        ("SetNetworkProfileRequest", profile(2, "ws://csms.lab/ocpp"), ["B09.FR.01"]),
        ("SetNetworkProfileRequest", profile(1, "http://csms.lab"), ["B09.FR.01"]),
    ],
)
def test_a_rule_speaks_when_it_is_broken(name: str, tree: dict[str, Any], found: list[str]) -> None:
    assert broken(name, tree) == found


def test_only_kinds_that_were_asked_for_are_listed() -> None:
    tree = {"status": "Accepted", "certificateHashDataChain": [ROOT]}
    assert broken("GetInstalledCertificateIdsResponse", tree, {"certificateType": ["CSMSRootCertificate"]}) == []
    assert broken("GetInstalledCertificateIdsResponse", tree, {}) == []
    assert broken("GetInstalledCertificateIdsResponse", tree, {"certificateType": ["MORootCertificate"]}) == [
        "M03.FR.03"
    ]
