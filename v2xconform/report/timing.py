"""How long each response took over the whole run, against its limit: 900 passing sessions are also a measurement."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from v2xconform.report.traces import Trace

PER_DECADE: Final = 12
"""Bins of the histogram per factor of ten; latencies reach from a tenth of a millisecond to a minute."""
WORST: Final = 8


@dataclass(slots=True)
class _Series:
    limit: float | None
    requirement: str
    layer: str
    samples: list[tuple[float, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Timing:
    """Collect the latencies of a run: call `add` per trace, then `table`."""

    sut: str
    """The actor that is the system under test."""
    series: dict[tuple[str, str], _Series] = field(default_factory=dict)

    def add(self, trace: Trace, case: int) -> None:
        """Take the answered messages of a trace; *case* is the index of its test case."""
        for row in trace.pairs():
            key = (row["n"], row.get("s", ""))
            found = self.series.get(key)
            if found is None:
                found = self.series[key] = _Series(row["m"], row["q"], row.get("l", ""))
            found.samples.append((row["w"], case, row["i"]))

    def table(self) -> list[dict[str, Any]]:
        """One entry per message and sender, the one nearest to (or furthest beyond) its limit first."""
        entries = [self._entry(name, source, found) for (name, source), found in self.series.items()]
        return sorted(entries, key=lambda entry: (not entry["sut"], -(entry["share"] or 0), entry["name"]))

    def _entry(self, name: str, source: str, found: _Series) -> dict[str, Any]:
        ordered = sorted(found.samples, reverse=True)
        values = [sample[0] for sample in reversed(ordered)]
        limit = found.limit
        return {
            "name": name,
            "source": source,
            "layer": found.layer,
            "sut": source == self.sut,
            "limit": limit,
            "requirement": found.requirement,
            "n": len(values),
            "late": sum(value > limit for value in values) if limit is not None else 0,
            **{f"p{rank}": percentile(values, rank) for rank in (50, 95, 99)},
            "max": values[-1],
            "share": values[-1] / limit if limit else None,
            "bins": sorted(Counter(map(bin_of, values)).items()),
            "worst": ordered[:WORST],
        }


def bin_of(value: float) -> int:
    """Return the bin of a latency in milliseconds: bin n begins at 10 ** (n / PER_DECADE)."""
    return math.floor(PER_DECADE * math.log10(max(value, 0.01)))


def percentile(ordered: list[float], rank: int) -> float:
    """Return the nearest-rank percentile of ascending values: always one that was measured."""
    return ordered[max(0, math.ceil(rank / 100 * len(ordered)) - 1)]
