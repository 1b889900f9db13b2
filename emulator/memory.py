"""The memory behind one address space: zero-filled pages with a protection, backed by lazily committed host memory.

Unicorn's cost of a mapping grows with the number of regions it already holds (measured: 20 µs at 100 regions, 1.9 ms
at 1,000, 7 ms at 2,000), so neighbours of equal protection are kept as one *run*. That needs host memory that is
contiguous wherever guest memory is: the address space is cut into zones, each a reservation of host address space
that is made at first use and costs memory only where it is touched.
"""

from __future__ import annotations

import ctypes
import gc
import mmap
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import suppress
from enum import IntFlag
from typing import NamedTuple, Protocol

PAGE_SIZE = 4096
ADDRESS_BITS = 48
ZONE_SIZE = 1 << 36

# Python 3.11's mmap module lacks the name; the value is that of Linux on x86-64 and AArch64.
_MAP_NORESERVE = 0x4000

_LARGEST_MERGE = 8 << 20
"""Runs are merged up to this size: Unicorn's cost of a change to a region also grows with its pages (0.3 µs each)."""


class Protection(IntFlag):
    """What a program may do with a page."""

    NONE = 0
    READ = 1
    WRITE = 2
    EXECUTE = 4


class PhysicalMemoryError(Exception):
    """A request that the owner of the address space should not have made (unaligned, overlapping, out of range)."""


class BadAddress(Exception):
    """A byte that is not mapped was read or written from outside the guest."""

    def __init__(self, address: int) -> None:
        super().__init__(f"address {address:#x} is not mapped")
        self.address = address


class Run(NamedTuple):
    """A stretch of mapped pages of equal protection inside one zone; `end` is exclusive."""

    start: int
    end: int
    protection: Protection


class MemoryObserver(Protocol):
    """What wants to hear of changes: the engine, to keep Unicorn's view and its translated code right."""

    def run_added(self, run: Run, host_address: int) -> None:
        """`run` became visible to the guest, backed by host memory at `host_address`."""

    def run_removed(self, run: Run) -> None:
        """`run` is no longer visible."""

    def code_changed(self, start: int, end: int) -> None:
        """Bytes of [start, end) that may be executed are about to change or vanish, or became executable."""


class HostMemoryExhausted(PhysicalMemoryError):
    """The host refuses the address space that a mapping needs."""


