"""The pytest plugin: feature files become test cases, steps run on the bench, outcomes become verdicts and result lines.

Loaded by `campaign.engine`; the only module that knows pytest's hooks. Each test process writes its own result file.
"""

import os
import re
import types
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import orjson
import pytest
import pytest_bdd
from pytest_bdd.parser import Feature, Scenario, Step
from pytest_bdd.scenario import get_python_name_generator

from v2xconform.campaign.case import Case
from v2xconform.campaign.features import case_of, read_feature, selected
from v2xconform.campaign.plan import Plan, anchors_of, folder_name
from v2xconform.campaign.result import Ending, Result, make_result
from v2xconform.judge.verdict import Verdict
from v2xconform.protocols.sdp import PORT as SDP_PORT
from v2xconform.steps.bench import Bench, new_bench, outcome_of
from v2xconform.steps.lab_thread import LabThread, lab_thread
from v2xconform.steps.stored_bench import StoredBench, stored_bench
from v2xconform.trace.pcapng import write_capture

PLAN = pytest.StashKey[Plan]()
CASE = pytest.StashKey[Case]()
ENDING = pytest.StashKey[Ending]()
BENCH = pytest.StashKey[Bench | StoredBench]()
NAME = pytest.StashKey[str]()
INTERRUPTED = "interrupted: the run was ended by hand in the middle of this test case"
_FIRST_PORT = 20000


class FeatureFile(pytest.Module):
    """A module object made of a feature file: one pytest-bdd scenario function per scenario."""

    def _getobj(self) -> types.ModuleType:
        module = types.ModuleType(re.sub(r"\W", "_", self.path.stem))
        module.__file__ = str(self.path)
        feature = read_feature(self.path)
        for name, template in feature.scenarios.items():

            @pytest_bdd.scenario(self.path.name, name, features_base_dir=str(self.path.parent))
            def run_scenario() -> None: ...

            run_scenario.v2x_source = feature, template  # type: ignore[attr-defined]  # functions allow it
            for test_name in get_python_name_generator(name):
                if not hasattr(module, test_name):
                    setattr(module, test_name, run_scenario)
                    break
        return module


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take feature files as they are: no glue module."""
    if file_path.suffix == ".feature":
        return FeatureFile.from_parent(parent, path=file_path)
    return None


def pytest_addoption(parser: pytest.Parser) -> None:
    """A file, not an object: test processes of xdist must find it too."""
    parser.getgroup("v2xconform").addoption("--v2x-plan", type=Path, help="plan.json of the run")


def pytest_configure(config: pytest.Config) -> None:
    """Read the plan."""
    path = config.getoption("--v2x-plan")
    config.stash[PLAN] = Plan.model_validate_json(path.read_bytes())


@pytest.hookimpl(tryfirst=True)
def pytest_bdd_apply_tag(tag: str, function: Any) -> bool:
    """Tags are read by `features.case_of`; pytest-bdd's own hook would make an unknown mark of each."""
    return True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """``--repeat N`` runs every test case N times."""
    repeat = metafunc.config.stash[PLAN].repeat
    if repeat > 1:
        metafunc.fixturenames.append("repetition")
        metafunc.parametrize("repetition", range(1, repeat + 1), indirect=True)


