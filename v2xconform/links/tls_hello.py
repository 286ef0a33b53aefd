"""ClientHellos that ask a server one thing each. Bytes only: no socket, and no cryptography, as no handshake is finished.

A key share needs no key pair: the base point of a group is a valid public key (that of the private key 1, or of the
generator), and a prober stops after the ServerHello. Sources: RFC 8446 (4.1.2, 4.2, 5.1), RFC 5246, RFC 8422, RFC 7919,
RFC 8701 (GREASE), RFC 6066, RFC 6961.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from v2xconform.links import tls_messages

SUITE_NAMES: Final[dict[int, str]] = {
    0x000A: "TLS_RSA_WITH_3DES_EDE_CBC_SHA", 0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
    0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA", 0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
    0x003C: "TLS_RSA_WITH_AES_128_CBC_SHA256", 0x003D: "TLS_RSA_WITH_AES_256_CBC_SHA256",
    0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384", 0x009E: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    0x009F: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", 0x00A8: "TLS_PSK_WITH_AES_128_GCM_SHA256",
    0xC004: "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA", 0xC005: "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA",
    0xC007: "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", 0xC008: "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
    0xC013: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", 0xC014: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    0xC018: "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", 0xC026: "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384",
    0xC028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", 0xC02D: "TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256",
    0xC02E: "TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384", 0xC0AD: "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
    0xC0AF: "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", 0xCCAA: "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    0xC006: "TLS_ECDHE_ECDSA_WITH_NULL_SHA", 0x0005: "TLS_RSA_WITH_RC4_128_SHA", **tls_messages.SUITES,
}  # fmt: skip
GROUP_NAMES: Final[dict[int, str]] = {
    22: "secp256k1", 31: "brainpoolP256r1tls13", 32: "brainpoolP384r1tls13", 33: "brainpoolP512r1tls13",
    0x0102: "ffdhe4096", 0x11EB: "SecP256r1MLKEM768", 0x11ED: "SecP384r1MLKEM1024", **tls_messages.GROUPS,
}  # fmt: skip
SIGNATURE_NAMES: Final[dict[int, str]] = {
    0x0809: "rsa_pss_pss_sha256", 0x080A: "rsa_pss_pss_sha384", 0x080B: "rsa_pss_pss_sha512",
    0x081A: "ecdsa_brainpoolP256r1tls13_sha256", 0x081B: "ecdsa_brainpoolP384r1tls13_sha384",
    0x081C: "ecdsa_brainpoolP512r1tls13_sha512", **tls_messages.SIGNATURES,
}  # fmt: skip

SUITES_13: Final = (0x1302, 0x1303, 0x1301, 0x1304, 0x1305)
"""Suites of TLS 1.3; those of ISO 15118-20, Table 6, in front."""
SUITES_12: Final = (
    0xC023, 0xC025, 0xC02B, 0xC02C, 0xC024, 0xC026, 0xC02D, 0xC02E, 0xC009, 0xC00A, 0xC004, 0xC005, 0xC0AC, 0xC0AD,
    0xC0AE, 0xC0AF, 0xCCA9, 0xC02F, 0xC030, 0xC027, 0xC028, 0xC013, 0xC014, 0xCCA8, 0x009E, 0x009F, 0xCCAA, 0x0033,
    0x0039, 0x009C, 0x009D, 0x003C, 0x003D, 0x002F, 0x0035, 0xC008, 0x000A, 0xC007, 0x0005, 0xC006, 0xC018,
)  # fmt: skip
"""Suites of TLS 1.2 and older; those of ISO 15118-2 in front, weak ones at the end."""
GROUPS_13: Final = (25, 30, 23, 24, 29, 0x11EC, 0x11EB, 0x11ED, 31, 32, 33, 0x0100, 0x0101, 0x0102)
"""Groups of TLS 1.3; those of ISO 15118-20, Table 7, in front."""
GROUPS_12: Final = (23, 25, 24, 29, 30, 26, 27, 28, 22)
"""Groups of TLS 1.2; that of ISO 15118-2 in front."""
SIGNATURES: Final = (
    0x0603, 0x0808, 0x0403, 0x0503, 0x0807, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x081A, 0x081B, 0x081C,
    0x0401, 0x0501, 0x0601, 0x0203, 0x0201,
)  # fmt: skip
"""Signature algorithms; those of ISO 15118-20, Table 8, in front."""

_P256 = (
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
_P384 = (
    "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"
    "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"
)
_P521 = (
    "0400c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de"
    "3348b3c1856a429bf97e7e31c2e5bd66011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97"
    "ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650"
)
SHARES: Final[dict[int, bytes]] = {
    23: bytes.fromhex(_P256), 24: bytes.fromhex(_P384), 25: bytes.fromhex(_P521),
    29: (9).to_bytes(32, "little"), 30: (5).to_bytes(56, "little"),  # RFC 7748, 4.1 and 4.2
    0x0100: (2).to_bytes(256, "big"), 0x0101: (2).to_bytes(384, "big"), 0x0102: (2).to_bytes(512, "big"),
}  # fmt: skip
"""Groups for which there is a valid public key without a private one: the base point, or the generator."""

RECORD_LIMIT: Final = 1 << 14
GREASE: Final = (0x0A0A, 0x1A1A, 0x2A2A, 0x3A3A)
"""Values reserved so that servers learn to ignore what they do not know (RFC 8701)."""
UNKNOWN_EXTENSION: Final = 0xFDE8
"""An extension type for private use: nobody knows it."""


def suite_name(code: int) -> str:
    """Return the name of a cipher suite, its number in hexadecimal when it has none here."""
    return SUITE_NAMES.get(code, f"0x{code:04X}")


def group_name(code: int) -> str:
    """Return the name of a group, its number in hexadecimal when it has none here."""
    return GROUP_NAMES.get(code, f"0x{code:04X}")


def signature_name(code: int) -> str:
    """Return the name of a signature algorithm, its number in hexadecimal when it has none here."""
    return SIGNATURE_NAMES.get(code, f"0x{code:04X}")


def version_name(code: int) -> str:
    """Return the name of a protocol version, its number in hexadecimal when it has none."""
    return tls_messages.VERSIONS.get(code, f"0x{code:04X}")


def vector(width: int, data: bytes) -> bytes:
    """Return data behind its length of `width` bytes."""
    return len(data).to_bytes(width, "big") + data


def numbers(values: Iterable[int]) -> bytes:
    """Return numbers of two bytes each, one after the other."""
    return b"".join(value.to_bytes(2, "big") for value in values)


def record(kind: int, version: int, payload: bytes) -> bytes:
    """Return one record; `payload` may be longer than the protocol permits."""
    return bytes([kind]) + numbers([version]) + vector(2, payload)


@dataclass(frozen=True, slots=True)
class Hello:
    """One ClientHello. Vary one with `using`; `records` is what goes to the server."""

    versions: tuple[int, ...] = (0x0304,)
    """Those of supported_versions; without TLS 1.3 the extension is left out and the highest is the legacy version."""
    suites: tuple[int, ...] = SUITES_13
    groups: tuple[int, ...] = GROUPS_13
    signatures: tuple[int, ...] = SIGNATURES
    shares: tuple[int, ...] = ()
    """Groups of `SHARES` with a key share. Empty asks the server to name the group in a HelloRetryRequest."""
    extensions: tuple[tuple[int, bytes], ...] = ()
    """More extensions, sent behind the others."""
    staple: bool = False
    """Send status_request with an empty responder list [V2G20-2373]."""
    server_name: str = ""
    session_id: bytes = field(default_factory=lambda: os.urandom(32))
    random: bytes = field(default_factory=lambda: os.urandom(32))
    compressions: bytes = b"\0"
    record_version: int = 0x0301
    fragment: int = RECORD_LIMIT
    """Bytes of the message in each record."""

    def using(self, **changes: Any) -> "Hello":
        """Return this hello with some fields changed, random and session id included in what stays."""
        return replace(self, **changes)

    def message(self) -> bytes:
        """Return the handshake message."""
        legacy = min(0x0303, max(version for version in self.versions if version not in GREASE))
        body = numbers([legacy]) + self.random + vector(1, self.session_id) + vector(2, numbers(self.suites))
        body += vector(1, self.compressions)
        if legacy > 0x0300:  # SSL 3 has no extensions
            body += vector(2, b"".join(numbers([kind]) + vector(2, data) for kind, data in self._extensions()))
        return b"\x01" + vector(3, body)

    def records(self) -> bytes:
        """Return the message in records of at most `fragment` bytes."""
        message = self.message()
        pieces = (message[at : at + self.fragment] for at in range(0, len(message), self.fragment))
        return b"".join(record(22, self.record_version, piece) for piece in pieces)

    def _extensions(self) -> list[tuple[int, bytes]]:
        found: list[tuple[int, bytes]] = []
        if self.server_name:
            found.append((0, vector(2, b"\0" + vector(2, self.server_name.encode("idna")))))
        if self.staple:
            found.append((5, b"\x01\0\0\0\0"))
        if self.groups:
            found += [(10, vector(2, numbers(self.groups))), (11, b"\x01\0")]
        if max(self.versions) >= 0x0303 and self.signatures:
            found.append((13, vector(2, numbers(self.signatures))))
        if 0x0304 in self.versions:
            # the chain may be signed in any way; only what the server itself signs with is asked for
            found.append((50, vector(2, numbers(SIGNATURES))))
            found.append((43, vector(1, numbers(self.versions))))
            found.append((45, b"\x01\x01"))
            shares = b"".join(numbers([group]) + vector(2, SHARES[group]) for group in self.shares)
            found.append((51, vector(2, shares)))
        else:
            found.append((35, b""))  # RFC 5077: whoever grants session tickets says so
        return [*found, *self.extensions]


def second_hello(first: Hello, group: int, cookie: bytes | None) -> Hello:
    """Return what has to follow a HelloRetryRequest: the same hello with the share that was asked for, and the cookie."""
    extensions = first.extensions + (((44, vector(2, cookie)),) if cookie is not None else ())
    return first.using(shares=(group,), extensions=extensions)


def status_request_v2() -> tuple[int, bytes]:
    """Return the extension that asks for a response to each certificate (RFC 6961), as ISO 15118-2 wants it."""
    return 17, vector(2, b"\x02" + vector(2, b"\0\0\0\0"))


def trusted_ca_keys(sha1_hashes: Iterable[bytes]) -> tuple[int, bytes]:
    """Return the extension that names trusted roots by the SHA-1 of their certificates (RFC 6066, 6) [V2G2-651]."""
    return 3, vector(2, b"".join(b"\x03" + one for one in sha1_hashes))
