"""Decode regular streams with Python code made from the grammars.

One function per type reads one stream ``v`` (a big integer) from bit ``p`` (counted from the end, so that a read beyond
the end is a negative shift). Codes that can only be zero are not read one by one: they are read with the next value and
show as a number that is too large. Whatever is not regular raises, and the stream is read again in the general way.

``source(number)`` shows the code of a type, for example::

    def decode_21_1(v, p):                      # RationalNumberType, after 1 zero bit
        t = {}
        x = v >> p - 11 & 2047                  # SE, CH and the 8 bits of Exponent
        if x > 255: raise Odd
        t['Exponent'] = x - 128
        …
"""

from binascii import b2a_base64
from collections.abc import Callable
from typing import Any

from v2xconform.protocols.exi.datatypes import Boolean, Datatype, Enumeration, Integer, NBitInteger, UnsignedInteger
from v2xconform.protocols.exi.findings import ExiTableError
from v2xconform.protocols.exi.grammar import State
from v2xconform.protocols.exi.grammars import Grammars
from v2xconform.protocols.exi.plan import NotCompilableError, OddError, Plan, Position
from v2xconform.protocols.exi.type_grammar import TypeGrammar

Decode = Callable[[int, int], tuple[Any, int]]
LONGEST = 1 << 14
"""Octets up to which a big integer is a good buffer; longer streams take the general way, whose cost is linear."""
NOT_REGULAR = (OddError, ValueError, IndexError, TypeError, RecursionError)
"""What compiled code raises for streams that are not regular."""
_LEAVES = 8


def more_octets(v: int, p: int, offset: int, x: int) -> tuple[int, int]:
    """Read the third and further octets of an unsigned integer."""
    shift = 14
    while True:
        p -= 8
        octet = v >> p - offset & 255
        if octet < 128:
            if not octet:
                raise OddError
            return x | octet << shift, p
        x |= (octet & 127) << shift
        shift += 7
        if shift > 700:
            raise OddError


class DecoderCompiler:
    """Makes the functions of one table, each when it is first called."""

    def __init__(self, grammars: Grammars) -> None:
        self._grammars = grammars
        self._space: dict[str, Any] = {"Odd": OddError, "more": more_octets, "b2a": b2a_base64, "TF": (False, True)}
        self._plans: dict[int, Plan] = {}

    def function(self, number: int, lead: int = 0) -> str:
        """Return the name of the function that reads type *number* after *lead* zero bits."""
        name = f"decode_{number:d}_{lead:d}"
        if name not in self._space:

            def first_call(v: int, p: int) -> tuple[Any, int]:
                code = compile(self.source(number, lead), f"<EXI type {number} of {self._grammars.name}>", "exec")
                exec(code, self._space)
                made: Decode = self._space[name]
                return made(v, p)

            self._space[name] = first_call
        return name

    def decode(self, number: int, v: int, p: int) -> tuple[Any, int]:
        """Read one element of type *number*; raises one of NOT_REGULAR if the stream is not regular."""
        result: tuple[Any, int] = self._space[self.function(number)](v, p)
        return result

    def source(self, number: int, lead: int = 0) -> str:
        """Return the Python code that reads a type."""
        writer = _Writer(self, lead)
        head = f"def decode_{number:d}_{lead:d}(v, p):"
        try:
            grammar = self._grammars.grammar(number)
            if not isinstance(grammar, TypeGrammar):
                raise NotCompilableError
            if grammar.simple is not None:
                value = writer.leaf(grammar.simple)
                writer.finish(value)
            else:
                writer.type(self.plan(number, grammar))
        except (NotCompilableError, ExiTableError):
            return f"{head}\n    raise Odd\n"
        return "\n".join([head, *writer.lines]) + "\n"

    def plan(self, number: int, grammar: TypeGrammar) -> Plan:
        if number not in self._plans:
            self._plans[number] = Plan(grammar)
        return self._plans[number]

    def constant(self, prefix: str, value: tuple[Any, ...]) -> str:
        """Return the name of a constant of the generated code."""
        for name, known in self._space.items():
            if name.startswith(prefix) and known == value and type(known) is tuple:
                return name
        name = f"{prefix}{len(self._space)}"
        self._space[name] = value
        return name

    def leaves(self, number: int) -> list[tuple[str, int]] | None:
        """Return (key, type) of each child if the type is a fixed sequence of simple elements, to be read in place."""
        grammar = self._grammars.grammar(number)
        if not isinstance(grammar, TypeGrammar) or grammar.simple is not None or grammar.attributes or grammar.value:
            return None
        found: list[tuple[str, int]] = []
        state = grammar.start
        while True:
            production = state.productions[0] if len(state.productions) == 1 else None
            if production is None or production.many or len(found) > _LEAVES:
                return None
            if production.kind == "EE":
                return found
            child = self._grammars.grammar(production.type) if production.type is not None else None
            if child is None or child.simple is None:
                return None
            found.append((production.key, int(production.type or 0)))
            state = production.next

    def simple(self, number: int) -> Datatype | None:
        """Return the datatype of a type that is a value and nothing else."""
        return self._grammars.grammar(number).simple


