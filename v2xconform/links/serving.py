"""Serving a port: a task of its own for every connection."""

from collections.abc import Awaitable, Callable
from typing import NoReturn

import anyio
from anyio.abc import TaskGroup

from v2xconform.links.stream import Listener, Stream


async def serve_each(listener: Listener, group: TaskGroup, serve: Callable[[Stream], Awaitable[None]]) -> NoReturn:
    """Take connections until cancelled; `serve` closes what it is given. Raises LinkClosed, LinkUnavailable as `accept`.

    A task that is cancelled before its first step never runs: its connection is broken off here.
    """
    waiting: set[Stream] = set()

    async def begin(stream: Stream) -> None:
        waiting.discard(stream)
        await serve(stream)

    try:
        while True:
            stream = await listener.accept()
            waiting.add(stream)
            group.start_soon(begin, stream)
    except anyio.get_cancelled_exc_class():
        for stream in waiting:
            stream.break_off()
        raise
