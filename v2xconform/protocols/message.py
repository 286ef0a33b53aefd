"""The one form in which a protocol message travels through the house: its protocol, its name and its plain tree."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """A decoded message, or one to encode. Build it by hand or take it from a channel."""

    protocol: str
    """Short name of the protocol whose schema the tree obeys, e.g. ``iso15118-20-dc``."""
    name: str
    """Name of the root element (or of the body element), exactly as on the wire."""
    tree: dict[str, Any]
    """Content as plain JSON; names exactly as on the wire."""
    payload: bytes = b""
    """The encoded form, where it has been received; empty for a message that is yet to be encoded."""
