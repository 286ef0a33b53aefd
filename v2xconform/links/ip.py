"""A network of real sockets: TCP and UDP over IPv6 (and IPv4 where a host is one), on one interface or on loopback."""

import contextlib
import socket
import struct
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

import anyio
from anyio.lowlevel import checkpoint

from v2xconform.links.addresses import format_address, interface_index, ip_address, link_local_address
from v2xconform.links.datagram import Datagrams
from v2xconform.links.errors import LinkClosed, LinkError, LinkRefused, LinkUnavailable, Reason, explain
from v2xconform.links.sockets import SocketDatagramPipe, SocketPipe, bind_port, scoped
from v2xconform.links.stream import Stream
from v2xconform.links.tap import Tap, new_tap
from v2xconform.trace.recorder import Recorder

BACKLOG: Final = 16
"""Connections that the system keeps waiting for `accept`."""
_Target = tuple[socket.AddressFamily, Any]
_ANY: Final = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}
_HOP_LIMIT: Final = 1  # SDP stays on its link


class IpNetwork:
    """A `Network` over sockets. With an interface, link-local addresses are meant on it and datagrams stay on it.

    Raises LinkUnavailable for an interface that does not exist.
    """

    def __init__(self, interface: str | None = None) -> None:
        self.interface = interface
        self._scope = interface_index(interface) if interface else 0

    @property
    def multicast(self) -> bool:
        """True on an interface other than lo: loopback has no route for ff02::1."""
        return self.interface not in (None, "lo")

    def link_local(self) -> str:
        """Return the link-local address of the interface, without scope. Raises LinkUnavailable with the remedy."""
        if self.interface is None:
            raise LinkUnavailable("interface", "no interface was chosen; name the one that the cable is on")
        return link_local_address(self.interface)

    async def connect(
        self, host: str, port: int, *, recorder: Recorder | None, src: str, dst: str, timeout: float = 5.0
    ) -> Stream:
        """Open a TCP connection within `timeout` seconds. Raises LinkRefused, in words with the remedy."""
        tap = new_tap(recorder, "tcp", src, dst)
        peer = format_address(host, port)
        reason: Reason
        try:
            with anyio.fail_after(timeout):
                connection = await _first_that_answers(await self._resolve(host, port, f"connect to {peer}"))
            local, peer, pipe = _ends_of(connection)
        except LinkError as error:
            reason, text = error.reason, str(error)
        except TimeoutError:
            reason = "timed-out"
            text = f"cannot connect to {peer}: no answer within {timeout:g} s; check address, interface, firewall"
        except OSError as error:
            reason, text = explain(error, f"connect to {peer}")
        else:
            tap.outgoing(kind="open", name="connected", body={"local": local, "peer": peer})
            return Stream(pipe, tap, local, peer)
        body = {"by": dst, "peer": peer, "reason": reason, "text": text}
        tap.incoming(kind="close", name="refused" if reason == "refused" else "unreachable", body=body)
        raise LinkRefused(reason, text)

    async def listen(
        self, host: str | None = None, port: int = 0, *, recorder: Recorder | None, src: str, dst: str
    ) -> "IpListener":
        """Listen for TCP; host None is the interface's link-local address, ::1 without one; port 0 is a free one of 49152
        to 65535, as vehicles demand of an SDP answer. Raises LinkUnavailable."""
        host = host or self._own_host()
        doing = f"listen on {format_address(host, port)}"
        family, address = (await self._resolve(host, port, doing))[0]
        server = socket.socket(family, socket.SOCK_STREAM)
        try:
            server.setblocking(False)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bind_port(server, address)
            server.listen(BACKLOG)
        except OSError as error:
            server.close()
            raise LinkUnavailable(*explain(error, doing)) from None
        tap = new_tap(recorder, "listen", src, dst)
        tap.layer = "tcp"
        return IpListener(server, tap)

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
        """Open a UDP port: on all addresses of the interface when it joins a `group`, else on `host` (None: its
        link-local address, or ::1 without an interface). Raises LinkUnavailable with the remedy."""
        own = host or self._own_host()
        doing = f"open UDP port {format_address(own, port)}"
        family, address = (await self._resolve(own, port, doing))[0]
        if group is not None and not self._scope:
            raise LinkUnavailable("interface", f"cannot join {group}: choose the interface that the cable is on")
        if group is not None:
            address = ("::", port, 0, 0)
        end = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6:
                end.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, _HOP_LIMIT)
                if self._scope:
                    end.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self._scope)
            if group is not None and self.interface is not None:
                with contextlib.suppress(PermissionError):  # older kernels want a capability for it; all else works
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self.interface.encode())
                member = socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", self._scope)
                end.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
            bind_port(end, address)
            pipe = SocketDatagramPipe(end, self._scope)
        except OSError as error:
            end.close()
            raise LinkUnavailable(*explain(error, doing)) from None
        tap = new_tap(recorder, "udp", src, dst)
        local = (scoped(address)[0] if group is None else own, end.getsockname()[1])
        tap.outgoing(kind="open", name="listening", body={"local": format_address(*local), "group": group})
        return Datagrams(pipe, tap, *local)

    def _own_host(self) -> str:
        if not self.multicast:
            return "::1"
        return f"{self.link_local()}%{self.interface}"

    async def _resolve(self, host: str, port: int, doing: str) -> list[_Target]:
        """Return the addresses of a host, the preferred first. Raises LinkUnavailable."""
        address = ip_address(host)
        if isinstance(address, IPv4Address):
            return [(socket.AF_INET, (str(address), port))]
        if isinstance(address, IPv6Address):
            scope = self._scope
            if address.scope_id:
                scope = int(address.scope_id) if address.scope_id.isdecimal() else interface_index(address.scope_id)
            if not address.is_link_local:
                scope = 0
            elif not scope:
                raise LinkUnavailable(
                    "interface", f"cannot {doing}: a link-local address needs its interface, as in {host}%eth0"
                )
            return [(socket.AF_INET6, (host.partition("%")[0], port, 0, scope))]
        try:
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise LinkUnavailable(
                "address", f"cannot {doing}: the name {host!r} is unknown; write an address or check the name service"
            ) from None
        return [(family, name) for family, _, _, _, name in found]


