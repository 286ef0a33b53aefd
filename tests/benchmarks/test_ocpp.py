"""OCPP at scale: calls a second against a CSMS made with the package ``ocpp``, memory of a connection, decode and validate.

The servers are processes of their own on loopback sockets; the load comes from this one. Only ratios mean something: the
machine is shared. More connections: ``V2XCONFORM_CONNECTIONS=10000``.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvloop

from tests.cli.interruptible import interruptible
from v2xconform.links.websocket_fleet import ClientEnd, LeanEnd
from v2xconform.protocols.ocpp import frames, schemas

CONNECTIONS = int(os.environ.get("V2XCONFORM_CONNECTIONS", "1000"))
KIB_MOST = 20.0
"""Resident memory of a connection, idle after boot."""
RATIO_LEAST = 10.0
"""Calls a second of ours, by those of the other."""
SECONDS = float(os.environ.get("V2XCONFORM_SECONDS", "3"))

BOOT = orjson.dumps([2, "b", "BootNotification", {
    "reason": "PowerUp",
    "chargingStation": {"model": "m", "vendorName": "v", "serialNumber": "s", "firmwareVersion": "1"},
}])  # fmt: skip
_VALUES = [
    {"value": 1.5, "measurand": measurand, "phase": phase, "unitOfMeasure": {"unit": unit}, "context": "Sample.Periodic",
     "location": "Outlet"}
    for measurand, unit in (("Current.Import", "A"), ("Voltage", "V"), ("Power.Active.Import", "W"))
    for phase in ("L1", "L2", "L3")
]  # fmt: skip
EVENT: dict[str, Any] = {
    "eventType": "Updated", "timestamp": "2026-11-20T10:00:00.000Z", "triggerReason": "MeterValuePeriodic", "seqNo": 1,
    "transactionInfo": {"transactionId": "tx-1", "chargingState": "Charging"},
    "meterValue": [{"timestamp": "2026-11-20T10:00:00.000Z", "sampledValue": _VALUES}],
}  # fmt: skip
"""A meter value of three phases, as stations send it all day."""

OTHER = """
import asyncio, logging
from datetime import datetime, timezone
import websockets
from ocpp.routing import on
from ocpp.v201 import ChargePoint, call_result

logging.disable(logging.CRITICAL)

class Station(ChargePoint):
    @on("BootNotification")
    def boot(self, **fields):
        now = datetime.now(timezone.utc).isoformat()
        return call_result.BootNotification(current_time=now, interval=300, status="Accepted")

    @on("TransactionEvent")
    def event(self, **fields):
        return call_result.TransactionEvent()

async def connected(websocket):
    try:
        await Station(websocket.request.path.rpartition("/")[2], websocket).start()
    except websockets.ConnectionClosed:
        pass

