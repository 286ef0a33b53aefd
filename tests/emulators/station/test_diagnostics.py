"""Logs, customers and vendor data of the emulated station."""

from typing import Any

import pytest

STATUS = "LogStatusNotification"


def log(
    location: str = "https://files.lab/logs/", number: int = 1, kind: str = "DiagnosticsLog", **more: Any
) -> dict[str, Any]:
    return {"requestId": number, "logType": kind, "log": {"remoteLocation": location, **more.pop("log", {})}, **more}


@pytest.mark.parametrize(
    ("location", "status"),
    [
        ("https://files.lab/logs/", "Uploaded"),
        ("https://files.lab/exact/upload.bin", "Uploaded"),
        ("https://uploader:lab-secret@files.lab/locked/", "Uploaded"),
        ("https://uploader:wrong@files.lab/locked/", "PermissionDenied"),
        ("http://files.lab/moved/", "UploadFailure"),
        ("https://files.lab/nowhere/", "UploadFailure"),
        ("https://elsewhere/logs/", "UploadFailure"),
        ("gopher://files.lab/logs/", "NotSupportedOperation"),
    ],
)
def test_an_upload_ends_as_its_location_deserves(rungs: Any, location: str, status: str) -> None:
    station = rungs("ocpp2.1")
    answer = station.call("GetLog", log(location, 9))
    assert answer["status"] == "Accepted" and answer["filename"]
    station.wait(5)
    assert station.told(STATUS) == [{"status": "Uploading", "requestId": 9}, {"status": status, "requestId": 9}]


def test_the_file_has_the_name_that_was_told_and_the_lines_of_the_log(rungs: Any) -> None:
    station = rungs()
    name = station.call("GetLog", log())["filename"]
    station.wait(5)
    assert b"boot accepted" in station.station.files.uploads[f"/logs/{name}"]


def test_failed_uploads_are_tried_again(rungs: Any) -> None:
    station = rungs()
    station.call("GetLog", log("https://files.lab/nowhere/", retries=3, retryInterval=10))
    station.wait(100)
    assert station.statuses(STATUS) == ["Uploading", "UploadFailure"] * 4
    assert station.times(STATUS)[-1] - station.times(STATUS)[0] == pytest.approx(3 * 10 + 4 * 1)


def test_a_log_of_the_future_is_not_there(rungs: Any) -> None:
    answer = rungs().call("GetLog", log(log={"oldestTimestamp": "2026-06-01T00:00:00Z"}))
    assert answer["status"] == "Rejected"


def test_a_second_request_cancels_the_first(rungs: Any) -> None:
    station = rungs()
    station.call("GetLog", log(number=1))
    assert station.call("GetLog", log(number=2))["status"] == "AcceptedCanceled"
    station.wait(5)
    told = [(one["status"], one["requestId"]) for one in station.told(STATUS)]
    assert told == [("Uploading", 1), ("AcceptedCanceled", 1), ("Uploading", 2), ("Uploaded", 2)]


def customer(report: bool, clear: bool, **more: Any) -> dict[str, Any]:
    who = more or {"idToken": {"idToken": "AA", "type": "ISO14443"}}
    return {"requestId": 3, "report": report, "clear": clear, **who}


def test_customer_data_is_reported_and_cleared(rungs: Any) -> None:
    station = rungs(authorization={})
    station.station.authorization.cache.entries[("aa", "ISO14443")] = ({"status": "Accepted"}, 0.0)
    assert station.call("CustomerInformation", customer(True, False)) == {"status": "Accepted"}
    assert station.call("CustomerInformation", customer(False, True)) == {"status": "Accepted"}
    assert station.call("CustomerInformation", customer(True, True)) == {"status": "Accepted"}
    station.wait(1)
    data = [one["data"] for one in station.told("NotifyCustomerInformation")]
    assert "AA" in data[0] and data[1] == "cleared" and data[2] == "no data"


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ({"requestId": 1, "report": True, "clear": False}, "Invalid"),
        (customer(True, False, idToken={"idToken": "A", "type": "Local"}, customerIdentifier="x"), "Invalid"),
        (customer(False, False), "Rejected"),
        (customer(True, False, customerIdentifier="nobody"), "Accepted"),
    ],
)
def test_a_customer_has_to_be_named(rungs: Any, payload: dict[str, Any], status: str) -> None:
    assert rungs().call("CustomerInformation", payload)["status"] == status


@pytest.mark.parametrize(
    ("vendor", "message", "status"),
    [
        ("nobody", "x", "UnknownVendorId"),
        ("org.v2xconform.lab", "x", "UnknownMessageId"),
        ("org.v2xconform.lab", "echo", "Accepted"),
    ],
)
def test_vendor_data(rungs: Any, vendor: str, message: str, status: str) -> None:
    answer = rungs().call("DataTransfer", {"vendorId": vendor, "messageId": message, "data": {"a": 1}})
    assert answer["status"] == status and ("data" in answer) is (status == "Accepted")
