"""The grid at a station: frequency, voltage, and what the upstream meter shows. The world changes it, blocks follow it."""

from collections.abc import Callable
from dataclasses import dataclass, field

Listener = Callable[[float], None]
"""Called with the instant."""


@dataclass(slots=True)
class Grid:
    """The grid connection of one station."""

    frequency_hz: float = 50.0
    voltage_pct: float = 100.0
    """Voltage in percent of the nominal one."""
    load_w: float = 0.0
    """What the upstream meter shows beside this station: positive is consumption."""
    listeners: list[Listener] = field(default_factory=list)

    def change(
        self, now: float, *, frequency_hz: float | None = None, voltage_pct: float | None = None,
        load_w: float | None = None,
    ) -> None:  # fmt: skip
        """The world changes; who listens looks again."""
        if frequency_hz is not None:
            self.frequency_hz = frequency_hz
        if voltage_pct is not None:
            self.voltage_pct = voltage_pct
        if load_w is not None:
            self.load_w = load_w
        for listener in self.listeners:
            listener(now)
