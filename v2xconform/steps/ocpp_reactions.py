"""What a receiver may make of a frame, and what a WebSocket end has to do: Then sentences, which read the trace only.

How a reaction is judged follows the texts where they agree, and only warns where they do not: a request that is broken is
answered with CALLERROR ([FR.03]), but may be dropped (Part 4 4.2.3); the error codes overlap (Part 4 4.3).
"""

from collections.abc import Callable, Sequence
from typing import Final

from pytest_bdd import parsers

from v2xconform.judge.context import DELIBERATE
from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.yaml_lines import LabError
from v2xconform.protocols.ocpp import CALL_ERROR, CALL_RESULT_ERROR, ends_connection, frames, is_ocpp
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look
from v2xconform.steps.ocpp_checks import ANSWER_S, ROLES, last_deed
from v2xconform.steps.vocabulary import then
from v2xconform.trace.events import Event

_PARTY: Final = r"the (?P<party>station|CSMS)"
REACTION_S: Final = 5.0
"""Who has not answered so long after something broken has dropped it."""
_ANSWERS: Final = (frames.CALLRESULT, frames.CALLERROR, frames.CALLRESULTERROR)


# ---- Then: reactions


def broken(look: Look, party: str) -> Event:
    """Return what the other side sent last before this step: a frame, or something that is none. Raises Inconclusive.

    What is wrong in it comes before what that side has said meanwhile of its own accord.
    """
    role = ROLES[party]

    def sent(event: Event) -> bool:
        told = event.src != role and event.src in ROLES.values() and is_ocpp(event.layer)
        return told and event.kind in ("message", "undecodable", "fault") and event.id > last_deed(look)

    found = look.before(lambda e: sent(e) and (e.kind != "message" or e.note == DELIBERATE)) or look.before(sent)
    if found is None:
        raise Inconclusive(f"nothing had been sent to the {party}")
    return found


async def reaction(look: Look, sent: Event, within_s: float = REACTION_S) -> Event | None:
    """Return the first answer on the link after `sent`, or the end of the link; requests of the SUT are none."""

    def wanted(event: Event) -> bool:
        if event.link != sent.link:
            return False
        if ends_connection(event.layer, event.kind):
            return True
        if event.src != sent.dst or not is_ocpp(event.layer):
            return False
        if _is_for_another(look, event, sent):
            return False
        return event.kind in ("undecodable", "fault") or event.ref.get("rpc", {}).get("type") in _ANSWERS

    return await look.first(wanted, sent, within_s)


def _is_for_another(look: Look, event: Event, sent: Event) -> bool:
    """Tell whether an event answers a good request that has nothing to do with `sent`: life goes on meanwhile."""
    number, rpc = event.ref.get("answers", 0), event.ref.get("rpc", {})
    if event.kind != "message" or not number or number == sent.id or rpc.get("id") == sent.ref.get("rpc", {}).get("id"):
        return False
    asked_ = look.events[number - 1]
    return bool(asked_.kind == "message" and asked_.note != DELIBERATE and asked_.src == sent.src)


def seen(look: Look, event: Event | None, since: Event) -> str:
    """Return a reaction in words."""
    if event is None:
        return "no reaction"
    if event.name in (CALL_ERROR, CALL_RESULT_ERROR):
        rpc = event.ref.get("rpc", {})
        return f"{event.name} {event.body.get('errorCode')} with the id {rpc.get('id')!r}"
    return look.describe(event, since)


def weigh(
    look: Look, expected: str, sent: Event, came: Event | None, *, right: bool, tolerable: bool, why: str = ""
) -> None:
    """Record what came of something: right, tolerable (a warning), or wrong. Raises CheckFailed."""
    observed = seen(look, came, sent)
    if right or not tolerable:
        look.check(expected, observed, right, [sent, came])
        return
    severity, look.severity = look.severity, "SHOULD"
    try:
        look.check(f"{expected}{f' ({why})' if why else ''}", observed, False, [sent, came])
    finally:
        look.severity = severity


def _codes(text: str) -> list[str]:
    found = text.split("|")
    strange = [one for one in found if one not in frames.ERROR_CODES]
    if strange:
        raise LabError(f"{strange[0]!r} is no error code of OCPP")
    return [*found, *([frames.OLD_SPELLING] if "OccurrenceConstraintViolation" in found else [])]


def _own_id(event: Event, wanted: str, sent: Event) -> bool:
    """Tell whether an error carries the id that it should."""
    told = event.ref.get("rpc", {}).get("id")
    if wanted == "any":
        return True
    return bool(told == (sent.ref.get("rpc", {}).get("id") if wanted == "same" else wanted))


