"""Serial numbers of certificates are longer than 64 bits: traces hold them exactly."""

import pytest
from orjson import JSONDecodeError

from v2xconform.trace.events import Event, from_line, to_line
from v2xconform.trace.wide_json import dumps, loads

SERIAL = 2**159 - 1


@pytest.mark.parametrize(
    "value",
    [SERIAL, -SERIAL, 2**64 - 1, 2**64, [1, SERIAL], {"X509SerialNumber": SERIAL, "text": "é\n:12345678901234567890"}],
)
def test_integers_of_any_length(value: object) -> None:
    assert loads(dumps(value)) == value
    assert b"\n" not in dumps(value)


def test_an_integer_that_nobody_can_read_back_becomes_text() -> None:
    assert loads(dumps({"n": 1 << 100_000}))["n"].startswith("0x1000")


def test_an_event_comes_back_unchanged() -> None:
    event = Event(1, 2, "", "", "evcc", "secc", "iso15118-20-common", "message", "M", {"a": [{"n": SERIAL}]}, b"\x01")
    line = to_line(event)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert from_line(line) == event


@pytest.mark.parametrize("text", ["", "{", '{"n": 123456789012345678901234567890'])
def test_no_json(text: str) -> None:
    with pytest.raises(JSONDecodeError):
        loads(text)


def test_what_json_cannot_hold() -> None:
    with pytest.raises(TypeError):
        dumps({"a": object()})
