"""The sentences about the life of an ISO 15118-20 session: pause and resume, notifications, renegotiation, metering.

They serve both roles: *the charger* is under test where the tester plays the EV, *the vehicle* where it plays the charger.
"""

from typing import Any, Final

from pytest_bdd import parsers

from v2xconform.emulators.evcc_actor import EvccActor, NotReached, Wish, peer_leaf
from v2xconform.emulators.quirks import TlsQuirk
from v2xconform.judge.verdict import Inconclusive
from v2xconform.protocols.iso15118.paused20 import PausedSessions
from v2xconform.protocols.iso15118.session20 import PausedSession
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, is_closing, parse_value, show
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
        found = await look.first(lambda e: look.is_said(e, message), found, PATIENCE_S)
        if found is None:
            raise NotReached(f"the vehicle did not send its {nth}. {message}; {look.last_words()}")


@when(parsers.re(rf"the driver of the vehicle wants {_WISH}"))
async def _(bench: Bench, what: str) -> None:
    await bench.tell(_WISHES[what])


@when(parsers.re(r"the vehicle has come back(?: for the (?P<nth>\d+)(?:st|nd|rd|th) time)?"))
async def _(bench: Bench, nth: str | None) -> None:
    """Wait for another connection of the vehicle, and for its end."""
    opened = await _connection(bench.look, int(nth or 1) + 1)
    if opened is None:
        raise NotReached(f"the vehicle did not come back within {PATIENCE_S:g} s; {bench.look.last_words()}")
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
            raise Inconclusive(f"the session never came as far as {response}; {look.last_words()}")
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


# ---- Then: pause and resume


@then(parsers.re(r"the vehicle (?P<how>resumes|does not resume|begins a new session) in its "
                 r"(?P<nth>\d+)(?:st|nd|rd|th) connection"))  # fmt: skip
async def _(bench: Bench, how: str, nth: str) -> None:
    """Judge the first requests of a connection: which SessionID, and what follows SessionSetupRes."""
    look = bench.look
    opened = await _connection(look, int(nth))
    if opened is None:
        raise Inconclusive(f"the vehicle did not open its {nth}. connection; {look.last_words()}")
    setup = await look.first(lambda e: look.is_said(e, "SessionSetupReq"), opened, 30.0)
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
        look.check("MeteringConfirmationReq", look.last_words(), False, [])
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
