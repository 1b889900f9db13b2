"""Rights to a page, and the bits of a page-table entry, for Python; `page_table_operations.py` says what they mean.

A module of its own because that one needs Numba, which takes long to import.
"""

from __future__ import annotations

from enum import IntFlag


class Protection(IntFlag):
    """What a program may do with a page."""

    NONE = 0
    READ = 1
    WRITE = 2
    EXECUTE = 4


PRESENT = 1 << 0
READ = 1 << 1
WRITE = 1 << 2
EXECUTE = 1 << 3
COPY = 1 << 4
DEMAND = 1 << 5
BACKED = 1 << 6
SHARED = 1 << 7
TOUCHED = 1 << 8
FILE = 1 << 9
DIRTY = 1 << 10
TABLE = 1 << 11
RIGHTS = READ | WRITE | EXECUTE
FRAME_SHIFT = 12

CODE_FRAME = 1
"""Mark of a frame (MEMORY.marks): translations were made from it."""
REGISTER_FRAME = 2
"""Mark of a frame that stands for the registers of a tile: accesses of programs go there, and the kernel makes none."""

NOT_ALLOWED = -1
"""Nothing is mapped there, or the access is not allowed."""
NOT_BACKED = -2
"""The page waits for its frame."""
EXHAUSTED = -3
"""No frame or page table is left."""


def rights(protection: Protection) -> int:
    """The entry bits of a protection."""
    return int(protection) << 1


_RIGHT_OF = (READ, READ, WRITE, WRITE, EXECUTE, EXECUTE, WRITE, WRITE)


def right(access: Protection) -> int:
    """The one bit that an access needs: the right to write, to execute, or else to read."""
    # A table, because operators of an enumeration are slow and this is asked at every transfer of data.
    return _RIGHT_OF[access]


def protection(entry: int) -> Protection:
    """The protection of an entry."""
    return Protection((entry & RIGHTS) >> 1)
