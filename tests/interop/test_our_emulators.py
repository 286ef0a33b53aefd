"""Our emulated car and charger with josev: AC, DC and both bidirectional services, plain TCP and mutual TLS 1.3."""

from __future__ import annotations

from pathlib import Path

import pytest

from .install import install
from .ours import Role, play_all


@pytest.mark.long
@pytest.mark.interop
@pytest.mark.parametrize("ours", ["evcc", "secc"])
def test_our_emulator_completes_every_service_over_both_transports(ours: Role, tmp_path: Path) -> None:
    install()
    played = play_all(ours, tmp_path)
    problems = {f"{one.scenario.name} {one.control}": list(one.problems()) for one in played}
    assert len(problems) == 8
    assert not {name: found for name, found in problems.items() if found}
