"""Runs a plan: pytest with pytest-bdd as the engine, one folder as the outcome. The CLI and selftest call `run_plan`."""

import contextlib
import io
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from v2xconform.campaign.bundle import merge_anchors, merge_results, new_folder, seal, write_campaign, write_manifest
from v2xconform.campaign.calibrate import Calibration, calibrate
from v2xconform.campaign.features import Row
from v2xconform.campaign.plan import Choice, Plan, chosen_rows, make_plan
from v2xconform.judge.verdict import Verdict, exit_code
from v2xconform.lab.yaml_lines import LabError
from v2xconform.steps.lab_thread import lab_thread

INTERRUPTED = 130
OnResult = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run."""

    folder: Path
    results: Sequence[Mapping[str, Any]]
    exit_code: int
    interrupted: bool


class _Front:
    """Tells a front end of each result; with several processes the controller hears of them through reports."""

    def __init__(self, on_result: OnResult | None) -> None:
        self.on_result = on_result

    def pytest_v2x_result(self, result: dict[str, Any]) -> None:
        if self.on_result is not None:
            self.on_result(result)


def run(
    choice: Choice, out: Path, *, jobs: int = 1, on_result: OnResult | None = None, argv: Sequence[str] | None = None
) -> Outcome:
    """Run a choice and return the outcome; its folder is complete and renamed. Raises LabError."""
    plan = make_plan(choice, Path(), time.time())
    chosen_rows(plan)
    if jobs > 1 and not plan.self_hosted:
        raise LabError("a device is one device: --jobs is for self-hosted runs only")
    folder = new_folder(out, plan.sut.name, plan.profile.id)  # whatever was chosen wrongly has been said by now
    with lab_thread(plan.clock) as thread:
        calibration = calibrate(thread)
    plan = plan.model_copy(update={"folder": folder, "jitter_s": calibration.jitter_ms / 1e3})
    return run_plan(plan, calibration, jobs=jobs, on_result=on_result, argv=argv or sys.argv)


def run_plan(
    plan: Plan,
    calibration: Calibration | None,
    *,
    jobs: int = 1,
    on_result: OnResult | None = None,
    argv: Sequence[str] = (),
    sealed: bool = True,
) -> Outcome:
    """Run a plan in its folder. `sealed` writes manifest and campaign and renames the folder; selftest does without."""
    started = datetime.now(UTC)
    rows = chosen_rows(plan)
    if sealed:
        write_campaign(plan)
    path = plan.folder / "plan.json"
    path.write_text(plan.model_dump_json(indent=1), encoding="utf-8")
    status, output = run_pytest(plan, path, rows, jobs, on_result)
    interrupted = status == pytest.ExitCode.INTERRUPTED
    results = merge_results(plan.folder, [row.case.id for row in rows])
    if not results and not interrupted:
        raise LabError(f"the test engine did not run: {output.strip() or status}")
    stored = plan.model_copy(update={"folder": Path(), "anchors": merge_anchors(plan.folder) or plan.anchors})
    path.write_text(stored.model_dump_json(indent=1), encoding="utf-8")
    code = INTERRUPTED if interrupted else exit_code(counted(results))
    folder = plan.folder
    if sealed:
        write_manifest(plan, calibration, started, results, code, interrupted, argv)
        folder = folder if interrupted else seal(folder)
    return Outcome(folder, results, code, interrupted)


def counted(results: Sequence[Mapping[str, Any]]) -> Iterator[Verdict]:
    """Yield the verdicts as the exit code counts them: an expected failure that failed is none."""
    for result in results:
        verdict = Verdict(result["verdict"])
        expected = result["expected"] is not None and not result["reason"].startswith("stale")
        yield Verdict.PASS if expected and verdict is Verdict.FAIL else verdict


def run_pytest(plan: Plan, path: Path, rows: Sequence[Row], jobs: int, on_result: OnResult | None) -> tuple[int, str]:
    """Run pytest on the feature files of the rows in this process (and its workers); return its status and output."""
    empty = plan.folder / "pytest.ini"
    empty.write_text("[pytest]\n", encoding="utf-8")
    features = list(dict.fromkeys(str(row.path) for row in rows))
    arguments = [
        "--config-file", str(empty), "--rootdir", str(plan.folder), "-p", "no:cacheprovider", "-p", "no:terminal",
        "-p", "no:logging", "-p", "no:faulthandler", "-p", "no:doctest", "-p", "no:unittest", "-p", "no:junitxml",
        "-p", "no:unraisableexception", "-p", "no:threadexception",
        "-p", "no:stepwise", "-p", "no:pastebin", "-p", "v2xconform.campaign.plugin",
        "--capture", "no", "--v2x-plan", str(path), *features,
    ]  # fmt: skip
    if jobs > 1:
        arguments[:0] = ["-p", "xdist.plugin", "-n", str(jobs)]
    output = io.StringIO()
    with _quiet_environment(), contextlib.redirect_stderr(_Tee(output)):
        status = pytest.main(arguments, plugins=[_Front(on_result)])
    empty.unlink(missing_ok=True)
    return int(status), output.getvalue()


class _Tee(io.TextIOBase):
    """Keeps what pytest complains of, and lets prompts through."""

    def __init__(self, kept: io.StringIO) -> None:
        self._kept = kept
        self._real = sys.stderr

    def write(self, text: str) -> int:
        self._kept.write(text)
        if text.startswith("\n>>>"):
            self._real.write(text)
        return len(text)

    def flush(self) -> None:
        self._real.flush()


@contextlib.contextmanager
def _quiet_environment() -> Iterator[None]:
    """Keep plugins and options of the surroundings out of the run."""
    names = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
