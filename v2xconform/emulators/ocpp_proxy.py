"""A man in the middle between real stations and a real CSMS: it carries every text as it came, and records both links.

It is what Part 4 chapter 6 calls a Local Controller, as transparent as one can be: the path, the credentials and the
subprotocols of a station go to the CSMS, what the CSMS has chosen goes back; when one side ends, the other side is ended. It
can bend messages of either direction, and send requests of its own, whose answers stay with it (Part 4 6.4).
"""

import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import anyio
from anyio.abc import TaskGroup, TaskStatus

from v2xconform.emulators.bends import Bend
from v2xconform.emulators.ocpp_line import OcppLine
from v2xconform.judge.both_sides import PROXY
from v2xconform.links.addresses import format_address
from v2xconform.links.errors import LinkError
from v2xconform.links.ocpp import OcppChannel
from v2xconform.links.serving import serve_each
from v2xconform.links.stream import Listener, Network, Stream
from v2xconform.links.tls import TlsPolicy, tls_client, tls_server
from v2xconform.links.websocket import Ended, Upgrade, WebSocket
from v2xconform.links.websocket_opening import Decision, WebSocketRefused, ws_client, ws_server
from v2xconform.protocols.ocpp import VERSIONS, Version, frames
from v2xconform.protocols.ocpp.frames import Frame, Unreadable
from v2xconform.protocols.ocpp.handshake import Endpoint, identity_of
from v2xconform.protocols.ocpp.rpc import DEFAULT_TIMEOUT_S, Payload
from v2xconform.trace.recorder import Recorder

Side = Literal["station", "csms"]
INJECTED: Final = "injected"
"""Mark of requests that are the proxy's own."""
_HOP: Final = frozenset({
    "host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "sec-websocket-protocol",
    "sec-websocket-extensions", "content-length", "transfer-encoding",
})  # fmt: skip
"""Headers that belong to one hop."""


@dataclass(slots=True)
class Bends:
    """What is bent on its way."""

    to_csms: Sequence[Bend] = ()
    to_station: Sequence[Bend] = ()


@dataclass(slots=True)
class Way:
    """The way to one side: what is outstanding there, and what waits."""

    side: Side
    line: OcppLine
    own: dict[str, Frame] = field(default_factory=dict)
    """Requests of the proxy itself that are not answered yet, by message id."""
    open: set[str] = field(default_factory=set)
    """Message ids of requests that were passed on and not answered yet."""
    held: deque[tuple[Frame, bytes, bool]] = field(default_factory=deque)
    """Requests of the other side that came while one of the proxy's own was outstanding."""
    wishes: deque[Frame] = field(default_factory=deque)

    @property
    def websocket(self) -> WebSocket:
        """The connection."""
        return self.line.channel.websocket


@dataclass(slots=True)
class Passage:
    """One station with its connection to the CSMS."""

    identity: str
    ways: dict[Side, Way]
    group: TaskGroup


OnAnswer = Callable[[str, Frame], None]
"""Hears the answer to a request of the proxy: identity, frame."""


def _nobody(identity: str, frame: Frame) -> None:
    """Nobody waits for it."""


