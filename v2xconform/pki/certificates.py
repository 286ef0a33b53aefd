"""Builds one certificate from its specification; nothing here decides whether it is a good one."""

import hashlib
import ipaddress
import warnings
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from v2xconform.pki.keys import Key, PublicKey, digest_for
from v2xconform.pki.recipe import CertificateSpec

_SUBJECT: Final = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "DC": NameOID.DOMAIN_COMPONENT,
}
PURPOSES: Final = {
    "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
    "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
    "OCSPSigning": ExtendedKeyUsageOID.OCSP_SIGNING,
}
# Arcs below 2.25 need no registration (ITU-T X.667); these two are ours and mean nothing to anybody.
_FILLER: Final = x509.ObjectIdentifier("2.25.112358132134")
_UNKNOWN: Final = x509.ObjectIdentifier("2.25.112358132135")


def name_of(spec: CertificateSpec) -> x509.Name:
    """Return the subject as a distinguished name."""
    return x509.Name([x509.NameAttribute(_SUBJECT[field], value) for field, value in spec.subject.items()])


def encoding_problem(spec: CertificateSpec) -> str:
    """Say which name of *spec* X.509 cannot hold; empty when all is well."""
    for field, value in spec.subject.items():
        if field == "DC" and not value.isascii():
            return f"subject DC = {value!r} cannot be encoded: a domain component is ASCII (RFC 4519, 2.4)"
        try:
            with warnings.catch_warnings():
                # A common name of more than 64 characters is only warned about.
                warnings.simplefilter("error")
                x509.Name([x509.NameAttribute(_SUBJECT[field], value)]).public_bytes()
        except (ValueError, UserWarning) as error:
            return f"subject {field} = {value!r} cannot be encoded: {error}"
    for text in spec.subject_alternative_names:
        try:
            _general_name(text)
        except ValueError as error:
            return f"name {text!r} cannot be encoded: {error}"
    return ""


def build(
    spec: CertificateSpec,
    key: PublicKey,
    *,
    issuer: x509.Name,
    issuer_key: Key,
    authority: PublicKey,
    now: datetime,
    scope: str,
) -> x509.Certificate:
    """Build and sign a certificate for *key*; *scope* makes its serial number unique and repeatable."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(spec))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial(scope))
        .not_valid_before(now + spec.valid.start)
        .not_valid_after(now + spec.valid.end)
    )
    for extension, critical in _extensions(spec, key, authority):
        builder = builder.add_extension(extension, critical)
    # Deterministic ECDSA (RFC 6979): the same key and instant give the same bytes again.
    deterministic = True if isinstance(issuer_key, ec.EllipticCurvePrivateKey) else None
    return builder.sign(issuer_key, digest_for(issuer_key, spec.digest), ecdsa_deterministic=deterministic)


def serial(scope: str) -> int:
    """Return a positive serial number of at most 20 octets (RFC 5280, 4.1.2.2) that depends on *scope* alone."""
    return int.from_bytes(hashlib.sha256(scope.encode()).digest()[:19], "big") | 1


def tampered(der: bytes) -> bytes:
    """Flip the lowest bit of the last octet: the end of the signature in a certificate."""
    return der[:-1] + bytes([der[-1] ^ 1])


def tampered_certificate(certificate: x509.Certificate) -> x509.Certificate:
    """Return the certificate with a signature that no longer fits."""
    return x509.load_der_x509_certificate(tampered(certificate.public_bytes(Encoding.DER)))


def _extensions(
    spec: CertificateSpec, key: PublicKey, authority: PublicKey
) -> Iterator[tuple[x509.ExtensionType, bool]]:
    if "basicConstraints" not in spec.omit:
        path_length = spec.path_length if spec.ca else None
        yield x509.BasicConstraints(spec.ca, path_length), "basicConstraints" not in spec.not_critical
    if "keyUsage" not in spec.omit:
        yield key_usage(spec.key_usage), "keyUsage" not in spec.not_critical
    if spec.extended_key_usage:
        yield x509.ExtendedKeyUsage([PURPOSES[purpose] for purpose in spec.extended_key_usage]), False
    if "subjectKeyIdentifier" not in spec.omit:
        yield x509.SubjectKeyIdentifier.from_public_key(key), False
    if "authorityKeyIdentifier" not in spec.omit:
        yield x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), False
    if spec.subject_alternative_names:
        yield x509.SubjectAlternativeName([_general_name(text) for text in spec.subject_alternative_names]), False
    if spec.filler:
        yield x509.UnrecognizedExtension(_FILLER, _octets(spec.filler)), False
    if spec.unknown_critical_extension:
        yield x509.UnrecognizedExtension(_UNKNOWN, _octets(4)), True


def key_usage(bits: Iterable[str]) -> x509.KeyUsage:
    """Return the key usage extension with these bits, named as in RFC 5280, 4.2.1.3."""
    names = set(bits)
    return x509.KeyUsage(
        digital_signature="digitalSignature" in names,
        content_commitment="nonRepudiation" in names,
        key_encipherment="keyEncipherment" in names,
        data_encipherment="dataEncipherment" in names,
        key_agreement="keyAgreement" in names,
        key_cert_sign="keyCertSign" in names,
        crl_sign="cRLSign" in names,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _octets(count: int) -> bytes:
    """Return a DER OCTET STRING of *count* zero octets, so that the filler is a well-formed extension value."""
    length = count.to_bytes((count.bit_length() + 7) // 8 or 1, "big")
    header = bytes([count]) if count < 0x80 else bytes([0x80 | len(length)]) + length
    return b"\x04" + header + bytes(count)
