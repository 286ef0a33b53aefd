"""Whatever is given to decode or encode, one clear line is the worst that comes back."""

import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from v2xconform.protocols.v2gtp import encode_frame
from v2xconform.trace.capture import CaptureError
from v2xconform.trace.capture.decoding import Decoded, Decoder, EncodeError, encode_record
from v2xconform.trace.capture.inputs import LONGEST_LINE, Trouble, Unit, units_of, utc_text
from v2xconform.trace.capture.schema_choice import SHORT_NAMES
from v2xconform.trace.capture.summary import line_of

from .own_captures import DATA, PLAIN, TWENTY, payload

QUIET = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
OWN = [(said[2], said[1], payload(said)) for said in PLAIN + TWENTY]
RECORDS = [
    item.record()
    for path in sorted(DATA.glob("iso*.pcap*"))
    for unit in units_of(io.BytesIO(path.read_bytes()))
    if isinstance(unit, Unit) and isinstance(item := Decoder().decode(unit), Decoded)
]


def decode_all(data: bytes, protocol: str | None = None, *, fragment: bool = False) -> list[str]:
    """Return what the command would print for a file with this content."""
    decoder = Decoder(protocol, fragment=fragment)
    lines = []
    try:
        for unit in units_of(io.BytesIO(data)):
            item = unit if isinstance(unit, Trouble) else decoder.decode(unit)
            if isinstance(item, Trouble):
                lines.append(f"{item.where}: {item.text}")
            else:
                lines.append(line_of(item))
                orjson.dumps(item.record())
    except CaptureError as error:
        lines.append(str(error))
    return lines


@QUIET
@given(st.binary(max_size=300))
def test_any_file(data: bytes) -> None:
    assert all("\n" not in line for line in decode_all(data))


@QUIET
@given(st.text(max_size=200), st.booleans())
def test_any_text(text: str, fragment: bool) -> None:
    assert all(line.count("\n") == 0 for line in decode_all(text.encode("utf-8", "surrogatepass"), fragment=fragment))


@QUIET
@given(
    st.sampled_from([None, *sorted(SHORT_NAMES)]),
    st.sampled_from(OWN),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), max_size=5),
    st.integers(0, 500),
    st.booleans(),
    st.booleans(),
)
def test_any_damage_to_a_message(
    protocol: str | None,
    own: tuple[str, int, bytes],
    spoilt: list[tuple[int, int]],
    length: int,
    framed: bool,
    fragment: bool,
) -> None:
    data = bytearray(encode_frame(own[1], own[2]) if framed else own[2])
    for at, value in spoilt:
        data[at % len(data)] = value
    lines = decode_all(bytes(data[:length]).hex().encode(), protocol, fragment=fragment)
    assert len(lines) <= 3
    assert all("\n" not in line for line in lines)


@QUIET
@given(st.sampled_from(RECORDS), st.data())
def test_any_change_to_a_record(record: dict[str, Any], data: st.DataObject) -> None:
    changed = orjson.loads(orjson.dumps(record))
    anything = st.recursive(
        st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    )
    place = changed
    while isinstance(place, dict) and place:
        key = data.draw(st.sampled_from(sorted(place)))
        child = place[key]
        if not isinstance(child, dict) or not child or data.draw(st.booleans()):
            place[key] = data.draw(anything)
            break
        place = child
    try:
        encode_record(changed)
    except EncodeError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["name"])
def test_records_come_back(record: dict[str, Any]) -> None:
    octets = encode_record(orjson.loads(orjson.dumps(record)))
    assert octets[8:].hex() == record["hex"]


def test_lines_beyond_all_measure_are_skipped() -> None:
    lines = decode_all(b"80" * LONGEST_LINE + b"\n80400040\n")
    assert lines[0] == f"line 1: longer than {LONGEST_LINE} octets"
    assert lines[1].startswith("supportedappprotocol  supportedAppProtocolRes")


def test_a_byte_order_mark_does_no_harm() -> None:
    assert decode_all(b"\xef\xbb\xbf80400040\n")[0].startswith("supportedappprotocol")


def test_times() -> None:
    assert utc_text(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123456Z"
    assert utc_text(10**25) == "10000000000000000.000000s"
    assert utc_text(-1) == "1969-12-31T23:59:59.999999Z"


def test_the_stored_captures_are_there() -> None:
    assert {Path(path).name for path in DATA.iterdir()} >= {"iso2_plain.pcap", "iso20_tls13.pcapng"}
    assert len(RECORDS) == len(OWN) + 4
