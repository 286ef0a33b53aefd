"""How OCPP names a certificate: CertificateHashDataType, the CertID of OCSP in hexadecimal (RFC 6960, 4.1.1)."""

import hashlib
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HASHES: Final = {"SHA256": hashlib.sha256, "SHA384": hashlib.sha384, "SHA512": hashlib.sha512}
"""HashAlgorithmEnumType -> its function."""


def hash_data(certificate: x509.Certificate, issuer: x509.Certificate, algorithm: str = "SHA256") -> dict[str, str]:
    """Return the hash data of a certificate; a root is its own issuer. Raises KeyError for an unknown algorithm."""
    digest = HASHES[algorithm]
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": digest(certificate.issuer.public_bytes()).hexdigest(),
        "issuerKeyHash": digest(key_bits(issuer)).hexdigest(),
        "serialNumber": f"{certificate.serial_number:x}",
    }


def key_bits(certificate: x509.Certificate) -> bytes:
    """Return the value of the BIT STRING of the public key, without tag, length and unused bits, as OCSP hashes it."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    raise ValueError(f"a {type(key).__name__} is no key that OCPP knows")


def same(one: dict[str, str], other: dict[str, str]) -> bool:
    """Tell whether two hash data mean the same certificate: hexadecimal in any case, serial numbers with any zeros."""
    names = ("hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber")
    return all(_plain(name, one.get(name, "")) == _plain(name, other.get(name, "")) for name in names)


def _plain(name: str, text: str) -> str:
    text = text.lower()
    return (text.lstrip("0") or "0") if name == "serialNumber" else text
