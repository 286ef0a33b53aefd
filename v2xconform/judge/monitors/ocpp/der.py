"""The DER monitor: what a station says about its DER controls fits what was set, cleared, and is due (block R)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from v2xconform.judge.context import Context
from v2xconform.judge.finding import Finding
from v2xconform.protocols.ocpp.charging.profiles import seconds_of
from v2xconform.protocols.ocpp.der_controls import entries, field_of, inner_of, type_of
from v2xconform.trace.events import Event

_MARGIN_S: Final = 5.0
"""Within it the clocks of station and tester may differ."""
_LATE_S: Final = 30.0
"""So much later something that is due counts as not done."""


@dataclass(slots=True)
class _Control:
    """A control that the station has accepted."""

    request: Mapping[str, Any]
    event: Event
    superseded: bool = False
    started: Event | None = None
    id: str = ""
    kind: str = ""
    default: bool = False
    priority: int = 0
    begins: float = 0.0
    ends: float = float("inf")

    def __post_init__(self) -> None:
        body = self.request[field_of(self.request["controlType"])]
        self.id, self.kind = self.request["controlId"], self.request["controlType"]
        self.default, self.priority = self.request["isDefault"], body["priority"]
        if not self.default:
            self.begins = seconds_of(body["startTime"]) if "startTime" in body else _utc(self.event)
            if "duration" in body:
                self.ends = self.begins + body["duration"]

    def fits(self, wanted: Mapping[str, Any]) -> bool:
        """Tell whether GetDERControl or ClearDERControl means it."""
        return bool(
            wanted.get("isDefault", self.default) == self.default
            and wanted.get("controlType", self.kind) == self.kind
            and wanted.get("controlId", self.id) == self.id
        )


@dataclass(slots=True)
class _Asked:
    """A GetDERControl that was accepted."""

    event: Event
    wanted: Mapping[str, Any]
    expected: dict[str, _Control]
    reported: dict[str, Event] = field(default_factory=dict)
    complete: bool = False


class DerMonitor:
    """Follows the controls of a station under test; what our own station says is not its business."""

    name = "ocpp-der"

    def __init__(self, context: Context) -> None:
        self._applies = context.sut == "station" and context.protocol == "ocpp2.1"
        self._requests: dict[int, Event] = {}
        self._controls: dict[str, _Control] = {}
        self._asked: dict[int, _Asked] = {}
        self._empty = {True: False, False: False}
        """isDefault -> it is known which controls of the kind there are: all were cleared once."""
        self._gap = 0.0
        """Until when (seconds of the trace) the station could not say what was due."""
        self._alarm: tuple[str, Event] | None = None

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if not self._applies:
            return
        if event.kind == "close" or event.name == "BootNotificationRequest":
            self._gap = event.seconds + _LATE_S
            if event.name == "BootNotificationRequest":
                self._alarm = None
            return
        if event.kind != "message" or "DER" not in event.name:
            return
        if event.dst == "station":
            self._requests[event.id] = event
            return
        asked = self._requests.get(event.ref.get("answers", 0))
        body: dict[str, Any] = event.body
        try:
            if event.name == "SetDERControlResponse" and asked is not None:
                yield from self._set(asked, event, body)
            elif event.name == "GetDERControlResponse" and asked is not None:
                yield from self._get(asked, event, body["status"])
            elif event.name == "ClearDERControlResponse" and asked is not None:
                yield from self._clear(asked, event, body["status"])
            elif event.name == "ReportDERControlRequest":
                yield from self._report(event, body)
            elif event.name == "NotifyDERStartStopRequest":
                yield from self._start_stop(event, body)
            elif event.name == "NotifyDERAlarmRequest":
                yield from self._alarmed(event, body)
        except (KeyError, TypeError, ValueError):
            return  # it breaks its schema, which is said elsewhere

    # ---- setting

    def _set(self, asked: Event, event: Event, body: Mapping[str, Any]) -> Iterator[Finding]:
        if body["status"] != "Accepted":
            return
        new = _Control(asked.body, asked)
        named, now = set(body.get("supersededIds", ())), _utc(event)
        for rival in self._rivals(new, now):
            requirement, who = _superseded(new, rival, now)
            if who is not None and who.id not in named:
                text = (
                    f"{new.id} (priority {new.priority}) against {rival.id} (priority {rival.priority}): "
                    f"{who.id} is superseded at once and has to stand in supersededIds"
                )
                yield Finding(requirement, "MUST", text, (rival.event.id, asked.id, event.id))
            if who is None and requirement and rival.id in named:
                text = f"{rival.id} is active and goes on until {new.id} begins; supersededIds names it at once"
                yield Finding(requirement, "MUST", text, (rival.event.id, asked.id, event.id))
        self._controls[new.id] = new
        for name in named:
            if name in self._controls:
                self._controls[name].superseded = True

    def _rivals(self, new: _Control, now: float) -> list[_Control]:
        return [
            one for one in self._controls.values()
            if one.id != new.id and (one.kind, one.default) == (new.kind, new.default)
            and not one.superseded and one.ends > now + _MARGIN_S
        ]  # fmt: skip

    # ---- reports

    def _get(self, asked: Event, event: Event, status: str) -> Iterator[Finding]:
        now, wanted = _utc(event), asked.body
        there = {key: one for key, one in self._controls.items() if one.fits(wanted) and one.ends > now + _MARGIN_S}
        perhaps = any(one.fits(wanted) and one.ends > now - _MARGIN_S for one in self._controls.values())
        if status == "NotFound" and there:
            text = f"NotFound, although {', '.join(there)} was set and not cleared"
            yield Finding(_reported_by(wanted), "MUST", text, (asked.id, event.id))
        if status == "Accepted" and not perhaps and self._certain(wanted):
            yield Finding("R04.FR.30", "MUST", "Accepted, although no such control is there", (asked.id, event.id))
        if status == "Accepted":
            self._asked[wanted["requestId"]] = _Asked(event, wanted, there)

    def _certain(self, wanted: Mapping[str, Any]) -> bool:
        kinds = [wanted["isDefault"]] if "isDefault" in wanted else [True, False]
        return all(self._empty[one] for one in kinds)

    def _report(self, event: Event, body: Mapping[str, Any]) -> Iterator[Finding]:
        asked = self._asked.get(body["requestId"])
        if asked is None:
            text = f"requestId {body['requestId']} is that of no GetDERControl that was accepted"
            yield Finding("R04.FR.31", "MUST", text, (event.id,))
            return
        shown = (asked.event.id, event.id)
        if asked.complete:
            yield Finding("R04.FR.32", "MUST", "a report follows the one that announced no more", shown)
        now = _utc(event)
        for name, entry in entries(body):
            yield from self._entry(asked, name, entry, now, shown)
            asked.reported[entry["id"]] = event
        if not body.get("tbc"):
            asked.complete = True
            missing = [
                key for key, one in asked.expected.items() if key not in asked.reported and self._holds(one, now)
            ]
            if missing:
                text = f"{', '.join(missing)} is missing in the reports"
                yield Finding(_reported_by(asked.wanted), "MUST", text, shown)

    def _holds(self, one: _Control, now: float) -> bool:
        return self._controls.get(one.id) is one and one.ends > now + _MARGIN_S

    def _entry(
        self, asked: _Asked, name: str, entry: Mapping[str, Any], now: float, shown: tuple[int, int]
    ) -> Iterator[Finding]:  # fmt: skip
        known, kind = self._controls.get(entry["id"]), type_of(name, entry)
        if entry["id"] in asked.reported:
            yield Finding("R04.FR.33", "MUST", f"{entry['id']} is reported twice", shown)
        wanted = asked.wanted
        if (
            wanted.get("controlType", kind) != kind or wanted.get("controlId", entry["id"]) != entry["id"]
            or wanted.get("isDefault") not in (None, entry.get("isDefault", True))
        ):  # fmt: skip
            text = f"{entry['id']} ({kind}) is not what was asked for"
            yield Finding(_reported_by(wanted), "MUST", text, shown)
        if known is None:
            if self._empty[bool(entry.get("isDefault", True))]:
                yield Finding("R04.FR.33", "MUST", f"{entry['id']} is reported, but was not set or is cleared", shown)
            return
        if known.ends < now - _MARGIN_S:
            yield Finding("R04.FR.10", "MUST", f"{entry['id']} is reported, but its time is over", shown)
        if (
            "isSuperseded" in entry
            and entry["isSuperseded"] != known.superseded
            and not self._may_be_superseded(known, now)
        ):
            said = "superseded" if known.superseded else "not superseded"
            text = f"{entry['id']} is {said}, but reported with isSuperseded = {str(entry['isSuperseded']).lower()}"
            yield Finding("R04.FR.03" if known.default else "R04.FR.06", "MUST", text, shown)
        if kind != known.kind or entry.get("isDefault", True) != known.default:
            text = f"{entry['id']} was set as {known.kind}, isDefault = {known.default}"
            yield Finding("R04.FR.33", "MUST", text, shown)
        elif not _same(known.request[name], entry[inner_of(name)]):
            yield Finding("R04.FR.33", "MUST", f"{entry['id']} is reported otherwise than it was set", shown)

    def _may_be_superseded(self, known: _Control, now: float) -> bool:
        """Tell whether a rival begins about now, or has begun without being heard."""
        return any(
            one.kind == known.kind and not one.default and one is not known and one.begins <= now + _MARGIN_S
            for one in self._controls.values()
        )  # fmt: skip

    # ---- clearing

    def _clear(self, asked: Event, event: Event, status: str) -> Iterator[Finding]:
        now, wanted, shown = _utc(event), asked.body, (asked.id, event.id)
        meant = [one for one in self._controls.values() if one.fits(wanted)]
        there = [one for one in meant if one.ends > now + _MARGIN_S]
        narrowed = "controlType" in wanted or "controlId" in wanted
        if status != "Accepted" and there:
            requirement = (
                "R04.FR.46" if "controlId" in wanted else "R04.FR.45" if "controlType" in wanted else "R04.FR.44"
            )
            yield Finding(requirement, "MUST", f"{status}, although {there[0].id} was there to be cleared", shown)
        if status == "Accepted" and narrowed and not meant and self._certain(wanted):
            requirement = "R04.FR.42" if "controlId" in wanted else "R04.FR.41"
            yield Finding(requirement, "MUST", "Accepted, although no such control is there", shown)
        if status == "Accepted":
            for one in meant:
                del self._controls[one.id]
        if not narrowed and status in ("Accepted", "NotFound"):
            self._empty[wanted["isDefault"]] = True

    # ---- starts and ends

    def _start_stop(self, event: Event, body: Mapping[str, Any]) -> Iterator[Finding]:
        known = self._controls.get(body["controlId"])
        requirement = "R04.FR.20" if body["started"] else "R04.FR.22"
        if known is None:
            if self._empty[False] and body["started"]:
                text = f"{body['controlId']} starts, but was not set or is cleared"
                yield Finding(requirement, "MUST", text, (event.id,))
            return
        shown, at = (known.event.id, event.id), seconds_of(body["timestamp"])
        if known.default:
            yield Finding(requirement, "MUST", f"{known.id} is a default control: it has no start and no end", shown)
        elif body["started"]:
            yield from self._started(known, event, body, at, shown)
        else:
            if at < known.ends - _MARGIN_S and not known.superseded:
                text = f"{known.id} ends {known.ends - at:.0f} s before its duration is over"
                yield Finding(requirement, "MUST", text, shown)
            self._controls.pop(known.id, None)

    def _started(
        self, known: _Control, event: Event, body: Mapping[str, Any], at: float, shown: tuple[int, int]
    ) -> Iterator[Finding]:  # fmt: skip
        if known.superseded:
            yield Finding("R04.FR.09", "MUST", f"{known.id} starts although it is superseded", shown)
        if at < known.begins - _MARGIN_S:
            text = f"{known.id} starts {known.begins - at:.0f} s before its startTime"
            yield Finding("R04.FR.20", "MUST", text, shown)
        if at > max(known.begins, _utc(known.event)) + _LATE_S and event.seconds > self._gap:
            yield Finding("R04.FR.20", "MUST", f"{known.id} starts {at - known.begins:.0f} s late", shown)
        if known.started is not None and known.started.body != event.body:
            yield Finding("R04.FR.20", "MUST", f"{known.id} starts a second time", shown)
        named = set(body.get("supersededIds", ()))
        for rival in self._controls.values():
            running = rival.started is not None and not rival.superseded and rival.ends > at + _MARGIN_S
            if rival is known or not running or rival.kind != known.kind:
                continue
            if rival.priority > known.priority and rival.id not in named:
                text = f"{known.id} starts and supersedes {rival.id}, which supersededIds does not say"
                yield Finding("R04.FR.21", "MUST", text, (rival.event.id, *shown))
        for name in named & set(self._controls):
            self._controls[name].superseded = True
        known.started = event

    # ---- alarms

    def _alarmed(self, event: Event, body: Mapping[str, Any]) -> Iterator[Finding]:
        kind = body["controlType"]
        shown = (self._alarm[1].id, event.id) if self._alarm else (event.id,)
        if body.get("alarmEnded"):
            if self._alarm is None:
                yield Finding("R05.FR.02", "MUST", f"an alarm by {kind} ends that was not reported", shown)
            elif self._alarm[0] != kind:
                text = f"the alarm by {kind} ends, but {self._alarm[0]} had taken over"
                yield Finding("R05.FR.04", "MUST", text, shown)
            self._alarm = None
            return
        if self._alarm is not None and self._alarm[0] == kind:
            before = self._alarm[1].body
            if before.get("gridEventFault") == body.get("gridEventFault") and before != body:
                yield Finding("R05.FR.01", "MUST", f"the alarm by {kind} is reported again while it goes on", shown)
        self._alarm = (kind, event)

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield what is left open."""
        if event is None or not self._applies:
            return
        now, cut = _utc(event), event.seconds < self._gap
        for asked in self._asked.values():
            if not asked.complete and event.seconds > asked.event.seconds + _LATE_S and not cut:
                requirement = "R04.FR.32" if asked.reported else "R04.FR.33"
                said = "the last report announces more" if asked.reported else "no report followed"
                yield Finding(requirement, "MUST", f"GetDERControl was accepted, but {said}", (asked.event.id,))
        for one in self._controls.values():
            if one.default or one.superseded or cut:
                continue
            if one.started is None and one.begins + _LATE_S < now and not self._outranked(one):
                yield Finding("R04.FR.20", "MUST", f"the start of {one.id} was not reported", (one.event.id,))
            elif one.started is not None and one.ends + _LATE_S < now:
                yield Finding("R04.FR.22", "MUST", f"the end of {one.id} was not reported", (one.event.id,))

    def _outranked(self, one: _Control) -> bool:
        """Tell whether another control was active, with at least the same priority, when this one was to begin."""
        return any(
            other.kind == one.kind and not other.default and other is not one
            and other.priority <= one.priority and other.begins <= one.begins + _MARGIN_S and other.ends > one.begins
            for other in self._controls.values()
        )  # fmt: skip


