"""What the ends of an OCPP link bring to TLS: security profiles 2 and 3, certificates from recipes or files.

OpenSSL, as pyOpenSSL gives it to us, can play all of A00: TLS 1.2 and 1.3, the four suites of [A00.FR.318] (the two of TLS_RSA
have to be named, they are off by default), an EC and an RSA certificate at one server, and, for wrong peers, TLS 1.1 (only
with security level 0). It keeps one list of sub-CAs for both certificates of a server: the lab's two leaves therefore stand
right below their roots.
"""

import ipaddress
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from v2xconform.emulators.charging_tls import lab_pki, read_credential, read_roots
from v2xconform.emulators.quirks import Quirk
from v2xconform.emulators.station import Dial, Station
from v2xconform.emulators.station.security import StationCredential
from v2xconform.lab.roles import Role
from v2xconform.lab.sut import OcppReach
from v2xconform.lab.yaml_lines import LabError
from v2xconform.links.errors import LinkError
from v2xconform.links.stream import Stream
from v2xconform.links.tls import Presented, TlsFailed, TlsPolicy
from v2xconform.links.tls_policy import Version
from v2xconform.pki import Credential, Pki, issue, validate_chain
from v2xconform.pki.certificates import tampered_certificate
from v2xconform.pki.keys import Key, key_for
from v2xconform.pki.requests import make_request, pem_of, sign_request, subject_value

ECDSA_SUITES: Final = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
RSA_SUITES: Final = "AES128-GCM-SHA256:AES256-GCM-SHA384"
FOUR_SUITES: Final = f"{ECDSA_SUITES}:{RSA_SUITES}"
"""[A00.FR.318], [A00.FR.319], in OpenSSL's names."""
OLD_SUITES: Final = "ALL:@SECLEVEL=0"
"""What TLS 1.1 needs."""
_GROUPS: Final = "prime256v1:secp384r1:x25519"
_KEEPS_S: Final = 14 * 24 * 3600.0
"""A PKI is issued around an instant; its shortest certificates that have to be good live for 90 days."""
_issued: dict[str, float] = {}
ROOTS: Final = {
    "CSMSRootCertificate": "csms",
    "V2GRootCertificate": "v2g",
    "MORootCertificate": "mo",
    "OEMRootCertificate": "oem",
    "ManufacturerRootCertificate": "manufacturer",
}
"""InstallCertificateUseEnumType -> anchor of the recipe."""
TOO_OLD: Final = "tls-1.1"
"""In place of a flaw of a certificate: the end speaks TLS 1.1 and nothing else."""


def ocpp_pki(recipe: str, utc: float) -> Pki:
    """Return the PKI of a recipe, or of a folder that was issued: the same one for a fortnight. Raises LabError."""
    since = _issued.get(recipe)
    if since is None or not since <= utc < since + _KEEPS_S:
        since = _issued[recipe] = utc // 3600 * 3600
    return lab_pki(recipe, since)


def ocpp_trust(reach: OcppReach, role: Role, utc: float) -> tuple[x509.Certificate, ...]:
    """Return the anchors to which the certificates of the peer of `role` must lead. Raises LabError.

    The roots of an operator stand above its CSMS and its stations alike ([A02.FR.06]). A lab that gives none of its own has
    those of the recipe.
    """
    if reach.tls.trust:
        return tuple(certificate for path in reach.tls.trust for certificate in read_roots(path))
    pki = ocpp_pki(reach.tls.pki, utc)
    return (*pki.anchors("csms"), *pki.anchors("csms-other"))


@dataclass(frozen=True, slots=True)
class Manner:
    """In what an end of ours differs from what TLS should be; quirks and Given steps say so."""

    credential: str = ""
    """Another credential of the recipe."""
    variant: str = ""
    """A variant of it: expired, unknown-root …, or `TOO_OLD`."""
    first: tuple[str, ...] = ()
    """A CSMS: variants for its first connections, one each."""
    minimum: Version = "TLSv1.2"
    maximum: Version = "TLSv1.3"
    suites: str = ""
    verify: bool | None = None
    """Refuses a wrong peer; None: as a device does and a tester does not."""
    checks_name: bool = True
    """A station: refuses a certificate of another host."""
    requires_certificate: bool = True
    """A CSMS, security profile 3: refuses a station without certificate."""


