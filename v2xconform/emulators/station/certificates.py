"""Block M: certificates of others: roots, OCSP, contracts of EVs (M01 to M06)."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from v2xconform.emulators.station.block import Handler, Payload, status_info
from v2xconform.pki.hash_data import hash_data, same
from v2xconform.pki.requests import read_pem
from v2xconform.protocols.ocpp.rpc import OnResult

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

CSMS_ROOT: Final = "CSMSRootCertificate"
_CHAIN: Final = "V2GCertificateChain"
_ENTRIES: Final = "SecurityCtrlr.CertificateEntries"
_STATUS: Final = "certificates.status"
_WEEK_S: Final = 7 * 24 * 3600.0
_RESPONDER: Final = "http://ocsp.v2xconform.invalid"


@dataclass(frozen=True, slots=True)
class CertificatesPolicy:
    """Duties of the block."""

    installs: bool = True
    """Keeps what it accepts ([M05.FR.01])."""
    one_of_a_kind: bool = False
    """A new certificate takes the place of all of its kind."""
    deletes_kind: bool = False
    """Deletes all of a kind with the one that was meant."""
    replaces: bool = True
    """A certificate that is there already is replaced ([M05.FR.17]), else it stands there twice."""
    keeps_over_reboot: bool = True
    checks_certificates: bool = True
    """Refuses what is expired, no CA or no certificate at all ([M05.FR.07])."""
    refuses_everything: bool = False
    fails_to_install: bool = False
    """Says Failed where it could have installed."""
    counts: bool = True
    """SecurityCtrlr.CertificateEntries is the number of certificates."""
    limits_entries: bool = True
    """Refuses more certificates than it has room for ([M05.FR.06])."""
    checks_additional: bool = True
    """AdditionalRootCertificateCheck: refuses a CSMS root that the old one has not signed ([M05.FR.11])."""
    keeps_fallback: bool = True
    """Keeps the old CSMS root until the new one has worked ([M05.FR.12])."""
    drops_fallback: bool = True
    """Removes the old CSMS root once the new one has worked ([M05.FR.13])."""
    finds: bool = True
    """Says what it has ([M03.FR.03])."""
    filters_by_type: bool = True
    says_not_found: bool = True
    """NotFound where nothing matches ([M03.FR.02])."""
    lists_all: bool = True
    """Lists every matching certificate ([M03.FR.04])."""
    hash_algorithm: str = "SHA256"
    right_hashes: bool = True
    """The hash of the issuer's key is that of the key alone, as in OCSP."""
    deletes: bool = True
    """Deletes what it says it deletes ([M04.FR.02])."""
    deletes_unknown: bool = False
    """Accepts to delete what it does not have."""
    protects_own: bool = True
    """Never deletes its own certificate ([M04.FR.06])."""
    asks_status: bool = True
    """Asks for the OCSP status of its V2G certificates ([M06.FR.06], [M06.FR.07])."""
    forwards: bool = True
    """Forwards CertificateInstallationReq of a car ([M01.FR.01])."""
    names_maximum: bool = True
    """2.1: maximumContractCertificateChains for ISO 15118-20 ([M01.FR.03])."""
    authorizes_anyway: bool = False
    """Goes on to the authorization although the car has got no contract."""
    asks_for_remaining: bool = True
    """2.1: goes on while there are remaining contracts ([M01.FR.06])."""


