"""The sentences of OCPP block R of 2.1: DER controls, their schedules, reports and alarms.

``$der`` and ``$other_der`` are control types that the station under test supports, ``$odd_der`` is one that it does not.
"""

from datetime import UTC, datetime
from typing import Any, Final

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.protocols.ocpp.der_controls import CONTROL_TYPES, DEFAULT_ONLY, entries, field_of
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, seconds
from v2xconform.steps.ocpp_checks import ANSWER_S, ROLES, claimed, expectation, find, is_said, last_deed, observation
from v2xconform.steps.ocpp_deeds import asked_and_answered, booted, quiet, reached
from v2xconform.steps.ocpp_values import changed, conditions, filled, fits, note_down, pixit
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event

_CURVE: Final = {"curveData": [{"x": 0, "y": 100}, {"x": 10, "y": 50}], "yUnit": "PctMaxW"}
_BODIES: Final[dict[str, dict[str, Any]]] = {
    "fixedPFAbsorb": {"displacement": 0.95, "excitation": True},
    "fixedPFInject": {"displacement": 0.95, "excitation": False},
    "fixedVar": {"setpoint": 10, "unit": "PctMaxVar"},
    "limitMaxDischarge": {"pctMaxDischargePower": 80},
    "freqDroop": {"overFreq": 50.2, "underFreq": 49.8, "overDroop": 0.05, "underDroop": 0.05, "responseTime": 5},
    "enterService": {"highVoltage": 110, "lowVoltage": 90, "highFreq": 50.1, "lowFreq": 49.9},
    "gradient": {"gradient": 10, "softGradient": 5},
    "curve": _CURVE,
}
"""Field of a control -> a harmless content; the priority is missing."""
_TRIPS: Final = {
    "OverFrequency": ("HFMustTrip", [{"x": 0.2, "y": 52}]), "UnderFrequency": ("LFMustTrip", [{"x": 0.2, "y": 47.5}]),
    "OverVoltage": ("HVMustTrip", [{"x": 0.2, "y": 120}]), "UnderVoltage": ("LVMustTrip", [{"x": 0.2, "y": 50}]),
}  # fmt: skip
"""Fault of the grid -> control type that trips on it, and a curve."""
_PREFERRED: Final = ("LimitMaxDischarge", "FixedVar", "FixedPFInject", "FixedPFAbsorb", "VoltVar", "WattVar", "WattPF")
"""Types that do no harm on a bench, tried first."""


# ---- Given


@given("a station with DER control")
async def _(bench: Bench) -> None:
    """Boot, find out which control types there are, and clear what is set. Raises Inconclusive."""
    await booted(bench)
    await find_types(bench)
    for default in (True, False):
        await asked_and_answered(bench, "ClearDERControlRequest", {"isDefault": default})


async def find_types(bench: Bench) -> None:
    """Note down what ModesSupported of the inverter says. Raises Inconclusive for a station without DER control."""
    evse = int(pixit(bench.look, "der_evse"))
    asked = [
        {"component": {"name": name, "evse": {"id": evse}}, "variable": {"name": "ModesSupported"}}
        for name in ("DCDERCtrlr", "ACDERCtrlr")
    ]
    answer = await asked_and_answered(bench, "GetVariablesRequest", {"getVariableData": asked})
    values = [one.get("attributeValue", "") for one in answer.body.get("getVariableResult", ())]
    modes = [mode.strip() for value in values for mode in value.split(",") if mode.strip()]
    usable = sorted((one for one in modes if one not in DEFAULT_ONLY), key=_rank)
    if len(usable) < 2:
        raise Inconclusive(f"preamble: EVSE {evse} has fewer than two DER controls that can be scheduled: {values}")
    note_down(bench.recorder, "der", usable[0])
    note_down(bench.recorder, "other_der", usable[1])
    note_down(bench.recorder, "der_modes", modes)
    odd = [one for one in CONTROL_TYPES if one not in modes and one not in DEFAULT_ONLY]
    note_down(bench.recorder, "odd_der", odd[0] if odd else "")


def _rank(control_type: str) -> int:
    return _PREFERRED.index(control_type) if control_type in _PREFERRED else len(_PREFERRED)


@given(parsers.re(r"a DER control type that the station does not support"))
async def _(bench: Bench) -> None:
    if not filled(bench.look, "$odd_der"):
        raise Inconclusive("preamble: the station supports every DER control type")


@given(parsers.re(r"a default DER control that trips on (?P<fault>\w+)"))
async def _(bench: Bench, fault: str) -> None:
    """Set a control by which the station has to stop when the grid has the fault. Raises Inconclusive."""
    kind, curve = _TRIPS[fault]
    if kind not in filled(bench.look, "$der_modes"):
        raise Inconclusive(f"preamble: the station has no {kind}")
    body = {"priority": 1, "curveData": curve, "yUnit": "PctEffectiveV" if "Voltage" in fault else "Not_Applicable"}
    request = {"isDefault": True, "controlId": "TRIP", "controlType": kind, "curve": body}
    answer = await asked_and_answered(bench, "SetDERControlRequest", request)
    if answer.body.get("status") != "Accepted":
        raise Inconclusive(f"preamble: {kind} was not accepted: {answer.name} {answer.body}")
    note_down(bench.recorder, "trip", kind)


