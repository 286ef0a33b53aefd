"""A trace as a capture for Wireshark, the TLS keys inside. Format: draft-ietf-opsawg-pcapng.

The packets are rebuilt from the `bytes` events, with the times of the events. What TCP really did on the wire
(segments, acknowledgements, retransmissions) is not in a trace: handshakes and sequence numbers are made up, soundly.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

from v2xconform.trace.events import Event
from v2xconform.trace.packets import ACK, FIN, PSH, RST, SEGMENT, SYN, Endpoint, endpoint, tcp_segment, udp_datagram

CAPTURE: Final = "capture.pcapng"
KEY_LOG: Final = "keys.log"

_SECTION: Final = 0x0A0D0D0A
_INTERFACE: Final = 1
_PACKET: Final = 6
_SECRETS: Final = 10
_TLS_KEY_LOG: Final = 0x544C534B
_ETHERNET: Final = 1
_SNAP_LENGTH: Final = 262144
_COMMENT, _TIME_RESOLUTION, _APPLICATION, _INTERFACE_NAME = 1, 9, 4, 2


def write_capture(path: Path, events: Iterable[Event], key_log: Iterable[str] = ()) -> int:
    """Write `path` (capture.pcapng) and keys.log beside it, and return the number of packets.

    Events are taken one by one; what stays in memory is one small state per connection and the key log.
    """
    keys = "".join(f"{line}\n" for line in key_log)
    (path.parent / KEY_LOG).write_text(keys, encoding="ascii")
    count = 0
    with path.open("wb") as file:
        _block(file, _SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _options({_APPLICATION: b"v2xconform"}))
        interface = _options({_INTERFACE_NAME: b"v2xconform trace", _TIME_RESOLUTION: b"\x09"})
        _block(file, _INTERFACE, struct.pack("<HHI", _ETHERNET, 0, _SNAP_LENGTH) + interface)
        if keys:
            secrets = keys.encode("ascii")
            _block(file, _SECRETS, struct.pack("<II", _TLS_KEY_LOG, len(secrets)) + _padded(secrets))
        epoch: int | None = None
        for event, packet in packets(events):
            epoch = _epoch(event) if epoch is None else epoch
            time = max(epoch + event.t_ns, 0)
            comment = f"trace event {event.id}" + (f": {event.note}" if event.note else "")
            header = struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(packet), len(packet))
            _block(file, _PACKET, header + _padded(packet) + _options({_COMMENT: comment.encode()}))
            count += 1
    return count


def packets(events: Iterable[Event]) -> Iterator[tuple[Event, bytes]]:
    """Yield Ethernet frames for the events of a trace, each with the event that it stands for."""
    connections: dict[str, _Connection] = {}
    live: dict[tuple[Endpoint, Endpoint], _Connection] = {}
    for event in events:
        if event.kind == "bytes" and event.layer == "udp" and event.raw is not None:
            yield event, _datagram(event, event.raw)
        elif event.kind == "bytes" and event.layer == "ethernet" and event.raw is not None:
            yield event, event.raw
        elif event.layer != "tcp":
            continue
        elif event.kind == "open" and event.name in ("connected", "accepted"):
            connection = _opened(event)
            ends = (connection.initiator.endpoint, connection.acceptor.endpoint)
            connection.twin = live.get(ends)  # a connection whose other end is recorded in this trace too
            live.setdefault(ends, connection)
            connections[event.link] = connection
            for packet in connection.handshake():
                yield event, packet
        elif event.kind in ("bytes", "close") and (event.kind == "bytes" or event.link in connections):
            connection = connections.get(event.link) or connections.setdefault(event.link, _found(event))
            for packet in connection.carry(event):
                yield event, packet
            if connection.over:
                live.pop((connection.initiator.endpoint, connection.acceptor.endpoint), None)


@dataclass(slots=True)
class _End:
    actor: str
    endpoint: Endpoint
    sequence: int
    finished: bool = False


@dataclass(slots=True)
class _Connection:
    """What has to be known of a TCP connection to write its next segment."""

    initiator: _End
    acceptor: _End
    twin: "_Connection | None" = None
    """The same connection as its other end saw it, which is the one that is written."""
    over: bool = False

    def handshake(self) -> Iterator[bytes]:
        one, two = self.initiator, self.acceptor
        if self.twin is not None:
            return
        yield self._segment(one, two, SYN)
        one.sequence += 1
        yield self._segment(two, one, SYN | ACK)
        two.sequence += 1
        yield self._segment(one, two, ACK)

    def carry(self, event: Event) -> Iterator[bytes]:
        if self.twin is not None:
            if event.kind == "close":
                yield from self.twin.carry(event)
                self.over = self.twin.over
            return
        if self.over:
            return
        if event.kind == "bytes":
            source, target = self._ends(event.src)
            data = event.raw or b""
            for at in range(0, len(data), SEGMENT):
                part = data[at : at + SEGMENT]
                yield self._segment(source, target, PSH | ACK, part)
                source.sequence += len(part)
            return
        by = event.body.get("by", event.src) if isinstance(event.body, dict) else event.src
        source, target = self._ends(by)
        if event.name == "reset":
            self.over = True
            yield self._segment(source, target, RST | ACK)
        elif not source.finished:
            source.finished = True
            yield self._segment(source, target, FIN | ACK)
            source.sequence += 1
            yield self._segment(target, source, ACK)
            self.over = target.finished

    def _ends(self, actor: str) -> tuple[_End, _End]:
        pair = (self.initiator, self.acceptor)
        return pair if actor == self.initiator.actor else (pair[1], pair[0])

    @staticmethod
    def _segment(source: _End, target: _End, flags: int, payload: bytes = b"") -> bytes:
        return tcp_segment(
            source.endpoint,
            target.endpoint,
            sequence=source.sequence,
            acknowledge=target.sequence if flags & ACK else 0,
            flags=flags,
            payload=payload,
        )


def _opened(event: Event) -> _Connection:
    local, peer = _address(event.body, "local"), _address(event.body, "peer")
    first, second = (local, peer) if event.name == "connected" else (peer, local)
    return _connection(event, first, second)


def _found(event: Event) -> _Connection:
    """Return a connection whose beginning is not in the trace."""
    return _connection(event, "", "")


def _connection(event: Event, initiator: str, acceptor: str) -> _Connection:
    start = 1_000_000 * (event.id % 1000)  # any number will do; it only must not be the same for every connection
    one = _End(event.src, endpoint(initiator, event.src), start)
    return _Connection(one, _End(event.dst, endpoint(acceptor, event.dst), start + 500_000))


def _datagram(event: Event, payload: bytes) -> bytes:
    source = endpoint(_address(event.body, "from"), event.src)
    target = endpoint(_address(event.body, "to"), event.dst)
    hop_limit = event.body.get("hop_limit", 1) if isinstance(event.body, dict) else 1
    return udp_datagram(source, target, payload, hop_limit)


def _address(body: Any, name: str) -> str:
    return str(body.get(name, "")) if isinstance(body, dict) else ""


def _epoch(event: Event) -> int:
    """Return the nanoseconds from 1970 to the beginning of the trace that an event belongs to."""
    try:
        instant = datetime.fromisoformat(event.utc.replace("Z", "+00:00"))
        since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, TypeError):
        return 0  # a trace without wall-clock times begins in 1970
    return since // timedelta(microseconds=1) * 1000 - event.t_ns


def _block(file: BinaryIO, kind: int, body: bytes) -> None:
    length = 12 + len(body)
    file.write(struct.pack("<II", kind, length) + body + struct.pack("<I", length))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _options(options: dict[int, bytes]) -> bytes:
    written = b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options.items())
    return written + struct.pack("<HH", 0, 0)
