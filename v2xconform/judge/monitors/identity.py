"""The identity monitor: SessionID and TimeStamp in the header of every message of a session."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at, is_protocol_message, response_code

NO_SESSION = "0" * 16
_TOO_ALIKE = 4
_DAY_S, _MINUTE_S, _DRIFT_S = 86400.0, 60.0, 3.0


def _alike(one: str, other: str) -> int:
    """Return how many bytes of two SessionIDs are the same at the same place."""
    pairs = zip(bytes.fromhex(one), bytes.fromhex(other), strict=False) if _is_hex(one) and _is_hex(other) else ()
    return sum(a == b for a, b in pairs)


def _is_hex(text: str) -> bool:
    return len(text) == 16 and all(digit in "0123456789ABCDEFabcdef" for digit in text)


def _regular(session: str) -> bool:
    """Tell whether the bytes of a SessionID are mostly the same or count up or down."""
    data = bytes.fromhex(session) if _is_hex(session) else b""
    steps = {(b - a) % 256 for a, b in pairwise(data)}
    return bool(data) and (len(set(data)) <= 4 or len(steps) <= 2)


class IdentityMonitor:
    """Judges that a session keeps its SessionID and that time does not run backwards in it."""

    name = "identity"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._assigned = ""
        self._asked = NO_SESSION
        self._last_stamp: dict[str, tuple[int, int]] = {}
        self._request_deliberate = False
        self._earlier: list[str] = []
        """SessionIDs of the sessions before this one."""
        self._challenges: set[str] = set()
        self._first_stamp: tuple[int, float] | None = None
        self._request_at: float | None = None
        """When the request came that is answered now: a response may be stamped at any time from then on."""
        self._named = ""
        """EVSEID or EVCCID of the session before."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        if event.kind == "open" and event.layer == "tcp":
            self._last_stamp.clear()
            self._first_stamp = None
            self._request_at = None
            self._assigned = ""
        if not is_protocol_message(event) or not event.layer.startswith("iso15118-20"):
            return
        session = field_at(event.body, "Header.SessionID")
        if event.src == self._context.sut:
            if self._context.sut == "secc":
                yield from self._charger(event, session)
                yield from self._clock(event)
            else:
                yield from self._vehicle(event, session)
            yield from self._stamp(event)
        elif event.name.endswith("Req"):
            self._request_deliberate = event.note == DELIBERATE
            self._request_at = event.seconds
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
            yield from self._same_name(event, "EVSEID", "X20-Content")
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
            if code == "OK_NewSessionEstablished":
                yield from self._fresh(event, str(session))
        elif self._assigned and session != self._assigned:
            text = f"{event.name} carries SessionID {session}, the session has {self._assigned}"
            yield Finding("X20-SessionId", "MUST", text, (event.id,))

    def _same_name(self, event: Event, field: str, requirement: str) -> Iterator[Finding]:
        """A device is called in every session what it was called in the one before."""
        name = str(field_at(event.body, field))
        if self._named and name != self._named:
            yield Finding(requirement, "MUST", f"{event.name}: {field} {name} was {self._named} before", (event.id,))
        self._named = name

    def _fresh(self, event: Event, session: str) -> Iterator[Finding]:
        """A SessionID has 58 bits of entropy [V2G20-2621]: what chance never yields shows that it has not."""
        if session in self._earlier:
            yield Finding(
                "V2G20-2621", "MUST", f"the new session has the SessionID {session} of an earlier one", (event.id,)
            )
        elif any(_alike(session, other) >= _TOO_ALIKE for other in self._earlier):
            text = f"SessionID {session} shares {_TOO_ALIKE} bytes or more with that of an earlier session"
            yield Finding("V2G20-2621", "MUST", text, (event.id,))
        elif session != NO_SESSION and _regular(session):
            yield Finding("V2G20-2621", "MUST", f"SessionID {session} is no random number", (event.id,))
        self._earlier.append(session)

    def _clock(self, event: Event) -> Iterator[Finding]:
        """TimeStamp counts seconds since 1970, in UTC, and goes with the time."""
        stamp = field_at(event.body, "Header.TimeStamp")
        challenge = str(field_at(event.body, "PnC_ASResAuthorizationMode.GenChallenge"))
        if event.name == "AuthorizationSetupRes" and "PnC_ASResAuthorizationMode" in event.body:
            if challenge in self._challenges:
                yield Finding("V2G20-697", "MUST", f"GenChallenge {challenge} was used before", (event.id,))
            self._challenges.add(challenge)
        if not isinstance(stamp, int):
            return
        if self._first_stamp is None:
            self._first_stamp = stamp, event.seconds
            now = datetime.fromisoformat(event.utc).timestamp()
            if abs(stamp - now) > _DAY_S:
                text = (
                    f"{event.name}: TimeStamp {stamp} is not the time in seconds since 1970 (UTC), which is {now:.0f}"
                )
                yield Finding("X20-TimeStamp", "MUST", text, (event.id,))
            elif abs(stamp - now) > _MINUTE_S:
                text = f"{event.name}: TimeStamp {stamp} is {abs(stamp - now):.0f} s away from the tester's clock"
                yield Finding("X20-TimeStamp", "SHOULD", text, (event.id,))
        moved, passed = stamp - self._first_stamp[0], event.seconds - self._first_stamp[1]
        least = passed if self._request_at is None else self._request_at - self._first_stamp[1]
        drift = _DRIFT_S + 0.1 * passed
        if not least - drift <= moved <= passed + drift:
            text = f"{event.name}: TimeStamp has moved by {moved} s in {passed:.1f} s"
            yield Finding("X20-TimeStamp", "MUST", text, (event.id,))
            self._first_stamp = stamp, event.seconds

    def _vehicle(self, event: Event, session: object) -> Iterator[Finding]:
        if event.name == "SessionSetupReq":
            yield from self._same_name(event, "EVCCID", "V2G20-2598")
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
