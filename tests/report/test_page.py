import base64
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import orjson
import pytest

from tests.report.bundle_factory import HOSTILE, write_bundle, write_many
from tests.report.page_reader import Page
from v2xconform.content import content
from v2xconform.report import Written, write_report
from v2xconform.report.page import SCRIPTS, STYLES

TEMPLATES = content("reports") / "templates"


@pytest.fixture(scope="module")
def page(written: Written) -> Page:
    return Page(written.path)


def test_the_page_holds_every_case_with_all_of_its_events(page: Page, showcase: Path) -> None:
    index = page.data("index")
    lines = [orjson.loads(line) for line in (showcase / "results.jsonl").read_bytes().splitlines()]
    assert [case["testcase"] for case in index["cases"]] == [line["testcase"] for line in lines]
    for number, line in enumerate(lines):
        chunk = page.data(f"c{number}")
        assert chunk["findings"] == line["findings"]
        assert chunk["expected_observed"] == line["expected_observed"]
        if not line["trace"]:
            assert chunk["rows"] == []
            continue
        events = [orjson.loads(event) for event in (showcase / line["trace"]).read_bytes().splitlines()]
        assert [row["i"] for row in chunk["rows"]] == [event["id"] for event in events]
        messages = {event["id"]: event for event in events if event["kind"] == "message" and len(event["raw"]) < 1000}
        for row in chunk["rows"]:
            if row["i"] in messages and "$integer" not in str(row["b"]):
                assert row["b"] == messages[row["i"]]["body"]
                assert row["r"] == messages[row["i"]]["raw"]


def test_the_index_answers_what_why_and_on_what(page: Page) -> None:
    index = page.data("index")
    assert index["sentence"].startswith("Not conformant: 4 of 9 tested mandatory requirements failed")
    assert index["sut"]["self_hosted"] is True
    assert index["counts"]["FAIL"] == 6
    assert index["causes"][0]["requirement"] == "V2G20-1502"
    assert len(index["causes"][0]["tests"]) == 3
    assert index["jitter"] == 2.2
    assert {state for *_, state in index["files"]} == {"ok"}


def test_nothing_is_loaded_from_anywhere(page: Page) -> None:
    for tag, fields in page.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form"), tag
        assert "src" not in fields, tag
        assert not [name for name in fields if name.startswith("on")], tag
    for text in page.inline:
        assert "@import" not in text
        assert not re.search(r"url\((?!#)", text.replace("`url(#${tip})`", ""))
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)\w", text)
        assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts)\b", text)


def test_the_policy_allows_our_script_and_no_other(page: Page) -> None:
    policy = next(fields["content"] for tag, fields in page.elements if fields.get("http-equiv"))
    script = page.source[page.source.rindex("<script>") + len("<script>") : page.source.rindex("</script>")]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy is not None
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_what_a_device_sent_is_never_markup(page: Page, written: Written) -> None:
    assert "owned" not in page.source
    assert written.path.read_bytes().count(b"<script") == 2 + len(page.data("index")["cases"])
    rows = page.data("index")["cases"]
    assert any(HOSTILE in case["title"] for case in rows), "the text itself is kept, packed"


def test_hostile_titles_of_the_lab_stay_text(tmp_path: Path) -> None:
    run = write_bundle(tmp_path / "run")
    manifest = orjson.loads((run / "manifest.json").read_bytes())
    manifest["sut"]["name"] = f"</title></style>{HOSTILE}"
    (run / "manifest.json").write_bytes(orjson.dumps(manifest))
    page = Page(write_report(run).path)
    assert not [tag for tag, _ in page.elements if tag == "img"]
    assert f"</title></style>{HOSTILE}" in "".join(page.text)


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_never_parse_markup_or_code(name: str) -> None:
    script = (TEMPLATES / name).read_text(encoding="utf-8")
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "srcdoc",
        "DOMParser",
    ):
        assert sink not in script, sink
    assert "</script" not in script
    assert "<!--" not in script


def test_style_and_script_stay_below_100_kb() -> None:
    assert sum((TEMPLATES / name).stat().st_size for name in (*SCRIPTS, *STYLES)) < 100_000


def test_every_script_and_style_is_used() -> None:
    assert {path.name for path in TEMPLATES.iterdir() if path.suffix in (".js", ".css")} == {*SCRIPTS, *STYLES}


def test_a_field_of_a_megabyte_is_cut_and_says_so(page: Page) -> None:
    number = next(i for i, case in enumerate(page.data("index")["cases"]) if "Robust" in case["id"])
    row = next(row for row in page.data(f"c{number}")["rows"] if row["n"] == "AuthorizationSetupRes")
    assert len(row["b"]["Blob"]) < 5_000
    assert "1,000,000 characters" in row["b"]["Blob"]
    assert row["b"]["Big"] == {"$integer": str(2**63 + 1)}


def test_an_interrupted_run_gives_a_report_that_says_so(interrupted: Path, tmp_path: Path) -> None:
    result = write_report(interrupted, tmp_path / "report.html")
    index = Page(result.path).data("index")
    assert result.sentence.startswith("Interrupted; so far not conformant")
    assert index["interrupted"] is True
    assert index["counts"]["NOT_RUN"] == 2
    half = next(i for i, case in enumerate(index["cases"]) if case["id"] == "TC_SECC20_DC_BPT_Pause_002")
    chunk = Page(result.path).data(f"c{half}")
    assert len(chunk["rows"]) > 100
    assert chunk["rows"][-1]["k"] == "unreadable"
    assert "cut off" in chunk["problems"][0]


def test_missing_traces_and_manifest_are_shown(tmp_path: Path) -> None:
    run = write_many(tmp_path / "run", 3)
    (run / "manifest.json").unlink()
    (run / "TC_SECC20_DC_CMN_Load_00001" / "trace.jsonl").unlink()
    result = write_report(run)
    index = Page(result.path).data("index")
    assert any("Load_00001/trace.jsonl is missing" in problem for problem in index["problems"])
    assert any("manifest.json is missing" in problem for problem in index["problems"])
    assert index["interrupted"] is True
    assert ["results.jsonl", "not in manifest"] in [[name, state] for name, _, _, state in index["files"]]


def test_a_changed_trace_is_noticed(tmp_path: Path) -> None:
    run = write_many(tmp_path / "run", 1)
    path = run / "TC_SECC20_DC_CMN_Load_00000" / "trace.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"OK"', b'"KO"', 1))
    assert any("SHA-256 differs" in problem for problem in write_report(run).problems)


def test_equal_handshakes_are_one_entry(page: Page) -> None:
    tls = page.data("index")["tls"]
    assert [entry["outcome"] for entry in tls] == ["failed", "established"]
    assert len(tls[1]["tests"]) > 20
    assert tls[1]["selected"]["group"] == "secp521r1"
    assert "x448" in tls[1]["offered"]["group"]
    assert tls[1]["chains"][0]["certificates"][0]["issuer"] == "CN=CPO Sub2 CA"


def test_the_same_bundle_gives_the_same_file(tmp_path: Path, showcase: Path) -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 11, 21, tzinfo=UTC)
    first = write_report(showcase, tmp_path / "a.html", now=now).path.read_bytes()
    assert first == write_report(showcase, tmp_path / "b.html", now=now).path.read_bytes()
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node on PATH")
def test_the_script_is_well_formed(tmp_path: Path) -> None:
    whole = tmp_path / "report.js"
    whole.write_text('"use strict";\n' + "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS))
    checked = subprocess.run(["node", "--check", str(whole)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
