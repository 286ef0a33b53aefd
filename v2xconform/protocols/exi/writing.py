"""Write a tree as events: only what the schema declares, unless the tree names something undeclared in Clark form."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from v2xconform.protocols.exi.datatypes import STRING, Datatype, Name
from v2xconform.protocols.exi.events import Event
from v2xconform.protocols.exi.findings import ExiEncodeError
from v2xconform.protocols.exi.grammar import (
    AT_ANY,
    CH,
    EE,
    SE,
    SE_ANY,
    UNTYPED_CH,
    XSI_NIL_EVENT,
    BuiltInGrammar,
    Grammar,
    Production,
    clark,
)
from v2xconform.protocols.exi.grammars import Grammars
from v2xconform.protocols.exi.names import NameTable
from v2xconform.protocols.exi.placing import TYPE_KEY, Placer, Step, parse_clark
from v2xconform.protocols.exi.type_grammar import TypeGrammar

HEADER = Event("header", content="10000000")


class TreeWriter:
    """Writes one stream; use a new one for each."""

    def __init__(self, grammars: Grammars, names: dict[str, list[str]]) -> None:
        self._grammars = grammars
        self._names = NameTable(names)
        self._typed_names: set[Name] = set()

    def document(self, name: str, tree: Any) -> list[Event]:
        """Return the events of a document whose root is the global element *name*."""
        declared = self._grammars.elements
        width = len(declared).bit_length()
        found = [number for number, (full, _) in enumerate(declared) if name in (full[1], clark(full))]
        found.sort(key=lambda number: declared[number][0][0] != self._grammars.namespace)
        if found:
            full, type_number = declared[found[0]]
            begin = Event(f"SE({full[1]})", ((found[0], width),), "", 0, "", full)
            grammar = self._grammars.grammar(type_number)
        elif name.startswith("{"):
            full = parse_clark(name)
            begin = Event("SE(*)", ((len(declared), width),), self._names.bits(full), 0, "", full)
            grammar = self._grammars.of_element(full, self._typed_names)
        else:
            raise ExiEncodeError(f"{name!r} is not a message of {self._grammars.name}")
        return [HEADER, begin, *self._root(full, grammar, tree)]

    def fragment(self, name: str, tree: Any) -> list[Event]:
        """Return the events of a fragment that holds the element *name*."""
        declared = self._grammars.fragment
        width = (len(declared) + 1).bit_length()
        found = [number for number, (full, _) in enumerate(declared) if name in (full[1], clark(full))]
        # A signed element has an Id: of several elements of that name, take one that can have it.
        found.sort(key=lambda number: not self._has_id(declared[number][1]))
        if found:
            full, types = declared[found[0]]
            begin = Event(f"SE({full[1]})", ((found[0], width),), "", 0, "", full)
            grammar = self._grammars.of_candidates(types)
        elif name.startswith("{"):
            full = parse_clark(name)
            begin = Event("SE(*)", ((len(declared), width),), self._names.bits(full), 0, "", full)
            grammar = self._grammars.of_element(full, self._typed_names)
        else:
            raise ExiEncodeError(f"{name!r} is not an element of {self._grammars.name}")
        end = Event("ED", ((len(declared) + 1, width),))
        return [HEADER, begin, *self._root(full, grammar, tree), end]

    def _has_id(self, types: list[int]) -> bool:
        grammars = [self._grammars.grammar(number) for number in types]
        return any(name[1] == "Id" for g in grammars if isinstance(g, TypeGrammar) for name, _, _ in g.attributes)

    def _root(self, name: Name, grammar: Grammar, tree: Any) -> Iterator[Event]:
        try:
            yield from self._element(name, grammar, tree, "")
        except ExiEncodeError as error:
            raise ExiEncodeError(error.reason, error.path or name[1]) from None
        except RecursionError:
            raise ExiEncodeError("nested too deeply", name[1]) from None

    def _element(self, name: Name, grammar: Grammar, tree: Any, path: str) -> Iterator[Event]:
        if not isinstance(tree, dict):
            if not isinstance(grammar, TypeGrammar) or grammar.value is None:
                raise ExiEncodeError(f"{_shown(tree)} where an object with child elements is expected", path)
            tree = {"#": tree}
        try:
            placer = Placer(grammar, tree)
            counts: dict[str, int] = {}
            for step in placer.steps():
                kind = step.production.kind
                if kind in (SE, SE_ANY):
                    number = counts.get(step.key, 0)
                    counts[step.key] = number + 1
                    label = f"{step.key}[{number}]" if step.production.many or kind == SE_ANY else step.key
                    yield from self._child(step, f"{path}.{label}" if path else label, path)
                elif kind == EE:
                    yield Event("EE", step.code, "", 0, path)
                else:
                    yield self._valued(placer, name, step, path)
        except ExiEncodeError as error:
            raise ExiEncodeError(error.reason, error.path or path) from None

    def _child(self, step: Step, path: str, parent: str) -> Iterator[Event]:
        production = step.production
        content = ""
        if production.kind == SE:
            name = production.name
            assert name is not None
            types = [production.type] if production.type is not None else self._grammars.fragment_types[name]
            grammar = self._grammars.of_candidates(types)
        else:
            name = parse_clark(step.key)
            content = self._spelled(production, name)
            grammar = self._grammars.of_element(name, self._typed_names)
        yield Event(str(production), step.code, content, 0, parent, name)
        yield from self._element(name, grammar, step.item, path)

    def _spelled(self, production: Production, name: Name) -> str:
        return self._names.bits(name) if production.space is None else self._names.local_bits(name)

    def _valued(self, placer: Placer, element: Name, step: Step, path: str) -> Event:
        production = step.production
        value = step.item
        if step.key == TYPE_KEY:
            return self._typed(placer, element, step, path)
        where = f"{path}.{step.key}" if path and step.key != "#" else path or step.key
        if production.kind in (CH, UNTYPED_CH):
            content = _bits(production.datatype or STRING, value, where)
            return Event(str(production), step.code, content, 0, path, None, value)
        name = production.name
        content = ""
        datatype = production.datatype
        if production.kind == AT_ANY:
            name = parse_clark(step.key)
            content = self._spelled(production, name)
            datatype = self._grammars.attribute_datatype(name)
        elif production.kind != XSI_NIL_EVENT and name is None:
            name = parse_clark(step.key)
        content += _bits(datatype or STRING, value, where)
        return Event(str(production), step.code, content, 0, path, name, value)

    def _typed(self, placer: Placer, element: Name, step: Step, path: str) -> Event:
        """Write xsi:type and go on with the grammar of the type that it names."""
        if not isinstance(step.item, str) or not step.item.startswith("{"):
            raise ExiEncodeError(f"{_shown(step.item)} is not a type name of the form {{namespace}}local", path)
        type_name = parse_clark(step.item)
        content = self._names.bits(parse_clark(step.key)) if step.production.kind == AT_ANY else ""
        content += self._names.bits(type_name)
        if isinstance(placer.grammar, BuiltInGrammar):
            self._typed_names.add(element)
        grammar = self._grammars.of_type(type_name)
        if grammar is not None:
            placer.switch(grammar)
        return Event(str(step.production), step.code, content, 0, path, parse_clark(step.key), step.item)


def located(events: list[Event]) -> list[Event]:
    """Return the events with their bit offsets."""
    at = 0
    found = []
    for event in events:
        found.append(replace(event, bit=at))
        at += event.width + len(event.content)
    return found


def _bits(datatype: Datatype, value: Any, path: str) -> str:
    try:
        return datatype.bits(value)
    except ExiEncodeError as error:
        raise ExiEncodeError(error.reason, path) from None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
