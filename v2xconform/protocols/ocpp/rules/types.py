"""Rules on data types that JSON schemas cannot say: times, decimals, identifiers, empty values (Part 2, data types)."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from v2xconform.protocols.ocpp.handshake import IDENTITY_CHARACTERS
from v2xconform.protocols.ocpp.rules.rule import Broken, Rule, Tree, leaves

_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(\.(\d+))?(Z|z|[+-]\d{2}:\d{2})"
)  # RFC 3339; a blank in place of T is what the RFC calls an application's own choice
_TIME_FIELDS: Final = frozenset({
    "timestamp", "currentTime", "generatedAt", "expiryDateTime", "cacheExpiryDateTime", "validFrom", "validTo",
    "startSchedule", "startDateTime", "endDateTime", "retrieveDateTime", "installDateTime", "oldestTimestamp",
    "latestTimestamp", "departureTime", "startTime", "endTime", "scheduleStart", "expiryDate", "time", "nextUpdate",
    "basetime", "timeBase", "triggerTime", "dynUpdateTime",
})  # fmt: skip
MAX_DECIMALS_OF_SECONDS: Final = 3


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
    for path, value in leaves(tree):
        if path.rpartition(".")[2] in _TIME_FIELDS and isinstance(value, str):
            problem = time_problem(value)
            if problem:
                yield Broken(path, problem)


def _utc(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, value in leaves(tree):
        if path.rpartition(".")[2] in _TIME_FIELDS and isinstance(value, str):
            found = _TIME.fullmatch(value)
            if found and found[5] not in ("Z", "z"):
                yield Broken(path, f"{value!r} is not in UTC with Z, as is strongly recommended")


def _empties(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """An absent optional field is left out: null, {} and [] do not stand for it (Part 4 4.1.5)."""
    for path, value in _containers(tree):
        if value is None or value == []:
            yield Broken(path, f"{'null' if value is None else 'an empty list'} stands where the field is left out")


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
    Rule("OCPP-EmptyField", "*", _empties),
    Rule("OCPP-Decimal", "SetChargingProfileRequest", _decimals_to_station),
    Rule("OCPP-Identifier", "*", _tokens),
)
"""Ids that begin with OCPP- are our own names for rules that Part 2 and Part 4 state without a number."""
