"""Bidirectional power transfer of the emulated station: services, set points, dynamic profiles, external systems."""

from typing import Any

import pytest

from v2xconform.emulators.station.station import timestamp
from v2xconform.lab.persona_ocpp import EvseSpec, StationPersona

START = 1767225600.0
TOKEN = {"idToken": "AABBCCDD", "type": "ISO14443"}
BOTH = StationPersona(role="station", name="test", evses=[EvseSpec(discharge_power_w=10000)])
ALL = ["AC_BPT", "AC_three_phase"]


def made(rungs: Any, allowed: list[str] | None = None, needs: str = "Accepted", **changes: Any) -> Any:
    """Return a booted station that can feed back."""
    station = type("V2xRungs", (rungs,), {"persona": BOTH})("ocpp2.1", **changes)
    answer: dict[str, Any] = {"idTokenInfo": {"status": "Accepted"}}
    station.answers["Authorize"] = answer | ({"allowedEnergyTransfer": allowed} if allowed else {})
    station.answers["NotifyEVChargingNeeds"] = {"status": needs}
    station.answers["NotifyEVChargingSchedule"] = {"status": "Accepted"}
    return station


def plug(station: Any, services: list[str] = ALL, dynamic: bool = True) -> str:
    """Plug in an EV and authorize it; return the transaction."""
    evse = station.station.evses[0]
    station.station.v2x.plug_in(evse, {"services": services, "dynamic": dynamic}, station.now)
    station.station.authorization.present(TOKEN, evse, station.now)
    station.wait(1)
    running = station.station.transactions.at(evse)
    return running.id if running is not None else ""


def profile(
    transaction: str, mode: str, kind: str = "Dynamic", number: int = 1, level: int = 1, **fields: Any
) -> dict[str, Any]:
    """Return a SetChargingProfileRequest; `schedule` and `profile` are further fields of those."""
    schedule: dict[str, Any] = {
        "id": 1, "chargingRateUnit": "W", **fields.pop("schedule", {}),
    }  # fmt: skip
    more = fields.pop("profile", {})
    schedule["chargingSchedulePeriod"] = fields.pop("periods", [{"startPeriod": 0, "operationMode": mode, **fields}])
    tree = {
        "id": number, "stackLevel": level, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": kind,
        "transactionId": transaction, "chargingSchedule": [schedule], **more,
    }  # fmt: skip
    return {"evseId": 1, "chargingProfile": tree}


def install(station: Any, request: dict[str, Any]) -> None:
    assert station.call("SetChargingProfile", request) == {"status": "Accepted"}
    station.wait(0.5)


def power(station: Any) -> float:
    return float(station.station.evses[0].power_w())


def requested(station: Any) -> list[str]:
    return [one["chargingNeeds"]["requestedEnergyTransfer"] for one in station.told("NotifyEVChargingNeeds")]


def test_what_is_allowed_is_asked_for(rungs: Any) -> None:
    station = made(rungs, ALL)
    plug(station)
    assert requested(station) == ["AC_BPT"]
    (needs,) = station.told("NotifyEVChargingNeeds")
    assert needs["chargingNeeds"]["availableEnergyTransfer"] == ALL
    assert needs["chargingNeeds"]["v2xChargingParameters"]["maxDischargePower"] == 10000
    token = next(one["idToken"] for one in station.told("TransactionEvent") if "idToken" in one)
    assert token["additionalInfo"][0]["type"] == "EVCCID"


def test_without_a_permission_the_ev_only_charges_until_it_has_one(rungs: Any) -> None:
    station = made(rungs)
    number = plug(station)
    assert requested(station) == ["AC_three_phase"]
    answer = station.call("NotifyAllowedEnergyTransfer", {"transactionId": number, "allowedEnergyTransfer": ALL})
    assert answer == {"status": "Accepted"}
    station.wait(1)
    assert requested(station) == ["AC_three_phase", "AC_BPT"]


def test_refused_needs_end_the_transaction_when_no_service_is_left(rungs: Any) -> None:
    station = made(rungs, ALL, needs="Rejected")
    plug(station)
    assert requested(station) == ALL
    last = station.told("TransactionEvent")[-1]
    assert (last["eventType"], last["triggerReason"]) == ("Ended", "AbnormalCondition")
    assert last["transactionInfo"]["stoppedReason"] == "ReqEnergyTransferRejected"


