"""One end of an OCPP-J connection without I/O: what was called, what is outstanding, what waits (Part 4, chapter 4).

Give it what arrives with `receive`, take what it wants to send from `outgoing`, ask `timer` when to come back with `fire`.
Time is an argument, in seconds of any monotonic clock. The owner gets incoming calls as `Called` and answers them with
`answer` or `refuse`; what becomes of its own calls reaches the callbacks that it gave.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from v2xconform.protocols.ocpp import Version, frames, schemas
from v2xconform.protocols.ocpp.actions import ACTIONS, UNCONFIRMED, Side, known_actions, other
from v2xconform.protocols.ocpp.frames import Frame, Unreadable

Payload = dict[str, Any]
DEFAULT_TIMEOUT_S: Final = 30.0
"""How long a CALL stays outstanding; Part 4 4.1.1 leaves it to the implementation."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a CALL has no result."""

    kind: Literal["error", "timeout", "lost", "invalid"]
    """A CALLERROR, no answer in time, the connection gone, or an answer that breaks its schema."""
    code: str = ""
    description: str = ""
    details: Payload = field(default_factory=dict)


OnResult = Callable[[Payload, float], None]
OnFailure = Callable[[Failure, float], None]


def _ignore_result(payload: Payload, now: float) -> None:
    """Nobody waits for it."""


def _ignore_failure(failure: Failure, now: float) -> None:
    """Nobody waits for it."""


@dataclass(slots=True)
class Call:
    """A CALL of this end."""

    id: str
    action: str
    payload: Payload
    on_result: OnResult = _ignore_result
    on_failure: OnFailure = _ignore_failure
    deadline: float = 0.0


@dataclass(frozen=True, slots=True)
class Called:
    """A valid CALL of the other end: answer it with `RpcPeer.answer` or `RpcPeer.refuse`."""

    id: str
    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class Told:
    """A SEND of the other end (2.1): there is nothing to answer."""

    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class RpcPolicy:
    """Duties of this end that it can neglect; quirks override them."""

    checks_frames: bool = True
    """Answers a broken frame with CALLERROR; else it says nothing."""
    checks_schema: bool = True
    """Refuses a CALL whose payload breaks its schema."""
    checks_elements: bool = True
    """Refuses a CALL with an element too many, or with an id of more than 36 characters."""
    checks_results: bool = True
    """Does not believe an answer that breaks its schema, and says so in 2.1 (CALLRESULTERROR)."""
    one_at_a_time: bool = True
    """Keeps a CALL back while another one is outstanding (Part 4 4.1.1, FR.01)."""
    answers_unknown_types: bool = True
    """2.0.1: CALLERROR MessageTypeNotSupported; 2.1 ignores unknown types (Part 4 4.4)."""
    unknown_action: str = "NotImplemented"
    """Error code for an action that OCPP does not have; empty: it says nothing."""
    wrong_direction: str = "NotSupported"
    """Error code for an action that only this side itself may send."""
    frame_error: str = "RpcFrameworkError"
    """Error code for a frame that cannot be read."""
    answers_sends: bool = False
    """Answers a SEND although nothing ever answers one."""
    echoes_bad_id: bool = False
    """Answers with the unusable id of a broken frame instead of "-1"."""


