"""PICS: what the system under test claims to support. Three-valued, and unknown stays unknown.

A PICS expression stands in a tag of a test case: ``@pics:DC_BPT&Dynamic``, ``@pics:!TCP``, ``@pics:AC|DC``.
Its value is yes, no or unknown (Kleene logic); only *no* makes a test case NOT_APPLICABLE.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

Answer = Literal["yes", "no", "unknown"]

_TOKEN: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[!&|()])")
_RANK: Final[dict[Answer, int]] = {"no": 0, "unknown": 1, "yes": 2}
_NOT: Final[dict[Answer, Answer]] = {"yes": "no", "no": "yes", "unknown": "unknown"}


class PicsError(ValueError):
    """An expression that cannot be read; the text says where and what was expected."""


def names(expression: str) -> list[str]:
    """Return the PICS names that an expression uses. Raises PicsError."""
    return [token for token in _tokens(expression) if token not in "!&|()"]


def evaluate(expression: str, pics: Mapping[str, Answer]) -> Answer:
    """Return the value of an expression; a name that `pics` lacks is unknown. Raises PicsError."""
    tokens = _tokens(expression)
    value, rest = _either(tokens, pics, expression)
    if rest:
        raise PicsError(f"PICS expression {expression!r}: {rest[0]!r} is not expected here")
    return value


def _tokens(expression: str) -> list[str]:
    tokens, at = [], 0
    text = expression.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise PicsError(f"PICS expression {expression!r}: {text[at]!r} is none of a name, !, &, |, ( and )")
        tokens.append(found[1])
        at = found.end()
    return tokens


def _either(tokens: list[str], pics: Mapping[str, Answer], whole: str) -> tuple[Answer, list[str]]:
    value, rest = _both(tokens, pics, whole)
    while rest and rest[0] == "|":
        other, rest = _both(rest[1:], pics, whole)
        value = max(value, other, key=_RANK.__getitem__)
    return value, rest


def _both(tokens: list[str], pics: Mapping[str, Answer], whole: str) -> tuple[Answer, list[str]]:
    value, rest = _one(tokens, pics, whole)
    while rest and rest[0] == "&":
        other, rest = _one(rest[1:], pics, whole)
        value = min(value, other, key=_RANK.__getitem__)
    return value, rest


def _one(tokens: list[str], pics: Mapping[str, Answer], whole: str) -> tuple[Answer, list[str]]:
    if not tokens:
        raise PicsError(f"PICS expression {whole!r} ends where a name was expected")
    head, rest = tokens[0], tokens[1:]
    if head == "!":
        value, rest = _one(rest, pics, whole)
        return _NOT[value], rest
    if head == "(":
        value, rest = _either(rest, pics, whole)
        if not rest or rest[0] != ")":
            raise PicsError(f"PICS expression {whole!r}: a closing parenthesis is missing")
        return value, rest[1:]
    if head in "&|)":
        raise PicsError(f"PICS expression {whole!r}: {head!r} stands where a name was expected")
    return pics.get(head, "unknown"), rest
