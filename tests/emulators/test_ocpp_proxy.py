"""The proxy between a station and a CSMS of ours, in memory on the virtual clock."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import anyio
import trio
from trio.testing import MockClock

from v2xconform.emulators.bends import Bend
from v2xconform.emulators.csms_actor import CsmsActor
from v2xconform.emulators.ocpp_cast import OcppCast, OcppWishes
from v2xconform.emulators.ocpp_proxy import Bends, OcppProxy, target_of
from v2xconform.emulators.station_actor import StationActor
from v2xconform.judge.both_sides import BothSides
from v2xconform.lab.sut import OcppReach
from v2xconform.links.memory import MemoryNetwork
from v2xconform.protocols.ocpp.handshake import endpoint
from v2xconform.trace.recorder import Recorder

UTC_0 = datetime(2026, 1, 1, tzinfo=UTC)


class Bench:
    """A station, the proxy, and a CSMS; the proxy alone is recorded."""

    def __init__(
        self, bends: Bends | None = None, station: OcppWishes | None = None, csms: OcppWishes | None = None
    ) -> None:
        network = MemoryNetwork()
        self.recorder = Recorder(anyio.current_time, began=UTC_0)
        self.sides = BothSides()
        self.found: list[Any] = []
        self.recorder.subscribe(lambda event: self.found.extend(self.sides.see(event)))
        cast = OcppCast(network, lambda: UTC_0.timestamp() + anyio.current_time(), "ocpp2.0.1", OcppReach())
        self.csms: CsmsActor = cast.csms("lab_csms", "csms.lab", 9000, csms or OcppWishes(), quirks=(), recorder=None)
        self.proxy = OcppProxy(
            network, self.recorder, endpoint("ws://csms.lab:9000/behind"), "proxy.lab", 9001, bends or Bends()
        )
        self.station: StationActor = cast.station(
            "lab_station", "ws://proxy.lab:9001/front", station or OcppWishes(), quirks=(), recorder=None
        )

    async def play(self, story: Callable[["Bench"], Any]) -> None:
        async with anyio.create_task_group() as group:
            await group.start(self.csms.serve)
            await group.start(self.proxy.serve)
            group.start_soon(self.station.run)
            await anyio.sleep(5)
            await story(self)
            group.cancel_scope.cancel()

    def texts(self, src: str, dst: str) -> list[bytes]:
        return [
            event.raw or b""
            for event in self.recorder.events
            if event.layer.startswith("ocpp") and event.kind == "message" and (event.src, event.dst) == (src, dst)
        ]


def run(story: Callable[[Bench], Any], **wishes: Any) -> Bench:
    made: list[Bench] = []

    async def main() -> None:
        made.append(Bench(**wishes))
        await made[0].play(story)

    trio.run(main, clock=MockClock(autojump_threshold=0))
    return made[0]


async def nothing(bench: Bench) -> None:
    """The boot alone is the story."""


def names(bench: Bench, src: str, dst: str) -> list[str]:
    events = bench.recorder.events
    return [one.name for one in events if one.kind == "message" and (one.src, one.dst) == (src, dst)]


def test_both_sides_see_the_same_texts() -> None:
    bench = run(nothing)
    assert bench.texts("station", "proxy") == bench.texts("proxy", "csms") != []
    assert bench.texts("csms", "proxy") == bench.texts("proxy", "station") != []
    assert [one for one in bench.found if one[1].severity == "MUST"] == []
    assert list(bench.sides.histories) == ["V2XCONFORM-1"]


def test_path_password_and_subprotocol_go_through() -> None:
    bench = run(nothing)
    upgrades = [e for e in bench.recorder.events if e.name == "upgrade"]
    assert [one.body["target"] for one in upgrades] == ["/front/V2XCONFORM-1", "/behind/V2XCONFORM-1"]
    passwords = [dict(map(tuple, one.body["headers"]))["Authorization"] for one in upgrades]
    assert passwords[0] == passwords[1]
    assert [e.body["subprotocol"] for e in bench.recorder.events if e.name == "switched"] == ["ocpp2.0.1"] * 2


def test_a_path_of_its_own_or_that_of_the_station() -> None:
    assert target_of(endpoint("ws://h:1/a/b"), "/front/X%20Y?q") == "/a/b/X%20Y?q"
    assert target_of(endpoint("ws://h:1"), "/front/X") == "/front/X"


def test_a_refusal_of_the_csms_reaches_the_station() -> None:
    async def story(bench: Bench) -> None:
        assert bench.station.line is None

    bench = run(story, station=OcppWishes(policy={"connection": {"sends_password": False}}))
    refused = [
        (e.src, e.dst, e.body["status"])
        for e in bench.recorder.events
        if e.name == "refused" and e.layer == "websocket"
    ]
    assert refused[:2] == [("csms", "proxy", 401), ("proxy", "station", 401)]


def test_a_request_of_its_own_is_answered_to_it_alone() -> None:
    answers: list[Any] = []
    get = {"getVariableData": [{"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}]}

    async def story(bench: Bench) -> None:
        bench.proxy.answered = lambda identity, frame: answers.append((identity, frame.payload))
        assert bench.proxy.inject("V2XCONFORM-1", "station", "GetVariables", get)
        assert not bench.proxy.inject("somebody else", "station", "GetVariables", get)
        await anyio.sleep(1)

    bench = run(story)
    assert answers[0][0] == "V2XCONFORM-1"
    assert answers[0][1]["getVariableResult"][0]["attributeValue"] == "300"
    assert "GetVariablesResponse" in names(bench, "station", "proxy")
    assert "GetVariablesResponse" not in names(bench, "proxy", "csms")
    assert bench.found == []


def test_requests_of_the_csms_wait_while_one_of_the_proxy_is_outstanding() -> None:
    async def story(bench: Bench) -> None:
        assert bench.station.line is not None
        bench.station.line.bend(Bend(at="GetVariablesResponse", delay_s=5))
        get = {"getVariableData": [{"component": {"name": "EVSE"}, "variable": {"name": "Power"}}]}
        bench.proxy.inject("V2XCONFORM-1", "station", "GetVariables", get)
        await anyio.sleep(1)
        bench.csms.request("V2XCONFORM-1", "ClearCache", {})
        await anyio.sleep(1)
        assert "ClearCacheRequest" in names(bench, "csms", "proxy")
        assert "ClearCacheRequest" not in names(bench, "proxy", "station")
        await anyio.sleep(30)

    bench = run(story)
    assert names(bench, "proxy", "station")[-1] == "ClearCacheRequest"
    assert names(bench, "proxy", "csms")[-1] == "ClearCacheResponse"
    assert [one for one in bench.found if one[1].severity == "MUST"] == []


def test_bends_change_one_direction_and_nothing_else() -> None:
    bends = Bends(to_csms=[Bend(at="BootNotificationRequest", set={"reason": "Unknown"}, nth=1)])
    bench = run(nothing, bends=bends)
    heard, passed = bench.texts("station", "proxy"), bench.texts("proxy", "csms")
    assert b'"PowerUp"' in heard[0] and b'"Unknown"' in passed[0]
    assert heard[1:] == passed[1:]
    assert bench.texts("csms", "proxy") == bench.texts("proxy", "station")


def test_what_the_station_breaks_is_its_own_fault() -> None:
    wishes = OcppWishes(bends=[Bend(at="BootNotificationRequest", set={"surprise": 1})])
    bench = run(nothing, station=wishes)
    broken = {(side, finding.requirement) for side, finding in bench.found if finding.severity == "MUST"}
    assert ("station", "OCPP-Schema") in broken
    assert {side for side, _ in broken} == {"station"}


def test_the_end_of_one_side_is_the_end_of_the_other() -> None:
    async def story(bench: Bench) -> None:
        assert bench.station.line is not None
        await bench.station.line.channel.websocket.say_goodbye(1000, "enough")
        await anyio.sleep(1)

    bench = run(story)
    closes = [
        (e.src, e.dst, e.body.get("code"), e.body.get("reason"))
        for e in bench.recorder.events
        if e.kind == "close" and e.layer == "websocket"
    ]
    assert closes[:2] == [("station", "proxy", 1000, "enough"), ("proxy", "csms", 1000, "enough")]
