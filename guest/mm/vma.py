"""Virtual memory areas: page-aligned, non-overlapping stretches with one protection and one origin, kept sorted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from emulator.memory import Protection

if TYPE_CHECKING:
    from guest.mm.page_cache import PageCache, PageCaches


class MappedFile(Protocol):
    """What a mapping needs of a file; it outlives the descriptor."""

    @property
    def path(self) -> bytes:
        """For /proc/self/maps."""

    def pages(self, caches: PageCaches) -> PageCache | None:
        """Its pages; None for anonymous memory by another name (/dev/zero)."""

    def write_back(self, offset: int, data: bytes) -> None:
        """A program wrote `data` to a shared mapping. Nothing to do for a file that consists of its pages."""


@dataclass(frozen=True)
class Vma:
    """[start, end) with a protection. Frozen: lists of VMAs can be shared between snapshots (fork)."""

    start: int
    end: int
    protection: Protection
    name: bytes = b""
    """Path of the file, or `[heap]`, `[stack]`; empty for anonymous memory."""
    file: MappedFile | None = None
    offset: int = 0
    """Byte offset in the file of `start`."""
    shared: bool = False
    may_write: bool = True
    """May be made writable (VM_MAYWRITE): not a shared mapping of a file that was opened for reading."""
    grows_down: bool = False
    reserved: bool = True
    """Counts against the memory limit (not with MAP_NORESERVE)."""
    dont_fork: bool = False
    """MADV_DONTFORK"""
    wipe_on_fork: bool = False
    """MADV_WIPEONFORK"""
    locked: bool = False
    """mlock"""
    cache: PageCache | None = None
    """The pages behind the area: of its file, or of shared anonymous memory."""

    @property
    def size(self) -> int:
        return self.end - self.start

    @property
    def charged_bytes(self) -> int:
        """Bytes that count against the memory limit: those that a program may write."""
        return self.size if self.protection & Protection.WRITE and self.reserved and not self.shared else 0

    @property
    def is_data(self) -> bool:
        """Private memory that may be written and is no stack."""
        return bool(self.protection & Protection.WRITE) and not self.shared and not self.grows_down

    def slice(self, start: int, end: int) -> Vma:
        """The part of this area inside [start, end)."""
        start, end = max(start, self.start), min(end, self.end)
        if (start, end) == (self.start, self.end):
            return self
        return replace(self, start=start, end=end, offset=self.offset + start - self.start if self.cache else 0)

    def continues(self, other: Vma) -> bool:
        """Whether `other`, which must begin where this ends, can be one area with it."""
        return (
            self.end == other.start
            and self.protection == other.protection
            and self.name == other.name
            and self.file is other.file
            and self.shared == other.shared
            and self.may_write == other.may_write
            and self.grows_down == other.grows_down
            and self.reserved == other.reserved
            and self.dont_fork == other.dont_fork
            and self.wipe_on_fork == other.wipe_on_fork
            and self.locked == other.locked
            and self.cache is other.cache
            and (self.cache is None or self.offset + self.size == other.offset)
        )


class VmaList:
    """Sorted, disjoint areas; neighbours that can be one are merged. Knows nothing of memory itself."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._areas: list[Vma] = []
        self.charged_bytes = 0

    def __iter__(self) -> Iterator[Vma]:
        return iter(self._areas)

    def __len__(self) -> int:
        return len(self._areas)

    def find(self, address: int) -> Vma | None:
        """The area that holds `address`."""
        index = bisect_right(self._starts, address) - 1
        if index >= 0 and self._areas[index].end > address:
            return self._areas[index]
        return None

    def next_after(self, address: int) -> Vma | None:
        """The first area that ends above `address`."""
        index = self._first(address)
        return self._areas[index] if index < len(self._areas) else None

    def before(self, address: int) -> Vma | None:
        """The last area that ends at or below `address`."""
        index = self._first(address) - 1
        return self._areas[index] if index >= 0 else None

    def overlapping(self, start: int, end: int) -> list[Vma]:
        """All areas with a byte in [start, end)."""
        found = []
        for index in range(self._first(start), len(self._areas)):
            area = self._areas[index]
            if area.start >= end:
                break
            found.append(area)
        return found

    def covers(self, start: int, end: int) -> bool:
        """Whether no byte of [start, end) is outside the areas."""
        position = start
        for area in self.overlapping(start, end):
            if area.start > position:
                return False
            position = area.end
        return position >= end

    def remove(self, start: int, end: int) -> list[Vma]:
        """Take [start, end) out, splitting areas at its ends; the parts taken out."""
        first = self._first(start)
        found = self.overlapping(start, end)
        if not found:
            return []
        left = [area.slice(area.start, start) for area in found[:1] if area.start < start]
        right = [area.slice(end, area.end) for area in found[-1:] if area.end > end]
        self._replace(first, first + len(found), left + right)
        return [area.slice(start, end) for area in found]

    def insert(self, area: Vma) -> Vma:
        """Add an area where none is; the merged area that holds it now."""
        index = bisect_right(self._starts, area.start)
        first = last = index
        if index and self._areas[index - 1].continues(area):
            first = index - 1
            previous = self._areas[first]
            area = replace(previous, end=area.end)
        if index < len(self._areas) and area.continues(self._areas[index]):
            last = index + 1
            area = replace(area, end=self._areas[index].end)
        self._replace(first, last, [area])
        return area

    def highest_first(self) -> Iterator[Vma]:
        """All areas from the top down."""
        return reversed(self._areas)

    def copy(self) -> VmaList:
        """The same areas in a list of their own."""
        other = VmaList()
        other._starts, other._areas, other.charged_bytes = self._starts[:], self._areas[:], self.charged_bytes
        return other

    def _first(self, address: int) -> int:
        """Index of the first area that ends above `address`."""
        index = bisect_right(self._starts, address) - 1
        return index if index >= 0 and self._areas[index].end > address else index + 1

    def _replace(self, first: int, last: int, areas: list[Vma]) -> None:
        removed = sum(area.charged_bytes for area in self._areas[first:last])
        self.charged_bytes += sum(area.charged_bytes for area in areas) - removed
        self._areas[first:last] = areas
        self._starts[first:last] = [area.start for area in areas]
