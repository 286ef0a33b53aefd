"""Pipes over sockets: TCP with a real RST on abort, UDP with hop limit and addresses of every datagram.

Plain non-blocking sockets, waited for through anyio, so that the same code runs under asyncio, uvloop and trio and
nothing is buffered outside of the kernel: what a peer floods stays in its send buffer until the tester reads.
"""

import errno
import secrets
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio
from anyio.lowlevel import checkpoint

from v2xconform.links.addresses import format_address
from v2xconform.links.datagram import Address, Packet
from v2xconform.links.errors import LinkClosed, LinkReset, LinkUnavailable, explain

DYNAMIC_PORTS: Final = range(49152, 65536)
"""Where ISO 15118 wants every TCP port and the client port of SDP to be; what a system hands out begins lower."""
_PORT_TRIALS: Final = 100
_LONGEST_DATAGRAM: Final = 65535
_ANCILLARY: Final = 256
_RESET_ERRORS: Final = (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)


class SocketPipe:
    """One end of a TCP connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def receive(self, limit: int) -> bytes:
        await checkpoint()
        while True:
            try:
                return self._socket.recv(limit)
            except BlockingIOError:
                await self._wait(anyio.wait_readable)
            except OSError as error:
                raise self._lost(error) from None

    async def send(self, data: bytes) -> None:
        await checkpoint()
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                await self._wait(anyio.wait_writable)
            except OSError as error:
                raise self._lost(error) from None

    def unread(self, limit: int) -> bytes:
        try:
            return self._socket.recv(limit)
        except OSError:
            return b""

    async def finish(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            anyio.notify_closing(self._socket)
            self._socket.close()

    def abort(self) -> None:
        if self._socket.fileno() >= 0:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close()

    async def _wait(self, wait: Callable[[socket.socket], Awaitable[None]]) -> None:
        try:
            await wait(self._socket)
        except anyio.ClosedResourceError:
            raise LinkClosed("closed", "this end was closed while it was waiting") from None

    def _lost(self, error: OSError) -> LinkReset | LinkClosed:
        if self._socket.fileno() < 0:
            return LinkClosed("closed", "this end is closed")
        if isinstance(error, _RESET_ERRORS):
            return LinkReset("reset", "the peer broke the connection off (RST)")
        return LinkReset("reset", f"the connection was lost: {error.strerror or error}")


class SocketDatagramPipe:
    """A UDP port on IPv6 or IPv4."""

    def __init__(self, port: socket.socket, scope: int) -> None:
        self._socket = port
        self._scope = scope
        self._local: Address = port.getsockname()[:2]
        port.setblocking(False)
        if port.family == socket.AF_INET6:
            port.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            port.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)

    async def receive(self) -> Packet:
        await checkpoint()
        while True:
            try:
                data, ancillary, _, source = self._socket.recvmsg(_LONGEST_DATAGRAM, _ANCILLARY)
            except BlockingIOError:
                try:
                    await anyio.wait_readable(self._socket)
                except anyio.ClosedResourceError:
                    raise LinkClosed("closed", "this end was closed while it was waiting for a datagram") from None
            except ConnectionRefusedError:
                continue  # an earlier datagram of ours found nobody; the answer that is awaited may still come
            except OSError as error:
                if self._socket.fileno() < 0:
                    raise LinkClosed("closed", "this end is closed") from None
                raise LinkUnavailable(*explain(error, f"receive on {format_address(*self._local)}")) from None
            else:
                return self._packet(data, ancillary, source)

    async def send(self, data: bytes, target: Address) -> None:
        await checkpoint()
        host, port = target
        address = (host.partition("%")[0], port)
        while True:
            try:
                if self._socket.family == socket.AF_INET6:
                    self._socket.sendto(data, (*address, 0, self._scope_of(host)))
                else:
                    self._socket.sendto(data, address)
            except BlockingIOError:
                await anyio.wait_writable(self._socket)
            except ConnectionRefusedError:
                continue
            except OSError as error:
                raise LinkUnavailable(*explain(error, f"send to {format_address(host, port)}")) from None
            else:
                return

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            anyio.notify_closing(self._socket)
            self._socket.close()

    def _scope_of(self, host: str) -> int:
        name = host.partition("%")[2]
        if not name:
            return self._scope
        try:
            return int(name) if name.isdecimal() else socket.if_nametoindex(name)
        except OSError:
            raise LinkUnavailable("interface", f"cannot send to {host}: there is no interface {name!r}") from None

    def _packet(self, data: bytes, ancillary: list[tuple[int, int, bytes]], source: Address) -> Packet:
        target, hop_limit = self._local[0], None
        for level, kind, value in ancillary:
            if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO and len(value) >= 16:
                target = socket.inet_ntop(socket.AF_INET6, value[:16])
            elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_HOPLIMIT and len(value) >= 4:
                hop_limit = struct.unpack("i", value[:4])[0]
        return Packet(data, scoped(source), (target, self._local[1]), hop_limit)


def scoped(name: tuple[str | int, ...]) -> Address:
    """Return host and port of what a socket calls an address, a link-local host with its interface: fe80::1%eth0."""
    host, port = str(name[0]), int(name[1])
    scope = int(name[3]) if len(name) == 4 else 0
    if not scope or "%" in host:
        return host, port
    try:
        return f"{host}%{socket.if_indextoname(scope)}", port
    except OSError:
        return f"{host}%{scope}", port


def bind_port(end: socket.socket, address: tuple[Any, ...]) -> None:
    """Bind a socket to an address; port 0 is a free one of `DYNAMIC_PORTS`. Raises OSError."""
    host, port, *scope = address
    if port:
        end.bind(address)
        return
    for trial in range(1, _PORT_TRIALS + 1):
        try:
            end.bind((host, secrets.choice(DYNAMIC_PORTS), *scope))
        except OSError as error:
            if error.errno != errno.EADDRINUSE or trial == _PORT_TRIALS:
                raise
        else:
            return
