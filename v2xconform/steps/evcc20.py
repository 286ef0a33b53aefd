"""The sentences of test cases with a car (EVCC) as system under test: ISO 15118-20. The tester plays the charger.

A car acts by itself: Given steps say how our charger behaves, one When step plugs the car in, Then steps judge what it did.
"""

from itertools import pairwise
from typing import Any, cast

from pytest_bdd import parsers

from v2xconform.emulators.bends import Bend
from v2xconform.emulators.cast import Mode
from v2xconform.judge.monitors.tls import GROUPS, SIGNATURES, SUITES
from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.yaml_lines import LabError
from v2xconform.protocols.iso15118.app_protocol import MODES20
from v2xconform.protocols.iso15118.session20 import as_list
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, is_closing, parse_changes, seconds
from v2xconform.steps.secc20 import bend_from
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at, is_protocol_message, messages, rational, response_code

# ---- Given: how the tester's charger behaves


@given(parsers.re(r"a charger that offers (?:(?P<control>Scheduled|Dynamic) )?(?P<mode>any|AC|DC|AC_BPT|DC_BPT)"))
async def _(bench: Bench, control: str | None, mode: str) -> None:
    bench.secc_wishes.mode = cast(Mode, mode)
    bench.secc_wishes.control = cast(Any, control or "")


@given(parsers.re(r"a charger whose (?:(?P<nth>\d+)(?:st|nd|rd|th) )?(?P<message>\w+Res) has (?P<changes>.+ = .+)"))
async def _(bench: Bench, nth: str | None, message: str, changes: str) -> None:
    _bend(bench, Bend(at=message, nth=int(nth) if nth else None, set=parse_changes(changes)))


@given(parsers.re(r"a charger whose (?P<message>\w+Res) lacks (?P<path>[\w.@]+)"))
async def _(bench: Bench, message: str, path: str) -> None:
    _bend(bench, Bend(at=message, remove=[path]))


@given(parsers.re(r"a charger that stays silent instead of its (?:(?P<nth>\d+)(?:st|nd|rd|th) )?(?P<message>\w+Res)"))
async def _(bench: Bench, nth: str | None, message: str) -> None:
    _bend(bench, Bend(at=message, from_nth=int(nth or 1), silence=True))
    # The car is the one to give up: our own timers would run out in the same instant.
    bench.secc_wishes.policy |= {"sequence_timeout_s": None, "loop_sequence_timeout_s": None}


@given(parsers.re(r"a charger that sends its (?:(?P<nth>\d+)(?:st|nd|rd|th) )?(?P<message>\w+Res) "
                  r"(?P<delay>\d+(?:\.\d+)?) s late"))  # fmt: skip
async def _(bench: Bench, nth: str | None, message: str, delay: str) -> None:
    _bend(bench, Bend(at=message, nth=int(nth or 1), delay_s=float(delay)))
    bench.secc_wishes.policy |= {"loop_sequence_timeout_s": None}  # it counts from the response as it was due


@given(parsers.re(r"a charger that sends (?P<other>\w+Res) instead of (?P<message>\w+Res)"))
async def _(bench: Bench, other: str, message: str) -> None:
    _bend(bench, Bend(at=message, replace=other))


@given(parsers.re(r"a charger whose (?:(?P<nth>\d+)(?:st|nd|rd|th) )?(?P<message>\w+Res) is bent by"))
async def _(bench: Bench, nth: str | None, message: str, docstring: str) -> None:
    bend = bend_from(message, docstring)
    _bend(bench, bend.model_copy(update={"nth": int(nth)}) if nth else bend)


@given(parsers.re(r"a charger that answers (?P<message>\w+Req) with (?P<code>(?:FAILED|WARNING)\w*)"))
async def _(bench: Bench, message: str, code: str) -> None:
    codes = dict(bench.secc_wishes.policy.get("forced_codes", {}))
    # Our charger leaves the connection open and the session as it is: what the car does now is the point.
    bench.secc_wishes.policy |= {"forced_codes": codes | {message: code}, "closes_after_failed": False}


