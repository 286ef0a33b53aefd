"""What drives many OCPP parties at once without a task for each: one heap of instants, one timer, one way out."""

import asyncio
import heapq
from dataclasses import dataclass, field
from typing import Any

from v2xconform.links.websocket_fleet import LeanEnd
from v2xconform.protocols.ocpp import frames
from v2xconform.protocols.ocpp.frames import Frame

_BINS_PER_DECADE = 40
_LEAST_S = 1e-5


class Latencies:
    """How long answers took, in bins of 6 %: as many as you like in the same memory."""

    def __init__(self) -> None:
        self.bins = [0] * (7 * _BINS_PER_DECADE + 1)
        self.count = 0

    def add(self, seconds: float) -> None:
        """Count one."""
        place, at = 0, _LEAST_S
        if seconds > at:
            from math import log10

            place = min(len(self.bins) - 1, int(log10(seconds / at) * _BINS_PER_DECADE) + 1)
        self.bins[place] += 1
        self.count += 1

    def share(self, part: float) -> float | None:
        """Return the seconds within which a part (0.5, 0.99) of the answers came, None without any."""
        wanted, seen = part * self.count, 0
        for place, number in enumerate(self.bins):
            seen += number
            if number and seen >= wanted:
                return float(_LEAST_S * 10 ** (place / _BINS_PER_DECADE))
        return None


@dataclass(slots=True)
class Counts:
    """What has happened since the start."""

    connected: int = 0
    """Connections that are there now."""
    opened: int = 0
    """Connections that have been made."""
    refused: int = 0
    lost: int = 0
    """Connections that broke although nobody here had closed them."""
    calls_sent: int = 0
    calls_heard: int = 0
    errors: int = 0
    """CALLERRORs, sent or received."""
    unreadable: int = 0
    latencies: Latencies = field(default_factory=Latencies)

    @property
    def calls(self) -> int:
        """CALLs of both directions."""
        return self.calls_sent + self.calls_heard


class Clockwork:
    """Calls ``fire(due)`` of its owner for whatever was planned; an object has one instant at most."""

    def __init__(self, fire: Any) -> None:
        self._fire = fire
        self._heap: list[tuple[float, int, Any]] = []
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def now(self) -> float:
        """Seconds of the loop's clock."""
        return self._loop.time()

    def plan(self, thing: Any, due: float | None) -> None:
        """Look at a thing (it has a `due`) at an instant, or not at all."""
        if due is None or (thing.due is not None and thing.due <= due):
            return  # what is planned too early looks again
        thing.due = due
        self._number += 1
        heapq.heappush(self._heap, (due, self._number, thing))
        if self._heap[0][2] is thing:
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._heap:
            self._timer = self._loop.call_at(self._heap[0][0], self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = self._loop.time() + 0.001  # the loop's clock moves in milliseconds
        while self._heap and self._heap[0][0] <= now:
            due, _, thing = heapq.heappop(self._heap)
            if thing.due == due:
                thing.due = None
                self._fire(thing, max(due, now - 0.001))
        self._arm()

    def stop(self) -> None:
        """Forget everything."""
        if self._timer is not None:
            self._timer.cancel()
        self._heap.clear()


def send(end: LeanEnd, frame: Frame, counts: Counts, now: float) -> bytes:
    """Send a frame, count it, and return its text."""
    data = frames.text_of(frame).encode()
    if frame.type == frames.CALL:
        counts.calls_sent += 1
        end.asked_at = now
    elif frame.type == frames.CALLERROR:
        counts.errors += 1
    end.send(data)
    return data


def count_heard(end: LeanEnd, frame: Any, counts: Counts, now: float) -> None:
    """Count what was heard."""
    if not isinstance(frame, Frame):
        counts.unreadable += 1
    elif frame.type == frames.CALL:
        counts.calls_heard += 1
    elif frame.type in (frames.CALLRESULT, frames.CALLERROR):
        counts.errors += frame.type == frames.CALLERROR
        if end.asked_at is not None:
            counts.latencies.add(now - end.asked_at)
            end.asked_at = None
