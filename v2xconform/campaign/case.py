"""What the tags of a scenario say: the id, requirements, PICS, role and severity of a test case."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from v2xconform.lab.pics import Answer, evaluate, names

ID_COLUMN = "id"
"""Column of an example table that holds the id of its row."""
REQUIREMENT_COLUMN = "requirement"
"""Column of an example table that holds requirement ids of its row, separated by commas."""
PICS_COLUMN = "pics"


@dataclass(frozen=True, slots=True)
class Case:
    """One test case: a scenario, or one row of an outline."""

    id: str
    title: str
    feature: str
    role: str
    requirements: tuple[str, ...]
    pics: tuple[str, ...]
    tags: tuple[str, ...]
    severity: Literal["MUST", "SHOULD"] = "MUST"
    steps: tuple[str, ...] = ()
    """The sentences of the scenario, as they stand for this row."""

    def not_applicable(self, pics: Mapping[str, Answer]) -> str:
        """Return the PICS expression that says no, empty when none does."""
        return next((text for text in self.pics if evaluate(text, pics) == "no"), "")

    def unclaimed(self, pics: Mapping[str, Answer]) -> set[str]:
        """Return the capabilities that the test case needs, each of them, and that nobody has claimed or denied."""
        needed = (name for text in self.pics if not set("|!") & set(text) for name in names(text))
        return {name for name in needed if pics.get(name, "unknown") == "unknown"}


def read_tags(tags: Iterable[str], title: str, feature: str, row: Mapping[str, str], steps: Iterable[str] = ()) -> Case:
    """Return the case of a scenario with these tags; `row` is its line of the example table, empty without one."""
    found: dict[str, list[str]] = {"req": [], "pics": [], "role": []}
    ids, other = [], []
    severity: Literal["MUST", "SHOULD"] = "MUST"
    for tag in tags:
        kind, _, value = tag.partition(":")
        if kind == "req" and value:
            found[kind] += [part for part in value.split(",") if part]
        elif kind in found and value:
            found[kind].append(value)
        elif tag.startswith("TC_"):
            ids.append(tag)
        elif tag == "should":
            severity = "SHOULD"
        else:
            other.append(tag)
    if row.get(REQUIREMENT_COLUMN):
        found["req"] = [part.strip() for part in row[REQUIREMENT_COLUMN].split(",")] + found["req"]
    if row.get(PICS_COLUMN):
        found["pics"].append(row[PICS_COLUMN])
    identifier = row.get(ID_COLUMN) or (min(ids) if ids else title)
    requirements = tuple(dict.fromkeys(found["req"]))
    role = found["role"][0] if found["role"] else ""
    return Case(
        identifier,
        title,
        feature,
        role,
        requirements,
        tuple(found["pics"]),
        tuple(sorted(other)),
        severity,
        tuple(steps),
    )
