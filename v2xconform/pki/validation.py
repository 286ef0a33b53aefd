"""Judges a certificate chain as it came in a TLS handshake: path, profile and OCSP staples. No clock, no I/O.

Whatever a device sends is an answer: certificates that cannot be read become an issue, never an exception.
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from types import MappingProxyType
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from v2xconform.pki.certificates import PURPOSES
from v2xconform.pki.keys import key_name
from v2xconform.pki.profiles import PROFILES, Profile, Severity
from v2xconform.pki.revocation import CODES as STAPLE_CODES
from v2xconform.pki.revocation import UNDECODABLE, check_staple

_E = TypeVar("_E", bound=x509.ExtensionType)

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "empty-chain": "no certificate at all",
        "unreadable": "a certificate that cannot be decoded (RFC 5280, 4.1)",
        "expired": "past notAfter (RFC 5280, 6.1.3)",
        "not-yet-valid": "before notBefore (RFC 5280, 6.1.3)",
        "bad-signature": "the signature does not verify with the issuer's key (RFC 5280, 6.1.3)",
        "unknown-root": "the path ends at a CA that no trust anchor has issued (RFC 5280, 6.1)",
        "missing-issuer": "the certificate that issued the leaf was not sent (RFC 8446, 4.4.2)",
        "wrong-order": "certificates not in the order leaf, issuer, its issuer",
        "unused-certificate": "a certificate that is no part of the path",
        "root-sent": "the self-signed root was sent too",
        "not-a-ca": "an issuer without the CA flag (RFC 5280, 6.1.4 k)",
        "leaf-is-a-ca": "the leaf has the CA flag",
        "basic-constraints": "basic constraints missing or not critical",
        "path-length": "more CAs below than the path length allows (RFC 5280, 6.1.4 l, m)",
        "path-length-value": "not the path length that belongs to this place: sub-CA 1 has 1, sub-CA 2 has 0",
        "chain-too-long": "more than two sub-CAs and the leaf below the root",
        "root-issued-leaf": "the root issued the leaf itself",
        "key-usage": "key usage missing, not critical, or without the needed bit (RFC 5280, 4.2.1.3)",
        "extended-key-usage": "extended key usage does not allow this role in TLS (RFC 5280, 4.2.1.12)",
        "wrong-curve": "a key that the edition does not know",
        "wrong-signature-algorithm": "signed with an algorithm that the edition does not know",
        "too-large": "more bytes of DER than the edition allows",
        "domain-component": "the domain component (DC) is not the one of the role",
        "common-name": "the common name is not what the kind of certificate wants (eMAID, PCID)",
        "evccid": "common name is not an EVCCID, or not the one that the car gave",
        "subject": "the subject is not CN and O alone",
        "serial-number": "not a positive number of at most 20 octets (RFC 5280, 4.1.2.2)",
        "key-identifier": "subject or authority key identifier missing or not matching (RFC 5280, 4.2.1.1 and 4.2.1.2)",
        "unknown-critical-extension": "a critical extension that nobody knows (RFC 5280, 4.2)",
        **STAPLE_CODES,
    }
)
"""Every code that `validate_chain` and `check_staple` can give, and what it means."""

# These do not break the path: a receiver may go on.
_SHOULD: Final = frozenset({
    "wrong-order", "unused-certificate", "root-sent", "path-length-value", "key-identifier", "serial-number",
})  # fmt: skip
# Country, provider, nine characters and at most one check digit (DIN 91286); manufacturer, fourteen characters, check digit.
_COMMON_NAMES: Final = {
    "eMAID": re.compile(r"[A-Z]{2}-?[A-Z0-9]{3}-?[A-Z0-9]{9}(-?[A-Z0-9])?"),
    "PCID": re.compile(r"[A-Z0-9]{3}-?[A-Z0-9]{14}-?[A-Z0-9]"),
}
_SIGNATURES: Final = {
    x509.SignatureAlgorithmOID.ECDSA_WITH_SHA256: "ecdsa-with-SHA256",
    x509.SignatureAlgorithmOID.ECDSA_WITH_SHA384: "ecdsa-with-SHA384",
    x509.SignatureAlgorithmOID.ECDSA_WITH_SHA512: "ecdsa-with-SHA512",
    x509.SignatureAlgorithmOID.ED448: "ed448",
    x509.SignatureAlgorithmOID.ED25519: "ed25519",
    x509.SignatureAlgorithmOID.RSA_WITH_SHA256: "sha256WithRSAEncryption",
}


@dataclass(frozen=True, slots=True)
class PkiIssue:
    """One thing that is wrong with a chain."""

    code: str
    """A key of `CODES`."""
    requirement: str
    """Id of the broken requirement (V2G20-2674); empty where it is RFC 5280 alone."""
    severity: Severity
    """must: the receiver has to refuse the chain; should: a doubt that it may live with."""
    text: str
    """What is wrong with which certificate, and what would be right."""
    certificate: int | None
    """Place in the chain as it was sent, 0 is the leaf; None is the trust anchor or the chain as a whole."""


@dataclass(frozen=True, slots=True)
class _Found:
    code: str
    text: str
    at: int | None
    family: str = ""
    """edwards: of an Edwards curve, for which the editions have requirements of their own."""


@dataclass(frozen=True, slots=True)
class _Link:
    """A certificate of the path, and its place in the chain as sent (None: the anchor)."""

    certificate: x509.Certificate
    at: int | None


def validate_chain(
    chain: Sequence[x509.Certificate | bytes],
    anchors: Iterable[x509.Certificate],
    now: datetime,
    profile: Profile | str,
    *,
    staples: Sequence[bytes | None] | None = None,
    evccid: str | None = None,
) -> list[PkiIssue]:
    """Return everything that is wrong with a chain as sent (leaf first), judged at *now*; an empty list is a good one.

    Certificates are objects or DER. *staples* are the DER OCSP responses of the handshake, one for each certificate,
    None where none came; left out, revocation is not judged. *evccid* is what the car calls itself in SessionSetupReq.
    Raises KeyError for an unknown profile name and ValueError for a *now* without time zone, nothing else.
    """
    if now.tzinfo is None:
        raise ValueError("now has no time zone; give UTC")
    rules = PROFILES[profile] if isinstance(profile, str) else profile
    with warnings.catch_warnings():
        # Doubtful encodings of a device are judged here, not warned about.
        warnings.simplefilter("ignore")
        return [_issue(found, rules) for found in _judge(chain, tuple(anchors), now, rules, staples, evccid)]


def _issue(found: _Found, rules: Profile) -> PkiIssue:
    soft = found.code in _SHOULD or found.code in rules.softened
    general = rules.requirements.get(found.code, "")
    requirement = rules.requirements.get(f"{found.code}:{found.family}", general)
    return PkiIssue(found.code, requirement, "should" if soft else "must", found.text, found.at)


def _judge(
    sent: Sequence[x509.Certificate | bytes],
    anchors: Sequence[x509.Certificate],
    now: datetime,
    rules: Profile,
    staples: Sequence[bytes | None] | None,
    evccid: str | None,
) -> Iterator[_Found]:
    if not sent:
        yield _Found("empty-chain", f"no certificate was sent; needed is a {rules.about}", None)
        return
    chain: list[x509.Certificate] = []
    for at, given in enumerate(sent):
        read = readable(given)
        if isinstance(read, str):
            yield _Found("unreadable", f"certificate {at} cannot be read: {read}", at)
            return
        chain.append(read)
    yield from _each(chain, now, rules)
    yield from _leaf(chain[0], rules, evccid)
    path, problems = _path(chain, anchors)
    yield from problems
    yield from _cas(path, rules)
    anchor = path[-1] if path[-1].at is None else None
    if anchor is not None:
        yield from _validity(anchor.certificate, None, now)
    below = sum(1 for certificate in chain if certificate.subject != certificate.issuer)
    if below > rules.path_limit:
        text = f"{below} certificates below the root; at most {rules.path_limit}: leaf and two sub-CAs"
        yield _Found("chain-too-long", text, rules.path_limit)
    if anchor is not None and len(path) == 2 and rules.sub_ca_above_leaf:
        yield _Found("root-issued-leaf", f"the root {_name(anchor.certificate)} issued the leaf; a sub-CA must", 0)
    if staples is not None:
        yield from _staples(path, staples, now, rules)


def readable(given: x509.Certificate | bytes) -> x509.Certificate | str:
    """Return the certificate with everything in it decodable, or what cannot be decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            certificate = x509.load_der_x509_certificate(given) if isinstance(given, bytes) else given
            for extension in certificate.extensions:
                extension.value.public_bytes()
            certificate.public_key()
            certificate.subject.rfc4514_string()
            certificate.issuer.rfc4514_string()
            _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc, certificate.serial_number
    except UNDECODABLE as error:
        return str(error) or type(error).__name__
    return certificate


