"""From findings and step outcomes to one verdict. Pure: the same trace gives the same verdict, live or years later."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from v2xconform.judge.finding import Finding


class Verdict(StrEnum):
    """The five verdicts, as they stand in results.jsonl."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    ERROR = "ERROR"
    NOT_APPLICABLE = "NOT_APPLICABLE"


MEANING: dict[Verdict, str] = {
    Verdict.PASS: "every mandatory check was met",
    Verdict.FAIL: "the system under test broke a requirement",
    Verdict.INCONCLUSIVE: "no judgement: the test case did not get to its point, or the evidence is missing",
    Verdict.ERROR: "a fault of the tester, the lab or the configuration; says nothing about the system under test",
    Verdict.NOT_APPLICABLE: "a declared capability (PICS) says that the test case does not apply",
}

WORST_FIRST = (Verdict.ERROR, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)

# Exit codes of run, judge and selftest (0 conformant, 2 usage, 130 interrupted are the callers').
EXIT_CODES = ((Verdict.FAIL, 1), (Verdict.ERROR, 4), (Verdict.INCONCLUSIVE, 3))

StepOutcome = Literal["passed", "failed", "inconclusive", "error"]


class Inconclusive(Exception):  # noqa: N818 - a verdict, not an error
    """Raise in a step: the preamble was not reached or the evidence is missing. The text says at which message, why."""


class NotApplicable(Exception):  # noqa: N818 - a verdict, not an error
    """Raise before a test case starts: a PICS expression says no. The text shows the expression."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason in one sentence, and how many SHOULD violations are attached to it."""

    verdict: Verdict
    reason: str
    warnings: int = 0


_OF_STEP: dict[StepOutcome, Verdict] = {
    "passed": Verdict.PASS,
    "failed": Verdict.FAIL,
    "inconclusive": Verdict.INCONCLUSIVE,
    "error": Verdict.ERROR,
}

_OF_FINDING = {"MUST": Verdict.FAIL, "UNSURE": Verdict.INCONCLUSIVE}


def judge(outcome: StepOutcome, reason: str, findings: Iterable[Finding], strict: bool = False) -> Judgement:
    """Return the worst of the step outcome and all findings.

    `outcome` and `reason` are those of the step that ended the scenario ("passed", "" when all passed). A mandatory
    finding about the tester's own traffic makes ERROR, never FAIL. `strict` lets SHOULD violations fail.
    An inconclusive preamble stays inconclusive only while no mandatory requirement was broken on the way.
    """
    reached: list[tuple[Verdict, str]] = [(_OF_STEP[outcome], reason)]
    warnings = 0
    for finding in findings:
        severity = "MUST" if strict and finding.severity == "SHOULD" else finding.severity
        warnings += severity == "SHOULD"
        verdict = _OF_FINDING.get(severity)
        if verdict is Verdict.FAIL and finding.whose == "tester":
            verdict = Verdict.ERROR
        if verdict is not None:
            reached.append((verdict, f"[{finding.requirement}] {finding.text}"))
    for verdict in WORST_FIRST:
        for candidate, text in reached:
            if candidate is verdict:
                return Judgement(verdict, text, warnings)
    raise AssertionError("unreachable: the step outcome is one of the verdicts")


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """Return the exit code of a run: 0 conformant, 1 FAIL, 4 ERROR without FAIL, 3 INCONCLUSIVE only."""
    seen = set(verdicts)
    return next((code for verdict, code in EXIT_CODES if verdict in seen), 0)
