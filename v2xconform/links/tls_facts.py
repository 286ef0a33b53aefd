"""What a TLS handshake came to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """Facts of an established TLS connection; also the body of its `established` event."""

    role: str
    """client or server."""
    version: str
    """TLSv1.3 or TLSv1.2."""
    suite: str
    """Name as OpenSSL writes it: TLS_AES_256_GCM_SHA384, ECDHE-ECDSA-AES128-SHA256."""
    group: str | None
    """Name of the key exchange group, None where the library does not tell."""
    alpn: str
    """Application protocol that was agreed on; empty without one."""
    peer_chain: tuple[str, ...]
    """Certificates that the peer sent, leaf first, DER as base64."""
    verify_errors: tuple[str, ...]
    """What the path check complained of; empty when the chain is good, or when it was not checked."""
    staple: str | None
    """OCSP response that the server stapled for its own certificate, DER as base64."""
    duration: float
    """Seconds from the first byte to the end of the handshake at this end."""
