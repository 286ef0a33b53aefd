"""Block M of the emulated CSMS, and C07: what was revoked, and what a contract certificate is worth."""

from typing import Any

import pytest

from v2xconform.emulators.csms import Csms, StationSession
from v2xconform.emulators.csms.certificates import SERVED
from v2xconform.emulators.ocpp_tls import Authority, lab_root
from v2xconform.lab.persona_ocpp import CsmsPersona, TokenSpec
from v2xconform.lab.sut import OcppReach
from v2xconform.pki.hash_data import hash_data
from v2xconform.pki.requests import pem_of

UTC = 1767225600.0
REACH = OcppReach()
TOKEN = {"idToken": "NLXYZC12345678X", "type": "eMAID"}


def session(**policy: Any) -> StationSession:
    persona = CsmsPersona(
        role="csms", name="test", tokens=[TokenSpec(id=TOKEN["idToken"], type="eMAID")], revoked=["contract-revoked"]
    )
    csms = Csms(persona, ("ocpp2.1",), utc=lambda: UTC, new_id=str, changes={"certificates": policy})
    csms.security.authority = Authority(REACH)
    return csms.open("ST-1", "ocpp2.1", 0.0)


def hashed(name: str) -> dict[str, str]:
    root = "v2g-root" if name == "cpo-sub" else "stranger-root" if "foreign" in name else "mo-root"
    return hash_data(lab_root(REACH, name, UTC), lab_root(REACH, root, UTC))


@pytest.mark.parametrize(
    ("name", "url", "status"),
    [
        ("contract", SERVED[0], "Good"), ("contract-revoked", SERVED[1], "Revoked"), ("cpo-sub", SERVED[0], "Good"),
        ("contract", "http://nobody.invalid", "Failed"),
    ],
)  # fmt: skip
def test_the_status_of_a_certificate(name: str, url: str, status: str) -> None:
    one = session()
    asked = {"certificateHashData": hashed(name), "source": "OCSP", "urls": [url]}
    told = one.csms.certificates.chain_status(one, {"certificateStatusRequests": [asked]}, 0.0)["certificateStatus"]
    assert [(entry["certificateHashData"], entry["status"]) for entry in told] == [(hashed(name), status)]


@pytest.mark.parametrize(
    ("name", "token", "whole", "judged"),
    [
        ("contract", TOKEN, True, ("Accepted", "Accepted")),
        ("contract", TOKEN, False, ("Accepted", "Accepted")),
        ("contract", {"idToken": "X", "type": "eMAID"}, False, ("ContractCancelled", "Unknown")),
        ("contract-revoked", TOKEN, True, ("CertificateRevoked", "Invalid")),
        ("contract-revoked", TOKEN, False, ("CertificateRevoked", "Invalid")),
        ("contract-expired", TOKEN, True, ("CertificateExpired", "Expired")),
        ("contract-foreign", TOKEN, True, ("CertChainError", "Invalid")),
    ],
)
def test_what_a_contract_is_worth(name: str, token: dict[str, str], whole: bool, judged: tuple[str, str]) -> None:
    one, request = session(), dict[str, Any](idToken=token)
    if whole:
        request["certificate"] = pem_of([lab_root(REACH, name, UTC)])
    else:
        request["iso15118CertificateHashData"] = [{**hashed(name), "responderURL": SERVED[0]}]
    answer = one.csms.authorization.authorize(one, request, 0.0)
    assert (answer["certificateStatus"], answer["idTokenInfo"]["status"]) == judged


def test_a_token_without_a_certificate_has_no_certificate_status() -> None:
    one = session()
    assert one.csms.authorization.authorize(one, {"idToken": TOKEN}, 0.0) == {"idTokenInfo": {"status": "Accepted"}}
