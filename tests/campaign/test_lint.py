"""Each kind of problem that `v2xconform check` knows, seen once."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.campaign.small_lab import FOUND, SmallLab
from v2xconform.campaign.lint import check_folder, check_profile
from v2xconform.lab.profile import load_profile
from v2xconform.lab.yaml_lines import LabError


def problems(lab: SmallLab) -> list[str]:
    """Problems of the lab's test cases; what its catalogue still lacks tests for is left out."""
    found = list(check_profile(load_profile(str(lab.profile))))
    return [one for one in found if "is covered by no test case" not in one]


def test_a_sound_feature_has_none(small_lab: SmallLab) -> None:
    small_lab.feature(FOUND)
    assert problems(small_lab) == []


@pytest.mark.parametrize(
    "before, after, text",
    [
        (
            "When the EV looks",
            "When the EV gazes",
            "own.feature:6: When the EV gazes for the charger: no step has this",
        ),
        ("@TC_FOUND ", "", "own.feature:5: a charger is found: no id; give the scenario a tag @TC_"),
        ("@req:V2G2-625", "", "own.feature:5: TC_FOUND: no requirement; give it a tag @req:ID"),
        ("V2G2-625", "V2G2-0", "own.feature:5: TC_FOUND: requirement 'V2G2-0' is not in the catalogue"),
        ("@TC_FOUND", "@TC_FOUND @pics:DQ", "TC_FOUND: PICS 'DQ' is not in profile small"),
        ("@TC_FOUND", "@TC_FOUND @pics:DC&", "TC_FOUND: PICS expression 'DC&' ends where a name was expected"),
    ],
)
def test_problems_of_a_test_case(small_lab: SmallLab, before: str, after: str, text: str) -> None:
    small_lab.feature(FOUND.replace(before, after))
    found = problems(small_lab)
    assert len(found) == 1 and text in found[0], found


def test_ids_that_are_there_twice_are_shown_with_both_places(small_lab: SmallLab) -> None:
    small_lab.feature(FOUND, FOUND.replace("is found", "is found again"))
    (found,) = problems(small_lab)
    assert "own.feature:10: TC_FOUND: this id exists already at" in found and found.endswith(
        "own.feature:5; ids must differ"
    )


def test_a_role_of_another_profile(small_lab: SmallLab) -> None:
    path = small_lab.feature(FOUND)
    path.write_text(path.read_text().replace("@role:secc", "@role:evcc"))
    (found,) = problems(small_lab)
    assert "role 'evcc' in a profile for secc; tag the feature @role:secc" in found


def test_ambiguous_sentences_name_both_steps(small_lab: SmallLab, monkeypatch: pytest.MonkeyPatch) -> None:
    from v2xconform.campaign import lint
    from v2xconform.steps import load_steps
    from v2xconform.steps.vocabulary import DEFINITIONS

    load_steps()
    twin = next(
        one for one in DEFINITIONS if one.kind == "when" and one.parser.is_matching("the EV looks for the charger")
    )
    monkeypatch.setattr(lint, "DEFINITIONS", [*DEFINITIONS, replace(twin, where="elsewhere:1")])
    small_lab.feature(FOUND)
    (found,) = problems(small_lab)
    assert "ambiguous, it fits elsewhere:1, v2xconform.steps.secc20:" in found


def test_catalogue_problems(small_lab: SmallLab) -> None:
    small_lab.feature(FOUND)
    folder = small_lab.folder / "requirements"
    folder.mkdir()
    (folder / "iso15118-20.yaml").write_text(
        "id: own\ntitle: own\nrequirements:\n"
        "  V2G2-625: {role: secc, text: t, source: s}\n"
        "  A: {role: secc, text: t, source: s}\n"
        "  B: {role: both, text: t, source: s, monitors: [seqence]}\n"
        "  C: {role: secc, text: t, source: s, not_tested: needs a lab}\n"
        "  D: {role: evcc, text: t, source: s}\n"
    )
    found = [one for one in check_profile(load_profile(str(small_lab.profile))) if one.startswith("catalogue")]
    assert len(found) == 2, "its own catalogue lies beside the profile"
    assert "catalogue own: A is covered by no test case and no monitor of small; add one" in found[0]
    assert "B: monitor 'seqence' does not exist; there are " in found[1]


BAD = {
    "suts/one.yaml": "name: x\nsec: {}\n",
    "personas/two.yaml": "role: ev\n",
    "certs/three.yaml": "nonsense: 1\n",
    "quirks/four.yaml": "role: secc\nquirks: [{name: x}]\n",
    "requirements/five.yaml": "id: x\n",
    "profiles/six.yaml": "id: x\n",
    "testcases/seven.feature": "Scenario: no feature\n",
}


@pytest.mark.parametrize(
    "text",
    [
        "role: station\nname: x\npolicy: {transactions: {ends_twise: true}}\n",
        "role: csms\nname: x\npolicy: {transaction: {}}\n",
    ],
)
def test_policies_of_ocpp_personas_are_held_against_the_duties_that_there_are(tmp_path: Path, text: str) -> None:
    path = tmp_path / "personas" / "two.yaml"
    path.parent.mkdir()
    path.write_text(text)
    (found,) = check_folder(tmp_path)
    assert found.startswith(f"{path}: 'ends_twise' is no field") or "did you mean 'transactions'" in found


@pytest.mark.parametrize("name", BAD)
def test_every_kind_of_file_of_a_lab_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text(BAD[name])
    found = check_folder(tmp_path)
    assert found and all(one.startswith(f"{path}:") and "\n" not in one for one in found), found


def test_a_folder_without_a_lab_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"no lab is here .*; `v2xconform init` makes one"):
        check_folder(tmp_path)
