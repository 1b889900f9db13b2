"""The registers of a tile, one page of them: what a program reaches by loads and stores where it may map the page.

A frame of memory stands for the page, so that address spaces map, share and unmap it as any other; the TLB-fill hook
sends accesses to it elsewhere (`hooks.on_register_read`, `hooks.on_register_write`). The bus moves aligned words of 4
bytes; larger loads and stores are several, in the order of their addresses. Registers take 8 bytes, of which the upper
four are zero.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from emulator import page_entry, record

if TYPE_CHECKING:
    from emulator.config import TileConfig
    from emulator.physical_memory import PhysicalMemory
    from emulator.tile import Tile

IDENTITY = 0x434D_4941
"""What the register ID holds: "AIMC", low byte first."""
WINDOW_BYTES = 64


class Register(IntEnum):
    """Offsets in the page. Windows are of 64 bytes, so that loads and stores of pairs and vectors reach them too."""

    ID = 0x00
    BUSY = 0x08
    """1 while a multiplication that was started here is under way."""
    PROCESS = 0x10
    """A store of anything starts a multiplication, behind one that is under way."""
    STATUS = 0x40
    """Window: what CM_STATUS returns for the selector n at 8 n."""
    INPUT = 0x80
    """Window: each store appends to the input memory, wherever in the window it is."""
    OUTPUT = 0xC0
    """Window: each load takes the next bytes of the output memory; it waits for a multiplication that is under way."""


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
