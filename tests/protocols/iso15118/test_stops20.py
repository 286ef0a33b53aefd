"""Every way in which a session comes to an orderly end, or goes on after one."""

import pytest

from v2xconform.protocols.iso15118.policy20 import EvccPolicy, SeccPolicy

from .ladder20 import Ladder, charger, ev

FOREVER = {"needs": {"leaves_after_s": None, "target_soc": 100}}


@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_the_car_stops(mode: str) -> None:
    ladder = Ladder(mode, ev(**FOREVER))
    ladder.at[f"{mode}_ChargeLoopReq"] = lambda: ladder.evcc.stop(ladder.now)
    ladder.run()
    assert len(ladder.trees(f"{mode}_ChargeLoopReq")) == 1
    assert ladder.last("PowerDeliveryReq")["ChargeProgress"] == "Stop"
    assert ladder.last("SessionStopReq")["ChargingSession"] == "Terminate"
    assert ladder.evcc.ended and ladder.evcc.ended.orderly


@pytest.mark.parametrize(("mode", "control", "delay"), [("AC", "Scheduled", 0), ("DC", "Dynamic", 60)])
def test_the_station_stops(mode: str, control: str, delay: int) -> None:
    ladder = Ladder(mode, ev(control_modes=[control], **FOREVER))
    ladder.at[f"{mode}_ChargeLoopReq"] = lambda: ladder.secc.stop(ladder.now)
    ladder.run()
    assert len(ladder.trees(f"{mode}_ChargeLoopReq")) == 2
    assert ladder.last(f"{mode}_ChargeLoopRes")["EVSEStatus"] == {
        "NotificationMaxDelay": delay,
        "EVSENotification": "Terminate",
    }
    assert ladder.evcc.ended and ladder.evcc.ended.orderly
    assert ladder.secc.notification is None


def test_a_car_that_does_not_obey_is_asked_again_and_again() -> None:
    ladder = Ladder("DC", ev(), evcc_policy=EvccPolicy(ignores_evse_stop=True))
    ladder.at["DC_ChargeLoopReq"] = lambda: ladder.secc.stop(ladder.now)
    ladder.run()
    asked = [tree for tree in ladder.trees("DC_ChargeLoopRes") if "EVSEStatus" in tree]
    assert len(asked) > 10
    assert len(ladder.trees("DC_ChargeLoopRes")) == len(asked) + 1


@pytest.mark.parametrize("mode", ["AC", "DC"])
@pytest.mark.parametrize("who", ["car", "station"])
def test_pause_and_resume(mode: str, who: str) -> None:
    first = Ladder(mode, ev(**FOREVER))
    wish = {
        "car": lambda: first.evcc.stop(first.now, "Pause"),
        "station": lambda: first.secc.notify("Pause", first.now),
    }
    first.at[f"{mode}_ChargeLoopReq"] = wish[who]
    first.run()
    assert first.last("SessionStopReq")["ChargingSession"] == "Pause"
    assert first.evcc.state == first.secc.state == "Paused"
    assert first.evcc.ended and first.evcc.ended.orderly

    second = Ladder(mode, ev(), evcc_resumes=first.evcc.paused, secc_resumes=first.secc.paused, seed=2).run()
    assert second.rungs[:2] == ["SessionSetupReq", f"{mode}_ChargeParameterDiscoveryReq"]
    assert second.last("SessionSetupRes")["ResponseCode"] == "OK_OldSessionJoined"
    assert second.secc.session_id == first.secc.session_id
    assert second.evcc.ended and second.evcc.ended.orderly
    assert second.evcc.resumed


def test_a_station_that_has_forgotten_begins_anew() -> None:
    first = Ladder("DC", ev(**FOREVER))
    first.at["DC_ChargeLoopReq"] = lambda: first.evcc.stop(first.now, "Pause")
    first.run()
    second = Ladder("DC", ev(), evcc_resumes=first.evcc.paused, seed=2).run()
    assert second.trees("SessionSetupReq")[0]["Header"]["SessionID"] == first.secc.session_id
    assert second.last("SessionSetupRes")["ResponseCode"] == "OK_NewSessionEstablished"
    assert second.secc.session_id != first.secc.session_id
    assert second.rungs[1] == "AuthorizationSetupReq"
    assert second.evcc.ended and second.evcc.ended.orderly


