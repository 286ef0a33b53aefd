"""The life of sessions between our own car and charger: resumption, standby, renegotiation, metering, schedules."""

from hashlib import sha512
from typing import Any

import pytest

from v2xconform.emulators import schedules
from v2xconform.protocols.iso15118.paused20 import PausedSessions, resume_key
from v2xconform.protocols.iso15118.policy20 import EvccPolicy, SeccPolicy
from v2xconform.protocols.iso15118.rational import number
from v2xconform.protocols.iso15118.session20 import Memory, PausedSession

from .ladder20 import Ladder, charger, ev

STAYS = {"needs": {"leaves_after_s": 5, "target_soc": 100, "plan": []}}
OURS, OTHERS = b"the leaf of one car", b"the leaf of another car"


def session(session_id: str, mode: Any = "DC") -> PausedSession:
    return PausedSession(session_id, mode, Memory())


# Who may resume


def test_the_key_is_that_of_the_standard() -> None:
    assert resume_key("0102030405060708", OURS) == sha512(bytes(range(1, 9)) + sha512(OURS).digest()).digest()


def test_a_session_is_found_by_its_own_car_alone() -> None:
    kept = PausedSessions()
    kept.keep(session("0102030405060708"), OURS)
    assert kept.find("0102030405060708", OURS) is not None
    assert kept.find("0102030405060708", OTHERS) is None
    assert kept.find("0102030405060709", OURS) is None
    kept.forget("0102030405060708", OTHERS)
    assert kept.last_of(OURS) is not None
    kept.forget("0102030405060708", OURS)
    assert kept.last_of(OURS) is None


def test_an_unbound_session_is_anybodys() -> None:
    kept = PausedSessions(bound=False)
    kept.keep(session("0102030405060708"), OURS)
    assert kept.find("0102030405060708", OTHERS) is not None


def test_the_last_pause_counts() -> None:
    kept = PausedSessions()
    for session_id in ("0102030405060708", "1112131415161718"):
        kept.keep(session(session_id), OURS)
    kept.keep(session("2122232425262728"), OTHERS)
    last = kept.last_of(OURS)
    assert last is not None and last.session_id == "1112131415161718"


def paused() -> Ladder:
    first = Ladder("DC", ev(**STAYS))
    first.at["DC_ChargeLoopReq"] = lambda: first.evcc.stop(first.now, "Pause")
    return first.run()


def test_another_mode_is_no_way_back() -> None:
    first = paused()
    second = Ladder("AC", ev(**STAYS), evcc_resumes=first.evcc.paused, secc_resumes=first.secc.paused, seed=2).run()
    assert second.last("SessionSetupRes")["ResponseCode"] == "OK_NewSessionEstablished"
    assert second.rungs[1] == "AuthorizationSetupReq"


@pytest.mark.parametrize(
    ("how", "code"), [("zero", "OK_NewSessionEstablished"), ("random", "OK_NewSessionEstablished")]
)
def test_a_car_that_comes_back_in_a_wrong_way(how: Any, code: str) -> None:
    first = paused()
    policy = EvccPolicy(comes_back_with=how)
    second = Ladder(
        "DC", ev(**STAYS), evcc_policy=policy, evcc_resumes=first.evcc.paused, secc_resumes=first.secc.paused, seed=2
    ).run()
    assert second.last("SessionSetupRes")["ResponseCode"] == code
    assert second.trees("SessionSetupReq")[0]["Header"]["SessionID"] != first.secc.session_id


@pytest.mark.parametrize("side", ["car", "station"])
def test_authorization_has_no_place_after_a_pause(side: str) -> None:
    first = paused()
    policies: dict[str, Any] = (
        {"evcc_policy": EvccPolicy(resumes_with="authorization")}
        if side == "car"
        else {"secc_policy": SeccPolicy(resumes_with="authorization")}
    )
    second = Ladder(
        "DC", ev(**STAYS), evcc_resumes=first.evcc.paused, secc_resumes=first.secc.paused, seed=2, **policies
    ).run()
    assert second.messages[-1].tree["ResponseCode"] == "FAILED_SequenceError"


# Standby


@pytest.mark.parametrize(("mode", "control"), [("DC", "Scheduled"), ("DC", "Dynamic"), ("AC", "Dynamic")])
def test_no_power_flows_in_standby(mode: str, control: str) -> None:
    ladder = Ladder(mode, ev(control_modes=[control], **STAYS), secc_policy=SeccPolicy(standby_allowed=True))
    ladder.at[f"{mode}_ChargeLoopReq"] = lambda: ladder.evcc.standby(ladder.now)
    ladder.run()
    assert [tree["ChargeProgress"] for tree in ladder.trees("PowerDeliveryReq")] == ["Start", "Standby", "Stop"]
    assert abs(ladder.power()) < 1


