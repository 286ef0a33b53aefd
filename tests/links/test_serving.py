"""Connections whose tasks are cancelled: none stays open."""

import anyio
import pytest

from v2xconform.links import MemoryNetwork, Stream
from v2xconform.links.serving import serve_each
from v2xconform.links.websocket_opening import Decision, ws_server


async def connected() -> tuple[Stream, Stream]:
    network = MemoryNetwork()
    listener = await network.listen(None, 9000, recorder=None, src="csms", dst="station")
    client = await network.connect(listener.host, listener.port, recorder=None, src="station", dst="csms")
    return client, await listener.accept()


class Once:
    """A listener with one connection, which comes in the moment in which everything is cancelled."""

    host, port = "::1", 9000

    def __init__(self, stream: Stream, scope: anyio.CancelScope) -> None:
        self.stream: Stream | None = stream
        self.scope = scope

    async def accept(self) -> Stream:
        if self.stream is None:
            await anyio.sleep_forever()
        assert self.stream is not None
        self.scope.cancel()
        stream, self.stream = self.stream, None
        return stream

    async def aclose(self) -> None:
        pass


@pytest.mark.anyio
async def test_a_task_that_never_began_leaves_no_connection_open() -> None:
    client, server = await connected()
    begun: list[Stream] = []

    async def serve(stream: Stream) -> None:
        begun.append(stream)
        await stream.close()

    async with anyio.create_task_group() as group:
        await serve_each(Once(server, group.cancel_scope), group, serve)
    assert server.closed
    await client.abort()


@pytest.mark.anyio
async def test_a_handshake_that_is_cancelled_breaks_the_connection_off() -> None:
    client, server = await connected()

    async with anyio.create_task_group() as group:
        group.start_soon(ws_server, server, lambda upgrade: Decision(404))
        await anyio.sleep(0.01)
        group.cancel_scope.cancel()
    assert server.closed
    await client.abort()
