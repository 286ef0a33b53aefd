"""The Then sentences that stations and CSMSs share: they read the trace and nothing else. *party* is station or CSMS."""

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.roles import Role
from v2xconform.protocols.ocpp import CALL_ERROR, ends_connection, is_ocpp
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, is_closing, seconds
from v2xconform.steps.ocpp_values import Condition, conditions, fits, values_at
from v2xconform.steps.vocabulary import then
from v2xconform.trace.events import Event
from v2xconform.trace.query import is_protocol_message

_PARTY = r"the (?P<party>station|CSMS)"
_LIMIT = r"(?: within (?P<limit>\d+(?:\.\d+)?) s)?"
_MESSAGE = r"(?P<message>[A-Z]\w+(?:Request|Response)|NotifyPeriodicEventStream)"
ANSWER_S = 30.0
"""How long a Then step waits for an answer where it does not say it: the message timeout of the profile."""
ROLES: dict[str, Role] = {"station": "station", "CSMS": "csms"}


def last_deed(look: Look) -> int:
    """Return the number of the event with which the last Given or When began: what comes after it is its effect."""
    for event in reversed(look.events[: look.cursor]):
        if event.kind == "step" and event.body.get("outcome") == "started" and event.body.get("kind") != "then":
            return event.id
    return 0


def claimed(look: Look) -> set[int]:
    """Return the messages that earlier Then steps have found: one message serves one expectation."""
    return {number for check in look.checks if check["met"] and check.get("claims") for number in check["events"]}


async def find(look: Look, party: str, name: str, wanted: list[Condition], within_s: float) -> Event | None:
    """Return the first message since the last deed that fits and that no step has found before; wait for it."""
    taken, role = claimed(look), ROLES[party]
    start = look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0
    return await look.trace.first(
        lambda e: is_said(e, role, name) and e.id not in taken and fits(e, wanted), last_deed(look), start + within_s
    )


def is_said(event: Event, role: str, name: str) -> bool:
    """Tell whether the event is a message of this name from a role."""
    return is_protocol_message(event) and is_ocpp(event.layer) and event.src == role and event.name == name


def nearest(look: Look, party: str, name: str) -> Event | None:
    """Return the last message of a name since the last deed: what came instead of the right one."""
    found = [e for e in look.events[last_deed(look) :] if is_said(e, ROLES[party], name)]
    return found[-1] if found else None


def expectation(message: str, wanted: list[Condition], limit: str | None) -> str:
    """Return what is expected, as text."""
    with_ = f" with {' and '.join(map(str, wanted))}" if wanted else ""
    return f"{message}{with_}{f' within {limit} s' if limit else ''}"


def observation(look: Look, event: Event | None, wanted: list[Condition], since: Event | None = None) -> str:
    """Return what came, with the fields that were asked for."""
    if event is None:
        return f"nothing of the kind; {look.last_words()}"
    if event.name == CALL_ERROR:
        return f"CallError {event.body.get('errorCode')}: {event.body.get('errorDescription')}"
    values = [f"{one.path} = {shown(event, one.path)}" for one in wanted]
    return f"{look.describe(event, since)}{' with ' if values else ''}{', '.join(values)}"


def shown(event: Event, path: str) -> str:
    """Return the values at a path as text."""
    found = list(values_at(event.body, path))
    return ", ".join(map(repr, found)) if found else "absent"


def asked(look: Look, party: str, answer: str = "") -> Event:
    """Return the last request (or wrong frame) of the other side before this step; one for `answer`, if the last deed has
    sent one, since the other side goes on living meanwhile. Raises Inconclusive."""
    role = ROLES[party]
    name, since = f"{answer.removesuffix('Response')}Request", last_deed(look)
    fitting = look.before(lambda e: e.id > since and e.dst == role and is_said(e, e.src, name)) if answer else None
    if fitting is not None:
        return fitting
    found = look.before(
        lambda e: e.src != role and e.src in ROLES.values() and is_ocpp(e.layer)
        and (e.kind in ("undecodable", "fault") or (e.kind == "message" and e.ref.get("rpc", {}).get("type") in (2, 6)))
    )  # fmt: skip
    if found is None:
        raise Inconclusive(f"nothing had been asked of the {party}")
    return found


async def answer_to(look: Look, request: Event, within_s: float) -> Event | None:
    """Return the answer to a request, or the end of its connection, whichever comes first."""
    message_id = request.ref.get("rpc", {}).get("id")
    return await look.first(
        lambda e: e.link == request.link
        and ((is_ocpp(e.layer) and e.src == request.dst and _answers(e, request, message_id))
             or (ends_connection(e.layer, e.kind))),
        request, within_s,
    )  # fmt: skip


