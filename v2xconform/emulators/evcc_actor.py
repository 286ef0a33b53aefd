"""The EV as an actor: it finds the charger (SDP), connects (TCP, TLS), negotiates, and runs its session, bent where told.

``run`` plays a whole session as a device does. A test case goes step by step instead: ``connect``, ``reach(name)`` until that
request is due, ``send`` something, ``finish``. A task (``pump``) reads the link all the time, so the trace grows meanwhile.
"""

from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from v2xconform.emulators.bends import Bend, Bending, Part, apply_fields
from v2xconform.emulators.charging_tls import TlsSettings, refuse_bad_chain
from v2xconform.emulators.quirks import SdpQuirk
from v2xconform.judge.context import DELIBERATE
from v2xconform.links.errors import LinkError
from v2xconform.links.sdp import SdpEnd, sdp_client
from v2xconform.links.stream import Network, Stream
from v2xconform.links.tls import tls_client
from v2xconform.links.v2g import Closed, Incoming, Undecodable, V2gChannel
from v2xconform.protocols import sdp
from v2xconform.protocols.iso15118 import app_protocol, messages20, sequence20
from v2xconform.protocols.iso15118.app_protocol import AppProtocol
from v2xconform.protocols.iso15118.evcc20 import Ask, EvccSession20, StopKind
from v2xconform.protocols.iso15118.paused20 import PausedSessions
from v2xconform.protocols.iso15118.policy20 import EvccPolicy, by_request
from v2xconform.protocols.message import Message
from v2xconform.protocols.sdp import PORT as SDP_PORT
from v2xconform.trace.recorder import Recorder

_UNREAD = 1000
"""Messages that may wait for a test case; a peer that floods beyond them is no longer read."""
_NEGOTIATION_TIMEOUT_S = 2.0
_RETURNS = 2
"""So often an EV comes back after a pause: a charger that pauses every session would keep it busy for ever."""


Wish = Literal[
    "stop", "pause", "standby", "exit-standby", "renegotiate-schedule", "renegotiate-services", "confirm-metering"
]
"""What a driver or an operator can want of a session that goes on."""


class NotReached(Exception):  # noqa: N818 - an outcome, not an error
    """The EV did not get where it should; the text says at which step and why."""


@dataclass(frozen=True, slots=True)
class EvccPlace:
    """Where the charger is looked for."""

    sdp: bool = True
    sdp_target: str | None = None
    sdp_port: int = SDP_PORT
    address: tuple[str, int] | None = None
    """Connect here, whatever SDP says."""
    patience_s: float = 20.0
    """How long SDP requests are repeated (V2G_EVCC_CommunicationSetup_Timeout at most)."""
    interval_s: float = 0.25
    """Wait for an answer to one request ([V2G2-159])."""
    attempts: int = 50
    """Most requests ([V2G2-161])."""


