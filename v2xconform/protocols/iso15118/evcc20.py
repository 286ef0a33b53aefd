"""The car's side of an ISO 15118-20 session, without I/O: which request is due, what a response means, when to give up.

Loop: while `EvccSession20.due` names a request, wait until `not_before`, build it with `next_request`, send it, say
`sent`; feed what arrives to `receive` or `receive_fault`, the end of the connection to `closed`; call `fire` when the
timer of `timer()` has run out. `ended` says how it came to an end. What the requests say comes from the *ask*
callback (a vehicle and its contents). All misbehaviour is in the policy.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, Protocol

from v2xconform.protocols.iso15118 import choices20, sequence20, timers20
from v2xconform.protocols.iso15118.choices20 import AuthorizationChoice, EvccWishes
from v2xconform.protocols.iso15118.messages20 import (
    NO_SESSION,
    filler,
    is_failed,
    is_warning,
    message,
    response_name,
)
from v2xconform.protocols.iso15118.policy20 import PACE, EvccPolicy, by_request
from v2xconform.protocols.iso15118.session20 import (
    Ended,
    FaultKind,
    HeaderClock,
    Memory,
    PausedSession,
    Timer,
)
from v2xconform.protocols.message import Message

StopKind = Literal["Terminate", "Pause", "ServiceRenegotiation"]
Progress = Literal["Start", "Stop", "Standby", "ScheduleRenegotiation"]

_ENERGIZED: Final = (
    "AC_ChargeLoop", "DC_ChargeLoop", "Standby", "ScheduleRenegotiation", "DC_PreChargeOngoing",
)  # fmt: skip
"""States in which power has to be stopped with PowerDeliveryReq before SessionStopReq."""

_LOOPS: Final = ("AC_ChargeLoop", "DC_ChargeLoop")


TakeContract = Callable[[Mapping[str, Any]], str]


class Ask(Protocol):
    """What fills the requests: called once per request, returns the body without its Header."""

    def __call__(self, request_name: str, session: "EvccSession20", now: float) -> dict[str, Any]: ...


class EvccSession20:
    """One session of a car. Make one per connection, after SupportedAppProtocol has settled AC or DC."""

    def __init__(
        self,
        ask: Ask,
        policy: EvccPolicy | None = None,
        wishes: EvccWishes | None = None,
        *,
        mode: sequence20.Mode,
        utc: Callable[[], float],
        random_bytes: Callable[[int], bytes],
        resumes: PausedSession | None = None,
        take_contract: TakeContract | None = None,
    ) -> None:
        """Prepare the session; call `start` when the connection is up.

        *utc* gives seconds since 1970 for Header.TimeStamp. *resumes* is a paused session to join again. *take_contract*
        gets the tree of a CertificateInstallationRes, returns why the contract cannot be used (empty: it is installed).
        """
        self.policy = policy or EvccPolicy()
        self.wishes = wishes or EvccWishes()
        self.mode = mode
        self.state = sequence20.FIRST
        """The sequence state, named after the request that is due in the good case."""
        self.session_id = NO_SESSION
        self.last_session_id = NO_SESSION
        """SessionID of the session before, for a car that wrongly begins with it."""
        self.memory = Memory()
        self.ended: Ended | None = None
        self.paused: PausedSession | None = None
        """Set when the session was paused: hand it to the next session as *resumes*."""
        self.stopping: StopKind | None = None
        """What the session is being stopped for, once somebody wants it to stop."""
        self.resumed = False
        self.authorization = AuthorizationChoice(self.wishes, insists=self.policy.insists)
        self.notes: list[str] = []
        """Remarks for the trace: what it noticed and why it did what it did."""
        self._progress: Progress | None = None
        self._ask = ask
        self._random = random_bytes
        self.utc = utc
        self._clock = HeaderClock(self.policy.timestamps, utc)
        self._resumes: PausedSession | None = None
        if resumes is not None:
            self.join_again(resumes)
        self._no_new_schedule = False
        """The station has refused one: that it asks for one all the same would be obeyed for ever."""
        self._confirms_metering = False
        self._pending: Message | None = None
        self._last: str = ""
        self._ready_at = 0.0
        self._again: dict[str, int] = {}
        self._replaced: set[str] = set()
        self._take_contract = take_contract
        self._after_stop = list(self.policy.sends_after_stop)
        self._message_timer: Timer | None = None
        self._ongoing_timer: Timer | None = None
        self._ongoing_for = ""
        self._setup_timer: Timer | None = None
        self._marked = False

    # What the car wants

    def start(self, now: float) -> None:
        """Begin: the communication setup timer runs until SessionSetupRes."""
        self._ready_at = now
        self._skip()
        if not self.policy.ignores_setup_timeout:
            limit = timers20.COMMUNICATION_SETUP
            self._setup_timer = Timer(limit.name, now + limit.seconds, limit.seconds, limit.requirement)

    def join_again(self, paused: PausedSession) -> None:
        """Begin with the SessionID of a paused session; call it before the first request. Another mode is no way back."""
        self._resumes = paused if paused.mode == self.mode else None

    def stop(self, now: float, kind: StopKind = "Terminate") -> None:
        """End the session in an orderly way: the next requests lead to SessionStopReq with *kind*.

        Services that the station does not renegotiate are left as they are: the session goes on.
        """
        discovery = self.memory.responses.get("ServiceDiscoveryRes", {})
        supported = (
            discovery.get("ServiceRenegotiationSupported", False) or self.policy.renegotiates_what_is_not_offered
        )
        if kind == "ServiceRenegotiation" and not supported:
            self.notes.append("services cannot be renegotiated here")
            return
        self.stopping = self.stopping or kind
        self._skip()

    def standby(self, now: float) -> None:
        """Ask for standby with the next request of the charge loop."""
        self._progress = "Standby"

    def renegotiate_schedule(self, now: float) -> None:
        """Ask for a new schedule with the next request of the charge loop."""
        self._progress = "ScheduleRenegotiation"

    def confirm_metering(self, now: float) -> None:
        """Send MeteringConfirmationReq as the next request of the charge loop [V2G20-1083]."""
        self._confirms_metering = True

    def resume_charging(self, now: float) -> None:
        """Leave standby with the next request."""
        self._progress = "Start"

    @property
    def service(self) -> str:
        """The selected energy service (AC, DC, AC_BPT, DC_BPT) or "" before it is known."""
        return self.memory.service

    @property
    def control_mode(self) -> str:
        """Scheduled or Dynamic, by the selected parameter set."""
        return self.memory.control_mode

    @property
    def charge_progress(self) -> Progress:
        """ChargeProgress of the PowerDeliveryReq that is due."""
        return "Stop" if self.stopping else self._progress or "Start"

    @property
    def charging_session(self) -> StopKind:
        """ChargingSession of the SessionStopReq that is due."""
        return self.stopping or "Terminate"

    # The next request

    @property
    def due(self) -> str | None:
        """The request to send next, or None while a response is awaited and after the end."""
        if self._pending:
            return None
        if self.ended:
            return self._after_stop[0] if self.ended.orderly and self._after_stop else None
        name = self._due()
        return None if name == self.policy.silent_before else name

    def _skip(self) -> None:
        """Pass over the requests that the policy leaves out, as if they had been answered well."""
        while not self.ended and (name := self._due()) in self.policy.skips:
            step = sequence20.happy_step(self.state, self.mode, name)
            if step is None or step.next == self.state:
                return
            if sequence20.is_final(step.next):
                self._end(f"policy: {name} left out")
                return
            self.state = step.next

    def _due(self) -> str:
        state = self.state
        if self.stopping:
            stop = self._stop_request()
            if stop:
                return stop
        if state in _LOOPS and self._confirms_metering:
            return "MeteringConfirmationReq"
        if state in _LOOPS and self._progress:
            return "PowerDeliveryReq"
        if state == "Standby" and self._progress == "Start":
            return "PowerDeliveryReq"
        if state == "Authorization" and self.authorization.wants_installation(self.memory):
            return "CertificateInstallationReq"
        if state == "ServiceSelection":
            return "ServiceDetailReq" if self.wanted_details else "ServiceSelectionReq"
        return sequence20.allowed(state, self.mode)[0]

    def _stop_request(self) -> str | None:
        if self.state in _ENERGIZED or (self.state == "PowerDelivery" and self.mode == "DC"):
            return self.policy.stops_with
        if self.state == "DC_WeldingDetection" and self.policy.welding_detection:
            asked = self.memory.counts.get("DC_WeldingDetectionReq", 0)
            return "DC_WeldingDetectionReq" if asked < self.policy.welding_detection_limit else "SessionStopReq"
        return "SessionStopReq" if "SessionStopReq" in sequence20.allowed(self.state, self.mode) else None

    @property
    def authorization_service(self) -> str:
        """PnC or EIM: the one to ask for; "" where none is possible."""
        return self.authorization.service(self.memory)

    @property
    def wanted_details(self) -> list[int]:
        """The ServiceIDs whose parameter sets are still to be asked for."""
        return choices20.wanted_details(self.wishes, self.memory)

    @property
    def selection(self) -> tuple[int, int] | None:
        """The ServiceID and ParameterSetID to select."""
        return choices20.selection(self.wishes, self.memory)

    @property
    def not_before(self) -> float:
        """The time before which the request that is due should not be sent: the car's pace."""
        name = self.due or ""
        # A station that asks for ever for what it was given must not make the car run faster than its loop.
        in_loop = name.endswith("_ChargeLoopReq") and f"{name[:-3]}Res" in self.memory.responses
        repeated = name == self._last or in_loop
        again = by_request(self.policy.pace_s, name, PACE.get(name, 0.0)) if repeated else 0.0
        return self._ready_at + again + by_request(self.policy.hesitates_s, name, 0.0)

    def next_request(self, now: float) -> Message:
        """Build the request that is due. Send it, then call `sent`. Raises RuntimeError when none is due."""
        name = self.due
        if name is None:
            raise RuntimeError("no request is due: a response is awaited, or the session has ended")
        if self.ended:
            self._after_stop.pop(0)
        elif name in self.policy.instead and name not in self._replaced:
            self._replaced.add(name)
            name = self.policy.instead[name]
        return message(name, self._header(name), self._ask(name, self, now))

    def sent(self, request: Message, now: float) -> None:
        """Note that *request* is on its way: the message timer and, at its first time, the ongoing timer start."""
        self._pending = request
        name = request.name
        if self.ended:
            return
        if not self.policy.ignores_message_timeout:
            limit = timers20.EVCC_MESSAGE_TIMEOUT[name]
            usual = limit.seconds * self.policy.message_timeout_factor
            seconds = by_request(self.policy.message_timeout_s, name, usual)
            self._message_timer = Timer(limit.name, now + seconds, seconds, limit.requirement)
        if name != self._ongoing_for:
            self._ongoing_for, self._ongoing_timer = name, None
            ongoing = timers20.evcc_ongoing_timeout(name)
            if ongoing and not self.policy.ignores_ongoing_timeout:
                seconds = self.policy.ongoing_timeout_s.get(name, ongoing.seconds)
                self._ongoing_timer = Timer(ongoing.name, now + seconds, seconds, ongoing.requirement)

    def _header(self, name: str) -> dict[str, Any]:
        if name == "SessionSetupReq":
            session_id = self._resumed_id(self._resumes) if self._resumes else self._setup_session_id()
            return {"SessionID": session_id, "TimeStamp": self._clock.stamp()}
        self._marked = self._marked or self.policy.session_id_from in ("", name)
        how = self.policy.session_id if self._marked else "own"
        fixed = {"own": self.session_id, "zero": NO_SESSION}
        session_id = self._random(8).hex().upper() if how == "random" else fixed.get(how, how.upper())
        return {"SessionID": session_id, "TimeStamp": self._clock.stamp()}

    def _resumed_id(self, paused: PausedSession) -> str:
        how = self.policy.comes_back_with
        return {"paused": paused.session_id, "zero": NO_SESSION}.get(how) or self._random(8).hex().upper()

    def _setup_session_id(self) -> str:
        how = self.policy.setup_session_id
        return {"zero": NO_SESSION, "last": self.last_session_id}.get(how, how.upper())

    # Responses

    def receive(self, response: Message, now: float) -> Ended | None:
        """Take a response. Returns `ended`: None while the session goes on."""
        request, self._pending = self._pending, None
        self._message_timer = None
        self._ready_at = now
        if self.ended:
            return self.ended
        if request is None:
            return self._end(f"{response.name} without a request")
        self._last = request.name
        wanted = response_name(request.name)
        if response.name != wanted and self.policy.checks_response_type:
            return self._end(f"{response.name} instead of {wanted}")
        tree = response.tree
        theirs = str(tree.get("Header", {}).get("SessionID", ""))
        if request.name == "SessionSetupReq":
            if theirs == NO_SESSION and self.policy.checks_session_id:
                return self._end("SessionSetupRes with SessionID 0 [V2G20-2106]")
            self.session_id = theirs
        elif theirs != self.session_id and self.policy.checks_session_id:
            return self._end(f"{response.name} with SessionID {theirs} instead of {self.session_id}")
        if is_failed(tree):
            if not self.policy.ignores_failed:
                return self._end(f"{response.name} with {tree.get('ResponseCode')}")
            tree = {**tree, "ResponseCode": "OK"}
        self.memory.keep(request.name, request.tree, tree)
        self._advance(request, tree, now)
        self._skip()
        return self.ended

    def _advance(self, request: Message, tree: Mapping[str, Any], now: float) -> None:
        if self._repeats(request.name):
            return
        try:
            following = sequence20.advance(self.state, self.mode, request.name, request.tree, tree)
        except sequence20.SequenceError as error:
            self.notes.append(str(error))
            if not self.policy.instead and self.policy.checks_response_type:
                self._end(f"{response_name(request.name)} does not lead on: {error}")
            return
        before, self.state = self.state, following
        if following != before and following != "DC_PreChargeOngoing":
            self._ongoing_timer, self._ongoing_for = None, ""
        handler = _AFTER.get(request.name)
        if handler:
            handler(self, request, tree, now)
        if sequence20.is_final(following) and not self.ended:
            self._stopped(request)

    def _repeats(self, name: str) -> bool:
        done = self._again.get(name, 0)
        if done < self.policy.repeats.get(name, 0):
            self._again[name] = done + 1
            return True
        return False

    def receive_fault(self, kind: FaultKind, now: float) -> Ended | None:
        """Take something that is no message. A broken header is ignored [V2G2-800]; an undecodable payload ends it."""
        if kind == "exi" and self.policy.guesses_undecodable and self._pending and not self.ended:
            wanted = response_name(self._pending.name)
            guess = {"ResponseCode": "OK", **filler(wanted)}
            return self.receive(message(wanted, {"SessionID": self.session_id}, guess), now)
        if kind != "exi" or self.policy.ignores_undecodable or self.ended:
            self.notes.append(f"{kind} fault ignored")
            return self.ended
        return self._end("a payload that could not be decoded")

    def closed(self, now: float) -> Ended:
        """Note that the station has closed the connection, and return the end."""
        return self.ended or self._end(f"the station closed the connection in state {self.state}")

    # Time

    def timer(self) -> Timer | None:
        """Return the timer that expires first, or None. Call `fire` when it is due."""
        running = [one for one in (self._message_timer, self._ongoing_timer, self._setup_timer) if one]
        return min(running, key=lambda one: one.at, default=None)

    def fire(self, now: float) -> Ended | None:
        """End the session because a timer ran out. Too early a call does nothing."""
        timer = self.timer()
        if timer is None or now < timer.at:
            return self.ended
        return self._end(f"{timer.name} ({timer.seconds:g} s) expired in state {self.state}")

    # Ends

    def _end(self, reason: str, *, orderly: bool = False) -> Ended:
        if not sequence20.is_final(self.state):
            self.state = "Ended"
        self._message_timer = self._ongoing_timer = self._setup_timer = None
        self._pending = None
        self.ended = Ended(reason, orderly, self.policy.closes_tcp, self.policy.close_delay_s)
        return self.ended

    def _stopped(self, request: Message) -> None:
        if self.state == "Paused":
            self.paused = PausedSession(self.session_id, self.mode, self.memory)
        self._end(f"SessionStop {request.tree.get('ChargingSession', 'Terminate')}", orderly=True)

    def _after_session_setup(self, request: Message, tree: Mapping[str, Any], now: float) -> None:
        self._setup_timer = None
        paused, policy = self._resumes, self.policy
        if tree.get("ResponseCode") != "OK_OldSessionJoined":
            if policy.resumes_unasked and paused is not None:
                self.memory, self.state = paused.memory, f"{self.mode}_ChargeParameterDiscovery"
            return  # [V2G20-2613]: what was kept of the old session is forgotten
        if policy.resumes_with == "authorization":
            self.state = "AuthorizationSetup"
        if paused is None or self.session_id != paused.session_id:
            if policy.checks_resumption:
                self._end("OK_OldSessionJoined for a session that was never paused [V2G20-2539]")
            return
        self.memory, self.resumed = paused.memory, True

    def _after_authorization(self, request: Message, tree: Mapping[str, Any], now: float) -> None:
        if is_warning(tree):
            self.authorization.refuse(str(request.tree.get("SelectedAuthorizationService")))
            self.notes.append(f"authorization refused: {tree.get('ResponseCode')}")
            if self.authorization.refusals > self.policy.authorization_retries:
                self.stop(now)

    def _after_authorization_setup(self, request: Message, tree: Mapping[str, Any], now: float) -> None:
        self._stop_without_authorization(now)

    def _stop_without_authorization(self, now: float) -> None:
        if not self.authorization_service and not self.authorization.wants_installation(self.memory):
            self.notes.append("no authorization service of the station can be used")
            self.stop(now)

    def _after_certificate_installation(self, request: Message, tree: Mapping[str, Any], now: float) -> None:
        if tree.get("EVSEProcessing") != "Finished":
            return
        self.authorization.installation_over = True
        problem = str(tree.get("ResponseCode")) if is_warning(tree) else ""
        if not problem and self._take_contract is not None:
            problem = self._take_contract(tree)
            self.authorization.has_contract |= not problem
        if problem:
            self.notes.append(f"no contract was installed: {problem}")
        self._stop_without_authorization(now)

    def _after_service_discovery(self, request: Message, tree: Mapping[str, Any], now: float) -> None:
        if not choices20.usable_services(self.wishes, self.memory):
            self.notes.append("no energy service of the station can be used")
            self.stop(now)

    def _after_service_detail(self, request: Message, tree: Mapping[str, Any], now: float) -> None:
        if tree.get("ServiceID") != request.tree.get("ServiceID"):
            self.notes.append(f"details of service {tree.get('ServiceID')} instead of {request.tree.get('ServiceID')}")
            self.stop(now)
        elif not self.wanted_details and self.selection is None:
            self.notes.append("no parameter set of the station can be used")
            self.stop(now)

    def _after_schedule_exchange(self, request: Message, tree: Mapping[str, Any], now: float) -> None:
        if tree.get("GoToPause") and not self.policy.ignores_go_to_pause:
            self.stop(now, "Pause")

    def _after_power_delivery(self, request: Message, tree: Mapping[str, Any], now: float) -> None:
        wanted, self._progress = self._progress, None
        if wanted == "ScheduleRenegotiation":
            self._no_new_schedule = is_warning(tree)
        if is_warning(tree) and self.policy.takes_warnings_for_grants and wanted in _ENERGIZED:
            self.state = wanted
        self._obey(tree, now)

    def _after_charge_loop(self, request: Message, tree: Mapping[str, Any], now: float) -> None:
        self._obey(tree, now)

    def _after_metering_confirmation(self, request: Message, tree: Mapping[str, Any], now: float) -> None:
        self._confirms_metering = False

    def _after_session_stop(self, request: Message, tree: Mapping[str, Any], now: float) -> None:
        if request.tree.get("ChargingSession") == "ServiceRenegotiation":
            self.stopping = None
            self.memory.parameter_sets.clear()
            if self.policy.authorizes_again:
                self.state = "AuthorizationSetup"

    def _obey(self, tree: Mapping[str, Any], now: float) -> None:
        """Do what EVSEStatus.EVSENotification asks for."""
        kind = tree.get("EVSEStatus", {}).get("EVSENotification")
        if kind is None or self.policy.ignores_evse_stop or kind in self.policy.ignores_notifications:
            return
        self.notes.append(f"EVSENotification {kind}")
        match kind:
            case "Terminate" | "Pause" | "ServiceRenegotiation":
                self.stop(now, kind)
            case "ScheduleRenegotiation" if not self._no_new_schedule:
                self.renegotiate_schedule(now)
            case "ExitStandby" if self.state == "Standby":
                self.resume_charging(now)
            case "MeteringConfirmation" if "MeterInfo" in tree:
                self.confirm_metering(now)


_After = Callable[[EvccSession20, Message, Mapping[str, Any], float], None]
_AFTER: Final[dict[str, _After]] = {
    "SessionSetupReq": EvccSession20._after_session_setup,
    "AuthorizationSetupReq": EvccSession20._after_authorization_setup,
    "AuthorizationReq": EvccSession20._after_authorization,
    "CertificateInstallationReq": EvccSession20._after_certificate_installation,
    "ServiceDiscoveryReq": EvccSession20._after_service_discovery,
    "ServiceDetailReq": EvccSession20._after_service_detail,
    "ScheduleExchangeReq": EvccSession20._after_schedule_exchange,
    "PowerDeliveryReq": EvccSession20._after_power_delivery,
    "AC_ChargeLoopReq": EvccSession20._after_charge_loop,
    "DC_ChargeLoopReq": EvccSession20._after_charge_loop,
    "MeteringConfirmationReq": EvccSession20._after_metering_confirmation,
    "SessionStopReq": EvccSession20._after_session_stop,
}
"""Request -> what the car makes of its response, beyond the next state."""
