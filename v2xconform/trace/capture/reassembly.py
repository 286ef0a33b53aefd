"""TCP reassembly for captures: order restored, retransmissions dropped, gaps declared, memory bounded (RFC 9293).

A capture is not an endpoint: packets may be missing although they were delivered, and a connection may have begun
before the recording. A hole counts as a gap once the receiver acknowledged data beyond it and a few more packets have
not filled it, or when too much waits behind it.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from v2xconform.trace.capture.dissect import ACK, FIN, RST, SYN, Segment, endpoint
from v2xconform.trace.capture.packets import Packet

PATIENCE: Final = 4
"""Packets of a connection that may pass after an acknowledgement beyond a hole, before the hole counts as a gap."""
MOST_WAITING: Final = 262_144
"""Octets that may wait behind a hole in one direction."""
MOST_SEGMENTS: Final = 256
MOST_CONNECTIONS: Final = 1024
"""Connections kept at a time; the one that was quiet longest is ended when another one comes."""
_WORD: Final = 0xFFFF_FFFF


class Stamp(NamedTuple):
    """Which packet brought the data."""

    packet: int
    time_ns: int | None


@dataclass(frozen=True, slots=True)
class Connection:
    """One TCP connection of a capture. End 0 is the client where its SYN was seen, else the first sender."""

    number: int
    """From 1, in the order of their first packet."""
    ends: tuple[str, str]
    whole: bool
    """Whether its beginning is in the capture."""


class Sink(Protocol):
    """Takes the octets of one connection, in order; `direction` is the end (0, 1) that sent them."""

    def data(self, direction: int, data: bytes, stamp: Stamp) -> None:
        """Take the next octets."""

    def gap(self, direction: int, missing: int, stamp: Stamp) -> None:
        """Take note that `missing` octets are not in the capture; what comes next follows after them."""

    def end(self) -> None:
        """Take note that the connection or the capture ended."""


@dataclass(slots=True)
class _Half:
    """One direction of a connection."""

    next: int | None = None
    """Sequence number of the next octet to hand on; None until the direction spoke."""
    waiting: dict[int, tuple[bytes, Stamp]] = field(default_factory=dict)
    size: int = 0
    patience: int = 0
    finished: int | None = None
    """Sequence number of its FIN."""


@dataclass(slots=True)
class _Tracked:
    sink: Sink
    clients: tuple[bytes, int]
    halves: tuple[_Half, _Half] = field(default_factory=lambda: (_Half(), _Half()))
    first: int | None = None
    """Sequence number of the client's SYN, by which a new connection on the same ports is told from a repeat."""
    ended: bool = False


def _ahead(sequence: int, of: int) -> int:
    """Distance between two sequence numbers, negative for the past, across the wrap at 2^32."""
    distance = (sequence - of) & _WORD
    return distance - (1 << 32) if distance & 0x8000_0000 else distance


