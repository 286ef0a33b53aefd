"""The identity monitor: SessionID and TimeStamp in the header of every message of a session."""

from collections.abc import Iterator

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at, is_protocol_message, response_code

NO_SESSION = "0" * 16


class IdentityMonitor:
    """Judges that a session keeps its SessionID and that time does not run backwards in it."""

    name = "identity"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._assigned = ""
        self._asked = NO_SESSION
        self._last_stamp: dict[str, tuple[int, int]] = {}
        self._request_deliberate = False

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind == "open" and event.layer == "tcp":
            self._last_stamp.clear()
            self._assigned = ""
        if not is_protocol_message(event) or not event.layer.startswith("iso15118-20"):
            return
        session = field_at(event.body, "Header.SessionID")
        if event.src == self._context.sut:
            if self._context.sut == "secc":
                yield from self._charger(event, session)
            else:
                yield from self._vehicle(event, session)
            yield from self._stamp(event)
        elif event.name.endswith("Req"):
            self._request_deliberate = event.note == DELIBERATE
            if event.name == "SessionSetupReq":
                self._asked = str(session)
        if event.name == "SessionSetupRes" and response_code(event).startswith("OK"):
            self._assigned = str(session)

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing is left open at the end."""
        return iter(())

    def _charger(self, event: Event, session: object) -> Iterator[Finding]:
        code = response_code(event)
        if event.name == "SessionSetupRes":
            if not code.startswith("OK"):
                return
            if session == NO_SESSION:
                yield Finding("V2G20-2106", "MUST", "SessionSetupRes assigns the SessionID zero", (event.id,))
            if code == "OK_NewSessionEstablished" and self._asked not in ("", NO_SESSION) and session == self._asked:
                text = "OK_NewSessionEstablished, yet the SessionID is the one that the EV proposed"
                yield Finding("V2G20-2106", "MUST", text, (event.id,))
            if code == "OK_OldSessionJoined" and session != self._asked:
                text = f"OK_OldSessionJoined with SessionID {session}, the EV asked for {self._asked}"
                yield Finding("X20-SessionId", "MUST", text, (event.id,))
            if code == "OK_OldSessionJoined" and self._asked == NO_SESSION:
                text = "OK_OldSessionJoined although the EV asked for a new session (SessionID zero)"
                yield Finding("X20-SessionId", "MUST", text, (event.id,))
        elif self._assigned and session != self._assigned:
            text = f"{event.name} carries SessionID {session}, the session has {self._assigned}"
            yield Finding("X20-SessionId", "MUST", text, (event.id,))

    def _vehicle(self, event: Event, session: object) -> Iterator[Finding]:
        if event.name == "SessionSetupReq":
            return
        if self._assigned and session != self._assigned:
            text = f"{event.name} carries SessionID {session}, the charger assigned {self._assigned}"
            yield Finding("X20-SessionId", "MUST", text, (event.id,))

    def _stamp(self, event: Event) -> Iterator[Finding]:
        stamp = field_at(event.body, "Header.TimeStamp")
        if not isinstance(stamp, int):
            return
        before = self._last_stamp.get(event.src)
        if before is not None and stamp < before[0]:
            text = f"{event.name}: TimeStamp {stamp} is {before[0] - stamp} s before that of the message before"
            yield Finding("X20-TimeStamp", "MUST", text, (before[1], event.id))
        self._last_stamp[event.src] = (stamp, event.id)
