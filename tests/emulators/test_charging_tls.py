"""The PKI of the lab stays what it is while a test case lasts."""

import pytest

from v2xconform.emulators.charging_tls import pki_of
from v2xconform.lab.sut import Tls

NOON_S = 1_795_262_400.0


def leaf(utc: float) -> bytes:
    return pki_of(Tls(pki="iso15118-20-p521"), utc).credential("vehicle").chain[0].tbs_certificate_bytes


@pytest.mark.parametrize("pause_s", [2.0, 600.0, 3600.0])
def test_a_car_shows_the_same_certificate_after_a_pause_over_the_hour(pause_s: float) -> None:
    for hour in range(3):
        before = NOON_S + hour * 86400 - 1
        assert leaf(before) == leaf(before + pause_s) == leaf(before)


def test_a_campaign_of_days_has_certificates_that_are_fresh() -> None:
    began = leaf(NOON_S)
    assert leaf(NOON_S + 11 * 3600) == began
    assert leaf(NOON_S + 13 * 3600) != began
    assert leaf(NOON_S) == began, "another test case of the same day, on its own clock"
