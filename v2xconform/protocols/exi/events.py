"""One event of an EXI stream, and streams made of events, right or wrong.

A stream is the bits of its events, one after the other. So a test makes any wrong stream from a right one::

    from dataclasses import replace
    events = list(c.events(data))                        # or c.tree_events(name, tree)
    events[4] = replace(events[4], code=((3, 2),))       # another code
    del events[6]; events.insert(2, raw("0101"))         # a missing event, bits too many
    data = write_events(events)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from v2xconform.protocols.exi.bits import pack
from v2xconform.protocols.exi.datatypes import Name


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its code, what it spells out, and where it stands."""

    production: str
    """As the EXI specification writes it: ``SE(Header)``, ``CH``, ``EE``; also ``header``, ``padding``, ``raw``."""
    code: tuple[tuple[int, int], ...] = ()
    """(value, width in bits) of the first, second and third level."""
    content: str = ""
    """Bits after the code: qualified name and value, as characters 0 and 1."""
    bit: int = 0
    """Offset of the first bit in the stream."""
    path: str = ""
    """The element that the event belongs to."""
    name: Name | None = None
    """(namespace, local name) of an element or attribute."""
    value: Any = None
    """Value of an attribute or of characters."""

    @property
    def bits(self) -> str:
        """All bits of the event, as characters 0 and 1."""
        return "".join(f"{value & ((1 << width) - 1):0{width}b}" for value, width in self.code if width) + self.content

    @property
    def code_text(self) -> str:
        """The code as the EXI specification writes it: ``2``, or ``2.1`` on the second level."""
        return ".".join(str(value) for value, _ in self.code)

    @property
    def width(self) -> int:
        """Number of bits of the code."""
        return sum(width for _, width in self.code)


def raw(bits: str) -> Event:
    """Return an event that is nothing but *bits* (characters 0 and 1)."""
    if set(bits) - {"0", "1"}:
        raise ValueError(f"{bits!r} is not bits: expected the characters 0 and 1 only")
    return Event("raw", content=bits)


def write_events(events: Iterable[Event]) -> bytes:
    """Return the stream of *events*, the last octet filled up with zeros."""
    return pack("".join(event.bits for event in events))