def _utc(event: Event) -> float:
    return datetime.fromisoformat(event.utc.replace("Z", "+00:00")).timestamp()


def _superseded(new: _Control, rival: _Control, now: float) -> tuple[str, _Control | None]:
    """Return who of two controls is superseded at once and by which requirement; None for nobody."""
    if new.default:
        return ("R04.FR.03", rival) if rival.priority > new.priority else ("", None)
    if rival.begins > now + _MARGIN_S:
        return ("R04.FR.06", rival) if rival.priority > new.priority else ("", None)
    if rival.started is None or rival.priority == new.priority:
        return "", None
    return ("R04.FR.07", None) if rival.priority > new.priority else ("R04.FR.08", new)


def _reported_by(wanted: Mapping[str, Any]) -> str:
    """Return the requirement by which what is asked for is reported."""
    if "controlType" in wanted:
        return "R04.FR.34"
    if "controlId" in wanted:
        return "R04.FR.35"
    return "R04.FR.37" if "isDefault" in wanted else "R04.FR.33"


def _same(given: Any, found: Any) -> bool:
    """Tell whether what was set is found again; more fields may be there."""
    if isinstance(given, Mapping):
        return isinstance(found, Mapping) and all(key in found and _same(one, found[key]) for key, one in given.items())
    if isinstance(given, list):
        return isinstance(found, list) and len(given) == len(found) and all(map(_same, given, found))
    if isinstance(given, int | float) and not isinstance(given, bool):
        return isinstance(found, int | float) and abs(given - found) <= 1e-3 * max(1.0, abs(given))
    if isinstance(given, str) and given != found and isinstance(found, str):
        try:
            return abs(seconds_of(given) - seconds_of(found)) < 1.5
        except ValueError:
            return False
    return bool(given == found)