class GuestMemory:
    """Zero-filled, page-granular memory of one address space. Knows nothing of files, stacks or limits."""

    def __init__(self, observer: MemoryObserver | None = None) -> None:
        self._observer = observer
        self.shadow: dict[int, int] = {}
        """Instruction words (address: word) that the engine replaced in memory; `read` shows them, not what replaced
        them.
        """
        self._zones: dict[int, mmap.mmap] = {}
        self._views: dict[int, memoryview] = {}
        self._addresses: dict[int, int] = {}
        self._starts: list[int] = []
        self._runs: list[Run] = []

    # -- mapping -----------------------------------------------------------------------------------------------

    def map(self, address: int, size: int, protection: Protection) -> None:
        """Map `size` bytes of zeros at `address`; both are multiples of PAGE_SIZE.

        Raises PhysicalMemoryError if the range is not aligned, not in the address space, or overlaps a mapping.
        """
        end = self._check(address, size)
        if self._overlapping(address, end):
            raise PhysicalMemoryError(f"{address:#x}..{end:#x} overlaps a mapping")
        if protection:
            self._prepare_zones(address, end)
        for start, stop in _split_by_zone(address, end):
            self._insert(Run(start, stop, protection))

    def unmap(self, address: int, size: int) -> None:
        """Remove every page of the range that is mapped; its content is lost."""
        end = self._check(address, size)
        self._announce_code(address, end)
        for run in self._carve(address, end):
            zone = self._zones.get(run.start // ZONE_SIZE)
            if zone is not None:
                zone.madvise(mmap.MADV_DONTNEED, run.start % ZONE_SIZE, run.end - run.start)

    def protect(self, address: int, size: int, protection: Protection) -> None:
        """Change the protection of every mapped page of the range; content stays."""
        end = self._check(address, size)
        overlap = self._overlapping(address, end)
        if all(run.protection == protection for run in overlap):
            return
        if protection:
            self._prepare_zones(address, end, mapped_only=True)
        # Before, while the observer can still see and mend the old code; and after, when it can be executed.
        self._announce_code(address, end)
        for run in self._carve(address, end):
            self._insert(Run(run.start, run.end, protection))
        if protection & Protection.EXECUTE:
            self._announce_code(address, end)

    def runs(self) -> tuple[Run, ...]:
        """All mapped stretches, by address."""
        return tuple(self._runs)

    def protection(self, address: int) -> Protection:
        """What a program may do with the byte at `address`; NONE also if it is not mapped."""
        return next((run.protection for run in self._overlapping(address, address + 1)), Protection.NONE)

    def executable(self, start: int, end: int) -> list[tuple[int, int]]:
        """The parts of [start, end) that may be executed, each inside one run."""
        return [
            (max(run.start, start), min(run.end, end))
            for run in self._overlapping(start, end)
            if run.protection & Protection.EXECUTE
        ]

    def is_mapped(self, address: int, size: int) -> bool:
        """Whether every byte of the range is mapped, whatever its protection."""
        position = address
        for run in self._overlapping(address, address + size):
            if run.start > position:
                return False
            position = run.end
        return position >= address + size

    def close(self) -> None:
        """Give the host's memory back at once: the collector of garbage sees only small objects and may take long.

        Nothing may be read or written any more. Memory that somebody still holds a view of is freed with the view.
        """
        self._observer = None
        self._starts, self._runs, self.shadow = [], [], {}
        for view in self._views.values():
            view.release()
        for zone in self._zones.values():
            with suppress(BufferError):
                zone.close()
        self._views, self._zones, self._addresses = {}, {}, {}

    # -- content -----------------------------------------------------------------------------------------------

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes at `address`, whatever the protection. Raises BadAddress."""
        if size <= 0:
            return b""
        pieces = [bytes(piece) for piece in self._pieces(address, size)]
        content = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return self._unshadowed(address, content) if self.shadow else content

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Store `data` at `address`, whatever the protection. Raises BadAddress, before anything is written."""
        source = memoryview(data).cast("B")
        size = len(source)
        if size == 0:
            return
        pieces = list(self._pieces(address, size))
        self._announce_code(address, address + size)
        done = 0
        for piece in pieces:
            piece[:] = source[done : done + len(piece)]
            done += len(piece)

    def view(self, address: int, size: int) -> memoryview:
        """A writable view of `size` bytes inside one zone; valid until they are unmapped.

        Raises BadAddress if a byte is not mapped, PhysicalMemoryError if the range crosses a zone. Who writes code
        through a view must write it again with `write`, or the engine keeps executing the old one.
        """
        pieces = list(self._pieces(address, size))
        if not pieces:
            return memoryview(b"")
        if len(pieces) != 1:
            raise PhysicalMemoryError(f"{address:#x} + {size:#x} crosses a zone")
        return pieces[0]

    def host_address(self, address: int) -> int:
        """Where in the host's memory the guest's byte at `address` is."""
        zone = address // ZONE_SIZE
        self._zone(zone)
        return self._addresses[zone] + address % ZONE_SIZE

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

    # -- inside ------------------------------------------------------------------------------------------------

    def _check(self, address: int, size: int) -> int:
        end = address + size
        if address % PAGE_SIZE or size % PAGE_SIZE or size <= 0 or address < 0 or end > 1 << ADDRESS_BITS:
            raise PhysicalMemoryError(f"bad range {address:#x} + {size:#x}")
        return end

    def _announce_code(self, start: int, end: int) -> None:
        if self._observer is not None:
            for first, last in self.executable(start, end):
                self._observer.code_changed(first, last)

    def _zone(self, number: int) -> memoryview:
        view = self._views.get(number)
        if view is None:
            zone = _reserve_zone()
            self._zones[number] = zone
            self._addresses[number] = ctypes.addressof(ctypes.c_char.from_buffer(zone))
            view = self._views[number] = memoryview(zone)
        return view

    def _prepare_zones(self, start: int, end: int, *, mapped_only: bool = False) -> None:
        """Have the backing of [start, end), or of what is mapped there, before anything changes: the host may refuse
        it.
        """
        made: list[int] = []
        try:
            for first, last in _split_by_zone(start, end):
                number = first // ZONE_SIZE
                if number not in self._views and (not mapped_only or self._overlapping(first, last)):
                    self._zone(number)
                    made.append(number)
        except HostMemoryExhausted:
            for number in made:
                del self._views[number], self._addresses[number], self._zones[number]
            raise

    def _pieces(self, address: int, size: int) -> Iterator[memoryview]:
        if not self.is_mapped(address, size):
            raise BadAddress(self._first_unmapped(address, size))
        for start, stop in _split_by_zone(address, address + size):
            offset = start % ZONE_SIZE
            yield self._zone(start // ZONE_SIZE)[offset : offset + stop - start]

    def _first_unmapped(self, address: int, size: int) -> int:
        position = address
        for run in self._overlapping(address, address + size):
            if run.start > position:
                break
            position = run.end
        return position

    def _overlapping(self, start: int, end: int) -> list[Run]:
        first = max(bisect_right(self._starts, start) - 1, 0)
        return [run for run in self._runs[first : bisect_left(self._starts, end)] if run.end > start]

    def _remove(self, run: Run) -> None:
        index = bisect_left(self._starts, run.start)
        del self._starts[index], self._runs[index]
        if self._observer is not None and run.protection:
            self._observer.run_removed(run)

    def _add(self, run: Run) -> None:
        index = bisect_left(self._starts, run.start)
        self._starts.insert(index, run.start)
        self._runs.insert(index, run)
        if self._observer is not None and run.protection:
            self._observer.run_added(run, self.host_address(run.start))

    def _insert(self, run: Run) -> None:
        """Add a run, merged with equal neighbours of the same zone."""
        start, end, protection = run
        index = bisect_left(self._starts, start)
        before = self._runs[index - 1] if index > 0 else None
        after = self._runs[index] if index < len(self._runs) else None
        if before is not None and before.end == start and _mergeable(before, run):
            self._remove(before)
            start = before.start
        if after is not None and after.start == end and _mergeable(Run(start, end, protection), after):
            self._remove(after)
            end = after.end
        self._add(Run(start, end, protection))

    def _carve(self, start: int, end: int) -> list[Run]:
        """Take [start, end) out of the runs; the parts that were in it are returned."""
        carved = []
        for run in self._overlapping(start, end):
            self._remove(run)
            if run.start < start:
                self._add(Run(run.start, start, run.protection))
            if run.end > end:
                self._add(Run(end, run.end, run.protection))
            carved.append(Run(max(run.start, start), min(run.end, end), run.protection))
        return carved


def _reserve_zone() -> mmap.mmap:
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_NORESERVE
    try:
        return mmap.mmap(-1, ZONE_SIZE, flags=flags)
    except OSError:
        gc.collect()  # machines that are over hold address space until Python's collector finds them
    try:
        return mmap.mmap(-1, ZONE_SIZE, flags=flags)
    except OSError as error:
        raise HostMemoryExhausted(f"the host has no room for {ZONE_SIZE:#x} bytes more") from error


def _mergeable(first: Run, second: Run) -> bool:
    """Whether two neighbours may become one run."""
    return (
        first.protection == second.protection
        and second.start % ZONE_SIZE != 0
        and second.end - first.start <= _LARGEST_MERGE
    )


def _split_by_zone(start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = min(end, (start // ZONE_SIZE + 1) * ZONE_SIZE)
        yield start, stop
        start = stop