def _each(chain: Sequence[x509.Certificate], now: datetime, rules: Profile) -> Iterator[_Found]:
    """Yield what one certificate alone shows."""
    wanted = " or ".join(rules.algorithms)
    for at, certificate in enumerate(chain):
        yield from _validity(certificate, at, now)
        size = len(certificate.public_bytes(Encoding.DER))
        if size > rules.size_limit:
            text = f"{_name(certificate)} has {size} bytes of DER; at most {rules.size_limit}"
            yield _Found("too-large", text, at)
        if not 0 < certificate.serial_number < 1 << 159:
            text = f"{_name(certificate)} has the serial number {certificate.serial_number:X}; {CODES['serial-number']}"
            yield _Found("serial-number", text, at)
        curve = key_name(certificate.public_key())
        if curve not in rules.algorithms:
            yield _Found(
                "wrong-curve", f"{_name(certificate)} has a {curve} key; it must be {wanted}", at, _family(curve)
            )
        signature = signature_name(certificate.signature_algorithm_oid)
        if signature not in rules.algorithms.values():
            right = " or ".join(rules.algorithms.values())
            text = f"{_name(certificate)} is signed with {signature}; it must be {right}"
            yield _Found("wrong-signature-algorithm", text, at, _family(signature))
        for extension in certificate.extensions:
            if extension.critical and isinstance(extension.value, x509.UnrecognizedExtension):
                text = (
                    f"{_name(certificate)} has the critical extension {extension.oid.dotted_string}, which is unknown"
                )
                yield _Found("unknown-critical-extension", text, at)
        constraints = _extension(certificate, x509.BasicConstraints)
        if constraints is None:
            yield _Found("basic-constraints", f"{_name(certificate)} has no basic constraints", at)
        elif not constraints.critical:
            yield _Found("basic-constraints", f"basic constraints of {_name(certificate)} must be critical", at)
        usage = _extension(certificate, x509.KeyUsage)
        if usage is None:
            yield _Found("key-usage", f"{_name(certificate)} has no key usage", at)
        elif not usage.critical:
            yield _Found("key-usage", f"key usage of {_name(certificate)} must be critical", at)
        if _extension(certificate, x509.SubjectKeyIdentifier) is None:
            yield _Found("key-identifier", f"{_name(certificate)} has no subject key identifier", at)


