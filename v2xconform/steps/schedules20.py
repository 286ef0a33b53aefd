"""Sentences about schedules, power profiles and set points of ISO 15118-20: what was agreed on, and who keeps to it."""

from datetime import datetime
from itertools import pairwise
from typing import Any, Final, cast

from pytest_bdd import parsers

from v2xconform.emulators.schedules import entry_power, power_at, power_of, schedule_entries
from v2xconform.judge.verdict import Inconclusive
from v2xconform.protocols.iso15118.session20 import as_list
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look
from v2xconform.steps.secc20 import amount_in
from v2xconform.steps.vocabulary import then
from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, field_at, is_protocol_message, messages

_LIMIT = r"(?P<limit>\d+(?:\.\d+)?) s"


# ---- Then: schedules


@then(parsers.re(r"ScheduleExchangeRes offers (?P<low>\d+) to (?P<high>\d+) schedules, each with a power at any time"))
async def _(bench: Bench, low: str, high: str) -> None:
    look = bench.look
    event, tuples = _offer(look, look.sut)
    look.check(f"{low} to {high} ScheduleTuple", str(len(tuples)), int(low) <= len(tuples) <= int(high), [event])
    gaps = [one.get("ScheduleTupleID") for one in tuples if not _whole(one)]
    look.check("durations and powers in every schedule", f"missing in {gaps}" if gaps else "there", not gaps, [event])


def _whole(schedule_tuple: Any) -> bool:
    entries = schedule_entries(schedule_tuple)
    return bool(entries) and all(entry.get("Duration", 0) > 0 and entry_power(entry) >= 0 for entry in entries)


@then(parsers.re(r"every schedule of the charger stays within its own (?P<limit>\w+)"))
async def _(bench: Bench, limit: str) -> None:
    look = bench.look
    event, tuples = _offer(look, look.sut)
    found = look.before(lambda e: e.name.endswith("_ChargeParameterDiscoveryRes") and e.src == look.sut)
    most = amount_in(found, limit) if found is not None else None
    if found is None or most is None:
        raise Inconclusive(f"the charger had told no {limit}")
    if found.name.startswith("AC") and amount_in(found, f"{limit}_L2") is not None:
        most *= 3
    highest = max((entry_power(entry) for one in tuples for entry in schedule_entries(one)), default=0.0)
    look.check(f"no power above {most:g} W", f"{highest:g} W", highest <= most * 1.001, [found, event])


def _offer(look: Look, sender: str) -> tuple[Event, list[Any]]:
    found = [e for e in messages(look.events, src=sender, name="ScheduleExchangeRes")
             if field_at(e.body, "EVSEProcessing") == "Finished"]  # fmt: skip
    tuples = field_at(found[-1].body, "Scheduled_SEResControlMode.ScheduleTuple") if found else MISSING
    if tuples is MISSING:
        raise Inconclusive("no schedule was offered")
    return found[-1], as_list(tuples)


def _profile(look: Look) -> Event:
    found = [e for e in messages(look.events, src=look.sut, name="PowerDeliveryReq")
             if field_at(e.body, "EVPowerProfile") is not MISSING]  # fmt: skip
    if not found:
        raise Inconclusive(f"the vehicle sent no EVPowerProfile; {look.last_words()}")
    return found[-1]


@then("the power profile of the vehicle stays within the schedule that it has selected")
async def _(bench: Bench) -> None:
    look = bench.look
    chosen = _profile(look)
    offer, tuples = _offer(look, look.context.tester)
    number = field_at(chosen.body, "EVPowerProfile.Scheduled_EVPPTControlMode.SelectedScheduleTupleID")
    one = next((each for each in tuples if each.get("ScheduleTupleID") == number), None)
    numbers = [each.get("ScheduleTupleID") for each in tuples]
    look.check(f"a ScheduleTupleID of {numbers}", str(number), one is not None, [offer, chosen])
    profile = field_at(chosen.body, "EVPowerProfile")
    entries = as_list(field_at(profile, "EVPowerProfileEntries.EVPowerProfileEntry"))
    anchors = int(profile["TimeAnchor"]), int(field_at(one, "ChargingSchedule.PowerSchedule.TimeAnchor"))
    wrong = _first_excess(entries, schedule_entries(cast(Any, one)), anchors[0] - anchors[1])
    observed = f"{wrong[1]:g} W against {wrong[2]:g} W after {wrong[0]:g} s" if wrong else "within it"
    look.check("an EVPowerProfile within the schedule at any time", observed, wrong is None, [offer, chosen])


