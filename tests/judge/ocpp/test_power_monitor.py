"""Smart charging in a trace: what the power monitor calls wrong, and what it leaves alone."""

from typing import Any

import pytest

from v2xconform.lab.roles import Role

from .test_provisioning_monitors import Ladder
from .told import judged, trace

DAY = "2026-11-20"
PIXIT = {"evse": 1, "voltage": 230, "phases": 3}


def stamp(second: float) -> str:
    return f"{DAY}T{int(second // 3600):02}:{int(second // 60) % 60:02}:{int(second) % 60:02}Z"


def profile(*limits: tuple[int, float], evse: int = 1, number: int = 1, purpose: str = "TxDefaultProfile", kind: str = "Absolute",
            unit: str = "A", level: int = 0, duration: int | None = None, **more: Any) -> dict[str, Any]:  # fmt: skip
    schedule: dict[str, Any] = {
        "id": 1, "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{"startPeriod": start, "limit": limit} for start, limit in limits or ((0, 6.0),)],
    }  # fmt: skip
    if kind == "Absolute":
        schedule["startSchedule"] = stamp(0)
    if duration:
        schedule["duration"] = duration
    return {
        "evseId": evse,
        "chargingProfile": {
            "id": number, "stackLevel": level, "chargingProfilePurpose": purpose, "chargingProfileKind": kind,
            "chargingSchedule": [schedule], **more,
        },
    }  # fmt: skip