def test_set_points_are_followed_and_capped(rungs: Any) -> None:
    station = made(rungs, ALL)
    number = plug(station)
    install(station, profile(number, "CentralSetpoint", setpoint=-2000, limit=4000, dischargeLimit=-3000))
    seen = [power(station)]
    for setpoint in (-9000, 9000, 1000):
        update = {"chargingProfileId": 1, "scheduleUpdate": {"setpoint": setpoint}}
        assert station.call("UpdateDynamicSchedule", update) == {"status": "Accepted"}
        station.wait(1)
        seen.append(power(station))
    assert seen == [-2000, -3000, 4000, 1000]
    assert station.station.v2x.wanted_power(station.station.evses[0], station.now) == 1000


def test_the_meter_counts_what_is_fed_back(rungs: Any) -> None:
    station = made(rungs, ALL)
    number = plug(station)
    install(station, profile(number, "CentralSetpoint", setpoint=-3600))
    evse = station.station.evses[0]
    before = evse.exported_wh
    station.wait(100)
    evse.meter(station.now)
    assert evse.exported_wh - before == pytest.approx(100, abs=1)


def test_an_ev_that_only_charges_does_not_feed_back(rungs: Any) -> None:
    station = made(rungs, ["AC_three_phase"])
    number = plug(station)
    install(station, profile(number, "CentralSetpoint", setpoint=-2000))
    assert power(station) == 0


def test_a_dynamic_profile_runs_out_and_comes_back(rungs: Any) -> None:
    station = made(rungs, ALL)
    number = plug(station)
    install(station, profile(number, "ChargingOnly", kind="Relative", number=1, level=0, limit=6000))
    install(station, profile(number, "CentralSetpoint", number=2, setpoint=-2000, schedule={"duration": 30}))
    assert power(station) == -2000
    station.wait(35)
    assert power(station) == 6000
    station.call("UpdateDynamicSchedule", {"chargingProfileId": 2, "scheduleUpdate": {"setpoint": -1000}})
    station.wait(1)
    assert power(station) == -1000
    modes = [one["transactionInfo"].get("operationMode") for one in station.told("TransactionEvent")]
    assert [one for one in modes if one] == ["CentralSetpoint", "ChargingOnly", "CentralSetpoint"]


def test_values_are_asked_for_at_their_interval(rungs: Any) -> None:
    station = made(rungs, ALL)
    number = plug(station)
    station.answers["PullDynamicScheduleUpdate"] = {"status": "Accepted", "scheduleUpdate": {"setpoint": -4000}}
    begin = station.now
    install(station, profile(number, "CentralSetpoint", setpoint=-2000, profile={"dynUpdateInterval": 20}))
    station.wait(65)
    assert [round(at - begin) for at in station.times("PullDynamicScheduleUpdate")] == [20, 40, 60]
    assert power(station) == -4000
    known = station.station.smart_charging.store.find(1).profile
    assert known["dynUpdateTime"] == timestamp(START + station.times("PullDynamicScheduleUpdate")[-1])


def test_values_of_other_kinds_of_profiles_are_not_changed(rungs: Any) -> None:
    station = made(rungs, ALL)
    number = plug(station)
    install(station, profile(number, "ChargingOnly", kind="Relative", limit=6000))
    for wanted in (1, 99):
        answer = station.call("UpdateDynamicSchedule", {"chargingProfileId": wanted, "scheduleUpdate": {"limit": 1000}})
        assert answer["status"] == "Rejected"
    station.wait(1)
    assert power(station) == 6000


def test_external_values_go_into_the_profile_that_waits_for_them(rungs: Any) -> None:
    station = made(rungs, ALL)
    number = plug(station)
    install(station, profile(number, "ExternalSetpoint"))
    assert power(station) == 0
    station.station.dynamic_schedules.external({"evse": 1, "setpoint": -3000}, station.now)
    station.wait(1)
    assert power(station) == -3000
    assert station.told("NotifyChargingLimit") == []
    assert len(station.station.smart_charging.store.installed) == 1


def test_external_values_become_a_profile_where_none_waits(rungs: Any) -> None:
    station = made(rungs, ALL)
    number = plug(station)
    install(station, profile(number, "CentralSetpoint", setpoint=5000))
    external = station.station.dynamic_schedules.external
    external({"evse": 1, "limit": 4000, "dischargeLimit": -1000}, station.now)
    station.wait(1)
    external({"evse": 1, "limit": 3999, "dischargeLimit": -1000}, station.now)  # too small a change to be told
    station.wait(1)
    assert power(station) == 3999
    (told,) = station.told("NotifyChargingLimit")
    period = told["chargingSchedule"][0]["chargingSchedulePeriod"][0]
    assert (period["limit"], period["dischargeLimit"], period["operationMode"]) == (4000, -1000, "ExternalLimits")
    external({"evse": 1, "setpoint": -2000}, station.now)
    station.wait(1)
    assert power(station) == -2000
    station.station.variables.set("SmartChargingCtrlr.SetpointPriority", "CSMS", station.now)
    station.station.smart_charging.apply(station.now)
    assert power(station) == 5000


