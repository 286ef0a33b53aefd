"""Each rule about signatures, seen failing and seen passing, on messages that our own car and charger have made."""

import os
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from v2xconform.emulators.charging_tls import pki_of
from v2xconform.emulators.contract_desk import desk_of
from v2xconform.emulators.contracts import Wallet, wallet_of
from v2xconform.judge.context import Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.schema import SchemaMonitor
from v2xconform.judge.monitors.signature import SignatureMonitor
from v2xconform.lab.persona import ContractSpec, load_charger
from v2xconform.lab.sut import Role, Tls
from v2xconform.pki import issue, load_recipe
from v2xconform.protocols.exi import codec
from v2xconform.protocols.iso15118.policy20 import EvccPolicy, SeccPolicy, overridden
from v2xconform.protocols.iso15118.signatures import Part
from v2xconform.trace.events import Event

UTC_S = datetime(2026, 1, 31, 12, 20, tzinfo=UTC).timestamp()
WHEN = "2026-01-31T12:20:00.000000Z"
CHALLENGE = b64encode(bytes(range(16))).decode()
HEADER = {"SessionID": "0102030405060708", "TimeStamp": 1_769_862_000}
P521, ED448, P256 = Tls(), Tls(pki="iso15118-20-ed448"), Tls(pki="iso15118-20-p256", profile="iso15118-20-p256")


def context(sut: Role, tls: Tls = P521, *, anchored: bool = True) -> Context:
    pki = pki_of(tls, UTC_S)
    own = pki.anchors("v2g") if sut == "secc" else pki.anchors("oem", "v2g")

    def as_text(certificates: Any) -> tuple[str, ...]:
        return tuple(b64encode(one.public_bytes(Encoding.DER)).decode() for one in certificates if anchored)

    return Context(sut, tls_profile=tls.profile, anchors=as_text(own), mo_anchors=as_text(pki.anchors("mo")))


def found(
    sut: Role, *said: tuple[str, dict[str, Any]], tls: Tls = P521, anchored: bool = True
) -> list[tuple[str, str]]:
    return [(one.requirement, one.severity) for one in findings(sut, *said, tls=tls, anchored=anchored)]


def findings(
    sut: Role,
    *said: tuple[str, dict[str, Any]],
    tls: Tls = P521,
    anchored: bool = True,
    monitor: Any = SignatureMonitor,
) -> list[Finding]:
    judge = monitor(context(sut, tls, anchored=anchored))
    result: list[Finding] = []
    for number, (name, body) in enumerate([("accepted", {}), *said], 1):
        src = "evcc" if name.endswith("Req") else "secc"
        if name == "accepted":
            event = Event(number, number, WHEN, "t", src, "", "tcp", "open", name)
        else:
            layer = "iso15118-20-common"
            event = Event(number, number, WHEN, "t", src, "", layer, "message", name, over_the_wire(name, body))
        result += judge.see(event)
    return [*result, *judge.end(None)]


def over_the_wire(name: str, body: dict[str, Any]) -> Any:
    tree = {**body, "Header": {**HEADER, **body.get("Header", {})}}
    return codec("iso15118-20-common").decode(codec("iso15118-20-common").encode(name, tree)).tree


def wallet(tls: Tls = P521, policy: EvccPolicy | None = None, **contract: Any) -> Wallet:
    return wallet_of(ContractSpec(**contract), policy or EvccPolicy(), tls, lambda: UTC_S)


def setup(challenge: str = CHALLENGE) -> tuple[str, dict[str, Any]]:
    services = {"AuthorizationServices": ["PnC"], "CertificateInstallationService": True}
    mode = {"PnC_ASResAuthorizationMode": {"GenChallenge": challenge}}
    return "AuthorizationSetupRes", {"ResponseCode": "OK", **services, **mode}


def authorization(
    tls: Tls = P521, *, challenge: str = CHALLENGE, flaws: dict[str, Any] | None = None, **contract: Any
) -> tuple[str, dict[str, Any]]:
    policy = overridden(EvccPolicy(), flaws or {})
    car = wallet(tls, policy, **contract)
    assert car.contract is not None
    mode = {"@Id": "id1", "GenChallenge": challenge, "ContractCertificateChain": car.contract.tree()}
    signature = car.sign(Part("PnC_AReqAuthorizationMode", mode), car.contract.key, policy)
    return "AuthorizationReq", {
        "SelectedAuthorizationService": "PnC",
        "PnC_AReqAuthorizationMode": mode,
        **signature,
    }


