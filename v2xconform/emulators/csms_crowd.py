"""A CSMS with thousands of stations in one process: `csms.Csms` behind lean ends, nothing recorded.

`csms_actor.CsmsActor` is the one for test cases: recorded, bent, on either clock. This one is for mass connections and for
watching a station without a record; the CSMS itself is the same object.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from v2xconform.emulators.csms import Csms, StationSession
from v2xconform.emulators.ocpp_crowd import Clockwork, Counts, count_heard, send
from v2xconform.links.errors import LinkUnavailable, explain
from v2xconform.links.websocket import Upgrade
from v2xconform.links.websocket_fleet import LeanEnd, ServerEnd
from v2xconform.links.websocket_opening import Decision
from v2xconform.protocols.ocpp import VERSIONS, Version, frames
from v2xconform.protocols.ocpp.frames import Frame, Unreadable
from v2xconform.protocols.ocpp.handshake import identity_of
from v2xconform.protocols.ocpp.rpc import OnFailure, OnResult, Payload

BACKLOG = 4096
"""Connections that the system keeps waiting."""
Watcher = Callable[[str, bool, "Frame | Unreadable | None", str], None]
"""Told of everything: identity, whether this side says it, the frame (None: something else), what happened in words."""


class CsmsCrowd:
    """Serve with `listen`, act with `request`, end with `close`."""

    def __init__(self, csms: Csms, watch: Watcher | None = None) -> None:
        self.csms = csms
        self.counts = Counts()
        self.ends: dict[str, LeanEnd] = {}
        """Identity -> its newest connection."""
        self.port = 0
        self.watch = watch
        self._clock: Clockwork
        self._server: asyncio.Server

    async def listen(self, host: str, port: int) -> None:
        """Take connections from now on. Raises LinkUnavailable."""
        loop = asyncio.get_running_loop()
        self._clock = Clockwork(self._fire)
        deflate = self.csms.policy.admission.deflate
        try:
            self._server = await loop.create_server(
                lambda: ServerEnd(self, self._decide, deflate=deflate), host, port, backlog=BACKLOG
            )
        except OSError as error:
            raise LinkUnavailable(*explain(error, f"listen on {host}:{port}")) from None
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self, patience_s: float = 2.0) -> None:
        """Take leave of all stations, and stop."""
        self._server.close()
        for end in list(self.ends.values()):
            end.close(1001, "the CSMS ends")
        waited = 0.0
        while self.ends and waited < patience_s:
            await asyncio.sleep(0.05)
            waited += 0.05
        for end in list(self.ends.values()):
            end.abort()
        self._clock.stop()

    def request(
        self, identity: str, action: str, payload: Payload, on_result: OnResult | None = None,
        on_failure: OnFailure | None = None,
    ) -> bool:  # fmt: skip
        """Send a request of an operator; False when the station is not connected."""
        end = self.ends.get(identity)
        if end is None:
            return False
        wanted: dict[str, Any] = {"on_result": on_result, "on_failure": on_failure}
        callbacks = {name: one for name, one in wanted.items() if one is not None}
        cast(StationSession, end.party).call(action, payload, self._clock.now(), **callbacks)
        self._flush(end)
        return True

    # ---- what the ends tell

    def _decide(self, upgrade: Upgrade) -> Decision:
        headers = {name.lower(): value for name, value in reversed(upgrade.headers)}
        admitted = self.csms.admission.decide(upgrade.target, headers, upgrade.subprotocols)
        if admitted.status != 101 or admitted.close:
            self.counts.refused += 1
            if self.watch is not None:
                why = admitted.text or f"none of the subprotocols {', '.join(upgrade.subprotocols) or '(none offered)'}"
                self.watch(identity_of(upgrade.target), True, None, f"refused ({admitted.status}): {why}")
        return Decision(admitted.status, admitted.subprotocol, admitted.text, close_code=1002 if admitted.close else 0)

    def opened(self, end: LeanEnd) -> None:
        """Open a session; an older connection of the identity is hung up."""
        identity, now = identity_of(end.target), self._clock.now()
        version: Version = next((one for one in VERSIONS if one == end.subprotocol), self.csms.versions[0])
        older = self.ends.get(identity)
        end.party = self.csms.open(identity, version, now)
        self.ends[identity] = end
        self.counts.connected += 1
        self.counts.opened += 1
        if self.watch is not None:
            self.watch(identity, False, None, f"connected with {end.subprotocol or 'no subprotocol'}")
        if older is not None:
            self._flush(older)

    def heard(self, end: LeanEnd, data: bytes, text: bool) -> None:
        """Let the session answer."""
        session: StationSession = end.party
        now = self._clock.now()
        frame = frames.parse(data, session.rpc.version)
        count_heard(end, frame, self.counts, now)
        if self.watch is not None:
            self.watch(session.identity, False, frame, "")
        session.receive(frame, now)
        self._flush(end)

    def ended(self, end: LeanEnd, opened: bool, status: int) -> None:
        """Forget the connection."""
        session: StationSession | None = end.party
        if session is None:
            return
        end.party, end.due = None, None
        self.counts.connected -= 1
        self.counts.lost += not end.closing
        if self.ends.get(session.identity) is end:
            del self.ends[session.identity]
        session.dropped(self._clock.now())
        if self.watch is not None:
            how = "closed the connection" if end.closing else "is gone without a close frame"
            self.watch(session.identity, False, None, how)

    # ---- speaking

    def _fire(self, end: LeanEnd, now: float) -> None:
        if end.party is not None:
            end.party.fire(now)
            self._flush(end)

    def _flush(self, end: LeanEnd) -> None:
        """Send what the session wants to say; what it plans on its answers for this instant comes after them."""
        session: StationSession = end.party
        now = self._clock.now()
        while True:
            for frame in session.outgoing():
                send(end, frame, self.counts, now)
                if self.watch is not None:
                    self.watch(session.identity, True, frame, "")
            due = session.timer()
            if due is None or due > now:
                break
            session.fire(now)
        self._clock.plan(end, due)
        if session.hang_up:
            why, session.hang_up = session.hang_up, ""
            end.close(1000, why[:100])
