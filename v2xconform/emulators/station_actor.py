"""The charging station as an actor: it makes the connections that its station wants, and carries its frames.

`run` plays it until cancelled. Drivers and test steps act with `act`, which calls something of the station at this instant.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio

from v2xconform.emulators.bends import Bend
from v2xconform.emulators.ocpp_line import OcppLine
from v2xconform.emulators.ocpp_tls import server_problem, why_refused
from v2xconform.emulators.station import Dial, Station
from v2xconform.links.addresses import format_address
from v2xconform.links.errors import LinkError
from v2xconform.links.ocpp import OcppChannel
from v2xconform.links.stream import Network, Stream
from v2xconform.links.tls import TlsFailed, TlsPolicy, tls_client
from v2xconform.links.websocket import WebSocket
from v2xconform.links.websocket_opening import WebSocketRefused, ws_client
from v2xconform.protocols.ocpp import VERSIONS, Version
from v2xconform.trace.recorder import Recorder


@dataclass(slots=True)
class StationActor:
    """One station. A recorder of None leaves it unrecorded (it is the SUT then)."""

    network: Network
    recorder: Recorder | None
    station: Station
    tls_of: Callable[[Dial], TlsPolicy | None] = lambda dial: None
    """TLS for an attempt, None for none."""
    checks_name: bool = True
    """Refuses a server certificate of another host ([A00.FR.309])."""
    bends: Sequence[Bend] = ()
    line: OcppLine | None = None
    """The connection, None while there is none."""
    attempts: int = 0
    """Connection attempts so far."""
    blocked: bool = False
    """The way to the CSMS is cut: attempts fail."""
    beats: list[Callable[[float], None]] = field(default_factory=list)
    """Called whenever the station has looked what there is to do: the charger's other face."""
    _news: anyio.Event = field(default_factory=anyio.Event)
    _dialing: Dial | None = None

    async def run(self) -> None:
        """Power on and live until cancelled."""
        self.station.power_on(anyio.current_time())
        async with anyio.create_task_group() as group:
            while True:
                self._news = anyio.Event()
                self.station.fire(anyio.current_time())
                for beat in self.beats:
                    beat(anyio.current_time())
                await self._speak()
                dial = self.station.connection.dial
                if dial is not None and dial is not self._dialing:
                    self._dialing = dial
                    group.start_soon(self._converse, dial)
                due = self.station.timer()
                with anyio.move_on_after(None if due is None else max(0.0, due - anyio.current_time())):
                    await self._news.wait()

    def act(self, deed: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Do something to the station now: ``act(station.transactions.plug_in, evse)``; `now` is given as keyword."""
        outcome = deed(*arguments, now=anyio.current_time(), **keywords)
        self.poke()
        return outcome

    def poke(self) -> None:
        """Let the station look what there is to do."""
        self._news.set()

    async def _speak(self) -> None:
        line, station = self.line, self.station
        if line is None:
            return
        await line.flush()
        while station.pings:
            station.pings -= 1
            try:
                await line.channel.websocket.ping()
            except LinkError:
                return
        if station.hang_up:
            why, station.hang_up = station.hang_up, ""
            if why == "reset":
                await line.channel.websocket.abort()
            else:
                await line.channel.websocket.say_goodbye(1000, why[:100])

    async def _converse(self, dial: Dial) -> None:
        """Make one attempt and, if it succeeds, live with the connection until it ends."""
        self.attempts += 1
        try:
            websocket = await self.open(dial)
        except WebSocketRefused as refused:
            self.station.refused(anyio.current_time(), refused.status)
            self.poke()
            return
        except LinkError as error:
            now = anyio.current_time()
            self.station.security.tls_failed(why_refused(error), now)
            self.station.refused(now)
            self.poke()
            return
        try:
            await self._live(websocket, dial)
        finally:
            self.line = None
            with anyio.CancelScope(shield=True), anyio.move_on_after(1.0):
                await websocket.stream.close()
            self.station.dropped(anyio.current_time())
            self.poke()

    async def _live(self, websocket: WebSocket, dial: Dial) -> None:
        version: Version = next((one for one in VERSIONS if one == websocket.subprotocol), self.station.version)
        websocket.manners = self.station.policy.websocket
        self.line = OcppLine(OcppChannel(websocket, version), self.station, self.bends, self.recorder is not None)
        self.station.connected(version, anyio.current_time())
        self.poke()
        await self.line.listen(self.poke)

    async def open(self, dial: Dial) -> WebSocket:
        """Make one attempt. Raises WebSocketRefused, LinkError."""
        if self.blocked:
            raise LinkError("unreachable", "the way to the CSMS is cut")
        where = dial.endpoint
        stream: Stream = await self.network.connect(
            where.host, where.port, recorder=self.recorder, src="station", dst="csms"
        )
        policy = self.tls_of(dial)
        if policy is not None:
            stream = await tls_client(stream, policy)
            problem = server_problem(stream, where.host) if self.checks_name else ""
            if problem:
                stream.tap.outgoing(kind="note", layer="tls", name=problem)
                await stream.close()
                raise TlsFailed(problem, "certificate_unknown", "sent")
            self.station.certificates.trusted(stream.tls.peer_chain if stream.tls else ())
        headers = [("Authorization", dial.authorization)] if dial.authorization else []
        websocket = await ws_client(
            stream, dial.target, format_address(where.host, where.port), subprotocols=dial.subprotocols,
            headers=headers, deflate=dial.deflate, accepts=self.station.policy.connection.accepts_subprotocols,
        )  # fmt: skip
        taken = self.station.policy.connection
        if taken.insists_on_deflate and not websocket.deflate:
            await websocket.close(1010, "no compression")
            raise WebSocketRefused(101, "the CSMS does not compress")
        agreed = websocket.subprotocol in (*VERSIONS, *taken.accepts_subprotocols) or taken.accepts_no_subprotocol
        if not agreed:
            await websocket.close(1002, "no common subprotocol")
            raise WebSocketRefused(101, "the CSMS named no subprotocol")
        return websocket

    # ---- the way to the CSMS

    async def cut(self) -> None:
        """Cut the way to the CSMS: the connection breaks without a word, attempts fail until `mend`."""
        self.blocked = True
        if self.line is not None:
            await self.line.channel.websocket.abort()

    def mend(self) -> None:
        """Let attempts succeed again."""
        self.blocked = False
