"""A network in memory: no socket, no thread, the same on trio's virtual clock and on a real one.

Every actor that connects or listens is a host with a link-local address of its own (fe80::1, fe80::2 …), so the trace
reads as if they had been on one wire.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

import anyio
from anyio.lowlevel import checkpoint

from v2xconform.links.addresses import format_address
from v2xconform.links.datagram import Address, Datagrams, Packet
from v2xconform.links.errors import LinkClosed, LinkRefused, LinkReset, LinkUnavailable
from v2xconform.links.stream import Stream
from v2xconform.links.tap import Tap, new_tap
from v2xconform.trace.recorder import Recorder

BUFFER: Final = 65536
"""Bytes that a pipe holds in each direction before its sender has to wait."""
BACKLOG: Final = 16
"""Connections that wait for `accept` at most; further ones are refused."""
DATAGRAMS: Final = 256
"""Datagrams that a port keeps; further ones are lost, as a kernel would lose them."""
_FIRST_PORT: Final = 49152


class _Signal:
    """Lets tasks wait until something has changed."""

    def __init__(self) -> None:
        self._event = anyio.Event()

    def fire(self) -> None:
        event, self._event = self._event, anyio.Event()
        event.set()

    async def until(self, ready: Callable[[], bool]) -> None:
        await checkpoint()
        while not ready():
            await self._event.wait()


class _Direction:
    """Bytes on their way from one end to the other."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = False
        self.deaf = False
        self.signal = _Signal()

    def take(self, limit: int) -> bytes:
        data = bytes(self.data[:limit])
        del self.data[:limit]
        self.signal.fire()
        return data


class _MemoryPipe:
    """One end of a connection in memory."""

    def __init__(self, inward: _Direction, outward: _Direction) -> None:
        self._inward, self._outward = inward, outward
        self._reset = False
        self._closed = False
        self.other: _MemoryPipe

    async def receive(self, limit: int) -> bytes:
        inward = self._inward
        await inward.signal.until(lambda: bool(inward.data) or inward.ended or self._reset or self._closed)
        if inward.data:
            return inward.take(limit)
        if self._closed:
            raise LinkClosed("closed", "this end was closed while it was waiting for data")
        if self._reset:
            raise LinkReset("reset", "the peer broke the connection off (RST)")
        return b""

    async def send(self, data: bytes) -> None:
        outward = self._outward
        position = 0
        while position < len(data):
            await outward.signal.until(
                lambda: len(outward.data) < BUFFER or outward.deaf or self._reset or self._closed
            )
            if self._closed:
                raise LinkClosed("closed", "this end was closed while it was sending")
            if self._reset or outward.deaf:
                raise LinkReset("reset", "the peer has gone; what was sent reached nobody")
            chunk = data[position : position + BUFFER - len(outward.data)]
            outward.data += chunk
            position += len(chunk)
            outward.signal.fire()

    def unread(self, limit: int) -> bytes:
        return self._inward.take(limit)

    async def finish(self) -> None:
        self._outward.ended = True
        self._outward.signal.fire()

    def close(self) -> None:
        self._closed = True
        self._outward.ended = self._inward.deaf = True
        self._outward.signal.fire()
        self._inward.signal.fire()

    def abort(self) -> None:
        self.other._reset = True
        self.close()


class MemoryListener:
    """A port of a `MemoryNetwork`."""

    def __init__(self, network: "MemoryNetwork", host: str, port: int, tap: Tap) -> None:
        self.host = host
        self.port = port
        self.tap = tap
        self._network = network
        self._waiting: deque[Stream] = deque()
        self._signal = _Signal()
        self._closed = False

    def offer(self, pipe: _MemoryPipe, peer: str) -> bool:
        """Queue a connection for `accept`; False when too many are waiting."""
        if len(self._waiting) >= BACKLOG:
            return False
        tap = new_tap(self.tap.recorder, "tcp", self.tap.src, self.tap.dst)
        local = format_address(self.host, self.port)
        tap.incoming(kind="open", name="accepted", body={"local": local, "peer": peer})
        self._waiting.append(Stream(pipe, tap, local, peer))
        self._signal.fire()
        return True

    async def accept(self) -> Stream:
        """Return the next connection. Raises LinkClosed once the listener is closed."""
        await self._signal.until(lambda: bool(self._waiting) or self._closed)
        if self._closed:
            raise LinkClosed("closed", f"nobody listens on {format_address(self.host, self.port)} any more")
        return self._waiting.popleft()

    async def aclose(self) -> None:
        """Stop listening; connections that nobody accepted are reset."""
        if self._closed:
            return
        self._closed = True
        self._network.forget(self)
        self.tap.closed(self.tap.src)
        for stream in self._waiting:
            await stream.abort()
        self._signal.fire()


