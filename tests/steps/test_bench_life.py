"""The loop of a run outlives the scenarios on it, also one whose own task breaks."""

from typing import Any, cast

import anyio
import pytest

from v2xconform.judge.context import Context
from v2xconform.lab.sut import Emulator, Sut
from v2xconform.steps.bench import Bench, Setup, new_bench, outcome_of
from v2xconform.steps.lab_thread import ClockKind, lab_thread


class Ev:
    """An EV that says goodbye, which takes a turn of the loop."""

    closed = False

    async def close(self) -> None:
        await anyio.sleep(0.01)
        self.closed = True


@pytest.mark.parametrize("clock", ["real", "virtual"])
def test_a_task_that_breaks_ends_its_scenario_and_not_the_run(clock: ClockKind) -> None:
    setup = Setup(Sut(name="x", emulator=Emulator(persona="v2g_charger")), Context("secc"), "v2g_ev", clock)
    ev = Ev()

    async def make() -> Bench:
        return new_bench(setup, thread, None, (), "MUST")

    async def break_down(bench: Bench) -> None:
        async def fail() -> None:
            raise KeyError("a bug of ours")

        bench.ev = cast(Any, ev)
        bench.group.start_soon(fail)
        await anyio.sleep(0.05)

    async def still_there() -> str:
        return "yes"

    with lab_thread(clock) as thread:
        bench = thread.run(make)
        with pytest.raises(BaseException) as broken, thread.entered(bench):
            thread.run(break_down, bench)
        assert outcome_of(broken.value)[0] == "error"
        assert ev.closed
        assert thread.run(still_there) == "yes"
