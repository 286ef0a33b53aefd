"""Block P at the CSMS: vendor-specific data of stations (P02)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.csms.block import Handler, Payload
from v2xconform.emulators.station.data_transfer import refusal

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession


@dataclass(frozen=True, slots=True)
class DataTransferPolicy:
    """Duties of block P."""

    checks_vendor: bool = True
    """Refuses a vendorId that it does not know ([P02.FR.06])."""
    checks_message: bool = True
    """Refuses a messageId that the extension does not have ([P02.FR.07])."""
    refuses_with: str = ""
    """Status for everything that it does not know; Rejected is what simple systems say."""


@dataclass(slots=True)
class DataTransfer:
    """Block P of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers = {"DataTransfer": self.data_transfer}

    def data_transfer(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer DataTransfer."""
        policy = self.csms.policy.data_transfer
        refused = refusal(payload, vendor=policy.checks_vendor, message=policy.checks_message)
        if refused:
            return {"status": policy.refuses_with or refused}
        return {"status": "Accepted", **({"data": payload["data"]} if "data" in payload else {})}
