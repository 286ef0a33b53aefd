"""What DER controls do: power is cut, limited or shifted as the grid demands, and the CSMS is alarmed about it (R05).

Curves that trip have seconds on x and hertz or percent of the voltage on y; freq-watt and volt-watt curves have hertz or
percent on x and percent of the greatest power on y. Reactive power is not modelled: its controls are kept and reported.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Payload
from v2xconform.emulators.station.evse import Evse

if TYPE_CHECKING:
    from v2xconform.emulators.station.der import Control
    from v2xconform.emulators.station.station import Station

_TRIPS: Final = {
    "HFMustTrip": ("frequency", 1, "OverFrequency"), "LFMustTrip": ("frequency", -1, "UnderFrequency"),
    "HVMustTrip": ("voltage", 1, "OverVoltage"), "LVMustTrip": ("voltage", -1, "UnderVoltage"),
    "HVMomCess": ("voltage", 1, "OverVoltage"), "LVMomCess": ("voltage", -1, "UnderVoltage"),
}  # fmt: skip
"""Control type -> what it watches, on which side, and the fault."""
_NOMINAL_HZ: Final = 50.0
_TOLERANCE_W: Final = 1.0
_AGAIN_S: Final = 5.0


def interpolated(points: Sequence[tuple[float, float]], x: float) -> float:
    """Return y of a curve at x; before the first and behind the last point it stays as there."""
    points = sorted(points)
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0) if x1 > x0 else y1
    return points[-1][1]


@dataclass(slots=True)
class DerResponse:
    """The physical side of the DER controls of one station."""

    station: "Station"
    alarm: tuple[str, str] | None = None
    """(controlType, gridEventFault) that was reported and goes on."""
    _since: dict[str, float] = field(default_factory=dict)
    """controlId -> since when the grid is beyond its bounds."""

    def reset(self) -> None:
        """Power was lost."""
        self.alarm = None
        self._since.clear()

    def applied(self, evse: Evse, power_w: float, now: float) -> float:
        """Return what remains of a wanted power."""
        return self._applied(evse, power_w, now)[0]

    def _applied(self, evse: Evse, power_w: float, now: float) -> tuple[float, tuple[str, str] | None]:
        """Return the power, and which control has changed it because of which fault."""
        cause: tuple[str, str] | None = None
        for control in self.station.der.executed():
            changed, fault = self._one(control, evse, power_w, now)
            if abs(changed - power_w) > _TOLERANCE_W:
                power_w, cause = changed, (control.kind, fault)
        return power_w, cause

    def _one(self, control: "Control", evse: Evse, power_w: float, now: float) -> tuple[float, str]:
        grid, most = self.station.v2x.grid, max(evse.spec.discharge_power_w, 0.0)
        kind, body = control.kind, control.body
        if kind in _TRIPS:
            return (0.0 if self._tripped(control, now) else power_w), _TRIPS[kind][2]
        if kind == "LimitMaxDischarge":
            return max(power_w, -most * body.get("pctMaxDischargePower", 100.0) / 100), ""
        if kind in ("FreqWatt", "VoltWatt"):
            at = grid.frequency_hz if kind == "FreqWatt" else grid.voltage_pct
            share = interpolated([(one["x"], one["y"]) for one in body["curveData"]], at)
            high = at > (_NOMINAL_HZ if kind == "FreqWatt" else 100.0)
            fault = f"{'Over' if high else 'Under'}{'Frequency' if kind == 'FreqWatt' else 'Voltage'}"
            return max(power_w, -most * share / 100), fault
        if kind == "FreqDroop":
            return self._droop(body, power_w, max(most, evse.spec.max_power_w))
        return power_w, ""

    def _droop(self, body: Payload, power_w: float, most: float) -> tuple[float, str]:
        hertz = self.station.v2x.grid.frequency_hz
        if hertz > body["overFreq"] and body["overDroop"]:
            return power_w + (hertz - body["overFreq"]) / _NOMINAL_HZ / body["overDroop"] * most, "OverFrequency"
        if hertz < body["underFreq"] and body["underDroop"]:
            return power_w - (body["underFreq"] - hertz) / _NOMINAL_HZ / body["underDroop"] * most, "UnderFrequency"
        return power_w, ""

    def _tripped(self, control: "Control", now: float) -> bool:
        """Tell whether the grid is beyond a point of the curve for as long as that point says."""
        what, side, _ = _TRIPS[control.kind]
        grid = self.station.v2x.grid
        at = grid.frequency_hz if what == "frequency" else grid.voltage_pct
        crossed = [one["x"] for one in control.body["curveData"] if side * at > side * one["y"]]
        if not crossed:
            self._since.pop(control.id, None)
            return False
        since = self._since.setdefault(control.id, now)
        if now - since >= min(crossed) - 1e-6:
            return True
        self.station.agenda.at(since + min(crossed), self.look, f"der.trip.{control.id}")
        return False

    def look(self, now: float) -> None:
        """Something changed: let the power follow, and report an alarm that begins, changes or ends."""
        self.station.v2x.changed(now)
        cause = None
        for evse in self.station.evses:
            if evse.flowing:
                cause = cause or self._applied(evse, self.station.v2x.asked_power(evse, now), now)[1]
        before, policy = self.alarm, self.station.policy.der
        self.alarm = cause
        if cause is not None and policy.repeats_alarms:
            self.station.agenda.at(now + _AGAIN_S, self.look, "der.alarm")
        if cause is not None and (cause != before or policy.repeats_alarms) and policy.alarms:
            self._report(cause, False, now)
        elif cause is None and before is not None and policy.ends_alarms:
            self._report(before, True, now)

    def _report(self, alarm: tuple[str, str], ended: bool, now: float) -> None:
        kind, fault = alarm
        payload: Payload = {"controlType": kind, "timestamp": self.station.timestamp()}
        if fault:
            payload["gridEventFault"] = fault
        if ended or self.station.policy.der.says_alarm_goes_on:
            payload["alarmEnded"] = ended
        self.station.der.send("NotifyDERAlarm", payload, now)