def request(tls: Tls = P521, *, flaws: dict[str, Any] | None = None, **contract: Any) -> tuple[str, dict[str, Any]]:
    policy = overridden(EvccPolicy(), flaws or {})
    car = wallet(tls, policy, **contract)
    chain = {"@Id": "id1", **car.provisioning.tree()}
    roots = {"RootCertificateID": [{"X509IssuerName": "CN=MO", "X509SerialNumber": 2**100}]}
    signature = car.sign(Part("OEMProvisioningCertificateChain", chain), car.provisioning.key, policy)
    return "CertificateInstallationReq", {
        "OEMProvisioningCertificateChain": chain,
        "ListOfRootCertificateIDs": roots,
        "MaximumContractCertificateChains": 1,
        **signature,
    }


def delivery(tls: Tls = P521, **flaws: Any) -> tuple[str, dict[str, Any]]:
    desk = desk_of(load_charger("v2g_charger").contracts, tls, lambda: UTC_S)
    asked = over_the_wire(*request(tls))
    body = desk.install(asked, overridden(SeccPolicy(), flaws), os.urandom)
    assert body.get("ResponseCode", "OK") == "OK", body
    return "CertificateInstallationRes", {"ResponseCode": "OK", **body}


@pytest.mark.parametrize("tls", [P521, ED448], ids=["p521", "ed448"])
def test_sound_messages_are_left_alone(tls: Tls) -> None:
    assert found("evcc", setup(), authorization(tls), request(tls), tls=tls) == []
    assert found("secc", setup(), request(tls), delivery(tls), tls=tls) == []


def test_a_bench_without_the_curves_is_noted_only() -> None:
    severities = {severity for _, severity in found("evcc", setup(), authorization(P256), request(P256), tls=P256)}
    assert severities == {"NOTE"}


@pytest.mark.parametrize(
    ("flaws", "requirement", "severity"),
    [
        ({"signature_flaw": "missing"}, "X20-Signature", "MUST"),
        ({"signature_flaw": "digest"}, "X20-Signature", "MUST"),
        ({"signature_flaw": "value"}, "X20-Signature", "MUST"),
        ({"signature_flaw": "id"}, "X20-Signature", "MUST"),
        ({"signature_flaw": "der"}, "X20-Signature", "MUST"),
        ({"signature_flaw": "digest-algorithm"}, "V2G20-2674", "MUST"),
        ({"signature_flaw": "method"}, "V2G20-2674", "MUST"),
        ({"signature_flaw": "form"}, "X20-Signature", "SHOULD"),
        ({"signs_with": "vehicle"}, "X20-Signature", "MUST"),
    ],
)
def test_signatures_of_a_car(flaws: dict[str, Any], requirement: str, severity: str) -> None:
    assert (requirement, severity) in found("evcc", setup(), authorization(flaws=flaws))
    assert (requirement, severity) in found("evcc", request(flaws=flaws))
    assert found("secc", setup(), authorization(flaws=flaws)) == []  # the tester may sign as badly as it likes


@pytest.mark.parametrize(
    ("contract", "requirement"),
    [
        ({"variant": "expired"}, "X20-Chain"),
        ({"variant": "unknown-root"}, "X20-Chain"),
        ({"variant": "bad-emaid"}, "V2G2-108"),
    ],
)
def test_chains_of_a_car(contract: dict[str, Any], requirement: str) -> None:
    assert found("evcc", setup(), authorization(**contract)) == [(requirement, "MUST")]


def test_the_chain_of_a_provisioning_certificate() -> None:
    assert found("evcc", request(provisioning_variant="expired")) == [("X20-Chain", "MUST")]


def test_without_anchors_the_root_is_a_note() -> None:
    assert found("evcc", setup(), authorization(), anchored=False) == [("X20-Chain", "NOTE")]


def test_the_challenge_is_repeated() -> None:
    other = b64encode(bytes(16)).decode()
    assert found("evcc", setup(), authorization(challenge=other)) == [("X20-ChallengeEcho", "MUST")]
    assert found("evcc", authorization(challenge=other)) == []  # nobody has seen the charger's


