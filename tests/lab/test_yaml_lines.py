from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from v2xconform.lab.yaml_lines import LabError, load_yaml, parse_yaml, read_yaml


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Battery(Strict):
    capacity_wh: float = Field(gt=0)
    chemistry: Literal["NMC", "LFP"] = "NMC"


class Car(Strict):
    name: str
    doors: int = 4
    electric: bool = True
    battery: Battery | None = None
    spares: list[Battery] = []
    by_name: dict[str, Battery] = {}

    @field_validator("name")
    @classmethod
    def name_is_short(cls, name: str) -> str:
        if len(name) > 10:
            raise ValueError("the name is longer than 10 characters")
        return name


def load(tmp_path: Path, text: str) -> Car:
    path = tmp_path / "car.yaml"
    path.write_text(text, encoding="utf-8")
    return load_yaml(path, Car)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(LabError) as caught:
        load(tmp_path, text)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return [problem.removeprefix(f"{tmp_path}/") for problem in caught.value.problems]


def test_a_good_file_becomes_the_model(tmp_path: Path) -> None:
    text = "name: 'Ada'\ndoors: 0x5\nbattery: &b\n  capacity_wh: 6e4\nspares: [*b]\n"
    text += "by_name:\n  main: {<<: *b, chemistry: LFP}\n"
    car = load(tmp_path, text)
    assert car == Car(
        name="Ada",
        doors=5,
        battery=Battery(capacity_wh=60000),
        spares=[Battery(capacity_wh=60000)],
        by_name={"main": Battery(capacity_wh=60000, chemistry="LFP")},
    )
    assert type(car.name) is str


def test_an_unknown_field_is_guessed(tmp_path: Path) -> None:
    assert problems(tmp_path, "name: Ada\nbattery:\n  capacity_wh: 1\n  chemstry: LFP\n") == [
        "car.yaml:4: battery.chemstry: unknown field; did you mean 'chemistry'?"
    ]


def test_an_unknown_field_without_a_near_name_lists_the_known_ones(tmp_path: Path) -> None:
    assert problems(tmp_path, "name: Ada\nspares:\n- capacity_wh: 1\n  zzz: 1\n") == [
        "car.yaml:4: spares.0.zzz: unknown field; known are capacity_wh, chemistry"
    ]


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    text = "# a car\ndoors: four\nelectric: maybe\nbattery:\n  chemistry: LPF\nspares:\n  - capacity_wh: -1\n"
    assert problems(tmp_path, text) == [
        "car.yaml:1: name: this field is missing; add it",
        "car.yaml:2: doors: 'four' is text; a whole number is expected",
        "car.yaml:3: electric: 'maybe' is text; true or false is expected",
        "car.yaml:4: battery.capacity_wh: this field is missing; add it",
        "car.yaml:5: battery.chemistry: 'LPF' is not allowed; did you mean LFP? allowed are NMC, LFP",
        "car.yaml:7: spares.0.capacity_wh: -1 does not fit; it should be greater than 0",
    ]


def test_a_rule_of_the_model_speaks_for_itself(tmp_path: Path) -> None:
    assert problems(tmp_path, "\nname: Bartholomew the Great\n") == [
        "car.yaml:2: name: the name is longer than 10 characters"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name: Ada\nname: Bob\n", "car.yaml:2: the field 'name' stands here a second time; keep one of them"),
        ("name: [1, 2\ndoors: 3\n", "car.yaml:2: not YAML: "),
        ("- name\n", "car.yaml:1: a list where fields were expected; start with name:, doors:"),
        ("", "car.yaml:1: nothing where fields were expected; start with name:, doors:"),
        ("name: 12\n", "car.yaml:1: name: 12 is a number; text (put it in quotes) is expected"),
    ],
)
def test_what_is_no_such_file_at_all(tmp_path: Path, text: str, problem: str) -> None:
    assert problems(tmp_path, text)[0].startswith(problem)


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "car.yaml").write_text("name: Ada\n")
    with pytest.raises(LabError, match=r"carr\.yaml: no such file; did you mean car\.yaml\?"):
        read_yaml(tmp_path / "carr.yaml")


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "car.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LabError, match="not UTF-8"):
        read_yaml(tmp_path / "car.yaml")


def test_a_part_can_be_read_alone_and_own_errors_carry_the_line() -> None:
    file = parse_yaml("kind: quirk\npolicy:\n  capacity_wh: 3\n", "q.yaml")
    assert file.as_model(Battery, ["policy"]) == Battery(capacity_wh=3)
    error = file.error(["policy", "capacity_wh"], "too small", "3000 is usual")
    assert str(error) == "q.yaml:3: policy.capacity_wh: too small; 3000 is usual"
    assert file.line(["policy", "nowhere"]) == 2
