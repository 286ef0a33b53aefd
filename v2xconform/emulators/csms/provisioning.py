"""Block B at the CSMS: boot, heartbeat, and what a station may say before it is accepted."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from v2xconform.emulators.csms.block import Handler, Payload, Refused
from v2xconform.emulators.station.clock import ClockStyle
from v2xconform.emulators.station.station import timestamp
from v2xconform.protocols.ocpp.actions import FOLLOW_UPS

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession


@dataclass(frozen=True, slots=True)
class ProvisioningPolicy:
    """Duties of block B."""

    refuses_unaccepted: bool = True
    """CALLERROR SecurityError for a station that it has not accepted ([B02.FR.09], [B03.FR.07])."""
    refuses_unknown: bool = False
    """Refuses also what a station says that has never booted; one that only comes back is known."""
    refuses_triggered: bool = False
    """Refuses even what it has asked for itself."""
    refusal_code: str = "SecurityError"
    boot_statuses: tuple[str, ...] = ()
    """Statuses of the first answers to BootNotification, before that of the persona."""
    believes_operator: bool = True
    """Leaves a station pending, or rejects it, when the operator says so."""
    speaks_to_rejected: bool = False
    """Sends requests to a station that it has rejected ([B03.FR.03])."""
    closes_on_pending: bool = False
    """Closes the connection of a station that is pending ([B02.FR.06])."""
    asks_for_inventory: bool = False
    """Asks a station that it has accepted for its full inventory, as it should ([B07.FR.14])."""
    clock_style: ClockStyle = ""
    """How it writes times."""
    clock_error_s: float = 0.0
    """How far its clock is ahead."""
    clock_stands: bool = False
    """Tells the time of its first answer for ever."""


@dataclass(slots=True)
class Provisioning:
    """Block B of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
    planned: dict[str, list[str]] = field(default_factory=dict)
    """Identity -> what the operator wants its next boots to be answered with."""
    _boots: dict[str, int] = field(default_factory=dict)
    _first_time: str = ""

    def __post_init__(self) -> None:
        self.handlers = {
            "BootNotification": self.boot, "Heartbeat": self.heartbeat, "StatusNotification": self.status,
        }  # fmt: skip

    def plan(self, identity: str, statuses: list[str]) -> None:
        """An operator says with what the next boots of a station are answered."""
        if self.csms.policy.provisioning.believes_operator:
            self.planned[identity] = list(statuses)

    def boot(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer BootNotification (B01 to B03)."""
        persona, station, policy = self.csms.persona, self.csms.station(session), self.csms.policy.provisioning
        station.boot_status = self._decision(session.identity)
        station.info = payload["chargingStation"]
        self.csms.security.booted(session, payload, now)
        accepted = station.boot_status == "Accepted"
        interval = persona.heartbeat_interval_s if accepted else persona.retry_interval_s
        if accepted and policy.asks_for_inventory and "inventory" not in station.facts:
            station.facts["inventory"] = True
            self._ask(session, "GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}, now)
        if station.boot_status == "Rejected" and policy.speaks_to_rejected:
            self._ask(session, "TriggerMessage", {"requestedMessage": "BootNotification"}, now)
        if station.boot_status == "Pending" and policy.closes_on_pending:
            session.agenda.at(now, lambda at: setattr(session, "hang_up", "pending"))
        return {"currentTime": self._time(), "interval": interval, "status": station.boot_status}

    def _decision(self, identity: str) -> str:
        wanted = self.planned.get(identity)
        if wanted:
            return wanted.pop(0)
        number = self._boots[identity] = self._boots.get(identity, 0) + 1
        planned = self.csms.policy.provisioning.boot_statuses
        return planned[number - 1] if number <= len(planned) else self.csms.persona.boot_status

    def _ask(self, session: "StationSession", action: str, payload: Payload, now: float) -> None:
        session.agenda.at(now, lambda at: session.call(action, payload, at))

    def _time(self) -> str:
        policy = self.csms.policy.provisioning
        if policy.clock_stands:
            self._first_time = self._first_time or self.csms.timestamp()
            return self._first_time
        return timestamp(self.csms.utc() + policy.clock_error_s, policy.clock_style)

    def heartbeat(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer Heartbeat."""
        return {"currentTime": self._time()}

    def status(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer StatusNotification."""
        place = payload["evseId"], payload["connectorId"]
        self.csms.station(session).connectors[place] = payload["connectorStatus"]
        return {}

    def refusal(self, session: "StationSession", action: str, payload: Payload | None = None) -> Refused | None:
        """Return with what a request is refused in the state of the boot, None when it is not."""
        status, policy = self.csms.station(session).boot_status, self.csms.policy.provisioning
        if action == "BootNotification" or status == "Accepted" or not policy.refuses_unaccepted:
            return None
        if not status and not policy.refuses_unknown:
            return None
        if status == "Pending" and not policy.refuses_triggered and _was_asked(session.results, action, payload or {}):
            return None
        return Refused(policy.refusal_code, f"the boot of this station is {status}")


def _was_asked(results: list[tuple[str, Payload, Payload]], action: str, payload: Payload) -> bool:
    """Tell whether the CSMS has asked for a message, and the station has promised it ([B02.FR.02])."""
    return any(_leads_to(asked, request, action, payload) for asked, request, answer in results if _promised(answer))


def _promised(answer: Payload) -> bool:
    return answer.get("status") == "Accepted"


def _leads_to(asked: str, request: Payload, action: str, payload: Payload) -> bool:
    if asked == "TriggerMessage":
        wanted: Any = request["requestedMessage"]
        return bool(wanted == action or (wanted.startswith("Sign") and action == "SignCertificate"))
    return FOLLOW_UPS.get(asked) == action and request.get("requestId") == payload.get("requestId")
