"""The page in a real browser, where one is installed. Each test opens one address and reads what was drawn."""

import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from v2xconform.report import Written, write_report

CHROMIUM = shutil.which("chromium")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium on PATH")


def drawn(written: Written, fragment: str, profile: Path) -> str:
    size = ["--window-size=1600,1200", "--virtual-time-budget=6000"]
    address = f"{written.path.as_uri()}#{fragment}"
    command = [str(CHROMIUM), *QUIET, *size, f"--user-data-dir={profile}", "--dump-dom", address]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    assert "data-ready=" in dom, "the script did not come to its end"
    return dom[: dom.index('id="c0"')]


@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        (
            "answer",
            ["Not conformant: 4 of 9", "a loopback proves nothing about a device", "V2G20-1502", "3 test cases"],
        ),
        ("requirements", ["The SECC answers a DC_ChargeLoopReq", "no test case covers it", "missed in 4 test cases"]),
        ("req/V2G20-1502", ["TC_SECC20_DC_BPT_ChargeLoop_007"]),
        ("tests?fail%20req%3AV2G20-15*", ["3 test cases of 27 match"]),
        ("tests?-pass%20-na%20feature%3A*robust", ["1 test case of 27 match"]),
        ("tests?stale|expected", ["3 test cases of 27 match"]),
        ("timing", ["3 of 134 late", "System under test"]),
        ("tls", ["2 different handshakes in 24 connections", "CN=CPO Sub2 CA", "10 days left"]),
        ("evidence", ["listed and present", "v2xconform run iso15118-20-secc-dc --sut 'lab/quickcharge 350.yaml'"]),
        (
            "TC_SECC20_DC_BPT_ChargeLoop_003/m120",
            ["+368 ms &gt; 250 ms", "limit 250 ms", "EVSEPowerLimitAchieved", "data-span="],
        ),
        ("TC_SECC20_DC_CMN_SequenceTimeout_001/m32", ["1 min 15 s later", "V2G_SECC_Sequence_Timeout expired (60 s)"]),
        ("TC_nowhere", ["This run has no test case"]),
    ],
)
def test_views(written: Written, fragment: str, words: list[str], tmp_path: Path) -> None:
    dom = drawn(written, fragment, tmp_path)
    for word in words:
        assert word in dom


def test_hostile_strings_do_nothing(written: Written, tmp_path: Path) -> None:
    dom = drawn(written, "TC_SECC20_DC_CMN_Robust_009/m27", tmp_path)
    assert "<title>FAIL TC_SECC20_DC_CMN_Robust_009</title>" in dom
    assert "<img" not in dom
    assert "javascript:document" in dom, "shown as text"
    assert 'href="javascript' not in dom
    assert "⟦U+202E⟧" in dom


def test_states_of_one_instant_stand_beside_their_messages(tmp_path: Path) -> None:
    """On the virtual clock a whole session may happen at one instant: rows are in order, and so are the states."""
    (tmp_path / "A").mkdir()
    events: list[dict[str, object]] = []
    for state in ("Authorization", "ServiceDiscovery", "ServiceDetail"):
        events.append({"kind": "state", "src": "evcc", "name": state})
        events.append({"kind": "message", "src": "evcc", "dst": "secc", "name": f"{state}Req", "layer": "v2g"})
    lines = [json.dumps({"id": number, "t_ns": 0, **event}) for number, event in enumerate(events, 1)]
    (tmp_path / "A" / "trace.jsonl").write_text("\n".join(lines) + "\n")
    dom = drawn(write_report(tmp_path), "A", tmp_path / "browser")
    drawn_spans = re.findall(r'<rect x="126" y="([\d.]+)" width="5" height="([\d.]+)"', dom)
    spans = [(float(y), float(height)) for y, height in drawn_spans]
    assert len(spans) == 3
    assert all(y + height == pytest.approx(after) for (y, height), (after, _) in itertools.pairwise(spans))
    assert len({y for y, _ in spans}) == 3
