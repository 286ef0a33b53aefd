"""The sentences about the life of an ISO 15118-20 session: pause and resume, standby, renegotiation, metering, schedules.

They serve both roles: *the charger* is under test where the tester plays the EV, *the vehicle* where it plays the charger.
"""

from datetime import datetime
from itertools import pairwise
from typing import Any, Final, cast

from pytest_bdd import parsers

from v2xconform.emulators.evcc_actor import EvccActor, NotReached, Wish, peer_leaf
from v2xconform.emulators.quirks import TlsQuirk
from v2xconform.emulators.schedules import entry_power, power_at, power_of, schedule_entries
from v2xconform.judge.verdict import Inconclusive
from v2xconform.protocols.iso15118.paused20 import PausedSessions
from v2xconform.protocols.iso15118.session20 import PausedSession, as_list
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, is_closing, parse_value, show
from v2xconform.steps.secc20 import amount_in
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, field_at, is_protocol_message, messages

PATIENCE_S: Final = 120.0
"""How long a device may take to come as far as a test case needs it."""
_NTH = r"(?P<nth>\d+)(?:st|nd|rd|th)"
_LIMIT = r"(?P<limit>\d+(?:\.\d+)?) s"
_WISHES: Final[dict[str, Wish]] = {
    "the end of the session": "stop",
    "a pause": "pause",
    "standby": "standby",
    "the end of standby": "exit-standby",
    "a new schedule": "renegotiate-schedule",
    "a new service": "renegotiate-services",
    "a metering confirmation": "confirm-metering",
}
_WISH = "(?P<what>" + "|".join(_WISHES) + ")"


# ---- Given: the tester's charger


@given(
    parsers.re(
        rf"a charger that asks for (?P<kind>\w+) from its {_NTH} charge loop response on(?P<standby> in standby)?"
    )
)
async def _(bench: Bench, kind: str, nth: str, standby: str | None) -> None:
    field = "notifies_in_standby" if standby else "notifies"
    asked = dict(bench.secc_wishes.policy.get(field, {}))
    bench.secc_wishes.policy |= {field: asked | {int(nth): kind}}


@given(parsers.re(r"a charger with (?P<path>[\w.]+) = (?P<value>.+)"))
async def _(bench: Bench, path: str, value: str) -> None:
    """Change one field of the persona of the tester's charger."""
    *way, name = path.split(".")
    changes = bench.secc_wishes.persona
    for part in way:
        changes = changes.setdefault(part, {})
    changes[name] = parse_value(value)


@given(parsers.re(r"a charger that (?P<what>forgets paused sessions|does not allow a pause|does not allow standby|"
                  r"does not renegotiate schedules)"))  # fmt: skip
async def _(bench: Bench, what: str) -> None:
    field = {
        "forgets paused sessions": "resumes_sessions",
        "does not allow a pause": "pause_allowed",
        "does not allow standby": "standby_allowed",
        "does not renegotiate schedules": "renegotiates_schedule",
    }[what]
    bench.secc_wishes.policy |= {field: False}


@given("a charger that allows standby")
async def _(bench: Bench) -> None:
    bench.secc_wishes.policy |= {"standby_allowed": True}


@given("a charger that has been exchanged for another one when the vehicle comes back")
async def _(bench: Bench) -> None:
    bench.secc_wishes.tls_after_pause = TlsQuirk(credential="secc-other")


# ---- When: the tester's EV pauses and comes back


@when("the EV pauses the session")
async def _(bench: Bench) -> None:
    """Let the EV stop, pause and close the connection, as far as the charger lets it."""
    ev = await bench.connected_ev()
    ev.stop("Pause")
    await ev.finish()
    if ev.session is None or ev.session.paused is None:
        raise NotReached(f"the session was not paused: {ev.end}")


@when(parsers.re(r"the EV comes back with the paused SessionID(?: after (?P<delay>\d+(?:\.\d+)?) s)?"))
async def _(bench: Bench, delay: str | None) -> None:
    await bench.look.trace.wait_until(bench.recorder.now() + float(delay or 1.0))
    bench.evcc_wishes.paused = _paused(bench)
    await _begin_again(bench)


