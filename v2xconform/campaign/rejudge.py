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
from v2xconform.lab.profile import Profile, load_profile, profile_names
from v2xconform.lab.yaml_lines import LabError


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What came of judging again."""

    results: Sequence[Mapping[str, Any]]
    before: Mapping[str, str]
    """Trace of a test case (its id where there is none) -> verdict of the stored run."""
    exit_code: int

    @property
    def changed(self) -> list[tuple[str, str, str]]:
        """Test cases whose verdict is another one now: (id, before, now)."""
        pairs = ((r["testcase"], self.before.get(_key(r), "—"), r["verdict"]) for r in self.results)
        return [(name, before, now) for name, before, now in pairs if before != now]


def judge_again(run: Path, *, strict: bool = False) -> Rejudged:
    """Return the verdicts of a run by the test cases, monitors and limits of today. Raises LabError."""
    path = run / "plan.json"
    if not path.is_file():
        raise LabError(f"{run}: no run of v2xconform is here (plan.json is missing); give a folder below reports/runs/")
    try:
        stored = Plan.model_validate_json(path.read_bytes())
    except ValidationError as error:
        text = error.errors()[0]["msg"]
        raise LabError(f"{path}: not readable by this version: {text}; run the campaign again") from None
    lines = _lines(run / "results.jsonl")
    before = {_key(line): line["verdict"] for line in lines}
    tested = list(dict.fromkeys(line["testcase"] for line in lines)) or stored.patterns
    with tempfile.TemporaryDirectory(prefix="v2xconform-judge-") as folder:
        plan = stored.model_copy(
            update={
                "folder": Path(folder), "profile": _profile_of_today(stored.profile), "stored": run.resolve(),
                "patterns": list(tested), "strict": strict or stored.strict, "captures": False, "clock": "virtual",
            }
        )  # fmt: skip
        outcome = run_plan(plan, None, sealed=False)
    return Rejudged(outcome.results, before, outcome.exit_code)


def _profile_of_today(stored: Profile) -> Profile:
    """Return the profile as it is now; one that was given by a file, with its own test cases, stays as it was."""
    own = any(Path(name).is_absolute() for name in stored.testcases)
    return stored if own or stored.id not in profile_names() else load_profile(stored.id)


def _key(line: Mapping[str, Any]) -> str:
    return str(line["trace"] or line["testcase"])


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    lines = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            found = orjson.loads(line)
            lines.append({name: found[name] for name in ("testcase", "verdict", "trace")})
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise LabError(f"{path}:{number}: no result of a test case stands here; restore the file") from None
    return lines