@then(parsers.re(rf"{_PARTY} refuses it with (?P<codes>[A-Za-z|]+)(?: and the id (?P<number>\S+))?"
                 r"(?:, at worst (?P<worse>[A-Za-z|]+))?(?P<lenient>, if at all)?"))  # fmt: skip
async def _(
    bench: Bench, party: str, codes: str, number: str | None, worse: str | None, lenient: str | None
) -> None:  # fmt: skip
    """CALLERROR with one of the codes; another code, another id and silence are warnings."""
    look = bench.look
    sent = broken(look, party)
    came = await reaction(look, sent)
    fitting = _codes(codes)
    allowed = _codes(worse) if worse else [*frames.ERROR_CODES, frames.OLD_SPELLING]
    code = (came.body or {}).get("errorCode") if came is not None and came.name == CALL_ERROR else None
    good_id = came is not None and _own_id(came, number or "same", sent)
    # An error whose id is no string cannot be read; it is an error all the same.
    unread = came is not None and came.kind == "fault" and came.ref.get("rpc", {}).get("type") == frames.CALLERROR
    result = came is not None and came.ref.get("rpc", {}).get("type") == frames.CALLRESULT
    tolerable = came is None or code in allowed or code in fitting or unread or bool(lenient and result)
    weigh(
        look, f"CallError {codes.replace('|', ' or ')}", sent, came,
        right=code in fitting and good_id, tolerable=tolerable, why="the texts leave it open",
    )  # fmt: skip


@then(parsers.re(rf"{_PARTY} answers or refuses it(?: with (?P<codes>[A-Za-z|]+)(?P<only> alone)?)?"))
async def _(bench: Bench, party: str, codes: str | None, only: str | None) -> None:
    """A result and an error will both do; silence is a warning, another error too, unless it says *alone*."""
    look = bench.look
    sent = broken(look, party)
    came = await reaction(look, sent)
    kind = came.ref.get("rpc", {}).get("type") if came is not None and came.kind == "message" else None
    code = (came.body or {}).get("errorCode") if came is not None and kind == frames.CALLERROR else None
    right = kind == frames.CALLRESULT or (kind == frames.CALLERROR and (codes is None or code in _codes(codes)))
    tolerable = came is None or (kind == frames.CALLERROR and not only)
    weigh(look, "a result or an error", sent, came, right=right, tolerable=tolerable)


@then(parsers.re(rf"{_PARTY} refuses it with any error(?P<lenient>, if at all)?"))
async def _(bench: Bench, party: str, lenient: str | None) -> None:
    """Silence is a warning; with *if at all* a result is one, too."""
    look = bench.look
    sent = broken(look, party)
    came = await reaction(look, sent)
    right = came is not None and came.name == CALL_ERROR
    result = came is not None and came.ref.get("rpc", {}).get("type") == frames.CALLRESULT
    weigh(look, "CallError", sent, came, right=right, tolerable=came is None or bool(lenient and result))


@then(parsers.re(rf"{_PARTY} ignores it"))
async def _(bench: Bench, party: str) -> None:
    """In 2.1 it may object with CALLRESULTERROR to what is an answer."""
    look = bench.look
    sent = broken(look, party)
    came = await reaction(look, sent)
    answer = sent.ref.get("rpc", {}).get("type") == frames.CALLRESULT
    objects = came is not None and came.name == CALL_RESULT_ERROR and bench_version(look) == "ocpp2.1" and answer
    weigh(look, "no reaction", sent, came, right=came is None or objects, tolerable=False)


def bench_version(look: Look) -> str:
    """Return the version under test."""
    return look.context.protocol


@then(parsers.re(rf"{_PARTY} does not know the type of the message"))
async def _(bench: Bench, party: str) -> None:
    """2.0.1: MessageTypeNotSupported (Part 4 4.4), or silence (4.1.3); 2.1 ignores it. A result is wrong in both."""
    look = bench.look
    sent = broken(look, party)
    came = await reaction(look, sent)
    code = (came.body or {}).get("errorCode") if came is not None and came.name == CALL_ERROR else None
    right = code == "MessageTypeNotSupported" or (came is None and bench_version(look) == "ocpp2.1")
    tolerable = came is None or code is not None
    weigh(look, "CallError MessageTypeNotSupported, or no reaction", sent, came, right=right, tolerable=tolerable)


@then(parsers.re(rf"{_PARTY} never answers it"))
async def _(bench: Bench, party: str) -> None:
    """A SEND, a CALLRESULTERROR."""
    look = bench.look
    sent = broken(look, party)
    came = await reaction(look, sent)
    look.check("no reaction", seen(look, came, sent), came is None, [sent, came])


