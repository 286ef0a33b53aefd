"""The sentences of block G and B04: availability is changed, and connectors are reported."""

from collections.abc import Callable
from typing import Any

from pytest_bdd import parsers

from v2xconform.judge.context import DELIBERATE
from v2xconform.judge.verdict import Inconclusive
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look
from v2xconform.steps.ocpp_checks import ANSWER_S, answer_to, is_said, last_deed, reports_state
from v2xconform.steps.ocpp_deeds import asked_and_answered, booted, quiet, reached
from v2xconform.steps.ocpp_reports import connectors_in
from v2xconform.steps.ocpp_values import pixit
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event

_STATES = ("Available", "Occupied", "Reserved", "Unavailable", "Faulted")
_STATE = "|".join(_STATES)
_LIMIT = r"(?: within (?P<limit>\d+(?:\.\d+)?) s)?"
_WHAT = r"(?P<what>the station|its EVSE|the connector)"
SETTLE_S = 5.0
"""How long after a first report the others may come."""
Place = tuple[int, int]
"""EVSE and connector."""


# ---- deeds


def _target(look: Look, what: str) -> dict[str, Any]:
    if what.endswith("station"):
        return {}
    evse: dict[str, Any] = {"id": int(pixit(look, "evse"))}
    if what.endswith("connector"):
        evse["connectorId"] = int(pixit(look, "connector"))
    return {"evse": evse}


@when(parsers.re(rf"the CSMS makes {_WHAT} (?P<status>[Oo]perative|[Ii]noperative)"))
async def _(bench: Bench, what: str, status: str) -> None:
    """ChangeAvailability for the station, the EVSE of the PIXIT, or its connector."""
    tree = {"operationalStatus": status.capitalize(), **_target(bench.look, what)}
    await bench.ocpp.call("ChangeAvailabilityRequest", tree)


@when(parsers.re(rf"the operator makes the CSMS make {_WHAT} (?P<status>operative|inoperative)"))
async def _(bench: Bench, what: str, status: str) -> None:
    tree = {"operationalStatus": status.capitalize(), **_target(bench.look, what)}
    await bench.ocpp.operate("ChangeAvailabilityRequest", tree)


@given(parsers.re(r"an unavailable (?P<what>station|EVSE|connector)"))
async def _(bench: Bench, what: str) -> None:
    """A preamble: booted, then made inoperative, which is reported. Raises Inconclusive."""
    await booted(bench)
    look = bench.look
    target = _target(look, what)
    after = len(look.events)
    name, tree = "ChangeAvailabilityRequest", {"operationalStatus": "Inoperative", **target}
    if bench.ocpp.sut_is_station:
        answer = await asked_and_answered(bench, name, tree)
        if answer.body.get("status") != "Accepted":
            raise Inconclusive(f"the {what} cannot be made inoperative: {answer.name} {answer.body}")
    else:
        await bench.ocpp.operate(name, tree)
    place = target.get("evse", {})
    await reached(
        look, "the report Unavailable",
        lambda e: reports_state(e, "Unavailable", (place.get("id"), place.get("connectorId"))), after,
    )  # fmt: skip
    await quiet(bench)


@when(parsers.re(r"a connector (?P<what>breaks|is repaired)"))
async def _(bench: Bench, what: str) -> None:
    number = int(pixit(bench.look, "evse"))
    arguments = [bench.ocpp.evse(number)] if bench.ocpp.station is not None else []
    if what == "breaks":
        await bench.ocpp.drive("fault", "availability.fault", *arguments, evse=number)
    else:
        await bench.ocpp.drive("repair", "availability.repair", *arguments, evse=number)


# ---- what is reported


def reported(event: Event) -> list[tuple[Place, str]]:
    """Return the connectors that a message of a station reports, with their states."""
    if is_said(event, "station", "StatusNotificationRequest"):
        body = event.body
        return [((body.get("evseId", 0), body.get("connectorId", 0)), str(body.get("connectorStatus")))]
    found = []
    if is_said(event, "station", "NotifyEventRequest"):
        for one in event.body.get("eventData", ()):
            component = one.get("component", {})
            if component.get("name") == "Connector" and one.get("variable", {}).get("name") == "AvailabilityState":
                at = component.get("evse", {})
                found.append(((at.get("id", 0), at.get("connectorId", 0)), str(one.get("actualValue"))))
    return found


def known(look: Look, until: int | None = None) -> set[Place]:
    """Return the connectors of the station, as far as the trace has told of them."""
    told = {place for event in look.events[:until] for place, _ in reported(event)}
    return told | connectors_in(look)


