"""The AIMC tile: a crossbar of int8 weights with an input memory, an output memory and their two counters.

The tile owns the memory; `tile_operations` works on it from compiled hooks. Python may use the same operations
through the methods here, which serve tests, host-side tools and the driver.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from emulator import record
from emulator.config import Compat, TileConfig
from emulator.native_code import function
from emulator.power import PowerDomain

_ALIGNMENT = 64


def _operations() -> Any:
    """The compiled operations, imported late: programs reach the tile through hooks and need no Numba."""
    from emulator import tile_operations

    return tile_operations


def _signed(value: int) -> int:
    """The low 64 bits of `value` as compiled code takes them: registers are unsigned in Python."""
    return ((value & 0xFFFF_FFFF_FFFF_FFFF) ^ 1 << 63) - (1 << 63)


@dataclass(frozen=True)
class TileCounters:
    """What a tile did so far."""

    mvms: int
    active_cells: int
    """Over all MVMs: rows up to the last input queued times columns up to the last that was programmed."""
    queued_words: int
    dequeued_words: int
    programmed_weights: int
    read_weights: int
    status_reads: int
    saturated_outputs: int
    queue_past_end: int
    dequeue_past_end: int
    dequeue_before_process: int
    parameter_out_of_range: int
    unknown_register: int


_counters_of = itemgetter(*(record.field(record.TILE, name) for name in TileCounters.__dataclass_fields__))
"""Of the words of a tile's record: fields of a NumPy record take a microsecond each."""
_VECTOR_STATE = ("input_counter", "output_counter", "processed")


@dataclass(frozen=True)
class Vectors:
    """What a thread has in the input and output memories of a tile."""

    inputs: bytes
    outputs: bytes
    input_counter: int
    output_counter: int
    processed: int


class Tile:
    """One tile with `exact` numerics: int8 x int8, 32-bit accumulation, saturation to int8."""

    def __init__(self, config: TileConfig, compat: Compat = Compat.NONE) -> None:
        self.config = config
        self.power = PowerDomain()
        stride = -(-config.rows // _ALIGNMENT) * _ALIGNMENT
        self._weights = np.zeros((config.columns, stride), np.int8)
        self._inputs = np.zeros(config.rows, np.int8)
        self._outputs = np.zeros(config.columns, np.int8)
        self.record = record.new(record.TILE)
        self._tile = self.record[0]
        self._words = record.words(self.record)
        self.address = record.address_of(self.record)
        self._room = np.zeros(config.columns, np.int8)
        self._results = record.address_of(self._room)
        self._tile["rows"] = config.rows
        self._tile["columns"] = config.columns
        self._tile["stride"] = stride
        self._tile["weights"] = record.address_of(self._weights)
        self._tile["inputs"] = record.address_of(self._inputs)
        self._tile["outputs"] = record.address_of(self._outputs)
        self._tile["output_shift"] = config.output_shift
        self._tile["alpine"] = int(compat is Compat.ALPINE)

    @property
    def crossbar(self) -> npt.NDArray[np.int8]:
        """The weights as a read-only view of shape (rows, columns)."""
        view = self._weights[:, : self.config.rows].T
        view.flags.writeable = False
        return view

    def program(self, weights: npt.NDArray[np.int8], row: int = 0, column: int = 0) -> None:
        """Program a matrix of shape (inputs, outputs) with its corner at (row, column).

        Raises ValueError if it does not fit.
        """
        height, width = weights.shape
        if row < 0 or column < 0 or row + height > self.config.rows or column + width > self.config.columns:
            raise ValueError(f"a {height}x{width} matrix at ({row}, {column}) does not fit the tile")
        self._weights[column : column + width, row : row + height] = weights.T
        self._tile["used_columns"] = max(int(self._tile["used_columns"]), column + width)
        self._tile["programmed_weights"] += weights.size

    def read_back(self, row: int, column: int, rows: int, columns: int) -> npt.NDArray[np.int8]:
        """A copy of the weights of a part of the crossbar, of shape (rows, columns)."""
        self._tile["read_weights"] += rows * columns
        return self._weights[column : column + columns, row : row + rows].T.copy()

    def mvm(self, inputs: bytes, row: int, column: int, columns: int) -> bytes:
        """Multiply int8 inputs by the part of the crossbar that begins at (row, column); gives `columns` int8.

        The input and output memories of instructions stay as they are. The part must lie inside of the crossbar.
        """
        room = self._results
        function("call_multiply")(self.address, inputs, row, len(inputs), column, columns, room)
        return ctypes.string_at(room, columns)

    def take_vectors(self) -> Vectors:
        """What the input and output memories hold, which are empty then."""
        vectors = Vectors(
            self._inputs.tobytes(), self._outputs.tobytes(), *(int(self._tile[name]) for name in _VECTOR_STATE)
        )
        self.put_vectors(None)
        return vectors

    def put_vectors(self, vectors: Vectors | None) -> None:
        """Let the input and output memories hold what they held once; nothing, as at the start, for None."""
        vectors = vectors or Vectors(bytes(self.config.rows), bytes(self.config.columns), 0, 0, 0)
        self._inputs[:] = np.frombuffer(vectors.inputs, np.int8)
        self._outputs[:] = np.frombuffer(vectors.outputs, np.int8)
        for name in _VECTOR_STATE:
            self._tile[name] = getattr(vectors, name)

    def take_weights(self) -> npt.NDArray[np.int8]:
        """The crossbar's weights, which are zeros then; of shape (used columns, rows)."""
        used = int(self._tile["used_columns"])
        weights = self._weights[:used, : self.config.rows].copy()
        self.put_weights(None)
        return weights

    def put_weights(self, weights: npt.NDArray[np.int8] | None) -> None:
        """Let the crossbar hold what `take_weights` gave; zeros for None. Counted by whoever knows why."""
        self._weights[:] = 0
        if weights is not None:
            self._weights[: len(weights), : self.config.rows] = weights
        self._tile["used_columns"] = 0 if weights is None else len(weights)

    def queue(self, word: int) -> None:
        """CM_QUEUE."""
        _operations().queue(self._tile, _signed(word))

    def process(self) -> None:
        """CM_PROCESS."""
        _operations().process(self._tile)

    def dequeue(self) -> int:
        """CM_DEQUEUE."""
        return int(_operations().dequeue(self._tile))

    def parameter_write(self, x: int, y: int, value: int) -> int:
        """CM_PARAM_WRITE; returns its status."""
        return int(_operations().parameter_write(self._tile, _signed(x), _signed(y), _signed(value)))

    def parameter_read(self, x: int, y: int) -> int:
        """CM_PARAM_READ."""
        return int(_operations().parameter_read(self._tile, _signed(x), _signed(y)))

    def status(self, selector: int) -> int:
        """CM_STATUS."""
        return int(_operations().status(self._tile, _signed(selector)))

    def multiply(self, inputs: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
        """Queue a vector of at most `rows` int8, process, and return the `columns` outputs."""
        padded = np.zeros(-(-len(inputs) // 4) * 4, np.int8)
        padded[: len(inputs)] = inputs
        for word in padded.view("<u4"):
            self.queue(int(word))
        self.process()
        return self._outputs.copy()

    def counters(self) -> TileCounters:
        """A copy of the counters."""
        return TileCounters(*_counters_of(self._words))