# ---- When

_CONTROL = (
    r"(?P<kind>default|scheduled) DER control (?P<control>\w+) of type (?P<control_type>\$?\w+) with priority "
    r"(?P<priority>\d+)(?: from (?P<start>-?\d+) s)?(?: for (?P<duration>\d+) s)?(?: and (?P<changes>.+=.+))?"
)


@given(parsers.re(rf"a {_CONTROL}"))
async def _(
    bench: Bench, kind: str, control: str, control_type: str, priority: str, start: str | None, duration: str | None,
    changes: str | None,
) -> None:  # fmt: skip
    """Set a DER control that the station has to accept. Raises Inconclusive."""
    request = control_request(bench, kind, control, control_type, priority, start, duration, changes)
    answer = await asked_and_answered(bench, "SetDERControlRequest", request)
    if answer.body.get("status") != "Accepted":
        raise Inconclusive(f"preamble: DER control {control} was not accepted: {answer.name} {answer.body}")


@when(parsers.re(rf"the CSMS sets the {_CONTROL}"))
async def _(
    bench: Bench, kind: str, control: str, control_type: str, priority: str, start: str | None, duration: str | None,
    changes: str | None,
) -> None:  # fmt: skip
    request = control_request(bench, kind, control, control_type, priority, start, duration, changes)
    await bench.ocpp.call("SetDERControlRequest", request)


@when(parsers.re(rf"the operator makes the CSMS set the {_CONTROL}"))
async def _(
    bench: Bench, kind: str, control: str, control_type: str, priority: str, start: str | None, duration: str | None,
    changes: str | None,
) -> None:  # fmt: skip
    request = control_request(bench, kind, control, control_type, priority, start, duration, changes)
    await bench.ocpp.operate("SetDERControlRequest", request)


