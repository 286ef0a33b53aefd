"""A local controller of ours: it fetches firmware, checks it, offers it, and takes it back."""

import hashlib
from typing import Any

import pytest

from v2xconform.emulators.lab_firmware import lab_firmware

GOOD = "https://files.lab/firmware/2.0.0.bin"
CHECKSUM = hashlib.md5(lab_firmware().good.data, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("location", "checksum", "way"),
    [
        (GOOD, CHECKSUM.upper(), ["Downloading", "Downloaded", "ChecksumVerified", "Published"]),
        (GOOD, "0" * 32, ["Downloading", "Downloaded", "InvalidChecksum"]),
        ("https://files.lab/nothing", CHECKSUM, ["Downloading", "DownloadFailed"]),
    ],
)
def test_what_becomes_of_a_file(rungs: Any, location: str, checksum: str, way: list[str]) -> None:
    station = rungs(publishing={"controller": True})
    request = {"location": location, "checksum": checksum, "requestId": 4}
    assert station.call("PublishFirmware", request) == {"status": "Accepted"}
    station.wait(10)
    told = [tree for _, action, tree in station.said if action == "PublishFirmwareStatusNotification"]
    assert [tree["status"] for tree in told] == way
    assert {tree["requestId"] for tree in told} == {4}
    there = way[-1] == "Published"
    assert ("location" in told[-1]) is there
    answers = [station.call("UnpublishFirmware", {"checksum": checksum})["status"] for _ in range(2)]
    assert answers == (["Unpublished", "NoFirmware"] if there else ["NoFirmware"] * 2)


def test_other_stations_publish_nothing(rungs: Any) -> None:
    assert "PublishFirmware" not in rungs().station.publishing.handlers