def test_a_challenge_is_used_once() -> None:
    assert found("secc", setup(), ("accepted", {}), setup()) == [("V2G20-697", "MUST")]
    assert found("evcc", setup(), setup()) == []


@pytest.mark.parametrize(
    ("flaws", "requirement"),
    [
        ({"signature_flaw": "missing"}, "X20-Signature"),
        ({"signature_flaw": "digest"}, "X20-Signature"),
        ({"signature_flaw": "method"}, "V2G20-2674"),
        ({"signs_with": "cps/expired"}, "X20-Chain"),
        ({"signs_with": "secc"}, "X20-Chain"),
        ({"installs_variant": "expired"}, "X20-Chain"),
        ({"installs_variant": "unknown-root"}, "X20-Chain"),
    ],
)
def test_deliveries_of_a_charger(flaws: dict[str, Any], requirement: str) -> None:
    assert (requirement, "MUST") in found("secc", delivery(**flaws))
    assert found("evcc", delivery(**flaws)) == []


def test_the_field_and_the_curve_of_a_delivery() -> None:
    name, body = delivery()
    data = body["SignedInstallationData"]
    key = b64encode(bytes(84)).decode()
    moved = {field: value for field, value in data.items() if field != "SECP521_EncryptedPrivateKey"}
    wrong = {**body, "SignedInstallationData": {**moved, "ECDHCurve": "X448", "X448_EncryptedPrivateKey": key}}
    assert {"V2G20-2493", "V2G20-2491", "X20-Signature"} == {
        one.requirement for one in findings("secc", request(), (name, wrong))
    }


def test_refusals_and_unfinished_deliveries_are_not_judged() -> None:
    name, body = delivery(signature_flaw="missing")
    assert found("secc", (name, {**body, "ResponseCode": "WARNING_NoCertificateAvailable"})) == []
    assert found("secc", (name, {**body, "EVSEProcessing": "Ongoing"})) == []


@pytest.mark.parametrize("signed", [True, False])
def test_meter_values_are_signed_with_the_contract(signed: bool) -> None:
    car = wallet()
    assert car.contract is not None
    meter = {"MeterID": "M", "ChargedEnergyReadingWh": 5}
    data = {"@Id": "id1", "SessionID": HEADER["SessionID"], "MeterInfo": meter, "Dynamic_SMDTControlMode": {}}
    signature = car.sign(Part("SignedMeteringData", data), car.contract.key, EvccPolicy()) if signed else {}
    receipt = "MeteringConfirmationReq", {"SignedMeteringData": data, **signature}
    assert found("evcc", setup(), authorization(), receipt) == ([] if signed else [("X20-Signature", "MUST")])
    assert found("evcc", receipt) == []  # without a contract there is no key to sign with


def test_certificates_that_cannot_be_read() -> None:
    mode = {"@Id": "id1", "GenChallenge": CHALLENGE}
    chain = {"Certificate": "AAAA", "SubCertificates": {"Certificate": ["AAAA"]}}
    body = {
        "SelectedAuthorizationService": "PnC",
        "PnC_AReqAuthorizationMode": {**mode, "ContractCertificateChain": chain},
    }
    assert found("evcc", setup(), ("AuthorizationReq", body)) == [("X20-Chain", "MUST")]


def test_the_length_of_an_x448_key_breaks_the_schema_by_order_of_the_standard() -> None:
    assert [(one.requirement, one.severity) for one in findings("secc", delivery(ED448), monitor=SchemaMonitor)] == [
        ("X20-Schema", "NOTE")
    ]
    name, body = delivery()
    short = {**body["SignedInstallationData"], "DHPublicKey": b64encode(bytes(56)).decode()}
    wrong = name, {**body, "SignedInstallationData": short}
    assert [one.severity for one in findings("secc", wrong, monitor=SchemaMonitor)] == ["MUST"]


def test_recipes_have_what_the_messages_need() -> None:
    pki = issue(load_recipe("iso15118-20-p521"), datetime.fromtimestamp(UTC_S, UTC))
    for name in ("contract", "contract-installed", "oem-provisioning", "cps"):
        assert len(pki.credential(name).chain) == 3
