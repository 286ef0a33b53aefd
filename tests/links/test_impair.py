"""Bad lines on the virtual clock: what each impairment does, to the millisecond."""

from collections.abc import Awaitable, Callable

import anyio
import pytest

from v2xconform.links import LinkReset, MemoryNetwork, Stream
from v2xconform.links.impair import Impairment, impair_datagrams, impair_stream
from v2xconform.trace.recorder import Recorder

from .conftest import ladder, on_virtual_time, recorder


def between(impairment: Impairment, scenario: Callable[[Stream, Stream], Awaitable[None]]) -> tuple[Recorder, Recorder]:
    kept: list[Recorder] = []

    async def play() -> None:
        net, evcc, secc = MemoryNetwork(), recorder(), recorder()
        kept.extend((evcc, secc))
        listener = await net.listen(recorder=secc, src="secc", dst="evcc")
        near = await net.connect(listener.host, listener.port, recorder=evcc, src="evcc", dst="secc")
        async with impair_stream(near, impairment), await listener.accept() as far:
            await scenario(near, far)

    on_virtual_time(play)
    return kept[0], kept[1]


def test_a_delay_makes_the_answer_late() -> None:
    async def talk(near: Stream, far: Stream) -> None:
        await far.send(b"hello")
        await near.receive()

    evcc, _ = between(Impairment(delay=0.3), talk)
    assert evcc.events[1].t_ns == 300_000_000


def test_what_comes_too_late_for_one_wait_is_there_for_the_next() -> None:
    async def talk(near: Stream, far: Stream) -> None:
        await far.send(b"hello")
        with anyio.move_on_after(0.2):
            await near.receive()
        assert await near.receive(2) == b"he"
        assert await near.receive() == b"llo"

    evcc, _ = between(Impairment(delay=0.3), talk)
    assert evcc.events[1].t_ns == 300_000_000


def test_a_narrow_line_takes_its_time() -> None:
    async def talk(near: Stream, far: Stream) -> None:
        await near.send(bytes(5000))
        await far.receive()

    _, secc = between(Impairment(rate=1000), talk)
    assert next(event.t_ns for event in secc.events if event.kind == "bytes") == 5_000_000_000


def test_a_line_is_cut_in_the_middle() -> None:
    async def talk(near: Stream, far: Stream) -> None:
        await near.send(b"123")
        with pytest.raises(LinkReset, match="on purpose after 5 bytes"):
            await near.send(b"4567")
        assert await far.receive() == b"12345"
        with pytest.raises(LinkReset):
            await far.receive()

    _, secc = between(Impairment(cut_after=5), talk)
    assert ladder(secc)[-1] == "evcc -> secc close reset by evcc"


def test_the_second_datagram_is_lost_and_the_first_comes_late() -> None:
    heard: list[bytes] = []

    async def play() -> None:
        net = MemoryNetwork()
        server = await net.datagrams(port=15118, recorder=None, src="secc", dst="evcc")
        client = await net.datagrams(recorder=None, src="evcc", dst="secc")
        impair_datagrams(client, Impairment(lost=frozenset({2})))
        impair_datagrams(server, Impairment(delay=2))
        began = anyio.current_time()
        for data in (b"1", b"2", b"3"):
            await client.send(data, (server.host, server.port))
        while (datagram := await server.receive(timeout=10)) is not None:
            heard.append(datagram.data)
            assert anyio.current_time() - began >= 2

    on_virtual_time(play)
    assert heard == [b"1", b"3"]
