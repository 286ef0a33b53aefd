"""Bends: one declared change each to an outgoing message. Quirks are made of them, and so are the wrong messages of
test steps: build valid, then break one thing.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from v2xconform.protocols.exi import ExiEncodeError, codec
from v2xconform.protocols.message import Message
from v2xconform.protocols.v2gtp import encode_frame
from v2xconform.trace.query import rational


class BendError(ValueError):
    """A bend that does not fit the message: the text names the message, the field and what is there instead."""


class FrameFault(BaseModel):
    """What is wrong in the V2GTP header; fields that are left out stay right."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Annotated[int, Field(ge=0, le=255)] = 0x01
    inverse: Annotated[int, Field(ge=0, le=255)] = 0xFE
    payload_type: Annotated[int, Field(ge=0, le=0xFFFF)] | None = None
    length: Annotated[int, Field(ge=0, le=0xFFFFFFFF)] | None = None
    length_change: int = 0


class RpcFault(BaseModel):
    """What is wrong in an OCPP-J frame; fields that are left out stay right."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: int | None = None
    id: str | int | None = None
    action: str | None = None
    extra: list[Any] = []
    """Elements behind the last one."""
    cut: Annotated[int, Field(ge=0, le=5)] = 0
    """So many elements are missing at the end."""
    payload: Any = None
    """In place of the payload: a list, a string …"""


class Bend(BaseModel):
    """One change. All that is given is applied: fields first, then encoding, framing, timing."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    at: str
    """Name of the message that is bent; * and ? stand for any text (``*Res``)."""
    nth: Annotated[int, Field(ge=1)] | None = None
    """Only the nth such message of a session; every one when absent."""
    from_nth: Annotated[int, Field(ge=1)] = 1
    """The nth and all that follow."""
    where: dict[str, Any] = {}
    """Only when these fields of the valid message have these values."""
    set: dict[str, Any] = {}
    """Dotted path -> value; missing parts of the path are made."""
    copy_from: dict[str, str] = {}
    """Dotted path -> dotted path in the same message whose value it takes (after `set`): a time stamp, for instance."""
    remove: list[str] = []
    scale: dict[str, float] = {}
    """Dotted path of a RationalNumber -> factor."""
    shift: dict[str, int] = {}
    """Dotted path of an integer -> what is added."""
    replace: str = ""
    """Send a valid message of this name instead."""
    protocol: str = ""
    """Encode with the schema of another protocol (its payload type goes along)."""
    payload: str | None = None
    """Send these bytes (hexadecimal) in place of the EXI stream."""
    truncate: Annotated[int, Field(ge=0)] = 0
    """Cut so many bytes off the end of the EXI stream."""
    append: str = ""
    """Bytes (hexadecimal) behind the EXI stream, inside the frame."""
    before: str = ""
    """Bytes (hexadecimal) that go out in front of the message, as they are: a frame of another kind, for instance."""
    frame: FrameFault | None = None
    rpc: RpcFault | None = None
    """OCPP: a frame that is broken in these places."""
    text: str | None = None
    """OCPP: send this text in place of the frame; ``{id}`` in it is the message id."""
    binary: bool = False
    """OCPP: send it as a binary message."""
    pieces: Annotated[int, Field(ge=1)] = 1
    """OCPP: send it in so many WebSocket fragments (which good peers do not mind)."""
    delay_s: Annotated[float, Field(ge=0)] = 0.0
    silence: bool = False
    """Do not send it at all."""
    copies: Annotated[int, Field(ge=1, le=100_000)] = 1
    split: Annotated[int, Field(ge=0)] = 0
    """Send it in pieces of so many bytes, 1 ms apart (a legal TCP segmentation: good peers do not mind)."""
    close: Literal["", "fin", "rst", "half"] = ""
    """Close the connection in place of the message; *half*: say that nothing more will come, and go on reading."""
    then_close: Literal["", "fin", "rst"] = ""
    """Close the connection right behind the message."""
    fair: bool = False
    """The change makes another valid message: what follows on it is judged as ever."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to do on the link: exactly one of message, data and close is given."""

    message: Message | None = None
    data: bytes = b""
    shown: Message | None = None
    """For `data`: the message that stood at this place, for the trace."""
    close: Literal["", "fin", "rst", "half"] = ""
    wait_s: float = 0.0
    """To wait before it."""
    split: int = 0
    """For `message`: send it in pieces of so many bytes, which is no deviation."""
    fair: bool = False
    """For `message`: it is none to be marked as wrong on purpose."""
    bend: Bend | None = None
    """For `message`: what an OCPP line has to do to its frame."""


@dataclass(slots=True)
class Bending:
    """The bends of one session of one actor. Ask `plan` for each message that is about to be sent."""

    bends: Sequence[Bend]
    build: Callable[[str], Message]
    """Returns a valid message of a name, for `Bend.replace`."""
    _seen: dict[int, int] = field(default_factory=dict)

    def plan(self, message: Message) -> list[Part]:
        """Return what to send for the message: itself, unless a bend applies."""
        chosen = [bend for number, bend in enumerate(self.bends) if self._applies(number, bend, message)]
        if not chosen:
            return [Part(message=message)]
        parts = [Part(message=message)]
        for bend in chosen:
            parts = _bent(bend, message, self.build)
            if parts and parts[0].message is not None:
                message = parts[0].message
        return parts

    def _applies(self, number: int, bend: Bend, message: Message) -> bool:
        if not fnmatchcase(message.name, bend.at) or any(
            _value_at(message.tree, path) != value for path, value in bend.where.items()
        ):
            return False
        count = self._seen[number] = self._seen.get(number, 0) + 1
        return count == bend.nth if bend.nth is not None else count >= bend.from_nth


