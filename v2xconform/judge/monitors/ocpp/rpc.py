"""The RPC monitor: frames, message ids, one CALL at a time, answers that belong to a request (Part 4, chapter 4)."""

from collections.abc import Iterator
from typing import Any, Final, cast

from v2xconform.judge.context import DELIBERATE, Context
from v2xconform.judge.finding import Finding, Severity, Whose
from v2xconform.protocols.ocpp import CALL_ERROR, Version, ends_connection, frames, is_ocpp
from v2xconform.protocols.ocpp.actions import ACTIONS, UNCONFIRMED, Side
from v2xconform.protocols.ocpp.handshake import identity_of
from v2xconform.trace.events import Event

_FAULTS: Final[dict[str, tuple[str, Severity]]] = {
    "id-length": ("OCPP-MessageId", "MUST"),
    "elements": ("OCPP-Frame", "MUST"),
    "payload-null": ("OCPP-Frame", "SHOULD"),
    "code-unknown": ("OCPP-ErrorCode", "MUST"),
    "code": ("OCPP-ErrorCode", "MUST"),
    "description": ("OCPP-Frame", "MUST"),
    "description-length": ("OCPP-Frame", "MUST"),
    "details": ("OCPP-Frame", "MUST"),
    "binary": ("OCPP-Text", "MUST"),
}
"""Oddity of a readable frame -> (requirement, severity)."""
_GIVEN_UP_S: Final = 2.0
"""A CALL that is not answered for so long may have been given up: the timeout is the sender's own affair."""
_MOST: Final = 100
"""Findings of one requirement: who floods with broken frames breaks it once and for all."""


