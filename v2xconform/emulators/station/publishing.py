"""Block L, second part: a local controller fetches firmware for the stations below it, and gives it up again (L03, L04)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from v2xconform.emulators.station.block import Handler, Payload

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_NEXT: Final = "publishing.next"
_STEP_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class PublishingPolicy:
    """Duties of the block."""

    controller: bool = False
    """Is a local controller; others do not know these requests."""
    ends_with: Literal["", "Published", "Rejected", "DownloadFailed", "InvalidChecksum", "PublishFailed"] = ""
    """How publishing ends, whatever the file is; empty: as it deserves. For testers of a CSMS."""
    unpublishes_with: Literal["", "Unpublished", "NoFirmware", "DownloadOngoing"] = ""
    """Answer to UnpublishFirmware, whatever was published; empty: as it is."""


@dataclass(slots=True)
class Publishing:
    """The block of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    published: dict[str, str] = field(default_factory=dict)
    """MD5 checksum, in lower case -> path below which the file is offered."""

    def __post_init__(self) -> None:
        if self.station.policy.publishing.controller:
            self.handlers = {"PublishFirmware": self.publish, "UnpublishFirmware": self.unpublish}

    def publish(self, payload: Payload, now: float) -> Payload:
        """Answer PublishFirmware, and tell each step that follows ([L03.FR.01], [L03.FR.05])."""
        if self.station.policy.publishing.ends_with == "Rejected":
            return {"status": "Rejected"}
        for number, told in enumerate(self._steps(payload)):
            tell = partial(
                self.station.call, "PublishFirmwareStatusNotification", {"requestId": payload["requestId"], **told}
            )
            self.station.agenda.at(now + number * _STEP_S, tell, f"{_NEXT}.{payload['requestId']}.{number}")
        return {"status": "Accepted"}

    def _steps(self, payload: Payload) -> Iterator[Payload]:
        """Yield what is told, until it is published or has failed ([L03.FR.06] to [L03.FR.09])."""
        ending, file = self.station.policy.publishing.ends_with, self.station.files.get(payload["location"])
        yield {"status": "Downloading"}
        if ending == "DownloadFailed" or (not ending and not file.done):
            yield {"status": "DownloadFailed"}
            return
        yield {"status": "Downloaded"}
        checksum = hashlib.md5(file.data, usedforsecurity=False).hexdigest()
        if ending == "InvalidChecksum" or (not ending and checksum != payload["checksum"].lower()):
            yield {"status": "InvalidChecksum"}
            return
        yield {"status": "ChecksumVerified"}
        if ending == "PublishFailed":
            yield {"status": "PublishFailed"}
            return
        path = self.published[payload["checksum"].lower()] = f"controller.lab/{payload['checksum'].lower()}"
        yield {
            "status": "Published",
            "location": [f"{scheme}://{path}" for scheme in ("http", "https", "ftp")],
        }  # [L03.FR.04]

    def unpublish(self, payload: Payload, now: float) -> Payload:
        """Answer UnpublishFirmware ([L04.FR.01] to [L04.FR.04])."""
        known = self.published.pop(payload["checksum"].lower(), None)
        told = "NoFirmware" if known is None else "Unpublished"
        return {"status": self.station.policy.publishing.unpublishes_with or told}
