"""The security monitor: opening handshake, authentication, TLS and certificates of OCPP (A00, A02).

No text of a finding holds a password ([A01.FR.12]).
"""

import ipaddress
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Severity
from v2xconform.pki import validate_chain
from v2xconform.pki.hash_data import same
from v2xconform.protocols.ocpp import ends_connection, is_ocpp
from v2xconform.protocols.ocpp.handshake import credentials, identity_of
from v2xconform.trace.events import Event

GOOD_VERSIONS: Final = ("TLSv1.2", "TLSv1.3")
_ECDSA: Final = {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"}
_RSA: Final = {"TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384"}
_WEAK: Final = ("_NULL_", "_RC4_", "_3DES_", "_DES_", "_EXPORT_", "_anon_", "_MD5")
_DOUBTFUL: Final = ("unknown-root", "missing-issuer", "empty-chain")
"""Issues of a chain that the lab's own anchors may be to blame for, or that the other side has to act upon."""
_EVENT_S: Final = 60.0
"""Within which a refused certificate has to be reported as a security event ([A02.FR.07])."""
_CLOCKS: Final = timedelta(minutes=5)
"""By which the clocks of two sides may differ."""
_PROFILE_OF: Final = {"csms": "ocpp-csms", "station": "ocpp-station"}


class OcppSecurityMonitor:
    """Sees all events between a station and a CSMS."""

    name = "ocpp-security"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sut = context.sut
        self._anchors = [x509.load_der_x509_certificate(b64decode(der)) for der in context.anchors]
        self._profile = context.security_profile
        self._second: tuple[str, int] = ("", 0)
        """Second address of the tester's CSMS, as `:port`, and its security profile."""
        self._levels: dict[str, int] = {}
        """Link -> security profile of the address at which it was made."""
        self._csr: dict[str, Event] = {}
        """certificateType -> last SignCertificateRequest."""
        self._fulfilled: dict[bytes, Event] = {}
        """Public key -> CertificateSignedRequest that has come for it."""
        self._chains: dict[int, Event] = {}
        """GetCertificateChainStatusRequests of the station."""
        self._unreported: Event | None = None
        """A refused certificate of which no security event has told yet."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        body = event.body
        if event.kind == "note" and isinstance(body, dict) and "named" in body:
            self._noted(str(body["named"]), body["value"])
        elif event.kind == "open" and event.name == "accepted" and isinstance(body, dict):
            port, level = self._second
            at_second = bool(port) and str(body.get("local", "")).endswith(port)
            self._levels[event.link] = level if at_second else self._profile
        if event.kind == "handshake" and isinstance(body, dict):
            if event.layer == "websocket" and event.name == "upgrade" and event.src == self._sut == "station":
                yield from self._upgrade(event, body)
            elif event.layer == "tls":
                yield from self._tls(event, body)
        elif ends_connection(event.layer, event.kind):
            self._unreported = None  # what has to follow may follow on the next connection
        elif event.kind == "message" and is_ocpp(event.layer) and event.note != DELIBERATE and isinstance(body, dict):
            yield from self._message(event, body)
        if self._unreported is not None and event.seconds - self._unreported.seconds > _EVENT_S:
            late, self._unreported = self._unreported, None
            text = f"a refused certificate was not reported as a security event within {_EVENT_S:g} s"
            yield Finding("A02.FR.07", "MUST", text, (late.id,))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing: a test case may end before the time for a security event is over."""
        return iter(())

    def _noted(self, name: str, value: Any) -> None:
        """Take what a Given step has noted down about the way to the station."""
        if name == "security_profile":
            self._profile = int(value)
        elif name == "second_url":
            self._second = f":{str(value).rpartition(':')[2].partition('/')[0]}", self._profile
        elif name == "second_profile":
            self._second = self._second[0], int(value)

    # ---- opening handshake

    def _upgrade(self, event: Event, body: dict[str, Any]) -> Iterator[Finding]:
        headers = {str(name).lower(): str(value) for name, value in body.get("headers", ())}
        identity = identity_of(str(body.get("target", "")))
        given, level = headers.get("authorization"), self._levels.get(event.link, self._profile)
        if given is None:
            if level in (1, 2):
                text = f"security profile {level}, and no Authorization header"
                yield Finding("A00.FR.203", "MUST", text, (event.id,))
            return
        found = credentials(given)
        if found is None:
            if level in (1, 2):
                text = "the Authorization header is no Basic one with user and password in base64 of UTF-8"
                yield Finding("A00.FR.203", "MUST", text, (event.id,))
        elif found[0] != identity:
            text = f"the user name {found[0]!r} is not the identity {identity!r} of the URL"
            yield Finding("A00.FR.204", "MUST", text, (event.id,))
        elif len(found[1]) < 16 and level in (1, 2):
            text = f"the password has {len(found[1])} characters; 16 are the least"
            yield Finding("A00.FR.205", "MUST", text, (event.id,))

    # ---- TLS

    def _tls(self, event: Event, body: dict[str, Any]) -> Iterator[Finding]:
        if event.name == "established" and body.get("version") not in GOOD_VERSIONS:
            text = f"TLS: {body.get('version')} was agreed on; 1.2 is the least"
            yield Finding("A00.FR.313", "MUST", text, (event.id,))
        if event.src != self._sut:
            return
        if event.name == "ClientHello" and self._sut == "station":
            yield from self._hello(event, [str(one) for one in body.get("suites", ())])
        elif event.name == "Certificate" and body.get("chain"):
            yield from self._certificate(event, [b64decode(one) for one in body["chain"]])

    def _hello(self, event: Event, suites: list[str]) -> Iterator[Finding]:
        if not (set(suites) >= _ECDSA or set(suites) >= _RSA):
            text = "TLS ClientHello: it offers neither both suites of ECDHE_ECDSA nor both of RSA"
            yield Finding("A00.FR.319", "MUST", text, (event.id,))
        weak = [suite for suite in suites if any(part in suite for part in _WEAK)]
        if weak:
            text = f"TLS ClientHello: it offers {', '.join(weak)}, which nobody should use"
            yield Finding("A00.FR.320", "SHOULD", text, (event.id,))

    def _certificate(self, event: Event, chain: list[bytes]) -> Iterator[Finding]:
        role = self._sut
        for issue in validate_chain(chain, self._anchors, datetime.fromisoformat(event.utc), _PROFILE_OF[role]):
            if issue.severity != "must":
                continue
            soft = issue.code in _DOUBTFUL or (role == "station" and issue.code == "expired")  # [A00.FR.430]
            severity: Severity = "SHOULD" if soft else "MUST"
            yield Finding(issue.requirement or "A00.FR.508", severity, f"TLS Certificate: {issue.text}", (event.id,))
        try:
            subject = x509.load_der_x509_certificate(chain[0]).subject
        except ValueError:
            return
        if not subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME):
            yield Finding("A00.FR.509", "MUST", "TLS Certificate: the subject has no organization name", (event.id,))
        names = [str(one.value) for one in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        requirement = "A00.FR.511" if role == "station" else "A00.FR.510"
        if not names:
            yield Finding(requirement, "MUST", "TLS Certificate: the subject has no common name", (event.id,))
        elif role == "station" and _is_place(names[0]):
            text = f"TLS Certificate: the common name {names[0]!r} is an address or a URL, no serial number"
            yield Finding(requirement, "MUST", text, (event.id,))

    # ---- certificates in messages

    def _message(self, event: Event, body: dict[str, Any]) -> Iterator[Finding]:
        if event.name == "SignCertificateRequest":
            yield from self._asked(event, body)
        elif event.name == "CertificateSignedRequest":
            yield from self._signed(event, body)
        elif event.name == "GetCertificateStatusResponse" and event.src == self._sut:
            yield from self._status(event, str(body.get("ocspResult", "")))
        elif event.name == "GetCertificateChainStatusRequest":
            self._chains[event.id] = event
        elif event.name == "GetCertificateChainStatusResponse" and event.src == self._sut:
            yield from self._chain(event, body.get("certificateStatus", []))
        elif event.name == "CertificateSignedResponse" and event.src == self._sut:
            if body.get("status") == "Rejected":
                self._unreported = event
        elif body.get("type") == "InvalidChargingStationCertificate":
            self._unreported = None

    def _status(self, event: Event, encoded: str) -> Iterator[Finding]:
        """An OCSP response that is handed on is one of now."""
        try:
            told = ocsp.load_der_ocsp_response(b64decode(encoded))
            until = told.next_update_utc
        except ValueError:
            return  # none, or none that can be read: a rule on single messages says so
        if until is not None and until < datetime.fromisoformat(event.utc) - _CLOCKS:
            text = f"the OCSP response was good until {until}"
            yield Finding("M06.FR.03", "MUST", text, (event.id,))

    def _chain(self, event: Event, told: list[dict[str, Any]]) -> Iterator[Finding]:
        """Each certificate that was asked about has its status, and one that was found out is good for a while."""
        request = self._chains.pop(event.ref.get("answers", 0), None)
        wanted = request.body.get("certificateStatusRequests", []) if request is not None else []
        for one in wanted:
            if not any(_same_question(one, other) for other in told):
                number = one["certificateHashData"].get("serialNumber")
                text = f"nothing is said of the certificate {number}, whose status by {one.get('source')} was asked for"
                yield Finding("M07.FR.08", "MUST", text, (request.id, event.id) if request is not None else (event.id,))
        for one in told:
            if request is not None and not any(_same_question(other, one) for other in wanted):
                number = one.get("certificateHashData", {}).get("serialNumber")
                text = f"nobody has asked for the status of the certificate {number} by {one.get('source')}"
                yield Finding("M07.FR.08", "MUST", text, (request.id, event.id))
            try:
                until = datetime.fromisoformat(str(one.get("nextUpdate")))
                over = until < datetime.fromisoformat(event.utc) - _CLOCKS
            except (ValueError, TypeError):
                continue  # a rule on single messages says so
            if over and one.get("status") in ("Good", "Revoked"):
                text = f"the status {one.get('status')} was good until {until}"
                yield Finding("M07.FR.08", "MUST", text, (event.id,))

    def _asked(self, event: Event, body: dict[str, Any]) -> Iterator[Finding]:
        self._csr[str(body.get("certificateType", "ChargingStationCertificate"))] = event
        key = _key_of_csr(str(body.get("csr", "")))
        if key is not None and key in self._fulfilled and event.src == self._sut:
            text = "the CSR is for a key pair for which a certificate has come already; each one has its own"
            yield Finding("A02.FR.02", "MUST", text, (self._fulfilled[key].id, event.id))

    def _signed(self, event: Event, body: dict[str, Any]) -> Iterator[Finding]:
        asked = self._csr.get(str(body.get("certificateType", "ChargingStationCertificate")))
        if asked is None and len(self._csr) == 1:  # certificateType is only recommended [A02.FR.14]
            asked = next(iter(self._csr.values()))
        try:
            leaf = x509.load_pem_x509_certificates(str(body.get("certificateChain", "")).encode())[0]
            key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return  # a rule on single messages says so
        wanted = _key_of_csr(str(asked.body.get("csr", ""))) if asked is not None else None
        if wanted is not None and wanted == key:
            self._fulfilled[key] = event
        if event.src != self._sut or asked is None:
            return
        if wanted is not None and wanted != key:
            text = "the certificate is for another key than that of the CSR"
            yield Finding("A02.FR.06", "MUST", text, (asked.id, event.id))
        number = asked.body.get("requestId")
        if number is not None and body.get("requestId") != number:
            text = f"requestId {body.get('requestId')} answers the CSR with requestId {number}"
            yield Finding("A02.FR.25", "MUST", text, (asked.id, event.id))
        now = datetime.fromisoformat(event.utc)
        if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
            text = f"the certificate is valid from {leaf.not_valid_before_utc} to {leaf.not_valid_after_utc}, not now"
            yield Finding("A02.FR.06", "MUST", text, (event.id,))


def _same_question(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether a question for a status and a status are about the same certificate and source."""
    hashes = one.get("certificateHashData", {}), other.get("certificateHashData", {})
    return one.get("source") == other.get("source") and same(*hashes)


def _key_of_csr(text: str) -> bytes | None:
    try:
        key = x509.load_pem_x509_csr(text.encode()).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _is_place(name: str) -> bool:
    """Tell whether a name is an IP address or a URL."""
    if "://" in name:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
