"""Path validation finds what is wrong with a chain, all of it and nothing else."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from v2xconform.pki import CODES, PROFILES, Pki, PkiIssue, check_staple, issue, load_recipe, recipes, validate_chain

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
PKIS: dict[str, Pki] = {name: issue(load_recipe(name), NOW) for name in recipes()}
VARIANTS = [
    (name, credential, variant)
    for name, pki in PKIS.items()
    for credential, spec in pki.recipe.credentials.items()
    for variant in (None, *spec.variants)
]
STAPLES = [
    (name, credential, staple)
    for name, pki in PKIS.items()
    for credential in pki.recipe.credentials
    for staple in pki.recipe.staples
]


def judged(
    pki: Pki, name: str, variant: str | None = None, *, staple: str = "good", at: datetime = NOW
) -> list[PkiIssue]:
    credential = pki.credential(name, variant, staple=staple)
    anchors = pki.anchors(*credential.anchors)
    return validate_chain(credential.chain, anchors, at, credential.profile, staples=credential.staples)


def codes(issues: list[PkiIssue]) -> set[str]:
    return {one.code for one in issues}


@pytest.mark.parametrize(("recipe", "name", "variant"), VARIANTS)
def test_variant_shows_its_issues_and_no_other(recipe: str, name: str, variant: str | None) -> None:
    issues = judged(PKIS[recipe], name, variant)
    assert codes(issues) == set(PKIS[recipe].credential(name, variant).issues), [one.text for one in issues]


@pytest.mark.parametrize(("recipe", "name", "staple"), STAPLES)
def test_staple_shows_its_issues_and_no_other(recipe: str, name: str, staple: str) -> None:
    wanted = set(PKIS[recipe].recipe.staples[staple].issues)
    if not PROFILES[PKIS[recipe].recipe.credentials[name].profile].staple_required:
        # No requirement asks the car to staple.
        wanted.discard("staple-missing")
    issues = judged(PKIS[recipe], name, staple=staple)
    assert codes(issues) == wanted, [one.text for one in issues]


def test_every_variant_of_the_main_recipe_is_refused_or_doubted() -> None:
    doubts = {
        (name, variant)
        for recipe, name, variant in VARIANTS
        if recipe == "iso15118-20-p521" and variant
        if all(one.severity == "should" for one in judged(PKIS[recipe], name, variant))
    }
    titles = ("root-issued", "wrong-domain-component", "wrong-key-identifier", "wrong-order", "root-sent")
    assert doubts == {("secc", variant) for variant in titles}


@pytest.mark.parametrize(
    ("recipe", "name", "variant", "code", "requirement"),
    [
        ("iso15118-20-p521", "secc", "wrong-curve", "wrong-curve", "V2G20-2674"),
        ("iso15118-20-p521", "secc", "chain-too-long", "chain-too-long", "V2G2-009"),
        ("iso15118-20-p521", "secc", "wrong-domain-component", "domain-component", "V2G2-925"),
        ("iso15118-20-p521", "vehicle", "missing-evccid", "evccid", "V2G20-2598"),
        ("iso15118-20-p521", "vehicle", "extra-subject", "subject", "V2G20-2339"),
        ("iso15118-20-p521", "vehicle", "unknown-root", "unknown-root", "V2G20-2331"),
        ("iso15118-20-p521", "secc", "expired", "expired", ""),
        ("iso15118-2", "secc", "wrong-curve", "wrong-curve", "V2G2-007"),
        ("iso15118-2", "secc", "too-large", "too-large", "V2G2-010"),
        ("iso15118-20-p256", "secc", "wrong-curve", "wrong-curve", ""),
    ],
)
def test_requirement_that_is_broken(recipe: str, name: str, variant: str, code: str, requirement: str) -> None:
    assert (code, requirement) in {(one.code, one.requirement) for one in judged(PKIS[recipe], name, variant)}


def test_requirements_belong_to_known_codes() -> None:
    for profile in PROFILES.values():
        assert {code.partition(":")[0] for code in profile.requirements} <= CODES.keys()
        assert profile.softened <= CODES.keys()


def test_edwards_curves_have_a_requirement_of_their_own() -> None:
    pki, other = PKIS["iso15118-20-p521"], PKIS["iso15118-20-ed448"]
    only_p521 = PROFILES["iso15118-20-secc"]
    rules = type(only_p521)(
        only_p521.name, only_p521.about, {"secp521r1": "ecdsa-with-SHA512"}, "serverAuth", False, 1600,
        only_p521.requirements,
    )  # fmt: skip
    issues = validate_chain(other.credential("secc").chain, other.anchors("v2g"), NOW, rules)
    assert {one.requirement for one in issues} == {"V2G20-2319"}
    assert not validate_chain(pki.credential("secc").chain, pki.anchors("v2g"), NOW, rules)


def test_issue_names_the_certificate_and_both_sides() -> None:
    (expired,) = judged(PKIS["iso15118-20-ed448"], "secc", "sub-ca-expired")
    assert expired.certificate == 1
    assert "2026-01-30 12:00:00Z, now is 2026-01-31 12:00:00Z" in expired.text


def test_time_is_an_argument() -> None:
    pki = PKIS["iso15118-20-p521"]
    chain, anchors = pki.credential("secc").chain, pki.anchors("v2g")
    end = NOW + timedelta(days=60)
    assert validate_chain(chain, anchors, end, "iso15118-20-secc") == []
    assert codes(validate_chain(chain, anchors, end + timedelta(seconds=1), "iso15118-20-secc")) == {"expired"}
    far = validate_chain(chain, anchors, NOW + timedelta(days=4000), "iso15118-20-secc")
    assert [one.certificate for one in far] == [0, 1, 2, None]


@pytest.mark.parametrize("flavour", ["iso15118-20-p521", "iso15118-20-ed448"])
def test_the_other_editions_profile_refuses(flavour: str) -> None:
    pki = PKIS[flavour]
    issues = validate_chain(pki.credential("secc").chain, pki.anchors("v2g"), NOW, "iso15118-2-secc")
    assert codes(issues) == {"wrong-curve", "wrong-signature-algorithm"}


def test_no_anchor_no_trust() -> None:
    pki = PKIS["iso15118-20-p521"]
    assert codes(validate_chain(pki.credential("secc").chain, (), NOW, "iso15118-20-secc")) == {"unknown-root"}


def test_self_signed_leaf_is_an_unknown_root() -> None:
    pki = issue(load_recipe("iso15118-20-ed448"), NOW, change={"secc": {"issuer": None}})
    (issue_,) = judged(pki, "secc")
    assert (issue_.code, issue_.text.split(" is ")[-1]) == ("unknown-root", "self-signed and no trust anchor")


def test_unknown_root_that_was_sent_stays_unknown() -> None:
    pki = PKIS["iso15118-20-p521"]
    chain = (*pki.credential("secc", "unknown-root").chain, pki.certificate("rogue-root"))
    issues = validate_chain(chain, pki.anchors("v2g"), NOW, "iso15118-20-secc")
    assert {(one.code, one.certificate) for one in issues} == {("unknown-root", 3)}


def test_vehicle_may_chain_to_the_v2g_root_but_not_as_a_station() -> None:
    assert codes(judged(PKIS["iso15118-20-p521"], "vehicle", "swapped-leaf")) == {"extended-key-usage", "subject"}


def test_evccid_of_the_session_is_compared() -> None:
    pki = PKIS["iso15118-20-ed448"]
    chain, anchors = pki.credential("vehicle").chain, pki.anchors("oem")
    assert not validate_chain(chain, anchors, NOW, "iso15118-20-vehicle", evccid="WMIV2XCONFORM001")
    (other,) = validate_chain(chain, anchors, NOW, "iso15118-20-vehicle", evccid="WMIOTHER")
    assert (other.code, other.text) == ("evccid", "the leaf has CN=WMIV2XCONFORM001; the car calls itself WMIOTHER")


def test_der_is_as_good_as_objects() -> None:
    pki = PKIS["iso15118-20-p521"]
    sent = [one.public_bytes(Encoding.DER) for one in pki.credential("secc").chain]
    assert validate_chain(sent, pki.anchors("v2g"), NOW, "iso15118-20-secc") == []
    (issue_,) = validate_chain([sent[0], b"\x30\x03nope"], pki.anchors("v2g"), NOW, "iso15118-20-secc")
    assert (issue_.code, issue_.certificate) == ("unreadable", 1)


def test_unknown_profile_and_naive_time_are_the_callers_mistake() -> None:
    with pytest.raises(KeyError):
        validate_chain([], [], NOW, "iso15118-21-secc")
    with pytest.raises(ValueError, match="time zone"):
        validate_chain([], [], datetime(2026, 1, 1), "iso15118-2-secc")  # noqa: DTZ001 - the mistake under test


@pytest.mark.parametrize("recipe", ["iso15118-20-p521", "iso15118-20-ed448"])
def test_no_bytes_of_a_device_raise(recipe: str) -> None:
    """Flip, cut and repeat octets of a valid chain and staple: whatever comes out is judged, never an exception."""
    pki, chance = PKIS[recipe], random.Random(20)
    credential, anchors = pki.credential("secc", staple="delegated"), pki.anchors("v2g")
    sent = [one.public_bytes(Encoding.DER) for one in credential.chain]
    for _ in range(200):
        at, staples = chance.randrange(3), list(credential.staples)
        broken = bytearray(sent[at])
        staple = bytearray(staples[at] or b"")
        for data in (broken, staple):
            for _ in range(chance.randrange(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            if chance.random() < 0.1:
                del data[chance.randrange(len(data)) :]
        chain = [*sent[:at], bytes(broken), *sent[at + 1 :]]
        staples[at] = bytes(staple)
        for one in validate_chain(chain, anchors, NOW, "iso15118-20-secc", staples=staples):
            assert one.code in CODES
        for code, _text in check_staple(bytes(staple), credential.chain[at], anchors[0], NOW):
            assert code in CODES


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"secc": {"ca": True}}, {"leaf-is-a-ca"}),
        ({"cpo-sub2": {"path_length": None}}, {"path-length-value"}),
        ({"secc": {"digest": "sha256"}}, {"wrong-signature-algorithm"}),
        ({"secc": {"omit": ["keyUsage"]}}, {"key-usage"}),
        ({"secc": {"not_critical": ["keyUsage"]}}, {"key-usage"}),
        ({"secc": {"omit": ["subjectKeyIdentifier", "authorityKeyIdentifier"]}}, {"key-identifier"}),
        ({"v2g-root": {"valid": {"from": "-9d", "to": "-1d"}}}, {"expired"}),
        ({"secc": {"extended_key_usage": None}}, set()),
        ({"secc": {"key_usage": ["digitalSignature", "keyAgreement"]}}, set()),
    ],
)
def test_change_shows_in_one_code(change: dict[str, dict[str, object]], wanted: set[str]) -> None:
    assert codes(judged(issue(load_recipe("iso15118-20-p521"), NOW, change=change), "secc")) == wanted


def test_certificate_of_another_path_is_unused() -> None:
    pki = PKIS["iso15118-20-ed448"]
    chain = (*pki.credential("secc").chain, pki.certificate("vehicle-sub1"))
    issues = validate_chain(chain, pki.anchors("v2g"), NOW, "iso15118-20-secc")
    assert {(one.code, one.severity, one.certificate) for one in issues} == {
        ("unused-certificate", "should", 3),
        ("chain-too-long", "must", 3),
    }


def test_serial_number_zero_is_doubtful() -> None:
    pki = PKIS["iso15118-20-ed448"]
    certificate = pki.credential("secc").chain[0]
    number = certificate.serial_number.to_bytes(20, "big").lstrip(b"\0")
    broken = certificate.public_bytes(Encoding.DER).replace(number, bytes(len(number)), 1)
    chain: list[x509.Certificate | bytes] = [broken, *pki.credential("secc").chain[1:]]
    issues = validate_chain(chain, pki.anchors("v2g"), NOW, "iso15118-20-secc")
    # A version of the library may refuse to decode it; that is an answer too.
    assert codes(issues) in ({"serial-number", "bad-signature"}, {"unreadable"})
