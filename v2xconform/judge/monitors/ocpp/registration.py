"""The registration monitor: boot, what may be said before it is accepted, heartbeats, clocks, resets, limits (B01 to B12, G02).

It knows of a boot only what the trace has seen: a station that was accepted before the trace began need not boot again.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Severity
from v2xconform.protocols.ocpp import CALL_ERROR, ends_connection, frames, is_ocpp
from v2xconform.protocols.ocpp.actions import FOLLOW_UPS
from v2xconform.trace.events import Event

_BOOT: Final = "BootNotificationRequest"
_EARLY_S: Final = 1.0
"""How much before its time a boot may be repeated: the CSMS's second is not the station's."""
_HEARTBEAT_SLACK_S: Final = 10.0
_CLOCK_S: Final = 30.0
"""How far the clock of a station may be from what the CSMS has told it."""
_UNKNOWN_CLOCK_S: Final = 300.0
"""The same where nobody has said that Heartbeat is its time source."""
_STAMPED: Final = frozenset({
    "NotifyReportRequest", "StatusNotificationRequest", "NotifyEventRequest", "SecurityEventNotificationRequest",
})  # fmt: skip
_BACKLOG_S: Final = 30.0
"""How long after its boot a station may still tell what it had noted down before."""
_CSMS_CLOCK_S: Final = 60.0
"""How far the clock of a CSMS may be from the tester's: both of them follow the time of the network."""
_STEP_S: Final = 5.0
"""How unevenly the clock of a CSMS may run between two answers."""
_READS: Final = frozenset({"GetVariables", "SetVariables", "GetBaseReport", "GetReport"})
"""What a pending station has to answer ([B02.FR.01])."""
_REMOTE: Final = frozenset({"RequestStartTransactionRequest", "RequestStopTransactionRequest"})
"""What is not for a pending station ([B02.FR.05])."""
_LIMITED: Final = {
    "GetVariablesRequest": ("getVariableData", "GetVariables", "B06.FR.05"),
    "SetVariablesRequest": ("setVariableData", "SetVariables", "B05.FR.11"),
    "GetReportRequest": ("componentVariable", "GetReport", "B08.FR.06"),
}
"""Request -> its list, the instance of ItemsPerMessage, the requirement."""


