"""Then sentences about transactions: answers to particular events, sequence numbers, repetitions."""

from itertools import pairwise

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.protocols.ocpp import CALL_ERROR
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, seconds
from v2xconform.steps.ocpp_checks import (
    ANSWER_S,
    ROLES,
    answer_to,
    claimed,
    expectation,
    find,
    is_said,
    last_deed,
    observation,
    that_message,
)
from v2xconform.steps.ocpp_values import Condition, conditions, fits, pixit, transaction
from v2xconform.steps.vocabulary import then
from v2xconform.trace.events import Event

_PARTY = r"the (?P<party>station|CSMS)"
_LATE_S = 1.5
"""A repetition may be late by so much, however short its interval is."""
_SETTLED_S = 10.0
"""So long a queue of events may take to empty, in whatever order."""


# ---- answers


@then(parsers.re(rf"{_PARTY} replies to (?P<request>[A-Z]\w+Request)(?: with (?P<which>.+?))?"
                 r" by (?P<answer>[A-Z]\w+Response)(?: with (?P<wanted>.+))?"))  # fmt: skip
async def _(bench: Bench, party: str, request: str, which: str | None, answer: str, wanted: str | None) -> None:
    """The tester has sent such a request since the last deed; this is about its answer."""
    look = bench.look
    other = "CSMS" if party == "station" else "station"
    asked = await find(look, other, request, conditions(look, which) if which else [], ANSWER_S)
    if asked is None:
        raise Inconclusive(
            f"the {other} did not send {request}{f' with {which}' if which else ''}; {look.last_words()}"
        )
    limit = float(pixit(look, "message_timeout"))
    found = await answer_to(look, asked, limit + 3.0)
    conditions_ = conditions(look, wanted) if wanted else []
    right = found is not None and found.name == answer and fits(found, conditions_)
    observed = observation(look, found, conditions_, asked)
    look.check(f"{expectation(answer, conditions_, None)} to {request}", observed, right, [found, asked])
    look.checks[-1]["claims"] = True


@then(parsers.re(rf"{_PARTY} has answered every (?P<request>[A-Z]\w+)Request(?P<all> of the test case)?"))
async def _(bench: Bench, party: str, request: str, all: str | None) -> None:
    """Each of them by its response, none by an error."""
    look = bench.look
    tester = ROLES["CSMS" if party == "station" else "station"]
    limit = float(pixit(look, "message_timeout"))
    asked = [e for e in look.events[0 if all else last_deed(look) :] if is_said(e, tester, f"{request}Request")]
    if not asked:
        raise Inconclusive(f"no {request}Request was sent; {look.last_words()}")
    for one in asked:
        found = await answer_to(look, one, limit)
        if found is not None and found.kind == "close" and (found.body or {}).get("by") != look.sut:
            continue  # we have broken off before there could be an answer
        right = found is not None and found.name == f"{request}Response"
        look.check(
            f"{request}Response to each {request}Request", observation(look, found, [], one), right, [one, found]
        )


# ---- all messages of a kind


@then(parsers.re(r"every (?P<message>[A-Z]\w+Request)(?: with (?P<which>.+?))? since then has (?P<wanted>.+)"))
async def _(bench: Bench, message: str, which: str | None, wanted: str) -> None:
    """All messages of the SUT since the last deed; at least one."""
    look = bench.look
    chosen, conditions_ = conditions(look, which) if which else [], conditions(look, wanted)
    found = [e for e in look.events[last_deed(look) :] if is_said(e, look.sut, message) and fits(e, chosen)]
    wrong = next((e for e in found if not fits(e, conditions_)), None)
    observed = observation(look, wrong, conditions_) if wrong else f"{len(found)} of them" if found else "none at all"
    what = f"every {expectation(message, chosen, None)} has {' and '.join(map(str, conditions_))}"
    look.check(what, observed, bool(found) and wrong is None, [wrong or (found[-1] if found else None)])


@then(
    parsers.re(rf"(?:afterwards )?{_PARTY} sends (?P<message>[A-Z]\w+Request) for every EVSE(?: with (?P<wanted>.+?))?")
)
async def _(bench: Bench, party: str, message: str, wanted: str | None) -> None:
    """One for each of as many EVSEs as the station has reported connectors for."""
    look = bench.look
    conditions_ = conditions(look, wanted) if wanted else []
    for number in sorted(_evses(look)):
        path = "evseId" if message == "MeterValuesRequest" else "evse.id"
        of_evse = Condition(path, "=", (number,))
        found = await find(look, party, message, [*conditions_, of_evse], ANSWER_S)
        expected = expectation(message, [*conditions_, of_evse], None)
        look.check(expected, observation(look, found, conditions_), found is not None, [found])
        look.checks[-1]["claims"] = True


