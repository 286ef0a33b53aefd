"""Encode valid trees with Python code made from the grammars.

One function per type appends one element to ``v``, a big integer that begins with the header, so that its length in
bits is always known. Codes and constant bits are added together with the next value. Whatever is not plainly valid
raises, and the tree is written again in the general way, which says what is wrong.
"""

from binascii import a2b_base64, unhexlify
from collections.abc import Callable
from typing import Any

from v2xconform.protocols.exi.datatypes import Boolean, Datatype, Enumeration, Integer, NBitInteger, UnsignedInteger
from v2xconform.protocols.exi.findings import ExiTableError
from v2xconform.protocols.exi.grammar import State
from v2xconform.protocols.exi.grammars import Grammars
from v2xconform.protocols.exi.plan import NotCompilableError, OddError, Plan, Position
from v2xconform.protocols.exi.type_grammar import UNBOUNDED, TypeGrammar

Encode = Callable[[Any, int], int]
NOT_PLAIN = (OddError, ValueError, IndexError, TypeError, KeyError, AttributeError, RecursionError)
"""What compiled code raises for trees that are not plainly valid."""
_START = -1


def add_unsigned(v: int, x: int) -> int:
    """Append an unsigned integer of any size."""
    if x < 0:
        raise OddError
    while x > 127:
        v = v << 8 | (x & 127 | 128)
        x >>= 7
    return v << 8 | x


def add_integer(v: int, x: int) -> int:
    """Append a signed integer of any size."""
    return add_unsigned(v << 1 | 1, -x - 1) if x < 0 else add_unsigned(v << 1, x)


def add_string(v: int, x: str) -> int:
    """Append a string of any length."""
    v = add_unsigned(v, len(x) + 2)
    if x.isascii():
        return v << 8 * len(x) | int.from_bytes(x.encode(), "big")
    for char in x:
        v = add_unsigned(v, ord(char))
    return v


def add_hex(v: int, x: str | bytes) -> int:
    """Append the octets of hex text, or bytes."""
    data = unhexlify(x) if x.__class__ is str else x
    return _add_octets(v, data)


def add_base64(v: int, x: str | bytes) -> int:
    """Append the octets of base64 text, or bytes."""
    data = a2b_base64(x, strict_mode=True) if x.__class__ is str else x
    return _add_octets(v, data)


def _add_octets(v: int, data: str | bytes) -> int:
    if data.__class__ is not bytes:
        raise OddError
    count = len(data)
    v = v << 8 | count if count < 128 else add_unsigned(v, count)
    return v << 8 * count | int.from_bytes(data, "big")


class EncoderCompiler:
    """Makes the functions of one table, each when it is first called."""

    def __init__(self, grammars: Grammars, plan: Callable[[int, TypeGrammar], Plan]) -> None:
        self._grammars = grammars
        self.plan = plan
        self._space: dict[str, Any] = {
            "Odd": OddError,
            "add_unsigned": add_unsigned,
            "add_integer": add_integer,
            "add_string": add_string,
            "add_hex": add_hex,
            "add_base64": add_base64,
            "octets": int.from_bytes,
        }

    def function(self, number: int) -> str:
        """Return the name of the function that writes type *number*."""
        name = f"encode_{number:d}"
        if name not in self._space:

            def first_call(t: Any, v: int) -> int:
                code = compile(self.source(number), f"<EXI type {number} of {self._grammars.name}>", "exec")
                exec(code, self._space)
                made: Encode = self._space[name]
                return made(t, v)

            self._space[name] = first_call
        return name

    def encode(self, number: int, tree: Any, v: int) -> int:
        """Append one element of type *number* to *v*; raises one of NOT_PLAIN if the tree is not plainly valid."""
        result: int = self._space[self.function(number)](tree, v)
        return result

    def source(self, number: int) -> str:
        """Return the Python code that writes a type."""
        writer = _Writer(self)
        head = f"def encode_{number:d}(t, v):"
        try:
            grammar = self._grammars.grammar(number)
            if not isinstance(grammar, TypeGrammar):
                raise NotCompilableError
            if grammar.simple is not None:
                writer.root_value(grammar.simple)
            else:
                writer.type(self.plan(number, grammar))
        except (NotCompilableError, ExiTableError):
            return f"{head}\n    raise Odd\n"
        return "\n".join([head, *writer.lines]) + "\n"

    def constant(self, prefix: str, value: object) -> str:
        """Return the name of a constant of the generated code."""
        name = f"{prefix}{len(self._space)}"
        self._space[name] = value
        return name

    def grammar(self, number: int) -> TypeGrammar:
        grammar = self._grammars.grammar(number)
        if not isinstance(grammar, TypeGrammar):
            raise NotCompilableError
        return grammar


