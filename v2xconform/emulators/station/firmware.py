"""Block L: firmware updates (L01, L02): scheduled, downloaded, verified, installed, with a reboot, and told at each step."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from v2xconform.emulators.lab_firmware import Trust, is_signed, judged, lab_firmware, version_of
from v2xconform.emulators.station.block import Handler, Payload, Triggered, status_info
from v2xconform.emulators.station.evse import Evse

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_NEXT: Final = "firmware.next"
_BETWEEN_TRIES_S: Final = 10.0
_LOOK_S: Final = 1.0
"""How often it looks whether the last transaction has ended."""
Ending = Literal[
    "", "Installed", "Rejected", "InvalidCertificate", "RevokedCertificate", "InvalidSignature", "DownloadFailed",
    "InstallVerificationFailed", "InstallationFailed",
]  # fmt: skip
_INSTALLING: Final = ("Installing", "InstallRebooting")


@dataclass(frozen=True, slots=True)
class FirmwarePolicy:
    """Duties of block L."""

    ends_with: Ending = ""
    """How every update ends, whatever certificate and file are; empty: as they deserve. For testers of a CSMS."""
    wants_signature: bool = True
    """Refuses an update without certificate and signature."""
    checks_certificate: bool = True
    checks_signature: bool = True
    checks_file: bool = True
    """Sees that a file cannot be installed."""
    says: bool = True
    """Sends FirmwareStatusNotification at all."""
    hides: tuple[str, ...] = ()
    """Statuses that it does not tell ([L01.FR.01])."""
    names_request: bool = True
    """Tells the requestId ([L01.FR.10])."""
    keeps_old_request: bool = False
    """Goes on telling the requestId of an update that was replaced."""
    obeys_retrieve_time: bool = True
    obeys_install_time: bool = True
    raises_security_events: bool = True
    can_cancel: bool = True
    """Gives up an update that is under way for a new one ([L01.FR.24])."""
    downloads_while_charging: bool = True
    installs_while_charging: bool = False
    holds_evses: bool = True
    """Lets nobody start while it waits, unless AllowNewSessionsPendingFirmwareUpdate ([L01.FR.07])."""
    holds_always: bool = False
    """Also where AllowNewSessionsPendingFirmwareUpdate."""
    reboots: bool = True
    boot_reason: str = "FirmwareUpdate"
    says_rebooting: bool = True
    says_installing: bool = True
    """Tells Installing; where the bootloader cannot, that is fine ([L01.FR.23])."""
    goes_on_after_bad_signature: bool = False
    tries: int | None = None
    """Downloads so often, whatever `retries` says."""
    download_s: float | None = None
    """How long a download takes, in place of what the file server says."""
    install_s: float = 3.0


@dataclass(slots=True)
class Update:
    """One UpdateFirmwareRequest that was accepted."""

    request: Payload
    tries: int = 0
    data: bytes = b""
    installed: bool = False
    """Installed, and to be told after the reboot."""
    failed: str = ""
    """The failure to be told after the reboot."""

    @property
    def firmware(self) -> Payload:
        """FirmwareType of the request."""
        firmware: Payload = self.request["firmware"]
        return firmware


@dataclass(slots=True)
class Firmware:
    """Block L of one station."""

    station: "Station"
    version: str = ""
    update: Update | None = None
    """What is under way."""
    last: str = ""
    """Status that was told last."""
    waiting: bool = False
    """Waits for transactions to end."""
    handlers: dict[str, Handler] = field(default_factory=dict)
    _old_id: int | None = None
    _told_id: int | None = None
    """The requestId that is told."""

    def __post_init__(self) -> None:
        self.version = self.station.persona.firmware
        self.handlers = {"UpdateFirmware": self.update_firmware}

    # ---- the request

    def update_firmware(self, payload: Payload, now: float) -> Payload:
        """Answer UpdateFirmware (L01)."""
        policy, firmware = self.station.policy.firmware, payload["firmware"]
        if policy.ends_with in ("Rejected", "InvalidCertificate", "RevokedCertificate"):
            return self._refused(policy.ends_with, now)
        secured = "signingCertificate" in firmware and "signature" in firmware
        if not secured and policy.wants_signature and not policy.ends_with:
            return {"status": "Rejected", "statusInfo": status_info("MissingParam", "it is not signed")}
        if secured and policy.checks_certificate and not policy.ends_with:
            problem = self._judged(firmware["signingCertificate"])
            if problem:
                return self._refused(problem, now)
        status = "Accepted"
        if self.update is not None:
            if not policy.can_cancel or self.last in _INSTALLING:
                return {"status": "Rejected", "statusInfo": status_info("FwUpdateInProgress")}
            status = "AcceptedCanceled"
            self._forget(now)
        old = self._old_id if policy.keeps_old_request else None
        self.update = Update(payload)
        self._told_id = payload["requestId"] if old is None else old
        self._old_id = payload["requestId"]
        self.station.agenda.at(now, self._begin, _NEXT)
        return {"status": status}

    def _judged(self, certificate: str) -> Trust:
        trusted = lab_firmware()
        return judged(certificate, self.station.utc(), trusted.root, trusted.revoked_serials)

    def _refused(self, status: str, now: float) -> Payload:
        if status == "InvalidCertificate":
            self.station.agenda.at(now, lambda at: self._security_event("InvalidFirmwareSigningCertificate", at))
        return {"status": status}

    # ---- download

    def _begin(self, now: float) -> None:
        assert self.update is not None, "an update has begun"
        policy = self.station.policy.firmware
        wait = self._until(self.update.firmware["retrieveDateTime"])
        if wait > 0 and policy.obeys_retrieve_time:
            self._tell("DownloadScheduled", now)
            self.station.agenda.at(now + wait, self._download, _NEXT)
        elif self._busy() and not policy.downloads_while_charging:
            self._tell("DownloadScheduled", now)
            self._wait_until_idle(self._download, now)
        else:
            self._download(now)

    def _download(self, now: float) -> None:
        assert self.update is not None, "a download belongs to an update"
        if self._busy() and not self.station.policy.firmware.downloads_while_charging:
            self._wait_until_idle(self._download, now)
            return
        self.update.tries += 1
        if self.last != "Downloading" or self.update.tries == 1:
            self._tell("Downloading", now)
        took = self.station.policy.firmware.download_s
        self.station.agenda.at(now + (self.station.files.seconds if took is None else took), self._fetched, _NEXT)

    def _fetched(self, now: float) -> None:
        update, policy = self.update, self.station.policy.firmware
        assert update is not None, "a download belongs to an update"
        found = self.station.files.get(update.firmware["location"])
        fails = policy.ends_with == "DownloadFailed" or (not policy.ends_with and not found.done)
        if not fails:
            update.data = found.data
            self._tell("Downloaded", now)
            self._verify(now)
        elif update.tries <= (update.request.get("retries", 0) if policy.tries is None else policy.tries - 1):
            wait = update.request.get("retryInterval", _BETWEEN_TRIES_S)
            self.station.agenda.at(now + wait, self._download, _NEXT)
        else:
            self._over("DownloadFailed", now)

    # ---- verification

    def _verify(self, now: float) -> None:
        update, policy = self.update, self.station.policy.firmware
        assert update is not None, "there is something to verify"
        firmware = update.firmware
        if "signature" not in firmware:
            self._schedule(now)
            return
        right = is_signed(update.data, firmware["signature"], firmware.get("signingCertificate", ""))
        if policy.ends_with:
            right = policy.ends_with != "InvalidSignature"
        if right or not policy.checks_signature:
            self._tell("SignatureVerified", now)
            self._schedule(now)
            return
        self._security_event("InvalidFirmwareSignature", now)
        if policy.goes_on_after_bad_signature:
            self._tell("InvalidSignature", now)
            self._schedule(now)
            return
        self._over("InvalidSignature", now)

    # ---- installation

    def _schedule(self, now: float) -> None:
        assert self.update is not None, "there is something to install"
        policy = self.station.policy.firmware
        wait = self._until(self.update.firmware.get("installDateTime", ""))
        if wait > 0 and policy.obeys_install_time:
            self._tell("InstallScheduled", now)
            self.station.agenda.at(now + wait, self._when_idle, _NEXT)
        else:
            self._when_idle(now)

    def _when_idle(self, now: float) -> None:
        if self._busy() and not self.station.policy.firmware.installs_while_charging:
            if self.last != "InstallScheduled":
                self._tell("InstallScheduled", now)
            self._wait_until_idle(self._install, now)
        else:
            self._install(now)

    def _install(self, now: float) -> None:
        if self.station.policy.firmware.says_installing:
            self._tell("Installing", now)
        self.station.agenda.at(now + self.station.policy.firmware.install_s, self._installed, _NEXT)

    def _installed(self, now: float) -> None:
        update, policy = self.update, self.station.policy.firmware
        assert update is not None, "there is something to install"
        version = version_of(update.data)
        ending = policy.ends_with or ("Installed" if version or not policy.checks_file else "InstallVerificationFailed")
        if ending == "InstallVerificationFailed":
            self._over(ending, now)
            return
        if self._busy():  # the reboot would end the transactions ([L01.FR.33])
            self._wait_until_idle(self._installed, now)
            return
        if ending == "Installed":
            self.version, update.installed = version or self.version, True
        else:
            update.failed = ending
        if not policy.reboots:
            self._told_after(now)
        elif policy.says_rebooting:
            self._tell("InstallRebooting", now, then=self._reboot)
        else:
            self._reboot(now)

    def _reboot(self, now: float) -> None:
        self.station.power_off(now)
        self.station.power_on(now, self.station.policy.firmware.boot_reason)

    def boot_accepted(self, now: float) -> None:
        """The CSMS has accepted the boot: tell what the reboot was for."""
        if self.update is not None and (self.update.installed or self.update.failed):
            self._told_after(now)
        elif self.update is not None and not self.station.agenda.planned(_NEXT):
            self._begin_again(now)

    def _told_after(self, now: float) -> None:
        update = self.update
        assert update is not None, "there is something to tell"
        self._over(update.failed or "Installed", now)
        if not update.failed:
            self._security_event("FirmwareUpdated", now)

    def _begin_again(self, now: float) -> None:
        """A reboot in between has broken the update off: begin anew."""
        assert self.update is not None, "there is an update"
        self.update.tries, self.last = 0, ""
        self._begin(now)

    # ---- what blocks an update, and whom it blocks

    def _busy(self) -> bool:
        return any(bay.transaction is not None or bay.evse.plugged for bay in self.station.transactions.bays)

    def _wait_until_idle(self, then: Callable[[float], None], now: float) -> None:
        if not self.waiting:
            self.waiting = True
            self.station.agenda.at(now, self.station.availability.report_changes)
        self.station.agenda.at(now + _LOOK_S, lambda at: self._look(then, at), _NEXT)

    def _look(self, then: Callable[[float], None], now: float) -> None:
        if self._busy():
            self._wait_until_idle(then, now)
            return
        then(now)

    def holds(self, evse: Evse) -> bool:
        """Tell whether an EVSE is not to be used because an update waits ([L01.FR.07])."""
        if not self.waiting or not self.station.policy.firmware.holds_evses:
            return False
        if self.station.policy.firmware.holds_always:
            return True
        return not self.station.variables.flag("ChargingStation.AllowNewSessionsPendingFirmwareUpdate")

    # ---- telling

    def _tell(self, status: str, now: float, then: Callable[[float], None] | None = None) -> None:
        self.last = status
        policy = self.station.policy.firmware
        heard = then or _nothing
        if not policy.says or status in policy.hides:
            heard(now)
            return
        self.station.call(
            "FirmwareStatusNotification", self._payload(status), now,
            lambda answer, at: heard(at), lambda failure, at: heard(at),
        )  # fmt: skip

    def _payload(self, status: str) -> Payload:
        if self._told_id is None or not self.station.policy.firmware.names_request:
            return {"status": status}
        return {"status": status, "requestId": self._told_id}

    def _over(self, status: str, now: float) -> None:
        self._tell(status, now)
        self._forget(now)

    def _forget(self, now: float) -> None:
        self.station.agenda.cancel(_NEXT)
        self.update = None
        if self.waiting:
            self.waiting = False
            self.station.agenda.at(now, self.station.availability.report_changes)

    def trigger(self, payload: Payload, now: float) -> Triggered:
        """Send what TriggerMessage asks for: the last status, Idle where nothing is under way ([L01.FR.25], [L01.FR.26])."""
        if payload["requestedMessage"] != "FirmwareStatusNotification":
            return None
        return self._send_status

    def _send_status(self, now: float) -> None:
        idle = self.last in ("", "Installed")
        told = {"status": "Idle"} if idle else self._payload(self.last)
        self.station.call("FirmwareStatusNotification", told, now, before_boot=True)

    def _security_event(self, kind: str, now: float) -> None:
        if self.station.policy.firmware.raises_security_events:
            event = {"type": kind, "timestamp": self.station.timestamp()}
            self.station.call("SecurityEventNotification", event, now)

    def _until(self, moment: str) -> float:
        """Return how many seconds it is until an instant, 0 for none."""
        return datetime.fromisoformat(moment).timestamp() - self.station.utc() if moment else 0.0


def _nothing(now: float) -> None:
    """Nobody waits for it."""
