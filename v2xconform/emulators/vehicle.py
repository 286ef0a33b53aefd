"""A car as its charging controller sees it: battery, limits, what the driver wants, what flows now.

Signs: charging is positive, discharging negative, for set points and for present values. Limits of discharging are
positive magnitudes. libiso15118 and josev write the fields of ISO 15118-20 in the same way.
"""

from typing import Literal

from v2xconform.emulators.battery import Battery
from v2xconform.lab.persona import AcLimits, DcLimits, EvPersona
from v2xconform.protocols.iso15118.choices20 import EvccWishes


class Vehicle:
    """A car that is plugged in. `tick` moves its time; `take` says what the cable delivers from now on."""

    def __init__(self, persona: EvPersona) -> None:
        self.persona = persona
        self.battery = Battery(persona.battery)
        self.power_w = 0.0
        """What flows into the battery now (negative: out of it)."""
        self.may_discharge = True
        """Whether the agreed service allows power out of the battery; a one-way service does not, whatever is planned."""
        self.cap_w: float | None = None
        """What its power profile allows now; None = no schedule binds it."""
        self.contactor_closed = False
        self._now: float | None = None
        self._plugged_at: float | None = None
        self._loop_since: float | None = None

    @property
    def wishes(self) -> EvccWishes:
        """What it asks of a charger."""
        persona = self.persona
        return EvccWishes(
            security=persona.security,
            services=tuple(persona.services),
            control_modes=tuple(persona.control_modes),
            authorization=("PnC", "EIM") if self.plugs_and_charges else ("EIM",),
            has_contract=self.plugs_and_charges and bool(persona.contract and persona.contract.credential),
            installs=persona.contract.installs if self.plugs_and_charges and persona.contract else "never",
        )

    @property
    def plugs_and_charges(self) -> bool:
        """Whether it wants to authorize with a contract; never without TLS ([V2G2-634])."""
        contract = self.persona.contract
        return contract is not None and contract.wanted == "first" and self.persona.security == "tls"

    @property
    def modes(self) -> tuple[Literal["AC", "DC"], ...]:
        """The modes to offer in SupportedAppProtocol, the preferred one first."""
        sides: list[Literal["AC", "DC"]] = [
            "AC" if service.startswith("AC") else "DC" for service in self.persona.services
        ]
        return tuple(dict.fromkeys(sides))

    @property
    def dc(self) -> DcLimits:
        """Its direct-current side. Raises ValueError for a car without one."""
        if self.persona.dc is None:
            raise ValueError(f"{self.persona.name} has no dc side")
        return self.persona.dc

    @property
    def ac(self) -> AcLimits:
        """Its alternating-current side. Raises ValueError for a car without one."""
        if self.persona.ac is None:
            raise ValueError(f"{self.persona.name} has no ac side")
        return self.persona.ac

    # Time

    def tick(self, now: float) -> None:
        """Let time pass until *now*; the power of the last `take` has flowed since the tick before."""
        if self._now is not None:
            self.battery.flow(self.power_w, now - self._now)
        self._now = now
        if self._plugged_at is None:
            self._plugged_at = now

    def take(self, power_w: float) -> None:
        """Say what the cable delivers from now on: W at the inlet, negative when the car feeds the grid."""
        self.power_w = power_w

    def enter_loop(self, now: float) -> None:
        """Note the begin of the charge loop (once)."""
        if self._loop_since is None:
            self._loop_since = now
        self.contactor_closed = True

    def leave_loop(self) -> None:
        """Note the end of the energy transfer."""
        self._loop_since = None
        self.power_w = 0.0
        self.contactor_closed = False

    def loop_s(self, now: float) -> float:
        """Return the seconds in the charge loop so far."""
        return 0.0 if self._loop_since is None else now - self._loop_since

    @property
    def departure_s(self) -> int:
        """Seconds until departure."""
        passed = 0.0 if self._now is None or self._plugged_at is None else self._now - self._plugged_at
        return max(0, round(self.persona.needs.departure_s - passed))

    # What it needs

    def complete(self, now: float) -> bool:
        """Tell whether the car wants to stop: the target is reached, or it leaves."""
        needs = self.persona.needs
        if needs.leaves_after_s is not None and self.loop_s(now) >= needs.leaves_after_s:
            return True
        return self.battery.soc >= needs.target_soc and not needs.plan and needs.v2x_minimum_soc is None

    @property
    def energies_wh(self) -> tuple[float, float, float]:
        """Energy to the minimum, target and maximum state of charge; negative once that is passed."""
        needs = self.persona.needs
        target = self.battery.energy_to(needs.target_soc)
        low, high = self.battery.energy_to(needs.minimum_soc), self.battery.energy_to(needs.maximum_soc)
        return low, target, high

    @property
    def v2x_energies_wh(self) -> tuple[float, float] | None:
        """Energy to the lower and upper bound of the bidirectional range, or None where the driver named none."""
        needs = self.persona.needs
        if needs.v2x_minimum_soc is None or needs.v2x_maximum_soc is None:
            return None
        return self.battery.energy_to(needs.v2x_minimum_soc), self.battery.energy_to(needs.v2x_maximum_soc)

    # Powers

    def wanted_power_w(self, now: float, most_w: float) -> float:
        """Return the power that the car wants: its plan or as much as possible, within battery and *most_w*."""
        plan = self.persona.needs.plan
        passed = [power for since, power in plan if since <= self.loop_s(now)]
        wanted = passed[-1] if passed else most_w
        least = -min(self.battery.max_discharge_w, most_w) if self.may_discharge else 0.0
        most_w = most_w if self.cap_w is None else min(most_w, self.cap_w)
        return max(least, min(wanted, most_w, self.battery.max_charge_w))

    def dc_targets(self, now: float) -> tuple[float, float]:
        """Return the target voltage (V) and current (A, negative = discharging) of a DC loop."""
        limits, volts = self.dc, self.battery.voltage_v
        power = self.wanted_power_w(now, limits.max_power_w)
        current = min(power / volts, limits.max_current_a) if volts else 0.0
        if power < 0:
            current = -min(-current, limits.max_discharge_current_a, limits.max_discharge_power_w / volts)
        return min(volts * 1.02, limits.max_voltage_v), current

    def ac_power_w(self, now: float, target_w: float | None) -> float:
        """Return what an AC car draws (W, negative = feeds): its own wish, or the target within its limits."""
        limits = self.ac
        own = self.wanted_power_w(now, limits.max_power_w)
        wanted = own if target_w is None else min(target_w, self.battery.max_charge_w, limits.max_power_w)
        if wanted < 0:
            return -min(-wanted, limits.max_discharge_power_w, self.battery.max_discharge_w)
        return wanted if wanted >= limits.min_power_w else 0.0