def control_request(
    bench: Bench, kind: str, control: str, control_type: str, priority: str, start: str | None, duration: str | None,
    changes: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Return a SetDERControlRequest; ``control.`` in the changes stands for the field that carries the control."""
    look, utc = bench.look, bench.utc()
    named = str(filled(look, control_type))
    field = field_of(named)
    body: dict[str, Any] = {**_BODIES[field], "priority": int(priority)}
    if start is not None:
        moment = datetime.fromtimestamp(utc + int(start), UTC)
        body["startTime"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if duration is not None:
        body["duration"] = int(duration)
    request = {"isDefault": kind == "default", "controlId": control, "controlType": named, field: body}
    return changed(request, changes.replace("control.", f"{field}."), look, utc) if changes else request


@when(parsers.re(r"the grid at the station has (?P<fault>OverFrequency|UnderFrequency|OverVoltage|UnderVoltage)"))
async def _(bench: Bench, fault: str) -> None:
    await bench.ocpp.drive("der-alarm", "der.grid_fault", fault, fault=fault, ended=False)


@when("the grid at the station is healthy again")
async def _(bench: Bench) -> None:
    await bench.ocpp.drive("der-alarm", "der.grid_fault", "", fault="", ended=True)


@when("the station has restarted by ResetRequest")
async def _(bench: Bench) -> None:
    """Let the CSMS reset the station, and wait until it is accepted again. Raises Inconclusive."""
    start = len(bench.recorder.events)
    answer = await asked_and_answered(bench, "ResetRequest", {"type": "Immediate"})
    if answer.body.get("status") not in ("Accepted", "Scheduled"):
        raise Inconclusive(f"preamble: the station does not reset: {answer.name} {answer.body}")
    await reached(
        bench.look, "a new boot",
        lambda e: e.kind == "message" and e.name == "BootNotificationResponse" and e.body.get("status") == "Accepted",
        start, 300.0,
    )  # fmt: skip
    await quiet(bench)


# ---- Then


@then(
    parsers.re(
        r"the (?P<party>station|CSMS) has sent (?P<no>no )?(?P<message>[A-Z]\w+Request)(?: with (?P<wanted>.+))?"
    )
)
async def _(bench: Bench, party: str, no: str | None, message: str, wanted: str | None) -> None:
    """Look back over the whole test case."""
    look = bench.look
    named = conditions(look, wanted) if wanted else []
    said = [e for e in look.events[: look.cursor] if is_said(e, ROLES[party], message)]
    found = next((e for e in said if fits(e, named)), None)
    observed = observation(look, found or (said[-1] if said else None), named)
    expected = f"{'no ' if no else ''}{expectation(message, named, None)} so far"
    look.check(expected, observed, (found is None) == bool(no), [found])


@then(parsers.re(r"the station reports exactly the DER controls (?P<wanted>[\w, ]+)"))
async def _(bench: Bench, wanted: str) -> None:
    """All reports of the last GetDERControlRequest together, in any order and number of messages ([R04.FR.31] to .35])."""
    look = bench.look
    request = look.before(lambda e: e.name == "GetDERControlRequest")
    if request is None:
        raise Inconclusive("no DER controls were asked for")
    number = request.body["requestId"]
    reports = await _reports(look, request, number)
    found = {
        str(entry["id"]): bool(entry.get("isSuperseded", False)) for one in reports for _, entry in entries(one.body)
    }
    expected = dict(_flagged(part) for part in wanted.split(","))
    shown = ", ".join(f"{name}{' superseded' if gone else ''}" for name, gone in sorted(found.items()))
    open_end = bool(reports) and bool(reports[-1].body.get("tbc"))
    observed = f"{shown or 'no report'} in {len(reports)} messages{', more announced' if open_end else ''}"
    look.check(
        f"a report of {wanted} with requestId {number}", observed, found == expected and not open_end,
        [request, *reports],
    )  # fmt: skip


def _flagged(part: str) -> tuple[str, bool]:
    name, _, flag = part.strip().partition(" ")
    return name, flag == "superseded"


async def _reports(look: Look, request: Event, number: int) -> list[Event]:
    """Return the reports with a requestId up to the one that announces no more."""
    found: list[Event] = []
    after, limit = request.id, request.seconds + ANSWER_S
    while True:
        one = await look.trace.first(
            lambda e: is_said(e, "station", "ReportDERControlRequest") and e.body.get("requestId") == number,
            after, limit,
        )  # fmt: skip
        if one is None:
            return found
        found.append(one)
        after = one.id
        if not one.body.get("tbc"):
            return found


@then(parsers.re(r"the station alarms because of (?P<fault>\w+) by the DER control (?P<control_type>\$?\w+)"
                 r"(?: within (?P<limit>\d+) s)?"))  # fmt: skip
async def _(bench: Bench, fault: str, control_type: str, limit: str | None) -> None:
    kind = filled(bench.look, control_type)
    await _alarm(bench, f"controlType = {kind} and gridEventFault = {fault}", False, limit)


@then(parsers.re(r"the station says that the alarm by the DER control (?P<control_type>\$?\w+) is over"
                 r"(?: within (?P<limit>\d+) s)?"))  # fmt: skip
async def _(bench: Bench, control_type: str, limit: str | None) -> None:
    await _alarm(bench, f"controlType = {filled(bench.look, control_type)}", True, limit)


async def _alarm(bench: Bench, wanted: str, ended: bool, limit: str | None) -> None:
    look, taken = bench.look, claimed(bench.look)
    start = look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0
    named = conditions(look, wanted)

    def right(event: Event) -> bool:
        return (
            is_said(event, "station", "NotifyDERAlarmRequest") and event.id not in taken and fits(event, named)
            and bool(event.body.get("alarmEnded")) == ended
        )  # fmt: skip

    within_s = float(limit or ANSWER_S)
    found = await look.trace.first(right, last_deed(look), start + within_s + look.context.tolerance_s)
    came = found or await find(look, "station", "NotifyDERAlarmRequest", [], 0.0)
    what = "the end of an alarm" if ended else "an alarm"
    observed = f"{observation(look, came, named)}, alarmEnded = {came.body.get('alarmEnded') if came else None}"
    look.check(f"{what} with {wanted} within {seconds(within_s)}", observed, found is not None, [found or came])
    look.checks[-1]["claims"] = True


@then(
    parsers.re(
        r"the station reports the variables (?P<names>\w+(?:, \w+)*) of (?P<component>\w+) at EVSE (?P<evse>\$?\w+)"
    )
)
async def _(bench: Bench, names: str, component: str, evse: str) -> None:
    """All NotifyReportRequest since the last deed together; waits for the last of them."""
    look = bench.look
    number = int(filled(look, evse))
    start, after = (look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0), last_deed(look)
    await look.trace.first(
        lambda e: is_said(e, "station", "NotifyReportRequest") and not e.body.get("tbc"), after, start + 60.0
    )  # fmt: skip
    reports = [e for e in look.events[after:] if is_said(e, "station", "NotifyReportRequest")]
    there = {
        one["variable"]["name"]
        for report in reports for one in report.body.get("reportData", ())
        if one["component"]["name"] == component and one["component"].get("evse", {}).get("id") == number
    }  # fmt: skip
    missing = [name for name in names.split(", ") if name not in there]
    observed = f"missing are {', '.join(missing)}" if missing else f"{len(there)} variables"
    look.check(f"{component} of EVSE {number} with {names}", observed, bool(reports) and not missing, reports)
