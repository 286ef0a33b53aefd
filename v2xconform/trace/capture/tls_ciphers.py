"""Opening TLS records with known secrets: cipher suites, key schedules, record protection (RFC 5246, 7366, 8446, 7905).

Only reading, only for people who hold the key log. The primitives are those of `cryptography`; scapy's TLS layer was
tried first: it needs every server port beforehand, keeps its state in a global configuration, and opened 0 of the 222
V2GTP messages in two TLS 1.3 captures (all of TLS 1.2), so the record layer is written here.
"""

import hmac
import struct
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

Mode = Literal["cbc", "gcm", "ccm", "ccm8", "chacha"]


class Suite(NamedTuple):
    """What a cipher suite means for its records."""

    name: str
    mode: Mode
    key_length: int
    hash: str
    """Hash of the key schedule (TLS 1.3) or of the pseudorandom function (TLS 1.2)."""
    mac: str = ""
    """Hash of the record MAC, for CBC."""


def _suites_1_2() -> dict[int, Suite]:
    """TLS 1.2 suites by number; the key exchange does not matter once the master secret is known."""
    kinds: dict[str, tuple[Mode, int, str, str]] = {
        "AES_128_CBC_SHA": ("cbc", 16, "sha256", "sha1"),
        "AES_256_CBC_SHA": ("cbc", 32, "sha256", "sha1"),
        "AES_128_CBC_SHA256": ("cbc", 16, "sha256", "sha256"),
        "AES_256_CBC_SHA256": ("cbc", 32, "sha256", "sha256"),
        "AES_256_CBC_SHA384": ("cbc", 32, "sha384", "sha384"),
        "AES_128_GCM_SHA256": ("gcm", 16, "sha256", ""),
        "AES_256_GCM_SHA384": ("gcm", 32, "sha384", ""),
        "AES_128_CCM": ("ccm", 16, "sha256", ""),
        "AES_128_CCM_8": ("ccm8", 16, "sha256", ""),
        "AES_256_CCM": ("ccm", 32, "sha256", ""),
        "AES_256_CCM_8": ("ccm8", 32, "sha256", ""),
        "CHACHA20_POLY1305_SHA256": ("chacha", 32, "sha256", ""),
    }
    numbers = {
        "RSA": {0x002F: "AES_128_CBC_SHA", 0x0035: "AES_256_CBC_SHA", 0x003C: "AES_128_CBC_SHA256",
                0x003D: "AES_256_CBC_SHA256", 0x009C: "AES_128_GCM_SHA256", 0x009D: "AES_256_GCM_SHA384"},
        "DHE_RSA": {0x0033: "AES_128_CBC_SHA", 0x0039: "AES_256_CBC_SHA", 0x0067: "AES_128_CBC_SHA256",
                    0x006B: "AES_256_CBC_SHA256", 0x009E: "AES_128_GCM_SHA256", 0x009F: "AES_256_GCM_SHA384",
                    0xCCAA: "CHACHA20_POLY1305_SHA256"},
        "ECDH_ECDSA": {0xC004: "AES_128_CBC_SHA", 0xC005: "AES_256_CBC_SHA", 0xC025: "AES_128_CBC_SHA256",
                       0xC026: "AES_256_CBC_SHA384", 0xC02D: "AES_128_GCM_SHA256", 0xC02E: "AES_256_GCM_SHA384"},
        "ECDHE_ECDSA": {0xC009: "AES_128_CBC_SHA", 0xC00A: "AES_256_CBC_SHA", 0xC023: "AES_128_CBC_SHA256",
                        0xC024: "AES_256_CBC_SHA384", 0xC02B: "AES_128_GCM_SHA256", 0xC02C: "AES_256_GCM_SHA384",
                        0xC0AC: "AES_128_CCM", 0xC0AD: "AES_256_CCM", 0xC0AE: "AES_128_CCM_8",
                        0xC0AF: "AES_256_CCM_8", 0xCCA9: "CHACHA20_POLY1305_SHA256"},
        "ECDHE_RSA": {0xC013: "AES_128_CBC_SHA", 0xC014: "AES_256_CBC_SHA", 0xC027: "AES_128_CBC_SHA256",
                      0xC028: "AES_256_CBC_SHA384", 0xC02F: "AES_128_GCM_SHA256", 0xC030: "AES_256_GCM_SHA384",
                      0xCCA8: "CHACHA20_POLY1305_SHA256"},
    }  # fmt: skip
    return {
        number: Suite(f"TLS_{exchange}_WITH_{kind}", *kinds[kind])
        for exchange, members in numbers.items()
        for number, kind in members.items()
    }


