"""Thousands of stations in one process for ``v2xconform emulate station --count``."""

import random
import time
import uuid
from typing import TYPE_CHECKING, Any

import anyio

from v2xconform.cli.emulate_ocpp import OcppWish, allow_files, persona_of, say, version_of
from v2xconform.cli.progress import Progress

if TYPE_CHECKING:
    from v2xconform.emulators.quirks import Quirk
    from v2xconform.emulators.station_fleet import StationFleet
    from v2xconform.lab.sut import OcppReach


async def play_fleet(wish: OcppWish, quirks: "list[Quirk]", reach: "OcppReach") -> None:
    """Play them until cancelled; a summary stands at the end. Raises LabError."""
    from v2xconform.emulators.ocpp_cast import OcppWishes, policy_changes, varied
    from v2xconform.emulators.station import Station
    from v2xconform.emulators.station.connection import NetworkProfile
    from v2xconform.emulators.station_fleet import StationFleet
    from v2xconform.lab.persona import load_station

    allow_files(wish.count)
    persona = varied(load_station(persona_of(wish)), [quirk.persona for quirk in quirks])
    changes, version = policy_changes(quirks, OcppWishes()), version_of(wish)

    def new_id() -> str:
        return str(uuid.uuid4())

    def make(number: int) -> Station:
        profile = NetworkProfile(wish.connect, reach.security_profile, password=wish.password)
        return Station(
            persona, version, profile, identity=f"{wish.own_identity}-{number}", utc=time.time, new_id=new_id,
            chance=random.random, changes=changes,
        )  # fmt: skip

    make(1)  # a persona that does not fit says so before anything begins
    fleet = StationFleet(make, wish.count, wish.cycle_s, {"idToken": wish.token, "type": "ISO14443"})
    who = f"{wish.count} stations {wish.own_identity}-1 … -{wish.count} ({persona.name}, {version})"
    say(f"{who} connect to {wish.connect}; Ctrl-C ends them")
    progress = Progress(lambda: line_of(fleet))
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(fleet.run)
            await progress.show()
    finally:
        progress.end()
        say(summary_of(fleet))


def line_of(fleet: "StationFleet") -> str:
    """Return how things stand."""
    counts = fleet.counts
    parts = [f"{counts.connected}/{fleet.size} connected", f"{fleet.booted} booted", f"{counts.calls} calls"]
    if fleet.transactions:
        parts.append(f"{fleet.transactions} transactions")
    parts += [f"{name} {_milliseconds(counts.latencies.share(part))}" for name, part in (("p50", 0.5), ("p99", 0.99))]
    failures = counts.refused + counts.lost + counts.errors + counts.unreadable
    parts.append(f"{failures} failures" + (f" ({fleet.problem})" if failures and fleet.problem else ""))
    return ", ".join(parts)


def summary_of(fleet: "StationFleet") -> str:
    """Return what has happened, for the end."""
    counts = fleet.counts
    times = ", ".join(
        f"{name} {_milliseconds(counts.latencies.share(part))}" for name, part in (("p50", 0.5), ("p99", 0.99))
    )
    return (
        f"{counts.opened} connections of {fleet.size} stations, {fleet.booted} booted; {counts.calls_sent} calls answered "
        f"within {times}, {counts.calls_heard} calls of the CSMS; {fleet.transactions} transactions; failures: "
        f"{counts.refused} refused, {counts.lost} lost, {counts.errors} CALLERRORs, {counts.unreadable} unreadable"
        + (f" ({fleet.problem})" if fleet.problem else "")
    )


def _milliseconds(seconds: Any) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.1f} ms"
