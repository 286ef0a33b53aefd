"""Sentences of block O: messages on the display of a station, and how it tells of them."""

from typing import Any

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look
from v2xconform.steps.ocpp_checks import ANSWER_S, is_said
from v2xconform.steps.ocpp_deeds import asked_and_answered
from v2xconform.steps.ocpp_diagnostics import gathered
from v2xconform.steps.ocpp_values import changed, conditions
from v2xconform.steps.vocabulary import given, then
from v2xconform.trace.events import Event


@given(parsers.re(r"the display message (?P<number>\d+) with (?P<fields>.+ = .+)"))
async def _(bench: Bench, number: str, fields: str) -> None:
    """Set a message. Inconclusive when the station does not take it."""
    tree: dict[str, Any] = {"id": int(number), "message": {"format": "ASCII", "content": f"message {number}"}}
    message = changed(tree, fields, bench.look, bench.utc())
    answer = await asked_and_answered(bench, "SetDisplayMessageRequest", {"message": message})
    if not isinstance(answer.body, dict) or answer.body.get("status") != "Accepted":
        raise Inconclusive(f"the station does not take the message {number}: {bench.look.describe(answer)}")


async def told(look: Look, number: int) -> list[Event]:
    """Return the parts of NotifyDisplayMessages for a request, waiting for the last one."""
    return await gathered(
        look, lambda e: is_said(e, "station", "NotifyDisplayMessagesRequest") and e.body.get("requestId") == number,
        ANSWER_S + look.context.tolerance_s, lambda e: not e.body.get("tbc"),
    )  # fmt: skip


@then(parsers.re(r"the display messages (?P<number>\d+) are (?P<ids>\d+(?:, \d+)*)"))
async def _(bench: Bench, number: str, ids: str) -> None:
    """These and no others, in any order; tbc on all parts but the last."""
    found = await told(bench.look, int(number))
    listed = sorted(one.get("id") for event in found for one in event.body.get("messageInfo", ()))
    wanted = sorted(int(one) for one in ids.split(","))
    whole = bool(found) and not found[-1].body.get("tbc")
    bench.look.check(f"messages {wanted} for request {number}", f"{listed}", listed == wanted and whole, found)


@then(parsers.re(r"the display messages (?P<number>\d+) hold message (?P<id_>\d+) with (?P<wanted>.+)"))
async def _(bench: Bench, number: str, id_: str, wanted: str) -> None:
    look, conditions_ = bench.look, conditions(bench.look, wanted)
    found = await told(look, int(number))
    listed = [one for event in found for one in event.body.get("messageInfo", ()) if one.get("id") == int(id_)]
    met = any(all(condition.met(one) for condition in conditions_) for one in listed)
    expected = f"message {id_} with {' and '.join(map(str, conditions_))}"
    look.check(expected, f"{listed[:1] or 'not told'}", met, found)
