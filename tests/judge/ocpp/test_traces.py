"""Traces that others have recorded: what is known to be wrong with them is found, and clean ones are clean."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from v2xconform.judge.finding import Finding
from v2xconform.lab.roles import Role
from v2xconform.protocols.ocpp import Version

from .told import judged, read, trace

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "ocpp" / "traces"
INDEX: list[dict[str, Any]] = json.loads((FOLDER / "index.json").read_text()) if FOLDER.is_dir() else []
SAME: dict[str, set[str]] = {
    "Part 4 4.1.1": {"OCPP-OneCall"}, "B01.FR.08": {"OCPP-OneCall", "B01.FR.08"}, "F02.FR.21": {"F01.FR.19", "F02.FR.21"},
    "E06.FR.14": {"E01.FR.07"}, "F03.FR.03": {"E06.FR.08"}, "B06.FR.10": {"B06.FR.10"}, "K08.FR.02": {"K08.FR.02"},
    "E01.FR.07": {"E01.FR.07"},
}  # fmt: skip
"""Rule of the index -> what our monitors call it. Those that a single trace does not show are not among them: a message
that never comes (F06.FR.05, E13.FR.02) is looked for by test cases."""
ADDED = {"E06.FR.11", "E01.FR.12"}
"""What the index does not know about its clean traces: contexts of meter values, idTokenInfo."""
CLEAN = [entry for entry in INDEX if "ocpp_rpc" in entry["file"]]


def findings(entry: dict[str, Any], sut: Role) -> list[tuple[Finding, set[int | None]]]:
    """Return the findings about the SUT with the frames that they name."""
    path = FOLDER / entry["file"]
    version: Version = f"ocpp{entry['ocpp']}"  # type: ignore[assignment]
    first = json.loads(path.read_text(encoding="utf-8").partition("\n")[0])
    began = datetime.fromisoformat(first["t"].replace("Z", "+00:00"))
    events, number_of = trace(read(path), version, sut, began)
    return [
        (one, {number_of.get(number) for number in one.events})
        for one in judged(events, version, sut)
        if one.whose == "sut"
    ]


@pytest.mark.parametrize("sut", ["station", "csms"])
@pytest.mark.parametrize("entry", CLEAN, ids=lambda entry: entry["file"])
def test_clean_traces_are_clean(entry: dict[str, Any], sut: Role) -> None:
    assert {one.requirement for one, _ in findings(entry, sut) if one.severity == "MUST"} <= ADDED


def known() -> list[Any]:
    return [
        pytest.param(entry, row["n"], rule, id=f"{entry['file']}-{row['n']}-{rule}")
        for entry in INDEX
        for row in entry.get("findings") or ()
        for rule in row["rule"].split(", ")
        if rule in SAME
    ]


@pytest.mark.parametrize("entry, number, rule", known())
def test_what_is_known_to_be_wrong_is_found(entry: dict[str, Any], number: int, rule: str) -> None:
    assert any(one.requirement in SAME[rule] and number in frames for one, frames in findings(entry, "station"))


@pytest.mark.parametrize("entry", [entry for entry in INDEX if entry["schema_errors"]], ids=lambda entry: entry["file"])
def test_schema_errors_are_found(entry: dict[str, Any]) -> None:
    found = {number for one, frames in findings(entry, "station") if one.severity != "NOTE" for number in frames}
    assert {row["n"] for row in entry["schema_errors"]} <= found


@pytest.mark.parametrize(
    "entry", [entry for entry in INDEX if "probes" in entry["file"]], ids=lambda entry: entry["file"]
)
def test_a_csms_is_not_blamed_for_what_it_was_sent(entry: dict[str, Any]) -> None:
    """It answers numbers with numbers and long ids with long ones, which is wrong; it refuses null, which it may."""
    assert {one.requirement for one, _ in findings(entry, "csms")} - {"FR.02"} == {"OCPP-Frame", "OCPP-MessageId"}
