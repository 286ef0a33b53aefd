"""A charger as its communication controller sees it: services, limits, tariff, and the power path behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from v2xconform.emulators.power_path import PowerPath
from v2xconform.lab.persona import AcLimits, ChargerPersona, DcLimits
from v2xconform.protocols.iso15118.rational import number
from v2xconform.protocols.iso15118.session20 import CONTROL_MODE_IDS

_DC_CONNECTORS: Final = {"Core": 1, "Extended": 2, "Dual2": 3, "Dual4": 4}
_PRICING: Final = {"none": 0, "absolute": 1, "levels": 2}
BY_EVCC, BY_SECC = 1, 2
"""MobilityNeedsMode: who looks after the driver's needs."""


@dataclass(slots=True)
class Orders:
    """What a back end wants of an outlet. The charger's other face writes them, the contents of responses obey."""

    authorized: bool | None = None
    """Whether the driver may charge; None while nobody has decided."""
    set_point_w: float | None = None
    """Power that is wanted in Dynamic control, negative = from the car; None = as much as the limits allow."""
    charge_limit_w: float | None = None
    """Most that may flow to the car; None = what the hardware can."""
    discharge_limit_w: float | None = None
    """Most that may flow out of the car (a magnitude); None = what the hardware can."""
    schedule_open: bool = False
    """A schedule has been asked for: ScheduleExchange goes on until the back end has answered."""


class Charger:
    """One outlet with a car at it. `tick` moves its time; the contents of the responses drive it.

    With `orders` a back end decides who charges, and how much; without them the persona does.
    """

    def __init__(self, persona: ChargerPersona, orders: Orders | None = None) -> None:
        self.persona = persona
        self.led = orders is not None
        """A back end decides."""
        self.orders = orders or Orders(persona.authorized, persona.set_point_w)
        self.path = PowerPath(persona.path)
        self._authorizing_since: float | None = None

    @property
    def set_point_w(self) -> float | None:
        """Dynamic control: the power that is wanted, negative = from the car; None = as much as both can do."""
        return self.orders.set_point_w

    @property
    def authorized(self) -> bool:
        """What the customer's badge or app has come to, once `authorizing` is over."""
        return bool(self.orders.authorized)

    def most_w(self, hardware_w: float) -> float:
        """Return the most that may flow to the car now, of what the hardware can."""
        limit = self.orders.charge_limit_w
        return hardware_w if limit is None else max(0.0, min(hardware_w, limit))

    def most_back_w(self, hardware_w: float) -> float:
        """Return the most that may flow out of the car now, of what the hardware can (magnitudes)."""
        limit = self.orders.discharge_limit_w
        return hardware_w if limit is None else max(0.0, min(hardware_w, limit))

    @property
    def dc(self) -> DcLimits:
        """Its direct-current side. Raises ValueError for a charger without one."""
        if self.persona.dc is None:
            raise ValueError(f"{self.persona.name} has no dc side")
        return self.persona.dc

    @property
    def ac(self) -> AcLimits:
        """Its alternating-current side. Raises ValueError for a charger without one."""
        if self.persona.ac is None:
            raise ValueError(f"{self.persona.name} has no ac side")
        return self.persona.ac

    def tick(self, now: float) -> None:
        """Let time pass until *now*."""
        self.path.tick(now)

    def session_over(self, now: float) -> None:
        """Make the outlet safe: call it whenever a session has ended, in whatever way."""
        self.path.tick(now)
        self.path.stop()
        self._authorizing_since = None

    def authorizing(self, now: float) -> bool:
        """Tell whether the customer is still busy with badge or app; the first call starts the wait."""
        if self.led:
            return self.orders.authorized is None
        if self._authorizing_since is None:
            self._authorizing_since = now
        return now < self._authorizing_since + self.persona.authorization_s

    def services(self, mode: str) -> list[str]:
        """Return the energy services to offer in a session of *mode* (AC or DC)."""
        return [service for service in self.persona.services if service.startswith(mode)]

    def parameter_sets(self, service: str) -> list[dict[str, Any]]:
        """Return the parameter sets of *service*: one per control mode and, in Dynamic, per MobilityNeedsMode.

        Names and numbers: ISO 15118-20, Tables 205 to 208.
        """
        needs = {"Scheduled": (BY_EVCC,), "Dynamic": (BY_EVCC, BY_SECC)}
        return [
            {**self._connector(service), "ControlMode": CONTROL_MODE_IDS[control], "MobilityNeedsMode": mode}
            | {"Pricing": _PRICING[self.persona.tariff.pricing]}
            | self._bidirectional(service)
            for control in self.persona.control_modes
            for mode in needs[control]
        ]

    def _connector(self, service: str) -> dict[str, int]:
        if service.startswith("DC"):
            return {"Connector": _DC_CONNECTORS[self.persona.dc_connector]}
        return {"Connector": 1 if self.ac.phases == 1 else 2, "EVSENominalVoltage": round(self.ac.nominal_voltage_v)}

    def _bidirectional(self, service: str) -> dict[str, int]:
        if not service.endswith("_BPT"):
            return {}
        both = {"BPTChannel": 1, "GeneratorMode": 1}
        return both if service == "DC_BPT" else {**both, "GridCodeIslandingDetectionMethod": 1}

    def dynamic_power_w(
        self, charge_w: float, discharge_w: float | None, asked: Mapping[str, Any] | None = None
    ) -> float:
        """Return the power to set in Dynamic control, within what the car takes and gives (both magnitudes).

        *discharge_w* is None for a plain service: then a set point that would empty the car does not count. *asked* is
        the control mode element of the request: a car below its minimum is charged at once, one below its V2X range is
        not emptied, and one that is full gets no more.
        """
        asked = asked or {}
        charge_w = charge_w if number(asked.get("EVMaximumEnergyRequest"), 1.0) > 0 else 0.0
        if number(asked.get("EVMinimumEnergyRequest")) > 0:
            return charge_w
        if discharge_w is not None and number(asked.get("EVMinimumV2XEnergyRequest")) > 0:
            discharge_w = 0.0
        wanted = charge_w if self.set_point_w is None else self.set_point_w
        if discharge_w is None:
            return min(wanted, charge_w) if wanted >= 0 else charge_w
        return max(-discharge_w, min(wanted, charge_w))
