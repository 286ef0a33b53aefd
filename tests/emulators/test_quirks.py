"""Files of quirks: read whole, refused with file and line."""

from pathlib import Path

import pytest

from v2xconform.emulators.quirks import find_quirks, load_quirks
from v2xconform.lab.yaml_lines import LabError

GOOD = "role: secc\nquirks:\n- {name: one, what: w, requirement: R}\n"


def load(folder: Path, text: str) -> str:
    (folder / "own.yaml").write_text(text)
    with pytest.raises(LabError) as refused:
        load_quirks("secc", folder)
    return str(refused.value)


def test_quirks_of_the_other_role_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(GOOD)
    assert list(load_quirks("secc", tmp_path)) == ["one"] and load_quirks("evcc", tmp_path) == {}


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("role: vtn\nquirks: []\n", "own.yaml:1: role: 'vtn' is not allowed; "),
        (GOOD.replace("what: w, ", ""), "own.yaml:3: quirks.0.what: this field is missing; add it"),
        (GOOD.replace("what: w", "what: w, sdp: {silnt: true}"), "unknown field; did you mean 'silent'?"),
        (GOOD.replace("what: w", "what: w, bends: [{at: X, seet: {}}]"), "quirks.0.bends.0.seet: unknown field"),
        (GOOD + "- {name: one, what: w, requirement: R}\n", "quirk 'one' exists twice for the role secc"),
    ],
)
def test_mistakes_cost_one_line(tmp_path: Path, text: str, wrong: str) -> None:
    message = load(tmp_path, text)
    assert wrong in message and "\n" not in message


def test_names_that_do_not_exist() -> None:
    with pytest.raises(LabError, match=r"quirk 'no-such' of the role secc does not exist; "):
        find_quirks("secc", ["no-such"])
