"""What one end of a TLS connection offers, presents and demands; ready-made policies for ISO 15118."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

PrivateKey = ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
Version = Literal["TLSv1.1", "TLSv1.2", "TLSv1.3"]
"""TLS 1.1 is for ends that shall be refused; it needs suites with ``@SECLEVEL=0``."""


class Credential(Protocol):
    """What an end presents: `v2xconform.pki`'s credentials are such, and so is a `Presented`."""

    @property
    def chain(self) -> Sequence[x509.Certificate]:
        """As it is sent: leaf first; empty presents nothing."""

    @property
    def key(self) -> PrivateKey:
        """Private key of the leaf."""


@dataclass(frozen=True, slots=True)
class Presented:
    """A chain and its key."""

    chain: tuple[x509.Certificate, ...]
    key: PrivateKey


@dataclass(frozen=True, slots=True)
class TlsPolicy:
    """One end of a TLS connection. Take a ready-made one and adapt it with `using`; give it to `tls_client` or
    `tls_server`. Lists are colon separated, names as OpenSSL knows them, the preferred first; empty means its default.
    """

    name: str
    minimum: Version = "TLSv1.3"
    maximum: Version = "TLSv1.3"
    suites: str = ""
    """Cipher suites of TLS 1.3: TLS_AES_256_GCM_SHA384 …"""
    suites_12: str = ""
    """Cipher suites of TLS 1.2, in OpenSSL's names: ECDHE-ECDSA-AES128-SHA256 …"""
    groups: str = ""
    """secp521r1, x448, prime256v1 …; set it always: the library's default makes a ClientHello of 1.4 kB."""
    signatures: str = ""
    """Signature algorithms: ecdsa_secp521r1_sha512, ed448 …"""
    credential: Credential | None = None
    more_credentials: tuple[Credential, ...] = ()
    """At a server: certificates with other kinds of keys, of which OpenSSL takes the one that fits the suite; their chains
    hold the leaf alone, since the library has one list of sub-CAs for all."""
    trust: tuple[x509.Certificate, ...] = ()
    """Trust anchors against which the peer's chain is checked."""
    require_peer_certificate: bool = True
    """At a server: ask for a certificate, and refuse a client that sends none. A client always gets one."""
    partial_chain: bool = False
    """A trust anchor need not be self-signed: OCPP has roots that an older one has signed ([M05.FR.10])."""
    verify: bool = True
    """Refuse a peer whose chain is not good; when off, what is wrong with it is recorded and accepted."""
    certificate_authorities: tuple[x509.Name, ...] = ()
    """At a server: the authorities in the CertificateRequest [V2G20-2401]. The library cannot send any as client."""
    staple: bytes | None = None
    """At a server: OCSP response (DER) for the leaf, sent when the client asks. The library staples no others."""
    request_staple: bool = False
    """At a client: ask for an OCSP response [V2G20-2372]."""
    server_name: str = ""
    """At a client: name in the server_name extension; ISO 15118 uses none."""
    alpn: tuple[str, ...] = ()
    """Application protocols, for HTTPS; ISO 15118 uses none."""

    def using(self, **changes: Any) -> "TlsPolicy":
        """Return this policy with some fields changed."""
        return replace(self, **changes)


PROFILE_20: Final = TlsPolicy(
    "ISO 15118-20",
    suites="TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",  # Table 6, [V2G20-2458], [V2G20-2459]
    groups="secp521r1:x448",  # Table 7, [V2G20-1634], [V2G20-1637]
    signatures="ecdsa_secp521r1_sha512:ed448",  # Table 8, [V2G20-1667]
    request_staple=True,
)
"""TLS 1.3 with the lists of ISO 15118-20, certificates both ways [V2G20-1264], [V2G20-2400]."""

PROFILE_20_P256: Final = PROFILE_20.using(
    name="TLS 1.3 on prime256v1", groups="prime256v1", signatures="ecdsa_secp256r1_sha256:ecdsa_secp521r1_sha512:ed448"
)
"""For counterparts that speak ISO 15118-20 with the curve of ISO 15118-2; not what the standard says."""

PROFILE_2: Final = TlsPolicy(
    "ISO 15118-2",
    minimum="TLSv1.2",
    maximum="TLSv1.2",
    suites_12="ECDHE-ECDSA-AES128-SHA256",  # ECDH-ECDSA, the other one of the standard, is gone from OpenSSL
    groups="prime256v1",
    signatures="ecdsa_secp256r1_sha256",
    require_peer_certificate=False,
    request_staple=True,
)
"""TLS 1.2 of ISO 15118-2: only the server presents a certificate."""

PROFILES: Final[dict[str, TlsPolicy]] = {"20": PROFILE_20, "20-p256": PROFILE_20_P256, "2": PROFILE_2}
"""The ready-made policies by short name, as lab files write them."""
