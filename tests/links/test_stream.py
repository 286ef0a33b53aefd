"""Streams: the same ladders in memory on virtual time and over sockets on a real clock."""

import socket
from collections.abc import Awaitable, Callable

import anyio
import pytest

from v2xconform.links import (
    IpNetwork,
    LinkClosed,
    LinkRefused,
    LinkReset,
    LinkStalled,
    LinkUnavailable,
    MemoryNetwork,
    Network,
    Stream,
)
from v2xconform.trace.recorder import Recorder

from .conftest import Run, ladder, on_asyncio, on_virtual_time, recorder

Bench = tuple[Run, Callable[[], Network]]
Scenario = Callable[[Stream, Stream], Awaitable[None]]


def between(bench: Bench, scenario: Scenario) -> tuple[Recorder, Recorder]:
    """Connect evcc to secc, play the scenario, return what each has recorded."""
    run, network = bench
    kept: list[Recorder] = []

    async def play() -> None:
        evcc, secc = recorder(), recorder()
        kept.extend((evcc, secc))
        net = network()
        listener = await net.listen(recorder=secc, src="secc", dst="evcc")
        near = await net.connect(listener.host, listener.port, recorder=evcc, src="evcc", dst="secc")
        far = await listener.accept()
        with anyio.fail_after(100):
            await scenario(near, far)
        await near.close()
        await far.close()
        await listener.aclose()

    run(play)
    return kept[0], kept[1]


def test_both_ends_record_the_same_conversation(bench: Bench) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        await near.send(b"hello")
        assert await far.receive() == b"hello"
        await far.send(b"good day")
        assert await near.receive() == b"good day"
        assert near.last_event is not None
        assert near.last_event.raw == b"good day"
        await near.close()
        assert await far.receive() == b""
        assert await far.receive() == b""

    evcc, secc = between(bench, talk)
    assert ladder(evcc) == [
        "evcc -> secc open connected",
        "evcc -> secc bytes hello",
        "secc -> evcc bytes good day",
        "evcc -> secc close closed by evcc",
    ]
    assert ladder(secc) == [
        "secc -> evcc open listening",
        "evcc -> secc open accepted",
        "evcc -> secc bytes hello",
        "secc -> evcc bytes good day",
        "evcc -> secc close closed by evcc",
        "secc -> evcc close closed by secc",
        "secc -> evcc close closed by secc",
    ]
    opened = evcc.events[0].body
    accepted = secc.events[1].body
    assert (opened["local"], opened["peer"]) == (accepted["peer"], accepted["local"])


def test_a_peer_that_is_done_can_still_be_answered(bench: Bench) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        await near.finish()
        assert await far.receive() == b""
        await far.send(b"late")
        assert await near.receive() == b"late"
        with pytest.raises(LinkClosed, match="said that it was done"):
            await near.send(b"x")

    evcc, secc = between(bench, talk)
    assert [event.body.get("half") for event in secc.events if event.kind == "close"][:1] == [True]
    assert ladder(evcc)[-1] == "secc -> evcc bytes late"


def test_an_abort_is_seen_as_a_reset_and_not_as_a_close(bench: Bench) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        await far.abort()
        with pytest.raises(LinkReset, match="RST"):
            await near.receive()
        with pytest.raises(LinkClosed):
            await near.receive()

    evcc, secc = between(bench, talk)
    assert ladder(evcc)[-1] == "secc -> evcc close reset by secc"
    assert "secc -> evcc close reset by secc" in ladder(secc)


def test_what_was_sent_before_an_abort_in_memory_is_read_first() -> None:
    async def talk(near: Stream, far: Stream) -> None:
        await far.send(b"last words")
        await far.abort()
        assert await near.receive() == b"last words"
        with pytest.raises(LinkReset):
            await near.receive()

    between((on_virtual_time, MemoryNetwork), talk)


