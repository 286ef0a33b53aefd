"""The charger as an actor: it answers SDP, accepts TCP and TLS, negotiates, and serves sessions, bent where told.

Start ``serve`` in a task group; it runs until it is cancelled. Each connection is a task of its own: what one car does
never disturbs the next.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import anyio
from anyio.abc import TaskGroup, TaskStatus

from v2xconform.emulators.bends import Bend, Bending
from v2xconform.emulators.charging_tls import TlsSettings, refuse_bad_chain
from v2xconform.emulators.evcc_actor import NotReached, Wish, peer_leaf, put_parts
from v2xconform.emulators.quirks import SdpQuirk
from v2xconform.links.errors import LinkClosed, LinkError
from v2xconform.links.sdp import SdpDatagram, SdpEnd, sdp_server
from v2xconform.links.serving import serve_each
from v2xconform.links.stream import Listener, Network, Stream
from v2xconform.links.tls import tls_server
from v2xconform.links.v2g import Closed, Undecodable, V2gChannel
from v2xconform.protocols import sdp
from v2xconform.protocols.iso15118 import app_protocol, messages20, sequence20, timers20
from v2xconform.protocols.iso15118.paused20 import PausedSessions
from v2xconform.protocols.iso15118.policy20 import Notice
from v2xconform.protocols.iso15118.secc20 import SeccSession20
from v2xconform.protocols.iso15118.session20 import FaultKind, Reply
from v2xconform.protocols.message import Message
from v2xconform.protocols.sdp import PORT as SDP_PORT
from v2xconform.protocols.v2gtp import HeaderFault
from v2xconform.trace.recorder import Recorder

_SECURITY_OF_TREE = {"TLS": "TLS", "None": "None"}
_HANDSHAKE_TIMEOUT_S = 10.0
_NOTICES: dict[Wish, Notice] = {
    "stop": "Terminate",
    "pause": "Pause",
    "exit-standby": "ExitStandby",
    "renegotiate-schedule": "ScheduleRenegotiation",
    "renegotiate-services": "ServiceRenegotiation",
    "confirm-metering": "MeteringConfirmation",
}
"""Wish of the operator -> EVSENotification that asks the car for it."""


@dataclass(frozen=True, slots=True)
class SeccPlace:
    """Where the charger is found."""

    host: str | None = None
    """None: the own address on the network."""
    port: int = 0
    """0: any free one, told by SDP."""
    sdp: bool = True
    sdp_host: str | None = None
    sdp_port: int = SDP_PORT


@dataclass(slots=True)
class SeccActor:
    """One charger. A recorder of None leaves it unrecorded (it is the SUT then)."""

    network: Network
    recorder: Recorder | None
    make_session: Callable[[sequence20.Mode], SeccSession20]
    """Called for each connection once AC or DC is negotiated; the sessions share the charger's power path."""
    tls: TlsSettings | None
    """None: plain TCP (development benches)."""
    place: SeccPlace = field(default_factory=SeccPlace)
    bends: Sequence[Bend] = ()
    sdp_quirk: SdpQuirk = field(default_factory=SdpQuirk)
    supported: Sequence[app_protocol.AppProtocol] = (app_protocol.ISO20_DC, app_protocol.ISO20_AC)
    plain_too: bool = False
    """Also serve cars that ask SDP for no TLS (a deviation for ISO 15118-20, [V2G20-2356])."""
    utc: Callable[[], float] = anyio.current_time
    """Seconds since 1970, for headers of messages that a bend makes up."""
    port: int = 0
    """TCP port once it serves."""
    sessions: list[SeccSession20] = field(default_factory=list)
    paused: PausedSessions = field(default_factory=PausedSessions)
    """The sessions that cars have paused here, each for its own car ([V2G20-2545])."""
    tls_after_pause: TlsSettings | None = None
    """TLS from the moment on in which a car has paused its session: another charger at the same plug, to the car."""
    _listeners: dict[str, Listener] = field(default_factory=dict)

    async def serve(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled. Raises LinkUnavailable (port, interface, permission) before it reports as started."""
        async with anyio.create_task_group() as group:
            kinds = ["None"] if self.tls is None else ["TLS", "None"] if self.plain_too else ["TLS"]
            for kind in kinds:
                port = self.place.port if kind == kinds[0] else 0
                listener = await self.network.listen(
                    self.place.host, port, recorder=self.recorder, src="secc", dst="evcc"
                )
                self._listeners[kind] = listener
                group.start_soon(self._accept, group, listener, kind == "TLS")
            self.port = self._listeners[kinds[0]].port
            try:
                if self.place.sdp:
                    end = await sdp_server(
                        self.network, recorder=self.recorder, host=self.place.sdp_host, port=self.place.sdp_port
                    )
                    group.start_soon(self._answer_sdp, group, end)
                task_status.started()
                await anyio.sleep_forever()
            finally:
                with anyio.CancelScope(shield=True):
                    for listener in self._listeners.values():
                        await listener.aclose()

    def _settings(self, usual: TlsSettings) -> TlsSettings:
        has_paused = any(session.paused is not None for session in self.sessions)
        return self.tls_after_pause if self.tls_after_pause is not None and has_paused else usual

    def wish(self, what: Wish) -> None:
        """Take a wish of the operator: the next charge loop response asks the car for it. Raises NotReached."""
        if what not in _NOTICES or not self.sessions or self.sessions[-1].ended:
            raise NotReached(f"the charger has no session in which it could ask for {what}")
        self.sessions[-1].notify(_NOTICES[what], anyio.current_time())

    # ---- SDP

    async def _answer_sdp(self, group: TaskGroup, end: SdpEnd) -> None:
        left = self.sdp_quirk.most_answers
        async with end:
            while True:
                request = await end.receive()
                if request is not None and self._answers(request) and not self.sdp_quirk.silent and left != 0:
                    left = None if left is None else left - 1
                    group.start_soon(self._respond, end, request)

    def _answers(self, request: SdpDatagram) -> bool:
        """A request with any fault gets no answer ([V2G2-092], [V2G2-094]); UDP as transport is reserved."""
        quirk, message = self.sdp_quirk, request.message
        tolerated = {
            "version": quirk.answers_wrong_header,
            "inverse": quirk.answers_wrong_header,
            "payload-type": quirk.answers_wrong_header,
            "length": quirk.answers_wrong_length,
            "security": quirk.answers_unknown_security,
            "transport": quirk.answers_unknown_security,
        }
        if any(not tolerated.get(fault.kind, False) for fault in message.faults):
            return False
        if message.name == sdp.RESPONSE:
            return quirk.answers_wrong_header
        return message.tree.get("TransportProtocol", "TCP") == "TCP" or quirk.answers_udp

    async def _respond(self, end: SdpEnd, request: SdpDatagram) -> None:
        quirk = self.sdp_quirk
        if quirk.answer_delay_s:
            await anyio.sleep(quirk.answer_delay_s)
        asked = _SECURITY_OF_TREE.get(str(request.message.tree.get("Security", "TLS")), "TLS")
        # TLS asked and spoken: TLS; else what there is, and the car decides ([V2G2-626] to [V2G2-628]).
        kind = asked if asked in self._listeners else next(iter(self._listeners))
        kind = quirk.security if quirk.security in self._listeners else kind
        listener = self._listeners[kind]
        tree = {
            "SECCIPAddress": listener.host,
            "SECCPort": max(listener.port + quirk.port_change, 0) & 0xFFFF,
            "Security": quirk.security or kind,
            "TransportProtocol": quirk.transport or "TCP",
        }
        for _ in range(quirk.copies):
            if quirk.raw:
                await end.send_bytes(bytes.fromhex(quirk.raw), request.source, answers=request.event)
            else:
                await end.respond(request, tree)

    # ---- connections

    async def _accept(self, group: TaskGroup, listener: Listener, secure: bool) -> None:
        with suppress(LinkClosed):  # the charger has been switched off
            await serve_each(listener, group, partial(self._connection, secure=secure))

    async def _connection(self, stream: Stream, secure: bool) -> None:
        try:
            if secure and self.tls is not None:
                with anyio.fail_after(_HANDSHAKE_TIMEOUT_S):
                    settings = self._settings(self.tls)
                    stream = await tls_server(stream, settings.policy)
                await refuse_bad_chain(stream, settings, self.utc())
            await self._session(V2gChannel(stream), secure or self.tls is None or self.plain_too)
        except (LinkError, TimeoutError):
            await stream.abort()  # what went wrong is on the trace already
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await stream.close()
            raise

    async def _session(self, channel: V2gChannel, allowed: bool) -> None:
        mode = await self._negotiate(channel, allowed)
        if mode is None:
            await channel.close()
            return
        session = self.make_session(mode)
        leaf = peer_leaf(channel.stream)
        session.find_paused = lambda session_id: self.paused.find(session_id, leaf)
        self.sessions.append(session)
        bending = Bending(self.bends, self._build(session))
        session.start(anyio.current_time())
        state = self._tell_state(session, "")
        while True:
            timer = session.timer()
            incoming = None
            with anyio.move_on_at(timer.at) if timer else anyio.CancelScope():
                incoming = await channel.receive()
            now = anyio.current_time()
            if isinstance(incoming, Closed):
                await channel.close()
                return
            if incoming is None:
                assert timer is not None
                self._expired(timer.name, timer.seconds)
                reply = session.fire(now)
            elif isinstance(incoming, Message):
                reply = session.receive(incoming, now)
            else:
                reply = session.receive_fault(_fault_kind(incoming), now)
            state = self._tell_state(session, state)
            if session.paused is not None:
                self.paused.keep(session.paused, leaf)
            elif session.ended:
                self.paused.forget(session.session_id, leaf)
            if await self._act(channel, bending, reply):
                return

    async def _negotiate(self, channel: V2gChannel, allowed: bool) -> sequence20.Mode | None:
        """Serve supportedAppProtocolReq; return the mode that was agreed, None when the connection is to be closed."""
        bending = Bending(self.bends, lambda name: Message(app_protocol.PROTOCOL, name, {}))
        incoming = None
        while incoming is None or isinstance(incoming, HeaderFault):
            with anyio.move_on_after(timers20.SECC_SEQUENCE.seconds):
                incoming = await channel.receive()
            if incoming is None:
                self._expired(timers20.SECC_SEQUENCE.name, timers20.SECC_SEQUENCE.seconds)
                return None
        if not isinstance(incoming, Message) or incoming.name != app_protocol.REQUEST:
            return None
        choice = app_protocol.choose(incoming.tree, self.supported if allowed else ())
        await put_parts(channel, bending.plan(choice.response), choice.response, channel.wait)
        if choice.protocol is None:
            await self._let_close_first(channel)
            return None
        channel.negotiated("iso15118-20")
        return app_protocol.MODES20[choice.protocol.namespace]

    async def _let_close_first(self, channel: V2gChannel) -> None:
        with anyio.move_on_after(1.0):
            while not isinstance(await channel.receive(), Closed):
                pass

    def _build(self, session: SeccSession20) -> Callable[[str], Message]:
        def build(name: str) -> Message:
            header = {"SessionID": session.session_id, "TimeStamp": int(self.utc())}
            return messages20.message(name, header, {"ResponseCode": "OK", **messages20.filler(name)})

        return build

    def _tell_state(self, session: SeccSession20, before: str) -> str:
        if self.recorder is not None and session.state != before:
            self.recorder.add(kind="state", layer="session", name=session.state, src="secc")
        return session.state

    def _expired(self, name: str, seconds: float) -> None:
        if self.recorder is not None:
            body = {"action": "expired", "seconds": seconds}
            self.recorder.add(kind="timer", layer="session", name=name, src="secc", body=body)

    async def _act(self, channel: V2gChannel, bending: Bending, reply: Reply) -> bool:
        """Do what the session says; return True when the connection is over."""
        if reply.delay > 0:
            await channel.wait(reply.delay)
        if reply.message is not None:
            await put_parts(channel, bending.plan(reply.message), reply.message, channel.wait)
            if channel.stream.closed:
                return True
        if not reply.close:
            return False
        if reply.close_after > 0:
            with anyio.move_on_after(reply.close_after):
                while not isinstance(await channel.receive(), Closed):
                    pass
        await channel.close()
        return True


def _fault_kind(incoming: Undecodable | HeaderFault) -> FaultKind:
    return "exi" if isinstance(incoming, Undecodable) else incoming.kind
