"""What a MeterValueType says in all, whatever units, multipliers and phases a meter tells it in (Part 2, SampledValueType)."""

from collections.abc import Mapping
from typing import Any, Final

ENERGY: Final = "Energy.Active.Import.Register"
"""The measurand of a sampled value that names none."""
_SCALES: Final = {"kW": 1000.0, "kWh": 1000.0, "kvar": 1000.0, "kvarh": 1000.0, "kVA": 1000.0}
_PHASES: Final = {"L1": "L1", "L2": "L2", "L3": "L3", "L1-N": "L1", "L2-N": "L2", "L3-N": "L3"}
"""Phase of a sampled value -> conductor that it is about."""


def scaled(sample: Mapping[str, Any]) -> float:
    """Return the value of a sample in the plain unit: W, Wh, A …"""
    unit = sample.get("unitOfMeasure", {})
    value: float = sample["value"] * 10.0 ** unit.get("multiplier", 0)
    return value * _SCALES.get(unit.get("unit", ""), 1.0)


def totals(meter_value: Mapping[str, Any]) -> dict[str, float]:
    """Return measurand -> what flows or has flown over all phases at the outlet, W or Wh.

    A total that is told counts; where phases are told alone it is their sum. Other places of measurement count only for what
    nobody has measured at the outlet.
    """
    found: dict[tuple[str, bool], dict[str, float]] = {}
    for sample in meter_value.get("sampledValue", ()):
        name = sample.get("measurand", ENERGY)
        if not name.startswith(("Power.", "Energy.")):
            continue
        at_outlet, phase = sample.get("location", "Outlet") == "Outlet", sample.get("phase", "")
        if not phase or phase in _PHASES:
            found.setdefault((name, at_outlet), {})[_PHASES.get(phase, "")] = scaled(sample)
    result: dict[str, float] = {}
    for (name, at_outlet), values in found.items():
        if at_outlet or (name, True) not in found:
            result[name] = values[""] if "" in values else sum(values.values())
    return result