@dataclass(slots=True)
class RpcPeer:
    """One end of one connection; make a new one for each."""

    version: Version
    side: Side
    """The side that this end plays."""
    new_id: Callable[[], str]
    """Makes message ids: unique for this sender over all its connections (Part 4 4.1.4)."""
    policy: RpcPolicy = field(default_factory=RpcPolicy)
    timeout_s: float = DEFAULT_TIMEOUT_S
    outgoing: deque[Frame] = field(default_factory=deque)
    """Frames to send, in order; the owner's link takes them."""
    outstanding: dict[str, Call] = field(default_factory=dict)
    """CALLs that were sent and not answered yet: one at most, unless the policy says otherwise."""
    waiting: deque[Call] = field(default_factory=deque)
    """CALLs that wait for their turn."""

    # ---- speaking

    def call(
        self,
        action: str,
        payload: Payload,
        now: float,
        on_result: OnResult = _ignore_result,
        on_failure: OnFailure = _ignore_failure,
        *,
        message_id: str = "",
        first: bool = False,
    ) -> Call:
        """Send a CALL as soon as nothing is outstanding; `first` lets it go before those that wait already."""
        made = Call(message_id or self.new_id(), action, payload, on_result, on_failure)
        (self.waiting.appendleft if first else self.waiting.append)(made)
        self._release(now)
        return made

    def tell(self, action: str, payload: Payload) -> None:
        """Send a SEND: at once, whatever is outstanding (2.1 Part 4 4.2.4)."""
        self.outgoing.append(frames.send(self.new_id(), action, payload))

    def answer(self, called: Called, payload: Payload) -> None:
        """Answer a CALL of the other end."""
        self.outgoing.append(frames.result(called.id, payload))

    def refuse(self, called: Called, code: str, description: str = "", details: Payload | None = None) -> None:
        """Answer a CALL of the other end with CALLERROR."""
        self.outgoing.append(frames.error(called.id, code, description, details))

    @property
    def idle(self) -> bool:
        """True while no CALL of this end is outstanding or waits."""
        return not self.outstanding and not self.waiting

    # ---- hearing

    def receive(self, heard: Frame | Unreadable, now: float) -> Called | Told | None:
        """Take what the other end said; return what the owner has to act on, if anything. Never raises."""
        if isinstance(heard, Unreadable):
            self._unreadable(heard)
            return None
        if heard.type == frames.CALL:
            return self._called(heard)
        if heard.type == frames.SEND:
            return self._told(heard)
        if heard.type != frames.CALLRESULTERROR:  # what came of our own answer is nobody's business here
            self._answered(heard, now)
        return None

    def _unreadable(self, heard: Unreadable) -> None:
        policy = self.policy
        if heard.fault.kind == "type-unknown":
            if policy.answers_unknown_types and self.version == "ocpp2.0.1":
                self.outgoing.append(frames.error(heard.id, "MessageTypeNotSupported", heard.fault.text))
        elif heard.type == frames.SEND or heard.type in (frames.CALLRESULT, frames.CALLERROR, frames.CALLRESULTERROR):
            return  # these are never answered with CALLERROR
        elif policy.checks_frames:
            self.outgoing.append(frames.error(heard.id, policy.frame_error, heard.fault.text))

    def _called(self, heard: Frame) -> Called | None:
        policy, version = self.policy, self.version
        fault = next((one for one in heard.faults if one.kind in ("elements", "id-length")), None)
        if fault is not None and policy.checks_elements:
            usable = heard.id if fault.kind == "elements" or policy.echoes_bad_id else heard.id[: frames.MAX_ID]
            self.outgoing.append(frames.error(usable, policy.frame_error, fault.text))
            return None
        called = Called(heard.id, heard.action, heard.payload)
        if heard.action not in known_actions(version):
            if policy.unknown_action:
                self.refuse(called, policy.unknown_action, f"{heard.action[:50]} is no action of {version}")
            return None
        if heard.action not in ACTIONS[version][other(self.side)]:
            if policy.wrong_direction:
                text = f"{heard.action} is not for a {self.side} to answer"
                self.refuse(called, policy.wrong_direction, text)
            return None
        broken = schemas.violations(version, f"{heard.action}Request", heard.payload) if policy.checks_schema else []
        if broken:
            self.refuse(called, broken[0].code, str(broken[0]))
            return None
        return called

    def _told(self, heard: Frame) -> Told | None:
        if self.policy.answers_sends:
            self.outgoing.append(frames.result(heard.id, {}))
        if heard.action not in UNCONFIRMED[self.version] or self.side != "csms":
            return None
        if self.policy.checks_schema and not schemas.is_valid(self.version, heard.action, heard.payload):
            return None
        return Told(heard.action, heard.payload)

    def _answered(self, heard: Frame, now: float) -> None:
        call = self.outstanding.pop(heard.id, None)
        if call is None:
            return  # too late, or never asked for
        if heard.type == frames.CALLERROR:
            call.on_failure(Failure("error", heard.code, heard.description, heard.details), now)
        else:
            broken = (
                schemas.violations(self.version, f"{call.action}Response", heard.payload)
                if self.policy.checks_results
                else []
            )
            if broken:
                if self.version == "ocpp2.1":  # [2.1 Part 2 FR.06]
                    bad = frames.error(heard.id, broken[0].code, str(broken[0]), kind=frames.CALLRESULTERROR)
                    self.outgoing.append(bad)
                call.on_failure(Failure("invalid", broken[0].code, str(broken[0])), now)
            else:
                call.on_result(heard.payload, now)
        self._release(now)

    # ---- time and ends

    def timer(self) -> float | None:
        """Return when `fire` has something to do, None for never."""
        return min((call.deadline for call in self.outstanding.values()), default=None)

    def fire(self, now: float) -> None:
        """Give up the CALLs whose time is over."""
        for call in [call for call in self.outstanding.values() if call.deadline <= now]:
            del self.outstanding[call.id]
            call.on_failure(Failure("timeout"), now)
        self._release(now)

    def lost(self, now: float) -> None:
        """The connection is gone: nothing that was or would have been called will be answered."""
        given_up = [*self.outstanding.values(), *self.waiting]
        self.outstanding.clear()
        self.waiting.clear()
        self.outgoing.clear()
        for call in given_up:
            call.on_failure(Failure("lost"), now)

    def _release(self, now: float) -> None:
        while self.waiting and (not self.outstanding or not self.policy.one_at_a_time):
            call = self.waiting.popleft()
            call.deadline = now + self.timeout_s
            self.outstanding[call.id] = call
            self.outgoing.append(frames.call(call.id, call.action, call.payload))
