"""The lattice of verdicts: ERROR > FAIL > INCONCLUSIVE > PASS, whoever's fault, however severe."""

from itertools import product

import pytest

from v2xconform.judge.finding import Finding, from_json
from v2xconform.judge.verdict import WORST_FIRST, StepOutcome, Verdict, exit_code, judge

P, F, I, E, N = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.NOT_APPLICABLE  # noqa: E741


def finding(severity: str = "MUST", whose: str = "sut", text: str = "wrong") -> Finding:
    return Finding("V2G20-1", severity, text, (3,), whose)  # type: ignore[arg-type]  # literals of the test's table


STEPS: dict[StepOutcome, Verdict] = {"passed": P, "failed": F, "inconclusive": I, "error": E}
FINDINGS = [
    (None, P), (finding(), F), (finding(whose="tester"), E), (finding("SHOULD"), P), (finding("SHOULD", "tester"), P),
    (finding("UNSURE"), I), (finding("NOTE"), P), (finding("NOTE", "tester"), P),
]  # fmt: skip


@pytest.mark.parametrize("step, found", list(product(STEPS, FINDINGS)))
def test_the_worst_wins(step: StepOutcome, found: tuple[Finding | None, Verdict]) -> None:
    one, its = found
    judgement = judge(step, "step", [one] if one else [])
    assert judgement.verdict is min(STEPS[step], its, key=WORST_FIRST.index)


def test_the_reason_is_that_of_the_worst() -> None:
    judged = judge("inconclusive", "never got there", [finding(text="late"), finding("UNSURE", text="close")])
    assert (judged.verdict, judged.reason) == (F, "[V2G20-1] late")
    assert judge("inconclusive", "never got there", [finding("UNSURE")]).reason == "never got there"


def test_should_counts_as_warning_until_strict() -> None:
    found = [finding("SHOULD"), finding("SHOULD")]
    assert judge("passed", "", found).warnings == 2
    strict = judge("passed", "", found, strict=True)
    assert (strict.verdict, strict.warnings) == (F, 0)


@pytest.mark.parametrize(
    "verdicts, code",
    [([], 0), ([P, N], 0), ([P, F, E, I], 1), ([P, E, I], 4), ([P, I], 3), ([N], 0), ([E], 4), ([F, E], 1)],
)
def test_exit_codes(verdicts: list[Verdict], code: int) -> None:
    assert exit_code(verdicts) == code


def test_a_finding_survives_its_json() -> None:
    one = finding("UNSURE", "tester")
    assert from_json(one.to_json()) == one
