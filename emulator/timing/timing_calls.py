"""The operations of the timing model that Python and hooks call, with integers for all arguments and results."""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.jit import hook, integers
from emulator.native import pointer
from emulator.timing.pipeline_operations import advance, retire
from emulator.timing.records import PIPELINE


@hook(integers(3))
def call_retire(core: Any, target: Any, placed: Any) -> Any:
    retire(carray(pointer(core), 1, PIPELINE)[0], target, placed)
    return 0


@hook(integers(2))
def call_advance(core: Any, now: Any) -> Any:
    advance(carray(pointer(core), 1, PIPELINE)[0], now)
    return 0