CURVE = [{"frequency": 49.8, "power": -4000}, {"frequency": 50.0, "power": 0}, {"frequency": 50.2, "power": 4000}]
SIGNALS = [{"signal": -100, "power": -2000}, {"signal": 100, "power": 2000}]


def test_the_frequency_of_the_grid_and_signals_are_followed(rungs: Any) -> None:
    station = made(rungs, ALL)
    number = plug(station)
    request = profile(
        number, "LocalFrequency", kind="Relative", v2xBaseline=500, v2xFreqWattCurve=CURVE, v2xSignalWattCurve=SIGNALS
    )
    signal = {"timestamp": timestamp(START + station.now + 5), "signal": 50}
    refused = station.call("AFRRSignal", signal)
    assert (refused["status"], refused["statusInfo"]["reasonCode"]) == ("Rejected", "NoSignalWattCurve")
    install(station, request)
    seen = [power(station)]
    for hertz in (49.9, 49.905, 50.1):  # the second change is below the threshold of 10 mHz
        station.station.v2x.move_grid({"frequency_hz": hertz}, station.now)
        seen.append(power(station))
    assert station.call("AFRRSignal", {**signal, "timestamp": timestamp(START + station.now + 5)}) == {
        "status": "Accepted"
    }
    station.wait(2)
    seen.append(power(station))
    station.wait(5)
    seen.append(power(station))
    assert seen == pytest.approx([500, -1500, -1500, 2500, 2500, 3500])


def test_the_upstream_meter_is_kept_between_its_thresholds(rungs: Any) -> None:
    station = made(rungs, ALL)
    number = plug(station)
    request = profile(number, "LocalLoadBalancing", kind="Relative", dischargeLimit=-4000)
    assert station.call("SetChargingProfile", request)["statusInfo"]["reasonCode"] == "MissingDevModelInfo"
    for name, value in (
        ("UpperThreshold", 5000),
        ("LowerThreshold", -1000),
        ("UpperOffset", -500),
        ("LowerOffset", 500),
    ):
        station.station.variables.set(f"V2XChargingCtrlr.LocalLoadBalancing[{name}]", value, station.now, evse=1)
    install(station, request)
    seen = []
    for load in (7000, 12000, -3000, 2000):
        station.station.v2x.move_grid({"load_w": load}, station.now)
        seen.append(power(station))
    assert seen == [-2500, -4000, 2500, 0]


def test_idle_sleeps_where_it_can(rungs: Any) -> None:
    station = made(rungs, ALL)
    number = plug(station)
    install(station, profile(number, "Idle", kind="Relative", evseSleep=True))
    assert power(station) == 0
    assert station.told("TransactionEvent")[-1]["evseSleep"] is True
    install(station, profile(number, "ChargingOnly", kind="Relative", limit=5000))
    assert "evseSleep" not in station.told("TransactionEvent")[-1]


def test_followers_hear_of_changes(rungs: Any) -> None:
    station = made(rungs, ALL)
    number = plug(station)
    heard: list[float | None] = []
    v2x = station.station.v2x
    v2x.followers.append(lambda evse, now: heard.append(v2x.wanted_power(evse, now)))
    install(station, profile(number, "CentralSetpoint", setpoint=-2000))
    assert heard[-1] == -2000


def test_measurands_of_the_mode_come_in_addition(rungs: Any) -> None:
    station = made(rungs, ALL)
    station.station.variables.set("SampledDataCtrlr.TxUpdatedInterval", 5, station.now)
    station.station.variables.set(
        "V2XChargingCtrlr.TxUpdatedMeasurands[CentralSetpoint]", "Frequency", station.now, evse=1
    )
    number = plug(station)
    install(station, profile(number, "CentralSetpoint", setpoint=-2000))
    station.wait(10)
    last = station.told("TransactionEvent")[-1]["meterValue"][0]["sampledValue"]
    assert "Frequency" in [one["measurand"] for one in last]


def test_a_car_without_a_common_service_asks_for_nothing(rungs: Any) -> None:
    station = made(rungs, ["AC_BPT"])
    plug(station, ["DC"])
    assert "NotifyEVChargingNeeds" not in [action for _, action, _ in station.said]
    assert power(station) == 0
