"""The published JSON schemas of lab files are those that the code really checks."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from v2xconform.lab.profile import Catalogue, Profile
from v2xconform.lab.sut import Sut

FOLDER = Path(__file__).resolve().parents[2] / "v2xconform" / "lab" / "schemas"


@pytest.mark.parametrize(("name", "model"), [("sut", Sut), ("profile", Profile), ("catalogue", Catalogue)])
def test_the_published_schema_is_what_is_checked(name: str, model: type[BaseModel]) -> None:
    published = json.loads((FOLDER / f"{name}.schema.json").read_text())
    assert published == model.model_json_schema(), (
        f"{name}.schema.json is out of date: write json.dumps(model.model_json_schema(), indent=2) there"
    )
