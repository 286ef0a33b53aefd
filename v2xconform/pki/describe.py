"""Reads what lies in a file of certificates, keys or OCSP responses and says it in plain fields, for `pki inspect`."""

import binascii
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_der_private_key,
    load_der_public_key,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtensionOID

from v2xconform.pki.certificates import PURPOSES
from v2xconform.pki.keys import key_name
from v2xconform.pki.revocation import UNDECODABLE
from v2xconform.pki.validation import readable, signature_name

_PEM: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_USAGES: Final = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}
_EXTENSIONS: Final = {
    ExtensionOID.BASIC_CONSTRAINTS: "basicConstraints",
    ExtensionOID.KEY_USAGE: "keyUsage",
    ExtensionOID.EXTENDED_KEY_USAGE: "extendedKeyUsage",
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME: "subjectAltName",
    ExtensionOID.NAME_CONSTRAINTS: "nameConstraints",
}
_SIGNING_KEYS: Final = (
    ec.EllipticCurvePublicKey,
    ed448.Ed448PublicKey,
    ed25519.Ed25519PublicKey,
    rsa.RSAPublicKey,
)


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds."""

    certificates: tuple[x509.Certificate, ...]
    staples: tuple[bytes, ...]
    """DER OCSP responses."""
    fields: tuple[dict[str, Any], ...]
    """Each thing in the file in plain JSON, in its order; ``kind`` says what it is."""


def read(data: bytes) -> Content:
    """Read PEM blocks, or one certificate, key or OCSP response as DER. Raises ValueError that says what is wrong."""
    blocks = list(_blocks(data))
    if not blocks:
        raise ValueError("neither PEM nor a DER certificate, key or OCSP response")
    with warnings.catch_warnings():
        # Doubtful encodings are shown, not warned about.
        warnings.simplefilter("ignore")
        return _read(blocks)


def _read(blocks: Iterable[tuple[str, bytes]]) -> Content:
    certificates: list[x509.Certificate] = []
    staples: list[bytes] = []
    fields: list[dict[str, Any]] = []
    for label, der in blocks:
        match label:
            case "CERTIFICATE":
                certificate = readable(der)
                if isinstance(certificate, str):
                    raise ValueError(f"block {len(fields) + 1} is no readable certificate: {certificate}")
                certificates.append(certificate)
                fields.append(describe_certificate(certificate))
            case "OCSP RESPONSE":
                staples.append(der)
                fields.append(describe_response(der))
            case _:
                fields.append(_describe_key(label, der))
    return Content(tuple(certificates), tuple(staples), tuple(fields))


def _blocks(data: bytes) -> Iterator[tuple[str, bytes]]:
    if b"-----BEGIN " not in data:
        yield from _der(data)
        return
    for label, body in _PEM.findall(data):
        # Encrypted keys of the old kind carry header lines before the base64 text.
        text = body.rpartition(b"\n\n")[2] if b"Proc-Type:" in body else body
        try:
            der = binascii.a2b_base64(b"".join(text.split()), strict_mode=True)
        except binascii.Error as error:
            raise ValueError(f"PEM block {label.decode()} is no base64: {error}") from None
        yield label.decode() + (" (encrypted)" if b"ENCRYPTED" in body else ""), der


def _der(data: bytes) -> Iterator[tuple[str, bytes]]:
    if not isinstance(readable(data), str):
        yield "CERTIFICATE", data
        return
    try:
        ocsp.load_der_ocsp_response(data)
    except UNDECODABLE:
        if "curve" in _describe_key("PRIVATE KEY", data):
            yield "PRIVATE KEY", data
        elif "curve" in _describe_key("PUBLIC KEY", data):
            yield "PUBLIC KEY", data
    else:
        yield "OCSP RESPONSE", data


def describe_certificate(certificate: x509.Certificate) -> dict[str, Any]:
    """Return the fields of a certificate that people ask for, as plain JSON."""
    extensions: dict[str, Any] = {}
    for extension in certificate.extensions:
        match extension.value:
            case x509.BasicConstraints(ca=ca, path_length=length):
                extensions |= {"ca": ca, "path_length": length}
            case x509.KeyUsage() as usage:
                extensions["key_usage"] = [name for field, name in _USAGES.items() if getattr(usage, field)]
            case x509.ExtendedKeyUsage() as purposes:
                names = {oid: name for name, oid in PURPOSES.items()}
                extensions["extended_key_usage"] = [names.get(oid, oid.dotted_string) for oid in purposes]
            case x509.SubjectAlternativeName() as names_:
                extensions["subject_alternative_names"] = [str(name.value) for name in names_]
            case x509.SubjectKeyIdentifier(digest=digest):
                extensions["subject_key_identifier"] = digest.hex().upper()
            case x509.AuthorityKeyIdentifier(key_identifier=identifier) if identifier:
                extensions["authority_key_identifier"] = identifier.hex().upper()
            case _:
                extensions.setdefault("other_extensions", []).append(extension.oid.dotted_string)
    return {
        "kind": "certificate",
        "subject": certificate.subject.rfc4514_string(),
        "issuer": certificate.issuer.rfc4514_string(),
        "serial": f"{certificate.serial_number:X}",
        "curve": key_name(certificate.public_key()),
        "signature": signature_name(certificate.signature_algorithm_oid),
        "not_before": certificate.not_valid_before_utc.isoformat(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
        "size": len(certificate.public_bytes(Encoding.DER)),
        **extensions,
        "critical": [_EXTENSIONS.get(e.oid, e.oid.dotted_string) for e in certificate.extensions if e.critical],
    }


def describe_response(der: bytes) -> dict[str, Any]:
    """Return the fields of a DER OCSP response as plain JSON. Raises ValueError when it cannot be read."""
    try:
        response = ocsp.load_der_ocsp_response(der)
        fields = {"kind": "ocsp-response", "status": response.response_status.name.lower(), "size": len(der)}
        if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
            return fields
        responder = response.responder_name
        key_hash = response.responder_key_hash
        return fields | {
            "responder": responder.rfc4514_string() if responder else (key_hash or b"").hex().upper(),
            "signature": signature_name(response.signature_algorithm_oid),
            "produced_at": response.produced_at_utc.isoformat(),
            "responder_certificates": [c.subject.rfc4514_string() for c in response.certificates],
            "answers": [_describe_answer(answer) for answer in response.responses],
        }
    except UNDECODABLE as error:
        raise ValueError(f"no readable OCSP response: {error or type(error).__name__}") from None


def _describe_answer(answer: ocsp.OCSPSingleResponse) -> dict[str, Any]:
    return {
        "serial": f"{answer.serial_number:X}",
        "status": answer.certificate_status.name.lower(),
        "this_update": answer.this_update_utc.isoformat(),
        "next_update": answer.next_update_utc.isoformat() if answer.next_update_utc else None,
        "revoked_at": answer.revocation_time_utc.isoformat() if answer.revocation_time_utc else None,
    }


def _describe_key(label: str, der: bytes) -> dict[str, Any]:
    kind = "public-key" if label.startswith("PUBLIC") else "private-key" if "PRIVATE KEY" in label else label.lower()
    fields = {"kind": kind, "size": len(der)}
    if "ENCRYPTED" in label or "(encrypted)" in label:
        return fields | {"note": "encrypted: needs its password"}
    if kind not in ("public-key", "private-key"):
        return fields | {"note": "not looked into"}
    try:
        key = load_der_public_key(der) if kind == "public-key" else load_der_private_key(der, None).public_key()
    except UNDECODABLE as error:
        return fields | {"note": f"cannot be read: {str(error).splitlines()[0]}"}
    fields["curve"] = key_name(key)
    if isinstance(key, _SIGNING_KEYS):
        fields["subject_key_identifier"] = x509.SubjectKeyIdentifier.from_public_key(key).digest.hex().upper()
    return fields
