"""SDP over datagrams: the car that asks, the charger that answers, and a tester that may do both wrongly.

On a cable the request goes to ff02::1 on one interface with hop limit 1. Loopback has neither multicast nor a
link-local address, so there (an `IpNetwork` without interface) it goes to ::1; the port can be chosen for that reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from v2xconform.links.datagram import Address, Datagrams
from v2xconform.links.stream import Network
from v2xconform.protocols import sdp
from v2xconform.protocols.sdp import SdpMessage
from v2xconform.trace.events import Event
from v2xconform.trace.recorder import Recorder


@dataclass(frozen=True, slots=True)
class SdpDatagram:
    """One datagram that arrived at an SDP port."""

    message: SdpMessage
    """What it says; look at its faults before its tree."""
    source: Address
    """Where it came from; answer there."""
    event: Event | None
    """Its message event, or its first fault where it is no message; None without a recorder."""


class SdpEnd:
    """An SDP port of either side. Get one from `sdp_client` or `sdp_server`; use it as an async context manager."""

    def __init__(self, datagrams: Datagrams, target: Address | None) -> None:
        self.target = target
        """Where requests go; None at a server."""
        self._datagrams = datagrams
        self._tap = datagrams.tap
        self._last_request: Event | None = None

    @property
    def host(self) -> str:
        """Address of this end."""
        return self._datagrams.host

    @property
    def port(self) -> int:
        """UDP port of this end."""
        return self._datagrams.port

    async def request(self, security: str = "TLS", transport: str = "TCP") -> Event | None:
        """Send a SECCDiscoveryReq ("TLS" or "None", or a byte as "0x05"); call `receive` next.

        Raises SdpEncodeError, LinkUnavailable.
        """
        if self.target is None:
            raise ValueError("this end is a server; it has nobody to ask")
        return await self.send(sdp.REQUEST, {"Security": security, "TransportProtocol": transport}, self.target)

    async def respond(self, request: SdpDatagram, tree: Mapping[str, Any]) -> Event | None:
        """Answer a request with a SECCDiscoveryRes. Raises SdpEncodeError, LinkUnavailable."""
        return await self.send(sdp.RESPONSE, tree, request.source, answers=request.event)

    async def send(
        self, name: str, tree: Mapping[str, Any], target: Address, *, answers: Event | None = None, note: str = ""
    ) -> Event | None:
        """Send any SDP message to anyone. Raises SdpEncodeError, LinkUnavailable."""
        return await self.send_bytes(sdp.encode(name, tree), target, answers=answers, note=note)

    async def send_bytes(
        self, data: bytes, target: Address | None = None, *, answers: Event | None = None, note: str = "deliberate"
    ) -> Event | None:
        """Send a datagram as it is; without `target` it goes where requests go. Raises LinkUnavailable."""
        target = target or self.target
        if target is None:
            raise ValueError("a server sends to somebody in particular: give the target")
        carried = await self._datagrams.send(data, target, note=note)
        event = self._record(sdp.decode(data), carried, answers, note, own=True)
        if event is not None and event.name == sdp.REQUEST:
            self._last_request = event
        return event

    async def receive(self, timeout: float | None = None) -> SdpDatagram | None:
        """Return the next datagram, None when `timeout` seconds passed without one. Raises LinkClosed."""
        datagram = await self._datagrams.receive(timeout)
        if datagram is None:
            return None
        message = sdp.decode(datagram.data)
        answers = self._last_request if message.name == sdp.RESPONSE else None
        return SdpDatagram(message, datagram.source, self._record(message, datagram.event, answers, "", own=False))

    async def aclose(self) -> None:
        """Let go of the port. Never raises."""
        await self._datagrams.aclose()

    async def __aenter__(self) -> "SdpEnd":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _record(
        self, message: SdpMessage, carried: Event | None, answers: Event | None, note: str, *, own: bool
    ) -> Event | None:
        add = self._tap.outgoing if own else self._tap.incoming
        ref: dict[str, Any] = {"bytes": [carried.id]} if carried else {}
        first: Event | None = None
        if message.tree:
            linked = ref | ({"answers": answers.id} if answers else {})
            fields = {"body": message.tree, "raw": message.payload, "ref": linked, "note": note}
            first = add(kind="message", layer="sdp", name=message.name, **fields)
            ref = ref | ({"message": first.id} if first else {})
        for fault in message.faults:
            body = {"kind": fault.kind, "text": fault.text}
            event = add(kind="fault", layer="sdp", name=fault.kind, body=body, raw=message.header, ref=ref, note=note)
            first = first or event
        return first


async def sdp_client(
    network: Network,
    *,
    recorder: Recorder | None,
    src: str = "evcc",
    dst: str = "secc",
    target: str | None = None,
    port: int = sdp.PORT,
) -> SdpEnd:
    """Open the car's side; `target` None is ff02::1 on the network's interface, or ::1 on loopback.

    Call `request`, then `receive` with a timeout. Raises LinkUnavailable with the remedy.
    """
    goal = target or (sdp.GROUP if network.multicast else "::1")
    host = None if network.multicast or goal == "::1" else "::"
    datagrams = await network.datagrams(host, recorder=recorder, src=src, dst=dst)
    return SdpEnd(datagrams, (goal, port))


async def sdp_server(
    network: Network,
    *,
    recorder: Recorder | None,
    src: str = "secc",
    dst: str = "evcc",
    host: str | None = None,
    port: int = sdp.PORT,
) -> SdpEnd:
    """Open the charger's side: joined to ff02::1 on the network's interface, or on `host` (loopback: ::1) alone.

    Call `receive`, then `respond`; any number of cars may ask. Raises LinkUnavailable with the remedy.
    """
    group = sdp.GROUP if network.multicast and host is None else None
    return SdpEnd(await network.datagrams(host, port, group=group, recorder=recorder, src=src, dst=dst), None)
