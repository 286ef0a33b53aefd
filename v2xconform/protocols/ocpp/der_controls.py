"""DER controls of OCPP 2.1 as tables: which field carries which control, and how a control is reported (block R)."""

from collections.abc import Mapping
from typing import Any, Final

Tree = Mapping[str, Any]

CONTROL_TYPES: Final = (
    "EnterService", "FreqDroop", "FreqWatt", "FixedPFAbsorb", "FixedPFInject", "FixedVar", "Gradients", "HFMustTrip",
    "HFMayTrip", "HVMustTrip", "HVMomCess", "HVMayTrip", "LimitMaxDischarge", "LFMustTrip", "LVMustTrip", "LVMomCess",
    "LVMayTrip", "PowerMonitoringMustTrip", "VoltVar", "VoltWatt", "WattPF", "WattVar",
)  # fmt: skip
"""DERControlEnumType."""
_OWN_FIELDS: Final = {
    "FixedPFAbsorb": "fixedPFAbsorb", "FixedPFInject": "fixedPFInject", "FixedVar": "fixedVar",
    "LimitMaxDischarge": "limitMaxDischarge", "FreqDroop": "freqDroop", "EnterService": "enterService",
    "Gradients": "gradient",
}  # fmt: skip
FIELDS: Final = (*_OWN_FIELDS.values(), "curve")
"""The fields of SetDERControlRequest, and the lists of ReportDERControlRequest, that hold controls."""
DEFAULT_ONLY: Final = frozenset({"EnterService", "Gradients"})
"""Control types that exist as defaults only ([R04.FR.14])."""
_INNER: Final = {"fixedPFAbsorb": "fixedPF", "fixedPFInject": "fixedPF"}
"""Field of a report's list -> where its entries hold the control; elsewhere it bears the name of the list."""


def field_of(control_type: str) -> str:
    """Return the field that carries a control of a type ([R04.FR.16])."""
    return _OWN_FIELDS.get(control_type, "curve")


def given_fields(request: Tree) -> list[str]:
    """Return the fields of a SetDERControlRequest that hold a control."""
    return [name for name in FIELDS if name in request]


def is_scheduled(control: Tree) -> bool:
    """Tell whether a control has a time of its own."""
    return "startTime" in control or "duration" in control


def inner_of(field: str) -> str:
    """Return where an entry of a report's list holds the control itself."""
    return _INNER.get(field, field)


def reported(request: Tree, superseded: bool) -> tuple[str, dict[str, Any]]:
    """Return the list of ReportDERControlRequest in which a control stands, and its entry there."""
    field = field_of(request["controlType"])
    entry: dict[str, Any] = {"id": request["controlId"], inner_of(field): request[field]}
    if request["controlType"] not in DEFAULT_ONLY:
        entry |= {"isDefault": request["isDefault"], "isSuperseded": superseded}
    if field == "curve":
        entry["curveType"] = request["controlType"]
    return field, entry


def entries(report: Tree) -> list[tuple[str, Tree]]:
    """Return all entries of a ReportDERControlRequest with the list in which they stand; what is no entry is left out."""
    return [
        (name, one) for name in FIELDS if isinstance(report.get(name), list)
        for one in report[name] if isinstance(one, Mapping) and "id" in one
    ]  # fmt: skip


def type_of(field: str, entry: Tree) -> str:
    """Return the control type of an entry of a report."""
    if field == "curve":
        return str(entry["curveType"])
    return next(kind for kind, name in _OWN_FIELDS.items() if name == field)
