"""How a Then step reads the trace: live it may wait for what is still to come; from a stored run it looks it up."""

from collections.abc import Callable, Sequence

import anyio

from v2xconform.trace.events import Event
from v2xconform.trace.recorder import Recorder

_INSTANT_S = 1e-6
"""Less cannot be waited for: added to a large clock reading it changes nothing, and a virtual clock would stand still."""

Wanted = Callable[[Event], bool]


class StoredTrace:
    """The trace of a finished test case: nothing more will come, so waiting is looking."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        self.horizon = len(events)
        """Number of the last event that had happened when the step ended that is judged again."""

    async def first(self, wanted: Wanted, after: int, until: float) -> Event | None:
        """Return the first wanted event behind number `after`, not later than `until` seconds of the trace."""
        for event in self.events[after:]:
            # The step gave up at `until`; what came at that very instant but behind it, the next step brought about.
            if event.seconds > (until if event.id <= self.horizon else until - _INSTANT_S):
                return None
            if wanted(event):
                return event
        return None

    async def wait_until(self, until: float) -> None:
        """Nothing to wait for."""


class LiveTrace:
    """The trace of the running test case: wakes up with each event that the recorder writes."""

    def __init__(self, recorder: Recorder) -> None:
        self.events: Sequence[Event] = recorder.events
        self.over = False
        """True once the SUT was cut off: there is nothing more to wait for."""
        self._recorder = recorder
        self._news = anyio.Event()
        recorder.subscribe(self._wake)

    def _wake(self, _: Event) -> None:
        self._news.set()

    async def first(self, wanted: Wanted, after: int, until: float) -> Event | None:
        """Return the first wanted event behind number `after`; wait for it until `until` seconds of the trace."""
        position, over = after, False
        while True:
            self._news = anyio.Event()
            while position < len(self.events):
                event = self.events[position]
                position += 1
                if event.seconds > until:
                    return None
                if wanted(event):
                    return event
            left = until - self._recorder.now()
            if over or left <= 0 or self.over:
                return None
            with anyio.move_on_after(left) as waiting:
                await self._news.wait()
            # What is left can be too small to move the clock: the end of the wait counts, not the difference of floats.
            over = waiting.cancelled_caught

    async def wait_until(self, until: float) -> None:
        """Let the test case go on until `until` seconds of the trace."""
        await anyio.sleep(max(0.0, until - self._recorder.now()))
