"""Decrypted TLS handshake messages and alerts as plain trees. Sources: RFC 8446, RFC 5246, RFC 8422, RFC 6066.

A `TranscriptReader` reads the messages of one connection in order, since some look different in TLS 1.3. It never
raises: a message that breaks off yields what could be read and an "error".
"""

from base64 import b64encode
from typing import Any, Final

from cryptography import x509

from v2xconform.links.der_names import name_text

HANDSHAKE: Final[dict[int, str]] = {
    0: "HelloRequest", 1: "ClientHello", 2: "ServerHello", 4: "NewSessionTicket", 5: "EndOfEarlyData",
    8: "EncryptedExtensions", 11: "Certificate", 12: "ServerKeyExchange", 13: "CertificateRequest",
    14: "ServerHelloDone", 15: "CertificateVerify", 16: "ClientKeyExchange", 20: "Finished", 22: "CertificateStatus",
    24: "KeyUpdate", 25: "CompressedCertificate",
}  # fmt: skip
ALERTS: Final[dict[int, str]] = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
    40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate", 43: "unsupported_certificate",
    44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter",
    48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error", 70: "protocol_version",
    71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
    100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension", 112: "unrecognized_name",
    113: "bad_certificate_status_response", 115: "unknown_psk_identity", 116: "certificate_required",
    120: "no_application_protocol",
}  # fmt: skip
VERSIONS: Final[dict[int, str]] = {
    0x0300: "SSLv3",
    0x0301: "TLSv1",
    0x0302: "TLSv1.1",
    0x0303: "TLSv1.2",
    0x0304: "TLSv1.3",
}
SUITES: Final[dict[int, str]] = {
    0x00FF: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", 0x5600: "TLS_FALLBACK_SCSV",
    0x1301: "TLS_AES_128_GCM_SHA256", 0x1302: "TLS_AES_256_GCM_SHA384", 0x1303: "TLS_CHACHA20_POLY1305_SHA256",
    0x1304: "TLS_AES_128_CCM_SHA256", 0x1305: "TLS_AES_128_CCM_8_SHA256",
    0xC023: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", 0xC024: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    0xC025: "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256", 0xC009: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    0xC00A: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", 0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xC027: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    0xC0AC: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", 0xC0AE: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
    0xCCA8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xCCA9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    0x009C: "TLS_RSA_WITH_AES_128_GCM_SHA256", 0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384", 0x002F: "TLS_RSA_WITH_AES_128_CBC_SHA",
}  # fmt: skip
GROUPS: Final[dict[int, str]] = {
    23: "secp256r1", 24: "secp384r1", 25: "secp521r1", 26: "brainpoolP256r1", 27: "brainpoolP384r1",
    28: "brainpoolP512r1", 29: "x25519", 30: "x448", 0x0100: "ffdhe2048", 0x0101: "ffdhe3072", 0x11EC: "X25519MLKEM768",
}  # fmt: skip
SIGNATURES: Final[dict[int, str]] = {
    0x0201: "rsa_pkcs1_sha1", 0x0203: "ecdsa_sha1", 0x0401: "rsa_pkcs1_sha256", 0x0501: "rsa_pkcs1_sha384",
    0x0601: "rsa_pkcs1_sha512", 0x0403: "ecdsa_secp256r1_sha256", 0x0503: "ecdsa_secp384r1_sha384",
    0x0603: "ecdsa_secp521r1_sha512", 0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512", 0x0807: "ed25519", 0x0808: "ed448",
}  # fmt: skip
EXTENSIONS: Final[dict[int, str]] = {
    0: "server_name", 1: "max_fragment_length", 3: "trusted_ca_keys", 5: "status_request", 10: "supported_groups",
    11: "ec_point_formats", 13: "signature_algorithms", 16: "application_layer_protocol_negotiation",
    17: "status_request_v2", 18: "signed_certificate_timestamp", 21: "padding", 22: "encrypt_then_mac",
    23: "extended_master_secret", 27: "compress_certificate", 28: "record_size_limit", 35: "session_ticket",
    41: "pre_shared_key", 42: "early_data", 43: "supported_versions", 44: "cookie", 45: "psk_key_exchange_modes",
    47: "certificate_authorities", 49: "post_handshake_auth", 50: "signature_algorithms_cert", 51: "key_share",
    0xFF01: "renegotiation_info",
}  # fmt: skip
MAX_FRAGMENT: Final[dict[int, int]] = {1: 512, 2: 1024, 3: 2048, 4: 4096}