@when("another EV comes with the paused SessionID")
async def _(bench: Bench) -> None:
    if bench.setup.context.transport == "tcp":
        raise Inconclusive("without TLS no certificate tells one EV from another")
    await bench.look.trace.wait_until(bench.recorder.now() + 1.0)
    bench.evcc_wishes.paused = _paused(bench)
    bench.evcc_wishes.tls = TlsQuirk(credential="vehicle-other")
    await _begin_again(bench)


@when("the EV comes back with a SessionID that was never assigned")
async def _(bench: Bench) -> None:
    await bench.look.trace.wait_until(bench.recorder.now() + 1.0)
    bench.evcc_wishes.paused = _paused(bench)
    bench.evcc_wishes.policy |= {"comes_back_with": "random"}
    await _begin_again(bench)


@when("the EV comes back with the SessionID of the session that is over")
async def _(bench: Bench) -> None:
    session = bench.ev.session if bench.ev is not None else None
    if session is None or bench.ev is None or bench.ev.channel is None:
        raise Inconclusive("there was no session to come back to")
    await bench.look.trace.wait_until(bench.recorder.now() + 1.0)
    over = PausedSessions()
    over.keep(PausedSession(session.session_id, session.mode, session.memory), peer_leaf(bench.ev.channel.stream))
    bench.evcc_wishes.paused = over
    await _begin_again(bench)


def _paused(bench: Bench) -> PausedSessions:
    ev = bench.ev
    if ev is None or ev.session is None or ev.session.paused is None:
        raise Inconclusive("the EV has no paused session to come back to")
    return ev.paused


async def _begin_again(bench: Bench) -> None:
    await bench.another_ev()
    ev = await bench.connected_ev()
    await ev.reach("SessionSetupReq")
    await ev.send_due()


@when(parsers.re(rf"the EV wants {_WISH}"))
async def _(bench: Bench, what: str) -> None:
    """Let the tester's EV do it with its next requests; send them with *the session goes on*."""
    ev = await _charging(bench)
    ev.wish(_WISHES[what])


async def _charging(bench: Bench) -> EvccActor:
    ev = await bench.connected_ev()
    await ev.settle()
    if ev.end:
        raise NotReached(f"the session is over: {ev.end}")
    return ev


@when(parsers.re(rf"the operator wants {_WISH}"))
async def _(bench: Bench, what: str) -> None:
    """Make the charger under test ask for it (its stimulus, or our emulator)."""
    await bench.tell(_WISHES[what])


# ---- When: the vehicle under test


@when(parsers.re(rf"the vehicle has sent its {_NTH} (?P<message>\w+Req)"))
async def _(bench: Bench, nth: str, message: str) -> None:
    look = bench.look
    found: Event | None = None
    for _ in range(int(nth)):
        found = await look.first(lambda e: _sent(e, look, message), found, PATIENCE_S)
        if found is None:
            raise NotReached(f"the vehicle did not send its {nth}. {message}; {_last_words(look)}")


@when(parsers.re(rf"the driver of the vehicle wants {_WISH}"))
async def _(bench: Bench, what: str) -> None:
    await bench.tell(_WISHES[what])


@when(parsers.re(r"the vehicle has come back(?: for the (?P<nth>\d+)(?:st|nd|rd|th) time)?"))
async def _(bench: Bench, nth: str | None) -> None:
    """Wait for another connection of the vehicle, and for its end."""
    opened = await _connection(bench.look, int(nth or 1) + 1)
    if opened is None:
        raise NotReached(f"the vehicle did not come back within {PATIENCE_S:g} s; {_last_words(bench.look)}")
    await bench.look.first(lambda e: e.kind == "close" and e.layer == "tcp", opened, PATIENCE_S)


async def _connection(look: Look, nth: int) -> Event | None:
    """Return the event that opened the nth connection, waiting for it."""
    opened: Event | None = None
    for _ in range(nth):
        opened = await look.first(lambda e: e.kind == "open" and e.name == "accepted", opened, PATIENCE_S)
        if opened is None:
            return None
    return opened


# ---- Then: order of what the SUT said