class _MemoryDatagramPipe:
    def __init__(self, network: "MemoryNetwork", host: str, port: int, group: str | None) -> None:
        self.host, self.port, self.group = host, port, group
        self._network = network
        self._queue: deque[Packet] = deque()
        self._signal = _Signal()
        self._closed = False

    def deliver(self, packet: Packet) -> None:
        if len(self._queue) < DATAGRAMS:
            self._queue.append(packet)
            self._signal.fire()

    async def receive(self) -> Packet:
        await self._signal.until(lambda: bool(self._queue) or self._closed)
        if self._closed:
            raise LinkClosed("closed", "this end was closed while it was waiting for a datagram")
        return self._queue.popleft()

    async def send(self, data: bytes, target: Address) -> None:
        await checkpoint()
        self._network.carry(Packet(data, (self.host, self.port), target, 1))

    def close(self) -> None:
        self._closed = True
        self._network.forget(self)
        self._signal.fire()


class MemoryNetwork:
    """A `Network` shared by actors of this process. Each gives its own recorder, or None to stay unrecorded."""

    multicast = True

    def __init__(self) -> None:
        self._hosts: dict[str, str] = {}
        self._listeners: dict[Address, MemoryListener] = {}
        self._ports: dict[Address, _MemoryDatagramPipe] = {}
        self._next_port = _FIRST_PORT

    def host_of(self, actor: str) -> str:
        """Return the address of an actor; a new actor gets the next free one."""
        return self._hosts.setdefault(actor, f"fe80::{len(self._hosts) + 1:x}")

    async def connect(
        self, host: str, port: int, *, recorder: Recorder | None, src: str, dst: str, timeout: float = 5.0
    ) -> Stream:
        """Connect to a listener. Raises LinkRefused when there is none or too many connections wait there."""
        await checkpoint()
        host = host.partition("%")[0]
        tap = new_tap(recorder, "tcp", src, dst)
        local, peer = format_address(self.host_of(src), self._port()), format_address(host, port)
        one, other = _Direction(), _Direction()
        near, far = _MemoryPipe(one, other), _MemoryPipe(other, one)
        near.other, far.other = far, near
        listener = self._listeners.get((host, port))
        if listener is None:
            tap.incoming(kind="close", name="refused", body={"by": dst, "local": local, "peer": peer})
            raise LinkRefused("refused", f"cannot connect to {peer}: nothing listens there in memory; start it first")
        tap.outgoing(kind="open", name="connected", body={"local": local, "peer": peer})
        if not listener.offer(far, local):
            tap.incoming(kind="close", name="refused", body={"by": dst, "local": local, "peer": peer})
            raise LinkRefused("refused", f"cannot connect to {peer}: {BACKLOG} connections wait there unaccepted")
        return Stream(near, tap, local, peer)

    async def listen(
        self, host: str | None = None, port: int = 0, *, recorder: Recorder | None, src: str, dst: str
    ) -> MemoryListener:
        """Listen on a port of the actor. Raises LinkUnavailable when it is taken."""
        await checkpoint()
        host, port = self._own(host, src), port or self._port()
        if (host, port) in self._listeners:
            raise LinkUnavailable("port-in-use", f"cannot listen on {format_address(host, port)}: the port is taken")
        tap = new_tap(recorder, "listen", src, dst)
        tap.layer = "tcp"
        tap.outgoing(kind="open", name="listening", body={"local": format_address(host, port)})
        listener = self._listeners[host, port] = MemoryListener(self, host, port, tap)
        return listener

    async def datagrams(
        self,
        host: str | None = None,
        port: int = 0,
        *,
        group: str | None = None,
        recorder: Recorder | None,
        src: str,
        dst: str,
    ) -> Datagrams:
        """Open a datagram end, joined to `group` if given. Raises LinkUnavailable when the port is taken."""
        await checkpoint()
        host, port = self._own(host, src), port or self._port()
        if (host, port) in self._ports:
            raise LinkUnavailable("port-in-use", f"cannot open {format_address(host, port)}: the port is taken")
        pipe = self._ports[host, port] = _MemoryDatagramPipe(self, host, port, group)
        tap = new_tap(recorder, "udp", src, dst)
        tap.outgoing(kind="open", name="listening", body={"local": format_address(host, port), "group": group})
        return Datagrams(pipe, tap, host, port)

    def carry(self, packet: Packet) -> None:
        """Bring a datagram to the port, or to all members of the group, that it is for; else it is lost."""
        host, port = packet.target[0].partition("%")[0], packet.target[1]
        for pipe in list(self._ports.values()):
            if pipe.port == port and host in (pipe.host, pipe.group):
                pipe.deliver(packet)

    def forget(self, gone: MemoryListener | _MemoryDatagramPipe) -> None:
        """Free the port of a listener or datagram end."""
        table = self._listeners if isinstance(gone, MemoryListener) else self._ports
        table.pop((gone.host, gone.port), None)

    def _own(self, host: str | None, actor: str) -> str:
        own = self.host_of(actor)
        return own if host in (None, "", "::") else str(host).partition("%")[0]

    def _port(self) -> int:
        self._next_port += 1
        return self._next_port - 1