class _Writer:
    """Lines of one function. ``_zeros``: codes not read yet that must be zero; ``_offset``: bits read since ``p``."""

    def __init__(self, compiler: DecoderCompiler, lead: int) -> None:
        self.lines: list[str] = []
        self._compiler = compiler
        self._indent = 1
        self._zeros = lead
        self._offset = 0

    def _line(self, text: str) -> None:
        self.lines.append("    " * self._indent + text)

    def _take(self, count: int) -> str:
        """Return an expression for the next *count* bits, the zeros before them included."""
        count += self._zeros
        self._zeros = 0
        self._offset += count
        return f"v >> p - {self._offset} & {(1 << count) - 1}"

    def _settle(self) -> None:
        """Bring ``p`` to where the stream has been read, all zeros checked."""
        if self._zeros:
            self._line(f"if {self._take(0)}: raise Odd")
        if self._offset:
            self._line(f"p -= {self._offset}")
            self._offset = 0

    # -- values

    def leaf(self, datatype: Datatype) -> str:
        """Write the reading of a simple element after its SE: CH, value, EE; return an expression for the value."""
        self._zeros += 1
        value = self.value(datatype)
        self._zeros += 1
        return value

    def value(self, datatype: Datatype) -> str:
        """Write the reading of a value and return an expression for it, to be used before the next value is read."""
        zeros = self._zeros
        if isinstance(datatype, Boolean):
            return f"TF[{self._take(1)}]"
        if isinstance(datatype, Enumeration):
            return f"{self._compiler.constant('VALUES_', tuple(datatype.values))}[{self._take(datatype.width)}]"
        if isinstance(datatype, NBitInteger):
            self._line(f"x = {self._take(datatype.width)}")
            span = datatype.top - datatype.base
            if zeros or span + 1 < 1 << datatype.width:
                self._line(f"if x > {span}: raise Odd")
            return (
                "x" if not datatype.base else f"x - {-datatype.base}" if datatype.base < 0 else f"x + {datatype.base}"
            )
        if isinstance(datatype, UnsignedInteger):
            self._unsigned()
            return "x"
        if isinstance(datatype, Integer):
            self._line(f"x = {self._take(9)}")
            self._line("if x > 127:")
            self._indent += 1
            if zeros:
                self._line("if x > 511: raise Odd")
            self._line("negative = x > 255")
            self._line("x &= 255")
            self._further_octets(0)
            self._line("if negative: x = -x - 1")
            self._indent -= 1
            return "x"
        kind = datatype.facts["kind"]
        if kind in ("hex", "base64", "string") and type(datatype).__name__ in ("Binary", "Datatype"):
            return self._octets(kind)
        raise NotCompilableError(kind)

    def _unsigned(self) -> None:
        zeros = self._zeros
        self._line(f"x = {self._take(8)}")
        self._further_octets(zeros)

    def _further_octets(self, zeros: int) -> None:
        """Write the reading of the octets after the first one of an unsigned integer, which is in ``x``."""
        self._line("if x > 127:")
        self._indent += 1
        if zeros:
            self._line("if x > 255: raise Odd")
        self._line("p -= 8")
        self._line(f"y = v >> p - {self._offset} & 255")
        self._line(f"if y > 127: x, p = more(v, p, {self._offset}, x & 127 | (y & 127) << 7)")
        self._line("elif y: x += (y << 7) - 128")
        self._line("else: raise Odd")
        self._indent -= 1

    def _octets(self, kind: str) -> str:
        self._unsigned()
        if kind == "string":
            self._line("if x < 3: raise Odd")
            self._line("x -= 2")
        else:
            self._line("if not x: raise Odd")
        self._line("p -= 8 * x")
        # The shift comes first: beyond the end it raises, before a mask of that size is made.
        block = f"v >> p - {self._offset} & (1 << 8 * x) - 1"
        if kind == "hex":
            return f"'%0*X' % (2 * x, {block})"
        if kind == "base64":
            return f"b2a(({block}).to_bytes(x, 'big'), newline=False).decode()"
        self._line(f"x = ({block}).to_bytes(x, 'big')")
        self._line("if not x.isascii(): raise Odd")
        self._line("x = x.decode()")
        self._line("if not x.isprintable(): raise Odd")
        return "x"

    # -- elements

    def _element(self, number: int) -> str:
        """Write the reading of an element of a type after its SE; return an expression for its tree."""
        compiler = self._compiler
        simple = compiler.simple(number)
        if simple is not None:
            return self.leaf(simple)
        leaves = compiler.leaves(number)
        if leaves is None:
            if self._offset:
                self._line(f"p -= {self._offset}")
                self._offset = 0
            self._line(f"x, p = {compiler.function(number, self._zeros)}(v, p)")
            self._zeros = 0
            return "x"
        parts = []
        for order, (key, child) in enumerate(leaves):
            datatype = compiler.simple(child)
            if datatype is None:
                raise NotCompilableError
            self._zeros += 1
            self._line(f"x{order} = {self.leaf(datatype)}")
            parts.append(f"{key!r}: x{order}")
        self._zeros += 1
        return "{" + ", ".join(parts) + "}"

    def finish(self, value: str) -> None:
        """Write the end of a function that returns *value*."""
        self._line(f"t = {value}")
        self._settle()
        self._line("return t, p")

    def type(self, plan: Plan) -> None:
        """Write the function of a type with attributes or child elements."""
        self._plan = plan
        self._entries = plan.entries()
        self._line("t = {}")
        fused = self._go_on(plan.grammar.start, -1)
        if fused is not None:
            self._position(fused)
        for number in range(plan.end + 1):
            if not self._is_fused(number):
                self._line(f"if c == {number}:")
                self._indent += 1
                self._position(number)
                self._indent -= 1
        self._line("raise Odd")

    def _is_fused(self, number: int) -> bool:
        """Tell whether the position can only follow the one before it, so that it needs no code of its own."""
        states = self._entries[number]
        if len(states) != 1 or len(states[0].productions) != 1:
            return False
        if number == 0:
            return states[0] is self._plan.grammar.start
        # The names of a substitution group share the state after them: only a position alone in front can go on.
        before = [p for p in self._plan.positions if states[0] in (p.after.some, p.after.full)]
        return before == [self._plan.positions[number - 1]] and not before[0].many

    def _go_on(self, state: State, number: int) -> int | None:
        """Write the reading of the next code; return the next position if there is only one and it is fused."""
        plan = self._plan
        codes = plan.codes(state)
        if codes == [number + 1] and self._is_fused(number + 1):
            self._zeros += 1
            return number + 1
        table = self._compiler.constant("NEXT_", tuple(codes))
        self._line(f"c = {table}[{self._take(state.width)}]")
        self._settle()
        return None

    def _position(self, start: int) -> None:
        """Write the reading of a position and of those fused to it."""
        number: int | None = start
        while number is not None:
            if number == self._plan.end:
                self._settle()
                self._line("return t, p")
                return
            position = self._plan.positions[number]
            if position.many:
                self._repeated(position, number)
                return
            self._line(f"t[{position.key!r}] = {self._content(position)}")
            number = self._go_on(self._state_after(position), number)

    def _content(self, position: Position) -> str:
        if position.type is not None:
            return self._element(position.type)
        if position.datatype is None:
            raise NotCompilableError
        return self.value(position.datatype)

    @staticmethod
    def _state_after(position: Position) -> State:
        state = position.after.some or position.after.full
        if state is None:
            raise NotCompilableError
        return state

    def _repeated(self, position: Position, number: int) -> None:
        self._settle()
        self._line(f"items = t[{position.key!r}] = []")
        self._line("while True:")
        self._indent += 1
        self._line(f"items.append({self._content(position)})")
        zeros, offset = self._zeros, self._offset
        if position.low > 1:
            self._line(f"if len(items) < {position.low}:")
            self._indent += 1
            self._zeros += 1
            self._settle()
            self._line("continue")
            self._indent -= 1
            self._zeros, self._offset = zeros, offset
        if position.after.full is not None and position.after.some is not None:
            self._line(f"if len(items) == {position.high}:")
            self._indent += 1
            self._go_on(position.after.full, self._plan.end)
            self._line("break")
            self._indent -= 1
            self._zeros, self._offset = zeros, offset
        self._go_on(self._state_after(position), self._plan.end)
        self._line(f"if c != {number}: break")
        self._indent -= 1
