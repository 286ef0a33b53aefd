"""Block K at the CSMS: charging needs, schedules, limits."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.csms.block import Handler

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms


@dataclass(frozen=True, slots=True)
class SmartChargingPolicy:
    """Duties of the block."""


@dataclass(slots=True)
class SmartCharging:
    """The block of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
