"""Block M at the CSMS: OCSP for stations, contracts of EVs (M01, M02, M06, M07)."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from v2xconform.emulators.csms.block import Handler, Payload
from v2xconform.emulators.ocpp_tls import ocpp_pki
from v2xconform.emulators.station.station import timestamp
from v2xconform.pki import Pki
from v2xconform.pki.hash_data import hash_data
from v2xconform.pki.keys import digest_for

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
_LIVES: Final = timedelta(days=1)
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
        pki = self._pki
        if pki is None:
            return None
        for name, issuer in _authorities(pki):
            own = hash_data(issuer, issuer, asked["hashAlgorithm"])
            sample = {"issuerKeyHash": own["issuerKeyHash"], "issuerNameHash": _name_hash(issuer, asked)}
            if any(sample[part] != asked[part].lower() for part in sample):
                continue
            key = pki.key(name)
            now = datetime.fromtimestamp(self.csms.utc(), UTC).replace(microsecond=0)
            builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
                bytes.fromhex(asked["issuerNameHash"]),
                bytes.fromhex(asked["issuerKeyHash"]),
                int(asked["serialNumber"], 16),
                _HASHES[asked["hashAlgorithm"]],
                ocsp.OCSPCertStatus.GOOD,
                now - timedelta(hours=1),
                now + _LIVES,
                None,
                None,
            )
            signed = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer).sign(key, digest_for(key))
            return signed.public_bytes(Encoding.DER)
        return None

    def chain_status(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer GetCertificateChainStatus (2.1, M07): one entry for each certificate that was asked about ([M07.FR.08])."""
        until = timestamp(self.csms.utc() + _LIVES.total_seconds())
        return {
            "certificateStatus": [
                {
                    "certificateHashData": one["certificateHashData"],
                    "source": one["source"],
                    "status": "Good" if self._ocsp(one["certificateHashData"]) is not None else "Failed",
                    "nextUpdate": until,
                }
                for one in payload["certificateStatusRequests"]
            ]
        }

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


def _authorities(pki: Pki) -> Iterator[tuple[str, x509.Certificate]]:
    for name, spec in pki.recipe.certificates.items():
        if spec.ca:
            yield name, pki.certificate(name)


def _name_hash(issuer: x509.Certificate, asked: Payload) -> str:
    """Return the hash of the name of a CA, as it stands in what the CA has issued."""
    digest = hashes.Hash(_HASHES[asked["hashAlgorithm"]])
    digest.update(issuer.subject.public_bytes())
    return digest.finalize().hex()
