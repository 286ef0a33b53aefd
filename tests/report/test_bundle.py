from pathlib import Path
from typing import Any

import orjson
import pytest

from v2xconform.report import NoBundleError, read_bundle, summarise


def bundle_of(run: Path, *results: dict[str, Any], manifest: dict[str, Any] | None = None, **campaign: Any) -> Any:
    run.mkdir(exist_ok=True)
    (run / "manifest.json").write_bytes(orjson.dumps({"format": 1} if manifest is None else manifest))
    (run / "campaign.yaml").write_bytes(orjson.dumps(campaign))
    (run / "results.jsonl").write_bytes(b"".join(orjson.dumps(result) + b"\n" for result in results))
    return read_bundle(run)


def result(name: str, verdict: str, *requirements: str, findings: Any = (), **fields: Any) -> dict[str, Any]:
    return {
        "testcase": name,
        "verdict": verdict,
        "requirements": list(requirements),
        "findings": list(findings),
        **fields,
    }


def broken(requirement: str, text: str = "late", severity: str = "MUST", whose: str = "sut") -> dict[str, Any]:
    return {"requirement": requirement, "severity": severity, "text": text, "events": [], "whose": whose}


def test_a_folder_that_is_no_run_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(NoBundleError, match="no run is stored here; a run has manifest"):
        read_bundle(tmp_path)
    with pytest.raises(NoBundleError, match="no such folder"):
        read_bundle(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("manifest.json", b"{", "manifest.json cannot be read"),
        ("manifest.json", b"[]", "holds no JSON object"),
        ("manifest.json", b'{"format": 9}', "format 9; this report knows format 1"),
        ("campaign.yaml", b"a: [", "campaign.yaml cannot be read: line"),
        ("campaign.yaml", b"- a", "campaign.yaml holds no mapping"),
        ("results.jsonl", b'{"testcase": "A", "verdict": "PASS"}\n{"testca', "line 2 (the last line, cut off)"),
        ("results.jsonl", b"7\n", "line 1 cannot be read: it is no result"),
    ],
)
def test_damage_is_listed_not_raised(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    bundle_of(tmp_path / "run")
    (tmp_path / "run" / name).write_bytes(content)
    problems = read_bundle(tmp_path / "run").problems
    assert len(problems) == 1
    assert words in problems[0]


def test_yaml_with_dates_sets_and_odd_keys_is_read(tmp_path: Path) -> None:
    bundle_of(tmp_path / "run")
    source = (
        "profile: p\npics: {1: yes, on: 2026-11-20}\npixit: {big: 99999999999999999999, when: 2026-11-20T10:00:00Z}\n"
    )
    (tmp_path / "run" / "campaign.yaml").write_text(source)
    bundle = read_bundle(tmp_path / "run")
    assert bundle.problems == []
    assert bundle.campaign["pics"]["on"] == "2026-11-20"
    assert bundle.campaign["pixit"]["big"] == "99999999999999999999"
    assert bundle.profile["id"] == "p"


def test_fields_of_the_wrong_type_are_brought_to_theirs(tmp_path: Path) -> None:
    odd = {"testcase": 7, "verdict": "PASS", "title": ["a"], "requirements": "R-1", "findings": "x"}
    odd |= {"duration_s": "long", "warnings": True}
    (found,) = bundle_of(tmp_path / "run", odd).results
    assert (found["testcase"], found["title"], found["requirements"]) == ("7", '["a"]', ["R-1"])
    assert found["duration_s"] is None
    assert found["warnings"] == 0


def test_a_verdict_that_is_none_becomes_an_error(tmp_path: Path) -> None:
    (found,) = bundle_of(tmp_path / "run", result("A", "GREAT")).results
    assert found["verdict"] == "ERROR"
    assert "'GREAT', which is no verdict" in found["reason"]


def test_repeats_get_anchors_of_their_own(tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path / "run", result("A", "PASS"), result("A", "FAIL"), result("B", "PASS"))
    assert [found["id"] for found in bundle.results] == ["A", "A~2", "B"]


def test_a_path_out_of_the_bundle_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    bundle = bundle_of(tmp_path / "run")
    assert bundle.file("../secret") is None
    assert bundle.file(str(tmp_path / "secret")) is None
    assert bundle.file("manifest.json") is not None


def test_planned_test_cases_without_a_result_are_not_run(tmp_path: Path) -> None:
    bundle = bundle_of(
        tmp_path / "run", result("A", "PASS"), testcases=[{"id": "A"}, {"id": "B", "requirements": ["R"]}]
    )
    assert [(found["id"], found["verdict"]) for found in bundle.results] == [("A", "PASS"), ("B", "NOT_RUN")]
    assert "no result of it" in bundle.results[1]["reason"]


REQUIREMENTS = [
    {"id": "R-1", "severity": "MUST"},
    {"id": "R-2", "severity": "MUST"},
    {"id": "R-3", "severity": "SHOULD"},
]
DECLARED = {"reason": "known", "link": ""}


@pytest.mark.parametrize(
    ("results", "interrupted", "sentence"),
    [
        ([], False, "Nothing was tested."),
        ([result("A", "PASS", "R-1", "R-2")], False, "Conformant: all 2 tested mandatory requirements met."),
        ([result("A", "FAIL", "R-1", findings=[broken("R-1")])], False,
         "Not conformant: 1 of 1 tested mandatory requirement failed."),
        ([result("A", "FAIL", "R-1", expected=DECLARED)], False,
         "Not conformant, as declared: 1 test case failed, all of them expected."),
        ([result("A", "PASS", "R-1", expected=DECLARED)], False,
         "1 test case passed that was declared to fail: update the declaration."),
        ([result("A", "ERROR", "R-1")], False,
         "No verdict: 1 test case ended in an error of tester, lab or configuration."),
        ([result("A", "INCONCLUSIVE"), result("B", "PASS")], False,
         "Not decided: 1 test case inconclusive, none failed."),
        ([result("A", "PASS", "R-1", "R-2")], True, "Interrupted; so far no failure: 1 test case passed."),
    ],
)  # fmt: skip
def test_the_sentence(tmp_path: Path, results: list[dict[str, Any]], interrupted: bool, sentence: str) -> None:
    manifest = {"format": 1, "interrupted": interrupted}
    bundle = bundle_of(tmp_path / "run", *results, manifest=manifest, requirements=REQUIREMENTS)
    assert summarise(bundle).sentence == sentence


def test_a_failed_test_condemns_only_the_requirement_that_its_findings_name(tmp_path: Path) -> None:
    bundle = bundle_of(
        tmp_path / "run",
        result("A", "FAIL", "R-1", "R-2", findings=[broken("R-1")]),
        result("B", "PASS", "R-2", findings=[broken("R-3", severity="SHOULD")]),
        result("C", "FAIL", "R-9"),
        result("D", "NOT_APPLICABLE", "R-4", reason="PICS: WPT is no"),
        requirements=[*REQUIREMENTS, {"id": "R-4"}, {"id": "R-5", "monitors": ["timing"]}, {"id": "R-6"}],
    )
    rows = {row["id"]: row for row in summarise(bundle).requirements}
    assert {name: (row["verdict"], row["state"]) for name, row in rows.items()} == {
        "R-1": ("FAIL", "tested"),
        "R-2": ("PASS", "tested"),
        "R-3": ("", "missed"),
        "R-4": ("NOT_APPLICABLE", "not applicable"),
        "R-5": ("", "watched"),
        "R-6": ("", "not tested"),
        "R-9": ("FAIL", "tested"),
    }
    assert rows["R-4"]["reason"] == "PICS: WPT is no"
    assert rows["R-6"]["reason"] == "no test case covers it"
    assert rows["R-9"]["outside"] is True


def test_twelve_tests_with_one_cause_are_one_group(tmp_path: Path) -> None:
    late = [
        result(f"A{n}", "FAIL", "R-1", findings=[broken("R-1", f"DC_ChargeLoopRes came {300 + n}.5 ms after 0x0{n}")])
        for n in range(9)
    ]
    other = result("B", "ERROR", "R-1", findings=[broken("", "our fault", whose="tester")])
    known = result("C", "FAIL", "R-2", findings=[broken("R-2", "known")], expected=DECLARED)
    causes = summarise(bundle_of(tmp_path / "run", known, other, *late)).causes
    assert [(cause["requirement"], len(cause["tests"]), cause["expected"]) for cause in causes] == [
        ("R-1", 9, False),
        ("", 1, False),
        ("R-2", 1, True),
    ]


def test_what_a_campaign_writes_for_a_stale_declaration(tmp_path: Path) -> None:
    stale = result("A", "FAIL", "R-1", reason="stale expected failure (known): the test case passes", expected=DECLARED)
    bundle = bundle_of(tmp_path / "run", stale, requirements=[{"id": "R-1", "not_tested": "x"}])
    summary = summarise(bundle)
    assert bundle.results[0]["overlay"] == "stale"
    assert (summary.stale, summary.expected) == (1, 0)
    assert summary.sentence == "1 test case passed that was declared to fail: update the declaration."
    assert summary.requirements[0]["verdict"] == "PASS"
    assert summary.causes[0]["expected"] is False


def test_a_killed_run_is_read_from_the_files_of_its_processes(tmp_path: Path) -> None:
    run = tmp_path / "incomplete-run"
    bundle_of(run)
    (run / "results.jsonl").unlink()
    (run / "results.gw0.jsonl").write_bytes(b'{"testcase": "A", "verdict": "PASS"}\n')
    (run / "results.gw1.jsonl").write_bytes(b'{"testcase": "B", "verdict": "FAIL"}\n{"tes')
    bundle = read_bundle(run)
    assert [found["id"] for found in bundle.results] == ["A", "B"]
    assert bundle.problems == [problem for problem in bundle.problems if "results.gw1.jsonl line 2" in problem]
    assert bundle.interrupted


def test_an_unsure_finding_is_the_cause_of_an_inconclusive_test_case(tmp_path: Path) -> None:
    unsure = broken("R-1", "60.4 ms, limit 60 ms, jitter 1.1 ms", severity="UNSURE")
    (cause,) = summarise(bundle_of(tmp_path / "run", result("A", "INCONCLUSIVE", "R-1", findings=[unsure]))).causes
    assert (cause["requirement"], cause["verdict"]) == ("R-1", "INCONCLUSIVE")


def test_pics_conditions_are_read_as_list_or_text(tmp_path: Path) -> None:
    cases = [{"id": "A", "pics": ["DC", "BPT"]}, {"id": "B", "pics": "DC or AC"}]
    bundle = bundle_of(tmp_path / "run", result("A", "PASS"), result("B", "PASS"), testcases=cases)
    assert [found["pics"] for found in bundle.results] == ["DC and BPT", "DC or AC"]
