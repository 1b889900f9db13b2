"""The registers of a tile, one page of them: what a program reaches by loads and stores where it may map the page.

A frame of memory stands for the page, so that address spaces map, share and unmap it as any other; the TLB-fill hook
sends accesses to it elsewhere (`hooks.on_register_read`, `hooks.on_register_write`). `register_layout.py` says what is
in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator import page_entry, record

if TYPE_CHECKING:
    from emulator.config import TileConfig
    from emulator.physical_memory import PhysicalMemory
    from emulator.tile import Tile


class TileRegisters:
    """Which frames stand for the registers of which tiles."""

    def __init__(self, physical: PhysicalMemory, config: TileConfig, cycles_per_ns: float) -> None:
        self._physical = physical
        self._pages = record.new(record.REGISTER_PAGE, 1)
        self._record = record.new(record.REGISTER_PAGES)
        self._state = self._record[0]
        self._state["pages"] = record.address_of(self._pages)
        for name, time_ns in (
            ("read", config.register_read_ns),
            ("write", config.register_write_ns),
            ("mvm", config.mvm_ns),
        ):
            self._state[name] = max(round(time_ns * cycles_per_ns), 1) * record.SUBCYCLES
        self.address = record.address_of(self._record)

    def add(self, frame: int, tile: Tile) -> None:
        """Let a frame, which must be new to all TLBs, stand for the registers of a tile."""
        count = int(self._state["count"])
        if count == len(self._pages):
            larger = record.new(record.REGISTER_PAGE, 2 * count)
            larger[:count] = self._pages
            self._pages = larger
            self._state["pages"] = record.address_of(larger)
        self._pages[count] = (frame, tile.address)
        self._state["count"] = count + 1
        self._physical.mark(frame, page_entry.REGISTER_FRAME)

    def remove(self, frame: int) -> None:
        """Let loads from a frame give all ones, and stores to it do nothing; until nobody maps it any more."""
        count = int(self._state["count"])
        pages = self._pages[:count]
        kept = pages[pages["frame"] != frame].copy()
        pages[: len(kept)] = kept
        self._state["count"] = len(kept)