class Connections:
    """Follow all TCP connections of a capture: give it segments with `take`, at last call `finish`.

    `opened` makes the sink for each new connection.
    """

    def __init__(self, opened: Callable[[Connection], Sink]) -> None:
        self._opened = opened
        self._tracked: OrderedDict[tuple[bytes, int, bytes, int], _Tracked] = OrderedDict()
        self._count = 0

    def take(self, segment: Segment, packet: Packet) -> None:
        """Sort one segment in; the sinks of its connection are called as soon as octets are in order."""
        here = (segment.source, segment.source_port)
        there = (segment.destination, segment.destination_port)
        key = (*here, *there) if here < there else (*there, *here)
        tracked = self._tracked.get(key)
        flags = segment.flags
        opening = flags & SYN and not flags & ACK
        if tracked is not None and opening and tracked.first != segment.sequence and tracked.halves[0].next is not None:
            self._end(tracked)
            tracked = None
        if tracked is None:
            if not segment.data and not flags & SYN:
                return
            tracked = self._open(key, here, there, flags)
        else:
            self._tracked.move_to_end(key)
        direction = 0 if tracked.clients == here else 1
        half, other = tracked.halves[direction], tracked.halves[1 - direction]
        stamp = Stamp(packet.number, packet.time_ns)
        sequence = segment.sequence
        if flags & SYN:
            if opening:
                tracked.first = sequence
            sequence = (sequence + 1) & _WORD
            if half.next is None:
                half.next = sequence
        if segment.data:
            self._sort_in(tracked, direction, sequence, segment.data, stamp)
        if flags & ACK and other.waiting and other.next is not None and _ahead(segment.acknowledged, other.next) > 0:
            other.patience += 1
            if other.patience > PATIENCE:
                self._give_up(tracked, 1 - direction)
        if flags & FIN:
            half.finished = (sequence + len(segment.data)) & _WORD
        if flags & RST or (half.finished is not None and other.finished is not None):
            self._end(tracked)

    def finish(self) -> None:
        """Hand on what still waits and end all connections: the capture is over."""
        for tracked in self._tracked.values():
            self._end(tracked)
        self._tracked.clear()

    def _open(
        self, key: tuple[bytes, int, bytes, int], here: tuple[bytes, int], there: tuple[bytes, int], flags: int
    ) -> _Tracked:
        if len(self._tracked) >= MOST_CONNECTIONS:
            self._end(self._tracked.popitem(last=False)[1])
        self._count += 1
        client, server = (there, here) if flags & SYN and flags & ACK else (here, there)
        connection = Connection(self._count, (endpoint(*client), endpoint(*server)), bool(flags & SYN))
        tracked = self._tracked[key] = _Tracked(self._opened(connection), client)
        return tracked

    def _sort_in(self, tracked: _Tracked, direction: int, sequence: int, data: bytes, stamp: Stamp) -> None:
        half = tracked.halves[direction]
        if half.next is None:
            half.next = sequence
        ahead = _ahead(sequence, half.next)
        if ahead <= 0:
            if -ahead >= len(data):
                return
            half.next = (sequence + len(data)) & _WORD
            half.patience = 0
            tracked.ended = False
            tracked.sink.data(direction, data[-ahead:] if ahead else data, stamp)
            if half.waiting:
                self._drain(tracked, direction)
            return
        held = half.waiting.get(sequence)
        if held is None or len(held[0]) < len(data):
            half.size += len(data) - (len(held[0]) if held else 0)
            half.waiting[sequence] = (data, stamp)
            tracked.ended = False
            if half.size > MOST_WAITING or len(half.waiting) > MOST_SEGMENTS:
                self._give_up(tracked, direction)

    def _drain(self, tracked: _Tracked, direction: int) -> None:
        """Hand on what waits and now joins; what it overlaps with came first and stays."""
        half = tracked.halves[direction]
        while half.waiting and half.next is not None:
            at = half.next
            sequence = min(half.waiting, key=lambda waiting: _ahead(waiting, at))
            ahead = _ahead(sequence, at)
            if ahead > 0:
                return
            data, stamp = half.waiting.pop(sequence)
            half.size -= len(data)
            if -ahead < len(data):
                half.next = (sequence + len(data)) & _WORD
                half.patience = 0
                tracked.sink.data(direction, data[-ahead:] if ahead else data, stamp)

    def _give_up(self, tracked: _Tracked, direction: int) -> None:
        """Declare the hole before the waiting octets a gap and go on behind it."""
        half = tracked.halves[direction]
        if not half.waiting or half.next is None:
            return
        at = half.next
        sequence = min(half.waiting, key=lambda waiting: _ahead(waiting, at))
        tracked.sink.gap(direction, _ahead(sequence, at), half.waiting[sequence][1])
        half.next = sequence
        half.patience = 0
        self._drain(tracked, direction)

    def _end(self, tracked: _Tracked) -> None:
        """End the connection but remember it: late repetitions of its segments must not look like new data."""
        if tracked.ended:
            return
        for direction in (0, 1):
            while tracked.halves[direction].waiting:
                self._give_up(tracked, direction)
        tracked.ended = True
        tracked.sink.end()