def _evses(look: Look) -> set[int]:
    numbers = set()
    for event in look.events:
        if is_said(event, "station", "StatusNotificationRequest"):
            numbers.add(int(event.body.get("evseId", 0)))
        elif is_said(event, "station", "NotifyEventRequest"):
            for one in event.body.get("eventData", ()):
                if one.get("component", {}).get("name") == "Connector":
                    numbers.add(int(one["component"].get("evse", {}).get("id", 0)))
    return numbers - {0}


# ---- transactions


def events_of(look: Look, number: str) -> list[Event]:
    """Return the TransactionEventRequests of a transaction."""
    return [
        e
        for e in look.events
        if is_said(e, "station", "TransactionEventRequest") and e.body["transactionInfo"]["transactionId"] == number
    ]


@then("no TransactionEventRequest of the transaction is missing")
async def _(bench: Bench) -> None:
    """Complete: Started, Ended or the last one so far, and every number between ([E01.FR.07], [E11.FR.01])."""
    look = bench.look
    await look.trace.wait_until(look.events[-1].seconds + _SETTLED_S)
    found = events_of(look, transaction(look))
    numbers = sorted({int(e.body["seqNo"]) for e in found})
    gaps = [number for number in range(numbers[0], numbers[-1]) if number not in numbers]
    started = any(e.body["eventType"] == "Started" for e in found)
    observed = f"seqNo {numbers[0]} to {numbers[-1]}" + (f" without {', '.join(map(str, gaps))}" if gaps else "")
    look.check("Started, and every seqNo up to the last", observed, started and not gaps, [found[0], found[-1]])


@then(parsers.re(r"the station has ended the transaction(?: with (?P<wanted>.+))?"))
async def _(bench: Bench, wanted: str | None) -> None:
    """At any time so far, or soon; `wanted` is about transactionInfo."""
    look = bench.look
    number = transaction(look)

    start = look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0
    found = await look.trace.first(lambda e: ends(e, number), 0, start + ANSWER_S)
    conditions_ = conditions(look, f"transactionInfo.{wanted}") if wanted else []
    met = found is not None and fits(found, conditions_)
    expected = expectation("TransactionEventRequest with eventType = Ended", conditions_, None).replace(
        " with tr", " and tr"
    )
    look.check(expected, observation(look, found, conditions_), met, [found])


def ends(event: Event, number: str) -> bool:
    """Tell whether a message ends the transaction of that id."""
    return (
        is_said(event, "station", "TransactionEventRequest") and event.body["eventType"] == "Ended"
        and event.body["transactionInfo"]["transactionId"] == number
    )  # fmt: skip


@then(parsers.re(r"the first event of the transaction has (?P<wanted>.+)"))
async def _(bench: Bench, wanted: str) -> None:
    """The one with the lowest seqNo of the last transaction."""
    look = bench.look
    first = min(events_of(look, transaction(look)), key=lambda e: int(e.body["seqNo"]))
    conditions_ = conditions(look, wanted)
    met = fits(first, conditions_)
    look.check(expectation("the first event", conditions_, None), observation(look, first, conditions_), met, [first])


@then(parsers.re(r"the station never sent (?P<message>[A-Z]\w+Request)(?: with (?P<wanted>.+))?"))
async def _(bench: Bench, message: str, wanted: str | None) -> None:
    """In the whole test case, so far."""
    look = bench.look
    conditions_ = conditions(look, wanted) if wanted else []
    found = next((e for e in look.events if is_said(e, "station", message) and fits(e, conditions_)), None)
    look.check(
        f"no {expectation(message, conditions_, None)}", observation(look, found, conditions_), found is None, [found]
    )


@then(parsers.re(r"(?P<times>\d+) transactions have each an id of their own"))
async def _(bench: Bench, times: str) -> None:
    """[E01.FR.08]."""
    look = bench.look
    started = [
        e for e in look.events
        if is_said(e, "station", "TransactionEventRequest") and e.body["eventType"] == "Started"
    ]  # fmt: skip
    ids = {e.body["transactionInfo"]["transactionId"] for e in started}
    seq = {e.body["seqNo"] for e in started}
    observed = f"{len(started)} starts with {len(ids)} ids and first seqNo {', '.join(map(str, sorted(seq)))}"
    look.check(f"{times} transactions with ids of their own", observed, len(ids) == int(times), started)


@then(parsers.re(r"the station (?:goes on with|sends) TransactionEventRequest for \$(?P<name>\w+) with (?P<wanted>.+?)"
                 r"(?: within (?P<limit>\d+) s)?"))  # fmt: skip