class _Writer:
    """Lines of one function. ``_bits`` and ``_count``: constant bits that are not written yet."""

    def __init__(self, compiler: EncoderCompiler) -> None:
        self.lines: list[str] = []
        self._compiler = compiler
        self._indent = 1
        self._bits = 0
        self._count = 0
        self._depth = 0

    def _line(self, text: str) -> None:
        self.lines.append("    " * self._indent + text)

    def _constant(self, value: int, width: int) -> None:
        self._bits = self._bits << width | value
        self._count += width

    def _add(self, width: int, expression: str, into: str = "v") -> str:
        """Return ``v`` with the constant bits and *width* bits of an expression appended."""
        shifted = f"{into} << {self._count + width}" if self._count + width else into
        constant = self._bits << width
        parts = [shifted, *([str(constant)] if constant else []), *([expression] if expression else [])]
        return " | ".join(parts)

    def _before(self) -> str:
        """Return ``v`` with the constant bits appended, and forget these."""
        text = self._add(0, "")
        self._bits = self._count = 0
        return text

    def _settle(self) -> None:
        if self._count:
            self._line(f"v = {self._before()}")

    # -- values, which are in x

    def root_value(self, datatype: Datatype) -> None:
        self._line("x = t")
        self._constant(0, 1)
        self._value(datatype)
        self._constant(0, 1)
        self._settle()
        self._line("return v")

    def _value(self, datatype: Datatype) -> None:
        if isinstance(datatype, Boolean):
            self._line(f"if x is True: v = {self._add(1, '1')}")
            self._line(f"elif x is False: v = {self._add(1, '')}")
            self._line("else: raise Odd")
        elif isinstance(datatype, Enumeration):
            name = self._compiler.constant("NUMBERS_", datatype.index)
            self._line(f"v = {self._add(datatype.width, f'{name}[x]')}")
        elif isinstance(datatype, NBitInteger):
            if datatype.base:
                self._line(f"x = x - {datatype.base}" if datatype.base > 0 else f"x = x + {-datatype.base}")
            self._line(f"if not 0 <= x <= {(1 << datatype.width) - 1}: raise Odd")
            self._line(f"v = {self._add(datatype.width, 'x')}")
        elif isinstance(datatype, UnsignedInteger):
            self._number(8, "add_unsigned")
        elif isinstance(datatype, Integer):
            self._number(9, "add_integer")
        elif type(datatype).__name__ in ("Binary", "Datatype"):
            self._octets(datatype.facts["kind"])
        else:
            raise NotCompilableError(datatype.facts["kind"])
        self._bits = self._count = 0

    def _number(self, width: int, function: str) -> None:
        self._line(f"if 0 <= x < 128: v = {self._add(width, 'x')}")
        self._line(f"elif 0 < x < 16384: v = {self._add(width + 8, '(x & 127 | 128) << 8 | x >> 7')}")
        self._line(f"else: v = {function}({self._add(0, '')}, x)")

    def _octets(self, kind: str) -> None:
        if kind != "string":
            self._line(f"v = add_{kind}({self._add(0, '')}, x)")
            return
        self._line("if x.__class__ is not str: raise Odd")
        self._line("n = len(x)")
        short = self._add(8, "n + 2")
        self._line(f"if n < 126 and x.isascii(): v = ({short}) << 8 * n | octets(x.encode(), 'big')")
        self._line(f"else: v = add_string({self._add(0, '')}, x)")

    # -- elements

    def _content(self, position: Position) -> int:
        """Write ``x`` as the content of a position; return the number of zero bits that must follow it."""
        if position.type is None:
            if position.datatype is None:
                raise NotCompilableError
            self._value(position.datatype)
            return 0
        return self._element(position.type)

    def _element(self, number: int) -> int:
        grammar = self._compiler.grammar(number)
        if grammar.simple is not None:
            self._constant(0, 1)
            self._value(grammar.simple)
            return 1
        leaves = self._leaves(grammar)
        if leaves is None:
            self._line(f"v = {self._compiler.function(number)}(x, {self._before()})")
            return 0
        self._depth += 1
        part = f"part{self._depth}"
        self._line(f"{part} = x")
        self._line(f"if len({part}) != {len(leaves)}: raise Odd")
        zeros = 0
        for key, datatype in leaves:
            self._line(f"x = {part}[{key!r}]")
            self._constant(0, zeros + 2)
            self._value(datatype)
            zeros = 1
        self._depth -= 1
        return zeros + 1

    def _leaves(self, grammar: TypeGrammar) -> list[tuple[str, Datatype]] | None:
        """Return the children if the type is a fixed sequence of one to eight simple elements."""
        if grammar.attributes or grammar.value is not None:
            return None
        found: list[tuple[str, Datatype]] = []
        state = grammar.start
        while len(state.productions) == 1 and len(found) < 8:
            production = state.productions[0]
            if production.kind == "EE":
                return found or None
            if production.many or production.type is None:
                return None
            child = self._compiler.grammar(production.type)
            if child.simple is None:
                return None
            found.append((production.key, child.simple))
            state = production.next
        return None

    def type(self, plan: Plan) -> None:
        """Write the function of a type with attributes or child elements; ``s`` is the state, ``u`` counts the keys."""
        self._plan = plan
        #: states in which the code can be: number -> (state, zero bits due before its code)
        self._states: dict[int, tuple[State, int]] = {_START: (plan.grammar.start, 0)}
        self._line("if t.__class__ is not dict: raise Odd")
        # A bound method and a counter only where something is optional.
        used = 0
        counted = False
        now = [_START]
        for number, position in enumerate(plan.positions):
            comes_from = [s for s in now if plan.code(self._states[s][0], number) is not None]
            if not comes_from:
                continue
            required = comes_from == now and all(plan.codes(self._states[s][0]) == [number] for s in now)
            if required:
                used += 1
                self._line(f"x = t[{position.key!r}]")
                now = self._position(position, number, now)
            else:
                if not counted:
                    self._line("u = 0")
                    counted = True
                if len(now) == 1:
                    self._line(f"s = {now[0]}")
                self._line(f"x = t.get({position.key!r})")
                self._line("if x is not None:")
                self._indent += 1
                self._line("u += 1")
                after = self._position(position, number, now)
                if len(after) == 1:
                    self._line(f"s = {after[0]}")
                self._indent -= 1
                now = now + after
        self._code(plan.end, now)
        self._settle()
        self._line(f"if len(t) != {used}{' + u' if counted else ''}: raise Odd")
        self._line("return v")

    def _code(self, number: int, now: list[int]) -> None:
        """Write the code of a position, which depends on the state ``s`` if there is more than one."""
        known = {s: self._plan.code(self._states[s][0], number) for s in now}
        widths = {s: (code[0], code[1] + self._states[s][1]) for s, code in known.items() if code is not None}
        if len(now) == 1 and widths:
            self._constant(*widths[now[0]])
        elif len(widths) == len(now) and len(set(widths.values())) == 1:
            self._constant(*next(iter(widths.values())))
        else:
            self._line(f"code, width = {self._compiler.constant('CODES_', widths)}[s]")
            self._line("v = v << width | code")

    def _position(self, position: Position, number: int, now: list[int]) -> list[int]:
        """Write the code and content of a position; return the states in which it can leave the element."""
        after = position.after
        if position.many:
            return self._repeated(position, number, now)
        self._code(number, now)
        zeros = self._content(position)
        self._settle()
        state = after.some or after.full
        if state is None:
            raise NotCompilableError
        self._states[number] = (state, zeros)
        return [number]

    def _repeated(self, position: Position, number: int, now: list[int]) -> list[int]:
        after = position.after
        full = number + 10_000
        self._line("items = x if x.__class__ is list else (x,)")
        self._line("n = len(items)")
        low = max(position.low if position.high > 1 else 1, 1)
        bounded = position.high if 1 < position.high < UNBOUNDED else 0
        self._line(f"if n < {low}{f' or n > {bounded}' if bounded else ''}: raise Odd")
        self._settle()
        self._line("first = True")
        self._line("i = 0")
        self._line("for x in items:")
        self._indent += 1
        self._line("if first:")
        self._indent += 1
        self._line("first = False")
        self._code(number, now)
        self._settle()
        self._indent -= 1
        # What stands between two items depends on how many there are already.
        between = len(self.lines)
        self._line("i += 1")
        zeros = self._content(position)
        if zeros:
            self._constant(0, zeros)
        self._settle()
        self._indent -= 1
        again: list[str] = []
        indent = "    " * (self._indent + 1)
        if low > 1:
            again.append(f"{indent}elif i < {low}: v <<= 1")
        code = self._plan.code(after.some, number) if after.some is not None else None
        if code is not None:
            again.append(f"{indent}else: v = v << {code[1]} | {code[0]}")
        elif low <= 1:
            again.append(f"{indent}else: raise Odd")
        self.lines[between:between] = again
        found = []
        if after.some is not None:
            self._states[number] = (after.some, 0)
            found.append(number)
        if after.full is not None:
            self._states[full] = (after.full, 0)
            found.append(full)
        if len(found) == 2:
            self._line(f"s = {full} if n == {position.high} else {number}")
        return found
