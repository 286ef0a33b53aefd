"""The suite tests itself: the clean emulator must pass, every quirk must be caught, every test case must catch one."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from v2xconform.campaign.engine import run_plan
from v2xconform.campaign.plan import Choice, make_plan
from v2xconform.emulators.quirks import Quirk, load_quirks
from v2xconform.lab.profile import Profile, load_profile

CLEAN = ""


@dataclass(frozen=True, slots=True)
class Kill:
    """One test case that failed under a quirk."""

    testcase: str
    by_own_check: bool
    """True: a Then step failed; False: only a monitor spoke."""
    reason: str


@dataclass(slots=True)
class Selftest:
    """What came of the selftest of one profile."""

    profile: str
    testcases: list[str] = field(default_factory=list)
    clean: dict[str, str] = field(default_factory=dict)
    """Test case -> what is wrong with it under the clean emulator; empty when all is well."""
    kills: dict[str, list[Kill]] = field(default_factory=dict)
    """Quirk -> test cases that caught it."""
    errors: dict[str, list[str]] = field(default_factory=dict)
    """Quirk -> test cases that ended in ERROR: a fault of the tester."""
    good: set[str] = field(default_factory=set)
    """Quirks that are harmless and must not be caught."""

    @property
    def missed(self) -> list[str]:
        """Quirks that nothing caught."""
        return sorted(name for name, kills in self.kills.items() if name not in self.good and not kills)

    @property
    def false_alarms(self) -> dict[str, list[Kill]]:
        """Harmless quirks that were caught."""
        return {name: kills for name, kills in self.kills.items() if name in self.good and kills}

    @property
    def toothless(self) -> list[str]:
        """Test cases that caught nothing."""
        biting = {kill.testcase for name, kills in self.kills.items() if name not in self.good for kill in kills}
        return [name for name in self.testcases if name not in biting]

    @property
    def monitored_only(self) -> list[str]:
        """Test cases whose own checks never failed: monitors alone caught what they caught."""
        own = {kill.testcase for kills in self.kills.values() for kill in kills if kill.by_own_check}
        return [name for name in self.testcases if name not in own]

    @property
    def passed(self) -> bool:
        """Whether the suite stands: nothing wrong when clean, no miss, no false alarm, no toothless test case."""
        return not (self.clean or self.missed or self.false_alarms or self.toothless or self.errors)

    def to_json(self) -> dict[str, Any]:
        """Return the whole matrix for machines."""
        return {
            "profile": self.profile, "passed": self.passed, "testcases": self.testcases, "clean": self.clean,
            "quirks": {
                name: [{"testcase": k.testcase, "by_own_check": k.by_own_check, "reason": k.reason} for k in kills]
                for name, kills in self.kills.items()
            },
            "good": sorted(self.good), "missed": self.missed, "toothless": self.toothless, "errors": self.errors,
            "monitored_only": self.monitored_only,
        }  # fmt: skip


def selftest(
    profile: str, *, jobs: int = 1, patterns: Sequence[str] = (), on_quirk: Callable[[str, int], None] | None = None
) -> Selftest:
    """Run all test cases of a profile against the clean emulator and every quirk of its role. Raises LabError."""
    loaded = load_profile(profile)
    quirks = load_quirks(loaded.role)
    outcome = Selftest(loaded.id, good={name for name, quirk in quirks.items() if quirk.good})
    names = [CLEAN, *quirks]
    for name, results in _all_results(profile, names, patterns, jobs):
        _take(outcome, name, results, quirks.get(name))
        if on_quirk is not None:
            on_quirk(name, len(outcome.kills.get(name, ())))
    outcome.kills = {name: outcome.kills[name] for name in quirks}
    return outcome


def _take(outcome: Selftest, name: str, results: Sequence[Mapping[str, Any]], quirk: Quirk | None) -> None:
    if name == CLEAN:
        outcome.testcases = [result["testcase"] for result in results]
        outcome.clean = {
            r["testcase"]: f"{r['verdict']}: {r['reason']}" for r in results if r["verdict"] not in ("PASS",)
        }  # fmt: skip
        return
    outcome.kills[name] = [
        Kill(r["testcase"], bool(r["own_check_failed"]), r["reason"]) for r in results if r["verdict"] == "FAIL"
    ]
    errors = [f"{r['testcase']}: {r['reason']}" for r in results if r["verdict"] == "ERROR"]
    if errors:
        outcome.errors[name] = errors


def _all_results(
    profile: str, names: Sequence[str], patterns: Sequence[str], jobs: int
) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    if jobs <= 1:
        for name in names:
            yield name, results_under(profile, name, patterns)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(results_under, profile, name, list(patterns)): name for name in names}
        for done in as_completed(waiting):
            yield waiting[done], done.result()


def results_under(profile: str, quirk: str, patterns: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the result lines of a self-hosted campaign under one quirk (none when empty)."""
    loaded: Profile = load_profile(profile)
    folder = Path(tempfile.mkdtemp(prefix="v2xconform-selftest-"))
    try:
        choice = Choice(loaded, None, "virtual", patterns, quirks=[quirk] if quirk else [], captures=False)
        return list(run_plan(make_plan(choice, folder, time.time()), None, sealed=False).results)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
