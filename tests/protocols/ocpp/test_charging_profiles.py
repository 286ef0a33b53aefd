"""Charging profiles without a station: what holds at an instant, what is merged, what is refused."""

from collections.abc import Mapping
from typing import Any

import pytest

from v2xconform.protocols.ocpp.charging.checks import Abilities, Proposal, problems
from v2xconform.protocols.ocpp.charging.compare import difference
from v2xconform.protocols.ocpp.charging.composite import Site, Supply, allowed_at, composite, station_budget
from v2xconform.protocols.ocpp.charging.needs import exceeds
from v2xconform.protocols.ocpp.charging.profiles import Installed, ProfileStore, seconds_of
from v2xconform.protocols.ocpp.charging.schedules import Facts, active, edges

START = seconds_of("2026-03-02T08:00:00Z")
AC = Supply(230.0, 3, 22000.0)
DC = Supply(400.0, 1, 50000.0, dc=True)


def at(offset: float) -> str:
    """Return an instant as text."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(START + offset, UTC).isoformat().replace("+00:00", "Z")


def profile(
    *periods: tuple[int, float], purpose: str = "TxDefaultProfile", kind: str = "Absolute", unit: str = "A", level: int = 0,
    number: int = 1, duration: int | None = None, schedule: Mapping[str, Any] | None = None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    made: dict[str, Any] = {
        "id": 1, "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{"startPeriod": start, "limit": limit} for start, limit in periods or ((0, 6.0),)],
        **(schedule or {}),
    }  # fmt: skip
    if kind in ("Absolute", "Recurring"):
        made.setdefault("startSchedule", at(0))
    if duration is not None:
        made["duration"] = duration
    return {
        "id": number, "stackLevel": level, "chargingProfilePurpose": purpose, "chargingProfileKind": kind,
        "chargingSchedule": [made], **more,
    }  # fmt: skip


def installed(evse: int = 1, **fields: Any) -> Installed:
    periods = fields.pop("periods", ((0, 6.0),))
    delays = fields.pop("delays", {})
    return Installed(profile(*periods, **fields), evse, since=START, delays=delays)


def limit_at(one: Installed, seconds: float, **facts: Any) -> float | None:
    found = active(one, START + seconds, Facts(**{"started": START, **facts}))
    return None if found is None else found.period["limit"]


# ---- one profile


@pytest.mark.parametrize(
    ("offset", "limit"), [(-1, None), (0, 6.0), (99, 6.0), (100, 8.0), (250, 10.0), (299.9, 10.0), (300, None)]
)
def test_absolute_schedule(offset: float, limit: float | None) -> None:
    one = installed(periods=((0, 6.0), (100, 8.0), (200, 10.0)), duration=300)
    assert limit_at(one, offset) == limit


def test_a_period_behind_the_duration_never_holds() -> None:
    one = installed(periods=((0, 6.0), (400, 8.0)), duration=300)
    assert limit_at(one, 450) is None
    assert limit_at(one, 299) == 6.0


def test_validity_is_half_open() -> None:
    one = installed(kind="Relative", validFrom=at(300), validTo=at(600))
    assert [limit_at(one, offset) for offset in (299, 300, 599, 600)] == [None, 6.0, 6.0, None]


def test_relative_schedules_begin_with_the_transaction() -> None:
    one = installed(kind="Relative", periods=((0, 6.0), (60, 8.0)))
    assert limit_at(one, 100, started=START + 50) == 6.0
    assert limit_at(one, 111, started=START + 50) == 8.0


@pytest.mark.parametrize(("recurrency", "length"), [("Daily", 86400), ("Weekly", 7 * 86400)])
def test_recurring_schedules_come_back(recurrency: str, length: int) -> None:
    one = installed(kind="Recurring", recurrencyKind=recurrency, periods=((0, 6.0), (60, 8.0)), duration=3600)
    assert [limit_at(one, 3 * length + offset) for offset in (10, 70, 3601)] == [6.0, 8.0, None]
    assert limit_at(one, -10) is None


def test_edges_are_all_the_instants_of_change() -> None:
    one = installed(
        kind="Recurring", recurrencyKind="Daily", periods=((0, 6.0), (60, 8.0)), duration=3600, validTo=at(100000)
    )
    found = sorted(edges(one, START + 86000, START + 200000, Facts(START)))
    assert [round(instant - START) for instant in found] == [
        86400, 86460, 90000, 100000, 2 * 86400, 2 * 86400 + 60, 2 * 86400 + 3600
    ]  # fmt: skip


def test_local_time_disregards_the_zone_of_the_start() -> None:
    one = installed(schedule={"useLocalTime": True})
    ahead = lambda utc: 7200.0  # noqa: E731
    assert limit_at(one, -7199, offset=ahead) == 6.0
    assert limit_at(one, -7201, offset=ahead) is None


def test_a_recurring_schedule_in_local_time_follows_the_shift_of_summer_time() -> None:
    one = installed(kind="Recurring", recurrencyKind="Daily", schedule={"useLocalTime": True}, duration=3600)
    shift = START + 86400 * 10
    ahead = lambda utc: 3600.0 if utc < shift else 7200.0  # noqa: E731
    assert limit_at(one, 5 * 86400 - 3600, offset=ahead) == 6.0
    assert limit_at(one, 12 * 86400 - 7200, offset=ahead) == 6.0
    assert limit_at(one, 12 * 86400 - 3599, offset=ahead) is None
    found = [
        instant - START
        for instant in edges(one, START + 12 * 86400 - 9000, START + 12 * 86400, Facts(START, offset=ahead))
    ]
    assert 12 * 86400 - 7200 in found


def test_random_delays_shift_all_but_the_first_period_and_a_late_one_is_skipped() -> None:
    one = installed(periods=((0, 6.0), (60, 8.0), (120, 10.0)), delays={0: [0.0, 90.0, 0.0]})
    assert [limit_at(one, offset) for offset in (0, 70, 121, 160)] == [6.0, 6.0, 10.0, 10.0]
    assert limit_at(one, 70, random=False) == 8.0


def test_offline_for_longer_than_allowed() -> None:
    one = installed(maxOfflineDuration=60)
    assert limit_at(one, 100, offline_since=START + 40) == 6.0
    assert limit_at(one, 101, offline_since=START + 40) is None
    assert limit_at(one, 500) == 6.0
    one.void = True
    assert limit_at(one, 500) is None


def test_a_dynamic_schedule_is_as_old_as_its_update() -> None:
    one = installed(kind="Dynamic", duration=60, dynUpdateTime=at(100))
    assert limit_at(one, 159) == 6.0
    assert limit_at(one, 161) is None


# ---- merging


def sites(**facts: Any) -> dict[int, Site]:
    return {1: Site(AC, Facts(**{"started": START, **facts})), 2: Site(AC, Facts(START))}


def periods(found: list[dict[str, Any]]) -> list[tuple[int, float]]:
    return [(one["startPeriod"], one["limit"]) for one in found]


def test_the_higher_stack_level_wins_while_it_lasts() -> None:
    low = installed(periods=((0, 6.0), (100, 8.0), (200, 10.0)), duration=400, number=1)
    high = installed(periods=((0, 7.0), (100, 9.0)), duration=150, level=1, number=2)
    found = composite([low, high], sites(), 1, START, 350, "A")
    assert periods(found) == [(0, 7.0), (100, 9.0), (150, 8.0), (200, 10.0)]


def test_purposes_are_merged_to_the_lowest() -> None:
    station = installed(0, purpose="ChargingStationMaxProfile", periods=((0, 10.0),), duration=86400, number=1)
    default = installed(periods=((0, 6.0), (60, 10.0), (120, 8.0), (180, 15.0), (260, 8.0)), duration=300, number=2)
    found = composite([station, default], sites(), 1, START, 400, "A")
    assert periods(found) == [(0, 6.0), (60, 10.0), (120, 8.0), (180, 10.0), (260, 8.0), (300, 10.0)]


def test_the_profile_of_a_transaction_overrules_the_default() -> None:
    default = installed(number=1)
    own = installed(purpose="TxProfile", transactionId="T", periods=((0, 12.0),), duration=60, number=2)
    found = composite([default, own], sites(transaction="T"), 1, START, 100, "A")
    assert periods(found) == [(0, 12.0), (60, 6.0)]
    assert periods(composite([default, own], sites(transaction="U"), 1, START, 100, "A")) == [(0, 6.0)]


def test_priority_overrules_both_but_not_the_station() -> None:
    given = [
        installed(purpose="TxProfile", transactionId="T", number=1),
        installed(0, purpose="PriorityCharging", periods=((0, 20.0),), number=2),
        installed(0, purpose="ChargingStationMaxProfile", periods=((0, 16.0),), number=3),
    ]
    assert allowed_at(given, sites(transaction="T"), 1, START).limit_w == 6 * 690
    assert allowed_at(given, sites(transaction="T", priority=True), 1, START).limit_w == 16 * 690


def test_local_generation_is_added_on_top() -> None:
    given = [
        installed(0, purpose="ChargingStationMaxProfile", unit="W", periods=((0, 5000.0),), number=1),
        installed(0, purpose="LocalGeneration", unit="W", periods=((0, 2000.0),), number=2),
    ]
    assert allowed_at(given, sites(), 1, START).limit_w == 7000
    assert station_budget(given, sites(), START) == 7000


def test_the_whole_station_is_the_sum_below_its_own_limit() -> None:
    default = installed(0)
    assert periods(composite([default], sites(), 0, START, 300, "A")) == [(0, 12.0)]
    station = installed(0, purpose="ChargingStationMaxProfile", periods=((0, 10.0),), number=2)
    assert periods(composite([default, station], sites(), 0, START, 300, "A")) == [(0, 10.0)]


def test_without_profiles_the_hardware_limits() -> None:
    assert periods(composite([], sites(), 1, START, 300, "W")) == [(0, 22000.0)]
    assert periods(composite([], sites(), 1, START, 300, "A")) == [(0, 31.8)]
    assert periods(composite([], sites(), 0, START, 300, "W")) == [(0, 44000.0)]


def test_phases_and_units() -> None:
    single = installed(
        periods=((0, 10.0),),
        schedule={"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0, "numberPhases": 1}]},
    )
    assert allowed_at([single], sites(), 1, START).limit_w == 2300
    [found] = composite([single], sites(), 1, START, 60, "A")
    assert (found["limit"], found["numberPhases"]) == (10.0, 1)
    watts = installed(unit="W", periods=((0, 6900.0),))
    assert periods(composite([watts], sites(), 1, START, 60, "A")) == [(0, 10.0)]
    direct = {1: Site(DC, Facts(START))}
    [found] = composite([installed(unit="W", periods=((0, 20000.0),))], direct, 1, START, 60, "A")
    assert found == {"startPeriod": 0, "limit": 50.0}


def test_above_a_state_of_charge_the_limit_is_capped() -> None:
    one = installed(unit="W", periods=((0, 9000.0),), schedule={"limitAtSoC": {"soc": 80, "limit": 3000.0}})
    assert allowed_at([one], sites(soc=79.9), 1, START).limit_w == 9000
    assert allowed_at([one], sites(soc=80.0), 1, START).limit_w == 3000
    assert allowed_at([one], sites(), 1, START).limit_w == 9000


def test_a_set_point_lies_between_the_limits() -> None:
    period = {"startPeriod": 0, "setpoint": -9000.0, "dischargeLimit": -4000.0, "operationMode": "CentralSetpoint"}
    one = installed(unit="W", schedule={"chargingSchedulePeriod": [period]})
    found = allowed_at([one], sites(), 1, START)
    assert (found.mode, found.limit_w, found.target_w) == ("CentralSetpoint", 22000.0, -4000.0)
    [shown] = composite([one], sites(), 1, START, 60, "W")
    assert (shown["setpoint"], shown["operationMode"]) == (-4000.0, "CentralSetpoint")


# ---- checks


def refused(given: dict[str, Any], evse: int = 1, others: list[Installed] | None = None, **fields: Any) -> list[str]:
    abilities = Abilities("ocpp2.1", {1: AC, 2: AC}, **fields.pop("abilities", {}))
    proposal = Proposal(given, evse, ProfileStore(others or []), abilities, **fields)
    return [f"{one.requirement} {one.reason}" for one in problems(proposal)]


RUNNING = {1: "T"}
LATER = {"chargingSchedulePeriod": [{"startPeriod": 5, "limit": 6.0}]}
TWICE = {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}, {"startPeriod": 0, "limit": 7.0}]}


@pytest.mark.parametrize(
    ("given", "fields", "problem"),
    [
        (profile(), {}, ""),
        (profile(), {"evse": 3}, "K01.FR.28 UnknownEvse"),
        (profile(purpose="TxProfile", transactionId="T"), {"transactions": RUNNING}, ""),
        (profile(purpose="TxProfile", transactionId="T"), {}, "K01.FR.09 TxNotFound"),
        (profile(purpose="TxProfile", transactionId="U"), {"transactions": RUNNING}, "K01.FR.33 TxNotFound"),
        (profile(purpose="TxProfile", transactionId="T"), {"evse": 0, "transactions": RUNNING}, "K01.FR.16 InvalidProfile"),
        (profile(purpose="TxProfile"), {"starting": True}, ""),
        (profile(), {"starting": True}, "K05.FR.02 InvalidProfile"),
        (profile(purpose="ChargingStationMaxProfile"), {}, "K04.FR.03 InvalidProfile"),
        (profile(purpose="ChargingStationMaxProfile", kind="Relative"), {"evse": 0}, "K01.FR.38 InvalidProfile"),
        (profile(purpose="ChargingStationExternalConstraints"), {"evse": 0}, "K01.FR.22 InvalidProfile"),
        (profile(kind="Relative", schedule={"startSchedule": at(0)}), {}, "K01.FR.41 InvalidSchedule"),
        (profile(schedule=LATER), {}, "K01.FR.31 InvalidSchedule"),
        (profile(schedule=TWICE), {}, "K01.FR.35 InvalidSchedule"),
        (profile(unit="W"), {"abilities": {"units": ("A",)}}, "K01.FR.26 UnsupportedRateUnit"),
        (profile(level=11), {}, "K01.FR.17 InvalidStackLevel"),
        (profile(number=5), {"abilities": {"max_external_id": 5}}, "K01.FR.81 InvalidProfileId"),
        (profile(purpose="PriorityCharging"), {"evse": 0}, "K01.FR.120 UnsupportedPurpose"),
        (profile(purpose="PriorityCharging", duration=60), {"abilities": {"purposes": ("PriorityCharging",)}},
         "K01.FR.70 InvalidSchedule"),
        (profile(kind="Dynamic"), {}, "K01.FR.121 UnsupportedKind"),
        (profile(dynUpdateInterval=5), {}, "K01.FR.122 InvalidProfile"),
        (profile(schedule={"useLocalTime": True}), {}, "K01.FR.123 InvalidSchedule"),
        (profile(schedule={"randomizedDelay": 5}), {}, "K01.FR.124 InvalidSchedule"),
        (profile(schedule={"limitAtSoC": {"soc": 80, "limit": 1}}), {}, "K01.FR.125 InvalidSchedule"),
        (profile(schedule={"chargingSchedulePeriod": [{"startPeriod": 0, "operationMode": "Idle"}]}), {},
         "K01.FR.115 InvalidOperationMode"),
        (profile(schedule={"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6, "limit_L2": 6}]}), {},
         "K01.FR.144 PhaseConflict"),
    ],
)  # fmt: skip
def test_what_a_station_refuses(given: dict[str, Any], fields: dict[str, Any], problem: str) -> None:
    found = refused(given, fields.pop("evse", 1), **fields) if fields else refused(given)
    assert found[:1] == ([problem] if problem else [])


def test_no_two_profiles_of_one_stack_level() -> None:
    wide, here = installed(0, number=9), installed(1, number=9)
    assert refused(profile(), 1, [wide]) == ["K01.FR.53 DuplicateProfile"]
    assert refused(profile(), 0, [here]) == ["K01.FR.52 DuplicateProfile"]
    assert refused(profile(), 1, [here]) == ["K01.FR.06 DuplicateProfile"]
    assert refused(profile(), 2, [here]) == []
    assert refused(profile(level=1), 1, [here]) == []
    assert refused(profile(number=9), 1, [here]) == []
    apart = installed(1, number=9, validTo=at(0))
    assert refused(profile(validFrom=at(0)), 1, [apart]) == []


def test_profiles_of_external_systems_are_neither_replaced_nor_cleared() -> None:
    store = ProfileStore(
        [installed(0, purpose="ChargingStationExternalConstraints", number=-5), installed(1, number=7)]
    )
    assert store.clearable(-5, {}) == []
    assert [one.id for one in store.clearable(None, {"stackLevel": 0})] == [7]
    assert refused(profile(number=-5), 1, list(store))[:1] == ["K01.FR.05 InvalidProfileId"]


def test_criteria_of_a_report_are_all_minded() -> None:
    store = ProfileStore([installed(0, number=1), installed(1, number=2, level=1), installed(1, number=3)])
    ids = lambda evse, **criterion: [one.id for one in store.matching(evse, criterion)]  # noqa: E731
    assert ids(None) == [1, 2, 3]
    assert ids(0) == [1]
    assert ids(1, stackLevel=1) == [2]
    assert ids(1, chargingProfileId=[1, 3]) == [3]
    assert ids(None, chargingLimitSource=["EMS"]) == []


# ---- what an EV announces, what a station reports


def announced(*limits: tuple[int, float], unit: str = "A", chosen: int = 1) -> dict[str, Any]:
    made = [{"startPeriod": start, "limit": limit} for start, limit in limits]
    schedule = {"id": chosen, "duration": 300, "chargingRateUnit": unit, "chargingSchedulePeriod": made}
    return {"timeBase": at(10), "evseId": 1, "chargingSchedule": schedule}


@pytest.mark.parametrize(
    ("limits", "unit", "too_much"),
    [
        (((0, 6.0), (100, 10.0)), "A", False),
        (((0, 6.0), (80, 10.0)), "A", True),
        (((0, 7.0),), "A", True),
        (((0, 4100.0),), "W", False),
        (((0, 4300.0),), "W", True),
    ],
)
def test_the_schedule_of_an_ev_against_its_profile(limits: Any, unit: str, too_much: bool) -> None:
    given = profile((0, 6.0), (100, 10.0), purpose="TxProfile")
    assert exceeds(announced(*limits, unit=unit), given, START) is too_much


def test_the_schedule_that_an_ev_has_chosen_counts() -> None:
    given = profile((0, 6.0))
    other = {**given["chargingSchedule"][0], "id": 2, "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]}
    given["chargingSchedule"].append(other)
    assert exceeds(announced((0, 10.0), chosen=1), given, START)
    assert not exceeds(announced((0, 10.0), chosen=2), given, START)


@pytest.mark.parametrize(
    ("shown", "changed"),
    [
        ({}, ""),
        ({"validFrom": "2026-03-02T09:00:00+01:00"}, ""),
        ({"validFrom": "2026-03-02T09:00:00Z"}, "validFrom is"),
        ({"stackLevel": 0.0}, ""),
        ({"stackLevel": 1}, "stackLevel is 1"),
        ({"dynUpdateTime": "2026-03-02T09:00:00Z"}, ""),
        ({"chargingSchedule": []}, "chargingSchedule has 0 entries"),
    ],
)
def test_a_profile_is_reported_as_it_was_set(shown: dict[str, Any], changed: str) -> None:
    was_set = profile(validFrom=at(0), invalidAfterOfflineDuration=False)
    reported = {key: value for key, value in was_set.items() if key != "invalidAfterOfflineDuration"} | shown
    assert difference(was_set, reported).startswith(changed) and bool(difference(was_set, reported)) is bool(changed)