class Charging(Ladder):
    """A ladder with the messages of block K."""

    def set(self, at: float, request: dict[str, Any], status: str = "Accepted") -> "Charging":
        self.ask(at, "csms", "SetChargingProfile", request).say({"status": status})
        return self

    def composite(
        self, at: float, *limits: tuple[int, float], evse: int = 1, duration: int = 300, unit: str = "A"
    ) -> "Charging":
        self.ask(at, "csms", "GetCompositeSchedule", {"evseId": evse, "duration": duration, "chargingRateUnit": unit})
        schedule = {
            "evseId": evse, "duration": duration, "scheduleStart": stamp(at), "chargingRateUnit": unit,
            "chargingSchedulePeriod": [{"startPeriod": start, "limit": limit} for start, limit in limits],
        }  # fmt: skip
        self.say({"status": "Accepted", "schedule": schedule})
        return self

    def event(self, at: float, kind: str = "Updated", watts: float | None = None, **info: Any) -> "Charging":
        tree: dict[str, Any] = {
            "eventType": kind, "timestamp": stamp(at), "triggerReason": "ChargingRateChanged", "seqNo": int(at),
            "evse": {"id": 1, "connectorId": 1}, "transactionInfo": {"transactionId": "T1", **info},
        }  # fmt: skip
        if watts is not None:
            value = {"value": watts, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W"}}
            tree["meterValue"] = [{"timestamp": stamp(at), "sampledValue": [value]}]
        self.ask(at, "station", "TransactionEvent", tree).say({})
        return self

    def reports(
        self, at: float, *profiles: dict[str, Any], evse: int = 1, asked: dict[str, Any] | None = None
    ) -> "Charging":
        tree = {"requestId": 9, "evseId": evse, "chargingProfile": {"stackLevel": 0}} | (asked or {})
        self.ask(at, "csms", "GetChargingProfiles", tree).say({"status": "Accepted" if profiles else "NoProfiles"})
        if profiles:
            told = {
                "requestId": 9, "evseId": profiles[0]["evseId"], "chargingLimitSource": "CSO",
                "chargingProfile": [one["chargingProfile"] for one in profiles],
            }  # fmt: skip
            self.ask(at + 1, "station", "ReportChargingProfiles", told).say({})
        return self


def found(ladder: Ladder, sut: Role = "station", version: Any = "ocpp2.0.1") -> list[str]:
    events, _ = trace(ladder.frames, version, sut)
    findings = judged(events, version, sut, pixit=PIXIT)
    return sorted({one.requirement for one in findings if one.requirement.startswith(("K", "SC"))})


def charging() -> Charging:
    return Charging().event(2, "Started", chargingState="Charging")  # type: ignore[return-value]


STEPS = profile((0, 6.0), (100, 10.0), duration=300)


@pytest.mark.parametrize(
    ("limits", "wrong"),
    [
        (((0, 6.0), (90, 10.0), (290, 32.0)), []),
        (((0, 5.0), (91, 9.0), (289, 16.0)), []),
        (((0, 6.0),), []),
        (((0, 7.0), (90, 10.0)), ["K08.FR.04"]),
        (((0, 6.0), (60, 10.0)), ["K08.FR.04"]),
        (((0, 6.0), (200, 11.0)), ["K08.FR.04"]),
    ],
)  # fmt: skip
def test_composite_schedules_are_not_above_the_profiles(limits: Any, wrong: list[str]) -> None:
    assert found(charging().set(5, STEPS).composite(10, *limits)) == wrong


def test_the_lowest_purpose_and_the_highest_level_bound_a_composite_schedule() -> None:
    ladder = charging().set(5, profile((0, 10.0), evse=0, number=2, purpose="ChargingStationMaxProfile"))
    ladder.set(6, profile((0, 16.0), number=3)).set(7, profile((0, 8.0), number=4, level=1, duration=100))
    assert found(ladder.composite(10, (0, 8.0), (90, 10.0))) == []
    assert found(ladder.composite(20, (0, 10.0))) == ["K08.FR.04"]


def test_power_above_the_profile_counts_after_a_while() -> None:
    ladder = charging().set(5, profile())
    assert found(ladder.event(12, watts=11000)) == [], "it may take some time"
    assert found(ladder.event(60, watts=4100)) == []
    assert found(ladder.event(70, watts=11000)) == ["SC.01"]


def test_power_with_other_units_and_without_a_valid_profile_is_left_alone() -> None:
    assert found(charging().set(5, profile((0, 6000.0), unit="W")).event(60, watts=6100)) == []
    assert found(charging().set(5, profile((0, 6000.0), unit="W")).event(60, watts=7000)) == ["SC.01"]
    assert found(charging().set(5, profile(validTo=stamp(30))).event(60, watts=11000)) == []
    assert found(charging().set(5, profile(), status="Rejected").event(60, watts=11000)) == []


def test_a_tx_profile_ends_with_its_transaction() -> None:
    own = profile(purpose="TxProfile", kind="Relative", transactionId="T1")
    ladder = charging().set(5, own).event(30, "Ended")
    assert found(ladder.composite(40, (0, 32.0))) == []
    assert found(ladder.set(50, own)) == ["K01.FR.33"]


def test_a_tx_profile_of_nobody_is_not_accepted() -> None:
    own = profile(purpose="TxProfile", kind="Relative", transactionId="T2")
    assert found(charging().set(5, own)) == ["K01.FR.33"]
    assert found(charging().set(5, own, status="Rejected")) == []


def test_default_profiles_of_one_level_are_not_accepted_beside_each_other() -> None:
    first, second = profile(number=1), profile(evse=0, number=2)
    assert found(Charging().set(5, first).set(6, second)) == ["K01.FR.52"]
    assert found(Charging().set(5, second).set(6, first)) == ["K01.FR.53"]
    assert found(Charging().set(5, first).set(6, profile(evse=2, number=2))) == []


def test_reports_hold_what_was_set() -> None:
    wanted = profile()
    assert found(Charging().set(5, wanted).reports(10, wanted)) == []
    assert found(Charging().set(5, wanted).reports(10)) == ["K09.FR.04"]
    assert found(Charging().set(5, wanted).reports(10, profile((0, 7.0)))) == ["K01.FR.07"]
    assert found(Charging().set(5, wanted).set(6, profile(number=2, level=1)).reports(10, wanted)) == []
    both = Charging().set(5, wanted).set(6, profile(number=2, level=1))
    assert found(both.reports(10, wanted, profile(number=2, level=1))) == ["K09.FR.04"]
    missing = Charging().set(5, wanted).set(6, profile(evse=0, number=2, purpose="ChargingStationMaxProfile"))
    assert (
        found(missing.reports(10, wanted, asked={"chargingProfile": {"chargingProfileId": [1, 2]}, "evseId": 0})) != []
    )


def test_reports_belong_to_a_request_and_end_once() -> None:
    ladder = Charging().set(5, profile()).reports(10, profile())
    told = {
        "requestId": 9,
        "evseId": 1,
        "chargingLimitSource": "CSO",
        "chargingProfile": [profile()["chargingProfile"]],
    }
    ladder.ask(20, "station", "ReportChargingProfiles", told).say({})
    assert found(ladder) == ["K09.FR.02"]
    ladder = Charging().set(5, profile())
    ladder.ask(20, "station", "ReportChargingProfiles", told).say({})
    assert found(ladder) == ["K09.FR.01"]


def test_what_was_cleared_is_gone() -> None:
    ladder = Charging().set(5, profile())
    ladder.ask(10, "csms", "ClearChargingProfile", {"chargingProfileId": 1}).say({"status": "Unknown"})
    assert found(ladder) == ["K10.FR.03"]
    ladder = Charging().set(5, profile())
    ladder.ask(10, "csms", "ClearChargingProfile", {"chargingProfileId": 1}).say({"status": "Accepted"})
    assert found(ladder.composite(20, (0, 32.0)).reports(30)) == []
    ladder.ask(40, "csms", "ClearChargingProfile", {"chargingProfileId": 1}).say({"status": "Accepted"})
    assert found(ladder) == ["K10.FR.01"]


def test_a_reboot_keeps_default_profiles() -> None:
    ladder = Charging().set(5, profile())
    ladder.boot(20, reason="RemoteReset")
    assert found(ladder.reports(30)) == ["K09.FR.04"]


# ---- a CSMS


def test_a_csms_keeps_stack_levels_apart() -> None:
    assert found(Charging().set(5, profile(number=1)).set(6, profile(number=2)), "csms") == ["K01.FR.06"]
    assert found(Charging().set(5, profile(number=1)).set(6, profile(number=1)), "csms") == []
    assert found(Charging().set(5, profile(number=1)).set(6, profile(number=2, level=1)), "csms") == []
    assert found(Charging().set(5, profile(number=1), "Rejected").set(6, profile(number=2)), "csms") == []


def needs(ladder: Charging, at: float, status: str = "Accepted", **more: Any) -> Charging:
    parameters = {"energyAmount": 9000, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 400}
    tree = {
        "evseId": 1,
        "chargingNeeds": {"requestedEnergyTransfer": "AC_three_phase", "acChargingParameters": parameters},
        **more,
    }
    ladder.ask(at, "station", "NotifyEVChargingNeeds", tree).say({"status": status})
    return ladder


def test_needs_are_followed_by_a_profile_that_the_ev_can_take() -> None:
    own = profile((0, 10.0), (60, 8.0), purpose="TxProfile", kind="Relative", transactionId="T1")
    assert found(needs(charging(), 10, maxScheduleTuples=3).set(20, own), "csms") == []
    assert found(needs(charging(), 10, maxScheduleTuples=1).set(20, own), "csms") == ["K15.FR.07"]
    assert found(needs(charging(), 10).set(80, own), "csms") == ["K15.FR.08"]
    assert found(needs(charging(), 10).event(400), "csms") == ["K15.FR.07"]
    assert found(needs(charging(), 10, "Rejected").event(400), "csms") == []


@pytest.mark.parametrize(("limit", "status", "wrong"), [
    (10.0, "Accepted", []), (10.0, "Rejected", ["K15.FR.11"]), (12.0, "Rejected", []), (12.0, "Accepted", ["K15.FR.12"]),
    (10.2, "Accepted", []),
])  # fmt: skip
def test_schedules_of_evs_are_judged(limit: float, status: str, wrong: list[str]) -> None:
    own = profile((0, 10.0), purpose="TxProfile", kind="Relative", transactionId="T1")
    ladder = needs(charging(), 10).set(12, own)
    schedule = {
        "id": 1,
        "duration": 600,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    tree = {"timeBase": stamp(20), "evseId": 1, "chargingSchedule": schedule}
    ladder.ask(20, "station", "NotifyEVChargingSchedule", tree).say({"status": status})
    assert found(ladder, "csms") == wrong
