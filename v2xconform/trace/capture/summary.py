"""One readable line for each decoded message."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from v2xconform.trace.capture.decoding import Decoded

MOST_FIELDS: Final = 8
"""Fields that a line shows; --json shows all."""
_LONGEST_VALUE: Final = 40
_GOOD: Final = ("OK", "Ok")


def line_of(decoded: Decoded) -> str:
    """Return time, ends, protocol, name and main fields in one line; what is doubtful is marked with a !."""
    unit = decoded.unit
    parts = [unit.time] if unit.time else []
    if unit.src:
        parts.append(f"{unit.src} → {unit.dst}")
    parts += [decoded.protocol, decoded.name]
    body = decoded.tree
    if isinstance(body, dict) and isinstance(body.get("Body"), dict):
        body = body["Body"].get(decoded.name, body["Body"])
    fields = list(_fields(body))
    code = next((value for path, value in fields if path == "ResponseCode"), "")
    if code:
        parts.append(code if code.startswith(_GOOD) else f"!{code}")
    shown = [f"{name}={value}" for name, value in _named(fields) if name != "ResponseCode"]
    parts += shown[:MOST_FIELDS]
    if len(shown) > MOST_FIELDS:
        parts.append(f"(+{len(shown) - MOST_FIELDS})")
    parts += [f"! {odd['code']} at {odd['path'] or 'the whole'}: {odd['text']}" for odd in decoded.oddities]
    if decoded.note:
        parts.append(f"[{decoded.note}]")
    return printable("  ".join(parts))


def printable(text: str) -> str:
    """Write control characters as escapes: what a device sends must neither break lines nor steer a terminal."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def _named(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Shorten paths to the last name where that is clear, else to the last two."""
    last = Counter(path.rpartition(".")[2] for path, _ in fields)
    return [
        (".".join(path.split(".")[-(1 if last[path.rpartition(".")[2]] == 1 else 2) :]), value)
        for path, value in fields
    ]


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the leaves below a value in order, physical values as one number; the message header is left out."""
    if isinstance(value, dict):
        physical = _physical(value)
        if physical is not None:
            yield path, physical
            return
        for name, child in value.items():
            if name != "Header":
                yield from _fields(child, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        if value and not isinstance(value[0], dict | list):
            yield path, _short(",".join(str(item) for item in value))
        else:
            for number, item in enumerate(value):
                yield from _fields(item, f"{path}[{number}]" if len(value) > 1 else path)
    else:
        yield path, _short(str(value).lower() if isinstance(value, bool) else str(value))


def _physical(value: dict[str, Any]) -> str | None:
    """Write a PhysicalValue (DIN, ISO 15118-2) or RationalNumber (ISO 15118-20) as people do; None for all else."""
    exponent, number = value.get("Exponent", value.get("Multiplier")), value.get("Value")
    if not isinstance(exponent, int) or not isinstance(number, int) or not -9 <= exponent <= 9:
        return None
    unit = value.get("Unit", "")
    return f"{number * 10**exponent if exponent >= 0 else number / 10**-exponent:g}{unit}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…({len(text)})"
