"""The sentences of OCPP block Q of 2.1: EVs that feed back, operation modes, dynamic profiles, external systems, the grid.

A profile is said in one line: ``V2X profile 701: TxProfile, Dynamic, CentralSetpoint with setpoint = -3000``. Fields are those of
its one period; ``schedule.`` and ``profile.`` before a field name that of the schedule and the profile. The docstring has
``periods`` where there are several. Powers are in W, EVSEs are the PIXIT v2x_evse where none is named.
"""

import re
from datetime import datetime
from typing import Any, Final

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.yaml_lines import LabError
from v2xconform.protocols.ocpp.charging.profiles import seconds_of
from v2xconform.protocols.ocpp.metered import totals
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, seconds
from v2xconform.steps.ocpp_checks import ANSWER_S, is_said, last_deed
from v2xconform.steps.ocpp_deeds import asked_and_answered, booted, charging, present, quiet, reached
from v2xconform.steps.ocpp_values import changed, filled, payload, pixit, values_at
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at

_AT: Final = r"(?: at EVSE (?P<evse>\d+))?"
_POWERS: Final = "Power.Active.Import,Power.Active.Export"
_TOLERANCE_W: Final = 150.0
"""How exactly an EV has to follow a set point, beside 10 percent of it."""


def evse_of(look: Look, number: str | None) -> int:
    """Return the EVSE of a sentence."""
    return int(number or pixit(look, "v2x_evse"))


# ---- Given: the tester's CSMS


@given(parsers.re(r"a CSMS that allows (?P<services>\w+(?:, \w+)*)"))
async def _(bench: Bench, services: str) -> None:
    """Choose the allowedEnergyTransfer that the tester's CSMS names with an authorization."""
    named = [_service(bench.look, one) for one in services.split(", ")]
    bench.ocpp.csms_wishes.persona["allowed_energy_transfer"] = named


@given("a CSMS that does not know yet which energy transfer is allowed")
async def _(bench: Bench) -> None:
    bench.ocpp.csms_wishes.policy.setdefault("v2x", {})["tells_allowed"] = False


@given("a CSMS that leaves profiles to the test case")
async def _(bench: Bench) -> None:
    bench.ocpp.csms_wishes.policy.setdefault("smart_charging", {})["sends_profile"] = False


def _service(look: Look, name: str) -> str:
    """Return an energy transfer mode: BPT and charging stand for those of the PIXIT."""
    known = {"BPT": "bpt_service", "charging": "charging_service"}
    return str(pixit(look, known[name])) if name in known else name


# ---- Given: EVs and transactions

_EV: Final = r"an EV that offers (?P<services>\w+(?:, \w+)*)(?P<dynamic> under dynamic control)?(?P<phases> by phases)?"


@given(parsers.re(rf"{_EV} is plugged in{_AT}"))
@when(parsers.re(rf"the driver plugs in {_EV}{_AT}"))
async def _(bench: Bench, services: str, dynamic: str | None, phases: str | None, evse: str | None) -> None:
    """An EV with ISO 15118-20; BPT and charging stand for the energy transfer modes of the PIXIT."""
    named = [_service(bench.look, one) for one in services.split(", ")]
    await plug_in_v2x(bench, named, dynamic=bool(dynamic), phases=bool(phases), evse=evse)


async def plug_in_v2x(
    bench: Bench, services: list[str], *, dynamic: bool = False, phases: bool = False, evse: str | None = None
) -> None:  # fmt: skip
    """Connect an EV that can feed back."""
    side, number = bench.ocpp, evse_of(bench.look, evse)
    facts = {"services": services, "dynamic": dynamic, "phases": phases}
    arguments = [side.evse(number), facts] if side.station is not None else []
    await side.drive("plug", "v2x.plug_in", *arguments, evse=number, ev={"protocol": "ISO 15118-20", **facts})


@when(parsers.re(r"the driver presents \$(?P<name>\w+) at the V2X EVSE"))
async def _(bench: Bench, name: str) -> None:
    await present(bench, name, str(evse_of(bench.look, None)))


@given(parsers.re(rf"a V2X transaction(?P<dynamic> under dynamic control)?(?P<phases> by phases)?{_AT}"))
async def _(bench: Bench, dynamic: str | None, phases: str | None, evse: str | None) -> None:
    """A transaction whose EV may feed back, and waits for a profile; the meter tells its power. Raises Inconclusive."""
    await v2x_transaction(bench, dynamic=bool(dynamic), phases=bool(phases), evse=evse)


