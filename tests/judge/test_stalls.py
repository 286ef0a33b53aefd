"""Time in which the tester itself did not run is no device's: it is recorded, and no verdict counts it against the SUT."""

from typing import Any

import anyio
import pytest

from tests.judge.test_secc_monitors import BEGAN
from v2xconform.judge.bench_judge import BenchJudge
from v2xconform.judge.context import Context
from v2xconform.judge.monitors.vehicle import VehicleMonitor
from v2xconform.judge.stalls import Stalls
from v2xconform.links.clock import real_clock
from v2xconform.steps.lab_thread import lab_thread, watch_loop
from v2xconform.trace.recorder import Recorder


class SlowMachine:
    """A trace whose clock is set by hand."""

    def __init__(self) -> None:
        self.time = 0.0
        self.recorder = Recorder(lambda: self.time, None, BEGAN)

    def message(self, src: str, name: str) -> None:
        tree: dict[str, Any] = {"Header": {"SessionID": "8F3A61D09CE4B725", "TimeStamp": 1}, "ResponseCode": "OK"}
        self.recorder.add(kind="message", layer="iso15118-20-common", name=name, src=src, body=tree)


@pytest.mark.parametrize(
    "stalled, severity", [(0.0, "MUST"), (0.2, "MUST"), (0.6, "UNSURE")], ids=["never", "too short", "long enough"]
)
def test_a_late_answer_is_doubtful_when_the_tester_slept_as_long(stalled: float, severity: str) -> None:
    machine = SlowMachine()
    machine.message("evcc", "PowerDeliveryReq")
    machine.recorder.expect(2.0 - stalled)
    machine.time = 2.0  # limit 1.5 s, and 0.25 s of tolerance
    machine.message("secc", "PowerDeliveryRes")
    judge = BenchJudge(Context("secc"))
    for event in machine.recorder.events:
        judge.see(event)
    assert [f.severity for f in judge.findings if "PowerDeliveryRes came after" in f.text] == [severity]


def test_a_stall_is_recorded_before_what_it_has_delayed() -> None:
    machine = SlowMachine()
    machine.recorder.expect(1.0)
    machine.time = 1.4
    machine.message("secc", "PowerDeliveryRes")
    machine.time = 1.402
    machine.message("evcc", "PowerDeliveryReq")
    kinds = [(event.kind, event.body.get("seconds")) for event in machine.recorder.events]
    assert kinds == [("stall", 0.4), ("message", None), ("message", None)]


def test_stalls_count_only_inside_the_interval() -> None:
    stalls, machine = Stalls(), SlowMachine()
    for due, now in ((1.0, 2.0), (5.0, 5.5)):
        machine.recorder.expect(due)
        machine.time = now
        machine.recorder.notice_stall()
    for event in machine.recorder.events:
        stalls.see(event)
    expected = {(0, 9): 1.5, (1.5, 9): 1.0, (1.5, 1.75): 0.25, (2, 5): 0.0, (5.25, 6): 0.25}
    assert {pair: stalls.between(*pair) for pair in expected} == expected


def test_what_came_during_a_stall_was_seen_right_behind_it() -> None:
    stalls, machine = Stalls(), SlowMachine()
    machine.recorder.expect(1.0)
    machine.time = 1.7
    machine.recorder.notice_stall()
    for event in machine.recorder.events:
        stalls.see(event)
    assert [round(stalls.before(instant), 3) for instant in (1.6, 1.7, 1.75, 1.9)] == [0.0, 0.7, 0.7, 0.0]


@pytest.mark.parametrize(("stalled", "severity"), [(0.0, "MUST"), (0.7, "UNSURE")])
def test_a_pause_that_a_stall_has_shortened_is_no_fault_of_the_car(stalled: float, severity: str) -> None:
    machine, context = SlowMachine(), Context("evcc")
    monitor, found = VehicleMonitor(context), []
    machine.recorder.expect(1.0)
    for machine.time in (1.0 + stalled, 1.015 + stalled):
        machine.recorder.add(link="udp1", layer="sdp", kind="message", name="SECCDiscoveryReq", src="evcc", body={})
        machine.recorder.expect(2.0 + stalled)
    for event in machine.recorder.events:
        if event.kind == "stall":
            context.stalls.see(event)
        found += list(monitor.see(event))
    assert [(one.requirement, one.severity) for one in found] == [("V2G2-159", severity)]


def test_a_loop_that_was_blocked_is_noticed() -> None:
    recorder = Recorder(real_clock, None, BEGAN)

    async def block() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(watch_loop, recorder)
            await anyio.sleep(0.05)
            until = real_clock() + 0.2
            while real_clock() < until:
                pass  # what a busy machine does to the tester
            await anyio.sleep(0.05)
            group.cancel_scope.cancel()
        recorder.add(kind="note", layer="lab", name="end", src="tester")

    with lab_thread("real") as thread:
        thread.run(block)
    assert recorder.events[-1].kind == "note"
    assert max(event.body["seconds"] for event in recorder.events if event.kind == "stall") > 0.1