@pytest.fixture
def repetition(request: pytest.FixtureRequest) -> int:
    """Number of the repetition, from 1."""
    return int(request.param)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each item its case, and keep those that the plan chose."""
    plan = config.stash[PLAN]
    kept = []
    for item in items:
        case = _case_of(item)
        item.stash[CASE] = case
        number = getattr(item, "callspec", None)
        again = number.params.get("repetition", 1) if number is not None else 1
        item.stash[NAME] = folder_name(case.id).replace("-", "_") + (f".{again}" if again > 1 else "")
        if selected(case, plan.patterns):
            kept.append(item)
    items[:] = kept


def _case_of(item: pytest.Item) -> Case:
    feature, template = item.function.v2x_source  # type: ignore[attr-defined]  # FeatureFile puts it there
    callspec = getattr(item, "callspec", None)
    row = dict(callspec.params.get("_pytest_bdd_example", {})) if callspec is not None else {}
    return case_of(feature, template.render(row), {str(k): str(v) for k, v in row.items()})


# ---- the bench


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Iterator[LabThread]:
    """The event loop of this process."""
    with lab_thread(request.config.stash[PLAN].clock) as thread:
        yield thread


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench | StoredBench]:
    """The bench of one scenario: live, or the stored trace of an earlier run."""
    plan, item = request.config.stash[PLAN], request.node
    case: Case = item.stash[CASE]
    if plan.stored is not None:
        stored = stored_bench(plan.context(), plan.stored, item.stash[NAME], case.requirements, case.severity)
        item.stash[BENCH] = stored
        yield stored
        return
    thread: LabThread = request.getfixturevalue("lab")
    if plan.sut.settle_s and item is not request.session.items[0]:
        thread.run(anyio.sleep, plan.sut.settle_s)
    folder = plan.folder / item.stash[NAME]
    folder.mkdir(parents=True, exist_ok=True)
    # On real sockets two runs may share the host; in memory the port is the standard's.
    anchors = anchors_of(plan.sut, plan.profile.role, datetime.now(UTC).timestamp())
    _keep_anchors(plan.folder, anchors)
    setup = plan.setup(_FIRST_PORT + os.getpid() % 20000 if plan.clock == "real" else SDP_PORT, anchors)
    live: Bench = thread.run(_make, setup, thread, folder / "trace.jsonl", case)
    item.stash[BENCH] = live
    try:
        with thread.entered(live):
            yield live
    finally:
        thread.run(live.conclude)
        if plan.captures:
            write_capture(folder / "capture.pcapng", live.recorder.events, live.recorder.key_log)


def _keep_anchors(folder: Path, anchors: Sequence[str]) -> None:
    """Leave the anchors of this process for the plan that is stored: whoever judges the run again needs them all."""
    path = folder / f"anchors.{_worker()}.txt"
    text = "\n".join(anchors)
    known = path.read_text(encoding="ascii") if path.is_file() else ""
    if text not in known:
        path.write_text(f"{known}{text}\n", encoding="ascii")


async def _make(setup: Any, thread: LabThread, path: Path, case: Case) -> Bench:
    return new_bench(setup, thread, path, case.requirements, case.severity)


def pytest_bdd_before_step(request: pytest.FixtureRequest, feature: Feature, scenario: Scenario, step: Step) -> None:
    """Tell the bench the sentence that runs."""
    found = request.getfixturevalue("bench")
    found.step_text = f"{step.keyword} {step.name}"


# ---- verdicts


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Judge the test case after its tear-down, when the trace is complete, and write its line."""
    plan, case = item.config.stash[PLAN], item.stash[CASE]
    started = datetime.now(UTC)
    item.stash[ENDING] = Ending(not_applicable=case.not_applicable(plan.pics))
    try:
        return (yield)
    except KeyboardInterrupt:
        item.stash[ENDING] = Ending("inconclusive", INTERRUPTED)
        raise
    finally:
        _judge(item, plan, case, started)


def _judge(item: pytest.Item, plan: Plan, case: Case, started: datetime) -> None:
    ending = item.stash[ENDING]
    found = item.stash.get(BENCH, None)
    name = item.stash[NAME]
    events = found.look.trace.events if found is not None else []
    findings = [*found.look.findings, *found.judge.findings] if found is not None else []
    checks = found.look.checks if found is not None else []
    expected = next((e for e in plan.sut.expected_failures if e.testcase == case.id), None)
    trace = f"{name}/trace.jsonl" if found is not None else ""
    result = make_result(case, ending, findings, checks, events, started, trace, expected, plan.strict)
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


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Applicability is a verdict, never a silent deselection."""
    if item.stash[ENDING].not_applicable:
        pytest.skip(f"{Verdict.NOT_APPLICABLE}: PICS {item.stash[ENDING].not_applicable} = no")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep how the scenario ended; the verdict itself is made at the end."""
    report = yield
    error = call.excinfo.value if call.excinfo is not None else None
    ending = item.stash[ENDING]
    if error is None or isinstance(error, pytest.skip.Exception) or ending.outcome == "error":
        return report
    outcome, reason = outcome_of(error)
    if ending.outcome == "passed" or outcome == "error":
        where = "" if report.when == "call" else f" ({report.when})"
        ending.outcome, ending.reason = outcome, f"{reason}{where}"
    return report
