"""Encode and decode the messages of one schema set."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from v2xconform.protocols.exi.bits import pack
from v2xconform.protocols.exi.compiled_decoder import LONGEST, NOT_REGULAR, DecoderCompiler
from v2xconform.protocols.exi.compiled_encoder import NOT_PLAIN, EncoderCompiler
from v2xconform.protocols.exi.events import Event
from v2xconform.protocols.exi.findings import Limits, Oddity, Violation
from v2xconform.protocols.exi.grammars import Grammars
from v2xconform.protocols.exi.names import initial_names
from v2xconform.protocols.exi.reading import StreamReader
from v2xconform.protocols.exi.tables import Table, find_table, load_tables, shipped_tables
from v2xconform.protocols.exi.validation import MOST, Validation
from v2xconform.protocols.exi.writing import TreeWriter, located


@dataclass(frozen=True, slots=True)
class Document:
    """A decoded stream."""

    name: str
    """Local name of the root element."""
    namespace: str
    tree: Any
    """The message as JSON (see the package's docstring); a bare value if the root element has nothing else."""
    oddities: tuple[Oddity, ...] = ()


class Codec:
    """Encoder and decoder of one schema set; make it with :func:`codec`. It keeps no state between calls."""

    def __init__(self, table: Table, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.grammars = Grammars(table)
        self._names = initial_names(self.grammars)
        self._decoder = DecoderCompiler(self.grammars)
        self._encoder = EncoderCompiler(self.grammars, self._decoder.plan)
        self._width = len(self.grammars.elements).bit_length()
        self._fragment_width = (len(self.grammars.fragment) + 1).bit_length()
        #: local name -> (code, type) of a document; the main namespace wins
        self._roots: dict[str, tuple[int, int]] = {}
        for number, ((uri, local), type_number) in enumerate(self.grammars.elements):
            if local not in self._roots or uri == self.namespace:
                self._roots[local] = (number, type_number)

    @property
    def name(self) -> str:
        """Short name of the table, as ``iso15118-20-dc``."""
        return self.grammars.name

    @property
    def namespace(self) -> str:
        """Target namespace of the messages."""
        return self.grammars.namespace

    def reader(self, data: bytes) -> StreamReader:
        """Return a new reader of one stream."""
        return StreamReader(self.grammars, self._names, bytes(data), self.limits)

    def writer(self) -> TreeWriter:
        """Return a new writer of one stream."""
        return TreeWriter(self.grammars, self._names)

    def decode(self, data: bytes) -> Document:
        """Decode a document. Look at ``oddities`` for what a conformant encoder would not have written.

        Raises ExiDecodeError, and nothing else, for any bytes.
        """
        width = self._width
        if data[:1] == b"\x80" and len(data) <= LONGEST:
            v = int.from_bytes(data, "big")
            p = len(data) * 8 - 8 - width
            try:
                name, number = self.grammars.elements[v >> p & (1 << width) - 1]
                tree, p = self._decoder.decode(number, v, p)
                if p < 8 and not v & (1 << p) - 1:
                    return Document(name[1], name[0], tree)
            except NOT_REGULAR:
                pass  # the general way below says what is odd, or wrong
        return read_generally(self, data)

    def decode_fragment(self, data: bytes) -> Document:
        """Decode a fragment: the form in which an element is signed. Raises ExiDecodeError."""
        width = self._fragment_width
        if data[:1] == b"\x80" and len(data) <= LONGEST:
            v = int.from_bytes(data, "big")
            p = len(data) * 8 - 8 - width
            try:
                name, types = self.grammars.fragment[v >> p & (1 << width) - 1]
                if len(types) == 1:
                    tree, p = self._decoder.decode(types[0], v, p)
                    p -= width
                    if p < 8 and v & (1 << p + width) - 1 == len(self.grammars.fragment) + 1 << p:
                        return Document(name[1], name[0], tree)
            except NOT_REGULAR:
                pass  # as in decode
        return read_generally(self, data, "fragment")

    def encode(self, name: str, tree: Any) -> bytes:
        """Encode a document whose root element is *name* (``{namespace}local`` where the local name is not enough).

        Facets do not matter here: :meth:`validate` checks them. Raises ExiEncodeError for what EXI cannot express;
        :func:`write_events` writes even that.
        """
        root = self._roots.get(name)
        if root is not None:
            try:
                v = self._encoder.encode(root[1], tree, 0x80 << self._width | root[0])
            except NOT_PLAIN:
                pass  # the general way below writes it, or says what is wrong
            else:
                fill = -v.bit_length() & 7
                return (v << fill).to_bytes((v.bit_length() + fill) >> 3, "big")
        return write_generally(self, name, tree)

    def encode_fragment(self, name: str, tree: Any) -> bytes:
        """Encode a fragment that holds the element *name*, for signing. Raises ExiEncodeError."""
        return write_generally(self, name, tree, "fragment")

    def validate(self, name: str, tree: Any) -> list[Violation]:
        """Return where *tree* breaks the schema: undeclared or missing children, occurrence, types, facets."""
        return list(islice(Validation(self.grammars).message(name, tree), MOST))

    def events(self, data: bytes) -> Iterator[Event]:
        """Yield the events of a document one by one: a broken stream shows all that comes before the error."""
        return self.reader(data).document()

    def fragment_events(self, data: bytes) -> Iterator[Event]:
        """Yield the events of a fragment one by one."""
        return self.reader(data).fragment()

    def tree_events(self, name: str, tree: Any) -> list[Event]:
        """Return the events that :meth:`encode` writes: change them, then call :func:`write_events`."""
        return located(self.writer().document(name, tree))

    def fragment_tree_events(self, name: str, tree: Any) -> list[Event]:
        """Return the events that :meth:`encode_fragment` writes."""
        return located(self.writer().fragment(name, tree))


def read_generally(c: Codec, data: bytes, kind: str = "document") -> Document:
    """Decode a ``document`` or ``fragment`` without compiled code: what :meth:`Codec.decode` falls back to."""
    reader = c.reader(data)
    for _ in reader.document() if kind == "document" else reader.fragment():
        pass
    assert reader.name is not None
    return Document(reader.name[1], reader.name[0], reader.tree, reader.oddities)


def write_generally(c: Codec, name: str, tree: Any, kind: str = "document") -> bytes:
    """Encode a ``document`` or ``fragment`` without compiled code: what :meth:`Codec.encode` falls back to."""
    writer = c.writer()
    events = writer.document(name, tree) if kind == "document" else writer.fragment(name, tree)
    return pack("".join([event.bits for event in events]))


@lru_cache(maxsize=64)
def codec(name: str | Path) -> Codec:
    """Return the codec of a message set, by short name, namespace or the path of a table file (ending in .json).

    Short names: din70121, iso15118-2, iso15118-20-common, -ac, -dc, -wpt, -acdp, supportedappprotocol, xmldsig.
    The codec is cached. Raises ExiTableError.
    """
    path = name if isinstance(name, Path) else find_table(name)
    made = Codec(load_tables(path))
    if path.parent != shipped_tables():
        made.grammars.check()
    return made
