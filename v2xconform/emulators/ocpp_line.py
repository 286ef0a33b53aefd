"""The line between a party of OCPP and its channel: what the party wants to say goes out, bent where a bend says so."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio
import orjson

from v2xconform.emulators.bends import Bend, Bending, Part
from v2xconform.judge.context import DELIBERATE
from v2xconform.links.errors import LinkError
from v2xconform.links.ocpp import OcppChannel
from v2xconform.links.websocket import Ended
from v2xconform.protocols.message import Message
from v2xconform.protocols.ocpp import CALL_ERROR, CALL_RESULT_ERROR, Version, frames, schemas
from v2xconform.protocols.ocpp.frames import Frame, Unreadable


class Party(Protocol):
    """A station, or the session of a CSMS with one."""

    def receive(self, heard: Frame | Unreadable, now: float) -> None:
        """Take a frame."""

    def outgoing(self) -> Iterable[Frame]:
        """Yield and forget the frames to send."""

    def timer(self) -> float | None:
        """Return when `fire` has something to do."""

    def fire(self, now: float) -> None:
        """Do what is due."""


def build(version: Version) -> Callable[[str], Message]:
    """Return what makes some valid message of a name, for `Bend.replace` and for test steps."""

    def make(name: str) -> Message:
        if name in (CALL_ERROR, CALL_RESULT_ERROR):
            return Message(version, name, {"errorCode": "InternalError", "errorDescription": "", "errorDetails": {}})
        return Message(version, name, schemas.minimal(version, name))

    return make


@dataclass(slots=True)
class OcppLine:
    """One connection. Call `flush` whenever the party may have something to say, `listen` in a task of its own."""

    channel: OcppChannel
    party: Party
    bends: Sequence[Bend] = ()
    marked: bool = False
    """True for a tester: what a bend makes wrong is marked as deliberate."""
    end: Ended | None = None
    deaf: bool = False
    """Reads nothing more: the peer's buffers fill up."""
    _bending: Bending = field(init=False)
    _saying: anyio.Lock = field(default_factory=anyio.Lock)
    _names: dict[str, str] = field(default_factory=dict)
    """Message id of a CALL of the peer -> its action."""

    def __post_init__(self) -> None:
        self._bending = Bending(self.bends, build(self.channel.version))

    def bend(self, *bends: Bend) -> None:
        """Bend what is said from now on as well; nth counts from here."""
        self.bends = [*self.bends, *bends]
        self._bending.bends = self.bends

    def unbend(self, *bends: Bend) -> None:
        """Take bends back that `bend` has added."""
        self.bends = [one for one in self.bends if not any(one is taken for taken in bends)]
        self._bending.bends = self.bends

    async def listen(self, heard: Callable[[], None]) -> Ended:
        """Hand over what arrives until the connection ends; `heard` is called after each frame."""
        while True:
            frame = await self.channel.receive()
            if isinstance(frame, Ended):
                self.end = frame
                return frame
            if isinstance(frame, Frame):
                self.learn(frame)
            self.party.receive(frame, anyio.current_time())
            heard()

    def learn(self, heard: Frame) -> None:
        """Remember what the peer has called, so that bends find the answer by its name."""
        if heard.type == frames.CALL:
            self._names[heard.id] = heard.action
            if len(self._names) > 1000:
                del self._names[next(iter(self._names))]

    async def pass_on(self, frame: Frame | Unreadable, data: bytes, *, text: bool = True) -> None:
        """Send what somebody else has said, byte by byte unless a bend applies. Raises LinkError."""
        async with self._saying:
            if isinstance(frame, Unreadable) or not self.bends:
                await self.channel.send_text(data, note="", text=text)
            else:
                await self._say(frame, data, text=text)

    async def flush(self) -> None:
        """Send what the party wants to say. Never raises: a broken link is heard of by `listen`."""
        async with self._saying:
            for frame in self.party.outgoing():
                try:
                    await self._say(frame)
                except LinkError:
                    return

    async def say(self, frame: Frame, *, note: str = "") -> None:
        """Send a frame past the party, unbent. Raises LinkError."""
        async with self._saying:
            await self.channel.send(frame, note=note)

    def message_of(self, frame: Frame) -> Message:
        """Return a frame as the message that bends and traces know."""
        version = self.channel.version
        if frame.is_error:
            name = CALL_ERROR if frame.type == frames.CALLERROR else CALL_RESULT_ERROR
            tree = {"errorCode": frame.code, "errorDescription": frame.description, "errorDetails": frame.details}
            return Message(version, name, tree)
        if frame.type == frames.CALL:
            return Message(version, f"{frame.action}Request", frame.payload)
        if frame.type == frames.SEND:
            return Message(version, frame.action, frame.payload)
        return Message(version, f"{self._names.get(frame.id, '')}Response", frame.payload)

    async def _say(self, frame: Frame, data: bytes | None = None, *, text: bool = True) -> None:
        """Send a frame as bends want it; `data` is its text where that must not change for nothing."""
        if not self.bends:
            await self.channel.send(frame)
            return
        right = self.message_of(frame)
        said = False
        for part in self._bending.plan(right):
            if part.wait_s:
                await anyio.sleep(part.wait_s)
            if part.close:
                await self._close(part.close)
                return
            if part.message is None:
                await self.channel.send_text(part.data, note=DELIBERATE if self.marked else "")
                continue
            if data is not None and part.bend is None:
                await self.channel.send_text(data, note="", text=text)
                continue
            wrong = (part.message != right or said) and not part.fair  # nothing is said twice
            said = True
            await self._part(part, frame.id, DELIBERATE if self.marked and wrong else "")

    async def _close(self, how: str) -> None:
        if how == "rst":
            await self.channel.websocket.abort()
        elif how == "half":
            await self.channel.websocket.stream.finish()
        else:
            await self.channel.websocket.say_goodbye()

    async def _part(self, part: Part, message_id: str, note: str) -> None:
        assert part.message is not None, "a part without data and close is a message"
        frame, bend = frame_of(part.message, message_id), part.bend
        if bend is None or not (bend.rpc or bend.text is not None or bend.binary):
            await self.channel.send(frame, note=note, pieces=bend.pieces if bend else 1)
            return
        note = DELIBERATE if self.marked else ""
        if bend.text is not None:
            data = bend.text.replace("{id}", message_id).encode()
        else:
            data = _broken(frame, bend)
        await self.channel.send_text(data, note=note, text=not bend.binary)


