"""When the tester itself did not run: no device is blamed for time that its tester has slept through."""

from v2xconform.trace.events import Event


class Stalls:
    """The stalls of one trace. Call `see` with each event of kind ``stall``; ask `between` for any interval so far."""

    def __init__(self) -> None:
        self._spans: list[tuple[float, float]] = []

    def see(self, event: Event) -> None:
        """Remember a stall; it ended when it was recorded and had lasted ``body.seconds``."""
        self._spans.append((event.seconds - float(event.body["seconds"]), event.seconds))

    def between(self, since: float, until: float) -> float:
        """Return for how many seconds of an interval (seconds of the trace) the tester did not run."""
        late = 0.0
        for begin, end in reversed(self._spans):  # in order of their ends
            if end <= since:
                break
            late += max(0.0, min(end, until) - max(begin, since))
        return late
