"""The pytest plugin: feature files become test cases, steps run on the bench, outcomes become verdicts and result lines.

Loaded by `campaign.engine`; the only module that knows pytest's hooks. Each test process writes its own result file.
"""

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import orjson
import pytest

from v2xconform.campaign.case import Case
from v2xconform.campaign.features import Row, rows_of, selected
from v2xconform.campaign.plan import Plan, anchors_of, folder_name
from v2xconform.campaign.result import Ending, Result, make_result
from v2xconform.judge.declared import lacks
from v2xconform.judge.verdict import Verdict
from v2xconform.protocols.sdp import PORT as SDP_PORT
from v2xconform.steps import load_steps
from v2xconform.steps.bench import Bench, new_bench, outcome_of
from v2xconform.steps.lab_thread import LabThread, lab_thread
from v2xconform.steps.ocpp_restore import restore
from v2xconform.steps.stored_bench import StoredBench, stored_bench
from v2xconform.steps.vocabulary import definition_of
from v2xconform.trace.pcapng import write_capture

PLAN = pytest.StashKey[Plan]()
LAB = pytest.StashKey[LabThread]()
STACK = pytest.StashKey[ExitStack]()
INTERRUPTED = "interrupted: the run was ended by hand in the middle of this test case"
_FIRST_PORT = 20000
"""Each process of a self-hosted run on real sockets has two ports from here on: a CSMS may have a second address."""


class FeatureFile(pytest.File):
    """A feature file: one item for each test case that the plan chose."""

    def collect(self) -> Iterator["TestCase"]:
        """Yield the chosen test cases, each as often as ``--repeat`` says."""
        plan = self.config.stash[PLAN]
        for row in rows_of(self.path):
            if selected(row.case, plan.patterns):
                for again in range(1, plan.repeat + 1):
                    name = folder_name(row.case.id).replace("-", "_") + (f".{again}" if again > 1 else "")
                    yield TestCase.from_parent(self, name=name, row=row)


class TestCase(pytest.Item):
    """One scenario, or one row of an outline; its name is that of its folder in the run."""

    __test__ = False  # not one of the project's own tests

    def __init__(self, *, row: Row, **options: Any) -> None:
        super().__init__(**options)
        self.row = row
        self.case = row.case
        self.ending = Ending()
        self.bench: Bench | StoredBench | None = None

    def runtest(self) -> None:
        """Run the steps on the bench; what they raise becomes the ending."""
        plan = self.config.stash[PLAN]
        if self.ending.not_applicable:
            # Applicability is a verdict, never a silent deselection.
            pytest.skip(f"{Verdict.NOT_APPLICABLE}: PICS {self.ending.not_applicable} = no")
        with self._on_the_bench(plan) as bench:
            try:
                for step in self.row.scenario.steps:
                    bench.step_text = f"{step.keyword} {step.name}"
                    definition, arguments = definition_of(step)
                    bench.run_step(definition.kind, definition.function, arguments)
            finally:
                if isinstance(bench, Bench) and not plan.self_hosted:
                    bench.thread.run(restore, bench)

    @contextmanager
    def _on_the_bench(self, plan: Plan) -> Iterator[Bench | StoredBench]:
        """The bench of this scenario: live, or the stored trace of an earlier run."""
        case = self.case
        if plan.stored is not None:
            stored = stored_bench(plan.context(), plan.stored, self.name, case.requirements, case.severity)
            self.bench = stored
            yield stored
            return
        thread = _thread(self.config)
        if plan.sut.settle_s and self is not self.session.items[0]:
            thread.run(anyio.sleep, plan.sut.settle_s)
        folder = plan.folder / self.name
        folder.mkdir(parents=True, exist_ok=True)
        anchors = anchors_of(plan.sut, plan.profile.role, datetime.now(UTC).timestamp())
        _keep_anchors(plan.folder, anchors)
        # On real sockets two runs may share the host; in memory the port is the standard's.
        setup = plan.setup(_FIRST_PORT + os.getpid() % 10000 * 2 if plan.clock == "real" else SDP_PORT, anchors)
        live: Bench = thread.run(_make, setup, thread, folder / "trace.jsonl", case)
        self.bench = live
        # The loop is told that the scenario is over, never why: a Ctrl-C thrown into it would break the loop itself.
        entered = ExitStack()
        entered.enter_context(thread.entered(live))
        try:
            yield live
        finally:
            try:
                entered.close()
            finally:  # an emulator of ours that crashed is heard of here; what was recorded is kept all the same
                thread.run(live.conclude)
                if plan.captures:
                    write_capture(folder / "capture.pcapng", live.recorder.events, live.recorder.key_log)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """Return the message alone: the ending keeps it, and to draw a traceback costs more than to run the scenario."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the scenario stands."""
        return self.path, self.row.line, self.case.id


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take feature files as they are: no glue module."""
    if file_path.suffix == ".feature":
        return FeatureFile.from_parent(parent, path=file_path)
    return None


def pytest_addoption(parser: pytest.Parser) -> None:
    """A file, not an object: test processes of xdist must find it too."""
    parser.getgroup("v2xconform").addoption("--v2x-plan", type=Path, help="plan.json of the run")


def pytest_configure(config: pytest.Config) -> None:
    """Read the plan, and learn the vocabulary."""
    load_steps()
    path = config.getoption("--v2x-plan")
    config.stash[PLAN] = Plan.model_validate_json(path.read_bytes())


def _thread(config: pytest.Config) -> LabThread:
    """Return the event loop of this process; it starts with the first live test case and ends with the session."""
    if LAB not in config.stash:
        stack = config.stash[STACK] = ExitStack()
        config.stash[LAB] = stack.enter_context(lab_thread(config.stash[PLAN].clock))
    return config.stash[LAB]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the event loop."""
    if STACK in session.config.stash:
        session.config.stash[STACK].close()


