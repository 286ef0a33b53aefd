"""The monitor of log uploads: each is told from Uploading to its end, under its requestId (N01)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Whose
from v2xconform.protocols.ocpp import ends_connection, is_ocpp
from v2xconform.trace.events import Event

_STATUS: Final = "LogStatusNotificationRequest"
_FAILURES: Final = frozenset({"UploadFailure", "BadMessage", "PermissionDenied", "NotSupportedOperation"})
_PATIENCE_S: Final = 60.0
"""How long the word that an upload was cancelled may take."""


@dataclass(slots=True)
class _Upload:
    """An upload that was asked for."""

    request: Event
    started: bool = False
    done: Event | None = None
    """Uploaded, or AcceptedCanceled."""
    failures: int = 0
    gap: bool = False

    @property
    def number(self) -> object:
        return self.request.body.get("requestId")

    @property
    def attempts(self) -> int:
        """How often it may be tried."""
        retries = self.request.body.get("retries", 0)
        return 1 + (retries if isinstance(retries, int) else 0)


class LogsMonitor:
    """Follows the uploads of one station."""

    name = "ocpp-logs"

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._requests: dict[int, Event] = {}
        self._uploads: dict[object, _Upload] = {}
        self._current: _Upload | None = None
        self._cancelled: list[tuple[_Upload, Event]] = []
        self._triggered = 0

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if ends_connection(event.layer, event.kind):
            for upload in self._uploads.values():
                upload.gap = True
            return
        if event.kind != "message" or not is_ocpp(event.layer) or not isinstance(event.body, dict):
            return
        yield from self._overdue(event)
        if event.name in ("GetLogRequest", "TriggerMessageRequest"):
            self._requests[event.id] = event
        elif event.name == "GetLogResponse":
            yield from self._answered(event)
        elif event.name == "TriggerMessageResponse":
            asked = self._requests.get(event.ref.get("answers", 0))
            wanted = asked is not None and asked.body.get("requestedMessage") == "LogStatusNotification"
            self._triggered += wanted and event.body.get("status") == "Accepted"
        elif event.name == _STATUS and event.note != DELIBERATE:
            yield from self._told(event)

    def _answered(self, event: Event) -> Iterator[Finding]:
        asked = self._requests.pop(event.ref.get("answers", 0), None)
        status = event.body.get("status")
        if asked is None or status not in ("Accepted", "AcceptedCanceled"):
            return
        older = self._uploads.get(asked.body.get("requestId"))
        if older is not None and older.done is None and older.request.body != asked.body:
            whose: Whose = "sut" if self._sut == "csms" else "tester"
            text = (
                f"requestId {older.number} is that of an upload that is not over; statuses can no longer be told apart"
            )
            yield Finding("OCPP-RequestId", "MUST", text, (older.request.id, asked.id), whose)
        if older is not None and older.done is None:  # whatever is told may be of the one or of the other
            self._current = older
            older.gap = True
            return
        if status == "AcceptedCanceled" and self._current is not None and self._current.done is None:
            self._cancelled.append((self._current, event))
        self._current = self._uploads[asked.body.get("requestId")] = _Upload(asked)

    def _told(self, event: Event) -> Iterator[Finding]:
        status, number = event.body.get("status"), event.body.get("requestId")
        if self._triggered and status in ("Idle", "Uploading"):
            self._triggered -= 1
            return
        if not self._uploads or status == "Idle" or number is None:
            return
        upload = self._uploads.get(number)
        if upload is None:
            newest = self._current.number if self._current is not None else None
            text = f"{status} is told with requestId {number}; the request for the log has {newest}"
            yield self._finding("N01.FR.07", text, (self._current.request if self._current else None, event))
            return
        yield from self._step(event, upload, str(status))

    def _step(self, event: Event, upload: _Upload, status: str) -> Iterator[Finding]:
        self._cancelled = [one for one in self._cancelled if one[0] is not upload or status != "AcceptedCanceled"]
        if upload.done is not None and not upload.gap:
            before = upload.done.body.get("status")
            yield self._finding(
                "N01.FR.09", f"{status} comes behind {before}, with which the upload was over", (upload.done, event)
            )
        elif status in ("Uploaded", *_FAILURES) and not upload.started and not upload.gap:
            yield self._finding("N01.FR.08", f"{status} comes, and Uploading was not told", (upload.request, event))
        if status == "Uploading":
            upload.started = True
        elif status in _FAILURES:
            upload.failures += 1
            if upload.failures > upload.attempts:
                text = f"{upload.failures} failures are told of an upload that may be tried {upload.attempts} times"
                yield self._finding("N01.FR.10", text, (upload.request, event))
        elif status in ("Uploaded", "AcceptedCanceled"):
            upload.done = event

    def _overdue(self, event: Event) -> Iterator[Finding]:
        late = [one for one in self._cancelled if event.seconds - one[1].seconds > _PATIENCE_S]
        self._cancelled = [one for one in self._cancelled if one not in late]
        for upload, since in late:
            text = f"AcceptedCanceled was not told of request {upload.number} for {_PATIENCE_S:g} s"
            yield self._finding("N01.FR.20", text, (upload.request, since))

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Yield what is left open."""
        if event is not None:
            yield from self._overdue(event)

    def _finding(self, requirement: str, text: str, events: tuple[Event | None, ...]) -> Finding:
        whose: Whose = "sut" if self._sut == "station" else "tester"
        return Finding(requirement, "MUST", text, tuple(one.id for one in events if one is not None), whose)
