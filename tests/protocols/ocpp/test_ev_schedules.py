"""The schedule of an EV against the profile that it was given: clocks that differ by a second are no excess."""

from typing import Any

import pytest

from v2xconform.emulators.station.charging_needs import _without_beginning
from v2xconform.protocols.ocpp.charging.needs import exceeds

PROFILE: dict[str, Any] = {
    "id": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Absolute",
    "chargingSchedule": [{
        "id": 1, "startSchedule": "2026-01-01T12:00:01Z", "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 13.0}],
    }],
}  # fmt: skip


@pytest.mark.parametrize(
    ("periods", "above"),
    [
        ([(0, 13.0)], False),
        ([(0, 16.0)], True),
        ([(0, 16.0), (1, 13.0)], False),  # before the profile begins by the clock of the CSMS
        ([(0, 13.0), (600, 16.0)], True),
    ],
)
def test_a_schedule_above_its_profile(periods: list[tuple[int, float]], above: bool) -> None:
    announced = {
        "timeBase": "2026-01-01T12:00:00Z", "evseId": 1,
        "chargingSchedule": {
            "id": 1, "duration": 3600, "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": start, "limit": limit} for start, limit in periods],
        },
    }  # fmt: skip
    assert exceeds(announced, PROFILE, 0.0) is above


def test_an_ev_is_not_told_of_a_first_second() -> None:
    periods = [{"startPeriod": 0, "limit": 16}, {"startPeriod": 1, "limit": 13}, {"startPeriod": 600, "limit": 6}]
    assert _without_beginning(periods) == [{"startPeriod": 0, "limit": 13}, {"startPeriod": 600, "limit": 6}]
    assert _without_beginning(periods[:1]) == periods[:1]
