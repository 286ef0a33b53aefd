"""The selftest: what it runs with which emulator, and what it makes of the results."""

from pathlib import Path

from v2xconform.campaign.selftest import Kill, Selftest, _Crew, _shared_out, _worth_running, results_under

PROFILE = """\
id: lesser
title: stations with more and less
version: "1"
protocol: ocpp2.1
role: station
catalogue: ocpp2.1
extends: ocpp21-station
testcases: [{testcases}]
persona: lab_station
lesser_personas: [ampere_station, plain_station]
tester_persona: lab_csms
"""
HEAD = "@role:station\nFeature: f\n\n"
PLAIN = """\
  @TC_OWN_PLAIN @req:K01.FR.29 @pics:!SmartCharging
  Scenario: no smart charging
    Given a booted station
    When the CSMS sends GetBaseReportRequest with requestId = 1 and reportBase = SummaryInventory
    Then the station answers GetBaseReportResponse with status = NotSupported
"""
EVERY = """\
  @TC_OWN_EVERY @req:B07.FR.01
  Scenario: a report
    Given a booted station
    When the CSMS sends GetBaseReportRequest with requestId = 1 and reportBase = FullInventory
    Then the station answers GetBaseReportResponse with status = Accepted
"""
NOBODY = """\
  @TC_OWN_NOBODY @req:B07.FR.01 @pics:SmartCharging&!SmartCharging
  Scenario: for a station that cannot be
    Given a booted station
"""


def lab(folder: Path) -> str:
    feature = folder / "own.feature"
    feature.write_text(HEAD + PLAIN + EVERY + NOBODY)
    path = folder / "lesser.yaml"
    path.write_text(PROFILE.format(testcases=feature))
    return str(path)


def test_cases_for_lesser_devices_are_run_with_a_lesser_emulator(tmp_path: Path) -> None:
    outcome = Selftest("lesser")
    with _Crew(lab(tmp_path), 1, outcome, None) as crew:
        crew.run_clean(["ampere_station", "plain_station"])
        assert sorted(outcome.testcases) == ["TC_OWN_EVERY", "TC_OWN_PLAIN"]
        assert outcome.clean == {}
        assert outcome.lesser == {"TC_OWN_PLAIN": "plain_station"}
        assert list(outcome.not_applicable) == ["TC_OWN_NOBODY"]
        outcome.kills = {"report-summary-anyway": []}
        crew.run([("report-summary-anyway", outcome.testcases)])
    assert [kill.testcase for kill in outcome.kills["report-summary-anyway"]] == ["TC_OWN_PLAIN"]
    assert outcome.toothless == ["TC_OWN_EVERY"], "it has caught nothing"


def test_without_another_persona_the_case_is_not_applicable(tmp_path: Path) -> None:
    (result,) = results_under(lab(tmp_path), "", ["TC_OWN_PLAIN"])
    assert result["verdict"] == "NOT_APPLICABLE"


def test_harmless_quirks_that_are_caught_are_false_alarms() -> None:
    kill = Kill("TC_OWN_EVERY", True, "why")
    outcome = Selftest("lesser", ["TC_OWN_EVERY"], kills={"good-one": [kill], "bad-one": []}, good={"good-one"})
    assert outcome.false_alarms == {"good-one": [kill]}
    assert outcome.missed == ["bad-one"]
    assert outcome.toothless == ["TC_OWN_EVERY"], "what a harmless quirk has set off proves nothing"
    assert not outcome.passed


def test_what_another_edition_has_proven_is_neither_missed_nor_toothless() -> None:
    kill = Kill("TC_A", True, "why")
    newer = Selftest("newer", ["TC_A", "TC_B"], kills={"caught": [kill], "not-caught": []})
    assert newer.proven == {"TC_A", "caught"}
    older = Selftest("older", ["TC_A", "TC_B"], kills={"caught": [], "not-caught": []}, elsewhere=newer.proven)
    assert older.missed == ["not-caught"] and older.toothless == ["TC_B"]


def test_only_what_is_not_proven_is_worth_running() -> None:
    matrix = {"one": ["TC_A", "TC_B"], "two": ["TC_A"]}
    assert _worth_running(matrix, ["one", "two"], ["TC_B"], {"TC_A", "two"}) == [("one", ["TC_B"])]
    assert _worth_running(matrix, ["one", "two"], ["TC_A", "TC_B"]) == [("one", ["TC_A", "TC_B"]), ("two", ["TC_A"])]


def test_each_test_case_meets_as_many_harmless_quirks_as_there_are_shares() -> None:
    quirks, cases = [f"good-{number}" for number in range(5)], [f"TC_{number}" for number in range(12)]
    for shares in (1, 2):
        met = [case for _, part in _shared_out(quirks, cases, shares) for case in part]
        assert sorted(met) == sorted(cases * shares)
    assert [part for _, part in _shared_out(quirks, cases)] == [
        ["TC_0", "TC_3", "TC_5", "TC_8", "TC_10"], ["TC_1", "TC_4", "TC_6", "TC_9", "TC_11"],
        ["TC_0", "TC_2", "TC_5", "TC_7", "TC_10"], ["TC_1", "TC_3", "TC_6", "TC_8", "TC_11"], ["TC_2", "TC_4", "TC_7", "TC_9"],
    ]  # fmt: skip
    assert _shared_out([], cases) == []
