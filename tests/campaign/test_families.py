"""Families of test cases against the sequence table: shipped content is complete, and each gap is one clear line."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tests.campaign.small_lab import SmallLab
from v2xconform.campaign.families import FAMILIES, TAG, check_families
from v2xconform.campaign.features import Row, feature_files, read_feature, rows_of
from v2xconform.campaign.lint import check_profile
from v2xconform.lab.profile import load_profile
from v2xconform.lab.yaml_lines import LabError
from v2xconform.protocols.iso15118 import sequence20
from v2xconform.protocols.iso15118.sequence20 import Step

ROLES = ("secc", "evcc")
COOLING = "DC_CoolDown"


@cache
def shipped(role: str) -> tuple[Row, ...]:
    profile = load_profile(f"iso15118-20-{role}")
    return tuple(row for path in feature_files(profile.testcases) for row in rows_of(path))


def problems(role: str, rows: Sequence[Row]) -> list[str]:
    return list(check_families(role, rows))


def member(row: Row, name: str) -> tuple[str, ...]:
    """What a row names in the columns of a family: of several columns the first that it has."""
    return tuple(
        next(row.columns[part] for part in column.split("|") if part in row.columns).removesuffix("Req")
        for column in FAMILIES[name].columns
    )


def rows_of_family(name: str) -> list[Row]:
    return [row for row in shipped(FAMILIES[name].role) if TAG + name in row.case.tags]


def changed(row: Row, **columns: str) -> Row:
    return replace(row, columns={**row.columns, **columns})


@pytest.mark.parametrize("role", ROLES)
def test_the_shipped_content_has_no_problem(role: str) -> None:
    assert problems(role, shipped(role)) == []


@pytest.mark.parametrize("name", FAMILIES)
def test_a_member_that_is_taken_away_is_one_line(name: str) -> None:
    role, family = FAMILIES[name].role, FAMILIES[name]
    there = {row.case.id: member(row, name) for row in rows_of_family(name)}
    needed = sorted(family.members())
    assert set(needed) <= set(there.values())
    for one in (needed[0], needed[len(needed) // 2], needed[-1]):
        (line,) = problems(role, [row for row in shipped(role) if there.get(row.case.id) != one])
        columns = (column.replace("|", " or ") for column in family.columns)
        what = ", ".join(f"{column} {value}" for column, value in zip(columns, one, strict=True))
        assert line == (
            f"family {name} ({role}): no test case for {what}; add a row to an outline with the tag @family:{name}"
        )


def test_a_row_of_another_mode_does_not_stand_for_a_missing_one() -> None:
    left = [row for row in shipped("secc") if row.case.id != "TC_SECC20_AC_ScheduleExchange_004"]
    (line,) = problems("secc", left)
    assert "no test case for mode AC, state PowerDelivery, wrong ScheduleExchange; add a row" in line


def test_a_row_of_what_the_table_does_not_know_is_shown_with_its_place() -> None:
    row = next(row for row in rows_of_family("silence") if "request" in row.columns)
    stranger = changed(row, request="DC_CoolDownReq")
    (line,) = problems("secc", [*shipped("secc"), stranger])
    assert line == (
        f"{row.path}:{row.line}: {row.case.id}: request or loop DC_CoolDown is not in family silence of the sequence table"
    )


def test_a_request_that_has_a_place_in_the_state_is_no_wrong_message() -> None:
    row = next(row for row in rows_of_family("wrong-message") if row.columns["state"] == "DC_CableCheckReq")
    (line,) = problems("secc", [*shipped("secc"), changed(row, wrong="SessionStopReq")])
    assert "mode DC, state DC_CableCheck, wrong SessionStop is not in family wrong-message" in line


def test_a_row_without_the_column_of_its_family() -> None:
    row = rows_of_family("late-answer")[0]
    columns = {name: value for name, value in row.columns.items() if name != "message"}
    (line,) = problems("evcc", [*shipped("evcc"), replace(row, columns=columns)])
    assert f"{row.case.id}: message (none) is not in family late-answer" in line


def test_a_state_added_to_the_table_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    extend_table(monkeypatch, Step(COOLING, "SessionStopReq", ("terminate",), "Ended"))
    (line,) = problems("secc", shipped("secc"))
    assert line == (
        f"family wrong-message (secc): no test case for mode DC, state {COOLING}; "
        "add a row to an outline with the tag @family:wrong-message"
    )
    assert problems("evcc", shipped("evcc")) == []


def test_a_state_that_is_begun_is_a_line_for_each_message_that_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = [name for name in sequence20.all_requests("DC") if name not in ("SessionSetupReq", "PowerDeliveryReq")]
    extend_table(monkeypatch, *(Step(COOLING, name, ("answered",), COOLING, tolerated=True) for name in allowed))
    row = changed(rows_of_family("wrong-message")[0], mode="DC", state=COOLING, wrong="SessionSetupReq")
    (line,) = problems("secc", [*shipped("secc"), row])
    assert f"no test case for mode DC, state {COOLING}, wrong PowerDelivery; add a row" in line


@pytest.mark.parametrize("role", ROLES)
def test_a_request_added_to_the_table_is_one_line_for_each_family(monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    extend_table(monkeypatch, Step("DC_WeldingDetection", "DC_CoolDownReq", ("answered",), "DC_WeldingDetection"))
    expected = [name for name, family in FAMILIES.items() if family.role == role and name != "wrong-message"]
    found = problems(role, shipped(role))
    assert len(found) == len(expected)
    for name, line in zip(expected, found, strict=True):
        assert line.startswith(f"family {name} ({role}): no test case for ") and " DC_CoolDown; add a row" in line


def extend_table(monkeypatch: pytest.MonkeyPatch, *rows: Step) -> None:
    """Let the table of DC have further rows, and the states of which they speak."""
    states = dict.fromkeys((*(row.state for row in rows), *sequence20.STATES["DC"]))
    monkeypatch.setitem(sequence20.TABLE, "DC", (*sequence20.TABLE["DC"], *rows))
    monkeypatch.setitem(sequence20.STATES, "DC", tuple(states))


OUTLINE = """\
@req:V2G20-443 {tag}
Scenario Outline: <request> does not come
  Given a DC session has reached <request>
  When the EV stays silent
  Then the charger closes the connection within 62 s

  Examples:
    | id     | request               |
    | TC_ONE | SessionSetupReq       |
    | TC_TWO | AuthorizationSetupReq |
