"""Block B: how a station is registered: boot, clock, heartbeat (B01 to B03, G02), and its device model (B05 to B08, B11 to B13).

Variables lie in `configuration`, reports in `reports`, resets in `reset`.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from v2xconform.emulators.station.block import Handler, Payload, Refused, Triggered
from v2xconform.emulators.station.clock import ClockStyle
from v2xconform.emulators.station.configuration import Configuration
from v2xconform.emulators.station.reports import Reports
from v2xconform.emulators.station.reset import Reset
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

    clock_style: ClockStyle = ""
    """How it writes times."""
    results_backwards: bool = False
    """Results of GetVariables stand in the opposite order of what was asked for."""

    # ---- boot
    boots: bool = True
    """Sends BootNotification after power-on."""
    keeps_silent_until_accepted: bool = True
    repeats_boot: bool = True
    """Tries again after Pending and Rejected, at the interval that it was given."""
    waits_after_error: bool = True
    """Waits before it boots again where the boot was answered with an error."""
    retry_factor: float = 1.0
    """Share of that interval after which it tries."""
    refuses_while_rejected: bool = True
    """CALLERROR SecurityError for requests while the boot is rejected ([B03.FR.08])."""
    answers_while_pending: bool = True
    """Serves the requests of a CSMS that has left it pending ([B02.FR.01])."""
    closes_while_rejected: bool = False
    """Closes the connection after a rejected boot, which it may ([B03.FR.04])."""
    closes_while_pending: bool = False
    """Closes it after Pending, which it must not ([B02.FR.06])."""
    boot_reason: str = ""
    """Reason in every BootNotification, whatever the true one is."""
    reports_startup: bool = True
    """SecurityEventNotification StartupOfTheDevice or ResetOrReboot."""
    # ---- heartbeat and clock
    heartbeats: bool = True
    heartbeat_factor: float = 1.0
    """Share of the interval after which a Heartbeat comes."""
    takes_interval: bool = True
    """Heartbeats come at the interval of BootNotificationResponse ([B01.FR.04])."""
    sets_clock: bool = True
    """Sets its clock from currentTime where TimeSource says Heartbeat ([B01.FR.06])."""
    reports_clock: bool = True
    """SecurityEventNotification SettingSystemTime when the clock was far off."""
    # ---- variables
    checks_values: bool = True
    """Rejects values that do not fit type and limits ([B05.FR.07], [B05.FR.08])."""
    keeps_read_only: bool = True
    """Rejects to set ReadOnly variables ([B05.FR.09])."""
    stores_values: bool = True
    """Keeps what it has accepted."""
    keeps_values: bool = True
    """Values of persistent variables survive a reboot."""
    hides_write_only: bool = True
    """Does not tell the values of WriteOnly variables ([B06.FR.09], [B07.FR.03])."""
    # ---- reports
    reports: bool = True
    """Sends the report that it has promised."""
    has_summary: bool = True
    """Supports the base report SummaryInventory."""
    obeys_criteria: bool = True
    """componentCriteria of GetReport limit what is reported."""
    obeys_selection: bool = True
    """Instance and EVSE of GetReport limit what is reported."""
    reports_read_only: bool = False
    """ConfigurationInventory tells what nobody can set, too."""
    reports_first: bool = False
    """Sends the report before the response ([FR.05])."""
    reports_characteristics: bool = True
    lists_values: bool = True
    """valuesList of the list types."""
    leaves_out: tuple[str, ...] = ()
    """Components that no report tells."""
    report_items: int = 30
    """Variables in one NotifyReport."""
    first_report: int = 0
    """seqNo of the first part."""
    report_step: int = 1
    request_id_error: int = 0
    omits_tbc_at_end: bool = False
    """Leaves tbc out of the last part, which means the same as false."""
    # ---- reset
    resets: bool = True
    """Does what it has accepted."""
    resets_evses: bool = True
    """Supports the reset of a single EVSE."""
    reboots_for_evse: bool = False
    """Reboots as a whole where only an EVSE was meant."""
    waits_for_idle: bool = True
    """OnIdle: lets transactions end first ([B12.FR.01])."""
    ends_transactions: bool = True
    """Immediate: ends them before it goes down ([B12.FR.04])."""
    reset_trigger: str = "ResetCommand"
    reset_stop: str = "ImmediateReset"
    reset_reason: str = ""
    """Reason of the boot after a reset, whatever the true one is."""
    failing_resets: int = 0
    """So many attempts fail; ResetRetries says how often it tries again."""
    resumes: bool = True
    """Reports that a transaction goes on after ImmediateAndResume ([B13.FR.30])."""
    resumes_energy_always: bool = False
    """Gives energy again although AllowEnergyTransferResumption says no ([B13.FR.25])."""


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
    configuration: Configuration = field(init=False)
    reports: Reports = field(init=False)
    resets: Reset = field(init=False)
    _retry_at: float | None = None
    """When the next BootNotification may be sent."""
    _beating: bool = False

    def __post_init__(self) -> None:
        self.configuration = Configuration(self.station)
        self.reports = Reports(self.station)
        self.resets = Reset(self.station)
        self.handlers = {
            "GetVariables": self.configuration.get_variables, "SetVariables": self.configuration.set_variables,
            "GetBaseReport": self.reports.get_base_report, "GetReport": self.reports.get_report,
            "Reset": self.resets.reset,
        }  # fmt: skip
        model = self.station.variables
        model.on_change("OCPPCommCtrlr.HeartbeatInterval", lambda value, now: self._plan_heartbeat(now))
        if not self.station.policy.provisioning.resets_evses:
            for evse in self.station.evses:
                allowed = model.find("EVSE.AllowReset", evse=evse.id)
                if allowed is not None:
                    allowed.value = "false"

    @property
    def accepted(self) -> bool:
        """The CSMS has accepted the station."""
        policy = self.station.policy.provisioning
        return self.status == "Accepted" or not policy.keeps_silent_until_accepted or not policy.boots

    # ---- boot

    def online(self, now: float) -> None:
        """A connection is there: boot on the first one after power-on, else only go on ([Part 4 5.3])."""
        if not self.booted or self.station.policy.connection.boots_on_reconnect:
            if self._retry_at is not None and now < self._retry_at:
                self.station.agenda.at(self._retry_at, self.boot, _BOOT)
            elif self.station.policy.provisioning.boots:
                self.boot(now)
        else:
            self._plan_heartbeat(now)

    def offline(self, now: float) -> None:
        """Without a connection there is nothing to repeat."""
        self.station.agenda.cancel(_BOOT)
        self.station.agenda.cancel(_HEARTBEAT)

    def reset(self, now: float) -> None:
        """Power was lost: the CSMS has to accept anew."""
        self.status, self.booted, self._retry_at = "", False, None
        if not self.station.policy.provisioning.keeps_values:
            self.configuration.forget(now)

    def power_cycle(self, now: float) -> None:
        """Somebody switches the station off and on."""
        self.resets.cycle(now)

    def boot(self, now: float, *, reason: str = "") -> None:
        """Send BootNotification."""
        persona = self.station.persona
        charging_station = {
            "model": persona.model,
            "vendorName": persona.vendor,
            "serialNumber": persona.serial,
            "firmwareVersion": self.station.firmware_version,
        }
        reason = self.station.policy.provisioning.boot_reason or reason or self.boot_reason
        payload = {"reason": reason, "chargingStation": charging_station}
        self.station.agenda.cancel(_BOOT)
        self.station.call("BootNotification", payload, now, self._booted, self._boot_failed, before_boot=True)

    def _booted(self, answer: Payload, now: float) -> None:
        policy = self.station.policy.provisioning
        self.status = answer["status"]
        self.interval_s = float(answer["interval"])
        self._set_clock(answer["currentTime"], now)
        if self.status == "Accepted":
            first, self.booted, self._retry_at = not self.booted, True, None
            if self.interval_s > 0 and policy.takes_interval:
                self.station.variables.set("OCPPCommCtrlr.HeartbeatInterval", round(self.interval_s), now)
            self._plan_heartbeat(now)
            self.station.availability.report_all(now)
            if first and policy.reports_startup:
                self._report_startup(now)
            self.resets.accepted(now)
            self.station.transactions.accepted(now)
            self.station.tell_blocks("boot_accepted", now)
            return
        self._repeat(now)
        if (self.status == "Rejected" and policy.closes_while_rejected) or (
            self.status == "Pending" and policy.closes_while_pending
        ):
            self.station.hang_up = f"the boot is {self.status}"

    def _report_startup(self, now: float) -> None:
        kind = "StartupOfTheDevice" if self.boot_reason == "PowerUp" else "ResetOrReboot"
        self._security_event(kind, now)

    def _security_event(self, kind: str, now: float) -> None:
        payload = {"type": kind, "timestamp": self.station.timestamp()}
        self.station.call("SecurityEventNotification", payload, now)

    def _boot_failed(self, failure: Failure, now: float) -> None:
        if failure.kind == "error" and not self.station.policy.provisioning.waits_after_error:
            self.station.agenda.at(now, self.boot, _BOOT)
        elif failure.kind != "lost":
            self._repeat(now)

    def _repeat(self, now: float) -> None:
        policy = self.station.policy.provisioning
        if policy.repeats_boot:
            self._retry_at = now + (self.interval_s or _OWN_RETRY_S) * policy.retry_factor
            self.station.agenda.at(self._retry_at, self.boot, _BOOT)

    def refusal(self, action: str) -> Refused | None:
        """Return with what a request of the CSMS is refused in the state of the boot, None when it is not."""
        policy = self.station.policy.provisioning
        if self.status == "Rejected" and policy.refuses_while_rejected:
            return Refused("SecurityError", "the CSMS has rejected this station")
        if self.status == "Pending" and not policy.answers_while_pending:
            return Refused("SecurityError", "the CSMS has not accepted this station")
        if self.status != "Accepted" and action not in _WHILE_PENDING and policy.refuses_while_rejected:
            return Refused("SecurityError", f"{action} is not possible before the boot is accepted")
        return None

    # ---- heartbeat and clock

    def _plan_heartbeat(self, now: float) -> None:
        policy = self.station.policy.provisioning
        interval = self.station.variables.number("OCPPCommCtrlr.HeartbeatInterval", 300) * policy.heartbeat_factor
        if policy.heartbeats and self.station.online:
            self.station.agenda.at(now + interval, self._heartbeat, _HEARTBEAT)

    def _heartbeat(self, now: float) -> None:
        if self.station.rpc is None or not self.station.rpc.waits("Heartbeat"):  # they do not pile up
            self.heartbeat(now)
        self._plan_heartbeat(now)

    def heartbeat(self, now: float) -> None:
        """Send Heartbeat, unless the one before is still on its way."""
        if self._beating:
            return
        self._beating = True
        self.station.call("Heartbeat", {}, now, self._beaten, self._beat_failed)

    def _beaten(self, answer: Payload, now: float) -> None:
        self._beating = False
        self._set_clock(answer["currentTime"], now)

    def _beat_failed(self, failure: Failure, now: float) -> None:
        self._beating = False

    def _set_clock(self, time: str, now: float) -> None:
        """Set the clock; a big step is a security event (Part 2, appendix: SettingSystemTime)."""
        policy, variables = self.station.policy.provisioning, self.station.variables
        if not policy.sets_clock or "Heartbeat" not in variables.members("ClockCtrlr.TimeSource"):
            return
        try:
            step = self.station.clock.set(time)
        except ValueError:
            return
        threshold = variables.number("ClockCtrlr.TimeAdjustmentReportingThreshold", 20)
        if abs(step) > threshold and policy.reports_clock and self.status == "Accepted":
            self._security_event("SettingSystemTime", now)

    # ---- triggers

    def trigger(self, payload: Payload, now: float) -> Triggered:
        """Return how to send BootNotification and Heartbeat on TriggerMessage ([F06.FR.17])."""
        if payload["requestedMessage"] == "BootNotification":
            return "Rejected" if self.status == "Accepted" else lambda at: self.boot(at, reason="Triggered")
        return self._triggered_heartbeat if payload["requestedMessage"] == "Heartbeat" else None

    def _triggered_heartbeat(self, now: float) -> None:
        # What the CSMS asks for may be said before the boot is accepted ([B02.FR.02]).
        self.station.call("Heartbeat", {}, now, before_boot=True)