class IpListener:
    """A TCP port of this host."""

    def __init__(self, server: socket.socket, tap: Tap) -> None:
        self._server = server
        self.host, self.port = scoped(server.getsockname())
        self.tap = tap
        tap.outgoing(kind="open", name="listening", body={"local": format_address(self.host, self.port)})

    async def accept(self) -> Stream:
        """Return the next connection. Raises LinkClosed once the listener is closed, LinkUnavailable out of sockets."""
        await checkpoint()
        while True:
            try:
                connection, name = self._server.accept()
            except BlockingIOError:
                try:
                    await anyio.wait_readable(self._server)
                except anyio.ClosedResourceError:
                    raise self._closed() from None
            except ConnectionError:
                continue  # gone before it was accepted
            except OSError as error:
                if self._server.fileno() < 0:
                    raise self._closed() from None
                raise LinkUnavailable(*explain(error, f"accept on {format_address(self.host, self.port)}")) from None
            else:
                local, peer = format_address(*scoped(connection.getsockname())), format_address(*scoped(name))
                tap = new_tap(self.tap.recorder, "tcp", self.tap.src, self.tap.dst)
                tap.incoming(kind="open", name="accepted", body={"local": local, "peer": peer})
                return Stream(SocketPipe(connection), tap, local, peer)

    async def aclose(self) -> None:
        """Stop listening. Connections that were accepted live on."""
        if self._server.fileno() >= 0:
            anyio.notify_closing(self._server)
            self._server.close()
            self.tap.closed(self.tap.src)

    def _closed(self) -> LinkClosed:
        return LinkClosed("closed", f"nobody listens on {format_address(self.host, self.port)} any more")


async def _first_that_answers(targets: list[_Target]) -> socket.socket:
    """Return a connection to the first of several addresses that takes one. Raises the OSError of the last."""
    for number, (family, address) in enumerate(targets, 1):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.setblocking(False)
            bind_port(connection, (_ANY[family], 0))
            await _connect(connection, address)
        except OSError:
            connection.close()
            if number == len(targets):
                raise
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise OSError("the name has no address")


def _ends_of(connection: socket.socket) -> tuple[str, str, SocketPipe]:
    """Return both addresses of a new connection and its pipe. Raises OSError where the peer has broken it off meanwhile."""
    try:
        local, peer = (format_address(*scoped(name)) for name in (connection.getsockname(), connection.getpeername()))
        return local, peer, SocketPipe(connection)
    except OSError:
        connection.close()
        raise


async def _connect(connection: socket.socket, address: Any) -> None:
    try:
        connection.connect(address)
    except BlockingIOError:
        await anyio.wait_writable(connection)
        code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, "") from None
