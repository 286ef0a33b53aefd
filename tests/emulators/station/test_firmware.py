"""Block L of the emulated station: what an update goes through, and what it must not go through."""

from typing import Any

import pytest

from v2xconform.emulators.lab_firmware import is_signed, judged, lab_firmware, version_of
from v2xconform.emulators.station.station import timestamp

START = 1767225600.0
GOOD = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed"]
STATUS = "FirmwareStatusNotification"


def request(number: int = 1, *, retrieve: float = -10, install: float | None = -10, **more: Any) -> dict[str, Any]:
    """Return an UpdateFirmwareRequest for the good file; `retrieve` and `install` are seconds from the start."""
    firmware = {
        "location": "https://files.lab/firmware/2.0.0.bin", "retrieveDateTime": timestamp(START + retrieve),
        "signingCertificate": lab_firmware().good.certificate, "signature": lab_firmware().good.signature,
    } | ({} if install is None else {"installDateTime": timestamp(START + install)})  # fmt: skip
    firmware |= more.pop("firmware", {})
    return {"requestId": number, "firmware": {k: v for k, v in firmware.items() if v}, **more}


def test_an_update_goes_its_way_and_is_reported(rungs: Any) -> None:
    station = rungs()
    assert station.call("UpdateFirmware", request(7)) == {"status": "Accepted"}
    station.wait(30)
    assert station.statuses(STATUS) == GOOD
    assert {one["requestId"] for one in station.told(STATUS)} == {7}
    boot = station.told("BootNotification")[-1]
    assert boot["reason"] == "FirmwareUpdate" and boot["chargingStation"]["firmwareVersion"] == "2.0.0"
    assert "FirmwareUpdated" in [one["type"] for one in station.told("SecurityEventNotification")]


def test_it_waits_for_the_times_that_were_set(rungs: Any) -> None:
    station = rungs()
    station.call("UpdateFirmware", request(retrieve=60, install=120))
    station.wait(200)
    assert station.statuses(STATUS)[:5] == [
        "DownloadScheduled",
        "Downloading",
        "Downloaded",
        "SignatureVerified",
        "InstallScheduled",
    ]
    at = dict(zip(station.statuses(STATUS), station.times(STATUS), strict=True))
    assert at["Downloading"] == pytest.approx(60, abs=0.1) and at["Installing"] == pytest.approx(120, abs=0.1)


@pytest.mark.parametrize(
    ("firmware", "status", "event"),
    [
        ({"signingCertificate": lab_firmware().stranger}, "InvalidCertificate", True),
        ({"signingCertificate": lab_firmware().expired}, "InvalidCertificate", True),
        ({"signingCertificate": "nonsense"}, "InvalidCertificate", True),
        ({"signingCertificate": lab_firmware().revoked}, "RevokedCertificate", False),
        ({"signingCertificate": "", "signature": ""}, "Rejected", False),
    ],
)
def test_what_it_must_not_trust(rungs: Any, firmware: dict[str, str], status: str, event: bool) -> None:
    station = rungs()
    assert station.call("UpdateFirmware", request(firmware=firmware))["status"] == status
    station.wait(5)
    assert not station.told(STATUS)
    types = [one["type"] for one in station.told("SecurityEventNotification")]
    assert ("InvalidFirmwareSigningCertificate" in types) is event


def test_a_wrong_signature_ends_it(rungs: Any) -> None:
    station = rungs()
    station.call("UpdateFirmware", request(firmware={"signature": lab_firmware().broken.signature}))
    station.wait(30)
    assert station.statuses(STATUS) == ["Downloading", "Downloaded", "InvalidSignature"]
    assert [one["type"] for one in station.told("SecurityEventNotification")] == ["InvalidFirmwareSignature"]


def test_a_file_that_is_not_there_is_tried_as_often_as_allowed(rungs: Any) -> None:
    station = rungs()
    missing = {"location": "https://files.lab/firmware/nothing"}
    station.call("UpdateFirmware", request(firmware=missing, retries=2, retryInterval=7))
    station.wait(100)
    assert station.statuses(STATUS) == ["Downloading", "DownloadFailed"]
    began, failed = station.times(STATUS)
    assert failed - began == pytest.approx(3 * 1 + 2 * 7)


def test_a_file_that_cannot_be_installed(rungs: Any) -> None:
    broken = lab_firmware().broken
    station = rungs()
    file = {"location": "https://files.lab/firmware/broken.bin", "signature": broken.signature}
    station.call("UpdateFirmware", request(firmware=file))
    station.wait(30)
    assert station.statuses(STATUS)[-2:] == ["Installing", "InstallVerificationFailed"]
    assert not station.told("BootNotification")


def test_a_new_request_replaces_the_old_one(rungs: Any) -> None:
    station = rungs()
    station.call("UpdateFirmware", request(1, retrieve=500))
    assert station.call("UpdateFirmware", request(2)) == {"status": "AcceptedCanceled"}
    station.wait(30)
    assert [one["requestId"] for one in station.told(STATUS)] == [1] + [2] * 6


def test_it_waits_for_the_transaction_and_holds_the_other_evse(rungs: Any) -> None:
    rung = rungs()
    evse = rung.station.evses[0]
    rung.station.transactions.plug_in(evse, rung.now)
    rung.station.authorization.present({"idToken": "AA", "type": "ISO14443"}, evse, rung.now)
    rung.wait(5)
    rung.call("UpdateFirmware", request())
    rung.wait(60)
    assert rung.statuses(STATUS)[-1] == "InstallScheduled"
    assert rung.told("StatusNotification")[-1]["connectorStatus"] == "Unavailable"
    rung.station.transactions.unplug(evse, rung.now)
    rung.wait(60)
    assert rung.statuses(STATUS)[-1] == "Installed"
    assert rung.told("StatusNotification")[-1]["connectorStatus"] == "Available"


def test_a_reboot_in_between_begins_it_anew(rungs: Any) -> None:
    station = rungs()
    station.call("UpdateFirmware", request(retrieve=100))
    station.station.power_off(station.now)
    station.station.power_on(station.now)
    station.wait(150)
    assert station.statuses(STATUS)[-1] == "Installed"


def test_a_trigger_tells_the_last_status_and_idle_behind_the_end(rungs: Any) -> None:
    station = rungs()
    trigger = {"requestedMessage": "FirmwareStatusNotification"}
    station.call("TriggerMessage", trigger)
    station.wait(1)
    assert station.told(STATUS) == [{"status": "Idle"}]
    station.call("UpdateFirmware", request(4, retrieve=100))
    station.wait(1)
    station.call("TriggerMessage", trigger)
    station.wait(1)
    assert station.told(STATUS)[1:] == [{"status": "DownloadScheduled", "requestId": 4}] * 2


def test_the_lab_s_files_are_what_they_claim_to_be() -> None:
    lab = lab_firmware()
    assert version_of(lab.good.data) == "2.0.0" and version_of(lab.broken.data) == "" and version_of(b"junk") == ""
    assert is_signed(lab.good.data, lab.good.signature, lab.good.certificate)
    assert not is_signed(lab.good.data + b"!", lab.good.signature, lab.good.certificate)
    assert not is_signed(lab.good.data, "no base64", lab.good.certificate)
    assert judged(lab.good.certificate, START, lab.root, lab.revoked_serials) == ""
    assert judged(lab.revoked, START, lab.root, lab.revoked_serials) == "RevokedCertificate"
