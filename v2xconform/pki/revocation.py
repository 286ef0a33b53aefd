"""Judges an OCSP response that was stapled in a handshake, for one certificate (RFC 6960, 3.2 and 4.2.2)."""

import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

LONGEST: Final = timedelta(weeks=1)
"""Longest time from thisUpdate to nextUpdate [V2G20-1021]."""

CODES: Final = {
    "staple-missing": "no OCSP response came for this certificate",
    "staple-unreadable": "the OCSP response cannot be decoded (RFC 6960, 4.2.1)",
    "staple-unsuccessful": "the responder gave an error instead of an answer (RFC 6960, 4.2.1)",
    "staple-other-certificate": "the OCSP response is about another certificate (RFC 6960, 3.2)",
    "staple-not-yet-valid": "thisUpdate lies ahead (RFC 6960, 4.2.2.1)",
    "staple-expired": "nextUpdate has passed (RFC 6960, 4.2.2.1)",
    "staple-too-long": "the OCSP response is valid for longer than a week, or without end",
    "staple-wrong-signer": "signed neither by the issuer nor by a responder of it (RFC 6960, 4.2.2.2)",
    "staple-bad-signature": "the signature of the OCSP response does not verify (RFC 6960, 3.2)",
    "staple-status-unknown": "the responder does not know the certificate",
    "revoked": "the certificate is revoked",
}
UNDECODABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises at certificates and responses that it cannot decode."""
_Problem = tuple[str, str]


def check_staple(
    response: bytes | None, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> list[_Problem]:
    """Return what is wrong with the DER *response* for *certificate* as (code of `CODES`, text); never raises."""
    if response is None:
        return [("staple-missing", CODES["staple-missing"])]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(_judge(ocsp.load_der_ocsp_response(response), certificate, issuer, now))
    except UNDECODABLE as error:
        return [("staple-unreadable", f"the OCSP response cannot be read: {error or type(error).__name__}")]


def _judge(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> Iterator[_Problem]:
    if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        yield "staple-unsuccessful", f"the OCSP responder answered {response.response_status.name}"
        return
    yield from _signer(response, issuer, now)
    answers = list(response.responses)
    answer = next((one for one in answers if _about(one, certificate, issuer)), None)
    if answer is None:
        serials = ", ".join(f"{one.serial_number:X}" for one in answers)
        yield (
            "staple-other-certificate",
            f"the OCSP response is about serial {serials}, not about {certificate.serial_number:X} of this issuer",
        )
        return
    start, end = answer.this_update_utc, answer.next_update_utc
    if now < start:
        yield "staple-not-yet-valid", f"thisUpdate of the OCSP response is {start:%Y-%m-%d %H:%M:%SZ}, after now"
    if end is None or end - start > LONGEST:
        given = "has no nextUpdate" if end is None else f"is valid for {end - start}"
        yield "staple-too-long", f"the OCSP response {given}; one week at most"
    if end is not None and now > end:
        yield "staple-expired", f"nextUpdate of the OCSP response was {end:%Y-%m-%d %H:%M:%SZ}"
    if answer.certificate_status == ocsp.OCSPCertStatus.REVOKED:
        yield "revoked", f"revoked since {answer.revocation_time_utc:%Y-%m-%d %H:%M:%SZ}"
    elif answer.certificate_status == ocsp.OCSPCertStatus.UNKNOWN:
        yield "staple-status-unknown", CODES["staple-status-unknown"]


def _about(answer: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, answer.hash_algorithm).build()
    return (answer.serial_number, answer.issuer_name_hash, answer.issuer_key_hash) == (
        asked.serial_number,
        asked.issuer_name_hash,
        asked.issuer_key_hash,
    )


def _signer(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> Iterator[_Problem]:
    if _names(response, issuer):
        signer = issuer
    else:
        delegate = next((one for one in response.certificates if _names(response, one)), None)
        problem = _delegate_problem(delegate, issuer, now)
        if problem or delegate is None:
            yield "staple-wrong-signer", f"the OCSP response is signed by {problem}"
            return
        signer = delegate
    if not _verifies(response, signer):
        yield "staple-bad-signature", CODES["staple-bad-signature"]


def _delegate_problem(delegate: x509.Certificate | None, issuer: x509.Certificate, now: datetime) -> str:
    if delegate is None:
        return "someone who is neither the issuer nor a responder whose certificate came along"
    who = f"the responder {delegate.subject.rfc4514_string()}"
    try:
        delegate.verify_directly_issued_by(issuer)
    except (*UNDECODABLE, InvalidSignature):
        return f"{who}, which the certificate's issuer has not issued"
    if not delegate.not_valid_before_utc <= now <= delegate.not_valid_after_utc:
        return f"{who}, whose certificate is not valid now"
    try:
        purposes = delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        purposes = x509.ExtendedKeyUsage([])
    return "" if ExtendedKeyUsageOID.OCSP_SIGNING in purposes else f"{who}, whose certificate lacks OCSPSigning"


def _names(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    """Tell whether the responder id of the response means this certificate."""
    if response.responder_key_hash is not None:
        return response.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest
    return response.responder_name == certificate.subject


def _verifies(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, data, signature = signer.public_key(), response.tbs_response_bytes, response.signature
    digest = response.signature_hash_algorithm
    try:
        match key, digest:
            case ed448.Ed448PublicKey() | ed25519.Ed25519PublicKey(), None:
                key.verify(signature, data)
            case ec.EllipticCurvePublicKey(), hashes.HashAlgorithm():
                key.verify(signature, data, ec.ECDSA(digest))
            case rsa.RSAPublicKey(), hashes.HashAlgorithm():
                key.verify(signature, data, padding.PKCS1v15(), digest)
            case _:
                return False
    except InvalidSignature:
        return False
    return True
