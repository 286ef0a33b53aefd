"""One line of results.jsonl: what came of one test case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from v2xconform.campaign.case import Case
from v2xconform.judge.finding import Finding
from v2xconform.judge.verdict import Judgement, StepOutcome, Verdict, judge
from v2xconform.lab.sut import ExpectedFailure
from v2xconform.trace.events import Event


@dataclass(slots=True)
class Ending:
    """How the scenario itself ended, before findings are looked at."""

    outcome: StepOutcome = "passed"
    reason: str = ""
    not_applicable: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A judged test case."""

    case: Case
    judgement: Judgement
    findings: Sequence[Finding]
    steps: Sequence[Mapping[str, Any]]
    checks: Sequence[Mapping[str, Any]]
    started: datetime
    duration_s: float
    trace: str
    expected: ExpectedFailure | None = None
    own_check_failed: bool = field(default=False)
    """A Then step of the test case itself failed, not only a monitor."""

    @property
    def counted(self) -> Verdict:
        """The verdict as the exit code counts it: an expected failure that failed does not count as one."""
        verdict = self.judgement.verdict
        return Verdict.PASS if self.expected is not None and verdict is Verdict.FAIL and not self.stale else verdict

    @property
    def stale(self) -> bool:
        """An expected failure that did not fail."""
        return self.expected is not None and self.judgement.reason.startswith("stale")

    def to_json(self) -> dict[str, Any]:
        """Return the line of results.jsonl."""
        expected = None
        if self.expected is not None:
            expected = {"reason": self.expected.reason, "link": self.expected.link}
        return {
            "testcase": self.case.id,
            "title": self.case.title,
            "verdict": self.judgement.verdict.value,
            "reason": self.judgement.reason,
            "requirements": list(self.case.requirements),
            "findings": [finding.to_json() for finding in self.findings],
            "steps": list(self.steps),
            "expected": expected,
            "warnings": self.judgement.warnings,
            "started": self.started.isoformat().replace("+00:00", "Z"),
            "duration_s": round(self.duration_s, 6),
            "trace": self.trace,
            "feature": self.case.feature,
            "expected_observed": list(self.checks),
            "own_check_failed": self.own_check_failed,
        }


def make_result(
    case: Case,
    ending: Ending,
    findings: Sequence[Finding],
    checks: Sequence[Mapping[str, Any]],
    events: Sequence[Event],
    started: datetime,
    trace: str,
    expected: ExpectedFailure | None,
    strict: bool,
) -> Result:
    """Judge one test case and lay the expected failure over it."""
    if ending.not_applicable:
        judgement = Judgement(Verdict.NOT_APPLICABLE, f"PICS {ending.not_applicable} = no")
    else:
        judgement = judge(ending.outcome, ending.reason, findings, strict)
    if expected is not None and judgement.verdict is Verdict.PASS:
        text = f"stale expected failure ({expected.reason}): the test case passes; take it out of the SUT description"
        judgement = Judgement(Verdict.FAIL, text, judgement.warnings)
    duration = events[-1].seconds if events else 0.0
    failed = any(not check["met"] for check in checks)
    return Result(case, judgement, findings, step_lines(events), checks, started, duration, trace, expected, failed)


def step_lines(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return the steps of a trace with their outcomes."""
    lines: list[dict[str, Any]] = []
    for event in events:
        if event.kind != "step" or not isinstance(event.body, dict):
            continue
        if event.body.get("outcome") == "started":
            lines.append({"text": event.name, "outcome": "started", "reason": "", "event": event.id})
        elif lines:
            lines[-1] |= {"outcome": event.body.get("outcome"), "reason": event.body.get("reason", "")}
    return lines
