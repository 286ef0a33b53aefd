"""Paused sessions of ISO 15118-20: who may resume which. Both sides keep them in the same way.

A session belongs to the pair that paused it: the charger binds it to the vehicle's certificate ([V2G20-2545],
[V2G20-2677]), the car to the charger's ([V2G20-2539]). The key is the standard's own example, 8.3.4.1.4.3.
"""

from dataclasses import dataclass, field
from hashlib import sha512

from v2xconform.protocols.iso15118.session20 import PausedSession


def resume_key(session_id: str, peer_leaf: bytes) -> bytes:
    """Return SHA-512(SessionID || SHA-512(leaf)) of a SessionID (hexadecimal) and the peer's leaf, DER ([V2G20-2630]).

    Without TLS there is no leaf: *peer_leaf* is empty, and the SessionID alone decides.
    """
    return sha512(bytes.fromhex(session_id) + sha512(peer_leaf).digest()).digest()


@dataclass(slots=True)
class PausedSessions:
    """What one party keeps of its paused sessions. `keep` after a pause, `find` when a peer comes back."""

    bound: bool = True
    """False: whoever knows the SessionID may resume (a deviation from [V2G20-2545])."""
    _kept: dict[bytes, PausedSession] = field(default_factory=dict)

    def keep(self, paused: PausedSession, peer_leaf: bytes) -> None:
        """Keep a session that this peer has paused."""
        self._kept[self._key(paused.session_id, peer_leaf)] = paused

    def find(self, session_id: str, peer_leaf: bytes) -> PausedSession | None:
        """Return the session that this very peer paused under *session_id*, or None."""
        return self._kept.get(self._key(session_id, peer_leaf))

    def forget(self, session_id: str, peer_leaf: bytes) -> None:
        """Drop a session that is resumed, or will never be ([V2G20-2613] to [V2G20-2617])."""
        self._kept.pop(self._key(session_id, peer_leaf), None)

    def last_of(self, peer_leaf: bytes) -> PausedSession | None:
        """Return the session that was paused last with this peer, or None: what a car comes back with."""
        theirs = (one for one in reversed(self._kept.values()) if self.find(one.session_id, peer_leaf) is one)
        return next(theirs, None)

    def _key(self, session_id: str, peer_leaf: bytes) -> bytes:
        return resume_key(session_id, peer_leaf if self.bound else b"")
