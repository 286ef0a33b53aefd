"""Sentences about periodic event streams of OCPP 2.1 (N11 to N15): opened, filled in portions, closed."""

from typing import Final

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look
from v2xconform.steps.ocpp_checks import ANSWER_S, is_said, last_deed
from v2xconform.steps.ocpp_deeds import wishes
from v2xconform.steps.ocpp_diagnostics import gathered
from v2xconform.steps.ocpp_monitoring import PERIOD_SHARE, check_periods
from v2xconform.steps.ocpp_values import filled, note_down
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event

_LIMIT = r"(?: within (?P<limit>\d+(?:\.\d+)?) s)?"
_STREAM: Final = "NotifyPeriodicEventStream"


@given("a CSMS that refuses event streams")
async def _(bench: Bench) -> None:
    wishes(bench, "CSMS").policy.setdefault("event_streams", {})["accepts"] = False


@given(parsers.re(r"an event stream of \$(?P<monitor>\w+) that is open as \$(?P<name>\w+)"))
@when(parsers.re(r"the event stream of \$(?P<monitor>\w+) is open as \$(?P<name>\w+)"))
async def _(bench: Bench, monitor: str, name: str) -> None:
    """Wait until the station has opened the stream of a monitor, and note its id down. Inconclusive when it does not."""
    look = bench.look
    number = filled(look, f"${monitor}")

    def opened(event: Event) -> bool:
        data = event.body.get("constantStreamData", {}) if isinstance(event.body, dict) else {}
        return (
            is_said(event, "station", "OpenPeriodicEventStreamRequest") and data.get("variableMonitoringId") == number
        )

    until = bench.recorder.now() + ANSWER_S
    found = await look.trace.first(opened, 0, until)
    if found is None:
        raise Inconclusive(f"the station opens no event stream for the monitor {number}; {look.last_words()}")
    note_down(bench.recorder, name, found.body["constantStreamData"]["id"])


@then(parsers.re(r"the station fills the stream \$(?P<name>\w+) (?P<count>\d+) times with (?P<fewest>\d+) to (?P<most>\d+)"
                 r" values, (?P<apart>\d+) s apart"))  # fmt: skip
async def _(bench: Bench, name: str, count: str, fewest: str, most: str, apart: str) -> None:
    """Portions of the right size at the right time, sent without an answer ([N15.FR.01], [N15.FR.06] to [N15.FR.08])."""
    look, period = bench.look, float(apart)
    number = filled(look, f"${name}")
    found = await portions(look, number, int(count), (int(count) + 2) * period)
    look.check(f"{count} portions of stream {number}", f"{len(found)} portions", len(found) == int(count), found)
    sizes = [len(one.body.get("data", ())) for one in found]
    right = all(int(fewest) <= size <= int(most) for size in sizes)
    look.check(f"{fewest} to {most} values in each", f"{sizes}", right, found)
    kinds = {one.ref.get("rpc", {}).get("type") for one in found}
    look.check("each is a SEND", f"message types {sorted(map(str, kinds))}", kinds == {6}, found)
    check_periods(look, found, period)


async def portions(look: Look, number: object, count: int, within_s: float) -> list[Event]:
    """Return the first portions of a stream since the last deed, so many of them."""
    found: list[Event] = []

    def last_one(event: Event) -> bool:
        found.append(event)
        return len(found) == count

    def wanted(event: Event) -> bool:
        return event.src == "station" and event.kind == "message" and event.name in (_STREAM, f"{_STREAM}Request") and (
            event.body.get("id") == number
        )  # fmt: skip

    await gathered(look, wanted, within_s + look.context.tolerance_s, last_one)
    return found


@then(parsers.re(r"the values of the stream \$(?P<name>\w+) are in order and (?P<apart>\d+) s apart"))
async def _(bench: Bench, name: str, apart: str) -> None:
    """Offsets count from the first value of a portion, which is at 0; none is missing in between ([N15.FR.09])."""
    look, period = bench.look, float(apart)
    number = filled(look, f"${name}")
    found = [
        e for e in look.events[: look.cursor]
        if e.src == "station" and e.kind == "message" and e.name == _STREAM and e.body.get("id") == number
    ]  # fmt: skip
    slack = period * PERIOD_SHARE + look.context.tolerance_s
    wrong = []
    for event in found:
        offsets = [float(one.get("t", 0)) for one in event.body.get("data", ())]
        even = all(abs(t - place * period) <= slack + place * 0.05 * period for place, t in enumerate(offsets))
        if not offsets or offsets[0] != 0 or not even:
            wrong.append(offsets)
    observed = f"offsets {wrong[0]}" if wrong else f"{len(found)} portions"
    look.check(f"offsets 0, {period:g}, {2 * period:g} …", observed, bool(found) and not wrong, found)


@then(parsers.re(r"the station sends what is left in the stream \$(?P<name>\w+) and then closes it" + _LIMIT))
async def _(bench: Bench, name: str, limit: str | None) -> None:
    """First the values, then ClosePeriodicEventStreamRequest, and nothing behind that ([N13.FR.01] to [N13.FR.03])."""
    look = bench.look
    number = filled(look, f"${name}")
    found = await gathered(
        look,
        lambda e: e.src == "station" and e.kind == "message" and e.name in (_STREAM, "ClosePeriodicEventStreamRequest")
        and e.body.get("id") == number,
        float(limit or ANSWER_S), lambda e: e.name == "ClosePeriodicEventStreamRequest",
    )  # fmt: skip
    told = ", ".join(one.name for one in found) or f"nothing; {look.last_words()}"
    closed = bool(found) and found[-1].name == "ClosePeriodicEventStreamRequest"
    look.check(f"ClosePeriodicEventStreamRequest of stream {number}", told, closed, found)
    look.check("the values that were left, before", told, len(found) > 1, found)


@then(parsers.re(r"the station fills the stream \$(?P<name>\w+) no more within (?P<limit>\d+) s"))
async def _(bench: Bench, name: str, limit: str) -> None:
    look = bench.look
    number = filled(look, f"${name}")
    closing = look.before(
        lambda e: is_said(e, "station", "ClosePeriodicEventStreamRequest") and e.body.get("id") == number
    )
    after = closing.id if closing is not None else last_deed(look)
    start = look.events[after - 1].seconds if after else 0.0
    found = await look.trace.first(
        lambda e: e.src == "station" and e.kind == "message" and e.name == _STREAM and e.body.get("id") == number,
        after, start + float(limit),
    )  # fmt: skip
    look.check(f"no more values of stream {number}", look.describe(found), found is None, [found])


@then(parsers.re(r"the CSMS answers nothing to the values of the stream within (?P<limit>\d+) s"))
async def _(bench: Bench, limit: str) -> None:
    """A SEND is never answered ([N15.FR.02]). Inconclusive when the tester's station had nothing to send."""
    look = bench.look
    found = await gathered(
        look, lambda e: e.src == "station" and e.kind == "message" and e.name == _STREAM, float(limit), lambda e: False
    )
    if not found:
        raise Inconclusive(f"no values of a stream went to the CSMS; {look.last_words()}")
    ids = {one.ref.get("rpc", {}).get("id") for one in found}
    answers = [e for e in look.events[last_deed(look) :] if e.src == "csms" and e.ref.get("rpc", {}).get("id") in ids]
    observed = look.describe(answers[0]) if answers else f"nothing to {len(found)} messages"
    look.check("no answer", observed, not answers, [found[0], *answers])
