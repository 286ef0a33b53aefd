"""What the codec reports: errors that end the work, oddities and violations that do not."""

from dataclasses import dataclass


class ExiDecodeError(ValueError):
    """The stream has no meaning from one place on.

    ``bit`` is the offset from the first bit of the stream (the header byte is bits 0 to 7), ``path`` the element
    in which the decoder was, ``reason`` the message without both.
    """

    def __init__(self, reason: str, bit: int = 0, path: str = "") -> None:
        super().__init__(f"bit {bit}, {path or 'start of the stream'}: {reason}")
        self.reason = reason
        self.bit = bit
        self.path = path


class ExiEncodeError(ValueError):
    """The tree cannot be written: ``path`` says where, ``reason`` what is wrong and what would be right."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.reason = reason
        self.path = path


class ExiTableError(ValueError):
    """A table file is missing or broken, or an XML schema cannot be made into a table; one line says which and why."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that decodes, but that a conformant encoder of the V2G profile does not write."""

    code: str
    """One of :data:`ODDITIES`."""
    text: str
    """What was found, for a person."""
    bit: int
    """Offset in the stream."""
    path: str
    """Element, as ``Header.SessionID``; the empty string is the root or the stream as a whole."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One place in which a tree breaks the schema."""

    path: str
    text: str


ODDITIES = {
    "cookie": "the stream begins with the optional $EXI cookie",
    "empty-value": "an empty string or binary value (encoders differ in how they write it)",
    "empty-element": "an element that must have a value ends without one",
    "early-end": "an element ends although the schema requires more content",
    "xsi-type": "xsi:type names another type",
    "xsi-nil": "xsi:nil is used",
    "undeclared-attribute": "an attribute that the schema does not allow here",
    "undeclared-element": "an element that the schema does not allow here",
    "undeclared-root": "a root element that the schema does not declare",
    "untyped-value": "a value written as a string although the schema gives it another type",
    "unexpected-text": "characters where the schema allows none",
    "string-table-hit": "a string given by its number in the string table (the capacity of the table is 0 in V2G)",
    "overlong-integer": "an integer with needless leading groups of zero bits",
    "out-of-range": "a number that its n-bit code can hold but its type does not allow",
    "not-xml-text": "a character that XML does not allow",
    "more-elements": "a fragment with more than one element",
    "trailing-bits": "padding bits that are not zero",
    "trailing-bytes": "bytes after the end of the document",
}
"""Every code an :class:`Oddity` can have, and what it means."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one stream may cost; the defaults are far above any message of the standards."""

    octets: int = 1 << 20
    """Longest stream that is read."""
    depth: int = 64
    """Deepest nesting of elements."""
    events: int = 250_000
    """Most events (elements, attributes, texts) in a stream."""
    oddities: int = 1000
    """Most oddities: a stream with more is not a message."""
    integer_bits: int = 4096
    """Longest integer."""
