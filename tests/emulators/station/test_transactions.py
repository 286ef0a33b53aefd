"""Blocks C to J of the emulated station, as ladders: drivers act, the CSMS answers, time goes by."""

from collections.abc import Callable
from typing import Any

import pytest

from v2xconform.emulators.station import Station
from v2xconform.emulators.station.connection import NetworkProfile
from v2xconform.lab.persona_ocpp import StationPersona
from v2xconform.protocols.ocpp import Version, frames, rules, schemas

TOKEN = {"idToken": "AABBCCDD", "type": "ISO14443"}
OTHER = {"idToken": "AABBCC11", "type": "ISO14443"}
GROUP = {"idToken": "GROUP1", "type": "Central"}
BOOT = {"currentTime": "2026-01-01T00:00:02Z", "interval": 86400, "status": "Accepted"}


class Ladder:
    """A booted station whose CSMS is this test: valid by schema and rules, whatever it says."""

    def __init__(self, version: Version = "ocpp2.0.1", variables: dict[str, Any] | None = None, **policy: Any) -> None:
        self.now, self.number, self.silent = 0.0, 0, False
        self.version = version
        self.status: dict[str, dict[str, Any]] = {}
        """idToken -> IdTokenInfo."""
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.answer: dict[str, Any] = {}
        persona = StationPersona(role="station", name="test", variables=variables or {})
        self.station = Station(
            persona, version, NetworkProfile("ws://csms.lab", 0), identity="ST-1", utc=lambda: 1767225600.0 + self.now,
            new_id=self._id, chance=lambda: 0.0, changes=policy,
        )  # fmt: skip
        self.evse = self.station.evses[0]
        self.station.power_on(0.0)
        self.wait(2.0)
        self.connect()
        self.said.clear()

    def _id(self) -> str:
        self.number += 1
        return f"id-{self.number:08}"

    def connect(self) -> None:
        """Open the connection."""
        self.station.connected(self.version, self.now)
        self._talk()

    def drop(self) -> None:
        """Let the connection break."""
        self.station.dropped(self.now)

    def wait(self, seconds: float) -> "Ladder":
        """Let time go by, one entry of the station's agenda after the other."""
        until = self.now + seconds
        while (due := self.station.timer()) is not None and due <= until:
            self.now = max(self.now, due)
            self.station.fire(self.now)
            self._talk()
        self.now = until
        return self

    def do(self, deed: Callable[..., None], *arguments: Any, **more: Any) -> "Ladder":
        """A driver or the world does something."""
        deed(*arguments, now=self.now, **more)
        self._talk()
        return self.wait(0.0)

    def plug(self) -> "Ladder":
        return self.do(self.station.transactions.plug_in, self.evse)

    def unplug(self) -> "Ladder":
        return self.do(self.station.transactions.unplug, self.evse)

    def present(self, token: dict[str, Any] = TOKEN) -> "Ladder":
        return self.do(self.station.authorization.present, token, self.evse)

    def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return the answer."""
        self.station.receive(frames.call(self._id(), action, payload), self.now)
        self._talk()
        self.wait(0.0)
        return self.answer

    def _talk(self) -> None:
        while waiting := list(self.station.outgoing()):
            for frame in waiting:
                if frame.type != frames.CALL:
                    self.answer = frame.payload or {"error": frame.code}
                    continue
                name = f"{frame.action}Request"
                assert not schemas.violations(self.version, name, frame.payload), frame.payload
                broken = [rule.requirement for rule, _ in rules.broken(self.version, name, frame.payload)]
                self.said.append((frame.action, {**frame.payload, "broken": broken} if broken else frame.payload))
                if not (self.silent and frame.action == "TransactionEvent"):
                    self.station.receive(frames.result(frame.id, self._answer(frame.action, frame.payload)), self.now)

    def _answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        if action == "BootNotification":
            return BOOT
        if action == "Heartbeat":
            return {"currentTime": "2026-01-01T00:00:00Z"}
        if "idToken" in payload:
            info = self.status.get(payload["idToken"]["idToken"], {"status": "Accepted"})
            return {"idTokenInfo": info}
        return {"status": "Accepted"} if action == "DataTransfer" else {}

    @property
    def events(self) -> list[dict[str, Any]]:
        """TransactionEvents."""
        return [payload for action, payload in self.said if action == "TransactionEvent"]

    def rungs(self) -> list[str]:
        """TransactionEvents in short: kind, trigger, state, reason."""
        return [
            " ".join([
                one["eventType"], one["triggerReason"], one["transactionInfo"].get("chargingState", "-"),
                *([one["transactionInfo"]["stoppedReason"]] if "stoppedReason" in one["transactionInfo"] else []),
                *(["offline"] if one.get("offline") else []),
            ])
            for one in self.events
        ]  # fmt: skip

    def asked(self) -> list[str]:
        """Tokens that the CSMS was asked about."""
        return [payload["idToken"]["idToken"] for action, payload in self.said if action == "Authorize"]


def points(start: str, stop: str = "Authorized", **more: Any) -> dict[str, Any]:
    return {"TxCtrlr.TxStartPoint": start, "TxCtrlr.TxStopPoint": stop, **more}


@pytest.mark.parametrize(
    "start, rungs",
    [
        ("EVConnected", ["Started CablePluggedIn EVConnected", "Updated Authorized EVConnected",
                         "Updated ChargingStateChanged Charging"]),
        ("Authorized", ["Started Authorized EVConnected", "Updated ChargingStateChanged Charging"]),
        ("PowerPathClosed", ["Started Authorized EVConnected", "Updated ChargingStateChanged Charging"]),
        ("EnergyTransfer", ["Started ChargingStateChanged Charging"]),
    ],
)  # fmt: skip
def test_a_transaction_starts_at_its_start_point(start: str, rungs: list[str]) -> None:
    ladder = Ladder(variables=points(start)).plug().present()
    assert ladder.rungs() == rungs
    told = next(one for one in ladder.events if "idToken" in one)
    assert told["idToken"] == TOKEN and ladder.asked() == ["AABBCCDD"]
    assert [one["seqNo"] for one in ladder.events] == list(range(len(rungs)))
    assert next(one["evse"] for one in ladder.events if "evse" in one) == {"id": 1, "connectorId": 1}


def test_an_ev_in_the_bay_and_a_signed_value_start_too() -> None:
    bay = Ladder(variables=points("ParkingBayOccupancy", "ParkingBayOccupancy"))
    bay.do(bay.station.transactions.park, bay.evse).plug().present().present().unplug()
    bay.do(bay.station.transactions.unpark, bay.evse)
    assert bay.rungs()[0] == "Started EVDetected Idle" and bay.rungs()[-1] == "Ended EVDeparted Idle Local"
    signed = Ladder(variables=points("DataSigned", **{"SampledDataCtrlr.SignReadings": True})).present().plug()
    assert signed.rungs() == ["Started SignedDataReceived EVConnected", "Updated ChargingStateChanged Charging"]
    value = signed.events[0]["meterValue"][0]["sampledValue"][0]
    assert value["context"] == "Transaction.Begin" and value["signedMeterValue"]["encodingMethod"] == "OCMF"


@pytest.mark.parametrize(
    "stop, rungs",
    [
        ("Authorized", ["Ended StopAuthorized EVConnected Local"]),
        ("PowerPathClosed", ["Ended StopAuthorized EVConnected Local"]),
        ("EnergyTransfer", ["Ended StopAuthorized EVConnected Local"]),
        ("EVConnected", ["Updated StopAuthorized EVConnected", "Ended EVCommunicationLost Idle Local"]),
    ],
)
def test_a_transaction_ends_at_its_stop_point(stop: str, rungs: list[str]) -> None:
    ladder = Ladder(variables=points("EVConnected,Authorized", stop)).plug().present()
    ladder.said.clear()
    ladder.present().unplug()
    assert ladder.rungs() == rungs and ladder.asked() == []
    assert ladder.station.transactions.running == []


def test_a_pulled_cable_ends_or_not() -> None:
    ends = Ladder(variables=points("EVConnected", "Authorized")).plug().present().unplug()
    assert ends.rungs()[-1] == "Ended EVCommunicationLost Idle EVDisconnected"
    stays = Ladder(variables=points("EVConnected", "Authorized", **{"TxCtrlr.StopTxOnEVSideDisconnect": False}))
    stays.plug().present().unplug().plug()
    assert stays.rungs()[3:] == [
        "Updated EVCommunicationLost Idle", "Updated CablePluggedIn EVConnected", "Updated ChargingStateChanged Charging",
    ]  # fmt: skip


def test_nobody_connects_in_time() -> None:
    ladder = Ladder(variables=points("Authorized", "Authorized", **{"TxCtrlr.EVConnectionTimeOut": 20})).present()
    ladder.wait(21).plug()
    assert ladder.rungs() == ["Started Authorized Idle", "Ended EVConnectTimeout Idle Timeout"]


def test_the_ev_pauses_and_goes_on() -> None:
    ladder = Ladder().plug().present()
    ladder.do(ladder.station.transactions.ev_pauses, ladder.evse).do(
        ladder.station.transactions.ev_resumes, ladder.evse
    )
    assert ladder.rungs()[-2:] == ["Updated ChargingStateChanged SuspendedEV", "Updated ChargingStateChanged Charging"]
    stops = Ladder(variables=points("EVConnected", "EnergyTransfer")).plug().present()
    stops.do(stops.station.transactions.ev_pauses, stops.evse)
    assert stops.rungs()[-1] == "Ended ChargingStateChanged SuspendedEV StoppedByEV"


# ---- remote


def test_a_remote_start_is_told_by_the_next_event_whatever_it_is() -> None:
    ladder = Ladder(variables=points("EVConnected"))
    start = {"idToken": TOKEN, "remoteStartId": 7, "evseId": 1}
    assert ladder.call("RequestStartTransaction", start) == {"status": "Accepted"}
    assert ladder.events == []
    ladder.plug()
    first = ladder.events[0]
    assert first["triggerReason"] == "RemoteStart" and first["idToken"] == TOKEN
    assert first["transactionInfo"]["remoteStartId"] == 7
    assert "remoteStartId" not in ladder.events[1]["transactionInfo"]
    assert ladder.call("RequestStartTransaction", start)["status"] == "Rejected"
    number = first["transactionInfo"]["transactionId"]
    assert ladder.call("RequestStopTransaction", {"transactionId": "nobody"})["status"] == "Rejected"
    assert ladder.call("RequestStopTransaction", {"transactionId": number})["status"] == "Accepted"
    assert ladder.rungs()[-1] == "Ended RemoteStop EVConnected Remote"


def test_a_remote_stop_that_ends_nothing_gives_its_reason_at_the_end() -> None:
    ladder = Ladder(variables=points("EVConnected", "EVConnected")).plug().present()
    ladder.call("RequestStopTransaction", {"transactionId": ladder.events[0]["transactionInfo"]["transactionId"]})
    ladder.unplug()
    assert ladder.rungs()[-2:] == ["Updated RemoteStop EVConnected", "Ended EVCommunicationLost Idle Remote"]


def test_triggers_are_sent_after_the_answer() -> None:
    ladder = Ladder().plug().present()
    ladder.said.clear()
    assert ladder.call("TriggerMessage", {"requestedMessage": "TransactionEvent"}) == {"status": "Accepted"}
    assert ladder.rungs() == ["Updated Trigger Charging"]
    assert ladder.events[0]["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
    ladder.call("TriggerMessage", {"requestedMessage": "MeterValues"})
    assert [one["evseId"] for action, one in ladder.said if action == "MeterValues"] == [1, 2]
    unknown = ladder.call("TriggerMessage", {"requestedMessage": "SignCombinedCertificate"})
    assert unknown == {"status": "NotImplemented"}


# ---- offline


def test_offline_events_are_kept_marked_and_sent() -> None:
    ladder = Ladder(variables={"SampledDataCtrlr.TxUpdatedInterval": 10}).plug().present()
    ladder.drop()
    ladder.wait(25).present().unplug()
    ladder.said.clear()
    number = ladder.station.transactions.queue.events[0].transaction
    ladder.connect()
    assert ladder.rungs() == [
        "Updated MeterValuePeriodic Charging offline", "Updated MeterValuePeriodic Charging offline",
        "Ended StopAuthorized EVConnected Local offline",
    ]  # fmt: skip
    assert ladder.call("GetTransactionStatus", {"transactionId": number}) == {
        "messagesInQueue": False, "ongoingIndicator": False,
    }  # fmt: skip
    assert ladder.call("GetTransactionStatus", {}) == {"messagesInQueue": False}


def test_a_short_memory_drops_every_other_update_and_nothing_else() -> None:
    ladder = Ladder(
        variables={"SampledDataCtrlr.TxUpdatedInterval": 10}, transactions={"queue_capacity": 5}
    ).plug().present()  # fmt: skip
    ladder.drop()
    ladder.wait(95).present().unplug()
    kept = [event.payload for event in ladder.station.transactions.queue.events]
    assert len(kept) <= 6 and kept[-1]["eventType"] == "Ended"
    numbers = [one["seqNo"] for one in kept]
    assert numbers == sorted(numbers)


def test_failed_events_are_repeated_at_growing_intervals_and_given_up() -> None:
    ladder = Ladder(variables={"OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]": 10})
    ladder.silent, began, times = True, ladder.now, []
    ladder.plug()
    seen = 0
    for _ in range(200):
        ladder.wait(1.0)
        if len(ladder.events) > seen:
            seen = len(ladder.events)
            times.append(round(ladder.now - began))
    # timeout 30 s, then 10 s and 20 s more; after the third failure the event is given up
    assert times[:3] == [1, 40, 90] and len(ladder.events) == 3
    assert not ladder.station.transactions.queue.waits()


# ---- tokens


def test_a_refused_token_does_not_charge() -> None:
    ladder = Ladder(variables=points("Authorized"))
    ladder.status["AABBCCDD"] = {"status": "Blocked"}
    ladder.plug().present()
    assert ladder.events == [] and ladder.asked() == ["AABBCCDD"]


@pytest.mark.parametrize(
    "variables, rung",
    [
        ({}, "Ended Deauthorized EVConnected DeAuthorized"),
        ({"TxCtrlr.TxStopPoint": "EVConnected"}, "Updated Deauthorized EVConnected"),
        ({"TxCtrlr.StopTxOnInvalidId": False}, "Updated ChargingStateChanged SuspendedEVSE"),
    ],
)
def test_a_token_that_is_refused_later_stops(variables: dict[str, Any], rung: str) -> None:
    ladder = Ladder(variables=variables, authorization={"asks": False})
    ladder.status["AABBCCDD"] = {"status": "Invalid"}
    ladder.plug().present()
    assert ladder.rungs()[-1] == rung and ladder.evse.power_w() == 0


def test_some_energy_is_given_to_a_token_that_is_refused_later() -> None:
    variables = {"TxCtrlr.StopTxOnInvalidId": False, "TxCtrlr.MaxEnergyOnInvalidId": 110}
    ladder = Ladder(variables=variables, authorization={"asks": False})
    ladder.status["AABBCCDD"] = {"status": "Invalid"}
    ladder.plug().present().wait(30)
    assert ladder.rungs()[-1] == "Updated ChargingStateChanged Charging"
    ladder.wait(10)  # 110 Wh at 11 kW are 36 s
    assert ladder.rungs()[-1] == "Updated ChargingStateChanged SuspendedEVSE"
    assert ladder.evse.energy_wh == pytest.approx(110, abs=1)


def test_the_group_stops_and_strangers_do_not() -> None:
    ladder = Ladder()
    ladder.status["AABBCCDD"] = {"status": "Accepted", "groupIdToken": GROUP}
    ladder.plug().present().present(OTHER)
    assert ladder.rungs()[-1].startswith("Updated")
    ladder.status["AABBCC11"] = {"status": "Accepted", "groupIdToken": GROUP}
    ladder.present(OTHER)
    assert ladder.rungs()[-1] == "Ended StopAuthorized EVConnected Local" and ladder.events[-1]["idToken"] == OTHER


def test_a_master_pass_stops_all_and_starts_nothing() -> None:
    ladder = Ladder(variables={"AuthCtrlr.MasterPassGroupId": "GROUP1"}).plug().present()
    ladder.status["AABBCC11"] = {"status": "Accepted", "groupIdToken": GROUP}
    ladder.present(OTHER)
    assert ladder.rungs()[-1] == "Ended StopAuthorized EVConnected MasterPass"
    ladder.present(OTHER)
    assert ladder.station.transactions.running == []


def test_the_cache_lives_as_long_as_it_should() -> None:
    ladder = Ladder(variables={"AuthCtrlr.LocalPreAuthorize": True, "AuthCacheCtrlr.LifeTime": 60})
    for _ in range(2):
        ladder.plug().present().present().unplug()
    assert ladder.asked() == ["AABBCCDD"]
    ladder.wait(61).plug().present()
    assert ladder.asked() == ["AABBCCDD", "AABBCCDD"]
    assert ladder.call("ClearCache", {}) == {"status": "Accepted"} and not ladder.station.authorization.cache.entries


def test_the_list_counts_more_than_the_cache() -> None:
    ladder = Ladder(variables={"AuthCtrlr.LocalPreAuthorize": True}).present().present()
    listed = {"versionNumber": 3, "updateType": "Full", "localAuthorizationList": [
        {"idToken": TOKEN, "idTokenInfo": {"status": "Invalid"}}]}  # fmt: skip
    assert ladder.call("SendLocalList", listed) == {"status": "Accepted"}
    assert ladder.call("SendLocalList", {**listed, "updateType": "Differential"}) == {"status": "VersionMismatch"}
    twins = {**listed, "localAuthorizationList": listed["localAuthorizationList"] * 2}  # type: ignore[operator]
    assert ladder.call("SendLocalList", twins)["status"] == "Failed"
    ladder.drop()
    ladder.said.clear()
    ladder.plug().present()
    assert ladder.station.transactions.holder(ladder.evse) is None
    ladder.connect()
    assert ladder.call("GetLocalListVersion", {}) == {"versionNumber": 3}


# ---- meter values


def test_meter_values_are_sampled_kept_and_aligned() -> None:
    variables = {
        "SampledDataCtrlr.TxUpdatedInterval": 10, "SampledDataCtrlr.TxEndedInterval": 10, "AlignedDataCtrlr.Interval": 30,
        "AlignedDataCtrlr.TxEndedInterval": 30,
    }  # fmt: skip
    ladder = Ladder(variables=variables)
    ladder.wait(1.0).plug().present().wait(58.0).present()
    periodic = [one for one in ladder.events if one["triggerReason"] == "MeterValuePeriodic"]
    clock = [one["meterValue"][0]["timestamp"] for one in ladder.events if one["triggerReason"] == "MeterValueClock"]
    assert len(periodic) == 5 and clock == ["2026-01-01T00:00:30.000Z", "2026-01-01T00:01:00.000Z"]
    idle = [one["evseId"] for action, one in ladder.said if action == "MeterValues"]
    assert idle == [0, 2, 0, 2]
    contexts = [one["sampledValue"][0]["context"] for one in ladder.events[-1]["meterValue"]]
    assert (
        contexts.count("Sample.Periodic") == 5
        and contexts.count("Sample.Clock") == 2
        and contexts[-1] == "Transaction.End"
    )
    assert not any("broken" in payload for _, payload in ladder.said)


def test_where_the_evse_shows_later_the_beginning_is_measured_later() -> None:
    ladder = Ladder(variables=points("Authorized"), transactions={"knows_evse": False}).present()
    assert "evse" not in ladder.events[0] and "meterValue" not in ladder.events[0]
    ladder.plug()
    assert ladder.events[-1]["meterValue"][0]["sampledValue"][0]["context"] == "Transaction.Begin"


# ---- reservations


def reserve(ladder: Ladder, number: int = 5, seconds: int = 60, **more: Any) -> str:
    until = f"2026-01-01T00:{int(ladder.now + seconds) // 60:02}:{int(ladder.now + seconds) % 60:02}Z"
    tree = {"id": number, "expiryDateTime": until, "idToken": TOKEN, **more}
    return str(ladder.call("ReserveNow", tree)["status"])


def test_a_reservation_holds_is_used_and_expires() -> None:
    ladder = Ladder(variables=points("Authorized"))
    assert reserve(ladder, evseId=1) == "Accepted" and ladder.evse.reserved_for is not None
    assert reserve(ladder, 6, evseId=1, idToken=OTHER) == "Occupied"
    ladder.present(OTHER)
    assert ladder.events == []
    ladder.present()
    assert ladder.events[0]["reservationId"] == 5 and ladder.evse.reserved_for is None
    ladder.present()
    assert reserve(ladder, 7, evseId=2) == "Accepted"
    ladder.wait(61)
    updates = [payload for action, payload in ladder.said if action == "ReservationStatusUpdate"]
    assert updates == [{"reservationId": 7, "reservationUpdateStatus": "Expired"}]


def test_as_many_reservations_as_evses_make_them_reserved() -> None:
    ladder = Ladder()
    assert reserve(ladder, 1) == "Accepted" and ladder.station.evses[0].reserved_for is None
    assert reserve(ladder, 2, idToken=OTHER) == "Accepted"
    assert all(evse.reserved_for is not None for evse in ladder.station.evses)
    assert reserve(ladder, 3, idToken=GROUP) == "Occupied"
    assert ladder.call("CancelReservation", {"reservationId": 1}) == {"status": "Accepted"}
    assert ladder.call("CancelReservation", {"reservationId": 1}) == {"status": "Rejected"}