def _family(algorithm: str) -> str:
    return "edwards" if algorithm.startswith("ed") else ""


def _validity(certificate: x509.Certificate, at: int | None, now: datetime) -> Iterator[_Found]:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > end:
        yield _Found(
            "expired", f"{_name(certificate)} expired {end:%Y-%m-%d %H:%M:%SZ}, now is {now:%Y-%m-%d %H:%M:%SZ}", at
        )
    if now < start:
        text = f"{_name(certificate)} is valid from {start:%Y-%m-%d %H:%M:%SZ}, now is {now:%Y-%m-%d %H:%M:%SZ}"
        yield _Found("not-yet-valid", text, at)


def _leaf(leaf: x509.Certificate, rules: Profile, evccid: str | None) -> Iterator[_Found]:
    constraints = _extension(leaf, x509.BasicConstraints)
    if constraints is not None and constraints.value.ca:
        yield _Found("leaf-is-a-ca", f"the leaf {_name(leaf)} has the CA flag", 0)
    usage = _extension(leaf, x509.KeyUsage)
    if usage is not None and not usage.value.digital_signature:
        yield _Found("key-usage", f"key usage of the leaf {_name(leaf)} lacks digitalSignature", 0)
    purposes = _extension(leaf, x509.ExtendedKeyUsage)
    wanted = PURPOSES[rules.purpose] if rules.purpose else None
    if purposes is None and rules.purpose_required:
        yield _Found(
            "extended-key-usage", f"the leaf {_name(leaf)} has no extended key usage; needed is {rules.purpose}", 0
        )
    elif purposes is not None and wanted is not None and wanted not in purposes.value:
        names = {oid: name for name, oid in PURPOSES.items()}
        given = ", ".join(names.get(oid, oid.dotted_string) for oid in purposes.value)
        yield _Found("extended-key-usage", f"the leaf {_name(leaf)} is for {given}; needed is {rules.purpose}", 0)
    if rules.domain_component is not None:
        components = _values(leaf, NameOID.DOMAIN_COMPONENT)
        if rules.domain_component not in components:
            text = f"the leaf has DC={', '.join(components) or '(none)'}; it must be DC={rules.domain_component}"
            yield _Found("domain-component", text, 0)
    if rules.common_name:
        called = _values(leaf, NameOID.COMMON_NAME)
        if len(called) != 1 or not _COMMON_NAMES[rules.common_name].fullmatch(called[0]):
            text = f"the leaf has CN={', '.join(called) or '(none)'}; it must be one {rules.common_name}"
            yield _Found("common-name", text, 0)
    if rules.vehicle_subject:
        yield from _vehicle_subject(leaf, evccid)


