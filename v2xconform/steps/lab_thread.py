"""The event loop of a run, in a thread of its own: actors stay alive between steps, on the real or the virtual clock."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Final, Literal, TypeVar

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from trio.testing import MockClock

from v2xconform.links.clock import real_clock
from v2xconform.trace.recorder import Recorder

T = TypeVar("T")
ClockKind = Literal["real", "virtual"]
_BEAT_S: Final = 0.02
"""Between two looks at the clock: rare enough to cost nothing, and far below the shortest limit (0.2 s)."""


class LabThread:
    """Runs coroutines on the loop. On the virtual clock time passes only while `run` runs, and never while it computes."""

    def __init__(self, portal: BlockingPortal, clock: MockClock | None) -> None:
        self.portal = portal
        self.clock = clock
        self._running = 0

    @property
    def kind(self) -> ClockKind:
        """Which clock it is."""
        return "real" if self.clock is None else "virtual"

    def run(self, function: Callable[..., Awaitable[T]], *arguments: Any, **keywords: Any) -> T:
        """Return what the coroutine function returns, or raise what it raises."""
        call: Callable[[], Awaitable[T]] = partial(function, *arguments, **keywords)
        if self.clock is not None:
            call = partial(self._with_running_clock, call)
        future = self.portal.start_task_soon(call)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C: nobody waits for it any more, and the loop must come to its end
            raise

    @contextmanager
    def entered(self, manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
        """Hold an async context manager open on the loop, entered and left by one task; its exit may take time."""
        with self.portal.wrap_async_context_manager(self._exit_takes_time(manager)) as value:
            yield value

    @asynccontextmanager
    async def _exit_takes_time(self, manager: AbstractAsyncContextManager[T]) -> AsyncIterator[T]:
        with ExitStack() as leaving:
            async with manager as value:
                try:
                    yield value
                finally:
                    # Here, in the task that leaves: from the other thread the clock would jump before it came here.
                    leaving.enter_context(self._time_passes())

    @contextmanager
    def _time_passes(self) -> Iterator[None]:
        """Between steps an idle loop looks as if everybody slept: the clock must not jump then."""
        self._running += 1  # a bench may break down while a step is running
        self._set_threshold()
        try:
            yield
        finally:
            self._running -= 1
            self._set_threshold()

    def _set_threshold(self) -> None:
        if self.clock is not None:
            self.clock.autojump_threshold = 0 if self._running else math.inf

    async def _with_running_clock(self, call: Callable[[], Awaitable[T]]) -> T:
        with self._time_passes():
            return await call()


async def watch_loop(recorder: Recorder) -> None:
    """Let `recorder` know, until cancelled, when the loop of the real clock did not run: verdicts allow for it."""
    try:
        while True:
            recorder.expect(real_clock() + _BEAT_S)
            await anyio.sleep(_BEAT_S)
            recorder.notice_stall()
    finally:
        recorder.expect(math.inf)


@contextmanager
def lab_thread(kind: ClockKind) -> Iterator[LabThread]:
    """Start the loop for a run: asyncio with uvloop on the real clock, trio on its autojump clock."""
    if kind == "real":
        with start_blocking_portal("asyncio", {"use_uvloop": True}) as portal:
            yield LabThread(portal, None)
    else:
        clock = MockClock(autojump_threshold=math.inf)
        with start_blocking_portal("trio", {"clock": clock}) as portal:
            yield LabThread(portal, clock)
