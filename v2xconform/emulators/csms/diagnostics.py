"""Blocks L and N at the CSMS: firmware updates, logs and customer information, as its stations report them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.csms.block import Handler, Payload, Refused

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession


@dataclass(frozen=True, slots=True)
class DiagnosticsPolicy:
    """Duties of the block."""

    takes_firmware_statuses: tuple[str, ...] = ()
    """Statuses of firmware that it takes; empty: all that there are. Others get a CALLERROR."""
    takes_log_statuses: tuple[str, ...] = ()
    """Statuses of logs that it takes; empty: all that there are."""
    takes_customer_reports: bool = True
    takes_foreign_requests: bool = True
    """Takes reports on requests that are not its newest one."""
    takes_events_without_value: bool = True
    takes_cleared_events: bool = True
    takes_periodic_events: bool = True
    takes_security_events: bool = True


@dataclass(slots=True)
class Progress:
    """How far a request of the CSMS has come at a station."""

    statuses: dict[int | None, list[str]] = field(default_factory=dict)
    """requestId -> statuses in the order in which they came; None for those without one."""

    def add(self, payload: Payload) -> None:
        """Note a status down."""
        self.statuses.setdefault(payload.get("requestId"), []).append(payload["status"])

    @property
    def newest(self) -> int | None:
        """The requestId that was heard of last."""
        return next(reversed(self.statuses), None)


@dataclass(slots=True)
class Diagnostics:
    """The block of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
    firmware: dict[str, Progress] = field(default_factory=dict)
    """Identity -> its firmware updates."""
    logs: dict[str, Progress] = field(default_factory=dict)
    customers: dict[tuple[str, int], str] = field(default_factory=dict)
    """(identity, requestId) -> what was told of a customer."""
    events: dict[str, list[Payload]] = field(default_factory=dict)
    """Identity -> eventData of monitors."""

    def __post_init__(self) -> None:
        self.handlers = {
            "FirmwareStatusNotification": self.firmware_status,
            "LogStatusNotification": self.log_status,
            "NotifyCustomerInformation": self.customer_information,
            "NotifyEvent": self.event,
        }

    def firmware_status(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer FirmwareStatusNotification (L01)."""
        policy = self.csms.policy.diagnostics
        self._take(payload, self.firmware.setdefault(session.identity, Progress()), policy.takes_firmware_statuses)
        return {}

    def log_status(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer LogStatusNotification (N01)."""
        policy = self.csms.policy.diagnostics
        self._take(payload, self.logs.setdefault(session.identity, Progress()), policy.takes_log_statuses)
        return {}

    def _take(self, payload: Payload, progress: Progress, taken: tuple[str, ...]) -> None:
        if taken and payload["status"] not in taken:
            raise Refused("InternalError", f"{payload['status']} was not expected")
        number = payload.get("requestId")
        foreign = progress.statuses and number is not None and number != progress.newest
        if foreign and not self.csms.policy.diagnostics.takes_foreign_requests:
            raise Refused("PropertyConstraintViolation", f"there is no request {number}")
        progress.add(payload)

    def customer_information(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer NotifyCustomerInformation (N09, N10)."""
        if not self.csms.policy.diagnostics.takes_customer_reports:
            raise Refused("InternalError", "no report was expected")
        key = session.identity, payload["requestId"]
        before = self.customers.get(key, "") if payload["seqNo"] else ""
        self.customers[key] = before + payload["data"]
        return {}

    def event(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer NotifyEvent: states of connectors, and what monitors say (N07, N08)."""
        policy, connectors = self.csms.policy.diagnostics, self.csms.station(session).connectors
        for one in payload["eventData"]:
            place = one["component"].get("evse", {})
            if one["component"]["name"] == "Connector" and one["variable"]["name"] == "AvailabilityState":
                connectors[place.get("id", 0), place.get("connectorId", 0)] = one["actualValue"]
            if "variableMonitoringId" in one:
                self.events.setdefault(session.identity, []).append(one)
            if (
                (not one["actualValue"] and not policy.takes_events_without_value)
                or (one.get("cleared") and not policy.takes_cleared_events)
                or (one["trigger"] == "Periodic" and not policy.takes_periodic_events)
            ):
                raise Refused("InternalError", "this event was not expected")
        return {}
