"""Smart charging of the emulated station: the limit over time, transactions, external limits, priority, EVs that negotiate."""

from typing import Any

import pytest

from v2xconform.emulators.station.station import timestamp

START = 1767225600.0
TOKEN = {"idToken": "AABBCCDD", "type": "ISO14443"}


def profile(*limits: tuple[int, float], evse: int = 1, number: int = 1, purpose: str = "TxDefaultProfile", kind: str = "Absolute",
            at: float = 0.0, level: int = 0, schedule: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:  # fmt: skip
    """Return a SetChargingProfileRequest in watts; an absolute one starts `at` seconds."""
    made: dict[str, Any] = {
        "id": 1, "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": start, "limit": limit} for start, limit in limits or ((0, 4000.0),)],
    }  # fmt: skip
    if kind == "Absolute":
        made["startSchedule"] = timestamp(START + at)
    return {
        "evseId": evse,
        "chargingProfile": {
            "id": number, "stackLevel": level, "chargingProfilePurpose": purpose, "chargingProfileKind": kind,
            "chargingSchedule": [made | (schedule or {})], **more,
        },
    }  # fmt: skip


def charge(station: Any, evse: int = 1) -> str:
    """Let a transaction begin, and return its id."""
    place = station.station.evses[evse - 1]
    station.station.transactions.plug_in(place, station.now)
    station.station.transactions.authorize(place, TOKEN, station.now)
    station.wait(1)
    return str(station.station.transactions.at(place).id)


def power(station: Any, evse: int = 1) -> float:
    return float(station.station.evses[evse - 1].power_w())


def triggers(station: Any) -> list[str]:
    return [one["triggerReason"] for one in station.told("TransactionEvent")]


def accepted(station: Any, request: dict[str, Any]) -> None:
    assert station.call("SetChargingProfile", request) == {"status": "Accepted"}
    station.wait(0.5)


def test_the_power_follows_the_periods(rungs: Any) -> None:
    station = rungs()
    charge(station)
    assert power(station) == 11000
    accepted(station, profile((0, 6000.0), (60, 3000.0), (120, 0.0), (180, 5000.0), at=station.now))
    seen = []
    for _ in range(4):
        seen.append(power(station))
        station.wait(60)
    assert seen == [6000, 3000, 0, 5000]
    assert triggers(station).count("ChargingRateChanged") == 2
    states = [one["transactionInfo"]["chargingState"] for one in station.told("TransactionEvent")]
    assert "SuspendedEVSE" in states and states[-1] == "Charging"


def test_a_profile_of_a_transaction_goes_with_it(rungs: Any) -> None:
    station = rungs()
    number = charge(station)
    accepted(station, profile((0, 3000.0), purpose="TxProfile", kind="Relative", transactionId=number))
    assert power(station) == 3000
    station.station.transactions.unplug(station.station.evses[0], station.now)
    station.wait(1)
    assert list(station.station.smart_charging.store) == []
    charge(station)
    assert power(station) == 11000


def test_the_limit_of_the_station_is_shared(rungs: Any) -> None:
    station = rungs()
    accepted(station, profile((0, 10000.0), evse=0, purpose="ChargingStationMaxProfile"))
    charge(station)
    assert power(station) == 10000
    charge(station, 2)
    assert (power(station), power(station, 2)) == (5000, 5000)
    accepted(station, profile((0, 2000.0), evse=2, number=2))
    assert (power(station), power(station, 2)) == (8000, 2000)


def test_a_remote_start_brings_its_profile(rungs: Any) -> None:
    station = rungs()
    wanted = profile((0, 3000.0), purpose="TxProfile", kind="Relative")["chargingProfile"]
    start = {"idToken": TOKEN, "remoteStartId": 5, "evseId": 1, "chargingProfile": wanted}
    station.station.transactions.plug_in(station.station.evses[0], station.now)
    assert station.call("RequestStartTransaction", start)["status"] == "Accepted"
    station.wait(1)
    [one] = list(station.station.smart_charging.store)
    assert (one.transaction, power(station)) == (station.station.transactions.running[0].id, 3000)


def test_reports_are_grouped_and_the_last_one_says_so(rungs: Any) -> None:
    station = rungs()
    accepted(station, profile(evse=0, number=1, purpose="ChargingStationMaxProfile"))
    accepted(station, profile(number=2))
    accepted(station, profile(number=3, level=1))
    answer = station.call("GetChargingProfiles", {"requestId": 4, "chargingProfile": {"chargingLimitSource": ["CSO"]}})
    station.wait(1)
    reports = station.told("ReportChargingProfiles")
    assert answer == {"status": "Accepted"}
    assert [(one["evseId"], [p["id"] for p in one["chargingProfile"]]) for one in reports] == [(0, [1]), (1, [2, 3])]
    assert [one.get("tbc", False) for one in reports] == [True, False]