def frame_of(message: Message, message_id: str) -> Frame:
    """Return the frame of a message; its name says of which type it is."""
    tree: dict[str, Any] = message.tree
    if message.name in (CALL_ERROR, CALL_RESULT_ERROR):
        kind = frames.CALLERROR if message.name == CALL_ERROR else frames.CALLRESULTERROR
        return Frame(
            kind, message_id, code=tree["errorCode"], description=tree["errorDescription"], details=tree["errorDetails"]
        )  # fmt: skip
    if message.name.endswith("Request"):
        return frames.call(message_id, message.name.removesuffix("Request"), tree)
    if message.name.endswith("Response"):
        return frames.result(message_id, tree)
    return frames.send(message_id, message.name, tree)


def _broken(frame: Frame, bend: Bend) -> bytes:
    parts: list[Any] = orjson.loads(frames.text_of(frame))
    fault = bend.rpc
    if fault is None:
        return orjson.dumps(parts)
    if fault.type is not None:
        parts[0] = fault.type
    if fault.id is not None:
        parts[1] = fault.id
    if fault.action is not None and len(parts) > 2:
        parts[2] = fault.action
    if "payload" in fault.model_fields_set:
        parts[-1] = fault.payload
    return orjson.dumps([*parts[: len(parts) - fault.cut], *fault.extra])
