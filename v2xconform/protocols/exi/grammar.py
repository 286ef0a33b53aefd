"""Schema-informed grammars (EXI 1.0, section 8.5): states, their productions and the codes of these.

A grammar is a deterministic automaton whose states are made when a stream first reaches them. V2G streams are not
strict: each state has one more first-level code, the way to the second level.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from v2xconform.protocols.exi.datatypes import BOOLEAN, STRING, Datatype, Name

if TYPE_CHECKING:
    from v2xconform.protocols.exi.type_grammar import Particle

XML_URI = "http://www.w3.org/XML/1998/namespace"
XSI_URI = "http://www.w3.org/2001/XMLSchema-instance"
XSI_TYPE = (XSI_URI, "type")
XSI_NIL = (XSI_URI, "nil")

AT, AT_ANY, SE, SE_ANY, EE, CH = "AT", "AT(*)", "SE", "SE(*)", "EE", "CH"
XSI_TYPE_EVENT, XSI_NIL_EVENT, UNTYPED_AT, UNTYPED_CH = "AT(xsi:type)", "AT(xsi:nil)", "AT [untyped]", "CH [untyped]"


def name_order(name: Name) -> tuple[str, str]:
    """EXI sorts qualified names by local name, then by namespace."""
    return name[1], name[0]


def clark(name: Name) -> str:
    """Return a qualified name as text: ``{namespace}local``."""
    return f"{{{name[0]}}}{name[1]}"


class Production:
    """One way on from a state. ``space``: the only namespace that a wildcard takes, None for any."""

    __slots__ = ("datatype", "key", "kind", "many", "name", "next", "particle", "space", "type")

    def __init__(
        self,
        kind: str,
        next_state: "State",
        *,
        name: Name | None = None,
        key: str = "",
        type_number: int | None = None,
        datatype: Datatype | None = None,
        many: bool = False,
        space: str | None = None,
        particle: "Particle | None" = None,
    ) -> None:
        self.kind = kind
        self.next = next_state
        self.name = name
        self.key = key
        self.type = type_number
        self.datatype = datatype
        self.many = many
        self.space = space
        self.particle = particle

    def __str__(self) -> str:
        if self.kind in (AT, SE, UNTYPED_AT) and self.name:
            suffix = " [untyped]" if self.kind == UNTYPED_AT else ""
            return f"{self.kind[:2]}({self.name[1]}){suffix}"
        return self.kind if self.space is None else f"{self.kind[:2]}({{{self.space}}}*)"


class State:
    """Productions in the order of their codes, made on first use by the grammar that owns the state.

    ``start_tag`` is true as long as attributes may come, ``first`` before anything has come; ``content`` is the state
    after the attributes (EXI 1.0, 8.5.4.4.1: element i, content2).
    """

    __slots__ = ("_first_level", "_second_level", "content", "first", "grammar", "key", "start_tag")

    def __init__(self, grammar: "Grammar", key: Any, *, first: bool, start_tag: bool) -> None:
        self.grammar = grammar
        self.key = key
        self.first = first
        self.start_tag = start_tag
        self.content: State = self
        self._first_level: list[Production] | None = None
        self._second_level: list[Production | list[Production]] | None = None

    @property
    def productions(self) -> list[Production]:
        if self._first_level is None:
            self._first_level = self.grammar.expand(self)
        return self._first_level

    @property
    def width(self) -> int:
        """Bits of the first-level code: one code more than productions (not strict)."""
        return len(self.productions).bit_length()

    @property
    def second(self) -> list[Production | list[Production]]:
        """Second-level productions; a list inside it is the third level (EXI 1.0, 8.5.4.4.1)."""
        if self._second_level is None:
            self._second_level = list(self.grammar.second_level(self))
        return self._second_level


class Grammar:
    """What all grammars of elements share: a cache of states and the second level."""

    name = ""
    #: the datatype when the element holds a value and nothing else
    simple: Datatype | None = None

    def __init__(self) -> None:
        self._states: dict[Any, State] = {}

    def state(self, key: Any, *, first: bool = False, start_tag: bool = False) -> State:
        full = (key, first, start_tag)
        found = self._states.get(full)
        if found is None:
            found = self._states[full] = State(self, key, first=first, start_tag=start_tag)
        return found

    @property
    def start(self) -> State:
        raise NotImplementedError

    @property
    def nil(self) -> State:
        """Where the element goes on after xsi:nil="true": attributes, then the end."""
        return self.state("nil", start_tag=True)

    def expand(self, state: State) -> list[Production]:
        raise NotImplementedError

    def second_level(self, state: State) -> Iterator[Production | list[Production]]:
        if all(p.kind != EE for p in state.productions):
            yield Production(EE, state)
        if state.first:
            yield Production(XSI_TYPE_EVENT, state, name=XSI_TYPE)
            yield Production(XSI_NIL_EVENT, state, name=XSI_NIL, datatype=BOOLEAN)
        if state.start_tag:
            yield Production(AT_ANY, state)
            declared = [p for p in state.productions if p.kind == AT]
            yield [
                *(Production(UNTYPED_AT, p.next, name=p.name, key=p.key, datatype=STRING) for p in declared),
                Production(UNTYPED_AT, state),
            ]
        yield Production(SE_ANY, state.content)
        yield Production(UNTYPED_CH, state.content, datatype=STRING)


class BuiltInGrammar(Grammar):
    """Grammar of an element that no schema declares (EXI 1.0, 8.4.3).

    The V2G options keep it from learning, but for one thing that the limit on productions leaves out (EXI Profile,
    maximumNumberOfBuiltInProductions): an element name that once had an xsi:type has a first-level AT(xsi:type) from
    then on (*typed*).
    """

    name = "built-in"

    def __init__(self, *, typed: bool = False) -> None:
        super().__init__()
        self._typed = typed

    @property
    def start(self) -> State:
        return self.state("start", start_tag=True)

    def expand(self, state: State) -> list[Production]:
        if state.key == "start":
            return [Production(XSI_TYPE_EVENT, state, name=XSI_TYPE)] if self._typed else []
        return [Production(EE, state)]

    def second_level(self, state: State) -> Iterator[Production | list[Production]]:
        content = self.state("content")
        if state.key == "start":
            yield Production(EE, content)
            yield Production(AT_ANY, state)
        yield Production(SE_ANY, content)
        yield Production(UNTYPED_CH, content, datatype=STRING)


class AnyTypeGrammar(Grammar):
    """Grammar of xs:anyType (EXI 1.0, 8.5.4.1.3.3)."""

    name = "anyType"

    @property
    def start(self) -> State:
        start = self.state("start", first=True, start_tag=True)
        start.content = self.state("content")
        return start

    def expand(self, state: State) -> list[Production]:
        content = self.state("content")
        if state.key == "nil":
            return [Production(AT_ANY, state), Production(EE, state)]
        found = [Production(AT_ANY, state)] if state.key == "start" else []
        return [
            *found,
            Production(SE_ANY, content, many=True),
            Production(EE, content),
            Production(CH, content, key="#", datatype=STRING),
        ]
