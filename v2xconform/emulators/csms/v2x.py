"""Block Q at the CSMS: bidirectional power transfer of 2.1."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.csms.block import Handler

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms


@dataclass(frozen=True, slots=True)
class V2xPolicy:
    """Duties of the block."""


@dataclass(slots=True)
class V2x:
    """The block of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
