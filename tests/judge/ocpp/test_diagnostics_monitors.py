"""The monitors of firmware, logs, monitors and event streams: each rule speaks when it is broken, and only then."""

from typing import Any

import pytest

from v2xconform.judge.context import Context
from v2xconform.judge.monitors.ocpp.event_streams import EventStreamsMonitor
from v2xconform.judge.monitors.ocpp.firmware import FirmwareMonitor
from v2xconform.judge.monitors.ocpp.logs import LogsMonitor
from v2xconform.judge.monitors.ocpp.monitoring import MonitoringMonitor
from v2xconform.trace.events import Event

SIGNED = {"location": "x", "retrieveDateTime": "2026-01-01T00:00:00Z", "signingCertificate": "c", "signature": "s"}
WAY = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed"]
STATE = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "AvailabilityState"}}
POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}


class Story:
    """What a station and a CSMS say, one message after the other; the second is that of the trace and of the wall clock."""

    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor(Context("station", protocol="ocpp2.1"))
        self.found: list[str] = []
        self.count, self.at = 0, 0.0

    def say(
        self, src: str, name: str, body: dict[str, Any], *, answers: int = 0, rpc: int = 2, kind: str = "message"
    ) -> int:
        """Add a message and return its number."""
        self.count += 1
        ref: dict[str, Any] = {"rpc": {"type": rpc, "id": "x"}} | ({"answers": answers} if answers else {})
        utc = f"2026-01-01T00:{int(self.at) // 60:02}:{self.at % 60:06.3f}Z"
        layer = "ocpp2.1" if kind == "message" else "websocket"
        event = Event(self.count, int(self.at * 1e9), utc, "tcp1", src, "", layer, kind, name, body, ref=ref)
        self.found += [finding.requirement for finding in self.monitor.see(event)]
        self._last = event
        return self.count

    def ask(self, action: str, body: dict[str, Any], answer: dict[str, Any], by: str = "csms") -> "Story":
        """Add a request and its answer."""
        asked = self.say(by, f"{action}Request", body)
        self.say("station" if by == "csms" else "csms", f"{action}Response", answer, answers=asked, rpc=3)
        return self

    def tell(self, action: str, body: dict[str, Any], after: float = 0.0) -> "Story":
        """Let the station say something, so many seconds later."""
        self.at += after
        self.say("station", f"{action}Request", body)
        return self

    def end(self, after: float = 0.0) -> list[str]:
        """Return what was found, when the test case ends so much later."""
        self.at += after
        self.say("csms", "HeartbeatRequest", {})
        return self.found + [finding.requirement for finding in self.monitor.end(self._last)]


# ---- firmware


def update(number: int = 1, answer: str = "Accepted", story: Story | None = None, **firmware: Any) -> Story:
    story = story or Story(FirmwareMonitor)
    return story.ask("UpdateFirmware", {"requestId": number, "firmware": SIGNED | firmware}, {"status": answer})


def told(story: Story, *statuses: str, number: int = 1, apart: float = 1.0) -> Story:
    for status in statuses:
        story.tell("FirmwareStatusNotification", {"status": status, "requestId": number}, apart)
    return story


def security(story: Story, kind: str) -> Story:
    return story.tell("SecurityEventNotification", {"type": kind})


def test_a_good_update_is_silent() -> None:
    story = security(told(update(), *WAY), "FirmwareUpdated")
    assert story.end(100) == []


@pytest.mark.parametrize(
    "way",
    [
        ["DownloadScheduled", *WAY],
        [
            "Downloading",
            "DownloadPaused",
            "Downloading",
            "Downloading",
            "Downloaded",
            "SignatureVerified",
            "InstallScheduled",
            "Installed",
        ],
        ["Downloading", "Downloaded", "SignatureVerified", "InstallRebooting", "Installing", "Installed"],
        ["Downloading", "DownloadFailed", "Downloading", "DownloadFailed"],
        ["DownloadFailed"],
        ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallVerificationFailed"],
    ],
)
def test_other_good_ways(way: list[str]) -> None:
    assert security(told(update(), *way), "FirmwareUpdated").end(100) == []


@pytest.mark.parametrize(
    ("way", "found"),
    [
        (["Downloaded"], "L01.FR.01"),
        (["Downloading", "SignatureVerified"], "L01.FR.01"),
        (["Downloading", "Downloaded", "Installing"], "L01.FR.04"),
        (["Downloading", "Downloaded", "Installed"], "L01.FR.04"),
        (["Downloading", "Downloaded", "InvalidSignature", "Installing"], "L01.FR.01"),
        ([*WAY, "Downloading"], "L01.FR.01"),
    ],
)
def test_bad_ways(way: list[str], found: str) -> None:
    story = security(security(told(update(), *way), "FirmwareUpdated"), "InvalidFirmwareSignature")
    assert story.end(100) == [found]


