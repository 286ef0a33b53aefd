"""Policies made of blocks: the duties of an OCPP emulator, one frozen dataclass for each functional block.

Quirks and personas override them as nested mappings: ``{transactions: {reports_remote_start_id: false}}``.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from v2xconform.lab.yaml_lines import LabError

P = TypeVar("P")


def with_changes(policy: P, changes: Mapping[str, Mapping[str, Any]]) -> P:
    """Return a policy with fields of its blocks changed. Raises LabError that guesses at mistyped names."""
    for block, values in changes.items():
        _known(block, [one.name for one in fields(policy)], "policy block")  # type: ignore[arg-type]
        if not isinstance(values, Mapping):
            raise LabError(f"policy block {block!r} takes a mapping of fields, not {values!r}")
        part = getattr(policy, block)
        for name in values:
            _known(name, [one.name for one in fields(part)], f"field of policy block {block!r}")
        try:
            checked = _adapter(f"{type(part).__module__}.{type(part).__qualname__}", type(part)).validate_python(
                dict(values)
            )
        except ValidationError as invalid:
            first = invalid.errors()[0]
            where = ".".join(str(one) for one in first["loc"])
            raise LabError(f"policy {block}.{where}: {first['input']!r} does not fit; {first['msg']}") from None
        changed = replace(part, **{name: getattr(checked, name) for name in values})
        policy = replace(policy, **{block: changed})  # type: ignore[type-var]
    return policy


def _known(name: str, names: list[str], what: str) -> None:
    if name not in names:
        near = get_close_matches(name, names, 1)
        right = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"
        raise LabError(f"{name!r} is no {what}; {right}")


_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


def _adapter(name: str, kind: type) -> TypeAdapter[Any]:
    """Return the checker of a block's policy; building one takes milliseconds."""
    if name not in _ADAPTERS:
        _ADAPTERS[name] = TypeAdapter(kind)
    return _ADAPTERS[name]
