"""A page of registers that programs map, to use a tile by loads and stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.memory import PAGE_SIZE
from guest.device.memory import DeviceMemory

if TYPE_CHECKING:
    from driver.context import Context
    from emulator.tile import Tile
    from emulator.tile_registers import TileRegisters
    from guest.services import KernelServices


class RegisterPage:
    """Of one tile, for one context. Its memory lives as long as it is mapped; when it is revoked it reaches nothing."""

    def __init__(
        self, kernel: KernelServices, context: Context, tile: Tile, registers: TileRegisters, offset: int
    ) -> None:
        """`offset`: of the device file, where it is mapped from. Raises OutOfMemory."""
        self.context = context
        self.offset = offset
        self.memory = DeviceMemory(kernel, b"/dev/accel/accel0", PAGE_SIZE)
        self._registers = registers
        self._frame = self.memory.frame(0)
        registers.add(self._frame, tile)

    def revoke(self) -> None:
        """Loads give all ones from now on, and stores do nothing."""
        self._registers.remove(self._frame)
