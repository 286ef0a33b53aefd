"""The car's side of Plug & Charge: its contract, its OEM provisioning certificate, and what it accepts as a new contract.

`wallet_of` makes a wallet out of a persona and the PKI of the bench; `VehicleRequests` signs with it, and
`Wallet.install` judges a CertificateInstallationRes before its contract is used.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from v2xconform.emulators.charging_tls import pki_of, read_credential, read_roots
from v2xconform.lab.persona import ContractSpec
from v2xconform.lab.sut import Tls
from v2xconform.lab.yaml_lines import LabError
from v2xconform.pki import Pki, validate_chain
from v2xconform.protocols.iso15118.contract_keys import decrypt
from v2xconform.protocols.iso15118.policy20 import EvccPolicy
from v2xconform.protocols.iso15118.signatures import Part, PrivateKey, sign, verify

Tree = dict[str, Any]
COMMON = "iso15118-20-common"
NO_CHALLENGE = b64encode(bytes(16)).decode()


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate chain, leaf first and without root, and the private key of its leaf."""

    chain: tuple[x509.Certificate, ...]
    key: PrivateKey

    @property
    def common_name(self) -> str:
        """CN of the leaf: the eMAID of a contract, the PCID of a provisioning certificate."""
        return common_name(self.chain[0])

    def tree(self) -> Tree:
        """Return the chain as Certificate and SubCertificates."""
        leaf, *above = (b64encode(certificate.public_bytes(Encoding.DER)).decode() for certificate in self.chain)
        return {"Certificate": leaf, **({"SubCertificates": {"Certificate": above}} if above else {})}


@dataclass(slots=True)
class Wallet:
    """What a car carries for Plug & Charge. `install` replaces its contract."""

    contract: Identity | None
    provisioning: Identity
    provider_roots: Sequence[x509.Certificate]
    """Roots below which the certificate provisioning service must stand (V2G)."""
    operator_roots: Sequence[x509.Certificate]
    """Roots of mobility operators; contracts must lead to one of them, or to a V2G root."""
    suffix: str
    """-p256 on benches without the curves of ISO 15118-20."""
    utc: Callable[[], float]
    signer: Identity | None = None
    """Who signs in place of the right one (policy)."""
    notes: list[str] = field(default_factory=list)

    def sign(self, part: Part, key: PrivateKey, policy: EvccPolicy) -> Tree:
        """Return the Header addition with the signature of *part*; empty where the policy leaves it out."""
        if policy.signature_flaw == "missing":
            return {}
        key = self.signer.key if self.signer else key
        return {"Header": {"Signature": sign(COMMON, [part], key, flaw=policy.signature_flaw)}}

    def install(self, response: Mapping[str, Any], policy: EvccPolicy) -> str:
        """Take over the contract of a CertificateInstallationRes; return why not, empty when it is installed."""
        installation = response.get("SignedInstallationData", {})
        try:
            provider = chain_of(response.get("CPSCertificateChain", {}))
            chain = chain_of(installation.get("ContractCertificateChain", {}))
            keys = provider[0].public_key(), chain[0].public_key()
        except (ValueError, TypeError, KeyError) as error:
            return f"a certificate cannot be read: {error}"
        signature = verify(COMMON, response, keys[0], ["SignedInstallationData"])
        forms = () if self.suffix else ("method", "digest-algorithm")
        problems = {
            "signature": [one.text for one in signature.issues if one.fatal or one.code in forms],
            "cps-chain": self._problems(provider, self.provider_roots, "cps"),
            "contract-chain": self._problems(chain, [*self.operator_roots, *self.provider_roots], "contract"),
        }
        for kind, texts in problems.items():
            if texts and kind not in policy.unchecked:
                return texts[0]
        delivered = decrypt(installation, chain[0], self.provisioning.key, self.provisioning.common_name)
        if delivered.key is None:
            if "key" not in policy.unchecked:
                return delivered.problem
            delivered_key = self.provisioning.key  # something to go on with: its signatures fit no contract
        else:
            delivered_key = delivered.key
        self.contract = Identity(chain, delivered_key)
        return ""

    def _problems(self, chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], kind: str) -> list[str]:
        now = datetime.fromtimestamp(self.utc(), UTC)
        issues = validate_chain(chain, roots, now, f"iso15118-20-{kind}{self.suffix}")
        return [issue.text for issue in issues if issue.severity == "must"]


def chain_of(tree: Mapping[str, Any]) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a chain in a message, leaf first. Raises ValueError, TypeError or KeyError."""
    above = tree.get("SubCertificates", {}).get("Certificate", [])
    listed = [tree["Certificate"], *(above if isinstance(above, list) else [above])]
    return tuple(x509.load_der_x509_certificate(b64decode(one)) for one in listed)


def common_name(certificate: x509.Certificate) -> str:
    """Return the common name of a certificate, without separators; empty where there is none."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value).replace("-", "").upper() if names else ""


def identity_of(pki: Pki, name: str, variant: str = "") -> Identity:
    """Return a credential of a recipe (``contract``, ``contract/expired``). Raises LabError for an unknown one."""
    name, _, in_name = name.partition("/")
    try:
        credential = pki.credential(name, variant or in_name or None)
    except KeyError as error:
        raise LabError(str(error.args[0])) from None
    if isinstance(credential.key, rsa.RSAPrivateKey):
        raise LabError(f"credential {name!r} has an RSA key; contracts of ISO 15118-20 have keys on curves")
    return Identity(credential.chain, credential.key)


def wallet_of(spec: ContractSpec, policy: EvccPolicy, tls: Tls, utc: Callable[[], float]) -> Wallet:
    """Return the wallet of a car. Raises LabError."""
    pki = pki_of(tls, utc())
    contract = identity_of(pki, spec.credential, spec.variant) if spec.credential else None
    if tls.contract is not None and spec.credential == "contract" and not spec.variant:
        contract = _from_files(read_credential(tls.contract))
    provisioning = identity_of(pki, spec.provisioning, spec.provisioning_variant)
    if tls.provisioning is not None and spec.provisioning == "oem-provisioning" and not spec.provisioning_variant:
        provisioning = _from_files(read_credential(tls.provisioning))
    return Wallet(
        contract,
        provisioning,
        pki.anchors("v2g"),
        operator_roots(tls, utc()),
        "-p256" if tls.profile == "iso15118-20-p256" else "",
        utc,
        identity_of(pki, policy.signs_with) if policy.signs_with else None,
    )


def operator_roots(tls: Tls, utc: float) -> tuple[x509.Certificate, ...]:
    """Return the roots of mobility operators on a bench. Raises LabError."""
    if tls.contract_trust:
        return tuple(certificate for path in tls.contract_trust for certificate in read_roots(path))
    return pki_of(tls, utc).anchors("mo")


def _from_files(credential: tuple[tuple[x509.Certificate, ...], object]) -> Identity:
    chain, key = credential
    if not isinstance(key, ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey):
        raise LabError("the key of a contract or provisioning certificate is on an elliptic curve")
    return Identity(chain, key)