@dataclass(slots=True)
class EvccActor:
    """One EV for one session. A recorder of None leaves it unrecorded (it is the SUT then)."""

    network: Network
    recorder: Recorder | None
    make_session: Callable[[sequence20.Mode], EvccSession20]
    ask: Ask
    """What fills the requests."""
    utc: Callable[[], float]
    offer: Sequence[AppProtocol]
    """What supportedAppProtocolReq offers, the preferred one first."""
    tls: TlsSettings | None
    """None: plain TCP is asked for."""
    place: EvccPlace = field(default_factory=EvccPlace)
    bends: Sequence[Bend] = ()
    sdp_quirk: SdpQuirk = field(default_factory=SdpQuirk)
    session: EvccSession20 | None = None
    """There is one once the protocol is negotiated."""
    channel: V2gChannel | None = None
    end: str = ""
    """Why the session is over, empty while it is not."""
    policy: EvccPolicy = field(default_factory=EvccPolicy)
    """Conduct before there is a session, and after it."""
    last_session_id: str = messages20.NO_SESSION
    """SessionID of the session before, in an EV that has begun again."""
    paused: PausedSessions = field(default_factory=PausedSessions)
    """The sessions that it has paused: it comes back to them at the charger where it paused ([V2G20-2539])."""
    schema_ids: Sequence[int] = ()
    """SchemaIDs of the protocols in `offer`; empty = 1, 2 …"""
    habits: list[Bend] = field(default_factory=list)
    """Field changes that make a valid request another valid one: what the driver or the battery wants now."""
    _bending: Bending | None = None
    _offered: Message | None = None
    _inbox: MemoryObjectReceiveStream[Incoming] | None = None
    _outbox: MemoryObjectSendStream[Incoming] | None = None
    _state: str = ""
    _waiting_for: str = ""
    """Request whose answer has not been taken yet."""

    # ---- the way to the charger

    async def discover(self) -> tuple[str, int, str]:
        """Ask with SDP until a charger answers: (host, port, "TLS" or "None"). Raises NotReached, LinkError."""
        security = self.sdp_quirk.security or ("TLS" if self.tls else "None")
        transport = self.sdp_quirk.transport or "TCP"
        interval = self.sdp_quirk.interval_s or self.place.interval_s
        end = await sdp_client(
            self.network, recorder=self.recorder, target=self.place.sdp_target, port=self.place.sdp_port
        )
        async with end:
            began = anyio.current_time()
            patience = self.place.patience_s if self.sdp_quirk.attempts is None else float("inf")
            for attempt in range(self.sdp_quirk.attempts or self.place.attempts):
                if attempt and anyio.current_time() - began >= patience:
                    break
                await self._ask_sdp(end, security, transport)
                deadline = anyio.current_time() + interval
                while (left := deadline - anyio.current_time()) > 0:
                    datagram = await end.receive(left)
                    if datagram is None:
                        break
                    if datagram.message.name != sdp.RESPONSE or not datagram.message.tree:
                        continue
                    tree = datagram.message.tree
                    sound = not datagram.message.faults and tree.get("TransportProtocol") == transport
                    if not sound and not self.sdp_quirk.accepts_faults:
                        continue
                    return str(tree["SECCIPAddress"]), int(tree["SECCPort"]), str(tree["Security"])
            raise NotReached(f"SDP: no usable answer within {anyio.current_time() - began:.1f} s")

    async def _ask_sdp(self, end: SdpEnd, security: str, transport: str) -> None:
        for _ in range(self.sdp_quirk.copies):
            if self.sdp_quirk.raw:
                await end.send_bytes(bytes.fromhex(self.sdp_quirk.raw))
            else:
                await end.request(security, transport)

    async def connect(self) -> None:
        """Find the charger, open TCP and, where it was agreed, TLS; start ``pump`` next. Raises NotReached, LinkError."""
        security = "TLS" if self.tls else "None"
        target = self.place.address
        if self.place.sdp:
            host, port, offered = await self.discover()
            target = target or (host, port)
            if self.sdp_quirk.accepts_less_security and offered != security:
                security = offered
            if offered != security:
                raise NotReached(f"SDP: the charger answers security {offered}, the EV asked for {security}")
        if target is None:
            raise NotReached("neither SDP nor an address says where the charger is")
        stream = await self.network.connect(*target, recorder=self.recorder, src="evcc", dst="secc")
        if self.tls is not None and security == "TLS":
            stream = await tls_client(stream, self.tls.policy)
            await refuse_bad_chain(stream, self.tls, self.utc())
        self.channel = V2gChannel(stream)
        self._bending = Bending(self.bends, self.build)
        self._outbox, self._inbox = anyio.create_memory_object_stream[Incoming](_UNREAD)

    async def pump(self) -> None:
        """Read the link until it ends: what arrives is on the trace at once, and waits for the session to take it."""
        assert self.channel is not None and self._outbox is not None, "connect() comes first"
        with self._outbox:
            while True:
                incoming = await self.channel.receive()
                await self._outbox.send(incoming)
                if isinstance(incoming, Closed):
                    return

    # ---- one step at a time

    @property
    def due(self) -> str:
        """Name of the request that the EV sends next, empty when there is none."""
        if self.end:
            return ""
        if self.session is None:
            return app_protocol.REQUEST
        return self.session.due or ""

    def build(self, name: str) -> Message:
        """Return a valid request of any name with the values of this EV, whatever is due."""
        if name == app_protocol.REQUEST:
            return app_protocol.offer(self.offer, self.schema_ids)
        session = self.session or self.make_session("DC")
        session_id = messages20.NO_SESSION if name == "SessionSetupReq" else session.session_id
        header = {"SessionID": session_id, "TimeStamp": int(self.utc())}
        return messages20.message(name, header, self.ask(name, session, anyio.current_time()))

    async def send_due(self) -> Message:
        """Send the request that is due, bent where a bend says so; `settle` takes the answer. Raises LinkError."""
        if self.session is None:
            message = self._offered = self.build(app_protocol.REQUEST)
        else:
            message = self.vary(self.session.next_request(anyio.current_time()))
        await self.send(message)
        return message

    def vary(self, message: Message) -> Message:
        """Return a request as the habits of this EV have it."""
        for habit in self.habits:
            if habit.at == message.name:
                message = apply_fields(message, habit)
        return message

    async def send(self, message: Message, bend: Bend | None = None) -> None:
        """Send a message (bent) as if it were due: its timer starts. Raises LinkError, BendError."""
        bending = Bending((bend,), self.build) if bend else self._bending
        assert bending is not None and self.channel is not None, "connect() comes first"
        if message.name == app_protocol.REQUEST:
            self._offered = message
        parts = bending.plan(message)
        await put_parts(self.channel, parts, message)
        self._waiting_for = message.name
        if self.session is not None and message.name in messages20.REQUESTS:
            self.session.sent(message, anyio.current_time())

    async def send_wrong(self, part: Part) -> None:
        """Send something that the session does not know of: its timers do not start."""
        assert self.channel is not None, "connect() comes first"
        await put_parts(self.channel, [part], Message("", "", {}))

    async def settle(self) -> None:
        """Take the answer to the request that was sent last, or its timeout; returns at once when none is awaited."""
        while self._waiting_for and not self.end:
            timer = self.session.timer() if self.session is not None else None
            until = timer.at if timer else float("inf")
            if self.session is None:
                until = anyio.current_time() + self._negotiation_timeout_s
            incoming: Incoming | None = None
            assert self._inbox is not None, "connect() comes first"
            with anyio.move_on_at(until):
                try:
                    incoming = await self._inbox.receive()
                except anyio.EndOfStream:
                    self._finish("the connection is closed")
                    return
            now = anyio.current_time()
            if incoming is not None:
                self._take(incoming, now)
            elif timer is not None and self.session is not None:
                self._expired(timer.name, timer.seconds)
                self.session.fire(now)
            else:
                self._finish(f"no answer to {self._waiting_for} within {self._negotiation_timeout_s:g} s")
            self._look_at_session()

    def _take(self, incoming: Incoming, now: float) -> None:
        if isinstance(incoming, Closed):
            self._waiting_for = ""
            if self.session is not None:
                self.session.closed(now)
            self._finish(incoming.text)
        elif isinstance(incoming, Message):
            if self.session is None:
                self._take_negotiation(incoming, now)
            elif incoming.protocol != app_protocol.PROTOCOL:
                self._waiting_for = ""
                self.session.receive(incoming, now)
        elif self.session is not None:
            self.session.receive_fault("exi" if isinstance(incoming, Undecodable) else incoming.kind, now)
            if self.session.due:
                self._waiting_for = ""
        elif isinstance(incoming, Undecodable):
            if self.policy.guesses_undecodable:
                self._begin_session(self.offer[0], now)
            elif not self.policy.ignores_undecodable:
                self._finish(f"protocol negotiation: {incoming.text}")

    def _take_negotiation(self, message: Message, now: float) -> None:
        self._waiting_for = ""
        code = str(message.tree.get("ResponseCode", ""))
        assert self._offered is not None and self.channel is not None
        protocol = app_protocol.chosen(self._offered, message.tree)
        if self.policy.ignores_negotiation:
            self._begin_session(protocol or self.offer[0], now)
        elif message.name != app_protocol.RESPONSE or protocol is None:
            self._finish(f"protocol negotiation: {message.name} {code}")
        elif protocol.namespace not in app_protocol.MODES20:
            self._finish(f"protocol negotiation: the charger chose {protocol.namespace}")
        else:
            self._begin_session(protocol, now)

    def _begin_session(self, protocol: AppProtocol, now: float) -> None:
        assert self.channel is not None
        self._waiting_for = ""
        self.channel.negotiated("iso15118-20")
        self.session = self.make_session(app_protocol.MODES20[protocol.namespace])
        self.session.last_session_id = self.last_session_id
        resumed = self.paused.last_of(peer_leaf(self.channel.stream))
        if resumed is not None:
            self.session.join_again(resumed)
        self.session.start(now)

    @property
    def _negotiation_timeout_s(self) -> float:
        if self.policy.ignores_message_timeout:
            return float("inf")
        usual = _NEGOTIATION_TIMEOUT_S * self.policy.message_timeout_factor
        return by_request(self.policy.message_timeout_s, app_protocol.REQUEST, usual)

    def _look_at_session(self) -> None:
        if self.session is None:
            return
        if self.recorder is not None and self.session.state != self._state:
            self.recorder.add(kind="state", layer="session", name=self.session.state, src="evcc")
        self._state = self.session.state
        if self.session.ended is not None:
            self._finish(self.session.ended.reason)
            self._keep_or_forget(self.session)

    def _keep_or_forget(self, session: EvccSession20) -> None:
        """Keep a paused session; forget one that was resumed, or that the charger does not know ([V2G20-2613])."""
        assert self.channel is not None
        leaf = peer_leaf(self.channel.stream)
        old = self.paused.last_of(leaf)
        if old is not None:
            self.paused.forget(old.session_id, leaf)
        if session.paused is not None:
            self.paused.keep(session.paused, leaf)

    def _finish(self, why: str) -> None:
        self.end = self.end or why

    def stop(self, kind: StopKind = "Terminate") -> None:
        """Let the session end in an orderly way: the next requests lead to SessionStopReq. Raises NotReached."""
        if self.session is None or self.end:
            raise NotReached(f"there is no session to stop: {self.end or 'the protocol is not negotiated'}")
        self.session.stop(anyio.current_time(), kind)

    def wish(self, what: Wish) -> None:
        """Take a wish of the driver: the session does it with its next requests. Raises NotReached."""
        if self.session is None or self.end:
            raise NotReached(f"there is no session: {self.end or 'the protocol is not negotiated'}")
        now, session = anyio.current_time(), self.session
        match what:
            case "stop":
                session.stop(now)
            case "pause":
                session.stop(now, "Pause")
            case "standby":
                session.standby(now)
            case "exit-standby":
                session.resume_charging(now)
            case "renegotiate-schedule":
                session.renegotiate_schedule(now)
            case "renegotiate-services":
                session.stop(now, "ServiceRenegotiation")
            case "confirm-metering":
                session.confirm_metering(now)

    # ---- whole stretches

    async def reach(self, name: str, nth: int = 1, *, deadline_s: float = 120.0) -> None:
        """Go on until the request `name` is due for the nth time. Raises NotReached: where it stopped, and why."""
        count = 0
        with anyio.move_on_after(deadline_s):
            while True:
                await self.settle()
                if self.due == name:
                    count += 1
                    if count == nth:
                        return
                await self._step(f"on the way to {name}")
        raise NotReached(f"{name} was not due after {deadline_s:g} s; the EV stands at {self.due or 'the end'}")

    async def go_on(self, seconds: float) -> None:
        """Let the session go on for some time. Raises NotReached when it does not."""
        until = anyio.current_time() + seconds
        await self.settle()
        while anyio.current_time() < until:
            await self._step(f"within {seconds:g} s of going on")

    async def _step(self, where: str) -> None:
        before = self.due
        if self.end or not before:
            raise NotReached(f"{where}: {self.end or 'no request is due'}")
        if self.session is not None:
            wait = self.session.not_before - anyio.current_time()
            if wait > 0:
                await anyio.sleep(wait)
        await self.send_due()
        await self.settle()
        ended = self.session.ended if self.session is not None else None
        why = str(self.end)  # the call: awaited code has changed it, which type checkers do not see
        if why and not (ended is not None and ended.orderly):
            raise NotReached(f"{where}, at {before}: {why}")

    def _expired(self, name: str, seconds: float) -> None:
        if self.recorder is not None:
            body = {"action": "expired", "seconds": seconds}
            self.recorder.add(kind="timer", layer="session", name=name, src="evcc", body=body)

    async def finish(self, deadline_s: float = 120.0) -> None:
        """Run the session to its end and close the connection. Raises NotReached when it ends in disorder."""
        with anyio.move_on_after(deadline_s):
            await self.settle()
            while not self.end:
                await self._step("on the way to the end of the session")
            while self.due_after_end():
                await self.send_due()
            await self._leave()
            return
        raise NotReached(f"the session had not ended after {deadline_s:g} s; the EV stands at {self.due}")

    def due_after_end(self) -> str:
        """Name of a request that a misbehaving EV sends after the end of its session, empty for a good one."""
        return (self.session.due or "") if self.session is not None else ""

    async def close(self) -> None:
        """Close the connection. Never raises."""
        if self.channel is not None:
            await self.channel.close()

    async def run(self) -> None:
        """Play a whole session as a device does, whatever happens; `end` says afterwards how it ended."""
        await self._run_with_restarts()
        for _ in range(_RETURNS):
            if self.policy.resumes_after_s is None or self.session is None or self.session.paused is None:
                return
            await anyio.sleep(self.policy.resumes_after_s)
            self._begin_again()
            await self._run_with_restarts()

    async def _run_with_restarts(self) -> None:
        for left in range(self.policy.restarts, -1, -1):
            await self._run_once()
            if self.session is None or not self.session.ended or self.session.ended.orderly or not left:
                return
            self.last_session_id = self.session.session_id
            self._begin_again()

    def _begin_again(self) -> None:
        if self._inbox is not None:
            self._inbox.close()
        self.session = self.channel = None
        self.end = self._waiting_for = ""

    async def _run_once(self) -> None:
        try:
            await self.connect()
            async with anyio.create_task_group() as group:
                group.start_soon(self.pump)
                try:
                    await self.finish(deadline_s=24 * 3600.0)
                except (NotReached, LinkError) as error:
                    self._finish(str(error))
                    await self._leave()
                group.cancel_scope.cancel()
        except (NotReached, LinkError) as error:
            self._finish(str(error))

    async def _leave(self) -> None:
        ended = self.session.ended if self.session is not None else None
        if ended is None:
            await self.close()
        elif ended.close:
            if ended.close_after > 0:
                await anyio.sleep(ended.close_after)
            await self.close()
        else:
            await anyio.sleep_forever()


def peer_leaf(stream: Stream) -> bytes:
    """Return the leaf certificate that the peer has shown, DER; empty without TLS or without a certificate."""
    chain = stream.tls.peer_chain if stream.tls is not None else ()
    return b64decode(chain[0]) if chain else b""


async def put_parts(
    channel: V2gChannel, parts: list[Part], meant: Message, wait: Callable[[float], Awaitable[object]] = anyio.sleep
) -> None:
    """Put the planned parts of one message on a channel; what differs from the meant message is marked deliberate.

    `wait` passes the time between them, and says True when nobody is there any more: then nothing more is put.
    """
    for part in parts:
        if part.wait_s and await wait(part.wait_s):
            return
        if part.message is not None:
            await channel.send(
                part.message, note="" if part.message is meant or part.fair else DELIBERATE, split=part.split
            )
        elif part.close == "rst":
            await channel.abort()
        elif part.close == "fin":
            await channel.close()
        elif part.close == "half":
            await channel.stream.finish()
        else:
            await channel.send_bytes(part.data, note=DELIBERATE)
