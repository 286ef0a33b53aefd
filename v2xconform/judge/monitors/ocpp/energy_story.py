"""Energy and power of one transaction, held against each other: a register counts what the power says (J02)."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.ocpp.transaction_story import Story, instant
from v2xconform.protocols.ocpp.metered import ENERGY, totals
from v2xconform.trace.events import Event

_POWER: Final = "Power.Active.Import"
_LEAST_WH: Final = 50.0
"""Less proves nothing: registers may count in steps of 10 Wh."""
_STEADY: Final = 0.8
"""Share of the higher of two readings that the lower one has at least where power has not changed between them."""
_FACTOR: Final = 5.0
"""By so much registers and power may differ; a wrong unit is a factor of a thousand."""
_THOUSAND: Final = 50.0
"""By so much more the register counts where the power is told in another unit; a burst between two readings is less."""


def energy_differs(story: Story) -> Iterator[Finding]:
    """Yield a finding when the register of a transaction counts something else than its power."""
    found = sorted(_readings(story), key=lambda one: one[0])
    expected = counted = 0.0
    shown: tuple[int, ...] = ()
    for (begin, low, power, first), (end, high, later, last) in pairwise(found):
        if min(power, later) > 0 and min(power, later) >= _STEADY * max(power, later):
            expected += (power + later) / 2 * (end - begin) / 3600
            counted += high - low
            shown = (*shown[:2], first.id, last.id)
    if expected >= _LEAST_WH and not expected / _FACTOR <= counted <= expected * _FACTOR:
        text = (
            f"the energy of transaction {story.id} has grown by {counted:.1f} Wh; by its power it is {expected:.0f} Wh"
        )
        yield Finding("OCPP-MeterValue", "MUST", text, shown)
    elif counted >= _LEAST_WH and len(shown) > 2 and counted > expected * _THOUSAND:
        text = (
            f"the energy of transaction {story.id} has grown by {counted:.0f} Wh; by its power it is {expected:.2f} Wh"
        )
        yield Finding("OCPP-MeterValue", "MUST", text, shown)


def _readings(story: Story) -> Iterator[tuple[float, float, float, Event]]:
    """Yield instant, Wh, W and event of each pair of readings that were taken together at the outlet, over all phases."""
    for event in story.ordered:
        for one in event.body.get("meterValue", ()):
            values = totals(one)
            when = instant(one["timestamp"])
            if when is not None and ENERGY in values and _POWER in values:
                yield when, values[ENERGY], values[_POWER], event
