"""What a campaign makes of test cases that pass, fail, stop half-way or break: verdicts, reasons, exit codes, folders."""

import json
from pathlib import Path

import pytest

from tests.campaign.small_lab import FOUND, SETUP, UNFOUND, SmallLab, verdicts
from v2xconform.campaign import plan as plan_module
from v2xconform.campaign.rejudge import judge_again
from v2xconform.emulators.bends import Bend
from v2xconform.emulators.quirks import Quirk, SdpQuirk
from v2xconform.lab.sut import Emulator, ExpectedFailure, Reach, Sut
from v2xconform.lab.yaml_lines import LabError
from v2xconform.steps import bench as bench_module


def charger(**fields: object) -> Sut:
    return Sut.model_validate({"name": "own charger", "emulator": Emulator(persona="v2g_charger"), **fields})


@pytest.fixture
def own_quirks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quirks of these tests, so that they do not depend on those that ship."""
    known = {
        "mute": Quirk(name="mute", what="no SDP answer", requirement="V2G2-625", sdp=SdpQuirk(silent=True)),
        "late": Quirk(
            name="late", what="a late response", requirement="X20-PerformanceTime",
            bends=[Bend(at="SessionSetupRes", delay_s=2.6)],
        ),
    }  # fmt: skip
    for module in (bench_module, plan_module):
        monkeypatch.setattr(module, "find_quirks", lambda role, names: [known[name] for name in names])


def only(lab: SmallLab, **choice: object) -> dict[str, object]:
    (line,) = lab.run(**choice).results  # type: ignore[arg-type]  # the choice of the test
    return dict(line)


def test_a_run_that_passes(small_lab: SmallLab) -> None:
    small_lab.feature(FOUND)
    outcome = small_lab.run()
    assert verdicts(outcome) == {"TC_FOUND": "PASS"} and outcome.exit_code == 0 and not outcome.interrupted
    assert not outcome.folder.name.startswith("incomplete-")
    assert {path.name for path in outcome.folder.iterdir()} == {
        "TC_FOUND", "campaign.yaml", "manifest.json", "plan.json", "results.jsonl"
    }  # fmt: skip
    assert {path.name for path in (outcome.folder / "TC_FOUND").iterdir()} >= {"trace.jsonl", "capture.pcapng"}


def test_a_failing_check_of_the_test_case(small_lab: SmallLab) -> None:
    small_lab.feature(UNFOUND)
    line = only(small_lab)
    assert line["verdict"] == "FAIL" and line["own_check_failed"]
    assert "expected: no SDP answer for 1 s; observed: " in str(line["reason"])
    (check,) = line["expected_observed"]  # type: ignore[misc]  # JSON
    assert check["met"] is False and check["events"]
    (finding,) = line["findings"]  # type: ignore[misc]
    assert finding["requirement"] == "V2G2-625" and finding["whose"] == "sut"


@pytest.mark.usefixtures("own_quirks")
def test_a_failure_that_only_a_monitor_sees(small_lab: SmallLab) -> None:
    small_lab.feature(SETUP.replace(" within 2 s", ""))
    line = only(small_lab, quirks=["late"])
    assert line["verdict"] == "FAIL" and not line["own_check_failed"]
    assert "SessionSetupRes" in str(line["reason"]) and str(line["reason"]).startswith("[")


@pytest.mark.usefixtures("own_quirks")
def test_a_preamble_that_is_not_reached_says_where_and_why(small_lab: SmallLab) -> None:
    small_lab.feature(SETUP)
    outcome = small_lab.run(quirks=["mute"])
    (line,) = outcome.results
    assert line["verdict"] == "INCONCLUSIVE" and outcome.exit_code == 3
    assert line["reason"].startswith("SDP: no usable answer within 10")


def test_a_preamble_that_the_charger_ends_names_the_message(
    small_lab: SmallLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    quirk = Quirk(name="closes", what="-", requirement="-", bends=[Bend(at="AuthorizationRes", close="fin")])
    monkeypatch.setattr(bench_module, "find_quirks", lambda role, names: [quirk])
    small_lab.feature(SETUP.replace("reached SessionSetupReq", "reached ServiceDiscoveryReq"))
    line = only(small_lab)
    assert line["verdict"] in ("INCONCLUSIVE", "FAIL")
    steps = line["steps"]
    assert steps[0]["outcome"] == "inconclusive"  # type: ignore[index]
    assert "AuthorizationReq" in steps[0]["reason"] and "clos" in steps[0]["reason"]  # type: ignore[index]


@pytest.mark.parametrize(
    "step, reason",
    [
        ("When the EV sends NoSuchReq", "NoSuchReq is no request of the EV"),
        ("When the EV sends SessionSetupReq with EVCCID.Part = 1", "'EVCCID.Part' ends below a plain value"),
        ("When the EV dances", "no step has this wording"),
        ("When the EV sends the SDP datagram xyz", "ValueError: non-hexadecimal"),
    ],
)
def test_a_fault_of_the_test_case_is_an_error(small_lab: SmallLab, step: str, reason: str) -> None:
    small_lab.feature(f"@TC_BAD @req:V2G20-1805\nScenario: wrong\n  Given a charger that waits for a car\n  {step}\n")
    outcome = small_lab.run()
    (line,) = outcome.results
    assert line["verdict"] == "ERROR" and reason in line["reason"] and outcome.exit_code == 4
    assert "\n" not in line["reason"]


def test_a_bug_in_a_step_is_an_error_with_its_place(small_lab: SmallLab, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object) -> None:
        raise RuntimeError("two wires crossed")

    monkeypatch.setattr(bench_module.Bench, "new_ev", broken)
    small_lab.feature(FOUND, UNFOUND)
    outcome = small_lab.run()
    assert set(verdicts(outcome).values()) == {"ERROR"} and len(outcome.results) == 2, "the campaign goes on"
    assert outcome.results[0]["reason"].startswith("RuntimeError: two wires crossed (test_engine.py:")


def test_a_sut_emulator_that_crashes_is_our_error(small_lab: SmallLab, monkeypatch: pytest.MonkeyPatch) -> None:
    from v2xconform.emulators.secc_actor import SeccActor

    async def broken(self: object, *_: object) -> None:
        raise RuntimeError("short circuit")

    monkeypatch.setattr(SeccActor, "_respond", broken)
    small_lab.feature(FOUND)
    line = only(small_lab)
    assert line["verdict"] == "ERROR" and "RuntimeError: short circuit" in str(line["reason"])
    assert (small_lab.out / next(small_lab.out.iterdir()).name / "TC_FOUND" / "capture.pcapng").is_file()


def test_a_lab_fault_is_an_error(small_lab: SmallLab) -> None:
    sut = Sut(name="no cable", secc=Reach(interface="nosuchif0"))
    small_lab.feature(FOUND)
    line = only(small_lab, sut=sut)
    assert line["verdict"] == "ERROR" and "nosuchif0" in str(line["reason"])


def test_a_stimulus_that_fails_is_inconclusive(small_lab: SmallLab) -> None:
    plug = {"plug": {"kind": "shell", "text": "echo no hand free; exit 7"}}
    sut = Sut.model_validate({"name": "x", "secc": {"address": "[::1]:9", "sdp": False}, "stimuli": plug})
    small_lab.feature(SETUP)
    line = only(small_lab, sut=sut)
    assert line["verdict"] == "INCONCLUSIVE"
    assert "ended with exit code 7: no hand free" in str(line["reason"])


@pytest.mark.parametrize("tag, verdict", [("AC&!DC", "NOT_APPLICABLE"), ("PublicCharger", "PASS"), ("!AC|DC", "PASS")])
def test_pics_that_say_no_make_it_not_applicable(small_lab: SmallLab, tag: str, verdict: str) -> None:
    small_lab.feature(FOUND.replace("@req", f"@pics:{tag} @req"))
    outcome = small_lab.run()
    (line,) = outcome.results
    assert line["verdict"] == verdict and outcome.exit_code == 0, "unknown PICS never hide a test case"
    assert (line["reason"] == f"PICS {tag} = no") == (verdict == "NOT_APPLICABLE")


SHOULD = UNFOUND.replace("@req", "@should @req")


def test_a_should_is_a_warning_and_strict_promotes_it(small_lab: SmallLab) -> None:
    small_lab.feature(SHOULD)
    line = only(small_lab)
    assert line["verdict"] == "PASS" and line["warnings"] == 1
    outcome = small_lab.run(strict=True)
    assert verdicts(outcome) == {"TC_UNFOUND": "FAIL"} and outcome.exit_code == 1
    again = judge_again(outcome.folder)
    assert again.changed == [] and again.exit_code == 1, "a strict run stays strict"


def test_expected_failures_are_shown_and_do_not_count(small_lab: SmallLab) -> None:
    small_lab.feature(FOUND, UNFOUND)
    sut = charger(expected_failures=[ExpectedFailure(testcase="TC_UNFOUND", reason="known", link="LAB-1")])
    outcome = small_lab.run(sut=sut)
    assert verdicts(outcome) == {"TC_FOUND": "PASS", "TC_UNFOUND": "FAIL"} and outcome.exit_code == 0
    assert outcome.results[1]["expected"] == {"reason": "known", "link": "LAB-1"}


def test_an_expected_failure_that_passes_is_stale(small_lab: SmallLab) -> None:
    small_lab.feature(FOUND)
    sut = charger(expected_failures=[ExpectedFailure(testcase="TC_FOUND", reason="once broken")])
    outcome = small_lab.run(sut=sut)
    (line,) = outcome.results
    assert line["verdict"] == "FAIL" and outcome.exit_code == 1
    assert line["reason"].startswith("stale expected failure (once broken)")


def test_repeat_keeps_every_repetition(small_lab: SmallLab) -> None:
    small_lab.feature(FOUND, UNFOUND)
    outcome = small_lab.run(repeat=3)
    assert [line["testcase"] for line in outcome.results] == ["TC_FOUND"] * 3 + ["TC_UNFOUND"] * 3
    assert len({line["trace"] for line in outcome.results}) == 6
    again = judge_again(outcome.folder)
    assert again.changed == [] and len(again.results) == 6


def test_two_processes_give_the_same_verdicts(small_lab: SmallLab) -> None:
    small_lab.feature(FOUND, UNFOUND, SETUP, FOUND.replace("TC_FOUND @", "TC_NA @pics:!DC @").replace("found", "late"))
    one, two = small_lab.run(), small_lab.run(jobs=2)
    assert [line["reason"] for line in one.results] == [line["reason"] for line in two.results]
    assert list(verdicts(one).items()) == list(verdicts(two).items()), "the same, in the same order"
    assert one.exit_code == two.exit_code == 1


def test_a_stored_run_is_judged_by_the_checks_of_today(small_lab: SmallLab) -> None:
    path = small_lab.feature(SETUP, FOUND)
    outcome = small_lab.run()
    assert judge_again(outcome.folder).changed == []
    path.write_text(path.read_text().replace("with OK* within 2 s", "with FAILED within 2 s"))
    again = judge_again(outcome.folder)
    assert again.changed == [("TC_SETUP", "PASS", "FAIL")] and again.exit_code == 1
    path.write_text(path.read_text().replace("a DC session has reached", "a AC session has reached"))
    (changed,) = judge_again(outcome.folder).changed
    assert changed == ("TC_SETUP", "PASS", "INCONCLUSIVE"), "what the tester did cannot be judged as something else"


def test_a_trace_that_is_missing_is_inconclusive(small_lab: SmallLab) -> None:
    small_lab.feature(FOUND)
    outcome = small_lab.run()
    (outcome.folder / "TC_FOUND" / "trace.jsonl").unlink()
    again = judge_again(outcome.folder)
    assert [line["verdict"] for line in again.results] == ["INCONCLUSIVE"]
    assert "TC_FOUND/trace.jsonl is missing" in again.results[0]["reason"]


def test_a_result_file_that_is_damaged_is_refused(small_lab: SmallLab) -> None:
    small_lab.feature(FOUND)
    folder = small_lab.run().folder
    (folder / "results.jsonl").write_text("{broken\n")
    with pytest.raises(LabError, match=r"results\.jsonl:1: no result of a test case"):
        judge_again(folder)


@pytest.mark.parametrize(
    "patterns, text",
    [
        (["TC_NOBODY"], "no test case of small matches 'TC_NOBODY'"),
        (["not TC_*"], "no test case is left to run"),
        (["req:X-*"], "matches 'req:X-*'"),
    ],
)
def test_a_choice_of_nothing_is_refused_before_a_folder_is_made(
    small_lab: SmallLab, patterns: list[str], text: str
) -> None:
    small_lab.feature(FOUND)
    with pytest.raises(LabError) as refused:
        small_lab.run(*patterns)
    assert text in str(refused.value)
    assert not small_lab.out.exists()


def test_two_test_cases_of_one_id_are_refused(small_lab: SmallLab) -> None:
    small_lab.feature(FOUND, FOUND.replace("a charger is", "another charger is"))
    with pytest.raises(LabError, match=r"own\.feature:\d+: the id 'TC_FOUND' exists already at .*own\.feature:\d+"):
        small_lab.run()


def test_a_pause_between_test_cases_is_kept(small_lab: SmallLab, monkeypatch: pytest.MonkeyPatch) -> None:
    import anyio

    slept: list[float] = []
    real = anyio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await real(seconds)

    monkeypatch.setattr(anyio, "sleep", sleep)
    small_lab.feature(FOUND, UNFOUND)
    small_lab.run(sut=charger(settle_s=33))
    assert slept.count(33) == 1, "between two test cases, not before the first or behind the last"


def test_the_folder_of_another_run_is_never_touched(small_lab: SmallLab) -> None:
    small_lab.feature(FOUND)
    first = small_lab.run().folder
    before = {path: path.read_bytes() for path in first.rglob("*") if path.is_file()}
    assert small_lab.run().folder != first
    assert {path: path.read_bytes() for path in first.rglob("*") if path.is_file()} == before


def test_the_manifest_hashes_every_file(small_lab: SmallLab) -> None:
    import hashlib

    small_lab.feature(FOUND)
    folder = small_lab.run().folder
    manifest = json.loads((folder / "manifest.json").read_text())
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert set(manifest["files"]) == set(files) - {"manifest.json"}
    for name, facts in manifest["files"].items():
        assert facts == {
            "sha256": hashlib.sha256(files[name].read_bytes()).hexdigest(),
            "bytes": files[name].stat().st_size,
        }


def test_a_place_that_cannot_be_written_is_refused(small_lab: SmallLab, tmp_path: Path) -> None:
    small_lab.feature(FOUND)
    small_lab.out = tmp_path / "file" / "runs"
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match=r"the run cannot be stored here: .*; choose another place with --out"):
        small_lab.run()
