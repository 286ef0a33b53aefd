"""How fast campaigns are. Figures for people; nothing here judges a time."""

from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.campaign.small_lab import SmallLab
from v2xconform.campaign.engine import run
from v2xconform.campaign.plan import Choice
from v2xconform.emulators.cast import Cast, EvccWishes, SeccWishes
from v2xconform.lab.profile import load_profile, profile_names
from v2xconform.lab.sut import Reach
from v2xconform.links.ip import IpNetwork
from v2xconform.trace.query import messages
from v2xconform.trace.recorder import Recorder

TRIVIAL = """\
@req:V2G2-625
Scenario Outline: a charger is found
  When the EV looks for the charger
  Then SDP is answered within 1 s

  Examples:
    | id |
"""


def test_a_thousand_trivial_scenarios(benchmark: Any, tmp_path: Path) -> None:
    """Aim: below 10 s."""
    small_lab = SmallLab(tmp_path)
    small_lab.feature(TRIVIAL + "".join(f"    | TC_{number:04} |\n" for number in range(1000)))
    outcome = benchmark.pedantic(small_lab.run, rounds=1)
    assert len(outcome.results) == 1000 and outcome.exit_code == 0


@pytest.mark.parametrize("profile", profile_names())
def test_the_shipped_campaign(benchmark: Any, profile: str, tmp_path: Path) -> None:
    """Aim: both profiles of ISO 15118-20 together below 20 s on one core. Where nothing is measured, a share will do."""
    share = ("TC_B_0*",) if profile.startswith("ocpp") else ("*_ChargeLoop_00*",)
    choice = Choice(load_profile(profile), None, None, share if benchmark.disabled else ())
    outcome = benchmark.pedantic(run, (choice, tmp_path), rounds=1)
    assert outcome.results and outcome.exit_code == 0


def test_the_charger_answers_the_charge_loop_over_tcp(benchmark: Any) -> None:
    """Aim: a median below 0.5 ms from the request's bytes to the response's, on loopback, plain TCP.

    The time is that between the events of the charger's own trace; the benchmark shows whole sessions.
    """
    took: list[float] = []

    def session() -> None:
        anyio.run(_session, took, backend="asyncio", backend_options={"use_uvloop": True})

    benchmark.pedantic(session, rounds=3)
    took.sort()
    benchmark.extra_info["median_ms"] = round(took[len(took) // 2] * 1e3, 3)
    benchmark.extra_info["p99_ms"] = round(took[int(len(took) * 0.99)] * 1e3, 3)
    benchmark.extra_info["answers"] = len(took)
    assert len(took) > 100


async def _session(took: list[float]) -> None:
    import time

    recorder = Recorder(anyio.current_time)
    network = IpNetwork()
    charger = Cast(network, time.time, Reach(sdp=False, transport="tcp"), devices=True).secc(
        "v2g_charger", SeccWishes(mode="DC"), quirks=(), recorder=recorder
    )
    async with anyio.create_task_group() as group:
        await group.start(charger.serve)
        address = f"[::1]:{charger.port}"
        car = Cast(network, time.time, Reach(address=address, sdp=False, transport="tcp"), devices=True).evcc(
            "v2g_ev", EvccWishes(mode="DC", persona={"policy": {"pace_s": {"DC_ChargeLoopReq": 0.01}}}), quirks=(),
            recorder=None,
        )  # fmt: skip
        await car.run()
        if car._inbox is not None:
            car._inbox.close()
        group.cancel_scope.cancel()
    bytes_at = {event.id: event.seconds for event in recorder.events if event.kind == "bytes"}
    asked = {event.id: event for event in messages(recorder.events, name="DC_ChargeLoopReq")}
    for answer in messages(recorder.events, name="DC_ChargeLoopRes"):
        request = asked[answer.ref["answers"]]
        took.append(answer.seconds - bytes_at[request.ref["bytes"][-1]])
    recorder.close()
