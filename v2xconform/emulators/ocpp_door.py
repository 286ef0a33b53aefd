"""Odd answers of a CSMS to an opening handshake: what a tester shows to stations, and what bad servers do.

Names: an HTTP status (``401``), *no-subprotocol* and *other-subprotocol* (the upgrade is done all the same), *wrong-accept*
(the key of the handshake is not answered), *garbage*, *endless-headers*, *never*, *reset*.
"""

from typing import Final

import anyio

from v2xconform.judge.context import DELIBERATE
from v2xconform.lab.yaml_lines import LabError
from v2xconform.links.errors import LinkError
from v2xconform.links.stream import Stream
from v2xconform.links.websocket_opening import Decision

RAW_ANSWERS: Final = ("garbage", "endless-headers", "never", "reset")
"""Those that are no HTTP answer at all."""
OTHER_SUBPROTOCOL: Final = "ocpp1.6"
_PATIENCE_S: Final = 60.0
_ENDLESS: Final = 1000
"""Headers, which is more than any client takes."""


def odd_decision(name: str) -> Decision:
    """Return the HTTP answer of a name. Raises LabError for a name that does not exist."""
    if name.isdecimal() and 300 <= int(name) < 600:
        return Decision(int(name), text="the tester says no", note=DELIBERATE)
    if name == "no-subprotocol":
        return Decision(note=DELIBERATE)
    if name == "other-subprotocol":
        return Decision(subprotocol=OTHER_SUBPROTOCOL, note=DELIBERATE)
    if name == "wrong-accept":
        return Decision(headers=(("Sec-WebSocket-Accept", "d3JvbmcgYWNjZXB0IGtleSA="),), note=DELIBERATE)
    raise LabError(f"{name!r} is no answer to an opening handshake; see emulators/ocpp_door.py for the names")


async def answer_raw(stream: Stream, name: str) -> None:
    """Answer with what is no HTTP, and wait for the client to go."""
    with anyio.move_on_after(_PATIENCE_S):
        try:
            if name == "reset":
                await stream.abort()
                return
            await stream.receive()
            if name == "garbage":
                await stream.send(bytes(range(256)) * 4, note=DELIBERATE)
            elif name == "endless-headers":
                await stream.send(b"HTTP/1.1 101 Switching Protocols\r\n", note=DELIBERATE)
                await stream.send(b"X-Header: never ends\r\n" * _ENDLESS, note=DELIBERATE)
            while await stream.receive():
                pass
        except LinkError:
            pass
    await stream.close()
