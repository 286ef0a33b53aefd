"""JSON with integers of any length: certificate serial numbers have up to 160 bits, orjson stops at 64.

`dumps` and `loads` are orjson's wherever that is enough, so nothing gets slower.
"""

import json
import re
from typing import Any, Final

import orjson

_LONG: Final = re.compile(rb"(?:^|[:\[,])\s*-?\d{19}")
_WIDEST: Final = 8192
"""Bits up to which an integer stays one; Python refuses to print or read much longer ones."""


def dumps(value: Any) -> bytes:
    """Return *value* as compact JSON. Raises TypeError for what JSON cannot hold."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(_printable(value), separators=(",", ":"), ensure_ascii=False).encode()


def loads(text: bytes | str) -> Any:
    """Read JSON. Raises orjson.JSONDecodeError (a ValueError)."""
    data = text.encode() if isinstance(text, str) else text
    value = orjson.loads(data)
    return json.loads(data) if _LONG.search(data) else value


def _printable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _printable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(one) for one in value]
    if isinstance(value, int) and value.bit_length() > _WIDEST:
        return hex(value)
    return value