def _vehicle_subject(leaf: x509.Certificate, evccid: str | None) -> Iterator[_Found]:
    names = _values(leaf, NameOID.COMMON_NAME)
    if len(names) != 1 or not names[0]:
        yield _Found("evccid", f"the leaf has {len(names)} common names; it must have one, the EVCCID", 0)
    elif evccid is not None and names[0] != evccid:
        yield _Found("evccid", f"the leaf has CN={names[0]}; the car calls itself {evccid}", 0)
    kinds = sorted(attribute.oid.dotted_string for attribute in leaf.subject)
    if kinds != sorted([NameOID.COMMON_NAME.dotted_string, NameOID.ORGANIZATION_NAME.dotted_string]):
        text = f"the leaf has the subject {_name(leaf)}; it must be CN=<EVCCID>, O=<OEM> and nothing else"
        yield _Found("subject", text, 0)


def _path(chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]) -> tuple[list[_Link], list[_Found]]:
    """Walk from the leaf to an anchor through what was sent; return the path and what is wrong on the way."""
    path, found = [_Link(chain[0], 0)], []
    rest = {at: certificate for at, certificate in enumerate(chain) if at > 0}
    while path[-1].at is not None:
        below = path[-1]
        # A root that was sent is trusted only as an anchor, so anchors come first.
        candidates = [_Link(anchor, None) for anchor in anchors] + [_Link(c, at) for at, c in rest.items()]
        named = [link for link in candidates if link.certificate.subject == below.certificate.issuer]
        issuer = next((link for link in named if _signed(below.certificate, link.certificate)), None)
        if issuer is None:
            issuer, problem = _no_issuer(below, named)
            found.append(problem)
        if issuer is None:
            break
        found += _identifiers(below, issuer)
        if issuer.at is not None:
            if issuer.at != min(rest):
                text = f"{_name(issuer.certificate)} came as certificate {issuer.at}; its place is {min(rest)}"
                found.append(_Found("wrong-order", text, issuer.at))
            del rest[issuer.at]
        path.append(issuer)
    if path[-1].at is None:
        for at, certificate in rest.items():
            code = "root-sent" if certificate.subject == certificate.issuer else "unused-certificate"
            found.append(_Found(code, f"certificate {at}, {_name(certificate)}, is not needed: {CODES[code]}", at))
    return path, found


