"""When the tester itself did not run: no device is blamed for time that its tester has slept through."""

from bisect import bisect_right

from v2xconform.trace.events import Event

_BEHIND_S = 0.1
"""So long after a stall a tester is still busy with what has come meanwhile."""


class Stalls:
    """The stalls of one trace. Call `see` with each event of kind ``stall``; ask `between` for any interval so far."""

    def __init__(self) -> None:
        self._begins: list[float] = []
        self._ends: list[float] = []
        self._sums: list[float] = [0.0]
        """Seconds of the first n stalls: a flooded tester stalls thousands of times, and is asked with each event."""

    def see(self, event: Event) -> None:
        """Remember a stall; it ended when it was recorded and had lasted ``body.seconds``."""
        seconds = float(event.body["seconds"])
        self._begins.append(event.seconds - seconds)
        self._ends.append(event.seconds)
        self._sums.append(self._sums[-1] + seconds)

    def between(self, since: float, until: float) -> float:
        """Return for how many seconds of an interval (seconds of the trace) the tester did not run."""
        return self._until(until) - self._until(since) if self._ends and since < until else 0.0

    def _until(self, instant: float) -> float:
        """Return for how long it had not run by an instant; stalls follow each other, so one at most is under way."""
        over = bisect_right(self._ends, instant)
        under_way = instant - self._begins[over] if over < len(self._begins) else 0.0
        return self._sums[over] + max(0.0, under_way)

    def before(self, instant: float) -> float:
        """Return how late the stamp of an event at an instant may be: what had come during a stall is seen right behind it."""
        first = bisect_right(self._ends, instant - _BEHIND_S)
        return self._sums[bisect_right(self._ends, instant)] - self._sums[first]
