"""Block J: meter values, sampled in transactions and aligned to the clock (J01 to J03)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Handler, Payload
from v2xconform.emulators.station.evse import Evse

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_UNITS: Final = {
    "Energy.Active.Import.Register": "Wh", "Energy.Active.Export.Register": "Wh", "Power.Active.Import": "W",
    "Power.Active.Export": "W", "Power.Offered": "W", "Current.Import": "A", "Current.Offered": "A", "Voltage": "V",
    "SoC": "Percent", "Frequency": "Hz",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MeterValuesPolicy:
    """Duties of block J."""


@dataclass(slots=True)
class MeterValues:
    """Block J of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)

    def sample(self, evse: Evse, variable: str, context: str, now: float) -> list[Payload]:
        """Return the meterValue of an EVSE with the measurands that a variable lists; empty when it lists none."""
        measurands = self.station.variables.members(variable)
        evse.meter(now)
        sampled = [self._value(evse, one, context) for one in measurands if one in _UNITS]
        return [{"timestamp": self.station.timestamp(), "sampledValue": sampled}] if sampled else []

    def _value(self, evse: Evse, measurand: str, context: str) -> Payload:
        power = evse.power_w()
        amperes = evse.spec.voltage_v * evse.spec.phases
        value = {
            "Energy.Active.Import.Register": evse.energy_wh, "Energy.Active.Export.Register": evse.exported_wh,
            "Power.Active.Import": max(0.0, power), "Power.Active.Export": max(0.0, -power),
            "Power.Offered": evse.spec.max_power_w if evse.limit_w is None else evse.limit_w,
            "Current.Import": max(0.0, power) / amperes, "Current.Offered": evse.spec.max_power_w / amperes,
            "Voltage": evse.spec.voltage_v, "SoC": evse.soc, "Frequency": 50.0,
        }[measurand]  # fmt: skip
        return {
            "value": round(value, 3), "measurand": measurand, "context": context,
            "unitOfMeasure": {"unit": _UNITS[measurand]},
        }  # fmt: skip
