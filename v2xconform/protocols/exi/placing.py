"""Say in which order, and with which productions, the parts of a tree are written into an element."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from v2xconform.protocols.exi.datatypes import Name
from v2xconform.protocols.exi.findings import ExiEncodeError
from v2xconform.protocols.exi.grammar import (
    AT,
    AT_ANY,
    CH,
    EE,
    SE,
    SE_ANY,
    UNTYPED_CH,
    XSI_NIL,
    XSI_NIL_EVENT,
    XSI_TYPE,
    XSI_TYPE_EVENT,
    Grammar,
    Production,
    State,
    clark,
)
from v2xconform.protocols.exi.type_grammar import TypeGrammar

ORDER = "#order"
TYPE_KEY = "@" + clark(XSI_TYPE)
NIL_KEY = "@" + clark(XSI_NIL)


@dataclass(frozen=True, slots=True)
class Step:
    """One event to write: which production of which state, and the part of the tree that it carries."""

    production: Production
    code: tuple[tuple[int, int], ...]
    key: str
    item: Any


def parse_clark(key: str) -> Name:
    """Split ``{namespace}local``; raises ExiEncodeError."""
    uri, brace, local = key.removeprefix("@")[1:].rpartition("}")
    if not brace or not local:
        raise ExiEncodeError(f"{key!r}: expected a name of the form {{namespace}}local")
    return uri, local


class Placer:
    """Walks one element: iterate it, and set ``grammar`` anew when an xsi:type step names another type."""

    def __init__(self, grammar: Grammar, tree: dict[str, Any], *, ordered: bool = True) -> None:
        self.state = grammar.start
        self.grammar = grammar
        #: what is not placed yet, the next one last
        self._left: dict[str, list[Any]] = {}
        for key, item in tree.items():
            if key == ORDER:
                continue
            items = list(item) if isinstance(item, list | tuple) and not key.startswith("@") else [item]
            if items:
                self._left[key] = items[::-1]
        order = tree.get(ORDER) if ordered else None
        if order is not None and not isinstance(order, list):
            raise ExiEncodeError(f"{ORDER} must be a list of names")
        self._order: list[Any] | None = list(reversed(order)) if order else None
        self._before = ""

    def switch(self, grammar: Grammar) -> None:
        """Go on in another grammar: what xsi:type says."""
        self.grammar = grammar
        self.state = grammar.start

    def steps(self) -> Iterator[Step]:
        """Yield what to write, up to the end of the element; raises ExiEncodeError without a path."""
        for key, kind in ((TYPE_KEY, XSI_TYPE_EVENT), (NIL_KEY, XSI_NIL_EVENT)):
            if key in self._left:
                item = self._take(key)
                yield self._second(kind, key, item) or self._second(AT_ANY, key, item) or self._no_place(key)
                if key == NIL_KEY and item is True:
                    self.state = self.grammar.nil
        while True:
            step = self._next()
            yield step
            if step.production.kind == EE:
                return

    def _take(self, key: str) -> Any:
        items = self._left[key]
        item = items.pop()
        if not items:
            del self._left[key]
        return item

    def _next(self) -> Step:
        state = self.state
        productions = state.productions
        width = len(productions).bit_length()
        wanted: str | None = None
        if self._order and not any(key.startswith("@") for key in self._left):
            wanted = self._order[-1]
        # Attributes come first, also those that the schema does not declare.
        undeclared = any(key.startswith("@{") for key in self._left)
        for number, production in enumerate(productions):
            key = self._key_for(production, wanted)
            if key is not None and (production.kind in (AT, AT_ANY) or not undeclared):
                return self._step(production, ((number, width),), key)
        return self._undeclared(wanted) or self._no_place(wanted)

    def _step(self, production: Production, code: tuple[tuple[int, int], ...], key: str) -> Step:
        self.state = production.next
        item = None
        if production.kind != EE:
            item = self._take(key)
            self._before = key
            if self._order and not key.startswith("@"):
                self._order.pop()
        return Step(production, code, key, item)

    def _key_for(self, production: Production, wanted: str | None) -> str | None:
        """Return the key of the tree that *production* would write now."""
        kind = production.kind
        left = self._left
        if kind == EE:
            return None if left else ""
        if kind in (AT, SE, CH):
            key = production.key
            return key if key in left and (wanted in (None, key) or kind == AT) else None
        if kind not in (AT_ANY, SE_ANY):
            return None
        attribute = kind == AT_ANY
        for key in left:
            fits = key.startswith("@{") if attribute else key.startswith("{") and wanted in (None, key)
            if fits and (production.space is None or parse_clark(key)[0] == production.space):
                return key
        return None

    def _undeclared(self, wanted: str | None) -> Step | None:
        """Place what the schema does not declare: names in Clark form, and characters in element content."""
        for key in self._left:
            if key.startswith("@{"):
                return self._take_second(AT_ANY, key)
        keys = [key for key in self._left if key.startswith("{") or key == "#"]
        if wanted in keys:
            return self._take_second(UNTYPED_CH if wanted == "#" else SE_ANY, str(wanted))
        if wanted is None and keys and len(keys) == len(self._left):
            return self._take_second(UNTYPED_CH if keys[0] == "#" else SE_ANY, keys[0])
        if not self._left and self.grammar.name == "built-in":
            return self._second(EE, "", None)
        return None

    def _take_second(self, kind: str, key: str) -> Step | None:
        step = self._second(kind, key, self._left[key][-1])
        if step is not None:
            self._take(key)
            self._before = key
            if self._order and not key.startswith("@"):
                self._order.pop()
        return step

    def _second(self, kind: str, key: str, item: Any) -> Step | None:
        state = self.state
        count = len(state.productions)
        for number, production in enumerate(state.second):
            if isinstance(production, Production) and production.kind == kind:
                self.state = production.next
                code = ((count, count.bit_length()), (number, (len(state.second) - 1).bit_length()))
                return Step(production, code, key, item)
        return None

    def _no_place(self, wanted: str | None) -> Step:
        allowed = allowed_here(self.state)
        where = f" after {self._before}" if self._before else ""
        words = "the end" if allowed == ["the end"] else " or ".join(allowed) or "nothing"
        keys = list(self._left)
        known = declared_keys(self.grammar)
        if wanted is not None and wanted not in self._left:
            raise ExiEncodeError(f"{ORDER} names {wanted!r} more often than the tree has it")
        strange = [key for key in keys if key not in known and not key.startswith(("{", "@{"))]
        if strange and known:
            raise ExiEncodeError(
                f"{strange[0]!r} is not declared in {self.grammar.name or 'this type'}; it has {', '.join(known)}"
            )
        if not keys or (wanted is None and "the end" not in allowed):
            raise ExiEncodeError(f"{words} is missing{where}")
        raise ExiEncodeError(f"{wanted or keys[0]!r} cannot stand{where}; expected {words}")


def allowed_here(state: State) -> list[str]:
    """Return, in words, what may come in *state* on the first level."""
    return ["the end" if p.kind == EE else p.key or str(p) for p in state.productions]


def declared_keys(grammar: Grammar) -> list[str]:
    """Return the keys that the tree of a declared type can have."""
    if not isinstance(grammar, TypeGrammar):
        return []
    found = ["@" + name[1] for name, _, _ in grammar.attributes] + list(grammar.slots)
    if grammar.value is not None or grammar.mixed:
        found.append("#")
    return found


def natural_order(grammar: Grammar, tree: dict[str, Any]) -> list[str]:
    """Return the keys of *tree* in the order in which they are written when no ``#order`` says otherwise."""
    found = []
    placer = Placer(grammar, {key: item for key, item in tree.items() if key not in (TYPE_KEY, NIL_KEY)}, ordered=False)
    try:
        for step in placer.steps():
            if step.key and not step.key.startswith("@"):
                found.append(step.key)
    except ExiEncodeError:
        return []
    return found
