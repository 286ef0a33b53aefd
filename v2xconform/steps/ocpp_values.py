"""Values and expectations in the sentences of OCPP: ``$names``, payloads, and conditions on messages.

A payload is YAML (so JSON too) in a docstring; ``path = value`` pairs change it. In both a text that begins with ``$`` stands
for a value: ``$valid_token`` (a PIXIT of the profile), ``$now``, ``$now+3600``, ``$transaction`` (the last one that was
reported), or a name that a step has noted down. Everything is looked up in the trace, so that a stored run can be judged.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.yaml_lines import LabError
from v2xconform.steps.look import Look, parse_value
from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, messages
from v2xconform.trace.recorder import Recorder

_NOW: Final = re.compile(r"\$now(?:([+-]\d+(?:\.\d+)?))?")
_CONDITION: Final = re.compile(
    r"(?P<path>[\w.*]+)\s*(?P<operator>!=|>=|<=|=|>|<|matches|absent|present)\s*(?P<value>.*)"
)


def pixit(look: Look, name: str) -> Any:
    """Return a PIXIT value. Raises LabError for one that the profile does not have."""
    known = look.context.pixit
    if name not in known:
        raise LabError(f"{name!r} is neither a PIXIT of the profile ({', '.join(known)}) nor noted down by a step")
    value = known[name]
    return int(value) if isinstance(value, float) and value.is_integer() else value  # EVSE 1, not 1.0


def note_down(recorder: Recorder, name: str, value: Any) -> None:
    """Remember a value under a name, for ``$name`` in later sentences."""
    body = {"named": name, "value": value}
    recorder.add(kind="note", layer="lab", name=f"${name} is {json.dumps(value)}", src="tester", body=body)


def filled(look: Look, value: Any, utc: float | None = None) -> Any:
    """Return a value with its ``$names`` replaced; `utc` is the wall clock, which Then steps do not have.

    Raises LabError for a name that nothing has, Inconclusive for a transaction that there is not.
    """
    if isinstance(value, dict):
        return {key: filled(look, one, utc) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(look, one, utc) for one in value]
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    instant = _NOW.fullmatch(value)
    if instant:
        if utc is None:
            raise LabError(f"{value} cannot stand in a Then step: a stored run has no clock")
        moment = datetime.fromtimestamp(utc + float(instant[1] or 0), UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    name = value.removeprefix("$")
    for event in reversed(look.events):
        if event.kind == "note" and isinstance(event.body, dict) and event.body.get("named") == name:
            return event.body["value"]
    return transaction(look) if name == "transaction" else pixit(look, name)


def transaction(look: Look) -> str:
    """Return the transactionId of the last TransactionEventRequest. Raises Inconclusive when there is none."""
    last: Event | None = None
    for event in messages(look.events, name="TransactionEventRequest"):
        last = event
    found = MISSING if last is None else next(values_at(last.body, "transactionInfo.transactionId"), MISSING)
    if found is MISSING:
        raise Inconclusive("no transaction has been reported")
    return str(found)


def payload(text: str) -> dict[str, Any]:
    """Return the payload in a docstring. Raises LabError for what is no YAML mapping."""
    try:
        found = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise LabError(f"the payload is no YAML: {' '.join(str(error).split())}") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise LabError("the payload is no mapping of fields")
    plain: dict[str, Any] = json.loads(json.dumps(found, default=str))
    return plain


_NAMES: Final = ("component.name", "component.instance", "variable.name", "variable.instance")
"""Where upper and lower case say the same (Part 2, ComponentType and VariableType)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a message."""

    path: str
    operator: str
    values: tuple[Any, ...] = ()
    """Alternatives; any of them will do."""

    def __str__(self) -> str:
        shown = " or ".join(one if isinstance(one, str) else json.dumps(one) for one in self.values)
        return f"{self.path} {self.operator}{' ' if shown else ''}{shown}"

    def met(self, tree: Any) -> bool:
        """Tell whether a message fulfils it; of several places (``*`` in the path) one has to."""
        found = list(values_at(tree, self.path))
        if self.operator == "=" and self.path.endswith(_NAMES):
            return any(str(one).casefold() == str(value).casefold() for one in found for value in self.values)
        if self.operator == "absent":
            return not found
        if self.operator == "present":
            return bool(found)
        if self.operator == "!=":
            return bool(found) and all(one not in self.values for one in found)
        return any(_compares(one, self.operator, value) for one in found for value in self.values)


def _compares(found: Any, operator: str, value: Any) -> bool:
    if operator == "=":
        return bool(found == value) and isinstance(found, bool) == isinstance(value, bool)
    if operator == "matches":
        return isinstance(found, str) and re.fullmatch(str(value), found) is not None
    if isinstance(found, bool) or not isinstance(found, int | float) or not isinstance(value, int | float):
        return False
    return {"<": found < value, ">": found > value, "<=": found <= value, ">=": found >= value}[operator]


def conditions(look: Look, text: str) -> list[Condition]:
    """Return ``a.b = X or Y and c absent and d > 3`` as conditions with ``$names`` replaced. Raises LabError."""
    found = []
    for part in text.split(" and "):
        match = _CONDITION.fullmatch(part.strip())
        if match is None:
            raise LabError(
                f"{part!r} is no condition of the form `path = value`, `path > 3`, `path absent` or `path matches …`"
            )
        values: tuple[Any, ...] = ()
        if match["operator"] == "matches":
            values = (match["value"].strip(),)
        elif match["operator"] not in ("absent", "present"):
            values = tuple(filled(look, parse_value(one.strip())) for one in match["value"].split(" or "))
        found.append(Condition(match["path"], match["operator"], values))
    return found


def fits(event: Event, wanted: Sequence[Condition]) -> bool:
    """Tell whether a message fulfils all conditions."""
    return all(condition.met(event.body) for condition in wanted)


def values_at(tree: Any, path: str) -> Any:
    """Yield the values at a dotted path; ``*`` stands for every entry of a list."""
    first, _, rest = path.partition(".")
    if first == "*" and isinstance(tree, list):
        inner = tree
    elif isinstance(tree, list) and first.isdecimal() and int(first) < len(tree):
        inner = [tree[int(first)]]
    elif isinstance(tree, dict) and first in tree:
        inner = [tree[first]]
    else:
        return
    for one in inner:
        if rest:
            yield from values_at(one, rest)
        else:
            yield one


def changed(tree: dict[str, Any], text: str, look: Look, utc: float) -> dict[str, Any]:
    """Return a payload with ``a.b = X and c.0.d = Y`` set; missing parts of a path are made. Raises LabError."""
    for part in text.split(" and "):
        path, equals, value = part.partition("=")
        if not equals:
            raise LabError(f"{part!r} is not of the form `path = value`")
        _set(tree, path.strip().split("."), filled(look, parse_value(value.strip()), utc))
    return tree


def _set(tree: Any, way: list[str], value: Any) -> None:
    *parts, final = way
    for place, part in enumerate(parts):
        following: Any = [] if way[place + 1].isdecimal() else {}
        if isinstance(tree, list):
            while len(tree) <= int(part):
                tree.append(json.loads(json.dumps(following)))
            tree = tree[int(part)]
        else:
            tree = tree.setdefault(part, following)
    if isinstance(tree, list):
        tree[int(final) :] = [value, *tree[int(final) + 1 :]]
    else:
        tree[final] = value
