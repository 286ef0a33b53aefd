"""Rules on data types: what no schema says of times, integers, decimals, identifiers and empty fields."""

from typing import Any

import pytest

from v2xconform.protocols.ocpp import VERSIONS, rules, schemas
from v2xconform.protocols.ocpp.rules.types import TYPE_RULES, time_problem

OURS = {rule.requirement for rule in TYPE_RULES}


def broken(name: str, tree: dict[str, Any]) -> set[tuple[str, str]]:
    assert schemas.is_valid("ocpp2.1", name, tree), schemas.violations("ocpp2.1", name, tree)
    return {
        (rule.requirement, found.path)
        for rule, found in rules.broken("ocpp2.1", name, tree)
        if rule.requirement in OURS
    }


@pytest.mark.parametrize(
    "text, problem",
    [
        ("2026-11-20T12:00:00Z", ""),
        ("2026-11-20T12:00:00.123Z", ""),
        ("2026-11-20t12:00:00z", ""),
        ("2026-11-20T12:00:00+01:00", ""),
        ("2026-11-20T12:00:00.1234Z", "4 decimals"),
        ("2026-11-20 12:00:00Z", "no RFC 3339"),
        ("2026-11-20T12:00:00", "no RFC 3339"),
        ("2026-02-30T12:00:00Z", "no time"),
        ("yesterday", "no RFC 3339"),
    ],
)
def test_times(text: str, problem: str) -> None:
    assert (problem in time_problem(text)) if problem else time_problem(text) == ""


def test_microseconds_are_found_wherever_a_time_stands() -> None:
    event = {"timestamp": "2026-11-20T12:00:00.123456Z", "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    assert broken("StatusNotificationRequest", event) == {("OCPP-DateTime", "timestamp")}
    local = {"currentTime": "2026-11-20T12:00:00+01:00"}
    assert broken("HeartbeatResponse", local) == {("OCPP-Utc", "currentTime")}


def test_a_text_that_only_looks_like_a_time_is_none() -> None:
    data = {"vendorId": "org.example", "data": {"timestamp": "2026-11-20T12:00:00.123456Z", "time": "now"}}
    assert broken("DataTransferRequest", data) == set()


@pytest.mark.parametrize("value, wrong", [(2**31 - 1, False), (2**31, True)])
def test_integers(value: int, wrong: bool) -> None:
    assert broken("GetReportRequest", {"requestId": value}) == ({("OCPP-Integer", "requestId")} if wrong else set())


def test_an_empty_object_is_no_absent_field() -> None:
    assert broken("ClearChargingProfileRequest", {"chargingProfileCriteria": {}}) == {
        ("OCPP-EmptyField", "chargingProfileCriteria")
    }
    assert broken("GetChargingProfilesRequest", {"requestId": 1, "chargingProfile": {}}) == set(), (
        "that one is required"
    )


@pytest.mark.parametrize("value, wrong", [(0.123456, False), (0.1234567, True), (0.1 + 0.2, False), (7, False)])
def test_decimals_for_a_station(value: float, wrong: bool) -> None:
    tree = {"chargingProfileId": 1, "scheduleUpdate": {"limit": value}}
    assert bool(broken("UpdateDynamicScheduleRequest", tree)) is wrong


def test_decimals_of_a_station_are_free() -> None:
    sample = [{"timestamp": "2026-11-20T12:00:00Z", "sampledValue": [{"value": 0.123456789}]}]
    assert broken("MeterValuesRequest", {"evseId": 1, "meterValue": sample}) == set()


@pytest.mark.parametrize("token, wrong", [("AA*BB-CC_DD=:+|@.", False), ("", False), ("a b", True), ("grün", True)])
def test_characters_of_tokens(token: str, wrong: bool) -> None:
    assert bool(broken("AuthorizeRequest", {"idToken": {"idToken": token, "type": "Central"}})) is wrong


def test_the_smallest_messages_break_no_rule_on_types() -> None:
    for version in VERSIONS:
        for name in schemas.names(version):
            tree = schemas.minimal(version, name)
            assert not [
                found
                for rule, found in rules.broken(version, name, tree)
                if rule.requirement in OURS - {"OCPP-EmptyField"}
            ], name
