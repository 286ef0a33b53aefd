"""The CSMS as a whole, without I/O: its knowledge of tokens, stations and transactions, and a session for each connection.

The driver (`emulators.csms_actor`) asks ``admission.decide`` about each opening handshake and calls `open`; operators act
with `request`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from v2xconform.emulators.blocks import with_changes
from v2xconform.emulators.csms.admission import Admission
from v2xconform.emulators.csms.authorization import Authorization
from v2xconform.emulators.csms.block import Handler, Payload
from v2xconform.emulators.csms.certificates import Certificates
from v2xconform.emulators.csms.data_transfer import DataTransfer
from v2xconform.emulators.csms.der import Der
from v2xconform.emulators.csms.device_model import DeviceModel
from v2xconform.emulators.csms.diagnostics import Diagnostics
from v2xconform.emulators.csms.dynamic_schedules import DynamicSchedules
from v2xconform.emulators.csms.event_streams import EventStreams
from v2xconform.emulators.csms.policy import CsmsPolicy
from v2xconform.emulators.csms.provisioning import Provisioning
from v2xconform.emulators.csms.security import Security
from v2xconform.emulators.csms.session import StationSession
from v2xconform.emulators.csms.smart_charging import SmartCharging
from v2xconform.emulators.csms.transactions import Transactions
from v2xconform.emulators.csms.v2x import V2x
from v2xconform.emulators.station.station import timestamp
from v2xconform.lab.persona_ocpp import CsmsPersona
from v2xconform.protocols.ocpp import Version
from v2xconform.protocols.ocpp.actions import ACTIONS
from v2xconform.protocols.ocpp.rpc import OnFailure, OnResult, RpcPeer


def _nothing(*_: Any) -> None:
    """Nobody waits for the outcome."""


@dataclass(slots=True)
class KnownStation:
    """What a CSMS knows of a station, connected or not."""

    identity: str
    boot_status: str = ""
    info: Payload = field(default_factory=dict)
    """chargingStation of its last BootNotification."""
    connectors: dict[tuple[int, int], str] = field(default_factory=dict)
    """(evse, connector) -> AvailabilityState."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What blocks keep of it, under names of their own."""


class Csms:
    """One CSMS."""

    def __init__(
        self,
        persona: CsmsPersona,
        versions: tuple[Version, ...],
        *,
        utc: Callable[[], float],
        new_id: Callable[[], str],
        changes: dict[str, Any] | None = None,
    ) -> None:
        """`changes` are those of quirks. Raises LabError for a bad policy."""
        self.persona = persona
        self.versions = versions
        self.policy = with_changes(with_changes(CsmsPolicy(), persona.policy), changes or {})
        self.utc = utc
        self.new_id = new_id
        self.stations: dict[str, KnownStation] = {}
        self.sessions: dict[str, StationSession] = {}
        """Identity -> its newest connection."""
        self.admission = Admission(self)
        self.provisioning = Provisioning(self)
        self.authorization = Authorization(self)
        self.transactions = Transactions(self)
        self.security = Security(self)
        self.certificates = Certificates(self)
        self.device_model = DeviceModel(self)
        self.smart_charging = SmartCharging(self)
        self.diagnostics = Diagnostics(self)
        self.event_streams = EventStreams(self)
        self.data_transfer = DataTransfer(self)
        self.v2x = V2x(self)
        self.dynamic_schedules = DynamicSchedules(self)
        self.der = Der(self)
        self.blocks: tuple[Any, ...] = (
            self.provisioning,
            self.authorization,
            self.transactions,
            self.security,
            self.certificates,
            self.device_model,
            self.smart_charging,
            self.diagnostics,
            self.event_streams,
            self.data_transfer,
            self.v2x,
            self.dynamic_schedules,
            self.der,
        )
        """A block has `handlers` (for requests of stations) and may have `listeners` (for SEND)."""
        self.handlers: dict[str, Handler] = {}
        self.listeners: dict[str, Callable[[StationSession, Payload, float], None]] = {}
        for block in self.blocks:
            self.handlers.update(getattr(block, "handlers", {}))
            self.listeners.update(getattr(block, "listeners", {}))
        for action in ACTIONS["ocpp2.1"]["station"]:
            if action in _ACKNOWLEDGED:
                self.handlers.setdefault(action, _acknowledge)

    def open(self, identity: str, version: str, now: float, timeout_s: float = 30.0) -> StationSession:
        """Return the session of a new connection; an older one of the same identity is replaced."""
        older = self.sessions.get(identity)
        if older is not None:
            older.hang_up = "another connection of this identity has come"
        rpc = RpcPeer(cast(Version, version), "csms", self.new_id, self.policy.rpc, timeout_s)
        session = self.sessions[identity] = StationSession(self, identity, rpc)
        self.stations.setdefault(identity, KnownStation(identity))
        return session

    def closed(self, session: StationSession) -> None:
        """Forget a connection."""
        if self.sessions.get(session.identity) is session:
            del self.sessions[session.identity]

    def station(self, session: StationSession) -> KnownStation:
        """Return what is known of the station of a session."""
        return self.stations[session.identity]

    def request(
        self,
        identity: str,
        action: str,
        payload: Payload,
        now: float,
        on_result: OnResult = _nothing,
        on_failure: OnFailure = _nothing,
    ) -> bool:
        """An operator wants a request to be sent; False when the station is not connected."""
        session = self.sessions.get(identity)
        if session is None:
            return False
        session.call(action, payload, now, on_result, on_failure)
        return True

    def timestamp(self) -> str:
        """Return the wall clock as OCPP writes it."""
        return timestamp(self.utc(), self.policy.provisioning.clock_style)


_ACKNOWLEDGED = frozenset({
    "StatusNotification", "NotifyReport", "NotifyEvent", "NotifyMonitoringReport", "MeterValues",
    "SecurityEventNotification", "LogStatusNotification", "FirmwareStatusNotification", "ReportChargingProfiles",
    "NotifyChargingLimit", "ClearedChargingLimit", "NotifyCustomerInformation", "NotifyDisplayMessages",
    "ReservationStatusUpdate", "PublishFirmwareStatusNotification", "NotifyDERAlarm", "NotifyDERStartStop",
    "NotifyPriorityCharging", "ReportDERControl", "BatterySwap", "ClosePeriodicEventStream",
})  # fmt: skip
"""Requests whose answer has no content, unless a block has more to do."""


def _acknowledge(session: StationSession, payload: Payload, now: float) -> Payload:
    return {}
