"""PICS expressions are three-valued: unknown stays unknown unless the rest decides."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2xconform.lab.pics import Answer, PicsError, evaluate, names

KNOWN: dict[str, Answer] = {"Y": "yes", "N": "no", "U": "unknown"}


@pytest.mark.parametrize(
    "text, value",
    [
        ("Y", "yes"), ("N", "no"), ("U", "unknown"), ("Other", "unknown"), ("!Y", "no"), ("!N", "yes"), ("!U", "unknown"),
        ("Y&Y", "yes"), ("Y&N", "no"), ("Y&U", "unknown"), ("N&U", "no"), ("U&U", "unknown"),
        ("Y|N", "yes"), ("N|N", "no"), ("N|U", "unknown"), ("Y|U", "yes"),
        ("N&Y|Y", "yes"), ("N&(Y|Y)", "no"), ("!(Y&U)", "unknown"), ("!!Y", "yes"), (" Y & ! N ", "yes"), ("Y|N&N", "yes"),
    ],
)  # fmt: skip
def test_values(text: str, value: Answer) -> None:
    assert evaluate(text, KNOWN) == value


def test_de_morgan() -> None:
    for a, b in product(KNOWN, repeat=2):
        assert evaluate(f"!({a}&{b})", KNOWN) == evaluate(f"!{a}|!{b}", KNOWN)
        assert evaluate(f"!({a}|{b})", KNOWN) == evaluate(f"!{a}&!{b}", KNOWN)


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("", "ends where a name was expected"), ("A&", "ends where"), ("(A", "closing parenthesis is missing"),
        ("A)", "')' is not expected here"), ("A B", "'B' is not expected here"), ("&A", "'&' stands where a name"),
        ("A-B", "'-' is none of a name"), ("A&&B", "'&' stands where"), ("!", "ends where"), ("()", "')' stands where"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_where(text: str, wrong: str) -> None:
    with pytest.raises(PicsError, match=r"^PICS expression") as error:
        evaluate(text, KNOWN)
    assert wrong in str(error.value)


def test_names() -> None:
    assert names("DC_BPT&!(TLS|AC)") == ["DC_BPT", "TLS", "AC"]


@given(st.text(alphabet="AB!&|() ", max_size=30))
def test_any_text_is_a_value_or_a_clear_error(text: str) -> None:
    try:
        assert evaluate(text, {"A": "yes"}) in ("yes", "no", "unknown")
    except PicsError as error:
        assert "\n" not in str(error)
