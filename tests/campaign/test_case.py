"""From tags and rows to test cases, and from patterns to a choice of them."""

from pathlib import Path

import pytest

from v2xconform.campaign.case import Case, read_tags
from v2xconform.campaign.features import rows_of, selected
from v2xconform.lab.yaml_lines import LabError

TAGS = ["TC_SECC20_X_001", "req:V2G20-1", "req:X20-Y", "pics:DC&Dynamic", "role:secc", "should", "slow"]


def test_tags_of_a_scenario() -> None:
    case = read_tags(TAGS, "a title", "a feature", {})
    assert case.id == "TC_SECC20_X_001" and case.role == "secc" and case.severity == "SHOULD"
    assert case.requirements == ("V2G20-1", "X20-Y") and case.pics == ("DC&Dynamic",) and case.tags == ("slow",)


def test_a_row_has_its_own_id_requirements_and_pics() -> None:
    row = {"id": "TC_ROW", "requirement": "V2G20-7, V2G20-1", "pics": "AC"}
    case = read_tags(TAGS, "t", "f", row)
    assert case.id == "TC_ROW"
    assert case.requirements == ("V2G20-7", "V2G20-1", "X20-Y"), "those of the row first, none twice"
    assert case.pics == ("DC&Dynamic", "AC")


def test_without_an_id_the_title_stands_in() -> None:
    assert read_tags([], "nameless", "f", {}).id == "nameless"


@pytest.mark.parametrize("pics, says", [({"DC": "no"}, "DC&Dynamic"), ({"DC": "yes"}, ""), ({}, "")])
def test_applicability(pics: dict[str, str], says: str) -> None:
    assert read_tags(TAGS, "t", "f", {}).not_applicable(pics) == says  # type: ignore[arg-type]  # answers as text


CASE = Case("TC_SECC20_DC_Loop_001", "t", "f", "secc", ("V2G20-1",), (), ("slow",))


@pytest.mark.parametrize(
    "patterns, chosen",
    [
        ([], True), (["TC_SECC20_DC_Loop_001"], True), (["*Loop*"], True), (["TC_???C20*"], True), (["tc_secc*"], False),
        (["Loop"], False), (["@slow"], True), (["@slo*"], False), (["req:V2G20-1"], True), (["req:V2G20-*"], True),
        (["req:X"], False), (["not @slow"], False), (["not *AC*"], True), (["nobody", "*001"], True),
        (["*001", "not req:V2G20-1"], False), (["not @fast", "not *002"], True),
    ],
)  # fmt: skip
def test_patterns(patterns: list[str], chosen: bool) -> None:
    assert selected(CASE, patterns) is chosen


def test_rows_of_an_outline(tmp_path: Path) -> None:
    path = tmp_path / "one.feature"
    path.write_text(
        "@role:secc\nFeature: F\n\n  @req:R\n  Scenario Outline: the <what> row\n    When <what> is done\n\n"
        "    Examples:\n      | id | what |\n      | TC_A | first |\n      | TC_B | second |\n"
    )
    rows = list(rows_of(path))
    assert [(row.case.id, row.case.title, row.case.steps) for row in rows] == [
        ("TC_A", "the first row", ("When first is done",)),
        ("TC_B", "the second row", ("When second is done",)),
    ]
    assert {row.line for row in rows} == {5}


@pytest.mark.parametrize(
    "text", ["Scenario: no feature\n", "Feature: x\n  Scenario: y\n    When a\n    nonsense\n", "\xff"]
)
def test_a_file_that_is_no_feature_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.feature"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(LabError, match=r"bad\.feature:\d+: ") as error:
        list(rows_of(path))
    assert len(error.value.problems) == 1 and "\n" not in str(error.value)
