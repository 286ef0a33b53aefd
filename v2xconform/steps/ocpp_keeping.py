"""Sentences about what a station keeps: values over a reboot, counters of entries, how often it announces itself."""

from typing import Any

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, seconds
from v2xconform.steps.ocpp_checks import answer_to, asked, is_said
from v2xconform.steps.ocpp_monitoring import monitors_in, report
from v2xconform.steps.ocpp_reports import Entry, entries, shown
from v2xconform.steps.ocpp_values import filled
from v2xconform.steps.vocabulary import then
from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, field_at

_BOOT_S = 120.0
"""How long the first boot of a test case may take."""
_GIVEN_BY_BOOT = frozenset({("ocppcommctrlr", "heartbeatinterval")})
"""Variables that the CSMS sets anew with each boot ([B01.FR.04])."""
Values = dict[tuple[Any, ...], tuple[str, Entry]]
"""What names a variable and an attribute -> its value, and where the report tells it."""


# ---- over a reboot


@then("every persistent variable has the value of the report before")
async def _(bench: Bench) -> None:
    """What can be written and says that it is persistent is the same in the last two reports (VariableAttributeType)."""
    look = bench.look
    requests = [e for e in look.events[: look.cursor] if is_said(e, "csms", "GetBaseReportRequest")][-2:]
    if len(requests) < 2:
        raise Inconclusive("two reports are to be compared")
    before, after = (_persistent(look, request) for request in requests)
    late = _waiting_for_reboot(look)
    common = [key for key in before if key in after and key[:2] not in _GIVEN_BY_BOOT and key not in late]
    wrong = [
        f"{shown(after[key][1])} is {after[key][0]!r}, it was {before[key][0]!r}"
        for key in common if after[key][0] != before[key][0]
    ]  # fmt: skip
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    observed = "; ".join(wrong[:3]) + more if wrong else f"so in {len(common)} variables"
    look.check("the values of before the reboot", observed, not wrong, requests)


def _persistent(look: Look, request: Event) -> Values:
    found: Values = {}
    for entry in entries(look, request):
        if entry.get("variableCharacteristics", {}).get("dataType") == "dateTime":
            continue
        for attribute in entry.get("variableAttribute", ()):
            told = attribute.get("persistent") is True and attribute.get("mutability", "ReadWrite") == "ReadWrite"
            if told and "value" in attribute:
                found[(*_name(entry), attribute.get("type", "Actual"))] = str(attribute["value"]), entry
    return found


def _name(entry: Entry) -> tuple[Any, ...]:
    component, variable = entry.get("component", {}), entry.get("variable", {})
    evse = component.get("evse", {})
    return (
        str(component.get("name", "")).lower(), str(variable.get("name", "")).lower(), component.get("instance", ""),
        variable.get("instance", ""), evse.get("id", 0), evse.get("connectorId", 0),
    )  # fmt: skip


def _waiting_for_reboot(look: Look) -> set[tuple[Any, ...]]:
    """Return the variables whose new values count after a reboot only: a report before it may tell the old ones."""
    return {
        (*_name(one), one.get("attributeType", "Actual"))
        for event in look.events
        if is_said(event, "station", "SetVariablesResponse")
        for one in event.body.get("setVariableResult", ())
        if one.get("attributeStatus") == "RebootRequired"
    }


@then(parsers.re(r"the monitoring report (?P<number>\d+) holds every monitor of the report (?P<other>\d+)"
                 r" but those at EVSEs"))  # fmt: skip
async def _(bench: Bench, number: str, other: str) -> None:
    """The same type on the same variable; ids may have changed. Those at EVSEs are what test cases set: custom ones."""
    look = bench.look
    parts = await report(look, int(number))
    there = {_what(one) for event in parts for one in monitors_in(event)}
    known = [
        one for event in look.events
        if is_said(event, "station", "NotifyMonitoringReportRequest") and event.body.get("requestId") == int(other)
        for one in monitors_in(event) if "evse" not in (one.get("component") or {})
    ]  # fmt: skip
    gone = [one for one in known if _what(one) not in there]
    told = ", ".join(f"{one.get('id')}: {one.get('type')}" for one in gone)
    look.check(f"the monitors of report {other}", f"without {told}" if gone else "all of them", not gone, parts)


def _what(monitor: dict[str, Any]) -> str:
    return repr((monitor.get("component"), monitor.get("variable"), monitor.get("type"))).lower()


# ---- counters


@then(parsers.re(r"the value that was asked for is (?:(?P<step>\d+) (?P<how>more|less) than )?\$(?P<name>\w+)"))
async def _(bench: Bench, step: str | None, how: str | None, name: str) -> None:
    """The first one of the last GetVariables, against a value that was noted down."""
    look = bench.look
    before = str(filled(look, f"${name}"))
    answer = await answer_to(look, asked(look, "station"), 30.0)
    value = field_at(answer.body, "getVariableResult.0.attributeValue") if answer is not None else MISSING
    if not before.isdecimal():
        raise Inconclusive(f"the number before was {before!r}")
    wanted = int(before) + (int(step) if step else 0) * (-1 if how == "less" else 1)
    look.check(f"{wanted}, it was {before}", str(value), str(value) == str(wanted), [answer])


# ---- boots


@then(parsers.re(r"at least (?P<least>\d+(?:\.\d+)?) s pass from the first to the (?P<number>\d+)th BootNotification"))
async def _(bench: Bench, least: str, number: str) -> None:
    """Who is answered with errors tries again, but does not flood the CSMS ([B02.FR.07])."""
    look, nth = bench.look, int(number)
    first = await look.trace.first(lambda e: is_said(e, "station", "BootNotificationRequest"), 0, _BOOT_S)
    if first is None:
        raise Inconclusive("the station has not booted")
    await look.trace.wait_until(first.seconds + float(least))
    found = [e for e in look.events if is_said(e, "station", "BootNotificationRequest")]
    early = [e for e in found if e.seconds < first.seconds + float(least)]
    observed = f"{len(early)} of them in {seconds(early[-1].seconds - first.seconds)}"
    look.check(f"fewer than {nth} in {least} s", observed, len(early) < nth, early[:nth])