@then(parsers.re(r"the vehicle answers the (?:(?P<nth>\d+)(?:st|nd|rd|th) )?(?P<response>\w+Res)"
                 r"(?: with (?P<path>[\w.]+) = (?P<value>\S+))? with (?P<request>\w+Req)"
                 r"(?: with (?P<field>[\w.]+) = (?P<wanted>\S+))?(?: within (?P<limit>\d+(?:\.\d+)?) s)?"))  # fmt: skip
async def _(
    bench: Bench, nth: str | None, response: str, path: str | None, value: str | None,
    request: str, field: str | None, wanted: str | None, limit: str | None,
) -> None:  # fmt: skip
    """Look at the request that follows a response of the tester's charger: the first one with that value, or the nth."""
    look = bench.look
    since: Event | None = None
    for _ in range(int(nth or 1)):
        since = await look.first(lambda e: _said(e, response, path, value), since, PATIENCE_S)
        if since is None:
            raise Inconclusive(f"the session never came as far as {response}; {_last_words(look)}")
    assert since is not None
    following = await look.first(lambda e: is_protocol_message(e) and e.src == look.sut, since, 60.0)
    met = following is not None and following.name == request
    expected = f"{request} after {response}"
    observed = look.describe(following, since)
    if field is not None and following is not None and met:
        expected += f" with {field} = {wanted}"
        observed = f"{request} with {field} = {show(following, field)}"
        met = field_at(following.body, field) == parse_value(str(wanted))
    look.check(expected, observed, met, [since, following])
    if limit is not None and following is not None:
        late = look.describe(following, since)
        look.check(f"{request} within {limit} s", late, look.within(following, since, float(limit)), [since, following])


def _said(event: Event, name: str, path: str | None, value: str | None) -> bool:
    if event.kind != "message" or event.name != name:
        return False
    return path is None or field_at(event.body, path) == parse_value(str(value))


def _sent(event: Event, look: Look, name: str) -> bool:
    return is_protocol_message(event) and event.src == look.sut and event.name == name


def _last_words(look: Look) -> str:
    last = next((e for e in reversed(look.events) if is_protocol_message(e)), None)
    return f"the last message was {look.describe(last)}"


# ---- Then: pause and resume


@then(parsers.re(r"the vehicle (?P<how>resumes|does not resume|begins a new session) in its "
                 r"(?P<nth>\d+)(?:st|nd|rd|th) connection"))  # fmt: skip
async def _(bench: Bench, how: str, nth: str) -> None:
    """Judge the first requests of a connection: which SessionID, and what follows SessionSetupRes."""
    look = bench.look
    opened = await _connection(look, int(nth))
    if opened is None:
        raise Inconclusive(f"the vehicle did not open its {nth}. connection; {_last_words(look)}")
    setup = await look.first(lambda e: _sent(e, look, "SessionSetupReq"), opened, 30.0)
    if setup is None:
        raise Inconclusive(f"the vehicle sent no SessionSetupReq in its {nth}. connection")
    paused = str(field_at(_paused_by(look, opened).body, "Header.SessionID"))
    theirs = str(field_at(setup.body, "Header.SessionID"))
    following = await look.first(
        lambda e: (is_protocol_message(e) and e.src == look.sut) or is_closing(e, look.sut), setup, 30.0
    )
    goes_on = following is not None and following.name.endswith("_ChargeParameterDiscoveryReq")
    observed = f"SessionID {theirs}, then {look.describe(following, setup)}"
    events = [setup, following]
    if how == "resumes":
        look.check(f"SessionID {paused}, then *_ChargeParameterDiscoveryReq", observed, theirs == paused and goes_on,
                   events)  # fmt: skip
    elif how == "does not resume":
        look.check("no *_ChargeParameterDiscoveryReq of the paused session", observed, not goes_on, events)
    else:
        fresh = following is not None and following.name == "AuthorizationSetupReq"
        look.check("AuthorizationSetupReq after SessionSetupRes", observed, fresh, events)


def _paused_by(look: Look, before: Event) -> Event:
    stops = [e for e in messages(look.events[: before.id], name="SessionStopReq")
             if field_at(e.body, "ChargingSession") == "Pause"]  # fmt: skip
    if not stops:
        raise Inconclusive("the vehicle had not paused a session")
    return stops[-1]


@then("the SessionID is that of the paused session")
async def _(bench: Bench) -> None:
    _compare_session_ids(bench, same=True)


