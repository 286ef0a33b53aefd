"""The vehicle monitor: what only shows over several messages of a car: its clock, its limits, obedience, SDP manners."""

from collections.abc import Iterator
from typing import Any

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.session_facts import SessionFacts
from v2xconform.protocols import sdp
from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, field_at, is_protocol_message, rational, response_code

NO_SESSION = "0" * 16
RELATIVE = 0.05  # par_ValidDeviationPerCent of the public suites
VOLTS, WATTS = 20.0, 150.0
MOST_SDP_REQUESTS = 50  # [V2G2-161]
SHORTEST_SDP_PAUSE_S = 0.2  # [V2G2-159] says 0.25 s; the tester may see a pause shorter than it was
LATEST_STAMP = 10**11
"""Seconds since 1970 until the year 5138: anything above counts milliseconds or less."""
REACTION_S = 1.0
"""Beyond NotificationMaxDelay: the request that was on its way, and the one that the car was about to send."""
SETTLING_S = 3.0
"""A car follows a set point with a delay: any set point of this time may be the one that it has reached."""
_FRESH_S = 10.0
"""So long after pre-charge a battery has about the voltage that was pre-charged for."""
SOC_STEP = 10
"""More per cent than any battery gains or loses between two messages of the charge loop."""
_PHASES = ("", "_L2", "_L3")