SUITES_1_2: Final[dict[int, Suite]] = _suites_1_2()
SUITES_1_3: Final[dict[int, Suite]] = {
    0x1301: Suite("TLS_AES_128_GCM_SHA256", "gcm", 16, "sha256"),
    0x1302: Suite("TLS_AES_256_GCM_SHA384", "gcm", 32, "sha384"),
    0x1303: Suite("TLS_CHACHA20_POLY1305_SHA256", "chacha", 32, "sha256"),
    0x1304: Suite("TLS_AES_128_CCM_SHA256", "ccm", 16, "sha256"),
    0x1305: Suite("TLS_AES_128_CCM_8_SHA256", "ccm8", 16, "sha256"),
}

_HASH_LENGTH: Final = {"sha1": 20, "sha256": 32, "sha384": 48}
_BLOCK: Final = 16


class Unopened(ValueError):  # noqa: N818
    """A record that these keys do not open."""


_Aead = AESGCM | AESCCM | ChaCha20Poly1305
_AEADS: Final[dict[Mode, Callable[[bytes], _Aead]]] = {
    "gcm": AESGCM,
    "chacha": ChaCha20Poly1305,
    "ccm": AESCCM,
    "ccm8": lambda key: AESCCM(key, tag_length=8),
}


def _exclusive_or(iv: bytes, sequence: int) -> bytes:
    return (int.from_bytes(iv, "big") ^ sequence).to_bytes(len(iv), "big")


class Opener13:
    """Opens the records of one direction and one traffic secret of TLS 1.3 (RFC 8446, 5.2 and 7.3)."""

    def __init__(self, suite: Suite, secret: bytes) -> None:
        self._suite = suite
        self._secret = secret
        self._aead = _AEADS[suite.mode](_expand_label(suite.hash, secret, "key", suite.key_length))
        self._iv = _expand_label(suite.hash, secret, "iv", 12)

    def open(self, sequence: int, header: bytes, body: bytes) -> tuple[int, bytes]:
        """Return content type and plaintext of a record. Raises `Unopened`."""
        try:
            inner = self._aead.decrypt(_exclusive_or(self._iv, sequence), body, header).rstrip(b"\0")
        except (InvalidTag, ValueError):
            raise Unopened("authentication failed") from None
        if not inner:
            raise Unopened("record without a content type")
        return inner[-1], inner[:-1]

    def updated(self) -> "Opener13":
        """Return the opener after a KeyUpdate (7.2)."""
        length = _HASH_LENGTH[self._suite.hash]
        return Opener13(self._suite, _expand_label(self._suite.hash, self._secret, "traffic upd", length))


