"""The suite tests itself: the clean emulator must pass, every quirk must be caught, every test case must catch one.

All test cases under all quirks are a hundred thousand scenarios; ``full`` runs them. Otherwise a known matrix (made by a
full run, ``emulators/kills.json``) says which pairs are worth running, so that each test case and each quirk is proven anew
at least once; what the matrix does not know, or was wrong about, is searched for. Nothing is believed without a run.
Harmless quirks get a share of the test cases each, such that each test case meets two of them.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import orjson

from v2xconform.campaign.engine import run_plan
from v2xconform.campaign.features import Row
from v2xconform.campaign.plan import Choice, chosen_rows, make_plan
from v2xconform.content import content
from v2xconform.emulators.quirks import quirks_of
from v2xconform.lab.profile import load_profile
from v2xconform.lab.sut import Emulator, Sut

CLEAN = ""
"""Name of the run without a quirk."""
Matrix = dict[str, list[str]]
"""Quirk -> test cases that catch it, by a check of their own where there are such."""
_PORTION = 60
"""Test cases that one job runs under one quirk: small enough to keep all processes busy to the end."""


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
    not_applicable: dict[str, str] = field(default_factory=dict)
    """Test case that is for none of our own emulators -> why; proven here neither way, and said to be so."""
    lesser: dict[str, str] = field(default_factory=dict)
    """Test case that is for devices which lack what the persona of the profile has -> persona with which it was run."""
    kills: dict[str, list[Kill]] = field(default_factory=dict)
    """Quirk -> test cases that caught it, of those that were run."""
    errors: dict[str, list[str]] = field(default_factory=dict)
    """Quirk -> test cases that ended in ERROR: a fault of the tester."""
    good: set[str] = field(default_factory=set)
    """Quirks that are harmless and must not be caught."""
    elsewhere: set[str] = field(default_factory=set)
    """Test cases and quirks that the selftest of another edition has just proven: what they have in common is run once."""
    ran: int = 0
    """Scenarios that were run."""

    @property
    def missed(self) -> list[str]:
        """Quirks that nothing caught."""
        return sorted(
            name for name, kills in self.kills.items() if not kills and name not in self.good | self.elsewhere
        )

    @property
    def false_alarms(self) -> dict[str, list[Kill]]:
        """Harmless quirks that were caught."""
        return {name: kills for name, kills in self.kills.items() if name in self.good and kills}

    @property
    def toothless(self) -> list[str]:
        """Test cases that caught nothing."""
        biting = {kill.testcase for name, kills in self.kills.items() if name not in self.good for kill in kills}
        return [name for name in self.testcases if name not in biting | self.elsewhere]

    @property
    def proven(self) -> set[str]:
        """Test cases that have caught a quirk, and quirks that were caught, here or elsewhere."""
        bad = [name for name in self.kills if name not in self.good]
        toothless, missed = set(self.toothless), set(self.missed)
        return {name for name in self.testcases if name not in toothless} | {one for one in bad if one not in missed}

    @property
    def monitored_only(self) -> list[str]:
        """Test cases whose own checks never failed: monitors alone caught what they caught."""
        own = {kill.testcase for kills in self.kills.values() for kill in kills if kill.by_own_check}
        return [name for name in self.testcases if name not in own]

    @property
    def passed(self) -> bool:
        """Whether the suite stands: nothing wrong when clean, no miss, no false alarm, no toothless test case."""
        return not (self.clean or self.missed or self.false_alarms or self.toothless or self.errors)

    def matrix(self) -> Matrix:
        """Return who catches what by a check of its own, for `write_matrix`."""
        return {
            name: [kill.testcase for kill in kills if kill.by_own_check] or [kill.testcase for kill in kills[:3]]
            for name, kills in self.kills.items()
            if name not in self.good
        }

    def to_json(self) -> dict[str, Any]:
        """Return everything for machines and for the page of the kill matrix."""
        return {
            "profile": self.profile, "passed": self.passed, "testcases": self.testcases, "clean": self.clean,
            "not_applicable": self.not_applicable,
            "quirks": {
                name: [{"testcase": k.testcase, "by_own_check": k.by_own_check, "reason": k.reason} for k in kills]
                for name, kills in self.kills.items()
            },
            "good": sorted(self.good), "missed": self.missed, "toothless": self.toothless, "errors": self.errors,
            "monitored_only": self.monitored_only, "elsewhere": sorted(self.elsewhere), "ran": self.ran,
        }  # fmt: skip


def selftest(
    profile: str, *, jobs: int = 1, full: bool = False, on_portion: Callable[[str, int], None] | None = None,
    done: Sequence[Selftest] = (), shares: int = 2,
) -> Selftest:  # fmt: skip
    """Prove that the suite of a profile can fail, and does not when it should not. Raises LabError.

    `full` runs every test case under every quirk. `on_portion` hears of each finished portion: quirk, scenarios run. What
    selftests of other editions of the same role that are `done` have proven is not proven again, only run without a quirk.
    Each test case meets so many harmless quirks as there are `shares`.
    """
    loaded = load_profile(profile)
    quirks = quirks_of(loaded.role, loaded.protocol)
    outcome = Selftest(loaded.id, good={name for name, quirk in quirks.items() if quirk.good})
    for other in done:
        if load_profile(other.profile).role == loaded.role:
            outcome.elsewhere |= other.proven
    outcome.kills = {name: [] for name in quirks}
    with _Crew(profile, jobs, outcome, on_portion) as crew:
        crew.run_clean(loaded.lesser_personas)
        good = [name for name in quirks if name in outcome.good]
        bad = [name for name in quirks if name not in outcome.good]
        if full:
            crew.run([(name, outcome.testcases) for name in (*good, *bad)])
            return outcome
        known = read_matrix().get(loaded.id, {})
        left = [name for name in outcome.testcases if name not in outcome.elsewhere]
        crew.run([*_shared_out(good, left, shares), *_worth_running(known, bad, left, outcome.elsewhere)])
        # What the matrix did not know, or was wrong about.
        rows = {row.case.id: row for row in chosen_rows(crew.plan)}
        crew.run(
            [(name, near[:_PORTION]) for name in outcome.missed if (near := _near(quirks[name].requirement, rows))]
        )
        for name in outcome.missed:
            tried = set(_near(quirks[name].requirement, rows)[:_PORTION])
            for part in _parts([case for case in outcome.testcases if case not in tried]):
                crew.run([(name, part)])
                if outcome.kills[name]:
                    break
        _give_teeth(crew, outcome, {name: quirks[name].requirement for name in bad}, rows)
    return outcome


def _near(requirement: str, rows: Mapping[str, Row]) -> list[str]:
    """Return the test cases that name a requirement, then those that stand in the same features."""
    own = [name for name, row in rows.items() if requirement in row.case.requirements]
    places = {rows[name].path for name in own}
    return [*own, *(name for name, row in rows.items() if row.path in places and name not in own)]


def _give_teeth(crew: "_Crew", outcome: Selftest, requirements: Mapping[str, str], rows: Mapping[str, Row]) -> None:
    """Look for a quirk for each test case that has caught none: those of its requirements, then those of its feature, then all.

    In each round every such test case runs under one quirk more; what has caught one is out.
    """
    queues: dict[str, list[str]] = {}
    for name in outcome.toothless:
        row = rows[name]
        beside = {other for other in rows if rows[other].path == row.path}
        local = [quirk for quirk, kills in outcome.kills.items() if any(kill.testcase in beside for kill in kills)]
        first = [quirk for quirk, one in requirements.items() if one in row.case.requirements]
        queues[name] = list(dict.fromkeys(one for one in (*first, *local, *requirements) if one in requirements))
    while toothless := [name for name in outcome.toothless if queues.get(name)]:
        work: dict[str, list[str]] = {}
        for name in toothless:
            work.setdefault(queues[name].pop(0), []).append(name)
        crew.run(list(work.items()))


def _shared_out(quirks: Sequence[str], testcases: Sequence[str], shares: int = 2) -> list[tuple[str, list[str]]]:
    """Return harmless quirks with test cases such that each test case stands under so many of them."""
    found: dict[str, list[str]] = {name: [] for name in quirks}
    for number, testcase in enumerate(testcases):
        for place in (
            {(number + len(quirks) * part // shares) % len(quirks) for part in range(shares)} if quirks else ()
        ):
            found[quirks[place]].append(testcase)
    return list(found.items())


def _worth_running(
    matrix: Matrix, quirks: Sequence[str], testcases: Sequence[str], proven: Set[str] = frozenset()
) -> list[tuple[str, list[str]]]:
    """Return quirk and test cases such that each test case stands under one quirk at least, and each not `proven` has one."""
    known = set(testcases)
    chosen: dict[str, list[str]] = {name: [] for name in quirks}
    catches: dict[str, list[str]] = {name: [] for name in testcases}
    for quirk in quirks:
        for testcase in matrix.get(quirk, ()):
            if testcase in known:
                catches[testcase].append(quirk)
    for testcase, by in catches.items():
        if by:  # the quirk with the least to do so far: the work is spread, and so is the proof
            chosen[min(by, key=lambda name: len(chosen[name]))].append(testcase)
    for quirk in quirks:
        if not chosen[quirk] and quirk not in proven:
            chosen[quirk] = [testcase for testcase in matrix.get(quirk, ()) if testcase in known][:1]
    return [(quirk, cases) for quirk, cases in chosen.items() if cases]


class _Crew:
    """Runs portions of (quirk, test cases), in this process or in several, and gathers what comes of them."""

    def __init__(
        self, profile: str, jobs: int, outcome: Selftest, on_portion: Callable[[str, int], None] | None
    ) -> None:
        self._profile = profile
        self.plan = make_plan(Choice(load_profile(profile), None, "virtual", []), Path(), time.time())
        self._outcome = outcome
        self._on_portion = on_portion
        self._pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) if jobs > 1 else None

    def __enter__(self) -> "_Crew":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def run_clean(self, lesser: Sequence[str]) -> None:
        """Run all test cases without a quirk; those that are not for the persona of the profile with the `lesser` ones."""
        self._run([("", CLEAN, [])])
        for persona in lesser:
            left = list(self._outcome.not_applicable)
            if left:
                self._run([(persona, CLEAN, part) for part in _parts(left)])

    def run(self, work: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Run all portions, each test case with the persona that it is for."""
        portions: list[tuple[str, str, list[str]]] = []
        for quirk, cases in work:
            by_persona: dict[str, list[str]] = {}
            for case in cases:
                by_persona.setdefault(self._outcome.lesser.get(case, ""), []).append(case)
            portions += [(persona, quirk, part) for persona, own in by_persona.items() for part in _parts(own)]
        self._run(portions)

    def _run(self, portions: Sequence[tuple[str, str, list[str]]]) -> None:
        for (persona, quirk, _), results in self._results(portions):
            self._outcome.ran += len(results)
            if quirk == CLEAN:
                self._take_clean(persona, results)
            else:
                self._take(quirk, results)
            if self._on_portion is not None:
                self._on_portion(quirk, len(results))

    def _results(
        self, portions: Sequence[tuple[str, str, list[str]]]
    ) -> Iterator[tuple[tuple[str, str, list[str]], list[Mapping[str, Any]]]]:
        if self._pool is None:
            for persona, quirk, part in portions:
                yield (persona, quirk, part), results_under(self._profile, quirk, part, persona)
            return
        waiting = {
            self._pool.submit(results_under, self._profile, quirk, part, persona): (persona, quirk, part)
            for persona, quirk, part in portions
        }
        for done in as_completed(waiting):
            yield waiting[done], done.result()

    def _take_clean(self, persona: str, results: Sequence[Mapping[str, Any]]) -> None:
        outcome = self._outcome
        for result in results:
            name = result["testcase"]
            if result["verdict"] == "NOT_APPLICABLE":
                outcome.not_applicable.setdefault(name, result["reason"])
                continue
            outcome.not_applicable.pop(name, None)
            outcome.testcases.append(name)
            if persona:
                outcome.lesser[name] = persona
            if result["verdict"] != "PASS":
                outcome.clean[name] = f"{result['verdict']}: {result['reason']}"

    def _take(self, quirk: str, results: Sequence[Mapping[str, Any]]) -> None:
        outcome = self._outcome
        outcome.kills[quirk] += [
            Kill(r["testcase"], bool(r["own_check_failed"]), r["reason"]) for r in results if r["verdict"] == "FAIL"
        ]
        errors = [f"{r['testcase']}: {r['reason']}" for r in results if r["verdict"] == "ERROR"]
        if errors:
            outcome.errors.setdefault(quirk, []).extend(errors)


