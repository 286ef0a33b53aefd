"""OCPP-J frames: WebSocket text to frame and back (Part 4, chapter 4). Knows no schema and no session.

`parse` takes whatever arrived and never raises: it returns a `Frame` (with the faults that do not hide its meaning) or an
`Unreadable` that says what is wrong in words. `text_of` writes a frame.
"""

import json
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson

from v2xconform.protocols.ocpp import Version

CALL: Final = 2
CALLRESULT: Final = 3
CALLERROR: Final = 4
CALLRESULTERROR: Final = 5
SEND: Final = 6

TYPES: Final[dict[Version, frozenset[int]]] = {
    "ocpp2.0.1": frozenset({CALL, CALLRESULT, CALLERROR}),
    "ocpp2.1": frozenset({CALL, CALLRESULT, CALLERROR, CALLRESULTERROR, SEND}),
}
"""Message types that a version knows."""
_LENGTH: Final = {CALL: 4, CALLRESULT: 3, CALLERROR: 5, CALLRESULTERROR: 5, SEND: 4}
MAX_ID: Final = 36
"""Characters of a message id at most (Part 4 4.1.4)."""
MAX_DESCRIPTION: Final = 255
"""Characters of an error description at most (Part 4 4.2.3)."""
NO_ID: Final = "-1"
"""Message id of a CALLERROR for a message whose id cannot be read (Part 4 4.2.3)."""

ERROR_CODES: Final = (
    "FormatViolation", "GenericError", "InternalError", "MessageTypeNotSupported", "NotImplemented", "NotSupported",
    "OccurrenceConstraintViolation", "PropertyConstraintViolation", "ProtocolError", "RpcFrameworkError",
    "SecurityError", "TypeConstraintViolation",
)  # fmt: skip
"""Part 4 4.3; `OLD_SPELLING` is that of older texts and of many products."""
OLD_SPELLING: Final = "OccurenceConstraintViolation"