def _where(places: set[Place]) -> str:
    return ", ".join(f"{evse}.{connector}" for evse, connector in sorted(places))


def _tells(place: Place, states: set[str]) -> Callable[[Event], bool]:
    return lambda event: any(at == place and state in states for at, state in reported(event))


async def _all_reported(look: Look, places: set[Place], states: set[str], after: int, until: float) -> None:
    """Check that each place is reported, in one of the states."""
    last: dict[Place, Event] = {}
    wrong: dict[Place, str] = {}
    for place in sorted(places):
        found = await look.trace.first(_tells(place, states), after, until)
        if found is not None:
            last[place] = found
            continue
        said = [state for e in look.events[after:] for at, state in reported(e) if at == place]
        wrong[place] = said[-1] if said else "not at all"
    what = " or ".join(sorted(states)) if len(states) < len(_STATES) else "its state"
    observed = ", ".join(f"{_where({place})}: {how}" for place, how in wrong.items()) or f"so for {_where(places)}"
    look.check(f"{what} reported for {_where(places)}", observed, bool(places) and not wrong, list(last.values())[-3:])


@then(
    parsers.re(
        rf"every connector(?: of (?P<own>its EVSE))? is reported(?: as (?P<states>(?:{_STATE})(?: or (?:{_STATE}))*))?{_LIMIT}"
    )
)
async def _(bench: Bench, own: str | None, states: str | None, limit: str | None) -> None:
    """Each connector that is known, since the last deed."""
    look, after = bench.look, last_deed(bench.look)
    evse = int(pixit(look, "evse"))
    start = look.events[after - 1].seconds if after else 0.0
    until = start + float(limit or ANSWER_S) + look.context.tolerance_s
    if not known(look):  # the first reports of this station: those that come one upon the other
        first = await look.trace.first(lambda e: bool(reported(e)), after, until)
        await look.trace.wait_until(min(until, (first.seconds if first else until) + SETTLE_S))
    places = {one for one in known(look) if not own or one[0] == evse}
    wanted = set(states.split(" or ")) if states else set(_STATES)
    await _all_reported(look, places, wanted, after, until)


@then(parsers.re(rf"the connector is reported(?: as (?P<states>(?:{_STATE})(?: or (?:{_STATE}))*))?{_LIMIT}"))
async def _(bench: Bench, states: str | None, limit: str | None) -> None:
    """That of the PIXIT, since the last deed."""
    look, after = bench.look, last_deed(bench.look)
    place = (int(pixit(look, "evse")), int(pixit(look, "connector")))
    start = look.events[after - 1].seconds if after else 0.0
    wanted = set(states.split(" or ")) if states else set(_STATES)
    await _all_reported(look, {place}, wanted, after, start + float(limit or ANSWER_S) + look.context.tolerance_s)


@then(parsers.re(rf"the other connectors are reported as (?P<states>(?:{_STATE})(?: or (?:{_STATE}))*){_LIMIT}"))
async def _(bench: Bench, states: str, limit: str | None) -> None:
    """Those of other EVSEs than that of the PIXIT, since the last deed; there may be none."""
    look, after = bench.look, last_deed(bench.look)
    places = {one for one in known(look) if one[0] != int(pixit(look, "evse"))}
    if not places:
        return
    start = look.events[after - 1].seconds if after else 0.0
    until = start + float(limit or ANSWER_S) + look.context.tolerance_s
    await _all_reported(look, places, set(states.split(" or ")), after, until)


@then(parsers.re(rf"no connector is reported(?: as (?P<states>(?:{_STATE})(?: or (?:{_STATE}))*))?"
                 r" (?:for|within) (?P<limit>\d+(?:\.\d+)?) s"))  # fmt: skip
async def _(bench: Bench, states: str | None, limit: str) -> None:
    await _none(bench, states, limit, others=False)


@then(parsers.re(rf"no other connector is reported(?: as (?P<states>(?:{_STATE})(?: or (?:{_STATE}))*))?"
                 r" (?:for|within) (?P<limit>\d+(?:\.\d+)?) s"))  # fmt: skip
async def _(bench: Bench, states: str | None, limit: str) -> None:
    await _none(bench, states, limit, others=True)


async def _none(bench: Bench, states: str | None, limit: str, *, others: bool) -> None:
    look, after = bench.look, last_deed(bench.look)
    own = int(pixit(look, "evse"))
    start = look.events[after - 1].seconds if after else 0.0
    wanted = set(states.split(" or ")) if states else set(_STATES)

    def is_wrong(event: Event) -> bool:
        return any(state in wanted and not (others and at[0] == own) for at, state in reported(event))

    found = await look.trace.first(is_wrong, after, start + float(limit))
    observed = look.describe(found) if found is None else f"{look.describe(found)}: {reported(found)}"
    look.check(f"no such report for {limit} s", observed, found is None, [found])


