"""RationalNumberType of ISO 15118-20: Value (16 bit) times ten to the power of Exponent."""

from collections.abc import Mapping
from typing import Any, Final

LARGEST: Final = 32767
SMALLEST_EXPONENT: Final = -3
LARGEST_EXPONENT: Final = 9


def rational(value: float) -> dict[str, int]:
    """Return *value* as RationalNumberType with the best precision that 16 bits allow; call `number` to read it back.

    Exponents run from -3 (the resolution that a charging session needs) upwards; whole numbers get exponent 0.
    Raises ValueError beyond 32767e9.
    """
    if value == int(value) and abs(value) <= LARGEST:
        return {"Exponent": 0, "Value": int(value)}
    for exponent in range(SMALLEST_EXPONENT, LARGEST_EXPONENT + 1):
        scaled = round(value / 10**exponent)
        if abs(scaled) <= LARGEST:
            while scaled and scaled % 10 == 0 and exponent < 0:
                scaled, exponent = scaled // 10, exponent + 1
            return {"Exponent": exponent, "Value": scaled}
    raise ValueError(f"{value} does not fit a RationalNumberType; its range is ±{LARGEST}e{LARGEST_EXPONENT}")


def number(tree: Mapping[str, Any] | None, default: float = 0.0) -> float:
    """Return a RationalNumberType as a float in the unit of its field, *default* where it is absent or broken."""
    try:
        return float(tree["Value"] * 10.0 ** tree["Exponent"]) if tree is not None else default
    except (KeyError, TypeError, OverflowError):
        return default
