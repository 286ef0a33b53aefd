"""TLS in captures: records, hellos, and the plaintext of those records that a key log opens (RFC 5246, RFC 8446).

Authentication tags and record MACs decide which secret and which sequence number a record belongs to, so that missing
secrets of the handshake, key updates and gaps in the capture cost what they hide and no more.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from v2xconform.trace.capture.keylog import KeyLog
from v2xconform.trace.capture.reassembly import Connection, Stamp
from v2xconform.trace.capture.tls_ciphers import (
    SUITES_1_2,
    SUITES_1_3,
    Opener12,
    Opener13,
    Suite,
    Unopened,
    openers_1_2,
)

_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE, _APPLICATION_DATA = 20, 21, 22, 23
_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_ENCRYPT_THEN_MAC, _SUPPORTED_VERSIONS = 0x0016, 0x002B
_HELLO_RETRY_REQUEST: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The ServerHello.random that marks a HelloRetryRequest (RFC 8446, 4.1.3)."""
_RECORD_HEADER: Final = 5
_LONGEST_RECORD: Final = 16_384 + 2_048
_RECORD: Final = re.compile(rb"[\x14-\x18]\x03[\x00-\x04]", re.DOTALL)
_MOST_LOST: Final = 64
"""Records that a gap may have swallowed: so many sequence numbers are tried behind it."""
_MOST_SEARCHED: Final = 1024
"""Places behind a gap that are tried for the beginning of a record."""
_MOST_WAITING: Final = 64
"""Records that wait for a ServerHello which stands later in the capture."""
_LONGEST_HANDSHAKE: Final = 262_144
_LABELS: Final = (
    ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0"),
    ("SERVER_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"),
)
_ALERTS: Final = {
    10: "unexpected_message", 20: "bad_record_mac", 40: "handshake_failure", 42: "bad_certificate",
    43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
    47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
    70: "protocol_version", 71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback",
    90: "user_canceled", 109: "missing_extension", 112: "unrecognized_name", 113: "bad_certificate_status_response",
    116: "certificate_required", 120: "no_application_protocol",
}  # fmt: skip


Opener = Opener12 | Opener13


class PlainSink(Protocol):
    """Takes what a TLS connection carries."""

    def plain(self, direction: int, data: bytes, stamp: Stamp) -> None:
        """Take the next octets of plaintext."""

    def plain_gap(self, direction: int, missing: int, stamp: Stamp) -> None:
        """Take note that plaintext is missing; `missing` counts encrypted octets."""

    def remark(self, text: str, packet: int, lost: bool) -> None:
        """Take a remark on the connection."""


@dataclass(slots=True)
class _Direction:
    buffer: bytearray = field(default_factory=bytearray)
    handshake: bytearray = field(default_factory=bytearray)
    sequence: int = 0
    openers: list[Opener] = field(default_factory=list)
    """The one in use and those that follow it: TLS 1.3 changes secrets after the handshake."""
    missed: int = 0
    """Records in a row that could not be opened."""
    searched: int = 0
    """Places in a row at which a record might have begun behind a gap, but did not."""
    resynchronise: bool = False
    """A gap was seen and no record has been opened since."""
    foreign_first: bool = False
    """The key log lacks the secret of the handshake, so its records are not expected to open."""


def is_tls(start: bytes) -> bool:
    """Tell whether a stream that starts with these octets is TLS, from its beginning or from a record boundary."""
    return len(start) >= 3 and _RECORD.match(start) is not None


