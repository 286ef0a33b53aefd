"""Rules on meter values in MeterValuesRequest and TransactionEventRequest (block J): contexts, units, what cannot be."""

from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from v2xconform.protocols.ocpp.metered import ENERGY
from v2xconform.protocols.ocpp.rules.rule import Broken, Rule, Tree

_UNITS: Final = (
    ("Energy.Active", ("Wh", "kWh")), ("Energy.Reactive", ("varh", "kvarh")), ("Energy.Apparent", ("VAh", "kVAh")),
    ("Power.Active", ("W", "kW")), ("Power.Offered", ("W", "kW")), ("Power.Reactive", ("var", "kvar")),
    ("Current", ("A",)), ("Voltage", ("V",)), ("SoC", ("Percent",)),
)  # fmt: skip
"""Beginning of a measurand -> units that fit (appendix of Part 2)."""
_SAMPLED: Final = {
    "MeterValuePeriodic": ("J02.FR.11", "Sample.Periodic"),
    "MeterValueClock": ("J01.FR.22", "Sample.Clock"),
}
"""Trigger of an event that is about meter values -> requirement and context."""


def sampled(tree: Tree) -> Iterator[tuple[str, Any]]:
    """Yield every SampledValueType with its path."""
    for place, one in enumerate(tree.get("meterValue", ())):
        for number, value in enumerate(one["sampledValue"]):
            yield f"meterValue.{place}.sampledValue.{number}", value


def contexts_of(tree: Tree) -> list[str]:
    """Return the contexts that are given; a value may leave it out, and nothing is held against it then."""
    return [str(value["context"]) for _, value in sampled(tree) if "context" in value]


def _possible(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, one in sampled(tree):
        measurand, value = one.get("measurand", ENERGY), one["value"]
        if measurand == "SoC" and not 0 <= value <= 100:
            yield Broken(f"{path}.value", f"a state of charge of {value:g} %")
        elif (measurand.endswith(".Register") or measurand == "Voltage") and value < 0:
            yield Broken(f"{path}.value", f"{measurand} of {value:g}")


def _units(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, one in sampled(tree):
        unit = one.get("unitOfMeasure", {}).get("unit")
        measurand = one.get("measurand", ENERGY)
        fitting = next((units for beginning, units in _UNITS if measurand.startswith(beginning)), ())
        if unit is not None and fitting and unit not in fitting:
            yield Broken(f"{path}.unitOfMeasure.unit", f"{unit} for {measurand}; fitting are {', '.join(fitting)}")


def _begin(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    contexts = contexts_of(tree)
    if tree["eventType"] == "Started" and contexts and "Transaction.Begin" not in contexts:
        yield Broken("meterValue", f"context {contexts[0]} in the first event, not Transaction.Begin")


def _end(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    contexts = set(contexts_of(tree))
    if (
        tree["eventType"] == "Ended"
        and contexts & {"Sample.Periodic", "Transaction.Begin"}
        and "Transaction.End" not in contexts
    ):
        yield Broken("meterValue", f"contexts {', '.join(sorted(contexts))} in the last event, none Transaction.End")
    elif tree["eventType"] != "Ended" and "Transaction.End" in contexts:
        yield Broken("meterValue", "context Transaction.End although the transaction goes on")


def _samples(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if "meterValue" not in tree and tree["triggerReason"] in _SAMPLED:
        yield Broken("meterValue", f"absent in an event by {tree['triggerReason']}")


def _sampled_context(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    wanted = {"Trigger": ("F06.FR.07", "Trigger"), **_SAMPLED}.get(tree["triggerReason"], ("", ""))[1]
    contexts = set(contexts_of(tree))
    if wanted and contexts and wanted not in contexts and tree["eventType"] == "Updated":
        yield Broken("meterValue", f"context {', '.join(sorted(contexts))} in an event by {tree['triggerReason']}")


def _outside(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, one in sampled(tree):
        given = str(one.get("context", ""))
        if given == "Sample.Periodic" or given.startswith("Transaction."):
            yield Broken(f"{path}.context", f"{given} in MeterValuesRequest, which is by the clock or by a trigger")


def _signed(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for path, one in sampled(tree):
        try:
            b64decode(one.get("signedMeterValue", {}).get("signedMeterData", ""), validate=True)
        except ValueError:
            yield Broken(f"{path}.signedMeterValue.signedMeterData", "it is no base64")


def _in_time(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    values = tree.get("meterValue", ())
    if tree["eventType"] == "Ended" or len(values) < 2:
        return
    for place, one in enumerate(values):
        if _seconds(one["timestamp"]) > _seconds(tree["timestamp"]) + 2.0:
            yield Broken(
                f"meterValue.{place}.timestamp", f"{one['timestamp']} is after the event ({tree['timestamp']})"
            )


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0  # the rule on times says it


def _place(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if tree["evseId"] < 0:
        yield Broken("evseId", f"{tree['evseId']}; EVSEs are counted from 1, 0 is the station")


_EVENT: Final = "TransactionEventRequest"

METER_RULES: Final[tuple[Rule, ...]] = (
    Rule("OCPP-MeterValue", "MeterValuesRequest", _possible),
    Rule("OCPP-MeterValue", _EVENT, _possible),
    Rule("OCPP-MeterValue", "MeterValuesRequest", _units),
    Rule("OCPP-MeterValue", _EVENT, _units),
    Rule("E01.FR.09", _EVENT, _begin),
    Rule("E06.FR.11", _EVENT, _end),
    Rule("J02.FR.11", _EVENT, _samples),
    Rule("J02.FR.04", _EVENT, _sampled_context),
    Rule("J01.FR.08", "MeterValuesRequest", _outside),
    Rule("J02.FR.10", _EVENT, _in_time),
    Rule("OCPP-MeterValue", _EVENT, _signed),
    Rule("OCPP-MeterValue", "MeterValuesRequest", _signed),
    Rule("J01.FR.02", "MeterValuesRequest", _place),
)
