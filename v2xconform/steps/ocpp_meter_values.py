"""Then sentences about meter values: when they are measured, of what, in which context, and signed (J01, J02)."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.protocols.ocpp.metered import ENERGY
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look
from v2xconform.steps.ocpp_checks import (
    ANSWER_S,
    is_said,
    last_deed,
    observation,
    that_message,
)
from v2xconform.steps.ocpp_transaction_checks import ends, events_of
from v2xconform.steps.ocpp_values import Condition, transaction
from v2xconform.steps.vocabulary import then
from v2xconform.trace.events import Event

_SAMPLE_TOLERANCE_S = 1.5
"""A sample may be off by so much: values are stamped when the meter has answered."""


# ---- when


def readings(event: Event) -> Iterator[tuple[float, dict[str, Any]]]:
    """Yield instant (seconds since 1970) and MeterValueType of each meter value of a message."""
    for one in event.body.get("meterValue", ()):
        yield instant(one["timestamp"]), one


def instant(text: str) -> float:
    """Return a dateTime as seconds since 1970."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@then(parsers.re(r"the station measures every (?P<interval>\d+) s(?P<clock> by the clock)?(?: at EVSE (?P<evse>\d+))?"
                 r" with context (?P<context>[\w.]+) (?P<times>\d+) times: (?P<measurands>[\w.,]+)"))  # fmt: skip
async def _(
    bench: Bench, interval: str, clock: str | None, evse: str | None, context: str, times: str, measurands: str
) -> None:
    """Meter values of MeterValuesRequest or TransactionEventRequest, by their own time stamps ([J01.FR.14], [J02.FR.11])."""
    look, step, count = bench.look, float(interval), int(times)
    start = look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0
    await look.trace.wait_until(start + step * (count + 1) + ANSWER_S / 3)
    number = int(evse) if evse is not None else None
    found: dict[float, set[str]] = {}
    shown: list[Event] = []
    for event in look.events[last_deed(look) :]:
        if not _is_of_evse(look, event, number):
            continue
        for when, one in readings(event):
            names = {value.get("measurand", ENERGY) for value in one["sampledValue"]}
            if any(value.get("context", "Sample.Periodic") == context for value in one["sampledValue"]):
                found.setdefault(when, set()).update(names)
                shown.append(event)
    stamps = sorted(found)
    look.check(
        f"{count} measurements with context {context}", f"{len(stamps)} of them", len(stamps) >= count, shown[:1]
    )
    apart = [later - earlier for earlier, later in pairwise(stamps)]
    wrong = next((gap for gap in apart if abs(gap - step) > _SAMPLE_TOLERANCE_S), None)
    seen = f"{wrong:.1f} s apart" if wrong is not None else f"every {interval} s"
    look.check(f"measurements every {interval} s", seen, wrong is None, shown[:3])
    if clock:
        off = max(min(stamp % step, step - stamp % step) for stamp in stamps)
        look.check(
            "measurements at the multiples of the interval",
            f"{off:.1f} s beside",
            off <= _SAMPLE_TOLERANCE_S,
            shown[:1],
        )
    wanted = set(measurands.split(","))
    missing = {name for stamp in stamps for name in wanted - found[stamp]}
    look.check(
        f"all of {', '.join(sorted(wanted))}", f"without {', '.join(sorted(missing))}" if missing else "all of them",
        not missing, shown[:1],
    )  # fmt: skip


def _is_of_evse(look: Look, event: Event, number: int | None) -> bool:
    if is_said(event, "station", "MeterValuesRequest"):
        return number in (None, event.body.get("evseId"))
    if not is_said(event, "station", "TransactionEventRequest"):
        return False
    return number is None or number == evse_of(look, event.body["transactionInfo"]["transactionId"])


def evse_of(look: Look, number: str) -> int:
    """Return the EVSE of a transaction, 0 where no event has told it."""
    return next((int(e.body["evse"]["id"]) for e in events_of(look, number) if "evse" in e.body), 0)


@then(parsers.re(r"the last TransactionEventRequest has meter values every (?P<interval>\d+) s with context (?P<context>[\w.]+)"
                 r": (?P<measurands>[\w.,]+)"))  # fmt: skip
