"""Feature files as test cases: find them, read them, and select by id, requirement or tag."""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.feature import features, get_feature
from pytest_bdd.gherkin_parser import get_gherkin_document
from pytest_bdd.parser import Feature, Scenario, ScenarioTemplate

from v2xconform.campaign.case import Case, read_tags
from v2xconform.content import content
from v2xconform.lab.yaml_lines import LabError


@dataclass(frozen=True, slots=True)
class Row:
    """One test case with the place that it was read from."""

    case: Case
    path: Path
    line: int
    scenario: Scenario
    columns: Mapping[str, str]
    """Its row of the example table; empty for a plain scenario."""


def feature_files(names: Sequence[str]) -> list[Path]:
    """Return the feature files of folders or files below testcases/ (or of paths). Raises LabError."""
    found: list[Path] = []
    for name in names:
        path = Path(name) if Path(name).exists() else content("testcases") / name
        if not path.exists():
            raise LabError(f"test cases {name!r} do not exist: neither a path nor a folder below testcases/")
        found += sorted(path.rglob("*.feature")) if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def read_feature(path: Path) -> Feature:
    """Return a parsed feature file. Raises LabError with file and line."""
    features.clear()  # pytest-bdd keeps what it has read once, however often a file is changed
    try:
        feature = get_feature(str(path.parent), path.name)
        _all_are_kept(path, feature)
        return feature
    except (GherkinParseError, UnicodeDecodeError) as error:
        where = getattr(error, "line", None)
        text = re.sub(r"\s+", " ", str(getattr(error, "message", error)))
        raise LabError(f"{path}:{where or 1}: {text}") from None


def _all_are_kept(path: Path, feature: Feature) -> None:
    """Raise LabError for a title that stands twice: pytest-bdd keeps scenarios by title, and would lose the first."""
    written = [child.scenario for child in get_gherkin_document(str(path)).feature.children if child.scenario]
    for scenario in written:
        kept = feature.scenarios[scenario.name].line_number
        if kept != scenario.location.line:
            raise LabError(
                f"{path}:{scenario.location.line}: the title {scenario.name!r} stands again in line {kept}; "
                "titles must differ within a file"
            )


def template_rows(template: ScenarioTemplate) -> list[dict[str, str]]:
    """Return the rows of the example tables, one empty row for a plain scenario."""
    rows = [dict(row) for examples in template.examples for row in examples.as_contexts()]
    return [{str(key): str(value) for key, value in row.items()} for row in rows] or [{}]


def rows_of(path: Path) -> tuple[Row, ...]:
    """Return every test case of a feature file; a file that has not changed is not read again. Raises LabError."""
    try:
        status = path.stat()
    except OSError as error:
        raise LabError(f"{path}: cannot be read: {error.strerror}") from None
    return _rows(path, (status.st_mtime_ns, status.st_size, status.st_ino))


@lru_cache(maxsize=512)
def _rows(path: Path, _signature: tuple[int, int, int]) -> tuple[Row, ...]:
    feature = read_feature(path)
    tags = _tags_by_line(path)
    return tuple(
        Row(_case(feature, scenario, row, tags), path, template.line_number, scenario, row)
        for template in feature.scenarios.values()
        for row in template_rows(template)
        for scenario in (template.render(row),)
    )


def _case(feature: Feature, scenario: Scenario, row: dict[str, str], tags_by_line: Mapping[int, list[str]]) -> Case:
    """Return the case of one rendered scenario."""
    steps = [f"{step.keyword} {step.name}" for step in scenario.steps]
    title = scenario.name
    for column, value in row.items():
        title = title.replace(f"<{column}>", value)
    written = tags_by_line.get(scenario.line_number, [])
    # pytest-bdd keeps tags as sets: the first requirement of a scenario, which its own checks bear, would be another one
    # in every process.
    tags = sorted(feature.tags | scenario.tags, key=lambda tag: (written.index(tag) if tag in written else -1, tag))
    return read_tags(tags, title, feature.name, row, steps)


def _tags_by_line(path: Path) -> dict[int, list[str]]:
    """Return the tags of each scenario of a feature file in the order in which they stand, by the line of the scenario."""
    children = get_gherkin_document(str(path)).feature.children
    scenarios = [child.scenario for child in children if child.scenario]
    return {one.location.line: [tag.name.removeprefix("@") for tag in one.tags] for one in scenarios}


def selected(case: Case, patterns: Sequence[str]) -> bool:
    """Tell whether a case is chosen: by id (with * and ?), ``req:ID``, ``@tag`` or ``not PATTERN``; none chooses all.

    Several patterns add up; those that begin with *not* take away.
    """
    positive = [p for p in patterns if not p.startswith("not ")]
    negative = [p.removeprefix("not ").strip() for p in patterns if p.startswith("not ")]
    chosen = not positive or any(_matches(case, pattern) for pattern in positive)
    return chosen and not any(_matches(case, pattern) for pattern in negative)


def _matches(case: Case, pattern: str) -> bool:
    if pattern.startswith("req:"):
        return any(fnmatch.fnmatchcase(one, pattern.removeprefix("req:")) for one in case.requirements)
    if pattern.startswith("@"):
        return pattern.removeprefix("@") in case.tags
    return fnmatch.fnmatchcase(case.id, pattern)