def _answers(event: Event, request: Event, message_id: object) -> bool:
    rpc = event.ref.get("rpc", {})
    if rpc.get("type") not in (3, 4):
        return False
    return event.ref.get("answers") == request.id or rpc.get("id") in (message_id, "-1")


# ---- answers


@then(parsers.re(rf"{_PARTY} answers {_MESSAGE}(?: with (?P<wanted>.+?))?{_LIMIT}"))
async def _(bench: Bench, party: str, message: str, wanted: str | None, limit: str | None) -> None:
    look = bench.look
    request = asked(look, party, message)
    conditions_ = conditions(look, wanted) if wanted else []
    limit_s = float(limit or ANSWER_S)
    found = await answer_to(look, request, limit_s + 3.0)
    right = found is not None and found.name == message and fits(found, conditions_)
    observed = observation(look, found, conditions_, request)
    look.check(expectation(message, conditions_, limit), observed, right, [request, found])
    if limit and found is not None:
        look.check(f"{message} within {limit} s", observed, look.within(found, request, limit_s), [request, found])


@then(parsers.re(rf"{_PARTY} answers with the error (?P<codes>[A-Za-z|]+){_LIMIT}"))
async def _(bench: Bench, party: str, codes: str, limit: str | None) -> None:
    look = bench.look
    request = asked(look, party)
    found = await answer_to(look, request, float(limit or ANSWER_S))
    allowed = [
        *codes.split("|"),
        *(["OccurenceConstraintViolation"] if "OccurrenceConstraintViolation" in codes else []),
    ]
    right = found is not None and found.name == CALL_ERROR and found.body.get("errorCode") in allowed
    look.check(
        f"CallError {' or '.join(codes.split('|'))}", observation(look, found, [], request), right, [request, found]
    )


@then(parsers.re(rf"{_PARTY} answers with any error{_LIMIT}"))
async def _(bench: Bench, party: str, limit: str | None) -> None:
    look = bench.look
    request = asked(look, party)
    found = await answer_to(look, request, float(limit or ANSWER_S))
    right = found is not None and found.name == CALL_ERROR
    look.check("CallError", observation(look, found, [], request), right, [request, found])


@then(parsers.re(rf"{_PARTY} does not answer within (?P<limit>\d+(?:\.\d+)?) s"))
async def _(bench: Bench, party: str, limit: str) -> None:
    look = bench.look
    request = asked(look, party)
    found = await answer_to(look, request, float(limit))
    look.check(f"no answer for {limit} s", observation(look, found, [], request), found is None, [request, found])


# ---- messages


@then(parsers.re(rf"{_PARTY} sends {_MESSAGE}(?: with (?P<wanted>.+?))?{_LIMIT}"))
async def _(bench: Bench, party: str, message: str, wanted: str | None, limit: str | None) -> None:
    look = bench.look
    conditions_ = conditions(look, wanted) if wanted else []
    limit_s = float(limit or ANSWER_S)
    found = await find(look, party, message, conditions_, limit_s + look.context.tolerance_s)
    since = look.events[last_deed(look) - 1] if last_deed(look) else None
    came = found or nearest(look, party, message)
    observed = observation(look, came, conditions_, since)
    look.check(expectation(message, conditions_, limit), observed, found is not None, [found or came])
    look.checks[-1]["claims"] = True


@then(parsers.re(rf"{_PARTY} sends no {_MESSAGE}(?: with (?P<wanted>.+?))? (?:for|within) (?P<limit>\d+(?:\.\d+)?) s"))
async def _(bench: Bench, party: str, message: str, wanted: str | None, limit: str) -> None:
    look = bench.look
    conditions_ = conditions(look, wanted) if wanted else []
    found = await find(look, party, message, conditions_, float(limit))
    observed = observation(look, found, conditions_)
    look.check(f"no {expectation(message, conditions_, None)} for {limit} s", observed, found is None, [found])


@then(
    parsers.re(rf"(?P<later>\d+) s later {_PARTY} sends no {_MESSAGE}(?: with (?P<wanted>.+?))? for (?P<limit>\d+) s")
)
async def _(bench: Bench, later: str, party: str, message: str, wanted: str | None, limit: str) -> None:
    """What was on its way when the last deed was done may still come for a while."""
    look = bench.look
    conditions_ = conditions(look, wanted) if wanted else []
    begin = (look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0) + float(later)
    found = await look.trace.first(
        lambda e: e.seconds >= begin and is_said(e, ROLES[party], message) and fits(e, conditions_),
        last_deed(look), begin + float(limit),
    )  # fmt: skip
    expected = f"{later} s later no {expectation(message, conditions_, None)} for {limit} s"
    look.check(expected, observation(look, found, conditions_), found is None, [found])


