"""What block K has to check in the trace: composite schedules, reports of charging profiles, and what flows (K08, K09)."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.yaml_lines import LabError
from v2xconform.protocols.ocpp.charging.compare import difference
from v2xconform.protocols.ocpp.charging.needs import exceeds
from v2xconform.protocols.ocpp.charging.profiles import seconds_of
from v2xconform.protocols.ocpp.metered import totals
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look
from v2xconform.steps.ocpp_checks import ANSWER_S, answer_to, is_said, last_deed, that_message
from v2xconform.steps.ocpp_smart_charging import scale
from v2xconform.steps.ocpp_values import filled, pixit
from v2xconform.steps.vocabulary import then
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at

_EDGE_S: Final = 2.0
"""How far the start of a period may be off: whole seconds, and the way of the messages."""
_SLIVER_S: Final = 2
"""A first period that is no longer says nothing."""


# ---- Then: composite schedules


@then(parsers.re(r"the composite schedule is (?P<wanted>.+?)(?: since \$(?P<since>\w+))?"))
async def _(bench: Bench, wanted: str, since: str | None) -> None:
    """``7, 9 after 100 s``: limits over time since a noted instant; ? is any, !6 anything but 6, ``for each EVSE`` their sum."""
    look = bench.look
    by = scale(look) * (int(pixit(look, "evse_count")) if "for each EVSE" in wanted else 1)
    answer, asked = await _composite(look)
    schedule = field_at(answer.body, "schedule")
    if answer.body.get("status") != "Accepted" or not isinstance(schedule, dict):
        look.check("Accepted with a schedule", look.describe(answer), False, [asked, answer])
    begin = seconds_of(schedule["scheduleStart"])
    passed = begin - seconds_of(str(filled(look, f"${since}"))) if since else 0.0
    problems = shape_problems(schedule, asked.body) + limit_problems(
        schedule, wanted.replace(" for each EVSE", ""), passed, by
    )
    observed = ", ".join(f"{one['limit']:g} after {one['startPeriod']} s" for one in schedule["chargingSchedulePeriod"])
    text = f"the composite schedule {wanted}" + (f", {passed:.0f} s later" if since else "")
    look.check(text, f"{observed}{'; ' if problems else ''}{'; '.join(problems)}", not problems, [asked, answer])


@then("the periods do not start as they did in the composite schedule before")
async def _(bench: Bench) -> None:
    """Random delays are drawn anew: the last two composite schedules have their later periods at other times."""
    look = bench.look
    answer, asked = await _composite(look)
    before = look.before(
        lambda e: is_said(e, "station", "GetCompositeScheduleResponse") and "schedule" in e.body and e.id < asked.id
    )
    if before is None or "schedule" not in answer.body:
        raise Inconclusive("there are no two composite schedules to compare")
    one, other = (spans(event.body["schedule"]) for event in (before, answer))
    met = len(one) == len(other) and any(abs(a - b) > _EDGE_S for a, b in zip(one, other, strict=True))
    look.check("other starts of periods than before", f"periods of {one} s, then of {other} s", met, [before, answer])


@then("the periods start as they did in the composite schedule before")
async def _(bench: Bench) -> None:
    """Random delays stay in a transaction: two composite schedules have their later periods at the same instants."""
    look = bench.look
    answer, asked = await _composite(look)
    before = look.before(
        lambda e: is_said(e, "station", "GetCompositeScheduleResponse") and "schedule" in e.body and e.id < asked.id
    )
    if before is None or "schedule" not in answer.body:
        raise Inconclusive("there are no two composite schedules to compare")
    one, other = (starts(event.body["schedule"]) for event in (before, answer))
    met = len(one) == len(other) and all(abs(a - b) <= _EDGE_S for a, b in zip(one, other, strict=True))
    shown = f"they differ by {[round(b - a) for a, b in zip(one, other, strict=False)]} s"
    look.check("the same starts of periods as before", shown, met, [before, answer])


def starts(schedule: dict[str, Any]) -> list[float]:
    """Return the instants at which the later periods of a composite schedule start."""
    begin = seconds_of(schedule["scheduleStart"])
    return [begin + one["startPeriod"] for one in schedule["chargingSchedulePeriod"][1:]]


def spans(schedule: dict[str, Any]) -> list[int]:
    """Return how long the later periods last, up to the next one."""
    found = [one["startPeriod"] for one in schedule["chargingSchedulePeriod"]][1:]
    return [int(later - earlier) for earlier, later in pairwise(found)]


@then(parsers.re(r"the composite schedule begins with at most (?P<watts>\d+) W"))
async def _(bench: Bench, watts: str) -> None:
    """In either unit; amperes count on all phases of the EVSE."""
    look = bench.look
    answer, asked = await _composite(look)
    schedule = field_at(answer.body, "schedule")
    first = field_at(answer.body, "schedule.chargingSchedulePeriod.0.limit")
    by = 1.0
    if isinstance(schedule, dict) and schedule.get("chargingRateUnit") == "A":
        by = float(pixit(look, "voltage")) * float(pixit(look, "phases"))
    told = float(first) * by if isinstance(first, int | float) else None
    shown = f"{answer.body.get('status')}, {'no limit' if told is None else f'{told:g} W'}"
    met = told is not None and answer.body.get("status") == "Accepted" and told <= float(watts) + by / 10 + 1.0
    look.check(f"a composite schedule that begins with at most {watts} W", shown, met, [asked, answer])


async def _composite(look: Look) -> tuple[Event, Event]:
    asked = look.before(lambda e: is_said(e, "csms", "GetCompositeScheduleRequest"))
    if asked is None:
        raise Inconclusive("no composite schedule was asked for")
    answer = await answer_to(look, asked, ANSWER_S)
    if answer is None or answer.name != "GetCompositeScheduleResponse":
        look.check("GetCompositeScheduleResponse", look.describe(answer), False, [asked, answer])
    assert answer is not None, "the check above has failed otherwise"
    return answer, asked


def shape_problems(schedule: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    """Return where a composite schedule is not the one that was asked for ([K08.FR.02])."""
    found = [
        f"{name} is {schedule.get(name)!r}, asked for was {asked[name]!r}"
        for name in ("evseId", "duration", "chargingRateUnit")
        if name in asked and schedule.get(name) != asked[name]
    ]
    starts = [one["startPeriod"] for one in schedule["chargingSchedulePeriod"]]
    if starts[0] != 0 or starts != sorted(set(starts)):
        found.append(f"periods start at {starts}")
    return found


def limit_problems(schedule: dict[str, Any], wanted: str, passed: float, by: float) -> list[str]:
    """Return where the limits of a composite schedule are not the wanted ones, `passed` seconds after those begin."""
    steps = []
    for part in wanted.split(","):
        match = re.fullmatch(r"\s*([!?\d.]+)(?: after (\d+) s)?\s*", part)
        if match is None:
            raise LabError(f"{part.strip()!r} is not of the form `limit after n s`")
        steps.append((float(match[2] or 0) - passed, match[1]))
    found = []
    # A station with whole seconds begins a little before the request: that sliver is about the time before the profile.
    second = [one["startPeriod"] for one in schedule["chargingSchedulePeriod"]][1:2]
    sliver = float(second[0]) if second and second[0] <= _SLIVER_S else 0.0
    for number, (start, limit) in enumerate(steps):
        end = steps[number + 1][0] if number + 1 < len(steps) else float(schedule["duration"])
        low, high = max(sliver, start + _EDGE_S if start > 0 else 0.0), min(end, float(schedule["duration"])) - _EDGE_S
        for at in (low, (low + high) / 2, high):
            if low < high and not _fits(limit_at(schedule, at), limit, by):
                found.append(f"{limit_at(schedule, at)} after {at:.0f} s, where {limit} is right")
                break
    return found


def limit_at(schedule: dict[str, Any], at: float) -> float | None:
    """Return the limit of a schedule after so many seconds."""
    holding = [one for one in schedule["chargingSchedulePeriod"] if one["startPeriod"] <= at]
    return float(holding[-1]["limit"]) if holding and "limit" in holding[-1] else None


def _fits(found: float | None, wanted: str, by: float) -> bool:
    if wanted == "?":
        return True
    value = float(wanted.strip("!")) * by
    equal = found is not None and abs(found - value) <= max(0.1, 0.005 * value)
    return equal != wanted.startswith("!")


# ---- Then: reports


@then(
    parsers.re(
        r"the station reports (?P<only>exactly |at least )the charging profiles? (?P<numbers>-?\d+(?:(?:, | and )-?\d+)*)"
    )
)
async def _(bench: Bench, only: str, numbers: str) -> None:
    """All reports for the last GetChargingProfiles hold these profiles as they were set."""
    look = bench.look
    wanted = [int(one) for one in re.findall(r"-?\d+", numbers)]
    asked, reports = await _reports(look)
    problems = report_problems(look, asked, reports, wanted, exactly=only == "exactly ")
    seen = [one["id"] for report in reports for one in report.body["chargingProfile"]]
    observed = f"{len(reports)} reports with {seen}{'; ' if problems else ''}{'; '.join(problems)}"
    look.check(f"reports with {only}{wanted}, as they were set", observed, not problems, [asked, *reports])


@then(
    parsers.re(
        r"the station reports a charging profile with (?P<purpose>\w+)(?: and an id of at most (?P<most>-?\d+))?"
    )
)
async def _(bench: Bench, purpose: str, most: str | None) -> None:
    """Some profile of a purpose is in the reports for the last GetChargingProfiles."""
    look = bench.look
    asked, reports = await _reports(look)
    found = [(one["id"], one["chargingProfilePurpose"]) for report in reports for one in report.body["chargingProfile"]]
    met = any(kind == purpose and (most is None or number <= int(most)) for number, kind in found)
    text = f"a report of a {purpose}" + (f" with an id of at most {most}" if most else "")
    look.check(text, f"{len(reports)} reports with {found}", met, [asked, *reports])


async def _reports(look: Look) -> tuple[Event, list[Event]]:
    """Return the last GetChargingProfilesRequest and what was reported for it."""
    asked = look.before(lambda e: is_said(e, "csms", "GetChargingProfilesRequest"))
    if asked is None:
        raise Inconclusive("no charging profiles were asked for")
    number, end = asked.body["requestId"], asked.seconds + ANSWER_S + look.context.tolerance_s

    def reports(event: Event) -> bool:
        return is_said(event, "station", "ReportChargingProfilesRequest")

    final = await look.trace.first(
        lambda e: reports(e) and e.body.get("requestId") == number and not e.body.get("tbc", False), asked.id, end
    )
    found = [e for e in look.events[asked.id :] if reports(e) and e.body.get("requestId") == number]
    if final is None:
        strange = [e for e in look.events[asked.id :] if reports(e)]
        ids = [e.body.get("requestId") for e in strange]
        text = f"{len(strange)} reports, the request ids are {ids}, the last says more will come"
        look.check(
            f"reports with requestId {number}, one of them the last",
            text if strange else "no report",
            False,
            [asked, *strange],
        )
    return asked, [e for e in found if final is None or e.id <= final.id]


def report_problems(
    look: Look, asked: Event, reports: Sequence[Event], wanted: list[int], *, exactly: bool
) -> list[str]:
    """Return what is wrong with reports of profiles."""
    shown: dict[int, tuple[int, dict[str, Any]]] = {}
    for report in reports:
        for one in report.body["chargingProfile"]:
            shown[one["id"]] = report.body["evseId"], one
    found = [f"profile {number} is missing" for number in wanted if number not in shown]
    if exactly:
        found += [f"profile {number} is too much" for number in shown if number not in wanted]
    for number in wanted:
        was_set = last_set(look, number)
        if number in shown and was_set is not None:
            evse, profile = was_set
            if shown[number][0] != evse:
                found.append(f"profile {number} is reported for EVSE {shown[number][0]}, it was set for {evse}")
            changed = difference(profile, shown[number][1])
            if changed:
                found.append(f"profile {number}: {changed}")
    return found


def last_set(look: Look, number: int) -> tuple[int, dict[str, Any]] | None:
    """Return EVSE and content of a profile as it was set last, by SetChargingProfile or a remote start."""
    for event in reversed(look.events[: look.cursor]):
        if event.kind == "message" and event.name in ("SetChargingProfileRequest", "RequestStartTransactionRequest"):
            profile = event.body.get("chargingProfile")
            if isinstance(profile, dict) and profile.get("id") == number:
                return event.body.get("evseId", 0), profile
    return None


# ---- Then: what EVs need and how they will charge


@then("the needs in that message fit the energy transfer")
async def _(bench: Bench) -> None:
    """NotifyEVChargingNeeds has the parameters that belong to requestedEnergyTransfer ([K15.FR.06])."""
    look = bench.look
    event = that_message(look)
    needs = event.body["chargingNeeds"]
    kind = needs["requestedEnergyTransfer"]
    wanted = "v2xChargingParameters" if "controlMode" in needs else f"{kind[:2].lower()}ChargingParameters"
    shown = [key for key in needs if key.endswith("ChargingParameters")]
    look.check(f"{wanted} for {kind}", f"{kind} with {', '.join(shown) or 'none'}", wanted in shown, [event])


@then("the schedule of the EV, where the station tells it, keeps to the profile")
async def _(bench: Bench) -> None:
    """No NotifyEVChargingSchedule is above the profile that was sent before it ([K15.FR.09]); none at all is fine."""
    look = bench.look
    begin = look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0
    told = await look.trace.first(
        lambda e: is_said(e, "station", "NotifyEVChargingScheduleRequest"), last_deed(look), begin + ANSWER_S
    )
    if told is None:
        look.check("no schedule above the profile", "no schedule of the EV was told", True)
        return
    given = [
        e for e in look.events[: told.id]
        if is_said(e, "csms", "SetChargingProfileRequest") and e.body["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
        and e.body["evseId"] == told.body["evseId"]
    ]  # fmt: skip
    if not given:
        look.check("a schedule of the EV", look.describe(told), True, [told])
        return
    above = exceeds(told.body, given[-1].body["chargingProfile"], seconds_of(given[-1].utc))
    periods = told.body["chargingSchedule"]["chargingSchedulePeriod"]
    shown = ", ".join(f"{one.get('limit')} after {one['startPeriod']} s" for one in periods)
    look.check("a schedule within the profile", f"{shown}{': above it' if above else ''}", not above, [given[-1], told])


@then("the composite schedule keeps below the last profile")
async def _(bench: Bench) -> None:
    """Its first period is not above the limit that the last TxProfile has now, in the unit of both."""
    look = bench.look
    answer, asked = await _composite(look)
    given = look.before(
        lambda e: is_said(e, "csms", "SetChargingProfileRequest")
        and e.body["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
    )  # fmt: skip
    if given is None or "schedule" not in answer.body:
        look.check("a composite schedule", look.describe(answer), False, [asked, answer])
        return
    schedule, profile = answer.body["schedule"], given.body["chargingProfile"]
    unit = profile["chargingSchedule"][0]["chargingRateUnit"]
    if unit != schedule["chargingRateUnit"]:
        raise Inconclusive(f"the profile is in {unit}, the composite schedule in {schedule['chargingRateUnit']}")
    most = max(float(one["limit"]) for one in profile["chargingSchedule"][0]["chargingSchedulePeriod"])
    shown = float(schedule["chargingSchedulePeriod"][0].get("limit", 0.0))
    look.check(f"a limit of {most:g} {unit} at most", f"{shown:g} {unit}", shown <= most * 1.01 + 0.1, [given, answer])


# ---- Then: what a CSMS sends


@then("the charging profile of that message is the one that the operator has set")
async def _(bench: Bench) -> None:
    """The profile in the message found last has all that the operator wanted; a CSMS may choose its ids."""
    look = bench.look
    numbers = [check["events"][-1] for check in look.checks if check["met"] and check["events"]]
    wanted = look.before(lambda e: e.kind == "stimulus" and e.name == "request")
    if not numbers or wanted is None:
        raise Inconclusive("no message was found, or no operator has done anything")
    event = look.events[numbers[-1] - 1]
    asked = dict(field_at(wanted.body, "facts.payload.chargingProfile"))
    asked["chargingSchedule"] = [{key: v for key, v in one.items() if key != "id"} for one in asked["chargingSchedule"]]
    asked.pop("id")
    found = difference(asked, event.body.get("chargingProfile"))
    look.check("the charging profile that the operator has set", found or "that one", not found, [wanted, event])


# ---- Then: what flows


@then(parsers.re(r"the power is (?P<how>at most|above) (?P<limit>\d+(?:\.\d+)?)(?: within (?P<within>\d+) s)?"))
async def _(bench: Bench, how: str, limit: str, within: str | None) -> None:
    """The last measured Power.Active.Import since the deed before; the limit is in A (or kW) like those of profiles."""
    look = bench.look
    start, wait = last_deed(look), float(within or 60)
    begin = look.events[start - 1].seconds if start else 0.0
    watts = float(limit) * (1000.0 if scale(look) > 1 else float(pixit(look, "voltage")) * int(pixit(look, "phases")))

    def good(event: Event) -> bool:
        found = measured(event)
        return found is not None and (found <= watts * 1.03 + 50 if how == "at most" else found > watts * 1.03 + 50)

    found = await look.trace.first(good, start, begin + wait + look.context.tolerance_s)
    last = next((e for e in reversed(look.events[start:]) if measured(e) is not None), None)
    if last is None:
        raise Inconclusive(
            "the station has measured no Power.Active.Import: does SampledDataCtrlr.TxUpdatedMeasurands list it?"
        )
    shown = f"{measured(found or last):.0f} W" if measured(found or last) is not None else "nothing"
    look.check(f"a power of {how} {watts:.0f} W within {wait:.0f} s", shown, found is not None, [found or last])


def measured(event: Event) -> float | None:
    """Return the last Power.Active.Import that a message of the station tells, W."""
    if event.kind != "message" or event.name not in ("TransactionEventRequest", "MeterValuesRequest"):
        return None
    found = None
    for value in event.body.get("meterValue", ()):
        found = totals(value).get("Power.Active.Import", found)
    return found


@then(parsers.re(r"the CSMS keeps what it has promised to the EV within (?P<limit>\d+) s"))
async def _(bench: Bench, limit: str) -> None:
    """Accepted means that a profile comes; Rejected, and another CSMS may say that, means nothing ([K15.FR.03], [K15.FR.04])."""
    look = bench.look
    told = look.before(lambda e: is_said(e, "csms", "NotifyEVChargingNeedsResponse"))
    status = told.body.get("status") if told is not None else None
    if status != "Accepted":
        look.check("a promise", f"none: {status}", status in ("Rejected", "Processing", "NoChargingProfile"), [told])
        return
    found = await look.first(lambda e: is_said(e, "csms", "SetChargingProfileRequest"), told, float(limit))
    observed = look.describe(found) if found is not None else "no SetChargingProfileRequest"
    look.check("a charging profile for needs that were Accepted", observed, found is not None, [told, found])
