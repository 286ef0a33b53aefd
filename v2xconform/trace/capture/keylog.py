"""TLS secrets of a key log in the NSS format (draft-ietf-tls-keylogfile), wherever they come from.

A file given by the user, the Decryption Secrets Block of a pcapng file, and key log lines sent in UDP datagrams within
the capture itself (dSPACE's charging boards do that) all end up in one `KeyLog`.
"""

import re
from typing import Final

_LINE: Final = re.compile(rb"\b([A-Z][A-Z0-9_]{2,40}) +([0-9a-fA-F]{64}) +([0-9a-fA-F]{64,128})(?![0-9a-fA-F])")
"""Label, ClientRandom, secret: 48 octets for TLS 1.2, the length of the hash (32 or 48) for TLS 1.3."""


class KeyLog:
    """Secrets by ClientRandom. Fill it with `add`, ask it with `secret`."""

    def __init__(self, text: str | bytes = b"") -> None:
        self._secrets: dict[bytes, dict[str, bytes]] = {}
        self.lines = 0
        """Secrets known so far."""
        if text:
            self.add(text)

    def add(self, text: str | bytes) -> int:
        """Take every key log line that stands in the text and return how many there were; the rest is ignored."""
        data = text.encode("utf-8", "replace") if isinstance(text, str) else text
        added = 0
        for label, client_random, secret in _LINE.findall(data):
            if len(secret) % 2 == 0:
                of_client = self._secrets.setdefault(bytes.fromhex(client_random.decode()), {})
                of_client[label.decode()] = bytes.fromhex(secret.decode())
                added += 1
        self.lines += added
        return added

    def secret(self, client_random: bytes, label: str) -> bytes | None:
        """Return a secret of the connection with this ClientRandom, or None if the key log lacks it."""
        return self._secrets.get(client_random, {}).get(label)

    def knows(self, client_random: bytes) -> bool:
        """Tell whether there is any secret for this ClientRandom."""
        return client_random in self._secrets


def may_hold_secrets(data: bytes) -> bool:
    """Tell quickly whether a packet might carry key log lines; only then is it worth a closer look."""
    return b"CLIENT_RANDOM " in data or b"_SECRET" in data