def that_message(look: Look) -> Event:
    """Return the message that the last check was met by. Raises Inconclusive where there was none."""
    numbers: list[int] = [check["events"][-1] for check in look.checks if check["met"] and check["events"]]
    if not numbers:
        raise Inconclusive("no message was found before")
    found: Event = look.events[numbers[-1] - 1]
    return found


@then(parsers.re(r"that message has (?P<wanted>.+)"))
async def _(bench: Bench, wanted: str) -> None:
    look = bench.look
    event = that_message(look)
    conditions_ = conditions(look, wanted)
    look.check(
        expectation(event.name, conditions_, None),
        observation(look, event, conditions_),
        fits(event, conditions_),
        [event],
    )


@then(parsers.re(rf"the station reports (?P<state>Available|Occupied|Reserved|Unavailable|Faulted)"
                 rf"(?: for EVSE (?P<evse>\d+))?(?: connector (?P<connector>\d+))?{_LIMIT}"))  # fmt: skip
async def _(bench: Bench, state: str, evse: str | None, connector: str | None, limit: str | None) -> None:
    """By StatusNotification or by NotifyEvent: either will do ([B01.FR.05], [G01], 2.1 prefers NotifyEvent)."""
    look, taken, after = bench.look, claimed(bench.look), last_deed(bench.look)
    start = look.events[after - 1].seconds if after else 0.0
    place = (int(evse) if evse else None, int(connector) if connector else None)
    if evse:  # one NotifyEvent may tell of several connectors
        own = f"the station reports {state} for EVSE {evse}"
        others = {e for check in look.checks if check["expected"] != own for e in check["events"]}
        taken = {e for e in taken if e not in others or len(look.events[e - 1].body.get("eventData", ())) < 2}

    def wanted(event: Event) -> bool:
        return event.id not in taken and reports_state(event, state, place)

    found = await look.trace.first(wanted, after, start + float(limit or ANSWER_S) + look.context.tolerance_s)
    where = f" for EVSE {evse}" if evse else ""
    observed = look.describe(found) if found is not None else f"no such report; {look.last_words()}"
    look.check(f"the station reports {state}{where}", observed, found is not None, [found])
    look.checks[-1]["claims"] = True


def reports_state(event: Event, state: str, place: tuple[int | None, int | None] = (None, None)) -> bool:
    """Tell whether a message reports an AvailabilityState of a connector at a place (None: any)."""
    evse, connector = place
    if is_said(event, "station", "StatusNotificationRequest"):
        body = event.body
        return (
            body.get("connectorStatus") == state
            and evse in (None, body.get("evseId")) and connector in (None, body.get("connectorId"))
        )  # fmt: skip
    if not is_said(event, "station", "NotifyEventRequest"):
        return False
    for one in event.body.get("eventData", ()):
        told = one.get("component", {})
        at = told.get("evse", {})
        if (
            told.get("name") == "Connector" and one.get("variable", {}).get("name") == "AvailabilityState"
            and one.get("actualValue") == state
            and evse in (None, at.get("id")) and connector in (None, at.get("connectorId"))
        ):  # fmt: skip
            return True
    return False


# ---- connections


@then(parsers.re(rf"{_PARTY} closes the connection{_LIMIT}"))
async def _(bench: Bench, party: str, limit: str | None) -> None:
    look, role = bench.look, ROLES[party]
    start = look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0
    limit_s = float(limit or ANSWER_S)
    found = await look.trace.first(
        lambda e: is_closing(e, role) or (e.kind == "close" and e.layer == "websocket" and e.body.get("by") == role),
        last_deed(look), start + limit_s + look.context.close_tolerance_s,
    )  # fmt: skip
    observed = look.describe(found) if found is not None else "the connection stays open"
    look.check(f"the {party} closes the connection within {seconds(limit_s)}", observed, found is not None, [found])


@then(parsers.re(r"the connection stays open for (?P<limit>\d+(?:\.\d+)?) s"))
async def _(bench: Bench, limit: str) -> None:
    look = bench.look
    start = look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0
    found = await look.trace.first(
        lambda e: ends_connection(e.layer, e.kind) and (e.body or {}).get("by") == look.sut,
        last_deed(look), start + float(limit),
    )  # fmt: skip
    look.check("the connection stays open", look.describe(found), found is None, [found])


@then(parsers.re(rf"the station connects(?: again)?{_LIMIT}"))
async def _(bench: Bench, limit: str | None) -> None:
    look = bench.look
    start = look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0
    found = await look.trace.first(
        lambda e: e.layer == "websocket" and e.kind == "handshake" and e.name == "switched", last_deed(look),
        start + float(limit or ANSWER_S) + look.context.tolerance_s,
    )  # fmt: skip
    observed = look.describe(found) if found is not None else "no connection"
    look.check(f"the station connects within {limit or ANSWER_S} s", observed, found is not None, [found])
