"""Builds OCSP responses, good ones and broken ones (RFC 6960)."""

from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from v2xconform.pki.certificates import PURPOSES, key_usage, serial, tampered
from v2xconform.pki.keys import Key, algorithm_of, digest_for, key_for
from v2xconform.pki.recipe import StapleSpec

_STATUS: Final = {
    "good": ocsp.OCSPCertStatus.GOOD,
    "revoked": ocsp.OCSPCertStatus.REVOKED,
    "unknown": ocsp.OCSPCertStatus.UNKNOWN,
}


def respond(
    spec: StapleSpec,
    about: x509.Certificate,
    issuer: x509.Certificate,
    issuer_key: Key,
    signer: x509.Certificate,
    signer_key: Key,
    *,
    now: datetime,
    scope: str,
) -> bytes:
    """Return the DER OCSP response that *spec* describes for the certificate *about*, signed by *signer*."""
    if spec.status == "try-later":
        unsuccessful = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
        return unsuccessful.public_bytes(Encoding.DER)
    revoked = spec.status == "revoked"
    builder = ocsp.OCSPResponseBuilder().add_response(
        about,
        issuer,
        hashes.SHA256(),
        _STATUS[spec.status],
        now + spec.valid.start,
        now + spec.valid.end,
        now + spec.valid.start if revoked else None,
        x509.ReasonFlags.key_compromise if revoked else None,
    )
    if spec.delegate is not None:
        signer, signer_key = _delegate(spec.delegate, issuer, issuer_key, now, scope)
        builder = builder.certificates([signer])
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer)
    der = builder.sign(signer_key, digest_for(signer_key)).public_bytes(Encoding.DER)
    if spec.tamper:
        # The signature is the last element of a response without certificates, so its last octet is the last octet.
        return tampered(der)
    return der


def _delegate(
    purposes: tuple[str, ...], issuer: x509.Certificate, issuer_key: Key, now: datetime, scope: str
) -> tuple[x509.Certificate, Key]:
    """Make a responder certificate of the issuer (RFC 6960, 4.2.2.2)."""
    key = key_for(f"{scope}/responder", algorithm_of(issuer_key))
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "v2xconform OCSP responder")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(serial(f"{scope}/{issuer.serial_number}/responder"))
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(["digitalSignature"]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage([PURPOSES[p] for p in purposes]), critical=False)
    return builder.sign(issuer_key, digest_for(issuer_key)), key
