"""Block P: vendor-specific data (P01, P02). The station knows one extension; others are refused by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Handler, Payload

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

EXTENSIONS: Final[Mapping[str, frozenset[str]]] = {"org.v2xconform.lab": frozenset({"echo"})}
"""vendorId -> messageIds of the extensions that our emulators have; *echo* gives the data back."""


@dataclass(frozen=True, slots=True)
class DataTransferPolicy:
    """Duties of block P."""

    checks_vendor: bool = True
    """Refuses a vendorId that it does not know ([P01.FR.05])."""
    checks_message: bool = True
    """Refuses a messageId that the extension does not have ([P01.FR.06])."""
    refuses_with: str = ""
    """Status for everything that it does not know; Rejected is what simple devices say."""


@dataclass(slots=True)
class DataTransfer:
    """Block P of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers = {"DataTransfer": self.data_transfer}

    def data_transfer(self, payload: Payload, now: float) -> Payload:
        """Answer DataTransfer (P01)."""
        policy = self.station.policy.data_transfer
        refused = refusal(payload, vendor=policy.checks_vendor, message=policy.checks_message)
        if refused:
            return {"status": policy.refuses_with or refused}
        return {"status": "Accepted", **({"data": payload["data"]} if "data" in payload else {})}


def refusal(payload: Payload, *, vendor: bool = True, message: bool = True) -> str:
    """Return the status for what no extension knows, empty for what one does; two checks can be left out."""
    known = EXTENSIONS.get(payload["vendorId"])
    if known is None:
        return "UnknownVendorId" if vendor else ""
    return "UnknownMessageId" if message and payload.get("messageId") not in known else ""
