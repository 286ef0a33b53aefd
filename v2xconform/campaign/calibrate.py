"""How exact the tester is: measured on its own event loop right before a run, because it decides what a verdict can claim."""

import statistics
from dataclasses import asdict, dataclass
from typing import Any, Literal

import anyio

from v2xconform.links.clock import real_clock
from v2xconform.links.ip import IpNetwork
from v2xconform.links.stream import Listener
from v2xconform.steps.lab_thread import LabThread

_SLEEPS = 60
_SLEEP_S = 0.002
_ROUND_TRIPS = 100


@dataclass(frozen=True, slots=True)
class Calibration:
    """The tester's own timing error. On the virtual clock there is none."""

    kind: Literal["real", "virtual"]
    resolution_ns: int
    """Smallest step of the clock."""
    loop_latency_us: dict[str, float]
    """How late the loop wakes up: p50, p99, max, in microseconds."""
    loopback_us: dict[str, float]
    """Round trip of one byte over loopback TCP through the tester's own links: p50, p99, max."""
    jitter_ms: float
    """What a timing verdict has to allow for: the largest wake-up delay plus half the largest round trip."""

    def to_json(self) -> dict[str, Any]:
        """Return the form in which manifest.json holds it."""
        return asdict(self)


def calibrate(thread: LabThread) -> Calibration:
    """Measure the loop of `thread`; takes about 0.3 s on the real clock."""
    if thread.kind == "virtual":
        zero = {"p50": 0.0, "p99": 0.0, "max": 0.0}
        return Calibration("virtual", 1, zero, zero, 0.0)
    late, trips, resolution = thread.run(_measure)
    latency, loopback = _summary(late), _summary(trips)
    jitter_ms = (latency["max"] + loopback["max"] / 2) / 1e3
    return Calibration("real", resolution, latency, loopback, round(jitter_ms, 3))


async def _measure() -> tuple[list[float], list[float], int]:
    late = []
    for _ in range(_SLEEPS):
        due = real_clock() + _SLEEP_S
        await anyio.sleep(_SLEEP_S)
        late.append(max(0.0, real_clock() - due))
    steps = [b - a for a, b in ((real_clock(), real_clock()) for _ in range(1000)) if b > a]
    return late, await _round_trips(), max(1, round(min(steps, default=1e-9) * 1e9))


async def _round_trips() -> list[float]:
    network = IpNetwork()
    listener = await network.listen("127.0.0.1", recorder=None, src="tester", dst="tester")
    trips: list[float] = []
    async with anyio.create_task_group() as group:
        group.start_soon(_echo, listener)
        stream = await network.connect(listener.host, listener.port, recorder=None, src="tester", dst="tester")
        for _ in range(_ROUND_TRIPS):
            began = real_clock()
            await stream.send(b"x")
            await stream.receive()
            trips.append(real_clock() - began)
        await stream.close()
        group.cancel_scope.cancel()
    await listener.aclose()
    return trips


async def _echo(listener: Listener) -> None:
    stream = await listener.accept()
    try:
        while data := await stream.receive():
            await stream.send(data)
    finally:
        with anyio.CancelScope(shield=True):
            await stream.close()


def _summary(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.99))]
    return {name: round(v * 1e6, 1) for name, v in
            (("p50", statistics.median(ordered)), ("p99", p99), ("max", ordered[-1]))}  # fmt: skip
