"""Hash data, signing requests and the recipe of OCPP."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from v2xconform.pki import issue, load_recipe, validate_chain
from v2xconform.pki.hash_data import hash_data, same
from v2xconform.pki.keys import key_for
from v2xconform.pki.requests import make_request, pem_of, read_pem, request_problem, sign_request

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
PKI = issue(load_recipe("ocpp"), NOW)


@pytest.mark.parametrize(("leaf", "issuer"), [("csms", "csms-root"), ("csms-rsa", "csms-root-rsa")])
def test_hash_data_is_the_cert_id_of_ocsp(leaf: str, issuer: str) -> None:
    certificate, root = PKI.certificate(leaf), PKI.certificate(issuer)
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, root, hashes.SHA384()).build()
    found = hash_data(certificate, root, "SHA384")
    assert found["issuerNameHash"] == asked.issuer_name_hash.hex()
    assert found["issuerKeyHash"] == asked.issuer_key_hash.hex()
    assert int(found["serialNumber"], 16) == asked.serial_number


def test_hexadecimal_is_the_same_in_any_case() -> None:
    found = hash_data(PKI.certificate("csms"), PKI.certificate("csms-root"))
    assert same(found, {**found, "issuerKeyHash": found["issuerKeyHash"].upper()})
    assert same(found, {**found, "serialNumber": "00" + found["serialNumber"].upper()})
    assert not same(found, {**found, "serialNumber": found["serialNumber"] + "0"})


def test_a_request_becomes_a_certificate_of_the_hierarchy() -> None:
    text = make_request(key_for("test/ocpp", "secp256r1"), "LAB-0001", "v2xconform")
    assert request_problem(text) == ""
    issuer = PKI.certificate("cso-sub")
    leaf = sign_request(text, issuer, PKI.key("cso-sub"), NOW)
    assert validate_chain([leaf, issuer], PKI.anchors("csms"), NOW, "ocpp-station") == []
    assert read_pem(pem_of([leaf, issuer])) == [leaf, issuer]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("MIIB", "PEM"),
        ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "PKCS #10"),
        (make_request(key_for("test/weak", "rsa1024"), "LAB-0001", "v2xconform"), "1024 bits"),
    ],
)
def test_a_request_that_no_ca_takes(text: str, what: str) -> None:
    assert what in request_problem(text)


def test_every_credential_has_the_issues_that_it_announces() -> None:
    for one in PKI.credentials():
        found = validate_chain(one.chain, PKI.anchors(*one.anchors), NOW, one.profile)
        assert {issue.code for issue in found if issue.severity == "must"} == set(one.issues), (one.name, one.variant)


def test_the_csms_has_an_ec_and_an_rsa_certificate() -> None:
    names = {one.chain[0].public_bytes(Encoding.DER) for one in (PKI.credential("csms"), PKI.credential("csms-rsa"))}
    assert len(names) == 2
