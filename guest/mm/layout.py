"""Where things lie in a process's address space: all constants of placement in one place.

Those of Linux on AArch64 with 48-bit virtual addresses and 4 KiB pages, without address-space randomisation, as
`arch/arm64/include/asm/{processor,elf}.h` and `mm/util.c` (mmap_base) compute them.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.memory import PAGE_SIZE

PAGE_MASK = PAGE_SIZE - 1
MMAP_MIN_ADDRESS = 0x10000
"""Lowest address that may be mapped (vm.mmap_min_addr of distributions)."""
STACK_GUARD_GAP = 256 * PAGE_SIZE
"""Distance kept below a growing stack."""
STACK_GROWTH = 128 * 1024
"""A stack grows by this multiple at a fault; Linux grows by a page, but each growth costs the engine a change of
mapping.
"""
DEFAULT_STACK_LIMIT = 8 << 20
_MINIMUM_GAP = 128 << 20


@dataclass(frozen=True)
class Layout:
    """Placement for one size of the user half of the address space."""

    task_size: int = 1 << 48

    @property
    def stack_top(self) -> int:
        """End of the stack."""
        return self.task_size

    @property
    def program_base(self) -> int:
        """ELF_ET_DYN_BASE: where position-independent programs go, two thirds up, rounded to 64 KiB as their segments
        are.
        """
        return 2 * self.task_size // 3 & ~0xFFFF

    def mmap_base(self, stack_limit: int) -> int:
        """Mappings are placed downwards from here: below the room that the stack may want (128 MiB to 5/6 of all)."""
        gap = min(stack_limit + STACK_GUARD_GAP, self.task_size // 6 * 5)
        return (self.stack_top - max(gap, _MINIMUM_GAP)) & ~PAGE_MASK


def page_down(address: int) -> int:
    """Start of the page."""
    return address & ~PAGE_MASK


def page_up(address: int) -> int:
    """End of the page, or the address itself if it is a page boundary."""
    return (address + PAGE_MASK) & ~PAGE_MASK
