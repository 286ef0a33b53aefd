"""The power monitor: the values in the messages must be physically and contractually plausible.

It judges what the messages say, not what flows: the charger's present values against the limits of both sides and the EV's
set points, the EV's wishes against its own limits, and the direction of power against the agreed service.
"""

from collections.abc import Iterator
from typing import Any

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.session_facts import SessionFacts
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at, is_protocol_message, rational

RELATIVE = 0.05  # par_ValidDeviationPerCent of the public suites
VOLTS, AMPERES, WATTS = 5.0, 2.0, 100.0
PRE_CHARGE_VOLTS = 20.0
"""Largest difference between both sides of the contactor when it closes (IEC 61851-23)."""
_COMES_DOWN_S = 3.0
"""Within this time the power is below a limit that was lowered."""
_TARGET_MEMORY_S = 5.0
"""A power stage follows its set point with a delay: the highest one of this time counts."""


class PowerMonitor:
    """Judges voltages, currents and powers of DC and AC sessions."""

    name = "power"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._facts = SessionFacts()
        self._begin()

    def _begin(self) -> None:
        self._ev: dict[str, float] = {}
        self._evse: dict[str, float] = {}
        self._discovered: dict[str, float] = {}
        self._targets: list[tuple[float, float, float]] = []
        self._lowered: dict[str, tuple[float, float]] = {}
        """Limit of the EV -> (until when the one before still counts, its value): power takes time to come down."""
        self._misled = False

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind == "open" and event.layer == "tcp":
            self._begin()
        self._facts.see(event)
        if not is_protocol_message(event) or not isinstance(event.body, dict):
            return
        own = event.src != self._context.sut
        self._misled = self._misled or (own and event.note == DELIBERATE)
        handler = _HANDLERS.get(event.name)
        if handler is None:
            return
        for requirement, text in handler(self, event, event.body):
            if not own and not self._misled:
                yield Finding(requirement, "MUST", f"{event.name}: {text}", (event.id,))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())

    def ev_limits(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Remember the limits of the EV from charge parameter discovery."""
        self._ev = _numbers(_section(tree, "EnergyTransferMode"))
        yield from ()

    def evse_limits(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Remember the limits of the charger from charge parameter discovery."""
        self._evse = _numbers(_section(tree, "EnergyTransferMode"))
        self._discovered = dict(self._evse)
        yield from ()

    def pre_charge(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """The charger approaches the target voltage and stays below the limits."""
        present, target = (
            _at(tree, "EVSEPresentVoltage"),
            _number(self._facts.value("DC_PreChargeReq", "EVTargetVoltage")),
        )
        if present is not None and target is not None and present > target + max(PRE_CHARGE_VOLTS, target * 0.1):
            yield "X20-PreCharge", f"EVSEPresentVoltage {present:g} V is far above EVTargetVoltage {target:g} V"
        yield from self._voltage(present)

    def pre_charge_request(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """The EV asks for a voltage that it can take itself."""
        target, limit = _at(tree, "EVTargetVoltage"), self._ev.get("EVMaximumVoltage")
        if target is not None and limit is not None and target > _above(limit, VOLTS):
            yield "X20-OwnLimits", f"EVTargetVoltage {target:g} V is above the EV's own maximum {limit:g} V"

    def power_delivery_request(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """The EV lets the contactor close only when both sides have the same voltage."""
        if (
            tree.get("ChargeProgress") != "Start"
            or self._facts.mode != "DC"
            or "DC_ChargeLoopRes" in self._facts.latest
        ):
            return
        present = _number(self._facts.value("DC_PreChargeRes", "EVSEPresentVoltage"))
        target = _number(self._facts.value("DC_PreChargeReq", "EVTargetVoltage"))
        if present is not None and target is not None and abs(present - target) > PRE_CHARGE_VOLTS + VOLTS:
            text = f"ChargeProgress Start while EVSEPresentVoltage is {present:g} V and EVTargetVoltage {target:g} V"
            yield "X20-PreCharge", text

    def dc_loop_request(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """The EV's set points stay inside what it said about itself and inside the service."""
        section = _numbers(_section(tree, "ControlMode"))
        self._take_limits(event, section)
        current, voltage = section.get("EVTargetCurrent"), section.get("EVTargetVoltage")
        if current is not None and voltage is not None:
            self._targets.append((event.seconds, current, voltage))
        if current is not None:
            limit = self._ev.get("EVMaximumChargeCurrent")
            if limit is not None and current > _above(limit, AMPERES):
                yield "X20-OwnLimits", f"EVTargetCurrent {current:g} A is above the EV's own maximum {limit:g} A"
            yield from self._direction("EVTargetCurrent", current, "EVMaximumDischargeCurrent", self._ev, "A", AMPERES)
        limit = self._ev.get("EVMaximumVoltage")
        if voltage is not None and limit is not None and voltage > _above(limit, VOLTS):
            yield "X20-OwnLimits", f"EVTargetVoltage {voltage:g} V is above the EV's own maximum {limit:g} V"

    def _take_limits(self, event: Event, section: dict[str, float]) -> None:
        for name, value in section.items():
            if name.startswith(("EVMaximum", "EVMinimum")):
                before = self._ev.get(name)
                if before is not None and value < before:
                    self._lowered[name] = event.seconds + _COMES_DOWN_S, max(before, self._lowered.get(name, (0, 0))[1])
                self._ev[name] = value

    def _ev_now(self, event: Event) -> dict[str, float]:
        """Return the limits of the EV, those that were lowered just now as they were before."""
        old = {name: value for name, (until, value) in self._lowered.items() if event.seconds <= until}
        self._lowered = {name: self._lowered[name] for name in old}
        return {**self._ev, **{name: max(value, self._ev.get(name, value)) for name, value in old.items()}}

    def dc_loop_response(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """The charger keeps to the limits of both sides and follows the set point ([V2G20-2183] to [V2G20-2188])."""
        section = _numbers(_section(tree, "ControlMode"))
        for name, value in section.items():
            before = self._discovered.get(name)
            if before is not None and name.startswith("EVSEMaximum") and abs(value) > _above(abs(before), 0.0):
                yield "V2G20-2654", f"{name} {value:g} is beyond {before:g}, the limit of charge parameter discovery"
            self._evse[name] = value
        current, voltage = _at(tree, "EVSEPresentCurrent"), _at(tree, "EVSEPresentVoltage")
        yield from self._voltage(voltage)
        if current is None:
            return
        ev = self._ev_now(event)
        for side, limits, name in (
            ("EV", ev, "EVMaximumChargeCurrent"), ("charger", self._discovered, "EVSEMaximumChargeCurrent"),
        ):  # fmt: skip
            limit = limits.get(name)
            if limit is not None and current > _above(limit, AMPERES):
                yield "V2G20-2188", f"EVSEPresentCurrent {current:g} A is above the {side}'s limit {limit:g} A"
        if voltage is not None:
            limit = ev.get("EVMaximumChargePower")
            if limit is not None and current * voltage > _above(limit, WATTS):
                yield "V2G20-2188", f"{current * voltage:g} W flow, the EV's limit is {limit:g} W"
        yield from self._direction("EVSEPresentCurrent", current, "EVMaximumDischargeCurrent", ev, "A", AMPERES)
        yield from self._set_point(event, current)

    def ac_loop_request(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """The EV takes no more than it said, and gives back only where that was agreed."""
        section = _numbers(_section(tree, "ControlMode"))
        power = section.get("EVPresentActivePower")
        if power is None:
            return
        limit = self._discovered.get("EVSEMaximumChargePower")
        if limit is not None and power > _above(limit, WATTS):
            yield "V2G20-2188", f"EVPresentActivePower {power:g} W is above the charger's limit {limit:g} W"
        limits = {**self._ev, **section}
        yield from self._direction("EVPresentActivePower", power, "EVMaximumDischargePower", limits, "W", WATTS)

    def _voltage(self, present: float | None) -> Iterator[tuple[str, str]]:
        for side, limits, name in (
            ("EV", self._ev, "EVMaximumVoltage"), ("charger", self._discovered, "EVSEMaximumVoltage"),
        ):  # fmt: skip
            limit = limits.get(name)
            if present is not None and limit is not None and present > _above(limit, VOLTS):
                yield "V2G20-2188", f"EVSEPresentVoltage {present:g} V is above the {side}'s limit {limit:g} V"
        if present is not None and present < -VOLTS:
            yield "V2G20-2188", f"EVSEPresentVoltage {present:g} V is negative"

    def _direction(
        self, name: str, value: float, limit_name: str, limits: dict[str, float], unit: str, slack: float
    ) -> Iterator[tuple[str, str]]:
        if value >= -slack:
            return
        if not self._facts.bidirectional:
            yield "X20-PowerDirection", f"{name} {value:g} {unit} discharges, the service allows charging only"
            return
        for side in (limits, self._discovered):
            limit = side.get(limit_name if side is limits else limit_name.replace("EVMaximum", "EVSEMaximum"))
            if limit is not None and -value > _above(abs(limit), slack):
                yield "V2G20-2188", f"{name} {value:g} {unit} discharges beyond the limit of {abs(limit):g} {unit}"

    def _set_point(self, event: Event, current: float) -> Iterator[tuple[str, str]]:
        recent = [target for at, target, _ in self._targets if event.seconds - at <= _TARGET_MEMORY_S]
        if not recent:
            return
        # What flows comes from zero: only beyond zero and the set points of the last seconds it is wrong.
        high, low = max(0.0, *recent), min(0.0, *recent)
        if current > _above(high, AMPERES):
            yield "V2G20-2183", f"EVSEPresentCurrent {current:g} A is above EVTargetCurrent {high:g} A"
        if current < low * (1 + RELATIVE) - AMPERES:
            yield "V2G20-2183", f"EVSEPresentCurrent {current:g} A is below EVTargetCurrent {low:g} A"


def _above(limit: float, slack: float) -> float:
    return limit * (1 + RELATIVE) + slack


def _section(tree: dict[str, Any], suffix: str) -> dict[str, Any]:
    return next((part for name, part in tree.items() if name.endswith(suffix) and isinstance(part, dict)), {})


def _numbers(section: dict[str, Any]) -> dict[str, float]:
    pairs = ((name, rational(value)) for name, value in section.items())
    return {name: value for name, value in pairs if value is not None}


def _at(tree: dict[str, Any], path: str) -> float | None:
    return rational(field_at(tree, path))


def _number(value: Any) -> float | None:
    return rational(value)


_HANDLERS = {
    "AC_ChargeParameterDiscoveryReq": PowerMonitor.ev_limits,
    "DC_ChargeParameterDiscoveryReq": PowerMonitor.ev_limits,
    "AC_ChargeParameterDiscoveryRes": PowerMonitor.evse_limits,
    "DC_ChargeParameterDiscoveryRes": PowerMonitor.evse_limits,
    "DC_PreChargeReq": PowerMonitor.pre_charge_request,
    "DC_PreChargeRes": PowerMonitor.pre_charge,
    "PowerDeliveryReq": PowerMonitor.power_delivery_request,
    "DC_ChargeLoopReq": PowerMonitor.dc_loop_request,
    "DC_ChargeLoopRes": PowerMonitor.dc_loop_response,
    "AC_ChargeLoopReq": PowerMonitor.ac_loop_request,
}