@given(parsers.re(r"a charger that asks for (?P<kind>\w+) within (?P<delay>\d+) s (?P<span>in|from) its "
                  r"(?P<nth>\d+)(?:st|nd|rd|th) (?P<message>\w+Res)"))  # fmt: skip
async def _(bench: Bench, kind: str, delay: str, span: str, nth: str, message: str) -> None:
    status = {"EVSEStatus": {"NotificationMaxDelay": int(delay), "EVSENotification": kind}}
    only, first = (int(nth), 1) if span == "in" else (None, int(nth))
    _bend(bench, Bend(at=message, set=status, fair=True, nth=only, from_nth=first))


@given(parsers.re(r"a charger that sends the bytes (?P<data>[0-9A-F]+) before its (?P<message>\w+Res)"))
async def _(bench: Bench, data: str, message: str) -> None:
    _bend(bench, Bend(at=message, nth=1, before=data, fair=True))


@given(parsers.re(r"a charger that (?P<how>closes|resets) the connection instead of its "
                  r"(?:(?P<nth>\d+)(?:st|nd|rd|th) )?(?P<message>\w+Res)"))  # fmt: skip
async def _(bench: Bench, how: str, nth: str | None, message: str) -> None:
    _bend(bench, Bend(at=message, nth=int(nth or 1), close="half" if how == "closes" else "rst"))


@given(parsers.re(r"a charger that is (?:never ready|busy (?P<times>\d+) times) with (?P<message>\w+Req)"))
async def _(bench: Bench, times: str | None, message: str) -> None:
    bench.secc_wishes.policy |= {"ongoing": {message: int(times or -1)}}


@given(parsers.parse('a charger that shows the SECC certificate "{variant}"'))
async def _(bench: Bench, variant: str) -> None:
    bench.secc_wishes.tls = type(bench.secc_wishes.tls)(variant=variant)


@given(parsers.parse('a charger that staples the OCSP response "{kind}"'))
async def _(bench: Bench, kind: str) -> None:
    bench.secc_wishes.tls = type(bench.secc_wishes.tls)(staple_kind=kind)


@given("a charger that serves cars without TLS and says so to all")
async def _(bench: Bench) -> None:
    bench.secc_wishes.tls = type(bench.secc_wishes.tls)(plain_too=True)
    bench.secc_wishes.sdp = type(bench.secc_wishes.sdp)(security="None")


@given("a charger that speaks TLS 1.2 and nothing newer")
async def _(bench: Bench) -> None:
    bench.secc_wishes.tls = type(bench.secc_wishes.tls)(minimum="TLSv1.2", maximum="TLSv1.2")


@given(parsers.parse("a charger that offers only the {what} {names} in TLS"))
async def _(bench: Bench, what: str, names: str) -> None:
    if what not in ("suites", "groups", "signatures"):
        raise LabError(f"TLS has no list of {what}; use suites, groups or signatures")
    bench.secc_wishes.tls = type(bench.secc_wishes.tls).model_validate({what: names})


@given(parsers.parse("a charger whose SDP answer has the {field} {value}"))
async def _(bench: Bench, field: str, value: str) -> None:
    if field not in ("security", "transport"):
        raise LabError(f"the SDP answer has no {field} that could be set; use security or transport")
    bench.secc_wishes.sdp = type(bench.secc_wishes.sdp).model_validate({field: value})


@given(parsers.parse("a charger whose SDP answer is {data}"))
async def _(bench: Bench, data: str) -> None:
    bench.secc_wishes.sdp = type(bench.secc_wishes.sdp)(raw=data)


@given("a charger that does not answer SDP")
async def _(bench: Bench) -> None:
    bench.secc_wishes.sdp = type(bench.secc_wishes.sdp)(silent=True)


def _bend(bench: Bench, bend: Bend) -> None:
    bench.secc_wishes.bends.append(bend)


# ---- When


@when("the vehicle is plugged in")
async def _(bench: Bench) -> None:
    # A car has 5 s to close after SessionStopRes: our charger must not close first.
    bench.secc_wishes.policy.setdefault("stop_close_delay_s", 10.0)
    await bench.open_charger()
    await bench.start_sut()


