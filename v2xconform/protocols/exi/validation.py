"""Check a tree against its schema: names, occurrence, types and facets. Nothing here is fatal; all is listed."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from v2xconform.protocols.exi.findings import ExiEncodeError, Violation
from v2xconform.protocols.exi.grammar import AT, AT_ANY, CH, EE, SE, SE_ANY, AnyTypeGrammar, Grammar, Production, State
from v2xconform.protocols.exi.grammars import Grammars, RelaxedGrammar
from v2xconform.protocols.exi.placing import ORDER, TYPE_KEY, declared_keys, parse_clark
from v2xconform.protocols.exi.type_grammar import TypeGrammar

MOST = 1000
"""Violations after which a validation stops: a tree with more is wrong as a whole."""


class Validation:
    """Walks one tree; iterate :meth:`message`."""

    def __init__(self, grammars: Grammars) -> None:
        self._grammars = grammars

    def message(self, name: str, tree: Any) -> Iterator[Violation]:
        """Yield the violations of a message or of a signed element."""
        for (uri, local), number in self._grammars.elements:
            if name in (local, f"{{{uri}}}{local}"):
                if (uri, local) in self._grammars.abstract:
                    yield Violation("", f"{local} is abstract: one of its substitutes must be used")
                yield from self._element(self._grammars.grammar(number), tree, "")
                return
        for (uri, local), types in self._grammars.fragment:
            if name in (local, f"{{{uri}}}{local}"):
                yield from self._element(self._grammars.of_candidates(types), tree, "")
                return
        yield Violation("", f"{name} is not an element of {self._grammars.name}")

    def _element(self, grammar: Grammar, tree: Any, path: str) -> Iterator[Violation]:
        if isinstance(tree, dict) and TYPE_KEY in tree:
            try:
                grammar = self._grammars.of_type(parse_clark(str(tree[TYPE_KEY]))) or grammar
            except ExiEncodeError as error:
                yield Violation(path, error.reason)
        elif isinstance(grammar, TypeGrammar) and grammar.abstract:
            yield Violation(path, f"type {grammar.name} is abstract: an element that substitutes it must be used")
        if not isinstance(grammar, TypeGrammar):
            if not isinstance(grammar, AnyTypeGrammar | RelaxedGrammar):
                yield Violation(path, "the schema does not declare this element")
            return
        if grammar.simple is not None and not isinstance(tree, dict):
            for text in grammar.simple.check(tree):
                yield Violation(path, text)
        elif isinstance(tree, dict):
            yield from self._content(grammar, tree, path)
        elif grammar.value is not None:
            yield from self._content(grammar, {"#": tree}, path)
        else:
            yield Violation(path, f"{str(tree)[:60]!r} where child elements are expected")

    def _content(self, grammar: TypeGrammar, tree: dict[str, Any], path: str) -> Iterator[Violation]:
        left: dict[str, deque[Any]] = {}
        for key, item in tree.items():
            if key in (ORDER, TYPE_KEY):
                continue
            items = deque(item if isinstance(item, list | tuple) else [item])
            if items:
                left[key] = items
        known = declared_keys(grammar)
        wild = grammar.any_attribute is not None
        for key in [k for k in left if k not in known]:
            if key.startswith("@"):
                del left[key]
                if not wild:
                    yield Violation(_join(path, key), f"attribute not declared in {grammar.name or 'this type'}")
        yield from self._walk(grammar, left, known, path)

    def _walk(
        self, grammar: TypeGrammar, left: dict[str, deque[Any]], known: list[str], path: str
    ) -> Iterator[Violation]:
        state = grammar.start
        counts: dict[str, int] = {}
        before = ""
        while True:
            found = _next(state, left)
            if found is None:
                missing = _missing(state)
                if missing is None:
                    break
                yield Violation(
                    path, f"{' or '.join(_names(state))} is missing" + (f" after {before}" if before else "")
                )
                state = missing.next
                continue
            key, production = found
            item = left[key].popleft()
            if not left[key]:
                del left[key]
            number = counts.get(key, 0)
            counts[key] = number + 1
            state = production.next
            before = key
            label = _join(path, f"{key}[{number}]" if production.many else key)
            if production.kind in (SE, SE_ANY):
                name = production.name or parse_clark(key)
                declared = production.type
                child = self._grammars.of_element(name) if declared is None else self._grammars.grammar(declared)
                yield from self._element(child, item, label)
            elif production.datatype is not None:
                for text in production.datatype.check(item):
                    yield Violation(label if key != "#" else path, text)
        for key, items in left.items():
            if key in counts:
                yield Violation(
                    _join(path, key), f"{counts[key] + len(items)} times, but at most {counts[key]} allowed here"
                )
            elif key in known:
                yield Violation(_join(path, key), "not allowed together with " + (before or "what comes before"))
            else:
                expected = ", ".join(known) or "nothing"
                yield Violation(_join(path, key), f"not declared in {grammar.name or 'this type'}; it has {expected}")


def _next(state: State, left: dict[str, deque[Any]]) -> tuple[str, Production] | None:
    for production in state.productions:
        if production.kind in (AT, SE, CH) and production.key in left:
            return production.key, production
        if production.kind in (SE_ANY, AT_ANY):
            mark = "{" if production.kind == SE_ANY else "@{"
            for key in left:
                if key.startswith(mark):
                    return key, production
    return None


def _missing(state: State) -> Production | None:
    """Return the way past what the schema requires in *state*, None if the element may end here."""
    if any(p.kind == EE for p in state.productions):
        return None
    return next((p for p in state.productions if p.next is not state), None)


def _names(state: State) -> list[str]:
    required = [p for p in state.productions if p.kind in (SE, CH, SE_ANY)]
    return ["its value" if p.kind == CH else p.key or "any element" for p in required or state.productions]


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
