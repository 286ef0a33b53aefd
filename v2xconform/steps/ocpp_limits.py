"""The sentences of limits of transactions (2.1, E16), and of prepaid tokens (C17)."""

from datetime import datetime
from typing import Any, Final

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, parse_value, seconds
from v2xconform.steps.ocpp_checks import ANSWER_S, answer_to, find, is_said
from v2xconform.steps.ocpp_deeds import asked_and_answered, wishes
from v2xconform.steps.ocpp_transactions import configure
from v2xconform.steps.ocpp_values import Condition, pixit
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, field_at

_NOW_S: Final = 120.0
"""How far *now* may lie from the clock of the tester."""


@when(parsers.re(r"the driver limits the transaction to (?P<limit>max\w+) = (?P<value>[\d.]+)"))
async def _(bench: Bench, limit: str, value: str) -> None:
    side, number = bench.ocpp, int(pixit(bench.look, "evse"))
    arguments = [side.evse(number), {limit: parse_value(value)}] if side.station is not None else []
    await side.drive("limit", "limits.choose", *arguments, evse=number, limit=limit, value=value)


def _limits(look: Look) -> list[tuple[Event, dict[str, Any]]]:
    """Return what the CSMS has set, answer by answer."""
    told = [e for e in look.events[: look.cursor] if is_said(e, "csms", "TransactionEventResponse")]
    return [(e, e.body["transactionLimit"]) for e in told if isinstance(e.body.get("transactionLimit"), dict)]


@then("the CSMS has told each limit once")
async def _(bench: Bench) -> None:
    """A limit that changes is another one ([E16.FR.02])."""
    look, last, again = bench.look, dict[str, Any](), list[Event]()
    for event, limits in _limits(look):
        for name, value in limits.items():
            if last.get(name) == value:
                again.append(event)
            last[name] = value
    observed = f"{len(again)} answers repeat a limit" if again else f"{len(last)} limits, each once"
    look.check("each limit once", observed, not again, again)


@then("the CSMS leaves the limit of the station as it is, or lowers it")
async def _(bench: Bench) -> None:
    """An answer with the same or a higher limit says nothing, or the wrong thing ([E16.FR.07], [E16.FR.08])."""
    look = bench.look
    asked = await find(
        look, "station", "TransactionEventRequest", [Condition("triggerReason", "=", ("LimitSet",))], ANSWER_S
    )
    if asked is None:
        raise Inconclusive(f"the station has told no limit; {look.last_words()}")
    found = await answer_to(look, asked, ANSWER_S)
    own = field_at(asked.body, "transactionInfo.transactionLimit")
    answered = found is not None and found.name == "TransactionEventResponse"
    told = found.body.get("transactionLimit", {}) if found is not None and answered else {}
    high = (
        {name: value for name, value in told.items() if name in own and value >= own[name]}
        if isinstance(own, dict)
        else {}
    )
    observed = f"transactionLimit {told}" if told else "no limit" if answered else look.describe(found)
    look.check(f"no limit, or one below {own}", observed, answered and not high, [asked, found])


@then("the CSMS has told the running cost")
async def _(bench: Bench) -> None:
    """By CostUpdated, or in an answer to an event before the end ([E16.FR.11])."""
    look = bench.look

    def tells(event: Event) -> bool:
        return "totalCost" in (event.body or {}) and (
            is_said(event, "csms", "CostUpdatedRequest") or is_said(event, "csms", "TransactionEventResponse")
        )

    found = [event for event in look.events[: look.cursor] if tells(event)]
    look.check("the running cost", f"{len(found)} messages tell it", bool(found), found[-1:])


@then("what the CSMS has said of the token is good for now alone")
async def _(bench: Bench) -> None:
    """cacheExpiryDateTime is the time of the answer ([C17.FR.01], [C17.FR.02])."""
    look = bench.look
    found = look.before(lambda e: is_said(e, "csms", "AuthorizeResponse"))
    if found is None:
        raise Inconclusive("the CSMS has not answered about a token")
    told = str(field_at(found.body, "idTokenInfo.cacheExpiryDateTime"))
    try:
        apart = (datetime.fromisoformat(told) - datetime.fromisoformat(found.utc)).total_seconds()
    except (ValueError, TypeError):
        look.check("cacheExpiryDateTime is now", told, False, [found])
        return
    look.check("cacheExpiryDateTime is now", f"{told}, {seconds(apart)} from it", apart <= _NOW_S, [found])


# ---- at a station under test


@given(parsers.re(r"a CSMS that limits each transaction to (?P<limit>max\w+) = (?P<value>[\d.]+)"))
async def _(bench: Bench, limit: str, value: str) -> None:
    wishes(bench, "CSMS").policy.setdefault("transactions", {})["limits"] = {limit: parse_value(value)}


@given("the station supports limits of transactions")
async def _(bench: Bench) -> None:
    """Inconclusive where TxCtrlr.SupportedLimits does not name all but maxSoC ([E16.FR.03])."""
    where = {"component": {"name": "TxCtrlr"}, "variable": {"name": "SupportedLimits"}}
    answer = await asked_and_answered(bench, "GetVariablesRequest", {"getVariableData": [where]})
    told = str(field_at(answer.body, "getVariableResult.0.attributeValue")).lower()
    lacking = [name for name in ("maxCost", "maxEnergy", "maxTime") if name.lower() not in told]
    if lacking:
        raise Inconclusive(f"TxCtrlr.SupportedLimits of the station does not name {', '.join(lacking)}")


@given("the station does not stop transactions at EnergyTransfer")
async def _(bench: Bench) -> None:
    """A limit then suspends the energy, and does not end the transaction. Inconclusive when it does not let itself be set."""
    await configure(bench, "TxCtrlr", "TxStopPoint", "EVConnected,Authorized")


@then(parsers.re(r"the transaction is suspended by (?P<reached>\w+LimitReached)(?: within (?P<limit>\d+) s)?"))
async def _(bench: Bench, reached: str, limit: str | None) -> None:
    """An event tells SuspendedEVSE by that trigger; nothing tells Charging after it ([E16.FR.05])."""
    look = bench.look
    found = await find(
        look, "station", "TransactionEventRequest",
        [Condition("triggerReason", "=", (reached,)), Condition("transactionInfo.chargingState", "=", ("SuspendedEVSE",))],
        float(limit or ANSWER_S) + look.context.tolerance_s,
    )  # fmt: skip
    later = [
        event for event in look.events[found.id : look.cursor]
        if is_said(event, "station", "TransactionEventRequest")
        and field_at(event.body, "transactionInfo.chargingState") == "Charging"
    ] if found is not None else []  # fmt: skip
    observed = look.describe(found) if found is not None else f"no such event; {look.last_words()}"
    observed = "it charges again" if later else observed
    look.check(f"SuspendedEVSE by {reached}", observed, found is not None and not later, [found, *later])


@then(parsers.re(r"the station tells the limit (?P<limit>max\w+) once"))
async def _(bench: Bench, limit: str) -> None:
    look = bench.look
    told = [
        event for event in look.events[: look.cursor]
        if is_said(event, "station", "TransactionEventRequest")
        and field_at(event.body, f"transactionInfo.transactionLimit.{limit}") is not MISSING
    ]  # fmt: skip
    look.check(f"{limit} once", f"{len(told)} events tell it", len(told) == 1, told)
