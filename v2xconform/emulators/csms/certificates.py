"""Block M at the CSMS: OCSP and CRLs for stations, contracts of EVs (M01, M02, M06, M07), and what they are worth (C07)."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from v2xconform.emulators.csms.block import Handler, Payload
from v2xconform.emulators.ocpp_tls import ocpp_pki
from v2xconform.emulators.station.station import timestamp
from v2xconform.pki import Pki
from v2xconform.pki.hash_data import hash_data
from v2xconform.pki.keys import digest_for
from v2xconform.pki.requests import read_pem

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
_LIVES: Final = timedelta(days=1)
SERVED: Final = ("http://ocsp.v2xconform.invalid", "http://crl.v2xconform.invalid")
"""Where the OCSP responder and the CRLs of the lab's hierarchies are."""
_ANCHORS: Final = ("mo-root", "v2g-root")
"""Roots above the contracts that it takes."""
_NOT_GOOD: Final = frozenset(
    {"Expired", "Invalid", "Unknown", "NotAtThisLocation", "NotAtThisTime", "NotAllowedTypeEVSE"}
)
"""Statuses of a token with which a good certificate is that of a contract that is over ([C07.FR.13])."""
_EXI_RESPONSE: Final = bytes.fromhex("8098021000000000000000000000000000000000")
"""Stands for the CertificateInstallationRes of the operator behind the CSMS, which hands it on unread ([M01.FR.01])."""


@dataclass(frozen=True, slots=True)
class CertificatesPolicy:
    """Duties of the block."""

    answers_status: str = ""
    """Status in place of the one that the certificate deserves ([M06.FR.02], [M06.FR.04])."""
    sends_ocsp: bool = True
    """Sends the OCSP response with its Accepted ([M06.FR.03])."""
    ocsp_in_der: bool = True
    """The OCSP response is DER in base64 ([M06.FR.09])."""
    answers_contract: str = ""
    """Status of Get15118EVCertificate in place of Accepted."""
    contracts: int = 2
    """So many contracts a car has ([M01.FR.04])."""
    counts_down: bool = True
    """2.1: remainingContracts gets less with each answer ([M01.FR.07])."""
    tells_remaining: bool = True
    """2.1: remainingContracts is sent ([M01.FR.04])."""
    asks_responders: bool = True
    """Finds out whether a certificate was revoked ([M07.FR.03], [M07.FR.06], [C07.FR.05])."""
    answers_chain: str = ""
    """Status of every certificate of a chain, in place of the one that it deserves ([M07.FR.02] to [M07.FR.07])."""
    whole_chain: bool = True
    """2.1: tells the status of each certificate that was asked about ([M07.FR.08])."""
    status_lives_s: float = 86400.0
    """How long a status is good ([M07.FR.08])."""
    judges_contracts: bool = True
    """certificateStatus beside the status of a token that came with its certificate ([C07.FR.14])."""
    accepts_contracts: bool = False
    """Finds every contract certificate in order."""
    cancels_contracts: bool = True
    """ContractCancelled where the token is not good, and its certificate is ([C07.FR.13])."""