@then("the SessionID is not that of the paused session")
async def _(bench: Bench) -> None:
    _compare_session_ids(bench, same=False)


def _compare_session_ids(bench: Bench, *, same: bool) -> None:
    look = bench.look
    answers = list(messages(look.events, src=look.sut, name="SessionSetupRes"))
    if len(answers) < 2:
        raise Inconclusive("there were no two sessions to compare")
    before, now = (str(field_at(event.body, "Header.SessionID")) for event in answers[-2:])
    expected = f"{'the' if same else 'another'} SessionID {'of the paused session' if same else 'than'} {before}"
    look.check(expected, now, (before == now) is same, answers[-2:])


# ---- Then: notifications, renegotiation, metering


@then(parsers.re(rf"the charger asks for (?P<kind>\w+) within {_LIMIT}"))
async def _(bench: Bench, kind: str, limit: str) -> None:
    look = bench.look
    told = look.before(lambda e: e.kind == "stimulus")
    if told is None:
        raise Inconclusive("the charger had been told nothing")
    asked = await look.first(
        lambda e: e.src == look.sut and field_at(e.body, "EVSEStatus.EVSENotification") == kind,
        told,
        float(limit) + 3.0,
    )
    met = asked is not None and asked.seconds - told.seconds <= float(limit) + look.context.tolerance_s
    observed = look.describe(asked, told) if asked else "no such notification"
    look.check(f"EVSENotification {kind} within {limit} s", observed, met, [told, asked])


@then(parsers.re(r"the charger asks for nothing more"))
async def _(bench: Bench) -> None:
    look = bench.look
    last = look.answer_before()
    if last is None:
        raise Inconclusive("the charger had sent no message")
    kind = field_at(last.body, "EVSEStatus.EVSENotification")
    look.check("no EVSENotification any more", "none" if kind is MISSING else str(kind), kind is MISSING, [last])


@then(parsers.re(r"the answer came in the stream of the request"))
async def _(bench: Bench) -> None:
    look = bench.look
    answer = look.answer_before()
    asked = look.before(lambda e: e.src == look.context.tester and is_protocol_message(e))
    if answer is None or asked is None:
        raise Inconclusive("there was no answer")
    streams = [event.ref.get("payload_type", 0) for event in (asked, answer)]
    shown = ["the main stream" if one == 0 else f"0x{one:04X}" for one in streams]
    look.check(f"{answer.name} in {shown[0]}", shown[1], streams[0] == streams[1], [asked, answer])


@then(parsers.re(r"the vehicle has confirmed the last MeterInfo"))
async def _(bench: Bench) -> None:
    look = bench.look
    confirmed = next(messages(look.events, src=look.sut, name="MeteringConfirmationReq"), None)
    if confirmed is None:
        look.check("MeteringConfirmationReq", _last_words(look), False, [])
        return
    told = next((e for e in reversed(look.events[: confirmed.id]) if field_at(e.body, "MeterInfo") is not MISSING and
                 is_protocol_message(e) and e.src != look.sut), None)  # fmt: skip
    if told is None:
        raise Inconclusive("the charger had told no MeterInfo")
    theirs, ours = (
        field_at(confirmed.body, "SignedMeteringData.MeterInfo"),
        field_at(told.body, "MeterInfo"),
    )
    look.check(f"MeterInfo {_flat(ours)}", _flat(theirs), theirs == ours, [told, confirmed])
    session = field_at(confirmed.body, "SignedMeteringData.SessionID")
    wanted = field_at(confirmed.body, "Header.SessionID")
    look.check(f"SessionID {wanted} in SignedMeteringData", str(session), session == wanted, [confirmed])


def _flat(tree: Any) -> str:
    return ", ".join(f"{name} {value}" for name, value in tree.items()) if isinstance(tree, dict) else "none"


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
        raise Inconclusive(f"the vehicle sent no EVPowerProfile; {_last_words(look)}")
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
        raise Inconclusive(f"the vehicle was not charging; {_last_words(look)}")
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
        raise Inconclusive(f"there was no {since}; {_last_words(look)}")
    again = next((e for e in look.events[begin.id :] if _sent(e, look, message)), None)
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
        raise Inconclusive(f"the vehicle charged under no power profile; {_last_words(look)}")
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
