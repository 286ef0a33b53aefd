"""The charger's side of Plug & Charge, with the mobility operators behind it: who may charge, who gets which contract.

`ContractDesk.authorize` judges an AuthorizationReq with a contract and gives its response code; `ContractDesk.install`
answers CertificateInstallationReq. Every WARNING_ and FAILED_ code of the two can be reached; a code in the policy's
`unchecked` is never given. The OCSP responder of the mobility operator is played with its own keys.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509

from v2xconform.emulators.charging_tls import pki_of
from v2xconform.emulators.contracts import COMMON, Identity, chain_of, common_name, identity_of, operator_roots
from v2xconform.lab.persona import ContractsSpec
from v2xconform.lab.sut import Tls
from v2xconform.pki import Pki, validate_chain
from v2xconform.pki.recipe import StapleSpec
from v2xconform.pki.staples import respond
from v2xconform.protocols.iso15118.contract_keys import encrypt
from v2xconform.protocols.iso15118.messages20 import filler
from v2xconform.protocols.iso15118.policy20 import SeccPolicy
from v2xconform.protocols.iso15118.signatures import Part, sign, verify

Tree = dict[str, Any]
Refusal = tuple[str, str]
"""Response code and the reason in words."""

_OF_ISSUE: Final = {
    "expired": "WARNING_CertificateExpired",
    "not-yet-valid": "WARNING_CertificateNotYetValid",
    "revoked": "WARNING_CertificateRevoked",
}
"""Issue of a chain -> response code; all other issues are WARNING_CertificateValidationError."""
_OPERATOR: Final = "mo-sub2"
"""The CA of the lab that issues contracts and speaks for its OCSP responder."""


@dataclass(frozen=True, slots=True)
class ContractDesk:
    """Decides about contracts. Make it with `desk_of`."""

    spec: ContractsSpec
    pki: Pki
    operator_roots: Sequence[x509.Certificate]
    car_roots: Sequence[x509.Certificate]
    """Roots of OEM provisioning certificates."""
    suffix: str
    """-p256 on benches without the curves of ISO 15118-20."""
    utc: Callable[[], float]

    @property
    def now(self) -> datetime:
        """The wall clock."""
        return datetime.fromtimestamp(self.utc(), UTC)

    # Authorization

    def authorize(self, request: Mapping[str, Any], challenge: str, policy: SeccPolicy) -> Refusal:
        """Return the response code for an AuthorizationReq with SelectedAuthorizationService PnC, and why."""
        refusals = (one for one in self._authorization_refusals(request, challenge) if one[0] not in policy.unchecked)
        refusal = next(refusals, None)
        if refusal is not None:
            return refusal
        try:
            leaf = chain_of(request["PnC_AReqAuthorizationMode"]["ContractCertificateChain"])[0]
        except (ValueError, TypeError, KeyError):
            return "OK", ""
        left = leaf.not_valid_after_utc - self.now
        return "OK_CertificateExpiresSoon" if left < timedelta(days=self.spec.expires_soon_d) else "OK", ""

    def _authorization_refusals(self, request: Mapping[str, Any], challenge: str) -> Iterator[Refusal]:
        mode = request.get("PnC_AReqAuthorizationMode")
        if not isinstance(mode, Mapping):
            yield "WARNING_GeneralPnCAuthorizationError", "PnC_AReqAuthorizationMode is missing"
            return
        try:
            chain = chain_of(mode["ContractCertificateChain"])
            key = chain[0].public_key()
        except (ValueError, TypeError, KeyError) as error:
            yield "WARNING_CertificateValidationError", f"the contract certificate cannot be read: {error}"
            return
        yield from self._signature(request, key, "PnC_AReqAuthorizationMode")
        if mode.get("GenChallenge") != challenge:
            yield "WARNING_ChallengeInvalid", "GenChallenge is not that of AuthorizationSetupRes"
        yield from self._chain(chain, [*self.operator_roots], "contract", [self._status(chain)])
        emaid = common_name(chain[0])
        if self.spec.providers and not emaid.startswith(tuple(self.spec.providers)):
            yield "WARNING_eMSPUnknown", f"there is no agreement with the mobility operator {emaid[:5]}"
        if emaid in self.spec.blocked:
            yield "WARNING_GeneralPnCAuthorizationError", f"the mobility operator does not authorize {emaid}"

    def _status(self, chain: Sequence[x509.Certificate]) -> bytes | None:
        """Return the OCSP response for a contract; None for one that the lab's mobility operator has not issued."""
        issuer = self.pki.certificate(_OPERATOR)
        if chain[0].issuer != issuer.subject:
            return None
        status = "revoked" if common_name(chain[0]) in self.spec.revoked else "good"
        answer = StapleSpec.model_validate({"what": status, "status": status})
        key = self.pki.key(_OPERATOR)
        return respond(answer, chain[0], issuer, key, issuer, key, now=self.now.replace(microsecond=0), scope="desk")

    # Installation

    def install(self, request: Mapping[str, Any], policy: SeccPolicy, random_bytes: Callable[[int], bytes]) -> Tree:
        """Return the body of CertificateInstallationRes, Header with the signature included."""
        refusals = (one for one in self._installation_refusals(request) if one[0] not in policy.unchecked)
        refusal = next(refusals, None)
        if refusal is not None:
            return {**filler("CertificateInstallationRes"), "ResponseCode": refusal[0], "why": refusal[1]}
        provisioning = chain_of(request["OEMProvisioningCertificateChain"])[0]
        pcid = common_name(provisioning)
        name = self.spec.cars.get(pcid) or "contract-installed"
        contract = identity_of(self.pki, name, policy.installs_variant)
        try:
            delivered = encrypt(
                contract.key, contract.chain[0], provisioning.public_key(), pcid, random_bytes, flaw=policy.key_flaw
            )
        except ValueError as error:
            code = "WARNING_NoCertificateAvailable"
            return {**filler("CertificateInstallationRes"), "ResponseCode": code, "why": str(error)}
        data = {"@Id": "id1", "ContractCertificateChain": contract.tree(), **delivered}
        signer = identity_of(self.pki, policy.signs_with)
        return {
            "EVSEProcessing": "Finished",
            "CPSCertificateChain": signer.tree(),
            "SignedInstallationData": data,
            "RemainingContractCertificateChains": 0,
            **_signed(data, signer, policy),
        }

    def _installation_refusals(self, request: Mapping[str, Any]) -> Iterator[Refusal]:
        try:
            chain = chain_of(request["OEMProvisioningCertificateChain"])
            key = chain[0].public_key()
        except (ValueError, TypeError, KeyError) as error:
            yield "WARNING_CertificateValidationError", f"the provisioning certificate cannot be read: {error}"
            return
        yield from self._signature(request, key, "OEMProvisioningCertificateChain")
        yield from self._chain(chain, [*self.car_roots], "oem-provisioning", None)
        pcid = common_name(chain[0])
        if pcid not in self.spec.cars:
            yield "WARNING_NoContractMatchingPCIDFound", f"no mobility operator knows the PCID {pcid}"
        elif not self.spec.cars[pcid]:
            yield "WARNING_NoCertificateAvailable", f"there is no contract certificate for {pcid}"

    # Parts

    def _signature(self, request: Mapping[str, Any], key: Any, element: str) -> Iterator[Refusal]:
        for issue in verify(COMMON, request, key, [element]).issues:
            if issue.fatal or (issue.code != "form" and not self.suffix):
                yield "FAILED_SignatureError", issue.text

    def _chain(
        self,
        chain: Sequence[x509.Certificate],
        roots: Sequence[x509.Certificate],
        kind: str,
        staples: list[bytes | None] | None,
    ) -> Iterator[Refusal]:
        issues = validate_chain(chain, roots, self.now, f"iso15118-20-{kind}{self.suffix}", staples=staples)
        must = [issue for issue in issues if issue.severity == "must"]
        # The precise codes come first: a certificate that cannot be verified for one more reason is expired all the same.
        for issue in sorted(must, key=lambda one: one.code not in _OF_ISSUE):
            yield _OF_ISSUE.get(issue.code, "WARNING_CertificateValidationError"), issue.text


def _signed(data: Tree, signer: Identity, policy: SeccPolicy) -> Tree:
    if policy.signature_flaw == "missing":
        return {}
    part = Part("SignedInstallationData", data)
    return {"Header": {"Signature": sign(COMMON, [part], signer.key, flaw=policy.signature_flaw)}}


def desk_of(spec: ContractsSpec, tls: Tls, utc: Callable[[], float]) -> ContractDesk:
    """Return the desk of a charger. Raises LabError."""
    pki = pki_of(tls, utc())
    suffix = "-p256" if tls.profile == "iso15118-20-p256" else ""
    roots = operator_roots(tls, utc())
    return ContractDesk(spec, pki, roots, pki.anchors("oem", "v2g"), suffix, utc)


def challenge_of(policy: SeccPolicy, random_bytes: Callable[[int], bytes]) -> bytes:
    """Return GenChallenge: 128 random bits [V2G20-697], unless the policy says otherwise."""
    made = {"fixed": bytes(range(16)), "zero": bytes(16), "short": random_bytes(8)}
    return made.get(policy.challenge) or random_bytes(16)
