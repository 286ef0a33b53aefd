"""Commands that are typed on standard input while an emulator plays."""

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import anyio


class NotUnderstood(ValueError):  # noqa: N818 - an answer to whoever typed it
    """A command that makes no sense; the text says what would."""


async def obey(obeyed: Callable[[str], None], say: Callable[[str], None]) -> None:
    """Hand over each line of stdin; what is not understood is said, and the next one is waited for. Ends with stdin."""
    send, receive = anyio.create_memory_object_stream[str](100)
    loop = _Loop(send)
    threading.Thread(target=loop.read, args=(sys.stdin.fileno() if _usable() else -1,), daemon=True).start()
    async with receive:
        async for line in receive:
            if line.strip():
                try:
                    obeyed(line.strip())
                except NotUnderstood as problem:
                    say(str(problem))


def _usable() -> bool:
    try:
        return sys.stdin is not None and sys.stdin.fileno() >= 0
    except (OSError, ValueError):
        return False


class _Loop:
    """Reads in a thread of its own: a blocking read must not keep the program from ending."""

    def __init__(self, send: Any) -> None:
        import asyncio

        self._send = send
        self._loop = asyncio.get_running_loop()

    def read(self, number: int) -> None:
        left = b""
        while number >= 0:
            try:
                data = os.read(number, 65536)
            except OSError:
                break
            if not data:
                break
            *lines, left = (left + data).split(b"\n")
            for line in lines:
                self._tell(line)
        if left:
            self._tell(left)
        self._call(self._send.close)

    def _tell(self, line: bytes) -> None:
        self._call(self._give, line.decode(errors="replace"))

    def _give(self, line: str) -> None:
        try:
            self._send.send_nowait(line)
        except (anyio.WouldBlock, anyio.BrokenResourceError, anyio.ClosedResourceError):
            return

    def _call(self, what: Any, *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(what, *arguments)
        except RuntimeError:
            return  # the loop has ended


def number(word: str, what: str) -> int:
    """Return a typed number. Raises NotUnderstood."""
    if not word.isdecimal():
        raise NotUnderstood(f"{word!r} is no number of {what}")
    return int(word)


def request(words: str, actions: frozenset[str], version: Any) -> tuple[str, dict[str, Any]]:
    """Return action and payload of ``ACTION {json}``; without JSON the smallest valid payload. Raises NotUnderstood."""
    from difflib import get_close_matches

    import orjson

    from v2xconform.protocols.ocpp import schemas

    action, _, text = words.partition(" ")
    if action not in actions:
        near = get_close_matches(action, actions, 1)
        raise NotUnderstood(f"{action!r} is no request here; {f'did you mean {near[0]}?' if near else 'type help'}")
    if not text.strip():
        return action, schemas.minimal(version, f"{action}Request")
    try:
        payload = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise NotUnderstood(f"the payload is no JSON: {problem}") from None
    if not isinstance(payload, dict):
        raise NotUnderstood("the payload is no JSON object, as in {}")
    return action, payload
