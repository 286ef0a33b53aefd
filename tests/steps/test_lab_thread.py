"""The loop of a run: it answers, it raises, it can be interrupted, and its virtual clock moves only while a step runs."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import anyio
import anyio.lowlevel
import pytest

from v2xconform.steps.lab_thread import ClockKind, LabThread, lab_thread
from v2xconform.steps.observer import LiveTrace, StoredTrace
from v2xconform.trace.recorder import Recorder

T = TypeVar("T")
BOTH = pytest.mark.parametrize("kind", ["real", "virtual"])


async def now() -> float:
    return anyio.current_time()


@BOTH
def test_results_and_exceptions_come_back(kind: ClockKind) -> None:
    async def fail() -> None:
        raise LookupError("nothing there")

    async def add(a: int, *, b: int) -> int:
        await anyio.lowlevel.checkpoint()
        return a + b

    with lab_thread(kind) as thread:
        assert thread.kind == kind
        assert thread.run(add, 2, b=3) == 5
        with pytest.raises(LookupError, match="nothing there"):
            thread.run(fail)
        assert thread.run(add, 1, b=1) == 2, "and it goes on"


def test_an_hour_of_virtual_time_costs_nothing_and_none_passes_between_steps() -> None:
    with lab_thread("virtual") as thread:
        began = thread.run(now)
        thread.run(anyio.sleep, 3600)
        assert thread.run(now) - began == pytest.approx(3600)
        before = thread.run(now)
        threading.Event().wait(0.05)
        assert thread.run(now) == before


@BOTH
def test_an_entered_manager_may_take_time_to_leave(kind: ClockKind) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def manager() -> AsyncIterator[str]:
        yield "inside"
        await anyio.sleep(0.01)
        seen.append("left")

    with lab_thread(kind) as thread:
        with thread.entered(manager()) as value:
            assert value == "inside"
        assert seen == ["left"]
        before = thread.run(now)
        if kind == "virtual":
            threading.Event().wait(0.02)
            assert thread.run(now) == before, "the clock stands again"


@BOTH
def test_a_step_that_nobody_waits_for_is_cancelled(kind: ClockKind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C reaches the waiting thread, not the loop: the step must not go on for its ten minutes."""
    ended = threading.Event()

    async def long(thread: LabThread) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    with lab_thread(kind) as thread:
        real = thread.portal.start_task_soon

        def interrupted(*arguments: object) -> object:
            future = real(*arguments)  # type: ignore[arg-type]  # passed through
            monkeypatch.setattr(future, "result", lambda: (_ for _ in ()).throw(KeyboardInterrupt), raising=True)
            return future

        monkeypatch.setattr(thread.portal, "start_task_soon", interrupted)
        with pytest.raises(KeyboardInterrupt):
            thread.run(long, thread)
        monkeypatch.undo()
        assert ended.wait(5)


@pytest.mark.parametrize("start", [0.0, 0.1, 12345.678, 1e7 / 3])
@pytest.mark.parametrize("limit", [0.0, 1e-12, 0.3, 2.0, 60.1])
def test_a_wait_ends_whatever_the_clock_reads(start: float, limit: float) -> None:
    """Found in a campaign: a rest smaller than the clock's own grain made a wait spin for ever."""

    async def wait() -> None:
        recorder = Recorder(anyio.current_time, None, datetime.now(UTC))
        await anyio.sleep(start / 7)
        recorder.add(kind="note", layer="lab", name="begin")
        until = recorder.events[0].seconds + limit
        with anyio.fail_after(1000):
            assert await LiveTrace(recorder).first(lambda e: e.name == "never", 0, until) is None

    with lab_thread("virtual") as thread:
        thread.run(anyio.sleep, start)
        thread.run(wait)


def test_live_and_stored_traces_find_the_same() -> None:
    async def scene() -> None:
        recorder = Recorder(anyio.current_time, None, datetime.now(UTC))
        live = LiveTrace(recorder)

        async def later() -> None:
            await anyio.sleep(1)
            recorder.add(kind="note", layer="lab", name="one")
            await anyio.sleep(1)
            recorder.add(kind="note", layer="lab", name="two")

        found = []
        async with anyio.create_task_group() as group:
            group.start_soon(later)
            found.append(await live.first(lambda e: e.name == "one", 0, 0.5))
            found.append(await live.first(lambda e: e.name == "one", 0, 1.5))
            found.append(await live.first(lambda e: e.name == "two", 1, 3.0))
        stored = StoredTrace(recorder.events)
        assert found == [
            await stored.first(lambda e: e.name == "one", 0, 0.5),
            await stored.first(lambda e: e.name == "one", 0, 1.5),
            await stored.first(lambda e: e.name == "two", 1, 3.0),
        ]
        assert [event.name if event else None for event in found] == [None, "one", "two"]

    with lab_thread("virtual") as thread:
        thread.run(scene)


def test_what_the_next_step_did_at_the_end_of_a_wait_is_not_seen() -> None:
    """On the virtual clock the next step begins at the very instant at which a wait of the step before has ended."""
    events: list[float] = [0.0, 2.0, 2.0]
    recorder = Recorder(iter([0.0, *events]).__next__)
    for number in range(3):
        recorder.add(kind="note", layer="lab", name=f"event {number}")

    async def scene() -> None:
        trace = StoredTrace(recorder.events)
        trace.horizon = 2
        assert await trace.first(lambda e: e.name == "event 1", 1, 2.0) is recorder.events[1]
        assert await trace.first(lambda e: e.name == "event 2", 1, 2.0) is None
        assert await trace.first(lambda e: e.name == "event 2", 1, 3.0) is recorder.events[2], "a longer limit sees it"

    with lab_thread("virtual") as thread:
        thread.run(scene)


def test_no_time_passes_before_an_entered_manager_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the two threads may be far apart: what sleeps inside must not wake up while nobody runs."""
    inside: list[float] = []
    began: list[float] = []

    @asynccontextmanager
    async def manager() -> AsyncIterator[None]:
        began.append(anyio.current_time())
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 60)
            yield
            inside.append(anyio.current_time())
            group.cancel_scope.cancel()

    with lab_thread("virtual") as thread:
        wrap = thread.portal.wrap_async_context_manager

        @contextmanager
        def far_apart(wrapped: AbstractAsyncContextManager[T]) -> Iterator[T]:
            with wrap(wrapped) as value:
                yield value
                threading.Event().wait(0.05)

        monkeypatch.setattr(thread.portal, "wrap_async_context_manager", far_apart)
        with thread.entered(manager()):
            pass
    assert inside == began