@dataclass(slots=True)
class OcppProxy:
    """Play it with `serve`; `inject` sends a request of its own."""

    network: Network
    recorder: Recorder | None
    target: Endpoint
    host: str
    port: int = 0
    bends: Bends = field(default_factory=Bends)
    tls_in: Callable[[], TlsPolicy | None] = lambda: None
    """TLS towards stations, None for none."""
    tls_out: Callable[[], TlsPolicy | None] = lambda: None
    passages: dict[str, Passage] = field(default_factory=dict)
    answered: OnAnswer = _nobody
    patience_s: float = DEFAULT_TIMEOUT_S
    """How long an own request may stay unanswered."""
    _group: TaskGroup | None = None

    async def serve(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Listen for stations until cancelled. Raises LinkUnavailable."""
        listener: Listener = await self.network.listen(
            self.host, self.port, recorder=self.recorder, src=PROXY, dst="station"
        )
        self.port = listener.port
        try:
            async with anyio.create_task_group() as self._group:
                task_status.started()
                await serve_each(listener, self._group, self._carry)
        finally:
            with anyio.CancelScope(shield=True):
                await listener.aclose()

    def inject(self, identity: str, side: Side, action: str, payload: Payload) -> bool:
        """Send a request of the proxy's own as soon as nothing is outstanding; False when the station is not there."""
        passage = self.passages.get(identity)
        if passage is None:
            return False
        message_id = f"{PROXY}-{uuid.uuid4().hex[:24]}"  # no other sender makes ids of this form
        passage.ways[side].wishes.append(frames.call(message_id, action, payload))
        passage.group.start_soon(self._release, passage, passage.ways[side])
        return True

    # ---- connections

    async def _carry(self, stream: Stream) -> None:
        try:
            policy = self.tls_in()
            if policy is not None:
                stream = await tls_server(stream, policy)
        except LinkError:
            return
        behind: list[WebSocket] = []

        async def decide(upgrade: Upgrade) -> Decision:
            return await self._ask(upgrade, behind)

        try:
            front = await ws_server(stream, decide)
        except LinkError:
            front = None
        if front is None or not behind:
            for websocket in behind:
                await websocket.close()
            return
        await self._converse(front, behind[0])

    async def _ask(self, upgrade: Upgrade, behind: list[WebSocket]) -> Decision:
        """Make the same handshake with the CSMS and return what came of it."""
        where = self.target
        offered = "permessage-deflate" in upgrade.header("Sec-WebSocket-Extensions")
        headers = [(name, value) for name, value in upgrade.headers if name.lower() not in _HOP]
        try:
            stream = await self.network.connect(where.host, where.port, recorder=self.recorder, src=PROXY, dst="csms")
            policy = self.tls_out()
            if policy is not None:
                stream = await tls_client(stream, policy)
            websocket = await ws_client(
                stream, target_of(where, upgrade.target), format_address(where.host, where.port),
                subprotocols=upgrade.subprotocols, headers=headers, deflate=offered,
            )  # fmt: skip
        except WebSocketRefused as refused:
            known = refused.status if 400 <= refused.status <= 599 else 502
            return Decision(known, text=f"the CSMS refused the connection: {refused}\n")
        except LinkError as error:
            return Decision(502, text=f"the CSMS cannot be reached: {error}\n")
        behind.append(websocket)
        return Decision(101, websocket.subprotocol)

    async def _converse(self, front: WebSocket, back: WebSocket) -> None:
        identity = identity_of(front.upgrade.target)
        version: Version = next((one for one in VERSIONS if one == back.subprotocol), VERSIONS[0])
        marked = self.recorder is not None
        ways: dict[Side, Way] = {
            "station": Way("station", OcppLine(OcppChannel(front, version), _NO_PARTY, self.bends.to_station, marked)),
            "csms": Way("csms", OcppLine(OcppChannel(back, version), _NO_PARTY, self.bends.to_csms, marked)),
        }
        async with anyio.create_task_group() as group:
            passage = self.passages[identity] = Passage(identity, ways, group)
            try:
                async with anyio.create_task_group() as listening:
                    for heard, other in ((ways["station"], ways["csms"]), (ways["csms"], ways["station"])):
                        listening.start_soon(self._listen, passage, heard, other, listening)
            finally:
                if self.passages.get(identity) is passage:
                    del self.passages[identity]
                group.cancel_scope.cancel()
                with anyio.CancelScope(shield=True), anyio.move_on_after(2.0):
                    for websocket in (front, back):
                        await websocket.stream.close()

    async def _listen(self, passage: Passage, heard: Way, other: Way, listening: TaskGroup) -> None:
        """Pass on what one side says until it ends; then end the other side in the same way."""
        channel = heard.line.channel
        while True:
            frame = await channel.receive()
            if isinstance(frame, Ended):
                await _end(other.websocket, frame, heard.side)
                listening.cancel_scope.cancel()
                return
            await self._pass_on(passage, heard, other, frame)

    # ---- frames

    async def _pass_on(self, passage: Passage, heard: Way, other: Way, frame: Frame | Unreadable) -> None:
        data, text = heard.line.channel.last_heard
        if isinstance(frame, Frame):
            heard.line.learn(frame)
            if frame.type in (frames.CALLRESULT, frames.CALLERROR):
                if heard.own.pop(frame.id, None) is not None:
                    self.answered(passage.identity, frame)
                    await self._release(passage, heard)
                    return
                heard.open.discard(frame.id)
            elif frame.type == frames.CALL:
                if other.own:
                    other.held.append((frame, data, text))
                    return
                other.open.add(frame.id)
        await self._say(other, frame, data, text)
        if isinstance(frame, Frame) and not heard.open and heard.wishes:
            await self._release(passage, heard)

    async def _say(self, way: Way, frame: Frame | Unreadable, data: bytes, text: bool) -> None:
        try:
            await way.line.pass_on(frame, data, text=text)
        except LinkError:
            return  # the end of that link is heard by whoever listens there

    async def _release(self, passage: Passage, way: Way) -> None:
        """Send what has waited for its turn."""
        while way.held and not way.own:
            frame, data, text = way.held.popleft()
            way.open.add(frame.id)
            await self._say(way, frame, data, text)
        if way.wishes and not way.own and not way.open:
            frame = way.wishes.popleft()
            way.own[frame.id] = frame
            try:
                await way.line.say(frame, note=INJECTED)
            except LinkError:
                return
            passage.group.start_soon(self._give_up, passage, way, frame.id)

    async def _give_up(self, passage: Passage, way: Way, message_id: str) -> None:
        await anyio.sleep(self.patience_s)
        if way.own.pop(message_id, None) is not None:
            await self._release(passage, way)


def target_of(where: Endpoint, target: str) -> str:
    """Return the request target at the CSMS: its own path with the identity as the station wrote it."""
    if not where.path:
        return target
    return f"{where.path}/{target.rpartition('/')[2]}"


async def _end(websocket: WebSocket, ended: Ended, by: str) -> None:
    """End a connection as the one of the other side has ended."""
    if ended.how == "closed" and ended.code not in (1005, 1006):
        await websocket.close(ended.code if 1000 <= ended.code < 5000 and ended.code != 1015 else 1000, ended.reason)
    elif ended.how == "closed" and ended.code == 1005:
        await websocket.close(1000)
    elif ended.how == "reset":
        await websocket.abort()
    else:
        await websocket.close(1001, f"the {by} is gone")


class _NoParty:
    """Nobody speaks for the proxy: its lines only pass on."""

    def receive(self, heard: Frame | Unreadable, now: float) -> None: ...

    def outgoing(self) -> "Sequence[Frame]":
        return ()

    def timer(self) -> float | None:
        return None

    def fire(self, now: float) -> None: ...


_NO_PARTY: Final = _NoParty()