async def _(bench: Bench, interval: str, context: str, measurands: str) -> None:
    """What was collected on the way for the end of the transaction (TxEndedInterval)."""
    look, step = bench.look, float(interval)
    number = transaction(look)
    start = look.events[last_deed(look) - 1].seconds if last_deed(look) else 0.0
    ended = await look.trace.first(lambda e: ends(e, number), 0, start + ANSWER_S)
    if ended is None:
        look.check("TransactionEventRequest with eventType = Ended", f"nothing; {look.last_words()}", False, [])
        return
    found = [
        (when, one) for when, one in readings(ended)
        if any(value.get("context", "Sample.Periodic") == context for value in one["sampledValue"])
    ]  # fmt: skip
    stamps = sorted({when for when, _ in found})
    look.check(f"several meter values with context {context}", f"{len(stamps)} of them", len(stamps) >= 2, [ended])
    wrong = next((b - a for a, b in pairwise(stamps) if abs(b - a - step) > _SAMPLE_TOLERANCE_S), None)
    look.check(f"{interval} s apart", f"{wrong:.1f} s" if wrong else "so it is", wrong is None, [ended])
    wanted = set(measurands.split(","))
    names = [{v.get("measurand", ENERGY) for v in one["sampledValue"]} for _, one in found]
    missing = set().union(*(wanted - have for have in names)) if names else wanted
    look.check(
        f"with {measurands}", f"without {', '.join(sorted(missing))}" if missing else measurands, not missing, [ended]
    )


# ---- what


@then(
    parsers.re(r"every TransactionEventRequest with triggerReason = (?P<trigger>\w+) has context (?P<context>[\w.]+)")
)
async def _(bench: Bench, trigger: str, context: str) -> None:
    """The values of such events, where there are any: a station may send MeterValuesRequest instead ([J01.FR.22])."""
    look = bench.look
    found = [
        e for e in look.events
        if is_said(e, "station", "TransactionEventRequest") and e.body["triggerReason"] == trigger
    ]  # fmt: skip
    wanted = Condition("meterValue.*.sampledValue.*.context", "=", (context,))
    wrong = next((e for e in found if not wanted.met(e.body) and not _says_nothing(e, context)), None)
    observed = observation(look, wrong, [wanted]) if wrong else f"{len(found)} such events"
    look.check(f"context {context} in events by {trigger}", observed, wrong is None, [wrong])


def _says_nothing(event: Event, context: str) -> bool:
    """Tell whether the values of an event leave out the context that is meant where none is given."""
    values = [value for _, one in readings(event) for value in one["sampledValue"]]
    return context == "Sample.Periodic" and bool(values) and not any("context" in value for value in values)


@then(parsers.re(r"the measurands of that message are (?P<measurands>[\w.,]+)"))
async def _(bench: Bench, measurands: str) -> None:
    look = bench.look
    event = that_message(look)
    names = {value.get("measurand", ENERGY) for _, one in readings(event) for value in one["sampledValue"]}
    wanted = set(measurands.split(","))
    look.check(f"measurands {measurands}", ", ".join(sorted(names)) or "none", wanted <= names, [event])


@then(parsers.re(r"every reading with context (?P<context>[\w.]+) at the end of the transaction is signed"))
async def _(bench: Bench, context: str) -> None:
    """Of the energy register, in the last event ([J01.FR.21], [J02.FR.21])."""
    look = bench.look
    ended = next((e for e in events_of(look, transaction(look)) if e.body["eventType"] == "Ended"), None)
    if ended is None:
        raise Inconclusive("the transaction has not ended")
    energy = [
        value
        for _, one in readings(ended)
        for value in one["sampledValue"]
        if value.get("context", "Sample.Periodic") == context and value.get("measurand", ENERGY) == ENERGY
    ]
    unsigned = [value for value in energy if "signedMeterValue" not in value]
    observed = f"{len(unsigned)} of {len(energy)} without signature"
    look.check(
        f"signedMeterValue in each reading with context {context}", observed, bool(energy) and not unsigned, [ended]
    )
