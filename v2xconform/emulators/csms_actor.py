"""The CSMS as an actor: it listens, lets stations in, and carries the frames of its sessions. `serve` plays it."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import anyio
from anyio.abc import TaskGroup, TaskStatus

from v2xconform.emulators.bends import Bend
from v2xconform.emulators.csms import Csms, StationSession
from v2xconform.emulators.ocpp_door import RAW_ANSWERS, answer_raw, odd_decision
from v2xconform.emulators.ocpp_line import OcppLine
from v2xconform.links.errors import LinkError
from v2xconform.links.ocpp import OcppChannel
from v2xconform.links.serving import serve_each
from v2xconform.links.stream import Listener, Network, Stream
from v2xconform.links.tls import TlsPolicy, tls_server
from v2xconform.links.websocket import Upgrade, WebSocket
from v2xconform.links.websocket_opening import Decision, ws_server
from v2xconform.protocols.ocpp import VERSIONS, Version
from v2xconform.protocols.ocpp.handshake import identity_of
from v2xconform.protocols.ocpp.rpc import OnFailure, OnResult, Payload
from v2xconform.trace.recorder import Recorder


@dataclass(slots=True)
class Conversation:
    """One connection of a station."""

    line: OcppLine
    session: StationSession
    news: anyio.Event = field(default_factory=anyio.Event)

    def poke(self) -> None:
        """Let the session look what there is to do."""
        self.news.set()


@dataclass(slots=True)
class Door:
    """One address at which a CSMS listens; it serves one security profile ([A00.FR.006])."""

    port: int = 0
    security_profile: int | None = None
    """None: that of the CSMS."""
    tls: Callable[[], TlsPolicy | None] = lambda: None
    """TLS for the next connection, None for none."""
    refusing: bool = False
    """Breaks every new connection off: to stations it is not there."""
    listener: Listener | None = None


@dataclass(slots=True)
class CsmsActor:
    """One CSMS. A recorder of None leaves it unrecorded (it is the SUT then)."""

    network: Network
    recorder: Recorder | None
    csms: Csms
    host: str | None = None
    port: int = 0
    tls: Callable[[], TlsPolicy | None] = lambda: None
    """TLS for the next connection at the first address, None for none."""
    bends: Sequence[Bend] = ()
    listener: Listener | None = None
    doors: list[Door] = field(default_factory=list)
    """Further addresses; `open_door` adds one."""
    conversations: dict[str, Conversation] = field(default_factory=dict)
    """Identity -> its newest conversation."""
    odd_answers: deque[str] = field(default_factory=deque)
    """Odd answers to the next opening handshakes; see `ocpp_door`."""
    refusing: bool = False
    """Breaks every new connection off: to stations it is not there."""
    next_certificates: list[str] = field(default_factory=list)
    """Variants of its certificate for the next connections, one each."""
    credentials: list[str] = field(default_factory=list)
    """Credentials of the recipe in place of its usual one; the last one counts."""
    breaks_off: int = 0
    """So many of the next connections it breaks off."""
    _group: TaskGroup | None = None

    async def serve(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Listen and let stations in until cancelled. Raises LinkUnavailable."""
        self.listener = await self.network.listen(
            self.host, self.port, recorder=self.recorder, src="csms", dst="station"
        )
        self.port = self.listener.port
        try:
            async with anyio.create_task_group() as self._group:
                task_status.started()
                first = Door(self.port, None, self.tls)
                await serve_each(self.listener, self._group, partial(self._converse, door=first))
        finally:
            with anyio.CancelScope(shield=True):
                await self.listener.aclose()

    async def open_door(self, door: Door) -> None:
        """Listen at one more address from now on. Raises LinkUnavailable."""
        assert self._group is not None, "the CSMS serves"
        door.listener = await self.network.listen(
            self.host, door.port, recorder=self.recorder, src="csms", dst="station"
        )
        door.port = door.listener.port
        self.doors.append(door)
        self._group.start_soon(self._receive_at, door, door.listener)

    async def _receive_at(self, door: Door, listener: Listener) -> None:
        try:
            assert self._group is not None, "the CSMS serves"
            await serve_each(listener, self._group, partial(self._converse, door=door))
        finally:
            with anyio.CancelScope(shield=True):
                await listener.aclose()

    def request(
        self, identity: str, action: str, payload: Payload, on_result: OnResult | None = None,
        on_failure: OnFailure | None = None,
    ) -> bool:  # fmt: skip
        """An operator wants a request to be sent now; False when the station is not connected."""
        conversation = self.conversations.get(identity)
        if conversation is None:
            return False
        callbacks = {}
        if on_result is not None:
            callbacks["on_result"] = on_result
        more = {**callbacks, **({"on_failure": on_failure} if on_failure is not None else {})}
        conversation.session.call(action, payload, anyio.current_time(), **more)  # type: ignore[arg-type]
        conversation.poke()
        return True

    async def _converse(self, stream: Stream, door: Door) -> None:
        if self.refusing or door.refusing:
            await stream.abort()
            return
        if self.breaks_off:
            self.breaks_off -= 1
            await stream.abort()
            return
        try:
            policy = door.tls()
            if policy is not None:
                stream = await tls_server(stream, policy)
            odd = self.odd_answers.popleft() if self.odd_answers else ""
            if odd in RAW_ANSWERS:
                await answer_raw(stream, odd)
                return
            decide = (lambda upgrade: odd_decision(odd)) if odd else (lambda upgrade: self._decide(upgrade, door))
            websocket = await ws_server(stream, decide, deflate=self.csms.policy.admission.deflate)
        except LinkError:
            await stream.close()
            return
        if websocket is not None:
            await self._live(websocket, door)

    def _decide(self, upgrade: Upgrade, door: Door) -> Decision:
        policy = self.csms.policy.admission
        if policy.on_escapes and "%" in upgrade.target:
            return odd_decision(policy.on_escapes)
        if policy.on_second and identity_of(upgrade.target) in self.conversations:
            return odd_decision(policy.on_second)
        headers = {name.lower(): value for name, value in reversed(upgrade.headers)}
        admitted = self.csms.admission.decide(
            upgrade.target, headers, upgrade.subprotocols, profile=door.security_profile, chain=upgrade.peer_chain
        )
        close = 1002 if admitted.close else 0
        return Decision(admitted.status, admitted.subprotocol, admitted.text, close_code=close)

    async def _live(self, websocket: WebSocket, door: Door) -> None:
        identity = identity_of(websocket.upgrade.target)
        self.csms.admission.entered(identity, door.security_profile, websocket.upgrade.peer_chain)
        version: Version = next((one for one in VERSIONS if one == websocket.subprotocol), self.csms.versions[0])
        session = self.csms.open(identity, version, anyio.current_time())
        websocket.manners = self.csms.policy.websocket
        line = OcppLine(OcppChannel(websocket, version), session, self.bends, self.recorder is not None)
        older = self.conversations.get(identity)
        conversation = self.conversations[identity] = Conversation(line, session)
        if older is not None:
            older.poke()  # its session has to hang up
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._beat, conversation)
                await line.listen(conversation.poke)
                group.cancel_scope.cancel()
        finally:
            if self.conversations.get(identity) is conversation:
                del self.conversations[identity]
            with anyio.CancelScope(shield=True), anyio.move_on_after(1.0):
                await websocket.stream.close()
            session.dropped(anyio.current_time())

    async def _beat(self, conversation: Conversation) -> None:
        session = conversation.session
        while True:
            conversation.news = anyio.Event()
            session.fire(anyio.current_time())
            await conversation.line.flush()
            if session.hang_up:
                why, session.hang_up = session.hang_up, ""
                await conversation.line.channel.websocket.say_goodbye(1000, why[:100])
            due = session.timer()
            with anyio.move_on_after(None if due is None else max(0.0, due - anyio.current_time())):
                await conversation.news.wait()