def apply_fields(message: Message, bend: Bend) -> Message:
    """Return the message with the field changes of the bend. Raises BendError."""
    if not (bend.set or bend.copy_from or bend.remove or bend.scale or bend.shift or bend.protocol):
        return message
    tree = deepcopy(message.tree)
    for path, value in bend.set.items():
        parent, key = _parent(tree, path, message.name, make=True)
        if isinstance(parent, list) and key == len(parent):
            parent.append(value)
        else:
            parent[key] = value
    for path, source in bend.copy_from.items():
        value = _value_at(tree, source)
        if value is None:
            raise BendError(f"{message.name} has no {source} to copy")
        parent, key = _parent(tree, path, message.name, make=True)
        parent[key] = value
    for path in bend.remove:
        parent, key = _parent(tree, path, message.name)
        if isinstance(parent, dict):
            parent.pop(key, None)
        elif key < len(parent):
            del parent[key]
    for path, factor in bend.scale.items():
        parent, key = _parent(tree, path, message.name)
        number = rational(parent.get(key)) if isinstance(parent, dict) else None
        if number is not None:
            parent[key] = to_rational(number * factor)
    for path, change in bend.shift.items():
        parent, key = _parent(tree, path, message.name)
        if isinstance(parent, dict) and isinstance(parent.get(key), int):
            parent[key] += change
    return Message(bend.protocol or message.protocol, message.name, tree)


def to_rational(number: float) -> dict[str, int]:
    """Return a number as a -20 RationalNumber (xs:short times a power of ten, -3 to 3)."""
    for exponent in range(-3, 4):
        value = round(number / 10.0**exponent)
        if -32768 <= value <= 32767 and (exponent == 3 or abs(value * 10.0**exponent - number) < 1e-9 or exponent >= 0):
            return {"Exponent": exponent, "Value": value}
    raise BendError(f"{number} does not fit a RationalNumber")


def _bent(bend: Bend, message: Message, build: Callable[[str], Message]) -> list[Part]:
    if bend.silence:
        return []
    if bend.close:
        return [Part(close=bend.close, wait_s=bend.delay_s)]
    if bend.replace:
        message = build(bend.replace)
    message = apply_fields(message, bend)
    if bend.payload is not None or bend.truncate or bend.append or bend.frame:
        parts = [Part(data=_raw_frame(bend, message), shown=message, wait_s=bend.delay_s)]
    else:
        parts = [Part(message=message, wait_s=bend.delay_s, split=bend.split, fair=bend.fair, bend=bend)]
    if bend.before:
        parts.insert(0, Part(data=bytes.fromhex(bend.before)))
    parts *= bend.copies
    if bend.then_close:
        parts.append(Part(close=bend.then_close))
    return parts


def _raw_frame(bend: Bend, message: Message) -> bytes:
    if bend.payload is not None:
        payload = bytes.fromhex(bend.payload)
    else:
        try:
            payload = codec(message.protocol).encode(message.name, message.tree)
        except ExiEncodeError as error:
            raise BendError(f"{message.name}: {error}") from None
    payload = payload[: len(payload) - bend.truncate] + bytes.fromhex(bend.append)
    fault = bend.frame or FrameFault()
    length = len(payload) + fault.length_change if fault.length is None else fault.length
    payload_type = fault.payload_type
    if payload_type is None:
        payload_type = PAYLOAD_TYPE_OF[message.protocol]
    return encode_frame(payload_type, payload, version=fault.version, inverse=fault.inverse, length=max(length, 0))


PAYLOAD_TYPE_OF = {
    "supportedappprotocol": 0x8001,
    "din70121": 0x8001,
    "iso15118-2": 0x8001,
    "iso15118-20-common": 0x8002,
    "iso15118-20-ac": 0x8003,
    "iso15118-20-dc": 0x8004,
    "iso15118-20-acdp": 0x8005,
    "iso15118-20-wpt": 0x8006,
}


def _parent(tree: Any, path: str, name: str, make: bool = False) -> tuple[Any, Any]:
    """Return the container that holds the last part of the path, and its key there."""
    *way, last_part = path.split(".")
    for part in way:
        if isinstance(tree, list):
            key: Any = _index(part, tree, path, name)
            tree = tree[key]
        elif isinstance(tree, dict) and (part in tree or make):
            tree = tree.setdefault(part, {})
        elif isinstance(tree, dict):
            return {}, last_part
        else:
            raise BendError(f"{name}: {path!r} leads through {part!r}, which is a plain value")
    if isinstance(tree, list):
        return tree, int(last_part) if last_part.isdecimal() else _index(last_part, tree, path, name)
    if not isinstance(tree, dict):
        raise BendError(f"{name}: {path!r} ends below a plain value")
    return tree, last_part


def _index(part: str, container: list[Any], path: str, name: str) -> int:
    if not part.isdecimal() or int(part) >= len(container):
        raise BendError(f"{name}: {path!r}: {part!r} is not one of the {len(container)} entries (counted from 0)")
    return int(part)


def _value_at(tree: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(tree, list) and part.isdecimal() and int(part) < len(tree):
            tree = tree[int(part)]
        elif isinstance(tree, dict):
            tree = tree.get(part)
        else:
            return None
    return tree
