"""Rules on single messages: boot, variables, reports, availability (blocks B and G)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from v2xconform.protocols.ocpp.rules.rule import Broken, Rule, Tree
from v2xconform.protocols.ocpp.rules.types import time_problem

Name = tuple[Any, ...]
_LISTS: Final = ("OptionList", "SequenceList", "MemberList")
AVAILABILITY_STATES: Final = ("Available", "Occupied", "Reserved", "Unavailable", "Faulted")


def name_of(one: Mapping[str, Any]) -> Name:
    """Return what identifies component, variable and attribute in one entry; names are case-insensitive."""
    component, variable = one.get("component", {}), one.get("variable", {})
    evse = component.get("evse", {})
    return (
        str(component.get("name", "")).lower(), str(component.get("instance", "")).lower(), evse.get("id", 0),
        evse.get("connectorId", 0), str(variable.get("name", "")).lower(), str(variable.get("instance", "")).lower(),
    )  # fmt: skip


def in_words(one: Mapping[str, Any]) -> str:
    """Return component and variable of an entry as people write them."""
    variable = one.get("variable", {})
    instance = f"[{variable['instance']}]" if variable.get("instance") else ""
    return f"{one.get('component', {}).get('name')}.{variable.get('name')}{instance}"


# ---- boot


def _interval(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["interval"] < 0:
        yield Broken("interval", f"{tree['interval']} is no interval")


# ---- GetVariables, SetVariables


def _pairs(name: str, tree: Tree, request: Tree) -> tuple[list[Any], list[Any], str]:
    """Return what was asked, what was answered, and the field of the answer."""
    if name.startswith("Get"):
        return list(request.get("getVariableData", ())), list(tree["getVariableResult"]), "getVariableResult"
    return list(request.get("setVariableData", ())), list(tree["setVariableResult"]), "setVariableResult"


def _count(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    asked, found, field = _pairs(name, tree, request)
    if asked and len(asked) != len(found):
        yield Broken(field, f"{len(found)} results for {len(asked)} variables")


def _same(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    asked, found, field = _pairs(name, tree, request)
    known = {name_of(one) for one in asked}
    for place, one in enumerate(found):
        if asked and name_of(one) not in known:
            yield Broken(f"{field}.{place}", f"{in_words(one)} was not asked for (or is written otherwise)")


def _kind(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """The attribute type of the request is repeated; a result is held against all requests for its variable."""
    asked, found, field = _pairs(name, tree, request)
    for place, one in enumerate(found):
        wanted = {it["attributeType"] for it in asked if name_of(it) == name_of(one) and "attributeType" in it}
        plain = any(name_of(it) == name_of(one) and "attributeType" not in it for it in asked)
        told = one.get("attributeType")
        if wanted and told not in wanted and not (plain and told in (None, "Actual")):
            yield Broken(
                f"{field}.{place}.attributeType", f"{told or 'absent'}, asked was for {', '.join(sorted(wanted))}"
            )
        elif not wanted and plain and told not in (None, "Actual"):
            yield Broken(f"{field}.{place}.attributeType", f"{told}; no type was asked for, which means Actual")


def _kind_actual(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    asked, found, field = _pairs(name, tree, request)
    for place, one in enumerate(found):
        plain = any(name_of(it) == name_of(one) and "attributeType" not in it for it in asked)
        if plain and "attributeType" not in one:
            yield Broken(f"{field}.{place}.attributeType", "absent, where it says Actual")


def _value(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree["getVariableResult"]):
        if one["attributeStatus"] == "Accepted" and "attributeValue" not in one:
            yield Broken(f"getVariableResult.{place}.attributeValue", "absent although the status is Accepted")


_WITHOUT_VALUE: Final = {
    "UnknownComponent": "B06.FR.06",
    "UnknownVariable": "B06.FR.07",
    "NotSupportedAttributeType": "B06.FR.08",
}


def _no_value(status: str) -> Any:
    def look(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
        for place, one in enumerate(tree["getVariableResult"]):
            if one["attributeStatus"] == status and "attributeValue" in one:
                yield Broken(f"getVariableResult.{place}.attributeValue", f"there although the status is {status}")

    return look


def _set_twice(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    seen: set[Name] = set()
    for place, one in enumerate(tree["setVariableData"]):
        key = (*name_of(one), one.get("attributeType", "Actual"))
        if key in seen:
            yield Broken(f"setVariableData.{place}", f"{in_words(one)} is set twice")
        seen.add(key)


# ---- reports


def _characteristics(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree.get("reportData", ())):
        found = one.get("variableCharacteristics")
        if found is None:
            yield Broken(f"reportData.{place}.variableCharacteristics", f"absent for {in_words(one)}")


def _values_list(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree.get("reportData", ())):
        found = one.get("variableCharacteristics") or {}
        if found.get("dataType") in _LISTS and not str(found.get("valuesList", "")).strip():
            where = f"reportData.{place}.variableCharacteristics.valuesList"
            yield Broken(where, f"absent for {in_words(one)}, which is of type {found['dataType']}")


def _reported_values(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree.get("reportData", ())):
        found = one.get("variableCharacteristics") or {}
        for number, attribute in enumerate(one["variableAttribute"]):
            value = attribute.get("value", "")
            problem = _misfit(value, found) if value else ""
            if problem:
                yield Broken(f"reportData.{place}.variableAttribute.{number}.value", f"{in_words(one)}: {problem}")


def _misfit(value: str, found: Mapping[str, Any]) -> str:
    """Return why a value is none of its data type."""
    kind = found.get("dataType")
    if kind == "integer" and not re.fullmatch(r"-?\d+", value):
        return f"{value!r} is no integer"
    if kind == "decimal" and not re.fullmatch(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", value):
        return f"{value!r} is no decimal"
    if kind == "boolean" and value.lower() not in ("true", "false"):
        return f"{value!r} is neither true nor false"
    if kind == "dateTime":
        return time_problem(value)
    if kind in _LISTS and found.get("valuesList"):
        allowed = {part.strip() for part in str(found["valuesList"]).split(",")}
        members = [part.strip() for part in value.split(",") if part.strip()]
        if kind == "OptionList" and len(members) > 1:
            return f"{value!r} is more than one option"
        strange = [part for part in members if part not in allowed]
        return f"{', '.join(strange)} is not in the valuesList {found['valuesList']!r}" if strange else ""
    return ""


def _limits(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """minLimit is not above maxLimit, and a number that is told lies between them."""
    for place, one in enumerate(tree.get("reportData", ())):
        found = one.get("variableCharacteristics") or {}
        if found.get("dataType") not in ("integer", "decimal"):
            continue
        low, high = found.get("minLimit", float("-inf")), found.get("maxLimit", float("inf"))
        path = f"reportData.{place}.variableCharacteristics"
        if low > high:
            yield Broken(f"{path}.minLimit", f"{in_words(one)}: {low:g} is above maxLimit {high:g}")
            continue
        for number, attribute in enumerate(one["variableAttribute"]):
            value = attribute.get("value", "")
            if attribute.get("type", "Actual") != "Actual" or not value or _misfit(value, found):
                continue
            if not low <= float(value) <= high:
                where = f"reportData.{place}.variableAttribute.{number}.value"
                yield Broken(where, f"{in_words(one)} = {value} is not from {low:g} to {high:g}")


def _password_kept(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree.get("reportData", ())):
        if name_of(one)[0] != "securityctrlr" or name_of(one)[4] != "basicauthpassword":
            continue
        for number, attribute in enumerate(one["variableAttribute"]):
            if attribute.get("mutability", "ReadWrite") != "WriteOnly":
                where = f"reportData.{place}.variableAttribute.{number}.mutability"
                yield Broken(where, f"{in_words(one)} is {attribute.get('mutability', 'ReadWrite')}, not WriteOnly")


def _secrets(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree.get("reportData", ())):
        for number, attribute in enumerate(one["variableAttribute"]):
            if attribute.get("mutability") == "WriteOnly" and "value" in attribute:
                where = f"reportData.{place}.variableAttribute.{number}.value"
                yield Broken(where, f"{in_words(one)} can only be written, and its value is told")


def _report_place(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """EVSEs and connectors are counted from 1, and a Connector says which one it is."""
    for place, one in enumerate(tree.get("reportData", ())):
        component = one["component"]
        evse = component.get("evse", {})
        for field in ("id", "connectorId"):
            if evse.get(field, 1) < 1:
                yield Broken(f"reportData.{place}.component.evse.{field}", f"{evse[field]} for {in_words(one)}")
        if component["name"] == "Connector" and "connectorId" not in evse:
            yield Broken(f"reportData.{place}.component.evse", f"{in_words(one)} does not say which connector it is")


def _attributes_once(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree.get("reportData", ())):
        kinds = [attribute.get("type", "Actual") for attribute in one["variableAttribute"]]
        if len(kinds) != len(set(kinds)):
            yield Broken(f"reportData.{place}.variableAttribute", f"{in_words(one)} has an attribute twice")


# ---- availability


def _place(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """A state is that of a connector: EVSE 0 and connector 0 are none."""
    for field in ("evseId", "connectorId"):
        if tree[field] <= 0:
            yield Broken(field, f"{tree[field]} is no {field.removesuffix('Id')} of a station")


def _states(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree["eventData"]):
        if one["variable"]["name"] == "AvailabilityState" and one["actualValue"] not in AVAILABILITY_STATES:
            yield Broken(f"eventData.{place}.actualValue", f"{one['actualValue']!r} is no AvailabilityState")


def _event_place(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree["eventData"]):
        component = one["component"]
        if component["name"] == "Connector" and one["variable"]["name"] == "AvailabilityState":
            evse = component.get("evse", {})
            if evse.get("id", 0) <= 0 or evse.get("connectorId", 0) <= 0:
                yield Broken(f"eventData.{place}.component.evse", "does not say which connector of which EVSE it is")


def _trigger(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for place, one in enumerate(tree["eventData"]):
        hard_wired = one["eventNotificationType"] == "HardWiredNotification"
        told = one["component"]["name"] == "Connector" and one["variable"]["name"] == "AvailabilityState"
        if told and hard_wired and one["trigger"] != "Delta":
            yield Broken(f"eventData.{place}.trigger", f"{one['trigger']}, where a change of state is a Delta")


PROVISIONING_RULES: Final[tuple[Rule, ...]] = (
    Rule("B01.FR.02", "BootNotificationResponse", _interval),
    Rule("B06.FR.01", "GetVariablesResponse", _count),
    Rule("B06.FR.02", "GetVariablesResponse", _same),
    Rule("B06.FR.03", "GetVariablesResponse", _kind),
    Rule("B06.FR.11", "GetVariablesResponse", _kind_actual, "SHOULD"),
    Rule("B06.FR.10", "GetVariablesResponse", _value),
    *(Rule(requirement, "GetVariablesResponse", _no_value(status)) for status, requirement in _WITHOUT_VALUE.items()),
    Rule("B06.FR.09", "GetVariablesResponse", _no_value("Rejected")),
    Rule("B05.FR.01", "SetVariablesResponse", _count),
    Rule("B05.FR.02", "SetVariablesResponse", _same),
    Rule("B05.FR.03", "SetVariablesResponse", _kind),
    Rule("B05.FR.12", "SetVariablesResponse", _kind_actual, "SHOULD"),
    Rule("B05.FR.13", "SetVariablesRequest", _set_twice),
    Rule("B08.FR.12", "NotifyReportRequest", _characteristics),
    Rule("B07.FR.08", "NotifyReportRequest", _values_list),
    Rule("B07.FR.08", "NotifyReportRequest", _reported_values),
    Rule("B07.FR.08", "NotifyReportRequest", _attributes_once),
    Rule("B07.FR.08", "NotifyReportRequest", _report_place),
    Rule("B07.FR.08", "NotifyReportRequest", _limits),
    Rule("B07.FR.08", "NotifyReportRequest", _password_kept),
    Rule("B07.FR.03", "NotifyReportRequest", _secrets),
    Rule("G01.FR.01", "StatusNotificationRequest", _place),
    Rule("G01.FR.01", "NotifyEventRequest", _states),
    Rule("G01.FR.01", "NotifyEventRequest", _event_place),
    Rule("G01.FR.07", "NotifyEventRequest", _trigger),
)  # fmt: skip