@when(parsers.re(r"the vehicle has (?P<what>finished the session|given up)"))
async def _(bench: Bench, what: str) -> None:
    await bench.session_over()


@when(parsers.parse("{seconds:g} s pass"))
async def _(bench: Bench, seconds: float) -> None:
    await bench.look.trace.wait_until(bench.recorder.now() + seconds)


# ---- Then


@then(parsers.re(r"the vehicle sends (?P<message>\w+Req)"))
async def _(bench: Bench, message: str) -> None:
    look = bench.look
    found = await look.first(lambda e: e.kind == "message" and e.src == look.sut and e.name == message, None, 300.0)
    last = next((e for e in reversed(look.events) if is_protocol_message(e)), None)
    _reached(look, message, found, last)
    look.check(f"{message} from the vehicle", look.describe(found or last), found is not None, [found])


def _reached(look: Look, message: str, found: Event | None, last: Event | None) -> None:
    if found is None and last is None:
        raise Inconclusive(f"the vehicle never came as far as {message}: it sent no message at all")


@then(parsers.re(r"the vehicle ends the session within (?P<limit>\d+(?:\.\d+)?) s after the (?:(?P<nth>\d+)(?:st|nd|rd|th) )?"
                 r"(?P<message>\w+Re[qs])(?P<refused> once refused)?"))  # fmt: skip
async def _(bench: Bench, limit: str, nth: str | None, message: str, refused: str | None) -> None:
    look = bench.look
    since = await _nth_message(look, message, int(nth or 1))
    closing = await look.first(lambda e: is_closing(e, look.sut), since, float(limit) + 30.0)
    allowed = float(limit) + look.context.tolerance_s
    met = closing is not None and closing.seconds - since.seconds <= allowed
    text = look.describe(closing, since) if closing else "the connection was still open"
    look.check(f"the connection closed within {limit} s after {message}", text, met, [since, closing])
    goes_on = _goes_on(look, since, closing)
    if not refused:
        what = look.describe(goes_on) if goes_on else "nothing"
        look.check(f"no further request but SessionStopReq after {message}", what, goes_on is None, [since, goes_on])


def _goes_on(look: Look, since: Event, closing: Event | None) -> Event | None:
    until = closing.id if closing is not None else len(look.events)
    for event in look.events[since.id : until]:
        if is_protocol_message(event) and event.src == look.sut and event.name not in (since.name, "SessionStopReq"):
            return event
    return None


async def _nth_message(look: Look, name: str, nth: int) -> Event:
    found: Event | None = None
    for _ in range(nth):
        found = await look.first(lambda e: _is_named(e, name) or is_closing(e, look.sut), found, 300.0)
        if found is None or found.kind == "close":
            found = None
            break
    if found is None:
        last = next((e for e in reversed(look.events) if is_protocol_message(e)), None)
        raise Inconclusive(f"the session never came as far as {name}; the last message was {look.describe(last)}")
    return found


def _is_named(event: Event, name: str) -> bool:
    if event.kind == "message" and event.name == name:
        return True
    return event.kind in ("undecodable", "fault") and event.note == "deliberate" and name.endswith("Res")


@then(parsers.re(r"the vehicle ends the session between (?P<low>\d+(?:\.\d+)?) s and (?P<high>\d+(?:\.\d+)?) s "
                 r"after the (?:(?P<nth>\d+)(?:st|nd|rd|th) )?(?P<message>\w+Re[qs])"))  # fmt: skip
async def _(bench: Bench, low: str, high: str, nth: str | None, message: str) -> None:
    look = bench.look
    since = await _nth_message(look, message, int(nth or 1))
    closing = await look.first(lambda e: is_closing(e, look.sut), since, float(high) + 30.0)
    took = closing.seconds - since.seconds if closing is not None else -1.0
    # The tester sees a request later than the car has sent it, so a car that waits its full time never seems early.
    early = max(0.05 * float(low), 0.05) + look.context.earliness(since.seconds, since.seconds + took)
    met = float(low) - early <= took <= float(high) + look.context.tolerance_s
    text = look.describe(closing, since) if closing else "the connection was still open"
    look.check(f"the connection closed between {low} s and {high} s after {message}", text, met, [since, closing])


