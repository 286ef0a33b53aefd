"""Grammar of a type of the schema (EXI 1.0, 8.5.4.1.3): attributes, then a value or a content model.

A content model becomes a deterministic automaton. The key of a state is its *continuation*, that is what may still
follow, so that ``maxOccurs="2048"`` costs a counter and not 2048 states.
"""

from typing import TYPE_CHECKING, Any

from v2xconform.protocols.exi.datatypes import STRING, Datatype, Name
from v2xconform.protocols.exi.grammar import AT, AT_ANY, CH, EE, SE, SE_ANY, Grammar, Production, State, clark

if TYPE_CHECKING:
    from v2xconform.protocols.exi.grammars import Grammars

UNBOUNDED = 1 << 60


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
