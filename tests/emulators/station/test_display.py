"""Display messages of the emulated station."""

from typing import Any

import pytest

from v2xconform.emulators.station.station import timestamp

START = 1767225600.0


def message(number: int = 1, text: str = "hello", **more: Any) -> dict[str, Any]:
    content = {"format": more.pop("format", "ASCII"), "content": text} | more.pop("content", {})
    return {"message": {"id": number, "priority": "NormalCycle", "message": content, **more}}


def listed(station: Any, **asked: Any) -> list[int]:
    """Return the ids of the messages that the station tells of."""
    station.said.clear()
    if station.call("GetDisplayMessages", {"requestId": 8, **asked})["status"] == "Unknown":
        return []
    station.wait(1)
    return sorted(one["id"] for told in station.told("NotifyDisplayMessages") for one in told["messageInfo"])


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({}, "Accepted"),
        ({"format": "HTML"}, "NotSupportedMessageFormat"),
        ({"transactionId": "nowhere"}, "UnknownTransaction"),
        ({"content": {"language": "fi"}}, "LanguageNotSupported"),
        ({"content": {"language": "de-AT"}}, "Accepted"),
    ],
)
def test_what_can_be_shown(rungs: Any, wrong: dict[str, Any], status: str) -> None:
    assert rungs("ocpp2.1").call("SetDisplayMessage", message(**wrong)) == {"status": status}


def test_messages_are_listed_replaced_and_cleared(rungs: Any) -> None:
    station = rungs()
    assert listed(station) == []
    for number in range(1, 8):
        station.call("SetDisplayMessage", message(number, state="Idle" if number > 5 else "Charging"))
    assert listed(station) == [1, 2, 3, 4, 5, 6, 7] and len(station.told("NotifyDisplayMessages")) == 2
    assert listed(station, state="Idle") == [6, 7] and listed(station, id=[3, 99]) == [3]
    station.call("SetDisplayMessage", message(3, "other"))
    assert station.station.display.messages[3]["message"]["content"] == "other"
    assert station.call("ClearDisplayMessage", {"id": 3})["status"] == "Accepted"
    assert station.call("ClearDisplayMessage", {"id": 3})["status"] == "Unknown"


def test_times_priorities_and_languages(rungs: Any) -> None:
    station = rungs("ocpp2.1")
    station.call("SetDisplayMessage", message(1, "soon over", endDateTime=timestamp(START + 20)))
    extra = [{"format": "ASCII", "language": "de", "content": "hallo"}]
    station.call("SetDisplayMessage", message(2, "later", startDateTime=timestamp(START + 20), messageExtra=extra))
    assert station.station.display.shown("Idle") == ["soon over"]
    station.wait(30)
    assert station.station.display.shown("Idle") == ["later"] and station.station.display.shown("Idle", "de-DE") == [
        "hallo"
    ]
    assert listed(station) == [2]
    for number in (3, 4):
        station.call("SetDisplayMessage", {"message": message(number)["message"] | {"priority": "AlwaysFront"}})
    assert listed(station, priority="AlwaysFront") == [4]


def test_messages_survive_a_reboot_and_go_with_their_transaction(rungs: Any) -> None:
    station = rungs()
    evse = station.station.evses[0]
    station.station.transactions.plug_in(evse, station.now)
    transaction = station.station.transactions.running[0].id
    station.call("SetDisplayMessage", message(1))
    station.call("SetDisplayMessage", message(2, transactionId=transaction))
    assert listed(station) == [1, 2]
    station.station.transactions.unplug(evse, station.now)
    station.station.power_off(station.now)
    station.station.power_on(station.now)
    station.wait(10)
    assert listed(station) == [1]
