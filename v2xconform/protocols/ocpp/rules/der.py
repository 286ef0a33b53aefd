"""Rules on single messages: DER control (block R)."""

from collections.abc import Iterator
from typing import Final

from v2xconform.protocols.ocpp.der_controls import DEFAULT_ONLY, entries, field_of, given_fields, is_scheduled
from v2xconform.protocols.ocpp.rules.rule import Broken, Rule, Tree


def _default_with_time(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for field in given_fields(tree):
        if tree["isDefault"] and is_scheduled(tree[field]):
            yield Broken(field, "a default control has neither startTime nor duration")


def _default_only(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if not tree["isDefault"] and tree["controlType"] in DEFAULT_ONLY:
        yield Broken("isDefault", f"{tree['controlType']} exists as a default control only")


def _one_field(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    given, right = given_fields(tree), field_of(tree["controlType"])
    if given != [right]:
        yield Broken("", f"{tree['controlType']} is carried by {right} alone, not by {', '.join(given) or 'nothing'}")


def _time_missing(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    """startTime and duration are absent in default controls only (DERCurveType and its like)."""
    field = field_of(tree["controlType"])
    control = tree.get(field)
    if control is not None and not tree["isDefault"] and tree["controlType"] not in DEFAULT_ONLY:
        for part in ("startTime", "duration"):
            if part not in control:
                yield Broken(f"{field}.{part}", "is absent, which only a default control may do")


def _accepted(name: str, tree: Tree, request: Tree) -> bool:
    return tree["status"] == "Accepted" and bool(request)


def _accepts_default_with_time(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if _accepted(name, tree, request) and any(True for _ in _default_with_time(name, request, {})):
        yield Broken("status", "a default control with startTime or duration was accepted")


def _accepts_default_only(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if _accepted(name, tree, request) and any(True for _ in _default_only(name, request, {})):
        yield Broken("status", f"a scheduled {request['controlType']} was accepted")


def _accepts_wrong_field(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if _accepted(name, tree, request) and any(True for _ in _one_field(name, request, {})):
        yield Broken("status", f"controls that do not fit {request['controlType']} were accepted")


def _superseded_of_refused(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if "supersededIds" in tree and tree["status"] != "Accepted":
        yield Broken("supersededIds", f"nothing is superseded by a control that is {tree['status']}")


def _clear_all(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if request and "controlType" not in request and "controlId" not in request and tree["status"] == "NotSupported":
        yield Broken("status", "a request without controlType and controlId clears whatever there is")


def _clear_by_id(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if "controlType" not in request and "controlId" in request and tree["status"] == "NotSupported":
        yield Broken("status", "a controlId is found or not found; without a controlType nothing is unsupported")


def _report_empty(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if not entries(tree) and not tree.get("tbc"):
        yield Broken("", "a report without any control was sent")


def _report_default_time(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    for field, entry in entries(tree):
        body = entry.get(field) or entry.get("fixedPF") or {}
        if entry.get("isDefault") and is_scheduled(body):
            yield Broken(f"{field}", f"the default control {entry['id']!r} has a startTime or duration")


def _stop_supersedes(name: str, tree: Tree, request: Tree) -> Iterator[Broken]:
    if not tree["started"] and "supersededIds" in tree:
        yield Broken("supersededIds", "a control that ends supersedes nothing")
    if tree["controlId"] in tree.get("supersededIds", ()):
        yield Broken("supersededIds", "a control does not supersede itself by starting")


_21: Final = ("ocpp2.1",)
DER_RULES: Final[tuple[Rule, ...]] = (
    Rule("R04.FR.12", "SetDERControlRequest", _default_with_time, versions=_21),
    Rule("R04.FR.14", "SetDERControlRequest", _default_only, versions=_21),
    Rule("R04.FR.16", "SetDERControlRequest", _one_field, versions=_21),
    Rule("OCPP-DerSchedule", "SetDERControlRequest", _time_missing, "SHOULD", versions=_21),
    Rule("R04.FR.13", "SetDERControlResponse", _accepts_default_with_time, versions=_21),
    Rule("R04.FR.15", "SetDERControlResponse", _accepts_default_only, versions=_21),
    Rule("R04.FR.17", "SetDERControlResponse", _accepts_wrong_field, versions=_21),
    Rule("R04.FR.06", "SetDERControlResponse", _superseded_of_refused, versions=_21),
    Rule("R04.FR.44", "ClearDERControlResponse", _clear_all, versions=_21),
    Rule("R04.FR.42", "ClearDERControlResponse", _clear_by_id, versions=_21),
    Rule("R04.FR.33", "ReportDERControlRequest", _report_empty, versions=_21),
    Rule("R04.FR.13", "ReportDERControlRequest", _report_default_time, versions=_21),
    Rule("R04.FR.21", "NotifyDERStartStopRequest", _stop_supersedes, versions=_21),
)
"""Ids that begin with OCPP- are our own names for what the text states without a number."""