def test_the_station_asks_for_a_pause_with_the_schedule() -> None:
    ladder = Ladder("DC", ev(), charger(go_to_pause=True)).run()
    assert ladder.rungs[-2:] == ["ScheduleExchangeReq", "SessionStopReq"]
    assert ladder.evcc.state == "Paused"


@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_services_are_renegotiated(mode: str) -> None:
    ladder = Ladder(mode, ev(**FOREVER))

    def again() -> None:
        ladder.at[f"{mode}_ChargeParameterDiscoveryReq"] = once_more

    def once_more() -> None:
        ladder.at[f"{mode}_ChargeLoopReq"] = lambda: ladder.evcc.stop(ladder.now)

    def renegotiate() -> None:
        ladder.secc.notify("ServiceRenegotiation", ladder.now)
        again()

    ladder.at[f"{mode}_ChargeLoopReq"] = renegotiate
    ladder.run()
    assert [tree["ChargingSession"] for tree in ladder.trees("SessionStopReq")] == ["ServiceRenegotiation", "Terminate"]
    after = ladder.rungs[ladder.rungs.index("SessionStopReq") :]
    assert after[:4] == ["SessionStopReq", "ServiceDiscoveryReq", "ServiceDetailReq", "ServiceSelectionReq"]
    assert len(ladder.trees("AuthorizationReq")) == 1
    assert ladder.evcc.ended and ladder.evcc.ended.orderly


@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_a_schedule_is_renegotiated_without_a_second_cable_check(mode: str) -> None:
    ladder = Ladder(mode, ev())
    ladder.at[f"{mode}_ChargeLoopReq"] = lambda: ladder.secc.notify("ScheduleRenegotiation", ladder.now)
    ladder.run()
    progress = [tree["ChargeProgress"] for tree in ladder.trees("PowerDeliveryReq")]
    assert progress == ["Start", "ScheduleRenegotiation", "Start", "Stop"]
    loop = f"{mode}_ChargeLoopReq"
    index = ladder.rungs.index(loop)
    assert ladder.rungs[index : index + 5] == [
        loop,
        "PowerDeliveryReq",
        "ScheduleExchangeReq",
        "PowerDeliveryReq",
        loop,
    ]
    assert ladder.evcc.ended and ladder.evcc.ended.orderly


def test_a_station_can_refuse_a_new_schedule() -> None:
    ladder = Ladder("DC", ev(), secc_policy=SeccPolicy(renegotiates_schedule=False))
    ladder.at["DC_ChargeLoopReq"] = lambda: ladder.evcc.renegotiate_schedule(ladder.now)
    ladder.run()
    assert "WARNING_ScheduleRenegotiationFailed" in [tree["ResponseCode"] for tree in ladder.trees("PowerDeliveryRes")]
    assert len(ladder.trees("ScheduleExchangeReq")) == 1
    assert ladder.evcc.ended and ladder.evcc.ended.orderly


@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_standby_and_back(mode: str) -> None:
    ladder = Ladder(mode, ev(), secc_policy=SeccPolicy(standby_allowed=True))
    seen: list[str] = []

    def standby() -> None:
        ladder.evcc.standby(ladder.now)
        ladder.at["PowerDeliveryReq"] = in_standby

    def in_standby() -> None:
        seen.append(ladder.secc.state)
        ladder.at[f"{mode}_ChargeLoopReq"] = lambda: ladder.secc.notify("ExitStandby", ladder.now)

    ladder.at[f"{mode}_ChargeLoopReq"] = standby
    ladder.run()
    assert seen == ["Standby"]
    assert [tree["ChargeProgress"] for tree in ladder.trees("PowerDeliveryReq")] == [
        "Start",
        "Standby",
        "Start",
        "Stop",
    ]
    assert ladder.evcc.ended and ladder.evcc.ended.orderly


