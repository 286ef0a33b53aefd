"""Many charging stations in one process: `station.Station` behind lean ends, nothing recorded.

`station_actor.StationActor` is the one for test cases and for watching one station. Here every station is the same object
behind the smallest connection; those of one persona share their device model until one of them changes a value.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

from v2xconform.emulators.ocpp_crowd import Clockwork, Counts, count_heard, send
from v2xconform.emulators.station import Station
from v2xconform.links.addresses import format_address
from v2xconform.links.websocket_fleet import ClientEnd, LeanEnd
from v2xconform.protocols.ocpp import VERSIONS, Version, frames
from v2xconform.protocols.ocpp.handshake import Endpoint

AT_ONCE = 200
"""Connections that are being made at a time."""
_CLEAN_WAIT_S = 2.0


@dataclass(slots=True)
class Member:
    """One station of the fleet."""

    station: Station
    end: LeanEnd | None = None
    dial: Any = None
    """The attempt that is under way."""
    due: float | None = None
    """When the fleet has planned to look at it."""


@dataclass(slots=True)
class StationFleet:
    """Make members with `make`, `run` it until cancelled, then look at `counts`."""

    make: Callable[[int], Station]
    """Returns the station of a number, from 1."""
    size: int
    cycle_s: float = 0.0
    """Each station charges an EV in so many seconds, again and again; 0: Heartbeats only."""
    token: dict[str, Any] = field(default_factory=dict)
    """IdTokenType that drivers present."""
    members: list[Member] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    booted: int = 0
    """Stations that have been accepted."""
    transactions: int = 0
    problem: str = ""
    """Why the last attempt failed."""
    _clock: Clockwork = field(init=False)
    _group: TaskGroup | None = None
    _leaving: bool = False
    _quiet: anyio.Event = field(default_factory=anyio.Event)
    _places: anyio.CapacityLimiter = field(init=False)

    async def run(self) -> None:
        """Power one station after the other on, and let them live until cancelled."""
        self._clock = Clockwork(self._fire)
        self._places = anyio.CapacityLimiter(AT_ONCE)
        try:
            async with anyio.create_task_group() as self._group:
                for number in range(1, self.size + 1):
                    member = Member(self.make(number))
                    self.members.append(member)
                    member.station.power_on(self._clock.now())
                    self._look(member)
                    if number % 20 == 0:
                        await checkpoint()
                await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await self._leave()

    async def _leave(self) -> None:
        """Take leave of the CSMS in good order."""
        self._clock.stop()
        self._leaving = True
        for member in self.members:
            if member.end is not None:
                member.end.close(1000, "the station ends")
        with anyio.move_on_after(_CLEAN_WAIT_S):
            if self.counts.connected:
                await self._quiet.wait()
        for member in self.members:
            if member.end is not None:
                member.end.abort()

    # ---- what the ends tell

    def opened(self, end: LeanEnd) -> None:
        """The station is connected."""
        member: Member = end.party
        station, now = member.station, self._clock.now()
        version: Version = next((one for one in VERSIONS if one == end.subprotocol), station.version)
        if end.subprotocol not in VERSIONS and not station.policy.connection.accepts_no_subprotocol:
            end.close(1002, "no common subprotocol")
            self.problem = "the CSMS named no subprotocol"
            return
        member.end, member.dial = end, None
        self.counts.connected += 1
        self.counts.opened += 1
        station.connected(version, now)
        self._flush(member, now)

    def heard(self, end: LeanEnd, data: bytes, text: bool) -> None:
        """Let the station act on it."""
        member: Member = end.party
        if member.end is not end:
            return
        now, station = self._clock.now(), member.station
        frame = frames.parse(data, station.version)
        count_heard(end, frame, self.counts, now)
        before = station.provisioning.status
        station.receive(frame, now)
        if station.provisioning.status == "Accepted" != before:
            self.booted += 1
            self._plan_cycle(member, now)
        self._flush(member, now)

    def ended(self, end: LeanEnd, opened: bool, status: int) -> None:
        """Let the station try again, as it sees fit."""
        member: Member = end.party
        now = self._clock.now()
        if member.end is end:
            member.end = None
            self.counts.connected -= 1
            if not self.counts.connected and self._leaving:
                self._quiet.set()
            self.counts.lost += not end.closing
            member.station.dropped(now)
        elif member.end is None and member.dial is not None:
            self._refused(member, status, f"HTTP status {status}" if status else "the connection was closed", now)
        self._look(member)

    # ---- speaking

    def _fire(self, member: Member, now: float) -> None:
        member.station.fire(now)
        self._flush(member, now)

    def _look(self, member: Member) -> None:
        """Make the attempt that the station wants, and plan the next look at it."""
        station = member.station
        dial = station.connection.dial
        if dial is not None and dial is not member.dial and member.end is None:
            member.dial = dial
            assert self._group is not None, "run() comes first"
            if not self._group.cancel_scope.cancel_called:
                self._group.start_soon(self._connect, member)
        self._clock.plan(member, station.timer())

    def _flush(self, member: Member, now: float) -> None:
        """Send what the station wants to say; what it plans for this instant comes after that."""
        station, end = member.station, member.end
        while True:
            if end is not None:
                for frame in station.outgoing():
                    send(end, frame, self.counts, now)
            due = station.timer()
            if due is None or due > now:
                break
            station.fire(now)
        if end is not None:
            while station.pings:
                station.pings -= 1
                end.ping()
            if station.hang_up:
                why, station.hang_up = station.hang_up, ""
                if why == "reset":
                    end.abort()
                else:
                    end.close(1000, why[:100])
        self._look(member)

    async def _connect(self, member: Member) -> None:
        async with self._places:
            dial = member.dial
            if dial is None:
                return
            where: Endpoint = dial.endpoint
            headers = [("Authorization", dial.authorization)] if dial.authorization else []

            def make() -> ClientEnd:
                host = format_address(where.host, where.port)
                end = ClientEnd(self, dial.target, host, subprotocols=dial.subprotocols, headers=headers)
                end.party = member
                return end

            loop = asyncio.get_running_loop()
            try:
                with anyio.fail_after(10.0):
                    await loop.create_connection(make, where.host, where.port)
            except (OSError, TimeoutError) as error:
                text = "no answer within 10 s" if isinstance(error, TimeoutError) else str(error.strerror or error)
                self._refused(member, 0, text, self._clock.now())
                self._look(member)

    def _refused(self, member: Member, status: int, text: str, now: float) -> None:
        member.dial = None
        self.counts.refused += 1
        self.problem = text
        member.station.refused(now, status)

    # ---- charging

    def _plan_cycle(self, member: Member, now: float) -> None:
        if self.cycle_s > 0:
            share = (len(self.members) * 0.6180339887) % 1.0  # spread evenly, the same in every run
            member.station.agenda.at(now + share * self.cycle_s, lambda at: self._begin(member, at), "fleet.cycle")

    def _begin(self, member: Member, now: float) -> None:
        station = member.station
        if station.online:
            evse = station.evses[0]
            with contextlib.suppress(Exception):
                station.transactions.plug_in(evse, now)
                station.authorization.present(dict(self.token), evse, now)
                self.transactions += 1
        station.agenda.at(now + self.cycle_s * 0.7, lambda at: self._finish(member, at), "fleet.cycle")

    def _finish(self, member: Member, now: float) -> None:
        station = member.station
        if station.evses[0].plugged:
            station.transactions.unplug(station.evses[0], now)
        station.agenda.at(now + self.cycle_s * 0.3, lambda at: self._begin(member, at), "fleet.cycle")
