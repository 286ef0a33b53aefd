"""Block R: DER control of 2.1. Controls that the CSMS sets, which of them holds, and what the CSMS hears of it (R01 to R05)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Handler, Payload, Refused, status_info
from v2xconform.emulators.station.der_response import DerResponse
from v2xconform.protocols.ocpp.der_controls import DEFAULT_ONLY, field_of, given_fields, is_scheduled, reported
from v2xconform.protocols.ocpp.rpc import Failure

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_UNSENT: Final = "der.unsent"
_RETRY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class DerPolicy:
    """Duties of block R."""

    checks_type: bool = True
    """NotSupported for a control type that it does not list ([R04.FR.01], [R04.FR.36], [R04.FR.43])."""
    checks_default_time: bool = True
    checks_default_only: bool = True
    checks_field: bool = True
    persists: bool = True
    """Keeps its controls over a reboot ([R01.FR.03])."""
    honours_priority: bool = True
    """A lower priority value wins ([R04.FR.03], [R04.FR.06] to [R04.FR.08])."""
    names_superseded: bool = True
    """supersededIds in its answers."""
    flags_superseded: bool = True
    """isSuperseded in its reports is what is so."""
    waits_for_start: bool = True
    """An active control runs until the one that supersedes it starts ([R04.FR.07])."""
    deletes_expired: bool = True
    reports_start: bool = True
    reports_stop: bool = True
    names_superseded_at_start: bool = True
    filters_reports: bool = True
    reports: bool = True
    marks_more: bool = True
    """tbc in all reports but the last ([R04.FR.32])."""
    repeats_request_id: bool = True
    clears: bool = True
    clears_other_kind: bool = False
    """A request for defaults clears scheduled controls too."""
    clears_absent: bool = False
    """Accepted for what was not there ([R04.FR.41], [R04.FR.42])."""
    alarms: bool = True
    ends_alarms: bool = True
    hides_nameplate: bool = False
    """Has no nameplate data of its inverter ([R01.FR.01])."""
    per_report: int = 4
    """Controls in one ReportDERControlRequest."""
    says_alarm_goes_on: bool = False
    """Writes alarmEnded = false."""
    repeats_alarms: bool = False
    """Reports an alarm again and again, where once is asked for ([R05.FR.01])."""


@dataclass(slots=True)
class Control:
    """One DER control of the station."""

    request: Payload
    """SetDERControlRequest."""
    begins: float = 0.0
    """Seconds since 1970."""
    ends: float | None = None
    active: bool = False
    """Scheduled, and running now."""
    superseded: bool = False

    @property
    def id(self) -> str:
        """Its controlId."""
        return str(self.request["controlId"])

    @property
    def kind(self) -> str:
        """Its controlType."""
        return str(self.request["controlType"])

    @property
    def is_default(self) -> bool:
        """Whether it holds while no scheduled one is active."""
        return bool(self.request["isDefault"])

    @property
    def body(self) -> Payload:
        """The control itself."""
        body: Payload = self.request[field_of(self.kind)]
        return body

    @property
    def priority(self) -> int:
        """0 is the highest."""
        return int(self.body["priority"])


@dataclass(slots=True)
class Der:
    """The block of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    controls: list[Control] = field(default_factory=list)
    response: DerResponse = field(init=False)
    """What the controls do to the power."""
    _unsent: list[tuple[str, Payload]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.response = DerResponse(self.station)
        if self.station.policy.der.hides_nameplate:
            for evse in self.station.evses:
                self.station.variables.remove("DCDERCtrlr.MaxVA", evse=evse.id)
        self.handlers = {
            "SetDERControl": self.set_control, "GetDERControl": self.get_control, "ClearDERControl": self.clear_control,
        }  # fmt: skip

    @property
    def modes(self) -> set[str]:
        """Control types that it supports: those of its inverters, and those that it emulates for the EV's."""
        return {
            mode
            for evse in self.station.evses
            for component in ("DCDERCtrlr", "ACDERCtrlr")
            for mode in self.station.variables.members(f"{component}.ModesSupported", evse=evse.id)
        }

    def executed(self) -> list[Control]:
        """Return the control that holds now of each type: the active one, else the default ([R04.FR.09], [R04.FR.11])."""
        holds: dict[str, Control] = {}
        for one in self.controls:
            if not one.superseded and (one.active or (one.is_default and one.kind not in holds)):
                holds[one.kind] = one
        return list(holds.values())

    # ---- requests of the CSMS

    def set_control(self, payload: Payload, now: float) -> Payload:
        """Answer SetDERControl (R04)."""
        if not self._knows(payload["controlType"]):
            return {"status": "NotSupported"}
        problem = self._problem(payload)
        if problem:
            return {"status": "Rejected", "statusInfo": status_info("InvalidValue", problem)}
        control = self._control(payload)
        superseded = self._place(control, now)
        self.response.look(now)
        named = superseded and self.station.policy.der.names_superseded
        return {"status": "Accepted", **({"supersededIds": superseded} if named else {})}

    def _knows(self, kind: str) -> bool:
        modes = self.modes
        if not modes:
            raise Refused("NotSupported", "this station has no DER control")
        return kind in modes or not self.station.policy.der.checks_type

    def _problem(self, payload: Payload) -> str:
        policy, given, right = self.station.policy.der, given_fields(payload), field_of(payload["controlType"])
        if right not in given or (given != [right] and policy.checks_field):
            return f"{right} alone carries a {payload['controlType']}"
        if payload["isDefault"] and is_scheduled(payload[right]) and policy.checks_default_time:
            return "a default control has no startTime and no duration"
        if not payload["isDefault"] and payload["controlType"] in DEFAULT_ONLY and policy.checks_default_only:
            return f"{payload['controlType']} exists as a default control only"
        ends = None if payload["isDefault"] else self._control(payload).ends
        return "it is over already" if ends is not None and ends <= self.station.utc() else ""

    def _control(self, payload: Payload) -> Control:
        body = payload[field_of(payload["controlType"])]
        start = body.get("startTime")
        begins = datetime.fromisoformat(start).timestamp() if start else self.station.utc()
        ends = begins + body["duration"] if "duration" in body else None
        return Control(payload, begins, ends)

    def _place(self, control: Control, now: float) -> list[str]:
        """Add a control and return the ids of what is superseded at once: others, or the new one itself."""
        self._forget(control.id)
        rivals = [
            one for one in self.controls
            if (one.kind, one.is_default, one.superseded) == (control.kind, control.is_default, False)
        ]  # fmt: skip
        self.controls.append(control)
        losers = []
        for rival in rivals if self.station.policy.der.honours_priority else []:
            if rival.active and control.priority < rival.priority and self.station.policy.der.waits_for_start:
                continue  # it runs until the new one starts ([R04.FR.07])
            if control.priority < rival.priority or (control.is_default and control.priority == rival.priority):
                losers.append(rival)
            elif control.priority > rival.priority and (control.is_default or rival.active):
                losers = [control]
                break
        for one in losers:
            one.superseded, one.active = True, False
        if not control.is_default:
            self._plan(control, now)
        return [one.id for one in losers]

    def get_control(self, payload: Payload, now: float) -> Payload:
        """Answer GetDERControl; reports follow."""
        if "controlType" in payload and not self._knows(payload["controlType"]):
            return {"status": "NotSupported"}
        found = [one for one in self.controls if self._fits(one, payload)]
        if not found:
            return {"status": "NotFound"}
        if not self.station.policy.der.filters_reports:
            found = list(self.controls)
        if self.station.policy.der.reports:
            self.station.agenda.at(now, lambda at: self._report(found, payload["requestId"], at))
        return {"status": "Accepted"}

    def _fits(self, control: Control, wanted: Payload) -> bool:
        return bool(
            wanted.get("isDefault", control.is_default) == control.is_default
            and wanted.get("controlType", control.kind) == control.kind
            and wanted.get("controlId", control.id) == control.id
        )

    def _report(self, controls: list[Control], request_id: int, now: float) -> None:
        policy = self.station.policy.der
        size = policy.per_report
        for place in range(0, len(controls), size):
            report: Payload = {"requestId": request_id if policy.repeats_request_id else request_id + 1}
            if place + size < len(controls) and policy.marks_more:
                report["tbc"] = True
            for one in controls[place : place + size]:
                name, entry = reported(one.request, one.superseded and policy.flags_superseded)
                report.setdefault(name, []).append(entry)
            self.station.call("ReportDERControl", report, now)

    def clear_control(self, payload: Payload, now: float) -> Payload:
        """Answer ClearDERControl."""
        policy = self.station.policy.der
        by_id = "controlId" in payload
        if not by_id and "controlType" in payload and not self._knows(payload["controlType"]):
            return {"status": "NotSupported"}
        found = [one for one in self.controls if self._fits(one, payload)]
        if not found and (by_id or "controlType" in payload) and not policy.clears_absent:
            return {"status": "NotFound"}
        if policy.clears_other_kind:
            found = list(self.controls)
        if policy.clears:
            for one in found:
                self._forget(one.id)
            self.response.look(now)
        return {"status": "Accepted"}

    def _forget(self, control_id: str) -> None:
        self.controls = [one for one in self.controls if one.id != control_id]
        for key in (f"der.begin.{control_id}", f"der.end.{control_id}"):
            self.station.agenda.cancel(key)

    # ---- time

    def _plan(self, control: Control, now: float) -> None:
        utc = self.station.utc()
        if not control.active and control.begins >= utc:
            begin = lambda at: self._begin(control, at)  # noqa: E731 - a name for what is due
            self.station.agenda.at(now + control.begins - utc, begin, f"der.begin.{control.id}")
        elif not control.active and not control.superseded:
            self.station.agenda.at(now, lambda at: self._begin(control, at), f"der.begin.{control.id}")
        if control.ends is not None and self.station.policy.der.deletes_expired:
            end = lambda at: self._end(control, at)  # noqa: E731 - a name for what is due
            self.station.agenda.at(now + max(0.0, control.ends - utc), end, f"der.end.{control.id}")

    def _begin(self, control: Control, now: float) -> None:
        """Its startTime has come ([R04.FR.20], [R04.FR.21])."""
        if control.superseded:
            return
        policy = self.station.policy.der
        running = [one for one in self.controls if one.active and one.kind == control.kind and one is not control]
        if policy.honours_priority and any(one.priority < control.priority for one in running):
            control.superseded = True
            return
        for one in running:
            one.superseded, one.active = True, False
        control.active = True
        if policy.reports_start:
            self._notify(control, True, [one.id for one in running], now)
        self.response.look(now)

    def _end(self, control: Control, now: float) -> None:
        """Its duration is over ([R04.FR.10], [R04.FR.22])."""
        ran = control.active and not control.superseded
        control.active = False
        self._forget(control.id)
        if ran and self.station.policy.der.reports_stop:
            self._notify(control, False, [], now)
        self.response.look(now)

    def _notify(self, control: Control, started: bool, superseded: list[str], now: float) -> None:
        payload: Payload = {"controlId": control.id, "started": started, "timestamp": self.station.timestamp()}
        if superseded and self.station.policy.der.names_superseded_at_start:
            payload["supersededIds"] = superseded
        self.send("NotifyDERStartStop", payload, now)

    def reset(self, now: float) -> None:
        """Power was lost: controls are kept ([R01.FR.03]), and so is what the CSMS has not heard yet."""
        if not self.station.policy.der.persists:
            self.controls.clear()
        for control in self.controls:
            if not control.is_default:
                self._plan(control, now)
        self.response.reset()
        self._plan_unsent(now)

    # ---- what the CSMS hears

    def send(self, action: str, payload: Payload, now: float) -> None:
        """Send a notification; offline it waits."""
        self.station.call(
            action, payload, now, on_failure=lambda failure, at: self._not_sent(action, payload, failure, at)
        )  # fmt: skip

    def _not_sent(self, action: str, payload: Payload, failure: Failure, now: float) -> None:
        if failure.kind == "lost":
            self._unsent.append((action, payload))
            self._plan_unsent(now)

    def _plan_unsent(self, now: float) -> None:
        if self._unsent:
            self.station.agenda.at(now + _RETRY_S, self._send_again, _UNSENT)

    def _send_again(self, now: float) -> None:
        waiting, self._unsent = self._unsent, []
        if not self.station.online:
            self._unsent = waiting
            self._plan_unsent(now)
            return
        for action, payload in waiting:
            self.send(action, payload, now)

    # ---- what the world does

    def grid_fault(self, fault: str, now: float) -> None:
        """The grid leaves its bounds (a GridEventFaultEnumType), or is healthy again (empty)."""
        hertz, percent = _FAULTS[fault]
        self.station.v2x.grid.change(now, frequency_hz=hertz, voltage_pct=percent)


_FAULTS: Final = {
    "": (50.0, 100.0), "OverFrequency": (53.0, 100.0), "UnderFrequency": (46.0, 100.0), "OverVoltage": (50.0, 130.0),
    "UnderVoltage": (50.0, 40.0),
}  # fmt: skip
"""Fault -> frequency in Hz and voltage in percent far beyond all bounds."""
