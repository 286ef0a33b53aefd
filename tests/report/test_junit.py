from pathlib import Path
from xml.etree import ElementTree

from typer import Typer
from typer.testing import CliRunner

from v2xconform.cli.report import report
from v2xconform.report import read_bundle, write_junit


def test_five_verdicts_in_three_words(showcase: Path, tmp_path: Path) -> None:
    write_junit(read_bundle(showcase), tmp_path / "junit.xml")
    root = ElementTree.parse(tmp_path / "junit.xml").getroot()
    cases = {case.get("name"): case for case in root.iter("testcase")}
    kinds = {name: [child.tag for child in case if child.tag != "system-out"] for name, case in cases.items()}
    assert kinds["TC_SECC20_DC_BPT_ChargeLoop_003"] == ["failure"]
    assert kinds["TC_SECC20_DC_CMN_Session_001"] == []
    assert kinds["TC_SECC20_DC_CMN_Schema_003"] == ["error"]
    assert kinds["TC_SECC20_DC_BPT_ScheduleExchange_004"] == ["skipped"]
    assert kinds["TC_SECC20_WPT_Loop_001"] == ["skipped"]
    assert kinds["TC_SECC20_DC_CMN_SequenceTimeout_001"] == ["skipped"], "an expected failure does not fail the build"
    assert kinds["TC_SECC20_DC_CMN_Eim_006"] == ["failure"], "a stale declaration does"
    skipped = cases["TC_SECC20_DC_CMN_SequenceTimeout_001"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "expected failure: known defect, ticket QC-1187 https://example.com/QC-1187"
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("27", "5", "1")
    assert sum(int(suite.get("tests", 0)) for suite in root.iter("testsuite")) == 27


def test_what_xml_cannot_hold_is_written_in_words(showcase: Path, tmp_path: Path) -> None:
    write_junit(read_bundle(showcase), tmp_path / "junit.xml")
    text = (tmp_path / "junit.xml").read_text(encoding="utf-8")
    assert "\\u0000\\u001b[31mred" in text
    assert "<script>" not in text


def command() -> Typer:
    app = Typer()
    app.command()(report)
    return app


def test_the_command_writes_both(interrupted: Path, tmp_path: Path) -> None:
    out, junit = tmp_path / "r.html", tmp_path / "j.xml"
    result = CliRunner().invoke(command(), [str(interrupted), "--out", str(out), "--junit", str(junit)])
    assert result.exit_code == 0, result.output
    assert out.stat().st_size > 100_000
    assert junit.is_file()
    assert "Interrupted; so far" in result.stdout
    assert "cut off" in result.stderr


def test_the_command_says_in_one_line_what_is_wrong(tmp_path: Path, showcase: Path) -> None:
    result = CliRunner().invoke(command(), [str(tmp_path)])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "no run is stored here" in result.stderr
    result = CliRunner().invoke(command(), [str(showcase), "--out", str(tmp_path / "no" / "r.html")])
    assert result.exit_code == 2
    assert "cannot be written: No such file or directory" in result.stderr
