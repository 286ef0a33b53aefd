"""Every timer: the table, and each one expiring in a session."""

from typing import Any

import pytest

from v2xconform.protocols.iso15118 import timers20
from v2xconform.protocols.iso15118.messages20 import REQUESTS
from v2xconform.protocols.iso15118.policy20 import EvccPolicy, SeccPolicy
from v2xconform.protocols.message import Message

from .ladder20 import Ladder, charger, ev


@pytest.mark.parametrize(
    ("request_name", "timeout", "performance"),
    [
        ("SessionSetupReq", 2, 1.5),
        ("ServiceDetailReq", 5, 4.5),
        ("CertificateInstallationReq", 5, 4.5),
        ("DC_CableCheckReq", 2, 1.5),
        ("DC_ChargeLoopReq", 0.5, 0.25),
        ("AC_ChargeLoopReq", 0.5, 0.25),
        ("WPT_ChargeLoopReq", 0.5, 0.25),
    ],
)
def test_the_times_of_a_message(request_name: str, timeout: float, performance: float) -> None:
    assert timers20.evcc_message_timeout(request_name).seconds == timeout
    assert timers20.secc_performance_time(request_name).seconds == performance


def test_the_requirements_of_the_loop() -> None:
    assert timers20.EVCC_SEQUENCE_PERFORMANCE["DC_ChargeLoopReq"].requirement == "V2G20-1501"
    assert timers20.secc_sequence_timeout("DC_ChargeLoopRes").requirement == "V2G20-1502"
    assert timers20.secc_sequence_timeout("AC_ChargeLoopRes").seconds == 0.5
    assert timers20.secc_sequence_timeout("PowerDeliveryRes").seconds == 60
    assert timers20.evcc_ongoing_timeout("SessionStopReq") is None


def test_every_limit_has_a_source_and_every_station_is_quicker_than_the_car_waits() -> None:
    limits = timers20.all_limits()
    assert all(limit.source and limit.seconds > 0 and limit.name for limit in limits)
    assert len({limit.name for limit in limits}) == len(limits)
    for request in REQUESTS:
        assert timers20.SECC_PERFORMANCE[request].seconds < timers20.EVCC_MESSAGE_TIMEOUT[request].seconds


@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_the_car_gives_up_when_a_response_is_missing(mode: Any) -> None:
    whole = Ladder(mode, ev()).run()
    for name in dict.fromkeys(whole.rungs):
        ladder = Ladder(mode, ev(), secc_policy=SeccPolicy(silent_on=(name,))).run()
        sent_at = ladder.messages[-1].tree["Header"]["TimeStamp"] - 1_700_000_000
        limit = timers20.evcc_message_timeout(name)
        assert ladder.rungs[-1] == name
        assert ladder.evcc.ended is not None and not ladder.evcc.ended.orderly
        assert ladder.evcc.ended.reason.startswith(f"V2G_EVCC_Msg_Timeout {name} ({limit.seconds:g} s) expired")
        assert sent_at <= ladder.now < sent_at + 1 + limit.seconds + 0.001


def test_a_response_just_in_time_and_just_too_late() -> None:
    in_time = Ladder("DC", ev(), secc_policy=SeccPolicy(response_delay_s={"DC_ChargeLoopReq": 0.499})).run()
    assert in_time.evcc.ended and in_time.evcc.ended.orderly
    late = Ladder("DC", ev(), secc_policy=SeccPolicy(response_delay_s={"*": 2.0})).run()
    assert late.evcc.ended and "SessionSetupReq (2 s) expired" in late.evcc.ended.reason


@pytest.mark.parametrize(
    ("request_name", "seconds", "timer"),
    [
        ("AuthorizationReq", 180, "V2G_EVCC_Ongoing_Timeout AuthorizationReq (EIM)"),
        ("ScheduleExchangeReq", 60, "V2G_EVCC_Ongoing_Timeout ScheduleExchangeReq"),
        ("DC_CableCheckReq", 40, "V2G_EVCC_CableCheck_Timeout"),
        ("DC_PreChargeReq", 10, "V2G_EVCC_PreCharge_Timeout"),
    ],
)
def test_a_station_that_is_never_ready(request_name: str, seconds: float, timer: str) -> None:
    ladder = Ladder("DC", ev(), secc_policy=SeccPolicy(ongoing={request_name: -1}))
    began: list[float] = []
    ladder.at[request_name] = lambda: began.append(ladder.now)
    ladder.run()
    assert ladder.rungs[-1] == request_name
    assert ladder.evcc.ended is not None and not ladder.evcc.ended.orderly
    assert ladder.evcc.ended.reason.startswith(f"{timer} ({seconds:g} s) expired")
    assert ladder.now == pytest.approx(began[0] + seconds)


