"""Asks a CSMS what it offers: subprotocols, manners of the handshake, compression, the answer to a boot, odd frames.

Each line of the answer has a verdict: PASS, WARN (allowed, or disputed between documents), FAIL, or none where it is a fact only.
The sender's faults here are deliberate and few; a probe takes a few seconds and some ten connections.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

import anyio

from v2xconform.links.addresses import format_address
from v2xconform.links.errors import LinkError
from v2xconform.links.ocpp import OcppChannel
from v2xconform.links.stream import Network, Stream
from v2xconform.links.tls import TlsPolicy, tls_client
from v2xconform.links.websocket import Ended, WebSocket
from v2xconform.links.websocket_opening import WebSocketRefused, ws_client
from v2xconform.protocols.ocpp import VERSIONS, Version, frames
from v2xconform.protocols.ocpp.frames import Frame, Unreadable
from v2xconform.protocols.ocpp.handshake import Endpoint, basic
from v2xconform.trace.recorder import Recorder

Verdict = Literal["", "PASS", "WARN", "FAIL"]
OFFERED: Final = ("ocpp2.1", "ocpp2.0.1", "ocpp1.6")
UNKNOWN: Final = "ocpp9.9"
_STAYS_S: Final = 1.5
"""How long a socket that should be closed at once is watched."""
_CODES: Final = {
    "unknown action": ("NotImplemented",),
    "missing field": ("OccurrenceConstraintViolation", "OccurenceConstraintViolation", "ProtocolError", "FormatViolation"),
    "wrong type of a field": ("TypeConstraintViolation", "FormatViolation", "PropertyConstraintViolation"),
    "wrong direction": ("NotSupported", "NotImplemented"),
}  # fmt: skip
"""Error codes that fit a probe (Part 4 4.3)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was found out."""

    what: str
    seen: str
    verdict: Verdict = ""
    where: str = ""
    """Where it is demanded."""


@dataclass(slots=True)
class Found:
    """All of it."""

    target: str
    lines: list[Line] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """FAIL when something is against the documents."""
        return "FAIL" if any(line.verdict == "FAIL" for line in self.lines) else "PASS"

    def tree(self) -> dict[str, Any]:
        """Return it as JSON."""
        rows = [{"what": one.what, "seen": one.seen, "verdict": one.verdict, "where": one.where} for one in self.lines]
        return {"target": self.target, "verdict": self.verdict, "lines": rows}


@dataclass(slots=True)
class OcppProbe:
    """One probe of one CSMS; call `run`."""

    network: Network
    recorder: Recorder | None
    target: Endpoint
    identity: str
    password: str = ""
    tls: Callable[[], TlsPolicy | None] = lambda: None
    patience_s: float = 2.0
    found: Found = field(init=False)
    _number: int = 0

    def __post_init__(self) -> None:
        self.found = Found(self.target.url())

    async def run(self) -> Found:
        """Return what was found out. Raises LinkError when the CSMS cannot be reached at all."""
        stream = await self._stream()
        if stream.tls is not None:
            facts = stream.tls
            self._add("TLS", f"{facts.version}, {facts.suite}", "")
        await stream.close()
        spoken = [one for one in OFFERED if await self._offers(one)]
        await self._both([one for one in spoken if one in VERSIONS])
        await self._stranger("no subprotocol offered", ())
        await self._stranger(f"only {UNKNOWN} offered", (UNKNOWN,))
        version: Version | None = next((one for one in VERSIONS[::-1] if one in spoken), None)
        if version is None:
            self._add("OCPP 2.0.1 or 2.1", "neither is accepted", "FAIL")
            return self.found
        await self._deflate(version)
        if self.password:
            await self._wrong_password(version)
        await self._talk(version)
        return self.found

    def _add(self, what: str, seen: str, verdict: Verdict, where: str = "") -> None:
        self.found.lines.append(Line(what, seen, verdict, where))

    # ---- connections

    async def _stream(self) -> Stream:
        where = self.target
        stream = await self.network.connect(where.host, where.port, recorder=self.recorder, src="station", dst="csms")
        policy = self.tls()
        return await tls_client(stream, policy) if policy is not None else stream

    async def _open(self, offered: tuple[str, ...], *, password: str | None = None, deflate: bool = False) -> WebSocket:
        secret = self.password if password is None else password
        where = self.target
        return await ws_client(
            await self._stream(), where.target(self.identity), format_address(where.host, where.port),
            subprotocols=offered, headers=[("Authorization", basic(self.identity, secret))] if secret else [],
            deflate=deflate,
        )  # fmt: skip

    async def _offers(self, name: str) -> bool:
        try:
            websocket = await self._open((name,))
        except WebSocketRefused as refused:
            self._add(f"offer {name}", f"refused, HTTP {refused.status}" if refused.status else str(refused), "")
            return False
        except LinkError as error:
            self._add(f"offer {name}", str(error), "")
            return False
        taken = websocket.subprotocol == name
        seen = "accepted" if taken else await self._fate(websocket)
        self._add(f"offer {name}", seen, "", "Part 4 3.1.2")
        await websocket.close()
        return taken

    async def _both(self, spoken: list[str]) -> None:
        if len(spoken) < 2:
            return
        chosen = []
        for offered in (tuple(spoken), tuple(reversed(spoken))):
            try:
                websocket = await self._open(offered)
            except LinkError as error:
                chosen.append(str(error))
                continue
            chosen.append(websocket.subprotocol or "none")
            await websocket.close()
        order = "the station's order" if chosen == [spoken[0], spoken[-1]] else "its own order"
        good = all(one in spoken for one in chosen)
        self._add(
            "offer both",
            f"chooses {' and '.join(dict.fromkeys(chosen))}: {order}",
            "PASS" if good else "FAIL",
            "Part 4 3.1.2",
        )

    async def _stranger(self, what: str, offered: tuple[str, ...]) -> None:
        """No common subprotocol: no open socket, whatever the way to it."""
        try:
            websocket = await self._open(offered)
        except WebSocketRefused as refused:
            self._add(what, f"refused, HTTP {refused.status}", "PASS", "Part 4 3.2")
            return
        except LinkError as error:
            self._add(what, str(error), "WARN", "Part 4 3.2")
            return
        fate = await self._fate(websocket)
        self._add(what, fate, "FAIL" if "open" in fate else "PASS", "Part 4 3.2")
        await websocket.close()

    async def _fate(self, websocket: WebSocket) -> str:
        named = f"with {websocket.subprotocol}" if websocket.subprotocol else "without subprotocol"
        with anyio.move_on_after(_STAYS_S):
            while True:
                heard = await websocket.receive()
                if isinstance(heard, Ended):
                    return f"upgraded {named}, then closed ({heard.code})"
        return f"upgraded {named}, and the socket stays open"

    async def _deflate(self, version: Version) -> None:
        try:
            websocket = await self._open((version,), deflate=True)
        except LinkError as error:
            self._add("permessage-deflate", str(error), "FAIL", "Part 4 3.3")
            return
        self._add(
            "permessage-deflate", "accepted" if websocket.deflate else "not accepted, which a CSMS has to",
            "PASS" if websocket.deflate else "FAIL", "Part 4 3.3",
        )  # fmt: skip
        await websocket.close()

    async def _wrong_password(self, version: Version) -> None:
        for what, password in (("wrong password", "v2xconform-not-this-0"), ("no password", "")):
            try:
                websocket = await self._open((version,), password=password)
            except WebSocketRefused as refused:
                self._add(
                    what, f"refused, HTTP {refused.status}", "PASS" if refused.status == 401 else "WARN", "A00.FR.204"
                )
            except LinkError as error:
                self._add(what, str(error), "WARN")
            else:
                self._add(what, "let in", "FAIL", "A00.FR.204")
                await websocket.close()

    # ---- frames

    async def _talk(self, version: Version) -> None:
        try:
            channel = OcppChannel(await self._open((version,)), version)
        except LinkError as error:
            self._add("boot", str(error), "FAIL")
            return
        charging_station = {"model": "probe", "vendorName": "v2xconform"}
        boot = {"reason": "PowerUp", "chargingStation": charging_station}
        answer = await self._ask(channel, frames.call(self._id(), "BootNotification", boot))
        if not isinstance(answer, Frame) or answer.type != frames.CALLRESULT:
            self._add("BootNotification", _seen(answer), "FAIL", "B01.FR.01")
        else:
            self._add("BootNotification", _booted(answer.payload), "PASS", "B01.FR.02")
        for probe in (self._odd_calls, self._odd_texts):
            await self._guarded(channel, probe)
        await channel.close()

    async def _guarded(self, channel: OcppChannel, probe: Callable[[OcppChannel], Awaitable[None]]) -> None:
        try:
            await probe(channel)
        except LinkError as error:
            self._add("connection", f"it broke in the middle of the probes: {error}", "WARN")

    async def _odd_calls(self, channel: OcppChannel) -> None:
        status = {"timestamp": "2026-01-01T00:00:00Z", "connectorStatus": "Available", "evseId": 1}
        calls: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("unknown action", "FlyToTheMoon", {}),
            ("missing field", "StatusNotification", status),
            ("wrong type of a field", "StatusNotification", status | {"connectorId": "one"}),
            ("wrong direction", "GetVariables", {
                "getVariableData": [{"component": {"name": "EVSE"}, "variable": {"name": "Available"}}],
            }),
        )  # fmt: skip
        for what, action, payload in calls:
            frame = frames.call(self._id(), action, payload)
            answer = await self._ask(channel, frame, note="deliberate")
            if answer is None:
                self._add(what, "no answer (dropped)", "WARN", "FR.03")
            elif isinstance(answer, Frame) and answer.type == frames.CALLERROR:
                fits = answer.code in _CODES[what]
                self._add(what, f"CALLERROR {answer.code}", "PASS" if fits else "WARN", "Part 4 4.3")
            else:
                self._add(what, _seen(answer), "FAIL", "FR.03")

    async def _odd_texts(self, channel: OcppChannel) -> None:
        number = self._id()
        texts = (
            ("text that is no JSON", "[2,", frames.NO_ID),
            ("a CALL without payload", f'[2,"{number}","Heartbeat"]', number),
            ("an id of 40 characters", f'[2,"{"x" * 40}","Heartbeat",{{}}]', ""),
            ("message type 9", f'[9,"{self._id()}",{{}}]', ""),
        )  # fmt: skip
        for what, text, wanted in texts:
            await channel.send_text(text.encode())
            answer = await self._next(channel)
            if answer is None:
                self._add(what, "no answer (dropped)", "PASS" if what == "message type 9" else "WARN", "Part 4 4.2.3")
            elif isinstance(answer, Ended):
                self._add(what, _seen(answer), "WARN", "Part 4 4.2.3")
                return
            elif isinstance(answer, Frame) and answer.type == frames.CALLERROR:
                good = not wanted or answer.id == wanted
                seen = f"CALLERROR {answer.code}" + ("" if good else f" with the id {answer.id!r}, not {wanted!r}")
                self._add(what, seen, "PASS" if good else "WARN", "Part 4 4.2.3")
            else:
                self._add(what, _seen(answer), "WARN", "Part 4 4.2.3")
        alive = await self._ask(channel, frames.call(self._id(), "Heartbeat", {}))
        good = isinstance(alive, Frame) and alive.type == frames.CALLRESULT
        self._add("Heartbeat after all that", "answered" if good else _seen(alive), "PASS" if good else "FAIL", "FR.02")

    def _id(self) -> str:
        self._number += 1
        return f"probe-{self._number}"

    async def _ask(self, channel: OcppChannel, frame: Frame, note: str = "") -> Frame | Unreadable | Ended | None:
        """Return the answer to a CALL, None when there is none; requests of the CSMS are refused meanwhile."""
        await channel.send(frame, note=note)
        with anyio.move_on_after(self.patience_s):
            while True:
                heard = await channel.receive()
                if isinstance(heard, Frame) and heard.type == frames.CALL:
                    await channel.send(frames.error(heard.id, "NotSupported", "this is only a probe"))
                elif not isinstance(heard, Frame) or heard.id in (frame.id, frames.NO_ID):
                    return heard
        return None

    async def _next(self, channel: OcppChannel) -> Frame | Unreadable | Ended | None:
        with anyio.move_on_after(self.patience_s):
            while True:
                heard = await channel.receive()
                if isinstance(heard, Frame) and heard.type == frames.CALL:
                    await channel.send(frames.error(heard.id, "NotSupported", "this is only a probe"))
                else:
                    return heard
        return None


def _seen(answer: Frame | Unreadable | Ended | None) -> str:
    if answer is None:
        return "no answer"
    if isinstance(answer, Ended):
        return f"the connection was ended ({answer.code} {answer.reason})".replace(" )", ")")
    if isinstance(answer, Unreadable):
        return f"an answer that cannot be read: {answer.fault.text}"
    names = {frames.CALLRESULT: "CALLRESULT", frames.CALLERROR: f"CALLERROR {answer.code}"}
    return names.get(answer.type, f"message type {answer.type}")


def _booted(answer: dict[str, Any]) -> str:
    text = f"{answer.get('status')}, interval {answer.get('interval')} s"
    try:
        told = datetime.fromisoformat(str(answer.get("currentTime")).replace("Z", "+00:00"))
        off = (told - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return f"{text}, currentTime {answer.get('currentTime')!r}"
    return f"{text}, clock {off:+.1f} s from ours"
