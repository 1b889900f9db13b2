"""Tiles that processes use by instructions, enabled at a thread's first use as Linux does with vector registers."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from driver.tiles import ManagedTile
    from emulator.config import TileConfig
    from guest.services import KernelServices
    from guest.task import Task

_WORD_BYTES = 4
_NS = 1_000_000_000


class TileLending:
    """Implements `guest.device.core_unit.CoreUnit`."""

    def __init__(self, kernel: KernelServices, config: TileConfig, tiles: Sequence[ManagedTile]) -> None:
        self._kernel = kernel
        self._config = config
        self._tiles = tiles
        self.traps = self.saves = 0
        """First uses, and how often a thread's vectors had to be moved for another's."""

    def switched(self, task: Task, core: int) -> None:
        """See `CoreUnit`."""
        tile = self._tiles[core]
        if tile.holds is None:
            return  # it is not enabled
        binding = tile.binding
        tile.core.enable_tile(binding is not None and tile.holds is task and binding.mm is task.mm)

    def trapped(self, task: Task, core: int) -> bool:
        """See `CoreUnit`."""
        tile = self._tiles[core]
        binding = tile.binding
        if binding is None or binding.mm is not task.mm:
            return False
        self.traps += 1
        if tile.holds is not task:
            before = tile.holds
            if before is not None and not before.exited:
                self.saves += 1
                alive = {one: vectors for one, vectors in binding.vectors.items() if not one.exited}
                binding.vectors = {**alive, before: tile.tile.take_vectors()}
                self._move_vectors(self._config.dequeue_ns)
            vectors = binding.vectors.pop(task, None)
            tile.tile.put_vectors(vectors)
            if vectors is not None:
                self._move_vectors(self._config.queue_ns)
            tile.holds = task
        tile.core.enable_tile(True)
        return True

    def _move_vectors(self, word_ns: float) -> None:
        """Both memories are moved as a program would, word by word."""
        words = ceil((self._config.rows + self._config.columns) / _WORD_BYTES)
        self._kernel.work.device += ceil(words * word_ns * self._kernel.cpu.frequency_hz / _NS)
