"""A traction battery: energy, state of charge, voltage and the powers that it takes and gives."""

from itertools import pairwise

from v2xconform.lab.persona import BatterySpec, Point


def over(curve: list[Point], at: float) -> float:
    """Return the value of *curve* at *at*: straight lines between its points, level outside of them."""
    points = sorted(curve)
    if at <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in pairwise(points):
        if at <= right:
            return low + (high - low) * (at - left) / (right - left) if right > left else high
    return points[-1][1]


class Battery:
    """A battery that `flow` fills and empties."""

    def __init__(self, spec: BatterySpec) -> None:
        self.spec = spec
        self.energy_wh = spec.capacity_wh * spec.soc / 100
        """Energy in the cells now."""

    @property
    def soc(self) -> float:
        """State of charge in per cent."""
        return 100 * self.energy_wh / self.spec.capacity_wh

    @property
    def voltage_v(self) -> float:
        """Voltage at this state of charge."""
        return over(self.spec.voltage_v, self.soc)

    @property
    def max_charge_w(self) -> float:
        """Most power that it takes now; 0 when it is full."""
        return over(self.spec.charge_power_w, self.soc) if self.soc < 100 else 0.0

    @property
    def max_discharge_w(self) -> float:
        """Most power that it gives now (a magnitude); 0 when it is empty."""
        return over(self.spec.discharge_power_w, self.soc) if self.soc > 0 else 0.0

    def energy_to(self, soc: float) -> float:
        """Return the energy in Wh from now to *soc* per cent; negative when that is below."""
        return self.spec.capacity_wh * soc / 100 - self.energy_wh

    def flow(self, power_w: float, seconds: float) -> None:
        """Let *power_w* at the terminals flow for *seconds*: positive charges, negative discharges."""
        loss = self.spec.efficiency if power_w >= 0 else 1 / self.spec.efficiency
        energy = self.energy_wh + power_w * seconds / 3600 * loss
        self.energy_wh = min(max(energy, 0.0), self.spec.capacity_wh)
