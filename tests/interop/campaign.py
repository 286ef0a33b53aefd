"""A campaign of ours with josev's station as system under test, in shards: every shard has a josev and a network of its own.

    python -m tests.interop.campaign FOLDER [PATTERN ...]     # e.g. FOLDER 'TC_SECC20_DC_*'; without patterns: all rows

Expectations say which rows run in which shard and what has to be found (josev_expectations.yaml).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from ruamel.yaml import YAML

from v2xconform.campaign.features import feature_files, rows_of, selected
from v2xconform.lab.profile import load_profile

from .namespace import ROOT
from .ours import V2XCONFORM
from .sessions import Outcome, with_josev_secc

PROFILE = "iso15118-20-secc"
SUT = ROOT / "profiles" / "suts" / "josev-secc.yaml"
EXPECTATIONS = Path(__file__).with_name("josev_expectations.yaml")
SECC_ENV = {
    "PROTOCOLS": "ISO_15118_20_AC,ISO_15118_20_DC",
    "AUTH_MODES": "EIM",
    "ENABLE_TLS_1_3": "true",
    "SECC_ENFORCE_TLS": "false",  # it serves plain TCP too when SDP asks for it, and V2G20-2356 is to be found
}
# All shards, and josev in each of them, share two cores. What waits for the processor says nothing about josev, and the
# tester's jitter is measured before the run only: late answers are looked for when josev has the machine for itself.
SHARED_MACHINE_TOLERANCE_S = 4.0
LIMIT_S = 900.0


@dataclass(frozen=True)
class Shard:
    """What came of one part of the campaign."""

    name: str
    outcome: Outcome
    run: Path | None
    results: list[dict[str, Any]]

    def judged_again(self) -> str:
        """Judge the stored run once more and return what the command says of changes."""
        assert self.run is not None, self.outcome.explain()
        done = subprocess.run([*V2XCONFORM, "judge", str(self.run)], capture_output=True, text=True)
        return (done.stdout.strip() or done.stderr.strip()).splitlines()[-1]


@dataclass(frozen=True)
class Deviation:
    """Something that josev does wrong, as our suite shows it."""

    name: str
    what: str
    shown_by: Sequence[Mapping[str, str]]
    """Requirement and regular expression (on the text) of the findings that show it."""
    rows: Sequence[str] = ()
    """Test cases that must show it; none when whether it shows depends on the machine."""
    ours: bool = False
    """Not in the list of known deviations that others made."""

    def explains(self, finding: Mapping[str, Any]) -> bool:
        """Say whether a finding is a sign of this deviation."""
        return any(
            re.fullmatch(sign["requirement"], finding["requirement"])
            and re.search(sign.get("text", ""), finding["text"])
            for sign in self.shown_by
        )


@dataclass(frozen=True)
class Expectations:
    """josev_expectations.yaml."""

    shards: Mapping[str, Sequence[str]]
    deviations: Sequence[Deviation]
    unseen: Mapping[str, str]
    inconclusive: Mapping[str, str] = field(default_factory=dict)
    """Test case -> pattern of the reason for which it may stay without a verdict."""


def load_expectations(path: Path = EXPECTATIONS) -> Expectations:
    """Read josev_expectations.yaml, or the file of its vehicle."""
    fields = YAML(typ="safe").load(path)
    deviations = [Deviation(name, **about) for name, about in fields["deviations"].items()]
    return Expectations(fields["shards"], deviations, fields["unseen"], fields.get("inconclusive", {}))


def run_campaign(folder: Path, shards: Mapping[str, Sequence[str]]) -> list[Shard]:
    """Run all shards at once; each is a complete run of ``v2xconform run`` in ``folder``/name."""
    with ThreadPoolExecutor(len(shards)) as pool:
        return list(pool.map(lambda name: run_shard(name, shards[name], folder / name), shards))


def run_shard(name: str, patterns: Sequence[str], folder: Path) -> Shard:
    """Run some test cases against a josev of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    sut = sut_on_a_shared_machine(folder)
    chosen = [part for pattern in patterns for part in ("--testcase", pattern)]
    command = [*V2XCONFORM, "run", PROFILE, "--sut", str(sut), "--out", str(folder / "runs"), *chosen]
    outcome = with_josev_secc(command, secc_env=SECC_ENV, timeout=LIMIT_S, folder=folder)
    runs = sorted((folder / "runs").glob("[0-9]*"))
    run = runs[-1] if runs else None
    lines = (run / "results.jsonl").read_bytes().splitlines() if run is not None else []
    return Shard(name, outcome, run, [orjson.loads(line) for line in lines])


def sut_on_a_shared_machine(folder: Path) -> Path:
    """Write the SUT description with the tolerance of a machine that many processes share; return its place."""
    fields = YAML(typ="safe").load(SUT)
    tls = fields["secc"]["tls"]
    for name, place in tls["credential"].items():
        tls["credential"][name] = str((SUT.parent / place).resolve())
    tls["trust"] = [str((SUT.parent / place).resolve()) for place in tls["trust"]]
    fields["tolerance_s"] = SHARED_MACHINE_TOLERANCE_S
    path = folder / SUT.name
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(fields, file)
    return path


def disagreements(expected: Expectations, results: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Say where results and expectations differ: unexplained failures, deviations that did not show, verdicts missing."""
    shown: dict[str, set[str]] = {}
    for result in results:
        name = result["testcase"]
        findings = [one for one in result["findings"] if one["severity"] == "MUST" and one["whose"] == "sut"]
        for finding in findings:
            found = [deviation.name for deviation in expected.deviations if deviation.explains(finding)]
            for one in found:
                shown.setdefault(one, set()).add(name)
            if not found:
                yield f"{name}: nobody expected [{finding['requirement']}] {finding['text']}"
        if result["verdict"] == "ERROR" or (result["verdict"] == "FAIL" and not findings):
            yield f"{name}: {result['verdict']} {result['reason']}"
        if result["verdict"] == "INCONCLUSIVE" and not re.search(
            expected.inconclusive.get(name, "(?!)"), result["reason"]
        ):
            yield f"{name}: no verdict: {result['reason']}"
    run = {result["testcase"] for result in results}
    for deviation in expected.deviations:
        for row in deviation.rows:
            if row in run and row not in shown.get(deviation.name, ()):
                yield f"{row}: {deviation.name} did not show"


def all_rows(patterns: Sequence[str]) -> list[str]:
    """Return the ids of all test cases of the profile that some pattern chooses."""
    paths = feature_files(load_profile(PROFILE).testcases)
    return [row.case.id for path in paths for row in rows_of(path) if selected(row.case, patterns)]


def main(folder: Path, patterns: Sequence[str], shards: int = 8) -> int:
    """Run any part of the campaign, dealt out evenly, and print verdicts and disagreements."""
    rows = all_rows(patterns)
    parts = {str(number): rows[number::shards] for number in range(min(shards, len(rows)))}
    done = run_campaign(folder, parts)
    results = [result for shard in done for result in shard.results]
    for result in sorted(results, key=lambda one: str(one["testcase"])):
        print(f"{result['verdict']:14} {result['testcase']}  {result['reason']}")
    problems = list(disagreements(load_expectations(), results))
    print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:]))
