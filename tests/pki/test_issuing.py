"""What a recipe yields: keys, chains and staples in memory and in a folder."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

from v2xconform.pki import Pki, RecipeError, issue, issuing, load_recipe, recipes, validate_chain
from v2xconform.pki.keys import key_for, key_name
from v2xconform.pki.store import read, write

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def ders(pki: Pki) -> list[list[bytes]]:
    return [[one.public_bytes(Encoding.DER) for one in credential.chain] for credential in pki.credentials()]


@pytest.mark.parametrize(
    ("name", "curve"),
    [("iso15118-20-p521", "secp521r1"), ("iso15118-20-ed448", "ed448"), ("iso15118-20-p256", "secp256r1")],
)
def test_flavours_differ_in_the_curve_alone(name: str, curve: str) -> None:
    pki = issue(load_recipe(name), NOW)
    for role, root in (("secc", "v2g"), ("vehicle", "oem")):
        chain = (*pki.credential(role).chain, *pki.anchors(root))
        assert [key_name(one.public_key()) for one in chain] == [curve] * 4
        assert [one.issuer for one in chain[:-1]] == [one.subject for one in chain[1:]]
        assert max(len(one.public_bytes(Encoding.DER)) for one in chain) < 800


def test_every_shipped_recipe_of_the_cable_has_an_iso_2_or_20_station() -> None:
    assert recipes() == ["iso15118-2", "iso15118-20-ed448", "iso15118-20-p256", "iso15118-20-p521", "ocpp"]
    for name in recipes()[:-1]:
        assert issue(load_recipe(name), NOW).credential("secc").role == "secc"


@pytest.mark.parametrize("name", ["iso15118-20-p521", "iso15118-20-ed448"])
def test_same_instant_same_certificates(name: str) -> None:
    recipe = load_recipe(name)
    assert ders(issue(recipe, NOW)) == ders(issue(recipe, NOW.astimezone(timezone(timedelta(hours=5)))))
    assert ders(issue(recipe, NOW)) != ders(issue(recipe, NOW + timedelta(seconds=1)))


def test_validity_lies_around_the_instant() -> None:
    leaf = issue(load_recipe("iso15118-20-ed448"), NOW + timedelta(microseconds=5)).credential("secc").leaf
    assert leaf is not None
    assert (leaf.not_valid_before_utc, leaf.not_valid_after_utc) == (NOW - timedelta(days=1), NOW + timedelta(days=60))


def test_no_two_certificates_of_one_issuer_share_a_serial_number() -> None:
    pki = issue(load_recipe("iso15118-20-ed448"), NOW)
    numbers: dict[tuple[x509.Name, int], bytes] = {}
    for credential in pki.credentials():
        for one in credential.chain:
            assert numbers.setdefault((one.issuer, one.serial_number), one.tbs_certificate_bytes) == (
                one.tbs_certificate_bytes
            )


def test_key_belongs_to_the_leaf_of_every_variant() -> None:
    for credential in issue(load_recipe("iso15118-20-p521"), NOW).credentials():
        if credential.leaf is not None:
            assert credential.key.public_key() == credential.leaf.public_key()


def test_change_gives_the_car_its_own_evccid() -> None:
    pki = issue(load_recipe("iso15118-20-ed448"), NOW, change={"vehicle": {"subject": {"CN": "WMIMYCAR"}}})
    for variant in (None, "expired", "wrong-curve"):
        leaf = pki.credential("vehicle", variant).leaf
        assert leaf is not None
        assert [one.value for one in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == ["WMIMYCAR"]


def test_two_cars_share_neither_key_nor_serial_number() -> None:
    recipe = load_recipe("iso15118-20-ed448")
    cars = [issue(recipe, NOW, change={"vehicle": {"subject": {"CN": evccid}}}) for evccid in ("WMIA", "WMIB")]
    leaves = [pki.credential("vehicle").chain[0] for pki in cars]
    assert leaves[0].serial_number != leaves[1].serial_number
    assert leaves[0].public_key() != leaves[1].public_key()
    assert cars[0].anchors() == cars[1].anchors()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"vehicle": {"issuer": "nobody"}}, "change of vehicle: unknown certificate 'nobody'; known are "),
        ({"oem-root": {"issuer": "vehicle"}}, "change of oem-root: the issuers run in a circle "),
        ({"vehicle": {"subject": {"CN": ""}}}, "change of vehicle: subject CN = '' cannot be encoded"),
        ({"vehicle": {"curve": "p256"}}, "curve"),
    ],
)
def test_senseless_change_is_refused(change: dict[str, dict[str, object]], text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        issue(load_recipe("iso15118-20-ed448"), NOW, change=change)


def test_staples_stand_beside_their_certificates() -> None:
    pki = issue(load_recipe("iso15118-20-p521"), NOW)
    good, missing = pki.credential("secc"), pki.credential("secc", staple="missing")
    assert len(good.staples) == 3
    assert good.ocsp == good.staples[0] is not None
    assert missing.staples == (None, None, None)
    assert missing.chain == good.chain
    assert pki.credential("vehicle", "no-certificate").staples == ()


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda pki: pki.credential("sec"), "unknown credential 'sec'; there are secc, vehicle"),
        (lambda pki: pki.credential("secc", "expird"), "unknown variant of secc 'expird'; there are expired, "),
        (lambda pki: pki.credential("secc", staple="fine"), "unknown staple 'fine'; there are good, "),
        (lambda pki: pki.anchors("pe"), "unknown anchor 'pe'; there are v2g, oem, mo"),
        (lambda pki: pki.certificate("x"), "unknown certificate 'x'; there are v2g-root, "),
    ],
)
def test_unknown_names_are_answered_with_the_known(ask, text: str) -> None:  # type: ignore[no-untyped-def]  # lambdas
    with pytest.raises(KeyError) as caught:
        ask(issue(load_recipe("iso15118-20-ed448"), NOW))
    assert text in str(caught.value.args[0])


def test_instant_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        issue(load_recipe("iso15118-2"), datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake under test


def test_folder_holds_what_the_index_says(tmp_path: Path) -> None:
    pki = issue(load_recipe("iso15118-20-ed448"), NOW)
    write(pki, tmp_path)
    index = json.loads((tmp_path / "index.json").read_bytes())
    assert index["now"] == "2026-01-31T12:00:00+00:00"
    named = {tmp_path / "index.json"} | {tmp_path / root for root in index["anchors"].values()}
    named |= {tmp_path / index["recipe_file"], *(tmp_path / key for key in index["keys"].values())}
    for entry in index["credentials"]:
        credential = pki.credential(entry["credential"], entry["variant"])
        named |= {tmp_path / entry["chain"], tmp_path / entry["key"]}
        chain = (tmp_path / entry["chain"]).read_bytes()
        assert tuple(x509.load_pem_x509_certificates(chain) if chain else ()) == credential.chain
        key = load_pem_private_key((tmp_path / entry["key"]).read_bytes(), None)
        assert key.public_key() == credential.key.public_key()
        assert (tmp_path / entry["key"]).stat().st_mode & 0o077 == 0
        assert entry["expected_alert"] == (credential.alerts[0] if entry["variant"] else None)
        for places in entry["ocsp"].values():
            assert len(places) == len(credential.chain)
            named |= {tmp_path / place for place in places if place}
    assert named == {path for path in tmp_path.rglob("*") if path.is_file()}
    write(pki, tmp_path)


def test_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not empty"):
        write(issue(load_recipe("iso15118-2"), NOW), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_is_issued_again_with_the_same_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that trusts the roots of the folder trusts, or refuses for the right reason, what is made from it later."""
    write(issue(load_recipe("iso15118-20-p521"), NOW), tmp_path)
    made: list[str] = []
    monkeypatch.setattr(issuing, "key_for", lambda owner, kind: made.append(owner) or key_for(owner, kind))
    later = NOW + timedelta(days=3)
    again = read(tmp_path, later)
    roots = x509.load_pem_x509_certificates((tmp_path / "roots" / "oem.pem").read_bytes())
    good = again.credential("vehicle")
    assert validate_chain(good.chain, roots, later, good.profile) == [] and made == []
    expired = again.credential("vehicle", "expired")
    assert {one.code for one in validate_chain(expired.chain, roots, later, expired.profile)} == set(expired.issues)
    assert (tmp_path / "keys" / "oem-root.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "place, content, text",
    [
        ("recipe.json", None, "No such file or directory; `v2xconform pki issue RECIPE --out"),
        ("recipe.json", "{}", "not as it was written: Field required"),
        ("keys/oem-root.key", "x", "no private key in PEM without a password"),
    ],
)
def test_a_folder_that_was_changed_is_refused_in_words(
    tmp_path: Path, place: str, content: str | None, text: str
) -> None:
    write(issue(load_recipe("iso15118-20-p256"), NOW), tmp_path)
    (tmp_path / place).unlink()
    if content is not None:
        (tmp_path / place).write_text(content)
    with pytest.raises(RecipeError, match=text):
        read(tmp_path, NOW)
