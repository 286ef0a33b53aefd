"""Sentences of block N about monitors: how they are set, their reports, their events."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, seconds
from v2xconform.steps.ocpp_checks import ANSWER_S, is_said, last_deed
from v2xconform.steps.ocpp_deeds import asked_and_answered
from v2xconform.steps.ocpp_diagnostics import gathered
from v2xconform.steps.ocpp_values import Condition, conditions, note_down, payload
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event

_LIMIT = r"(?: within (?P<limit>\d+(?:\.\d+)?) s)?"
PERIOD_SHARE: Final = 0.25
"""How far one period may be off, as a share of it: what is sampled is not on the second."""


# ---- setting monitors


@given(parsers.re(r"a monitor that is set as \$(?P<name>\w+)"))
@when(parsers.re(r"the CSMS sets a monitor as \$(?P<name>\w+)"))
async def _(bench: Bench, name: str, docstring: str = "") -> None:
    """Set one SetMonitoringDataType and note its id down. Inconclusive when the station does not take it."""
    data = bench.ocpp.filled(payload(docstring))
    answer = await asked_and_answered(bench, "SetVariableMonitoringRequest", {"setMonitoringData": [data]})
    results = answer.body.get("setMonitoringResult", [{}]) if isinstance(answer.body, dict) else [{}]
    if results[0].get("status") != "Accepted" or "id" not in results[0]:
        raise Inconclusive(f"the station does not set the monitor: {answer.name} {results[0].get('status', '')}")
    note_down(bench.recorder, name, results[0]["id"])
    await bench.ocpp.settle()


@given(parsers.re(r"(?P<action>SetMonitoringBase|SetMonitoringLevel) that is answered with Accepted"))
async def _(bench: Bench, action: str, docstring: str = "") -> None:
    """Send a request of the preamble. Inconclusive when it is not accepted."""
    answer = await asked_and_answered(bench, f"{action}Request", bench.ocpp.filled(payload(docstring)))
    if not isinstance(answer.body, dict) or answer.body.get("status") != "Accepted":
        raise Inconclusive(f"the station does not accept {action}: {bench.look.describe(answer)}")


# ---- reports


def monitors_in(event: Event) -> Iterator[dict[str, Any]]:
    """Yield the monitors of a NotifyMonitoringReport, each with the component and variable that it watches."""
    for data in event.body.get("monitor", ()):
        for one in data.get("variableMonitoring", ()):
            yield {**one, "component": data.get("component"), "variable": data.get("variable")}


async def report(look: Look, number: int, within_s: float = ANSWER_S) -> list[Event]:
    """Return the parts of a monitoring report, waiting for the last one."""
    return await gathered(
        look, lambda e: is_said(e, "station", "NotifyMonitoringReportRequest") and e.body.get("requestId") == number,
        within_s, lambda e: not e.body.get("tbc"),
    )  # fmt: skip


@then(parsers.re(r"the monitoring report (?P<number>\d+) comes whole" + _LIMIT))
async def _(bench: Bench, number: str, limit: str | None) -> None:
    """All parts, counted from 0; tbc on all but the last."""
    look = bench.look
    found = await report(look, int(number), float(limit or ANSWER_S) + look.context.tolerance_s)
    counted = [one.body.get("seqNo") for one in found]
    whole = bool(found) and not found[-1].body.get("tbc") and counted == list(range(len(found)))
    observed = f"{len(found)} parts with seqNo {counted}" if found else f"no part; {look.last_words()}"
    look.check(f"NotifyMonitoringReportRequest {number} in whole, counted from 0", observed, whole, found)


@then(parsers.re(r"the monitoring report (?P<number>\d+) holds (?P<what>a monitor|only monitors|no monitor)"
                 r" with (?P<wanted>.+)"))  # fmt: skip
async def _(bench: Bench, number: str, what: str, wanted: str) -> None:
    look, conditions_ = bench.look, conditions(bench.look, wanted)
    found = await report(look, int(number))
    reported = [one for event in found for one in monitors_in(event)]
    fitting = [one for one in reported if _fits(one, conditions_)]
    met = {"a monitor": bool(fitting), "only monitors": bool(reported) and len(fitting) == len(reported)}.get(
        what, not fitting
    )
    told = "; ".join(f"{one.get('id')}: {one.get('type')} on {_place(one)}" for one in reported) or "no monitor"
    look.check(f"{what} with {' and '.join(map(str, conditions_))}", told, met and bool(found), found)


def _fits(tree: dict[str, Any], wanted: list[Condition]) -> bool:
    return all(condition.met(tree) for condition in wanted)


def _place(tree: dict[str, Any]) -> str:
    component, variable = tree.get("component") or {}, tree.get("variable") or {}
    evse = component.get("evse", {}).get("id", "")
    return f"{component.get('name')}{evse}.{variable.get('name')}"


@then(parsers.re(r"no part of the monitoring report (?P<number>\d+) comes within (?P<limit>\d+(?:\.\d+)?) s"))
async def _(bench: Bench, number: str, limit: str) -> None:
    found = await report(bench.look, int(number), float(limit))
    bench.look.check(f"no NotifyMonitoringReportRequest {number}", f"{len(found)} parts", not found, found)


@then(
    parsers.re(r"no custom monitor stands in the monitoring report (?P<number>\d+) within (?P<limit>\d+(?:\.\d+)?) s")
)
async def _(bench: Bench, number: str, limit: str) -> None:
    """None that the CSMS has set in this test case, and none that is called custom (2.1); no report at all will do."""
    look = bench.look
    found = await report(look, int(number), float(limit))
    ours = {
        one.get("id")
        for event in look.events
        if is_said(event, "station", "SetVariableMonitoringResponse")
        for one in event.body.get("setMonitoringResult", ())
        if one.get("status") == "Accepted"
    }
    left = [
        one for event in found for one in monitors_in(event)
        if one.get("id") in ours or one.get("eventNotificationType") == "CustomMonitor"
    ]  # fmt: skip
    told = "; ".join(f"{one.get('id')}: {one.get('type')} on {_place(one)}" for one in left) or "none"
    look.check("no custom monitor", told, not left, found)


@then(
    parsers.re(
        r"of the results those of severity (?P<good>[\d, ]+) are Accepted and those of severity (?P<bad>[\d, ]+) are Rejected"
    )
)
async def _(bench: Bench, good: str, bad: str) -> None:
    """The results of a SetVariableMonitoringResponse come in any order."""
    look = bench.look
    answer = look.before(lambda e: is_said(e, "station", "SetVariableMonitoringResponse"))
    results = answer.body.get("setMonitoringResult", ()) if answer is not None else ()
    told = {str(one.get("severity")): str(one.get("status")) for one in results}
    wanted = {one.strip(): "Accepted" for one in good.split(",")} | {one.strip(): "Rejected" for one in bad.split(",")}
    look.check(f"results {wanted}", f"{told}", told == wanted, [answer])


@then(parsers.re(r"the CSMS clears the monitors (?P<ids>[\d, ]+), at most (?P<most>\d+) at once"))
async def _(bench: Bench, ids: str, most: str) -> None:
    """In as many ClearVariableMonitoringRequests as it takes ([N06.FR.04])."""
    look, wanted = bench.look, {int(one) for one in ids.split(",")}
    seen: set[int] = set()

    def done(event: Event) -> bool:
        seen.update(event.body.get("id", ()))
        return wanted <= seen

    found = await gathered(look, lambda e: is_said(e, "csms", "ClearVariableMonitoringRequest"), ANSWER_S, done)
    sizes = [len(one.body.get("id", ())) for one in found]
    met = wanted <= seen and all(size <= int(most) for size in sizes)
    look.check(
        f"monitors {sorted(wanted)}, at most {most} at once", f"{sorted(seen)} in portions of {sizes}", met, found
    )


# ---- events


def events_in(event: Event, wanted: list[Condition]) -> list[dict[str, Any]]:
    """Return the eventData of a NotifyEvent that fit."""
    return [one for one in event.body.get("eventData", ()) if isinstance(one, dict) and _fits(one, wanted)]


@then(parsers.re(r"the station notifies an event with (?P<wanted>.+?)" + _LIMIT))
async def _(bench: Bench, wanted: str, limit: str | None) -> None:
    """One eventData has it all; the message begins a report of its own (seqNo 0)."""
    look, conditions_ = bench.look, conditions(bench.look, wanted)
    found = await gathered(
        look, lambda e: is_said(e, "station", "NotifyEventRequest") and bool(events_in(e, conditions_)),
        float(limit or ANSWER_S) + look.context.tolerance_s, lambda e: True,
    )  # fmt: skip
    observed = _told(look, found)
    look.check(
        f"NotifyEventRequest with an event with {' and '.join(map(str, conditions_))}", observed, bool(found), found
    )
    first = found[0].body.get("seqNo")
    look.check("seqNo = 0", f"seqNo = {first}", first == 0, found)
    if found[0].body.get("tbc"):
        more = await look.first(
            lambda e: is_said(e, "station", "NotifyEventRequest") and e.body.get("seqNo") == 1, found[0], ANSWER_S
        )
        look.check("a part with seqNo 1, as tbc is true", look.describe(more), more is not None, [found[0], more])


def _told(look: Look, found: list[Event]) -> str:
    shown = found or [e for e in look.events[last_deed(look) :] if is_said(e, "station", "NotifyEventRequest")]
    told = [
        f"{_place(one)} = {one.get('actualValue')!r} ({one.get('trigger')}{', cleared' if one.get('cleared') else ''}, "
        f"monitor {one.get('variableMonitoringId')})"
        for event in shown for one in event.body.get("eventData", ())
    ]  # fmt: skip
    return "; ".join(told[-6:]) or f"no event; {look.last_words()}"


@then(parsers.re(r"the station notifies no event with (?P<wanted>.+?) within (?P<limit>\d+(?:\.\d+)?) s"))
async def _(bench: Bench, wanted: str, limit: str) -> None:
    look, conditions_ = bench.look, conditions(bench.look, wanted)
    found = await gathered(
        look, lambda e: is_said(e, "station", "NotifyEventRequest") and bool(events_in(e, conditions_)), float(limit),
        lambda e: True,
    )  # fmt: skip
    observed = _told(look, found) if found else "no such event"
    look.check(f"no event with {' and '.join(map(str, conditions_))} for {limit} s", observed, not found, found)


@then(parsers.re(r"the station notifies (?P<count>\d+) events with (?P<wanted>.+?), (?P<apart>\d+) s apart"))
async def _(bench: Bench, count: str, wanted: str, apart: str) -> None:
    """Each of them on its own time, the first one a period after it was set."""
    look, conditions_, period = bench.look, conditions(bench.look, wanted), float(apart)
    found: list[Event] = []
    for event in await gathered(
        look, lambda e: is_said(e, "station", "NotifyEventRequest") and bool(events_in(e, conditions_)),
        (int(count) + 1) * period + look.context.tolerance_s, lambda e: False,
    ):  # fmt: skip
        found.append(event)
        if len(found) == int(count):
            break
    look.check(
        f"{count} events with {' and '.join(map(str, conditions_))}", f"{len(found)}", len(found) == int(count), found
    )
    check_periods(look, found, period)


def check_periods(look: Look, found: list[Event], period: float) -> None:
    """Check that events are a period apart from each other."""
    gaps = [later.seconds - earlier.seconds for earlier, later in pairwise(found)]
    slack = period * PERIOD_SHARE + look.context.tolerance_s + look.context.jitter(found[0].seconds, found[-1].seconds)
    met = all(abs(gap - period) <= slack for gap in gaps)
    look.check(f"{period:g} s apart", ", ".join(seconds(gap) for gap in gaps), met, found)
