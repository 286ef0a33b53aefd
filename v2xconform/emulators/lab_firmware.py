"""Firmware files of the lab, and the certificates that sign them: what a station of ours trusts, and what it must not.

Everything is made once in a process. The files are tiny, their signatures are real: RSA-PSS with SHA-256 over the whole file
([L01.FR.04]). A file names its version and the hash of what follows; where that hash is wrong, installing it fails.
"""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

Trust = Literal["", "InvalidCertificate", "RevokedCertificate"]
_MAGIC: Final = b"v2xconform firmware"
_SIGNS: Final = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
_VERIFIES: Final = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
_SINCE: Final = datetime(2020, 1, 1, tzinfo=UTC)
_UNTIL: Final = datetime(2070, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SignedFirmware:
    """A file with what UpdateFirmware says of it."""

    data: bytes
    certificate: str
    """PEM."""
    signature: str
    """base64."""


@dataclass(frozen=True, slots=True)
class LabFirmware:
    """All of them."""

    good: SignedFirmware
    broken: SignedFirmware
    """Well signed, and not to be installed: its inner hash is wrong."""
    stranger: str
    """PEM of a signing certificate below a root that no station trusts."""
    expired: str
    revoked: str
    root: x509.Certificate
    revoked_serials: frozenset[int]


@cache
def lab_firmware() -> LabFirmware:
    """Return the firmware of the lab; the keys are new in each process."""
    root_key, signer_key = _ec(), rsa.generate_private_key(65537, 2048)
    root = _certificate("v2xconform firmware root", root_key.public_key(), None, root_key, ca=True)
    signer = _certificate("v2xconform firmware signer", signer_key.public_key(), root, root_key)
    revoked = _certificate("v2xconform lost signer", _ec().public_key(), root, root_key)
    expired = _certificate(
        "v2xconform old signer", _ec().public_key(), root, root_key, until=datetime(2021, 1, 1, tzinfo=UTC)
    )
    other_key = _ec()
    other = _certificate("stranger root", other_key.public_key(), None, other_key, ca=True)
    stranger = _certificate("stranger", _ec().public_key(), other, other_key)
    good, broken = firmware_file("2.0.0", b"lab station"), firmware_file("2.0.1", b"lab station", fits=False)
    return LabFirmware(
        _signed(good, signer, signer_key), _signed(broken, signer, signer_key),
        pem(stranger), pem(expired), pem(revoked), root, frozenset({revoked.serial_number}),
    )  # fmt: skip


def firmware_file(version: str, content: bytes, *, fits: bool = True) -> bytes:
    """Return a firmware file; `fits` says whether the hash in it is that of its content."""
    digest = hashlib.sha256(content if fits else content + b"?").hexdigest().encode()
    return b" ".join((_MAGIC, version.encode(), digest)) + b"\n" + content


def version_of(data: bytes) -> str:
    """Return the version of a firmware file that can be installed, empty for one that cannot."""
    head, _, content = data.partition(b"\n")
    *magic, version, digest = head.split(b" ") if head.count(b" ") >= 3 else [b"", b"", b""]
    right = b" ".join(magic) == _MAGIC and digest == hashlib.sha256(content).hexdigest().encode()
    return version.decode("ascii", "replace") if right else ""


def judged(certificate: str, utc: float, root: x509.Certificate, revoked: frozenset[int]) -> Trust:
    """Return with what a signing certificate (PEM) is refused, empty when it is good ([L01.FR.21], [L01.FR.22])."""
    try:
        found = x509.load_pem_x509_certificate(certificate.encode())
        found.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return "InvalidCertificate"
    moment = datetime.fromtimestamp(utc, UTC)
    if not found.not_valid_before_utc <= moment <= found.not_valid_after_utc:
        return "InvalidCertificate"
    return "RevokedCertificate" if found.serial_number in revoked else ""


def is_signed(data: bytes, signature: str, certificate: str) -> bool:
    """Tell whether a signature (base64) over a file was made with the key of a certificate (PEM) ([L01.FR.12])."""
    try:
        raw = b64decode(signature, validate=True)
        key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(raw, data, _VERIFIES, hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(raw, data, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except (ValueError, InvalidSignature, NoBase64):
        return False
    return True


def pem(certificate: x509.Certificate) -> str:
    """Return a certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _ec() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _signed(data: bytes, certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> SignedFirmware:
    return SignedFirmware(data, pem(certificate), b64encode(key.sign(data, _SIGNS, hashes.SHA256())).decode())


def _certificate(
    name: str,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool = False,
    until: datetime = _UNTIL,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(
        issuer_name=issuer.subject if issuer else subject, subject_name=subject, public_key=key,
        serial_number=x509.random_serial_number(), not_valid_before=_SINCE, not_valid_after=until,
    )  # fmt: skip
    return made.add_extension(x509.BasicConstraints(ca, None), critical=True).sign(issuer_key, hashes.SHA256())
