"""Block R at the CSMS: DER control of 2.1."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.csms.block import Handler

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms


@dataclass(frozen=True, slots=True)
class DerPolicy:
    """Duties of the block."""


@dataclass(slots=True)
class Der:
    """The block of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