@dataclass(slots=True)
class Ends:
    """Makes the TLS policies of one actor; `strict`: it refuses what it must refuse, else it records and goes on."""

    reach: OcppReach
    utc: Callable[[], float]
    strict: bool
    quirks: Sequence[Quirk] = ()
    wishes: Mapping[str, Any] = field(default_factory=dict)
    connections: int = 0

    @property
    def manner(self) -> Manner:
        """Return what quirks and wishes make of TLS."""
        found: dict[str, Any] = {}
        for quirk in self.quirks:
            given = quirk.tls.model_dump(exclude_unset=True)
            renamed = {"require_peer_certificate": "requires_certificate"}
            found |= {renamed.get(name, name): value for name, value in given.items()}
        return Manner(**{**found, **self.wishes})

    @property
    def verifies(self) -> bool:
        """Whether this end refuses a peer whose chain is not good."""
        wanted = self.manner.verify
        return self.strict if wanted is None else wanted

    def equip(self, station: Station) -> None:
        """Give a new station the root of its CSMS, and a certificate of its own. Raises LabError."""
        pki = ocpp_pki(self.reach.tls.pki, self.utc())
        rsa_only = self.manner.suites == RSA_SUITES
        roots = self.reach.tls.trust or ()
        given = [one for path in roots for one in read_roots(path)] or [
            pki.certificate("csms-root-rsa" if rsa_only else "csms-root")
        ]
        for root in given:
            station.certificates.put("CSMSRootCertificate", root)
        variant = "" if self.manner.variant == TOO_OLD else self.manner.variant
        station.security.credential = station_credential(self.reach, station.persona.serial, self.utc(), variant)

    def station_policy(self, station: Station, dial: Dial) -> TlsPolicy | None:
        """Return the TLS of an attempt of a station, None without TLS."""
        if dial.security_profile not in (2, 3):
            return None
        manner, strict = self.manner, self.verifies
        roots = station.certificates.roots("CSMSRootCertificate")
        too_old = manner.variant == TOO_OLD
        return station_policy(
            station.security.shown if dial.security_profile == 3 else None,
            roots if self.strict else (*roots, *ocpp_trust(self.reach, "station", self.utc())),
            server_name=dial.endpoint.host,
            strict=strict,
            suites=manner.suites,
            minimum="TLSv1.1" if too_old else manner.minimum,
            maximum="TLSv1.1" if too_old else manner.maximum,
        )

    def csms_policy(self, profile: int, credential: str = "", variant: str = "") -> TlsPolicy | None:
        """Return the TLS of a CSMS for its next connection, None without TLS. Raises LabError."""
        if profile not in (2, 3):
            return None
        manner = self.manner
        planned = manner.first[self.connections] if self.connections < len(manner.first) else manner.variant
        variant = variant or planned
        self.connections += 1
        too_old = variant == TOO_OLD
        policy = csms_policy(
            self.reach,
            self.utc(),
            profile,
            strict=self.verifies,
            certificate=credential or manner.credential or "csms",
            variant="" if too_old else variant,
            minimum="TLSv1.1" if too_old else manner.minimum,
            maximum="TLSv1.1" if too_old else manner.maximum,
            suites=manner.suites,
        )
        if not manner.requires_certificate:
            policy = policy.using(require_peer_certificate=False)
        return policy


# ---- the station


def station_credential(reach: OcppReach, serial: str, utc: float, variant: str = "") -> StationCredential | None:
    """Return what a station of ours shows: from files, or from the recipe with its serial number as common name. LabError."""
    if reach.tls.credential is not None and not variant:
        chain, key = read_credential(reach.tls.credential)
        return StationCredential(chain, key)  # type: ignore[arg-type]  # OpenSSL judges the kind of key
    issued = _named_station(reach.tls.pki, ocpp_pki(reach.tls.pki, utc).now.timestamp(), serial, variant)
    return StationCredential(issued.chain, issued.key) if issued.chain else None


@cache
def _named_station(recipe: str, instant: float, serial: str, variant: str) -> Credential:
    pki = lab_pki(recipe, instant)
    try:
        spec = pki.recipe.certificates["station"]
        if not variant and spec.subject.get("CN") != serial:
            return _renamed(pki, serial)
        return pki.credential("station", variant or None)
    except KeyError as error:
        raise LabError(str(error.args[0])) from None