def _keep_anchors(folder: Path, anchors: Sequence[str]) -> None:
    """Leave the anchors of this process for the plan that is stored: whoever judges the run again needs them all."""
    path = folder / f"anchors.{_worker()}.txt"
    text = "\n".join(anchors)
    known = path.read_text(encoding="ascii") if path.is_file() else ""
    if text not in known:
        path.write_text(f"{known}{text}\n", encoding="ascii")


async def _make(setup: Any, thread: LabThread, path: Path, case: Case) -> Bench:
    return new_bench(setup, thread, path, case.requirements, case.severity)


# ---- verdicts


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: TestCase, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Judge the test case after its tear-down, when the trace is complete, and write its line."""
    plan = item.config.stash[PLAN]
    started = datetime.now(UTC)
    item.ending = Ending(not_applicable=item.case.not_applicable(plan.pics))
    try:
        return (yield)
    except KeyboardInterrupt:
        item.ending = Ending("inconclusive", INTERRUPTED)
        raise
    finally:
        _judge(item, plan, started)


def _judge(item: TestCase, plan: Plan, started: datetime) -> None:
    case, found = item.case, item.bench
    events = found.look.trace.events if found is not None else []
    own = found.look.findings if found is not None else []
    if found is not None and item.ending.outcome == "failed":
        # What the PICS leave open, and the device declares not to have, cannot be missing.
        missing = lacks(events, plan.profile.role, case.unclaimed(plan.pics))
        if missing:
            item.ending = Ending("inconclusive", missing)
            own = [replace(finding, severity="NOTE") for finding in own]
    findings = [*own, *found.judge.findings] if found is not None else []
    checks = found.look.checks if found is not None else []
    expected = next((e for e in plan.sut.expected_failures if e.testcase == case.id), None)
    trace = f"{item.name}/trace.jsonl" if found is not None else ""
    result = make_result(case, item.ending, findings, checks, events, started, trace, expected, plan.strict)
    _write(plan, result)
    item.config.hook.pytest_v2x_result(result=result.to_json())


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def _write(plan: Plan, result: Result) -> None:
    with (plan.folder / f"results.{_worker()}.jsonl").open("ab") as file:
        file.write(orjson.dumps(result.to_json(), option=orjson.OPT_APPEND_NEWLINE))


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Announce the hook through which a front end hears of each result."""
    pluginmanager.add_hookspecs(ResultHooks)


class ResultHooks:
    """What other plugins may listen to."""

    @staticmethod
    def pytest_v2x_result(result: dict[str, Any]) -> None:
        """Called in the test process with the line of each test case."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: TestCase, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep how the scenario ended; the verdict itself is made at the end."""
    report = yield
    error = call.excinfo.value if call.excinfo is not None else None
    ending = item.ending
    if error is None or isinstance(error, pytest.skip.Exception) or ending.outcome == "error":
        return report
    ending.outcome, ending.reason = outcome_of(error)
    return report
