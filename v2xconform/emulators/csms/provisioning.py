"""Block B at the CSMS: boot, heartbeat, and what a station may say before it is accepted."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.csms.block import Handler, Payload, Refused

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession


@dataclass(frozen=True, slots=True)
class ProvisioningPolicy:
    """Duties of block B."""

    refuses_unaccepted: bool = True
    """CALLERROR SecurityError for a station that it has not accepted ([B02.FR.09], [B03.FR.07])."""
    boot_statuses: tuple[str, ...] = ()
    """Statuses of the first answers to BootNotification, before that of the persona."""


@dataclass(slots=True)
class Provisioning:
    """Block B of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
    _boots: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers = {
            "BootNotification": self.boot, "Heartbeat": self.heartbeat, "StatusNotification": self.status,
        }  # fmt: skip

    def boot(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer BootNotification (B01 to B03)."""
        persona, station = self.csms.persona, self.csms.station(session)
        number = self._boots[session.identity] = self._boots.get(session.identity, 0) + 1
        planned = self.csms.policy.provisioning.boot_statuses
        station.boot_status = planned[number - 1] if number <= len(planned) else persona.boot_status
        station.info = payload["chargingStation"]
        accepted = station.boot_status == "Accepted"
        interval = persona.heartbeat_interval_s if accepted else persona.retry_interval_s
        return {"currentTime": self.csms.timestamp(), "interval": interval, "status": station.boot_status}

    def heartbeat(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer Heartbeat."""
        return {"currentTime": self.csms.timestamp()}

    def status(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer StatusNotification."""
        place = payload["evseId"], payload["connectorId"]
        self.csms.station(session).connectors[place] = payload["connectorStatus"]
        return {}

    def refusal(self, session: "StationSession", action: str) -> Refused | None:
        """Return with what a request is refused in the state of the boot, None when it is not."""
        status = self.csms.station(session).boot_status
        if action == "BootNotification" or status in ("", "Accepted"):
            return None
        if not self.csms.policy.provisioning.refuses_unaccepted:
            return None
        return Refused("SecurityError", f"the boot of this station is {status}")
