"""The follow-up monitor: what was promised comes, after the answer, with the same requestId, in whole (FR.05, F06).

It judges stations. Requests that are answered by messages of their own (reports, statuses) are open until the last part has
come; a connection that ends in between excuses what has not come.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.protocols.ocpp import ends_connection, is_ocpp
from v2xconform.protocols.ocpp.actions import FOLLOW_UPS
from v2xconform.protocols.ocpp.rules.provisioning import in_words, name_of
from v2xconform.trace.events import Event

PATIENCE_S: Final = 60.0
"""How long a first message, or the next part of a report, may take. OCPP gives no limit."""
_KEYS_S: Final = 180.0
"""SignCertificate may need a new key first."""
_NUMBERED: Final = frozenset({"NotifyReport", "NotifyMonitoringReport", "NotifyCustomerInformation"})
"""Reports whose parts have a seqNo."""
_REPORTS: Final = _NUMBERED | {"NotifyDisplayMessages", "ReportChargingProfiles", "ReportDERControl"}
"""Messages that come in parts under a requestId; statuses of logs and firmware have monitors of their own."""
_IDS: Final[dict[str, tuple[str, str, str, str]]] = {
    "GetBaseReport": ("B07.FR.03", "B07.FR.04", "B07.FR.05", "B07.FR.10"),
    "GetReport": ("B08.FR.03", "B08.FR.04", "FR.05", "B08.FR.14"),
}
"""Request -> requirements: it comes, with its requestId, not unless accepted, parts are counted. Others have FR.05."""
_TRIGGERED: Final[dict[str, tuple[str, ...]]] = {
    "BootNotification": ("BootNotification",), "Heartbeat": ("Heartbeat",),
    "LogStatusNotification": ("LogStatusNotification",), "FirmwareStatusNotification": ("FirmwareStatusNotification",),
    "MeterValues": ("MeterValues",), "StatusNotification": ("StatusNotification", "NotifyEvent"),
    "TransactionEvent": ("TransactionEvent",), "PublishFirmwareStatusNotification": ("PublishFirmwareStatusNotification",),
    "SignChargingStationCertificate": ("SignCertificate",), "SignV2GCertificate": ("SignCertificate",),
    "SignV2G20Certificate": ("SignCertificate",), "SignCombinedCertificate": ("SignCertificate",),
}  # fmt: skip
"""requestedMessage of TriggerMessage -> what may come on it."""


@dataclass(slots=True)
class _Report:
    """A request for a report, and how far it has come."""

    action: str
    request: Event
    response: Event | None = None
    accepted: bool = False
    parts: int = 0
    complete: bool = False
    due: float = 0.0
    told: bool = False
    """A finding was made of it already."""
    names: dict[tuple[Any, ...], Event] = field(default_factory=dict)
    """Variables and attributes that it has told, and in which part."""

    @property
    def ids(self) -> tuple[str, str, str, str]:
        """Requirements, in the order of `_IDS`."""
        return _IDS.get(self.action, ("FR.05",) * 4)


@dataclass(slots=True)
class _Trigger:
    """An accepted trigger whose message has not come yet."""

    request: Event
    actions: tuple[str, ...]
    due: float


class FollowUpsMonitor:
    """Sees all events between a station and a CSMS."""

    name = "ocpp-follow-ups"

    def __init__(self, context: Context) -> None:
        self.context = context
        self._requests: dict[int, Event] = {}
        """Requests of the CSMS that are not answered yet, by event."""
        self._reports: dict[tuple[str, int], _Report] = {}
        """(message, requestId) -> newest report of that number."""
        self._triggers: list[_Trigger] = []
        self._statuses: list[_Trigger] = []
        """Logs and firmware updates of which nothing was told yet."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if self.context.sut != "station":
            return
        yield from self._late(event)
        if ends_connection(event.layer, event.kind):
            self._forget()
        elif event.kind == "message" and is_ocpp(event.layer):
            if event.src == "csms" and event.name.endswith("Request") and event.note != DELIBERATE:
                self._asked(event)
            elif event.src == "station" and event.name.endswith("Response"):
                self._answered(event)
            elif event.src == "station" and event.name.endswith("Request"):
                yield from self._said(event)

    def _forget(self) -> None:
        self._requests.clear()
        self._triggers.clear()
        self._statuses.clear()
        for report in self._reports.values():
            report.told = True

    # ---- requests and answers

    def _asked(self, event: Event) -> None:
        action = event.name.removesuffix("Request")
        if action in FOLLOW_UPS or action == "TriggerMessage":
            self._requests[event.id] = event
        if FOLLOW_UPS.get(action) in _REPORTS:
            self._reports[FOLLOW_UPS[action], event.body["requestId"]] = _Report(action, event)

    def _answered(self, event: Event) -> None:
        request = self._requests.pop(event.ref.get("answers", 0), None)
        if request is None:
            return
        action, status = request.name.removesuffix("Request"), event.body.get("status")
        if action == "TriggerMessage":
            wanted = request.body["requestedMessage"]
            if status == "Accepted" and wanted in _TRIGGERED:
                patience = _KEYS_S if wanted.startswith("Sign") else PATIENCE_S
                self._triggers.append(_Trigger(request, _TRIGGERED[wanted], event.seconds + patience))
            return
        follow = FOLLOW_UPS[action]
        if follow not in _REPORTS:
            if status in ("Accepted", "AcceptedCanceled"):
                self._statuses.append(_Trigger(request, (follow,), event.seconds + self._start(request, event)))
            return
        report = self._reports.get((follow, request.body["requestId"]))
        if report is None or report.request is not request:
            return
        report.response, report.accepted = event, status == "Accepted"
        report.due = event.seconds + PATIENCE_S
        if action == "CustomerInformation" and not request.body.get("report"):
            report.told = True  # clearing alone has nothing to report

    def _start(self, request: Event, event: Event) -> float:
        """Return how long it may take until a first status: a firmware update may be planned for later."""
        return PATIENCE_S if request.name == "GetLogRequest" else 10 * PATIENCE_S

    # ---- what follows

    def _said(self, event: Event) -> Iterator[Finding]:
        action = event.name.removesuffix("Request")
        for waiting in (self._triggers, self._statuses):
            found = next((one for one in waiting if action in one.actions and one.request.id < event.id), None)
            if found is not None:
                waiting.remove(found)
        if action in _REPORTS:
            yield from self._part(action, event)

    def _part(self, action: str, event: Event) -> Iterator[Finding]:
        body, number = event.body, event.body.get("requestId")
        report = self._reports.get((action, number)) if isinstance(number, int) else None
        if report is None:
            known = [one for (message, _), one in self._reports.items() if message == action and one.accepted]
            if known:
                wanted = ", ".join(str(one.request.body["requestId"]) for one in known)
                text = f"{event.name} has the requestId {number}; asked for was {wanted}"
                known[-1].told = True  # what it waited for has come under another number
                yield Finding(known[-1].ids[1], "MUST", text, (known[-1].request.id, event.id))
            return
        if report.response is None:
            if report.request.id in self._requests:
                text = f"{event.name} came before the response to {report.request.name}"
                yield Finding("FR.05", "MUST", text, (report.request.id, event.id))
                report.parts, report.complete = report.parts + 1, not body.get("tbc", False)
            return
        if not report.accepted:
            status = report.response.body.get("status")
            text = f"{event.name} follows on {report.response.name} {status}"
            yield Finding(report.ids[2], "MUST", text, (report.response.id, event.id))
            return
        if report.complete:
            text = f"{event.name} comes after the last part of its report (tbc was false)"
            yield Finding(report.ids[3], "MUST", text, (report.request.id, event.id))
            return
        if action in _NUMBERED and body.get("seqNo") != report.parts:
            text = (
                f"{event.name} has seqNo {body.get('seqNo')}; it is part {report.parts} of its report, counted from 0"
            )
            yield Finding(report.ids[3], "MUST", text, (report.request.id, event.id))
            report.parts = body["seqNo"] if isinstance(body.get("seqNo"), int) else report.parts
        report.parts += 1
        report.complete = not body.get("tbc", False)
        report.due = event.seconds + PATIENCE_S
        if action == "NotifyReport":
            yield from self._once(report, event)
        if report.complete and report.action == "GetBaseReport" and report.parts == 1 and not body.get("reportData"):
            yield Finding(report.ids[0], "MUST", f"{event.name} tells of no variable", (report.request.id, event.id))

    def _once(self, report: _Report, event: Event) -> Iterator[Finding]:
        """A report tells each attribute of each variable once."""
        for one in event.body.get("reportData", ()):
            for attribute in one.get("variableAttribute", ()):
                name = (*name_of(one), attribute.get("type", "Actual"))
                before = report.names.get(name)
                if before is not None:
                    text = f"the report tells {in_words(one)} twice"
                    yield Finding("B07.FR.08", "MUST", text, (before.id, event.id))
                    return
                report.names[name] = event

    # ---- what does not come

    def _late(self, event: Event) -> Iterator[Finding]:
        if not (self._reports or self._triggers or self._statuses):
            return
        now = event.seconds - self.context.jitter(0.0, event.seconds)
        for report in self._reports.values():
            if report.accepted and not report.complete and not report.told and now > report.due:
                report.told = True
                what = "the next part of the report" if report.parts else "the report"
                text = f"{report.request.name} was accepted; {what} did not come within {PATIENCE_S:g} s"
                yield Finding(report.ids[0], "MUST", text, _shown(report.request, report.response))
        for waiting, requirement in ((self._triggers, "F06.FR.10"), (self._statuses, "FR.05")):
            for one in [one for one in waiting if now > one.due]:
                waiting.remove(one)
                text = f"{one.request.name} was accepted; {' or '.join(one.actions)} did not come"
                yield Finding(requirement, "MUST", text, (one.request.id,))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield what is left open."""
        if event is not None and self.context.sut == "station":
            yield from self._late(event)


def _shown(*events: Any) -> tuple[int, ...]:
    return tuple(event.id for event in events if event is not None)
