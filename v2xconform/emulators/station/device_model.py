"""The device model of a station: components, variables, attributes; how they are read and written (B05 to B08).

Code asks with the short form ``Component.Variable`` or ``Component.Variable[instance]``: `text`, `number`, `flag`, `members`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from v2xconform.emulators.station.shared_variables import SharedVariables
from v2xconform.lab.yaml_lines import LabError
from v2xconform.protocols.ocpp.rules.types import time_problem

DataType = Literal[
    "string", "decimal", "integer", "dateTime", "boolean", "OptionList", "SequenceList", "MemberList"
]  # fmt: skip
Mutability = Literal["ReadOnly", "WriteOnly", "ReadWrite"]
Key = tuple[str, str, int, int, str, str]
"""component, its instance, evse, connector, variable, its instance; names in lower case (they are case-insensitive)."""
_SHORT = re.compile(r"([^.\[]+)\.([^\[]+)(?:\[(.+)\])?")


@dataclass(slots=True)
class Variable:
    """One variable of one component."""

    component: str
    name: str
    value: str | None = None
    """Actual; None while it has none."""
    data_type: DataType = "string"
    mutability: Mutability = "ReadWrite"
    instance: str = ""
    component_instance: str = ""
    evse: int = 0
    connector: int = 0
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    """minLimit and maxLimit; of a string: most characters."""
    values: tuple[str, ...] = ()
    """valuesList of the list types."""
    reboot: bool = False
    """A new value counts after a reboot."""
    monitored: bool = False
    """supportsMonitoring."""
    persistent: bool = True
    constant: bool = False
    other: dict[str, str] = field(default_factory=dict)
    """Further attributes that it has: Target, MinSet, MaxSet."""

    @property
    def key(self) -> Key:
        """What identifies it."""
        return _key(self.component, self.component_instance, self.evse, self.connector, self.name, self.instance)

    def component_tree(self) -> dict[str, Any]:
        """Return the ComponentType."""
        tree: dict[str, Any] = {"name": self.component}
        if self.component_instance:
            tree["instance"] = self.component_instance
        if self.evse:
            tree["evse"] = {"id": self.evse, **({"connectorId": self.connector} if self.connector else {})}
        return tree

    def variable_tree(self) -> dict[str, Any]:
        """Return the VariableType."""
        return {"name": self.name, **({"instance": self.instance} if self.instance else {})}

    def problem(self, value: str) -> str:
        """Return why a value does not fit, empty when it does."""
        kind = self.data_type
        if kind in ("integer", "decimal"):
            if not re.fullmatch(r"-?(0|[1-9]\d*)" if kind == "integer" else r"-?\d+(\.\d+)?", value):
                return f"{value!r} is no {kind}"
            if self.minimum is not None and float(value) < self.minimum:
                return f"{value} is below {self.minimum:g}"
            if self.maximum is not None and float(value) > self.maximum:
                return f"{value} is above {self.maximum:g}"
        elif kind == "boolean":
            return "" if value in ("true", "false") else f"{value!r} is neither true nor false"
        elif kind == "dateTime":
            return time_problem(value)
        elif kind in ("OptionList", "SequenceList", "MemberList"):
            given = [one.strip() for one in value.split(",")] if value else []
            if kind == "OptionList" and len(given) != 1:
                return f"{value!r} is not exactly one option"
            strange = [one for one in given if self.values and one not in self.values]
            return f"{', '.join(strange)} is none of {', '.join(self.values)}" if strange else ""
        elif self.maximum is not None and len(value) > self.maximum:
            return f"it has {len(value)} characters; {self.maximum:g} are the most"
        elif self.minimum is not None and len(value) < self.minimum:
            return f"it has {len(value)} characters; {self.minimum:g} are the least"
        return ""


def _key(component: str, component_instance: str, evse: int, connector: int, name: str, instance: str) -> Key:
    return (component.lower(), component_instance.lower(), evse, connector, name.lower(), instance.lower())


OnChange = Callable[[str, float], None]
"""Called with the new value and the instant."""
Watcher = Callable[["Variable", str, float], None]
"""Called with the variable, its new value and the instant."""
Guard = Callable[[str], str]
"""Called with a value that fits its type; returns why the station refuses it all the same, empty when it does not."""


@dataclass(slots=True)
class DeviceModel:
    """All variables of one station."""

    variables: SharedVariables = field(default_factory=SharedVariables)
    listeners: dict[Key, list[OnChange]] = field(default_factory=dict)
    guards: dict[Key, Guard] = field(default_factory=dict)
    watchers: list[Watcher] = field(default_factory=list)
    """Hear of every change, after the listeners."""

    def add(self, variable: Variable) -> None:
        """Add a variable, or replace the one with the same key."""
        self.variables[variable.key] = variable

    def remove(self, short: str, *, evse: int = 0) -> None:
        """Take a variable away, if it is there."""
        self.variables.pop(_short_key(short, evse, 0), None)

    def find(self, short: str, *, evse: int = 0, connector: int = 0) -> Variable | None:
        """Return the variable of a short form, None where there is none."""
        return self.variables.get(_short_key(short, evse, connector))

    def has(self, short: str, *, evse: int = 0, connector: int = 0) -> bool:
        """Tell whether there is a variable of a short form."""
        return _short_key(short, evse, connector) in self.variables

    def component(self, tree: Mapping[str, Any]) -> list[Variable]:
        """Return the variables of a ComponentType, exactly as it is named."""
        wanted = _key(*_component_of(tree), "", "")[:4]
        return [self.variables[key] for key in self.variables if key[:4] == wanted]

    def variable(self, component: Mapping[str, Any], variable: Mapping[str, Any]) -> Variable | None:
        """Return the variable of a ComponentType and a VariableType."""
        return self.variables.get(_key(*_component_of(component), variable["name"], variable.get("instance", "")))

    def __iter__(self) -> Iterator[Variable]:
        return iter(self.variables.values())

    # ---- reading and writing by code

    def text(self, short: str, default: str = "", *, evse: int = 0, connector: int = 0) -> str:
        """Return an Actual value as text."""
        found = self.variables.peek(_short_key(short, evse, connector))
        return default if found is None or found.value is None else found.value

    def number(self, short: str, default: float = 0.0, *, evse: int = 0) -> float:
        """Return an Actual value as a number."""
        value = self.text(short, evse=evse)
        return float(value) if value else default

    def flag(self, short: str, default: bool = False, *, evse: int = 0) -> bool:
        """Return an Actual value as a boolean."""
        value = self.text(short, evse=evse)
        return value == "true" if value else default

    def members(self, short: str, *, evse: int = 0) -> list[str]:
        """Return an Actual value as a list."""
        value = self.text(short, evse=evse)
        return [one.strip() for one in value.split(",") if one.strip()]

    def set(self, short: str, value: object, now: float, *, evse: int = 0, connector: int = 0) -> None:
        """Set an Actual value, whatever its mutability: the station itself does it. KeyError for an unknown variable."""
        key, wanted = _short_key(short, evse, connector), as_text(value)
        known = self.variables.peek(key)
        if known is None or known.value != wanted:
            self.write(self.variables[key], wanted, now)

    def write(self, variable: Variable, value: str, now: float) -> None:
        """Set the Actual value and tell who listens."""
        changed = variable.value != value
        variable.value = value
        if changed:
            for listener in [*self.listeners.get(variable.key, ()), *self.listeners.get(_ANY, ())]:
                listener(value, now)
            for watcher in self.watchers:
                watcher(variable, value, now)

    def on_change(self, short: str, listener: OnChange, *, evse: int = 0, connector: int = 0) -> None:
        """Call `listener` whenever the value of a variable changes."""
        self.listeners.setdefault(_short_key(short, evse, connector), []).append(listener)

    def guard(self, short: str, check: Guard) -> None:
        """Let a block judge what the CSMS wants to set a variable to."""
        self.guards[_short_key(short, 0, 0)] = check

    def refusal(self, variable: Variable, value: str) -> str:
        """Return why the CSMS may not set a variable to a value, empty when it may."""
        problem = variable.problem(value)
        check = self.guards.get(variable.key)
        return problem or (check(value) if check is not None else "")

    def override(self, values: Mapping[str, object]) -> None:
        """Set values of a persona; a variable that does not exist is added as text. Raises LabError for nonsense."""
        for short, value in values.items():
            found = _SHORT.fullmatch(short)
            if found is None:
                raise LabError(
                    f"variable {short!r} is not of the form Component.Variable or Component.Variable[instance]"
                )
            known = self.find(short)
            tiered = [] if known is not None else self._tiered(found.groups(""))
            if tiered:
                for one in tiered:  # of EVSEs or connectors: the same at each of them
                    one.value = as_text(value)
                continue
            if known is None:
                self.add(Variable(found[1], found[2], as_text(value), instance=found[3] or ""))
                continue
            problem = known.problem(as_text(value))
            if problem:
                raise LabError(f"variable {short}: {problem}")
            known.value = as_text(value)

    def _tiered(self, names: tuple[str, ...]) -> list[Variable]:
        return [one for one in self if one.evse and (one.component, one.name, one.instance) == names]

    def without(self, components: list[str]) -> None:
        """Take whole components away."""
        gone = {name.lower() for name in components}
        for key in [key for key in self.variables if key[0] in gone]:
            del self.variables[key]


_ANY: Key = ("", "", 0, 0, "", "")


def as_text(value: object) -> str:
    """Return a value as a variable holds it."""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


@lru_cache(maxsize=4096)
def _short_key(short: str, evse: int, connector: int) -> Key:
    found = _SHORT.fullmatch(short)
    if found is None:
        raise KeyError(f"{short!r} is not of the form Component.Variable or Component.Variable[instance]")
    return _key(found[1], "", evse, connector, found[2], found[3] or "")


def _component_of(tree: Mapping[str, Any]) -> tuple[str, str, int, int]:
    evse = tree.get("evse", {})
    return tree["name"], tree.get("instance", ""), evse.get("id", 0), evse.get("connectorId", 0)