"""


def family_lines(lab: SmallLab) -> list[str]:
    return [line for line in check_profile(load_profile(str(lab.profile))) if "family" in line]


def test_a_small_campaign_without_families_has_none_to_complete(small_lab: SmallLab) -> None:
    small_lab.feature(OUTLINE.format(tag=""))
    assert family_lines(small_lab) == []


def test_a_campaign_that_begins_a_family_hears_of_the_rest(small_lab: SmallLab) -> None:
    small_lab.feature(OUTLINE.format(tag="@family:silence"))
    found = family_lines(small_lab)
    lacking = [line for line in found if line.startswith("family silence (secc): no test case for ")]
    assert len(lacking) == len(FAMILIES["silence"].members()) - 2
    assert not any("SessionSetup;" in line or "AuthorizationSetup;" in line for line in lacking)
    assert any(line.startswith("family late (secc): ") for line in found)


@pytest.mark.parametrize("name", ["silense", "late-answer"])
def test_a_family_that_the_role_does_not_have_is_one_line_for_the_outline(small_lab: SmallLab, name: str) -> None:
    path = small_lab.feature(OUTLINE.format(tag=f"@family:{name}"))
    there = "wrong-message, silence, foreign-session, undecodable, late"
    assert family_lines(small_lab) == [f"{path}:5: family {name!r} of secc does not exist; there are {there}"]


def test_a_title_that_stands_twice_in_a_file_is_refused_with_both_places(small_lab: SmallLab) -> None:
    """pytest-bdd keeps scenarios by title: without the refusal the first would silently not be there."""
    plain = OUTLINE.format(tag="")
    path = small_lab.feature(plain, plain.replace("TC_", "TC_OTHER_"))
    refused = f"{path}:5: the title '<request> does not come' stands again in line 16; titles must differ within a file"
    reads: list[Any] = [lambda: read_feature(path), lambda: list(rows_of(path)), lambda: family_lines(small_lab)]
    for read in reads:
        with pytest.raises(LabError) as caught:
            read()
        assert str(caught.value) == refused


def test_a_title_may_stand_again_in_another_file(small_lab: SmallLab) -> None:
    small_lab.feature(OUTLINE.format(tag=""))
    other = small_lab.feature(OUTLINE.format(tag="").replace("TC_", "TC_OTHER_"), name="other")
    assert [row.case.id for row in rows_of(other)] == ["TC_OTHER_ONE", "TC_OTHER_TWO"]
    assert family_lines(small_lab) == []
