"""The operations of the timing model that Python and hooks call, with integers for all arguments and results."""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.jit import hook, integers
from emulator.native import pointer
from emulator.timing.memo_operations import leave_memo, retire_block, retire_cut_block
from emulator.timing.pipeline_operations import advance, note_costs, retire
from emulator.timing.records import PIPELINE


@hook(integers(3))
def call_retire(core: Any, outcome: Any, placed: Any) -> Any:
    retire(carray(pointer(core), 1, PIPELINE)[0], outcome, placed)
    return 0


@hook(integers(3))
def call_retire_block(core: Any, target: Any, placed: Any) -> Any:
    retire_block(carray(pointer(core), 1, PIPELINE)[0], target, placed)
    return 0


@hook(integers(3))
def call_retire_cut_block(core: Any, target: Any, placed: Any) -> Any:
    pipeline = carray(pointer(core), 1, PIPELINE)[0]
    retire_cut_block(pipeline, target, placed)
    if pipeline["noted"] != 0:
        note_costs(pipeline)
    return 0


@hook(integers(2))
def call_advance(core: Any, now: Any) -> Any:
    pipeline = carray(pointer(core), 1, PIPELINE)[0]
    leave_memo(pipeline)
    advance(pipeline, now)
    return 0