class TlsConversation:
    """Open one TLS connection of a capture: `take` its octets, tell its `gap`; plaintext goes to the sink."""

    def __init__(self, connection: Connection, keys: KeyLog, sink: PlainSink) -> None:
        self._connection = connection
        self._keys = keys
        self._sink = sink
        self._directions = (_Direction(), _Direction())
        self._client: int | None = None
        self._client_random = b""
        self._server_random = b""
        self._suite: Suite | None = None
        self._version_1_3 = False
        self._encrypt_then_mac = False
        self._waiting: list[tuple[int, bytes, bytes, Stamp]] = []
        self._closed_book = False
        """Nothing of this connection can be opened; said once, then its octets are dropped."""

    def take(self, direction: int, data: bytes, stamp: Stamp) -> None:
        """Take the next octets that the end `direction` sent."""
        if self._closed_book:
            return
        way = self._directions[direction]
        buffer = way.buffer
        buffer += data
        while len(buffer) >= _RECORD_HEADER and not self._closed_book:
            length = (buffer[3] << 8) | buffer[4]
            if length > _LONGEST_RECORD or not _RECORD.match(buffer):
                if not way.resynchronise:
                    self._sink.remark(
                        f"no TLS record where one should begin ({bytes(buffer[:5]).hex()})", stamp.packet, True
                    )
                    way.resynchronise = True
                if not self._search(buffer):
                    return
                continue
            end = _RECORD_HEADER + length
            if len(buffer) < end:
                return
            header, body = bytes(buffer[:_RECORD_HEADER]), bytes(buffer[_RECORD_HEADER:end])
            if self._record(direction, header, body, stamp) or not way.resynchronise:
                del buffer[:end]
            elif not self._search(buffer):
                return

    def gap(self, direction: int, missing: int, stamp: Stamp) -> None:
        """Take note that octets are missing: look for the next record that opens."""
        way = self._directions[direction]
        way.buffer.clear()
        way.handshake.clear()
        way.resynchronise = True
        if not self._closed_book:
            self._sink.plain_gap(direction, missing, stamp)

    def _search(self, buffer: bytearray) -> bool:
        """Drop octets up to where the next record may begin; False if more are needed."""
        match = _RECORD.search(buffer, 1)
        del buffer[: match.start() if match else max(len(buffer) - 2, 1)]
        return match is not None

    def _record(self, direction: int, header: bytes, body: bytes, stamp: Stamp) -> bool:
        """Deal with one record; False if it could not be understood."""
        kind = header[0]
        way = self._directions[direction]
        if self._version_1_3 and kind == _APPLICATION_DATA:
            return self._open(direction, header, body, stamp)
        if way.openers and not self._version_1_3:
            return self._open(direction, header, body, stamp)
        if kind == _APPLICATION_DATA:
            if self._client is None:
                return self._close_book("its handshake is not in the capture, so it cannot be opened", stamp)
            if self._suite is None and len(self._waiting) < _MOST_WAITING:
                self._waiting.append((direction, header, body, stamp))
                return True
            return self._close_book("application data without a complete handshake in the capture", stamp)
        self._content(direction, kind, body, stamp)
        return True

    def _open(self, direction: int, header: bytes, body: bytes, stamp: Stamp) -> bool:
        """Open one protected record with whatever secret and sequence number fits; False if none does."""
        way = self._directions[direction]
        for opener, sequence, epoch in self._candidates(way):
            try:
                kind, plain = opener.open(sequence, header, body)
            except Unopened:
                continue
            way.openers[: epoch + 1] = [opener]
            way.sequence = sequence + 1
            way.missed = 0
            way.searched = 0
            way.resynchronise = way.foreign_first = False
            if kind != _HANDSHAKE or not self._version_1_3:
                self._content(direction, kind, plain, stamp)
            return True
        if way.resynchronise:
            way.searched += 1
            if way.searched >= _MOST_SEARCHED:
                return self._close_book("after a gap no record was found again that its secrets open", stamp)
        else:
            way.missed += 1
            if not way.foreign_first:
                text = f"no secret of the key log opens the TLS record that ends in packet {stamp.packet}"
                self._sink.remark(text, stamp.packet, True)
            if way.missed >= _MOST_LOST:
                return self._close_book("its secrets in the key log do not open its records", stamp)
        return False

    def _candidates(self, way: _Direction) -> Iterator[tuple[Opener, int, int]]:
        """Yield opener, sequence number and index of the opener in the order in which they may apply."""
        span = 1 + (_MOST_LOST if way.resynchronise else way.missed)
        for epoch, opener in enumerate(way.openers):
            first = way.sequence if epoch == 0 else 0
            for sequence in range(first, first + span):
                yield opener, sequence, epoch
        if way.openers and isinstance(way.openers[-1], Opener13):
            # A KeyUpdate starts the next secret at sequence number 0.
            yield way.openers[-1].updated(), 0, len(way.openers) - 1

    def _content(self, direction: int, kind: int, plain: bytes, stamp: Stamp) -> None:
        """Deal with the content of a record, however it came to be readable."""
        if kind == _APPLICATION_DATA:
            if plain:
                self._sink.plain(direction, plain, stamp)
        elif kind == _HANDSHAKE:
            self._handshake(direction, plain, stamp)
        elif kind == _CHANGE_CIPHER_SPEC and not self._version_1_3:
            self._change_cipher(direction, stamp)
        elif kind == _ALERT and len(plain) == 2 and plain[1]:
            name = _ALERTS.get(plain[1], f"number {plain[1]}")
            sender = self._connection.ends[direction]
            self._sink.remark(f"TLS alert {name} from {sender}", stamp.packet, False)

    def _handshake(self, direction: int, data: bytes, stamp: Stamp) -> None:
        pending = self._directions[direction].handshake
        pending += data
        while len(pending) >= 4:
            end = 4 + int.from_bytes(pending[1:4], "big")
            if end > _LONGEST_HANDSHAKE:
                pending.clear()
                return
            if len(pending) < end:
                return
            kind, body = pending[0], bytes(pending[4:end])
            del pending[:end]
            if kind == _CLIENT_HELLO and len(body) >= 34:
                self._client, self._client_random = direction, body[2:34]
            elif kind == _SERVER_HELLO and len(body) >= 38 and body[2:34] != _HELLO_RETRY_REQUEST:
                self._server_hello(direction, body, stamp)

    def _server_hello(self, direction: int, body: bytes, stamp: Stamp) -> None:
        if self._client is None:
            self._close_book("its ClientHello is not in the capture, so it cannot be opened", stamp)
            return
        self._server_random = body[2:34]
        at = 35 + body[34]
        number = int.from_bytes(body[at : at + 2], "big")
        extensions = dict(_extensions(body[at + 5 :]))
        version = int.from_bytes(extensions.get(_SUPPORTED_VERSIONS, body[:2]), "big")
        self._version_1_3 = version == 0x0304
        self._encrypt_then_mac = _ENCRYPT_THEN_MAC in extensions
        self._suite = (SUITES_1_3 if self._version_1_3 else SUITES_1_2).get(number)
        if version not in (0x0303, 0x0304):
            self._close_book(f"version {version:#06x} is neither TLS 1.2 nor TLS 1.3, so it cannot be opened", stamp)
        elif self._suite is None:
            self._close_book(f"cipher suite {number:#06x} is not known here, so it cannot be opened", stamp)
        elif self._version_1_3:
            for way, labels in enumerate(_LABELS if self._client == 0 else reversed(_LABELS)):
                secrets = [self._keys.secret(self._client_random, label) for label in labels]
                self._directions[way].openers = [Opener13(self._suite, secret) for secret in secrets if secret]
                self._directions[way].foreign_first = secrets[0] is None
                self._directions[way].sequence = 0
            if self._keys.secret(self._client_random, _LABELS[0][1]) is None:
                self._no_secrets("1.3", stamp)
        if not self._closed_book:
            waiting, self._waiting = self._waiting, []
            for record in waiting:
                self._record(*record)

    def _change_cipher(self, direction: int, stamp: Stamp) -> None:
        if self._suite is None or self._client is None:
            return
        master = self._keys.secret(self._client_random, "CLIENT_RANDOM")
        if master is None:
            self._no_secrets("1.2", stamp)
            return
        openers = openers_1_2(
            self._suite, master, self._client_random, self._server_random, encrypt_then_mac=self._encrypt_then_mac
        )
        way = self._directions[direction]
        way.openers, way.sequence = [openers[0 if direction == self._client else 1]], 0

    def _no_secrets(self, version: str, stamp: Stamp) -> None:
        name = self._suite.name if self._suite else "?"
        self._close_book(
            f"TLS {version}, {name}: no secrets for ClientRandom {self._client_random.hex()} "
            f"({self._keys.lines} key log lines known; name a key log with --keys)",
            stamp,
        )

    def _close_book(self, why: str, stamp: Stamp) -> bool:
        """Say once that nothing of the connection can be read, and let go of its octets."""
        if not self._closed_book:
            self._closed_book = True
            self._sink.remark(f"encrypted connection: {why}", stamp.packet, False)
        for way in self._directions:
            way.buffer.clear()
            way.handshake.clear()
        self._waiting.clear()
        return True


def _extensions(block: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and content of the extensions of a hello, whose total length was read already."""
    at = 0
    while at + 4 <= len(block):
        length = int.from_bytes(block[at + 2 : at + 4], "big")
        yield int.from_bytes(block[at : at + 2], "big"), block[at + 4 : at + 4 + length]
        at += 4 + length
