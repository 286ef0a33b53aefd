"""Read a stream event by event, tolerantly: whatever has a meaning decodes, and what is odd about it is noted."""

from collections.abc import Iterator
from typing import Any

from v2xconform.protocols.exi.bits import BitReader
from v2xconform.protocols.exi.datatypes import STRING, Binary, Datatype, Name
from v2xconform.protocols.exi.events import Event
from v2xconform.protocols.exi.findings import ExiDecodeError, Limits, Oddity
from v2xconform.protocols.exi.grammar import (
    AT,
    AT_ANY,
    CH,
    EE,
    SE,
    SE_ANY,
    UNTYPED_AT,
    UNTYPED_CH,
    XSI_NIL,
    XSI_NIL_EVENT,
    XSI_TYPE,
    XSI_TYPE_EVENT,
    BuiltInGrammar,
    Grammar,
    Production,
    State,
    clark,
)
from v2xconform.protocols.exi.grammars import Grammars
from v2xconform.protocols.exi.names import NameTable
from v2xconform.protocols.exi.placing import natural_order

COOKIE = b"$EXI"
HEADER = 0x80


class _Open:
    """An element that has begun and not ended."""

    __slots__ = ("counts", "grammar", "key", "many", "name", "order", "path", "simple", "state", "texts", "tree")

    def __init__(self, grammar: Grammar, name: Name, key: str, many: bool, path: str) -> None:
        self.grammar = grammar
        self.state: State = grammar.start
        self.name = name
        self.key = key
        self.many = many
        self.path = path
        self.simple = grammar.simple is not None
        self.tree: dict[str, Any] = {}
        self.counts: dict[str, int] = {}
        self.order: list[str] = []
        self.texts: list[Any] = []

    def closed(self) -> Any:
        """Return the tree of the element, a bare value if it has nothing else."""
        if self.simple and not self.tree:
            return self.texts[0] if len(self.texts) == 1 else "".join(map(str, self.texts))
        if self.texts:
            self.tree["#"] = self.texts[0] if len(self.texts) == 1 else self.texts
        if len(set(self.order)) > 1 and natural_order(self.grammar, self.tree) != self.order:
            self.tree["#order"] = self.order
        return self.tree


