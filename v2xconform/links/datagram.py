"""An end for datagrams (UDP) with a tap on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import anyio

from v2xconform.links.addresses import format_address
from v2xconform.links.errors import LinkClosed
from v2xconform.links.tap import Tap
from v2xconform.trace.events import Event

Address = tuple[str, int]
"""Host (with its interface, where that matters: fe80::1%eth0) and port."""


@dataclass(frozen=True, slots=True)
class Datagram:
    """What arrived, from where."""

    data: bytes
    source: Address
    event: Event | None
    """The event of its bytes in the trace."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A datagram below the tap."""

    data: bytes
    source: Address
    target: Address
    hop_limit: int | None = None


class DatagramPipe(Protocol):
    """What lies under `Datagrams`: memory or a socket. Not tapped."""

    async def receive(self) -> Packet:
        """Return the next datagram."""

    async def send(self, data: bytes, target: Address) -> None:
        """Send one datagram. Raises LinkUnavailable when this host cannot."""

    def close(self) -> None:
        """Let go of the port."""


class Datagrams:
    """A UDP port; every datagram is a `bytes` event of layer udp with its addresses in the body.

    Get one from `Network.datagrams`.
    """

    def __init__(self, pipe: DatagramPipe, tap: Tap, host: str, port: int) -> None:
        self.tap = tap
        self.host = host
        self.port = port
        self._pipe = pipe
        self._gone = False

    @property
    def local(self) -> str:
        """Address of this end, as text."""
        return format_address(self.host, self.port)

    async def send(self, data: bytes, target: Address, *, note: str = "") -> Event | None:
        """Send one datagram and return its event. Raises LinkUnavailable, LinkClosed."""
        self._usable()
        body = {"from": self.local, "to": format_address(*target)}
        event = self.tap.sent(data, body, note)
        await self._pipe.send(data, target)
        return event

    async def receive(self, timeout: float | None = None) -> Datagram | None:
        """Return the next datagram, None when `timeout` seconds passed without one. Raises LinkClosed."""
        self._usable()
        with anyio.move_on_after(timeout):
            packet = await self._pipe.receive()
            body = {"from": format_address(*packet.source), "to": format_address(*packet.target)}
            extra = {} if packet.hop_limit is None else {"hop_limit": packet.hop_limit}
            return Datagram(packet.data, packet.source, self.tap.received(packet.data, body | extra))
        return None

    async def aclose(self) -> None:
        """Let go of the port. Never raises."""
        if not self._gone:
            self._gone = True
            self.tap.closed(self.tap.src)
            self._pipe.close()

    def put_under(self, wrap: Callable[[DatagramPipe], DatagramPipe]) -> None:
        """Put something between the tap and the pipe, such as an impairment."""
        self._pipe = wrap(self._pipe)

    async def __aenter__(self) -> "Datagrams":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _usable(self) -> None:
        if self._gone:
            raise LinkClosed("closed", f"{self.tap.link}: this end is closed")
