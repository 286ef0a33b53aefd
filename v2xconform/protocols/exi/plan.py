"""Find out whether the grammar of a type can be compiled, and into what: an ordered list of positions.

A position is an attribute, the value, or one element name at one place of the content model. In almost every type of
the V2G schemas the state after a position does not depend on how one came there, apart from the number of repetitions.
Such a type becomes straight Python code (:mod:`.compiled_decoder`, :mod:`.compiled_encoder`); all others, and every
stream that is odd in any way, take the general way (:mod:`.reading`, :mod:`.writing`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from v2xconform.protocols.exi.datatypes import Datatype, Name
from v2xconform.protocols.exi.grammar import AT, CH, EE, SE, Production, State
from v2xconform.protocols.exi.type_grammar import UNBOUNDED, Particle, TypeGrammar

NOWHERE = -1
"""Position of what compiled code leaves to the general way: wildcards and characters in mixed content."""
_MOST_STATES = 400
_MOST_REQUIRED = 8


class NotCompilableError(Exception):
    """The grammar, or what it refers to, needs the general way."""


class OddError(Exception):
    """Compiled code met something that only the general way can judge."""


@dataclass(slots=True)
class After:
    """The states after a position: ``some`` as a rule; for a counted one also ``full``; below ``low`` only itself."""

    some: State | None = None
    full: State | None = None


@dataclass(slots=True)
class Position:
    """One attribute, value or element name of a type."""

    key: str
    name: Name | None
    datatype: Datatype | None
    type: int | None
    many: bool
    low: int = 0
    high: int = 1
    after: After = field(default_factory=After)


class Plan:
    """Positions of one type and the codes between them; raises NotCompilableError."""

    def __init__(self, grammar: TypeGrammar) -> None:
        self.grammar = grammar
        self.positions: list[Position] = []
        self._numbers: dict[object, int] = {}
        for name, datatype, _ in grammar.attributes:
            self._add(("@", name), Position("@" + name[1], name, datatype, None, False))
        if grammar.value is not None:
            self._add("#", Position("#", None, grammar.value, None, False))
        for particle in _elements(grammar.particles):
            for name, key, number in particle.terms:
                if particle.high > 1 and len(particle.terms) > 1:
                    raise NotCompilableError("several names in a repeated particle")
                position = Position(key, name, None, number, particle.many, particle.low, particle.high)
                self._add((id(particle), name), position)
        for particle in grammar.particles:
            _check_repetition(particle)
        self.end = len(self.positions)
        self._rest: dict[int, object] = {}
        self.states: list[State] = []
        self._explore()

    def _add(self, identity: object, position: Position) -> None:
        if any(position.key == other.key for other in self.positions):
            raise NotCompilableError("one key at two places")
        self._numbers[identity] = len(self.positions)
        self.positions.append(position)

    def _number(self, production: Production) -> int:
        if production.kind == EE:
            return self.end
        if production.kind == AT:
            return self._numbers["@", production.name]
        if production.kind == CH:
            return self._numbers.get("#", NOWHERE)
        if production.kind == SE:
            return self._numbers[id(production.particle), production.name]
        return NOWHERE

    def codes(self, state: State) -> list[int]:
        """Return the position that each first-level code of *state* leads to."""
        return [self._number(production) for production in state.productions]

    def code(self, state: State, number: int) -> tuple[int, int] | None:
        """Return (code, width) of a position in *state*, None if it cannot come there."""
        codes = self.codes(state)
        return (codes.index(number), state.width) if number in codes else None

    def entries(self) -> dict[int, list[State]]:
        """Return for each position the states from which it can come."""
        found: dict[int, list[State]] = {number: [] for number in range(self.end + 1)}
        for state in self.states:
            for number in self.codes(state):
                if number != NOWHERE:
                    found[number].append(state)
        return found

    def _explore(self) -> None:
        todo = [self.grammar.start]
        while todo:
            state = todo.pop()
            if state in self.states:
                continue
            self.states.append(state)
            if len(self.states) > _MOST_STATES:
                raise NotCompilableError("too many states")
            for production in state.productions:
                number = self._number(production)
                if number not in (NOWHERE, self.end):
                    todo += self._enter(number, production)

    def _enter(self, number: int, production: Production) -> Iterator[State]:
        """Note the states after *production* and yield those that are new."""
        position = self.positions[number]
        after = position.after
        if production.particle is None or production.particle.high == 1:
            if after.some is None:
                after.some = production.next
            elif after.some is not production.next:
                raise NotCompilableError("the state depends on more than the position")
            yield production.next
            return
        particle = production.particle
        rest = production.next.key[1][2]
        if self._rest.setdefault(number, rest) != rest:
            raise NotCompilableError("the state depends on more than the position")
        if particle.low > _MOST_REQUIRED:
            raise NotCompilableError("too many required repetitions")
        if particle.high == UNBOUNDED:
            after.some = self.grammar.state(("K", (particle, particle.low, rest)))
        else:
            if max(particle.low, 1) < particle.high:
                after.some = self.grammar.state(("K", (particle, max(particle.low, 1), rest)))
            after.full = self.grammar.state(("K", (particle, particle.high, rest)))
        yield from (state for state in (after.some, after.full) if state is not None)


def _elements(particles: tuple[Particle, ...]) -> Iterator[Particle]:
    """Yield the element particles in the order of the schema."""
    for particle in particles:
        if particle.kind == "element":
            yield particle
        elif particle.kind != "any":
            yield from _elements(particle.terms)


def _check_repetition(particle: Particle) -> None:
    """Refuse repeated groups unless they are a plain choice: only there the order of a tree is that of the codes."""
    if particle.kind in ("element", "any"):
        return
    if particle.high > 1:
        group = particle
        while group.kind in ("sequence", "choice") and len(group.terms) == 1 and group.terms[0].high == 1:
            group = group.terms[0]
        terms = group.terms if group.kind == "choice" else ()
        plain = [term.kind in ("element", "any") and (term.low, term.high) == (1, 1) for term in terms]
        if group.kind == "sequence" or not all(plain):
            raise NotCompilableError("a repeated group")
        return
    for term in particle.terms:
        _check_repetition(term)
