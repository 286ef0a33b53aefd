"""A campaign of ours on josev's station: it ends by itself, and finds what josev does wrong, no less and no more."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from .campaign import all_rows, disagreements, load_expectations, run_campaign
from .namespace import ROOT

KNOWN = ROOT.parent / "shared" / "peers" / "josev_known_deviations.yaml"


@pytest.mark.long
@pytest.mark.interop
def test_the_campaign_agrees_with_what_is_known_of_josev(tmp_path: Path) -> None:
    expected = load_expectations()
    shards = run_campaign(tmp_path, expected.shards)
    for shard in shards:
        assert shard.run is not None, f"{shard.name}: {shard.outcome.explain()}"
        assert shard.outcome.command_exit == 1, f"{shard.name}: {shard.outcome.explain()}"
        assert [result["testcase"] for result in shard.results], shard.outcome.explain()
        assert shard.judged_again() == f"all {len(shard.results)} verdicts are as they were"
    results = [result for shard in shards for result in shard.results]
    rows = [row for patterns in expected.shards.values() for row in patterns]
    assert Counter(result["testcase"] for result in results) == Counter(rows)
    assert all(finding["events"] for result in results for finding in result["findings"])
    assert list(disagreements(expected, results)) == []


def test_expectations_name_rows_that_are_there_and_deviations_that_are_known() -> None:
    expected = load_expectations()
    run = {row for rows in expected.shards.values() for row in rows}
    named = {row for deviation in expected.deviations for row in deviation.rows}
    assert run | named <= set(all_rows([]))
    assert named <= run
    if not KNOWN.exists():
        pytest.skip("the list of known deviations is not on this machine")
    known = {one["id"] for one in YAML(typ="safe").load(KNOWN)["deviations"]}
    shown = {deviation.name for deviation in expected.deviations if not deviation.ours}
    assert shown | set(expected.unseen) == known
    assert not shown & set(expected.unseen)
    assert not known & {deviation.name for deviation in expected.deviations if deviation.ours}


def test_a_finding_that_nobody_expected_is_told() -> None:
    expected = load_expectations()
    finding = {"severity": "MUST", "whose": "sut", "requirement": "V2G20-460", "text": "no such thing", "events": [1]}
    result = {"testcase": "TC_X", "verdict": "FAIL", "reason": "", "findings": [finding]}
    silent = {"testcase": "TC_SECC20_DC_ChargeLoop_011", "verdict": "PASS", "reason": "", "findings": []}
    assert list(disagreements(expected, [result, silent])) == [
        "TC_X: nobody expected [V2G20-460] no such thing",
        "TC_SECC20_DC_ChargeLoop_011: JOSEV-20-LOOP-TIMEOUT did not show",
    ]
