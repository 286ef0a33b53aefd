"""The sentences of a charger with both faces: OCPP towards the CSMS, ISO 15118-20 towards the car, one power path."""

from typing import cast

from pytest_bdd import parsers

from v2xconform.emulators.cast import Mode
from v2xconform.judge.verdict import Inconclusive
from v2xconform.protocols.ocpp.metered import totals
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, seconds
from v2xconform.steps.ocpp_checks import is_said, last_deed
from v2xconform.steps.ocpp_deeds import asked_and_answered, booted, plug_in, present, reached, set_variable
from v2xconform.steps.ocpp_values import transaction, values_at
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at, is_protocol_message, messages, rational

TOLERANCE = 0.1
"""Share of a set point by which the power may miss it: ramps, losses and the measuring of both sides."""
_MEASURED = {
    "SampledDataCtrlr.TxUpdatedInterval": "5",
    "SampledDataCtrlr.TxUpdatedMeasurands": "Power.Active.Import,Power.Active.Export,Energy.Active.Export.Register",
}
"""What the station has to measure for the CSMS to hear of set points."""
_LOOP = ("DC_ChargeLoopRes", "AC_ChargeLoopRes")


@given(parsers.re(r"a car on the cable for (?P<mode>AC|DC|AC_BPT|DC_BPT) in (?P<control>Scheduled|Dynamic) control"))
async def _(bench: Bench, mode: str, control: str) -> None:
    """Choose what the tester's car wants; it stays until its driver or the charger ends the session."""
    wishes = bench.evcc_wishes
    wishes.mode, wishes.stays = cast(Mode, mode), True
    wishes.control = "Scheduled" if control == "Scheduled" else "Dynamic"
    await bench.ocpp.open_cable()


@when("the driver plugs the car in")
async def _(bench: Bench) -> None:
    await plug_car_in(bench)


async def plug_car_in(bench: Bench) -> None:
    """Connect the car: the station sees the plug, the car begins its session."""
    side = bench.ocpp
    if side.cable is None or side.station is None:
        await plug_in(bench)
    else:
        body = {"kind": "emulator", "text": "", "facts": {"evse": side.cable.evse.id}}
        bench.recorder.add(kind="stimulus", layer="lab", name="plug", src="tester", dst="station", body=body)
        side.station.act(side.cable.plug_in)
        await side.settle()
    bench.group.start_soon(bench.new_ev().run)


@given("a car that may be discharged by the CSMS")
async def _(bench: Bench) -> None:
    await bidirectional(bench)


async def bidirectional(bench: Bench) -> None:
    """Bring a car to where it takes energy by DC_BPT in Dynamic control, and its needs are known. Raises Inconclusive."""
    await booted(bench)
    for name, value in _MEASURED.items():
        await set_variable(bench, name, value)
    bench.evcc_wishes.mode, bench.evcc_wishes.control, bench.evcc_wishes.stays = "DC_BPT", "Dynamic", True
    await bench.ocpp.open_cable()
    await plug_car_in(bench)
    await present(bench)
    await reached(bench.look, "a car that takes energy", lambda e: power_of(e) is not None and e.src == "secc")
    await reached(
        bench.look, "a transaction that charges",
        lambda e: is_said(e, "station", "TransactionEventRequest")
        and field_at(e.body, "transactionInfo.chargingState") == "Charging",
    )  # fmt: skip