@then(parsers.re(r"from (?P<pause>\d+(?:\.\d+)?) s after the (?P<nth>\d+)(?:st|nd|rd|th) (?P<response>\w+Res) on "
                 r"every (?P<message>\w+Req) has (?P<path>[\w.@]+) "
                 r"from (?P<low>-?\d+(?:\.\d+)?) to (?P<high>-?\d+(?:\.\d+)?)"))  # fmt: skip
async def _(
    bench: Bench, pause: str, nth: str, response: str, message: str, path: str, low: str, high: str
) -> None:  # fmt: skip
    look = bench.look
    since = await _nth_message(look, response, int(nth))
    await look.first(lambda e: is_closing(e, look.sut), since, 600.0)
    found = [e for e in messages(look.events, src=look.sut, name=message) if e.seconds >= since.seconds + float(pause)]
    if not found:
        raise Inconclusive(f"the vehicle sent no {message} later than {pause} s after {response} number {nth}")
    values = [(event, rational(field_at(event.body, path))) for event in found]
    wrong = [(event, value) for event, value in values if value is None or not float(low) <= value <= float(high)]
    observed = f"event {wrong[0][0].id}: {wrong[0][1]}" if wrong else f"{len(found)} of them"
    what = f"from {pause} s after {response} number {nth} on every {message} has {path} from {low} to {high}"
    look.check(what, observed, not wrong, [since, *(event for event, _ in wrong[:3])])


@then(parsers.re(r"the vehicle goes on after the (?:(?P<nth>\d+)(?:st|nd|rd|th) )?(?P<message>\w+Re[qs])"))
async def _(bench: Bench, nth: str | None, message: str) -> None:
    look = bench.look
    try:
        since = await _nth_message(look, message, int(nth or 1))
    except Inconclusive:
        # A car that leaves while it should wait for this very response has not gone on: that is the finding.
        asked = list(messages(look.events, src=look.sut, name=f"{message[:-3]}Req"))
        later = look.events[asked[-1].id :] if asked else []
        closing = next((event for event in later if is_closing(event, look.sut)), None)
        if closing is None:
            raise
        expected = f"another request after {message}"
        look.check(
            expected, f"{look.describe(closing, asked[-1])} (from {asked[-1].name})", False, [asked[-1], closing]
        )
        raise
    following = await look.first(
        lambda e: (is_protocol_message(e) and e.src == look.sut) or is_closing(e, look.sut), since, 120.0
    )
    met = following is not None and is_protocol_message(following)
    met = met and (following.name != "SessionStopReq" or message in _BEFORE_STOP)  # type: ignore[union-attr]
    look.check(f"another request after {message}", look.describe(following, since), met, [since, following])


_BEFORE_STOP = ("PowerDeliveryRes", "DC_WeldingDetectionRes", "DC_WeldingDetectionReq")


@then("the vehicle connects and refuses TLS")
async def _(bench: Bench) -> None:
    look = bench.look
    opened = await look.first(lambda e: e.kind == "open" and e.name == "accepted", None, 60.0)
    if opened is None:
        raise Inconclusive("the vehicle had opened no TCP connection")
    end = await look.first(
        lambda e: is_closing(e, look.sut) or e.name == "failed" or (e.src == look.sut and is_protocol_message(e)),
        opened,
        12.0,
    )
    met = end is not None and end.kind != "message"
    look.check("the TLS connection refused before any message", look.describe(end, opened), met, [opened, end])


