"""Contract keys reach the car that they are meant for, whole or not at all."""

import os
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed448
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from v2xconform.pki import Pki, issue, load_recipe
from v2xconform.protocols.iso15118.contract_keys import (
    KeyFlaw,
    additional_data,
    decrypt,
    encrypt,
    montgomery_private,
    montgomery_public,
)

PCID = "WMI0V2XCONFORM0017"
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
PKIS = {name: issue(load_recipe(f"iso15118-20-{name}"), NOW) for name in ("p521", "ed448")}
FORMS = {
    "p521": ("SECP521", 133, "SECP521_EncryptedPrivateKey", 94),
    "ed448": ("X448", 56, "X448_EncryptedPrivateKey", 84),
}


def delivery(pki: Pki, pcid: str = PCID, flaw: KeyFlaw = "", **how: Any) -> dict[str, Any]:
    contract, car = pki.credential("contract-installed"), pki.credential("oem-provisioning")
    assert contract.leaf is not None
    return encrypt(contract.key, contract.leaf, car.key.public_key(), pcid, os.urandom, flaw=flaw, **how)


def received(pki: Pki, tree: dict[str, Any], pcid: str = PCID, by: str = "oem-provisioning") -> Any:
    leaf = pki.credential("contract-installed").leaf
    assert leaf is not None
    return decrypt(tree, leaf, pki.credential(by).key, pcid)


@pytest.mark.parametrize("kind", PKIS)
def test_a_key_comes_through(kind: str) -> None:
    pki, (curve, public_octets, field, octets) = PKIS[kind], FORMS[kind]
    tree = delivery(pki)
    assert tree["ECDHCurve"] == curve
    assert len(b64decode(tree["DHPublicKey"])) == public_octets
    assert len(b64decode(tree[field])) == octets
    found = received(pki, tree)
    assert found.problem == "" and found.spelling == "hexadecimal"
    assert found.key.public_key() == pki.credential("contract-installed").key.public_key()


@pytest.mark.parametrize("kind", PKIS)
def test_each_delivery_is_another(kind: str) -> None:
    trees = [delivery(PKIS[kind]) for _ in range(5)]
    for name in trees[0]:
        assert name == "ECDHCurve" or len({tree[name] for tree in trees}) == 5


@pytest.mark.parametrize("kind", PKIS)
def test_the_other_spelling_of_the_identifier_is_read_too(kind: str) -> None:
    found = received(PKIS[kind], delivery(PKIS[kind], spelling="octets"))
    assert found.key is not None and found.spelling == "octets"


@pytest.mark.parametrize("kind", PKIS)
@pytest.mark.parametrize(("flaw", "requirement"), [("key", "V2G20-2507"), ("tag", "V2G20-2504"), ("aad", "V2G20-2504")])
def test_broken_deliveries_yield_no_key(kind: str, flaw: KeyFlaw, requirement: str) -> None:
    found = received(PKIS[kind], delivery(PKIS[kind], flaw=flaw))
    assert found.key is None and found.problem
    assert found.requirement == requirement


@pytest.mark.parametrize("kind", PKIS)
def test_another_car_cannot_read_it(kind: str) -> None:
    assert received(PKIS[kind], delivery(PKIS[kind]), by="oem-stranger").requirement == "V2G20-2504"
    assert received(PKIS[kind], delivery(PKIS[kind]), pcid="WMI0V2XCONFORM0025").requirement == "V2G20-2504"


@pytest.mark.parametrize(
    ("change", "requirement"),
    [
        ({"SECP521_EncryptedPrivateKey": None}, "V2G20-2493"),
        ({"SECP521_EncryptedPrivateKey": b64encode(bytes(93)).decode()}, "V2G20-2499"),
        ({"DHPublicKey": b64encode(bytes(133)).decode()}, "V2G20-2491"),
        ({"DHPublicKey": "?"}, "V2G20-2491"),
        ({"DHPublicKey": None}, "V2G20-2491"),
        ({"ECDHCurve": "X448"}, "V2G20-2491"),
    ],
)
def test_malformed_deliveries_are_answers_not_crashes(change: dict[str, Any], requirement: str) -> None:
    tree = {name: value for name, value in (delivery(PKIS["p521"]) | change).items() if value is not None}
    found = received(PKIS["p521"], tree)
    assert found.key is None
    assert found.requirement == requirement


def test_a_point_of_low_order_is_refused() -> None:
    tree = delivery(PKIS["ed448"]) | {"DHPublicKey": b64encode(bytes(56)).decode()}
    assert received(PKIS["ed448"], tree).requirement == "V2G20-2491"


@pytest.mark.parametrize("before", [True, False])
def test_an_x448_key_that_was_filled_up_is_taken(before: bool) -> None:
    """The schema of the standard wants 133 octets where [V2G20-2495] wants 56."""
    tree = delivery(PKIS["ed448"])
    public = b64decode(tree["DHPublicKey"])
    filled = bytes(77) + public if before else public + bytes(77)
    assert received(PKIS["ed448"], tree | {"DHPublicKey": b64encode(filled).decode()}).key is not None


def test_additional_data() -> None:
    leaf = PKIS["p521"].credential("contract-installed").leaf
    assert leaf is not None
    data = additional_data("wmi-0V2XCONFORM001-7", leaf, "hexadecimal")
    assert data[:18] == PCID.encode()
    assert data[18:].decode() == additional_data(PCID, leaf, "octets")[18:].hex().upper()


def test_ed448_keys_take_part_in_x448() -> None:
    for _ in range(20):
        key = ed448.Ed448PrivateKey.generate()
        one, other = montgomery_private(key).public_key(), montgomery_public(key.public_key())
        assert one.public_bytes(Encoding.Raw, PublicFormat.Raw) == other.public_bytes(Encoding.Raw, PublicFormat.Raw)


def test_keys_on_other_curves_are_refused() -> None:
    pki = issue(load_recipe("iso15118-20-p256"), NOW)
    with pytest.raises(ValueError, match="secp256r1 cannot be delivered; use secp521r1 or Ed448"):
        delivery(pki)
    leaf, car = PKIS["p521"].credential("contract").leaf, pki.credential("oem-provisioning").key
    assert leaf is not None
    with pytest.raises(ValueError, match="secp256r1 cannot take part"):
        encrypt(PKIS["p521"].credential("contract").key, leaf, car.public_key(), PCID, os.urandom)