async def _(bench: Bench, name: str, wanted: str, limit: str | None) -> None:
    """An event of a transaction that a step has noted down."""
    look = bench.look
    conditions_ = conditions(look, f"transactionInfo.transactionId = ${name} and {wanted}")
    found = await find(look, "station", "TransactionEventRequest", conditions_, float(limit or ANSWER_S))
    look.check(
        expectation("TransactionEventRequest", conditions_, limit), observation(look, found, conditions_),
        found is not None, [found],
    )  # fmt: skip
    look.checks[-1]["claims"] = True


# ---- repetitions (E13)


@then(parsers.re(r"the station sends one TransactionEventRequest (?P<times>\d+) times after (?P<what>no answer|CALLERROR),"
                 r" (?P<interval>\d+) s more apart each time"))  # fmt: skip
async def _(bench: Bench, times: str, what: str, interval: str) -> None:
    """[E13.FR.02] to [E13.FR.04]: so many attempts, the nth wait is n intervals long, then it is given up.

    A station may take half an interval, 5 s at most, to send what is due.
    """
    look, wanted, step = bench.look, int(times), float(interval)
    late = max(_LATE_S, min(step / 2, 5.0))
    first = await find(look, "station", "TransactionEventRequest", [], ANSWER_S)
    if first is None:
        look.check("TransactionEventRequest", f"nothing; {look.last_words()}", False, [])
        return
    most = float(pixit(look, "message_timeout")) if what == "no answer" else 0.0
    span = sum(most + step * number for number in range(1, wanted + 1)) + most + wanted * late
    await look.trace.wait_until(first.seconds + span)
    until = first.seconds + span
    same = [e for e in look.events[first.id - 1 :] if _same_event(e, first) and e.seconds <= until]
    look.check(f"{wanted} attempts", f"{len(same)} of them", len(same) == wanted, same)
    for number, (one, other) in enumerate(pairwise(same), 1):
        waited = other.seconds - one.seconds
        lowest, highest = step * number, step * number + most + late + look.context.tolerance_s
        early = look.context.tolerance_s + look.context.earliness(one.seconds, other.seconds)
        met = lowest - early <= waited <= highest + look.context.jitter(one.seconds, other.seconds)
        look.check(
            f"attempt {number + 1} comes {step * number:g} s{' and the message timeout' if most else ''} after the one before",
            f"after {seconds(waited)}", met, [one, other],
        )  # fmt: skip


def _same_event(event: Event, first: Event) -> bool:
    return is_said(event, "station", "TransactionEventRequest") and (
        event.body["transactionInfo"]["transactionId"] == first.body["transactionInfo"]["transactionId"]
        and event.body["seqNo"] == first.body["seqNo"]
    )


# ---- what must not have come


@then(parsers.re(r"nobody charges(?P<evse> at EVSE \d+)? for (?P<limit>\d+) s"))
async def _(bench: Bench, evse: str | None, limit: str) -> None:
    """No event says that energy flows, or that somebody is authorized."""
    look = bench.look
    start = look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0
    taken = claimed(look)

    def wanted(event: Event) -> bool:
        if event.id in taken or not is_said(event, "station", "TransactionEventRequest"):
            return False
        info, trigger = event.body["transactionInfo"], event.body["triggerReason"]
        return info.get("chargingState") == "Charging" or trigger in ("Authorized", "RemoteStart")

    found = await look.trace.first(wanted, last_deed(look), start + float(limit))
    observed = "nobody" if found is None else f"{found.body['triggerReason']} {found.body['transactionInfo']}"
    look.check("nobody is authorized and no energy flows", observed, found is None, [found])


@then("the answer is no error")
async def _(bench: Bench) -> None:
    look = bench.look
    asked = look.asked()
    found = await answer_to(look, asked, ANSWER_S)
    observed = observation(look, found, [], asked)
    look.check(
        "a response",
        observed,
        found is not None and found.kind == "message" and found.name != CALL_ERROR,
        [asked, found],
    )


# ---- states of a transaction


@then("the station charges")
async def _(bench: Bench) -> None:
    """Energy flows: the last transaction says so, now or since the last deed ([E01.FR.18])."""
    look = bench.look
    wanted = conditions(look, "transactionInfo.chargingState = Charging")
    found = await find(look, "station", "TransactionEventRequest", wanted, ANSWER_S)
    observed = observation(look, found, wanted)
    look.check("TransactionEventRequest with chargingState = Charging", observed, found is not None, [found])
    look.checks[-1]["claims"] = True


