"""Short campaigns on stations and CSMSs that nobody here wrote: they find what is known to be wrong, no less and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from ruamel.yaml import YAML

from .counterparts import Campaign, Library, Side, campaign
from .install import HERE

KNOWN = HERE.parents[3] / "shared" / "peers" / "ocpp_known_deviations.yaml"
PACKAGES = {"mobilityhouse": "mobilityhouse-ocpp", "ocpp-rpc": "ocpp-rpc"}
VERSIONS = ("2.0.1", "2.1")
CELLS = [(library, side, version) for library in get_args(Library) for side in get_args(Side) for version in VERSIONS]
AT_A_TIME = 4  # they mostly wait


@cache
def expectations() -> Any:
    return YAML(typ="safe").load(HERE / "expectations.yaml")


def rows_of(side: Side, version: str) -> list[str]:
    rows = expectations()["rows"][side]
    return [*rows["both"], *(rows["2.1"] if version == "2.1" else [])]


@pytest.mark.long
@pytest.mark.interop
def test_the_campaigns_agree_with_what_is_known(tmp_path: Path) -> None:
    def one(cell: tuple[Library, Side, str]) -> Campaign:
        return campaign(*cell, tmp_path / "-".join(cell), rows_of(cell[1], cell[2]))

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        campaigns = dict(zip(CELLS, pool.map(one, CELLS), strict=True))
    for (library, side, version), found in campaigns.items():
        cell = f"{library} {side} {version}"
        assert found.run is not None and found.exit_code == 1, f"{cell}: {found.output}"
        assert {result["testcase"] for result in found.results} == set(rows_of(side, version)), cell
        assert list(disagreements(deviations(library, side, version), found.results)) == [], cell
        assert found.judged_again() == f"all {len(found.results)} verdicts are as they were", cell


def deviations(library: Library, side: Side, version: str) -> dict[str, Mapping[str, Any]]:
    return {
        name: one
        for name, one in expectations()["deviations"][library].items()
        if side in one.get("sides", get_args(Side)) and version in one.get("versions", VERSIONS)
    }


def disagreements(expected: Mapping[str, Mapping[str, Any]], results: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Say where results and expectations differ."""
    shown: dict[str, set[str]] = {}
    for result in results:
        row = result["testcase"].rpartition("_")[0]
        for finding in result["findings"]:
            names = [name for name, one in expected.items() if explains(one, finding)]
            for name in names:
                shown.setdefault(name, set()).add(row)
            if finding["whose"] == "tester":
                yield f"{row}: our own fault: {finding['text']}"
            elif finding["severity"] == "MUST" and not names:
                yield f"{row}: nobody expected [{finding['requirement']}] {finding['text']}"
        if result["verdict"] not in ("PASS", "FAIL"):
            yield f"{row}: {result['verdict']} {result['reason']}"
    for name, one in expected.items():
        for row in one["rows"]:
            if row not in shown.get(name, ()):
                yield f"{row}: {name} did not show"


def explains(deviation: Mapping[str, Any], finding: Mapping[str, Any]) -> bool:
    return any(
        re.fullmatch(sign["requirement"], finding["requirement"]) and re.search(sign["text"], finding["text"])
        for sign in deviation["shown_by"]
    )


def test_expectations_name_deviations_that_are_known() -> None:
    if not KNOWN.exists():
        pytest.skip("the list of known deviations is not on this machine")
    known = {one["implementation"]: one for one in YAML(typ="safe").load(KNOWN)["implementations"]}
    listed = {one["id"] for name in PACKAGES.values() for one in known[name]["deviations"]}
    shown = {
        name for found in expectations()["deviations"].values() for name, one in found.items() if not one.get("ours")
    }
    assert shown | set(expectations()["unseen"]) == listed
    assert not shown & set(expectations()["unseen"])


def test_a_finding_that_nobody_expected_is_told() -> None:
    finding = {"severity": "MUST", "whose": "sut", "requirement": "E01.FR.07", "text": "no such thing"}
    result = {"testcase": "TC_X_CSMS", "verdict": "FAIL", "reason": "", "findings": [finding]}
    expected = {"one": {"shown_by": [{"requirement": "FR.03", "text": "x"}], "rows": ["TC_Y"]}}
    assert list(disagreements(expected, [result])) == [
        "TC_X: nobody expected [E01.FR.07] no such thing",
        "TC_Y: one did not show",
    ]
