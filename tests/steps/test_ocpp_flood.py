"""A peer that floods is cut off, whatever it floods with; nothing is waited for after that."""

from typing import Any

import pytest

from v2xconform.judge.context import Context
from v2xconform.lab.sut import Emulator, Sut
from v2xconform.steps import bench as benches
from v2xconform.steps.bench import Bench, Setup, new_bench
from v2xconform.steps.lab_thread import lab_thread
from v2xconform.steps.observer import LiveTrace


@pytest.mark.parametrize(
    "limit, fields",
    [
        ("MOST_FRAMES", {"layer": "websocket", "kind": "frame", "name": "ping"}),
        ("MOST_FRAMES", {"layer": "ocpp2.0.1", "kind": "message", "name": "HeartbeatRequest", "body": {}}),
        ("MOST_FAULTS", {"layer": "ocpp2.0.1", "kind": "undecodable", "name": "undecodable", "body": {}}),
        ("MOST_BYTES", {"layer": "tcp", "kind": "bytes", "name": "data", "raw": b"x"}),
    ],
    ids=["pings", "messages", "garbage", "bytes"],
)
def test_a_flood_is_cut_off(monkeypatch: pytest.MonkeyPatch, limit: str, fields: dict[str, Any]) -> None:
    monkeypatch.setattr(benches, limit, 10)
    setup = Setup(
        Sut(name="x", emulator=Emulator(persona="lab_csms")),
        Context("csms", protocol="ocpp2.0.1"),
        "lab_station",
        "virtual",
    )

    async def make() -> Bench:
        return new_bench(setup, thread, None, (), "MUST")

    async def flood(bench: Bench) -> None:
        for number in range(11):
            rpc = {"rpc": {"type": 2, "id": str(number)}}
            bench.recorder.add(link="tcp1", src="csms", dst="station", ref=rpc, **fields)
            bench.recorder.add(link="tcp1", src="station", dst="csms", ref=rpc, note="deliberate", **fields)
            assert bool(bench.flood) is (number == 10)
        assert isinstance(bench.look.trace, LiveTrace)
        assert await bench.look.trace.first(lambda event: False, 0, 1e9) is None

    with lab_thread("virtual") as thread:
        bench = thread.run(make)
        with thread.entered(bench):
            thread.run(flood, bench)
        assert any(event.name == bench.flood for event in bench.recorder.events)