FaultKind = Literal[
    "not-utf8", "not-json", "not-array", "empty", "type", "type-unknown", "elements", "id", "id-length", "action",
    "payload", "payload-null", "code", "code-unknown", "description", "description-length", "details",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a frame."""

    kind: FaultKind
    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A readable frame. Fields that its type does not have are empty."""

    type: int
    id: str
    action: str = ""
    """CALL and SEND: name of the message without Request."""
    payload: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    description: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    """What is wrong with it although its meaning is clear: a long id, an element too many."""

    @property
    def is_error(self) -> bool:
        """True for CALLERROR and CALLRESULTERROR."""
        return self.type in (CALLERROR, CALLRESULTERROR)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Text that is no frame, or one whose meaning is hidden."""

    fault: Fault
    type: int | None = None
    id: str = NO_ID
    """The id where it can be read, else "-1", as an answer has to carry it."""
    action: str = ""
    raw_id: Any = None
    """What stands in the place of an id that is no string."""


def call(message_id: str, action: str, payload: dict[str, Any]) -> Frame:
    """Return a CALL."""
    return Frame(CALL, message_id, action, payload)


def result(message_id: str, payload: dict[str, Any]) -> Frame:
    """Return a CALLRESULT."""
    return Frame(CALLRESULT, message_id, "", payload)


def error(
    message_id: str, code: str, description: str = "", details: dict[str, Any] | None = None, *, kind: int = CALLERROR
) -> Frame:
    """Return a CALLERROR, or with ``kind=CALLRESULTERROR`` the answer to a bad CALLRESULT; too long a text is cut."""
    return Frame(kind, message_id, code=code, description=description[:MAX_DESCRIPTION], details=details or {})


def send(message_id: str, action: str, payload: dict[str, Any]) -> Frame:
    """Return a SEND (2.1)."""
    return Frame(SEND, message_id, action, payload)


def text_of(frame: Frame) -> str:
    """Return the WebSocket text of a frame."""
    if frame.type in (CALL, SEND):
        parts: list[Any] = [frame.type, frame.id, frame.action, frame.payload]
    elif frame.is_error:
        parts = [frame.type, frame.id, frame.code, frame.description, frame.details]
    else:
        parts = [frame.type, frame.id, frame.payload]
    try:
        return orjson.dumps(parts).decode()
    except TypeError:  # what only test steps write: numbers beyond 64 bits, lone surrogates
        return json.dumps(parts, separators=(",", ":"))


def parse(data: str | bytes, version: Version) -> Frame | Unreadable:
    """Return what a WebSocket message says. Never raises."""
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as problem:
        return Unreadable(_no_json(data, problem))
    if not isinstance(found, list):
        return Unreadable(Fault("not-array", f"a message is a JSON array, this is {_kind(found)}"))
    if not found:
        return Unreadable(Fault("empty", "the array is empty: neither message type nor id"))
    return _framed(found, version)


def _no_json(data: str | bytes, problem: orjson.JSONDecodeError) -> Fault:
    if isinstance(data, bytes):
        try:
            data.decode()
        except UnicodeDecodeError as wrong:
            return Fault("not-utf8", f"the text is not UTF-8: {wrong.reason} at byte {wrong.start}")
    return Fault("not-json", f"not JSON: {problem.msg} (character {problem.pos})")


def _framed(found: list[Any], version: Version) -> Frame | Unreadable:
    number = found[0]
    message_id = found[1] if len(found) > 1 and isinstance(found[1], str) else NO_ID
    if type(number) is not int:
        return Unreadable(Fault("type", f"the message type is {_kind(number)}, not a number"), None, message_id)
    action = found[2] if len(found) > 2 and number in (CALL, SEND) and isinstance(found[2], str) else ""
    if number not in TYPES[version]:
        known = ", ".join(str(one) for one in sorted(TYPES[version]))
        text = f"message type {number} does not exist in {version}; there are {known}"
        return Unreadable(Fault("type-unknown", text), number, message_id)

    def hidden(kind: FaultKind, text: str) -> Unreadable:
        raw_id = found[1] if len(found) > 1 and message_id is NO_ID else None
        return Unreadable(Fault(kind, text), number, message_id, action, raw_id)

    if len(found) < 2 or not isinstance(found[1], str):
        what = _kind(found[1]) if len(found) > 1 else "missing"
        return hidden("id", f"the message id is {what}, not a string")
    faults: list[Fault] = []
    if len(message_id) > MAX_ID:
        faults.append(Fault("id-length", f"the message id has {len(message_id)} characters; {MAX_ID} are the most"))
    wanted = _LENGTH[number]
    if len(found) < wanted:
        return hidden("elements", f"message type {number} has {wanted} elements, this one has {len(found)}")
    if len(found) > wanted:
        faults.append(Fault("elements", f"message type {number} has {wanted} elements, this one has {len(found)}"))
    if number in (CALL, SEND) and not isinstance(found[2], str):
        return hidden("action", f"the action is {_kind(found[2])}, not a string")
    if number in (CALLERROR, CALLRESULTERROR):
        return _error(found, faults)
    payload = found[wanted - 1]
    if payload is None:
        faults.append(Fault("payload-null", "the payload is null; an empty payload is written {}"))
        payload = {}
    if not isinstance(payload, dict):
        return hidden("payload", f"the payload is {_kind(payload)}, not an object")
    return Frame(number, message_id, action, payload, faults=tuple(faults))


def _error(found: list[Any], faults: list[Fault]) -> Frame:
    code, description, details = found[2:5]
    if not isinstance(code, str):
        faults.append(Fault("code", f"the error code is {_kind(code)}, not a string"))
    elif code not in ERROR_CODES and code != OLD_SPELLING:
        faults.append(Fault("code-unknown", f"the error code {code!r} does not exist"))
    if not isinstance(description, str):
        faults.append(Fault("description", f"the error description is {_kind(description)}, not a string"))
    elif len(description) > MAX_DESCRIPTION:
        text = f"the error description has {len(description)} characters; {MAX_DESCRIPTION} are the most"
        faults.append(Fault("description-length", text))
    if not isinstance(details, dict):
        faults.append(Fault("details", f"the error details are {_kind(details)}, not an object"))
    return Frame(
        found[0], found[1], code=code if isinstance(code, str) else "",
        description=description if isinstance(description, str) else "",
        details=details if isinstance(details, dict) else {}, faults=tuple(faults),
    )  # fmt: skip


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "a string", int: "a number", float: "a number", list: "an array", dict: "an object"}
    return names.get(type(value), type(value).__name__)