async def v2x_transaction(bench: Bench, *, dynamic: bool, phases: bool, evse: str | None) -> None:
    """Bring both sides to accepted charging needs of an EV that may feed back. Raises Inconclusive."""
    side, look = bench.ocpp, bench.look
    number = evse_of(look, evse)
    bpt, plain = ("DC_BPT", "DC") if number != evse_of(look, None) else (
        _service(look, "BPT"), _service(look, "charging")
    )  # fmt: skip
    if side.sut_is_station:
        side.csms_wishes.policy.setdefault("smart_charging", {}).setdefault("sends_profile", False)
    else:
        measure_of_our_station(bench)
    await booted(bench)
    if side.sut_is_station:
        await measure_power(bench)
    await plug_in_v2x(bench, [bpt, plain], dynamic=dynamic, phases=phases, evse=str(number))
    await present(bench, "valid_token", str(number))
    wanted = await reached(
        look, f"charging needs with {bpt}",
        lambda e: e.kind == "message" and e.name == "NotifyEVChargingNeedsRequest"
        and field_at(e.body, "chargingNeeds.requestedEnergyTransfer") == bpt,
    )  # fmt: skip
    await reached(
        look, f"the acceptance of charging needs with {bpt}",
        lambda e: e.kind == "message" and e.name == "NotifyEVChargingNeedsResponse"
        and e.body.get("status") in ("Accepted", "Processing"), wanted.id,
    )  # fmt: skip
    await quiet(bench)


@given("a transaction whose power is measured")
async def _(bench: Bench) -> None:
    """A plain transaction that charges; the meter tells its power. Raises Inconclusive."""
    if bench.ocpp.sut_is_station:
        await booted(bench)
        await measure_power(bench)
    else:
        measure_of_our_station(bench)
    await charging(bench)


def measure_of_our_station(bench: Bench) -> None:
    """Let the tester's station tell its power every 5 s; before it starts."""
    wanted = {"TxUpdatedMeasurands": _POWERS, "TxUpdatedInterval": 5}
    bench.ocpp.station_wishes.variables |= {f"SampledDataCtrlr.{name}": value for name, value in wanted.items()}


