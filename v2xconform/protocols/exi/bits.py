"""Bits in, bits out: unsigned integers of any size, characters, octets (EXI 1.0, section 7.1)."""

from v2xconform.protocols.exi.findings import ExiDecodeError, Limits


class BitReader:
    """Reads a stream from its first bit on; the cost of a read does not grow with the length of the stream.

    What decodes but should not have been written is noted in ``odd`` as (code, text, bit).
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.data = data
        self.at = 0
        self.end = len(data) * 8
        self.limits = limits
        self.odd: list[tuple[str, str, int]] = []
        self.strings = StringTable()

    def error(self, reason: str) -> ExiDecodeError:
        """Return an error at the present bit."""
        return ExiDecodeError(reason, self.at)

    def bits(self, count: int) -> int:
        """Read *count* bits as an unsigned number."""
        start = self.at
        stop = start + count
        if stop > self.end:
            raise ExiDecodeError(f"the stream ends: {count} bits needed, {self.end - start} left", start)
        self.at = stop
        block = int.from_bytes(self.data[start >> 3 : (stop + 7) >> 3], "big")
        return (block >> (-stop & 7)) & ((1 << count) - 1)

    def text(self, start: int, stop: int) -> str:
        """Return the bits from *start* to *stop* as characters 0 and 1, without moving."""
        if start == stop:
            return ""
        block = int.from_bytes(self.data[start >> 3 : (stop + 7) >> 3], "big") >> (-stop & 7)
        return f"{block & ((1 << (stop - start)) - 1):0{stop - start}b}"

    def unsigned(self) -> int:
        """Read an integer in groups of seven bits, the least significant group first (EXI 1.0, 7.1.6)."""
        start = self.at
        result = shift = 0
        while True:
            octet = self.bits(8)
            result |= (octet & 127) << shift
            if octet < 128:
                if shift and not octet:
                    self.odd.append(("overlong-integer", f"{result} in {shift // 7 + 1} octets", start))
                return result
            shift += 7
            if shift > self.limits.integer_bits:
                raise ExiDecodeError(f"an integer of more than {self.limits.integer_bits} bits", start)

    def octets(self) -> bytes:
        """Read a length and that many octets."""
        start = self.at
        count = self.unsigned()
        if count * 8 > self.end - self.at:
            raise ExiDecodeError(f"a value of {count} octets, but {(self.end - self.at) // 8} are left", start)
        return self.bits(count * 8).to_bytes(count, "big")

    def characters(self, count: int) -> str:
        """Read *count* characters, one unsigned integer each."""
        start = self.at
        if count * 8 > self.end - start:
            raise ExiDecodeError(
                f"a string of {count} characters, but {(self.end - start) // 8} octets are left", start
            )
        block = self.bits(count * 8).to_bytes(count, "big")
        if block.isascii():  # octets below 0x80 are one character each
            text = block.decode("ascii")
        else:
            self.at = start
            found = []
            for _ in range(count):
                point = self.unsigned()
                if point > 0x10FFFF:
                    raise ExiDecodeError(f"character number {point} is beyond Unicode (1114111)", self.at)
                found.append(chr(point))
            text = "".join(found)
        if not text.isprintable():
            text = self._xml_text(text, start)
        return text

    def _xml_text(self, text: str, start: int) -> str:
        wrong = sorted({c for c in text if not is_xml_character(c)})
        if wrong:
            listed = ", ".join(f"U+{ord(c):04X}" for c in wrong[:5])
            self.odd.append(("not-xml-text", f"characters that XML does not allow: {listed}", start))
            # A lone surrogate cannot be written as JSON either.
            text = "".join("\ufffd" if 0xD800 <= ord(c) <= 0xDFFF else c for c in text)
        return text

    def string(self, name: tuple[str, str]) -> str:
        """Read a string value of the element or attribute *name*, a hit of the string table included."""
        start = self.at
        length = self.unsigned()
        if length >= 2:
            text = self.characters(length - 2)
            self.strings.add(name, text)
            return text
        known = self.strings.of(name) if length == 0 else self.strings.all
        number = self.bits(max(len(known) - 1, 0).bit_length())
        if number >= len(known):
            where = "of this name" if length == 0 else "of all names"
            raise ExiDecodeError(f"string table hit {number}, but the table {where} has {len(known)} strings", start)
        text = f"string {number} of the {'local' if length == 0 else 'global'} table instead of {known[number]!r}"
        self.odd.append(("string-table-hit", text, start))
        return known[number]


class StringTable:
    """The strings read so far, as an encoder without the V2G limit (valuePartitionCapacity 0) would count them."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._local: dict[tuple[str, str], list[str]] = {}

    def add(self, name: tuple[str, str], text: str) -> None:
        if text:
            self.all.append(text)
            self._local.setdefault(name, []).append(text)

    def of(self, name: tuple[str, str]) -> list[str]:
        return self._local.get(name, [])


def is_xml_character(char: str) -> bool:
    """Tell whether XML 1.0 allows *char* in a document (section 2.2)."""
    point = ord(char)
    return char in "\t\n\r" or 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD or point >= 0x10000


def unsigned_bits(value: int) -> str:
    """Return an unsigned integer as bits: groups of seven, the least significant first."""
    parts = []
    while value > 127:
        parts.append(f"{value & 127 | 128:08b}")
        value >>= 7
    parts.append(f"{value:08b}")
    return "".join(parts)


def octet_bits(data: bytes) -> str:
    """Return octets as bits."""
    return f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}" if data else ""


def character_bits(text: str) -> str:
    """Return the characters of *text* as bits, without their number."""
    if text.isascii():
        return octet_bits(text.encode("ascii"))
    return "".join(unsigned_bits(ord(char)) for char in text)


def string_bits(text: str) -> str:
    """Return a string value as bits: always spelled out, never a hit of the string table."""
    return unsigned_bits(len(text) + 2) + character_bits(text)


def pack(bits: str) -> bytes:
    """Return bits as octets, the last one filled up with zeros."""
    count = -(-len(bits) // 8)
    return int(bits.ljust(count * 8, "0") or "0", 2).to_bytes(count, "big")