_ANSWERED = {
    "report of a connector": ("StatusNotificationRequest", "NotifyEventRequest"),
    "part of the report": ("NotifyReportRequest",),
    "event of a transaction": ("TransactionEventRequest",),
}


@then(parsers.re(rf"every (?P<what>{'|'.join(_ANSWERED)}) is answered without an error"))
async def _(bench: Bench, what: str) -> None:
    """The CSMS under test takes all of them: of transactions in the whole test case, others since the operator's last order."""
    look, names = bench.look, _ANSWERED[what]
    after = 0 if what.startswith("event") else _last_order(look)

    def is_meant(event: Event) -> bool:
        return any(is_said(event, "station", name) for name in names)

    start = look.events[after - 1].seconds if after else 0.0
    first = await look.trace.first(is_meant, after, start + ANSWER_S)
    if first is None:
        raise Inconclusive(f"the tester's station made no {what}")
    if what.startswith("part"):
        await look.trace.first(lambda e: is_meant(e) and not e.body.get("tbc"), after, start + ANSWER_S)
    else:
        await look.trace.wait_until(max(first.seconds, look.events[last_deed(look) - 1].seconds) + SETTLE_S)
    asked_ = [e for e in look.events[after:] if is_meant(e) and e.note != DELIBERATE]
    bad: list[str] = []
    for request in asked_:
        answer = await answer_to(look, request, ANSWER_S)
        if answer is None or not answer.name.endswith("Response"):
            bad.append(f"{request.name}: {look.describe(answer)}")
    observed = ", ".join(bad[:3]) or f"{len(asked_)} of them answered"
    look.check(f"every {what} answered with a CALLRESULT", observed, not bad, asked_[-1:])


def _last_order(look: Look) -> int:
    """Return the last thing that an operator has made the CSMS do, or the last deed."""
    orders = [
        e.id for e in look.events[: look.cursor] if e.kind == "stimulus" and e.name in ("request", "registration")
    ]
    return orders[-1] if orders else last_deed(look)


@then(parsers.re(r"the CSMS asks nothing of the station (?:for|within) (?P<limit>\d+(?:\.\d+)?) s"))
async def _(bench: Bench, limit: str) -> None:
    """[B03.FR.03]: since its last answer to a boot."""
    look = bench.look
    boot = look.before(lambda e: is_said(e, "csms", "BootNotificationResponse"))
    if boot is None:
        raise Inconclusive("no boot was answered")
    found = await look.trace.first(
        lambda e: e.kind == "message" and e.src == "csms" and e.ref.get("rpc", {}).get("type") == 2,
        boot.id, look.events[last_deed(look) - 1].seconds + float(limit),
    )  # fmt: skip
    look.check(f"no request of the CSMS for {limit} s", look.describe(found), found is None, [found])


@then("the connector has been left Unavailable")
async def _(bench: Bench) -> None:
    """A change that waited for a transaction has come about: the last report of the connector says so ([G03.FR.05])."""
    look = bench.look
    place = (int(pixit(look, "evse")), int(pixit(look, "connector")))
    change = look.before(lambda e: is_said(e, "station", "ChangeAvailabilityResponse"))
    if change is None:
        raise Inconclusive("no change of the availability was answered")
    last = look.events[-1].seconds
    await look.trace.first(_tells(place, {"Unavailable"}), change.id, last + ANSWER_S)
    said = [(e, state) for e in look.events[change.id :] for at, state in reported(e) if at == place]
    text = ", ".join(state for _, state in said) or "no report since then"
    met = bool(said) and said[-1][1] == "Unavailable"
    look.check(f"Unavailable reported for {_where({place})}", text, met, [change, *(e for e, _ in said[-1:])])


@then("every connector of the report was reported since the boot")
async def _(bench: Bench) -> None:
    """[B01.FR.05]: a station tells the state of each connector that its device model has, once it is accepted."""
    look = bench.look
    boot = look.before(lambda e: is_said(e, "csms", "BootNotificationResponse") and e.body.get("status") == "Accepted")
    if boot is None:
        raise Inconclusive("no boot was accepted")
    places = connectors_in(look)
    if not places:
        raise Inconclusive("the report tells of no connector")
    told = {place for event in look.events[boot.id :] for place, _ in reported(event)}
    observed = f"{_where(places & told) or 'none'} of them reported"
    look.check(f"reports for {_where(places)}", observed, places <= told, [boot])
