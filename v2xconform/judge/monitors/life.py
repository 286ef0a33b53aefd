"""The life monitor: notifications and what follows on them, metering confirmation, energy needs, power profiles, standby.

It judges what holds in every session, whatever a test case asks: what is confirmed was asked for, what the EV cannot spare is
not taken, what a schedule does not have is not planned.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.session_facts import SessionFacts
from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, field_at, is_protocol_message, rational, response_code

Told = Iterator[tuple[str, str]]
RELATIVE = 0.05  # par_ValidDeviationPerCent of the public suites
AMPERES, WATTS = 2.0, 150.0
REACTION_S = 3.0
"""A power stage follows a change with a delay."""
_PHASES = ("", "_L2", "_L3")
_TAKEN = "EVPowerProfile.Scheduled_EVPPTControlMode.SelectedScheduleTupleID"
_ENERGIES = ("EVMinimumEnergyRequest", "EVTargetEnergyRequest", "EVMaximumEnergyRequest")
_V2X = ("EVMinimumV2XEnergyRequest", "EVMaximumV2XEnergyRequest")


class LifeMonitor:
    """Judges both roles; each finding is about the SUT's own message."""

    name = "life"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._facts = SessionFacts()
        self._begin()

    def _begin(self) -> None:
        self._misled = False
        self._meter: Any = None
        self._asked_to_confirm = False
        self._standby_since: float | None = None
        self._spares_nothing_since: float | None = None
        """Since when the EV has been below its minimum or its V2X range."""
        self._full_since: float | None = None
        self._schedules: dict[Any, float] = {}
        """ScheduleTupleID -> highest power."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind == "open" and event.layer == "tcp":
            self._begin()
        self._facts.see(event)
        if not is_protocol_message(event) or not isinstance(event.body, dict):
            return
        by_sut = event.src == self._sut
        self._misled = self._misled or (not by_sut and event.note == DELIBERATE)
        handler = _HANDLERS.get(event.name)
        if handler is None or response_code(event).startswith("FAILED"):
            return
        for requirement, text in handler(self, event, event.body):
            if by_sut and not self._misled:
                yield Finding(requirement, "MUST", f"{event.name}: {text}", (event.id,))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())

    # ---- the charger

    def schedules(self, event: Event, tree: dict[str, Any]) -> Told:
        """Remember the schedules that are offered."""
        tuples = field_at(tree, "Scheduled_SEResControlMode.ScheduleTuple")
        if isinstance(tuples, list):
            self._schedules = {one.get("ScheduleTupleID"): _highest(one) for one in tuples if isinstance(one, dict)}
        yield from ()

    def loop_response(self, event: Event, tree: dict[str, Any]) -> Told:
        """A confirmation is about values that are told; what an EV cannot spare stays in it; standby is rest."""
        kind, meter = field_at(tree, "EVSEStatus.EVSENotification"), tree.get("MeterInfo")
        if kind == "MeteringConfirmation":
            self._asked_to_confirm = True
            if meter is None:
                yield "V2G20-1083", "EVSENotification MeteringConfirmation comes without MeterInfo"
        if kind == "ExitStandby" and self._standby_since is None:
            yield "X20-Notification", "EVSENotification ExitStandby, but the EV is not in standby"
        self._meter = meter or self._meter
        power = _supplied(tree)
        if power is None:
            return
        name, value, slack = power
        if self._facts.control_mode == "Dynamic":
            if value < -slack and _lasts(self._spares_nothing_since, event):
                text = f"{name} {value:g} discharges an EV that is below its minimum or its V2X range"
                yield "X20-V2XLimits", text
            if value > slack and _lasts(self._full_since, event):
                yield "X20-EnergyNeeds", f"{name} {value:g} although EVMaximumEnergyRequest says that the EV is full"
        if abs(value) > slack and _lasts(self._standby_since, event):
            yield "X20-Standby", f"{name} {value:g} in standby"

    def power_delivered(self, event: Event, tree: dict[str, Any]) -> Told:
        """Follow standby; a power tolerance is confirmed by the EV first."""
        progress = self._facts.value("PowerDeliveryReq", "ChargeProgress")
        granted = not response_code(event).startswith("WARNING")
        if progress == "Standby" and granted:
            self._standby_since = event.seconds if self._standby_since is None else self._standby_since
        elif progress != "Standby":
            self._standby_since = None
        path = "EVPowerProfile.Scheduled_EVPPTControlMode.PowerToleranceAcceptance"
        said = self._facts.value("PowerDeliveryReq", path)
        if response_code(event) == "OK_PowerToleranceConfirmed" and said != "PowerToleranceConfirmed":
            shown = "nothing" if said is MISSING else said
            yield "X20-PowerTolerance", f"OK_PowerToleranceConfirmed, but the EV has said {shown}"

    # ---- the car

    def needs(self, event: Event, tree: dict[str, Any]) -> Told:
        """Energy requests are in order."""
        section = _section(tree)
        for names in (_ENERGIES, _V2X):
            known = [(name, value) for name in names if (value := rational(section.get(name))) is not None]
            for (low, least), (high, most) in pairwise(known):
                if least > most:
                    yield "X20-EnergyNeeds", f"{low} {least:g} Wh is above {high} {most:g} Wh"

    def loop_request(self, event: Event, tree: dict[str, Any]) -> Told:
        """Remember what the EV can spare and take."""
        yield from self.needs(event, tree)
        section = _section(tree)
        low, v2x, high = (rational(section.get(name)) for name in (_ENERGIES[0], _V2X[0], _ENERGIES[2]))
        spares_nothing = (low is not None and low > 0) or (v2x is not None and v2x > 0)
        self._spares_nothing_since = _since(self._spares_nothing_since, spares_nothing, event)
        self._full_since = _since(self._full_since, high is not None and high <= 0, event)
        if event.name == "AC_ChargeLoopReq" and _lasts(self._standby_since, event):
            power = sum(rational(section.get(f"EVPresentActivePower{phase}")) or 0.0 for phase in _PHASES)
            if abs(power) > WATTS:
                yield "X20-Standby", f"EVPresentActivePower {power:g} W in standby"

    def power_profile(self, event: Event, tree: dict[str, Any]) -> Told:
        """The profile of the EV has no more power than the schedule that it selects."""
        profile = tree.get("EVPowerProfile")
        if not isinstance(profile, dict) or tree.get("ChargeProgress") != "Start":
            return
        number = field_at(profile, "Scheduled_EVPPTControlMode.SelectedScheduleTupleID")
        allowed = self._schedules.get(number)
        entries = field_at(profile, "EVPowerProfileEntries.EVPowerProfileEntry")
        highest = max((_power(entry) for entry in entries), default=0.0) if isinstance(entries, list) else 0.0
        if allowed is not None and highest > allowed * 1.001 + 1.0:
            text = f"EVPowerProfile goes up to {highest:g} W, schedule {number} up to {allowed:g} W"
            yield "X20-PowerProfile", text

    def confirmation(self, event: Event, tree: dict[str, Any]) -> Told:
        """What is confirmed was asked for, and is what was told."""
        if not self._asked_to_confirm:
            yield "V2G20-1083", "no metering confirmation was asked for"
        elif self._meter is not None and field_at(tree, "SignedMeteringData.MeterInfo") != self._meter:
            yield "V2G20-1919", "the MeterInfo is not the one that the charger has told last"
        taken = self._facts.value("PowerDeliveryReq", _TAKEN)
        confirmed = field_at(tree, "SignedMeteringData.Scheduled_SMDTControlMode.SelectedScheduleTupleID")
        if MISSING not in (taken, confirmed) and taken != confirmed:
            yield "V2G20-1919", f"SelectedScheduleTupleID {confirmed}, the session goes by schedule {taken}"
        mode, data = self._facts.control_mode, tree.get("SignedMeteringData")
        if mode and isinstance(data, dict) and f"{mode}_SMDTControlMode" not in data:
            yield "V2G20-1919", f"SignedMeteringData lacks {mode}_SMDTControlMode"
        session = field_at(tree, "SignedMeteringData.SessionID")
        if session != field_at(tree, "Header.SessionID"):
            yield "V2G20-1919", f"SignedMeteringData is about session {session}"
        self._asked_to_confirm = False

    def stop(self, event: Event, tree: dict[str, Any]) -> Told:
        """Services are renegotiated where the charger offers it."""
        supported = self._facts.value("ServiceDiscoveryRes", "ServiceRenegotiationSupported")
        if tree.get("ChargingSession") == "ServiceRenegotiation" and supported is False:
            yield "X20-ServiceRenegotiation", "ServiceRenegotiation, but ServiceRenegotiationSupported was false"


def _section(tree: dict[str, Any]) -> dict[str, Any]:
    return next((part for name, part in tree.items() if name.endswith("ControlMode") and isinstance(part, dict)), {})


def _supplied(tree: dict[str, Any]) -> tuple[str, float, float] | None:
    """Return name, value and slack of what the charger gives or wants: the current in DC, the target power in AC."""
    current = rational(tree.get("EVSEPresentCurrent"))
    if current is not None:
        return "EVSEPresentCurrent", current, AMPERES
    section = _section(tree)
    targets = [rational(section.get(f"EVSETargetActivePower{phase}")) for phase in _PHASES]
    known = [one for one in targets if one is not None]
    return ("EVSETargetActivePower", sum(known), WATTS) if known else None


def _power(entry: Any) -> float:
    return sum(rational(entry.get(f"Power{phase}")) or 0.0 for phase in _PHASES) if isinstance(entry, dict) else 0.0


def _highest(schedule_tuple: dict[str, Any]) -> float:
    path = "ChargingSchedule.PowerSchedule.PowerScheduleEntries.PowerScheduleEntry"
    entries = field_at(schedule_tuple, path)
    return max((_power(entry) for entry in entries), default=0.0) if isinstance(entries, list) else 0.0


def _since(before: float | None, now: bool, event: Event) -> float | None:
    return (event.seconds if before is None else before) if now else None


def _lasts(since: float | None, event: Event) -> bool:
    return since is not None and event.seconds - since > REACTION_S


_HANDLERS = {
    "ScheduleExchangeReq": LifeMonitor.needs,
    "ScheduleExchangeRes": LifeMonitor.schedules,
    "PowerDeliveryReq": LifeMonitor.power_profile,
    "PowerDeliveryRes": LifeMonitor.power_delivered,
    "AC_ChargeLoopReq": LifeMonitor.loop_request,
    "DC_ChargeLoopReq": LifeMonitor.loop_request,
    "AC_ChargeLoopRes": LifeMonitor.loop_response,
    "DC_ChargeLoopRes": LifeMonitor.loop_response,
    "MeteringConfirmationReq": LifeMonitor.confirmation,
    "SessionStopReq": LifeMonitor.stop,
}