async def main():
    async with websockets.serve(
        connected, "127.0.0.1", 0, subprotocols=["ocpp2.0.1"], compression=None, ping_interval=None
    ) as server:
        print("listens on ws://127.0.0.1:%d/" % server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()

asyncio.run(main())
"""


@contextmanager
def serving(command: list[str], folder: Path) -> Iterator[tuple[int, int]]:
    """Yield the process id and the port of a server."""
    out = folder / "server.out"
    with out.open("w") as file, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file, stderr=file) as process:
        try:
            end = time.monotonic() + 60
            while not (found := re.search(r"ws://127.0.0.1:(\d+)/", out.read_text())):
                assert process.poll() is None and time.monotonic() < end, out.read_text()
                time.sleep(0.05)  # noqa: TID251 - another program has to get on
            yield process.pid, int(found[1])
        finally:
            process.kill()


def ours(*options: str) -> list[str]:
    return interruptible("emulate", "csms", "--listen", "127.0.0.1:0", *options)


def resident_kib(process: int) -> float:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


class Load:
    """Stations of the least kind: they boot, then each sends one event after the other."""

    def __init__(self) -> None:
        self.ends: list[LeanEnd] = []
        self.booted = self.answers = 0
        self.wrong: list[bytes] = []
        self.loading = self.over = False
        self._event = orjson.dumps([2, "t", "TransactionEvent", EVENT])

    def opened(self, end: LeanEnd) -> None:
        self.ends.append(end)
        end.send(BOOT)

    def heard(self, end: LeanEnd, data: bytes, text: bool) -> None:
        if data[1:2] != b"3":
            self.wrong.append(data)
        if self.loading:
            self.answers += 1
            end.send(self._event)
        else:
            self.booted += 1

    def ended(self, end: LeanEnd, opened: bool, status: int) -> None:
        if not self.over:
            self.wrong.append(b"ended")

    def start(self) -> None:
        self.loading = True
        for end in self.ends:
            end.send(self._event)


def with_stations(number: int, port: int, then: Callable[[Load], Any]) -> Any:
    """Connect and boot stations, and return what `then` makes of it."""
    import asyncio

    async def main() -> Any:
        load, loop, places = Load(), asyncio.get_running_loop(), asyncio.Semaphore(100)

        async def connect(name: int) -> None:
            async with places:
                await loop.create_connection(
                    lambda: ClientEnd(load, f"/ocpp/S-{name}", "127.0.0.1", subprotocols=["ocpp2.0.1"]),
                    "127.0.0.1",
                    port,
                )

        await asyncio.gather(*(connect(name) for name in range(number)))
        for _ in range(1200):
            if load.booted == number:
                break
            await asyncio.sleep(0.05)
        assert load.booted == number and not load.wrong, (load.booted, load.wrong[:3])
        try:
            return await then(load)
        finally:
            load.over = True
            for end in load.ends:
                end.abort()
            await asyncio.sleep(0.1)

    return uvloop.run(main())


def calls_a_second(command: list[str], folder: Path, seconds: float, stations: int = 50) -> float:
    import asyncio

    async def press(load: Load) -> float:
        load.start()
        await asyncio.sleep(seconds / 3)  # warm by then
        began, before = time.perf_counter(), load.answers
        await asyncio.sleep(seconds)
        rate = (load.answers - before) / (time.perf_counter() - began)
        assert not load.wrong, load.wrong[:3]
        return rate

    with serving(command, folder) as (_, port):
        rate: float = with_stations(stations, port, press)
        return rate


def test_ten_times_the_calls_of_a_csms_of_the_package_ocpp(benchmark: Any, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(OTHER)

    seconds = 0.6 if benchmark.disabled else SECONDS

    def both() -> tuple[float, float]:
        commands = ([sys.executable, str(tmp_path / "other.py")], ours())
        other, own = (calls_a_second(command, tmp_path, seconds) for command in commands)
        return other, own

    other, own = benchmark.pedantic(both, rounds=1)
    benchmark.extra_info.update(
        {"ours, calls/s": round(own), "ocpp, calls/s": round(other), "ratio": round(own / other, 1)}
    )
    if benchmark.stats:  # no assertion on time in an ordinary run
        print(f"\n{own:.0f} calls/s with validation, package ocpp {other:.0f}: {own / other:.1f} times")
        assert own >= RATIO_LEAST * other
    assert own > other


def test_memory_of_a_connection_at_the_csms(tmp_path: Path) -> None:
    import asyncio

    with serving(ours(), tmp_path) as (process, port):
        with_stations(50, port, lambda load: asyncio.sleep(0))  # what is loaded at first use is not counted
        time.sleep(1)  # noqa: TID251 - those connections go
        before = resident_kib(process)

        async def measure(load: Load) -> float:
            await asyncio.sleep(1)
            return (resident_kib(process) - before) / CONNECTIONS

        each = with_stations(CONNECTIONS, port, measure)
    print(f"\n{each:.1f} KiB for each of {CONNECTIONS} connections")
    assert each < KIB_MOST


def test_memory_of_a_station_of_many(tmp_path: Path) -> None:
    program = [sys.executable, "-c", _FLEET, str(CONNECTIONS)]
    with serving(ours(), tmp_path) as (_, port):
        done = subprocess.run([*program, str(port)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    each, booted = done.stdout.split()
    print(f"\n{float(each):.1f} KiB for each of {booted} stations")
    assert int(booted) == CONNECTIONS and float(each) < KIB_MOST


_FLEET = """
import gc, os, random, sys, time, uuid
from pathlib import Path
import anyio
from v2xconform.emulators.station import Station
from v2xconform.emulators.station.connection import NetworkProfile
from v2xconform.emulators.station_fleet import StationFleet
from v2xconform.lab.persona import load_station

number, port = int(sys.argv[1]), sys.argv[2]
persona = load_station("lab_station")
new_id = lambda: str(uuid.uuid4())

def make(name):
    return Station(persona, "ocpp2.0.1", NetworkProfile(f"ws://127.0.0.1:{port}/ocpp", 0), identity=f"S-{name}",
                   utc=time.time, new_id=new_id, chance=random.random)

def resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

async def settled(fleet, booted):
    for _ in range(2400):
        if fleet.booted == booted:
            break
        await anyio.sleep(0.05)
    await anyio.sleep(2)

async def main():
    first = StationFleet(make, 20)
    async with anyio.create_task_group() as group:  # what is loaded at first use is not counted
        group.start_soon(first.run)
        await settled(first, 20)
        group.cancel_scope.cancel()
    before = resident()
    fleet = StationFleet(make, number)
    async with anyio.create_task_group() as group:
        group.start_soon(fleet.run)
        await settled(fleet, number)
        print((resident() - before) / number / 1024, fleet.booted)
        group.cancel_scope.cancel()

anyio.run(main, backend_options={"use_uvloop": True})
"""


def test_a_text_to_a_frame_and_its_validation(benchmark: Any) -> None:
    text = orjson.dumps([2, "t", "TransactionEvent", EVENT])

    def read() -> bool:
        frame = frames.parse(text, "ocpp2.0.1")
        assert isinstance(frame, frames.Frame)
        return schemas.is_valid("ocpp2.0.1", f"{frame.action}Request", frame.payload)

    assert benchmark(read)


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
def test_validation_alone(benchmark: Any, version: Any) -> None:
    assert benchmark(schemas.violations, version, "TransactionEventRequest", EVENT) == []