def _first_excess(profile: list[Any], schedule: list[Any], offset: float) -> tuple[float, float, float] | None:
    """Return when a profile goes above a schedule, with both powers. *offset*: it begins so much later."""
    starts, begin = [0.0], 0.0
    for entry in profile[:-1]:
        begin += float(entry.get("Duration", 0))
        starts.append(begin)
    begin = -offset
    for entry in schedule[:-1]:
        begin += float(entry.get("Duration", 0))
        starts.append(max(begin, 0.0))
    for start in sorted(starts):
        wanted, allowed = power_of(profile, start), power_of(schedule, start + offset)
        if wanted is not None and allowed is not None and wanted > allowed * 1.001 + 1.0:
            return start, wanted, allowed
    return None


@then(parsers.re(r"the vehicle takes no more than (?P<watts>\d+) W(?: later than (?P<grace>\d+(?:\.\d+)?) s after "
                 r"(?P<since>\w+Re[qs]))?"))  # fmt: skip
async def _(bench: Bench, watts: str, grace: str | None, since: str | None) -> None:
    """Look at what the vehicle asks for (DC) or says that it draws (AC)."""
    look = bench.look
    begin = (
        next((e for e in reversed(look.events) if is_protocol_message(e) and e.name == since), None) if since else None
    )
    start = begin.seconds + float(grace or 0) if begin is not None else 0.0
    found = [(event, power) for event in look.events if event.src == look.sut and event.seconds >= start
             and (power := _power(event)) is not None]  # fmt: skip
    if not found:
        raise Inconclusive(f"the vehicle was not charging; {look.last_words()}")
    event, highest = max(found, key=lambda one: one[1])
    met = highest <= float(watts) * 1.05 + 100.0
    look.check(f"no more than {watts} W", f"event {event.id}: {highest:.0f} W", met, [begin, event])


def _power(event: Event) -> float | None:
    """Return the power of a charge loop request in W: set point times voltage in DC, the present power in AC."""
    if not is_protocol_message(event):
        return None
    if event.name == "DC_ChargeLoopReq":
        current, voltage = amount_in(event, "EVTargetCurrent"), amount_in(event, "EVPresentVoltage")
        return current * voltage if current is not None and voltage is not None else None
    if event.name != "AC_ChargeLoopReq":
        return None
    phases = [amount_in(event, f"EVPresentActivePower{suffix}") for suffix in ("", "_L2", "_L3")]
    return sum(one for one in phases if one is not None) if phases[0] is not None else None


# ---- Then: standby and set points


@then(parsers.re(r"no power flows in the last (?P<message>[AD]C_ChargeLoopRes)"))
async def _(bench: Bench, message: str) -> None:
    look = bench.look
    found = look.before(lambda e: e.src == look.sut and e.name == message)
    if found is None:
        raise Inconclusive(f"there was no {message}")
    name = "EVSEPresentCurrent" if message.startswith("DC") else "EVSETargetActivePower"
    value, slack = amount_in(found, name), 2.0 if message.startswith("DC") else 100.0
    if value is None and message.startswith("AC"):
        name, value = "EVSEPresentActivePower", amount_in(found, "EVSEPresentActivePower")
    if value is None:
        raise Inconclusive(f"{message} says nothing about power")
    look.check(f"{name} within {slack:g} of 0", f"{value:g}", abs(value) <= slack, [found])


@then(parsers.re(r"the vehicle never goes back to (?P<message>\w+Req) after (?P<since>\w+Re[qs])"))
async def _(bench: Bench, message: str, since: str) -> None:
    look = bench.look
    wanted = "ServiceRenegotiation" if since == "SessionStopReq" else None
    begin = next(
        (e for e in messages(look.events, name=since)
         if wanted is None or field_at(e.body, "ChargingSession") == wanted), None,
    )  # fmt: skip
    if begin is None:
        raise Inconclusive(f"there was no {since}; {look.last_words()}")
    again = next((e for e in look.events[begin.id :] if look.is_said(e, message)), None)
    observed = look.describe(again, begin) if again else "none"
    look.check(f"no {message} after {since}", observed, again is None, [begin, again])


