"""What a run means: one sentence, five counts, the requirements with their verdicts, and failures grouped by cause.

Computed here and not in the page, so that the sentence is the same in HTML, JUnit and on the terminal.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from v2xconform.report.bundle import NOT_RUN, VERDICTS, Bundle, mapping, sequence, text

_ROLL_UP: Final = ("FAIL", "ERROR", "INCONCLUSIVE", "PASS")
"""Worst first over the test cases of one requirement. Other than inside a test case, FAIL comes before ERROR: a
requirement that was seen broken once is broken, whatever went wrong in the lab elsewhere."""
_VARIABLE = re.compile(r"0x[0-9A-Fa-f]+|\b[0-9A-F]{8,}\b|\d+(?:[.,:]\d+)*")


@dataclass(slots=True)
class Summary:
    """Build it with `summarise`."""

    sentence: str
    tone: str
    """The verdict that the sentence carries: one of `VERDICTS` or NOT_RUN."""
    counts: dict[str, int]
    expected: int
    """Test cases that were declared to fail, and did."""
    stale: int
    """Test cases that were declared to fail, and passed."""
    warnings: int
    requirements: list[dict[str, Any]]
    causes: list[dict[str, Any]]


def summarise(bundle: Bundle) -> Summary:
    """Return the summary of the run; pass it to `write_report` through the bundle, or print its sentence."""
    results = bundle.results
    counts = dict.fromkeys((*VERDICTS, NOT_RUN), 0)
    for result in results:
        counts[result["verdict"]] += 1
    requirements = _requirements(bundle)
    expected = sum(result["overlay"] == "expected" for result in results)
    stale_failures = sum(result["overlay"] == "stale" and result["verdict"] == "FAIL" for result in results)
    stale = sum(result["overlay"] == "stale" for result in results)
    sentence, tone = _sentence(counts, expected, stale, stale_failures, requirements, bundle.interrupted)
    warnings = sum(result["warnings"] for result in results)
    return Summary(sentence, tone, counts, expected, stale, warnings, requirements, _causes(results))


def _sentence(
    counts: dict[str, int],
    expected: int,
    stale: int,
    stale_failures: int,
    requirements: list[dict[str, Any]],
    interrupted: bool,
) -> tuple[str, str]:
    mandatory = [row for row in requirements if row["severity"] == "MUST" and row["state"] == "tested"]
    failed = sum(row["verdict"] == "FAIL" for row in mandatory)
    prefix = "Interrupted; so far " if interrupted else ""
    broken = counts["FAIL"] - stale_failures
    if broken and broken == expected and not stale:
        core, tone = f"not conformant, as declared: {_many(expected, 'test case')} failed, all of them expected", "FAIL"
    elif broken:
        known = f" ({expected} of the {_many(broken, 'failed test case')} expected)" if expected else ""
        what = f"{failed} of {_many(len(mandatory), 'tested mandatory requirement')} failed" if failed else (
            f"{_many(broken, 'test case')} failed"
        )  # fmt: skip
        core, tone = f"not conformant: {what}{known}", "FAIL"
    elif stale:
        core, tone = (
            f"{_many(stale, 'test case')} passed that {_is(stale)} declared to fail: update the declaration",
            "FAIL",
        )
    elif counts["ERROR"]:
        core, tone = (
            f"no verdict: {_many(counts['ERROR'], 'test case')} ended in an error of tester, lab or configuration",
            "ERROR",
        )
    elif counts["INCONCLUSIVE"]:
        core, tone = (
            f"not decided: {_many(counts['INCONCLUSIVE'], 'test case')} inconclusive, none failed",
            "INCONCLUSIVE",
        )
    elif counts["PASS"]:
        what = (
            f"all {_many(len(mandatory), 'tested mandatory requirement')} met"
            if len(mandatory) > 1
            else f"{_many(counts['PASS'], 'test case')} passed"
        )
        watched = sum(row["state"] == "watched" for row in requirements)
        more = f", {watched} more watched without a finding" if watched else ""
        core, tone = f"conformant: {what}{more}", "PASS"
    else:
        core, tone = "nothing was tested", NOT_RUN
    if interrupted and tone == "PASS":
        core, tone = f"no failure: {_many(counts['PASS'], 'test case')} passed", "INCONCLUSIVE"
    if interrupted and counts[NOT_RUN]:
        core += f"; {counts[NOT_RUN]} not run"
    whole = prefix + core
    return f"{whole[0].upper()}{whole[1:]}.", tone


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _is(count: int) -> str:
    return "was" if count == 1 else "were"


def _requirements(bundle: Bundle) -> list[dict[str, Any]]:
    rows = {row["id"]: row for row in map(_catalogue_row, sequence(bundle.campaign.get("requirements"))) if row["id"]}
    by_testcase: dict[str, list[str]] = {}
    for row in rows.values():
        for name in row["planned"]:
            by_testcase.setdefault(name, []).append(row["id"])
    ran = 0
    warned: dict[str, list[int]] = {}
    for index, result in enumerate(bundle.results):
        ran += result["verdict"] in _ROLL_UP
        broken = {finding["requirement"] for finding in result["findings"] if _breaks(finding)}
        listed = {*result["requirements"], *by_testcase.get(result["testcase"], ())}
        for row_id in {f["requirement"] for f in result["findings"] if _warns(f)}:
            warned.setdefault(row_id, []).append(index)
        for row_id in listed | {finding["requirement"] for finding in result["findings"] if finding["requirement"]}:
            if row_id not in rows:
                rows[row_id] = {**_catalogue_row({"id": row_id}), "outside": True}
            row = rows[row_id]
            if row_id in listed:
                row["tests"].append(index)
            verdict = _contribution(result, row_id, broken)
            if row_id in listed or verdict == "FAIL":
                row["votes"][verdict] = row["votes"].get(verdict, 0) + 1
                if row_id not in listed:
                    row["tests"].append(index)
    for row in rows.values():
        _roll_up(row, bundle, ran)
        _add_warnings(row, warned.get(row["id"], []))
    return list(rows.values())


def _catalogue_row(item: Any) -> dict[str, Any]:
    fields = mapping(item)
    return {
        "id": text(fields.get("id")),
        "text": text(fields.get("text")),
        "severity": text(fields.get("severity")) or "MUST",
        "source": text(fields.get("source")),
        "role": text(fields.get("role")),
        "monitors": [text(name) for name in sequence(fields.get("monitors"))],
        "planned": [text(name) for name in sequence(fields.get("testcases"))],
        "why_not": text(fields.get("not_tested") or fields.get("not_tested_reason")),
        "tests": [],
        "votes": {},
    }


def _breaks(finding: dict[str, Any]) -> bool:
    return bool(finding["whose"] == "sut" and finding["severity"] == "MUST")


def _warns(finding: dict[str, Any]) -> bool:
    return bool(finding["whose"] == "sut" and finding["severity"] == "SHOULD" and finding["requirement"])


def _add_warnings(row: dict[str, Any], warned: list[int]) -> None:
    """Note where a SHOULD was missed; without a test case of its own the requirement is at least known to be missed."""
    row["warned"] = len(warned)
    if warned and not row["verdict"]:
        row["state"], row["tests"] = "missed", warned
        row["reason"] = f"missed in {_many(len(warned), 'test case')}; a SHOULD, so a warning"


def _contribution(result: dict[str, Any], requirement: str, broken: set[str]) -> str:
    """Return what one result says about one of its requirements.

    A failed test case condemns only the requirements that its findings name; the others were not decided by it.
    """
    verdict: str = "PASS" if result["overlay"] == "stale" else result["verdict"]
    if requirement in broken:
        return "FAIL"
    if verdict == "FAIL" and broken:
        return "INCONCLUSIVE"
    return verdict


def _roll_up(row: dict[str, Any], bundle: Bundle, ran: int) -> None:
    votes = row["votes"]
    del row["planned"]
    decided = next((verdict for verdict in _ROLL_UP if verdict in votes), "")
    if decided == "INCONCLUSIVE" and "PASS" in votes:
        decided = "PASS"  # another test case did decide
    row["verdict"], row["reason"] = decided, ""
    if decided:
        row["state"] = "tested"
    elif "NOT_APPLICABLE" in votes:
        conditions = {bundle.results[index]["pics"] or bundle.results[index]["reason"] for index in row["tests"]}
        row["state"], row["verdict"] = "not applicable", "NOT_APPLICABLE"
        row["reason"] = "; ".join(sorted(filter(None, conditions)))
    elif NOT_RUN in votes:
        row["state"], row["verdict"], row["reason"] = "not tested", NOT_RUN, "its test cases were not run"
    elif row["monitors"] and ran:
        row["state"] = "watched"
        row["reason"] = f"by {', '.join(row['monitors'])} in {ran} traces, no finding"
    else:
        row["state"], row["reason"] = "not tested", row["why_not"] or "no test case covers it"


def _causes(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Group what went wrong by requirement and cause: twelve test cases with one late response are one entry."""
    groups: dict[tuple[str, str, str], dict[str, Any]] = {}
    for index, result in enumerate(results):
        verdict = result["verdict"]
        if verdict not in ("FAIL", "ERROR", "INCONCLUSIVE"):
            continue
        whose = "tester" if verdict == "ERROR" else "sut"
        weight = "UNSURE" if verdict == "INCONCLUSIVE" else "MUST"
        telling = [f for f in result["findings"] if f["whose"] == whose and f["severity"] == weight]
        if not telling or result["overlay"] == "stale":
            shown: list[tuple[str, str, list[int]]] = [("", result["reason"] or result["title"], [])]
            if verdict == "FAIL":
                shown = [((result["requirements"] or [""])[0], shown[0][1], [])]
        else:
            shown = [(f["requirement"], f["text"], f["events"]) for f in telling]
        for requirement, words, events in shown:
            key = (verdict, requirement, _VARIABLE.sub("#", words))
            group = groups.setdefault(
                key,
                {
                    "verdict": verdict,
                    "requirement": requirement,
                    "text": words,
                    "tests": [],
                    "events": [],
                    "expected": True,
                },
            )
            if index not in group["tests"]:
                group["tests"].append(index)
                group["events"].append(events[-1] if events else None)
            group["expected"] = group["expected"] and result["overlay"] == "expected"
    order = {"FAIL": 0, "ERROR": 1, "INCONCLUSIVE": 2}
    return sorted(
        groups.values(), key=lambda g: (g["expected"], order[g["verdict"]], -len(g["tests"]), g["requirement"])
    )