async def measure_power(bench: Bench) -> None:
    """Let the station under test tell its power every 5 s. Raises Inconclusive."""
    wanted = {"TxUpdatedMeasurands": _POWERS, "TxUpdatedInterval": "5"}
    data = [
        {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": name}, "attributeValue": value}
        for name, value in wanted.items()
    ]
    answer = await asked_and_answered(bench, "SetVariablesRequest", {"setVariableData": data})
    statuses = list(values_at(answer.body, "setVariableResult.*.attributeStatus"))
    if any(one not in ("Accepted", "RebootRequired") for one in statuses):
        raise Inconclusive(f"preamble: the station does not let its sampled measurands be set: {statuses}")


@given(parsers.re(rf"(?P<variable>V2XChargingCtrlr\.\w+(?:\[\w+\])?){_AT} has the value (?P<value>.+)"))
async def _(bench: Bench, variable: str, evse: str | None, value: str) -> None:
    """Set a variable of an EVSE. Raises Inconclusive when the station does not let it be set."""
    component, _, name = variable.partition(".")
    name, _, instance = name.rstrip("]").partition("[")
    item = {
        "component": {"name": component, "evse": {"id": evse_of(bench.look, evse)}},
        "variable": {"name": name, **({"instance": instance} if instance else {})},
        "attributeValue": str(filled(bench.look, value)),
    }
    answer = await asked_and_answered(bench, "SetVariablesRequest", {"setVariableData": [item]})
    status = field_at(answer.body, "setVariableResult.0.attributeStatus")
    if status not in ("Accepted", "RebootRequired"):
        raise Inconclusive(f"preamble: the station does not let {variable} be set to {value}: {status}")


@given(parsers.re(r"the station (?P<has>has|lacks) the operation mode (?P<mode>\w+)(?: at EVSE (?P<evse>\d+))?"))
async def _(bench: Bench, has: str, mode: str, evse: str | None) -> None:
    """Look into SupportedOperationModes. Raises Inconclusive where it is otherwise."""
    number = evse_of(bench.look, evse)
    asked = {
        "component": {"name": "V2XChargingCtrlr", "evse": {"id": number}},
        "variable": {"name": "SupportedOperationModes"},
    }
    answer = await asked_and_answered(bench, "GetVariablesRequest", {"getVariableData": [asked]})
    value = str(field_at(answer.body, "getVariableResult.0.attributeValue"))
    if (mode in [one.strip() for one in value.split(",")]) != (has == "has"):
        raise Inconclusive(f"preamble: EVSE {number} has the operation modes {value}")


# ---- profiles

_PROFILE: Final = (
    r"V2X profile (?P<number>\d+)(?: at (?:EVSE (?P<evse>\d+)|(?P<whole>the station)))?: (?P<purpose>\w+), "
    r"(?P<kind>Absolute|Relative|Dynamic), (?P<mode>\w+)(?:, level (?P<level>\d+))?(?: with (?P<fields>.+=.+))?"
)
_ANY_PROFILE: Final = f"(?P<profile>{re.sub(r'[?]P<[a-z]+>', '', _PROFILE)})"
"""The same as one part of a sentence."""


def _parts(sentence: str) -> dict[str, str | None]:
    found = re.fullmatch(_PROFILE, sentence)
    if found is None:
        raise LabError(f"{sentence!r} is no V2X profile")
    return found.groupdict()


def v2x_profile(bench: Bench, sentence: str, docstring: str) -> dict[str, Any]:
    """Return the SetChargingProfileRequest of a sentence. Raises LabError, Inconclusive."""
    said = _parts(sentence)
    look, utc = bench.look, bench.utc()
    evse = 0 if said["whole"] else evse_of(look, said["evse"])
    more = filled(look, payload(docstring), utc) if docstring.strip() else {}
    period: dict[str, Any] = {"startPeriod": 0, "operationMode": said["mode"]}
    if said["mode"] == "ChargingOnly":
        period["limit"] = 6000
    schedule: dict[str, Any] = {"id": 1, "chargingRateUnit": "W"}
    if said["kind"] == "Absolute":
        schedule["startSchedule"] = filled(look, "$now", utc)
    profile: dict[str, Any] = {
        "id": int(said["number"] or 0), "stackLevel": int(said["level"] or 1),
        "chargingProfilePurpose": said["purpose"], "chargingProfileKind": said["kind"],
    }  # fmt: skip
    if said["purpose"] == "TxProfile":
        profile["transactionId"] = filled(look, "$transaction", utc)
    tree = {"period": period, "schedule": schedule, "profile": profile}
    for part in (said["fields"] or "").split(" and "):
        if part:
            path = part if part.startswith(("schedule.", "profile.")) else f"period.{part}"
            changed(tree, path, look, utc)
    schedule["chargingSchedulePeriod"] = more.pop("periods", [period])
    if more:
        raise LabError(f"{', '.join(more)} is no part of a V2X profile; fields stand in the sentence")
    profile["chargingSchedule"] = [schedule]
    return {"evseId": evse, "chargingProfile": profile}


@when(parsers.re(rf"the CSMS sets the {_ANY_PROFILE}"))
async def _(bench: Bench, profile: str, docstring: str = "") -> None:
    await bench.ocpp.call("SetChargingProfileRequest", v2x_profile(bench, profile, docstring))


@given(parsers.re(rf"the {_ANY_PROFILE} is installed"))
@when(parsers.re(rf"the {_ANY_PROFILE} is installed"))
async def _(bench: Bench, profile: str, docstring: str = "") -> None:
    """Install a profile. Raises Inconclusive where the station does not accept it."""
    tree = v2x_profile(bench, profile, docstring)
    answer = await asked_and_answered(bench, "SetChargingProfileRequest", tree)
    if field_at(answer.body, "status") != "Accepted":
        raise Inconclusive(f"preamble: {profile} is not accepted: {answer.name} {answer.body}")
    await quiet(bench)


@when(parsers.re(rf"the operator sets the {_ANY_PROFILE}"))
async def _(bench: Bench, profile: str, docstring: str = "") -> None:
    """Make the CSMS under test send a profile."""
    await bench.ocpp.operate("SetChargingProfileRequest", v2x_profile(bench, profile, docstring))


# ---- the world


@when(parsers.re(rf"an external system gives (?P<values>.+=.+?){_AT}"))
async def _(bench: Bench, values: str, evse: str | None, docstring: str = "") -> None:
    """An EMS gives limits or set points to the station; evse = 0 is the whole station."""
    given_ = {"evse": evse_of(bench.look, evse), **changed({}, values, bench.look, bench.utc())}
    await bench.ocpp.drive("limit", "dynamic_schedules.external", given_, **given_)


@when(parsers.re(rf"an external system gives the schedule (?P<schedule>\[.+\]){_AT}"))
async def _(bench: Bench, schedule: str, evse: str | None) -> None:
    periods = payload(f"periods: {schedule}")["periods"]
    given_ = {"evse": evse_of(bench.look, evse), "periods": periods}
    await bench.ocpp.drive("limit", "dynamic_schedules.external", given_, **given_)


@when(parsers.re(r"the grid frequency is (?P<hertz>\d+(?:\.\d+)?) Hz"))
async def _(bench: Bench, hertz: str) -> None:
    await bench.ocpp.drive("grid", "v2x.move_grid", {"frequency_hz": float(hertz)}, frequency_hz=float(hertz))


@when(parsers.re(r"the upstream meter shows (?P<watts>-?\d+) W"))
async def _(bench: Bench, watts: str) -> None:
    await bench.ocpp.drive("grid", "v2x.move_grid", {"load_w": float(watts)}, load_w=float(watts))


@when(parsers.re(r"the CSMS has new values for profile (?P<number>\d+): (?P<values>.+=.+)"))
async def _(bench: Bench, number: str, values: str) -> None:
    """Choose what the tester's CSMS answers to PullDynamicScheduleUpdate from now on."""
    wanted = changed({}, values, bench.look, bench.utc())
    bench.ocpp.own_csms().csms.dynamic_schedules.values[int(number)] = wanted


# ---- Then


@then(parsers.re(r"the power is (?P<watts>-?\d+) W(?: within (?P<limit>\d+) s)?"))
async def _(bench: Bench, watts: str, limit: str | None) -> None:
    """What the station measures: import minus export, in TransactionEventRequest or MeterValuesRequest."""
    look, wanted, within_s = bench.look, float(watts), float(limit or ANSWER_S)
    start, after = (look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0), last_deed(look)
    allowed = _TOLERANCE_W + abs(wanted) / 10

    def right(event: Event) -> bool:
        found = measured_power(event)
        return found is not None and abs(found - wanted) <= allowed

    found = await look.trace.first(right, after, start + within_s + look.context.tolerance_s)
    shown = found or next((e for e in reversed(look.events[after:]) if measured_power(e) is not None), None)
    observed = f"{measured_power(shown):g} W" if shown is not None else f"no power was measured; {look.last_words()}"
    look.check(f"a power of {wanted:g} W within {seconds(within_s)}", observed, found is not None, [shown])


@then(parsers.re(r"the power stays at (?P<watts>-?\d+) W for (?P<limit>\d+) s"))
async def _(bench: Bench, watts: str, limit: str) -> None:
    """All that is measured since this step; what is under way at its beginning may differ for some seconds."""
    look, wanted = bench.look, float(watts)
    allowed = _TOLERANCE_W + abs(wanted) / 10
    begin = look.events[look.cursor - 1].seconds if look.cursor else 0.0

    def wrong(event: Event) -> bool:
        found = measured_power(event)
        return found is not None and event.seconds > begin + 2.0 and abs(found - wanted) > allowed

    found = await look.trace.first(wrong, look.cursor, begin + float(limit))
    measured = [e for e in look.events[look.cursor :] if measured_power(e) is not None]
    observed = f"{measured_power(found):g} W" if found is not None else f"{len(measured)} values"
    look.check(f"a power of {wanted:g} W for {limit} s", observed, found is None and bool(measured), [found])


def measured_power(event: Event) -> float | None:
    """Return the power that a message of the station tells last, None where it tells none: W, negative for feeding back."""
    if not (is_said(event, "station", "TransactionEventRequest") or is_said(event, "station", "MeterValuesRequest")):
        return None
    for value in event.body.get("meterValue", [])[-1:]:  # values that were taken earlier are none of this instant
        told = totals(value)
        both = told.get("Power.Active.Import"), told.get("Power.Active.Export")
        if both != (None, None):
            return (both[0] or 0.0) - (both[1] or 0.0)
    return None


@then("the token of the transaction names the EVCCID")
async def _(bench: Bench) -> None:
    """In the first TransactionEventRequest that carries the token ([Q01.FR.02])."""
    look = bench.look
    found = await look.trace.first(
        lambda e: is_said(e, "station", "TransactionEventRequest") and "idToken" in e.body, 0,
        look.events[look.cursor - 1].seconds + ANSWER_S,
    )  # fmt: skip
    types = list(values_at(found.body, "idToken.additionalInfo.*.type")) if found is not None else []
    observed = f"additionalInfo with {', '.join(types) or 'nothing'}" if found is not None else "no token in any event"
    look.check("idToken.additionalInfo of the type EVCCID", observed, "EVCCID" in types, [found])


@then(parsers.re(r"dynUpdateTime of profile (?P<number>\d+) is that of the last (?P<what>update|installation)"))
async def _(bench: Bench, number: str, what: str) -> None:
    """Compare what ReportChargingProfilesRequest shows with when the update came ([K28.FR.05], [K28.FR.09])."""
    look = bench.look
    names = (
        ("UpdateDynamicScheduleRequest", "PullDynamicScheduleUpdateResponse") if what == "update"
        else ("SetChargingProfileRequest",)
    )  # fmt: skip
    update = look.before(
        lambda e: (e.kind == "message" and e.name in names) or (what == "update" and e.name == "limit")
    )
    report = await look.trace.first(
        lambda e: is_said(e, "station", "ReportChargingProfilesRequest") and _shown(e, int(number)) is not None,
        last_deed(look), look.events[last_deed(look) - 1].seconds + ANSWER_S,
    )  # fmt: skip
    if update is None:
        raise Inconclusive("nothing was updated before")
    shown = _shown(report, int(number)) if report is not None else None
    time = (shown or {}).get("dynUpdateTime")
    expected = datetime.fromisoformat(update.utc.replace("Z", "+00:00")).timestamp()
    right = isinstance(time, str) and abs(seconds_of(time) - expected) <= 5.0
    observed = f"dynUpdateTime = {time}" if shown is not None else f"no report; {look.last_words()}"
    look.check(f"dynUpdateTime = {update.utc}", observed, right, [update, report])


def _shown(event: Event, number: int) -> dict[str, Any] | None:
    found: dict[str, Any] | None = next(
        (one for one in values_at(event.body, "chargingProfile.*") if one.get("id") == number), None
    )
    return found


@then(parsers.re(r"the report shows profile (?P<number>\d+) with (?P<field>\w+) = (?P<value>-?[\d.]+)"))
async def _(bench: Bench, number: str, field: str, value: str) -> None:
    """A value of the period of a profile in ReportChargingProfilesRequest."""
    look = bench.look
    report = await look.trace.first(
        lambda e: is_said(e, "station", "ReportChargingProfilesRequest") and _shown(e, int(number)) is not None,
        last_deed(look), look.events[last_deed(look) - 1].seconds + ANSWER_S,
    )  # fmt: skip
    shown = _shown(report, int(number)) if report is not None else None
    found = next(values_at(shown, f"chargingSchedule.0.chargingSchedulePeriod.0.{field}"), None)
    observed = f"{field} = {found}" if shown is not None else f"no report; {look.last_words()}"
    right = isinstance(found, int | float) and abs(found - float(value)) < 0.5
    look.check(f"profile {number} with {field} = {value}", observed, right, [report])


@then(
    parsers.re(
        r"the station asks for an update of profile (?P<number>\d+) every (?P<interval>\d+) s, (?P<times>\d+) times"
    )
)
async def _(bench: Bench, number: str, interval: str, times: str) -> None:
    """PullDynamicScheduleUpdateRequest, the first one an interval after the last deed ([K28.FR.10])."""
    look, every = bench.look, float(interval)
    after = last_deed(look)
    before = look.events[after - 1]
    for _ in range(int(times)):
        limit = before.seconds + every + 10.0 + look.context.tolerance_s
        found = await look.trace.first(
            lambda e: is_said(e, "station", "PullDynamicScheduleUpdateRequest"), after, limit
        )  # fmt: skip
        right = found is not None and field_at(found.body, "chargingProfileId") == int(number)
        took = found.seconds - before.seconds if found is not None else 0.0
        early = took < every - 2.0
        observed = f"{look.describe(found, before)} for profile {field_at(found.body, 'chargingProfileId')}" if found else (
            f"no request; {look.last_words()}"
        )  # fmt: skip
        look.check(f"a request for profile {number} after {every:g} s", observed, right and not early, [before, found])
        assert found is not None, "the check has failed otherwise"
        before, after = found, found.id
