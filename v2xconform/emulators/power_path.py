"""The power electronics of a charger: contactors, isolation check, pre-charge, voltage and current, and the meter.

Everything moves by `tick(now)`; commands take effect from the tick that follows. Current is positive towards the car.
"""

from typing import Literal

from v2xconform.lab.persona import PowerPathSpec

Isolation = Literal["idle", "running", "ok", "fault"]


class Meter:
    """Counts energy in both directions."""

    def __init__(self) -> None:
        self.charged_wh = 0.0
        self.discharged_wh = 0.0

    def count(self, power_w: float, seconds: float) -> None:
        """Add *power_w* flowing for *seconds*; negative power counts as discharged."""
        energy = power_w * seconds / 3600
        self.charged_wh += max(energy, 0.0)
        self.discharged_wh += max(-energy, 0.0)


class PowerPath:
    """One outlet of a charger, direct or alternating current."""

    def __init__(self, spec: PowerPathSpec) -> None:
        self.spec = spec
        self.meter = Meter()
        self.voltage_v = 0.0
        """At the connector (DC)."""
        self.current_a = 0.0
        """Towards the car (DC); negative when the car feeds the grid."""
        self.ac_power_w = 0.0
        """Drawn by the car (AC); the car decides, the charger only measures."""
        self.isolation: Isolation = "idle"
        self._closed_at: float | None = None
        self._wants_closed = False
        self._check_until = 0.0
        self._target_v = 0.0
        self._target_a = 0.0
        self._battery_v: float | None = None
        self._now: float | None = None

    # State

    def contactor_closed(self, now: float) -> bool:
        """Tell whether the contactors are closed at *now*."""
        if self.spec.contactor == "welded":
            return True
        if self.spec.contactor == "stuck open" or self._closed_at is None:
            return False
        return now >= self._closed_at + self.spec.contactor_s

    @property
    def power_w(self) -> float:
        """What flows to the car now."""
        return self.voltage_v * self.current_a + self.ac_power_w

    # Commands

    def start_cable_check(self, now: float) -> None:
        """Begin the isolation check; a check that runs or has been passed is not begun again."""
        if self.isolation == "idle":
            self.isolation = "running"
            self._check_until = now + self.spec.cable_check_s
            self._target_v = self.spec.cable_check_voltage_v

    def precharge(self, target_v: float) -> None:
        """Bring the voltage at the connector to *target_v* without a current."""
        self._target_v, self._target_a, self._battery_v = target_v, 0.0, None

    def close_contactor(self, now: float) -> None:
        """Close the contactors; see `contactor_closed`."""
        if not self._wants_closed:
            self._wants_closed, self._closed_at = True, now

    def deliver(self, target_v: float, target_a: float, battery_v: float) -> None:
        """Let *target_a* flow, up to *target_v*; the battery at *battery_v* holds the voltage."""
        factor = {"ok": 1.0, "none": 0.0, "above limits": 1.2}[self.spec.delivery]
        self._target_v, self._target_a, self._battery_v = target_v, target_a * factor, battery_v

    def measure_ac(self, power_w: float) -> None:
        """Take over what an AC car says that it draws."""
        self.ac_power_w = {"ok": power_w, "none": 0.0, "above limits": power_w}[self.spec.delivery]

    def stop(self) -> None:
        """Switch the power off and open the contactors; the voltage decays."""
        self._target_v = self._target_a = self.current_a = self.ac_power_w = 0.0
        self._battery_v, self._closed_at, self._wants_closed = None, None, False
        self.isolation = "idle"

    # Time

    def tick(self, now: float) -> None:
        """Let time pass until *now*."""
        seconds = 0.0 if self._now is None else max(0.0, now - self._now)
        self._now = now
        self.meter.count(self.power_w, seconds)
        if self.isolation == "running" and now >= self._check_until:
            self.isolation = "ok" if self.spec.isolation == "ok" else "fault"
            self._target_v = 0.0
        self._move_voltage(seconds)
        flows = self.contactor_closed(now) and self._battery_v is not None
        self.current_a = _towards(self.current_a, self._target_a if flows else 0.0, self.spec.current_a_per_s * seconds)

    def _move_voltage(self, seconds: float) -> None:
        if self._battery_v is not None:
            self.voltage_v = min(self._battery_v, self._target_v)
            return
        goal = self._target_v
        if self.spec.precharge == "overshoots" and goal:
            goal *= 1.3
        stuck = self.spec.precharge == "stuck" and self.isolation == "ok"
        rate = 0.0 if stuck and goal > self.voltage_v else self.spec.precharge_v_per_s
        if goal < self.voltage_v:
            rate = 0.0 if self.spec.contactor == "welded" and goal == 0.0 else self.spec.decay_v_per_s
        self.voltage_v = _towards(self.voltage_v, goal, rate * seconds)


def _towards(value: float, goal: float, step: float) -> float:
    return min(value + step, goal) if value < goal else max(value - step, goal)
