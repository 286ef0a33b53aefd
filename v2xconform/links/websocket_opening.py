"""The opening handshake of WebSockets, for both ends: `ws_client` and `ws_server` make a `WebSocket` of a stream."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import anyio
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory
from websockets.headers import parse_subprotocol
from websockets.http11 import Request, Response
from websockets.protocol import Protocol
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from v2xconform.links.errors import LinkError
from v2xconform.links.stream import Stream
from v2xconform.links.tap import Tap
from v2xconform.links.websocket import MAX_MESSAGE, QUIET, Upgrade, WebSocket

HANDSHAKE_TIMEOUT: Final = 10.0
"""Seconds within which an opening handshake must be done."""
_WINDOW: Final = 12
"""Bits of the compression window: 4 kB instead of 32 kB a direction, as the library itself does."""


class WebSocketRefused(LinkError):  # noqa: N818 - what happened to the link, as its siblings are named
    """The opening handshake came to nothing; `status` is the HTTP status, 0 when there was none."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__("websocket", text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Decision:
    """What a server answers."""

    status: int = 101
    subprotocol: str = ""
    """Empty: the handshake is completed without the header."""
    text: str = ""
    """Body of a refusal."""
    headers: tuple[tuple[str, str], ...] = ()
    close_code: int = 0
    """Complete the handshake and close at once with this code."""
    note: str = ""
    """Remark for the trace: deliberate, for an answer that is odd on purpose."""


def _facts(headers: Any) -> list[list[str]]:
    return [[str(key), str(value)] for key, value in headers.raw_items()]


def _offered(headers: Any) -> tuple[str, ...]:
    names: list[str] = []
    for value in headers.get_all("Sec-WebSocket-Protocol"):
        try:
            names += parse_subprotocol(value)
        except InvalidHandshake:
            continue
    return tuple(names)


def upgrade_of(request: Request, peer_chain: Sequence[str] = ()) -> Upgrade:
    """Return an opening handshake request as servers are asked about it."""
    headers = tuple((key, value) for key, value in _facts(request.headers))
    return Upgrade(request.path, headers, _offered(request.headers), tuple(peer_chain))


async def ws_client(
    stream: Stream,
    target: str,
    host: str,
    *,
    subprotocols: Sequence[str],
    headers: Sequence[tuple[str, str]] = (),
    accepts: Sequence[str] = (),
    deflate: bool = False,
    max_message: int = MAX_MESSAGE,
    timeout: float = HANDSHAKE_TIMEOUT,
) -> WebSocket:
    """Open a WebSocket as client; `stream` must not be used any more. No subprotocols: none are offered.

    `accepts` are subprotocols that it takes although it does not offer them.

    Raises WebSocketRefused (the server said no, or nonsense) and LinkError; the stream is closed then.
    """
    tap = Tap(stream.recorder, stream.link, stream.tap.src, stream.tap.dst, "websocket")
    protocol = ClientProtocol(
        WebSocketURI(stream.tls is not None, host.rpartition(":")[0] or host, 80, "/", ""),
        subprotocols=[Subprotocol(name) for name in (*subprotocols, *accepts)] or None,
        extensions=[_client_deflate()] if deflate else None,
        max_size=max_message,
        logger=QUIET,
    )
    request = protocol.connect()
    del request.headers["Host"]
    request.headers["Host"] = host
    request.path = target
    if accepts:
        del request.headers["Sec-WebSocket-Protocol"]
        if subprotocols:
            request.headers["Sec-WebSocket-Protocol"] = ", ".join(subprotocols)
    for name, value in headers:
        request.headers[name] = value
    upgrade = upgrade_of(request, ())
    tap.outgoing(kind="handshake", name="upgrade", body={"target": target, "headers": _facts(request.headers)})
    with stream.in_transit():
        try:
            with anyio.fail_after(timeout):
                protocol.send_request(request)
                await stream.send(b"".join(protocol.data_to_send()))
                response = await _response(stream, protocol)
        except TimeoutError:
            await stream.abort()
            raise WebSocketRefused(0, f"{tap.dst} did not answer the opening handshake within {timeout:g} s") from None
        except LinkError:
            await stream.close()
            raise
    body = {
        "status": response.status_code if response else 0,
        "headers": _facts(response.headers) if response else [],
        "subprotocol": protocol.subprotocol or "",
        "text": (response.body or b"").decode(errors="replace")[:500] if response else "",
    }
    problem = protocol.handshake_exc
    if problem is not None or response is None:
        text = f"{tap.dst} refused the WebSocket: {problem or 'the connection was closed'}"
        tap.incoming(kind="handshake", name="refused", body=body | {"error": str(problem or "closed")})
        await stream.close()
        raise WebSocketRefused(int(str(body["status"])), text)
    tap.incoming(kind="handshake", name="switched", body=body | {"deflate": bool(protocol.extensions)})
    opened = WebSocket(stream, protocol, tap, upgrade, protocol.subprotocol or "", bool(protocol.extensions))
    with stream.in_transit():
        await opened.take_rest()
    return opened


