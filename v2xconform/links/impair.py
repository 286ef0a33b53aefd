"""A bad line on purpose: slow, narrow, lossy, cut. It lies below the tap, so the trace shows what its actor saw of it.

Everything is counted, nothing is left to chance: the same impairment gives the same run.
"""

from dataclasses import dataclass

import anyio

from v2xconform.links.datagram import Address, DatagramPipe, Datagrams, Packet
from v2xconform.links.errors import LinkReset
from v2xconform.links.stream import Pipe, Stream


@dataclass(frozen=True, slots=True)
class Impairment:
    """What is wrong with a line, seen from the end that it is put on."""

    delay: float = 0.0
    """Seconds for which each chunk or datagram is held back at this end, one after the other."""
    rate: float | None = None
    """Bytes per second that this end can send; None is unlimited."""
    cut_after: int | None = None
    """Bytes that this end can send before the connection is reset."""
    lost: frozenset[int] = frozenset()
    """Datagrams that this end sends in vain, counted from 1."""


def impair_stream(stream: Stream, impairment: Impairment) -> Stream:
    """Put a bad line under a plain stream and return it; do so before TLS. Loss has no meaning here: TCP repeats."""
    stream.put_under(lambda pipe: _ImpairedPipe(pipe, impairment))
    return stream


def impair_datagrams(datagrams: Datagrams, impairment: Impairment) -> Datagrams:
    """Put a bad line under a datagram end and return it. Rate and cut have no meaning here."""
    datagrams.put_under(lambda pipe: _ImpairedDatagramPipe(pipe, impairment))
    return datagrams


class _ImpairedPipe:
    def __init__(self, pipe: Pipe, impairment: Impairment) -> None:
        self._pipe = pipe
        self._impairment = impairment
        self._sent = 0
        self._held: tuple[bytes, float] | None = None

    async def receive(self, limit: int) -> bytes:
        if self._held is None:
            self._held = await self._pipe.receive(limit), anyio.current_time() + self._impairment.delay
        await anyio.sleep_until(self._held[1])  # whoever gives up here finds it still held at the next call
        data, _ = self._held
        self._held = (data[limit:], self._held[1]) if len(data) > limit else None
        return data[:limit]

    async def send(self, data: bytes) -> None:
        rate, cut = self._impairment.rate, self._impairment.cut_after
        rest = data if cut is None else data[: max(cut - self._sent, 0)]
        self._sent += len(rest)
        if rate is not None:
            await anyio.sleep(len(rest) / rate)
        await self._pipe.send(rest)
        if len(rest) < len(data):
            self._pipe.abort()
            raise LinkReset("reset", f"the line was cut on purpose after {cut} bytes")

    def unread(self, limit: int) -> bytes:
        held, self._held = self._held, None
        return held[0] if held else self._pipe.unread(limit)

    async def finish(self) -> None:
        await self._pipe.finish()

    def close(self) -> None:
        self._pipe.close()

    def abort(self) -> None:
        self._pipe.abort()


class _ImpairedDatagramPipe:
    def __init__(self, pipe: DatagramPipe, impairment: Impairment) -> None:
        self._pipe = pipe
        self._impairment = impairment
        self._sent = 0
        self._held: tuple[Packet, float] | None = None

    async def receive(self) -> Packet:
        if self._held is None:
            self._held = await self._pipe.receive(), anyio.current_time() + self._impairment.delay
        await anyio.sleep_until(self._held[1])  # late is not lost: it is still held at the next call
        packet, _ = self._held
        self._held = None
        return packet

    async def send(self, data: bytes, target: Address) -> None:
        self._sent += 1
        if self._sent not in self._impairment.lost:
            await self._pipe.send(data, target)

    def close(self) -> None:
        self._pipe.close()