@then(parsers.re(r"the vehicle keeps its SessionID in all requests"))
async def _(bench: Bench) -> None:
    look = bench.look
    found = [
        e for e in messages(look.events, src=look.sut) if e.name not in ("supportedAppProtocolReq", "SessionSetupReq")
    ]
    ids = list(dict.fromkeys(str(field_at(e.body, "Header.SessionID")) for e in found))
    if not found:
        raise Inconclusive("the vehicle sent no request")
    look.check("one SessionID", ", ".join(ids), len(ids) == 1, found[:1])


@then(parsers.re(r"the vehicle has sent (?P<message>\w+Req) in the side stream (?P<stream>0x[0-9A-F]{4})"))
async def _(bench: Bench, message: str, stream: str) -> None:
    look = bench.look
    found = next(messages(look.events, src=look.sut, name=message), None)
    if found is None:
        raise Inconclusive(f"the vehicle sent no {message}")
    kind = found.ref.get("payload_type")
    look.check(f"{message} under {stream}", "the main stream" if kind is None else f"0x{kind:04X}",
               kind == int(stream, 16), [found])  # fmt: skip


@then(parsers.re(r"the vehicle still charges with at least (?P<watts>\d+) W"))
async def _(bench: Bench, watts: str) -> None:
    look = bench.look
    await look.trace.wait_until(look.events[look.cursor - 1].seconds + 1.0)
    power = next((p for e in reversed(look.events) if e.src == look.sut and (p := _power(e)) is not None), None)
    if power is None:
        raise Inconclusive("the vehicle says nothing about its power")
    look.check(f"at least {watts} W", f"{power:.0f} W", power >= float(watts), [])


@then("the vehicle keeps to its power profile")
async def _(bench: Bench) -> None:
    """Hold what the vehicle takes against the profile of its last PowerDeliveryReq(Start); a step down has 3 s."""
    look = bench.look
    profile: dict[str, Any] = {}
    sent: Event | None = None
    counted, worst = 0, (0.0, 0.0, sent)
    for event in messages(look.events, src=look.sut):
        if event.name == "PowerDeliveryReq" and field_at(event.body, "EVPowerProfile") is not MISSING:
            profile, sent = field_at(event.body, "EVPowerProfile"), event
        power = _power(event)
        if power is None or not profile:
            continue
        counted += 1
        now = datetime.fromisoformat(event.utc).timestamp()
        allowed = max(one for back in (0.0, 3.0) if (one := power_at(profile, now - back)) is not None)
        if power > allowed * 1.05 + 100.0 and power - allowed > worst[0] - worst[1]:
            worst = power, allowed, event
    if not counted:
        raise Inconclusive(f"the vehicle charged under no power profile; {look.last_words()}")
    observed = f"event {worst[2].id}: {worst[0]:.0f} W against {worst[1]:.0f} W" if worst[2] else f"{counted} requests"
    look.check("no more power than the profile allows", observed, worst[2] is None, [sent, worst[2]])


@then("the energy requests of the vehicle fit together")
async def _(bench: Bench) -> None:
    look = bench.look
    counted = 0
    for event in messages(look.events, src=look.sut):
        amounts = {name: amount_in(event, name) for name in (*_ENERGIES, *_V2X)}
        for names in (_ENERGIES, _V2X):
            values = [amounts[name] for name in names]
            if None in values:
                continue
            counted += 1
            shown = ", ".join(f"{name} {value:g}" for name, value in zip(names, values, strict=True))
            ordered = all(low <= high for low, high in pairwise(cast(list[float], values)))
            if not ordered:
                look.check(f"{' <= '.join(names)}", f"event {event.id}: {shown}", False, [event])
    if not counted:
        raise Inconclusive("the vehicle told no energy requests")
    look.check("minimum, target and maximum in order", f"{counted} times", True, [])


_ENERGIES: Final = ("EVMinimumEnergyRequest", "EVTargetEnergyRequest", "EVMaximumEnergyRequest")
_V2X: Final = ("EVMinimumV2XEnergyRequest", "EVMaximumV2XEnergyRequest")
