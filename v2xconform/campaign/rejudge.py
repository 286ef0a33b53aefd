"""Judge a stored run again: same test cases, same traces, no device. Verdicts that differ from the stored ones are told."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from v2xconform.campaign.engine import run_plan
from v2xconform.campaign.plan import Plan
from v2xconform.lab.profile import load_profile
from v2xconform.lab.yaml_lines import LabError


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What came of judging again."""

    results: Sequence[Mapping[str, Any]]
    before: Mapping[str, str]
    """Test case -> verdict of the stored run."""
    exit_code: int

    @property
    def changed(self) -> list[tuple[str, str, str]]:
        """Test cases whose verdict is another one now: (id, before, now)."""
        pairs = ((r["testcase"], self.before.get(r["testcase"], "—"), r["verdict"]) for r in self.results)
        return [(name, before, now) for name, before, now in pairs if before != now]


def judge_again(run: Path, *, strict: bool = False) -> Rejudged:
    """Return the verdicts of a run by the test cases, monitors and limits of today. Raises LabError."""
    path = run / "plan.json"
    if not path.is_file():
        raise LabError(f"{run}: no run of v2xconform is here (plan.json is missing); give a folder below reports/runs/")
    try:
        stored = Plan.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise LabError(f"{path}: not readable by this version: {error.errors()[0]['msg']}") from None
    before = {}
    for line in _lines(run / "results.jsonl"):
        before[line["testcase"]] = line["verdict"]
    tested = list(before) or stored.patterns
    with tempfile.TemporaryDirectory(prefix="v2xconform-judge-") as folder:
        plan = stored.model_copy(
            update={
                "folder": Path(folder), "profile": load_profile(stored.profile.id), "stored": run.resolve(),
                "patterns": list(tested), "strict": strict or stored.strict, "captures": False, "clock": "virtual",
            }
        )  # fmt: skip
        outcome = run_plan(plan, None, sealed=False)
    return Rejudged(outcome.results, before, outcome.exit_code)


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
