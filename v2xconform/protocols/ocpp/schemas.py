"""The JSON schemas of OCPP, read from the package ``ocpp`` (files of the Open Charge Alliance, unmodified, CC BY-ND 4.0).

One of them is known to differ from the published file; `_PATCHES` puts it right. Validation is that of jsonschema-rs, all
errors with their paths, and each error knows the OCPP error code that it deserves (Part 4 4.3).
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, Final

import jsonschema_rs
import orjson

from v2xconform.protocols.ocpp import Version

_PACKAGES: Final[dict[Version, str]] = {"ocpp2.0.1": "ocpp.v201", "ocpp2.1": "ocpp.v21"}
_PATCHES: Final[dict[tuple[Version, str], dict[str, Any]]] = {
    # The package says 7500; Part 3 of 2.0.1 Edition 3 and Part 2 say 5600.
    ("ocpp2.0.1", "Get15118EVCertificateResponse"): {"properties": {"exiResponse": {"maxLength": 5600}}},
}
MOST_VIOLATIONS: Final = 50
"""So many places are named: a message of megabytes can be wrong in each of its fields."""
_MOST_TEXT: Final = 300
"""Characters of a violation's text; the validator quotes the value, however long it is."""
_CODES: Final = {
    "Required": "OccurrenceConstraintViolation",
    "MinItems": "OccurrenceConstraintViolation",
    "MaxItems": "OccurrenceConstraintViolation",
    "Type": "TypeConstraintViolation",
    "AdditionalProperties": "FormatViolation",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One place at which a tree breaks its schema."""

    path: str
    """Dotted, as in ``chargingStation.model``; empty for the payload itself."""
    text: str
    code: str
    """OCPP error code that fits."""

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


@cache
def names(version: Version) -> frozenset[str]:
    """Return the names of all messages that have a schema."""
    folder = files(_PACKAGES[version]) / "schemas"
    return frozenset(one.name.removesuffix(".json") for one in folder.iterdir() if one.name.endswith(".json"))


@cache
def schema(version: Version, name: str) -> dict[str, Any]:
    """Return the schema of a message. Raises KeyError for a name without one."""
    if name not in names(version):
        raise KeyError(f"{version} has no message {name}")
    path = files(_PACKAGES[version]) / "schemas" / f"{name}.json"
    tree: dict[str, Any] = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    return _patched(tree, _PATCHES.get((version, name), {}))


def _patched(tree: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    for key, value in patch.items():
        tree[key] = _patched(tree[key], value) if isinstance(value, dict) else value
    return tree


@cache
def _validator(version: Version, name: str) -> Any:
    return jsonschema_rs.validator_for(schema(version, name))


def is_valid(version: Version, name: str, tree: Any) -> bool:
    """Tell whether a tree obeys the schema of a message; a name without a schema is never valid."""
    return name in names(version) and bool(_validator(version, name).is_valid(tree))


def violations(version: Version, name: str, tree: Any) -> list[Violation]:
    """Return the places at which a tree breaks the schema of a message, `MOST_VIOLATIONS` of them at most.

    Raises KeyError for a name without schema.
    """
    if name not in names(version):
        raise KeyError(f"{version} has no message {name}")
    validator = _validator(version, name)
    if validator.is_valid(tree):
        return []
    return [
        Violation(
            ".".join(str(part) for part in error.instance_path),
            _short(error.message),
            _CODES.get(type(error.kind).__name__, "PropertyConstraintViolation"),
        )
        for error in islice(validator.iter_errors(tree), MOST_VIOLATIONS)
    ]


def _short(text: str) -> str:
    half = _MOST_TEXT // 2
    return text if len(text) <= _MOST_TEXT else f"{text[:half]} … {text[-half:]}"


def resolved(root: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of a schema with its reference followed."""
    reference = part.get("$ref", "")
    return root["definitions"][reference.rpartition("/")[2]] if reference else part


def minimal(version: Version, name: str) -> dict[str, Any]:
    """Return the smallest valid tree of a message: required fields only, the first of each enumeration.

    For test steps and bends that need *some* message of a name. Raises KeyError for a name without schema.
    """
    root = schema(version, name)
    tree: dict[str, Any] = _minimal(root, root)
    return tree


def _minimal(root: dict[str, Any], part: dict[str, Any]) -> Any:
    part = resolved(root, part)
    kind = part.get("type")
    if "enum" in part:
        return part["enum"][0]
    if kind == "object":
        return {key: _minimal(root, part["properties"][key]) for key in part.get("required", ())}
    if kind == "array":
        return [_minimal(root, part["items"]) for _ in range(max(1, part.get("minItems", 1)))]
    if kind == "string":
        return "2026-01-01T00:00:00Z" if part.get("format") == "date-time" else "0"
    if kind == "boolean":
        return False
    return int(max(0, part.get("minimum", 0)))
