"""The machine's memory: frames of 4 KiB with reference counts, and room for the page tables that map them.

One reservation of host memory, which costs only what is touched. Frame 0 stays zero for ever: it backs pages that
were read but never written.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from emulator import record
from emulator.native_code import function

PAGE_SIZE = 4096
PAGE_SHIFT = 12
FrameNumbers = npt.NDArray[np.int32]
"""Frames, in the order of the pages that they back; -1 for none."""

_Integer = TypeVar("_Integer", np.int8, np.int32, np.int64)

# Python 3.11's mmap module lacks the name; the value is that of Linux on x86-64 and AArch64.
_MAP_NORESERVE = 0x4000
_STALE_LIMIT = 1024
_TABLE_RESERVE = 1 << 14
"""Page tables beyond those that would map all frames once (each maps 2 MiB): 64 MiB of address space."""


class PhysicalMemoryError(Exception):
    """A request that the owner of the address space should not have made (unaligned, overlapping, out of range)."""


class OutOfMemory(Exception):
    """No frame or page table is left."""


class PhysicalMemory:
    """All frames of a machine. Whoever takes a frame holds a reference to it and drops it."""

    def __init__(self, size_bytes: int, *, own_zeros: bool = False) -> None:
        """`size_bytes` is rounded up to pages; frame 0 comes on top. Raises OutOfMemory if the host refuses.

        `own_zeros`: a page that is read before it is written gets a frame, and not the one page of zeros of all.
        """
        frames = -(-size_bytes // PAGE_SIZE) + 1
        tables = 4 * (frames // 512) + _TABLE_RESERVE
        self._memory = _reserve(frames * PAGE_SIZE)
        self._view = memoryview(self._memory)
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        self._references = _lazy_zeros(frames, np.int32)
        self._marks = _lazy_zeros(frames, np.int8)
        self._free = _lazy_zeros(frames, np.int32)
        self._tables = _lazy_zeros(tables * 512, np.int64)
        self._free_tables = _lazy_zeros(tables, np.int32)
        self._stale = np.zeros(_STALE_LIMIT, np.int32)
        self.record = record.new(record.MEMORY)
        state = self.record[0]
        state["base"] = self.base
        state["frames"] = frames
        state["own_zeros"] = int(own_zeros)
        state["next_frame"] = 1
        state["references"] = record.address_of(self._references)
        state["marks"] = record.address_of(self._marks)
        state["free"] = record.address_of(self._free)
        state["tables"] = record.address_of(self._tables)
        state["table_limit"] = tables
        state["free_table"] = record.address_of(self._free_tables)
        state["stale"] = record.address_of(self._stale)
        state["stale_limit"] = _STALE_LIMIT
        self.address = record.address_of(self.record)
        self._words = record.words(self.record)
        self.is_closed = False

    @property
    def size_bytes(self) -> int:
        """Host memory reserved, frame 0 included."""
        return self._words[_FRAMES] * PAGE_SIZE

    @property
    def used_bytes(self) -> int:
        """Memory in use: by programs, shared memory and page caches."""
        return (self._words[_NEXT_FRAME] - 1 - self._words[_FREE_FRAMES]) * PAGE_SIZE

    @property
    def free_bytes(self) -> int:
        """Memory that can still be taken."""
        return self.size_bytes - PAGE_SIZE - self.used_bytes

    def take_frame(self) -> int:
        """A frame of zeros. Raises OutOfMemory."""
        frame = int(function("call_take_frame")(self.address))
        if frame < 0:
            raise OutOfMemory("no frame is left")
        return frame

    def drop_frames(self, frames: FrameNumbers) -> None:
        """Drop one reference to each."""
        function("call_drop_frames")(self.address, record.address_of(frames), len(frames))

    def references(self, frame: int) -> int:
        """How many page-table entries and others refer to a frame."""
        return int(self._references[frame])

    def mark(self, frame: int, mark: int) -> None:
        """Say what is special about a frame (`page_entry.REGISTER_FRAME`), until it is free again."""
        self._marks[frame] = mark

    def page(self, frame: int) -> memoryview:
        """The content of a frame, writable. Not for code that may have run: see `GuestMemory.write`."""
        start = frame * PAGE_SIZE
        return self._view[start : start + PAGE_SIZE]

    def take_stale(self) -> Sequence[int] | None:
        """Frames with translations whose content changed since the last call; None if they are too many to list."""
        count = self._words[_STALE_FRAMES]
        if not count:
            return ()
        self._words[_STALE_FRAMES] = 0
        return None if count > _STALE_LIMIT else [int(frame) for frame in self._stale[:count]]

    @property
    def has_stale(self) -> bool:
        """Whether `take_stale` has something to say."""
        return self._words[_STALE_FRAMES] != 0

    def close(self) -> None:
        """Give the host's memory back at once."""
        self.is_closed = True
        # At once, as cycles of references may keep this object until Python's collector comes.
        self._references = self._free = self._free_tables = self._stale = np.zeros(0, np.int32)
        self._tables, self._marks = np.zeros(0, np.int64), np.zeros(0, np.int8)
        self._view.release()
        with suppress(BufferError):  # somebody still holds a view; the memory is freed with it
            self._memory.close()


_FRAMES = record.field(record.MEMORY, "frames")
_NEXT_FRAME = record.field(record.MEMORY, "next_frame")
_FREE_FRAMES = record.field(record.MEMORY, "free_frames")
_STALE_FRAMES = record.field(record.MEMORY, "stale_frames")


def _lazy_zeros(count: int, dtype: type[_Integer]) -> npt.NDArray[_Integer]:
    """Zeros that cost host memory only where they are touched, however few they are (NumPy's are cleared if few)."""
    return np.frombuffer(mmap.mmap(-1, count * np.dtype(dtype).itemsize), dtype)


def _reserve(size: int) -> mmap.mmap:
    try:
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_NORESERVE)
    except OSError as error:
        raise OutOfMemory(f"the host has no room for {size:#x} bytes") from error