def _renamed(pki: Pki, serial: str) -> Credential:
    """Return the station's credential with another common name."""
    good = pki.credential("station")
    issuer, spec = pki.certificate("cso-sub"), pki.recipe.certificates["station"]
    key = key_for(f"station/{serial}", "secp256r1")
    request = make_request(key, serial, spec.subject.get("O", "v2xconform"))
    leaf = sign_request(request, issuer, pki.key("cso-sub"), pki.now)
    return Credential(
        good.name, None, good.what, good.role, (leaf, issuer), key, good.staple, (None, None), good.anchors, good.profile, (), (),
    )  # fmt: skip


def station_policy(
    credential: StationCredential | None,
    roots: tuple[x509.Certificate, ...],
    *,
    server_name: str,
    strict: bool,
    suites: str = "",
    minimum: Version = "TLSv1.2",
    maximum: Version = "TLSv1.3",
) -> TlsPolicy:
    """Return how a station speaks TLS; `strict`: it refuses what it must refuse, a tester records and goes on."""
    shown = Presented(credential.chain, credential.key) if credential is not None else None
    try:
        ipaddress.ip_address(server_name)
        server_name = ""  # RFC 6066 has no server_name for addresses
    except ValueError:
        pass
    return TlsPolicy(
        "OCPP station",
        minimum=minimum,
        maximum=maximum,
        suites_12=suites or (OLD_SUITES if minimum == "TLSv1.1" else FOUR_SUITES if not strict else ECDSA_SUITES),
        groups=_GROUPS,
        credential=shown,
        trust=roots,
        partial_chain=True,
        verify=strict,
        server_name=server_name,
    )


def server_problem(stream: Stream, host: str, *, wildcards: bool = False) -> str:
    """Return why the name of a server's certificate does not fit, empty when it does ([A00.FR.309])."""
    chain = stream.tls.peer_chain if stream.tls else ()
    if not chain:
        return "the CSMS has shown no certificate"
    leaf = x509.load_der_x509_certificate(b64decode(chain[0]))
    return "" if name_fits(leaf, host, wildcards=wildcards) else f"the certificate of the CSMS is not for {host}"


def name_fits(leaf: x509.Certificate, host: str, *, wildcards: bool = False) -> bool:
    """Tell whether a server certificate is for a host: by subjectAltName, or by its common name (RFC 6125)."""
    names = [subject_value(leaf.subject, NameOID.COMMON_NAME)]
    try:
        others = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names += others.get_values_for_type(x509.DNSName)
        names += [str(one) for one in others.get_values_for_type(x509.IPAddress)]
    except x509.ExtensionNotFound:
        pass
    host = host.lower().rstrip(".")
    for name in (one.lower() for one in names):
        if name == host:
            return True
        if wildcards and name.startswith("*.") and host.partition(".")[2] == name[2:]:
            return True
    return False


def why_refused(error: LinkError) -> str:
    """Return what a failed handshake tells a station: certificate, version or suite; empty when it tells nothing."""
    if not isinstance(error, TlsFailed):
        return ""
    text = str(error)
    if "protocol_version" in text or "unsupported protocol" in text or "wrong version" in text:
        return "version"
    if error.alert_from == "sent" and error.alert in _OF_CERTIFICATES:
        return "certificate"
    if error.alert == "insufficient_security" or "no shared cipher" in text:
        return "suite"
    return ""


_OF_CERTIFICATES: Final = (
    "bad_certificate", "unsupported_certificate", "certificate_revoked", "certificate_expired", "certificate_unknown",
    "unknown_ca", "decrypt_error",
)  # fmt: skip


# ---- the CSMS


def _served_pki(reach: OcppReach, utc: float) -> Pki:
    """Return the PKI whose server certificates bear the name by which the station knows the CSMS."""
    pki = ocpp_pki(reach.tls.pki, utc)
    return _named_pki(reach.tls.pki, pki.now.timestamp(), reach.server_name) if reach.server_name else pki


@cache
def _named_pki(recipe: str, instant: float, name: str) -> Pki:
    pki = lab_pki(recipe, instant)
    leaves = ("csms", "csms-rsa", "csms-new", "csms-other", "csms-other-rsa")
    named = {"subject": {"CN": name}, "subject_alternative_names": [name]}
    change = {leaf: named for leaf in leaves if leaf in pki.recipe.certificates}
    roots = {one: pki.key(one) for one, spec in pki.recipe.certificates.items() if spec.ca}
    return issue(pki.recipe, pki.now, change=change, keys=roots)


