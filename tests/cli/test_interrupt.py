"""Ctrl-C in the middle of a campaign: nothing of what ran is lost, and the folder says that it is not complete."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.interruptible import interruptible

PROGRAM = str(Path(sys.executable).with_name("v2xconform"))

FEATURE = """\
@role:secc
Feature: one that takes long

  @TC_ONE @req:V2G2-625
  Scenario: found
    When the EV looks for the charger
    Then SDP is answered within 1 s

  @TC_TWO @req:V2G2-625
  Scenario: long
    When the EV looks for the charger
    And the EV waits 600 s
    Then SDP is answered within 1 s

  @TC_THREE @req:V2G2-625
  Scenario: never begun
    When the EV looks for the charger
    Then SDP is answered within 1 s
"""


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    (tmp_path / "own.feature").write_text(FEATURE)
    (tmp_path / "own.yaml").write_text(
        "id: own\ntitle: own\nversion: '1'\nprotocol: iso15118-20\nrole: secc\ncatalogue: iso15118-20\n"
        "testcases: [own.feature]\npersona: v2g_charger\ntester_persona: v2g_ev\npics: {}\n"
    )
    return tmp_path


def test_ctrl_c_keeps_what_ran(lab: Path) -> None:
    command = interruptible("run", "own.yaml", "--clock", "real", "--json")
    with subprocess.Popen(command, cwd=lab, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        first = json.loads(running.stdout.readline())
        assert (first["testcase"], first["verdict"]) == ("TC_ONE", "PASS")
        trace = next((lab / "reports" / "runs").iterdir()) / "TC_TWO" / "trace.jsonl"
        _wait_for(running, trace, "the EV waits 600 s")
        running.send_signal(signal.SIGINT)
        try:
            out, err = running.communicate(timeout=60)
        finally:
            running.kill()
    assert running.returncode == 130, err
    assert "Traceback" not in err
    (line,) = map(json.loads, out.splitlines())
    assert (line["testcase"], line["verdict"]) == ("TC_TWO", "INCONCLUSIVE") and line["reason"].startswith(
        "interrupted"
    )

    (folder,) = (lab / "reports" / "runs").iterdir()
    assert folder.name.startswith("incomplete-")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["interrupted"] is True and manifest["exit_code"] == 130
    results = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert [one["testcase"] for one in results] == ["TC_ONE", "TC_TWO"]
    events = [json.loads(line) for line in (folder / "TC_TWO" / "trace.jsonl").read_text().splitlines()]
    assert events[-1]["name"] == "end of the test case", "the trace is closed in good order"
    assert (folder / "TC_TWO" / "capture.pcapng").is_file()
    assert "interrupted" in (folder / "report.html").read_text().lower()

    again = subprocess.run([PROGRAM, "judge", str(folder)], cwd=lab, capture_output=True, text=True, timeout=60)
    assert again.returncode == 3 and "all 2 verdicts are as they were" in again.stdout


def _wait_for(running: "subprocess.Popen[str]", path: Path, text: str) -> None:
    """Look again and again: a tail that follows the file gives the pace."""
    while running.poll() is None:
        if path.is_file() and text in path.read_text(errors="replace"):
            return
        subprocess.run(["sleep", "0.05"], check=True)
    raise AssertionError(f"the run ended before {text!r}")


def test_a_run_that_was_killed_can_be_reported_and_judged(lab: Path) -> None:
    command = [PROGRAM, "run", "own.yaml", "--clock", "real", "--json"]
    with subprocess.Popen(command, cwd=lab, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        running.stdout.readline()
        trace = next((lab / "reports" / "runs").iterdir()) / "TC_TWO" / "trace.jsonl"
        _wait_for(running, trace, "the EV waits 600 s")
        running.kill()
    (folder,) = (lab / "reports" / "runs").iterdir()
    assert folder.name.startswith("incomplete-")
    again = subprocess.run([PROGRAM, "judge", str(folder)], cwd=lab, capture_output=True, text=True, timeout=60)
    assert again.returncode == 3 and "PASS           TC_ONE" in again.stdout, again.stderr
