"""Every switch that makes a session misbehave: what it does to a whole session."""

from dataclasses import fields
from typing import Any

import pytest

from v2xconform.protocols.iso15118.messages20 import NO_SESSION
from v2xconform.protocols.iso15118.policy20 import EvccPolicy, PolicyError, SeccPolicy, overridden
from v2xconform.protocols.message import Message

from .ladder20 import Ladder, ev


def secc(**changes: Any) -> Ladder:
    return Ladder("DC", ev(), secc_policy=overridden(SeccPolicy(), changes), exact=False)


def evcc(secc_changes: Any = None, **changes: Any) -> Ladder:
    policy = overridden(SeccPolicy(), secc_changes or {})
    return Ladder("DC", ev(), evcc_policy=overridden(EvccPolicy(), changes), secc_policy=policy, exact=False)


def orderly(ladder: Ladder) -> bool:
    assert ladder.evcc.ended is not None
    return ladder.evcc.ended.orderly


def lose_session_id(message: Message) -> Message:
    if message.name == "ScheduleExchangeReq":
        header = {**message.tree["Header"], "SessionID": "9999999999999999"}
        return Message(message.protocol, message.name, {**message.tree, "Header": header})
    return message


# The station


def test_no_check_of_the_session_id() -> None:
    ladder = secc(checks_session_id=False)
    ladder.bend = lose_session_id
    assert orderly(ladder.run())


def test_no_check_of_the_sequence() -> None:
    ladder = evcc({"checks_sequence": False}, skips=["DC_CableCheckReq", "DC_PreChargeReq"]).run()
    assert "DC_CableCheckReq" not in ladder.rungs
    assert orderly(ladder)


@pytest.mark.parametrize("code", ["FAILED_AssociationError", "FAILED_PowerDeliveryNotApplied", "FAILED"])
def test_a_forced_failure(code: str) -> None:
    ladder = secc(forced_codes={"PowerDeliveryReq": code}).run()
    assert ladder.messages[-1].tree["ResponseCode"] == code
    assert not orderly(ladder)


def test_a_forced_ok_keeps_the_body() -> None:
    ladder = secc(forced_codes={"SessionSetupReq": "OK"}).run()
    assert ladder.last("SessionSetupRes")["ResponseCode"] == "OK"
    assert ladder.last("SessionSetupRes")["EVSEID"] == "ZZLABE00003"
    assert orderly(ladder)


def test_going_on_after_a_failure() -> None:
    ladder = secc(forced_codes={"DC_CableCheckReq": "FAILED"}, closes_after_failed=False)
    ladder.run()
    assert not ladder.last_reply.close
    assert ladder.secc.state == "DC_CableCheck"
    assert ladder.secc.timer() is not None


def test_a_late_end() -> None:
    assert secc(forced_codes={"DC_CableCheckReq": "FAILED"}, close_delay_s=7).run().last_reply.close_after == 7


def test_no_end_after_session_stop() -> None:
    assert secc().run().last_reply.close
    assert not secc(closes_after_stop=False).run().last_reply.close


def test_power_stays_on() -> None:
    assert secc().run().power() == 0
    ladder = secc(ignores_ev_stop=True).run()
    assert ladder.last("DC_WeldingDetectionRes")["EVSEPresentVoltage"]["Value"] > 300
    assert ladder.responses.charger.path.contactor_closed(ladder.now)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("zero", NO_SESSION), ("fixed", "0102030405060708"), ("short", "000003E9"), ("echo", NO_SESSION)],
)
def test_where_the_session_id_comes_from(kind: str, expected: str) -> None:
    ladder = Ladder(
        "DC",
        ev(),
        evcc_policy=EvccPolicy(checks_session_id=False),
        secc_policy=SeccPolicy(session_id=kind),
        exact=False,  # type: ignore[arg-type] # from parameters
    ).run()
    assert ladder.last("SessionSetupRes")["Header"]["SessionID"] == expected


@pytest.mark.parametrize("how", ["zero", "random"])
def test_another_session_id_in_the_responses(how: str) -> None:
    ladder = secc(response_session_id=how).run()
    assert not orderly(ladder)
    assert ladder.rungs == ["SessionSetupReq", "AuthorizationSetupReq"]


def test_the_session_id_of_the_request_in_the_responses() -> None:
    assert orderly(secc(response_session_id="echo").run())


@pytest.mark.parametrize(
    ("how", "good"),
    [("utc", True), ("zero", False), ("frozen", False), ("backwards", False), ("microseconds", False)],
)
def test_time_stamps(how: str, good: bool) -> None:
    for ladder in (secc(timestamps=how), evcc(timestamps=how)):
        ladder.run()
        ours = "Res" if ladder.secc.policy.timestamps == how and not good else "Req"
        stamps = [m.tree["Header"]["TimeStamp"] for m in ladder.messages if m.name.endswith(ours)]
        true = 1_700_000_000 <= stamps[0] <= stamps[-1] <= 1_700_000_060 and stamps[0] != stamps[-1]
        assert true == good
        assert orderly(ladder)


def test_wrong_answers() -> None:
    assert not orderly(secc(answers_with={"ServiceDiscoveryReq": "AuthorizationRes"}).run())


# The car


@pytest.mark.parametrize(
    ("changes", "station"),
    [
        ({"checks_response_type": False}, {"answers_with": {"ServiceSelectionReq": "SessionStopRes"}}),
        ({"checks_session_id": False}, {"response_session_id": "zero"}),
        ({"ignores_failed": True}, {"forced_codes": {"ServiceSelectionReq": "FAILED"}, "closes_after_failed": False}),
    ],
)
def test_a_car_that_takes_everything(changes: Any, station: Any) -> None:
    strict = evcc(station).run()
    assert not orderly(strict)
    ladder = evcc(station, **changes).run()
    assert len(ladder.messages) > len(strict.messages)


