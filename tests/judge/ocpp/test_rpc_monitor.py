"""The RPC monitor: what breaks the rules of frames is found, and what only looks like it is left alone."""

from dataclasses import replace
from typing import Any

import pytest

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.ocpp.rpc import _MOST, RpcMonitor
from v2xconform.protocols.ocpp import Version

from .told import Told, trace

BEAT = '[2,"{}","Heartbeat",{{}}]'
TIME = '[3,"{}",{{"currentTime":"2026-11-20T12:00:00Z"}}]'
GET = '[2,"{}","GetVariables",{{"getVariableData":[]}}]'


def found(*told: Told, version: Version = "ocpp2.0.1", sut: Any = "station") -> list[Finding]:
    monitor = RpcMonitor(Context(sut, protocol=version))
    events, _ = trace(told, version, sut)
    return [finding for event in events for finding in monitor.see(event)]


def broken(*told: Told, version: Version = "ocpp2.0.1") -> list[str]:
    return [finding.requirement for finding in found(*told, version=version)]


def station(at: float, raw: str, **more: Any) -> Told:
    return Told(at, "station", raw, **more)


def csms(at: float, raw: str, **more: Any) -> Told:
    return Told(at, "csms", raw, **more)


def test_a_talk_in_good_order() -> None:
    assert broken(
        station(0, BEAT.format("a")), csms(0.1, GET.format("a")), csms(0.2, TIME.format("a")),
        station(0.3, '[4,"a","InternalError","",{}]'), station(1, BEAT.format("b")), csms(1.1, TIME.format("b")),
    ) == []  # fmt: skip


@pytest.mark.parametrize("gap, requirements", [(0.5, ["OCPP-OneCall"]), (2.5, [])])
def test_a_second_call_waits_or_the_first_was_given_up(gap: float, requirements: list[str]) -> None:
    assert broken(station(0, BEAT.format("a")), station(gap, BEAT.format("b"))) == requirements


def test_a_wrong_answer_ends_a_call_too() -> None:
    for answer in ('[3,"a",{"currentTime":5}]', '[3,"a"]', '[4,"a","X","",{}]'):
        assert (
            broken(station(0, BEAT.format("a")), csms(0.1, answer, note=DELIBERATE), station(0.2, BEAT.format("b")))
            == []
        )


def test_a_connection_has_its_own_calls() -> None:
    assert broken(station(0, BEAT.format("a")), station(0.1, BEAT.format("b"), connection="tcp2")) == []


@pytest.mark.parametrize(
    "first, second, requirements",
    [
        (BEAT.format("a"), '[2,"a","Authorize",{"idToken":{"idToken":"A","type":"Central"}}]', ["OCPP-MessageId"]),
        (BEAT.format("a"), BEAT.format("a"), ["OCPP-MessageId"]),
        (BEAT.format("a"), BEAT.format("b"), []),
    ],
)
def test_an_id_is_used_once(first: str, second: str, requirements: list[str]) -> None:
    assert broken(station(0, first), csms(0.1, TIME.format("a")), station(9, second)) == requirements


@pytest.mark.parametrize("answer", ["", '[4,"a","InternalError","",{}]'])
def test_what_has_failed_may_be_sent_again_with_its_id(answer: str) -> None:
    told = [station(0, BEAT.format("a")), *([csms(0.1, answer)] if answer else []), station(9, BEAT.format("a"))]
    assert broken(*told) == []


@pytest.mark.parametrize(
    "raw, requirement",
    [
        ("{oops", "OCPP-Frame"),
        ("[]", "OCPP-Frame"),
        ('[3,"a"]', "OCPP-Frame"),
        ('[2,"a","FooBar",{}]', "OCPP-Direction"),
        ('[2,"a","Reset",{}]', "OCPP-Direction"),
        ('[2,"' + "x" * 37 + '","Heartbeat",{}]', "OCPP-MessageId"),
        ('[2,"a","Heartbeat",{},1]', "OCPP-Frame"),
        ('[3,"nobody",{}]', "OCPP-Unsolicited"),
        ('[4,"nobody","InternalError","",{}]', "OCPP-Unsolicited"),
    ],
)
def test_what_a_station_may_not_say(raw: str, requirement: str) -> None:
    assert broken(station(0, raw)) == [requirement]


@pytest.mark.parametrize("code, requirements", [("OccurenceConstraintViolation", []), ("Whatever", ["OCPP-ErrorCode"])])
def test_error_codes(code: str, requirements: list[str]) -> None:
    assert broken(csms(0, GET.format("a")), station(0.1, f'[4,"a","{code}","",{{}}]')) == requirements


@pytest.mark.parametrize("note", ["", DELIBERATE])
def test_an_answer_that_comes_twice(note: str) -> None:
    twice = [csms(0, GET.format("a"), note=note), station(0.1, '[3,"a",{}]'), station(0.2, '[3,"a",{}]')]
    assert broken(*twice) == ["OCPP-Unsolicited"]


@pytest.mark.parametrize("message_id", ["-1", "xxxx", ""])
def test_an_error_about_something_broken_may_bear_any_id(message_id: str) -> None:
    wrong = csms(0, '[2,"' + "x" * 40 + '","GetVariables",{}]', note=DELIBERATE)
    assert broken(wrong, station(0.1, f'[4,"{message_id}","RpcFrameworkError","",{{}}]')) == []


def test_an_error_that_echoes_a_number_is_a_doubt() -> None:
    (finding,) = found(
        csms(0, '[2,5,"GetVariables",{}]', note=DELIBERATE), station(0.1, '[4,5,"RpcFrameworkError","",{}]')
    )
    assert (finding.requirement, finding.severity) == ("OCPP-Frame", "SHOULD")


def test_our_own_faults_are_ours_unless_they_are_deliberate() -> None:
    (finding,) = found(csms(0, "{oops"))
    assert finding.whose == "tester"
    assert found(csms(0, "{oops", note=DELIBERATE)) == []


def test_21_sends_need_no_answer_and_no_turn() -> None:
    send = '[6,"s","NotifyPeriodicEventStream",{}]'
    assert broken(station(0, BEAT.format("a")), station(0.1, send), version="ocpp2.1") == []
    assert broken(csms(0, send), version="ocpp2.1") == ["OCPP-Direction"]
    assert broken(csms(0, send, note=DELIBERATE), station(0.1, '[3,"s",{}]'), version="ocpp2.1") == ["OCPP-Unsolicited"]


def test_a_flood_of_faults_is_one_fault_in_the_end() -> None:
    assert len(found(*(station(number, "[]") for number in range(3 * _MOST)))) == _MOST


def test_a_csms_may_use_an_id_for_each_of_its_stations() -> None:
    monitor = RpcMonitor(Context("csms", protocol="ocpp2.0.1"))
    other = '[2,"1","ClearCache",{}]'
    events, _ = trace(
        [csms(0, GET.format("1")), csms(1, other, connection="tcp2"), csms(5, other)], "ocpp2.0.1", "csms"
    )
    names = {"tcp1": "/ocpp/CS-1", "tcp2": "/ocpp/CS-2"}
    for event in events:
        if event.name == "switched":
            asked = replace(event, name="upgrade", body={"target": names[event.link]})
            assert list(monitor.see(asked)) == []
    found = [finding for event in events for finding in monitor.see(event)]
    assert [finding.requirement for finding in found] == ["OCPP-MessageId"]
    assert found[0].events[1] == events[-1].id, "the same station is told two things under one id"
