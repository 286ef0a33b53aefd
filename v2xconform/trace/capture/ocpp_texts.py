"""OCPP texts turned into messages with all that is odd about them: frame, schema, rules; and messages into texts."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from v2xconform.protocols.ocpp import CALL_ERROR, CALL_RESULT_ERROR, VERSIONS, Version, frames, rules, schemas
from v2xconform.protocols.ocpp.actions import known_actions
from v2xconform.protocols.ocpp.frames import Frame, Unreadable

UNKNOWN_ANSWER: Final = "CallResult"
"""Name of an answer whose request is not in the input."""
_MOST_OPEN: Final = 65_536


@dataclass(frozen=True, slots=True)
class Read:
    """One text that could be read."""

    version: Version
    name: str
    tree: Any
    rpc: dict[str, Any]
    """Message type and id; of a SEND or CALL the action as it stands there."""
    oddities: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""


class TextReader:
    """Reads texts in the order of the input, so that answers get the name of what they answer."""

    def __init__(self, version: Version | None = None) -> None:
        self._version = version
        self._asked: OrderedDict[tuple[Hashable, str, str], Frame] = OrderedDict()

    def read(
        self, data: bytes, version: str, *, conversation: Hashable = 0, src: str = "", dst: str = "", text: bool = True
    ) -> Read | str:  # fmt: skip
        """Return what a text says, or in words why it says nothing; `version` is that of its connection, or empty."""
        told, note = self._told(data, version)
        frame = frames.parse(data, told)
        if isinstance(frame, Unreadable):
            return f"{told}: {frame.fault.text}"
        asked = self._remember(frame, conversation, src, dst)
        name, tree = _named(frame, asked)
        rpc: dict[str, Any] = {"type": frame.type, "id": frame.id}
        oddities = [] if text else [_odd("binary", "the message came in a binary frame; OCPP-J uses text")]
        oddities += [_odd(fault.kind, fault.text) for fault in frame.faults]
        oddities += _content(told, name, tree, frame, asked)
        return Read(told, name, tree, rpc, oddities, note)

    def _told(self, data: bytes, version: str) -> tuple[Version, str]:
        if self._version is not None:
            return self._version, ""
        if version in VERSIONS:
            return version, ""
        frame = frames.parse(data, "ocpp2.1")
        newer = isinstance(frame, Frame) and (
            frame.type in (frames.CALLRESULTERROR, frames.SEND)
            or (frame.type == frames.CALL and frame.action in known_actions("ocpp2.1") - known_actions("ocpp2.0.1"))
        )
        guessed: Version = "ocpp2.1" if newer else "ocpp2.0.1"
        return guessed, f"version guessed: {guessed}; --protocol names another"

    def _remember(self, frame: Frame, conversation: Hashable, src: str, dst: str) -> Frame | None:
        """Keep a request; return the one that an answer belongs to."""
        if frame.type == frames.CALL:
            self._asked[conversation, src, frame.id] = frame
            if len(self._asked) > _MOST_OPEN:
                self._asked.popitem(last=False)
            return None
        if frame.type == frames.SEND:
            return None
        asker = src if frame.type == frames.CALLRESULTERROR else dst
        return self._asked.get((conversation, asker, frame.id))


def _named(frame: Frame, asked: Frame | None) -> tuple[str, Any]:
    if frame.is_error:
        name = CALL_ERROR if frame.type == frames.CALLERROR else CALL_RESULT_ERROR
        return name, {
            "errorCode": frame.code, "errorDescription": frame.description, "errorDetails": frame.details,
        }  # fmt: skip
    if frame.type == frames.CALL:
        return f"{frame.action}Request", frame.payload
    if frame.type == frames.SEND:
        return frame.action, frame.payload
    return (f"{asked.action}Response" if asked is not None else UNKNOWN_ANSWER), frame.payload


def _content(version: Version, name: str, tree: Any, frame: Frame, asked: Frame | None) -> list[dict[str, Any]]:
    if frame.is_error or name == UNKNOWN_ANSWER:
        return []
    if name not in schemas.names(version):
        return [_odd("unknown-action", f"{version} has no message {name}")]
    broken = [_odd("schema", one.text, one.path) for one in schemas.violations(version, name, tree)]
    if broken:
        return broken
    found = rules.broken(version, name, tree, asked.payload if asked is not None else None)
    return [_odd(rule.requirement, one.text, one.path) for rule, one in found]


def _odd(code: str, text: str, path: str = "") -> dict[str, Any]:
    return {"code": code, "text": text, "bit": 0, "path": path}


def text_of(name: str, tree: Any, rpc: Any, known: str) -> bytes:
    """Return the text of a message; `known` (hex) is what it was read from and is kept where it says the same.

    Raises ValueError that says what is missing.
    """
    if not isinstance(tree, dict):
        raise ValueError("tree: an object with the fields of the payload was expected")
    told = rpc if isinstance(rpc, dict) else {}
    number = told.get("type", _type_of(name))
    message_id = told.get("id", "1")
    if not isinstance(message_id, str) or type(number) is not int:
        raise ValueError("rpc: type is a number (2 CALL, 3 CALLRESULT …) and id a string")
    if number in (frames.CALLERROR, frames.CALLRESULTERROR):
        code, words, details = (tree.get(key, empty) for key, empty in (
            ("errorCode", ""), ("errorDescription", ""), ("errorDetails", {}),
        ))  # fmt: skip
        frame = Frame(number, message_id, code=code, description=words, details=details)
    else:
        action = "" if number == frames.CALLRESULT else name.removesuffix("Request" if number == frames.CALL else "")
        frame = Frame(number, message_id, action, tree)
    try:
        before = bytes.fromhex(known)
    except ValueError:
        before = b""
    if before:
        same = frames.parse(before, "ocpp2.1")
        if isinstance(same, Frame) and (same.type, same.id, same.action, same.payload, same.code, same.description,
                                        same.details) == (frame.type, frame.id, frame.action, frame.payload, frame.code,
                                                          frame.description, frame.details):  # fmt: skip
            return before
    return frames.text_of(frame).encode()


def _type_of(name: str) -> int:
    if name in (CALL_ERROR, CALL_RESULT_ERROR):
        return frames.CALLERROR if name == CALL_ERROR else frames.CALLRESULTERROR
    if name.endswith("Request"):
        return frames.CALL
    return frames.CALLRESULT if name.endswith("Response") or name == UNKNOWN_ANSWER else frames.SEND
