"""The claims monitor: what a device says about itself in one message has to agree with what it says in the others.

Limits of the charge loop against what flows, flags against the values that they are about, energy requests against the ones
before, a power profile against the power that is drawn. A limit that was lowered holds after `REACTION_S`.
"""

from collections.abc import Iterator
from typing import Any, Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.session_facts import SessionFacts
from v2xconform.protocols.iso15118.session20 import as_list
from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, field_at, is_protocol_message, rational, response_code

Told = Iterator[tuple[str, str]]
RELATIVE: Final = 0.05  # par_ValidDeviationPerCent of the public suites
VOLTS, AMPERES, WATTS = 5.0, 2.0, 500.0
REACTION_S: Final = 3.0
"""Power follows a limit, a set point or a profile within this time."""
FAR: Final = 0.8
"""Below this part of a limit it is not reached."""
PRE_CHARGE_V: Final = 25.0
"""Farther from its target voltage pre-charge is not finished (20 V of IEC 61851-23, and 5 V for the measurement)."""
_PHASES: Final = ("", "_L2", "_L3")


class ClaimsMonitor:
    """Judges both roles; each finding is about the SUT's own message."""

    name = "claims"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._facts = SessionFacts()
        self._begin()

    def _begin(self) -> None:
        self._misled = False
        self._limits: dict[str, list[tuple[float, float]]] = {}
        """Limit -> when it was told and what it was, as far back as it matters."""
        self._takes: tuple[float, float] | None = None
        """When EVMaximumEnergyRequest was told last, and what it was."""
        self._since: dict[str, float] = {}
        """Contradiction -> since when it has stood."""
        self._asked: dict[str, Any] = {}
        self._profile: list[tuple[float, float]] = []
        """Steps of the power profile: until when (seconds since 1970), and how much (W)."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind == "open" and event.layer == "tcp":
            self._begin()
        self._facts.see(event)
        if not is_protocol_message(event) or not isinstance(event.body, dict):
            return
        by_sut = event.src == self._sut
        self._misled = self._misled or (not by_sut and event.note == DELIBERATE)
        if not by_sut:
            self._asked = event.body
        handler = _HANDLERS[self._sut].get(event.name)
        if handler is None or not by_sut or self._misled or response_code(event).startswith("FAILED"):
            return
        for requirement, text in handler(self, event, event.body):
            yield Finding(requirement, "MUST", f"{event.name}: {text}", (event.id,))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())

    # ---- limits over time

    def discovered(self, event: Event, tree: dict[str, Any]) -> Told:
        """Remember the limits of charge parameter discovery."""
        self._limits.clear()
        self._tell(event, _section(tree, "EnergyTransferMode"))
        yield from ()

    def _tell(self, event: Event, section: dict[str, Any]) -> None:
        for name, given in section.items():
            value = rational(given)
            if value is not None and "Maximum" in name and "Energy" not in name:
                told = self._limits.setdefault(name, [])
                told.append((event.seconds, value))
                while len(told) > 1 and event.seconds - told[1][0] > REACTION_S:
                    told.pop(0)

    def _limit(self, name: str) -> float | None:
        """Return the largest value of a limit in the last seconds: what flows takes time to come down."""
        return max((value for _, value in self._limits.get(name, ())), default=None)

    # ---- the charger

    def dc_loop(self, event: Event, tree: dict[str, Any]) -> Told:
        """What flows stays within the limits of the same message; a limit that is said to be reached is near."""
        self._tell(event, _section(tree, "ControlMode"))
        volts, amps = rational(tree.get("EVSEPresentVoltage")), rational(tree.get("EVSEPresentCurrent"))
        if volts is None or amps is None:
            return
        way = "Charge" if amps >= 0 else "Discharge"
        for name, value, slack, unit in (
            (f"EVSEMaximum{way}Current", abs(amps), AMPERES, "A"),
            (f"EVSEMaximum{way}Power", abs(volts * amps), WATTS, "W"),
            ("EVSEMaximumVoltage", volts, VOLTS, "V"),
        ):
            limit = self._limit(name)
            if limit is not None and value > max(limit, 0.0) * (1 + RELATIVE) + slack:
                yield "V2G20-2188", f"{value:g} {unit} while the charger itself says {name} {limit:g} {unit}"
        if self._facts.control_mode == "Scheduled":
            yield from self._achieved(tree, volts, amps)

    def _achieved(self, tree: dict[str, Any], volts: float, amps: float) -> Told:
        """A charger that gives what it was asked for, far below its limits, has reached none of them."""
        asked = _section(self._asked, "ControlMode")
        wanted, target = rational(asked.get("EVTargetCurrent")), rational(asked.get("EVTargetVoltage"))
        if wanted is None or target is None or abs(amps - wanted) > RELATIVE * abs(wanted) + AMPERES:
            return
        way = "Charge" if wanted >= 0 else "Discharge"
        for flag, name, value in (
            ("EVSEPowerLimitAchieved", f"EVSEMaximum{way}Power", abs(max(volts, target) * wanted)),
            ("EVSECurrentLimitAchieved", f"EVSEMaximum{way}Current", abs(wanted)),
            ("EVSEVoltageLimitAchieved", "EVSEMaximumVoltage", max(volts, target)),
        ):
            told = self._limits.get(name)
            if tree.get(flag) is True and told and value < FAR * min(limit for _, limit in told):
                yield "X20-LimitAchieved", f"{flag} is true at {value:g}, {name} is {told[-1][1]:g}"

    # ---- the car

    def pre_charge(self, event: Event, tree: dict[str, Any]) -> Told:
        """Pre-charge is finished when the charger has shown a voltage near the target."""
        present, target = rational(tree.get("EVPresentVoltage")), rational(tree.get("EVTargetVoltage"))
        if present is not None and present < -VOLTS:
            yield "X20-EvPlausible", f"EVPresentVoltage {present:g} V is negative"
        shown = rational(_found(self._facts.value("DC_PreChargeRes", "EVSEPresentVoltage")))
        if tree.get("EVProcessing") == "Finished" and target is not None:
            if shown is None:
                yield "X20-PreCharge", "EVProcessing is Finished before the charger has shown any voltage"
            elif abs(shown - target) > PRE_CHARGE_V + RELATIVE * target:
                yield "X20-PreCharge", f"EVProcessing is Finished at {shown:g} V, EVTargetVoltage is {target:g} V"

    def needs(self, event: Event, tree: dict[str, Any]) -> Told:
        """EVMaximumEnergyRequest is what the battery can take: it changes with the energy that flows."""
        yield from self._goals(event, tree)
        most = rational(_section(tree, "ControlMode").get("EVMaximumEnergyRequest"))
        if most is None:
            return
        told, self._takes = self._takes, (event.seconds, most)
        if told is not None and event.name != "ScheduleExchangeReq":
            at, before = told
            if event.seconds - at <= 60.0 and abs(most - before) > 0.6 * max(abs(before), abs(most)) + 5000.0:
                yield "X20-EvPlausible", f"EVMaximumEnergyRequest {most:g} Wh, the message before said {before:g} Wh"

    def _goals(self, event: Event, tree: dict[str, Any]) -> Told:
        """What was wanted for the schedule is wanted in the first message of the loop."""
        section, planned = _section(tree, "ControlMode"), self._facts.latest.get("ScheduleExchangeReq")
        first = self._facts.value(event.name.replace("Req", "Res"), "ResponseCode") is MISSING
        if planned is None or planned is event or not first or event.seconds - planned.seconds > 60.0:
            return
        before = _section(planned.body, "ControlMode")
        for name in ("EVTargetEnergyRequest", "EVMinimumEnergyRequest"):
            then, now = rational(before.get(name)), rational(section.get(name))
            if then is not None and now is not None and abs(now - then) > 0.6 * max(abs(then), abs(now)) + 5000.0:
                yield "X20-EvPlausible", f"{name} {now:g} Wh, ScheduleExchangeReq said {then:g} Wh"

    def profile(self, event: Event, tree: dict[str, Any]) -> Told:
        """Remember the power profile."""
        profile, progress = tree.get("EVPowerProfile"), tree.get("ChargeProgress")
        if progress == "Start" and isinstance(profile, dict):
            at, self._profile = float(profile.get("TimeAnchor", 0)), []
            for entry in as_list(_found(field_at(profile, "EVPowerProfileEntries.EVPowerProfileEntry"))):
                at += entry.get("Duration", 0)
                self._profile.append((at, _total(entry, "Power")))
        yield from ()

    def dc_request(self, event: Event, tree: dict[str, Any]) -> Told:
        """The battery lies within the voltages that were told; the profile is kept; who is done does not go on."""
        yield from self.needs(event, tree)
        section, first = _section(tree, "ControlMode"), self._facts.latest.get("DC_ChargeParameterDiscoveryReq")
        present = rational(tree.get("EVPresentVoltage"))
        limits = _section(first.body, "EnergyTransferMode") if first is not None else {}
        low, high = rational(limits.get("EVMinimumVoltage")), rational(limits.get("EVMaximumVoltage"))
        least, most = (low or 0.0) * 0.9 - VOLTS, (high or 0.0) * (1 + RELATIVE) + 20.0
        if present is not None and low is not None and high is not None and not least <= present <= most:
            yield "X20-EvPlausible", f"EVPresentVoltage {present:g} V, the EV has told {low:g} V to {high:g} V"
        wanted = rational(section.get("EVTargetCurrent"))
        if wanted is not None and present is not None:
            yield from self._draws(event, tree, wanted * present)

    def ac_request(self, event: Event, tree: dict[str, Any]) -> Told:
        """What the car draws stays within the limits of the same message and within its profile."""
        yield from self.needs(event, tree)
        section = _section(tree, "ControlMode")
        self._tell(event, section)
        for phase in _PHASES:
            power = rational(section.get(f"EVPresentActivePower{phase}"))
            name = f"EVMaximum{'Charge' if (power or 0.0) >= 0 else 'Discharge'}Power{phase}"
            limit = self._limit(name)
            if power is not None and limit is not None and abs(power) > max(limit, 0.0) * (1 + RELATIVE) + WATTS:
                yield "X20-OwnLimits", f"EVPresentActivePower{phase} {power:g} W, {name} is {limit:g} W"
        yield from self._draws(event, tree, _total(section, "EVPresentActivePower"))

    def _draws(self, event: Event, tree: dict[str, Any], watts: float) -> Told:
        stamp = field_at(tree, "Header.TimeStamp")
        planned = [power for until, power in self._profile if isinstance(stamp, int) and stamp < until][:1]
        above = bool(planned) and watts > max(planned[0], 0.0) * 1.1 + WATTS
        if self._facts.control_mode == "Scheduled" and self._stands("profile", above, event):
            yield "X20-PowerProfile", f"{watts:g} W, the EV's own power profile has {planned[0]:g} W"
        complete = field_at(tree, "DisplayParameters.ChargingComplete") is True
        if self._stands("complete", complete and watts > WATTS, event):
            yield "X20-EvPlausible", f"ChargingComplete, yet the EV goes on with {watts:g} W"

    def _stands(self, what: str, now: bool, event: Event) -> bool:
        if not now:
            self._since.pop(what, None)
            return False
        return event.seconds - self._since.setdefault(what, event.seconds) > REACTION_S


def _section(tree: Any, suffix: str) -> dict[str, Any]:
    parts = tree.items() if isinstance(tree, dict) else ()
    return next((part for name, part in parts if name.endswith(suffix) and isinstance(part, dict)), {})


def _found(value: Any) -> Any:
    return None if value is MISSING else value


def _total(part: dict[str, Any], name: str) -> float:
    return sum(rational(part.get(f"{name}{phase}")) or 0.0 for phase in _PHASES)


_HANDLERS = {
    "secc": {
        "DC_ChargeParameterDiscoveryRes": ClaimsMonitor.discovered,
        "DC_ChargeLoopRes": ClaimsMonitor.dc_loop,
    },
    "evcc": {
        "AC_ChargeParameterDiscoveryReq": ClaimsMonitor.discovered,
        "ScheduleExchangeReq": ClaimsMonitor.needs,
        "PowerDeliveryReq": ClaimsMonitor.profile,
        "DC_PreChargeReq": ClaimsMonitor.pre_charge,
        "DC_ChargeLoopReq": ClaimsMonitor.dc_request,
        "AC_ChargeLoopReq": ClaimsMonitor.ac_request,
    },
}