def test_firmware_without_signature_needs_no_verification() -> None:
    story = Story(FirmwareMonitor)
    plain = {"location": "x", "retrieveDateTime": "2026-01-01T00:00:00Z"}
    story.ask("UpdateFirmware", {"requestId": 1, "firmware": plain}, {"status": "Accepted"})
    assert told(story, "Downloading", "Downloaded", "Installing", "Installed").end(100) == []


@pytest.mark.parametrize(
    ("firmware", "way", "found"),
    [
        ({"retrieveDateTime": "2026-01-01T00:01:00Z"}, ["DownloadScheduled", "Downloading"], ["L01.FR.13"]),
        ({"installDateTime": "2026-01-01T00:05:00Z"}, WAY[:4], ["L01.FR.16"]),
        ({"retrieveDateTime": "2026-01-01T00:00:06Z"}, ["DownloadScheduled", "Downloading"], []),
    ],
)
def test_times(firmware: dict[str, str], way: list[str], found: list[str]) -> None:
    assert told(update(**firmware), *way).end() == found


def test_request_ids() -> None:
    assert told(update(2), "Downloading", number=1).end() == ["L01.FR.10"]
    story = told(update(1), "Downloading")
    story = told(update(2, "AcceptedCanceled", story), "Downloaded", number=1)  # on its way already
    assert told(story, "Downloading", number=2).end() == []
    assert told(story, "SignatureVerified", number=1).end() == ["L01.FR.10"]


@pytest.mark.parametrize(
    ("way", "requirement", "kind"),
    [
        (WAY, "L01.FR.31", "FirmwareUpdated"),
        (["Downloading", "Downloaded", "InvalidSignature"], "L01.FR.03", "InvalidFirmwareSignature"),
    ],
)
def test_security_events_are_owed(way: list[str], requirement: str, kind: str) -> None:
    assert told(update(), *way).end(100) == [requirement]
    assert told(update(), *way).end(30) == []  # it may still come
    assert security(told(update(), *way), kind).end(100) == []
    early = security(told(update(), *way[:-1]), kind)
    assert told(early, way[-1]).end(100) == []  # it may come before the status


def test_a_refused_certificate_is_reported() -> None:
    assert update(1, "InvalidCertificate").end(100) == ["L01.FR.02"]
    assert update(1, "RevokedCertificate").end(100) == []


def test_a_triggered_status_is_no_step() -> None:
    story = told(update(), "Downloading", "Downloaded")
    story.ask("TriggerMessage", {"requestedMessage": "FirmwareStatusNotification"}, {"status": "Accepted"})
    assert told(story, "Downloaded", "SignatureVerified").end() == []


def test_a_lost_connection_may_have_swallowed_statuses() -> None:
    story = told(update(), "Downloading")
    story.say("station", "closed", {}, kind="close")
    assert told(story, "SignatureVerified", "Installing").end() == []


def test_the_reason_of_the_boot() -> None:
    story = told(update(), *WAY[:5])
    assert story.tell("BootNotification", {"reason": "PowerUp"}).end() == ["L01.FR.15"]
    story = told(update(), *WAY[:5])
    assert story.tell("BootNotification", {"reason": "FirmwareUpdate"}).end() == []


# ---- logs


def log(number: int = 1, answer: str = "Accepted", story: Story | None = None, **more: Any) -> Story:
    return (story or Story(LogsMonitor)).ask("GetLog", {"requestId": number, **more}, {"status": answer})


def uploads(story: Story, *statuses: str, number: int = 1) -> Story:
    for status in statuses:
        story.tell("LogStatusNotification", {"status": status, "requestId": number}, 1)
    return story


@pytest.mark.parametrize(
    ("statuses", "more", "found"),
    [
        (["Uploading", "Uploaded"], {}, []),
        (["Uploading", "UploadFailure", "UploadFailure"], {"retries": 1}, []),
        (["Uploading", "UploadFailure", "UploadFailure"], {}, ["N01.FR.10"]),
        (["Uploaded"], {}, ["N01.FR.08"]),
        (["Uploading", "Uploaded", "Uploading"], {}, ["N01.FR.09"]),
    ],
)
def test_uploads(statuses: list[str], more: dict[str, int], found: list[str]) -> None:
    assert uploads(log(**more), *statuses).end() == found


