"""Block B and G of the emulated station, as ladders: the CSMS says, the station says, time goes by."""

from typing import Any

import pytest

from v2xconform.emulators.station import Station
from v2xconform.emulators.station.connection import NetworkProfile
from v2xconform.lab.persona_ocpp import EvseSpec, StationPersona
from v2xconform.protocols.ocpp import Version, frames, schemas
from v2xconform.protocols.ocpp.frames import Frame

BOOTED = {"currentTime": "2026-01-01T00:00:00Z", "interval": 100, "status": "Accepted"}


class Ladder:
    """A station whose CSMS is this test; everything that it says is held against its schema."""

    def __init__(self, version: Version = "ocpp2.0.1", *, boot: dict[str, Any] | None = None, **more: Any) -> None:
        self.now = 0.0
        self.number = 0
        persona = StationPersona(role="station", name="test", **more.pop("persona", {}))
        self.station = Station(
            persona, version, NetworkProfile("ws://csms.lab", 0), identity="ST-1", utc=lambda: 1767225600.0 + self.now,
            new_id=self._id, chance=lambda: 0.0, changes=more,
        )  # fmt: skip
        self.version = version
        self.boot = {**BOOTED, **(boot or {})}
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.station.power_on(0.0)
        self.wait(2.0)
        self.connect()

    def _id(self) -> str:
        self.number += 1
        return f"id-{self.number}"

    def connect(self) -> None:
        """Open the connection."""
        self.station.connected(self.version, self.now)
        self._talk()

    def wait(self, seconds: float) -> None:
        """Let time go by, one entry of the station's agenda after the other."""
        until = self.now + seconds
        while (due := self.station.timer()) is not None and due <= until:
            self.now = max(self.now, due)
            self.station.fire(self.now)
            self._talk()
        self.now = until

    def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return the answer: the payload, or the error."""
        number = self._id()
        self.answer: Frame | None = None
        self.station.receive(frames.call(number, action, payload), self.now)
        self._talk()
        assert self.answer is not None and self.answer.id == number, f"{action} was not answered"
        if self.answer.is_error:
            return {"error": self.answer.code}
        assert not schemas.violations(self.version, f"{action}Response", self.answer.payload)
        return self.answer.payload

    def _talk(self) -> None:
        progress = True
        while progress:
            progress = False
            for frame in list(self.station.outgoing()):
                progress = True
                if frame.type != frames.CALL:
                    self.answer = frame
                    continue
                assert not schemas.violations(self.version, f"{frame.action}Request", frame.payload)
                self.said.append((frame.action, frame.payload))
                answer = self.boot if frame.action == "BootNotification" else {}
                if frame.action == "Heartbeat":
                    answer = {"currentTime": "2026-01-01T00:00:00Z"}
                if frame.action == "Authorize":
                    answer = {"idTokenInfo": {"status": "Accepted"}}
                self.station.receive(frames.result(frame.id, answer), self.now)
            self.station.agenda.fire(self.now)

    def told(self, action: str) -> list[dict[str, Any]]:
        """Return and forget what was said under a name."""
        found = [payload for name, payload in self.said if name == action]
        self.said.clear()
        return found

    def states(self) -> list[tuple[int, str]]:
        """Return and forget the states that were reported, by EVSE."""
        return [(one["evseId"], one["connectorStatus"]) for one in self.told("StatusNotification")]

    def charge(self) -> None:
        """Plug in and authorize at EVSE 1."""
        evse = self.station.evses[0]
        self.station.transactions.plug_in(evse, self.now)
        self.station.authorization.present({"idToken": "AB", "type": "ISO14443"}, evse, self.now)
        self._talk()


def variable(short: str, **more: Any) -> dict[str, Any]:
    component, _, name = short.partition(".")
    return {"component": {"name": component}, "variable": {"name": name}, **more}


# ---- boot


def test_a_station_boots_and_reports_every_connector() -> None:
    ladder = Ladder()
    assert [name for name, _ in ladder.said][:3] == ["BootNotification", "StatusNotification", "StatusNotification"]
    assert ladder.states() == [(1, "Available"), (2, "Available")]
    ladder.wait(100)
    assert len(ladder.told("Heartbeat")) == 1


@pytest.mark.parametrize("status, refusal", [("Pending", None), ("Rejected", "SecurityError")])
def test_a_station_that_is_not_accepted_keeps_quiet_and_boots_again(status: str, refusal: str | None) -> None:
    ladder = Ladder(boot={"status": status, "interval": 30})
    assert [name for name, _ in ladder.said] == ["BootNotification"]
    answer = ladder.call("GetVariables", {"getVariableData": [variable("OCPPCommCtrlr.OfflineThreshold")]})
    assert answer.get("error") == refusal
    ladder.wait(29)
    assert len(ladder.said) == 1
    ladder.boot = BOOTED
    ladder.wait(2)
    assert len(ladder.told("BootNotification")) == 2


def test_the_clock_is_set_and_a_big_step_is_a_security_event() -> None:
    ladder = Ladder(persona={"clock_error_s": 600.0})
    assert abs(ladder.station.utc() - 1767225600.0) < 5
    assert "SettingSystemTime" in [one["type"] for one in ladder.told("SecurityEventNotification")]


# ---- variables


def test_variables_are_read_with_the_type_that_was_asked_for() -> None:
    ladder = Ladder()
    asked = [variable("OCPPCommCtrlr.OfflineThreshold"), variable("Nobody.Nothing"), variable("TxCtrlr.Nothing")]
    answer = ladder.call(
        "GetVariables", {"getVariableData": [*asked, variable("TxCtrlr.TxStartPoint", attributeType="Target")]}
    )
    assert [one["attributeStatus"] for one in answer["getVariableResult"]] == [
        "Accepted", "UnknownComponent", "UnknownVariable", "NotSupportedAttributeType",
    ]  # fmt: skip
    assert [one["attributeType"] for one in answer["getVariableResult"]] == ["Actual"] * 3 + ["Target"]


@pytest.mark.parametrize("short, value, status", [
    ("OCPPCommCtrlr.OfflineThreshold", "120", "Accepted"), ("OCPPCommCtrlr.OfflineThreshold", "1.5", "Rejected"),
    ("OCPPCommCtrlr.OfflineThreshold", "-1", "Rejected"), ("AuthCtrlr.AuthorizeRemoteStart", "yes", "Rejected"),
    ("TxCtrlr.TxStartPoint", "Authorized,Nonsense", "Rejected"), ("SecurityCtrlr.SecurityProfile", "2", "Rejected"),
])  # fmt: skip
def test_values_are_set_if_they_fit(short: str, value: str, status: str) -> None:
    ladder = Ladder()
    before = ladder.station.variables.text(short)
    answer = ladder.call("SetVariables", {"setVariableData": [variable(short, attributeValue=value)]})
    assert answer["setVariableResult"][0]["attributeStatus"] == status
    assert ladder.station.variables.text(short) == (value if status == "Accepted" else before)


def test_more_variables_than_a_message_may_have_are_refused() -> None:
    many = [variable("OCPPCommCtrlr.OfflineThreshold")] * 21
    assert Ladder().call("GetVariables", {"getVariableData": many}) == {"error": "OccurrenceConstraintViolation"}


# ---- reports


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
def test_the_full_inventory_comes_after_the_response_in_numbered_parts(version: Version) -> None:
    ladder = Ladder(version)
    ladder.said.clear()
    answer = ladder.call("GetBaseReport", {"requestId": 9, "reportBase": "FullInventory"})
    parts = ladder.told("NotifyReport")
    assert answer == {"status": "Accepted"}
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part["tbc"] for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {part["requestId"] for part in parts} == {9}
    secret = [one for part in parts for one in part["reportData"] if one["variable"]["name"] == "BasicAuthPassword"]
    assert secret and "value" not in secret[0]["variableAttribute"][0]


def report(ladder: Ladder, payload: dict[str, Any]) -> list[str]:
    ladder.said.clear()
    answer = ladder.call("GetReport", {"requestId": 1, **payload})
    if answer["status"] != "Accepted":
        return [answer["status"]]
    found = [one for part in ladder.told("NotifyReport") for one in part["reportData"]]
    return [f"{one['variable'].get('instance', '')}@{one['component'].get('evse', {}).get('id', 0)}" for one in found]


ONE_INSTANCE = {
    "component": {"name": "DeviceDataCtrlr"}, "variable": {"name": "ItemsPerMessage", "instance": "GetReport"},
}  # fmt: skip


@pytest.mark.parametrize("payload, expected", [
    ({"componentVariable": [variable("EVSE.AvailabilityState")]}, ["@1", "@2"]),
    ({"componentVariable": [{"component": {"name": "EVSE", "evse": {"id": 2}}, "variable": {"name": "Power"}}]}, ["@2"]),
    ({"componentVariable": [ONE_INSTANCE]}, ["GetReport@0"]),
    ({"componentVariable": [variable("DeviceDataCtrlr.ItemsPerMessage")]}, ["GetReport@0", "GetVariables@0", "SetVariables@0"]),
    ({"componentVariable": [variable("EVSE.AvailabilityState")], "componentCriteria": ["Problem"]}, ["EmptyResultSet"]),
    ({"componentVariable": [variable("EVSE.AvailabilityState")], "componentCriteria": ["Available"]}, ["@1", "@2"]),
])  # fmt: skip
def test_criteria_and_selection_limit_a_report(payload: dict[str, Any], expected: list[str]) -> None:
    assert report(Ladder(), payload) == expected


# ---- reset


def test_a_reset_ends_transactions_reboots_and_says_why() -> None:
    ladder = Ladder()
    ladder.charge()
    ladder.said.clear()
    assert ladder.call("Reset", {"type": "Immediate"}) == {"status": "Accepted"}
    ended = ladder.told("TransactionEvent")[0]
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "ResetCommand")
    assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    ladder.wait(5)
    assert ladder.station.rpc is None
    ladder.connect()
    assert [one["reason"] for one in ladder.told("BootNotification")] == ["RemoteReset"]


def test_a_reset_on_idle_waits_for_the_transaction() -> None:
    ladder = Ladder()
    ladder.charge()
    assert ladder.call("Reset", {"type": "OnIdle"}) == {"status": "Scheduled"}
    ladder.wait(20)
    assert ladder.station.powered and ladder.station.rpc is not None
    ladder.station.transactions.unplug(ladder.station.evses[0], ladder.now)
    ladder.wait(5)
    ladder.said.clear()
    ladder.connect()
    assert [one["reason"] for one in ladder.told("BootNotification")] == ["ScheduledReset"]


def test_a_reset_that_fails_is_tried_again() -> None:
    ladder = Ladder(provisioning={"failing_resets": 1})
    ladder.call("Reset", {"type": "OnIdle"})
    ladder.wait(3)
    assert ladder.station.rpc is not None
    ladder.wait(10)
    assert ladder.station.rpc is None


# ---- availability


def change(ladder: Ladder, status: str, **evse: int) -> str:
    answer = ladder.call("ChangeAvailability", {"operationalStatus": status, **({"evse": evse} if evse else {})})
    return str(answer["status"])


def test_availability_is_changed_at_three_levels_and_comes_back() -> None:
    ladder = Ladder(persona={"evses": [EvseSpec(connectors=["cType2", "cCCS2"]), EvseSpec()]})
    ladder.said.clear()
    assert change(ladder, "Inoperative", id=1, connectorId=2) == "Accepted"
    assert ladder.states() == [(1, "Unavailable")]
    assert change(ladder, "Inoperative") == "Accepted"
    assert ladder.states() == [(1, "Unavailable"), (2, "Unavailable")]
    assert change(ladder, "Operative") == "Accepted"
    assert ladder.states() == [(1, "Available"), (2, "Available")]  # 1.2 stays as it was set
    assert change(ladder, "Operative", id=1, connectorId=2) == "Accepted"
    assert ladder.states() == [(1, "Available")]
    assert change(ladder, "Inoperative", id=7) == "Rejected"


def test_a_change_waits_for_the_end_of_the_transaction_and_survives_a_reboot() -> None:
    ladder = Ladder()
    ladder.charge()
    ladder.said.clear()
    assert change(ladder, "Inoperative") == "Scheduled"
    assert ladder.states() == [(2, "Unavailable")]
    ladder.station.transactions.unplug(ladder.station.evses[0], ladder.now)
    ladder.wait(0.1)
    assert ladder.states() == [(1, "Unavailable")]
    ladder.station.provisioning.power_cycle(ladder.now)
    ladder.wait(5)
    ladder.connect()
    assert ladder.states() == [(1, "Unavailable"), (2, "Unavailable")]


@pytest.mark.parametrize("offline, expected", [(10, [(1, "Occupied")]), (100, [(1, "Occupied"), (2, "Available")])])
def test_what_is_reported_after_offline_times_depends_on_how_long_they_were(
    offline: float, expected: list[tuple[int, str]]
) -> None:
    ladder = Ladder()
    ladder.station.dropped(ladder.now)
    ladder.station.transactions.plug_in(ladder.station.evses[0], ladder.now)
    ladder.said.clear()
    ladder.wait(offline)
    ladder.connect()
    assert ladder.states() == expected