class VehicleMonitor:
    """Judges a car under test; silent where a charger is under test."""

    name = "vehicle"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sut = context.sut
        self._sdp: list[Event] = []
        self._paused = False
        self._facts = SessionFacts()
        self._begin()

    def _begin(self) -> None:
        self._misled = False
        self._stamp: tuple[int, float] | None = None
        self._wrong_clock = False
        self._discovered: dict[str, float] = {}
        self._told: tuple[Event, float] | None = None
        self._set_points: list[tuple[float, dict[str, float]]] = []
        self._soc: tuple[int, Event] | None = None
        self._loops = 0
        self._pre_charged: float | None = None
        """EVTargetVoltage of pre-charge: the voltage of the battery."""
        self._loop_since: float | None = None

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if self._sut != "evcc":
            return
        if event.kind == "open" and event.layer == "tcp" and event.name != "listening":
            self._sdp.clear()
            self._begin()
        self._facts.see(event)
        if event.layer == "sdp" and event.kind == "message" and event.src == self._sut and event.name == sdp.REQUEST:
            yield from self._discovery(event)
        elif event.src != self._sut and event.note == DELIBERATE:
            self._misled = True
        elif is_protocol_message(event) and isinstance(event.body, dict):
            if event.src != self._sut:
                self._from_charger(event, event.body)
                return
            yield from self._clock(event)
            if event.name == "SessionSetupReq":
                yield from self._new_session(event)
            handler = None if self._misled else _HANDLERS.get(event.name)
            if handler is not None:
                for requirement, text in handler(self, event, event.body):
                    yield Finding(requirement, "MUST", f"{event.name}: {text}", (event.id,))
            if not self._misled:
                yield from self._obedience(event)

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())

    def _discovery(self, event: Event) -> Iterator[Finding]:
        if self._sdp:
            before = self._sdp[-1].seconds
            pause, jitter = event.seconds - before, self._context.earliness(before, event.seconds)
            if pause < SHORTEST_SDP_PAUSE_S:
                text = f"SECCDiscoveryReq was repeated after {pause * 1e3:.0f} ms, an answer has 250 ms to come"
                unsure = pause + jitter >= SHORTEST_SDP_PAUSE_S
                text += f"; the margin is below the tester's own jitter of {jitter * 1e3:.0f} ms" if unsure else ""
                yield Finding("V2G2-159", "UNSURE" if unsure else "MUST", text, (self._sdp[-1].id, event.id))
        self._sdp.append(event)
        if len(self._sdp) == MOST_SDP_REQUESTS + 1:
            text = f"more than {MOST_SDP_REQUESTS} SECCDiscoveryReq in a row"
            yield Finding("V2G2-161", "MUST", text, (self._sdp[0].id, event.id))

    def _from_charger(self, event: Event, tree: dict[str, Any]) -> None:
        kind = field_at(tree, "EVSEStatus.EVSENotification")
        if kind in ("Terminate", "Pause") and self._told is None:
            delay = field_at(tree, "EVSEStatus.NotificationMaxDelay")
            self._told = event, float(delay) if isinstance(delay, int) else 0.0
        if event.name == "AC_ChargeLoopRes":
            section = _section(tree, "ControlMode")
            points = {
                name: value
                for name in (f"EVSETargetActivePower{phase}" for phase in _PHASES)
                if (value := rational(section.get(name))) is not None
            }
            if points:
                self._set_points.append((event.seconds, points))
        if event.name == "SessionStopRes" and response_code(event).startswith("OK"):
            self._paused = self._facts.value("SessionStopReq", "ChargingSession") == "Pause"

    def _clock(self, event: Event) -> Iterator[Finding]:
        stamp = field_at(event.body, "Header.TimeStamp")
        if not isinstance(stamp, int) or self._wrong_clock:
            return
        if stamp > LATEST_STAMP:
            self._wrong_clock = True
            text = f"{event.name}: TimeStamp {stamp} is no number of seconds since 1970"
            yield Finding("X20-TimeStamp", "MUST", text, (event.id,))
        elif self._stamp is None:
            self._stamp = stamp, event.seconds
        else:
            shown, passed = stamp - self._stamp[0], event.seconds - self._stamp[1]
            if abs(shown - passed) > 3.0 + 0.05 * passed:
                self._wrong_clock = True
                text = f"{event.name}: TimeStamp has gone on by {shown} s while {passed:.1f} s passed"
                yield Finding("X20-TimeStamp", "MUST", text, (event.id,))

    def _new_session(self, event: Event) -> Iterator[Finding]:
        session = field_at(event.body, "Header.SessionID")
        if session != NO_SESSION and not self._paused:
            text = f"SessionSetupReq carries SessionID {session}, yet no session was paused; a new one begins with zero"
            yield Finding("X20-NewSession", "MUST", text, (event.id,))

    def _obedience(self, event: Event) -> Iterator[Finding]:
        if self._told is None:
            return
        if event.name == "PowerDeliveryReq" and event.body.get("ChargeProgress") in ("Stop", "Standby"):
            self._told = None
            return
        told, delay = self._told
        took = event.seconds - told.seconds
        slack = self._context.tolerance_s + self._context.jitter(told.seconds, event.seconds)
        if event.name.endswith("ChargeLoopReq") and took > delay + REACTION_S + slack:
            kind = field_at(told.body, "EVSEStatus.EVSENotification")
            text = f"{event.name} {took:.1f} s after EVSENotification {kind} with NotificationMaxDelay {delay:g} s"
            self._told = None
            yield Finding("X20-EvseStop", "MUST", text, (told.id, event.id))

    # ---- one message each

    def charge_parameters(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Remember what the car said about itself."""
        self._discovered = _limits(_section(tree, "EnergyTransferMode"))
        yield from ()

    def pre_charge(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Voltages of pre-charge lie within what the car has said about itself."""
        target = rational(field_at(tree, "EVTargetVoltage"))
        yield from self._target_voltage(target)
        before, self._pre_charged = self._pre_charged, target
        if before is not None and target is not None and abs(target - before) > RELATIVE * abs(before) + VOLTS:
            text = f"EVTargetVoltage {target:g} V was {before:g} V before; no power flows that could change the battery"
            yield "X20-EvPlausible", text
        present = rational(field_at(tree, "EVPresentVoltage"))
        charger = _or_zero(self._facts.value("DC_PreChargeRes", "EVSEPresentVoltage"))
        most = max(self._discovered.get("EVMaximumVoltage", 0.0), charger)
        if present is not None and most and abs(present) > most * (1 + RELATIVE) + VOLTS:
            yield "X20-EvPlausible", f"EVPresentVoltage {present:g} V, neither side has more than {most:g} V"

    def _target_voltage(self, target: float | None) -> Iterator[tuple[str, str]]:
        least = self._discovered.get("EVMinimumVoltage", 0.0)
        if target is not None and target < least * (1 - RELATIVE) - VOLTS / 4:
            yield "X20-OwnLimits", f"EVTargetVoltage {target:g} V is below the EV's own minimum {least:g} V"
        elif target is not None and target <= 0:
            yield "X20-EvPlausible", f"EVTargetVoltage is {target:g} V"

    def dc_loop(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Limits stay those of charge parameter discovery; present values are those of one circuit."""
        section = _section(tree, "ControlMode")
        yield from self._limits_kept(section)
        volts, amps = rational(section.get("EVTargetVoltage")), rational(section.get("EVTargetCurrent"))
        yield from self._target_voltage(volts)
        most = rational(section.get("EVMaximumChargePower")) or self._discovered.get("EVMaximumChargePower")
        if volts is not None and amps is not None and most and volts * amps > most * (1 + RELATIVE) + 1000:
            yield "X20-OwnLimits", f"EVTargetVoltage times EVTargetCurrent is {volts * amps:g} W, own limit {most:g} W"
        present, charger = rational(field_at(tree, "EVPresentVoltage")), self._facts.latest.get("DC_ChargeLoopRes")
        self._loops += 1
        if self._loops > 3 and charger is not None and present is not None:
            other = _or_zero(field_at(charger.body, "EVSEPresentVoltage"))
            if abs(present - other) > 0.1 * abs(other) + VOLTS:
                yield "X20-EvPlausible", f"EVPresentVoltage {present:g} V while EVSEPresentVoltage is {other:g} V"
        self._loop_since = event.seconds if self._loop_since is None else self._loop_since
        charged = self._pre_charged
        fresh = self._loops > 3 and event.seconds - self._loop_since < _FRESH_S
        if fresh and charged and present is not None and abs(present - charged) > 0.1 * charged + VOLTS:
            yield "X20-EvPlausible", f"EVPresentVoltage {present:g} V right after a pre-charge to {charged:g} V"
        yield from self._state_of_charge(event, tree)

    def ac_loop(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """The car draws no more than it said, than the charger allows, and than it was told ([V2G20-2188])."""
        section = _section(tree, "ControlMode")
        yield from self._limits_kept(section)
        yield from self._state_of_charge(event, tree)
        recent = [points for at, points in self._set_points if event.seconds - at <= SETTLING_S]
        before = [points for at, points in self._set_points if event.seconds - at > SETTLING_S]
        recent = before[-1:] + recent
        for phase in _PHASES:
            power = rational(section.get(f"EVPresentActivePower{phase}"))
            if power is None:
                continue
            own = self._discovered.get(f"EVMaximumChargePower{phase}")
            idle = rational(section.get(f"EVPresentReactivePower{phase}"))
            if own is not None and idle is not None and abs(idle) > own * 2 + WATTS:
                yield "X20-EvPlausible", f"EVPresentReactivePower{phase} {idle:g} VA, EVMaximumChargePower {own:g} W"
            if own is not None and power > own * (1 + RELATIVE) + WATTS:
                yield "X20-OwnLimits", f"EVPresentActivePower{phase} {power:g} W is above the EV's own {own:g} W"
            given = [points[key] for points in recent if (key := f"EVSETargetActivePower{phase}") in points]
            if given and before and not min(0.0, *given) - _band(given) <= power <= max(0.0, *given) + _band(given):
                text = f"EVPresentActivePower{phase} {power:g} W, set points from {min(given):g} W to {max(given):g} W"
                yield "X20-SetPoint", text
            limit = rational(self._charger_limit(f"EVSEMaximumChargePower{phase}"))
            if phase and limit is not None and power > limit * (1 + RELATIVE) + WATTS:
                yield "V2G20-2188", f"EVPresentActivePower{phase} {power:g} W is above the charger's {limit:g} W"

    def _charger_limit(self, field: str) -> Any:
        answer = self._facts.latest.get("AC_ChargeParameterDiscoveryRes")
        return MISSING if answer is None else _section(answer.body, "EnergyTransferMode").get(field, MISSING)

    def _limits_kept(self, section: dict[str, Any]) -> Iterator[tuple[str, str]]:
        for name, value in _limits(section).items():
            before = self._discovered.get(name)
            if before is not None and name.startswith("EVMaximum") and abs(value) > abs(before) * (1 + RELATIVE) + 1:
                yield "V2G20-2655", f"{name} {value:g} is beyond {before:g}, the limit of charge parameter discovery"

    def _state_of_charge(self, event: Event, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
        soc = field_at(tree, "DisplayParameters.PresentSOC")
        if not isinstance(soc, int):
            return
        before, self._soc = self._soc, (soc, event)
        if before is not None and abs(soc - before[0]) > SOC_STEP and event.seconds - before[1].seconds < 10:
            yield "X20-EvPlausible", f"PresentSOC is {soc} %, the message before said {before[0]} %"


def _band(points: list[float]) -> float:
    return RELATIVE * max(abs(point) for point in points) + WATTS


def _section(tree: dict[str, Any], suffix: str) -> dict[str, Any]:
    return next((part for name, part in tree.items() if name.endswith(suffix) and isinstance(part, dict)), {})


def _limits(section: dict[str, Any]) -> dict[str, float]:
    pairs = ((name, rational(value)) for name, value in section.items() if name.startswith(("EVMaximum", "EVMinimum")))
    return {name: value for name, value in pairs if value is not None and not name.endswith("EnergyRequest")}


def _or_zero(value: Any) -> float:
    return rational(value) or 0.0


_HANDLERS = {
    "AC_ChargeParameterDiscoveryReq": VehicleMonitor.charge_parameters,
    "DC_ChargeParameterDiscoveryReq": VehicleMonitor.charge_parameters,
    "DC_PreChargeReq": VehicleMonitor.pre_charge,
    "DC_ChargeLoopReq": VehicleMonitor.dc_loop,
    "AC_ChargeLoopReq": VehicleMonitor.ac_loop,
}
