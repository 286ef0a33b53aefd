"""Block B: boot, heartbeat, variables, reports, reset (B01 to B12)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from v2xconform.emulators.station.block import Handler, Payload, Refused, status_info
from v2xconform.emulators.station.device_model import Variable
from v2xconform.protocols.ocpp.rpc import Failure

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

BootStatus = Literal["", "Accepted", "Pending", "Rejected"]
_BOOT: Final = "provisioning.boot"
_HEARTBEAT: Final = "provisioning.heartbeat"
_OWN_RETRY_S: Final = 30.0
"""Wait for the next BootNotification where the CSMS leaves it to the station (interval 0, [B02.FR.07])."""
_WHILE_PENDING: Final = frozenset({
    "GetVariables", "SetVariables", "GetBaseReport", "GetReport", "TriggerMessage", "CertificateSigned",
    "InstallCertificate", "DeleteCertificate", "GetInstalledCertificateIds", "SetNetworkProfile", "Reset",
    "RequestStartTransaction", "RequestStopTransaction", "UpdateFirmware", "GetLog", "SetMonitoringBase",
    "SetMonitoringLevel", "SetVariableMonitoring", "DataTransfer", "ClearCache", "SendLocalList", "ChangeAvailability",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProvisioningPolicy:
    """Duties of block B."""

    boots: bool = True
    """Sends BootNotification after power-on."""
    keeps_silent_until_accepted: bool = True
    repeats_boot: bool = True
    """Tries again after Pending and Rejected, at the interval that it was given."""
    refuses_while_rejected: bool = True
    """CALLERROR SecurityError for requests while the boot is rejected ([B03.FR.08])."""
    heartbeats: bool = True
    heartbeat_factor: float = 1.0
    """Share of the interval after which a Heartbeat comes."""
    reports_startup: bool = True
    """SecurityEventNotification StartupOfTheDevice or ResetOrReboot."""


@dataclass(slots=True)
class Provisioning:
    """Block B of one station."""

    station: "Station"
    status: BootStatus = ""
    boot_reason: str = "PowerUp"
    interval_s: float = 0.0
    booted: bool = False
    """A boot has been accepted since power-on."""
    handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers = {"GetVariables": self.get_variables, "SetVariables": self.set_variables}

    @property
    def accepted(self) -> bool:
        """The CSMS has accepted the station."""
        policy = self.station.policy.provisioning
        return self.status == "Accepted" or not policy.keeps_silent_until_accepted or not policy.boots

    # ---- boot

    def online(self, now: float) -> None:
        """A connection is there: boot on the first one after power-on, else only go on ([Part 4 5.3])."""
        if not self.booted or self.station.policy.connection.boots_on_reconnect:
            if self.station.policy.provisioning.boots:
                self.boot(now)
        else:
            self._plan_heartbeat(now)

    def offline(self, now: float) -> None:
        """Without a connection there is nothing to repeat."""
        self.station.agenda.cancel(_BOOT)
        self.station.agenda.cancel(_HEARTBEAT)

    def reset(self, now: float) -> None:
        """Power was lost: the CSMS has to accept anew."""
        self.status, self.booted = "", False

    def boot(self, now: float) -> None:
        """Send BootNotification."""
        persona = self.station.persona
        charging_station = {
            "model": persona.model,
            "vendorName": persona.vendor,
            "serialNumber": persona.serial,
            "firmwareVersion": self.station.firmware.version,
        }
        payload = {"reason": self.boot_reason, "chargingStation": charging_station}
        self.station.call("BootNotification", payload, now, self._booted, self._boot_failed, before_boot=True)

    def _booted(self, answer: Payload, now: float) -> None:
        self.status = answer["status"]
        self.interval_s = float(answer["interval"])
        if self.status == "Accepted":
            first, self.booted = not self.booted, True
            if self.interval_s > 0:
                self.station.variables.set("OCPPCommCtrlr.HeartbeatInterval", round(self.interval_s), now)
            self._plan_heartbeat(now)
            self.station.availability.report_all(now)
            if first and self.station.policy.provisioning.reports_startup:
                self._report_startup(now)
            self.station.transactions.accepted(now)
            self.station.tell_blocks("booted", now)
        else:
            self._repeat(now)

    def _report_startup(self, now: float) -> None:
        kind = "StartupOfTheDevice" if self.boot_reason == "PowerUp" else "ResetOrReboot"
        self.station.call(
            "SecurityEventNotification", {"type": kind, "timestamp": self.station.timestamp()}, now
        )  # fmt: skip

    def _boot_failed(self, failure: Failure, now: float) -> None:
        if failure.kind != "lost":
            self._repeat(now)

    def _repeat(self, now: float) -> None:
        if self.station.policy.provisioning.repeats_boot:
            self.station.agenda.at(now + (self.interval_s or _OWN_RETRY_S), self.boot, _BOOT)

    def refusal(self, action: str) -> Refused | None:
        """Return with what a request of the CSMS is refused in the state of the boot, None when it is not."""
        policy = self.station.policy.provisioning
        if self.status == "Rejected" and policy.refuses_while_rejected:
            return Refused("SecurityError", "the CSMS has rejected this station")
        if self.status != "Accepted" and action not in _WHILE_PENDING and policy.refuses_while_rejected:
            return Refused("SecurityError", f"{action} is not possible before the boot is accepted")
        return None

    # ---- heartbeat

    def _plan_heartbeat(self, now: float) -> None:
        policy = self.station.policy.provisioning
        interval = self.station.variables.number("OCPPCommCtrlr.HeartbeatInterval", 300) * policy.heartbeat_factor
        if policy.heartbeats:
            self.station.agenda.at(now + interval, self._heartbeat, _HEARTBEAT)

    def _heartbeat(self, now: float) -> None:
        self.heartbeat(now)
        self._plan_heartbeat(now)

    def heartbeat(self, now: float) -> None:
        """Send Heartbeat."""
        self.station.call("Heartbeat", {}, now)

    # ---- variables

    def get_variables(self, payload: Payload, now: float) -> Payload:
        """Answer GetVariables (B06)."""
        return {"getVariableResult": [self._read(one) for one in payload["getVariableData"]]}

    def _read(self, asked: Payload) -> Payload:
        answer: Payload = {"component": asked["component"], "variable": asked["variable"]}
        kind = asked.get("attributeType", "Actual")
        if "attributeType" in asked:
            answer["attributeType"] = kind
        found = self._found(asked)
        if isinstance(found, str):
            return answer | {"attributeStatus": found}
        if kind != "Actual" and kind not in found.other:
            return answer | {"attributeStatus": "NotSupportedAttributeType"}
        if found.mutability == "WriteOnly":
            return answer | {"attributeStatus": "Rejected", "attributeStatusInfo": status_info("WriteOnly")}
        if found.component == "ClockCtrlr" and found.name == "DateTime":
            return answer | {"attributeStatus": "Accepted", "attributeValue": self.station.timestamp()}
        value = found.value if kind == "Actual" else found.other[kind]
        return answer | {"attributeStatus": "Accepted", "attributeValue": value or ""}

    def _found(self, asked: Payload) -> Variable | str:
        model = self.station.variables
        variable = model.variable(asked["component"], asked["variable"])
        if variable is not None:
            return variable
        return "UnknownVariable" if model.component(asked["component"]) else "UnknownComponent"

    def set_variables(self, payload: Payload, now: float) -> Payload:
        """Answer SetVariables (B05)."""
        return {"setVariableResult": [self._write(one, now) for one in payload["setVariableData"]]}

    def _write(self, asked: Payload, now: float) -> Payload:
        answer: Payload = {"component": asked["component"], "variable": asked["variable"]}
        kind = asked.get("attributeType", "Actual")
        if "attributeType" in asked:
            answer["attributeType"] = kind
        found = self._found(asked)
        if isinstance(found, str):
            return answer | {"attributeStatus": found}
        if kind != "Actual" and kind not in found.other:
            return answer | {"attributeStatus": "NotSupportedAttributeType"}
        if found.mutability == "ReadOnly":
            return answer | {"attributeStatus": "Rejected", "attributeStatusInfo": status_info("ReadOnly")}
        problem = found.problem(asked["attributeValue"])
        if problem:
            return answer | {"attributeStatus": "Rejected", "attributeStatusInfo": status_info("InvalidValue", problem)}
        self.station.variables.write(found, asked["attributeValue"], now)
        return answer | {"attributeStatus": "RebootRequired" if found.reboot else "Accepted"}

    def trigger(self, payload: Payload, now: float) -> dict[str, Any] | None:
        """Return how to send what TriggerMessage asks for, None where block B has no such message."""
        return None