def test_a_car_with_no_patience_and_one_with_too_much() -> None:
    slow = {"response_delay_s": {"ServiceDiscoveryReq": 1.2}}
    assert orderly(evcc(slow).run())
    assert not orderly(evcc(slow, message_timeout_factor=0.5).run())
    assert not orderly(evcc(slow, message_timeout_s={"ServiceDiscoveryReq": 1}).run())
    very_slow = {"response_delay_s": {"ServiceDiscoveryReq": 30}}
    assert not orderly(evcc(very_slow).run())
    assert orderly(evcc(very_slow, ignores_message_timeout=True).run())


def test_ongoing_timeouts_of_its_own() -> None:
    station = {"ongoing": {"DC_CableCheckReq": 100}}
    assert not orderly(evcc(station).run())
    assert orderly(evcc(station, ignores_ongoing_timeout=True).run())
    assert orderly(evcc(station, ongoing_timeout_s={"DC_CableCheckReq": 90}).run())


@pytest.mark.parametrize("wrong", ["zero", "random", "ABCDEF0123456789"])
def test_a_car_with_a_wrong_session_id(wrong: str) -> None:
    ladder = evcc(session_id=wrong, session_id_from="ServiceDetailReq").run()
    assert ladder.rungs[-1] == "ServiceDetailReq"
    assert ladder.last("ServiceDetailRes")["ResponseCode"] == "FAILED_UnknownSession"


LEFT_OUT = [
    "AuthorizationSetupReq",
    "AuthorizationReq",
    "ServiceDiscoveryReq",
    "ServiceSelectionReq",
    "DC_ChargeParameterDiscoveryReq",
    "ScheduleExchangeReq",
    "DC_CableCheckReq",
    "DC_PreChargeReq",
]


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_request_left_out(name: str) -> None:
    ladder = evcc(skips=[name]).run()
    assert name not in ladder.rungs
    assert ladder.messages[-1].tree["ResponseCode"] == "FAILED_SequenceError"


def test_session_stop_left_out() -> None:
    ladder = evcc(skips=["SessionStopReq"]).run()
    assert ladder.rungs[-1] == "DC_WeldingDetectionReq"
    assert ladder.evcc.ended and ladder.evcc.ended.reason == "policy: SessionStopReq left out"


def test_another_request_in_the_place_of_one() -> None:
    ladder = evcc(instead={"DC_CableCheckReq": "DC_ChargeLoopReq"}).run()
    assert ladder.rungs[-1] == "DC_ChargeLoopReq"
    assert ladder.messages[-1].tree["ResponseCode"] == "FAILED_SequenceError"


def test_a_request_again() -> None:
    ladder = evcc(repeats={"ServiceDiscoveryReq": 1}).run()
    assert len(ladder.trees("ServiceDiscoveryReq")) == 2
    assert ladder.messages[-1].tree["ResponseCode"] == "FAILED_SequenceError"
    tolerant = evcc({"checks_sequence": False}, repeats={"ServiceDiscoveryReq": 2}).run()
    assert len(tolerant.trees("ServiceDiscoveryReq")) == 3
    assert orderly(tolerant)


def test_requests_after_the_end() -> None:
    ladder = evcc(sends_after_stop=["DC_ChargeLoopReq"]).run()
    assert ladder.rungs[-2:] == ["SessionStopReq", "DC_ChargeLoopReq"]
    assert orderly(ladder)


def test_leaving_the_loop_the_wrong_way() -> None:
    ladder = evcc(stops_with="SessionStopReq").run()
    assert ladder.rungs[-2:] == ["DC_ChargeLoopReq", "SessionStopReq"]
    assert ladder.last("SessionStopRes")["ResponseCode"] == "FAILED_SequenceError"


def test_pre_charge_on_trust() -> None:
    station = {"ongoing": {"DC_PreChargeReq": -1}}
    assert not orderly(evcc(station).run())
    ladder = evcc(station, precharge_done_after=2).run()
    assert len(ladder.trees("DC_PreChargeReq")) == 3
    assert orderly(ladder)


def test_the_connection_stays_open() -> None:
    ladder = evcc(closes_tcp=False, close_delay_s=2).run()
    assert ladder.evcc.ended and (ladder.evcc.ended.close, ladder.evcc.ended.close_after) == (False, 2)


def test_undecodable_payloads_ignored() -> None:
    ladder = evcc(ignores_undecodable=True)
    assert ladder.evcc.receive_fault("exi", 0) is None


# The fields themselves


@pytest.mark.parametrize("policy", [SeccPolicy(), EvccPolicy()])
def test_the_defaults_survive_being_overridden_by_themselves(policy: Any) -> None:
    assert overridden(policy, {one.name: getattr(policy, one.name) for one in fields(policy)}) == policy


def test_mistakes_are_told() -> None:
    with pytest.raises(PolicyError, match=r"unknown policy field 'check_sequence'; did you mean 'checks_sequence'\?"):
        overridden(SeccPolicy(), {"check_sequence": False})
    with pytest.raises(PolicyError, match="known are checks_response_type"):
        overridden(EvccPolicy(), {"zzz": 1})
    with pytest.raises(
        PolicyError, match="closes_tcp: 'perhaps' does not fit; input should be a valid boolean"
    ) as caught:
        overridden(EvccPolicy(), {"closes_tcp": "perhaps"})
    assert caught.value.field == "closes_tcp"