@pytest.mark.parametrize(
    "request_name", ["AuthorizationReq", "ScheduleExchangeReq", "DC_CableCheckReq", "DC_PreChargeReq"]
)
def test_a_station_that_takes_its_time(request_name: str) -> None:
    policy = SeccPolicy(ongoing={request_name: 3}, ongoing_value="Ongoing_WaitingForCustomerInteraction")
    ladder = Ladder("DC", ev(), charger(path={"cable_check_s": 0}), secc_policy=policy).run()
    assert len(ladder.trees(request_name)) > 3
    assert ladder.evcc.ended and ladder.evcc.ended.orderly


def test_a_pre_charge_that_never_reaches_the_voltage() -> None:
    ladder = Ladder("DC", ev(), charger(path={"precharge": "stuck"})).run()
    assert ladder.evcc.ended and "PreCharge_Timeout" in ladder.evcc.ended.reason


def test_a_cable_check_that_takes_too_long() -> None:
    ladder = Ladder("DC", ev(), charger(path={"cable_check_s": 60})).run()
    assert ladder.evcc.ended and "CableCheck_Timeout" in ladder.evcc.ended.reason


@pytest.mark.parametrize(
    ("mode", "place"), [("DC", "ServiceDiscoveryReq"), ("AC", "PowerDeliveryReq"), ("DC", "DC_PreChargeReq")]
)
def test_the_station_waits_60_s_for_the_next_request(mode: Any, place: str) -> None:
    ladder = Ladder(mode, ev(), evcc_policy=EvccPolicy(silent_before=place)).run()
    timer_began = ladder.now - 60
    assert ladder.secc.state == "Ended"
    assert ladder.last_reply.close and ladder.last_reply.message is None
    assert "V2G_SECC_Sequence_Timeout (60 s) expired in state" in ladder.last_reply.why
    assert ladder.evcc.ended and "closed the connection" in ladder.evcc.ended.reason
    assert 0 <= timer_began < 30


@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_the_station_waits_half_a_second_in_the_charge_loop(mode: Any) -> None:
    loop = f"{mode}_ChargeLoopReq"
    slow = Ladder(mode, ev(), evcc_policy=EvccPolicy(pace_s={loop: 0.6})).run()
    assert len(slow.trees(loop)) == 1
    assert f"V2G_SECC_Sequence_Timeout after {mode}_ChargeLoopRes (0.5 s) expired" in slow.last_reply.why
    assert slow.evcc.ended and not slow.evcc.ended.orderly
    fine = Ladder(mode, ev(), evcc_policy=EvccPolicy(pace_s={loop: 0.49})).run()
    assert fine.evcc.ended and fine.evcc.ended.orderly
    patient = SeccPolicy(loop_sequence_timeout_s=60)
    assert Ladder(mode, ev(), evcc_policy=EvccPolicy(pace_s={loop: 0.6}), secc_policy=patient).run().evcc.ended.orderly  # type: ignore[union-attr] # run() ends


def test_a_station_that_waits_for_ever() -> None:
    ladder = Ladder("DC", ev(), secc_policy=SeccPolicy(sequence_timeout_s=None, loop_sequence_timeout_s=None))
    ladder.secc.start(0)
    assert ladder.secc.timer() is None


def test_communication_setup_takes_20_s_at_most() -> None:
    ladder = Ladder("DC", ev(), evcc_policy=EvccPolicy(silent_before="SessionSetupReq")).run()
    assert ladder.evcc.ended and "CommunicationSetup_Timeout (20 s) expired" in ladder.evcc.ended.reason
    assert ladder.now == 20


def test_fire_too_early_does_nothing() -> None:
    ladder = Ladder("DC", ev())
    ladder.secc.start(0)
    assert not ladder.secc.fire(59.9).close
    ladder.evcc.start(0)
    assert ladder.evcc.fire(19.9) is None
    assert ladder.secc.state == ladder.evcc.state == "SessionSetup"


def test_nothing_is_answered_after_the_end() -> None:
    ladder = Ladder("DC", ev()).run()
    reply = ladder.secc.receive(Message("iso15118-20-common", "SessionStopReq", {}), ladder.now)
    assert reply.close and reply.message is None
    assert ladder.secc.receive_fault("exi", ladder.now).close
    assert ladder.secc.timer() is None and ladder.evcc.timer() is None


def test_the_pace_of_a_car() -> None:
    ladder = Ladder("DC", ev())
    ladder.evcc.start(5)
    assert ladder.evcc.not_before == 5
    slow = Ladder("DC", ev(), evcc_policy=EvccPolicy(hesitates_s={"SessionSetupReq": 3, "*": 1})).run()
    stamps = [tree["Header"]["TimeStamp"] - 1_700_000_000 for tree in (slow.messages[0].tree, slow.messages[2].tree)]
    assert stamps == [3, 4]
