"""What a server answers to a ClientHello, read from the records in the clear. Never raises: garbage is an answer too."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from v2xconform.links.tls_hello import group_name, suite_name, version_name
from v2xconform.links.tls_messages import ALERTS, TranscriptReader

Kind = Literal["retry", "hello", "alert", "closed", "reset", "silent", "garbage", "flood", "refused"]
LONGEST: Final = 1 << 17
"""Bytes after which a server that says nothing definite is a flood."""

_RETRY: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_CONTENT_TYPES: Final = (20, 21, 22, 23)
_HELLO_DONE: Final = 14
_LONGEST_RECORD: Final = (1 << 14) + 2048  # RFC 5246, 6.2.3: what encryption may add at most
_PROTOCOLS: Final = ((b"HTTP/", "HTTP"), (b"SSH-", "SSH"), (b"\x01\xfe", "V2GTP without TLS"), (b"220 ", "SMTP or FTP"))


@dataclass(slots=True)
class ServerHello:
    """The fields of a ServerHello or HelloRetryRequest."""

    legacy_version: int
    version: int
    random: bytes
    session_id: bytes
    suite: int
    compression: int
    extensions: dict[int, bytes]

    @property
    def retry(self) -> bool:
        """True for a HelloRetryRequest (RFC 8446, 4.1.3)."""
        return self.random == _RETRY

    @property
    def group(self) -> int | None:
        """The group in key_share."""
        share = self.extensions.get(51, b"")
        return int.from_bytes(share[:2], "big") if len(share) >= 2 else None

    @property
    def cookie(self) -> bytes | None:
        """The cookie that the second ClientHello has to carry."""
        cookie = self.extensions.get(44)
        return None if cookie is None else cookie[2:]


@dataclass(slots=True)
class Answer:
    """What came back, or how the connection ended without an answer."""

    kind: Kind
    hello: ServerHello | None = None
    alert: str = ""
    text: str = ""
    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Handshake messages in the clear behind the ServerHello (TLS 1.2 and older), as `TranscriptReader` gives them."""
    raw_messages: list[bytes] = field(default_factory=list)
    record_versions: list[int] = field(default_factory=list)
    longest_fragment: int = 0
    """Bytes of the longest record."""
    length: int = 0
    """Bytes that came in all."""

    @property
    def accepted(self) -> bool:
        """True when the server goes on with what was offered."""
        return self.kind in ("retry", "hello")

    @property
    def definite(self) -> bool:
        """True when the server said yes or no in TLS."""
        return self.accepted or self.kind == "alert"

    @property
    def words(self) -> str:
        """The answer in a few words."""
        if self.hello is not None and self.accepted:
            name = "HelloRetryRequest" if self.kind == "retry" else "ServerHello"
            group = "" if self.hello.group is None else f", {group_name(self.hello.group)}"
            return f"{name} {version_name(self.hello.version)}, {suite_name(self.hello.suite)}{group}"
        return self.text

    def body(self, name: str) -> dict[str, Any] | None:
        """Return the fields of the first message of that name."""
        return next((body for found, body in self.messages if found == name), None)


