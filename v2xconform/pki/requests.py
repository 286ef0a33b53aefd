"""Certificate signing requests (PKCS #10, RFC 2986): how a station makes one, how a CSMS reads it, how its CA answers."""

from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from v2xconform.pki.certificates import key_usage
from v2xconform.pki.keys import Key, digest_for

_RSA_BITS: Final = 2048
_EC_BITS: Final = 224
_BEGIN: Final = "-----BEGIN "
"""Least lengths of keys ([A00.FR.502], [A00.FR.503])."""


def make_request(key: Key, common_name: str, organization: str, component: str = "") -> str:
    """Return a PEM request for *key*; *component* is the domain component that ISO 15118 wants of a charger."""
    names = [
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
    ]
    if component:
        names.append(x509.NameAttribute(NameOID.DOMAIN_COMPONENT, component))
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names)).sign(key, digest_for(key))
    return request.public_bytes(Encoding.PEM).decode()


def request_problem(text: str) -> str:
    """Return what is wrong with the *csr* of a SignCertificateRequest, empty when nothing is."""
    if _BEGIN not in text:
        return "the CSR is not encoded in PEM"
    try:
        request = x509.load_pem_x509_csr(text.encode())
        key = request.public_key()
        signed = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        return f"the CSR cannot be read as PKCS #10: {error or type(error).__name__}"
    if not signed:
        return "the signature of the CSR does not fit its key"
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _RSA_BITS:
        return f"the CSR has an RSA key of {key.key_size} bits; {_RSA_BITS} are the least"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < _EC_BITS:
        return f"the CSR has an EC key of {key.key_size} bits; {_EC_BITS} are the least"
    return ""


def subject_value(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    """Return the first value of a field of a name, empty without one."""
    return next((str(one.value) for one in name.get_attributes_for_oid(oid)), "")


def sign_request(
    text: str,
    issuer: x509.Certificate,
    issuer_key: Key,
    now: datetime,
    *,
    valid: tuple[timedelta, timedelta] = (timedelta(hours=-1), timedelta(days=365)),
    key: Key | None = None,
    subject: x509.Name | None = None,
) -> x509.Certificate:
    """Return the certificate that a CA makes of a request. Raises ValueError for a request that cannot be read.

    *valid* is its validity around *now*; *key* and *subject* take the place of those of the request, for wrong certificates.
    """
    request = x509.load_pem_x509_csr(text.encode())
    public = key.public_key() if key is not None else request.public_key()
    if not isinstance(
        public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
    ):
        raise ValueError(f"a {type(public).__name__} is no key for a certificate")
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject or request.subject)
        .issuer_name(issuer.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before((now + valid[0]).replace(microsecond=0))
        .not_valid_after((now + valid[1]).replace(microsecond=0))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(["digitalSignature"]), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    return builder.sign(issuer_key, digest_for(issuer_key))


def pem_of(chain: tuple[x509.Certificate, ...] | list[x509.Certificate]) -> str:
    """Return certificates as PEM, one behind the other."""
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in chain)


def read_pem(text: str) -> list[x509.Certificate]:
    """Return the certificates of a PEM text. Raises ValueError."""
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from None
