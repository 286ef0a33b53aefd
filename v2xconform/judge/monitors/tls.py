"""The TLS monitor: handshakes of the SUT against the ISO 15118-20 profile (Tables 6, 7 and 8), and its certificate chain.

What the tester offers on a development bench (profile iso15118-20-p256) departs from the standard by agreement: findings that
follow from it are notes.
"""

from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cryptography import x509

from v2xconform.judge.context import Context
from v2xconform.judge.finding import Finding, Severity
from v2xconform.pki import validate_chain
from v2xconform.trace.events import Event

SUITES = ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")  # Table 6
GROUPS = ("secp521r1", "x448")  # Table 7
SIGNATURES = ("ecdsa_secp521r1_sha512", "ed448")  # Table 8
_PROFILE_OF = {"secc": "iso15118-20-secc", "evcc": "iso15118-20-vehicle"}
_OF_THE_BENCH = ("wrong-curve", "wrong-signature-algorithm")


class TlsMonitor:
    """Judges versions, suites, groups, signature algorithms, CertificateRequest, chain and staple of the SUT."""

    name = "tls"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._bench = context.tls_profile != "iso15118-20"
        self._anchors = [x509.load_der_x509_certificate(b64decode(der)) for der in context.anchors]
        self._begin()

    def _begin(self) -> None:
        self._version = ""
        self._requested = False
        self._asked_staple = False

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind == "open" and event.layer == "tcp":
            self._begin()
        if event.kind != "handshake" or not isinstance(event.body, dict):
            return
        if event.src != self._context.sut:
            if event.name == "ClientHello":
                self._asked_staple = "status_request" in event.body.get("extensions", ())
            return
        judge = _JUDGES.get(event.name)
        if judge is not None:
            for requirement, severity, text in judge(self, event.body, event):
                yield Finding(requirement, severity, f"TLS {event.name}: {text}", (event.id,))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())

    def _client_hello(self, body: dict[str, Any], event: Event) -> Iterator[tuple[str, Severity, str]]:
        if "TLSv1.3" not in body.get("versions", ()):
            yield "V2G20-2365", "MUST", f"TLS 1.3 is not offered, only {', '.join(body.get('versions', ()))}"
            return
        modern = [suite for suite in body.get("suites", ()) if suite.startswith(("TLS_AES", "TLS_CHACHA"))]
        yield from self._list("V2G20-2459", "cipher suites", modern, SUITES)
        yield from self._list("V2G20-1634", "groups", body.get("groups", ()), GROUPS)
        yield from self._list("V2G20-1667", "signature algorithms", body.get("signature_algorithms", ()), SIGNATURES)
        extensions = body.get("extensions", ())
        if "status_request" not in extensions:
            yield "V2G20-2372", self._strict("MUST"), "status_request is missing"
        if "certificate_authorities" not in extensions:
            text = "certificate_authorities is missing (it only matters where the charger holds chains to two roots)"
            yield "V2G20-1006", "SHOULD", text

    def _list(
        self, requirement: str, what: str, offered: Any, known: tuple[str, ...]
    ) -> Iterator[tuple[str, Severity, str]]:
        offered = list(offered)
        missing = [name for name in known if name not in offered]
        foreign = [name for name in offered if name not in known]
        if missing:
            yield requirement, self._strict("MUST"), f"{what} {', '.join(offered)} lack {', '.join(missing)}"
        if foreign and what == "cipher suites":
            yield requirement, self._strict("MUST"), f"{what} outside the profile: {', '.join(foreign)}"

    def _strict(self, severity: Severity) -> Severity:
        return "NOTE" if self._bench else severity

    def _server_hello(self, body: dict[str, Any], event: Event) -> Iterator[tuple[str, Severity, str]]:
        self._version = str(body.get("version", ""))
        if self._version != "TLSv1.3":
            yield "V2G20-1264", "MUST", f"version {self._version} was chosen, ISO 15118-20 needs TLS 1.3"
            return
        if body.get("suite") not in SUITES:
            yield "V2G20-2458", self._strict("MUST"), f"suite {body.get('suite')} is outside the profile"
        group = body.get("group")
        if group and group not in GROUPS:
            yield "V2G20-1637", self._strict("MUST"), f"group {group} is outside the profile"

    def _certificate_request(self, body: dict[str, Any], event: Event) -> Iterator[tuple[str, Severity, str]]:
        self._requested = True
        if not body.get("certificate_authorities"):
            text = "certificate_authorities is empty; it names the charger's V2G and OEM roots"
            yield "V2G20-2401", self._strict("SHOULD"), text
        algorithms = body.get("signature_algorithms", ())
        missing = [name for name in SIGNATURES if name not in algorithms]
        if missing:
            yield "V2G20-1667", self._strict("MUST"), f"signature algorithms lack {', '.join(missing)}"

    def _server_finished(self, body: dict[str, Any], event: Event) -> Iterator[tuple[str, Severity, str]]:
        if self._context.sut == "secc" and self._version == "TLSv1.3" and not self._requested:
            yield "V2G20-2400", "MUST", "the handshake ended without a CertificateRequest"

    def _certificate(self, body: dict[str, Any], event: Event) -> Iterator[tuple[str, Severity, str]]:
        chain = [b64decode(der) for der in body.get("chain", ())]
        if not chain:
            if self._context.sut == "evcc":
                yield "V2G20-1264", "MUST", "the vehicle shows no certificate although the charger asks for one"
            return  # what follows is the business of the other side, which has to refuse it
        staples = None
        if self._context.sut == "secc" and self._asked_staple:
            given = [b64decode(one) if one else None for one in body.get("staples", ())]
            staples = given + [None] * (len(chain) - len(given))
        now = datetime.fromisoformat(event.utc)
        for issue in validate_chain(chain, self._anchors, now, _PROFILE_OF[self._context.sut], staples=staples):
            severity: Severity = "MUST" if issue.severity == "must" else "SHOULD"
            if (self._bench and issue.code in _OF_THE_BENCH) or (not self._anchors and issue.code == "unknown-root"):
                severity = "NOTE"
            elif issue.code == "staple-missing":
                if issue.certificate not in (0, None):
                    continue  # OpenSSL, and with it most chargers, can staple for the leaf only
                severity = self._staple_severity()
            yield issue.requirement or "X20-Chain", severity, issue.text

    def _staple_severity(self) -> Severity:
        """A public charger must staple; a private one may not have to [V2G20-2388], [V2G20-2398]."""
        public = self._context.pics.get("PublicCharger", "unknown")
        if public == "no" or self._bench:
            return "NOTE"
        return "MUST" if public == "yes" else "SHOULD"


_JUDGES = {
    "ClientHello": TlsMonitor._client_hello,
    "ServerHello": TlsMonitor._server_hello,
    "CertificateRequest": TlsMonitor._certificate_request,
    "Certificate": TlsMonitor._certificate,
    "Finished": TlsMonitor._server_finished,
}
