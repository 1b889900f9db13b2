"""Tiles that processes use by instructions, enabled at a thread's first use as Linux does with vector registers."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from driver.scheduler import JobScheduler
    from driver.tiles import ManagedTile
    from driver.trace import Trace
    from emulator.config import TileConfig
    from guest.services import KernelServices
    from guest.task import Task

_LONGEST_WAIT_NS = 100_000
"""For so long a core may wait in the driver before the kernel looks for signals."""
_LOOK_NS = 1_000
"""For so long it waits between two jobs of a context in its quantum: about as long as the interrupt takes."""
RETURN_NS = 10_000
"""Within that an instruction that has waited is executed, or traps again."""
_NS = 1_000_000_000


class TileLending:
    """Implements `guest.device.core_unit.CoreUnit`."""

    def __init__(
        self,
        kernel: KernelServices,
        config: TileConfig,
        tiles: Sequence[ManagedTile],
        jobs: JobScheduler,
        trace: Trace,
    ) -> None:
        self._kernel = kernel
        self._jobs = jobs
        self._config = config
        self._tiles = tiles
        self._trace = trace

    def switched(self, task: Task, core: int) -> None:
        """See `CoreUnit`."""
        tile = self._tiles[core]
        if tile.holds is None:
            return  # it is not enabled
        was_enabled = tile.core.tile_is_enabled
        tile.core.enable_tile(tile.holds is task and tile.binding_of(task.mm) is not None)
        if was_enabled and not tile.core.tile_is_enabled:
            self._jobs.start_jobs()  # one may take it now

    def trapped(self, task: Task, core: int) -> bool:
        """See `CoreUnit`."""
        tile = self._tiles[core]
        binding = tile.binding_of(task.mm)
        if binding is None:
            return False
        now_ns = self._kernel.clock.now_ns()
        if tile.running is not None or tile.is_kept_from(binding.context, now_ns):
            # Jobs of a context that shares the tile. The instruction traps again if they are not done then.
            left_ns = _LOOK_NS if tile.running is None else max(tile.running.end_ns - now_ns, 0)
            wait_ns = min(left_ns + 1, _LONGEST_WAIT_NS)
            tile.wanted_ns = now_ns + wait_ns + RETURN_NS
            self._spend_ns(wait_ns)
            return True
        if tile.holds is not task:
            before = self._kernel.work.device
            begins = tile.holds is None or tile.resident is not binding.context
            if tile.take_back():
                self._spend_ns(tile.vector_words * self._config.dequeue_ns)
            weights = tile.lend(binding, task)
            self._trace.note("tile_lent", binding.context.client, binding.context.number, task.pid, tile.number)
            self._spend_ns(weights * max(self._config.parameter_read_ns, self._config.parameter_write_ns))
            vectors = binding.vectors.pop(task, None)
            tile.tile.put_vectors(vectors)
            if vectors is not None:
                self._spend_ns(tile.vector_words * self._config.queue_ns)
            if begins:
                moving_ns = (self._kernel.work.device - before) * _NS // self._kernel.cpu.frequency_hz
                tile.lent_ns = now_ns + moving_ns
        tile.core.enable_tile(True)
        return True

    def _spend_ns(self, duration_ns: float) -> None:
        self._kernel.work.device += ceil(duration_ns * self._kernel.cpu.frequency_hz / _NS)