@then(parsers.re(r"the transaction has told (?P<wanted>.+ = .+)"))
async def _(bench: Bench, wanted: str) -> None:
    """In one of its events so far."""
    look = bench.look
    found = events_of(look, transaction(look))
    conditions_ = conditions(look, wanted)
    right = next((e for e in found if fits(e, conditions_)), None)
    observed = observation(look, right or found[-1], conditions_)
    look.check(f"an event with {wanted}", observed, right is not None, [right or found[-1]])


@then("the stoppedReason of that message is Local or left out")
async def _(bench: Bench) -> None:
    """A local stop may leave it out ([E06.FR.09], [E07.FR.04])."""
    look = bench.look
    event = that_message(look)
    reason = event.body.get("transactionInfo", {}).get("stoppedReason", "absent")
    look.check("stoppedReason Local or absent", reason, reason in ("Local", "absent"), [event])


@then(parsers.re(r"within (?P<limit>\d+) s the authorization ends, and so does the transaction if one had begun"))
async def _(bench: Bench, limit: str) -> None:
    """EVConnectionTimeOut ([E03.FR.05]); with a start point that is not reached there is nothing to be told."""
    look = bench.look
    start = look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0
    begun = [e for e in look.events if is_said(e, "station", "TransactionEventRequest")]

    def ends(event: Event) -> bool:
        return (
            is_said(event, "station", "TransactionEventRequest") and event.body["triggerReason"] == "EVConnectTimeout"
        )

    found = await look.trace.first(ends, last_deed(look), start + float(limit) + look.context.tolerance_s)
    if found is not None:  # a start that was told late belongs to it
        begun = [e for e in look.events[: found.id - 1] if is_said(e, "station", "TransactionEventRequest")]
    if not begun:
        look.check("no event of a transaction that has not begun", look.describe(found), found is None, [found])
        return
    body = found.body if found is not None else {}
    met = body.get("eventType") == "Ended" and body.get("transactionInfo", {}).get("stoppedReason") == "Timeout"
    wanted = conditions(look, "eventType = Ended and transactionInfo.stoppedReason = Timeout")
    look.check(
        "TransactionEventRequest by EVConnectTimeout with eventType = Ended and stoppedReason = Timeout",
        observation(look, found, wanted), met, [found],
    )  # fmt: skip


@then("all transactions are stopped by the master pass")
async def _(bench: Bench) -> None:
    """Each that had begun: StopAuthorized with the reason MasterPass, by the token of the master pass or without one (C16)."""
    look = bench.look
    after = last_deed(look)
    start = look.events[after - 1].seconds if after else 0.0
    begun = {
        e.body["transactionInfo"]["transactionId"]
        for e in look.events[:after]
        if is_said(e, "station", "TransactionEventRequest")
    }
    ended = {
        e.body["transactionInfo"]["transactionId"]
        for e in look.events[:after]
        if is_said(e, "station", "TransactionEventRequest") and e.body["eventType"] == "Ended"
    }
    master = str(pixit(look, "master_token"))
    for number in sorted(begun - ended):

        def wanted(event: Event, number: str = number) -> bool:
            if not is_said(event, "station", "TransactionEventRequest"):
                return False
            info, token = event.body["transactionInfo"], event.body.get("idToken", {}).get("idToken", master)
            by_master = event.body["triggerReason"] == "StopAuthorized" and token.lower() == master.lower()
            return bool(info["transactionId"] == number and by_master)

        found = await look.trace.first(wanted, after, start + ANSWER_S)
        body = found.body if found is not None else {}
        reason = body.get("transactionInfo", {}).get("stoppedReason", "")
        met = found is not None and (body["eventType"] == "Updated" or reason == "MasterPass")
        observed = f"{body.get('eventType')} with stoppedReason {reason or 'absent'}" if found else look.last_words()
        look.check(
            "TransactionEventRequest by StopAuthorized, at its end with stoppedReason = MasterPass",
            observed,
            met,
            [found],
        )


# ---- tokens


@then(parsers.re(r"every token that was presented is (?P<status>\w+) by the CSMS"))
async def _(bench: Bench, status: str) -> None:
    """In AuthorizeResponse and TransactionEventResponse alike."""
    look = bench.look
    wanted = Condition("idTokenInfo.status", "=", (status,))
    limit = float(pixit(look, "message_timeout"))
    asked = [
        e for e in look.events
        if e.name in ("AuthorizeRequest", "TransactionEventRequest") and e.kind == "message" and "idToken" in e.body
    ]  # fmt: skip
    for one in asked:
        found = await answer_to(look, one, limit)
        met = found is not None and fits(found, [wanted])
        look.check(
            f"{one.name.removesuffix('Request')}Response with {wanted}",
            observation(look, found, [wanted]),
            met,
            [found],
        )