class RpcMonitor:
    """Follows the calls of both directions on each connection."""

    name = "ocpp-rpc"
    sees_broken = True

    def __init__(self, context: Context) -> None:
        self._sut = context.sut
        self._open: dict[tuple[str, str], dict[str, Event]] = {}
        """(link, sender) -> id -> CALL that is not answered yet."""
        self._used: dict[tuple[str, str], dict[str, Event]] = {}
        """(sender, identity of the station) -> id -> CALL, over all connections."""
        self._identity: dict[str, str] = {}
        """Link -> identity of the station."""
        self._answered: dict[int, Event] = {}
        """Number of a CALL -> its first answer."""
        self._requests: dict[int, Event] = {}
        self._spoiled: dict[str, Event] = {}
        """Link -> what was last broken there, or wrong on purpose: an error may be about it, whatever id it bears."""
        self._results: set[int] = set()
        """CALLs that have a result."""
        self._told: dict[str, int] = {}

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what this event breaks."""
        for finding in self._see(event):
            number = self._told[finding.requirement] = self._told.get(finding.requirement, 0) + 1
            if number <= _MOST:
                yield finding

    def _see(self, event: Event) -> Iterator[Finding]:
        if ends_connection(event.layer, event.kind):
            for key in [key for key in self._open if key[0] == event.link]:
                del self._open[key]
            return
        if event.layer == "websocket" and event.kind == "fault":
            if event.src == self._sut:
                yield Finding("OCPP-WebSocket", "MUST", str((event.body or {}).get("text", event.name)), (event.id,))
            return
        if event.layer == "websocket" and event.name == "upgrade":
            self._identity[event.link] = identity_of(str((event.body or {}).get("target", "")))
        if not is_ocpp(event.layer):
            return
        if event.note == DELIBERATE:
            self._spoil(event)
            return
        whose: Whose = "sut" if event.src == self._sut else "tester"
        body = event.body if isinstance(event.body, dict) else {}
        if event.kind in ("undecodable", "fault"):
            # The id of an error about a broken frame is the text's own puzzle: a doubt, no fault.
            echoed = event.name == "id" and event.link in self._spoiled
            echoed = echoed and event.ref.get("rpc", {}).get("type") == frames.CALLERROR
            severity: Severity = "SHOULD" if echoed else "MUST"
            yield Finding("OCPP-Frame", severity, str(body.get("text", event.name)), (event.id,), whose)
            self._spoiled[event.link] = event
        elif event.kind == "oddity":
            requirement, graded = _FAULTS.get(event.name, ("OCPP-Frame", "MUST"))
            answered = self._requests.get(int(event.ref.get("message", 0)))
            asked = self._requests.get(answered.ref.get("answers", 0)) if answered is not None else None
            if asked is not None and asked.note == DELIBERATE and event.name == "id-length":
                return  # an answer has to carry the id of its request, whatever it is
            yield Finding(requirement, graded, str(body.get("text", event.name)), (event.id,), whose)
        elif event.kind == "message":
            self._requests[event.id] = event
            rpc = event.ref.get("rpc", {})
            if rpc.get("type") == frames.CALL:
                yield from self._called(event, rpc, whose)
            elif rpc.get("type") in (frames.CALLRESULT, frames.CALLERROR):
                yield from self._answer(event, rpc, whose)
            elif rpc.get("type") == frames.SEND and not self._may_say(event, event.name):
                text = f"{event.name} is not for a {event.src} to send"
                yield Finding("OCPP-Direction", "MUST", text, (event.id,), whose)

    def _spoil(self, event: Event) -> None:
        if event.kind in ("message", "undecodable", "fault"):
            self._spoiled[event.link] = event
            self._requests[event.id] = event
            rpc = event.ref.get("rpc", {})
            if rpc.get("type") != frames.CALL:  # a wrong answer is an answer
                self._open.get((event.link, event.dst), {}).pop(str(rpc.get("id")), None)

    def _may_say(self, event: Event, action: str) -> bool:
        version = cast(Version, event.layer)
        side = cast(Side, event.src)
        return action in ACTIONS[version][side] or (side == "station" and action in UNCONFIRMED[version])

    def _called(self, event: Event, rpc: dict[str, Any], whose: Whose) -> Iterator[Finding]:
        key, message_id = (event.link, event.src), str(rpc.get("id"))
        action = event.name.removesuffix("Request")
        if not self._may_say(event, action):
            text = f"{action} is not for a {event.src} to send"
            yield Finding("OCPP-Direction", "MUST", text, (event.id,), whose)
        waiting = self._open.setdefault(key, {})
        while waiting:  # in the order in which they were sent
            number, other = next(iter(waiting.items()))
            if event.seconds - other.seconds < _GIVEN_UP_S:
                text = f"{event.name} was sent while {other.name} was not answered yet"
                yield Finding("OCPP-OneCall", "MUST", text, (other.id, event.id), whose)
                break
            del waiting[number]
        used = self._used.setdefault((event.src, self._identity.get(event.link, "")), {})
        before = used.get(message_id)
        # A message that has failed may be sent again with its id (errata 2024-09, 4.6); one that was answered has not.
        again = (
            before is not None
            and (before.name, before.body) == (event.name, event.body)
            and before.id not in self._results
        )
        if before is not None and not again:
            text = f"the message id {message_id!r} of {event.name} was used before, for {before.name}"
            yield Finding("OCPP-MessageId", "MUST", text, (before.id, event.id), whose)
        waiting.pop(message_id, None)
        used[message_id] = waiting[message_id] = event

    def _answer(self, event: Event, rpc: dict[str, Any], whose: Whose) -> Iterator[Finding]:
        message_id = str(rpc.get("id"))
        asked = self._open.get((event.link, event.dst), {}).pop(message_id, None)
        asked = asked or self._requests.get(event.ref.get("answers", 0))
        if asked is not None:
            twin = self._answered.setdefault(asked.id, event)
            if twin is not event:
                text = f"{event.name} answers a request that {twin.name} had answered already"
                yield Finding("OCPP-Unsolicited", "MUST", text, (twin.id, event.id), whose)
            elif rpc.get("type") == frames.CALLRESULT:
                self._results.add(asked.id)
        elif event.name != CALL_ERROR or (message_id != frames.NO_ID and event.link not in self._spoiled):
            # An error may be about something that could not be read; the framing test cases look at it.
            text = f"{event.name} with the message id {message_id!r} answers nothing that was asked"
            yield Finding("OCPP-Unsolicited", "MUST", text, (event.id,), whose)

    def end(self, event: Event | None) -> Iterator[Finding]:
        """Nothing: requests that nobody has answered are the business of the timing monitor."""
        return iter(())
