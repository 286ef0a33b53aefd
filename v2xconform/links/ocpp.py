"""A channel of OCPP-J frames over a WebSocket: every frame recorded both ways, answers tied to what they answer.

A message event has the version as its layer, the message's name (``BootNotificationRequest``), the payload as its body and
the text as its raw bytes; ``ref.rpc`` holds message type and id. A CALLERROR is named `CallError`, its body holds
errorCode, errorDescription and errorDetails. Text that is no frame becomes an ``undecodable`` (not JSON) or a ``fault``.
"""

from typing import Any, Final

from v2xconform.links.websocket import Ended, WebSocket
from v2xconform.protocols.ocpp import CALL_ERROR, CALL_RESULT_ERROR, Version, frames
from v2xconform.protocols.ocpp.frames import Frame, Unreadable
from v2xconform.trace.events import Event

_NO_TEXT: Final = ("not-utf8", "not-json")
UNKNOWN_ANSWER: Final = "CallResult"
"""Name of an answer whose request was never seen."""
_REMEMBERED: Final = 4096
"""Calls of one side whose answers can still be named."""


class OcppChannel:
    """Send and receive frames. One task may receive while others send."""

    def __init__(self, websocket: WebSocket, version: Version) -> None:
        self.websocket = websocket
        self.version = version
        self.last_event: Event | None = None
        """The event of what `receive` returned last; None without a recorder."""
        self.last_heard: tuple[bytes, bool] = (b"", True)
        """What `receive` returned last as it came, and whether it was a text message."""
        self._said: dict[str, tuple[str, int]] = {}
        """Own message id -> (action, number of its event)."""
        self._heard: dict[str, tuple[str, int]] = {}
        self._recorded = websocket.tap.recorder is not None

    async def receive(self) -> Frame | Unreadable | Ended:
        """Return the next frame, unreadable text, or the end; never raises for anything that a peer does."""
        heard = await self.websocket.receive()
        if isinstance(heard, Ended):
            return heard
        self.last_heard = heard.data, heard.text
        frame = frames.parse(heard.data, self.version)
        if self._recorded:
            ref: dict[str, Any] = {"bytes": list(heard.events)} if heard.events else {}
            self.last_event = self._record(frame, heard.data, ref, "", own=False)
            if not heard.text:
                linked = ref | ({"message": self.last_event.id} if self.last_event else {})
                body = {"code": "binary", "text": "the message came in a binary frame; OCPP-J uses text", "path": ""}
                self.websocket.tap.incoming(kind="oddity", layer=self.version, name="binary", body=body, ref=linked)
        return frame

    async def send(self, frame: Frame, *, note: str = "", pieces: int = 1) -> Event | None:
        """Send a frame and return its event. Raises LinkError."""
        return await self._send(frames.text_of(frame).encode(), frame, note, pieces=pieces)

    async def send_text(
        self, data: bytes, *, note: str = "deliberate", text: bool = True, pieces: int = 1
    ) -> Event | None:
        """Send any bytes as one WebSocket message; what they amount to is recorded. Raises LinkError."""
        return await self._send(data, frames.parse(data, self.version), note, text=text, pieces=pieces)

    async def _send(
        self, data: bytes, frame: Frame | Unreadable, note: str, *, text: bool = True, pieces: int = 1
    ) -> Event | None:
        carried = await self.websocket.send(data, text=text, note=note, pieces=pieces)
        if not self._recorded:
            return None
        return self._record(frame, data, {"bytes": [carried.id]} if carried else {}, note, own=True)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the WebSocket in good order. Never raises."""
        await self.websocket.close(code, reason)

    # ---- recording

    def _record(self, frame: Frame | Unreadable, data: bytes, ref: dict[str, Any], note: str, *, own: bool) -> Event:
        tap = self.websocket.tap
        add = tap.outgoing if own else tap.incoming
        ref = ref | {"rpc": {"type": frame.type, "id": frame.id}}
        common: dict[str, Any] = {"layer": self.version, "raw": data, "ref": ref, "note": note}
        if isinstance(frame, Unreadable):
            fault = frame.fault
            undecodable = fault.kind in _NO_TEXT
            body = {"kind": fault.kind, "text": fault.text, "action": frame.action}
            event = add(
                kind="undecodable" if undecodable else "fault", name="undecodable" if undecodable else fault.kind,
                body=body | ({"error": fault.text} if undecodable else {}), **common,
            )  # fmt: skip
            assert event is not None
            return event
        event = add(kind="message", name=self._name(frame, ref, own), body=_body(frame), **common)
        assert event is not None
        self._remember(frame, event, own)
        for fault in frame.faults:
            body = {"code": fault.kind, "text": fault.text, "path": ""}
            linked = {"message": event.id}
            add(kind="oddity", layer=self.version, name=fault.kind, body=body, ref=linked, note=note)
        return event

    def _name(self, frame: Frame, ref: dict[str, Any], own: bool) -> str:
        if frame.type == frames.CALL:
            return f"{frame.action}Request"
        if frame.type == frames.SEND:
            return frame.action
        asked = (self._heard if own else self._said) if frame.type != frames.CALLRESULTERROR else (
            self._heard if not own else self._said
        )  # fmt: skip
        action, number = asked.get(frame.id, ("", 0))
        if number:
            ref["answers"] = number
        if frame.type == frames.CALLERROR:
            return CALL_ERROR
        if frame.type == frames.CALLRESULTERROR:
            return CALL_RESULT_ERROR
        return f"{action}Response" if action else UNKNOWN_ANSWER

    def _remember(self, frame: Frame, event: Event, own: bool) -> None:
        if frame.type != frames.CALL:
            return
        known = self._said if own else self._heard
        known[frame.id] = (frame.action, event.id)
        if len(known) > _REMEMBERED:
            del known[next(iter(known))]


def _body(frame: Frame) -> dict[str, Any]:
    if frame.is_error:
        return {"errorCode": frame.code, "errorDescription": frame.description, "errorDetails": frame.details}
    return frame.payload
