"""Signatures of others verify, ours verify, and each flaw is found with its own code."""

import gzip
import json
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from v2xconform.protocols.exi import ExiDecodeError, codec
from v2xconform.protocols.iso15118.signatures import (
    CODES,
    ECDSA_SHA256,
    ED448,
    Flaw,
    Part,
    digest_of,
    elements_with_id,
    key_kind,
    sign,
    signed_info,
    verify,
)  # fmt: skip

HERE = Path(__file__).parent
COLLECTION = HERE.parents[2].parent / "shared" / "data" / "exi" / "vectors.jsonl.gz"
COMMON = "iso15118-20-common"


@cache
def vectors(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def public_key(certificate: str) -> PublicKeyTypes:
    return x509.load_der_x509_certificate(b64decode(certificate)).public_key()


def key(curve: str) -> Any:
    curves = {"secp256r1": ec.SECP256R1(), "secp384r1": ec.SECP384R1(), "secp521r1": ec.SECP521R1()}
    return ed448.Ed448PrivateKey.generate() if curve == "ed448" else ec.generate_private_key(curves[curve])


def request(challenge: str = "AAECAwQFBgcICQoLDA0ODw==") -> dict[str, Any]:
    chain = {"Certificate": "MIIB", "SubCertificates": {"Certificate": ["MIIC", "MIID"]}}
    mode = {"@Id": "id1", "GenChallenge": challenge, "ContractCertificateChain": chain}
    header = {"SessionID": "0102030405060708", "TimeStamp": 1700000000}
    return {"Header": header, "SelectedAuthorizationService": "PnC", "PnC_AReqAuthorizationMode": mode}


def signed(signer: Any, **how: Any) -> dict[str, Any]:
    tree = request()
    tree["Header"]["Signature"] = sign(COMMON, list(elements_with_id(tree)), signer, **how)
    return over_the_wire(tree)


def over_the_wire(tree: dict[str, Any]) -> dict[str, Any]:
    decoded = codec(COMMON).decode(codec(COMMON).encode("AuthorizationReq", tree)).tree
    assert isinstance(decoded, dict)
    return decoded


@pytest.mark.parametrize("vector", vectors("signed_own.jsonl"), ids=lambda v: v["id"])
def test_recorded_messages_verify(vector: dict[str, Any]) -> None:
    tree = codec(vector["protocol"]).decode(bytes.fromhex(vector["hex"])).tree
    verified = verify(vector["protocol"], tree, public_key(vector["certificate"]), vector["signed"])
    assert verified.trustworthy
    assert verified.form == "xmldsig"
    assert sorted(verified.signed) == sorted(vector["signed"])
    assert [issue.code for issue in verified.issues] == vector["issues"]


@pytest.mark.parametrize("vector", vectors("signed_own.jsonl"), ids=lambda v: v["id"])
def test_a_recorded_message_does_not_verify_with_another_key(vector: dict[str, Any]) -> None:
    tree = codec(vector["protocol"]).decode(bytes.fromhex(vector["hex"])).tree
    verified = verify(vector["protocol"], tree, key("secp256r1").public_key())
    assert "value" in [issue.code for issue in verified.issues]
    assert verified.form is None and not verified.trustworthy


def test_wrong_namespaces_make_other_digests() -> None:
    """The signature test data of RISE-V2G hold digests over elements without their namespace."""
    rise = {vector["id"]: vector for vector in vectors("signed_rise.jsonl")}
    info = next(vector for vector in rise.values() if vector["name"] == "SignedInfo")
    listed = {
        one["DigestValue"] for one in codec("xmldsig").decode_fragment(bytes.fromhex(info["hex"])).tree["Reference"]
    }
    seen = Counter[bool]()
    for vector in rise.values():
        if vector["name"] in ("SignedInfo", "eMAID"):
            continue
        data = bytes.fromhex(vector["hex"])
        document = codec("iso15118-2").decode_fragment(data)
        ids = {"ContractSignatureEncryptedPrivateKey": "id2", "DHpublickey": "id3"}
        tree = {"@Id": ids[vector["name"]], "#": document.tree["#"]}
        wrong = not document.namespace
        right_digest = digest_of("iso15118-2", Part(vector["name"], tree), "http://www.w3.org/2001/04/xmlenc#sha256")
        assert (right_digest == sha256(data).digest()) is not wrong
        assert (sha256(data).digest() in {b64decode(one) for one in listed}) is wrong
        seen[wrong] += 1
    assert seen == {True: 2, False: 1}


@pytest.mark.parametrize("curve", ["secp521r1", "ed448"])
@pytest.mark.parametrize("transforms", [True, False])
def test_own_signatures_verify(curve: str, transforms: bool) -> None:
    signer = key(curve)
    verified = verify(COMMON, signed(signer, transforms=transforms), signer.public_key(), ["PnC_AReqAuthorizationMode"])
    assert verified.issues == ()
    assert verified.form == "xmldsig"
    assert verified.signed == ("PnC_AReqAuthorizationMode",)


def test_the_edition_2_way_verifies_but_is_reported() -> None:
    signer = key("secp256r1")
    verified = verify(COMMON, signed(signer), signer.public_key())
    assert [(issue.code, issue.requirement) for issue in verified.issues] == [
        ("method", "V2G20-2674"), ("digest-algorithm", "V2G20-2674"),
    ]  # fmt: skip
    assert verified.trustworthy and verified.method == ECDSA_SHA256


FLAWS = {
    "digest": ("digest", False),
    "value": ("value", False),
    "id": ("reference", False),
    "digest-algorithm": ("digest-algorithm", True),
    "method": ("method", True),
    "form": ("form", True),
    "der": ("value-encoding", False),
}


def test_every_flaw_is_tested() -> None:
    assert set(get_args(Flaw)) - {"", "missing"} == set(FLAWS)


@pytest.mark.parametrize(("flaw", "code", "trustworthy"), [(flaw, *found) for flaw, found in FLAWS.items()])
def test_each_flaw_has_its_code(flaw: Flaw, code: str, trustworthy: bool) -> None:
    signer = key("secp521r1")
    verified = verify(COMMON, signed(signer, flaw=flaw), signer.public_key())
    assert [issue.code for issue in verified.issues] == [code]
    assert verified.trustworthy is trustworthy
    assert (verified.form == "message") is (flaw == "form")


def test_a_change_after_signing_is_found() -> None:
    signer = key("secp521r1")
    tree = signed(signer)
    tree["PnC_AReqAuthorizationMode"]["GenChallenge"] = "AAAAAAAAAAAAAAAAAAAAAA=="
    assert [issue.code for issue in verify(COMMON, tree, signer.public_key()).issues] == ["digest"]


def test_several_references() -> None:
    parts = [Part("PnC_AReqAuthorizationMode", request()["PnC_AReqAuthorizationMode"]),
             Part("OEMProvisioningCertificateChain", {"@Id": "id2", "Certificate": "MIIB"})]  # fmt: skip
    signer = key("ed448")
    tree = {"Header": {"Signature": sign(COMMON, parts, signer)}, **{part.name: part.tree for part in parts}}
    verified = verify(COMMON, tree, signer.public_key(), [part.name for part in parts])
    assert verified.issues == () and len(verified.signed) == 2
    del tree["OEMProvisioningCertificateChain"]
    assert [issue.code for issue in verify(COMMON, tree, signer.public_key()).issues] == ["reference"]


def test_what_has_to_be_signed_must_be_referenced() -> None:
    signer = key("secp521r1")
    verified = verify(COMMON, signed(signer), signer.public_key(), ["SignedInstallationData"])
    assert [issue.code for issue in verified.issues] == ["missing-reference"]


def test_two_elements_with_one_id_are_refused() -> None:
    signer = key("secp521r1")
    tree = signed(signer)
    tree["OEMProvisioningCertificateChain"] = {"@Id": "id1", "Certificate": "MIIB"}
    assert [issue.code for issue in verify(COMMON, tree, signer.public_key()).issues] == ["reference"]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (["SignedInfo", "CanonicalizationMethod", "@Algorithm"], "http://www.w3.org/TR/xml-c14n", "canonicalization"),
        (["SignedInfo", "SignatureMethod", "@Algorithm"], "urn:none", "method"),
        (["SignedInfo", "SignatureMethod", "@Algorithm"], ED448, "method-of-key"),
        (["SignedInfo", "Reference", 0, "DigestMethod", "@Algorithm"], "urn:none", "digest-algorithm"),
        (["SignedInfo", "Reference", 0, "Transforms", "Transform", 0, "@Algorithm"], "urn:none", "transform"),
        (["SignedInfo", "Reference", 0, "@URI"], "id1", "reference"),
        (["SignedInfo", "Reference"], 5, "malformed"),
        (["SignedInfo"], {}, "malformed"),
        (["SignatureValue", "#"], "AAAA", "value-encoding"),
        (["SignatureValue", "#"], "***", "value-encoding"),
    ],
)  # fmt: skip
def test_broken_signatures_are_answers_not_crashes(path: list[Any], value: Any, code: str) -> None:
    signer = key("secp521r1")
    tree = deepcopy(signed(signer))
    place = tree["Header"]["Signature"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    verified = verify(COMMON, tree, signer.public_key())
    assert code in [issue.code for issue in verified.issues]
    assert not verified.trustworthy
    assert {issue.code for issue in verified.issues} <= set(CODES)


@pytest.mark.parametrize("tree", [{}, {"Header": {}}, {"Header": 3}, {"Header": {"Signature": []}}])
def test_messages_without_a_signature(tree: dict[str, Any]) -> None:
    codes = [issue.code for issue in verify(COMMON, tree, key("secp521r1").public_key()).issues]
    assert codes in (["missing-signature"], ["malformed"])


def test_a_key_that_no_edition_knows() -> None:
    strange = rsa.generate_private_key(65537, 2048).public_key()
    verified = verify(COMMON, signed(key("secp521r1")), strange)
    assert [issue.code for issue in verified.issues] == ["method-of-key"]
    assert key_kind(strange) == "RSAPublicKey"


def test_the_two_forms_of_signed_info_differ() -> None:
    info = signed(key("secp521r1"))["Header"]["Signature"]["SignedInfo"]
    assert signed_info(COMMON, info, "xmldsig") != signed_info(COMMON, info, "message")


# ---- the whole collection


def _collected() -> Iterator[tuple[str, str, dict[str, Any]]]:
    protocols = {"ISO 15118-2": "iso15118-2", "ISO 15118-20": COMMON}
    with gzip.open(COLLECTION, "rt", encoding="utf-8") as lines:
        for line in lines:
            vector = json.loads(line)
            protocol = protocols.get(vector["protocol"], "")
            if vector["kind"] == "document" and protocol and vector["schema"].endswith(("MsgDef", "CommonMessages")):
                try:
                    tree = codec(protocol).decode(bytes.fromhex(vector["hex"])).tree
                except ExiDecodeError:
                    continue
                yield vector["message"], protocol, tree


def _certificates(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name in ("Certificate", "OEMProvisioningCert"):
                yield from (value if isinstance(value, list) else [value])
            else:
                yield from _certificates(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _certificates(value)


@pytest.mark.skipif(not COLLECTION.is_file(), reason="the collection of vectors is not here")
def test_signed_messages_of_the_collection() -> None:
    """All verify but six: four with the signature of an earlier message (RISE-V2G), two made up by their authors."""
    messages = list(_collected())
    keys = []
    for certificate in dict.fromkeys(one for _, _, tree in messages for one in _certificates(tree)):
        try:
            keys.append(public_key(certificate))
        except ValueError:
            continue  # placeholders of tests
    outcomes = Counter[tuple[str, bool]]()
    for name, protocol, tree in messages:
        if not isinstance(tree.get("Header"), dict) or "Signature" not in tree["Header"]:
            continue
        tries = [verify(protocol, tree, one) for one in keys]
        best = next((one for one in tries if one.form), tries[0])
        outcomes[name, best.trustworthy] += 1
        if not best.trustworthy:
            assert "reference" in [issue.code for issue in best.issues] or name == "ChargeParameterDiscoveryRes"
    assert sum(count for (_, good), count in outcomes.items() if good) >= 45
    assert {key: count for key, count in outcomes.items() if not key[1]} == {
        ("AuthorizationReq", False): 1, ("ChargeParameterDiscoveryRes", False): 1,
        ("ChargingStatusReq", False): 3, ("PowerDeliveryReq", False): 1,
    }  # fmt: skip
