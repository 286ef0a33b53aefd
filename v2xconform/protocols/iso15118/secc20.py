"""The station's side of an ISO 15118-20 session, without I/O: requests in, replies out, time as an argument.

Feed every message with `SeccSession20.receive` (and everything that is no message with `receive_fault`), send what the
reply holds, call `fire` when the timer of `timer()` has run out, and close when a reply says so. What the responses
say comes from the *respond* callback (a power path and its contents); whether a request is acceptable at all is
decided here, by the sequence table and the checks table. All misbehaviour is in the policy.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from v2xconform.protocols.iso15118 import sequence20, timers20
from v2xconform.protocols.iso15118.checks20 import Facts, failed_check
from v2xconform.protocols.iso15118.messages20 import (
    NO_SESSION,
    REQUESTS,
    failed_response,
    filler,
    is_failed,
    is_warning,
    message,
    response_name,
)
from v2xconform.protocols.iso15118.policy20 import Notice, SeccPolicy, by_request
from v2xconform.protocols.iso15118.rational import rational
from v2xconform.protocols.iso15118.session20 import FaultKind, HeaderClock, Memory, PausedSession, Reply, Timer
from v2xconform.protocols.message import Message

Notification = Notice

_BUSY_FIELDS: Final[dict[str, str]] = {
    "AuthorizationReq": "EVSEProcessing",
    "CertificateInstallationReq": "EVSEProcessing",
    "ScheduleExchangeReq": "EVSEProcessing",
    "DC_CableCheckReq": "EVSEProcessing",
    "DC_PreChargeReq": "EVSEPresentVoltage",
}
_NOTIFYING: Final = ("AC_ChargeLoopReq", "DC_ChargeLoopReq")
_SETTLED_BY: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "Terminate": ("PowerDeliveryReq", "ChargeProgress", ("Stop",)),
    "Pause": ("PowerDeliveryReq", "ChargeProgress", ("Stop", "Standby")),
    "ServiceRenegotiation": ("PowerDeliveryReq", "ChargeProgress", ("Stop",)),
    "ScheduleRenegotiation": ("PowerDeliveryReq", "ChargeProgress", ("ScheduleRenegotiation", "Stop")),
    "ExitStandby": ("PowerDeliveryReq", "ChargeProgress", ("Start", "Stop")),
    "MeteringConfirmation": ("MeteringConfirmationReq", "", ()),
}
"""EVSENotification -> the request, field and values with which the car obeys it."""


class Respond(Protocol):
    """What fills the responses: called once per acceptable request, returns the body without its Header.

    ``ResponseCode`` may be left out (OK) or name a failure of the hardware. The tree of a FAILED body is not used.
    """

    def __call__(self, request: Message, session: "SeccSession20", now: float) -> dict[str, Any]: ...


class SeccSession20:
    """One session of a station. Make one per connection, after SupportedAppProtocol has chosen AC or DC."""

    def __init__(
        self,
        respond: Respond,
        policy: SeccPolicy | None = None,
        *,
        mode: sequence20.Mode,
        utc: Callable[[], float],
        random_bytes: Callable[[int], bytes],
        resumes: PausedSession | None = None,
        find_paused: Callable[[str], PausedSession | None] | None = None,
    ) -> None:
        """Prepare the session; call `start` when the connection is up.

        *utc* gives seconds since 1970 for Header.TimeStamp; *random_bytes* must be cryptographically secure outside of
        tests ([V2G20-835], [V2G20-2621]). *resumes* is the paused session of this very car, if there is one, or
        *find_paused* looks it up by its SessionID ([V2G20-2545]).
        """
        self.policy = policy or SeccPolicy()
        self.mode = mode
        self.state = sequence20.FIRST
        """The sequence state: what it waits for."""
        self.session_id = NO_SESSION
        self.memory = Memory()
        self.notification: Notification | None = None
        """The EVSENotification that the next charge loop response carries."""
        self.paused: PausedSession | None = None
        """Set when the session was paused: hand it to the next session as *resumes*."""
        self.stopped_by_ev = False
        """True once SessionStopRes was sent in the good case."""
        self._respond = respond
        self.random_bytes = random_bytes
        self.utc = utc
        self._clock = HeaderClock(self.policy.timestamps, utc)
        self.find_paused = find_paused or (lambda theirs: resumes if resumes and theirs == resumes.session_id else None)
        """Returns the session that this very car has paused under a SessionID."""
        self._loops = self._loops_in_standby = 0
        self._busy: dict[str, int] = {}
        self._refused = 0
        self._notified: str = ""
        self._timer: Timer | None = None

    @property
    def ended(self) -> bool:
        """True when no request will be answered any more."""
        return sequence20.is_final(self.state)

    @property
    def service(self) -> str:
        """The selected energy service (AC, DC, AC_BPT, DC_BPT) or "" before it is known."""
        return self.memory.service

    @property
    def control_mode(self) -> str:
        """Scheduled or Dynamic, by the selected parameter set."""
        return self.memory.control_mode

    # Time

    def start(self, now: float) -> None:
        """Begin to wait for the first request (V2G_SECC_Sequence_Timeout)."""
        self._wait(now, "")

    def timer(self) -> Timer | None:
        """Return the timer that runs, or None. Call `fire` when it is due."""
        return self._timer

    def fire(self, now: float) -> Reply:
        """End the session because the timer ran out ([V2G20-443], [V2G20-441]). Too early a call does nothing."""
        timer = self._timer
        if timer is None or now < timer.at:
            return Reply()
        why = f"{timer.name} ({timer.seconds:g} s) expired in state {self.state}"
        self._end()
        return Reply(close=True, close_after=self.policy.close_delay_s, why=why)

    def _wait(self, now: float, after: str) -> None:
        limit = timers20.secc_sequence_timeout(after)
        in_loop = after in timers20.SECC_SEQUENCE_IN_LOOP
        seconds = self.policy.loop_sequence_timeout_s if in_loop else self.policy.sequence_timeout_s
        self._timer = None if seconds is None else Timer(limit.name, now + seconds, seconds, limit.requirement)

    # What the station wants

    def stop(self, now: float) -> None:
        """Ask the car to end the session: EVSENotification Terminate from the next charge loop response on."""
        self.notify("Terminate", now)

    def notify(self, kind: Notification, now: float) -> None:
        """Put *kind* as EVSENotification into the charge loop responses until the car obeys."""
        self.notification = kind

    # What arrives

    def receive(self, request: Message, now: float) -> Reply:
        """Take one request and return what to do next. The sequence timer restarts with the response."""
        if self.ended:
            return Reply(close=True, why=f"{request.name} after the end of the session")
        if request.name not in REQUESTS:
            return self._broken(f"{request.name} is no ISO 15118-20 request of this station", now)
        if request.name in self.policy.silent_on:
            return Reply(why=f"policy: {request.name} is never answered")
        self._timer = None
        refusal = self._refusal(request)
        if refusal:
            return self._answer(request, *refusal, now)
        if request.name in self.policy.answers_with:
            other = self.policy.answers_with[request.name]
            body = {"ResponseCode": "OK", **filler(other)}
            return self._reply(request, message(other, self._header(request), body), now, "policy: another response")
        self._count_loop(request, now)
        body = self._body(request, now)
        late = failed_check(request.name, self._facts(request, body), after=True)
        if late:
            return self._answer(request, late.code, late.why, now)
        code = str(body.get("ResponseCode", "OK"))
        if is_failed(body) and code not in self.policy.unchecked:
            return self._answer(request, code, str(body.get("why", "the power path failed")), now)
        body = {"ResponseCode": "OK" if is_failed(body) else code, **_without(body, "ResponseCode", "why")}
        return self._granted(request, body, now)

    def receive_fault(self, kind: FaultKind, now: float) -> Reply:
        """Take something that is no message: *exi* = an undecodable payload, else the broken field of the header."""
        if self.ended:
            return Reply(close=True, why=f"{kind} fault after the end of the session")
        if kind != "exi":
            if self.policy.header_fault == "ignore":
                return Reply(why=f"V2GTP {kind} fault ignored [V2G2-800]")
            self._end()
            return Reply(close=True, close_after=self.policy.close_delay_s, why=f"V2GTP {kind} fault")
        return self._broken("the payload could not be decoded", now)

    def _broken(self, why: str, now: float) -> Reply:
        if self.policy.undecodable == "ignore":
            return Reply(why=why)
        if self.policy.undecodable == "answer":
            expected = sequence20.allowed(self.state, self.mode)[0]
            stand_in = Message(REQUESTS[expected], expected, {"Header": {"SessionID": self.session_id}})
            body = {"ResponseCode": "OK", **filler(response_name(expected))}
            return self._reply(stand_in, message(response_name(expected), self._header(stand_in), body), now, why)
        self._end()
        return Reply(close=True, close_after=self.policy.close_delay_s, why=why)

    # Checks

    def _refusal(self, request: Message) -> tuple[str, str] | None:
        """Return the response code and the reason if the request cannot be granted, in the order of the duties."""
        policy = self.policy
        fits = sequence20.request_fits(self.state, self.mode, request.name, request.tree)
        if policy.checks_sequence and not fits:
            allowed = " or ".join(sequence20.allowed(self.state, self.mode))
            return "FAILED_SequenceError", f"{request.name} in state {self.state}; allowed: {allowed}"
        theirs = request.tree.get("Header", {}).get("SessionID")
        if policy.checks_session_id and request.name != "SessionSetupReq" and theirs != self.session_id:
            return "FAILED_UnknownSession", f"SessionID {theirs} instead of {self.session_id}"
        forced = policy.forced_codes.get(request.name, "OK")
        if not forced.startswith("OK"):
            return forced, "policy: forced response code"
        early = failed_check(request.name, self._facts(request, {}), after=False)
        if early:
            return early.code, early.why
        if request.name == "AuthorizationReq" and policy.rejects_authorization not in (0, self._refused):
            self._refused += 1
            contract = request.tree.get("SelectedAuthorizationService") == "PnC"
            code = "WARNING_GeneralPnCAuthorizationError" if contract else "WARNING_EIMAuthorizationFailure"
            return code, "policy: authorization refused [V2G20-2219]"
        return None

    def _facts(self, request: Message, response: Mapping[str, Any]) -> Facts:
        return Facts(request.tree, response, self.memory, self.policy, self.state, self._notified)

    def _count_loop(self, request: Message, now: float) -> None:
        if request.name not in _NOTIFYING:
            return
        self._loops += 1
        kind = self.policy.notifies.get(self._loops)
        if self.state == "Standby":
            self._loops_in_standby += 1
            kind = self.policy.notifies_in_standby.get(self._loops_in_standby, kind)
        if kind:
            self.notify(kind, now)

    # Responses

    def _body(self, request: Message, now: float) -> dict[str, Any]:
        if request.name == "SessionSetupReq":
            code = self._open_session(request)
            return {**self._respond(request, self, now), "ResponseCode": code}
        if self.policy.ignores_ev_stop and request.tree.get("ChargeProgress") == "Stop":
            return {}
        body = self._respond(request, self, now)
        count = self._busy.get(request.name, 0)
        limit = self.policy.ongoing.get(request.name, 0)
        # What is refused is refused at once: a WARNING comes with Finished [V2G20-2219].
        if request.name in _BUSY_FIELDS and count != limit and not is_warning(body):
            self._busy[request.name] = count + 1
            wanted = _BUSY_FIELDS[request.name]
            body[wanted] = self.policy.ongoing_value if wanted == "EVSEProcessing" else rational(0)
        return body

    def _open_session(self, request: Message) -> str:
        theirs = str(request.tree.get("Header", {}).get("SessionID", NO_SESSION))
        old = self.find_paused(theirs) if self.policy.resumes_sessions else None
        if old and old.mode == self.mode:
            self.session_id, self.memory = old.session_id, old.memory
            return "OK_OldSessionJoined"
        if self.policy.joins_any_session and theirs != NO_SESSION:
            self.session_id = theirs
            return "OK_OldSessionJoined"
        match self.policy.session_id:
            case "zero":
                self.session_id = NO_SESSION
            case "fixed":
                self.session_id = "0102030405060708"
            case "short":
                self.session_id = self.random_bytes(4).hex().upper()
            case "echo":
                self.session_id = theirs
            case "random":
                self.session_id = self.random_bytes(8).hex().upper()
                while self.session_id == NO_SESSION:  # [V2G20-2106]
                    self.session_id = self.random_bytes(8).hex().upper()
        return "OK_NewSessionEstablished"

    def _granted(self, request: Message, body: dict[str, Any], now: float) -> Reply:
        body["ResponseCode"] = self.policy.forced_codes.get(request.name, body["ResponseCode"])
        if request.name in _NOTIFYING and self.notification:
            body = {"ResponseCode": body["ResponseCode"], "EVSEStatus": self._status(), **body}
            self._notified = self.notification
        self._settle(request)
        response = message(response_name(request.name), self._header(request), body)
        return self._reply(request, response, now, "")

    def _status(self) -> dict[str, Any]:
        given = self.policy.notification_max_delay_s
        delay = given if given is not None else 60 if self.control_mode == "Dynamic" else 0
        return {"NotificationMaxDelay": delay, "EVSENotification": self.notification}

    def _settle(self, request: Message) -> None:
        if self.notification:
            name, wanted, values = _SETTLED_BY[self.notification]
            obeyed = request.name == name and (not wanted or request.tree.get(wanted) in values)
            if obeyed and not self.policy.keeps_notifying:
                self.notification, self._notified = None, ""

    def _answer(self, request: Message, code: str, why: str, now: float) -> Reply:
        self._settle(request)
        response = failed_response(request.name, self._header(request), code)
        return self._reply(request, response, now, f"{code}: {why}")

    def _reply(self, request: Message, response: Message, now: float, why: str) -> Reply:
        delay = by_request(self.policy.response_delay_s, request.name, 0.0)
        if is_failed(response.tree) and self.policy.closes_after_failed:
            self._end()
            return Reply(response, close=True, close_after=self.policy.close_delay_s, why=why, delay=delay)
        if not is_failed(response.tree):
            self.memory.keep(request.name, request.tree, response.tree)
            self.state = self._next_state(request, response)
            if (
                response.tree.get("ResponseCode") == "OK_OldSessionJoined"
                and self.policy.resumes_with == "authorization"
            ):
                self.state = "AuthorizationSetup"
        if self.ended:
            return self._stopped(request, response, why, delay)
        self._wait(now + delay, response.name)
        return Reply(response, why=why, delay=delay)

    def _next_state(self, request: Message, response: Message) -> str:
        """Return the next state; a request that is out of sequence counts in the first state that it fits."""
        for state in (self.state, *sequence20.STATES[self.mode]):
            try:
                return sequence20.advance(state, self.mode, request.name, request.tree, response.tree)
            except sequence20.SequenceError:
                if self.policy.checks_sequence:
                    break
        return self.state

    def _stopped(self, request: Message, response: Message, why: str, delay: float) -> Reply:
        self._timer = None
        self.stopped_by_ev = True
        if self.state == "Paused":
            self.paused = PausedSession(self.session_id, self.mode, self.memory)
        kind = request.tree.get("ChargingSession", "Terminate")
        why = why or f"SessionStop {kind}"
        close = self.policy.closes_after_stop
        return Reply(response, close=close, close_after=self.policy.stop_close_delay_s, why=why, delay=delay)

    def _header(self, request: Message) -> dict[str, Any]:
        theirs = request.tree.get("Header", {}).get("SessionID", NO_SESSION)
        how = "own" if request.name == "SessionSetupReq" else self.policy.response_session_id
        ids = {"own": self.session_id, "echo": theirs, "zero": NO_SESSION}
        session_id = ids[how] if how in ids else self.random_bytes(8).hex().upper()
        return {"SessionID": session_id, "TimeStamp": self._clock.stamp()}

    def _end(self) -> None:
        self.state = "Ended"
        self._timer = None


def _without(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}