_RETRY: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


class _Short(Exception):  # noqa: N818  never leaves this module
    """The message broke off."""


class _Reader:
    """Takes fields off the front of a message."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, count: int) -> bytes:
        if len(self.data) < count:
            raise _Short(f"{count} bytes expected, {len(self.data)} left")
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def vector(self, width: int) -> bytes:
        return self.take(self.number(width))


def _named(table: dict[int, str], code: int) -> str:
    return table.get(code, f"0x{code:04X}")


def _numbers(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2)]


def _names(table: dict[int, str], data: bytes) -> list[str]:
    return [_named(table, number) for number in _numbers(data)]


def _authorities(data: bytes) -> list[str]:
    reader, found = _Reader(data), []
    while reader.data:
        found.append(name_text(reader.vector(2)))
    return found


def _extensions(reader: _Reader) -> dict[int, bytes]:
    """Return the extensions of a message in their order on the wire."""
    found: dict[int, bytes] = {}
    if reader.data:
        block = _Reader(reader.vector(2))
        while block.data:
            kind = block.number(2)
            found[kind] = block.vector(2)
    return found


def _extension_names(extensions: dict[int, bytes]) -> list[str]:
    return [EXTENSIONS.get(kind, str(kind)) for kind in extensions]


def _subject(der: bytes) -> str:
    try:
        return x509.load_der_x509_certificate(der).subject.rfc4514_string()
    except Exception as error:  # noqa: BLE001  a certificate can be broken in more ways than the library documents
        return f"unreadable: {error}"


def _ocsp_response(status: bytes) -> str | None:
    """Return the response inside a CertificateStatus (RFC 6066, clause 8), base64."""
    reader = _Reader(status)
    return b64encode(reader.vector(3)).decode() if reader.number(1) == 1 else None


class TranscriptReader:
    """Reads the handshake messages and alerts of one connection, both directions, in the order of the wire."""

    def __init__(self) -> None:
        self.version = ""
        """What the ServerHello chose, as soon as it has been read."""
        self.group: str | None = None
        """The key exchange group, as soon as it has been chosen."""

    def handshake(self, message: bytes) -> tuple[str, dict[str, Any]]:
        """Return name and fields of a whole handshake message, its four-byte header included."""
        if len(message) < 4:
            return "unknown", {"error": "shorter than its header"}
        kind = message[0]
        name, body = HANDSHAKE.get(kind, f"handshake type {kind}"), {"length": len(message)}
        read = getattr(self, f"_{kind}", None)
        fields: dict[str, Any] = {}
        if read is not None:
            try:
                read(_Reader(message[4:]), fields)
            except _Short as error:
                fields["error"] = f"the message breaks off: {error}"
        name = fields.pop("name", name)
        return name, body | fields

    @staticmethod
    def alert(message: bytes) -> dict[str, Any]:
        """Return the fields of an alert."""
        level, code = (message + b"\0\0")[:2]
        description = ALERTS.get(code, f"alert {code}")
        return {"level": {1: "warning", 2: "fatal"}.get(level, str(level)), "description": description, "code": code}

    def _1(self, reader: _Reader, body: dict[str, Any]) -> None:  # ClientHello
        body["legacy_version"] = _named(VERSIONS, reader.number(2))
        reader.take(32)
        reader.vector(1)
        body["suites"] = _names(SUITES, reader.vector(2))
        reader.vector(1)
        extensions = _extensions(reader)
        body["extensions"] = _extension_names(extensions)
        body["versions"] = [body["legacy_version"]]
        lists: tuple[tuple[int, str, dict[int, str], int], ...] = (
            (43, "versions", VERSIONS, 1),
            (10, "groups", GROUPS, 2),
            (13, "signature_algorithms", SIGNATURES, 2),
        )
        for kind, field, table, width in lists:
            if kind in extensions:
                body[field] = _names(table, _Reader(extensions[kind]).vector(width))
        if 51 in extensions:
            shares, names = _Reader(_Reader(extensions[51]).vector(2)), []
            while shares.data:
                names.append(_named(GROUPS, shares.number(2)))
                shares.vector(2)
            body["key_shares"] = names
        if 47 in extensions:
            body["certificate_authorities"] = _authorities(_Reader(extensions[47]).vector(2))
        if 1 in extensions:
            body["max_fragment_length"] = MAX_FRAGMENT.get(_Reader(extensions[1]).number(1))
        if 0 in extensions:
            names_block = _Reader(_Reader(extensions[0]).vector(2))
            names_block.take(1)
            body["server_name"] = names_block.vector(2).decode("ascii", "replace")

    def _2(self, reader: _Reader, body: dict[str, Any]) -> None:  # ServerHello, HelloRetryRequest
        version = reader.number(2)
        if reader.take(32) == _RETRY:
            body["name"] = "HelloRetryRequest"
        reader.vector(1)
        body["suite"] = _named(SUITES, reader.number(2))
        reader.take(1)
        extensions = _extensions(reader)
        if 43 in extensions:
            version = _Reader(extensions[43]).number(2)
        if 51 in extensions:
            body["group"] = self.group = _named(GROUPS, _Reader(extensions[51]).number(2))
        body["version"] = self.version = _named(VERSIONS, version)
        body["extensions"] = _extension_names(extensions)

    def _4(self, reader: _Reader, body: dict[str, Any]) -> None:  # NewSessionTicket
        body["lifetime"] = reader.number(4)

    def _8(self, reader: _Reader, body: dict[str, Any]) -> None:  # EncryptedExtensions
        body["extensions"] = _extension_names(_extensions(reader))

    def _11(self, reader: _Reader, body: dict[str, Any]) -> None:  # Certificate
        modern = self.version == "TLSv1.3"
        if modern:
            reader.vector(1)
        entries = _Reader(reader.vector(3))
        body |= {"subjects": [], "chain": []}
        staples: list[str | None] = []
        while entries.data:
            der = entries.vector(3)
            body["chain"].append(b64encode(der).decode())
            body["subjects"].append(_subject(der))
            extensions = _extensions(_Reader(b"\0\0" if not modern else _taken(entries)))
            staples.append(_ocsp_response(extensions[5]) if 5 in extensions else None)
        if modern:
            body["staples"] = staples

    def _12(self, reader: _Reader, body: dict[str, Any]) -> None:  # ServerKeyExchange
        if reader.number(1) == 3:  # named_curve, RFC 8422
            body["group"] = self.group = _named(GROUPS, reader.number(2))
            reader.vector(1)
            body["signature_algorithm"] = _named(SIGNATURES, reader.number(2))

    def _13(self, reader: _Reader, body: dict[str, Any]) -> None:  # CertificateRequest
        if self.version == "TLSv1.3":
            reader.vector(1)
            extensions = _extensions(reader)
            body["extensions"] = _extension_names(extensions)
            if 13 in extensions:
                body["signature_algorithms"] = _names(SIGNATURES, _Reader(extensions[13]).vector(2))
            authorities = _Reader(extensions[47]).vector(2) if 47 in extensions else b""
        else:
            reader.vector(1)
            body["signature_algorithms"] = _names(SIGNATURES, reader.vector(2))
            authorities = reader.vector(2)
        body["certificate_authorities"] = _authorities(authorities)

    def _15(self, reader: _Reader, body: dict[str, Any]) -> None:  # CertificateVerify
        body["signature_algorithm"] = _named(SIGNATURES, reader.number(2))

    def _22(self, reader: _Reader, body: dict[str, Any]) -> None:  # CertificateStatus
        body["staples"] = [_ocsp_response(reader.data)]


def _taken(entries: _Reader) -> bytes:
    """Take the extensions of one certificate entry, with their length."""
    block = entries.vector(2)
    return len(block).to_bytes(2, "big") + block
