"""The firmware monitor: an update goes its way in order, at its times, under its requestId, and is reported (L01).

It judges updates whose request it has seen. A status that TriggerMessage asked for repeats the last one and is no new step.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Severity, Whose
from v2xconform.protocols.ocpp import ends_connection, is_ocpp
from v2xconform.trace.events import Event

_STATUS: Final = "FirmwareStatusNotificationRequest"
_ENDS: Final = frozenset({
    "Installed", "DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "InvalidSignature",
})  # fmt: skip
_FAILS: Final = frozenset({"InstallationFailed", "InstallVerificationFailed"})
_INSTALLS: Final = frozenset({"Installing", "InstallRebooting", "Installed"}) | _FAILS
_NEXT: Final[dict[str, frozenset[str]]] = {
    "": frozenset({"DownloadScheduled", "Downloading", "DownloadPaused", "DownloadFailed"}),
    "DownloadScheduled": frozenset({"Downloading", "DownloadPaused", "DownloadFailed"}),
    "Downloading": frozenset({"Downloaded", "DownloadPaused", "DownloadFailed", "DownloadScheduled"}),
    "DownloadPaused": frozenset({"Downloading", "DownloadFailed", "DownloadScheduled"}),
    "DownloadFailed": frozenset({"Downloading", "DownloadScheduled", "DownloadPaused"}),
    "Downloaded": frozenset({"SignatureVerified", "InvalidSignature"}),
    "SignatureVerified": frozenset({"InstallScheduled"}) | _INSTALLS,
    "InstallScheduled": _INSTALLS,
    "Installing": frozenset({"InstallRebooting", "Installed", "InstallScheduled"}) | _FAILS,
    "InstallRebooting": frozenset({"Installing", "Installed"}) | _FAILS,
}
"""Status -> statuses that may come next ([L01], FirmwareStatusEnumType); a failed download may be told at each attempt."""
_UNSIGNED: Final = frozenset({"InstallScheduled"}) | _INSTALLS
"""What may follow Downloaded where the firmware is not signed (L02)."""
_REPORTED: Final = {
    "InvalidSignature": ("L01.FR.03", "InvalidFirmwareSignature"), "Installed": ("L01.FR.31", "FirmwareUpdated"),
}  # fmt: skip
_CLOCK_S: Final = 5.0
"""How much the clocks of station and tester may differ."""
_PATIENCE_S: Final = 60.0
"""How long a security event may take."""


@dataclass(slots=True)
class _Update:
    """An update that was asked for."""

    request: Event
    status: str = ""
    last: Event | None = None
    gap: bool = False
    """The connection was lost meanwhile: statuses may be missing."""
    seen: set[str] = field(default_factory=set)

    @property
    def firmware(self) -> dict[str, Any]:
        found = self.request.body.get("firmware")
        return found if isinstance(found, dict) else {}

    @property
    def number(self) -> object:
        return self.request.body.get("requestId")

    @property
    def signed(self) -> bool:
        return "signingCertificate" in self.firmware and "signature" in self.firmware


class FirmwareMonitor:
    """Follows the updates of one station."""

    name = "ocpp-firmware"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._tolerance = context.tolerance_s + _CLOCK_S
        self._requests: dict[int, Event] = {}
        self._update: _Update | None = None
        self._replaced: list[object] = []
        """requestIds of updates that gave way to a new one; each may still tell what was on its way."""
        self._late: set[object] = set()
        self._triggered = 0
        self._owed: list[tuple[str, str, Event]] = []
        """(requirement, type of security event, event that demands it)."""
        self._raised: dict[object, float] = {}
        """Type of security event -> when it was raised last."""
        self._rebooting: Event | None = None

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if ends_connection(event.layer, event.kind) and self._update is not None:
            self._update.gap = True
            return
        if event.kind != "message" or not is_ocpp(event.layer) or not isinstance(event.body, dict):
            return
        yield from self._overdue(event)
        if event.name in ("UpdateFirmwareRequest", "TriggerMessageRequest"):
            self._requests[event.id] = event
        elif event.name == "UpdateFirmwareResponse":
            self._answered(event)
        elif event.name == "TriggerMessageResponse":
            asked = self._requests.get(event.ref.get("answers", 0))
            wanted = asked is not None and asked.body.get("requestedMessage") == "FirmwareStatusNotification"
            self._triggered += wanted and event.body.get("status") == "Accepted"
        elif event.name == "SecurityEventNotificationRequest":
            self._owed = [one for one in self._owed if one[1] != event.body.get("type")]
            self._raised[event.body.get("type")] = event.seconds
        elif event.name == "BootNotificationRequest" and self._rebooting is not None:
            yield from self._booted(event)
        elif event.name == _STATUS and event.note != DELIBERATE:
            yield from self._told(event)

    def _answered(self, event: Event) -> None:
        asked = self._requests.pop(event.ref.get("answers", 0), None)
        status = event.body.get("status")
        if asked is None:
            return
        if status == "InvalidCertificate":
            self._owe("L01.FR.02", "InvalidFirmwareSigningCertificate", event, asked)
        if status in ("Accepted", "AcceptedCanceled"):
            if self._update is not None:
                self._replaced.append(self._update.number)
            self._update = _Update(asked)

    def _owe(self, requirement: str, kind: str, event: Event, request: Event) -> None:
        """A security event has to come, unless it has come already since the request."""
        if self._raised.get(kind, -1.0) < request.seconds:
            self._owed.append((requirement, kind, event))

    def _told(self, event: Event) -> Iterator[Finding]:
        status, update = str(event.body.get("status")), self._update
        if self._triggered and (status == "Idle" or (update is not None and status in (update.status, ""))):
            self._triggered -= 1
            return
        if update is None or status == "Idle":
            return
        number = event.body.get("requestId")
        if number != update.number:
            yield from self._strange(event, update, number)
            return
        if status == update.status:
            return
        yield from self._step(event, update, status)
        update.status, update.last, update.gap = status, event, False
        update.seen.add(status)
        self._rebooting = event if status == "InstallRebooting" else self._rebooting
        if status in _REPORTED and update.signed:
            self._owe(*_REPORTED[status], event, update.request)

    def _strange(self, event: Event, update: _Update, number: object) -> Iterator[Finding]:
        if number in self._replaced and number not in self._late:
            self._late.add(number)  # it was on its way when the new request came
            return
        if number is None:
            return  # a rule on single messages says so
        text = f"{event.body.get('status')} is told with requestId {number}; the update has {update.number}"
        yield self._finding("L01.FR.10", text, (update.request, event))

    def _step(self, event: Event, update: _Update, status: str) -> Iterator[Finding]:
        allowed = _NEXT.get(update.status, frozenset())
        if update.status == "Downloaded" and not update.signed:
            allowed |= _UNSIGNED
        if update.status in _ENDS and update.status != "DownloadFailed":
            text = f"{status} comes behind {update.status}, with which the update was over"
            yield self._finding("L01.FR.01", text, (update.last, event))
        elif status not in allowed and not update.gap:
            before = update.status or "the request"
            unverified = update.status == "Downloaded" and status in _UNSIGNED
            text = f"{status} comes behind {before}; expected is one of {', '.join(sorted(allowed))}"
            requirement = "L01.FR.04" if unverified else "L01.FR.01"
            yield self._finding(requirement, text, (update.last or update.request, event))
        if status == "Downloading":
            yield from self._early(event, update, "retrieveDateTime", "L01.FR.13")
        elif status in ("Installing", "InstallRebooting", "Installed") and not update.seen & {
            "Installing",
            "Installed",
        }:
            yield from self._early(event, update, "installDateTime", "L01.FR.16")

    def _early(self, event: Event, update: _Update, name: str, requirement: str) -> Iterator[Finding]:
        if self._sut != "station":
            return  # our station goes by the clock that the CSMS has told it
        wanted, at = _instant(update.firmware.get(name)), _instant(event.utc)
        if wanted is not None and at is not None and at < wanted - self._tolerance:
            text = f"{event.body.get('status')} comes {wanted - at:.0f} s before {name}"
            yield self._finding(requirement, text, (update.request, event))

    def _booted(self, event: Event) -> Iterator[Finding]:
        since, self._rebooting = self._rebooting, None
        reason = event.body.get("reason")
        if since is not None and reason not in ("FirmwareUpdate", "Triggered"):
            text = f"the boot behind InstallRebooting has the reason {reason}, not FirmwareUpdate"
            yield self._finding("L01.FR.15", text, (since, event), "SHOULD")

    def _overdue(self, event: Event) -> Iterator[Finding]:
        late = [one for one in self._owed if event.seconds - one[2].seconds > _PATIENCE_S]
        self._owed = [one for one in self._owed if one not in late]
        for requirement, kind, since in late:
            text = f"no security event {kind} has followed on {since.body.get('status')} for {_PATIENCE_S:g} s"
            yield self._finding(requirement, text, (since,))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield the security events that nobody has heard of."""
        if event is not None:
            yield from self._overdue(event)

    def _finding(
        self, requirement: str, text: str, events: tuple[Event | None, ...], severity: Severity = "MUST"
    ) -> Finding:
        shown = tuple(one.id for one in events if one is not None)
        whose: Whose = "sut" if self._sut == "station" else "tester"
        return Finding(requirement, severity, text, shown, whose)


def _instant(text: object) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None