@then("the ClientHello of the vehicle keeps to the ISO 15118-20 profile")
async def _(bench: Bench) -> None:
    look = bench.look
    hello = look.before(lambda e: e.kind == "handshake" and e.name == "ClientHello" and e.src == look.sut)
    if hello is None:
        raise Inconclusive("there was no ClientHello")
    body = hello.body
    modern = [suite for suite in body["suites"] if suite.startswith(("TLS_AES", "TLS_CHACHA"))]
    look.check("TLS 1.3 is offered", ", ".join(body["versions"]), "TLSv1.3" in body["versions"], [hello])
    look.check("the suites of Table 6", ", ".join(modern), set(modern) == set(SUITES), [hello])
    for field, names in (("groups", GROUPS), ("signature_algorithms", SIGNATURES)):
        look.check(f"{field} with {', '.join(names)}", ", ".join(body[field]), set(names) <= set(body[field]), [hello])
    extensions = body["extensions"]
    look.check("status_request", ", ".join(map(str, extensions)), "status_request" in extensions, [hello])
    shown = look.before(lambda e: e.kind == "handshake" and e.name == "Certificate" and e.src == look.sut)
    chain = shown.body.get("chain", ()) if shown is not None else ()
    look.check("a vehicle certificate", f"{len(chain)} certificates", bool(chain), [shown])


@then("the vehicle offers ISO 15118-20 with sound priorities")
async def _(bench: Bench) -> None:
    look = bench.look
    asked = await look.first(lambda e: e.src == look.sut and e.name == "supportedAppProtocolReq", None, 60.0)
    if asked is None:
        raise Inconclusive("the vehicle had offered no protocol")
    offers = as_list(asked.body.get("AppProtocol"))
    names = [str(one.get("ProtocolNamespace")) for one in offers]
    mine = [one for one in offers if one.get("ProtocolNamespace") in MODES20]
    look.check("an offer of ISO 15118-20 AC or DC", ", ".join(names), bool(mine), [asked])
    versions = [one.get("VersionNumberMajor") for one in mine]
    look.check("version 1 of ISO 15118-20", str(versions), set(versions) == {1}, [asked])
    for field in ("Priority", "SchemaID"):
        values = [one.get(field) for one in offers]
        look.check(f"each {field} once", str(values), len(set(values)) == len(values), [asked])
    priorities = [one.get("Priority", 0) for one in offers]
    look.check("priorities from 1 to 20", str(priorities), all(1 <= one <= 20 for one in priorities), [asked])


@then("any new session of the vehicle begins with SessionID 0")
async def _(bench: Bench) -> None:
    look = bench.look
    await _nth_message(look, "SessionSetupReq", 1)
    setups = list(messages(look.events, src=look.sut, name="SessionSetupReq"))
    again = await look.first(lambda e: _is_named(e, "SessionSetupReq"), setups[-1], _NEW_SESSION_S)
    setups += [again] if again is not None else []
    ids = [str(field_at(event.body, "Header.SessionID")) for event in setups]
    look.check("SessionSetupReq with SessionID 0", ", ".join(ids), not any(one.strip("0") for one in ids), setups)


_NEW_SESSION_S = 10.0
"""How long a car is given to come back of its own accord."""


@then("the vehicle begins no ISO 15118-20 session")
async def _(bench: Bench) -> None:
    look = bench.look
    begun = await look.first(lambda e: e.src == look.sut and _is_of_20(e), None, 3.0)
    look.check("neither an offer nor a message of ISO 15118-20", look.describe(begun), begun is None, [begun])


def _is_of_20(event: Event) -> bool:
    if not is_protocol_message(event):
        return False
    return event.layer.startswith("iso15118-20") or "urn:iso:std:iso:15118:-20" in str(event.body)


@then("every SDP request of the vehicle asks for TLS over TCP")
async def _(bench: Bench) -> None:
    look = bench.look
    asked = await look.first(lambda e: e.layer == "sdp" and e.src == look.sut, None, look.cursor and 30.0)
    sent = [e for e in look.events if e.layer == "sdp" and e.src == look.sut]
    look.check("an SDP request", f"{len(sent)} of them", asked is not None, sent[:1])
    wanted = {"Security": "TLS", "TransportProtocol": "TCP"}
    wrong = [e for e in sent if e.kind != "message" or e.name != "SECCDiscoveryReq" or e.body != wanted]
    observed = look.describe(wrong[0]) + f" {wrong[0].body}" if wrong else f"{len(sent)} such requests"
    look.check("SECCDiscoveryReq with TLS and TCP, without faults", observed, not wrong, wrong[:3])