class AnswerReader:
    """Reads one answer. Feed `receive` until it says True, then call `answer`.

    `whole` reads on to the ServerHelloDone of TLS 1.2; `to_the_end` reads until the connection ends.
    """

    def __init__(self, *, whole: bool = False, to_the_end: bool = False) -> None:
        self._whole = whole
        self._to_the_end = to_the_end
        self._data = bytearray()
        self._handshake = bytearray()
        self._reader = TranscriptReader()
        self._answer = Answer("silent", text="no answer")
        self._warning = ""

    def receive(self, data: bytes) -> bool:
        """Take bytes of the server and tell whether the answer is there."""
        self._data += data
        self._answer.length += len(data)
        done = self._records()
        if not done and self._answer.length > LONGEST:
            self._answer.kind, done = "flood", True
            self._answer.text = f"more than {LONGEST} bytes without an answer"
        return done

    def answer(self, kind: Kind = "closed", text: str = "") -> Answer:
        """Return the answer; kind and text say how the connection ended, in case there is none."""
        answer = self._answer
        if answer.kind == "silent":
            if self._data and kind in ("closed", "silent"):
                text = f"{text}; the last record broke off after {len(self._data)} bytes"
            if self._warning:
                kind, text, answer.alert = "alert", f"alert {self._warning}", self._warning
            answer.kind, answer.text = kind, text
        return answer

    def _records(self) -> bool:
        data = self._data
        while len(data) >= 5 or (data and data[0] not in _CONTENT_TYPES):
            length = int.from_bytes(data[3:5], "big")
            if data[0] not in _CONTENT_TYPES or data[1] != 3 or length > _LONGEST_RECORD:
                self._garbage(bytes(data[:64]))
                return True
            if len(data) < 5 + length:
                break
            kind, version, payload = data[0], int.from_bytes(data[1:3], "big"), bytes(data[5 : 5 + length])
            del data[: 5 + length]
            self._answer.record_versions.append(version)
            self._answer.longest_fragment = max(self._answer.longest_fragment, length)
            if self._record(kind, payload):
                return True
        return False

    def _record(self, kind: int, payload: bytes) -> bool:
        if kind == 21 and self._answer.kind == "silent":
            if len(payload) != 2:
                self._garbage(payload)
                return True
            name = ALERTS.get(payload[1], f"alert {payload[1]}")
            if payload[0] == 1 and payload[1] != 0:  # a warning: the server may go on
                self._warning = name
                return False
            self._answer.kind, self._answer.alert, self._answer.text = "alert", name, f"alert {name}"
            return True
        if kind == 23 and self._answer.kind == "silent":
            self._garbage(payload)
            return True
        if kind == 22:
            self._handshake += payload
            return self._messages()
        return kind == 21 and not self._to_the_end

    def _messages(self) -> bool:
        data = self._handshake
        while len(data) >= 4:
            length = 4 + int.from_bytes(data[1:4], "big")
            if length > LONGEST:
                self._garbage(bytes(data[:64]))
                return True
            if len(data) < length:
                return False
            message = bytes(data[:length])
            del data[:length]
            if self._message(message) and not self._to_the_end:
                return True
        return False

    def _message(self, message: bytes) -> bool:
        name, body = self._reader.handshake(message)
        if self._answer.kind == "silent":
            hello = read_server_hello(message)
            if hello is None:
                self._garbage(message)
                return True
            self._answer.hello = hello
            self._answer.kind = "retry" if hello.retry else "hello"
            return not self._whole or hello.retry or hello.version >= 0x0304
        self._answer.messages.append((name, body))
        self._answer.raw_messages.append(message)
        return message[0] == _HELLO_DONE

    def _garbage(self, data: bytes) -> None:
        if self._answer.kind != "silent":
            return  # the ServerHello was sound; what follows is not judged here
        known = next((name for begin, name in _PROTOCOLS if data.startswith(begin)), "")
        what = f"this looks like {known}" if known else "this is no TLS"
        self._answer.kind = "garbage"
        self._answer.text = f"{what}: {data[:16].hex(' ') or '(nothing)'}"


def read_server_hello(message: bytes) -> ServerHello | None:
    """Return the fields of a ServerHello with its four-byte header, None when it is none or breaks off."""
    if len(message) < 42 or message[0] != 2:
        return None
    at = 39 + message[38]
    session_id, rest = message[39:at], message[at:]
    if len(message) < at + 3:
        return None
    extensions: dict[int, bytes] = {}
    block = rest[3:]
    if block:
        if len(block) < 2 or len(block) != 2 + int.from_bytes(block[:2], "big"):
            return None
        block = block[2:]
        while block:
            length = int.from_bytes(block[2:4], "big")
            if len(block) < 4 + length:
                return None
            extensions[int.from_bytes(block[:2], "big")] = block[4 : 4 + length]
            block = block[4 + length :]
    legacy = int.from_bytes(message[4:6], "big")
    chosen = extensions.get(43, b"")
    version = int.from_bytes(chosen, "big") if len(chosen) == 2 else legacy
    suite = int.from_bytes(rest[:2], "big")
    return ServerHello(legacy, version, message[6:38], session_id, suite, rest[2], extensions)


def multi_staples(message: bytes) -> list[bytes | None]:
    """Return the responses of a CertificateStatus (with its header), one for each certificate (RFC 6066; RFC 6961)."""
    kind, body = message[4:5], message[5:]
    length = int.from_bytes(body[:3], "big")
    block = body[3 : 3 + length]
    if kind == b"\x01":
        return [block]
    found: list[bytes | None] = []
    while kind == b"\x02" and len(block) >= 3:
        size = int.from_bytes(block[:3], "big")
        found.append(block[3 : 3 + size] or None)
        block = block[3 + size :]
    return found