@dataclass(slots=True)
class Certificates:
    """The block of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
    _given: dict[tuple[str, str], int] = field(default_factory=dict)
    """(identity, EXI request) -> contracts that were handed out for it."""

    def __post_init__(self) -> None:
        self.handlers = {
            "GetCertificateStatus": self.status,
            "GetCertificateChainStatus": self.chain_status,
            "Get15118EVCertificate": self.contract,
        }

    @property
    def _pki(self) -> Pki | None:
        authority = self.csms.security.authority
        return ocpp_pki(authority.reach.tls.pki, self.csms.utc()) if authority is not None else None

    def status(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer GetCertificateStatus with the response of an OCSP responder (M06)."""
        policy = self.csms.policy.certificates
        response = self._ocsp(payload["ocspRequestData"])
        status = policy.answers_status or ("Accepted" if response is not None else "Failed")
        if status != "Accepted" or response is None or not policy.sends_ocsp:
            return {"status": status}
        return {"status": status, "ocspResult": b64encode(response).decode() if policy.ocsp_in_der else response.hex()}

    def _ocsp(self, asked: Payload) -> bytes | None:
        """Return the OCSP response (DER) for a certificate of the lab's hierarchies, None for any other."""
        found, pki = self._issuer(asked), self._pki
        if found is None or pki is None:
            return None
        name, issuer = found
        key = pki.key(name)
        now = datetime.fromtimestamp(self.csms.utc(), UTC).replace(microsecond=0)
        revoked = self._is_revoked(asked)
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            bytes.fromhex(asked["issuerNameHash"]),
            bytes.fromhex(asked["issuerKeyHash"]),
            int(asked["serialNumber"], 16),
            _HASHES[asked["hashAlgorithm"]],
            ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
            now - timedelta(hours=1),
            now + _LIVES,
            now - _LIVES if revoked else None,
            None,
        )
        signed = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer).sign(key, digest_for(key))
        return signed.public_bytes(Encoding.DER)

    def chain_status(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer GetCertificateChainStatus (2.1, M07): one entry for each certificate that was asked about ([M07.FR.08])."""
        policy = self.csms.policy.certificates
        until = timestamp(self.csms.utc() + policy.status_lives_s)
        asked = payload["certificateStatusRequests"]
        return {
            "certificateStatus": [
                {
                    "certificateHashData": one["certificateHashData"],
                    "source": one["source"],
                    "status": policy.answers_chain or self._revocation(one["certificateHashData"], one["urls"]),
                    "nextUpdate": until,
                }
                for one in (asked if policy.whole_chain else asked[:1])
            ]
        }

    def _revocation(self, asked: Payload, urls: list[str]) -> str:
        """Return the status of a certificate by its OCSP responder or CRL: CertificateStatusEnumType."""
        if not any(url.startswith(SERVED) for url in urls) or self._issuer(asked) is None:
            return "Failed"  # [M07.FR.02], [M07.FR.05]
        return "Revoked" if self._is_revoked(asked) else "Good"

    def _issuer(self, asked: Payload) -> tuple[str, x509.Certificate] | None:
        """Return the CA of the lab's hierarchies, and its name, that has issued the certificate of a CertID."""
        pki = self._pki
        for name, issuer in _authorities(pki) if pki is not None else ():
            own = hash_data(issuer, issuer, asked["hashAlgorithm"])
            sample = {"issuerKeyHash": own["issuerKeyHash"], "issuerNameHash": _name_hash(issuer, asked)}
            if all(sample[part] == asked[part].lower() for part in sample):
                return name, issuer
        return None

    def _is_revoked(self, asked: Payload) -> bool:
        pki = self._pki
        if pki is None or not self.csms.policy.certificates.asks_responders:
            return False
        known = pki.recipe.certificates
        serials = {pki.certificate(name).serial_number for name in self.csms.persona.revoked if name in known}
        return int(asked["serialNumber"], 16) in serials

    # ---- certificates that come with a token

    def judged(self, payload: Payload, status: str) -> tuple[str, str]:
        """Return the certificateStatus of an Authorize, empty where it has none, and the status of its token (C07)."""
        policy, chain = self.csms.policy.certificates, payload.get("iso15118CertificateHashData", [])
        if not policy.judges_contracts or ("certificate" not in payload and not chain):
            return "", status
        problem = self._chain_problem(payload["certificate"]) if "certificate" in payload else ""
        if not problem and any(self._issuer(one) is None for one in chain):
            problem = "CertChainError"
        if not problem and any(self._is_revoked(one) for one in chain):
            problem = "CertificateRevoked"
        if problem and not policy.accepts_contracts:
            return problem, "Expired" if problem == "CertificateExpired" else "Invalid"  # [C07.FR.15] to [C07.FR.17]
        if status in _NOT_GOOD and policy.cancels_contracts:
            return "ContractCancelled", status
        return "Accepted", status

    def _chain_problem(self, text: str) -> str:
        """Return what is wrong with a chain in PEM, leaf first, as AuthorizeCertificateStatusEnumType; empty: nothing."""
        try:
            chain = read_pem(text)
        except ValueError:
            return "CertChainError"
        now, pki = datetime.fromtimestamp(self.csms.utc(), UTC), self._pki
        anchors = [issuer for name, issuer in _authorities(pki) if name in _ANCHORS] if pki is not None else []
        path = [*chain, *(one for one in anchors if one.subject == chain[-1].issuer)]
        if len(path) == len(chain) or not all(_has_signed(above, one) for one, above in pairwise(path)):
            return "CertChainError"
        if any(one.not_valid_after_utc < now for one in chain):
            return "CertificateExpired"
        hashed = (hash_data(one, above) for one, above in pairwise(path))
        return "CertificateRevoked" if any(self._is_revoked(one) for one in hashed) else ""

    def contract(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer Get15118EVCertificate with what the operator behind the CSMS has sent (M01, M02)."""
        policy = self.csms.policy.certificates
        status = policy.answers_contract or "Accepted"
        answer: Payload = {"status": status, "exiResponse": b64encode(_EXI_RESPONSE).decode()}
        if status != "Accepted" or "maximumContractCertificateChains" not in payload:
            return answer
        key = session.identity, payload["exiRequest"]
        given = self._given[key] = self._given.get(key, 0) + 1
        if policy.tells_remaining:
            left = max(0, policy.contracts - (given if policy.counts_down else 1))
            answer["remainingContracts"] = left
        return answer


def _has_signed(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _authorities(pki: Pki) -> Iterator[tuple[str, x509.Certificate]]:
    for name, spec in pki.recipe.certificates.items():
        if spec.ca:
            yield name, pki.certificate(name)


def _name_hash(issuer: x509.Certificate, asked: Payload) -> str:
    """Return the hash of the name of a CA, as it stands in what the CA has issued."""
    digest = hashes.Hash(_HASHES[asked["hashAlgorithm"]])
    digest.update(issuer.subject.public_bytes())
    return digest.finalize().hex()
