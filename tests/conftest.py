"""Fuzzing is the same in every run, so that a red check is about the change at hand. ``HYPOTHESIS_PROFILE=seek`` looks
further: other examples each time, and more of them where a test does not say how many.

Tests that take minutes, mostly of waiting (mark ``long``), begin first in each of the processes that share the run.
"""

import os

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("seek", derandomize=False, deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long tests first: xdist gives each of its processes one stretch of the list (and they steal from ends)."""
    shares: int = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if item.get_closest_marker("long")]
    short = [item for item in items if not item.get_closest_marker("long")]
    size, ordered = len(items) // shares, []
    for share in range(shares):
        own = long[share::shares]
        last = share + 1 == shares
        rest = len(short) if last else max(0, size - len(own))
        ordered += [*own, *short[:rest]]
        short = short[rest:]
    items[:] = ordered
