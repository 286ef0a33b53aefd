"""A variable monitor: when it speaks (N07, N08). It has no clock; the monitoring block feeds it values and instants."""

from dataclasses import dataclass, field
from typing import Final, Literal

from v2xconform.emulators.station.block import Payload
from v2xconform.emulators.station.device_model import Variable

MonitorType = Literal[
    "UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned", "TargetDelta", "TargetDeltaRelative",
]  # fmt: skip
Kind = Literal["HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor"]
PERIODIC: Final = ("Periodic", "PeriodicClockAligned")
ALERTING: Final = ("UpperThreshold", "LowerThreshold", "TargetDelta", "TargetDeltaRelative")
"""Types that are exceeded and return: their events are Alerting, with cleared when the value is back."""
_NUMERIC: Final = ("integer", "decimal")
CRITERIA: Final[dict[str, tuple[str, ...]]] = {
    "ThresholdMonitoring": ("UpperThreshold", "LowerThreshold"),
    "DeltaMonitoring": ("Delta", "TargetDelta", "TargetDeltaRelative"),
    "PeriodicMonitoring": PERIODIC,
}
"""monitoringCriteria -> types ([N02.FR.12] to [N02.FR.14], DeltaMonitoring as in the errata of 2.1)."""


@dataclass(slots=True)
class Monitor:
    """One monitor on one variable."""

    id: int
    variable: Variable
    type: MonitorType
    value: float
    severity: int
    transaction: bool = False
    """Watches only while a transaction runs."""
    kind: Kind = "CustomMonitor"
    stream: Payload | None = None
    """params of a periodic event stream (2.1)."""
    exceeded: bool = False
    base: str = field(default="")
    """Value from which a Delta counts: when it was set, or triggered last."""

    @property
    def trigger(self) -> str:
        """EventTriggerEnumType of its events."""
        return "Periodic" if self.type in PERIODIC else "Alerting" if self.type in ALERTING else "Delta"

    def tree(self, *, with_kind: bool) -> Payload:
        """Return the VariableMonitoringType; `with_kind` is for 2.1."""
        tree: Payload = {
            "id": self.id, "transaction": self.transaction, "value": self.value, "type": self.type,
            "severity": self.severity,
        }  # fmt: skip
        return tree | ({"eventNotificationType": self.kind} if with_kind else {})

    def start(self) -> None:
        """Begin to watch: a Delta counts from the value of now."""
        self.base = self.variable.value or ""

    def judge(self, value: str) -> bool | None:
        """Return what a new value means: True an event, False that the value is back (cleared), None nothing."""
        if self.type in ALERTING:
            out = self._is_out(value)
            if out == self.exceeded:
                return None
            self.exceeded = out
            return out
        if self.type == "Delta" and self._has_moved(value):
            self.base = value
            return True
        return None

    def _is_out(self, value: str) -> bool:
        number = as_number(value)
        if number is None:
            return False
        if self.type == "UpperThreshold":
            return number > self.value
        if self.type == "LowerThreshold":
            return number < self.value
        target = as_number(self.variable.other.get("Target", ""))
        if target is None:
            return False
        allowed = self.value if self.type == "TargetDelta" else abs(self.value * target)
        return abs(number - target) > allowed

    def _has_moved(self, value: str) -> bool:
        number, base = as_number(value), as_number(self.base)
        if self.variable.data_type not in _NUMERIC or number is None or base is None:
            return value != self.base
        return abs(number - base) > self.value


def problem(variable: Variable, kind: str, value: float) -> str:
    """Return the SetMonitoringStatus with which a monitor is refused, empty when it is possible."""
    numeric = variable.data_type in _NUMERIC
    if not variable.monitored or (kind in ALERTING and not numeric):
        return "UnsupportedMonitorType"
    if kind in ("TargetDelta", "TargetDeltaRelative") and "Target" not in variable.other:
        return "UnsupportedMonitorType"
    if kind in ("UpperThreshold", "LowerThreshold"):
        below = variable.minimum is not None and value < variable.minimum
        above = variable.maximum is not None and value > variable.maximum
        return "Rejected" if below or above else ""
    return "Rejected" if value < 0 or (kind in PERIODIC and value == 0) else ""


def as_number(value: str) -> float | None:
    """Return a value as a number, None for what is none."""
    try:
        return float(value)
    except ValueError:
        return None
