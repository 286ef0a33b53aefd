"""Limits of transactions at the emulated station (2.1, E16): told once, kept, raised."""

from typing import Any

import pytest

TOKEN = {"idToken": "AABBCCDD", "type": "ISO14443"}


def charging(rungs: Any, **limits: float) -> Any:
    """Return a station in whose transaction the CSMS has set limits."""
    station = rungs("ocpp2.1")
    station.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted"}}
    station.answers["TransactionEvent"] = {"idTokenInfo": {"status": "Accepted"}, "transactionLimit": limits}
    evse = station.station.evses[0]
    station.station.transactions.plug_in(evse, station.now)
    station.station.authorization.present(TOKEN, evse, station.now)
    station.wait(2)
    station.answers["TransactionEvent"] = {}
    return station


def events(station: Any) -> list[tuple[str, str, Any]]:
    told = [tree for _, action, tree in station.said if action == "TransactionEvent"]
    return [
        (one["triggerReason"], one["transactionInfo"]["chargingState"], one["transactionInfo"].get("transactionLimit"))
        for one in told
    ]


@pytest.mark.parametrize(
    ("limits", "trigger"), [({"maxTime": 30}, "TimeLimitReached"), ({"maxEnergy": 50}, "EnergyLimitReached")]
)
def test_a_limit_is_told_once_and_kept(rungs: Any, limits: dict[str, float], trigger: str) -> None:
    station = charging(rungs, **limits)
    station.wait(60)
    told = events(station)
    assert [limit for _, _, limit in told if limit] == [limits]
    assert (trigger, "SuspendedEVSE", None) in told
    assert not station.station.evses[0].flowing


def test_what_the_csms_has_set_is_not_exceeded_but_can_be_raised_by_it(rungs: Any) -> None:
    station = charging(rungs, maxTime=30)
    evse = station.station.evses[0]
    station.station.limits.choose(evse, {"maxTime": 90}, station.now)
    station.wait(40)
    assert not evse.flowing
    running = station.station.transactions.at(evse)
    station.station.limits.hear(running, {"transactionLimit": {"maxTime": 3600}}, station.now)
    station.wait(1)
    assert evse.flowing


def test_limits_that_are_said_again_are_not_confirmed_again(rungs: Any) -> None:
    station = charging(rungs, maxTime=30)
    station.answers["TransactionEvent"] = {"transactionLimit": {"maxTime": 30}}
    station.wait(60)
    assert [limit for _, _, limit in events(station) if limit] == [{"maxTime": 30}]
