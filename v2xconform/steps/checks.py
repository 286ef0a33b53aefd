"""The Then sentences that both roles share: they read the trace and nothing else. *party* is charger or vehicle."""

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.yaml_lines import LabError
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, is_closing, parse_value, seconds, show
from v2xconform.steps.vocabulary import then
from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, field_at, is_protocol_message, messages, rational, response_code

_PARTY = r"the (?P<party>charger|vehicle)"
_LIMIT = r"(?P<limit>\d+(?:\.\d+)?) s"


def _stage(look: Look) -> Event:
    """Return the last thing that either side said before this step: what a reaction is counted from."""
    found = look.before(
        lambda e: is_protocol_message(e) or e.kind in ("undecodable", "fault", "stimulus")
        or (e.kind == "handshake") or (e.kind == "bytes" and e.note == "deliberate")
    )  # fmt: skip
    if found is None:
        raise Inconclusive("nothing had been said on the link")
    return found


# ---- answers of the charger


@then(parsers.re(r"the charger answers (?P<message>\w+)(?: with (?P<code>[A-Za-z_*|]+))?(?: within " + _LIMIT + ")?"))
async def _(bench: Bench, message: str, code: str | None, limit: str | None) -> None:
    look = bench.look
    asked = look.asked()
    limit_s = float(limit) if limit else 60.0
    answer = await look.answer(asked, limit_s)
    expected = f"{message}{' with ' + code if code else ''}{f' within {limit} s' if limit else ''}"
    right = answer is not None and answer.kind == "message" and answer.name == message
    right = right and (code is None or _fits(response_code(answer), code))  # type: ignore[arg-type]
    observed = look.describe(answer, asked)
    look.check(expected, observed, right, [asked, answer])
    if limit and answer is not None:
        look.check(f"{message} within {limit} s", observed, look.within(answer, asked, limit_s), [asked, answer])


def _fits(code: str, wanted: str) -> bool:
    return any(code == one or (one.endswith("*") and code.startswith(one[:-1])) for one in wanted.split("|"))


@then(parsers.parse("the charger does not answer for {limit:g} s"))
async def _(bench: Bench, limit: float) -> None:
    look = bench.look
    asked = look.asked()
    answer = await look.first(lambda e: e.src == look.sut and is_protocol_message(e), asked, limit)
    look.check(f"no answer for {limit:g} s", look.describe(answer, asked), answer is None, [asked, answer])


@then(parsers.re(r"the answer has (?P<path>[\w.@]+) = (?P<value>.+)"))
async def _(bench: Bench, path: str, value: str) -> None:
    look = bench.look
    answer = _answer(look)
    wanted = [parse_value(one.strip()) for one in value.split(" or ")]
    found = field_at(answer.body, path)
    look.check(f"{answer.name}.{path} = {value}", show(answer, path), found in wanted, [answer])


@then(parsers.re(r"the answer has no (?P<path>[\w.@]+)"))
async def _(bench: Bench, path: str) -> None:
    answer = _answer(bench.look)
    found = field_at(answer.body, path)
    bench.look.check(f"{answer.name} without {path}", show(answer, path), found is MISSING, [answer])


def _answer(look: Look) -> Event:
    answer = look.answer_before()
    if answer is None:
        raise Inconclusive(f"the {look.party} had sent no message")
    return answer


# ---- ends of the connection


@then(parsers.re(_PARTY + r" closes the connection within " + _LIMIT))
async def _(bench: Bench, party: str, limit: str) -> None:
    look = bench.look
    since, limit_s = _stage(look), float(limit)
    closing = await look.closing(since, limit_s)
    allowed = limit_s + look.context.close_tolerance_s
    met = closing is not None and closing.seconds - since.seconds <= allowed
    _check_end(look, f"the connection closed within {limit} s", since, closing, met, allowed)


@then(parsers.re(_PARTY + r" closes the connection between (?P<low>\d+(?:\.\d+)?) s and (?P<high>\d+(?:\.\d+)?) s"))
async def _(bench: Bench, party: str, low: str, high: str) -> None:
    look = bench.look
    since = _stage_before_silence(look)
    closing = await look.closing(since, float(high))
    took = closing.seconds - since.seconds if closing is not None else -1.0
    met = float(low) - look.context.tolerance_s <= took <= float(high) + look.context.tolerance_s
    _check_end(look, f"the connection closed between {low} s and {high} s", since, closing, met, float(high))


