"""What a trace is made of: one event per thing that happened, in the order in which the tester saw it.

The trace of a test case is the only evidence there is: monitors, ``Then`` steps and the report read it and nothing
else, live as well as from a stored run. Its file form is JSON Lines, one event a line, keys in the order of `Event`.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson

from v2xconform.trace import wide_json

Kind = Literal[
    "bytes", "open", "close", "handshake", "frame", "message", "undecodable", "oddity", "fault",
    "timer", "state", "power", "stimulus", "step", "check", "finding", "note", "stall",
]  # fmt: skip

KINDS: Final[dict[str, str]] = {
    "bytes": "bytes as they passed a link; raw holds them, layer is tcp, udp or tls (plaintext)",
    "open": "a link came up (name: connected, accepted, listening); body holds the addresses",
    "close": "a link went down (name: closed, reset, refused, unreachable); body.by is the actor that closed it",
    "handshake": "a TLS handshake message (name as in RFC 8446), or established / failed with the facts in the body; on layer "
    "websocket the opening handshake: upgrade, switched, refused",
    "frame": "a control frame of a WebSocket: ping, pong, close",
    "message": "a decoded protocol message; layer is the protocol, body the tree, raw its payload",
    "undecodable": "a payload that no codec could read; body holds error, bit and path",
    "oddity": "something doubtful in a message that could be decoded; body holds code, text, bit and path",
    "fault": "a broken frame header; body holds kind and text, raw the header",
    "timer": "a timer of a session (body.action: start, expired); body.seconds is its limit",
    "state": "a session of ours reached a state of the sequence table (name)",
    "power": "the power path of an emulated device: volts, amperes, contactor",
    "stimulus": "what was done to the system under test outside the protocol: plug, authorize, stop",
    "step": "a Gherkin step; body.outcome is started, passed, inconclusive, failed or error",
    "check": "what a Then step asked of the trace; body holds expected, observed, met and the events that show it",
    "finding": "a broken or doubtful requirement; body is a Finding",
    "note": "a remark of the tester: calibration, clock, lab",
    "stall": "the tester itself did not run; body.seconds is how long, until the instant of the event",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a trace. Build it with `Recorder.add`, never by hand outside of tests."""

    id: int
    """Number of the event in its trace, from 1."""
    t_ns: int
    """Nanoseconds since the trace began, on the clock of the run (monotonic or virtual)."""
    utc: str
    """The same instant as wall-clock time, ISO 8601 with microseconds and Z."""
    link: str
    """Name of the link it passed (tcp1, udp1 …); empty for what happens inside an actor."""
    src: str
    """The actor that caused it: evcc, secc, tester …"""
    dst: str
    """The actor that it went to; empty where nobody received it."""
    layer: str
    """tcp, udp, tls, v2gtp, a protocol's short name (iso15118-20-dc, sdp …), session, step, judge or lab."""
    kind: Kind
    """One of `KINDS`."""
    name: str
    """What it is: a message name, a step's text, a timer, a state."""
    body: Any = None
    """Plain JSON: the tree of a message, the facts of a handshake, the fields named in `KINDS`."""
    raw: bytes | None = None
    """The bytes themselves; hexadecimal in the file."""
    ref: dict[str, Any] = field(default_factory=dict)
    """Event numbers that it belongs to: bytes (list), answers (the request), message, events (list)."""
    note: str = ""
    """A remark for people."""

    @property
    def seconds(self) -> float:
        """Time since the trace began, in seconds."""
        return self.t_ns / 1e9


def to_line(event: Event) -> bytes:
    """Return the event as one JSON line with its line end; `from_line` reads it back unchanged."""
    fields = {name: getattr(event, name) for name in Event.__slots__}
    fields["raw"] = None if event.raw is None else event.raw.hex()
    return wide_json.dumps(fields) + b"\n"


def from_line(line: bytes | str) -> Event:
    """Read one line of a trace file. Raises ValueError that says what is wrong with the line."""
    try:
        fields = wide_json.loads(line)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"not a JSON object: {error}") from None
    if not isinstance(fields, dict):
        raise ValueError("a trace line must be a JSON object")
    unknown = fields.keys() - set(Event.__slots__)
    missing = {"id", "t_ns", "kind", "name"} - fields.keys()
    if unknown or missing:
        wrong = [f"missing {name}" for name in sorted(missing)] + [f"unknown {name}" for name in sorted(unknown)]
        raise ValueError(f"not a trace event: {', '.join(wrong)}")
    if fields["kind"] not in KINDS:
        raise ValueError(f"kind {fields['kind']!r} is none of {', '.join(KINDS)}")
    defaults = {"utc": "", "link": "", "src": "", "dst": "", "layer": ""}
    raw = fields.get("raw")
    fields["raw"] = None if raw is None else bytes.fromhex(raw)
    return Event(**{**defaults, **fields})
