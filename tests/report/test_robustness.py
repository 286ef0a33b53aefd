"""Whatever stands in a bundle, a report comes out: nothing that a device or a power cut leaves behind stops it."""

import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.page_reader import Page
from v2xconform.report import read_bundle, write_junit, write_report
from v2xconform.trace.events import KINDS, Event

LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=12)
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
RESULT_FIELDS = (
    "testcase verdict title reason requirements findings steps expected warnings started duration_s trace feature "
    "expected_observed"
)


def some_of(names: list[str], values: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: values.get(name, JSON) | JSON for name in names})


EVENTS = some_of(
    list(Event.__slots__),
    {
        "kind": st.sampled_from(sorted(KINDS)),
        "id": st.integers(1, 5),
        "t_ns": st.integers(0, 10**12),
        "link": st.just("tcp1"),
        "ref": st.fixed_dictionaries({}, optional={"answers": st.integers(1, 5), "bytes": st.lists(st.integers(1, 5))}),
        "raw": st.binary(max_size=6).map(bytes.hex),
        "body": st.fixed_dictionaries(
            {}, optional={"chain": JSON, "suites": JSON, "staple": JSON, "description": JSON}
        ),
    },
)
RESULTS = some_of(
    RESULT_FIELDS.split(),
    {
        "testcase": st.sampled_from("ABC"),
        "verdict": st.sampled_from(["PASS", "FAIL", "INCONCLUSIVE", "ERROR", "NOT_APPLICABLE"]),
        "trace": st.sampled_from(["A/trace.jsonl", "../x", "/etc/hostname", "B/none.jsonl"]),
        "findings": st.lists(some_of(["requirement", "severity", "text", "events", "whose"], {}), max_size=2),
    },
)
DEEP = b'{"id": 1, "t_ns": 0, "kind": "message", "name": %s1%s, "body": %s1%s}\n'


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENTS, max_size=4), st.lists(RESULTS, max_size=3), JSON, JSON, st.integers(0, 40))
def test_any_bundle_gives_a_report(
    events: list[Any], results: list[Any], manifest: Any, campaign: Any, cut: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        (run / "A").mkdir()
        trace = b"".join(orjson.dumps(event) + b"\n" for event in events)
        (run / "A" / "trace.jsonl").write_bytes(trace[: max(0, len(trace) - cut)])
        (run / "results.jsonl").write_bytes(b"".join(orjson.dumps(result) + b"\n" for result in results))
        (run / "manifest.json").write_bytes(orjson.dumps(manifest))
        (run / "campaign.yaml").write_bytes(orjson.dumps(campaign))
        index = Page(write_report(run).path).data("index")
        assert len(index["cases"]) >= 1
        write_junit(read_bundle(run), run / "junit.xml")


@pytest.mark.parametrize("levels", [80, 300, 1000, 3000])
def test_nesting_of_any_depth(tmp_path: Path, levels: int) -> None:
    (tmp_path / "A").mkdir()
    opened, closed = b"[" * levels, b"]" * levels
    (tmp_path / "A" / "trace.jsonl").write_bytes(DEEP % (opened, closed, opened, closed))
    page = Page(write_report(tmp_path).path)
    assert len(page.data("c0")["rows"]) == 1


@pytest.mark.parametrize(
    "campaign",
    [
        "a: &a [*a]",
        "requirements: {id: 1}",
        "requirements: [[], 3, {id: }]\ntestcases: 7\nlimits: [1]",
        "a: !!python/none x",
        "\x00",
    ],
)
def test_odd_campaigns(tmp_path: Path, campaign: str) -> None:
    (tmp_path / "campaign.yaml").write_text(campaign)
    (tmp_path / "results.jsonl").write_text('{"testcase": "A", "verdict": "FAIL"}\n')
    assert "1 test case failed" in write_report(tmp_path).sentence


@pytest.mark.parametrize("trace", ["x" * 5000, "A/\0", "x/" * 3000, "A"])
def test_a_trace_that_is_no_name_of_a_file(tmp_path: Path, trace: str) -> None:
    (tmp_path / "A").mkdir()
    (tmp_path / "results.jsonl").write_bytes(orjson.dumps({"testcase": "B", "verdict": "PASS", "trace": trace}))
    assert len(Page(write_report(tmp_path).path).data("index")["cases"]) == 1


@pytest.mark.parametrize("raw", ["1", "[1]", "{}", "true", '"zz"', '"123"'])
def test_bytes_that_are_no_bytes(tmp_path: Path, raw: str) -> None:
    (tmp_path / "A").mkdir()
    (tmp_path / "A" / "trace.jsonl").write_text(
        f'{{"id": 1, "t_ns": 0, "kind": "bytes", "link": "tcp1", "raw": {raw}}}\n'
    )
    assert len(Page(write_report(tmp_path).path).data("c0")["rows"]) == 1