def test_sending_to_a_peer_that_has_gone_is_a_reset(bench: Bench) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        await far.close()
        with pytest.raises(LinkReset):
            for _ in range(50):
                await near.send(b"anybody there?")
                await anyio.sleep(0.01)

    evcc, _ = between(bench, talk)
    assert ladder(evcc)[-1] == "secc -> evcc close reset by secc"


def test_unread_data_is_recorded_and_does_not_turn_the_close_into_a_reset(bench: Bench) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        await far.send(b"nobody reads this")
        await anyio.sleep(0.05)
        await near.close()
        assert await far.receive() == b""

    evcc, _ = between(bench, talk)
    assert [event.note for event in evcc.events if event.kind == "bytes"] == ["arrived unread before the close"]


def test_a_flooding_peer_is_held_back_and_loses_nothing(bench: Bench) -> None:
    flood = bytes(range(256)) * 8192  # 2 MiB

    async def talk(near: Stream, far: Stream) -> None:
        got = bytearray()
        sent: list[bool] = []

        async def send() -> None:
            await far.send(flood)
            sent.append(True)

        async with anyio.create_task_group() as group:
            group.start_soon(send)
            first = await near.receive()
            assert 0 < len(first) <= 65536
            got += first
            if isinstance(bench[1](), MemoryNetwork):
                await anyio.sleep(1 if bench[0] is on_virtual_time else 0.05)
                assert not sent
            while len(got) < len(flood):
                got += await near.receive()
        assert got == flood

    between(bench, talk)


def test_a_stalling_peer_never_blocks_send_or_close(bench: Bench) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        near.send_timeout = 0.1
        with pytest.raises(LinkStalled, match=r"took nothing for 0\.1 s"):
            await near.send(bytes(64 << 20))
        assert near.closed
        await near.close()

    evcc, _ = between(bench, talk)
    assert evcc.events[-1].body == {"by": "evcc", "reason": "stalled"}


def test_closing_from_another_task_wakes_the_reader(bench: Bench) -> None:
    async def talk(near: Stream, far: Stream) -> None:
        async with anyio.create_task_group() as group:

            async def read() -> None:
                with pytest.raises(LinkClosed):
                    await near.receive()

            group.start_soon(read)
            await anyio.sleep(0.01)
            await near.close()

    between(bench, talk)


def test_an_end_without_a_recorder_is_untapped(bench: Bench) -> None:
    run, network = bench

    async def play() -> None:
        net = network()
        listener = await net.listen(recorder=None, src="secc", dst="evcc")
        near = await net.connect(listener.host, listener.port, recorder=None, src="evcc", dst="secc")
        async with near, await listener.accept() as far:
            assert await near.send(b"x") is None
            assert await far.receive() == b"x"
            assert far.last_event is None
        await listener.aclose()

    run(play)


def test_a_connection_that_nobody_takes_is_refused_in_words(bench: Bench) -> None:
    run, network = bench

    async def play() -> None:
        net, record = network(), recorder()
        listener = await net.listen(recorder=None, src="secc", dst="evcc")
        await listener.aclose()
        with pytest.raises(LinkRefused, match="nothing listens there") as refused:
            await net.connect(listener.host, listener.port, recorder=record, src="evcc", dst="secc")
        assert refused.value.reason == "refused"
        assert ladder(record) == ["secc -> evcc close refused by secc"]

    run(play)


def test_a_port_is_taken_once(bench: Bench) -> None:
    run, network = bench

    async def play() -> None:
        net = network()
        listener = await net.listen(recorder=None, src="secc", dst="evcc")
        with pytest.raises(LinkUnavailable, match="port") as taken:
            await net.listen(listener.host, listener.port, recorder=None, src="secc", dst="evcc")
        assert taken.value.reason == "port-in-use"
        await listener.aclose()
        with pytest.raises(LinkClosed):
            await listener.accept()

    run(play)


