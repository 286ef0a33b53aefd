"""The smallest PKI that a TLS test needs: root, sub-CA, leaf, on the curve of choice; a staple for the leaf."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from v2xconform.links.tls_policy import Presented

Key = ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey
NOW = datetime.now(UTC)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
CURVES = {"p521": ec.SECP521R1(), "p256": ec.SECP256R1()}


def new_key(kind: str) -> Key:
    return ed448.Ed448PrivateKey.generate() if kind == "ed448" else ec.generate_private_key(CURVES[kind])


def digest(key: Key) -> hashes.SHA512 | hashes.SHA256 | None:
    if isinstance(key, ed448.Ed448PrivateKey):
        return None
    return hashes.SHA512() if key.curve.name == "secp521r1" else hashes.SHA256()


def issue(
    name: str, key: Key, issuer: Presented | None = None, *, ca: bool = True, days: tuple[int, int] = (-1, 30)
) -> Presented:
    """Issue a certificate, self-signed without an issuer; its chain runs up to, but without, the root."""
    subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer.key if issuer else key
    assert isinstance(signer, ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.chain[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([CLIENT, SERVER]), critical=False)
    certificate = builder.sign(signer, digest(signer))
    above = () if issuer is None or issuer.chain[0].issuer == issuer.chain[0].subject else issuer.chain
    return Presented((certificate, *above), key)


@cache
def root(kind: str) -> Presented:
    return issue(f"root {kind}", new_key(kind))


@cache
def sub_ca(kind: str) -> Presented:
    return issue(f"sub {kind}", new_key(kind), root(kind))


@cache
def leaf(kind: str, name: str, days: tuple[int, int] = (-1, 30)) -> Presented:
    return issue(name, new_key(kind), sub_ca(kind), ca=False, days=days)


@cache
def staple(kind: str, name: str) -> bytes:
    """Return a good OCSP response for a leaf, signed by its issuer."""
    issuer = sub_ca(kind)
    assert isinstance(issuer.key, ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey)
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            leaf(kind, name).chain[0],
            issuer.chain[0],
            hashes.SHA256(),
            ocsp.OCSPCertStatus.GOOD,
            NOW,
            NOW + timedelta(days=1),
            None,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.chain[0])
    )
    return builder.sign(issuer.key, digest(issuer.key)).public_bytes(Encoding.DER)
