"""Blocks B and N at the CSMS: what it knows of the variables of its stations, monitors, reports, event streams."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.csms.block import Handler

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms


@dataclass(frozen=True, slots=True)
class DeviceModelPolicy:
    """Duties of the block."""


@dataclass(slots=True)
class DeviceModel:
    """The block of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
