"""Read a capture: the V2GTP and WebSocket messages in it, whichever port, over UDP, TCP and TLS, in the order of the packets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

from v2xconform.protocols import sdp
from v2xconform.trace.capture.dissect import Fragment, Segment, dissect, endpoint, knows_link
from v2xconform.trace.capture.frames import Frame, FrameFinder, frame_in_datagram
from v2xconform.trace.capture.keylog import KeyLog, may_hold_secrets
from v2xconform.trace.capture.packets import Packet, Remark, Secrets, read_packets
from v2xconform.trace.capture.reassembly import Connection, Connections, Stamp
from v2xconform.trace.capture.tls import TlsConversation, is_tls
from v2xconform.trace.capture.websocket import Said, WebSocketTalk, may_be_websocket

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """One V2GTP message of a capture, or one message of a WebSocket."""

    packet: int
    """Number of the packet that completed it."""
    time_ns: int | None
    """Time of that packet, nanoseconds since 1970-01-01 UTC."""
    src: str
    """Address and port, [fe80::1]:50000."""
    dst: str
    connection: int
    """Number of its TCP connection, from 1; 0 for UDP."""
    transport: Literal["udp", "tcp", "tls"]
    payload_type: int | None
    """None for a message of a WebSocket."""
    payload: bytes
    whole: bool = False
    """Whether its TCP connection was seen from the beginning."""
    subprotocol: str = ""
    """Of the WebSocket: ocpp2.0.1 …"""
    text: bool = True
    """False for a binary message of a WebSocket."""


def read_capture(file: BinaryIO, keys: KeyLog | None = None) -> Iterator[Found | Remark]:
    """Yield the V2GTP messages of a pcap or pcapng file, and remarks where something is missing or doubtful.

    `file` must be seekable: secrets inside the capture (Decryption Secrets Blocks, key log lines in datagrams) may
    stand behind the records that they open, so they are collected first. Memory does not grow with the file.
    Raises `CaptureError` if the file is no capture. Hand the messages to `schema_choice.SchemaChoice` next.
    """
    known = keys if keys is not None else KeyLog()
    _collect_secrets(file, known)
    out: list[Found | Remark] = []
    connections = Connections(lambda connection: _Conversation(connection, known, out))
    told: set[int | str] = set()
    for item in read_packets(file):
        if isinstance(item, Remark):
            yield item
        elif isinstance(item, Packet):
            segment = dissect(item.link_type, item.data)
            if segment is None:
                if item.link_type not in told and not knows_link(item.link_type):
                    told.add(item.link_type)
                    yield Remark(item.number, f"link type {item.link_type} is not understood: its packets are left out")
            elif isinstance(segment, Fragment):
                if "fragment" not in told:
                    told.add("fragment")
                    yield Remark(item.number, "IP fragments are not put together: they are left out", lost=False)
            elif segment.transport == "tcp":
                connections.take(segment, item)
                if out:
                    yield from out
                    out.clear()
            else:
                found = _datagram(segment, item)
                if found is not None:
                    yield found
    connections.finish()
    yield from out


def _collect_secrets(file: BinaryIO, keys: KeyLog) -> None:
    """Add the secrets that stand in the capture itself; packets are parsed only if the file seems to hold any."""
    tail = b""
    present = False
    while not present and (chunk := file.read(_CHUNK)):
        present = may_hold_secrets(tail + chunk)
        tail = chunk[-64:]
    file.seek(0)
    if present:
        for item in read_packets(file):
            if isinstance(item, Secrets):
                keys.add(item.text)
            elif isinstance(item, Packet) and may_hold_secrets(item.data):
                segment = dissect(item.link_type, item.data)
                if isinstance(segment, Segment):
                    keys.add(segment.data)
        file.seek(0)


def _datagram(segment: Segment, packet: Packet) -> Found | Remark | None:
    """Return the V2GTP message of a datagram, or what is wrong with one on the SDP port."""
    stamp = Stamp(packet.number, packet.time_ns)
    frame = frame_in_datagram(segment.data, stamp)
    source = endpoint(segment.source, segment.source_port)
    destination = endpoint(segment.destination, segment.destination_port)
    if frame is not None:
        return Found(packet.number, packet.time_ns, source, destination, 0, "udp", frame.payload_type, frame.payload)
    if segment.data and sdp.PORT in (segment.source_port, segment.destination_port):
        wrong = "; ".join(fault.text for fault in sdp.decode(segment.data).faults)
        return Remark(
            packet.number, f"{source} → {destination}: {wrong or 'no SDP message'} ({segment.data[:32].hex()})"
        )
    return None


class _Conversation:
    """One TCP connection: decide what it carries, then find the frames of both directions."""

    def __init__(self, connection: Connection, keys: KeyLog, out: list[Found | Remark]) -> None:
        self._connection = connection
        self._keys = keys
        self._out = out
        self._tls: TlsConversation | None = None
        self._transport: Literal["tcp", "tls"] | None = None
        self._said_where = connection.whole
        self._finders = tuple(self._finder(direction) for direction in (0, 1))
        self._web: WebSocketTalk | None = None
        self._begun = False

    def data(self, direction: int, data: bytes, stamp: Stamp) -> None:
        """Take the next octets of the connection."""
        if self._transport is None:
            self._transport = "tls" if is_tls(data) else "tcp"
            if self._transport == "tls":
                self._tls = TlsConversation(self._connection, self._keys, self)
        if self._tls is not None:
            self._tls.take(direction, data, stamp)
        else:
            self.plain(direction, data, stamp)

    def gap(self, direction: int, missing: int, stamp: Stamp) -> None:
        """Pass a gap on to whatever reads the stream."""
        if self._tls is not None:
            self._tls.gap(direction, missing, stamp)
        else:
            self.plain_gap(direction, missing, stamp)

    def end(self) -> None:
        """Tell both finders that nothing more comes."""
        if self._web is not None:
            self._web.end()
        for finder in self._finders:
            finder.end()

    def plain(self, direction: int, data: bytes, stamp: Stamp) -> None:
        """Take octets of the connection, or plaintext of its TLS."""
        if not self._begun:
            self._begun = True
            if direction == 0 and may_be_websocket(data):
                self._web = WebSocketTalk(self._said, self._web_fault)
        if self._web is not None:
            self._web.take(direction, data, stamp)
        else:
            self._finders[direction].take(data, stamp)

    def plain_gap(self, direction: int, missing: int, stamp: Stamp) -> None:
        """Take note of octets that are missing."""
        if self._web is not None:
            self._web.gap(direction, missing, stamp)
        else:
            self._finders[direction].gap(missing, stamp)

    def _said(self, said: Said) -> None:
        ends = self._connection.ends
        self._out.append(
            Found(
                said.stamp.packet, said.stamp.time_ns, ends[said.direction], ends[1 - said.direction],
                self._connection.number, self._transport or "tcp", None, said.data, self._connection.whole,
                said.subprotocol, said.text,
            )
        )  # fmt: skip

    def _web_fault(self, direction: int, text: str, packet: int, lost: bool) -> None:
        ends = self._connection.ends
        self._out.append(Remark(packet, f"{ends[direction]} → {ends[1 - direction]}: {text}", lost))

    def remark(self, text: str, packet: int, lost: bool) -> None:
        """Write a remark with the ends of the connection in front."""
        client, server = self._connection.ends
        self._out.append(Remark(packet, f"{client} ↔ {server}: {text}", lost))

    def _finder(self, direction: int) -> FrameFinder:
        ends = self._connection.ends
        source, destination = ends[direction], ends[1 - direction]

        def found(frame: Frame) -> None:
            if not self._said_where:
                self._said_where = True
                self.remark("the beginning of the connection is not in the capture", frame.stamp.packet, False)
            self._out.append(
                Found(
                    frame.stamp.packet,
                    frame.stamp.time_ns,
                    source,
                    destination,
                    self._connection.number,
                    self._transport or "tcp",
                    frame.payload_type,
                    frame.payload,
                    self._connection.whole,
                )
            )

        def fault(text: str, packet: int, lost: bool) -> None:
            self._out.append(Remark(packet, f"{source} → {destination}: {text}", lost))

        return FrameFinder(found, fault, whole=self._connection.whole)
