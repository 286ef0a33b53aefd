"""The hardware of a station: EVSEs, their connectors, meters, and what is plugged in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from v2xconform.lab.persona_ocpp import EvseSpec, EvSpec


@dataclass(slots=True)
class Connector:
    """One outlet."""

    id: int
    type: str
    operative: bool = True
    faulted: bool = False
    locked: bool = False
    reported: str = ""
    """AvailabilityState that the CSMS was told last."""


@dataclass(slots=True)
class Evse:
    """One EVSE. `connector` is the outlet in use, None while nothing is plugged in."""

    id: int
    spec: EvseSpec
    connectors: list[Connector]
    operative: bool = True
    connector: Connector | None = None
    ev: EvSpec | None = None
    """What is plugged in."""
    parked: bool = False
    reserved_for: dict[str, Any] | None = None
    """ReserveNowRequest that holds it."""
    ev_ready: bool = True
    """The EV wants energy."""
    negotiating: bool = False
    """Station and EV still agree on a schedule (ISO 15118): no energy yet."""
    limit_w: float | None = None
    """What smart charging allows; negative is discharging, None is no limit."""
    setpoint_w: float | None = None
    """What block Q wants to flow, negative is discharging; None leaves it to the EV and to `limit_w`."""
    power_source: Callable[[], float] | None = None
    """Power in watts of a real power path (the charger's SECC face); None: this model's own."""
    energy_wh: float = 0.0
    """Import register of the meter."""
    exported_wh: float = 0.0
    flowing: bool = False
    """The power path is closed and energy is asked for."""
    soc: float = 0.0
    _metered: float = field(default=0.0)

    @property
    def plugged(self) -> bool:
        """An EV is at the cable."""
        return self.connector is not None

    def power_w(self) -> float:
        """Return the power of this instant, negative while the EV feeds the grid."""
        if self.power_source is not None:
            return self.power_source()
        if not self.flowing or self.ev is None or not self.ev_ready:
            return 0.0
        most = min(self.spec.max_power_w, self.ev.power_w)
        if self.setpoint_w is not None:
            return max(-min(self.spec.discharge_power_w, self.ev.power_w), min(self.setpoint_w, most))
        if self.limit_w is None:
            return most
        return max(-self.spec.discharge_power_w, min(self.limit_w, most))

    def meter(self, now: float) -> None:
        """Bring the registers up to `now`; call it before anything changes and before they are read."""
        hours = max(0.0, now - self._metered) / 3600
        power = self.power_w()
        self.energy_wh += max(0.0, power) * hours
        self.exported_wh += max(0.0, -power) * hours
        if self.ev is not None:
            self.soc = min(100.0, max(0.0, self.soc + power * hours / self.ev.capacity_wh * 100))
        self._metered = now


def make_evses(specs: list[EvseSpec]) -> list[Evse]:
    """Return the EVSEs of a persona, numbered from 1."""
    return [
        Evse(number, spec, [Connector(place, kind) for place, kind in enumerate(spec.connectors, 1)])
        for number, spec in enumerate(specs, 1)
    ]
