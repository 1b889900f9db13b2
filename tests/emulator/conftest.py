"""Hypothesis: no deadline (the first call of a compiled function loads it), and the same examples in each run."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("emulator", deadline=None, derandomize=True, database=None, max_examples=60)
settings.load_profile("emulator")
