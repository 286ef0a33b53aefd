"""Fuzzing is the same in every run, so that a red check is about the change at hand. ``HYPOTHESIS_PROFILE=seek`` looks
further: other examples each time, and more of them where a test does not say how many.
"""

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("seek", derandomize=False, deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
