"""The clock of real time. Under uvloop ``anyio.current_time`` moves in milliseconds, too coarse for a 25 ms limit."""

import time


def real_clock() -> float:
    """Return monotonic seconds with the resolution of the system, for recorders of real links.

    On the virtual clock ``anyio.current_time`` is the only one that counts.
    """
    return time.monotonic()
