"""Plug josev's vehicle in: the stimulus of a campaign in which it is the system under test.

    python -m tests.interop.plug FOLDER SCENARIO

starts it on the vehicle's end of the network and returns at once; a josev that an earlier call started in FOLDER is
ended first (after a failed session it would stay for ever). Everything ends with the namespace.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

from .josev import JosevEvcc
from .namespace import VEHICLE
from .scenarios import SCENARIOS


def plug(folder: Path, name: str) -> None:
    """Start josev's vehicle for one session; its process id and log stay in ``folder``."""
    running = folder / "evcc.pid"
    if running.exists():
        with contextlib.suppress(ProcessLookupError):  # it had ended by itself
            os.kill(int(running.read_text(encoding="ascii")), signal.SIGKILL)
    scenario = SCENARIOS[name]
    vehicle = JosevEvcc(VEHICLE, folder, config=scenario.evcc_config, settings=scenario.evcc_env)
    vehicle.start()
    running.write_text(str(vehicle.pid), encoding="ascii")


if __name__ == "__main__":
    plug(Path(sys.argv[1]), sys.argv[2])