@then(parsers.re(r"the vehicle asks to stop within (?P<limit>\d+(?:\.\d+)?) s after the (?:(?P<nth>\d+)(?:st|nd|rd|th) )?"
                 r"(?P<message>\w+Res)"))  # fmt: skip
async def _(bench: Bench, limit: str, nth: str | None, message: str) -> None:
    look = bench.look
    since = await _nth_message(look, message, int(nth or 1))
    stop = await look.first(
        lambda e: e.src == look.sut and e.name == "PowerDeliveryReq" and field_at(e.body, "ChargeProgress") == "Stop",
        since, float(limit) + 30.0,
    )  # fmt: skip
    met = stop is not None and stop.seconds - since.seconds <= float(limit) + look.context.tolerance_s
    text = f"after {seconds(stop.seconds - since.seconds)}" if stop else "never"
    look.check(f"PowerDeliveryReq Stop within {limit} s after {message}", text, met, [since, stop])


@then(parsers.re(r"the vehicle asks with SDP at least (?P<count>\d+) times, (?P<interval>\d+(?:\.\d+)?) s apart"))
async def _(bench: Bench, count: str, interval: str) -> None:
    look = bench.look
    asked = [e for e in look.events if e.layer == "sdp" and e.kind == "message" and e.src == look.sut]
    look.check(f"at least {count} SDP requests", str(len(asked)), len(asked) >= int(count), asked[:3])
    gaps = [b.seconds - a.seconds for a, b in pairwise(asked)]
    shortest = min(gaps, default=0.0)
    met = shortest >= float(interval) * 0.8
    look.check(f"SDP requests {interval} s apart", f"the shortest pause was {seconds(shortest)}", met, asked[:3])
    look.check("at most 50 SDP requests", str(len(asked)), len(asked) <= 50, asked[-1:])


@then("the vehicle has opened no connection")
async def _(bench: Bench) -> None:
    look = bench.look
    opened = [e for e in look.events if e.kind == "open" and e.layer == "tcp" and e.name not in ("listening",)]
    look.check("no TCP connection", f"{len(opened)} of them", not opened, opened[:1])


@then(parsers.re(r"the vehicle has completed the session"))
async def _(bench: Bench) -> None:
    look = bench.look
    end = await look.first(lambda e: e.name == "SessionStopRes" and response_code(e).startswith("OK"), None, 600.0)
    last = next((e for e in reversed(look.events) if is_protocol_message(e)), None)
    look.check(
        "SessionStopReq answered with OK", f"the last message was {look.describe(last)}", end is not None, [last]
    )
    assert end is not None
    closing = await look.first(lambda e: is_closing(e, look.sut), end, 5.0 + look.context.close_tolerance_s)
    text = look.describe(closing, end) if closing else "still open"
    look.check(
        "the connection closed by the vehicle within 5 s after SessionStopRes",
        text,
        closing is not None,
        [end, closing],
    )


@then(parsers.re(r"the vehicle has selected service (?P<service>\d+) with ControlMode (?P<control>Scheduled|Dynamic)"))
async def _(bench: Bench, service: str, control: str) -> None:
    look = bench.look
    chosen = next(messages(look.events, src=look.sut, name="ServiceSelectionReq"), None)
    if chosen is None:
        raise Inconclusive("the vehicle had not selected a service")
    found = field_at(chosen.body, "SelectedEnergyTransferService.ServiceID")
    look.check(f"ServiceID {service}", str(found), found == int(service), [chosen])
    loop = next((e for e in look.events if e.src == look.sut and e.name == "ScheduleExchangeReq"), None)
    if loop is not None:
        names = [name for name in loop.body if name.endswith("ControlMode")]
        look.check(f"{control} control mode", ", ".join(names), any(n.startswith(control) for n in names), [loop])