@pytest.mark.parametrize(("kind", "found"), [("SecurityLog", ["OCPP-RequestId"]), ("DiagnosticsLog", [])])
def test_two_uploads_under_one_id(kind: str, found: list[str]) -> None:
    """What is told then can be of either; the same request once more is no other one."""
    story = Story(LogsMonitor)
    story.ask("GetLog", {"requestId": 1, "logType": "DiagnosticsLog"}, {"status": "Accepted"})
    story.tell("LogStatusNotification", {"status": "Uploading", "requestId": 1})
    story.ask("GetLog", {"requestId": 1, "logType": kind}, {"status": "AcceptedCanceled"})
    for status in ("AcceptedCanceled", "Uploading", "Uploaded"):
        story.tell("LogStatusNotification", {"status": status, "requestId": 1})
    assert story.end(120) == found


def test_cancelled_uploads() -> None:
    story = log(2, "AcceptedCanceled", uploads(log(1), "Uploading"))
    assert uploads(story, "Uploading", "Uploaded", number=2).end(100) == ["N01.FR.20"]
    story = log(2, "AcceptedCanceled", uploads(log(1), "Uploading"))
    uploads(story, "AcceptedCanceled", number=1)
    assert uploads(story, "Uploading", "Uploaded", number=2).end(100) == []
    assert uploads(log(1), "Uploading", number=9).end() == ["N01.FR.07"]


# ---- monitors


def monitored(data: dict[str, Any], number: int = 3) -> Story:
    result = {name: data[name] for name in ("type", "severity", "component", "variable")} | {
        "status": "Accepted",
        "id": number,
    }
    return Story(MonitoringMonitor).ask(
        "SetVariableMonitoring", {"setMonitoringData": [data]}, {"setMonitoringResult": [result]}
    )  # fmt: skip


def notified(story: Story, after: float = 1.0, **event: Any) -> Story:
    place = {name: event.pop(name, STATE[name]) for name in ("component", "variable")}
    data = {"eventId": 1, "variableMonitoringId": 3, **place, **event}
    return story.tell("NotifyEvent", {"seqNo": 0, "eventData": [data]}, after)


DELTA = {"type": "Delta", "value": 1, "severity": 5, **STATE}
UPPER = {"type": "UpperThreshold", "value": 10, "severity": 5, **POWER}


def test_events_of_monitors() -> None:
    assert notified(monitored(DELTA), trigger="Delta", actualValue="Occupied").end() == []
    assert notified(monitored(DELTA), trigger="Alerting", actualValue="Occupied").end() == ["N07.FR.18"]
    lower = {"component": {"name": "evse", "evse": {"id": 1}}, "variable": {"name": "availabilitystate"}}
    assert notified(monitored(DELTA), trigger="Delta", actualValue="x", **lower).end() == []  # names know no case
    assert notified(monitored(DELTA), trigger="Delta", actualValue="x", variable={"name": "Power"}).end() == [
        "N07.FR.06"
    ]
    assert (
        notified(monitored(DELTA), trigger="Delta", actualValue="x", variableMonitoringId=77).end() == []
    )  # unknown to us


@pytest.mark.parametrize(
    ("value", "cleared", "found"),
    [("11", False, []), ("9", True, []), ("9", False, ["N07.FR.16"]), ("11", True, ["N07.FR.02"]), ("", False, [])],
)
def test_thresholds(value: str, cleared: bool, found: list[str]) -> None:
    more = {"cleared": True} if cleared else {}
    assert notified(monitored(UPPER), trigger="Alerting", actualValue=value, **POWER, **more).end() == found


def test_level_and_clearing() -> None:
    story = monitored(DELTA).ask("SetMonitoringLevel", {"severity": 4}, {"status": "Accepted"})
    assert notified(story, 1, trigger="Delta", actualValue="x").found == []  # it was on its way
    assert notified(story, 10, trigger="Delta", actualValue="x").end() == ["N07.FR.15"]
    cleared = {"clearMonitoringResult": [{"id": 3, "status": "Accepted"}]}
    story = monitored(DELTA).ask("ClearVariableMonitoring", {"id": [3]}, cleared)
    assert notified(story, 10, trigger="Delta", actualValue="x").end() == ["N06.FR.01"]
    story = monitored(DELTA).ask("SetMonitoringBase", {"monitoringBase": "HardWiredOnly"}, {"status": "Accepted"})
    assert notified(story, 10, trigger="Delta", actualValue="x").end() == ["N06.FR.01"]


# ---- event streams


def stream(answer: str = "Accepted", **params: int) -> Story:
    data = {"id": 1, "params": params or {"interval": 10}, "variableMonitoringId": 3}
    return Story(EventStreamsMonitor).ask(
        "OpenPeriodicEventStream", {"constantStreamData": data}, {"status": answer}, by="station"
    )  # fmt: skip


