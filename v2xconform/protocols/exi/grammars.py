"""All grammars of one table, and what else the table says about names."""

from collections.abc import Container, Sequence
from typing import Any

from v2xconform.protocols.exi.datatypes import BOOLEAN, KINDS, STRING, Datatype, ListOf, Name
from v2xconform.protocols.exi.findings import ExiTableError
from v2xconform.protocols.exi.grammar import (
    AT,
    AT_ANY,
    CH,
    EE,
    SE,
    SE_ANY,
    XSI_NIL,
    AnyTypeGrammar,
    BuiltInGrammar,
    Grammar,
    Production,
    State,
    clark,
)
from v2xconform.protocols.exi.tables import ANY_TYPE, BUILTIN, XSD_URI, Table, range_kind
from v2xconform.protocols.exi.type_grammar import TypeGrammar


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
        self.built_in_typed = BuiltInGrammar(typed=True)
        self.globals: dict[Name, int] = dict(self.elements)
        self.fragment_types: dict[Name, list[int]] = dict(self.fragment)

    def check(self) -> None:
        """Build every grammar, so that a table that was changed by hand fails now; raises ExiTableError."""
        references = [
            *(number for _, number in self.elements),
            *self.global_attributes.values(),
            *(number for _, types in self.fragment + self.fragment_attributes for number in types),
        ]
        try:
            for number in range(len(self._types)):
                grammar = self.grammar(number)
                if isinstance(grammar, TypeGrammar):
                    references += [number for _, number, _ in grammar.slots.values()]
            for number in references:
                if not ANY_TYPE <= number < len(self._types):
                    raise IndexError(f"type {number} of {len(self._types)}")
        except (KeyError, TypeError, IndexError, ValueError, AttributeError, RecursionError) as error:
            if isinstance(error, ExiTableError):
                raise
            raise ExiTableError(f"table {self.name}: broken: {error!r}; import the schemas again") from None

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

    def of_element(self, name: Name, typed: Container[Name] = ()) -> Grammar:
        """Return the grammar that a wildcard finds for *name*: its global declaration, else the built-in one.

        *typed*: undeclared names that had an xsi:type in this stream.
        """
        number = self.globals.get(name)
        if number is not None:
            return self.grammar(number)
        return self.built_in_typed if name in typed else self.built_in

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
