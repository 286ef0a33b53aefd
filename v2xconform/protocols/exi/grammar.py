"""Schema-informed grammars (EXI 1.0, section 8.5): states, their productions and the codes of these.

The grammar of a type is a deterministic automaton whose states are made when a stream first reaches them. The key of a
state is its *continuation*, that is what may still follow, so that ``maxOccurs="2048"`` costs a counter and not 2048
states. V2G streams are not strict: each state has one more first-level code, the way to the second level.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from v2xconform.protocols.exi.datatypes import BOOLEAN, KINDS, STRING, Datatype, ListOf, Name
from v2xconform.protocols.exi.findings import ExiTableError
from v2xconform.protocols.exi.tables import ANY_TYPE, BUILTIN, XSD_URI, Table, range_kind

XML_URI = "http://www.w3.org/XML/1998/namespace"
XSI_URI = "http://www.w3.org/2001/XMLSchema-instance"
XSI_TYPE = (XSI_URI, "type")
XSI_NIL = (XSI_URI, "nil")
UNBOUNDED = 1 << 60

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
    """Grammar of an element that no schema declares; it never learns, as the V2G options say (EXI 1.0, 8.4.3)."""

    name = "built-in"

    @property
    def start(self) -> State:
        return self.state("start", start_tag=True)

    def expand(self, state: State) -> list[Production]:
        return [] if state.key == "start" else [Production(EE, state)]

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


class RelaxedGrammar(Grammar):
    """Schema-informed element fragment grammar, for a name declared with several types (EXI 1.0, 8.5.3)."""

    name = "element fragment"

    def __init__(self, grammars: "Grammars", candidates: Sequence[int]) -> None:
        super().__init__()
        self._grammars = grammars
        self._candidates = candidates

    @property
    def start(self) -> State:
        start = self.state("start", first=True, start_tag=True)
        start.content = self.state("content")
        return start

    def expand(self, state: State) -> list[Production]:
        content = self.state("content")
        found = []
        if state.key != "content":
            preferred = self._preferred()
            for name, types in self._grammars.fragment_attributes:
                datatype = self._grammars.datatype(types[0]) if len(types) == 1 else STRING
                key = "@" + name[1] if preferred.get(name[1]) == name else "@" + clark(name)
                found.append(Production(AT, state, name=name, key=key, datatype=datatype))
            found.append(Production(AT_ANY, state))
        if state.key != "nil":
            for name, types in self._grammars.fragment:
                number = types[0] if len(types) == 1 else None
                found.append(Production(SE, content, name=name, key=clark(name), type_number=number, many=True))
            found.append(Production(SE_ANY, content, many=True))
        found.append(Production(EE, content))
        if state.key != "nil":
            found.append(Production(CH, content, key="#", datatype=STRING))
        return found

    def _preferred(self) -> dict[str, Name]:
        """Say which attribute a bare local name means: one that a candidate type declares, else the first."""
        preferred: dict[str, Name] = {}
        for name, _ in self._grammars.fragment_attributes:
            preferred.setdefault(name[1], name)
        for number in self._candidates:
            grammar = self._grammars.grammar(number)
            if isinstance(grammar, TypeGrammar):
                preferred.update({name[1]: name for name, _, _ in grammar.attributes})
        return preferred


class Particle:
    """Part of a content model. ``many``: it, or a group around it, can come more than once."""

    __slots__ = ("high", "kind", "low", "many", "terms")

    def __init__(self, kind: str, terms: Any, low: int, high: int, many: bool) -> None:
        self.kind = kind
        self.terms = terms
        self.low = low
        self.high = high
        self.many = many


class TypeGrammar(Grammar):
    """Grammar of one type of the schema. Keys of states:

    ``("A", i)``    attribute i and all after it are still possible
    ``("E",)``      only the end is left (after simple content)
    ``("K", k)``    element content with continuation k, where k is ``()``, nothing left;
                    ``(particle, n, k)``, particle seen n times, then k; ``(items, i, k)``, items[i:], then k
    """

    def __init__(self, grammars: "Grammars", entry: dict[str, Any], number: int) -> None:
        super().__init__()
        self.grammars = grammars
        uris = grammars.uris
        if "name" in entry:
            self.name = entry["name"][1]
        self.number = number
        self.value = grammars.datatype_of(entry)
        self.attributes: list[tuple[Name, Datatype, bool]] = [
            ((uris[uri], local), grammars.datatype(type_number), bool(required))
            for uri, local, type_number, required in entry.get("attributes", ())
        ]
        self.any_attribute: str | list[str] | None = entry.get("anyAttribute")
        self.mixed = bool(entry.get("mixed"))
        self.abstract = bool(entry.get("abstract"))
        #: tree key of a child element -> its name, type and whether it can come more than once
        self.slots: dict[str, tuple[Name, int, bool]] = {}
        self.particles = tuple(self._particle(p, False) for p in entry.get("particles", ()))
        if self.value is not None and not self.attributes and self.any_attribute is None:
            self.simple = self.value

    def _particle(self, source: list[Any], many: bool) -> Particle:
        kind, terms, low, high = source
        high = UNBOUNDED if high < 0 else high
        many = many or high > 1
        if kind == "element":
            named = [((self.grammars.uris[uri], local), number) for uri, local, number in terms]
            terms = tuple((name, self._key(name, number, many), number) for name, number in named)
        elif kind != "any":
            terms = tuple(self._particle(term, many) for term in terms)
        return Particle(kind, terms, low, high, many)

    def _key(self, name: Name, number: int, many: bool) -> str:
        """Return the tree key of a child: its local name, or ``{namespace}local`` if another child has taken that."""
        key = name[1] if self.slots.get(name[1], (name,))[0] == name else clark(name)
        self.slots[key] = (name, number, many or key in self.slots)
        return key

    @property
    def start(self) -> State:
        return self._attribute_state(0, first=True)

    @property
    def nil(self) -> State:
        return self.state(("N", 0), start_tag=True)

    def _attribute_state(self, index: int, *, first: bool = False) -> State:
        state = self.state(("A", index), first=first, start_tag=True)
        state.content = self.state(("A", len(self.attributes)))
        return state

    def expand(self, state: State) -> list[Production]:
        """Return the productions in the order of EXI 1.0, 8.5.4.3: AT, AT(*), SE, SE(*), EE, CH."""
        key = state.key
        found: list[Production] = []
        if key == ("E",):
            return [Production(EE, state)]
        if key[0] == "K":
            return self._content(key[1])
        for index in range(key[1], len(self.attributes)):
            name, datatype, required = self.attributes[index]
            after = self.state(("N", index + 1), start_tag=True) if key[0] == "N" else self._attribute_state(index + 1)
            found.append(Production(AT, after, name=name, key="@" + name[1], datatype=datatype))
            if required:
                return found
        if state.start_tag and self.any_attribute is not None:
            # The wildcard comes before all further attributes are skipped, so the state stays.
            for space in _spaces(self.any_attribute):
                found.append(Production(AT_ANY, state, space=space))
        if key[0] == "N":
            found.append(Production(EE, state))
        elif self.value is not None:
            found.append(Production(CH, self.state(("E",)), key="#", datatype=self.value))
        else:
            found += self._content((self.particles, 0, ()))
        return found

    def _content(self, continuation: Any) -> list[Production]:
        out: list[tuple[Particle, Any]] = []
        may_end = self._follow(continuation, out)
        elements: dict[Name, Production] = {}
        wild: list[Production] = []
        for particle, then in out:
            after = self.state(("K", then))
            if particle.kind == "element":
                for name, key, number in particle.terms:
                    if name not in elements:
                        elements[name] = Production(
                            SE, after, name=name, key=key, type_number=number, many=particle.many, particle=particle
                        )
            else:
                wild += [Production(SE_ANY, after, space=space, many=True) for space in _spaces(particle.terms)]
        found = [*elements.values(), *sorted(wild, key=lambda p: p.space is None)]
        if may_end:
            found.append(Production(EE, self.state(("E",))))
        if self.mixed:
            found.append(Production(CH, self.state(("K", continuation)), key="#", datatype=STRING))
        return found

    def _first(self, particle: Particle, seen: int, then: Any, out: list[tuple[Particle, Any]]) -> bool:
        """Add what *particle* can start with after *seen* occurrences; return whether it may be left."""
        optional = seen >= particle.low
        if seen < particle.high:
            count = seen + 1 if particle.high < UNBOUNDED else min(seen + 1, particle.low)
            again = (particle, count, then)
            if particle.kind in ("element", "any"):
                out.append((particle, again))
            elif particle.kind == "choice":
                for term in particle.terms:
                    optional = self._first(term, 0, again, out) or optional
            else:
                optional = self._first_of_sequence(particle.terms, 0, again, out) or optional
        return optional

    def _first_of_sequence(self, items: Any, index: int, then: Any, out: list[tuple[Particle, Any]]) -> bool:
        while index < len(items):
            if not self._first(items[index], 0, (items, index + 1, then), out):
                return False
            index += 1
        return True

    def _follow(self, continuation: Any, out: list[tuple[Particle, Any]]) -> bool:
        """Add everything that *continuation* can start with; return whether the end may follow."""
        while continuation:
            head, number, then = continuation
            if isinstance(head, Particle):
                may_leave = self._first(head, number, then, out)
            else:
                may_leave = self._first_of_sequence(head, number, then, out)
            if not may_leave:
                return False
            continuation = then
        return True


def _spaces(constraint: str | list[str]) -> list[str | None]:
    return [None] if isinstance(constraint, str) else list(constraint)


class Grammars:
    """All grammars of one table."""

    def __init__(self, table: Table) -> None:
        try:
            self.name: str = table["name"]
            self.namespace: str = table["namespace"]
            self.sources: list[list[str]] = table["sources"]
            self.uris: list[str] = table["namespaces"]
            self._types: list[dict[str, Any]] = table["types"]
            self.elements: list[tuple[Name, int]] = [((self.uris[e[0]], e[1]), e[2]) for e in table["elements"]]
            self.abstract: set[Name] = {(self.uris[e[0]], e[1]) for e in table["elements"] if len(e) > 3}
            self.global_attributes: dict[Name, int] = {
                (self.uris[uri], local): number for uri, local, number in table["globalAttributes"]
            }
            self.fragment: list[tuple[Name, list[int]]] = [((self.uris[u], n), t) for u, n, t in table["fragment"]]
            self.fragment_attributes: list[tuple[Name, list[int]]] = [
                ((self.uris[u], n), t) for u, n, t in table["attributes"]
            ]
            self.type_names: dict[Name, int] = {}
            for number, entry in enumerate(self._types):
                if "name" in entry:
                    uri, local = entry["name"]
                    self.type_names[uri if isinstance(uri, str) else self.uris[uri], local] = number
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise ExiTableError(
                f"table {table.get('name', '?')}: broken: {error!r}; import the schemas again"
            ) from None
        self._grammars: dict[int, Grammar] = {ANY_TYPE: AnyTypeGrammar()}
        self._datatypes: dict[int, Datatype] = {}
        self._relaxed: dict[tuple[int, ...], RelaxedGrammar] = {}
        self.built_in = BuiltInGrammar()
        self.globals: dict[Name, int] = dict(self.elements)

    def grammar(self, number: int) -> Grammar:
        """Return the grammar of a type."""
        found = self._grammars.get(number)
        if found is None:
            found = self._grammars[number] = TypeGrammar(self, self._types[number], number)
        return found

    def datatype(self, number: int) -> Datatype:
        """Return the datatype of a simple type."""
        found = self._datatypes.get(number)
        if found is None:
            made = self.datatype_of(self._types[number])
            if made is None:
                raise ExiTableError(f"table {self.name}: type {number} has no value")
            found = self._datatypes[number] = made
        return found

    def datatype_of(self, entry: dict[str, Any]) -> Datatype | None:
        """Return the datatype of the value of a type, None if it has element content."""
        if "content" in entry:
            return self.datatype(entry["content"])
        kind = entry.get("kind")
        if kind is None:
            return None
        if kind == "list":
            return ListOf(entry, self.datatype(entry["item"]))
        return KINDS[kind](entry)

    def of_candidates(self, types: Sequence[int]) -> Grammar:
        """Return the grammar of a fragment name that is declared with *types*."""
        if len(types) == 1:
            return self.grammar(types[0])
        key = tuple(types)
        if key not in self._relaxed:
            self._relaxed[key] = RelaxedGrammar(self, types)
        return self._relaxed[key]

    def of_element(self, name: Name) -> Grammar:
        """Return the grammar that a wildcard finds for *name*: its global declaration, else the built-in one."""
        number = self.globals.get(name)
        return self.built_in if number is None else self.grammar(number)

    def of_type(self, name: Name) -> Grammar | None:
        """Return the grammar of a named type, for xsi:type."""
        if name == (XSD_URI, "anyType"):
            return self.grammar(ANY_TYPE)
        number = self.type_names.get(name)
        if number is None and name[0] == XSD_URI and name[1] in BUILTIN:
            facts = dict(BUILTIN[name[1]])
            if facts["kind"] == "list":
                return None
            if facts["kind"] == "integer":
                facts["kind"] = range_kind(facts)
            number = len(self._types)
            self._types.append({"name": [XSD_URI, name[1]], **facts})
            self.type_names[name] = number
        return None if number is None else self.grammar(number)

    def attribute_datatype(self, name: Name) -> Datatype:
        """Return how the value of a wildcard attribute is packed: as its global declaration says, else a string."""
        if name == XSI_NIL:
            return BOOLEAN
        number = self.global_attributes.get(name)
        return STRING if number is None else self.datatype(number)