def filled(story: Story, values: int, after: float = 10.0, number: int = 1, rpc: int = 6, pending: int = 0) -> Story:
    story.at += after
    data = [{"t": t, "v": "x"} for t in range(values)]
    story.say("station", "NotifyPeriodicEventStream", {"id": number, "pending": pending, "data": data}, rpc=rpc)
    return story


def test_streams() -> None:
    assert filled(filled(stream(), 3), 3).end() == []
    assert filled(stream("Rejected"), 3).end() == ["N11.FR.07"]
    assert filled(stream(), 3, number=2).end() == ["N11.FR.02"]
    assert filled(stream(), 3, rpc=2).end() == ["N15.FR.01"]
    assert filled(stream(values=2), 3).end() == ["N15.FR.07"]
    assert filled(filled(filled(stream(), 3), 3, after=2), 3).end() == ["N15.FR.06"]
    assert filled(filled(stream(), 3, pending=5), 3, after=2).end() == []  # there was more to send
    assert filled(filled(stream(interval=10, values=2), 2), 2, after=2).end() == []  # enough values


def test_the_end_of_a_stream() -> None:
    flushed = filled(filled(stream(), 3), 3, after=2).tell("ClosePeriodicEventStream", {"id": 1})
    assert flushed.end() == []  # what is left at the end comes when it ends
    story = filled(stream(), 3).tell("ClosePeriodicEventStream", {"id": 1})
    assert filled(story, 1).end() == ["N13.FR.01"]
    story = stream()
    story.say("station", "closed", {}, kind="close")
    assert filled(story, 3).end() == []  # whether it outlives its connection, nobody has laid down


def test_the_list_of_streams() -> None:
    tree = {"id": 1, "params": {}, "variableMonitoringId": 3}
    assert stream().ask("GetPeriodicEventStream", {}, {"constantStreamData": [tree]}).end() == []
    assert stream().ask("GetPeriodicEventStream", {}, {}).end() == ["N12.FR.01"]
    closed = stream().tell("ClosePeriodicEventStream", {"id": 1})
    assert closed.ask("GetPeriodicEventStream", {}, {"constantStreamData": [tree]}).end() == ["N12.FR.01"]


def test_an_adjusted_stream_keeps_to_its_new_size() -> None:
    story = stream(interval=10, values=5).ask(
        "AdjustPeriodicEventStream", {"id": 1, "params": {"values": 2}}, {"status": "Accepted"}
    )
    assert filled(story, 4, after=1).found == []  # it was on its way
    assert filled(story, 4).end() == ["N15.FR.07"]


def test_monitors_are_told_as_they_were_set() -> None:
    def told(**more: Any) -> list[str]:
        one = {
            "id": 3,
            "type": DELTA["type"],
            "value": DELTA["value"],
            "severity": DELTA["severity"],
            "transaction": False,
        }
        data = {"component": DELTA["component"], "variable": DELTA["variable"], "variableMonitoring": [one | more]}
        report = {"requestId": 1, "seqNo": 0, "generatedAt": "2026-01-01T00:00:00Z", "monitor": [data]}
        return monitored(DELTA).tell("NotifyMonitoringReport", report).end()

    assert told() == []
    assert told(eventNotificationType="CustomMonitor") == []
    assert told(id=99, type="Periodic") == []
    for wrong in (
        {"type": "Periodic"},
        {"value": 77},
        {"transaction": True},
        {"eventNotificationType": "HardWiredMonitor"},
    ):
        assert told(**wrong) == ["N02.FR.11"]


def test_events_name_what_there_is() -> None:
    story = monitored(DELTA).tell("TransactionEvent", {"transactionInfo": {"transactionId": "one"}})
    assert notified(story, trigger="Delta", actualValue="x", transactionId="one").end() == []
    assert notified(story, trigger="Delta", actualValue="x", transactionId="two").end() == ["N07.FR.06"]
    kind = {"trigger": "Delta", "actualValue": "x", "eventNotificationType": "PreconfiguredMonitor"}
    assert notified(monitored(DELTA), **kind).end() == ["N07.FR.06"]


def test_parts_that_were_announced_come() -> None:
    def parts(*told: tuple[int, bool]) -> list[str]:
        story = monitored(DELTA)
        for number, more in told:
            story.tell("NotifyEvent", {"seqNo": number, "tbc": more, "eventData": []}, 1.0)
        return story.end(70)

    assert parts((0, True), (1, False)) == []
    assert parts((0, True), (0, False), (1, False)) == []  # another event in between
    assert parts((0, True)) == ["N07.FR.07"]
