"""One end of an OCPP-J connection without I/O: what was called, what is outstanding, what waits (Part 4, chapter 4).

Give it what arrives with `receive`, take what it wants to send from `outgoing`, ask `timer` when to come back with `fire`.
Time is an argument, in seconds of any monotonic clock. The owner gets incoming calls as `Called` and answers them with
`answer` or `refuse`; what becomes of its own calls reaches the callbacks that it gave.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from v2xconform.protocols.ocpp import Version, frames, schemas
from v2xconform.protocols.ocpp.actions import ACTIONS, UNCONFIRMED, Side, known_actions, other
from v2xconform.protocols.ocpp.frames import Frame, Unreadable
from v2xconform.protocols.ocpp.queue import Queue

Payload = dict[str, Any]
DEFAULT_TIMEOUT_S: Final = 30.0
"""How long a CALL stays outstanding; Part 4 4.1.1 leaves it to the implementation."""
_REMEMBERED: Final = 1000
_FRAME_CODES: Final = {"payload": "TypeConstraintViolation"}
"""Kind of fault that hides the meaning of a frame -> error code, where it is not RpcFrameworkError (Part 4 4.3)."""


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
    ready: float = 0.0
    """Not to be sent before."""


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


Reaction = Literal["refuse", "accept", "ignore", "close", "deaf"]
"""To something wrong: CALLERROR, as if it were right, not a word, hanging up, or never hearing anything again."""


@dataclass(frozen=True, slots=True)
class RpcPolicy:
    """Duties of this end that it can neglect; quirks override them."""

    reacts: dict[str, Reaction] = field(default_factory=dict)
    """Kind of fault -> reaction in place of the right one. Kinds are those of `frames.Fault`, and *schema*, *extra* (a field
    too many, and nothing else), *custom* (customData, which is no fault), *unknown-action*, *direction* (only this side
    itself may send it), *result* (one that breaks its schema), *unsolicited* (an answer that nobody waits for), *twice* (a
    CALL with a message id that was used before), *empty-id*, *first* (a CALL before BootNotification), and in 2.1 *send* and
    *result-error*; ``*`` stands for all that are faults."""
    codes: dict[str, str] = field(default_factory=dict)
    """Kind of fault -> error code in place of the fitting one."""
    checks_schema: bool = True
    """Refuses a CALL whose payload breaks its schema; else it answers as if nothing were wrong."""
    checks_results: bool = True
    """2.1: objects to an answer that breaks its schema with CALLRESULTERROR ([2.1 Part 2 FR.06])."""
    one_at_a_time: bool = True
    """Keeps a CALL back while another one is outstanding (Part 4 4.1.1, FR.01)."""
    answers_unknown_types: bool = True
    """2.0.1: CALLERROR MessageTypeNotSupported; 2.1 ignores unknown types (Part 4 4.4)."""
    refuses: tuple[str, ...] = ()
    """Actions that it refuses although they are its own."""
    answers_sends: bool = False
    """Answers a SEND although nothing ever answers one."""
    echoes_bad_id: bool = False
    """Answers with the unusable id of a broken frame instead of "-1"."""
    gives_up: bool = True
    """Gives up a CALL that is not answered in time; else nothing is called any more."""
    ids: Literal["", "short", "numbers", "long", "constant"] = ""
    """Style of its message ids: those it was given (UUIDs), 12 characters, numbers that begin at 1 with each connection,
    40 characters, always the same."""
    details: bool = False
    """Says in errorDetails where a payload is wrong."""
    answers_after_s: float = 0.0
    """So long its owner thinks about a CALL before it does and answers anything."""
    calls_after_s: float = 0.0
    """So long its own CALLs lie about before they are sent."""


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
    outgoing: Queue[Frame] = field(default_factory=Queue)
    """Frames to send, in order; the owner's link takes them."""
    outstanding: dict[str, Call] = field(default_factory=dict)
    """CALLs that were sent and not answered yet: one at most, unless the policy says otherwise."""
    waiting: Queue[Call] = field(default_factory=Queue)
    """CALLs that wait for their turn."""
    hang_up: str = ""
    """Why the owner has to close the connection, empty while it need not."""
    _deaf: bool = False
    _booted: bool = False
    _made: int = 0
    _heard: dict[str, None] = field(default_factory=dict)
    """Ids of the last CALLs of the other end, where a policy asks for them."""

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
        ready = now + self.policy.calls_after_s
        made = Call(message_id or self.make_id(), action, payload, on_result, on_failure, ready=ready)
        (self.waiting.appendleft if first else self.waiting.append)(made)
        self._release(now)
        return made

    def tell(self, action: str, payload: Payload) -> None:
        """Send a SEND: at once, whatever is outstanding (2.1 Part 4 4.2.4)."""
        self.outgoing.append(frames.send(self.make_id(), action, payload))

    def make_id(self) -> str:
        """Return an id for a message of this end, in the style of the policy."""
        style = self.policy.ids
        self._made += 1
        if style == "short":
            return self.new_id().replace("-", "")[:12]
        if style == "numbers":
            return str(self._made)
        if style == "long":
            return self.new_id().ljust(frames.MAX_ID + 4, "x")
        return "message" if style == "constant" else self.new_id()

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

    def waits(self, action: str) -> bool:
        """Tell whether a CALL of an action is outstanding or waits for its turn."""
        return any(call.action == action for call in (*self.outstanding.values(), *self.waiting))

    # ---- hearing

    def receive(self, heard: Frame | Unreadable, now: float) -> Called | Told | None:
        """Take what the other end said; return what the owner has to act on, if anything. Never raises."""
        if self._deaf:
            return None
        if isinstance(heard, Unreadable):
            self._unreadable(heard, now)
            return None
        if heard.type == frames.CALL:
            return self._called(heard)
        if heard.type == frames.SEND:
            return self._told(heard)
        if heard.type != frames.CALLRESULTERROR:
            self._answered(heard, now)
        elif self._reaction("result-error", "ignore") == "refuse":  # what came of our own answer is nobody's business
            self._error("result-error", "ProtocolError", heard.id, "nobody had asked for this")
        return None

    def _reaction(self, kind: str, right: Reaction = "refuse") -> Reaction:
        """Return how to react to a fault; hanging up and going deaf are done here already."""
        reacts = self.policy.reacts
        chosen = reacts.get(kind) or reacts.get("*") or right if reacts else right
        if chosen == "close":
            self.hang_up = f"nobody may send that: {kind}"
        elif chosen == "deaf":
            self._deaf = True
        return chosen

    def _error(self, kind: str, code: str, message_id: str, text: str, details: Payload | None = None) -> None:
        code = self.policy.codes.get(kind, code)
        self.outgoing.append(frames.error(message_id, code, text, details))

    def _unreadable(self, heard: Unreadable, now: float) -> None:
        kind = heard.fault.kind
        if kind == "type-unknown":
            answers = self.policy.answers_unknown_types and self.version == "ocpp2.0.1"
            reaction = self._reaction(kind, "refuse" if answers else "ignore")
            code = "MessageTypeNotSupported"
        else:
            # An answer or a SEND is never answered with CALLERROR, however broken it is.
            right: Reaction = "refuse" if heard.type in (None, frames.CALL) else "ignore"
            reaction, code = self._reaction(kind, right), _FRAME_CODES.get(kind, "RpcFrameworkError")
        raw_id = heard.raw_id if self.policy.echoes_bad_id and heard.raw_id is not None else heard.id
        if reaction == "refuse":
            self._error(kind, code, raw_id, heard.fault.text)
        elif reaction == "accept":
            self._accept(heard.raw_id if heard.raw_id is not None else heard.id, heard.action)
        elif heard.type in (frames.CALLRESULT, frames.CALLERROR) and heard.id in self.outstanding and not self._deaf:
            self._disbelieve(self.outstanding.pop(heard.id), heard.type, code, heard.fault.text, now)
            self._release(now)

    def _disbelieve(self, call: Call, answer: int, code: str, text: str, now: float) -> None:
        """Take an answer for none; 2.1 objects to a result ([2.1 Part 2 FR.06])."""
        if self.policy.checks_results and answer == frames.CALLRESULT and self.version == "ocpp2.1":
            self.outgoing.append(frames.error(call.id, code, text, kind=frames.CALLRESULTERROR))
        call.on_failure(Failure("invalid", code, text), now)

    def _accept(self, message_id: str, action: str) -> None:
        """Answer as if a broken CALL were right."""
        name = f"{action}Response"
        known = name in schemas.names(self.version)
        self.outgoing.append(frames.result(message_id, schemas.minimal(self.version, name) if known else {}))

    def _called(self, heard: Frame) -> Called | None:
        policy, version, action = self.policy, self.version, heard.action
        if heard.faults and not self._tolerated(heard):
            return None
        if policy.reacts and not self._peculiar(heard):
            return None
        called = Called(heard.id, action, heard.payload)
        if action not in known_actions(version):
            self._wrong(called, "unknown-action", "NotImplemented", f"{action[:50]} is no action of {version}")
            return None
        if action not in ACTIONS[version][other(self.side)]:
            text = f"{action} is not for a {self.side} to answer"
            self._wrong(called, "direction", "NotSupported", text)
            return None
        if action in policy.refuses:
            self.refuse(called, "InternalError", "not today")
            return None
        name = f"{action}Request"
        if not schemas.is_valid(version, name, heard.payload):
            broken = schemas.violations(version, name, heard.payload)
            details = {"violations": [str(one) for one in broken[:5]]} if policy.details else None
            right: Reaction = "refuse" if policy.checks_schema else "accept"
            extra = "extra" in policy.reacts and all(one.code == "FormatViolation" for one in broken)
            if extra and policy.reacts["extra"] == "accept":
                return called
            self._wrong(called, "extra" if extra else "schema", broken[0].code, str(broken[0]), details, right)
            return None
        return called

    def _tolerated(self, heard: Frame) -> bool:
        """Tell whether a CALL is taken in spite of its faults; react to those of them that are not tolerated."""
        for fault in heard.faults:
            # null is mentioned as a notation for no payload (Part 4 4.1.5), so it is taken for one.
            reaction = self._reaction(fault.kind, "accept" if fault.kind == "payload-null" else "refuse")
            if reaction == "refuse":
                echoes = fault.kind != "id-length" or self.policy.echoes_bad_id
                self._error(fault.kind, "RpcFrameworkError", heard.id if echoes else frames.NO_ID, fault.text)
            if reaction != "accept":
                return False
        return True

    def _peculiar(self, heard: Frame) -> bool:
        """Tell whether a CALL is taken by a policy that minds what is no fault."""
        reacts, seen = self.policy.reacts, heard.id in self._heard
        self._heard[heard.id] = None
        if len(self._heard) > _REMEMBERED:
            del self._heard[next(iter(self._heard))]
        self._booted = self._booted or heard.action == "BootNotification" or self.side == "station"
        peculiarities = {
            "twice": seen, "first": not self._booted, "custom": "customData" in heard.payload, "empty-id": not heard.id,
        }  # fmt: skip
        for kind, met in peculiarities.items():
            if met and kind in reacts:
                reaction = self._reaction(kind)
                if reaction == "refuse":
                    self._error(kind, "InternalError", heard.id, f"nobody may send that: {kind}")
                if reaction != "accept":
                    return False
        return True

    def _wrong(
        self, called: Called, kind: str, code: str, text: str, details: Payload | None = None,
        right: Reaction = "refuse",
    ) -> None:  # fmt: skip
        reaction = self._reaction(kind, right)
        if reaction == "refuse":
            self._error(kind, code, called.id, text, details)
        elif reaction == "accept":
            self._accept(called.id, called.action)

    def _told(self, heard: Frame) -> Told | None:
        if self._reaction("send", "accept") != "accept":
            return None
        if self.policy.answers_sends:
            self.outgoing.append(frames.result(heard.id, {}))
        if heard.action not in UNCONFIRMED[self.version] or self.side != "csms":
            return None
        if not schemas.is_valid(self.version, heard.action, heard.payload):
            return None
        return Told(heard.action, heard.payload)

    def _answered(self, heard: Frame, now: float) -> None:
        call = self.outstanding.pop(heard.id, None)
        if call is None:  # too late, or never asked for
            if self._reaction("unsolicited", "ignore") == "refuse":
                self._error("unsolicited", "RpcFrameworkError", heard.id, "nobody had asked for this")
            return
        if heard.type == frames.CALLERROR:
            if heard.faults:
                self._reaction(heard.faults[0].kind, "accept")
            call.on_failure(Failure("error", heard.code, heard.description, heard.details), now)
        else:
            self._result(call, heard, now)
        self._release(now)

    def _result(self, call: Call, heard: Frame, now: float) -> None:
        name = f"{call.action}Response"
        if schemas.is_valid(self.version, name, heard.payload):
            call.on_result(heard.payload, now)
            return
        broken = schemas.violations(self.version, name, heard.payload)[0]
        if self._reaction("result", "refuse") in ("close", "deaf"):
            return
        self._disbelieve(call, frames.CALLRESULT, broken.code, str(broken), now)

    # ---- time and ends

    def timer(self) -> float | None:
        """Return when `fire` has something to do, None for never."""
        if not self.outstanding:
            return self.waiting[0].ready if self.waiting else None
        return min(call.deadline for call in self.outstanding.values()) if self.policy.gives_up else None

    def fire(self, now: float) -> None:
        """Give up the CALLs whose time is over."""
        if not self.outstanding:
            self._release(now)
            return
        if not self.policy.gives_up:
            return
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
        while self.waiting and self.waiting[0].ready <= now and (not self.outstanding or not self.policy.one_at_a_time):
            call = self.waiting.popleft()
            call.deadline = now + self.timeout_s
            self.outstanding[call.id] = call
            self.outgoing.append(frames.call(call.id, call.action, call.payload))
