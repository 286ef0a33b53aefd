"""SDP over both networks: asking, answering, saying it wrongly, waiting in vain."""

from collections.abc import Callable

import anyio
import pytest

from v2xconform.links import IpNetwork, LinkUnavailable, Network
from v2xconform.links.sdp import SdpEnd, sdp_client, sdp_server
from v2xconform.protocols.v2gtp import encode_frame
from v2xconform.trace.recorder import Recorder

from .conftest import Run, ladder, on_asyncio, recorder

Bench = tuple[Run, Callable[[], Network]]
HERE = {"SECCIPAddress": "fe80::2", "SECCPort": 50000, "Security": "TLS", "TransportProtocol": "TCP"}


async def answer(server: SdpEnd) -> None:
    request = await server.receive(5)
    assert request is not None
    await server.respond(request, HERE)


def test_a_car_asks_and_is_answered(bench: Bench) -> None:
    run, network = bench
    kept: list[Recorder] = []

    async def play() -> None:
        net, evcc, secc = network(), recorder(), recorder()
        kept.extend((evcc, secc))
        port = 0 if isinstance(net, IpNetwork) else 15118
        async with (
            await sdp_server(net, recorder=secc, port=port) as server,
            await sdp_client(net, recorder=evcc, port=server.port) as client,
            anyio.create_task_group() as group,
        ):
            group.start_soon(answer, server)
            await client.request("TLS")
            found = await client.receive(5)
        assert found is not None
        assert found.message.tree == HERE
        assert found.source[1] == server.port

    run(play)
    for record in kept:
        assert ladder(record, "sdp") == [
            "evcc -> secc message SECCDiscoveryReq",
            "secc -> evcc message SECCDiscoveryRes",
        ]
        messages = [event for event in record.events if event.layer == "sdp"]
        carried = [event for event in record.events if event.kind == "bytes"]
        assert [event.layer for event in carried] == ["udp", "udp"]
        assert [event.ref["bytes"] for event in messages] == [[event.id] for event in carried]
        assert messages[1].ref["answers"] == messages[0].id
        assert carried[0].body["to"] == carried[1].body["from"] or "ff02::1" in carried[0].body["to"]


def test_many_cars_ask_one_charger(bench: Bench) -> None:
    run, network = bench

    async def play() -> None:
        net = network()
        async with await sdp_server(net, recorder=None, port=0) as server, anyio.create_task_group() as group:
            answers: list[int] = []

            async def ask(number: int) -> None:
                async with await sdp_client(net, recorder=None, src=f"evcc{number}", port=server.port) as client:
                    await client.request("TLS")
                    assert await client.receive(5) is not None
                    answers.append(number)

            for number in range(5):
                group.start_soon(ask, number)
            for _ in range(5):
                await answer(server)
        assert sorted(answers) == [0, 1, 2, 3, 4]

    run(play)


def test_a_wrong_datagram_is_recorded_as_what_it_is_on_both_sides_and_silence_is_waited_for(bench: Bench) -> None:
    run, network = bench
    kept: list[Recorder] = []

    async def play() -> None:
        net, evcc, secc = network(), recorder(), recorder()
        kept.extend((evcc, secc))
        async with (
            await sdp_server(net, recorder=secc, port=0) as server,
            await sdp_client(net, recorder=evcc, port=server.port) as client,
        ):
            await client.send_bytes(encode_frame(0x9000, b"\0\0", version=2))
            await client.send_bytes(b"nonsense")
            for kinds in (["version"], ["version", "inverse"]):
                heard = await server.receive(5)
                assert heard is not None
                assert [fault.kind for fault in heard.message.faults][:1] == kinds[:1]
            assert await client.receive(0.1) is None

    run(play)
    evcc, secc = kept
    assert [(event.kind, event.name, event.note) for event in evcc.events if event.layer == "sdp"] == [
        ("message", "SECCDiscoveryReq", "deliberate"),
        ("fault", "version", "deliberate"),
        ("fault", "version", "deliberate"),
    ]
    faults = [event for event in secc.events if event.kind == "fault"]
    assert faults[0].ref["message"] == faults[0].id - 1
    assert "0x02, expected 0x01" in faults[0].body["text"]
    assert "message" not in faults[1].ref


def test_a_port_that_is_taken_is_said_so(bench: Bench) -> None:
    run, network = bench

    async def play() -> None:
        net = network()
        async with await sdp_server(net, recorder=None, port=0) as server:
            with pytest.raises(LinkUnavailable, match="port") as taken:
                await sdp_server(net, recorder=None, port=server.port)
            assert taken.value.reason == "port-in-use"

    run(play)


def test_a_reserved_security_byte_can_be_asked_for(bench: Bench) -> None:
    run, network = bench

    async def play() -> None:
        net, record = network(), recorder()
        async with await sdp_client(net, recorder=record, port=40000) as client:
            event = await client.request("0x05")
            assert event is not None
            assert event.body["Security"] == "0x05"
            assert await client.receive(0.05) is None
        assert [event.name for event in record.events if event.kind == "fault"] == ["security"]

    run(play)


def test_a_server_has_nobody_to_ask() -> None:
    async def play() -> None:
        async with await sdp_server(IpNetwork(), recorder=None, port=0) as server:
            with pytest.raises(ValueError, match="nobody to ask"):
                await server.request()
            with pytest.raises(ValueError, match="give the target"):
                await server.send_bytes(b"x")

    on_asyncio(play)


def test_multicast_on_loopback_is_refused_in_words() -> None:
    async def play() -> None:
        async with await sdp_client(IpNetwork(), recorder=None, target="ff02::1%lo") as client:
            with pytest.raises(LinkUnavailable, match="multicast is impossible on lo"):
                await client.request()

    on_asyncio(play)
