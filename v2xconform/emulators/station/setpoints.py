"""What power an EVSE aims at in each operation mode: set points of the CSMS, of external systems, of the grid (Q03 to Q10)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from v2xconform.emulators.station.der_response import interpolated
from v2xconform.emulators.station.evse import Evse
from v2xconform.protocols.ocpp.charging.composite import Merged, in_watts
from v2xconform.protocols.ocpp.charging.operation_modes import DISCHARGING, mode_of
from v2xconform.protocols.ocpp.charging.profiles import EXTERNAL

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_COMPONENT: Final = "V2XChargingCtrlr"


@dataclass(slots=True)
class Setpoints:
    """The set points of all EVSEs of one station."""

    station: "Station"
    signals: dict[int, float] = field(default_factory=dict)
    """EVSE -> last aFRR signal."""
    _frequencies: dict[int, float] = field(default_factory=dict)
    """EVSE -> grid frequency by which its set point was calculated last."""

    def at(self, evse: Evse, now: float) -> float | None:
        """Return the set point of an EVSE in W, negative for discharging, None where there is none."""
        policy = self.station.policy.v2x
        if self.station.version != "ocpp2.1" or not policy.follows or self.station.transactions.at(evse) is None:
            return None
        allowed = self.station.smart_charging.allowed(evse)
        own = self._own(evse, allowed, now)
        external = self._external(evse, allowed)
        if external is not None and (own is None or self._external_first()):
            own = external
        if own is None:
            return None
        return self._capped(evse, allowed, own * policy.factor)

    def _external_first(self) -> bool:
        """SetpointPriority of the device model ([Q06.FR.21], [Q06.FR.22])."""
        if self.station.policy.v2x.csms_setpoint_wins:
            return False
        priority = self.station.variables.text("SmartChargingCtrlr.SetpointPriority", "ExternalControl")
        return priority != "CSMS" or not self.station.policy.v2x.heeds_setpoint_priority

    def _external(self, evse: Evse, allowed: Merged) -> float | None:
        """Return the set point of an external system's profile; one for the station is shared out ([Q06.FR.31])."""
        supply = self.station.smart_charging.supply(evse)
        for part in allowed.parts:
            if part.installed.purpose == EXTERNAL and mode_of(part.period) == "ExternalSetpoint":
                setpoint = in_watts(part, "setpoint", supply)
                share = 1 if part.installed.evse else max(1, sum(one.flowing for one in self.station.evses))
                return None if setpoint is None else setpoint / share
        return None

    def _own(self, evse: Evse, allowed: Merged, now: float) -> float | None:
        """Return the set point of the profile that rules the transaction."""
        if allowed.ruling is None:
            return None
        kinds: dict[str, Callable[[], float | None]] = {
            "CentralSetpoint": lambda: allowed.setpoint_w,
            "CentralFrequency": lambda: allowed.setpoint_w,
            "ExternalSetpoint": lambda: allowed.setpoint_w or 0.0,
            "LocalFrequency": lambda: self._by_frequency(evse, allowed.ruling.period if allowed.ruling else {}),
            "LocalLoadBalancing": lambda: self._by_load(evse),
            "Idle": lambda: 0.0,
        }
        kind = kinds.get(mode_of(allowed.ruling.period))
        return kind() if kind is not None else None

    def _by_frequency(self, evse: Evse, period: Any) -> float:
        """Return baseline, curve and signal together ([Q08.FR.06], [Q08.FR.07], [Q08.FR.10])."""
        policy, hertz = self.station.policy.v2x, self.station.v2x.grid.frequency_hz
        known = self._frequencies.get(evse.id)
        threshold = self.station.variables.number(f"{_COMPONENT}.LocalFrequencyUpdateThreshold", evse=evse.id)
        if known is not None and (
            abs(hertz - known) * 1000 < threshold - 1e-6 or not policy.heeds_changes_of_frequency
        ):
            hertz = known
        self._frequencies[evse.id] = hertz
        power = float(period.get("v2xBaseline", 0.0)) if policy.adds_baseline else 0.0
        if policy.heeds_frequency and period.get("v2xFreqWattCurve"):
            power += interpolated([(one["frequency"], one["power"]) for one in period["v2xFreqWattCurve"]], hertz)
        if evse.id in self.signals and "v2xSignalWattCurve" in period:
            points = [(one["signal"], one["power"]) for one in period["v2xSignalWattCurve"]]
            power += interpolated(points, self.signals[evse.id])
        return power

    def thresholds(self, evse: Evse) -> tuple[float, float, float, float] | None:
        """Return upper and lower threshold, upper and lower offset, None where they do not fit ([Q09.FR.02])."""
        names = ("UpperThreshold", "LowerThreshold", "UpperOffset", "LowerOffset")
        texts = [
            self.station.variables.text(f"{_COMPONENT}.LocalLoadBalancing[{name}]", evse=evse.id) for name in names
        ]
        if not all(texts):
            return None
        upper, lower, upper_offset, lower_offset = map(float, texts)
        return (upper, lower, upper_offset, lower_offset) if upper > lower else None

    def _by_load(self, evse: Evse) -> float:
        """Return what keeps the upstream meter between its thresholds ([Q09.FR.04])."""
        found, load = self.thresholds(evse), self.station.v2x.grid.load_w
        if found is None or not self.station.policy.v2x.balances:
            return 0.0
        upper, lower, upper_offset, lower_offset = found
        if load > upper:
            return upper + upper_offset - load
        return lower + lower_offset - load if load < lower else 0.0

    def signal_curve(self, evse: Evse) -> list[Any] | None:
        """Return the curve for aFRR signals that is active at an EVSE, None where none is ([Q08.FR.11])."""
        ruling = self.station.smart_charging.allowed(evse).ruling
        if ruling is None or self.station.transactions.at(evse) is None or mode_of(ruling.period) != "LocalFrequency":
            return None
        curve: list[Any] | None = ruling.period.get("v2xSignalWattCurve")
        return curve

    def _capped(self, evse: Evse, allowed: Merged, power: float) -> float:
        """Return a set point within limits, and not below 0 where the EV may not feed back ([V2X.03], [V2X.04])."""
        supply = self.station.smart_charging.supply(evse)
        if self.station.policy.v2x.caps:
            power = min(power, allowed.limit_w if evse.limit_w is None else min(allowed.limit_w, evse.limit_w))
            lowest = [in_watts(part, "dischargeLimit", supply) for part in allowed.parts]
            power = max([power, *(one for one in lowest if one is not None)])
        vehicle = self.station.v2x.vehicles.get(evse.id)
        needs = self.station.smart_charging.needs.known.get(evse.id, {})
        service = vehicle.service if vehicle is not None else needs.get("requestedEnergyTransfer", "")
        return power if service in DISCHARGING else max(0.0, power)