@then(parsers.re(rf"{_PARTY} answers all of them(?P<lenient>, or refuses those behind the first)?"))
async def _(bench: Bench, party: str, lenient: str | None) -> None:
    """Each request of the last deed has an answer of its own; an answer that is missing is a warning."""
    look = bench.look
    role, after = ROLES[party], last_deed(look)
    asked_ = [e for e in look.events[after:] if e.dst == role and e.ref.get("rpc", {}).get("type") == frames.CALL]
    if not asked_:
        raise Inconclusive(f"nothing had been asked of the {party}")
    missing: list[Event] = []
    for number, request in enumerate(asked_):
        came = await look.first(_answer_of(request), request, 30.0)
        if came is None:
            missing.append(request)
            continue
        right = came.kind == "message" and (came.name != CALL_ERROR or (number > 0 and bool(lenient)))
        look.check(f"an answer to request {number + 1}", seen(look, came, request), right, [request, came])
    if missing:
        weigh(
            look, "an answer to each request", missing[0], None, right=False, tolerable=True, why="nothing may be lost"
        )


def _answer_of(request: Event) -> Callable[[Event], bool]:
    def wanted(event: Event) -> bool:
        if event.link != request.link:
            return False
        if ends_connection(event.layer, event.kind):
            return True
        return event.src == request.dst and event.kind == "message" and event.ref.get("answers") == request.id

    return wanted


@then(parsers.re(rf"{_PARTY} objects to the answer"))
async def _(bench: Bench, party: str) -> None:
    """[2.1 Part 2 FR.06]: CALLRESULTERROR with the id of the answer."""
    look = bench.look
    role = ROLES[party]
    sent = await look.trace.first(
        lambda e: e.dst == role and is_ocpp(e.layer) and e.note == DELIBERATE
        and e.ref.get("rpc", {}).get("type") == frames.CALLRESULT, 0, look.events[-1].seconds + 120.0,
    )  # fmt: skip
    if sent is None:
        raise Inconclusive(f"the {party} has not asked for anything that could be answered wrong")
    came = await look.first(
        lambda e: e.link == sent.link and e.src == role and e.name == CALL_RESULT_ERROR, sent, REACTION_S
    )  # fmt: skip
    right = came is not None and came.ref.get("rpc", {}).get("id") == sent.ref.get("rpc", {}).get("id")
    look.check("CallResultError with the id of the answer", seen(look, came, sent), right, [sent, came])


def _is_call(event: Event, role: str) -> bool:
    called = event.ref.get("rpc", {}).get("type") == frames.CALL
    return event.kind == "message" and is_ocpp(event.layer) and event.src == role and called


@then(parsers.re(rf"{_PARTY} has one request at a time"))
async def _(bench: Bench, party: str) -> None:
    """[FR.01], from the beginning of the trace; a request that is not answered is given up after 2 s."""
    look, role = bench.look, ROLES[party]
    asked_before = {e.id for e in look.events if _is_call(e, role)}
    if len(asked_before) < 2:  # the second one may be late
        start = look.events[-1].seconds
        await look.trace.first(lambda e: _is_call(e, role) and e.id not in asked_before, 0, start + ANSWER_S)
    open_: dict[str, Event] = {}
    worst: tuple[Event, Event] | None = None
    number = 0
    for event in look.events:
        rpc = event.ref.get("rpc", {})
        if ends_connection(event.layer, event.kind):
            open_.clear()
        elif _is_call(event, role):
            number += 1
            pending = [one for one in open_.values() if one.link == event.link and event.seconds - one.seconds < 2.0]
            if pending and worst is None:
                worst = pending[0], event
            open_[str(rpc.get("id"))] = event
        elif rpc.get("type") in _ANSWERS and event.dst == role:
            open_.pop(str(rpc.get("id")), None)
    if number < 2:
        raise Inconclusive(f"the {party} has sent {number} requests; two are needed to see whether they wait")
    observed = f"{worst[1].name} while {worst[0].name} was not answered" if worst else f"{number} requests, each alone"
    look.check("one request at a time", observed, worst is None, worst or ())