def _stage_before_silence(look: Look) -> Event:
    """Return the last message: a silence is counted from it, not from the moment in which the tester decided on it."""
    found = look.before(is_protocol_message) or look.before(lambda e: e.kind in ("handshake", "open"))
    if found is None:
        raise Inconclusive("there was no connection to be silent on")
    return found


def _check_end(look: Look, expected: str, since: Event, closing: Event | None, met: bool, waited: float) -> None:
    if closing is None:
        ended_by_tester = any(is_closing(e, look.context.tester) for e in look.events[since.id :])
        if ended_by_tester:
            raise Inconclusive("the tester itself had closed the connection before")
        look.check(expected, f"still open after {seconds(waited)}", False, [since])
    else:
        look.check(expected, look.describe(closing, since), met, [since, closing])


@then(parsers.re(_PARTY + r" keeps the connection open for " + _LIMIT))
async def _(bench: Bench, party: str, limit: str) -> None:
    look = bench.look
    since = _stage(look)
    closing = await look.first(lambda e: is_closing(e, look.sut), since, float(limit))
    observed = look.describe(closing, since) if closing else "open"
    look.check(f"the connection stays open for {limit} s", observed, closing is None, [since, closing])


# ---- messages of the whole session


@then(parsers.re(_PARTY + r" has sent (?P<message>\w+)(?: with (?P<path>[\w.@]+) = (?P<value>.+))?"))
async def _(bench: Bench, party: str, message: str, path: str | None, value: str | None) -> None:
    look = bench.look
    found = list(messages(look.events, src=look.sut, name=message))
    if not found or path is None:
        look.check(f"{message} from the {party}", f"{len(found)} of them", bool(found), found[:1])
        return
    wanted = [parse_value(one.strip()) for one in str(value).split(" or ")]
    values = [field_at(event.body, path) for event in found]
    met = any(one in wanted for one in values)
    look.check(f"{message} with {path} = {value}", ", ".join(show(e, path) for e in found[:5]), met, found[:5])


@then(parsers.re(_PARTY + r" has not sent (?P<message>\w+)(?: with (?P<path>[\w.@]+) = (?P<value>.+))?"))
async def _(bench: Bench, party: str, message: str, path: str | None, value: str | None) -> None:
    look = bench.look
    found = list(messages(look.events, src=look.sut, name=message))
    if path is not None:
        found = [event for event in found if field_at(event.body, path) == parse_value(str(value))]
    look.check(f"no {message} from the {party}", f"{len(found)} of them", not found, found[:1])


@then(parsers.re(r"every (?P<message>\w+) has (?P<path>[\w.@]+) = (?P<value>.+)"))
async def _(bench: Bench, message: str, path: str, value: str) -> None:
    look = bench.look
    wanted = [parse_value(one.strip()) for one in value.split(" or ")]
    _every(look, message, f"{path} = {value}", lambda e: field_at(e.body, path) in wanted, lambda e: show(e, path))


@then(parsers.re(r"every (?P<message>\w+) has (?P<path>[\w.@]+)"))
async def _(bench: Bench, message: str, path: str) -> None:
    _every(
        bench.look, message, path, lambda e: field_at(e.body, path) is not MISSING, lambda e: show(e, path)
    )  # fmt: skip


@then(
    parsers.re(
        r"every (?P<message>\w+) has (?P<path>[\w.@]+) from (?P<low>-?\d+(?:\.\d+)?) to (?P<high>-?\d+(?:\.\d+)?)"
    )
)
async def _(bench: Bench, message: str, path: str, low: str, high: str) -> None:
    def inside(event: Event) -> bool:
        number = _number(event, path)
        return number is not None and float(low) <= number <= float(high)

    _every(bench.look, message, f"{path} from {low} to {high}", inside, lambda e: str(_number(e, path)))


def _number(event: Event, path: str) -> float | None:
    value = field_at(event.body, path)
    return float(value) if isinstance(value, int | float) else rational(value)


def _every(look: Look, message: str, what: str, fits: object, shown: object) -> None:
    assert callable(fits) and callable(shown)
    found = list(messages(look.events, src=look.sut, name=message))
    if not found:
        raise Inconclusive(f"the {look.party} had sent no {message}")
    wrong = [event for event in found if not fits(event)]
    observed = f"{len(found)} of them" if not wrong else f"event {wrong[0].id}: {shown(wrong[0])}"
    look.check(f"every {message} has {what}", observed, not wrong, wrong[:3] or found[:1])


