"""Frames of OCPP-J: every fault has a name, and nothing that arrives raises."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2xconform.protocols.ocpp import VERSIONS, Version, frames
from v2xconform.protocols.ocpp.frames import Frame, Unreadable

FAULTS = [
    ("{oops", "not-json", "-1"),
    ("", "not-json", "-1"),
    (b'["\xff"]', "not-utf8", "-1"),
    ('{"a":1}', "not-array", "-1"),
    ("7", "not-array", "-1"),
    ("[]", "empty", "-1"),
    ('["2","a","Heartbeat",{}]', "type", "a"),
    ("[2.0]", "type", "-1"),
    ('[true,"a","Heartbeat",{}]', "type", "a"),
    ('[9,"a","Heartbeat",{}]', "type-unknown", "a"),
    ("[2]", "id", "-1"),
    ('[2,5,"Heartbeat",{}]', "id", "-1"),
    ('[2,"a"]', "elements", "a"),
    ('[2,"a","Heartbeat"]', "elements", "a"),
    ('[3,"a"]', "elements", "a"),
    ('[4,"a","InternalError"]', "elements", "a"),
    ('[2,"a",7,{}]', "action", "a"),
    ('[2,"a","Heartbeat",[]]', "payload", "a"),
    ('[3,"a","{}"]', "payload", "a"),
    ("[" * 5000, "not-json", "-1"),
    ('[2,"a","Heartbeat",{"x":"\\ud800"}]', "not-json", "-1"),
]


@pytest.mark.parametrize("text, kind, message_id", FAULTS, ids=[str(row[0])[:30] for row in FAULTS])
def test_a_fault_that_hides_the_meaning_has_a_name(text: str | bytes, kind: str, message_id: str) -> None:
    found = frames.parse(text, "ocpp2.0.1")
    assert isinstance(found, Unreadable)
    assert (found.fault.kind, found.id) == (kind, message_id)
    assert found.fault.text and "Traceback" not in found.fault.text


@pytest.mark.parametrize(
    "text, kinds",
    [
        ('[2,"a","Heartbeat",{},1]', {"elements"}),
        ('[2,"' + "x" * 37 + '","Heartbeat",{}]', {"id-length"}),
        ('[2,"a","Heartbeat",null]', {"payload-null"}),
        ('[4,"a","Whatever","",{}]', {"code-unknown"}),
        ('[4,"a",5,7,[]]', {"code", "description", "details"}),
        ('[4,"a","InternalError","' + "d" * 256 + '",{}]', {"description-length"}),
        ('[4,"a","OccurenceConstraintViolation","",{}]', set()),
    ],
)
def test_a_frame_that_can_be_read_says_what_is_wrong_with_it(text: str, kinds: set[str]) -> None:
    found = frames.parse(text, "ocpp2.1")
    assert isinstance(found, Frame)
    assert {fault.kind for fault in found.faults} == kinds


@pytest.mark.parametrize("number", [frames.CALLRESULTERROR, frames.SEND])
def test_types_of_21_are_unknown_in_201(number: int) -> None:
    payload: list[Any] = ["FormatViolation", "", {}] if number == frames.CALLRESULTERROR else ["Action", {}]
    text = json.dumps([number, "a", *payload])
    old, new = frames.parse(text, "ocpp2.0.1"), frames.parse(text, "ocpp2.1")
    assert isinstance(old, Unreadable) and old.fault.kind == "type-unknown" and old.type == number
    assert isinstance(new, Frame) and new.type == number


@pytest.mark.parametrize(
    "frame",
    [
        frames.call("a", "Heartbeat", {}),
        frames.result("a", {"currentTime": "2026-01-01T00:00:00Z"}),
        frames.error("a", "InternalError", "why", {"more": [1]}),
        frames.error("a", "FormatViolation", kind=frames.CALLRESULTERROR),
        frames.send("a", "NotifyPeriodicEventStream", {"id": 1}),
    ],
)
def test_what_is_written_is_read_again(frame: Frame) -> None:
    assert frames.parse(frames.text_of(frame), "ocpp2.1") == frame
    assert frames.parse(frames.text_of(frame).encode(), "ocpp2.1") == frame


def test_a_long_description_is_cut() -> None:
    assert len(frames.error("a", "InternalError", "x" * 300).description) == frames.MAX_DESCRIPTION


def test_numbers_beyond_64_bits_can_be_written() -> None:
    text = frames.text_of(frames.call("a", "DataTransfer", {"data": 10**30}))
    assert "1000000000000000000000000000000" in text


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=60), st.sampled_from(VERSIONS))
def test_bytes_never_raise(data: bytes, version: Version) -> None:
    frames.parse(data, version)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.lists(_JSON, max_size=6), st.sampled_from(VERSIONS))
def test_arrays_never_raise(parts: list[Any], version: Version) -> None:
    found = frames.parse(orjson.dumps(parts), version)
    assert found.id == frames.NO_ID or found.id == parts[1]