def test_the_station_ends_standby() -> None:
    policy = SeccPolicy(standby_allowed=True, notifies_in_standby={4: "ExitStandby"})
    ladder = Ladder("DC", ev(**STAYS), secc_policy=policy)
    ladder.at["DC_ChargeLoopReq"] = lambda: ladder.evcc.standby(ladder.now)
    ladder.run()
    progress = [tree["ChargeProgress"] for tree in ladder.trees("PowerDeliveryReq")]
    assert progress == ["Start", "Standby", "Start", "Stop"]
    assert ladder.secc.notification is None


def test_exit_standby_means_nothing_outside_of_it() -> None:
    ladder = Ladder("DC", ev(**STAYS), secc_policy=SeccPolicy(notifies={3: "ExitStandby"})).run()
    assert [tree["ChargeProgress"] for tree in ladder.trees("PowerDeliveryReq")] == ["Start", "Stop"]


# Metering confirmation


@pytest.mark.parametrize(("mode", "control"), [("DC", "Scheduled"), ("AC", "Dynamic")])
def test_meter_values_are_confirmed_as_they_were_told(mode: str, control: str) -> None:
    car = ev(control_modes=[control], **STAYS)
    ladder = Ladder(mode, car, secc_policy=SeccPolicy(notifies={3: "MeteringConfirmation"})).run()
    told = next(tree for tree in ladder.trees(f"{mode}_ChargeLoopRes") if "EVSEStatus" in tree)
    (confirmed,) = ladder.trees("MeteringConfirmationReq")
    assert confirmed["SignedMeteringData"]["MeterInfo"] == told["MeterInfo"]
    assert confirmed["SignedMeteringData"]["SessionID"] == ladder.secc.session_id
    assert "Signature" not in confirmed["Header"]
    assert ladder.evcc.ended and ladder.evcc.ended.orderly


# Schedules

THREE = [
    {"power": [[600, 9000], [3600, 4200]], "pricing": "absolute", "energy_fee_per_kwh": 0.6},
    {"power": [[36000, 6000]], "pricing": "absolute", "energy_fee_per_kwh": 0.3},
    {"power": [[300, 5000], [36000, 7000]], "pricing": "none"},
]


@pytest.mark.parametrize(("preference", "taken", "power"), [("cheapest", 2, 6000), ("first", 1, 9000)])
def test_a_car_takes_a_schedule_and_keeps_to_it(preference: str, taken: int, power: float) -> None:
    car = ev(control_modes=["Scheduled"], needs={**STAYS["needs"], "schedule": preference})
    ladder = Ladder("DC", car, charger(schedules=THREE)).run()
    profile = ladder.trees("PowerDeliveryReq")[0]["EVPowerProfile"]
    assert profile["Scheduled_EVPPTControlMode"]["SelectedScheduleTupleID"] == taken
    highest = max(
        number(loop["EVPresentVoltage"]) * number(part["EVTargetCurrent"])
        for loop in ladder.trees("DC_ChargeLoopReq")
        for name, part in loop.items()
        if name.endswith("ControlMode")
    )
    assert power * 0.95 < highest <= power * 1.01


@pytest.mark.parametrize(
    ("accepts", "insists", "code"),
    [
        (True, False, "OK_PowerToleranceConfirmed"),
        (False, False, "WARNING_PowerToleranceNotConfirmed"),
        (False, True, "FAILED_PowerToleranceNotConfirmed"),
    ],
)
def test_the_power_tolerance(accepts: bool, insists: bool, code: str) -> None:
    car = ev(control_modes=["Scheduled"], needs={**STAYS["needs"], "accepts_power_tolerance": accepts})
    ladder = Ladder("AC", car, charger(power_tolerance_w=300, insists_on_power_tolerance=insists)).run()
    assert ladder.trees("PowerDeliveryRes")[0]["ResponseCode"] == code
    assert bool(ladder.evcc.ended and ladder.evcc.ended.orderly) is not insists


def entry(seconds: int, power: int) -> dict[str, Any]:
    return {"Duration": seconds, "Power": {"Exponent": 0, "Value": power}}


@pytest.mark.parametrize(("at", "power"), [(-5, 900), (0, 900), (9.9, 900), (10, 300), (1000, 300)])
def test_what_a_profile_allows_at_a_moment(at: float, power: float) -> None:
    profile = {"TimeAnchor": 100, "EVPowerProfileEntries": {"EVPowerProfileEntry": [entry(10, 900), entry(20, 300)]}}
    assert schedules.power_at(profile, 100 + at) == power
    assert schedules.power_at({}, 0) is None


# Dynamic needs


@pytest.mark.parametrize(
    ("needs", "discharge_w", "power"),
    [
        ({}, 20000.0, -10000),
        ({"EVMinimumV2XEnergyRequest": entry(0, 5)["Power"]}, 20000.0, 0),
        ({"EVMinimumEnergyRequest": entry(0, 5)["Power"]}, 20000.0, 11000),
        ({"EVMaximumEnergyRequest": entry(0, 0)["Power"]}, None, 0),
    ],
)
def test_set_points_heed_what_the_car_needs(needs: dict[str, Any], discharge_w: float | None, power: float) -> None:
    assert Ladder().responses.charger.dynamic_power_w(11000, discharge_w, needs) == power