@then(parsers.re(r"the message ids of the (?P<party>station|CSMS) are all different"))
async def _(bench: Bench, party: str) -> None:
    """Over all connections (Part 4 4.1.4); a message that had no result may be sent again with its id."""
    look, role = bench.look, ROLES[party]
    used: dict[str, Event] = {}
    done: set[int] = set()
    twin: Sequence[Event] = ()
    for event in look.events:
        rpc = event.ref.get("rpc", {})
        if event.kind == "message" and event.dst == role and rpc.get("type") == frames.CALLRESULT:
            done.add(event.ref.get("answers", 0))
        if event.kind != "message" or event.src != role or rpc.get("type") not in (frames.CALL, frames.SEND):
            continue
        before = used.setdefault(str(rpc.get("id")), event)
        again = (before.name, before.body) == (event.name, event.body) and before.id not in done
        if before is not event and not again:
            twin = twin or (before, event)
    observed = f"{twin[0].name} and {twin[1].name} have the same id" if twin else f"{len(used)} ids"
    look.check("a message id is used once", observed, not twin, twin)


@then(parsers.re(rf"{_PARTY} has not hung up"))
async def _(bench: Bench, party: str) -> None:
    """Not once since the beginning."""
    look, role = bench.look, ROLES[party]
    found = next(
        (e for e in look.events[: look.cursor] if e.kind == "close" and (e.body or {}).get("by") == role), None
    )  # fmt: skip
    look.check("no connection was closed", look.describe(found), found is None, [found])


# ---- Then: WebSocket


@then(parsers.re(rf"{_PARTY} answers the ping within (?P<limit>\d+(?:\.\d+)?) s"))
async def _(bench: Bench, party: str, limit: str) -> None:
    look, role = bench.look, ROLES[party]
    ping = look.before(lambda e: e.kind == "frame" and e.name == "ping" and e.dst == role)
    if ping is None:
        raise Inconclusive("nobody has pinged")
    came = await look.first(
        lambda e: e.link == ping.link and e.src == role and e.kind == "frame" and e.name == "pong", ping, float(limit)
    )  # fmt: skip
    right = came is not None and came.body == ping.body
    look.check(f"a pong with {ping.body['data']!r}", look.describe(came, ping), right, [ping, came])


@then(
    parsers.re(rf"{_PARTY} answers the close frame(?: with the code (?P<code>\d+))? within (?P<limit>\d+(?:\.\d+)?) s")
)
async def _(bench: Bench, party: str, code: str | None, limit: str) -> None:
    look, role, after = bench.look, ROLES[party], last_deed(bench.look)
    start = look.events[after - 1]
    came = await look.first(
        lambda e: e.src == role and e.kind == "frame" and e.name == "close", start, float(limit)
    )  # fmt: skip
    right = came is not None and (code is None or came.body.get("code") == int(code))
    observed = f"a close frame with {came.body.get('code')}" if came is not None else "no close frame"
    look.check(f"a close frame{f' with {code}' if code else ''}", observed, right, [came])


@then(parsers.re(rf"{_PARTY} fails the connection(?: with the code (?P<code>\d+))?(?P<lenient>, or does not answer)?"
                 r" within (?P<limit>\d+(?:\.\d+)?) s"))  # fmt: skip
async def _(bench: Bench, party: str, code: str | None, lenient: str | None, limit: str) -> None:
    """RFC 6455 7.1.7; another code than the fitting one is a warning."""
    look, role, after = bench.look, ROLES[party], last_deed(bench.look)
    start = look.events[after - 1]
    came = await look.first(
        lambda e: ends_connection(e.layer, e.kind) and (e.body or {}).get("by") == role, start, float(limit)
    )  # fmt: skip
    if came is None and lenient:
        answered = [
            e for e in look.events[after:]
            if e.src == role and e.ref.get("rpc", {}).get("type") == 3 and not e.ref.get("answers")  # life goes on
        ]  # fmt: skip
        look.check("the connection fails, or there is no result", f"{len(answered)} results", not answered, answered)
        return
    told = (came.body or {}).get("code") if came is not None else None
    right = came is not None and (code is None or told in (None, int(code)))
    observed = f"closed with {told}" if came is not None else "the connection stays open"
    if right or came is None:
        look.check(f"the connection is closed with {code}", observed, right, [start, came])
        return
    weigh(look, f"the code {code}", start, came, right=False, tolerable=True)


@then(parsers.re(rf"{_PARTY} is still there"))
async def _(bench: Bench, party: str) -> None:
    """It has answered what was asked last, or has come back."""
    look, role = bench.look, ROLES[party]
    asked_ = look.before(
        lambda e: e.dst == role and e.kind == "message" and e.ref.get("rpc", {}).get("type") == frames.CALL
    )  # fmt: skip
    if asked_ is None:
        raise Inconclusive(f"nothing had been asked of the {party}")
    came = await look.first(_answer_of(asked_), asked_, 30.0)
    right = came is not None and came.kind == "message"
    look.check(f"an answer to {asked_.name}", seen(look, came, asked_), right, [asked_, came])
