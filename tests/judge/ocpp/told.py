"""Traces out of frames: what a recorder would have written, from raw texts or from a JSON Lines file of another tool."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from v2xconform.judge.bench_judge import BenchJudge
from v2xconform.judge.context import Context
from v2xconform.judge.finding import Finding
from v2xconform.lab.roles import Role
from v2xconform.links.ocpp import OcppChannel
from v2xconform.links.tap import Tap
from v2xconform.protocols.ocpp import Version, frames
from v2xconform.trace.events import Event
from v2xconform.trace.recorder import Recorder

PEER = {"station": "csms", "csms": "station"}


@dataclass(frozen=True)
class Told:
    """One frame: when, by whom, what; `note` is deliberate for what a tester says wrong."""

    at: float
    by: str
    raw: str | bytes
    note: str = ""
    connection: str = "tcp1"


def trace(
    told: Iterable[Told], version: Version, sut: Role, began: datetime | None = None
) -> tuple[list[Event], dict[int, int]]:
    """Return the events of frames as the tester's side records them, and event number -> number of the frame (from 1)."""
    now = [0.0]
    recorder = Recorder(lambda: now[0], None, began or datetime(2026, 11, 20, tzinfo=UTC))
    channels: dict[str, Any] = {}
    number_of: dict[int, int] = {}
    for number, one in enumerate(told, 1):
        now[0] = one.at
        if one.connection not in channels:
            tap = Tap(recorder, one.connection, PEER[sut], sut, "websocket")
            tap.outgoing(kind="handshake", name="switched", body={"status": 101, "headers": [], "subprotocol": version})
            channels[one.connection] = OcppChannel(SimpleNamespace(tap=tap), version)  # type: ignore[arg-type]
        data = one.raw.encode() if isinstance(one.raw, str) else one.raw
        known = len(recorder.events)
        channels[one.connection]._record(frames.parse(data, version), data, {}, one.note, own=one.by != sut)
        number_of |= dict.fromkeys(range(known + 1, len(recorder.events) + 1), number)
    return list(recorder.events), number_of


def judged(events: Iterable[Event], version: Version, sut: Role, **facts: Any) -> list[Finding]:
    """Return what all monitors find."""
    judge = BenchJudge(Context(sut, protocol=version, **facts))
    seen = list(events)
    for event in seen:
        judge.see(event)
    judge.end(seen[-1] if seen else None)
    return judge.findings


def read(path: Path) -> list[Told]:
    """Return the frames of a JSON Lines file: ``{"n", "t", "dir": "station>csms", "raw", "connection"}`` a line."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    times = [datetime.fromisoformat(line["t"].replace("Z", "+00:00")).timestamp() for line in lines]
    return [
        Told(at - times[0], line["dir"].partition(">")[0], line["raw"], connection=line.get("connection", "tcp1"))
        for line, at in zip(lines, times, strict=True)
    ]
