"""The bench of a stored run: Given and When have happened, Then steps look at the trace again."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from v2xconform.judge.bench_judge import BenchJudge
from v2xconform.judge.context import Context
from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.yaml_lines import LabError
from v2xconform.steps.look import Look
from v2xconform.steps.observer import StoredTrace
from v2xconform.trace.events import Event
from v2xconform.trace.store import read_trace


@dataclass(slots=True)
class StoredBench:
    """Stands in for `Bench` when a run is judged again: same steps, same checks, no device."""

    look: Look
    judge: BenchJudge
    step_text: str = ""
    _steps: list[tuple[Event, Event | None]] = field(default_factory=list)
    _position: int = 0

    def run_step(self, kind: str, function: Callable[..., Awaitable[None]], arguments: dict[str, Any]) -> None:
        """Repeat what the step came to (Given, When), or judge the trace anew (Then)."""
        if self._position >= len(self._steps):
            raise Inconclusive(f"the stored trace ends before the step {self.step_text!r}")
        started, ended = self._steps[self._position]
        self._position += 1
        self.look.cursor = started.id
        trace = self.look.trace
        assert isinstance(trace, StoredTrace), "a stored bench looks at a stored trace"
        trace.horizon = ended.id if ended is not None else len(trace.events)
        if kind != "then":
            if started.name != self.step_text:
                raise Inconclusive(
                    f"the stored run did {started.name!r} where the test case now says {self.step_text!r}"
                )
            outcome = (ended.body or {}).get("outcome") if ended is not None else "inconclusive"
            reason = (ended.body or {}).get("reason", "") if ended is not None else "the run was interrupted here"
            if outcome == "inconclusive":
                raise Inconclusive(reason)
            if outcome == "error":
                raise LabError(reason)
            return
        _finish(cast(Coroutine[Any, Any, None], function(self, **arguments)))


def _finish(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that never waits: on a stored trace there is nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise LabError("a Then step waits for something other than the trace; it cannot be judged again")


def stored_bench(
    context: Context, run: Path, name: str, requirements: tuple[str, ...], severity: Literal["MUST", "SHOULD"]
) -> StoredBench:
    """Return the bench for one stored test case. Raises Inconclusive when its trace is missing."""
    path = run / name / "trace.jsonl"
    if not path.is_file():
        raise Inconclusive(f"{name}/trace.jsonl is missing in the run")
    events = list(read_trace(path))
    steps: list[tuple[Event, Event | None]] = []
    for event in events:
        if event.kind == "step":
            if event.body.get("outcome") == "started":
                steps.append((event, None))
            elif steps:
                steps[-1] = (steps[-1][0], event)
    judge = BenchJudge(context)
    for event in events:
        judge.see(event)
    judge.end(events[-1] if events else None)
    return StoredBench(Look(StoredTrace(events), judge.context, requirements, severity), judge, _steps=steps)
