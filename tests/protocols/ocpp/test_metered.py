"""What a meter says in all, in whatever units and phases."""

from typing import Any

import pytest

from v2xconform.protocols.ocpp.metered import ENERGY, totals

POWER = "Power.Active.Import"


def sample(value: float, measurand: str = POWER, unit: str = "W", **more: Any) -> dict[str, Any]:
    multiplier = {"multiplier": more.pop("multiplier")} if "multiplier" in more else {}
    return {"value": value, "measurand": measurand, "unitOfMeasure": {"unit": unit, **multiplier}, **more}


@pytest.mark.parametrize(
    "samples",
    [
        [sample(6000)],
        [sample(6, unit="kW")],
        [sample(6, multiplier=3)],
        [sample(2000, phase="L1"), sample(2, unit="kW", phase="L2"), sample(2000, phase="L3-N")],
        [sample(6000), sample(2000, phase="L1"), sample(9000, phase="L2")],
        [sample(6000), sample(6300, location="Inlet")],
        [sample(6000, location="Inlet")],
        [sample(6000), sample(230, "Voltage", "V", phase="L1-N"), sample(10, "Current.Import", "A", phase="L1")],
    ],
)
def test_power(samples: list[dict[str, Any]]) -> None:
    assert totals({"sampledValue": samples}) == {POWER: 6000}


def test_energy() -> None:
    assert totals({"sampledValue": [{"value": 1234.5}]}) == {ENERGY: 1234.5}
    assert totals({"sampledValue": [sample(1.5, ENERGY, "kWh")]}) == {ENERGY: 1500}
    assert totals({"sampledValue": []}) == {}