def _parts(cases: Sequence[str]) -> Iterator[list[str]]:
    if not cases:
        yield []
    for start in range(0, len(cases), _PORTION):
        yield list(cases[start : start + _PORTION])


def results_under(profile: str, quirk: str, testcases: Sequence[str], persona: str = "") -> list[Mapping[str, Any]]:
    """Return the result lines of a self-hosted campaign under one quirk (none when empty); no test cases means all.

    `persona` plays the SUT in place of the one of the profile.
    """
    folder = Path(tempfile.mkdtemp(prefix="v2xconform-selftest-"))
    try:
        sut = Sut(name=Path(persona).stem, emulator=Emulator(persona=persona)) if persona else None
        choice = Choice(
            load_profile(profile), sut, "virtual", testcases, quirks=[quirk] if quirk else [], captures=False
        )
        return list(run_plan(make_plan(choice, folder, time.time()), None, sealed=False).results)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _matrix_path() -> Path:
    return content("emulators") / "kills.json"


def read_matrix() -> dict[str, Matrix]:
    """Return the known matrix: profile -> quirk -> test cases; empty where none was made yet."""
    path = _matrix_path()
    return orjson.loads(path.read_bytes()) if path.is_file() else {}


def write_matrix(outcomes: Sequence[Selftest], path: Path | None = None) -> Path:
    """Add what was caught to the known matrix, take out what is no more, and return its path."""
    known = read_matrix()
    for outcome in outcomes:
        before, found = known.get(outcome.profile, {}), outcome.matrix()
        alive = set(outcome.testcases)
        known[outcome.profile] = {
            name: [case for case in outcome.testcases if case in {*before.get(name, ()), *cases} & alive]
            for name, cases in found.items()
        }
    target = path or _matrix_path()
    lines = [
        f'  "{profile}": {{\n'
        + ",\n".join(f"    {orjson.dumps(q).decode()}: {orjson.dumps(cases).decode()}" for q, cases in matrix.items())
        + "\n  }"
        for profile, matrix in sorted(known.items())
    ]
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return target