def test_closing_a_listener_wakes_who_waits_for_a_connection(bench: Bench) -> None:
    run, network = bench

    async def play() -> None:
        listener = await network().listen(recorder=None, src="secc", dst="evcc")
        async with anyio.create_task_group() as group:

            async def accept() -> None:
                with pytest.raises(LinkClosed, match="any more"):
                    await listener.accept()

            group.start_soon(accept)
            await anyio.sleep(0.01)
            await listener.aclose()

    run(play)


def test_a_minute_of_silence_costs_no_time_in_memory() -> None:
    async def talk(near: Stream, far: Stream) -> None:
        with anyio.move_on_after(60) as waited:
            await near.receive()
        assert waited.cancelled_caught
        await far.send(b"late")
        await near.receive()

    evcc, _ = between((on_virtual_time, MemoryNetwork), talk)
    assert evcc.events[1].t_ns == 60_000_000_000


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_name_is_tried_at_all_its_addresses(host: str) -> None:
    async def play() -> None:
        net = IpNetwork()
        listener = await net.listen(host, recorder=None, src="csms", dst="station")
        name = "localhost" if host in {found[4][0] for found in socket.getaddrinfo("localhost", None)} else host
        async with await net.connect(name, listener.port, recorder=None, src="station", dst="csms") as near:
            assert near.peer == f"{f'[{host}]' if ':' in host else host}:{listener.port}"
        await listener.aclose()

    on_asyncio(play)


@pytest.mark.parametrize(
    ("host", "reason", "words"),
    [
        ("fe80::1", "interface", "needs its interface, as in fe80::1%eth0"),
        ("fe80::1%nosuch0", "interface", "there is no interface 'nosuch0'; this host has"),
        ("no such name", "address", "the name 'no such name' is unknown"),
        ("ff02::1%lo", "unreachable", "no route"),
    ],
)
def test_an_address_that_cannot_work_is_refused_in_words(host: str, reason: str, words: str) -> None:
    async def play() -> None:
        with pytest.raises(LinkRefused, match=words) as refused:
            await IpNetwork().connect(host, 15118, recorder=recorder(), src="evcc", dst="secc")
        assert refused.value.reason == reason

    on_asyncio(play)


@pytest.mark.parametrize(
    ("host", "reason"), [("2001:db8::1", "address"), ("fe80::1%nosuch0", "interface"), ("fe80::1", "interface")]
)
def test_an_address_of_another_host_cannot_be_listened_on(host: str, reason: str) -> None:
    async def play() -> None:
        with pytest.raises(LinkUnavailable) as unavailable:
            await IpNetwork().listen(host, recorder=None, src="secc", dst="evcc")
        assert unavailable.value.reason == reason

    on_asyncio(play)


def test_an_interface_that_is_missing_is_named_with_those_that_are_there() -> None:
    with pytest.raises(LinkUnavailable, match=r"no interface 'nosuch0'; this host has .*lo"):
        IpNetwork("nosuch0")


def test_the_loopback_interface_has_no_link_local_address() -> None:
    with pytest.raises(LinkUnavailable, match="use the address ::1"):
        IpNetwork("lo").link_local()


@pytest.mark.parametrize("host", ["::1", "127.0.0.1"])
def test_ports_that_nobody_chose_lie_where_iso_15118_wants_them(host: str) -> None:
    async def play() -> None:
        network, ours = IpNetwork(), recorder()
        listener = await network.listen(host, recorder=ours, src="secc", dst="evcc")
        stream = await network.connect(listener.host, listener.port, recorder=ours, src="evcc", dst="secc")
        datagrams = await network.datagrams(host, recorder=ours, src="evcc", dst="secc")
        client_port = int(stream.local.rpartition(":")[2])
        assert {listener.port, client_port, datagrams.port} <= set(range(49152, 65536))
        await datagrams.aclose()
        await stream.close()
        await listener.aclose()

    on_asyncio(play)
