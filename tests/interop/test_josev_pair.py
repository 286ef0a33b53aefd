"""The harness itself: josev's vehicle charges at josev's station."""

from __future__ import annotations

import pytest

from .scenarios import CHARGE_LOOPS, SCENARIOS
from .sessions import josev_pair


@pytest.mark.interop
def test_josev_charges_at_josev() -> None:
    scenario = SCENARIOS["ac-tcp"]
    outcome = josev_pair(
        secc_env=scenario.secc_env, config=scenario.evcc_config, evcc_env=scenario.evcc_env, until_closed=False
    )
    assert outcome.completed, outcome.explain()
    names = [message.name for message in outcome.messages]
    assert names[:2] == ["supportedAppProtocolReq", "supportedAppProtocolRes"]
    assert names.count("AC_ChargeLoopRes") == CHARGE_LOOPS, outcome.explain()
