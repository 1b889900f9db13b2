"""Jobs: what a context asks of its tiles, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from driver.config import DriverConfig
from driver.faults import Chance

if TYPE_CHECKING:
    import numpy.typing as npt

    from driver.buffer import Buffer
    from driver.tiles import ManagedTile
    from emulator.config import TileConfig


class Part(NamedTuple):
    """A rectangle of a crossbar."""

    row: int
    column: int
    rows: int
    columns: int

    @property
    def weights(self) -> int:
        """How many."""
        return self.rows * self.columns


class Work(Protocol):
    """What a job does, once."""

    @property
    def tiles(self) -> tuple[ManagedTile, ...]:
        """That it uses."""

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """That it reads or writes."""

    @property
    def fault(self) -> Chance | None:
        """What may go wrong with it in particular."""

    def duration_ns(self, tile: TileConfig, config: DriverConfig) -> float:
        """How long it keeps its tiles busy."""

    def run(self) -> int:
        """Do it; the job's result."""


class Multiplication(NamedTuple):
    """One MVM of a batch."""

    tile: ManagedTile
    part: Part
    input: Buffer
    input_offset: int
    output: Buffer
    output_offset: int


class Multiply:
    """A batch of MVMs: in order on each tile, at once on different ones."""

    fault: Chance | None = Chance.ECC

    def __init__(self, batch: Sequence[Multiplication]) -> None:
        self._batch = batch
        tiles: dict[ManagedTile, None] = {}
        buffers: dict[Buffer, None] = {}
        for one in batch:
            tiles[one.tile] = buffers[one.input] = buffers[one.output] = None
        self.tiles, self.buffers = tuple(tiles), tuple(buffers)

    def duration_ns(self, tile: TileConfig, config: DriverConfig) -> float:
        """The latency of memory once in and once out; transfers of a tile do not overlap its multiplications."""
        busy = dict.fromkeys(self.tiles, 0.0)
        bytes_per_ns, mvm_ns = config.dma_bytes_per_ns, tile.mvm_ns
        for one in self._batch:
            part = one.part
            busy[one.tile] += (part.rows + part.columns) / bytes_per_ns + mvm_ns
        return 2 * config.dma_latency_ns + max(busy.values())

    def run(self) -> int:
        inputs = [one.input.memory.read(one.input_offset, one.part.rows) for one in self._batch]
        for one, vector in zip(self._batch, inputs, strict=True):
            part = one.part
            one.output.memory.write(one.output_offset, one.tile.tile.mvm(vector, part.row, part.column, part.columns))
        return 0


class ProgramWeights:
    """Weights from a buffer, or from a copy of the caller's memory, into a crossbar."""

    fault: Chance | None = Chance.PROGRAM

    def __init__(
        self, tile: ManagedTile, part: Part, stride: int, source: Buffer | bytes, offset: int, *, verify: bool
    ) -> None:
        self.tiles = (tile,)
        self.buffers: tuple[Buffer, ...] = (source,) if not isinstance(source, bytes) else ()
        self._part, self._stride, self._source, self._offset = part, stride, source, offset
        self._verify = verify

    def duration_ns(self, tile: TileConfig, config: DriverConfig) -> float:
        each = tile.parameter_write_ns + (tile.parameter_read_ns if self._verify else 0)
        return config.dma_latency_ns + self._part.weights * max(each, 1 / config.dma_bytes_per_ns)

    def run(self) -> int:
        part, source = self._part, self._source
        length = (part.rows - 1) * self._stride + part.columns
        data = source if isinstance(source, bytes) else source.memory.read(self._offset, length)
        weights = as_matrix(data, part, self._stride)
        managed = self.tiles[0]
        managed.program(weights, part.row, part.column)
        if not self._verify:
            return 0
        found = managed.tile.read_back(part.row, part.column, part.rows, part.columns)
        return int((found != weights).sum())


class ReadWeights:
    """Weights of a crossbar, for the caller to fetch."""

    fault: Chance | None = Chance.ECC

    def __init__(self, tile: ManagedTile, part: Part) -> None:
        self.tiles = (tile,)
        self.buffers: tuple[Buffer, ...] = ()
        self._part = part
        self.weights: npt.NDArray[np.int8] | None = None
        """Once it has run."""

    def duration_ns(self, tile: TileConfig, config: DriverConfig) -> float:
        return config.dma_latency_ns + self._part.weights * max(tile.parameter_read_ns, 1 / config.dma_bytes_per_ns)

    def run(self) -> int:
        part = self._part
        self.weights = self.tiles[0].tile.read_back(part.row, part.column, part.rows, part.columns)
        return 0


class CalibrateTile:
    """Measure drift and compensate for it."""

    fault: Chance | None = None

    def __init__(self, tile: ManagedTile) -> None:
        self.tiles = (tile,)
        self.buffers: tuple[Buffer, ...] = ()

    def duration_ns(self, tile: TileConfig, config: DriverConfig) -> float:
        return config.calibrate_ns

    def run(self) -> int:
        self.tiles[0].calibrate()
        return 0


def as_matrix(data: bytes, part: Part, stride: int) -> npt.NDArray[np.int8]:
    """Rows of int8 that lie `stride` bytes apart, of which the last may end early; shape (rows, columns)."""
    values = np.frombuffer(data, np.int8)
    return np.lib.stride_tricks.as_strided(values, (part.rows, part.columns), (stride, 1), writeable=False)