class RegistrationMonitor:
    """Sees all events between a station and a CSMS."""

    name = "ocpp-registration"

    def __init__(self, context: Context) -> None:
        self.context = context
        self._station = context.sut == "station"
        self._requests: dict[int, Event] = {}
        self._status = ""
        """That of the last answer to a boot; empty while nothing is known."""
        self._boot: Event | None = None
        """The answer to the last boot."""
        self._pending_boot: Event | None = None
        self._early: list[Event] = []
        """Requests of the station before anything is known of its boot, on this connection."""
        self._asked: list[tuple[str, dict[str, Any]]] = []
        """Requests that the station has accepted since its last boot: what follows on them may be said."""
        self._rebooting: Event | None = None
        """ResetResponse of the whole station after which it has not booted yet."""
        self._powered: Event | None = None
        """When the station was switched off and on, until it boots."""
        self._transactions: dict[str, Event] = {}
        """Running transactions."""
        self._interval = 0.0
        self._spoke: Event | None = None
        """The last request of the station on this connection, or the answer to its boot."""
        self._waiting: Event | None = None
        """Request of the station that is not answered: it may say nothing more until then ([FR.01])."""
        self._beats: list[Event] = []
        self._silent = False
        self._time_source = ""
        """ClockCtrlr.TimeSource, where the station has told it."""
        self._times: Event | None = None
        self._limits: dict[str, int] = {}

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if self._station:
            yield from self._heartbeat(event)
        if ends_connection(event.layer, event.kind):
            yield from self._closed(event)
        elif event.kind == "frame" and event.name == "ping" and event.src == "station":
            self._spoke = event if self._spoke is not None else None  # it may stand for a Heartbeat (Part 4 5.3)
        elif event.kind == "stimulus" and event.name == "power-cycle":
            self._powered_off(event)
        elif event.kind == "message" and is_ocpp(event.layer):
            self._requests[event.id] = event
            if event.ref.get("rpc", {}).get("type") == frames.CALL:
                said = self._station_says(event) if event.src == "station" else self._csms_says(event)
            else:
                said = self._answer(event, self._requests.get(event.ref.get("answers", 0)))
            yield from said

    # ---- connections

    def _powered_off(self, event: Event) -> None:
        self._status, self._boot, self._pending_boot = "", None, None
        self._powered = event
        self._early.clear()
        self._asked.clear()
        self._transactions.clear()

    def _closed(self, event: Event) -> Iterator[Finding]:
        by = (event.body or {}).get("by")
        if self._status == "Pending" and by == self.context.sut and self._rebooting is None:
            text = f"the {by} closes the connection although the boot is pending"
            yield Finding("B02.FR.06", "MUST", text, self._ids(self._boot, event))
        if self._status == "Pending":
            self._status = ""  # one end has closed; what the other does then is only its answer
        self._early.clear()
        self._spoke = self._waiting = None
        self._beats.clear()
        if self._rebooting is not None and self._rebooting.body.get("status") == "Accepted":
            self._status, self._boot = "", None
            self._asked.clear()

    # ---- what the station says

    def _station_says(self, event: Event) -> Iterator[Finding]:
        if self._waiting is not None:
            self._beats.clear()  # what was not answered has kept others back
        self._spoke = self._waiting = event
        if event.note == DELIBERATE:
            return
        self._track(event)
        if event.name == _BOOT:
            yield from self._boots(event)
        elif self._station:
            yield from self._not_yet(event)
            yield from self._beat(event)
            yield from self._stamp(event)

    def _boots(self, event: Event) -> Iterator[Finding]:
        boot, reason = self._boot, event.body.get("reason")
        self._pending_boot = event
        if self._station:
            if self._early and not self._status and reason != "Triggered":
                first = self._early[0]
                text = f"{first.name} was sent before the boot was answered"
                yield Finding("B01.FR.08", "MUST", text, (first.id, event.id))
            if boot is not None and self._status in ("Pending", "Rejected"):
                yield from self._again(event, boot)
            yield from self._after_reset(event)
            if self._powered is not None and self._rebooting is None and reason in ("RemoteReset", "ScheduledReset"):
                text = f"the boot after power was lost says {reason}; nobody has reset the station"
                yield Finding("B01.FR.09", "MUST", text, self._ids(self._powered, event))
            self._powered = None
        self._early.clear()
        self._rebooting = None

    def _again(self, event: Event, boot: Event) -> Iterator[Finding]:
        """A boot is repeated after Pending or Rejected: not before its interval, unless it was triggered."""
        took, interval = event.seconds - boot.seconds, float(boot.body.get("interval", 0))
        triggered = any(
            action == "TriggerMessage" and payload.get("requestedMessage") == "BootNotification"
            for action, payload in self._asked
        )
        if interval <= 0 and took < _EARLY_S and not triggered and boot.link == event.link:
            text = f"BootNotificationRequest {took:.2f} s after {self._status} without an interval"
            yield Finding(
                "B02.FR.07" if self._status == "Pending" else "B03.FR.05", "MUST", text, self._ids(boot, event)
            )
        early = _EARLY_S + self.context.tolerance_s + self.context.earliness(boot.seconds, event.seconds)
        if took < interval - early and not triggered:
            text = f"BootNotificationRequest {took:.1f} s after {self._status}, the interval is {interval:g} s"
            requirement = "B02.FR.04" if self._status == "Pending" else "B03.FR.02"
            if self._status == "Rejected" or boot.link == event.link:
                yield Finding(requirement, "MUST", text, self._ids(boot, event))

    def _after_reset(self, event: Event) -> Iterator[Finding]:
        reset, reason = self._rebooting, event.body.get("reason")
        if reset is None:
            return
        status = reset.body.get("status")
        if reason in ("PowerUp", "Triggered"):
            text = f"reason {reason} after {reset.name} {status}"
            yield Finding("B01.FR.09", "MUST", text, self._ids(reset, event))
        if status == "Scheduled" and self._transactions:
            number = next(iter(self._transactions))
            text = f"the reset was to wait for the end of the transaction {number}, which has not been told"
            yield Finding("B12.FR.03", "MUST", text, self._ids(reset, event))

    def _not_yet(self, event: Event) -> Iterator[Finding]:
        if self._rebooting is not None and self._spoke_on_new_link(event):
            text = f"{event.name} is the first request after the reset, not BootNotificationRequest"
            yield Finding("B01.FR.03", "MUST", text, self._ids(self._rebooting, event))
            self._rebooting = None
        if not self._status:
            boot = self._pending_boot
            if boot is not None and boot.link == event.link:
                text = f"{event.name} was sent before the boot was answered"
                yield Finding("B01.FR.08", "MUST", text, (boot.id, event.id))
                self._pending_boot = None
                return
            self._early.append(event)
            return
        if self._status == "Accepted" or self._was_asked(event):
            return
        requirement = "B03.FR.02" if self._status == "Rejected" else "B02.FR.02"
        text = f"{event.name} was sent although the boot is {self._status}"
        yield Finding(requirement, "MUST", text, self._ids(self._boot, event))

    def _spoke_on_new_link(self, event: Event) -> bool:
        reset = self._rebooting
        return reset is not None and reset.body.get("status") == "Accepted" and reset.link != event.link

    def _was_asked(self, event: Event) -> bool:
        action = event.name.removesuffix("Request")
        for asked, payload in self._asked:
            wanted = str(payload.get("requestedMessage", ""))
            if asked == "TriggerMessage" and (
                wanted == action or (wanted[:4] == "Sign" and action == "SignCertificate")
            ):
                return True
            if asked == "TriggerMessage" and wanted == "StatusNotification" and action == "NotifyEvent":
                return True
            if FOLLOW_UPS.get(asked) == action:
                return True
            if asked in ("CertificateSigned", "SetVariableMonitoring"):
                return True  # security events and monitors of what the CSMS has set up
        return False

    def _track(self, event: Event) -> None:
        if event.name != "TransactionEventRequest":
            return
        number = str(event.body.get("transactionInfo", {}).get("transactionId"))
        if event.body.get("eventType") == "Ended":
            self._transactions.pop(number, None)
        else:
            self._transactions.setdefault(number, event)

    # ---- what the CSMS says

    def _csms_says(self, event: Event) -> Iterator[Finding]:
        if self._station or event.note == DELIBERATE:
            return
        if self._status == "Rejected":
            text = f"{event.name} is sent to a station that was rejected"
            yield Finding("B03.FR.03", "MUST", text, self._ids(self._boot, event))
        elif self._status == "Pending" and event.name in _REMOTE:
            text = f"{event.name} is sent to a station that is pending; it is to be accepted first"
            yield Finding("B02.FR.05", "MUST", text, self._ids(self._boot, event))
        if event.name in _LIMITED:
            field, instance, requirement = _LIMITED[event.name]
            number, most = len(event.body.get(field, ())), self._limits.get(instance, 0)
            if most and number > most:
                text = f"{event.name} has {number} variables; the station takes {most}"
                yield Finding(requirement, "MUST", text, (event.id,))

    # ---- answers

    def _answer(self, event: Event, request: Event | None) -> Iterator[Finding]:
        if request is None:
            return
        if request is self._waiting:
            self._spoke, self._waiting = event, None
        if request.name == _BOOT and event.name == "BootNotificationResponse":
            self._booted(event)
        if event.src == "csms":
            yield from self._csms_answers(event, request)
        else:
            yield from self._station_answers(event, request)

    def _booted(self, event: Event) -> None:
        self._status, self._boot, self._spoke = str(event.body.get("status")), event, event
        self._pending_boot = None
        self._silent = False
        self._beats.clear()
        self._asked.clear()
        if self._status == "Accepted":
            interval = event.body.get("interval", 0)
            self._interval = float(interval) if interval > 0 else 0.0

    def _csms_answers(self, event: Event, request: Event) -> Iterator[Finding]:
        if self._station:
            return
        if event.name in ("BootNotificationResponse", "HeartbeatResponse"):
            yield from self._csms_time(event)
        if request.name != _BOOT and self._status in ("Pending", "Rejected") and self._before(request):
            refused = event.name == CALL_ERROR and event.body.get("errorCode") == "SecurityError"
            if event.name != CALL_ERROR and not self._was_asked(request):
                text = f"{request.name} is answered with {event.name} although the boot is {self._status}"
                requirement = "B02.FR.09" if self._status == "Pending" else "B03.FR.07"
                yield Finding(requirement, "MUST", text, self._ids(self._boot, request, event))
            elif not refused and event.name == CALL_ERROR and request.note != DELIBERATE:
                text = f"{request.name} is refused with {event.body.get('errorCode')}, not SecurityError"
                yield Finding("B01.FR.10", "MUST", text, self._ids(self._boot, request, event))

    def _before(self, request: Event) -> bool:
        """Tell whether the request was sent while the boot was as it is now."""
        return self._boot is not None and request.id > self._boot.id

    def _csms_time(self, event: Event) -> Iterator[Finding]:
        """The time of a CSMS is the right one, and goes on ([B01.FR.02], [G02.FR.03])."""
        requirement = "G02.FR.03" if event.name == "HeartbeatResponse" else "B01.FR.02"
        told, right = _instant(event.body.get("currentTime")), _instant(event.utc)
        if told is None:
            return
        if right is not None and abs(told - right) > _CSMS_CLOCK_S:
            text = f"currentTime {event.body['currentTime']}, it is {event.utc}"
            yield Finding(requirement, "MUST", text, (event.id,))
        before, self._times = self._times, event
        if before is not None:
            passed = event.seconds - before.seconds
            step = told - (_instant(before.body["currentTime"]) or told)
            if abs(step - passed) > _STEP_S + self.context.jitter(before.seconds, event.seconds):
                text = f"{passed:.1f} s have passed between the answers, their currentTime differs by {step:.1f} s"
                yield Finding("G02.FR.03", "MUST", text, (before.id, event.id))

    def _station_answers(self, event: Event, request: Event) -> Iterator[Finding]:
        action = request.name.removesuffix("Request")
        status = event.body.get("status") if isinstance(event.body, dict) else None
        if request.note != DELIBERATE and event.name != CALL_ERROR:
            self._learn(event, request)
            if status in (None, "Accepted"):
                self._asked.append((action, request.body))
        if not self._station:
            if action == "Reset" and status in ("Accepted", "Scheduled") and not request.body.get("evseId"):
                self._rebooting = event
            return
        if self._boot is not None and self._before(request):
            yield from self._unaccepted(event, request, action, status)
        if action == "Reset" and event.name == "ResetResponse":
            yield from self._reset(event, request, status)

    def _unaccepted(self, event: Event, request: Event, action: str, status: object) -> Iterator[Finding]:
        shown = self._ids(self._boot, request, event)
        if self._status == "Rejected" and event.name != CALL_ERROR:
            text = f"{event.name} answers {request.name} although the boot is rejected"
            yield Finding("B03.FR.08", "MUST", text, shown)
        elif self._status == "Pending":
            if action in _READS and request.note != DELIBERATE and event.name == CALL_ERROR:
                code = event.body.get("errorCode")
                if code in ("SecurityError", "NotSupported", "NotImplemented", "GenericError", "InternalError"):
                    yield Finding("B02.FR.01", "MUST", f"{request.name} is refused with {code} while pending", shown)
            if action in ("RequestStartTransaction", "RequestStopTransaction") and status == "Accepted":
                yield Finding("B02.FR.05", "MUST", f"{request.name} is accepted while the boot is pending", shown)

    def _reset(self, event: Event, request: Event, status: object) -> Iterator[Finding]:
        kind, evse = request.body.get("type"), request.body.get("evseId")
        if status in ("Accepted", "Scheduled") and not evse:
            self._rebooting = event
        if kind == "OnIdle" and not evse and status == "Accepted" and self._transactions:
            number = next(iter(self._transactions))
            text = f"Reset OnIdle is answered with Accepted while the transaction {number} runs"
            yield Finding("B12.FR.01", "MUST", text, self._ids(request, event))

    def _learn(self, event: Event, request: Event) -> None:
        """Note what the station has told, or was told, of its variables."""
        if event.name == "GetVariablesResponse":
            for one in event.body.get("getVariableResult", ()):
                if one.get("attributeStatus") == "Accepted":
                    self._variable(one, str(one.get("attributeValue", "")))
        elif event.name == "SetVariablesResponse":
            done = [one for one in event.body.get("setVariableResult", ()) if one.get("attributeStatus") == "Accepted"]
            before = self._interval
            for one in request.body.get("setVariableData", ()):
                if any(_variable_of(it) == _variable_of(one) for it in done):
                    self._variable(one, str(one.get("attributeValue", "")))
            if self._interval != before and self._waiting is None:
                self._spoke = event  # a new interval begins when it is set

    def _variable(self, one: dict[str, Any], value: str) -> None:
        component, name, _ = _variable_of(one)
        if (component, name) == ("devicedatactrlr", "itemspermessage") and value.isdecimal():
            self._limits[one["variable"].get("instance", "")] = int(value)
        elif (component, name) == ("ocppcommctrlr", "heartbeatinterval") and value.isdecimal():
            self._interval = float(value)
            self._beats.clear()
        elif (component, name) == ("clockctrlr", "timesource"):
            self._time_source = value

    # ---- heartbeats and clocks of a station

    def _heartbeat(self, event: Event) -> Iterator[Finding]:
        """A station is not silent for longer than its interval ([G02.FR.02])."""
        spoke = self._spoke
        if self._status != "Accepted" or not self._interval or spoke is None or self._silent:
            return
        if self._rebooting is not None or self._waiting is not None or event.link not in ("", spoke.link):
            return
        silence = event.seconds - spoke.seconds
        allowed = 1.1 * self._interval + _HEARTBEAT_SLACK_S + self.context.jitter(spoke.seconds, event.seconds)
        if silence > allowed:
            self._silent = True
            text = f"nothing for {silence:.0f} s; the heartbeat interval is {self._interval:g} s"
            yield Finding("G02.FR.02", "MUST", text, self._ids(self._boot, spoke))

    def _beat(self, event: Event) -> Iterator[Finding]:
        """Heartbeats that come much faster than their interval, again and again ([B01.FR.04])."""
        if event.name != "HeartbeatRequest" or self._status != "Accepted" or self._was_asked(event):
            return
        self._beats.append(event)
        gaps = [late.seconds - soon.seconds for soon, late in zip(self._beats, self._beats[1:], strict=False)]
        if self._interval and len(gaps) >= 2 and max(gaps[-2:]) < 0.8 * self._interval - self.context.tolerance_s:
            text = f"Heartbeats {gaps[-1]:.1f} s apart; the interval is {self._interval:g} s"
            # Some more than asked for harm nobody; many times as many are those of another interval.
            severity: Severity = "MUST" if max(gaps[-2:]) < 0.2 * self._interval else "SHOULD"
            yield Finding("B01.FR.04", severity, text, self._ids(self._boot, *self._beats[-2:]))
            self._beats.clear()

    def _stamp(self, event: Event) -> Iterator[Finding]:
        """What a station stamps now fits the time that it was given ([B01.FR.06])."""
        boot = self._boot
        if boot is None or self._status != "Accepted" or event.name not in _STAMPED:
            return
        if self._time_source and "Heartbeat" not in self._time_source:
            return
        if event.name == "SecurityEventNotificationRequest" and event.seconds - boot.seconds < _BACKLOG_S:
            return  # it may have happened before the station was given the time
        allowed = _CLOCK_S if self._time_source else _UNKNOWN_CLOCK_S
        stamped = event.body.get("generatedAt") or event.body.get("timestamp")
        given, told = _instant(boot.body.get("currentTime")), _instant(stamped)
        if given is None or told is None:
            return
        error = told - given - (event.seconds - boot.seconds)
        fresh = event.name == "NotifyReportRequest"  # others may tell what happened earlier
        if error > allowed or (fresh and error < -allowed):
            text = f"{event.name} is stamped {stamped}, {abs(error):.0f} s {'after' if error > 0 else 'before'} the CSMS's time"
            yield Finding("B01.FR.06", "MUST", text, self._ids(boot, event))

    def _ids(self, *events: Event | None) -> tuple[int, ...]:
        return tuple(event.id for event in events if event is not None)

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open that the next event would not have shown."""
        if event is not None and self._station:
            yield from self._heartbeat(event)


def _variable_of(one: dict[str, Any]) -> tuple[str, str, str]:
    variable = one.get("variable", {})
    name, instance = str(variable.get("name", "")).lower(), str(variable.get("instance", "")).lower()
    return str(one.get("component", {}).get("name", "")).lower(), name, instance


def _instant(text: object) -> float | None:
    """Return an RFC 3339 time in seconds since 1970, None for what is none."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00")).timestamp()
    except ValueError:
        return None
