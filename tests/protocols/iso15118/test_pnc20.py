"""Plug & Charge from AuthorizationSetup to ServiceDiscovery: our car and our charger, every response code of both sides."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from v2xconform.emulators.content_evcc20 import VehicleRequests
from v2xconform.emulators.content_secc20 import ChargerResponses
from v2xconform.emulators.contract_desk import desk_of
from v2xconform.emulators.contracts import wallet_of
from v2xconform.emulators.vehicle import Vehicle
from v2xconform.lab.persona import load_charger, load_ev
from v2xconform.lab.sut import Tls
from v2xconform.protocols.exi import codec
from v2xconform.protocols.iso15118.evcc20 import EvccSession20
from v2xconform.protocols.iso15118.policy20 import EvccPolicy, SeccPolicy, overridden
from v2xconform.protocols.iso15118.secc20 import SeccSession20
from v2xconform.protocols.iso15118.signatures import verify
from v2xconform.protocols.message import Message

UTC_S = datetime(2026, 1, 31, 12, 20, tzinfo=UTC).timestamp()
P521, ED448, P256 = (
    Tls(pki="iso15118-20-p521"),
    Tls(pki="iso15118-20-ed448"),
    Tls(pki="iso15118-20-p256", profile="iso15118-20-p256"),
)


def utc() -> float:
    return UTC_S


@dataclass
class Pair:
    """A car and a charger without a link between them."""

    tls: Tls = P521
    contract: Mapping[str, Any] = field(default_factory=dict)
    charger: Mapping[str, Any] = field(default_factory=dict)
    evcc: Mapping[str, Any] = field(default_factory=dict)
    secc: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fields = load_ev("v2g_ev").model_dump()
        fields["contract"] = {**fields["contract"], "installs": "missing", **self.contract}
        car = type(load_ev("v2g_ev")).model_validate(fields)
        station_fields = {**load_charger("v2g_charger").model_dump(), **self.charger}
        station = type(load_charger("v2g_charger")).model_validate(station_fields)
        policy = overridden(EvccPolicy(), self.evcc)
        assert car.contract is not None
        self.wallet = wallet_of(car.contract, policy, self.tls, utc)
        vehicle = Vehicle(car)
        self.car = EvccSession20(
            VehicleRequests(vehicle, self.wallet),
            policy,
            vehicle.wishes,
            mode="DC",
            utc=utc,
            random_bytes=os.urandom,
            take_contract=lambda tree: self.wallet.install(tree, policy),
        )
        responses = ChargerResponses(station, desk_of(station.contracts, self.tls, utc))
        self.station = SeccSession20(
            responses, overridden(SeccPolicy(), self.secc), mode="DC", utc=utc, random_bytes=os.urandom
        )
        self.messages: list[Message] = []

    def run(self) -> "Pair":
        self.car.start(0.0)
        self.station.start(0.0)
        now = 0.0
        while (name := self.car.due) and name not in ("ServiceDiscoveryReq", "SessionStopReq") and now < 10:
            request = over_the_wire(self.car.next_request(now))
            self.car.sent(request, now)
            reply = self.station.receive(request, now)
            assert reply.message is not None
            response = over_the_wire(reply.message)
            self.messages += [request, response]
            self.car.receive(response, now)
            now += 0.5
        return self

    def codes(self, name: str) -> list[str]:
        return [message.tree["ResponseCode"] for message in self.messages if message.name == name]

    def trees(self, name: str) -> list[dict[str, Any]]:
        return [message.tree for message in self.messages if message.name == name]

    @property
    def services(self) -> list[str]:
        return [tree["SelectedAuthorizationService"] for tree in self.trees("AuthorizationReq")]


def over_the_wire(message: Message) -> Message:
    exi = codec(message.protocol)
    violations = [f"{one.path}: {one.text}" for one in exi.validate(message.name, message.tree)]
    # The schema wants 133 octets where [V2G20-2495] wants the 56 of X448.
    assert violations in ([], ["SignedInstallationData.DHPublicKey: 56 octets, expected exactly 133"])
    tree = exi.decode(exi.encode(message.name, message.tree)).tree
    assert isinstance(tree, dict)
    return Message(message.protocol, message.name, tree)


@pytest.mark.parametrize("tls", [P521, ED448, P256], ids=["p521", "ed448", "p256"])
def test_a_contract_is_authorized(tls: Tls) -> None:
    pair = Pair(tls).run()
    assert pair.codes("AuthorizationRes") == ["OK"]
    assert pair.services == ["PnC"]
    assert pair.car.due == "ServiceDiscoveryReq"
    assert pair.wallet.contract is not None
    key = pair.wallet.contract.key.public_key()
    verified = verify("iso15118-20-common", pair.trees("AuthorizationReq")[0], key, ["PnC_AReqAuthorizationMode"])
    assert verified.trustworthy and verified.form == "xmldsig"
    assert bool(verified.issues) is (tls is P256)


@pytest.mark.parametrize("tls", [P521, ED448], ids=["p521", "ed448"])
def test_a_contract_is_installed_and_used(tls: Tls) -> None:
    pair = Pair(tls, contract={"credential": ""}).run()
    assert pair.codes("CertificateInstallationRes") == ["OK"]
    assert pair.codes("AuthorizationRes") == ["OK"]
    delivered = pair.trees("CertificateInstallationRes")[0]["SignedInstallationData"]["ContractCertificateChain"]
    shown = pair.trees("AuthorizationReq")[0]["PnC_AReqAuthorizationMode"]["ContractCertificateChain"]
    assert shown == delivered
    assert pair.wallet.contract is not None
    assert pair.wallet.contract.common_name == "ZZLABC00000002"


def test_secp256r1_keys_cannot_be_delivered() -> None:
    pair = Pair(P256, contract={"credential": ""}).run()
    assert pair.codes("CertificateInstallationRes") == ["WARNING_NoCertificateAvailable"]
    assert pair.services == ["EIM"]


def test_each_session_has_its_own_challenge() -> None:
    challenges = {
        tree["PnC_ASResAuthorizationMode"]["GenChallenge"]
        for _ in range(20)
        for tree in Pair().run().trees("AuthorizationSetupRes")
    }
    assert len(challenges) == 20


REFUSALS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no signature": ({}, {"signature_flaw": "missing"}, "FAILED_SignatureError"),
    "wrong digest": ({}, {"signature_flaw": "digest"}, "FAILED_SignatureError"),
    "wrong value": ({}, {"signature_flaw": "value"}, "FAILED_SignatureError"),
    "wrong Id": ({}, {"signature_flaw": "id"}, "FAILED_SignatureError"),
    "sha256": ({}, {"signature_flaw": "digest-algorithm"}, "FAILED_SignatureError"),
    "ecdsa-sha256": ({}, {"signature_flaw": "method"}, "FAILED_SignatureError"),
    "DER": ({}, {"signature_flaw": "der"}, "FAILED_SignatureError"),
    "another key": ({}, {"signs_with": "oem-provisioning"}, "FAILED_SignatureError"),
    "zero challenge": ({}, {"challenge": "zero"}, "WARNING_ChallengeInvalid"),
    "other challenge": ({}, {"challenge": "other"}, "WARNING_ChallengeInvalid"),
    "expired": ({"variant": "expired"}, {}, "WARNING_CertificateExpired"),
    "sub-CA expired": ({"variant": "sub-ca-expired"}, {}, "WARNING_CertificateExpired"),
    "early": ({"variant": "not-yet-valid"}, {}, "WARNING_CertificateNotYetValid"),
    "unknown root": ({"variant": "unknown-root"}, {}, "WARNING_CertificateValidationError"),
    "impostor": ({"variant": "impostor-root"}, {}, "WARNING_CertificateValidationError"),
    "bad chain": ({"variant": "bad-signature"}, {}, "WARNING_CertificateValidationError"),
    "no eMAID": ({"variant": "bad-emaid"}, {}, "WARNING_CertificateValidationError"),
    "no contract": ({"variant": "swapped-leaf"}, {}, "WARNING_CertificateValidationError"),
    "revoked": ({"credential": "contract-revoked"}, {}, "WARNING_CertificateRevoked"),
    "no agreement": ({"credential": "contract-foreign"}, {}, "WARNING_eMSPUnknown"),
    "blocked": ({"credential": "contract-blocked"}, {}, "WARNING_GeneralPnCAuthorizationError"),
}


@pytest.mark.parametrize("tls", [P521, ED448], ids=["p521", "ed448"])
@pytest.mark.parametrize("title", REFUSALS)
def test_contracts_that_are_refused(title: str, tls: Tls) -> None:
    contract, policy, code = REFUSALS[title]
    pair = Pair(tls, contract=contract, evcc=policy).run()
    assert pair.codes("AuthorizationRes")[0] == code
    if code.startswith("WARNING"):  # the car falls back on external identification
        assert pair.services == ["PnC", "EIM"]
        assert pair.codes("AuthorizationRes")[-1] == "OK"
    else:
        assert pair.station.ended


@pytest.mark.parametrize("title", [title for title in REFUSALS if title not in ("no contract", "sub-CA expired")])
def test_a_careless_charger_never_gives_the_code(title: str) -> None:
    contract, policy, code = REFUSALS[title]
    unchecked = [code, "WARNING_eMSPUnknown"] if title == "no eMAID" else [code]  # John Doe has no operator either
    pair = Pair(contract=contract, evcc=policy, secc={"unchecked": unchecked}).run()
    assert code not in pair.codes("AuthorizationRes")
    assert pair.codes("AuthorizationRes")[0].startswith("OK")


INSTALLATIONS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no signature": ({}, {"signature_flaw": "missing"}, "FAILED_SignatureError"),
    "wrong value": ({}, {"signature_flaw": "value"}, "FAILED_SignatureError"),
    "expired": ({"provisioning_variant": "expired"}, {}, "WARNING_CertificateExpired"),
    "early": ({"provisioning_variant": "not-yet-valid"}, {}, "WARNING_CertificateNotYetValid"),
    "unknown root": ({"provisioning_variant": "unknown-root"}, {}, "WARNING_CertificateValidationError"),
    "stranger": ({"provisioning": "oem-stranger"}, {}, "WARNING_NoContractMatchingPCIDFound"),
}


@pytest.mark.parametrize("title", INSTALLATIONS)
def test_installations_that_are_refused(title: str) -> None:
    contract, policy, code = INSTALLATIONS[title]
    pair = Pair(contract={"credential": "", **contract}, evcc=policy).run()
    assert pair.codes("CertificateInstallationRes") == [code]
    assert pair.services == (["EIM"] if code.startswith("WARNING") else [])


def test_a_car_without_a_contract_certificate() -> None:
    contracts = {"cars": {"WMI0V2XCONFORM0017": ""}}
    pair = Pair(contract={"credential": ""}, charger={"contracts": contracts}).run()
    assert pair.codes("CertificateInstallationRes") == ["WARNING_NoCertificateAvailable"]


def test_a_contract_that_ends_soon() -> None:
    assert Pair(contract={"credential": "contract-expiring"}).run().codes("AuthorizationRes") == [
        "OK_CertificateExpiresSoon"
    ]


DELIVERIES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no signature": ({"signature_flaw": "missing"}, "signature", "no Signature"),
    "wrong digest": ({"signature_flaw": "digest"}, "signature", "digest"),
    "ecdsa-sha256": ({"signature_flaw": "method"}, "signature", "SignatureMethod"),
    "expired service": ({"signs_with": "cps/expired"}, "cps-chain", "expired"),
    "unknown service": ({"signs_with": "cps/unknown-root"}, "cps-chain", "trust anchor"),
    "no service": ({"signs_with": "secc"}, "cps-chain", "DC=CPS"),
    "expired contract": ({"installs_variant": "expired"}, "contract-chain", "expired"),
    "another key": ({"key_flaw": "key"}, "key", "does not belong"),
    "broken tag": ({"key_flaw": "tag"}, "key", "tag"),
    "another car": ({"key_flaw": "aad"}, "key", "tag"),
}


@pytest.mark.parametrize("title", DELIVERIES)
def test_a_careful_car_rejects_bad_deliveries(title: str) -> None:
    policy, _, why = DELIVERIES[title]
    pair = Pair(contract={"credential": ""}, secc=policy).run()
    assert pair.codes("CertificateInstallationRes") == ["OK"]
    assert pair.services == ["EIM"]
    assert any("no contract was installed" in note and why in note for note in pair.car.notes), pair.car.notes


@pytest.mark.parametrize("title", DELIVERIES)
def test_a_careless_car_takes_them(title: str) -> None:
    policy, check, _ = DELIVERIES[title]
    pair = Pair(contract={"credential": ""}, secc=policy, evcc={"unchecked": [check]}).run()
    assert pair.services[0] == "PnC"


def test_a_car_that_insists() -> None:
    pair = Pair(contract={"variant": "expired"}, evcc={"insists": True}).run()
    assert pair.services == ["PnC", "PnC"]
    assert pair.car.due == "SessionStopReq"


def test_where_only_contracts_are_served_a_refused_car_leaves() -> None:
    pair = Pair(contract={"credential": "", "installs": "never"}, charger={"authorization": ["PnC"]}).run()
    assert pair.services == []
    assert pair.car.due == "SessionStopReq"


def test_the_back_end_takes_its_time() -> None:
    pair = Pair(secc={"ongoing": {"AuthorizationReq": 2}}).run()
    assert pair.services == ["PnC"] * 3
    pair = Pair(contract={"credential": ""}, secc={"ongoing": {"CertificateInstallationReq": 2}}).run()
    assert len(pair.codes("CertificateInstallationRes")) == 3
    assert pair.services == ["PnC"]


def test_a_refusal_by_policy_has_the_code_of_its_service() -> None:
    pair = Pair(secc={"rejects_authorization": 1}).run()
    assert pair.codes("AuthorizationRes") == ["WARNING_GeneralPnCAuthorizationError", "OK"]


def damaged() -> Iterator[dict[str, Any]]:
    yield {"SelectedAuthorizationService": "PnC"}
    for chain in ({"Certificate": "AAAA"}, {"Certificate": ""}, {}, {"Certificate": "AAAA", "SubCertificates": {}}):
        mode = {"@Id": "id1", "GenChallenge": "AA==", "ContractCertificateChain": chain}
        yield {"SelectedAuthorizationService": "PnC", "PnC_AReqAuthorizationMode": mode}


@pytest.mark.parametrize("tree", list(damaged()))
def test_damaged_requests_are_answers_not_crashes(tree: dict[str, Any]) -> None:
    desk = desk_of(load_charger("v2g_charger").contracts, P521, utc)
    assert desk.authorize(tree, "", SeccPolicy())[0].startswith(("WARNING", "FAILED"))
    answer = desk.install({"OEMProvisioningCertificateChain": tree.get("x", {})}, SeccPolicy(), os.urandom)
    assert answer["ResponseCode"] == "WARNING_CertificateValidationError"
    assert Pair().wallet.install(tree, EvccPolicy()).startswith("a certificate cannot be read")