@given(parsers.re(r"a car that is discharged with (?P<watts>\d+) W"))
async def _(bench: Bench, watts: str) -> None:
    """The CSMS has given a set point, and the car follows it."""
    await bidirectional(bench)
    period = {"startPeriod": 0, "operationMode": "CentralSetpoint", "setpoint": -float(watts)}
    profile = {
        "id": 12, "stackLevel": 1, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative",
        "transactionId": transaction(bench.look),
        "chargingSchedule": [{"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [period]}],
    }  # fmt: skip
    answer = await asked_and_answered(bench, "SetChargingProfileRequest", {"evseId": 1, "chargingProfile": profile})
    if answer.body.get("status") != "Accepted":
        raise Inconclusive(f"preamble: the set point is not accepted: {answer.body}")
    await reached(bench.look, f"a discharge with {watts} W", lambda e: near(power_of(e), -float(watts)), answer.id)


@when("the driver ends charging at the car")
async def _(bench: Bench) -> None:
    """The car stops: it opens its contactors and ends the session."""
    if bench.ev is None or bench.ev.session is None:
        raise Inconclusive("the car has no session that could be ended")
    bench.recorder.add(kind="stimulus", layer="lab", name="stop", src="tester", dst="evcc")
    bench.ev.wish("stop")


# ---- Then


def power_of(event: Event) -> float | None:
    """Return the power that a charge loop response tells, W, negative = out of the car; None for other events."""
    if not is_protocol_message(event) or event.name not in _LOOP:
        return None
    if event.name.startswith("DC"):
        volts, amps = rational(event.body.get("EVSEPresentVoltage")), rational(event.body.get("EVSEPresentCurrent"))
        return volts * amps if volts is not None and amps is not None else None
    powers = [rational(one) for one in values_at(event.body, "*") if isinstance(one, dict)]
    return sum(one for one in powers if one is not None) if powers else None


def near(power: float | None, wanted: float) -> bool:
    """Tell whether a power is the wanted one, within the tolerance."""
    return power is not None and abs(power - wanted) <= max(TOLERANCE * abs(wanted), 100.0)


@then(parsers.re(r"the car is (?P<way>charged|discharged) with (?P<watts>\d+) W within (?P<limit>\d+(?:\.\d+)?) s"))
async def _(bench: Bench, way: str, watts: str, limit: str) -> None:
    look, wanted = bench.look, float(watts) * (1 if way == "charged" else -1)
    start = look.events[last_deed(look) - 1]
    found = await look.trace.first(
        lambda e: e.src == "secc" and near(power_of(e), wanted), start.id, start.seconds + float(limit)
    )
    look.check(
        f"the car is {way} with {watts} W within {limit} s", _flow(look, found, start), found is not None, [found]
    )


@then(
    parsers.re(
        r"the car is (?P<way>charged|discharged) with at most (?P<watts>\d+) W from "
        r"(?P<after>\d+) s on for (?P<span>\d+) s"
    )
)
async def _(bench: Bench, way: str, watts: str, after: str, span: str) -> None:
    look, sign = bench.look, 1 if way == "charged" else -1
    start = look.events[last_deed(look) - 1]
    begin, most = start.seconds + float(after), float(watts) * (1 + TOLERANCE)

    def beyond(event: Event) -> bool:
        power = power_of(event)
        return event.src == "secc" and event.seconds >= begin and power is not None and power * sign > most

    found = await look.trace.first(beyond, start.id, begin + float(span))
    look.check(f"the car is {way} with at most {watts} W", _flow(look, found, start), found is None, [found])


@then(parsers.re(r"the car goes on to be (?P<way>charged|discharged) with (?P<watts>\d+) W for (?P<span>\d+) s"))
async def _(bench: Bench, way: str, watts: str, span: str) -> None:
    look, wanted = bench.look, float(watts) * (1 if way == "charged" else -1)
    start = look.events[last_deed(look) - 1]
    other = await look.trace.first(
        lambda e: e.src == "secc" and (power := power_of(e)) is not None and not near(power, wanted),
        start.id, start.seconds + float(span),
    )  # fmt: skip
    look.check(f"the car goes on to be {way} with {watts} W", _flow(look, other, start), other is None, [other])


@then(parsers.re(r"no power flows within (?P<limit>\d+) s"))
async def _(bench: Bench, limit: str) -> None:
    look = bench.look
    start = look.events[last_deed(look) - 1]
    end = await look.trace.first(
        lambda e: (e.src == "secc" and (power := power_of(e)) is not None and abs(power) < 100)
        or (is_protocol_message(e) and e.name == "SessionStopRes"),
        start.id, start.seconds + float(limit),
    )  # fmt: skip
    look.check(f"no power flows within {limit} s", _flow(look, end, start), end is not None, [end])


def _flow(look: Look, found: Event | None, since: Event) -> str:
    event = found or next((e for e in reversed(look.events) if power_of(e) is not None), None)
    if event is None:
        return f"no charge loop; {look.last_words()}"
    power = power_of(event)
    what = event.name if power is None else f"{power:.0f} W"
    return f"{what} after {seconds(event.seconds - since.seconds)}"


@then(
    parsers.re(
        r"the set point of (?P<watts>-?\d+) W takes its way from the CSMS to the car and back within (?P<limit>\d+) s"
    )
)
async def _(bench: Bench, watts: str, limit: str) -> None:
    """Show each hop with its latency: request, response, new value on the cable, power, and what the CSMS hears of it."""
    look, wanted = bench.look, float(watts)
    start = look.events[last_deed(look) - 1]
    until = start.seconds + float(limit)
    asked = await look.trace.first(lambda e: is_said(e, "csms", "SetChargingProfileRequest"), start.id, until)
    if asked is None:
        raise Inconclusive("the CSMS had sent no set point")
    way = "Export" if wanted < 0 else "Import"
    stages = (
        ("the station answers", lambda e: e.kind == "message" and e.ref.get("answers") == asked.id),
        ("the power begins to follow", lambda e: e.src == "secc" and (p := power_of(e)) is not None and p * wanted > 0),
        (f"{watts} W flow", lambda e: e.src == "secc" and near(power_of(e), wanted)),
        ("the CSMS knows it", lambda e: _measures(e, f"Power.Active.{way}", abs(wanted))),
    )
    hops, before, events = [], asked, [asked]
    for what, wanted_event in stages:
        found = await look.trace.first(wanted_event, before.id, until)
        if found is None:
            hops.append(f"{what}: not within {limit} s")
            break
        hops.append(f"{what} {seconds(found.seconds - before.seconds)} later")
        before = found
        events.append(found)
    total = f"; in all {seconds(before.seconds - asked.seconds)}" if len(events) > len(stages) else ""
    look.check(
        f"the set point of {watts} W reaches the car, and the CSMS hears of it, within {limit} s",
        f"{asked.name}; {'; '.join(hops)}{total}", len(events) > len(stages), events,
    )  # fmt: skip


def _measures(event: Event, measurand: str, watts: float) -> bool:
    """Tell whether a message of the station tells a power of about so many watts."""
    if not (is_said(event, "station", "TransactionEventRequest") or is_said(event, "station", "MeterValuesRequest")):
        return False
    return any(near(totals(one).get(measurand), watts) for one in event.body.get("meterValue", ()))


@then("every event of the transaction has arrived")
async def _(bench: Bench) -> None:
    look = bench.look
    number = transaction(look)
    events = [
        event for event in messages(look.events, name="TransactionEventRequest")
        if field_at(event.body, "transactionInfo.transactionId") == number
    ]  # fmt: skip
    have = sorted({event.body["seqNo"] for event in events})
    gaps = [one for one in range(have[0], have[-1]) if one not in have]
    ends = {event.body["eventType"] for event in events}
    missing = [*map(str, gaps), *({"Started", "Ended"} - ends)]
    observed = f"{len(have)} events, seqNo {have[0]} to {have[-1]}" + (
        f", without {', '.join(missing)}" if missing else ""
    )
    look.check("every event of the transaction, from Started to Ended without a gap", observed, not missing, events)