@then(parsers.parse("the session is complete"))
async def _(bench: Bench) -> None:
    look = bench.look
    ends = [e for e in messages(look.events, name="SessionStopRes") if response_code(e).startswith("OK")]
    last = next((e for e in reversed(look.events) if is_protocol_message(e)), None)
    observed = look.describe(last)
    look.check("SessionStopRes OK at the end of the session", f"the last message was {observed}", bool(ends), [last])


# ---- TLS


@then(parsers.re(_PARTY + r" refuses the TLS connection"))
async def _(bench: Bench, party: str) -> None:
    look = bench.look
    opened = look.before(lambda e: e.kind == "open" and e.layer == "tcp" and e.name != "listening")
    if opened is None:
        raise Inconclusive(f"there was no TCP connection; {look.last_words()}")
    answer = await look.first(_says_something(look), opened, 2.0)
    refusal = await look.first(lambda e: _is_refusal(e, look), opened, 10.0)
    met = answer is None and refusal is not None
    observed = look.describe(answer, opened) if answer is not None else _refusal_text(refusal)
    look.check("the TLS connection refused before any message", observed, met, [opened, answer, refusal])


def _says_something(look: Look):  # type: ignore[no-untyped-def]
    return lambda e: e.src == look.sut and is_protocol_message(e)


def _is_refusal(event: Event, look: Look) -> bool:
    if event.kind == "handshake" and event.name in ("failed", "alert", "Alert"):
        return event.src == look.sut
    return is_closing(event, look.sut)


def _refusal_text(refusal: Event | None) -> str:
    if refusal is None:
        return "neither an alert nor an end of the connection"
    body = refusal.body or {}
    return f"{refusal.name}: {body.get('alert') or body.get('description') or body.get('error') or 'connection closed'}"


@then(parsers.re(r"the TLS handshake has succeeded"))
async def _(bench: Bench) -> None:
    look = bench.look
    established = look.before(lambda e: e.kind == "handshake" and e.name == "established")
    failed = look.before(lambda e: e.kind == "handshake" and e.name == "failed")
    observed = "established" if established else _refusal_text(failed)
    look.check("the TLS handshake established", observed, established is not None, [established or failed])


# ---- SDP


@then(parsers.parse("SDP is answered within {limit:g} s"))
async def _(bench: Bench, limit: float) -> None:
    look = bench.look
    asked = _sdp_asked(look)
    answer = await look.first(lambda e: e.layer == "sdp" and e.src == look.sut, asked, limit + 1.0)
    look.check(f"SECCDiscoveryRes within {limit:g} s", look.describe(answer, asked), _in_time(look, answer, asked, limit),
               [asked, answer])  # fmt: skip
    assert answer is not None
    look.check("a SECCDiscoveryRes without faults", answer.name, answer.kind == "message", [answer])


def _in_time(look: Look, answer: Event | None, asked: Event, limit: float) -> bool:
    return look.within(answer, asked, limit)


@then(parsers.parse("SDP is not answered for {limit:g} s"))
async def _(bench: Bench, limit: float) -> None:
    look = bench.look
    asked = _sdp_asked(look)
    answer = await look.first(lambda e: e.layer in ("sdp", "udp") and e.src == look.sut, asked, limit)
    look.check(f"no SDP answer for {limit:g} s", look.describe(answer, asked), answer is None, [asked, answer])


@then(parsers.re(r"the SDP answer has (?P<path>\w+) = (?P<value>.+)"))
async def _(bench: Bench, path: str, value: str) -> None:
    look = bench.look
    answer = look.before(lambda e: e.layer == "sdp" and e.src == look.sut and e.kind == "message")
    if answer is None:
        raise Inconclusive("SDP was not answered")
    wanted = [parse_value(one.strip()) for one in value.split(" or ")]
    look.check(
        f"SECCDiscoveryRes.{path} = {value}", show(answer, path), field_at(answer.body, path) in wanted, [answer]
    )


def _sdp_asked(look: Look) -> Event:
    asked = look.before(
        lambda e: e.layer in ("sdp", "udp") and e.src == look.context.tester and e.kind in ("message", "fault", "bytes")
    )
    if asked is None:
        raise LabError("the scenario asks about SDP but sends no request")
    return asked
