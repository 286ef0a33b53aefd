"""The program as a command line that hears Ctrl-C even where the test runner ignores it (in the background)."""

import sys
from pathlib import Path

_HEARS = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"


def interruptible(*arguments: str) -> list[str]:
    """Return what to start instead of ``v2xconform ARGUMENTS``; the process keeps its id."""
    return [sys.executable, "-c", _HEARS, str(Path(sys.executable).with_name("v2xconform")), *arguments]
