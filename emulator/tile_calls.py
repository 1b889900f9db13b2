"""The operations of `tile_operations.py` that Python calls, with integers for all arguments and results."""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.jit import hook, integers
from emulator.native import pointer
from emulator.record import TILE
from emulator.tile_operations import multiply


@hook(integers(7))
def call_multiply(tile: Any, inputs: Any, row: Any, rows: Any, column: Any, columns: Any, outputs: Any) -> Any:
    multiply(carray(pointer(tile), 1, TILE)[0], inputs, row, rows, column, columns, outputs)
    return 0