@dataclass(slots=True)
class Certificates:
    """The block of one station."""

    station: "Station"
    store: list[tuple[str, x509.Certificate]] = field(default_factory=list)
    """InstallCertificateUseEnumType and root, in the order of installation."""
    fallback: x509.Certificate | None = None
    """AdditionalRootCertificateCheck: the CSMS root that was replaced, until the new one has worked ([M05.FR.12])."""
    known_issuers: list[x509.Certificate] = field(default_factory=list)
    """CSMS roots that have signed others, gone or not: hash data name the issuer."""
    statuses: dict[str, str] = field(default_factory=dict)
    """Serial number of a V2G certificate -> OCSP response (base64)."""
    handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers = {
            "InstallCertificate": self.install_certificate,
            "DeleteCertificate": self.delete_certificate,
            "GetInstalledCertificateIds": self.installed_ids,
        }

    def roots(self, kind: str) -> tuple[x509.Certificate, ...]:
        """Return the installed roots of a kind."""
        found = [certificate for name, certificate in self.store if name == kind]
        if kind == CSMS_ROOT and self.fallback is not None:
            found.append(self.fallback)
        return tuple(found)

    def put(self, kind: str, certificate: x509.Certificate) -> None:
        """Put a root into the store; one that is there already is replaced ([M05.FR.17])."""
        same_one = [one for one in self.store if one[0] == kind and _der(one[1]) == _der(certificate)]
        if self.station.policy.certificates.one_of_a_kind:
            same_one = [one for one in self.store if one[0] == kind]
        for one in same_one if self.station.policy.certificates.replaces else ():
            self.store.remove(one)
        self.store.append((kind, certificate))
        self._count(0.0)

    def reset(self, now: float) -> None:
        """Power was lost: the store is kept."""
        if not self.station.policy.certificates.keeps_over_reboot:
            self.store.clear()
            self._count(now)

    def _count(self, now: float) -> None:
        if self.station.policy.certificates.counts and self.station.variables.find(_ENTRIES) is not None:
            self.station.variables.set(_ENTRIES, len(self.store), now)

    # ---- requests of the CSMS

    def install_certificate(self, payload: Payload, now: float) -> Payload:
        """Answer InstallCertificate (M05)."""
        policy, kind = self.station.policy.certificates, payload["certificateType"]
        if policy.refuses_everything:
            return {"status": "Rejected", "statusInfo": status_info("Unspecified")}
        if policy.fails_to_install:
            return {"status": "Failed", "statusInfo": status_info("Unspecified")}
        try:
            certificate = read_pem(payload["certificate"])[0]
        except (ValueError, IndexError):
            return {"status": "Rejected", "statusInfo": status_info("InvalidCertificate", "it is no PEM certificate")}
        problem = self._problem(certificate) if policy.checks_certificates else ""
        if problem:
            return {"status": "Rejected", "statusInfo": status_info("InvalidCertificate", problem)}
        limit = self.station.variables.find(_ENTRIES)
        known = any(name == kind and _der(one) == _der(certificate) for name, one in self.store)
        room = float("inf") if limit is None or limit.maximum is None else limit.maximum
        if policy.limits_entries and not known and len(self.store) >= room:
            return {"status": "Rejected", "statusInfo": status_info("OutOfStorage")}
        if kind == CSMS_ROOT and self.station.variables.flag("SecurityCtrlr.AdditionalRootCertificateCheck"):
            return self._replace_root(certificate, now)
        if policy.installs:
            self.put(kind, certificate)
        return {"status": "Accepted"}

    def _replace_root(self, certificate: x509.Certificate, now: float) -> Payload:
        """AdditionalRootCertificateCheck: one CSMS root at a time, signed by the one that it replaces ([M05.FR.09] …)."""
        current = [one for name, one in self.store if name == CSMS_ROOT]
        signer = next((old for old in current if _signed(certificate, old)), None)
        if current and signer is None and self.station.policy.certificates.checks_additional:
            text = "it is not signed by the CSMS root that it would replace"
            return {"status": "Rejected", "statusInfo": status_info("InvalidCertificate", text)}
        if current and self.station.policy.certificates.keeps_fallback:
            self.fallback = signer or current[-1]
            self.known_issuers.append(self.fallback)
        self.store = [one for one in self.store if one[0] != CSMS_ROOT]
        self.put(CSMS_ROOT, certificate)
        return {"status": "Accepted"}

    def trusted(self, chain: Sequence[str]) -> None:
        """The CSMS was trusted with a chain (DER, base64); where the new root did it, the old one goes ([M05.FR.13])."""
        new = next((one for name, one in self.store if name == CSMS_ROOT), None)
        if self.fallback is None or new is None or not chain or not self.station.policy.certificates.drops_fallback:
            return
        if _signed(x509.load_der_x509_certificate(b64decode(chain[0])), new):
            self.fallback = None

    def _problem(self, certificate: x509.Certificate) -> str:
        now = datetime.fromtimestamp(self.station.utc(), UTC)
        if now > certificate.not_valid_after_utc:
            return "it has expired"
        if now < certificate.not_valid_before_utc:
            return "it is not valid yet"
        try:
            constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        except x509.ExtensionNotFound:
            return ""
        return "" if constraints.ca else "it is no CA certificate"

    def installed_ids(self, payload: Payload, now: float) -> Payload:
        """Answer GetInstalledCertificateIds (M03)."""
        policy = self.station.policy.certificates
        wanted = payload.get("certificateType") if policy.filters_by_type else None
        found: list[Payload] = [
            {"certificateType": kind, "certificateHashData": self._hash(one, one)}
            for kind, one in self._roots_shown()
            if wanted is None or kind in wanted
        ]
        if wanted is None or _CHAIN in wanted:
            found += [self._hashed_chain(one.chain) for one in self.station.security.v2g.values()]
        if not policy.lists_all:
            found = found[:1]
        if not found and policy.says_not_found:
            return {"status": "NotFound"}
        if not policy.finds:
            return {"status": "NotFound"}
        return {"status": "Accepted", **({"certificateHashDataChain": found} if found else {})}

    def _roots_shown(self) -> list[tuple[str, x509.Certificate]]:
        return [*self.store, *([(CSMS_ROOT, self.fallback)] if self.fallback is not None else [])]

    def _hashed_chain(self, chain: tuple[x509.Certificate, ...]) -> Payload:
        """Return a V2G chain: the leaf, its sub-CAs as children ([M03.FR.05])."""
        roots = self.roots("V2GRootCertificate")
        issuer = next((one for one in roots if _signed(chain[-1], one)), chain[-1])
        above = [*chain[1:], issuer]
        hashed = [self._hash(one, by) for one, by in zip(chain, above, strict=True)]
        children = {"childCertificateHashData": hashed[1:]} if hashed[1:] else {}
        return {"certificateType": _CHAIN, "certificateHashData": hashed[0], **children}

    def _hash(self, certificate: x509.Certificate, issuer: x509.Certificate) -> dict[str, str]:
        policy = self.station.policy.certificates
        found = hash_data(certificate, self._issuer(certificate, issuer), policy.hash_algorithm)
        if not policy.right_hashes:
            found["issuerKeyHash"] = found["issuerNameHash"]
        return found

    def _issuer(self, certificate: x509.Certificate, given: x509.Certificate) -> x509.Certificate:
        """Return who has issued a certificate, where it is in the store; a root has issued itself."""
        if certificate.subject == certificate.issuer:
            return certificate
        known = [*(one for _, one in self._roots_shown()), *self.known_issuers]
        return next((one for one in known if _signed(certificate, one)), given)

    def delete_certificate(self, payload: Payload, now: float) -> Payload:
        """Answer DeleteCertificate (M04)."""
        policy, wanted = self.station.policy.certificates, payload["certificateHashData"]
        for entry in list(self.store):
            if same(hash_data(entry[1], self._issuer(entry[1], entry[1]), wanted["hashAlgorithm"]), wanted):
                if policy.deletes:
                    self.store.remove(entry)
                if policy.deletes_kind:
                    self.store = [one for one in self.store if one[0] != entry[0]]
                    self._count(now)
                return {"status": "Accepted"}
        if self._is_own(wanted):
            if not policy.protects_own:
                self.station.security.credential = None
                return {"status": "Accepted"}
            return {"status": "Failed", "statusInfo": status_info("InUse")}
        return {"status": "Accepted"} if policy.deletes_unknown else {"status": "NotFound"}

    def _is_own(self, wanted: dict[str, str]) -> bool:
        own = self.station.security.credential
        if own is None:
            return False
        issuers = [*own.chain[1:], *self.roots(CSMS_ROOT), own.chain[0]]
        return any(
            same(hash_data(own.chain[0], one, wanted["hashAlgorithm"]), wanted)
            for one in issuers
            if one.subject == own.chain[0].issuer
        )

    # ---- OCSP and contracts of cars

    def ask_status(self, chain: tuple[x509.Certificate, ...], now: float) -> None:
        """Ask for the OCSP status of a V2G chain, and again in a week ([M06.FR.06], [M06.FR.10])."""
        if not self.station.policy.certificates.asks_status:
            return
        roots = self.roots("V2GRootCertificate")
        issuer = next((one for one in roots if _signed(chain[-1], one)), None)
        path = [*chain, *([issuer] if issuer is not None else [])]
        for one, above in pairwise(path):
            data = {**hash_data(one, above), "responderURL": _RESPONDER}
            serial = data["serialNumber"]
            keep = self._keeper(serial)
            self.station.call("GetCertificateStatus", {"ocspRequestData": data}, now, keep)
        self.station.agenda.at(now + _WEEK_S - 3600.0, lambda at: self.ask_status(chain, at), _STATUS)

    def _keeper(self, serial: str) -> OnResult:
        def keep(answer: Payload, at: float) -> None:
            if answer["status"] == "Accepted":
                self.statuses[serial] = answer.get("ocspResult", "")

        return keep

    def install_contract(
        self,
        exi: str,
        now: float,
        *,
        schema: str = "urn:iso:15118:2:2013:MsgDef",
        action: str = "Install",
        chains: int = 0,
    ) -> None:
        """A car asks for a contract certificate: forward it to the CSMS (M01, M02); `exi` is its request in base64."""
        policy = self.station.policy.certificates
        if not policy.forwards:
            return
        tree: Payload = {"iso15118SchemaVersion": schema, "action": action, "exiRequest": exi}
        if chains and self.station.version == "ocpp2.1" and policy.names_maximum:
            tree["maximumContractCertificateChains"] = chains

        counted: list[float] = []

        def answered(answer: Payload, at: float) -> None:
            again = answer["status"] == "Accepted" and answer.get("remainingContracts", 0) > 0
            counted.append(at)
            if answer["status"] != "Accepted" and policy.authorizes_anyway:
                self.station.call("Authorize", {"idToken": {"idToken": "DE8AAA1B2C3D4E", "type": "eMAID"}}, at)
            if again and policy.asks_for_remaining and len(counted) < chains:
                self.station.call("Get15118EVCertificate", tree, at, answered)

        self.station.call("Get15118EVCertificate", tree, now, answered)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