async def _feed(stream: Stream, protocol: Protocol) -> bytes:
    """Hand the next bytes to the protocol and return them; none at the end of the stream."""
    data = await stream.receive()
    if data:
        protocol.receive_data(data)
    else:
        protocol.receive_eof()
    return data


async def _response(stream: Stream, protocol: ClientProtocol) -> Response | None:
    while True:
        data = await _feed(stream, protocol)
        events = protocol.events_received()
        for place, event in enumerate(events):
            if isinstance(event, Response):
                protocol.events[:0] = events[place + 1 :]
                return event
        if protocol.handshake_exc is not None or not data:
            return None


async def ws_server(
    stream: Stream,
    decide: Callable[[Upgrade], Decision | Awaitable[Decision]],
    *,
    deflate: bool = True,
    max_message: int = MAX_MESSAGE,
    timeout: float = HANDSHAKE_TIMEOUT,
) -> WebSocket | None:
    """Answer an opening handshake as `decide` says; None when it came to nothing (the stream is closed then).

    Raises LinkError when the connection breaks.
    """
    tap = Tap(stream.recorder, stream.link, stream.tap.src, stream.tap.dst, "websocket")
    protocol = ServerProtocol(
        select_subprotocol=lambda own, offered: Subprotocol(chosen[0]) if chosen and chosen[0] else None,
        subprotocols=[],
        extensions=[server_deflate()] if deflate else None,
        max_size=max_message,
        logger=QUIET,
    )
    chosen: list[str] = []
    with stream.in_transit():
        try:
            with anyio.fail_after(timeout):
                request = await _request(stream, protocol)
        except TimeoutError:
            tap.incoming(kind="fault", name="handshake", body={"kind": "handshake", "text": "no request came in time"})
            await stream.abort()
            return None
    if request is None:
        text = f"{tap.dst} sent no opening handshake: {protocol.handshake_exc or 'the connection was closed'}"
        if stream.tls is not None and stream.last_event is None:
            # Who goes without a word (it may not like our certificate) breaks no rule.
            tap.incoming(kind="note", name=text)
        else:
            tap.incoming(kind="fault", name="handshake", body={"kind": "handshake", "text": text})
        await stream.close()
        return None
    upgrade = upgrade_of(request, stream.tls.peer_chain if stream.tls else ())
    tap.incoming(kind="handshake", name="upgrade", body={"target": request.path, "headers": _facts(request.headers)})
    with stream.in_transit():
        made = decide(upgrade)
        decision = made if isinstance(made, Decision) else await made
    chosen.append(decision.subprotocol)
    response = protocol.accept(request) if decision.status == 101 else protocol.reject(decision.status, decision.text)
    for name, value in decision.headers:
        if name in response.headers:
            del response.headers[name]
        response.headers[name] = value
    protocol.send_response(response)
    body = {
        "status": response.status_code,
        "headers": _facts(response.headers),
        "subprotocol": protocol.subprotocol or "",
        "text": (response.body or b"").decode(errors="replace")[:500],
    }
    switched = response.status_code == 101
    if switched:
        body["deflate"] = bool(protocol.extensions)
    tap.outgoing(kind="handshake", name="switched" if switched else "refused", body=body, note=decision.note)
    with stream.in_transit():
        await stream.send(b"".join(protocol.data_to_send()))
    if not switched:
        await stream.close()
        return None
    opened = WebSocket(stream, protocol, tap, upgrade, protocol.subprotocol or "", bool(protocol.extensions))
    if decision.close_code:
        await opened.close(decision.close_code, "no common subprotocol")
        return None
    with stream.in_transit():
        await opened.take_rest()
    return opened


async def _request(stream: Stream, protocol: ServerProtocol) -> Request | None:
    while True:
        data = await _feed(stream, protocol)
        for event in protocol.events_received():
            if isinstance(event, Request):
                return event
        if protocol.handshake_exc is not None or not data:
            return None


def _client_deflate() -> ClientPerMessageDeflateFactory:
    return ClientPerMessageDeflateFactory(
        server_max_window_bits=_WINDOW, client_max_window_bits=_WINDOW, compress_settings={"memLevel": 5}
    )


def server_deflate() -> ServerPerMessageDeflateFactory:
    """Return what a server does when a client offers permessage-deflate."""
    return ServerPerMessageDeflateFactory(
        server_max_window_bits=_WINDOW, client_max_window_bits=_WINDOW, compress_settings={"memLevel": 5}
    )
