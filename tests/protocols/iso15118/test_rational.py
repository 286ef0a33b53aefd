import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2xconform.protocols.iso15118.rational import number, rational


@pytest.mark.parametrize(
    ("value", "exponent", "digits"),
    [(0, 0, 0), (400, 0, 400), (-32767, 0, -32767), (32768, 1, 3277), (0.5, -1, 5), (399.5, -1, 3995), (0.125, -3, 125),
     (32.767, -3, 32767), (327.675, -2, 32768 - 1), (150000, 1, 15000), (-22000000, 3, -22000)],
)  # fmt: skip
def test_numbers(value: float, exponent: int, digits: int) -> None:
    tree = rational(value)
    if value != 327.675:
        assert tree == {"Exponent": exponent, "Value": digits}
    assert number(tree) == pytest.approx(value, rel=1e-4)


@given(st.floats(-3e13, 3e13))
def test_what_is_written_is_read(value: float) -> None:
    tree = rational(value)
    assert abs(tree["Value"]) <= 32767 and -3 <= tree["Exponent"] <= 9
    assert abs(number(tree) - value) <= max(abs(value) / 6000, 0.0005)


def test_what_is_no_number() -> None:
    assert number(None, 7) == number({}, 7) == number({"Value": "x", "Exponent": 0}, 7) == 7
    with pytest.raises(ValueError, match="does not fit"):
        rational(1e15)
