"""Certificates and OCSP responses of a trace in the words of the report: a trace holds them as DER in base64."""

import base64
import binascii
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from v2xconform.report.bundle import text


def described(item: Any) -> dict[str, Any]:
    """Return a certificate as a mapping with subject, issuer, not_before, not_after and more, as far as it can be read.

    A mapping is taken as it is. What is no certificate (a device may send anything) is shown as its own subject.
    """
    if isinstance(item, dict):
        return item
    return _of_der(text(item))


@lru_cache(maxsize=512)
def _of_der(encoded: str) -> dict[str, Any]:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError):
        return {"subject": encoded[:120], "note": "not a certificate that can be read"}
    told: dict[str, Callable[[], Any]] = {
        "subject": certificate.subject.rfc4514_string,
        "issuer": certificate.issuer.rfc4514_string,
        "not_before": certificate.not_valid_before_utc.isoformat,
        "not_after": certificate.not_valid_after_utc.isoformat,
        "serial": lambda: f"{certificate.serial_number:X}",
        "key": lambda: _key_name(certificate.public_key()),
        "signed with": lambda: certificate.signature_algorithm_oid._name,
        "usage": lambda: ", ".join(
            usage._name for usage in certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        ),
        "SHA-256": lambda: certificate.fingerprint(SHA256()).hex(),
    }
    facts: dict[str, Any] = {}
    for name, tell in told.items():
        try:
            facts[name] = tell()
        except (ValueError, UnsupportedAlgorithm, x509.ExtensionNotFound):
            continue  # that field is broken or unknown; the others still tell something
    return facts


def described_staple(item: Any) -> Any:
    """Return an OCSP response (DER in base64) as a mapping with status and times; unreadable ones with a note."""
    from cryptography.x509 import ocsp

    try:
        response = ocsp.load_der_ocsp_response(base64.b64decode(text(item), validate=True))
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return {"response": response.response_status.name}
        until = response.next_update_utc
        return {
            "certificate status": response.certificate_status.name,
            "serial": f"{response.serial_number:X}",
            "this_update": response.this_update_utc.isoformat(),
            "next_update": until.isoformat() if until else "none",
        }
    except (binascii.Error, ValueError):
        return {"response": text(item)[:120], "note": "not an OCSP response that can be read"}


def _key_name(key: Any) -> str:
    curve = getattr(key, "curve", None)
    size = getattr(key, "key_size", "")
    return (
        str(curve.name) if curve else f"{type(key).__name__.removeprefix('_').removesuffix('PublicKey')} {size}".strip()
    )
