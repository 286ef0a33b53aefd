"""Rules on data types that JSON schemas cannot say: times, decimals, identifiers, empty values (Part 2, data types)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal

from v2xconform.protocols.ocpp import VERSIONS, schemas
from v2xconform.protocols.ocpp.actions import ACTIONS
from v2xconform.protocols.ocpp.handshake import IDENTITY_CHARACTERS
from v2xconform.protocols.ocpp.rules.rule import Broken, Rule, Tree, leaves

_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(\.(\d+))?(Z|z|[+-]\d{2}:\d{2})"
)  # RFC 3339; a blank in place of T is what the RFC calls an application's own choice
MAX_DECIMALS_OF_SECONDS: Final = 3
MAX_INTEGER: Final = 2**31 - 1
_OF_CSMS: Final = ACTIONS["ocpp2.1"]["csms"] - ACTIONS["ocpp2.1"]["station"]
_DEEPEST: Final = 12


@dataclass(frozen=True, slots=True)
class _Declared:
    """What the schemas say of the fields of a message, by path; ``*`` stands for the places of a list."""

    times: frozenset[str]
    integers: frozenset[str]
    optional: frozenset[str]
    """Objects that may be left out."""


@cache
def _declared(name: str) -> _Declared:
    found: dict[str, set[str]] = {"times": set(), "integers": set(), "optional": set()}
    for version in VERSIONS:
        if name in schemas.names(version):
            root = schemas.schema(version, name)
            _collect(root, root, "", found, 0)
    return _Declared(*(frozenset(found[kind]) for kind in ("times", "integers", "optional")))


def _collect(root: Tree, part: Tree, path: str, found: dict[str, set[str]], depth: int) -> None:
    for key, inner in part.get("properties", {}).items():
        if key == "customData" or depth > _DEEPEST:
            continue
        where = f"{path}.{key}" if path else key
        inner = schemas.resolved(dict(root), inner)
        if inner.get("type") == "array":
            where, inner = f"{where}.*", schemas.resolved(dict(root), inner.get("items", {}))
        elif inner.get("type") == "object" and key not in part.get("required", ()):
            found["optional"].add(where)
        if inner.get("format") == "date-time":
            found["times"].add(where)
        elif inner.get("type") == "integer":
            found["integers"].add(where)
        _collect(root, inner, where, found, depth + 1)


def _place(path: str) -> str:
    return ".".join("*" if part.isdecimal() else part for part in path.split("."))


def _fields(name: str, tree: Tree, kind: Literal["times", "integers"]) -> Iterator[tuple[str, Any]]:
    declared: frozenset[str] = getattr(_declared(name), kind)
    if declared:
        for path, value in leaves(tree):
            if _place(path) in declared:
                yield path, value


def time_problem(text: str) -> str:
    """Return what is wrong with a dateTime, empty when nothing is."""
    found = _TIME.fullmatch(text)
    if found is None:
        return f"{text!r} is no RFC 3339 time"
    try:
        datetime.fromisoformat(f"{found[1]}T{found[2]}")
    except ValueError as error:
        return f"{text!r} is no time: {error}"
    decimals = len(found[4] or "")
    if decimals > MAX_DECIMALS_OF_SECONDS:
        return f"{text!r} has {decimals} decimals of a second; {MAX_DECIMALS_OF_SECONDS} are the most"
    return ""


def _times(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, value in _fields(name, tree, "times"):
        problem = time_problem(value) if isinstance(value, str) else ""
        if problem:
            yield Broken(path, problem)


def _utc(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, value in _fields(name, tree, "times"):
        found = _TIME.fullmatch(value) if isinstance(value, str) else None
        if found and found[5] not in ("Z", "z"):
            yield Broken(path, f"{value!r} is not in UTC with Z, as is strongly recommended")


def _integers(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, value in _fields(name, tree, "integers"):
        if isinstance(value, int | float) and not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
            yield Broken(path, f"{value!r} is no integer of 32 bits")


def _empties(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """An absent optional field is left out: {} does not stand for it (Part 4 4.1.5); null and [] break the schemas."""
    optional = _declared(name).optional
    for path, value in _containers(tree) if optional else ():
        if value == {} and _place(path) in optional:
            yield Broken(path, "an empty object stands where the field is left out")


def _containers(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "customData":
                continue
            where = f"{path}.{key}" if path else key
            yield where, value
            yield from _containers(value, where)
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from _containers(value, f"{path}.{place}")


def _decimals_to_station(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if name.removesuffix("Request") not in _OF_CSMS or not name.endswith("Request"):
        return
    for path, value in leaves(tree):
        if isinstance(value, float):
            decimals = len(f"{value:.12f}".rstrip("0").partition(".")[2])
            if decimals > 6:
                yield Broken(path, f"{value!r} has {decimals} decimals; values for a station have 6 at most")


_TOKEN_CHARACTERS: Final = IDENTITY_CHARACTERS


def _tokens(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, value in leaves(tree):
        if path.rpartition(".")[2] == "idToken" and isinstance(value, str):
            strange = "".join(sorted(set(value) - _TOKEN_CHARACTERS))
            if strange:
                yield Broken(path, f"{value!r} holds {strange!r}, which an identifier must not")


TYPE_RULES: Final = (
    Rule("OCPP-DateTime", "*", _times),
    Rule("OCPP-Utc", "*", _utc, "SHOULD"),
    Rule("OCPP-Integer", "*", _integers),
    Rule("OCPP-EmptyField", "*", _empties, "SHOULD"),
    Rule("OCPP-Decimal", "*", _decimals_to_station),
    Rule("OCPP-Identifier", "*", _tokens),
)
"""Ids that begin with OCPP- are our own names for rules that Part 2 and Part 4 state without a number."""