class Opener12:
    """Opens the records of one direction of TLS 1.2 (RFC 5246, 6.2.3; encrypt-then-MAC: RFC 7366)."""

    def __init__(self, suite: Suite, key: bytes, iv: bytes, mac_key: bytes, *, encrypt_then_mac: bool) -> None:
        self._suite = suite
        self._iv = iv
        self._mac_key = mac_key
        self._encrypt_then_mac = encrypt_then_mac
        self._key = key
        self._aead = None if suite.mode == "cbc" else _AEADS[suite.mode](key)

    def open(self, sequence: int, header: bytes, body: bytes) -> tuple[int, bytes]:
        """Return content type and plaintext of a record. Raises `Unopened`."""
        plain = (
            self._open_cbc(sequence, header, body) if self._aead is None else self._open_aead(sequence, header, body)
        )
        return header[0], plain

    def _open_aead(self, sequence: int, header: bytes, body: bytes) -> bytes:
        assert self._aead is not None
        explicit = 0 if self._suite.mode == "chacha" else 8
        tag = 8 if self._suite.mode == "ccm8" else 16
        length = len(body) - explicit - tag
        if length < 0:
            raise Unopened("record shorter than nonce and tag")
        nonce = self._iv + body[:8] if explicit else _exclusive_or(self._iv, sequence)
        associated = struct.pack("!Q", sequence) + header[:3] + struct.pack("!H", length)
        try:
            return self._aead.decrypt(nonce, body[explicit:], associated)
        except (InvalidTag, ValueError):
            raise Unopened("authentication failed") from None

    def _open_cbc(self, sequence: int, header: bytes, body: bytes) -> bytes:
        mac_length = _HASH_LENGTH[self._suite.mac]
        received = b""
        if self._encrypt_then_mac:
            body, received = body[:-mac_length], body[-mac_length:]
            self._check(sequence, header, body, received)
        if len(body) < 2 * _BLOCK or len(body) % _BLOCK:
            raise Unopened("record length is no multiple of the block length")
        decryptor = Cipher(algorithms.AES(self._key), modes.CBC(body[:_BLOCK])).decryptor()
        padded = decryptor.update(body[_BLOCK:]) + decryptor.finalize()
        padding = padded[-1] + 1
        if padding > len(padded) or padded[-padding:] != bytes((padding - 1,)) * padding:
            raise Unopened("padding is wrong")
        plain = padded[:-padding]
        if not self._encrypt_then_mac:
            if len(plain) < mac_length:
                raise Unopened("record shorter than its MAC")
            plain, received = plain[:-mac_length], plain[-mac_length:]
            self._check(sequence, header, plain, received)
        return plain

    def _check(self, sequence: int, header: bytes, covered: bytes, received: bytes) -> None:
        lead = struct.pack("!Q", sequence) + header[:3] + struct.pack("!H", len(covered))
        if not hmac.compare_digest(hmac.digest(self._mac_key, lead + covered, self._suite.mac), received):
            raise Unopened("record MAC is wrong")


def openers_1_2(
    suite: Suite, master_secret: bytes, client_random: bytes, server_random: bytes, *, encrypt_then_mac: bool
) -> tuple[Opener12, Opener12]:
    """Return the openers of client and server records from the master secret (RFC 5246, 6.3)."""
    mac_length = _HASH_LENGTH[suite.mac] if suite.mode == "cbc" else 0
    iv_length = {"cbc": 0, "chacha": 12}.get(suite.mode, 4)
    lengths = (mac_length, mac_length, suite.key_length, suite.key_length, iv_length, iv_length)
    block = _prf(suite.hash, master_secret, b"key expansion" + server_random + client_random, sum(lengths))
    parts = []
    for length in lengths:
        parts.append(block[:length])
        block = block[length:]
    client_mac, server_mac, client_key, server_key, client_iv, server_iv = parts
    return (
        Opener12(suite, client_key, client_iv, client_mac, encrypt_then_mac=encrypt_then_mac),
        Opener12(suite, server_key, server_iv, server_mac, encrypt_then_mac=encrypt_then_mac),
    )


def _prf(hash_name: str, secret: bytes, seed: bytes, length: int) -> bytes:
    """P_hash of RFC 5246, 5."""
    output, link = b"", seed
    while len(output) < length:
        link = hmac.digest(secret, link, hash_name)
        output += hmac.digest(secret, link + seed, hash_name)
    return output[:length]


def _expand_label(hash_name: str, secret: bytes, label: str, length: int) -> bytes:
    """HKDF-Expand-Label with an empty context (RFC 8446, 7.1)."""
    full = b"tls13 " + label.encode()
    info = struct.pack("!HB", length, len(full)) + full + b"\0"
    output, block, counter = b"", b"", 1
    while len(output) < length:
        block = hmac.digest(secret, block + info + bytes((counter,)), hash_name)
        output += block
        counter += 1
    return output[:length]
