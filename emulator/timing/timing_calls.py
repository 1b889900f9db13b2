"""The operations of the timing model that Python and hooks call, with integers for all arguments and results."""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.jit import hook, integers
from emulator.native import pointer
from emulator.timing.memo_operations import leave_memo, retire_block
from emulator.timing.pipeline_operations import advance, predict, retire
from emulator.timing.records import PIPELINE


@hook(integers(3))
def call_retire_block(core: Any, target: Any, placed: Any) -> Any:
    retire_block(carray(pointer(core), 1, PIPELINE)[0], target, placed)
    return 0


@hook(integers(3))
def call_retire(core: Any, target: Any, placed: Any) -> Any:
    """The same for a block that may have been cut."""
    pipeline = carray(pointer(core), 1, PIPELINE)[0]
    leave_memo(pipeline)
    if pipeline["block_count"] == 0:
        pipeline["logged"] = 0
    else:
        retire(pipeline, predict(pipeline, target, placed), placed)
    return 0


@hook(integers(2))
def call_advance(core: Any, now: Any) -> Any:
    pipeline = carray(pointer(core), 1, PIPELINE)[0]
    leave_memo(pipeline)
    advance(pipeline, now)
    return 0
