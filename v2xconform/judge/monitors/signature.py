"""The signature monitor: what the SUT signs in Plug & Charge, with which chains, and the challenge between the two sides.

Signatures are verified with the certificate that the same message shows; chains are judged like those of TLS. On a bench
without the curves of ISO 15118-20, what follows from that is a note.
"""

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from cryptography import x509

from v2xconform.judge.context import Context
from v2xconform.judge.finding import Finding, Severity
from v2xconform.pki import validate_chain
from v2xconform.protocols.iso15118.signatures import SignatureIssue, key_kind, verify
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at, is_protocol_message, response_code

_COMMON: Final = "iso15118-20-common"
_OF_THE_BENCH: Final = ("method", "digest-algorithm", "wrong-curve", "wrong-signature-algorithm")
_FIELD_OF_KEY: Final = {"secp521r1": "SECP521_EncryptedPrivateKey", "ed448": "X448_EncryptedPrivateKey"}
Tree = Mapping[str, Any]


class SignatureMonitor:
    """Judges signatures, contract and provisioning chains, and GenChallenge of the SUT."""

    name = "signature"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._bench = context.tls_profile != "iso15118-20"
        self._own = _certificates(context.anchors)
        self._operators = _certificates(context.mo_anchors)
        self._challenges: dict[str, int] = {}
        self._begin()

    def _begin(self) -> None:
        self._challenge: tuple[Any, int] | None = None
        self._contract: x509.Certificate | None = None
        self._provisioning: x509.Certificate | None = None

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind == "open" and event.layer == "tcp":
            self._begin()
        if not is_protocol_message(event) or event.layer != _COMMON or not isinstance(event.body, dict):
            return
        judge = _JUDGES.get(event.name)
        if judge is not None:
            for requirement, severity, text in judge(self, event, event.src == self._context.sut):
                yield Finding(requirement, severity, f"{event.name}: {text}", (event.id,))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())

    # ---- messages

    def _authorization_setup(self, event: Event, of_sut: bool) -> "_Findings":
        challenge = field_at(event.body, "PnC_ASResAuthorizationMode.GenChallenge")
        self._challenge = None
        if not isinstance(challenge, str):
            return
        self._challenge = challenge, event.id
        if of_sut and challenge in self._challenges:
            text = f"GenChallenge {challenge} has been used before (event {self._challenges[challenge]})"
            yield "V2G20-697", "MUST", text
        self._challenges.setdefault(challenge, event.id)

    def _authorization(self, event: Event, of_sut: bool) -> "_Findings":
        mode = event.body.get("PnC_AReqAuthorizationMode")
        if not isinstance(mode, dict):
            return
        chain = _chain(mode.get("ContractCertificateChain"))
        self._contract = chain[0] if chain else None
        if not of_sut:
            return
        if self._challenge is not None and mode.get("GenChallenge") != self._challenge[0]:
            text = f"GenChallenge {mode.get('GenChallenge')} instead of {self._challenge[0]}, the charger's"
            yield "X20-ChallengeEcho", "MUST", text
        yield from self._signed(event, chain, "PnC_AReqAuthorizationMode")
        yield from self._judged(event, chain, "contract", [*self._operators, *self._own], bool(self._operators))

    def _installation_request(self, event: Event, of_sut: bool) -> "_Findings":
        chain = _chain(event.body.get("OEMProvisioningCertificateChain"))
        self._provisioning = chain[0] if chain else None
        if of_sut:
            yield from self._signed(event, chain, "OEMProvisioningCertificateChain")
            yield from self._judged(event, chain, "oem-provisioning", self._own, bool(self._own))

    def _installation(self, event: Event, of_sut: bool) -> "_Findings":
        tree = event.body
        if not of_sut or not response_code(event).startswith("OK") or tree.get("EVSEProcessing") != "Finished":
            return
        provider = _chain(tree.get("CPSCertificateChain"))
        yield from self._signed(event, provider, "SignedInstallationData")
        yield from self._judged(event, provider, "cps", self._own, bool(self._own))
        installation = tree.get("SignedInstallationData")
        installation = installation if isinstance(installation, dict) else {}
        contract = _chain(installation.get("ContractCertificateChain"))
        yield from self._judged(event, contract, "contract", [*self._operators, *self._own], bool(self._operators))
        if contract:
            yield from self._delivery(installation, contract[0])

    def _delivery(self, installation: Tree, contract: x509.Certificate) -> "_Findings":
        kind = key_kind(contract.public_key())
        field = _FIELD_OF_KEY.get(kind)
        if field is not None and field not in installation:
            given = next((name for name in installation if name.endswith("EncryptedPrivateKey")), "no private key")
            if given != "TPM_EncryptedPrivateKey":
                yield "V2G20-2493", "MUST", f"{given} is delivered for a {kind} contract; it has to be {field}"
        if self._provisioning is not None:
            wanted = {"secp521r1": "SECP521", "ed448": "X448"}.get(key_kind(self._provisioning.public_key()))
            if wanted and installation.get("ECDHCurve") != wanted:
                text = f"ECDHCurve {installation.get('ECDHCurve')}, but the provisioning certificate needs {wanted}"
                yield "V2G20-2491", "MUST", text

    def _metering(self, event: Event, of_sut: bool) -> "_Findings":
        if of_sut and self._contract is not None:
            yield from self._signed(event, [self._contract], "SignedMeteringData")

    # ---- parts

    def _signed(self, event: Event, chain: Sequence[x509.Certificate], element: str) -> "_Findings":
        if not chain:
            yield "X20-Chain", "MUST", f"the certificate that signs {element} is missing or cannot be read"
            return
        for issue in verify(_COMMON, event.body, chain[0].public_key(), [element]).issues:
            yield issue.requirement or "X20-Signature", self._severity(issue), issue.text

    def _severity(self, issue: SignatureIssue) -> Severity:
        if self._bench and issue.code in _OF_THE_BENCH:
            return "NOTE"
        return "SHOULD" if issue.code == "form" else "MUST"

    def _judged(
        self,
        event: Event,
        chain: Sequence[x509.Certificate],
        kind: str,
        anchors: Sequence[x509.Certificate],
        anchored: bool,
    ) -> "_Findings":
        if not chain:
            return
        now = datetime.fromisoformat(event.utc)
        for issue in validate_chain(chain, anchors, now, f"iso15118-20-{kind}"):
            severity: Severity = "MUST" if issue.severity == "must" else "SHOULD"
            if (self._bench and issue.code in _OF_THE_BENCH) or (not anchored and issue.code == "unknown-root"):
                severity = "NOTE"
            yield issue.requirement or "X20-Chain", severity, issue.text


_Findings = Iterator[tuple[str, Severity, str]]


def _certificates(given: Sequence[str]) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(b64decode(der)) for der in given]


def _chain(tree: Any) -> list[x509.Certificate]:
    """Return the certificates of a chain in a message, leaf first; empty when one of them cannot be read."""
    if not isinstance(tree, dict):
        return []
    above = field_at(tree, "SubCertificates.Certificate")
    try:
        certificates = _certificates([tree["Certificate"], *(above if isinstance(above, list) else [])])
        for certificate in certificates:
            certificate.public_key()
    except (KeyError, TypeError, ValueError):
        return []
    return certificates


_JUDGES = {
    "AuthorizationSetupRes": SignatureMonitor._authorization_setup,
    "AuthorizationReq": SignatureMonitor._authorization,
    "CertificateInstallationReq": SignatureMonitor._installation_request,
    "CertificateInstallationRes": SignatureMonitor._installation,
    "MeteringConfirmationReq": SignatureMonitor._metering,
}