class StreamReader:
    """Reads one stream: iterate :meth:`document` or :meth:`fragment`, then look at ``name``, ``tree``, ``oddities``."""

    def __init__(self, grammars: Grammars, names: dict[str, list[str]], data: bytes, limits: Limits) -> None:
        if len(data) > limits.octets:
            raise ExiDecodeError(f"a stream of {len(data)} octets; the limit is {limits.octets}")
        self._grammars = grammars
        self._names = NameTable(names)
        self._limits = limits
        self._r = BitReader(data, limits)
        self._stack: list[_Open] = []
        self._typed: set[Name] = set()
        self._oddities: list[Oddity] = []
        self._events = 0
        self.name: Name | None = None
        self.tree: Any = None

    @property
    def oddities(self) -> tuple[Oddity, ...]:
        return tuple(sorted(self._oddities, key=lambda oddity: oddity.bit))

    def document(self) -> Iterator[Event]:
        """Yield the events of a document; raises ExiDecodeError."""
        yield from self._located(self._document())

    def fragment(self) -> Iterator[Event]:
        """Yield the events of a fragment; raises ExiDecodeError."""
        yield from self._located(self._fragment())

    # -- the outer grammars

    def _located(self, events: Iterator[Event]) -> Iterator[Event]:
        try:
            yield from events
        except ExiDecodeError as error:
            if error.path or not self._stack:
                raise
            raise ExiDecodeError(error.reason, error.bit, self._where()) from None

    def _where(self) -> str:
        open_element = self._stack[-1]
        return open_element.path or open_element.name[1]

    def _document(self) -> Iterator[Event]:
        yield self._header()
        r = self._r
        declared = self._grammars.elements
        start = r.at
        width = len(declared).bit_length()
        number = r.bits(width)
        if number < len(declared):
            name, type_number = declared[number]
            yield from self._element(name, self._grammars.grammar(type_number), Event(f"SE({name[1]})"), start, width)
        else:
            yield from self._any_root(number, len(declared), start, width, "document")
        yield from self._padding()

    def _fragment(self) -> Iterator[Event]:
        yield self._header()
        r = self._r
        declared = self._grammars.fragment
        width = (len(declared) + 1).bit_length()
        while True:
            start = r.at
            number = r.bits(width)
            if number == len(declared) + 1 and self.name is not None:
                yield Event("ED", ((number, width),), "", start)
                break
            if self.name is not None:
                self._note("more-elements", "the fragment goes on after its first element", start)
            if number < len(declared):
                name, types = declared[number]
                grammar = self._grammars.of_candidates(types)
                yield from self._element(name, grammar, Event(f"SE({name[1]})"), start, width)
            else:
                yield from self._any_root(number, len(declared), start, width, "fragment")
        yield from self._padding()

    def _any_root(self, number: int, known: int, start: int, width: int, what: str) -> Iterator[Event]:
        if number > known:
            raise ExiDecodeError(f"{what} code {number} of {width} bits; the codes are 0 to {known}", start)
        name = self._names.read(self._r)
        self._note("undeclared-root", f"SE(*): element {clark(name)}", start)
        yield from self._element(name, self._grammars.of_element(name, self._typed), Event("SE(*)"), start, width)

    def _header(self) -> Event:
        r = self._r
        if r.data.startswith(COOKIE):
            r.bits(8 * len(COOKIE))
            self._note("cookie", "the stream begins with $EXI", 0)
        start = r.at
        octet = r.bits(8)
        if octet != HEADER:
            if octet >> 6 != 2:
                reason = "not an EXI stream"
            elif octet & 0x20:
                reason = "EXI with an options document, which V2G does not use"
            else:
                reason = "another EXI version"
            raise ExiDecodeError(f"header octet 0x{octet:02x}, expected 0x80: {reason}", start)
        return Event("header", (), r.text(0, r.at))

    def _padding(self) -> Iterator[Event]:
        r = self._r
        start = r.at
        fill = -start % 8
        bits = r.text(start, start + fill)
        if "1" in bits:
            self._note("trailing-bits", f"the last octet is filled up with {bits}", start)
        rest = r.data[(start + fill) >> 3 :]
        if rest:
            shown = rest[:16].hex() + ("…" if len(rest) > 16 else "")
            self._note("trailing-bytes", f"{len(rest)} octets after the end: {shown}", start + fill)
        if start < r.end:
            yield Event("padding", (), r.text(start, r.end), start)

    # -- elements

    def _note(self, code: str, text: str, bit: int) -> None:
        path = self._stack[-1].path if self._stack else ""
        self._oddities.append(Oddity(code, text, bit, path))
        if len(self._oddities) > self._limits.oddities:
            raise ExiDecodeError(f"more than {self._limits.oddities} oddities: this is no message", bit)

    def _open(self, name: Name, grammar: Grammar, key: str, many: bool) -> None:
        if len(self._stack) >= self._limits.depth:
            raise ExiDecodeError(f"elements nested deeper than {self._limits.depth}", self._r.at)
        path = ""
        if self._stack:
            parent = self._stack[-1]
            number = parent.counts.get(key, 0)
            parent.counts[key] = number + 1
            label = f"{key}[{number}]" if many else key
            path = f"{parent.path}.{label}" if parent.path else label
            parent.order.append(key)
        self._stack.append(_Open(grammar, name, key, many, path))

    def _element(self, name: Name, grammar: Grammar, event: Event, start: int, width: int) -> Iterator[Event]:
        """Yield the events of a root element; the stack is empty before and after."""
        code = int(self._r.text(start, start + width) or "0", 2)
        self._open(name, grammar, name[1], False)
        yield Event(event.production, ((code, width),), self._r.text(start + width, self._r.at), start, "", name)
        while self._stack:
            self._events += 1
            if self._events > self._limits.events:
                raise ExiDecodeError(f"more than {self._limits.events} events", self._r.at)
            yield self._next()

    def _production(self, state: State) -> tuple[Production, tuple[tuple[int, int], ...]]:
        r = self._r
        start = r.at
        productions = state.productions
        width = len(productions).bit_length()
        number = r.bits(width)
        if number < len(productions):
            return productions[number], ((number, width),)
        if number > len(productions):
            known = ", ".join(map(str, productions))
            raise ExiDecodeError(f"code {number} of {width} bits; known: {known} and the second level", start)
        second = state.second
        second_width = (len(second) - 1).bit_length()
        second_number = r.bits(second_width)
        if second_number >= len(second):
            raise ExiDecodeError(f"second-level code {second_number}; the codes are 0 to {len(second) - 1}", start)
        code = ((number, width), (second_number, second_width))
        found = second[second_number]
        if isinstance(found, Production):
            return found, code
        third_width = (len(found) - 1).bit_length()
        third_number = r.bits(third_width)
        if third_number >= len(found):
            raise ExiDecodeError(f"third-level code {third_number}; the codes are 0 to {len(found) - 1}", start)
        return found[third_number], (*code, (third_number, third_width))

    def _next(self) -> Event:
        """Read one event of the innermost open element."""
        r = self._r
        element = self._stack[-1]
        path = element.path
        start = r.at
        production, code = self._production(element.state)
        after_code = r.at
        odd = len(code) > 1 or isinstance(element.grammar, BuiltInGrammar)
        kind = production.kind
        name: Name | None = None
        value: Any = None
        if kind == SE:
            name = production.name
            assert name is not None
            types = [production.type] if production.type is not None else self._grammars.fragment_types[name]
            self._open(name, self._grammars.of_candidates(types), production.key, production.many)
            element.state = production.next
        elif kind == EE:
            if odd and not isinstance(element.grammar, BuiltInGrammar):
                self._note_end(element, start)
            self._close()
        elif kind in (CH, UNTYPED_CH):
            value = self._characters(element, production, start)
        elif kind == SE_ANY:
            name = self._wildcard_name(production)
            if odd:
                self._note("undeclared-element", f"{clark(name)} (event {_text(code)})", start)
            element.state = production.next
            self._open(name, self._grammars.of_element(name, self._typed), clark(name), True)
        else:
            element.state = production.next
            name, value = self._attribute(element, production, code, start)
        content = r.text(after_code, r.at)
        for note in r.odd:
            self._oddities.append(Oddity(*note, path))
        if r.odd:
            r.odd.clear()
            if len(self._oddities) > self._limits.oddities:
                raise ExiDecodeError(f"more than {self._limits.oddities} oddities: this is no message", start)
        return Event(str(production), code, content, start, path, name, value)

    def _close(self) -> None:
        element = self._stack.pop()
        tree = element.closed()
        if not self._stack:
            if self.name is None:
                self.name, self.tree = element.name, tree
            return
        parent = self._stack[-1]
        known = parent.tree.get(element.key)
        if known is None:
            parent.tree[element.key] = [tree] if element.many else tree
        elif isinstance(known, list) and (element.many or parent.counts[element.key] > 2):
            known.append(tree)
        else:
            parent.tree[element.key] = [known, tree]

    def _note_end(self, element: _Open, start: int) -> None:
        value = getattr(element.grammar, "value", None)
        if element.texts and value is not None:
            return  # the end that follows an untyped value is always on the second level
        if value is None:
            expected = ", ".join(str(p) for p in element.state.productions)
            self._note("early-end", f"{element.name[1]} ends where {expected} should come", start)
        else:
            self._note("empty-element", f"{element.name[1]} ends without a value", start)
            element.texts.append("")

    def _wildcard_name(self, production: Production) -> Name:
        if production.space is None:
            return self._names.read(self._r)
        return production.space, self._names.read_local(self._r, production.space)

    def _characters(self, element: _Open, production: Production, start: int) -> Any:
        datatype = production.datatype or STRING
        value = datatype.read(self._r, element.name)
        if production.kind == UNTYPED_CH:
            expected = getattr(element.grammar, "value", None)
            if expected is not None and not element.texts:
                words = expected.words
                self._note("untyped-value", f"{value!r} as a string where {words} is expected", start)
            elif not isinstance(element.grammar, BuiltInGrammar):
                self._note("unexpected-text", f"{value!r}", start)
        element.state = production.next
        self._note_empty(datatype, value, element.name[1], start)
        element.texts.append(value)
        element.order.append("#")
        return value

    def _note_empty(self, datatype: Datatype, value: Any, what: str, start: int) -> None:
        if value == "" and (type(datatype) is Datatype or isinstance(datatype, Binary)):
            self._note("empty-value", f"{what} has a value of length 0", start)

    def _attribute(
        self, element: _Open, production: Production, code: tuple[tuple[int, int], ...], start: int
    ) -> tuple[Name, Any]:
        kind = production.kind
        name = production.name or self._wildcard_name(production)
        key = production.key or "@" + clark(name)
        if kind == XSI_TYPE_EVENT or (kind == AT_ANY and name == XSI_TYPE):
            type_name = self._names.read(self._r)
            grammar = self._grammars.of_type(type_name)
            known = "" if grammar else ", which the schema does not know"
            self._note("xsi-type", f"{element.name[1]} is said to be of type {clark(type_name)}{known}", start)
            if isinstance(element.grammar, BuiltInGrammar):
                self._typed.add(element.name)
            if grammar is not None:
                element.grammar, element.state, element.simple = grammar, grammar.start, grammar.simple is not None
            element.tree[key] = clark(type_name)
            return name, clark(type_name)
        datatype = production.datatype or self._grammars.attribute_datatype(name)
        if kind == UNTYPED_AT:
            datatype = STRING
        value = datatype.read(self._r, name)
        self._note_empty(datatype, value, "@" + name[1], start)
        if kind == XSI_NIL_EVENT or name == XSI_NIL:
            self._note("xsi-nil", f"{element.name[1]} has xsi:nil {datatype.show(value)}", start)
            if value is True:
                element.state = element.grammar.nil
        elif kind == UNTYPED_AT and production.name is not None:
            self._note("untyped-value", f"@{name[1]} {value!r} as a string", start)
        elif kind != AT and len(code) > 1 and not isinstance(element.grammar, BuiltInGrammar):
            self._note("undeclared-attribute", f"{clark(name)} = {value!r} (event {_text(code)})", start)
        element.tree[key] = value
        return name, value


def _text(code: tuple[tuple[int, int], ...]) -> str:
    return ".".join(str(number) for number, _ in code)
