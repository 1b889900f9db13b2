"""What an AIMC tile does on each instruction, compiled; `tile.py` owns the memory that these functions work on.

Each takes the TILE record. A tile's weights are stored column by column (`weights[column * stride + row]`), so that
one output is a dot product of two contiguous int8 vectors, which compilers turn into wide multiply-add instructions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, int32, int64

from emulator.isa import INTERFACE_VERSION, StatusSelector
from emulator.jit import operation
from emulator.native import pointer

_VERSION = int(StatusSelector.INTERFACE_VERSION)
_ROWS = int(StatusSelector.ROWS)
_COLUMNS = int(StatusSelector.COLUMNS)
_MISUSE = int(StatusSelector.MISUSE)
_SATURATED = int(StatusSelector.SATURATED_OUTPUTS)
_INTERFACE_VERSION = INTERFACE_VERSION


@operation
def _signed_byte(value: Any) -> Any:
    """The low 8 bits of `value` as a signed number."""
    return ((value & 0xFF) ^ 0x80) - 0x80


@operation
def queue(tile: Any, word: Any) -> None:
    """Append the four int8 of `word` (low 32 bits, low byte first) to the input memory.

    Bytes beyond the last row are dropped; that is misuse unless they are the zero padding of a last, incomplete word.
    ALPINE's tile drops a whole word that reaches the end of the memory, even exactly.
    """
    rows = tile["rows"]
    counter = tile["input_counter"]
    inputs = carray(pointer(tile["inputs"]), rows, np.int8)
    tile["queued_words"] += 1
    tile["input_counter"] = counter + 4
    if tile["alpine"] != 0:
        if counter + 4 >= rows:
            tile["queue_past_end"] += 1
            return
    elif counter + 4 > rows and (counter >= rows or (word & 0xFFFFFFFF) >> (8 * (rows - counter)) != 0):
        tile["queue_past_end"] += 1
    for lane in range(4):
        if counter + lane < rows:
            inputs[counter + lane] = _signed_byte(word >> (8 * lane))


@operation
def dequeue(tile: Any) -> Any:
    """The next four int8 of the output memory as an unsigned 32-bit word; bytes beyond the last column are zero."""
    columns = tile["columns"]
    counter = tile["output_counter"]
    outputs = carray(pointer(tile["outputs"]), columns, np.int8)
    tile["dequeued_words"] += 1
    tile["output_counter"] = counter + 4
    if tile["processed"] == 0:
        tile["dequeue_before_process"] += 1
    if counter >= columns or (tile["alpine"] != 0 and counter + 4 >= columns):
        tile["dequeue_past_end"] += 1
        return int64(0)
    word = int64(0)
    for lane in range(4):
        if counter + lane < columns:
            word |= (int64(outputs[counter + lane]) & 0xFF) << (8 * lane)
    return word


@operation
def _dot(weights: Any, inputs: Any, count: Any) -> Any:
    total = int32(0)
    for i in range(count):
        total += int32(weights[i]) * int32(inputs[i])
    return total


@operation
def _products(tile: Any, inputs: Any, count: Any, weights: Any, columns: Any, outputs: Any) -> Any:
    """output[x] = saturate(round(sum over y of input[y] * weight[y][x] / 2^shift)); how many were saturated.

    `inputs`, `weights`, `outputs`: addresses of `count` int8, of the first column's first weight, of `columns` int8.
    The sum fits 32 bits for any tile of at most 65,536 rows.
    """
    shift = tile["output_shift"]
    half = (int64(1) << shift) >> 1
    vector = carray(pointer(inputs), count, np.int8)
    results = carray(pointer(outputs), columns, np.int8)
    saturated = 0
    for column in range(columns):
        of_column = carray(pointer(weights + column * tile["stride"]), count, np.int8)
        value = (int64(_dot(of_column, vector, count)) + half) >> shift
        if value > 127:
            value = int64(127)
            saturated += 1
        elif value < -128:
            value = int64(-128)
            saturated += 1
        results[column] = value
    return saturated


@operation
def process(tile: Any) -> None:
    """Matrix-vector multiplication of what was queued; inputs that were not queued count as zero. Then the input memory
    and both counters are cleared.
    """
    rows = tile["rows"]
    columns = tile["columns"]
    used = tile["used_columns"]
    filled = min(tile["input_counter"], rows)
    saturated = _products(tile, tile["inputs"], filled, tile["weights"], used, tile["outputs"])
    outputs = carray(pointer(tile["outputs"]), columns, np.int8)
    for column in range(used, columns):
        outputs[column] = 0
    inputs = carray(pointer(tile["inputs"]), rows, np.int8)
    for row in range(filled):
        inputs[row] = 0
    tile["input_counter"] = 0
    tile["output_counter"] = 0
    tile["processed"] = 1
    tile["mvms"] += 1
    tile["active_cells"] += filled * used
    tile["saturated_outputs"] += saturated


@operation
def multiply(tile: Any, inputs: Any, row: Any, rows: Any, column: Any, columns: Any, outputs: Any) -> None:
    """Multiply `rows` int8 at address `inputs` by the part of the crossbar from (row, column) on; `columns` int8 go to
    address `outputs`. The input and output memories that instructions use stay as they are.
    """
    saturated = _products(tile, inputs, rows, tile["weights"] + column * tile["stride"] + row, columns, outputs)
    tile["mvms"] += 1
    tile["active_cells"] += rows * columns
    tile["queued_words"] += (rows + 3) // 4
    tile["dequeued_words"] += (columns + 3) // 4
    tile["saturated_outputs"] += saturated


@operation
def _offset(tile: Any, x: Any, y: Any) -> Any:
    """Where in `weights` crossbar[y][x] is, or -1 (counted as misuse).

    ALPINE checks the linear index y * columns + x only, so that a column too far right falls into a later row.
    """
    rows = tile["rows"]
    columns = tile["columns"]
    if tile["alpine"] != 0:
        linear = y * columns + x
        y = linear // columns
        x = linear - y * columns
    if x < 0 or x >= columns or y < 0 or y >= rows:
        tile["parameter_out_of_range"] += 1
        return int64(-1)
    return x * tile["stride"] + y


@operation
def parameter_write(tile: Any, x: Any, y: Any, value: Any) -> Any:
    """crossbar[y][x] = low 8 bits of `value`. Returns 0, or 1 if there is no such cell."""
    offset = _offset(tile, x, y)
    if offset < 0:
        return int64(1)
    weights = carray(pointer(tile["weights"] + offset), 1, np.int8)
    weights[0] = _signed_byte(value)
    column = offset // tile["stride"]
    if column >= tile["used_columns"]:
        tile["used_columns"] = column + 1
    tile["programmed_weights"] += 1
    return int64(0)


@operation
def parameter_read(tile: Any, x: Any, y: Any) -> Any:
    """crossbar[y][x], sign-extended; 0 if there is no such cell."""
    offset = _offset(tile, x, y)
    if offset < 0:
        return int64(0)
    tile["read_weights"] += 1
    return int64(carray(pointer(tile["weights"] + offset), 1, np.int8)[0])


@operation
def status(tile: Any, selector: Any) -> Any:
    """What CM_STATUS returns for a selector (`isa.StatusSelector`)."""
    tile["status_reads"] += 1
    if selector == _VERSION:
        return int64(_INTERFACE_VERSION)
    if selector == _ROWS:
        return tile["rows"]
    if selector == _COLUMNS:
        return tile["columns"]
    if selector == _MISUSE:
        return (
            tile["queue_past_end"]
            + tile["dequeue_past_end"]
            + tile["dequeue_before_process"]
            + tile["parameter_out_of_range"]
            + tile["unknown_register"]
        )
    if selector == _SATURATED:
        return tile["saturated_outputs"]
    return int64(0)
