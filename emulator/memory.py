"""One address space: page tables over the machine's frames. Knows nothing of files, stacks or limits."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from emulator import page_entry, record
from emulator.native_code import function
from emulator.page_entry import Protection
from emulator.physical_memory import PAGE_SIZE, FrameNumbers, OutOfMemory, PhysicalMemory, PhysicalMemoryError
from emulator.profile import CodePlace, PlaceOf

__all__ = [
    "ADDRESS_BITS", "PAGE_SIZE", "BadAddress", "CodeObserver", "GuestMemory", "MemoryUsage", "OutOfMemory",
    "PhysicalMemory", "PhysicalMemoryError", "Protection",
]  # fmt: skip

ADDRESS_BITS = 48
_USER_END = 1 << ADDRESS_BITS


class BadAddress(Exception):
    """A byte that is not mapped was read or written from outside the guest."""

    def __init__(self, address: int) -> None:
        super().__init__(f"address {address:#x} is not mapped")
        self.address = address


class MemoryUsage(NamedTuple):
    """Pages that a program has touched, in a range."""

    pages: int
    of_file: int
    dirty: int
    """Written, or of no file."""
    shared: int
    """Other address spaces have them too."""
    shared_dirty: int
    split_bytes: int
    """Each page split among those who have it; likewise for pages of files and dirty ones."""
    split_file_bytes: int
    split_dirty_bytes: int


class CodeObserver(Protocol):
    """What wants to hear of changes of code: the engine, to keep translated code right."""

    def code_changed(self, memory: GuestMemory, start: int, end: int) -> None:
        """Bytes of [start, end) that may be executed are about to change or vanish, or became executable."""

    def forked(self, parent: GuestMemory, child: GuestMemory) -> None:
        """`child` is a copy of `parent`."""

    def released(self, memory: GuestMemory) -> None:
        """`memory` is over."""


Pager = Callable[[int, Protection], bool]
"""Called when an access is refused: maps or installs what makes it valid, or gives False."""
_SMALL = PAGE_SIZE
_CLEANED_AT_ONCE = 1 << 36
"""Bytes of address space whose written pages are looked for with one array of numbers."""


class GuestMemory:
    """Page-granular memory of one address space. Addresses and sizes of mappings are multiples of PAGE_SIZE."""

    def __init__(self, physical: PhysicalMemory, observer: CodeObserver | None = None) -> None:
        """Raises OutOfMemory."""
        self.physical = physical
        self._observer = observer
        self.pager: Pager | None = None
        """Asked when an access is refused: for the pages that `map_backed` left open, for a stack that may grow."""
        self.place_of: PlaceOf = _by_address
        """What code belongs to."""
        self._scratch = bytearray(_SMALL)
        self._scratch_address = ctypes.addressof(ctypes.c_char.from_buffer(self._scratch))
        self.shadow: dict[int, int] = {}
        """Instruction words (address: word) that the engine replaced in memory; `read` shows them, not what replaced
        them.
        """
        self.record = record.new(record.SPACE)
        self.record[0]["memory"] = physical.address
        root = function("call_new_root")(physical.address)
        if root < 0:
            raise OutOfMemory("no page table is left")
        self.record[0]["root"] = root
        self.address = record.address_of(self.record)
        self.words = record.words(self.record)

    # -- mapping -----------------------------------------------------------------------------------------------

    def map(self, address: int, size: int, protection: Protection) -> None:
        """Map `size` bytes of zeros at `address`; what was there is unmapped. Raises OutOfMemory."""
        self._set(address, size, page_entry.DEMAND | page_entry.rights(protection))

    def map_backed(self, address: int, size: int, protection: Protection, *, shared: bool) -> None:
        """Map pages that the pager, or `install`, gives their frames."""
        kind = page_entry.BACKED | (page_entry.SHARED if shared else 0)
        self._set(address, size, kind | page_entry.rights(protection))

    def install(self, address: int, frames: FrameNumbers, protection: Protection, *, shared: bool) -> None:
        """Give pages from `address` on their frames, which belong to a page cache. Each counts as one more reference.

        Pages that have one already keep it. `shared`: writes reach the frames themselves; otherwise copies of them.
        """
        bits = page_entry.FILE | page_entry.rights(protection)
        bits |= page_entry.SHARED | page_entry.BACKED if shared else page_entry.COPY | page_entry.BACKED
        numbers = np.ascontiguousarray(frames, np.int32)
        _check(function("call_install")(self.address, address, record.address_of(numbers), len(numbers), bits))

    def unmap(self, address: int, size: int) -> None:
        """Remove every page of the range that is mapped; its content is lost."""
        self._set(address, size, 0)

    def protect(self, address: int, size: int, protection: Protection) -> None:
        """Change the protection of every mapped page of the range; content stays. Raises OutOfMemory."""
        end = _end(address, size)
        # Before, while the observer can still see and mend the old code; and after, when it can be executed.
        self._announce_code(address, end)
        _check(function("call_protect_range")(self.address, address, end, page_entry.rights(protection)))
        if protection & Protection.EXECUTE:
            self._announce_code(address, end)

    def move(self, old: int, new: int, size: int) -> None:
        """Let the content of [old, old + size) be at `new`, which is mapped alike. Raises OutOfMemory."""
        self._announce_code(old, _end(old, size))
        _check(function("call_move_range")(self.address, old, new, size))

    def take_written(self, address: int, size: int) -> list[int]:
        """Pages of shared files in the range that the program wrote since the last call: numbers from `address`."""
        found: list[int] = []
        numbers = np.zeros(min(size, _CLEANED_AT_ONCE) // PAGE_SIZE, np.int32)
        for start in range(0, size, _CLEANED_AT_ONCE):
            end = min(size, start + _CLEANED_AT_ONCE)
            count = function("call_clean_range")(
                self.address, address + start, address + end, record.address_of(numbers)
            )
            found += [number + start // PAGE_SIZE for number in numbers[:count].tolist()]
        return found

    def fork(self) -> GuestMemory:
        """A copy: private pages are copied when one of the two writes, shared ones stay shared. Raises OutOfMemory."""
        child = GuestMemory(self.physical, self._observer)
        child.shadow = dict(self.shadow)
        try:
            _check(function("call_copy_all")(self.address, child.address))
        except OutOfMemory:
            child.close()
            raise
        if self._observer is not None:
            self._observer.forked(self, child)
        return child

    def close(self) -> None:
        """Unmap everything; nothing may be mapped, read or written any more."""
        if self.words[_ROOT] < 0:
            return
        if self._observer is not None:
            self._observer.released(self)
        self._observer = None
        function("call_release_all")(self.address)

    # -- state -------------------------------------------------------------------------------------------------

    @property
    def resident_pages(self) -> int:
        """Pages that the program has touched: of files and others."""
        return self.words[_ANONYMOUS_PAGES] + self.words[_FILE_PAGES]

    @property
    def file_pages(self) -> int:
        """Resident pages that belong to files."""
        return self.words[_FILE_PAGES]

    @property
    def faults(self) -> int:
        """Pages touched for the first time, or copied, by the program and on its behalf."""
        return self.words[_FAULTS]

    def usage(self, start: int, end: int) -> MemoryUsage:
        """What of a range of whole pages is in memory."""
        result = np.zeros(len(MemoryUsage._fields), np.int64)
        function("call_measure_range")(self.address, start, end, record.address_of(result))
        return MemoryUsage(*result.tolist())

    def entry(self, address: int) -> int:
        """The page-table entry of an address (see `page_entry.py`); 0 if nothing is mapped there."""
        return int(function("call_look_up")(self.address, address)) if _is_user(address) else 0

    def protection(self, address: int) -> Protection:
        """What a program may do with the byte at `address`; NONE also if it is not mapped."""
        return page_entry.protection(self.entry(address))

    def is_mapped(self, address: int, size: int) -> bool:
        """Whether every byte of the range is mapped, whatever its protection."""
        return bool(function("call_mapped")(self.address, address, size) >= size) if _is_user(address) else size <= 0

    def accessible(self, address: int, size: int, access: Protection) -> int:
        """How many bytes from `address` on the program may access, up to `size`. Touches nothing."""
        if not 0 <= address < _USER_END:
            return 0
        done: int = function("call_accessible")(self.address, address, size, page_entry.right(access))
        return done

    def touch(self, address: int, access: Protection, *, force: bool = False) -> int:
        """Make the page of an address present for an access; its entry, or negative if that is not possible."""
        right = page_entry.right(access)
        if not _is_user(address):
            return page_entry.NOT_ALLOWED
        entry = _touch(self.address, address, right, force)
        while entry < 0 and entry != page_entry.EXHAUSTED and self.pager is not None and self.pager(address, access):
            entry = _touch(self.address, address, right, force)
        return entry

    def touch_range(self, address: int, size: int, access: Protection) -> int:
        """Make whole pages present for an access, in order; how many bytes of them could be."""
        if not _is_user(address) or not _is_user(address + size - 1):
            return 0
        right, end, at = page_entry.right(access), address + size, address
        while True:
            at = function("call_touch_range")(self.address, at, end, right)
            # The pager may mend it.
            if at >= end or self.touch(at, access) < 0:
                return at - address
            at += PAGE_SIZE

    def frame(self, address: int, access: Protection = Protection.READ) -> int:
        """The frame of an address, made present. Raises BadAddress, OutOfMemory."""
        entry = self.touch(address, access, force=True)
        if entry == page_entry.EXHAUSTED:
            raise OutOfMemory("no frame is left")
        if entry < 0:
            raise BadAddress(address)
        return entry >> page_entry.FRAME_SHIFT

    # -- content -----------------------------------------------------------------------------------------------

    def copy_out(self, address: int, data: bytes | bytearray | memoryview, *, force: bool = False) -> int:
        """Store `data` at `address`; how many bytes before a page that the program may not write (unless `force`)."""
        size = len(data)
        if not size:
            return 0
        if self.shadow:
            self._announce_code(address, address + size)
        host: int | bytes = data if isinstance(data, bytes) else record.address_of(np.frombuffer(data, np.uint8))
        done = self._copy(address, size, host, True, force)
        while done < size and self.touch(address + done, Protection.WRITE, force=force) >= 0:
            # The pager mended it; from here on rare enough to copy what is left.
            more = self._copy(address + done, size - done, bytes(memoryview(data)[done:]), True, force)
            if not more:
                break  # registers of a device
            done += more
        return done

    def copy_in(self, address: int, size: int, *, force: bool = False) -> bytes:
        """Up to `size` bytes at `address`: those before a page that the program may not read (unless `force`)."""
        if size <= _SMALL:
            data, host = self._scratch, self._scratch_address
        else:
            data = bytearray(size)
            host = ctypes.addressof(ctypes.c_char.from_buffer(data))
        done = self._copy(address, size, host, False, force)
        while done < size and self.touch(address + done, Protection.READ, force=force) >= 0:
            more = self._copy(address + done, size - done, host + done, False, force)
            if not more:
                break  # registers of a device
            done += more
        content = bytes(data) if done == len(data) else bytes(memoryview(data)[:done])
        return self._unshadowed(address, content) if self.shadow else content

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes at `address`, whatever the protection. Raises BadAddress, OutOfMemory."""
        if size <= 0:
            return b""
        data = self.copy_in(address, size, force=True)
        if len(data) < size:
            self._refuse(address + len(data), Protection.READ)
        return data

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Store `data` at `address`, whatever the protection. Raises BadAddress before anything is written.

        A page that is shared with others is copied first, so that only this address space changes.
        """
        if not self.is_mapped(address, len(data)):
            mapped = int(function("call_mapped")(self.address, address, len(data))) if _is_user(address) else 0
            raise BadAddress(address + mapped)
        self._announce_code(address, address + len(data))
        done = self.copy_out(address, data, force=True)
        if done < len(data):
            self._refuse(address + done, Protection.WRITE)

    # -- inside ------------------------------------------------------------------------------------------------

    def _copy(self, address: int, size: int, host: int | bytes, write: bool, force: bool) -> int:
        if not 0 <= address < _USER_END:
            return 0
        done: int = function("call_copy_bytes")(self.address, address, size, host, write, force)
        return done

    def _refuse(self, address: int, access: Protection) -> None:
        if self.touch(address, access, force=True) == page_entry.EXHAUSTED:
            raise OutOfMemory("no frame is left")
        raise BadAddress(address)

    def _set(self, address: int, size: int, entry: int) -> None:
        end = _end(address, size)
        self._announce_code(address, end)
        _check(function("call_set_range")(self.address, address, end, entry))

    def _announce_code(self, start: int, end: int) -> None:
        if self._observer is not None:
            self._observer.code_changed(self, start, end)

    def _unshadowed(self, address: int, content: bytes) -> bytes:
        """`content`, read at `address`, with the program's own words in place of the engine's."""
        end = address + len(content)
        if len(content) < 4 * len(self.shadow):
            hits = [(at, self.shadow[at]) for at in range(address & -4, end, 4) if at in self.shadow]
        else:
            hits = [(at, word) for at, word in self.shadow.items() if at + 4 > address and at < end]
        if not hits:
            return content
        patched = bytearray(content)
        for at, word in hits:
            for offset, byte in enumerate(word.to_bytes(4, "little")):
                if address <= at + offset < end:
                    patched[at + offset - address] = byte
        return bytes(patched)


def _by_address(address: int) -> CodePlace:
    return CodePlace(None, address)


def _touch(space: int, address: int, right: int, force: bool) -> int:
    return function("call_touch")(space, address, right, force)


_ROOT = record.field(record.SPACE, "root")
_ANONYMOUS_PAGES = record.field(record.SPACE, "anonymous_pages")
_FILE_PAGES = record.field(record.SPACE, "file_pages")
_FAULTS = record.field(record.SPACE, "faults")


def _is_user(address: int) -> bool:
    return 0 <= address < _USER_END


def _end(address: int, size: int) -> int:
    end = address + size
    if address % PAGE_SIZE or size % PAGE_SIZE or size <= 0 or address < 0 or end > 1 << ADDRESS_BITS:
        raise PhysicalMemoryError(f"bad range {address:#x} + {size:#x}")
    return end


def _check(result: int) -> None:
    if result < 0:
        raise OutOfMemory("no page table is left")
