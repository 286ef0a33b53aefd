"""A connected byte pipe with a tap on it, and what every network can do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

import anyio

from v2xconform.links.errors import LinkClosed, LinkError, LinkStalled
from v2xconform.links.tap import Tap
from v2xconform.trace.events import Event
from v2xconform.trace.recorder import Recorder

if TYPE_CHECKING:
    from v2xconform.links.datagram import Datagrams
    from v2xconform.links.tls_facts import TlsFacts

CHUNK: Final = 65536
"""Most bytes that one `Stream.receive` returns."""
SEND_TIMEOUT: Final = 30.0
"""Seconds after which a peer that takes nothing more is given up."""
_LEFT_UNREAD: Final = 16
"""Chunks that are read off at most when a stream is closed with data waiting."""


class Pipe(Protocol):
    """What lies under a `Stream`: memory, a socket, or TLS over another stream. Not tapped."""

    async def receive(self, limit: int) -> bytes:
        """Return at least one byte, b"" at the end of the stream. Raises LinkReset."""

    async def send(self, data: bytes) -> None:
        """Return when all is handed over. Raises LinkReset."""

    def unread(self, limit: int) -> bytes:
        """Return bytes that are there already, b"" when there are none. Never raises."""

    async def finish(self) -> None:
        """Tell the peer that nothing more will come (FIN, close_notify)."""

    def close(self) -> None:
        """Let go of the pipe."""

    def abort(self) -> None:
        """Break the pipe off (RST)."""


class Stream:
    """One connected byte pipe; every chunk, and every end of it, is an event of the actor that holds this end.

    Get one from `Network.connect`, `Listener.accept`, `tls_client` or `tls_server`. Call `receive` until it returns
    b"", then `close`. One task may receive while others send.
    """

    def __init__(self, pipe: Pipe, tap: Tap, local: str, peer: str, tls: "TlsFacts | None" = None) -> None:
        self.tap = tap
        self.local = local
        """Address of this end, as text."""
        self.peer = peer
        """Address of the other end, as text."""
        self.tls = tls
        """Facts of the TLS handshake, None on a plain stream."""
        self.last_event: Event | None = None
        """The event of the bytes that `receive` returned last."""
        self.send_timeout = SEND_TIMEOUT
        self._pipe = pipe
        self._sending = anyio.Lock()
        self._peer_done = self._own_done = self._gone = False

    @property
    def link(self) -> str:
        """Name of the link in the trace."""
        return self.tap.link

    @property
    def recorder(self) -> Recorder | None:
        """Where this end is recorded."""
        return self.tap.recorder

    @property
    def closed(self) -> bool:
        """True once this end was closed, aborted or reset."""
        return self._gone

    async def receive(self, limit: int = CHUNK) -> bytes:
        """Return the next bytes, at most `limit`; b"" when the peer has closed. Raises LinkReset, LinkClosed."""
        self._usable()
        if self._peer_done:
            return b""
        try:
            data = await self._pipe.receive(min(limit, CHUNK))
        except LinkError as error:
            self._broken(error)
            raise
        if data:
            self.last_event = self.tap.received(data)
        elif not self._gone:
            self._peer_done = True
            self.tap.closed(self.tap.dst, body={"half": not self._own_done})
        return data

    async def send(self, data: bytes, *, note: str = "") -> Event | None:
        """Send all of `data` and return its event. Raises LinkReset, LinkStalled, LinkClosed."""
        async with self._sending:
            self._usable()
            if self._own_done:
                raise LinkClosed("closed", f"{self.link}: nothing can be sent after this end said that it was done")
            event = self.tap.sent(data, note=note)
            try:
                with anyio.fail_after(self.send_timeout):
                    await self._pipe.send(data)
            except LinkError as error:
                self._broken(error)
                raise
            except TimeoutError:
                text = (
                    f"{self.link}: {self.peer} took nothing for {self.send_timeout:g} s; the connection is broken off"
                )
                self._drop("reset", {"reason": "stalled"})
                raise LinkStalled("stalled", text) from None
            return event

    async def finish(self) -> None:
        """Say that nothing more will be sent, and go on receiving (half-close)."""
        if self._gone or self._own_done:
            return
        self._own_done = True
        self.tap.closed(self.tap.src, body={"half": not self._peer_done})
        with anyio.move_on_after(self.send_timeout):
            await self._pipe.finish()

    async def close(self) -> None:
        """Close this end in good order; what the peer had sent before is still recorded. Never raises or waits long."""
        if not self._gone:
            try:
                await self.finish()
            finally:  # whoever has no more patience lets go, too
                self.let_go()

    async def abort(self) -> None:
        """Break the connection off with a RST."""
        self.break_off()

    def unread(self, limit: int = CHUNK) -> bytes:
        """Return and record what has arrived and was not received yet, without waiting; b"" when there is nothing."""
        left = b"" if self._gone else self._pipe.unread(min(limit, CHUNK))
        if left:
            self.last_event = self.tap.received(left, note="arrived unread before the close")
        return left

    def let_go(self) -> None:
        """Do what `close` does after `finish`, without waiting."""
        for _ in range(_LEFT_UNREAD):  # unread data would turn the FIN into a RST
            if not self.unread():
                break
        self._gone = True
        self._pipe.close()

    def break_off(self) -> None:
        """Do what `abort` does."""
        if not self._gone:
            self._drop("reset", {})

    @contextmanager
    def in_transit(self) -> Iterator[None]:
        """Break the connection off where the block ends in an error or is cancelled, and has not closed it itself."""
        try:
            yield
        except BaseException:
            self.break_off()
            raise

    def put_under(self, wrap: Callable[[Pipe], Pipe]) -> None:
        """Put something between the tap and the pipe, such as an impairment."""
        self._pipe = wrap(self._pipe)

    async def __aenter__(self) -> "Stream":
        return self

    async def __aexit__(self, *_: object) -> None:
        with anyio.CancelScope(shield=True):
            await self.close()

    def _usable(self) -> None:
        if self._gone:
            raise LinkClosed("closed", f"{self.link}: this end is closed")

    def _broken(self, error: LinkError) -> None:
        if not self._gone and not isinstance(error, LinkClosed):
            self._gone = True
            self.tap.closed(self.tap.dst, "reset", {"reason": error.reason, "text": str(error)})
            self._pipe.close()

    def _drop(self, name: str, body: dict[str, str]) -> None:
        self._gone = True
        self.tap.closed(self.tap.src, name, {**body})
        self._pipe.abort()


class Listener(Protocol):
    """A port that takes connections. Call `accept` as often as wanted, then `aclose`."""

    host: str
    port: int

    async def accept(self) -> Stream:
        """Return the next connection. Raises LinkClosed once the listener is closed."""

    async def aclose(self) -> None:
        """Stop listening. Connections that were accepted live on."""


class Network(Protocol):
    """Where streams and datagrams come from: `MemoryNetwork` or `IpNetwork`."""

    @property
    def multicast(self) -> bool:
        """True where datagrams can go to ff02::1; loopback cannot."""

    async def connect(
        self, host: str, port: int, *, recorder: Recorder | None, src: str, dst: str, timeout: float = 5.0
    ) -> Stream:
        """Connect as actor `src` to actor `dst`, within `timeout` seconds. Raises LinkRefused with the remedy."""

    async def listen(
        self, host: str | None = None, port: int = 0, *, recorder: Recorder | None, src: str, dst: str
    ) -> Listener:
        """Listen as actor `src`; host None is the actor's own address, port 0 any free one. Raises LinkUnavailable."""

    async def datagrams(
        self,
        host: str | None = None,
        port: int = 0,
        *,
        group: str | None = None,
        recorder: Recorder | None,
        src: str,
        dst: str,
    ) -> "Datagrams":
        """Open a datagram end (UDP), joined to a multicast `group` if there is one. Raises LinkUnavailable."""
