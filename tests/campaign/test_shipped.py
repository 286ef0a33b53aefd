"""The shipped campaigns: judged again they say the same, on the real clock too, and their files keep to the schemas."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import v2xconform
from tests.campaign.small_lab import verdicts
from v2xconform.campaign.engine import Outcome, run
from v2xconform.campaign.features import feature_files, rows_of
from v2xconform.campaign.plan import Choice
from v2xconform.campaign.rejudge import judge_again
from v2xconform.lab.profile import load_profile, profile_names


@pytest.mark.long
@pytest.mark.parametrize("profile", profile_names())
def test_the_shipped_campaign(profile: str, tmp_path: Path) -> None:
    """One run of a profile for all that holds of it: to run it again for each would take minutes."""
    outcome = campaign(profile, tmp_path / "runs")
    is_judged_again_alike(outcome)
    keeps_to_the_schemas(outcome)
    is_the_same_on_real_sockets(outcome, profile, tmp_path / "real")


def campaign(profile: str, out: Path) -> Outcome:
    return run(Choice(load_profile(profile), None, None, ()), out)


def is_judged_again_alike(outcome: Outcome) -> None:
    again = judge_again(outcome.folder)
    assert again.changed == [] and again.exit_code == outcome.exit_code
    assert [one["reason"] for one in again.results] == [one["reason"] for one in outcome.results]


def is_the_same_on_real_sockets(outcome: Outcome, profile: str, out: Path) -> None:
    """Nearly all of the time is waiting, so several processes share it, each with ports of its own.

    What waits for minutes (@slow), and the bulk of wrong messages (@matrix), are left to a run by hand; of OCPP, where
    stations boot before every test case, an even share.
    """
    chosen = within_budget(outcome, load_profile(profile).protocol)
    real = real_run(profile, out, "--jobs", "8", *chosen)
    for _ in range(3):  # on a busy machine the tester stalls, and says so: what it could not time is timed again
        stalled = [name for name, (_, reason) in real.items() if "the tester's own jitter" in reason]
        if not stalled:
            break
        real |= real_run(profile, out, "--jobs", "2", *(word for name in stalled for word in ("-t", name)))
    expected = {name: verdict for name, verdict in verdicts(outcome).items() if name in real}
    assert {name: verdict for name, (verdict, _) in real.items()} == expected
    assert len(real) > len(verdicts(outcome)) / 3 or len(real) > 20


BUDGET_S = 350.0
"""So much time, on the virtual clock and all processes together, has the run of an OCPP profile."""


def within_budget(outcome: Outcome, protocol: str) -> list[str]:
    """Return the options that choose what runs on the real clock, too."""
    if not protocol.startswith("ocpp"):
        return ["-t", "not @slow", "-t", "not @matrix"]
    tags = {row.case.id: row.case.tags for path in feature_files(load_profile_of(outcome)) for row in rows_of(path)}
    quick = [
        one for one in outcome.results
        if one["verdict"] != "NOT_APPLICABLE" and one["duration_s"] < 20 and not {"slow", "matrix"} & set(tags[one["testcase"]])
    ]  # fmt: skip
    step = max(1, math.ceil(sum(one["duration_s"] for one in quick) / BUDGET_S))
    return [word for one in quick[::step] for word in ("-t", one["testcase"])]


def load_profile_of(outcome: Outcome) -> list[str]:
    plan = json.loads((outcome.folder / "plan.json").read_text())
    return list(plan["profile"]["testcases"])


def real_run(profile: str, out: Path, *options: str) -> dict[str, tuple[str, str]]:
    """Return verdict and reason of each test case that was run on the real clock."""
    program = Path(sys.executable).with_name("v2xconform")
    command = [program, "run", profile, "--clock", "real", "--json", "--out", str(out), *options]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)
    lines = map(json.loads, done.stdout.splitlines())
    return {line["testcase"]: (line["verdict"], line["reason"]) for line in lines}


def keeps_to_the_schemas(outcome: Outcome) -> None:
    folder = outcome.folder
    schema("manifest").validate(json.loads((folder / "manifest.json").read_text()))
    result, event = schema("result"), schema("event")
    lines = (folder / "results.jsonl").read_text().splitlines()
    assert lines
    for line in lines:
        result.validate(json.loads(line))
    for path in sorted(folder.glob("*/trace.jsonl"))[::5]:
        for line in path.read_text().splitlines():
            event.validate(json.loads(line))


def schema(name: str) -> Draft202012Validator:
    path = Path(v2xconform.__file__).parent / "trace" / "schemas" / f"{name}.schema.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)
