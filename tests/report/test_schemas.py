from pathlib import Path
from typing import Any

import orjson
import pytest

import v2xconform.trace
from v2xconform.report.bundle import VERDICTS
from v2xconform.trace.events import KINDS, Event

jsonschema = pytest.importorskip("jsonschema", reason="the development dependency jsonschema is not installed")
SCHEMAS = Path(v2xconform.trace.__file__).parent / "schemas"


def schema(name: str) -> Any:
    found = orjson.loads((SCHEMAS / f"{name}.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def errors(name: str, value: Any) -> list[str]:
    return [
        f"{error.json_path}: {error.message}"
        for error in jsonschema.Draft202012Validator(schema(name)).iter_errors(value)
    ]


def test_the_manifest_conforms(showcase: Path, interrupted: Path) -> None:
    for run in (showcase, interrupted):
        assert errors("manifest", orjson.loads((run / "manifest.json").read_bytes())) == []


def test_results_conform(showcase: Path) -> None:
    for line in (showcase / "results.jsonl").read_bytes().splitlines():
        assert errors("result", orjson.loads(line)) == []


def test_events_conform(showcase: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema("event"))
    for path in sorted(showcase.glob("*/trace.jsonl"))[:6]:
        for line in path.read_bytes().splitlines():
            assert not list(validator.iter_errors(orjson.loads(line)))


def test_the_schemas_say_what_the_code_says() -> None:
    assert set(schema("event")["properties"]) == set(Event.__slots__)
    assert set(schema("event")["properties"]["kind"]["enum"]) == set(KINDS)
    assert set(schema("result")["properties"]["verdict"]["enum"]) == set(VERDICTS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("event", {"id": 0}),
        ("result", {"testcase": "A", "verdict": "GREAT"}),
        ("manifest", {"format": 2}),
    ],
)
def test_wrong_lines_do_not_conform(name: str, value: Any) -> None:
    assert errors(name, value)
