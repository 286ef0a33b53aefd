"""The supply monitor: what a charger reports about voltage, meter and targets must fit together and to what was agreed."""

from collections.abc import Iterator
from typing import Any

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.session_facts import SessionFacts
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at, is_protocol_message, rational

SAFE_V = 60.0
"""Touchable voltage: what welding detection has to come down to (IEC 61851-23)."""
_SETTLED_S = 1.0
"""Time in the loop after which voltage and current have settled."""
_FOLLOWS_S = 3.0
"""A power stage has reached a set point that has stood for so long."""
_COMES_DOWN_S = 3.0
"""Within this time the power is below a limit of its own that a charger has lowered."""
_METER_WH = 30.0
"""Energies below this say nothing about a meter that counts whole watt-hours."""
_METER_S = 3.0
"""Times below this say nothing about a meter that is read once in a second."""
_MODE = "ControlMode"
_FLAGS = ("EVSEPowerLimitAchieved", "EVSECurrentLimitAchieved", "EVSEVoltageLimitAchieved")


class SupplyMonitor:
    """Judges present values, targets and meter of a charger in the light of the requests of the EV."""

    name = "supply"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._facts = SessionFacts()
        self._begin()

    def _begin(self) -> None:
        self._misled = False
        self._loop_since: float | None = None
        self._request: dict[str, Any] = {}
        self._ev: dict[str, float] = {}
        self._evse: dict[str, float] = {}
        self._lowered: tuple[float, float] = (0.0, 0.0)
        """Until when a maximum power that was lowered still counts, and that power."""
        self._set_point: tuple[float, float] | None = None
        self._energy: tuple[float, float, float] | None = None
        """Wh that the messages show, time and power of the last one."""
        self._meter: dict[str, tuple[float, float, float]] = {}
        """Reading -> (value, energy that the messages had shown by then, time) of the first one since power came on."""
        self._counted: dict[str, float] = {}
        """Reading -> its last value."""
        self._meter_id = ""
        self._voltage: Event | None = None
        self._loop_volts: float | None = None
        self._apart: dict[str, float] = {}
        """Phase -> since when charger and car have told different powers of it."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if self._context.sut != "secc":
            return
        if event.kind == "open" and event.layer == "tcp":
            self._begin()
        self._facts.see(event)
        if not is_protocol_message(event) or not isinstance(event.body, dict):
            return
        if event.src != self._context.sut:
            self._misled = self._misled or event.note == DELIBERATE
            self._from_ev(event)
            return
        if self._misled or str(event.body.get("ResponseCode", "")).startswith("FAILED"):
            return
        handler = _HANDLERS.get(event.name)
        for requirement, text in handler(self, event, event.body) if handler else ():
            yield Finding(requirement, "MUST", f"{event.name}: {text}", (event.id,))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())

    def _from_ev(self, event: Event) -> None:
        self._request = event.body
        section = _section(event.body)
        limits = {name: value for name, value in section.items() if name.startswith(("EVMaximum", "EVMinimum"))}
        self._ev.update(limits)
        amps = section.get("EVTargetCurrent")
        if amps is not None and (self._set_point is None or abs(amps - self._set_point[1]) > 2.0):
            self._set_point = event.seconds, amps
        if event.name == "PowerDeliveryReq" and event.body.get("ChargeProgress") != "Start":
            self._loop_since = self._set_point = None
            self._energy = None  # what flows between two charge loops is not told
            self._meter.clear()

    def limits(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Remember the limits of the charger."""
        self._evse = _section(tree)
        yield from ()

    def dc_loop(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Present values belong to this battery and this set point."""
        self._loop_since = event.seconds if self._loop_since is None else self._loop_since
        before = self._evse.get("EVSEMaximumChargePower", 0.0)
        self._evse.update({k: v for k, v in _section(tree).items() if k.startswith("EVSEMaximum")})
        if self._evse.get("EVSEMaximumChargePower", before) < before:
            self._lowered = event.seconds + _COMES_DOWN_S, before
        volts, amps = rational(tree.get("EVSEPresentVoltage")), rational(tree.get("EVSEPresentCurrent"))
        battery = rational(self._request.get("EVPresentVoltage"))
        self._loop_volts = volts
        settled = event.seconds - self._loop_since >= _SETTLED_S
        if settled and volts is not None and battery and abs(volts - battery) > 20.0 + 0.2 * battery:
            yield "X20-Plausible", f"EVSEPresentVoltage {volts:g} V while the EV measures {battery:g} V"
        if volts is not None and amps is not None:
            limit = self._evse.get("EVSEMaximumChargePower")
            if limit is not None and event.seconds <= self._lowered[0]:
                limit = max(limit, self._lowered[1])
            if limit is not None and volts * amps > limit * 1.05 + 100.0:
                yield "V2G20-2188", f"{volts * amps:g} W flow, the charger's limit is {limit:g} W"
            yield from self._follows(event, tree, volts, amps)
            yield from self._metered(event, tree, volts * amps)

    def _follows(self, event: Event, tree: dict[str, Any], volts: float, amps: float) -> Iterator[tuple[str, str]]:
        """Without a limit that is reached, the current is what the EV asks for ([V2G20-2183])."""
        if self._set_point is None or event.seconds - self._set_point[0] < _FOLLOWS_S:
            return
        wanted = _section(self._request).get("EVTargetCurrent", self._set_point[1])
        direction = "Charge" if wanted >= 0 else "Discharge"
        most = [abs(wanted)]
        for side, limits in (("EV", self._ev), ("EVSE", self._evse)):
            most += [
                abs(value) for name in (f"{side}Maximum{direction}Current",) if (value := limits.get(name)) is not None
            ]
            watts = limits.get(f"{side}Maximum{direction}Power")
            most += [abs(watts) / volts] if watts is not None and volts > 1.0 else []
        expected = min(most)
        reached = any(tree.get(flag) is True for flag in _FLAGS)
        if not reached and abs(amps) < expected * 0.8 - 2.0:
            yield "V2G20-2183", f"EVSEPresentCurrent {amps:g} A, the EV asks for {wanted:g} A and no limit is reached"
        if not reached and abs(wanted) > expected * 1.05 + 2.0 and self._own_limit(direction, volts) <= expected + 0.1:
            text = f"EVTargetCurrent {wanted:g} A is beyond the charger's limit, yet no EVSE…LimitAchieved is true"
            yield "X20-LimitAchieved", text

    def _own_limit(self, direction: str, volts: float) -> float:
        amps, watts = self._evse.get(f"EVSEMaximum{direction}Current"), self._evse.get(f"EVSEMaximum{direction}Power")
        return min(
            abs(amps) if amps is not None else 1e9, abs(watts) / volts if watts is not None and volts > 1 else 1e9
        )

    def ac_loop(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Targets and present power stay within the limits of both sides, in the agreed direction."""
        phases = _phases(tree)
        asked = _section(self._request)
        for suffix in ("", "_L2", "_L3"):
            for name, text in (("EVSETargetActivePower", "target"), ("EVSEPresentActivePower", "present power")):
                value = phases.get(f"{name}{suffix}")
                if value is None:
                    continue
                direction = "Charge" if value >= 0 else "Discharge"
                if value < -50.0 and not self._facts.bidirectional:
                    yield (
                        "X20-PowerDirection",
                        f"{name}{suffix} {value:g} W discharges, the service allows charging only",
                    )
                    continue
                sides = [("charger", self._evse)]
                if text == "target":  # what flows takes time to come down, what is asked for does not
                    sides.append(("EV", {**self._ev, **asked}))
                for side, limits in sides:
                    key = f"{'EV' if side == 'EV' else 'EVSE'}Maximum{direction}Power{suffix}"
                    limit = limits.get(key)
                    if limit is not None and abs(value) > abs(limit) * 1.05 + 50.0:
                        yield (
                            "V2G20-2188",
                            f"{text} {name}{suffix} {value:g} W is beyond the {side}'s limit {limit:g} W",
                        )
            yield from self._both_measure(event, suffix, phases, asked)
        present = [value for name, value in phases.items() if name.startswith("EVSEPresentActivePower")]
        yield from self._metered(event, tree, sum(present))

    def _both_measure(
        self, event: Event, suffix: str, phases: dict[str, float], asked: dict[str, float]
    ) -> Iterator[tuple[str, str]]:
        """Charger and car measure the power of the same wire."""
        theirs, ours = phases.get(f"EVSEPresentActivePower{suffix}"), asked.get(f"EVPresentActivePower{suffix}")
        if theirs is None or ours is None or abs(theirs - ours) <= 0.25 * max(abs(theirs), abs(ours)) + 300.0:
            self._apart.pop(suffix, None)
        elif event.seconds - self._apart.setdefault(suffix, event.seconds) > _FOLLOWS_S:
            yield "X20-Plausible", f"EVSEPresentActivePower{suffix} {theirs:g} W while the EV measures {ours:g} W"

    def _metered(self, event: Event, tree: dict[str, Any], watts: float) -> Iterator[tuple[str, str]]:
        """The meter counts what flows, forwards, and stays the same meter."""
        before = self._energy
        shown = 0.0 if before is None else before[0] + (before[2] + watts) / 2 * (event.seconds - before[1]) / 3600
        self._energy = shown, event.seconds, watts
        info = tree.get("MeterInfo")
        if not isinstance(info, dict):
            return
        meter = str(info.get("MeterID", ""))
        if not meter.strip():
            yield "X20-Meter", "MeterID is empty"
        if self._meter_id and meter != self._meter_id:
            yield "X20-Meter", f"MeterID {meter} was {self._meter_id} before"
        self._meter_id = self._meter_id or meter
        for name in ("ChargedEnergyReadingWh", "BPT_DischargedEnergyReadingWh"):
            reading = info.get(name)
            if not isinstance(reading, int):
                continue
            before_this = self._counted.get(name, float(reading))
            if reading < before_this:
                yield "X20-Meter", f"{name} {reading} Wh is less than {before_this:g} Wh before"
                self._meter.pop(name, None)
            self._counted[name] = float(reading)
            first, then, at = self._meter.setdefault(name, (float(reading), shown, event.seconds))
            expected = (shown - then) * (1 if name.startswith("Charged") else -1)
            counted, settled = reading - first, event.seconds - at >= _METER_S
            if expected > _METER_WH and settled and not 0.5 * expected - 2 <= counted <= 2 * expected + 2:
                yield "X20-Meter", f"{name} has grown by {counted:g} Wh while {expected:.0f} Wh flowed"
            elif counted > 2 * abs(expected) + _METER_WH:
                yield "X20-Meter", f"{name} has grown by {counted:g} Wh while {max(expected, 0):.0f} Wh flowed"

    def welding(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Without power the voltage at the connector does not rise."""
        self._voltage = event
        volts, before = rational(tree.get("EVSEPresentVoltage")), self._loop_volts
        if volts is not None and before is not None and volts > before * 1.1 + 20.0:
            yield "X20-Plausible", f"EVSEPresentVoltage {volts:g} V, in the charge loop it was {before:g} V"

    def session_stop(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Whoever has asked for welding detection leaves a connector without voltage."""
        volts = rational(field_at(self._voltage.body, "EVSEPresentVoltage")) if self._voltage is not None else None
        if volts is not None and volts > SAFE_V:
            yield "X20-WeldingDetection", f"the session ends with {volts:g} V at the connector"


def _section(tree: dict[str, Any]) -> dict[str, float]:
    part = next(
        (p for name, p in tree.items() if name.endswith((_MODE, "EnergyTransferMode")) and isinstance(p, dict)), {}
    )
    return {name: value for name, given in part.items() if (value := rational(given)) is not None}


def _phases(tree: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in _section(tree).items() if "ActivePower" in name}


_HANDLERS = {
    "AC_ChargeParameterDiscoveryRes": SupplyMonitor.limits,
    "DC_ChargeParameterDiscoveryRes": SupplyMonitor.limits,
    "DC_ChargeLoopRes": SupplyMonitor.dc_loop,
    "AC_ChargeLoopRes": SupplyMonitor.ac_loop,
    "DC_WeldingDetectionRes": SupplyMonitor.welding,
    "SessionStopRes": SupplyMonitor.session_stop,
}
