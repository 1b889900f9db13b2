"""The `aimc` performance monitoring unit: what perf_event_open counts, of one tile or of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from driver.tiles import ManagedTile
from driver.uapi import Counter
from emulator.config import Fidelity
from emulator.energy import tile_work_pj
from guest.abi.errno import E, Errno

if TYPE_CHECKING:
    from emulator.config import HardwareConfig
    from guest.device.pmu import Pmus

_ENERGY = 0x40
"""Picojoules that tiles have used for their work."""
_STALL_CYCLES = 0x41
"""Cycles that the cores of tiles waited for AIMC instructions and tile registers: `cycle_causes.aimc` of `--stats`."""
_ALL_TILES = 0xFF
"""In an event, in place of the number of one."""


class TileEvents:
    """The events by their numbers. At functional fidelity cores do not wait, and there is no `stall_cycles`."""

    def __init__(self, hardware: HardwareConfig, tiles: Sequence[ManagedTile]) -> None:
        self._tiles = tiles
        self._events: dict[int, tuple[str, Callable[[ManagedTile], float]]] = {
            counter.value: (counter.name.lower(), partial(ManagedTile.count, counter=counter)) for counter in Counter
        }
        self._events[_ENERGY] = "energy", lambda tile: tile_work_pj(hardware.energy, tile.tile.counters())
        if hardware.fidelity is Fidelity.TIMING:
            self._events[_STALL_CYCLES] = "stall_cycles", _stall_cycles

    def register(self, pmus: Pmus) -> None:
        """Let programs find and count them."""
        shown = {name: f"event={number:#x},tile={_ALL_TILES:#x}" for number, (name, _) in self._events.items()}
        units = {"energy.scale": "1e-12", "energy.unit": "Joules"}
        pmus.add("aimc", self._reader, {"event": "config:0-7", "tile": "config:8-15"}, shown | units)

    def _reader(self, config: int) -> Callable[[], int]:
        """What reads the counter of an event (EINVAL if there is none)."""
        number, which = config & 0xFF, config >> 8 & 0xFF
        if config >> 16 or number not in self._events or (which != _ALL_TILES and which >= len(self._tiles)):
            raise Errno(E.EINVAL)
        _, count = self._events[number]
        tiles = self._tiles if which == _ALL_TILES else [self._tiles[which]]
        return lambda: round(sum(map(count, tiles)))


def _stall_cycles(tile: ManagedTile) -> int:
    """0 for a core on which nothing has run."""
    timing = tile.core.timing
    return 0 if timing is None else timing.causes()["aimc"]