def test_standby_can_be_refused() -> None:
    ladder = Ladder("DC", ev())
    ladder.at["DC_ChargeLoopReq"] = lambda: ladder.evcc.standby(ladder.now)
    ladder.run()
    assert ladder.trees("PowerDeliveryRes")[1]["ResponseCode"] == "WARNING_StandbyNotAllowed"
    assert ladder.evcc.ended and ladder.evcc.ended.orderly


@pytest.mark.parametrize(
    "request_name",
    ["AuthorizationSetupReq", "AuthorizationReq", "ServiceDiscoveryReq", "ServiceDetailReq", "ServiceSelectionReq",
     "DC_ChargeParameterDiscoveryReq", "ScheduleExchangeReq", "DC_CableCheckReq"],
)  # fmt: skip
def test_the_car_can_leave_before_the_voltage_is_on(request_name: str) -> None:
    ladder = Ladder("DC", ev())
    ladder.at[request_name] = lambda: ladder.evcc.stop(ladder.now)
    ladder.run()
    assert ladder.rungs[-2:] == [request_name, "SessionStopReq"]
    assert ladder.evcc.ended and ladder.evcc.ended.orderly
    assert ladder.secc.state == "Ended"


def test_once_the_voltage_is_on_power_delivery_is_stopped_first() -> None:
    ladder = Ladder("DC", ev())
    ladder.at["DC_PreChargeReq"] = lambda: ladder.evcc.stop(ladder.now)
    ladder.run()
    assert ladder.rungs[-4:] == ["DC_PreChargeReq", "PowerDeliveryReq", "DC_WeldingDetectionReq", "SessionStopReq"]
    assert ladder.last("PowerDeliveryReq")["ChargeProgress"] == "Stop"


def test_welding_detection_can_be_left_out() -> None:
    ladder = Ladder("DC", ev(), evcc_policy=EvccPolicy(welding_detection=False)).run()
    assert ladder.rungs[-2:] == ["PowerDeliveryReq", "SessionStopReq"]
    assert ladder.evcc.ended and ladder.evcc.ended.orderly


def test_a_slow_discharge_is_watched_down_to_60_v() -> None:
    ladder = Ladder("DC", ev(), charger(path={"decay_v_per_s": 200})).run()
    volts = [tree["EVSEPresentVoltage"]["Value"] for tree in ladder.trees("DC_WeldingDetectionRes")]
    progress = [tree["EVProcessing"] for tree in ladder.trees("DC_WeldingDetectionReq")]
    assert len(volts) > 3
    assert progress == ["Ongoing"] * (len(progress) - 1) + ["Finished"]


def test_a_car_without_a_matching_service_leaves() -> None:
    ladder = Ladder("DC", ev(services=["DC"]), charger(services=["DC_BPT"])).run()
    assert ladder.rungs[-2:] == ["ServiceDiscoveryReq", "SessionStopReq"]
    assert "no energy service of the station can be used" in ladder.evcc.notes


def test_a_car_without_a_matching_control_mode_leaves() -> None:
    car, station = ev(services=["DC_BPT", "DC"], control_modes=["Dynamic"]), charger(control_modes=["Scheduled"])
    ladder = Ladder("DC", car, station).run()
    assert ladder.rungs[-2:] == ["ServiceDetailReq", "SessionStopReq"]
    assert [tree["ServiceID"] for tree in ladder.trees("ServiceDetailReq")] == [6, 2]


def test_pnc_on_offer_is_answered_with_eim_when_there_is_a_choice() -> None:
    ladder = Ladder("DC", ev(), charger(authorization=["PnC", "EIM"])).run()
    assert ladder.last("AuthorizationReq")["SelectedAuthorizationService"] == "EIM"
    assert len(ladder.last("AuthorizationSetupRes")["PnC_ASResAuthorizationMode"]["GenChallenge"]) == 24
    assert ladder.evcc.ended and ladder.evcc.ended.orderly


def test_pnc_alone_makes_a_car_without_contract_leave() -> None:
    ladder = Ladder("DC", ev(), charger(authorization=["PnC"])).run()
    assert ladder.rungs[-2:] == ["AuthorizationSetupReq", "SessionStopReq"]
