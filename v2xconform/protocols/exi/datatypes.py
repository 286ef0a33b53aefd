"""How simple values are packed, checked and shown (EXI 1.0, section 7.1; XML Schema part 2).

Values are JSON: bool, int and str. hexBinary is upper-case hex, base64Binary base64; the encoder takes bytes for both.
Decimals, floats and lists are strings as XML writes them.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from v2xconform.protocols.exi.bits import BitReader, octet_bits, string_bits, unsigned_bits
from v2xconform.protocols.exi.findings import ExiDecodeError, ExiEncodeError

Name = tuple[str, str]
"""(namespace, local name)"""


class Datatype:
    """One simple type. ``words`` says in a few words what a value must be."""

    words = "a string"

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts

    def read(self, r: BitReader, name: Name) -> Any:
        """Read one value of the element or attribute *name*."""
        return r.string(name)

    def bits(self, value: Any) -> str:
        """Return *value* as bits; raises ExiEncodeError without a path."""
        if not isinstance(value, str):
            raise self.wrong(value)
        return string_bits(value)

    def check(self, value: Any) -> Iterator[str]:
        """Yield what is wrong with *value*: its JSON type or a facet."""
        if not isinstance(value, str):
            yield self.wrong(value).reason
        else:
            yield from self.check_length(len(value), "characters")

    def check_length(self, length: int, unit: str) -> Iterator[str]:
        facts = self.facts
        if "length" in facts and length != facts["length"]:
            yield f"{length} {unit}, expected exactly {facts['length']}"
        if length < facts.get("minLength", 0):
            yield f"{length} {unit}, expected at least {facts['minLength']}"
        if length > facts.get("maxLength", length):
            yield f"{length} {unit}, expected at most {facts['maxLength']}"

    def wrong(self, value: Any) -> ExiEncodeError:
        shown = repr(value)
        if len(shown) > 60:
            shown = shown[:57] + "..."
        return ExiEncodeError(f"{shown} is not {self.words}")

    def parse(self, text: str) -> Any:
        """Return the value that XML writes as *text*; raises ExiEncodeError."""
        return text

    def show(self, value: Any) -> str:
        """Return *value* as XML writes it."""
        return str(value)


class Boolean(Datatype):
    words = "true or false"

    def read(self, r: BitReader, name: Name) -> bool:
        return r.bits(1) == 1

    def bits(self, value: Any) -> str:
        if not isinstance(value, bool):
            raise self.wrong(value)
        return "1" if value else "0"

    def check(self, value: Any) -> Iterator[str]:
        if not isinstance(value, bool):
            yield self.wrong(value).reason

    def parse(self, text: str) -> bool:
        known = {"true": True, "1": True, "false": False, "0": False}
        if text.strip() not in known:
            raise self.wrong(text)
        return known[text.strip()]

    def show(self, value: Any) -> str:
        return ("true" if value else "false") if isinstance(value, bool) else str(value)


class Enumeration(Datatype):
    """Number of the value in the order of the schema (EXI 1.0, 7.2)."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__(facts)
        self.values: list[str] = facts["values"]
        self.width = (len(self.values) - 1).bit_length()
        self.index = {value: number for number, value in enumerate(self.values)}
        self.words = "one of " + ", ".join(self.values)

    def read(self, r: BitReader, name: Name) -> str:
        start = r.at
        number = r.bits(self.width)
        if number >= len(self.values):
            raise ExiDecodeError(f"value number {number} of an enumeration with {len(self.values)} values", start)
        return self.values[number]

    def bits(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.index:
            raise self.wrong(value)
        return f"{self.index[value]:0{self.width}b}" if self.width else ""

    def check(self, value: Any) -> Iterator[str]:
        if not isinstance(value, str) or value not in self.index:
            yield self.wrong(value).reason

    def parse(self, text: str) -> str:
        if text not in self.index and text.strip() in self.index:
            return text.strip()
        if text not in self.index:
            raise self.wrong(text)
        return text


class Integer(Datatype):
    """Sign bit, then the magnitude; negative numbers count from -1 (EXI 1.0, 7.1.5)."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__(facts)
        low, high = facts.get("low"), facts.get("high")
        self.low: int | None = low
        self.high: int | None = high
        if low is not None and high is not None:
            self.words = f"an integer from {low} to {high}"
        elif low is not None or high is not None:
            self.words = f"an integer of at {f'least {low}' if high is None else f'most {high}'}"
        else:
            self.words = "an integer"

    def read(self, r: BitReader, name: Name) -> int:
        negative = r.bits(1)
        return -r.unsigned() - 1 if negative else r.unsigned()

    def bits(self, value: Any) -> str:
        if not isinstance(value, int):
            raise self.wrong(value)
        return "1" + unsigned_bits(-value - 1) if value < 0 else "0" + unsigned_bits(value)

    def check(self, value: Any) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool) or not self.in_range(value):
            yield self.wrong(value).reason

    def in_range(self, value: int) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"\s*[+-]?[0-9]{1,1000}\s*", text):
            raise self.wrong(text)
        return int(text)


class UnsignedInteger(Integer):
    def read(self, r: BitReader, name: Name) -> int:
        return r.unsigned()

    def bits(self, value: Any) -> str:
        if not isinstance(value, int) or value < 0:
            raise self.wrong(value)
        return unsigned_bits(value)


class NBitInteger(Integer):
    """A type with at most 4096 values: the distance from the lowest one."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__(facts)
        self.base: int = facts["low"]
        self.top: int = facts["high"]
        self.width = (self.top - self.base).bit_length()

    def read(self, r: BitReader, name: Name) -> int:
        start = r.at
        value = r.bits(self.width) + self.base
        if value > self.top:
            r.odd.append(("out-of-range", f"{value} is not {self.words}", start))
        return value

    def bits(self, value: Any) -> str:
        if not isinstance(value, int) or not 0 <= value - self.base < 1 << self.width:
            raise self.wrong(value)
        return f"{value - self.base:0{self.width}b}" if self.width else ""


class Binary(Datatype):
    """Length in octets, then the octets."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__(facts)
        self.is_hex = facts["kind"] == "hex"
        self.words = "hex text with two digits per octet" if self.is_hex else "base64 text"

    def read(self, r: BitReader, name: Name) -> str:
        data = r.octets()
        return data.hex().upper() if self.is_hex else base64.b64encode(data).decode("ascii")

    def octets(self, value: Any) -> bytes:
        if isinstance(value, bytes):
            return value
        if not isinstance(value, str):
            raise self.wrong(value)
        try:
            return binascii.unhexlify(value) if self.is_hex else base64.b64decode(value, validate=True)
        except ValueError:
            raise self.wrong(value) from None

    def bits(self, value: Any) -> str:
        data = self.octets(value)
        return unsigned_bits(len(data)) + octet_bits(data)

    def check(self, value: Any) -> Iterator[str]:
        try:
            data = self.octets(value)
        except ExiEncodeError as error:
            yield error.reason
        else:
            yield from self.check_length(len(data), "octets")

    def parse(self, text: str) -> str:
        data = self.octets("".join(text.split()))
        return data.hex().upper() if self.is_hex else base64.b64encode(data).decode("ascii")

    def show(self, value: Any) -> str:
        if isinstance(value, bytes):
            return value.hex().upper() if self.is_hex else base64.b64encode(value).decode("ascii")
        return str(value)


class DecimalNumber(Datatype):
    """Sign, digits before the point, digits after it in reverse (EXI 1.0, 7.1.3)."""

    words = "a decimal number, as 12.5"

    def read(self, r: BitReader, name: Name) -> str:
        sign = "-" if r.bits(1) else ""
        return f"{sign}{r.unsigned()}.{str(r.unsigned())[::-1]}"

    def bits(self, value: Any) -> str:
        match = re.fullmatch(r"([+-]?)(\d*)(?:\.(\d*))?", self.parse(str(value)))
        if match is None or not (match[2] or match[3]):
            raise self.wrong(value)
        sign = "1" if match[1] == "-" else "0"
        return sign + unsigned_bits(int(match[2] or "0")) + unsigned_bits(int((match[3] or "0")[::-1]))

    def check(self, value: Any) -> Iterator[str]:
        try:
            self.bits(value)
            number = Decimal(str(value))
            low, high = (Decimal(self.facts.get(k, number)) for k in ("low", "high"))
        except (ExiEncodeError, InvalidOperation):
            yield self.wrong(value).reason
        else:
            if not low <= number <= high:
                yield f"{value} is not from {self.facts.get('low', '-')} to {self.facts.get('high', '-')}"

    def parse(self, text: str) -> str:
        if not re.fullmatch(r"\s*[+-]?\d{0,500}(\.\d{0,500})?\s*", text):
            raise self.wrong(text)
        return text.strip()


class FloatNumber(Datatype):
    """Mantissa and decimal exponent (EXI 1.0, 7.1.4); an exponent of -16384 marks INF, -INF and NaN."""

    words = "a number, as 12.5 or 125E-1, INF, -INF or NaN"
    special = -(1 << 14)

    def read(self, r: BitReader, name: Name) -> str:
        integer = Integer({})
        mantissa, exponent = integer.read(r, name), integer.read(r, name)
        if exponent == self.special:
            return {1: "INF", -1: "-INF"}.get(mantissa, "NaN")
        return f"{mantissa}E{exponent}"

    def bits(self, value: Any) -> str:
        text = str(value).strip()
        integer = Integer({})
        if text in ("INF", "-INF", "NaN"):
            return integer.bits({"INF": 1, "-INF": -1, "NaN": 0}[text]) + integer.bits(self.special)
        match = re.fullmatch(r"([+-]?)(\d{0,500})(?:\.(\d{0,500}))?(?:[Ee]([+-]?\d{1,5}))?", text)
        if match is None or not (match[2] or match[3]):
            raise self.wrong(value)
        fraction = (match[3] or "").rstrip("0")
        mantissa = int((match[2] or "") + fraction or "0") * (-1 if match[1] == "-" else 1)
        return integer.bits(mantissa) + integer.bits(int(match[4] or "0") - len(fraction))

    def check(self, value: Any) -> Iterator[str]:
        try:
            self.bits(value)
        except ExiEncodeError as error:
            yield error.reason


class ListOf(Datatype):
    """Number of items, then the items (EXI 1.0, 7.1.11); as a value, the items with spaces between."""

    def __init__(self, facts: dict[str, Any], item: Datatype) -> None:
        super().__init__(facts)
        self.item = item
        self.words = f"a list with spaces, each item {item.words}"

    def read(self, r: BitReader, name: Name) -> str:
        start = r.at
        count = r.unsigned()
        if count > r.end - r.at:
            raise ExiDecodeError(f"a list of {count} items, but {r.end - r.at} bits are left", start)
        return " ".join(self.item.show(self.item.read(r, name)) for _ in range(count))

    def items(self, value: Any) -> Sequence[str]:
        if not isinstance(value, str):
            raise self.wrong(value)
        return value.split()

    def bits(self, value: Any) -> str:
        items = self.items(value)
        return unsigned_bits(len(items)) + "".join(self.item.bits(self.item.parse(item)) for item in items)

    def check(self, value: Any) -> Iterator[str]:
        try:
            items = self.items(value)
            for item in items:
                yield from self.item.check(self.item.parse(item))
        except ExiEncodeError as error:
            yield error.reason
        else:
            yield from self.check_length(len(items), "items")


KINDS: dict[str, type[Datatype]] = {
    "string": Datatype,
    "boolean": Boolean,
    "enumeration": Enumeration,
    "integer": Integer,
    "unsigned": UnsignedInteger,
    "nbit": NBitInteger,
    "hex": Binary,
    "base64": Binary,
    "decimal": DecimalNumber,
    "float": FloatNumber,
}
STRING = Datatype({"kind": "string"})
BOOLEAN = Boolean({"kind": "boolean"})