def _no_issuer(below: _Link, named: Sequence[_Link]) -> tuple[_Link | None, _Found]:
    """Say why no certificate has issued this one; go on with the one that claims to, where only its signature fails."""
    who, issuer = _name(below.certificate), below.certificate.issuer.rfc4514_string()
    claims = _extension(below.certificate, x509.AuthorityKeyIdentifier)
    for link in named:
        own = _extension(link.certificate, x509.SubjectKeyIdentifier)
        same_key = claims is None or own is None or claims.value.key_identifier == own.value.digest
        if same_key:
            text = f"the signature of {who} does not verify with the key of {_name(link.certificate)}"
            return link, _Found("bad-signature", text, below.at)
    if named:
        text = f"{who} was issued by another key than that of the known {issuer}"
        return None, _Found("unknown-root", text, below.at)
    if below.certificate.subject == below.certificate.issuer:
        return None, _Found("unknown-root", f"{who} is self-signed and no trust anchor", below.at)
    constraints = _extension(below.certificate, x509.BasicConstraints)
    code = "unknown-root" if constraints is not None and constraints.value.ca else "missing-issuer"
    text = f"the issuer of {who}, {issuer}, was not sent and is no trust anchor"
    return None, _Found(code, text, below.at)


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*UNDECODABLE, InvalidSignature):
        return False
    return True


def _identifiers(below: _Link, issuer: _Link) -> Iterator[_Found]:
    claims = _extension(below.certificate, x509.AuthorityKeyIdentifier)
    own = _extension(issuer.certificate, x509.SubjectKeyIdentifier)
    if claims is None:
        yield _Found("key-identifier", f"{_name(below.certificate)} has no authority key identifier", below.at)
    elif own is not None and claims.value.key_identifier != own.value.digest:
        text = f"authority key identifier of {_name(below.certificate)} does not name the key of its issuer"
        yield _Found("key-identifier", text, below.at)


def _cas(path: Sequence[_Link], rules: Profile) -> Iterator[_Found]:
    """Yield what is wrong with the sub-CAs of the path; an anchor is trusted as it is."""
    for height, link in enumerate(path):
        if height == 0 or link.at is None:
            continue
        who = _name(link.certificate)
        constraints = _extension(link.certificate, x509.BasicConstraints)
        if constraints is None or not constraints.value.ca:
            yield _Found("not-a-ca", f"{who} issued {_name(path[height - 1].certificate)} but has no CA flag", link.at)
        else:
            limit = constraints.value.path_length
            below = sum(1 for lower in path[1:height] if lower.certificate.subject != lower.certificate.issuer)
            if limit is not None and limit < below:
                yield _Found("path-length", f"{who} allows {limit} CAs below it; there are {below}", link.at)
            elif limit != height - 1 and height < rules.path_limit:
                given = "none" if limit is None else limit
                yield _Found("path-length-value", f"{who} has path length {given}; it should be {height - 1}", link.at)
        usage = _extension(link.certificate, x509.KeyUsage)
        if usage is not None and not usage.value.key_cert_sign:
            yield _Found("key-usage", f"key usage of the CA {who} lacks keyCertSign", link.at)


def _staples(path: Sequence[_Link], staples: Sequence[bytes | None], now: datetime, rules: Profile) -> Iterator[_Found]:
    for below, above in pairwise(path):
        at = below.at
        if at is None:
            continue
        response = staples[at] if at < len(staples) else None
        if response is None and not rules.staple_required:
            continue
        for code, text in check_staple(response, below.certificate, above.certificate, now):
            yield _Found(code, f"{_name(below.certificate)}: {text}", at)


def signature_name(algorithm: x509.ObjectIdentifier) -> str:
    """Name a signature algorithm as the profiles do; an unknown one by its object identifier."""
    return _SIGNATURES.get(algorithm, algorithm.dotted_string)


def _extension(certificate: x509.Certificate, kind: type[_E]) -> x509.Extension[_E] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def _values(certificate: x509.Certificate, field: x509.ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(field)]


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or "(no subject)"
