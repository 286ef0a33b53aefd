"""The other side lets go of the connection at every message that it could send: survived, judged, and no fault of the tester.

One emulated device after another drops the connection in place of its first, second, third … message of each connection, in
rows that together exchange most kinds of messages. On the virtual clock, since many of them wait for what never comes.
"""

from typing import Literal

import pytest

from v2xconform.campaign.selftest import results_under
from v2xconform.emulators.bends import Bend
from v2xconform.emulators.quirks import Quirk, load_quirks

ROWS = {
    "station": [
        "TC_B_06_CS", "TC_B_12_CS", "TC_B_20_CS", "TC_C_08_CS", "TC_E_05_CS", "TC_F_01_CS", "TC_G_03_CS", "TC_H_01_CS",
        "TC_J_02_CS", "TC_K_60_CS", "TC_L_01_CS", "TC_M_12_CS", "TC_N_25_CS", "TC_O_06_CS", "TC_P_01_CS",
    ],
    "csms": [
        "TC_A_14_CSMS", "TC_B_01_CSMS", "TC_B_06_CSMS", "TC_C_02_CSMS", "TC_E_29_CSMS", "TC_F_01_CSMS", "TC_G_03_CSMS",
        "TC_H_01_CSMS", "TC_J_02_CSMS", "TC_K_60_CSMS", "TC_L_01_CSMS", "TC_M_12_CSMS", "TC_N_25_CSMS", "TC_D_01_CSMS",
    ],
}  # fmt: skip
PROFILES = {"station": "ocpp21-station", "csms": "ocpp21-csms"}
LAST = 25
"""Message of a connection at which it is dropped, at most: no row has more of them."""


def under(role: Literal["station", "csms"], bend: Bend, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    quirk = Quirk(name="drops", what="drops the connection", requirement="FR.01", bends=[bend])
    monkeypatch.setitem(load_quirks(role), "drops", quirk)
    results = results_under(PROFILES[role], "drops", ROWS[role])
    assert {one["testcase"] for one in results} == set(ROWS[role])
    for one in results:
        assert one["verdict"] in ("PASS", "FAIL", "INCONCLUSIVE"), (one["testcase"], one["verdict"], one["reason"])
        assert one["verdict"] == "PASS" or one["reason"], one["testcase"]
    return [one["verdict"] for one in results]


@pytest.mark.parametrize("role", ["station", "csms"])
def test_dropped_at_every_message(role: Literal["station", "csms"], monkeypatch: pytest.MonkeyPatch) -> None:
    lost = 0
    for number in range(1, LAST + 1):
        bend = Bend(at="*", nth=number, close="rst" if number % 5 == 2 else "fin")
        lost += sum(one != "PASS" for one in under(role, bend, monkeypatch))
    assert lost > 3 * len(ROWS[role]), "a test case whose messages are missing does not pass"
