from typing import Any

import pytest

from v2xconform.trace.capture.decoding import Decoded
from v2xconform.trace.capture.inputs import Unit
from v2xconform.trace.capture.summary import line_of


def line(tree: Any, *, name: str = "SomeRes", protocol: str = "iso15118-20-dc", **more: Any) -> str:
    return line_of(Decoded(Unit("line 1", 1, b""), protocol, name, tree, **more))


def test_time_ends_protocol_name_code_and_fields() -> None:
    unit = Unit("packet 1", 1, b"", time="2026-01-01T00:00:00.000000Z", src="[::1]:1", dst="[::1]:2")
    tree = {"Header": {"SessionID": "00"}, "EVSEID": "ZZ0", "ResponseCode": "OK", "Done": True}
    assert line_of(Decoded(unit, "iso15118-20-common", "SessionSetupRes", tree)) == (
        "2026-01-01T00:00:00.000000Z  [::1]:1 → [::1]:2  iso15118-20-common  SessionSetupRes  OK  EVSEID=ZZ0  Done=true"
    )


def test_bodies_of_wrapped_messages_are_opened() -> None:
    tree = {"Header": {"SessionID": "00"}, "Body": {"SomeRes": {"ResponseCode": "FAILED", "EVSEID": "00"}}}
    assert line(tree, protocol="din70121") == "din70121  SomeRes  !FAILED  EVSEID=00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"Exponent": 2, "Value": 4}, "400"),
        ({"Exponent": -1, "Value": 4005}, "400.5"),
        ({"Multiplier": 0, "Unit": "V", "Value": 400}, "400V"),
        ({"Multiplier": -3, "Value": 5}, "0.005"),
    ],
)
def test_physical_values_are_one_number(value: dict[str, Any], text: str) -> None:
    assert line({"EVTarget": value}) == f"iso15118-20-dc  SomeRes  EVTarget={text}"


def test_names_are_as_short_as_is_clear() -> None:
    tree = {"Mode": {"Inner": {"Limit": 1}}, "Other": {"Limit": 2}, "List": [{"A": 1}, {"A": 2}], "One": [{"B": 3}]}
    assert line(tree).split("  ")[2:] == ["Inner.Limit=1", "Other.Limit=2", "List[0].A=1", "List[1].A=2", "B=3"]


def test_long_values_and_many_fields_are_cut_with_their_number() -> None:
    tree = {"Long": "x" * 50} | {f"F{number}": number for number in range(9)}
    assert line(tree).split("  ")[2] == f"Long={'x' * 40}…(50)"
    assert line(tree).endswith("F6=6  (+2)")


def test_lists_of_plain_values() -> None:
    assert line({"Codes": ["EIM", "PnC"]}).endswith("Codes=EIM,PnC")


def test_doubts_and_notes_are_marked() -> None:
    oddity = {"code": "empty-value", "text": "EVCCID has a value of length 0", "bit": 1, "path": "EVCCID"}
    assert line({}, oddities=[oddity], note="schema guessed").split("  ")[2:] == [
        "! empty-value at EVCCID: EVCCID has a value of length 0",
        "[schema guessed]",
    ]


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert line({"EVSEID": "a\nb\x1b[31m\N{SNOWMAN}"}).endswith("EVSEID=a\\nb\\x1b[31m\N{SNOWMAN}")
