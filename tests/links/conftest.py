"""Both clocks and both networks for the tests of the links."""

from collections.abc import Awaitable, Callable

import anyio
import pytest
import trio.testing

from v2xconform.links import IpNetwork, MemoryNetwork, Network
from v2xconform.trace.recorder import Recorder

Run = Callable[[Callable[[], Awaitable[None]]], None]


def on_virtual_time(scenario: Callable[[], Awaitable[None]]) -> None:
    anyio.run(scenario, backend="trio", backend_options={"clock": trio.testing.MockClock(autojump_threshold=0)})


def on_trio(scenario: Callable[[], Awaitable[None]]) -> None:
    anyio.run(scenario, backend="trio")


def on_asyncio(scenario: Callable[[], Awaitable[None]]) -> None:
    anyio.run(scenario, backend="asyncio")


def on_uvloop(scenario: Callable[[], Awaitable[None]]) -> None:
    anyio.run(scenario, backend="asyncio", backend_options={"use_uvloop": True})


@pytest.fixture(
    params=[
        (on_virtual_time, MemoryNetwork),
        (on_asyncio, MemoryNetwork),
        (on_asyncio, IpNetwork),
        (on_uvloop, IpNetwork),
        (on_trio, IpNetwork),
    ],
    ids=["memory-virtual", "memory-asyncio", "ip-asyncio", "ip-uvloop", "ip-trio"],
)
def bench(request: pytest.FixtureRequest) -> tuple[Run, Callable[[], Network]]:
    """A way to run a scenario, and the network that goes with it."""
    chosen: tuple[Run, Callable[[], Network]] = request.param
    return chosen


def recorder() -> Recorder:
    """Return a recorder on the clock of the run."""
    return Recorder(anyio.current_time)


def ladder(record: Recorder, *layers: str) -> list[str]:
    """Return the events of a trace as one line each: who, to whom, what."""
    lines = []
    for event in record.events:
        if layers and event.layer not in layers:
            continue
        what = event.raw.decode("ascii", "replace") if event.kind == "bytes" and event.raw is not None else event.name
        by = f" by {event.body['by']}" if event.kind == "close" else ""
        lines.append(f"{event.src} -> {event.dst} {event.kind} {what}{by}")
    return lines
