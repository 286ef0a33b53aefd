"""How a party that is emulated shows what passes: one line for each event, with the time since the start."""

from typing import Any

import typer

from v2xconform.trace.events import Event
from v2xconform.trace.query import response_code

_KINDS = ("message", "undecodable", "fault", "oddity", "close", "timer", "note", "frame", "finding")
_MOST = 100


def show(event: Event) -> None:
    """Show an event of a trace, if it is one for people."""
    if event.kind in _KINDS or event.name in ("established", "failed", "upgrade", "switched", "refused"):
        typer.echo(line_of(event))


def line_of(event: Event) -> str:
    """Return an event as a line."""
    from v2xconform.protocols.ocpp import is_ocpp
    from v2xconform.trace.capture.summary import printable

    more = response_code(event) if event.kind == "message" else ""
    if event.kind == "message" and is_ocpp(event.layer):
        more = shortened(event.body)
    elif event.layer == "websocket" or event.kind in ("undecodable", "fault", "oddity"):
        more = _words(event.body)
    ends = f"{event.src:>7} -> {event.dst:7}" if is_ocpp(event.layer) or event.layer == "websocket" else (
        f"{event.src:>5} -> {event.dst:5}"
    )  # fmt: skip
    return printable(f"{event.seconds:10.4f}  {ends}  {event.layer:20} {event.name} {more}".rstrip())


def shortened(body: Any) -> str:
    """Return the payload of a message as JSON, cut where it gets long."""
    import orjson

    text = orjson.dumps(body).decode()
    return text if len(text) <= _MOST else f"{text[:_MOST]}…({len(text)})"


def _words(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    parts = [
        str(body[name])
        for name in ("target", "status", "subprotocol", "code", "reason", "text", "error")
        if body.get(name)
    ]
    return " ".join(parts)[:200]