def csms_policy(
    reach: OcppReach,
    utc: float,
    profile: int,
    *,
    strict: bool,
    certificate: str = "csms",
    variant: str = "",
    minimum: Version = "TLSv1.2",
    maximum: Version = "TLSv1.3",
    suites: str = "",
) -> TlsPolicy:
    """Return how a CSMS speaks TLS in a security profile. Raises LabError for a certificate that the recipe does not have."""
    pki = _served_pki(reach, utc)
    more: tuple[Presented, ...] = ()
    if reach.tls.credential is not None and not variant and certificate == "csms":
        chain, key = read_credential(reach.tls.credential)
        shown = Presented(chain, key)  # type: ignore[arg-type]  # OpenSSL judges the kind of key
    else:
        try:
            issued = pki.credential(certificate, variant or None)
            other = f"{certificate}-rsa"
            if other in pki.recipe.credentials:  # both kinds of key [A00.FR.318], with the same flaw
                rsa = pki.credential(other, variant or None)
                more = (Presented(rsa.chain, rsa.key),)
        except KeyError as error:
            raise LabError(str(error.args[0])) from None
        shown = Presented(issued.chain, issued.key)
    old = "TLSv1.1" in (minimum, maximum)
    roots = (*ocpp_trust(reach, "csms", utc),)
    return TlsPolicy(
        "OCPP CSMS",
        minimum="TLSv1.1" if old else minimum,
        maximum=maximum,
        suites_12=suites or (OLD_SUITES if old else FOUR_SUITES),
        groups=_GROUPS,
        credential=shown,
        more_credentials=more,
        trust=roots if profile == 3 else (),
        require_peer_certificate=profile == 3,
        verify=strict,
        certificate_authorities=tuple(root.subject for root in roots) if profile == 3 else (),
    )


@dataclass(slots=True)
class Authority:
    """The certificate authority behind a CSMS of ours: it issues what stations ask for ([A02.FR.04])."""

    reach: OcppReach
    issued: list[x509.Certificate] = field(default_factory=list)

    def roots(self, utc: float) -> tuple[x509.Certificate, ...]:
        """Return the roots above the stations."""
        return ocpp_trust(self.reach, "csms", utc)

    def chain(self, csr: str, kind: str, utc: float, flaw: str = "") -> str:
        """Return the chain for a CSR as PEM, leaf first; `flaw` makes a wrong one. Raises ValueError for a bad CSR."""
        pki = ocpp_pki(self.reach.tls.pki, utc)
        now = datetime.fromtimestamp(utc, UTC)
        name = "cso-sub" if kind == "ChargingStationCertificate" else "cpo-sub"
        issuer, key = pki.certificate(name), pki.key(name)
        valid = (timedelta(hours=-1), timedelta(days=365))
        other_key: Key | None = None
        subject: x509.Name | None = None
        sent = [issuer]
        if flaw == "expired":
            valid = (timedelta(days=-30), timedelta(days=-1))
        elif flaw == "not-yet-valid":
            valid = (timedelta(days=2), timedelta(days=30))
        elif flaw == "unknown-root":
            issuer, key, sent = pki.certificate("stranger-root"), pki.key("stranger-root"), []
        elif flaw == "wrong-key":
            other_key = key_for("ocpp/somebody else", "secp256r1")
        elif flaw == "wrong-cn":
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "LAB-9999")])
        leaf = sign_request(csr, issuer, key, now, valid=valid, key=other_key, subject=subject)
        if flaw == "tampered":
            leaf = tampered_certificate(leaf)
        self.issued.append(leaf)
        return "no certificate" if flaw == "unreadable" else pem_of([leaf, *sent])

    def good(self, chain: tuple[str, ...], utc: float) -> str:
        """Return what is wrong with the chain that a station has shown (DER, base64), empty when nothing is."""
        now, given = datetime.fromtimestamp(utc, UTC), [b64decode(one) for one in chain]
        found = validate_chain(given, self.roots(utc), now, "ocpp-station")
        return next((issue.text for issue in found if issue.severity == "must"), "")


def lab_root(reach: OcppReach, name: str, utc: float) -> x509.Certificate:
    """Return a certificate of the lab's recipe by its name. Raises LabError."""
    try:
        return ocpp_pki(reach.tls.pki, utc).certificate(name)
    except KeyError as error:
        raise LabError(str(error.args[0])) from None