def test_what_survives_a_reboot(rungs: Any) -> None:
    station = rungs()
    number = charge(station)
    accepted(station, profile(number=1))
    accepted(station, profile(number=2, purpose="TxProfile", kind="Relative", transactionId=number))
    station.station.power_off(station.now)
    station.station.power_on(station.now)
    station.wait(5)
    assert [one.id for one in station.station.smart_charging.store] == [1]


def test_an_external_limit_is_obeyed_told_and_released(rungs: Any) -> None:
    station = rungs()
    charge(station)
    station.station.smart_charging.external_limit({"limit": 5000}, station.now)
    station.wait(1)
    assert power(station) == 5000
    [told] = station.told("NotifyChargingLimit")
    assert told["chargingLimit"] == {"chargingLimitSource": "EMS"} and told["chargingSchedule"]
    assert station.call("ClearChargingProfile", {"chargingProfileCriteria": {"evseId": 0}}) == {"status": "Unknown"}
    station.station.smart_charging.external_limit({"limit": 5010}, station.now)
    station.wait(1)
    assert len(station.told("NotifyChargingLimit")) == 1, "a change below LimitChangeSignificance is not told"
    station.station.smart_charging.external_release({}, station.now)
    station.wait(1)
    assert power(station) == 11000 and station.told("ClearedChargingLimit") == [{"chargingLimitSource": "EMS"}]


@pytest.mark.parametrize(("stays", "afterwards"), [(True, 9000), (False, 4000)])
def test_offline_for_too_long(rungs: Any, stays: bool, afterwards: float) -> None:
    station = rungs("ocpp2.1")
    charge(station)
    accepted(station, profile((0, 9000.0), number=1))
    accepted(station, profile(number=2, level=1, maxOfflineDuration=30, invalidAfterOfflineDuration=stays))
    station.station.dropped(station.now)
    station.station.connection.stop()
    for passed, limit in ((29, 4000), (3, 9000)):
        station.now += passed
        station.station.fire(station.now)
        assert power(station) == limit
    station.station.connected("ocpp2.1", station.now)
    station.wait(1)
    assert power(station) == afterwards


def test_priority_charging(rungs: Any) -> None:
    station = rungs("ocpp2.1")
    number = charge(station)
    accepted(station, profile(number=1))
    use = {"transactionId": number, "activate": True}
    assert station.call("UsePriorityCharging", use)["status"] == "NoProfile"
    accepted(station, profile((0, 9000.0), evse=0, number=2, purpose="PriorityCharging"))
    assert power(station) == 4000
    assert station.call("UsePriorityCharging", use)["status"] == "Accepted"
    station.wait(1)
    assert power(station) == 9000
    assert station.told("NotifyPriorityCharging") == [{"transactionId": number, "activated": True}]
    assert station.call("UsePriorityCharging", use | {"transactionId": "other"})["status"] == "Rejected"


def test_above_a_state_of_charge(rungs: Any) -> None:
    station = rungs("ocpp2.1")
    charge(station)
    accepted(station, profile((0, 9000.0), schedule={"limitAtSoC": {"soc": 41, "limit": 3000.0}}))
    assert power(station) == 9000
    station.wait(600 / 9 * 6)
    assert power(station) == 3000


def test_without_smart_charging_there_is_no_such_request(rungs: Any) -> None:
    station = rungs()
    station.station.variables.set("SmartChargingCtrlr.Enabled", False, station.now)
    assert station.call("SetChargingProfile", profile()) == {"error": "NotSupported"}


def test_an_ev_waits_for_its_profile(rungs: Any) -> None:
    station = rungs()
    station.answers["NotifyEVChargingNeeds"] = {"status": "Accepted"}
    evse = station.station.evses[0]
    station.station.smart_charging.plug_in_ev(evse, "ISO 15118-2", station.now)
    station.station.transactions.authorize(evse, TOKEN, station.now)
    station.wait(1)
    number = station.station.transactions.at(evse).id
    assert power(station) == 0 and len(station.told("NotifyEVChargingNeeds")) == 1
    station.answers["NotifyEVChargingSchedule"] = {"status": "Accepted"}
    accepted(station, profile((0, 6900.0), purpose="TxProfile", transactionId=number, at=station.now))
    station.wait(1)
    [told] = station.told("NotifyEVChargingSchedule")
    assert told["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 10.0
    assert 0 < power(station) <= 6900


def test_an_ev_charges_without_a_profile_after_a_minute(rungs: Any) -> None:
    station = rungs()
    station.answers["NotifyEVChargingNeeds"] = {"status": "Accepted"}
    evse = station.station.evses[0]
    station.station.smart_charging.plug_in_ev(evse, "ISO 15118-2", station.now)
    station.station.transactions.authorize(evse, TOKEN, station.now)
    station.wait(59)
    assert power(station) == 0
    station.wait(3)
    assert power(station) > 10000
