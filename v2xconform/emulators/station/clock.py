"""The clock of a station: it may be wrong at power-on, and is set from the CSMS's currentTime (B01, G02)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

ClockStyle = Literal["", "seconds", "offset"]
"""How times are written: with milliseconds and Z, in whole seconds, or as those of a place one hour ahead of UTC."""


@dataclass(slots=True)
class Clock:
    """Wall clock of one station, seconds since 1970."""

    lab: Callable[[], float]
    """The right time."""
    offset_s: float = 0.0
    """How far the station's clock is ahead of it."""

    def utc(self) -> float:
        """Return what the clock says."""
        return self.lab() + self.offset_s

    def set(self, time: str) -> float:
        """Set it to an RFC 3339 time; return by how many seconds it was put forward (negative: back).

        Raises ValueError for what is no time.
        """
        moment = datetime.fromisoformat(time.replace("Z", "+00:00").replace("z", "+00:00"))
        step = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - self.utc()
        self.offset_s += step
        return step
